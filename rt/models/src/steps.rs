//! The steps of an execution, to be read when it fails: `MODEL_STEPS=1`.

use std::cell::RefCell;
use std::fmt::Display;
use std::panic::Location;
use std::sync::OnceLock;

thread_local! {
    static STEPS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn is_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("MODEL_STEPS").is_some())
}

/// A new execution begins.
pub fn begin() {
    STEPS.take();
}

/// The running thread does something, at `at`.
pub fn note(at: &Location, what: impl FnOnce() -> String) {
    if is_on() {
        let file = at.file().rsplit("src/").next().unwrap_or_default();
        let step = format!("{:?} {file}:{} {}", loom::thread::current().id(), at.line(), what());
        STEPS.with_borrow_mut(|steps| steps.push(step));
    }
}

/// Prints the steps so far.
pub fn print(why: impl Display) {
    for step in STEPS.take() {
        eprintln!("{step}");
    }
    eprintln!("{why}");
}
