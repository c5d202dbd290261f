//! The entries of package time, and what channels need of timers.

use super::metal::{Action, POINTER_WORDS, Timer, commit, fire};
use crate::chan::{HChan, discard_stale};
use crate::entry::{Pair, Triple};
use crate::gc::barrier;
use crate::mem::malloc::{Zero, mallocgc};
use crate::os;
use crate::sched::{self, G, WaitReason};
use crate::shared::Ordering;
use crate::synctest;
use core::mem::offset_of;
use rgo_abi::types::{Type, kind};

/// The collector's view of a `Timer`.
struct TimerType(Type);
// SAFETY: read only.
unsafe impl Sync for TimerType {}
static MASK: u64 = 0b11_1101;
static TIMER_TYPE: TimerType = TimerType(Type {
    size: size_of::<Timer>(),
    ptr_bytes: POINTER_WORDS * 8,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind: kind::STRUCT,
    equal: core::ptr::null(),
    gc_data: &raw const MASK as *const u8,
    str_off: 0,
    ptr_to_this: 0,
});
#[cfg(not(loom))]
const _: () = assert!(offset_of!(Timer, feeds) == (POINTER_WORDS - 1) * 8);

/// `time.newTimer(when, period, f, arg any, chan) *Timer`.
extern "C" fn new_timer(
    when: i64,
    period: i64,
    func: usize,
    arg0: usize,
    arg1: usize,
    chan: *mut HChan,
) -> *const Timer {
    make(when, period, func, [arg0, arg1], chan)
}

pub(crate) fn make(
    when: i64,
    period: i64,
    func: usize,
    [arg0, arg1]: [usize; 2],
    chan: *mut HChan,
) -> *const Timer {
    // SAFETY: on g0 with a P; the descriptor describes Timer.
    let place =
        unsafe { mallocgc(sched::mcache(), size_of::<Timer>(), &TIMER_TYPE.0, Zero::Yes) } as *mut Timer;
    // SAFETY: fresh memory of that size and alignment.
    unsafe { place.write(Timer::new(Action::Go)) };
    // SAFETY: just written; alive while it is used here, because this frame refers to it.
    let t = unsafe { &*place };
    t.init.set(1);
    t.func.set(func);
    t.arg[0].set(arg0);
    t.arg[1].set(arg1);
    t.feeds.set(chan.cast());
    t.bubbled.set(synctest::current().is_some());
    for word in [func, arg0, arg1, chan as usize] {
        barrier::shade(word);
    }
    // SAFETY: nil, or the channel that time made for this timer and nobody else knows yet.
    if let Some(c) = unsafe { chan.as_ref() } {
        c.timer.set(place.cast());
        barrier::shade(place as usize);
    }
    if chan.is_null() || t.bubbled.get() {
        set(t, when, period);
    } else {
        // Nobody else knows it yet, and as long as nobody waits on its channel it is in no heap.
        t.when.set(when);
        t.period.set(period);
        t.settle_here();
    }
    place
}
g0_entry!("time.newTimer", new_timer);

/// Arms (`when` above 0) or disarms a timer; true if it was active.
pub(crate) fn set(t: &Timer, when: i64, period: i64) -> bool {
    // SAFETY: nil or a channel, which the timer keeps alive.
    let feeds = unsafe { t.feeds.get().cast::<HChan>().as_ref() };
    if feeds.is_some() {
        // A send in progress ends first. One that has not got as far sees the new seq and sends nothing: it is prevented here,
        // which must be known before it can be over.
        t.send_lock.lock();
    }
    let home = t.lock_home_in_bubble();
    let mut active = t.when.get() > 0 || (feeds.is_some() && t.sending.load(Ordering::Relaxed) > 0);
    t.when.set(when);
    t.period.set(period);
    t.seq.set(t.seq.get() + 1);
    if let Some(now) = t.is_due_in_bubble() {
        if feeds.is_some() {
            t.send_lock.unlock();
        }
        // Now rather than when everybody is blocked.
        fire(home, t, now);
        return active;
    }
    commit(home, t);
    if let Some(chan) = feeds {
        active |= discard_stale(chan);
        t.send_lock.unlock();
    }
    active
}

/// A timer of a bubble is not for others.
fn check_bubble(t: &Timer, text: &str) {
    if t.bubbled.get() && synctest::current().is_none() {
        crate::fatal::fatal(text);
    }
}

extern "C" fn stop_timer(t: &Timer) -> u64 {
    check_bubble(t, "stop of synctest timer from outside bubble");
    set(t, 0, 0) as u64
}
g0_entry!("time.stopTimer", stop_timer);

extern "C" fn reset_timer(t: &Timer, when: i64, period: i64) -> u64 {
    check_bubble(t, "reset of synctest timer from outside bubble");
    set(t, when.max(1), period) as u64
}
g0_entry!("time.resetTimer", reset_timer);

/// A channel operation is about to look at the buffer of a timer's channel: runs the timer if it is due and in no heap.
/// No lock held.
pub(crate) fn maybe_run_chan(t: *mut u8) {
    // SAFETY: the channel keeps its timer alive.
    let t = unsafe { &*t.cast::<Timer>() };
    if t.blocked.get() > 0 || t.when.get() == 0 {
        return;
    }
    check_bubble(t, "synctest timer accessed from outside bubble");
    let now = match synctest::current() {
        Some(bubble) if t.bubbled.get() => bubble.now(),
        _ => os::nanotime(),
    };
    let home = t.lock_home();
    let when = t.when.get();
    if when > 0 && when <= now {
        fire(home, t, now);
    }
}

/// A goroutine is about to block on a timer's channel, whose lock the caller holds.
pub(crate) fn block_chan(t: *mut u8) {
    change_blocked(t, 1);
}

/// It does so no longer.
pub(crate) fn unblock_chan(t: *mut u8) {
    change_blocked(t, -1);
}

fn change_blocked(t: *mut u8, by: i32) {
    // SAFETY: the channel keeps its timer alive.
    let t = unsafe { &*t.cast::<Timer>() };
    let home = t.lock_home_in_bubble();
    t.blocked.set(t.blocked.get().wrapping_add_signed(by));
    commit(home, t);
}

/// `time.Sleep`.
extern "C" fn sleep(ns: i64) {
    if ns > 0 {
        sleep_for(ns);
    }
}

pub(crate) fn sleep_for(ns: i64) {
    let g = sched::getg();
    let t = sleep_timer(g);
    let now = match g.bubble.get() {
        Some(bubble) => bubble.now(),
        None => {
            crate::netpoll::open();
            os::nanotime()
        }
    };
    t.bubbled.set(g.bubble.get().is_some());
    t.settle_here();
    let mut home = t.lock_home();
    t.when.set(now.saturating_add(ns));
    // Nobody needs waking: this M goes through the scheduler now, which looks at this P's timers.
    if home.update(t) != 0 {
        sched::sysmon::timer_set();
    }
    sched::gopark(WaitReason::Sleep, Some(home.leak()), None);
}
g0_entry!("time.Sleep", sleep);

/// The goroutine's own timer; it stays with the G when that is reused.
fn sleep_timer(g: &'static G) -> &'static Timer {
    let mut at = g.sleep_timer.get() as *mut Timer;
    if at.is_null() {
        let Some(memory) = crate::mem::persistent::alloc(size_of::<Timer>(), align_of::<Timer>()) else {
            crate::fatal::out_of_memory()
        };
        at = memory.as_ptr().cast();
        // SAFETY: fresh memory of the right size and alignment.
        unsafe { at.write(Timer::new(Action::Rust(wake_sleeper))) };
        // SAFETY: just written.
        unsafe { (*at).arg[0].set(g.addr()) };
        g.sleep_timer.set(at as usize);
    }
    // SAFETY: never freed.
    unsafe { &*at }
}

fn wake_sleeper(t: &Timer, _seq: u64) {
    // SAFETY: Gs are never freed.
    sched::goready(unsafe { &*(t.arg[0].get() as *const G) });
}

extern "C" fn nanotime() -> i64 {
    os::nanotime().max(1)
}
g0_entry!("runtime.nanotime", nanotime);

/// The monotonic clock of the caller: in a bubble, that of the bubble.
extern "C" fn runtime_nano() -> i64 {
    match synctest::current() {
        Some(bubble) => bubble.now(),
        None => nanotime(),
    }
}
g0_entry!("time.runtimeNano", runtime_nano);
g0_entry!("internal/sync.runtime_nanotime", nanotime);
g0_entry!("internal/poll.runtimeNano", nanotime);
g0_entry!("crypto/internal/fips140deps/time.monoTime", nanotime);

extern "C" fn now() -> Triple {
    let (sec, nsec) = os::walltime();
    Triple(sec as u64, nsec as u64, os::nanotime() as u64)
}
g0_entry!("time.now", now);

/// As `now`; in a bubble the time of the bubble, without a monotonic clock.
extern "C" fn runtime_now() -> Triple {
    let Some(bubble) = synctest::current() else { return now() };
    let ns = bubble.now() as u64;
    Triple(ns / 1_000_000_000, ns % 1_000_000_000, 0)
}
g0_entry!("time.runtimeNow", runtime_now);

extern "C" fn walltime() -> Pair {
    let (sec, nsec) = os::walltime();
    Pair(sec as u64, nsec as u64)
}
g0_entry!("runtime.walltime", walltime);
