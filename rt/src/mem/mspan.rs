//! `MSpan`: a run of pages that holds objects of one size class, or one large object.
//!
//! A span's objects are allocated in address order of its free slots: `alloc_bits` tells which slots were live after the
//! last sweep, `free_index` how far allocation has come since. The slot at `i` is therefore allocated iff
//! `i < free_index` or its bit in `alloc_bits` is set. Marking sets `mark_bits`; sweeping makes them the new `alloc_bits`.
//!
//! Owners: while `in_cache`, the P whose mcache holds the span allocates from it without a lock; otherwise its fields belong to
//! the holder of the mcentral's lock, and with the world stopped to the collector. The bitmaps follow the structure in
//! memory. Span structures are recycled through free lists by bitmap length, never unmapped.

use core::mem::size_of;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rgo_abi::size_class::{
    self, CLASS_TO_PAGES, CLASS_TO_SIZE, MALLOC_HEADER_SIZE, MIN_SIZE_FOR_HEADER, PAGE_SIZE,
};
use rgo_abi::types::Type;

/// Size class and "has no pointers": `class << 1 | noscan`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpanClass(pub u8);

/// Number of span classes.
pub const NUM_SPAN_CLASSES: usize = size_class::NUM_SIZE_CLASSES * 2;

impl SpanClass {
    /// Joins class and scan-freedom.
    #[inline]
    pub fn new(class: usize, noscan: bool) -> SpanClass {
        SpanClass((class as u8) << 1 | noscan as u8)
    }

    /// The size class; 0 for large objects.
    #[inline]
    pub fn size_class(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Bytes of a slot; 0 for large objects.
    #[inline]
    pub fn slot_size(self) -> usize {
        CLASS_TO_SIZE[self.size_class()] as usize
    }

    /// The objects hold no pointers.
    #[inline]
    pub fn noscan(self) -> bool {
        self.0 & 1 != 0
    }
}

/// See the module's text.
#[repr(C)]
pub struct MSpan {
    /// Address of the first object.
    pub base: usize,
    /// Bytes of a slot.
    pub elem_size: usize,
    /// For division by `elem_size`, see `size_class::div_magic`; 0 for large objects, which makes every index 0.
    pub div_magic: u32,
    /// Slots.
    pub nelems: u32,
    /// Slots marked in the current cycle.
    pub mark_bits: *mut AtomicU64,
    /// Slots live after the last sweep.
    pub alloc_bits: *mut u64,
    /// Slots below are in use.
    pub free_index: u32,
    /// As `free_index`, but moved on only when an object is ready to be scanned: what a concurrent marker goes by.
    pub scan_index: AtomicU32,
    /// Slots in use.
    pub alloc_count: u32,
    /// Complement of `alloc_bits` from `free_index` on, shifted so that bit 0 is the slot at `free_index`.
    pub alloc_cache: u64,
    /// Pages.
    pub npages: usize,
    /// Type of a large object that holds pointers.
    pub large_type: *const Type,
    /// Link in the mcentral's list of spans with free slots, or in the list of unused structures.
    pub next: *mut MSpan,
    /// The first special of the span's objects (`gc::special`); under the lock of that table.
    pub specials: u32,
    /// Number of the sweep that the span has been through, or in which it was made (`mheap`).
    pub sweep: AtomicU32,
    /// `alloc_count` when the span entered its mcache: the difference is what this P allocated.
    pub cached_count: u32,
    /// Size class.
    pub class: SpanClass,
    /// Free slots may hold old data.
    pub needs_zero: bool,
    /// Some P allocates from the span.
    pub in_cache: bool,
    /// Length class of the bitmaps behind the structure (log2 of the words in each).
    pub bits_log2: u8,
}

/// What objects a span holds says how their pointers are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// No pointers.
    NoScan,
    /// Heap bitmap.
    Bitmap,
    /// Type word before the object.
    Header,
    /// `large_type`.
    Large,
}

/// `MSpan::specials` of most spans.
pub const NO_SPECIALS: u32 = crate::gc::special::NIL;

/// What freed memory is overwritten with: as a pointer, an address that faults.
const POISON: u8 = 0xdb;

/// Length classes of bitmaps: 1, 2, 4, 8, 16 words.
pub const NUM_BITS_CLASSES: usize = 5;

/// Bytes of a span structure with bitmaps of `1 << bits_log2` words.
pub fn struct_size(bits_log2: u8) -> usize {
    size_of::<MSpan>() + (2 << bits_log2) * 8
}

/// The bitmap length class for `nelems` slots.
pub fn bits_log2_for(nelems: usize) -> u8 {
    nelems.div_ceil(64).next_power_of_two().trailing_zeros() as u8
}

/// Slots of a span of size class `class`.
pub fn slots_of_class(class: usize) -> usize {
    CLASS_TO_PAGES[class] as usize * PAGE_SIZE / CLASS_TO_SIZE[class] as usize
}

impl MSpan {
    /// Bytes of the slots not in use.
    pub fn free_bytes(&self) -> usize {
        (self.nelems - self.alloc_count) as usize * self.elem_size
    }

    /// A span without slots: what an mcache holds before the first allocation of a class.
    #[allow(clippy::declare_interior_mutable_const)] // a fresh one at each use is meant
    pub const EMPTY: MSpan = MSpan {
        base: 0,
        elem_size: 0,
        div_magic: 0,
        nelems: 0,
        mark_bits: ptr::null_mut(),
        alloc_bits: ptr::null_mut(),
        free_index: 0,
        scan_index: AtomicU32::new(0),
        alloc_count: 0,
        alloc_cache: 0,
        npages: 0,
        large_type: ptr::null(),
        next: ptr::null_mut(),
        specials: NO_SPECIALS,
        sweep: AtomicU32::new(0),
        cached_count: 0,
        class: SpanClass(0),
        needs_zero: false,
        in_cache: false,
        bits_log2: 0,
    };

    /// Writes a fresh span over `at`, all slots free.
    ///
    /// # Safety
    /// `at` is `struct_size(bits_log2_for(slots))` writable bytes, aligned to 8, owned by the caller; the pages are
    /// owned by the caller too.
    pub unsafe fn init(at: NonNull<MSpan>, base: usize, npages: usize, class: SpanClass, zeroed: bool) {
        let sc = class.size_class();
        let nelems = if sc == 0 { 1 } else { slots_of_class(sc) };
        let elem_size = if sc == 0 { npages * PAGE_SIZE } else { CLASS_TO_SIZE[sc] as usize };
        let bits_log2 = bits_log2_for(nelems);
        let words = 1usize << bits_log2;
        // SAFETY: the bitmaps follow the structure within the memory the caller hands over.
        let (mark_bits, alloc_bits) = unsafe {
            let first = at.as_ptr().add(1).cast::<u64>();
            first.write_bytes(0, 2 * words);
            (first, first.add(words))
        };
        let span = MSpan {
            base,
            elem_size,
            div_magic: size_class::div_magic(sc),
            nelems: nelems as u32,
            mark_bits: mark_bits.cast(),
            alloc_bits,
            alloc_cache: u64::MAX,
            npages,
            class,
            needs_zero: !zeroed,
            bits_log2,
            ..MSpan::EMPTY
        };
        // SAFETY: `at` is writable and nobody else knows it yet.
        unsafe { at.as_ptr().write(span) };
    }

    /// Where the pointers of the span's objects are described.
    #[inline]
    pub fn layout(&self) -> Layout {
        if self.class.noscan() {
            Layout::NoScan
        } else if self.class.size_class() == 0 {
            Layout::Large
        } else if self.elem_size <= MIN_SIZE_FOR_HEADER {
            Layout::Bitmap
        } else {
            Layout::Header
        }
    }

    /// Bytes before the object within its slot.
    #[inline]
    pub fn header_size(&self) -> usize {
        if self.layout() == Layout::Header { MALLOC_HEADER_SIZE } else { 0 }
    }

    /// Index of the slot that contains `addr`; at least `nelems` for addresses in the tail that holds no slot.
    #[inline]
    pub fn index_of(&self, addr: usize) -> usize {
        (((addr - self.base) as u64 * self.div_magic as u64) >> 32) as usize
    }

    /// Address of a slot.
    #[inline]
    pub fn slot(&self, index: usize) -> usize {
        self.base + index * self.elem_size
    }

    /// The slot holds an object that is ready to be scanned.
    #[inline]
    pub fn is_allocated(&self, index: usize) -> bool {
        if index < self.scan_index.load(Ordering::Acquire) as usize {
            return true;
        }
        // SAFETY: `index < nelems` (callers check), so the word lies in the bitmap.
        let word = unsafe { *self.alloc_bits.add(index / 64) };
        word & (1 << (index % 64)) != 0
    }

    /// The slot is allocated, or was, since the last sweep.
    pub fn is_in_use(&self, index: usize) -> bool {
        // SAFETY: as in `is_allocated`.
        index < self.free_index as usize
            || unsafe { *self.alloc_bits.add(index / 64) } & (1 << (index % 64)) != 0
    }

    /// A slot is marked that is free. The span is nobody's else, and marking over.
    pub fn has_zombies(&self) -> bool {
        let first = self.free_index as usize;
        (first / 64..self.bits_words()).any(|i| {
            // SAFETY: the bitmaps have this many words.
            let marked = unsafe { (*self.mark_bits.add(i)).load(Ordering::Relaxed) };
            // SAFETY: as above.
            let free = !unsafe { *self.alloc_bits.add(i) };
            let below = if i == first / 64 { (1 << (first % 64)) - 1 } else { 0 };
            marked & free & !below != 0
        })
    }

    /// Marks a slot; true if this call marked it. For one marker at a time.
    #[inline]
    pub fn mark(&self, index: usize) -> bool {
        // SAFETY: `index < nelems` (callers check), so the word lies in the bitmap.
        let word = unsafe { &*self.mark_bits.add(index / 64) };
        let bit = 1 << (index % 64);
        let old = word.load(Ordering::Relaxed);
        if old & bit != 0 {
            return false;
        }
        word.store(old | bit, Ordering::Relaxed);
        true
    }

    /// As [`MSpan::mark`], against other markers.
    #[inline]
    pub fn mark_shared(&self, index: usize) -> bool {
        // SAFETY: as in `mark`.
        let word = unsafe { &*self.mark_bits.add(index / 64) };
        let bit = 1 << (index % 64);
        word.load(Ordering::Relaxed) & bit == 0 && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// The slot is marked.
    #[inline]
    pub fn is_marked(&self, index: usize) -> bool {
        // SAFETY: as in `mark`.
        let word = unsafe { &*self.mark_bits.add(index / 64) };
        word.load(Ordering::Relaxed) & (1 << (index % 64)) != 0
    }

    /// Number of marked slots.
    pub fn marked_count(&self) -> u32 {
        // SAFETY: the bitmap has this many words.
        (0..self.bits_words())
            .map(|i| unsafe { (*self.mark_bits.add(i)).load(Ordering::Relaxed) }.count_ones())
            .sum()
    }

    /// Overwrites every slot that is not marked, so that whoever still uses one finds out. Marking is over.
    pub fn poison_unmarked(&self) {
        for index in (0..self.nelems as usize).filter(|&i| !self.is_marked(i)) {
            // SAFETY: nothing refers to the slot any more, and free slots hold nothing.
            unsafe { (self.slot(index) as *mut u8).write_bytes(POISON, self.elem_size) };
        }
    }

    /// Makes the marked slots the allocated ones and clears the marks.
    pub fn promote_marks(&mut self, marked: u32) {
        let (mark, alloc) = (self.mark_bits.cast::<u64>(), self.alloc_bits);
        self.alloc_bits = mark;
        self.mark_bits = alloc.cast();
        // SAFETY: the old allocation bitmap has this many words and nobody reads it any more.
        unsafe { alloc.write_bytes(0, self.bits_words()) };
        self.alloc_count = marked;
        self.free_index = 0;
        self.scan_index.store(0, Ordering::Relaxed);
        self.needs_zero = true;
        self.fill_cache(0);
    }

    /// The object taken last is ready to be scanned.
    #[inline]
    pub fn publish(&self) {
        // Release: the object and its description were written before.
        self.scan_index.store(self.free_index, Ordering::Release);
    }

    /// The next free slot from the cached word, if it has one.
    #[inline]
    pub fn next_free_fast(&mut self) -> Option<usize> {
        let skip = self.alloc_cache.trailing_zeros();
        if skip == 64 {
            return None;
        }
        let index = self.free_index + skip;
        if index >= self.nelems {
            return None;
        }
        let next = index + 1;
        if next.is_multiple_of(64) && next != self.nelems {
            return None;
        }
        self.alloc_cache = self.alloc_cache >> skip >> 1;
        self.free_index = next;
        self.alloc_count += 1;
        Some(self.slot(index as usize))
    }

    /// The next free slot; `None` when the span is full.
    pub fn next_free(&mut self) -> Option<usize> {
        self.next_run(1).map(|(slot, _)| slot)
    }

    /// The next free slots that lie side by side, at most `max`, and at least one unless the span is full: address and number.
    pub fn next_run(&mut self, max: u32) -> Option<(usize, u32)> {
        loop {
            if self.free_index >= self.nelems {
                return None;
            }
            let skip = self.alloc_cache.trailing_zeros();
            let left_in_word = 64 - self.free_index % 64;
            if skip >= left_in_word {
                // Nothing free in the rest of this word.
                self.free_index = (self.free_index + left_in_word).min(self.nelems);
                if self.free_index < self.nelems {
                    self.fill_cache(self.free_index as usize / 64);
                }
                continue;
            }
            let index = self.free_index + skip;
            if index >= self.nelems {
                self.free_index = self.nelems;
                return None;
            }
            let bits = self.alloc_cache >> skip;
            let n = bits.trailing_ones().min(left_in_word - skip).min(max).min(self.nelems - index);
            self.free_index = index + n;
            self.alloc_count += n;
            if !self.free_index.is_multiple_of(64) {
                self.alloc_cache = bits >> n;
            } else if self.free_index < self.nelems {
                self.fill_cache(self.free_index as usize / 64);
            }
            return Some((self.slot(index as usize), n));
        }
    }

    fn fill_cache(&mut self, word: usize) {
        // SAFETY: callers pass a word of the bitmap.
        self.alloc_cache = !unsafe { *self.alloc_bits.add(word) };
    }

    fn bits_words(&self) -> usize {
        1 << self.bits_log2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::vec;

    #[test]
    fn allocates_every_free_slot_once() {
        for class in [1, 2, 3, 5, 8, 27, 31, 67] {
            let nelems = slots_of_class(class);
            let mut memory = vec![0u64; struct_size(bits_log2_for(nelems)) / 8];
            let at = NonNull::new(memory.as_mut_ptr().cast::<MSpan>()).unwrap();
            // SAFETY: `memory` has the size asked for; the pages are never touched.
            let span = unsafe {
                MSpan::init(at, 0x10000, CLASS_TO_PAGES[class] as usize, SpanClass::new(class, true), true);
                &mut *at.as_ptr()
            };
            let mut live = BTreeSet::new();
            for round in 0..6 {
                let before = live.clone();
                let mut taken = |span: &MSpan, addr: usize| {
                    span.publish();
                    assert_eq!((addr - 0x10000) % span.elem_size, 0);
                    assert!(live.insert(span.index_of(addr)), "class {class}: {addr:#x} twice");
                };
                for turn in 0.. {
                    let run = if turn % 3 == 0 { span.next_run(turn % 9 + 1) } else { None };
                    if let Some((addr, n)) = run {
                        (0..n as usize).for_each(|i| taken(span, addr + i * span.elem_size));
                    } else if let Some(addr) = span.next_free_fast().or_else(|| span.next_free()) {
                        taken(span, addr);
                    } else {
                        break;
                    }
                }
                assert_eq!(live.len(), nelems, "class {class} round {round}, before {}", before.len());
                assert_eq!(span.alloc_count as usize, nelems);
                live.retain(|i| (i * 7 + round) % 3 == 0 && *i % 64 != round);
                for &i in &live {
                    assert!(span.mark(i) && !span.mark(i) && span.is_marked(i));
                }
                let marked = span.marked_count();
                assert_eq!(marked as usize, live.len());
                span.promote_marks(marked);
                for i in 0..nelems {
                    assert_eq!(span.is_allocated(i), live.contains(&i));
                }
            }
        }
    }
}
