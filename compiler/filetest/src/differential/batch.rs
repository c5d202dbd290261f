//! Many generated programs as the packages of one module.
//!
//! In: programs, each the text of a package `pSEED` with an exported `Main`. Out: what each prints, by seed. The main package runs them one after the
//! other, with a line before each; when one ends the process (a fatal error, a crash, a time limit), that is its output, and a new process goes on
//! after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Status};
use crate::tool::Tool;

/// Programs use up fuel and end soon; under the collector's stress switches they take longer.
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// What one program prints, and how its process ended if that was its doing.
pub type Outputs = BTreeMap<u64, Vec<u8>>;

/// A folder with the module.
pub struct Batch {
    folder: PathBuf,
    programs: Vec<(u64, String)>,
}

/// How one compiler is called, and how its program is run.
pub struct Configuration<'a> {
    pub name: &'a str,
    pub flags: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a str)],
}

impl Batch {
    /// Writes the module into `folder`, which is emptied.
    pub fn new(folder: &Path, programs: Vec<(u64, String)>) -> Result<Batch, String> {
        let batch = Batch { folder: folder.to_owned(), programs };
        batch.write().map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(batch)
    }

    pub fn programs(&self) -> &[(u64, String)] {
        &self.programs
    }

    fn write(&self) -> std::io::Result<()> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        let (mut imports, mut table) = (String::new(), String::new());
        for (seed, text) in &self.programs {
            let dir = self.folder.join(format!("p{seed}"));
            std::fs::create_dir_all(&dir)?;
            std::fs::write(dir.join("p.go"), text)?;
            let _ = writeln!(imports, "\t\"fuzz/p{seed}\"");
            let _ = writeln!(table, "\t{{\"{seed}\", p{seed}.Main}},");
        }
        std::fs::write(self.folder.join("go.mod"), "module fuzz\n\ngo 1.27\n")?;
        let main = MAIN.replace("\tIMPORTS\n", &imports).replace("\tTABLE\n", &table);
        std::fs::write(self.folder.join("main.go"), main)
    }

    /// Takes programs out of the module.
    pub fn remove(&mut self, seeds: &[u64]) -> Result<(), String> {
        self.programs.retain(|(seed, _)| !seeds.contains(seed));
        self.write().map_err(|e| format!("{}: {e}", self.folder.display()))
    }

    /// The executable, or what the compiler says instead.
    pub fn build(&self, tool: &Tool, flags: &[&str]) -> Result<PathBuf, String> {
        let executable = self.folder.join(if tool.is_gc { "gc.exe" } else { "rgo.exe" });
        let mut args = vec!["build".to_owned(), "-o".to_owned(), executable.display().to_string()];
        args.extend(flags.iter().map(|&flag| flag.to_owned()));
        args.push(".".to_owned());
        let built = tool.run(&self.folder, &args)?;
        if built.status == Status::Exit(0) {
            return Ok(executable);
        }
        Err(format!("{}\n{}", built.status, String::from_utf8_lossy(&built.stderr)))
    }

    /// What each program prints.
    pub fn run(&self, executable: &Path, environment: &[(&str, &str)]) -> Result<Outputs, String> {
        let mut outputs = Outputs::new();
        let mut next = 0;
        while next < self.programs.len() {
            let mut command = Command::new(executable);
            command.arg(next.to_string()).envs(environment.iter().copied());
            let ran = exec::run(command, b"", RUN_LIMIT).map_err(|e| e.to_string())?;
            let before = outputs.len();
            for part in parts(&ran.stdout) {
                outputs.insert(part.0, part.1.to_owned());
            }
            if ran.status == Status::Exit(0) {
                break;
            }
            // The last one that started ended the process.
            let ended = next + (outputs.len() - before).max(1) - 1;
            let output = outputs.entry(self.programs[ended].0).or_default();
            let first_line = ran.stderr.split(|&b| b == b'\n').next().unwrap_or_default();
            output.extend_from_slice(format!("{}: ", ran.status).as_bytes());
            output.extend_from_slice(first_line);
            next = ended + 1;
        }
        Ok(outputs)
    }
}

/// The seeds that a compiler's messages name (`# fuzz/p17`).
pub fn seeds_named(messages: &str) -> Vec<u64> {
    let paths = messages.lines().filter_map(|line| line.strip_prefix("# fuzz/p"));
    paths.filter_map(|path| path.split_whitespace().next()?.parse().ok()).collect()
}

/// Splits an output at the lines that `main` prints.
fn parts(output: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found: Vec<(u64, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in output.split_inclusive(|&b| b == b'\n') {
        let seed = line
            .strip_prefix(b"=== program ")
            .and_then(|rest| std::str::from_utf8(rest).ok()?.trim_end().parse().ok());
        if let Some(seed) = seed {
            if let Some(last) = found.last_mut() {
                last.2 = at;
            }
            found.push((seed, at + line.len(), output.len()));
        }
        at += line.len();
    }
    found.into_iter().map(|(seed, from, to)| (seed, &output[from..to])).collect()
}

/// The main package.
const MAIN: &str = r#"package main

import (
	"fmt"
	"os"
	"strconv"

	IMPORTS
)

var programs = []struct {
	seed string
	run  func()
}{
	TABLE
}

func main() {
	first, _ := strconv.Atoi(os.Args[1])
	for _, p := range programs[first:] {
		fmt.Println("\n=== program", p.seed)
		carryOut(p.run)
	}
}

func carryOut(run func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println("panic:", e)
		}
	}()
	run()
}
"#;

#[cfg(test)]
mod tests {
    use super::{parts, seeds_named};

    #[test]
    fn outputs_are_split() {
        let output = b"\n=== program 3\na\nb\n\n=== program 12\n\n=== program 4\nc";
        let expected: [(u64, &[u8]); 3] = [(3, b"a\nb\n\n"), (12, b"\n"), (4, b"c")];
        assert_eq!(parts(output), expected);
    }

    #[test]
    fn messages_name_programs() {
        assert_eq!(seeds_named("# fuzz/p12\np12/p.go:3:4: bad\n# fuzz\n# fuzz/p7\n"), [12, 7]);
    }
}
