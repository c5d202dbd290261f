//! Which words of a heap object hold pointers, as the collector sees it, for those who look at objects one by one: the heap dump, and the
//! tests of package reflect and of the runtime, which compare it with the types (`reflect.gcbits`). The collector's own walk is `mark`'s.

use rgo_abi::size_class::MALLOC_HEADER_SIZE;
use rgo_abi::types::{Type, WORD};

use crate::mem::arena;
use crate::mem::mspan::{Layout, MSpan};
use crate::mem::ptr_mask::ptr_mask;

/// Calls `visit` with the offset from `slot` of each word of the slot's object that holds a pointer, in ascending order.
pub fn pointers(span: &MSpan, slot: usize, mut visit: impl FnMut(usize)) {
    match span.layout() {
        Layout::NoScan => {}
        Layout::Bitmap => {
            let mut bits = arena::view().pointer_bits(slot, span.elem_size / WORD);
            while bits != 0 {
                visit(bits.trailing_zeros() as usize * WORD);
                bits &= bits - 1;
            }
        }
        Layout::Header => {
            // SAFETY: slots of such spans begin with the type word, written at allocation.
            let typ = unsafe { *(slot as *const *const Type) };
            values(typ, MALLOC_HEADER_SIZE, span.elem_size, visit);
        }
        Layout::Large => values(span.large_type, 0, span.elem_size, visit),
    }
}

/// The pointers in values of a type that fill an object from offset `first` on.
fn values(typ: *const Type, first: usize, end: usize, mut visit: impl FnMut(usize)) {
    // SAFETY: nil or the descriptor of a type with pointers.
    let Some(t) = (unsafe { typ.as_ref() }) else { return };
    // SAFETY: as above.
    let mask = unsafe { ptr_mask(typ) }.cast::<u8>();
    let mut value = first;
    while value + t.ptr_bytes <= end && t.size != 0 {
        for word in 0..t.ptr_bytes / WORD {
            // SAFETY: the mask has a bit per word of `ptr_bytes`.
            if unsafe { *mask.add(word / 8) } >> (word % 8) & 1 != 0 {
                visit(value + word * WORD);
            }
        }
        value += t.size;
    }
}

/// The number of words of the heap object at `addr` (0: there is none) from `addr` on. Of these, the first `len` have their byte at `mask`
/// set to 1 when they hold a pointer.
extern "C" fn object_pointers(addr: usize, mask: *mut u8, len: usize) -> usize {
    // SAFETY: nil or a live span: the caller holds the object.
    let Some(span) = (unsafe { arena::view().span_of(addr).as_ref() }) else { return 0 };
    let index = span.index_of(addr);
    if index >= span.nelems as usize {
        return 0;
    }
    let slot = span.slot(index);
    pointers(span, slot, |offset| {
        let word = (slot + offset).wrapping_sub(addr) / WORD;
        if slot + offset >= addr && word < len {
            // SAFETY: the caller's `len` bytes.
            unsafe { *mask.add(word) = 1 };
        }
    });
    (slot + span.elem_size - addr) / WORD
}

g0_entry!("runtime.objectPointers", object_pointers);
