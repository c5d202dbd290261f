//! Byte searches of `internal/bytealg`: index, count, compare.
//!
//! The loops work on blocks whose inner loop has no exit, so that the compiler turns them into vector code on every ISA;
//! only the block with the answer is looked at byte by byte.

use core::cmp::Ordering;

const BLOCK: usize = 32;

/// Position of the first `c`.
fn index_byte(bytes: &[u8], c: u8) -> Option<usize> {
    let mut at = 0;
    for block in bytes.chunks_exact(BLOCK) {
        let hit = block.iter().fold(0, |hit, &b| hit | u8::from(b == c));
        if hit != 0 {
            break;
        }
        at += BLOCK;
    }
    bytes[at..].iter().position(|&b| b == c).map(|i| at + i)
}

/// Number of bytes equal to `c`.
fn count(bytes: &[u8], c: u8) -> usize {
    // At most 255 a block, so that eight-bit lanes suffice.
    bytes.chunks(240).map(|block| usize::from(block.iter().fold(0u8, |n, &b| n + u8::from(b == c)))).sum()
}

/// Lexicographic order.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let n = a.len().min(b.len());
    let mut at = 0;
    for (x, y) in a[..n].chunks_exact(BLOCK).zip(b[..n].chunks_exact(BLOCK)) {
        let differ = x.iter().zip(y).fold(0, |differ, (x, y)| differ | x ^ y);
        if differ != 0 {
            break;
        }
        at += BLOCK;
    }
    for i in at..n {
        if a[i] != b[i] {
            return a[i].cmp(&b[i]);
        }
    }
    a.len().cmp(&b.len())
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
        for n in [0, 1, 31, 32, 33, 64, 239, 240, 241, 1000] {
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
