//! Expression switches and type switches.

use std::collections::BTreeMap;

use rgo_mir::{Block, MemFlags, Type, Value};
use rgo_source::Name;
use rgo_syntax::ast::{self, BinaryOp, BranchKind, CaseClause, Expr};
use rgo_types::{ConstValue, OperandMode, TypeId};

use crate::constant::int_bits;
use crate::func::{FuncLower, Target};
use crate::repr::Val;
use crate::shape::Shape;

/// From this many constant cases on an integer switch becomes a `Switch` terminator.
const DENSE_CASES: usize = 4;

fn string_cases(s: &ast::SwitchStmt) -> usize {
    s.clauses.iter().map(|clause| clause.cases.as_deref().unwrap_or_default().len()).sum()
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn switch_stmt(&mut self, s: &'s ast::SwitchStmt, label: Option<Name>) {
        if let Some(init) = &s.init {
            self.stmt(init, None);
        }
        if let Some(target) = self.decided_clause(s) {
            return self.only_clause(target, label);
        }
        let tag = s.tag.as_ref().map(|tag| {
            let t = self.type_of(tag);
            let t = self.l.prog.default_type(t);
            // Constants are compared at once.
            let value =
                if self.is_string_switch(s, t) { self.borrowed_string(tag, t) } else { self.expr_to(tag, t) };
            (t, self.stable(t, value))
        });
        let bodies: Vec<Block> = s.clauses.iter().map(|_| self.b.block()).collect();
        let done = self.b.block();
        let default = s.clauses.iter().position(|c| c.cases.is_none()).map_or(done, |i| bodies[i]);
        match &tag {
            Some((t, value)) if self.is_int_switch(s, *t) => {
                let shape = self.shape(*t);
                let Shape::Int { bits, .. } = *shape else { unreachable!("checked") };
                let mut cases = Vec::new();
                for (clause, &body) in s.clauses.iter().zip(&bodies) {
                    for case in clause.cases.as_deref().unwrap_or_default() {
                        let constant = self.constant_of(case).expect("checked");
                        cases.push((int_bits(&constant, bits), body));
                    }
                }
                self.b.switch(value.single(), &cases, default);
            }
            Some((t, value)) if self.is_string_switch(s, *t) && string_cases(s) >= DENSE_CASES => {
                self.string_switch(s, value, &bodies, default);
            }
            _ => {
                for (clause, &body) in s.clauses.iter().zip(&bodies) {
                    for case in clause.cases.as_deref().unwrap_or_default() {
                        let next = self.b.block();
                        self.at(case.pos);
                        match &tag {
                            None if self.shape_of(case).is_interface() => {
                                let truth = Val::one(self.bool_const(true));
                                let hit = self.case_matches(TypeId::BOOL, &truth, case);
                                self.b.branch(hit, body, next);
                            }
                            None => self.condition(case, body, next),
                            Some((t, value)) => {
                                let hit = self.case_matches(*t, value, case);
                                self.b.branch(hit, body, next);
                            }
                        }
                        self.b.switch_to_sealed(next);
                    }
                }
                self.b.jump(default);
            }
        }
        self.clauses(&s.clauses, &bodies, done, label, |_, _| {});
    }
    /// The clause that constants choose (`None` in it: none), as far as gc looks: cases are constants up to it, and it does not fall
    /// through.
    fn decided_clause(&mut self, s: &'s ast::SwitchStmt) -> Option<Option<&'s CaseClause>> {
        let tag = match &s.tag {
            Some(tag) => self.constant_of(tag)?,
            None => ConstValue::Bool(true),
        };
        let mut chosen = None;
        'clauses: for clause in &s.clauses {
            if clause.cases.is_none() {
                chosen = Some(clause);
            }
            for case in clause.cases.as_deref().unwrap_or_default() {
                if ConstValue::compare(&tag, BinaryOp::Eql, &self.constant_of(case)?) {
                    chosen = Some(clause);
                    break 'clauses;
                }
            }
        }
        let falls_through = |clause: &CaseClause| {
            let last = clause.body.iter().rev().find(|s| !matches!(s.kind, ast::StmtKind::Empty));
            matches!(last.map(|s| &s.kind), Some(ast::StmtKind::Branch { kind: BranchKind::Fallthrough, .. }))
        };
        (!chosen.is_some_and(falls_through)).then_some(chosen)
    }
    fn only_clause(&mut self, clause: Option<&'s CaseClause>, label: Option<Name>) {
        let Some(clause) = clause else { return };
        let done = self.b.block();
        self.targets.push(Target { label, break_to: done, continue_to: None, plain_break: true });
        self.block_stmts(&clause.body);
        if self.b.is_reachable() {
            self.b.jump(done);
        }
        self.targets.pop();
        self.continue_in(done);
    }
    fn is_int_switch(&mut self, s: &'s ast::SwitchStmt, t: TypeId) -> bool {
        if !matches!(&*self.shape(t), Shape::Int { .. }) {
            return false;
        }
        let cases: Vec<&Expr> =
            s.clauses.iter().flat_map(|c| c.cases.as_deref().unwrap_or_default()).collect();
        cases.len() >= DENSE_CASES
            && cases.iter().all(|case| {
                let t_case = self.type_of(case);
                !self.shape(t_case).is_interface() && self.constant_of(case).is_some()
            })
    }
    /// Whether all cases are string constants.
    fn is_string_switch(&mut self, s: &'s ast::SwitchStmt, t: TypeId) -> bool {
        let cases: Vec<&Expr> =
            s.clauses.iter().flat_map(|c| c.cases.as_deref().unwrap_or_default()).collect();
        matches!(&*self.shape(t), Shape::String)
            && cases.iter().all(|case| {
                let t_case = self.type_of(case);
                !self.shape(t_case).is_interface() && self.constant_of(case).is_some()
            })
    }
    /// A switch on the length, then one on the bytes if they fit an integer, else comparisons. The constants differ, so that their order is
    /// of no account.
    fn string_switch(&mut self, s: &'s ast::SwitchStmt, tag: &Val, bodies: &[Block], default: Block) {
        let mut by_length: BTreeMap<usize, Vec<(Vec<u8>, Block)>> = BTreeMap::new();
        for (clause, &body) in s.clauses.iter().zip(bodies) {
            for case in clause.cases.as_deref().unwrap_or_default() {
                let bytes = self.constant_of(case).and_then(|k| k.as_bytes()).expect("checked").to_vec();
                by_length.entry(bytes.len()).or_default().push((bytes, body));
            }
        }
        let (ptr, len) = (tag.parts()[0], tag.parts()[1]);
        let blocks: Vec<Block> = by_length.keys().map(|_| self.b.block()).collect();
        let lengths: Vec<(i64, Block)> =
            by_length.keys().zip(&blocks).map(|(&n, &block)| (n as i64, block)).collect();
        self.b.switch(len, &lengths, default);
        for ((&n, cases), block) in by_length.iter().zip(blocks) {
            self.b.switch_to_sealed(block);
            let word = match n {
                1 => Some(Type::I8),
                2 => Some(Type::I16),
                4 => Some(Type::I32),
                8 => Some(Type::I64),
                _ => None,
            };
            match word.filter(|_| cases.len() > 1) {
                Some(ty) => {
                    let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                    let bits = self.load_scalar(ty, ptr, 0, flags);
                    let number = |bytes: &[u8]| {
                        let k = bytes.iter().rev().fold(0u64, |sum, &b| sum << 8 | u64::from(b));
                        let shift = 64 - ty.bits(8);
                        ((k << shift) as i64) >> shift
                    };
                    let cases: Vec<(i64, Block)> =
                        cases.iter().map(|(bytes, body)| (number(bytes), *body)).collect();
                    self.b.switch(bits, &cases, default);
                }
                None => {
                    for (bytes, body) in cases {
                        let want = self.string_const(bytes);
                        let next = self.b.block();
                        let hit = self.string_equal(&[ptr, len], want.parts());
                        self.b.branch(hit, *body, next);
                        self.b.switch_to_sealed(next);
                    }
                    self.b.jump(default);
                }
            }
        }
    }
    /// `tag == case`
    fn case_matches(&mut self, t: TypeId, value: &Val, case: &'s Expr) -> Value {
        if self.mode(case) == OperandMode::NilValue {
            let first = value.parts()[0];
            return self.is_nil(first);
        }
        let from = self.type_of(case);
        let common = self.comparison_type(t, from);
        let case_value = self.expr_to(case, common);
        let tag = self.convert_assign(value.clone(), t, common);
        self.compare(BinaryOp::Eql, common, &tag, &case_value)
    }

    /// The bodies of a switch's clauses; `enter` declares a type switch's variable.
    fn clauses(
        &mut self,
        clauses: &'s [CaseClause],
        bodies: &[Block],
        done: Block,
        label: Option<Name>,
        mut enter: impl FnMut(&mut Self, usize),
    ) {
        let outer_fallthrough = self.fallthrough_to.take();
        self.targets.push(Target { label, break_to: done, continue_to: None, plain_break: true });
        for (i, clause) in clauses.iter().enumerate() {
            // A fallthrough of the clause before leads here too.
            self.b.switch_to(bodies[i]);
            self.b.seal(bodies[i]);
            self.fallthrough_to = bodies.get(i + 1).copied();
            enter(self, i);
            self.block_stmts(&clause.body);
            if self.b.is_reachable() {
                self.b.jump(done);
            }
        }
        self.targets.pop();
        self.fallthrough_to = outer_fallthrough;
        self.continue_in(done);
    }

    pub fn type_switch_stmt(&mut self, s: &'s ast::TypeSwitchStmt, label: Option<Name>) {
        if let Some(init) = &s.init {
            self.stmt(init, None);
        }
        let from = self.type_of(&s.x);
        let value = self.expr(&s.x);
        self.at(s.guard_pos);
        let (word, data) = (value.parts()[0], value.parts()[1]);
        let bodies: Vec<Block> = s.clauses.iter().map(|_| self.b.block()).collect();
        let done = self.b.block();
        let default = s.clauses.iter().position(|c| c.cases.is_none()).map_or(done, |i| bodies[i]);
        let empty = self.is_empty_interface(from);
        let dynamic = self.dynamic_type(word, empty);
        let any = self.l.any_type();
        // The type word found by a single interface case, for its variable.
        let mut found: Vec<Option<Value>> = vec![None; s.clauses.len()];
        for (i, clause) in s.clauses.iter().enumerate() {
            let cases = clause.cases.as_deref().unwrap_or_default();
            for case in cases {
                self.at(case.pos);
                let next = self.b.block();
                let hit = if self.mode(case) == OperandMode::NilValue {
                    self.is_nil(dynamic)
                } else {
                    let t = self.type_of(case);
                    match self.assert_interface(dynamic, any, t) {
                        Some((itab, ok)) => {
                            found[i] = (cases.len() == 1).then_some(itab);
                            ok
                        }
                        None => {
                            let want = self.type_word(t);
                            self.icmp(rgo_mir::IntCc::Eq, dynamic, want)
                        }
                    }
                };
                self.b.branch(hit, bodies[i], next);
                self.b.switch_to_sealed(next);
            }
        }
        self.b.jump(default);
        self.clauses(&s.clauses, &bodies, done, label, |this, i| {
            let clause = &s.clauses[i];
            let Some(&obj) = this.l.prog.info(this.file).implicits.get(&clause.pos) else { return };
            let t = this.var_type(obj);
            let single = clause.cases.as_deref().is_some_and(|c| c.len() == 1);
            let own = if let Some(itab) = found[i] {
                Val::of(&[itab, data])
            } else if single && !this.shape(t).is_interface() {
                this.unbox(data, t)
            } else {
                Val::of(&[word, data])
            };
            this.declare_init(obj, t, &own);
        });
    }
}
