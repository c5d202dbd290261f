//! Types, objects and positions as text: for messages, for `reflect`, and for link symbols.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use rgo_load::PackageId;
use rgo_source::{Name, Pos};

use crate::const_value::quote;
use crate::object::{ObjId, ObjKind, VarKind};
use crate::program::Program;
use crate::scope::ScopeId;
use crate::ty::{
    BasicKind, ChanDir, InterfaceId, SignatureId, Term, TupleId, TypeId, TypeKind, TypeParamId,
    UNSAFE_PACKAGE,
};

/// How package-level names are qualified in messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Qualify {
    /// By package name, except names of the package being checked.
    Short,
    /// By package path.
    Path,
}

/// Writes types for messages.
struct TypeWriter<'p, 'a> {
    program: &'p Program<'a>,
    out: String,
    qualify: Qualify,
    param_names: bool,
    /// Mark the package of the first field that is not exported.
    pkg_info: bool,
    seen: Vec<TypeId>,
}

impl<'a> Program<'a> {
    /// The type in a message, seen from the package being checked.
    pub fn type_string(&self, ty: TypeId) -> String {
        let mut w = self.writer(Qualify::Short);
        w.ty(ty);
        w.out
    }

    fn writer(&self, qualify: Qualify) -> TypeWriter<'_, 'a> {
        TypeWriter {
            program: self,
            out: String::new(),
            qualify,
            param_names: true,
            pkg_info: false,
            seen: Vec::new(),
        }
    }

    /// A term of a union; gc always writes it with package paths.
    pub(crate) fn term_string(&self, term: Term) -> String {
        let mut w = self.writer(Qualify::Path);
        w.out.push_str(if term.tilde { "~" } else { "" });
        w.ty(term.ty);
        w.out
    }

    /// A method's name and signature; `pkg_info`: with package paths.
    pub(crate) fn func_string(&self, func: ObjId, pkg_info: bool) -> String {
        let mut w = self.writer(if pkg_info { Qualify::Path } else { Qualify::Short });
        w.pkg_info = pkg_info;
        w.param_names = false;
        w.out.push_str(self.obj(func).name.as_str());
        if let Some(ty) = self.obj(func).ty
            && let TypeKind::Signature(id) = self.kind(ty)
        {
            w.signature(id);
        }
        w.out
    }

    /// The package as a prefix with dot; empty for the universe and the package being checked.
    pub(crate) fn package_prefix(&self, pkg: Option<PackageId>) -> String {
        match pkg.map(|pkg| self.qualifier(pkg)) {
            Some(text) if !text.is_empty() => text + ".",
            _ => String::new(),
        }
    }

    /// How messages name a package: not at all while it is being checked, by its quoted path if several packages
    /// imported by the one being checked share its name, else by its name.
    fn qualifier(&self, pkg: PackageId) -> String {
        if Some(pkg) == self.current_pkg {
            return String::new();
        }
        let name = self.package_name(pkg);
        if let Some(current) = self.current_pkg
            && self.ambiguous_names(current).contains(&name)
        {
            return format!("{:?}", self.package_path(pkg).as_str());
        }
        name.to_string()
    }

    /// Names that several of the packages have which `pkg` imports, directly or not, itself included.
    fn ambiguous_names(&self, pkg: PackageId) -> Arc<HashSet<Name>> {
        let mut known = self.ambiguous_names.lock().unwrap_or_else(PoisonError::into_inner);
        let names = known.entry(pkg).or_insert_with(|| {
            let mut names: HashMap<Name, Name> = HashMap::new();
            let mut ambiguous = HashSet::new();
            let mut todo = vec![pkg];
            let mut seen = HashSet::new();
            while let Some(pkg) = todo.pop() {
                if pkg != UNSAFE_PACKAGE && seen.insert(pkg) {
                    let package = self.graph.package(pkg);
                    if names.insert(package.name, package.path).is_some_and(|path| path != package.path) {
                        ambiguous.insert(package.name);
                    }
                    todo.extend(package.imports.values());
                }
            }
            Arc::new(ambiguous)
        });
        Arc::clone(names)
    }

    /// `file:line:col`
    pub(crate) fn pos_string(&self, pos: Pos) -> String {
        let p = self.graph.sources.position(pos);
        format!("{}:{}:{}", p.file, p.line, p.col)
    }

    /// What sort of thing the object is, for messages.
    pub(crate) fn object_kind(&mut self, obj: ObjId) -> &'static str {
        let data = self.obj(obj);
        match &data.kind {
            ObjKind::PkgName { .. } => "package name",
            ObjKind::Const { .. } => "constant",
            ObjKind::TypeName => match data.ty.map(|ty| self.kind(ty)) {
                Some(TypeKind::TypeParam(_)) => "type parameter",
                _ if self.is_alias(obj) => "type alias",
                _ => "defined type",
            },
            ObjKind::Var(var) => match var.kind {
                VarKind::Package => "package-level variable",
                VarKind::Local => "local variable",
                VarKind::Recv => "receiver",
                VarKind::Param => "parameter",
                VarKind::Result => "result variable",
                VarKind::Field => "struct field",
            },
            ObjKind::Func(_) => {
                let method = data.ty.is_some_and(|ty| match self.kind(ty) {
                    TypeKind::Signature(id) => self.signature(id).recv.is_some(),
                    _ => false,
                });
                if method { "method" } else { "function" }
            }
            ObjKind::Label { .. } => "label",
            ObjKind::Builtin(_) => "built-in function",
            ObjKind::Nil => "untyped nil",
        }
    }

    /// Whether a type name is an alias (as `byte` and `rune` are, too).
    pub fn is_alias(&self, obj: ObjId) -> bool {
        let data = self.obj(obj);
        let Some(ty) = data.ty else { return false };
        match self.kind(ty) {
            TypeKind::Alias(_) => true,
            TypeKind::Basic(kind) => {
                data.pkg != Some(UNSAFE_PACKAGE) && (kind != kind.normal() || data.name != kind.name())
            }
            TypeKind::Named(id) => self.named(id).obj != obj,
            TypeKind::TypeParam(id) => self.tparam(id).obj != obj,
            _ => true,
        }
    }

    /// The object as `go/types` prints it (`func f(x int)`, `var x int`, ...), qualified for messages.
    pub fn obj_string(&self, obj: ObjId) -> String {
        let data = self.obj(obj);
        let mut w = self.writer(Qualify::Short);
        if let (ObjKind::Func(_), Some(ty)) = (&data.kind, data.ty)
            && let TypeKind::Signature(id) = self.kind(ty)
        {
            w.out.push_str("func ");
            match self.signature(id).recv.and_then(|recv| self.obj(recv).ty) {
                Some(recv) if matches!(self.kind(recv), TypeKind::Interface(_)) => {
                    w.out.push_str("(interface).")
                }
                Some(recv) => {
                    w.out.push('(');
                    w.ty(recv);
                    w.out.push_str(").");
                }
                None => w.out.push_str(&self.package_prefix(data.pkg)),
            }
            w.out.push_str(data.name.as_str());
            w.signature(id);
            return w.out;
        }
        let kind = match &data.kind {
            ObjKind::PkgName { imported, .. } => {
                return format!("package {} ({:?})", data.name, self.package_path(*imported).as_str());
            }
            ObjKind::Const { .. } => "const",
            ObjKind::TypeName => "type",
            ObjKind::Var(var) if var.kind == VarKind::Field => "field",
            ObjKind::Var(_) => "var",
            ObjKind::Func(_) => "func",
            ObjKind::Label { .. } => return format!("label {}", data.name),
            ObjKind::Builtin(_) => return format!("builtin {}", data.name),
            ObjKind::Nil => return "nil".to_owned(),
        };
        w.out.push_str(kind);
        w.out.push(' ');
        let package_level =
            data.parent.is_some_and(|scope| data.pkg.is_some_and(|pkg| self.is_package_scope(pkg, scope)));
        if package_level {
            w.out.push_str(&self.package_prefix(data.pkg));
        }
        w.out.push_str(data.name.as_str());
        if let Some(ty) = data.ty {
            w.out.push(' ');
            w.ty(ty);
        }
        w.out
    }

    fn is_package_scope(&self, pkg: PackageId, scope: ScopeId) -> bool {
        pkg != UNSAFE_PACKAGE && self.package(pkg).scope == scope
    }
}

impl TypeWriter<'_, '_> {
    fn list(&mut self, list: &[TypeId]) {
        self.out.push('[');
        for (i, &ty) in list.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.ty(ty);
        }
        self.out.push(']');
    }

    fn type_name(&mut self, obj: ObjId) {
        let data = self.program.obj(obj);
        match self.qualify {
            Qualify::Short => self.out.push_str(&self.program.package_prefix(data.pkg)),
            Qualify::Path => {
                if let Some(pkg) = data.pkg {
                    self.out.push_str(self.program.package_path(pkg).as_str());
                    self.out.push('.');
                }
            }
        }
        self.out.push_str(data.name.as_str());
    }

    fn var_type(&self, var: ObjId) -> TypeId {
        self.program.obj(var).ty.unwrap_or(TypeId::INVALID)
    }

    fn ty(&mut self, ty: TypeId) {
        if self.seen.contains(&ty) {
            self.out.push_str("<cycle>");
            return;
        }
        self.seen.push(ty);
        self.ty_inner(ty);
        self.seen.pop();
    }

    fn ty_inner(&mut self, ty: TypeId) {
        let p = self.program;
        match p.kind(ty) {
            TypeKind::Basic(BasicKind::UnsafePointer) => {
                let prefix = p.package_prefix(Some(UNSAFE_PACKAGE));
                self.out.push_str(&prefix);
                self.out.push_str("Pointer");
            }
            TypeKind::Basic(kind) => self.out.push_str(kind.name()),
            TypeKind::Array { elem, len } => {
                let _ = write!(self.out, "[{len}]");
                self.ty(elem);
            }
            TypeKind::Slice(elem) => {
                self.out.push_str("[]");
                self.ty(elem);
            }
            TypeKind::Pointer(elem) => {
                self.out.push('*');
                self.ty(elem);
            }
            TypeKind::Map { key, elem } => {
                self.out.push_str("map[");
                self.ty(key);
                self.out.push(']');
                self.ty(elem);
            }
            TypeKind::Chan { dir, elem } => {
                let inner_recv = matches!(p.kind(elem), TypeKind::Chan { dir: ChanDir::Recv, .. });
                let parens = dir == ChanDir::Both && inner_recv;
                self.out.push_str(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                self.out.push_str(if parens { "(" } else { "" });
                self.ty(elem);
                self.out.push_str(if parens { ")" } else { "" });
            }
            TypeKind::Struct(id) => {
                let data = p.struct_type(id);
                self.out.push_str("struct{");
                for (i, &field) in data.fields.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str("; ");
                    }
                    let obj = p.obj(field);
                    let annotate = self.qualify == Qualify::Path && self.pkg_info && !obj.exported();
                    self.pkg_info &= !annotate;
                    if !obj.as_var().is_some_and(|v| v.embedded) {
                        let _ = write!(self.out, "{} ", obj.name);
                    }
                    self.ty(self.var_type(field));
                    if annotate && let Some(pkg) = obj.pkg {
                        let _ = write!(self.out, " /* package {} */ ", p.package_path(pkg));
                    }
                    if !data.tag(i).is_empty() {
                        let _ = write!(self.out, " {}", quote(data.tag(i)));
                    }
                }
                self.out.push('}');
            }
            TypeKind::Tuple(id) => self.tuple(id, false),
            TypeKind::Signature(id) => {
                self.out.push_str("func");
                self.signature(id);
            }
            TypeKind::Union(id) => {
                for (i, term) in p.union(id).terms.iter().enumerate() {
                    self.out.push_str(if i > 0 { " | " } else { "" });
                    self.out.push_str(if term.tilde { "~" } else { "" });
                    self.ty(term.ty);
                }
            }
            TypeKind::Interface(id) => self.interface(id),
            TypeKind::Named(id) => {
                let named = p.named(id);
                self.type_name(named.obj);
                if !named.targs.is_empty() {
                    self.list(&named.targs);
                } else if !named.tparams.is_empty() && named.origin.is_none() {
                    self.tparams(&named.tparams);
                }
            }
            TypeKind::Alias(id) => {
                let alias = p.alias(id);
                self.type_name(alias.obj);
                if !alias.targs.is_empty() {
                    self.list(&alias.targs);
                } else if !alias.tparams.is_empty() {
                    self.tparams(&alias.tparams);
                }
            }
            TypeKind::TypeParam(id) => {
                let obj = p.obj(p.tparam(id).obj);
                self.out.push_str(obj.name.as_str());
                // Tell a type parameter apart from a predeclared type of the same name.
                if p.scope(ScopeId::UNIVERSE).lookup(obj.name).is_some() {
                    let at = p.pos_string(obj.pos);
                    let _ = write!(self.out, " /* with {} declared at {at} */", obj.name);
                }
            }
        }
    }

    fn interface(&mut self, id: InterfaceId) {
        let p = self.program;
        let data = p.interface(id);
        let is_comparable = data.methods.is_empty()
            && data.embeddeds.is_empty()
            && data.type_set.as_ref().is_some_and(|set| set.comparable);
        if is_comparable {
            self.out.push_str("interface{comparable}");
            return;
        }
        if data.implicit && data.methods.is_empty() && data.embeddeds.len() == 1 {
            self.ty(data.embeddeds[0].0);
            return;
        }
        self.out.push_str("interface{");
        let mut first = true;
        for &method in &data.methods {
            self.out.push_str(if first { "" } else { "; " });
            first = false;
            self.out.push_str(p.obj(method).name.as_str());
            if let Some(TypeKind::Signature(sig)) = p.obj(method).ty.map(|ty| p.kind(ty)) {
                self.signature(sig);
            }
        }
        for &(ty, _) in &data.embeddeds {
            self.out.push_str(if first { "" } else { "; " });
            first = false;
            self.ty(ty);
        }
        self.out.push('}');
    }

    fn tparams(&mut self, list: &[TypeParamId]) {
        let p = self.program;
        self.out.push('[');
        let mut previous: Option<TypeId> = None;
        for (i, &id) in list.iter().enumerate() {
            let bound = p.tparam(id).bound;
            if i > 0 {
                if let Some(previous) = previous
                    && previous != bound
                {
                    self.out.push(' ');
                    self.ty(previous);
                }
                self.out.push_str(", ");
            }
            previous = Some(bound);
            self.ty(p.tparam_type(id));
        }
        if let Some(previous) = previous {
            self.out.push(' ');
            self.ty(previous);
        }
        self.out.push(']');
    }

    fn tuple(&mut self, id: TupleId, variadic: bool) {
        let p = self.program;
        let vars = p.tuple(id);
        self.out.push('(');
        for (i, &var) in vars.iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            let name = p.obj(var).name;
            if self.param_names && !name.as_str().is_empty() {
                let _ = write!(self.out, "{name} ");
            }
            let ty = self.var_type(var);
            if !(variadic && i + 1 == vars.len()) {
                self.ty(ty);
            } else if let TypeKind::Slice(elem) = p.kind(ty) {
                self.out.push_str("...");
                self.ty(elem);
            } else {
                self.ty(ty);
                self.out.push_str("...");
            }
        }
        self.out.push(')');
    }

    fn signature(&mut self, id: SignatureId) {
        let p = self.program;
        let sig = p.signature(id);
        if !sig.tparams.is_empty() {
            self.tparams(&sig.tparams);
        }
        self.tuple(sig.params, sig.variadic);
        let results = p.tuple(sig.results);
        match &results[..] {
            [] => {}
            [one] if p.obj(*one).name.as_str().is_empty() => {
                self.out.push(' ');
                self.ty(self.var_type(*one));
            }
            _ => {
                self.out.push(' ');
                self.tuple(sig.results, false);
            }
        }
    }
}
