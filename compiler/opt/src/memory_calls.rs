//! Comparing and moving a few bytes, their number known, without a call.
//!
//! ```text
//! v2: i64 = iconst 4
//! v3: i8 = call "runtime.memequal" [v0, v1, v2]   →   v4: i32 = load nonnil v0
//!                                                     v5: i32 = load nonnil v1
//!                                                     v3: i8 = icmp eq v4, v5
//! ```
//! Sizes that are no power of two are covered by two overlapping accesses. Bytes of constants become constants. All loads of a move come
//! before its stores, so that source and destination may overlap. Both calls get addresses of memory that is there, unless the size is 0.

use rgo_mir::{
    BinaryOp, Callee, DataKind, Func, FuncId, Inst, InstData, InstKind, IntCc, MemFlags, Module, SrcLoc,
    Type, Value,
};

use crate::edit::{Renames, constant, definition, sign_extend};

/// Most bytes that are compared in line.
const MAX_EQUAL: u64 = 32;
/// Most bytes that are moved in line.
const MAX_MOVE: u64 = 32;

const FLAGS: MemFlags = MemFlags { nonnil: true, readonly: false, barrier: false };

/// Whether anything changed.
pub fn run(func: &mut Func, module: &Module) -> bool {
    let (equal, mover) = (module.func_named("runtime.memequal"), module.func_named("runtime.memmove"));
    let mut renames = Renames::new(func);
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let known = |func: &Func, inst: Inst| call_of(func, inst, equal, mover);
        if !func.blocks[block].insts.iter().any(|&inst| known(func, inst).is_some()) {
            continue;
        }
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut b = Builder { func, module, out: Vec::with_capacity(insts.len()), loc: SrcLoc::default() };
        for inst in insts {
            b.loc = b.func.insts[inst].loc;
            match known(b.func, inst) {
                Some(Call::Equal(p, q, size)) => {
                    let result = b.func.result(inst);
                    let value = b.equal(p, q, size);
                    renames.insert(result, value);
                }
                Some(Call::Move(dst, src, size)) => b.copy(dst, src, size),
                None => {
                    b.out.push(inst);
                    continue;
                }
            }
            changed = true;
        }
        let out = b.out;
        func.blocks[block].insts = out;
    }
    renames.apply(func);
    changed
}

#[derive(Clone, Copy)]
enum Call {
    Equal(Value, Value, u64),
    Move(Value, Value, u64),
}

/// A call with a small constant size.
fn call_of(func: &Func, inst: Inst, equal: Option<FuncId>, mover: Option<FuncId>) -> Option<Call> {
    let InstKind::Call { callee: Callee::Func(id), args, .. } = &func.insts[inst].kind else { return None };
    if Some(*id) != equal && Some(*id) != mover {
        return None;
    }
    let &[a, b, size] = &args[..] else { return None };
    let size = u64::try_from(constant(func, size)?).ok()?;
    if Some(*id) == equal {
        return (size <= MAX_EQUAL).then_some(Call::Equal(a, b, size));
    }
    (size <= MAX_MOVE).then_some(Call::Move(a, b, size))
}

/// Accesses that cover `size` bytes, with their offsets.
fn pieces(size: u64) -> Vec<(Type, i64)> {
    let mut pieces = Vec::new();
    let (mut at, size) = (0, size as i64);
    while at < size {
        let left = size - at;
        let ty = match left {
            8.. => Type::I64,
            4..8 => Type::I32,
            2..4 => Type::I16,
            _ => Type::I8,
        };
        let bytes = i64::from(ty.bytes(8));
        // What is left may be covered by one more access of the next larger size that reaches back.
        let wider = match left {
            5..8 if size >= 8 => Some(Type::I64),
            3 if size >= 4 => Some(Type::I32),
            _ => None,
        };
        if let Some(wider) = wider {
            pieces.push((wider, size - i64::from(wider.bytes(8))));
            break;
        }
        if (left == 7 || left == 6 || left == 5) && bytes == 4 {
            pieces.push((ty, at));
            pieces.push((ty, size - 4));
            break;
        }
        pieces.push((ty, at));
        at += bytes;
    }
    pieces
}

struct Builder<'a> {
    func: &'a mut Func,
    module: &'a Module,
    out: Vec<Inst>,
    loc: SrcLoc,
}

impl Builder<'_> {
    fn value(&mut self, kind: InstKind, ty: Type) -> Value {
        let inst = self.func.make_inst(InstData { kind, loc: self.loc }, &[ty]);
        self.out.push(inst);
        self.func.result(inst)
    }

    fn load(&mut self, ty: Type, addr: Value, offset: i64) -> Value {
        match self.constant_bytes(ty, addr, offset) {
            Some(k) => self.value(InstKind::Iconst(ty, k), ty),
            None => self.value(InstKind::Load { ty, addr, offset: offset as i32, flags: FLAGS }, ty),
        }
    }

    /// The number that stands in read-only data at `addr + offset`.
    fn constant_bytes(&self, ty: Type, addr: Value, offset: i64) -> Option<i64> {
        let &InstKind::DataAddr(id, base) = definition(self.func, addr)? else { return None };
        let data = self.module.data.get(id)?.as_ref()?;
        let start = usize::try_from(base.checked_add(offset)?).ok()?;
        let bytes = data.bytes.get(start..start + ty.bytes(8) as usize)?;
        if data.kind != DataKind::RoData || !data.relocs.is_empty() {
            return None;
        }
        let k = bytes.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        Some(sign_extend(k as i64, ty.bits(8)))
    }

    fn equal(&mut self, p: Value, q: Value, size: u64) -> Value {
        let pieces = pieces(size);
        if let &[(ty, offset)] = &pieces[..] {
            let (a, b) = (self.load(ty, p, offset), self.load(ty, q, offset));
            return self.value(InstKind::Icmp(IntCc::Eq, a, b), Type::I8);
        }
        let mut differs: Option<Value> = None;
        for (ty, offset) in pieces {
            let (a, b) = (self.load(ty, p, offset), self.load(ty, q, offset));
            let mut bits = self.value(InstKind::Binary(BinaryOp::Xor, a, b), ty);
            if ty != Type::I64 {
                bits = self.value(InstKind::Conv(rgo_mir::ConvOp::Zext, Type::I64, bits), Type::I64);
            }
            differs = Some(match differs {
                Some(so_far) => self.value(InstKind::Binary(BinaryOp::Or, so_far, bits), Type::I64),
                None => bits,
            });
        }
        match differs {
            Some(bits) => {
                let zero = self.value(InstKind::Iconst(Type::I64, 0), Type::I64);
                self.value(InstKind::Icmp(IntCc::Eq, bits, zero), Type::I8)
            }
            None => self.value(InstKind::Iconst(Type::I8, 1), Type::I8),
        }
    }

    fn copy(&mut self, dst: Value, src: Value, size: u64) {
        let pieces = pieces(size);
        let loaded: Vec<Value> = pieces.iter().map(|&(ty, offset)| self.load(ty, src, offset)).collect();
        for (value, (_, offset)) in loaded.into_iter().zip(pieces) {
            let kind = InstKind::Store { addr: dst, value, offset: offset as i32, flags: FLAGS };
            let inst = self.func.make_inst(InstData { kind, loc: self.loc }, &[]);
            self.out.push(inst);
        }
    }
}
