//! Loops without calls get names of their own for the values they share with code that calls.
//!
//! ```text
//!     v1: i64 = call f()                v1: i64 = call f()
//!     jump b1(v0)                       jump b9(v0)
//!                                   b9(v10: i64):   (once, before the loop)
//!                                       v11: i64 = split v10
//!                                       v12: i64 = split v1
//!                                       jump b1(v11)
//! b1(v2: i64):                  →   b1(v2: i64):
//!     v3: i64 = iadd v2, v1             v3: i64 = iadd v2, v12
//!     branch v4, b1(v3), b2(v3)         branch v4, b1(v3), b8(v3)
//!                                   b8(v13: i64):   (once, behind the loop)
//!                                       v14: i64 = split v13
//!                                       jump b2(v14)
//! b2(v5: i64):                      b2(v5: i64):
//! ```
//! No register survives a call, and the register allocator cuts a live range, with all that block parameters join to it, in three pieces at most before it
//! keeps the value in memory everywhere: in a function with many calls, loops would work on memory. A value that lives across calls is therefore
//! cut here, at the entry and at the exits of the outermost loops that do not call. Runs last: other passes would see two values for one.

use std::collections::{HashMap, HashSet};

use rgo_mir::{
    Block, ControlFlow, DomTree, EntityRef, Func, Inst, InstData, InstKind, SrcLoc, Terminator, UnaryOp,
    Value,
};

use crate::edit::definition;
use crate::liveness::Liveness;
use crate::loops::Loops;

/// Calls that a value, or one joined to it, lives across before it is cut.
const MIN_CALLS: u32 = 2;
/// Larger copies are calls (codegen's limit of what it does inline).
const MAX_INLINE: u64 = 128;
/// Larger functions stay as they are.
pub const MAX_VALUES: usize = 60_000;

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if func.values.len() > MAX_VALUES {
        return false;
    }
    let Some((cfg, dom, loops)) = Loops::find(func) else { return false };
    let chosen = outermost_without_calls(func, &cfg, &loops);
    if chosen.is_empty() || call_count(func, &cfg) < MIN_CALLS {
        return false;
    }
    let Some(live) = Liveness::new(func, &cfg) else { return false };
    let across = calls_across(func, &cfg, &live);
    let mut cut =
        Splitter { func, cfg: &cfg, dom: &dom, live: &live, across, chosen, renames: HashMap::new() };
    let mut headers: Vec<Block> = cut.chosen.iter().flatten().copied().collect();
    headers.sort_unstable_by_key(|h| h.index());
    headers.dedup();
    let made: Vec<Block> = headers.into_iter().flat_map(|header| cut.split(header)).collect();
    if cut.renames.is_empty() && made.is_empty() {
        return false;
    }
    cut.rename();
    true
}

/// Whether `kind` calls when all goes its usual way.
pub fn is_call(kind: &InstKind) -> bool {
    match kind {
        InstKind::Call { .. } => true,
        InstKind::Copy { size, .. } | InstKind::Zero { size, .. } => *size > MAX_INLINE,
        _ => false,
    }
}

fn calls(func: &Func, block: Block) -> bool {
    let data = &func.blocks[block];
    !data.cold && data.insts.iter().any(|&inst| is_call(&func.insts[inst].kind))
}

fn call_count(func: &Func, cfg: &ControlFlow) -> u32 {
    let hot = cfg.rpo().iter().filter(|&&b| !func.blocks[b].cold);
    hot.flat_map(|&b| &func.blocks[b].insts).filter(|&&inst| is_call(&func.insts[inst].kind)).count() as u32
}

/// Per block: header of the outermost loop around it that does not call.
fn outermost_without_calls(func: &Func, cfg: &ControlFlow, loops: &Loops) -> Vec<Option<Block>> {
    let around = |block: Block| loops.innermost(block).into_iter().flat_map(|h| loops.around(h));
    let calling: HashSet<Block> =
        cfg.rpo().iter().filter(|&&block| calls(func, block)).flat_map(|&block| around(block)).collect();
    let mut chosen = vec![None; func.blocks.len()];
    for &block in cfg.rpo() {
        let header = around(block).take_while(|h| !calling.contains(h)).last();
        chosen[block.index()] = header.filter(|&h| h != func.entry() && Some(h) != func.handler);
    }
    if chosen.iter().all(Option::is_none) {
        chosen.clear();
    }
    chosen
}

/// Per value: how many calls it, or a value that block parameters join to it, lives across.
fn calls_across(func: &Func, cfg: &ControlFlow, live: &Liveness) -> Vec<u32> {
    let mut web: Vec<usize> = (0..func.values.len()).collect();
    fn root(web: &mut [usize], mut v: usize) -> usize {
        while web[v] != v {
            web[v] = web[web[v]];
            v = web[v];
        }
        v
    }
    let mut count = vec![0; func.values.len()];
    for &block in cfg.rpo() {
        let data = &func.blocks[block];
        if let Some(term) = &data.term {
            term.for_each_successor(|succ, args| {
                for (&arg, &param) in args.iter().zip(&func.blocks[succ].params) {
                    let (a, b) = (root(&mut web, arg.index()), root(&mut web, param.index()));
                    web[a] = b;
                }
            });
        }
        if calls(func, block) {
            live.backwards(func, block, |inst, after| {
                if is_call(&func.insts[inst].kind) {
                    after.for_each(|v| count[v.index()] += 1);
                }
            });
        }
    }
    let mut sums = vec![0; func.values.len()];
    for (v, &n) in count.iter().enumerate() {
        sums[root(&mut web, v)] += n;
    }
    (0..func.values.len()).map(|v| sums[root(&mut web, v)]).collect()
}

/// Where a value has another name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Region {
    /// In the loop with this header.
    Loop(Block),
    /// In the blocks that this one dominates.
    Below(Block),
}

/// Codegen makes such values where they are used: they need no register in between.
pub fn is_made_at_use(func: &Func, value: Value) -> bool {
    definition(func, value).is_some_and(InstKind::is_constant)
}

/// An instruction that gives `value` another name.
pub fn make_split(func: &mut Func, value: Value, loc: SrcLoc) -> (Inst, Value) {
    let ty = func.ty(value);
    let inst = func.make_inst(InstData { kind: InstKind::Unary(UnaryOp::Split, value), loc }, &[ty]);
    (inst, func.result(inst))
}

struct Splitter<'a> {
    func: &'a mut Func,
    cfg: &'a ControlFlow,
    dom: &'a DomTree,
    live: &'a Liveness,
    across: Vec<u32>,
    /// Per block: header of the loop it is in, if that is one of those to be cut off.
    chosen: Vec<Option<Block>>,
    renames: HashMap<(Value, Region), Value>,
}

impl Splitter<'_> {
    /// Whether `value` is worth a name of its own.
    fn is_cut(&self, value: Value) -> bool {
        self.across.get(value.index()).is_some_and(|&calls| calls >= MIN_CALLS)
            && !is_made_at_use(self.func, value)
    }
    fn inside(&self, header: Block, block: Block) -> bool {
        self.chosen.get(block.index()).copied().flatten() == Some(header)
    }
    /// Cuts off the loop at `header`; the blocks made.
    fn split(&mut self, header: Block) -> Vec<Block> {
        let members: Vec<Block> =
            self.cfg.rpo().iter().copied().filter(|&block| self.inside(header, block)).collect();
        let mut defined: HashSet<Value> = HashSet::new();
        let mut used: Vec<Value> = Vec::new();
        for &block in &members {
            let data = &self.func.blocks[block];
            defined.extend(&data.params);
            defined.extend(data.insts.iter().flat_map(|&inst| &self.func.results[inst]));
            if data.cold {
                continue;
            }
            for &inst in &data.insts {
                self.func.insts[inst].kind.for_each_operand(|v| used.push(v));
            }
            if let Some(Terminator::Branch { cond: v, .. } | Terminator::Switch { value: v, .. }) = data.term
            {
                used.push(v);
            }
        }
        let mut seen = HashSet::new();
        used.retain(|v| !defined.contains(v) && seen.insert(*v));
        used.retain(|&v| self.is_cut(v));
        let mut made: Vec<Block> = self.enter(header, &used).into_iter().collect();
        for &block in &members {
            made.extend(self.leave(header, block, &defined));
        }
        made
    }

    /// The block before `header`, if there is anything to do in it.
    fn enter(&mut self, header: Block, invariant: &[Value]) -> Option<Block> {
        let params = self.func.blocks[header].params.clone();
        if invariant.is_empty() && !params.iter().any(|&p| self.is_cut(p)) {
            return None;
        }
        let loc = self.func.blocks[header].term_loc;
        let entry = self.func.new_block();
        self.func.layout.push(entry);
        let mut args = Vec::new();
        for &param in &params {
            let ty = self.func.ty(param);
            let value = self.func.add_block_param(entry, ty);
            if self.is_cut(param) {
                let (inst, split) = make_split(self.func, value, loc);
                self.func.blocks[entry].insts.push(inst);
                args.push(split);
            } else {
                args.push(value);
            }
        }
        let before = self.dom.idom(header);
        for &value in invariant {
            let outside = before.map_or(value, |block| self.below(value, block));
            let (inst, split) = make_split(self.func, outside, loc);
            self.func.blocks[entry].insts.push(inst);
            self.renames.insert((value, Region::Loop(header)), split);
        }
        let block = &mut self.func.blocks[entry];
        block.term = Some(Terminator::Jump(header, args));
        block.term_loc = loc;
        for &pred in self.cfg.preds(header) {
            if !self.inside(header, pred) {
                retarget(self.func, pred, header, entry);
            }
        }
        Some(entry)
    }

    /// Cuts the ranges of what leaves the loop from `block`.
    fn leave(&mut self, header: Block, block: Block, defined: &HashSet<Value>) -> Vec<Block> {
        if self.func.blocks[block].cold {
            return Vec::new();
        }
        let mut made = Vec::new();
        for &exit in self.cfg.succs(block) {
            if self.inside(header, exit) || self.func.blocks[exit].cold || Some(exit) == self.func.handler {
                continue;
            }
            if self.cfg.preds(exit).len() == 1 && !self.has_two_edges(block, exit) {
                self.leave_to_own_exit(exit, defined);
            } else {
                made.extend(self.leave_to_shared_exit(block, exit, defined));
            }
        }
        made
    }

    fn has_two_edges(&self, block: Block, to: Block) -> bool {
        let mut edges = 0;
        if let Some(term) = &self.func.blocks[block].term {
            term.for_each_successor(|succ, _| edges += u32::from(succ == to));
        }
        edges > 1
    }

    /// The exit dominates all that use what it gets from the loop.
    fn leave_to_own_exit(&mut self, exit: Block, defined: &HashSet<Value>) {
        let loc = self.func.blocks[exit].term_loc;
        let mut values = self.func.blocks[exit].params.clone();
        values.extend(self.live.entering(exit).filter(|v| defined.contains(v)));
        values.retain(|&v| self.is_cut(v));
        let mut splits = Vec::new();
        for value in values {
            let (inst, split) = make_split(self.func, value, loc);
            splits.push(inst);
            self.renames.insert((value, Region::Below(exit)), split);
        }
        self.func.blocks[exit].insts.splice(0..0, splits);
    }

    /// A block between the loop and an exit that others reach too: for the arguments of the edge.
    fn leave_to_shared_exit(&mut self, block: Block, exit: Block, defined: &HashSet<Value>) -> Option<Block> {
        let params = self.func.blocks[exit].params.clone();
        if self.has_two_edges(block, exit) || !params.iter().any(|&p| self.is_cut(p)) {
            return None;
        }
        let mut args = Vec::new();
        if let Some(term) = &self.func.blocks[block].term {
            term.for_each_successor(|succ, list| {
                if succ == exit {
                    args = list.to_vec();
                }
            });
        }
        if !args.iter().zip(&params).any(|(a, &p)| defined.contains(a) && self.is_cut(p)) {
            return None;
        }
        let loc = self.func.blocks[block].term_loc;
        let between = self.func.new_block();
        self.func.layout.push(between);
        let mut out = Vec::new();
        for (&arg, &param) in args.iter().zip(&params) {
            let ty = self.func.ty(param);
            let value = self.func.add_block_param(between, ty);
            if defined.contains(&arg) && self.is_cut(param) {
                let (inst, split) = make_split(self.func, value, loc);
                self.func.blocks[between].insts.push(inst);
                out.push(split);
            } else {
                out.push(value);
            }
        }
        self.func.blocks[between].term = Some(Terminator::Jump(exit, out));
        self.func.blocks[between].term_loc = loc;
        retarget(self.func, block, exit, between);
        Some(between)
    }

    /// The name of `value` at `block`, outside of loops.
    fn below(&self, value: Value, block: Block) -> Value {
        let mut at = Some(block);
        while let Some(block) = at {
            if let Some(&name) = self.renames.get(&(value, Region::Below(block))) {
                return name;
            }
            at = self.dom.idom(block);
        }
        value
    }

    /// Gives every use its name.
    fn rename(&mut self) {
        let renamed: HashSet<Value> = self.renames.keys().map(|key| key.0).collect();
        for &block in self.cfg.rpo() {
            let header = self.chosen[block.index()];
            let name = |value: Value| {
                if !renamed.contains(&value) {
                    return value;
                }
                let in_loop = header.and_then(|h| self.renames.get(&(value, Region::Loop(h))));
                in_loop.copied().unwrap_or_else(|| self.below(value, block))
            };
            // What leaves the loop unchanged leaves it under its old name.
            let name_at = |to: Block, value: Value| {
                let leaves = header.is_some_and(|h| !self.inside(h, to));
                if leaves && renamed.contains(&value) { self.below(value, block) } else { name(value) }
            };
            let mut insts = Vec::new();
            for &inst in &self.func.blocks[block].insts {
                let mut kind = self.func.insts[inst].kind.clone();
                if !matches!(kind, InstKind::Unary(UnaryOp::Split, _)) {
                    kind.map_operands(name);
                    insts.push((inst, kind));
                }
            }
            let mut term = self.func.blocks[block].term.clone();
            match &mut term {
                Some(Terminator::Jump(to, args)) => {
                    let to = *to;
                    args.iter_mut().for_each(|v| *v = name_at(to, *v));
                }
                Some(Terminator::Branch { cond, then, els }) => {
                    *cond = name(*cond);
                    for (to, args) in [then, els] {
                        let to = *to;
                        args.iter_mut().for_each(|v| *v = name_at(to, *v));
                    }
                }
                Some(term) => term.map_operands(name),
                None => {}
            }
            for (inst, kind) in insts {
                self.func.insts[inst].kind = kind;
            }
            self.func.blocks[block].term = term;
        }
    }
}

/// Edges from `pred` to `from` go to `to`.
pub fn retarget(func: &mut Func, pred: Block, from: Block, to: Block) {
    let go = |target: &mut Block| {
        if *target == from {
            *target = to;
        }
    };
    match &mut func.blocks[pred].term {
        Some(Terminator::Jump(target, _)) => go(target),
        Some(Terminator::Branch { then, els, .. }) => {
            go(&mut then.0);
            go(&mut els.0);
        }
        Some(Terminator::Switch { cases, default, .. }) => {
            cases.iter_mut().for_each(|case| go(&mut case.1));
            go(default);
        }
        _ => {}
    }
}
