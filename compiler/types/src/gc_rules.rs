//! What gc refuses after type checking: interfaces that refer to themselves anonymously, and what `directives` and
//! `type_limits` know.

use std::collections::HashMap;

use rgo_load::PackageId;
use rgo_source::Pos;
use rgo_syntax::ast::{self, Expr, ExprKind, walk};

use crate::info::FileIdx;
use crate::object::ObjId;
use crate::program::Program;
use crate::ty::{InterfaceId, TypeId, TypeKind};

/// Collects the interface types of a file.
#[derive(Default)]
struct InterfaceExprs {
    found: Vec<(ast::ExprId, Pos)>,
}

impl walk::Visitor for InterfaceExprs {
    fn expr(&mut self, e: &Expr) -> bool {
        let is_interface = matches!(e.kind, ExprKind::InterfaceType { .. });
        if is_interface {
            self.found.push((e.id, e.pos));
        }
        !is_interface
    }
}

impl Program<'_> {
    /// Applies the rules to a package without errors.
    pub(crate) fn gc_rules(&mut self, pkg: PackageId) {
        let errors = self.diagnostics.len();
        self.anonymous_interface_cycles(pkg);
        if self.graph.package(pkg).is_std {
            return;
        }
        if self.diagnostics.len() == errors {
            self.late_directive_rules(pkg);
            self.type_limits(pkg);
        }
        if self.diagnostics.len() == errors {
            self.unprintable(pkg);
        }
    }

    fn anonymous_interface_cycles(&mut self, pkg: PackageId) {
        let mut finder = CycleFinder::default();
        for file in self.package(pkg).files.clone().map(FileIdx) {
            let mut exprs = InterfaceExprs::default();
            for decl in &self.file(file).ast.decls {
                walk::decl(&mut exprs, decl);
            }
            for (id, pos) in exprs.found {
                let ty = self.info(file).type_and_value(id).map(|tv| tv.ty);
                let Some(TypeKind::Interface(id)) = ty.map(|ty| self.kind(ty)) else {
                    continue;
                };
                if finder.has_cycle(self, id) {
                    let message = "invalid recursive type: anonymous interface refers to itself (see https://go.dev/issue/56103)";
                    self.report(pos, "InvalidTypeCycle", message);
                    // Each cycle is reported once.
                    finder.on_cycle.values_mut().for_each(|on_cycle| *on_cycle = false);
                }
            }
        }
    }
}

/// Looks for interface literals that occur in their own methods without a name in between.
#[derive(Default)]
struct CycleFinder {
    /// Interfaces met, and whether they are being visited or lie on a cycle.
    on_cycle: HashMap<InterfaceId, bool>,
}

impl CycleFinder {
    fn has_cycle(&mut self, p: &mut Program<'_>, id: InterfaceId) -> bool {
        let methods = p.type_set(id).methods.clone();
        methods.iter().any(|&method| {
            let ty = p.obj_type(method);
            self.visit(p, ty)
        })
    }

    fn visit(&mut self, p: &mut Program<'_>, ty: TypeId) -> bool {
        let ty = p.unalias(ty);
        match p.kind(ty) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.visit(p, elem),
            TypeKind::Map { key, elem } => self.visit(p, key) || self.visit(p, elem),
            TypeKind::Struct(id) => {
                let fields = p.struct_type(id).fields.clone();
                self.visit_vars(p, &fields)
            }
            TypeKind::Tuple(id) => {
                let vars = p.tuple(id);
                self.visit_vars(p, &vars)
            }
            TypeKind::Signature(id) => {
                let sig = p.signature(id);
                let (params, results) = (p.tuple(sig.params), p.tuple(sig.results));
                self.visit_vars(p, &params) || self.visit_vars(p, &results)
            }
            TypeKind::Interface(id) => {
                let data = p.interface(id);
                if data.methods.is_empty() && data.embeddeds.is_empty() {
                    return false;
                }
                if let Some(&known) = self.on_cycle.get(&id) {
                    return known;
                }
                self.on_cycle.insert(id, true);
                if self.has_cycle(p, id) {
                    return true;
                }
                self.on_cycle.insert(id, false);
                false
            }
            // Names end the search.
            TypeKind::Basic(_)
            | TypeKind::Named(_)
            | TypeKind::Alias(_)
            | TypeKind::TypeParam(_)
            | TypeKind::Union(_) => false,
        }
    }

    fn visit_vars(&mut self, p: &mut Program<'_>, vars: &[ObjId]) -> bool {
        vars.iter().any(|&var| {
            let ty = p.obj_type(var);
            self.visit(p, ty)
        })
    }
}
