//! What must not outlive the process: temporary files and directories, also when a signal ends it.
//!
//! A plain build has none (see `output`: an unfinished executable has no name). Directories for `rgo run`, for an external linker
//! and for a fetched standard library are registered here; SIGINT, SIGTERM and SIGHUP then remove them before they end the
//! process as they would have. A signal that was ignored when the process began (`nohup`) stays ignored.
//!
//! While `rgo run` waits for its program, SIGINT and SIGQUIT are the program's affair (the terminal sends them to both); SIGTERM
//! and SIGHUP are passed on to it. What SIGKILL leaves behind, the next fetch removes; a directory of `rgo run` is left to the system.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

/// Registered paths, removed on a signal.
static PATHS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The running program's process id; 0 when there is none. Pairs with nothing: signals are asynchronous anyway.
static CHILD: AtomicI32 = AtomicI32::new(0);

static STARTED: OnceLock<()> = OnceLock::new();

/// A path that disappears with its owner, or with the process.
#[derive(Debug)]
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    /// Registers a file or directory that is about to be made.
    pub(crate) fn new(path: PathBuf) -> Temporary {
        STARTED.get_or_init(watch_signals);
        PATHS.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        Temporary(path)
    }

    /// A new, empty directory below `parent`.
    pub(crate) fn dir(parent: &Path, prefix: &str) -> std::io::Result<Temporary> {
        let pid = std::process::id();
        let mut attempt = 0;
        loop {
            let temporary = Temporary::new(parent.join(format!("{prefix}{pid}-{attempt}")));
            match fs::create_dir(temporary.path()) {
                Ok(()) => return Ok(temporary),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 1000 => {
                    temporary.forget();
                    attempt += 1;
                }
                Err(error) => {
                    temporary.forget();
                    return Err(error);
                }
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Not ours, or no longer there.
    fn forget(self) {
        unregister(&self.0);
        std::mem::forget(self);
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        remove(&self.0);
        unregister(&self.0);
    }
}

fn unregister(path: &Path) {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
}

/// Nothing useful can be done when this fails.
fn remove(path: &Path) {
    if path.is_dir() {
        let _ = fs::remove_dir_all(path);
    } else {
        let _ = fs::remove_file(path);
    }
}

/// While this exists, signals belong to the process `pid` (see the module text).
pub(crate) struct ChildGuard(());

impl ChildGuard {
    /// Call before the child is started, so that no signal falls between.
    pub(crate) fn prepare() -> ChildGuard {
        STARTED.get_or_init(watch_signals);
        CHILD.store(-1, Ordering::SeqCst);
        ChildGuard(())
    }

    pub(crate) fn started(&self, pid: u32) {
        CHILD.store(i32::try_from(pid).unwrap_or(-1), Ordering::SeqCst);
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        CHILD.store(0, Ordering::SeqCst);
    }
}

fn watch_signals() {
    let ignored = ignored_signals();
    let wanted =
        [SIGINT, SIGTERM, SIGHUP, SIGQUIT].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
    // Without a thread for signals they do what they always do; only the tidying is lost.
    let Ok(mut signals) = Signals::new(wanted) else { return };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            match (CHILD.load(Ordering::SeqCst), signal) {
                (0, _) => end(signal),
                (_, SIGINT | SIGQUIT) => {}
                (child, _) => {
                    if let (Some(pid), Some(signal)) = (Pid::from_raw(child), Signal::from_named_raw(signal))
                    {
                        // It may have ended just now.
                        let _ = kill_process(pid, signal);
                    }
                }
            }
        }
    });
}

fn end(signal: i32) {
    let paths = PATHS.lock().unwrap_or_else(PoisonError::into_inner);
    for path in &*paths {
        remove(path);
    }
    // The lock is held to the end: nothing new is made.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// The signals this process was told to ignore, as a bit mask (bit 0 is signal 1).
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_go_with_their_owner() {
        let first = Temporary::dir(&std::env::temp_dir(), "rgo-cleanup-test-").unwrap();
        let second = Temporary::dir(&std::env::temp_dir(), "rgo-cleanup-test-").unwrap();
        assert_ne!(first.path(), second.path());
        let path = first.path().to_owned();
        fs::write(path.join("x"), "").unwrap();
        drop(first);
        assert!(!path.exists() && second.path().is_dir());
    }
}
