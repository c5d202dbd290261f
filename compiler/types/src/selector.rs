//! Selectors: qualified identifiers, fields, method values and method expressions (spec, "Selectors").

use rgo_load::PackageId;
use rgo_source::Name;
use rgo_syntax::ast::{Expr, ExprKind, Ident};

use crate::checker::Checker;
use crate::expr_string::expr_string;
use crate::info::{OperandMode, Selection, SelectionKind};
use crate::lookup::Lookup;
use crate::object::{ObjId, ObjKind, VarKind};
use crate::operand::Operand;
use crate::ty::TypeId;

/// How a name that was looked for relates to one that exists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Near {
    Missing,
    Misspelled,
    /// Differs in the case of the first letter.
    Unexported,
    /// The same, in another package.
    Inaccessible,
}

fn tail(name: &str) -> &str {
    let mut chars = name.chars();
    chars.next();
    chars.as_str()
}

impl<'a> Checker<'_, 'a> {
    /// Checks the selector expression `e`. `want_type`: it stands where only a type can.
    pub fn selector(&mut self, x: &mut Operand<'a>, e: &'a Expr, want_type: bool) {
        let ExprKind::Selector { x: inner, sel } = &e.kind else { return };
        if let Some(ident) = inner.as_ident()
            && let Some(obj) = self.lookup(ident.name)
            && let ObjKind::PkgName { imported, .. } = self.obj(obj).kind
        {
            self.record_use(ident, obj);
            self.obj_mut(obj).kind = ObjKind::PkgName { imported, used: true };
            if !self.qualified_ident(x, e, imported, sel) {
                x.invalidate();
                x.ty = TypeId::INVALID;
            }
            x.expr = Some(e);
            return;
        }
        self.expr_or_type(x, inner, false);
        if x.mode == OperandMode::Builtin {
            let text = self.operand_string(x);
            let message = format!("invalid use of {text} in selector expression");
            self.error(e.pos, "UncalledBuiltin", message);
            x.invalidate();
        }
        if x.is_valid() && !self.is_complete(x.ty) {
            x.invalidate();
        }
        if x.is_valid() && want_type {
            let message = format!("{} is not a type", expr_string(e));
            self.error(sel.pos, "NotAType", message);
            x.invalidate();
        }
        if x.is_valid() {
            self.member(x, inner, sel);
        }
        if !x.is_valid() {
            x.ty = TypeId::INVALID;
        }
        x.expr = Some(e);
    }

    /// Checks `pkg.sel`.
    fn qualified_ident(&mut self, x: &mut Operand<'a>, e: &'a Expr, pkg: PackageId, sel: &'a Ident) -> bool {
        let name = sel.name;
        let scope = self.package_scope(pkg);
        if !name.is_exported() && self.in_export_data(pkg, name) {
            let message = format!("name {name} not exported by package {}", self.package_name(pkg));
            self.error(sel.pos, "UnexportedName", message);
            return false;
        }
        let Some(obj) = self.scope(scope).lookup(name).filter(|&obj| self.obj(obj).exported()) else {
            let mut near: Vec<Name> = self
                .scope(scope)
                .entries()
                .iter()
                .map(|(other, _)| *other)
                .filter(|other| {
                    other.is_exported() && other.as_str().to_lowercase() == name.as_str().to_lowercase()
                })
                .collect();
            near.sort();
            let mut message = format!("undefined: {}", expr_string(e));
            if let Some(near) = near.first() {
                message.push_str(&format!(" (but have {near})"));
            }
            self.error(sel.pos, "UndeclaredImportedName", message);
            return false;
        };
        self.record_use(sel, obj);
        let ty = self.obj_type(obj);
        self.add_decl_dep(obj);
        match self.obj(obj).kind.clone() {
            ObjKind::Const { value } => {
                if !self.is_valid(ty) {
                    return false;
                }
                x.set_const(ty, value);
            }
            ObjKind::TypeName => {
                x.mode = OperandMode::TypeExpr;
                x.ty = ty;
            }
            ObjKind::Var(_) => {
                x.mode = OperandMode::Variable;
                x.ty = ty;
            }
            ObjKind::Func(_) => x.set_value(ty),
            ObjKind::Builtin(id) => {
                x.mode = OperandMode::Builtin;
                x.ty = TypeId::INVALID;
                x.id = Some(id);
                return true;
            }
            ObjKind::PkgName { .. } | ObjKind::Label { .. } | ObjKind::Nil => return false,
        }
        self.is_valid(ty)
    }

    /// Selects the field or method `sel` of `x`, written `inner`.
    fn member(&mut self, x: &mut Operand<'a>, inner: &'a Expr, sel: &'a Ident) {
        let name = sel.name;
        let addressable = x.mode == OperandMode::Variable;
        let pkg = Some(self.env.pkg);
        // Selecting through a pointer dereferences it.
        let base_complete = match self.as_pointer(x.ty) {
            Some(base) => self.is_complete(base),
            None => true,
        };
        if !base_complete {
            x.invalidate();
            return;
        }
        let found = self.lookup_field_or_method(x.ty, addressable, pkg, name);
        let Some(obj) = found.obj else {
            self.missing_member(x, sel, &found);
            x.invalidate();
            return;
        };
        if self.obj(obj).is_var() {
            if x.mode == OperandMode::TypeExpr {
                let text = self.ty_str(x.ty);
                let message = format!("operand for field selector {name} must be value of type {text}");
                self.error(inner.start_pos(), "MissingFieldOrMethod", message);
                x.invalidate();
                return;
            }
            let mode = if addressable || found.indirect { OperandMode::Variable } else { OperandMode::Value };
            self.select(SelectionKind::FieldVal, sel, x.ty, obj, found);
            x.mode = mode;
            x.val = None;
            x.ty = self.obj_type(obj);
            return;
        }
        let method_type = self.obj_type(obj);
        self.add_decl_dep(obj);
        let Some(id) = self.as_signature(method_type) else {
            x.invalidate();
            return;
        };
        let mut sig = self.signature(id).clone();
        if x.mode == OperandMode::TypeExpr {
            let recv = x.ty;
            self.select(SelectionKind::MethodExpr, sel, recv, obj, found);
            let Some(recv_var) = sig.recv.take() else {
                self.error(inner.start_pos(), "InvalidDeclCycle", "illegal cycle in method declaration");
                x.invalidate();
                return;
            };
            // The receiver becomes the first parameter, named if the others are.
            let params = self.tuple(sig.params);
            let named = params.first().is_some_and(|&p| !self.obj(p).name.as_str().is_empty());
            let var = self.obj(recv_var).clone();
            let var_name = match named {
                true if var.name.as_str().is_empty() => Name::new("_"),
                true => var.name,
                false => Name::new(""),
            };
            let first = self.new_var(VarKind::Param, var.pos, var.pkg, var_name, Some(recv));
            let all: Vec<ObjId> = std::iter::once(first).chain(params.iter().copied()).collect();
            sig.params = self.new_tuple(all.into());
        } else {
            self.select(SelectionKind::MethodVal, sel, x.ty, obj, found);
            sig.recv = None;
        }
        let id = self.new_signature(sig);
        let ty = self.signature_type(id);
        x.set_value(ty);
    }

    fn select(&mut self, kind: SelectionKind, sel: &'a Ident, recv: TypeId, obj: ObjId, found: Lookup) {
        let selection = Selection { kind, recv, obj, index: found.index, indirect: found.indirect };
        self.record_selection(sel, selection);
    }

    fn missing_member(&mut self, x: &Operand<'a>, sel: &'a Ident, found: &Lookup) {
        let name = sel.name;
        let under = self.under(x.ty);
        if !self.is_valid(under) {
            return;
        }
        if !found.index.is_empty() {
            let message = format!("ambiguous selector {}.{name}", x.text());
            self.error(sel.pos, "AmbiguousSelector", message);
            return;
        }
        if found.indirect {
            let ty = self.ty_str(x.ty);
            let message = if x.mode == OperandMode::TypeExpr {
                format!("invalid method expression {ty}.{name} (needs pointer receiver (*{ty}).{name})")
            } else {
                format!("cannot call pointer method {name} on {ty}")
            };
            self.error(sel.pos, "InvalidMethodExpr", message);
            return;
        }
        let why = if self.is_interface_ptr(x.ty) {
            self.interface_ptr_error(x.ty)
        } else {
            let pkg = Some(self.env.pkg);
            let alt = self.lookup_fold(x.ty, x.mode == OperandMode::Variable, pkg, name, true).obj;
            self.lookup_error(x.ty, name, alt, false)
        };
        let message = format!("{}.{name} undefined ({why})", x.text());
        self.error(sel.pos, "MissingFieldOrMethod", message);
    }

    /// Why the field or method `sel` was not found in `ty`; `alt` is one with a similar name.
    pub fn lookup_error(&mut self, ty: TypeId, sel: Name, alt: Option<ObjId>, struct_lit: bool) -> String {
        let mut near = Near::Missing;
        let mut what = "object";
        let mut other = "";
        if let Some(obj) = alt {
            let obj = self.obj(obj);
            other = obj.name.as_str();
            what = if obj.is_var() {
                "field"
            } else if obj.is_func() {
                "method"
            } else {
                "object"
            };
            if obj.pkg == Some(self.env.pkg) {
                near = Near::Misspelled;
            } else if sel.is_exported() {
                if obj.exported() {
                    near = Near::Misspelled;
                } else if tail(sel.as_str()) == tail(other) {
                    near = Near::Unexported;
                }
            } else if obj.exported() {
                if tail(sel.as_str()) == tail(other) {
                    near = Near::Misspelled;
                }
            } else if sel == obj.name {
                near = Near::Inaccessible;
            }
        }
        let ty = self.ty_str(ty);
        if struct_lit {
            return match near {
                Near::Missing => format!("unknown field {sel} in struct literal of type {ty}"),
                Near::Misspelled => {
                    format!("unknown field {sel} in struct literal of type {ty}, but does have {other}")
                }
                Near::Unexported => {
                    format!(
                        "unknown field {sel} in struct literal of type {ty}, but does have unexported {other}"
                    )
                }
                Near::Inaccessible => {
                    format!("cannot refer to unexported field {other} in struct literal of type {ty}")
                }
            };
        }
        match near {
            Near::Missing => format!("type {ty} has no field or method {sel}"),
            Near::Misspelled => {
                format!("type {ty} has no field or method {sel}, but does have {what} {other}")
            }
            Near::Unexported => {
                format!("type {ty} has no field or method {sel}, but does have unexported {what} {other}")
            }
            Near::Inaccessible => format!("cannot refer to unexported {what} {other}"),
        }
    }
}
