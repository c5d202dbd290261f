//! Substitution of type parameters.

use std::collections::HashMap;
use std::sync::Arc;

use crate::object::{ObjId, ObjKind};
use crate::program::Program;
use crate::ty::{
    Interface, SignatureId, Term, TupleId, TypeId, TypeKind, TypeList, TypeParamId, TypeParamList,
};

/// What to put for type parameters.
#[derive(Clone, Debug, Default)]
pub struct SubstMap {
    map: HashMap<TypeParamId, TypeId>,
}

impl SubstMap {
    /// `targs[i]` for `tparams[i]`.
    pub fn new(tparams: &[TypeParamId], targs: &[TypeId]) -> SubstMap {
        SubstMap { map: tparams.iter().copied().zip(targs.iter().copied()).collect() }
    }

    /// Adds entries.
    pub fn extend(&mut self, tparams: &[TypeParamId], targs: &[TypeId]) {
        self.map.extend(tparams.iter().copied().zip(targs.iter().copied()));
    }

    /// What is put for a type parameter.
    pub fn get(&self, tparam: TypeParamId) -> Option<TypeId> {
        self.map.get(&tparam).copied()
    }

    /// Whether nothing is substituted.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl Program<'_> {
    /// The type with type parameters replaced. Types declared in generic functions become instances, too. Types that
    /// need no change keep their handle.
    pub fn subst(&mut self, ty: TypeId, map: &SubstMap) -> TypeId {
        if map.is_empty() {
            return ty;
        }
        match self.kind(ty) {
            TypeKind::Basic(_) => ty,
            TypeKind::TypeParam(id) => map.get(id).unwrap_or(ty),
            TypeKind::Pointer(elem) => {
                let new = self.subst(elem, map);
                if new == elem { ty } else { self.new_pointer(new) }
            }
            TypeKind::Slice(elem) => {
                let new = self.subst(elem, map);
                if new == elem { ty } else { self.new_slice(new) }
            }
            TypeKind::Array { elem, len } => {
                let new = self.subst(elem, map);
                if new == elem { ty } else { self.new_array(new, len) }
            }
            TypeKind::Map { key, elem } => {
                let (new_key, new) = (self.subst(key, map), self.subst(elem, map));
                if (new_key, new) == (key, elem) { ty } else { self.new_map(new_key, new) }
            }
            TypeKind::Chan { dir, elem } => {
                let new = self.subst(elem, map);
                if new == elem { ty } else { self.new_chan(dir, new) }
            }
            TypeKind::Struct(id) => {
                let data = self.struct_type(id).clone();
                match self.subst_vars(&data.fields, map) {
                    Some(fields) => self.new_struct(fields, data.tags),
                    None => ty,
                }
            }
            TypeKind::Tuple(id) => {
                let new = self.subst_tuple(id, map);
                if new == id { ty } else { self.tuple_type(new) }
            }
            TypeKind::Signature(id) => {
                let new = self.subst_signature(id, map);
                if new == id { ty } else { self.signature_type(new) }
            }
            TypeKind::Union(id) => {
                let terms = self.union(id).terms.clone();
                let new: Vec<Term> =
                    terms.iter().map(|t| Term { tilde: t.tilde, ty: self.subst(t.ty, map) }).collect();
                if new[..] == terms[..] { ty } else { self.new_union(new.into()) }
            }
            TypeKind::Interface(id) => {
                let data = self.interface(id).clone();
                let mut changed = false;
                let methods: Vec<ObjId> = data
                    .methods
                    .iter()
                    .map(|&method| {
                        let old = self.obj_type(method);
                        let new = self.subst(old, map);
                        if new == old {
                            return method;
                        }
                        changed = true;
                        self.clone_func(method, new)
                    })
                    .collect();
                let embeddeds: Vec<_> = data
                    .embeddeds
                    .iter()
                    .map(|&(old, pos)| {
                        let new = self.subst(old, map);
                        changed |= new != old;
                        (new, pos)
                    })
                    .collect();
                if !changed {
                    return ty;
                }
                self.new_interface(Interface {
                    methods,
                    embeddeds,
                    implicit: data.implicit,
                    complete: data.complete,
                    pkg: None,
                    type_set: None,
                })
            }
            TypeKind::Alias(id) => {
                let alias = self.alias(id).clone();
                let Some(origin) = alias.origin else {
                    // Aliases declared in generic functions may stand for the function's type parameters.
                    return match alias.rhs {
                        Some(rhs) if alias.tparams.is_empty() => {
                            let new = self.subst(rhs, map);
                            if new == rhs { ty } else { new }
                        }
                        _ => ty,
                    };
                };
                match self.subst_list(&alias.targs, map) {
                    Some(targs) => self.new_alias_instance(origin, targs),
                    None => ty,
                }
            }
            TypeKind::Named(id) => {
                let named = self.named(id);
                let origin = named.origin.unwrap_or(id);
                let targs = named.targs.clone();
                let outer = self.named(origin).outer_tparams.clone();
                if targs.is_empty() && outer.is_empty() {
                    return ty;
                }
                let outer_targs: TypeList = match self.named(id).outer_targs.clone() {
                    list if list.is_empty() => outer.iter().map(|&tp| self.tparam_type(tp)).collect(),
                    list => list,
                };
                if targs.len() != self.named(origin).tparams.len() && !targs.is_empty() {
                    return TypeId::INVALID;
                }
                let new_targs = self.subst_list(&targs, map);
                let new_outer = self.subst_list(&outer_targs, map);
                if new_targs.is_none() && new_outer.is_none() {
                    return ty;
                }
                self.instantiate_local(origin, new_targs.unwrap_or(targs), new_outer.unwrap_or(outer_targs))
            }
        }
    }

    /// Substitutes in a list; `None` if nothing changes.
    pub fn subst_list(&mut self, list: &[TypeId], map: &SubstMap) -> Option<TypeList> {
        let new: Vec<TypeId> = list.iter().map(|&ty| self.subst(ty, map)).collect();
        (new[..] != *list).then(|| new.into())
    }

    fn subst_vars(&mut self, vars: &[ObjId], map: &SubstMap) -> Option<Arc<[ObjId]>> {
        let mut changed = false;
        let new: Vec<ObjId> = vars
            .iter()
            .map(|&var| {
                let old = self.obj_type(var);
                let new = self.subst(old, map);
                if new == old {
                    return var;
                }
                changed = true;
                self.clone_var(var, new)
            })
            .collect();
        changed.then(|| new.into())
    }

    /// A copy of a variable with another type.
    pub(crate) fn clone_var(&mut self, var: ObjId, ty: TypeId) -> ObjId {
        let mut copy = self.obj(var).clone();
        copy.ty = Some(ty);
        if let ObjKind::Var(data) = &mut copy.kind {
            data.origin.get_or_insert(var);
        }
        self.objects.push(copy);
        ObjId(self.objects.len() as u32 - 1)
    }

    /// A copy of a function or method with another signature.
    pub(crate) fn clone_func(&mut self, func: ObjId, ty: TypeId) -> ObjId {
        let mut copy = self.obj(func).clone();
        copy.ty = Some(ty);
        copy.decl = None;
        if let ObjKind::Func(data) = &mut copy.kind {
            data.origin.get_or_insert(func);
        }
        self.objects.push(copy);
        ObjId(self.objects.len() as u32 - 1)
    }

    /// Substitutes in a list of variables.
    pub fn subst_tuple(&mut self, tuple: TupleId, map: &SubstMap) -> TupleId {
        let vars = self.tuple(tuple);
        match self.subst_vars(&vars, map) {
            Some(vars) => self.new_tuple(vars),
            None => tuple,
        }
    }

    /// Substitutes in a signature. A generic method gets type parameters of its own, unless they are what is
    /// substituted; then they stay in the result and the caller removes them.
    pub fn subst_signature(&mut self, id: SignatureId, map: &SubstMap) -> SignatureId {
        let sig = self.signature(id).clone();
        let mut tparams = sig.tparams.clone();
        let mut extended;
        let mut map = map;
        if !tparams.is_empty() && tparams.iter().all(|&tp| map.get(tp).is_none()) {
            let fresh = self.fresh_type_params(&tparams);
            let targs: Vec<TypeId> = fresh.iter().map(|&tp| self.tparam_type(tp)).collect();
            extended = map.clone();
            extended.extend(&tparams, &targs);
            for (&new, &old) in fresh.iter().zip(tparams.iter()) {
                let bound = self.tparam(old).bound;
                let bound = self.subst(bound, &extended);
                self.tparams[new.index()].bound = bound;
            }
            tparams = fresh;
            map = &extended;
        }
        let params = self.subst_tuple(sig.params, map);
        let results = self.subst_tuple(sig.results, map);
        if params == sig.params && results == sig.results && tparams == sig.tparams {
            return id;
        }
        self.new_signature(crate::ty::Signature { tparams, params, results, scope: None, ..sig })
    }

    fn fresh_type_params(&mut self, tparams: &[TypeParamId]) -> TypeParamList {
        tparams
            .iter()
            .map(|&id| {
                let old = self.tparam(id).clone();
                let obj = self.obj(old.obj).clone();
                let name = self.new_object(ObjKind::TypeName, obj.pos, obj.pkg, obj.name, None);
                let new = self.new_type_param(name, old.index, TypeId::INVALID);
                self.mono_canon(new, id);
                new
            })
            .collect()
    }
}
