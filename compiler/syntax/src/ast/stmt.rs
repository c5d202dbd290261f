//! Statements.

use rgo_source::{Pos, Span};

use super::{BinaryOp, Expr, GenDecl, Ident};

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// gc's position: the operator of assignments, sends and `++`, the colon of a labelled statement, the keyword or
    /// start of the others.
    pub pos: Pos,
    pub span: Span,
    pub kind: StmtKind,
}

/// What a statement is.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Stands where no statement could be made; an error has been reported.
    Bad,
    Empty,
    Block(Block),
    Expr(Expr),
    /// `chan <- value`
    Send {
        chan: Expr,
        value: Expr,
    },
    /// `x++` or `x--`
    IncDec {
        x: Expr,
        inc: bool,
    },
    /// `lhs = rhs`, `lhs op= rhs`, `lhs := rhs` (`define`).
    Assign {
        op: Option<BinaryOp>,
        define: bool,
        lhs: Vec<Expr>,
        rhs: Vec<Expr>,
    },
    Go {
        call: Expr,
    },
    Defer {
        call: Expr,
    },
    Return {
        results: Vec<Expr>,
    },
    Branch {
        kind: BranchKind,
        label: Option<Ident>,
    },
    If(Box<IfStmt>),
    Switch(Box<SwitchStmt>),
    TypeSwitch(Box<TypeSwitchStmt>),
    Select {
        clauses: Vec<CommClause>,
        rbrace: Pos,
    },
    For(Box<ForStmt>),
    Range(Box<RangeStmt>),
    Labeled {
        label: Ident,
        stmt: Box<Stmt>,
    },
    Decl(Box<GenDecl>),
}

/// `{ ... }`
#[derive(Clone, Debug)]
pub struct Block {
    /// The opening brace.
    pub pos: Pos,
    pub stmts: Vec<Stmt>,
    /// The closing brace; gc reports a missing return there.
    pub rbrace: Pos,
}

/// The four jumps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BranchKind {
    Break,
    Continue,
    Goto,
    Fallthrough,
}

impl BranchKind {
    /// The keyword.
    pub fn text(self) -> &'static str {
        match self {
            BranchKind::Break => "break",
            BranchKind::Continue => "continue",
            BranchKind::Goto => "goto",
            BranchKind::Fallthrough => "fallthrough",
        }
    }
}

/// `if init; cond { then } else els`; `els` is a block or another `if`.
#[derive(Clone, Debug)]
pub struct IfStmt {
    pub init: Option<Stmt>,
    pub cond: Expr,
    pub then: Block,
    pub els: Option<Stmt>,
}

/// `switch init; tag { clauses }`
#[derive(Clone, Debug)]
pub struct SwitchStmt {
    pub init: Option<Stmt>,
    pub tag: Option<Expr>,
    pub clauses: Vec<CaseClause>,
    /// The opening brace.
    pub lbrace: Pos,
    pub rbrace: Pos,
}

/// `switch init; bind := x.(type) { clauses }`
#[derive(Clone, Debug)]
pub struct TypeSwitchStmt {
    pub init: Option<Stmt>,
    pub bind: Option<Ident>,
    pub x: Expr,
    /// The dot of `x.(type)`, gc's position of the guard.
    pub guard_pos: Pos,
    pub clauses: Vec<CaseClause>,
    pub lbrace: Pos,
    pub rbrace: Pos,
}

/// A clause of a switch or type switch.
#[derive(Clone, Debug)]
pub struct CaseClause {
    /// The keyword.
    pub pos: Pos,
    /// `None`: the default clause.
    pub cases: Option<Vec<Expr>>,
    pub colon: Pos,
    pub body: Vec<Stmt>,
    /// Where the clause's scope ends: the next clause or the closing brace.
    pub end: Pos,
}

/// A clause of a select statement.
#[derive(Clone, Debug)]
pub struct CommClause {
    /// The keyword.
    pub pos: Pos,
    /// Send, receive expression, or assignment from a receive; `None`: the default clause.
    pub comm: Option<Box<Stmt>>,
    pub colon: Pos,
    pub body: Vec<Stmt>,
    /// Where the clause's scope ends.
    pub end: Pos,
}

/// `for init; cond; post { body }`
#[derive(Clone, Debug)]
pub struct ForStmt {
    pub init: Option<Stmt>,
    pub cond: Option<Expr>,
    pub post: Option<Stmt>,
    pub body: Block,
}

/// `for key, value := range x { body }`
#[derive(Clone, Debug)]
pub struct RangeStmt {
    pub key: Option<Expr>,
    pub value: Option<Expr>,
    /// Iteration variables beyond two, an error that the checker words.
    pub extra: Vec<Expr>,
    pub define: bool,
    /// The keyword `range`.
    pub range_pos: Pos,
    pub x: Expr,
    pub body: Block,
}
