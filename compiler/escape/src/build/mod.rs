//! From checked syntax to the tree.
//!
//! In: a declaration whose body has been checked, and the type arguments of an instance. Out: [`Func::body`]. What the
//! language leaves implicit is written out here, where the checker's facts are at hand; the analyses after it look at
//! nodes only.

mod assign;
mod builtin;
mod call;
mod convert;
mod expr;
mod literal;
mod range_func;
mod stmt;
mod switch;

use std::collections::HashMap;
use std::rc::Rc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast::{self, Expr};
use rgo_types::{ConstValue, FileIdx, ObjId, OperandMode, Selection, SubstMap, TypeId, TypeKind};

use crate::tree::{At, Class, Conv, FuncId, Key, Node, Op, Stage, VarId};
use crate::world::World;

/// Names of closures count by kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosureKind {
    Literal,
    Range,
    Go,
    Defer,
}

pub(crate) struct Builder<'w, 'p, 'a> {
    pub w: &'w mut World<'p, 'a>,
    pub file: FileIdx,
    env: SubstMap,
    pub func: FuncId,
    vars: HashMap<ObjId, VarId>,
    temps: u32,
}

impl<'a> World<'_, 'a> {
    /// Makes the function's tree, unless it exists.
    pub fn build(&mut self, id: FuncId) {
        if self.func(id).stage != Stage::Declared {
            return;
        }
        self.func_mut(id).stage = Stage::Built;
        let Some(key) = self.func(id).key.clone() else { return };
        let Some(source) = self.prog.func_source(key.obj) else { return };
        let Some(body) = &source.decl.body else { return };
        self.prog.check_body(key.obj);
        self.prog.settle();
        if !self.prog.diagnostics.is_empty() {
            self.func_mut(id).has_body = false;
            return;
        }
        let env = self.env(&key);
        let mut vars = HashMap::new();
        if let Some(sig) = self.prog.func_signature(key.obj) {
            let sig = self.prog.signature(sig).clone();
            let params = self.prog.tuple(sig.params);
            let objs = sig.recv.iter().chain(params.iter());
            vars.extend(objs.copied().zip(self.func(id).params.iter().copied()));
            let results = self.prog.tuple(sig.results);
            vars.extend(results.iter().copied().zip(self.func(id).results.iter().copied()));
        }
        let first = self.funcs.len();
        let mut builder = Builder { w: self, file: source.file, env, func: id, vars, temps: 0 };
        let body = builder.stmts(&body.stmts);
        self.func_mut(id).body = Rc::new(body);
        self.note_built(id, first);
    }

    /// Notes the assignments in a new function and in its closures, those made since there were `first` functions.
    fn note_built(&mut self, id: FuncId, first: usize) {
        let closures = (first..self.funcs.len()).map(|i| FuncId(i as u32));
        let closures: Vec<FuncId> = closures.filter(|&id| self.func(id).parent.is_some()).collect();
        for id in std::iter::once(id).chain(closures) {
            if self.func(id).pkg == self.package {
                self.keep_benchmarks_alive(id);
            }
            let body = Rc::clone(&self.func(id).body);
            self.note_assignments(&body);
        }
    }

    /// A function that consists of the initialisation of a package's variables.
    pub fn build_init(&mut self, pkg: PackageId) -> FuncId {
        let order = self.prog.init_order(pkg);
        let file = order.first().map_or(FileIdx(0), |init| init.file);
        let mut func = self.blank_func("init".to_owned(), pkg, file, Pos::NONE);
        func.stage = Stage::Built;
        let id = self.new_func(func);
        let first = self.funcs.len();
        let mut body = Vec::new();
        for init in order {
            let env = SubstMap::new(&[], &[]);
            let mut builder =
                Builder { w: self, file: init.file, env, func: id, vars: HashMap::new(), temps: 0 };
            let node = builder.initializer(&init.lhs, init.rhs);
            self.without_static_data(node, &mut body);
        }
        self.func_mut(id).body = Rc::new(body);
        self.note_built(id, first);
        id
    }
}

impl World<'_, '_> {
    /// Keeps of a package-level initialisation what cannot be laid out as data.
    fn without_static_data(&mut self, node: Node, out: &mut Vec<Node>) {
        let (Op::As(_), Some(Op::Global(_) | Op::Blank)) = (&node.op, node.kids.first().map(|lhs| &lhs.op))
        else {
            out.push(node);
            return;
        };
        let (at, mut kids) = (node.at, node.kids);
        let value = kids.pop().expect("two sides");
        let lhs = kids.pop().expect("two sides");
        let mut dynamic = Vec::new();
        self.dynamic_parts(value, &mut dynamic);
        for value in dynamic {
            let mut lhs = lhs.clone();
            lhs.ty = value.ty;
            out.push(Node::stmt(Op::As(crate::tree::DefnId::NONE), at, vec![lhs, value]));
        }
    }

    /// The parts of a value that must be computed.
    fn dynamic_parts(&mut self, mut value: Node, out: &mut Vec<Node>) {
        if !value.init.is_empty() {
            out.push(value);
            return;
        }
        match value.op {
            Op::Literal(_) | Op::Nil | Op::Func(_) | Op::MethodExpr(_) | Op::Global(_) | Op::Absent => {}
            Op::Closure(_) => out.push(value),
            Op::Addr if matches!(value.kids[0].op, Op::Global(_)) => {}
            Op::PtrLit | Op::StructLit | Op::ArrayLit | Op::SliceLit(_) | Op::StructKey => {
                for kid in value.kids {
                    self.dynamic_parts(kid, out);
                }
            }
            Op::Key => self.dynamic_parts(value.kids.remove(1), out),
            Op::Conv(Conv::Nop | Conv::Iface) if !self.is_interface(value.kids[0].ty) => {
                self.dynamic_parts(value.kids.remove(0), out);
            }
            _ => out.push(value),
        }
    }
}

impl<'a> Builder<'_, '_, 'a> {
    // ---- facts ----

    pub fn ty(&mut self, ty: TypeId) -> TypeId {
        if self.env.is_empty() { ty } else { self.w.prog.subst(ty, &self.env) }
    }
    /// The type as written, in terms of type parameters.
    fn raw_type(&self, e: &Expr) -> TypeId {
        self.w.prog.info(self.file).type_and_value(e.id).map_or(TypeId::INVALID, |record| record.ty)
    }
    pub fn type_of(&mut self, e: &Expr) -> TypeId {
        let raw = self.raw_type(e);
        self.ty(raw)
    }
    fn mode(&self, e: &Expr) -> OperandMode {
        match self.w.prog.info(self.file).type_and_value(e.id) {
            Some(record) => record.mode,
            None if e.unparen().as_ident().is_some_and(|ident| ident.name == "nil") => OperandMode::NilValue,
            None => OperandMode::Invalid,
        }
    }
    fn constant_of(&self, e: &Expr) -> Option<ConstValue> {
        self.w.prog.info(self.file).type_and_value(e.id)?.value.clone()
    }
    fn is_type(&self, e: &Expr) -> bool {
        self.mode(e) == OperandMode::TypeExpr
    }
    fn object(&self, ident: &ast::Ident) -> Option<ObjId> {
        self.w.prog.info(self.file).object(ident.id)
    }
    fn selection(&self, sel: &ast::Ident) -> Option<Selection> {
        self.w.prog.info(self.file).selections.get(&sel.id).cloned()
    }
    fn identical(&mut self, a: TypeId, b: TypeId) -> bool {
        a == b || self.w.prog.identical(a, b)
    }
    /// Whether loop variables are made anew for each iteration.
    fn distinct_loop_vars(&self) -> bool {
        self.w.prog.file(self.file).version >= (1, 22)
    }

    // ---- names ----

    /// Declares a local variable.
    fn declare(&mut self, ident: &ast::Ident) -> Option<VarId> {
        let obj = self.object(ident)?;
        Some(self.declare_object(obj, ident.name, ident.pos))
    }
    fn declare_object(&mut self, obj: ObjId, name: Name, pos: Pos) -> VarId {
        let ty = self.w.prog.obj_type(obj);
        let ty = self.ty(ty);
        let var = self.w.new_var(self.func, Class::Local, name, At::new(pos), ty);
        self.vars.insert(obj, var);
        var
    }
    /// A variable that the source does not name.
    fn temp(&mut self, pos: Pos, ty: TypeId) -> VarId {
        let name = Name::new(&format!(".autotmp_{}", self.temps));
        self.temps += 1;
        self.w.new_var(self.func, Class::Local, name, At::new(pos), ty)
    }
    /// A reference to a variable of this function or an enclosing one.
    fn use_var(&mut self, var: VarId, pos: Pos) -> Node {
        let (owner, ty) = (self.w.var(var).func, self.w.var(var).ty);
        let mut func = self.func;
        while func != owner {
            let here = self.w.func_mut(func);
            if !here.captures.contains(&var) {
                here.captures.push(var);
            }
            let Some(parent) = here.parent else { break };
            self.w.vars[var.index()].captured = true;
            func = parent;
        }
        Node::var(var, At::new(pos), ty)
    }

    fn dcl(&self, var: VarId, pos: Pos) -> Node {
        Node::stmt(Op::Dcl(var), At::new(pos), Vec::new())
    }

    /// The instance of a function that an identifier denotes.
    fn func_key(&mut self, ident: &ast::Ident, obj: ObjId) -> Key {
        let own = self.instance_args(ident);
        Key { obj, targs: own.into() }
    }
    /// Declares a function that the body mentions.
    fn declare_func(&mut self, key: Key) -> FuncId {
        let is_instance = !key.targs.is_empty();
        let id = self.w.declare(key);
        if is_instance {
            let (named, mentioned) = (self.env.is_empty(), self.w.is_shown(self.func));
            let func = self.w.func_mut(id);
            func.is_named_instance |= named;
            func.is_mentioned |= mentioned;
        }
        id
    }
    fn instance_args(&mut self, ident: &ast::Ident) -> Vec<TypeId> {
        let instance = self.w.prog.info(self.file).instances.get(&ident.id).cloned();
        let Some(instance) = instance else { return Vec::new() };
        instance
            .targs
            .iter()
            .map(|&t| {
                let t = self.ty(t);
                self.w.prog.canonical(t)
            })
            .collect()
    }
    /// The instance of a method whose receiver's base type is `base`.
    fn method_key(&mut self, obj: ObjId, base: TypeId, sel: Option<&ast::Ident>) -> Key {
        let origin = self.w.prog.obj(obj).as_func().and_then(|f| f.origin).unwrap_or(obj);
        let mut targs: Vec<TypeId> = Vec::new();
        if let Some(named) = self.w.prog.as_named(base) {
            let list = self.w.prog.named(named).targs.clone();
            targs = list.iter().map(|&t| self.w.prog.canonical(t)).collect();
        }
        if let Some(sel) = sel {
            targs.extend(self.instance_args(sel));
        }
        Key { obj: origin, targs: targs.into() }
    }

    // ---- marks ----

    /// The variable of which `node` denotes a part.
    fn base_var(&mut self, node: &Node) -> Option<VarId> {
        match node.op {
            Op::Var(var) => Some(var),
            Op::Dot(_) | Op::Conv(Conv::Nop) => self.base_var(&node.kids[0]),
            Op::Index if self.w.is_array(node.kids[0].ty) => self.base_var(&node.kids[0]),
            _ => None,
        }
    }
    fn mark_addr_taken(&mut self, node: &Node) {
        if let Some(var) = self.base_var(node) {
            let var = &mut self.w.vars[var.index()];
            var.addr_taken = true;
            var.assigned = None;
        }
    }
    fn mark_reassigned(&mut self, node: &Node, simple: Option<&Node>) {
        let Some(var) = self.base_var(node) else { return };
        let direct = matches!(node.op, Op::Var(_));
        let value = simple.filter(|_| direct).map(|rhs| self.w.value_of(rhs));
        let var = &mut self.w.vars[var.index()];
        var.reassigned = true;
        match (value, &mut var.assigned) {
            (Some(value), Some(list)) => list.push(value),
            (_, assigned) => *assigned = None,
        }
    }

    // ---- closures ----

    /// A function inside the one being built.
    fn new_closure(&mut self, kind: ClosureKind, pos: Pos) -> FuncId {
        let parent = self.func;
        let (pkg, is_literal) = (self.w.func(parent).pkg, self.w.func(parent).parent.is_some());
        let name = {
            let outer = self.w.func_mut(parent);
            let counter = match kind {
                ClosureKind::Literal => 0,
                ClosureKind::Range => 1,
                ClosureKind::Go | ClosureKind::Defer => 2,
            };
            outer.closures[counter] += 1;
            let n = outer.closures[counter];
            let is_init = outer.key.is_none() && outer.parent.is_none();
            let base = if is_init { "init" } else { &outer.name };
            match kind {
                ClosureKind::Literal if is_literal => format!("{base}.{n}"),
                ClosureKind::Literal => format!("{base}.func{n}"),
                ClosureKind::Range => format!("{base}-range{n}"),
                ClosureKind::Go => format!("{base}.gowrap{n}"),
                ClosureKind::Defer => format!("{base}.deferwrap{n}"),
            }
        };
        let mut func = self.w.blank_func(name, pkg, self.file, pos);
        func.parent = Some(parent);
        func.stage = Stage::Built;
        func.is_wrapper = matches!(kind, ClosureKind::Go | ClosureKind::Defer);
        func.is_range = kind == ClosureKind::Range;
        self.w.new_func(func)
    }

    /// Builds in another function.
    fn within<R>(&mut self, func: FuncId, build: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.func, func);
        let result = build(self);
        self.func = outer;
        result
    }

    fn func_lit(&mut self, e: &'a Expr, lit: &'a ast::FuncLit) -> Node {
        let id = self.new_closure(ClosureKind::Literal, e.pos);
        self.within(id, |b| {
            b.closure_params(id, &lit.sig.params, Class::Param);
            b.closure_params(id, &lit.sig.results, Class::Result(0));
            let body = b.stmts(&lit.body.stmts);
            b.w.func_mut(id).body = Rc::new(body);
        });
        let ty = self.type_of(e);
        if let TypeKind::Signature(sig) = self.w.under(ty) {
            let variadic = self.w.prog.signature(sig).variadic;
            self.w.func_mut(id).variadic = variadic;
        }
        Node::new(Op::Closure(id), At::new(e.pos), ty, Vec::new())
    }

    fn closure_params(&mut self, id: FuncId, fields: &'a [ast::Field], class: Class) {
        let mut list = Vec::new();
        for field in fields {
            let class = |n: usize| match class {
                Class::Result(_) => Class::Result(n as u32),
                other => other,
            };
            if field.names.is_empty() {
                let ty = self.type_of(&field.ty);
                let ty = self.variadic_type(&field.ty, ty);
                let class = class(list.len());
                let name = match class {
                    Class::Result(i) => Name::new(&format!("~r{i}")),
                    _ => Name::new(""),
                };
                list.push(self.w.new_var(id, class, name, At::new(field.pos), ty));
            }
            for ident in &field.names {
                let Some(obj) = self.object(ident) else { continue };
                let ty = self.w.prog.obj_type(obj);
                let ty = self.ty(ty);
                let var = self.w.new_var(id, class(list.len()), ident.name, At::new(ident.pos), ty);
                self.vars.insert(obj, var);
                list.push(var);
            }
        }
        let func = self.w.func_mut(id);
        match class {
            Class::Param => func.params = list,
            _ => func.results = list,
        }
    }

    /// The type of an unnamed parameter: a slice for `...T`.
    fn variadic_type(&mut self, written: &Expr, ty: TypeId) -> TypeId {
        match &written.kind {
            ast::ExprKind::Ellipsis(elem) => {
                let elem = self.type_of(elem);
                self.w.prog.new_slice(elem)
            }
            _ => ty,
        }
    }
}

/// A key without type arguments.
pub(crate) fn plain(obj: ObjId) -> Key {
    Key { obj, targs: Rc::new([]) }
}
