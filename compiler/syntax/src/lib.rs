//! Go source text to syntax trees.
//!
//! In: the bytes of a file. Out: an owned [`ast::File`] and the syntax errors, worded and placed as gc words and places
//! them. This crate knows no types and reads no files.

pub mod ast;
mod convert;
mod cst;
pub mod literal;
mod parse;
mod rewrite;

pub use parse::{Parsed, parse_file};
