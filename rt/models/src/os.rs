//! The kernel, as far as locks need it.

use crate::shared::{AtomicU32, Ordering};
use loom::sync::Mutex;
use loom::thread::{self, Thread};
use std::cell::Cell;

struct Sleeper {
    word: usize,
    thread: Thread,
}

/// Who sleeps; `None` when nobody is to sleep any more.
type Sleepers = Option<Vec<Sleeper>>;

loom::lazy_static! {
    static ref SLEEPERS: Mutex<Sleepers> = Mutex::new(Some(Vec::new()));
}

thread_local! {
    static CLOCK: Cell<i64> = const { Cell::new(0) };
}

/// Sleeps if `*word` is `value`. With a timeout it may return whenever others have run.
pub fn futex_sleep(word: &AtomicU32, value: u32, timeout_ns: Option<i64>) {
    {
        let mut all = SLEEPERS.lock().unwrap();
        let Some(sleepers) = &mut *all else { return };
        if word.load(Ordering::Relaxed) != value {
            return;
        }
        if timeout_ns.is_none() {
            let word = word as *const AtomicU32 as usize;
            sleepers.push(Sleeper { word, thread: thread::current() });
        }
    }
    if timeout_ns.is_some() {
        return thread::yield_now();
    }
    // loom's `unpark` wakes from anything, so it must come once, and to a thread that is here or about to be.
    thread::park();
}

/// Wakes up to `n` sleepers.
pub fn futex_wake(word: &AtomicU32, n: u32) {
    let word = word as *const AtomicU32 as usize;
    for _ in 0..n {
        let mut all = SLEEPERS.lock().unwrap();
        let Some(sleepers) = &mut *all else { return };
        let Some(at) = sleepers.iter().position(|s| s.word == word) else { return };
        let sleeper = sleepers.remove(at);
        drop(all);
        sleeper.thread.unpark();
    }
}

/// A clock that advances by one with every look.
pub fn nanotime() -> i64 {
    CLOCK.set(CLOCK.get() + 1);
    CLOCK.get()
}

/// Lets others run.
pub fn usleep(_us: i64) {
    thread::yield_now();
}

/// The model is over: wakes everybody, and nobody sleeps from now on.
pub fn shut_down() {
    let sleepers = SLEEPERS.lock().unwrap().take();
    sleepers.into_iter().flatten().for_each(|s| s.thread.unpark());
}

/// Is it over?
pub fn is_shut_down() -> bool {
    SLEEPERS.lock().unwrap().is_none()
}
