//! Timers. Time is a clock that advances with every look at it, so a timer armed for 1 is due.
//!
//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `fired_or_stopped` | a timer fires once or `Stop` says that it prevented that | `fire` that disarms after it has let the lock go |
//! | `fired_for_each_time_it_was_set` | `Reset` returns true instead of one firing | `set` that looks whether the timer is active before it locks |
//! | `no_stale_value` | once `Stop` returns the channel stays empty; a value was received or prevented | `fire` that does not compare `seq` |
//! | `a_blocked_receiver_is_served` | a goroutine that waits on the channel gets the value, however the timer is set meanwhile | `change_blocked` that leaves the heap alone |
//! | `a_sleeper_wakes` | parking and firing meet | `sleep_for` that lets the lock go before it parks |
//! | `timers_are_roots` | what is in the heap throughout is seen by the collector, or shaded | `set_place` that does not shade |

use super::channel_models::{Chan, make};
use crate::gc::barrier;
use crate::hosted::{become_goroutine, current, enter, go};
use crate::shared::{AtomicU32, Ordering};
use crate::timer::entry::{self, sleep_for};
use crate::timer::{Timer, Timers};
use crate::{explore, forever};
use loom::thread;
use std::collections::BTreeSet;

const DUE: i64 = 1;
const LATER: i64 = 1 << 40;
const END: i64 = i64::MAX;

#[derive(Clone, Copy)]
struct Shared {
    timer: &'static Timer,
    fired: &'static AtomicU32,
    home: &'static Timers,
}
// SAFETY: timers are made for sharing.
unsafe impl Send for Shared {}

impl Shared {
    /// `AfterFunc`, or with a channel `NewTimer`, in the heaps of the calling goroutine's P.
    fn new(when: i64, chan: Option<Chan>) -> Shared {
        let fired: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        let chan = chan.map_or(0, |c| c.0 as *const _ as usize);
        let t = entry::make(when, 0, 1, [fired as *const AtomicU32 as usize, chan], chan as *mut _);
        // SAFETY: just made.
        Shared { timer: unsafe { &*t }, fired, home: &current().m.p().timers }
    }
    fn run(self, now: i64) -> bool {
        self.home.run(now)
    }
    fn stop(self) -> bool {
        entry::set(self.timer, 0, 0)
    }
    fn reset(self, when: i64) -> bool {
        entry::set(self.timer, when, 0)
    }
    fn fired(self) -> u32 {
        self.fired.load(Ordering::SeqCst)
    }
}

#[test]
fn fired_or_stopped() {
    explore(Some(3), || {
        become_goroutine();
        let t = Shared::new(DUE, None);
        let other = go(move || {
            t.run(END);
        });
        let stopped = t.stop();
        other.join().unwrap();
        t.run(END);
        assert_eq!(t.fired() + u32::from(stopped), 1);
    });
}

#[test]
fn fired_for_each_time_it_was_set() {
    explore(Some(3), || {
        become_goroutine();
        let t = Shared::new(DUE, None);
        let runner = go(move || {
            t.run(END);
        });
        let other = go(move || {
            t.run(END);
        });
        let was_active = t.reset(DUE);
        runner.join().unwrap();
        other.join().unwrap();
        t.run(END);
        assert_eq!(t.fired() + u32::from(was_active), 2);
    });
}

#[test]
fn no_stale_value() {
    explore(Some(3), || {
        become_goroutine();
        let c = make(1);
        let t = Shared::new(DUE, Some(c));
        c.feed_from(t.timer);
        let receiver = go(move || {
            if c.try_receive().is_some() {
                t.fired.fetch_add(1, Ordering::SeqCst);
            }
        });
        let stopped = t.stop();
        assert_eq!(c.try_receive(), None);
        receiver.join().unwrap();
        assert_eq!(t.fired() + u32::from(stopped), 1);
    });
}

#[test]
fn a_blocked_receiver_is_served() {
    explore(Some(2), || {
        become_goroutine();
        let c = make(1);
        let t = Shared::new(LATER, Some(c));
        c.feed_from(t.timer);
        let receiver = go(move || assert!(c.receive().is_some()));
        let other = go(move || {
            t.reset(LATER + 1);
        });
        other.join().unwrap();
        // The heap holds the timer as soon as the receiver is blocked.
        while !t.run(END) {
            thread::yield_now();
        }
        receiver.join().unwrap();
    });
}

#[test]
fn a_sleeper_wakes() {
    explore(Some(3), || {
        become_goroutine();
        let home: &'static Timers = &current().m.p().timers;
        let other = go(move || {
            while !home.run(END) {
                thread::yield_now();
            }
        });
        enter(|| sleep_for(1));
        other.join().unwrap();
    });
}

#[test]
fn timers_are_roots() {
    explore(Some(3), || {
        become_goroutine();
        let all = [1, 2, 3].map(|n| Shared::new(LATER + n, None));
        barrier::take_shaded();
        let moved = all[2];
        let program = go(move || {
            moved.reset(LATER);
            moved.reset(LATER + 9);
        });
        let mut seen = BTreeSet::new();
        all[0].home.for_each_root(&mut |lo, hi| {
            thread::yield_now();
            for at in (lo..hi).step_by(8) {
                // SAFETY: the heap's memory, locked.
                seen.insert(unsafe { *(at as *const usize) });
            }
        });
        program.join().unwrap();
        let shaded = barrier::take_shaded();
        for t in all {
            let addr = t.timer as *const Timer as usize;
            assert!(seen.contains(&addr) || shaded.contains(&addr), "a timer is lost");
        }
    });
}
