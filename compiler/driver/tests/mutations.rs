//! Fuzzing: programs damaged at random must be parsed, checked and, where nothing is wrong with them, compiled without a
//! panic and in bounded time.
//!
//! As a unit test this runs for a second on the programs of `tests/run`. `RGO_TEST_ROUNDS` asks for that many damaged
//! programs instead, `RGO_TEST_SEED` for others, `RGO_TEST_CORPUS` (folders, comma-separated) for what they are made of,
//! and `RGO_TEST_GOROOT` makes a part of the standard library importable; then one input in `RGO_TEST_COMPILE` (5) goes on to
//! machine code if it checks without errors. What fails is kept in the temporary folder as `rgo-damaged-N.go`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rgo_load::{Config, Overlay, Package, PackageGraph, PackageId, load};
use rgo_source::Name;
use rgo_target::LINUX_AMD64;
use rgo_types::Program;
use rustix::time::{ClockId, clock_gettime};

/// What the programs may import.
const IMPORTS: &str = "errors,fmt,os,runtime,sort,strconv,strings,sync,time";

/// An input that takes more seconds of the processor is a finding.
const PATIENCE: i64 = 20;

/// After so many texts beside the standard library, the map of sources starts anew.
const SOURCES_KEPT: u64 = 20_000;

include!(concat!(env!("OUT_DIR"), "/overlay.rs"));

/// Pseudo-random numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Ranges of tokens, roughly: words, and single characters.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut result = Vec::new();
    let mut start = None;
    for (i, c) in text.char_indices() {
        let word = c.is_alphanumeric() || c == '_';
        if word {
            start.get_or_insert(i);
            continue;
        }
        if let Some(start) = start.take() {
            result.push((start, i));
        }
        if !c.is_whitespace() {
            result.push((i, i + c.len_utf8()));
        }
    }
    result
}

/// Words that change much.
const SPICE: &[&str] = &[
    "...",
    "~",
    "type",
    "func",
    "interface",
    "struct",
    "[]",
    "[...]",
    "<-chan",
    "*",
    "&",
    "nil",
    "iota",
    "_",
    "any",
    "comparable",
    "unsafe",
    "goto",
    "defer",
    "range",
    "0",
    "1e1000",
    "\"\"",
    "'",
    "`",
    "/*",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    "\n",
    "=",
    ":=",
    ".(type)",
    "1<<100",
    "\u{feff}",
    "\0",
];

/// Exchanges, drops, doubles or spices a few tokens of `text`; `other` lends lines.
fn damage(text: &str, other: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + random.below(4) {
        let tokens = tokens(&text);
        if tokens.len() < 10 {
            break;
        }
        let (a, b) = tokens[random.below(tokens.len())];
        let (c, d) = tokens[random.below(tokens.len())];
        let lent = text[c..d].to_owned();
        match random.below(8) {
            0 => text.replace_range(a..b, ""),
            1 => text.insert_str(a, &format!("{lent} ")),
            2 => text.insert_str(a, SPICE[random.below(SPICE.len())]),
            3 => text.replace_range(a..b, SPICE[random.below(SPICE.len())]),
            4 => {
                let lines: Vec<&str> = other.lines().collect();
                let from = random.below(lines.len().max(1));
                let count = 1 + random.below(6);
                let taken: String =
                    lines.iter().skip(from).take(count).map(|line| format!("{line}\n")).collect();
                let at = text[..a].rfind('\n').map_or(0, |at| at + 1);
                text.insert_str(at, &taken);
            }
            5 if a.max(c) - a.min(c) < 400 => text.replace_range(a.min(c)..b.max(d), ""),
            _ => text.replace_range(a..b, &lent),
        }
    }
    text
}

/// How far an input came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Parsed,
    Checked,
    /// Checked without an error.
    Clean,
    Compiled,
}

/// Parses and, where gc would go on, checks; with `compile`, what has no errors goes on to machine code.
fn build(text: &str, graph: &mut PackageGraph, compile: bool) -> Stage {
    // Without compiling, nothing needs the positions of the other packages.
    let sources = if compile { Arc::clone(&graph.sources) } else { Arc::default() };
    let Some(parsed) = rgo_syntax::parse_file(&sources, "p.go", text.as_bytes().into()) else {
        return Stage::Parsed;
    };
    if !parsed.complete {
        return Stage::Parsed;
    }
    let valid = parsed.errors.is_empty();
    let path = Name::new("p");
    let id = PackageId(graph.packages.len() as u32);
    let imports: BTreeMap<Name, PackageId> = parsed
        .file
        .imports()
        .filter_map(|import| graph.find(import.path.as_str()).map(|found| (import.path, found)))
        .collect();
    graph.packages.push(Package {
        imports,
        allows_bodyless: true,
        ..Package::of_files(id, path, vec![parsed.file])
    });
    (graph.main, graph.roots) = (id, vec![id]);
    let mut program = Program::new(graph, LINUX_AMD64);
    program.check_package(id);
    if !valid || !program.diagnostics.is_empty() {
        return Stage::Checked;
    }
    if !compile {
        return Stage::Clean;
    }
    let includes = goroot().expect("what compiles has a standard library").join("src/runtime");
    let include = |dir: &Path, name: &str| {
        let path = [dir, &includes].into_iter().map(|dir| dir.join(name)).find(|path| path.is_file())?;
        graph.sources.add(&path.to_string_lossy(), std::fs::read(&path).ok()?.into(), Vec::new())
    };
    let options = rgo_lower::Options {
        string_vars: Vec::new(),
        whole_roots: true,
        threads: 1,
        tracked_fields_var: None,
        include: rgo_lower::IncludeBy(Some(&include)),
    };
    // What gc finds after checking is an error as well.
    let lowered = match rgo_lower::lower(&mut program, options) {
        Ok(lowered) => lowered,
        Err(errors) => {
            // The standard library is not what has been damaged.
            let own = errors
                .iter()
                .any(|error| graph.sources.file(error.pos).is_some_and(|file| file.path == "p.go"));
            assert!(own, "{errors:?}");
            return Stage::Clean;
        }
    };
    let mut module = lowered.module;
    if !program.diagnostics.is_empty() {
        return Stage::Clean;
    }
    // The standard library is not what has been damaged.
    module.bodies.retain(|func| func.name.contains("p."));
    rgo_opt::optimize(&mut module, rgo_opt::Options::default(), 1, None);
    let result = rgo_codegen::compile_module(&module, &LINUX_AMD64, rgo_codegen::Options::default(), 1);
    result.unwrap_or_else(|error| panic!("{error}"));
    Stage::Compiled
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "go") {
            files.push(path);
        }
    }
}

/// The standard library, if there is one: without it inputs are checked, but cannot be compiled.
fn goroot() -> Option<PathBuf> {
    std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from)
}

/// The packages that can be imported.
fn imports() -> PackageGraph {
    let Some(goroot) = goroot() else {
        // The damaged file becomes package 0.
        return PackageGraph::new(vec![], Arc::default(), vec![PackageId(0)], vec![]);
    };
    let overlay = Overlay::new(MANIFEST, FILES.iter().copied()).expect("the embedded overlay");
    let config = Config::of_std(&goroot, "src", LINUX_AMD64, &overlay);
    let args: Vec<String> = IMPORTS.split(',').map(str::to_owned).collect();
    load(&config, &args).expect("std loads")
}

#[test]
fn damaged_programs_do_not_panic() {
    // Dropping a deep tree needs stack.
    let run = std::thread::Builder::new().stack_size(1 << 30).spawn(damaged_programs);
    run.expect("a thread").join().expect("no failure");
}

fn damaged_programs() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let rounds = number("RGO_TEST_ROUNDS");
    let mut random = Random(number("RGO_TEST_SEED").unwrap_or(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut files = Vec::new();
    match std::env::var("RGO_TEST_CORPUS") {
        Ok(dirs) => dirs.split(',').for_each(|dir| collect(Path::new(dir), &mut files)),
        Err(_) => collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/run"), &mut files),
    }
    files.sort();
    let texts: Vec<String> = files
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| text.len() < 100_000)
        .collect();
    assert!(!texts.is_empty(), "nothing to damage");
    let mut graph = imports();
    let packages = graph.packages.len();
    // One in so many inputs may go on to machine code.
    let share = number("RGO_TEST_COMPILE").unwrap_or(5);
    let (mut made, mut failed) = (0, 0);
    let mut reached = [0; 4];
    let start = Instant::now();
    while rounds.map_or(start.elapsed() < Duration::from_secs(1), |rounds| made < rounds) {
        made += 1;
        let (a, b) = (random.below(texts.len()), random.below(texts.len()));
        let damaged = damage(&texts[a], &texts[b], &mut random);
        if std::env::var_os("RGO_TEST_KEEP").is_some() {
            std::fs::write(std::env::temp_dir().join("rgo-damaged.go"), &damaged).expect("a copy");
        }
        let before = clock_gettime(ClockId::ThreadCPUTime);
        let compile = goroot().is_some() && made % share == 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| build(&damaged, &mut graph, compile)));
        if compile && made % (share * SOURCES_KEPT) == 0 {
            graph = imports();
        }
        graph.packages.truncate(packages);
        let slow = (clock_gettime(ClockId::ThreadCPUTime) - before).tv_sec > PATIENCE;
        if let Ok(stage) = outcome {
            reached.iter_mut().take(stage as usize + 1).for_each(|count| *count += 1);
        }
        if outcome.is_err() || slow {
            failed += 1;
            let copy = std::env::temp_dir().join(format!("rgo-damaged-{failed}.go"));
            std::fs::write(&copy, &damaged).expect("a copy");
            println!("{}: see {}", if slow { "slow" } else { "panic" }, copy.display());
        }
    }
    let [_, checked, clean, compiled] = reached;
    println!("{made} damaged programs, {checked} checked, {clean} without errors, {compiled} compiled");
    assert_eq!(failed, 0);
}
