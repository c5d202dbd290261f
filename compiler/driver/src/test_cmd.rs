//! `rgo test`: builds and runs test programs, package by package, and reports as the go command does.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rgo_load::{PackageGraph, TestProgram, TestTarget};

use crate::cleanup::{ChildGuard, Temporary};
use crate::cli::Test;
use crate::env::Environment;
use crate::pipeline::Session;
use crate::run_cmd::describe;
use crate::test_json::{self, Converter};
use crate::{Failed, output};

/// Tests the named packages. Fails when one of them does.
pub(crate) fn test(test: &Test, environment: &Environment) -> Result<(), Failed> {
    let mut session = Session::open(&test.flags, environment)?;
    session.in_test = true;
    let (targets, missing) = targets(test, &mut session)?;
    if targets.is_empty() && missing.is_empty() {
        return Err(Failed::new("no packages to test"));
    }
    if test.options.compile_only {
        return compile_only(test, &mut session, &targets);
    }
    if test.options.output.is_some() && targets.len() > 1 && !leads_into_dir(test, &session) {
        return Err(Failed::new("with multiple packages, -o must refer to a directory or /dev/null"));
    }
    let mut failed = !missing.is_empty();
    for (name, failure) in missing {
        setup_failed(test, &name, failure);
    }
    for target in &targets {
        failed |= !test_package(test, environment, &mut session, target, targets.len() == 1)?;
    }
    session.finish();
    if !failed {
        return Ok(());
    }
    // A final word, in case the failure has scrolled away; with one local package it cannot have.
    if !test.options.packages.is_empty() && !test.options.json {
        println!("FAIL");
    }
    Err(Failed::of(Vec::new()))
}

/// A package that was named and could not be loaded, and what is wrong with it.
type Unloaded = (String, Failed);

/// The packages to test, and those that cannot be.
fn targets(test: &Test, session: &mut Session) -> Result<(Vec<TestTarget>, Vec<Unloaded>), Failed> {
    let names = &test.options.packages;
    let failure = match session.test_targets(names) {
        Ok(targets) => return Ok((targets, Vec::new())),
        Err(failure) => failure,
    };
    let (mut targets, mut missing): (Vec<TestTarget>, _) = (Vec::new(), Vec::new());
    for name in names {
        match session.test_targets(std::slice::from_ref(name)) {
            Ok(found) => {
                let is_known = |path: &str| targets.iter().any(|known| known.import_path == path);
                let found: Vec<TestTarget> =
                    found.into_iter().filter(|found| !is_known(&found.import_path)).collect();
                targets.extend(found);
            }
            // A pattern, or a file, is no package that could fail.
            Err(failure) if name.contains("...") || name.ends_with(".go") => return Err(failure),
            Err(failure) => missing.push((name.clone(), failure)),
        }
    }
    if missing.is_empty() { Err(failure) } else { Ok((targets, missing)) }
}

/// `-o` names a directory.
fn leads_into_dir(test: &Test, session: &Session) -> bool {
    let output = test.options.output.as_deref();
    output.is_some_and(|output| output.ends_with('/') || session.dir.join(output).is_dir())
}

/// `-c`: the programs stay.
fn compile_only(test: &Test, session: &mut Session, targets: &[TestTarget]) -> Result<(), Failed> {
    if targets.len() > 1 && test.options.output.is_some() && !leads_into_dir(test, session) {
        return Err(Failed::new("with multiple packages, -o must refer to a directory or /dev/null"));
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
        Ok(TestProgram::NoTestFiles(graph)) => return Ok(no_tests(test, session, &graph, path)),
        Err(failure) => {
            let is_syntax = failure.lines.iter().any(|line| line.starts_with("# "));
            match is_syntax {
                true => build_failed(test, &failure, path, "build"),
                false => setup_failed(test, &name_in_failure(test, &failure, path), failure),
            }
            return Ok(false);
        }
    };
    let temp = Temporary::dir(&environment.temp, "rgo-test-").map_err(|e| {
        Failed::new(format!("rgo: creating a directory in {}: {e}", environment.temp.display()))
    })?;
    let program = match &test.options.output {
        Some(output) if leads_into_dir(test, session) => session.dir.join(output).join(program_name(target)),
        Some(output) => session.dir.join(output),
        None => temp.path().join(program_name(target)),
    };
    session.explain_link(&graph, &program);
    if test.flags.dry_run {
        return Ok(true);
    }
    let executable = match session.compile(&graph) {
        Ok(executable) => executable,
        Err(failure) => {
            build_failed(test, &failure, path, "build");
            return Ok(false);
        }
    };
    drop(graph);
    output::write_executable(&program, &executable)?;
    drop(executable);
    session.progress.clear();

    let showing = match &test.options {
        options if options.packages.is_empty() || options.has_benchmarks() => Showing::AsItComes,
        options if options.shows_passes() && is_only || options.json => Showing::BothWays,
        _ => Showing::Collected,
    };
    let command = command(test, session, target, &program)?;
    let start = Instant::now();
    let mut sink = Sink::new(test, path);
    let (status, text) = run(command, showing, &mut sink)?;
    let took = format!("{:.3}s", start.elapsed().as_secs_f64());
    report(test, path, status, &text, showing, &took, &mut sink);
    sink.close(status.success(), None);
    Ok(status.success())
}

/// When the output of a test program is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Showing {
    AsItComes,
    /// As it comes, and looked at once more at the end.
    BothWays,
    /// At the end.
    Collected,
}

/// Where the output about a package goes.
enum Sink {
    Plain,
    Json(Box<Converter<std::io::Stdout>>),
}

impl Sink {
    fn new(test: &Test, package: &str) -> Sink {
        match test.options.json {
            false => Sink::Plain,
            true => Sink::Json(Box::new(Converter::new(std::io::stdout(), package))),
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        match self {
            Sink::Json(converter) => converter.write(bytes),
            Sink::Plain => {
                // A closed pipe is the reader's affair.
                let mut out = std::io::stdout().lock();
                let _ = out.write_all(bytes);
                let _ = out.flush();
            }
        }
    }

    fn close(self, passed: bool, failed_build: Option<&str>) {
        if let Sink::Json(converter) = self {
            converter.close(passed, failed_build);
        }
    }
}

/// The lines that say how the tests of a package ended, after their output.
fn report(
    test: &Test,
    path: &str,
    status: ExitStatus,
    text: &[u8],
    showing: Showing,
    took: &str,
    sink: &mut Sink,
) {
    if showing == Showing::Collected && (!status.success() || test.options.shows_passes()) {
        sink.write(text);
    }
    let is_shown = showing != Showing::Collected || !status.success();
    if !text.is_empty() && !text.ends_with(b"\n") && is_shown {
        sink.write(b"\n");
    }
    if status.success() {
        let has = |needle: &str| text.windows(needle.len()).any(|window| window == needle.as_bytes());
        let nothing = if has("testing: warning: no tests to run\n") { " [no tests to run]" } else { "" };
        sink.write(format!("ok  \t{path}\t{took}{nothing}\n").as_bytes());
        return;
    }
    if text.is_empty() || showing == Showing::AsItComes {
        sink.write(format!("{}\n", describe(status)).as_bytes());
    }
    let mark = if test.options.json { "\x16" } else { "" };
    sink.write(format!("{mark}FAIL\t{path}\t{took}\n").as_bytes());
}

/// A package without tests must still compile.
fn no_tests(test: &Test, session: &mut Session, graph: &PackageGraph, path: &str) -> bool {
    match session.check(graph) {
        Ok(()) => {
            session.progress.clear();
            let mut sink = Sink::new(test, path);
            sink.write(format!("?   \t{path}\t[no test files]\n").as_bytes());
            sink.close(true, None);
            true
        }
        Err(failure) => {
            build_failed(test, &failure, path, "build");
            false
        }
    }
}

/// A package that cannot be loaded: its name goes in front of what is wrong.
fn setup_failed(test: &Test, name: &str, mut failure: Failed) {
    failure.lines.insert(0, format!("# {name}"));
    build_failed(test, &failure, name, "setup");
}

/// A directory without Go files is no package: it is called what the user called it.
fn name_in_failure(test: &Test, failure: &Failed, path: &str) -> String {
    let is_empty = failure.lines.iter().any(|line| line.starts_with("no Go files in "));
    let as_named = match test.options.packages.as_slice() {
        [] => Some("."),
        names => names.iter().map(String::as_str).find(|name| {
            let name = name.trim_end_matches('/');
            name.starts_with('.') && path.ends_with(name.trim_start_matches(['.', '/']))
        }),
    };
    as_named.filter(|_| is_empty).unwrap_or(path).to_owned()
}

fn build_failed(test: &Test, failure: &Failed, path: &str, what: &str) {
    let mut failed_build = None;
    if test.options.json {
        failed_build = Some(test_json::build_events(&mut std::io::stdout(), path, &failure.lines));
    } else {
        failure.lines.iter().for_each(|line| eprintln!("{line}"));
    }
    let mut sink = Sink::new(test, path);
    sink.write(format!("FAIL\t{path} [{what} failed]\n").as_bytes());
    sink.close(false, failed_build.as_deref());
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

/// Runs a test program; its output, standard error included, is collected.
fn run(mut command: Command, showing: Showing, sink: &mut Sink) -> Result<(ExitStatus, Vec<u8>), Failed> {
    let fail = |error: std::io::Error| Failed::new(format!("rgo: running a test: {error}"));
    let (mut reader, writer) = std::io::pipe().map_err(fail)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(fail)?).stderr(writer);
    let guard = ChildGuard::prepare();
    let mut child = command.spawn().map_err(fail)?;
    guard.started(child.id());
    // The pipe's write end must not stay open here.
    drop(command);
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(len @ 1..) = reader.read(&mut buffer) {
            // Nobody listens any more once the program has been given up.
            if sender.send(buffer[..len].to_vec()).is_err() {
                break;
            }
        }
    });
    // The end of the program and the end of its output come in either order.
    let waiter = std::thread::spawn(move || child.wait());
    let mut text = Vec::new();
    let mut deadline = None;
    loop {
        let chunk = match deadline {
            // A grandchild may keep the pipe open; what it prints after the program's end is not waited for.
            Some(deadline) if Instant::now() >= deadline => break,
            _ => received.recv_timeout(Duration::from_millis(if waiter.is_finished() { 20 } else { 100 })),
        };
        match chunk {
            Ok(chunk) => {
                if showing != Showing::Collected {
                    sink.write(&chunk);
                }
                text.extend(chunk);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) if waiter.is_finished() => {
                deadline.get_or_insert_with(|| Instant::now() + GRACE);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
    let status = match waiter.join() {
        Ok(status) => status.map_err(fail)?,
        Err(_) => return Err(Failed::new("rgo: running a test: cannot wait for it")),
    };
    Ok((status, text))
}

/// How long output may come after a program has ended.
const GRACE: Duration = Duration::from_secs(5);
