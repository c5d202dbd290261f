//! Birth and death of goroutines, and the list of all of them.

use super::g::{G, Status, WaitReason};
use super::idle::{self, SCHED};
use super::p::P;
use super::queue::GQueue;
use super::schedule::{run_queue_put, schedule};
use crate::arch::{SavedFrame, current_m, prepare_entry, run_on_g0};
use crate::gc::{barrier, stacks};
use crate::traceback::ancestors;
use crate::{arch, os, stack, symtab, synctest, trace, traceback};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Gs come in chunks; chunk c holds `CHUNK` of them. Never freed.
const CHUNK: usize = 512;
const MAX_CHUNKS: usize = 1 << 15;
static CHUNKS: [AtomicPtr<G>; MAX_CHUNKS] = [const { AtomicPtr::new(null_mut()) }; MAX_CHUNKS];
/// Gs made so far. Grows under the scheduler's lock.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Goroutines that exist, without the runtime's own.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Dead Gs a P keeps before it gives half away.
const MAX_FREE_PER_P: u32 = 64;
const GOID_BATCH: u64 = 16;

/// Number of Gs made so far, dead ones included.
pub(crate) fn made() -> usize {
    COUNT.load(Ordering::Acquire)
}

/// The G with this number, below [`made`].
pub(crate) fn get(i: usize) -> &'static G {
    let chunk = CHUNKS[i / CHUNK].load(Ordering::Acquire);
    // SAFETY: COUNT says that this G has been made; Gs are never freed.
    unsafe { &*chunk.add(i % CHUNK) }
}

/// Calls `f` for every goroutine that is not dead.
pub(crate) fn for_each_g(mut f: impl FnMut(&'static G)) {
    for g in (0..made()).map(get) {
        if !matches!(g.status(), Status::Idle | Status::Dead) {
            f(g);
        }
    }
}

/// Number of goroutines, as `runtime.NumGoroutine` counts.
pub(crate) fn live() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// A new G, not counted as a goroutine yet.
pub(crate) fn make_g() -> &'static G {
    let _lock = SCHED.lock();
    let i = COUNT.load(Ordering::Relaxed);
    if i / CHUNK >= MAX_CHUNKS {
        crate::fatal::out_of_memory();
    }
    let mut chunk = CHUNKS[i / CHUNK].load(Ordering::Relaxed);
    if chunk.is_null() {
        let size = (CHUNK * size_of::<G>()).next_multiple_of(os::PAGE_SIZE);
        let Some(memory) = os::map(size) else { crate::fatal::out_of_memory() };
        chunk = memory as *mut G;
        CHUNKS[i / CHUNK].store(chunk, Ordering::Release);
    }
    // SAFETY: the chunk has room for CHUNK Gs and this one is not in use.
    let place = unsafe { chunk.add(i % CHUNK) };
    // SAFETY: as above.
    unsafe { place.write(G::new()) };
    COUNT.store(i + 1, Ordering::Release);
    // SAFETY: just written, never freed.
    unsafe { &*place }
}

fn free_get(p: &'static P) -> Option<&'static G> {
    if p.free_g.get().is_none() {
        let mut sched = SCHED.lock();
        while p.free_g_count.get() < MAX_FREE_PER_P / 2
            && let Some(g) = sched.free_gs.pop()
        {
            free_put_local(p, g);
        }
    }
    let g = p.free_g.get()?;
    p.free_g.set(g.sched_link.take());
    p.free_g_count.set(p.free_g_count.get() - 1);
    Some(g)
}

fn free_put_local(p: &'static P, g: &'static G) {
    g.sched_link.set(p.free_g.get());
    p.free_g.set(Some(g));
    p.free_g_count.set(p.free_g_count.get() + 1);
}

fn free_put(p: &'static P, g: &'static G) {
    free_put_local(p, g);
    if p.free_g_count.get() >= MAX_FREE_PER_P {
        free_give(p, MAX_FREE_PER_P / 2);
    }
}

/// Moves dead Gs to the global list until `keep` are left.
pub(crate) fn free_give(p: &'static P, keep: u32) {
    let mut batch = GQueue::new();
    while p.free_g_count.get() > keep
        && let Some(g) = p.free_g.get()
    {
        p.free_g.set(g.sched_link.take());
        p.free_g_count.set(p.free_g_count.get() - 1);
        batch.push(g);
    }
    let mut sched = SCHED.lock();
    while let Some(g) = batch.pop() {
        sched.free_gs.push(g);
    }
}

fn next_goid(p: &'static P) -> u64 {
    if p.goid_next.get() == p.goid_end.get() {
        let mut sched = SCHED.lock();
        p.goid_next.set(sched.goid + 1);
        sched.goid += GOID_BATCH;
        p.goid_end.set(sched.goid + 1);
    }
    let id = p.goid_next.get();
    p.goid_next.set(id + 1);
    id
}

/// Makes a goroutine that will call the closure `func`; it is `Waiting` and in no queue.
fn create(func: usize, created_by_pc: usize, parent: Option<&'static G>) -> &'static G {
    if func == 0 {
        crate::fatal::fatal("go of nil func value");
    }
    let p = current_m().p();
    let g = match free_get(p) {
        Some(g) => g,
        None => make_g(),
    };
    // SAFETY: a func value points at its code address.
    let code = unsafe { *(func as *const usize) };
    // The main goroutine is the only one of its kind.
    let size = match super::init::main_started() {
        false => stack::LARGE_FIRST_SIZE,
        true => stack::Tendency::of(code).first_size(),
    };
    let segment = stacks::with_lock(g, || {
        g.set_status(Status::Dead);
        stack::first_segment(g, size)
    });
    // SAFETY: the segment is empty and its end is 16-aligned.
    let sp = unsafe { prepare_entry(segment.hi(), code, g.addr()) };
    g.sched_sp.set(sp);
    g.ctxt.set(func);
    g.start_pc.set(code);
    g.created_by_pc.set(created_by_pc);
    g.parent.set(parent.map_or(0, |g| g.goid.get()));
    g.labels.set(parent.map_or(0, |g| g.labels.get()));
    if let Some(parent) = parent {
        ancestors::record(g, parent);
    }
    g.go_flags.set(0);
    g.goid.set(next_goid(p));
    // So that short-lived goroutines are timed as often as others.
    g.transitions.set(g.goid.get() as u32);
    g.wait_reason.set(WaitReason::Zero);
    g.leaked.set(false);
    LIVE.fetch_add(1, Ordering::Relaxed);
    // All that the new stack refers to is the closure: the goroutine is born black.
    barrier::shade(func);
    barrier::shade(g.labels.get());
    g.gc_scanned.store(barrier::cycle(), Ordering::Relaxed);
    g.set_status(Status::Waiting);
    g
}

/// Return address of the entry stub that the running goroutine is in: a place in its caller.
fn caller_pc(g: &'static G) -> usize {
    // SAFETY: while rt runs for g, `sched_sp` points at the frame that `call_g0` saved.
    unsafe { (*(g.sched_sp.get() as *const SavedFrame)).return_pc }
}

/// A place in the Go function that called rt from g0 (a timer's function); 0 if there is none.
fn caller_on_g0() -> usize {
    let top = current_m().g0_sp.get();
    let mut fp = arch::frame_pointer();
    for _ in 0..16 {
        if fp == 0 || !fp.is_multiple_of(8) || fp + 2 * size_of::<usize>() > top {
            break;
        }
        // SAFETY: a frame of this M's g0 stack, in use.
        let [caller_fp, pc] = unsafe { *(fp as *const [usize; 2]) };
        if symtab::is_go_code(pc) {
            return pc;
        }
        if caller_fp <= fp {
            break;
        }
        fp = caller_fp;
    }
    0
}

/// `go func()`: starts a goroutine.
pub(crate) extern "C" fn newproc(func: usize) {
    if func == 0 {
        crate::fatal::fatal("go of nil func value");
    }
    let caller = match current_m().curg.get() {
        Some(g) => caller_pc(g),
        None => caller_on_g0(),
    };
    start(func, caller, Owner::Program, |_| {});
}

/// Starts a goroutine of the runtime: not alive for `NumGoroutine`, and no reason against deadlock.
extern "C" fn new_system_proc(func: usize) {
    let parent = current_m().curg.get();
    start(func, parent.map_or(0, caller_pc), Owner::Runtime, |_| {});
}
g0_entry!("runtime.newSystemProc", new_system_proc);

/// Whom a goroutine belongs to.
#[derive(PartialEq, Eq)]
pub(crate) enum Owner {
    Program,
    Runtime,
}

/// Starts a goroutine; `before` sees it before it can run.
pub(crate) fn start(func: usize, created_by_pc: usize, owner: Owner, before: impl FnOnce(&'static G)) {
    if owner == Owner::Program && super::init::main_started() {
        super::procs::settle();
    }
    let m = current_m();
    let parent = m.curg.get();
    let g = create(func, created_by_pc, parent);
    if owner == Owner::Runtime {
        g.is_system.set(true);
        LIVE.fetch_sub(1, Ordering::Relaxed);
    } else if let Some(bubble) = synctest::current() {
        bubble.enter(g, true);
    }
    before(g);
    trace::go_create(g, false);
    super::stats::becomes_runnable(g);
    g.set_status(Status::Runnable);
    run_queue_put(m.p(), g, true);
    // A goroutine of the runtime is in no hurry: it runs when this M looks for work, or when there are other threads anyway.
    if owner == Owner::Program && super::init::main_started() {
        super::sysmon::start();
        idle::wake_p();
    }
}
g0_entry!("runtime.newproc", newproc);

extern "C" fn new_coroutine(func: usize) -> u64 {
    let parent = current_m().curg.get();
    let g = create(func, parent.map_or(0, traceback::caller_of_newcoro), parent);
    g.wait_reason.set(WaitReason::Coroutine);
    if let Some(bubble) = synctest::current() {
        bubble.enter(g, false);
    }
    trace::go_create(g, true);
    g.addr() as u64
}
g0_entry!("runtime.newCoroutine", new_coroutine);

/// The running goroutine ends.
pub(crate) extern "C" fn goroutine_end() -> ! {
    let m = current_m();
    let Some(g) = m.curg.get() else { crate::fatal::throw("goexit on a scheduler stack") };
    if retire(m, g) {
        super::lock_thread::end_thread(m);
    }
    // SAFETY: nothing on g0's stack is needed any more.
    unsafe { run_on_g0(schedule) }
}

/// The last of `g`, which runs on `m`; whether the thread is to end with it.
pub(crate) fn retire(m: &'static super::m::M, g: &'static G) -> bool {
    trace::go_end();
    if let Some(bubble) = g.bubble.get() {
        bubble.exit(g);
    }
    g.set_status(Status::Dead);
    m.curg.set(None);
    g.m.store(null_mut(), Ordering::Relaxed);
    for field in [&g.ctxt, &g.defer_frame, &g.panic, &g.labels, &g.param, &g.waiting] {
        field.set(0);
    }
    g.wait.iter().for_each(|w| w.set(0));
    g.resume.set(None);
    ancestors::forget(g);
    // A thread that a goroutine has kept for itself may be in any state (namespaces, signal mask): it ends with it.
    let ends_thread = g.locked_m.take().is_some();
    g.lock_count.set(0);
    if ends_thread {
        m.locked_g.set(None);
    }
    g.in_final_call.set(false);
    if !g.is_system.replace(false) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
    stack::release_segments(g);
    g.set_status(Status::Idle);
    free_put(m.p(), g);
    ends_thread
}

extern "C" fn goexit1() {
    goroutine_end();
}
g0_entry!("runtime.goexit1", goexit1);

extern "C" fn num_goroutine() -> u64 {
    live() as u64
}
g0_entry!("runtime.NumGoroutine", num_goroutine);
