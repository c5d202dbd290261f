//! Signs of life on a terminal, once a build takes longer than a second.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rgo_load::goroot;

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(120);

/// One line on standard error that says what is going on; nothing when that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Shows the line after a second; dropping the sender ends the thread.
    clock: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        let clock = std::io::stderr().is_terminal().then(|| {
            let (sender, receiver) = channel();
            let shown = bar.clone();
            let clock = std::thread::spawn(move || {
                if receiver.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                shown.set_draw_target(ProgressDrawTarget::stderr());
                loop {
                    shown.tick();
                    if receiver.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                }
            });
            (sender, clock)
        });
        Progress { bar, clock: Mutex::new(clock) }
    }

    /// A stage begins.
    pub(crate) fn stage(&self, name: &str) {
        self.bar.set_message(format!("rgo: {name}"));
    }

    /// A download goes on; this is shown at once.
    pub(crate) fn download(&self, progress: goroot::Progress) {
        if self.clock().is_none() {
            return;
        }
        match progress {
            goroot::Progress::Waiting => {
                self.bar.set_message("rgo: waiting for another rgo to fetch the standard library");
            }
            goroot::Progress::Fetching(done, total) => {
                self.share("rgo: fetching the standard library (once)", done, total);
            }
            goroot::Progress::Unpacking(done, total) => {
                self.share("rgo: unpacking the standard library", done, total);
            }
            goroot::Progress::Done => self.bar.finish_and_clear(),
        }
    }

    fn share(&self, text: &str, done: u64, total: u64) {
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {percent}%") {
            self.bar.set_style(style);
        }
        self.bar.set_message(text.to_owned());
        self.bar.set_length(total);
        self.bar.set_position(done.min(total));
        self.bar.tick();
    }

    /// Leaves no trace; nothing is shown afterwards.
    pub(crate) fn clear(&self) {
        let clock = self.clock().take();
        if let Some((sender, clock)) = clock {
            drop(sender);
            let _ = clock.join();
        }
        self.bar.finish_and_clear();
    }

    /// A line on standard error, above the progress line.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    fn clock(&self) -> MutexGuard<'_, Option<(Sender<()>, JoinHandle<()>)>> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
