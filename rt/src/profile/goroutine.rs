//! Snapshots of the stacks of all goroutines.

use super::MAX_DEPTH;
use crate::sched::{self, getg};
use crate::traceback::{Frames, collect};

/// `runtime.goroutineStacks(buf *uintptr, words int) int`: for each goroutine but the runtime's own, the caller's first:
/// its labels, the number of program counters, the program counters. Returns the words needed, which may be more than there are; then
/// the last goroutines are missing.
extern "C" fn goroutine_stacks(buf: *mut usize, words: usize) -> usize {
    let this = getg();
    let mut needed = 0;
    let mut pcs = [0; MAX_DEPTH];
    let mut record = |g: &'static sched::g::G| {
        let n = collect(Frames::of(g), 0, pcs.as_mut_ptr(), MAX_DEPTH);
        if needed + 2 + n <= words {
            // SAFETY: the caller's buffer has `words` words, and these fit.
            let out = unsafe { core::slice::from_raw_parts_mut(buf.add(needed), 2 + n) };
            out[0] = g.labels.get();
            out[1] = n;
            out[2..].copy_from_slice(&pcs[..n]);
        }
        needed += 2 + n;
    };
    sched::stop_the_world();
    record(this);
    sched::for_each_g(|g| {
        if !core::ptr::eq(g, this) && !g.is_system.get() {
            record(g);
        }
    });
    sched::start_the_world();
    needed
}
g0_entry!("runtime.goroutineStacks", goroutine_stacks);
