//! Function values: literals and their captures, method values, functions as values.
//!
//! A func value points to `{code, captures...}`. Captures follow the code word like the fields of a struct: the variable's value when it is
//! captured by value, else the address of its cell.

use std::rc::Rc;

use rgo_mir::{DataId, Func, FuncBuilder, FuncId, FuncKind, InstKind, MemFlags, SrcLoc, Type, Value};
use rgo_syntax::ast::{self, Expr};
use rgo_types::{ObjId, TypeId};

use crate::abi::Abi;
use crate::call::{CallKind, Prepared};
use crate::capture::LitId;
use crate::func::{FuncLower, Storage};
use crate::repr::Val;
use crate::shape::Shape;

/// One captured word or value of a closure object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capture {
    pub obj: ObjId,
    /// Type of what is stored: the variable's, or a pointer to it.
    pub stored: TypeId,
    pub by_value: bool,
    pub offset: u64,
}

/// Who makes a call later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Statement {
    Go,
    Defer,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// The func value of a function that needs no context.
    pub fn func_value(&mut self, id: FuncId) -> Val {
        let id = self.l.go_func(id);
        let data = self.l.func_object(id);
        Val::one(self.data_addr(data))
    }

    pub fn func_lit(&mut self, e: &'s Expr, lit: &'s ast::FuncLit) -> Val {
        let t = self.type_of(e);
        let shape = self.shape(t);
        let Shape::Func(func) = &*shape else { panic!("{}: literal of no func type", self.describe(e.pos)) };
        let abi = self.l.abi(&func.params, &func.results);
        let symbol = self.next_closure_symbol();
        let (id, captures, object) = self.nested(&symbol, &abi, lit.body.pos, e.pos, |f| {
            f.body(&abi, &[], &lit.sig, &lit.body, Some(lit.body.pos))
        });
        Val::one(self.closure_object(id, &captures, object))
    }
    pub fn next_closure_symbol(&mut self) -> String {
        self.named.closures += 1;
        let prefix = if self.named.is_closure { "" } else { "func" };
        format!("{}.{prefix}{}", self.symbol, self.named.closures)
    }

    /// Lowers a literal's body with `fill`; its function, its captures and the type of its closure objects.
    pub fn nested(
        &mut self,
        symbol: &str,
        abi: &Abi,
        lit: LitId,
        pos: rgo_source::Pos,
        fill: impl FnOnce(&mut FuncLower<'_, '_, 's, '_>),
    ) -> (FuncId, Vec<Capture>, TypeId) {
        self.nested_with(symbol, abi, lit, pos, 0, fill)
    }
    fn nested_with(
        &mut self,
        symbol: &str,
        abi: &Abi,
        lit: LitId,
        pos: rgo_source::Pos,
        words: usize,
        fill: impl FnOnce(&mut FuncLower<'_, '_, 's, '_>),
    ) -> (FuncId, Vec<Capture>, TypeId) {
        let (captures, object) = self.capture_layout(lit, words);
        let id = self.l.module.declare_func(symbol, FuncKind::Go, abi.sig.clone());
        let mut func = Func::new(id, symbol, abi.sig.clone());
        func.loc = SrcLoc { pos: pos.0, inlined: 0 };
        func.frame.pos = pos.0;
        func.flags.closure = words > 0 || !captures.is_empty();
        func.flags.wrapper = crate::lowerer::passes_on_calls(symbol);
        let b = FuncBuilder::new(&mut func);
        let shared = Rc::clone(&self.captures);
        let mut inner =
            FuncLower::new(&mut *self.l, b, self.file, self.pkg, self.env.clone(), symbol.to_owned(), shared);
        inner.named.is_closure = true;
        inner.at(pos);
        inner.load_captures(&captures);
        fill(&mut inner);
        inner.b.finish();
        self.l.module.bodies.push(func);
        (id, captures, object)
    }

    /// A closure over a loop body: beside its captures it holds `words`, which `fill` gets back.
    pub fn range_closure(
        &mut self,
        s: &'s ast::RangeStmt,
        symbol: &str,
        abi: &Abi,
        words: &[Value],
        fill: impl FnOnce(&mut FuncLower<'_, '_, 's, '_>, &[Value]),
    ) -> Value {
        let word = u64::from(self.l.target.word);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        let lit = s.body.pos;
        let count = words.len();
        let (id, captures, object) = self.nested_with(symbol, abi, lit, lit, count, |f| {
            let context = f.b.value(InstKind::ClosureContext, Type::Ptr);
            let words: Vec<Value> = (0..count as u64)
                .map(|i| f.load_scalar(Type::Ptr, context, ((i + 1) * word) as i32, flags))
                .collect();
            fill(f, &words);
        });
        let closure = self.new_object(object);
        self.fill_closure(closure, id, &captures);
        for (i, &value) in words.iter().enumerate() {
            let flags = MemFlags { barrier: true, ..flags };
            self.store_scalar(closure, value, ((i as u64 + 1) * word) as i32, flags);
        }
        closure
    }

    /// What the literal captures, with offsets, and the closure object's type; `words` pointers come first.
    fn capture_layout(&mut self, lit: LitId, words: usize) -> (Vec<Capture>, TypeId) {
        let free: Vec<ObjId> = self.captures.free(lit).to_vec();
        let mut stored = vec![TypeId::UINTPTR];
        stored.resize(words + 1, TypeId::UNSAFE_POINTER);
        let mut captures = Vec::new();
        for obj in free {
            // Package-level variables are not captured, and unreached code may mention variables never declared.
            let by_value = self.captures.by_value(obj);
            let t = self.var_type(obj);
            let stored_type = if by_value { t } else { self.l.pointer_to(t) };
            stored.push(stored_type);
            captures.push(Capture { obj, stored: stored_type, by_value, offset: 0 });
        }
        let object = self.l.struct_of(&stored);
        for (i, capture) in captures.iter_mut().enumerate() {
            capture.offset = self.l.field_offset(object, words + i + 1);
        }
        (captures, object)
    }
    fn load_captures(&mut self, captures: &[Capture]) {
        if captures.is_empty() {
            return;
        }
        let context = self.b.value(InstKind::ClosureContext, Type::Ptr);
        for capture in captures {
            let offset = capture.offset as i32;
            let storage = if !capture.by_value {
                let cell = self.b.var(Type::Ptr);
                let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                let addr = self.load_scalar(Type::Ptr, context, offset, flags);
                self.b.def_var(cell, addr);
                Storage::Cell(cell)
            } else {
                match self.load(capture.stored, context, offset, true) {
                    Val::Mem(addr) => {
                        let cell = self.b.var(Type::Ptr);
                        self.b.def_var(cell, addr);
                        Storage::Cell(cell)
                    }
                    Val::Parts(parts) => {
                        let vars = parts.iter().map(|&value| {
                            let ty = self.b.func.ty(value);
                            let var = self.b.var(ty);
                            self.b.def_var(var, value);
                            var
                        });
                        Storage::Ssa(vars.collect())
                    }
                }
            };
            self.vars.insert(capture.obj, storage);
        }
    }
    /// A closure object for `id` with the present values or cells of `captures`.
    pub fn closure_object(&mut self, id: FuncId, captures: &[Capture], object: TypeId) -> Value {
        if captures.is_empty() {
            let data: DataId = self.l.func_object(id);
            return self.data_addr(data);
        }
        let closure = self.new_object(object);
        self.fill_closure(closure, id, captures);
        closure
    }
    fn fill_closure(&mut self, closure: Value, id: FuncId, captures: &[Capture]) {
        let code = self.b.value(InstKind::FuncAddr(id), Type::Ptr);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        self.store_scalar(closure, code, 0, flags);
        for capture in captures {
            let offset = capture.offset as i32;
            let storage = self.storage(capture.obj);
            if capture.by_value {
                let place = self.place_of(&storage);
                let value = self.read_place(&place, capture.stored);
                self.store(capture.stored, closure, offset, &value, true);
            } else {
                let Storage::Cell(cell) = storage else {
                    panic!("{}: captured variable without cell", self.symbol)
                };
                let addr = self.b.use_var(cell);
                let flags = MemFlags { nonnil: true, readonly: false, barrier: true };
                self.store_scalar(closure, addr, offset, flags);
            }
        }
    }

    /// A closure without parameters or results that makes a prepared call (`go`, `defer`).
    pub fn thunk(&mut self, call: Prepared, by: Statement) -> Value {
        // A call of a func value without arguments or results is already such a closure.
        if matches!(call.kind, CallKind::Closure) && call.operands.len() == 1 && call.abi.results.is_empty() {
            // Should it be nil: `newproc` ends the program, a deferred call panics when it is made.
            return call.operands[0].1.single();
        }
        if let CallKind::Direct(id) = call.kind
            && call.operands.is_empty()
            && call.abi.results.is_empty()
            && self.l.module.funcs[id].kind == rgo_mir::FuncKind::Go
        {
            return self.func_value(id).single();
        }
        if matches!(call.kind, CallKind::Interface { .. }) {
            // A method of a nil interface panics at the statement.
            let itab = call.operands[0].1.parts()[0];
            self.nil_check(itab);
        }
        // What the callee's uintptr arguments were converted from is captured too.
        let mut held = call.clone();
        held.operands.extend(call.kept.iter().map(|&kept| (TypeId::UNSAFE_POINTER, Val::one(kept))));
        let types: Vec<TypeId> =
            std::iter::once(TypeId::UINTPTR).chain(held.operands.iter().map(|(t, _)| *t)).collect();
        let symbol = self.next_thunk_symbol(by);
        self.bound_closure(&symbol, &types, &held, &Abi::default(), |f, mut operands| {
            let kept = operands.split_off(call.operands.len()).iter().map(|(_, v)| v.single()).collect();
            let inner = Prepared { operands, kept, ..call.clone() };
            f.emit_prepared(&inner);
            f.b.terminate(rgo_mir::Terminator::Return(vec![]));
        })
    }
    fn next_thunk_symbol(&mut self, by: Statement) -> String {
        self.named.calls += 1;
        let kind = if by == Statement::Go { "gowrap" } else { "deferwrap" };
        format!("{}.{kind}{}", self.symbol, self.named.calls)
    }

    /// A wrapper closure that holds `call.operands`; `fill` lowers its body, given the operands. Wrappers of one symbol are one function.
    fn bound_closure(
        &mut self,
        symbol: &str,
        types: &[TypeId],
        call: &Prepared,
        abi: &Abi,
        fill: impl FnOnce(&mut FuncLower<'_, '_, 's, '_>, Vec<(TypeId, Val)>),
    ) -> Value {
        let object = self.l.struct_of(types);
        let offsets: Vec<u64> = (1..types.len()).map(|i| self.l.field_offset(object, i)).collect();
        let id = match self.l.module.func_named(symbol) {
            Some(id) => id,
            None => self.bound_func(symbol, &offsets, call, abi, fill),
        };
        let closure = self.new_object(object);
        let code = self.b.value(InstKind::FuncAddr(id), Type::Ptr);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        self.store_scalar(closure, code, 0, flags);
        for ((t, value), &offset) in call.operands.iter().zip(&offsets) {
            self.store(*t, closure, offset as i32, value, true);
        }
        closure
    }

    /// The code of such closures.
    fn bound_func(
        &mut self,
        symbol: &str,
        offsets: &[u64],
        call: &Prepared,
        abi: &Abi,
        fill: impl FnOnce(&mut FuncLower<'_, '_, 's, '_>, Vec<(TypeId, Val)>),
    ) -> FuncId {
        let id = self.l.module.declare_func(symbol, FuncKind::Go, abi.sig.clone());
        let mut func = Func::new(id, symbol, abi.sig.clone());
        func.loc = SrcLoc { pos: call.pos.0, inlined: 0 };
        func.flags.closure = true;
        func.flags.wrapper = true;
        let b = FuncBuilder::new(&mut func);
        let shared = Rc::clone(&self.captures);
        let mut inner =
            FuncLower::new(&mut *self.l, b, self.file, self.pkg, self.env.clone(), symbol.to_owned(), shared);
        inner.at(call.pos);
        let context = inner.b.value(InstKind::ClosureContext, Type::Ptr);
        let mut operands = Vec::new();
        for ((t, _), &offset) in call.operands.iter().zip(offsets) {
            operands.push((*t, inner.load(*t, context, offset as i32, true)));
        }
        fill(&mut inner, operands);
        inner.b.finish();
        self.l.module.bodies.push(func);
        id
    }

    /// `x.m` as a value: a closure that has captured the receiver.
    pub fn method_value(&mut self, e: &'s Expr, x: &'s Expr, sel: &'s ast::Ident) -> Val {
        let (kind, abi, receiver) = self.bind_method(x, sel);
        let t = self.type_of(e);
        let shape = self.shape(t);
        let Shape::Func(func) = &*shape else { panic!("{}: method of no func type", self.describe(e.pos)) };
        let outer = self.l.abi(&func.params, &func.results);
        if matches!(kind, CallKind::Interface { .. }) {
            // A nil interface panics now, not when the value is called.
            let itab = receiver.1.parts()[0];
            self.nil_check(itab);
        }
        let recv = self.type_of(x);
        let (method, _) = self.find_method(recv, sel);
        let pos = self.l.prog.obj(method).pos;
        let call = Prepared { kind, abi, operands: vec![receiver], kept: vec![], pos };
        let types = [TypeId::UINTPTR, call.operands[0].0];
        let symbol = self.method_value_symbol(&call, sel);
        let closure = self.bound_closure(&symbol, &types, &call, &outer, |f, mut operands| {
            let (pointers, params) = f.incoming(&outer);
            operands.extend(outer.params.iter().copied().zip(params));
            let inner = Prepared { operands, ..call.clone() };
            let results = f.emit_prepared(&inner);
            f.pass_results(&outer, &pointers, &results);
        });
        Val::one(closure)
    }

    /// All values of a method have one function, named after the method.
    fn method_value_symbol(&mut self, call: &Prepared, sel: &ast::Ident) -> String {
        if let CallKind::Direct(method) = call.kind {
            return format!("{}-fm", self.l.module.funcs[method].name);
        }
        let recv = call.operands[0].0;
        let (obj, _) = self.find_method(recv, sel);
        let object = self.l.prog.obj(obj);
        let pkg = object.pkg.filter(|_| !sel.name.is_exported()).map(|pkg| self.l.prog.package_path(pkg));
        let recv = self.l.prog.link_string(recv);
        // An interface may have unexported methods of one name from several packages.
        match pkg.filter(|pkg| !recv.starts_with(&format!("{pkg}."))) {
            Some(pkg) => format!("{recv}.{}#{pkg}-fm", sel.name),
            None => format!("{recv}.{}-fm", sel.name),
        }
    }

    /// `T.m`: a function whose first parameter is the receiver.
    pub fn method_expr(&mut self, x: &'s Expr, sel: &'s ast::Ident) -> Val {
        let recv = self.type_of(x);
        let (obj, _) = self.find_method(recv, sel);
        let targs = self.type_args(sel);
        let id = self.l.method_expr_func(recv, obj, sel.name, targs);
        self.func_value(id)
    }
}
