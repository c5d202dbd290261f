//! Timers: a heap per P, run by the scheduler.
//!
//! A `Timer` is a `time.Timer` (heap object of the collector), the sleep timer of a goroutine, or a deadline of the poller (these two in
//! memory that is never freed). While armed it is in the heap of its *home*, some P's `Timers`, whose lock protects
//! `when`, `period`, `seq` and `blocked`. The home is changed only with the timer out of any heap and its home's lock held.
//!
//! Timers with a channel follow Go 1.23: such a timer is in a heap only while a goroutine is blocked on the channel; otherwise the
//! channel operation itself runs it when it is due (`maybe_run_chan`). So a timer that nobody waits on is garbage
//! like any object. `seq` is raised by Stop and Reset, which hold `send_lock` meanwhile and then empty the buffer; a send with an
//! old `seq` is dropped under that lock. So no stale value is ever received, and each run either sends or is reported as stopped.
//!
//! Lock order: `send_lock` < the channel's lock < the home's lock.

pub(crate) mod heap;

#[cfg(not(test))]
mod entry;
#[cfg(not(test))]
pub(crate) use entry::{block_chan, maybe_run_chan, unblock_chan};
#[cfg(not(test))]
mod metal;
#[cfg(not(test))]
pub(crate) use metal::{Action, Timer, Timers, commit};
