//! Sixteen bytes at once, in a register: what byte searches and hashing need. SSE2, which every x86-64 has.

use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
};

const PAGE: usize = 4096;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(crate) struct Block(pub(super) __m128i);

impl Block {
    pub(crate) const LEN: usize = 16;

    /// The sixteen bytes of `bytes` from `at`.
    ///
    /// # Safety
    /// `bytes` has them.
    #[inline(always)]
    pub(crate) unsafe fn at(bytes: &[u8], at: usize) -> Block {
        // SAFETY: the caller's promise.
        Block(unsafe { _mm_loadu_si128(bytes.as_ptr().add(at).cast()) })
    }

    /// Fewer than sixteen bytes, but at least one, without a branch on their number: a block and the position in it where they begin. The bytes
    /// around them may be any.
    #[inline(always)]
    pub(crate) fn short(bytes: &[u8]) -> (Block, u32) {
        let begin = bytes.as_ptr() as usize;
        // Both blocks lie in pages that `bytes` lies in: the first does not cross the end of one, and the second, which is taken close to that
        // end, begins in the page where `bytes` begins.
        let (at, skip) = if begin % PAGE <= PAGE - Block::LEN {
            (begin, 0)
        } else {
            (begin + bytes.len() - Block::LEN, Block::LEN - bytes.len())
        };
        let block: __m128i;
        // SAFETY: the pages are mapped, as just said. Others may be writing to the bytes around, hence not a load that Rust knows of.
        unsafe {
            asm!("movdqu {}, [{}]", out(xmm_reg) block, in(reg) at, options(pure, readonly, nostack, preserves_flags))
        };
        (Block(block), skip as u32)
    }

    /// Sixteen times `byte`.
    #[inline(always)]
    pub(crate) fn splat(byte: u8) -> Block {
        // SAFETY: SSE2 is there.
        Block(unsafe { _mm_set1_epi8(byte as i8) })
    }

    /// Where both have the same byte: all bits of it, elsewhere none.
    #[inline(always)]
    pub(crate) fn same(self, other: Block) -> Block {
        // SAFETY: SSE2 is there.
        Block(unsafe { _mm_cmpeq_epi8(self.0, other.0) })
    }

    /// Bitwise and.
    #[inline(always)]
    pub(crate) fn and(self, other: Block) -> Block {
        // SAFETY: SSE2 is there.
        Block(unsafe { _mm_and_si128(self.0, other.0) })
    }

    /// Bitwise or.
    #[inline(always)]
    pub(crate) fn or(self, other: Block) -> Block {
        // SAFETY: SSE2 is there.
        Block(unsafe { _mm_or_si128(self.0, other.0) })
    }

    /// The highest bit of each byte, that of the first in bit 0.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        // SAFETY: SSE2 is there.
        unsafe { _mm_movemask_epi8(self.0) as u32 }
    }
}
