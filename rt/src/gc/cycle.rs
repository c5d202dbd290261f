//! A collection, from "is it time?" to "the world runs again".
//!
//! ```text
//! stop the world → clear pools → flush mcaches → mark roots, drain → finalizers, weak handles → (check) → sweep
//!   → next trigger → start the world → wake the finalizer goroutine, give memory back
//! ```
//! The M that notices the need does all of it on its g0. Everything between stop and start may use the heap's structures without
//! regard to others; only the locks' order still holds, as nobody stops inside one.

use core::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering::Relaxed};

use rgo_abi::size_class::PAGE_SIZE;

use super::mark::Marker;
use super::pacer::{self, Inputs};
use super::settings::Settings;
use super::special::SPECIALS;
use super::{check, roots, stats, sweep, team};
use crate::mem::malloc::{self, Need};
use crate::mem::mcache::MCache;
use crate::mem::mheap::{self, HEAP_LIVE};
use crate::mem::persistent;
use crate::sched::{self, G};
use crate::{arch, os, rt0, stack};

/// Heap size that starts the next cycle.
static TRIGGER: AtomicUsize = AtomicUsize::new(pacer::MIN_HEAP);
static PERCENT: AtomicI32 = AtomicI32::new(100);
static LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);
/// Results of the last cycle, for the pacer.
static LAST_LIVE: AtomicUsize = AtomicUsize::new(0);
static LAST_ROOTS: AtomicUsize = AtomicUsize::new(0);
static STRESS_EVERY: AtomicU32 = AtomicU32::new(0);
static STRESS_COUNT: AtomicU32 = AtomicU32::new(0);
static CHECK: AtomicU32 = AtomicU32::new(0);
static TRACE: AtomicU32 = AtomicU32::new(0);
/// `sync.runtime_registerPoolCleanup`: a func value, 0 for none.
static POOL_CLEANUP: AtomicUsize = AtomicUsize::new(0);
/// The goroutine that runs finalizers, while it waits for one. Set and taken under the lock of `SPECIALS`.
pub static FINALIZER_G: AtomicPtr<G> = AtomicPtr::new(core::ptr::null_mut());

/// Heaps smaller than this are marked by one thread: waking others takes longer.
const PARALLEL_MIN: usize = 8 << 20;

/// Who asked for a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The pacer, or allocation in need.
    Heap,
    /// The program.
    Forced,
}

/// Reads the settings and connects the allocator. The heap exists, no goroutine runs.
pub fn init() {
    let settings = match Settings::parse(rt0::env(b"GOGC"), rt0::env(b"GOMEMLIMIT"), rt0::env(b"RGODEBUG")) {
        Ok(settings) => settings,
        Err(_) => crate::fatal::fatal("malformed GOMEMLIMIT; see `go doc runtime/debug.SetMemoryLimit`"),
    };
    PERCENT.store(settings.percent, Relaxed);
    LIMIT.store(settings.limit, Relaxed);
    STRESS_EVERY.store(settings.stress, Relaxed);
    CHECK.store(settings.check as u32, Relaxed);
    TRACE.store(settings.trace as u32, Relaxed);
    malloc::set_stress(settings.stress > 0);
    set_trigger();
    malloc::set_collector(on_need);
}

/// The allocator's hook.
fn on_need(need: Need) -> *mut MCache {
    match need {
        Need::Pace => collect_while(|| HEAP_LIVE.load(Relaxed) >= TRIGGER.load(Relaxed)),
        Need::Memory => {
            let mut once = true;
            collect_while(|| core::mem::take(&mut once));
        }
        Need::Stress => {
            let every = STRESS_EVERY.load(Relaxed).max(1);
            if STRESS_COUNT.fetch_add(1, Relaxed) % every == every - 1 {
                let mut once = true;
                collect_while(|| core::mem::take(&mut once));
            }
        }
    }
    sched::mcache()
}

/// Collects if `due` still holds once the world is stopped. Does nothing where a goroutine cannot be stopped: pinned to its P, or
/// compiled code called by the scheduler.
fn collect_while(mut due: impl FnMut() -> bool) {
    let m = arch::current_m();
    if m.locks.get() != 0 || m.curg.get().is_none() {
        return;
    }
    while due() {
        if sched::try_stop_the_world() {
            run(Cause::Heap);
            return;
        }
    }
}

/// Collects now.
pub fn force() {
    sched::stop_the_world();
    run(Cause::Forced);
}

/// One cycle: world stopped on entry, started on return.
fn run(cause: Cause) {
    let start = os::nanotime();
    #[cfg(not(test))]
    crate::trace::gc_begin();
    clear_pools();
    flush_mcaches();
    let before = HEAP_LIVE.load(Relaxed);
    let helpers =
        if LAST_LIVE.load(Relaxed) < PARALLEL_MIN { 0 } else { rt0::cpu_count().min(sched::p::count()) - 1 };
    let marked = if helpers > 0 { mark::<true>(helpers as u32) } else { mark::<false>(0) };
    if CHECK.load(Relaxed) != 0
        && let Some(fault) = check::check()
    {
        crate::print::error(format_args!(
            "rgo: gc_check: {} {:#x} at {:#x} in object {:#x}\n",
            fault.why, fault.value, fault.slot, fault.object
        ));
        crate::fatal::throw("heap is inconsistent");
    }
    sched::for_each_g(stack::shrink);
    let mark_end = os::nanotime();
    sweep::sweep();
    let live = marked.bytes;
    HEAP_LIVE.store(live, Relaxed);
    LAST_LIVE.store(live, Relaxed);
    LAST_ROOTS.store(marked.roots, Relaxed);
    set_trigger();
    let end = os::nanotime();
    let number = stats::record_cycle(cause == Cause::Forced, start, end);
    #[cfg(not(test))]
    crate::trace::gc_end(live, TRIGGER.load(Relaxed));
    sched::start_the_world();
    if TRACE.load(Relaxed) != 0 {
        crate::print::error(format_args!(
            "gc {number}: {} -> {} KB, roots {} KB, next at {} KB, mark {} us, sweep {} us\n",
            before >> 10,
            live >> 10,
            marked.roots >> 10,
            TRIGGER.load(Relaxed) >> 10,
            (mark_end - start) / 1000,
            (end - mark_end) / 1000,
        ));
    }
    if marked.queued {
        wake_finalizers();
    }
    give_back();
}

/// Outcome of marking.
struct Marked {
    /// Bytes of live objects.
    bytes: usize,
    /// Bytes of roots looked at.
    roots: usize,
    /// Finalizers or cleanups are due.
    queued: bool,
}

/// Marks everything, and settles finalizers, cleanups and weak handles.
fn mark<const SHARED: bool>(helpers: u32) -> Marked {
    let mut specials = SPECIALS.lock();
    let mut marker = Marker::<SHARED>::new();
    let roots = roots::mark(&mut marker, &specials, &[POOL_CLEANUP.load(Relaxed)]);
    team::drain(&mut marker, helpers);
    specials.mark_finalizable(&mut marker);
    marker.drain();
    let queued = specials.settle(&mut marker);
    marker.drain();
    Marked { bytes: marker.bytes_marked, roots, queued }
}

/// Readies the finalizer goroutine if it waits.
fn wake_finalizers() {
    let specials = SPECIALS.lock();
    let g = FINALIZER_G.swap(core::ptr::null_mut(), Relaxed);
    drop(specials);
    // SAFETY: nil or a G, never freed.
    if let Some(g) = unsafe { g.as_ref() } {
        sched::goready(g);
    }
}

/// Lets `sync.Pool` drop its objects. Compiled code that neither allocates nor parks, on g0.
fn clear_pools() {
    let cleanup = POOL_CLEANUP.load(Relaxed);
    if cleanup != 0 {
        // SAFETY: a func value without parameters, registered by package sync.
        unsafe { arch::call_go(cleanup, &[0; 6]) };
    }
}

/// Names the function for [`clear_pools`].
pub fn register_pool_cleanup(closure: usize) {
    POOL_CLEANUP.store(closure, Relaxed);
}

/// Returns all cached spans to the heap. World stopped.
pub fn flush_mcaches() {
    for p in sched::p::all() {
        // SAFETY: the world is stopped.
        unsafe { p.mcache() }.flush();
    }
}

/// Computes the trigger from the settings and the last cycle.
fn set_trigger() {
    let limit = LIMIT.load(Relaxed);
    TRIGGER.store(
        pacer::trigger(Inputs {
            live: LAST_LIVE.load(Relaxed),
            roots: LAST_ROOTS.load(Relaxed),
            percent: PERCENT.load(Relaxed),
            limit: if limit == i64::MAX { usize::MAX } else { limit.max(0) as usize },
            overhead: overhead(),
        }),
        Relaxed,
    );
}

/// Memory of the program that is not heap.
fn overhead() -> usize {
    persistent::bytes() + LAST_ROOTS.load(Relaxed)
}

/// Gives back free memory beyond a tenth more than the heap may need until the next cycle.
fn give_back() {
    let trigger = TRIGGER.load(Relaxed);
    if trigger == usize::MAX {
        return;
    }
    let live = LAST_LIVE.load(Relaxed);
    let keep = (trigger + trigger / 10).saturating_sub(live).max(1 << 20);
    mheap::scavenge(keep / PAGE_SIZE);
}

/// Collects, and gives back all free memory.
pub fn free_os_memory() {
    force();
    mheap::scavenge(0);
}

/// The heap size at which the next cycle starts.
pub fn next_trigger() -> usize {
    TRIGGER.load(Relaxed)
}

/// `debug.SetGCPercent`.
pub fn set_percent(percent: i32) -> i32 {
    let old = PERCENT.swap(percent.max(-1), Relaxed);
    set_trigger();
    old
}

/// `debug.SetMemoryLimit`; a negative limit only asks.
pub fn set_limit(limit: i64) -> i64 {
    if limit < 0 {
        return LIMIT.load(Relaxed);
    }
    let old = LIMIT.swap(limit, Relaxed);
    set_trigger();
    old
}

/// GOGC is not `off`, or there is a limit.
pub fn is_enabled() -> bool {
    PERCENT.load(Relaxed) >= 0 || LIMIT.load(Relaxed) != i64::MAX
}
