//! How much stack goroutines tend to need, by the function they start with.
//!
//! A table of hints without locks: functions may share an entry, and two Ms that write at once lose a hint; both cost only time
//! or memory. A goroutine that outgrows its first segment leaves a hint that makes the next [`STARTS`] ones begin on a larger
//! one. Then one begins on a small segment again, which shows whether the hint still holds.

use super::sizes::{FIRST_SIZE, LARGE_FIRST_SIZE, SECOND_SIZE};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Goroutines that one hint serves.
const STARTS: u32 = 256;

/// The hint for goroutines that start with one function (or a few).
pub(crate) struct Tendency(AtomicU32);

static TABLE: [Tendency; 256] = [const { Tendency(AtomicU32::new(0)) }; 256];

impl Tendency {
    /// The hint for the function at `pc`.
    pub(crate) fn of(pc: usize) -> &'static Tendency {
        // Functions are aligned to 16 bytes.
        &TABLE[(pc >> 4) % TABLE.len()]
    }

    /// Size of the first segment of a goroutine that starts now.
    pub(crate) fn first_size(&self) -> usize {
        let left = self.0.load(Relaxed);
        if left == 0 {
            return FIRST_SIZE;
        }
        self.0.store(left - 1, Relaxed);
        if left <= STARTS { SECOND_SIZE } else { LARGE_FIRST_SIZE }
    }

    /// A goroutine has outgrown its first segment of `size` bytes.
    pub(crate) fn outgrown(&self, size: usize) {
        if size < LARGE_FIRST_SIZE {
            let starts = if size < SECOND_SIZE { STARTS } else { 2 * STARTS };
            self.0.fetch_max(starts, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_grow_and_run_out() {
        let hint = Tendency(AtomicU32::new(0));
        assert_eq!(hint.first_size(), FIRST_SIZE);
        hint.outgrown(FIRST_SIZE);
        for _ in 0..STARTS {
            assert_eq!(hint.first_size(), SECOND_SIZE);
        }
        assert_eq!(hint.first_size(), FIRST_SIZE);
        hint.outgrown(SECOND_SIZE);
        assert_eq!(hint.first_size(), LARGE_FIRST_SIZE);
        hint.outgrown(LARGE_FIRST_SIZE);
        assert_eq!(hint.0.load(Relaxed), 2 * STARTS - 1);
    }
}
