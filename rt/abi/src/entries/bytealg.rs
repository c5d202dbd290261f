//! Byte searches of internal/bytealg, and the hash of internal/runtime/maps.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("internal/bytealg.IndexByte", "piib:i", Leaf, NONE),
    e("internal/bytealg.IndexByteString", "pib:i", Leaf, NONE),
    e("internal/bytealg.Index", "piipii:i", Leaf, NONE),
    e("internal/bytealg.IndexString", "pipi:i", Leaf, NONE),
    e("internal/bytealg.Count", "piib:i", Leaf, NONE),
    e("internal/bytealg.CountString", "pib:i", Leaf, NONE),
    e("internal/bytealg.Compare", "piipii:i", Leaf, NONE),
    e("runtime.cmpstring", "pipi:i", Leaf, NONE),
    e("internal/runtime/maps.memHashAES", "ppp:p", Leaf, NONE), // address, seed, length
    e("internal/runtime/maps.setAESKeys", "p:", Leaf, NONE),
];
