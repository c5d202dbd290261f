//! Memory that lasts as long as the execution.

#[path = "../../../src/mem/off_heap.rs"]
pub(crate) mod off_heap;

pub(crate) mod persistent {
    use rgo_models::forever;
    use std::ptr::NonNull;

    pub(crate) fn alloc(size: usize, align: usize) -> Option<NonNull<u8>> {
        NonNull::new(forever::memory(size, align) as *mut u8)
    }
}

pub(crate) mod malloc {
    use rgo_abi::types::Type;

    pub(crate) const MAX_ALLOC: usize = 1 << 40;
    pub(crate) enum Zero {
        Yes,
    }

    /// # Safety
    /// None here.
    pub(crate) unsafe fn mallocgc(
        _: &mut super::mcache::MCache,
        size: usize,
        _: *const Type,
        _: Zero,
    ) -> *mut u8 {
        rgo_models::forever::memory(size, 64) as *mut u8
    }
}

pub(crate) mod mcache {
    pub(crate) struct MCache;
    impl MCache {
        pub(crate) const NEW: MCache = MCache;
        pub(crate) fn init(&mut self) {}
    }
}
