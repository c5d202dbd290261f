//! Calls: Go to Go, Go to rt, through func values and code addresses; `try_call` in deferring functions.

use cranelift_codegen::ir::{
    self, BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, InstBuilder, SigRef, types,
};
use cranelift_codegen::isa::CallConv;
use rgo_abi::g;
use rgo_mir::{Callee, FuncKind, Signature, Type, Value};
use rgo_obj::SymbolId;

use crate::abi::{GoAbi, Place, RtAbi, clif_type, rt_type};
use crate::func::Translator;

/// Where a call goes.
#[derive(Clone, Copy)]
enum Code {
    Symbol(SymbolId),
    Address(ir::Value),
}

impl Translator<'_> {
    pub fn call(
        &mut self,
        callee: &Callee,
        sig: &Signature,
        args: &[Value],
    ) -> Result<Vec<ir::Value>, String> {
        self.facts.makes_calls = true;
        match callee {
            Callee::Func(id) => {
                let args: Vec<_> = args.iter().map(|&arg| self.value(arg)).collect();
                let symbol = self.symbols.func(*id);
                match self.module.funcs[*id].kind {
                    FuncKind::Go => Ok(self.call_go(Code::Symbol(symbol), sig, &args)),
                    FuncKind::Runtime => self.call_rt(symbol, sig, &args),
                    FuncKind::Extern => Err(format!("direct call of {}", self.symbols.name(symbol))),
                }
            }
            Callee::Closure(closure) => {
                let flags = self.access(*closure, 0, false);
                let closure = self.value(*closure);
                let args: Vec<_> = args.iter().map(|&arg| self.value(arg)).collect();
                let code = self.b.ins().load(types::I64, flags, closure, 0);
                self.store_g(g::CTXT, closure);
                Ok(self.call_go(Code::Address(code), sig, &args))
            }
            Callee::Code { code } => {
                let code = self.value(*code);
                let args: Vec<_> = args.iter().map(|&arg| self.value(arg)).collect();
                Ok(self.call_go(Code::Address(code), sig, &args))
            }
        }
    }

    /// A function of `runtime_calls`, whichever side it is on.
    pub fn call_runtime(
        &mut self,
        name: &'static str,
        params: &[Type],
        results: &[Type],
        args: &[ir::Value],
    ) -> Result<Vec<ir::Value>, String> {
        self.facts.makes_calls = true;
        let sig = Signature { params: params.to_vec(), results: results.to_vec() };
        match self.symbols.runtime(name) {
            (symbol, FuncKind::Runtime) => self.call_rt(symbol, &sig, args),
            (symbol, _) => Ok(self.call_go(Code::Symbol(symbol), &sig, args)),
        }
    }

    /// Ends the block with a call that does not return. Does not count as a call: the callee checks the stack itself.
    pub fn call_panic(&mut self, name: &'static str) {
        let (symbol, _) = self.symbols.runtime(name);
        self.call_go(Code::Symbol(symbol), &Signature::default(), &[]);
        self.trap();
    }

    fn call_go(&mut self, code: Code, sig: &Signature, args: &[ir::Value]) -> Vec<ir::Value> {
        let abi = GoAbi::new(sig);
        let mut clif_args = Vec::with_capacity(abi.clif.params.len());
        let (slot, area) = abi.area.map(|(_, size)| self.scratch(size)).unzip();
        for (&arg, place) in args.iter().zip(&abi.params) {
            match *place {
                Place::Register(_) => clif_args.push(arg),
                Place::Memory(offset) => {
                    let area = area.expect("overflowing arguments have an area");
                    let flags = self.trusted();
                    self.b.ins().store(flags, arg, area, offset as i32);
                }
            }
        }
        for _ in abi.padding.clone() {
            let zero = self.iconst(types::I64, 0);
            clif_args.push(zero);
        }
        clif_args.extend(area);
        let sig_ref = self.sig_ref(&abi.clif);
        let returned = self.emit_call(code, sig_ref, &clif_args, slot);
        abi.results
            .iter()
            .zip(&sig.results)
            .map(|(place, &ty)| match *place {
                Place::Register(index) => returned[index],
                Place::Memory(offset) => {
                    let area = area.expect("overflowing results have an area");
                    let flags = self.trusted();
                    self.b.ins().load(clif_type(ty), flags, area, offset as i32)
                }
            })
            .collect()
    }

    fn call_rt(
        &mut self,
        symbol: SymbolId,
        sig: &Signature,
        args: &[ir::Value],
    ) -> Result<Vec<ir::Value>, String> {
        // The exceptional edge exists under Tail only. The two agree in parameters and the first result; stubs return
        // the second where either wants it.
        let conv = if self.handler.is_some() { CallConv::Tail } else { CallConv::SystemV };
        let abi = RtAbi::new(sig, conv).map_err(|e| format!("{}: {e}", self.symbols.name(symbol)))?;
        let (slot, area) = abi.result_area.map(|size| self.scratch(size)).unzip();
        let mut clif_args: Vec<ir::Value> = area.into_iter().collect();
        for (&arg, &ty) in args.iter().zip(&sig.params) {
            let narrow = self.b.func.dfg.value_type(arg) != rt_type(ty);
            clif_args.push(if narrow { self.b.ins().uextend(types::I64, arg) } else { arg });
        }
        let sig_ref = self.sig_ref(&abi.clif);
        let returned = self.emit_call(Code::Symbol(symbol), sig_ref, &clif_args, slot);
        let mut results = Vec::with_capacity(sig.results.len());
        for (i, &ty) in sig.results.iter().enumerate() {
            let clif = clif_type(ty);
            results.push(match area {
                Some(area) => {
                    let flags = self.trusted();
                    self.b.ins().load(clif, flags, area, i as i32 * 8)
                }
                None if clif == rt_type(ty) => returned[i],
                None => self.b.ins().ireduce(clif, returned[i]),
            });
        }
        Ok(results)
    }

    fn emit_call(
        &mut self,
        code: Code,
        sig: SigRef,
        args: &[ir::Value],
        area: Option<ir::StackSlot>,
    ) -> Vec<ir::Value> {
        let Some(handler) = self.handler else {
            let inst = match code {
                Code::Symbol(symbol) => {
                    let func_ref = self.func_ref(symbol, sig);
                    self.b.ins().call(func_ref, args)
                }
                Code::Address(address) => self.b.ins().call_indirect(sig, address, args),
            };
            return self.b.inst_results(inst).to_vec();
        };
        let tag = self.try_tag(area);
        let normal = self.b.create_block();
        let returns: Vec<ir::Type> =
            self.b.func.dfg.signatures[sig].returns.iter().map(|r| r.value_type).collect();
        for &ty in &returns {
            self.b.append_block_param(normal, ty);
        }
        let pool = &mut self.b.func.dfg.value_lists;
        let normal_call = BlockCall::new(normal, (0..returns.len() as u32).map(BlockArg::TryCallRet), pool);
        let handler_call = BlockCall::new(handler, [], pool);
        let table = ExceptionTableData::new(sig, normal_call, [ExceptionTableItem::Tag(tag, handler_call)]);
        let table = self.b.func.dfg.exception_tables.push(table);
        match code {
            Code::Symbol(symbol) => {
                let func_ref = self.func_ref(symbol, sig);
                self.b.ins().try_call(func_ref, args, table);
            }
            Code::Address(address) => {
                self.b.ins().try_call_indirect(address, args, table);
            }
        }
        self.b.switch_to_block(normal);
        self.b.block_params(normal).to_vec()
    }
}
