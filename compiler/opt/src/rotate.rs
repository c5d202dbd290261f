//! Loops test their condition at the end.
//!
//! ```text
//! b1(v1: i64):                      b1(v1: i64):  (once, before the loop)
//!     v2: i8 = icmp slt v1, v0          v2: i8 = icmp slt v1, v0
//!     branch v2, b2, b3                 branch v2, b2(v1), b3
//! b2:                          →    b2(v9: i64):
//!     v3: i64 = iadd v1, v4             v3: i64 = iadd v9, v4
//!     jump b1(v3)                       v8: i8 = icmp slt v3, v0
//!                                       branch v8, b2(v3), b3
//! ```
//! The header of a loop that may leave it is copied behind its latches; one jump less is taken in each round. What the header defines then has
//! two definitions: uses elsewhere read a slot that both write, which `sroa` makes values and block parameters again. Not done where there is
//! a handler, whose slots stay in memory. Afterwards headers that test first are no longer found by passes that look for them: they run before.

use std::collections::{HashMap, HashSet};

use rgo_mir::{
    Block, ControlFlow, DomTree, EntityRef, Func, InstData, InstKind, MemFlags, Slot, SlotData, SrcLoc,
    Terminator, Value, ValueDef,
};

use crate::edit::is_removable;
use crate::loops::Loops;
use crate::{simplify, sroa};

/// Longest header that is copied.
const MAX_HEADER: usize = 12;
/// Larger functions stay as they are.
const MAX_VALUES: usize = 20_000;

const FLAGS: MemFlags = MemFlags { nonnil: true, readonly: false, barrier: false };

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if func.handler.is_some() || func.values.len() > MAX_VALUES {
        return false;
    }
    let cfg = ControlFlow::new(func);
    if cfg.rpo().iter().all(|&b| cfg.succs(b).len() < 2) {
        return false;
    }
    let dom = DomTree::new(func, &cfg);
    let loops = Loops::new(func, &cfg, &dom);
    if loops.irreducible || !sroa::switch_edges_are_single(func, &cfg) {
        return false;
    }
    let headers: Vec<(Block, Vec<Block>)> =
        cfg.rpo().iter().filter_map(|&block| rotatable(func, &cfg, &dom, block)).collect();
    if headers.is_empty() {
        return false;
    }
    let mut shared = used_elsewhere(func, &headers);
    for (header, latches) in &headers {
        rotate(func, *header, latches, &mut shared);
    }
    read_slots(func, &shared);
    sroa::run(func);
    simplify::run(func);
    true
}

/// A value of a header that other blocks use: where it is defined, and the slot it is read from.
type Shared = HashMap<Value, (Block, Slot)>;

/// `header` and its latches, if it heads a loop whose test can be copied.
fn rotatable(func: &Func, cfg: &ControlFlow, dom: &DomTree, header: Block) -> Option<(Block, Vec<Block>)> {
    if header == func.entry() {
        return None;
    }
    let latches: Vec<Block> = cfg
        .preds(header)
        .iter()
        .copied()
        .filter(|&p| dom.is_reachable(p) && dom.dominates(header, p))
        .collect();
    let data = &func.blocks[header];
    let Some(Terminator::Branch { then, els, .. }) = &data.term else { return None };
    if latches.is_empty() || latches.contains(&header) || data.insts.len() > MAX_HEADER {
        return None;
    }
    let copied = |kind: &InstKind| {
        use InstKind::*;
        let cheap =
            is_removable(kind) && !matches!(kind, New { .. } | ClosureContext | FramePointer | ReturnAddress);
        cheap || matches!(kind, Load { .. } | BoundsCheck { .. } | NilCheck(_) | DivCheck(_))
    };
    if !data.insts.iter().all(|&inst| copied(&func.insts[inst].kind)) {
        return None;
    }
    let mut inside = HashSet::from([header]);
    let mut work = latches.clone();
    while let Some(block) = work.pop() {
        if inside.insert(block) {
            work.extend(cfg.preds(block).iter().filter(|&&p| dom.is_reachable(p)));
        }
    }
    (inside.contains(&then.0) != inside.contains(&els.0)).then_some((header, latches))
}

/// Slots for the values of the headers that other blocks use.
fn used_elsewhere(func: &mut Func, headers: &[(Block, Vec<Block>)]) -> Shared {
    let heads: HashSet<Block> = headers.iter().map(|h| h.0).collect();
    let mut defined: HashMap<Value, Block> = HashMap::new();
    for &header in &heads {
        let data = &func.blocks[header];
        defined.extend(data.params.iter().map(|&v| (v, header)));
        defined.extend(data.insts.iter().flat_map(|&inst| &func.results[inst]).map(|&v| (v, header)));
    }
    let mut used: Vec<Value> = Vec::new();
    for &block in &func.layout {
        let mut note = |v: Value| {
            if defined.get(&v).is_some_and(|&at| at != block) {
                used.push(v);
            }
        };
        for &inst in &func.blocks[block].insts {
            func.insts[inst].kind.for_each_operand(&mut note);
        }
        if let Some(mut term) = func.blocks[block].term.clone() {
            term.map_operands(|v| {
                note(v);
                v
            });
        }
    }
    used.sort_unstable_by_key(|v| v.index());
    used.dedup();
    let mut shared = Shared::new();
    for value in used {
        // Constants and addresses are made anew where they are used.
        if cheap(func, value).is_none() {
            let bytes = func.ty(value).bytes(8);
            let slot = func.slots.push(SlotData { size: bytes, align: bytes });
            shared.insert(value, (defined[&value], slot));
        }
    }
    shared
}

/// The instruction that makes `value` from nothing.
fn cheap(func: &Func, value: Value) -> Option<InstKind> {
    let ValueDef::Inst(inst, _) = func.values[value].def else { return None };
    let kind = &func.insts[inst].kind;
    matches!(
        kind,
        InstKind::Iconst(..)
            | InstKind::Fconst(..)
            | InstKind::SlotAddr(_)
            | InstKind::DataAddr(..)
            | InstKind::FuncAddr(_)
    )
    .then(|| kind.clone())
}

/// Copies `header` to a new block that its latches go to instead.
fn rotate(func: &mut Func, header: Block, latches: &[Block], shared: &mut Shared) {
    let bottom = func.new_block();
    func.layout.push(bottom);
    func.blocks[bottom].cold = latches.iter().all(|&latch| func.blocks[latch].cold);
    let mut copy: HashMap<Value, Value> = HashMap::new();
    for param in func.blocks[header].params.clone() {
        let ty = func.ty(param);
        copy.insert(param, func.add_block_param(bottom, ty));
    }
    let mut insts = Vec::new();
    for inst in func.blocks[header].insts.clone() {
        let types: Vec<_> = func.results[inst].iter().map(|&v| func.ty(v)).collect();
        let mut data = func.insts[inst].clone();
        data.kind.map_operands(|v| copy.get(&v).copied().unwrap_or(v));
        let new = func.make_inst(data, &types);
        for (&from, &to) in func.results[inst].iter().zip(&func.results[new]) {
            copy.insert(from, to);
        }
        insts.push(new);
    }
    func.blocks[bottom].insts = insts;
    let mut term = func.blocks[header].term.clone().expect("blocks have terminators");
    term.map_operands(|v| copy.get(&v).copied().unwrap_or(v));
    func.blocks[bottom].term = Some(term);
    func.blocks[bottom].term_loc = func.blocks[header].term_loc;
    for &latch in latches {
        match &mut func.blocks[latch].term {
            Some(Terminator::Jump(target, _)) if *target == header => *target = bottom,
            Some(Terminator::Branch { then, els, .. }) => {
                for edge in [then, els] {
                    if edge.0 == header {
                        edge.0 = bottom;
                    }
                }
            }
            _ => {}
        }
    }
    let mut own: Vec<(Value, Slot)> =
        shared.iter().filter(|(_, s)| s.0 == header).map(|(&v, s)| (v, s.1)).collect();
    own.sort_unstable_by_key(|(v, _)| v.index());
    for (value, slot) in own {
        write_slot(func, header, slot, value);
        write_slot(func, bottom, slot, copy[&value]);
    }
}

fn write_slot(func: &mut Func, block: Block, slot: Slot, value: Value) {
    let loc = SrcLoc::default();
    let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[rgo_mir::Type::Ptr]);
    let kind = InstKind::Store { addr: func.result(addr), value, offset: 0, flags: FLAGS };
    let store = func.make_inst(InstData { kind, loc }, &[]);
    func.blocks[block].insts.extend([addr, store]);
}

/// Replaces the uses of shared values outside of the block that defines them.
fn read_slots(func: &mut Func, shared: &Shared) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut reader =
            Reader { shared, block, known: HashMap::new(), out: Vec::with_capacity(insts.len()) };
        for inst in insts {
            let mut kind = func.insts[inst].kind.clone();
            kind.map_operands(|v| reader.read(func, v));
            func.insts[inst].kind = kind;
            reader.out.push(inst);
        }
        let mut term = func.blocks[block].term.take();
        if let Some(term) = &mut term {
            term.map_operands(|v| reader.read(func, v));
        }
        func.blocks[block].term = term;
        func.blocks[block].insts = reader.out;
    }
}

struct Reader<'a> {
    shared: &'a Shared,
    block: Block,
    /// Slots read in this block: they do not change within one.
    known: HashMap<Value, Value>,
    out: Vec<rgo_mir::Inst>,
}

impl Reader<'_> {
    fn read(&mut self, func: &mut Func, value: Value) -> Value {
        let Some(&(home, slot)) = self.shared.get(&value).filter(|s| s.0 != self.block) else { return value };
        debug_assert_ne!(home, self.block);
        if let Some(&known) = self.known.get(&value) {
            return known;
        }
        let (loc, ty) = (SrcLoc::default(), func.ty(value));
        let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[rgo_mir::Type::Ptr]);
        let kind = InstKind::Load { ty, addr: func.result(addr), offset: 0, flags: FLAGS };
        let load = func.make_inst(InstData { kind, loc }, &[ty]);
        self.out.extend([addr, load]);
        let result = func.result(load);
        self.known.insert(value, result);
        result
    }
}
