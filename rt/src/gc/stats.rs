//! Numbers for `runtime.MemStats` and friends.
//!
//! Allocation counts are kept by span class where spans are exchanged (mcentral), so the fast path counts nothing; with the
//! mcaches flushed they are exact.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rgo_abi::size_class::{CLASS_TO_SIZE, NUM_SIZE_CLASSES, PAGE_SIZE};

use super::{barrier, cycle, worker};
use crate::mem::mcache::MCache;
use crate::mem::mheap::HeapCounts;
use crate::mem::{arena, mheap, persistent};
use crate::os;
use crate::profile::buckets;
use crate::sched;
use crate::stack;
use crate::sync::Mutex;

/// Size classes that `MemStats.BySize` shows.
const BY_SIZE: usize = 61;

/// `runtime.MemStats`.
#[repr(C)]
pub struct MemStats {
    alloc: u64,
    total_alloc: u64,
    sys: u64,
    lookups: u64,
    mallocs: u64,
    frees: u64,
    heap_alloc: u64,
    heap_sys: u64,
    heap_idle: u64,
    heap_inuse: u64,
    heap_released: u64,
    heap_objects: u64,
    stack_inuse: u64,
    stack_sys: u64,
    mspan_inuse: u64,
    mspan_sys: u64,
    mcache_inuse: u64,
    mcache_sys: u64,
    buck_hash_sys: u64,
    gc_sys: u64,
    other_sys: u64,
    next_gc: u64,
    last_gc: u64,
    pause_total_ns: u64,
    pause_ns: [u64; 256],
    pause_end: [u64; 256],
    num_gc: u32,
    num_forced_gc: u32,
    gc_cpu_fraction: f64,
    enable_gc: bool,
    debug_gc: bool,
    by_size: [BySize; BY_SIZE],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct BySize {
    size: u32,
    mallocs: u64,
    frees: u64,
}

/// Cycles so far.
struct Cycles {
    count: u32,
    forced: u32,
    pause_total: u64,
    /// Wall clock.
    last_end: u64,
    pauses: [u64; 256],
    ends: [u64; 256],
    start: i64,
}

static CYCLES: Mutex<Cycles> = Mutex::new(Cycles {
    count: 0,
    forced: 0,
    pause_total: 0,
    last_end: 0,
    pauses: [0; 256],
    ends: [0; 256],
    start: 0,
});

/// Tiny allocations of caches that have been flushed.
static TINY_ALLOCS: AtomicU64 = AtomicU64::new(0);

/// Notes when the program began.
pub fn init() {
    CYCLES.lock().start = os::nanotime();
}

/// When the parts of a cycle were.
pub struct CycleTimes {
    /// Start of the first pause.
    pub began: i64,
    /// Lengths of the pauses.
    pub pauses: [i64; 2],
    /// End of the last pause.
    pub end: i64,
}

/// When the program began.
pub fn start_time() -> i64 {
    CYCLES.lock().start
}

/// Share of the processors' time since the program began that went into collecting, in percent.
pub fn cpu_percent() -> u64 {
    let (start, pauses) = {
        let cycles = CYCLES.lock();
        (cycles.start, cycles.pause_total)
    };
    let procs = sched::p::count() as u64;
    let all = (os::nanotime() - start).max(1) as u64 * procs;
    (worker::mark_ns().max(0) as u64 + pauses * procs) * 100 / all
}

/// Books a cycle; returns its number.
pub fn record_cycle(forced: bool, times: &CycleTimes) -> u32 {
    let pause = times.pauses.iter().sum::<i64>().max(0) as u64;
    let (seconds, nanos) = os::walltime();
    let mut cycles = CYCLES.lock();
    let at = cycles.count as usize % 256;
    let wall = seconds as u64 * 1_000_000_000 + nanos as u64;
    cycles.pauses[at] = pause;
    cycles.ends[at] = wall;
    cycles.last_end = wall;
    cycles.pause_total += pause;
    cycles.count += 1;
    cycles.forced += forced as u32;
    cycles.count
}

/// Adds a cache's tiny allocations to the total. World stopped.
pub fn collect_tiny(cache: &mut MCache) {
    TINY_ALLOCS.fetch_add(core::mem::take(&mut cache.tiny_allocs), Relaxed);
}

/// Objects allocated and freed, by size class.
type ByClass = [(u64, u64); NUM_SIZE_CLASSES];

/// What [`read`] has said last.
static SAID: Mutex<ByClass> = Mutex::new([(0, 0); NUM_SIZE_CLASSES]);

/// Fills `out`, and `n` of `classes` (of which the first is that of large objects), without what is in the mcaches; returns the number of
/// tiny allocations. The world runs.
///
/// # Safety
/// `out` points to a `runtime.MemStats`, `classes` to `n` of the overlay's `sizeClassStats`.
pub unsafe fn read(out: *mut MemStats, classes: *mut BySize, n: usize) -> u64 {
    let mut counts = mheap::counts();
    let mut said = SAID.lock();
    // A slot of a run that turns out never to be an object has been counted already: until reality catches up, so it stays.
    for (now, last) in counts.by_class.iter_mut().zip(said.iter_mut()) {
        *now = (now.0.max(last.0), now.1.max(last.1));
        *last = *now;
    }
    drop(said);
    // SAFETY: the caller's promise.
    unsafe { fill(out, classes, n, &counts) }
}

/// As [`read`], including what is in the mcaches. World stopped.
///
/// # Safety
/// As for [`read`].
pub unsafe fn read_exactly(out: *mut MemStats, classes: *mut BySize, n: usize) -> u64 {
    let black = cycle::flush_mcaches();
    if barrier::is_marking() {
        // What was allocated black so far still counts at the end.
        worker::add_marked(black);
    }
    let mut counts = mheap::counts();
    for p in sched::p::all() {
        // SAFETY: the world is stopped.
        let cache = unsafe { p.mcache() };
        cache.for_each_unused(|class, n| counts.by_class[class.size_class()].0 -= n);
    }
    // SAFETY: the caller's promise.
    unsafe { fill(out, classes, n, &counts) }
}

/// Writes what follows from the counts.
///
/// # Safety
/// As for [`read`].
unsafe fn fill(out: *mut MemStats, classes: *mut BySize, n: usize, counts: &HeapCounts) -> u64 {
    let tiny = TINY_ALLOCS.load(Relaxed);
    let mut by_size = [BySize { size: 0, mallocs: 0, frees: 0 }; BY_SIZE];
    let (mut mallocs, mut frees) = (tiny, tiny);
    let (mut bytes, mut freed_bytes) = (counts.large.alloc_bytes, counts.large.free_bytes);
    for (class, &(made, freed)) in counts.by_class.iter().enumerate() {
        let size = CLASS_TO_SIZE[class] as u64;
        mallocs += made;
        frees += freed;
        bytes += made * size;
        freed_bytes += freed * size;
        let stats = BySize { size: size as u32, mallocs: made, frees: freed };
        if class > 0 && class < BY_SIZE {
            by_size[class] = stats;
        }
        if class < n {
            // SAFETY: the caller's promise.
            unsafe { classes.add(class).write(stats) };
        }
    }
    let [limit, free, clean] = counts.pages.map(|n| (n * PAGE_SIZE) as u64);
    let alloc = bytes - freed_bytes;
    // Freed objects whose pages are free may not all be counted while the world runs.
    let in_use = (limit - free).max(alloc);
    let stacks = stack::bytes() as u64;
    let cache_bytes = (sched::p::all().count() * size_of::<MCache>()) as u64;
    let tables = (arena::usable() / 64 + arena::usable() / PAGE_SIZE * 8) as u64;
    let buckets = buckets::bytes();
    let other = (persistent::bytes() as u64).saturating_sub((counts.struct_bytes + buckets.counted) as u64);
    let cycles = CYCLES.lock();
    let elapsed = (os::nanotime() - cycles.start).max(1) as f64 * sched::p::count() as f64;
    let stats = MemStats {
        alloc,
        total_alloc: bytes,
        // What is reserved from the system less what has been given back stays visible in HeapReleased, as in gc.
        sys: limit
            + stacks
            + counts.struct_bytes as u64
            + cache_bytes
            + tables
            + buckets.all() as u64
            + other,
        lookups: 0,
        mallocs,
        frees,
        heap_alloc: alloc,
        heap_sys: limit,
        heap_idle: limit - in_use,
        heap_inuse: in_use,
        heap_released: clean.min(limit - in_use),
        heap_objects: mallocs - frees,
        stack_inuse: stacks,
        stack_sys: stacks,
        mspan_inuse: counts.struct_bytes as u64,
        mspan_sys: counts.struct_bytes as u64,
        mcache_inuse: cache_bytes,
        mcache_sys: cache_bytes,
        buck_hash_sys: buckets.all() as u64,
        gc_sys: tables,
        other_sys: other,
        next_gc: cycle::next_goal() as u64,
        last_gc: cycles.last_end,
        pause_total_ns: cycles.pause_total,
        pause_ns: cycles.pauses,
        pause_end: cycles.ends,
        num_gc: cycles.count,
        num_forced_gc: cycles.forced,
        gc_cpu_fraction: (worker::mark_ns() as f64 + cycles.pause_total as f64 * sched::p::count() as f64)
            / elapsed,
        enable_gc: cycle::is_enabled(),
        debug_gc: false,
        by_size,
    };
    // SAFETY: the caller's promise.
    unsafe { out.write(stats) };
    tiny
}
