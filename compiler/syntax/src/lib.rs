//! Go source text to syntax trees.
//!
//! In: the bytes of a file. Out: an owned [`ast::File`] and the syntax errors, worded and placed as gc words and places
//! them. This crate knows no types and reads no files.

pub mod ast;
mod branches;
mod check;
mod convert;
mod cst;
mod dump;
pub mod literal;
mod parse;
mod rewrite;
mod scan;

pub use dump::dump;
pub use parse::{Bodies, Parsed, add_source, parse_file, parse_source};

/// Whether a word is one of Go's keywords.
pub fn is_keyword(word: &str) -> bool {
    scan::Tok::keyword(word.as_bytes()).is_some()
}
