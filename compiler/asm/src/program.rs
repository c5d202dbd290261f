//! The assembly that a program reaches, added to its object.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rgo_obj::{Code, DataObject, FuncInfo, LineRow, Object, Reloc, RelocKind, Section, Symbol, SymbolId};

use crate::stub::{CallStub, EntryStub, Stub};
use crate::{FixupKind, Function, MARK, Reference, Variable};

/// The symbol under which code of the stack convention reaches function `symbol`.
pub fn abi0(symbol: &str) -> String {
    format!("{symbol}{MARK}abi0")
}

/// What is linked. References name functions by their ABI0 symbols ([`abi0`]), variables plainly.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Program {
    /// Named by their ABI0 symbols.
    pub functions: Vec<Function>,
    pub variables: Vec<Variable>,
    pub calls: Vec<CallStub>,
    pub entries: Vec<EntryStub>,
}

/// Stack that a function may use which says nothing of it: what gc guarantees functions without check.
const UNKNOWN_DEPTH: u32 = 800;

/// What a chain of functions without stack check may use, in gc.
const NOSPLIT_LIMIT: u32 = 792;

/// What a stub uses before it has checked the stack.
const STUB_DEPTH: u32 = 64;

/// The stub that checks the stack before `symbol`.
fn checked(symbol: &str) -> Arc<str> {
    format!("{symbol}{MARK}checked").into()
}

impl Program {
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.variables.is_empty()
    }

    /// What gc's linker refuses: functions that promise to be content with little stack (`NOSPLIT`), and are not.
    pub fn check(&self) -> Vec<String> {
        let depths = Depths::new(self);
        let plain = |symbol: &str| symbol.split(MARK).next().unwrap_or_default().to_owned();
        let mut errors = Vec::new();
        for func in self.functions.iter().filter(|func| func.nosplit) {
            let need = depths.of_nosplit(&func.symbol, &mut Vec::new());
            if need.is_none_or(|need| need > NOSPLIT_LIMIT) {
                errors
                    .push(format!("{}: nosplit stack over {NOSPLIT_LIMIT} byte limit", plain(&func.symbol)));
            }
        }
        errors
    }

    /// Adds everything to `object`.
    pub fn add_to(&self, object: &mut Object) {
        let mut symbols = Symbols::new(object);
        let depths = Depths::new(self);
        for func in &self.functions {
            let symbol = symbols.define(object, &func.symbol, true);
            let lines = func.lines.iter().map(|&(offset, pos)| LineRow { offset, pos: pos.0, inlined: 0 });
            let mut references = func.references.clone();
            for reference in references.iter_mut().filter(|r| depths.checked.contains(&*r.symbol)) {
                reference.symbol = checked(&reference.symbol);
            }
            let relocs = symbols.relocs(object, &references);
            object.code.push(Code {
                symbol,
                align: func.align,
                bytes: func.bytes.clone(),
                relocs,
                info: FuncInfo {
                    has_args: func.args != Some(0),
                    pos: func.pos.0,
                    lines: lines.collect(),
                    depths: Some(func.depths.clone()),
                    ..FuncInfo::default()
                },
            });
        }
        for call in &self.calls {
            let need = depths.of(&call.target);
            symbols.stub(object, &call.symbol, call.code(need));
        }
        for &target in &depths.checked {
            let size = depths.functions[target].args.unwrap_or(0).next_multiple_of(8);
            let (symbol, name) = (checked(target), Arc::from(target));
            let stub = CallStub { symbol, target: name, size, results: 0, from_assembly: true };
            symbols.stub(object, &stub.symbol, stub.code(depths.of(target)));
        }
        for entry in &self.entries {
            symbols.stub(object, &entry.symbol, entry.code());
        }
        for variable in &self.variables {
            let symbol = symbols.define(object, &variable.symbol, false);
            let section = match (variable.read_only, variable.has_pointers, variable.bytes.is_empty()) {
                (true, ..) => Section::RoData,
                (false, true, false) => Section::Data,
                (false, true, true) => Section::Bss,
                (false, false, false) => Section::NoPtrData,
                (false, false, true) => Section::NoPtrBss,
            };
            let relocs = symbols.relocs(object, &variable.references);
            object.data.push(DataObject {
                symbol,
                section,
                align: variable.align,
                bytes: variable.bytes.clone(),
                size: variable.size,
                relocs,
            });
        }
    }
}

/// The object's symbols by name.
struct Symbols {
    by_name: HashMap<String, SymbolId>,
}

impl Symbols {
    fn new(object: &Object) -> Symbols {
        let symbols = object.symbols.iter().enumerate().filter(|(_, symbol)| !symbol.local);
        Symbols { by_name: symbols.map(|(i, symbol)| (symbol.name.clone(), SymbolId(i as u32))).collect() }
    }

    fn get(&mut self, object: &mut Object, name: &str, is_func: bool) -> SymbolId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let id = SymbolId(object.symbols.len() as u32);
        object.symbols.push(Symbol { name: name.to_owned(), local: false, is_func });
        self.by_name.insert(name.to_owned(), id);
        id
    }

    fn define(&mut self, object: &mut Object, name: &str, is_func: bool) -> SymbolId {
        let id = self.get(object, name, is_func);
        object.symbols[id.0 as usize].is_func = is_func;
        id
    }

    fn relocs(&mut self, object: &mut Object, references: &[Reference]) -> Vec<Reloc> {
        let reloc = |r: &Reference| Reloc {
            offset: r.offset,
            kind: match r.kind {
                FixupKind::Pc32 => RelocKind::Pc32,
                FixupKind::Abs32 => RelocKind::Abs32S,
                FixupKind::Abs64 => RelocKind::Abs64,
            },
            target: self.get(object, &r.symbol, false),
            addend: r.addend,
        };
        references.iter().map(reloc).collect()
    }

    fn stub(&mut self, object: &mut Object, name: &Arc<str>, stub: Stub) {
        let symbol = self.define(object, name, true);
        let relocs = self.relocs(object, &stub.references);
        let info = FuncInfo { frame_size: stub.frame, wrapper: true, stub: true, ..FuncInfo::default() };
        object.code.push(Code { symbol, align: 16, bytes: stub.bytes, relocs, info });
    }
}

/// How much stack functions need below their return address, callees included.
///
/// A function that (through others) calls itself has no such bound. Calls of one of a cycle that does not promise `NOSPLIT` go through a stub that
/// checks the stack; a cycle of functions that all promise it is one that gc's linker refuses.
struct Depths<'a> {
    functions: HashMap<&'a str, &'a Function>,
    known: HashMap<&'a str, u32>,
    /// Functions whose calls are checked.
    checked: BTreeSet<&'a str>,
}

impl<'a> Depths<'a> {
    fn new(program: &'a Program) -> Depths<'a> {
        let functions = program.functions.iter().map(|func| (&*func.symbol, func)).collect();
        let mut depths = Depths { functions, known: HashMap::new(), checked: BTreeSet::new() };
        let mut done = HashSet::new();
        for func in &program.functions {
            depths.break_cycles(&func.symbol, &mut Vec::new(), &mut done);
        }
        for func in &program.functions {
            depths.measure(&func.symbol);
        }
        depths
    }

    fn callees(&self, symbol: &str) -> Vec<(Option<&'a str>, u32)> {
        let calls = self.functions.get(symbol).map_or(&[][..], |func| &func.calls);
        calls.iter().map(|call| (call.target.as_deref(), call.depth)).collect()
    }

    fn break_cycles(&mut self, symbol: &'a str, path: &mut Vec<&'a str>, done: &mut HashSet<&'a str>) {
        if let Some(start) = path.iter().position(|on_path| *on_path == symbol) {
            let cycle = &path[start..];
            if cycle.iter().any(|on_cycle| self.checked.contains(on_cycle)) {
                return;
            }
            let splits = cycle.iter().find(|on_cycle| !self.functions[*on_cycle].nosplit).copied();
            self.checked.extend(splits);
            return;
        }
        if !done.insert(symbol) {
            return;
        }
        path.push(symbol);
        for (target, _) in self.callees(symbol) {
            if let Some(target) = target.filter(|target| self.functions.contains_key(target)) {
                self.break_cycles(target, path, done);
            }
        }
        path.pop();
    }

    fn measure(&mut self, symbol: &'a str) -> u32 {
        if let Some(&known) = self.known.get(symbol) {
            return known;
        }
        // An entry stub: what it calls checks for itself.
        let Some(func) = self.functions.get(symbol).copied() else { return STUB_DEPTH };
        self.known.insert(symbol, UNKNOWN_DEPTH);
        let mut need = func.max_depth;
        for (target, depth) in self.callees(symbol) {
            let below = match target {
                Some(target) if self.checked.contains(target) => STUB_DEPTH,
                Some(target) => self.measure(target),
                None => UNKNOWN_DEPTH,
            };
            need = need.max(depth + below);
        }
        self.known.insert(symbol, need);
        need
    }

    /// The stack that `symbol` and the functions that promise `NOSPLIT` below it need; `None` when there is no end.
    fn of_nosplit(&self, symbol: &'a str, path: &mut Vec<&'a str>) -> Option<u32> {
        // What is not `NOSPLIT` calls for more stack at once.
        let Some(func) = self.functions.get(symbol).filter(|func| func.nosplit) else { return Some(8) };
        if path.contains(&symbol) {
            return None;
        }
        path.push(symbol);
        let mut need = func.max_depth;
        for (target, depth) in self.callees(symbol) {
            let below = target.map_or(Some(8), |target| self.of_nosplit(target, path))?;
            need = need.max(depth + below);
        }
        path.pop();
        Some(need)
    }

    fn of(&self, symbol: &str) -> u32 {
        self.known.get(symbol).copied().unwrap_or(UNKNOWN_DEPTH)
    }
}
