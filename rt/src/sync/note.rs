//! A one-shot event on which one M sleeps.

use crate::os;
use crate::shared::{AtomicU32, Ordering, spin_loop};

/// The event has not come, and nobody sleeps.
const CLEAR: u32 = 0;
/// It has come.
const WOKEN: u32 = 1;
/// It has not come, and somebody sleeps, or did until a deadline.
const ASLEEP: u32 = 2;

/// Cleared, woken once, slept on by one thread until woken.
pub(crate) struct Note(AtomicU32);

impl Note {
    crate::const_fn! {
        pub(crate) fn new() -> Self {
            Note(AtomicU32::new(CLEAR))
        }
    }

    /// Forgets an earlier wake-up. Must not race with `wake` or `sleep`.
    pub(crate) fn clear(&self) {
        self.0.store(CLEAR, Ordering::Relaxed);
    }

    /// Wakes the sleeper, now or when it comes; without a system call if it has not gone to sleep. Release pairs with the acquire of the sleeper.
    pub(crate) fn wake(&self) {
        if self.0.swap(WOKEN, Ordering::Release) == ASLEEP {
            os::futex_wake(&self.0, 1);
        }
    }

    /// Sleeps until woken.
    pub(crate) fn sleep(&self) {
        while !self.announce_sleep() {
            os::futex_sleep(&self.0, ASLEEP, None);
        }
    }

    /// Sleeps until woken or `ns` nanoseconds have passed; true when woken.
    pub(crate) fn sleep_for(&self, ns: i64) -> bool {
        self.sleep_until(os::nanotime() + ns)
    }

    /// Sleeps until woken or the clock shows `deadline`; true when woken.
    pub(crate) fn sleep_until(&self, deadline: i64) -> bool {
        loop {
            if self.announce_sleep() {
                return true;
            }
            let left = deadline - os::nanotime();
            if left <= 0 {
                return false;
            }
            os::futex_sleep(&self.0, ASLEEP, Some(left));
        }
    }

    /// Looks, without sleeping, until woken or the clock shows `deadline`; true when woken.
    pub(crate) fn spin_until(&self, deadline: i64) -> bool {
        loop {
            if self.0.load(Ordering::Acquire) == WOKEN {
                return true;
            }
            if os::nanotime() >= deadline {
                return false;
            }
            spin_loop();
        }
    }

    /// Tells `wake` that somebody sleeps; true if it has come already.
    fn announce_sleep(&self) -> bool {
        self.0.compare_exchange(CLEAR, ASLEEP, Ordering::Acquire, Ordering::Acquire) == Err(WOKEN)
    }
}
