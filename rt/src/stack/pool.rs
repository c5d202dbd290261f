//! Memory of segments: sizes are powers of two from 2 KB; free ones wait in a list per size.

use super::Segment;
use crate::os;
use crate::sync::Mutex;
use core::ptr::null_mut;

/// Size of a goroutine's first segment.
pub(crate) const FIRST_SIZE: usize = 2048;
/// Size of the main goroutine's first segment. Only pages that are used cost memory.
pub(crate) const LARGE_FIRST_SIZE: usize = 256 << 10;
/// Size of a second segment, if the first was no larger.
pub(crate) const SECOND_SIZE: usize = 32 << 10;
/// Small segments are cut from spans of this size.
const SPAN: usize = 256 << 10;
const MIN_SHIFT: u32 = FIRST_SIZE.trailing_zeros();
const CLASSES: usize = 24;
/// Segments above this go back to the kernel at once.
const MAX_CACHED: usize = 1 << 20;

struct Pool {
    free: [*mut Segment; CLASSES],
}

// SAFETY: the lists are reached only under the mutex.
unsafe impl Send for Pool {}

static POOL: Mutex<Pool> = Mutex::new(Pool { free: [null_mut(); CLASSES] });

fn class(size: usize) -> usize {
    (size.trailing_zeros() - MIN_SHIFT) as usize
}

/// A segment of `size` bytes (a power of two), header written, not linked.
pub(super) fn take(size: usize) -> *mut Segment {
    if size <= MAX_CACHED {
        let mut pool = POOL.lock();
        if size < SPAN && pool.free[class(size)].is_null() {
            refill(&mut pool, size);
        }
        let head = pool.free[class(size)];
        if !head.is_null() {
            // SAFETY: free segments keep their header, `next` links the list.
            pool.free[class(size)] = unsafe { (*head).next };
            // SAFETY: taken off the list; the size is that of the class.
            return unsafe { Segment::init(head as usize, (*head).lo) };
        }
    }
    let Some(lo) = os::map(size) else { crate::fatal::out_of_memory() };
    // SAFETY: fresh memory.
    unsafe { Segment::init(lo + size - size_of::<Segment>(), lo) }
}

fn refill(pool: &mut Pool, size: usize) {
    let Some(base) = os::map(SPAN) else { crate::fatal::out_of_memory() };
    for lo in (base..base + SPAN).step_by(size).rev() {
        // SAFETY: each piece of the fresh span is used once.
        let segment = unsafe { Segment::init(lo + size - size_of::<Segment>(), lo) };
        segment.next = pool.free[class(size)];
        pool.free[class(size)] = segment;
    }
}

/// Takes a segment back.
pub(super) fn put(segment: *mut Segment) {
    // SAFETY: the caller gives up a valid segment.
    let s = unsafe { &mut *segment };
    if s.size > MAX_CACHED {
        os::unmap(s.lo, s.size);
        return;
    }
    let mut pool = POOL.lock();
    s.next = pool.free[class(s.size)];
    pool.free[class(s.size)] = segment;
}
