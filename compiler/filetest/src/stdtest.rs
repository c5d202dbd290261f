//! The standard library's own package tests, run with rgo.
//!
//! A *case* is a top-level test, example or fuzz target of a package, named `package Test`; or the package itself, which fails when
//! its test program does not build or ends without saying which test failed. In: a tree of Go and the ledger. Out: the cases
//! that were run with their verdicts, for [`crate::gotest::ledger`].
//!
//! For a package that rgo has a version of its own of, `fit` chooses what of its tests applies.
//!
//! A package's program is built once. It runs without the tests that the ledger lists, so that one of them that ends the program
//! does not hide the others; then each listed one runs alone, and should fail.

mod fit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Status};
use crate::gotest::Verdict;
use crate::suite::Scratch;

/// What is looked at beside a package.
#[derive(Debug)]
pub struct Setup {
    pub rgo: PathBuf,
    pub goroot: PathBuf,
    /// Holds, in a folder named after the package, what stands in for the test files inside a package that rgo has a version of its own of.
    pub own_tests: PathBuf,
    /// `-short`
    pub short: bool,
}

/// Longest time that building, or one run of, a test program may take.
const LIMIT: Duration = Duration::from_secs(600);

/// What belongs to the runtime of gc alone: its collector's inner loops, its race detector, and benchmarks of cgo.
const GC_ONLY: [&str; 3] = ["internal/runtime/gc", "internal/runtime/cgobench", "runtime/race"];

/// The packages that have tests, sorted.
pub fn packages(goroot: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    walk(&goroot.join("src"), "", &mut found).map_err(|e| format!("{}: {e}", goroot.display()))?;
    found.sort();
    Ok(found)
}

fn walk(dir: &Path, path: &str, found: &mut Vec<String>) -> std::io::Result<()> {
    let mut has_tests = false;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let is_skipped = name == "testdata" || name.starts_with(['.', '_']);
            let below = if path.is_empty() { name } else { format!("{path}/{name}") };
            if !is_skipped && below != "cmd" && !GC_ONLY.contains(&&*below) {
                walk(&entry.path(), &below, found)?;
            }
        } else {
            has_tests |= name.ends_with("_test.go");
        }
    }
    if has_tests {
        found.push(path.to_owned());
    }
    Ok(())
}

/// Makes a GOROOT at `to` in which `rgo test` finds those tests of a package of [`Setup::own_tests`] that apply, to run them by hand.
pub fn lay_out(setup: &Setup, package: &str, to: &Path) -> Result<(), String> {
    fit::goroot(setup, package, &setup.own_tests.join(package), to)
}

/// Runs the tests of one package. `reasons` is the ledger.
pub fn run(setup: &Setup, package: &str, reasons: &BTreeMap<String, String>) -> Vec<(String, Verdict)> {
    let prefix = format!("{package} ");
    let listed: Vec<&str> = reasons.keys().filter_map(|case| case.strip_prefix(&prefix)).collect();
    match attempt(setup, package, &listed) {
        Ok(cases) => cases
            .into_iter()
            .map(|(test, verdict)| (format!("{prefix}{test}").trim_end().to_owned(), verdict))
            .collect(),
        Err(why) => vec![(package.to_owned(), Verdict::Failed(why))],
    }
}

/// Names and verdicts of the tests, the empty name for the package; an error for one that does not build.
fn attempt(setup: &Setup, package: &str, listed: &[&str]) -> Result<Vec<(String, Verdict)>, String> {
    let scratch = Scratch::new()?;
    let own = setup.own_tests.join(package);
    let fitted = scratch.path.join("goroot");
    let goroot = match own.is_dir() {
        true => {
            fit::goroot(setup, package, &own, &fitted)?;
            &fitted
        }
        false => &setup.goroot,
    };
    let program = scratch.path.join("p.test");
    let mut build = Command::new(&setup.rgo);
    build.args(["test", "-c", "-o"]).arg(&program).arg(package).current_dir(&scratch.path);
    build.env("RGO_GOROOT", goroot).env("GOFLAGS", "").env("RGO_BUILD_CACHE", "off");
    let (status, text) =
        exec::run_merged(build, LIMIT).map_err(|e| format!("{}: {e}", setup.rgo.display()))?;
    let said = String::from_utf8_lossy(&text);
    // No file of the package is for this target.
    if said.contains(": build constraints exclude all Go files in ") {
        return Ok(Vec::new());
    }
    if status != Status::Exit(0) {
        return Err(format!("build: {status}\n{said}"));
    }
    // All test files may be for other systems.
    if !program.exists() {
        return Ok(Vec::new());
    }
    let run = |args: &[String]| -> Result<(Status, String), String> {
        let mut command = Command::new(&program);
        command.args(["-test.paniconexit0", "-test.v"]).args(args);
        command.args(setup.short.then_some("-test.short"));
        let dir = goroot.join("src").join(package);
        command.env("GOROOT", goroot).env("GOFLAGS", "").env("PWD", &dir).current_dir(dir);
        let dirs = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::iter::once(goroot.join("bin")).chain(std::env::split_paths(&dirs));
        if let Ok(path) = std::env::join_paths(dirs) {
            command.env("PATH", path);
        }
        let (status, text) = exec::run_merged(command, LIMIT).map_err(|e| format!("{package}: {e}"))?;
        Ok((status, String::from_utf8_lossy(&text).into_owned()))
    };
    let mut most = vec!["-test.timeout=9m".to_owned()];
    most.extend((!listed.is_empty()).then(|| format!("-test.skip=^({})$", listed.join("|"))));
    let (status, text) = run(&most)?;
    let mut cases = verdicts(&text);
    let is_explained = cases.iter().any(|(_, verdict)| *verdict != Verdict::Passed);
    if status != Status::Exit(0) && !is_explained {
        cases.push((String::new(), Verdict::Failed(format!("{status}\n{}", ending(&text)))));
    }
    for &test in listed {
        // Some that fail wait forever.
        let (status, text) = run(&[format!("-test.run=^{test}$"), "-test.timeout=30s".to_owned()])?;
        let verdict = match status {
            // Not even begun: it is gone, or skips itself.
            Status::Exit(0) if verdicts(&text).is_empty() => Verdict::DoesNotApply("does not run"),
            Status::Exit(0) => Verdict::Passed,
            _ => Verdict::Failed(format!("{status}\n{}", ending(&text))),
        };
        cases.push((test.to_owned(), verdict));
    }
    Ok(cases)
}

/// What a program that runs with `-v` reports about its tests; not about those that were skipped.
fn verdicts(text: &str) -> Vec<(String, Verdict)> {
    let mut cases = Vec::new();
    // Lines by test: those of parallel tests come mixed, and "===" lines say whose the next are.
    let mut logs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ").and_then(|rest| rest.split_whitespace().nth(1)) {
            current = name.split('/').next().unwrap_or_default();
            continue;
        }
        let report = line.strip_prefix("--- ").and_then(|rest| rest.split_once(": "));
        let Some((word, rest)) = report else {
            logs.entry(current).or_default().push(line);
            continue;
        };
        current = rest.split(' ').next().unwrap_or_default();
        let name = current.to_owned();
        match word {
            "PASS" => cases.push((name, Verdict::Passed)),
            "FAIL" => {
                let log = logs.get(current).map(|lines| lines.join("\n")).unwrap_or_default();
                cases.push((name, Verdict::Failed(ending(&log))));
            }
            _ => {}
        }
    }
    cases
}

/// The part of a log that says most.
fn ending(text: &str) -> String {
    let is_noise = |line: &&str| !line.trim().is_empty() && !line.starts_with("=== ") && *line != "FAIL";
    let lines: Vec<&str> = text.lines().filter(is_noise).collect();
    let panic =
        lines.iter().position(|line| line.starts_with("panic: ") || line.starts_with("fatal error: "));
    let from = panic.unwrap_or(lines.len().saturating_sub(12));
    lines[from..].iter().take(12).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports() {
        let text = "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n=== RUN   TestB/x\n    b_test.go:3: no\n\
            --- FAIL: TestB (0.00s)\n    --- FAIL: TestB/x (0.00s)\n=== RUN   TestC\n--- SKIP: TestC (0.00s)\nFAIL\n";
        let cases = verdicts(text);
        let expected =
            [("TestA", Verdict::Passed), ("TestB", Verdict::Failed("    b_test.go:3: no".to_owned()))];
        assert_eq!(cases, expected.map(|(name, verdict)| (name.to_owned(), verdict)));
        let text = "=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\n=== CONT  TestA\n    a_test.go:1: no\n=== CONT  TestB\n\
            b says\n=== NAME  TestA\n    a_test.go:2: nor\n--- FAIL: TestA (0.00s)\n--- PASS: TestB (0.00s)\n";
        let why = "    a_test.go:1: no\n    a_test.go:2: nor".to_owned();
        assert_eq!(verdicts(text)[0], ("TestA".to_owned(), Verdict::Failed(why)));
        assert_eq!(ending("x\npanic: boom\n\ngoroutine 1\nFAIL\n"), "panic: boom\ngoroutine 1");
    }

    #[test]
    fn packages_with_tests() {
        let scratch = Scratch::new().unwrap();
        for file in ["a/a_test.go", "a/b/c/x_test.go", "a/testdata/y_test.go", "cmd/z_test.go", "none/n.go"] {
            let path = scratch.path.join("src").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "package p\n").unwrap();
        }
        assert_eq!(packages(&scratch.path).unwrap(), ["a", "a/b/c"]);
    }
}
