//! Finding, or fetching, the standard library.

/// The release whose standard library rgo compiles.
pub const VERSION: &str = "go1.27.3";
