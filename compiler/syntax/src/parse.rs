//! Text to tree: the steps in order.

use std::sync::Arc;

use rgo_source::{Diagnostic, File, SourceMap};

use crate::convert::{self, Notes};
use crate::rewrite::{self, Edit};
use crate::{ast, cst};

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; without declarations when there are errors.
    pub file: Arc<ast::File>,
    pub source: Arc<File>,
    pub errors: Vec<Diagnostic>,
}

/// Parses `text`, adding it to `sources` under `path`. `None` only when `sources` is full (4 GiB).
pub fn parse_file(sources: &SourceMap, path: &str, text: Arc<[u8]>) -> Option<Parsed> {
    let source = sources.add(path, text, Vec::new())?;
    let mut edits = Vec::new();
    if source.text.last() != Some(&b'\n') {
        let end = source.text.len();
        edits.push(Edit { start: end, end, with: "\n".into() });
    }
    let notes = Notes::default();
    let (text, map) = rewrite::apply(&source.text, &edits);
    let tree = cst::parse(&text)?;
    let mut errors = Vec::new();
    let converted = convert::convert(&source, &tree, &map, &notes);
    if tree.root_node().has_error() {
        errors.push(Diagnostic::error(source.pos(0), "syntax", "syntax error"));
    }
    errors.extend(converted.errors);
    let file = ast::File {
        package: converted.package,
        decls: converted.decls,
        directives: Vec::new(),
        go_version: None,
        expr_count: converted.expr_count,
        max_depth: converted.max_depth,
        eof: source.pos(source.text.len()),
    };
    Some(Parsed { file: Arc::new(file), source, errors })
}
