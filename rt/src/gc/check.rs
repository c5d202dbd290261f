//! `gc_check`: looks for mistakes of the collector and of the compiler after each marking, world still stopped.
//!
//! Every marked object is read again with its type's mask, and every pointer in it must lead to a marked object or out of
//! the heap. A pointer into free memory means that the object it meant was freed too early, or never was one. `checkfinalizers` follows
//! pointers in the same way ([`reaches`]).

use rgo_abi::size_class::{MALLOC_HEADER_SIZE, PAGE_SIZE};
use rgo_abi::types::{Type, WORD};

use crate::mem::arena::{self, View};
use crate::mem::mspan::{Layout, MSpan};
use crate::mem::off_heap::OffHeapVec;
use crate::mem::ptr_mask::ptr_mask;

/// A pointer that should not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it lies.
    pub slot: usize,
    /// Object that contains it.
    pub object: usize,
    /// Its value.
    pub value: usize,
    /// Sizes of the slots of object and value, in bytes.
    pub sizes: [usize; 2],
    /// What is wrong.
    pub why: &'static str,
}

/// Checks the whole heap; the first fault found.
pub fn check() -> Option<Fault> {
    let arena = arena::view();
    let mut page = arena.base;
    while page < arena.end() {
        let span = arena.span_of(page);
        if span.is_null() {
            page += PAGE_SIZE;
            continue;
        }
        // SAFETY: the world is stopped and the page table holds live spans only.
        let span = unsafe { &*span };
        page += span.npages * PAGE_SIZE;
        for index in (0..span.nelems as usize).filter(|&i| span.is_marked(i)) {
            let fault = check_object(&arena, span, span.slot(index));
            if fault.is_some() {
                return fault;
            }
        }
    }
    None
}

fn check_object(arena: &View, span: &MSpan, object: usize) -> Option<Fault> {
    let base = if span.layout() == Layout::Header { object + MALLOC_HEADER_SIZE } else { object };
    find_slot(arena, span, object, &mut |slot| check_word(arena, base, slot))
}

/// What `f` says first of the places in the object at `object` that hold pointers.
fn find_slot<T>(
    arena: &View,
    span: &MSpan,
    object: usize,
    f: &mut impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    match span.layout() {
        Layout::NoScan => None,
        Layout::Bitmap => {
            let bits = arena.pointer_bits(object, span.elem_size / WORD);
            let mut words = (0..span.elem_size / WORD).filter(|i| bits & (1 << i) != 0);
            words.find_map(|i| f(object + i * WORD))
        }
        Layout::Header => {
            // SAFETY: slots of such spans begin with the type word.
            let typ = unsafe { *(object as *const *const Type) };
            find_slot_of_values(typ, object + MALLOC_HEADER_SIZE, object + span.elem_size, f)
        }
        Layout::Large => find_slot_of_values(span.large_type, object, object + span.elem_size, f),
    }
}

fn find_slot_of_values<T>(
    typ: *const Type,
    base: usize,
    end: usize,
    f: &mut impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    // SAFETY: the type word of an object is a descriptor with pointers.
    let (size, words, mask) = unsafe { ((*typ).size, (*typ).ptr_bytes / WORD, ptr_mask(typ)) };
    let mut value = base;
    while value < end {
        for i in (0..words).take_while(|i| value + i * WORD < end) {
            // SAFETY: the mask has a bit per word of `ptr_bytes`.
            if unsafe { *mask.add(i / 64) } & (1 << (i % 64)) != 0 {
                let found = f(value + i * WORD);
                if found.is_some() {
                    return found;
                }
            }
        }
        value += size;
    }
    None
}

/// Span, index and address of the object that contains `addr`.
fn object_of(arena: &View, addr: usize) -> Option<(&'static MSpan, usize)> {
    // SAFETY: the world is stopped, so spans in the page table stay.
    let span = unsafe { arena.span_of(addr).as_ref()? };
    let index = span.index_of(addr);
    (index < span.nelems as usize && span.is_allocated(index)).then(|| (span, span.slot(index)))
}

/// Addresses of objects that a search has seen: a table with open addressing, 0 for free places.
struct Seen {
    table: OffHeapVec<usize>,
    count: usize,
}

impl Seen {
    /// Enters an address; false if it is there.
    fn add(&mut self, addr: usize) -> bool {
        if self.count * 2 >= self.table.len() {
            let mut bigger = Seen { table: OffHeapVec::new(), count: 0 };
            bigger.table.reset((self.table.len() * 2).max(1024), 0);
            self.table.iter().filter(|&&addr| addr != 0).for_each(|&addr| {
                bigger.add(addr);
            });
            *self = bigger;
        }
        let mask = self.table.len() - 1;
        let mut at = (addr as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 20 & mask;
        while self.table[at] != 0 {
            if self.table[at] == addr {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.table[at] = addr;
        self.count += 1;
        true
    }
}

/// Does a path of pointers lead to the object at `target` from what `from` points to, or, with `referents`, from what that object itself
/// refers to? World stopped.
pub fn reaches(target: usize, from: usize, referents: bool) -> bool {
    let arena = arena::view();
    let Some((span, target)) = object_of(&arena, target) else { return false };
    let mut seen = Seen { table: OffHeapVec::new(), count: 0 };
    let mut grey = OffHeapVec::new();
    let mut visit = |span: &MSpan, object: usize, grey: &mut OffHeapVec<usize>| {
        find_slot(&arena, span, object, &mut |slot| {
            // SAFETY: a word of a live object.
            let (_, to) = object_of(&arena, unsafe { *(slot as *const usize) })?;
            if to != target && seen.add(to) {
                grey.push(to);
            }
            (to == target).then_some(())
        })
    };
    if referents && visit(span, target, &mut grey).is_some() {
        return true;
    }
    match object_of(&arena, from) {
        Some((_, object)) if object == target => return true,
        Some((_, object)) => grey.push(object),
        None => {}
    }
    while let Some(object) = grey.pop() {
        if let Some((span, object)) = object_of(&arena, object)
            && visit(span, object, &mut grey).is_some()
        {
            return true;
        }
    }
    false
}

fn check_word(arena: &View, object: usize, slot: usize) -> Option<Fault> {
    // SAFETY: a word of a live object.
    let value = unsafe { *(slot as *const usize) };
    let size = |addr| {
        // SAFETY: as in `check`.
        unsafe { arena.span_of(addr).as_ref() }.map_or(0, |span| span.elem_size)
    };
    let fault = |why| Some(Fault { slot, object, value, why, sizes: [size(object), size(value)] });
    if !arena.contains(value) {
        return None;
    }
    let span = arena.span_of(value);
    if span.is_null() {
        return fault("pointer to a free page");
    }
    // SAFETY: as in `check`.
    let span = unsafe { &*span };
    let index = span.index_of(value);
    if index >= span.nelems as usize {
        return fault("pointer behind the last object of a span");
    }
    if !span.is_allocated(index) {
        return fault("pointer to a free slot");
    }
    if !span.is_marked(index) {
        return fault("pointer to an unmarked object");
    }
    None
}
