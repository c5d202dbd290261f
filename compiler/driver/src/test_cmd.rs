//! `rgo test`: builds and runs test programs, package by package, and reports as the go command does.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rgo_load::{PackageGraph, TestProgram, TestTarget};

use crate::cleanup::{ChildGuard, Temporary};
use crate::cli::Test;
use crate::env::Environment;
use crate::pipeline::Session;
use crate::run_cmd::describe;
use crate::{Failed, output};

/// Tests the named packages. Fails when one of them does.
pub(crate) fn test(test: &Test, environment: &Environment) -> Result<(), Failed> {
    let mut session = Session::open(&test.flags, environment)?;
    session.in_test = true;
    let targets = session.test_targets(&test.options.packages)?;
    if targets.is_empty() {
        return Err(Failed::new("no packages to test"));
    }
    if test.options.compile_only {
        return compile_only(test, &mut session, &targets);
    }
    if test.options.output.is_some() && targets.len() > 1 {
        return Err(Failed {
            lines: vec!["rgo: cannot use -o flag with multiple packages without -c".to_owned()],
            status: 2,
        });
    }
    let mut failed = false;
    for target in &targets {
        failed |= !test_package(test, environment, &mut session, target, targets.len() == 1)?;
    }
    session.finish();
    if !failed {
        return Ok(());
    }
    // A final word, in case the failure has scrolled away; with one local package it cannot have.
    if !test.options.packages.is_empty() {
        println!("FAIL");
    }
    Err(Failed::of(Vec::new()))
}

/// `-c`: the programs stay.
fn compile_only(test: &Test, session: &mut Session, targets: &[TestTarget]) -> Result<(), Failed> {
    let into_dir = test
        .options
        .output
        .as_deref()
        .map(|output| output.ends_with('/') || session.dir.join(output).is_dir());
    if targets.len() > 1 && into_dir == Some(false) {
        return Err(Failed::new("rgo: with multiple packages, -o must refer to a directory or /dev/null"));
    }
    let mut failed = Vec::new();
    for target in targets {
        let result = session.load_test(target).and_then(|program| match program {
            TestProgram::NoTestFiles(_) => {
                println!("?   \t{}\t[no test files]", target.import_path);
                Ok(())
            }
            TestProgram::Program(graph) => {
                let path = output::path(test.options.output.as_deref(), &program_name(target), &session.dir)?;
                session.explain_link(&graph, &path);
                if test.flags.dry_run {
                    return Ok(());
                }
                let executable = session.compile(&graph)?;
                output::write_executable(&path, &executable)
            }
        });
        failed.extend(result.err().into_iter().flat_map(|failure| failure.lines));
    }
    session.finish();
    if failed.is_empty() { Ok(()) } else { Err(Failed::of(failed)) }
}

/// `strings.test`
fn program_name(target: &TestTarget) -> String {
    let mut elements = target.import_path.rsplit('/');
    let last = elements.next().unwrap_or_default();
    let is_version = last.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n > 1));
    let name = if is_version { elements.next().unwrap_or(last) } else { last };
    format!("{name}.test")
}

/// Builds and runs one test program; whether it passed.
fn test_package(
    test: &Test,
    environment: &Environment,
    session: &mut Session,
    target: &TestTarget,
    is_only: bool,
) -> Result<bool, Failed> {
    let path = &target.import_path;
    let graph = match session.load_test(target) {
        Ok(TestProgram::Program(graph)) => graph,
        Ok(TestProgram::NoTestFiles(graph)) => return Ok(no_tests(session, &graph, path)),
        Err(failure) => {
            let is_syntax = failure.lines.iter().any(|line| line.starts_with("# "));
            return Ok(build_failed(&failure, path, if is_syntax { "build" } else { "setup" }));
        }
    };
    let temp = Temporary::dir(&environment.temp, "rgo-test-").map_err(|e| {
        Failed::new(format!("rgo: creating a directory in {}: {e}", environment.temp.display()))
    })?;
    let program = match &test.options.output {
        Some(output) => session.dir.join(output),
        None => temp.path().join(program_name(target)),
    };
    session.explain_link(&graph, &program);
    if test.flags.dry_run {
        return Ok(true);
    }
    let executable = match session.compile(&graph) {
        Ok(executable) => executable,
        Err(failure) => return Ok(build_failed(&failure, path, "build")),
    };
    drop(graph);
    output::write_executable(&program, &executable)?;
    drop(executable);
    session.progress.clear();

    let streams = test.options.packages.is_empty()
        || test.options.has_benchmarks()
        || test.options.shows_passes() && is_only;
    let command = command(test, session, target, &program)?;
    let start = Instant::now();
    let (status, text) = run(command, streams)?;
    let took = format!("{:.3}s", start.elapsed().as_secs_f64());
    report(test, path, status, &text, streams, &took);
    Ok(status.success())
}

/// The line that says how the tests of a package ended, after their output.
fn report(test: &Test, path: &str, status: ExitStatus, text: &[u8], streams: bool, took: &str) {
    let mut out = std::io::stdout().lock();
    let mut write = |bytes: &[u8]| {
        // A closed pipe is the reader's affair.
        let _ = out.write_all(bytes);
    };
    if !streams && (!status.success() || test.options.shows_passes()) {
        write(text);
    }
    if !text.is_empty() && !text.ends_with(b"\n") && (streams || !status.success()) {
        write(b"\n");
    }
    if status.success() {
        let has = |needle: &str| text.windows(needle.len()).any(|window| window == needle.as_bytes());
        let nothing = if has("testing: warning: no tests to run\n") { " [no tests to run]" } else { "" };
        write(format!("ok  \t{path}\t{took}{nothing}\n").as_bytes());
        return;
    }
    if text.is_empty() || streams {
        write(format!("{}\n", describe(status)).as_bytes());
    }
    write(format!("FAIL\t{path}\t{took}\n").as_bytes());
}

/// A package without tests must still compile.
fn no_tests(session: &mut Session, graph: &PackageGraph, path: &str) -> bool {
    match session.check(graph) {
        Ok(()) => {
            session.progress.clear();
            println!("?   \t{path}\t[no test files]");
            true
        }
        Err(failure) => build_failed(&failure, path, "build"),
    }
}

fn build_failed(failure: &Failed, path: &str, what: &str) -> bool {
    for line in &failure.lines {
        eprintln!("{line}");
    }
    println!("FAIL\t{path} [{what} failed]");
    false
}

fn command(test: &Test, session: &Session, target: &TestTarget, program: &Path) -> Result<Command, Failed> {
    let words = match &test.options.exec {
        None => Vec::new(),
        Some(text) => {
            crate::quoted::split(text).map_err(|e| Failed::new(format!("rgo: invalid -exec: {e}")))?
        }
    };
    let mut command = match words.split_first() {
        None => Command::new(program),
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command.args(test.options.program_args(&session.dir.display().to_string()));
    command.current_dir(&target.dir).env("PWD", &target.dir);
    // Tests that run the go command shall find the one of this GOROOT.
    let bin = session.goroot.join("bin");
    if bin.is_dir() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::iter::once(bin).chain(std::env::split_paths(&path).collect::<Vec<PathBuf>>());
        if let Ok(joined) = std::env::join_paths(dirs) {
            command.env("PATH", joined);
        }
    }
    session.explain(|| format!("cd {}\n{}", target.dir.display(), program.display()));
    Ok(command)
}

/// Runs a test program; its output, standard error included, is collected, and shown as it comes when it `streams`.
fn run(mut command: Command, streams: bool) -> Result<(ExitStatus, Vec<u8>), Failed> {
    let fail = |error: std::io::Error| Failed::new(format!("rgo: running a test: {error}"));
    let (mut reader, writer) = std::io::pipe().map_err(fail)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(fail)?).stderr(writer);
    let guard = ChildGuard::prepare();
    let mut child = command.spawn().map_err(fail)?;
    guard.started(child.id());
    // The pipe's write end must not stay open here.
    drop(command);
    let collector = std::thread::spawn(move || {
        let mut text = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        while let Ok(len @ 1..) = reader.read(&mut buffer) {
            if streams {
                let mut out = std::io::stdout().lock();
                let _ = out.write_all(&buffer[..len]);
                let _ = out.flush();
            }
            text.extend(&buffer[..len]);
        }
        text
    });
    let status = child.wait().map_err(fail)?;
    // A grandchild may keep the pipe open; what it prints after the program's end is not waited for.
    let deadline = Instant::now() + GRACE;
    while !collector.is_finished() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    let text = if collector.is_finished() { collector.join().unwrap_or_default() } else { Vec::new() };
    Ok((status, text))
}

/// How long output may come after a program has ended.
const GRACE: Duration = Duration::from_secs(5);
