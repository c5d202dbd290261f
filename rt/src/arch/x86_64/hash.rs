//! Hash of bytes by AES rounds, for the maps of compiled code.
//!
//! The state of a lane is a block of 16 bytes. It begins as seed and length, mixed with a key of the process by one round; then the data is
//! added, and three rounds, each with the state as its own key, spread every bit over the whole block. Up to 16 bytes take one lane, up
//! to 32 two, up to 64 four, more eight; the blocks of the last lanes may overlap those of the first. What is longer than
//! eight blocks goes through all lanes in turn, two rounds behind each block. The hash is the low half of the sum of the lanes.
//!
//! Only for processors with AES, SSSE3 and SSE4.1, as the overlay's `AlgInit` makes sure.

use super::block::Block;
use core::arch::x86_64::{
    __m128i, _mm_aesenc_si128, _mm_and_si128, _mm_cvtsi128_si64, _mm_load_si128, _mm_set_epi64x,
    _mm_setzero_si128, _mm_shuffle_epi8, _mm_xor_si128,
};
use core::cell::UnsafeCell;
use core::slice::from_raw_parts;

const LANES: usize = 8;
type Key = [u8; LANES * Block::LEN];

/// Random bytes, a block for each lane.
#[repr(C, align(16))]
struct Keys(UnsafeCell<Key>);

// SAFETY: written by `set_keys` only, before anything is hashed.
unsafe impl Sync for Keys {}

static KEYS: Keys = Keys(UnsafeCell::new([0; LANES * Block::LEN]));

/// Takes the keys of this process.
///
/// # Safety
/// No other thread exists, and nothing has been hashed.
pub(crate) unsafe extern "C" fn set_keys(keys: &Key) {
    // SAFETY: the caller's promise.
    unsafe { *KEYS.0.get() = *keys };
}

/// The block of keys of a lane.
#[inline(always)]
fn key(lane: usize) -> __m128i {
    // SAFETY: the keys do not change while anything is hashed; they are aligned.
    unsafe { _mm_load_si128((KEYS.0.get() as *const __m128i).add(lane)) }
}

#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn round(state: __m128i) -> __m128i {
    _mm_aesenc_si128(state, state)
}

/// The block of `bytes` at `at`.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn block(bytes: &[u8], at: usize) -> __m128i {
    // SAFETY: the callers compare the length.
    unsafe { Block::at(bytes, at) }.0
}

/// Eight to sixteen bytes: the first eight and the last eight. Two loads, as a key that is a struct of two words was just written by two stores, and
/// a load takes over what one store wrote, but has to wait until both are in the cache.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn halves(bytes: &[u8]) -> __m128i {
    const HALF: usize = Block::LEN / 2;
    let begin = bytes.as_ptr();
    // SAFETY: there are at least eight bytes.
    let first = unsafe { begin.cast::<i64>().read_unaligned() };
    // SAFETY: as above.
    let last = unsafe { begin.add(bytes.len() - HALF).cast::<i64>().read_unaligned() };
    _mm_set_epi64x(last, first)
}

/// Up to seven bytes, followed by zeros.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn padded(bytes: &[u8]) -> __m128i {
    // The sixteen bytes from `16 - n` on are `n` bytes of ones, then zeros; those from `skip` on shuffle down by that many places, and fill up with zeros.
    const MASKS: [u8; 32] = {
        let mut masks = [0; 32];
        let mut i = 0;
        while i < Block::LEN {
            masks[i] = 0xff;
            i += 1;
        }
        masks
    };
    const SHIFTS: [u8; 32] = {
        let mut shifts = [0x80; 32];
        let mut i = 0;
        while i < Block::LEN {
            shifts[i] = i as u8;
            i += 1;
        }
        shifts
    };
    if bytes.is_empty() {
        return _mm_setzero_si128();
    }
    let (found, skip) = Block::short(bytes);
    if skip == 0 {
        _mm_and_si128(found.0, block(&MASKS, Block::LEN - bytes.len()))
    } else {
        _mm_shuffle_epi8(found.0, block(&SHIFTS, skip as usize))
    }
}

/// The lanes' states before the data: lane `i` with key `i`.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn start<const N: usize>(seed: __m128i) -> [__m128i; N] {
    let mut lanes = [seed; N];
    for (i, lane) in lanes.iter_mut().enumerate() {
        *lane = round(_mm_xor_si128(*lane, key(i)));
    }
    lanes
}

/// Adds the last data, spreads it, and sums up.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn finish<const N: usize>(mut lanes: [__m128i; N], data: [__m128i; N]) -> u64 {
    for (lane, data) in lanes.iter_mut().zip(data) {
        *lane = _mm_xor_si128(*lane, data);
    }
    for _ in 0..3 {
        for lane in &mut lanes {
            *lane = round(*lane);
        }
    }
    let mut sum = lanes[0];
    for lane in &lanes[1..] {
        sum = _mm_xor_si128(sum, *lane);
    }
    _mm_cvtsi128_si64(sum) as u64
}

/// More than `N / 2` blocks and at most `N`: half of the lanes take the first blocks, half the last.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn lanes<const N: usize>(bytes: &[u8], seed: __m128i) -> u64 {
    let mut data = [seed; N];
    for (i, data) in data.iter_mut().enumerate() {
        *data = if i < N / 2 {
            block(bytes, i * Block::LEN)
        } else {
            block(bytes, bytes.len() - (N - i) * Block::LEN)
        };
    }
    finish(start::<N>(seed), data)
}

/// More than eight blocks.
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn long(bytes: &[u8], seed: __m128i) -> u64 {
    const ROW: usize = LANES * Block::LEN;
    let mut lanes = start::<LANES>(seed);
    let end = bytes.len() - ROW;
    let mut at = 0;
    while at < end {
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = round(round(_mm_xor_si128(*lane, block(bytes, at + i * Block::LEN))));
        }
        at += ROW;
    }
    let mut data = [seed; LANES];
    for (i, data) in data.iter_mut().enumerate() {
        *data = block(bytes, end + i * Block::LEN);
    }
    finish(lanes, data)
}

/// The hash of `bytes`.
#[inline]
#[target_feature(enable = "aes,ssse3,sse4.1")]
fn hash(bytes: &[u8], seed: u64) -> u64 {
    let seed = _mm_set_epi64x(bytes.len() as i64, seed as i64);
    match bytes.len() {
        0..8 => finish(start::<1>(seed), [padded(bytes)]),
        8..=16 => finish(start::<1>(seed), [halves(bytes)]),
        17..=32 => lanes::<2>(bytes, seed),
        33..=64 => lanes::<4>(bytes, seed),
        65..=128 => lanes::<8>(bytes, seed),
        _ => long(bytes, seed),
    }
}

/// `memHashAES(p, seed, n)`.
///
/// # Safety
/// `n` bytes at `p` may be read; the processor has what the functions here need.
#[target_feature(enable = "aes,ssse3,sse4.1")]
unsafe extern "C" fn memhash(p: *const u8, seed: u64, n: usize) -> u64 {
    // SAFETY: the caller vouches for the range; an empty one may have a nil pointer.
    hash(if n == 0 { &[] } else { unsafe { from_raw_parts(p, n) } }, seed)
}
short_entry!("internal/runtime/maps.memHashAES", crate::arch::x86_64::hash::memhash);
leaf_entry!("internal/runtime/maps.setAESKeys", crate::arch::x86_64::hash::set_keys);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn is_supported() -> bool {
        is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1")
    }

    /// Without keys all lanes would begin alike, and blocks that overlap cancel each other.
    fn hash_here(bytes: &[u8], seed: u64) -> u64 {
        static SET: std::sync::Once = std::sync::Once::new();
        // SAFETY: every test comes here before it hashes anything.
        SET.call_once(|| unsafe {
            set_keys(&core::array::from_fn(|i| noise(LANES * Block::LEN + 1)[i + 1]))
        });
        // SAFETY: every test asks whether the processor has it.
        unsafe { hash(bytes, seed) }
    }

    /// With room for the blocks that `Block::short` takes in part from around.
    fn hash_of(bytes: &[u8], seed: u64) -> u64 {
        let mut memory = vec![0; bytes.len() + 2 * Block::LEN];
        let copy = &mut memory[Block::LEN..][..bytes.len()];
        copy.copy_from_slice(bytes);
        hash_here(copy, seed)
    }

    fn noise(n: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = |_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        };
        (0..n).map(next).collect()
    }

    /// Every byte around what is hashed differs from place to place, and the end of a page comes at each distance.
    #[test]
    fn depends_on_the_bytes_only() {
        if !is_supported() {
            return;
        }
        for n in (0..70).chain([127, 128, 129, 255, 256, 257, 1000]) {
            let bytes = noise(n);
            let want = hash_of(&bytes[..], 7);
            let mut memory = noise(3 * 4096 + 16);
            let page = memory.as_ptr().align_offset(4096);
            for distance in 0..40.min(n + 20) {
                let at = page + 4096 - distance;
                memory[at..at + n].copy_from_slice(&bytes);
                assert_eq!(
                    hash_of(&memory[at..at + n], 7),
                    want,
                    "{n} bytes, {distance} before the end of a page"
                );
            }
        }
    }

    #[test]
    fn every_bit_and_the_length_and_the_seed_count() {
        if !is_supported() {
            return;
        }
        for n in (0..70).chain([127, 128, 129, 255, 256, 257]) {
            let mut bytes = noise(n);
            let mut seen = HashSet::from([hash_of(&bytes, 1), hash_of(&bytes, 2)]);
            assert_eq!(seen.len(), 2, "{n}");
            for bit in 0..8 * n {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(seen.insert(hash_of(&bytes, 1)), "bit {bit} of {n} bytes");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            bytes.push(0);
            assert!(seen.insert(hash_of(&bytes, 1)), "{n} and a zero");
        }
    }

    /// A changed bit changes half of the hash, in every byte of it: maps take seven bits for one thing and the rest for another.
    #[test]
    fn a_bit_changes_half_of_the_hash() {
        if !is_supported() {
            return;
        }
        for n in [1, 5, 8, 15, 16, 24, 40, 100, 200] {
            let (mut bytes, mut changed) = (noise(n), [0u32; 64]);
            let want = hash_of(&bytes, 1);
            for bit in 0..8 * n {
                bytes[bit / 8] ^= 1 << (bit % 8);
                let differ = hash_of(&bytes, 1) ^ want;
                bytes[bit / 8] ^= 1 << (bit % 8);
                (0..64).for_each(|i| changed[i] += (differ >> i & 1) as u32);
            }
            let sum = changed.iter().sum::<u32>() as f64 / (64 * 8 * n) as f64;
            assert!((0.4..0.6).contains(&sum), "{n} bytes: {sum}");
            assert!(n < 8 || changed.iter().all(|&c| c > 0), "{n} bytes: {changed:?}");
        }
    }
}
