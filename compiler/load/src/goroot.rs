//! Finding, or fetching, the standard library.
