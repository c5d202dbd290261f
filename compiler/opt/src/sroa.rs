//! Stack slots whose address stays in loads and stores become values.
//!
//! ```text
//! v1: ptr = slot_addr ss0
//! zero v1, 16                       v2: i64 = iconst 0
//! store nonnil v0, v1 +8      →
//! v3: i64 = load nonnil v1 +8
//! return v3                         return v0
//! ```
//! A slot qualifies when all uses of its addresses are loads and stores at constant offsets that agree on a division into scalars, and
//! whole-slot clearing. Reads take the value of the last store on each path; blocks with several predecessors get parameters.
//! Slots read where a handler leads are left in memory: any call may lead there.

use std::collections::HashMap;

use rgo_mir::{
    Block, ControlFlow, EntityRef, Func, Inst, InstData, InstKind, SrcLoc, Terminator, Type, Value, ValueDef,
    remove_redundant_params,
};

use crate::edit::{Renames, append_arg, constant, reached_from_handler};

/// Most scalars that one slot is divided into.
const MAX_PIECES: usize = 16;

/// A scalar of a slot.
type Piece = (i64, Type);

/// What is known of one slot.
#[derive(Default)]
struct Candidate {
    pieces: Vec<Piece>,
    bad: bool,
}

impl Candidate {
    /// Notes an access; accesses must be the same scalar or not overlap.
    fn access(&mut self, offset: i64, ty: Type) {
        let piece = (offset, ty);
        if self.bad || self.pieces.contains(&piece) {
            return;
        }
        // An offset out of all bounds stands in code that a bounds check keeps from running.
        let Some(end) = offset.checked_add(i64::from(ty.bytes(8))) else {
            self.bad = true;
            return;
        };
        self.bad = self.pieces.len() == MAX_PIECES
            || self.pieces.iter().any(|&(o, t)| o < end && offset < o + i64::from(t.bytes(8)));
        self.pieces.push(piece);
    }
}

/// An address: slot and offset.
type Place = (usize, i64);

/// Pointers kept in slots become visible as addresses of other slots: this often is worthwhile again.
const ROUNDS: usize = 4;

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    let mut changed = false;
    for _ in 0..ROUNDS {
        if !promote_slots(func) {
            break;
        }
        changed = true;
    }
    changed
}

fn promote_slots(func: &mut Func) -> bool {
    if func.slots.is_empty() {
        return false;
    }
    let places = addresses(func);
    let cfg = ControlFlow::new(func);
    let candidates = candidates(func, &places);
    let mut numbers: HashMap<(usize, Piece), usize> = HashMap::new();
    let mut types = Vec::new();
    for (slot, candidate) in candidates.iter().enumerate().filter(|(_, c)| !c.bad) {
        for &piece in &candidate.pieces {
            numbers.insert((slot, piece), types.len());
            types.push(piece.1);
        }
    }
    let is_dead = |slot: usize| !candidates[slot].bad && candidates[slot].pieces.is_empty();
    let dead_slots = places.values().any(|&(slot, _)| is_dead(slot));
    if types.is_empty() && !dead_slots {
        return false;
    }
    if !switch_edges_are_single(func, &cfg) {
        return false;
    }
    let mut promoter = Promoter {
        cfg: &cfg,
        types,
        at_end: HashMap::new(),
        at_start: HashMap::new(),
        renames: Renames::new(func),
    };
    promoter.rewrite(func, &places, &candidates, &numbers);
    promoter.renames.apply(func);
    remove_redundant_params(func);
    true
}

/// Slot and offset of every value that is an address in a slot.
fn addresses(func: &Func) -> HashMap<Value, Place> {
    let mut places = HashMap::new();
    let cfg = ControlFlow::new(func);
    for &block in cfg.rpo() {
        for &inst in &func.blocks[block].insts {
            match func.insts[inst].kind {
                InstKind::SlotAddr(slot) => {
                    places.insert(func.result(inst), (slot.index(), 0));
                }
                InstKind::PtrAdd(base, by) => {
                    if let (Some(&(slot, offset)), Some(k)) = (places.get(&base), constant(func, by)) {
                        places.insert(func.result(inst), (slot, offset + k));
                    }
                }
                _ => {}
            }
        }
    }
    places
}

fn candidates(func: &Func, places: &HashMap<Value, Place>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = func.slots.values().map(|_| Candidate::default()).collect();
    let from_handler = reached_from_handler(func);
    for &block in &func.layout {
        let demoted = from_handler[block.index()];
        for &inst in &func.blocks[block].insts {
            let kind = &func.insts[inst].kind;
            let mut escapes = |v: Value| {
                if let Some(&(slot, _)) = places.get(&v) {
                    candidates[slot].bad = true;
                }
            };
            match kind {
                InstKind::Load { ty, addr, offset, .. } if !demoted => {
                    if let Some(&(slot, base)) = places.get(addr) {
                        candidates[slot].access(base + i64::from(*offset), *ty);
                    }
                }
                InstKind::Store { addr, value, offset, .. } if !demoted => {
                    escapes(*value);
                    if let Some(&(slot, base)) = places.get(addr) {
                        candidates[slot].access(base + i64::from(*offset), func.ty(*value));
                    }
                }
                InstKind::Zero { dst, size, .. } if !demoted => {
                    if let Some(&(slot, base)) = places.get(dst)
                        && (base != 0 || *size < u64::from(func.slots.values().as_slice()[slot].size))
                    {
                        candidates[slot].bad = true;
                    }
                }
                InstKind::PtrAdd(..) if places.contains_key(&func.result(inst)) => {}
                InstKind::NilCheck(_) | InstKind::KeepAlive(_) if !demoted => {}
                _ => kind.for_each_operand(escapes),
            }
        }
        if let Some(term) = &func.blocks[block].term {
            term.for_each_operand(|v| {
                if let Some(&(slot, _)) = places.get(&v) {
                    candidates[slot].bad = true;
                }
            });
        }
    }
    for (candidate, slot) in candidates.iter_mut().zip(func.slots.values()) {
        candidate.bad |= candidate
            .pieces
            .iter()
            .any(|&(offset, ty)| offset < 0 || offset + i64::from(ty.bytes(8)) > i64::from(slot.size));
    }
    candidates
}

/// Whether no block with several predecessors is entered from a switch, whose edges carry no arguments.
pub fn switch_edges_are_single(func: &Func, cfg: &ControlFlow) -> bool {
    func.layout.iter().all(|&block| match &func.blocks[block].term {
        Some(term @ Terminator::Switch { .. }) => {
            let mut single = true;
            term.for_each_successor(|succ, _| single &= cfg.preds(succ).len() == 1);
            single
        }
        _ => true,
    })
}

struct Promoter<'a> {
    cfg: &'a ControlFlow,
    types: Vec<Type>,
    /// Value of a piece at the end of a block.
    at_end: HashMap<(usize, Block), Value>,
    /// Value of a piece at the start of a block.
    at_start: HashMap<(usize, Block), Value>,
    renames: Renames,
}

impl Promoter<'_> {
    fn rewrite(
        &mut self,
        func: &mut Func,
        places: &HashMap<Value, Place>,
        candidates: &[Candidate],
        numbers: &HashMap<(usize, Piece), usize>,
    ) {
        // Loads that come before any store of their block wait for the values at the ends of all blocks.
        let mut waiting: Vec<(usize, Block, Value)> = Vec::new();
        let blocks: Vec<Block> = self.cfg.rpo().to_vec();
        for &block in &blocks {
            let mut now: HashMap<usize, Value> = HashMap::new();
            let insts = std::mem::take(&mut func.blocks[block].insts);
            let mut kept = Vec::with_capacity(insts.len());
            for inst in insts {
                let place_of = |v: &Value| places.get(v).copied().filter(|place| !candidates[place.0].bad);
                match func.insts[inst].kind.clone() {
                    InstKind::Load { ty, addr, offset, .. } if place_of(&addr).is_some() => {
                        let (slot, base) = places[&addr];
                        let piece = numbers[&(slot, (base + i64::from(offset), ty))];
                        let result = func.result(inst);
                        match now.get(&piece) {
                            Some(&value) => self.renames.insert(result, value),
                            None => {
                                waiting.push((piece, block, result));
                                now.insert(piece, result);
                            }
                        }
                    }
                    InstKind::Store { addr, value, offset, .. } if place_of(&addr).is_some() => {
                        let (slot, base) = places[&addr];
                        let piece = numbers[&(slot, (base + i64::from(offset), func.ty(value)))];
                        now.insert(piece, value);
                    }
                    InstKind::Zero { dst, .. } if place_of(&dst).is_some() => {
                        let slot = places[&dst].0;
                        for &piece in &candidates[slot].pieces {
                            let zero = make_zero(func, piece.1);
                            kept.push(zero);
                            now.insert(numbers[&(slot, piece)], func.result(zero));
                        }
                    }
                    InstKind::NilCheck(v) if place_of(&v).is_some() => {}
                    // What the slot refers to lives up to here.
                    InstKind::KeepAlive(v) if place_of(&v).is_some() => {
                        let slot = places[&v].0;
                        for &piece in candidates[slot].pieces.iter().filter(|piece| piece.1 == Type::Ptr) {
                            let number = numbers[&(slot, piece)];
                            let value = *now.entry(number).or_insert_with(|| {
                                // Stands for the value until that is known, in no block.
                                let unknown = make_zero(func, Type::Ptr);
                                waiting.push((number, block, func.result(unknown)));
                                func.result(unknown)
                            });
                            let loc = func.insts[inst].loc;
                            let kind = InstKind::KeepAlive(value);
                            kept.push(func.make_inst(InstData { kind, loc }, &[]));
                        }
                    }
                    InstKind::SlotAddr(slot) if !candidates[slot.index()].bad => {}
                    InstKind::PtrAdd(..) if place_of(&func.result(inst)).is_some() => {}
                    _ => kept.push(inst),
                }
            }
            func.blocks[block].insts = kept;
            for (piece, value) in sorted(now) {
                self.at_end.insert((piece, block), value);
            }
        }
        for (piece, block, result) in waiting {
            let value = self.value_at_start(func, piece, block);
            self.renames.insert(result, value);
        }
    }

    // Walks chains of single predecessors in a loop; joins are resolved by a worklist, so that nothing recurses.
    fn value_at_start(&mut self, func: &mut Func, piece: usize, block: Block) -> Value {
        let mut joins = Vec::new();
        let value = self.start_or_join(func, piece, block, &mut joins);
        while let Some((join, preds)) = joins.pop() {
            for pred in preds {
                let arg = match self.at_end.get(&(piece, pred)) {
                    Some(&value) => value,
                    None => self.start_or_join(func, piece, pred, &mut joins),
                };
                append_arg(func, pred, join, arg);
            }
        }
        value
    }

    fn start_or_join(
        &mut self,
        func: &mut Func,
        piece: usize,
        block: Block,
        joins: &mut Vec<(Block, Vec<Block>)>,
    ) -> Value {
        let mut chain = Vec::new();
        let mut at = block;
        let value = loop {
            if let Some(&value) = self.at_start.get(&(piece, at)) {
                break value;
            }
            chain.push(at);
            match *self.cfg.preds(at) {
                // Never stored on this path: what the slot held is anybody's guess, zero will do.
                [] => {
                    let zero = make_zero(func, self.types[piece]);
                    func.blocks[at].insts.insert(0, zero);
                    break func.result(zero);
                }
                [only] => match self.at_end.get(&(piece, only)) {
                    Some(&value) => break value,
                    None => at = only,
                },
                _ => {
                    let param = func.add_block_param(at, self.types[piece]);
                    joins.push((at, self.cfg.preds(at).to_vec()));
                    break param;
                }
            }
        };
        for block in chain {
            self.at_start.insert((piece, block), value);
        }
        value
    }
}

fn sorted(map: HashMap<usize, Value>) -> Vec<(usize, Value)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_unstable_by_key(|entry| entry.0);
    entries
}

fn make_zero(func: &mut Func, ty: Type) -> Inst {
    let kind = if ty.is_float() { InstKind::Fconst(ty, 0) } else { InstKind::Iconst(ty, 0) };
    let inst = func.make_inst(InstData { kind, loc: SrcLoc::default() }, &[ty]);
    debug_assert!(matches!(func.values[func.result(inst)].def, ValueDef::Inst(..)));
    inst
}
