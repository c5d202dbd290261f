//! Composite literals.

use rgo_syntax::ast::{Element, Expr};
use rgo_types::{TypeId, TypeKind};

use super::Builder;
use crate::tree::{At, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    /// `T{...}`, or `{...}` of type `ty`, which then may be a pointer to the literal.
    pub fn composite(&mut self, e: &'a Expr, elems: &'a [Element], ty: TypeId) -> Node {
        let at = At::new(e.pos);
        let (lit_ty, pointer) = match self.w.under(ty) {
            TypeKind::Pointer(elem) => (elem, true),
            _ => (ty, false),
        };
        let lit = match self.w.under(lit_ty) {
            TypeKind::Struct(id) => {
                let fields = self.w.prog.struct_type(id).fields.clone();
                let mut kids = Vec::new();
                for (i, elem) in elems.iter().enumerate() {
                    let field = match elem.key.as_ref().and_then(Expr::as_ident) {
                        Some(key) => fields.iter().position(|&f| self.w.prog.obj(f).name == key.name),
                        None => Some(i),
                    };
                    let ty = match field.and_then(|i| fields.get(i)) {
                        Some(&field) => self.w.field_type(field),
                        None => TypeId::INVALID,
                    };
                    let value = self.expr_to(&elem.value, ty);
                    let at = At::new(elem.key.as_ref().map_or(elem.value.pos, |key| key.pos));
                    kids.push(Node::new(Op::StructKey, at, ty, vec![value]));
                }
                Node::new(Op::StructLit, at, lit_ty, kids)
            }
            TypeKind::Array { elem, .. } => {
                let kids = self.elements(elems, elem).0;
                Node::new(Op::ArrayLit, at, lit_ty, kids)
            }
            TypeKind::Slice(elem) => {
                let (kids, len) = self.elements(elems, elem);
                Node::new(Op::SliceLit(len), at, lit_ty, kids)
            }
            TypeKind::Map { key, elem } => {
                let mut kids = Vec::new();
                for element in elems {
                    let Some(k) = &element.key else { continue };
                    let at = At::new(k.pos);
                    let k = self.expr_to(k, key);
                    let value = self.expr_to(&element.value, elem);
                    kids.push(Node::new(Op::Key, at, elem, vec![k, value]));
                }
                Node::new(Op::MapLit, at, lit_ty, kids)
            }
            _ => Node::new(Op::Nil, at, lit_ty, Vec::new()),
        };
        if pointer { Node::new(Op::PtrLit, at, ty, vec![lit]) } else { lit }
    }

    /// The elements of an array or slice, and how many that makes.
    fn elements(&mut self, elems: &'a [Element], ty: TypeId) -> (Vec<Node>, i64) {
        let mut kids = Vec::new();
        let (mut next, mut len) = (0, 0);
        for elem in elems {
            let value = self.expr_to(&elem.value, ty);
            match &elem.key {
                Some(key) => {
                    let at = At::new(key.pos);
                    let key = self.expr(key);
                    if let Op::Literal(index) = &key.op {
                        next = index.as_i64().unwrap_or(next);
                    }
                    kids.push(Node::new(Op::Key, at, ty, vec![key, value]));
                }
                None => kids.push(value),
            }
            next += 1;
            len = len.max(next);
        }
        (kids, len)
    }
}
