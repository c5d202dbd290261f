//! `tests/errors`: bad input, and the messages it must give, in the format of [`crate::archive`].
//!
//! The messages are the go command's. Only the name of the command itself differs: a line that begins `go: ` or
//! `go build: ` stands for one that begins `rgo: ` or `rgo build: `.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::exec::Status;
use crate::program::first_difference;
use crate::tool::Tool;

#[derive(Debug, Clone)]
pub struct BadInput {
    pub name: String,
    path: PathBuf,
}

/// All archives of `folder`, by name.
pub fn discover(folder: &Path) -> Result<Vec<BadInput>, String> {
    let fail = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|ext| ext == "txtar") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            cases.push(BadInput { name, path });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl BadInput {
    fn archive(&self) -> Result<Archive, String> {
        let text = fs::read_to_string(&self.path).map_err(|e| format!("{}: {e}", self.path.display()))?;
        Archive::parse(&text).map_err(|e| format!("{}: {e}", self.path.display()))
    }

    /// Compares with what the archive says.
    pub fn check(&self, tool: &Tool, scratch: &Path) -> Result<(), String> {
        let archive = self.archive()?;
        let (exit, stderr) = run(&archive, tool, scratch)?;
        let mut why = String::new();
        if exit != archive.exit {
            why.push_str(&format!("ended with exit {exit}, want {}\n", archive.exit));
        }
        if stderr != archive.stderr {
            why.push_str(&first_difference("stderr", &archive.stderr, &stderr));
        }
        if why.is_empty() { Ok(()) } else { Err(why) }
    }

    /// Rewrites the archive's expectation.
    pub fn update(&self, tool: &Tool, scratch: &Path) -> Result<(), String> {
        let archive = self.archive()?;
        let (exit, stderr) = run(&archive, tool, scratch)?;
        fs::write(&self.path, archive.with_expectation(exit, &stderr))
            .map_err(|e| format!("{}: {e}", self.path.display()))
    }
}

fn run(archive: &Archive, tool: &Tool, scratch: &Path) -> Result<(i32, String), String> {
    archive.extract(scratch)?;
    let outcome = tool.run(scratch, &archive.args)?;
    let Status::Exit(exit) = outcome.status else {
        return Err(format!("the compiler {}", outcome.status));
    };
    Ok((exit, normalize(&String::from_utf8_lossy(&outcome.stderr), scratch)))
}

/// Replaces the names of the scratch folder, of the tool and of the folder that holds std.
fn normalize(text: &str, scratch: &Path) -> String {
    let scratch = scratch.to_string_lossy();
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix("rgo") {
            Some(rest) if rest.starts_with(": ") || rest.starts_with(' ') => format!("go{rest}"),
            _ => line.to_owned(),
        };
        let line =
            line.replace(&*scratch, "$WORK").replace("rgo build", "go build").replace("rgo help", "go help");
        match (line.find(" is not in std ("), line.rfind("/src/")) {
            (Some(at), Some(src)) => {
                out.push_str(&format!("{} is not in std ($GOROOT{}", &line[..at], &line[src..]))
            }
            _ => out.push_str(&line),
        }
        out.push('\n');
    }
    out
}
