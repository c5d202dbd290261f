//! The format of `tests/errors`: one text file holds a command, the files it is run on, and what it must print.
//!
//! ```text
//! # A comment: what the case shows.
//! args: build main.go
//! make main.go: "package main\nvar x = " "("*10000 "1" ")"*10000 "\n"
//! exit: 1
//! -- go.mod --
//! module example.com/m
//! -- stderr --
//! # example.com/m
//! ./main.go:2:9: ...
//! ```
//!
//! `args` and `exit` are words; `make` writes a file that would be a nuisance to store (NUL bytes, 50 MB, deep nesting):
//! quoted strings with the escapes `\n \t \" \\ \xHH`, each repeated `*N` times. A `-- name --` line begins a file; the
//! file `stderr` is the expectation, always last, rewritten by an update.

use std::fs;
use std::path::Path;

#[derive(Debug, Default, Clone)]
pub struct Archive {
    /// Everything before `-- stderr --` except the `exit` line, as written.
    prefix: String,
    pub args: Vec<String>,
    pub exit: i32,
    pub stderr: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Archive {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut archive = Self { exit: 1, ..Self::default() };
        let mut file: Option<(String, String)> = None;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let bad = |what: &str| Err(format!("line {}: {what}", at + 1));
            if let Some(name) = line.trim_end().strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
                archive.close(file.take());
                if name != "stderr" {
                    archive.prefix.push_str(line);
                }
                file = Some((name.to_owned(), String::new()));
            } else if let Some((name, content)) = &mut file {
                content.push_str(line);
                if name != "stderr" {
                    archive.prefix.push_str(line);
                }
            } else if let Some(code) = line.strip_prefix("exit:") {
                match code.trim().parse() {
                    Ok(code) => archive.exit = code,
                    Err(_) => return bad("want exit: NUMBER"),
                }
            } else {
                archive.prefix.push_str(line);
                if let Some(args) = line.strip_prefix("args:") {
                    archive.args = args.split_whitespace().map(str::to_owned).collect();
                } else if let Some(rest) = line.strip_prefix("make ") {
                    let Some((name, recipe)) = rest.split_once(':') else {
                        return bad("want make NAME: ...");
                    };
                    match make(recipe.trim()) {
                        Some(bytes) => archive.files.push((name.trim().to_owned(), bytes)),
                        None => return bad("bad recipe"),
                    }
                } else if !line.starts_with('#') && !line.trim().is_empty() {
                    return bad("want args, make, exit or -- name --");
                }
            }
        }
        archive.close(file);
        if archive.args.is_empty() { Err("no args line".to_owned()) } else { Ok(archive) }
    }

    fn close(&mut self, file: Option<(String, String)>) {
        match file {
            Some((name, content)) if name == "stderr" => self.stderr = content,
            Some((name, content)) => self.files.push((name, content.into_bytes())),
            None => {}
        }
    }

    /// Writes the case's files below `folder`.
    pub fn extract(&self, folder: &Path) -> Result<(), String> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&path, bytes))
                .map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }

    /// The archive's text with another expectation.
    pub fn with_expectation(&self, exit: i32, stderr: &str) -> String {
        let at = self.prefix.find("\n-- ").map_or(self.prefix.len(), |at| at + 1);
        let (head, files) = self.prefix.split_at(at);
        format!("{head}exit: {exit}\n{files}-- stderr --\n{stderr}")
    }
}

/// Evaluates `"text"*N "text" ...`.
fn make(recipe: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = recipe.trim_start();
    while !rest.is_empty() {
        let (piece, after) = quoted(rest.strip_prefix('"')?)?;
        rest = after;
        let mut count = 1;
        if let Some(after) = rest.strip_prefix('*') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            count = after[..end].parse().ok()?;
            rest = &after[end..];
        }
        bytes.extend(piece.repeat(count));
        rest = rest.trim_start();
    }
    Some(bytes)
}

/// The bytes up to the closing quote, and what follows it.
fn quoted(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let mut chars = rest.chars();
        let first = chars.next()?;
        rest = chars.as_str();
        match first {
            '"' => return Some((bytes, rest)),
            '\\' => {
                let escape = chars.next()?;
                rest = chars.as_str();
                bytes.push(match escape {
                    'n' => b'\n',
                    't' => b'\t',
                    'x' => {
                        let byte = u8::from_str_radix(rest.get(..2)?, 16).ok()?;
                        rest = &rest[2..];
                        byte
                    }
                    '"' | '\\' => escape as u8,
                    _ => return None,
                });
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Archive, make};

    #[test]
    fn recipes() {
        assert_eq!(make(r#""a\n" "("*3 "\x00\"""#).unwrap(), b"a\n(((\x00\"");
        assert_eq!(make(r#""a"#), None);
    }

    #[test]
    fn round_trip() {
        let text = "# c\nargs: build x.go\nexit: 2\n-- x.go --\npackage x\n-- stderr --\nboom\n";
        let archive = Archive::parse(text).unwrap();
        assert_eq!((archive.exit, archive.stderr.as_str()), (2, "boom\n"));
        assert_eq!(archive.args, ["build", "x.go"]);
        assert_eq!(archive.with_expectation(2, "boom\n"), text);
        assert!(Archive::parse("exit: 1\n").is_err());
        assert!(Archive::parse("args: x\nnonsense\n").is_err());
    }
}
