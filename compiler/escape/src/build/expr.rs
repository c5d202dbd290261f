//! Expressions.

use rgo_source::Pos;
use rgo_syntax::ast::{self, BinaryOp, Expr, ExprKind, UnaryOp};
use rgo_types::{ObjId, ObjKind, OperandMode, SelectionKind, TypeId, TypeKind, VarKind};

use super::Builder;
use crate::tree::{At, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    pub fn expr(&mut self, e: &'a Expr) -> Node {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(e))
    }

    pub fn opt_expr(&mut self, e: Option<&'a Expr>) -> Node {
        match e {
            Some(e) => self.expr(e),
            None => Node::absent(),
        }
    }

    fn expr_inner(&mut self, e: &'a Expr) -> Node {
        let e = e.unparen();
        let at = At::new(e.pos);
        let ty = self.type_of(e);
        if let Some(value) = self.constant_of(e) {
            return Node::new(Op::Literal(value), at, ty, Vec::new());
        }
        match self.mode(e) {
            OperandMode::TypeExpr => return Node::new(Op::Type, at, ty, Vec::new()),
            OperandMode::NilValue => return Node::new(Op::Nil, at, ty, Vec::new()),
            _ => {}
        }
        match &e.kind {
            ExprKind::Ident(ident) => match self.object(ident) {
                Some(obj) => self.named(ident, obj, ty),
                None => Node::new(Op::Nil, at, ty, Vec::new()),
            },
            ExprKind::FuncLit(lit) => self.func_lit(e, lit),
            ExprKind::CompositeLit { elems, .. } => self.composite(e, elems, ty),
            ExprKind::Selector { x, sel } => self.selector(e, x, sel, ty),
            ExprKind::Index { x, indices } => self.index(e, x, indices, ty),
            ExprKind::Slice { x, lo, hi, max, full } => {
                let bounds = [lo.as_deref(), hi.as_deref(), max.as_deref()];
                self.slice(e.pos, x, bounds, *full, ty)
            }
            ExprKind::TypeAssert { x, ty: target } => {
                let x = self.expr(x);
                let ty = match target {
                    Some(target) => self.type_of(target),
                    None => ty,
                };
                Node::new(Op::DotType, at, ty, vec![x])
            }
            ExprKind::Call { .. } => self.call(e),
            ExprKind::Star(x) => {
                let x = self.expr(x);
                Node::new(Op::Deref, at, ty, vec![x])
            }
            ExprKind::Unary { op, x } => self.unary(e.pos, *op, x, ty),
            ExprKind::Binary { op, x, y } => self.binary(e.pos, *op, x, y, ty),
            _ => Node::new(Op::Nil, at, ty, Vec::new()),
        }
    }

    /// What an identifier, alone or qualified, denotes.
    fn named(&mut self, ident: &'a ast::Ident, obj: ObjId, ty: TypeId) -> Node {
        let at = At::new(ident.pos);
        match &self.w.prog.obj(obj).kind {
            ObjKind::Var(var) if var.kind == VarKind::Package => {
                Node::new(Op::Global(obj), at, ty, Vec::new())
            }
            ObjKind::Var(_) => match self.vars.get(&obj).copied() {
                Some(var) => self.use_var(var, ident.pos),
                None => Node::new(Op::Global(obj), at, ty, Vec::new()),
            },
            ObjKind::Func(_) => {
                let key = self.func_key(ident, obj);
                let id = self.declare_func(key);
                Node::new(Op::Func(id), at, ty, Vec::new())
            }
            _ => Node::new(Op::Nil, at, ty, Vec::new()),
        }
    }

    fn selector(&mut self, e: &'a Expr, x: &'a Expr, sel: &'a ast::Ident, ty: TypeId) -> Node {
        let Some(selection) = self.selection(sel) else {
            return match self.object(sel) {
                Some(obj) => {
                    let mut node = self.named(sel, obj, ty);
                    node.at = At::new(e.pos);
                    node
                }
                None => Node::new(Op::Nil, At::new(e.pos), ty, Vec::new()),
            };
        };
        match selection.kind {
            SelectionKind::FieldVal => {
                let x = self.expr(x);
                let path = selection.index;
                self.walk_fields(x, &path, e.pos)
            }
            SelectionKind::MethodVal => self.method_value(e, x, sel, ty),
            SelectionKind::MethodExpr => self.method_expr(e, x, sel, ty),
        }
    }

    /// Follows fields, through pointers where there are some.
    pub fn walk_fields(&mut self, mut x: Node, path: &[usize], pos: Pos) -> Node {
        for &i in path {
            let (through, strukt) = match self.w.pointee(x.ty) {
                Some(elem) => (true, elem),
                None => (false, x.ty),
            };
            let TypeKind::Struct(id) = self.w.under(strukt) else { return x };
            let Some(&field) = self.w.prog.struct_type(id).fields.get(i) else { return x };
            let ty = self.w.field_type(field);
            let op = if through { Op::DotPtr(field) } else { Op::Dot(field) };
            x = Node::new(op, At::new(pos), ty, vec![x]);
        }
        x
    }

    fn index(&mut self, e: &'a Expr, x: &'a Expr, indices: &'a [Expr], ty: TypeId) -> Node {
        let [index] = indices else { return self.expr(x) };
        if self.is_type(index) && !self.is_type(x) {
            // An instance of a generic function.
            let mut node = self.expr(x);
            node.ty = ty;
            return node;
        }
        let at = At::new(e.pos);
        let mut x = self.expr(x);
        if let TypeKind::Map { key, .. } = self.w.under(x.ty) {
            let index = self.expr_to(index, key);
            return Node::new(Op::IndexMap, at, ty, vec![x, index]);
        }
        if let Some(elem) = self.w.pointee(x.ty) {
            x = Node::new(Op::Deref, x.at, elem, vec![x]).implicit();
        }
        let index = self.expr(index);
        Node::new(Op::Index, at, ty, vec![x, index])
    }

    fn slice(
        &mut self,
        pos: Pos,
        x: &'a Expr,
        bounds: [Option<&'a Expr>; 3],
        full: bool,
        ty: TypeId,
    ) -> Node {
        let mut x = self.expr(x);
        if self.w.is_array(x.ty) {
            x = self.address_of(x, pos).implicit();
        }
        let mut kids = vec![x];
        for bound in bounds {
            kids.push(self.opt_expr(bound));
        }
        Node::new(Op::Slice { full }, At::new(pos), ty, kids)
    }

    /// `&x`
    pub fn address_of(&mut self, x: Node, pos: Pos) -> Node {
        let ty = self.w.prog.new_pointer(x.ty);
        let op = match x.op {
            Op::StructLit | Op::ArrayLit | Op::SliceLit(_) | Op::MapLit => Op::PtrLit,
            _ => {
                self.mark_addr_taken(&x);
                Op::Addr
            }
        };
        Node::new(op, At::new(pos), ty, vec![x])
    }

    fn unary(&mut self, pos: Pos, op: UnaryOp, x: &'a Expr, ty: TypeId) -> Node {
        let x = self.expr(x);
        match op {
            UnaryOp::Addr => {
                let mut node = self.address_of(x, pos);
                node.ty = ty;
                node
            }
            UnaryOp::Recv => {
                // The form with two values has their types; the node is the value.
                let ty = self.w.elem(x.ty).unwrap_or(ty);
                Node::new(Op::Recv, At::new(pos), ty, vec![x])
            }
            op => Node::new(Op::Unary(op), At::new(pos), ty, vec![x]),
        }
    }

    fn binary(&mut self, pos: Pos, op: BinaryOp, x: &'a Expr, y: &'a Expr, ty: TypeId) -> Node {
        let at = At::new(pos);
        let (tx, ty_y) = (self.type_of(x), self.type_of(y));
        let (mut x, mut y) = (self.expr(x), self.expr(y));
        if op.is_comparison() && !self.identical(tx, ty_y) {
            let (ix, iy) = (self.w.is_interface(tx), self.w.is_interface(ty_y));
            if iy && !ix {
                x = self.convert(x, ty_y, None);
            } else if ix && !iy {
                y = self.convert(y, tx, None);
            }
        }
        if op == BinaryOp::Add && self.w.is_string(ty) {
            let mut operands = Vec::new();
            for side in [x, y] {
                match side.op {
                    Op::AddStr => operands.extend(side.kids),
                    _ => operands.push(side),
                }
            }
            return Node::new(Op::AddStr, at, ty, operands);
        }
        Node::new(Op::Binary(op), at, ty, vec![x, y])
    }
}
