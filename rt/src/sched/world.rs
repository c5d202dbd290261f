//! Stopping and starting the world, and what the collector sees of a stopped one.
//!
//! Stopped means: every P is `GcStop`, so no compiled code runs except inside system calls, whose return blocks. Every
//! goroutine's registers are on its own stack. An M that wants to stop the world while another does so blocks inside rt, keeping its
//! frames on g0's stack (`M::blocked_sp`); these count as roots too.
//!
//! Goroutines are asked first, and sent a signal when that does not help within some microseconds. A stop takes as long as the slowest thread needs,
//! and a thread that the kernel has taken off its processor needs milliseconds; who can do without gives up before ([`Patience`]), and the Ps that
//! have stopped go on.

use super::idle::{self, SCHED, Sched, WORLD_STOPPING};
use super::m::M;
use super::p::{self, PStatus};
use super::preempt;
use super::stats::{self, Stopper};
use crate::arch::{self, current_m};
use crate::shared::Ordering;
use crate::sync::{MutexGuard, Note};
use crate::{netpoll, os, rt0, trace};

/// How long the stopper waits before it asks again, at first and at most: a signal may have come at one of the few instructions at
/// which a goroutine cannot be stopped.
const RETRY_NS: (i64, i64) = (20_000, 200_000);
/// How long the stopper hopes that goroutines stop without being sent a signal, if there is a second processor: most come by a function entry
/// or an allocation within a microsecond, and under a hypervisor a signal takes tens of them.
const ASK_NS: i64 = 10_000;
/// How long who waits for the others to stop, or to start, looks before it sleeps: most do within that time, and to wake a thread
/// on a processor that sleeps takes longer.
const SPIN_NS: i64 = 60_000;

/// How long a stop of the world may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Patience {
    /// Until it is done.
    Unlimited,
    /// So many nanoseconds: the kernel (or the machine under it) may have taken the processor from a thread that runs a
    /// goroutine, and all others would stand still until it gives it back.
    Nanoseconds(i64),
}

/// What came of an attempt to stop the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    Stopped,
    /// Another M did so meanwhile, and has started it again: look again whether it is still needed.
    ByAnother,
    /// Patience was at its end; the world runs again.
    GivenUp,
}

crate::shared_static! {
    /// Woken when the last P has stopped.
    static STOPPED: Note = Note::new();
}

/// `p`, which has no holder (or whose holder calls), has stopped.
pub(crate) fn p_stopped(sched: &mut Sched, p: &'static p::P) {
    p.set_status(PStatus::GcStop);
    sched.stop_wait -= 1;
    if sched.stop_wait == 0 {
        STOPPED.wake();
    }
}

/// An M is blocked inside rt without a P, and this M is between goroutines: gives it its own.
pub(crate) fn yield_p(m: &'static M) {
    let mut sched = SCHED.lock();
    if idle::P_WAITERS.load(Ordering::SeqCst) == 0 || WORLD_STOPPING.load(Ordering::SeqCst) {
        return;
    }
    if m.spinning.replace(false) {
        idle::SPINNING.fetch_sub(1, Ordering::SeqCst);
    }
    let p = p::release(m);
    sched.give_to_waiter(p);
    drop(sched);
    idle::stop_m();
}

/// The world is stopping and this M is between goroutines: gives its P up and sleeps.
pub(crate) fn stop_here(m: &'static M) {
    {
        let mut sched = SCHED.lock();
        if !WORLD_STOPPING.load(Ordering::SeqCst) {
            return;
        }
        if m.spinning.replace(false) {
            idle::SPINNING.fetch_sub(1, Ordering::SeqCst);
        }
        let p = p::release(m);
        p_stopped(&mut sched, p);
    }
    idle::stop_m_for_moments(spin_ns());
}

/// [`SPIN_NS`], if there is a second processor.
fn spin_ns() -> i64 {
    if rt0::cpu_count() > 1 { SPIN_NS } else { 0 }
}

/// Stops the world, or tries to. Call on g0 with a P.
pub(crate) fn try_stop_the_world(patience: Patience, who: Stopper) -> Stop {
    let m = current_m();
    let mut sched = SCHED.lock();
    if WORLD_STOPPING.load(Ordering::SeqCst) {
        let registers = arch::kept_registers();
        m.blocked_sp.set(registers.as_ptr() as usize);
        let g = m.curg.get();
        g.inspect(|g| trace::go_stop(g, trace::Stop::Preempted));
        let p = p::release(m);
        p_stopped(&mut sched, p);
        idle::wait_for_p(sched, m);
        g.inspect(|g| trace::go_start(g));
        m.blocked_sp.set(0);
        core::hint::black_box(&registers);
        return Stop::ByAnother;
    }
    WORLD_STOPPING.store(true, Ordering::SeqCst);
    trace::stw_begin();
    stats::stop_begins(who);
    STOPPED.clear();
    sched.stop_wait = p::count() as u32;
    m.p().set_status(PStatus::GcStop);
    sched.stop_wait -= 1;
    while let Some(p) = sched.get_idle_p() {
        p.set_status(PStatus::GcStop);
        sched.stop_wait -= 1;
    }
    stop_syscall_ps(&mut sched);
    let wait = sched.stop_wait != 0;
    drop(sched);
    if wait && !wait_for_others(patience) {
        let sched = SCHED.lock();
        if sched.stop_wait != 0 {
            start(sched);
            return Stop::GivenUp;
        }
    }
    stats::world_stopped();
    Stop::Stopped
}

/// Makes those that run stop, and waits for them; false: in vain.
fn wait_for_others(patience: Patience) -> bool {
    preempt::ask_all();
    let mut spin = spin_ns();
    if spin > 0 && STOPPED.spin_until(os::nanotime() + ASK_NS) {
        return true;
    }
    let deadline = match patience {
        Patience::Unlimited => i64::MAX,
        Patience::Nanoseconds(ns) => os::nanotime() + ns,
    };
    let mut wait = RETRY_NS.0;
    loop {
        preempt::preempt_all();
        let now = os::nanotime();
        if now >= deadline {
            return false;
        }
        let until = (now + wait).min(deadline);
        let stopped = if spin > 0 { STOPPED.spin_until(until) } else { STOPPED.sleep_until(until) };
        if stopped {
            return true;
        }
        spin -= wait;
        wait = (wait * 2).min(RETRY_NS.1);
        stop_syscall_ps(&mut SCHED.lock());
    }
}

fn stop_syscall_ps(sched: &mut Sched) {
    for p in p::all() {
        if p.cas_status(PStatus::Syscall, PStatus::GcStop) {
            trace::proc_steal(p);
            p.syscall_tick.fetch_add(1, Ordering::Relaxed);
            p_stopped(sched, p);
        }
    }
}

/// Tries to stop other Ms because the process is about to end: no waiting, no locks that may be held.
pub(crate) fn freeze() {
    WORLD_STOPPING.store(true, Ordering::SeqCst);
    if let Some(mut sched) = SCHED.try_lock() {
        // Nobody waits for the last P.
        sched.stop_wait = u32::MAX;
    }
    preempt::preempt_all();
    crate::os::usleep(1000);
}

/// A P has just been marked as in a system call: stops it if the world is stopping.
pub(crate) fn stop_in_syscall(p: &'static p::P) {
    let mut sched = SCHED.lock();
    if WORLD_STOPPING.load(Ordering::SeqCst) && p.cas_status(PStatus::Syscall, PStatus::GcStop) {
        trace::proc_steal(p);
        p.syscall_tick.fetch_add(1, Ordering::Relaxed);
        p_stopped(&mut sched, p);
    }
}

/// Stops the world, waiting for others who do.
pub(crate) fn stop_the_world() {
    while try_stop_the_world(Patience::Unlimited, Stopper::Other) != Stop::Stopped {}
}

/// Starts it again. This M has stopped it.
pub(crate) fn start_the_world() {
    stats::world_starts();
    start(SCHED.lock());
}

/// Starts the Ps that have stopped, be it all or some.
fn start(mut sched: MutexGuard<'static, Sched>) {
    let own = current_m().p();
    let mut with_work: Option<&'static p::P> = None;
    WORLD_STOPPING.store(false, Ordering::SeqCst);
    own.set_status(PStatus::Running);
    for p in p::all() {
        if core::ptr::eq(p, own) || p.status() != PStatus::GcStop {
            continue;
        }
        // From now on it counts as not stopped, though its new M may not have come to it by the next stop.
        p.set_status(PStatus::Idle);
        if sched.give_to_waiter(p) {
            continue;
        }
        if p.is_queue_empty() {
            sched.put_idle_p(p);
        } else {
            p.idle_link.set(with_work.replace(p));
        }
    }
    drop(sched);
    while let Some(p) = with_work {
        with_work = p.idle_link.take();
        idle::start_m(Some(p), false);
    }
    if netpoll::has_waiters() {
        idle::inject(netpoll::poll(0));
    }
    super::sysmon::start();
    super::sysmon::wake();
    idle::wake_p();
    trace::stw_end();
}

/// Calls `f` with the parts in use of the g0 stacks of Ms that are blocked inside rt. World stopped by the caller.
pub(crate) fn for_each_blocked_frame(mut f: impl FnMut(usize, usize)) {
    for_each_m(|m| {
        let sp = m.blocked_sp.get();
        if sp != 0 {
            f(sp, m.g0_sp.get());
        }
    });
}

/// Calls `f` with the part in use of this M's g0 stack: what the entry that it is in was given, and has found since.
pub(crate) fn own_frames(f: impl FnOnce(usize, usize)) {
    let registers = arch::kept_registers();
    f(registers.as_ptr() as usize, current_m().g0_sp.get());
    core::hint::black_box(&registers);
}

/// Calls `f` with every M. World stopped by the caller.
pub(crate) fn for_each_m(mut f: impl FnMut(&'static M)) {
    let mut next = SCHED.lock().all_ms;
    while let Some(m) = next {
        f(m);
        next = m.all_link.get();
    }
}
