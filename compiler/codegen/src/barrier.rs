//! The write barrier of pointer stores.
//!
//! ```text
//! old = load [slot]; store new, [slot]        for each store of a run of adjacent ones
//! if g.write_barrier != 0 { rt.write_barrier(old, new) for each }
//! ```
//! The barrier comes *after* the store and gets the value that was overwritten, so the sequence needs no protection against being
//! stopped by a signal: when a collection starts before the test, the barrier runs; when it starts after the test, the
//! store was over. In between both values are in registers or in the frame, which the collector reads again before it declares
//! marking complete (`docs/runtime-interface.md`, "Write barrier").
//!
//! No barrier is needed for stores to stack slots. A new object that only this function knows yet ([`Translator::note_escapes`]) holds nothing that
//! could be overwritten, but what is stored there must be told: the object may have been marked already, because it was allocated
//! while marking was on or because some old word on a stack looks like its address. Copies and clears of up to [`MAX_WORDS`] words treat each word as a pointer; larger ones are calls of rt.

use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, types};
use cranelift_codegen::isa::CallConv;
use rgo_abi::g;
use rgo_mir::{Inst, InstKind, MemFlags, Type, Value, ValueDef, runtime_calls};

use crate::func::Translator;
use crate::symbols::WRITE_BARRIER;

/// Most words that a copy or clear with inline barriers may have.
const MAX_WORDS: u64 = 4;
const WORD: u64 = 8;

/// What the barrier of a store tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// The value stored.
    New,
    /// The value overwritten, too.
    Both,
}

impl Translator<'_> {
    /// What a store to `addr` may change of what the collector sees.
    fn needs(&self, addr: Value) -> Needs {
        let (base, _) = self.base(addr);
        let on_stack = match self.func.values[base].def {
            ValueDef::Inst(inst, _) => {
                matches!(self.func.insts[inst].kind, InstKind::SlotAddr(_) | InstKind::GetG)
            }
            ValueDef::Param(..) => false,
        };
        match on_stack {
            true => Needs::Nothing,
            false if self.fresh.contains(&base) => Needs::New,
            false => Needs::Both,
        }
    }

    /// `value` cannot point into the heap.
    fn is_static(&self, value: Value) -> bool {
        match self.func.values[value].def {
            ValueDef::Inst(inst, _) => matches!(
                self.func.insts[inst].kind,
                InstKind::Iconst(..) | InstKind::DataAddr(..) | InstKind::FuncAddr(_)
            ),
            ValueDef::Param(..) => false,
        }
    }

    /// Before `inst` is translated: objects whose address it lets out are no longer this function's alone.
    pub fn note_escapes(&mut self, inst: Inst) {
        if self.fresh.is_empty() {
            return;
        }
        let kind = &self.func.insts[inst].kind;
        // An address that is only dereferenced, or only makes another one.
        let place = match *kind {
            InstKind::Load { addr, .. } | InstKind::Store { addr, .. } => Some(addr),
            InstKind::Zero { dst, .. } => Some(dst),
            InstKind::NilCheck(a) | InstKind::KeepAlive(a) | InstKind::PtrAdd(a, _) => Some(a),
            _ => None,
        };
        let mut escaped = Vec::new();
        let mut places = 0;
        kind.for_each_operand(|operand| {
            if Some(operand) == place && places == 0 {
                places += 1;
            } else {
                escaped.push(operand);
            }
        });
        for value in escaped {
            let (base, _) = self.base(value);
            self.fresh.remove(&base);
        }
    }

    /// A store with its barrier, if it needs one. The barrier's test is left to [`Translator::finish_barriers`].
    pub fn store_with_barrier(&mut self, addr: Value, value: Value, offset: i32, flags: MemFlags) {
        let needs = if flags.barrier { self.needs(addr) } else { Needs::Nothing };
        let is_static = self.is_static(value);
        if needs == Needs::Nothing || needs == Needs::New && is_static {
            return self.store(addr, value, offset, flags);
        }
        let access = self.access(addr, i64::from(offset), flags.nonnil);
        let (addr, value) = (self.value(addr), self.value(value));
        let old = (needs == Needs::Both).then(|| self.b.ins().load(types::I64, access, addr, offset));
        self.b.ins().store(access, value, addr, offset);
        self.barriers.push((old, (!is_static).then_some(value)));
    }

    /// A copy of memory that holds pointers.
    pub fn copy_with_barrier(&mut self, dst: Value, src: Value, size: u64) -> Result<(), String> {
        let needs = self.needs(dst);
        if needs == Needs::Nothing {
            return self.copy(dst, src, size);
        }
        if !size.is_multiple_of(WORD) || size > MAX_WORDS * WORD {
            return self.bulk(runtime_calls::BARRIER_COPY, &[dst, src], size);
        }
        let from = self.access(src, 0, false);
        let to = self.access(dst, 0, false);
        let (dst, src) = (self.value(dst), self.value(src));
        let offsets = (0..size).step_by(WORD as usize).map(|offset| offset as i32);
        let new: Vec<ir::Value> =
            offsets.clone().map(|offset| self.b.ins().load(types::I64, from, src, offset)).collect();
        for (value, offset) in new.into_iter().zip(offsets) {
            let old = (needs == Needs::Both).then(|| self.b.ins().load(types::I64, to, dst, offset));
            self.b.ins().store(to, value, dst, offset);
            self.barriers.push((old, Some(value)));
        }
        Ok(())
    }

    /// A clear of memory that holds pointers.
    pub fn zero_with_barrier(&mut self, dst: Value, size: u64) -> Result<(), String> {
        if self.needs(dst) != Needs::Both {
            return self.zero(dst, size);
        }
        if !size.is_multiple_of(WORD) || size > MAX_WORDS * WORD {
            return self.bulk(runtime_calls::BARRIER_CLEAR, &[dst], size);
        }
        let to = self.access(dst, 0, false);
        let dst = self.value(dst);
        for offset in (0..size).step_by(WORD as usize) {
            let old = self.b.ins().load(types::I64, to, dst, offset as i32);
            let nil = self.iconst(types::I64, 0);
            self.b.ins().store(to, nil, dst, offset as i32);
            self.barriers.push((Some(old), None));
        }
        Ok(())
    }

    /// rt's copy or clear of `size` bytes, which tests the flag itself.
    fn bulk(&mut self, name: &'static str, places: &[Value], size: u64) -> Result<(), String> {
        // rt must not fault on the program's behalf.
        for &place in places {
            self.probe(place);
        }
        let mut args: Vec<ir::Value> = places.iter().map(|&place| self.value(place)).collect();
        args.push(self.iconst(types::I64, size as i64));
        let mut params = vec![Type::Ptr; places.len()];
        params.push(Type::I64);
        self.call_runtime(name, &params, &[], &args)?;
        Ok(())
    }

    /// Tests the flag for the stores since the last call, unless `next` is one more of the run.
    pub fn finish_barriers(&mut self, next: Option<Inst>) {
        if self.barriers.is_empty() {
            return;
        }
        // A store that may fault would leave the barriers before it undone.
        let goes_on = next.is_some_and(|inst| match self.func.insts[inst].kind {
            InstKind::Store { addr, flags, .. } => flags.nonnil || self.is_nonnil(self.base(addr).0),
            InstKind::PtrAdd(..) | InstKind::Iconst(..) => true,
            InstKind::SlotAddr(_) | InstKind::DataAddr(..) | InstKind::FuncAddr(_) => true,
            _ => false,
        });
        // A longer run would only make registers scarce.
        if goes_on && self.barriers.len() < MAX_WORDS as usize {
            return;
        }
        // Not with the flags of G's other fields: the stores before it keep Cranelift from merging it with an earlier load.
        let flags = self.trusted();
        let g = self.b.ins().get_pinned_reg(types::I64);
        let enabled = self.b.ins().load(types::I32, flags, g, g::WRITE_BARRIER as i32);
        let cold = self.cold_block();
        let done = self.b.create_block();
        self.b.ins().brif(enabled, cold, &[], done, &[]);
        self.b.switch_to_block(cold);
        let mut signature = Signature::new(CallConv::PreserveAll);
        signature.params = vec![AbiParam::new(types::I64); 2];
        let sig = self.sig_ref(&signature);
        let (symbol, _) = self.symbols.runtime(WRITE_BARRIER);
        let callee = self.func_ref(symbol, sig);
        for (old, new) in std::mem::take(&mut self.barriers) {
            let [old, new] = [old, new].map(|word| match word {
                Some(word) => word,
                None => self.iconst(types::I64, 0),
            });
            self.b.ins().call(callee, &[old, new]);
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }
}
