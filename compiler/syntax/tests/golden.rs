//! Sources and what becomes of them: `errors.txt` and `trees.txt` hold entries of a title, `--`, the source, `==`, and the
//! errors or the tree. `RGO_BLESS=1` writes them anew.
//!
//! The errors are gc's, word for word; check a change against gc before blessing it.

use std::fmt::Write;

use rgo_source::SourceMap;
use rgo_syntax::Bodies;

fn errors_of(source: &str) -> String {
    let sources = SourceMap::default();
    let parsed = rgo_syntax::parse_file(&sources, "x.go", source.as_bytes().into()).unwrap();
    let mut errors = parsed.errors;
    if errors.is_empty() {
        errors.extend_from_slice(&parsed.file.late);
    }
    let (errors, _) = rgo_source::sort_and_limit(errors, &sources, None);
    errors.iter().fold(String::new(), |mut out, error| {
        let at = sources.position(error.pos);
        let col = if at.col > 0 { format!(":{}", at.col) } else { String::new() };
        writeln!(out, "{}:{}{col}: {}", at.file, at.line, error.message).unwrap();
        out
    })
}

fn tree_of(source: &str) -> String {
    let sources = SourceMap::default();
    let parsed = rgo_syntax::parse_file(&sources, "x.go", source.as_bytes().into()).unwrap();
    assert_eq!(parsed.errors, []);
    let tree = rgo_syntax::dump(&parsed.file, &parsed.source);
    // Bodies that are parsed when they are needed give the same tree.
    let source = rgo_syntax::add_source(&sources, "x.go", source.as_bytes().into()).unwrap();
    let later = rgo_syntax::parse_source(source, Bodies::WhenNeeded);
    let unparsed = later.file.expr_count();
    assert_eq!(rgo_syntax::dump(&later.file, &later.source), tree);
    assert!(later.file.expr_count() >= unparsed.max(parsed.file.expr_count()));
    tree
}

fn check(name: &str, result_of: impl Fn(&str) -> String) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let old = std::fs::read_to_string(&path).unwrap();
    let mut new = String::new();
    // A result never holds a line `--`, and a title is the last line before one.
    let mut parts = old.split("\n--\n");
    let mut title = parts.next().unwrap();
    for part in parts {
        let (source, rest) = part.split_once("\n==\n").unwrap_or_else(|| panic!("{title}: no =="));
        write!(new, "{title}\n--\n{source}\n==\n{}", result_of(&format!("{source}\n"))).unwrap();
        title = rest.rsplit('\n').next().unwrap();
    }
    if std::env::var_os("RGO_BLESS").is_some() {
        std::fs::write(&path, new).unwrap();
    } else if old != new {
        for (line, (old, new)) in old.lines().zip(new.lines()).enumerate() {
            assert_eq!(old, new, "{name}:{}", line + 1);
        }
        panic!("{name}: length differs");
    }
}

#[test]
fn errors() {
    check("errors.txt", errors_of);
}

#[test]
fn trees() {
    check("trees.txt", tree_of);
}
