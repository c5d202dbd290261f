//! Every program of `tests/run` and every bad input of `tests/errors`, with the rgo that cargo has just built.
//!
//! `cargo test -p rgo-driver --test programs -- NAME...` runs those whose names contain one of the words, `-v` lists all.

use std::path::Path;
use std::process::ExitCode;

use rgo_filetest::suite::{self, Options, Report};
use rgo_filetest::tool::Tool;
use rgo_filetest::{bad_input, program};

fn main() -> ExitCode {
    let mut options = Options::default();
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "-v" => options.verbose = true,
            // Flags of the built-in harness that cargo or an editor may pass to every test binary.
            _ if arg.starts_with('-') => {}
            _ => options.filters.push(arg),
        }
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let rgo = Tool::rgo(env!("CARGO_BIN_EXE_rgo"));
    let mut is_ok = true;
    for (name, run) in [("run", run_programs as Suite), ("errors", run_bad_inputs as Suite)] {
        match run(&tests.join(name), &rgo, &options) {
            Ok(report) => {
                report.print(&format!("tests/{name}"));
                is_ok &= report.is_ok();
            }
            Err(why) => {
                println!("tests/{name}: {why}");
                is_ok = false;
            }
        }
    }
    if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Suite = fn(&Path, &Tool, &Options) -> Result<Report, String>;

fn run_programs(folder: &Path, rgo: &Tool, options: &Options) -> Result<Report, String> {
    let programs = program::discover(folder)?;
    let names: Vec<String> = programs.iter().map(|p| p.name.clone()).collect();
    suite::run(folder, &names, options, |index, scratch| {
        let got = programs[index].run(rgo, scratch)?;
        programs[index].golden().mismatch(&got).map_or(Ok(()), Err)
    })
}

fn run_bad_inputs(folder: &Path, rgo: &Tool, options: &Options) -> Result<Report, String> {
    let inputs = bad_input::discover(folder)?;
    let names: Vec<String> = inputs.iter().map(|p| p.name.clone()).collect();
    suite::run(folder, &names, options, |index, scratch| inputs[index].check(rgo, scratch))
}
