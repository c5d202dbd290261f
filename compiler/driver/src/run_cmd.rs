//! `rgo run`: build into a temporary directory, run, pass on how it ended.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::Run;
use crate::env::Environment;
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
    let executable = session.compile(&graph)?;
    let temp = TempDir::new(&environment.temp)?;
    let path = temp.0.join(name);
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

/// Runs the program with this process's standard streams.
fn execute(run: &Run, path: &Path, dir: &Path) -> Result<ExitStatus, Failed> {
    // An interrupt from the terminal reaches the program as well; what it does about it decides. This process waits.
    let ignored = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGQUIT] {
        signal_hook::flag::register(signal, Arc::clone(&ignored))
            .map_err(|error| Failed::new(format!("rgo: waiting for signals: {error}")))?;
    }
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
    command.status().map_err(|error| Failed::new(format!("rgo: running {name}: {error}")))
}

/// `exit status 3`, `signal: killed (core dumped)`
fn describe(status: ExitStatus) -> String {
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

/// A directory that disappears with its owner.
struct TempDir(PathBuf);

impl TempDir {
    fn new(parent: &Path) -> Result<TempDir, Failed> {
        let pid = std::process::id();
        for attempt in 0..1000 {
            let path = parent.join(format!("rgo-run-{pid}-{attempt}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(TempDir(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failed::new(format!("rgo: creating {}: {error}", path.display()))),
            }
        }
        Err(Failed::new(format!("rgo: no free name for a directory in {}", parent.display())))
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Nothing useful can be done when this fails; the system cleans its temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
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
