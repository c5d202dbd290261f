//! Which local variables need a cell of their own, and what each closure captures.
//!
//! In: a function declaration (or a package-level initialiser) with its function literals. Out: for each variable whether its
//! address is taken, whether it is assigned after its declaration, and from which literals it is used. The body of a range-over-func
//! loop counts as a literal, because it is lowered to one.
//!
//! A variable *needs a cell* (memory whose address may outlive the frame; `opt/escape` may put it back into the frame) when its address is
//! taken, or when a closure uses it and it cannot be captured by value. It is captured by value when it is never assigned after its
//! declaration and is at most 128 bytes.

use std::collections::{HashMap, HashSet};

use rgo_syntax::ast::{self, ExprKind, Specs, StmtKind, UnaryOp};
use rgo_types::{ConstValue, FileIdx, ObjId, SelectionKind, TypeId, TypeKind};

use crate::Lowerer;

/// Identifies a function literal or range-over-func body by the place of its opening brace.
pub(crate) type LitId = rgo_source::Pos;

#[derive(Clone, Copy, Default, Debug)]
struct VarUse {
    /// The literal that declares it (`None`: the declaration itself).
    home: Option<LitId>,
    declared: bool,
    address_taken: bool,
    reassigned: bool,
    captured: bool,
}

/// The defer statements of one function.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Defers {
    pub count: usize,
    /// Some are in loops or bodies of range-over-func loops, so that they may run more than once.
    pub repeated: bool,
}

/// Result of the analysis.
#[derive(Default, Debug)]
pub(crate) struct Captures {
    vars: HashMap<ObjId, VarUse>,
    /// Free variables of each literal, in order of first use.
    free: HashMap<LitId, Vec<ObjId>>,
    /// Captured, never reassigned, but too large to copy into closures.
    large: HashSet<ObjId>,
    /// Those literals that are bodies of range-over-func loops.
    pub range_bodies: HashSet<LitId>,
    /// Functions and literals that such bodies return from.
    pub range_returns: HashSet<Option<LitId>>,
    /// The declaration contains a `goto`, so that any statement may run more than once.
    pub has_goto: bool,
    /// The defer statements of functions and literals that have some (not those of their literals).
    pub defers: HashMap<Option<LitId>, Defers>,
    /// Functions and literals that call `recover`.
    pub recovers: HashSet<Option<LitId>>,
}

impl Captures {
    /// Whether `obj` must live in memory that may outlive the frame.
    pub fn needs_cell(&self, obj: ObjId) -> bool {
        self.vars.get(&obj).is_some_and(|v| v.address_taken || (v.captured && !self.by_value(obj)))
    }
    /// Whether closures copy `obj` instead of sharing its cell.
    pub fn by_value(&self, obj: ObjId) -> bool {
        self.vars
            .get(&obj)
            .is_some_and(|v| v.captured && !v.address_taken && !v.reassigned && !self.large.contains(&obj))
    }
    /// The free variables of a literal.
    pub fn free(&self, lit: LitId) -> &[ObjId] {
        self.free.get(&lit).map_or(&[], Vec::as_slice)
    }
    /// Whether nothing ever changes `obj` after its declaration.
    pub fn is_constant(&self, obj: ObjId) -> bool {
        self.vars
            .get(&obj)
            .is_none_or(|v| !v.address_taken && !v.reassigned && (!v.captured || self.by_value(obj)))
    }
}

struct Analysis<'l, 'p, 's> {
    l: &'l mut Lowerer<'p, 's>,
    file: FileIdx,
    out: Captures,
    /// Enclosing literals, innermost last.
    nest: Vec<LitId>,
    /// How many loops of the innermost literal enclose the statement.
    loops: u32,
    large: Vec<ObjId>,
}

/// Analyses a function declaration.
pub(crate) fn analyze_func(l: &mut Lowerer<'_, '_>, file: FileIdx, decl: &ast::FuncDecl) -> Captures {
    let mut a = Analysis { l, file, out: Captures::default(), nest: vec![], loops: 0, large: vec![] };
    a.params(decl.recv.as_slice());
    a.params(&decl.sig.params);
    a.results(&decl.sig.results);
    if let Some(body) = &decl.body {
        a.stmts(&body.stmts);
    }
    a.finish()
}

/// Analyses an initialiser of package-level variables.
pub(crate) fn analyze_expr(l: &mut Lowerer<'_, '_>, file: FileIdx, e: &ast::Expr) -> Captures {
    let mut a = Analysis { l, file, out: Captures::default(), nest: vec![], loops: 0, large: vec![] };
    a.expr(e);
    a.finish()
}

impl Analysis<'_, '_, '_> {
    fn finish(mut self) -> Captures {
        self.out.large.extend(std::mem::take(&mut self.large));
        self.out
    }
    fn object(&self, ident: &ast::Ident) -> Option<ObjId> {
        self.l.prog.info(self.file).object(ident.id)
    }
    fn declare(&mut self, obj: ObjId) {
        let home = self.nest.last().copied();
        let entry = self.out.vars.entry(obj).or_default();
        entry.home = home;
        entry.declared = true;
    }
    fn declare_ident(&mut self, ident: &ast::Ident) {
        if let Some(obj) = self.object(ident)
            && self.l.prog.obj(obj).pos == ident.pos
        {
            self.declare(obj);
        }
    }
    fn params(&mut self, fields: &[ast::Field]) {
        for ident in fields.iter().flat_map(|f| &f.names) {
            self.declare_ident(ident);
        }
    }

    /// Results are variables that every `return` assigns.
    fn results(&mut self, fields: &[ast::Field]) {
        self.params(fields);
        let objects: Vec<ObjId> =
            fields.iter().flat_map(|f| &f.names).filter_map(|ident| self.object(ident)).collect();
        for obj in objects {
            self.out.vars.entry(obj).or_default().reassigned = true;
        }
    }

    fn use_var(&mut self, obj: ObjId) {
        let Some(&VarUse { home, declared: true, .. }) = self.out.vars.get(&obj) else { return };
        if home == self.nest.last().copied() {
            return;
        }
        let first = home.map_or(0, |h| self.nest.iter().position(|&n| n == h).map_or(0, |i| i + 1));
        for &lit in &self.nest[first..] {
            let free = self.out.free.entry(lit).or_default();
            if !free.contains(&obj) {
                free.push(obj);
            }
        }
        let entry = self.out.vars.get_mut(&obj).expect("declared");
        if !entry.captured {
            entry.captured = true;
            // These are as large whatever type arguments they get. Otherwise size is asked for concrete types only; type parameters may be anything, but
            // are shared by reference then.
            let t = self.l.prog.obj_type(obj);
            let core = self.l.prog.core_type(t).map(|core| self.l.prog.kind(core));
            let is_small = matches!(
                core,
                Some(
                    TypeKind::Signature(_)
                        | TypeKind::Pointer(_)
                        | TypeKind::Map { .. }
                        | TypeKind::Chan { .. }
                        | TypeKind::Slice(_)
                )
            );
            if !is_small
                && (!self.l.prog.type_params_of(t).is_empty()
                    || self.l.prog.size_of(t).is_none_or(|size| size > 128))
            {
                self.large.push(obj);
            }
        }
    }

    /// The variable that is changed when `e` is assigned to or its address is taken.
    fn root(&mut self, e: &ast::Expr) -> Option<ObjId> {
        match &e.kind {
            ExprKind::Ident(ident) => {
                let obj = self.object(ident)?;
                self.l.prog.obj(obj).is_var().then_some(obj)
            }
            ExprKind::Paren(x) => self.root(x),
            ExprKind::Selector { x, sel } => {
                let info = self.l.prog.info(self.file);
                let selection = info.selections.get(&sel.id)?;
                if selection.kind != SelectionKind::FieldVal || selection.indirect {
                    return None;
                }
                self.root(x)
            }
            ExprKind::Index { x, .. } => {
                let t = self.recorded_type(x)?;
                let under = self.l.prog.under(t);
                match self.l.prog.kind(under) {
                    TypeKind::Array { .. } | TypeKind::TypeParam(_) | TypeKind::Interface(_) => self.root(x),
                    _ => None,
                }
            }
            _ => None,
        }
    }
    fn recorded_type(&self, e: &ast::Expr) -> Option<TypeId> {
        Some(self.l.prog.info(self.file).type_and_value(e.id)?.ty)
    }
    /// What `cond` always is.
    fn constant_condition(&self, cond: &ast::Expr) -> Option<bool> {
        match self.l.prog.info(self.file).type_and_value(cond.id)?.value {
            Some(ConstValue::Bool(holds)) => Some(holds),
            _ => None,
        }
    }
    fn is_func(&mut self, e: &ast::Expr) -> bool {
        let Some(t) = self.recorded_type(e) else { return false };
        self.l.prog.core_type(t).is_some_and(|t| matches!(self.l.prog.kind(t), TypeKind::Signature(_)))
    }
    fn take_address(&mut self, e: &ast::Expr) {
        if let Some(obj) = self.root(e) {
            self.out.vars.entry(obj).or_default().address_taken = true;
        }
    }
    fn reassign(&mut self, e: &ast::Expr) {
        if let Some(obj) = self.root(e) {
            self.out.vars.entry(obj).or_default().reassigned = true;
        }
    }
    /// An assignment's left side: with `define`, names may be new.
    fn assign(&mut self, e: &ast::Expr, define: bool) {
        if let (true, ExprKind::Ident(ident)) = (define, &e.kind)
            && let Some(obj) = self.object(ident)
            && self.l.prog.obj(obj).pos == ident.pos
        {
            self.declare(obj);
            return;
        }
        self.reassign(e);
        self.expr(e);
    }

    fn exprs(&mut self, list: &[ast::Expr]) {
        for e in list {
            self.expr(e);
        }
    }
    fn expr(&mut self, e: &ast::Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(e));
    }
    fn expr_inner(&mut self, e: &ast::Expr) {
        match &e.kind {
            ExprKind::Ident(ident) => {
                if let Some(obj) = self.object(ident) {
                    self.use_var(obj);
                }
            }
            ExprKind::CompositeLit { elems, .. } => {
                for elem in elems {
                    if let Some(key) = &elem.key {
                        self.expr(key);
                    }
                    self.expr(&elem.value);
                }
            }
            ExprKind::FuncLit(lit) => {
                self.nest.push(lit.body.pos);
                let loops = std::mem::take(&mut self.loops);
                self.params(&lit.sig.params);
                self.results(&lit.sig.results);
                self.stmts(&lit.body.stmts);
                self.loops = loops;
                self.nest.pop();
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.expr(x),
            ExprKind::Selector { x, sel } => {
                let method = self.l.prog.info(self.file).selections.get(&sel.id).cloned();
                if let Some(selection) = method
                    && selection.kind == SelectionKind::MethodVal
                    && self.l.prog.obj(selection.obj).as_func().is_some_and(|f| f.has_ptr_recv)
                    && !selection.indirect
                {
                    // x.m() takes &x when m has a pointer receiver and x is no pointer.
                    let t = self.recorded_type(x).map(|t| self.l.prog.under(t));
                    if t.is_some_and(|t| !matches!(self.l.prog.kind(t), TypeKind::Pointer(_))) {
                        self.take_address(x);
                    }
                }
                self.expr(x);
            }
            ExprKind::Index { x, indices } => {
                self.expr(x);
                self.exprs(indices);
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                let t = self.recorded_type(x).map(|t| self.l.prog.under(t));
                if let Some(t) = t
                    && matches!(
                        self.l.prog.kind(t),
                        TypeKind::Array { .. } | TypeKind::TypeParam(_) | TypeKind::Interface(_)
                    )
                {
                    self.take_address(x);
                }
                self.expr(x);
                for bound in [lo, hi, max].into_iter().flatten() {
                    self.expr(bound);
                }
            }
            ExprKind::TypeAssert { x, .. } => self.expr(x),
            ExprKind::Call { fun, args, .. } => {
                if let ExprKind::Ident(ident) = &fun.unparen().kind
                    && ident.name == "recover"
                    && self.object(ident).is_some_and(|o| self.l.prog.obj(o).pkg.is_none())
                {
                    let owner = self.nest.last().copied();
                    self.out.recovers.insert(owner);
                }
                self.expr(fun);
                self.exprs(args);
            }
            ExprKind::Unary { op, x } => {
                if *op == UnaryOp::Addr {
                    self.take_address(x);
                }
                self.expr(x);
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::Bad
            | ExprKind::BasicLit { .. }
            | ExprKind::ArrayType { .. }
            | ExprKind::StructType { .. }
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType { .. }
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. }
            | ExprKind::Ellipsis(_) => {}
        }
    }

    fn stmts(&mut self, list: &[ast::Stmt]) {
        for stmt in list {
            self.stmt(stmt);
        }
    }
    fn opt_stmt(&mut self, stmt: Option<&ast::Stmt>) {
        if let Some(stmt) = stmt {
            self.stmt(stmt);
        }
    }
    /// The innermost function that is no loop body.
    fn function(&self) -> Option<LitId> {
        self.nest.iter().rev().find(|lit| !self.out.range_bodies.contains(lit)).copied()
    }
    fn stmt(&mut self, s: &ast::Stmt) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt_inner(s));
    }
    fn stmt_inner(&mut self, s: &ast::Stmt) {
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Branch { kind, .. } => self.out.has_goto |= *kind == ast::BranchKind::Goto,
            StmtKind::Block(block) => self.stmts(&block.stmts),
            StmtKind::Expr(x) => self.expr(x),
            StmtKind::Go { call } => self.expr(call),
            StmtKind::Defer { call } => {
                // A defer in a range-over-func body belongs to the function around it.
                let owner = self.function();
                let repeated = self.loops > 0 || owner != self.nest.last().copied();
                let defers = self.out.defers.entry(owner).or_default();
                defers.count += 1;
                defers.repeated |= repeated;
                self.expr(call);
            }
            StmtKind::IncDec { x, .. } => {
                self.reassign(x);
                self.expr(x);
            }
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Assign { define, lhs, rhs, .. } => {
                self.exprs(rhs);
                for e in lhs {
                    self.assign(e, *define);
                }
            }
            StmtKind::Return { results } => {
                if self.nest.last().is_some_and(|lit| self.out.range_bodies.contains(lit)) {
                    let owner = self.function();
                    self.out.range_returns.insert(owner);
                }
                self.exprs(results);
            }
            StmtKind::If(s) => {
                self.opt_stmt(s.init.as_ref());
                self.expr(&s.cond);
                // A branch that is never taken is not lowered: `if race.Enabled { defer ... }` shall cost nothing.
                let known = self.constant_condition(&s.cond);
                if known != Some(false) {
                    self.stmts(&s.then.stmts);
                }
                if known != Some(true) {
                    self.opt_stmt(s.els.as_ref());
                }
            }
            StmtKind::Switch(s) => {
                self.opt_stmt(s.init.as_ref());
                if let Some(tag) = &s.tag {
                    self.expr(tag);
                }
                for clause in &s.clauses {
                    self.exprs(clause.cases.as_deref().unwrap_or_default());
                    self.stmts(&clause.body);
                }
            }
            StmtKind::TypeSwitch(s) => {
                self.opt_stmt(s.init.as_ref());
                self.expr(&s.x);
                for clause in &s.clauses {
                    if let Some(&obj) = self.l.prog.info(self.file).implicits.get(&clause.pos) {
                        self.declare(obj);
                    }
                    self.stmts(&clause.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for clause in clauses {
                    self.opt_stmt(clause.comm.as_deref());
                    self.stmts(&clause.body);
                }
            }
            StmtKind::For(s) => {
                self.opt_stmt(s.init.as_ref());
                if let Some(cond) = &s.cond {
                    self.expr(cond);
                }
                self.opt_stmt(s.post.as_ref());
                self.loop_body(&s.body);
            }
            StmtKind::Range(s) => self.range(s),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Decl(decl) => {
                if let Specs::Var(specs) = &decl.specs {
                    for spec in specs {
                        self.exprs(&spec.values);
                        for name in &spec.names {
                            self.declare_ident(name);
                        }
                    }
                }
            }
        }
    }

    fn loop_body(&mut self, body: &ast::Block) {
        self.loops += 1;
        self.stmts(&body.stmts);
        self.loops -= 1;
    }
    fn range(&mut self, s: &ast::RangeStmt) {
        self.expr(&s.x);
        if !self.is_func(&s.x) {
            for e in [&s.key, &s.value].into_iter().flatten() {
                self.assign(e, s.define);
            }
            self.loop_body(&s.body);
            return;
        }
        // Lowered to a function literal: the variables are its parameters, or assigned inside it.
        self.out.range_bodies.insert(s.body.pos);
        self.nest.push(s.body.pos);
        for e in [&s.key, &s.value].into_iter().flatten() {
            self.assign(e, s.define);
        }
        self.stmts(&s.body.stmts);
        self.nest.pop();
    }
}
