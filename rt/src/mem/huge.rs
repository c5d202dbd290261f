//! Huge pages: which blocks (2 MB) of the heap the kernel is asked to back by one page each.
//!
//! A heap that grows beyond [`FROM`] asks for them, chunk by chunk: one fault where there were 512, and one entry of the TLB. Small heaps do not,
//! a few objects in a block would occupy all of it. A block that is given back in part is taken out, for the kernel would fill
//! it again behind our back (khugepaged), until all of it has been given back. `GODEBUG=disablethp=1` keeps all of the heap out.
//!
//! In: growth, runs of pages given back. Out: advice to the kernel. Everything happens under the heap's lock.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rgo_abi::size_class::PAGE_SHIFT;

use super::arena;
use super::page_alloc::PageAlloc;
use crate::os;

/// Bytes of heap that do without.
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
            let is_clean = alloc.is_clean(block * BLOCK_PAGES, BLOCK_PAGES);
            if is_out != is_clean || !is_out && self.count == MAX_OUT {
                continue;
            }
            self.out[block / 64] ^= bit;
            self.count = if is_out { self.count - 1 } else { self.count + 1 };
            os::advise_huge_pages(arena::view().base + block * BLOCK_BYTES, BLOCK_BYTES, is_out);
        }
    }
}

/// The heap, which was `used` bytes long, has grown by `bytes` at `addr`.
pub fn heap_grows(used: usize, addr: usize, bytes: usize) {
    let off = DISABLED.load(Relaxed);
    if off || used >= FROM {
        os::advise_huge_pages(addr, bytes, !off);
    }
}

/// Keeps the heap out, from its first bytes at `addr` on. Before the program allocates.
#[cfg(not(test))]
pub fn disable(addr: usize, bytes: usize) {
    DISABLED.store(true, Relaxed);
    heap_grows(0, addr, bytes);
}

#[cfg(test)]
mod tests {
    use super::super::page_alloc::{CHUNK_PAGES, Summary};
    use super::*;
    use std::boxed::Box;
    use std::vec;

    #[test]
    fn blocks_go_out_and_come_back() {
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
        assert_eq!(give_back(first + BLOCK_PAGES + 4, BLOCK_PAGES - 5), 1, "nothing of it is left");
        assert_eq!(give_back(first + 2 * BLOCK_PAGES + 1, BLOCK_PAGES - 1), 0);
    }
}
