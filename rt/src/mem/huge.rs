//! Huge pages: which blocks (2 MB) of the heap the kernel may back by one page each.
//!
//! Whether it does is the system's setting, as with gc: the heap does not ask for them, since a fault that makes one takes milliseconds in which
//! its thread cannot be stopped (docs/performance.md). Where the kernel does it unasked, a block that is given back in part is taken out, for
//! the kernel would fill it again behind our back (khugepaged). `GODEBUG=disablethp=1` keeps all of the heap out.
//!
//! In: growth, runs of pages given back. Out: advice to the kernel. Everything happens under the heap's lock.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rgo_abi::size_class::PAGE_SHIFT;

use super::arena;
use super::page_alloc::PageAlloc;
use crate::os;

/// Bytes of heap of which nothing is taken out: a small heap is not worth the mappings.
const FROM: usize = 32 << 20;
pub const BLOCK_BYTES: usize = 2 << 20;
const BLOCK_PAGES: usize = BLOCK_BYTES >> PAGE_SHIFT;
/// Most blocks that are taken out: each may cost the kernel two mappings more, of which there are 65,530.
const MAX_OUT: usize = 8 << 10;

static DISABLED: AtomicBool = AtomicBool::new(false);

/// The blocks that were taken out.
pub struct Blocks {
    out: [u64; arena::MAX_BYTES / BLOCK_BYTES / 64],
    count: usize,
}

impl Blocks {
    pub const NEW: Blocks = Blocks { out: [0; arena::MAX_BYTES / BLOCK_BYTES / 64], count: 0 };

    /// `n` pages from `page` on have become clean in `alloc`, and are about to be given back.
    pub fn give_back(&mut self, alloc: &PageAlloc, page: usize, n: usize) {
        if page + n <= FROM >> PAGE_SHIFT || DISABLED.load(Relaxed) {
            return;
        }
        for block in (page / BLOCK_PAGES).max(FROM / BLOCK_BYTES)..=(page + n - 1) / BLOCK_PAGES {
            let bit = 1 << (block % 64);
            let is_out = self.out[block / 64] & bit != 0;
            // Of a block that is given back whole nothing is left to be filled.
            if is_out || self.count == MAX_OUT || alloc.is_clean(block * BLOCK_PAGES, BLOCK_PAGES) {
                continue;
            }
            self.out[block / 64] |= bit;
            self.count += 1;
            os::refuse_huge_pages(arena::view().base + block * BLOCK_BYTES, BLOCK_BYTES);
        }
    }
}

/// The heap has grown by `bytes` at `addr`.
pub fn heap_grows(addr: usize, bytes: usize) {
    if DISABLED.load(Relaxed) {
        os::refuse_huge_pages(addr, bytes);
    }
}

/// Keeps the heap out, from its first bytes at `addr` on. Before the program allocates.
#[cfg(not(test))]
pub fn disable(addr: usize, bytes: usize) {
    DISABLED.store(true, Relaxed);
    heap_grows(addr, bytes);
}

#[cfg(test)]
mod tests {
    use super::super::page_alloc::{CHUNK_PAGES, Summary};
    use super::*;
    use std::boxed::Box;
    use std::vec;

    #[test]
    fn blocks_given_back_in_part_go_out() {
        const CHUNKS: usize = 16;
        let bits = || vec![0; CHUNKS * CHUNK_PAGES / 64].leak();
        let mut alloc = PageAlloc::new(CHUNKS, vec![Summary::default(); 2 * CHUNKS].leak(), bits(), bits());
        let mut blocks = Box::new(Blocks::NEW);
        alloc.grow(CHUNKS * CHUNK_PAGES);
        let all = alloc.alloc(CHUNKS * CHUNK_PAGES).expect("as many pages as there are");
        let first = FROM >> PAGE_SHIFT;
        let mut give_back = |page: usize, n: usize| {
            alloc.free(all.page + page, n);
            while let Some((page, n)) = alloc.scavenge(alloc.limit(), CHUNK_PAGES) {
                blocks.give_back(&alloc, page, n);
            }
            blocks.count
        };
        assert_eq!(give_back(first - 8, 8), 0, "a small heap has none");
        assert_eq!(give_back(first, BLOCK_PAGES), 0, "a whole block stays");
        assert_eq!(give_back(first + BLOCK_PAGES + 3, 1), 1);
        assert_eq!(give_back(first + 2 * BLOCK_PAGES - 1, 2), 2, "two blocks, of which one is out already");
        assert_eq!(give_back(first + BLOCK_PAGES, 3), 2);
        assert_eq!(give_back(first + 3 * BLOCK_PAGES, BLOCK_PAGES + 1), 3, "one whole block, and one page");
    }
}
