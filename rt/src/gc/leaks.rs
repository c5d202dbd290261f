//! Goroutine leaks: goroutines that wait for ever, because nothing that can still run refers to what they wait on.
//!
//! A collection that looks for them (`runtime/pprof`'s profile "goroutineleak") leaves out of the roots the goroutines that wait on a channel, a
//! select, a mutex, a condition variable or a wait group ([`is_candidate`]). After marking, those whose channel or lock was
//! reached may run again: their stacks are marked too, and so on until no more are found. The rest have leaked. They are marked after all, for
//! they are not freed; until the next such collection `G::leaked` says so.
//!
//! A leak can be overlooked while some word that is no pointer, or that nobody reads again, looks like a pointer to its channel; a
//! goroutine that can run is never reported. Such a collection marks with the world stopped.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use super::mark::Marker;
use super::special;
use super::stacks;
use crate::chan::sudog;
use crate::sched::{self, G, Status, WaitReason};

/// The present collection looks for leaks.
static LOOKING: AtomicBool = AtomicBool::new(false);
/// Leaks found by the last one.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Number of leaked goroutines, as of the last search.
pub fn count() -> usize {
    COUNT.load(Relaxed)
}

/// Begins a search; forgets the last one's findings. World stopped.
pub fn begin() {
    LOOKING.store(true, Relaxed);
    sched::for_each_g(|g| g.leaked.set(false));
}

/// Is g to be left out of the roots at first?
pub fn leaves_out(g: &G) -> bool {
    LOOKING.load(Relaxed) && is_candidate(g)
}

fn is_candidate(g: &G) -> bool {
    use WaitReason::*;
    g.status() == Status::Waiting
        && !g.is_system.get()
        && matches!(
            g.wait_reason.get(),
            SelectNoCases
                | ChanSendNil
                | ChanReceiveNil
                | ChanReceive
                | ChanSend
                | Select
                | SyncCondWait
                | SyncWaitGroupWait
                | SyncMutexLock
                | SyncRWMutexLock
                | SyncRWMutexRLock
        )
}

/// Might another goroutine wake g, as far as has been marked?
fn may_run(g: &G) -> bool {
    use WaitReason::*;
    let mut reached = false;
    match g.wait_reason.get() {
        SelectNoCases | ChanSendNil | ChanReceiveNil => {}
        ChanReceive | ChanSend | Select => {
            sudog::for_each_pair(g, |_, chan| reached |= special::is_reached(chan));
        }
        _ => sudog::for_each_pair(g, |elem, _| reached |= special::is_reached(elem)),
    }
    reached
}

/// Marks all goroutines that were left out, and decides which have leaked. Everything else has been marked; world stopped.
pub fn settle(marker: &mut Marker<true>) {
    if !LOOKING.swap(false, Relaxed) {
        return;
    }
    loop {
        let mut found = false;
        sched::for_each_g(|g| {
            if is_candidate(g) && !stacks::is_black(g) && may_run(g) {
                stacks::scan_stopped(marker, g);
                found = true;
            }
        });
        marker.drain();
        if !found {
            break;
        }
    }
    let mut leaked = 0;
    sched::for_each_g(|g| {
        if is_candidate(g) && !stacks::is_black(g) {
            stacks::scan_stopped(marker, g);
            // A main goroutine that waits for ever on purpose is no leak.
            if g.goid.get() != 1 || g.wait_reason.get() != WaitReason::SelectNoCases {
                g.leaked.set(true);
                leaked += 1;
            }
        }
    });
    marker.drain();
    COUNT.store(leaked, Relaxed);
}
