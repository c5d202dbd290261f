//! `mallocgc`: every allocation of compiled code and of the Go side of the runtime.
//!
//! Three ways, as in gc:
//! - *tiny*: pointer-free objects under 16 bytes share a 16-byte block; the block lives as long as any of them;
//! - *small* (up to 32 KiB): a slot of the P's cached span for the size class. Where an object's pointers are is
//!   recorded at allocation: in the heap bitmap up to 512 bytes, by a type word before the object above that;
//! - *large*: a span of its own, whose structure holds the type.
//!
//! The first two take no lock while the cached span has a free slot. A collection is only ever started *before* an object is
//! taken (when a span or large object is about to be), so no half-made object exists while the collector runs; and
//! as the code runs on g0 nothing stops it in between.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use rgo_abi::size_class::{
    self, MALLOC_HEADER_SIZE, MAX_SMALL_SIZE, MIN_SIZE_FOR_HEADER, PAGE_SIZE, TINY_SIZE, class_of,
};
use rgo_abi::types::{Type, WORD};

use super::mcache::MCache;
use super::mspan::{MSpan, SpanClass};
use super::ptr_mask::ptr_mask;
use super::{arena, mheap};

/// Largest allocation: the address space of user programs.
pub const MAX_ALLOC: usize = 1 << 47;

/// Why allocation turns to the collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// The heap is about to grow: collect if the pacer says so.
    Pace,
    /// The system gave no memory: collect if that is possible at all.
    Memory,
    /// `gc_stress`: collect now and then.
    Stress,
}

/// The collector's answer to a [`Need`]; set once by `gc::init`.
static COLLECT: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
/// What every allocation looks at: [`STRESS`], [`MARKING`].
static MODE: AtomicU8 = AtomicU8::new(0);
/// Every allocation calls the collector with [`Need::Stress`] first.
const STRESS: u8 = 1;
/// A collection is marking: new objects are marked.
const MARKING: u8 = 2;
/// Every allocation takes the slow way: `STRESS`, or a fine memory profile.
const SLOW: u8 = 4;

/// Every allocation takes the slow way.
#[inline]
pub fn is_slow() -> bool {
    MODE.load(Ordering::Relaxed) & SLOW != 0
}

/// New objects are to be marked.
#[inline]
pub fn is_marking() -> bool {
    MODE.load(Ordering::Relaxed) & MARKING != 0
}

/// Switches bits of [`MODE`].
fn set_mode(bits: u8, on: bool) {
    if on {
        MODE.fetch_or(bits, Ordering::Relaxed);
    } else {
        MODE.fetch_and(!bits, Ordering::Relaxed);
    }
}

/// Makes every allocation call the collector.
pub fn set_stress() {
    set_mode(STRESS | SLOW, true);
}

/// Marking begins or ends. World stopped.
pub fn set_marking(on: bool) {
    set_mode(MARKING, on);
}

/// Marks the new object of `span` at `addr`: what is allocated while a collection marks survives it.
#[cold]
#[inline(never)]
fn allocated_in_marking(cache: &mut MCache, span: &MSpan, addr: usize) {
    if span.mark_shared(span.index_of(addr)) {
        cache.black_bytes += span.elem_size;
    }
}

/// A collector: may stop the world, empty the mcaches and let the caller continue on another P, whose mcache it returns.
pub type Collect = fn(Need) -> *mut MCache;

/// Names the function to call on a [`Need`].
pub fn set_collector(collect: Collect) {
    COLLECT.store(collect as *mut (), Ordering::Release);
}

/// Calls the collector; `cache` becomes the mcache of the P that the caller holds afterwards.
#[cold]
fn call_collector(need: Need, cache: &mut *mut MCache) {
    let collect = COLLECT.load(Ordering::Acquire);
    if !collect.is_null() {
        // SAFETY: `set_collector` stored a function of this type.
        *cache = unsafe { core::mem::transmute::<*mut (), Collect>(collect)(need) };
    }
}

/// What pointers to zero-size objects point to.
static ZERO_BASE: u64 = 0;

/// Shall the memory be zeroed?
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    /// All of it reads as zero.
    Yes,
    /// The caller overwrites it; only legal for objects without pointers.
    No,
}

/// Allocates `size` bytes for one or more values of type `typ` (nil: no pointers).
///
/// # Safety
/// `typ` is nil or a descriptor, and `size` a multiple of its size. `cache` is the mcache of the P that the caller holds; the
/// caller runs on g0.
#[inline]
pub unsafe fn mallocgc(cache: *mut MCache, size: usize, typ: *const Type, zero: Zero) -> *mut u8 {
    // SAFETY: the caller's promises.
    unsafe {
        let object = try_fast(cache, size, typ, zero);
        if object.is_null() { mallocgc_slow(cache, size, typ, zero) } else { object }
    }
}

/// As [`mallocgc`] as long as the cached span has a free slot, otherwise nil. Takes no lock, never calls the collector and needs
/// little stack: it may also run on a goroutine's stack, as rt is never preempted.
///
/// # Safety
/// As for [`mallocgc`], except for g0.
#[inline]
pub unsafe fn try_fast(cache: *mut MCache, size: usize, typ: *const Type, zero: Zero) -> *mut u8 {
    let mode = MODE.load(Ordering::Relaxed);
    if size > MAX_SMALL_SIZE - MALLOC_HEADER_SIZE || mode & SLOW != 0 {
        return ptr::null_mut();
    }
    // SAFETY: the caller's promises; the cache is used by this M alone.
    unsafe {
        let noscan = is_noscan(typ);
        if noscan && size < TINY_SIZE {
            return tiny_fast(&mut *cache, size);
        }
        let place = Place::new(size, noscan);
        match (*cache).next_free_fast(place.span_class) {
            Some((addr, span)) => {
                let object = place.finish(addr, span, size, typ, zero);
                if mode != 0 {
                    allocated_in_marking(&mut *cache, span, addr);
                }
                object
            }
            None => ptr::null_mut(),
        }
    }
}

/// # Safety
/// As for [`mallocgc`].
#[cold]
#[inline(never)]
unsafe fn mallocgc_slow(mut cache: *mut MCache, size: usize, typ: *const Type, zero: Zero) -> *mut u8 {
    if size == 0 {
        return ptr::from_ref(&ZERO_BASE).cast_mut().cast();
    }
    if MODE.load(Ordering::Relaxed) & STRESS != 0 {
        call_collector(Need::Stress, &mut cache);
    }
    // SAFETY: the caller's promises; no reference to the cache spans a call of the collector.
    unsafe {
        let noscan = is_noscan(typ);
        let is_large = size > MAX_SMALL_SIZE - MALLOC_HEADER_SIZE;
        let (object, occupied) = if is_large {
            let object = large(&mut cache, size, if noscan { ptr::null() } else { typ }, zero);
            (object, size.next_multiple_of(PAGE_SIZE))
        } else if noscan && size < TINY_SIZE {
            let shared = tiny_fast(&mut *cache, size);
            if !shared.is_null() {
                return shared;
            }
            (tiny_slow(&mut cache, size), TINY_SIZE)
        } else {
            let place = Place::new(size, noscan);
            let (addr, span) = slot_slow(&mut cache, place.span_class);
            let object = place.finish(addr, span, size, typ, zero);
            if MODE.load(Ordering::Relaxed) & MARKING != 0 {
                allocated_in_marking(&mut *cache, span, addr);
            }
            (object, place.slot_size)
        };
        sample(&mut *cache, object as usize, occupied, is_large);
        object
    }
}

/// Offers an object (or a block of tiny ones) of `size` bytes that was allocated the slow way to the memory profile.
#[cfg(not(test))]
fn sample(cache: &mut MCache, object: usize, size: usize, is_large: bool) {
    use crate::profile::memory;
    let mut charge = core::mem::take(&mut cache.taken);
    if is_large || MODE.load(Ordering::Relaxed) & SLOW != 0 {
        charge = size;
    }
    if charge != 0 {
        let rate = memory::rate();
        let stress = MODE.load(Ordering::Relaxed) & STRESS != 0;
        set_mode(SLOW, stress || (1..memory::FINE_RATE).contains(&rate));
        memory::allocated(object, size, charge);
    }
}
#[cfg(test)]
fn sample(_: &mut MCache, _: usize, _: usize, _: bool) {}

/// # Safety
/// `typ` is nil or a descriptor.
#[inline]
unsafe fn is_noscan(typ: *const Type) -> bool {
    // SAFETY: the caller's promise.
    typ.is_null() || unsafe { (*typ).ptr_bytes } == 0
}

/// How a small object is stored.
#[derive(Clone, Copy)]
struct Place {
    span_class: SpanClass,
    slot_size: usize,
    /// Bytes of the type word before the object.
    header: usize,
}

impl Place {
    #[inline]
    fn new(size: usize, noscan: bool) -> Place {
        let header = if !noscan && size > MIN_SIZE_FOR_HEADER { MALLOC_HEADER_SIZE } else { 0 };
        let class = class_of(size + header);
        Place {
            span_class: SpanClass::new(class, noscan),
            slot_size: size_class::CLASS_TO_SIZE[class] as usize,
            header,
        }
    }

    /// Makes the free slot at `addr` an object.
    ///
    /// # Safety
    /// The slot is of this place's class and the caller's; `size` and `typ` as for [`mallocgc`].
    #[inline]
    unsafe fn finish(self, addr: usize, span: &MSpan, size: usize, typ: *const Type, zero: Zero) -> *mut u8 {
        let dirty = span.needs_zero;
        // SAFETY: the slot is the caller's.
        unsafe {
            if self.span_class.noscan() {
                if dirty && zero == Zero::Yes {
                    clear(addr, self.slot_size);
                }
                span.publish();
                return addr as *mut u8;
            }
            if dirty {
                clear(addr, self.slot_size);
            }
            if self.header == 0 {
                let bits = object_bits(&*typ, size);
                arena::view().set_pointer_bits(addr, self.slot_size / WORD, bits);
            } else {
                *(addr as *mut *const Type) = typ;
            }
        }
        span.publish();
        (addr + self.header) as *mut u8
    }
}

/// A free slot and its span, the next one if need be.
///
/// # Safety
/// `cache` is the caller's, and no reference into it is alive.
#[cold]
#[inline(never)]
unsafe fn slot_slow(cache: &mut *mut MCache, class: SpanClass) -> (usize, &'static mut MSpan) {
    // SAFETY: the caller's cache; no reference to it spans a call of the collector, which empties it.
    unsafe {
        if let Some(found) = (**cache).next_free_slow(class, false) {
            return found;
        }
        call_collector(Need::Pace, cache);
        if let Some(found) = (**cache).next_free_slow(class, true) {
            return found;
        }
        call_collector(Need::Memory, cache);
        match (**cache).next_free_slow(class, true) {
            Some(found) => found,
            None => {
                crate::fatal::out_of_heap(rgo_abi::size_class::CLASS_TO_SIZE[class.size_class()] as usize)
            }
        }
    }
}

/// A tiny object from the current block, nil if it has no room.
#[inline]
fn tiny_fast(cache: &mut MCache, size: usize) -> *mut u8 {
    // Aligned as the size suggests.
    let align = (1 << size.trailing_zeros().min(3)) as usize;
    let offset = cache.tiny_used.next_multiple_of(align);
    if size == 0 || cache.tiny == 0 || offset + size > TINY_SIZE {
        return ptr::null_mut();
    }
    cache.tiny_used = offset + size;
    cache.tiny_allocs += 1;
    (cache.tiny + offset) as *mut u8
}

/// A tiny object at the start of a new block, which becomes the current one if it has more room left.
///
/// # Safety
/// As for [`mallocgc`].
unsafe fn tiny_slow(cache: &mut *mut MCache, size: usize) -> *mut u8 {
    let class = SpanClass::new(class_of(TINY_SIZE), true);
    // SAFETY: the caller's promises.
    let (addr, span) = unsafe { slot_slow(cache, class) };
    if span.needs_zero {
        // SAFETY: the slot is ours.
        unsafe { clear(addr, TINY_SIZE) };
    }
    span.publish();
    // SAFETY: the caller's cache; the collector is not called any more.
    let cache = unsafe { &mut **cache };
    if MODE.load(Ordering::Relaxed) & MARKING != 0 {
        allocated_in_marking(cache, span, addr);
    }
    if size < cache.tiny_used || cache.tiny == 0 {
        cache.tiny = addr;
        cache.tiny_used = size;
    }
    addr as *mut u8
}

#[cold]
#[inline(never)]
fn large(cache: &mut *mut MCache, size: usize, typ: *const Type, zero: Zero) -> *mut u8 {
    call_collector(Need::Pace, cache);
    let span = mheap::large_span(size, typ).or_else(|| {
        call_collector(Need::Memory, cache);
        mheap::large_span(size, typ)
    });
    let Some(span) = span else { crate::fatal::out_of_heap(size) };
    // SAFETY: the span was made for this object.
    let span = unsafe { span.as_ref() };
    if span.needs_zero && (zero == Zero::Yes || !typ.is_null()) {
        // SAFETY: the span is ours.
        unsafe { ptr::write_bytes(span.base as *mut u8, 0, span.elem_size) };
    }
    span.publish();
    if MODE.load(Ordering::Relaxed) & MARKING != 0 {
        // SAFETY: the caller's cache; the collector is not called any more.
        allocated_in_marking(unsafe { &mut **cache }, span, span.base);
    }
    span.base as *mut u8
}

/// The pointer words of an object of at most 512 bytes that holds `size / typ.size` values.
///
/// # Safety
/// `typ` has pointers and is no larger than `size`.
#[inline]
unsafe fn object_bits(typ: &Type, size: usize) -> u64 {
    if typ.size == WORD {
        return u64::MAX >> (64 - size / WORD);
    }
    // SAFETY: the mask can be read in units of 8 bytes, and this one has at most 64 bits.
    let mask = unsafe { ptr_mask(typ).read_unaligned() } & (u64::MAX >> (64 - typ.ptr_bytes / WORD));
    let mut bits = mask;
    let mut at = typ.size;
    // Capacities are rounded up to the slot's size: a last part too small for a value holds nothing.
    while at + typ.size <= size {
        bits |= mask << (at / WORD);
        at += typ.size;
    }
    bits
}

/// Clears `size` bytes, a multiple of 8.
///
/// # Safety
/// The memory belongs to the caller.
#[inline]
pub(super) unsafe fn clear(addr: usize, size: usize) {
    // Volatile, so that the loop stays a loop: a call of memset costs more than eight stores.
    if size <= 128 {
        let mut at = addr;
        while at < addr + size {
            // SAFETY: within the caller's memory; slots are aligned to 8.
            unsafe { (at as *mut u64).write_volatile(0) };
            at += 8;
        }
    } else {
        // SAFETY: the caller's memory.
        unsafe { ptr::write_bytes(addr as *mut u8, 0, size) };
    }
}
