//! One handle for identical types.
//!
//! `canonical(a) == canonical(b)` exactly when `a` and `b` are identical. Aliases disappear, parameters lose their
//! names, interfaces are flattened to their sorted methods. Defined types are the same handle already, and instances
//! become the instance for canonical arguments, so recursion ends at names (and, for interfaces that recur through
//! anonymous interfaces, at the first repetition).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};

use crate::object::{ObjId, ObjKind, VarKind};
use crate::program::Program;
use crate::ty::{Interface, Signature, StructId, Term, TupleId, TypeId, TypeKind, TypeSet};

/// The structure of a type literal whose parts have been replaced by representatives.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Shape {
    Struct(Vec<FieldShape>),
    Tuple(Vec<TypeId>),
    Signature {
        params: Vec<TypeId>,
        results: Vec<TypeId>,
        variadic: bool,
    },
    Interface {
        methods: Vec<(Name, Option<PackageId>, TypeId)>,
        embeddeds: Vec<TypeId>,
        terms: Option<Vec<(bool, TypeId)>>,
        comparable: bool,
    },
}

/// The identity of a field.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct FieldShape {
    name: Name,
    /// For names that are not exported.
    pkg: Option<PackageId>,
    embedded: bool,
    ty: TypeId,
    tag: Vec<u8>,
}

/// Representatives found so far.
#[derive(Default)]
pub(crate) struct CanonTable {
    /// Representatives of complete types.
    shapes: HashMap<Shape, TypeId>,
    /// Representatives of type arguments as written, see `shape_key`.
    written: HashMap<Shape, TypeId>,
    memo: HashMap<TypeId, TypeId>,
    in_progress: HashSet<TypeId>,
}

impl Program<'_> {
    /// The representative of all types identical to `ty`.
    pub fn canonical(&mut self, ty: TypeId) -> TypeId {
        if let Some(&found) = self.canon.memo.get(&ty) {
            return found;
        }
        if !self.canon.in_progress.insert(ty) {
            return ty;
        }
        let result = self.canonical_of(ty);
        self.canon.in_progress.remove(&ty);
        self.canon.memo.insert(ty, result);
        self.canon.memo.insert(result, result);
        result
    }

    fn canonical_of(&mut self, ty: TypeId) -> TypeId {
        match self.kind(ty) {
            TypeKind::Basic(kind) => TypeId::basic(kind.normal()),
            TypeKind::TypeParam(_) | TypeKind::Union(_) => ty,
            TypeKind::Alias(_) => match self.unalias(ty) {
                actual if actual == ty => ty,
                actual => self.canonical(actual),
            },
            TypeKind::Pointer(elem) => {
                let elem = self.canonical(elem);
                self.new_pointer(elem)
            }
            TypeKind::Slice(elem) => {
                let elem = self.canonical(elem);
                self.new_slice(elem)
            }
            TypeKind::Array { elem, len } => {
                let elem = self.canonical(elem);
                self.new_array(elem, len)
            }
            TypeKind::Map { key, elem } => {
                let (key, elem) = (self.canonical(key), self.canonical(elem));
                self.new_map(key, elem)
            }
            TypeKind::Chan { dir, elem } => {
                let elem = self.canonical(elem);
                self.new_chan(dir, elem)
            }
            TypeKind::Named(id) => {
                let named = self.named(id).clone();
                let Some(origin) = named.origin else {
                    return ty;
                };
                let targs: Vec<TypeId> = named.targs.iter().map(|&t| self.canonical(t)).collect();
                let outer: Vec<TypeId> = named.outer_targs.iter().map(|&t| self.canonical(t)).collect();
                if targs[..] == *named.targs && outer[..] == *named.outer_targs {
                    return ty;
                }
                self.instantiate_local(origin, targs.into(), outer.into())
            }
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                let types: Vec<TypeId> = fields
                    .iter()
                    .map(|&f| {
                        let t = self.obj_type(f);
                        self.canonical(t)
                    })
                    .collect();
                let shape = self.struct_shape(id, &types);
                if let Some(&found) = self.canon.shapes.get(&shape) {
                    return found;
                }
                let new: Vec<ObjId> = fields
                    .iter()
                    .zip(&types)
                    .map(|(&f, &t)| if self.obj(f).ty == Some(t) { f } else { self.clone_var(f, t) })
                    .collect();
                let result = if new[..] == *fields {
                    ty
                } else {
                    let tags = self.struct_type(id).tags.clone();
                    self.new_struct(new.into(), tags)
                };
                self.canon.shapes.insert(shape, result);
                result
            }
            TypeKind::Tuple(id) => {
                let types = self.canonical_vars(id);
                let shape = Shape::Tuple(types.clone());
                if let Some(&found) = self.canon.shapes.get(&shape) {
                    return found;
                }
                let tuple = self.new_tuple_of(&types);
                let result = self.tuple_type(tuple);
                self.canon.shapes.insert(shape, result);
                result
            }
            TypeKind::Signature(id) => {
                let sig = self.signature(id).clone();
                if !sig.tparams.is_empty() {
                    return ty;
                }
                let (params, results) = (self.canonical_vars(sig.params), self.canonical_vars(sig.results));
                let variadic = sig.variadic;
                let shape = Shape::Signature { params: params.clone(), results: results.clone(), variadic };
                if let Some(&found) = self.canon.shapes.get(&shape) {
                    return found;
                }
                let (params, results) = (self.new_tuple_of(&params), self.new_tuple_of(&results));
                let new = self.new_signature(Signature {
                    tparams: Arc::from([]),
                    recv_tparams: Arc::from([]),
                    recv: None,
                    params,
                    results,
                    variadic,
                    scope: None,
                });
                let result = self.signature_type(new);
                self.canon.shapes.insert(shape, result);
                result
            }
            TypeKind::Interface(id) => {
                let set = self.type_set(id);
                let mut methods = Vec::new();
                for &method in set.methods.iter() {
                    let t = self.obj_type(method);
                    methods.push((method, self.canonical(t)));
                }
                let terms = set.terms.as_ref().map(|terms| {
                    let mut list: Vec<(bool, TypeId)> =
                        terms.iter().map(|term| (term.tilde, self.canonical(term.ty))).collect();
                    list.sort();
                    list
                });
                let shape = Shape::Interface {
                    methods: self.method_shapes(&methods),
                    embeddeds: Vec::new(),
                    terms: terms.clone(),
                    comparable: set.comparable,
                };
                if let Some(&found) = self.canon.shapes.get(&shape) {
                    return found;
                }
                let result = self.new_canonical_interface(&methods, terms, set.comparable);
                self.canon.shapes.insert(shape, result);
                result
            }
        }
    }

    fn new_canonical_interface(
        &mut self,
        methods: &[(ObjId, TypeId)],
        terms: Option<Vec<(bool, TypeId)>>,
        comparable: bool,
    ) -> TypeId {
        if methods.is_empty() && terms.is_none() && !comparable {
            return self.universe.empty_interface;
        }
        let new: Vec<ObjId> = methods
            .iter()
            .map(|&(method, t)| {
                let obj = self.obj(method).clone();
                let func = self.new_func(obj.pos, obj.pkg, obj.name, Some(t));
                if let ObjKind::Func(data) = &mut self.objects[func.index()].kind {
                    data.is_interface_method = true;
                }
                func
            })
            .collect();
        let terms: Option<Arc<[Term]>> =
            terms.map(|list| list.into_iter().map(|(tilde, ty)| Term { tilde, ty }).collect());
        let set = TypeSet { methods: new.clone().into(), terms, comparable };
        self.new_interface(Interface {
            methods: new,
            embeddeds: Vec::new(),
            implicit: false,
            complete: true,
            pkg: None,
            type_set: Some(Arc::new(set)),
        })
    }

    fn canonical_vars(&mut self, tuple: TupleId) -> Vec<TypeId> {
        self.tuple(tuple)
            .iter()
            .map(|&var| {
                let t = self.obj_type(var);
                self.canonical(t)
            })
            .collect()
    }

    fn struct_shape(&self, id: StructId, types: &[TypeId]) -> Shape {
        let data = self.struct_type(id);
        Shape::Struct(
            data.fields
                .iter()
                .zip(types)
                .enumerate()
                .map(|(i, (&field, &ty))| {
                    let obj = self.obj(field);
                    let pkg = if obj.exported() { None } else { obj.pkg };
                    let embedded = obj.as_var().is_some_and(|v| v.embedded);
                    FieldShape { name: obj.name, pkg, embedded, ty, tag: data.tag(i).to_vec() }
                })
                .collect(),
        )
    }

    fn method_shapes(&self, methods: &[(ObjId, TypeId)]) -> Vec<(Name, Option<PackageId>, TypeId)> {
        methods
            .iter()
            .map(|&(method, ty)| {
                let obj = self.obj(method);
                (obj.name, if obj.exported() { None } else { obj.pkg }, ty)
            })
            .collect()
    }

    /// A handle for a struct, function or interface literal used as a type argument, the same for literals of the same
    /// structure. Interfaces are compared as written, because they may still be incomplete.
    pub(crate) fn shape_key(&mut self, ty: TypeId) -> TypeId {
        let shape = match self.kind(ty) {
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                let types: Vec<TypeId> = fields.iter().map(|&f| self.written_var_key(f)).collect();
                self.struct_shape(id, &types)
            }
            TypeKind::Signature(id) if self.signature(id).tparams.is_empty() => {
                let sig = self.signature(id).clone();
                let (params, results) = (self.tuple(sig.params), self.tuple(sig.results));
                Shape::Signature {
                    params: params.iter().map(|&v| self.written_var_key(v)).collect(),
                    results: results.iter().map(|&v| self.written_var_key(v)).collect(),
                    variadic: sig.variadic,
                }
            }
            TypeKind::Interface(id) => {
                let data = self.interface(id).clone();
                let methods: Vec<(ObjId, TypeId)> =
                    data.methods.iter().map(|&m| (m, self.written_var_key(m))).collect();
                let embeddeds = data.embeddeds.iter().map(|&(t, _)| self.instance_key(t)).collect();
                let mut methods = self.method_shapes(&methods);
                methods.sort();
                Shape::Interface { methods, embeddeds, terms: None, comparable: false }
            }
            _ => return ty,
        };
        *self.canon.written.entry(shape).or_insert(ty)
    }

    fn written_var_key(&mut self, var: ObjId) -> TypeId {
        let ty = self.obj_type(var);
        self.instance_key(ty)
    }

    /// A variable without name, for signatures made by the compiler.
    pub fn unnamed_var(&mut self, kind: VarKind, ty: TypeId) -> ObjId {
        self.new_var(kind, Pos::NONE, None, Name::new(""), Some(ty))
    }
}
