//! Text to tree: the steps in order.

use std::ops::Range;
use std::sync::Arc;

use rgo_source::{Diagnostic, File, Name, Pos, SourceMap};
use tree_sitter::{Node, Tree};

use crate::check::{self, Checked};
use crate::convert::{self, Converted, Notes, Piece};
use crate::rewrite::{self, Edit};
use crate::{ast, branches, cst};

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; without declarations when there are syntax errors.
    pub file: Arc<ast::File>,
    pub source: Arc<File>,
    /// In the order in which gc reports them.
    pub errors: Vec<Diagnostic>,
}

/// Adds `text` to `sources` under `path`, ready for [`parse_source`]: positions follow the order of addition, and parsing
/// may then happen in any order and on any thread. `None` only when `sources` is full (4 GiB).
pub fn add_source(sources: &SourceMap, path: &str, text: Arc<[u8]>) -> Option<Arc<File>> {
    let lines = match check::may_have_line_directive(&text) {
        true => check::check(path, &text).lines,
        false => Vec::new(),
    };
    sources.add(path, text, lines)
}

/// Adds `text` to `sources` under `path` and parses it. `None` only when `sources` is full (4 GiB).
pub fn parse_file(sources: &SourceMap, path: &str, text: Arc<[u8]>) -> Option<Parsed> {
    Some(parse_source(add_source(sources, path, text)?))
}

/// Parses a file that [`add_source`] has added.
pub fn parse_source(source: Arc<File>) -> Parsed {
    let mut checked = check::check(&source.path, &source.text);
    let mut errors = diagnostics(&source, &checked);
    let mut converted = if errors.is_empty() {
        tree(&source, &mut checked, &mut errors)
    } else {
        without_decls(&source, &checked)
    };
    errors.append(&mut converted.errors);
    if errors.is_empty() {
        branches::check(&source, &converted.decls, &mut errors);
    } else {
        converted.decls.clear();
    }
    let file = ast::File {
        package: converted.package,
        decls: converted.decls,
        directives: checked.directives.iter().map(|range| directive(&source, range)).collect(),
        go_version: checked.go_version.as_deref().map(Name::new),
        expr_count: converted.expr_count,
        max_depth: converted.max_depth,
        eof: source.pos(source.text.len()),
    };
    Parsed { file: Arc::new(file), source, errors }
}

fn directive(source: &File, range: &Range<usize>) -> ast::Directive {
    let text = String::from_utf8_lossy(&source.text[range.clone()]);
    ast::Directive { pos: source.pos(range.start), text: Name::new(&text) }
}

/// The recogniser's errors as gc shows them: of several syntax errors in a row on one line, only the first.
fn diagnostics(source: &File, checked: &Checked) -> Vec<Diagnostic> {
    let mut last_line = None;
    let mut shown = Vec::new();
    for error in &checked.errors {
        let pos = source.pos(error.at.min(source.text.len()));
        if error.message.starts_with("syntax error") {
            let line = source.line_col(pos).0;
            if last_line.replace(line) == Some(line) {
                continue;
            }
        }
        shown.push(Diagnostic::error(pos, "syntax", error.message.clone()));
    }
    shown
}

fn without_decls(source: &File, checked: &Checked) -> Converted {
    let (name, pos) = match &checked.package {
        Some(range) => {
            let text = String::from_utf8_lossy(&source.text[range.clone()]);
            (Name::new(&text), source.pos(range.start))
        }
        None => (Name::new("_"), Pos::NONE),
    };
    let package = ast::Ident { id: ast::ExprId(0), name, pos };
    Converted { package, decls: Vec::new(), expr_count: 1, max_depth: 0, errors: Vec::new() }
}

/// Builds the tree of a file that the recogniser has accepted.
fn tree(source: &File, checked: &mut Checked, errors: &mut Vec<Diagnostic>) -> Converted {
    let text: &[u8] = &source.text;
    let mut notes = Notes::default();
    for (at, ranges) in &checked.pragmas {
        notes.pragmas.insert(*at, ranges.iter().map(|range| directive(source, range)).collect());
    }
    notes.valueless_consts = std::mem::take(&mut checked.valueless_consts);
    notes.dropped_dots = std::mem::take(&mut checked.dropped_dots);
    let mut edits = std::mem::take(&mut checked.edits);
    for range in &checked.method_tparams {
        blank_out(&mut edits, range, ' ', |edits| piece(text, "func _", range, edits, "()\n"), &mut notes);
    }
    let end = if text.ends_with(b"\n") { "" } else { "\n" };
    let parse = |edits: &[Edit]| {
        if edits.is_empty() && end.is_empty() {
            return Some(Piece { tree: cst::parse(text)?, map: Default::default() });
        }
        let (text, map) = rewrite::apply("", text, 0..text.len(), edits, end);
        Some(Piece { tree: cst::parse(&text)?, map })
    };
    let mut whole = parse(&edits);
    if whole.as_ref().is_some_and(|whole| whole.tree.root_node().has_error()) {
        for &at in &checked.tildes {
            let place = edits.partition_point(|edit| edit.start < at);
            edits.insert(place, Edit { start: at, end: at + 1, with: "^".into() });
        }
        let types = checked.type_operands.iter().map(|range| (range.clone(), "type _ "));
        let values = checked.value_type_args.iter().map(|range| (range.clone(), "var _ = "));
        let mut operands: Vec<_> = types.chain(values).collect();
        operands.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut covered = 0;
        for (range, prefix) in &operands {
            if range.start >= covered {
                covered = range.end;
                blank_out(
                    &mut edits,
                    range,
                    '_',
                    |edits| piece(text, prefix, range, edits, "\n"),
                    &mut notes,
                );
            }
        }
        if covered > 0 || !checked.tildes.is_empty() {
            whole = parse(&edits);
        }
    }
    let broken = std::iter::once(whole.as_ref())
        .chain(notes.pieces.values().map(Some))
        .flatten()
        .filter_map(|piece| Some(piece.map.start(first_error(&piece.tree)?)))
        .min();
    let at = match (&whole, broken) {
        (Some(whole), None) => return convert::convert(source, &whole.tree, &whole.map, &notes),
        (_, at) => at.unwrap_or(0),
    };
    let message = "rgo does not understand this syntax";
    errors.push(Diagnostic::error(source.pos(at.min(text.len())), "syntax", message));
    without_decls(source, checked)
}

/// Parses the stretch `range` apart, and puts `filler` in its place; other edits in it move to the piece.
fn blank_out(
    edits: &mut Vec<Edit>,
    range: &Range<usize>,
    filler: char,
    parse: impl FnOnce(&[Edit]) -> Option<Piece>,
    notes: &mut Notes,
) {
    let first = edits.partition_point(|edit| edit.start < range.start);
    let last = edits.partition_point(|edit| edit.start < range.end);
    if let Some(piece) = parse(&edits[first..last]) {
        notes.pieces.insert(range.start, piece);
    }
    let with = filler.to_string().repeat(range.len()).into();
    edits.splice(first..last, [Edit { start: range.start, end: range.end, with }]);
}

fn piece(text: &[u8], prefix: &str, range: &Range<usize>, edits: &[Edit], suffix: &str) -> Option<Piece> {
    let (text, map) = rewrite::apply(prefix, text, range.clone(), edits, suffix);
    Some(Piece { tree: cst::parse(&text)?, map })
}

/// Where the tree is broken, if it is.
fn first_error(tree: &Tree) -> Option<usize> {
    let mut node: Node<'_> = tree.root_node();
    if !node.has_error() {
        return None;
    }
    loop {
        let mut cursor = node.walk();
        let child = node.children(&mut cursor).find(|child| child.has_error() || child.is_missing());
        match child {
            Some(child) if !node.is_error() => node = child,
            _ => return Some(node.start_byte()),
        }
    }
}
