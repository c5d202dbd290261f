//! The ChaCha8 generator: a key, expanded block by block (D. J. Bernstein, "ChaCha, a variant of Salsa20"). After 16 blocks it takes a
//! new key from its own output, so earlier numbers cannot be computed from a later state.

/// State of a generator: key, counter, and the current block.
pub(super) struct Generator {
    key: [u32; 8],
    block: [u64; 8],
    counter: u32,
    used: usize,
}

const ROUNDS: usize = 8;
const BLOCKS_PER_KEY: u32 = 16;

fn quarter(s: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

/// One block.
fn chacha(key: &[u32; 8], counter: u32) -> [u32; 16] {
    let mut start =
        [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, 0, 0, 0, 0, 0, 0, 0, 0, counter, 0, 0, 0];
    start[4..12].copy_from_slice(key);
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
    for (word, begin) in s.iter_mut().zip(start) {
        *word = word.wrapping_add(begin);
    }
    s
}

impl Generator {
    pub(super) fn new(seed: [u8; 32]) -> Generator {
        let mut key = [0u32; 8];
        for (word, bytes) in key.iter_mut().zip(seed.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        Generator { key, block: [0; 8], counter: 0, used: 8 }
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        if self.used == self.block.len() {
            if self.counter == BLOCKS_PER_KEY {
                let block = chacha(&self.key, self.counter);
                self.key.copy_from_slice(&block[..8]);
                self.counter = 0;
            }
            let block = chacha(&self.key, self.counter);
            self.counter += 1;
            for (out, pair) in self.block.iter_mut().zip(block.chunks_exact(2)) {
                *out = pair[0] as u64 | (pair[1] as u64) << 32;
            }
            self.used = 0;
        }
        // A number is forgotten once it has been handed out.
        let value = core::mem::take(&mut self.block[self.used]);
        self.used += 1;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_vector() {
        let block = chacha(&[0; 8], 0);
        let bytes: Vec<u8> = block.iter().flat_map(|w| w.to_le_bytes()).collect();
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
}
