//! When to collect: the heap size that the next cycle should end at (goal), the size that starts it (trigger), and how much a
//! goroutine that allocates meanwhile has to help.
//!
//! GOGC: the heap may grow by `percent` of what survived, roots included. Memory limit: all memory of the program
//! stays below the limit, as long as what survived leaves room; a heap that does not fit is still allowed to grow by a
//! sixteenth, so that a program over its limit gets slow instead of stuck (gc caps the collector's CPU share at half).

/// Smallest goal at GOGC=100.
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

/// The goal; `usize::MAX`: never.
pub fn goal(inputs: Inputs) -> usize {
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

/// The heap size that starts a cycle which should end at `goal`: the program allocated `runway` bytes while earlier ones marked. At
/// least half of the growth comes before the trigger, so that collections do not follow each other without end.
pub fn trigger(goal: usize, live: usize, runway: usize) -> usize {
    if goal == usize::MAX {
        return goal;
    }
    let growth = goal.saturating_sub(live);
    // Marking may take longer than it did; a little always comes before the goal.
    let ahead = runway.saturating_add(runway / 4).clamp(growth / 16, growth / 2);
    goal - ahead.min(goal)
}

/// The heap size from which on a phase of the cycle that should end at `goal` waits for no better moment.
pub fn most(goal: usize) -> usize {
    goal.saturating_add((goal / 32).max(1 << 20))
}

/// Where marking stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What there probably is to mark.
    pub expected: usize,
    /// What has been marked.
    pub marked: usize,
    /// What may be allocated between the start and the goal.
    pub room: usize,
    /// What has been allocated since the start.
    pub allocated: usize,
}

/// What should have been marked by now and is not. Past the goal: a lot.
pub fn behind(p: Progress) -> usize {
    if p.allocated >= p.room {
        return usize::MAX;
    }
    let due = (p.expected as u128 * p.allocated as u128 / p.room as u128) as usize;
    due.saturating_sub(p.marked)
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
        assert_eq!(goal(inputs(0, 100)), 4 * MB);
        assert_eq!(goal(inputs(0, 50)), 2 * MB);
        assert_eq!(goal(inputs(50 * MB, 100)), 100 * MB);
        assert_eq!(goal(inputs(50 * MB, -1)), usize::MAX);
        assert_eq!(goal(Inputs { roots: 10 * MB, ..inputs(50 * MB, 100) }), 110 * MB);
        let limited = Inputs { limit: 80 * MB, overhead: 5 * MB, ..inputs(50 * MB, 100) };
        assert_eq!(goal(limited), 75 * MB);
        assert_eq!(goal(Inputs { percent: -1, ..limited }), 75 * MB);
        assert_eq!(goal(Inputs { limit: 20 * MB, ..limited }), 50 * MB + 50 * MB / 16);
    }

    #[test]
    fn start_and_help() {
        assert_eq!(trigger(100 * MB, 50 * MB, 0), 100 * MB - 50 * MB / 16);
        assert_eq!(trigger(100 * MB, 50 * MB, 8 * MB), 90 * MB);
        assert_eq!(trigger(100 * MB, 50 * MB, 90 * MB), 75 * MB);
        assert_eq!(trigger(usize::MAX, 50 * MB, 90 * MB), usize::MAX);
        assert_eq!([most(4 * MB), most(320 * MB), most(usize::MAX)], [5 * MB, 330 * MB, usize::MAX]);
        let p = Progress { expected: 50 * MB, marked: 20 * MB, room: 10 * MB, allocated: 5 * MB };
        assert_eq!(behind(p), 5 * MB);
        assert_eq!(behind(Progress { marked: 30 * MB, ..p }), 0);
        assert_eq!(behind(Progress { allocated: 11 * MB, ..p }), usize::MAX);
    }
}
