//! What the recogniser remembers of an expression it has read.

/// The kind of node gc would have built.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Kind {
    #[default]
    Bad,
    Name,
    Literal,
    CompositeLit,
    FuncLit,
    Selector,
    Index,
    Slice,
    Assert,
    /// `x.(type)`
    TypeSwitchGuard,
    Call,
    Unary,
    Binary,
    ArrayType,
    SliceType,
    StructType,
    FuncType,
    InterfaceType,
    MapType,
    ChanType,
}

/// Whether `[x]` after a type's name reads as a type parameter and its constraint.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Split {
    #[default]
    No,
    /// Just a name.
    Name,
    /// `P *C`, `P (C)`: only if a comma follows.
    IfForced,
    /// `P *[]int`, `P interface{}`: nothing else is possible.
    Yes,
}

/// Direction and element of a channel type, as far as `<-` before it needs to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ChanShape {
    pub(super) send_only: bool,
    pub(super) recv_only: bool,
    pub(super) elem: Option<Box<ChanShape>>,
    /// The element's text.
    pub(super) elem_range: (usize, usize),
}

/// A summary of an expression.
#[derive(Clone, Default, Debug)]
pub(super) struct Shape {
    /// The node's kind, parentheses not counted.
    pub(super) kind: Kind,
    /// In parentheses.
    pub(super) paren: bool,
    /// Where the text starts, parentheses included.
    pub(super) start: usize,
    /// Where the text ends.
    pub(super) end: usize,
    /// gc's position of the node.
    pub(super) at: usize,
    /// Syntactically a value, not a type.
    pub(super) is_value: bool,
    /// Syntactically a type, not a value.
    pub(super) is_type_elem: bool,
    /// Readable where the grammar wants a type.
    pub(super) reads_as_type: bool,
    pub(super) split: Split,
    pub(super) chan: Option<Box<ChanShape>>,
}

impl Shape {
    /// A shape of which only the kind and place matter.
    pub(super) fn new(kind: Kind, start: usize, end: usize) -> Shape {
        Shape { kind, start, end, at: start, ..Shape::default() }
    }

    /// An identifier.
    pub(super) fn name(start: usize, end: usize) -> Shape {
        Shape { reads_as_type: true, split: Split::Name, ..Shape::new(Kind::Name, start, end) }
    }

    /// A type literal.
    pub(super) fn type_literal(kind: Kind, start: usize, end: usize) -> Shape {
        Shape { is_type_elem: true, reads_as_type: true, ..Shape::new(kind, start, end) }
    }

    /// A node that can only be a value.
    pub(super) fn value(kind: Kind, start: usize, end: usize) -> Shape {
        Shape { is_value: true, ..Shape::new(kind, start, end) }
    }

    /// An identifier that is not in parentheses.
    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Name && !self.paren
    }
}
