//! Numbers of the trace: unsigned LEB128, seven bits in a byte, the lowest first.

/// Bytes of the longest number.
pub(super) const MAX_NUMBER: usize = 10;

/// Writes `n` at `at`; returns where it ends.
pub(super) fn put_number(out: &mut [u8], mut at: usize, mut n: u64) -> usize {
    while n >= 0x80 {
        out[at] = n as u8 | 0x80;
        at += 1;
        n >>= 7;
    }
    out[at] = n as u8;
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let mut n = 0u64;
        for i in 0..70u64 {
            for n in [n, n.wrapping_sub(1), n ^ 0x55, u64::MAX >> (i % 64)] {
                let mut bytes = [0xaa; MAX_NUMBER + 2];
                let end = put_number(&mut bytes, 1, n);
                assert_eq!(end - 1, (64 - n.leading_zeros() as usize).div_ceil(7).max(1));
                let back = bytes[1..end].iter().rev().fold(0, |n, b| n << 7 | (b & 0x7f) as u64);
                assert_eq!(back, n);
                // Only the last byte ends the number, and nothing is written around it.
                assert!(
                    bytes[1..end].iter().rev().skip(1).all(|b| b & 0x80 != 0) && bytes[end - 1] & 0x80 == 0
                );
                assert!(bytes[0] == 0xaa && bytes[end] == 0xaa);
            }
            n = 1u64.wrapping_shl(i as u32);
        }
    }
}
