//! The symbol table of a program, fixed before the first function is compiled.
//!
//! Order: functions by `FuncId`, data by `DataId`, then symbols that only codegen refers to.

use std::collections::HashMap;

use rgo_abi::alloc;
use rgo_mir::{DataId, FuncId, FuncKind, Module, runtime_calls};
use rgo_obj::{DataObject, Section, Symbol, SymbolId};

use crate::shapes::{Shape, Shapes};

/// Called by the spliced stack check.
pub const MORESTACK: &str = "rt.morestack";
/// Called in cold blocks after stores of pointers, with all registers preserved.
pub const WRITE_BARRIER: &str = "rt.write_barrier";

/// See the module text.
pub struct SymbolTable {
    symbols: Vec<Symbol>,
    funcs: u32,
    by_name: HashMap<&'static str, (SymbolId, FuncKind)>,
    shapes: Shapes,
    shape_table: SymbolId,
}

impl SymbolTable {
    /// The symbols of `module`, which must not gain functions or data afterwards.
    pub fn new(module: &Module) -> SymbolTable {
        let mut symbols = Vec::with_capacity(module.funcs.len() + module.data.len() + 32);
        for decl in module.funcs.values() {
            symbols.push(Symbol { name: decl.name.clone(), local: false, is_func: true });
        }
        for (id, data) in module.data.iter() {
            let (name, local) = match data {
                Some(data) => (data.name.clone(), data.local),
                None => (module.data_name(id).unwrap_or_default().to_owned(), false),
            };
            symbols.push(Symbol { name, local, is_func: false });
        }
        let mut by_name = HashMap::new();
        let others = [
            runtime_calls::NEW_OBJECT,
            runtime_calls::NEW_IN_RUN,
            runtime_calls::MEMMOVE,
            runtime_calls::MEMCLR,
            runtime_calls::BARRIER_COPY,
            runtime_calls::BARRIER_CLEAR,
            MORESTACK,
            WRITE_BARRIER,
        ];
        for name in others.iter().chain(runtime_calls::GO_CALLS) {
            let known = module.func_named(name).map(|id| (SymbolId(id.0), module.funcs[id].kind));
            let entry = known.unwrap_or_else(|| {
                let id = SymbolId(symbols.len() as u32);
                symbols.push(Symbol { name: (*name).to_owned(), local: false, is_func: true });
                let is_entry = rgo_abi::entries::ENTRIES.iter().any(|entry| entry.name == *name);
                (id, if is_entry { FuncKind::Runtime } else { FuncKind::Go })
            });
            by_name.insert(*name, entry);
        }
        let shape_table = SymbolId(symbols.len() as u32);
        symbols.push(Symbol { name: alloc::SHAPES.to_owned(), local: false, is_func: false });
        let shapes = Shapes::new(module);
        SymbolTable { symbols, funcs: module.funcs.len() as u32, by_name, shapes, shape_table }
    }
    /// How objects with the descriptor `ty` are allocated inline, if they are.
    pub fn shape(&self, ty: DataId) -> Option<Shape> {
        self.shapes.get(ty)
    }
    /// The table of shapes that rt reads.
    pub fn shape_table(&self) -> DataObject {
        let bytes = self.shapes.bytes();
        let size = bytes.len() as u64;
        let (symbol, section) = (self.shape_table, Section::RoData);
        DataObject { symbol, section, align: 8, bytes, size, relocs: Vec::new() }
    }
    pub fn func(&self, id: FuncId) -> SymbolId {
        SymbolId(id.0)
    }
    pub fn data(&self, id: DataId) -> SymbolId {
        SymbolId(self.funcs + id.0)
    }
    /// One of `runtime_calls`, [`MORESTACK`] or [`WRITE_BARRIER`], and its convention.
    pub fn runtime(&self, name: &'static str) -> (SymbolId, FuncKind) {
        self.by_name[name]
    }
    pub fn name(&self, id: SymbolId) -> &str {
        &self.symbols[id.0 as usize].name
    }
    pub fn into_symbols(self) -> Vec<Symbol> {
        self.symbols
    }
}
