//! `MCache`: the spans a P allocates from without a lock, one per span class, and its block of tiny objects.

use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use super::mheap;
use super::mspan::{MSpan, NUM_SPAN_CLASSES, SpanClass};
use super::runs::{NO_INFOS, NO_RUNS, RunInfos, Runs};

/// See the module's text. Used by the M that holds the P, or with the world stopped by the collector.
#[repr(C)]
pub struct MCache {
    /// Compiled code takes objects from these.
    pub(super) runs: Runs,
    pub(super) run_infos: RunInfos,
    pub(super) spans: [*mut MSpan; NUM_SPAN_CLASSES],
    /// Block that tiny objects are cut from, 0 for none.
    pub tiny: usize,
    /// Bytes of the block in use.
    pub tiny_used: usize,
    /// Tiny objects ever cut (the blocks count as allocated objects of their own in the mcentral).
    pub tiny_allocs: u64,
    /// Bytes of free slots in the span taken last, until the memory profile has looked at it.
    pub taken: usize,
    /// Bytes of objects that were marked when they were allocated, in the current collection.
    pub black_bytes: usize,
}

const _: () = assert!(core::mem::offset_of!(MCache, runs) == rgo_abi::alloc::RUNS);

// SAFETY: an mcache goes from M to M with its P.
unsafe impl Send for MCache {}

struct Empty(UnsafeCell<MSpan>);
// SAFETY: the span has no slot, so nothing is ever written to it.
unsafe impl Sync for Empty {}
static EMPTY: Empty = Empty(UnsafeCell::new(MSpan::EMPTY));

fn empty() -> *mut MSpan {
    EMPTY.0.get()
}

impl MCache {
    /// A cache without spans. `init` comes next, in the final place.
    pub const NEW: MCache = MCache {
        runs: NO_RUNS,
        run_infos: NO_INFOS,
        spans: [ptr::null_mut(); NUM_SPAN_CLASSES],
        tiny: 0,
        tiny_used: 0,
        tiny_allocs: 0,
        taken: 0,
        black_bytes: 0,
    };

    /// Fills the cache with spans that have no slots.
    pub fn init(&mut self) {
        self.spans = [empty(); NUM_SPAN_CLASSES];
    }

    /// A free slot of the cached span, without touching locks.
    #[inline]
    pub fn next_free_fast(&mut self, class: SpanClass) -> Option<(usize, &'static mut MSpan)> {
        // SAFETY: the span is this P's; the empty one has no slot and is not written.
        let span = unsafe { &mut *self.spans[class.0 as usize] };
        span.next_free_fast().map(|addr| (addr, span))
    }

    /// A free slot of the cached span, or of the next one if `refill`. `None` when the span is full, or memory exhausted.
    #[cold]
    pub fn next_free_slow(&mut self, class: SpanClass, refill: bool) -> Option<(usize, &'static mut MSpan)> {
        let mut span = self.spans[class.0 as usize];
        if refill {
            span = self.refill(class)?.as_ptr();
        } else if span == empty() {
            return None;
        }
        // SAFETY: a real span, this P's.
        let span = unsafe { &mut *span };
        span.next_free().map(|addr| (addr, span))
    }

    fn refill(&mut self, class: SpanClass) -> Option<NonNull<MSpan>> {
        let old = self.spans[class.0 as usize];
        self.spans[class.0 as usize] = empty();
        if old != empty() {
            mheap::uncache_span(old);
        }
        let span = mheap::cache_span(class)?;
        self.spans[class.0 as usize] = span.as_ptr();
        // SAFETY: this P's span.
        self.taken = unsafe { span.as_ref() }.free_bytes();
        Some(span)
    }

    /// Gives all spans back and forgets the tiny block. By the owner, or with the world stopped.
    pub fn flush(&mut self) {
        for slot in &mut self.spans {
            if *slot != empty() && !slot.is_null() {
                mheap::uncache_span(*slot);
            }
            *slot = empty();
        }
        self.tiny = 0;
        self.tiny_used = 0;
    }
}
