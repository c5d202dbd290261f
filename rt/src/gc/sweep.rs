//! Sweeping: what was not marked becomes free. A collection only declares all spans unswept (`mheap::begin_sweep`); the work is done
//! span by span, by whoever allocates from a span's class, by Ps between goroutines and by idle ones (`worker`).
//!
//! A span's marks become its allocation bits; a span without marks goes back to the page allocator. Cost: one cache line or two per
//! span, nothing per object. Nobody but the sweeper looks at the bitmaps of an unswept span, because the next collection starts
//! only after [`finish`].

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::mem::mheap;
use crate::mem::mspan::NUM_SPAN_CLASSES;

/// First class that may have unswept spans.
static CLASS: AtomicUsize = AtomicUsize::new(NUM_SPAN_CLASSES);

/// There may be unswept spans.
#[inline]
pub fn is_under_way() -> bool {
    CLASS.load(Relaxed) < NUM_SPAN_CLASSES
}

/// Declares all spans unswept. World stopped, mcaches flushed, marking complete.
pub fn begin() {
    mheap::begin_sweep();
    CLASS.store(0, Relaxed);
}

/// Sweeps up to `max` spans; false when there are none left.
pub fn some(max: usize) -> bool {
    let mut class = CLASS.load(Relaxed);
    for _ in 0..max {
        while class < NUM_SPAN_CLASSES && !mheap::sweep_one(class) {
            class += 1;
            let before = CLASS.fetch_max(class, Relaxed);
            if class == NUM_SPAN_CLASSES && before < class {
                ended();
            }
        }
        if class >= NUM_SPAN_CLASSES {
            return false;
        }
    }
    true
}

/// Somebody has found that no span is left to sweep.
fn ended() {
    #[cfg(not(test))]
    super::diagnostics::sweeping_ends();
}

/// Sweeps all that is left; others may still be at their last span.
pub fn finish() {
    while is_under_way() && some(usize::MAX) {}
}
