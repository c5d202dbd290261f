//! The ChaCha8 generator: a key, expanded four blocks at a time (D. J. Bernstein, "ChaCha, a variant of Salsa20"). After 16 blocks it takes
//! a new key from its own output, so earlier numbers cannot be computed from a later state.

use super::lanes::Lanes;

/// Numbers in the blocks made at a time; each lane makes one.
const NUMBERS: usize = Lanes::COUNT * 8;
/// Of them, those that become the next key.
const KEY_NUMBERS: usize = 4;
const ROUNDS: usize = 8;
const BLOCKS_PER_KEY: u32 = 16;

/// State of a generator: key, counter, and the numbers not handed out yet.
pub(super) struct Generator {
    key: [u32; 8],
    counter: u32,
    numbers: [u64; NUMBERS],
    used: usize,
    end: usize,
}

#[inline]
#[target_feature(enable = "sse2")]
fn quarter(s: &mut [Lanes; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].add(s[b]);
    s[d] = s[d].xor_rotate::<16, 16>(s[a]);
    s[c] = s[c].add(s[d]);
    s[b] = s[b].xor_rotate::<12, 20>(s[c]);
    s[a] = s[a].add(s[b]);
    s[d] = s[d].xor_rotate::<8, 24>(s[a]);
    s[c] = s[c].add(s[d]);
    s[b] = s[b].xor_rotate::<7, 25>(s[c]);
}

/// The blocks `counter` to `counter + 3`; element `i` holds word `i` of each.
fn blocks(key: &[u32; 8], counter: u32) -> [[u32; Lanes::COUNT]; 16] {
    // SAFETY: every x86-64 has SSE2.
    unsafe { blocks_in_lanes(key, counter) }
}

#[target_feature(enable = "sse2")]
fn blocks_in_lanes(key: &[u32; 8], counter: u32) -> [[u32; Lanes::COUNT]; 16] {
    let mut start = [Lanes::splat(0); 16];
    for (word, constant) in start.iter_mut().zip([0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]) {
        *word = Lanes::splat(constant);
    }
    for (word, &key) in start[4..12].iter_mut().zip(key) {
        *word = Lanes::splat(key);
    }
    start[12] = Lanes::counting_from(counter);
    let mut s = start;
    for _ in 0..ROUNDS / 2 {
        quarter(&mut s, 0, 4, 8, 12);
        quarter(&mut s, 1, 5, 9, 13);
        quarter(&mut s, 2, 6, 10, 14);
        quarter(&mut s, 3, 7, 11, 15);
        quarter(&mut s, 0, 5, 10, 15);
        quarter(&mut s, 1, 6, 11, 12);
        quarter(&mut s, 2, 7, 8, 13);
        quarter(&mut s, 3, 4, 9, 14);
    }
    core::array::from_fn(|i| s[i].add(start[i]).to_array())
}

impl Generator {
    pub(super) fn new(seed: [u8; 32]) -> Generator {
        let mut key = [0u32; 8];
        for (word, bytes) in key.iter_mut().zip(seed.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        Generator { key, counter: 0, numbers: [0; NUMBERS], used: 0, end: 0 }
    }

    /// The next number, if it has been made already.
    #[inline]
    pub(super) fn ready(&mut self) -> Option<u64> {
        if self.used == self.end {
            return None;
        }
        // A number is forgotten once it has been handed out.
        let value = core::mem::take(self.numbers.get_mut(self.used)?);
        self.used += 1;
        Some(value)
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        loop {
            if let Some(value) = self.ready() {
                return value;
            }
            self.refill();
        }
    }

    fn refill(&mut self) {
        let words = blocks(&self.key, self.counter);
        let (pairs, _) = words.as_flattened().as_chunks::<2>();
        for (number, &[low, high]) in self.numbers.iter_mut().zip(pairs) {
            *number = u64::from(low) | u64::from(high) << 32;
        }
        (self.used, self.end) = (0, NUMBERS);
        self.counter += Lanes::COUNT as u32;
        if self.counter == BLOCKS_PER_KEY {
            self.counter = 0;
            self.end -= KEY_NUMBERS;
            for (key, number) in self.key.chunks_exact_mut(2).zip(&mut self.numbers[NUMBERS - KEY_NUMBERS..])
            {
                let number = core::mem::take(number);
                key.copy_from_slice(&[number as u32, (number >> 32) as u32]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_vector() {
        let bytes: Vec<u8> = blocks(&[0; 8], 0).iter().flat_map(|w| w[0].to_le_bytes()).collect();
        let expected =
            [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1];
        assert_eq!(bytes[..16], expected);
    }

    #[test]
    fn never_repeats_across_a_change_of_key() {
        let mut g = Generator::new([7; 32]);
        let numbers: std::collections::HashSet<u64> = (0..1000).map(|_| g.next()).collect();
        assert_eq!(numbers.len(), 1000);
    }

    #[test]
    fn four_blocks_are_those_of_four_counters() {
        let key = [3; 8];
        let (first, later) = (blocks(&key, 4), blocks(&key, 5));
        for (a, b) in first.iter().zip(later) {
            assert_eq!(a[1..], b[..3]);
        }
    }

    #[test]
    fn changes_the_key_after_sixteen_blocks() {
        let mut g = Generator::new([7; 32]);
        let key = g.key;
        let handed_out = 4 * NUMBERS - KEY_NUMBERS;
        for _ in 1..handed_out {
            g.next();
        }
        assert_eq!(g.end - g.used, 1);
        assert_ne!(g.key, key);
        g.next();
        assert_eq!(g.ready(), None);
        assert_eq!(g.numbers, [0; NUMBERS]);
    }
}
