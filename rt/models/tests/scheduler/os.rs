//! The kernel. Nobody sleeps on once all goroutines have ended.

pub(crate) use rgo_models::os::{futex_wake, nanotime};

pub(crate) const PAGE_SIZE: usize = 4096;

pub(crate) fn map(size: usize) -> Option<usize> {
    Some(rgo_models::forever::memory(size, PAGE_SIZE))
}

pub(crate) fn thread_id() -> u32 {
    1
}

pub(crate) fn futex_sleep(word: &crate::shared::AtomicU32, value: u32, timeout_ns: Option<i64>) {
    rgo_models::os::futex_sleep(word, value, timeout_ns);
    crate::hosted::exit_if_over();
}

/// Does not let others run: a thief that waits a moment before it takes what its victim is about to run may be as fast as it.
pub(crate) fn usleep(_us: i64) {}
