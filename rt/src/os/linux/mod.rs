//! Linux, without libc.

#[cfg_attr(test, allow(dead_code))]
mod cgroup;
mod clock;
mod futex;
#[cfg(target_arch = "x86_64")]
#[path = "x86_64.rs"]
mod isa;
mod memory;
#[cfg(not(test))]
pub(crate) mod poll;
mod process;
#[cfg(not(test))]
pub(crate) mod signal;
#[cfg_attr(test, allow(dead_code))]
mod signal_table;
#[cfg(not(test))]
mod thread;
mod vdso;

pub(crate) use cgroup::cpu_limit;
pub(crate) use clock::{clock_init, cpu_time, nanotime, usleep, walltime};
pub(crate) use futex::{futex_sleep, futex_wake};
pub(crate) use isa::{nr, syscall};
pub(crate) use memory::{
    PAGE_SIZE, commit, map, map_at, map_with, refuse_huge_pages, release, reserve, unmap,
};
pub(crate) use process::{
    auxv, cpu_count, exit, exit_thread, fcntl, open_read_write, pid, random_bytes, write,
};
#[cfg(not(test))]
pub(crate) use thread::{ask_for_slices, kill_process, kill_thread, new_thread, thread_id};
pub(crate) use vdso::{vdso_init, vdso_symbol};

/// The error number in a system call's result, if it failed.
pub(crate) fn errno(result: isize) -> Option<i32> {
    (-4095..0).contains(&result).then_some(-result as i32)
}

pub(crate) const EPERM: i32 = 1;
pub(crate) const EINTR: i32 = 4;
pub(crate) const EBADF: i32 = 9;
pub(crate) const EAGAIN: i32 = 11;
pub(crate) const ENOSYS: i32 = 38;

/// `struct timespec`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Timespec {
    pub sec: i64,
    pub nsec: i64,
}

impl Timespec {
    pub(crate) fn from_ns(ns: i64) -> Self {
        Timespec { sec: ns / 1_000_000_000, nsec: ns % 1_000_000_000 }
    }
}
