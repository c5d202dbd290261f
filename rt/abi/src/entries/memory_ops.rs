//! Copying, clearing, comparing; stores of pointers with the write barrier.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.memmove", "ppi:", Leaf, NONE), // dst, src, size; no write barrier
    e("reflect.memmove", "ppi:", Leaf, NONE),
    e("runtime.memclrNoHeapPointers", "pi:", Leaf, NONE),
    e("runtime.memequal", "ppi:b", Leaf, NONE),
    e("runtime.typedmemmove", "ppp:", Leaf, NONE), // type, dst, src; with the write barrier, as the rest of this list
    e("runtime.typedmemclr", "pp:", Leaf, NONE),
    e("runtime.typedslicecopy", "ppipi:i", Leaf, NONE), // elem type, dst, its len, src, its len -> n
    e("runtime.bulkBarrierCopy", "ppi:", Leaf, NONE), // dst, src, size: memmove of heap memory that holds pointers
    e("runtime.bulkBarrierClear", "pi:", Leaf, NONE),
    e("runtime.bulkShade", "pi:", Leaf, NONE), // src, size: about to be copied to a new object
    e("reflect.typedmemmove", "ppp:", Leaf, NONE),
    e("reflect.typedmemclr", "pp:", Leaf, NONE),
    e("reflect.typedmemclrpartial", "ppii:", Leaf, NONE),
    e("reflect.typedarrayclear", "ppi:", Leaf, NONE),
    e("internal/reflectlite.typedmemmove", "ppp:", Leaf, NONE),
    e("internal/runtime/maps.typedmemmove", "ppp:", Leaf, NONE),
    e("internal/runtime/maps.typedmemclr", "pp:", Leaf, NONE),
    e("sync/atomic.SwapPointer", "pp:p", Leaf, NONE),
    e("sync/atomic.StorePointer", "pp:", Leaf, NONE),
    e("sync/atomic.CompareAndSwapPointer", "ppp:b", Leaf, NONE),
    e("internal/runtime/atomic.storePointer", "pp:", Leaf, NONE),
    e("internal/runtime/atomic.casPointer", "ppp:b", Leaf, NONE),
];
