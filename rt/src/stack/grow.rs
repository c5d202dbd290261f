//! The Rust half of `rt.morestack`, and dropping frames when a panic has been recovered.

use super::{Segment, Tendency, pool};
use crate::entry::Pair;
use crate::sched::g::G;
use crate::{fatal, sched};
use core::sync::atomic::{AtomicUsize, Ordering};
use rgo_abi::g::{PREEMPT, STACK_GUARD_GAP};

/// Most bytes of stack a goroutine may have (`debug.SetMaxStack`).
static MAX_STACK: AtomicUsize = AtomicUsize::new(1_000_000_000);
/// Segments double up to this size.
const MAX_DOUBLING: usize = 64 << 20;

/// Sets the limit; returns the old one.
pub(crate) fn set_max_stack(bytes: usize) -> usize {
    MAX_STACK.swap(bytes, Ordering::Relaxed)
}

/// A function of g with this frame size found no room, or g is asked to yield. Afterwards `morestack` tests again, so this
/// yields, or links a next segment that is large enough.
pub(crate) extern "C" fn grow(frame: usize, g: &'static G) {
    // SAFETY: a goroutine that runs has a current segment, its own.
    let current = unsafe { &mut *g.segment.get() };
    if g.stack_guard.load(Ordering::Relaxed) == PREEMPT {
        g.stack_guard.store(current.guard, Ordering::Relaxed);
        if sched::preempt::may_yield(g) {
            sched::schedule::yield_to_scheduler(g, crate::trace::Stop::Preempted);
        }
        return;
    }
    let running = crate::arch::current_m().curg.get();
    if !running.is_some_and(|r| core::ptr::eq(r, g)) {
        fatal::throw("scheduler stack overflow");
    }
    if current.prev.is_null() {
        Tendency::of(g.start_pc.get()).outgrown(current.size);
    }
    let need = (frame + STACK_GUARD_GAP + size_of::<Segment>() + 256).next_power_of_two();
    // A cached next segment that is too small for this frame goes back, with those after it.
    super::trim_after(current);
    let doubled =
        if current.prev.is_null() { pool::SECOND_SIZE } else { 0 }.max((current.size * 2).min(MAX_DOUBLING));
    let size = need.max(doubled);
    let total = current.total + size;
    if total > MAX_STACK.load(Ordering::Relaxed) {
        let limit = MAX_STACK.load(Ordering::Relaxed);
        fatal::stack_overflow(g, limit, g.sched_sp.get(), current.lo, current.hi());
    }
    let next = pool::take(size);
    // SAFETY: just taken from the pool, ours.
    let next = unsafe { &mut *next };
    next.prev = current;
    next.total = total;
    current.next = next;
}

/// For `rt.resume`: drops the segments above the frame `fp` of the function at `entry` and finds where to continue:
/// (handler, stack pointer).
pub(crate) extern "C" fn resume_target(fp: usize, entry: usize) -> Pair {
    let g = sched::getg();
    let mut segment = g.segment.get();
    // SAFETY: the links of the running goroutine's segments are valid.
    while let Some(s) = unsafe { segment.as_ref() } {
        if s.contains(fp) {
            g.segment.set(segment);
            g.stack_guard.store(s.guard, Ordering::Relaxed);
            let Some((handler, frame_size)) = crate::symtab::handler(entry) else {
                fatal::throw("recovered function has no handler")
            };
            return Pair(handler as u64, (fp - frame_size) as u64);
        }
        segment = s.prev;
    }
    fatal::throw("recovered frame is not on this stack")
}

extern "C" fn set_max_stack_entry(bytes: usize) -> usize {
    set_max_stack(bytes)
}
leaf_entry!("runtime/debug.setMaxStack", set_max_stack_entry);
