//! Statements.

use rgo_source::{Pos, Span};

use super::Converter;
use crate::ast::{
    BinaryOp, Block, BranchKind, CaseClause, CommClause, Expr, ExprKind, ForStmt, IfStmt, RangeStmt, Stmt,
    StmtKind, SwitchStmt, TypeSwitchStmt,
};
use crate::cst::{Field, Kind};

/// The parts of a `for` header.
// One lives at a time, on the stack of its `for`: boxing would cost more than the space.
#[allow(clippy::large_enum_variant)]
enum ForHeader {
    Clause { init: Option<Stmt>, cond: Option<Expr>, post: Option<Stmt> },
    Range { left: Vec<Expr>, define: bool, range_pos: Pos, x: Option<Expr> },
}

impl Converter<'_> {
    /// `{ ... }` at the cursor.
    pub(super) fn block(&mut self) -> Block {
        let (pos, rbrace) = (self.start(), self.last());
        let mut stmts = Vec::new();
        self.children(|this, kind| {
            if kind == Kind::StatementList {
                this.stmt_list(&mut stmts);
            }
        });
        Block { pos, stmts, rbrace }
    }

    fn stmt_list(&mut self, stmts: &mut Vec<Stmt>) {
        self.children(|this, kind| {
            if !matches!(kind, Kind::Newline | Kind::Semicolon | Kind::Nul) {
                stmts.push(this.stmt());
            }
        });
    }

    /// The statement at the cursor.
    pub(super) fn stmt(&mut self) -> Stmt {
        self.nested(|this| {
            let span = this.span();
            if this.too_deep() {
                return Stmt { pos: span.start, span, kind: StmtKind::Bad };
            }
            let (pos, kind) = this.stmt_kind(span);
            Stmt { pos, span, kind }
        })
    }

    fn stmt_kind(&mut self, span: Span) -> (Pos, StmtKind) {
        let start = span.start;
        match self.cursor.kind() {
            Kind::EmptyStatement => (start, StmtKind::Empty),
            Kind::Block => (start, StmtKind::Block(self.block())),
            Kind::ExpressionStatement => {
                let x = self.only_child(Self::expr).unwrap_or_else(|| self.bad());
                (x.pos, StmtKind::Expr(x))
            }
            Kind::SendStatement => self.send(start),
            Kind::ReceiveStatement => self.receive(start),
            Kind::IncStatement | Kind::DecStatement => self.inc_dec(start),
            Kind::AssignmentStatement | Kind::ShortVarDeclaration => self.assignment(start),
            Kind::LabeledStatement => self.labeled(span),
            Kind::FallthroughStatement => (start, branch(BranchKind::Fallthrough, None)),
            Kind::BreakStatement => self.branch(start, BranchKind::Break),
            Kind::ContinueStatement => self.branch(start, BranchKind::Continue),
            Kind::GotoStatement => self.branch(start, BranchKind::Goto),
            Kind::ReturnStatement => {
                let mut results = Vec::new();
                self.children(|this, kind| {
                    if kind == Kind::ExpressionList {
                        results = this.expr_list();
                    }
                });
                (start, StmtKind::Return { results })
            }
            Kind::GoStatement => {
                let call = self.last_child_expr();
                (start, StmtKind::Go { call })
            }
            Kind::DeferStatement => {
                let call = self.last_child_expr();
                (start, StmtKind::Defer { call })
            }
            Kind::IfStatement => (start, self.if_stmt()),
            Kind::ForStatement => (start, self.for_stmt()),
            Kind::ExpressionSwitchStatement => (start, self.switch()),
            Kind::TypeSwitchStatement => (start, self.type_switch()),
            Kind::SelectStatement => (start, self.select()),
            kind @ (Kind::ConstDeclaration | Kind::VarDeclaration | Kind::TypeDeclaration) => {
                (start, StmtKind::Decl(Box::new(self.gen_decl(kind))))
            }
            _ => {
                self.unknown("statement");
                (start, StmtKind::Bad)
            }
        }
    }

    /// The last child as an expression (`go` and `defer` have the keyword before it).
    fn last_child_expr(&mut self) -> Expr {
        let mut x = None;
        self.children(|this, kind| {
            if kind != Kind::Other {
                x = Some(this.expr());
            }
        });
        let mut x = x.unwrap_or_else(|| self.bad());
        // Parentheses are an error here, which has been reported.
        while let ExprKind::Paren(inner) = x.kind {
            x = *inner;
        }
        x
    }

    fn or_bad(&mut self, x: Option<Expr>) -> Expr {
        x.unwrap_or_else(|| self.bad())
    }

    fn send(&mut self, start: Pos) -> (Pos, StmtKind) {
        let (mut chan, mut value, mut pos) = (None, None, start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Arrow, _) => pos = this.start(),
            (_, Field::Channel) => chan = Some(this.expr()),
            (_, Field::Value) => value = Some(this.expr()),
            _ => {}
        });
        let (chan, value) = (self.or_bad(chan), self.or_bad(value));
        (pos, StmtKind::Send { chan, value })
    }

    /// `<-c`, `x = <-c` or `x := <-c` in a select clause.
    fn receive(&mut self, start: Pos) -> (Pos, StmtKind) {
        let (mut left, mut right, mut pos, mut define) = (Vec::new(), None, start, false);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Assign | Kind::Define, _) => {
                pos = this.start();
                define = kind == Kind::Define;
            }
            (_, Field::Left) => left = this.expr_list(),
            (_, Field::Right) => right = Some(this.expr()),
            _ => {}
        });
        let right = self.or_bad(right);
        if left.is_empty() {
            return (right.pos, StmtKind::Expr(right));
        }
        (pos, StmtKind::Assign { op: None, define, lhs: left, rhs: vec![right] })
    }

    fn inc_dec(&mut self, start: Pos) -> (Pos, StmtKind) {
        let (mut x, mut pos, mut inc) = (None, start, false);
        self.children(|this, kind| match kind {
            Kind::PlusPlus | Kind::MinusMinus => {
                pos = this.start();
                inc = kind == Kind::PlusPlus;
            }
            _ => x = Some(this.expr()),
        });
        let x = self.or_bad(x);
        (pos, StmtKind::IncDec { x, inc })
    }

    fn assignment(&mut self, start: Pos) -> (Pos, StmtKind) {
        let (mut lhs, mut rhs, mut op, mut define, mut pos) = (Vec::new(), Vec::new(), None, false, start);
        self.each(|this, kind, field| match (kind, field) {
            (_, Field::Left) => lhs = this.expr_list(),
            (_, Field::Right) => rhs = this.expr_list(),
            (Kind::Define, _) => {
                pos = this.start();
                define = true;
            }
            (_, Field::Operator) => {
                pos = this.start();
                op = this.text().strip_suffix(b"=").and_then(BinaryOp::from_text);
            }
            _ => {}
        });
        (pos, StmtKind::Assign { op, define, lhs, rhs })
    }

    fn labeled(&mut self, span: Span) -> (Pos, StmtKind) {
        let (mut label, mut stmt, mut pos) = (None, None, span.start);
        self.each(|this, kind, field| match (kind, field) {
            (_, Field::Label) => label = Some(this.ident()),
            (Kind::Colon, _) => pos = this.start(),
            _ => stmt = Some(this.stmt()),
        });
        let Some(label) = label else { return (pos, StmtKind::Bad) };
        let stmt = stmt.unwrap_or_else(|| Stmt { pos, span: Span::new(pos, pos), kind: StmtKind::Empty });
        (pos, StmtKind::Labeled { label, stmt: Box::new(stmt) })
    }

    fn branch(&mut self, start: Pos, kind: BranchKind) -> (Pos, StmtKind) {
        let mut label = None;
        self.children(|this, kind| {
            if kind == Kind::LabelName {
                label = Some(this.ident());
            }
        });
        (start, branch(kind, label))
    }

    fn if_stmt(&mut self) -> StmtKind {
        let (mut init, mut cond, mut then, mut els) = (None, None, None, None);
        self.each(|this, _, field| match field {
            Field::Initializer => init = Some(this.stmt()),
            Field::Condition => cond = Some(this.expr()),
            Field::Consequence => then = Some(this.block()),
            Field::Alternative => els = Some(this.stmt()),
            _ => {}
        });
        let cond = self.or_bad(cond);
        match then {
            Some(then) => StmtKind::If(Box::new(IfStmt { init, cond, then, els })),
            None => StmtKind::Bad,
        }
    }

    fn for_stmt(&mut self) -> StmtKind {
        let mut header = ForHeader::Clause { init: None, cond: None, post: None };
        let mut body = None;
        self.each(|this, kind, field| match (kind, field) {
            (_, Field::Body) => body = Some(this.block()),
            (Kind::ForClause, _) => header = this.for_clause(),
            (Kind::RangeClause, _) => header = this.range_clause(),
            (Kind::Other, _) => {}
            _ => {
                let cond = this.expr();
                header = ForHeader::Clause { init: None, cond: Some(cond), post: None };
            }
        });
        let Some(body) = body else { return StmtKind::Bad };
        match header {
            ForHeader::Clause { init, cond, post } => {
                StmtKind::For(Box::new(ForStmt { init, cond, post, body }))
            }
            ForHeader::Range { left, define, range_pos, x } => {
                let x = self.or_bad(x);
                let mut left = left.into_iter();
                let (key, value) = (left.next(), left.next());
                let extra = left.collect();
                StmtKind::Range(Box::new(RangeStmt { key, value, extra, define, range_pos, x, body }))
            }
        }
    }

    fn for_clause(&mut self) -> ForHeader {
        let (mut init, mut cond, mut post) = (None, None, None);
        self.each(|this, _, field| match field {
            Field::Initializer => init = Some(this.stmt()),
            Field::Condition => cond = Some(this.expr()),
            Field::Update => post = Some(this.stmt()),
            _ => {}
        });
        ForHeader::Clause { init, cond, post }
    }

    fn range_clause(&mut self) -> ForHeader {
        let (mut left, mut define, mut range_pos, mut x) = (Vec::new(), false, Pos::NONE, None);
        self.each(|this, kind, field| match (kind, field) {
            (_, Field::Left) => left = this.expr_list(),
            (Kind::Define, _) => define = true,
            (Kind::Range, _) => range_pos = this.start(),
            (_, Field::Right) => x = Some(this.expr()),
            _ => {}
        });
        ForHeader::Range { left, define, range_pos, x }
    }

    fn switch(&mut self) -> StmtKind {
        let rbrace = self.last();
        let (mut init, mut tag, mut clauses, mut lbrace) = (None, None, Vec::new(), Pos::NONE);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LBrace, _) => lbrace = this.start(),
            (Kind::ExpressionCase | Kind::DefaultCase, _) => clauses.push(this.case_clause()),
            (_, Field::Initializer) => init = Some(this.stmt()),
            (_, Field::Value) => tag = Some(this.expr()),
            _ => {}
        });
        close_cases(&mut clauses, rbrace);
        StmtKind::Switch(Box::new(SwitchStmt { init, tag, clauses, lbrace, rbrace }))
    }

    fn type_switch(&mut self) -> StmtKind {
        let rbrace = self.last();
        let (mut init, mut bind, mut x, mut clauses) = (None, None, None, Vec::new());
        let (mut guard_pos, mut lbrace) = (Pos::NONE, Pos::NONE);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LBrace, _) => lbrace = this.start(),
            (Kind::Dot, _) => guard_pos = this.start(),
            (Kind::TypeCase | Kind::DefaultCase, _) => clauses.push(this.case_clause()),
            (_, Field::Initializer) => init = Some(this.stmt()),
            (_, Field::Alias) => {
                bind = this.expr_list().first().and_then(|x| x.as_ident().copied());
            }
            (_, Field::Value) => x = Some(this.expr()),
            _ => {}
        });
        close_cases(&mut clauses, rbrace);
        let x = self.or_bad(x);
        StmtKind::TypeSwitch(Box::new(TypeSwitchStmt { init, bind, x, guard_pos, clauses, lbrace, rbrace }))
    }

    /// A clause of either switch.
    fn case_clause(&mut self) -> CaseClause {
        let pos = self.start();
        let (mut cases, mut colon, mut body) = (Vec::new(), pos, Vec::new());
        let default = self.cursor.kind() == Kind::DefaultCase;
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Colon, _) => colon = this.start(),
            (Kind::StatementList, _) => this.stmt_list(&mut body),
            (Kind::Comma, _) => {}
            (_, Field::Value) => cases = this.expr_list(),
            (_, Field::Type) => cases.push(this.expr()),
            _ => {}
        });
        CaseClause { pos, cases: (!default).then_some(cases), colon, body, end: pos }
    }

    fn select(&mut self) -> StmtKind {
        let rbrace = self.last();
        let mut clauses = Vec::new();
        self.children(|this, kind| {
            if matches!(kind, Kind::CommunicationCase | Kind::DefaultCase) {
                clauses.push(this.comm_clause());
            }
        });
        let mut end = rbrace;
        for clause in clauses.iter_mut().rev() {
            clause.end = end;
            end = clause.pos;
        }
        StmtKind::Select { clauses, rbrace }
    }

    fn comm_clause(&mut self) -> CommClause {
        let pos = self.start();
        let (mut comm, mut colon, mut body) = (None, pos, Vec::new());
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Colon, _) => colon = this.start(),
            (Kind::StatementList, _) => this.stmt_list(&mut body),
            (_, Field::Communication) => comm = Some(Box::new(this.stmt())),
            _ => {}
        });
        CommClause { pos, comm, colon, body, end: pos }
    }
}

fn branch(kind: BranchKind, label: Option<crate::ast::Ident>) -> StmtKind {
    StmtKind::Branch { kind, label }
}

/// A clause's scope ends where the next clause, or the closing brace, stands.
fn close_cases(clauses: &mut [CaseClause], rbrace: Pos) {
    let mut end = rbrace;
    for clause in clauses.iter_mut().rev() {
        clause.end = end;
        end = clause.pos;
    }
}
