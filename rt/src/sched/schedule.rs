//! Choosing the next goroutine. `schedule` runs on g0 and never returns; it ends in `gogo`.

use super::g::{G, Status};
use super::idle::{
    self, GLOBAL_LEN, IDLE_PS, LAST_POLL, P_WAITERS, POLL_UNTIL, SCHED, SPINNING, WORLD_STOPPING,
};
use super::m::M;
use super::p::{self, P};
use super::{lock_thread, stress, sysmon, world};
use crate::arch::{current_m, gogo};
use crate::gc::{stacks, worker};
use crate::os;
use crate::shared::{Ordering, fence};
use crate::trace::Stop;
use core::ptr::null_mut;

/// How often the global queue comes first, so that two goroutines that wake each other cannot starve it.
const GLOBAL_TICK: u32 = 61;
const STEAL_ROUNDS: usize = if cfg!(loom) { 1 } else { 4 };

/// Runs goroutines. Called with an empty g0 stack.
pub(crate) extern "C" fn schedule() -> ! {
    run_next(current_m())
}

/// Picks a goroutine and switches to it.
#[inline]
pub(crate) fn run_next(m: &'static M) -> ! {
    if let Some(g) = m.locked_g.get() {
        lock_thread::wait_for_locked_g(m);
        execute(m, g, true);
    }
    loop {
        let (g, inherit_time) = find_runnable(m);
        if m.spinning.get() {
            stop_spinning(m);
        }
        match g.locked_m.get() {
            Some(owner) if !core::ptr::eq(owner, m) => lock_thread::run_on_owner(m, owner),
            _ => execute(m, g, inherit_time),
        }
    }
}

/// Switches to g, which is runnable and in no queue.
pub(crate) fn execute(m: &'static M, g: &'static G, inherit_time: bool) -> ! {
    crate::trace::go_start(g);
    super::stats::runs(g);
    m.curg.set(Some(g));
    g.m.store(m as *const M as *mut M, Ordering::Relaxed);
    stacks::begin_running(g);
    g.wait_since.set(0);
    // SAFETY: a goroutine that has started has a current segment.
    let guard = unsafe { (*g.segment.get()).guard };
    let yields = stress::yields(g);
    g.preempt.store(yields, Ordering::Relaxed);
    g.stack_guard.store(if yields { rgo_abi::g::PREEMPT } else { guard }, Ordering::Relaxed);
    let p = m.p();
    if !inherit_time {
        p.sched_tick.fetch_add(1, Ordering::Relaxed);
    }
    p.preempt.store(false, Ordering::Relaxed);
    if let Some(resume) = g.resume.take() {
        let crate::entry::Pair(r0, r1) = resume(g);
        g.result0.set(r0);
        g.result1.set(r1);
    }
    // SAFETY: g was parked inside an entry stub (or prepared like that), and only this M runs it.
    unsafe { gogo(g) }
}

/// Stops being a spinning M because work was found; the work may be the first of more.
fn stop_spinning(m: &'static M) {
    m.spinning.set(false);
    SPINNING.fetch_sub(1, Ordering::SeqCst);
    idle::wake_p();
}

/// Appends g to the P's queue, `next`: in front of it. A full ring moves half of itself to the global queue.
pub(crate) fn run_queue_put(p: &'static P, g: &'static G, next: bool) {
    let mut g = g;
    let next = match stress::lot(4) {
        None => next,
        Some(0) => return SCHED.lock().push_global(g),
        Some(lot) => lot == 1,
    };
    if next {
        // A thief that takes it sees the goroutine's fields. SeqCst: either `wake_p`, called next, sees the P of an M that goes to
        // sleep, or that M sees the goroutine when it looks again.
        let old = p.run_next.swap(g as *const G as *mut G, Ordering::SeqCst);
        // SAFETY: nil or a G.
        match unsafe { old.as_ref() } {
            None => return,
            Some(old) => g = old,
        }
    }
    while let Err(rejected) = p.run_queue.push(g) {
        let mut sched = SCHED.lock();
        let before = sched.run_queue.len();
        p.run_queue.take_half(|g| sched.push_global(g));
        if sched.run_queue.len() != before {
            sched.push_global(rejected);
            return;
        }
        g = rejected;
    }
    if !next {
        // As the exchange above.
        fence(Ordering::SeqCst);
    }
}

/// The P's next goroutine and whether it inherits the time slice.
fn run_queue_get(p: &'static P) -> Option<(&'static G, bool)> {
    if stress::lot(2) == Some(1)
        && let Some(first) = p.run_queue.pop()
    {
        let Some(second) = p.run_queue.pop() else { return Some((first, false)) };
        SCHED.lock().push_global(first);
        return Some((second, false));
    }
    let next = p.run_next.load(Ordering::Relaxed);
    // Only the owner sets it, thieves only clear it; so if the exchange fails it is nil.
    if !next.is_null()
        && p.run_next.compare_exchange(next, null_mut(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    {
        // SAFETY: a G, never freed.
        return Some((unsafe { &*next }, true));
    }
    p.run_queue.pop().map(|g| (g, false))
}

/// Finds a runnable goroutine; sleeps while there is none.
fn find_runnable(m: &'static M) -> (&'static G, bool) {
    'top: loop {
        if WORLD_STOPPING.load(Ordering::SeqCst) {
            world::stop_here(m);
            continue;
        }
        if sysmon::has_wishes() {
            sysmon::fulfil_wishes();
        }
        if P_WAITERS.load(Ordering::Relaxed) != 0 {
            world::yield_p(m);
        }
        worker::turn(m);
        let p = m.p();
        let mut now = 0;
        if p.timers.next_when() != 0 {
            now = os::nanotime();
            p.timers.run(now);
        }
        if p.sched_tick.load(Ordering::Relaxed).is_multiple_of(GLOBAL_TICK)
            && GLOBAL_LEN.load(Ordering::Relaxed) != 0
            && let Some(g) = SCHED.lock().take_share(p, 1)
        {
            return (g, false);
        }
        if let Some(found) = run_queue_get(p) {
            return found;
        }
        if GLOBAL_LEN.load(Ordering::Relaxed) != 0
            && let Some(g) = SCHED.lock().take_share(p, usize::MAX)
        {
            return (g, false);
        }
        if crate::netpoll::has_waiters() && LAST_POLL.load(Ordering::SeqCst) != 0 {
            let mut ready = crate::netpoll::poll(0);
            if let Some(g) = ready.pop() {
                idle::inject(ready);
                return (g, false);
            }
        }
        // Look at others, unless enough Ms do so already.
        let busy = (p::count() as u32).saturating_sub(IDLE_PS.load(Ordering::SeqCst));
        if m.spinning.get() || 2 * SPINNING.load(Ordering::SeqCst) < busy {
            if !m.spinning.get() {
                m.spinning.set(true);
                SPINNING.fetch_add(1, Ordering::SeqCst);
            }
            match steal(p, &mut now) {
                Steal::Found(g, inherit) => return (g, inherit),
                Steal::RanTimers => continue,
                Steal::Nothing => {}
            }
        }
        if worker::idle_turn(m) {
            continue;
        }
        // Nothing. Give the P back.
        {
            let mut sched = SCHED.lock();
            if WORLD_STOPPING.load(Ordering::SeqCst) {
                continue;
            }
            if let Some(g) = sched.take_share(p, usize::MAX) {
                return (g, false);
            }
            let p = p::release(m);
            sched.put_idle_p(p);
        }
        // From here on without P. Work may have been put on a queue after we looked and before we stopped
        // counting as spinning: look again at all queues.
        let was_spinning = m.spinning.get();
        if was_spinning {
            m.spinning.set(false);
            SPINNING.fetch_sub(1, Ordering::SeqCst);
            if p::all().any(|p| !p.is_queue_empty()) || GLOBAL_LEN.load(Ordering::SeqCst) != 0 {
                let idle_p = SCHED.lock().get_idle_p();
                if let Some(p) = idle_p {
                    p::acquire(m, p);
                    m.spinning.set(true);
                    SPINNING.fetch_add(1, Ordering::SeqCst);
                    continue 'top;
                }
            }
        }
        let until = p::all().map(|p| p.timers.next_when()).filter(|&w| w != 0).min().unwrap_or(0);
        if (crate::netpoll::has_waiters() || until != 0)
            && crate::netpoll::is_open()
            && LAST_POLL.swap(0, Ordering::SeqCst) != 0
        {
            POLL_UNTIL.store(until, Ordering::SeqCst);
            let delay = if until == 0 { -1 } else { (until - os::nanotime()).max(0) };
            let mut ready = crate::netpoll::poll(delay);
            POLL_UNTIL.store(0, Ordering::SeqCst);
            LAST_POLL.store(os::nanotime(), Ordering::SeqCst);
            let idle_p = SCHED.lock().get_idle_p();
            match idle_p {
                None => idle::inject(ready),
                Some(p) => {
                    p::acquire(m, p);
                    if let Some(g) = ready.pop() {
                        idle::inject(ready);
                        return (g, false);
                    }
                    if was_spinning {
                        m.spinning.set(true);
                        SPINNING.fetch_add(1, Ordering::SeqCst);
                    }
                    continue 'top;
                }
            }
        } else if until != 0 && crate::netpoll::is_open() {
            let polling_until = POLL_UNTIL.load(Ordering::SeqCst);
            if polling_until == 0 || polling_until > until {
                crate::netpoll::interrupt();
            }
        }
        idle::stop_m();
    }
}

enum Steal {
    Found(&'static G, bool),
    RanTimers,
    Nothing,
}

/// Takes half of another P's queue, or runs other Ps' due timers; in a random order of Ps.
fn steal(p: &'static P, now: &mut i64) -> Steal {
    let count = p::count();
    for round in 0..STEAL_ROUNDS {
        let last = round == STEAL_ROUNDS - 1;
        let start = crate::random::cheap() as usize % count;
        for i in 0..count {
            if WORLD_STOPPING.load(Ordering::SeqCst) {
                return Steal::RanTimers;
            }
            let victim = p::make((start + i) % count);
            if core::ptr::eq(victim, p) {
                continue;
            }
            if last && victim.timers.next_when() != 0 {
                if *now == 0 {
                    *now = os::nanotime();
                }
                if victim.timers.run(*now) {
                    return match run_queue_get(p) {
                        Some((g, inherit)) => Steal::Found(g, inherit),
                        None => Steal::RanTimers,
                    };
                }
            }
            if let Some(g) = victim.run_queue.steal_into(&p.run_queue) {
                return Steal::Found(g, false);
            }
            // `run_next` only in the last round: its P is probably about to run it.
            if last {
                let next = victim.run_next.load(Ordering::Acquire);
                if !next.is_null() && victim.status() == p::PStatus::Running {
                    os::usleep(3);
                }
                if !next.is_null()
                    && victim
                        .run_next
                        .compare_exchange(next, null_mut(), Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok()
                {
                    // SAFETY: a G, never freed.
                    return Steal::Found(unsafe { &*next }, false);
                }
            }
        }
    }
    Steal::Nothing
}

/// The running goroutine gives way: g goes to the global queue.
pub(crate) fn yield_to_scheduler(g: &'static G, why: Stop) -> ! {
    let m = current_m();
    crate::trace::go_stop(g, why);
    m.curg.set(None);
    g.set_status(Status::Runnable);
    SCHED.lock().push_global(g);
    // SAFETY: nothing on g0's stack is needed any more.
    unsafe { crate::arch::run_on_g0(schedule) }
}

extern "C" fn gosched() {
    yield_to_scheduler(super::getg(), Stop::Gosched);
}
g0_entry!("runtime.Gosched", gosched);
