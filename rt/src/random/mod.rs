//! Random numbers: `cheap`, a fast generator per M for scheduling decisions; `strong`, ChaCha8 per M, for hashes and for std.
//!
//! The key of each M's generator comes from the kernel. `vdso` is the kernel's own generator, for crypto/rand.

#[cfg_attr(test, allow(dead_code))]
mod chacha;
mod lanes;
#[cfg(not(test))]
mod per_m;
#[cfg(not(test))]
mod vdso;
#[cfg(not(test))]
pub(crate) use per_m::{cheap, seed_m};
