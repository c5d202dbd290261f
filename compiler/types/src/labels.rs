//! Labels and the jumps to them (spec, "Labeled statements", "Goto statements").
//!
//! In: a function body that contains a label. A forward `goto` is remembered until its label turns up in the same or an
//! enclosing block; those left over jump nowhere or into a block.

use std::collections::HashMap;

use rgo_source::{Name, Pos};
use rgo_syntax::ast::{Block, BranchKind, Ident, Specs, Stmt, StmtKind};

use crate::checker::Checker;
use crate::object::{ObjId, ObjKind};

/// A `goto` whose label has not been seen yet.
#[derive(Clone, Copy)]
struct Jump {
    label: Ident,
    /// Variables were declared between the jump and the current statement of the block.
    over: Option<Pos>,
}

/// What a labelled statement is, for `break` and `continue`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Loop,
    /// A switch or select.
    Choice,
    Other,
}

/// Labels of one block and, for the block of a labelled statement, that label.
struct Frame {
    enclosing: Option<(Name, Target)>,
    labels: Vec<Name>,
}

struct Labels {
    all: HashMap<Name, ObjId>,
    /// Enclosing blocks, innermost last.
    frames: Vec<Frame>,
}

impl<'a> Checker<'_, 'a> {
    /// Checks all labels of a body.
    pub fn labels(&mut self, body: &'a Block) {
        let mut labels = Labels { all: HashMap::new(), frames: Vec::new() };
        let left = self.block_branches(&mut labels, None, &body.stmts);
        for jump in left {
            let name = jump.label.name;
            match labels.all.get(&name) {
                Some(&obj) => {
                    self.use_label(obj);
                    self.error(jump.label.pos, "JumpIntoBlock", format!("goto {name} jumps into block"));
                }
                None => self.error(jump.label.pos, "UndeclaredLabel", format!("label {name} not declared")),
            }
        }
        let mut declared: Vec<ObjId> = labels.all.into_values().collect();
        declared.sort();
        for obj in declared {
            let label = self.obj(obj);
            if matches!(label.kind, ObjKind::Label { used: false }) {
                let (pos, name) = (label.pos, label.name);
                self.error(pos, "UnusedLabel", format!("label {name} declared and not used"));
            }
        }
    }

    fn use_label(&mut self, obj: ObjId) {
        self.obj_mut(obj).kind = ObjKind::Label { used: true };
    }

    /// Checks the statements of a block and returns the jumps that leave it.
    fn block_branches(
        &mut self,
        labels: &mut Labels,
        enclosing: Option<(Name, Target)>,
        stmts: &'a [Stmt],
    ) -> Vec<Jump> {
        labels.frames.push(Frame { enclosing, labels: Vec::new() });
        let mut jumps = Vec::new();
        for stmt in stmts {
            self.stmt_branches(labels, &mut jumps, None, stmt);
        }
        labels.frames.pop();
        for jump in &mut jumps {
            // Declarations of a block that the jump leaves do not matter.
            jump.over = None;
        }
        jumps
    }

    fn stmt_branches(
        &mut self,
        labels: &mut Labels,
        jumps: &mut Vec<Jump>,
        label: Option<(Name, Target)>,
        stmt: &'a Stmt,
    ) {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt_branches_inner(labels, jumps, label, stmt));
    }

    fn stmt_branches_inner(
        &mut self,
        labels: &mut Labels,
        jumps: &mut Vec<Jump>,
        label: Option<(Name, Target)>,
        stmt: &'a Stmt,
    ) {
        match &stmt.kind {
            StmtKind::Decl(decl) => {
                if let Specs::Var(specs) = &decl.specs {
                    for spec in specs {
                        jumps_over(jumps, spec.pos);
                    }
                }
            }
            StmtKind::Assign { define: true, .. } => jumps_over(jumps, stmt.pos),
            StmtKind::Labeled { label: ident, stmt: inner } => {
                let mut label = label;
                if !ident.name.is_blank() {
                    self.declare_label(labels, jumps, ident);
                    label = Some((ident.name, target_of(inner)));
                }
                self.stmt_branches(labels, jumps, label, inner);
            }
            StmtKind::Branch { kind, label: Some(ident) } => self.branch(labels, jumps, *kind, ident),
            StmtKind::Block(block) => jumps.extend(self.block_branches(labels, label, &block.stmts)),
            StmtKind::If(s) => {
                jumps.extend(self.block_branches(labels, label, &s.then.stmts));
                if let Some(els) = &s.els {
                    self.stmt_branches(labels, jumps, label, els);
                }
            }
            StmtKind::Switch(s) => {
                let bodies = s.clauses.iter().map(|c| c.body.as_slice());
                self.clause_branches(labels, jumps, label, bodies);
            }
            StmtKind::TypeSwitch(s) => {
                let bodies = s.clauses.iter().map(|c| c.body.as_slice());
                self.clause_branches(labels, jumps, label, bodies);
            }
            StmtKind::Select { clauses, .. } => {
                let bodies = clauses.iter().map(|c| c.body.as_slice());
                self.clause_branches(labels, jumps, label, bodies);
            }
            StmtKind::For(s) => jumps.extend(self.block_branches(labels, label, &s.body.stmts)),
            StmtKind::Range(s) => jumps.extend(self.block_branches(labels, label, &s.body.stmts)),
            StmtKind::Bad
            | StmtKind::Empty
            | StmtKind::Expr(_)
            | StmtKind::Send { .. }
            | StmtKind::IncDec { .. }
            | StmtKind::Assign { define: false, .. }
            | StmtKind::Go { .. }
            | StmtKind::Defer { .. }
            | StmtKind::Return { .. }
            | StmtKind::Branch { label: None, .. } => {}
        }
    }

    fn clause_branches(
        &mut self,
        labels: &mut Labels,
        jumps: &mut Vec<Jump>,
        label: Option<(Name, Target)>,
        bodies: impl Iterator<Item = &'a [Stmt]>,
    ) {
        labels.frames.push(Frame { enclosing: label, labels: Vec::new() });
        for body in bodies {
            jumps.extend(self.block_branches(labels, None, body));
        }
        labels.frames.pop();
    }

    fn declare_label(&mut self, labels: &mut Labels, jumps: &mut Vec<Jump>, ident: &'a Ident) {
        let name = ident.name;
        let obj = match labels.all.get(&name) {
            Some(&alt) => {
                let other = self.other_decl(alt);
                let message = format!("label {name} already declared{other}");
                self.error(ident.pos, "DuplicateLabel", message);
                alt
            }
            None => {
                let kind = ObjKind::Label { used: false };
                let obj = self.program.new_object(kind, ident.pos, None, name, None);
                labels.all.insert(name, obj);
                if let Some(frame) = labels.frames.last_mut() {
                    frame.labels.push(name);
                }
                self.record_def(ident, obj);
                obj
            }
        };
        let (here, rest) = std::mem::take(jumps).into_iter().partition(|jump| jump.label.name == name);
        *jumps = rest;
        let here: Vec<Jump> = here;
        for jump in here {
            self.use_label(obj);
            self.record_use(&jump.label, obj);
            if let Some(over) = jump.over {
                let line = self.graph.sources.position(over).line;
                let message = format!("goto {name} jumps over variable declaration at line {line}");
                self.error(jump.label.pos, "JumpOverDecl", message);
            }
        }
    }

    fn branch(&mut self, labels: &mut Labels, jumps: &mut Vec<Jump>, kind: BranchKind, ident: &'a Ident) {
        let name = ident.name;
        let enclosing = labels
            .frames
            .iter()
            .rev()
            .filter_map(|frame| frame.enclosing)
            .find_map(|(label, target)| (label == name).then_some(target));
        let valid = match kind {
            BranchKind::Break => matches!(enclosing, Some(Target::Loop | Target::Choice)),
            BranchKind::Continue => enclosing == Some(Target::Loop),
            BranchKind::Goto => {
                if !labels.frames.iter().any(|frame| frame.labels.contains(&name)) {
                    jumps.push(Jump { label: *ident, over: None });
                    return;
                }
                true
            }
            // The parser has no labelled fallthrough.
            BranchKind::Fallthrough => return,
        };
        if !valid {
            let message = format!("invalid {} label {name}", kind.text());
            self.error(ident.pos, "MisplacedLabel", message);
            return;
        }
        if let Some(&obj) = labels.all.get(&name) {
            self.use_label(obj);
            self.record_use(ident, obj);
        }
    }
}

/// A variable declaration at `pos`: all jumps pending now jump over it.
fn jumps_over(jumps: &mut [Jump], pos: Pos) {
    for jump in jumps {
        jump.over = Some(pos);
    }
}

fn target_of(stmt: &Stmt) -> Target {
    match stmt.kind {
        StmtKind::For(_) | StmtKind::Range(_) => Target::Loop,
        StmtKind::Switch(_) | StmtKind::TypeSwitch(_) | StmtKind::Select { .. } => Target::Choice,
        _ => Target::Other,
    }
}
