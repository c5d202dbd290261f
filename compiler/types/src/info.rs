//! What checking records about the expressions of a file, for lowering.

use std::collections::HashMap;

use rgo_source::Pos;
use rgo_syntax::ast::ExprId;

use crate::const_value::ConstValue;
use crate::object::ObjId;
use crate::ty::{TypeId, TypeList, ids};

ids! {
    /// A file of the program, dense over all packages.
    FileIdx;
}

/// How an operand can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandMode {
    Invalid,
    /// The call of a function without result.
    NoValue,
    /// A built-in function.
    Builtin,
    TypeExpr,
    Constant,
    /// Addressable.
    Variable,
    /// Assignable, and yields two values where two are wanted.
    MapIndex,
    Value,
    /// The predeclared nil.
    NilValue,
    /// Like `Value`, and yields two values where two are wanted.
    CommaOk,
}

/// Mode, type and value of an expression.
#[derive(Clone, Debug)]
pub struct TypeAndValue {
    pub mode: OperandMode,
    /// For untyped expressions the type they finally get; a tuple where a comma-ok form stands for two values.
    pub ty: TypeId,
    pub value: Option<ConstValue>,
}

/// What a selector expression selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    /// `x.f`
    FieldVal,
    /// `x.m`: method value, or the function of a call.
    MethodVal,
    /// `T.m`
    MethodExpr,
}

/// A selector expression that is no qualified identifier.
#[derive(Clone, Debug)]
pub struct Selection {
    pub kind: SelectionKind,
    /// The type of `x` (of `T` for method expressions).
    pub recv: TypeId,
    /// The field or method.
    pub obj: ObjId,
    /// Indices of the fields on the way; the last is that of the field, or of the method in its type's list.
    pub index: Vec<usize>,
    /// Whether there was a pointer indirection on the way.
    pub indirect: bool,
}

/// An instantiation of a generic function or type.
#[derive(Clone, Debug)]
pub struct Instance {
    pub targs: TypeList,
    /// The instantiated type.
    pub ty: TypeId,
}

/// Everything recorded for a file.
#[derive(Clone, Debug, Default)]
pub struct FileInfo {
    /// For each expression 0, or 1 more than its index in `records`. (Zeroed memory costs nothing until it is used.)
    slots: Vec<u32>,
    records: Vec<TypeAndValue>,
    /// For each identifier 0, or 1 more than its object.
    objects: Vec<u32>,
    /// By the selector's identifier.
    pub selections: HashMap<ExprId, Selection>,
    /// By the identifier that denotes the generic function or type.
    pub instances: HashMap<ExprId, Instance>,
    /// The variable of each clause of a type switch with a binding, by the position of the clause.
    pub implicits: HashMap<Pos, ObjId>,
}

impl FileInfo {
    pub(crate) fn with_size(exprs: u32) -> FileInfo {
        FileInfo { slots: vec![0; exprs as usize], objects: vec![0; exprs as usize], ..FileInfo::default() }
    }

    /// What is known about an expression.
    pub fn type_and_value(&self, id: ExprId) -> Option<&TypeAndValue> {
        let slot = *self.slots.get(id.index())?;
        self.records.get((slot as usize).checked_sub(1)?)
    }

    /// The object an identifier declares or denotes.
    pub fn object(&self, id: ExprId) -> Option<ObjId> {
        self.objects.get(id.index())?.checked_sub(1).map(ObjId)
    }

    /// Makes room for the expressions of a body that was parsed after its file.
    pub(crate) fn grow(&mut self, exprs: u32) {
        self.slots.resize(exprs as usize, 0);
        self.objects.resize(exprs as usize, 0);
    }

    pub(crate) fn set_type_and_value(&mut self, id: ExprId, record: TypeAndValue) {
        match self.slots[id.index()] {
            0 => {
                self.records.push(record);
                self.slots[id.index()] = self.records.len() as u32;
            }
            slot => self.records[slot as usize - 1] = record,
        }
    }

    pub(crate) fn set_object(&mut self, id: ExprId, obj: ObjId) {
        self.objects[id.index()] = obj.0 + 1;
    }
}
