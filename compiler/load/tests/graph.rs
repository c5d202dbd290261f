//! Archive files in `tests/graph` → graph dumps, compared with what the archive expects.
//!
//! An archive is sections headed `-- name --`. The text before the first section holds `key: value` lines: `args` (what
//! the command line names), `tags`, `dir` (the working directory). Sections whose names begin with `std/` make up
//! GOROOT/src, those that begin with `overlay/` the overlay; the last section, `want`, is the expected dump (rewritten
//! when UPDATE_EXPECT=1). `$DIR` and `$GOROOT` stand for the directories of the run.

use std::fs;
use std::path::{Path, PathBuf};

use rgo_load::{Config, Disk, Failure, ModMode, Overlay, PackageGraph, load};

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
    let _ = fs::remove_dir_all(&root);
    let (mut head, mut sections) = (String::new(), Vec::<(String, String)>::new());
    for line in input.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (name, sections.last_mut()) {
            (Some(name), _) => sections.push((name.to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => head.push_str(line),
        }
    }
    let key = |key: &str| {
        let value = head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        value.unwrap_or_default().trim().to_owned()
    };
    let (work, goroot) = (root.join("work"), root.join("goroot"));
    fs::create_dir_all(&work).unwrap();
    fs::create_dir_all(goroot.join("src")).unwrap();
    let mut overlay_files = Vec::new();
    let mut manifest = "";
    for (name, text) in &sections {
        let path = match (name.strip_prefix("std/"), name.strip_prefix("overlay/")) {
            (Some(rest), _) => goroot.join("src").join(rest),
            (_, Some("MANIFEST")) => {
                manifest = text;
                continue;
            }
            (_, Some(rest)) => {
                overlay_files.push((rest, text.as_bytes()));
                continue;
            }
            _ => work.join(name),
        };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let overlay = Overlay::new(manifest, overlay_files).unwrap();
    let config = Config {
        goroot: goroot.clone(),
        target: rgo_target::LINUX_AMD64,
        tags: key("tags").split_whitespace().map(str::to_owned).collect(),
        experiments: rgo_load::Experiments::default(),
        overlay: &overlay,
        disk: Disk::default(),
        dir: work.join(key("dir")),
        mod_mode: ModMode::Auto,
        module_cache: Some(work.join("cache")),
        mod_file: None,
        work_file: None,
        as_compiler: false,
        parallelism: 2,
    };
    let args: Vec<String> = key("args").split_whitespace().map(str::to_owned).collect();
    let out = match load(&config, &args) {
        Ok(graph) => dump(&graph),
        Err(failure) => dump_failure(&failure),
    };
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
