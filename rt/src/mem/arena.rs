//! The heap's address range and the tables that describe it.
//!
//! The heap is one contiguous range, at most 256 GiB, so that "is this a heap address, and of which span" is one subtraction, one
//! comparison and one load. It is mapped chunk by chunk upwards from an address that kernels give to nobody who does not ask for it.
//! Below it lie
//! - `spans`: the span of each page, nil for free pages (all pages of a large object point to its span);
//! - `heap_bits`: one bit per word, set where an object of a `Layout::Bitmap` span holds a pointer;
//! - the tables of `PageAlloc`.
//!
//! Rejected: reserving the range. Limits on the address space (`RLIMIT_AS`) count what is reserved, so a program that lowers its own
//! limit would not get another thread, and one that starts under a limit would have to guess how much of it the heap may have.
//!
//! Rejected: gc's two-level map of 64 MiB arenas. It survives fragmented address spaces, at the price of a second dependent
//! load for each pointer the collector looks at.

use core::mem::size_of;
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed, Ordering::Release, fence};

use rgo_abi::size_class::{PAGE_SHIFT, PAGE_SIZE};

use super::huge;
use super::mspan::MSpan;
use super::page_alloc::{CHUNK_PAGES, PageAlloc, Summary};
use crate::os;

/// Bytes of a chunk, the unit in which the range is made usable.
pub const CHUNK_BYTES: usize = CHUNK_PAGES * PAGE_SIZE;

/// Where gc's heap starts as well: easy to tell from other addresses and from small integers.
const HINT: usize = 0xc0_0000_0000;
/// Distance to the next place, and places to try, if something else is there (sanitizers have tables in half of the address space).
const NEXT_HINT: usize = 1 << 40;
const HINTS: usize = 0x7f;
/// Bytes below the heap for the tables.
const TABLES_ROOM: usize = 8 << 30;
const MAX_CHUNKS: usize = 1 << 16;
/// The largest heap.
pub const MAX_BYTES: usize = MAX_CHUNKS * CHUNK_BYTES;

struct Arena {
    base: AtomicUsize,
    usable: AtomicUsize,
    spans: AtomicPtr<*mut MSpan>,
    heap_bits: AtomicPtr<u64>,
}

static ARENA: Arena = Arena {
    base: AtomicUsize::new(0),
    usable: AtomicUsize::new(0),
    spans: AtomicPtr::new(ptr::null_mut()),
    heap_bits: AtomicPtr::new(ptr::null_mut()),
};

/// A copy of the range's description for use in loops; what is usable is looked up each time, since the heap may grow.
#[derive(Clone, Copy)]
pub struct View {
    /// Start of the heap.
    pub base: usize,
    spans: *mut *mut MSpan,
    heap_bits: *mut u64,
}

/// The current description.
#[inline]
pub fn view() -> View {
    View {
        base: ARENA.base.load(Relaxed),
        spans: ARENA.spans.load(Relaxed),
        heap_bits: ARENA.heap_bits.load(Relaxed),
    }
}

impl View {
    /// The address lies in the heap (allocated or not).
    #[inline]
    pub fn contains(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.base) < usable()
    }

    /// The span of `addr`, nil if none.
    #[inline]
    pub fn span_of(&self, addr: usize) -> *mut MSpan {
        let offset = addr.wrapping_sub(self.base);
        if offset >= usable() {
            return ptr::null_mut();
        }
        // SAFETY: the table covers every usable page. Volatile: others enter spans meanwhile.
        unsafe { self.spans.add(offset >> PAGE_SHIFT).read_volatile() }
    }

    /// Start of the heap.
    pub fn start(&self) -> usize {
        self.base
    }

    /// End of the usable range.
    pub fn end(&self) -> usize {
        self.base + usable()
    }

    /// The pointer bits of up to 64 words at `addr`, bit 0 first.
    #[inline]
    pub fn pointer_bits(&self, addr: usize, words: usize) -> u64 {
        let index = (addr - self.base) / 8;
        let shift = index % 64;
        // SAFETY: `addr` is a usable heap address; the table covers it, and the whole object.
        let (low, high) = unsafe {
            // Volatile: the bits of neighbours may change meanwhile.
            let at = self.heap_bits.add(index / 64);
            (at.read_volatile(), if shift + words > 64 { at.add(1).read_volatile() } else { 0 })
        };
        let bits = low >> shift | if shift == 0 { 0 } else { high << (64 - shift) };
        bits & ones(words)
    }

    /// Address of the word that holds the pointer bits of `addr`, for prefetching.
    #[inline]
    pub fn pointer_bits_address(&self, addr: usize) -> usize {
        self.heap_bits as usize + (addr - self.base) / 512 * 8
    }

    /// Sets the pointer bits of up to 64 words at `addr`.
    ///
    /// # Safety
    /// The words belong to an object that the caller is allocating, in a span that no one else allocates from.
    #[inline]
    pub unsafe fn set_pointer_bits(&self, addr: usize, words: usize, bits: u64) {
        let index = (addr - self.base) / 8;
        let shift = index % 64;
        let keep = ones(words);
        // SAFETY: the table covers the heap; the caller owns the whole span, whose bits fill whole words.
        unsafe {
            // Each word is written once: a marker may be reading other objects' bits.
            let at = self.heap_bits.add(index / 64);
            at.write_volatile(*at & !(keep << shift) | bits << shift);
            if shift + words > 64 {
                let at = at.add(1);
                at.write_volatile(*at & !(keep >> (64 - shift)) | bits >> (64 - shift));
            }
        }
    }
}

#[inline]
fn ones(n: usize) -> u64 {
    debug_assert!(n > 0 && n <= 64);
    u64::MAX >> (64 - n)
}

/// Offsets of the tables in their reservation.
struct Tables {
    spans: usize,
    heap_bits: usize,
    tree: usize,
    free: usize,
    clean: usize,
    size: usize,
}

fn tables(chunks: usize) -> Tables {
    let align = |n: usize| n.next_multiple_of(1 << 16);
    let pages = chunks * CHUNK_PAGES;
    let spans = 0;
    let heap_bits = align(spans + pages * size_of::<*mut MSpan>());
    let tree = align(heap_bits + chunks * CHUNK_BYTES / 64);
    let free = align(tree + 2 * chunks * size_of::<Summary>());
    let clean = align(free + pages / 8);
    let size = align(clean + pages / 8);
    Tables { spans, heap_bits, tree, free, clean, size }
}

/// Places the heap and its tables. `None` when the system grants no address space worth having.
pub fn init() -> Option<PageAlloc> {
    let mut chunks = MAX_CHUNKS;
    while chunks >= 16 {
        for hint in 0..HINTS {
            if let Some(pages) = try_init(HINT + hint * NEXT_HINT, chunks) {
                return Some(pages);
            }
        }
        chunks /= 2;
    }
    None
}

/// A heap at `base` with its first chunk.
fn try_init(base: usize, chunks: usize) -> Option<PageAlloc> {
    let layout = tables(chunks);
    const { assert!(TABLES_ROOM > MAX_CHUNKS * (CHUNK_PAGES * 8 + CHUNK_BYTES / 64 + 4096)) };
    let at = base - TABLES_ROOM;
    let (whole, size) = (at + layout.tree, layout.size - layout.tree);
    if !os::map_at(whole, size) {
        return None;
    }
    debug_assert!(base.is_multiple_of(PAGE_SIZE));
    ARENA.base.store(base, Relaxed);
    ARENA.spans.store((at + layout.spans) as *mut *mut MSpan, Relaxed);
    ARENA.heap_bits.store((at + layout.heap_bits) as *mut u64, Relaxed);
    let words = chunks * CHUNK_PAGES / 64;
    // SAFETY: the three ranges were just mapped for these tables alone, read as zero, and are never unmapped.
    let (tree, free, clean) = unsafe {
        (
            slice::from_raw_parts_mut((at + layout.tree) as *mut Summary, 2 * chunks),
            slice::from_raw_parts_mut((at + layout.free) as *mut u64, words),
            slice::from_raw_parts_mut((at + layout.clean) as *mut u64, words),
        )
    };
    if !grow(1) {
        os::unmap(whole, size);
        return None;
    }
    let mut pages = PageAlloc::new(chunks, tree, free, clean);
    pages.grow(CHUNK_PAGES);
    Some(pages)
}

/// Makes `chunks` more chunks usable; false when the system refuses. Called with the heap's lock held.
pub fn grow(chunks: usize) -> bool {
    let arena = view();
    let usable = usable();
    let first = usable / CHUNK_BYTES;
    let spans = arena.spans as usize + first * CHUNK_PAGES * size_of::<*mut MSpan>();
    let bits = arena.heap_bits as usize + first * CHUNK_BYTES / 64;
    let parts = [
        (spans, chunks * CHUNK_PAGES * size_of::<*mut MSpan>()),
        (bits, chunks * CHUNK_BYTES / 64),
        (arena.end(), chunks * CHUNK_BYTES),
    ];
    for (i, &(at, size)) in parts.iter().enumerate() {
        if !os::map_at(at, size) {
            parts[..i].iter().for_each(|&(at, size)| os::unmap(at, size));
            return false;
        }
    }
    huge::heap_grows(arena.end(), chunks * CHUNK_BYTES);
    ARENA.usable.store(usable + chunks * CHUNK_BYTES, Relaxed);
    true
}

/// The address lies in the heap (allocated or not).
#[inline]
pub fn contains(addr: usize) -> bool {
    addr.wrapping_sub(ARENA.base.load(Relaxed)) < usable()
}

/// Bytes made usable so far.
#[inline]
pub fn usable() -> usize {
    ARENA.usable.load(Relaxed)
}

/// Enters `span` (or nil) for `npages` pages from `base` on. Called with the heap's lock held, or the world stopped.
pub fn set_span(base: usize, npages: usize, span: *mut MSpan) {
    let arena = view();
    let first = (base - arena.base) >> PAGE_SHIFT;
    // A marker that finds the span finds it initialised.
    fence(Release);
    // SAFETY: the pages are usable, so the table covers them; the lock excludes other writers.
    unsafe { slice::from_raw_parts_mut(arena.spans.add(first), npages) }.fill(span);
}
