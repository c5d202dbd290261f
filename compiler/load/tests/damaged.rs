//! Fuzzing: damaged module files, build constraints, directives and arguments end in messages.
//!
//! The archives of `tests/graph` are damaged: words of their files are exchanged, dropped, doubled or replaced by ones that mean something
//! to go.mod, go.work, go.sum, constraints or directives. One second as a unit test; `RGO_TEST_ROUNDS` asks for that many trees instead,
//! `RGO_TEST_SEED` for others.

mod archive;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use archive::Archive;

/// A tree that takes longer is a finding.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pseudo-random numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
    fn choose<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// Lines that change what a file means.
const LINES: &[&str] = &[
    "module example.com/m",
    "module \"",
    "go 1.27",
    "go 1.99999999999999999999",
    "go 1.21.x",
    "go",
    "toolchain go1.99.1",
    "require example.com/a v1.0.0",
    "require (",
    ")",
    "require example.com/a v0.0.0-20200101000000-abcdef // indirect",
    "replace example.com/a => ./a",
    "replace example.com/a v1.0.0 => ../../../..",
    "replace example.com/a => example.com/b v1",
    "exclude example.com/a v1.0.0",
    "retract [v1.0.0, v2.0.0]",
    "tool example.com/a/cmd",
    "godebug default=go1.99",
    "ignore ./a",
    "use .",
    "use ./a",
    "use (",
    "example.com/a v1.0.0 h1:AAAA",
    "example.com/a v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "# example.com/a v1.0.0",
    "## explicit; go 1.99",
    "//go:build !(linux",
    "//go:build linux && (amd64 || !cgo)",
    "//go:build go1.999999999999",
    "// +build linux,!amd64 foo",
    "//go:embed *",
    "//go:embed all:[",
    "//go:embed \"unfinished",
    "//go:embed ../..",
    "//go:embed",
    "import _ \"embed\"",
    "import \"\"",
    "import \"./a\"",
    "import \"C\"",
    "import \"example.com/m/../m\"",
    "import \"internal/x\"",
    "//go:debug panicnil=1",
    "//go:debug =",
    "//go:linkname a b",
    "//line :0",
    "//line a.go:99999999999999:1",
    "/*line b.go:1:1*/",
    "package main",
    "package _",
    "package a; import \"example.com/m\"",
    "/*",
    "`",
    "\0",
    "\u{feff}",
];

const FILES: &[&str] = &[
    "go.mod",
    "go.work",
    "go.sum",
    "go.work.sum",
    "vendor/modules.txt",
    "a/go.mod",
    "a.go",
    "a_test.go",
    "a_linux.go",
    "a_windows_amd64.go",
];

/// Ranges of words.
fn words(text: &str) -> Vec<(usize, usize)> {
    let starts = text.char_indices().filter(|&(at, c)| {
        !c.is_whitespace() && text[..at].chars().next_back().is_none_or(char::is_whitespace)
    });
    let end = |at: usize| text[at..].find(char::is_whitespace).map_or(text.len(), |n| at + n);
    starts.map(|(at, _)| (at, end(at))).collect()
}

fn damage_text(text: &mut String, random: &mut Random) {
    let words = words(text);
    if words.is_empty() || random.below(3) == 0 {
        let line = random.choose(LINES);
        let starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let at = starts[random.below(starts.len())];
        return text.insert_str(at, &format!("{line}\n"));
    }
    let (from, to) = words[random.below(words.len())];
    let (a, b) = words[random.below(words.len())];
    let lent = text[a..b].to_owned();
    match random.below(6) {
        0 => text.replace_range(from..to, ""),
        1 => text.insert_str(from, &format!("{lent} ")),
        2 => text.replace_range(from..to, &lent),
        3 => text.replace_range(from..to, random.choose(LINES)),
        4 => text.insert_str(to, &lent.repeat(1 + random.below(1000))),
        _ => {
            let cut: Vec<usize> = text[from..].char_indices().map(|(at, _)| from + at).collect();
            text.truncate(cut[random.below(cut.len().min(40))]);
        }
    }
}

fn damage(archive: &mut Archive, random: &mut Random) {
    for _ in 0..1 + random.below(4) {
        let own: Vec<usize> = (0..archive.sections.len())
            .filter(|&i| !["std/", "overlay/"].iter().any(|prefix| archive.sections[i].0.starts_with(prefix)))
            .collect();
        match random.below(10) {
            0 => {
                let text = (0..1 + random.below(4)).map(|_| format!("{}\n", random.choose(LINES))).collect();
                archive.sections.push((random.choose(FILES).to_owned(), text));
            }
            1 => {
                let arg = random.choose(&[
                    "./...",
                    "all",
                    "...",
                    "std",
                    "./a",
                    "a.go",
                    "example.com/m/...",
                    "../x",
                    "-x",
                    "./a@v1",
                    "C",
                    "\u{e9}",
                ]);
                archive.head = format!("args: {arg}\n");
            }
            _ if !own.is_empty() => {
                let index = own[random.below(own.len())];
                damage_text(&mut archive.sections[index].1, random);
            }
            _ => {}
        }
    }
    // A file where another needs a directory cannot be written.
    let names: Vec<String> = archive.sections.iter().map(|(name, _)| format!("{name}/")).collect();
    archive.sections.retain(|(name, _)| !names.iter().any(|other| name.starts_with(other)));
}

#[test]
fn damaged_trees_do_not_panic() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let rounds = number("RGO_TEST_ROUNDS");
    let mut random = Random(number("RGO_TEST_SEED").unwrap_or(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let archives: Vec<Archive> = paths
        .iter()
        .filter(|path| !path.ends_with("overlay_stale.txt"))
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            Archive::parse(text.split_once("-- want --\n").map_or(text.as_str(), |(input, _)| input))
        })
        .collect();
    let root = std::env::temp_dir().join(format!("rgo-damaged-{}", std::process::id()));
    let (mut made, mut loaded) = (0, 0);
    let start = Instant::now();
    while rounds.map_or(start.elapsed() < Duration::from_secs(1), |rounds| made < rounds) {
        made += 1;
        let mut archive = archives[random.below(archives.len())].clone();
        damage(&mut archive, &mut random);
        let before = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| archive.load(&root).is_ok()));
        let ok = outcome.is_ok() && before.elapsed() < PATIENCE;
        let files = || {
            archive.sections.iter().map(|(name, text)| format!("-- {name} --\n{text}")).collect::<String>()
        };
        assert!(ok, "panic, or too slow:\n{}{}", archive.head, files());
        loaded += usize::from(outcome.is_ok_and(|ok| ok));
    }
    std::fs::remove_dir_all(&root).unwrap();
    println!("{made} damaged trees, {loaded} loaded");
}
