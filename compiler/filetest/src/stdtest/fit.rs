//! Tests of a package that rgo has a version of its own of (package runtime): as many of GOROOT's as do not need the original's
//! internals.
//!
//! Tests reach internals through the package's own test files (`export_test.go`). A folder of rgo's test files stands in for these:
//! it exports what rgo's version has too. What names anything else is then undefined, and the declaration that names it is left out;
//! so are those that used it, and calls of functions without code, until the rest builds. The compiler says what is undefined, so nothing is listed by hand, and a
//! complaint of any other kind is a failure.
//!
//! In: GOROOT, the folder. Out: a GOROOT of links with the fitted test files; its go command is rgo, so that tests that build a
//! program and look at how it ends say something about rgo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use super::{LIMIT, Setup};
use crate::exec;

/// Declarations that are left out are looked for so often. Each time the users of those found before are found.
const ROUNDS: usize = 30;

/// Makes the tree at `to` for the tests of `package`, whose test files in it are those of `own` and what fits of the external ones.
pub(super) fn goroot(setup: &Setup, package: &str, own: &Path, to: &Path) -> Result<(), String> {
    link_tree(&setup.goroot, package, to).map_err(|e| format!("{}: {e}", to.display()))?;
    let write =
        |path: PathBuf, text: &[u8]| fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()));
    let dir = to.join("src").join(package);
    let mut files = BTreeMap::new();
    for (name, text) in sources(&setup.goroot.join("src").join(package))? {
        if text.lines().any(|line| line.starts_with("package ") && line.trim_end().ends_with("_test")) {
            write(dir.join(&name), text.as_bytes())?;
            files.insert(name, TestFile::new(&text));
        }
    }
    for (name, text) in sources(own)? {
        write(dir.join(&name), text.as_bytes())?;
    }
    let quote = |path: &Path| format!("'{}'", path.display());
    let go = format!("#!/bin/sh\nRGO_GOROOT={} exec {} \"$@\"\n", quote(to), quote(&setup.rgo));
    let tool = to.join("bin").join("go");
    write(tool.clone(), go.as_bytes())?;
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).map_err(|e| e.to_string())?;
    for _ in 0..ROUNDS {
        let said = complaints(setup, package, to)?;
        let mut found = false;
        for (name, line) in undefined(&said) {
            found |= files.get_mut(&name).is_some_and(|file| file.leave_out(line));
        }
        for function in without_code(&said) {
            for file in files.values_mut() {
                let uses: Vec<usize> =
                    (0..file.lines.len()).filter(|&at| file.lines[at].contains(&function)).collect();
                found |= uses.into_iter().filter(|&at| file.leave_out(at)).count() > 0;
            }
        }
        if !found {
            return Ok(());
        }
        for (name, file) in &files {
            write(dir.join(name), file.text().as_bytes())?;
        }
    }
    Err(format!("{package}: leaving out what is undefined comes to no end"))
}

/// What the compiler says about the package with its tests, all of it.
fn complaints(setup: &Setup, package: &str, goroot: &Path) -> Result<String, String> {
    let mut check = Command::new(&setup.rgo);
    check.args(["test", "-c", "-gcflags=-e", "-o", "/dev/null", package]).current_dir(goroot);
    check.env("RGO_GOROOT", goroot).env("GOFLAGS", "").env("RGO_BUILD_CACHE", "off");
    let (_, text) = exec::run_merged(check, LIMIT).map_err(|e| format!("{}: {e}", setup.rgo.display()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// File and line (from 0) of what is undefined.
fn undefined(said: &str) -> BTreeSet<(String, usize)> {
    static COMPLAINT: LazyLock<Regex> = LazyLock::new(|| {
        let text = r"(?m)^\S*?([\w.-]+_test\.go):(\d+):\d+: (?:undefined: |\S+ undefined \()";
        Regex::new(text).expect("a pattern")
    });
    let places = COMPLAINT.captures_iter(said);
    places.filter_map(|at| Some((at[1].to_owned(), at[2].parse::<usize>().ok()?.checked_sub(1)?))).collect()
}

/// Calls, as they are written, of functions in assembly that the compiler does not take (those of gc's internal calling convention).
fn without_code(said: &str) -> Vec<String> {
    static COMPLAINT: LazyLock<Regex> = LazyLock::new(|| {
        let text = r"(?m)relocation target (?:\S*/)?(\w+\.\w+) not defined$";
        Regex::new(text).expect("a pattern")
    });
    COMPLAINT.captures_iter(said).map(|found| format!("{}(", &found[1])).collect()
}

/// The test files of a directory.
fn sources(dir: &Path) -> Result<Vec<(String, String)>, String> {
    let entries = fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with("_test.go") {
            found.push((name, fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?));
        }
    }
    Ok(found)
}

/// Links to everything in `goroot` but the go command and the test files of `package`.
fn link_tree(goroot: &Path, package: &str, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to.join("bin"))?;
    let mut from = goroot.to_owned();
    let mut into = to.to_owned();
    // At each level the one directory on the way is made, the rest are links.
    for (at, element) in std::iter::once("src").chain(package.split('/')).enumerate() {
        link_entries(&from, &into, |name| name == element || at == 0 && name == "bin")?;
        from.push(element);
        into.push(element);
        fs::create_dir(&into)?;
    }
    link_entries(&from, &into, |name| name.ends_with("_test.go"))
}

fn link_entries(from: &Path, to: &Path, is_left: impl Fn(&str) -> bool) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !is_left(&entry.file_name().to_string_lossy()) {
            symlink(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A source file, formatted as gofmt does it: declarations begin in the first column, the specs of a group after one tab.
struct TestFile {
    lines: Vec<String>,
    /// The line begins in a string or a comment that began before.
    inside: Vec<bool>,
}

impl TestFile {
    fn new(text: &str) -> TestFile {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut inside = Vec::with_capacity(lines.len());
        let mut state = Lexical::Code;
        for line in &lines {
            inside.push(state != Lexical::Code);
            state = state.after(line);
        }
        TestFile { lines, inside }
    }

    /// The text without what is left out; all lines keep their numbers.
    fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    /// Leaves out the declaration that the line is part of, or its spec in a group; false when it is out already.
    fn leave_out(&mut self, line: usize) -> bool {
        // Of a declaration with several complaints the first is enough: what is above it has none.
        if self.lines.get(line).is_none_or(String::is_empty) {
            return false;
        }
        let starts = |at: usize, prefix: &str| !self.inside[at] && self.lines[at].starts_with(prefix);
        let is_head = |at: usize| ["func ", "var ", "type ", "const "].iter().any(|word| starts(at, word));
        let is_top = |at: usize| is_head(at) || starts(at, "//") || starts(at, "/*") || starts(at, "import ");
        let Some(head) = (0..=line).rev().find(|&at| is_head(at)) else {
            return false;
        };
        let end = (head + 1..self.lines.len()).find(|&at| is_top(at)).unwrap_or(self.lines.len());
        if line >= end {
            return false;
        }
        let is_group = self.lines[head].ends_with('(') && !starts(head, "func ");
        // The constants of a group go together: they count.
        let range = match is_group && !starts(head, "const ") && line > head {
            // With the comment above it, which may hold directives.
            false => (0..head).rev().take_while(|&at| starts(at, "//")).last().unwrap_or(head)..end,
            true => {
                let from = (head + 1..=line).rev().find(|&at| self.begins_spec(at)).unwrap_or(line);
                let to = (from + 1..end).find(|&at| self.begins_spec(at) || starts(at, ")")).unwrap_or(end);
                from..to
            }
        };
        let mut any = false;
        for at in range {
            any |= !self.lines[at].is_empty();
            self.lines[at].clear();
        }
        any
    }

    fn begins_spec(&self, at: usize) -> bool {
        let rest = self.lines[at].strip_prefix('\t');
        !self.inside[at] && rest.is_some_and(|rest| !rest.starts_with(['\t', '}', ')', ']']))
    }
}

/// What a place in the text is part of, as far as it matters at the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lexical {
    Code,
    Comment,
    RawString,
}

impl Lexical {
    /// The state behind `line`.
    fn after(mut self, line: &str) -> Lexical {
        let mut rest = line;
        loop {
            let end = match self {
                Lexical::Comment => rest.find("*/").map(|at| at + 2),
                Lexical::RawString => rest.find('`').map(|at| at + 1),
                Lexical::Code => match rest.find(['`', '"', '\'', '/']) {
                    None => None,
                    Some(at) => {
                        let found = &rest[at..];
                        if found.starts_with("//") {
                            return Lexical::Code;
                        }
                        let quote = found.chars().next().filter(|c| "\"'".contains(*c));
                        let (next, len) = match quote {
                            Some(quote) => (Lexical::Code, quoted_len(found, quote)),
                            None if found.starts_with("/*") => (Lexical::Comment, 2),
                            None if found.starts_with('`') => (Lexical::RawString, 1),
                            None => (Lexical::Code, 1),
                        };
                        self = next;
                        rest = &rest[at + len..];
                        continue;
                    }
                },
            };
            match end {
                None => return self,
                Some(end) => (self, rest) = (Lexical::Code, &rest[end..]),
            }
        }
    }
}

/// The length of the string or rune literal at the start of `text`.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package p\n\n// A is tested.\nfunc TestA() {\n\tx := `\nfunc y\n`\n\truntime.Gone(x)\n}\n\n\
        var (\n\ta = 1\n\tb = []int{\n\t\tGone,\n\t}\n\tc = '\"'\n)\n\n//go:noinline\nfunc f() { \"`\" }\n\nfunc g() {}\n\n\
        func h() {\n\tGone()\n\tGone()\n}\n";

    #[test]
    fn declarations_are_left_out() {
        let mut file = TestFile::new(TEXT);
        assert!(file.leave_out(7) && file.leave_out(13) && file.leave_out(19));
        assert!(!file.leave_out(7));
        assert!(file.leave_out(24) && !file.leave_out(25), "what is above has nothing to do with it");
        let left: Vec<String> = file.lines.into_iter().filter(|line| !line.is_empty()).collect();
        let expected = ["package p", "var (", "\ta = 1", "\tc = '\"'", ")", "func g() {}"];
        assert_eq!(left, expected);
    }

    #[test]
    fn places_of_undefined_names() {
        let said = "# p_test\n../a/chan_test.go:12:3: undefined: runtime.Gone\nx_test.go:3:1: x.f undefined (type T has no field or method f)\n\
            x_test.go:9:1: cannot range over f\n";
        let said_of_code = "a/b.go:10:6: relocation target internal/a.Asm not defined\n";
        assert_eq!(without_code(said_of_code), ["a.Asm("]);
        let expected = [("chan_test.go".to_owned(), 11), ("x_test.go".to_owned(), 2)];
        assert_eq!(undefined(said), expected.into());
    }
}
