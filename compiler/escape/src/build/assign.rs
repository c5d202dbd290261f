//! Assignments and variable declarations.

use rgo_source::Pos;
use rgo_syntax::ast::{BinaryOp, Expr, VarSpec};
use rgo_types::{ObjId, TypeId};

use super::Builder;
use crate::tree::{At, DefnId, Node, Op, Static, VarId};

/// The left side of an assignment.
struct Targets {
    nodes: Vec<Node>,
    declared: Vec<VarId>,
}

impl<'a> Builder<'_, '_, 'a> {
    /// `x` where a value is stored; with `define`, names may be new.
    fn target(&mut self, e: &'a Expr, define: bool, out: &mut Targets) {
        let e = e.unparen();
        if let Some(ident) = e.as_ident() {
            if ident.name.is_blank() {
                out.nodes.push(Node::new(Op::Blank, At::new(e.pos), TypeId::INVALID, Vec::new()));
                return;
            }
            if define
                && let Some(obj) = self.object(ident)
                && self.w.prog.obj(obj).pos == ident.pos
            {
                let var = self.declare_object(obj, ident.name, ident.pos);
                out.declared.push(var);
                out.nodes.push(Node::var(var, At::new(ident.pos), self.w.var(var).ty));
                return;
            }
        }
        let node = self.expr(e);
        out.nodes.push(node);
    }

    pub fn assignment(&mut self, pos: Pos, define: bool, lhs: &'a [Expr], rhs: &'a [Expr]) -> Node {
        // Names come into scope after the right side; the checker has resolved them already, so the order here is only
        // that of declaring variables.
        let mut targets = Targets { nodes: Vec::new(), declared: Vec::new() };
        for e in lhs {
            self.target(e, define, &mut targets);
        }
        let wanted: Vec<Option<TypeId>> = targets
            .nodes
            .iter()
            .map(|node| Some(node.ty).filter(|_| !matches!(node.op, Op::Blank)))
            .collect();
        let values = self.values(pos, rhs, |_, i| wanted.get(i).copied().flatten());
        self.store(pos, targets, values)
    }

    fn store(&mut self, pos: Pos, targets: Targets, mut values: Vec<Node>) -> Node {
        let Targets { nodes: mut lhs, declared } = targets;
        let at = At::new(pos);
        let defn = if declared.is_empty() { DefnId::NONE } else { self.w.new_defn() };
        for (i, node) in lhs.iter().enumerate() {
            match node.op {
                Op::Var(var) if declared.contains(&var) => {
                    let value = values.get(i).map_or(Static::Unknown, |value| self.w.value_of(value));
                    let var = &mut self.w.vars[var.index()];
                    (var.defn, var.value) = (defn, value);
                    if lhs.len() > 1 {
                        var.assigned = None;
                    }
                }
                _ => {
                    let simple = (lhs.len() == 1).then(|| values.first()).flatten();
                    self.mark_reassigned(node, simple);
                }
            }
        }
        let init: Vec<Node> = declared.iter().map(|&var| self.dcl(var, self.w.var(var).at.pos)).collect();
        let mut node = match (lhs.len(), values.len()) {
            (1, 1) => Node::stmt(Op::As(defn), at, vec![lhs.remove(0), values.remove(0)]),
            _ => Node::stmt(Op::As2(defn), at, vec![Node::list(lhs), Node::list(values)]),
        };
        node.init = init;
        node
    }

    /// `var names T = values` in a function.
    pub fn var_spec(&mut self, spec: &'a VarSpec, out: &mut Vec<Node>) {
        let mut targets = Targets { nodes: Vec::new(), declared: Vec::new() };
        for ident in &spec.names {
            if ident.name.is_blank() {
                targets.nodes.push(Node::new(Op::Blank, At::new(ident.pos), TypeId::INVALID, Vec::new()));
                continue;
            }
            let Some(var) = self.declare(ident) else { continue };
            targets.declared.push(var);
            targets.nodes.push(Node::var(var, At::new(ident.pos), self.w.var(var).ty));
        }
        if spec.values.is_empty() {
            for node in targets.nodes {
                if let Op::Var(var) = node.op {
                    let at = node.at;
                    let mut assign = Node::stmt(Op::As(DefnId::NONE), at, vec![node, Node::absent()]);
                    assign.init.push(self.dcl(var, at.pos));
                    out.push(assign);
                }
            }
            return;
        }
        let wanted: Vec<Option<TypeId>> = targets
            .nodes
            .iter()
            .map(|node| Some(node.ty).filter(|_| !matches!(node.op, Op::Blank)))
            .collect();
        let values = self.values(spec.pos, &spec.values, |_, i| wanted.get(i).copied().flatten());
        let node = self.store(spec.pos, targets, values);
        out.push(node);
    }

    /// `x op= y`, `x++`, `x--`
    pub fn assign_op(&mut self, pos: Pos, op: BinaryOp, x: &'a Expr, y: Option<&'a Expr>) -> Node {
        let x = self.expr(x);
        let y = match y {
            Some(y) if op.is_shift() => self.expr(y),
            Some(y) => self.expr_to(y, x.ty),
            None => Node::new(Op::Literal(rgo_types::ConstValue::Int(1)), At::new(pos), x.ty, Vec::new()),
        };
        self.mark_reassigned(&x, None);
        Node::stmt(Op::AsWith(op), At::new(pos), vec![x, y])
    }

    /// The initialisation of package-level variables.
    pub fn initializer(&mut self, lhs: &[ObjId], rhs: &'a Expr) -> Node {
        let mut nodes = Vec::new();
        let mut wanted = Vec::new();
        for &obj in lhs {
            let object = self.w.prog.obj(obj);
            let (at, blank) = (At::new(object.pos), object.name.is_blank());
            let ty = self.w.prog.obj_type(obj);
            wanted.push(Some(ty));
            nodes.push(Node::new(if blank { Op::Blank } else { Op::Global(obj) }, at, ty, Vec::new()));
        }
        let pos = nodes.first().map_or(rhs.pos, |node| node.at.pos);
        let values = self.values(pos, std::slice::from_ref(rhs), |_, i| wanted.get(i).copied().flatten());
        self.store(pos, Targets { nodes, declared: Vec::new() }, values)
    }
}
