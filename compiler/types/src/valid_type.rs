//! Types that contain themselves.
//!
//! The *nest* of a type is the stack of defined types whose memory (or, for interfaces, whose method set) encloses it;
//! a type in its own nest would be infinitely large. A type parameter stands for the type argument of the innermost
//! type in the nest, and that argument is checked in the nest where this type was instantiated. The *path* is the nest
//! without such shortening, for the message.

use crate::checker::Checker;
use crate::object::ObjId;
use crate::ty::{NamedId, TypeId, TypeKind};

impl Checker<'_, '_> {
    /// Reports a defined type that contains itself.
    pub(crate) fn valid_type(&mut self, named: NamedId) {
        if !self.program.valid_types.insert(named) {
            return;
        }
        let ty = self.named(named).ty;
        self.valid_in(ty, &mut Vec::new(), &mut Vec::new());
    }

    fn valid_in(&mut self, ty: TypeId, nest: &mut Vec<NamedId>, path: &mut Vec<NamedId>) -> bool {
        let ty = self.unalias(ty);
        match self.kind(ty) {
            TypeKind::Array { elem, .. } => self.valid_in(elem, nest, path),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                fields.iter().all(|&field| {
                    let ty = self.obj_type(field);
                    self.valid_in(ty, nest, path)
                })
            }
            TypeKind::Union(id) => {
                let terms = self.union(id).terms.clone();
                terms.iter().all(|term| self.valid_in(term.ty, nest, path))
            }
            TypeKind::Interface(id) => {
                let embeddeds = self.interface(id).embeddeds.clone();
                embeddeds.into_iter().all(|(ty, _)| self.valid_in(ty, nest, path))
            }
            TypeKind::Named(id) => self.valid_named(id, nest, path),
            TypeKind::TypeParam(id) => {
                let Some(inst) = nest.pop() else {
                    return true;
                };
                let named = self.named(inst).clone();
                let targ =
                    named.tparams.iter().position(|&tp| tp == id).and_then(|i| named.targs.get(i).copied());
                let valid = targ.is_none_or(|targ| self.valid_in(targ, nest, path));
                nest.push(inst);
                valid
            }
            _ => true,
        }
    }

    fn valid_named(&mut self, id: NamedId, nest: &mut Vec<NamedId>, path: &mut Vec<NamedId>) -> bool {
        let origin = self.named_origin(id);
        // A type of another package was found valid, or reported, when that package's declaration was resolved;
        // without type arguments nothing new can be found in it.
        let foreign = self.obj(self.named(origin).obj).pkg != Some(self.env.pkg);
        if foreign && self.named(id).targs.is_empty() {
            return true;
        }
        let ty = self.named(id).ty;
        let same = |check: &mut Self, other: NamedId| {
            let other = check.named(other).ty;
            check.identical(other, ty)
        };
        if (0..nest.len()).any(|i| same(self, nest[i])) {
            for id in [origin, id] {
                let known = self.named(id).underlying;
                // An interface keeps its methods, so that nothing is reported for their lack.
                let interface = known.filter(|&under| matches!(self.kind(under), TypeKind::Interface(_)));
                let named = &mut self.program.nameds[id.index()];
                named.rhs = Some(TypeId::INVALID);
                named.underlying = interface.or(Some(TypeId::INVALID));
            }
            let start = (0..path.len()).find(|&i| same(self, path[i])).unwrap_or(0);
            let cycle: Vec<ObjId> = path[start..].iter().map(|&n| self.named(n).obj).collect();
            self.cycle_error(&cycle, 0);
            return false;
        }
        let Some(rhs) = self.named_rhs(origin) else {
            return true;
        };
        // Most types end here.
        if matches!(
            self.kind(rhs),
            TypeKind::Basic(_)
                | TypeKind::Pointer(_)
                | TypeKind::Slice(_)
                | TypeKind::Map { .. }
                | TypeKind::Chan { .. }
                | TypeKind::Signature(_)
        ) {
            return true;
        }
        nest.push(id);
        path.push(id);
        let valid = self.valid_in(rhs, nest, path);
        nest.pop();
        path.pop();
        valid
    }
}
