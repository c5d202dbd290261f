//! Which function an indirect call reaches, where the code says so.
//!
//! ```text
//! v0: ptr = new "type:..."                      a closure: its code is stored at its start, once
//! v1: ptr = func_addr "main.f.func1"
//! store nonnil v1, v0
//! call closure v0 []                        →   main.f.func1 with context v0
//!
//! store nonnil v0, v1 +8; load v1 +8        →   what a closure has captured: v0
//!
//! v2: ptr = data_addr "main.f.f" +0         →   the function that this static func value holds
//! v3: ptr = load v4 +24, v4 an itab's address   →   the method that stands there
//! ```
//! Only compiled closures are stored by their code's address, so that nothing else can look like one.

use std::collections::HashMap;

use rgo_mir::{
    Callee, DataId, DataKind, Func, FuncId, Inst, InstKind, Module, PrimaryMap, RelocKind, RelocTarget,
    Value, ValueDef,
};

use crate::edit::definition;

/// Static data of a module, as far as calls can be resolved by it.
#[derive(Clone, Copy)]
pub struct Statics<'a>(pub &'a PrimaryMap<DataId, Option<rgo_mir::Data>>);

impl<'a> Statics<'a> {
    pub fn new(module: &'a Module) -> Statics<'a> {
        Statics(&module.data)
    }
    /// The function whose address stands at `offset` of read-only data.
    pub fn func_at(self, id: DataId, offset: i64) -> Option<FuncId> {
        let data = self.0.get(id)?.as_ref()?;
        if !matches!(data.kind, DataKind::RoData | DataKind::TypeData) {
            return None;
        }
        let reloc = data.relocs.iter().find(|r| i64::from(r.offset) == offset)?;
        match reloc.target {
            RelocTarget::Func(id) if reloc.kind == RelocKind::Abs && reloc.addend == 0 => Some(id),
            _ => None,
        }
    }
}

/// What a call is known to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    pub func: FuncId,
    /// The closure, for code that reads its context.
    pub context: Option<Value>,
}

/// Resolves the indirect calls of one function.
pub struct Targets {
    /// Code of the closures made here.
    closures: HashMap<Value, Option<FuncId>>,
    /// What closures made here have captured, by closure and offset; `None` where more than one value is stored.
    captured: HashMap<(Value, i64), Option<Value>>,
}

/// How far captured values are followed through closures.
const MAX_DEPTH: usize = 8;

impl Targets {
    pub fn new(func: &Func) -> Targets {
        let mut closures = HashMap::new();
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                if let Some((object, code)) = code_store(func, inst) {
                    let known = closures.entry(object).or_insert(Some(code));
                    if *known != Some(code) {
                        *known = None;
                    }
                }
            }
        }
        let mut captured = HashMap::new();
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                let InstKind::Store { addr, value, offset, .. } = func.insts[inst].kind else { continue };
                let (base, offset) = place(func, addr, offset);
                if closures.contains_key(&base) && offset > 0 {
                    captured.entry((base, offset)).and_modify(|known| *known = None).or_insert(Some(value));
                }
            }
        }
        Targets { closures, captured }
    }
    /// What was stored where `value` is loaded from, if that is a variable that a closure made here has captured by value: those do not change.
    fn stored(&self, func: &Func, value: Value, depth: usize) -> Value {
        let Some(&InstKind::Load { addr, offset, .. }) = definition(func, value).filter(|_| depth > 0) else {
            return value;
        };
        let (base, offset) = place(func, addr, offset);
        match self.captured.get(&(self.stored(func, base, depth - 1), offset)) {
            Some(&Some(stored)) => self.stored(func, stored, depth - 1),
            _ => value,
        }
    }
    /// What `callee` reaches; `None` where only the running program knows.
    pub fn resolve(&self, func: &Func, statics: Statics<'_>, callee: &Callee) -> Option<Target> {
        match *callee {
            Callee::Func(func) => Some(Target { func, context: None }),
            Callee::Closure(value) => {
                let known = self.stored(func, value, MAX_DEPTH);
                let code = match definition(func, known)? {
                    InstKind::DataAddr(id, offset) => statics.func_at(*id, *offset)?,
                    _ => (*self.closures.get(&known)?)?,
                };
                Some(Target { func: code, context: Some(value) })
            }
            Callee::Code { code } => {
                let InstKind::Load { addr, offset, .. } = *definition(func, code)? else { return None };
                let InstKind::DataAddr(itab, base) = *definition(func, addr)? else { return None };
                let func = statics.func_at(itab, base + i64::from(offset))?;
                Some(Target { func, context: None })
            }
        }
    }
}

/// What `addr + offset` is an address in by its definition, and where.
fn place(func: &Func, addr: Value, offset: i32) -> (Value, i64) {
    let (mut base, mut at) = (addr, i64::from(offset));
    while let Some(InstKind::PtrAdd(from, by)) = definition(func, base)
        && let Some(by) = crate::edit::constant(func, *by)
    {
        (base, at) = (*from, at + by);
    }
    (base, at)
}

/// Object and code, where `inst` makes an object a closure.
fn code_store(func: &Func, inst: Inst) -> Option<(Value, FuncId)> {
    let InstKind::Store { addr, value, offset: 0, .. } = func.insts[inst].kind else { return None };
    let ValueDef::Inst(..) = func.values[addr].def else { return None };
    match (definition(func, addr)?, definition(func, value)?) {
        (InstKind::New { .. } | InstKind::SlotAddr(_), InstKind::FuncAddr(id)) => Some((addr, *id)),
        _ => None,
    }
}
