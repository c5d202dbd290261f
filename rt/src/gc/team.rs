//! Marking by several threads.
//!
//! The M that collects marks the roots and then opens a *round*; helper threads, which sleep between rounds, join it and all drain
//! the shared work list together. Helpers have no P and run no Go code.
//!
//! `ROUND` holds the number of the round, whether it is open, and how many markers are *active*: have or may find work. A marker that
//! finds none becomes inactive, and active again when it sees shared work. Only active markers add work, and each drains
//! before it becomes inactive; so when the last one does, nothing is left, and with the same exchange it closes the round.
//! Helpers that wake too late find the round closed: nobody waits for a thread that the kernel does not run.

use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};

use super::mark::Marker;
use super::work::{self, HUNGRY};
use crate::os;
use crate::sched::{idle, init};

/// Most helpers; more gain little before the memory bus is full.
const MAX_HELPERS: u32 = 15;

const OPEN: u64 = 1 << 31;
const ACTIVE: u64 = OPEN - 1;

/// `round << 32 | OPEN | active`.
static ROUND: AtomicU64 = AtomicU64::new(0);
/// What helpers sleep on: counts rounds.
static BELL: AtomicU32 = AtomicU32::new(0);
/// Helpers made so far. Changed with the world stopped.
static HELPERS: AtomicU32 = AtomicU32::new(0);
/// Bytes marked in this round.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Marks all that is reachable from what `marker` has, with up to `helpers` helpers; adds what they mark to the marker's count.
/// World stopped.
pub fn drain<const SHARED: bool>(marker: &mut Marker<SHARED>, helpers: u32) {
    if !SHARED || helpers == 0 {
        return marker.drain();
    }
    let helpers = helpers.min(MAX_HELPERS);
    while HELPERS.load(Relaxed) < helpers {
        HELPERS.fetch_add(1, Relaxed);
        {
            let mut sched = idle::SCHED.lock();
            sched.m_count += 1;
            sched.system_ms += 1;
        }
        init::new_m(None, false, Some(help));
    }
    BYTES.store(0, Relaxed);
    let round = ((ROUND.load(Relaxed) >> 32) + 1) << 32;
    ROUND.store(round | OPEN | 1, SeqCst);
    BELL.fetch_add(1, SeqCst);
    os::futex_wake(&BELL, helpers);
    let own = marker.bytes_marked;
    marker.bytes_marked = 0;
    mark_in(marker, round);
    marker.bytes_marked = own + BYTES.load(SeqCst);
}

/// Becomes inactive; false when that closed the round.
fn leave(round: u64) -> bool {
    let old = ROUND
        .fetch_update(SeqCst, SeqCst, |state| Some(if state & ACTIVE == 1 { round } else { state - 1 }))
        .unwrap_or(round);
    old & ACTIVE != 1
}

/// Waits for shared work; true: active again, false: the round is closed.
fn wait_for_work(round: u64) -> bool {
    HUNGRY.fetch_add(1, Relaxed);
    let mut spins = 0u32;
    let active = loop {
        let state = ROUND.load(SeqCst);
        if state & !ACTIVE != round | OPEN {
            break false;
        }
        if work::available() && ROUND.compare_exchange(state, state + 1, SeqCst, SeqCst).is_ok() {
            break true;
        }
        spins += 1;
        if spins.is_multiple_of(256) {
            os::usleep(20);
        }
        core::hint::spin_loop();
    };
    HUNGRY.fetch_sub(1, Relaxed);
    active
}

/// A helper thread.
fn help() -> ! {
    loop {
        let bell = BELL.load(SeqCst);
        let state = ROUND.load(SeqCst);
        let round = state & !(OPEN | ACTIVE);
        if state & OPEN != 0 && ROUND.compare_exchange(state, state + 1, SeqCst, SeqCst).is_ok() {
            // In an open round the world is stopped, so the heap is as the marker will see it.
            let mut marker = Marker::<true>::new();
            mark_in(&mut marker, round);
            continue;
        }
        if state & OPEN == 0 {
            os::futex_sleep(&BELL, bell, None);
        }
    }
}

/// Drains as one of the active markers until the round is closed.
fn mark_in<const SHARED: bool>(marker: &mut Marker<SHARED>, round: u64) {
    loop {
        marker.drain();
        // Before this marker is counted out: whoever closes the round reads the sum.
        BYTES.fetch_add(core::mem::take(&mut marker.bytes_marked), SeqCst);
        if !leave(round) || !wait_for_work(round) {
            return;
        }
    }
}
