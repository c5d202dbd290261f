//! Heap memory: from address space up to `mallocgc`.
//!
//! ```text
//! malloc      objects            tiny, small by size class, large
//! runs        free slots that compiled code takes itself, by shape of object
//! mcache      spans of one P     no lock
//! mcentral    spans by class     lists, swept and not, under a lock each
//! mheap       spans              page runs, under one lock
//! page_alloc  page runs          bitmap and summary tree
//! huge        blocks of 2 MB     which of them the kernel may back by one page
//! arena       address space      page -> span, word -> pointer bit
//! ```
//!
//! `ptr_mask` answers which words of a type hold pointers; `persistent` is memory that is never freed. The collector (`gc`)
//! reads and writes span bitmaps with the world stopped; this room knows of it only that it may be asked to collect.

pub(crate) mod arena;
#[cfg(not(test))]
mod entry;
mod huge;
pub(crate) mod malloc;
pub(crate) mod mcache;
mod mcentral;
pub(crate) mod mheap;
pub(crate) mod mspan;
pub(crate) mod off_heap;
mod page_alloc;
pub(crate) mod persistent;
pub(crate) mod ptr_mask;
pub(crate) mod runs;
#[cfg(not(test))]
mod typed;

/// Sets up the heap and the collector. Once, on the first thread, before anything is allocated.
#[cfg(not(test))]
pub(crate) fn init() {
    mheap::init();
    if crate::rt0::godebug_is_on(b"disablethp") {
        let heap = arena::view();
        huge::disable(heap.base, arena::usable());
    }
    crate::gc::cycle::init();
    crate::gc::stats::init();
}
