//! Compares error messages, word for word and with positions, with those of gc.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT` and Go files, or directories of them, in `RGO_TEST_VERDICTS` (comma-separated).
//! Each file is a package of its own and may import `unsafe` only. Files with syntax errors are left out: gc does not
//! check their types.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rgo_load::{Package, PackageGraph, PackageId};
use rgo_source::{Name, SourceMap, sort_and_limit};
use rgo_target::LINUX_AMD64;
use rgo_types::Program;

/// What rgo says; `None` if the file cannot be parsed or imports packages.
fn ours(path: &Path, go_version: (u32, u32)) -> Option<Vec<String>> {
    let text = std::fs::read(path).ok()?;
    let sources = Arc::new(SourceMap::default());
    let shown = path.display().to_string();
    let parsed = rgo_syntax::parse_file(&sources, &shown, text.into())?;
    if !parsed.errors.is_empty() || parsed.file.imports().any(|import| import.path != "unsafe") {
        return None;
    }
    let name = Name::new("p");
    let package = Package {
        go_version,
        allows_bodyless: true,
        ..Package::of_files(PackageId(0), name, vec![parsed.file])
    };
    let graph = PackageGraph::new(vec![package], sources, vec![PackageId(0)], vec![]);
    let mut program = Program::new(&graph, LINUX_AMD64);
    program.check_package(PackageId(0));
    let (errors, _) = sort_and_limit(std::mem::take(&mut program.diagnostics), &graph.sources, None);
    Some(
        errors
            .into_iter()
            .map(|error| {
                let at = graph.sources.position(error.pos);
                format!("{}:{}:{}: {}", at.file, at.line, at.col, error.message)
            })
            .collect(),
    )
}

/// What gc says.
fn theirs(goroot: &Path, path: &Path, lang: &str) -> Vec<String> {
    // The compiler removes its output file when there are errors.
    let object = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdict.o");
    let output = Command::new(goroot.join("bin/go"))
        .args(["tool", "compile", "-p=p", "-e", "-complete=false", "-o"])
        .arg(&object)
        .arg(format!("-lang={lang}"))
        .arg(path)
        .env("GOTOOLCHAIN", "local")
        .output()
        .expect("go runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let mut messages: Vec<String> = Vec::new();
    for line in text.lines() {
        match messages.last_mut() {
            Some(last) if line.starts_with('\t') => {
                last.push('\n');
                last.push_str(line);
            }
            _ => messages.push(line.to_owned()),
        }
    }
    messages
}

#[test]
fn verdicts_are_gcs() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else { return };
    let Ok(paths) = std::env::var("RGO_TEST_VERDICTS") else { return };
    let mut files = Vec::new();
    for path in paths.split(',').map(PathBuf::from) {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a directory");
            let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
            entries.retain(|path| path.extension().is_some_and(|ext| ext == "go"));
            entries.sort();
            files.extend(entries);
        } else {
            files.push(path);
        }
    }
    // This one makes gc build strings of gigabytes.
    files.retain(|path| !path.ends_with("issue78346.go"));
    let (mut same, mut total) = (0, 0);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lang = text.lines().next().and_then(|line| line.split("-lang=").nth(1)).unwrap_or("go1.27");
        let lang = lang.split_whitespace().next().unwrap_or("go1.27");
        let minor = lang.rsplit('.').next().and_then(|n| n.parse().ok()).unwrap_or(27);
        let Some(ours) = ours(&path, (1, minor)) else { continue };
        let ours: BTreeSet<String> = ours.into_iter().collect();
        let theirs: BTreeSet<String> = theirs(&goroot, &path, lang).into_iter().collect();
        total += theirs.len();
        same += theirs.intersection(&ours).count();
        for message in theirs.difference(&ours) {
            println!("- {message}");
        }
        for message in ours.difference(&theirs) {
            println!("+ {message}");
        }
    }
    println!("{same} of {total} messages are the same");
}
