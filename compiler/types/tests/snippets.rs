//! Small packages with the errors they should give: `testdata/*.go`.
//!
//! A comment `/* ERROR "text" */` (or `// ERROR "text"`) expects an error on its line whose message contains the text.
//! Every error must be expected. Packages import nothing but `unsafe`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rgo_load::{Package, PackageGraph, PackageId};
use rgo_source::{Name, SourceMap};
use rgo_target::LINUX_AMD64;
use rgo_types::Program;

fn expectations(text: &str) -> BTreeMap<u32, Vec<String>> {
    let mut result: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (i, line) in text.lines().enumerate() {
        let mut rest = line;
        while let Some(at) = rest.find("ERROR \"") {
            rest = &rest[at + 7..];
            let end = rest.find("\" */").or_else(|| rest.rfind('"')).expect("closing quote");
            result.entry(i as u32 + 1).or_default().push(rest[..end].replace("\\\"", "\""));
            rest = &rest[end + 1..];
        }
    }
    result
}

fn check(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("test file");
    let sources = Arc::new(SourceMap::default());
    let parsed =
        rgo_syntax::parse_file(&sources, "p.go", text.as_bytes().into()).expect("room in the source map");
    assert!(parsed.errors.is_empty(), "{}: {:?}", path.display(), parsed.errors);
    let path_name = Name::new("p");
    let package = Package::of_files(PackageId(0), path_name, vec![parsed.file]);
    let graph = PackageGraph::new(vec![package], sources, vec![PackageId(0)], vec![]);
    let mut program = Program::new(&graph, LINUX_AMD64);
    program.check_package(PackageId(0));
    let mut wanted = expectations(&text);
    let mut complaints = Vec::new();
    for error in &program.diagnostics {
        let at = graph.sources.position(error.pos);
        let list = wanted.entry(at.line).or_default();
        match list.iter().position(|text| error.message.contains(text.as_str())) {
            Some(i) => {
                list.remove(i);
            }
            None => complaints.push(format!(
                "{}:{}:{}: unexpected: {}",
                path.display(),
                at.line,
                at.col,
                error.message
            )),
        }
    }
    for (line, list) in wanted {
        complaints.extend(list.into_iter().map(|text| format!("{}:{line}: missing: {text}", path.display())));
    }
    complaints
}

#[test]
fn snippets_give_their_errors() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut files: Vec<_> =
        std::fs::read_dir(dir).expect("testdata").map(|e| e.expect("entry").path()).collect();
    files.sort();
    let complaints: Vec<String> = files.iter().flat_map(|path| check(path)).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
