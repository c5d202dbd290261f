//! Removal of checks that an earlier check or branch has made.
//!
//! ```text
//! b1(v1: i64):                          b1(v1: i64):
//!     v2: i8 = icmp slt v1, v0              v2: i8 = icmp slt v1, v0
//!     branch v2, b2, b3                     branch v2, b2, b3
//! b2: bounds_check index v1, v0    →    b2:
//! ```
//! Facts are collected along the dominator tree: what a passed check or a taken branch says holds in all that it dominates, since values do
//! not change. Induction variables that start at 0 or more and grow by 1 below a bound are never negative; those that start at or below a length and
//! shrink while they are not negative stay there. Where a handler
//! leads starts without facts: it may be entered before any check has passed.

use std::collections::{HashMap, HashSet};

use rgo_mir::{
    BinaryOp, Block, BoundsKind, ControlFlow, ConvOp, DomTree, EntityRef, Func, Inst, InstKind, IntCc,
    MemFlags, Terminator, Type, Value, ValueDef,
};

use crate::edit::{constant, definition, reached_from_handler, scope_roots};
use crate::fold::is_nonnil;

/// Something known at a program point.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Fact {
    /// Signed a < b.
    Less(Value, Value),
    /// Signed a <= b.
    LessEq(Value, Value),
    NonNegative(Value),
    /// Signed 0 < a.
    Positive(Value),
    NonNil(Value),
    NonZero(Value),
}

/// Facts in scope, with how many scopes state each.
#[derive(Default)]
struct Facts {
    known: HashMap<Fact, u32>,
    /// Length → constants below it.
    above: HashMap<Value, Vec<i64>>,
    trail: Vec<Undo>,
}

enum Undo {
    Fact(Fact),
    Above(Value),
}

impl Facts {
    fn add(&mut self, fact: Fact) {
        *self.known.entry(fact).or_default() += 1;
        self.trail.push(Undo::Fact(fact));
    }
    fn add_above(&mut self, length: Value, k: i64) {
        self.above.entry(length).or_default().push(k);
        self.trail.push(Undo::Above(length));
    }
    fn has(&self, fact: Fact) -> bool {
        self.known.get(&fact).is_some_and(|&n| n > 0)
    }
    /// Whether `length` exceeds `k`, by a passed check.
    fn exceeds(&self, length: Value, k: i64) -> bool {
        self.above.get(&length).is_some_and(|ks| ks.iter().any(|&known| known >= k))
    }
    fn undo_to(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some(Undo::Fact(fact)) => {
                    if let Some(n) = self.known.get_mut(&fact) {
                        *n -= 1;
                    }
                }
                Some(Undo::Above(length)) => {
                    self.above.get_mut(&length).map(Vec::pop);
                }
                None => {}
            }
        }
    }
}

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if !func.layout.iter().any(|&b| func.blocks[b].insts.iter().any(|&i| is_check(&func.insts[i].kind))) {
        return false;
    }
    let cfg = ControlFlow::new(func);
    let dom = DomTree::new(func, &cfg);
    let induction = Induction::new(func, &cfg, &dom);
    let from_handler = reached_from_handler(func);
    let roots = scope_roots(func, &cfg, &dom, &from_handler);
    let mut pass =
        Checks { cfg: &cfg, dom: &dom, from_handler, induction, facts: Facts::default(), changed: false };
    for root in roots {
        pass.facts = Facts::default();
        pass.walk(func, root);
    }
    pass.changed
}

fn is_check(kind: &InstKind) -> bool {
    use InstKind::*;
    matches!(kind, BoundsCheck { .. } | NilCheck(_) | DivCheck(_) | Load { .. } | Store { .. })
}

enum Step {
    Enter(Block),
    Leave(usize),
}

struct Checks<'a> {
    cfg: &'a ControlFlow,
    dom: &'a DomTree,
    from_handler: Vec<bool>,
    induction: Induction,
    facts: Facts,
    changed: bool,
}

impl Checks<'_> {
    fn walk(&mut self, func: &mut Func, root: Block) {
        let region = self.from_handler[root.index()];
        let mut work = vec![Step::Enter(root)];
        while let Some(step) = work.pop() {
            let block = match step {
                Step::Enter(block) => block,
                Step::Leave(mark) => {
                    self.facts.undo_to(mark);
                    continue;
                }
            };
            work.push(Step::Leave(self.facts.trail.len()));
            self.enter(func, block);
            let mut insts = std::mem::take(&mut func.blocks[block].insts);
            let before = insts.len();
            insts.retain(|&inst| !self.passes(func, inst));
            self.changed |= insts.len() != before;
            func.blocks[block].insts = insts;
            let children = self.dom.children(block).iter();
            work.extend(
                children.filter(|&&c| self.from_handler[c.index()] == region).map(|&c| Step::Enter(c)),
            );
        }
    }

    /// What the branch that leads here says, when there is one way only.
    fn enter(&mut self, func: &Func, block: Block) {
        let &[pred] = self.cfg.preds(block) else { return };
        let Some(Terminator::Branch { cond, then, els }) = &func.blocks[pred].term else { return };
        if then.0 == els.0 {
            return;
        }
        for fact in branch_facts(func, *cond, then.0 == block) {
            self.facts.add(fact);
        }
    }

    /// Whether the check `inst` must succeed; otherwise what holds after it is noted.
    fn passes(&mut self, func: &mut Func, inst: Inst) -> bool {
        match func.insts[inst].kind {
            InstKind::BoundsCheck { kind, index, length, .. } => {
                let passes = match kind {
                    BoundsKind::SliceConvert => false,
                    BoundsKind::Index => {
                        (self.less(func, index, length) || self.induction.is_below(func, index, length))
                            && self.non_negative(func, index)
                    }
                    _ => self.less_eq(func, index, length) && self.non_negative(func, index),
                };
                if passes {
                    return true;
                }
                self.passed(func, kind, index, length);
                false
            }
            InstKind::NilCheck(v) => {
                let known = is_nonnil(func, v) || self.facts.has(Fact::NonNil(v));
                self.facts.add(Fact::NonNil(v));
                known
            }
            InstKind::DivCheck(v) => {
                let known = self.facts.has(Fact::NonZero(v));
                self.facts.add(Fact::NonZero(v));
                known
            }
            InstKind::Load { addr, offset, ref mut flags, .. }
            | InstKind::Store { addr, offset, ref mut flags, .. } => {
                let before = *flags;
                // A read-only load that needs no check may move anywhere, also above the check.
                if !before.nonnil && !before.readonly && (0..4096).contains(&offset) {
                    let known = self.facts.has(Fact::NonNil(addr));
                    if known {
                        *flags = MemFlags { nonnil: true, ..before };
                        self.changed = true;
                    }
                    self.facts.add(Fact::NonNil(addr));
                }
                false
            }
            _ => false,
        }
    }

    fn passed(&mut self, func: &Func, kind: BoundsKind, index: Value, length: Value) {
        // The comparison was unsigned; lengths and capacities are never negative as signed numbers, but the length operand of the
        // inner slice kinds is itself an index and may be.
        let is_length = matches!(
            kind,
            BoundsKind::Index
                | BoundsKind::SliceAlen
                | BoundsKind::SliceAcap
                | BoundsKind::Slice3Alen
                | BoundsKind::Slice3Acap
        );
        if !is_length && !self.non_negative(func, length) {
            return;
        }
        self.facts.add(Fact::NonNegative(index));
        self.facts.add(Fact::NonNegative(length));
        if kind == BoundsKind::Index {
            self.facts.add(Fact::Less(index, length));
            if let Some(k) = constant(func, index) {
                self.facts.add_above(length, k);
            }
        } else if kind != BoundsKind::SliceConvert {
            self.facts.add(Fact::LessEq(index, length));
        }
    }

    fn less(&self, func: &Func, a: Value, b: Value) -> bool {
        if self.facts.has(Fact::Less(a, b)) {
            return true;
        }
        match (constant(func, a), constant(func, b)) {
            (Some(x), Some(y)) => x < y,
            (Some(x), None) => self.facts.exceeds(b, x),
            (None, Some(n)) => upper_bound(func, a).is_some_and(|top| top < n),
            (None, None) => false,
        }
    }
    fn less_eq(&self, func: &Func, a: Value, b: Value) -> bool {
        a == b || self.facts.has(Fact::LessEq(a, b)) || self.less(func, a, b)
    }
    fn non_negative(&self, func: &Func, v: Value) -> bool {
        self.facts.has(Fact::NonNegative(v))
            || self.facts.has(Fact::Positive(v))
            || self.induction.non_negative.contains(&v)
            || is_non_negative(func, v, 4)
            || matches!(sum(func, v), Some((base, -1)) if self.facts.has(Fact::Positive(base)))
    }
}

/// What is known when `cond` is true or false.
fn branch_facts(func: &Func, cond: Value, taken: bool) -> Vec<Fact> {
    let Some(&InstKind::Icmp(cc, a, b)) = definition(func, cond) else { return vec![] };
    let zero = constant(func, b) == Some(0);
    if func.ty(a) == Type::Ptr {
        let nonnil = zero && (cc == IntCc::Ne) == taken && matches!(cc, IntCc::Eq | IntCc::Ne);
        return if nonnil { vec![Fact::NonNil(a)] } else { vec![] };
    }
    let cc = if taken { cc } else { inverse(cc) };
    let mut facts = match cc {
        IntCc::Slt => vec![Fact::Less(a, b)],
        IntCc::Sgt => vec![Fact::Less(b, a)],
        IntCc::Sle => vec![Fact::LessEq(a, b)],
        IntCc::Sge => vec![Fact::LessEq(b, a)],
        IntCc::Eq => vec![Fact::LessEq(a, b), Fact::LessEq(b, a)],
        IntCc::Ne if zero => vec![Fact::NonZero(a)],
        _ => vec![],
    };
    // x > k or x >= k with k at least 0 (or -1).
    let low = match (cc, constant(func, a), constant(func, b)) {
        (IntCc::Sgt, _, Some(k)) if k >= -1 => Some(a),
        (IntCc::Sge | IntCc::Eq, _, Some(k)) if k >= 0 => Some(a),
        (IntCc::Slt, Some(k), _) if k >= -1 => Some(b),
        (IntCc::Sle, Some(k), _) if k >= 0 => Some(b),
        _ => None,
    };
    facts.extend(low.map(Fact::NonNegative));
    let positive = match (cc, constant(func, a), constant(func, b)) {
        (IntCc::Sgt, _, Some(k)) if k >= 0 => Some(a),
        (IntCc::Sge | IntCc::Eq, _, Some(k)) if k >= 1 => Some(a),
        (IntCc::Slt, Some(k), _) if k >= 0 => Some(b),
        (IntCc::Sle, Some(k), _) if k >= 1 => Some(b),
        _ => None,
    };
    facts.extend(positive.map(Fact::Positive));
    facts
}

fn inverse(cc: IntCc) -> IntCc {
    match cc {
        IntCc::Eq => IntCc::Ne,
        IntCc::Ne => IntCc::Eq,
        IntCc::Slt => IntCc::Sge,
        IntCc::Sle => IntCc::Sgt,
        IntCc::Sgt => IntCc::Sle,
        IntCc::Sge => IntCc::Slt,
        IntCc::Ult => IntCc::Uge,
        IntCc::Ule => IntCc::Ugt,
        IntCc::Ugt => IntCc::Ule,
        IntCc::Uge => IntCc::Ult,
    }
}

/// Largest value, where the definition limits it to non-negative numbers.
fn upper_bound(func: &Func, v: Value) -> Option<i64> {
    match *definition(func, v)? {
        InstKind::Conv(ConvOp::Zext, _, a) => {
            let bits = func.ty(a).bits(8);
            upper_bound(func, a).or_else(|| (bits < 63).then(|| (1i64 << bits) - 1))
        }
        InstKind::Binary(BinaryOp::And, a, b) => {
            constant(func, b).or_else(|| constant(func, a)).filter(|&k| k >= 0)
        }
        InstKind::Binary(BinaryOp::Urem, _, b) => constant(func, b).filter(|&k| k > 0).map(|k| k - 1),
        InstKind::Binary(BinaryOp::Ushr | BinaryOp::UshrBounded, a, b) => {
            let bits = i64::from(func.ty(a).bits(8));
            let n = constant(func, b).filter(|n| (1..bits).contains(n))?;
            Some(((1u64 << (bits - n)) - 1) as i64)
        }
        _ => None,
    }
}

fn is_non_negative(func: &Func, v: Value, depth: u32) -> bool {
    if constant(func, v).is_some_and(|k| k >= 0) || upper_bound(func, v).is_some() {
        return true;
    }
    match definition(func, v) {
        Some(&InstKind::Binary(BinaryOp::Sdiv | BinaryOp::SshrBounded | BinaryOp::Sshr, a, b))
            if depth > 0 =>
        {
            is_non_negative(func, a, depth - 1) && is_non_negative(func, b, depth - 1)
        }
        Some(&InstKind::Binary(BinaryOp::Srem, a, _)) if depth > 0 => is_non_negative(func, a, depth - 1),
        Some(&InstKind::Select(_, a, b)) if depth > 0 => {
            is_non_negative(func, a, depth - 1) && is_non_negative(func, b, depth - 1)
        }
        _ => false,
    }
}

/// What is known of the I64 parameters of loop headers.
#[derive(Default)]
struct Induction {
    /// Those that are never negative: they start so and grow by 1 only where they are below something.
    non_negative: HashSet<Value>,
    /// Those that start at `length - distance` and shrink by constants only where they are not negative: they never exceed that.
    falling: HashMap<Value, (Value, i64)>,
}

/// Steps and distances beyond this are not looked at, so that sums of a few of them do not overflow.
const MAX_STEP: i64 = 1 << 31;

/// `(a, k)` if `v` is `a + k`, `k` constant.
fn sum(func: &Func, v: Value) -> Option<(Value, i64)> {
    let (base, step) = match *definition(func, v)? {
        InstKind::Binary(BinaryOp::Iadd, a, b) => match (constant(func, a), constant(func, b)) {
            (_, Some(k)) => (a, k),
            (Some(k), _) => (b, k),
            _ => return None,
        },
        InstKind::Binary(BinaryOp::Isub, a, b) => (a, constant(func, b)?.checked_neg()?),
        _ => return None,
    };
    (-MAX_STEP..=MAX_STEP).contains(&step).then_some((base, step))
}

impl Induction {
    fn new(func: &Func, cfg: &ControlFlow, dom: &DomTree) -> Induction {
        let mut found = Induction::default();
        // Outer loops come first, so that their variables are known where an inner one starts at one of them.
        for &header in cfg.rpo() {
            for (i, &param) in func.blocks[header].params.iter().enumerate() {
                if header == func.entry() || func.ty(param) != Type::I64 {
                    continue;
                }
                let mut args = Vec::new();
                for &pred in cfg.preds(header) {
                    if let Some(term) = &func.blocks[pred].term {
                        term.for_each_successor(|succ, values| {
                            args.extend((succ == header && values[i] != param).then(|| values[i]));
                        });
                    }
                }
                let steps = |&&arg: &&Value| sum(func, arg).is_some_and(|(base, _)| base == param);
                if !args.iter().any(|arg| steps(&arg)) {
                    continue;
                }
                if args.iter().all(|&arg| found.rises(func, cfg, dom, arg, param)) {
                    found.non_negative.insert(param);
                }
                let mut starts = args.iter().filter(|arg| !steps(arg)).map(|&arg| distance(func, arg));
                if let Some(Some(start)) = starts.next()
                    && starts.all(|other| other == Some(start))
                    && args.iter().filter(steps).all(|&arg| falls(func, cfg, dom, arg, param))
                {
                    found.falling.insert(param, start);
                }
            }
        }
        found
    }

    /// Whether `next` is not negative as a start of `param`, or its successor.
    fn rises(&self, func: &Func, cfg: &ControlFlow, dom: &DomTree, next: Value, param: Value) -> bool {
        if constant(func, next).is_some_and(|k| k >= 0) || self.non_negative.contains(&next) {
            return true;
        }
        let Some((base, 1)) = sum(func, next) else { return false };
        (base == param || self.non_negative.contains(&base))
            && is_guarded(func, cfg, dom, next, |fact| matches!(fact, Fact::Less(x, _) if *x == base))
    }

    /// Whether `index` is below the length `length` because it falls.
    fn is_below(&self, func: &Func, index: Value, length: Value) -> bool {
        let (base, more) = match self.falling.contains_key(&index) {
            true => (index, 0),
            false => match sum(func, index) {
                Some(sum) => sum,
                None => return false,
            },
        };
        self.falling.get(&base).is_some_and(|&(start, distance)| start == length && more < distance)
    }
}

/// `v` as a length and how far it is below that.
fn distance(func: &Func, v: Value) -> Option<(Value, i64)> {
    match sum(func, v) {
        Some((length, step)) => (step <= 0).then_some((length, -step)),
        None => Some((v, 0)),
    }
}

/// Whether `next` is less than `param`, computed where that is known not to be negative.
fn falls(func: &Func, cfg: &ControlFlow, dom: &DomTree, next: Value, param: Value) -> bool {
    let is_known = |fact: &Fact| matches!(fact, Fact::NonNegative(x) | Fact::Positive(x) if *x == param);
    sum(func, next).is_some_and(|(_, step)| step < 0) && is_guarded(func, cfg, dom, next, is_known)
}

/// Whether a branch that dominates the computation of `v` says something that `is_wanted`.
fn is_guarded(
    func: &Func,
    cfg: &ControlFlow,
    dom: &DomTree,
    v: Value,
    is_wanted: impl Fn(&Fact) -> bool,
) -> bool {
    let ValueDef::Inst(inst, _) = func.values[v].def else { return false };
    let Some(&block) = cfg.rpo().iter().find(|&&block| func.blocks[block].insts.contains(&inst)) else {
        return false;
    };
    let mut at = Some(block);
    while let Some(block) = at {
        if let &[pred] = cfg.preds(block)
            && let Some(Terminator::Branch { cond, then, els }) = &func.blocks[pred].term
            && then.0 != els.0
            && branch_facts(func, *cond, then.0 == block).iter().any(&is_wanted)
        {
            return true;
        }
        at = dom.idom(block).filter(|b| b.index() < func.blocks.len());
    }
    false
}
