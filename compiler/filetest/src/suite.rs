//! Runs many cases at a time and reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::known;

/// What a case came to: `Err` says why it failed.
pub type Verdict = Result<(), String>;

/// Options common to both kinds of suite.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Only cases whose name contains one of these; all when empty.
    pub filters: Vec<String>,
    /// Report every case, not only failures.
    pub verbose: bool,
    /// The tool is the oracle: `KNOWN_FAILURES` does not concern it.
    pub ignore_known: bool,
}

#[derive(Debug, Default)]
pub struct Report {
    pub passed: usize,
    pub failed: Vec<(String, String)>,
    pub known_failures: usize,
    pub filtered: usize,
    pub slowest: Vec<(Duration, String)>,
    elapsed: Duration,
}

/// Runs `case` on each of `names`, on all processors; `folder` holds `KNOWN_FAILURES`.
pub fn run(
    folder: &Path,
    names: &[String],
    options: &Options,
    case: impl Fn(usize, &Path) -> Verdict + Sync,
) -> Result<Report, String> {
    let known = if options.ignore_known { BTreeMap::new() } else { known::read(folder)? };
    if let Some(name) = known.keys().find(|name| !names.contains(name)) {
        return Err(format!("{}/KNOWN_FAILURES: no test {name}", folder.display()));
    }
    let chosen: Vec<usize> = (0..names.len())
        .filter(|&i| {
            options.filters.is_empty() || options.filters.iter().any(|f| names[i].contains(f.as_str()))
        })
        .collect();
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let report = Mutex::new(Report { filtered: names.len() - chosen.len(), ..Report::default() });
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(&index) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let verdict = match Scratch::new() {
                        Ok(scratch) => case(index, &scratch.path),
                        Err(why) => Err(why),
                    };
                    let mut report = report.lock().expect("no case panics while it holds the report");
                    report.slowest.push((begun.elapsed(), names[index].clone()));
                    report.add(&names[index], verdict, &known, options);
                }
            });
        }
    });
    let mut report = report.into_inner().expect("all workers are done");
    report.elapsed = start.elapsed();
    report.failed.sort();
    report.slowest.sort_by(|a, b| b.cmp(a));
    report.slowest.truncate(5);
    Ok(report)
}

impl Report {
    fn add(&mut self, name: &str, verdict: Verdict, known: &BTreeMap<String, String>, options: &Options) {
        let label = match (verdict, known.get(name)) {
            (Ok(()), None) => {
                self.passed += 1;
                "ok"
            }
            (Err(_), Some(_)) => {
                self.known_failures += 1;
                "known failure"
            }
            (Ok(()), Some(reason)) => {
                let why = format!("passes now; remove it from KNOWN_FAILURES (it said: {reason})");
                self.failed.push((name.to_owned(), why));
                "FAILED"
            }
            (Err(why), None) => {
                self.failed.push((name.to_owned(), why));
                "FAILED"
            }
        };
        if options.verbose || label == "FAILED" {
            println!("test {name} ... {label}");
        }
    }

    pub fn is_ok(&self) -> bool {
        self.failed.is_empty()
    }

    /// Prints the failures and a closing line in the form of `cargo test`'s.
    pub fn print(&self, suite: &str) {
        for (name, why) in &self.failed {
            println!("\n---- {suite}/{name} ----\n{}", why.trim_end());
        }
        let slow: Vec<String> =
            self.slowest.iter().map(|(t, n)| format!("{n} {:.1}s", t.as_secs_f64())).collect();
        println!("\n{suite}: slowest {}", slow.join(", "));
        println!(
            "test result: {}. {} passed; {} failed; {} known failures; {} filtered out; finished in {:.1}s",
            if self.is_ok() { "ok" } else { "FAILED" },
            self.passed,
            self.failed.len(),
            self.known_failures,
            self.filtered,
            self.elapsed.as_secs_f64(),
        );
    }
}

/// A fixed share of cases, dealt out by a hash of their names; all of them by default.
#[derive(Clone, Copy)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Default for Shard {
    fn default() -> Shard {
        Shard { index: 0, count: 1 }
    }
}

impl Shard {
    /// `I/N`: the I-th of N, from 0.
    pub fn named(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if index < count => Ok(Shard { index, count }),
            _ => Err("want --shard=I/N".to_owned()),
        }
    }

    /// Whether the case of that name belongs to it.
    pub fn has(self, name: &str) -> bool {
        // FNV-1, 32 bits.
        let hash =
            name.bytes().fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
        hash % self.count == self.index
    }
}

/// A folder that goes away with the case.
pub struct Scratch {
    pub path: PathBuf,
}

impl Scratch {
    pub fn new() -> Result<Self, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rgo-filetest-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
