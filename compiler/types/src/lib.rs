//! The type checker.
//!
//! In: a loaded [`PackageGraph`](rgo_load::PackageGraph). Out: a [`Program`] that answers what every declaration and
//! expression means, and the errors, worded as gc words them. Checking is demand-driven over the whole program: see
//! `program`. The rules follow the Go specification; files are named as in `cmd/compile/internal/types2`.

mod canonical;
mod check;
mod checker;
mod const_value;
mod decl;
mod info;
mod init_order;
mod instantiate;
mod lookup;
mod object;
mod operand;
mod predicates;
mod program;
mod resolver;
mod scope;
mod signature;
mod sizes;
mod struct_type;
mod subst;
mod termlist;
mod ty;
mod type_string;
mod typeset;
mod typexpr;
mod under;
mod union;
mod universe;
mod valid_type;
mod version;

pub use const_value::ConstValue;
pub use info::{FileIdx, FileInfo, Instance, OperandMode, Selection, SelectionKind, TypeAndValue};
pub use object::{
    BUILTINS, BuiltinId, BuiltinResult, DeclId, DeclInfo, DeclKind, Func, ObjId, ObjKind, Object, Var, VarKind,
};
pub use program::{FileState, PackageState, Program};
pub use scope::{Scope, ScopeId, ScopeKind};
pub use ty::{
    Alias, AliasId, BASIC_KINDS, BasicKind, ChanDir, Interface, InterfaceId, MemberId, Named, NamedId, ObjList,
    Signature, SignatureId, StructId, StructType, Term, TupleId, TypeId, TypeKind, TypeList, TypeParam, TypeParamId,
    TypeParamList, TypeSet, UNSAFE_PACKAGE, Union, UnionId,
};
