//! `tests/run`: programs and what they print.
//!
//! A case is `NAME.go`, or a folder `NAME` with a `go.mod`. Beside it lie `NAME.out` (standard output), and where they
//! apply `NAME.err` (standard error, [normalised](crate::normalize)), `NAME.exit` (exit status other than 0), `NAME.args`
//! (arguments, one a line), `NAME.in` (standard input), `NAME.env` (`KEY=value` lines).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Outcome, Status};
use crate::normalize;
use crate::tool::Tool;

/// Longest time that one program may run.
const RUN_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    folder: PathBuf,
    /// Where the build runs, and what it is given.
    build_dir: PathBuf,
    build_arg: String,
}

/// The comparable part of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    pub exit: String,
    pub stdout: String,
    pub stderr: String,
}

/// All programs of `folder`, by name.
pub fn discover(folder: &Path) -> Result<Vec<Program>, String> {
    let fail = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && path.join("go.mod").is_file() {
            programs.push(Program {
                name: stem,
                folder: folder.to_owned(),
                build_dir: path,
                build_arg: ".".to_owned(),
            });
        } else if path.extension().is_some_and(|ext| ext == "go") {
            programs.push(Program {
                build_arg: format!("{stem}.go"),
                name: stem,
                folder: folder.to_owned(),
                build_dir: folder.to_owned(),
            });
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

impl Program {
    /// Builds with `tool` and runs; `scratch` is an empty folder of this case's own.
    pub fn run(&self, tool: &Tool, scratch: &Path) -> Result<Expectation, String> {
        let binary = scratch.join("program");
        let args = ["build", "-o", &binary.to_string_lossy(), &self.build_arg].map(str::to_owned);
        let built = tool.run(&self.build_dir, &args)?;
        if built.status != Status::Exit(0) {
            let text = String::from_utf8_lossy(&built.stderr);
            return Err(format!("does not build ({}):\n{}", built.status, head(&text, 25)));
        }
        let home = scratch.join("home");
        let temp = scratch.join("tmp");
        for dir in [&home, &temp] {
            fs::create_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        }
        let mut command = Command::new(&binary);
        command
            .current_dir(&home)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &home)
            .env("TMPDIR", &temp);
        command.args(self.text("args").lines());
        command.envs(self.text("env").lines().filter_map(|line| line.split_once('=')));
        let outcome =
            exec::run(command, self.text("in").as_bytes(), RUN_LIMIT).map_err(|e| format!("program: {e}"))?;
        Ok(Expectation::of(&outcome))
    }

    /// What the golden files say.
    pub fn golden(&self) -> Expectation {
        let exit = self.text("exit");
        Expectation {
            exit: if exit.is_empty() { "exit 0".to_owned() } else { exit.trim().to_owned() },
            stdout: self.text("out"),
            stderr: self.text("err"),
        }
    }

    /// Writes the golden files; those that would say nothing are removed, except `NAME.out`.
    pub fn update(&self, want: &Expectation) -> Result<(), String> {
        let exit = if want.exit == "exit 0" { String::new() } else { format!("{}\n", want.exit) };
        for (extension, text, always) in
            [("out", &want.stdout, true), ("err", &want.stderr, false), ("exit", &exit, false)]
        {
            let path = self.folder.join(format!("{}.{extension}", self.name));
            let done = match text.is_empty() && !always {
                true if path.exists() => fs::remove_file(&path),
                true => Ok(()),
                false => fs::write(&path, text),
            };
            done.map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }

    fn text(&self, extension: &str) -> String {
        let path = self.folder.join(format!("{}.{extension}", self.name));
        fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Expectation {
    fn of(outcome: &Outcome) -> Self {
        Self {
            exit: outcome.status.to_string(),
            stdout: String::from_utf8_lossy(&outcome.stdout).into_owned(),
            stderr: normalize::stderr(&String::from_utf8_lossy(&outcome.stderr)),
        }
    }

    /// Why `got` is not what was wanted; `None` when it is.
    pub fn mismatch(&self, got: &Self) -> Option<String> {
        if self == got {
            return None;
        }
        let mut text = String::new();
        if self.exit != got.exit {
            text.push_str(&format!("ended with {}, want {}\n", got.exit, self.exit));
        }
        for (what, want, got) in
            [("stdout", &self.stdout, &got.stdout), ("stderr", &self.stderr, &got.stderr)]
        {
            if want != got {
                text.push_str(&first_difference(what, want, got));
            }
        }
        Some(text)
    }
}

/// The first line in which two texts differ, and what follows.
pub fn first_difference(what: &str, want: &str, got: &str) -> String {
    let same = want.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let tail = |text: &str| -> String {
        let rest: Vec<&str> = text.lines().skip(same).take(8).collect();
        if rest.is_empty() {
            "      (end)\n".to_owned()
        } else {
            rest.iter().map(|l| format!("      {l}\n")).collect()
        }
    };
    format!("{what} differs at line {}:\n    want:\n{}    got:\n{}", same + 1, tail(want), tail(got))
}

/// The first `count` lines of `text`.
pub fn head(text: &str, count: usize) -> String {
    text.lines().take(count).map(|line| format!("    {line}\n")).collect()
}
