//! What is said about small packages, against what gc says.
//!
//! `decisions/x.go` starts with the flag that matters (`-l`: nothing is inlined; else `-m`), `x.out` holds gc's lines
//! without the file's name, sorted by position: `go tool compile -m [-l] -p p x.go`, lines about generated methods left out.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use rgo_escape::{Options, analyze};
use rgo_load::{Package, PackageGraph, PackageId};
use rgo_source::{Name, SourceMap};
use rgo_target::LINUX_AMD64;
use rgo_types::Program;

const P: PackageId = PackageId(0);

fn graph(text: &[u8]) -> PackageGraph {
    let sources = Arc::new(SourceMap::default());
    let parsed = rgo_syntax::parse_file(&sources, "p.go", text.into()).expect("room");
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let path = Name::new("p");
    let package = Package::of_files(P, path, vec![parsed.file]);
    PackageGraph::new(vec![package], sources, vec![P], vec![])
}

/// The lines about a package, as `line:col: text`.
fn decisions(text: &[u8]) -> Vec<String> {
    let graph = graph(text);
    let mut program = Program::new(&graph, LINUX_AMD64);
    program.check_package(P);
    assert!(program.diagnostics.is_empty(), "{:?}", program.diagnostics);
    let options =
        Options { inline: !text.starts_with(b"// -l"), optimize: true, level: 1, ..Options::default() };
    let said = analyze(&mut program, &[P], options);
    let mut lines: Vec<(u32, u32, String)> = Vec::new();
    for line in said.into_iter().flat_map(|(_, lines)| lines) {
        let at = graph.sources.position(line.pos);
        lines.push((at.line, at.col, line.text));
    }
    lines.sort();
    lines.into_iter().map(|(line, col, text)| format!("{line}:{col}: {text}")).collect()
}

#[test]
fn lines_are_gcs() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions");
    let mut cases: Vec<_> =
        std::fs::read_dir(&dir).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ext| ext == "go"));
    cases.sort();
    assert!(!cases.is_empty());
    let mut differences = String::new();
    for case in cases {
        let got = decisions(&std::fs::read(&case).expect("source"));
        let golden = std::fs::read_to_string(case.with_extension("out")).expect("gc's lines");
        let mut want: Vec<(u32, u32, &str)> = golden
            .lines()
            .map(|line| {
                let mut parts = line.splitn(3, ':');
                let mut number = || parts.next().and_then(|n| n.parse().ok()).expect("a number");
                (number(), number(), line)
            })
            .collect();
        want.sort_by_key(|&(line, col, text)| {
            (line, col, text.split_once(": ").map_or(text, |(_, rest)| rest))
        });
        let want: Vec<&str> = want.into_iter().map(|(_, _, text)| text).collect();
        for line in got.iter().filter(|line| !want.contains(&line.as_str())) {
            let _ = writeln!(differences, "{}: unexpected: {line}", case.display());
        }
        for line in want.iter().filter(|line| !got.iter().any(|got| got == *line)) {
            let _ = writeln!(differences, "{}: missing: {line}", case.display());
        }
        if got != want && differences.is_empty() {
            let _ = writeln!(differences, "{}: repeated lines differ: {got:#?}", case.display());
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}
