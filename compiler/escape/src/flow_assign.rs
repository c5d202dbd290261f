//! Assignments as edges of the location graph, without those that add no pointers to an object.

use rgo_syntax::ast::UnaryOp;

use crate::graph::{Batch, Hole, What};
use crate::tree::{Conv, DefnId, Node, Op};

impl<'n> Batch<'_, 'n, '_, '_> {
    pub fn assign_list(&mut self, dsts: &'n [Node], srcs: &'n [Node], stmt: &'n Node) {
        let holes = self.addrs(dsts);
        for (i, &hole) in holes.iter().enumerate() {
            let Some(src) = srcs.get(i).filter(|src| !src.is_absent()) else { continue };
            let mut k = hole;
            if self.is_header_data(&dsts[i]) {
                self.unsafe_value(Hole::heap(), src);
                continue;
            }
            if self.is_self_assign(&dsts[i], src) {
                let text = self.assignment_text(stmt);
                let func = self.w.func(self.func).name.clone();
                self.w.say(stmt.at, format!("{func} ignoring self-assignment in {text}"));
                k = Hole::discard();
            }
            self.expr(k, src);
        }
        self.reassigned(&holes, stmt);
    }

    fn assignment_text(&mut self, stmt: &Node) -> String {
        let list = |b: &mut Self, nodes: &[Node]| {
            let texts: Vec<String> = nodes.iter().map(|node| b.w.text(node)).collect();
            texts.join(", ")
        };
        match &stmt.op {
            Op::As(_) | Op::AsWith(_) => {
                let (lhs, rhs) = (self.w.text(&stmt.kids[0]), self.w.text(&stmt.kids[1]));
                format!("{lhs} = {rhs}")
            }
            _ => {
                let (lhs, rhs) = (list(self, &stmt.kids[0].kids), list(self, &stmt.kids[1].kids));
                format!("{lhs} = {rhs}")
            }
        }
    }

    /// Marks what is assigned again, other than by the statement that declares it.
    pub fn reassigned(&mut self, holes: &[Hole], stmt: &Node) {
        let (defn, is_range) = match stmt.op {
            Op::As(defn) | Op::As2(defn) | Op::As2Func(defn) | Op::As2Ok(defn) => (defn, false),
            Op::Range(defn) => (defn, true),
            _ => (DefnId::NONE, false),
        };
        if let (Op::As(_), [Node { op: Op::Var(var), .. }, Node { op: Op::Absent, .. }]) =
            (&stmt.op, &stmt.kids[..])
            && self.w.var(*var).defn == DefnId::NONE
        {
            return;
        }
        for hole in holes {
            if let What::Var(var) = self.locs[hole.dst].what
                && defn != DefnId::NONE
                && self.w.var(var).defn == defn
                && !is_range
            {
                continue;
            }
            self.locs[hole.dst].reassigned = true;
        }
    }

    /// Assignments within one object, which add no pointers to it.
    fn is_self_assign(&mut self, dst: &Node, src: &Node) -> bool {
        if self.is_slice_of_self(dst, src) {
            return true;
        }
        match (&dst.op, &src.op) {
            (Op::Dot(_), Op::Dot(_)) | (Op::DotPtr(_), Op::DotPtr(_)) => {
                self.same_safe(&dst.kids[0], &src.kids[0])
            }
            (Op::Index, Op::Index) => {
                !may_affect_memory(&dst.kids[1])
                    && !may_affect_memory(&src.kids[1])
                    && self.same_safe(&dst.kids[0], &src.kids[0])
            }
            _ => false,
        }
    }

    /// `b.buf = b.buf[i:j]`, b a pointer.
    fn is_slice_of_self(&mut self, dst: &Node, src: &Node) -> bool {
        let through = |node: &Node| match (&node.op, node.kids.first().map(|x| &x.op)) {
            (Op::Deref | Op::DotPtr(_), Some(Op::Var(var))) => Some(*var),
            _ => None,
        };
        let Some(base) = through(dst) else { return false };
        if !matches!(src.op, Op::Slice { .. }) || matches!(src.kids[0].op, Op::Addr) {
            return false;
        }
        through(&src.kids[0]) == Some(base)
    }

    /// Whether two expressions without effects are the same.
    fn same_safe(&mut self, a: &Node, b: &Node) -> bool {
        match (&a.op, &b.op) {
            (Op::Var(a), Op::Var(b)) => a == b,
            (Op::Global(a), Op::Global(b)) => a == b,
            (Op::Dot(f), Op::Dot(g)) | (Op::DotPtr(f), Op::DotPtr(g)) => {
                f == g && self.same_safe(&a.kids[0], &b.kids[0])
            }
            (Op::Deref, Op::Deref) => self.same_safe(&a.kids[0], &b.kids[0]),
            (Op::Unary(f), Op::Unary(g)) => {
                f == g
                    && matches!(f, UnaryOp::Not | UnaryOp::Xor | UnaryOp::Plus | UnaryOp::Neg)
                    && self.same_safe(&a.kids[0], &b.kids[0])
            }
            (Op::Conv(f), Op::Conv(g)) => f == g && a.ty == b.ty && self.same_safe(&a.kids[0], &b.kids[0]),
            (Op::Index | Op::IndexMap, Op::Index | Op::IndexMap) => {
                self.same_safe(&a.kids[0], &b.kids[0]) && self.same_safe(&a.kids[1], &b.kids[1])
            }
            (Op::Literal(x), Op::Literal(y)) => x.to_string() == y.to_string() && a.ty == b.ty,
            _ => false,
        }
    }

    /// `p.Data` of a `reflect.SliceHeader` or `StringHeader`: an integer that is a pointer.
    pub fn is_header_data(&mut self, node: &Node) -> bool {
        let (Op::DotPtr(field) | Op::Dot(field)) = node.op else { return false };
        if self.w.prog.obj(field).name.as_str() != "Data" {
            return false;
        }
        let ty = match node.op {
            Op::DotPtr(_) => self.w.elem(node.kids[0].ty).unwrap_or(node.kids[0].ty),
            _ => node.kids[0].ty,
        };
        let Some(named) = self.w.prog.as_named(ty) else { return false };
        let obj = self.w.prog.obj(self.w.prog.named(named).obj);
        let Some(pkg) = obj.pkg else { return false };
        let name = obj.name.as_str();
        matches!(name, "SliceHeader" | "StringHeader") && self.w.prog.package_path(pkg).as_str() == "reflect"
    }
}

/// Whether evaluating the expression may change memory.
fn may_affect_memory(node: &Node) -> bool {
    match &node.op {
        Op::Var(_) | Op::Global(_) | Op::Literal(_) | Op::Nil => false,
        Op::Binary(op) if !op.is_comparison() => node.kids.iter().any(may_affect_memory),
        Op::Index
        | Op::Conv(Conv::Value | Conv::Nop)
        | Op::Dot(_)
        | Op::DotPtr(_)
        | Op::Deref
        | Op::Unary(_) => node.kids.iter().any(may_affect_memory),
        Op::Builtin { which: crate::tree::Builtin::Len | crate::tree::Builtin::Cap, .. } => {
            node.kids.iter().any(may_affect_memory)
        }
        _ => true,
    }
}
