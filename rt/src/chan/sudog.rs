//! `Sudog`: a goroutine in a wait queue of a channel, semaphore or condition variable.
//!
//! Sudogs live outside the collected heap and are recycled through the P. `g.waiting` heads the list of those of one
//! parked goroutine (through `wait_link`); the collector reads it, to keep the channels and values alive.
//! The queue links belong to the holder of the lock of the structure waited on, the rest to the goroutine.

use core::ptr::null_mut;

use crate::mem::persistent;
use crate::sched::{self, G};
use crate::shared::{AtomicPtr, Cell, Ordering};
use crate::sync::Mutex;

/// See the module's text.
pub(crate) struct Sudog {
    pub g: Cell<Option<&'static G>>,
    /// Queue links.
    pub next: Cell<*mut Sudog>,
    pub prev: Cell<*mut Sudog>,
    /// Value to send or place to receive to; for semaphores the address.
    pub elem: Cell<*mut u8>,
    /// The channel.
    pub chan: Cell<*mut u8>,
    /// Next of the goroutine's list; next unused one.
    pub wait_link: Cell<*mut Sudog>,
    /// Select: another case may win, see `G::select_done`.
    pub is_select: Cell<bool>,
    /// Woken by communication, not by close.
    pub success: Cell<bool>,
    /// Index of the select case. Semaphores: 1 when the token was handed over. Condition variables: the ticket.
    pub ticket: Cell<u32>,
    /// Semaphores: waiters at the same address, first and last. Only meaningful in the head.
    pub same_next: Cell<*mut Sudog>,
    pub same_last: Cell<*mut Sudog>,
}

impl Sudog {
    fn unused(next: *mut Sudog) -> Sudog {
        Sudog {
            g: Cell::new(None),
            next: Cell::new(null_mut()),
            prev: Cell::new(null_mut()),
            elem: Cell::new(null_mut()),
            chan: Cell::new(null_mut()),
            wait_link: Cell::new(next),
            is_select: Cell::new(false),
            success: Cell::new(false),
            ticket: Cell::new(0),
            same_next: Cell::new(null_mut()),
            same_last: Cell::new(null_mut()),
        }
    }
}

struct FreeList(*mut Sudog);
// SAFETY: unused sudogs belong to the holder of the lock.
unsafe impl Send for FreeList {}

crate::shared_static! {
    static FREE: Mutex<FreeList> = Mutex::new(FreeList(null_mut()));
}
/// Sudogs made at a time.
const BATCH: usize = if cfg!(loom) { 2 } else { 32 };

/// A sudog for the running goroutine, all fields but `g` at their defaults.
pub(crate) fn acquire(g: &'static G) -> &'static Sudog {
    let p = crate::arch::current_m().p();
    let mut at = p.sudogs.get() as *mut Sudog;
    if at.is_null() {
        at = refill();
    }
    // SAFETY: unused sudogs in the P's list are its own; sudogs are never unmapped.
    let s = unsafe { &*at };
    p.sudogs.set(s.wait_link.get() as usize);
    s.g.set(Some(g));
    s.next.set(null_mut());
    s.prev.set(null_mut());
    s.elem.set(null_mut());
    s.chan.set(null_mut());
    s.wait_link.set(null_mut());
    s.is_select.set(false);
    s.success.set(false);
    s.ticket.set(0);
    s.same_next.set(null_mut());
    s.same_last.set(null_mut());
    s
}

/// Takes back a sudog that is in no queue.
pub(crate) fn release(s: &'static Sudog) {
    let p = crate::arch::current_m().p();
    s.g.set(None);
    s.elem.set(null_mut());
    s.chan.set(null_mut());
    s.wait_link.set(p.sudogs.get() as *mut Sudog);
    p.sudogs.set(s as *const Sudog as usize);
}

/// A list of unused sudogs: left over by a P that is gone, or new.
#[cold]
fn refill() -> *mut Sudog {
    let left = core::mem::replace(&mut FREE.lock().0, null_mut());
    if !left.is_null() {
        return left;
    }
    let Some(memory) = persistent::alloc(BATCH * size_of::<Sudog>(), 64) else {
        crate::fatal::out_of_memory()
    };
    let first = memory.cast::<Sudog>().as_ptr();
    let mut next = null_mut();
    for i in (0..BATCH).rev() {
        // SAFETY: memory for `BATCH` sudogs that nobody else has.
        unsafe {
            first.add(i).write(Sudog::unused(next));
            next = first.add(i);
        }
    }
    first
}

/// Hands a P's unused sudogs to the others. World stopped.
pub(crate) fn flush(p: &crate::sched::p::P) {
    let head = p.sudogs.replace(0) as *mut Sudog;
    if head.is_null() {
        return;
    }
    let mut free = FREE.lock();
    let mut tail = head;
    // SAFETY: the list belonged to the P.
    unsafe {
        while !(*tail).wait_link.get().is_null() {
            tail = (*tail).wait_link.get();
        }
        (*tail).wait_link.set(free.0);
    }
    free.0 = head;
}

/// Calls `f` with the channel and value addresses of a parked goroutine. World stopped.
pub(crate) fn for_each_of(g: &G, mut f: impl FnMut(usize)) {
    for_each_pair(g, |elem, chan| {
        f(elem);
        f(chan);
    });
}

/// Calls `f` with the value address (of a lock: its own) and the channel of each wait of a parked goroutine. World stopped.
pub(crate) fn for_each_pair(g: &G, mut f: impl FnMut(usize, usize)) {
    let mut at = g.waiting.get() as *const Sudog;
    while !at.is_null() {
        // SAFETY: `g.waiting` heads a list of live sudogs.
        let s = unsafe { &*at };
        f(s.elem.get() as usize, s.chan.get() as usize);
        at = s.wait_link.get();
    }
}

/// A queue of goroutines waiting on one side of a channel. Under the channel's lock.
pub(crate) struct WaitQ {
    /// Also read without the lock.
    first: AtomicPtr<Sudog>,
    last: Cell<*mut Sudog>,
}

impl WaitQ {
    #[cfg(loom)]
    pub(crate) fn new() -> WaitQ {
        WaitQ { first: AtomicPtr::new(null_mut()), last: Cell::new(null_mut()) }
    }

    /// Does it look, without the lock, as if somebody waits?
    #[inline]
    pub(crate) fn may_wait(&self) -> bool {
        !self.first.load(Ordering::Acquire).is_null()
    }

    fn first(&self) -> *mut Sudog {
        self.first.load(Ordering::Relaxed)
    }

    fn set_first(&self, s: *mut Sudog) {
        // Release pairs with `may_wait`, though nobody follows the pointer there.
        self.first.store(s, Ordering::Release);
    }

    pub(crate) fn enqueue(&self, s: &'static Sudog) {
        let at = s as *const Sudog as *mut Sudog;
        s.next.set(null_mut());
        s.prev.set(self.last.get());
        // SAFETY: queue members are live sudogs.
        match unsafe { self.last.get().as_ref() } {
            Some(last) => last.next.set(at),
            None => self.set_first(at),
        }
        self.last.set(at);
    }

    /// The first waiter that is still to be served: a select may have been served through another case.
    pub(crate) fn dequeue(&self) -> Option<&'static Sudog> {
        loop {
            // SAFETY: queue members are live sudogs.
            let s: &'static Sudog = unsafe { self.first().as_ref()? };
            self.remove(s);
            if s.is_select.get() {
                let Some(g) = s.g.get() else { crate::fatal::throw("sudog without goroutine") };
                // The winner of this exchange wakes the goroutine.
                if !sched_select_win(g) {
                    continue;
                }
            }
            return Some(s);
        }
    }

    /// Takes `s` out if it is in the queue.
    pub(crate) fn remove(&self, s: &'static Sudog) {
        let at = s as *const Sudog as *mut Sudog;
        if s.prev.get().is_null() && self.first() != at {
            return;
        }
        // SAFETY: neighbours in the queue are live sudogs.
        unsafe {
            match s.prev.get().as_ref() {
                Some(prev) => prev.next.set(s.next.get()),
                None => self.set_first(s.next.get()),
            }
            match s.next.get().as_ref() {
                Some(next) => next.prev.set(s.prev.get()),
                None => self.last.set(s.prev.get()),
            }
        }
        s.next.set(null_mut());
        s.prev.set(null_mut());
    }
}

fn sched_select_win(g: &G) -> bool {
    g.select_done.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// Makes `s` the only entry of the goroutine's list.
pub(crate) fn set_waiting(g: &G, s: &'static Sudog) {
    g.waiting.set(s as *const Sudog as usize);
}

/// The goroutine's only entry, taken off.
pub(crate) fn take_waiting(g: &G) -> &'static Sudog {
    let at = g.waiting.replace(0) as *const Sudog;
    // SAFETY: set by `set_waiting` before parking.
    match unsafe { at.as_ref() } {
        Some(s) => s,
        None => crate::fatal::throw("woken goroutine without sudog"),
    }
}

/// Wakes the goroutine of `s`, which sees `s` in `g.param`.
pub(crate) fn wake(s: &'static Sudog) {
    let Some(g) = s.g.get() else { crate::fatal::throw("sudog without goroutine") };
    g.param.set(s as *const Sudog as usize);
    sched::goready(g);
}
