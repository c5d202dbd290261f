//! Package initialisation: which initialisers run, in what order; package-level variables as data.
//!
//! A variable whose initialiser is static data needs no code. An initialiser without side effects is dropped unless one of its variables is reached.
//! `go:inits` calls the rest, package by package in initialisation order, each package's `init` functions last.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_load::PackageId;
use rgo_mir::{
    Callee, Data, DataKind, Func, FuncBuilder, FuncId, FuncKind, InstKind, Signature, SrcLoc, Terminator,
    Type,
};
use rgo_source::{Diagnostic, Pos};
use rgo_syntax::ast;
use rgo_types::{DeclKind, Initializer, ObjId, TypeKind};

use crate::Lowerer;
use crate::func::{Env, FuncLower, Place};
use crate::lowerer::FuncKey;
use crate::static_init::Purity;

/// What became of an initialiser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// None of its variables is reached so far.
    Waiting,
    /// Data, or being lowered.
    Done,
    Code(FuncId),
}

#[derive(Debug)]
struct Item {
    /// Index in the package's initialisation order.
    index: usize,
    state: State,
}

/// Initialisers of all packages.
#[derive(Default, Debug)]
pub(crate) struct Inits {
    packages: Vec<(PackageId, Vec<Item>, Vec<FuncId>)>,
    by_var: HashMap<ObjId, (usize, usize)>,
    entry: Option<FuncId>,
    /// `runtime.initialized`.
    report: Option<FuncId>,
    /// For each package, in this order, how many function literals come before each initialiser; empty until asked for.
    closures: Vec<Vec<u32>>,
}

/// Of `runtime.initialized`, which takes the path of a package.
fn report_signature() -> Signature {
    Signature { params: vec![Type::Ptr, Type::I64], results: vec![] }
}

/// The function literals in an expression, not counting those inside others.
fn function_literals(e: &ast::Expr) -> u32 {
    struct Counter(u32);
    impl ast::walk::Visitor for Counter {
        fn expr(&mut self, e: &ast::Expr) -> bool {
            let is_literal = matches!(e.kind, ast::ExprKind::FuncLit(_));
            self.0 += u32::from(is_literal);
            !is_literal
        }
    }
    let mut counter = Counter(0);
    ast::walk::expr(&mut counter, e);
    counter.0
}

/// Largest package-level variable: object files have no room for more.
const MAX_VARIABLE: u64 = 2_000_000_000;

/// Symbols that the linker defines.
const LINKER_SYMBOLS: &[&str] = &[
    "runtime.text",
    "runtime.etext",
    "runtime.types",
    "runtime.etypes",
    "runtime.rodata",
    "runtime.erodata",
    "runtime.data",
    "runtime.edata",
    "runtime.bss",
    "runtime.ebss",
    "runtime.noptrdata",
    "runtime.enoptrdata",
    "runtime.noptrbss",
    "runtime.enoptrbss",
    "runtime.functab",
    "runtime.typelinks",
    "runtime.ntypelinks",
    "runtime.itablinks",
    "runtime.nitablinks",
];

impl<'s> Lowerer<'_, 's> {
    /// Orders the initialisers of all packages and reaches those that must run.
    pub(crate) fn init_packages(&mut self) {
        let entry = self.module.declare_func("go:inits", FuncKind::Go, Signature::default());
        self.inits.entry = Some(entry);
        // Small preludes of tests have no such function.
        if self.definition_of("runtime.initialized").is_some() {
            self.inits.report = Some(self.runtime_func("initialized", &report_signature()));
        }
        let packages: Vec<PackageId> = self.prog.graph.packages.iter().map(|p| p.id).collect();
        for pkg in packages {
            let order = Rc::new(self.prog.init_order(pkg));
            if self.is_refused() {
                continue;
            }
            let at = self.inits.packages.len();
            let mut items = Vec::new();
            for (i, init) in order.iter().enumerate() {
                for &var in &init.lhs {
                    self.inits.by_var.insert(var, (at, i));
                }
                items.push(Item { index: i, state: State::Waiting });
            }
            self.inits.packages.push((pkg, items, Vec::new()));
            self.init_orders.push(Rc::clone(&order));
            let whole = self.options.whole_roots && self.prog.graph.roots.contains(&pkg);
            for i in 0..order.len() {
                if whole || self.purity(order[i].file, order[i].rhs) == Purity::Effects {
                    self.lower_initializer(at, i);
                }
            }
            for obj in self.prog.init_funcs(pkg) {
                let id = self.func(FuncKey { obj, targs: Rc::new([]) });
                self.inits.packages[at].2.push(id);
            }
        }
    }

    /// A reached variable needs its initialiser.
    pub(crate) fn lower_global(&mut self, obj: ObjId) {
        if let Some(&(package, item)) = self.inits.by_var.get(&obj) {
            self.lower_initializer(package, item);
        } else {
            self.assembly_variable(obj);
        }
    }

    fn lower_initializer(&mut self, package: usize, item: usize) {
        if self.inits.packages[package].1[item].state != State::Waiting {
            return;
        }
        self.inits.packages[package].1[item].state = State::Done;
        let pkg = self.inits.packages[package].0;
        let index = self.inits.packages[package].1[item].index;
        let init = self.init_orders[package][index].clone();
        if let [var] = init.lhs[..]
            && !self.prog.obj(var).name.is_blank()
        {
            let t = self.prog.obj_type(var);
            let t = self.canon(t);
            if self.is_static(init.file, init.rhs, t) {
                // As with gc's linker, -X takes the place of a constant value, not of one that code computes.
                if self.string_override(var).is_none() {
                    self.define_static(var, t, &init);
                }
                return;
            }
        }
        let symbol = format!("{}.init..{index}", self.prog.package_path(pkg));
        let id = self.module.declare_func(&symbol, FuncKind::Go, Signature::default());
        let captures = self.captures_of_expr(init.file, init.rhs);
        let closures = self.closures_before(package, index);
        let mut func = Func::new(id, symbol.clone(), Signature::default());
        func.loc = SrcLoc { pos: init.rhs.pos.0, inlined: 0 };
        let b = FuncBuilder::new(&mut func);
        let mut f = FuncLower::new(self, b, init.file, pkg, Env::default(), symbol, captures);
        f.named.closures = closures;
        f.initializer(&init);
        f.b.finish();
        self.module.bodies.push(func);
        self.inits.packages[package].1[item].state = State::Code(id);
    }
    /// The initialisers of a package's variables are one function to programs, `p.init`: their closures are numbered throughout.
    fn closures_before(&mut self, package: usize, index: usize) -> u32 {
        let known = &mut self.inits.closures;
        known.resize_with(known.len().max(package + 1), Vec::new);
        if known[package].is_empty() {
            let mut n = 0;
            let mut before = |literals: u32| {
                n += literals;
                n - literals
            };
            let order = self.init_orders[package].iter();
            known[package] = order.map(|init| before(function_literals(init.rhs))).collect();
        }
        known[package][index]
    }
    fn define_static(&mut self, var: ObjId, t: rgo_types::TypeId, init: &Initializer<'s>) {
        let data = self.global(var).expect("a package-level variable");
        let layout = self.layout(t);
        let mut w = crate::static_data::DataWriter::zeroed(layout.size as usize);
        self.write_static(&mut w, 0, init.file, init.rhs, t);
        let name = self.data_symbol(data);
        let kind = match layout.has_pointers() {
            true => DataKind::Data,
            false if self.is_read_only_var(var) => DataKind::RoData,
            false => DataKind::NoPtrData,
        };
        self.define(data, name, kind, layout.align.max(1), w, false);
    }
    /// `//go:readonly`, in package runtime only: writing to the variable, whose address programs may get, is a fault.
    fn is_read_only_var(&self, var: ObjId) -> bool {
        let object = self.prog.obj(var);
        let (Some(pkg), Some(decl)) = (object.pkg, object.decl) else { return false };
        match &self.prog.decl(decl).kind {
            DeclKind::Var { spec, .. } => {
                pkg == self.runtime_pkg && spec.pragmas.iter().any(|pragma| pragma.verb() == "readonly")
            }
            _ => false,
        }
    }
    /// The value that `-X` gives a string variable.
    fn string_override(&self, var: ObjId) -> Option<String> {
        let object = self.prog.obj(var);
        let path = self.prog.package_path(object.pkg?);
        let name = format!("{path}.{}", object.name);
        self.options.string_vars.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| value.clone())
    }

    /// Writes `go:inits`: the initialisers package by package, and after each package its name to `runtime.initialized`.
    pub(crate) fn finish_inits(&mut self) {
        let id = self.inits.entry.expect("declared first");
        let packages: Vec<(PackageId, Vec<FuncId>)> =
            self.inits.packages.iter().map(Self::initialisers).collect();
        let mut func = Func::new(id, "go:inits", Signature::default());
        func.flags.wrapper = true;
        let mut b = FuncBuilder::new(&mut func);
        for (pkg, callees) in packages {
            for &callee in &callees {
                let call =
                    InstKind::Call { callee: Callee::Func(callee), sig: Signature::default(), args: vec![] };
                b.inst(call, &[]);
            }
            let Some(report) = self.inits.report.filter(|_| !callees.is_empty()) else { continue };
            let name = self.prog.package_path(pkg).to_string();
            let data = self.string_data(name.as_bytes());
            let ptr = b.value(InstKind::DataAddr(data, 0), Type::Ptr);
            let len = b.value(InstKind::Iconst(Type::I64, name.len() as i64), Type::I64);
            let call = InstKind::Call {
                callee: Callee::Func(report),
                sig: report_signature(),
                args: vec![ptr, len],
            };
            b.inst(call, &[]);
        }
        b.terminate(Terminator::Return(vec![]));
        b.finish();
        self.module.bodies.push(func);
    }

    /// A package's initialisers that are code, in order.
    fn initialisers(
        (pkg, items, init_funcs): &(PackageId, Vec<Item>, Vec<FuncId>),
    ) -> (PackageId, Vec<FuncId>) {
        let code = items.iter().filter_map(|item| match item.state {
            State::Code(id) => Some(id),
            _ => None,
        });
        (*pkg, code.chain(init_funcs.iter().copied()).collect())
    }

    /// Gives every reached variable without static value its zeroed memory.
    pub(crate) fn finish_globals(&mut self) {
        for (data, obj) in self.reached_globals() {
            let name = self.data_symbol(data);
            let defined = self.module.data[data].is_some() || self.assemblies.defines(&name);
            if defined || LINKER_SYMBOLS.contains(&name.as_str()) {
                continue;
            }
            let t = self.prog.obj_type(obj);
            let t = self.canon(t);
            let layout = self.layout(t);
            if layout.size > MAX_VARIABLE {
                let (size, pos) = (layout.size, self.prog.obj(obj).pos);
                let text = format!("{name}: symbol too large ({size} bytes > {MAX_VARIABLE} bytes)");
                self.errors.push(Diagnostic::error(pos, "", text));
                continue;
            }
            if let Some(text) = self.string_override(obj) {
                let under = self.prog.under(t);
                if !matches!(self.prog.kind(under), TypeKind::Basic(basic) if basic.is_string()) {
                    let shown = self.prog.type_string(t);
                    let text = format!("{name}: cannot set with -X: not a var of type string (type:{shown})");
                    self.errors.push(Diagnostic::error(Pos::NONE, "NotAString", text));
                    continue;
                }
                let mut w = crate::static_data::DataWriter::zeroed(layout.size as usize);
                self.write_string(&mut w, 0, text.as_bytes());
                self.define(data, name, DataKind::Data, layout.align, w, false);
                continue;
            }
            if self.define_embedded(data, obj, t) {
                continue;
            }
            let kind = if layout.has_pointers() { DataKind::Bss } else { DataKind::NoPtrBss };
            let align = layout.align.max(1);
            let contents =
                Data { name, kind, align, bytes: vec![], size: layout.size, relocs: vec![], local: false };
            self.module.define_data(data, contents);
        }
    }
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    fn initializer(&mut self, init: &Initializer<'s>) {
        self.at(init.rhs.pos);
        if let [var] = init.lhs[..] {
            let t = self.var_type(var);
            let value = self.expr_to(init.rhs, t);
            self.init_global(var, t, &value);
        } else {
            let values = self.multi_value(init.rhs, init.lhs.len());
            for (&var, (from, value)) in init.lhs.iter().zip(values) {
                let t = self.var_type(var);
                let value = self.convert_assign(value, from, t);
                self.init_global(var, t, &value);
            }
        }
        if self.b.is_reachable() {
            self.b.terminate(Terminator::Return(vec![]));
        }
    }
    fn init_global(&mut self, var: ObjId, t: rgo_types::TypeId, value: &crate::repr::Val) {
        if self.l.prog.obj(var).name.is_blank() {
            return;
        }
        let data = self.l.global(var).expect("a package-level variable");
        let place = Place::Mem { addr: self.data_addr(data), offset: 0, nonnil: true };
        self.assign(&place, t, value);
    }
}
