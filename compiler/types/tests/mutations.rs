//! Programs damaged at random must be checked without a panic.
//!
//! Takes the files of Go's own checker tests (GOROOT in `RGO_TEST_GOROOT`), exchanges, drops or doubles a few tokens, and
//! checks what still parses. `RGO_TEST_ROUNDS` sets how often each file is damaged, `RGO_TEST_SEED` how.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rgo_load::{Embeds, Package, PackageGraph, PackageId};
use rgo_source::{Name, SourceMap};
use rgo_target::LINUX_AMD64;
use rgo_types::Program;

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

fn damage(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + random.below(3) {
        let tokens = tokens(&text);
        if tokens.len() < 10 {
            break;
        }
        let (a, b) = tokens[random.below(tokens.len())];
        let (c, d) = tokens[random.below(tokens.len())];
        let other = text[c..d].to_owned();
        match random.below(4) {
            0 => text.replace_range(a..b, ""),
            1 => text.insert_str(a, &format!("{other} ")),
            _ => text.replace_range(a..b, &other),
        }
    }
    text
}

fn check(text: &str) -> bool {
    let sources = Arc::new(SourceMap::default());
    let Some(parsed) = rgo_syntax::parse_file(&sources, "p.go", text.as_bytes().into()) else {
        return false;
    };
    if !parsed.errors.is_empty() {
        return false;
    }
    let path = Name::new("p");
    let package = Package {
        id: PackageId(0),
        path,
        import_path: path,
        name: parsed.file.package.name,
        dir: "/p".into(),
        files: vec![parsed.file],
        imports: BTreeMap::new(),
        is_std: false,
        in_main_module: true,
        module: None,
        go_version: (1, 27),
        embeds: Embeds::default(),
        allows_bodyless: false,
        broken_imports: BTreeMap::new(),
        debug: Default::default(),
    };
    let graph = PackageGraph::new(vec![package], sources, vec![PackageId(0)], vec![]);
    let mut program = Program::new(&graph, LINUX_AMD64);
    program.check_package(PackageId(0));
    true
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

#[test]
fn damaged_programs_do_not_panic() {
    // Dropping a deep tree needs stack.
    let run = std::thread::Builder::new().stack_size(1 << 30).spawn(damaged_programs);
    run.expect("a thread").join().expect("no failure");
}

fn damaged_programs() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else {
        return;
    };
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let rounds = number("RGO_TEST_ROUNDS", 1);
    let mut random = Random(number("RGO_TEST_SEED", 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut files = Vec::new();
    collect(&goroot.join("src/internal/types/testdata"), &mut files);
    files.sort();
    let (mut checked, mut failed) = (0, 0);
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for _ in 0..rounds {
            let damaged = damage(&text, &mut random);
            if std::env::var_os("RGO_TEST_KEEP").is_some() {
                std::fs::write(std::env::temp_dir().join("rgo-damaged.go"), &damaged).expect("a copy");
            }
            match catch_unwind(AssertUnwindSafe(|| check(&damaged))) {
                Ok(parsed) => checked += usize::from(parsed),
                Err(_) => {
                    failed += 1;
                    let copy = std::env::temp_dir().join(format!("rgo-damaged-{failed}.go"));
                    std::fs::write(&copy, &damaged).expect("a copy");
                    println!("{}: see {}", path.display(), copy.display());
                }
            }
        }
    }
    println!("{checked} damaged programs parsed and checked");
    assert_eq!(failed, 0);
}
