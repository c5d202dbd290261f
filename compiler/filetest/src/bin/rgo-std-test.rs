//! `rgo-std-test --rgo=FILE --goroot=DIR [--ledger=FILE] [OPTIONS] [PATTERN...]`
//!
//! Runs the standard library's package tests with rgo and compares the verdicts with the ledger. Options:
//!
//! - `PATTERN`: only packages whose path is that, or begins with that before `/...`;
//! - `--own-tests=DIR`: see [`Setup::own_tests`];
//! - `--lay-out=DIR`: only make a GOROOT there in which `rgo test` finds the tests of such a package;
//! - `--shard=I/N`: the I-th of N shares (from 0), by a hash of the path;
//! - `--without=PACKAGE`: not this one;
//! - `--listed`: only packages that the ledger names;
//! - `--long`: without `-short`;
//! - `--update`: rewrite the ledger as this run found it;
//! - `-j N`: processes; `-v`: say how each package fared.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rgo_filetest::gotest::Verdict;
use rgo_filetest::gotest::ledger::Ledger;
use rgo_filetest::stdtest::{self, Setup};
use rgo_filetest::suite::Shard;

#[derive(Default)]
struct Options {
    rgo: PathBuf,
    goroot: PathBuf,
    ledger: Option<PathBuf>,
    own_tests: PathBuf,
    lay_out: Option<PathBuf>,
    shard: Shard,
    without: Vec<String>,
    listed: bool,
    long: bool,
    update: bool,
    jobs: Option<usize>,
    verbose: bool,
    patterns: Vec<String>,
}

fn main() -> ExitCode {
    match options().and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rgo-std-test: {why}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let (flag, value) = arg.split_once('=').unwrap_or((&arg, ""));
        match flag {
            "--rgo" => options.rgo = value.into(),
            "--goroot" => options.goroot = value.into(),
            "--ledger" => options.ledger = Some(value.into()),
            "--own-tests" => options.own_tests = value.into(),
            "--lay-out" => options.lay_out = Some(value.into()),
            "--shard" => options.shard = Shard::named(value)?,
            "--without" => options.without.push(value.to_owned()),
            "--listed" => options.listed = true,
            "--long" => options.long = true,
            "--update" => options.update = true,
            "-j" => options.jobs = Some(args.next().and_then(|n| n.parse().ok()).ok_or("want -j N")?),
            "-v" => options.verbose = true,
            _ if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            _ => options.patterns.push(arg),
        }
    }
    Ok(options)
}

impl Options {
    fn wants(&self, package: &str, ledger: &Ledger) -> bool {
        let names = |case: &String| case.split(' ').next() == Some(package);
        let matches = |pattern: &String| match pattern.strip_suffix("/...") {
            Some(start) => {
                package == start || package.strip_prefix(start).is_some_and(|rest| rest.starts_with('/'))
            }
            None => pattern == package,
        };
        self.shard.has(package)
            && !self.without.iter().any(|left_out| left_out == package)
            && (!self.listed || ledger.reasons.keys().any(names))
            && (self.patterns.is_empty() || self.patterns.iter().any(matches))
    }
}

fn run(options: Options) -> Result<bool, String> {
    let full = |path: &Path| path.canonicalize().map_err(|e| format!("{}: {e}", path.display()));
    let setup = Setup {
        rgo: full(&options.rgo)?,
        goroot: full(&options.goroot)?,
        own_tests: options.own_tests.clone(),
        short: !options.long,
    };
    if let (Some(dir), [package]) = (&options.lay_out, &*options.patterns) {
        return stdtest::lay_out(&setup, package, dir).map(|()| true);
    }
    let mut ledger = Ledger::read(options.ledger.as_deref().unwrap_or(Path::new("no ledger")))?;
    let all = stdtest::packages(&setup.goroot)?;
    let package_of = |case: &str| case.split(' ').next().unwrap_or_default().to_owned();
    if let Some(case) = ledger.reasons.keys().find(|case| !all.contains(&package_of(case))) {
        return Err(format!("the ledger lists {case}, which does not exist"));
    }
    let packages: Vec<&String> = all.iter().filter(|package| options.wants(package, &ledger)).collect();
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let jobs = options.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(package) = packages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cases = stdtest::run(&setup, package, &ledger.reasons);
                    say(&options, package, &cases, &ledger);
                    done.lock().expect("nobody panics with the verdicts").extend(cases);
                }
            });
        }
    });
    let cases = done.into_inner().expect("all workers are done");
    let failed = |(_, verdict): &&(String, Verdict)| matches!(verdict, Verdict::Failed(_));
    let violations = cases.iter().filter(|(case, verdict)| ledger.violation(case, verdict).is_some()).count();
    println!(
        "{} of {} packages: {} tests ran, {} failed, {violations} differ from the ledger; {:.0}s",
        packages.len(),
        all.len(),
        cases.len(),
        cases.iter().filter(failed).count(),
        start.elapsed().as_secs_f64()
    );
    if options.update {
        cases.iter().for_each(|(case, verdict)| ledger.update(case, verdict));
        ledger.write()?;
        return Ok(true);
    }
    Ok(violations == 0)
}

fn say(options: &Options, package: &str, cases: &[(String, Verdict)], ledger: &Ledger) {
    for (case, verdict) in cases {
        if let Some(violation) = ledger.violation(case, verdict) {
            let lines: Vec<&str> = violation.lines().take(if options.verbose { 12 } else { 3 }).collect();
            println!("{case} ... {}", lines.join("\n\t"));
        }
    }
    if options.verbose {
        let passed = cases.iter().filter(|(_, verdict)| *verdict == Verdict::Passed).count();
        println!("{package}: {passed} of {}", cases.len());
    }
}
