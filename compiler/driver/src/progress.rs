//! Signs of life on a terminal, once a build takes longer than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rgo_load::goroot;

const PATIENCE: Duration = Duration::from_secs(1);

/// One line on standard error that says what is going on; nothing when that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        let bar = ProgressBar::new_spinner();
        let hidden = !std::io::stderr().is_terminal();
        bar.set_draw_target(if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        Progress { bar, start: Instant::now() }
    }

    /// A stage begins.
    pub(crate) fn stage(&self, name: &str) {
        if self.start.elapsed() >= PATIENCE {
            self.bar.set_message(format!("rgo: {name}"));
            self.bar.tick();
        }
    }

    /// A download goes on; this is shown at once.
    pub(crate) fn download(&self, progress: goroot::Progress) {
        match progress {
            goroot::Progress::Waiting => {
                self.bar.set_message("rgo: waiting for another rgo to fetch the standard library")
            }
            goroot::Progress::Fetching => {
                self.bar.enable_steady_tick(Duration::from_millis(120));
                self.bar.set_message("rgo: fetching the standard library (once)");
            }
            goroot::Progress::Unpacking(done, total) => {
                if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {percent}%") {
                    self.bar.set_style(style);
                }
                self.bar.set_message("rgo: unpacking the standard library");
                self.bar.set_length(total);
                self.bar.set_position(done);
            }
            goroot::Progress::Done => self.clear(),
        }
    }

    /// Leaves no trace.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
