//! The type checker.
//!
//! In: a loaded [`PackageGraph`](rgo_load::PackageGraph). Out: a [`Program`] that answers what every declaration and
//! expression means, and the errors, worded as gc words them. Checking is demand-driven over the whole program: see
//! `program`. The rules follow the Go specification; files are named as in `cmd/compile/internal/types2`.

mod assign;
mod assignable;
mod binary;
mod builtins;
mod call;
mod canonical;
mod check;
mod checker;
mod compare;
mod composite;
mod const_value;
mod convert;
mod cycles;
mod decl;
mod directives;
mod export_data;
mod expr;
mod expr_string;
mod func_body;
mod func_inst;
mod gc_rules;
mod index;
mod infer;
mod info;
mod init_order;
mod instantiate;
mod link_string;
mod literal;
mod local_types;
mod lookup;
mod mono;
mod object;
mod operand;
mod predicates;
mod program;
mod range;
mod resolver;
mod scope;
mod selector;
mod shift;
mod signature;
mod sizes;
mod stmt;
mod struct_type;
mod subst;
mod switch;
mod terminating;
mod termlist;
mod ty;
mod type_limits;
mod type_string;
mod typeset;
mod typexpr;
mod unary;
mod under;
mod unify;
mod union;
mod universe;
mod untyped;
mod valid_type;
mod version;

pub use check::{FuncSource, Linkname};
pub use const_value::{ConstKind, ConstValue};
pub use info::{FileIdx, FileInfo, Instance, OperandMode, Selection, SelectionKind, TypeAndValue};
pub use init_order::Initializer;
pub use lookup::{Lookup, MethodSetEntry};
pub use object::{
    BUILTINS, BuiltinId, BuiltinResult, DeclId, DeclInfo, DeclKind, Func, ObjId, ObjKind, Object, Var,
    VarKind,
};
pub use program::{FileState, PackageState, Program};
pub use scope::{Scope, ScopeId, ScopeKind};
pub use subst::SubstMap;
pub use ty::{
    Alias, AliasId, BASIC_KINDS, BasicKind, ChanDir, Interface, InterfaceId, MemberId, Named, NamedId,
    ObjList, Signature, SignatureId, StructId, StructType, Term, TupleId, TypeId, TypeKind, TypeList,
    TypeParam, TypeParamId, TypeParamList, TypeSet, UNSAFE_PACKAGE, Union, UnionId,
};
