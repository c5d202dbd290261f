//! `rgo-fuzz --rgo=FILE [--seed=N] [--count=N] [--keep=FOLDER] [--print]`
//!
//! Builds the generated programs of `count` seeds from `seed` on with rgo and with the go command, runs both and compares what they print. A program that
//! differs is kept in the folder with both outputs. `--print` prints the program of the seed instead.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use rgo_filetest::exec::{self, Outcome, Status};
use rgo_filetest::generate;
use rgo_filetest::tool::{GO_VERSION, Tool};

const RUN_LIMIT: Duration = Duration::from_secs(30);

struct Options {
    rgo: Option<PathBuf>,
    seed: u64,
    count: u64,
    keep: PathBuf,
    print: bool,
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
    let mut options =
        Options { rgo: None, seed: 0, count: 1, keep: std::env::temp_dir().join("rgo-fuzz"), print: false };
    for arg in std::env::args().skip(1) {
        let (name, value) = arg.split_once('=').unwrap_or((&arg, ""));
        let number = || value.parse().map_err(|_| format!("{arg}: not a number"));
        match name {
            "--rgo" => options.rgo = Some(value.into()),
            "--seed" => options.seed = number()?,
            "--count" => options.count = number()?,
            "--keep" => options.keep = value.into(),
            "--print" => options.print = true,
            _ => return Err(format!("unknown argument {arg}")),
        }
    }
    Ok(options)
}

/// How many programs differ.
fn run(options: &Options) -> Result<usize, String> {
    if options.print {
        print!("{}", generate::program(options.seed));
        return Ok(0);
    }
    let rgo = Tool::rgo(options.rgo.clone().ok_or("--rgo=FILE is missing")?);
    let gc = Tool::gc().ok_or_else(|| format!("no go command of {GO_VERSION}"))?;
    let folder = options.keep.join(format!("work-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut differing = 0;
    for seed in options.seed..options.seed + options.count {
        let text = generate::program(seed);
        let file = folder.join("main.go");
        std::fs::write(&file, &text).map_err(|e| format!("{}: {e}", file.display()))?;
        let want = outcome(&gc, &folder)?;
        let found = outcome(&rgo, &folder)?;
        if want != found {
            differing += 1;
            println!("seed {seed}: {}", difference(&want, &found));
            for (suffix, content) in [("go", text.as_bytes()), ("gc", &want), ("rgo", &found)] {
                let path = options.keep.join(format!("{seed}.{suffix}"));
                std::fs::write(&path, content).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    println!("{} programs, {differing} differ", options.count);
    std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(differing)
}

/// What building and running `main.go` in `folder` prints.
fn outcome(tool: &Tool, folder: &Path) -> Result<Vec<u8>, String> {
    let executable = folder.join("main.exe");
    let args = ["build", "-o", "main.exe", "main.go"].map(str::to_owned);
    let built = tool.run(folder, &args)?;
    if built.status != Status::Exit(0) {
        return Ok(said("does not build", &built));
    }
    let ran = exec::run(Command::new(&executable), b"", RUN_LIMIT).map_err(|e| e.to_string())?;
    Ok(said("ran", &ran))
}

fn said(what: &str, outcome: &Outcome) -> Vec<u8> {
    let mut text = format!("{what}: {}\n", outcome.status).into_bytes();
    text.extend_from_slice(&outcome.stdout);
    text.extend_from_slice(&outcome.stderr);
    text
}

/// The first line in which the outputs differ.
fn difference(want: &[u8], found: &[u8]) -> String {
    let (want, found) = (String::from_utf8_lossy(want), String::from_utf8_lossy(found));
    let (mut a, mut b) = (want.lines(), found.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return "only in line ends".to_owned(),
            (x, y) if x == y => {}
            (x, y) => {
                return format!(
                    "gc prints {:?}, rgo {:?}",
                    x.unwrap_or("nothing more"),
                    y.unwrap_or("nothing more")
                );
            }
        }
    }
}
