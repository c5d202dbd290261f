//! Four 32-bit numbers in one register. Each ISA brings its own; this is SSE2, which every x86-64 has.

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_or_si128, _mm_set1_epi32, _mm_setr_epi32,
    _mm_shuffle_epi32, _mm_slli_epi32, _mm_srli_epi32, _mm_xor_si128,
};

#[derive(Clone, Copy)]
pub(super) struct Lanes(__m128i);

impl Lanes {
    pub(super) const COUNT: usize = 4;

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn splat(x: u32) -> Lanes {
        Lanes(_mm_set1_epi32(x as i32))
    }
    /// x, x + 1, x + 2, x + 3
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn counting_from(x: u32) -> Lanes {
        Lanes::splat(x).add(Lanes(_mm_setr_epi32(0, 1, 2, 3)))
    }
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn add(self, other: Lanes) -> Lanes {
        Lanes(_mm_add_epi32(self.0, other.0))
    }
    /// `self ^ other`, rotated left by `LEFT`; `RIGHT` is what remains to 32.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn xor_rotate<const LEFT: i32, const RIGHT: i32>(self, other: Lanes) -> Lanes {
        const { assert!(LEFT + RIGHT == 32) };
        let x = _mm_xor_si128(self.0, other.0);
        Lanes(_mm_or_si128(_mm_slli_epi32::<LEFT>(x), _mm_srli_epi32::<RIGHT>(x)))
    }
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn to_array(self) -> [u32; Lanes::COUNT] {
        let lane = |x| _mm_cvtsi128_si32(x) as u32;
        [
            lane(self.0),
            lane(_mm_shuffle_epi32::<1>(self.0)),
            lane(_mm_shuffle_epi32::<2>(self.0)),
            lane(_mm_shuffle_epi32::<3>(self.0)),
        ]
    }
}
