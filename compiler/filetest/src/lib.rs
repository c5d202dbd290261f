//! Whole-program tests: what enters is a folder of Go programs with golden files (`tests/run`) or of archives of bad
//! input (`tests/errors`), what leaves is a [`suite::Report`].
//!
//! A *case* is built and run by a [`tool::Tool`]: rgo, or the go command, which is the oracle that writes the golden
//! files (`UPDATE_EXPECT=1`) and that `ci/diff` compares with directly. Both are driven by the same code, so a golden file
//! means the same for both.
//!
//! Invariants:
//! - a case sees an empty environment except `PATH`, `HOME`, the temporary directory and what its `.env` file adds, and
//!   runs in an empty folder of its own;
//! - what is compared has passed through [`normalize`], which removes what may differ between two correct
//!   implementations and nothing else;
//! - a case that is known to fail is listed with its reason in `KNOWN_FAILURES` and *must* fail ([`known`]), so a fix
//!   removes the line.
//!
//! [`gotest`] runs Go's own regression tests in the same way, [`stdtest`] the standard library's package tests.
//! [`generate`] makes programs for `rgo-fuzz`, which compares rgo with gc on them.
//!
//! Nothing here knows the compiler's internals; the crate depends on no other.

pub mod archive;
pub mod bad_input;
pub mod differential;
pub mod exec;
pub mod generate;
pub mod gotest;
pub mod known;
pub mod normalize;
pub mod program;
pub mod stdtest;
pub mod suite;
pub mod tool;
