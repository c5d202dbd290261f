//! Switches.

use rgo_source::Pos;
use rgo_syntax::ast::{
    BinaryOp, BranchKind, CaseClause, Expr, ExprKind, Stmt, StmtKind, SwitchStmt, TypeSwitchStmt,
};
use rgo_types::{ConstValue, OperandMode, TypeId};

use super::Builder;
use crate::tree::{At, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    pub fn switch(&mut self, pos: Pos, s: &'a SwitchStmt) -> Node {
        let mut init = Vec::new();
        if let Some(stmt) = &s.init {
            init = self.stmts(std::slice::from_ref(stmt));
        }
        let mut node = match self.only_clause(s) {
            // The tag is constant, and so is the choice.
            Some(clause) => {
                let kids = match clause {
                    Some(clause) => {
                        let body = self.stmts(&clause.body);
                        let kids = vec![Node::list(Vec::new()), Node::list(body)];
                        vec![Node::stmt(Op::Case(None), At::new(clause.pos), kids)]
                    }
                    None => Vec::new(),
                };
                Node::stmt(Op::Switch, At::new(pos), [vec![Node::absent()], kids].concat())
            }
            None => self.general_switch(pos, s),
        };
        node.init = init;
        node
    }

    fn general_switch(&mut self, pos: Pos, s: &'a SwitchStmt) -> Node {
        let mut tag = self.opt_expr(s.tag.as_ref());
        let mut tag_ty = if tag.is_absent() { TypeId::BOOL } else { tag.ty };
        if tag.is_literal() {
            tag_ty = self.w.prog.default_type(tag_ty);
            tag.ty = tag_ty;
        }
        // When interfaces are compared with other values, all are compared as interfaces.
        let tag_iface = self.w.is_interface(tag_ty);
        let mut mixed = false;
        for case in s.clauses.iter().filter_map(|clause| clause.cases.as_ref()).flatten() {
            let ty = self.type_of(case);
            if self.mode(case) != OperandMode::NilValue
                && self.constant_of(case).is_none()
                && self.w.is_interface(ty)
                && !tag_iface
            {
                mixed = true;
            }
        }
        if mixed {
            tag_ty = self.w.prog.universe.any_type;
            if !tag.is_absent() {
                tag = self.convert(tag, tag_ty, None);
            }
        }
        let mut kids = vec![tag];
        for clause in &s.clauses {
            let mut cases = Vec::new();
            for case in clause.cases.iter().flatten() {
                let x = self.expr(case);
                cases.push(self.convert(x, tag_ty, None));
            }
            let body = self.stmts(&clause.body);
            let parts = vec![Node::list(cases), Node::list(body)];
            kids.push(Node::stmt(Op::Case(None), At::new(clause.pos), parts));
        }
        Node::stmt(Op::Switch, At::new(pos), kids)
    }

    /// When tag and cases are constants: the clause that is taken, if any is.
    fn only_clause(&mut self, s: &'a SwitchStmt) -> Option<Option<&'a CaseClause>> {
        let tag = match &s.tag {
            Some(tag) => self.constant_of(tag)?,
            None => ConstValue::Bool(true),
        };
        let mut target = None;
        'clauses: for clause in &s.clauses {
            let Some(cases) = &clause.cases else {
                target = Some(clause);
                continue;
            };
            for case in cases {
                let value = self.constant_of(case)?;
                if value.kind() == tag.kind() && ConstValue::compare(&tag, BinaryOp::Eql, &value) {
                    target = Some(clause);
                    break 'clauses;
                }
            }
        }
        if target.is_some_and(|clause| ends_in_fallthrough(&clause.body)) {
            return None;
        }
        Some(target)
    }

    pub fn type_switch(&mut self, pos: Pos, s: &'a TypeSwitchStmt) -> Node {
        let mut init = Vec::new();
        if let Some(stmt) = &s.init {
            init = self.stmts(std::slice::from_ref(stmt));
        }
        let x = self.expr(&s.x);
        let guard = Node::new(Op::TypeGuard(s.bind.is_some()), At::new(s.guard_pos), x.ty, vec![x]);
        let mut kids = vec![guard];
        for clause in &s.clauses {
            let mut cases = Vec::new();
            for case in clause.cases.iter().flatten() {
                let ty = self.type_of(case);
                let op = if self.mode(case) == OperandMode::NilValue { Op::Nil } else { Op::Type };
                cases.push(Node::new(op, At::new(case.pos), ty, Vec::new()));
            }
            let implicit = self.w.prog.info(self.file).implicits.get(&clause.pos).copied();
            let var = match (implicit, &s.bind) {
                (Some(obj), Some(bind)) => {
                    let last = clause.cases.iter().flatten().last();
                    let pos = last.map_or(clause.pos, type_end);
                    let var = self.declare_object(obj, bind.name, pos);
                    self.w.vars[var.index()].assigned = None;
                    Some(var)
                }
                _ => None,
            };
            let body = self.stmts(&clause.body);
            let parts = vec![Node::list(cases), Node::list(body)];
            kids.push(Node::stmt(Op::Case(var), At::new(clause.pos), parts));
        }
        let mut node = Node::stmt(Op::Switch, At::new(pos), kids);
        node.init = init;
        node
    }
}

fn ends_in_fallthrough(body: &[Stmt]) -> bool {
    matches!(body.last().map(|stmt| &stmt.kind), Some(StmtKind::Branch { kind: BranchKind::Fallthrough, .. }))
}

/// The place of the variable of a clause: the last name in its last type.
fn type_end(mut e: &Expr) -> Pos {
    loop {
        e = match &e.kind {
            ExprKind::Star(x) | ExprKind::Paren(x) => x,
            ExprKind::Selector { sel, .. } => return sel.pos,
            ExprKind::ArrayType { elem, .. } | ExprKind::ChanType { elem, .. } => elem,
            ExprKind::MapType { value, .. } => value,
            _ => return e.pos,
        };
    }
}
