//! The heap: spans from pages, and per span class the spans with free slots (mcentral).
//!
//! Lock order: a class's mcentral, then the heap. Sweeping runs with the world stopped and takes the locks all the same
//! (they are free then), so that the functions here have one calling rule.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rgo_abi::size_class::{CLASS_TO_PAGES, MAX_SMALL_SIZE, NUM_SIZE_CLASSES, PAGE_SHIFT, PAGE_SIZE};
use rgo_abi::types::Type;

use super::arena::{self, CHUNK_BYTES};
use super::mspan::{self, MSpan, NUM_BITS_CLASSES, NUM_SPAN_CLASSES, SpanClass};
use super::page_alloc::{CHUNK_PAGES, PageAlloc};
use super::persistent;
use crate::os;
use crate::sync::Mutex;

/// Most the heap grows by at a time without need.
const MAX_GROWTH: usize = 64 << 20;

struct Pages {
    alloc: Option<PageAlloc>,
    unused_structs: [*mut MSpan; NUM_BITS_CLASSES],
    /// Live span structures, in bytes.
    struct_bytes: usize,
    large: LargeStats,
}

// SAFETY: the pointers are used by the holder of the heap's lock alone.
unsafe impl Send for Pages {}

/// Large objects so far.
#[derive(Clone, Copy, Default)]
pub struct LargeStats {
    /// Allocated.
    pub allocs: u64,
    /// Bytes allocated.
    pub alloc_bytes: u64,
    /// Freed.
    pub frees: u64,
    /// Bytes freed.
    pub free_bytes: u64,
}

struct MCentral {
    /// Spans with a free slot that no P allocates from.
    partial: *mut MSpan,
    allocs: u64,
    frees: u64,
}

// SAFETY: as for `Pages`, with the mcentral's lock.
unsafe impl Send for MCentral {}

static PAGES: Mutex<Pages> = Mutex::new(Pages {
    alloc: None,
    unused_structs: [ptr::null_mut(); NUM_BITS_CLASSES],
    struct_bytes: 0,
    large: LargeStats { allocs: 0, alloc_bytes: 0, frees: 0, free_bytes: 0 },
});

static CENTRAL: [Mutex<MCentral>; NUM_SPAN_CLASSES] =
    [const { Mutex::new(MCentral { partial: ptr::null_mut(), allocs: 0, frees: 0 }) }; NUM_SPAN_CLASSES];

/// Bytes of heap objects: exact after each collection, then counted up as spans enter mcaches (their free slots count as
/// allocated until the span is given back) and large objects are made. The pacer compares it with the trigger.
pub static HEAP_LIVE: AtomicUsize = AtomicUsize::new(0);

/// Sets up the heap. Once, before any other use.
pub fn init() {
    let Some(alloc) = arena::init() else { crate::fatal::fatal("cannot reserve address space for the heap") };
    PAGES.lock().alloc = Some(alloc);
}

impl Pages {
    fn alloc(&mut self) -> &mut PageAlloc {
        self.alloc.as_mut().expect("the heap is set up")
    }

    /// Takes `npages` pages; returns address and "reads as zero".
    fn take(&mut self, npages: usize) -> Option<(usize, bool)> {
        let run = match self.alloc().alloc(npages) {
            Some(run) => run,
            None => {
                self.grow(npages)?;
                self.alloc().alloc(npages)?
            }
        };
        Some((arena::view().base + (run.page << PAGE_SHIFT), run.zeroed))
    }

    fn grow(&mut self, npages: usize) -> Option<()> {
        let used = arena::usable();
        let need = (npages << PAGE_SHIFT).next_multiple_of(CHUNK_BYTES);
        let left = (self.alloc().capacity() - self.alloc().limit()) / CHUNK_PAGES;
        let need = need / CHUNK_BYTES;
        let wish = (used / 8).next_multiple_of(CHUNK_BYTES).min(MAX_GROWTH) / CHUNK_BYTES;
        let chunks = need.max(wish).min(left);
        if chunks < need {
            return None;
        }
        let got = if arena::grow(chunks) {
            chunks
        } else if chunks > need && arena::grow(need) {
            need
        } else {
            return None;
        };
        self.alloc().grow(got * CHUNK_PAGES);
        Some(())
    }

    fn take_struct(&mut self, bits_log2: u8) -> Option<NonNull<MSpan>> {
        let size = mspan::struct_size(bits_log2);
        let at = match NonNull::new(self.unused_structs[bits_log2 as usize]) {
            Some(span) => {
                // SAFETY: unused structures belong to the list, which the lock protects.
                self.unused_structs[bits_log2 as usize] = unsafe { (*span.as_ptr()).next };
                span
            }
            None => persistent::alloc(size, 64)?.cast(),
        };
        self.struct_bytes += size;
        Some(at)
    }
}

/// A new span of `npages` pages, known to the page table; `None` when memory is exhausted.
fn new_span(pages: &mut Pages, npages: usize, class: SpanClass) -> Option<NonNull<MSpan>> {
    let sc = class.size_class();
    let slots = if sc == 0 { 1 } else { mspan::slots_of_class(sc) };
    let at = pages.take_struct(mspan::bits_log2_for(slots))?;
    let Some((base, zeroed)) = pages.take(npages) else {
        put_struct(pages, at.as_ptr(), mspan::bits_log2_for(slots));
        return None;
    };
    // SAFETY: `at` is an unused structure of the right size, the pages were just taken.
    unsafe { MSpan::init(at, base, npages, class, zeroed) };
    arena::set_span(base, npages, at.as_ptr());
    Some(at)
}

fn put_struct(pages: &mut Pages, span: *mut MSpan, bits_log2: u8) {
    // SAFETY: the span's pages are gone from the page table, so nobody else has it.
    unsafe { (*span).next = pages.unused_structs[bits_log2 as usize] };
    pages.unused_structs[bits_log2 as usize] = span;
    pages.struct_bytes -= mspan::struct_size(bits_log2);
}

/// Gives a span's pages back. The span holds no live object and is in no list and no mcache.
pub fn free_span(span: *mut MSpan) {
    // SAFETY: the caller owns the span.
    let (base, npages, bits_log2) = unsafe { ((*span).base, (*span).npages, (*span).bits_log2) };
    let mut pages = PAGES.lock();
    arena::set_span(base, npages, ptr::null_mut());
    let page = (base - arena::view().base) >> PAGE_SHIFT;
    pages.alloc().free(page, npages);
    put_struct(&mut pages, span, bits_log2);
}

/// A span of `class` with a free slot, for the caller's mcache.
pub fn cache_span(class: SpanClass) -> Option<NonNull<MSpan>> {
    let mut central = CENTRAL[class.0 as usize].lock();
    let span = match NonNull::new(central.partial) {
        Some(span) => {
            // SAFETY: spans of the list belong to it.
            central.partial = unsafe { (*span.as_ptr()).next };
            span
        }
        None => {
            let npages = CLASS_TO_PAGES[class.size_class()] as usize;
            new_span(&mut PAGES.lock(), npages, class)?
        }
    };
    // SAFETY: taken from the list or new: ours alone.
    let s = unsafe { &mut *span.as_ptr() };
    s.next = ptr::null_mut();
    s.in_cache = true;
    s.cached_count = s.alloc_count;
    HEAP_LIVE.fetch_add((s.nelems - s.alloc_count) as usize * s.elem_size, Relaxed);
    Some(span)
}

/// Takes a span back from an mcache.
pub fn uncache_span(span: *mut MSpan) {
    // SAFETY: the caller's mcache held the span and has dropped it.
    let s = unsafe { &mut *span };
    let mut central = CENTRAL[s.class.0 as usize].lock();
    central.allocs += (s.alloc_count - s.cached_count) as u64;
    s.in_cache = false;
    let free = (s.nelems - s.alloc_count) as usize;
    if free > 0 {
        HEAP_LIVE.fetch_sub(free * s.elem_size, Relaxed);
        s.next = central.partial;
        central.partial = span;
    }
}

/// A span for one large object of `size` bytes.
pub fn large_span(size: usize, typ: *const Type) -> Option<NonNull<MSpan>> {
    debug_assert!(size > MAX_SMALL_SIZE - 8);
    let npages = size.checked_add(PAGE_SIZE - 1)? >> PAGE_SHIFT;
    let class = SpanClass::new(0, typ.is_null());
    let mut pages = PAGES.lock();
    if npages > pages.alloc().capacity() {
        return None;
    }
    let span = new_span(&mut pages, npages, class)?;
    // SAFETY: new, ours alone.
    let s = unsafe { &mut *span.as_ptr() };
    s.large_type = typ;
    s.free_index = 1;
    s.alloc_count = 1;
    pages.large.allocs += 1;
    pages.large.alloc_bytes += s.elem_size as u64;
    HEAP_LIVE.fetch_add(s.elem_size, Relaxed);
    Some(span)
}

/// Books the death of a large object, before `free_span`.
pub fn count_large_free(bytes: usize) {
    let mut pages = PAGES.lock();
    pages.large.frees += 1;
    pages.large.free_bytes += bytes as u64;
}

/// Empties the lists of spans with free slots; sweeping refills them. World stopped, mcaches flushed.
pub fn begin_sweep() {
    for central in &CENTRAL {
        central.lock().partial = ptr::null_mut();
    }
}

/// Books `freed` dead slots of a swept span that stays, and lists it if it has a free slot. World stopped.
pub fn finish_sweep(span: *mut MSpan, freed: u32, keep: bool) {
    // SAFETY: the world is stopped and the collector owns every span.
    let s = unsafe { &mut *span };
    let mut central = CENTRAL[s.class.0 as usize].lock();
    central.frees += freed as u64;
    if keep && s.alloc_count < s.nelems {
        s.next = central.partial;
        central.partial = span;
    }
}

/// Gives free pages back to the system, highest addresses first, until at most `keep_pages` free ones occupy
/// memory. Returns the pages given back.
pub fn scavenge(keep_pages: usize) -> usize {
    let mut done = 0;
    let mut below = usize::MAX;
    loop {
        // One run at a time, so that allocation elsewhere does not wait for all of them.
        let mut pages = PAGES.lock();
        let alloc = pages.alloc();
        if alloc.free_pages() - alloc.clean_pages() <= keep_pages {
            return done;
        }
        let excess = alloc.free_pages() - alloc.clean_pages() - keep_pages;
        let limit = alloc.limit();
        let Some((page, n)) = alloc.scavenge(below.min(limit), excess.min(CHUNK_PAGES)) else { return done };
        // With the lock held: nobody can be given the pages while their contents vanish.
        os::release(arena::view().base + (page << PAGE_SHIFT), n << PAGE_SHIFT);
        below = page;
        done += n;
    }
}

/// Counts for statistics.
pub struct HeapCounts {
    /// Objects allocated and freed by size class; class 0 is large objects.
    pub by_class: [(u64, u64); NUM_SIZE_CLASSES],
    /// Large objects.
    pub large: LargeStats,
    /// Pages usable, free, and free without memory.
    pub pages: [usize; 3],
    /// Bytes of span structures.
    pub struct_bytes: usize,
}

/// Reads the counts. Exact when the mcaches are flushed and the world is stopped.
pub fn counts() -> HeapCounts {
    let mut by_class = [(0, 0); NUM_SIZE_CLASSES];
    for (class, central) in CENTRAL.iter().enumerate() {
        let central = central.lock();
        let entry = &mut by_class[class / 2];
        entry.0 += central.allocs;
        entry.1 += central.frees;
    }
    let mut pages = PAGES.lock();
    let alloc = pages.alloc();
    let counts = [alloc.limit(), alloc.free_pages(), alloc.clean_pages()];
    by_class[0] = (pages.large.allocs, pages.large.frees);
    HeapCounts { by_class, large: pages.large, pages: counts, struct_bytes: pages.struct_bytes }
}
