//! `rgo-filetest [--rgo=FILE | --gc | --diff --rgo=FILE | --update] [-v] FOLDER [NAME...]`
//!
//! Runs the cases of `FOLDER` whose names contain one of the `NAME`s. `--gc` runs them with the go command (which must
//! agree with the golden files), `--update` lets the go command write the golden files, `--diff` compares rgo with the go
//! command directly, ignoring the golden files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rgo_filetest::suite::{self, Options, Verdict};
use rgo_filetest::tool::{GO_VERSION, Tool};
use rgo_filetest::{bad_input, program};

#[derive(PartialEq)]
enum Mode {
    Golden,
    Diff,
    Update,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rgo-filetest: {why}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let (mut mode, mut rgo, mut use_gc) = (Mode::Golden, None, false);
    let mut options = Options::default();
    let mut words = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--gc" => use_gc = true,
            "--diff" => mode = Mode::Diff,
            "--update" => mode = Mode::Update,
            "-v" => options.verbose = true,
            _ if arg.starts_with("--rgo=") => rgo = Some(PathBuf::from(&arg["--rgo=".len()..])),
            _ if arg.starts_with('-') => return Err(format!("unknown flag {arg}")),
            _ => words.push(arg),
        }
    }
    if words.is_empty() {
        return Err("no folder given".to_owned());
    }
    let folder = PathBuf::from(words.remove(0));
    options.filters = words;
    let need_gc = use_gc || mode != Mode::Golden;
    let gc =
        if need_gc { Some(Tool::gc().ok_or(format!("no go command of {GO_VERSION} found"))?) } else { None };
    let tool = match (rgo, &gc, &mode) {
        (_, Some(gc), Mode::Update) => gc.clone(),
        (Some(rgo), _, _) => Tool::rgo(rgo.canonicalize().map_err(|e| format!("{}: {e}", rgo.display()))?),
        (None, Some(gc), Mode::Golden) => gc.clone(),
        _ => return Err("want --rgo=FILE".to_owned()),
    };
    options.ignore_known = tool.is_gc;
    let programs = program::discover(&folder)?;
    let inputs = bad_input::discover(&folder)?;
    let mut is_ok = true;
    if !programs.is_empty() {
        let names: Vec<String> = programs.iter().map(|p| p.name.clone()).collect();
        let report = suite::run(&folder, &names, &options, |index, scratch| {
            one_program(&programs[index], &mode, &tool, gc.as_ref(), scratch)
        })?;
        report.print(&folder.display().to_string());
        is_ok &= report.is_ok();
    }
    if !inputs.is_empty() {
        let names: Vec<String> = inputs.iter().map(|p| p.name.clone()).collect();
        let report = suite::run(&folder, &names, &options, |index, scratch| match mode {
            Mode::Update => inputs[index].update(&tool, scratch),
            _ => inputs[index].check(&tool, scratch),
        })?;
        report.print(&folder.display().to_string());
        is_ok &= report.is_ok();
    }
    Ok(is_ok)
}

fn one_program(
    program: &program::Program,
    mode: &Mode,
    tool: &Tool,
    gc: Option<&Tool>,
    scratch: &Path,
) -> Verdict {
    let sub = |name: &str| -> Result<PathBuf, String> {
        let path = scratch.join(name);
        std::fs::create_dir(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    };
    let got = program.run(tool, &sub("got")?)?;
    let want = match (mode, gc) {
        (Mode::Update, _) => return program.update(&got),
        (Mode::Diff, Some(gc)) => program.run(gc, &sub("want")?)?,
        _ => program.golden(),
    };
    want.mismatch(&got).map_or(Ok(()), Err)
}
