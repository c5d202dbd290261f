//! Signals that the process inherited blocked. Threads keep the inherited mask, as child processes expect; a signal that the program
//! asks for nevertheless is let in on one thread, which exists for this only.

use crate::arch::current_m;
use crate::os::{self, signal as os_signal};
use crate::sched::{idle::SCHED, init};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Signals to let in; bit n-1 for signal n, as in masks of the kernel.
static OPEN: AtomicU64 = AtomicU64::new(0);
/// How often `OPEN` was changed, and how many of the changes the thread has seen.
static CHANGES: AtomicU32 = AtomicU32::new(0);
static SEEN: AtomicU32 = AtomicU32::new(0);
static STARTED: AtomicBool = AtomicBool::new(false);

fn mask_bit(signal: u32) -> u64 {
    1 << (signal - 1)
}

/// Lets the signal in. Callers are serialised by `os/signal`.
pub(super) fn open_to(signal: u32) {
    if os_signal::thread_mask(current_m().signal_mask.get()) & mask_bit(signal) == 0 {
        return;
    }
    OPEN.fetch_or(mask_bit(signal), Ordering::SeqCst);
    if !STARTED.swap(true, Ordering::Relaxed) {
        {
            let mut sched = SCHED.lock();
            sched.m_count += 1;
            sched.system_ms += 1;
        }
        init::new_m(None, false, Some(listen));
    }
    tell();
}

/// Keeps it out again.
pub(super) fn close_to(signal: u32) {
    if OPEN.fetch_and(!mask_bit(signal), Ordering::SeqCst) & mask_bit(signal) != 0 {
        tell();
    }
}

/// Returns when the thread has set its mask.
fn tell() {
    let change = CHANGES.fetch_add(1, Ordering::SeqCst) + 1;
    os::futex_wake(&CHANGES, 1);
    while SEEN.load(Ordering::SeqCst) < change {
        os::usleep(20);
    }
}

fn listen() -> ! {
    loop {
        let change = CHANGES.load(Ordering::SeqCst);
        os_signal::set_mask(os_signal::thread_mask(!0) & !OPEN.load(Ordering::SeqCst));
        SEEN.store(change, Ordering::SeqCst);
        os::futex_sleep(&CHANGES, change, None);
    }
}
