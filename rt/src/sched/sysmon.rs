//! The monitor thread: takes Ps from long system calls, preempts long-running goroutines, polls when nobody does, gives free memory back,
//! wishes for a collection when there has been none for two minutes.
//!
//! It has no P and runs no Go code. It is started with the program's second goroutine, sleeps 20 µs between looks, up to 10 ms
//! while nothing happens (1 ms while the program sets timers; but not longer than to the next timer when all Ps are busy), and
//! without limit while all Ps are idle.

use super::idle::{self, IDLE_PS, LAST_POLL, SCHED, WORLD_STOPPING};
use super::{p, procs, retake};
use crate::gc::{barrier, cycle, periodic};
use crate::os;
use crate::sync::Note;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const POLL_EVERY_NS: i64 = 10_000_000;

/// Longest naps in microseconds: while nothing happens, while timers are being set, while the collector marks. A timer
/// that is set during a nap, with all Ps busy, runs when the nap is over.
const NAP_US: i64 = 10_000;
const TIMER_NAP_US: i64 = 1_000;
const MARKING_NAP_US: i64 = 500;
/// Naps until a program that no longer sets timers counts as one that does not.
const TIMER_NAPS: u32 = 100;

/// Time slices that the kernel is asked for: sysmon does little and must not wait for the Ms' slices to end.
const OWN_SLICE_NS: u64 = 100_000;

/// A timer became the first of its P since sysmon last looked.
static TIMER_SET: AtomicBool = AtomicBool::new(false);
static STARTED: AtomicBool = AtomicBool::new(false);
static ASLEEP: AtomicBool = AtomicBool::new(false);
static NOTE: Note = Note::new();

/// What the next M between goroutines is to do, a set of [`PROCS`] and [`COLLECT`]: it takes a P.
static WISHES: AtomicU32 = AtomicU32::new(0);
const PROCS: u32 = 1;
const COLLECT: u32 = 2;

/// Something is to be done by an M between goroutines.
#[inline]
pub(crate) fn has_wishes() -> bool {
    WISHES.load(Ordering::Relaxed) != 0
}

/// Does it. On g0 with a P, where the world may be stopped.
#[cold]
pub(crate) fn fulfil_wishes() {
    let wishes = WISHES.swap(0, Ordering::Relaxed);
    if wishes & PROCS != 0 {
        procs::fulfil();
    }
    if wishes & COLLECT != 0 {
        cycle::start_periodic();
    }
}

/// Starts the thread, once.
pub(crate) fn start() {
    if STARTED.load(Ordering::Relaxed) || STARTED.swap(true, Ordering::Relaxed) {
        return;
    }
    {
        let mut sched = SCHED.lock();
        sched.m_count += 1;
        sched.system_ms += 1;
    }
    super::init::new_m(None, false, Some(sysmon));
}

/// A P is in use again.
#[inline]
pub(crate) fn wake() {
    if ASLEEP.load(Ordering::SeqCst) && ASLEEP.swap(false, Ordering::SeqCst) {
        NOTE.wake();
    }
}

/// A timer became the first of its P.
#[inline]
pub(crate) fn timer_set() {
    if !TIMER_SET.load(Ordering::Relaxed) {
        TIMER_SET.store(true, Ordering::Relaxed);
    }
}

fn all_idle() -> bool {
    WORLD_STOPPING.load(Ordering::SeqCst) || IDLE_PS.load(Ordering::SeqCst) as usize == p::count()
}

fn sysmon() -> ! {
    os::ask_for_slices(OWN_SLICE_NS);
    let mut quiet = 0u32;
    let mut delay_us = 20;
    let mut timer_naps = 0u32;
    loop {
        timer_naps =
            if TIMER_SET.swap(false, Ordering::Relaxed) { TIMER_NAPS } else { timer_naps.saturating_sub(1) };
        if quiet == 0 {
            delay_us = 20;
        } else if quiet > 50 {
            delay_us = (delay_us * 2).min(match timer_naps {
                _ if barrier::is_marking() => MARKING_NAP_US,
                0 => NAP_US,
                _ => TIMER_NAP_US,
            });
        }
        match super::stress::preempt_every() {
            Some(us) => {
                os::usleep(us as i64);
                super::preempt::preempt_all();
            }
            None => os::usleep(until_timer(delay_us)),
        }
        super::sched_trace::tick();
        // Also while the program sleeps: that is when others need the memory.
        cycle::give_back_some();
        if all_idle() && !super::sched_trace::is_on() && !cycle::has_memory_to_give() {
            NOTE.clear();
            ASLEEP.store(true, Ordering::SeqCst);
            if all_idle() {
                NOTE.sleep_for(periodic::look_every_ns());
                quiet = 0;
            }
            ASLEEP.store(false, Ordering::SeqCst);
        }
        let now = os::nanotime();
        if procs::look(now) {
            WISHES.fetch_or(PROCS, Ordering::Relaxed);
        }
        if cycle::wants_periodic(now) {
            WISHES.fetch_or(COLLECT, Ordering::Relaxed);
            idle::wake_p();
        }
        let last = LAST_POLL.load(Ordering::SeqCst);
        if crate::netpoll::has_waiters() && last != 0 && last + POLL_EVERY_NS < now {
            let _ = LAST_POLL.compare_exchange(last, now, Ordering::SeqCst, Ordering::SeqCst);
            idle::inject(crate::netpoll::poll(0));
        }
        if retake::all(now) { quiet = 0 } else { quiet += 1 }
    }
}

/// `delay_us`, or less if a timer of a P is due before and all Ps are busy: then nobody else waits for it.
fn until_timer(delay_us: i64) -> i64 {
    if IDLE_PS.load(Ordering::SeqCst) != 0 {
        return delay_us;
    }
    match p::all().map(|p| p.timers.next_when()).filter(|&when| when != 0).min() {
        Some(when) => delay_us.min((when + retake::LATE_NS - os::nanotime()).max(retake::LATE_NS) / 1000),
        None => delay_us,
    }
}
