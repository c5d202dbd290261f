//! rt's timers; its own `mod.rs` leaves them out of tests.

#[path = "../../../src/timer/heap.rs"]
pub(crate) mod heap;

#[path = "../../../src/timer/entry.rs"]
pub(crate) mod entry;
#[path = "../../../src/timer/metal.rs"]
pub(crate) mod metal;

pub(crate) use entry::{block_chan, maybe_run_chan, unblock_chan};
pub(crate) use metal::{Action, Timer, Timers, commit};
