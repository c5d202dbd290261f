//! How the collector stops the world: a phase that can wait is given up when some thread has lost its processor, for the program would stand still
//! until the kernel gives it back, and tried again. In: how large the heap is and should be. Out: a stopped world, or not yet.

use core::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};

use super::pacer;
use crate::mem::mheap::HEAP_LIVE;
use crate::os;
use crate::sched::stats::Stopper;
use crate::sched::world::{self, Patience, Stop};

/// How long the world may take to stop for a phase of a collection: others run on one after another, and the phase can wait.
const PATIENCE_NS: i64 = 50_000;
/// When the next attempt follows one that was given up: so much later, and twice as much after each further one, up to the second.
const BACKOFF_NS: (i64, i64) = (50_000, 3_200_000);
/// Attempts of that kind. Each further one has twice the patience of the one before. And there is no end to it once the heap is much larger
/// than it should be ([`pacer::most`]).
const ATTEMPTS: u32 = 16;
/// Attempts that were given up, since the last that was not; and the time before which there is to be no other one.
static GIVEN_UP: AtomicU32 = AtomicU32::new(0);
static NEXT_ATTEMPT: AtomicI64 = AtomicI64::new(0);

/// Stops the world for a phase that can wait; false: not now, or others did meanwhile. `goal`: the size that the heap should have at most.
pub fn soon(goal: usize) -> bool {
    let attempts = GIVEN_UP.load(Relaxed);
    let patience = if HEAP_LIVE.load(Relaxed) > pacer::most(goal) {
        Patience::Unlimited
    } else if attempts != 0 && os::nanotime() < NEXT_ATTEMPT.load(Relaxed) {
        return false;
    } else {
        Patience::Nanoseconds(PATIENCE_NS << attempts.saturating_sub(ATTEMPTS).min(20))
    };
    let stop = world::try_stop_the_world(patience, Stopper::Collector);
    match stop {
        Stop::Stopped => GIVEN_UP.store(0, Relaxed),
        Stop::ByAnother => {}
        Stop::GivenUp => {
            let backoff = (BACKOFF_NS.0 << attempts.min(10)).min(BACKOFF_NS.1);
            NEXT_ATTEMPT.store(os::nanotime() + backoff, Relaxed);
            GIVEN_UP.store(attempts + 1, Relaxed);
        }
    }
    stop == Stop::Stopped
}

/// Stops the world, however long that takes.
pub fn insist() {
    while world::try_stop_the_world(Patience::Unlimited, Stopper::Collector) != Stop::Stopped {}
}
