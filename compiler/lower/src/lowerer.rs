//! The whole program being lowered: what has been reached, and the work list.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use rgo_load::PackageId;
use rgo_mir::{DataId, Func, FuncBuilder, FuncId, FuncKind, Module, Signature, SrcLoc};
use rgo_source::{Diagnostic, Name, Pos};
use rgo_syntax::ast;
use rgo_target::Target;
use rgo_types::{DeclKind, FileIdx, ObjId, Program, SubstMap, TypeAndValue, TypeId, TypeKind};

use crate::abi::Abi;
use crate::ahead::Ahead;
use crate::capture::{self, Captures};
use crate::fieldtrack::TrackedFields;
use crate::func::{Env, FuncLower};
use crate::reach::Reach;
use crate::repr::Layout;
use crate::shape::Shape;
use crate::static_data::StaticData;
use crate::symbols::Symbols;

/// What the command line says about lowering.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// `-X importpath.name=value`
    pub string_vars: Vec<(String, String)>,
    /// `-k`: the string variable that gets the list of tracked fields.
    pub tracked_fields_var: Option<String>,
    /// Lower every function of the packages named on the command line, reached or not; they need not have a `main`.
    pub whole_roots: bool,
    /// How many threads may work; the result does not depend on it.
    pub threads: usize,
    /// Reads what assembly files include.
    pub include: crate::assembly::IncludeBy<'a>,
}

/// The program, lowered.
pub struct Lowered {
    pub module: Module,
    /// The assembly that it reaches.
    pub assembly: rgo_asm::Program,
}

/// An instance of a declared function or method: the generic declaration and its type arguments (those of the receiver first).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FuncKey {
    pub obj: ObjId,
    pub targs: Rc<[TypeId]>,
}

impl FuncKey {
    /// Adds a generic method's own type arguments to those of its receiver.
    pub(crate) fn add_targs(&mut self, own: &[TypeId]) {
        if !own.is_empty() {
            self.targs = self.targs.iter().chain(own).copied().collect();
        }
    }
}

/// Something that was reached and has to be made.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Func(FuncKey, FuncId),
    Wrapper(crate::wrapper::Wrapper, FuncId),
    /// Equality or hash function of a type.
    Alg(crate::alg::Alg, TypeId, FuncId),
    /// A package-level variable was reached: its initialiser is needed.
    Global(ObjId),
}

/// Functions of package runtime that rt calls; what code generation calls is `rgo_mir::runtime_calls`.
const CALLED_BY_RT: &[&str] = &[
    "runtime.main",
    "runtime.panicFromRT",
    "runtime.sigpanic",
    "runtime.runFinalizers",
    "runtime.goexit",
    "runtime.unreachableMethod",
];

/// Functions (and closures in them) that only pass on a call: as in gc, `recover` and `runtime.Callers` do not see their frames.
const PASS_ON_CALLS: &[&str] = &[
    "runtime.deferreturn",
    "runtime.(*_panic).run",
    "runtime.reflectcall",
    "runtime.callWithFrame",
    "reflect.callMethod",
    "reflect.callReflect",
    "reflect.throughFrame",
    "reflect.MakeFunc.func",
    "reflect.makeMethodValue.func",
];

/// Whether the function with this symbol passes on a call that is made through reflection or by `defer`.
pub(crate) fn passes_on_calls(symbol: &str) -> bool {
    PASS_ON_CALLS.iter().any(|name| match symbol.strip_prefix(name) {
        Some(rest) => rest.is_empty() || name.ends_with(".func"),
        None => false,
    })
}

/// The error at a function without body, whose symbol nothing defines.
pub fn missing_body(pos: Pos, symbol: &str) -> Diagnostic {
    let message = format!("missing function body ({symbol} is no function of rgo's runtime)");
    Diagnostic::error(pos, "MissingBody", message)
}

/// State of lowering a program.
pub struct Lowerer<'p, 's> {
    ahead: &'p Ahead<'s>,
    pub(crate) prog: &'p mut Program<'s>,
    pub(crate) target: Target,
    pub(crate) options: Options<'p>,
    pub module: Module,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) work: VecDeque<Work>,
    pub(crate) shapes: HashMap<TypeId, Rc<Shape>>,
    pub(crate) layouts: HashMap<TypeId, Rc<Layout>>,
    pub(crate) instances: HashMap<FuncKey, FuncId>,
    pub(crate) symbols: Symbols,
    pub(crate) reach: Reach,
    pub(crate) statics: StaticData,
    pub(crate) inits: crate::init::Inits,
    /// Initialisers of each package, in `inits`' order.
    pub(crate) init_orders: Vec<Rc<Vec<rgo_types::Initializer<'s>>>>,
    pub(crate) wrappers: HashMap<crate::wrapper::Wrapper, FuncId>,
    pub(crate) runtime_pkg: PackageId,
    /// Functions whose uintptr arguments may be the only references to objects: `//go:uintptrescapes`, and without body as in gc.
    pub(crate) keeps_uintptrs: HashSet<FuncId>,
    /// With `GOEXPERIMENT=fieldtrack`.
    pub(crate) tracked_fields: Option<TrackedFields>,
    pub(crate) assemblies: crate::assembly::Assemblies,
    /// Objects already said to be unsupported or missing.
    reported: HashSet<ObjId>,
    /// How many of the checker's diagnostics are among `errors` (see [`Lowerer::is_refused`]).
    diagnostics_seen: usize,
}

/// Lowers everything that the program's `main` reaches.
pub fn lower(prog: &mut Program<'_>, options: Options<'_>) -> Result<Lowered, Vec<Diagnostic>> {
    let ahead = Ahead::default();
    std::thread::scope(|scope| {
        let _closing = ahead.start(scope, options.threads);
        lower_with(prog, options, &ahead)
    })
}

fn lower_with<'s>(
    prog: &mut Program<'s>,
    options: Options<'_>,
    ahead: &Ahead<'s>,
) -> Result<Lowered, Vec<Diagnostic>> {
    let target = prog.target;
    let Some(runtime_pkg) = prog.graph.find("runtime") else {
        return Err(vec![Diagnostic::error(
            Pos::NONE,
            "Internal",
            "package runtime is not part of the program",
        )]);
    };
    let symbols = Symbols::new(prog);
    let tracked_fields = prog.graph.experiments.is_on("fieldtrack").then(TrackedFields::new);
    let mut l = Lowerer {
        ahead,
        prog,
        target,
        options,
        module: Module::default(),
        errors: Vec::new(),
        work: VecDeque::new(),
        shapes: HashMap::new(),
        layouts: HashMap::new(),
        instances: HashMap::new(),
        symbols,
        reach: Reach::default(),
        statics: StaticData::default(),
        inits: Default::default(),
        init_orders: Vec::new(),
        wrappers: HashMap::new(),
        runtime_pkg,
        keeps_uintptrs: HashSet::new(),
        tracked_fields,
        assemblies: Default::default(),
        reported: HashSet::new(),
        diagnostics_seen: 0,
    };
    l.roots();
    l.run();
    l.is_refused();
    if !l.errors.is_empty() {
        return Err(l.errors);
    }
    Ok(Lowered { module: l.module, assembly: l.assemblies.program })
}

impl<'p, 's> Lowerer<'p, 's> {
    /// What every program needs: what rt calls, and the initialisers of all packages.
    fn roots(&mut self) {
        // The entry of the initialisers is declared first: package runtime refers to it.
        self.init_packages();
        let called = CALLED_BY_RT.iter().chain(rgo_mir::runtime_calls::GO_CALLS);
        for symbol in called {
            self.func_by_symbol(symbol);
        }
        // What codegen calls for checks and allocations.
        for name in rgo_mir::runtime_calls::GO_CALLS.iter().chain(&[rgo_mir::runtime_calls::NEW_OBJECT]) {
            self.func_by_symbol(name);
        }
        if self.options.whole_roots {
            for pkg in self.prog.graph.roots.clone() {
                for obj in self.prog.funcs(pkg) {
                    if !self.is_generic(obj) && !self.prog.obj(obj).name.is_blank() {
                        self.func(FuncKey { obj, targs: Rc::new([]) });
                    }
                }
            }
        }
    }

    /// Whether the checker has found something wrong since the last call. Packages of std are checked while they are lowered, as far as
    /// they are reached, and what a declaration's type says may be asked for anywhere.
    pub(crate) fn is_refused(&mut self) -> bool {
        let found = self.prog.diagnostics[self.diagnostics_seen..].to_vec();
        self.diagnostics_seen += found.len();
        let any = !found.is_empty();
        self.errors.extend(found);
        any
    }

    /// Works until nothing new is reached.
    fn run(&mut self) {
        loop {
            while let Some(item) = self.work.pop_front() {
                match item {
                    Work::Func(key, id) => self.lower_func(&key, id),
                    Work::Wrapper(wrapper, id) => self.lower_wrapper(wrapper, id),
                    Work::Alg(alg, ty, id) => self.lower_alg(alg, ty, id),
                    Work::Global(obj) => self.lower_global(obj),
                }
            }
            if !self.reach_methods() {
                break;
            }
        }
        if self.errors.is_empty() {
            self.finish_inits();
            self.finish_types();
            self.finish_tracked_fields();
            self.finish_globals();
            assert!(self.work.is_empty(), "writing descriptors reached new functions");
        }
    }

    fn is_generic(&mut self, obj: ObjId) -> bool {
        let Some(id) = self.prog.func_signature(obj) else { return false };
        let sig = self.prog.signature(id);
        !sig.tparams.is_empty() || !sig.recv_tparams.is_empty()
    }

    // ---- types ----

    /// `t` under `env`, canonical.
    pub(crate) fn concrete(&mut self, t: TypeId, env: &Env) -> TypeId {
        let t = if env.params.is_empty() {
            t
        } else {
            self.prog.subst(t, &SubstMap::new(&env.params, &env.args))
        };
        self.prog.canonical(t)
    }
    /// What the checker recorded for an expression.
    pub(crate) fn recorded(&self, file: FileIdx, e: &ast::Expr) -> &TypeAndValue {
        match self.prog.info(file).type_and_value(e.id) {
            Some(record) => record,
            None => {
                let at = self.prog.graph.sources.position(e.pos);
                panic!("{}:{}:{}: expression without type", at.file, at.line, at.col)
            }
        }
    }

    // ---- functions ----

    /// The function with this symbol name: pushed by linkname, declared under its default name, or an rt entry.
    pub(crate) fn func_by_symbol(&mut self, symbol: &str) -> FuncId {
        if let Some(id) = self.module.func_named(symbol) {
            return id;
        }
        if let Some(obj) = self.definition_of(symbol) {
            return self.func(FuncKey { obj, targs: Rc::new([]) });
        }
        panic!("no function {symbol}: neither package runtime nor rt defines it")
    }
    /// A function that compiled code may call, by its name in package runtime.
    pub(crate) fn runtime_func(&mut self, name: &str, sig: &Signature) -> FuncId {
        let symbol = format!("runtime.{name}");
        let id = match self.module.func_named(&symbol) {
            Some(id) => id,
            None => match self.definition_of(&symbol) {
                Some(obj) => self.func(FuncKey { obj, targs: Rc::new([]) }),
                None if rgo_abi::entries::lookup(&symbol).is_some() => {
                    self.module.declare_func(&symbol, FuncKind::Runtime, sig.clone())
                }
                None => panic!("no function {symbol}: neither package runtime nor rt defines it"),
            },
        };
        debug_assert_eq!(self.module.funcs[id].sig, *sig, "call of {symbol}");
        id
    }
    /// A variable of package runtime.
    pub(crate) fn runtime_var(&mut self, name: &str) -> DataId {
        let scope = self.prog.package_scope(self.runtime_pkg);
        let obj = self.prog.scope(scope).lookup(Name::new(name));
        let obj = obj.unwrap_or_else(|| panic!("package runtime has no variable {name}"));
        self.global(obj).expect("a package-level variable")
    }

    /// The function object that defines `symbol`.
    pub(crate) fn definition_of(&mut self, symbol: &str) -> Option<ObjId> {
        self.symbols.definition(self.prog, symbol)
    }

    /// The symbol of an instance, queued to be lowered when it is new.
    pub(crate) fn func(&mut self, key: FuncKey) -> FuncId {
        if let Some(&id) = self.instances.get(&key) {
            return id;
        }
        let symbol = self.func_symbol(&key);
        let Some((_, decl)) = self.body_of(key.obj) else {
            let id = self.bodyless(&key, &symbol);
            self.keeps_uintptrs.insert(id);
            self.instances.insert(key, id);
            return id;
        };
        decl.body.iter().for_each(|body| self.ahead.push(body));
        let abi = self.func_abi(&key);
        let id = self.module.declare_func(&symbol, FuncKind::Go, abi.sig);
        if decl.pragmas.iter().any(|p| matches!(p.verb(), "uintptrescapes" | "uintptrkeepalive")) {
            self.keeps_uintptrs.insert(id);
        }
        self.instances.insert(key.clone(), id);
        self.work.push_back(Work::Func(key, id));
        id
    }

    fn bodyless(&mut self, key: &FuncKey, symbol: &str) -> FuncId {
        self.note_pull(key.obj, symbol);
        if let Some(id) = self.module.func_named(symbol) {
            return id;
        }
        if let Some(obj) = self.definition_of(symbol)
            && obj != key.obj
            && self.body_of(obj).is_some()
        {
            return self.func(FuncKey { obj, targs: Rc::new([]) });
        }
        if let Some(id) = self.intrinsic_func(key, symbol) {
            return id;
        }
        if rgo_abi::entries::lookup(symbol).is_none()
            && let Some(id) = self.assembly_func(key, symbol)
        {
            return id;
        }
        let sig = self.func_abi(key).sig;
        if self.options.whole_roots {
            // Defined elsewhere: in assembly, or it is the `main` of a program of which this is a part.
            return self.module.declare_func(symbol, FuncKind::Runtime, sig);
        }
        if rgo_abi::entries::lookup(symbol).is_none() && self.reported.insert(key.obj) {
            let pos = self.prog.obj(key.obj).pos;
            // Where a linkname refers to it, it is to be seen first whether the reference is allowed.
            match self.module.pulls.iter_mut().rev().find(|pull| pull.symbol == symbol) {
                Some(pull) => pull.missing_at = Some(pos.0),
                None => {
                    let pkg = self.prog.obj(key.obj).pkg.map(|pkg| self.prog.graph.package(pkg));
                    let has_assembly = pkg.is_some_and(|package| !package.assembly.is_empty());
                    let message = format!("relocation target {symbol} not defined");
                    match has_assembly {
                        // Errors in the assembly may be why.
                        true if self.errors.is_empty() => {
                            self.errors.push(Diagnostic::error(pos, "MissingBody", message));
                        }
                        true => {}
                        false => self.errors.push(missing_body(pos, symbol)),
                    }
                }
            }
        }
        self.module.declare_func(symbol, FuncKind::Runtime, sig)
    }

    /// The declaration of a function with body.
    pub(crate) fn body_of(&self, obj: ObjId) -> Option<(FileIdx, &'s ast::FuncDecl)> {
        let decl = self.prog.decl(self.prog.obj(obj).decl?);
        match decl.kind {
            DeclKind::Func(func) if func.body.is_some() => Some((decl.file, func)),
            _ => None,
        }
    }

    /// The type arguments in force in an instance.
    pub(crate) fn env(&mut self, key: &FuncKey) -> Env {
        if key.targs.is_empty() {
            return Env::default();
        }
        let sig = self.prog.func_signature(key.obj).expect("a function");
        let sig = self.prog.signature(sig);
        let params = sig.recv_tparams.iter().chain(sig.tparams.iter()).copied().collect();
        Env { params, args: Rc::clone(&key.targs) }
    }

    /// Receiver, parameters and results of an instance, flattened.
    pub(crate) fn func_abi(&mut self, key: &FuncKey) -> Abi {
        let env = self.env(key);
        let id = self.prog.func_signature(key.obj).expect("a function");
        let sig = self.prog.signature(id).clone();
        let mut params = Vec::new();
        let vars: Vec<ObjId> =
            sig.recv.iter().copied().chain(self.prog.tuple(sig.params).iter().copied()).collect();
        for var in vars {
            let t = self.prog.obj_type(var);
            params.push(self.concrete(t, &env));
        }
        let mut results = Vec::new();
        for &var in self.prog.tuple(sig.results).iter() {
            let t = self.prog.obj_type(var);
            results.push(self.concrete(t, &env));
        }
        self.abi(&params, &results)
    }

    fn lower_func(&mut self, key: &FuncKey, id: FuncId) {
        self.prog.check_body(key.obj);
        self.prog.settle();
        if self.is_refused() {
            // All that is wrong with the package is said at once.
            if let Some(pkg) = self.prog.obj(key.obj).pkg {
                self.prog.check_package(pkg);
                self.is_refused();
            }
        }
        // What the checker refuses elsewhere may have left this body without types.
        if !self.errors.is_empty() {
            return;
        }
        let (file, decl) = self.body_of(key.obj).expect("queued functions have bodies");
        let symbol = self.module.funcs[id].name.clone();
        let abi = self.func_abi(key);
        let env = self.env(key);
        let captures = Rc::new(capture::analyze_func(self, file, decl));
        let mut func = Func::new(id, symbol.clone(), abi.sig.clone());
        func.loc = SrcLoc { pos: decl.name.pos.0, inlined: 0 };
        func.frame.pos = decl.pos.0;
        for pragma in &decl.pragmas {
            match pragma.verb() {
                "noinline" => func.flags.noinline = true,
                "nosplit" => func.flags.nosplit = true,
                _ => {}
            }
        }
        func.flags.wrapper = passes_on_calls(&symbol);
        let pkg = self.prog.file(file).pkg;
        let b = FuncBuilder::new(&mut func);
        let mut f = FuncLower::new(self, b, file, pkg, env, symbol, captures);
        f.body(&abi, decl.recv.as_slice(), &decl.sig, decl.body.as_ref().expect("has a body"), None);
        f.b.finish();
        self.module.bodies.push(func);
    }

    /// The captures of a package-level initialiser.
    pub(crate) fn captures_of_expr(&mut self, file: FileIdx, e: &ast::Expr) -> Rc<Captures> {
        Rc::new(capture::analyze_expr(self, file, e))
    }

    /// The element type of a pointer type.
    pub(crate) fn pointee(&mut self, t: TypeId) -> Option<TypeId> {
        match *self.shape(t) {
            Shape::Pointer(elem) => Some(elem),
            _ => None,
        }
    }
    /// `*t`
    pub(crate) fn pointer_to(&mut self, t: TypeId) -> TypeId {
        let pointer = self.prog.new_pointer(t);
        self.canon(pointer)
    }
    /// `[]t`
    pub(crate) fn slice_of(&mut self, t: TypeId) -> TypeId {
        let slice = self.prog.new_slice(t);
        self.canon(slice)
    }
    /// Whether the (canonical) type is a defined one.
    pub(crate) fn is_named(&self, t: TypeId) -> bool {
        matches!(self.prog.kind(t), TypeKind::Named(_) | TypeKind::Basic(_))
    }
}
