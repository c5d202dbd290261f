//! Types and expressions as gc's messages write them.

use std::fmt::Write as _;

use rgo_types::{BasicKind, ChanDir, ConstValue, ObjId, SignatureId, TypeId, TypeKind};

use crate::tree::{Builtin, Conv, Node, Op};
use crate::world::World;

/// Binding strength of an operator; operands with less are put in parentheses.
fn precedence(node: &Node) -> u8 {
    match &node.op {
        Op::Binary(op) => op.precedence(),
        Op::AddStr => 4,
        Op::Deref | Op::Addr | Op::PtrLit | Op::Unary(_) | Op::Recv => 7,
        _ => 8,
    }
}

impl World<'_, '_> {
    /// The type as messages about the current package write it.
    pub fn type_text(&mut self, ty: TypeId) -> String {
        let mut out = String::new();
        self.write_type(&mut out, ty);
        out
    }

    /// A type argument in the name of a shared instance.
    pub fn shape_text(&mut self, ty: TypeId) -> String {
        let under = match self.under(ty) {
            TypeKind::Pointer(_) => return "go.shape.*uint8".to_owned(),
            _ => self.prog.under(ty),
        };
        let under = self.prog.link_string(under);
        format!("go.shape.{under}")
    }

    fn write_type(&mut self, out: &mut String, ty: TypeId) {
        match self.prog.kind(ty) {
            TypeKind::Basic(kind) => match kind {
                BasicKind::UnsafePointer => out.push_str("unsafe.Pointer"),
                BasicKind::UntypedNil => out.push_str("nil"),
                kind => out.push_str(kind.name()),
            },
            TypeKind::Alias(id) => {
                let obj = self.prog.alias(id).obj;
                if self.prog.obj(obj).pkg.is_none() {
                    out.push_str(self.prog.obj(obj).name.as_str());
                    return;
                }
                let actual = self.prog.unalias(ty);
                self.write_type(out, actual);
            }
            TypeKind::Named(id) => {
                let named = self.prog.named(id);
                let (obj, targs) = (named.obj, named.targs.clone());
                self.write_object(out, obj);
                if !targs.is_empty() {
                    let list: Vec<String> = targs.iter().map(|&t| self.prog.link_string(t)).collect();
                    let _ = write!(out, "[{}]", list.join(","));
                }
            }
            TypeKind::Pointer(elem) => {
                out.push('*');
                self.write_type(out, elem);
            }
            TypeKind::Slice(elem) => {
                out.push_str("[]");
                self.write_type(out, elem);
            }
            TypeKind::Array { elem, len } => {
                let _ = write!(out, "[{len}]");
                self.write_type(out, elem);
            }
            TypeKind::Map { key, elem } => {
                out.push_str("map[");
                self.write_type(out, key);
                out.push(']');
                self.write_type(out, elem);
            }
            TypeKind::Chan { dir, elem } => {
                out.push_str(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                let nested = matches!(self.prog.kind(elem), TypeKind::Chan { dir: ChanDir::Recv, .. });
                if dir == ChanDir::Both && nested {
                    out.push('(');
                    self.write_type(out, elem);
                    out.push(')');
                } else {
                    self.write_type(out, elem);
                }
            }
            TypeKind::Struct(id) => {
                let fields = self.prog.struct_type(id).fields.clone();
                if fields.is_empty() {
                    out.push_str("struct {}");
                    return;
                }
                out.push_str("struct { ");
                for (i, &field) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push_str("; ");
                    }
                    let object = self.prog.obj(field);
                    if !object.as_var().is_some_and(|var| var.embedded) {
                        let _ = write!(out, "{} ", object.name);
                    }
                    let ty = self.prog.obj_type(field);
                    self.write_type(out, ty);
                }
                out.push_str(" }");
            }
            TypeKind::Signature(id) => {
                out.push_str("func");
                self.write_signature(out, id);
            }
            TypeKind::Interface(_) => {
                let methods = self.prog.interface_methods(ty).unwrap_or_else(|| [].into());
                if methods.is_empty() {
                    out.push_str("interface {}");
                    return;
                }
                out.push_str("interface { ");
                for (i, &method) in methods.iter().enumerate() {
                    if i > 0 {
                        out.push_str("; ");
                    }
                    out.push_str(self.prog.obj(method).name.as_str());
                    if let Some(sig) = self.prog.func_signature(method) {
                        self.write_signature(out, sig);
                    }
                }
                out.push_str(" }");
            }
            TypeKind::TypeParam(id) => {
                let obj = self.prog.tparam(id).obj;
                out.push_str(self.prog.obj(obj).name.as_str());
            }
            TypeKind::Tuple(_) | TypeKind::Union(_) => out.push_str(&self.prog.type_string(ty)),
        }
    }

    fn write_signature(&mut self, out: &mut String, id: SignatureId) {
        let sig = self.prog.signature(id).clone();
        let params = self.prog.tuple(sig.params);
        out.push('(');
        for (i, &param) in params.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let ty = self.prog.obj_type(param);
            match self.prog.kind(ty) {
                TypeKind::Slice(elem) if sig.variadic && i + 1 == params.len() => {
                    out.push_str("...");
                    self.write_type(out, elem);
                }
                _ => self.write_type(out, ty),
            }
        }
        out.push(')');
        let results = self.prog.tuple(sig.results);
        match *results {
            [] => {}
            [only] => {
                out.push(' ');
                let ty = self.prog.obj_type(only);
                self.write_type(out, ty);
            }
            _ => {
                out.push_str(" (");
                for (i, &result) in results.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    let ty = self.prog.obj_type(result);
                    self.write_type(out, ty);
                }
                out.push(')');
            }
        }
    }

    fn write_object(&mut self, out: &mut String, obj: ObjId) {
        let object = self.prog.obj(obj);
        if let Some(pkg) = object.pkg.filter(|&pkg| pkg != self.package) {
            let _ = write!(out, "{}.", self.prog.package_name(pkg));
        }
        let _ = write!(out, "{}", object.name);
    }

    /// The expression.
    pub fn text(&mut self, node: &Node) -> String {
        let mut out = String::new();
        self.write(&mut out, node, 0);
        out
    }

    fn write_list(&mut self, out: &mut String, list: &[Node]) {
        for (i, node) in list.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            self.write(out, node, 0);
        }
    }

    fn write(&mut self, out: &mut String, node: &Node, outer: u8) {
        if node.implicit && matches!(node.op, Op::Addr | Op::Deref | Op::Conv(_)) {
            return self.write(out, &node.kids[0], outer);
        }
        let own = precedence(node);
        if outer > own {
            out.push('(');
            self.write(out, node, 0);
            out.push(')');
            return;
        }
        let kids = &node.kids;
        match &node.op {
            Op::Absent | Op::List => out.push_str("<nil>"),
            Op::Nil => out.push_str("nil"),
            Op::Blank => out.push('_'),
            Op::Literal(value) => self.write_literal(out, value, node.ty),
            Op::Var(var) => out.push_str(&self.var_name(*var)),
            Op::Global(obj) => self.write_object(out, *obj),
            Op::Func(id) => out.push_str(&self.diag_name(*id)),
            Op::MethodExpr(id) => out.push_str(&self.diag_name(*id)),
            Op::Type => self.write_type(out, node.ty),
            Op::Unary(op) => {
                out.push_str(op.text());
                if matches!(&kids[0].op, Op::Unary(inner) if inner == op) {
                    out.push(' ');
                }
                self.write(out, &kids[0], own + 1);
            }
            Op::Recv => {
                out.push_str("<-");
                self.write(out, &kids[0], own + 1);
            }
            Op::Addr => {
                out.push('&');
                self.write(out, &kids[0], own + 1);
            }
            Op::Deref => {
                out.push('*');
                self.write(out, &kids[0], own + 1);
            }
            Op::Binary(op) => {
                self.write(out, &kids[0], own);
                let _ = write!(out, " {} ", op.text());
                self.write(out, &kids[1], own + 1);
            }
            Op::AddStr => {
                for (i, kid) in kids.iter().enumerate() {
                    if i > 0 {
                        out.push_str(" + ");
                    }
                    self.write(out, kid, own);
                }
            }
            Op::Dot(field) | Op::DotPtr(field) => {
                self.write(out, &kids[0], own);
                let _ = write!(out, ".{}", self.prog.obj(*field).name);
            }
            Op::DotInter(name) | Op::MethodValue(name, _) => {
                self.write(out, &kids[0], own);
                let _ = write!(out, ".{name}");
            }
            Op::DotType => {
                self.write(out, &kids[0], own);
                out.push_str(".(");
                self.write_type(out, node.ty);
                out.push(')');
            }
            Op::Index | Op::IndexMap => {
                self.write(out, &kids[0], own);
                out.push('[');
                self.write(out, &kids[1], 0);
                out.push(']');
            }
            Op::Slice { full } => {
                self.write(out, &kids[0], own);
                out.push('[');
                for (i, kid) in kids[1..].iter().enumerate() {
                    if i == 1 || i == 2 && *full {
                        out.push(':');
                    }
                    if !kid.is_absent() {
                        self.write(out, kid, 0);
                    }
                }
                out.push(']');
            }
            Op::Conv(conv) => self.write_conversion(out, node, *conv),
            Op::New => {
                out.push_str("new(");
                let elem = self.pointee(node.ty).unwrap_or(node.ty);
                self.write_type(out, elem);
                out.push(')');
            }
            Op::PtrLit => {
                out.push('&');
                self.write(out, &kids[0], 0);
            }
            Op::StructLit | Op::ArrayLit | Op::SliceLit(_) | Op::MapLit => {
                if node.implicit {
                    out.push_str("... argument");
                    return;
                }
                self.write_type(out, node.ty);
                out.push_str(if kids.is_empty() { "{}" } else { "{...}" });
            }
            Op::Key => {
                self.write(out, &kids[0], 0);
                out.push(':');
                self.write(out, &kids[1], 0);
            }
            Op::StructKey => self.write(out, &kids[0], 0),
            Op::MakeSlice | Op::MakeMap | Op::MakeChan => {
                out.push_str("make(");
                self.write_type(out, node.ty);
                for kid in kids.iter().filter(|kid| !kid.is_absent()) {
                    out.push_str(", ");
                    self.write(out, kid, 0);
                }
                out.push(')');
            }
            Op::Closure(_) => out.push_str("func literal"),
            Op::Call { ddd } | Op::CallInter { ddd } => {
                self.write(out, &kids[0], own);
                out.push('(');
                self.write_list(out, &kids[1..]);
                out.push_str(if *ddd { "...)" } else { ")" });
            }
            Op::Builtin { which, ddd } => {
                out.push_str(builtin_name(*which));
                out.push('(');
                self.write_list(out, kids);
                out.push_str(if *ddd { "...)" } else { ")" });
            }
            Op::InlCall => match &kids[1].kids[..] {
                [only] => self.write(out, only, 0),
                list => {
                    out.push_str("(.");
                    self.write_list(out, list);
                    out.push(')');
                }
            },
            _ => out.push_str("<node>"),
        }
    }

    fn write_conversion(&mut self, out: &mut String, node: &Node, _conv: Conv) {
        let named = match self.prog.kind(node.ty) {
            TypeKind::Basic(_) | TypeKind::Named(_) => true,
            TypeKind::Alias(id) => {
                let obj = self.prog.alias(id).obj;
                let universe = self.prog.obj(obj).pkg.is_none();
                let actual = self.prog.unalias(node.ty);
                universe || matches!(self.prog.kind(actual), TypeKind::Basic(_) | TypeKind::Named(_))
            }
            _ => false,
        };
        if !named {
            out.push('(');
        }
        self.write_type(out, node.ty);
        if !named {
            out.push(')');
        }
        out.push('(');
        self.write(out, &node.kids[0], 0);
        out.push(')');
    }

    /// Signature and body of a function.
    pub fn function_text(&mut self, id: crate::tree::FuncId) -> String {
        let mut out = String::from("func(");
        let func = self.func(id);
        let (params, results, has_recv) = (func.params.clone(), func.results.clone(), func.has_recv);
        for (i, param) in params.iter().skip(usize::from(has_recv)).enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let ty = self.var(*param).ty;
            self.write_type(&mut out, ty);
        }
        out.push(')');
        let open = if results.len() > 1 { " (" } else { " " };
        for (i, result) in results.iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { open });
            let ty = self.var(*result).ty;
            self.write_type(&mut out, ty);
        }
        out.push_str(if results.len() > 1 { ") { " } else { " { " });
        let body = std::rc::Rc::clone(&self.func(id).body);
        for (i, node) in body.iter().enumerate() {
            if i > 0 {
                out.push_str("; ");
            }
            self.write_stmt(&mut out, node);
        }
        out.push_str(" }");
        out
    }

    fn write_stmt(&mut self, out: &mut String, node: &Node) {
        let kids = &node.kids;
        match &node.op {
            Op::As(defn) if !kids[1].is_absent() => {
                self.write(out, &kids[0], 0);
                out.push_str(if *defn == crate::tree::DefnId::NONE { " = " } else { " := " });
                self.write(out, &kids[1], 0);
            }
            Op::As(_) => {
                self.write(out, &kids[0], 0);
                out.push_str(" = <nil>");
            }
            Op::AsWith(op) => {
                self.write(out, &kids[0], 0);
                let _ = write!(out, " {}= ", op.text());
                self.write(out, &kids[1], 0);
            }
            Op::As2(_) => {
                self.write_list(out, &kids[0].kids);
                out.push_str(" = ");
                self.write_list(out, &kids[1].kids);
            }
            Op::Return => {
                out.push_str("return ");
                self.write_list(out, kids);
            }
            Op::If => {
                out.push_str("if ");
                self.write(out, &kids[0], 0);
                for (list, open) in kids[1..].iter().zip([" { ", " else { "]) {
                    if open == " { " || !list.kids.is_empty() {
                        out.push_str(open);
                        for (i, node) in list.kids.iter().enumerate() {
                            out.push_str(if i > 0 { "; " } else { "" });
                            self.write_stmt(out, node);
                        }
                        out.push_str(" }");
                    }
                }
            }
            Op::Block | Op::List => {
                for (i, node) in kids.iter().enumerate() {
                    out.push_str(if i > 0 { "; " } else { "" });
                    self.write_stmt(out, node);
                }
            }
            Op::For | Op::Range(_) => out.push_str("for loop"),
            Op::Switch => out.push_str("switch statement"),
            Op::Select => out.push_str("select statement"),
            Op::Break => out.push_str("break"),
            Op::Continue => out.push_str("continue"),
            Op::Fall => out.push_str("fallthrough"),
            Op::Goto(name) => {
                let _ = write!(out, "goto {name}");
            }
            Op::Label(name) => {
                let _ = write!(out, "{name}: ");
            }
            Op::Send => {
                self.write(out, &kids[0], 0);
                out.push_str(" <- ");
                self.write(out, &kids[1], 0);
            }
            _ => self.write(out, node, 0),
        }
    }

    fn write_literal(&mut self, out: &mut String, value: &ConstValue, ty: TypeId) {
        let kind = match self.prog.kind(ty) {
            TypeKind::Basic(kind) => Some(kind),
            _ => None,
        };
        if matches!(kind, Some(BasicKind::Rune | BasicKind::UntypedRune | BasicKind::Int32))
            && let Some(c) = value.as_i64().and_then(|i| u32::try_from(i).ok()).and_then(char::from_u32)
            && kind != Some(BasicKind::Int32)
        {
            let _ = write!(out, "{c:?}");
            return;
        }
        let default = match value {
            ConstValue::Bool(_) => matches!(kind, Some(BasicKind::Bool | BasicKind::UntypedBool)),
            ConstValue::Str(_) => matches!(kind, Some(BasicKind::String | BasicKind::UntypedString)),
            ConstValue::Int(_) | ConstValue::Big(_) => {
                matches!(kind, Some(BasicKind::Int | BasicKind::UntypedInt))
            }
            ConstValue::Rat(_) | ConstValue::Float(_) => {
                matches!(kind, Some(BasicKind::Float64 | BasicKind::UntypedFloat))
            }
            _ => matches!(kind, Some(BasicKind::Complex128 | BasicKind::UntypedComplex)),
        };
        if default {
            let _ = write!(out, "{value}");
        } else {
            self.write_type(out, ty);
            let _ = write!(out, "({value})");
        }
    }
}

/// The built-in's name.
pub(crate) fn builtin_name(which: Builtin) -> &'static str {
    match which {
        Builtin::Append => "append",
        Builtin::Cap => "cap",
        Builtin::Clear => "clear",
        Builtin::Close => "close",
        Builtin::Complex => "complex",
        Builtin::Copy => "copy",
        Builtin::Delete => "delete",
        Builtin::Imag => "imag",
        Builtin::Len => "len",
        Builtin::Max => "max",
        Builtin::Min => "min",
        Builtin::Panic => "panic",
        Builtin::Print => "print",
        Builtin::Println => "println",
        Builtin::Real => "real",
        Builtin::Recover => "recover",
        Builtin::UnsafeAdd => "unsafe.Add",
        Builtin::UnsafeSlice => "unsafe.Slice",
        Builtin::UnsafeSliceData => "unsafe.SliceData",
        Builtin::UnsafeString => "unsafe.String",
        Builtin::UnsafeStringData => "unsafe.StringData",
    }
}
