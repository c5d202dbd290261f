//! The scheduler: G (goroutine), M (thread), P (right to run Go code), after Go's `proc.go`.
//!
//! An M with a P repeats: find a runnable goroutine, switch to its stack. Rust never keeps frames for a goroutine that is
//! parked: `gopark` abandons g0's stack and enters `schedule`; what is left to do when the goroutine runs again
//! is its `resume` function. So g0's stack is empty whenever compiled code runs, and a goroutine's state is its own
//! stack plus its `G`.
//!
//! Work is found in this order: every 61st time the global queue; the P's `run_next` and ring; the global queue; the
//! poller; other Ps' rings and timers. An M that finds nothing gives its P back and sleeps, one of them in the poller until the next
//! timer. An M looking for work is *spinning*; whoever makes work wakes an M only if none spins, and a spinning M
//! that stops spinning looks once more at all queues, so no work is overlooked.

#[cfg(not(test))]
mod access;
#[cfg(not(test))]
pub(crate) mod deadlock;
#[cfg(not(test))]
pub(crate) mod g;
#[cfg(not(test))]
pub(crate) mod goroutine;
#[cfg(not(test))]
pub(crate) mod idle;
#[cfg(not(test))]
pub(crate) mod init;
#[cfg(not(test))]
pub(crate) mod lock_thread;
#[cfg(not(test))]
pub(crate) mod m;
#[cfg(not(test))]
pub(crate) mod p;
#[cfg(not(test))]
pub(crate) mod park;
#[cfg(not(test))]
pub(crate) mod preempt;
#[cfg(not(test))]
pub(crate) mod procs;
#[cfg(not(test))]
pub(crate) mod queue;
#[cfg(not(test))]
mod retake;
pub(crate) mod run_queue;
#[cfg(not(test))]
mod sched_trace;
#[cfg(not(test))]
pub(crate) mod schedule;
#[cfg(not(test))]
pub(crate) mod stats;
#[cfg(not(test))]
pub(crate) mod stress;
#[cfg(not(test))]
pub(crate) mod syscall;
#[cfg(not(test))]
pub(crate) mod syscall_all;
#[cfg(not(test))]
pub(crate) mod sysmon;
#[cfg(not(test))]
mod template;
#[cfg(not(test))]
pub(crate) mod world;

#[cfg(not(test))]
pub(crate) use access::{getg, mcache, rt_panic};
#[cfg(not(test))]
pub(crate) use g::{G, Status, WaitReason};
#[cfg(not(test))]
pub(crate) use goroutine::for_each_g;
#[cfg(not(test))]
pub(crate) use park::{gopark, gopark_with, goready};
#[cfg(not(test))]
pub(crate) use world::{start_the_world, stop_the_world};
