//! Parking and readying goroutines.

use super::g::{G, ResumeFn, Status, WaitReason};
use super::schedule::{run_queue_put, schedule};
use super::{goroutine, idle, lock_thread};
use crate::arch::{current_m, run_on_g0};
use crate::sync::RawMutex;
use crate::trace;

/// Parks the running goroutine and schedules another; never returns. `lock` is released once the goroutine counts as
/// waiting, so whoever holds the lock may ready it. When it is picked again `resume` completes the
/// operation; without one the entry returns zeros.
pub(crate) fn gopark(reason: WaitReason, lock: Option<&RawMutex>, resume: Option<ResumeFn>) -> ! {
    gopark_with(reason, || lock.into_iter().for_each(RawMutex::unlock), resume)
}

/// As [`gopark`]; `unlock` releases all locks whose holder may ready the goroutine.
pub(crate) fn gopark_with(reason: WaitReason, unlock: impl FnOnce(), resume: Option<ResumeFn>) -> ! {
    let m = current_m();
    let Some(g) = m.curg.get() else { crate::fatal::throw("park on a scheduler stack") };
    if m.locks.get() != 0 {
        crate::fatal::throw("park while pinned");
    }
    g.wait_reason.set(reason);
    g.resume.set(resume);
    crate::profile::waiting::parking(g, reason);
    super::stats::parks(g, reason);
    trace::go_block(g, reason);
    let bubble = g.bubble.get();
    if let Some(bubble) = bubble {
        bubble.parking(reason);
    }
    m.curg.set(None);
    g.set_status(Status::Waiting);
    unlock();
    if let Some(bubble) = bubble {
        bubble.parked();
    }
    // SAFETY: the goroutine's state is on its own stack; nothing on g0's stack is needed any more.
    unsafe { run_on_g0(schedule) }
}

/// Makes a parked goroutine runnable: it runs next on this P. The caller holds a P and has taken g off what it waited on.
pub(crate) fn goready(g: &'static G) {
    make_runnable(g);
    run_queue_put(current_m().p(), g, true);
    idle::wake_p();
}

/// Moves a parked goroutine to the state of the queues, for callers that queue it themselves.
pub(crate) fn make_runnable(g: &'static G) {
    crate::profile::waiting::readying(g);
    super::stats::becomes_runnable(g);
    trace::go_unblock(g);
    if let Some(bubble) = g.bubble.get() {
        bubble.readying(g.wait_reason.get());
    }
    if !g.cas_status(Status::Waiting, Status::Runnable) {
        crate::fatal::throw("goready: goroutine is not waiting");
    }
}

extern "C" fn block_forever() {
    gopark(WaitReason::SelectNoCases, None, None);
}
g0_entry!("runtime.block", block_forever);

/// Parks the caller and runs `to`, which is parked, on this M at once; a thread bound to the caller is bound to `to` from then on. The caller must count as waiting before `to` runs, because
/// `to` may hand control back at once.
extern "C" fn switch_to(to: &'static G) {
    let m = current_m();
    let Some(g) = m.curg.take() else { crate::fatal::throw("switch on a scheduler stack") };
    lock_thread::pass_on(m, g, to);
    g.wait_reason.set(WaitReason::Coroutine);
    g.resume.set(None);
    trace::go_block(g, WaitReason::Coroutine);
    let bubble = g.bubble.get();
    if let Some(bubble) = bubble {
        bubble.parking(WaitReason::Coroutine);
    }
    g.set_status(Status::Waiting);
    begin_partner(to);
    if let Some(bubble) = bubble {
        bubble.parked();
    }
    super::schedule::execute(m, to, true)
}
g0_entry!("runtime.switchTo", switch_to);

/// Ends the running coroutine: its partner, which is parked, runs on this M at once, with the thread if that was bound.
extern "C" fn coroutine_exit(to: &'static G) {
    let m = current_m();
    let Some(g) = m.curg.get() else { crate::fatal::throw("coroutine exit on a scheduler stack") };
    lock_thread::pass_on(m, g, to);
    // First, so that the bubble has always somebody who runs.
    begin_partner(to);
    goroutine::retire(m, g);
    super::schedule::execute(m, to, true)
}
g0_entry!("runtime.coroutineExit", coroutine_exit);

/// `to`, parked in a switch, is about to run. It has waited in no queue, so nothing is timed.
fn begin_partner(to: &'static G) {
    trace::go_unblock(to);
    if let Some(bubble) = to.bubble.get() {
        bubble.readying(WaitReason::Coroutine);
    }
    if !to.cas_status(Status::Waiting, Status::Runnable) {
        crate::fatal::throw("coroswitch: the other goroutine is not waiting");
    }
}
