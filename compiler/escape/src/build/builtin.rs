//! Calls of built-in functions.

use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::{BuiltinId, ObjKind, TypeId, TypeKind};

use super::Builder;
use super::call::builtin_node;
use crate::tree::{At, Builtin, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    fn builtin_id(&self, fun: &Expr) -> Option<BuiltinId> {
        let ident = match &fun.unparen().kind {
            ExprKind::Ident(ident) => ident,
            ExprKind::Selector { sel, .. } => sel,
            _ => return None,
        };
        match self.w.prog.obj(self.object(ident)?).kind {
            ObjKind::Builtin(id) => Some(id),
            _ => None,
        }
    }

    pub fn builtin(&mut self, e: &'a Expr, fun: &'a Expr, args: &'a [Expr], ddd: bool, ty: TypeId) -> Node {
        let pos = e.pos;
        let unknown = Node::new(Op::Nil, At::new(pos), ty, Vec::new());
        let Some(id) = self.builtin_id(fun) else { return unknown };
        let which = match id {
            BuiltinId::Make => return self.make(e, args, ty),
            BuiltinId::New => return self.new_object(e, &args[0], ty),
            BuiltinId::Append => return self.append(e, args, ddd, ty),
            BuiltinId::Cap => Builtin::Cap,
            BuiltinId::Clear => Builtin::Clear,
            BuiltinId::Close => Builtin::Close,
            BuiltinId::Complex => Builtin::Complex,
            BuiltinId::Copy => Builtin::Copy,
            BuiltinId::Delete => Builtin::Delete,
            BuiltinId::Imag => Builtin::Imag,
            BuiltinId::Len => Builtin::Len,
            BuiltinId::Max => Builtin::Max,
            BuiltinId::Min => Builtin::Min,
            BuiltinId::Panic => Builtin::Panic,
            BuiltinId::Print => Builtin::Print,
            BuiltinId::Println => Builtin::Println,
            BuiltinId::Real => Builtin::Real,
            BuiltinId::Recover => Builtin::Recover,
            BuiltinId::Add => Builtin::UnsafeAdd,
            BuiltinId::Slice => Builtin::UnsafeSlice,
            BuiltinId::SliceData => Builtin::UnsafeSliceData,
            BuiltinId::String => Builtin::UnsafeString,
            BuiltinId::StringData => Builtin::UnsafeStringData,
            BuiltinId::Alignof | BuiltinId::Offsetof | BuiltinId::Sizeof => return unknown,
        };
        let kids = match which {
            Builtin::Panic => {
                let any = self.w.prog.universe.any_type;
                self.values(pos, args, |_, _| Some(any))
            }
            Builtin::Delete => {
                let map = self.type_of(&args[0]);
                let key = match self.w.under(map) {
                    TypeKind::Map { key, .. } => Some(key),
                    _ => None,
                };
                self.values(pos, args, |_, i| key.filter(|_| i == 1))
            }
            Builtin::Min | Builtin::Max => self.values(pos, args, |_, _| Some(ty)),
            Builtin::Len | Builtin::Cap => {
                // The length of an array is taken through a pointer to it.
                args.iter()
                    .map(|arg| {
                        let x = self.expr(arg);
                        match self.w.pointee(x.ty) {
                            Some(elem) => Node::new(Op::Deref, x.at, elem, vec![x]).implicit(),
                            None => x,
                        }
                    })
                    .collect()
            }
            _ => self.values(pos, args, |_, _| None),
        };
        builtin_node(which, pos, ty, kids)
    }

    fn append(&mut self, e: &'a Expr, args: &'a [Expr], ddd: bool, ty: TypeId) -> Node {
        let elem = self.w.elem(ty);
        let slice = (!ddd).then_some(()).and(elem);
        let kids = self.values(e.pos, args, |b, i| match i {
            0 => {
                let _ = b;
                Some(ty)
            }
            _ => slice,
        });
        Node::new(Op::Builtin { which: Builtin::Append, ddd }, At::new(e.pos), ty, kids)
    }

    fn make(&mut self, e: &'a Expr, args: &'a [Expr], ty: TypeId) -> Node {
        let sizes: Vec<Node> = args[1..]
            .iter()
            .map(|arg| {
                let mut x = self.expr(arg);
                if x.is_literal() && self.w.prog.is_untyped(x.ty) {
                    x.ty = TypeId::INT;
                }
                x
            })
            .collect();
        let mut sizes = sizes.into_iter();
        let mut next = || sizes.next().unwrap_or_else(Node::absent);
        let core = self.w.prog.core_type(ty).unwrap_or(ty);
        let (op, kids) = match self.w.under(core) {
            TypeKind::Slice(_) => (Op::MakeSlice, vec![next(), next()]),
            TypeKind::Map { .. } => (Op::MakeMap, vec![next()]),
            _ => (Op::MakeChan, vec![next()]),
        };
        Node::new(op, At::new(e.pos), ty, kids)
    }

    fn new_object(&mut self, e: &'a Expr, arg: &'a Expr, ty: TypeId) -> Node {
        if self.is_type(arg) {
            return Node::new(Op::New, At::new(e.pos), ty, Vec::new());
        }
        // new(x): the address of a temporary that holds x.
        let elem = self.w.pointee(ty).unwrap_or(ty);
        let x = self.expr_to(arg, elem);
        let temp = self.temp(e.pos, elem);
        let defn = self.w.new_defn();
        let var = &mut self.w.vars[temp.index()];
        (var.defn, var.addr_taken) = (defn, true);
        let node = Node::var(temp, At::new(e.pos), elem);
        let assign = Node::stmt(Op::As(defn), At::new(e.pos), vec![node.clone(), x]);
        let mut addr = Node::new(Op::Addr, At::new(e.pos), ty, vec![node]);
        addr.init = vec![self.dcl(temp, e.pos), assign];
        addr
    }
}
