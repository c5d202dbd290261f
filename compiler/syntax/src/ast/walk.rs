//! Preorder visits of a tree.

use super::{
    ArrayLen, Block, CaseClause, Decl, Expr, ExprKind, Field, FuncDecl, FuncType, GenDecl, InterfaceElem,
    Specs, Stmt, StmtKind,
};

/// What to do at nodes; each method says whether to descend.
pub trait Visitor {
    /// Called at each expression and type.
    fn expr(&mut self, _expr: &Expr) -> bool {
        true
    }

    /// Called at each statement.
    fn stmt(&mut self, _stmt: &Stmt) -> bool {
        true
    }
}

/// Visits a top-level declaration.
pub fn decl(v: &mut impl Visitor, decl: &Decl) {
    match decl {
        Decl::Gen(decl) => gen_decl(v, decl),
        Decl::Func(decl) => func_decl(v, decl),
    }
}

/// Visits receiver, type parameters, signature and body.
pub fn func_decl(v: &mut impl Visitor, decl: &FuncDecl) {
    fields(v, decl.recv.as_slice());
    fields(v, &decl.tparams);
    func_type(v, &decl.sig);
    if let Some(body) = &decl.body {
        block(v, body);
    }
}

/// Visits the types and values of a declaration; inherited constant expressions are visited once, at their own line.
pub fn gen_decl(v: &mut impl Visitor, decl: &GenDecl) {
    match &decl.specs {
        Specs::Import(_) => {}
        Specs::Const(specs) => {
            for init in specs.iter().filter(|s| !s.inherited).filter_map(|s| s.init.as_ref()) {
                exprs(v, init.ty.as_slice());
                exprs(v, &init.values);
            }
        }
        Specs::Var(specs) => {
            for spec in specs {
                exprs(v, spec.ty.as_slice());
                exprs(v, &spec.values);
            }
        }
        Specs::Type(specs) => {
            for spec in specs {
                fields(v, &spec.tparams);
                expr(v, &spec.ty);
            }
        }
    }
}

/// Visits the statements of a block.
pub fn block(v: &mut impl Visitor, block: &Block) {
    stmts(v, &block.stmts);
}

/// Visits statements in order.
pub fn stmts(v: &mut impl Visitor, list: &[Stmt]) {
    for item in list {
        stmt(v, item);
    }
}

/// Visits expressions in order.
pub fn exprs(v: &mut impl Visitor, list: &[Expr]) {
    for item in list {
        expr(v, item);
    }
}

fn fields(v: &mut impl Visitor, list: &[Field]) {
    for field in list {
        expr(v, &field.ty);
        exprs(v, field.tag.as_slice());
    }
}

fn func_type(v: &mut impl Visitor, sig: &FuncType) {
    fields(v, &sig.params);
    fields(v, &sig.results);
}

fn opt(v: &mut impl Visitor, x: Option<&Expr>) {
    if let Some(x) = x {
        expr(v, x);
    }
}

/// Visits an expression and, if the visitor wants, its parts.
pub fn expr(v: &mut impl Visitor, node: &Expr) {
    if v.expr(node) {
        deeper(|| expr_parts(v, node));
    }
}

/// Runs `visit` with enough stack, however deep the tree is.
fn deeper(visit: impl FnOnce()) {
    stacker::maybe_grow(128 << 10, 4 << 20, visit);
}

fn expr_parts(v: &mut impl Visitor, node: &Expr) {
    match &node.kind {
        ExprKind::Bad | ExprKind::Ident(_) | ExprKind::BasicLit { .. } => {}
        ExprKind::CompositeLit { ty, elems, .. } => {
            opt(v, ty.as_deref());
            for elem in elems {
                opt(v, elem.key.as_ref());
                expr(v, &elem.value);
            }
        }
        ExprKind::FuncLit(lit) => {
            func_type(v, &lit.sig);
            block(v, &lit.body);
        }
        ExprKind::Paren(x)
        | ExprKind::Selector { x, .. }
        | ExprKind::Star(x)
        | ExprKind::Ellipsis(x)
        | ExprKind::Unary { x, .. } => expr(v, x),
        ExprKind::Index { x, indices } => {
            expr(v, x);
            exprs(v, indices);
        }
        ExprKind::Slice { x, lo, hi, max, .. } => {
            expr(v, x);
            opt(v, lo.as_deref());
            opt(v, hi.as_deref());
            opt(v, max.as_deref());
        }
        ExprKind::TypeAssert { x, ty } => {
            expr(v, x);
            opt(v, ty.as_deref());
        }
        ExprKind::Call { fun, args, .. } => {
            expr(v, fun);
            exprs(v, args);
        }
        ExprKind::Binary { x, y, .. } => {
            expr(v, x);
            expr(v, y);
        }
        ExprKind::ArrayType { len, elem } => {
            if let ArrayLen::Len(len) = len {
                expr(v, len);
            }
            expr(v, elem);
        }
        ExprKind::StructType { fields: list, .. } => fields(v, list),
        ExprKind::FuncType(sig) => func_type(v, sig),
        ExprKind::InterfaceType { elems, .. } => {
            for elem in elems {
                match elem {
                    InterfaceElem::Method { sig, .. } => func_type(v, sig),
                    InterfaceElem::Embedded(ty) => expr(v, ty),
                }
            }
        }
        ExprKind::MapType { key, value } => {
            expr(v, key);
            expr(v, value);
        }
        ExprKind::ChanType { elem, .. } => expr(v, elem),
    }
}

fn opt_stmt(v: &mut impl Visitor, node: Option<&Stmt>) {
    if let Some(node) = node {
        stmt(v, node);
    }
}

fn case_clauses(v: &mut impl Visitor, clauses: &[CaseClause]) {
    for clause in clauses {
        exprs(v, clause.cases.as_deref().unwrap_or_default());
        stmts(v, &clause.body);
    }
}

/// Visits a statement and, if the visitor wants, its parts.
pub fn stmt(v: &mut impl Visitor, node: &Stmt) {
    if v.stmt(node) {
        deeper(|| stmt_parts(v, node));
    }
}

fn stmt_parts(v: &mut impl Visitor, node: &Stmt) {
    match &node.kind {
        StmtKind::Bad | StmtKind::Empty | StmtKind::Branch { .. } => {}
        StmtKind::Block(body) => block(v, body),
        StmtKind::Expr(x) | StmtKind::IncDec { x, .. } => expr(v, x),
        StmtKind::Go { call } | StmtKind::Defer { call } => expr(v, call),
        StmtKind::Send { chan, value } => {
            expr(v, chan);
            expr(v, value);
        }
        StmtKind::Assign { lhs, rhs, .. } => {
            exprs(v, lhs);
            exprs(v, rhs);
        }
        StmtKind::Return { results } => exprs(v, results),
        StmtKind::If(s) => {
            opt_stmt(v, s.init.as_ref());
            expr(v, &s.cond);
            block(v, &s.then);
            opt_stmt(v, s.els.as_ref());
        }
        StmtKind::Switch(s) => {
            opt_stmt(v, s.init.as_ref());
            opt(v, s.tag.as_ref());
            case_clauses(v, &s.clauses);
        }
        StmtKind::TypeSwitch(s) => {
            opt_stmt(v, s.init.as_ref());
            expr(v, &s.x);
            case_clauses(v, &s.clauses);
        }
        StmtKind::Select { clauses, .. } => {
            for clause in clauses {
                opt_stmt(v, clause.comm.as_deref());
                stmts(v, &clause.body);
            }
        }
        StmtKind::For(s) => {
            opt_stmt(v, s.init.as_ref());
            opt(v, s.cond.as_ref());
            opt_stmt(v, s.post.as_ref());
            block(v, &s.body);
        }
        StmtKind::Range(s) => {
            opt(v, s.key.as_ref());
            opt(v, s.value.as_ref());
            exprs(v, &s.extra);
            expr(v, &s.x);
            block(v, &s.body);
        }
        StmtKind::Labeled { stmt: inner, .. } => stmt(v, inner),
        StmtKind::Decl(decl) => gen_decl(v, decl),
    }
}
