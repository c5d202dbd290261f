//! Copies of blocks, and values that thereby get several definitions.
//!
//! A block is copied to a new one, to which some of its predecessors go instead. What the block defines and others use then has two definitions: both
//! write it to a slot, all others read the slot, and `sroa` makes values and block parameters of that again. So nothing may be a slot for good:
//! [`possible`] says where this works.

use std::collections::HashMap;

use rgo_mir::{
    Block, ControlFlow, EntityRef, Func, Inst, InstData, InstKind, MemFlags, Slot, SlotData, SrcLoc,
    Terminator, Type, Value,
};

use crate::edit::{definition, is_removable};
use crate::{simplify, sroa};

const FLAGS: MemFlags = MemFlags { nonnil: true, readonly: false, barrier: false };

/// Whether slots of `func` can become values again.
pub fn possible(func: &Func, cfg: &ControlFlow) -> bool {
    func.handler.is_none() && sroa::switch_edges_are_single(func, cfg)
}

/// Whether an instruction may be executed by a copy as well as by the original.
pub fn is_copied(kind: &InstKind) -> bool {
    use InstKind::*;
    let cheap =
        is_removable(kind) && !matches!(kind, New { .. } | ClosureContext | FramePointer | ReturnAddress);
    cheap || matches!(kind, Load { .. } | BoundsCheck { .. } | NilCheck(_) | DivCheck(_))
}

/// How others get at a value of a copied block.
enum Access {
    Slot(Slot),
    /// They make it themselves.
    Again(InstKind),
}

/// The values of copied blocks that other blocks use.
pub struct Duplicator {
    shared: HashMap<Value, (Block, Access)>,
}

impl Duplicator {
    /// For copies of `blocks`.
    pub fn new(func: &mut Func, blocks: &[Block]) -> Duplicator {
        let mut defined: HashMap<Value, Block> = HashMap::new();
        for &block in blocks {
            let data = &func.blocks[block];
            defined.extend(data.params.iter().map(|&v| (v, block)));
            defined.extend(data.insts.iter().flat_map(|&inst| &func.results[inst]).map(|&v| (v, block)));
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
            if let Some(term) = &func.blocks[block].term {
                term.for_each_operand(&mut note);
            }
        }
        used.sort_unstable_by_key(|v| v.index());
        used.dedup();
        let mut shared = HashMap::new();
        for value in used {
            let access = match from_nothing(func, value) {
                Some(kind) => Access::Again(kind),
                None => {
                    let bytes = func.ty(value).bytes(8);
                    Access::Slot(func.slots.push(SlotData { size: bytes, align: bytes }))
                }
            };
            shared.insert(value, (defined[&value], access));
        }
        Duplicator { shared }
    }

    /// Copies `block` to a new one that `preds` go to instead.
    pub fn copy(&self, func: &mut Func, block: Block, preds: &[Block]) {
        let bottom = func.new_block();
        func.layout.push(bottom);
        func.blocks[bottom].cold = preds.iter().all(|&pred| func.blocks[pred].cold);
        let mut copy: HashMap<Value, Value> = HashMap::new();
        for param in func.blocks[block].params.clone() {
            let ty = func.ty(param);
            copy.insert(param, func.add_block_param(bottom, ty));
        }
        let mut insts = Vec::new();
        for inst in func.blocks[block].insts.clone() {
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
        let mut term = func.blocks[block].term.clone().expect("blocks have terminators");
        term.map_operands(|v| copy.get(&v).copied().unwrap_or(v));
        func.blocks[bottom].term = Some(term);
        func.blocks[bottom].term_loc = func.blocks[block].term_loc;
        for &pred in preds {
            match &mut func.blocks[pred].term {
                Some(Terminator::Jump(target, _)) if *target == block => *target = bottom,
                Some(Terminator::Branch { then, els, .. }) => {
                    for edge in [then, els] {
                        if edge.0 == block {
                            edge.0 = bottom;
                        }
                    }
                }
                _ => {}
            }
        }
        for (value, slot) in self.slots_of(block) {
            write_slot(func, bottom, slot, copy[&value]);
        }
    }

    /// The original writes its slots too.
    pub fn keep(&self, func: &mut Func, block: Block) {
        for (value, slot) in self.slots_of(block) {
            write_slot(func, block, slot, value);
        }
    }

    fn slots_of(&self, block: Block) -> Vec<(Value, Slot)> {
        let mut own: Vec<(Value, Slot)> = self
            .shared
            .iter()
            .filter_map(|(&value, (home, access))| match access {
                Access::Slot(slot) if *home == block => Some((value, *slot)),
                _ => None,
            })
            .collect();
        own.sort_unstable_by_key(|(v, _)| v.index());
        own
    }

    /// Lets everybody read the slots, and makes values of them.
    pub fn finish(self, func: &mut Func) {
        rgo_mir::remove_unreachable_blocks(func);
        for index in 0..func.layout.len() {
            let block = func.layout[index];
            let insts = std::mem::take(&mut func.blocks[block].insts);
            let out = Vec::with_capacity(insts.len());
            let mut reader = Reader { shared: &self.shared, block, known: HashMap::new(), out };
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
        sroa::run(func);
        simplify::run(func);
    }
}

/// The instruction that makes `value` from nothing.
fn from_nothing(func: &Func, value: Value) -> Option<InstKind> {
    definition(func, value).filter(|kind| kind.is_constant()).cloned()
}

fn write_slot(func: &mut Func, block: Block, slot: Slot, value: Value) {
    let loc = SrcLoc::default();
    let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[Type::Ptr]);
    let kind = InstKind::Store { addr: func.result(addr), value, offset: 0, flags: FLAGS };
    let store = func.make_inst(InstData { kind, loc }, &[]);
    func.blocks[block].insts.extend([addr, store]);
}

struct Reader<'a> {
    shared: &'a HashMap<Value, (Block, Access)>,
    block: Block,
    /// What has been read in this block: it does not change within one.
    known: HashMap<Value, Value>,
    out: Vec<Inst>,
}

impl Reader<'_> {
    fn read(&mut self, func: &mut Func, value: Value) -> Value {
        let Some((_, access)) = self.shared.get(&value).filter(|s| s.0 != self.block) else { return value };
        if let Some(&known) = self.known.get(&value) {
            return known;
        }
        let (loc, ty) = (SrcLoc::default(), func.ty(value));
        let inst = match access {
            Access::Again(kind) => func.make_inst(InstData { kind: kind.clone(), loc }, &[ty]),
            Access::Slot(slot) => {
                let kind = InstKind::SlotAddr(*slot);
                let addr = func.make_inst(InstData { kind, loc }, &[Type::Ptr]);
                self.out.push(addr);
                let kind = InstKind::Load { ty, addr: func.result(addr), offset: 0, flags: FLAGS };
                func.make_inst(InstData { kind, loc }, &[ty])
            }
        };
        self.out.push(inst);
        let result = func.result(inst);
        self.known.insert(value, result);
        result
    }
}
