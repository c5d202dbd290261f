//! `rgo-conformance [--rgo=FILE | --gc] [--test-dir=DIR] [--ledger=FILE] [OPTIONS] [PATTERN...]`
//!
//! Runs Go's own regression tests and compares the verdicts with the ledger. Options:
//!
//! - `PATTERN`: only cases whose name the pattern (with `*`) matches, or that contain it;
//! - `--action=LIST`: only cases with one of these actions (`run,compile`; `error*`);
//! - `--shard=I/N`: the I-th of N shares (from 0), by a hash of the name;
//! - `--listed`, `--unlisted`: only cases that are, or are not, in the ledger;
//! - `--list`: print the cases that would run, and those that do not apply with the rule;
//! - `--update`: rewrite the ledger as this run found it;
//! - `--results=FILE`: one line for each case: action, name, verdict, summary; details below `FILE.d/`;
//! - `-j N`: processes; `-v`: say every case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rgo_filetest::gotest::ledger::{Ledger, summary};
use rgo_filetest::gotest::toolchain::{Limits, Toolchain};
use rgo_filetest::gotest::{Case, Verdict, applies, carry_out, discover};
use rgo_filetest::suite::{Scratch, Shard};
use rgo_filetest::tool::{GO_VERSION, Tool};

/// What may take long on a busy machine is given time; what hangs must not hold up the rest.
const LIMITS: Limits =
    Limits { build: Duration::from_secs(120), run: Duration::from_secs(90), memory_kib: 4 << 20 };

#[derive(Default)]
struct Options {
    rgo: Option<PathBuf>,
    use_gc: bool,
    test_dir: Option<PathBuf>,
    ledger: Option<PathBuf>,
    actions: Vec<String>,
    shard: Shard,
    is_listed: Option<bool>,
    list: bool,
    update: bool,
    results: Option<PathBuf>,
    jobs: Option<usize>,
    verbose: bool,
    patterns: Vec<String>,
}

fn main() -> ExitCode {
    match options().and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rgo-conformance: {why}");
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
            "--rgo" => options.rgo = Some(value.into()),
            "--gc" => options.use_gc = true,
            "--test-dir" => options.test_dir = Some(value.into()),
            "--ledger" => options.ledger = Some(value.into()),
            "--action" => options.actions = value.split(',').map(str::to_owned).collect(),
            "--shard" => options.shard = Shard::named(value)?,
            "--listed" => options.is_listed = Some(true),
            "--unlisted" => options.is_listed = Some(false),
            "--list" => options.list = true,
            "--update" => options.update = true,
            "--results" => options.results = Some(value.into()),
            "-j" => options.jobs = Some(args.next().and_then(|n| n.parse().ok()).ok_or("want -j N")?),
            "-v" => options.verbose = true,
            _ if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            _ => options.patterns.push(arg),
        }
    }
    Ok(options)
}

fn run(options: Options) -> Result<bool, String> {
    let root = options.test_dir.clone().ok_or("want --test-dir=DIR")?;
    let root = root.canonicalize().map_err(|e| format!("{}: {e}", root.display()))?;
    let mut ledger = match &options.ledger {
        Some(path) => Ledger::read(path)?,
        None => Ledger::read(Path::new("no ledger"))?,
    };
    let all = discover(&root)?;
    if let Some(name) = ledger.reasons.keys().find(|name| all.iter().all(|case| case.name != **name)) {
        return Err(format!("the ledger lists {name}, which does not exist"));
    }
    let total = all.len();
    let cases: Vec<Case> = all.into_iter().filter(|case| options.wants(case, &ledger)).collect();
    if options.list {
        for case in &cases {
            println!("{} {} {}", case.action(), case.name, applies::excluded(case).unwrap_or("applies"));
        }
        return Ok(true);
    }
    let tool = match (&options.rgo, options.use_gc) {
        (Some(rgo), false) => Tool::rgo(rgo.canonicalize().map_err(|e| format!("{}: {e}", rgo.display()))?),
        (None, true) => Tool::gc().ok_or(format!("no go command of {GO_VERSION} found"))?,
        _ => return Err("want --rgo=FILE or --gc".to_owned()),
    };
    let bin = Scratch::new()?;
    let toolchain = Toolchain::new(tool, LIMITS, &bin.path)?;
    let start = Instant::now();
    let verdicts = run_all(&options, &cases, &ledger, &toolchain, &root);
    report(&cases, &verdicts);
    let mut violations = 0;
    for (case, verdict) in cases.iter().zip(&verdicts) {
        violations += usize::from(ledger.violation(&case.name, verdict).is_some());
    }
    println!(
        "{} of {total} cases, {violations} differ from the ledger; {:.0}s",
        cases.len(),
        start.elapsed().as_secs_f64()
    );
    if let Some(path) = &options.results {
        write_results(path, &cases, &verdicts)?;
    }
    if options.update {
        for (case, verdict) in cases.iter().zip(&verdicts) {
            ledger.update(&case.name, verdict);
        }
        ledger.write()?;
        return Ok(true);
    }
    Ok(violations == 0)
}

impl Options {
    fn wants(&self, case: &Case, ledger: &Ledger) -> bool {
        let in_shard = self.shard.has(&case.name);
        let is_listed = self.is_listed.is_none_or(|wanted| ledger.reasons.contains_key(&case.name) == wanted);
        let has_action =
            self.actions.is_empty() || self.actions.iter().any(|action| matches_glob(action, case.action()));
        let has_name = self.patterns.is_empty()
            || self.patterns.iter().any(|pattern| {
                if pattern.contains('*') {
                    matches_glob(pattern, &case.name)
                } else {
                    case.name.contains(pattern)
                }
            });
        in_shard && is_listed && has_action && has_name
    }
}

/// `*` stands for anything.
fn matches_glob(glob: &str, text: &str) -> bool {
    match glob.split_once('*') {
        None => glob == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|i| rest.is_char_boundary(i) && matches_glob(tail, &rest[i..]))
        }),
    }
}

/// Runs the cases on several processors; verdicts in the order of the cases.
fn run_all(
    options: &Options,
    cases: &[Case],
    ledger: &Ledger,
    toolchain: &Toolchain,
    root: &Path,
) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(BTreeMap::new());
    let jobs = options.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { break };
                    let verdict = match Scratch::new() {
                        Ok(scratch) => carry_out::run(case, toolchain, root, &scratch.path),
                        Err(why) => Verdict::Failed(why),
                    };
                    say(options, case, &verdict, ledger);
                    verdicts
                        .lock()
                        .expect("no case panics while it holds the verdicts")
                        .insert(index, verdict);
                }
            });
        }
    });
    verdicts.into_inner().expect("all workers are done").into_values().collect()
}

fn say(options: &Options, case: &Case, verdict: &Verdict, ledger: &Ledger) {
    if let Some(violation) = ledger.violation(&case.name, verdict) {
        let lines: Vec<&str> = violation.lines().take(if options.verbose { 40 } else { 4 }).collect();
        println!("{} {} ... {}", case.action(), case.name, lines.join("\n\t"));
    } else if options.verbose {
        println!("{} {} ... {verdict:?}", case.action(), case.name);
    }
}

/// Passed, failed and not applying, by action.
fn report(cases: &[Case], verdicts: &[Verdict]) {
    let mut by_action: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, verdict) in cases.iter().zip(verdicts) {
        let counts = by_action.entry(case.action()).or_default();
        match verdict {
            Verdict::Passed => counts[0] += 1,
            Verdict::Failed(_) => counts[1] += 1,
            Verdict::DoesNotApply(rule) => {
                counts[2] += 1;
                *rules.entry(rule).or_default() += 1;
            }
        }
    }
    println!("{:22}{:>8}{:>8}{:>8}  does not apply", "action", "passed", "failed", "%");
    for (action, [passed, failed, other]) in by_action {
        let percent = 100.0 * passed as f64 / ((passed + failed) as f64).max(1.0);
        println!("{action:22}{passed:8}{failed:8}{percent:8.1}  {other}");
    }
    for (rule, count) in rules {
        println!("does not apply: {count:5} {rule}");
    }
}

fn write_results(path: &Path, cases: &[Case], verdicts: &[Verdict]) -> Result<(), String> {
    let details = path.with_extension("d");
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    std::fs::create_dir_all(&details).map_err(failed)?;
    let mut text = String::new();
    for (case, verdict) in cases.iter().zip(verdicts) {
        let (word, summary) = match verdict {
            Verdict::Passed => ("passed", String::new()),
            Verdict::DoesNotApply(rule) => ("other", (*rule).to_owned()),
            Verdict::Failed(why) => {
                std::fs::write(details.join(case.name.replace('/', "_")), why).map_err(failed)?;
                ("failed", summary(why))
            }
        };
        text.push_str(&format!("{}\t{}\t{word}\t{summary}\n", case.action(), case.name));
    }
    std::fs::write(path, text).map_err(failed)
}
