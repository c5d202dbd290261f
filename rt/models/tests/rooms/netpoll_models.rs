//! Files and the poller.
//!
//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `an_event_is_kept_or_delivered` | who waits for a file gets the event, whenever it comes | `wake` that does not keep an event that nobody waits for |
//! | `closing_wakes` | a close ends the wait, or the wait sees it | `wait` that looks whether the file is closing before it locks |
//! | `a_deadline_or_an_event` | one of the two ends the wait, and wakes once | `wake` that leaves the goroutine in its place |
//! | `a_deadline_that_moves` | a deadline that was moved before it expired does not end the wait; the event does | `expired` that does not compare `seq`; `resume_wait` that takes any wake-up for an event |
//! | `a_late_event_of_another_file` | an event of a file that was closed does not wake who waits for its successor | `poll` that does not compare generations |
//! | `interruptions_are_not_lost` | whoever interrupts the poller after a change has it look again | `interrupt` or `poll` with Relaxed on `INTERRUPTED`; `poll` that clears it before it waits |

use crate::entry::Pair;
use crate::hosted::{Outcome, become_goroutine, current, enter, go, queue};
use crate::netpoll::deadline::set_deadline;
use crate::netpoll::{self, PollDesc, Side, poll_close, poll_open, poll_unblock, poller};
use crate::os::poll::Ready;
use crate::shared::{AtomicU32, Ordering};
use crate::timer::Timers;
use crate::{explore, forever};
use loom::thread;

const OK: u64 = 0;
const CLOSING: u64 = 1;
const TIMEOUT: u64 = 2;
const READ: i64 = b'r' as i64;

#[derive(Clone, Copy)]
struct File {
    pd: &'static PollDesc,
    cookie: u64,
}

impl File {
    fn open() -> File {
        netpoll::open();
        let Pair(pd, error) = poll_open(3);
        assert_eq!(error, 0);
        // SAFETY: never freed.
        let pd = unsafe { &*(pd as *const PollDesc) };
        File { pd, cookie: netpoll::cookie(pd) }
    }
    /// What a read that would block does.
    fn wait(self) -> u64 {
        match enter(|| self.pd.wait(Side::Read, false)) {
            Outcome::Returned(state) | Outcome::Resumed(Pair(state, _)) => state,
            Outcome::Panicked(code) => panic!("wait panics with {code}"),
        }
    }
    fn becomes_readable(self) {
        poller().happens(Ready { cookie: self.cookie, readable: true, writable: false, error: false });
    }
    fn close(self) {
        poll_unblock(self.pd);
        poll_close(self.pd);
    }
}

/// A thread of the scheduler polls once.
fn poll(delay: i64) {
    let mut ready = netpoll::poll(delay);
    while let Some(g) = ready.pop() {
        queue(g);
    }
}

#[test]
fn an_event_is_kept_or_delivered() {
    explore(Some(3), || {
        become_goroutine();
        let file = File::open();
        let kernel = go(move || file.becomes_readable());
        let scheduler = go(|| poll(-1));
        assert_eq!(file.wait(), OK);
        kernel.join().unwrap();
        scheduler.join().unwrap();
    });
}

#[test]
fn closing_wakes() {
    explore(Some(3), || {
        become_goroutine();
        let file = File::open();
        let closer = go(move || poll_unblock(file.pd));
        let kernel = go(move || {
            file.becomes_readable();
            poll(0);
        });
        let state = file.wait();
        assert!(state == OK || state == CLOSING);
        closer.join().unwrap();
        kernel.join().unwrap();
        assert_eq!(file.wait(), CLOSING);
        poll_close(file.pd);
    });
}

/// The deadlines' timers are in the heap of the P of the goroutine that set them first.
fn run_timers(home: &'static Timers) {
    home.run(i64::MAX);
}

#[test]
fn a_deadline_or_an_event() {
    explore(Some(2), || {
        become_goroutine();
        let file = File::open();
        set_deadline(file.pd, 1 << 40, READ);
        let home: &'static Timers = &current().m.p().timers;
        let timers = go(move || run_timers(home));
        let kernel = go(move || {
            file.becomes_readable();
            poll(0);
        });
        let state = file.wait();
        assert!(state == OK || state == TIMEOUT);
        timers.join().unwrap();
        kernel.join().unwrap();
        assert_eq!(file.wait(), TIMEOUT);
    });
}

#[test]
fn a_deadline_that_moves() {
    explore(Some(2), || {
        become_goroutine();
        let file = File::open();
        set_deadline(file.pd, 1 << 40, READ);
        let home: &'static Timers = &current().m.p().timers;
        let waits: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        let timers = go(move || run_timers(home));
        let other = go(move || {
            set_deadline(file.pd, 0, READ);
            waits.store(1, Ordering::SeqCst);
            file.becomes_readable();
            poll(0);
        });
        let state = file.wait();
        assert!(state == OK || waits.load(Ordering::SeqCst) == 0 || state == TIMEOUT);
        timers.join().unwrap();
        other.join().unwrap();
        // The deadline is gone: whatever happened before, the next operation does not time out.
        file.becomes_readable();
        poll(0);
        assert_eq!(file.wait(), OK);
    });
}

#[test]
fn a_late_event_of_another_file() {
    explore(Some(3), || {
        become_goroutine();
        let old = File::open();
        let kernel = go(move || {
            old.becomes_readable();
            poll(0);
        });
        old.close();
        let new = File::open();
        assert!(std::ptr::eq(new.pd, old.pd), "descriptors are reused");
        let told: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        let closer = go(move || {
            kernel.join().unwrap();
            told.store(1, Ordering::SeqCst);
            poll_unblock(new.pd);
        });
        assert_eq!(new.wait(), CLOSING);
        assert_eq!(told.load(Ordering::SeqCst), 1);
        closer.join().unwrap();
    });
}

#[test]
fn interruptions_are_not_lost() {
    explore(Some(3), || {
        become_goroutine();
        netpoll::open();
        let changes: [&'static AtomicU32; 2] = [0; 2].map(|n| &*forever::make(AtomicU32::new(n)));
        let others = changes.map(|change| {
            go(move || {
                change.store(1, Ordering::SeqCst);
                netpoll::interrupt();
            })
        });
        while changes.iter().any(|c| c.load(Ordering::SeqCst) == 0) {
            poll(-1);
        }
        others.into_iter().for_each(|t| t.join().unwrap());
    });
}
