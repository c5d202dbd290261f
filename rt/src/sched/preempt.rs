//! Asking a running goroutine to yield.
//!
//! Three ways at once: the guard is poisoned, so that the next function entry calls `morestack`, which yields; the
//! thread gets SIGURG, whose handler injects `async_preempt` if the interrupted instruction is compiled Go code; and
//! allocation looks at the P's flag ([`give_way`]), because a loop that does little else is nearly always in rt when a signal
//! comes. Each may be lost (the guard is rewritten when a segment ends); whoever needs certainty asks again.

use super::g::{G, ResumeFn, Status};
use super::m::M;
use super::p::P;
use crate::os::signal::SIGURG;
use crate::{os, rt0};
use core::sync::atomic::{AtomicBool, Ordering};

/// `GODEBUG=asyncpreemptoff=1`: goroutines are stopped at function entries only.
static ASYNC_OFF: AtomicBool = AtomicBool::new(false);

/// Reads the environment.
pub(super) fn init() {
    let off = rt0::godebug_is_on(b"asyncpreemptoff");
    ASYNC_OFF.store(off, Ordering::Relaxed);
}

/// Asks the goroutine that `p` runs to yield at its next function entry or allocation. Returns the M that runs it.
fn ask(p: &'static P) -> Option<&'static M> {
    // SAFETY: nil or an M, never freed.
    let m = unsafe { p.m.load(Ordering::Acquire).as_ref() }?;
    let g = m.curg.get()?;
    g.preempt.store(true, Ordering::Relaxed);
    g.stack_guard.store(rgo_abi::g::PREEMPT, Ordering::Relaxed);
    p.preempt.store(true, Ordering::Relaxed);
    Some(m)
}

/// Asks the goroutine that `p` runs to yield.
pub(crate) fn preempt_one(p: &'static P) {
    let Some(m) = ask(p) else { return };
    if ASYNC_OFF.load(Ordering::Relaxed) {
        return;
    }
    let tid = m.tid.load(Ordering::Acquire);
    if tid != 0 && !m.preempt_pending.swap(true, Ordering::AcqRel) {
        os::kill_thread(tid, SIGURG);
    }
}

/// Asks every P's goroutine to yield.
pub(crate) fn preempt_all() {
    running().for_each(preempt_one);
}

/// The same without signals, which cost both sides some microseconds.
pub(crate) fn ask_all() {
    running().for_each(|p| _ = ask(p));
}

fn running() -> impl Iterator<Item = &'static P> {
    super::p::all().filter(|p| p.status() == super::p::PStatus::Running)
}

/// The goroutine of this M has been asked to yield, and has not yet.
#[inline]
pub(crate) fn is_asked(m: &M) -> bool {
    m.p().preempt.load(Ordering::Relaxed)
}

/// Yields, if the running goroutine has been asked to, before an entry on g0 does its work: `again`, which does the same, runs when the
/// goroutine does, and finds `words` in `G::wait`.
pub(crate) fn give_way(words: [usize; 3], again: ResumeFn) {
    let m = crate::arch::current_m();
    if is_asked(m)
        && let Some(g) = m.curg.get()
        && m.callbacks.get() == 0
        && may_yield(g)
    {
        for (place, word) in g.wait.iter().zip(words) {
            place.set(word);
        }
        g.resume.set(Some(again));
        super::schedule::yield_to_scheduler(g, crate::trace::Stop::Preempted);
    }
}

/// May this goroutine be stopped where it is? (It runs compiled code on this M.)
pub(crate) fn may_yield(g: &'static G) -> bool {
    let m = crate::arch::current_m();
    g.status() == Status::Running && m.locks.get() == 0 && m.curg.get().is_some_and(|c| core::ptr::eq(c, g))
}

/// Target of `async_preempt`: the goroutine was stopped by a signal.
pub(crate) extern "C" fn preempted() {
    let g = super::getg();
    crate::gc::stacks::stopped_by_signal(g);
    if may_yield(g) {
        super::schedule::yield_to_scheduler(g, crate::trace::Stop::Preempted);
    }
}

extern "C" fn proc_pin() -> u64 {
    let m = crate::arch::current_m();
    m.locks.set(m.locks.get() + 1);
    m.p().id as u64
}
short_entry!("runtime.procPin", proc_pin);
short_entry!("sync.runtime_procPin", proc_pin);
short_entry!("sync/atomic.runtime_procPin", proc_pin);

extern "C" fn proc_unpin() {
    let m = crate::arch::current_m();
    m.locks.set(m.locks.get() - 1);
}
short_entry!("runtime.procUnpin", proc_unpin);
short_entry!("sync.runtime_procUnpin", proc_unpin);
short_entry!("sync/atomic.runtime_procUnpin", proc_unpin);

extern "C" fn can_spin(round: i64) -> u64 {
    use super::{idle, p};
    let others_run = p::count() as u32
        > 1 + idle::IDLE_PS.load(Ordering::Relaxed) + idle::SPINNING.load(Ordering::Relaxed);
    u64::from(round < 4 && others_run && crate::arch::current_m().p().is_queue_empty())
}
leaf_entry!("internal/sync.runtime_canSpin", can_spin);

extern "C" fn do_spin() {
    for _ in 0..30 {
        crate::arch::spin_hint();
    }
}
leaf_entry!("internal/sync.runtime_doSpin", do_spin);
