//! Random numbers.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.rand", ":i", G0, NONE),          // cryptographically strong, per M
    e("runtime.vdsoRandom", "piw:i", G0, NONE), // buffer, length, flags -> bytes, or -errno, or the least number if there is none
    e("runtime.cheaprand", ":w", Leaf, NONE),
    e("internal/runtime/maps.rand", ":i", G0, NONE),
    e("internal/runtime/maps.bootstrapRand", ":i", G0, NONE),
    e("math/rand.runtime_rand", ":i", G0, NONE),
    e("math/rand/v2.runtime_rand", ":i", G0, NONE),
    e("net.runtime_rand", ":i", G0, NONE),
    e("os.runtime_rand", ":i", G0, NONE),
    e("unique.runtime_rand", ":i", G0, NONE),
    e("internal/sync.runtime_rand", ":i", G0, NONE),
    e("hash/maphash.runtime_rand", ":i", G0, NONE),
    e("sync.runtime_randn", "w:w", Leaf, NONE),
];
