//! The compiler under test, as the recipes use it: `build` like the go command's, `tool compile` like gc's compiler.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::exec::{self, Status};
use crate::tool::Tool;

/// Limits on one process of a case.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub build: Duration,
    pub run: Duration,
    /// Memory that a process may write to, in KiB (`ulimit -d`).
    pub memory_kib: u64,
}

/// What a process printed, on both streams, and whether it ended with status 0.
#[derive(Debug, Clone)]
pub struct Ran {
    pub status: Status,
    /// As text; bytes that are no UTF-8 are replaced.
    pub output: String,
    /// As it is, where it is no UTF-8.
    raw: Option<Vec<u8>>,
}

impl Ran {
    pub fn is_ok(&self) -> bool {
        self.status == Status::Exit(0)
    }

    /// What was printed, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.output.as_bytes())
    }

    /// `Err` unless the process succeeded; `what` it was.
    pub fn succeeded(self, what: &str) -> Result<String, String> {
        if self.is_ok() { Ok(self.output) } else { Err(format!("{what}: {}\n{}", self.status, self.output)) }
    }
}

/// A compiler with its surroundings.
pub struct Toolchain {
    tool: Tool,
    limits: Limits,
    /// A folder whose `go` is the tool; first in the `PATH` of programs, some of which run the go command.
    bin: PathBuf,
    /// gc wants to know where the compiled standard library is.
    import_config: OnceLock<Result<PathBuf, String>>,
}

impl Toolchain {
    /// `bin` is an empty folder that lives as long as the toolchain.
    pub fn new(tool: Tool, limits: Limits, bin: &Path) -> Result<Toolchain, String> {
        let link = bin.join("go");
        std::os::unix::fs::symlink(&tool.command, &link).map_err(|e| format!("{}: {e}", link.display()))?;
        Ok(Toolchain { tool, limits, bin: bin.to_owned(), import_config: OnceLock::new() })
    }

    /// `build FLAGS -o OUTPUT WHAT...`
    pub fn build(&self, at: &Place, flags: &[String], output: &Path, what: &[String]) -> Result<Ran, String> {
        let mut args = vec!["build".to_owned()];
        args.extend_from_slice(flags);
        args.extend(["-o".to_owned(), output.display().to_string()]);
        args.extend_from_slice(what);
        self.tool(at, &args)
    }

    /// `tool compile FLAGS WHAT...`
    pub fn compile(&self, at: &Place, flags: &[String], what: &[String]) -> Result<Ran, String> {
        let mut args = vec!["tool".to_owned(), "compile".to_owned()];
        if self.tool.is_gc {
            args.push(format!("-importcfg={}", self.import_config()?.display()));
            args.extend(["-o".to_owned(), "a.o".to_owned()]);
        }
        args.extend_from_slice(flags);
        args.extend_from_slice(what);
        self.tool(at, &args)
    }

    /// Whether `compile` finds the packages of the module around; gc's compiler is told by the go command.
    pub fn knows_modules_when_compiling(&self) -> bool {
        !self.tool.is_gc
    }

    /// The tool with any arguments.
    pub fn tool(&self, at: &Place, args: &[String]) -> Result<Ran, String> {
        self.limited(at, &self.tool.command, args, self.limits.build)
    }

    /// A program that was built.
    pub fn program(&self, at: &Place, program: &Path, args: &[String]) -> Result<Ran, String> {
        self.limited(at, program, args, self.limits.run)
    }

    fn limited(&self, at: &Place, program: &Path, args: &[String], limit: Duration) -> Result<Ran, String> {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"ulimit -c 0; ulimit -d "$0"; exec "$@""#])
            .arg(self.limits.memory_kib.to_string())
            .arg(program)
            .args(args)
            .current_dir(&at.dir)
            .env("PWD", &at.dir)
            .env("PATH", format!("{}:{path}", self.bin.display()))
            .env("GOENV", "off")
            .env("GOFLAGS", "")
            .env("GOWORK", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            .env("CGO_ENABLED", "0")
            .env("RGO_BUILD_CACHE", "off")
            .env_remove("GODEBUG")
            .env_remove("GOEXPERIMENT");
        if self.tool.is_gc {
            command.env("STDLIB_IMPORTCFG", self.import_config()?);
        }
        command.envs(at.environment.iter().map(|(name, value)| (name, value)));
        let (status, output) =
            exec::run_merged(command, limit).map_err(|e| format!("{}: {e}", program.display()))?;
        Ok(match String::from_utf8(output) {
            Ok(output) => Ran { status, output, raw: None },
            Err(error) => {
                let raw = error.into_bytes();
                Ran { status, output: String::from_utf8_lossy(&raw).into_owned(), raw: Some(raw) }
            }
        })
    }

    fn import_config(&self) -> Result<PathBuf, String> {
        let make = || {
            let format = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
            let args = ["list", "-export", "-f", format, "std"].map(str::to_owned);
            let mut command = Command::new(&self.tool.command);
            command
                .args(args)
                .env("GOENV", "off")
                .env("GOFLAGS", "")
                .env("GOTOOLCHAIN", "local")
                .env("CGO_ENABLED", "0");
            let listed = command.output().map_err(|e| e.to_string())?;
            let file = self.bin.join("importcfg");
            std::fs::write(&file, listed.stdout).map_err(|e| format!("{}: {e}", file.display()))?;
            Ok(file)
        };
        self.import_config.get_or_init(make).clone()
    }
}

/// Where a process runs, and with what in its environment.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub dir: PathBuf,
    pub environment: Vec<(&'static str, String)>,
}
