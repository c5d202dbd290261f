//! When to collect: the heap size that triggers the next cycle.
//!
//! GOGC: the heap may grow by `percent` of what survived, roots included. Memory limit: all memory of the program
//! stays below the limit, as long as what survived leaves room; a heap that does not fit is still allowed to grow by a
//! sixteenth, so that a program over its limit gets slow instead of stuck (gc caps the collector's CPU share at half).

/// Smallest trigger at GOGC=100.
pub const MIN_HEAP: usize = 4 << 20;

/// What the decision depends on, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Inputs {
    /// Heap that survived the last cycle.
    pub live: usize,
    /// Stacks and globals scanned in the last cycle.
    pub roots: usize,
    /// GOGC; negative: off.
    pub percent: i32,
    /// Memory limit; `usize::MAX`: none.
    pub limit: usize,
    /// Memory of the program that is not heap.
    pub overhead: usize,
}

/// `percent` of `n`, at most `usize::MAX`.
fn percent_of(n: usize, percent: usize) -> usize {
    (n / 100).saturating_mul(percent).saturating_add((n % 100).saturating_mul(percent) / 100)
}

/// The trigger; `usize::MAX`: never.
pub fn trigger(inputs: Inputs) -> usize {
    let Inputs { live, roots, percent, limit, overhead } = inputs;
    let by_percent = match usize::try_from(percent) {
        Err(_) => usize::MAX,
        Ok(percent) => {
            let goal = live.saturating_add(percent_of(live.saturating_add(roots), percent));
            goal.max(percent_of(MIN_HEAP, percent))
        }
    };
    if limit == usize::MAX {
        return by_percent;
    }
    let least = live + (live / 16).max(1 << 20);
    by_percent.min(limit.saturating_sub(overhead).max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: usize = 1 << 20;

    fn inputs(live: usize, percent: i32) -> Inputs {
        Inputs { live, roots: 0, percent, limit: usize::MAX, overhead: 0 }
    }

    #[test]
    fn percent_and_limit() {
        assert_eq!(trigger(inputs(0, 100)), 4 * MB);
        assert_eq!(trigger(inputs(0, 50)), 2 * MB);
        assert_eq!(trigger(inputs(50 * MB, 100)), 100 * MB);
        assert_eq!(trigger(inputs(50 * MB, -1)), usize::MAX);
        assert_eq!(trigger(Inputs { roots: 10 * MB, ..inputs(50 * MB, 100) }), 110 * MB);
        let limited = Inputs { limit: 80 * MB, overhead: 5 * MB, ..inputs(50 * MB, 100) };
        assert_eq!(trigger(limited), 75 * MB);
        assert_eq!(trigger(Inputs { percent: -1, ..limited }), 75 * MB);
        assert_eq!(trigger(Inputs { limit: 20 * MB, ..limited }), 50 * MB + 50 * MB / 16);
    }
}
