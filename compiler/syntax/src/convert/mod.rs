//! Concrete tree to syntax tree: one walk with a cursor.
//!
//! The tree given here has no errors, and the recogniser (`check`) has accepted the file, so a node that this
//! conversion does not know is a gap of rgo, not of the program; it is reported as such and stands as `Bad`.

mod decl;
mod expr;
mod stmt;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use rgo_source::{Diagnostic, File, Name, Pos, Span};
use tree_sitter::Tree;

use crate::ast::{self, ExprId, Ident};
use crate::check::Checked;
use crate::cst::{Cursor, Field, Kind};
use crate::parse::Unparsed;
use crate::rewrite::OffsetMap;

/// Beyond this nesting of nodes a file is refused.
pub(crate) const MAX_DEPTH: u32 = 100_000;

/// What the concrete tree does not know.
#[derive(Debug)]
pub(crate) struct Notes<'a> {
    /// What the recogniser has learnt.
    pub(crate) checked: &'a Checked,
    /// Trees that were parsed apart, by the offset at which their text starts.
    pub(crate) pieces: BTreeMap<usize, Piece>,
}

/// A stretch of source that was parsed apart from its file, as `type _<text> int`, `type _ <text>` or `var _ = <text>`.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) tree: Tree,
    pub(crate) map: OffsetMap,
    /// Where the stretch ends in the source. What stands in its place ends there, a name at its start does not.
    pub(crate) end: usize,
}

/// The state of one conversion.
pub(crate) struct Converter<'a> {
    file: &'a File,
    cursor: Cursor<'a>,
    map: &'a OffsetMap,
    notes: &'a Notes<'a>,
    /// Where bodies are parsed from later, if they are.
    later: Option<&'a Arc<Unparsed>>,
    next_id: u32,
    depth: u32,
    max_depth: u32,
    errors: Vec<Diagnostic>,
    names: Box<[Option<Name>; NAME_CACHE]>,
}

const NAME_CACHE: usize = 1024;

/// The declarations of a file, with the counters that `ast::File` keeps.
pub(crate) struct Converted {
    pub(crate) package: Ident,
    pub(crate) decls: Vec<ast::Decl>,
    pub(crate) expr_count: u32,
    pub(crate) max_depth: u32,
    pub(crate) errors: Vec<Diagnostic>,
}

/// Converts the tree of a whole file; the bodies that `later` knows are left to it.
pub(crate) fn convert(
    file: &File,
    whole: &Piece,
    notes: &Notes<'_>,
    later: Option<&Arc<Unparsed>>,
) -> Converted {
    let mut converter = Converter::new(file, whole, notes);
    converter.later = later;
    let (package, decls) = converter.source_file();
    Converted {
        package,
        decls,
        expr_count: converter.next_id,
        max_depth: converter.max_depth,
        errors: converter.errors,
    }
}

/// Converts the tree of `func _() {...}`; gives the block and its nesting. Ids go on from `next_id`.
pub(crate) fn convert_body(
    file: &File,
    piece: &Piece,
    notes: &Notes<'_>,
    next_id: &mut u32,
    errors: &mut Vec<Diagnostic>,
) -> (ast::Block, u32) {
    let mut converter = Converter::new(file, piece, notes);
    converter.next_id = *next_id;
    let mut block = None;
    converter.children(|this, _| {
        this.each(|this, _, field| {
            if field == Field::Body {
                block = Some(this.block());
            }
        });
    });
    errors.append(&mut converter.errors);
    *next_id = converter.next_id;
    let pos = file.pos(0);
    (block.unwrap_or(ast::Block { pos, stmts: Vec::new(), rbrace: pos }), converter.max_depth)
}

impl<'a> Converter<'a> {
    fn new(file: &'a File, piece: &'a Piece, notes: &'a Notes<'a>) -> Converter<'a> {
        Converter {
            file,
            cursor: Cursor::new(&piece.tree),
            map: &piece.map,
            notes,
            later: None,
            next_id: 0,
            depth: 0,
            max_depth: 0,
            errors: Vec::new(),
            names: Box::new([None; NAME_CACHE]),
        }
    }

    /// Runs `visit` with the cursor on each child in turn; `visit` must leave the cursor where it found it.
    fn children(&mut self, mut visit: impl FnMut(&mut Self, Kind)) {
        if !self.cursor.down() {
            return;
        }
        loop {
            visit(self, self.cursor.kind());
            if !self.cursor.next() {
                break;
            }
        }
        self.cursor.up();
    }

    /// As `children`, with the children's fields, which cost a look-up each.
    fn each(&mut self, mut visit: impl FnMut(&mut Self, Kind, Field)) {
        self.children(|this, kind| visit(this, kind, this.cursor.field()));
    }

    /// Runs `convert` on the first child, for nodes that only wrap another.
    fn only_child<T>(&mut self, convert: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.cursor.down() {
            return None;
        }
        let result = convert(self);
        self.cursor.up();
        Some(result)
    }

    /// Runs `convert` one level deeper, on more stack if it runs short.
    fn nested<T>(&mut self, convert: impl FnOnce(&mut Self) -> T) -> T {
        const RED_ZONE: usize = 256 << 10;
        const SEGMENT: usize = 4 << 20;
        self.depth += 1;
        self.max_depth = self.max_depth.max(self.depth);
        let result = if self.depth.is_multiple_of(32) {
            stacker::maybe_grow(RED_ZONE, SEGMENT, || convert(self))
        } else {
            convert(self)
        };
        self.depth -= 1;
        result
    }

    /// Whether nesting has gone too far; reports it once.
    fn too_deep(&mut self) -> bool {
        if self.depth < MAX_DEPTH {
            return false;
        }
        if self.errors.is_empty() {
            let pos = self.start();
            self.errors.push(Diagnostic::error(pos, "syntax", "syntax error: nesting too deep"));
        }
        true
    }

    /// Converts a piece that was parsed apart: moves to its tree, runs `convert` at the root's first child, moves back.
    fn in_piece<T>(&mut self, piece: &'a Piece, convert: impl FnOnce(&mut Self) -> T) -> T {
        let cursor = std::mem::replace(&mut self.cursor, Cursor::new(&piece.tree));
        let map = std::mem::replace(&mut self.map, &piece.map);
        let result = convert(self);
        self.cursor = cursor;
        self.map = map;
        result
    }

    fn fresh(&mut self) -> ExprId {
        let id = ExprId(self.next_id);
        self.next_id += 1;
        id
    }

    /// Source offsets of the current node.
    fn offsets(&self) -> (usize, usize) {
        let range = self.cursor.range();
        let start = self.map.start(range.start);
        (start, self.map.end(range.end).max(start))
    }

    fn start(&self) -> Pos {
        self.file.pos(self.map.start(self.cursor.range().start))
    }

    fn span(&self) -> Span {
        let (start, end) = self.offsets();
        Span::new(self.file.pos(start), self.file.pos(end))
    }

    /// Position of the last byte of the current node, its closing bracket.
    fn last(&self) -> Pos {
        let (start, end) = self.offsets();
        self.file.pos(end.saturating_sub(1).max(start))
    }

    /// Source text of the current node.
    fn text(&self) -> &'a [u8] {
        let (start, end) = self.offsets();
        self.file.text.get(start..end).unwrap_or_default()
    }

    /// The current node's text as a name; a small cache spares most look-ups in the process-wide table.
    fn name(&mut self) -> Name {
        let text = self.text();
        let hash = text
            .iter()
            .fold(text.len() as u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let slot = &mut self.names[hash as usize % NAME_CACHE];
        if let Some(name) = slot
            && name.as_str().as_bytes() == text
        {
            return *name;
        }
        *slot.insert(Name::new(&String::from_utf8_lossy(text)))
    }

    fn ident(&mut self) -> Ident {
        let name = self.name();
        Ident { id: self.fresh(), name, pos: self.start() }
    }

    /// Reports a form that the recogniser accepts and this conversion does not know.
    fn unknown(&mut self, what: &str) {
        let pos = self.start();
        let message = format!("rgo does not understand this {what}");
        self.errors.push(Diagnostic::error(pos, "syntax", message));
    }
}
