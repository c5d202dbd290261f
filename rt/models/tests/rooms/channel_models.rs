//! Channels of words.
//!
//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `unbuffered` | each value arrives once, in order; nobody waits for ever | `gopark` that releases the lock before the goroutine counts as waiting; a receiver that is not woken |
//! | `buffered` | the same with two places, two senders | `count` not lowered by `take`; `take_from_sender` that forgets to advance |
//! | `closing` | a value sent before is received, then the end; a waiting sender panics | `close` that collects only the receivers |
//! | `trying` | what was sent before, in the order of another channel, is seen without waiting | `may_receive` that ignores `count` |
//! | `one_case_wins` | of two cases served at once one is performed, the other's value is not lost | `dequeue` without the exchange of `select_done` |
//! | `selects_meet` | two selects agree on which of two exchanges took place | locks taken in the order of the cases |
//! | `a_select_and_close` | the same with a channel that is closed | a select that leaves its other waiters queued |

use crate::chan::{self, HChan, Mode, recv2_resume, select};
use crate::entry::Pair;
use crate::hosted::{Outcome, become_goroutine, enter, go};
use crate::shared::Cell;
use crate::{explore, forever};
use rgo_abi::panic::PanicCode;
use rgo_abi::types::Scase;

#[derive(Clone, Copy)]
pub(crate) struct Chan(pub &'static HChan);
// SAFETY: channels are made for sharing.
unsafe impl Send for Chan {}

pub(crate) fn make(places: usize) -> Chan {
    Chan(forever::make(HChan::of_words(places)))
}

impl Chan {
    /// False: it was closed.
    fn send(self, value: u64) -> bool {
        let place = forever::make(std::cell::Cell::new(value));
        match enter(|| chan::send(self.0, place.as_ptr().cast(), Mode::Block)) {
            Outcome::Panicked(code) => {
                assert_eq!(code, PanicCode::SendOnClosedChannel as u64);
                false
            }
            _ => true,
        }
    }
    pub(crate) fn receive(self) -> Option<u64> {
        let place = forever::make(std::cell::Cell::new(u64::MAX));
        let is_value = match enter(|| chan::recv(self.0, place.as_ptr().cast(), Mode::Block, recv2_resume)) {
            Outcome::Returned(received) => received.value,
            Outcome::Resumed(Pair(value, _)) => value != 0,
            Outcome::Panicked(code) => panic!("receive panics with {code}"),
        };
        if !is_value {
            assert_eq!(place.get(), 0, "the end of a channel is a zero value");
        }
        is_value.then_some(place.get())
    }
    pub(crate) fn try_receive(self) -> Option<u64> {
        let mut value = u64::MAX;
        let received = chan::recv(self.0, (&raw mut value).cast(), Mode::Try, recv2_resume);
        received.value.then_some(value)
    }
    /// It is the channel of a timer.
    pub(crate) fn feed_from(self, t: &'static crate::timer::Timer) {
        self.0.timer.set((t as *const crate::timer::Timer).cast_mut().cast());
    }
    fn close(self) {
        chan::close(self.0);
    }
}

/// A select that waits; sends come first. Returns the case, the value received, and whether it is one.
fn select_of(sends: &[(Chan, u64)], receives: &[Chan]) -> Outcome<(usize, u64, bool)> {
    let count = sends.len() + receives.len();
    let places: &'static [std::cell::Cell<u64>] = forever::make(vec![std::cell::Cell::new(0); count]);
    let cases: Vec<Scase> = sends
        .iter()
        .map(|(c, value)| (c, *value))
        .chain(receives.iter().map(|c| (c, u64::MAX)))
        .zip(places)
        .map(|((c, value), place)| {
            place.set(value);
            Scase { c: (c.0 as *const HChan).cast_mut().cast(), elem: place.as_ptr().cast() }
        })
        .collect();
    let cases: &'static Vec<Scase> = forever::make(cases);
    let order = forever::memory(4 * count, 8) as *mut u16;
    let done = |Pair(case, received): Pair| (case as usize, places[case as usize].get(), received != 0);
    let s = select::Select { cases: cases.as_ptr(), order, count, sends: sends.len() };
    match enter(|| select::select(s, true)) {
        Outcome::Returned(pair) | Outcome::Resumed(pair) => Outcome::Returned(done(pair)),
        Outcome::Panicked(code) => Outcome::Panicked(code),
    }
}

fn selected(outcome: Outcome<(usize, u64, bool)>) -> (usize, u64, bool) {
    match outcome {
        Outcome::Returned(selected) => selected,
        other => panic!("{other:?}"),
    }
}

#[test]
fn unbuffered() {
    explore(Some(3), || {
        become_goroutine();
        let c = make(0);
        let sender = go(move || {
            assert!(c.send(1));
            assert!(c.send(2));
        });
        assert_eq!((c.receive(), c.receive()), (Some(1), Some(2)));
        sender.join().unwrap();
    });
}

#[test]
fn buffered() {
    explore(Some(2), || {
        become_goroutine();
        let c = make(2);
        let first = go(move || {
            assert!(c.send(1));
            assert!(c.send(2));
        });
        let second = go(move || {
            assert!(c.send(3));
            assert!(c.send(4));
        });
        let mut got = [(); 4].map(|()| c.receive().unwrap());
        for [early, late] in [[1, 2], [3, 4]] {
            assert!(got.iter().position(|&v| v == early) < got.iter().position(|&v| v == late));
        }
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3, 4]);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn closing() {
    explore(Some(2), || {
        become_goroutine();
        let (c, full) = (make(1), make(1));
        assert!(full.send(1));
        let stuck = go(move || assert!(!full.send(2)));
        let closer = go(move || {
            assert!(c.send(7));
            c.close();
            full.close();
        });
        assert_eq!((c.receive(), c.receive()), (Some(7), None));
        stuck.join().unwrap();
        closer.join().unwrap();
        assert_eq!((full.receive(), full.receive()), (Some(1), None));
    });
}

#[test]
fn trying() {
    explore(Some(3), || {
        become_goroutine();
        let (first, second) = (make(1), make(0));
        let sender = go(move || {
            assert!(first.send(1));
            assert!(second.send(2));
        });
        let early = first.try_receive();
        assert_eq!(second.receive(), Some(2));
        let late = first.try_receive();
        assert_eq!(early.or(late), Some(1));
        assert!(early.is_none() || late.is_none());
        sender.join().unwrap();
    });
}

#[test]
fn one_case_wins() {
    explore(Some(2), || {
        become_goroutine();
        let (a, b) = (make(0), make(1));
        let senders = [(a, 1), (b, 2)].map(|(c, value)| go(move || assert!(c.send(value))));
        let (case, value, ok) = selected(select_of(&[], &[a, b]));
        assert!(ok && value == case as u64 + 1);
        let other = if case == 0 { b.receive() } else { a.receive() };
        assert_eq!(other, Some(2 - case as u64));
        senders.into_iter().for_each(|s| s.join().unwrap());
    });
}

struct Chosen(Cell<usize>);
// SAFETY: joining orders its uses.
unsafe impl Sync for Chosen {}

#[test]
fn selects_meet() {
    explore(Some(2), || {
        become_goroutine();
        let (a, b) = (make(0), make(0));
        let chosen = forever::make(Chosen(Cell::new(0)));
        let other = go(move || {
            let (case, value, ok) = selected(select_of(&[(b, 20)], &[a]));
            assert!(case == 0 || (ok && value == 10));
            chosen.0.set(case);
        });
        let (case, value, ok) = selected(select_of(&[(a, 10)], &[b]));
        assert!(case == 0 || (ok && value == 20));
        other.join().unwrap();
        // One of them has sent, the other has received.
        assert_eq!(case + chosen.0.get(), 1);
    });
}

#[test]
fn a_select_and_close() {
    explore(Some(2), || {
        become_goroutine();
        let (a, b) = (make(0), make(0));
        let closer = go(move || b.close());
        let sender = go(move || assert!(a.send(5)));
        match selected(select_of(&[], &[a, b])) {
            (0, 5, true) => {}
            (1, 0, false) => assert_eq!(a.receive(), Some(5)),
            other => panic!("{other:?}"),
        }
        closer.join().unwrap();
        sender.join().unwrap();
        assert_eq!(b.receive(), None);
    });
}
