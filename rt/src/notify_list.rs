//! Notification lists: the waiters of a `sync.Cond`.
//!
//! `Wait` takes a ticket while it still holds the user's lock and sleeps with it later; `NotifyOne` serves the lowest ticket that
//! has not been served, even if its goroutine has not gone to sleep yet (it then finds its ticket served). Tickets are
//! compared with wrap-around.

use core::mem::size_of;
use core::ptr::null_mut;

use rgo_abi::panic::PanicCode;

use crate::chan::sudog::{self, Sudog};
use crate::entry::Pair;
use crate::sched::{self, G, WaitReason, getg, rt_panic};
use crate::shared::{AtomicU32, Cell, Ordering::SeqCst};
use crate::sync::RawMutex;
use crate::synctest;

/// `sync.notifyList`.
#[repr(C)]
pub(crate) struct NotifyList {
    /// Next ticket.
    wait: AtomicU32,
    /// Tickets below are served. Written under `lock`.
    notify: AtomicU32,
    lock: RawMutex,
    _pad: u32,
    head: Cell<*mut Sudog>,
    tail: Cell<*mut Sudog>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<NotifyList>() == 32);

#[cfg(loom)]
impl NotifyList {
    pub(crate) fn new() -> NotifyList {
        NotifyList {
            wait: AtomicU32::new(0),
            notify: AtomicU32::new(0),
            lock: RawMutex::new(),
            _pad: 0,
            head: Cell::new(null_mut()),
            tail: Cell::new(null_mut()),
        }
    }
}

/// Is ticket `a` before `b`?
fn less(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

pub(crate) extern "C" fn add(l: &NotifyList) -> u64 {
    l.wait.fetch_add(1, SeqCst) as u64
}

extern "C" fn wait(l: &NotifyList, ticket: u32) {
    sleep_on(l, ticket);
}

/// Sleeps until the ticket is served.
pub(crate) fn sleep_on(l: &NotifyList, ticket: u32) {
    l.lock.lock();
    if less(ticket, l.notify.load(SeqCst)) {
        l.lock.unlock();
        return;
    }
    let g = getg();
    let s = sudog::acquire(g);
    s.ticket.set(ticket);
    s.elem.set(l as *const NotifyList as *mut u8);
    sudog::set_waiting(g, s);
    let at = s as *const Sudog as *mut Sudog;
    // SAFETY: list members are live sudogs.
    match unsafe { l.tail.get().as_ref() } {
        Some(tail) => tail.next.set(at),
        None => l.head.set(at),
    }
    l.tail.set(at);
    sched::gopark(WaitReason::SyncCondWait, Some(&l.lock), Some(wait_resume))
}

fn wait_resume(g: &'static G) -> Pair {
    sudog::release(sudog::take_waiting(g));
    g.param.set(0);
    Pair(0, 0)
}

pub(crate) extern "C" fn notify_all(l: &NotifyList) {
    if l.wait.load(SeqCst) == l.notify.load(SeqCst) {
        return;
    }
    l.lock.lock();
    let mut at = l.head.replace(null_mut()) as *const Sudog;
    l.tail.set(null_mut());
    l.notify.store(l.wait.load(SeqCst), SeqCst);
    l.lock.unlock();
    // SAFETY: taken off the list together; a sudog stays valid until its goroutine runs.
    while let Some(s) = unsafe { at.as_ref() } {
        at = s.next.replace(null_mut());
        s.g.get().into_iter().for_each(synctest::check_wake);
        sudog::wake(s);
    }
}

pub(crate) extern "C" fn notify_one(l: &NotifyList) {
    if l.wait.load(SeqCst) == l.notify.load(SeqCst) {
        return;
    }
    l.lock.lock();
    let ticket = l.notify.load(SeqCst);
    if ticket == l.wait.load(SeqCst) {
        l.lock.unlock();
        return;
    }
    l.notify.store(ticket.wrapping_add(1), SeqCst);
    // The list is nearly sorted by ticket, so the search is short.
    let mut prev: *const Sudog = null_mut();
    let mut at = l.head.get() as *const Sudog;
    // SAFETY: list members are live sudogs.
    while let Some(s) = unsafe { at.as_ref() } {
        if s.ticket.get() != ticket {
            prev = at;
            at = s.next.get();
            continue;
        }
        // SAFETY: as above.
        match unsafe { prev.as_ref() } {
            Some(prev) => prev.next.set(s.next.get()),
            None => l.head.set(s.next.get()),
        }
        if s.next.get().is_null() {
            l.tail.set(prev.cast_mut());
        }
        l.lock.unlock();
        s.next.set(null_mut());
        s.g.get().into_iter().for_each(synctest::check_wake);
        sudog::wake(s);
        return;
    }
    // Its goroutine is on the way to `wait`, and will see the new `notify`.
    l.lock.unlock();
}

extern "C" fn check(size: usize) {
    if size != size_of::<NotifyList>() {
        rt_panic(PanicCode::BadNotifyListSize, size as u64, 0);
    }
}

g0_entry!("sync.runtime_notifyListAdd", add);
g0_entry!("sync.runtime_notifyListWait", wait);
g0_entry!("sync.runtime_notifyListNotifyAll", notify_all);
g0_entry!("sync.runtime_notifyListNotifyOne", notify_one);
g0_entry!("sync.runtime_notifyListCheck", check);
