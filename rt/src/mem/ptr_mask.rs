//! Pointer masks of types: which words of a value hold pointers.
//!
//! The compiler and `reflect` attach a bitmap to each type descriptor. For large types both may leave it to rt to build
//! the bitmap when the first object of the type is allocated or scanned (`TFLAG_GC_MASK_ON_DEMAND`); the address is then
//! kept in the word that `gc_data` points to, and the bitmap lives for ever.

use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, Ordering};

use rgo_abi::types::{ArrayType, StructType, TFLAG_GC_MASK_ON_DEMAND, Type, WORD, kind};

use super::persistent;

/// The mask of `typ`: one bit per word of `ptr_bytes`, readable in whole 8-byte units.
///
/// # Safety
/// `typ` is a type descriptor with `ptr_bytes > 0`.
#[inline]
pub unsafe fn ptr_mask(typ: *const Type) -> *const u64 {
    // SAFETY: the caller vouches for the descriptor.
    let typ = unsafe { &*typ };
    if typ.tflag & TFLAG_GC_MASK_ON_DEMAND == 0 { typ.gc_data.cast() } else { on_demand(typ) }
}

#[cold]
fn on_demand(typ: &Type) -> *const u64 {
    // SAFETY: with this flag `gc_data` points to a writable word that only rt uses, and only as an atomic.
    let cache = unsafe { AtomicPtr::from_ptr(typ.gc_data.cast_mut().cast::<*mut u64>()) };
    let known = cache.load(Ordering::Acquire);
    if !known.is_null() {
        return known;
    }
    let words = typ.ptr_bytes.div_ceil(WORD).div_ceil(64);
    let Some(memory) = persistent::alloc(words * 8, 8) else { crate::fatal::out_of_memory() };
    let mask = memory.cast::<u64>().as_ptr();
    // SAFETY: fresh zeroed memory of this many words.
    build(typ, unsafe { slice::from_raw_parts_mut(mask, words) }, 0);
    // Two builders make equal masks; the loser's is wasted. Pairs with the load above.
    match cache.compare_exchange(ptr::null_mut(), mask, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => mask,
        Err(first) => first,
    }
}

/// Sets the bits of a value of type `typ` that starts at word `at`.
fn build(typ: &Type, mask: &mut [u64], at: usize) {
    if typ.ptr_bytes == 0 {
        return;
    }
    if typ.tflag & TFLAG_GC_MASK_ON_DEMAND == 0 {
        for word in 0..typ.ptr_bytes / WORD {
            // SAFETY: a static mask has a bit for each word of `ptr_bytes`.
            if unsafe { *typ.gc_data.add(word / 8) } & (1 << (word % 8)) != 0 {
                mask[(at + word) / 64] |= 1 << ((at + word) % 64);
            }
        }
        return;
    }
    match typ.kind {
        kind::ARRAY => {
            // SAFETY: the kind says that the descriptor is an array's.
            let array = unsafe { &*ptr::from_ref(typ).cast::<ArrayType>() };
            // SAFETY: descriptors refer to descriptors.
            let elem = unsafe { &*array.elem };
            for i in 0..array.len {
                build(elem, mask, at + i * (elem.size / WORD));
            }
        }
        kind::STRUCT => {
            // SAFETY: the kind says that the descriptor is a struct's.
            let fields = unsafe { &(*ptr::from_ref(typ).cast::<StructType>()).fields };
            for i in 0..fields.len {
                // SAFETY: `i < len`; a field's type is a descriptor.
                let (field_type, offset) =
                    unsafe { (&*(*fields.ptr.add(i)).typ, (*fields.ptr.add(i)).offset) };
                if field_type.ptr_bytes > 0 {
                    build(field_type, mask, at + offset / WORD);
                }
            }
        }
        _ => crate::fatal::throw("mask on demand for a type that is neither array nor struct"),
    }
}
