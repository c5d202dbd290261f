//! What checks packages and bodies, and what lowering asks about a package as a whole.

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast;

use crate::checker::Checker;
use crate::info::FileIdx;
use crate::object::{DeclKind, ObjId, ObjKind};
use crate::program::Program;
use crate::ty::{TypeKind, UNSAFE_PACKAGE};

/// A `//go:linkname` (or `//go:linknamestd`) directive.
#[derive(Clone, Copy, Debug)]
pub struct Linkname {
    pub pos: Pos,
    pub file: FileIdx,
    pub local: Name,
    /// Absent in the form with one argument.
    pub remote: Option<Name>,
}

/// A function with a body or a declaration of one defined elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct FuncSource<'a> {
    pub file: FileIdx,
    pub decl: &'a ast::FuncDecl,
}

impl<'a> Program<'a> {
    /// Checks everything in a package: declarations, bodies, initialisation order, unused imports.
    pub fn check_package(&mut self, pkg: PackageId) {
        if pkg == UNSAFE_PACKAGE || std::mem::replace(&mut self.packages[pkg.0 as usize].checked, true) {
            return;
        }
        let errors = self.diagnostics.len();
        let outer_pkg = self.current_pkg.replace(pkg);
        self.directive_rules(pkg);
        self.blank_package_names(pkg);
        self.collect_objects(pkg);
        self.mono_start(pkg);
        let objects = self.package(pkg).objects.clone();
        // Defined types first, then aliases, then the rest: this avoids meeting aliases before they are known.
        let phase = |p: &Self, obj: ObjId| match p.obj(obj).decl.map(|decl| &p.decl(decl).kind) {
            Some(DeclKind::Type(spec)) => u8::from(spec.alias),
            _ => 2,
        };
        for wanted in 0..3 {
            for &obj in &objects {
                if phase(self, obj) == wanted {
                    self.obj_decl(obj);
                }
            }
        }
        self.settle();
        for &obj in &objects {
            if self.obj(obj).is_func() {
                self.check_body(obj);
            }
        }
        self.init_order(pkg);
        if !self.graph.package(pkg).is_std {
            self.unused_imports(pkg);
        }
        self.settle();
        if self.diagnostics.len() == errors {
            self.monomorph();
            self.gc_rules(pkg);
        }
        self.current_pkg = outer_pkg;
    }

    fn blank_package_names(&mut self, pkg: PackageId) {
        for file in self.package(pkg).files.clone() {
            let name = self.files[file as usize].ast.package;
            if name.name.is_blank() {
                self.report(name.pos, "BlankPkgName", "invalid package name _");
            }
        }
    }

    /// Checks the body of a declared function or method (of the generic one, for an instance), once.
    pub fn check_body(&mut self, func: ObjId) {
        let origin = self.obj(func).as_func().and_then(|f| f.origin);
        if let Some(origin) = origin {
            return self.check_body(origin);
        }
        let Some(source) = self.func_source(func) else {
            return;
        };
        if !self.bodies.insert(func) {
            return;
        }
        let ty = self.obj_type(func);
        let (Some(body), TypeKind::Signature(sig)) = (&source.decl.body, self.kind(ty)) else {
            return;
        };
        self.diagnostics.extend_from_slice(body.errors());
        let file = &mut self.files[source.file.index()];
        file.info.grow(file.ast.expr_count());
        let pkg = file.pkg;
        let outer_pkg = self.current_pkg.replace(pkg);
        let decl = self.obj(func).decl;
        let data = self.signature(sig);
        let outer_tparams = data.recv_tparams.iter().chain(data.tparams.iter()).copied().collect();
        let top = self.delayed.len();
        let mut check = Checker::new(self, source.file);
        check.env.outer_tparams = outer_tparams;
        check.func_body(decl, sig, body, None);
        if top == 0 {
            self.settle();
        }
        self.current_pkg = outer_pkg;
    }

    /// The declaration of a function or method; `None` for methods of interfaces.
    pub fn func_source(&self, func: ObjId) -> Option<FuncSource<'a>> {
        let func = self.obj(func).as_func()?.origin.unwrap_or(func);
        let decl = self.decl(self.obj(func).decl?);
        match decl.kind {
            DeclKind::Func(source) => Some(FuncSource { file: decl.file, decl: source }),
            _ => None,
        }
    }

    fn objects_where(&mut self, pkg: PackageId, f: impl Fn(&Self, ObjId) -> bool) -> Vec<ObjId> {
        self.collect_objects(pkg);
        self.package(pkg).objects.iter().copied().filter(|&obj| f(self, obj)).collect()
    }

    /// Functions and methods declared in the package, in source order; `init` functions included.
    pub fn funcs(&mut self, pkg: PackageId) -> Vec<ObjId> {
        self.objects_where(pkg, |p, obj| p.obj(obj).is_func())
    }

    /// The package's `init` functions in source order.
    pub fn init_funcs(&mut self, pkg: PackageId) -> Vec<ObjId> {
        self.objects_where(pkg, |p, obj| {
            let data = p.obj(obj);
            data.is_func()
                && data.name == "init"
                && p.func_source(obj).is_some_and(|source| source.decl.recv.is_none())
        })
    }

    /// The package's variables in source order, blank ones included.
    pub fn package_vars(&mut self, pkg: PackageId) -> Vec<ObjId> {
        self.objects_where(pkg, |p, obj| p.obj(obj).is_var())
    }

    fn unused_imports(&mut self, pkg: PackageId) {
        for import in self.package(pkg).imports.clone() {
            let data = self.obj(import);
            let ObjKind::PkgName { imported, used: false } = data.kind else {
                continue;
            };
            let (name, pos) = (data.name, data.pos);
            if name.is_blank() {
                continue;
            }
            let path = match imported {
                UNSAFE_PACKAGE => Name::new("unsafe"),
                imported => self.graph.package(imported).path,
            };
            let last = path.as_str().rsplit('/').next().unwrap_or_default();
            let message = if name == "." || name == last {
                format!("{:?} imported and not used", path.as_str())
            } else {
                format!("{:?} imported as {name} and not used", path.as_str())
            };
            self.report(pos, "UnusedImport", message);
        }
    }
}
