//! What `runtime/metrics` reports about the scheduler: states of goroutines, how long they waited to run, how long the world stood still.
//!
//! Of each goroutine's transitions every eighth is timed.

use super::g::{G, Status, WaitReason};
use super::idle::SCHED;
use super::{for_each_g, p};
use crate::gc::special::SPECIALS;
use crate::gc::{cycle, roots, worker};
use crate::mem::mheap::given_back_by_growth;
use crate::os;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Transitions per timed one.
const PERIOD: u32 = 8;

/// Durations in buckets of rising size: 40 powers of two from 256 ns on, each cut in four; then one for less than nothing, and one
/// for more than all. The layout is that of runtime/metrics.
pub(crate) struct Histogram([AtomicU64; Histogram::WORDS]);

impl Histogram {
    const SUB_BITS: u32 = 2;
    const MIN_BITS: u32 = 9;
    const BUCKETS: usize = 40;
    const COUNTS: usize = Histogram::BUCKETS << Histogram::SUB_BITS;
    const WORDS: usize = Histogram::COUNTS + 2;

    const fn new() -> Histogram {
        Histogram([const { AtomicU64::new(0) }; Histogram::WORDS])
    }

    fn record(&self, ns: i64) {
        self.0[Histogram::index(ns)].fetch_add(1, Ordering::Relaxed);
    }

    fn index(ns: i64) -> usize {
        let Ok(ns) = u64::try_from(ns) else { return Histogram::COUNTS };
        let bits = u64::BITS - ns.leading_zeros();
        let (top, bucket) = match bits.checked_sub(Histogram::MIN_BITS) {
            None => (Histogram::MIN_BITS, 0),
            Some(above) => (bits, above as usize + 1),
        };
        if bucket >= Histogram::BUCKETS {
            return Histogram::COUNTS + 1;
        }
        let sub = (ns >> (top - 1 - Histogram::SUB_BITS)) as usize & ((1 << Histogram::SUB_BITS) - 1);
        (bucket << Histogram::SUB_BITS) + sub
    }
}

static LATENCIES: Histogram = Histogram::new();
/// Time to stop the world, and time it stood still: for the collector, for others.
static STOPPING: [Histogram; 2] = [const { Histogram::new() }; 2];
static STOPPED: [Histogram; 2] = [const { Histogram::new() }; 2];
/// Nanoseconds spent waiting for locks, estimated.
static LOCK_WAIT: AtomicI64 = AtomicI64::new(0);
/// When the stop in progress began, and whether somebody else than the collector stops.
static STOP_BEGAN: AtomicI64 = AtomicI64::new(0);
static FOR_OTHERS: AtomicBool = AtomicBool::new(false);

/// g becomes runnable.
#[inline]
pub(crate) fn becomes_runnable(g: &G) {
    g.transitions.set(g.transitions.get().wrapping_add(1));
    if g.transitions.get().is_multiple_of(PERIOD) || g.lock_since.get() != 0 {
        time(g);
    }
}

#[cold]
fn time(g: &G) {
    let now = os::nanotime();
    if g.transitions.get().is_multiple_of(PERIOD) {
        g.runnable_since.set(now);
    }
    let since = g.lock_since.replace(0);
    if since != 0 {
        LOCK_WAIT.fetch_add((now - since) * PERIOD as i64, Ordering::Relaxed);
    }
}

/// g, runnable, begins to run.
#[inline]
pub(crate) fn runs(g: &G) {
    if g.runnable_since.get() != 0 {
        LATENCIES.record(os::nanotime() - g.runnable_since.replace(0));
    }
}

/// g parks.
#[inline]
pub(crate) fn parks(g: &G, reason: WaitReason) {
    use WaitReason::{SyncMutexLock, SyncRWMutexLock, SyncRWMutexRLock};
    if matches!(reason, SyncMutexLock | SyncRWMutexRLock | SyncRWMutexLock)
        && g.transitions.get().is_multiple_of(PERIOD)
    {
        g.lock_since.set(os::nanotime());
    }
}

/// Who stops the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stopper {
    Collector,
    Other,
}

/// Somebody begins to stop the world.
pub(crate) fn stop_begins(who: Stopper) {
    FOR_OTHERS.store(who == Stopper::Other, Ordering::Relaxed);
    STOP_BEGAN.store(os::nanotime(), Ordering::Relaxed);
}

/// When the last stop of the world began.
pub(crate) fn stop_began() -> i64 {
    STOP_BEGAN.load(Ordering::Relaxed)
}

/// The world has stopped.
pub(crate) fn world_stopped() {
    let ns = os::nanotime() - STOP_BEGAN.load(Ordering::Relaxed);
    STOPPING[FOR_OTHERS.load(Ordering::Relaxed) as usize].record(ns);
}

/// The world is about to run again.
pub(crate) fn world_starts() {
    let ns = os::nanotime() - STOP_BEGAN.load(Ordering::Relaxed);
    STOPPED[FOR_OTHERS.load(Ordering::Relaxed) as usize].record(ns);
}

/// `runtime.schedStats(buf *uint64, n int)`: numbers, then histograms, in the order of the overlay's metrics.go.
extern "C" fn sched_stats(buf: *mut u64, n: usize) {
    let mut states = [0u64; 4];
    for_each_g(|g| {
        if g.is_system.get() {
            return;
        }
        match g.status() {
            Status::Running => states[0] += 1,
            Status::Runnable => states[1] += 1,
            Status::Waiting => states[2] += 1,
            Status::Syscall => states[3] += 1,
            _ => {}
        }
    });
    let sched = SCHED.lock();
    let [cleanups, finalizers] = SPECIALS.lock().calls();
    let marking = worker::times();
    let unused: u64 = p::all().map(|p| p.goid_end.get() - p.goid_next.get()).sum();
    let numbers = [
        states[0],
        states[1],
        states[2],
        states[3],
        sched.goid - unused,
        sched.m_count as u64,
        LOCK_WAIT.load(Ordering::Relaxed) as u64,
        cleanups.queued,
        cleanups.executed,
        finalizers.queued,
        finalizers.executed,
        marking[0] as u64,
        marking[1] as u64,
        marking[2] as u64,
        cycle::scavenge_ns() as u64,
        given_back_by_growth()[1] as u64,
        roots::variable_bytes() as u64,
    ];
    drop(sched);
    let histograms = [&LATENCIES, &STOPPING[0], &STOPPING[1], &STOPPED[0], &STOPPED[1]];
    let counts = histograms.into_iter().flat_map(|h| h.0.iter().map(|count| count.load(Ordering::Relaxed)));
    for (i, word) in numbers.into_iter().chain(counts).take(n).enumerate() {
        // SAFETY: the caller's buffer has `n` words.
        unsafe { buf.add(i).write(word) };
    }
}
g0_entry!("runtime.schedStats", sched_stats);

extern "C" fn cpu_time() -> i64 {
    os::cpu_time()
}
g0_entry!("runtime.cpuTime", cpu_time);
