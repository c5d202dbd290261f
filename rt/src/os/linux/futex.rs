//! Sleeping on a word.

use super::{Timespec, nr, syscall};
use core::sync::atomic::AtomicU32;

const FUTEX_WAIT_PRIVATE: usize = 128;
const FUTEX_WAKE_PRIVATE: usize = 129;

/// Sleeps while `*word == value`, at most `timeout_ns`. May return early.
pub(crate) fn futex_sleep(word: &AtomicU32, value: u32, timeout_ns: Option<i64>) {
    let timeout = Timespec::from_ns(timeout_ns.unwrap_or(0).max(0));
    let timeout_addr = if timeout_ns.is_some() { &timeout as *const Timespec as usize } else { 0 };
    syscall(nr::FUTEX, [word.as_ptr() as usize, FUTEX_WAIT_PRIVATE, value as usize, timeout_addr, 0, 0]);
}

/// Wakes up to `count` sleepers.
pub(crate) fn futex_wake(word: &AtomicU32, count: u32) {
    syscall(nr::FUTEX, [word.as_ptr() as usize, FUTEX_WAKE_PRIVATE, count as usize, 0, 0, 0]);
}
