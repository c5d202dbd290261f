//! Channels, semaphores, condition variables, timers and the poller, each of whose goroutines has a thread and a P of its own: what
//! the scheduler does is the next target's business (`scheduler`). The rooms are rt's; in this folder stands what they meet elsewhere in rt.

#![allow(dead_code, unused_macros, unused_imports)]

pub(crate) use rgo_models::{const_fn, explore, forever, shared, shared_array, shared_static, steps};

#[path = "../../../src/entry.rs"]
#[macro_use]
mod entry;
mod arch;
#[path = "../../../src/chan/mod.rs"]
mod chan;
mod elsewhere;
#[path = "../common/fatal.rs"]
mod fatal;
mod gc;
mod mem;
#[path = "../../../src/netpoll/mod.rs"]
mod netpoll;
#[path = "../../../src/notify_list.rs"]
mod notify_list;
mod os;
#[path = "../common/profile.rs"]
mod profile;
mod random;
mod sched;
#[path = "../../../src/sema.rs"]
mod sema;
#[path = "../../../src/sync/mod.rs"]
mod sync;
#[path = "../common/synctest.rs"]
mod synctest;
mod timer;

mod channel_models;
mod hosted;
mod netpoll_models;
mod semaphore_models;
mod timer_models;

pub(crate) use elsewhere::{signal, stack, trace};
