//! Which unexported names of a package gc's importers know.
//!
//! gc checks a package against the export data of its imports. Beside what is exported, that holds what exported things
//! are made of: the types they mention, and what the bodies of functions that can be inlined refer to. Such a name is
//! "not exported"; any other unexported name is "undefined".

use std::collections::HashSet;

use rgo_load::PackageId;
use rgo_source::Name;
use rgo_syntax::ast::{Block, Expr, ExprKind, Stmt, StmtKind, walk};

use crate::object::{DeclKind, ObjId, ObjKind};
use crate::program::Program;
use crate::ty::{TypeId, TypeKind};

/// What gc's inliner allows a body to cost, and what a call that is not inlined itself adds.
const BUDGET: u32 = 80;
const CALL: u32 = 57;

/// Estimates what gc's inliner thinks of a body.
struct Cost {
    total: u32,
}

impl walk::Visitor for Cost {
    fn expr(&mut self, e: &Expr) -> bool {
        self.total += match &e.kind {
            ExprKind::Call { .. } => CALL,
            ExprKind::Paren(_) => 0,
            _ => 1,
        };
        self.total <= BUDGET
    }

    fn stmt(&mut self, s: &Stmt) -> bool {
        self.total += match &s.kind {
            StmtKind::Go { .. } | StmtKind::Defer { .. } | StmtKind::Select { .. } => BUDGET,
            _ => 1,
        };
        self.total <= BUDGET
    }
}

fn can_inline(body: &Block) -> bool {
    let mut cost = Cost { total: 0 };
    walk::block(&mut cost, body);
    cost.total <= BUDGET
}

struct Reach<'p, 'a> {
    program: &'p mut Program<'a>,
    pkg: PackageId,
    objects: HashSet<ObjId>,
    types: HashSet<TypeId>,
    todo: Vec<ObjId>,
}

impl<'a> Program<'a> {
    /// Whether the export data of `pkg` mentions the unexported object `name` of its package scope.
    pub(crate) fn in_export_data(&mut self, pkg: PackageId, name: Name) -> bool {
        let scope = self.package_scope(pkg);
        let Some(wanted) = self.scope(scope).lookup(name) else { return false };
        let todo: Vec<ObjId> =
            self.scope(scope).entries().iter().filter(|(name, _)| name.is_exported()).map(|e| e.1).collect();
        // Bodies are checked on the way; what is wrong with them is not the importer's business.
        let errors = self.diagnostics.len();
        let mut reach = Reach { program: self, pkg, objects: HashSet::new(), types: HashSet::new(), todo };
        while let Some(obj) = reach.todo.pop() {
            reach.object(obj);
        }
        let found = reach.objects.contains(&wanted);
        self.diagnostics.truncate(errors);
        found
    }
}

impl Reach<'_, '_> {
    fn object(&mut self, obj: ObjId) {
        if self.program.obj(obj).pkg != Some(self.pkg) || !self.objects.insert(obj) {
            return;
        }
        let ty = self.program.obj_type(obj);
        self.ty(ty);
        if !matches!(self.program.obj(obj).kind, ObjKind::Func(_)) {
            return;
        }
        let Some(source) = self.program.func_source(obj) else { return };
        let generic = !source.decl.tparams.is_empty();
        if source.decl.body.as_ref().is_some_and(|body| generic || can_inline(body)) {
            self.program.check_body(obj);
            let deps =
                self.program.obj(obj).decl.map_or_else(Vec::new, |decl| self.program.decl(decl).deps.clone());
            // Constants are written by value.
            let named =
                deps.into_iter().filter(|&dep| !matches!(self.program.obj(dep).kind, ObjKind::Const { .. }));
            self.todo.extend(named.collect::<Vec<_>>());
        }
    }

    fn vars(&mut self, vars: &[ObjId]) {
        for &var in vars {
            let ty = self.program.obj_type(var);
            self.ty(ty);
        }
    }

    fn ty(&mut self, ty: TypeId) {
        if !self.types.insert(ty) {
            return;
        }
        match self.program.kind(ty) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.ty(elem),
            TypeKind::Map { key, elem } => {
                self.ty(key);
                self.ty(elem);
            }
            TypeKind::Struct(id) => {
                let fields = self.program.struct_type(id).fields.clone();
                self.vars(&fields);
            }
            TypeKind::Tuple(id) => {
                let vars = self.program.tuple(id);
                self.vars(&vars);
            }
            TypeKind::Signature(id) => {
                let sig = self.program.signature(id);
                let (params, results) = (self.program.tuple(sig.params), self.program.tuple(sig.results));
                self.vars(&params);
                self.vars(&results);
            }
            TypeKind::Interface(id) => {
                let data = self.program.interface(id);
                let (methods, embeddeds) = (data.methods.clone(), data.embeddeds.clone());
                self.vars(&methods);
                embeddeds.into_iter().for_each(|(ty, _)| self.ty(ty));
            }
            TypeKind::Union(id) => {
                let terms = self.program.union(id).terms.clone();
                terms.iter().for_each(|term| self.ty(term.ty));
            }
            TypeKind::Alias(id) => {
                self.todo.push(self.program.alias(id).obj);
                let ty = self.program.unalias(ty);
                self.ty(ty);
            }
            TypeKind::Named(id) => {
                let obj = self.program.named(id).obj;
                self.todo.push(obj);
                if self.program.obj(obj).pkg != Some(self.pkg) {
                    return;
                }
                let is_type = self.program.obj(obj).decl.map(|decl| &self.program.decl(decl).kind);
                if let Some(DeclKind::Type(_)) = is_type {
                    let under = self.program.under(ty);
                    self.ty(under);
                }
                let methods = self.program.package(self.pkg).methods.get(&obj).cloned().unwrap_or_default();
                self.todo.extend(methods);
            }
            TypeKind::Basic(_) | TypeKind::TypeParam(_) => {}
        }
    }
}
