//! Deadlines of files: a timer per side, armed while a deadline lies in the future.

use super::{PollDesc, Side, ready_all};
use crate::os;
use crate::sched::queue::GQueue;
use crate::timer::{Timer, commit};

/// Arms the side's timer for its deadline, or disarms it. Descriptor's lock held.
fn arm(pd: &PollDesc, side: Side) {
    let waiter = pd.side(side);
    let home = waiter.timer.lock_home();
    waiter.timer.when.set(waiter.deadline.get().max(0));
    waiter.timer.seq.set(waiter.timer.seq.get() + 1);
    commit(home, &waiter.timer);
}

/// Stops the side's timer. Descriptor's lock held.
pub(super) fn disarm(pd: &PollDesc, side: Side) {
    if pd.side(side).timer.when.get() != 0 {
        let waiter = pd.side(side);
        let home = waiter.timer.lock_home();
        waiter.timer.when.set(0);
        waiter.timer.seq.set(waiter.timer.seq.get() + 1);
        commit(home, &waiter.timer);
    }
}

/// A side's timer is due.
pub(super) fn expired(t: &Timer, seq: u64) {
    // SAFETY: the timer's argument is its descriptor, never freed.
    let pd = unsafe { &*(t.arg[0].get() as *const PollDesc) };
    let side = if t.arg[1].get() == 0 { Side::Read } else { Side::Write };
    let mut list = GQueue::new();
    pd.lock.lock();
    // Armed anew meanwhile? Then this is not the deadline any more.
    if t.seq.get() == seq {
        pd.side(side).deadline.set(-1);
        pd.wake(side, false, &mut list);
    }
    pd.lock.unlock();
    ready_all(list);
}

/// `d`: ns from now, 0 none, negative already over.
pub(crate) extern "C" fn set_deadline(pd: &'static PollDesc, d: i64, mode: i64) {
    let mut list = GQueue::new();
    let deadline = match d {
        0 => 0,
        ..0 => -1,
        1.. => os::nanotime().saturating_add(d),
    };
    pd.lock.lock();
    if !pd.closing.get() {
        for (side, letter) in [(Side::Read, b'r'), (Side::Write, b'w')] {
            if mode != letter as i64 && mode != (b'r' as i64 + b'w' as i64) {
                continue;
            }
            pd.side(side).deadline.set(deadline);
            arm(pd, side);
            if deadline < 0 {
                pd.wake(side, false, &mut list);
            }
        }
    }
    pd.lock.unlock();
    ready_all(list);
}
g0_entry!("internal/poll.runtime_pollSetDeadline", set_deadline);
