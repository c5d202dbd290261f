//! Locals that are assigned to and never used: what is assigned, if computing it has no effect, is left out.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_types::{ConstValue, TypeId};

use crate::tree::{Class, FuncId, Node, Op, Stage, VarId};
use crate::world::World;

struct Visitor<'w, 'n, 'p, 'a> {
    w: &'w World<'p, 'a>,
    /// What has been assigned to a variable that has not been used so far; `None`: it has.
    pending: HashMap<VarId, Option<Vec<&'n Node>>>,
    bodies: &'n HashMap<FuncId, Rc<Vec<Node>>>,
}

impl World<'_, '_> {
    /// Removes assignments to dead locals in a function and its closures.
    pub fn remove_dead_locals(&mut self, group: &[FuncId]) {
        if group.iter().any(|&id| self.func(id).stage == Stage::Tagged) {
            return;
        }
        let bodies: HashMap<FuncId, Rc<Vec<Node>>> =
            group.iter().map(|&id| (id, Rc::clone(&self.func(id).body))).collect();
        for &id in group {
            if self.func(id).is_closure() {
                continue;
            }
            let mut visitor = Visitor { w: self, pending: HashMap::new(), bodies: &bodies };
            visitor.nodes(&bodies[&id]);
            let dead: Vec<VarId> =
                visitor.pending.iter().filter(|(_, list)| list.is_some()).map(|(&var, _)| var).collect();
            if dead.is_empty() {
                continue;
            }
            for &member in group {
                let mut body = (*bodies[&member]).clone();
                for node in &mut body {
                    remove(node, &dead);
                }
                self.func_mut(member).body = Rc::new(body);
            }
        }
    }
}

impl<'n> Visitor<'_, 'n, '_, '_> {
    fn nodes(&mut self, list: &'n [Node]) {
        for node in list {
            self.node(node);
        }
    }

    fn node(&mut self, node: &'n Node) {
        stacker::maybe_grow(64 << 10, 2 << 20, || self.node_itself(node));
    }

    fn node_itself(&mut self, node: &'n Node) {
        match &node.op {
            Op::Dcl(_) => {}
            Op::Var(var) => self.used(*var),
            Op::Closure(id) => {
                self.nodes(&node.init);
                for &var in &self.w.func(*id).captures {
                    self.used(var);
                }
                if let Some(body) = self.bodies.get(id) {
                    self.nodes(body);
                }
            }
            Op::As(_) => {
                self.nodes(&node.init);
                self.assign(&node.kids[0], &node.kids[1], false);
            }
            Op::As2(_) => {
                self.nodes(&node.init);
                let (lhs, rhs) = (&node.kids[0].kids, &node.kids[1].kids);
                let any = lhs.iter().any(|x| !matches!(x.op, Op::Blank));
                for (lhs, rhs) in lhs.iter().zip(rhs) {
                    self.assign(lhs, rhs, any);
                }
            }
            _ => {
                self.nodes(&node.init);
                self.nodes(&node.kids);
            }
        }
    }

    fn used(&mut self, var: VarId) {
        if matches!(self.w.var(var).class, Class::Result(_)) {
            return;
        }
        for value in self.pending.insert(var, None).flatten().unwrap_or_default() {
            self.node(value);
        }
    }

    fn assign(&mut self, lhs: &'n Node, rhs: &'n Node, ignore_blank: bool) {
        match lhs.op {
            Op::Blank if ignore_blank && !has_effects(rhs) => return,
            Op::Blank => {}
            Op::Var(var) => {
                let local = !matches!(self.w.var(var).class, Class::Result(_));
                if local
                    && !has_effects(rhs)
                    && let Some(list) = self.pending.entry(var).or_insert_with(|| Some(Vec::new()))
                {
                    list.push(rhs);
                    return;
                }
            }
            _ => self.node(lhs),
        }
        self.node(rhs);
    }
}

fn has_effects(node: &Node) -> bool {
    !node.init.is_empty()
        || !matches!(
            node.op,
            Op::Absent | Op::Var(_) | Op::Global(_) | Op::Func(_) | Op::Literal(_) | Op::Nil | Op::Closure(_)
        )
}

fn remove(node: &mut Node, dead: &[VarId]) {
    stacker::maybe_grow(64 << 10, 2 << 20, || {
        for child in node.init.iter_mut().chain(&mut node.kids) {
            remove(child, dead);
        }
    });
    let is_dead = |lhs: &Node| matches!(lhs.op, Op::Var(var) if dead.contains(&var));
    let nothing = |at| Node::new(Op::Literal(ConstValue::Int(0)), at, TypeId::INT, Vec::new());
    match node.op {
        Op::As(_) if is_dead(&node.kids[0]) && !has_effects(&node.kids[1]) && !node.kids[1].is_absent() => {
            node.kids[0].op = Op::Blank;
            node.kids[1] = nothing(node.at);
        }
        Op::As2(_) => {
            let (lhs, rhs) = node.kids.split_at_mut(1);
            let any = lhs[0].kids.iter().any(|x| !matches!(x.op, Op::Blank));
            for (lhs, rhs) in lhs[0].kids.iter_mut().zip(&mut rhs[0].kids) {
                let blank = any && matches!(lhs.op, Op::Blank);
                if (blank || is_dead(lhs)) && !has_effects(rhs) {
                    lhs.op = Op::Blank;
                    *rhs = nothing(rhs.at);
                }
            }
        }
        _ => {}
    }
}
