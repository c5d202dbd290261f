//! Checks whole standard packages, bodies included, and expects no error.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT`; without it there is nothing to check. `RGO_TEST_PACKAGES` names the packages
//! (default `fmt`); everything they import is checked as well, with the repository's overlay unless `RGO_TEST_PLAIN` is
//! set.

use std::path::{Path, PathBuf};

use rgo_load::{Config, Disk, ModMode, Overlay, load};
use rgo_source::sort_and_limit;
use rgo_syntax::ast::ExprId;
use rgo_target::LINUX_AMD64;
use rgo_types::{FileIdx, Program};

/// The repository's overlay.
fn overlay() -> Overlay {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rt/go");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut todo = vec![root.clone()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "go") {
                let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    let manifest = std::fs::read_to_string(root.join("MANIFEST")).expect("the manifest");
    Overlay::new(&manifest, files.iter().map(|(name, text)| (name.as_str(), text.as_slice())))
        .expect("a valid overlay")
}

#[test]
fn std_has_no_errors() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else {
        return;
    };
    let packages = std::env::var("RGO_TEST_PACKAGES").unwrap_or_else(|_| "fmt".to_owned());
    let args: Vec<String> = packages.split(',').map(str::to_owned).collect();
    let overlay = match std::env::var_os("RGO_TEST_PLAIN") {
        Some(_) => Overlay::new("", []).expect("an empty overlay"),
        None => overlay(),
    };
    let config = Config {
        dir: goroot.join("src"),
        goroot,
        target: LINUX_AMD64,
        tags: ["purego", "math_big_pure_go", "osusergo", "netgo"].map(str::to_owned).to_vec(),
        experiments: rgo_load::Experiments::default(),
        overlay: &overlay,
        disk: Disk::default(),
        mod_mode: ModMode::Auto,
        module_cache: None,
        mod_file: None,
        work_file: None,
        as_compiler: false,
        parallelism: 2,
    };
    let start = std::time::Instant::now();
    let graph = match load(&config, &args) {
        Ok(graph) => graph,
        Err(failure) => panic!("{:?} {:?}", failure.messages, failure.syntax),
    };
    println!("loaded {} packages in {:?}", graph.packages.len(), start.elapsed());
    let start = std::time::Instant::now();
    let mut program = Program::new(&graph, LINUX_AMD64);
    for package in &graph.packages {
        let before = program.diagnostics.len();
        program.check_package(package.id);
        let errors = program.diagnostics.len() - before;
        if errors > 0 {
            println!("{}: {errors} errors", package.path);
        }
    }
    println!("checked in {:?}", start.elapsed());
    let (mut nodes, mut known) = (0, 0);
    for package in &graph.packages {
        for file in program.package(package.id).files.clone().map(FileIdx) {
            let info = program.info(file);
            let count = program.file(file).ast.expr_count();
            nodes += count;
            known += (0..count)
                .map(ExprId)
                .filter(|&id| info.type_and_value(id).is_some() || info.object(id).is_some())
                .count();
        }
    }
    println!("{known} of {nodes} expressions and identifiers have a meaning");
    let (errors, _) = sort_and_limit(std::mem::take(&mut program.diagnostics), &graph.sources, None);
    for error in errors.iter().take(60) {
        let at = graph.sources.position(error.pos);
        println!("{}:{}:{}: {}", at.file, at.line, at.col, error.message);
    }
    assert!(errors.is_empty(), "{} errors", errors.len());
}
