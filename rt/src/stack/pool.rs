//! Memory of segments: sizes are powers of two from 2 KB.
//!
//! Small segments are cut from *spans* of 256 KB, aligned to their size, so that a segment finds its span's header at the start of
//! it. A span keeps a list of its free segments; spans with free segments are linked per size. A span that is free altogether goes
//! back to the kernel, but for a few. Larger segments are mappings of their own, of which free ones wait in a list up to 1 MB each.

use super::Segment;
use crate::os;
use crate::sync::Mutex;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use super::sizes::{FIRST_SIZE, LARGE_FIRST_SIZE, SECOND_SIZE};
/// Smaller segments are cut from spans of this size.
const SPAN: usize = 256 << 10;
const MIN_SHIFT: u32 = FIRST_SIZE.trailing_zeros();
const CLASSES: usize = 24;
/// Segments above this go back to the kernel at once.
const MAX_CACHED: usize = 1 << 20;
/// Spans without a segment in use that are kept per size.
const KEPT_SPANS: usize = 2;

/// At the start of a span; the span's first segment begins behind it.
#[repr(C, align(64))]
struct Span {
    /// Neighbours in the list of spans with free segments.
    next: *mut Span,
    prev: *mut Span,
    free: *mut Segment,
    /// Where the part begins that has never been cut; its pages are untouched.
    uncut: usize,
    in_use: usize,
}

impl Span {
    fn base(&self) -> usize {
        self as *const Span as usize
    }

    fn is_full(&self) -> bool {
        self.free.is_null() && self.uncut == self.base() + SPAN
    }

    /// A free segment of `size` bytes; there is one.
    fn take(&mut self, size: usize) -> *mut Segment {
        let free = self.free;
        // SAFETY: free segments keep their header, `next` links the list.
        if let Some(segment) = unsafe { free.as_ref() } {
            self.free = segment.next;
            return free;
        }
        let lo = self.uncut;
        self.uncut += size;
        let from = if lo == self.base() { lo + size_of::<Span>() } else { lo };
        // SAFETY: each piece of the span is cut once.
        unsafe { Segment::init(lo + size - size_of::<Segment>(), from, size) }
    }
}

struct Pool {
    /// Spans with free segments, by size.
    spans: [*mut Span; CLASSES],
    /// Of these, spans without a segment in use.
    empty: [usize; CLASSES],
    /// Free segments of at least a span's size.
    large: [*mut Segment; CLASSES],
}

// SAFETY: the lists are reached only under the mutex.
unsafe impl Send for Pool {}

static POOL: Mutex<Pool> =
    Mutex::new(Pool { spans: [null_mut(); CLASSES], empty: [0; CLASSES], large: [null_mut(); CLASSES] });

/// Bytes of segments handed out.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes of segments in use, those of goroutines that have ended and wait for their next life included.
pub(crate) fn bytes() -> usize {
    BYTES.load(Ordering::Relaxed)
}

fn class(size: usize) -> usize {
    (size.trailing_zeros() - MIN_SHIFT) as usize
}

/// The span of a small segment.
fn span_of(segment: &Segment) -> *mut Span {
    (segment.lo & !(SPAN - 1)) as *mut Span
}

impl Pool {
    /// Enters a span into the list of those with free segments.
    fn link(&mut self, class: usize, span: *mut Span) {
        let first = self.spans[class];
        // SAFETY: spans are the pool's, whose lock is held; list neighbours are mapped.
        unsafe {
            (*span).next = first;
            (*span).prev = null_mut();
            if let Some(first) = first.as_mut() {
                first.prev = span;
            }
        }
        self.spans[class] = span;
    }

    fn unlink(&mut self, class: usize, span: *mut Span) {
        // SAFETY: as in `link`.
        unsafe {
            let (next, prev) = ((*span).next, (*span).prev);
            match prev.as_mut() {
                Some(prev) => prev.next = next,
                None => self.spans[class] = next,
            }
            if let Some(next) = next.as_mut() {
                next.prev = prev;
            }
        }
    }

    fn new_span(&mut self, size: usize) {
        let Some(base) = map_aligned() else { crate::fatal::out_of_memory() };
        let span = base as *mut Span;
        // SAFETY: the first segment begins behind the header.
        unsafe {
            span.write(Span { next: null_mut(), prev: null_mut(), free: null_mut(), uncut: base, in_use: 0 })
        };
        self.link(class(size), span);
        self.empty[class(size)] += 1;
    }

    fn take_small(&mut self, size: usize) -> *mut Segment {
        let class = class(size);
        if self.spans[class].is_null() {
            self.new_span(size);
        }
        // SAFETY: linked spans have a free segment.
        let span = unsafe { &mut *self.spans[class] };
        let segment = span.take(size);
        self.empty[class] -= usize::from(span.in_use == 0);
        span.in_use += 1;
        if span.is_full() {
            self.unlink(class, span);
        }
        segment
    }

    fn put_small(&mut self, segment: &mut Segment) {
        let class = class(segment.size);
        let at = span_of(segment);
        // SAFETY: small segments lie in a span.
        let span = unsafe { &mut *at };
        if span.is_full() {
            self.link(class, at);
        }
        segment.next = span.free;
        span.free = segment;
        span.in_use -= 1;
        if span.in_use == 0 {
            self.empty[class] += 1;
            if self.empty[class] > KEPT_SPANS {
                self.drop_span(class, at);
            }
        }
    }

    /// Gives an unused span back to the kernel.
    fn drop_span(&mut self, class: usize, span: *mut Span) {
        self.unlink(class, span);
        self.empty[class] -= 1;
        os::unmap(span as usize, SPAN);
    }
}

/// Fresh memory for a span.
fn map_aligned() -> Option<usize> {
    let lo = os::map(SPAN)?;
    if lo.is_multiple_of(SPAN) {
        return Some(lo);
    }
    // The next mappings will most likely follow this one.
    os::unmap(lo, SPAN);
    let lo = os::map(2 * SPAN)?;
    let base = lo.next_multiple_of(SPAN);
    if base > lo {
        os::unmap(lo, base - lo);
    }
    os::unmap(base + SPAN, lo + SPAN - base);
    Some(base)
}

/// A segment of `size` bytes (a power of two), header written, not linked.
pub(super) fn take(size: usize) -> *mut Segment {
    BYTES.fetch_add(size, Ordering::Relaxed);
    if size <= MAX_CACHED {
        let mut pool = POOL.lock();
        let free = if size < SPAN {
            pool.take_small(size)
        } else {
            let head = pool.large[class(size)];
            if !head.is_null() {
                // SAFETY: as in `take_small`.
                pool.large[class(size)] = unsafe { (*head).next };
            }
            head
        };
        if !free.is_null() {
            // SAFETY: taken off a list: ours.
            return unsafe { Segment::init(free as usize, (*free).lo, size) };
        }
    }
    let Some(lo) = os::map(size) else { crate::fatal::out_of_memory() };
    // SAFETY: fresh memory.
    unsafe { Segment::init(lo + size - size_of::<Segment>(), lo, size) }
}

/// Takes a segment back.
pub(super) fn put(segment: *mut Segment) {
    // SAFETY: the caller gives up a valid segment.
    let s = unsafe { &mut *segment };
    BYTES.fetch_sub(s.size, Ordering::Relaxed);
    if s.size > MAX_CACHED {
        return os::unmap(s.lo, s.size);
    }
    let mut pool = POOL.lock();
    if s.size < SPAN {
        return pool.put_small(s);
    }
    s.next = pool.large[class(s.size)];
    pool.large[class(s.size)] = segment;
}

/// Gives the memory of unused segments back to the kernel.
pub(crate) fn release_unused() {
    let mut pool = POOL.lock();
    for class in 0..CLASSES {
        let mut segment = core::mem::replace(&mut pool.large[class], null_mut());
        // SAFETY: free segments are the pool's.
        while let Some(s) = unsafe { segment.as_ref() } {
            segment = s.next;
            os::unmap(s.lo, s.size);
        }
        let mut span = pool.spans[class];
        // SAFETY: linked spans are mapped.
        while let Some(s) = unsafe { span.as_ref() } {
            let next = s.next;
            if s.in_use == 0 {
                pool.drop_span(class, span);
            }
            span = next;
        }
    }
}
