//! `os/signal`: which signals the program wants, and their way to the one goroutine that receives them.
//!
//! The handler sets a bit and wakes a note; the receiver sleeps on the note inside a system call's state, because a
//! handler can make no goroutine runnable.

use super::listener;
use crate::entry::Pair;
use crate::os::signal::{self as os_signal, Action, NSIG, SIGHUP, SIGINT, SIGPIPE, SIGPROF};
use crate::sched::{self, G, schedule, syscall};
use crate::sync::Note;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

static WANTED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
static IGNORED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
/// SIGHUP and SIGINT that were ignored before the program asked for them: that is what they return to when it does no longer.
static INHERITED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
static PENDING: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
/// Handlers between their look at WANTED and the end of `send`.
static DELIVERING: AtomicU32 = AtomicU32::new(0);
/// The receiver sleeps.
static RECEIVING: AtomicBool = AtomicBool::new(false);
static IN_USE: AtomicBool = AtomicBool::new(false);
static NOTE: Note = Note::new();
/// `os.ignoreSIGSYS`: swallow SIGSYS.
static SWALLOW_SIGSYS: AtomicBool = AtomicBool::new(false);

fn has(set: &[AtomicU64; 2], signal: u32) -> bool {
    let (word, bit) = super::bit(signal);
    set[word].load(Ordering::SeqCst) & bit != 0
}

/// Does the program want to be told?
pub(super) fn is_wanted(signal: u32) -> bool {
    has(&WANTED, signal)
}

/// Has the program asked for the signal to be ignored?
pub(super) fn is_ignored(signal: u32) -> bool {
    has(&IGNORED, signal)
}

/// Is SIGSYS from a seccomp filter to be swallowed?
pub(super) fn swallows_sigsys() -> bool {
    SWALLOW_SIGSYS.load(Ordering::Relaxed)
}

/// The process began with the signal ignored, and rt leaves it so.
pub(super) fn inherited_ignored(signal: u32) {
    let (word, bit) = super::bit(signal);
    IGNORED[word].fetch_or(bit, Ordering::Relaxed);
    INHERITED[word].fetch_or(bit, Ordering::Relaxed);
}

/// Does a goroutine receive signals? Then a program without runnable goroutines is not dead.
pub(crate) fn has_receiver() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// In the handler: queues the signal; false when nobody wants it.
pub(super) fn send(signal: u32) -> bool {
    DELIVERING.fetch_add(1, Ordering::SeqCst);
    let taken = is_wanted(signal);
    if taken {
        let (word, bit) = super::bit(signal);
        if PENDING[word].fetch_or(bit, Ordering::SeqCst) & bit == 0 {
            NOTE.wake();
        }
    }
    DELIVERING.fetch_sub(1, Ordering::SeqCst);
    taken
}

/// Asking for other signals changes nothing but the sets.
fn is_ours_to_change(signal: u32) -> bool {
    signal != SIGPROF && os_signal::meaning(signal).may_be_told()
}

extern "C" fn signal_enable(signal: u32) {
    IN_USE.store(true, Ordering::Relaxed);
    if signal >= NSIG {
        return;
    }
    let (word, bit) = super::bit(signal);
    WANTED[word].fetch_or(bit, Ordering::SeqCst);
    IGNORED[word].fetch_and(!bit, Ordering::SeqCst);
    if !is_ours_to_change(signal) {
        return;
    }
    listener::open_to(signal);
    if !super::is_handled(signal) {
        if matches!(signal, SIGHUP | SIGINT) && os_signal::action(signal) == Action::Ignore {
            INHERITED[word].fetch_or(bit, Ordering::SeqCst);
        }
        super::install(signal);
    }
}
g0_entry!("os/signal.signal_enable", signal_enable);

extern "C" fn signal_disable(signal: u32) {
    if signal >= NSIG {
        return;
    }
    let (word, bit) = super::bit(signal);
    if is_ours_to_change(signal) {
        listener::close_to(signal);
        if has(&INHERITED, signal) {
            super::uninstall(signal, Action::Ignore);
        }
    }
    WANTED[word].fetch_and(!bit, Ordering::SeqCst);
}
g0_entry!("os/signal.signal_disable", signal_disable);

extern "C" fn signal_ignore(signal: u32) {
    if signal >= NSIG {
        return;
    }
    let (word, bit) = super::bit(signal);
    if os_signal::meaning(signal).may_be_told() {
        super::uninstall(signal, Action::Ignore);
    }
    WANTED[word].fetch_and(!bit, Ordering::SeqCst);
    IGNORED[word].fetch_or(bit, Ordering::SeqCst);
}
g0_entry!("os/signal.signal_ignore", signal_ignore);

extern "C" fn signal_ignored(signal: u32) -> u64 {
    (signal < NSIG && is_ignored(signal)) as u64
}
g0_entry!("os/signal.signal_ignored", signal_ignored);

fn take_pending() -> Option<u32> {
    for (i, word) in PENDING.iter().enumerate() {
        let bits = word.load(Ordering::SeqCst);
        if bits != 0 {
            let n = bits.trailing_zeros();
            word.fetch_and(!(1 << n), Ordering::SeqCst);
            return Some(i as u32 * 64 + n);
        }
    }
    None
}

fn receive(_: &'static G) -> Pair {
    loop {
        if let Some(signal) = take_pending() {
            return Pair(signal as u64, 0);
        }
        syscall::entersyscall_block();
        RECEIVING.store(true, Ordering::SeqCst);
        NOTE.sleep();
        NOTE.clear();
        RECEIVING.store(false, Ordering::SeqCst);
        syscall::exitsyscall_then(receive);
    }
}

extern "C" fn signal_recv() -> u64 {
    receive(sched::getg()).0
}
g0_entry!("os/signal.signal_recv", signal_recv);

fn is_idle() -> bool {
    DELIVERING.load(Ordering::SeqCst) == 0
        && PENDING.iter().all(|w| w.load(Ordering::SeqCst) == 0)
        && RECEIVING.load(Ordering::SeqCst)
}

fn wait_until_idle(g: &'static G) -> Pair {
    if !is_idle() {
        g.resume.set(Some(wait_until_idle));
        schedule::yield_to_scheduler(g, crate::trace::Stop::Gosched);
    }
    Pair(0, 0)
}

extern "C" fn signal_wait_until_idle() {
    wait_until_idle(sched::getg());
}
g0_entry!("os/signal.signalWaitUntilIdle", signal_wait_until_idle);

/// EPIPE on standard output or error: the program dies of SIGPIPE, unless it has said what it wants of that signal.
extern "C" fn sigpipe() {
    if !has(&IGNORED, SIGPIPE) && !is_wanted(SIGPIPE) {
        super::die_of(SIGPIPE);
    }
    if is_wanted(SIGPIPE) {
        send(SIGPIPE);
    }
}
g0_entry!("os.sigpipe", sigpipe);

extern "C" fn ignore_sigsys() {
    SWALLOW_SIGSYS.store(true, Ordering::Relaxed);
}
g0_entry!("os.ignoreSIGSYS", ignore_sigsys);

extern "C" fn restore_sigsys() {
    SWALLOW_SIGSYS.store(false, Ordering::Relaxed);
}
g0_entry!("os.restoreSIGSYS", restore_sigsys);
