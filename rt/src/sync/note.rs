//! A one-shot event on which one M sleeps.

use crate::os;
use crate::shared::{AtomicU32, Ordering};

/// Cleared, woken once, slept on by one thread until woken.
pub(crate) struct Note(AtomicU32);

impl Note {
    crate::const_fn! {
        pub(crate) fn new() -> Self {
            Note(AtomicU32::new(0))
        }
    }

    /// Forgets an earlier wake-up. Must not race with `wake` or `sleep`.
    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Wakes the sleeper, now or when it comes. Release pairs with the acquire in `sleep`.
    pub(crate) fn wake(&self) {
        self.0.store(1, Ordering::Release);
        os::futex_wake(&self.0, 1);
    }

    /// Sleeps until woken.
    pub(crate) fn sleep(&self) {
        while self.0.load(Ordering::Acquire) == 0 {
            os::futex_sleep(&self.0, 0, None);
        }
    }

    /// Sleeps until woken or `ns` nanoseconds have passed; true when woken.
    pub(crate) fn sleep_for(&self, ns: i64) -> bool {
        let deadline = os::nanotime() + ns;
        loop {
            if self.0.load(Ordering::Acquire) != 0 {
                return true;
            }
            let left = deadline - os::nanotime();
            if left <= 0 {
                return false;
            }
            os::futex_sleep(&self.0, 0, Some(left));
        }
    }
}
