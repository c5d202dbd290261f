//! The syntax tree of one file: plain owned data, `Send + Sync`, in gc's shape.
//!
//! Invariants:
//! - Every expression node and every identifier has its own [`ExprId`], dense within the file and below
//!   [`File::expr_count`], so that side tables are `Vec`s. They grow when a [`Body`] is parsed.
//! - `pos` of a node is the position gc's syntax tree gives it, which is often not where the node starts: the operator
//!   of a binary expression, the parenthesis of a call, the dot of a selector, the bracket of an index, the brace of a
//!   composite literal. [`Expr::start_pos`] is what gc prints for most errors about an expression.
//! - `span` covers the node's text exactly.
//! - Parentheses around types are dropped where only a type can stand, and kept in expressions, as in gc.
//!
//! There are no comments here except directives.

mod body;
mod decl;
mod expr;
mod stmt;
pub mod walk;

pub use body::Body;
pub use decl::{ConstInit, ConstSpec, Decl, FuncDecl, GenDecl, ImportSpec, Specs, TypeSpec, VarSpec};
pub use expr::{
    ArrayLen, BinaryOp, ChanDir, Element, Expr, ExprKind, Field, FuncLit, FuncType, InterfaceElem, LitKind,
    UnaryOp,
};
pub use stmt::{
    Block, BranchKind, CaseClause, CommClause, ForStmt, IfStmt, RangeStmt, Stmt, StmtKind, SwitchStmt,
    TypeSwitchStmt,
};

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rgo_source::{Diagnostic, Name, Pos, Span};

/// Dense index of an expression or identifier within its file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExprId(pub u32);

impl ExprId {
    /// The index as `Vec`s want it.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An identifier where it stands: a declared name, a selector, a label, or the content of [`ExprKind::Ident`] (which
/// then shares its id with the expression).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ident {
    pub id: ExprId,
    pub name: Name,
    pub pos: Pos,
}

impl Ident {
    /// The text the identifier covers.
    pub fn span(&self) -> Span {
        Span::new(self.pos, self.pos.plus(self.name.as_str().len() as u32))
    }
}

/// A `//go:...` comment. `text` is what follows `//`, without trailing white space (`go:linkname a b`), `pos` its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Directive {
    pub pos: Pos,
    pub text: Name,
}

impl Directive {
    /// The word after `go:`, `linkname` in `//go:linkname a b`.
    pub fn verb(&self) -> &'static str {
        let rest = self.text.as_str().strip_prefix("go:").unwrap_or_default();
        rest.split([' ', '\t']).next().unwrap_or_default()
    }

    /// What follows the verb, trimmed.
    pub fn args(&self) -> &'static str {
        let text = self.text.as_str();
        text.find([' ', '\t']).map_or("", |at| text[at..].trim())
    }
}

/// One source file.
#[derive(Debug)]
pub struct File {
    /// The name in the package clause.
    pub package: Ident,
    /// Declarations in source order, imports included.
    pub decls: Vec<Decl>,
    /// Every `//go:` directive of the file in source order, those attached to declarations included.
    pub directives: Vec<Directive>,
    /// The minimal language version that the file's `//go:build` line implies (`go1.21`), if any.
    pub go_version: Option<Name>,
    /// How many [`ExprId`]s the file uses so far.
    pub(crate) ids: Arc<AtomicU32>,
    /// The greatest nesting of nodes; recursion over the tree needs a stack in proportion.
    pub max_depth: u32,
    /// Where the file ends.
    pub eof: Pos,
    /// What gc says about the file only if its whole package is correct otherwise: directives out of place.
    pub late: Vec<Diagnostic>,
}

impl File {
    /// How many [`ExprId`]s the file uses so far.
    pub fn expr_count(&self) -> u32 {
        self.ids.load(Ordering::Relaxed)
    }

    /// The file's imports, grouped or not.
    pub fn imports(&self) -> impl Iterator<Item = &ImportSpec> {
        self.decls.iter().flat_map(|decl| match decl {
            Decl::Gen(GenDecl { specs: Specs::Import(specs), .. }) => specs.as_slice(),
            _ => &[],
        })
    }
}

impl Drop for File {
    /// Deeply nested trees are freed on a stack that is deep enough.
    fn drop(&mut self) {
        drop_deep(self.max_depth, &mut self.decls);
    }
}

/// Empties a list of trees of the given nesting.
fn drop_deep<T>(depth: u32, list: &mut Vec<T>) {
    const SHALLOW: u32 = 1000;
    const BYTES_PER_LEVEL: usize = 1 << 10;
    if depth > SHALLOW {
        let list = std::mem::take(list);
        stacker::grow(depth as usize * BYTES_PER_LEVEL, || drop(list));
    }
}
