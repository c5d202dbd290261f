//! Source files, positions, interned names and diagnostics: the vocabulary every stage shares.
//!
//! In: file contents and paths. Out: `Pos` values that fit 32 bits and resolve to `file:line:col`, `Name`s that
//! compare by pointer, and `Diagnostic`s. This crate does no I/O and prints nothing.

mod diagnostic;
mod name;
mod position;

pub use diagnostic::{Diagnostic, Severity, sort_and_limit};
pub use name::Name;
pub use position::{Directive, File, FileId, Pos, Position, SourceMap, Span};
