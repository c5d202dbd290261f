//! Which function an indirect call reaches, where the code says so.
//!
//! ```text
//! v0: ptr = new "type:..."                      a closure: its code is stored at its start, once
//! v1: ptr = func_addr "main.f.func1"
//! store nonnil v1, v0
//! call closure v0 []                        →   main.f.func1 with context v0
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
}

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
        Targets { closures }
    }
    /// What `callee` reaches; `None` where only the running program knows.
    pub fn resolve(&self, func: &Func, statics: Statics<'_>, callee: &Callee) -> Option<Target> {
        match *callee {
            Callee::Func(func) => Some(Target { func, context: None }),
            Callee::Closure(value) => {
                let code = match definition(func, value)? {
                    InstKind::DataAddr(id, offset) => statics.func_at(*id, *offset)?,
                    _ => (*self.closures.get(&value)?)?,
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

/// Object and code, where `inst` makes an object a closure.
fn code_store(func: &Func, inst: Inst) -> Option<(Value, FuncId)> {
    let InstKind::Store { addr, value, offset: 0, .. } = func.insts[inst].kind else { return None };
    let ValueDef::Inst(..) = func.values[addr].def else { return None };
    match (definition(func, addr)?, definition(func, value)?) {
        (InstKind::New { .. } | InstKind::SlotAddr(_), InstKind::FuncAddr(id)) => Some((addr, *id)),
        _ => None,
    }
}
