//! The compiler under test: rgo, or gc as the oracle.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Outcome};

/// The release whose behaviour the golden files record.
pub const GO_VERSION: &str = "go1.27.3";

/// Longest time that one compilation may take.
const BUILD_LIMIT: Duration = Duration::from_secs(180);

/// A command that takes `build -o FILE ARGS`.
#[derive(Debug, Clone)]
pub struct Tool {
    pub command: PathBuf,
    /// The go command needs its caches; rgo gets none of gc's.
    pub is_gc: bool,
}

impl Tool {
    pub fn rgo(command: impl Into<PathBuf>) -> Self {
        Self { command: command.into(), is_gc: false }
    }

    /// The go command of `$GOROOT`, else of the `PATH`; `None` when there is none of the right version.
    pub fn gc() -> Option<Self> {
        let command = match std::env::var_os("GOROOT") {
            Some(root) => PathBuf::from(root).join("bin/go"),
            None => PathBuf::from("go"),
        };
        let tool = Self { command, is_gc: true };
        let mut version = tool.command(Path::new("/"));
        version.args(["env", "GOVERSION"]);
        let found = exec::run(version, b"", BUILD_LIMIT).ok()?;
        (String::from_utf8_lossy(&found.stdout).trim() == GO_VERSION).then_some(tool)
    }

    /// Runs the tool with `args` in `folder`.
    pub fn run(&self, folder: &Path, args: &[String]) -> Result<Outcome, String> {
        let mut command = self.command(folder);
        command.args(args);
        exec::run(command, b"", BUILD_LIMIT).map_err(|e| format!("{}: {e}", self.command.display()))
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.command);
        command
            .current_dir(folder)
            .env("GOFLAGS", "")
            .env_remove("GOWORK")
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            .env("CGO_ENABLED", "0")
            // A test compiles.
            .env("RGO_BUILD_CACHE", "off")
            .env_remove("GODEBUG")
            .env_remove("GOEXPERIMENT");
        command
    }
}
