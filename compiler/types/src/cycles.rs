//! Cycles among type declarations that involve nothing but names, and types met before they are complete.

use std::collections::HashMap;

use rgo_load::PackageId;
use rgo_syntax::ast::ExprKind;

use crate::checker::Checker;
use crate::object::{DeclKind, ObjId};
use crate::program::Program;
use crate::ty::{TypeId, TypeKind};

impl<'a> Program<'a> {
    /// Reports declarations of package-level types that lead from name to name and back, and makes such types invalid.
    pub(crate) fn direct_cycles(&mut self, pkg: PackageId) {
        // Names done, or their place on the current path.
        let mut seen: HashMap<ObjId, Option<usize>> = HashMap::new();
        for start in self.package(pkg).objects.clone() {
            let mut path: Vec<ObjId> = Vec::new();
            let mut at = Some(start);
            while let Some(name) = at {
                let Some((file, next)) = self.direct_rhs(pkg, name) else {
                    break;
                };
                match seen.get(&name) {
                    Some(None) => break,
                    Some(&Some(first)) => {
                        self.objects[name.index()].ty = Some(TypeId::INVALID);
                        let cycle = path[first..].to_vec();
                        let mut check = Checker::new(self, file);
                        let first = check.first_in_source(&cycle);
                        check.cycle_error(&cycle, first);
                        break;
                    }
                    None => {
                        seen.insert(name, Some(path.len()));
                        path.push(name);
                        at = next;
                    }
                }
            }
            for name in path {
                seen.insert(name, None);
            }
        }
    }

    /// For a type name: its file, and the package-level object its declaration names, if that is all there is.
    fn direct_rhs(&self, pkg: PackageId, name: ObjId) -> Option<(crate::info::FileIdx, Option<ObjId>)> {
        let decl = self.decl(self.obj(name).decl?);
        let DeclKind::Type(spec) = decl.kind else {
            return None;
        };
        let next = match &spec.ty.kind {
            ExprKind::Ident(ident) => self.scope(self.package(pkg).scope).lookup(ident.name),
            _ => None,
        };
        Some((decl.file, next))
    }
}

impl Checker<'_, '_> {
    /// Whether the type has an underlying type already; if not, that is a cycle, which is reported.
    pub(crate) fn is_complete(&mut self, ty: TypeId) -> bool {
        if self.program.obj_path.is_empty() {
            return true;
        }
        let mut ty = ty;
        for _ in 0..1000 {
            let (obj, rhs, is_instance) = match self.kind(ty) {
                TypeKind::Alias(id) => {
                    let alias = self.alias(id);
                    (alias.obj, alias.rhs, alias.origin.is_some())
                }
                TypeKind::Named(id) => {
                    let named = self.named(id);
                    (named.obj, named.rhs, named.origin.is_some())
                }
                _ => return true,
            };
            // Instances share their object with the generic type, which may well be in progress.
            if !is_instance && let Some(start) = self.program.obj_path.iter().position(|&o| o == obj) {
                let cycle = self.program.obj_path[start..].to_vec();
                let first = self.first_in_source(&cycle);
                self.cycle_error(&cycle, first);
                return false;
            }
            match rhs {
                Some(rhs) => ty = rhs,
                None => return true,
            }
        }
        true
    }
}
