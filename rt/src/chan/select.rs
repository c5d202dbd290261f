//! `select`.
//!
//! The cases are tried in a random order (the spec's uniform choice): first those that look ready, each under its channel's lock; then
//! with all channels locked (in address order, so that two selects cannot deadlock). If none can go on, one sudog per case is queued and the goroutine parks. Whoever serves one of
//! them first wins `g.select_done` and names its sudog in `g.param`; on resuming, the channels are locked again and
//! the other sudogs taken off their queues.
//!
//! The compiler's scratch area holds the two orders; it lies in the goroutine's frame, so it is still there on resuming.

use core::ptr::{null, null_mut};
use core::slice;

use rgo_abi::panic::PanicCode;
use rgo_abi::types::Scase;

use super::sudog::{self, Sudog};
use super::{HChan, run_timer};
use crate::entry::Pair;
use crate::sched::{self, G, WaitReason, getg, rt_panic};
use crate::shared::Ordering;
use crate::timer;

/// Words of `G::wait` that a parked select keeps: cases, order, number of cases, number of sends.
const CASES: usize = 0;
const ORDER: usize = 1;
const COUNT: usize = 2;
const SENDS: usize = 3;

/// Index of no case: the default.
const DEFAULT: i64 = -1;

/// A select in progress.
pub(crate) struct Select {
    pub cases: *const Scase,
    /// The compiler's scratch area.
    pub order: *mut u16,
    pub count: usize,
    /// The first so many cases send.
    pub sends: usize,
}

impl Select {
    fn chan(&self, case: u16) -> &'static HChan {
        // SAFETY: only cases with a channel are in the orders; the goroutine's frame keeps the channels alive.
        unsafe { &*((*self.cases.add(case as usize)).c as *const HChan) }
    }

    fn elem(&self, case: u16) -> *mut u8 {
        // SAFETY: `case < count`.
        unsafe { (*self.cases.add(case as usize)).elem }
    }

    /// Puts the cases that have a channel in a random order.
    fn random_order(&self) -> &'static mut [u16] {
        // SAFETY: the scratch area has `2 * count` places, and this select alone uses it.
        let poll = unsafe { slice::from_raw_parts_mut(self.order, self.count) };
        let mut n = 0;
        for index in 0..self.count {
            // SAFETY: `index < count`.
            if unsafe { (*self.cases.add(index)).c.is_null() } {
                continue;
            }
            let case = index as u16;
            self.chan(case).check_bubble("select on synctest channel from outside bubble");
            if index >= self.sends {
                run_timer(self.chan(case));
            }
            let j = ((crate::random::cheap() as u64 * (n as u64 + 1)) >> 32) as usize;
            poll[n] = poll[j];
            poll[j] = case;
            n += 1;
        }
        &mut poll[..n]
    }

    /// The same cases in the order of locking.
    fn lock_order(&self, poll: &[u16]) -> &'static mut [u16] {
        // SAFETY: as in `random_order`, the second half.
        let lock = unsafe { slice::from_raw_parts_mut(self.order.add(self.count), poll.len()) };
        lock.copy_from_slice(poll);
        if lock.len() > 1 {
            lock.sort_unstable_by_key(|&case| self.chan(case) as *const HChan as usize);
        }
        lock
    }

    /// Does it look as if the case could go on? Without locks.
    fn may_go_on(&self, case: u16) -> bool {
        let c = self.chan(case);
        if (case as usize) < self.sends { c.may_send() } else { c.may_receive() }
    }

    /// Performs the case if it can go on; its channel is locked, and then unlocked by `unlock`.
    fn attempt(&self, case: u16, unlock: impl Fn()) -> Option<Pair> {
        let c = self.chan(case);
        let elem = self.elem(case);
        let done = |received: bool| Some(Pair(case as u64, received as u64));
        if (case as usize) < self.sends {
            if c.is_closed() {
                unlock();
                rt_panic(PanicCode::SendOnClosedChannel, 0, 0);
            }
            if let Some(receiver) = c.receivers.dequeue() {
                c.copy(receiver.elem.get(), elem);
                receiver.success.set(true);
                unlock();
                sudog::wake(receiver);
                return done(false);
            }
            if c.count() < c.size {
                c.put(elem);
                unlock();
                return done(false);
            }
            return None;
        }
        if let Some(sender) = c.senders.dequeue() {
            c.take_from_sender(sender, elem);
            unlock();
            sudog::wake(sender);
            return done(true);
        }
        if c.count() > 0 {
            c.take(elem);
            unlock();
            return done(true);
        }
        if c.is_closed() {
            unlock();
            c.clear(elem);
            return done(false);
        }
        None
    }

    fn lock(&self, order: &[u16]) {
        let mut last = null();
        for &case in order {
            let c = self.chan(case);
            if !core::ptr::eq(c, last) {
                c.lock.lock();
                last = c;
            }
        }
    }

    fn unlock(&self, order: &[u16]) {
        // A channel is unlocked at its first case in the order: after the last unlock another thread may resume the goroutine,
        // and `order` be gone.
        for i in (0..order.len()).rev() {
            let c = self.chan(order[i]);
            if i == 0 || !core::ptr::eq(c, self.chan(order[i - 1])) {
                c.lock.unlock();
            }
        }
    }
}

/// Performs the select: (index of the case or -1, was a value received?). Parks or panics.
pub(crate) fn select(s: Select, block: bool) -> Pair {
    let poll = s.random_order();
    // The first in the random order that can go on may be taken whatever the others do: one lock instead of all.
    for &case in poll.iter() {
        if s.may_go_on(case) {
            let c = s.chan(case);
            c.lock.lock();
            if let Some(done) = s.attempt(case, || c.lock.unlock()) {
                return done;
            }
            c.lock.unlock();
        }
    }
    let lock = s.lock_order(poll);
    s.lock(lock);
    for &case in poll.iter() {
        if let Some(done) = s.attempt(case, || s.unlock(lock)) {
            return done;
        }
    }
    if !block {
        s.unlock(lock);
        return Pair(DEFAULT as u64, 0);
    }
    let g = getg();
    let mut link: *mut Sudog = null_mut();
    for &case in lock.iter() {
        let c = s.chan(case);
        let waiter = sudog::acquire(g);
        waiter.elem.set(s.elem(case));
        waiter.chan.set(c as *const HChan as *mut u8);
        waiter.is_select.set(true);
        waiter.ticket.set(case as u32);
        waiter.wait_link.set(link);
        link = waiter as *const Sudog as *mut Sudog;
        if (case as usize) < s.sends {
            c.senders.enqueue(waiter);
        } else {
            c.receivers.enqueue(waiter);
            if !c.timer.get().is_null() {
                timer::block_chan(c.timer.get());
            }
        }
    }
    g.waiting.set(link as usize);
    g.param.set(0);
    g.select_done.store(0, Ordering::Release);
    g.wait[CASES].set(s.cases as usize);
    g.wait[ORDER].set(s.order as usize);
    g.wait[COUNT].set(s.count);
    g.wait[SENDS].set(s.sends);
    // Only if each of the channels is the bubble's own.
    let durable = g.bubble.get().is_some() && lock.iter().all(|&case| s.chan(case).bubble != 0);
    let reason = if durable { WaitReason::SynctestSelect } else { WaitReason::Select };
    sched::gopark_with(reason, || s.unlock(lock), Some(select_resume))
}

fn select_resume(g: &'static G) -> Pair {
    let s = Select {
        cases: g.wait[CASES].replace(0) as *const Scase,
        order: g.wait[ORDER].replace(0) as *mut u16,
        count: g.wait[COUNT].replace(0),
        sends: g.wait[SENDS].replace(0),
    };
    let winner = g.param.replace(0) as *const Sudog;
    // SAFETY: the order of locking was written before parking; cases without channel are not in it, so it has as many
    // entries as there are sudogs.
    let lock = unsafe { slice::from_raw_parts(s.order.add(s.count), waiters(g)) };
    s.lock(lock);
    let mut chosen = None;
    let mut at = g.waiting.replace(0) as *const Sudog;
    // SAFETY: the goroutine's sudogs, linked before parking.
    while let Some(waiter) = unsafe { at.as_ref() } {
        at = waiter.wait_link.get();
        let case = waiter.ticket.get() as u16;
        let c = s.chan(case);
        let is_send = (case as usize) < s.sends;
        if !is_send && !c.timer.get().is_null() {
            timer::unblock_chan(c.timer.get());
        }
        if core::ptr::eq(waiter, winner) {
            chosen = Some((case, is_send, waiter.success.get()));
        } else if is_send {
            c.senders.remove(waiter);
        } else {
            c.receivers.remove(waiter);
        }
        waiter.is_select.set(false);
        sudog::release(waiter);
    }
    s.unlock(lock);
    match chosen {
        None => crate::fatal::throw("select woken by nobody"),
        Some((_, true, false)) => rt_panic(PanicCode::SendOnClosedChannel, 0, 0),
        Some((case, is_send, success)) => Pair(case as u64, (!is_send && success) as u64),
    }
}

fn waiters(g: &G) -> usize {
    let mut n = 0;
    let mut at = g.waiting.get() as *const Sudog;
    // SAFETY: the goroutine's sudogs, linked before parking.
    while let Some(s) = unsafe { at.as_ref() } {
        n += 1;
        at = s.wait_link.get();
    }
    n
}

extern "C" fn selectgo(
    cases: *const Scase,
    order: *mut u16,
    _pcs: usize,
    sends: i64,
    receives: i64,
    block: u64,
) -> Pair {
    let (sends, receives) = (sends as usize, receives as usize);
    let count = sends + receives;
    if count > u16::MAX as usize + 1 {
        rt_panic(PanicCode::SelectTooManyCases, 0, 0);
    }
    let block = block & 0xff != 0;
    if count == 0 {
        if block {
            sched::gopark(WaitReason::SelectNoCases, None, None);
        }
        return Pair(DEFAULT as u64, 0);
    }
    select(Select { cases, order, count, sends }, block)
}

g0_entry!("runtime.selectgo", selectgo);
