//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `work_is_not_overlooked` | a goroutine made runnable runs though its maker's M never comes back to the scheduler until it has | `find_runnable` that does not look at the queues again when it stops spinning; `wake_p` that looks for idle Ps before the goroutine is queued |
//! | `parked_is_woken` | parking and readying meet, on whatever M | `gopark` that releases the lock before the goroutine counts as waiting |
//! | `a_timer_is_not_overlooked` | a timer that is armed while the other M goes to sleep is run by somebody | `find_runnable` that looks at the timers before it gives its P up |
//! | `the_world_stops` | a stopped world is one: nothing else runs; afterwards all work goes on | `find_runnable` that puts its P on the idle list without a look at WORLD_STOPPING |
//! | `a_stop_is_given_up` | the same, when an attempt before it was given up: who had stopped goes on, and no P is lost or has two Ms | `start` that takes a P whose new M has not come to it yet for one that has stopped; `start` without the Ps that have stopped |

use crate::explore;
use crate::forever;
use crate::hosted::{Go, Step, goroutine, program, start, step};
use crate::sched::stats::Stopper;
use crate::sched::world::{Patience, Stop, try_stop_the_world};
use crate::sched::{self, G, WaitReason, gopark};
use crate::shared::{AtomicU32, Cell, Ordering};
use crate::sync::{Mutex, Note, RawMutex};
use std::sync::OnceLock;

#[test]
fn work_is_not_overlooked() {
    explore(Some(2), || {
        let [started, done]: [&'static Note; 2] = [(); 2].map(|()| &*forever::make(Note::new()));
        program(2, false, || {
            let first = goroutine([step(|| started.wake())]);
            let second = goroutine([step(|| done.wake())]);
            goroutine([step(move || {
                start(first);
                // Compiled code that runs until the other goroutine has done something.
                started.sleep();
                // The other M is on its way to sleep, or sleeps.
                start(second);
                done.sleep();
            })])
        });
    });
}

struct Parked {
    lock: RawMutex,
    waiter: Cell<Option<&'static G>>,
    sent: Cell<bool>,
}
// SAFETY: the cells are used under the lock.
unsafe impl Sync for Parked {}

#[test]
fn parked_is_woken() {
    explore(Some(2), || {
        let place: &'static Parked =
            forever::make(Parked { lock: RawMutex::new(), waiter: Cell::new(None), sent: Cell::new(false) });
        program(2, false, || {
            let other = goroutine([step(|| {
                place.lock.lock();
                place.sent.set(true);
                let waiter = place.waiter.take();
                place.lock.unlock();
                waiter.into_iter().for_each(sched::goready);
            })]);
            goroutine([
                step(move || start(other)),
                step(|| {
                    place.lock.lock();
                    if place.sent.get() {
                        return place.lock.unlock();
                    }
                    place.waiter.set(Some(sched::getg()));
                    gopark(WaitReason::ChanReceive, Some(&place.lock), None);
                }),
                step(|| assert!(place.sent.get())),
            ])
        });
    });
}

#[test]
fn a_timer_is_not_overlooked() {
    explore(Some(2), || {
        let [started, done]: [&'static Note; 2] = [(); 2].map(|()| &*forever::make(Note::new()));
        program(2, true, || {
            let sleeper = goroutine([step(|| done.wake())]);
            let first = goroutine([step(|| started.wake())]);
            goroutine([step(move || {
                start(first);
                started.sleep();
                // The other M is on its way to sleep, or sleeps.
                crate::arch::current_m().p().timers.arm(sleeper.0);
                done.sleep();
            })])
        });
    });
}

/// Something that nobody may see half done.
pub(super) fn work(running: &'static AtomicU32) -> Step {
    step(move || {
        running.fetch_add(1, Ordering::Relaxed);
        running.fetch_sub(1, Ordering::Relaxed);
    })
}

/// A goroutine that calls `stop`, which leaves the world stopped, while `other` does some [`work`].
pub(super) fn stopped_by(procs: usize, other: fn(&'static AtomicU32) -> Go, stop: fn()) {
    explore(Some(2), move || {
        let running: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        program(procs, false, || {
            let other = other(running);
            goroutine([
                step(move || start(other)),
                step(move || {
                    stop();
                    assert_eq!(running.load(Ordering::Relaxed), 0);
                    sched::world::start_the_world();
                }),
            ])
        });
    });
}

/// Stops the world, perhaps after an attempt that is given up.
pub(super) fn stop_after_an_attempt() {
    if try_stop_the_world(Patience::Nanoseconds(0), Stopper::Other) == Stop::GivenUp {
        sched::world::stop_the_world();
    }
}

fn works_twice(running: &'static AtomicU32) -> Go {
    goroutine([work(running), work(running)])
}

#[test]
fn the_world_stops() {
    stopped_by(2, works_twice, sched::world::stop_the_world);
}

#[test]
fn a_stop_is_given_up() {
    stopped_by(3, works_twice, stop_after_an_attempt);
}
