//! The execution trace of `runtime/trace`: events of the scheduler, system calls, the collector and the program's own, in Go's
//! format of version 1.26 (`internal/trace/tracev2` describes it), which `go tool trace` reads.
//!
//! Every M writes to a buffer of its own; full buffers queue up for the reader. A trace is a sequence of generations, each
//! readable alone: it begins with the states of all Ps and goroutines and ends with the tables of stacks and strings.
//! A generation begins and ends with the world stopped, so events of Ms with a P cannot straddle the border. What
//! Ms without a P do to goroutines (end system calls, deliver the poller's events) happens under the scheduler's lock or
//! [`without_change`], both of which the border takes.
//!
//! The order of events on different Ms follows from sequence numbers in Gs and Ps, which the owner of the G or P counts up.

mod buffer;
mod interned;
mod leb128;
mod reader;
mod tables;
mod user;

use crate::arch::current_m;
use crate::os;
use crate::sched::g::{G, Status, WaitReason};
use crate::sched::idle::{SCHED, Sched};
use crate::sched::m::M;
use crate::sched::p::{self, P};
use crate::sched::{for_each_g, start_the_world, stop_the_world};
use crate::sync::{Mutex, MutexGuard};
use buffer::emit;
pub(crate) use buffer::is_on;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use tables::{stack_of, string};

/// Events; the numbers and arguments are the format's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Event {
    Batch = 1,
    Stacks = 2,
    Stack = 3,
    Strings = 4,
    String = 5,
    Frequency = 8,
    ProcsChange = 9,
    ProcStart = 10,
    ProcStop = 11,
    ProcSteal = 12,
    ProcStatus = 13,
    GoCreate = 14,
    GoStart = 16,
    GoDestroy = 17,
    GoStop = 19,
    GoBlock = 20,
    GoUnblock = 21,
    GoSyscallBegin = 22,
    GoSyscallEnd = 23,
    GoSyscallEndBlocked = 24,
    StwBegin = 26,
    StwEnd = 27,
    GcActive = 28,
    GcBegin = 29,
    GcEnd = 30,
    HeapAlloc = 37,
    HeapGoal = 38,
    UserTaskBegin = 40,
    UserTaskEnd = 41,
    UserRegionBegin = 42,
    UserRegionEnd = 43,
    UserLog = 44,
    GoCreateBlocked = 47,
    GoStatusStack = 48,
    Sync = 50,
    ClockSnapshot = 51,
    EndOfGeneration = 52,
}

/// States of a goroutine and of a P in status events.
const GO_RUNNABLE: u64 = 1;
const GO_RUNNING: u64 = 2;
const GO_SYSCALL: u64 = 3;
const GO_WAITING: u64 = 4;
const PROC_RUNNING: u64 = 1;
const PROC_IDLE: u64 = 2;
/// Thread of what belongs to none.
const NO_THREAD: u64 = u64::MAX;

/// Units of time per second.
const FREQUENCY: u64 = 1_000_000_000;

/// Held while a generation begins or ends.
static CHANGE: Mutex<()> = Mutex::new(());
/// The generation has said of so many Ps, the first ones, in which state they were.
static KNOWN_PS: AtomicUsize = AtomicUsize::new(0);
/// Number of GC events so far.
static GC_SEQ: AtomicU64 = AtomicU64::new(0);
/// A collection has begun, and its end is not in the trace yet. Written with the world stopped, or by who takes [`GC_ENDS`].
static IN_GC: AtomicBool = AtomicBool::new(false);
/// A collection has ended where no goroutine ran, but the format wants one: the next goroutine that starts notes it.
static GC_ENDS: AtomicBool = AtomicBool::new(false);
/// Heap in use and goal of that collection.
static GC_RESULT: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Keeps the generation from changing: for Ms that make goroutines runnable without a P.
pub(crate) fn without_change() -> MutexGuard<'static, ()> {
    CHANGE.lock()
}

/// Why a running goroutine gave way.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    Gosched,
    Preempted,
}

/// What the format calls a reason to wait.
fn block_reason(reason: WaitReason) -> &'static str {
    use WaitReason::*;
    match reason {
        ChanReceiveNil | ChanSendNil | SelectNoCases => "forever",
        IOWait => "network",
        Select | SynctestSelect => "select",
        SyncCondWait => "sync.(*Cond).Wait",
        Semacquire
        | SyncMutexLock
        | SyncRWMutexRLock
        | SyncRWMutexLock
        | SyncWaitGroupWait
        | SynctestWaitGroupWait => "sync",
        ChanSend | SynctestChanSend => "chan send",
        ChanReceive | SynctestChanReceive => "chan receive",
        GCAssistWait => "GC mark assist wait for work",
        GCWorker | FinalizerWait | CleanupWait | SystemGoroutine => "system goroutine wait",
        Preempted => "preempted",
        GCCycle => "wait until GC ends",
        Sleep => "sleep",
        SynctestRun | SynctestWait => "synctest",
        _ => "unspecified",
    }
}

fn next_seq(counter: &core::cell::Cell<u64>) -> u64 {
    counter.set(counter.get() + 1);
    counter.get()
}

fn running_stack() -> u64 {
    current_m().curg.get().map_or(0, stack_of)
}

/// The M takes P `p`, of which it is the holder.
#[inline]
pub(crate) fn proc_start(p: &P) {
    if is_on() {
        emit(Event::ProcStart, &[p.id as u64, next_seq(&p.trace_seq)]);
    }
}

/// The M gives its P up.
#[inline]
pub(crate) fn proc_stop() {
    if is_on() {
        emit(Event::ProcStop, &[]);
    }
}

/// The P of an M in a system call has been taken; the caller is its holder now.
pub(crate) fn proc_steal(p: &P) {
    if is_on() {
        // SAFETY: nil or an M, never freed.
        let m = unsafe { p.m.load(Ordering::Acquire).as_ref() };
        let from = m.map_or(NO_THREAD, |m| m.id.get() as u64);
        emit(Event::ProcSteal, &[p.id as u64, next_seq(&p.trace_seq), from]);
    }
}

/// `new` has been made, and will be runnable, or blocked (a coroutine).
#[inline]
pub(crate) fn go_create(new: &G, blocked: bool) {
    new.trace_seq.set(0);
    if is_on() {
        let event = if blocked { Event::GoCreateBlocked } else { Event::GoCreate };
        emit(event, &[new.goid.get(), tables::stack(&[new.start_pc.get() + 1]), running_stack()]);
    }
}

/// g, which the M is about to run, starts.
#[inline]
pub(crate) fn go_start(g: &G) {
    if is_on() {
        emit(Event::GoStart, &[g.goid.get(), next_seq(&g.trace_seq)]);
        if GC_ENDS.load(Ordering::Relaxed) {
            emit_gc_end();
        }
    }
}

/// The running goroutine ends.
#[inline]
pub(crate) fn go_end() {
    if is_on() {
        emit(Event::GoDestroy, &[]);
    }
}

/// The running goroutine gives way.
#[inline]
pub(crate) fn go_stop(g: &'static G, why: Stop) {
    if is_on() {
        let why = match why {
            Stop::Gosched => "runtime.Gosched",
            Stop::Preempted => "preempted",
        };
        emit(Event::GoStop, &[string(why), stack_of(g)]);
    }
}

/// The running goroutine parks.
#[inline]
pub(crate) fn go_block(g: &'static G, reason: WaitReason) {
    if is_on() {
        emit(Event::GoBlock, &[string(block_reason(reason)), stack_of(g)]);
    }
}

/// g, which the caller has taken off what it waited on, becomes runnable.
#[inline]
pub(crate) fn go_unblock(g: &G) {
    if is_on() {
        emit(Event::GoUnblock, &[g.goid.get(), next_seq(&g.trace_seq), running_stack()]);
    }
}

/// The running goroutine enters a system call; its M still holds `p`.
#[inline]
pub(crate) fn syscall_begin(g: &'static G, p: &P) {
    if is_on() {
        emit(Event::GoSyscallBegin, &[next_seq(&p.trace_seq), stack_of(g)]);
    }
}

/// It leaves it with the P it had.
#[inline]
pub(crate) fn syscall_end() {
    if is_on() {
        emit(Event::GoSyscallEnd, &[]);
    }
}

/// It leaves it, but the P is gone. Under the scheduler's lock, which is held until the goroutine's state has changed.
#[inline]
pub(crate) fn syscall_end_blocked(_: &Sched) {
    if is_on() {
        emit(Event::GoSyscallEndBlocked, &[]);
    }
}

/// It leaves it, its P was taken, and it has taken it back from another M.
#[inline]
pub(crate) fn syscall_end_without_p(g: &G, p: &P) {
    if is_on() {
        emit(Event::GoSyscallEndBlocked, &[]);
        proc_start(p);
        go_start(g);
    }
}

/// GOMAXPROCS is `n` now. World stopped.
pub(crate) fn procs_change(n: usize) {
    if is_on() {
        for p in p::all().skip(KNOWN_PS.fetch_max(n, Ordering::Relaxed)) {
            p.trace_seq.set(0);
            emit(Event::ProcStatus, &[p.id as u64, PROC_IDLE]);
        }
        emit(Event::ProcsChange, &[n as u64, running_stack()]);
    }
}

/// The running goroutine stops the world.
pub(crate) fn stw_begin() {
    if is_on() && current_m().curg.get().is_some() {
        current_m().trace_stw.set(true);
        emit(Event::StwBegin, &[string("stop-the-world (unspecified)"), running_stack()]);
    }
}

/// The world runs again.
pub(crate) fn stw_end() {
    if is_on() && current_m().trace_stw.replace(false) {
        emit(Event::StwEnd, &[]);
    }
}

/// A collection begins. World stopped.
pub(crate) fn gc_begin() {
    emit_gc_end();
    let has_goroutine = current_m().curg.get().is_some();
    if is_on() && has_goroutine {
        emit(Event::GcBegin, &[GC_SEQ.fetch_add(1, Ordering::Relaxed), running_stack()]);
    }
    // Without a trace also: one may begin meanwhile.
    IN_GC.store(has_goroutine || !is_on(), Ordering::Relaxed);
}

/// It has ended; `live` bytes are in use, at `goal` the next one is complete. World stopped.
pub(crate) fn gc_end(live: usize, goal: usize) {
    if !is_on() || !IN_GC.load(Ordering::Relaxed) {
        return IN_GC.store(false, Ordering::Relaxed);
    }
    GC_RESULT[0].store(live, Ordering::Relaxed);
    GC_RESULT[1].store(goal, Ordering::Relaxed);
    GC_ENDS.store(true, Ordering::Release);
    if current_m().curg.get().is_some() {
        emit_gc_end();
    }
}

/// Notes the end of a collection, if that is due. A goroutine runs on this M.
#[cold]
fn emit_gc_end() {
    if GC_ENDS.swap(false, Ordering::AcqRel) {
        IN_GC.store(false, Ordering::Relaxed);
        if is_on() {
            emit(Event::GcEnd, &[GC_SEQ.fetch_add(1, Ordering::Relaxed)]);
            emit(Event::HeapAlloc, &[GC_RESULT[0].load(Ordering::Relaxed) as u64]);
            emit(Event::HeapGoal, &[GC_RESULT[1].load(Ordering::Relaxed) as u64]);
        }
    }
}

/// The thread of `m`, which is on no list any more, ends. Under the scheduler's lock.
pub(crate) fn thread_ends(m: &M) {
    buffer::flush(m);
}

/// Begins a generation: says in which state everything is. World stopped, `CHANGE` held.
fn begin_generation() {
    let m = current_m();
    tables::clear();
    let sched = SCHED.lock();
    buffer::set_on(true);
    KNOWN_PS.store(p::count(), Ordering::Relaxed);
    for p in p::all() {
        p.trace_seq.set(0);
        let own = m.p.get().is_some_and(|mine| core::ptr::eq(mine, p));
        emit(Event::ProcStatus, &[p.id as u64, if own { PROC_RUNNING } else { PROC_IDLE }]);
    }
    for_each_g(|g| {
        g.trace_seq.set(0);
        // SAFETY: nil or an M, never freed.
        let thread = unsafe { g.m.load(Ordering::Acquire).as_ref() }.map_or(NO_THREAD, |m| m.id.get() as u64);
        let own = m.curg.get().is_some_and(|mine| core::ptr::eq(mine, g));
        let (state, thread) = match g.status() {
            Status::Running if own => (GO_RUNNING, m.id.get() as u64),
            // Its M waits for the world: see `try_stop_the_world`.
            Status::Running | Status::Runnable => (GO_RUNNABLE, NO_THREAD),
            Status::Syscall => (GO_SYSCALL, thread),
            _ => (GO_WAITING, NO_THREAD),
        };
        emit(Event::GoStatusStack, &[g.goid.get(), thread, state, stack_of(g)]);
    });
    emit(Event::ProcsChange, &[p::count() as u64, 0]);
    if IN_GC.load(Ordering::Relaxed) {
        emit(Event::GcActive, &[GC_SEQ.fetch_add(1, Ordering::Relaxed)]);
    }
    drop(sched);
    let (sec, nsec) = os::walltime();
    buffer::special(Event::Sync, |b| {
        b.event(Event::Frequency, &[FREQUENCY]);
        let mono = os::nanotime() as u64;
        b.timed_event(Event::ClockSnapshot, &[mono, sec as u64, nsec as u64]);
    });
}

/// Ends it. World stopped, `CHANGE` held.
fn end_generation() {
    let sched = SCHED.lock();
    buffer::set_on(false);
    buffer::flush_all(&sched);
    drop(sched);
    tables::write();
    buffer::end_of_generation();
}

/// What `traceControl` is asked to do.
const START: u64 = 0;
const ADVANCE: u64 = 1;
const STOP: u64 = 2;

/// `runtime.traceControl(what) bool`: starts the trace, ends a generation, or stops the trace. False: it is in that state already.
extern "C" fn control(what: u64) -> u64 {
    stop_the_world();
    let stw = current_m().trace_stw.replace(false);
    if stw {
        emit(Event::StwEnd, &[]);
    }
    let change = CHANGE.lock();
    let was_on = is_on();
    match what {
        START if !was_on => {
            reader::start();
            begin_generation();
        }
        ADVANCE if was_on => {
            end_generation();
            begin_generation();
        }
        STOP if was_on => {
            end_generation();
            reader::stop();
        }
        _ => {}
    }
    drop(change);
    start_the_world();
    (was_on != (what == START)) as u64
}
g0_entry!("runtime.traceControl", control);
