//! Sweeping: what was not marked becomes free. Runs with the world stopped, mcaches flushed, after marking.
//!
//! Walks the page table in address order. A span's marks become its allocation bits; a span without marks goes back
//! to the page allocator; a span with free slots goes to its mcentral's list, so that allocation afterwards refills
//! the heap roughly from low addresses up. Cost: one cache line or two per span, nothing per object.
//!
//! Rejected for now: sweeping each span when it is next allocated from. It needs a generation per span and a rule for
//! every reader of the bitmaps, and what it saves is small beside the marking that also happens in the pause.

use rgo_abi::size_class::PAGE_SIZE;

use crate::mem::{arena, mheap};

/// Frees everything unmarked. Returns the spans freed and kept.
pub fn sweep() -> (usize, usize) {
    let arena = arena::view();
    let (mut freed_spans, mut kept_spans) = (0, 0);
    mheap::begin_sweep();
    let mut page = arena.base;
    while page < arena.end() {
        let span = arena.span_of(page);
        if span.is_null() {
            page += PAGE_SIZE;
            continue;
        }
        // SAFETY: the world is stopped and the page table holds live spans only.
        let s = unsafe { &mut *span };
        debug_assert!(s.base == page && !s.in_cache);
        page += s.npages * PAGE_SIZE;
        let marked = s.marked_count();
        let dead = s.alloc_count - marked;
        if marked > 0 {
            s.promote_marks(marked);
            mheap::finish_sweep(span, dead, true);
            kept_spans += 1;
            continue;
        }
        if s.class.size_class() == 0 {
            mheap::count_large_free(s.elem_size);
        } else {
            mheap::finish_sweep(span, dead, false);
        }
        mheap::free_span(span);
        freed_spans += 1;
    }
    (freed_spans, kept_spans)
}
