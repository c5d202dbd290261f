//! Types as data: dense ids into the arenas of a [`Program`](crate::Program).
//!
//! A [`TypeId`] is a handle. Pointer, slice, array, map and channel types are hash-consed, so equal handles are equal
//! types; structs, tuples, signatures, interfaces and unions have one id per place where they are written (or
//! substituted), and are compared with `Program::identical`. `Program::canonical` maps identical types to one handle.

use std::sync::Arc;

use rgo_load::PackageId;
use rgo_source::Name;
use rgo_syntax::ast;

use crate::object::ObjId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);
        impl $name {
            /// The index as `Vec`s want it.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
pub(crate) use ids;

ids! {
    /// A type.
    TypeId;
    /// A defined type, or an instance of a generic one.
    NamedId;
    /// An alias that still has its name.
    AliasId;
    /// A struct type literal.
    StructId;
    /// A list of variables: parameters or results.
    TupleId;
    /// A function type.
    SignatureId;
    /// An interface type literal.
    InterfaceId;
    /// A type parameter.
    TypeParamId;
    /// A union in a constraint.
    UnionId;
}

/// A basic type; the ids of the corresponding types are the same numbers (see [`TypeId::basic`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum BasicKind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
    /// `byte`: identical to `Uint8`, written differently in messages.
    Byte,
    /// `rune`: identical to `Int32`.
    Rune,
}

/// All basic kinds, in order of their numbers.
pub const BASIC_KINDS: [BasicKind; 28] = {
    use BasicKind::*;
    [
        Invalid,
        Bool,
        Int,
        Int8,
        Int16,
        Int32,
        Int64,
        Uint,
        Uint8,
        Uint16,
        Uint32,
        Uint64,
        Uintptr,
        Float32,
        Float64,
        Complex64,
        Complex128,
        String,
        UnsafePointer,
        UntypedBool,
        UntypedInt,
        UntypedRune,
        UntypedFloat,
        UntypedComplex,
        UntypedString,
        UntypedNil,
        Byte,
        Rune,
    ]
};

impl BasicKind {
    /// The name in Go (`untyped int` for untyped kinds).
    pub fn name(self) -> &'static str {
        use BasicKind::*;
        match self {
            Invalid => "invalid type",
            Bool => "bool",
            Int => "int",
            Int8 => "int8",
            Int16 => "int16",
            Int32 => "int32",
            Int64 => "int64",
            Uint => "uint",
            Uint8 => "uint8",
            Uint16 => "uint16",
            Uint32 => "uint32",
            Uint64 => "uint64",
            Uintptr => "uintptr",
            Float32 => "float32",
            Float64 => "float64",
            Complex64 => "complex64",
            Complex128 => "complex128",
            String => "string",
            UnsafePointer => "unsafe.Pointer",
            UntypedBool => "untyped bool",
            UntypedInt => "untyped int",
            UntypedRune => "untyped rune",
            UntypedFloat => "untyped float",
            UntypedComplex => "untyped complex",
            UntypedString => "untyped string",
            UntypedNil => "untyped nil",
            Byte => "byte",
            Rune => "rune",
        }
    }

    /// `byte` and `rune` as what they stand for.
    pub fn normal(self) -> BasicKind {
        match self {
            BasicKind::Byte => BasicKind::Uint8,
            BasicKind::Rune => BasicKind::Int32,
            kind => kind,
        }
    }

    /// Whether values are boolean, typed or not.
    pub fn is_boolean(self) -> bool {
        matches!(self, BasicKind::Bool | BasicKind::UntypedBool)
    }

    /// Whether values are integers, typed or not (an untyped rune is one).
    pub fn is_integer(self) -> bool {
        let kind = self.normal();
        (BasicKind::Int..=BasicKind::Uintptr).contains(&kind)
            || matches!(kind, BasicKind::UntypedInt | BasicKind::UntypedRune)
    }

    /// Whether values are unsigned integers.
    pub fn is_unsigned(self) -> bool {
        (BasicKind::Uint..=BasicKind::Uintptr).contains(&self.normal())
    }

    /// Whether values are floating-point numbers, typed or not.
    pub fn is_float(self) -> bool {
        matches!(self, BasicKind::Float32 | BasicKind::Float64 | BasicKind::UntypedFloat)
    }

    /// Whether values are complex numbers, typed or not.
    pub fn is_complex(self) -> bool {
        matches!(self, BasicKind::Complex64 | BasicKind::Complex128 | BasicKind::UntypedComplex)
    }

    /// Whether values are strings, typed or not.
    pub fn is_string(self) -> bool {
        matches!(self, BasicKind::String | BasicKind::UntypedString)
    }

    /// Integer, float or complex.
    pub fn is_numeric(self) -> bool {
        self.is_integer() || self.is_float() || self.is_complex()
    }

    /// Whether the type is untyped.
    pub fn is_untyped(self) -> bool {
        (BasicKind::UntypedBool..=BasicKind::UntypedNil).contains(&self)
    }

    /// Whether values can be compared with `<`.
    pub fn is_ordered(self) -> bool {
        self.is_integer() || self.is_float() || self.is_string()
    }

    /// Whether constants can have the type.
    pub fn is_const_type(self) -> bool {
        self.is_boolean() || self.is_numeric() || self.is_string()
    }
}

impl TypeId {
    /// The type with this basic kind.
    pub const fn basic(kind: BasicKind) -> TypeId {
        TypeId(kind as u32)
    }

    /// The type of erroneous expressions.
    pub const INVALID: TypeId = TypeId::basic(BasicKind::Invalid);
    pub const BOOL: TypeId = TypeId::basic(BasicKind::Bool);
    pub const INT: TypeId = TypeId::basic(BasicKind::Int);
    pub const INT32: TypeId = TypeId::basic(BasicKind::Int32);
    pub const INT64: TypeId = TypeId::basic(BasicKind::Int64);
    pub const UINT: TypeId = TypeId::basic(BasicKind::Uint);
    pub const UINT8: TypeId = TypeId::basic(BasicKind::Uint8);
    pub const UINTPTR: TypeId = TypeId::basic(BasicKind::Uintptr);
    pub const FLOAT32: TypeId = TypeId::basic(BasicKind::Float32);
    pub const FLOAT64: TypeId = TypeId::basic(BasicKind::Float64);
    pub const COMPLEX64: TypeId = TypeId::basic(BasicKind::Complex64);
    pub const COMPLEX128: TypeId = TypeId::basic(BasicKind::Complex128);
    pub const STRING: TypeId = TypeId::basic(BasicKind::String);
    pub const UNSAFE_POINTER: TypeId = TypeId::basic(BasicKind::UnsafePointer);
    pub const UNTYPED_BOOL: TypeId = TypeId::basic(BasicKind::UntypedBool);
    pub const UNTYPED_INT: TypeId = TypeId::basic(BasicKind::UntypedInt);
    pub const UNTYPED_RUNE: TypeId = TypeId::basic(BasicKind::UntypedRune);
    pub const UNTYPED_FLOAT: TypeId = TypeId::basic(BasicKind::UntypedFloat);
    pub const UNTYPED_COMPLEX: TypeId = TypeId::basic(BasicKind::UntypedComplex);
    pub const UNTYPED_STRING: TypeId = TypeId::basic(BasicKind::UntypedString);
    pub const UNTYPED_NIL: TypeId = TypeId::basic(BasicKind::UntypedNil);
    pub const BYTE: TypeId = TypeId::basic(BasicKind::Byte);
    pub const RUNE: TypeId = TypeId::basic(BasicKind::Rune);
    /// The empty tuple, type of a call without results.
    pub const EMPTY_TUPLE: TypeId = TypeId(BASIC_KINDS.len() as u32);

    /// Whether this is not the invalid type.
    pub fn is_valid(self) -> bool {
        self != TypeId::INVALID
    }
}

pub use ast::ChanDir;

/// What a type is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TypeKind {
    Basic(BasicKind),
    Named(NamedId),
    Alias(AliasId),
    Pointer(TypeId),
    Slice(TypeId),
    Array { elem: TypeId, len: i64 },
    Map { key: TypeId, elem: TypeId },
    Chan { dir: ChanDir, elem: TypeId },
    Struct(StructId),
    Tuple(TupleId),
    Signature(SignatureId),
    Interface(InterfaceId),
    TypeParam(TypeParamId),
    Union(UnionId),
}

/// A shared list of objects.
pub type ObjList = Arc<[ObjId]>;
/// A shared list of types.
pub type TypeList = Arc<[TypeId]>;
/// A shared list of type parameters.
pub type TypeParamList = Arc<[TypeParamId]>;

/// A struct type; `tags` is empty or as long as `fields`.
#[derive(Clone, Debug)]
pub struct StructType {
    pub fields: ObjList,
    pub tags: Arc<[Option<Arc<[u8]>>]>,
}

impl StructType {
    /// The decoded tag of field `i`; empty when there is none.
    pub fn tag(&self, i: usize) -> &[u8] {
        self.tags.get(i).and_then(|tag| tag.as_deref()).unwrap_or_default()
    }
}

/// A function type.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Type parameters of the function or (since Go 1.27) method itself.
    pub tparams: TypeParamList,
    /// Type parameters that a method's receiver declares.
    pub recv_tparams: TypeParamList,
    /// The receiver variable of a method, concrete or of an interface.
    pub recv: Option<ObjId>,
    pub params: TupleId,
    pub results: TupleId,
    /// The last parameter is `...T`; its variable has type `[]T` (or `string` for `append([]byte, string...)`).
    pub variadic: bool,
    /// The scope of parameters; absent for substituted signatures.
    pub scope: Option<crate::scope::ScopeId>,
}

/// An interface type literal.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Explicitly declared methods, in source order.
    pub methods: Vec<ObjId>,
    /// Embedded elements with their places.
    pub embeddeds: Vec<(TypeId, rgo_source::Pos)>,
    /// Wraps a constraint literal such as `~int`.
    pub implicit: bool,
    /// Methods and embedded elements are known.
    pub complete: bool,
    /// The package whose language version decides what may be embedded; absent for substituted interfaces.
    pub pkg: Option<PackageId>,
    /// Lazily computed.
    pub type_set: Option<Arc<TypeSet>>,
}

/// The type set of an interface: all methods, and the terms if there are type constraints.
#[derive(Clone, Debug)]
pub struct TypeSet {
    /// All methods, sorted by [`Program::method_order`](crate::Program): unique ids in lexical order.
    pub methods: ObjList,
    /// `None`: all types. Normalised; empty: no types.
    pub terms: Option<Arc<[Term]>>,
    /// The set is restricted to comparable types (only meaningful without `terms`).
    pub comparable: bool,
}

impl TypeSet {
    /// Whether the interface can be the type of variables.
    pub fn is_method_set(&self) -> bool {
        !self.comparable && self.terms.is_none()
    }

    /// Whether no type is in the set.
    pub fn is_empty(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.is_empty())
    }

    /// Whether every type is in the set.
    pub fn is_all(&self) -> bool {
        self.is_method_set() && self.methods.is_empty()
    }
}

/// A term of a union or a type set: `T`, or `~T`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    pub tilde: bool,
    pub ty: TypeId,
}

/// A union as written.
#[derive(Clone, Debug)]
pub struct Union {
    pub terms: Arc<[Term]>,
}

/// A type parameter.
#[derive(Clone, Debug)]
pub struct TypeParam {
    pub obj: ObjId,
    /// Position in its list.
    pub index: usize,
    /// The constraint as written; use `Program::constraint_iface` for the interface.
    pub bound: TypeId,
    /// Position in program order, for messages that must tell equal names apart.
    pub serial: u32,
}

/// A defined type, generic or not, or an instance of a generic defined type.
#[derive(Clone, Debug)]
pub struct Named {
    /// The type name. Instances have one of their own, placed where they are first written.
    pub obj: ObjId,
    /// The type whose handle this is.
    pub ty: TypeId,
    /// For instances: the generic type.
    pub origin: Option<NamedId>,
    /// For instances: the type arguments.
    pub targs: TypeList,
    /// For instances of types declared in generic functions: what stands for `outer_tparams` of the origin.
    pub outer_targs: TypeList,
    /// For generic types: their type parameters.
    pub tparams: TypeParamList,
    /// Type parameters of the enclosing functions, for types declared in generic functions.
    pub outer_tparams: TypeParamList,
    /// The right-hand side of the declaration, once known; for instances, once expanded.
    pub rhs: Option<TypeId>,
    pub underlying: Option<TypeId>,
    /// Methods declared for the type; for instances, filled in on demand and parallel to the origin's.
    pub methods: Vec<ObjId>,
    /// For instances: the methods instantiated so far, by index in the origin's list.
    pub(crate) expanded: Vec<Option<ObjId>>,
    /// Whether methods have been collected from the package.
    pub(crate) collected: bool,
    /// Whether the size depends on type parameters or is infinite, once known.
    pub(crate) var_size: Option<bool>,
}

/// An alias declaration or an instance of a generic one.
#[derive(Clone, Debug)]
pub struct Alias {
    pub obj: ObjId,
    /// The type whose handle this is.
    pub ty: TypeId,
    pub origin: Option<AliasId>,
    pub targs: TypeList,
    pub tparams: TypeParamList,
    /// The aliased type as written; `None` while it is being determined.
    pub rhs: Option<TypeId>,
    /// The aliased type without further aliases at the top.
    pub actual: Option<TypeId>,
}

/// A package, or one of the two pseudo packages without files.
pub const UNSAFE_PACKAGE: PackageId = PackageId(u32::MAX);

/// The parts of a method's or field's identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId {
    pub name: Name,
    /// The package path for names that are not exported.
    pub pkg: Option<PackageId>,
}
