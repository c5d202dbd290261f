//! Detection of a program in which nothing can ever happen again.

use super::g::Status;
use super::idle::Sched;
use super::{init, p};

/// Called, with the scheduler's lock, when an M goes to sleep. If no M runs, no timer is set and nobody listens for signals, the
/// program is dead: reports it and exits.
pub(crate) fn check(sched: &mut Sched) {
    let sleeping = sched.idle_m_count + sched.idle_locked + sched.system_ms;
    if sched.m_count > sleeping || !init::main_started() || crate::signal::has_receiver() {
        return;
    }
    let mut waiting = 0;
    let mut runnable = false;
    super::for_each_g(|g| match g.status() {
        Status::Waiting if !g.is_system.get() => waiting += 1,
        Status::Waiting => {}
        _ => runnable = true,
    });
    if runnable || p::all().any(|p| p.timers.next_when() != 0) {
        return;
    }
    if waiting == 0 {
        crate::fatal::deadlock("no goroutines (main called runtime.Goexit) - deadlock!");
    }
    crate::fatal::deadlock("all goroutines are asleep - deadlock!");
}
