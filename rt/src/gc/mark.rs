//! Marking: from a pointer to its object, and from an object to its pointers.
//!
//! In: root words, precise (a field known to hold a pointer) or conservative (a live stack word, a register, a global: anything).
//! Out: mark bits of spans, and the bytes marked. The walk keeps an explicit work list (`work`), so depth costs no stack.
//! Every pointer may point anywhere into its object. A conservative word only counts if its slot is allocated; a
//! precise one is not checked, because a live pointer to a free slot does not exist (`gc_check` verifies; `bad_pointer` reports what shows
//! anyway).
//!
//! Objects larger than `OBLET` are scanned in pieces, so that several markers can share one.

use rgo_abi::size_class::MALLOC_HEADER_SIZE;
use rgo_abi::types::{Type, WORD};

use super::bad_pointer;
use super::work::{self, Work};
use crate::mem::arena::{self, View};
use crate::mem::mspan::{Layout, MSpan};
use crate::mem::ptr_mask::ptr_mask;

/// Bytes of a large object that are scanned at once.
const OBLET: usize = 128 << 10;

/// One marking thread. `SHARED`: other markers are at work too.
pub struct Marker<const SHARED: bool> {
    arena: View,
    work: Work,
    /// Bytes of the slots this marker has marked.
    pub bytes_marked: usize,
    /// Objects scanned, for offering work to idle markers now and then.
    scans: u32,
}

/// Addresses that do not count.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    size: usize,
}

/// All addresses count.
const ALL: Place = Place { start: 0, size: 0 };

impl Place {
    #[inline]
    fn contains(self, addr: usize) -> bool {
        addr.wrapping_sub(self.start) < self.size
    }
}

impl<const SHARED: bool> Marker<SHARED> {
    /// A marker for the heap as it is. The program may run; nothing is freed until marking is complete.
    pub fn new() -> Self {
        Marker { arena: arena::view(), work: Work::new(), bytes_marked: 0, scans: 0 }
    }

    /// Marks what `addr` points to, if it is a heap object.
    #[inline]
    pub fn mark(&mut self, addr: usize) {
        let span = self.arena.span_of(addr);
        if span.is_null() {
            return;
        }
        // SAFETY: spans in the table are live while the world is stopped.
        let span = unsafe { &*span };
        let index = span.index_of(addr);
        if index < span.nelems as usize {
            self.mark_slot(span, index);
        }
    }

    /// As [`Marker::mark`] for a word that may be anything.
    #[inline]
    pub fn mark_conservative(&mut self, word: usize) {
        let span = self.arena.span_of(word);
        if span.is_null() {
            return;
        }
        // SAFETY: as in `mark`.
        let span = unsafe { &*span };
        let index = span.index_of(word);
        if index < span.nelems as usize && span.is_allocated(index) {
            self.mark_slot(span, index);
        }
    }

    /// Marks conservatively from the words of `[lo, hi)`.
    ///
    /// # Safety
    /// The range is readable memory, aligned to words.
    pub unsafe fn mark_range(&mut self, lo: usize, hi: usize) {
        let mut at = lo;
        while at < hi {
            // SAFETY: within the caller's range. Volatile: the memory is nobody's Rust object.
            let word = unsafe { (at as *const usize).read_volatile() };
            self.mark_conservative(word);
            at += WORD;
        }
    }

    #[inline]
    fn mark_slot(&mut self, span: &MSpan, index: usize) {
        let fresh = if SHARED { span.mark_shared(index) } else { span.mark(index) };
        if fresh {
            self.bytes_marked += span.elem_size;
            if !span.class.noscan() {
                self.work.push(span.slot(index));
            }
        }
    }

    /// Scans up to `max` objects; returns how many there were.
    pub fn drain_some(&mut self, max: usize) -> usize {
        let arena = self.arena;
        for done in 0..max {
            let Some(obj) = self.work.pop(|obj| prefetch(&arena, obj)) else { return done };
            self.scan(obj, ALL);
        }
        if work::is_hungry() && !work::available() {
            self.work.share();
        }
        max
    }

    /// Ends this marker; what it has not scanned is left to others.
    #[cfg(not(test))]
    pub fn release(self) {
        super::worker::add_marked(self.bytes_marked);
    }

    /// Scans until neither this marker nor the shared list has grey objects.
    pub fn drain(&mut self) {
        let arena = self.arena;
        while let Some(obj) = self.work.pop(|obj| prefetch(&arena, obj)) {
            self.scan(obj, ALL);
            if SHARED {
                self.scans += 1;
                if self.scans.is_multiple_of(64) && work::is_hungry() && !work::available() {
                    self.work.share();
                }
            }
        }
    }

    /// Marks what the object that contains `addr` points to, not the object itself, also when it points to itself.
    pub fn scan_referents(&mut self, addr: usize) {
        let span = self.arena.span_of(addr);
        if span.is_null() {
            return;
        }
        // SAFETY: as in `mark`.
        let span = unsafe { &*span };
        if span.class.noscan() {
            return;
        }
        let object = span.slot(span.index_of(addr));
        let own = Place { start: object, size: span.elem_size };
        match span.layout() {
            Layout::Large => self.scan_values(span.large_type, object, (object, object + own.size), own),
            _ => self.scan(object, own),
        }
    }

    /// Scans the object at `obj`, or the piece of a large object that starts there; pointers into `but` do not count.
    #[inline(always)]
    fn scan(&mut self, obj: usize, but: Place) {
        // SAFETY: only addresses of objects in live spans enter the work list.
        let span = unsafe { &*self.arena.span_of(obj) };
        match span.layout() {
            Layout::NoScan => {}
            Layout::Bitmap => {
                let mut bits = self.arena.pointer_bits(obj, span.elem_size / WORD);
                while bits != 0 {
                    let at = obj + bits.trailing_zeros() as usize * WORD;
                    bits &= bits - 1;
                    self.mark_word(at, but);
                }
            }
            Layout::Header => {
                // SAFETY: slots of such spans begin with the type word, written at allocation.
                let typ = unsafe { *(obj as *const *const Type) };
                let first = obj + MALLOC_HEADER_SIZE;
                self.scan_values(typ, first, (first, obj + span.elem_size), but);
            }
            Layout::Large => {
                let end = span.base + span.elem_size;
                if obj == span.base {
                    // The type may be on the heap (reflect.StructOf).
                    let mut piece = obj + OBLET;
                    while piece < end {
                        self.work.push(piece);
                        piece += OBLET;
                    }
                }
                self.scan_values(span.large_type, span.base, (obj, end.min(obj + OBLET)), but);
            }
        }
    }

    /// Scans `[lo, hi)` of an array of values of type `typ` that starts at `base`.
    #[inline(always)]
    fn scan_values(&mut self, typ: *const Type, base: usize, (lo, hi): (usize, usize), but: Place) {
        if typ.is_null() {
            return;
        }
        // Types made by reflect live on the heap; the objects keep them alive.
        self.mark(typ as usize);
        // SAFETY: the type word of an object is a descriptor with pointers.
        let (size, words, mask) = unsafe { ((*typ).size, (*typ).ptr_bytes / WORD, ptr_mask(typ)) };
        if size == WORD {
            for at in (lo..hi).step_by(WORD) {
                self.mark_word(at, but);
            }
            return;
        }
        let mut value = lo - (lo - base) % size;
        while value < hi {
            let from = lo.saturating_sub(value) / (64 * WORD);
            let to = (hi - value).div_ceil(64 * WORD).min(words.div_ceil(64));
            for chunk in from..to {
                // SAFETY: the mask has a bit per word of `ptr_bytes` and is padded to 8 bytes.
                let mut bits = unsafe { mask.add(chunk).read_unaligned() };
                if words - chunk * 64 < 64 {
                    bits &= (1 << (words - chunk * 64)) - 1;
                }
                let first = value + chunk * 64 * WORD;
                while bits != 0 {
                    let at = first + bits.trailing_zeros() as usize * WORD;
                    bits &= bits - 1;
                    if at >= lo && at < hi {
                        self.mark_word(at, but);
                    }
                }
            }
            value += size;
        }
    }

    #[inline]
    fn mark_word(&mut self, at: usize, but: Place) {
        // SAFETY: a word of a live object.
        let word = unsafe { (at as *const usize).read_volatile() };
        if !self.arena.contains(word) || but.contains(word) {
            return;
        }
        // SAFETY: as in `mark`.
        match unsafe { self.arena.span_of(word).as_ref() } {
            Some(span) if span.index_of(word) < span.nelems as usize => {
                self.mark_slot(span, span.index_of(word));
            }
            _ => bad_pointer::found(at, word),
        }
    }
}

#[inline]
fn prefetch(arena: &View, obj: usize) {
    #[cfg(not(test))]
    {
        crate::arch::prefetch(obj);
        crate::arch::prefetch(arena.pointer_bits_address(obj));
    }
    #[cfg(test)]
    let _ = (arena, obj);
}
