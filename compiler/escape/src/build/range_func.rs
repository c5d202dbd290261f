//! Range over functions: the body of the loop becomes a closure that the function calls.

use std::rc::Rc;

use rgo_syntax::ast::RangeStmt;
use rgo_types::{SignatureId, TypeId, TypeKind};

use super::{Builder, ClosureKind};
use crate::tree::{At, Class, FuncId, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    pub fn range_func(&mut self, s: &'a RangeStmt, sig: SignatureId) -> Node {
        let pos = s.range_pos;
        let fun = self.expr(&s.x);
        let id = self.new_closure(ClosureKind::Range, pos);
        let params = self.w.prog.signature(sig).params;
        let yield_ty = match *self.w.prog.tuple(params) {
            [only] => self.w.prog.obj_type(only),
            _ => TypeId::INVALID,
        };
        let yield_ty = self.ty(yield_ty);
        let mut types = Vec::new();
        if let TypeKind::Signature(yield_sig) = self.w.under(yield_ty) {
            let params = self.w.prog.signature(yield_sig).params;
            types.extend(self.w.prog.tuple(params).iter().map(|&param| self.w.prog.obj_type(param)));
        }
        self.within(id, |b| {
            let result =
                b.w.new_var(id, Class::Result(0), rgo_source::Name::new("#r"), At::new(pos), TypeId::BOOL);
            let mut params = Vec::new();
            let mut body = Vec::new();
            let mut targets = [s.key.as_ref(), s.value.as_ref()].into_iter();
            for ty in types {
                let ty = b.ty(ty);
                let target = targets.next().flatten().map(|e| e.unparen());
                match target.and_then(|e| e.as_ident()) {
                    Some(ident) if s.define && !ident.name.is_blank() => {
                        let param = b.w.new_var(id, Class::Param, ident.name, At::new(ident.pos), ty);
                        if let Some(obj) = b.object(ident) {
                            b.vars.insert(obj, param);
                        }
                        params.push(param);
                    }
                    _ => {
                        let param = b.synthetic_param(id, pos, ty);
                        params.push(param);
                        let Some(target) = target else { continue };
                        if target.as_ident().is_some_and(|ident| ident.name.is_blank()) {
                            continue;
                        }
                        let lhs = b.expr(target);
                        let to = lhs.ty;
                        b.mark_reassigned(&lhs, None);
                        let value = b.convert(Node::var(param, At::new(pos), ty), to, None);
                        let op = Op::As(crate::tree::DefnId::NONE);
                        body.push(Node::stmt(op, At::new(pos), vec![lhs, value]));
                    }
                }
            }
            body.extend(b.block(&s.body));
            let func = b.w.func_mut(id);
            func.params = params;
            func.results = vec![result];
            func.body = Rc::new(body);
        });
        let closure = Node::new(Op::Closure(id), At::new(pos), yield_ty, Vec::new());
        Node::new(Op::Call { ddd: false }, At::new(pos), TypeId::EMPTY_TUPLE, vec![fun, closure])
    }

    /// The function that a `return` statement leaves: not the body of a range-over-func loop.
    pub fn returning_func(&self) -> FuncId {
        let mut func = self.func;
        while self.w.func(func).is_range
            && let Some(parent) = self.w.func(func).parent
        {
            func = parent;
        }
        func
    }
}
