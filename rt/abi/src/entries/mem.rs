//! Allocation.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.mallocgc", "ipb:p", G0, GC_PANIC), // size, type (nil: no pointers), zeroed?
    e("runtime.newobject", "p:p", G0, GC),        // type
    e("runtime.newInRun", "pi:p", G0, GC),        // type, number of its shape
    e("runtime.newarray", "pi:p", G0, GC_PANIC),  // element type, n
    e("runtime.mallocNoscan", "ib:p", G0, GC_PANIC), // size, zeroed?
    e("runtime.roundupsize", "ib:i", Leaf, NONE), // size, without pointers? -> size class
    e("internal/runtime/maps.newobject", "p:p", G0, GC),
    e("internal/runtime/maps.newarray", "pi:p", G0, GC_PANIC),
    e("reflect.unsafe_New", "p:p", G0, GC),
    e("reflect.unsafe_NewArray", "pi:p", G0, GC_PANIC),
    e("internal/reflectlite.unsafe_New", "p:p", G0, GC),
    e("runtime.persistentalloc", "ii:p", G0, NONE), // size, align; never freed, zeroed, not scanned
];
