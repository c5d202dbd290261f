//! The generators of each M, and the entries that use them.

use super::chacha::Generator;
use crate::arch::current_m;
use crate::entry::Pair;
use crate::os;
use crate::sched::m::M;

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
fn strong() -> u64 {
    let m = current_m();
    let mut at = m.random.get() as *mut Generator;
    if at.is_null() {
        let Some(memory) = crate::mem::persistent::alloc(size_of::<Generator>(), align_of::<Generator>())
        else {
            crate::fatal::out_of_memory()
        };
        at = memory.as_ptr().cast();
        let mut seed = [0u8; 32];
        os::random_bytes(&mut seed);
        // SAFETY: fresh memory of the right size and alignment.
        unsafe { at.write(Generator::new(seed)) };
        m.random.set(at as usize);
    }
    // SAFETY: only this M uses it, and this is its only reference.
    unsafe { (*at).next() }
}

/// A number that is there already, and 1.
extern "C" fn ready() -> Pair {
    let at = current_m().random.get() as *mut Generator;
    if at.is_null() {
        return Pair(0, 0);
    }
    // SAFETY: only this M uses it, no signal handler does, and this is its only reference.
    match unsafe { (*at).ready() } {
        Some(number) => Pair(number, 1),
        None => Pair(0, 0),
    }
}

extern "C" fn rand_entry() -> u64 {
    strong()
}
ready_entry!("runtime.rand", ready, rand_entry);
ready_entry!("internal/runtime/maps.rand", ready, rand_entry);
ready_entry!("internal/runtime/maps.bootstrapRand", ready, rand_entry);
ready_entry!("math/rand.runtime_rand", ready, rand_entry);
ready_entry!("math/rand/v2.runtime_rand", ready, rand_entry);
ready_entry!("net.runtime_rand", ready, rand_entry);
ready_entry!("os.runtime_rand", ready, rand_entry);
ready_entry!("unique.runtime_rand", ready, rand_entry);
ready_entry!("internal/sync.runtime_rand", ready, rand_entry);
ready_entry!("hash/maphash.runtime_rand", ready, rand_entry);

extern "C" fn cheaprand_entry() -> u64 {
    cheap() as u64
}
short_entry!("runtime.cheaprand", cheaprand_entry);

extern "C" fn randn_entry(n: u32) -> u64 {
    // Lemire's multiplication: close enough to uniform for the callers.
    (cheap() as u64 * n as u64) >> 32
}
short_entry!("sync.runtime_randn", randn_entry);
