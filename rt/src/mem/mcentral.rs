//! `mcentral`: per span class the spans that no P allocates from, and counts of their objects.
//!
//! Lists say whether a span has a free slot, and whether it has been swept since the last collection. Each class has a lock of its own.

use core::ptr::{self, NonNull};

use super::mspan::{MSpan, NUM_SPAN_CLASSES};
use crate::sync::Mutex;

/// Those of one class.
pub(super) struct MCentral {
    /// Swept spans with a free slot, and without.
    pub(super) partial: *mut MSpan,
    pub(super) full: *mut MSpan,
    /// The same before the last collection, not swept yet.
    pub(super) unswept: [*mut MSpan; 2],
    pub(super) allocs: u64,
    pub(super) frees: u64,
    /// Slots that were counted as allocated, and will be as freed, but have never been objects (`runs`).
    pub(super) dropped: u64,
}

impl MCentral {
    const NEW: MCentral = MCentral {
        partial: ptr::null_mut(),
        full: ptr::null_mut(),
        unswept: [ptr::null_mut(); 2],
        allocs: 0,
        frees: 0,
        dropped: 0,
    };

    /// Enters a swept span that the caller owns.
    pub(super) fn put(&mut self, span: NonNull<MSpan>) {
        // SAFETY: the caller owns the span, and now this list.
        let s = unsafe { &mut *span.as_ptr() };
        let list = if s.alloc_count < s.nelems { &mut self.partial } else { &mut self.full };
        s.next = *list;
        *list = span.as_ptr();
    }

    /// Takes an unswept span, those that had free slots first.
    pub(super) fn take_unswept(&mut self) -> Option<NonNull<MSpan>> {
        let list = if self.unswept[0].is_null() { 1 } else { 0 };
        let span = NonNull::new(self.unswept[list])?;
        // SAFETY: spans of a list belong to it.
        self.unswept[list] = unsafe { (*span.as_ptr()).next };
        Some(span)
    }
}

// SAFETY: the pointers are used by the holder of the lock alone.
unsafe impl Send for MCentral {}

/// Of each span class.
pub(super) static CENTRAL: [Mutex<MCentral>; NUM_SPAN_CLASSES] =
    [const { Mutex::new(MCentral::NEW) }; NUM_SPAN_CLASSES];
