//! Byte searches of `internal/bytealg`: index, count, compare.
//!
//! The loops work on blocks whose inner loop has no exit, so that the compiler turns them into vector code on every ISA;
//! the block with the answer, and what is too short for blocks, is looked at a word at a time. The last word may overlap the one before.

use core::cmp::Ordering;

const BLOCK: usize = 64;
const WORD: usize = size_of::<u64>();

/// The eight bytes at the start of `bytes`, the first in the low bits.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<WORD>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Index of the first byte of `word` that is `c`, repeated in `pattern`.
#[inline(always)]
fn in_word(word: u64, pattern: u64) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    let x = word ^ pattern;
    // The lowest set bit is exact: a borrow comes only out of a byte that is zero.
    let zeros = x.wrapping_sub(ONES) & !x & (ONES << 7);
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

/// Position of the first `c`.
fn index_byte(bytes: &[u8], c: u8) -> Option<usize> {
    let mut at = 0;
    for block in bytes.chunks_exact(BLOCK) {
        let hit = block.iter().fold(0, |hit, &b| hit | if b == c { 0xff } else { 0u8 });
        if hit != 0 {
            break;
        }
        at += BLOCK;
    }
    let pattern = u64::from_ne_bytes([c; WORD]);
    let rest = &bytes[at..];
    if rest.len() < WORD {
        return rest.iter().position(|&b| b == c).map(|i| at + i);
    }
    for (i, chunk) in rest.chunks_exact(WORD).enumerate() {
        if let Some(found) = in_word(word(chunk), pattern) {
            return Some(at + i * WORD + found);
        }
    }
    let last = rest.len() - WORD;
    in_word(word(&rest[last..]), pattern).map(|i| at + last + i)
}

/// Number of bytes equal to `c`.
fn count(bytes: &[u8], c: u8) -> usize {
    // At most 255 a block, so that eight-bit lanes suffice.
    bytes.chunks(240).map(|block| usize::from(block.iter().fold(0u8, |n, &b| n + u8::from(b == c)))).sum()
}

/// Lexicographic order.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let n = a.len().min(b.len());
    let (x, y) = (&a[..n], &b[..n]);
    if n < WORD {
        return short(x).cmp(&short(y)).then(a.len().cmp(&b.len()));
    }
    for (x, y) in x.chunks_exact(WORD).zip(y.chunks_exact(WORD)) {
        let (x, y) = (word(x), word(y));
        if x != y {
            return x.swap_bytes().cmp(&y.swap_bytes());
        }
    }
    let last = n - WORD;
    word(&x[last..]).swap_bytes().cmp(&word(&y[last..]).swap_bytes()).then(a.len().cmp(&b.len()))
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
    leaf_entry!("internal/bytealg.IndexByte", index_byte);

    extern "C" fn index_byte_string(ptr: *const u8, len: usize, c: u64) -> u64 {
        // SAFETY: a Go string.
        position(super::index_byte(unsafe { bytes(ptr, len) }, c as u8))
    }
    leaf_entry!("internal/bytealg.IndexByteString", index_byte_string);

    extern "C" fn count(ptr: *const u8, len: usize, _cap: usize, c: u64) -> u64 {
        // SAFETY: a Go slice.
        super::count(unsafe { bytes(ptr, len) }, c as u8) as u64
    }
    leaf_entry!("internal/bytealg.Count", count);

    extern "C" fn count_string(ptr: *const u8, len: usize, c: u64) -> u64 {
        // SAFETY: a Go string.
        super::count(unsafe { bytes(ptr, len) }, c as u8) as u64
    }
    leaf_entry!("internal/bytealg.CountString", count_string);

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
    leaf_entry!("internal/bytealg.Compare", compare);

    extern "C" fn cmpstring(a: *const u8, alen: usize, b: *const u8, blen: usize) -> i64 {
        // SAFETY: two Go strings.
        let (a, b) = unsafe { (bytes(a, alen), bytes(b, blen)) };
        super::compare(a, b) as i64
    }
    leaf_entry!("runtime.cmpstring", cmpstring);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: usize) -> Vec<u8> {
        (0..n).map(|i| (i * i % 251) as u8).collect()
    }

    #[test]
    fn agree_with_the_obvious() {
        for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 239, 240, 241, 1000] {
            let a = sample(n);
            for c in [0, 1, 4, 250, 251] {
                assert_eq!(index_byte(&a, c), a.iter().position(|&b| b == c), "{n} {c}");
                assert_eq!(count(&a, c), a.iter().filter(|&&b| b == c).count(), "{n} {c}");
            }
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
    fn a_block_of_equal_bytes_does_not_overflow_its_counter() {
        assert_eq!(count(&[7; 1000], 7), 1000);
    }
}
