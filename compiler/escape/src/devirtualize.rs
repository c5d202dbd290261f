//! Calls of interface methods whose dynamic type is known.
//!
//! A local interface variable has a known type when all that is assigned to it has (nil apart). Assignments are noted
//! per variable when trees are made; what calls return is filled in when they are inlined.

use std::collections::HashSet;

use rgo_types::{TypeId, TypeKind};

use crate::tree::{At, Class, Conv, Key, Node, Op, VarId};
use crate::world::World;

/// What is assigned to an interface variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dynamic {
    Unknown,
    Type(TypeId),
    Var(VarId),
    Nil,
}

impl World<'_, '_> {
    /// The dynamic type of a value as far as one look tells.
    fn dynamic(&mut self, node: &Node) -> Dynamic {
        let mut node = node;
        loop {
            if matches!(node.op, Op::Nil) {
                return Dynamic::Nil;
            }
            if !node.ty.is_valid() {
                return Dynamic::Unknown;
            }
            if !self.is_interface(node.ty) {
                return Dynamic::Type(node.ty);
            }
            node = match &node.op {
                Op::Conv(Conv::Nop | Conv::Iface) | Op::DotType => &node.kids[0],
                Op::InlCall => match &node.kids[1].kids[..] {
                    [only] => only,
                    _ => return Dynamic::Unknown,
                },
                Op::Var(var) if self.var(*var).class == Class::Local => return Dynamic::Var(*var),
                _ => return Dynamic::Unknown,
            };
        }
    }

    /// Notes the assignments to interface variables in a tree.
    pub fn note_assignments(&mut self, list: &[Node]) {
        for node in list {
            let mut found: Vec<&Node> = Vec::new();
            node.walk(&mut |node| {
                if matches!(
                    node.op,
                    Op::As(_) | Op::As2(_) | Op::As2Func(_) | Op::As2Ok(_) | Op::Range(_) | Op::Switch
                ) {
                    found.push(node);
                }
            });
            for node in found {
                self.note_assignment(node);
            }
        }
    }

    fn note_assignment(&mut self, node: &Node) {
        let kids = &node.kids;
        match &node.op {
            Op::As(_) => self.note_value(&kids[0], &kids[1]),
            Op::As2(_) => {
                for (lhs, rhs) in kids[0].kids.iter().zip(&kids[1].kids) {
                    self.note_value(lhs, rhs);
                }
            }
            Op::As2Ok(_) => {
                if let Some(lhs) = kids[0].kids.first() {
                    let rhs = &kids[1].kids[0];
                    match rhs.op {
                        Op::DotType => self.note_value(lhs, rhs),
                        _ => self.note_type(lhs, rhs.ty),
                    }
                }
            }
            Op::As2Func(_) => {
                let call = &kids[1].kids[0];
                for (i, lhs) in kids[0].kids.iter().enumerate() {
                    if self.is_interface(lhs.ty) {
                        self.note_call(lhs, call.at, i);
                    }
                }
            }
            Op::Range(_) => {
                let ty = kids[0].ty;
                let ty = self.pointee(ty).unwrap_or(ty);
                let (key, value) = match self.under(ty) {
                    TypeKind::Map { key, elem } => (key, elem),
                    TypeKind::Chan { elem, .. } => (elem, TypeId::INVALID),
                    TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => (TypeId::INT, elem),
                    _ => (TypeId::INT, TypeId::INVALID),
                };
                self.note_type(&kids[1], key);
                self.note_type(&kids[2], value);
            }
            Op::Switch => {
                let [Node { op: Op::TypeGuard(true), kids: x, .. }, cases @ ..] = &kids[..] else { return };
                for case in cases {
                    if let Op::Case(Some(var)) = case.op {
                        let ty = self.var(var).ty;
                        let lhs = Node::var(var, case.at, ty);
                        self.note_value(&lhs, &x[0]);
                    }
                }
            }
            _ => {}
        }
    }

    /// The interface variable that `lhs` is.
    fn tracked(&mut self, lhs: &Node) -> Option<VarId> {
        let Op::Var(var) = lhs.op else { return None };
        let ty = self.var(var).ty;
        (self.var(var).class == Class::Local && self.is_interface(ty)).then_some(var)
    }

    fn note_type(&mut self, lhs: &Node, ty: TypeId) {
        let Some(var) = self.tracked(lhs) else { return };
        let dynamic =
            if !ty.is_valid() || self.is_interface(ty) { Dynamic::Unknown } else { Dynamic::Type(ty) };
        self.dynamics.entry(var).or_default().push(dynamic);
    }

    fn note_value(&mut self, lhs: &Node, rhs: &Node) {
        let Some(var) = self.tracked(lhs) else { return };
        if rhs.is_absent() {
            return;
        }
        if let Op::Call { .. } | Op::CallInter { .. } = rhs.op
            && self.is_interface(rhs.ty)
        {
            self.note_call(lhs, rhs.at, 0);
            return;
        }
        let dynamic = self.dynamic(rhs);
        if dynamic != Dynamic::Nil {
            self.dynamics.entry(var).or_default().push(dynamic);
        }
    }

    fn note_call(&mut self, lhs: &Node, call: At, result: usize) {
        let Some(var) = self.tracked(lhs) else { return };
        let list = self.dynamics.entry(var).or_default();
        list.push(Dynamic::Unknown);
        let index = list.len() - 1;
        self.waiting.entry(call).or_default().push((var, index, result));
    }

    /// A call has been inlined: what it returns is in variables now.
    pub fn note_results(&mut self, call: At, results: &[VarId]) {
        for (var, index, result) in self.waiting.remove(&call).unwrap_or_default() {
            if let Some(&result) = results.get(result)
                && let Some(slot) = self.dynamics.get_mut(&var).and_then(|list| list.get_mut(index))
            {
                *slot = Dynamic::Var(result);
            }
        }
    }

    fn concrete_type(&mut self, dynamic: Dynamic, seen: &mut HashSet<VarId>) -> Option<Dynamic> {
        match dynamic {
            Dynamic::Unknown => None,
            Dynamic::Type(_) | Dynamic::Nil => Some(dynamic),
            Dynamic::Var(var) => {
                let info = self.var(var);
                let ty = info.ty;
                if info.class != Class::Local || info.addr_taken {
                    return None;
                }
                if !self.is_interface(ty) {
                    return Some(Dynamic::Type(ty));
                }
                if !seen.insert(var) {
                    return Some(Dynamic::Nil);
                }
                let mut found = Dynamic::Nil;
                for dynamic in self.dynamics.get(&var).cloned().unwrap_or_default() {
                    match (self.concrete_type(dynamic, seen)?, found) {
                        // Methods are declared on named types, so the handles tell types apart.
                        (Dynamic::Type(ty), Dynamic::Type(old)) if ty != old => return None,
                        (Dynamic::Type(ty), _) => found = Dynamic::Type(ty),
                        _ => {}
                    }
                }
                Some(found)
            }
        }
    }

    /// Makes a call of an interface method a call of the method, if the dynamic type is known.
    pub fn devirtualize(&mut self, call: &mut Node, print: bool) {
        let Op::CallInter { ddd } = call.op else { return };
        if call.pinned {
            return;
        }
        let sel = &call.kids[0];
        let Op::DotInter(name) = sel.op else { return };
        let x = &sel.kids[0];
        let dynamic = self.dynamic(x);
        let Some(Dynamic::Type(ty)) = self.concrete_type(dynamic, &mut HashSet::new()) else { return };
        let iface = x.ty;
        if self.prog.missing_method(ty, iface, true).is_some() {
            return;
        }
        let pkg = Some(self.package);
        let mut found = self.prog.lookup_field_or_method(ty, false, pkg, name);
        if found.obj.is_none()
            && let Some(named) = {
                let base = self.pointee(ty).unwrap_or(ty);
                self.prog.as_named(base)
            }
        {
            let pkg = self.prog.obj(self.prog.named(named).obj).pkg;
            found = self.prog.lookup_field_or_method(ty, false, pkg, name);
        }
        let Some(obj) = found.obj else { return };
        let func = self.prog.obj(obj).as_func().cloned().unwrap_or_default();
        let (sel_at, call_at) = (sel.at, call.at);
        let (sel_text, ty_text) = (self.text(&sel.clone()), self.type_text(ty));
        let mut path = found.index;
        path.pop();
        let x = call.kids[0].kids[0].clone();
        let mut recv = Node::new(Op::DotType, call_at, ty, vec![x]);
        recv = self.follow(recv, &path, sel_at);
        if func.is_interface_method {
            if print {
                self.say(call_at, format!("partially devirtualizing {sel_text} to {ty_text}"));
            }
            call.kids[0].kids[0] = recv;
            return;
        }
        let pointer = self.pointee(recv.ty);
        if func.has_ptr_recv && pointer.is_none() {
            let ty = self.prog.new_pointer(recv.ty);
            recv = Node::new(Op::Addr, sel_at, ty, vec![recv]).implicit();
        } else if let (false, Some(elem)) = (func.has_ptr_recv, pointer) {
            recv = Node::new(Op::Deref, sel_at, elem, vec![recv]).implicit();
        }
        let base = self.pointee(recv.ty).unwrap_or(recv.ty);
        let mut targs = Vec::new();
        if let Some(named) = self.prog.as_named(base) {
            let list = self.prog.named(named).targs.clone();
            targs = list.iter().map(|&t| self.prog.canonical(t)).collect();
        }
        if print {
            self.say(call_at, format!("devirtualizing {sel_text} to {ty_text}"));
        }
        let origin = func.origin.unwrap_or(obj);
        let id = self.declare(Key { obj: origin, targs: targs.into() });
        let fun = Node::new(Op::MethodExpr(id), sel_at, call.kids[0].ty, Vec::new());
        call.op = Op::Call { ddd };
        call.kids[0] = fun;
        call.kids.insert(1, recv);
    }

    /// Follows embedded fields.
    fn follow(&mut self, mut x: Node, path: &[usize], at: At) -> Node {
        for &i in path {
            let (through, strukt) = match self.pointee(x.ty) {
                Some(elem) => (true, elem),
                None => (false, x.ty),
            };
            let TypeKind::Struct(id) = self.under(strukt) else { return x };
            let Some(&field) = self.prog.struct_type(id).fields.get(i) else { return x };
            let ty = self.field_type(field);
            let op = if through { Op::DotPtr(field) } else { Op::Dot(field) };
            x = Node::new(op, at, ty, vec![x]);
        }
        x
    }
}
