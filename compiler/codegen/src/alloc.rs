//! Allocation of small objects, inlined.
//!
//! ```text
//! mov byte [g.in_alloc], 1
//! m = g.m; p = m.p
//! object = [p + run.next]; after = object + slot; if after > [p + run.end] goto cold
//! mov [p + run.next], after
//! mov byte [g.in_alloc], 0
//! cold: mov byte [g.in_alloc], 0; object = runtime.newInRun(type, shape)
//! ```
//! While `g.in_alloc` is set no signal stops the goroutine, so P and run are its own from the first load to the store. All
//! accesses share the alias region of `G`: none of them may use a value that was loaded before the flag was set. The slots of a run are
//! zero and described, and those of a run filled while the collector marks are marked: nothing is left to do (`rgo_abi::alloc`,
//! `rt/src/mem/runs.rs`).

use cranelift_codegen::ir::{self, InstBuilder, condcodes::IntCC, types};
use rgo_abi::alloc::{RUN_END, RUN_NEXT, RUN_SIZE, RUNS};
use rgo_abi::{g, m};
use rgo_mir::{DataId, Type, runtime_calls};

use crate::func::Translator;
use crate::shapes::Shape;

impl Translator<'_> {
    /// A zeroed object of the type with the descriptor `ty`.
    pub fn new_object(&mut self, ty: DataId) -> Result<ir::Value, String> {
        let Some(shape) = self.symbols.shape(ty) else {
            let descriptor = self.symbol_addr(self.symbols.data(ty));
            return self.one_call(runtime_calls::NEW_OBJECT, &[Type::Ptr], &[descriptor]);
        };
        let cold = self.cold_block();
        let taken = self.b.create_block();
        let done = self.b.create_block();
        let object = self.b.append_block_param(done, types::I64);
        let (next, after, place) = self.next_in_run(shape, cold, taken);

        self.b.switch_to_block(taken);
        let (p, offset) = place;
        let flags = self.g_flags();
        self.b.ins().store(flags, after, p, offset + RUN_NEXT as i32);
        self.set_in_alloc(false);
        self.b.ins().jump(done, &[next.into()]);

        self.b.switch_to_block(cold);
        self.set_in_alloc(false);
        let descriptor = self.symbol_addr(self.symbols.data(ty));
        let index = self.iconst(types::I64, i64::from(shape.index));
        let other =
            self.one_call(runtime_calls::NEW_IN_RUN, &[Type::Ptr, Type::I64], &[descriptor, index])?;
        self.b.ins().jump(done, &[other.into()]);
        self.b.switch_to_block(done);
        Ok(object)
    }

    /// The next slot, the one after it, and where the run is (P and offset); branches to `cold` if the run is empty, else to `taken`.
    fn next_in_run(
        &mut self,
        shape: Shape,
        cold: ir::Block,
        taken: ir::Block,
    ) -> (ir::Value, ir::Value, (ir::Value, i32)) {
        self.set_in_alloc(true);
        let flags = self.g_flags();
        let thread = self.load_g(g::M);
        let p = self.b.ins().load(types::I64, flags, thread, m::P as i32);
        let offset = (RUNS + shape.index as usize * RUN_SIZE) as i32;
        let next = self.b.ins().load(types::I64, flags, p, offset + RUN_NEXT as i32);
        let after = self.b.ins().iadd_imm_u(next, i64::from(shape.slot));
        let end = self.b.ins().load(types::I64, flags, p, offset + RUN_END as i32);
        let empty = self.b.ins().icmp(IntCC::UnsignedGreaterThan, after, end);
        self.b.ins().brif(empty, cold, &[], taken, &[]);
        (next, after, (p, offset))
    }

    fn set_in_alloc(&mut self, on: bool) {
        let value = self.iconst(types::I8, i64::from(on));
        self.store_g(g::IN_ALLOC, value);
    }

    fn one_call(
        &mut self,
        name: &'static str,
        params: &[Type],
        args: &[ir::Value],
    ) -> Result<ir::Value, String> {
        Ok(self.call_runtime(name, params, &[Type::Ptr], args)?[0])
    }
}
