//! For each call, the slots whose contents matter while it is active.
//!
//! ```text
//! v0: ptr = slot_addr ss0
//! zero v0, 16 align 8
//! call "main.read" [v0]          {ss0}: the callee may look at it
//! call "main.other" []           {}: nothing reads it from here on
//! return
//! ```
//! The collector takes the words of a slot whose address has been taken for live as long as nothing says more. This pass says more of slots whose
//! pointers can be followed: `flow`, asked for whereabouts, knows of each value in which slots it may be an address, and what holds the address of a
//! slot. A slot is *limited* if its address is neither kept by a callee, nor stored anywhere but in slots and objects of this function that are themselves not kept.
//! Then whoever reads it does so in this function, or in a callee that got a pointer from which the slot can be reached, as argument or closure, and
//! that has ended when the call has.
//!
//! So a slot matters at a call if the call has such an argument, or if it can be *used* later before it is written anew: if an instruction that can be
//! reached loads or copies from, or passes on, a value from which the slot can be reached. That is backward liveness with slots for variables. Arithmetic with
//! addresses uses nothing: what it makes is used. Nor does a store of an address: what loads it is a use of all that it can be. A slot is written anew
//! by a store, copy or clear of all of it, and by the write or call that dominates all its other uses: when that runs for the first time
//! nothing has been written, so it never needs what was there.
//!
//! What deferred calls can reach is not limited: a panic, in whatever call, runs them. What is used where a panic continues matters everywhere. Nothing here depends on which addresses
//! the code generator computes anew and which it keeps: both are uses of the same slot.
//!
//! Runs last. What it finds belongs to the instructions as they are now.

use std::collections::HashMap;

use rgo_mir::{
    Block, ControlFlow, DomTree, EntityRef, Func, FuncId, Inst, InstKind, Lifetimes, Module, Slot, Value,
};

use crate::edit::is_arithmetic;
use crate::escape::summaries;
use crate::flow::{Aim, Flow, Source, deferring};
use crate::set::Set;
use crate::summary::Summary;

/// Functions with more blocks times slots are left out.
const MAX_BITS: usize = 1 << 24;
/// Bytes of a word.
const WORD: u32 = 8;

/// See the module text.
pub fn run(module: &mut Module) -> Vec<usize> {
    let summaries = summaries(module, Aim::Whereabouts);
    let found: Vec<(usize, Lifetimes)> = module
        .bodies
        .iter()
        .enumerate()
        .filter_map(|(index, func)| Some((index, lifetimes(func, module, &summaries)?)))
        .collect();
    let changed = found.iter().map(|&(index, _)| index).collect();
    for (index, lifetimes) in found {
        module.bodies[index].lifetimes = Some(lifetimes);
    }
    changed
}

/// What there is to say of one function.
fn lifetimes(func: &Func, module: &Module, summaries: &HashMap<FuncId, Summary>) -> Option<Lifetimes> {
    if func.slots.is_empty() || func.flags.has_defer != func.handler.is_some() {
        return None;
    }
    let flow = Flow::solve(func, module, summaries, Aim::Whereabouts)?;
    let slots = Slots::new(func, &flow);
    if slots.limited.is_empty() || slots.limited.len() * func.blocks.len() > MAX_BITS {
        return None;
    }
    let cfg = ControlFlow::new(func);
    let effects = Effects::new(func, &cfg, &flow, &slots);
    let leaving = leaving(func, &cfg, &effects, slots.limited.len());
    let mut limited = vec![false; func.slots.len()];
    slots.limited.iter().for_each(|slot| limited[slot.index()] = true);
    let mut out = Lifetimes::new(limited);
    let mut numbers: HashMap<Set, u32> = HashMap::new();
    for &block in cfg.rpo() {
        let mut live = leaving.at[block.index()].clone();
        for &inst in func.blocks[block].insts.iter().rev() {
            live.union(&leaving.handler);
            if !is_arithmetic(&func.insts[inst].kind) {
                let mut during = live.clone();
                func.insts[inst].kind.for_each_operand(|v| slots.add_reach(&flow, v, &mut during));
                let number = *numbers
                    .entry(during)
                    .or_insert_with_key(|set| out.add_set(set.iter().map(|i| slots.limited[i]).collect()));
                out.put(inst, number);
            }
            effects.step(inst, &mut live);
        }
    }
    Some(out)
}

/// Per source: whether it can be reached from the frame of deferred calls, which are run when nobody knows.
fn deferred(func: &Func, flow: &Flow) -> Vec<bool> {
    let mut found = vec![false; flow.sources.len()];
    let mut work = Vec::new();
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let Some(frame) = deferring(func, &func.insts[inst].kind) {
                work.extend(flow.points(frame));
            }
        }
    }
    while let Some(source) = work.pop() {
        if !std::mem::replace(&mut found[source], true) {
            work.extend(flow.held(source));
        }
    }
    found
}

/// The limited slots of a function.
struct Slots {
    /// By number.
    limited: Vec<Slot>,
    /// Per source: its number, if it is a limited slot.
    number: Vec<Option<usize>>,
    /// Per source: the limited slots that can be reached from it, itself too; none where there are none.
    reach: Vec<Option<Set>>,
}

impl Slots {
    fn new(func: &Func, flow: &Flow) -> Slots {
        let deferred = deferred(func, flow);
        let mut limited = Vec::new();
        let number: Vec<Option<usize>> = flow
            .sources
            .iter()
            .enumerate()
            .map(|(source, &kind)| match kind {
                Source::Slot(slot)
                    if !flow.leak(source).itself && !deferred[source] && func.slots[slot].size > 0 =>
                {
                    limited.push(slot);
                    Some(limited.len() - 1)
                }
                _ => None,
            })
            .collect();
        let reach = (0..flow.sources.len())
            .map(|start| {
                let mut bits = Set::of_len(limited.len());
                if flow.held(start).next().is_none() {
                    bits.insert(number[start]?);
                    return Some(bits);
                }
                let mut seen = vec![false; flow.sources.len()];
                let mut work = vec![start];
                while let Some(source) = work.pop() {
                    if std::mem::replace(&mut seen[source], true) {
                        continue;
                    }
                    if let Some(i) = number[source] {
                        bits.insert(i);
                    }
                    work.extend(flow.held(source));
                }
                (!bits.is_empty()).then_some(bits)
            })
            .collect();
        Slots { limited, number, reach }
    }

    /// Adds the slots that can be reached from `value`.
    fn add_reach(&self, flow: &Flow, value: Value, to: &mut Set) {
        for bits in flow.points(value).filter_map(|source| self.reach[source].as_ref()) {
            to.union(bits);
        }
    }

    /// The limited slot that `addr` lies in by its definition, and the offset (-1 if unknown).
    fn place(&self, func: &Func, flow: &Flow, addr: Value) -> Option<(usize, i64)> {
        let (source, offset) = flow.local(func, addr)?;
        Some((self.number[source]?, offset))
    }

    /// The limited slot that a store, copy or clear writes to by its definition, and whether it overwrites all of it.
    fn written(&self, func: &Func, flow: &Flow, kind: &InstKind) -> Option<(usize, bool)> {
        let (addr, offset, bytes) = match *kind {
            InstKind::Store { addr, value, offset, .. } => {
                (addr, i64::from(offset), u64::from(func.ty(value).bytes(WORD)))
            }
            InstKind::Copy { dst, size, .. } | InstKind::Zero { dst, size, .. } => (dst, 0, size),
            _ => return None,
        };
        let (slot, at) = self.place(func, flow, addr)?;
        let from_start = at >= 0 && at + offset == 0;
        Some((slot, from_start && bytes >= u64::from(func.slots[self.limited[slot]].size)))
    }
}

/// What instructions do to slots.
struct Effects {
    /// Slots used.
    uses: HashMap<Inst, Set>,
    /// Slots overwritten, after the uses.
    anew: HashMap<Inst, Vec<usize>>,
    /// Slots written for the first time: what was in them before matters not even to the instruction itself.
    first: HashMap<Inst, Vec<usize>>,
}

impl Effects {
    fn new(func: &Func, cfg: &ControlFlow, flow: &Flow, slots: &Slots) -> Effects {
        let mut effects = Effects { uses: HashMap::new(), anew: HashMap::new(), first: HashMap::new() };
        // Per slot: the instructions that use or write it, in reverse postorder.
        let mut touched: Vec<Vec<(Block, Inst)>> = vec![Vec::new(); slots.limited.len()];
        for &block in cfg.rpo() {
            for &inst in &func.blocks[block].insts {
                let kind = &func.insts[inst].kind;
                if is_arithmetic(kind) {
                    continue;
                }
                let written = slots.written(func, flow, kind);
                let mut used = Set::of_len(slots.limited.len());
                // Storing an address uses nothing: who loads it does. The first operand of a store, copy or clear is where it writes.
                let stores = matches!(kind, InstKind::Store { .. });
                let mut number = 0;
                kind.for_each_operand(|v| {
                    if !(number == 0 && written.is_some() || number == 1 && stores) {
                        slots.add_reach(flow, v, &mut used);
                    }
                    number += 1;
                });
                if let Some((slot, whole)) = written {
                    if whole {
                        effects.anew.entry(inst).or_default().push(slot);
                    }
                    touched[slot].push((block, inst));
                }
                if !used.is_empty() {
                    for slot in used.iter() {
                        if touched[slot].last() != Some(&(block, inst)) {
                            touched[slot].push((block, inst));
                        }
                    }
                    effects.uses.insert(inst, used);
                }
            }
        }
        effects.find_first_uses(func, cfg, flow, slots, &touched);
        effects
    }

    /// Finds the writes, and calls, that dominate all other uses of a slot.
    fn find_first_uses(
        &mut self,
        func: &Func,
        cfg: &ControlFlow,
        flow: &Flow,
        slots: &Slots,
        touched: &[Vec<(Block, Inst)>],
    ) {
        let mut dom = None;
        for (slot, touched) in touched.iter().enumerate() {
            let Some((&(first, inst), rest)) = touched.split_first() else { continue };
            let kind = &func.insts[inst].kind;
            let calls = matches!(kind, InstKind::Call { .. });
            let writes = slots.written(func, flow, kind).is_some_and(|(to, _)| to == slot);
            if !calls && (!writes || rest.is_empty()) {
                continue;
            }
            let dom = dom.get_or_insert_with(|| DomTree::new(func, cfg));
            // In one block the order of `touched` is that of execution.
            if rest.iter().all(|&(block, _)| dom.dominates(first, block)) {
                self.first.entry(inst).or_default().push(slot);
            }
        }
    }

    /// From what matters after `inst` to what matters before it.
    fn step(&self, inst: Inst, live: &mut Set) {
        let remove = |from: &HashMap<Inst, Vec<usize>>, live: &mut Set| {
            from.get(&inst).into_iter().flatten().for_each(|&slot| live.remove(slot));
        };
        remove(&self.anew, live);
        if let Some(used) = self.uses.get(&inst) {
            live.union(used);
        }
        remove(&self.first, live);
    }
}

/// What matters where each block ends, and where a panic continues: any instruction may lead there.
struct Leaving {
    at: Vec<Set>,
    handler: Set,
}

fn leaving(func: &Func, cfg: &ControlFlow, effects: &Effects, len: usize) -> Leaving {
    let mut entering = vec![Set::of_len(len); func.blocks.len()];
    let mut leaving = Leaving { at: entering.clone(), handler: Set::of_len(len) };
    let mut changed = true;
    while changed {
        changed = false;
        if let Some(handler) = func.handler {
            leaving.handler.union(&entering[handler.index()]);
        }
        for &block in cfg.rpo().iter().rev() {
            let mut live = std::mem::take(&mut leaving.at[block.index()]);
            for &succ in cfg.succs(block) {
                live.union(&entering[succ.index()]);
            }
            leaving.at[block.index()] = live.clone();
            for &inst in func.blocks[block].insts.iter().rev() {
                live.union(&leaving.handler);
                effects.step(inst, &mut live);
            }
            live.union(&leaving.handler);
            changed |= entering[block.index()].union(&live);
        }
    }
    leaving
}
