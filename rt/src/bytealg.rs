//! Byte searches of `internal/bytealg`: index, count, compare.
//!
//! The loops look at blocks (`arch::Block`) of which the last may overlap the one before; what is shorter than a block is looked at as part of one.

use crate::arch::Block;
use core::slice::from_raw_parts;

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
        let place = unsafe { from_raw_parts(bytes.as_ptr().add(at + i), needle.len()) };
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

/// Lexicographic order: -1, 0 or 1.
///
/// # Safety
/// `a` and `b` begin `a_len` and `b_len` bytes to which nobody writes; without bytes they may be any.
#[inline(always)]
unsafe fn compare(a: *const u8, a_len: usize, b: *const u8, b_len: usize) -> i64 {
    let n = a_len.min(b_len);
    if n >= Block::LEN {
        // SAFETY: the caller's promise.
        return unsafe { compare_blocks(a, a_len, b, b_len) };
    }
    if n > 0 {
        // SAFETY: both have `n` bytes.
        let (x, y) = unsafe { (from_raw_parts(a, n), from_raw_parts(b, n)) };
        let ((p, skip_p), (q, skip_q)) = (Block::short(x), Block::short(y));
        if skip_p | skip_q != 0 {
            // SAFETY: the caller's promise.
            return unsafe { compare_bytes(a, a_len, b, b_len) };
        }
        if let Some(i) = lowest(!p.same(q).bits() & ((1 << n) - 1)) {
            // SAFETY: bits from n on are masked out.
            return order(unsafe { *a.add(i) }, unsafe { *b.add(i) });
        }
    }
    order(a_len, b_len)
}

#[inline(always)]
fn order<T: Ord>(x: T, y: T) -> i64 {
    i64::from(x > y) - i64::from(x < y)
}

/// As `compare`, next to the end of a page.
///
/// # Safety
/// That of `compare`.
#[cold]
#[inline(never)]
unsafe fn compare_bytes(a: *const u8, a_len: usize, b: *const u8, b_len: usize) -> i64 {
    let n = a_len.min(b_len);
    // SAFETY: both have `n` bytes.
    let (x, y) = unsafe { (from_raw_parts(a, n), from_raw_parts(b, n)) };
    let differing = x.iter().zip(y).find(|(x, y)| x != y);
    differing.map_or(order(a_len, b_len), |(x, y)| order(x, y))
}

/// As `compare`, for at least a block of each. Apart, so that what is short saves no registers.
///
/// # Safety
/// That of `compare`; no length is less than a block's.
#[inline(never)]
unsafe fn compare_blocks(a: *const u8, a_len: usize, b: *const u8, b_len: usize) -> i64 {
    const ROW: usize = 4 * Block::LEN;
    let n = a_len.min(b_len);
    // SAFETY: both have `n` bytes.
    let (x, y) = unsafe { (from_raw_parts(a, n), from_raw_parts(b, n)) };
    // SAFETY: the callers have compared `at` with `n`.
    let same = |at: usize| unsafe { Block::at(x, at).same(Block::at(y, at)) };
    let differ = |at: usize| !same(at).bits() & ((1 << Block::LEN) - 1);
    let found = |at: usize, differ: u32| {
        let i = at + differ.trailing_zeros() as usize;
        // SAFETY: a byte of the block at `at`.
        order(unsafe { *x.get_unchecked(i) }, unsafe { *y.get_unchecked(i) })
    };
    let mut next = 0;
    while n - next >= ROW {
        let [p, q, r, s] = [0, 1, 2, 3].map(|i| same(next + i * Block::LEN));
        if p.and(q).and(r.and(s)).bits() != (1 << Block::LEN) - 1 {
            break;
        }
        next += ROW;
    }
    let last = n - Block::LEN;
    while next < last {
        let bits = differ(next);
        if bits != 0 {
            return found(next, bits);
        }
        next += Block::LEN;
    }
    // This one may overlap the one before.
    match differ(last) {
        0 => order(a_len, b_len),
        bits => found(last, bits),
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
        // SAFETY: two Go slices. A Go program that writes to them meanwhile has a race.
        unsafe { super::compare(a, alen, b, blen) }
    }
    short_entry!("internal/bytealg.Compare", compare);

    extern "C" fn cmpstring(a: *const u8, alen: usize, b: *const u8, blen: usize) -> i64 {
        // SAFETY: two Go strings.
        unsafe { super::compare(a, alen, b, blen) }
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

    fn compared(a: &[u8], b: &[u8]) -> i64 {
        // SAFETY: two slices.
        unsafe { compare(a.as_ptr(), a.len(), b.as_ptr(), b.len()) }
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
            near_the_end_of_a_page(n, |a| {
                a.copy_from_slice(&sample(n));
                for i in 0..n {
                    let mut b = a.to_vec();
                    b[i] ^= 0x80;
                    for (x, y) in [(&*a, &b[..]), (&b, a), (a, &b[..i]), (&a[..i], &b)] {
                        assert_eq!(compared(x, y), x.cmp(y) as i64);
                    }
                }
                assert_eq!(compared(a, a), 0);
            });
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
