//! Checks that panic: a compare, a branch to a cold block, there a call without arguments.
//!
//! The operands of the panic go through `g.panic_arg0/1`: register arguments would keep them where the hot path wants registers. The
//! branch is `brif fails, cold, ok`; with the other polarity Cranelift sinks loop invariants into the loop.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder};
use rgo_abi::g;
use rgo_mir::{BoundsKind, Value, runtime_calls};

use crate::func::Translator;

impl Translator<'_> {
    /// Calls the Go function `panic` when `fails`, after storing its operands; goes on in a new block.
    fn panic_if(&mut self, fails: ir::Value, panic: &'static str, operands: &[ir::Value]) {
        let cold = self.cold_block();
        let ok = self.b.create_block();
        self.b.ins().brif(fails, cold, &[], ok, &[]);
        self.b.switch_to_block(cold);
        for (&operand, field) in operands.iter().zip([g::PANIC_ARG0, g::PANIC_ARG1]) {
            self.store_g(field, operand);
        }
        self.call_panic(panic);
        self.b.switch_to_block(ok);
    }

    pub fn bounds_check(&mut self, kind: BoundsKind, index: Value, length: Value, unsigned: bool) {
        let cc = match kind {
            BoundsKind::Index => IntCC::UnsignedGreaterThanOrEqual,
            // The operands are the wanted length and the length there is.
            BoundsKind::SliceConvert
            | BoundsKind::SliceAlen
            | BoundsKind::SliceAcap
            | BoundsKind::SliceB
            | BoundsKind::Slice3Alen
            | BoundsKind::Slice3Acap
            | BoundsKind::Slice3B
            | BoundsKind::Slice3C => IntCC::UnsignedGreaterThan,
        };
        let (index, length) = (self.value(index), self.value(length));
        let fails = self.b.ins().icmp(cc, index, length);
        self.panic_if(fails, runtime_calls::bounds_panic(kind, unsigned), &[index, length]);
    }

    pub fn div_check(&mut self, divisor: Value) {
        if self.constant(divisor).is_some_and(|k| k != 0) {
            return;
        }
        let divisor = self.value(divisor);
        let fails = self.b.ins().icmp_imm_s(IntCC::Equal, divisor, 0);
        self.panic_if(fails, runtime_calls::PANIC_DIVIDE, &[]);
    }

    /// A comparison, for where a fault will not do.
    pub fn explicit_nil_check(&mut self, pointer: ir::Value) {
        let fails = self.b.ins().icmp_imm_s(IntCC::Equal, pointer, 0);
        self.panic_if(fails, runtime_calls::PANIC_MEM, &[]);
    }
}
