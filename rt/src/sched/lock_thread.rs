//! `LockOSThread`: a goroutine and an M wired to each other. Such an M runs nothing else, and the goroutine only there.

use super::g::G;
use super::idle::{self, SCHED};
use super::m::M;
use super::{deadlock, p, template};
use crate::arch::current_m;
use crate::entry::Pair;

/// The M's goroutine is not running: gives the P away and sleeps until another M brings it back with the goroutine.
pub(crate) fn wait_for_locked_g(m: &'static M) {
    if m.p.get().is_some() {
        idle::hand_off_p(p::release(m));
    }
    {
        let mut sched = SCHED.lock();
        sched.idle_locked += 1;
        deadlock::check(&mut sched);
    }
    m.park.sleep();
    m.park.clear();
    SCHED.lock().idle_locked -= 1;
    if let Some(p) = m.next_p.take() {
        p::acquire(m, p);
    }
}

/// This M has picked a goroutine wired to `owner`: hands its P over and sleeps.
pub(crate) fn run_on_owner(m: &'static M, owner: &'static M) {
    let p = p::release(m);
    owner.next_p.set(Some(p));
    owner.park.wake();
    idle::stop_m();
}

/// Ends this thread; another M takes the P. The M itself stays allocated. The first thread stands for the process: it sleeps for ever.
pub(crate) fn end_thread(m: &'static M) -> ! {
    crate::profile::cpu::thread_ends(m);
    crate::gc::barrier::flush(m);
    idle::hand_off_p(p::release(m));
    if m.id.get() == 0 {
        {
            let mut sched = SCHED.lock();
            sched.m_count -= 1;
            deadlock::check(&mut sched);
        }
        loop {
            m.park.clear();
            m.park.sleep();
        }
    }
    {
        let mut sched = SCHED.lock();
        sched.remove_m(m);
        crate::trace::thread_ends(m);
        deadlock::check(&mut sched);
    }
    crate::os::exit_thread()
}

/// Goroutine `from`, running on `m`, hands control to its coroutine partner `to`: if `from` is wired to `m`, `to` takes its place,
/// so that both sides of an iterator run on that thread.
pub(crate) fn pass_on(m: &'static M, from: &'static G, to: &'static G) {
    if to.locked_m.get().is_some() {
        crate::fatal::throw("coroswitch: the other goroutine is locked to a thread");
    }
    if from.locked_m.take().is_some() {
        to.locked_m.set(Some(m));
        to.lock_count.set(from.lock_count.replace(0));
        m.locked_g.set(Some(to));
    }
}

extern "C" fn lock_os_thread() {
    let m = current_m();
    if let Some(g) = m.curg.get() {
        template::start();
        m.may_be_changed.set(true);
        lock(g, m);
    }
}
g0_entry!("runtime.LockOSThread", lock_os_thread);

/// Wires g to m, once more.
pub(crate) fn lock(g: &'static G, m: &'static M) {
    g.lock_count.set(g.lock_count.get() + 1);
    g.locked_m.set(Some(m));
    m.locked_g.set(Some(g));
}

/// What identifies how the running goroutine is wired: its M, 0 for none, and how often it has asked for that.
extern "C" fn lock_state() -> Pair {
    let wired = current_m().curg.get().and_then(|g| Some((g.locked_m.get()?, g)));
    wired.map_or(Pair(0, 0), |(m, g)| Pair(m.self_addr.get() as u64, g.lock_count.get() as u64))
}
leaf_entry!("runtime.lockState", lock_state);

extern "C" fn unlock_os_thread() {
    if let Some(g) = current_m().curg.get() {
        unlock(g);
    }
}
leaf_entry!("runtime.UnlockOSThread", unlock_os_thread);

/// Undoes one `lock`.
pub(crate) fn unlock(g: &'static G) {
    let count = g.lock_count.get();
    if count == 0 {
        return;
    }
    g.lock_count.set(count - 1);
    if count == 1
        && let Some(m) = g.locked_m.take()
    {
        m.may_be_changed.set(false);
        m.locked_g.set(None);
    }
}
