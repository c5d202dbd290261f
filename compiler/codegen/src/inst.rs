//! Dispatch over `InstKind`.

use cranelift_codegen::ir::{InstBuilder, types};
use rgo_abi::g;
use rgo_mir::{Inst, InstKind};

use crate::func::Translator;

impl Translator<'_> {
    /// Translates one instruction.
    pub fn inst(&mut self, inst: Inst) -> Result<(), String> {
        use InstKind::*;
        let func = self.func;
        let results = &func.results[inst];
        let one = |t: &mut Self, value| t.define(results[0], value);
        match &func.insts[inst].kind {
            // Emitted at each use, see `Translator::value`.
            Iconst(..) | Fconst(..) | SlotAddr(_) | DataAddr(..) | FuncAddr(_) => {}
            Unary(op, a) => {
                let value = self.unary(*op, *a)?;
                one(self, value);
            }
            Binary(op, a, b) => {
                let value = self.binary(*op, *a, *b);
                one(self, value);
            }
            Icmp(cc, a, b) => {
                let value = self.icmp(*cc, *a, *b);
                one(self, value);
            }
            Fcmp(cc, a, b) => {
                let value = self.fcmp(*cc, *a, *b);
                one(self, value);
            }
            Conv(op, to, a) => {
                let value = self.convert(*op, *to, *a);
                one(self, value);
            }
            Select(c, a, b) => {
                let (c, a, b) = (self.value(*c), self.value(*a), self.value(*b));
                let value = self.b.ins().select(c, a, b);
                one(self, value);
            }
            Fma(a, b, c) => {
                let (a, b, c) = (self.value(*a), self.value(*b), self.value(*c));
                let value = self.b.ins().fma(a, b, c);
                one(self, value);
            }
            AddCarry(a, b, c) => {
                let (a, b, c) = (self.value(*a), self.value(*b), self.value(*c));
                let (sum, carry0) = self.b.ins().uadd_overflow(a, b);
                let (sum, carry1) = self.b.ins().uadd_overflow(sum, c);
                self.carry_results(results, sum, carry0, carry1);
            }
            SubBorrow(a, b, c) => {
                let (a, b, c) = (self.value(*a), self.value(*b), self.value(*c));
                let (difference, borrow0) = self.b.ins().usub_overflow(a, b);
                let (difference, borrow1) = self.b.ins().usub_overflow(difference, c);
                self.carry_results(results, difference, borrow0, borrow1);
            }
            Div128(hi, lo, y) => {
                let (quotient, remainder) = self.div128(*hi, *lo, *y);
                self.define(results[0], quotient);
                self.define(results[1], remainder);
            }
            PtrAdd(a, b) => {
                let value = match self.constant(*b) {
                    Some(offset) => {
                        let a = self.value(*a);
                        self.b.ins().iadd_imm_s(a, offset)
                    }
                    None => {
                        let (a, b) = (self.value(*a), self.value(*b));
                        self.b.ins().iadd(a, b)
                    }
                };
                one(self, value);
            }
            Load { ty, addr, offset, flags } => {
                let value = self.load(*ty, *addr, *offset, *flags);
                one(self, value);
            }
            Store { addr, value, offset, flags } => self.store_with_barrier(*addr, *value, *offset, *flags),
            Copy { dst, src, size, align: _, pointers: true } => self.copy_with_barrier(*dst, *src, *size)?,
            Copy { dst, src, size, align: _, pointers: false } => self.copy(*dst, *src, *size)?,
            Zero { dst, size, align: _, pointers: true } => self.zero_with_barrier(*dst, *size)?,
            Zero { dst, size, align: _, pointers: false } => self.zero(*dst, *size)?,
            NilCheck(a) => self.nil_check(*a),
            BoundsCheck { kind, index, length, unsigned } => {
                self.bounds_check(*kind, *index, *length, *unsigned)
            }
            DivCheck(a) => self.div_check(*a),
            New { ty, .. } => {
                let value = self.new_object(*ty)?;
                one(self, value);
                self.fresh.insert(results[0]);
            }
            Call { callee, sig, args } => {
                let values = self.call(callee, sig, args)?;
                for (&result, value) in results.iter().zip(values) {
                    self.define(result, value);
                }
            }
            ClosureContext => {
                let value = self.load_g(g::CTXT);
                one(self, value);
            }
            GetG => {
                let value = self.b.ins().get_pinned_reg(types::I64);
                one(self, value);
            }
            FramePointer => {
                let value = self.b.ins().get_frame_pointer(types::I64);
                one(self, value);
            }
            ReturnAddress => {
                let value = self.b.ins().get_return_address(types::I64);
                one(self, value);
            }
            AtomicLoad { ty, addr } => {
                let value = self.atomic_load(*ty, *addr);
                one(self, value);
            }
            AtomicStore { addr, value, barrier: _ } => self.atomic_store(*addr, *value),
            AtomicRmw { op, addr, value, barrier: _ } => {
                let old = self.atomic_rmw(*op, *addr, *value);
                one(self, old);
            }
            AtomicCas { addr, old, new, barrier: _ } => {
                let swapped = self.atomic_cas(*addr, *old, *new);
                one(self, swapped);
            }
            KeepAlive(a) => {
                let value = self.value(*a);
                self.keep_alive(value);
            }
        }
        Ok(())
    }
}
