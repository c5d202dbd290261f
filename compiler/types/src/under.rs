//! Underlying types, aliases, and types common to a type set.

use std::sync::Arc;

use crate::object::ObjId;
use crate::program::Program;
use crate::ty::{
    ChanDir, Interface, InterfaceId, NamedId, StructId, Term, TypeId, TypeKind, TypeParamId, TypeSet,
};

impl<'a> Program<'a> {
    /// The type without alias names at the top. An alias that is still being declared stays as it is.
    pub fn unalias(&mut self, ty: TypeId) -> TypeId {
        let TypeKind::Alias(first) = self.kind(ty) else {
            return ty;
        };
        if let Some(actual) = self.alias(first).actual {
            return actual;
        }
        let mut actual = ty;
        for _ in 0..1000 {
            let TypeKind::Alias(id) = self.kind(actual) else {
                self.aliases[first.index()].actual = Some(actual);
                return actual;
            };
            match self.alias(id).rhs {
                Some(rhs) => actual = rhs,
                None => return ty,
            }
        }
        TypeId::INVALID
    }

    /// The type's defined type, looking through aliases.
    pub fn as_named(&mut self, ty: TypeId) -> Option<NamedId> {
        let ty = self.unalias(ty);
        match self.kind(ty) {
            TypeKind::Named(id) => Some(id),
            _ => None,
        }
    }

    /// The type as a type parameter, looking through aliases.
    pub fn as_type_param(&mut self, ty: TypeId) -> Option<TypeParamId> {
        let ty = self.unalias(ty);
        match self.kind(ty) {
            TypeKind::TypeParam(id) => Some(id),
            _ => None,
        }
    }

    /// The underlying type; for a type parameter its constraint interface.
    pub fn under(&mut self, ty: TypeId) -> TypeId {
        match self.kind(ty) {
            TypeKind::Named(id) => self.named_under(id),
            TypeKind::Alias(_) => {
                let ty = self.unalias(ty);
                if matches!(self.kind(ty), TypeKind::Alias(_)) { TypeId::INVALID } else { self.under(ty) }
            }
            TypeKind::TypeParam(id) => self.constraint_iface(id),
            _ => ty,
        }
    }

    /// What the underlying type is.
    pub fn under_kind(&mut self, ty: TypeId) -> TypeKind {
        let under = self.under(ty);
        self.kind(under)
    }

    fn named_under(&mut self, id: NamedId) -> TypeId {
        if let Some(under) = self.named(id).underlying {
            return under;
        }
        let mut path = vec![id];
        let mut at = id;
        let under = loop {
            let Some(rhs) = self.named_rhs(at) else {
                // Still being declared; an invalid cycle is reported where it is found.
                return TypeId::INVALID;
            };
            let rhs = self.unalias(rhs);
            match self.kind(rhs) {
                TypeKind::Named(next) => {
                    if let Some(under) = self.named(next).underlying {
                        break under;
                    }
                    if path.contains(&next) {
                        break TypeId::INVALID;
                    }
                    path.push(next);
                    at = next;
                }
                _ => break rhs,
            }
        };
        for id in path {
            self.nameds[id.index()].underlying = Some(under);
        }
        under
    }

    /// The right-hand side of a defined type's declaration, expanded for instances; `None` while it is being declared.
    pub(crate) fn named_rhs(&mut self, id: NamedId) -> Option<TypeId> {
        if let Some(rhs) = self.named(id).rhs {
            return Some(rhs);
        }
        if self.named(id).origin.is_none() {
            let obj = self.named(id).obj;
            if !self.obj_path.contains(&obj) {
                self.obj_decl(obj);
            }
            return self.named(id).rhs;
        }
        self.expand_rhs(id)
    }

    /// Struct behind the type, if its underlying type is one.
    pub fn as_struct(&mut self, ty: TypeId) -> Option<StructId> {
        match self.under_kind(ty) {
            TypeKind::Struct(id) => Some(id),
            _ => None,
        }
    }

    /// Interface behind the type, if its underlying type is one (for a type parameter, its constraint).
    pub fn as_interface(&mut self, ty: TypeId) -> Option<InterfaceId> {
        match self.under_kind(ty) {
            TypeKind::Interface(id) => Some(id),
            _ => None,
        }
    }

    /// Base type of the pointer behind the type, if its underlying type is one.
    pub fn as_pointer(&mut self, ty: TypeId) -> Option<TypeId> {
        match self.under_kind(ty) {
            TypeKind::Pointer(elem) => Some(elem),
            _ => None,
        }
    }

    /// The fields of the struct behind the type.
    pub fn struct_fields(&mut self, ty: TypeId) -> Option<Arc<[ObjId]>> {
        let id = self.as_struct(ty)?;
        Some(self.struct_type(id).fields.clone())
    }

    /// The interface that constrains a type parameter.
    pub fn constraint_iface(&mut self, id: TypeParamId) -> TypeId {
        let bound = self.tparam(id).bound;
        let bound_actual = self.unalias(bound);
        if matches!(self.kind(bound_actual), TypeKind::TypeParam(_)) {
            return self.universe.empty_interface;
        }
        let under = self.under(bound);
        match self.kind(under) {
            TypeKind::Interface(_) => under,
            _ if under == TypeId::INVALID => self.universe.empty_interface,
            _ => {
                let interface = Interface {
                    embeddeds: vec![(bound, rgo_source::Pos::NONE)],
                    implicit: true,
                    complete: true,
                    ..Interface::default()
                };
                let ty = self.new_interface(interface);
                self.tparams[id.index()].bound = ty;
                ty
            }
        }
    }

    /// The type set of a type parameter.
    pub fn tparam_type_set(&mut self, id: TypeParamId) -> Arc<TypeSet> {
        let iface = self.constraint_iface(id);
        match self.kind(iface) {
            TypeKind::Interface(id) => self.type_set(id),
            _ => unreachable!("a constraint is an interface"),
        }
    }

    /// The specific types of a type with their underlying types: those of a type parameter's type set, or the type
    /// itself. `None` for a type parameter without specific types.
    pub fn typeset(&mut self, ty: TypeId) -> Option<Vec<(TypeId, TypeId)>> {
        let Some(tparam) = self.as_type_param(ty) else {
            let under = self.under(ty);
            return Some(vec![(ty, under)]);
        };
        let set = self.tparam_type_set(tparam);
        let terms = set.terms.as_ref()?;
        if terms.is_empty() {
            return None;
        }
        Some(
            terms
                .iter()
                .map(|&Term { tilde, ty }| {
                    let under = if tilde { self.unalias(ty) } else { self.under(ty) };
                    (ty, under)
                })
                .collect(),
        )
    }

    /// Whether `f` holds for the underlying types of all specific types of `ty` (`None`: there are none).
    pub fn under_is(&mut self, ty: TypeId, mut f: impl FnMut(&mut Self, Option<TypeId>) -> bool) -> bool {
        match self.typeset(ty) {
            None => f(self, None),
            Some(list) => list.into_iter().all(|(_, under)| f(self, Some(under))),
        }
    }

    /// The one underlying type that all types in the type set share; channels may differ in direction, the more
    /// restricted one is the result then. The error says why there is none.
    pub fn common_under(&mut self, ty: TypeId) -> Result<TypeId, String> {
        let list = self.typeset(ty).ok_or_else(|| "no specific type".to_owned())?;
        let (mut common_type, mut common) = list[0];
        for &(t, under) in &list[1..] {
            if let (TypeKind::Chan { dir: d1, elem: e1 }, TypeKind::Chan { dir: d2, elem: e2 }) =
                (self.kind(common), self.kind(under))
            {
                if !self.identical(e1, e2) {
                    let (a, b) = (self.type_string(common_type), self.type_string(t));
                    return Err(format!("channels {a} and {b} have different element types"));
                }
                if d1 == d2 {
                    continue;
                }
                if d1 == ChanDir::Both {
                    (common_type, common) = (t, under);
                } else if d2 != ChanDir::Both {
                    let (a, b) = (self.type_string(common_type), self.type_string(t));
                    return Err(format!("channels {a} and {b} have conflicting directions"));
                }
                continue;
            }
            if !self.identical(common, under) {
                let (a, b) = (self.type_string(common_type), self.type_string(t));
                return Err(format!("{a} and {b} have different underlying types"));
            }
        }
        Ok(common)
    }

    /// The core type: the common underlying type, if any.
    pub fn core_type(&mut self, ty: TypeId) -> Option<TypeId> {
        self.common_under(ty).ok()
    }
}
