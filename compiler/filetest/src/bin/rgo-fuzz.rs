//! `rgo-fuzz --rgo=FILE [--seed=N] [--count=N] [--batch=N] [--keep=FOLDER] [--print] [--reduce=BUDGET]`
//!
//! Generates the programs of `count` seeds from `seed` on, `batch` of them as one module, and compares what they print when gc has compiled them with what
//! they print when rgo has, in three ways: optimised, with `-gcflags=-N`, and optimised under the collector's stress switches. A program that differs is kept
//! in the folder with both outputs and, unless the budget is 0, reduced by at most that many builds. `--print` prints the program of the seed instead.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rgo_filetest::differential::batch::{Batch, Configuration, Outputs, seeds_named};
use rgo_filetest::differential::{first_difference, reduce};
use rgo_filetest::generate;
use rgo_filetest::tool::{GO_VERSION, Tool};

/// The ways in which rgo's programs are made and run; those that are made alike follow each other.
const CONFIGURATIONS: &[Configuration] = &[
    Configuration { name: "optimised", flags: &[], environment: &[] },
    Configuration {
        name: "stressed",
        flags: &[],
        environment: &[("GOGC", "20"), ("RGODEBUG", "gc_stress=500,gc_check=1,gc_poison=1")],
    },
    Configuration { name: "unoptimised", flags: &["-gcflags=-N -l"], environment: &[] },
];

struct Options {
    rgo: Option<PathBuf>,
    seed: u64,
    count: u64,
    batch: u64,
    keep: PathBuf,
    print: bool,
    reduce: usize,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rgo-fuzz: {why}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        rgo: None,
        seed: 0,
        count: 1,
        batch: 100,
        keep: std::env::temp_dir().join("rgo-fuzz"),
        print: false,
        reduce: 600,
    };
    for arg in std::env::args().skip(1) {
        let (name, value) = arg.split_once('=').unwrap_or((&arg, ""));
        let number = || value.parse().map_err(|_| format!("{arg}: not a number"));
        match name {
            "--rgo" => options.rgo = Some(value.into()),
            "--seed" => options.seed = number()?,
            "--count" => options.count = number()?,
            "--batch" => options.batch = number()?.max(1),
            "--keep" => options.keep = value.into(),
            "--print" => options.print = true,
            "--reduce" => options.reduce = number()? as usize,
            _ => return Err(format!("unknown argument {arg}")),
        }
    }
    Ok(options)
}

/// The two compilers and where things are kept.
struct Fuzzer<'a> {
    options: &'a Options,
    rgo: Tool,
    gc: Tool,
}

/// How many programs differ.
fn run(options: &Options) -> Result<usize, String> {
    if options.print {
        print!("{}", generate::program(options.seed, "main"));
        return Ok(0);
    }
    let rgo = Tool::rgo(options.rgo.clone().ok_or("--rgo=FILE is missing")?);
    let gc = Tool::gc().ok_or_else(|| format!("no go command of {GO_VERSION}"))?;
    let fuzzer = Fuzzer { options, rgo, gc };
    let (mut differing, mut invalid) = (Vec::new(), 0);
    let end = options.seed + options.count;
    let mut seed = options.seed;
    while seed < end {
        let next = (seed + options.batch).min(end);
        let folder = options.keep.join(format!("work-{}", std::process::id()));
        let programs =
            (seed..next).map(|seed| (seed, generate::program(seed, &format!("p{seed}")))).collect();
        let mut batch = Batch::new(&folder, programs)?;
        invalid += fuzzer.remove_invalid(&mut batch)?;
        let mut found = fuzzer.compare(&mut batch)?;
        println!("seeds {seed} to {}: {} differ", next - 1, found.len());
        differing.append(&mut found);
        std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        seed = next;
    }
    println!("{} programs, {} differ, {invalid} rejected by gc", options.count, differing.len());
    Ok(differing.len())
}

impl Fuzzer<'_> {
    /// Takes out what gc rejects, which is the generator's fault; how many.
    fn remove_invalid(&self, batch: &mut Batch) -> Result<usize, String> {
        let mut removed = 0;
        loop {
            let Err(messages) = batch.build(&self.gc, &[]) else { return Ok(removed) };
            let seeds = seeds_named(&messages);
            if seeds.is_empty() {
                return Err(format!("gc: {messages}"));
            }
            println!("gc rejects {seeds:?}: {}", messages.lines().nth(2).unwrap_or_default());
            removed += seeds.len();
            batch.remove(&seeds)?;
        }
    }

    /// The seeds of the programs that differ.
    fn compare(&self, batch: &mut Batch) -> Result<Vec<u64>, String> {
        let mut differing = Vec::new();
        let mut built: Option<(&[&str], PathBuf)> = None;
        let Ok(executable) = batch.build(&self.gc, &[]) else { return Err("gc no longer builds".to_owned()) };
        let want = batch.run(&executable, &[])?;
        for configuration in CONFIGURATIONS {
            let executable = match &built {
                Some((flags, executable)) if *flags == configuration.flags => executable.clone(),
                _ => match self.build(batch, configuration, &mut differing)? {
                    Some(executable) => executable,
                    None => return Ok(differing),
                },
            };
            built = Some((configuration.flags, executable.clone()));
            let found = batch.run(&executable, configuration.environment)?;
            for (seed, text) in batch.programs() {
                if want.get(seed) != found.get(seed) && !differing.contains(seed) {
                    differing.push(*seed);
                    self.report(*seed, text, configuration, &want, &found)?;
                }
            }
        }
        Ok(differing)
    }

    /// Builds with rgo; programs that it rejects are taken out. Nothing if rgo fails without naming one.
    fn build(
        &self,
        batch: &mut Batch,
        configuration: &Configuration<'_>,
        differing: &mut Vec<u64>,
    ) -> Result<Option<PathBuf>, String> {
        loop {
            let messages = match batch.build(&self.rgo, configuration.flags) {
                Ok(executable) => return Ok(Some(executable)),
                Err(messages) => messages,
            };
            let mut seeds = seeds_named(&messages);
            if seeds.is_empty() {
                // A failure of the compiler: found by building each program alone.
                seeds = self.failing(batch, configuration)?;
            }
            println!("rgo ({}) fails on {seeds:?}: {messages}", configuration.name);
            if seeds.is_empty() {
                return Ok(None);
            }
            for (seed, text) in batch.programs().iter().filter(|(seed, _)| seeds.contains(seed)) {
                self.keep(*seed, "go", text.as_bytes())?;
                self.keep(*seed, "rgo", messages.as_bytes())?;
            }
            differing.extend(&seeds);
            batch.remove(&seeds)?;
        }
    }

    /// The programs of which rgo cannot make an executable.
    fn failing(&self, batch: &Batch, configuration: &Configuration<'_>) -> Result<Vec<u64>, String> {
        let folder = self.options.keep.join(format!("single-{}", std::process::id()));
        let mut found = Vec::new();
        for (seed, text) in batch.programs() {
            let single = Batch::new(&folder, vec![(*seed, text.clone())])?;
            if single.build(&self.rgo, configuration.flags).is_err() {
                found.push(*seed);
            }
        }
        Ok(found)
    }

    /// Keeps a program that differs, with the outputs, and reduces it.
    fn report(
        &self,
        seed: u64,
        text: &str,
        configuration: &Configuration<'_>,
        want: &Outputs,
        found: &Outputs,
    ) -> Result<(), String> {
        let output = |outputs: &Outputs| outputs.get(&seed).cloned().unwrap_or_default();
        let (want, found) = (output(want), output(found));
        println!("seed {seed} ({}): {}", configuration.name, first_difference(&want, &found));
        self.keep(seed, "go", text.as_bytes())?;
        self.keep(seed, "gc", &want)?;
        self.keep(seed, "rgo", &found)?;
        if self.options.reduce > 0 {
            let folder = self.options.keep.join(format!("reduce-{}", std::process::id()));
            let mut differs = |text: &str| self.differs(&folder, seed, text, configuration).unwrap_or(false);
            let small = reduce::reduce(text, self.options.reduce, &mut differs);
            self.keep(seed, "small.go", small.as_bytes())?;
            println!("seed {seed}: {} lines of {}", small.lines().count(), text.lines().count());
        }
        Ok(())
    }

    /// Whether a program, alone, differs: the reducer's question.
    fn differs(
        &self,
        folder: &Path,
        seed: u64,
        text: &str,
        configuration: &Configuration<'_>,
    ) -> Result<bool, String> {
        let batch = Batch::new(folder, vec![(seed, text.to_owned())])?;
        let Ok(executable) = batch.build(&self.gc, &[]) else { return Ok(false) };
        let want = batch.run(&executable, &[])?;
        let Ok(executable) = batch.build(&self.rgo, configuration.flags) else { return Ok(true) };
        Ok(batch.run(&executable, configuration.environment)? != want)
    }

    fn keep(&self, seed: u64, suffix: &str, content: &[u8]) -> Result<(), String> {
        let path = self.options.keep.join(format!("{seed}.{suffix}"));
        std::fs::write(&path, content).map_err(|e| format!("{}: {e}", path.display()))
    }
}
