//! `--time`: how long each stage took.

use std::time::{Duration, Instant};

/// Collects the durations of stages in the order in which they ran.
#[derive(Debug)]
pub(crate) struct Timer {
    start: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl Timer {
    pub(crate) fn start() -> Timer {
        Timer { start: Instant::now(), stages: Vec::new() }
    }

    /// Runs a stage; one that runs repeatedly is added up.
    pub(crate) fn stage<R>(&mut self, name: &'static str, work: impl FnOnce() -> R) -> R {
        let begin = Instant::now();
        let result = work();
        self.add(name, begin.elapsed());
        result
    }

    /// Adds to a stage.
    pub(crate) fn add(&mut self, name: &'static str, took: Duration) {
        match self.stages.iter_mut().find(|(known, _)| *known == name) {
            Some((_, total)) => *total += took,
            None => self.stages.push((name, took)),
        }
    }

    /// One line per stage and the total, for standard error.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        for (name, took) in &self.stages {
            text.push_str(&format!("{name:<10} {:>9.1} ms\n", took.as_secs_f64() * 1e3));
        }
        text.push_str(&format!("{:<10} {:>9.1} ms", "total", self.start.elapsed().as_secs_f64() * 1e3));
        text
    }
}
