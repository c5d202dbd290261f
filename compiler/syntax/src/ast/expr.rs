//! Expressions and types; syntactically types are expressions.

use rgo_source::{Name, Pos, Span};

use super::{Block, ExprId, Ident};

/// An expression or type.
#[derive(Clone, Debug)]
pub struct Expr {
    pub id: ExprId,
    /// gc's position of the node (see the module documentation).
    pub pos: Pos,
    pub span: Span,
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// Stands where no expression could be made; an error has been reported.
    Bad,
    Ident(Ident),
    /// A literal; `text` as written, to be decoded with the module `literal`.
    BasicLit {
        kind: LitKind,
        text: Name,
    },
    /// `T{...}`, or `{...}` inside another composite literal (no `ty`).
    CompositeLit {
        ty: Option<Box<Expr>>,
        elems: Vec<Element>,
        rbrace: Pos,
    },
    FuncLit(Box<FuncLit>),
    Paren(Box<Expr>),
    /// `x.sel`: field, method or qualified identifier.
    Selector {
        x: Box<Expr>,
        sel: Ident,
    },
    /// `x[i]`, or an instantiation `x[T1, T2]`; at least one index.
    Index {
        x: Box<Expr>,
        indices: Vec<Expr>,
    },
    /// `x[lo:hi]`, or `x[lo:hi:max]` when `full`.
    Slice {
        x: Box<Expr>,
        lo: Option<Box<Expr>>,
        hi: Option<Box<Expr>>,
        max: Option<Box<Expr>>,
        full: bool,
    },
    /// `x.(T)`; no `ty` for `x.(type)` outside a type switch (an error that the checker words).
    TypeAssert {
        x: Box<Expr>,
        ty: Option<Box<Expr>>,
    },
    /// A call or conversion; `ellipsis` is the place of `...` after the last argument.
    Call {
        fun: Box<Expr>,
        args: Vec<Expr>,
        ellipsis: Option<Pos>,
        rparen: Pos,
    },
    /// `*x`: indirection or pointer type.
    Star(Box<Expr>),
    Unary {
        op: UnaryOp,
        x: Box<Expr>,
    },
    /// Binary operation; in constraints, `A | B` is [`BinaryOp::Or`].
    Binary {
        op: BinaryOp,
        x: Box<Expr>,
        y: Box<Expr>,
    },

    ArrayType {
        len: ArrayLen,
        elem: Box<Expr>,
    },
    StructType {
        fields: Vec<Field>,
        rbrace: Pos,
    },
    FuncType(Box<FuncType>),
    InterfaceType {
        elems: Vec<InterfaceElem>,
        rbrace: Pos,
    },
    MapType {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    ChanType {
        dir: ChanDir,
        elem: Box<Expr>,
    },
    /// `...T` as the type of a final parameter.
    Ellipsis(Box<Expr>),
}

/// Kind of a basic literal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LitKind {
    Int,
    Float,
    Imag,
    Char,
    String,
}

/// The length of an array type.
#[derive(Clone, Debug)]
pub enum ArrayLen {
    /// `[]T`
    Slice,
    /// `[...]T`; the position of the dots. Outside composite literals an error that the checker words.
    Ellipsis(Pos),
    /// `[n]T`
    Len(Box<Expr>),
}

/// Direction of a channel type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChanDir {
    Both,
    /// `chan<- T`
    Send,
    /// `<-chan T`
    Recv,
}

/// An element of a composite literal.
#[derive(Clone, Debug)]
pub struct Element {
    pub key: Option<Expr>,
    /// Position of the colon when there is a key.
    pub colon: Pos,
    pub value: Expr,
}

/// A function literal.
#[derive(Clone, Debug)]
pub struct FuncLit {
    pub sig: FuncType,
    pub body: Block,
}

/// A signature without name, receiver and type parameters.
#[derive(Clone, Debug)]
pub struct FuncType {
    /// The opening parenthesis; the bracket, if type parameters stand before it.
    pub pos: Pos,
    pub span: Span,
    pub params: Vec<Field>,
    pub results: Vec<Field>,
}

/// Fields, parameters, results or type parameters that share one type.
#[derive(Clone, Debug)]
pub struct Field {
    pub pos: Pos,
    /// Empty: an embedded field or an unnamed parameter.
    pub names: Vec<Ident>,
    pub ty: Expr,
    /// Struct tag, a string literal expression.
    pub tag: Option<Expr>,
}

/// An element of an interface type.
#[derive(Clone, Debug)]
pub enum InterfaceElem {
    Method {
        name: Ident,
        sig: FuncType,
    },
    /// An embedded type, `~T` (as [`UnaryOp::Tilde`]) or union (as [`BinaryOp::Or`]).
    Embedded(Expr),
}

/// Unary operators other than `*`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `^`
    Xor,
    /// `&`
    Addr,
    /// `<-`
    Recv,
    /// `~`, only in constraints
    Tilde,
}

impl UnaryOp {
    /// The operator as written.
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Plus => "+",
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
            UnaryOp::Xor => "^",
            UnaryOp::Addr => "&",
            UnaryOp::Recv => "<-",
            UnaryOp::Tilde => "~",
        }
    }
}

/// Binary operators; also the operator of an assignment operation (`+=`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    OrOr,
    AndAnd,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
    Add,
    Sub,
    Or,
    Xor,
    Mul,
    Div,
    Rem,
    And,
    AndNot,
    Shl,
    Shr,
}

impl BinaryOp {
    /// The operator as written.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::OrOr => "||",
            BinaryOp::AndAnd => "&&",
            BinaryOp::Eql => "==",
            BinaryOp::Neq => "!=",
            BinaryOp::Lss => "<",
            BinaryOp::Leq => "<=",
            BinaryOp::Gtr => ">",
            BinaryOp::Geq => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::And => "&",
            BinaryOp::AndNot => "&^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
        }
    }

    /// The operator written `text`.
    pub fn from_text(text: &[u8]) -> Option<BinaryOp> {
        Some(match text {
            b"||" => BinaryOp::OrOr,
            b"&&" => BinaryOp::AndAnd,
            b"==" => BinaryOp::Eql,
            b"!=" => BinaryOp::Neq,
            b"<" => BinaryOp::Lss,
            b"<=" => BinaryOp::Leq,
            b">" => BinaryOp::Gtr,
            b">=" => BinaryOp::Geq,
            b"+" => BinaryOp::Add,
            b"-" => BinaryOp::Sub,
            b"|" => BinaryOp::Or,
            b"^" => BinaryOp::Xor,
            b"*" => BinaryOp::Mul,
            b"/" => BinaryOp::Div,
            b"%" => BinaryOp::Rem,
            b"&" => BinaryOp::And,
            b"&^" => BinaryOp::AndNot,
            b"<<" => BinaryOp::Shl,
            b">>" => BinaryOp::Shr,
            _ => return None,
        })
    }

    /// Whether this compares (and so yields a boolean of its own).
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOp::Eql | BinaryOp::Neq | BinaryOp::Lss | BinaryOp::Leq | BinaryOp::Gtr | BinaryOp::Geq
        )
    }

    /// Whether this is a shift.
    pub fn is_shift(self) -> bool {
        matches!(self, BinaryOp::Shl | BinaryOp::Shr)
    }

    /// Binding strength, from 1 (`||`) to 5 (`*`).
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::OrOr => 1,
            BinaryOp::AndAnd => 2,
            _ if self.is_comparison() => 3,
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or | BinaryOp::Xor => 4,
            _ => 5,
        }
    }
}

impl Expr {
    /// Where gc's error messages place the expression: its leftmost node that gc descends to. Differs from
    /// `span.start` for slice expressions, whose bracket it is.
    pub fn start_pos(&self) -> Pos {
        let mut expr = self;
        loop {
            expr = match &expr.kind {
                ExprKind::CompositeLit { ty: Some(x), .. }
                | ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::TypeAssert { x, .. }
                | ExprKind::Binary { x, .. } => x,
                ExprKind::Call { fun, .. } => fun,
                _ => return expr.pos,
            };
        }
    }

    /// The expression without enclosing parentheses.
    pub fn unparen(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The identifier, when the expression is one.
    pub fn as_ident(&self) -> Option<&Ident> {
        match &self.kind {
            ExprKind::Ident(ident) => Some(ident),
            _ => None,
        }
    }
}
