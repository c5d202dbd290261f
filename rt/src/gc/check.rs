//! `gc_check`: looks for mistakes of the collector and of the compiler after each marking, world still stopped.
//!
//! Every marked object is read again with its type's mask, and every pointer in it must lead to a marked object or out of
//! the heap. A pointer into free memory means that the object it meant was freed too early, or never was one.

use rgo_abi::size_class::{MALLOC_HEADER_SIZE, PAGE_SIZE};
use rgo_abi::types::{Type, WORD};

use crate::mem::arena::{self, View};
use crate::mem::mspan::{Layout, MSpan};
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
    match span.layout() {
        Layout::NoScan => None,
        Layout::Bitmap => {
            let bits = arena.pointer_bits(object, span.elem_size / WORD);
            let mut words = (0..span.elem_size / WORD).filter(|i| bits & (1 << i) != 0);
            words.find_map(|i| check_word(arena, object, object + i * WORD))
        }
        Layout::Header => {
            // SAFETY: slots of such spans begin with the type word.
            let typ = unsafe { *(object as *const *const Type) };
            check_values(arena, typ, object + MALLOC_HEADER_SIZE, object + span.elem_size)
        }
        Layout::Large => check_values(arena, span.large_type, object, object + span.elem_size),
    }
}

fn check_values(arena: &View, typ: *const Type, base: usize, end: usize) -> Option<Fault> {
    // SAFETY: the type word of an object is a descriptor with pointers.
    let (size, words, mask) = unsafe { ((*typ).size, (*typ).ptr_bytes / WORD, ptr_mask(typ)) };
    let mut value = base;
    while value < end {
        for i in (0..words).take_while(|i| value + i * WORD < end) {
            // SAFETY: the mask has a bit per word of `ptr_bytes`.
            if unsafe { *mask.add(i / 64) } & (1 << (i % 64)) != 0 {
                let fault = check_word(arena, base, value + i * WORD);
                if fault.is_some() {
                    return fault;
                }
            }
        }
        value += size;
    }
    None
}

fn check_word(arena: &View, object: usize, slot: usize) -> Option<Fault> {
    // SAFETY: a word of a live object.
    let value = unsafe { *(slot as *const usize) };
    let fault = |why| Some(Fault { slot, object, value, why });
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
