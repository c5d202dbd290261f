//! The collector's entries for the Go side.

use core::ptr;
use core::sync::atomic::Ordering::Relaxed;

use rgo_abi::panic::PanicCode;

use super::mark::Marker;
use super::special::{self, SPECIALS};
use super::stats::{self, MemStats};
use super::{barrier, cycle, leaks};
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
    if special::object_base(addr).is_none() {
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

/// Attaches `closure` as finalizer of the object at `addr`, or removes it (nil). False: not a heap object.
extern "C" fn set_finalizer(addr: usize, closure: usize) -> u64 {
    match special::object_base(addr) {
        None => return 0,
        // Tiny objects share a block, so any place in one may be an object's start.
        Some(base) if base != addr && !special::may_be_tiny(addr) => {
            rt_panic(PanicCode::NotAtBlockStart, addr as u64, 0)
        }
        Some(_) => {}
    }
    if !SPECIALS.lock().set_finalizer(addr, closure) {
        rt_panic(PanicCode::FinalizerAlreadySet, addr as u64, 0);
    }
    if closure != 0 && barrier::is_marking() {
        barrier::shade(closure);
        let mut marker = Marker::<true>::new();
        marker.scan_referents(addr);
        marker.release();
    }
    1
}

extern "C" fn add_cleanup(addr: usize, closure: usize) -> u64 {
    if special::object_base(addr).is_none() {
        return 0;
    }
    barrier::shade(closure);
    SPECIALS.lock().add_cleanup(addr, closure)
}

extern "C" fn stop_cleanup(addr: usize, id: u64) {
    SPECIALS.lock().stop_cleanup(addr, id);
}

/// The next closure to call and the object to keep until then; waits for one. For one goroutine.
extern "C" fn next_finalizer() -> Pair {
    next_call(getg())
}

fn next_call(g: &'static G) -> Pair {
    g.in_final_call.set(false);
    let mut specials = SPECIALS.lock();
    if let Some(call) = specials.fetch() {
        g.in_final_call.set(true);
        barrier::shade(call.closure);
        barrier::shade(call.object);
        return Pair(call.closure as u64, call.object as u64);
    }
    cycle::FINALIZER_G.store(ptr::from_ref(g).cast_mut(), Relaxed);
    sched::gopark(WaitReason::FinalizerWait, Some(specials.leak()), Some(next_call))
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

/// Finalizers or cleanups are due or running.
extern "C" fn finalizers_pending() -> u64 {
    SPECIALS.lock().is_busy() as u64
}
g0_entry!("runtime.finalizersPending", finalizers_pending);
