//! The syntax tree of one file: plain owned data, `Send + Sync`, in gc's shape.
//!
//! Invariants:
//! - Every expression node and every identifier has its own [`ExprId`], dense within the file and below
//!   [`File::expr_count`], so that side tables are `Vec`s.
//! - `pos` of a node is the position gc's syntax tree gives it, which is often not where the node starts: the operator
//!   of a binary expression, the parenthesis of a call, the dot of a selector, the bracket of an index, the brace of a
//!   composite literal. [`Expr::start_pos`] is what gc prints for most errors about an expression.
//! - `span` covers the node's text exactly.
//! - Parentheses around types are dropped where only a type can stand, and kept in expressions, as in gc.
//!
//! There are no comments here except directives.

mod decl;
mod expr;
mod stmt;
pub mod walk;

pub use decl::{ConstInit, ConstSpec, Decl, FuncDecl, GenDecl, ImportSpec, Specs, TypeSpec, VarSpec};
pub use expr::{
    ArrayLen, BinaryOp, ChanDir, Element, Expr, ExprKind, Field, FuncLit, FuncType, InterfaceElem, LitKind,
    UnaryOp,
};
pub use stmt::{
    Block, BranchKind, CaseClause, CommClause, ForStmt, IfStmt, RangeStmt, Stmt, StmtKind, SwitchStmt,
    TypeSwitchStmt,
};

use rgo_source::{Name, Pos, Span};

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
    /// How many [`ExprId`]s the file uses.
    pub expr_count: u32,
    /// The greatest nesting of nodes; recursion over the tree needs a stack in proportion.
    pub max_depth: u32,
    /// Where the file ends.
    pub eof: Pos,
}

impl File {
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
        const SHALLOW: u32 = 1000;
        const BYTES_PER_LEVEL: usize = 1 << 10;
        if self.max_depth > SHALLOW {
            let decls = std::mem::take(&mut self.decls);
            stacker::grow(self.max_depth as usize * BYTES_PER_LEVEL, || drop(decls));
        }
    }
}
