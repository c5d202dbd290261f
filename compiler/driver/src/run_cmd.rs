//! `rgo run`: build into a temporary directory, run, pass on how it ended.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::build_cache::Place;
use crate::cleanup::{ChildGuard, Temporary};
use crate::cli::Run;
use crate::env::Environment;
use crate::explain::word;
use crate::pipeline::Session;
use crate::{Failed, output};

/// Builds and runs. As with the go command, a program that fails makes `run` print how and exit with status 1.
pub(crate) fn run(run: &Run, environment: &Environment) -> Result<(), Failed> {
    if run.packages.is_empty() && run.args.is_empty() {
        return Err(Failed::new("go: no go files listed"));
    }
    if let Some(file) = run.packages.iter().find(|arg| arg.ends_with("_test.go")) {
        return Err(Failed::new(format!("go: cannot run *_test.go files ({file})")));
    }
    let mut session = Session::open(&run.flags, environment)?;
    let place = Place::of(&session, &run.packages);
    let cached = place.as_ref().filter(|_| !run.flags.rebuild).and_then(Place::find);
    let (name, executable) = match cached {
        Some(cached) => (cached.name, cached.executable),
        None => match make(run, &mut session, place.as_ref())? {
            Some(made) => made,
            None => return Ok(()),
        },
    };
    let temp = Temporary::dir(&environment.temp, "rgo-run-").map_err(|error| {
        Failed::new(format!("rgo: creating a directory in {}: {error}", environment.temp.display()))
    })?;
    let path = temp.path().join(name);
    session.explain(|| {
        let words =
            run.exec.iter().cloned().chain([path.display().to_string()]).chain(run.args.iter().cloned());
        words.map(|text| word(&text)).collect::<Vec<_>>().join(" ")
    });
    session.timed("write", || output::write_executable(&path, &executable))?;
    drop(executable);
    session.finish();
    let status = execute(run, &path, &session.dir)?;
    drop(temp);
    if status.success() {
        return Ok(());
    }
    Err(Failed::new(describe(status)))
}

/// Builds the program: its name and the executable; nothing with `-n`.
fn make(
    run: &Run,
    session: &mut Session,
    place: Option<&Place>,
) -> Result<Option<(String, Vec<u8>)>, Failed> {
    let graph = session.load(&run.packages)?;
    if graph.roots.len() > 1 {
        let mut text = format!("go: pattern {} matches multiple packages:", run.packages.join(" "));
        for root in &graph.roots {
            text.push_str(&format!("\n\t{}", graph.package(*root).import_path));
        }
        return Err(Failed::new(text));
    }
    let package = graph.package(graph.main);
    if package.name.as_str() != "main" {
        return Err(Failed::new(format!("package {} is not a main package", package.import_path)));
    }
    let named_files = package.import_path.as_str() == "command-line-arguments";
    let name =
        output::default_name(package, run.packages.first().map(String::as_str).filter(|_| named_files));
    session.explain_link(&graph, &Path::new("$WORK").join(&name));
    if run.flags.dry_run {
        session.finish();
        return Ok(None);
    }
    let executable = session.compile(&graph)?;
    if let Some(place) = place.filter(|_| graph.warnings.is_empty()) {
        place.keep(session, &name, &executable);
    }
    Ok(Some((name, executable)))
}

/// Runs the program with this process's standard streams.
fn execute(run: &Run, path: &Path, dir: &Path) -> Result<ExitStatus, Failed> {
    let guard = ChildGuard::prepare();
    let mut command = match run.exec.split_first() {
        None => Command::new(path),
        Some((program, args)) => {
            let mut command = Command::new(program);
            command.args(args).arg(path);
            command
        }
    };
    // Like the go command, the program starts in the directory after -C.
    command.args(&run.args).current_dir(dir);
    let name = run.exec.first().map_or_else(|| path.display().to_string(), Clone::clone);
    let fail = |error| Failed::new(format!("rgo: running {name}: {error}"));
    let mut child = command.spawn().map_err(fail)?;
    guard.started(child.id());
    child.wait().map_err(fail)
}

/// `exit status 3`, `signal: killed (core dumped)`
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let core = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("signal: {}{core}", signal_name(signal))
        }
        (None, None) => status.to_string(),
    }
}

/// Names as `syscall.Signal.String` gives them on Linux.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        assert_eq!(describe(ExitStatus::from_raw(3 << 8)), "exit status 3");
        assert_eq!(describe(ExitStatus::from_raw(9)), "signal: killed");
        assert_eq!(describe(ExitStatus::from_raw(11 | 0x80)), "signal: segmentation fault (core dumped)");
    }
}
