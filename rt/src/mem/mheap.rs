//! The heap: spans from pages.
//!
//! A span is in an mcache, in one list of its class's `mcentral`, or in the hands of whoever took it off a list. A collection ends by making
//! all lists the unswept ones ([`begin_sweep`]); then spans are swept when somebody allocates from their class, and in the background (`gc::sweep`). The
//! next collection begins when none is left.
//!
//! Lock order: a class's mcentral, then the heap.

use core::ptr::{self, NonNull};
use core::sync::atomic::{
    AtomicBool, AtomicU32, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

use rgo_abi::size_class::{CLASS_TO_PAGES, MAX_SMALL_SIZE, NUM_SIZE_CLASSES, PAGE_SHIFT, PAGE_SIZE};
use rgo_abi::types::Type;

use super::arena::{self, CHUNK_BYTES};
use super::huge;
use super::mcentral::CENTRAL;
use super::mspan::{self, MSpan, NO_SPECIALS, NUM_BITS_CLASSES, SpanClass};
use super::page_alloc::{CHUNK_PAGES, PageAlloc};
use super::persistent;
use crate::gc::bad_pointer;
use crate::gc::special::SPECIALS;
use crate::os;
use crate::sync::Mutex;

/// Most the heap grows by at a time without need.
const MAX_GROWTH: usize = 64 << 20;

struct Pages {
    alloc: Option<PageAlloc>,
    blocks: huge::Blocks,
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

static PAGES: Mutex<Pages> = Mutex::new(Pages {
    alloc: None,
    blocks: huge::Blocks::NEW,
    unused_structs: [ptr::null_mut(); NUM_BITS_CLASSES],
    struct_bytes: 0,
    large: LargeStats { allocs: 0, alloc_bytes: 0, frees: 0, free_bytes: 0 },
});

/// Most spans that one allocation sweeps in search of a free slot.
const MAX_SWEEPS: u32 = 64;

/// Bytes of heap objects: exact after each collection, then counted up as spans enter mcaches (their free slots count as
/// allocated until the span is given back) and large objects are made. The pacer compares it with the trigger.
pub static HEAP_LIVE: AtomicUsize = AtomicUsize::new(0);

/// Pages of memory that the heap should occupy at most, holes included.
static RETAIN: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Pages given back by allocations that made the heap grow, and the time it took, in nanoseconds.
static EAGER_PAGES: AtomicUsize = AtomicUsize::new(0);
static EAGER_NS: AtomicUsize = AtomicUsize::new(0);

/// Sets how many pages the heap should occupy at most, holes included: above that its growth gives holes back.
pub fn set_retained(pages: usize) {
    RETAIN.store(pages, Relaxed);
}

/// What allocations that made the heap grow have given back so far: pages, nanoseconds spent.
pub fn given_back_by_growth() -> [usize; 2] {
    [EAGER_PAGES.load(Relaxed), EAGER_NS.load(Relaxed)]
}

/// Number of the sweep under way, or of the last one.
static SWEEP: AtomicU32 = AtomicU32::new(0);

/// The span has been swept since marking was complete: what is allocated in it is alive.
pub fn is_swept(span: &MSpan) -> bool {
    // Acquire: marks looked at before the sweep are not taken for those after it.
    span.sweep.load(Acquire) == SWEEP.load(Relaxed)
}

/// Freed objects are overwritten (`gc_poison`).
static POISON: AtomicBool = AtomicBool::new(false);

/// Says whether freed objects are overwritten.
pub fn set_poison(on: bool) {
    POISON.store(on, Relaxed);
}

/// Freed objects are overwritten.
pub fn is_poisoning() -> bool {
    POISON.load(Relaxed)
}

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
                self.scavenge_holes(npages);
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

    /// The heap has grown because no free run was long enough for `npages` pages: gives back as much of what is free, in so far as the heap would
    /// occupy more memory than it should.
    #[cold]
    fn scavenge_holes(&mut self, npages: usize) {
        let alloc = self.alloc();
        let holes = alloc.free_pages() - alloc.clean_pages();
        let backed = alloc.limit() - alloc.clean_pages() + npages;
        let excess = backed.saturating_sub(RETAIN.load(Relaxed)).min(npages).min(holes);
        if excess == 0 {
            return;
        }
        let start = os::nanotime();
        let mut done = 0;
        let limit = alloc.limit();
        while done < excess
            && let Some((page, n)) = self.alloc().scavenge(limit, (excess - done).min(CHUNK_PAGES))
        {
            self.give_back(page, n);
            done += n;
        }
        EAGER_PAGES.fetch_add(done, Relaxed);
        EAGER_NS.fetch_add((os::nanotime() - start) as usize, Relaxed);
    }

    /// Gives pages that have just been declared clean back to the system.
    fn give_back(&mut self, page: usize, n: usize) {
        let Pages { alloc, blocks, .. } = self;
        blocks.give_back(alloc.as_ref().expect("the heap is set up"), page, n);
        os::release(arena::view().base + (page << PAGE_SHIFT), n << PAGE_SHIFT);
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
    // SAFETY: as above.
    unsafe { at.as_ref() }.sweep.store(SWEEP.load(Relaxed), Relaxed);
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
fn free_span(span: *mut MSpan) {
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
    let mut sweeps = 0;
    let span = loop {
        let unswept = {
            let mut central = CENTRAL[class.0 as usize].lock();
            if let Some(span) = NonNull::new(central.partial) {
                // SAFETY: spans of the list belong to it.
                central.partial = unsafe { (*span.as_ptr()).next };
                break span;
            }
            if sweeps < MAX_SWEEPS { central.take_unswept() } else { None }
        };
        let Some(span) = unswept else {
            let npages = CLASS_TO_PAGES[class.size_class()] as usize;
            break new_span(&mut PAGES.lock(), npages, class)?;
        };
        sweeps += 1;
        sweep_span(span);
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
    HEAP_LIVE.fetch_sub((s.nelems - s.alloc_count) as usize * s.elem_size, Relaxed);
    central.put(NonNull::from(s));
}

/// A span for one large object of `size` bytes.
pub fn large_span(size: usize, typ: *const Type) -> Option<NonNull<MSpan>> {
    debug_assert!(size > MAX_SMALL_SIZE - 8);
    let npages = size.checked_add(PAGE_SIZE - 1)? >> PAGE_SHIFT;
    let class = SpanClass::new(0, typ.is_null());
    // Dead large objects first: their pages may be what is needed.
    for class in [0, 1] {
        while sweep_one(class) {}
    }
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
    drop(pages);
    CENTRAL[class.0 as usize].lock().put(span);
    Some(span)
}

/// `n` slots of a run will never be objects.
pub fn drop_slots(class: SpanClass, n: u64) {
    CENTRAL[class.0 as usize].lock().dropped += n;
}

/// Makes all spans unswept. World stopped, mcaches flushed, nothing left unswept, marking complete.
pub fn begin_sweep() {
    SWEEP.fetch_add(1, Relaxed);
    for central in &CENTRAL {
        let central = &mut *central.lock();
        debug_assert!(central.unswept == [ptr::null_mut(); 2]);
        central.unswept = [
            core::mem::replace(&mut central.partial, ptr::null_mut()),
            core::mem::replace(&mut central.full, ptr::null_mut()),
        ];
    }
}

/// Sweeps a span of the class with this index; false: there is none to sweep.
pub fn sweep_one(class: usize) -> bool {
    let span = CENTRAL[class].lock().take_unswept();
    span.map(sweep_span).is_some()
}

/// Frees what is not marked in a span that the caller has taken off its list, and enters the span where it belongs now.
fn sweep_span(span: NonNull<MSpan>) {
    // SAFETY: the caller owns the span.
    let s = unsafe { &mut *span.as_ptr() };
    debug_assert!(!s.in_cache);
    if s.specials == NO_SPECIALS {
        s.sweep.store(SWEEP.load(Relaxed), Release);
    } else {
        let mut specials = SPECIALS.lock();
        specials.settle(s);
        // Under the lock, for those who ask for weak handles.
        s.sweep.store(SWEEP.load(Relaxed), Release);
    }
    if s.has_zombies() {
        bad_pointer::found_zombies(s);
    }
    let marked = s.marked_count();
    let dead = s.alloc_count.saturating_sub(marked);
    if is_poisoning() {
        s.poison_unmarked();
    }
    if s.class.size_class() == 0 && marked == 0 {
        let mut pages = PAGES.lock();
        pages.large.frees += 1;
        pages.large.free_bytes += s.elem_size as u64;
        drop(pages);
        return free_span(span.as_ptr());
    }
    if marked > 0 {
        s.promote_marks(marked);
    }
    let mut central = CENTRAL[s.class.0 as usize].lock();
    central.frees += dead as u64;
    if marked > 0 {
        return central.put(span);
    }
    drop(central);
    free_span(span.as_ptr());
}

/// Gives free pages back to the system, highest addresses first, until at most `keep_pages` free ones occupy
/// memory, or `max` have been given back. Returns their number.
pub fn scavenge(keep_pages: usize, max: usize) -> usize {
    let mut done = 0;
    let mut below = usize::MAX;
    loop {
        // One run at a time, so that allocation elsewhere does not wait for all of them.
        let mut pages = PAGES.lock();
        let alloc = pages.alloc();
        if alloc.free_pages() - alloc.clean_pages() <= keep_pages {
            return done;
        }
        let excess = (alloc.free_pages() - alloc.clean_pages() - keep_pages).min(max - done);
        if excess == 0 {
            return done;
        }
        let limit = alloc.limit();
        let Some((page, n)) = alloc.scavenge(below.min(limit), excess.min(CHUNK_PAGES)) else { return done };
        // With the lock held: nobody can be given the pages while their contents vanish.
        pages.give_back(page, n);
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
        // The sweeper may not have come across all dropped slots yet.
        entry.0 += central.allocs.saturating_sub(central.dropped);
        entry.1 += central.frees.saturating_sub(central.dropped);
    }
    let mut pages = PAGES.lock();
    let alloc = pages.alloc();
    let counts = [alloc.limit(), alloc.free_pages(), alloc.clean_pages()];
    by_class[0] = (pages.large.allocs, pages.large.frees);
    HeapCounts { by_class, large: pages.large, pages: counts, struct_bytes: pages.struct_bytes }
}
