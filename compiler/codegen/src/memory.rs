//! Loads, stores, block copies, atomics, and what is known about nil.
//!
//! Outside of deferring functions a nil dereference faults and the signal handler makes it a panic; that needs an address near nil, so
//! offsets of a page and more are preceded by a probe of the base. In deferring functions a fault has no edge to the handler: the base
//! is compared with nil first.

use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use rgo_mir::{AtomicOp, BinaryOp, Inst, InstKind, MemFlags, Type, Value, ValueDef, runtime_calls};

use crate::abi::clif_type;
use crate::func::{NIL_PAGE, Translator};

/// Largest block copied or cleared by inline code.
const MAX_INLINE: u64 = 128;

impl Translator<'_> {
    /// The pointer from which `PtrAdd`s derive `addr`, and the distance if it is constant.
    pub fn base(&self, addr: Value) -> (Value, Option<i64>) {
        let (mut base, mut offset) = (addr, Some(0i64));
        while let ValueDef::Inst(inst, _) = self.func.values[base].def {
            let InstKind::PtrAdd(from, by) = self.func.insts[inst].kind else { break };
            offset = offset.zip(self.constant(by)).and_then(|(a, b)| a.checked_add(b));
            base = from;
        }
        (base, offset)
    }
    /// Whether `base` points to a slot, a symbol or a new object, or has been checked.
    pub fn is_nonnil(&self, base: Value) -> bool {
        let by_definition = match self.func.values[base].def {
            ValueDef::Inst(inst, _) => matches!(
                self.func.insts[inst].kind,
                InstKind::SlotAddr(_)
                    | InstKind::DataAddr(..)
                    | InstKind::FuncAddr(_)
                    | InstKind::New { .. }
                    | InstKind::ClosureContext
            ),
            ValueDef::Param(..) => false,
        };
        by_definition || self.checked.contains(&base)
    }
    /// Makes an access at `addr + offset` panic if its base is nil; the flags for that access.
    pub fn access(&mut self, addr: Value, offset: i64, nonnil: bool) -> MemFlagsData {
        let (base, distance) = self.base(addr);
        if self.faulting_base.take_if(|pointer| *pointer == base).is_some() {
            self.checked.insert(base);
            return self.faulting();
        }
        if nonnil {
            return self.trusted();
        }
        if self.is_nonnil(base) {
            return self.trusted();
        }
        if self.handler.is_some() {
            self.nil_check(base);
            return self.trusted();
        }
        match distance.and_then(|d| d.checked_add(offset)) {
            Some(total) if (0..NIL_PAGE).contains(&total) => {
                // What follows in this block comes after an access that did not fault.
                self.checked.insert(base);
                self.faulting()
            }
            _ => {
                self.nil_check(base);
                self.trusted()
            }
        }
    }

    pub fn load(&mut self, ty: Type, addr: Value, offset: i32, flags: MemFlags) -> ir::Value {
        let mut access = self.access(addr, i64::from(offset), flags.nonnil);
        if flags.readonly {
            access = access.with_readonly();
            if access.notrap() && flags.nonnil {
                access = access.with_can_move();
            }
        }
        let addr = self.value(addr);
        self.b.ins().load(clif_type(ty), access, addr, offset)
    }
    pub fn store(&mut self, addr: Value, value: Value, offset: i32, flags: MemFlags) {
        let access = self.access(addr, i64::from(offset), flags.nonnil);
        let (addr, value) = (self.value(addr), self.value(value));
        self.b.ins().store(access, value, addr, offset);
    }

    pub fn copy(&mut self, dst: Value, src: Value, size: u64) -> Result<(), String> {
        if size == 0 {
            return Ok(());
        }
        if size > MAX_INLINE {
            // rt must not fault on the program's behalf.
            for addr in [src, dst] {
                self.probe(addr);
            }
            let (dst, src) = (self.value(dst), self.value(src));
            let size = self.iconst(types::I64, size as i64);
            let sig = [Type::Ptr, Type::Ptr, Type::I64];
            self.call_runtime(runtime_calls::MEMMOVE, &sig, &[], &[dst, src, size])?;
            return Ok(());
        }
        let from = self.access(src, 0, false);
        let to = self.access(dst, 0, false);
        let (dst, src) = (self.value(dst), self.value(src));
        // All loads come first, in groups: source and destination may be the same.
        let chunks = chunks(size);
        for group in chunks.chunks(4) {
            let mut loaded = Vec::with_capacity(4);
            for &(ty, offset) in group {
                loaded.push(self.b.ins().load(ty, from, src, offset));
            }
            for (value, &(_, offset)) in loaded.into_iter().zip(group) {
                self.b.ins().store(to, value, dst, offset);
            }
        }
        Ok(())
    }

    pub fn zero(&mut self, dst: Value, size: u64) -> Result<(), String> {
        if size == 0 {
            return Ok(());
        }
        if size > MAX_INLINE {
            self.probe(dst);
            let dst = self.value(dst);
            let size = self.iconst(types::I64, size as i64);
            self.call_runtime(runtime_calls::MEMCLR, &[Type::Ptr, Type::I64], &[], &[dst, size])?;
            return Ok(());
        }
        let to = self.access(dst, 0, false);
        let dst = self.value(dst);
        for (ty, offset) in chunks(size) {
            let zero = if ty == types::I8X16 {
                let zeros = self.b.func.dfg.constants.insert([0u8; 16].as_slice().into());
                self.b.ins().vconst(ty, zeros)
            } else {
                self.iconst(ty, 0)
            };
            self.b.ins().store(to, zero, dst, offset);
        }
        Ok(())
    }

    /// Panics now if the base of `addr` is nil.
    pub fn probe(&mut self, addr: Value) {
        let (base, _) = self.base(addr);
        if !self.is_nonnil(base) {
            self.nil_check(base);
        }
    }

    /// Panics if `base` is nil.
    pub fn nil_check(&mut self, base: Value) {
        if self.is_nonnil(base) {
            return;
        }
        let value = self.value(base);
        if self.handler.is_some() {
            self.explicit_nil_check(value);
        } else {
            let flags = self.faulting();
            self.b.ins().load(types::I8, flags, value, 0);
        }
        self.checked.insert(base);
    }

    /// Whether the check of `pointer` can be left to one of the instructions that follow it in the block: which then faults as the check would. Before it
    /// come only computations. Which instruction, if so.
    pub fn checked_by(&self, pointer: Value, rest: &[Inst]) -> Option<Inst> {
        use InstKind::*;
        if self.handler.is_some() || self.is_nonnil(pointer) || self.base(pointer).0 != pointer {
            return None;
        }
        let is_computation = |&&inst: &&Inst| match self.func.insts[inst].kind {
            Binary(op, ..) => {
                !matches!(op, BinaryOp::Sdiv | BinaryOp::Udiv | BinaryOp::Srem | BinaryOp::Urem)
            }
            Iconst(..) | Fconst(..) | Unary(..) | Icmp(..) | Fcmp(..) | Conv(..) | Select(..) | Fma(..) => {
                true
            }
            PtrAdd(..) | SlotAddr(_) | DataAddr(..) | FuncAddr(_) | GetG => true,
            _ => false,
        };
        let next = *rest.iter().find(|inst| !is_computation(inst))?;
        let (addr, offset) = match self.func.insts[next].kind {
            Load { addr, offset, .. } | Store { addr, offset, .. } => (addr, offset),
            AtomicLoad { addr, .. }
            | AtomicStore { addr, .. }
            | AtomicRmw { addr, .. }
            | AtomicCas { addr, .. } => (addr, 0),
            _ => return None,
        };
        let (base, distance) = self.base(addr);
        let total = distance?.checked_add(offset.into())?;
        (base == pointer && (0..NIL_PAGE).contains(&total)).then_some(next)
    }

    pub fn atomic_load(&mut self, ty: Type, addr: Value) -> ir::Value {
        let flags = self.access(addr, 0, false);
        let addr = self.value(addr);
        self.b.ins().atomic_load(clif_type(ty), flags, addr)
    }
    pub fn atomic_store(&mut self, addr: Value, value: Value) {
        let flags = self.access(addr, 0, false);
        let ty = clif_type(self.func.ty(value));
        let (addr, value) = (self.value(addr), self.value(value));
        // An exchange is cheaper than a store with a fence.
        self.b.ins().atomic_rmw(ty, flags, ir::AtomicRmwOp::Xchg, addr, value);
    }
    pub fn atomic_rmw(&mut self, op: AtomicOp, addr: Value, value: Value) -> ir::Value {
        let flags = self.access(addr, 0, false);
        let ty = clif_type(self.func.ty(value));
        let (addr, value) = (self.value(addr), self.value(value));
        let op = match op {
            AtomicOp::Add => ir::AtomicRmwOp::Add,
            AtomicOp::And => ir::AtomicRmwOp::And,
            AtomicOp::Or => ir::AtomicRmwOp::Or,
            AtomicOp::Xchg => ir::AtomicRmwOp::Xchg,
        };
        self.b.ins().atomic_rmw(ty, flags, op, addr, value)
    }
    pub fn atomic_cas(&mut self, addr: Value, old: Value, new: Value) -> ir::Value {
        let flags = self.access(addr, 0, false);
        let (addr, old, new) = (self.value(addr), self.value(old), self.value(new));
        let found = self.b.ins().atomic_cas(flags, addr, old, new);
        self.b.ins().icmp(ir::condcodes::IntCC::Equal, found, old)
    }
}

/// `size` bytes as accesses of 16, 8, 4, 2 and 1 bytes.
fn chunks(size: u64) -> Vec<(ir::Type, i32)> {
    let mut chunks = Vec::new();
    let mut offset = 0;
    for ty in [types::I8X16, types::I64, types::I32, types::I16, types::I8] {
        while size - offset >= u64::from(ty.bytes()) {
            chunks.push((ty, offset as i32));
            offset += u64::from(ty.bytes());
        }
    }
    chunks
}
