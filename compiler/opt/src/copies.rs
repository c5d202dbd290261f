//! Copies of large values that need not be made, and clearing that is written over.
//!
//! ```text
//! copy ss1, ss0, 256; copy v0, ss1, 256                →   copy v0, ss0, 256                       (through)
//! call "main.make" [ss1]; copy ss2, ss1, 256           →   call "main.make" [ss2]                  (result)
//! copy ss1, ss0, 256; call "main.look" [ss1]           →   call "main.look" [ss0]                  (argument)
//! store v0, ss1; store v1, ss1 +8; copy ss2, ss1, 16   →   store v0, ss2; store v1, ss2 +8         (built)
//! zero ss0, 16; store v1, ss0; store v2, ss0 +8        →   store v1, ss0; store v2, ss0 +8
//! ```
//! `lower` gives each operand that is in memory a copy of its own, since operands evaluated later may change what it was read from. Here is seen that
//! they do not: a copy and its use stand in one block with nothing between that could write. A temporary goes only when nothing else uses it.
//!
//! - *through*: source or destination is a slot whose address goes nowhere, so that the two do not overlap.
//! - *result*: every other use of the variable comes after the copy, so that nobody can see it change early.
//! - *built*: the block fills the temporary, and in the meantime has no use of the variable that it is copied to.
//! - *argument*: the source's address goes nowhere and the callee does not write what it is given (`FuncDecl::unwritten`).
//!
//! In functions with a handler copies stay, any call may lead there, and clearing goes only where nothing may panic before all is written over.

use std::collections::HashMap;

use rgo_mir::{
    Block, Callee, ControlFlow, DomTree, EntityRef, Func, Inst, InstData, InstKind, Module, Slot, Type, Value,
};

use crate::edit::constant;

/// Largest slot whose clearing is looked at byte by byte.
const MAX_CLEARED: u32 = 512;

/// How an instruction uses a slot's address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Use {
    /// Source, or destination, of a copy of the whole slot.
    CopyFrom,
    CopyTo,
    /// Argument of a call, from the slot's beginning.
    Argument(usize),
    /// Another access of what is in the slot.
    Access,
    /// The address goes somewhere else.
    Other,
}

#[derive(Clone, Copy, Debug)]
struct UseAt {
    block: Block,
    index: usize,
    inst: Inst,
    what: Use,
}

/// Whether anything changed.
pub fn run(func: &mut Func, module: &Module) -> bool {
    if func.slots.is_empty() {
        return false;
    }
    let mut changed = drop_clearing(func);
    while func.handler.is_none() && (join_built(func) || join_one_round(func, module)) {
        changed = true;
    }
    changed
}

/// The slots and their uses.
struct Slots {
    /// Slot and offset (`None`: not known) of each value that is an address in a slot by its definition.
    places: HashMap<Value, (Slot, Option<i64>)>,
    uses: Vec<Vec<UseAt>>,
}

impl Slots {
    fn new(func: &Func) -> Slots {
        let mut slots = Slots { places: HashMap::new(), uses: vec![Vec::new(); func.slots.len()] };
        let cfg = ControlFlow::new(func);
        for &block in cfg.rpo() {
            for &inst in &func.blocks[block].insts {
                match func.insts[inst].kind {
                    InstKind::SlotAddr(slot) => {
                        slots.places.insert(func.result(inst), (slot, Some(0)));
                    }
                    InstKind::PtrAdd(base, by) => {
                        if let Some(&(slot, offset)) = slots.places.get(&base) {
                            let offset = offset.zip(constant(func, by)).map(|(a, b)| a + b);
                            slots.places.insert(func.result(inst), (slot, offset));
                        }
                    }
                    _ => {}
                }
            }
        }
        for &block in cfg.rpo() {
            for (index, &inst) in func.blocks[block].insts.iter().enumerate() {
                slots.note(func, block, index, inst);
            }
            if let Some(term) = &func.blocks[block].term {
                let index = func.blocks[block].insts.len();
                term.for_each_operand(|v| {
                    if let Some(&(slot, _)) = slots.places.get(&v) {
                        // No instruction; nothing asks for it.
                        let inst = Inst::from_index(0);
                        slots.uses[slot.index()].push(UseAt { block, index, inst, what: Use::Other });
                    }
                });
            }
        }
        slots
    }
    fn note(&mut self, func: &Func, block: Block, index: usize, inst: Inst) {
        let kind = &func.insts[inst].kind;
        let mut add = |value: Value, what: Use| {
            if let Some(&(slot, offset)) = self.places.get(&value) {
                let what = match what {
                    Use::CopyFrom | Use::CopyTo => {
                        let InstKind::Copy { size, .. } = kind else { unreachable!("noted of copies") };
                        let whole = offset == Some(0) && *size == u64::from(func.slots[slot].size);
                        if whole { what } else { Use::Access }
                    }
                    Use::Argument(_) if offset != Some(0) => Use::Other,
                    what => what,
                };
                self.uses[slot.index()].push(UseAt { block, index, inst, what });
            }
        };
        match kind {
            InstKind::PtrAdd(base, by) => {
                // The result's uses count; an address as an offset would not be followed.
                if self.places.contains_key(base) {
                    add(*by, Use::Other);
                } else {
                    add(*base, Use::Other);
                    add(*by, Use::Other);
                }
            }
            InstKind::Load { addr, .. } => add(*addr, Use::Access),
            InstKind::Store { addr, value, .. } => {
                add(*addr, Use::Access);
                add(*value, Use::Other);
            }
            InstKind::Copy { dst, src, .. } => {
                add(*dst, Use::CopyTo);
                add(*src, Use::CopyFrom);
            }
            InstKind::Zero { dst, .. } => add(*dst, Use::Access),
            InstKind::NilCheck(v) | InstKind::KeepAlive(v) => add(*v, Use::Access),
            InstKind::Call { callee: Callee::Func(_), args, .. } => {
                for (i, &arg) in args.iter().enumerate() {
                    add(arg, Use::Argument(i));
                }
            }
            kind => kind.for_each_operand(|v| add(v, Use::Other)),
        }
    }
    fn slot_of(&self, value: Value) -> Option<Slot> {
        self.places.get(&value).map(|&(slot, _)| slot)
    }
    /// Whether nothing but this function's own instructions can get at what is in the slot.
    fn is_private(&self, slot: Slot) -> bool {
        self.uses[slot.index()].iter().all(|u| matches!(u.what, Use::CopyFrom | Use::CopyTo | Use::Access))
    }
    /// The two uses of a slot that has no others, if they stand in one block, the earlier one first.
    fn pair(&self, slot: Slot) -> Option<(UseAt, UseAt)> {
        let &[a, b] = &self.uses[slot.index()][..] else { return None };
        (a.block == b.block && a.inst != b.inst).then_some(if a.index < b.index { (a, b) } else { (b, a) })
    }
}

/// Removes the copies that can go independently of each other; whether there were any.
fn join_one_round(func: &mut Func, module: &Module) -> bool {
    let has_copy = |&block: &Block| {
        func.blocks[block].insts.iter().any(|&inst| matches!(func.insts[inst].kind, InstKind::Copy { .. }))
    };
    if !func.layout.iter().any(has_copy) {
        return false;
    }
    let slots = Slots::new(func);
    let candidates: Vec<Slot> = func.slots.keys().collect();
    let mut dom = None;
    for temp in candidates {
        let Some((first, second)) = slots.pair(temp) else { continue };
        let joined = match (first.what, second.what) {
            (Use::CopyTo, Use::CopyFrom) => through(func, &slots, first, second),
            (Use::Argument(arg), Use::CopyFrom) => {
                let dom = dom.get_or_insert_with(|| DomTree::new(func, &ControlFlow::new(func)));
                result(func, &slots, dom, (first, arg), second)
            }
            (Use::CopyTo, Use::Argument(arg)) => argument(func, module, &slots, first, (second, arg)),
            _ => false,
        };
        // What is known of places and uses is no longer right.
        if joined {
            return true;
        }
    }
    false
}

/// Builds values in place; whether there were any. All that do not depend on each other are done at once, as initialisers of tables have thousands.
fn join_built(func: &mut Func) -> bool {
    let is_copy = |inst: Inst| matches!(func.insts[inst].kind, InstKind::Copy { .. });
    if !func.layout.iter().any(|&block| func.blocks[block].insts.iter().any(|&inst| is_copy(inst))) {
        return false;
    }
    let slots = Slots::new(func);
    let mut place: Vec<(Slot, Slot)> = Vec::new();
    let mut touched = vec![false; func.slots.len()];
    let mut copies = Vec::new();
    for temp in func.slots.keys() {
        let Some((copy, to)) = built(func, &slots, temp) else { continue };
        if touched[temp.index()] || touched[to.index()] {
            continue;
        }
        touched[temp.index()] = true;
        touched[to.index()] = true;
        place.push((temp, to));
        copies.push(copy);
    }
    for &UseAt { block, inst, .. } in &copies {
        func.blocks[block].insts.retain(|&other| other != inst);
    }
    let mut moved = vec![None; func.slots.len()];
    for &(temp, to) in &place {
        func.slots[to].align = func.slots[to].align.max(func.slots[temp].align);
        moved[temp.index()] = Some(to);
    }
    for data in func.insts.values_mut() {
        if let InstKind::SlotAddr(slot) = &mut data.kind
            // Instructions that are in no block any more may name slots that are gone.
            && let Some(&Some(to)) = moved.get(slot.index())
        {
            *slot = to;
        }
    }
    !copies.is_empty()
}

/// The last use of `temp`, a copy to all of another slot, and that, if the value may be built there.
fn built(func: &Func, slots: &Slots, temp: Slot) -> Option<(UseAt, Slot)> {
    let uses = &slots.uses[temp.index()];
    let first = uses.iter().min_by_key(|u| u.index)?;
    let last = *uses.iter().max_by_key(|u| u.index)?;
    let InstKind::Copy { dst, .. } = func.insts[last.inst].kind else { return None };
    let &(to, Some(0)) = slots.places.get(&dst)? else { return None };
    let in_one_block = uses.iter().all(|u| u.block == last.block);
    let fits = last.what == Use::CopyFrom && to != temp && func.slots[to].size == func.slots[temp].size;
    let between = |u: &UseAt| u.block == last.block && (first.index..last.index).contains(&u.index);
    if !in_one_block || !fits || !slots.is_private(temp) || slots.uses[to.index()].iter().any(between) {
        return None;
    }
    let insts = &func.blocks[last.block].insts[first.index..last.index];
    // Who has the variable's address from elsewhere must not look at it meanwhile.
    let is_seen = |&inst: &Inst| {
        let kind = &func.insts[inst].kind;
        let elsewhere = |v: &Value| slots.slot_of(*v).is_none();
        match kind {
            InstKind::Load { addr, .. } | InstKind::Store { addr, .. } => elsewhere(addr),
            InstKind::Copy { dst, src, .. } => elsewhere(dst) || elsewhere(src),
            InstKind::Zero { dst, .. } => elsewhere(dst),
            InstKind::Call { .. }
            | InstKind::AtomicLoad { .. }
            | InstKind::AtomicStore { .. }
            | InstKind::AtomicRmw { .. }
            | InstKind::AtomicCas { .. } => true,
            _ => false,
        }
    };
    if !slots.is_private(to) && insts.iter().any(is_seen) || !is_overwritten(func, slots, temp, insts) {
        return None;
    }
    Some((last, to))
}

/// Whether nothing between two instructions of a block writes memory, but for slots other than `kept`.
fn is_quiet_between(func: &Func, slots: &Slots, from: UseAt, to: UseAt, kept: Option<Slot>) -> bool {
    let elsewhere = |addr: Value| kept.is_some() && slots.slot_of(addr).is_some_and(|s| Some(s) != kept);
    func.blocks[from.block].insts[from.index + 1..to.index].iter().all(|&inst| match &func.insts[inst].kind {
        InstKind::Store { addr, .. } => elsewhere(*addr),
        InstKind::Copy { dst, .. } | InstKind::Zero { dst, .. } => elsewhere(*dst),
        InstKind::Call { .. }
        | InstKind::AtomicLoad { .. }
        | InstKind::AtomicStore { .. }
        | InstKind::AtomicRmw { .. }
        | InstKind::AtomicCas { .. } => false,
        // A copy from a nil pointer must not panic after something else has.
        InstKind::NilCheck(_) | InstKind::BoundsCheck { .. } | InstKind::DivCheck(_) => kept.is_some(),
        InstKind::Load { flags, .. } => flags.nonnil || kept.is_some(),
        _ => true,
    })
}

fn remove(func: &mut Func, at: UseAt) {
    func.blocks[at.block].insts.remove(at.index);
}

fn through(func: &mut Func, slots: &Slots, first: UseAt, second: UseAt) -> bool {
    let (InstKind::Copy { src: origin, .. }, InstKind::Copy { dst, .. }) =
        (&func.insts[first.inst].kind, &func.insts[second.inst].kind)
    else {
        return false;
    };
    let (origin, from, to) = (*origin, slots.slot_of(*origin), slots.slot_of(*dst));
    let apart = match (from, to) {
        (Some(from), Some(to)) => from != to,
        (Some(slot), None) | (None, Some(slot)) => slots.is_private(slot),
        (None, None) => false,
    };
    if !apart || !is_quiet_between(func, slots, first, second, from) {
        return false;
    }
    if let InstKind::Copy { src, .. } = &mut func.insts[second.inst].kind {
        *src = origin;
    }
    remove(func, first);
    true
}

fn result(func: &mut Func, slots: &Slots, dom: &DomTree, (call, arg): (UseAt, usize), copy: UseAt) -> bool {
    let InstKind::Copy { dst, size, .. } = func.insts[copy.inst].kind else { return false };
    let Some(&(to, Some(0))) = slots.places.get(&dst) else { return false };
    let comes_after = |u: &UseAt| {
        u.inst == copy.inst
            || if u.block == copy.block { u.index > copy.index } else { dom.dominates(copy.block, u.block) }
    };
    if size != u64::from(func.slots[to].size)
        || !slots.uses[to.index()].iter().all(comes_after)
        || !is_quiet_between(func, slots, call, copy, None)
    {
        return false;
    }
    let loc = func.insts[call.inst].loc;
    let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(to), loc }, &[Type::Ptr]);
    let room = func.result(addr);
    if let InstKind::Call { args, .. } = &mut func.insts[call.inst].kind {
        args[arg] = room;
    }
    remove(func, copy);
    func.blocks[call.block].insts.insert(call.index, addr);
    true
}

fn argument(
    func: &mut Func,
    module: &Module,
    slots: &Slots,
    copy: UseAt,
    (call, arg): (UseAt, usize),
) -> bool {
    let InstKind::Copy { src, .. } = func.insts[copy.inst].kind else { return false };
    let InstKind::Call { callee: Callee::Func(callee), .. } = func.insts[call.inst].kind else {
        return false;
    };
    let unwritten = arg < 64 && module.funcs[callee].unwritten >> arg & 1 != 0;
    let Some(from) = slots.slot_of(src).filter(|&from| unwritten && slots.is_private(from)) else {
        return false;
    };
    if !is_quiet_between(func, slots, copy, call, Some(from)) {
        return false;
    }
    if let InstKind::Call { args, .. } = &mut func.insts[call.inst].kind {
        args[arg] = src;
    }
    remove(func, copy);
    true
}

/// Removes the clearing of slots that is written over in the same block before anything can read it.
fn drop_clearing(func: &mut Func) -> bool {
    let clears = |inst: Inst| matches!(func.insts[inst].kind, InstKind::Zero { .. });
    if !func.layout.iter().any(|&block| func.blocks[block].insts.iter().any(|&inst| clears(inst))) {
        return false;
    }
    let slots = Slots::new(func);
    let mut changed = false;
    for &block in &func.layout.clone() {
        let insts = func.blocks[block].insts.clone();
        let mut dropped = Vec::new();
        for (index, &inst) in insts.iter().enumerate() {
            let InstKind::Zero { dst, size, .. } = func.insts[inst].kind else { continue };
            let Some(&(slot, Some(0))) = slots.places.get(&dst) else { continue };
            let bytes = func.slots[slot].size;
            if size == u64::from(bytes)
                && bytes <= MAX_CLEARED
                && is_overwritten(func, &slots, slot, &insts[index + 1..])
            {
                dropped.push(inst);
            }
        }
        if !dropped.is_empty() {
            func.blocks[block].insts.retain(|inst| !dropped.contains(inst));
            changed = true;
        }
    }
    changed
}

fn may_panic(kind: &InstKind) -> bool {
    match kind {
        InstKind::NilCheck(_) | InstKind::BoundsCheck { .. } | InstKind::DivCheck(_) => true,
        InstKind::Load { flags, .. } | InstKind::Store { flags, .. } => !flags.nonnil,
        InstKind::Copy { .. } | InstKind::Zero { .. } => true,
        _ => false,
    }
}

/// Whether the instructions write each byte of `slot` before one of them may read it.
fn is_overwritten(func: &Func, slots: &Slots, slot: Slot, insts: &[Inst]) -> bool {
    let size = func.slots[slot].size as usize;
    let mut missing = size;
    let mut written = vec![false; size];
    let private = slots.is_private(slot);
    let here = |v: Value| slots.slot_of(v) == Some(slot);
    // Addresses that may be the slot's, unless they are another's for sure.
    let may_read = |v: Value| {
        here(v)
            || !private
                && slots.slot_of(v).is_none()
                && !matches!(crate::edit::definition(func, v), Some(InstKind::DataAddr(..)))
    };
    for &inst in insts {
        if func.handler.is_some() && may_panic(&func.insts[inst].kind) {
            return false;
        }
        let (at, bytes) = match &func.insts[inst].kind {
            InstKind::Store { addr, value, offset, .. } => {
                if here(*value) {
                    return false;
                }
                (Some((*addr, i64::from(*offset))), u64::from(func.ty(*value).bytes(8)))
            }
            InstKind::Copy { dst, src, size, .. } => {
                if may_read(*src) {
                    return false;
                }
                (Some((*dst, 0)), *size)
            }
            InstKind::Zero { dst, size, .. } => (Some((*dst, 0)), *size),
            InstKind::Load { addr, .. } if may_read(*addr) => return false,
            InstKind::Call { .. }
            | InstKind::AtomicLoad { .. }
            | InstKind::AtomicStore { .. }
            | InstKind::AtomicRmw { .. }
            | InstKind::AtomicCas { .. } => return false,
            _ => (None, 0),
        };
        let Some((addr, offset)) = at else { continue };
        if let Some(&(to, Some(base))) = slots.places.get(&addr)
            && to == slot
            && let Ok(start) = usize::try_from(base + offset)
        {
            for byte in written.iter_mut().skip(start).take(bytes as usize) {
                missing -= usize::from(!std::mem::replace(byte, true));
            }
        }
        if missing == 0 {
            return true;
        }
    }
    false
}
