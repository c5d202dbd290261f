//! Statements: blocks, declarations, branches, `if`, `for`, labels, `go`, `defer`.

use rgo_source::Name;
use rgo_syntax::ast::{self, BranchKind, ExprKind, Specs, Stmt, StmtKind};
use rgo_types::ObjId;

use crate::closure::Statement;
use crate::func::{FuncLower, Storage, Target};

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn block_stmts(&mut self, stmts: &'s [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt, None);
        }
    }
    /// Lowers a statement; `label` is the label that stands right before it.
    pub fn stmt(&mut self, s: &'s Stmt, label: Option<Name>) {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.stmt_inner(s, label));
    }
    fn stmt_inner(&mut self, s: &'s Stmt, label: Option<Name>) {
        if !self.b.is_reachable() {
            // Only a goto can make what follows a jump reachable again; then it may use what was declared on the way.
            if !self.captures.has_goto {
                return;
            }
            self.ensure_reachable();
        }
        self.at(s.pos);
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Block(block) => self.breakable(label, |f| f.block_stmts(&block.stmts)),
            StmtKind::Expr(x) => self.expr_stmt(x),
            StmtKind::Send { chan, value } => self.send_stmt(s.pos, chan, value),
            StmtKind::IncDec { x, inc } => self.inc_dec(x, *inc),
            StmtKind::Assign { op: Some(op), lhs, rhs, .. } => self.assign_op(*op, &lhs[0], &rhs[0]),
            StmtKind::Assign { define, lhs, rhs, .. } => self.assign_stmt(s.pos, lhs, rhs, *define),
            StmtKind::Go { call } => {
                let prepared = self.prepare_deferred(call);
                let closure = self.thunk(prepared, Statement::Go);
                self.call_runtime("newproc", &[closure], &[]);
            }
            StmtKind::Defer { call } => self.defer_stmt(call),
            StmtKind::Return { results } => self.return_stmt(results),
            StmtKind::Branch { kind, label } => self.branch_stmt(*kind, label.as_ref().map(|l| l.name)),
            StmtKind::If(s) => self.breakable(label, |f| f.if_stmt(s)),
            StmtKind::Switch(s) => self.switch_stmt(s, label),
            StmtKind::TypeSwitch(s) => self.type_switch_stmt(s, label),
            StmtKind::Select { clauses, .. } => self.select_stmt(s.pos, clauses, label),
            StmtKind::For(s) => self.for_stmt(s, label),
            StmtKind::Range(s) => self.range_stmt(s, label),
            StmtKind::Labeled { label, stmt } => {
                let block = self.label_block(label.name);
                self.b.jump(block);
                self.b.switch_to(block);
                self.stmt(stmt, Some(label.name));
            }
            StmtKind::Decl(decl) => self.decl_stmt(decl),
        }
    }

    fn expr_stmt(&mut self, x: &'s ast::Expr) {
        match &x.unparen().kind {
            ExprKind::Call { .. } => {
                self.call(x.unparen());
            }
            ExprKind::Unary { op: ast::UnaryOp::Recv, x: chan } => {
                self.receive_discard(chan);
            }
            _ => {
                self.expr(x);
            }
        }
    }

    /// A statement that is no loop, switch or select can still be left by `break L`.
    fn breakable(&mut self, label: Option<Name>, body: impl FnOnce(&mut Self)) {
        let Some(label) = label else { return body(self) };
        let done = self.b.block();
        self.targets.push(Target {
            label: Some(label),
            break_to: done,
            continue_to: None,
            plain_break: false,
        });
        body(self);
        self.targets.pop();
        if self.b.is_reachable() {
            self.b.jump(done);
        }
        self.continue_in(done);
    }
    /// Goes on in `block`, whose predecessors are all known; not at all if there are none.
    pub fn continue_in(&mut self, block: rgo_mir::Block) {
        debug_assert!(!self.b.is_reachable());
        if self.b.has_preds(block) {
            self.b.switch_to_sealed(block);
        } else {
            self.b.seal(block);
        }
    }
    /// The block that `goto label` leads to.
    pub fn label_block(&mut self, label: Name) -> rgo_mir::Block {
        if let Some(&block) = self.labels.get(&label) {
            return block;
        }
        let block = self.b.block();
        self.labels.insert(label, block);
        block
    }

    fn branch_stmt(&mut self, kind: BranchKind, label: Option<Name>) {
        match kind {
            BranchKind::Goto => {
                self.goto_label(label.expect("goto has a label"));
            }
            BranchKind::Fallthrough => {
                let block = self.fallthrough_to.expect("fallthrough inside a switch");
                self.b.jump(block);
            }
            BranchKind::Break | BranchKind::Continue => {
                let is_continue = kind == BranchKind::Continue;
                let target = self.targets.iter().rev().find(|t| match label {
                    Some(label) => t.label == Some(label),
                    None if is_continue => t.continue_to.is_some(),
                    // A labelled block or `if` is left only by name.
                    None => t.plain_break,
                });
                match target.cloned() {
                    Some(target) => {
                        let to =
                            if is_continue { target.continue_to.expect("a loop") } else { target.break_to };
                        self.b.jump(to);
                    }
                    None => self.leave_range_body(is_continue, label),
                }
            }
        }
    }

    fn if_stmt(&mut self, s: &'s ast::IfStmt) {
        if let Some(init) = &s.init {
            self.stmt(init, None);
        }
        let (then, done) = (self.b.block(), self.b.block());
        let els = if s.els.is_some() { self.b.block() } else { done };
        self.condition(&s.cond, then, els);
        if self.enter_block(then) {
            self.block_stmts(&s.then.stmts);
            if self.b.is_reachable() {
                self.b.jump(done);
            }
        }
        if let Some(stmt) = s.els.as_ref().filter(|_| self.enter_block(els)) {
            self.stmt(stmt, None);
            if self.b.is_reachable() {
                self.b.jump(done);
            }
        }
        self.continue_in(done);
    }

    /// Goes on in `block`, unless nothing leads there.
    pub fn enter_block(&mut self, block: rgo_mir::Block) -> bool {
        self.continue_in(block);
        self.b.is_reachable()
    }

    fn for_stmt(&mut self, s: &'s ast::ForStmt, label: Option<Name>) {
        if let Some(init) = &s.init {
            self.stmt(init, None);
        }
        let (head, body, post, done) = (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        match &s.cond {
            Some(cond) => self.condition(cond, body, done),
            None => self.b.jump(body),
        }
        if self.enter_block(body) {
            self.in_loop(label, done, post, |f| f.block_stmts(&s.body.stmts));
            if self.b.is_reachable() {
                self.b.jump(post);
            }
        }
        if self.b.has_preds(post) {
            self.b.switch_to_sealed(post);
            self.renew_loop_vars(s);
            if let Some(stmt) = &s.post {
                self.stmt(stmt, None);
            }
            self.b.jump(head);
        } else {
            self.b.seal(post);
        }
        self.b.seal(head);
        self.continue_in(done);
    }
    /// Runs `body` as the body of a loop.
    pub fn in_loop(
        &mut self,
        label: Option<Name>,
        break_to: rgo_mir::Block,
        continue_to: rgo_mir::Block,
        body: impl FnOnce(&mut Self),
    ) {
        self.targets.push(Target { label, break_to, continue_to: Some(continue_to), plain_break: true });
        self.loop_depth += 1;
        body(self);
        self.loop_depth -= 1;
        self.targets.pop();
    }
    /// Each iteration has its own copy of the loop variables (spec, "For statements with for clause"): those with cells get new
    /// ones before the post statement.
    fn renew_loop_vars(&mut self, s: &'s ast::ForStmt) {
        let Some(Stmt { kind: StmtKind::Assign { define: true, lhs, .. }, .. }) = &s.init else { return };
        if self.l.prog.file(self.file).version < (1, 22) {
            return;
        }
        for e in lhs {
            let ExprKind::Ident(ident) = &e.kind else { continue };
            let Some(obj) = self.object(ident) else { continue };
            let Some(Storage::Cell(cell)) = self.vars.get(&obj).cloned() else { continue };
            let t = self.var_type(obj);
            let old = self.b.use_var(cell);
            let fresh = self.new_object(t);
            let value = self.load(t, old, 0, true);
            self.store(t, fresh, 0, &value, true);
            self.b.def_var(cell, fresh);
        }
    }

    fn decl_stmt(&mut self, decl: &'s ast::GenDecl) {
        let Specs::Var(specs) = &decl.specs else { return };
        for spec in specs {
            let objects: Vec<Option<ObjId>> = spec
                .names
                .iter()
                .map(|name| if name.name.is_blank() { None } else { self.object(name) })
                .collect();
            if spec.values.is_empty() {
                for &obj in objects.iter().flatten() {
                    let t = self.var_type(obj);
                    self.declare_zero(obj, t);
                }
            } else {
                self.define(&objects, &spec.values, spec.ty.as_ref());
            }
        }
    }

    /// Evaluates the operands of the call of a `go` or `defer` statement.
    pub fn prepare_deferred(&mut self, call: &'s ast::Expr) -> crate::call::Prepared {
        let call = call.unparen();
        let ExprKind::Call { fun, args, .. } = &call.kind else {
            panic!("{}: no call", self.describe(call.pos));
        };
        if self.is_type(fun) {
            // A conversion: only its operand is evaluated.
            self.expr(&args[0]);
            return crate::call::Prepared::nothing(call.pos);
        }
        self.prepare(call)
    }
}
