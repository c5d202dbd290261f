//! Positions: one 32-bit number names a byte of a file, as `go/token` does it.
//!
//! Each file occupies a range `base ..= base + len` of one address space, in the order in which files were added.
//! `Pos(0)` is "no position". Lines and columns are computed on demand; columns count bytes from 1, as gc's do.
//! `//line` directives are honoured through `File::add_line_directive`.

use std::sync::{Arc, PoisonError, RwLock};

/// A byte of some file; `Pos::NONE` when there is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Pos(pub u32);

impl Pos {
    /// The absent position.
    pub const NONE: Pos = Pos(0);

    /// Whether this names a byte of a file.
    pub fn is_known(self) -> bool {
        self.0 != 0
    }

    /// The position `bytes` further on.
    pub fn plus(self, bytes: u32) -> Pos {
        Pos(self.0 + bytes)
    }
}

/// A half-open byte range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Span {
    pub start: Pos,
    pub end: Pos,
}

impl Span {
    /// The range from `start` up to `end`.
    pub fn new(start: Pos, end: Pos) -> Span {
        Span { start, end }
    }
}

/// Index of a file in its `SourceMap`, in order of addition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A resolved position.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// Path as shown to the user (after `//line` directives).
    pub file: String,
    /// From 1; 0 when unknown.
    pub line: u32,
    /// Byte column from 1; 0 when a `//line` directive hides it.
    pub col: u32,
}

/// A `//line` directive: from byte `offset` on, lines are counted from `line` in `file`.
#[derive(Clone, Debug)]
pub struct Directive {
    pub offset: u32,
    pub file: String,
    pub line: u32,
    /// 0 when the directive gives no column.
    pub col: u32,
}

/// One source file: its path, its text and where its lines start.
#[derive(Debug)]
pub struct File {
    pub id: FileId,
    /// The path it was read from.
    pub path: String,
    pub base: u32,
    pub text: Arc<[u8]>,
    /// Byte offsets at which lines start; the first is 0.
    lines: Vec<u32>,
    directives: Vec<Directive>,
}

impl File {
    /// The position of byte `offset`.
    pub fn pos(&self, offset: usize) -> Pos {
        Pos(self.base + offset as u32)
    }

    /// The byte offset of `pos`, which must lie in this file.
    pub fn offset(&self, pos: Pos) -> usize {
        (pos.0 - self.base) as usize
    }

    /// Physical line (from 1) and byte column (from 1) of `pos`, before any `//line` directive.
    pub fn line_col(&self, pos: Pos) -> (u32, u32) {
        let offset = pos.0 - self.base;
        let line = self.lines.partition_point(|&start| start <= offset);
        (line as u32, offset - self.lines[line - 1] + 1)
    }

    fn position(&self, pos: Pos) -> Position {
        let (line, col) = self.line_col(pos);
        let offset = pos.0 - self.base;
        let before = self.directives.partition_point(|d| d.offset <= offset);
        let Some(directive) = before.checked_sub(1).map(|i| &self.directives[i]) else {
            return Position { file: self.path.clone(), line, col };
        };
        let (start_line, start_col) = self.line_col(Pos(self.base + directive.offset));
        let line_shown = directive.line + (line - start_line);
        let col_shown = match directive.col {
            0 => 0,
            first if line == start_line => first + (col - start_col),
            _ => col,
        };
        Position { file: directive.file.clone(), line: line_shown, col: col_shown }
    }
}

/// All files of a build. Adding is possible from several threads; lookups take a read lock.
#[derive(Default, Debug)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<File>>>,
}

impl SourceMap {
    /// Adds a file. `directives` must be sorted by offset. Fails when all files together exceed 4 GiB.
    pub fn add(&self, path: &str, text: Arc<[u8]>, directives: Vec<Directive>) -> Option<Arc<File>> {
        let mut lines = vec![0];
        lines.extend(memchr_lines(&text));
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let base = files.last().map_or(1, |last| last.base + last.text.len() as u32 + 1);
        u32::try_from(text.len()).ok()?.checked_add(base)?.checked_add(1)?;
        let file = Arc::new(File {
            id: FileId(files.len() as u32),
            path: path.to_owned(),
            base,
            text,
            lines,
            directives,
        });
        files.push(Arc::clone(&file));
        Some(file)
    }

    /// The file that holds `pos`.
    pub fn file(&self, pos: Pos) -> Option<Arc<File>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let after = files.partition_point(|file| file.base <= pos.0);
        let file = files.get(after.checked_sub(1)?)?;
        pos.is_known().then(|| Arc::clone(file))
    }

    /// The file with index `id`.
    pub fn by_id(&self, id: FileId) -> Option<Arc<File>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.get(id.0 as usize).cloned()
    }

    /// File, line and column of `pos`; all empty when unknown.
    pub fn position(&self, pos: Pos) -> Position {
        self.file(pos).map_or_else(Position::default, |file| file.position(pos))
    }
}

fn memchr_lines(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_resolve_across_files() {
        let map = SourceMap::default();
        let a = map.add("a.go", b"x\nyz\n".as_slice().into(), vec![]).unwrap();
        let b = map.add("b.go", b"\n\nq".as_slice().into(), vec![]).unwrap();
        let at = |pos| map.position(pos);
        assert_eq!(at(a.pos(3)), Position { file: "a.go".into(), line: 2, col: 2 });
        assert_eq!(at(b.pos(2)), Position { file: "b.go".into(), line: 3, col: 1 });
        assert_eq!(at(a.pos(5)), Position { file: "a.go".into(), line: 3, col: 1 });
        assert_eq!(at(Pos::NONE), Position::default());
    }
}
