//! `for range` over functions (spec, "For statements with range clause"; gc's `rangefunc` rewrite).
//!
//! The loop body becomes a closure `func(k, v) bool` that the iterator function calls. Leaving the loop early (`break` and `continue` of an
//! outer loop, `return`, `goto`) stores what to do in an *exit* word of the function around the loop and returns false; the
//! function acts on it when the iterator has returned. A *state* word per loop detects bodies that run when they must not.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use rgo_mir::{Callee, IntCc, Terminator, Type, Value};
use rgo_source::Name;
use rgo_syntax::ast::{self, Expr};
use rgo_types::TypeId;

use crate::func::{FuncLower, Results, Storage, Target};
use crate::repr::Val;
use crate::shape::Shape;

/// `abi.RF_State`: what a loop body may find.
mod state {
    pub const DONE: i64 = 0;
    pub const READY: i64 = 1;
    pub const PANIC: i64 = 2;
    pub const EXHAUSTED: i64 = 3;
    pub const MISSING_PANIC: i64 = 4;
}

/// What the body of a range-over-func loop knows of the function around it.
#[derive(Clone, Debug)]
pub(crate) struct RangeBody {
    /// Address of the exit word: 0 goes on, 1 returns, 2 + i leaves to `exits[i]`.
    exit: Value,
    state: Value,
    /// Targets of the enclosing functions, innermost loop last.
    outer_targets: Vec<Target>,
    /// What the enclosing functions' results are, and the addresses of their variables.
    results: Vec<(TypeId, Value)>,
    /// Labels inside the body: `goto` to any other leaves it.
    pub labels: Rc<HashSet<Name>>,
    /// The `DeferFrame` of the enclosing function.
    defer_frame: Option<Value>,
    /// Exits used so far.
    exits: Rc<RefCell<Vec<Exit>>>,
}

/// A jump out of a loop body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    Return,
    /// `break` (or `continue`) of the `index`-th enclosing target.
    Jump {
        target: usize,
        is_continue: bool,
    },
    Goto(Name),
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn range_func(&mut self, s: &'s ast::RangeStmt, label: Option<Name>) {
        let t = self.type_of(&s.x);
        let shape = self.shape(t);
        let Shape::Func(iterator) = &*shape else { panic!("range over no function") };
        let body_type = iterator.params[0];
        let body_shape = self.shape(body_type);
        let Shape::Func(yield_shape) = &*body_shape else { panic!("iterator without body function") };
        let abi = self.l.abi(&yield_shape.params, &yield_shape.results);
        let iterator_abi = self.l.abi(&iterator.params, &iterator.results);
        let func = self.expr1(&s.x);
        self.at(s.x.pos);
        // The words shared with the body, which may outlive this function and must still know that the loop is over.
        let word = self.l.target.word;
        let words = self.l.struct_of(&[TypeId::INT, TypeId::INT]);
        let shared = self.new_object(words);
        let known = self.known();
        let (zero, ready) = (self.int(0), self.int(state::READY));
        self.store_scalar(shared, zero, 0, known);
        self.store_scalar(shared, ready, word as i32, known);
        let results = self.result_addresses();
        let exits: Rc<RefCell<Vec<Exit>>> = Default::default();
        let mut outer_targets = self.range_body.as_ref().map_or_else(Vec::new, |b| b.outer_targets.clone());
        outer_targets.extend(self.targets.iter().cloned());
        // What the body needs of this frame travels in its closure, as addresses.
        let defer_frame = self
            .defer
            .as_ref()
            .map(|d| d.frame)
            .or_else(|| self.range_body.as_ref().and_then(|b| b.defer_frame));
        let own_label = label;
        let labels = Rc::new(labels_in(&s.body.stmts));
        let mut words = vec![shared];
        words.extend(results.iter().map(|(_, addr)| *addr));
        words.extend(defer_frame);
        let symbol = self.range_symbol();
        let closure = self.range_closure(s, &symbol, &abi, &words, |f, words| {
            let (shared, rest) = words.split_first().expect("the shared words");
            let results: Vec<_> = results.iter().zip(rest).map(|((t, _), &addr)| (*t, addr)).collect();
            let defer_frame = defer_frame.map(|_| rest[results.len()]);
            let state_addr = f.ptr_offset(*shared, i64::from(word));
            f.range_body = Some(RangeBody {
                exit: *shared,
                state: state_addr,
                outer_targets: outer_targets.clone(),
                results,
                labels: Rc::clone(&labels),
                defer_frame,
                exits: Rc::clone(&exits),
            });
            f.loop_body_closure(s, own_label, &yield_shape.params);
        });
        self.emit_call(Callee::Closure(func), &iterator_abi, None, &[Val::one(closure)]);
        // The iterator has returned: the body must have been left in order, and must not run again.
        let known = self.known();
        let found = self.load_scalar(Type::I64, shared, word as i32, known);
        let panicking = self.int(state::PANIC);
        let bad = self.icmp(IntCc::Eq, found, panicking);
        self.when(bad, |f| {
            let state = f.int(state::MISSING_PANIC);
            f.call_noreturn("panicrangestate", &[state]);
        });
        let exhausted = self.int(state::EXHAUSTED);
        let known = self.known();
        self.store_scalar(shared, exhausted, word as i32, known);
        let exit = self.load_scalar(Type::I64, shared, 0, known);
        let exits = exits.borrow().clone();
        for (i, kind) in exits.iter().enumerate() {
            let want = self.int(i as i64 + 1);
            let hit = self.icmp(IntCc::Eq, exit, want);
            let (then, next) = (self.b.block(), self.b.block());
            self.b.branch(hit, then, next);
            self.b.switch_to_sealed(then);
            self.take_exit(kind);
            self.b.switch_to_sealed(next);
        }
    }
    fn range_symbol(&mut self) -> String {
        self.named.ranges += 1;
        format!("{}-range{}", self.symbol, self.named.ranges)
    }

    /// Acts on an exit of an inner loop body in the function around the loop.
    fn take_exit(&mut self, exit: &Exit) {
        match exit {
            Exit::Return => match self.range_body {
                Some(_) => self.exit_body(Exit::Return),
                None => self.leave(),
            },
            Exit::Jump { target, is_continue } => {
                let outside = self.range_body.as_ref().map_or(0, |b| b.outer_targets.len());
                match target.checked_sub(outside) {
                    Some(own) => {
                        let target = self.targets[own].clone();
                        let to =
                            if *is_continue { target.continue_to.expect("a loop") } else { target.break_to };
                        self.b.jump(to);
                    }
                    None => self.exit_body(exit.clone()),
                }
            }
            Exit::Goto(label) => self.goto_label(*label),
        }
    }

    /// The body of the closure: state checks, iteration variables, statements.
    fn loop_body_closure(&mut self, s: &'s ast::RangeStmt, label: Option<Name>, params: &[TypeId]) {
        let body = self.range_body.clone().expect("set by range_func");
        self.results = Results { types: vec![TypeId::BOOL], ..Results::default() };
        let known = self.known();
        let found = self.load_scalar(Type::I64, body.state, 0, known);
        let ready = self.int(state::READY);
        let wrong = self.icmp(IntCc::Ne, found, ready);
        self.when(wrong, |f| f.call_noreturn("panicrangestate", &[found]));
        let panicking = self.int(state::PANIC);
        self.store_scalar(body.state, panicking, 0, known);
        let mut incoming = self.b.func.params().to_vec().into_iter();
        let mut values = Vec::new();
        for &t in params {
            values.push((t, Some(self.take_param(t, &mut incoming))));
        }
        self.set_iteration_vars(s, values);
        let (next, done) = (self.b.block(), self.b.block());
        self.targets.push(Target { label, break_to: done, continue_to: Some(next), plain_break: true });
        self.loop_depth += 1;
        self.block_stmts(&s.body.stmts);
        self.loop_depth -= 1;
        self.targets.pop();
        if self.b.is_reachable() {
            self.b.jump(next);
        }
        if self.b.has_preds(next) {
            self.b.switch_to_sealed(next);
            self.yield_result(state::READY, true);
        }
        if self.b.has_preds(done) {
            self.b.switch_to_sealed(done);
            self.yield_result(state::DONE, false);
        }
    }
    fn yield_result(&mut self, new_state: i64, more: bool) {
        let body = self.range_body.clone().expect("in a loop body");
        let (new_state, known) = (self.int(new_state), self.known());
        self.store_scalar(body.state, new_state, 0, known);
        let more = self.bool_const(more);
        self.b.terminate(Terminator::Return(vec![more]));
    }
    /// Leaves the loop body, and the loop, by `exit`.
    fn exit_body(&mut self, exit: Exit) {
        let body = self.range_body.clone().expect("in a loop body");
        let number = {
            let mut exits = body.exits.borrow_mut();
            match exits.iter().position(|e| *e == exit) {
                Some(i) => i,
                None => {
                    exits.push(exit);
                    exits.len() - 1
                }
            }
        };
        let (number, known) = (self.int(number as i64 + 1), self.known());
        self.store_scalar(body.exit, number, 0, known);
        self.yield_result(state::DONE, false);
    }

    /// `goto label`, out of the loop body if it has to.
    pub fn goto_label(&mut self, label: Name) {
        if self.range_body.as_ref().is_some_and(|body| !body.labels.contains(&label)) {
            return self.exit_body(Exit::Goto(label));
        }
        let block = self.label_block(label);
        self.b.jump(block);
    }
    /// `return` inside a loop body.
    pub fn return_from_range_body(&mut self, results: &'s [Expr]) {
        let body = self.range_body.clone().expect("in a loop body");
        if !results.is_empty() {
            let types =
                std::mem::replace(&mut self.results.types, body.results.iter().map(|(t, _)| *t).collect());
            let values = self.result_values(results);
            self.results.types = types;
            for ((t, addr), value) in body.results.iter().zip(&values) {
                self.store(*t, *addr, 0, value, true);
            }
        }
        self.exit_body(Exit::Return);
    }
    /// `break` or `continue` that no target inside the body takes.
    pub fn leave_range_body(&mut self, is_continue: bool, label: Option<Name>) {
        let body = self.range_body.clone().expect("break outside of a loop");
        let target = body
            .outer_targets
            .iter()
            .rposition(|t| match label {
                Some(label) => t.label == Some(label),
                None if is_continue => t.continue_to.is_some(),
                None => t.plain_break,
            })
            .expect("an enclosing statement");
        self.exit_body(Exit::Jump { target, is_continue });
    }
    /// `defer` inside a loop body: it belongs to the function around the loop.
    pub fn defer_from_range_body(&mut self, closure: Value) {
        let frame = self.range_body.as_ref().and_then(|b| b.defer_frame).expect("a deferring function");
        self.call_runtime("deferprocHeap", &[frame, closure], &[]);
    }

    /// Addresses through which a loop body can set this function's results; none if no body returns.
    fn result_addresses(&mut self) -> Vec<(TypeId, Value)> {
        if let Some(body) = &self.range_body {
            return body.results.clone();
        }
        if self.results.storage.iter().any(|storage| matches!(storage, Storage::Ssa(_))) {
            return Vec::new();
        }
        let types = self.results.types.clone();
        let storages = self.results.storage.clone();
        types
            .into_iter()
            .zip(storages)
            .map(|(t, storage)| {
                let addr = match storage {
                    Storage::Slot(slot) => self.slot_addr(slot),
                    Storage::Address(addr) => addr,
                    Storage::Cell(cell) => self.b.use_var(cell),
                    Storage::Ssa(_) | Storage::Global(_) => panic!("{}: result without address", self.symbol),
                };
                (t, addr)
            })
            .collect()
    }
}

/// The labels declared in a list of statements, function literals excepted.
fn labels_in(stmts: &[ast::Stmt]) -> HashSet<Name> {
    struct Finder(HashSet<Name>);
    impl ast::walk::Visitor for Finder {
        fn expr(&mut self, _: &Expr) -> bool {
            false
        }
        fn stmt(&mut self, s: &ast::Stmt) -> bool {
            if let ast::StmtKind::Labeled { label, .. } = &s.kind {
                self.0.insert(label.name);
            }
            true
        }
    }
    let mut finder = Finder(HashSet::new());
    ast::walk::stmts(&mut finder, stmts);
    finder.0
}
