//! Checks whole standard packages, bodies included, and expects no error.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT`; without it there is nothing to check. `RGO_TEST_PACKAGES` names the packages
//! (default `fmt`; `cmd/...` works too); everything they import is checked as well, with the repository's overlay unless
//! `RGO_TEST_PLAIN` is set. `RGO_TEST_TARGETS` (default `linux/amd64`) names the targets, not all of which can be compiled for.

use std::path::{Path, PathBuf};

use rgo_load::{Config, Overlay, load};
use rgo_source::sort_and_limit;
use rgo_syntax::ast::ExprId;
use rgo_target::{Isa, LINUX_AMD64, ObjectFormat, Os, Target};
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

/// What checking needs to know of a target.
fn target(name: &str) -> Target {
    let (goos, goarch) = name.split_once('/').expect("os/arch");
    let (os, goos, format) = match goos {
        "linux" => (Os::Linux, "linux", ObjectFormat::Elf),
        "darwin" => (Os::Darwin, "darwin", ObjectFormat::MachO),
        "windows" => (Os::Windows, "windows", ObjectFormat::Pe),
        _ => panic!("unknown system {goos}"),
    };
    let (isa, goarch) = match goarch {
        "amd64" => (Isa::X86_64, "amd64"),
        "arm64" => (Isa::Aarch64, "arm64"),
        "riscv64" => (Isa::Riscv64, "riscv64"),
        _ => panic!("unknown architecture {goarch}"),
    };
    Target { isa, os, format, goarch, goos, ..LINUX_AMD64 }
}

fn list(variable: &str, default: &str) -> Vec<String> {
    let text = std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    text.split(',').map(str::to_owned).collect()
}

#[test]
fn std_has_no_errors() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else {
        return;
    };
    let packages = list("RGO_TEST_PACKAGES", "fmt");
    // Each module of GOROOT is loaded from its own folder.
    let (cmd, std): (Vec<String>, Vec<String>) = packages.into_iter().partition(|p| p.starts_with("cmd"));
    let overlay = match std::env::var_os("RGO_TEST_PLAIN") {
        Some(_) => Overlay::new("", []).expect("an empty overlay"),
        None => overlay(),
    };
    let mut errors = 0;
    for name in list("RGO_TEST_TARGETS", "linux/amd64") {
        for (folder, packages) in [("src", &std), ("src/cmd", &cmd)] {
            if !packages.is_empty() {
                println!("{name}: {}", packages.join(" "));
                errors += check(&goroot, folder, packages, target(&name), &overlay);
            }
        }
    }
    assert_eq!(errors, 0, "errors");
}

/// Checks packages and all they import; how many errors there are.
fn check(goroot: &Path, folder: &str, packages: &[String], target: Target, overlay: &Overlay) -> usize {
    let tags = ["purego", "math_big_pure_go", "osusergo", "netgo"].map(str::to_owned).to_vec();
    let config = Config { tags, parallelism: 2, ..Config::of_std(goroot, folder, target, overlay) };
    let start = std::time::Instant::now();
    let graph = match load(&config, packages) {
        Ok(graph) => graph,
        Err(failure) => panic!("{:?} {:?}", failure.messages, failure.syntax),
    };
    println!("loaded {} packages in {:?}", graph.packages.len(), start.elapsed());
    let start = std::time::Instant::now();
    let mut program = Program::new(&graph, target);
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
    errors.len()
}
