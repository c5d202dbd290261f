//! Objects: what names denote.

use std::sync::Arc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast;

use crate::const_value::ConstValue;
use crate::info::FileIdx;
use crate::scope::ScopeId;
use crate::ty::{NamedId, TypeId, ids};

ids! {
    /// An object.
    ObjId;
    /// The declaration of a package-level object or method.
    DeclId;
}

/// A named entity: package, constant, type, variable, function, label, built-in or nil.
#[derive(Clone, Debug)]
pub struct Object {
    pub kind: ObjKind,
    pub name: Name,
    /// `None` for the universe and for labels.
    pub pkg: Option<PackageId>,
    pub pos: Pos,
    /// `None` until determined; `Program::obj_type` determines it.
    pub ty: Option<TypeId>,
    /// The scope in which the object is declared; `None` for methods, fields and parameters of function types.
    pub parent: Option<ScopeId>,
    /// From where on the object is visible in its scope; unknown: everywhere.
    pub scope_pos: Pos,
    /// Source order among package-level objects (and methods) of the package, from 1; 0 for others.
    pub order: u32,
    /// For package-level objects and declared methods: where they are declared.
    pub decl: Option<DeclId>,
}

impl Object {
    /// Whether the name is exported.
    pub fn exported(&self) -> bool {
        self.name.is_exported()
    }

    /// Whether this is a type name.
    pub fn is_type_name(&self) -> bool {
        matches!(self.kind, ObjKind::TypeName)
    }

    /// Whether this is a variable, field or parameter.
    pub fn is_var(&self) -> bool {
        matches!(self.kind, ObjKind::Var(_))
    }

    /// Whether this is a function or method.
    pub fn is_func(&self) -> bool {
        matches!(self.kind, ObjKind::Func(_))
    }

    /// The variable, if it is one.
    pub fn as_var(&self) -> Option<&Var> {
        match &self.kind {
            ObjKind::Var(var) => Some(var),
            _ => None,
        }
    }

    /// The function, if it is one.
    pub fn as_func(&self) -> Option<&Func> {
        match &self.kind {
            ObjKind::Func(func) => Some(func),
            _ => None,
        }
    }
}

/// What an object is.
#[derive(Clone, Debug)]
pub enum ObjKind {
    /// A package's local name in a file.
    PkgName {
        imported: PackageId,
        used: bool,
    },
    Const {
        value: ConstValue,
    },
    TypeName,
    Var(Var),
    Func(Func),
    Label {
        used: bool,
    },
    Builtin(BuiltinId),
    Nil,
}

/// What kind of variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarKind {
    Package,
    Local,
    Recv,
    Param,
    Result,
    Field,
}

/// A variable, parameter or field.
#[derive(Clone, Debug)]
pub struct Var {
    pub kind: VarKind,
    /// An embedded field.
    pub embedded: bool,
    pub used: bool,
    /// For fields and parameters of instantiated types: the variable of the generic type.
    pub origin: Option<ObjId>,
}

/// A function or method.
#[derive(Clone, Debug, Default)]
pub struct Func {
    /// The method's receiver is a pointer (known before its type is).
    pub has_ptr_recv: bool,
    /// `//go:nointerface`: the method counts for no interface.
    pub nointerface: bool,
    /// A method of an interface.
    pub is_interface_method: bool,
    /// For declared methods and their instances: the receiver's base type, once associated.
    pub recv_base: Option<NamedId>,
    /// For methods of instantiated types: the method of the generic type.
    pub origin: Option<ObjId>,
}

/// A built-in function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BuiltinId {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    // Package unsafe
    Add,
    Alignof,
    Offsetof,
    Sizeof,
    Slice,
    SliceData,
    String,
    StringData,
}

/// All built-in functions.
pub const BUILTINS: [BuiltinId; 26] = {
    use BuiltinId::*;
    [
        Append, Cap, Clear, Close, Complex, Copy, Delete, Imag, Len, Make, Max, Min, New, Panic, Print,
        Println, Real, Recover, Add, Alignof, Offsetof, Sizeof, Slice, SliceData, String, StringData,
    ]
};

/// Whether a call of a built-in can stand as a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuiltinResult {
    /// Must be used.
    Expression,
    /// Has no result, or may be dropped.
    Statement,
}

impl BuiltinId {
    /// Name, least number of arguments, whether more may follow, and how calls are used.
    pub fn signature(self) -> (&'static str, usize, bool, BuiltinResult) {
        use BuiltinResult::{Expression as E, Statement as S};
        match self {
            BuiltinId::Append => ("append", 1, true, E),
            BuiltinId::Cap => ("cap", 1, false, E),
            BuiltinId::Clear => ("clear", 1, false, S),
            BuiltinId::Close => ("close", 1, false, S),
            BuiltinId::Complex => ("complex", 2, false, E),
            BuiltinId::Copy => ("copy", 2, false, S),
            BuiltinId::Delete => ("delete", 2, false, S),
            BuiltinId::Imag => ("imag", 1, false, E),
            BuiltinId::Len => ("len", 1, false, E),
            BuiltinId::Make => ("make", 1, true, E),
            BuiltinId::Max => ("max", 1, true, E),
            BuiltinId::Min => ("min", 1, true, E),
            BuiltinId::New => ("new", 1, false, E),
            BuiltinId::Panic => ("panic", 1, false, S),
            BuiltinId::Print => ("print", 0, true, S),
            BuiltinId::Println => ("println", 0, true, S),
            BuiltinId::Real => ("real", 1, false, E),
            BuiltinId::Recover => ("recover", 0, false, S),
            BuiltinId::Add => ("Add", 2, false, E),
            BuiltinId::Alignof => ("Alignof", 1, false, E),
            BuiltinId::Offsetof => ("Offsetof", 1, false, E),
            BuiltinId::Sizeof => ("Sizeof", 1, false, E),
            BuiltinId::Slice => ("Slice", 2, false, E),
            BuiltinId::SliceData => ("SliceData", 1, false, E),
            BuiltinId::String => ("String", 2, false, E),
            BuiltinId::StringData => ("StringData", 1, false, E),
        }
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.signature().0
    }

    /// Whether this belongs to package unsafe.
    pub fn is_unsafe(self) -> bool {
        self as u8 >= BuiltinId::Add as u8
    }
}

/// The declaration of a package-level object or method.
#[derive(Clone, Debug)]
pub struct DeclInfo<'a> {
    pub file: FileIdx,
    pub kind: DeclKind<'a>,
    /// Package-level constants, variables and functions that the initialiser or body refers to, in order of first use.
    pub deps: Vec<ObjId>,
}

/// Syntax of a declaration.
#[derive(Clone, Debug)]
pub enum DeclKind<'a> {
    Const {
        ty: Option<&'a ast::Expr>,
        init: Option<&'a ast::Expr>,
        iota: u32,
        inherited: bool,
    },
    Var {
        /// All variables of an `a, b = f()` declaration; else empty.
        lhs: Arc<[ObjId]>,
        spec: &'a ast::VarSpec,
        init: Option<&'a ast::Expr>,
    },
    Type(&'a ast::TypeSpec),
    Func(&'a ast::FuncDecl),
}
