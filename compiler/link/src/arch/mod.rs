//! Relocations, one file per ISA.

pub mod x86_64;
