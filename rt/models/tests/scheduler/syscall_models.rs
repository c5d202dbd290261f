//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `a_p_is_taken_from_a_system_call` | what waits on the P of a goroutine in a system call runs before that is over; afterwards that goroutine goes on | `exitsyscall` that takes its P back without asking whose it is; sysmon that takes it so; `hand_off_p` that does not look at the queue |
//! | `a_p_has_one_m` | of sysmon and the returning thread one gets the P, and nobody else uses it then | as the first two |
//! | `system_calls_stop_with_the_world` | no goroutine returns from a system call into a stopped world; whose P was taken goes on when it starts | `exitsyscall` that takes its P back without asking |
//! | `a_stop_given_up_leaves_system_calls_alone` | the same, when an attempt before it was given up | `entersyscall` that counts its P as stopped though the world has started again |

use crate::explore;
use crate::forever;
use crate::hosted::{Go, goroutine, program, start, step, watch};
use crate::models::{stop_after_an_attempt, stopped_by, work};
use crate::sched;
use crate::sched::syscall::{entersyscall, leave};
use crate::shared::AtomicU32;
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

/// In a system call for a while, then at work.
fn works_after_a_call(running: &'static AtomicU32) -> Go {
    goroutine([
        step(|| {
            entersyscall();
            leave(None);
        }),
        work(running),
    ])
}

#[test]
fn system_calls_stop_with_the_world() {
    stopped_by(2, works_after_a_call, sched::world::stop_the_world);
}

#[test]
fn a_stop_given_up_leaves_system_calls_alone() {
    stopped_by(2, works_after_a_call, stop_after_an_attempt);
}
