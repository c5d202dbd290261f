//! The scheduler: rt's own `schedule`, `idle`, `world`, `syscall`, `retake` with two Ps and up to three Ms, which are threads of the model. Goroutines are lists of
//! steps (`hosted.rs`).

#![allow(dead_code, unused_macros, unused_imports)]

pub(crate) use rgo_models::{const_fn, explore, forever, shared, shared_array, shared_static, steps};

mod arch;
#[path = "../../../src/entry.rs"]
#[macro_use]
mod entry;
mod elsewhere;
#[path = "../common/fatal.rs"]
mod fatal;
mod hosted;
mod netpoll;
mod os;
#[path = "../common/profile.rs"]
mod profile;
/// One processor: nobody spins.
mod rt0 {
    pub(crate) fn cpu_count() -> usize {
        1
    }
}
mod sched;
#[path = "../../../src/sync/mod.rs"]
mod sync;
#[path = "../common/synctest.rs"]
mod synctest;

mod models;
mod syscall_models;

pub(crate) use elsewhere::{gc, mem, random, signal, stack, timer, trace};
