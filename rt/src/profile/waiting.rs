//! The block profile (who waited, for how long), the mutex profile (who kept others waiting), and the thread profile.
//!
//! Parking notes the time when one of the profiles is on; making the goroutine runnable again looks at the clock and, if the event
//! is sampled, counts it for the stack of the goroutine that waited, which is still parked. Releasing a lock counts the
//! waiter's time for the releaser's stack.

use super::MAX_DEPTH;
use super::buckets::{self, Kind};
use crate::os;
use crate::sched::{G, WaitReason};
use crate::symtab;
use crate::traceback::{Frames, collect, collect_outer, entry_of};
use core::sync::atomic::{AtomicI64, Ordering};

/// Nanoseconds of waiting per sampled event; 0: off.
static BLOCK_RATE: AtomicI64 = AtomicI64::new(0);
/// One of so many contention events is sampled; 0: off.
static MUTEX_FRACTION: AtomicI64 = AtomicI64::new(0);

fn is_on() -> bool {
    BLOCK_RATE.load(Ordering::Relaxed) != 0 || MUTEX_FRACTION.load(Ordering::Relaxed) != 0
}

/// Does waiting for this reason count as blocking?
fn is_blocking(reason: WaitReason) -> bool {
    use WaitReason::*;
    matches!(
        reason,
        ChanReceive
            | ChanSend
            | Select
            | Semacquire
            | SyncMutexLock
            | SyncRWMutexRLock
            | SyncRWMutexLock
            | SyncWaitGroupWait
            | SyncCondWait
            | SynctestChanReceive
            | SynctestChanSend
            | SynctestSelect
            | SynctestWaitGroupWait
    )
}

/// How many calls between a lock's user and rt are package sync's own, as that says; for the reasons below it is kept in
/// `G::block_skip`. The innermost frame of a wait for a channel is the entry, as in gc.
fn skip_of(g: &G, reason: WaitReason) -> usize {
    use WaitReason::*;
    match reason {
        SyncMutexLock | SyncRWMutexRLock | SyncRWMutexLock => g.block_skip.get() as usize,
        _ => 0,
    }
}

fn is_channel(reason: WaitReason) -> bool {
    use WaitReason::*;
    matches!(
        reason,
        ChanReceive | ChanSend | Select | SynctestChanReceive | SynctestChanSend | SynctestSelect
    )
}

/// g is about to park.
#[inline]
pub(crate) fn parking(g: &G, reason: WaitReason) {
    if is_on() && is_blocking(reason) {
        g.block_since.set(os::nanotime());
    }
}

/// g, which is parked, is about to become runnable.
#[inline]
pub(crate) fn readying(g: &'static G) {
    if g.block_since.get() != 0 {
        waited(g);
    }
}

#[cold]
fn waited(g: &'static G) {
    block_event(g, Some(g.wait_reason.get()), os::nanotime() - g.block_since.replace(0));
}

/// g has waited for `ns`, for this reason if it was parked: counts it, if it is sampled.
fn block_event(g: &'static G, reason: Option<WaitReason>, ns: i64) {
    let rate = BLOCK_RATE.load(Ordering::Relaxed);
    if rate <= 0 || ns <= 0 {
        return;
    }
    // Long events always, short ones in proportion to their length; then these count for as many as they stand for.
    if rate > ns && random_below(rate) > ns {
        return;
    }
    let mut pcs = [0; MAX_DEPTH];
    let mut n = 0;
    if reason.is_some_and(is_channel)
        && let Some(entry) = entry_of(g)
    {
        pcs[0] = symtab::entry(entry) + 1;
        n = 1;
    }
    let skip = reason.map_or(0, |reason| skip_of(g, reason));
    n += collect_outer(Frames::of(g), skip, &mut pcs[n..]);
    let (events, ns) = if ns < rate { (rate as f64 / ns as f64, rate) } else { (1.0, ns) };
    count(Kind::Block, &pcs[..n], events, ns);
}

/// The running goroutine hands a lock to `waiter`, which is still parked. `skip` is how many of its calls are package sync's own.
#[inline]
pub(crate) fn released(waiter: &'static G, skip: usize) {
    let fraction = MUTEX_FRACTION.load(Ordering::Relaxed);
    if fraction > 0 && waiter.block_since.get() != 0 && random_below(fraction) == 0 {
        let ns = os::nanotime() - waiter.block_since.get();
        let mut pcs = [0; MAX_DEPTH];
        let n = collect_outer(Frames::of(crate::sched::getg()), skip, &mut pcs);
        count(Kind::Mutex, &pcs[..n], fraction as f64, fraction * ns.max(0));
    }
}

fn random_below(n: i64) -> i64 {
    let random = (crate::random::cheap() as u64) << 32 | crate::random::cheap() as u64;
    (random % n as u64) as i64
}

/// Adds `events` and `ns` to the bucket of the stack.
fn count(kind: Kind, stack: &[usize], events: f64, ns: i64) {
    buckets::with(kind, 0, stack, |b| {
        b.counts[0].set((f64::from_bits(b.counts[0].get()) + events).to_bits());
        b.counts[1].set(b.counts[1].get().wrapping_add(ns as u64));
    });
}

/// A thread is being made for the goroutine that runs here, if one does.
pub(crate) fn thread_created() {
    let mut pcs = [0; MAX_DEPTH];
    let n = match crate::arch::current_m().curg.get() {
        Some(g) => collect(Frames::of(g), pcs.as_mut_ptr(), MAX_DEPTH),
        None => 0,
    };
    buckets::with(Kind::Thread, 0, &pcs[..n], |b| b.counts[0].set(b.counts[0].get() + 1));
}

/// `runtime.blockevent(ns int64, skip int)`: what package sync would report of a wait of the caller; for tests of the profile.
extern "C" fn blockevent(ns: i64, _skip: i64) {
    block_event(crate::sched::getg(), None, ns.max(1));
}
g0_entry!("runtime.blockevent", blockevent);

extern "C" fn set_block_rate(ns: i64) {
    BLOCK_RATE.store(ns.max(0), Ordering::Relaxed);
}
leaf_entry!("runtime.setBlockProfileRate", set_block_rate);

/// A negative rate only asks.
extern "C" fn set_mutex_fraction(rate: i64) -> i64 {
    if rate < 0 {
        return MUTEX_FRACTION.load(Ordering::Relaxed);
    }
    MUTEX_FRACTION.swap(rate, Ordering::Relaxed)
}
leaf_entry!("runtime.setMutexProfileFraction", set_mutex_fraction);
