//! Calls, methods, and the closures that `go` and `defer` make of calls.

use std::rc::Rc;

use rgo_source::Pos;
use rgo_syntax::ast::{self, Expr, ExprKind};
use rgo_types::{ObjId, OperandMode, SelectionKind, SignatureId, TypeId, TypeKind};

use super::{Builder, ClosureKind};
use crate::tree::{At, Builtin, Conv, Node, Op, Static};

/// What a method call calls, and its receiver.
pub(crate) struct Method {
    /// The callee, or for an interface's method the selector.
    pub fun: Node,
    /// The receiver argument of a concrete method.
    pub recv: Option<Node>,
    pub variadic: bool,
}

impl<'a> Builder<'_, '_, 'a> {
    pub fn call(&mut self, e: &'a Expr) -> Node {
        let ExprKind::Call { fun, args, ellipsis, .. } = &e.kind else {
            return Node::new(Op::Nil, At::new(e.pos), TypeId::INVALID, Vec::new());
        };
        let ty = self.type_of(e);
        if self.is_type(fun) {
            let to = self.type_of(fun);
            let x = self.expr(&args[0]);
            return self.convert(x, to, Some(args[0].pos));
        }
        if self.mode(fun.unparen()) == OperandMode::Builtin {
            return self.builtin(e, fun, args, ellipsis.is_some(), ty);
        }
        let sig_ty = self.type_of(fun);
        let ddd = ellipsis.is_some();
        if let Some((x, sel)) = self.method_selector(fun) {
            let method = self.bind_method(x, sel, fun.unparen().pos);
            let op = match method.fun.op {
                Op::DotInter(_) => Op::CallInter { ddd },
                _ => Op::Call { ddd },
            };
            let mut kids = vec![method.fun];
            kids.extend(method.recv);
            kids.extend(self.arguments(e.pos, sig_ty, args, ddd, method.variadic));
            return Node::new(op, At::new(e.pos), ty, kids);
        }
        let fun_node = self.expr(fun);
        let variadic = self.signature(sig_ty).is_some_and(|sig| self.w.prog.signature(sig).variadic);
        let mut kids = vec![fun_node];
        kids.extend(self.arguments(e.pos, sig_ty, args, ddd, variadic));
        Node::new(Op::Call { ddd }, At::new(e.pos), ty, kids)
    }

    fn signature(&mut self, ty: TypeId) -> Option<SignatureId> {
        if let Some(core) = self.w.prog.core_type(ty)
            && let TypeKind::Signature(id) = self.w.under(core)
        {
            return Some(id);
        }
        self.w.prog.as_signature(ty)
    }

    /// The arguments, converted, with those of a variadic parameter in a slice.
    fn arguments(&mut self, pos: Pos, sig: TypeId, args: &'a [Expr], ddd: bool, variadic: bool) -> Vec<Node> {
        let Some(id) = self.signature(sig) else {
            return self.values(pos, args, |_, _| None);
        };
        let params = self.w.prog.signature(id).params;
        let params = self.w.prog.tuple(params);
        let types: Vec<TypeId> = params
            .iter()
            .map(|&param| {
                let ty = self.w.prog.obj_type(param);
                self.ty(ty)
            })
            .collect();
        if !variadic || ddd {
            return self.values(pos, args, |_, i| types.get(i).copied());
        }
        let Some((&slice, fixed)) = types.split_last() else {
            return self.values(pos, args, |_, _| None);
        };
        let elem = self.w.elem(slice).unwrap_or(slice);
        let mut nodes = self.values(pos, args, |_, i| Some(fixed.get(i).copied().unwrap_or(elem)));
        let rest = nodes.split_off(fixed.len().min(nodes.len()));
        nodes.push(if rest.is_empty() {
            Node::new(Op::Nil, At::new(pos), slice, Vec::new())
        } else {
            Node::new(Op::SliceLit(rest.len() as i64), At::new(pos), slice, rest).implicit()
        });
        nodes
    }

    /// `x` and `m` when `fun` is `x.m`, `m` a method.
    fn method_selector(&self, fun: &'a Expr) -> Option<(&'a Expr, &'a ast::Ident)> {
        let fun = match &fun.unparen().kind {
            ExprKind::Index { x, .. } => x.unparen(),
            _ => fun.unparen(),
        };
        let ExprKind::Selector { x, sel } = &fun.kind else { return None };
        let selection = self.selection(sel)?;
        (selection.kind == SelectionKind::MethodVal).then_some((x, sel))
    }

    /// Finds the method `x.sel` and evaluates its receiver.
    fn bind_method(&mut self, x: &'a Expr, sel: &'a ast::Ident, pos: Pos) -> Method {
        let selection = self.selection(sel).expect("the caller has looked");
        let mut obj = selection.obj;
        let mut path = selection.index;
        let raw = self.raw_type(x);
        let mut recv = self.expr(x);
        let of_type_param = self.w.prog.is_type_param(raw)
            || matches!(self.w.prog.kind(raw), TypeKind::Pointer(elem) if self.w.prog.is_type_param(elem));
        if !self.env.is_empty() {
            let pkg = self.w.prog.obj(obj).pkg;
            let found = self.w.prog.lookup_field_or_method(recv.ty, true, pkg, sel.name);
            if let Some(found_obj) = found.obj {
                (obj, path) = (found_obj, found.index);
            }
        }
        path.pop();
        recv = self.walk_fields(recv, &path, pos);
        let variadic = self.is_variadic(obj);
        let func = self.w.prog.obj(obj).as_func().cloned().unwrap_or_default();
        if func.is_interface_method {
            let ty = self.w.prog.obj_type(obj);
            let fun = Node::new(Op::DotInter(sel.name), At::new(pos), ty, vec![recv]);
            return Method { fun, recv: None, variadic };
        }
        let pointer = self.w.pointee(recv.ty);
        if func.has_ptr_recv && pointer.is_none() {
            recv = self.address_of(recv, pos).implicit();
        } else if let (false, Some(elem)) = (func.has_ptr_recv, pointer) {
            recv = Node::new(Op::Deref, At::new(pos), elem, vec![recv]).implicit();
        }
        let ty = self.w.prog.obj_type(obj);
        if of_type_param {
            // Known only to the dictionary of the instance.
            let fun = Node::new(Op::Nil, At::new(pos), ty, Vec::new());
            return Method { fun, recv: Some(recv), variadic };
        }
        let base = self.w.pointee(recv.ty).unwrap_or(recv.ty);
        let key = self.method_key(obj, base, Some(sel));
        let id = self.declare_func(key);
        let fun = Node::new(Op::MethodExpr(id), At::new(pos), ty, Vec::new());
        Method { fun, recv: Some(recv), variadic }
    }

    fn is_variadic(&mut self, func: ObjId) -> bool {
        let Some(sig) = self.w.prog.func_signature(func) else { return false };
        self.w.prog.signature(sig).variadic
    }

    /// `x.sel` as a value.
    pub fn method_value(&mut self, e: &'a Expr, x: &'a Expr, sel: &'a ast::Ident, ty: TypeId) -> Node {
        let method = self.bind_method(x, sel, e.pos);
        let (id, recv) = match (method.fun.op, method.recv) {
            (Op::MethodExpr(id), Some(recv)) => (Some(id), recv),
            (_, Some(recv)) => (None, recv),
            (_, None) => (None, method.fun.kids.into_iter().next().unwrap_or_else(Node::absent)),
        };
        Node::new(Op::MethodValue(sel.name, id), At::new(e.pos), ty, vec![recv])
    }

    /// `T.sel` as a value.
    pub fn method_expr(&mut self, e: &'a Expr, x: &'a Expr, sel: &'a ast::Ident, ty: TypeId) -> Node {
        let at = At::new(e.pos);
        let recv = self.type_of(x);
        let opaque = Node::new(Op::Nil, at, ty, Vec::new());
        if self.w.is_interface(recv) {
            return opaque;
        }
        let selection = self.selection(sel).expect("the caller has looked");
        let pkg = self.w.prog.obj(selection.obj).pkg;
        let found = self.w.prog.lookup_field_or_method(recv, true, pkg, sel.name);
        let Some(obj) = found.obj.filter(|_| found.index.len() == 1) else { return opaque };
        let func = self.w.prog.obj(obj).as_func().cloned().unwrap_or_default();
        let pointer = self.w.pointee(recv);
        if func.has_ptr_recv != pointer.is_some() || func.is_interface_method {
            return opaque;
        }
        let key = self.method_key(obj, pointer.unwrap_or(recv), Some(sel));
        let id = self.declare_func(key);
        Node::new(Op::MethodExpr(id), at, ty, Vec::new())
    }

    /// The statement `go call` or `defer call`: what it calls has neither parameters nor results, so other calls are put
    /// into a closure, which captures what they need.
    pub fn go_or_defer(&mut self, pos: Pos, kind: ClosureKind, call: &'a Expr) -> Node {
        let op = if kind == ClosureKind::Go { Op::Go } else { Op::Defer };
        let mut call = self.expr(call);
        let mut init = std::mem::take(&mut call.init);
        if let Op::Call { .. } = call.op
            && call.kids.len() == 1
            && !self.has_results(&call)
        {
            call.pinned = true;
            let mut stmt = Node::stmt(op, At::new(pos), vec![call]);
            stmt.init = init;
            return stmt;
        }
        let wrapper = self.new_closure(kind, pos);
        let mut operands: Vec<&mut Node> = Vec::new();
        match call.op {
            Op::CallInter { .. } => {
                let (fun, args) = call.kids.split_first_mut().expect("a callee");
                operands.push(&mut fun.kids[0]);
                args.iter_mut().for_each(|arg| spill_operands(arg, &mut operands));
            }
            _ => call.kids.iter_mut().for_each(|arg| spill_operands(arg, &mut operands)),
        }
        let defn = self.w.new_defn();
        let (mut lhs, mut rhs) = (Vec::new(), Vec::new());
        for operand in operands {
            let at = operand.at;
            let temp = self.temp(at.pos, operand.ty);
            init.push(self.dcl(temp, at.pos));
            let value = std::mem::replace(operand, Node::var(temp, at, operand.ty));
            let var = &mut self.w.vars[temp.index()];
            (var.defn, var.captured) = (defn, true);
            let value_of = self.w.value_of(&value);
            self.w.vars[temp.index()].value = value_of;
            self.w.func_mut(wrapper).captures.push(temp);
            lhs.push(Node::var(temp, at, value.ty));
            rhs.push(value);
        }
        if !lhs.is_empty() {
            let sides = vec![Node::list(lhs), Node::list(rhs)];
            init.push(Node::stmt(Op::As2(defn), At::new(pos), sides));
        }
        // What the operands capture is captured by way of the temporaries only; the rest by the wrapper, too.
        let mut captured = Vec::new();
        call.walk(&mut |node| {
            if let Op::Var(var) = node.op {
                captured.push(var);
            }
        });
        for var in captured {
            let wrapper = self.w.func_mut(wrapper);
            if !wrapper.captures.contains(&var) {
                wrapper.captures.push(var);
            }
        }
        let at = At::new(call.at.pos);
        self.w.func_mut(wrapper).body = Rc::new(vec![call]);
        let closure = Node::new(Op::Closure(wrapper), At::new(pos), TypeId::INVALID, Vec::new());
        let mut call = Node::new(Op::Call { ddd: false }, at, TypeId::INVALID, vec![closure]);
        call.pinned = true;
        let mut stmt = Node::stmt(op, At::new(pos), vec![call]);
        stmt.init = init;
        stmt
    }

    fn has_results(&mut self, call: &Node) -> bool {
        match self.w.value_of(&call.kids[0]) {
            Static::Func(id) | Static::Closure(id) => !self.w.func(id).results.is_empty(),
            _ => {
                let ty = call.kids[0].ty;
                let Some(sig) = self.signature(ty) else { return true };
                let results = self.w.prog.signature(sig).results;
                !self.w.prog.tuple(results).is_empty()
            }
        }
    }
}

/// The operands that must be evaluated at the statement.
fn spill_operands<'n>(node: &'n mut Node, out: &mut Vec<&'n mut Node>) {
    match &node.op {
        Op::Absent | Op::Literal(_) | Op::Nil | Op::MethodExpr(_) | Op::New | Op::Func(_) | Op::Type => {}
        Op::StructLit | Op::ArrayLit | Op::SliceLit(_) => {
            for kid in &mut node.kids {
                match kid.op {
                    Op::Key => spill_operands(&mut kid.kids[1], out),
                    Op::StructKey => spill_operands(&mut kid.kids[0], out),
                    _ => spill_operands(kid, out),
                }
            }
        }
        Op::Conv(Conv::Nop) if is_pointer_to_integer(node) => spill_operands(&mut node.kids[0], out),
        _ => out.push(node),
    }
}

/// Whether a conversion makes a `uintptr` of a pointer: what is kept alive is the pointer.
fn is_pointer_to_integer(node: &Node) -> bool {
    use rgo_types::BasicKind;
    node.ty == TypeId::basic(BasicKind::Uintptr) && node.kids[0].ty == TypeId::UNSAFE_POINTER
}

/// A call of a built-in.
pub(crate) fn builtin_node(which: Builtin, pos: Pos, ty: TypeId, kids: Vec<Node>) -> Node {
    Node::new(Op::Builtin { which, ddd: false }, At::new(pos), ty, kids)
}
