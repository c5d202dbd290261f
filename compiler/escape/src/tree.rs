//! The tree that is analysed: a function body after checking, with everything implicit made explicit.
//!
//! One kind of node serves expressions and statements. Conversions, addresses taken of receivers, dereferences of array
//! pointers, the slice of variadic arguments, temporaries of multi-value calls and the closures of `go` and `defer` are
//! nodes of their own; names are [`VarId`]s. A captured variable is the same [`VarId`] in the closure and outside.

use std::rc::Rc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast::{BinaryOp, UnaryOp};
use rgo_types::{ConstValue, FileIdx, ObjId, TypeId};

use crate::leaks::Leaks;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) struct $name(pub u32);

    )*};
}

ids! {
    /// A local variable, parameter, result or temporary.
    VarId;
    /// A function, instance of a generic function, closure or wrapper.
    FuncId;
    /// A statement that declares variables; 0: none.
    DefnId;
}

impl VarId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl FuncId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl DefnId {
    pub const NONE: DefnId = DefnId(0);
}

/// Where a node comes from: its place in the source, and the inlined call (an index of `World::inlined`, 0: none) in
/// whose body it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct At {
    pub pos: Pos,
    pub inlined: u32,
}

impl At {
    pub fn new(pos: Pos) -> At {
        At { pos, inlined: 0 }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Param,
    /// With its index.
    Result(u32),
    Local,
}

/// What is known about the value of an expression without looking at the flow of control.
#[derive(Clone, Debug, Default)]
pub(crate) enum Static {
    #[default]
    Unknown,
    Nil,
    Func(FuncId),
    Closure(FuncId),
    Var(VarId),
    Literal(ConstValue),
    /// The length of a variable's value.
    LenOf(VarId),
    /// A slice literal of that length.
    SliceLit(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub name: Name,
    pub ty: TypeId,
    /// Where it is declared; messages about other packages qualify it.
    pub pkg: PackageId,
    pub at: At,
    pub class: Class,
    pub func: FuncId,
    pub defn: DefnId,
    /// Its address is taken, implicitly or not.
    pub addr_taken: bool,
    /// It is assigned to elsewhere than at its declaration.
    pub reassigned: bool,
    /// What its declaration assigns.
    pub value: Static,
    /// What other simple assignments assign; `None` once there is any other kind of assignment.
    pub assigned: Option<Vec<Static>>,
    /// A closure refers to it.
    pub captured: bool,
    /// Each iteration of the loop that declares it has a variable of its own.
    pub per_iteration: bool,
}

impl Var {
    /// Whether the variable ever has one value only, that of its declaration.
    pub fn is_single(&self) -> bool {
        self.class == Class::Local && self.defn != DefnId::NONE && !self.addr_taken && !self.reassigned
    }
}

/// Directives that matter here.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Pragmas {
    pub noinline: bool,
    pub noescape: bool,
    pub norace: bool,
    pub uintptr_escapes: bool,
    pub uintptr_keep_alive: bool,
    pub cgo_unsafe_args: bool,
    pub yes_write_barrier_rec: bool,
}

/// How far a function has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    /// Signature only.
    Declared,
    /// Its tree exists.
    Built,
    /// Its inlinability is known.
    Costed,
    /// The calls in it are inlined.
    Inlined,
    /// In the batch being analysed.
    Planned,
    /// Its parameters are tagged.
    Tagged,
}

/// Declared functions: the declaration and its type arguments, the receiver's first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub obj: ObjId,
    pub targs: Rc<[TypeId]>,
}

#[derive(Debug)]
pub(crate) struct Func {
    /// `None` for closures.
    pub key: Option<Key>,
    /// As its own package says it: `(*T).M`, `f.func1`.
    pub name: String,
    pub pkg: PackageId,
    pub file: FileIdx,
    pub pos: Pos,
    pub parent: Option<FuncId>,
    /// A closure that compilers make for `go` and `defer`.
    pub is_wrapper: bool,
    /// The body of a range-over-func loop.
    pub is_range: bool,
    /// Variables of enclosing functions.
    pub captures: Vec<VarId>,
    pub has_recv: bool,
    /// The receiver first.
    pub params: Vec<VarId>,
    pub results: Vec<VarId>,
    pub variadic: bool,
    pub locals: Vec<VarId>,
    pub has_body: bool,
    pub body: Rc<Vec<Node>>,
    /// The body before calls in it were inlined: what is copied into callers.
    pub original: Rc<Vec<Node>>,
    /// Cost of the original body when it can be inlined.
    pub inline_cost: Option<i32>,
    pub pragmas: Pragmas,
    pub stage: Stage,
    /// An instance that a package whose lines are printed mentions.
    pub is_mentioned: bool,
    /// An instance that is named outside of generic functions: it is called through a function of its own.
    pub is_named_instance: bool,
    /// Per parameter.
    pub tags: Vec<Leaks>,
    /// Closures named after the function so far, by kind.
    pub closures: [u32; 4],
    /// Calls of a closure whose results cannot be tracked any more.
    pub results_lost: bool,
}

impl Func {
    /// Whether it is a function literal that captures something: others are functions like any.
    pub fn is_closure(&self) -> bool {
        self.parent.is_some() && !self.captures.is_empty()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Conv {
    /// Numeric.
    Value,
    /// Changes nothing but the type.
    Nop,
    /// To an interface.
    Iface,
    BytesToStr,
    RunesToStr,
    StrToBytes,
    StrToRunes,
    RuneToStr,
    SliceToArray,
    SliceToArrayPtr,
}

/// Built-in functions that are called like functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Builtin {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Max,
    Min,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    UnsafeAdd,
    UnsafeSlice,
    UnsafeSliceData,
    UnsafeString,
    UnsafeStringData,
}

/// What a node is; the children (`kids`) are given with each.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// No child where one may be missing.
    Absent,
    /// A list of nodes that is no node by itself.
    List,

    // Expressions.
    Literal(ConstValue),
    Nil,
    Blank,
    Var(VarId),
    Global(ObjId),
    Func(FuncId),
    /// The function `T.M`.
    MethodExpr(FuncId),
    /// A type as an operand.
    Type,
    /// x
    Unary(UnaryOp),
    /// x, y
    Binary(BinaryOp),
    /// The operands.
    AddStr,
    /// x
    Addr,
    Deref,
    Dot(ObjId),
    DotPtr(ObjId),
    /// The method of an interface value x.
    DotInter(Name),
    /// `x.M`, not called; of a concrete type the function.
    MethodValue(Name, Option<FuncId>),
    /// x; the type is the one asserted.
    DotType,
    /// x, i
    Index,
    IndexMap,
    /// x, lo, hi, max
    Slice {
        full: bool,
    },
    /// x
    Conv(Conv),
    New,
    /// The literal.
    PtrLit,
    /// `StructKey`s
    StructLit,
    ArrayLit,
    /// Values or `Key`s.
    SliceLit(i64),
    MapLit,
    /// key, value
    Key,
    /// value
    StructKey,
    /// len, cap
    MakeSlice,
    /// len
    MakeMap,
    MakeChan,
    Closure(FuncId),
    /// x
    Recv,
    /// The function, then the arguments; whether the last is `x...`.
    Call {
        ddd: bool,
    },
    /// A `DotInter`, then the arguments.
    CallInter {
        ddd: bool,
    },
    /// Arguments.
    Builtin {
        which: Builtin,
        ddd: bool,
    },
    /// The statements of the body, then the results.
    InlCall,

    // Statements.
    /// The variable.
    Dcl(VarId),
    /// x, y
    As(DefnId),
    AsWith(BinaryOp),
    /// lists of the sides; the right one has as many as the left, or one that gives several values.
    As2(DefnId),
    As2Func(DefnId),
    /// The form `v, ok = `.
    As2Ok(DefnId),
    Block,
    /// cond, then, else
    If,
    /// cond, post, body
    For,
    /// x, key, value, body
    Range(DefnId),
    /// tag, the cases
    Switch,
    /// exprs, body
    Case(Option<VarId>),
    /// x; whether it binds a name
    TypeGuard(bool),
    /// The clauses.
    Select,
    /// comm, body
    Comm,
    /// call
    Go,
    Defer,
    Return,
    Break,
    Continue,
    Goto(Name),
    Fall,
    Label(Name),
    /// ch, value
    Send,
    InlMark,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub op: Op,
    pub at: At,
    /// Of expressions.
    pub ty: TypeId,
    /// Not written in the source.
    pub implicit: bool,
    /// A call that must not be inlined, or is kept only to keep its operands alive.
    pub pinned: bool,
    /// A call that has been counted among the uses of what it calls.
    pub counted: bool,
    /// Statements that come first.
    pub init: Vec<Node>,
    pub kids: Vec<Node>,
}

impl Node {
    pub fn new(op: Op, at: At, ty: TypeId, kids: Vec<Node>) -> Node {
        Node { op, at, ty, implicit: false, pinned: false, counted: false, init: Vec::new(), kids }
    }

    /// A statement.
    pub fn stmt(op: Op, at: At, kids: Vec<Node>) -> Node {
        Node::new(op, at, TypeId::INVALID, kids)
    }

    pub fn absent() -> Node {
        Node::stmt(Op::Absent, At::new(Pos::NONE), Vec::new())
    }

    pub fn list(kids: Vec<Node>) -> Node {
        Node::stmt(Op::List, At::new(Pos::NONE), kids)
    }

    pub fn var(var: VarId, at: At, ty: TypeId) -> Node {
        Node::new(Op::Var(var), at, ty, Vec::new())
    }

    pub fn implicit(mut self) -> Node {
        self.implicit = true;
        self
    }

    pub fn is_absent(&self) -> bool {
        matches!(self.op, Op::Absent)
    }

    pub fn is_literal(&self) -> bool {
        matches!(self.op, Op::Literal(_))
    }

    /// The children that are there, `init` first; lists are looked through.
    pub fn children<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        for node in self.init.iter().chain(&self.kids) {
            match node.op {
                Op::Absent => {}
                Op::List => node.children(visit),
                _ => visit(node),
            }
        }
    }

    /// The node and all below it, the node first; closures' bodies are not below.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        visit(self);
        stacker::maybe_grow(64 << 10, 2 << 20, || self.children(&mut |child| child.walk(visit)));
    }
}
