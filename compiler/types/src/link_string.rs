//! Types as `reflect` prints them, and as link symbols name them, in gc's notation.
//!
//! The link string identifies a type within the program: names carry full package paths, local types a `·N` suffix,
//! unexported fields and methods their package. The reflect string names packages by their names only.

use std::fmt::Write as _;

use crate::const_value::quote;
use crate::object::ObjId;
use crate::program::Program;
use crate::scope::ScopeKind;
use crate::ty::{ChanDir, NamedId, SignatureId, TupleId, TypeId, TypeKind};

/// Which notation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Link,
    Reflect,
}

struct LinkWriter<'p, 'a> {
    program: &'p mut Program<'a>,
    out: String,
    mode: Mode,
    /// Types being written, with the place where their text starts.
    visited: Vec<(TypeId, usize)>,
}

impl<'a> Program<'a> {
    /// The type's text in `reflect` (`reflect.Type.String`).
    pub fn reflect_string(&mut self, ty: TypeId) -> String {
        self.link_text(ty, Mode::Reflect)
    }

    /// Text that is equal exactly for identical types.
    pub fn link_string(&mut self, ty: TypeId) -> String {
        self.link_text(ty, Mode::Link)
    }

    fn link_text(&mut self, ty: TypeId, mode: Mode) -> String {
        let ty = self.canonical(ty);
        let mut w = LinkWriter { program: self, out: String::new(), mode, visited: Vec::new() };
        w.ty(ty);
        w.out
    }

    /// The name of a defined type with its type arguments, without package: `reflect.Type.Name`.
    pub fn reflect_name(&mut self, id: NamedId) -> String {
        let mut w =
            LinkWriter { program: self, out: String::new(), mode: Mode::Reflect, visited: Vec::new() };
        w.name_and_args(id);
        w.out
    }

    /// Whether the type is declared in a function.
    pub fn is_local_type(&self, id: NamedId) -> bool {
        let obj = self.obj(self.named(self.named_origin(id)).obj);
        obj.parent
            .is_some_and(|scope| matches!(self.scope(scope).kind, ScopeKind::Function | ScopeKind::Block))
    }
}

impl LinkWriter<'_, '_> {
    fn name_and_args(&mut self, id: NamedId) {
        let named = self.program.named(id).clone();
        let name = self.program.obj(named.obj).name;
        self.out.push_str(name.as_str());
        if named.targs.is_empty() && named.outer_targs.is_empty() {
            return;
        }
        self.out.push('[');
        for (i, &ty) in named.outer_targs.iter().chain(named.targs.iter()).enumerate() {
            if i > 0 {
                self.out.push(if i == named.outer_targs.len() { ';' } else { ',' });
            }
            let text = self.program.link_string(ty);
            self.out.push_str(&text);
        }
        self.out.push(']');
    }

    fn named(&mut self, id: NamedId) {
        let obj = self.program.obj(self.program.named(id).obj);
        if let Some(pkg) = obj.pkg {
            let text = match self.mode {
                Mode::Link => self.program.package_path(pkg),
                Mode::Reflect => self.program.package_name(pkg),
            };
            self.out.push_str(text.as_str());
            self.out.push('.');
        }
        self.name_and_args(id);
        if self.mode == Mode::Link && self.program.is_local_type(id) {
            let number = self.program.local_type_number(id);
            let _ = write!(self.out, "·{number}");
        }
    }

    fn ty(&mut self, ty: TypeId) {
        let kind = self.program.kind(ty);
        match kind {
            TypeKind::Basic(kind) => {
                self.out.push_str(kind.name());
                return;
            }
            TypeKind::Named(id) => {
                self.named(id);
                return;
            }
            TypeKind::TypeParam(id) => {
                let obj = self.program.tparam(id).obj;
                self.out.push_str(self.program.obj(obj).name.as_str());
                return;
            }
            _ => {}
        }
        if let Some(&(_, at)) = self.visited.iter().find(|(seen, _)| *seen == ty) {
            let _ = write!(self.out, "@{at}");
            return;
        }
        self.visited.push((ty, self.out.len()));
        self.literal(ty, kind);
        self.visited.pop();
    }

    fn literal(&mut self, ty: TypeId, kind: TypeKind) {
        match kind {
            TypeKind::Pointer(elem) => {
                self.out.push('*');
                self.ty(elem);
            }
            TypeKind::Slice(elem) => {
                self.out.push_str("[]");
                self.ty(elem);
            }
            TypeKind::Array { elem, len } => {
                let _ = write!(self.out, "[{len}]");
                self.ty(elem);
            }
            TypeKind::Map { key, elem } => {
                self.out.push_str("map[");
                self.ty(key);
                self.out.push(']');
                self.ty(elem);
            }
            TypeKind::Chan { dir, elem } => {
                let inner_recv = matches!(self.program.kind(elem), TypeKind::Chan { dir: ChanDir::Recv, .. });
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
            TypeKind::Signature(id) => {
                self.out.push_str("func");
                self.signature(id);
            }
            TypeKind::Tuple(id) => self.params(id, false),
            TypeKind::Struct(id) => {
                let data = self.program.struct_type(id).clone();
                self.out.push_str("struct {");
                for (i, &field) in data.fields.iter().enumerate() {
                    self.out.push_str(if i > 0 { "; " } else { " " });
                    self.field(field);
                    if !data.tag(i).is_empty() {
                        let _ = write!(self.out, " {}", quote(data.tag(i)));
                    }
                }
                self.out.push_str(if data.fields.is_empty() { "}" } else { " }" });
            }
            TypeKind::Interface(id) => {
                let set = self.program.type_set(id);
                self.out.push_str("interface {");
                for (i, &method) in set.methods.iter().enumerate() {
                    self.out.push_str(if i > 0 { "; " } else { " " });
                    self.member_name(method, true);
                    let ty = self.program.obj_type(method);
                    if let TypeKind::Signature(sig) = self.program.kind(ty) {
                        self.signature(sig);
                    }
                }
                self.out.push_str(if set.methods.is_empty() { "}" } else { " }" });
            }
            _ => {
                let text = self.program.type_string(ty);
                self.out.push_str(&text);
            }
        }
    }

    /// A field's or method's name; unexported ones carry their package where identity matters.
    fn member_name(&mut self, member: ObjId, is_method: bool) {
        let obj = self.program.obj(member);
        let (name, exported, pkg) = (obj.name, obj.exported(), obj.pkg);
        if !exported && let Some(pkg) = pkg {
            match self.mode {
                Mode::Link => {
                    let _ = write!(self.out, "{}.", self.program.package_path(pkg));
                }
                Mode::Reflect if is_method => {
                    let _ = write!(self.out, "{}.", self.program.package_name(pkg));
                }
                Mode::Reflect => {}
            }
        }
        self.out.push_str(name.as_str());
    }

    fn field(&mut self, field: ObjId) {
        let ty = self.program.obj_type(field);
        let obj = self.program.obj(field);
        let (name, embedded) = (obj.name, obj.as_var().is_some_and(|v| v.embedded));
        let obj_exported = obj.exported();
        if !embedded {
            self.member_name(field, false);
            self.out.push(' ');
        } else if self.mode == Mode::Link {
            // An alias can give an embedded field another name than its type's.
            let (base, _) = self.program.deref(ty);
            let type_name = match self.program.kind(base) {
                TypeKind::Named(id) => Some(self.program.obj(self.program.named(id).obj).name),
                TypeKind::Basic(kind) => Some(rgo_source::Name::new(kind.name())),
                _ => None,
            };
            // A predeclared type (or an alias of one) is embedded under a name of the package around.
            let foreign = matches!(self.program.kind(base), TypeKind::Basic(_)) && !obj_exported;
            if type_name != Some(name) || foreign {
                self.member_name(field, false);
                self.out.push_str(" = ");
            }
        }
        self.ty(ty);
    }

    fn params(&mut self, id: TupleId, variadic: bool) {
        let vars = self.program.tuple(id);
        self.out.push('(');
        for (i, &var) in vars.iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            let ty = self.program.obj_type(var);
            match self.program.kind(ty) {
                TypeKind::Slice(elem) if variadic && i + 1 == vars.len() => {
                    self.out.push_str("...");
                    self.ty(elem);
                }
                _ => self.ty(ty),
            }
        }
        self.out.push(')');
    }

    fn signature(&mut self, id: SignatureId) {
        let sig = self.program.signature(id).clone();
        self.params(sig.params, sig.variadic);
        let results = self.program.tuple(sig.results);
        match &results[..] {
            [] => {}
            [one] => {
                self.out.push(' ');
                let ty = self.program.obj_type(*one);
                self.ty(ty);
            }
            _ => {
                self.out.push(' ');
                self.params(sig.results, false);
            }
        }
    }
}
