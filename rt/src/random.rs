//! Random numbers: `cheap`, a fast generator per M for scheduling decisions; `strong`, ChaCha8 per M, for hashes and for std.
//!
//! The key of each M's generator comes from the kernel; after 16 blocks the generator rekeys itself from its own output.

use crate::arch::current_m;
use crate::os;
use crate::sched::m::M;

/// State of an M's strong generator: key, counter, and the current block.
#[repr(C)]
struct Strong {
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

/// One ChaCha block (D. J. Bernstein, "ChaCha, a variant of Salsa20").
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

impl Strong {
    fn next(&mut self) -> u64 {
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

/// Seeds the first M's generators.
pub(crate) fn init(m: &'static M) {
    seed_m(m);
}

/// Seeds the generators of a new M. The strong one is made at its first use.
pub(crate) fn seed_m(m: &'static M) {
    let mut seed = [0u8; 8];
    os::random_bytes(&mut seed);
    m.cheap_random.set(u64::from_le_bytes(seed) | 1);
}

/// A number that is good enough to spread load.
pub(crate) fn cheap() -> u32 {
    let m = current_m();
    // wyrand
    let state = m.cheap_random.get().wrapping_add(0xa076_1d64_78bd_642f);
    m.cheap_random.set(state);
    let product = state as u128 * (state ^ 0xe703_7ed1_a0b4_28db) as u128;
    ((product >> 64) as u64 ^ product as u64) as u32
}

/// A number from the M's ChaCha8 generator.
pub(crate) fn strong() -> u64 {
    let m = current_m();
    let mut at = m.random.get() as *mut Strong;
    if at.is_null() {
        let Some(memory) = crate::mem::persistent::alloc(size_of::<Strong>(), align_of::<Strong>()) else {
            crate::fatal::out_of_memory()
        };
        at = memory.as_ptr().cast();
        let mut seed = [0u8; 32];
        os::random_bytes(&mut seed);
        let mut key = [0u32; 8];
        for (word, bytes) in key.iter_mut().zip(seed.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        // SAFETY: fresh memory of the right size and alignment.
        unsafe { at.write(Strong { key, block: [0; 8], counter: 0, used: 8 }) };
        m.random.set(at as usize);
    }
    // SAFETY: only this M uses it, and this is its only reference.
    unsafe { (*at).next() }
}

extern "C" fn rand_entry() -> u64 {
    strong()
}
g0_entry!("runtime.rand", rand_entry);
g0_entry!("internal/runtime/maps.rand", rand_entry);
g0_entry!("internal/runtime/maps.bootstrapRand", rand_entry);
g0_entry!("math/rand.runtime_rand", rand_entry);
g0_entry!("math/rand/v2.runtime_rand", rand_entry);
g0_entry!("net.runtime_rand", rand_entry);
g0_entry!("os.runtime_rand", rand_entry);
g0_entry!("unique.runtime_rand", rand_entry);
g0_entry!("internal/sync.runtime_rand", rand_entry);
g0_entry!("hash/maphash.runtime_rand", rand_entry);

extern "C" fn cheaprand_entry() -> u64 {
    cheap() as u64
}
leaf_entry!("runtime.cheaprand", cheaprand_entry);

extern "C" fn randn_entry(n: u32) -> u64 {
    // Lemire's multiplication: close enough to uniform for the callers.
    (cheap() as u64 * n as u64) >> 32
}
leaf_entry!("sync.runtime_randn", randn_entry);
