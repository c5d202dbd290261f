//! Collector: requests, statistics, finalizers, weak pointers.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.GC", ":", G0, GC_PARK),
    e("runtime/debug.freeOSMemory", ":", G0, GC_PARK),
    e("runtime.gcPercent", ":i", G0, NONE),
    e("runtime/debug.setGCPercent", "w:w", G0, GC),
    e("runtime/debug.setMemoryLimit", "i:i", G0, GC),
    e("runtime/debug.setMaxStack", "i:i", Leaf, NONE),
    e("runtime/debug.setMaxThreads", "i:i", G0, NONE),
    // *MemStats and array of size classes, layouts of the overlay; length of the array; whether the world stops to be exact -> tiny allocations.
    e("runtime.memStats", "ppii:i", G0, PARK),
    e("sync.runtime_registerPoolCleanup", "p:", G0, NONE),
    e("runtime.registerCacheCleanup", "p:", G0, NONE),
    e("weak.runtime_registerWeakPointer", "p:p", G0, GC),
    e("weak.runtime_makeStrongFromWeak", "p:p", G0, NONE),
    e("runtime.findObject", "p:ii", G0, NONE), // address -> start of the heap object, its end (0: it may share its block); 0, 0
    e("runtime.isVariable", "p:b", Leaf, NONE),
    e("runtime.setFinalizer", "pp:", G0, GC), // object, closure without parameters (nil clears)
    e("runtime.addCleanup", "pp:i", G0, GC),  // address in an object, closure without parameters -> id
    e("runtime.stopCleanup", "pi:", G0, NONE),
    e("runtime.checksFinalizers", ":b", Leaf, NONE),
    // For checkfinalizers: object, id of the cleanup (0: finalizer), name of the type, its size, code that is called.
    e("runtime.noteCleanup", "pipiip:", G0, NONE),
    // The next finalizer's closure and its object, waits for one. The closure knows the object only as a
    // number: the second result keeps it alive on the stack of the goroutine that calls the closure.
    e("runtime.nextFinalizer", ":pp", G0, PARK),
    // The next cleanup's closure, waits for one; whether another goroutine should be started for those that follow.
    e("runtime.nextCleanup", ":pb", G0, PARK),
    e("runtime/pprof.runtime_goroutineLeakGC", ":", G0, GC_PARK),
    e("runtime/pprof.runtime_goroutineleakcount", ":i", G0, NONE),
    e("runtime.finalizersPending", ":b", G0, NONE),
    // Address, mask, its length -> words of the heap object from there on; bytes of the mask for words with pointers become 1.
    e("runtime.objectPointers", "ppi:i", G0, NONE),
];
