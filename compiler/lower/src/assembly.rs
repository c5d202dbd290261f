//! Functions of packages' assembly files, and what assembly refers to.
//!
//! A package's files are assembled when something first looks for a symbol in them; what is reached from Go or from reached
//! assembly becomes part of the program. Both directions need an adapter in MIR, because compiled code passes scalars in registers and assembly
//! expects Go's stack frame: [`Lowerer::assembly_func`] is the Go function that fills a frame and calls the stub `·call`; the
//! function `·go` is called by the stub of a Go function with the address of such a frame. See `rgo_asm` for the stubs.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rgo_asm::{Assembly, CallStub, EntryStub, MARK, abi0};
use rgo_load::PackageId;
use rgo_mir::{Func, FuncBuilder, FuncId, FuncKind, MemFlags, Signature, SrcLoc, Terminator, Type, Value};
use rgo_source::{Diagnostic, File, Pos};
use rgo_types::{ConstKind, DeclKind, FileIdx, ObjId, ObjKind, TypeId};

use crate::Lowerer;
use crate::abi::Abi;
use crate::func::{Env, FuncLower};
use crate::lowerer::FuncKey;
use crate::repr::Val;
use crate::shape::Shape;

/// Reads the file that `#include` names, below the directory of a package or where the toolchain keeps its own.
pub type Include<'a> = dyn Fn(&Path, &str) -> Option<Arc<File>> + 'a;

/// Assembled packages and what of them is reached.
#[derive(Default)]
pub(crate) struct Assemblies {
    packages: HashMap<PackageId, Rc<Assembly>>,
    reached: HashSet<Arc<str>>,
    pub program: rgo_asm::Program,
}

/// Arguments and results in Go's stack frame: offsets, and the size of all.
struct Frame {
    params: Vec<u64>,
    results: Vec<u64>,
    results_at: u64,
    size: u64,
}

impl Assemblies {
    /// Whether reached assembly defines `symbol`.
    pub fn defines(&self, symbol: &str) -> bool {
        self.reached.contains(symbol)
    }
}

/// Where in an [`Assembly`] a symbol is defined.
#[derive(Clone, Copy)]
enum Defined {
    Function(usize),
    Variable(usize),
}

fn find(assembly: &Assembly, symbol: &str) -> Option<Defined> {
    let function = assembly.functions.iter().position(|func| &*func.symbol == symbol);
    let variable = || assembly.variables.iter().position(|variable| &*variable.symbol == symbol);
    function.map(Defined::Function).or_else(|| variable().map(Defined::Variable))
}

impl Lowerer<'_, '_> {
    /// The package's assembly files, assembled; errors in them are reported once.
    fn assembly_of(&mut self, pkg: PackageId) -> Rc<Assembly> {
        if let Some(known) = self.assemblies.packages.get(&pkg) {
            return Rc::clone(known);
        }
        let package = self.prog.graph.package(pkg);
        let (files, dir, path) = (package.assembly.clone(), package.dir.clone(), package.path);
        let mut all = Assembly::default();
        let mut go_asm = None;
        let (goos, goarch) = (self.target.goos, self.target.goarch);
        let defines = [format!("GOOS_{goos}"), format!("GOARCH_{goarch}"), "GOAMD64_v1".to_owned()];
        let defines = defines.map(|name| (name, "1".to_owned()));
        for file in &files {
            let read = self.options.include;
            let mut include = |name: &str| {
                if name == "go_asm.h" {
                    if go_asm.is_none() {
                        let text: Arc<[u8]> = self.go_asm_header(pkg).into_bytes().into();
                        let path = dir.join(name);
                        go_asm = self.prog.graph.sources.add(&path.to_string_lossy(), text, Vec::new());
                    }
                    return go_asm.clone();
                }
                read.0.and_then(|read| read(&dir, name))
            };
            match rgo_asm::assemble(file, path.as_str(), &defines, &mut include) {
                Ok(assembly) => {
                    all.functions.extend(assembly.functions);
                    all.variables.extend(assembly.variables);
                }
                Err(errors) => {
                    let errors = errors.into_iter();
                    self.errors.extend(errors.map(|e| Diagnostic::error(e.pos, "Assembly", e.message)));
                }
            }
        }
        let all = Rc::new(all);
        self.assemblies.packages.insert(pkg, Rc::clone(&all));
        all
    }

    /// The text of `go_asm.h`: constants, sizes of structs and offsets of their fields.
    fn go_asm_header(&mut self, pkg: PackageId) -> String {
        let scope = self.prog.package_scope(pkg);
        let mut out = String::new();
        for (name, obj) in self.prog.scope(scope).entries().to_vec() {
            let t = self.prog.obj_type(obj);
            let is_generic = self.is_generic_type(t);
            match &self.prog.obj(obj).kind {
                ObjKind::Const { value }
                    if !matches!(value.kind(), ConstKind::Float | ConstKind::Complex) =>
                {
                    // Strings in full; as text they are shortened.
                    let value = value.as_bytes().map_or_else(|| value.to_string(), |bytes| quoted(&bytes));
                    out += &format!("#define const_{name} {value}\n");
                }
                ObjKind::TypeName if !name.is_blank() && !is_generic => {
                    let t = self.canon(t);
                    let shape = self.shape(t);
                    let Shape::Struct(fields) = &*shape else { continue };
                    out += &format!("#define {name}__size {}\n", self.layout(t).size);
                    for field in fields.iter().filter(|field| !field.name.is_blank()) {
                        out += &format!("#define {name}_{} {}\n", field.name, field.offset);
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn is_generic_type(&mut self, t: TypeId) -> bool {
        let named = self.prog.as_named(t);
        named.is_some_and(|named| !self.prog.named(named).tparams.is_empty())
    }

    /// The assembly that defines `symbol`, looking into the package whose function or file names it first.
    fn assembly_defining(&mut self, symbol: &str, from: PackageId) -> Option<(Rc<Assembly>, Defined)> {
        let graph = self.prog.graph;
        let owner = |path: &str| {
            symbol.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') && !rest.contains('/'))
        };
        let has_files = |package: &&rgo_load::Package| !package.assembly.is_empty();
        let all = || graph.packages.iter().filter(has_files);
        let first = all().filter(|package| package.id == from);
        let named = all().filter(|package| package.id != from && owner(package.path.as_str()));
        // A file may define symbols of another package. Nobody does that to std's.
        let others =
            all().filter(|package| package.id != from && !package.is_std && !owner(package.path.as_str()));
        let candidates: Vec<PackageId> = first.chain(named).chain(others).map(|package| package.id).collect();
        for pkg in candidates {
            let assembly = self.assembly_of(pkg);
            if let Some(found) = find(&assembly, symbol) {
                return Some((assembly, found));
            }
        }
        None
    }

    /// The Go function of the declaration without body `key`, if assembly defines its symbol.
    pub(crate) fn assembly_func(&mut self, key: &FuncKey, symbol: &str) -> Option<FuncId> {
        let pkg = self.prog.obj(key.obj).pkg?;
        let (assembly, Defined::Function(index)) = self.assembly_defining(symbol, pkg)? else { return None };
        self.reach_assembly(&assembly, Defined::Function(index), pkg);
        let abi = self.func_abi(key);
        let frame = self.frame(&abi);
        let stub = format!("{symbol}{MARK}call");
        let stub_sig = Signature { params: vec![Type::Ptr], results: Vec::new() };
        let stub_id = self.module.declare_func(&stub, FuncKind::Go, stub_sig.clone());
        self.module.funcs[stub_id].keeps_nothing = self.is_noescape(key);
        self.assemblies.program.calls.push(CallStub {
            symbol: stub.into(),
            target: abi0(symbol).into(),
            size: frame.size as u32,
            results: frame.results_at as u32,
            from_assembly: false,
        });
        let id = self.module.declare_func(symbol, FuncKind::Go, abi.sig.clone());
        let mut func = Func::new(id, symbol.to_owned(), abi.sig.clone());
        func.flags.wrapper = true;
        func.loc = SrcLoc { pos: self.prog.obj(key.obj).pos.0, inlined: 0 };
        let pos = self.prog.obj(key.obj).pos;
        let b = FuncBuilder::new(&mut func);
        let mut f =
            FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), symbol.to_owned(), Rc::default());
        f.at(pos);
        let (pointers, params) = f.incoming(&abi);
        let slot = f.b.slot((frame.size as u32).max(8), 8);
        let area = f.slot_addr(slot);
        for ((value, &t), &offset) in params.iter().zip(&abi.params).zip(&frame.params) {
            f.store(t, area, offset as i32, value, true);
        }
        f.call_func(stub_id, stub_sig, &[area]);
        let results: Vec<Val> = abi
            .results
            .iter()
            .zip(&frame.results)
            .map(|(&t, &offset)| f.load(t, area, offset as i32, true))
            .collect();
        f.pass_results(&abi, &pointers, &results);
        f.b.finish();
        self.module.bodies.push(func);
        Some(id)
    }

    /// Where the assembly itself of the declaration without body `key` begins, if there is some: what
    /// `abi.FuncPCABI0` is about. Not to be called from compiled code.
    pub(crate) fn assembly_entry(&mut self, key: &FuncKey) -> Option<FuncId> {
        let pkg = self.prog.obj(key.obj).pkg?;
        if self.body_of(key.obj).is_some() {
            return None;
        }
        let symbol = self.func_symbol(key);
        let (assembly, Defined::Function(index)) = self.assembly_defining(&symbol, pkg)? else { return None };
        self.reach_assembly(&assembly, Defined::Function(index), pkg);
        let sig = Signature { params: Vec::new(), results: Vec::new() };
        Some(self.module.declare_func(&abi0(&symbol), FuncKind::Go, sig))
    }

    /// `//go:noescape`: the function promises to keep no pointer.
    fn is_noescape(&self, key: &FuncKey) -> bool {
        let Some(decl) = self.prog.obj(key.obj).decl else { return false };
        match self.prog.decl(decl).kind {
            DeclKind::Func(func) => func.pragmas.iter().any(|pragma| pragma.verb() == "noescape"),
            _ => false,
        }
    }

    /// Go's stack frame of a signature.
    fn frame(&mut self, abi: &Abi) -> Frame {
        let mut at = 0u64;
        let mut place = |l: &mut Self, types: &[TypeId]| -> Vec<u64> {
            let offsets = types.iter().map(|&t| {
                let layout = l.layout(t);
                at = at.next_multiple_of(u64::from(layout.align.max(1)));
                at += layout.size;
                at - layout.size
            });
            let offsets = offsets.collect();
            at = at.next_multiple_of(8);
            offsets
        };
        let params = place(self, &abi.params);
        let results = place(self, &abi.results);
        let results_at = params_end(self, abi, &params);
        Frame { params, results, results_at, size: at }
    }

    /// Looks whether assembly of its package gives the variable `obj`, which has no initialiser, its contents.
    pub(crate) fn assembly_variable(&mut self, obj: ObjId) {
        let Some(pkg) = self.prog.obj(obj).pkg else { return };
        if self.prog.graph.package(pkg).assembly.is_empty() {
            return;
        }
        let Some(data) = self.global(obj) else { return };
        let (symbol, assembly) = (self.data_symbol(data), self.assembly_of(pkg));
        if let Some(found @ Defined::Variable(_)) = find(&assembly, &symbol) {
            self.reach_assembly(&assembly, found, pkg);
        }
    }

    /// Makes a definition part of the program, with everything it refers to.
    fn reach_assembly(&mut self, assembly: &Rc<Assembly>, defined: Defined, pkg: PackageId) {
        let mut work = vec![(Rc::clone(assembly), defined)];
        while let Some((assembly, defined)) = work.pop() {
            let (symbol, references, pos) = match defined {
                Defined::Function(i) => {
                    let func = &assembly.functions[i];
                    (&func.symbol, &func.references, func.pos)
                }
                Defined::Variable(i) => {
                    let variable = &assembly.variables[i];
                    (&variable.symbol, &variable.references, variable.pos)
                }
            };
            if !self.assemblies.reached.insert(Arc::clone(symbol)) {
                continue;
            }
            let mut renamed = references.clone();
            let mut functions: HashSet<Arc<str>> = HashSet::new();
            for reference in &mut renamed {
                let target = Arc::clone(&reference.symbol);
                let is_func = match find(&assembly, &target).map(|found| (Rc::clone(&assembly), found)) {
                    Some(found) => {
                        let is_func = matches!(found.1, Defined::Function(_));
                        work.push(found);
                        is_func
                    }
                    None => match self.reach_symbol(&target, pkg, &mut work) {
                        Some(is_func) => is_func,
                        None => {
                            self.undefined(symbol, &target, pos);
                            false
                        }
                    },
                };
                if is_func {
                    reference.symbol = abi0(&target).into();
                    functions.insert(target);
                }
            }
            match defined {
                Defined::Function(i) => {
                    let mut func = assembly.functions[i].clone();
                    func.symbol = abi0(&func.symbol).into();
                    func.references = renamed;
                    for call in &mut func.calls {
                        if let Some(target) = &mut call.target {
                            *target = abi0(target).into();
                        }
                    }
                    self.assemblies.program.functions.push(func);
                }
                Defined::Variable(i) => {
                    let variable = assembly.variables[i].clone();
                    self.assemblies
                        .program
                        .variables
                        .push(rgo_asm::Variable { references: renamed, ..variable });
                }
            }
        }
    }

    fn undefined(&mut self, from: &str, target: &str, _pos: Pos) {
        let plain = |symbol: &str| symbol.split(MARK).next().unwrap_or_default().to_owned();
        let message = format!("{}: relocation target {} not defined", plain(from), plain(target));
        self.errors.push(Diagnostic::error(Pos::NONE, "Undefined", message));
    }

    /// Reaches what assembly of `pkg` refers to and does not define itself; whether it is a function.
    fn reach_symbol(
        &mut self,
        symbol: &str,
        pkg: PackageId,
        work: &mut Vec<(Rc<Assembly>, Defined)>,
    ) -> Option<bool> {
        if let Some(obj) = self.definition_of(symbol) {
            let key = FuncKey { obj, targs: Rc::new([]) };
            if self.body_of(obj).is_none()
                && let Some((assembly, found)) = self.assembly_defining(symbol, pkg)
            {
                work.push((assembly, found));
                return Some(true);
            }
            let abi = self.func_abi(&key);
            let callee = self.func(key);
            self.entry(symbol, callee, &abi);
            return Some(true);
        }
        if let Some(obj) = self.symbols.variable(self.prog, symbol) {
            self.global(obj)?;
            return Some(false);
        }
        if let Some((assembly, found)) = self.assembly_defining(symbol, pkg) {
            work.push((assembly, found));
            return Some(matches!(found, Defined::Function(_)));
        }
        if let Some(entry) = rgo_abi::entries::lookup(symbol) {
            self.rt_entry(symbol, entry);
            return Some(true);
        }
        None
    }

    /// Makes `callee` callable by assembly under the ABI0 form of `symbol`.
    fn entry(&mut self, symbol: &str, callee: FuncId, abi: &Abi) {
        let frame = self.frame(abi);
        self.entry_with(symbol, |f, area| {
            let mut args: Vec<Value> = Vec::new();
            let mut areas = Vec::new();
            for ((&t, &offset), &memory) in abi.results.iter().zip(&frame.results).zip(&abi.memory_results) {
                if memory {
                    areas.push((t, offset));
                    // The callee may read its arguments while it writes results: not in place.
                    let temp = f.temp(t);
                    args.push(temp);
                }
            }
            let temps = args.clone();
            for (&t, &offset) in abi.params.iter().zip(&frame.params) {
                match f.load(t, area, offset as i32, true) {
                    Val::Mem(address) => args.push(address),
                    Val::Parts(parts) => args.extend(parts),
                }
            }
            let returned = f.call_scalars(rgo_mir::Callee::Func(callee), abi.sig.clone(), args);
            let mut scalars = returned.into_iter();
            for ((&t, &offset), &memory) in abi.results.iter().zip(&frame.results).zip(&abi.memory_results) {
                if memory {
                    continue;
                }
                let count = f.layout(t).parts().len();
                let parts: Vec<Value> = scalars.by_ref().take(count).collect();
                f.store(t, area, offset as i32, &Val::of(&parts), true);
            }
            for ((t, offset), temp) in areas.into_iter().zip(temps) {
                f.store(t, area, offset as i32, &Val::Mem(temp), true);
            }
        });
    }

    /// Makes an entry of rt callable by assembly: each word of its signature has 8 bytes of the frame.
    fn rt_entry(&mut self, symbol: &str, entry: &rgo_abi::entries::Entry) {
        let scalar = |letter: &u8| match letter {
            b'p' => Type::Ptr,
            b'w' => Type::I32,
            b'b' => Type::I8,
            b'd' => Type::F64,
            b'f' => Type::F32,
            _ => Type::I64,
        };
        let params: Vec<Type> = entry.args().iter().map(scalar).collect();
        let results: Vec<Type> = entry.results().iter().map(scalar).collect();
        let sig = Signature { params, results };
        let callee = self.module.declare_func(symbol, FuncKind::Runtime, sig.clone());
        self.entry_with(symbol, |f, area| {
            let flags = MemFlags { nonnil: true, ..MemFlags::default() };
            let mut offset = 0;
            let mut args = Vec::new();
            for &ty in &sig.params {
                args.push(f.load_scalar(ty, area, offset, flags));
                offset += 8;
            }
            let results = f.call_scalars(rgo_mir::Callee::Func(callee), sig.clone(), args);
            for value in results {
                f.store_scalar(area, value, offset, flags);
                offset += 8;
            }
        });
    }

    /// The function `symbol·go` with the body that `emit` makes of the frame's address, and its stub.
    fn entry_with(&mut self, symbol: &str, emit: impl FnOnce(&mut FuncLower<'_, '_, '_, '_>, Value)) {
        let name = format!("{symbol}{MARK}go");
        if self.module.func_named(&name).is_some() {
            return;
        }
        let sig = Signature { params: vec![Type::Ptr], results: Vec::new() };
        let id = self.module.declare_func(&name, FuncKind::Go, sig.clone());
        let target: Arc<str> = name.as_str().into();
        self.assemblies.program.entries.push(EntryStub { symbol: abi0(symbol).into(), target });
        let mut func = Func::new(id, name.clone(), sig);
        func.flags.wrapper = true;
        let pkg = self.runtime_pkg;
        let b = FuncBuilder::new(&mut func);
        let mut f = FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), name, Rc::default());
        let area = f.b.func.params()[0];
        emit(&mut f, area);
        f.b.terminate(Terminator::Return(Vec::new()));
        f.b.finish();
        self.module.bodies.push(func);
    }
}

/// A string literal of assembly.
fn quoted(bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|&byte| match byte {
        b'"' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// Offset of the first byte behind the parameters, rounded up to a word.
fn params_end(l: &mut Lowerer<'_, '_>, abi: &Abi, offsets: &[u64]) -> u64 {
    match (abi.params.last(), offsets.last()) {
        (Some(&t), Some(&offset)) => (offset + l.layout(t).size).next_multiple_of(8),
        _ => 0,
    }
}

/// How included files are read.
#[derive(Clone, Copy, Default)]
pub struct IncludeBy<'a>(pub Option<&'a Include<'a>>);

impl std::fmt::Debug for IncludeBy<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IncludeBy")
    }
}
