//! Copying and clearing of typed memory, and stores of pointers by `sync/atomic`.
//!
//! The collector stops the world to mark, so no store needs a barrier and these are plain memory operations. They are entries of
//! their own, apart from `memmove`, so that a barrier has one place to go when marking becomes concurrent.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rgo_abi::types::Type;

extern "C" fn typedmemmove(typ: &Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code passes two places of the type; they may overlap.
    unsafe { ptr::copy(src, dst, typ.size) };
}

extern "C" fn typedmemclr(typ: &Type, at: *mut u8) {
    // SAFETY: compiled code passes a place of the type.
    unsafe { ptr::write_bytes(at, 0, typ.size) };
}

extern "C" fn typedmemclrpartial(_typ: &Type, at: *mut u8, _offset: usize, size: usize) {
    // SAFETY: `at` already includes the offset; reflect passes a part of a value.
    unsafe { ptr::write_bytes(at, 0, size) };
}

extern "C" fn typedarrayclear(elem: &Type, at: *mut u8, len: usize) {
    // SAFETY: compiled code passes `len` elements.
    unsafe { ptr::write_bytes(at, 0, elem.size * len) };
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

extern "C" fn bulk_copy(dst: *mut u8, src: *const u8, size: usize) {
    // SAFETY: compiled code passes ranges of this size; they may overlap.
    unsafe { ptr::copy(src, dst, size) };
}

extern "C" fn bulk_clear(at: *mut u8, size: usize) {
    // SAFETY: compiled code passes a range of this size.
    unsafe { ptr::write_bytes(at, 0, size) };
}

/// Called before a store while a collection marks; none does so with the world running.
extern "C" fn write_barrier(_slot: *mut usize, _new: usize) {}

extern "C" fn swap_pointer(at: &AtomicUsize, new: usize) -> usize {
    at.swap(new, SeqCst)
}

extern "C" fn store_pointer(at: &AtomicUsize, new: usize) {
    at.store(new, SeqCst);
}

extern "C" fn cas_pointer(at: &AtomicUsize, old: usize, new: usize) -> u64 {
    at.compare_exchange(old, new, SeqCst, SeqCst).is_ok() as u64
}

leaf_entry!("runtime.typedmemmove", typedmemmove);
leaf_entry!("reflect.typedmemmove", typedmemmove);
leaf_entry!("internal/reflectlite.typedmemmove", typedmemmove);
leaf_entry!("internal/runtime/maps.typedmemmove", typedmemmove);
leaf_entry!("runtime.typedmemclr", typedmemclr);
leaf_entry!("reflect.typedmemclr", typedmemclr);
leaf_entry!("internal/runtime/maps.typedmemclr", typedmemclr);
leaf_entry!("reflect.typedmemclrpartial", typedmemclrpartial);
leaf_entry!("reflect.typedarrayclear", typedarrayclear);
leaf_entry!("runtime.typedslicecopy", typedslicecopy);
leaf_entry!("runtime.bulkBarrierCopy", bulk_copy);
leaf_entry!("runtime.bulkBarrierClear", bulk_clear);
leaf_entry!("runtime.gcWriteBarrier", write_barrier);
leaf_entry!("sync/atomic.SwapPointer", swap_pointer);
leaf_entry!("sync/atomic.StorePointer", store_pointer);
leaf_entry!("sync/atomic.CompareAndSwapPointer", cas_pointer);
leaf_entry!("internal/runtime/atomic.storePointer", store_pointer);
leaf_entry!("internal/runtime/atomic.casPointer", cas_pointer);
