//! rgo's runtime: everything below package `runtime`'s Go overlay.
//!
//! Rooms, in reading order: `arch` (instructions), `os` (kernel), `sync` (locks), `mem` (heap), `stack` (goroutine stacks),
//! `gc`, `sched` (G, M, P), then the users of these: channels, timers, signals, poller, tracebacks. `entry` holds
//! the macros that bind Go symbols to Rust functions; the table of the symbols is `rgo_abi::entries`. See README.md.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(test, allow(dead_code, unused_imports))]

#[macro_use]
pub(crate) mod entry;

#[cfg(not(test))]
pub(crate) mod arch;
/// What is pure of it.
#[cfg(test)]
pub(crate) mod arch {
    pub(crate) mod x86_64 {
        mod block;
        mod hash;
        pub(crate) use block::Block;
    }
    pub(crate) use x86_64::Block;
}
pub(crate) mod os;
#[macro_use]
pub(crate) mod shared;
pub(crate) mod sync;

pub(crate) mod mem;
#[cfg(not(test))]
pub(crate) mod stack;
/// What is pure of it.
#[cfg(test)]
pub(crate) mod stack {
    mod sizes;
    mod tendency;
}

pub(crate) mod gc;
pub(crate) mod sched;

pub(crate) mod bytealg;
#[cfg(not(test))]
pub(crate) mod chan;
#[cfg(not(test))]
pub(crate) mod notify_list;
#[cfg(not(test))]
pub(crate) mod sema;

#[cfg(not(test))]
pub(crate) mod netpoll;
#[cfg(not(test))]
pub(crate) mod signal;
pub(crate) mod timer;

#[cfg(not(test))]
pub(crate) mod fatal;
/// Fatal errors are panics in unit tests.
#[cfg(test)]
pub(crate) mod fatal {
    pub(crate) fn throw(text: &str) -> ! {
        panic!("{text}")
    }
    pub(crate) fn throw_because(reason: core::fmt::Arguments<'_>, text: &str) -> ! {
        panic!("{reason}{text}")
    }
    pub(crate) fn fatal(text: &str) -> ! {
        panic!("{text}")
    }
    pub(crate) fn out_of_heap(bytes: usize) -> ! {
        panic!("out of memory for {bytes} bytes")
    }
    pub(crate) fn out_of_memory() -> ! {
        panic!("out of memory")
    }
}
pub(crate) mod print;
#[cfg(not(test))]
pub(crate) mod symtab;
#[cfg(not(test))]
pub(crate) mod synctest;
#[cfg(not(test))]
pub(crate) mod trace;
/// What needs no scheduler.
#[cfg(test)]
#[allow(dead_code)]
pub(crate) mod trace {
    mod interned;
    mod leb128;
}
#[cfg(not(test))]
pub(crate) mod traceback;

#[cfg(not(test))]
mod heap_dump;
#[cfg(not(test))]
pub(crate) mod process;
#[cfg(not(test))]
pub(crate) mod profile;
/// What is pure of it.
#[cfg(test)]
pub(crate) mod profile {
    mod buckets;
}
pub(crate) mod random;
#[cfg(not(test))]
pub(crate) mod rt0;
