//! Labels and jumps of function bodies: `break`, `continue`, `goto` and `fallthrough` must lead somewhere, labels must
//! be used, and no `goto` may jump into a block or over a variable declaration (spec, "Goto statements").

use std::collections::HashMap;

use rgo_source::{Diagnostic, File, Name, Pos};

use crate::ast::walk::{self, Visitor};
use crate::ast::{Block, BranchKind, Decl, Expr, ExprKind, Ident, Specs, Stmt, StmtKind};

/// Checks every function body of a file, but for those that are parsed later.
pub(crate) fn check(source: &File, decls: &[Decl], errors: &mut Vec<Diagnostic>) {
    let mut bodies = Bodies { source, errors };
    for decl in decls {
        match decl {
            Decl::Func(func) => {
                if let Some(body) = func.body.as_ref().filter(|body| body.is_parsed()) {
                    bodies.func(body);
                }
            }
            Decl::Gen(_) => walk::decl(&mut bodies, decl),
        }
    }
}

/// Checks one function's body.
pub(crate) fn check_func(source: &File, body: &Block, errors: &mut Vec<Diagnostic>) {
    Bodies { source, errors }.func(body);
}

/// Finds the bodies of function literals; inner ones are checked before outer ones, as gc does.
struct Bodies<'a> {
    source: &'a File,
    errors: &'a mut Vec<Diagnostic>,
}

impl Bodies<'_> {
    fn func(&mut self, body: &Block) {
        walk::block(self, body);
        check_body(self.source, body, self.errors);
    }
}

impl Visitor for Bodies<'_> {
    fn expr(&mut self, expr: &Expr) -> bool {
        if let ExprKind::FuncLit(lit) = &expr.kind {
            deeper(|| walk::block(self, &lit.body));
            check_body(self.source, &lit.body, self.errors);
            return false;
        }
        true
    }
}

fn deeper<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 << 10, 4 << 20, run)
}

/// Index of a block in `Labels::blocks`.
type BlockId = usize;

struct BlockInfo<'a> {
    parent: Option<BlockId>,
    start: Pos,
    /// The labelled statement that this block is part of.
    labeled: Option<&'a Stmt>,
}

struct Label<'a> {
    ident: Ident,
    stmt: &'a Stmt,
    block: BlockId,
    used: bool,
}

/// What the jumps without label lead to.
#[derive(Clone, Copy)]
struct Context {
    breaks: Breaks,
    continues: bool,
    /// Whether this is a clause's statement list directly, and then whether it is the last clause.
    clause: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Nothing,
    Switch,
    TypeSwitch,
    Other,
}

struct Labels<'a, 'e> {
    source: &'e File,
    blocks: Vec<BlockInfo<'a>>,
    labels: HashMap<Name, Label<'a>>,
    errors: &'e mut Vec<Diagnostic>,
}

fn check_body(source: &File, body: &Block, errors: &mut Vec<Diagnostic>) {
    let mut this = Labels { source, blocks: Vec::new(), labels: HashMap::new(), errors };
    let context = Context { breaks: Breaks::Nothing, continues: false, clause: None };
    let pending = this.block(None, context, None, body.pos, &body.stmts);
    for label in pending {
        let name = label.name;
        match this.labels.get_mut(&name) {
            Some(found) => {
                found.used = true;
                let start = this.blocks[found.block].start;
                let at = this.show(start);
                let message = format!("goto {name} jumps into block starting at {at}");
                this.error(label.pos, "JumpIntoBlock", message);
            }
            None => this.error(label.pos, "UndeclaredLabel", format!("label {name} not defined")),
        }
    }
    let mut unused: Vec<_> = this.labels.values().filter(|label| !label.used).map(|l| l.ident).collect();
    unused.sort_by_key(|ident| ident.pos);
    for ident in unused {
        this.error(ident.pos, "UnusedLabel", format!("label {} defined and not used", ident.name));
    }
}

impl<'a> Labels<'a, '_> {
    fn error(&mut self, pos: Pos, code: &'static str, message: String) {
        self.errors.push(Diagnostic::error(pos, code, message));
    }

    /// A position inside a message.
    fn show(&self, pos: Pos) -> String {
        let (line, col) = self.source.line_col(pos);
        format!("{}:{line}:{col}", self.source.path)
    }

    /// Checks a statement list; gives the labels of `goto`s that still look for their target.
    fn block(
        &mut self,
        parent: Option<BlockId>,
        context: Context,
        labeled: Option<&'a Stmt>,
        start: Pos,
        stmts: &'a [Stmt],
    ) -> Vec<Ident> {
        let id = self.blocks.len();
        self.blocks.push(BlockInfo { parent, start, labeled });
        let mut list = List { id, pending: Vec::new(), over: Vec::new(), variable: None };
        let real = stmts.iter().rposition(|s| !matches!(s.kind, StmtKind::Empty)).map_or(0, |i| i + 1);
        for (i, stmt) in stmts[..real].iter().enumerate() {
            deeper(|| self.stmt(&mut list, context, None, stmt, i + 1 == real));
        }
        list.pending
    }

    fn stmt(
        &mut self,
        list: &mut List,
        context: Context,
        labeled: Option<&'a Stmt>,
        stmt: &'a Stmt,
        last: bool,
    ) {
        let plain = Context { clause: None, ..context };
        let in_loop = Context { breaks: Breaks::Other, continues: true, clause: None };
        match &stmt.kind {
            StmtKind::Decl(decl) => {
                if let Specs::Var(specs) = &decl.specs
                    && let Some(spec) = specs.first()
                    && let Some(name) = spec.names.first()
                {
                    list.declare(spec.pos, name.name.to_string());
                }
            }
            StmtKind::Assign { define: true, lhs, .. } => {
                let names: Vec<_> =
                    lhs.iter().map(|x| x.as_ident().map_or("_", |ident| ident.name.as_str())).collect();
                list.declare(stmt.pos, names.join(", "));
            }
            StmtKind::Labeled { label, stmt: inner } => {
                let mut labeled = None;
                if !label.name.is_blank() {
                    self.declare(list, *label, stmt);
                    labeled = Some(stmt);
                }
                self.stmt(list, context, labeled, inner, last);
            }
            StmtKind::Branch { kind, label: None } => self.plain_branch(*kind, context, stmt.pos, last),
            StmtKind::Branch { kind, label: Some(label) } => self.labeled_branch(list, *kind, *label),
            StmtKind::Block(block) => self.inner(list, plain, labeled, block.pos, &block.stmts),
            StmtKind::If(s) => {
                self.inner(list, plain, labeled, s.then.pos, &s.then.stmts);
                if let Some(els) = &s.els {
                    self.inner(list, plain, labeled, els.pos, std::slice::from_ref(els));
                }
            }
            StmtKind::For(s) => self.inner(list, in_loop, labeled, s.body.pos, &s.body.stmts),
            StmtKind::Range(s) => self.inner(list, in_loop, labeled, s.body.pos, &s.body.stmts),
            StmtKind::Switch(s) => {
                for (i, clause) in s.clauses.iter().enumerate() {
                    let clause_kind = Some(i + 1 == s.clauses.len());
                    let context = Context { breaks: Breaks::Switch, clause: clause_kind, ..context };
                    self.inner(list, context, labeled, clause.pos, &clause.body);
                }
            }
            StmtKind::TypeSwitch(s) => {
                for clause in &s.clauses {
                    let context = Context { breaks: Breaks::TypeSwitch, ..plain };
                    self.inner(list, context, labeled, clause.pos, &clause.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for clause in clauses {
                    let context = Context { breaks: Breaks::Other, ..plain };
                    self.inner(list, context, labeled, clause.pos, &clause.body);
                }
            }
            _ => {}
        }
    }

    fn inner(
        &mut self,
        list: &mut List,
        context: Context,
        labeled: Option<&'a Stmt>,
        start: Pos,
        stmts: &'a [Stmt],
    ) {
        let pending = self.block(Some(list.id), context, labeled, start, stmts);
        list.pending.extend(pending);
    }

    /// Declares a label and settles the `goto`s that were looking for it.
    fn declare(&mut self, list: &mut List, ident: Ident, stmt: &'a Stmt) {
        let name = ident.name;
        if let Some(first) = self.labels.get(&name) {
            let at = self.show(first.ident.pos);
            self.error(ident.pos, "DuplicateLabel", format!("label {name} already defined at {at}"));
        } else {
            self.labels.insert(name, Label { ident, stmt, block: list.id, used: false });
        }
        let (found, rest) = std::mem::take(&mut list.pending).into_iter().partition(|g| g.name == name);
        list.pending = rest;
        let found: Vec<Ident> = found;
        for goto in found {
            if let Some(label) = self.labels.get_mut(&name) {
                label.used = true;
            }
            if let Some((pos, variable)) = &list.variable
                && list.over.contains(&goto.id)
            {
                let at = self.show(*pos);
                let message = format!("goto {name} jumps over declaration of {variable} at {at}");
                self.error(goto.pos, "JumpOverDecl", message);
            }
        }
    }

    fn plain_branch(&mut self, kind: BranchKind, context: Context, pos: Pos, last: bool) {
        match kind {
            BranchKind::Break if context.breaks == Breaks::Nothing => {
                let message = "break is not in a loop, switch, or select";
                self.error(pos, "MisplacedBreak", message.to_owned());
            }
            BranchKind::Continue if !context.continues => {
                self.error(pos, "MisplacedContinue", "continue is not in a loop".to_owned());
            }
            BranchKind::Fallthrough => {
                let message = match (context.breaks, context.clause) {
                    (Breaks::TypeSwitch, _) => "cannot fallthrough in type switch",
                    (Breaks::Switch, Some(false)) if last => return,
                    (Breaks::Switch, Some(true)) if last => "cannot fallthrough final case in switch",
                    _ => "fallthrough statement out of place",
                };
                self.error(pos, "MisplacedFallthrough", message.to_owned());
            }
            _ => {}
        }
    }

    /// The blocks that enclose block `id`, itself included.
    fn enclosing(&self, id: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        std::iter::successors(Some(id), |&id| self.blocks[id].parent)
    }

    fn labeled_branch(&mut self, list: &mut List, kind: BranchKind, label: Ident) {
        let name = label.name;
        if kind == BranchKind::Goto {
            let target = self.labels.get_mut(&name).map(|found| {
                found.used = true;
                found.block
            });
            if !target.is_some_and(|target| self.enclosing(list.id).any(|block| block == target)) {
                list.pending.push(label);
            }
            return;
        }
        let word = kind.text();
        let target = self.labels.get_mut(&name).map(|found| {
            found.used = true;
            found.stmt
        });
        let Some(target) = target else {
            return self.error(label.pos, "UndeclaredLabel", format!("{word} label not defined: {name}"));
        };
        let encloses = self
            .enclosing(list.id)
            .any(|block| self.blocks[block].labeled.is_some_and(|stmt| std::ptr::eq(stmt, target)));
        let StmtKind::Labeled { stmt: inner, .. } = &target.kind else { return };
        let fits = match inner.kind {
            StmtKind::For(_) | StmtKind::Range(_) => true,
            StmtKind::Switch(_) | StmtKind::TypeSwitch(_) | StmtKind::Select { .. } => {
                kind == BranchKind::Break
            }
            _ => false,
        };
        if !encloses || !fits {
            self.error(label.pos, "MisplacedLabel", format!("invalid {word} label {name}"));
        }
    }
}

/// The state of checking one statement list.
struct List {
    id: BlockId,
    /// Labels of `goto`s without target so far.
    pending: Vec<Ident>,
    /// Those of them that were there when the last variable was declared.
    over: Vec<crate::ast::ExprId>,
    variable: Option<(Pos, String)>,
}

impl List {
    fn declare(&mut self, pos: Pos, name: String) {
        self.variable = Some((pos, name));
        self.over = self.pending.iter().map(|ident| ident.id).collect();
    }
}
