//! Statements (spec, "Statements").
//!
//! Function literals in a statement are checked at its end, before names declared by it come into scope.

use rgo_source::Pos;
use rgo_syntax::ast::{Block, CommClause, Expr, ExprKind, IfStmt, Stmt, StmtKind, UnaryOp};

use crate::checker::Checker;
use crate::expr::ExprUse;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::scope::ScopeKind;

impl<'a> Checker<'_, 'a> {
    /// Checks the statements of a block or clause.
    pub fn stmt_list(&mut self, list: &'a [Stmt]) {
        for stmt in list {
            self.stmt(stmt);
        }
    }

    /// Checks a statement.
    pub fn stmt(&mut self, stmt: &'a Stmt) {
        let top = self.delayed_count();
        stacker::maybe_grow(256 << 10, 2 << 20, || self.stmt_inner(stmt));
        self.process_delayed(top);
    }

    fn simple_stmt(&mut self, stmt: Option<&'a Stmt>) {
        if let Some(stmt) = stmt {
            self.stmt(stmt);
        }
    }

    /// Checks a block with a scope of its own.
    pub fn block(&mut self, block: &'a Block) {
        let top = self.delayed_count();
        let outer = self.open_scope(ScopeKind::Block);
        self.stmt_list(&block.stmts);
        self.process_delayed(top);
        self.close_scope(outer);
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Decl(decl) => self.decl_stmt(decl),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Send { chan, value } => self.send(chan, value),
            StmtKind::IncDec { x: lhs, inc } => {
                let mut x = Operand::new();
                self.expr(None, &mut x, lhs);
                if !x.is_valid() {
                    return;
                }
                if !self.all_numeric(x.ty) {
                    let op = if *inc { "++" } else { "--" };
                    let (text, ty) = (expr_string(lhs), self.ty_str(x.ty));
                    let message = format!("invalid operation: {text}{op} (non-numeric type {ty})");
                    self.error(lhs.start_pos(), "NonNumericIncDec", message);
                    return;
                }
                self.assign_var(lhs, &mut x, "assignment");
            }
            StmtKind::Assign { op: None, define: false, lhs, rhs } => self.assign_vars(lhs, rhs),
            StmtKind::Assign { op: None, define: true, lhs, rhs } => self.short_var_decl(stmt.pos, lhs, rhs),
            StmtKind::Assign { op: Some(op), lhs, rhs, .. } => match (lhs.as_slice(), rhs.as_slice()) {
                ([lhs], [rhs]) => {
                    let mut x = Operand::new();
                    self.binary(&mut x, None, lhs, rhs, *op);
                    self.assign_var(lhs, &mut x, "assignment");
                }
                _ => {
                    let message =
                        format!("assignment operation {}= requires single-valued expressions", op.text());
                    let pos = lhs.first().map_or(stmt.pos, Expr::start_pos);
                    self.error(pos, "MultiValAssignOp", message);
                }
            },
            StmtKind::Go { call } => self.suspended_call("go", "InvalidGo", call),
            StmtKind::Defer { call } => self.suspended_call("defer", "InvalidDefer", call),
            StmtKind::Return { results } => self.return_stmt(stmt.pos, results),
            // Jumps have been checked with the syntax.
            StmtKind::Branch { .. } => {}
            StmtKind::Block(block) => self.block(block),
            StmtKind::If(s) => self.if_stmt(s),
            StmtKind::Switch(s) => {
                let outer = self.open_scope(ScopeKind::Block);
                self.simple_stmt(s.init.as_ref());
                self.switch_stmt(s);
                self.close_scope(outer);
            }
            StmtKind::TypeSwitch(s) => {
                let outer = self.open_scope(ScopeKind::Block);
                self.simple_stmt(s.init.as_ref());
                self.type_switch_stmt(s);
                self.close_scope(outer);
            }
            StmtKind::Select { clauses, .. } => self.select_stmt(clauses),
            StmtKind::For(s) => {
                let outer = self.open_scope(ScopeKind::Block);
                self.simple_stmt(s.init.as_ref());
                if let Some(cond) = &s.cond {
                    self.condition(cond, "for");
                }
                self.simple_stmt(s.post.as_ref());
                self.block(&s.body);
                self.close_scope(outer);
            }
            StmtKind::Range(s) => self.range_stmt(stmt.pos, s),
        }
    }

    fn condition(&mut self, cond: &'a Expr, keyword: &str) {
        let mut x = Operand::new();
        self.expr(None, &mut x, cond);
        if x.is_valid() && !self.all_boolean(x.ty) {
            let message = format!("non-boolean condition in {keyword} statement");
            self.error(cond.start_pos(), "InvalidCond", message);
        }
        self.default_operand(&mut x);
    }

    /// A condition such as `a < b` is materialised as a `bool`.
    fn default_operand(&mut self, x: &mut Operand<'a>) {
        if let (true, Some(expr)) = (x.is_valid() && self.is_untyped(x.ty), x.expr) {
            let ty = self.default_type(x.ty);
            self.update_expr_type(expr, ty, true);
        }
    }

    fn if_stmt(&mut self, s: &'a IfStmt) {
        let outer = self.open_scope(ScopeKind::Block);
        self.simple_stmt(s.init.as_ref());
        self.condition(&s.cond, "if");
        self.block(&s.then);
        if let Some(els) = &s.els {
            self.stmt(els);
        }
        self.close_scope(outer);
    }

    fn expr_stmt(&mut self, e: &'a Expr) {
        let mut x = Operand::new();
        let kind = self.raw_expr(None, &mut x, e, None, false);
        let (code, message) = match x.mode {
            OperandMode::Builtin => ("UncalledBuiltin", "must be called"),
            OperandMode::TypeExpr => ("NotAnExpr", "is not an expression"),
            _ if kind == ExprUse::Statement => return,
            _ => ("UnusedExpr", "is not used"),
        };
        let text = self.operand_string(&x);
        self.error(x.pos(), code, format!("{text} {message}"));
    }

    fn send(&mut self, chan: &'a Expr, value: &'a Expr) {
        let (mut ch, mut val) = (Operand::new(), Operand::new());
        self.expr(None, &mut ch, chan);
        self.generic_expr(&mut val, value, None);
        if !ch.is_valid() || !val.is_valid() {
            return;
        }
        if let Some(elem) = self.chan_elem(chan.start_pos(), &ch, false) {
            self.assignment(&mut val, Some(elem), "send");
        }
    }

    fn suspended_call(&mut self, keyword: &str, code: &'static str, call: &'a Expr) {
        if !matches!(call.kind, ExprKind::Call { .. }) {
            let message = format!("expression in {keyword} must be function call");
            self.error(call.start_pos(), code, message);
            self.use_expr(call, false);
            return;
        }
        let mut x = Operand::new();
        let (code, what) = match self.raw_expr(None, &mut x, call, None, false) {
            ExprUse::Conversion => (code, "requires function call, not conversion"),
            ExprUse::Expression => ("UnusedResults", "discards result of"),
            ExprUse::Statement => return,
        };
        let text = self.operand_string(&x);
        self.error(x.pos(), code, format!("{keyword} {what} {text}"));
    }

    fn return_stmt(&mut self, pos: Pos, results: &'a [Expr]) {
        let Some(sig) = self.env.sig else { return };
        let vars = self.signature(sig).results;
        let vars = self.tuple(vars);
        let named = vars.first().is_some_and(|&var| !self.obj(var).name.as_str().is_empty());
        if !results.is_empty() || !named {
            if !results.is_empty() || !vars.is_empty() {
                self.init_vars(&vars, results, Some(pos));
            }
            return;
        }
        for &var in vars.iter() {
            let name = self.obj(var).name;
            let Some(alt) = self.lookup(name).filter(|&alt| alt != var) else { continue };
            let message = format!("result parameter {name} not in scope at return");
            let (at, what) = (self.obj(alt).pos, self.obj_string(var));
            self.error_with_note(
                pos,
                "OutOfScopeResult",
                message,
                at,
                format!("inner declaration of {what}"),
            );
        }
    }

    fn select_stmt(&mut self, clauses: &'a [CommClause]) {
        self.multiple_defaults(clauses.iter().filter(|c| c.comm.is_none()).map(|c| c.pos));
        for clause in clauses {
            if let Some(comm) = &clause.comm {
                let receive =
                    |e: &Expr| matches!(e.unparen().kind, ExprKind::Unary { op: UnaryOp::Recv, .. });
                let valid = match &comm.kind {
                    StmtKind::Send { .. } | StmtKind::Bad => true,
                    StmtKind::Assign { op: None, rhs, .. } => matches!(rhs.as_slice(), [e] if receive(e)),
                    StmtKind::Expr(e) => receive(e),
                    _ => false,
                };
                if !valid {
                    let message = "select case must be send or receive (possibly with assignment)";
                    let at = if let StmtKind::Expr(_) = comm.kind { comm.pos } else { comm.span.start };
                    self.error(at, "InvalidSelectCase", message);
                    continue;
                }
            }
            let outer = self.open_scope(ScopeKind::Block);
            if let Some(comm) = &clause.comm {
                self.stmt(comm);
            }
            self.stmt_list(&clause.body);
            self.close_scope(outer);
        }
    }

    /// Reports default clauses after the first.
    pub fn multiple_defaults(&mut self, defaults: impl Iterator<Item = Pos>) {
        let mut first = None;
        for pos in defaults {
            match first {
                None => first = Some(pos),
                Some(first) => {
                    let at = self.pos_string(first);
                    let message = format!("multiple defaults (first at {at})");
                    self.error(pos, "DuplicateDefault", message);
                }
            }
        }
    }
}
