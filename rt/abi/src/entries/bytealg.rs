//! Byte searches of internal/bytealg.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("internal/bytealg.IndexByte", "piib:i", Leaf, NONE),
    e("internal/bytealg.IndexByteString", "pib:i", Leaf, NONE),
    e("internal/bytealg.Count", "piib:i", Leaf, NONE),
    e("internal/bytealg.CountString", "pib:i", Leaf, NONE),
    e("internal/bytealg.Compare", "piipii:i", Leaf, NONE),
    e("runtime.cmpstring", "pipi:i", Leaf, NONE),
];
