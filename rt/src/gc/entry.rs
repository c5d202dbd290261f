//! The collector's entries for the Go side.

use core::ptr;
use core::sync::atomic::Ordering::Relaxed;

use rgo_abi::panic::PanicCode;

use super::mark::Marker;
use super::special::{self, SPECIALS};
use super::stats::{self, MemStats};
use super::{barrier, cycle, leaks, roots};
use crate::entry::Pair;
use crate::mem::malloc::{Zero, mallocgc};
use crate::sched::{self, G, WaitReason, getg, rt_panic};

extern "C" fn gc() {
    let g = getg();
    g.wait[0].set(cycle::force_target() as usize);
    gc_step(g);
}

/// Helps until the cycle asked for is complete, a slice at a time so that others can run.
fn gc_step(g: &'static G) -> Pair {
    if cycle::force_step(g.wait[0].get() as u32) {
        g.wait[0].set(0);
        return Pair(0, 0);
    }
    g.resume.set(Some(gc_step));
    sched::schedule::yield_to_scheduler(g, crate::trace::Stop::Gosched)
}

extern "C" fn free_os_memory() {
    cycle::free_os_memory();
}

extern "C" fn gc_percent() -> i64 {
    cycle::percent() as i64
}

extern "C" fn set_gc_percent(percent: i32) -> i64 {
    cycle::set_percent(percent) as i64
}

extern "C" fn set_memory_limit(limit: i64) -> i64 {
    cycle::set_limit(limit)
}

extern "C" fn mem_stats(out: *mut MemStats, classes: *mut stats::BySize, n: usize, exact: u64) -> u64 {
    if exact == 0 {
        // SAFETY: the overlay passes a `MemStats`, and `n` size classes.
        return unsafe { stats::read(out, classes, n) };
    }
    sched::stop_the_world();
    // SAFETY: as above.
    let tiny = unsafe { stats::read_exactly(out, classes, n) };
    sched::start_the_world();
    tiny
}

extern "C" fn register_pool_cleanup(closure: usize) {
    cycle::register_pool_cleanup(closure);
}

extern "C" fn register_cache_cleanup(closure: usize) {
    cycle::register_cache_cleanup(closure);
}

/// The 8-byte object that holds `addr` until its object dies; one per address.
extern "C" fn register_weak_pointer(addr: usize) -> usize {
    if addr == 0 {
        return 0;
    }
    if special::object_at(addr).is_none() && !roots::is_variable(addr) {
        rt_panic(PanicCode::NotInHeap, addr as u64, 0);
    }
    if let Some(handle) = SPECIALS.lock().weak_handle(addr) {
        return handle;
    }
    // The allocation may collect: the caller holds the object, but perhaps no longer in a register.
    let keep = &getg().wait[4];
    keep.set(addr);
    // SAFETY: on g0 with a P; no type is needed for an object without pointers. A 16-byte slot, because a block of tiny objects
    // would live as long as its neighbours.
    let handle = unsafe { mallocgc(sched::mcache(), 16, ptr::null(), Zero::Yes) } as usize;
    keep.set(0);
    let mut specials = SPECIALS.lock();
    if let Some(first) = specials.weak_handle(addr) {
        return first;
    }
    specials.set_weak_handle(addr, handle);
    barrier::shade(handle);
    handle
}

/// The object of a weak handle, or nil. While a collection marks, an object that becomes reachable here must be marked.
extern "C" fn make_strong_from_weak(handle: *const usize) -> usize {
    if handle.is_null() {
        return 0;
    }
    // SAFETY: a handle made above.
    let object = unsafe { SPECIALS.lock().strong(handle) };
    barrier::shade(object);
    object
}

/// The object at `addr`: its start, and where its slot ends (0 if it may share that with others). (0, 0): no object.
extern "C" fn find_object(addr: usize) -> Pair {
    match special::object_at(addr) {
        None => Pair(0, 0),
        Some((start, _)) if special::may_be_tiny(addr) => Pair(start as u64, 0),
        Some((start, end)) => Pair(start as u64, end as u64),
    }
}

extern "C" fn is_variable(addr: usize) -> u64 {
    roots::is_variable(addr) as u64
}

/// Attaches `closure` as finalizer of the object at `addr`, or removes it (nil).
extern "C" fn set_finalizer(addr: usize, closure: usize) {
    if !SPECIALS.lock().set_finalizer(addr, closure) {
        rt_panic(PanicCode::FinalizerAlreadySet, addr as u64, 0);
    }
    if closure != 0 && barrier::is_marking() {
        barrier::shade(closure);
        let mut marker = Marker::<true>::new();
        marker.scan_referents(addr);
        marker.release();
    }
}

/// Attaches `closure` as cleanup of the object at `addr`.
extern "C" fn add_cleanup(addr: usize, closure: usize) -> u64 {
    barrier::shade(closure);
    SPECIALS.lock().add_cleanup(addr, closure)
}

extern "C" fn stop_cleanup(addr: usize, id: u64) {
    SPECIALS.lock().stop_cleanup(addr, id);
}

/// The next finalizer to call and the object to keep until then; waits for one. For one goroutine.
extern "C" fn next_finalizer() -> Pair {
    next_finalizer_of(getg())
}

fn next_finalizer_of(g: &'static G) -> Pair {
    let mut specials = SPECIALS.lock();
    let returned = g.in_final_call.replace(false);
    if let Some(call) = specials.fetch(true, returned) {
        g.in_final_call.set(true);
        barrier::shade(call.closure);
        barrier::shade(call.object);
        return Pair(call.closure as u64, call.object as u64);
    }
    cycle::FINALIZER_G.store(ptr::from_ref(g).cast_mut(), Relaxed);
    sched::gopark(WaitReason::FinalizerWait, Some(specials.leak()), Some(next_finalizer_of))
}

/// The next cleanup to call, and whether more are due and none of the goroutines for them waits; waits for one.
extern "C" fn next_cleanup() -> Pair {
    next_cleanup_of(getg())
}

fn next_cleanup_of(g: &'static G) -> Pair {
    let mut specials = SPECIALS.lock();
    let returned = g.in_final_call.replace(false);
    if let Some(call) = specials.fetch(false, returned) {
        g.in_final_call.set(true);
        barrier::shade(call.closure);
        let more = specials.has_calls(false);
        drop(specials);
        let wants_more = more && !cycle::wake_for_cleanups();
        return Pair(call.closure as u64, wants_more as u64);
    }
    cycle::wait_for_cleanups(g);
    sched::gopark(WaitReason::CleanupWait, Some(specials.leak()), Some(next_cleanup_of))
}

extern "C" fn find_leaks() {
    cycle::find_leaks();
}

extern "C" fn leak_count() -> usize {
    leaks::count()
}

g0_entry!("runtime/pprof.runtime_goroutineLeakGC", find_leaks);
g0_entry!("runtime/pprof.runtime_goroutineleakcount", leak_count);
g0_entry!("runtime.GC", gc);
g0_entry!("runtime/debug.freeOSMemory", free_os_memory);
g0_entry!("runtime.gcPercent", gc_percent);
g0_entry!("runtime/debug.setGCPercent", set_gc_percent);
g0_entry!("runtime/debug.setMemoryLimit", set_memory_limit);
g0_entry!("runtime.memStats", mem_stats);
g0_entry!("sync.runtime_registerPoolCleanup", register_pool_cleanup);
g0_entry!("runtime.registerCacheCleanup", register_cache_cleanup);
g0_entry!("weak.runtime_registerWeakPointer", register_weak_pointer);
g0_entry!("weak.runtime_makeStrongFromWeak", make_strong_from_weak);
g0_entry!("runtime.setFinalizer", set_finalizer);
g0_entry!("runtime.addCleanup", add_cleanup);
g0_entry!("runtime.stopCleanup", stop_cleanup);
g0_entry!("runtime.nextFinalizer", next_finalizer);
g0_entry!("runtime.nextCleanup", next_cleanup);
g0_entry!("runtime.findObject", find_object);
leaf_entry!("runtime.isVariable", is_variable);

/// Finalizers or cleanups are due or running.
extern "C" fn finalizers_pending() -> u64 {
    SPECIALS.lock().is_busy() as u64
}
g0_entry!("runtime.finalizersPending", finalizers_pending);
