//! What is shared by all Ms: the global run queue, idle Ms, idle Ps, and how Ms sleep and are woken.

use super::g::G;
use super::m::M;
use super::p::{self, P};
use super::queue::GQueue;
use super::{deadlock, sysmon};
use crate::arch::current_m;
use crate::os;
use crate::shared::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// State under the scheduler's lock.
pub(crate) struct Sched {
    pub run_queue: GQueue,
    idle_ps: Option<&'static P>,
    idle_ms: Option<&'static M>,
    pub idle_m_count: u32,
    /// Ms that wait for the goroutine wired to them.
    pub idle_locked: u32,
    /// Ms that do not schedule (sysmon).
    pub system_ms: u32,
    pub m_count: u32,
    pub all_ms: Option<&'static M>,
    /// Ms blocked inside rt until they get a P (see `world`), linked by `idle_link`.
    p_waiters: Option<&'static M>,
    pub free_gs: GQueue,
    pub goid: u64,
    /// Ps that must still stop.
    pub stop_wait: u32,
    /// `debug.SetMaxThreads`.
    pub max_ms: u32,
}

crate::shared_static! {
    pub(crate) static SCHED: Mutex<Sched> = Mutex::new(Sched {
        run_queue: GQueue::new(),
        idle_ps: None,
        idle_ms: None,
        idle_m_count: 0,
        idle_locked: 0,
        system_ms: 0,
        m_count: 0,
        all_ms: None,
        p_waiters: None,
        free_gs: GQueue::new(),
        goid: 0,
        stop_wait: 0,
        max_ms: 10_000,
    });

    /// Length of the global queue, to look without the lock.
    pub(crate) static GLOBAL_LEN: AtomicU32 = AtomicU32::new(0);
    /// Number of spinning Ms.
    pub(crate) static SPINNING: AtomicU32 = AtomicU32::new(0);
    /// Number of idle Ps.
    pub(crate) static IDLE_PS: AtomicU32 = AtomicU32::new(0);
    /// Number of Ms that are blocked inside rt until they get a P.
    pub(crate) static P_WAITERS: AtomicU32 = AtomicU32::new(0);
    /// Somebody wants all Ps to stop.
    pub(crate) static WORLD_STOPPING: AtomicBool = AtomicBool::new(false);
    /// Time of the last poll; 0 while an M is blocked in the poller.
    pub(crate) static LAST_POLL: AtomicI64 = AtomicI64::new(0);
    /// Until when that M polls (0: forever).
    pub(crate) static POLL_UNTIL: AtomicI64 = AtomicI64::new(0);
}

impl Sched {
    pub(crate) fn push_global(&mut self, g: &'static G) {
        self.run_queue.push(g);
        GLOBAL_LEN.store(self.run_queue.len() as u32, Ordering::Relaxed);
    }

    /// Takes this P's share of the global queue: one to run, the rest to its ring.
    pub(crate) fn take_share(&mut self, p: &'static P, max: usize) -> Option<&'static G> {
        let share = (self.run_queue.len() / p::count() + 1).min(self.run_queue.len()).min(128).min(max);
        if share == 0 {
            return None;
        }
        let first = self.run_queue.pop();
        for _ in 1..share {
            if let Some(g) = self.run_queue.pop()
                && let Err(g) = p.run_queue.push(g)
            {
                self.run_queue.push_front(g);
                break;
            }
        }
        GLOBAL_LEN.store(self.run_queue.len() as u32, Ordering::Relaxed);
        first
    }

    /// Gives a P without holder to an M that waits for one inside rt; false: there is none.
    pub(crate) fn give_to_waiter(&mut self, p: &'static P) -> bool {
        let Some(m) = self.p_waiters else { return false };
        self.p_waiters = m.idle_link.take();
        P_WAITERS.fetch_sub(1, Ordering::SeqCst);
        m.next_p.set(Some(p));
        m.park.wake();
        true
    }

    /// Puts a P without holder on the idle list, or hands it to an M that waits for one.
    pub(crate) fn put_idle_p(&mut self, p: &'static P) {
        if self.give_to_waiter(p) {
            return;
        }
        p.set_status(p::PStatus::Idle);
        p.idle_link.set(self.idle_ps.replace(p));
        IDLE_PS.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn get_idle_p(&mut self) -> Option<&'static P> {
        let p = self.idle_ps?;
        self.idle_ps = p.idle_link.take();
        IDLE_PS.fetch_sub(1, Ordering::SeqCst);
        sysmon::wake();
        Some(p)
    }

    /// Takes an M whose thread ends off the books.
    pub(crate) fn remove_m(&mut self, m: &'static M) {
        self.m_count -= 1;
        if self.all_ms.is_some_and(|first| core::ptr::eq(first, m)) {
            self.all_ms = m.all_link.get();
            return;
        }
        let mut at = self.all_ms;
        while let Some(before) = at {
            let next = before.all_link.get();
            if next.is_some_and(|n| core::ptr::eq(n, m)) {
                before.all_link.set(m.all_link.get());
                return;
            }
            at = next;
        }
    }

    fn get_idle_m(&mut self) -> Option<&'static M> {
        let m = self.idle_ms?;
        self.idle_ms = m.idle_link.take();
        self.idle_m_count -= 1;
        Some(m)
    }
}

/// Sets the limit of threads; returns the old one.
pub(crate) fn set_max_threads(n: u32) -> u32 {
    core::mem::replace(&mut SCHED.lock().max_ms, n)
}

/// Blocks this M (inside rt, keeping its frames) until somebody gives it a P.
pub(crate) fn wait_for_p(mut sched: MutexGuard<'static, Sched>, m: &'static M) {
    m.idle_link.set(sched.p_waiters.replace(m));
    P_WAITERS.fetch_add(1, Ordering::SeqCst);
    drop(sched);
    m.park.sleep();
    m.park.clear();
    if let Some(p) = m.next_p.take() {
        p::acquire(m, p);
    }
}

/// Puts this M, which has no P, to sleep until somebody gives it one.
pub(crate) fn stop_m() {
    stop_m_for_moments(0);
}

/// The same, for one who will probably get a P within `spin_ns` nanoseconds: it looks for that long before it sleeps.
pub(crate) fn stop_m_for_moments(spin_ns: i64) {
    let m = current_m();
    let mut sched = SCHED.lock();
    m.idle_link.set(sched.idle_ms.replace(m));
    sched.idle_m_count += 1;
    deadlock::check(&mut sched);
    drop(sched);
    if spin_ns == 0 || !m.park.spin_until(os::nanotime() + spin_ns) {
        m.park.sleep();
    }
    m.park.clear();
    if let Some(p) = m.next_p.take() {
        p::acquire(m, p);
    }
}

/// Runs an M for `p` (whose holder the caller is); with nil for any idle P, if there is one.
/// `spinning`: the caller has counted the new M as spinning.
pub(crate) fn start_m(p: Option<&'static P>, spinning: bool) {
    let mut sched = SCHED.lock();
    let Some(p) = p.or_else(|| sched.get_idle_p()) else {
        if spinning {
            SPINNING.fetch_sub(1, Ordering::SeqCst);
        }
        return;
    };
    match sched.get_idle_m() {
        Some(m) => {
            drop(sched);
            m.spinning.set(spinning);
            m.next_p.set(Some(p));
            m.park.wake();
        }
        None => {
            sched.m_count += 1;
            if sched.m_count > sched.max_ms {
                let limit = sched.max_ms;
                drop(sched);
                crate::fatal::throw_because(
                    format_args!("runtime: program exceeds {limit}-thread limit\n"),
                    "thread exhaustion",
                );
            }
            drop(sched);
            super::init::new_m(Some(p), spinning, None);
        }
    }
}

/// Work has been made: runs one more M, unless one is looking for work already or no P is idle.
pub(crate) fn wake_p() {
    if IDLE_PS.load(Ordering::SeqCst) == 0 {
        return;
    }
    if SPINNING.load(Ordering::SeqCst) != 0
        || SPINNING.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).is_err()
    {
        return;
    }
    start_m(None, true);
}

/// Gives away the P of an M that is blocked: to an M if there is work, else to the idle list.
pub(crate) fn hand_off_p(p: &'static P) {
    if !p.is_queue_empty() || GLOBAL_LEN.load(Ordering::Relaxed) != 0 {
        return start_m(Some(p), false);
    }
    if SPINNING.load(Ordering::SeqCst) + IDLE_PS.load(Ordering::SeqCst) == 0
        && SPINNING.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    {
        return start_m(Some(p), true);
    }
    let mut sched = SCHED.lock();
    if WORLD_STOPPING.load(Ordering::SeqCst) {
        super::world::p_stopped(&mut sched, p);
        return;
    }
    if sched.run_queue.len() != 0 {
        drop(sched);
        return start_m(Some(p), false);
    }
    // The last P to become idle: its M would be the one to wait for the network.
    if crate::netpoll::has_waiters()
        && IDLE_PS.load(Ordering::SeqCst) as usize + 1 == p::count()
        && LAST_POLL.load(Ordering::SeqCst) != 0
    {
        drop(sched);
        return start_m(Some(p), false);
    }
    let when = p.timers.next_when();
    sched.put_idle_p(p);
    drop(sched);
    if when != 0 {
        wake_poller(when);
    }
}

/// A timer at `when` exists: makes sure that somebody waits for it.
pub(crate) fn wake_poller(when: i64) {
    if LAST_POLL.load(Ordering::SeqCst) == 0 {
        let until = POLL_UNTIL.load(Ordering::SeqCst);
        if until == 0 || until > when {
            crate::netpoll::interrupt();
        }
    } else {
        wake_p();
    }
}

/// Makes a list of goroutines runnable through the global queue (or this M's P) and runs Ms for them.
pub(crate) fn inject(mut list: GQueue) {
    let n = list.len();
    if n == 0 {
        return;
    }
    {
        let mut sched = SCHED.lock();
        while let Some(g) = list.pop() {
            sched.push_global(g);
        }
    }
    for _ in 0..n.min(IDLE_PS.load(Ordering::SeqCst) as usize) {
        start_m(None, false);
    }
}
