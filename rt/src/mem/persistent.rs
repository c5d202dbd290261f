//! Memory that is never given back: descriptors, tables, masks built on demand. Zeroed, not scanned by the collector.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::os;
use crate::sync::Mutex;

const CHUNK: usize = 256 << 10;

struct Bump {
    next: usize,
    end: usize,
}

static BUMP: Mutex<Bump> = Mutex::new(Bump { next: 0, end: 0 });
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// `size` zeroed bytes, aligned to `align` (a power of two, at most a page); `None` when the system is out of memory.
pub fn alloc(size: usize, align: usize) -> Option<NonNull<u8>> {
    if size >= CHUNK / 4 {
        BYTES.fetch_add(size, Relaxed);
        return NonNull::new(os::map(size.next_multiple_of(os::PAGE_SIZE))? as *mut u8);
    }
    let mut bump = BUMP.lock();
    let mut at = bump.next.next_multiple_of(align);
    if bump.next == 0 || at + size > bump.end {
        at = os::map(CHUNK)?;
        bump.end = at + CHUNK;
        BYTES.fetch_add(CHUNK, Relaxed);
    }
    bump.next = at + size;
    NonNull::new(at as *mut u8)
}

/// Bytes taken from the system.
pub fn bytes() -> usize {
    BYTES.load(Relaxed)
}
