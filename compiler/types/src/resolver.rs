//! Collecting the package-level objects of a package: declared names, imports, methods by receiver.

use std::sync::Arc;

use rgo_load::PackageId;
use rgo_syntax::ast::{self, Expr, ExprKind};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::info::FileIdx;
use crate::object::{DeclId, DeclInfo, DeclKind, ObjId, ObjKind, VarKind};
use crate::program::Program;
use crate::scope::ScopeId;
use crate::ty::UNSAFE_PACKAGE;

/// The parts of a receiver type: `*base[tparams]`.
pub(crate) struct Receiver<'a> {
    pub ptr: bool,
    pub base: &'a Expr,
    /// What stands in brackets; identifiers in correct programs.
    pub tparams: &'a [Expr],
}

/// Takes a receiver type apart.
pub(crate) fn unpack_receiver(e: &Expr) -> Receiver<'_> {
    let mut base = e.unparen();
    let ptr = match &base.kind {
        ExprKind::Star(x) => {
            base = x.unparen();
            true
        }
        _ => false,
    };
    match &base.kind {
        ExprKind::Index { x, indices } => Receiver { ptr, base: x, tparams: indices },
        _ => Receiver { ptr, base, tparams: &[] },
    }
}

/// What is wrong with an import path, if it is not one.
fn bad_import_path(path: &str) -> Option<String> {
    const ILLEGAL: &str = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}";
    if path.is_empty() {
        return Some("empty string".to_owned());
    }
    let illegal = |c: &char| !is_graphic(*c) || c.is_whitespace() || ILLEGAL.contains(*c);
    let c = path.chars().find(illegal)?;
    let shown =
        if is_graphic(c) && (c == ' ' || !c.is_whitespace()) { format!(" '{c}'") } else { String::new() };
    Some(format!("invalid character U+{:04X}{shown}", u32::from(c)))
}

/// Letters, marks, numbers, punctuation, symbols and spaces.
fn is_graphic(c: char) -> bool {
    use GeneralCategory as G;
    !matches!(
        get_general_category(c),
        G::Control
            | G::Format
            | G::Surrogate
            | G::PrivateUse
            | G::Unassigned
            | G::LineSeparator
            | G::ParagraphSeparator
    )
}

/// A method whose receiver names a type.
struct CollectedMethod {
    obj: ObjId,
    ptr: bool,
    base: rgo_source::Name,
}

impl<'a> Program<'a> {
    /// Collects the package's objects, once.
    pub(crate) fn collect_objects(&mut self, pkg: PackageId) {
        if pkg == UNSAFE_PACKAGE || std::mem::replace(&mut self.packages[pkg.0 as usize].collected, true) {
            return;
        }
        let outer_pkg = self.current_pkg.replace(pkg);
        let mut methods = Vec::new();
        for file in self.package(pkg).files.clone().map(FileIdx) {
            Checker::new(self, file).collect_file(&mut methods);
        }
        self.check_file_scopes(pkg);
        for method in methods {
            if let Some((ptr, base)) = self.resolve_base_type_name(pkg, method.ptr, method.base) {
                if let ObjKind::Func(func) = &mut self.objects[method.obj.index()].kind {
                    func.has_ptr_recv = ptr;
                }
                self.packages[pkg.0 as usize].methods.entry(base).or_default().push(method.obj);
            }
        }
        self.direct_cycles(pkg);
        self.current_pkg = outer_pkg;
    }

    /// Reports names that are declared both in the package and by a file's imports.
    fn check_file_scopes(&mut self, pkg: PackageId) {
        let package_scope = self.package(pkg).scope;
        for file in self.package(pkg).files.clone().map(FileIdx) {
            let scope = self.file(file).scope;
            for (name, obj) in self.scope(scope).entries().to_vec() {
                let Some(other) = self.scope(package_scope).lookup(name) else {
                    continue;
                };
                let mut check = Checker::new(self, file);
                let data = check.obj(obj).clone();
                let (pos, name) = (check.obj(other).pos, check.obj(other).name);
                let mut message = match data.kind {
                    ObjKind::PkgName { imported, .. } => {
                        let (package, path) = (check.package_name(imported), check.package_path(imported));
                        format!(
                            "{name} already declared through import of package {package} ({:?})",
                            path.as_str()
                        )
                    }
                    _ => {
                        let from = data.pkg.map_or(String::new(), |pkg| {
                            let path = check.package_path(pkg);
                            format!("package {} ({:?})", check.package_name(pkg), path.as_str())
                        });
                        format!("{name} already declared through dot-import of {from}")
                    }
                };
                message.push_str(&check.other_decl(obj));
                check.error(pos, "DuplicateDecl", message);
            }
        }
    }

    /// The type name to which a method with this receiver belongs, through aliases, and whether there is a pointer.
    fn resolve_base_type_name(
        &self,
        pkg: PackageId,
        ptr: bool,
        name: rgo_source::Name,
    ) -> Option<(bool, ObjId)> {
        let scope = self.package(pkg).scope;
        let mut ptr = ptr;
        let mut name = name;
        let mut seen = Vec::new();
        loop {
            let obj = self.scope(scope).lookup(name)?;
            let DeclKind::Type(spec) = self.decl(self.obj(obj).decl?).kind else {
                return None;
            };
            if seen.contains(&obj) {
                return None;
            }
            if !spec.alias {
                return Some((ptr, obj));
            }
            if !spec.tparams.is_empty() {
                return None;
            }
            seen.push(obj);
            let mut ty = spec.ty.unparen();
            if let ExprKind::Star(x) = &ty.kind {
                if ptr {
                    return None;
                }
                ptr = true;
                ty = x.unparen();
            }
            name = ty.as_ident()?.name;
        }
    }

    fn add_decl(&mut self, file: FileIdx, kind: DeclKind<'a>) -> DeclId {
        self.decls.push(DeclInfo { file, kind, deps: Vec::new() });
        DeclId(self.decls.len() as u32 - 1)
    }

    fn add_package_object(&mut self, pkg: PackageId, obj: ObjId, decl: DeclId) {
        let objects = &mut self.packages[pkg.0 as usize].objects;
        objects.push(obj);
        let order = objects.len() as u32;
        self.objects[obj.index()].order = order;
        self.objects[obj.index()].decl = Some(decl);
    }
}

impl<'a> Checker<'_, 'a> {
    fn collect_file(&mut self, methods: &mut Vec<CollectedMethod>) {
        let file = self.file(self.env.file).ast;
        for decl in &file.decls {
            match decl {
                ast::Decl::Gen(decl) => match &decl.specs {
                    ast::Specs::Import(specs) => specs.iter().for_each(|spec| self.collect_import(spec)),
                    ast::Specs::Const(specs) => specs.iter().for_each(|spec| self.collect_consts(spec)),
                    ast::Specs::Var(specs) => specs.iter().for_each(|spec| self.collect_vars(spec)),
                    ast::Specs::Type(specs) => {
                        for spec in specs {
                            let pkg = self.env.pkg;
                            let obj = self.new_object(
                                ObjKind::TypeName,
                                spec.name.pos,
                                Some(pkg),
                                spec.name.name,
                                None,
                            );
                            self.declare_package_object(&spec.name, obj, DeclKind::Type(spec));
                        }
                    }
                },
                ast::Decl::Func(decl) => self.collect_func(decl, methods),
            }
        }
    }

    /// Declares an object that is neither function nor method in the package scope.
    fn declare_package_object(&mut self, ident: &ast::Ident, obj: ObjId, kind: DeclKind<'a>) {
        let pkg = self.env.pkg;
        if ident.name == "init" {
            self.error(ident.pos, "InvalidInitDecl", "cannot declare init - must be func");
            return;
        }
        if ident.name == "main" && self.package_name(pkg) == "main" {
            self.error(ident.pos, "InvalidMainDecl", "cannot declare main - must be func");
            return;
        }
        let file = self.env.file;
        let decl = self.add_decl(file, kind);
        self.declare_in_package(ident, obj, decl);
    }

    fn declare_in_package(&mut self, ident: &ast::Ident, obj: ObjId, decl: DeclId) {
        let pkg = self.env.pkg;
        let scope = self.package(pkg).scope;
        self.declare(scope, Some(ident), obj, rgo_source::Pos::NONE);
        self.obj_mut(obj).parent.get_or_insert(scope);
        self.add_package_object(pkg, obj, decl);
    }

    fn collect_import(&mut self, spec: &'a ast::ImportSpec) {
        let pkg = self.env.pkg;
        let path = spec.path;
        let imported = if path == "unsafe" {
            UNSAFE_PACKAGE
        } else if let Some(&imported) = self.graph.package(pkg).imports.get(&path)
            && !self.graph.package(pkg).broken_imports.contains_key(&path)
        {
            imported
        } else {
            let pos = spec.path_span.start;
            match bad_import_path(path.as_str()) {
                Some(why) => self.error(pos, "BadImportPath", format!("invalid import path ({why})")),
                None => {
                    let is_absolute = path.as_str().starts_with('/');
                    let unknown =
                        if is_absolute { "import path cannot be absolute path" } else { "package not found" };
                    let broken = &self.graph.package(pkg).broken_imports;
                    let why = broken.get(&path).map_or(unknown, String::as_str);
                    self.error(pos, "BrokenImport", format!("could not import {path} ({why})"));
                    self.declare_unknown_package(spec);
                }
            }
            return;
        };
        let name = spec.name.as_ref().map_or_else(|| self.package_name(imported), |name| name.name);
        if let Some(name) = spec.name.as_ref().filter(|_| spec.path == "C") {
            self.error(name.pos, "ImportCRenamed", "cannot rename import \"C\"");
            return;
        }
        if name == "init" {
            self.error(spec.pos, "InvalidInitDecl", "cannot import package as init - init must be a func");
            return;
        }
        let kind = ObjKind::PkgName { imported, used: false };
        let obj = self.new_object(kind, spec.pos, Some(pkg), name, Some(crate::ty::TypeId::INVALID));
        if let Some(ident) = &spec.name {
            self.record_def(ident, obj);
        }
        self.program.packages[pkg.0 as usize].imports.push(obj);
        let scope = self.env.scope;
        if name != "." {
            self.declare(scope, None, obj, rgo_source::Pos::NONE);
            return;
        }
        // Dot import: all exported names become names of the file.
        self.collect_objects(imported);
        let from = match imported {
            UNSAFE_PACKAGE => self.universe.unsafe_scope,
            _ => self.package(imported).scope,
        };
        for (name, found) in self.scope(from).entries().to_vec() {
            if name.is_exported() {
                self.declare_dot_imported(scope, spec, name, found, obj);
            }
        }
    }

    /// Gives an import that failed a name under which nothing is reported again.
    fn declare_unknown_package(&mut self, spec: &'a ast::ImportSpec) {
        let last = spec.path.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let name = spec.name.as_ref().map_or_else(|| rgo_source::Name::new(last), |name| name.name);
        if name == "init" {
            self.error(spec.pos, "InvalidInitDecl", "cannot import package as init - init must be a func");
        }
        if name == "." || name == "init" {
            return;
        }
        let (pkg, scope) = (self.env.pkg, self.env.scope);
        let ty = Some(crate::ty::TypeId::INVALID);
        let obj = self.new_var(VarKind::Package, spec.pos, Some(pkg), name, ty);
        self.declare(scope, None, obj, rgo_source::Pos::NONE);
    }

    fn declare_dot_imported(
        &mut self,
        scope: ScopeId,
        spec: &ast::ImportSpec,
        name: rgo_source::Name,
        found: ObjId,
        import: ObjId,
    ) {
        if let Some(other) = self.program.scopes[scope.index()].insert(name, found) {
            let message = format!("{name} redeclared in this block{}", self.other_decl(other));
            self.error(spec.pos, "DuplicateDecl", message);
            return;
        }
        self.program.dot_imports.insert((scope, name), import);
    }

    fn collect_consts(&mut self, spec: &'a ast::ConstSpec) {
        let pkg = self.env.pkg;
        let (ty, values) = match &spec.init {
            Some(init) => (init.ty.as_ref(), init.values.as_slice()),
            None => (None, [].as_slice()),
        };
        for (i, name) in spec.names.iter().enumerate() {
            let kind = ObjKind::Const { value: ConstValue::Unknown };
            let obj = self.new_object(kind, name.pos, Some(pkg), name.name, None);
            let decl =
                DeclKind::Const { ty, init: values.get(i), iota: spec.iota, inherited: spec.inherited };
            self.declare_package_object(name, obj, decl);
        }
        self.arity(spec.pos, &spec.names, values, true, spec.inherited);
    }

    fn collect_vars(&mut self, spec: &'a ast::VarSpec) {
        let pkg = self.env.pkg;
        let vars: Arc<[ObjId]> = spec
            .names
            .iter()
            .map(|name| self.new_var(VarKind::Package, name.pos, Some(pkg), name.name, None))
            .collect();
        // With a single value, all variables have one declaration.
        let shared = spec.values.len() == 1;
        let mut shared_decl = None;
        for (i, (name, &var)) in spec.names.iter().zip(vars.iter()).enumerate() {
            let init = if shared { spec.values.first() } else { spec.values.get(i) };
            let lhs = if shared && vars.len() > 1 { vars.clone() } else { Arc::from([]) };
            match shared_decl {
                Some(decl) if name.name != "init" => self.declare_in_package(name, var, decl),
                _ => self.declare_package_object(name, var, DeclKind::Var { lhs, spec, init }),
            }
            if shared {
                shared_decl = self.obj(var).decl;
            }
        }
        if spec.ty.is_none() || !spec.values.is_empty() {
            self.arity(spec.pos, &spec.names, &spec.values, false, false);
        }
    }

    fn collect_func(&mut self, decl: &'a ast::FuncDecl, methods: &mut Vec<CollectedMethod>) {
        let (pkg, file) = (self.env.pkg, self.env.file);
        let name = decl.name.name;
        let obj = self.new_func(decl.name.pos, Some(pkg), name, None);
        let info = self.add_decl(file, DeclKind::Func(decl));
        let tparam_pos = decl.tparams.first().map(|f| f.pos);
        let Some(recv) = &decl.recv else {
            if name == "init" || (name == "main" && self.package_name(pkg) == "main") {
                let code = if name == "init" { "InvalidInitDecl" } else { "InvalidMainDecl" };
                if let Some(pos) = tparam_pos {
                    self.error(pos, code, format!("func {name} must have no type parameters"));
                }
                if !decl.sig.params.is_empty() || !decl.sig.results.is_empty() {
                    let message = format!("func {name} must have no arguments and no return values");
                    self.error(decl.name.pos, code, message);
                }
            } else if let Some(pos) = tparam_pos {
                self.verify_version(pos, (1, 18), "type parameter");
            }
            if name == "init" {
                let scope = self.package(pkg).scope;
                self.obj_mut(obj).parent = Some(scope);
                self.record_def(&decl.name, obj);
                if decl.body.is_none() {
                    self.error(decl.name.pos, "MissingInitBody", "func init must have a body");
                }
                self.add_package_object(pkg, obj, info);
            } else {
                self.declare_in_package(&decl.name, obj, info);
            }
            return;
        };
        let receiver = unpack_receiver(&recv.ty);
        if let Some(base) = receiver.base.as_ident()
            && !name.is_blank()
        {
            methods.push(CollectedMethod { obj, ptr: receiver.ptr, base: base.name });
        }
        // gc knows this directive only while it tracks fields.
        let nointerface = self.graph.experiments.is_on("fieldtrack")
            && decl.pragmas.iter().any(|pragma| pragma.verb() == "nointerface");
        if let ObjKind::Func(func) = &mut self.obj_mut(obj).kind {
            func.has_ptr_recv = receiver.ptr;
            func.nointerface = nointerface;
        }
        if let Some(pos) = tparam_pos {
            self.verify_version(pos, (1, 27), "generic method");
        }
        self.record_def(&decl.name, obj);
        self.add_package_object(pkg, obj, info);
    }
}
