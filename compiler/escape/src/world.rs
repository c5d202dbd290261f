//! All functions and variables of an analysis, and what it asks about types.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast;
use rgo_types::{BasicKind, FileIdx, ObjId, Program, SubstMap, TypeId, TypeKind};

use crate::devirtualize::Dynamic;
use crate::leaks::Leaks;
use crate::tree::{At, Class, DefnId, Func, FuncId, Key, Op, Pragmas, Stage, Static, Var, VarId};
use crate::{Line, Options};

/// A call that has been inlined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inlined {
    /// Where the call stands.
    pub at: At,
    pub callee: FuncId,
}

pub(crate) struct World<'p, 'a> {
    pub prog: &'p mut Program<'a>,
    pub options: Options,
    pub vars: Vec<Var>,
    pub funcs: Vec<Func>,
    by_key: HashMap<Key, FuncId>,
    /// Calls inlined so far; index 0 stands for none.
    pub inlined: Vec<Inlined>,
    defns: u32,
    /// The package whose names are not qualified, and whose lines are kept.
    pub package: PackageId,
    pub lines: Vec<Line>,
    pointers: HashMap<TypeId, bool>,
    /// What is assigned to interface variables.
    pub dynamics: HashMap<VarId, Vec<Dynamic>>,
    /// Entries of `dynamics` (variable, index) that are results (which) of calls not inlined yet.
    pub waiting: HashMap<At, Vec<(VarId, usize, usize)>>,
    /// How many calls of a function have been met.
    pub uses: HashMap<FuncId, u32>,
    /// Closures of inlined bodies: inlined call, original.
    pub copied_closures: HashMap<(u32, FuncId), FuncId>,
}

impl<'p, 'a> World<'p, 'a> {
    pub fn new(prog: &'p mut Program<'a>, options: Options) -> World<'p, 'a> {
        let package = prog.graph.main;
        let none = Inlined { at: At::new(Pos::NONE), callee: FuncId(0) };
        World {
            prog,
            options,
            vars: Vec::new(),
            funcs: Vec::new(),
            by_key: HashMap::new(),
            inlined: vec![none],
            defns: 0,
            package,
            lines: Vec::new(),
            pointers: HashMap::new(),
            dynamics: HashMap::new(),
            waiting: HashMap::new(),
            uses: HashMap::new(),
            copied_closures: HashMap::new(),
        }
    }

    // ---- arenas ----

    pub fn var(&self, id: VarId) -> &Var {
        &self.vars[id.index()]
    }
    pub fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.index()]
    }
    pub fn func_mut(&mut self, id: FuncId) -> &mut Func {
        &mut self.funcs[id.index()]
    }

    pub fn new_defn(&mut self) -> DefnId {
        self.defns += 1;
        DefnId(self.defns)
    }

    /// A variable of `func`.
    pub fn new_var(&mut self, func: FuncId, class: Class, name: Name, at: At, ty: TypeId) -> VarId {
        let id = VarId(self.vars.len() as u32);
        let pkg = self.func(func).pkg;
        self.vars.push(Var {
            name,
            ty,
            pkg,
            at,
            class,
            func,
            defn: DefnId::NONE,
            addr_taken: false,
            reassigned: false,
            value: Static::Unknown,
            assigned: Some(Vec::new()),
            captured: false,
            per_iteration: false,
        });
        if class == Class::Local {
            self.funcs[func.index()].locals.push(id);
        }
        id
    }

    pub fn new_func(&mut self, func: Func) -> FuncId {
        self.funcs.push(func);
        FuncId(self.funcs.len() as u32 - 1)
    }

    /// A function of which nothing is known but its place.
    pub fn blank_func(&self, name: String, pkg: PackageId, file: FileIdx, pos: Pos) -> Func {
        Func {
            key: None,
            name,
            pkg,
            file,
            pos,
            parent: None,
            is_wrapper: false,
            is_range: false,
            captures: Vec::new(),
            has_recv: false,
            params: Vec::new(),
            results: Vec::new(),
            variadic: false,
            locals: Vec::new(),
            has_body: true,
            body: Rc::new(Vec::new()),
            original: Rc::new(Vec::new()),
            inline_cost: None,
            pragmas: Pragmas::default(),
            stage: Stage::Declared,
            is_mentioned: false,
            is_named_instance: false,
            tags: Vec::new(),
            closures: [0; 4],
            results_lost: false,
        }
    }

    /// The function for an instance of a declaration.
    pub fn declare(&mut self, key: Key) -> FuncId {
        if let Some(&id) = self.by_key.get(&key) {
            return id;
        }
        let object = self.prog.obj(key.obj);
        let (pos, pkg) = (object.pos, object.pkg.unwrap_or(self.package));
        let source = self.prog.func_source(key.obj);
        let file = source.as_ref().map_or(FileIdx(0), |source| source.file);
        let name = self.func_name(&key);
        let mut func = self.blank_func(name, pkg, file, pos);
        func.key = Some(key.clone());
        let decl = source.map(|source| source.decl);
        func.has_body = decl.is_some_and(|decl| decl.body.is_some());
        if let Some(decl) = decl {
            func.pos = decl.pos;
            func.pragmas = pragmas(&decl.pragmas);
        }
        let id = self.new_func(func);
        self.by_key.insert(key.clone(), id);
        let map = self.env(&key);
        if let Some(sig) = self.prog.func_signature(key.obj) {
            let sig = self.prog.signature(sig).clone();
            let params = self.prog.tuple(sig.params);
            let results = self.prog.tuple(sig.results);
            let make = |world: &mut Self, obj: ObjId, class: Class| {
                let ty = world.prog.obj_type(obj);
                let ty = world.prog.subst(ty, &map);
                let object = world.prog.obj(obj);
                let mut name = object.name;
                if let Class::Result(i) = class {
                    match name.as_str() {
                        "" => name = Name::new(&format!("~r{i}")),
                        "_" => name = Name::new(&format!("~b{i}")),
                        _ => {}
                    }
                }
                let at = At::new(object.pos);
                world.new_var(id, class, name, at, ty)
            };
            let recv_and_params: Vec<ObjId> = sig.recv.iter().chain(params.iter()).copied().collect();
            let params: Vec<VarId> =
                recv_and_params.into_iter().map(|obj| make(self, obj, Class::Param)).collect();
            let results: Vec<VarId> = results
                .iter()
                .enumerate()
                .map(|(i, &obj)| make(self, obj, Class::Result(i as u32)))
                .collect();
            let func = self.func_mut(id);
            func.has_recv = sig.recv.is_some();
            func.params = params;
            func.results = results;
            func.variadic = sig.variadic;
        }
        id
    }

    /// What the type parameters stand for in an instance.
    pub fn env(&mut self, key: &Key) -> SubstMap {
        if key.targs.is_empty() {
            return SubstMap::new(&[], &[]);
        }
        let Some(sig) = self.prog.func_signature(key.obj) else { return SubstMap::new(&[], &[]) };
        let sig = self.prog.signature(sig);
        let params: Vec<_> = sig.recv_tparams.iter().chain(sig.tparams.iter()).copied().collect();
        let n = params.len().min(key.targs.len());
        SubstMap::new(&params[..n], &key.targs[..n])
    }

    fn func_name(&mut self, key: &Key) -> String {
        self.instance_name(key, true)
    }

    /// The name of an instance, with the shapes of its type arguments or with themselves.
    pub fn instance_name(&mut self, key: &Key, shapes: bool) -> String {
        let object = self.prog.obj(key.obj);
        let (name, pointer) = (object.name, object.as_func().is_some_and(|f| f.has_ptr_recv));
        let pkg = object.pkg;
        let targs = |world: &mut Self, targs: &[TypeId]| match targs {
            [] => String::new(),
            _ => {
                let list: Vec<String> = targs
                    .iter()
                    .map(|&t| if shapes { world.shape_text(t) } else { world.prog.link_string(t) })
                    .collect();
                format!("[{}]", list.join(","))
            }
        };
        let Some(base) = object.as_func().and_then(|f| f.recv_base) else {
            let mut text = name.as_str().to_owned();
            if name == "init"
                && let Some(pkg) = pkg
            {
                let nth = self.prog.init_funcs(pkg).iter().position(|&init| init == key.obj);
                text.push_str(&format!(".{}", nth.unwrap_or_default()));
            }
            return text + &targs(self, &key.targs);
        };
        let named = self.prog.named(base);
        let own = named.tparams.len().min(key.targs.len());
        let recv = self.prog.obj(named.obj).name.as_str().to_owned() + &targs(self, &key.targs[..own]);
        let rest = targs(self, &key.targs[own..]);
        if pointer { format!("(*{recv}).{name}{rest}") } else { format!("{recv}.{name}{rest}") }
    }

    /// A variable's name in messages about the current package.
    pub fn var_name(&self, id: VarId) -> String {
        let var = self.var(id);
        if var.pkg == self.package || var.name.as_str().starts_with(['~', '.']) {
            return var.name.to_string();
        }
        format!("{}.{}", self.prog.package_name(var.pkg), var.name)
    }

    /// A function's name in messages about the current package.
    pub fn diag_name(&self, id: FuncId) -> String {
        let func = self.func(id);
        if func.pkg == self.package {
            return func.name.clone();
        }
        format!("{}.{}", self.prog.package_name(func.pkg), func.name)
    }

    // ---- messages ----

    /// Where the call stands, outermost, in whose inlined body `at` is.
    pub fn outermost(&self, mut at: At) -> Pos {
        while at.inlined != 0 {
            at = self.inlined[at.inlined as usize].at;
        }
        at.pos
    }

    pub fn say(&mut self, at: At, text: String) {
        let pos = self.outermost(at);
        self.lines.push(Line { pos, text });
    }

    // ---- static values ----

    /// What is known of a node's value as it stands.
    pub fn value_of(&self, node: &crate::tree::Node) -> Static {
        match &node.op {
            Op::Conv(crate::tree::Conv::Nop) => self.value_of(&node.kids[0]),
            Op::InlCall => match &node.kids[1].kids[..] {
                [only] => self.value_of(only),
                _ => Static::Unknown,
            },
            Op::Nil => Static::Nil,
            Op::Func(id) | Op::MethodExpr(id) => Static::Func(*id),
            Op::Closure(id) => Static::Closure(*id),
            Op::Var(var) => Static::Var(*var),
            Op::Literal(value) => Static::Literal(value.clone()),
            Op::SliceLit(len) => Static::SliceLit(*len),
            Op::Builtin { which: crate::tree::Builtin::Len, .. } => match node.kids[0].op {
                Op::Var(var) => Static::LenOf(var),
                _ => Static::Unknown,
            },
            _ => Static::Unknown,
        }
    }

    /// Follows variables that have one value only.
    pub fn resolve(&self, mut value: Static) -> Static {
        loop {
            match value {
                Static::Var(id) if self.var(id).is_single() => match &self.var(id).value {
                    Static::Unknown => return Static::Var(id),
                    next => value = next.clone(),
                },
                _ => return value,
            }
        }
    }

    // ---- types ----

    pub fn under(&mut self, ty: TypeId) -> TypeKind {
        self.prog.under_kind(ty)
    }
    pub fn is_interface(&mut self, ty: TypeId) -> bool {
        matches!(self.under(ty), TypeKind::Interface(_))
    }
    pub fn is_array(&mut self, ty: TypeId) -> bool {
        matches!(self.under(ty), TypeKind::Array { .. })
    }
    pub fn is_slice(&mut self, ty: TypeId) -> bool {
        matches!(self.under(ty), TypeKind::Slice(_))
    }
    /// Of a slice, array or pointer.
    pub fn elem(&mut self, ty: TypeId) -> Option<TypeId> {
        match self.under(ty) {
            TypeKind::Slice(elem) | TypeKind::Pointer(elem) | TypeKind::Array { elem, .. } => Some(elem),
            TypeKind::Chan { elem, .. } | TypeKind::Map { elem, .. } => Some(elem),
            _ => None,
        }
    }
    pub fn pointee(&mut self, ty: TypeId) -> Option<TypeId> {
        match self.under(ty) {
            TypeKind::Pointer(elem) => Some(elem),
            _ => None,
        }
    }
    pub fn basic(&mut self, ty: TypeId) -> Option<BasicKind> {
        match self.under(ty) {
            TypeKind::Basic(kind) => Some(kind.normal()),
            _ => None,
        }
    }
    pub fn is_uintptr(&mut self, ty: TypeId) -> bool {
        self.basic(ty) == Some(BasicKind::Uintptr)
    }
    pub fn is_unsafe_pointer(&mut self, ty: TypeId) -> bool {
        self.basic(ty) == Some(BasicKind::UnsafePointer)
    }
    pub fn is_string(&mut self, ty: TypeId) -> bool {
        self.basic(ty).is_some_and(BasicKind::is_string)
    }

    /// Whether values of the type hold pointers.
    pub fn has_pointers(&mut self, ty: TypeId) -> bool {
        if let Some(&known) = self.pointers.get(&ty) {
            return known;
        }
        let has = match self.under(ty) {
            TypeKind::Basic(kind) => {
                kind.is_string() || matches!(kind, BasicKind::UnsafePointer | BasicKind::UntypedNil)
            }
            TypeKind::Array { elem, len } => len > 0 && self.has_pointers(elem),
            TypeKind::Struct(id) => {
                let fields = self.prog.struct_type(id).fields.clone();
                fields.iter().any(|&field| {
                    let ty = self.field_type(field);
                    self.has_pointers(ty)
                })
            }
            TypeKind::Tuple(id) => {
                let vars = self.prog.tuple(id);
                vars.iter().any(|&var| {
                    let ty = self.prog.obj_type(var);
                    self.has_pointers(ty)
                })
            }
            _ => true,
        };
        self.pointers.insert(ty, has);
        has
    }

    pub fn field_type(&mut self, field: ObjId) -> TypeId {
        self.prog.obj_type(field)
    }

    /// Whether an interface holds values of the type in its data word.
    pub fn is_direct(&mut self, ty: TypeId) -> bool {
        match self.under(ty) {
            TypeKind::Pointer(_) | TypeKind::Map { .. } | TypeKind::Chan { .. } | TypeKind::Signature(_) => {
                true
            }
            TypeKind::Basic(kind) => kind == BasicKind::UnsafePointer,
            TypeKind::Array { elem, len: 1 } => self.is_direct(elem),
            TypeKind::Struct(id) => {
                let fields = self.prog.struct_type(id).fields.clone();
                match *fields {
                    [only] => {
                        let ty = self.field_type(only);
                        self.is_direct(ty)
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    pub fn size(&mut self, ty: TypeId) -> i64 {
        self.prog.size_of(ty).unwrap_or(i64::MAX)
    }
}

fn pragmas(list: &[ast::Directive]) -> Pragmas {
    let mut pragmas = Pragmas::default();
    for directive in list {
        match directive.verb() {
            "noinline" => pragmas.noinline = true,
            "noescape" => pragmas.noescape = true,
            "norace" => pragmas.norace = true,
            "uintptrescapes" => pragmas.uintptr_escapes = true,
            "uintptrkeepalive" => pragmas.uintptr_keep_alive = true,
            "cgo_unsafe_args" => pragmas.cgo_unsafe_args = true,
            "yeswritebarrierrec" => pragmas.yes_write_barrier_rec = true,
            _ => {}
        }
    }
    pragmas
}

/// Tags for functions without bodies.
pub(crate) fn external_tag(pragmas: Pragmas) -> Leaks {
    if !pragmas.noescape {
        return Leaks::unknown();
    }
    let mut leaks = Leaks::default();
    leaks.add_mutator(0);
    leaks.add_callee(0);
    leaks
}
