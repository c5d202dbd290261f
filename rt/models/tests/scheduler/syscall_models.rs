//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `a_p_is_taken_from_a_system_call` | what waits on the P of a goroutine in a system call runs before that is over; afterwards that goroutine goes on | `exitsyscall` that takes its P back without asking whose it is; sysmon that takes it so; `hand_off_p` that does not look at the queue |
//! | `a_p_has_one_m` | of sysmon and the returning thread one gets the P, and nobody else uses it then | as the first two |
//! | `system_calls_stop_with_the_world` | no goroutine returns from a system call into a stopped world; whose P was taken goes on when it starts | `exitsyscall` that takes its P back without asking |
//! | `a_stop_given_up_leaves_system_calls_alone` | the same, when an attempt before it was given up | `entersyscall` that counts its P as stopped though the world has started again |

use crate::explore;
use crate::forever;
use crate::hosted::{goroutine, program, start, step, watch};
use crate::sched;
use crate::sched::syscall::{entersyscall, leave};
use crate::sched::world::{Patience, Stop, try_stop_the_world};
use crate::shared::{AtomicU32, Ordering};
use crate::sync::Note;

/// Something that only the holder of a P may do.
fn use_p() {
    let p = crate::arch::current_m().p();
    p.sudogs.set(p.sudogs.get() + 1);
    p.free_g_count.set(p.free_g_count.get() + 1);
}

#[test]
fn a_p_is_taken_from_a_system_call() {
    explore(Some(2), || {
        let done: &'static Note = forever::make(Note::new());
        program(1, false, || {
            let other = goroutine([step(|| {
                use_p();
                done.wake();
            })]);
            watch(3, true);
            goroutine([
                step(move || {
                    start(other);
                    entersyscall();
                    // The kernel: until the other goroutine has done something.
                    done.sleep();
                    leave(None);
                }),
                step(use_p),
            ])
        });
    });
}

#[test]
fn a_p_has_one_m() {
    explore(Some(3), || {
        program(1, false, || {
            let other = goroutine([step(use_p)]);
            watch(2, false);
            goroutine([
                step(move || {
                    start(other);
                    entersyscall();
                    leave(None);
                }),
                step(use_p),
            ])
        });
    });
}

/// A goroutine that is in a system call for a while, and another one that calls `stop`, which leaves the world stopped.
fn stopped_by(stop: fn()) {
    explore(Some(2), move || {
        let running: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        program(2, false, || {
            let work = move || {
                running.fetch_add(1, Ordering::Relaxed);
                running.fetch_sub(1, Ordering::Relaxed);
            };
            let other = goroutine([
                step(|| {
                    entersyscall();
                    leave(None);
                }),
                step(work),
            ]);
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

#[test]
fn system_calls_stop_with_the_world() {
    stopped_by(sched::world::stop_the_world);
}

#[test]
fn a_stop_given_up_leaves_system_calls_alone() {
    stopped_by(|| {
        if try_stop_the_world(Patience::Nanoseconds(0)) == Stop::GivenUp {
            sched::world::stop_the_world();
        }
    });
}
