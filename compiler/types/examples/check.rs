//! Checks without compiling: packages whole, for any target, or single files as gc's `tool compile` takes them.
//!
//! ```text
//! check [-goos x] [-goarch y] [-tags a,b] PACKAGE...      errors of the packages named and of all they import; speed
//! check [-import a,b] -verdicts < list                     of each "FILE [-lang=go1.N]" on standard input: its errors
//! ```
//!
//! The standard library is that of `RGO_GOROOT`, unmodified. Verdicts: every file is a package of its own; those it
//! imports are looked up among what `-import` names and all they import. A line `== FILE` precedes each file's errors.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rgo_load::{Config, Overlay, Package, PackageGraph, PackageId, load};
use rgo_source::{Name, sort_and_limit};
use rgo_target::{Isa, LINUX_AMD64, ObjectFormat, Os, Target};
use rgo_types::Program;

#[derive(Default)]
struct Options {
    goos: Option<String>,
    goarch: Option<String>,
    tags: Vec<String>,
    imports: Vec<String>,
    verdicts: bool,
    args: Vec<String>,
}

fn options() -> Options {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1);
    let list = |text: Option<String>| text.iter().flat_map(|t| t.split(',')).map(str::to_owned).collect();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-goos" => options.goos = args.next(),
            "-goarch" => options.goarch = args.next(),
            "-tags" => options.tags = list(args.next()),
            "-import" => options.imports = list(args.next()),
            "-verdicts" => options.verdicts = true,
            _ => options.args.push(arg),
        }
    }
    options
}

/// What checking needs to know of a target; not all of these can be compiled for.
fn target(goos: &str, goarch: &str) -> Target {
    let (os, goos, format) = match goos {
        "darwin" => (Os::Darwin, "darwin", ObjectFormat::MachO),
        "windows" => (Os::Windows, "windows", ObjectFormat::Pe),
        _ => (Os::Linux, "linux", ObjectFormat::Elf),
    };
    let (isa, goarch) = match goarch {
        "arm64" => (Isa::Aarch64, "arm64"),
        "riscv64" => (Isa::Riscv64, "riscv64"),
        _ => (Isa::X86_64, "amd64"),
    };
    Target { isa, os, format, goarch, goos, ..LINUX_AMD64 }
}

fn main() {
    // Deeply nested files need stack where they are dropped.
    let run = std::thread::Builder::new().stack_size(1 << 30).spawn(run);
    run.expect("a thread").join().expect("no failure");
}

fn run() {
    let options = options();
    let goroot = PathBuf::from(std::env::var_os("RGO_GOROOT").expect("RGO_GOROOT"));
    let target = target(options.goos.as_deref().unwrap_or(""), options.goarch.as_deref().unwrap_or(""));
    let overlay = Overlay::new("", []).expect("an empty overlay");
    let args = if options.verdicts { &options.imports } else { &options.args };
    let in_cmd = args.iter().any(|arg| arg.starts_with("cmd"));
    let config = Config {
        tags: options.tags,
        ..Config::of_std(&goroot, if in_cmd { "src/cmd" } else { "src" }, target, &overlay)
    };
    let start = Instant::now();
    let mut graph = match load(&config, args) {
        Ok(graph) => graph,
        Err(failure) => {
            println!("{}", failure.messages.join("\n"));
            for error in failure.syntax.into_iter().flat_map(|errors| errors.diagnostics) {
                let at = failure.sources.position(error.pos);
                println!("{}:{}:{}: {}", at.file, at.line, at.col, error.message);
            }
            std::process::exit(1);
        }
    };
    if options.verdicts {
        verdicts(&mut graph, target);
        return;
    }
    let loaded = start.elapsed();
    let start = Instant::now();
    let mut program = Program::new(&graph, target);
    for package in &graph.packages {
        program.check_package(package.id);
    }
    let checked = start.elapsed();
    let all = graph.diagnostics.iter().cloned().chain(std::mem::take(&mut program.diagnostics)).collect();
    let errors = print(all, &graph);
    let lines: usize =
        graph.packages.iter().flat_map(|package| &package.files).map(|file| lines(&graph, file)).sum();
    println!(
        "{} packages, {lines} lines, {errors} errors; loaded in {loaded:?}, checked in {checked:?}: {:.0} lines/s",
        graph.packages.len(),
        lines as f64 / (loaded + checked).as_secs_f64()
    );
    if errors > 0 {
        std::process::exit(1);
    }
}

fn lines(graph: &PackageGraph, file: &rgo_syntax::ast::File) -> usize {
    graph.sources.file(file.eof).map_or(0, |source| source.text.iter().filter(|&&b| b == b'\n').count())
}

/// Prints errors as gc does; how many there were.
fn print(errors: Vec<rgo_source::Diagnostic>, graph: &PackageGraph) -> usize {
    let (errors, _) = sort_and_limit(errors, &graph.sources, None);
    for error in &errors {
        let at = graph.sources.position(error.pos);
        let col = if at.col > 0 { format!(":{}", at.col) } else { String::new() };
        println!("{}:{}{col}: {}", at.file, at.line, error.message);
    }
    errors.len()
}

fn verdicts(graph: &mut PackageGraph, target: Target) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let Some(path) = words.next() else { continue };
        println!("== {path}");
        let minor =
            words.find_map(|word| word.strip_prefix("-lang=go1.")).and_then(|minor| minor.parse().ok());
        let Ok(text) = std::fs::read(path) else {
            println!("cannot read");
            continue;
        };
        let packages = graph.packages.len();
        let checked =
            std::panic::AssertUnwindSafe(|| verdict(graph, target, path, text, (1, minor.unwrap_or(27))));
        if std::panic::catch_unwind(checked).is_err() {
            println!("panic");
            graph.packages.truncate(packages);
        }
    }
}

fn verdict(graph: &mut PackageGraph, target: Target, path: &str, text: Vec<u8>, go_version: (u32, u32)) {
    let sources = Arc::clone(&graph.sources);
    let parsed = rgo_syntax::parse_file(&sources, path, text.into()).expect("room in the source map");
    let mut errors = parsed.errors;
    if parsed.complete {
        let found = |path: Name| graph.find(path.as_str()).map(|id| (path, id));
        let imports: BTreeMap<Name, PackageId> =
            parsed.file.imports().filter_map(|import| found(import.path)).collect();
        let name = Name::new("p");
        let id = PackageId(graph.packages.len() as u32);
        graph.packages.push(Package {
            imports,
            go_version,
            allows_bodyless: true,
            ..Package::of_files(id, name, vec![parsed.file])
        });
        {
            let mut program = Program::new(graph, target);
            program.check_package(id);
            errors.append(&mut program.diagnostics);
        }
        graph.packages.pop();
    }
    print(errors, graph);
}
