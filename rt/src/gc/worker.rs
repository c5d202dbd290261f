//! Marking, and sweeping, beside the program.
//!
//! There are no marking threads: Ms mark on g0, between goroutines, a *slice* at a time.
//! - Each P spends up to a quarter of its time on it ([`turn`]); `sysmon` makes goroutines yield more often meanwhile.
//! - A P without anything to run marks all the time ([`idle_turn`]).
//! - A goroutine that allocates faster than marking advances helps before it gets its memory ([`assist`]).
//!
//! A slice takes jobs (`roots`) and grey objects (`work`), and leaves what remains to the shared list: between slices only
//! write-barrier buffers are private. Slices are short (`SLICE_NS`) and end when somebody stops the world, so neither a goroutine nor
//! a pause waits long for one. Whoever ends a slice and finds nothing left tries to end the cycle (`cycle::try_finish`).

use core::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};

use super::cycle::Cause;
use super::mark::Marker;
use super::{barrier, cycle, roots, stacks, sweep, work};
use crate::os;
use crate::sched::idle::{self, IDLE_PS, WORLD_STOPPING};
use crate::sched::m::M;
use crate::sched::p;

/// Length of a slice.
const SLICE_NS: i64 = 100_000;
/// Shortest and longest help of an allocating goroutine.
const ASSIST_NS: (usize, usize) = (10_000, 300_000);
/// How long a goroutine helps, or waits for others to mark, when the heap is larger than it should get.
const WAIT_NS: i64 = 2_000_000;
/// A P marks one part in so many of its time.
const SHARE: i64 = 4;
/// The same as a fraction.
pub const SHARE_OF_TIME: f64 = 1.0 / SHARE as f64;
/// Objects scanned between two looks at the clock.
const BATCH: usize = 64;

/// Spans swept between two goroutines, and by an idle P between two looks for work.
const SWEEPS: usize = 8;
const IDLE_SWEEPS: usize = 256;

/// Slices in progress.
static ACTIVE: AtomicU32 = AtomicU32::new(0);
/// When marking began.
static START: AtomicI64 = AtomicI64::new(0);
/// Bytes of objects marked in this cycle, without those that were allocated black.
static MARKED: AtomicUsize = AtomicUsize::new(0);
/// Time spent in slices of all cycles, by [`Kind`].
static TIMES: [AtomicI64; 3] = [const { AtomicI64::new(0) }; 3];

/// The same at the start of the cycle.
static TIMES_BEFORE: [AtomicI64; 3] = [const { AtomicI64::new(0) }; 3];

/// Why an M marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The P's share.
    Share,
    /// Nothing else to do.
    Idle,
    /// For a goroutine that allocates, or waits for the collection.
    Assist,
}

/// Adds to the bytes marked.
pub fn add_marked(bytes: usize) {
    if bytes != 0 {
        MARKED.fetch_add(bytes, Relaxed);
    }
}

/// Bytes of objects marked in this cycle.
pub fn marked() -> usize {
    MARKED.load(Relaxed)
}

/// Time spent marking since the program began: the Ps' share, idle, assists.
pub fn times() -> [i64; 3] {
    TIMES.each_ref().map(|ns| ns.load(Relaxed))
}

/// As [`times`], in this cycle.
pub fn times_of_cycle() -> [i64; 3] {
    let now = times();
    core::array::from_fn(|i| now[i] - TIMES_BEFORE[i].load(Relaxed))
}

/// Time spent marking since the program began.
pub fn mark_ns() -> i64 {
    times().iter().sum()
}

/// Marking begins. World stopped.
pub fn reset(now: i64) {
    START.store(now, Relaxed);
    MARKED.store(0, Relaxed);
    times().iter().zip(&TIMES_BEFORE).for_each(|(&ns, before)| before.store(ns, Relaxed));
    p::all().for_each(|p| p.mark_ns.set(0));
}

/// The scheduler is between goroutines: marks a slice if this P has not done its share; or sweeps a little.
#[inline]
pub fn turn(m: &'static M) {
    if barrier::is_marking() {
        turn_slow(m);
    } else if sweep::is_under_way() {
        sweep::some(SWEEPS);
    }
    cycle::wake_finalizers();
}

#[cold]
fn turn_slow(m: &'static M) {
    let now = os::nanotime();
    if m.p().mark_ns.get() * SHARE <= now - START.load(Relaxed) {
        slice(m, now, SLICE_NS, Kind::Share);
    }
}

/// The scheduler has nothing to run: marks a slice, or sweeps; false if there was nothing to do either.
#[inline]
pub fn idle_turn(m: &'static M) -> bool {
    if barrier::is_marking() {
        let did = slice(m, os::nanotime(), SLICE_NS, Kind::Idle);
        if did || !barrier::is_marking() || !looks_done() {
            return did;
        }
        // Only the end of the cycle is due, and the world did not stop in time: this M tries again, as nobody else may come by.
        os::usleep(20);
        return true;
    }
    let swept = sweep::is_under_way() && sweep::some(IDLE_SWEEPS);
    cycle::wake_finalizers() || swept
}

/// The running goroutine is about to allocate, and marking is `behind` bytes behind: helps. On g0.
pub fn assist(m: &'static M, behind: usize, cause: Cause) {
    // Marking takes about a nanosecond a byte.
    let ns = behind.clamp(ASSIST_NS.0, ASSIST_NS.1) as i64;
    if let Some(g) = m.curg.get()
        && m.callbacks.get() == 0
        && !stacks::is_black(g)
    {
        let mut marker = Marker::<true>::new();
        roots::count(stacks::scan_stopped(&mut marker, g));
        // The cycle may end before the entry does.
        if cause.is_amid_entry() {
            roots::mark_own_frames(&mut marker);
        }
        marker.release();
    }
    let start = os::nanotime();
    slice(m, start, ns, Kind::Assist);
    if behind < usize::MAX {
        return;
    }
    // Past the goal. If others have all the work, they are made to share it, and are waited for.
    while barrier::is_marking() && !WORLD_STOPPING.load(Relaxed) && os::nanotime() < start + WAIT_NS {
        work::HUNGRY.fetch_add(1, Relaxed);
        while !work::available() && ACTIVE.load(Relaxed) != 0 && os::nanotime() < start + WAIT_NS {
            os::usleep(20);
        }
        work::HUNGRY.fetch_sub(1, Relaxed);
        if !slice(m, os::nanotime(), ns, Kind::Assist) {
            break;
        }
    }
}

/// Nothing is left to mark, as far as can be seen without stopping the world.
fn looks_done() -> bool {
    ACTIVE.load(SeqCst) == 0 && !work::available() && !roots::has_jobs()
}

/// Marks for `ns`, or until there is nothing to do; false if there was nothing at all.
fn slice(m: &'static M, start: i64, ns: i64, kind: Kind) -> bool {
    ACTIVE.fetch_add(1, SeqCst);
    barrier::flush(m);
    let mut marker = Marker::<true>::new();
    let mut did = false;
    let mut now = start;
    while now < start + ns && !WORLD_STOPPING.load(Relaxed) {
        if !roots::do_next(&mut marker) && marker.drain_some(BATCH) == 0 {
            break;
        }
        did = true;
        now = os::nanotime();
    }
    marker.release();
    let spent = os::nanotime() - start;
    let own = m.p();
    own.mark_ns.set(own.mark_ns.get() + spent);
    TIMES[kind as usize].fetch_add(spent, Relaxed);
    ACTIVE.fetch_sub(1, SeqCst);
    if looks_done() {
        cycle::try_finish();
    } else if work::available() && IDLE_PS.load(Relaxed) != 0 {
        idle::wake_p();
    }
    did
}
