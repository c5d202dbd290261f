//! Statements.

use rgo_source::{Name, Pos};
use rgo_syntax::ast::{
    BinaryOp, Block, BranchKind, CommClause, Expr, ExprKind, ForStmt, IfStmt, RangeStmt, Specs, Stmt,
    StmtKind,
};
use rgo_types::{BuiltinId, ConstValue, ObjKind, OperandMode, TypeId, TypeKind};

use super::{Builder, ClosureKind};
use crate::tree::{At, Class, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    pub fn stmts(&mut self, list: &'a [Stmt]) -> Vec<Node> {
        let mut out = Vec::new();
        let last_label = list.iter().rposition(|stmt| matches!(stmt.kind, StmtKind::Labeled { .. }));
        let mut dead = false;
        for (i, stmt) in list.iter().enumerate() {
            // What follows a terminating statement is left out, unless a jump may lead there.
            if dead && last_label.is_none_or(|last| i > last) {
                continue;
            }
            self.stmt(stmt, &mut out);
            dead = self.terminates(stmt);
        }
        out
    }

    pub fn block(&mut self, block: &'a Block) -> Vec<Node> {
        self.stmts(&block.stmts)
    }

    fn opt_stmt(&mut self, stmt: Option<&'a Stmt>) -> Vec<Node> {
        let mut out = Vec::new();
        if let Some(stmt) = stmt {
            self.stmt(stmt, &mut out);
        }
        out
    }

    fn one_stmt(&mut self, stmt: Option<&'a Stmt>) -> Node {
        let mut list = self.opt_stmt(stmt);
        match list.len() {
            0 => Node::absent(),
            1 => list.remove(0),
            _ => Node::stmt(Op::Block, list[0].at, list),
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt, out: &mut Vec<Node>) {
        let pos = stmt.pos;
        let at = At::new(pos);
        match &stmt.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Block(block) => out.extend(self.block(block)),
            StmtKind::Expr(e) => out.push(self.expr(e)),
            StmtKind::Send { chan, value } => {
                let chan = self.expr(chan);
                let core = self.w.prog.core_type(chan.ty).unwrap_or(chan.ty);
                let elem = self.w.elem(core).unwrap_or(TypeId::INVALID);
                let value = self.expr_to(value, elem);
                out.push(Node::stmt(Op::Send, at, vec![chan, value]));
            }
            StmtKind::IncDec { x, inc } => {
                let op = if *inc { BinaryOp::Add } else { BinaryOp::Sub };
                out.push(self.assign_op(pos, op, x, None));
            }
            StmtKind::Assign { op: Some(op), lhs, rhs, .. } => {
                out.push(self.assign_op(pos, *op, &lhs[0], Some(&rhs[0])));
            }
            StmtKind::Assign { op: None, define, lhs, rhs } => {
                out.push(self.assignment(pos, *define, lhs, rhs));
            }
            StmtKind::Go { call } => out.push(self.go_or_defer(pos, ClosureKind::Go, call)),
            StmtKind::Defer { call } => out.push(self.go_or_defer(pos, ClosureKind::Defer, call)),
            StmtKind::Return { results } => out.push(self.return_stmt(pos, results)),
            StmtKind::Branch { kind, label } => {
                let op = match (kind, label) {
                    (BranchKind::Break, _) => Op::Break,
                    (BranchKind::Continue, _) => Op::Continue,
                    (BranchKind::Goto, Some(label)) => Op::Goto(label.name),
                    _ => Op::Fall,
                };
                out.push(Node::stmt(op, at, Vec::new()));
            }
            StmtKind::If(s) => self.if_stmt(pos, s, out),
            StmtKind::Switch(s) => out.push(self.switch(pos, s)),
            StmtKind::TypeSwitch(s) => out.push(self.type_switch(pos, s)),
            StmtKind::Select { clauses, .. } => out.push(self.select(pos, clauses)),
            StmtKind::For(s) => self.for_stmt(pos, s, out),
            StmtKind::Range(s) => self.range(s, out),
            StmtKind::Labeled { label, stmt } => {
                out.push(Node::stmt(Op::Label(label.name), at, Vec::new()));
                self.stmt(stmt, out);
            }
            StmtKind::Decl(decl) => {
                if let Specs::Var(specs) = &decl.specs {
                    for spec in specs {
                        self.var_spec(spec, out);
                    }
                }
            }
        }
    }

    /// The results of the function whose `return` statements are being built.
    fn return_stmt(&mut self, pos: Pos, results: &'a [Expr]) -> Node {
        let func = self.returning_func();
        let vars = self.w.func(func).results.clone();
        let types: Vec<TypeId> = vars.iter().map(|&var| self.w.var(var).ty).collect();
        let values = self.values(pos, results, |_, i| types.get(i).copied());
        if func != self.func {
            // In the body of a range-over-func loop: the results are stored, the loop is left.
            let lhs: Vec<Node> = vars.iter().map(|&var| self.use_var(var, pos)).collect();
            for node in &lhs {
                self.mark_reassigned(node, None);
            }
            let store = Node::stmt(
                Op::As2(crate::tree::DefnId::NONE),
                At::new(pos),
                vec![Node::list(lhs), Node::list(values)],
            );
            return Node::stmt(Op::Block, At::new(pos), vec![store]);
        }
        Node::stmt(Op::Return, At::new(pos), values)
    }

    fn if_stmt(&mut self, pos: Pos, s: &'a IfStmt, out: &mut Vec<Node>) {
        let mut init = self.opt_stmt(s.init.as_ref());
        let known = self.static_bool(&s.cond);
        let cond = self.expr(&s.cond);
        let then = if known == Some(false) { Vec::new() } else { self.block(&s.then) };
        let els = if known == Some(true) { Vec::new() } else { self.opt_stmt(s.els.as_ref()) };
        if known.is_some() {
            if !cond.is_literal() {
                let blank = Node::new(Op::Blank, At::new(pos), TypeId::INVALID, Vec::new());
                init.push(Node::stmt(Op::As(crate::tree::DefnId::NONE), At::new(pos), vec![blank, cond]));
            }
            init.extend(then);
            init.extend(els);
            match init.len() {
                1 => out.extend(init),
                _ => out.push(Node::stmt(Op::Block, At::new(pos), init)),
            }
            return;
        }
        let mut node = Node::stmt(Op::If, At::new(pos), vec![cond, Node::list(then), Node::list(els)]);
        node.init = init;
        out.push(node);
    }

    /// The value of a condition that is known at compile time, at least as far as it decides.
    pub fn static_bool(&self, e: &Expr) -> Option<bool> {
        let e = e.unparen();
        if let Some(ConstValue::Bool(value)) = self.constant_of(e) {
            return Some(value);
        }
        match &e.kind {
            ExprKind::Unary { op: rgo_syntax::ast::UnaryOp::Not, x } => self.static_bool(x).map(|b| !b),
            ExprKind::Binary { op: BinaryOp::AndAnd, x, y } => {
                match (self.static_bool(x), self.static_bool(y)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
            ExprKind::Binary { op: BinaryOp::OrOr, x, y } => match (self.static_bool(x), self.static_bool(y))
            {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether control never goes on behind the statement.
    fn terminates(&self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Return { .. } | StmtKind::Branch { kind: BranchKind::Goto, .. } => true,
            StmtKind::Block(block) => self.list_terminates(&block.stmts),
            StmtKind::Expr(e) => self.is_panic(e),
            StmtKind::If(s) => {
                let known = self.static_bool(&s.cond);
                let then = known == Some(false) || self.list_terminates(&s.then.stmts);
                let els = known == Some(true) || s.els.as_ref().is_some_and(|els| self.terminates(els));
                then && els
            }
            _ => false,
        }
    }
    fn list_terminates(&self, list: &[Stmt]) -> bool {
        list.last().is_some_and(|last| self.terminates(last))
    }
    fn is_panic(&self, e: &Expr) -> bool {
        let ExprKind::Call { fun, .. } = &e.unparen().kind else { return false };
        if self.mode(fun.unparen()) != OperandMode::Builtin {
            return false;
        }
        let Some(obj) = fun.unparen().as_ident().and_then(|ident| self.object(ident)) else { return false };
        matches!(self.w.prog.obj(obj).kind, ObjKind::Builtin(BuiltinId::Panic))
    }

    fn for_stmt(&mut self, pos: Pos, s: &'a ForStmt, out: &mut Vec<Node>) {
        let first = self.w.vars.len();
        let init = self.opt_stmt(s.init.as_ref());
        if let Some(cond) = &s.cond
            && self.static_bool(cond) == Some(false)
        {
            out.extend(init);
            return;
        }
        if self.distinct_loop_vars() {
            for node in &init {
                for dcl in &node.init {
                    if let Op::Dcl(var) = dcl.op
                        && var.index() >= first
                    {
                        self.w.vars[var.index()].per_iteration = true;
                    }
                }
            }
        }
        let cond = self.opt_expr(s.cond.as_ref());
        let post = self.one_stmt(s.post.as_ref());
        let body = self.block(&s.body);
        let mut node = Node::stmt(Op::For, At::new(pos), vec![cond, post, Node::list(body)]);
        node.init = init;
        out.push(node);
    }

    fn range(&mut self, s: &'a RangeStmt, out: &mut Vec<Node>) {
        let raw = self.type_of(&s.x);
        let core = self.w.prog.core_type(raw).unwrap_or(raw);
        if let TypeKind::Signature(sig) = self.w.under(core) {
            let node = self.range_func(s, sig);
            out.push(node);
            return;
        }
        let at = At::new(s.range_pos);
        let defn = if s.define { self.w.new_defn() } else { crate::tree::DefnId::NONE };
        let mut init = Vec::new();
        let mut targets = Vec::new();
        let x = self.expr(&s.x);
        for e in [s.key.as_ref(), s.value.as_ref()] {
            let Some(e) = e else {
                targets.push(Node::absent());
                continue;
            };
            let e = e.unparen();
            match e.as_ident() {
                Some(ident) if ident.name.is_blank() => {
                    targets.push(Node::new(Op::Blank, At::new(e.pos), TypeId::INVALID, Vec::new()));
                }
                Some(ident) if s.define => {
                    let Some(var) = self.declare(ident) else { continue };
                    let per_iteration = self.distinct_loop_vars();
                    let info = &mut self.w.vars[var.index()];
                    (info.defn, info.per_iteration, info.assigned) = (defn, per_iteration, None);
                    init.push(self.dcl(var, ident.pos));
                    targets.push(Node::var(var, At::new(ident.pos), self.w.var(var).ty));
                }
                _ => {
                    let node = self.expr(e);
                    self.mark_reassigned(&node, None);
                    targets.push(node);
                }
            }
        }
        let body = self.block(&s.body);
        let mut kids = vec![x];
        kids.extend(targets);
        kids.push(Node::list(body));
        let mut node = Node::stmt(Op::Range(defn), at, kids);
        node.init = init;
        out.push(node);
    }

    fn select(&mut self, pos: Pos, clauses: &'a [CommClause]) -> Node {
        let mut kids = Vec::new();
        for clause in clauses {
            let comm = self.one_stmt(clause.comm.as_deref());
            let body = self.stmts(&clause.body);
            kids.push(Node::stmt(Op::Comm, At::new(clause.pos), vec![comm, Node::list(body)]));
        }
        Node::stmt(Op::Select, At::new(pos), kids)
    }

    /// A parameter that the source does not name.
    pub fn synthetic_param(&mut self, func: crate::tree::FuncId, pos: Pos, ty: TypeId) -> crate::tree::VarId {
        self.w.new_var(func, Class::Param, Name::new("#p"), At::new(pos), ty)
    }
}
