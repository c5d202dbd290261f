//! Text to tree: the steps in order.
//!
//! The recogniser ([`check`](crate::check)) reads the whole file and knows every error; the grammar then builds the tree
//! of what it accepted, of the whole file or of a stretch of it. Bodies of functions can be left out at first
//! ([`Bodies::WhenNeeded`]): each is parsed when it is first looked at, which for most of a program is never.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Whether the tree is worth checking in spite of the errors: gc goes on after a bad literal or label, and stops
    /// after a syntax error.
    pub complete: bool,
}

/// When the bodies of declared functions become trees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bodies {
    Now,
    /// Where [`ast::Body`] is first looked at. Errors about labels and jumps wait there as well; all others are found at
    /// once.
    WhenNeeded,
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
    Some(parse_source(add_source(sources, path, text)?, Bodies::Now))
}

const NOT_UNDERSTOOD: &str = "rgo does not understand this syntax";

/// The recogniser has accepted what the grammar has not, at `at`.
fn not_understood(source: &File, at: usize) -> Diagnostic {
    Diagnostic::error(source.pos(at.min(source.text.len())), "syntax", NOT_UNDERSTOOD)
}

/// Parses a file that [`add_source`] has added.
pub fn parse_source(source: Arc<File>, bodies: Bodies) -> Parsed {
    let checked = check::check(&source.path, &source.text);
    let mut errors = diagnostics(&source, &checked);
    let wrong = errors.iter().any(|error| error.message.starts_with("syntax error"));
    let late = late_errors(&source, &checked);
    let directives = checked.directives.iter().map(|range| directive(&source, range)).collect();
    let go_version = checked.go_version.as_deref().map(Name::new);
    let unparsed = Arc::new(Unparsed { source, checked, ids: Arc::default(), converting: Mutex::default() });
    let (source, checked) = (&unparsed.source, &unparsed.checked);
    let mut tree = None;
    if wrong {
        sound_functions(&unparsed, &mut errors);
    } else {
        let later = (bodies == Bodies::WhenNeeded && errors.is_empty()).then_some(&unparsed);
        match whole_tree(source, checked, later) {
            // After an error that gc goes on from, what the conversion does not know follows from that error.
            Ok(converted) if !errors.is_empty() && !converted.errors.is_empty() => {}
            Ok(converted) => {
                branches::check(source, &converted.decls, &mut errors);
                errors.extend(converted.errors.iter().cloned());
                tree = Some(converted);
            }
            Err(at) if errors.is_empty() => {
                errors.push(not_understood(source, at));
            }
            Err(_) => {}
        }
    }
    let complete = tree.is_some();
    let converted = tree.unwrap_or_else(|| without_decls(source, checked));
    unparsed.ids.store(converted.expr_count, Ordering::Relaxed);
    let file = ast::File {
        package: converted.package,
        decls: converted.decls,
        directives,
        go_version,
        ids: Arc::clone(&unparsed.ids),
        max_depth: converted.max_depth,
        eof: source.pos(source.text.len()),
        late,
    };
    Parsed { file: Arc::new(file), source: Arc::clone(source), errors, complete }
}

/// A file of which some bodies may not be parsed yet.
#[derive(Debug)]
pub(crate) struct Unparsed {
    source: Arc<File>,
    checked: Checked,
    /// How many `ExprId`s the file uses so far.
    ids: Arc<AtomicU32>,
    /// Held while a body takes ids.
    converting: Mutex<()>,
}

impl Unparsed {
    /// Whether `range` is a function's body (braces included) that is to be parsed later.
    pub(crate) fn has_body(&self, range: &Range<usize>) -> bool {
        let bodies = &self.checked.funcs;
        let at = bodies.partition_point(|func| func.body.start < range.start);
        bodies.get(at).is_some_and(|func| func.body == *range)
    }

    /// Parses a body; the third result is its nesting.
    pub(crate) fn body(&self, range: &Range<usize>) -> (ast::Block, Vec<Diagnostic>, u32) {
        let mut reader = Reader::new(&self.source, &self.checked);
        let mut errors = Vec::new();
        match reader.read("func _()", range, Vec::new(), "\n") {
            Ok(piece) => {
                let (block, depth) = {
                    let _alone = self.converting.lock().unwrap_or_else(PoisonError::into_inner);
                    let mut next_id = self.ids.load(Ordering::Relaxed);
                    let converted =
                        convert::convert_body(&self.source, &piece, &reader.notes, &mut next_id, &mut errors);
                    self.ids.store(next_id, Ordering::Relaxed);
                    converted
                };
                branches::check_func(&self.source, &block, &mut errors);
                (block, errors, depth)
            }
            Err(at) => {
                errors.push(not_understood(&self.source, at));
                let (pos, rbrace) = (self.source.pos(range.start), self.source.pos(range.end - 1));
                (ast::Block { pos, stmts: Vec::new(), rbrace }, errors, 0)
            }
        }
    }
}

pub(crate) fn directive(source: &File, range: &Range<usize>) -> ast::Directive {
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

fn late_errors(source: &File, checked: &Checked) -> Vec<Diagnostic> {
    let report = |error: &check::Error| Diagnostic::error(source.pos(error.at), "", error.message.clone());
    checked.late.iter().map(report).collect()
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

/// In a file with syntax errors gc still checks the labels of every function, those without syntax errors at least.
fn sound_functions(unparsed: &Unparsed, errors: &mut Vec<Diagnostic>) {
    let checked = &unparsed.checked;
    for func in &checked.funcs {
        if checked.errors.iter().any(|error| (func.start..func.body.end).contains(&error.at)) {
            continue;
        }
        let body = &unparsed.source.text[func.body.clone()];
        // Nothing to say about functions that neither jump nor have labels; most have neither.
        if memchr::memchr(b':', body).is_some() || cst::may_jump(body) {
            // What the grammar does not understand beside an error follows from that error.
            let found = unparsed.body(&func.body).1;
            errors.extend(found.into_iter().filter(|error| error.message != NOT_UNDERSTOOD));
        }
    }
}

/// Builds the tree of a file that the recogniser has accepted, without the bodies that `later` is to parse; else gives
/// where the grammar fails.
fn whole_tree(source: &File, checked: &Checked, later: Option<&Arc<Unparsed>>) -> Result<Converted, usize> {
    let mut reader = Reader::new(source, checked);
    let text: &[u8] = &source.text;
    let end = if text.ends_with(b"\n") { "" } else { "\n" };
    let holes = match later {
        Some(_) => checked.funcs.iter().map(|func| func.body.start + 1..func.body.end - 1).collect(),
        None => Vec::new(),
    };
    let whole = reader.read("", &(0..text.len()), holes, end)?;
    Ok(convert::convert(source, &whole, &reader.notes, later))
}

/// Reads stretches of a file with the grammar.
struct Reader<'a> {
    source: &'a File,
    checked: &'a Checked,
    notes: Notes<'a>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a File, checked: &'a Checked) -> Reader<'a> {
        Reader { source, checked, notes: Notes { checked, pieces: Default::default() } }
    }

    /// Parses `prefix`, the text of `range` without `holes`, and `suffix`; or gives the offset where the grammar fails.
    fn read(
        &mut self,
        prefix: &str,
        range: &Range<usize>,
        holes: Vec<Range<usize>>,
        suffix: &str,
    ) -> Result<Piece, usize> {
        let (text, checked): (&[u8], _) = (&self.source.text, self.checked);
        let inside = |stretch: &Range<usize>| {
            let hole = holes.partition_point(|hole| hole.end < stretch.start);
            range.start <= stretch.start
                && stretch.end <= range.end
                && holes.get(hole).is_none_or(|hole| stretch.end < hole.start)
        };
        let first = checked.edits.partition_point(|edit| edit.start < range.start);
        let near = checked.edits[first..].iter().take_while(|edit| edit.start <= range.end);
        let mut edits: Vec<Edit> = near.filter(|edit| inside(&(edit.start..edit.end))).cloned().collect();
        if !holes.is_empty() {
            edits.extend(holes.iter().map(|hole| Edit { start: hole.start, end: hole.end, with: "".into() }));
            edits.sort_by_key(|edit| (edit.start, edit.end));
        }
        for tparams in checked.method_tparams.iter().filter(|&stretch| inside(stretch)) {
            let parse = |edits: &[Edit]| piece(text, "func _", tparams, edits, "()\n");
            blank_out(&mut edits, tparams, ' ', parse, &mut self.notes);
        }
        let parse = |edits: &[Edit]| {
            if edits.is_empty() && prefix.is_empty() && suffix.is_empty() && *range == (0..text.len()) {
                return Some(Piece { tree: cst::parse(text)?, map: Default::default(), end: text.len() });
            }
            piece(text, prefix, range, edits, suffix)
        };
        let mut whole = parse(&edits);
        if whole.as_ref().is_some_and(|whole| whole.tree.root_node().has_error()) {
            let mut again = false;
            for &at in checked.tildes.iter().filter(|&&at| inside(&(at..at + 1))) {
                let place = edits.partition_point(|edit| edit.start < at);
                edits.insert(place, Edit { start: at, end: at + 1, with: "^".into() });
                again = true;
            }
            let types = checked.type_operands.iter().map(|range| (range, "type _ "));
            let values = checked.values_for_types.iter().map(|range| (range, "var _ = "));
            let mut operands: Vec<_> = types.chain(values).filter(|(stretch, _)| inside(stretch)).collect();
            operands.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
            let mut covered = 0;
            for (range, prefix) in operands {
                if range.start >= covered {
                    covered = range.end;
                    let parse = |edits: &[Edit]| piece(text, prefix, range, edits, "\n");
                    blank_out(&mut edits, range, '_', parse, &mut self.notes);
                }
            }
            if again || covered > 0 {
                whole = parse(&edits);
            }
        }
        let broken = std::iter::once(whole.as_ref())
            .chain(self.notes.pieces.values().map(Some))
            .flatten()
            .filter_map(|piece| Some(piece.map.start(first_error(&piece.tree)?)))
            .min();
        match (whole, broken) {
            (Some(whole), None) => Ok(whole),
            (_, at) => Err(at.unwrap_or(range.start)),
        }
    }
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
    Some(Piece { tree: cst::parse(&text)?, map, end: range.end })
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
