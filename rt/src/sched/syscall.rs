//! System calls that may block.
//!
//! `entersyscall` marks goroutine and P as being in a system call and keeps the M's claim on the P loose: sysmon (or
//! whoever stops the world) may take the P. `exitsyscall` takes the same P back if nobody did, else another idle one,
//! else queues the goroutine. In between the goroutine's stack is read by the collector from where `entersyscall` was called, so
//! the registers that a callee must preserve are kept in `G::syscall_frame`.

use super::g::{G, ResumeFn, Status};
use super::idle::{self, IDLE_PS, SCHED};
use super::p::{self, P, PStatus};
use super::schedule::schedule;
use crate::arch::{SavedFrame, current_m, run_on_g0};
use crate::shared::Ordering;
use crate::trace;

/// Marks g as being in a system call, as of the entry stub it is in.
fn mark(g: &'static G) {
    let sp = g.sched_sp.get();
    // SAFETY: the entry stub saved its frame at `sched_sp`.
    let frame = unsafe { *(sp as *const SavedFrame) };
    g.syscall_sp.set(sp + size_of::<SavedFrame>());
    g.syscall_frame.set([frame.r15, frame.r14, frame.r13, frame.r12, frame.rbx, frame.rbp, frame.return_pc]);
    g.set_status(Status::Syscall);
}

/// The holder of `p` begins or ends a system call.
fn tick(p: &'static P) {
    p.syscall_tick.store(p.syscall_tick.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

pub(crate) extern "C" fn entersyscall() {
    let m = current_m();
    let Some(g) = m.curg.get() else { return };
    let p = m.p();
    trace::syscall_begin(g, p);
    mark(g);
    m.old_p.set(Some(p));
    m.p.set(None);
    tick(p);
    m.syscall_tick.set(p.syscall_tick.load(Ordering::Relaxed));
    p.enter_syscall();
    super::sysmon::wake();
    if idle::WORLD_STOPPING.load(Ordering::SeqCst) {
        super::world::stop_in_syscall(p);
    }
}
g0_entry!("runtime.entersyscall", entersyscall);
g0_entry!("syscall.runtime_entersyscall", entersyscall);

/// As `entersyscall`, for rt itself and for calls known to block: the P goes to somebody else at once. The entry stub's frame
/// stays in use.
pub(crate) fn entersyscall_block() {
    let m = current_m();
    let Some(g) = m.curg.get() else { return };
    trace::syscall_begin(g, m.p());
    mark(g);
    // The stub's frame is still needed.
    g.syscall_sp.set(g.sched_sp.get());
    m.old_p.set(None);
    idle::hand_off_p(p::release(m));
}

extern "C" fn exitsyscall() {
    leave(None);
}
g0_entry!("runtime.exitsyscall", exitsyscall);
g0_entry!("syscall.runtime_exitsyscall", exitsyscall);

/// Ends `entersyscall_block`. Returns with a P; or gives up the M's stack, and `resume` goes on when there is one.
pub(crate) fn exitsyscall_then(resume: ResumeFn) {
    leave(Some(resume));
}

/// Ends `entersyscall`.
pub(crate) fn leave(resume: Option<ResumeFn>) {
    let m = current_m();
    let Some(g) = m.curg.get() else { return };
    if let Some(p) = m.old_p.take()
        && p.cas_status(PStatus::Syscall, PStatus::Running)
    {
        // It may have been taken and be in another M's system call now: then this M is the one who takes it.
        let is_own = p.syscall_tick.load(Ordering::Relaxed) == m.syscall_tick.get();
        if !is_own {
            trace::proc_steal(p);
        }
        m.p.set(Some(p));
        p.m.store(m as *const _ as *mut _, Ordering::Release);
        tick(p);
        crate::gc::barrier::refresh(m);
        crate::gc::stacks::begin_running(g);
        if is_own {
            trace::syscall_end();
        } else {
            trace::syscall_end_without_p(g, p);
        }
        return;
    }
    let mut sched = SCHED.lock();
    trace::syscall_end_blocked(&sched);
    if IDLE_PS.load(Ordering::SeqCst) != 0
        && !idle::WORLD_STOPPING.load(Ordering::SeqCst)
        && let Some(p) = sched.get_idle_p()
    {
        // Before the lock is gone: who begins a generation of the trace must not see a system call that has ended.
        crate::gc::stacks::begin_running(g);
        drop(sched);
        p::acquire(m, p);
        trace::go_start(g);
        tick(p);
        return;
    }
    // No P: the goroutine waits in the global queue, this M sleeps.
    m.curg.set(None);
    g.resume.set(resume);
    g.set_status(Status::Runnable);
    sched.push_global(g);
    drop(sched);
    if g.locked_m.get().is_none() {
        idle::stop_m();
    }
    // SAFETY: nothing on g0's stack is needed any more.
    unsafe { run_on_g0(schedule) }
}
