//! Byte searches of `internal/bytealg`: index, count, compare.
//!
//! The loops look at blocks (`arch::Block`) of which the last may overlap the one before; what is shorter than a block is looked at as part of one.

use crate::arch::Block;
use core::cmp::Ordering;

const WORD: usize = size_of::<u64>();

/// The eight bytes of `bytes` from `at`, the first in the low bits.
///
/// # Safety
/// `bytes` has them.
#[inline(always)]
unsafe fn word(bytes: &[u8], at: usize) -> u64 {
    // SAFETY: the caller's promise.
    u64::from_le(unsafe { bytes.as_ptr().add(at).cast::<u64>().read_unaligned() })
}

/// Where `block` is the same as the bytes from `at`.
///
/// # Safety
/// `bytes` has a block there.
#[inline(always)]
unsafe fn matches(bytes: &[u8], at: usize, block: Block) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { Block::at(bytes, at) }.same(block).bits()
}

/// The lowest set bit.
#[inline(always)]
fn lowest(bits: u32) -> Option<usize> {
    (bits != 0).then(|| bits.trailing_zeros() as usize)
}

/// Position of the first `c`.
#[inline(always)]
fn index_byte(bytes: &[u8], c: u8) -> Option<usize> {
    let n = bytes.len();
    if n >= Block::LEN {
        return index_byte_in_blocks(bytes, c);
    }
    if n == 0 {
        return None;
    }
    let (block, skip) = Block::short(bytes);
    lowest(block.same(Block::splat(c)).bits() >> skip & ((1 << n) - 1))
}

/// The same for at least one block. Apart, so that what is short saves no registers.
#[inline(never)]
fn index_byte_in_blocks(bytes: &[u8], c: u8) -> Option<usize> {
    const ROW: usize = 4 * Block::LEN;
    let (n, c) = (bytes.len(), Block::splat(c));
    let mut at = 0;
    while n - at >= ROW {
        // SAFETY: four blocks make a row.
        let [p, q, r, s] = unsafe {
            [
                Block::at(bytes, at).same(c),
                Block::at(bytes, at + Block::LEN).same(c),
                Block::at(bytes, at + 2 * Block::LEN).same(c),
                Block::at(bytes, at + 3 * Block::LEN).same(c),
            ]
        };
        if p.or(q).or(r.or(s)).bits() != 0 {
            break;
        }
        at += ROW;
    }
    while n - at >= Block::LEN {
        // SAFETY: there is one more block.
        if let Some(i) = lowest(unsafe { matches(bytes, at, c) }) {
            return Some(at + i);
        }
        at += Block::LEN;
    }
    let last = n - Block::LEN;
    // SAFETY: there is at least one block.
    lowest(unsafe { matches(bytes, last, c) }).map(|i| last + i)
}

/// Position of the first `needle`, which has at least two bytes. The places where its first and its last byte are found, that far apart,
/// are looked at whole.
#[inline(always)]
fn index(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let n = needle.len();
    let (Some(&first), Some(&last)) = (needle.first(), needle.last()) else { return Some(0) };
    let places = (bytes.len() + 1).saturating_sub(n);
    if places == 0 {
        return None;
    }
    // A block of `ends` begins `n - 1` bytes behind its block of `starts`.
    let (starts, ends) = (&bytes[..places], &bytes[n - 1..]);
    let (first, last) = (Block::splat(first), Block::splat(last));
    if places < Block::LEN {
        let ((starts, s), (ends, e)) = (Block::short(starts), Block::short(ends));
        let bits = (starts.same(first).bits() >> s) & (ends.same(last).bits() >> e);
        return whole(bytes, needle, 0, bits & ((1 << places) - 1));
    }
    let both = |at: usize| {
        // SAFETY: `at` is at most `places - 16`, and `ends` is as long.
        unsafe { matches(starts, at, first) & matches(ends, at, last) }
    };
    let mut at = 0;
    while places - at >= 2 * Block::LEN {
        let bits = both(at) | both(at + Block::LEN) << Block::LEN;
        if bits != 0
            && let Some(i) = whole(bytes, needle, at, bits)
        {
            return Some(i);
        }
        at += 2 * Block::LEN;
    }
    if places - at >= Block::LEN {
        if let Some(i) = whole(bytes, needle, at, both(at)) {
            return Some(i);
        }
        at += Block::LEN;
    }
    if at == places {
        return None;
    }
    // Again some places that were looked at: what is there did not match.
    whole(bytes, needle, places - Block::LEN, both(places - Block::LEN))
}

/// The first of the places from `at` whose bits are set where all of `needle` is.
#[inline(always)]
fn whole(bytes: &[u8], needle: &[u8], at: usize, mut bits: u32) -> Option<usize> {
    while let Some(i) = lowest(bits) {
        debug_assert!(at + i + needle.len() <= bytes.len());
        // SAFETY: only places with room for the needle have a bit.
        let place = unsafe { core::slice::from_raw_parts(bytes.as_ptr().add(at + i), needle.len()) };
        if inside(place, needle) {
            return Some(at + i);
        }
        bits &= bits - 1;
    }
    None
}

/// Are these, of the same length, equal between their first and last bytes, which are?
#[inline(always)]
fn inside(a: &[u8], b: &[u8]) -> bool {
    let n = a.len();
    if n < 4 {
        return n < 3 || a[1] == b[1];
    }
    if n < WORD {
        return a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk();
    }
    let mut at = 0;
    while at + WORD < n {
        // SAFETY: both have this word.
        if unsafe { word(a, at) != word(b, at) } {
            return false;
        }
        at += WORD;
    }
    // SAFETY: both have eight bytes or more.
    unsafe { word(a, n - WORD) == word(b, n - WORD) }
}

/// Number of bytes equal to `c`.
fn count(bytes: &[u8], c: u8) -> usize {
    // At most 255 a block, so that eight-bit lanes suffice.
    bytes.chunks(240).map(|block| usize::from(block.iter().fold(0u8, |n, &b| n + u8::from(b == c)))).sum()
}

/// Lexicographic order.
#[inline(always)]
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let n = a.len().min(b.len());
    let lengths = a.len().cmp(&b.len());
    if n < WORD {
        return short(&a[..n]).cmp(&short(&b[..n])).then(lengths);
    }
    let words = |at: usize| {
        // SAFETY: `at` is at most `n - 8`.
        let (x, y) = unsafe { (word(a, at), word(b, at)) };
        x.swap_bytes().cmp(&y.swap_bytes())
    };
    // Most strings that differ do so early.
    let first = words(0);
    if first != Ordering::Equal {
        return first;
    }
    if n < Block::LEN { words(n - WORD).then(lengths) } else { compare_blocks(a, b) }
}

/// The same for at least a block. Apart, so that what is short saves no registers.
#[inline(never)]
fn compare_blocks(a: &[u8], b: &[u8]) -> Ordering {
    let n = a.len().min(b.len());
    let last = n - Block::LEN;
    let mut at = 0;
    loop {
        // The last block may overlap the one before.
        let this = at.min(last);
        // SAFETY: both have a block there.
        let same = unsafe { matches(a, this, Block::at(b, this)) };
        if let Some(i) = lowest(!same & 0xffff) {
            // SAFETY: a byte of that block.
            let (x, y) = unsafe { (a.get_unchecked(this + i), b.get_unchecked(this + i)) };
            return x.cmp(y);
        }
        at += Block::LEN;
        if at >= n {
            return a.len().cmp(&b.len());
        }
    }
}

/// A number that orders as the bytes, fewer than eight, do among those of the same length. Bytes may be in it twice.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            u64::from(u32::from_be_bytes(*first)) << 32 | u64::from(u32::from_be_bytes(*last))
        }
        (.., [first, .., last]) => {
            u64::from(*first) << 16 | u64::from(bytes[bytes.len() / 2]) << 8 | u64::from(*last)
        }
        (.., [only]) => u64::from(*only),
        _ => 0,
    }
}

#[cfg(not(test))]
mod entries {
    use core::slice::from_raw_parts;

    /// The bytes of a Go string or slice.
    ///
    /// # Safety
    /// `ptr` and `len` come from a live string or slice; nothing writes to it meanwhile (a Go program that does has a race).
    unsafe fn bytes<'a>(ptr: *const u8, len: usize) -> &'a [u8] {
        // SAFETY: the caller vouches for the range; an empty one may have a nil pointer.
        if len == 0 { &[] } else { unsafe { from_raw_parts(ptr, len) } }
    }

    fn position(found: Option<usize>) -> u64 {
        found.map_or(u64::MAX, |i| i as u64)
    }

    extern "C" fn index_byte(ptr: *const u8, len: usize, _cap: usize, c: u64) -> u64 {
        // SAFETY: a Go slice.
        position(super::index_byte(unsafe { bytes(ptr, len) }, c as u8))
    }
    short_entry!("internal/bytealg.IndexByte", index_byte);

    extern "C" fn index_byte_string(ptr: *const u8, len: usize, c: u64) -> u64 {
        // SAFETY: a Go string.
        position(super::index_byte(unsafe { bytes(ptr, len) }, c as u8))
    }
    short_entry!("internal/bytealg.IndexByteString", index_byte_string);

    extern "C" fn index(ptr: *const u8, len: usize, _cap: usize, needle: *const u8, n: usize) -> u64 {
        // SAFETY: two Go slices.
        let (s, needle) = unsafe { (bytes(ptr, len), bytes(needle, n)) };
        position(super::index(s, needle))
    }
    short_entry!("internal/bytealg.Index", index);

    extern "C" fn index_string(ptr: *const u8, len: usize, needle: *const u8, n: usize) -> u64 {
        // SAFETY: two Go strings.
        let (s, needle) = unsafe { (bytes(ptr, len), bytes(needle, n)) };
        position(super::index(s, needle))
    }
    short_entry!("internal/bytealg.IndexString", index_string);

    extern "C" fn count(ptr: *const u8, len: usize, _cap: usize, c: u64) -> u64 {
        // SAFETY: a Go slice.
        super::count(unsafe { bytes(ptr, len) }, c as u8) as u64
    }
    short_entry!("internal/bytealg.Count", count);

    extern "C" fn count_string(ptr: *const u8, len: usize, c: u64) -> u64 {
        // SAFETY: a Go string.
        super::count(unsafe { bytes(ptr, len) }, c as u8) as u64
    }
    short_entry!("internal/bytealg.CountString", count_string);

    extern "C" fn compare(
        a: *const u8,
        alen: usize,
        _acap: usize,
        b: *const u8,
        blen: usize,
        _bcap: usize,
    ) -> i64 {
        // SAFETY: two Go slices.
        let (a, b) = unsafe { (bytes(a, alen), bytes(b, blen)) };
        super::compare(a, b) as i64
    }
    short_entry!("internal/bytealg.Compare", compare);

    extern "C" fn cmpstring(a: *const u8, alen: usize, b: *const u8, blen: usize) -> i64 {
        // SAFETY: two Go strings.
        let (a, b) = unsafe { (bytes(a, alen), bytes(b, blen)) };
        super::compare(a, b) as i64
    }
    short_entry!("runtime.cmpstring", cmpstring);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `f` with `n` bytes at some distances from the end of a page; `Block::short` reads what is around them.
    fn near_the_end_of_a_page(n: usize, mut f: impl FnMut(&mut [u8])) {
        let mut memory = vec![0xa5; 3 * 4096 + 16];
        let page = memory.as_ptr().align_offset(4096);
        for distance in [0, 1, n / 2, n, n + 1, n + 15, n + 16, 300 + n] {
            let at = page + 4096 - distance.min(4000);
            f(&mut memory[at..at + n]);
        }
    }

    fn sample(n: usize) -> Vec<u8> {
        (0..n).map(|i| (i * i % 251) as u8).collect()
    }

    #[test]
    fn agree_with_the_obvious() {
        for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 239, 240, 241, 1000] {
            near_the_end_of_a_page(n, |a| {
                a.copy_from_slice(&sample(n));
                for c in [0, 1, 4, 250, 251, 0xa5] {
                    assert_eq!(index_byte(a, c), a.iter().position(|&b| b == c), "{n} {c}");
                    assert_eq!(count(a, c), a.iter().filter(|&&b| b == c).count(), "{n} {c}");
                }
            });
            let a = sample(n);
            for i in 0..n {
                let mut b = a.clone();
                b[i] ^= 0x80;
                assert_eq!(compare(&a, &b), a.cmp(&b));
                assert_eq!(compare(&a, &b[..i]), a.cmp(&b[..i].to_vec()));
            }
            assert_eq!(compare(&a, &a), Ordering::Equal);
        }
    }

    #[test]
    fn every_place_of_a_byte_is_found() {
        for n in 1..150 {
            near_the_end_of_a_page(n, |a| {
                for i in 0..n {
                    a.fill(0);
                    a[i..].fill(7);
                    assert_eq!(index_byte(a, 7), Some(i), "of {n}");
                }
            });
        }
    }

    #[test]
    fn strings_are_found_where_they_first_occur() {
        // Two letters, so that there are many beginnings; then one that is rare.
        let mut state = 1u32;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 8) as usize % below
        };
        for round in 0..3000 {
            let (n, m) = (random(150) + 1, random(if round % 2 == 0 { 6 } else { 64 }) + 2);
            let text: Vec<u8> = (0..n).map(|_| b'a' + random(2) as u8).collect();
            let mut needle: Vec<u8> = (0..m).map(|_| b'a' + random(2) as u8).collect();
            if m <= n && round % 3 == 0 {
                needle.copy_from_slice(&text[random(n - m + 1)..][..m]);
            } else if round % 3 == 1 {
                needle[m / 2] = b'c';
            }
            let want = text.windows(m).position(|w| w == needle);
            near_the_end_of_a_page(n, |a| {
                a.copy_from_slice(&text);
                assert_eq!(index(a, &needle), want, "{text:?} {needle:?}");
            });
        }
    }

    #[test]
    fn a_block_of_equal_bytes_does_not_overflow_its_counter() {
        assert_eq!(count(&[7; 1000], 7), 1000);
    }
}
