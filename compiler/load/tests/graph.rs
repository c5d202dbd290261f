//! Archive files in `tests/graph` → graph dumps, compared with what the archive expects.
//! The last section, `want`, is the expected dump (rewritten when UPDATE_EXPECT=1). `$DIR` and `$GOROOT` stand for the directories of the run.

mod archive;

use std::fs;
use std::path::{Path, PathBuf};

use archive::Archive;
use rgo_load::{Failure, PackageGraph};

#[test]
fn archives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph");
    let mut archives: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    archives.sort();
    let mut failed = Vec::new();
    for archive in archives {
        let text = fs::read_to_string(&archive).unwrap();
        let (input, want) = text.split_once("-- want --\n").expect("archive ends with a section `want`");
        let got = run(&archive, input);
        if got == want {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&archive, format!("{input}-- want --\n{got}")).unwrap();
        } else {
            failed.push(format!("{}:\n--- want\n{want}--- got\n{got}", archive.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn run(archive: &Path, input: &str) -> String {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(archive.file_stem().unwrap());
    let out = match Archive::parse(input).load(&root) {
        Ok(graph) => dump(&graph),
        Err(failure) => dump_failure(&failure),
    };
    let (work, goroot) = (root.join("work"), root.join("goroot"));
    out.replace(&work.display().to_string(), "$DIR").replace(&goroot.display().to_string(), "$GOROOT")
}

fn dump(graph: &PackageGraph) -> String {
    let mut out = String::new();
    for warning in &graph.warnings {
        out.push_str(&format!("{warning}\n"));
    }
    for package in &graph.packages {
        let kind = match (package.is_std, package.in_main_module) {
            (true, _) => "std",
            (_, true) => "main module",
            _ => "dependency",
        };
        let (path, import_path, (major, minor)) = (package.path, package.import_path, package.go_version);
        out.push_str(&format!(
            "{path} ({import_path}, package {}, {kind}, go{major}.{minor})\n",
            package.name
        ));
        for file in &package.files {
            let source = graph.sources.file(file.package.pos).unwrap();
            let note = file.go_version.map_or(String::new(), |version| format!(" {version}"));
            out.push_str(&format!("\tfile {}{note}:", source.path));
            for decl in &file.decls {
                out.push_str(&declared(decl));
            }
            out.push('\n');
        }
        for (path, id) in &package.imports {
            out.push_str(&format!("\timport {path} = {}\n", graph.package(*id).import_path));
        }
        for (pattern, files) in &package.embeds.patterns {
            out.push_str(&format!("\tembed {pattern} = {}\n", files.join(" ")));
        }
    }
    out
}

fn declared(decl: &rgo_syntax::ast::Decl) -> String {
    use rgo_syntax::ast::{Decl, Specs};
    match decl {
        Decl::Func(func) => format!(" func {}", func.name.name),
        Decl::Gen(decl) => match &decl.specs {
            Specs::Import(_) => String::new(),
            Specs::Const(specs) => {
                specs.iter().map(|spec| format!(" const {}", spec.names[0].name)).collect()
            }
            Specs::Var(specs) => specs.iter().map(|spec| format!(" var {}", spec.names[0].name)).collect(),
            Specs::Type(specs) => specs.iter().map(|spec| format!(" type {}", spec.name.name)).collect(),
        },
    }
}

fn dump_failure(failure: &Failure) -> String {
    let mut out: String = failure.messages.iter().map(|message| format!("{message}\n")).collect();
    for errors in &failure.syntax {
        out.push_str(&format!("# {}\n", errors.import_path));
        for error in &errors.diagnostics {
            let at = failure.sources.position(error.pos);
            out.push_str(&format!("{}:{}:{}: {}\n", at.file, at.line, at.col, error.message));
        }
    }
    out
}
