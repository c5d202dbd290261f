//! Concrete Go types as lowering sees them: the underlying type, flattened into plain data.
//!
//! Every `TypeId` in this crate is canonical (identical types have one id) and free of type parameters: `FuncLower::ty`
//! substitutes and canonicalises what the checker recorded. So types can key maps, and a [`Shape`] is computed once per type.

use std::rc::Rc;

use rgo_source::Name;
use rgo_types::{BasicKind, ChanDir, TypeId, TypeKind};

use crate::Lowerer;
use crate::repr::{Layout, parts_of};

/// The underlying type of a concrete type.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Bool,
    Int {
        bits: u32,
        signed: bool,
    },
    Float(u32),
    Complex(u32),
    String,
    UnsafePointer,
    /// Untyped nil, where it was given no type.
    Nil,
    Pointer(TypeId),
    Slice(TypeId),
    Array {
        elem: TypeId,
        len: u64,
    },
    Map {
        key: TypeId,
        elem: TypeId,
    },
    Chan {
        elem: TypeId,
        dir: ChanDir,
    },
    Func(Rc<FuncShape>),
    Struct(Rc<[Field]>),
    Interface(Rc<[Method]>),
    Tuple(Rc<[TypeId]>),
}

/// A struct field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub name: Name,
    /// Package path for names that are not exported.
    pub pkg: Option<Name>,
    pub ty: TypeId,
    pub offset: u64,
    pub embedded: bool,
    pub tag: Rc<[u8]>,
}

/// A function type without receiver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FuncShape {
    pub params: Vec<TypeId>,
    pub results: Vec<TypeId>,
    pub variadic: bool,
}

/// A method of an interface, in the order of its method table.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub name: Name,
    /// Package path for names that are not exported.
    pub pkg: Option<Name>,
    pub sig: TypeId,
}

impl Shape {
    pub fn is_interface(&self) -> bool {
        matches!(self, Shape::Interface(_))
    }
    /// Whether the value is one word that is itself a pointer, so that it stands in an interface's data word.
    pub fn is_pointer_word(&self) -> bool {
        matches!(
            self,
            Shape::Pointer(_)
                | Shape::Map { .. }
                | Shape::Chan { .. }
                | Shape::Func(_)
                | Shape::UnsafePointer
        )
    }
    pub fn is_signed(&self) -> bool {
        matches!(self, Shape::Int { signed: true, .. })
    }
}

impl Lowerer<'_, '_> {
    /// The shape of canonical type `t`.
    pub(crate) fn shape(&mut self, t: TypeId) -> Rc<Shape> {
        if let Some(shape) = self.shapes.get(&t) {
            return Rc::clone(shape);
        }
        let under = self.prog.under(t);
        let shape = Rc::new(self.compute_shape(under));
        self.shapes.insert(t, Rc::clone(&shape));
        shape
    }

    fn compute_shape(&mut self, under: TypeId) -> Shape {
        let word_bits = self.target.word * 8;
        let int = |bits, signed| Shape::Int { bits, signed };
        match self.prog.kind(under) {
            TypeKind::Basic(kind) => match kind {
                BasicKind::Bool | BasicKind::UntypedBool => Shape::Bool,
                BasicKind::Int | BasicKind::UntypedInt => int(word_bits, true),
                BasicKind::Int8 => int(8, true),
                BasicKind::Int16 => int(16, true),
                BasicKind::Int32 | BasicKind::Rune | BasicKind::UntypedRune => int(32, true),
                BasicKind::Int64 => int(64, true),
                BasicKind::Uint | BasicKind::Uintptr => int(word_bits, false),
                BasicKind::Uint8 | BasicKind::Byte => int(8, false),
                BasicKind::Uint16 => int(16, false),
                BasicKind::Uint32 => int(32, false),
                BasicKind::Uint64 => int(64, false),
                BasicKind::Float32 => Shape::Float(32),
                BasicKind::Float64 | BasicKind::UntypedFloat => Shape::Float(64),
                BasicKind::Complex64 => Shape::Complex(64),
                BasicKind::Complex128 | BasicKind::UntypedComplex => Shape::Complex(128),
                BasicKind::String | BasicKind::UntypedString => Shape::String,
                BasicKind::UnsafePointer => Shape::UnsafePointer,
                BasicKind::UntypedNil => Shape::Nil,
                // What is lowered then is thrown away.
                BasicKind::Invalid if self.is_refused() || !self.errors.is_empty() => int(word_bits, true),
                BasicKind::Invalid => panic!("invalid type reached lowering"),
            },
            TypeKind::Pointer(elem) => Shape::Pointer(self.canon(elem)),
            TypeKind::Slice(elem) => Shape::Slice(self.canon(elem)),
            TypeKind::Array { elem, len } => Shape::Array { elem: self.canon(elem), len: len as u64 },
            TypeKind::Map { key, elem } => Shape::Map { key: self.canon(key), elem: self.canon(elem) },
            TypeKind::Chan { dir, elem } => Shape::Chan { elem: self.canon(elem), dir },
            TypeKind::Signature(id) => {
                let sig = self.prog.signature(id).clone();
                let params = self.tuple_types(sig.params);
                let results = self.tuple_types(sig.results);
                Shape::Func(Rc::new(FuncShape { params, results, variadic: sig.variadic }))
            }
            TypeKind::Struct(id) => {
                let ty = self.prog.struct_type(id).clone();
                let offsets = self.prog.field_offsets(&ty.fields).unwrap_or_default();
                let fields = ty.fields.iter().enumerate().map(|(i, &obj)| {
                    let object = self.prog.obj(obj);
                    let (name, pkg) = (object.name, object.pkg);
                    let embedded = object.as_var().is_some_and(|var| var.embedded);
                    let field_type = self.prog.obj_type(obj);
                    Field {
                        name,
                        pkg: (!name.is_exported()).then(|| pkg.map(|p| self.prog.package_path(p))).flatten(),
                        ty: self.canon(field_type),
                        offset: offsets.get(i).map_or(0, |&o| o as u64),
                        embedded,
                        tag: ty.tag(i).into(),
                    }
                });
                Shape::Struct(fields.collect())
            }
            TypeKind::Tuple(id) => Shape::Tuple(self.tuple_types(id).into()),
            TypeKind::Interface(id) => {
                let set = self.prog.type_set(id);
                let mut methods: Vec<Method> = set
                    .methods
                    .iter()
                    .map(|&obj| {
                        let object = self.prog.obj(obj);
                        let (name, pkg) = (object.name, object.pkg);
                        let sig = self.prog.obj_type(obj);
                        Method {
                            name,
                            pkg: (!name.is_exported())
                                .then(|| pkg.map(|p| self.prog.package_path(p)))
                                .flatten(),
                            sig: self.canon(sig),
                        }
                    })
                    .collect();
                methods.sort_by(|a, b| method_key(a.name, a.pkg).cmp(&method_key(b.name, b.pkg)));
                Shape::Interface(methods.into())
            }
            TypeKind::TypeParam(_) | TypeKind::Union(_) | TypeKind::Named(_) | TypeKind::Alias(_) => {
                panic!("{} is not an underlying type", self.prog.type_string(under))
            }
        }
    }

    fn tuple_types(&mut self, tuple: rgo_types::TupleId) -> Vec<TypeId> {
        let vars = self.prog.tuple(tuple);
        vars.iter()
            .map(|&var| {
                let ty = self.prog.obj_type(var);
                self.canon(ty)
            })
            .collect()
    }

    /// The canonical handle of a concrete type.
    pub(crate) fn canon(&mut self, t: TypeId) -> TypeId {
        self.prog.canonical(t)
    }

    /// Size, alignment and scalars of canonical type `t`.
    pub(crate) fn layout(&mut self, t: TypeId) -> Rc<Layout> {
        if let Some(layout) = self.layouts.get(&t) {
            return Rc::clone(layout);
        }
        let shape = self.shape(t);
        let (size, align) = match &*shape {
            Shape::Tuple(_) => (0, 1),
            Shape::Nil => (u64::from(self.target.word), self.target.word),
            _ => (self.prog.size_of(t).unwrap_or(0) as u64, self.prog.align_of(t) as u32),
        };
        let ptr_bytes = self.pointer_bytes(&shape);
        let word = self.target.word;
        let repr = parts_of(&shape, word, |t| self.layout(t));
        let layout = Rc::new(Layout { size, align, repr, ptr_bytes });
        self.layouts.insert(t, Rc::clone(&layout));
        layout
    }

    fn pointer_bytes(&mut self, shape: &Shape) -> u64 {
        let word = u64::from(self.target.word);
        match shape {
            Shape::Bool | Shape::Int { .. } | Shape::Float(_) | Shape::Complex(_) | Shape::Tuple(_) => 0,
            Shape::Interface(_) => 2 * word,
            Shape::Struct(fields) => {
                let last = fields.iter().rev().find(|f| self.layout(f.ty).has_pointers());
                last.map_or(0, |f| f.offset + self.layout(f.ty).ptr_bytes)
            }
            Shape::Array { elem, len } => {
                let elem = self.layout(*elem);
                if *len == 0 || !elem.has_pointers() { 0 } else { (len - 1) * elem.size + elem.ptr_bytes }
            }
            _ => word,
        }
    }
}

/// Order of method tables: exported names first, then by name, then by package path.
pub(crate) fn method_key(name: Name, pkg: Option<Name>) -> (bool, &'static str, &'static str) {
    (!name.is_exported(), name.as_str(), pkg.map_or("", Name::as_str))
}
