//! Which statements end a function that has results (spec, "Terminating statements").

use std::collections::HashSet;

use rgo_source::Name;
use rgo_syntax::ast::{BranchKind, ExprId, ExprKind, Stmt, StmtKind};

/// Calls of the predeclared `panic`.
type Panics = HashSet<ExprId>;

/// Whether a list of statements ends in a terminating one.
pub(crate) fn list_terminates(stmts: &[Stmt], panics: &Panics) -> bool {
    let last = stmts.iter().rev().find(|stmt| !matches!(stmt.kind, StmtKind::Empty));
    last.is_some_and(|stmt| terminates(stmt, None, panics))
}

fn terminates(stmt: &Stmt, label: Option<Name>, panics: &Panics) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || match &stmt.kind {
        StmtKind::Labeled { label, stmt } => terminates(stmt, Some(label.name), panics),
        StmtKind::Expr(x) => {
            let call = x.unparen();
            matches!(call.kind, ExprKind::Call { .. }) && panics.contains(&call.id)
        }
        StmtKind::Return { .. } => true,
        StmtKind::Branch { kind, .. } => matches!(kind, BranchKind::Goto | BranchKind::Fallthrough),
        StmtKind::Block(block) => list_terminates(&block.stmts, panics),
        StmtKind::If(s) => s
            .els
            .as_ref()
            .is_some_and(|els| list_terminates(&s.then.stmts, panics) && terminates(els, None, panics)),
        StmtKind::Switch(s) => {
            s.clauses.iter().any(|c| c.cases.is_none())
                && s.clauses.iter().all(|c| clause_terminates(&c.body, label, panics))
        }
        StmtKind::TypeSwitch(s) => {
            s.clauses.iter().any(|c| c.cases.is_none())
                && s.clauses.iter().all(|c| clause_terminates(&c.body, label, panics))
        }
        StmtKind::Select { clauses, .. } => clauses.iter().all(|c| clause_terminates(&c.body, label, panics)),
        StmtKind::For(s) => s.cond.is_none() && !list_breaks(&s.body.stmts, label, true),
        StmtKind::Bad
        | StmtKind::Empty
        | StmtKind::Send { .. }
        | StmtKind::IncDec { .. }
        | StmtKind::Assign { .. }
        | StmtKind::Go { .. }
        | StmtKind::Defer { .. }
        | StmtKind::Range(_)
        | StmtKind::Decl(_) => false,
    })
}

fn clause_terminates(body: &[Stmt], label: Option<Name>, panics: &Panics) -> bool {
    list_terminates(body, panics) && !list_breaks(body, label, true)
}

fn list_breaks(stmts: &[Stmt], label: Option<Name>, implicit: bool) -> bool {
    stmts.iter().any(|stmt| breaks(stmt, label, implicit))
}

/// Whether `stmt` contains a `break` out of the statement labelled `label` or, when `implicit`, an unlabelled one that
/// leaves the enclosing statement.
fn breaks(stmt: &Stmt, label: Option<Name>, implicit: bool) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || match &stmt.kind {
        StmtKind::Labeled { stmt, .. } => breaks(stmt, label, implicit),
        StmtKind::Branch { kind: BranchKind::Break, label: target } => match target {
            None => implicit,
            Some(target) => label == Some(target.name),
        },
        StmtKind::Block(block) => list_breaks(&block.stmts, label, implicit),
        StmtKind::If(s) => {
            list_breaks(&s.then.stmts, label, implicit)
                || s.els.as_ref().is_some_and(|els| breaks(els, label, implicit))
        }
        // In these, only a labelled break leaves the outer statement.
        StmtKind::Switch(s) => {
            label.is_some() && s.clauses.iter().any(|c| list_breaks(&c.body, label, false))
        }
        StmtKind::TypeSwitch(s) => {
            label.is_some() && s.clauses.iter().any(|c| list_breaks(&c.body, label, false))
        }
        StmtKind::Select { clauses, .. } => {
            label.is_some() && clauses.iter().any(|c| list_breaks(&c.body, label, false))
        }
        StmtKind::For(s) => label.is_some() && list_breaks(&s.body.stmts, label, false),
        StmtKind::Range(s) => label.is_some() && list_breaks(&s.body.stmts, label, false),
        StmtKind::Bad
        | StmtKind::Empty
        | StmtKind::Expr(_)
        | StmtKind::Send { .. }
        | StmtKind::IncDec { .. }
        | StmtKind::Assign { .. }
        | StmtKind::Go { .. }
        | StmtKind::Defer { .. }
        | StmtKind::Return { .. }
        | StmtKind::Branch { .. }
        | StmtKind::Decl(_) => false,
    })
}
