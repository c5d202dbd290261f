//! Scanning goroutines: stack, descriptor, and what a parked one waits on.
//!
//! A goroutine is scanned while it does not run, by whoever holds `G::gc_lock`; during marking a goroutine takes that lock for a moment
//! when it begins to run, so nobody reads a stack that changes. A goroutine that runs is asked to yield, and scanned then: by the M
//! that stopped it (it is on g0 anyway) or by the next marker that comes along.

use core::mem::offset_of;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use rgo_abi::types::WORD;

use super::barrier;
use super::frames;
use super::mark::Marker;
use crate::chan::sudog;
use crate::os;
use crate::sched::{G, Status};
use crate::stack;

/// Outcome of an attempt to scan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scan {
    /// The goroutine is black, or dead.
    Done,
    /// It runs; to be tried again.
    Running,
}

fn try_lock(g: &G) -> bool {
    g.gc_lock.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
}

fn unlock(g: &G) {
    g.gc_lock.store(0, Release);
}

/// g is about to run on this M, which has a P.
#[inline]
pub fn begin_running(g: &'static G) {
    if barrier::is_marking() {
        return begin_running_slow(g);
    }
    g.set_status(Status::Running);
    g.write_barrier.store(0, Relaxed);
}

#[cold]
fn begin_running_slow(g: &'static G) {
    lock(g);
    g.set_status(Status::Running);
    g.write_barrier.store(1, Relaxed);
    unlock(g);
}

fn lock(g: &G) {
    let mut spins = 0u32;
    while !try_lock(g) {
        spins += 1;
        if spins.is_multiple_of(128) {
            os::usleep(20);
        }
        core::hint::spin_loop();
    }
}

/// Calls `f` while the collector keeps away from g, which is not in use yet. With a P, so that marking does not begin meanwhile.
pub fn with_lock<T>(g: &'static G, f: impl FnOnce() -> T) -> T {
    if !barrier::is_marking() {
        return f();
    }
    lock(g);
    let result = f();
    unlock(g);
    result
}

/// Whether this collection has scanned g.
pub fn is_black(g: &G) -> bool {
    g.gc_scanned.load(Relaxed) == barrier::cycle()
}

/// Scans g unless it runs or has been scanned. Returns the bytes looked at, too.
pub fn scan(marker: &mut Marker<true>, g: &'static G) -> (Scan, usize) {
    if is_black(g) {
        return (Scan::Done, 0);
    }
    if !try_lock(g) {
        return (Scan::Running, 0);
    }
    let outcome = match g.status() {
        Status::Idle => {
            stack::release_idle(g);
            (Scan::Done, 0)
        }
        Status::Dead => (Scan::Done, 0),
        Status::Running => (Scan::Running, 0),
        _ => (Scan::Done, scan_locked(marker, g)),
    };
    unlock(g);
    outcome
}

/// Scans the goroutine that this M runs, from inside an entry or with the world stopped. Returns the bytes looked at.
pub fn scan_stopped(marker: &mut Marker<true>, g: &'static G) -> usize {
    if is_black(g) { 0 } else { scan_locked(marker, g) }
}

fn scan_locked(marker: &mut Marker<true>, g: &'static G) -> usize {
    // Tracebacks say how long a goroutine has waited, as of the first collection that finds it waiting.
    if matches!(g.status(), Status::Waiting | Status::Syscall) && g.wait_since.get() == 0 {
        g.wait_since.set(os::nanotime());
    }
    let mut bytes = 0;
    let mut range = |lo: usize, hi: usize| {
        bytes += hi - lo;
        // SAFETY: the descriptor, and segments of a goroutine that does not run.
        unsafe { marker.mark_range(lo, hi) };
    };
    let at_call = frames::for_each_live(g, &mut range);
    // Not what only lives on the way from one piece of code to the next: the results of an entry, which `gogo` takes; the closure that is
    // called, which its function reads first thing; what the walk of the frames has seen to.
    let mut from = 0;
    for (hole, size) in [
        (offset_of!(G, ctxt), if at_call { WORD } else { 0 }),
        (offset_of!(G, result0), 2 * WORD),
        (offset_of!(G, syscall_frame), size_of_val(&g.syscall_frame)),
    ] {
        range(g.addr() + from, g.addr() + hole);
        from = hole + size;
    }
    range(g.addr() + from, g.addr() + size_of::<G>());
    sudog::for_each_of(g, |addr| marker.mark_conservative(addr));
    stack::shrink(g);
    g.gc_scanned.store(barrier::cycle(), Relaxed);
    bytes
}

/// A signal has stopped g between two instructions; it is on g0 now. Scans it, or if that has been done shades what the innermost
/// frame and the registers hold: a store may have been done and its barrier not.
pub fn stopped_by_signal(g: &'static G) {
    if !barrier::is_marking() {
        return;
    }
    let mut marker = Marker::<true>::new();
    if !is_black(g) {
        super::roots::count(scan_stopped(&mut marker, g));
    } else {
        let sp = g.sched_sp.get();
        let mut first = true;
        stack::for_each_range(g, sp, &mut |lo, hi| {
            if core::mem::take(&mut first) {
                // SAFETY: the innermost segment, below what the entry stub has saved.
                unsafe { marker.mark_range(lo, frame_end(lo, hi)) };
            }
        });
    }
    marker.release();
}

/// End of the frame of the function that was stopped, given the frame `sp` that the stub saved in a segment that ends at `hi`.
fn frame_end(sp: usize, hi: usize) -> usize {
    // SAFETY: the stub's frame: the saved rbp points at the frame of `async_preempt`, and the word there at that of the
    // function, unless the function has not made its frame yet; then this is its caller's, which does no harm.
    let function = unsafe {
        let outer = (*(sp as *const crate::arch::SavedFrame)).rbp;
        if outer < sp || outer >= hi { hi } else { *(outer as *const usize) }
    };
    if function < sp || function > hi { hi } else { function }
}
