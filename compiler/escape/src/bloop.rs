//! Loops of benchmarks: what is computed in the body of `for b.Loop()` counts as used.
//!
//! Results of calls, arguments of calls without results and what is assigned are kept in variables whose addresses are
//! taken, so that nothing in the loop is dead and calls in it can still be inlined.

use std::rc::Rc;

use rgo_source::Name;
use rgo_types::TypeId;

use crate::tree::{At, Class, Conv, DefnId, FuncId, Node, Op, VarId};
use crate::world::World;

impl World<'_, '_> {
    /// Rewrites the benchmark loops of a function of the package being compiled.
    pub fn keep_benchmarks_alive(&mut self, id: FuncId) {
        let mut has_loop = false;
        for node in self.func(id).body.iter() {
            node.walk(&mut |node| has_loop |= self.is_benchmark_loop(node));
        }
        if !has_loop {
            return;
        }
        let mut body = Rc::unwrap_or_clone(std::mem::take(&mut self.func_mut(id).body));
        for node in &mut body {
            self.keep_in(id, node, false);
        }
        self.func_mut(id).body = Rc::new(body);
    }

    /// Whether this is `for b.Loop() { ... }`, b a `*testing.B`.
    fn is_benchmark_loop(&self, node: &Node) -> bool {
        let (Op::For, Some(Node { op: Op::Call { .. }, kids, .. })) = (&node.op, node.kids.first()) else {
            return false;
        };
        let Op::MethodExpr(id) = kids[0].op else { return false };
        let func = self.func(id);
        func.name == "(*B).Loop" && self.prog.package_path(func.pkg).as_str() == "testing"
    }

    fn keep_in(&mut self, id: FuncId, node: &mut Node, inside: bool) {
        let inside = inside || self.is_benchmark_loop(node);
        for child in node.init.iter_mut().chain(&mut node.kids) {
            self.keep_in(id, child, inside);
        }
        if !inside {
            return;
        }
        // The statement lists of a statement are its last children.
        let lists = match node.op {
            Op::Block => {
                self.keep_list(id, &mut node.kids);
                return;
            }
            Op::For | Op::Range(_) | Op::Case(_) | Op::Comm => 1,
            Op::If => 2,
            _ => return,
        };
        let first = node.kids.len() - lists;
        for list in &mut node.kids[first..] {
            self.keep_list(id, &mut list.kids);
        }
    }

    fn keep_list(&mut self, id: FuncId, list: &mut [Node]) {
        for node in list {
            match node.op {
                Op::As(_) | Op::AsWith(_) => {
                    let at = node.at;
                    let ty = node.kids[1].ty;
                    let targets = node.kids.split_at_mut(1);
                    self.keep_target(id, &mut targets.0[0], ty, at, &mut node.init);
                }
                Op::As2(_) => {
                    let (at, (lhs, rhs)) = (node.at, node.kids.split_at_mut(1));
                    for (target, value) in lhs[0].kids.iter_mut().zip(&rhs[0].kids) {
                        self.keep_target(id, target, value.ty, at, &mut node.init);
                    }
                }
                Op::Call { .. } | Op::CallInter { .. } => self.keep_call(id, node),
                _ => {}
            }
        }
    }

    fn remark(&mut self, at: At, text: String) {
        if self.options.level > 1 {
            self.say(at, text);
        }
    }

    /// Keeps what is assigned to; `_` becomes a variable.
    fn keep_target(&mut self, id: FuncId, target: &mut Node, ty: TypeId, at: At, init: &mut Vec<Node>) {
        if matches!(target.op, Op::Blank) {
            let temp = self.kept_temp(id, at, ty);
            init.push(Node::stmt(Op::Dcl(temp), at, Vec::new()));
            *target = Node::var(temp, at, ty);
        }
        match named_part(target) {
            Some(var) => self.keep_var(var, at),
            None if matches!(target.op, Op::Deref) => {
                self.remark(at, "dereference will be kept alive".to_owned());
            }
            None => self.remark(at, "expr is unknown to bloop pass".to_owned()),
        }
    }

    fn keep_var(&mut self, var: VarId, at: At) {
        let info = &mut self.vars[var.index()];
        (info.addr_taken, info.assigned) = (true, None);
        let path = self.prog.package_path(self.var(var).pkg);
        let name = self.var(var).name;
        self.remark(at, format!("{path}.{name} will be kept alive"));
    }

    fn kept_temp(&mut self, id: FuncId, at: At, ty: TypeId) -> VarId {
        let n = self.func(id).locals.len();
        let temp = self.new_var(id, Class::Local, Name::new(&format!(".autotmp_{n}")), at, ty);
        let info = &mut self.vars[temp.index()];
        (info.addr_taken, info.assigned) = (true, None);
        temp
    }

    /// A call as a statement: its results are kept, or when there are none its arguments.
    fn keep_call(&mut self, id: FuncId, node: &mut Node) {
        let at = node.at;
        let types: Vec<TypeId> = match self.prog.kind(node.ty) {
            rgo_types::TypeKind::Tuple(tuple) => {
                let vars = self.prog.tuple(tuple);
                vars.iter().map(|&var| self.prog.obj_type(var)).collect()
            }
            _ if node.ty.is_valid() => vec![node.ty],
            _ => Vec::new(),
        };
        if !types.is_empty() {
            let plural = if types.len() > 1 { "s" } else { "" };
            self.remark(at, format!("function result{plural} will be kept alive"));
            let mut init = Vec::new();
            let mut lhs = Vec::new();
            for &ty in &types {
                let temp = self.kept_temp(id, at, ty);
                init.push(Node::stmt(Op::Dcl(temp), at, Vec::new()));
                lhs.push(Node::var(temp, at, ty));
            }
            let call = std::mem::replace(node, Node::absent());
            let defn = self.new_defn();
            let mut assign = match types.len() {
                1 => Node::stmt(Op::As(defn), at, vec![lhs.remove(0), call]),
                _ => Node::stmt(Op::As2Func(defn), at, vec![Node::list(lhs), Node::list(vec![call])]),
            };
            assign.init = init;
            *node = assign;
            return;
        }
        let mut before = Vec::new();
        for arg in &mut node.kids[1..] {
            if let Some(var) = named_part(arg) {
                self.keep_var(var, at);
            } else if matches!(arg.op, Op::SliceLit(_)) {
                for element in &mut arg.kids {
                    match named_part(element) {
                        Some(var) => self.keep_var(var, at),
                        None => {
                            let place = element.at;
                            self.keep_argument(id, element, place, at, &mut before);
                        }
                    }
                }
            } else {
                self.keep_argument(id, arg, at, at, &mut before);
            }
        }
        if !before.is_empty() {
            let call = std::mem::replace(node, Node::absent());
            before.push(call);
            *node = Node::stmt(Op::Block, at, before);
        }
    }

    fn keep_argument(&mut self, id: FuncId, arg: &mut Node, place: At, at: At, before: &mut Vec<Node>) {
        let temp = self.kept_temp(id, place, arg.ty);
        let node = Node::var(temp, place, arg.ty);
        let value = std::mem::replace(arg, node.clone());
        let mut assign = Node::stmt(Op::As(DefnId::NONE), place, vec![node, value]);
        assign.init.push(Node::stmt(Op::Dcl(temp), place, Vec::new()));
        before.push(assign);
        self.remark(at, "function arg will be kept alive".to_owned());
    }
}

/// The variable that an expression denotes, or a part of it.
fn named_part(node: &Node) -> Option<VarId> {
    match node.op {
        Op::Var(var) => Some(var),
        Op::Slice { .. }
        | Op::Dot(_)
        | Op::DotPtr(_)
        | Op::Addr
        | Op::Index
        | Op::IndexMap
        | Op::Conv(Conv::Value | Conv::Nop | Conv::Iface) => named_part(&node.kids[0]),
        _ => None,
    }
}
