//! Copying, clearing, comparing; stores of pointers with the write barrier.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.memmove", "ppi:", Leaf, NONE), // dst, src, size; no write barrier
    e("reflect.memmove", "ppi:", Leaf, NONE),
    e("runtime.memclrNoHeapPointers", "pi:", Leaf, NONE),
    e("runtime.memequal", "ppi:b", Leaf, NONE),
    e("runtime.typedmemmove", "ppp:", G0, NONE), // type, dst, src; with barrier, as the rest of this list
    e("runtime.typedmemclr", "pp:", G0, NONE),
    e("runtime.typedslicecopy", "ppipi:i", G0, NONE), // elem type, dst, its len, src, its len -> n
    e("runtime.bulkBarrierCopy", "ppi:", G0, NONE),   // dst, src, size: memmove of heap memory that holds pointers
    e("runtime.bulkBarrierClear", "pi:", G0, NONE),
    e("runtime.gcWriteBarrier", "pp:", G0, NONE), // slot, new value; called before the store when the flag is set
    e("reflect.typedmemmove", "ppp:", G0, NONE),
    e("reflect.typedmemclr", "pp:", G0, NONE),
    e("reflect.typedmemclrpartial", "ppii:", G0, NONE),
    e("reflect.typedarrayclear", "ppi:", G0, NONE),
    e("internal/reflectlite.typedmemmove", "ppp:", G0, NONE),
    e("internal/runtime/maps.typedmemmove", "ppp:", G0, NONE),
    e("internal/runtime/maps.typedmemclr", "pp:", G0, NONE),
    e("sync/atomic.SwapPointer", "pp:p", G0, NONE),
    e("sync/atomic.StorePointer", "pp:", G0, NONE),
    e("sync/atomic.CompareAndSwapPointer", "ppp:b", G0, NONE),
    e("internal/runtime/atomic.storePointer", "pp:", G0, NONE),
    e("internal/runtime/atomic.casPointer", "ppp:b", G0, NONE),
];
