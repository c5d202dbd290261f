//! Copying and clearing of typed memory, and stores of pointers by `sync/atomic`.
//!
//! Plain memory operations, on the goroutine's stack, unless the collector marks: then the same entries run on g0 and shade what is
//! overwritten and what is stored first (`gc::barrier`). Nothing stops rt between the shading and the operation.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rgo_abi::types::Type;

use crate::gc::barrier;

extern "C" fn typedmemmove(typ: &Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code passes two places of the type; they may overlap.
    unsafe { ptr::copy(src, dst, typ.size) };
}

extern "C" fn typedmemmove_marking(typ: &Type, dst: *mut u8, src: *const u8) {
    barrier::before_copy(dst as usize, src as usize, typ.ptr_bytes);
    typedmemmove(typ, dst, src);
}

extern "C" fn typedmemclr(typ: &Type, at: *mut u8) {
    // SAFETY: compiled code passes a place of the type.
    unsafe { ptr::write_bytes(at, 0, typ.size) };
}

extern "C" fn typedmemclr_marking(typ: &Type, at: *mut u8) {
    barrier::before_clear(at as usize, typ.ptr_bytes);
    typedmemclr(typ, at);
}

extern "C" fn typedmemclrpartial(_typ: &Type, at: *mut u8, _offset: usize, size: usize) {
    // SAFETY: `at` already includes the offset; reflect passes a part of a value.
    unsafe { ptr::write_bytes(at, 0, size) };
}

extern "C" fn typedmemclrpartial_marking(typ: &Type, at: *mut u8, offset: usize, size: usize) {
    barrier::before_clear(at as usize, size);
    typedmemclrpartial(typ, at, offset, size);
}

extern "C" fn typedarrayclear(elem: &Type, at: *mut u8, len: usize) {
    // SAFETY: compiled code passes `len` elements.
    unsafe { ptr::write_bytes(at, 0, elem.size * len) };
}

extern "C" fn typedarrayclear_marking(elem: &Type, at: *mut u8, len: usize) {
    if elem.ptr_bytes != 0 {
        barrier::before_clear(at as usize, elem.size * len);
    }
    typedarrayclear(elem, at, len);
}

extern "C" fn typedslicecopy(
    elem: &Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    let n = dst_len.min(src_len);
    // SAFETY: compiled code passes slices of at least `n` elements; they may overlap.
    unsafe { ptr::copy(src, dst, n * elem.size) };
    n
}

extern "C" fn typedslicecopy_marking(
    elem: &Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    if elem.ptr_bytes != 0 {
        barrier::before_copy(dst as usize, src as usize, dst_len.min(src_len) * elem.size);
    }
    typedslicecopy(elem, dst, dst_len, src, src_len)
}

extern "C" fn bulk_copy(dst: *mut u8, src: *const u8, size: usize) {
    // SAFETY: compiled code passes ranges of this size; they may overlap.
    unsafe { ptr::copy(src, dst, size) };
}

extern "C" fn bulk_copy_marking(dst: *mut u8, src: *const u8, size: usize) {
    barrier::before_copy(dst as usize, src as usize, size);
    bulk_copy(dst, src, size);
}

extern "C" fn bulk_clear(at: *mut u8, size: usize) {
    // SAFETY: compiled code passes a range of this size.
    unsafe { ptr::write_bytes(at, 0, size) };
}

extern "C" fn bulk_clear_marking(at: *mut u8, size: usize) {
    barrier::before_clear(at as usize, size);
    bulk_clear(at, size);
}

/// For memory that is about to be copied to a new object.
extern "C" fn shade(_at: usize, _size: usize) {}

extern "C" fn shade_marking(at: usize, size: usize) {
    barrier::shade_range(at, size);
}

extern "C" fn swap_pointer(at: &AtomicUsize, new: usize) -> usize {
    at.swap(new, SeqCst)
}

extern "C" fn swap_pointer_marking(at: &AtomicUsize, new: usize) -> usize {
    barrier::shade(new);
    let old = at.swap(new, SeqCst);
    barrier::shade(old);
    old
}

extern "C" fn store_pointer(at: &AtomicUsize, new: usize) {
    at.store(new, SeqCst);
}

extern "C" fn store_pointer_marking(at: &AtomicUsize, new: usize) {
    swap_pointer_marking(at, new);
}

extern "C" fn cas_pointer(at: &AtomicUsize, old: usize, new: usize) -> u64 {
    at.compare_exchange(old, new, SeqCst, SeqCst).is_ok() as u64
}

extern "C" fn cas_pointer_marking(at: &AtomicUsize, old: usize, new: usize) -> u64 {
    let swapped = cas_pointer(at, old, new);
    if swapped != 0 {
        barrier::shade(old);
        barrier::shade(new);
    }
    swapped
}

barrier_entry!("runtime.typedmemmove", typedmemmove, typedmemmove_marking);
barrier_entry!("reflect.typedmemmove", typedmemmove, typedmemmove_marking);
barrier_entry!("internal/reflectlite.typedmemmove", typedmemmove, typedmemmove_marking);
barrier_entry!("internal/runtime/maps.typedmemmove", typedmemmove, typedmemmove_marking);
barrier_entry!("runtime.typedmemclr", typedmemclr, typedmemclr_marking);
barrier_entry!("reflect.typedmemclr", typedmemclr, typedmemclr_marking);
barrier_entry!("internal/runtime/maps.typedmemclr", typedmemclr, typedmemclr_marking);
barrier_entry!("reflect.typedmemclrpartial", typedmemclrpartial, typedmemclrpartial_marking);
barrier_entry!("reflect.typedarrayclear", typedarrayclear, typedarrayclear_marking);
barrier_entry!("runtime.typedslicecopy", typedslicecopy, typedslicecopy_marking);
barrier_entry!("runtime.bulkBarrierCopy", bulk_copy, bulk_copy_marking);
barrier_entry!("runtime.bulkBarrierClear", bulk_clear, bulk_clear_marking);
barrier_entry!("runtime.bulkShade", shade, shade_marking);
barrier_entry!("sync/atomic.SwapPointer", swap_pointer, swap_pointer_marking, word);
barrier_entry!("sync/atomic.StorePointer", store_pointer, store_pointer_marking, word);
barrier_entry!("sync/atomic.CompareAndSwapPointer", cas_pointer, cas_pointer_marking, word);
barrier_entry!("internal/runtime/atomic.storePointer", store_pointer, store_pointer_marking, word);
barrier_entry!("internal/runtime/atomic.casPointer", cas_pointer, cas_pointer_marking, word);
