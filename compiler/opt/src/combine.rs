//! Byte-wise loads and stores of one number become one access.
//!
//! ```text
//! v1: i8 = load nonnil v0                    v9: i16 = load nonnil v0
//! v2: i8 = load nonnil v0 +1
//! v3: i16 = zext v1
//! v4: i16 = zext v2                     →
//! v5: i64 = iconst 8
//! v6: i16 = shl_bounded v4, v5
//! v9: i16 = or v3, v6
//! ```
//! So are written `encoding/binary`, hash functions, ciphers. Big-endian order becomes a byte swap. The bytes of a load must be in one block with no
//! write to memory between the first of them and the combination; those of a store with no other access between. Works on targets that allow
//! unaligned access, as all of ours do; the target is little-endian.

use std::collections::HashMap;

use rgo_mir::{
    BinaryOp, Block, ConvOp, Func, Inst, InstData, InstKind, MemFlags, Module, Type, UnaryOp, Value, ValueDef,
};

use crate::edit::{Renames, constant, definition, writes};

/// Before inlining, so that such functions count as the one instruction that they are: first the checks between the bytes go.
pub fn run_early(func: &mut Func, module: &Module) -> bool {
    let bytes = func.insts.values().filter(|inst| byte_access(func, &inst.kind)).count();
    if bytes < 2 || !func.insts.values().any(|i| matches!(i.kind, InstKind::Binary(op, ..) if is_shift(op))) {
        return false;
    }
    let cleaned = crate::gvn::run(func, module) | crate::checks::run(func) | crate::simplify::run(func);
    // What the bytes were for must not count when the function is weighed.
    let combined = run(func);
    if combined {
        crate::simplify::run(func);
    }
    cleaned | combined
}

fn is_shift(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::ShlBounded | BinaryOp::UshrBounded | BinaryOp::Shl | BinaryOp::Ushr)
}

fn byte_access(func: &Func, kind: &InstKind) -> bool {
    match kind {
        InstKind::Load { ty, .. } => *ty == Type::I8,
        InstKind::Store { value, .. } => func.ty(*value) == Type::I8,
        _ => false,
    }
}

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let bytes =
            func.blocks[block].insts.iter().filter(|&&i| byte_access(func, &func.insts[i].kind)).count();
        if bytes < 2 {
            continue;
        }
        changed |= combine_loads(func, block);
        changed |= combine_stores(func, block);
    }
    changed
}

/// Base and constant distance of an address.
fn place(func: &Func, addr: Value, offset: i32) -> (Value, i64) {
    let (mut base, mut distance) = (addr, i64::from(offset));
    while let Some(&InstKind::PtrAdd(from, by)) = definition(func, base) {
        let Some(k) = constant(func, by) else { break };
        base = from;
        distance = distance.wrapping_add(k);
    }
    (base, distance)
}

/// One byte of a number: where it is loaded, and its place in the number.
struct Byte {
    load: Inst,
    shift: i64,
}

/// The bytes whose or `value` is.
fn bytes_of(func: &Func, value: Value, shift: i64, found: &mut Vec<Byte>, depth: u32) -> bool {
    if depth == 0 || found.len() > 8 {
        return false;
    }
    let ValueDef::Inst(inst, _) = func.values[value].def else { return false };
    match func.insts[inst].kind {
        InstKind::Binary(BinaryOp::Or, a, b) => {
            bytes_of(func, a, shift, found, depth - 1) && bytes_of(func, b, shift, found, depth - 1)
        }
        InstKind::Binary(BinaryOp::ShlBounded, a, by) => match constant(func, by) {
            Some(k) if k % 8 == 0 => bytes_of(func, a, shift + k, found, depth - 1),
            _ => false,
        },
        InstKind::Conv(ConvOp::Zext, _, a) => bytes_of(func, a, shift, found, depth - 1),
        InstKind::Load { ty: Type::I8, .. } => {
            found.push(Byte { load: inst, shift });
            true
        }
        _ => false,
    }
}

fn int_of(bytes: usize) -> Option<Type> {
    match bytes {
        2 => Some(Type::I16),
        4 => Some(Type::I32),
        8 => Some(Type::I64),
        _ => None,
    }
}

/// Whether the byte at distance i from the lowest address belongs at bit 8·i (little-endian) or mirrored; `None` for neither.
fn order(bytes: &[(i64, i64)]) -> Option<(i64, bool)> {
    let low = bytes.iter().map(|b| b.0).min()?;
    let n = bytes.len() as i64;
    let all = |f: &dyn Fn(i64) -> i64| {
        let mut seen = 0u32;
        let fits = bytes.iter().all(|&(at, shift)| {
            let i = at - low;
            if !(0..n).contains(&i) {
                return false;
            }
            seen |= 1 << i;
            shift == 8 * f(i)
        });
        fits && seen == (1 << n) - 1
    };
    if all(&|i| i) {
        Some((low, false))
    } else if all(&|i| n - 1 - i) {
        Some((low, true))
    } else {
        None
    }
}

fn combine_loads(func: &mut Func, block: Block) -> bool {
    let insts = func.blocks[block].insts.clone();
    let position: HashMap<Inst, usize> = insts.iter().enumerate().map(|(i, &inst)| (inst, i)).collect();
    let mut renames = Renames::new(func);
    let mut out: Vec<Inst> = Vec::with_capacity(insts.len());
    // Index of the last write so far, plus 1.
    let mut last_write = 0;
    // Inner ors may have become loads as well; nobody uses them then.
    for (at, &inst) in insts.iter().enumerate() {
        let kind = func.insts[inst].kind.clone();
        if may_change(&kind) {
            last_write = at + 1;
        }
        if matches!(kind, InstKind::Binary(BinaryOp::Or, ..)) {
            let result = func.result(inst);
            let mut bytes = Vec::new();
            if bytes_of(func, result, 0, &mut bytes, 20)
                && let Some(new) = combined(func, inst, &bytes, &position, last_write)
            {
                out.extend(new.0);
                renames.insert(result, new.1);
                continue;
            }
        }
        out.push(inst);
    }
    if renames.is_empty() {
        return false;
    }
    func.blocks[block].insts = out;
    renames.apply(func);
    true
}

/// The instructions that load `bytes` at once in place of `root`, and their value.
fn combined(
    func: &mut Func,
    root: Inst,
    bytes: &[Byte],
    position: &HashMap<Inst, usize>,
    last_write: usize,
) -> Option<(Vec<Inst>, Value)> {
    let narrow = int_of(bytes.len())?;
    let ty = func.ty(func.result(root));
    let mut first: Option<(Value, MemFlags)> = None;
    let mut places = Vec::new();
    let mut lowest: Option<(i64, Value, i32)> = None;
    for byte in bytes {
        let InstKind::Load { addr, offset, flags, .. } = func.insts[byte.load].kind else { return None };
        // A load that may fault has to stay where it is.
        if !flags.nonnil || *position.get(&byte.load)? < last_write {
            return None;
        }
        let (base, distance) = place(func, addr, offset);
        if first.get_or_insert((base, flags)).0 != base {
            return None;
        }
        if lowest.is_none_or(|(low, ..)| distance < low) {
            lowest = Some((distance, addr, offset));
        }
        places.push((distance, byte.shift));
    }
    let (_, swapped) = order(&places)?;
    let (_, addr, offset) = lowest?;
    let loc = func.insts[root].loc;
    let flags = first?.1;
    let mut made = Vec::new();
    let mut make = |func: &mut Func, kind, ty| {
        let inst = func.make_inst(InstData { kind, loc }, &[ty]);
        made.push(inst);
        func.result(inst)
    };
    let mut value = make(func, InstKind::Load { ty: narrow, addr, offset, flags }, narrow);
    if swapped {
        value = make(func, InstKind::Unary(UnaryOp::Bswap, value), narrow);
    }
    if ty.bytes(8) < narrow.bytes(8) {
        return None;
    }
    if ty != narrow {
        value = make(func, InstKind::Conv(ConvOp::Zext, ty, value), ty);
    }
    Some((made, value))
}

/// Whether memory may be another one after an instruction: an atomic load makes what others wrote visible.
fn may_change(kind: &InstKind) -> bool {
    writes(kind) || matches!(kind, InstKind::AtomicLoad { .. })
}

/// Which bits of what a stored byte is: `(v, shift)`.
fn source_of(func: &Func, byte: Value) -> Option<(Value, i64)> {
    let Some(&InstKind::Conv(ConvOp::Trunc, _, from)) = definition(func, byte) else { return None };
    match definition(func, from) {
        Some(&InstKind::Binary(BinaryOp::UshrBounded, v, by)) => {
            let k = constant(func, by)?;
            (k % 8 == 0).then_some((v, k))
        }
        _ => Some((from, 0)),
    }
}

fn combine_stores(func: &mut Func, block: Block) -> bool {
    let insts = func.blocks[block].insts.clone();
    let mut changed = false;
    let mut out: Vec<Inst> = Vec::with_capacity(insts.len());
    // Where in `out` the byte stores since the last other effect are.
    let mut run: Vec<usize> = Vec::new();
    for &inst in &insts {
        let kind = &func.insts[inst].kind;
        match kind {
            InstKind::Store { value, flags, .. } if func.ty(*value) == Type::I8 && flags.nonnil => {
                run.push(out.len());
            }
            _ if is_ordered(kind) => {
                changed |= join_run(func, &mut out, &run);
                run.clear();
            }
            _ => {}
        }
        out.push(inst);
    }
    changed |= join_run(func, &mut out, &run);
    if changed {
        func.blocks[block].insts = out;
    }
    changed
}

/// Whether a store must not move across it.
fn is_ordered(kind: &InstKind) -> bool {
    !crate::edit::is_removable(kind) || matches!(kind, InstKind::Load { .. } | InstKind::New { .. })
}

/// Replaces groups of 8, 4 or 2 stores of `run` by one each, where the last of the group stands.
fn join_run(func: &mut Func, out: &mut Vec<Inst>, run: &[usize]) -> bool {
    let mut replaced: HashMap<usize, Vec<Inst>> = HashMap::new();
    let mut at = 0;
    while at < run.len() {
        let mut step = 1;
        for n in [8, 4, 2] {
            let Some(group) = run.get(at..at + n) else { continue };
            let stores: Vec<Inst> = group.iter().map(|&i| out[i]).collect();
            let Some(joined) = joined_store(func, &stores) else { continue };
            replaced.extend(group[..n - 1].iter().map(|&i| (i, vec![])));
            replaced.insert(group[n - 1], joined);
            step = n;
            break;
        }
        at += step;
    }
    if replaced.is_empty() {
        return false;
    }
    *out = out
        .iter()
        .enumerate()
        .flat_map(|(i, &inst)| replaced.remove(&i).unwrap_or_else(|| vec![inst]))
        .collect();
    true
}

/// One store of what `stores` store byte by byte.
fn joined_store(func: &mut Func, stores: &[Inst]) -> Option<Vec<Inst>> {
    let narrow = int_of(stores.len())?;
    let mut number: Option<Value> = None;
    let mut base: Option<Value> = None;
    let mut lowest: Option<(i64, Value, i32, MemFlags)> = None;
    let mut places = Vec::new();
    for &store in stores {
        let InstKind::Store { addr, value, offset, flags } = func.insts[store].kind else { return None };
        let (v, shift) = source_of(func, value)?;
        let (from, distance) = place(func, addr, offset);
        if *number.get_or_insert(v) != v || *base.get_or_insert(from) != from {
            return None;
        }
        if lowest.is_none_or(|(low, ..)| distance < low) {
            lowest = Some((distance, addr, offset, flags));
        }
        places.push((distance, shift));
    }
    let low_shift = places.iter().map(|p| p.1).min()?;
    places.iter_mut().for_each(|p| p.1 -= low_shift);
    let (_, swapped) = order(&places)?;
    let (_, addr, offset, flags) = lowest?;
    let number = number?;
    let ty = func.ty(number);
    if i64::from(ty.bits(8)) < low_shift + i64::from(narrow.bits(8)) {
        return None;
    }
    let loc = func.insts[*stores.last()?].loc;
    let mut made = Vec::new();
    let mut make = |func: &mut Func, kind, ty: Type| {
        let inst = func.make_inst(InstData { kind, loc }, &[ty]);
        made.push(inst);
        func.result(inst)
    };
    let mut value = number;
    if low_shift != 0 {
        let by = make(func, InstKind::Iconst(Type::I64, low_shift), Type::I64);
        value = make(func, InstKind::Binary(BinaryOp::UshrBounded, value, by), ty);
    }
    if ty != narrow {
        value = make(func, InstKind::Conv(ConvOp::Trunc, narrow, value), narrow);
    }
    if swapped {
        value = make(func, InstKind::Unary(UnaryOp::Bswap, value), narrow);
    }
    made.push(func.make_inst(InstData { kind: InstKind::Store { addr, value, offset, flags }, loc }, &[]));
    Some(made)
}
