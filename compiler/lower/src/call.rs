//! Calls: what is called, arguments in order, results.
//!
//! A call is first *prepared* (callee and arguments evaluated, in the order of the spec's "Order of evaluation"), then *emitted*. `go` and `defer`
//! prepare a call now and emit it inside a closure that has captured what was prepared.

use std::rc::Rc;

use rgo_mir::{BinaryOp, Callee, FuncId, FuncKind, InstKind, MemFlags, Terminator, Type, Value};
use rgo_source::Pos;
use rgo_syntax::ast::{self, Expr, ExprKind};
use rgo_types::{BuiltinId, ObjId, ObjKind, OperandMode, SelectionKind, TypeId};
use smallvec::SmallVec;

use crate::abi::Abi;
use crate::func::{FuncLower, Place};
use crate::lowerer::FuncKey;
use crate::repr::Val;
use crate::shape::Shape;

/// What a prepared call calls.
#[derive(Clone, Debug)]
pub(crate) enum CallKind {
    /// A known function; the operands are its receiver and arguments.
    Direct(FuncId),
    /// Operand 0 is a func value, the rest arguments.
    Closure,
    /// Operand 0 is an interface value, the rest arguments.
    Interface { method: usize },
    /// The operands are the arguments.
    Builtin(BuiltinId),
}

/// Functions of std that do not return, nor panic: what calls them is out of the way of everything else. (`runtime.fatal` is another one; with it
/// `mapassign_fast64` came out with fewer instructions, but filling a map that does not fit the caches took 15 % longer.)
const ENDS_PROGRAM: &[&str] = &["runtime.throw", "sync.throw", "internal/sync.throw"];

/// A call whose operands have been evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub kind: CallKind,
    /// Convention of the callee; for `Closure` and `Interface` without operand 0.
    pub abi: Abi,
    pub operands: Vec<(TypeId, Val)>,
    /// What has to live until the call returns although only numbers made from it are passed.
    pub kept: Vec<Value>,
    pub pos: Pos,
}

impl Prepared {
    /// A call of nothing, for `defer T(x)` and the like.
    pub fn nothing(pos: Pos) -> Prepared {
        let abi = Abi::default();
        Prepared { kind: CallKind::Builtin(BuiltinId::Print), abi, operands: vec![], kept: vec![], pos }
    }
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// A call expression (or conversion); one value per result.
    pub fn call(&mut self, e: &'s Expr) -> Vec<Val> {
        let ExprKind::Call { fun, args, .. } = &e.kind else {
            panic!("{}: no call", self.describe(e.pos));
        };
        if let Some(values) = self.take_hoisted(e) {
            return values;
        }
        if self.is_type(fun) {
            let to = self.type_of(fun);
            return vec![self.conversion(e, &args[0], to)];
        }
        if self.mode(fun) == OperandMode::Builtin {
            return self.builtin_call(e);
        }
        if let Some(results) = self.intrinsic(e) {
            return results;
        }
        let prepared = self.prepare(e);
        self.emit_prepared(&prepared)
    }

    /// The built-in function that `fun` names.
    pub fn builtin_id(&self, fun: &Expr) -> BuiltinId {
        let ident = match &fun.unparen().kind {
            ExprKind::Ident(ident) => ident,
            ExprKind::Selector { sel, .. } => sel,
            _ => panic!("{}: built-in without name", self.describe(fun.pos)),
        };
        match self.object(ident).map(|obj| &self.l.prog.obj(obj).kind) {
            Some(ObjKind::Builtin(id)) => *id,
            _ => panic!("{}: {} is no built-in", self.describe(fun.pos), ident.name),
        }
    }

    /// The declared function that `fun` names, if it names one: its instance and the identifier.
    pub fn static_callee(&mut self, fun: &'s Expr) -> Option<FuncKey> {
        let ident = match &fun.unparen().kind {
            ExprKind::Ident(ident) => ident,
            ExprKind::Selector { sel, .. } if self.selection(sel).is_none() => sel,
            ExprKind::Index { x, .. } => return self.static_callee(x),
            _ => return None,
        };
        let obj = self.object(ident)?;
        self.l.prog.obj(obj).is_func().then(|| self.func_key(ident, obj))
    }
    /// The instance of function `obj` that `ident` denotes.
    pub fn func_key(&mut self, ident: &ast::Ident, obj: ObjId) -> FuncKey {
        FuncKey { obj, targs: self.type_args(ident) }
    }
    pub fn func_instance(&mut self, ident: &ast::Ident, obj: ObjId) -> FuncId {
        let key = self.func_key(ident, obj);
        self.l.func(key)
    }

    /// Evaluates callee and arguments.
    pub fn prepare(&mut self, e: &'s Expr) -> Prepared {
        let ExprKind::Call { fun, args, ellipsis, .. } = &e.kind else {
            panic!("{}: no call", self.describe(e.pos));
        };
        let pos = e.pos;
        self.order_call(fun, args);
        if self.mode(fun) == OperandMode::Builtin {
            let id = self.builtin_id(fun);
            let operands = self.builtin_operands(id, args);
            return Prepared {
                kind: CallKind::Builtin(id),
                abi: Abi::default(),
                operands,
                kept: vec![],
                pos,
            };
        }
        if let Some(key) = self.static_callee(fun) {
            let abi = self.l.func_abi(&key);
            let id = self.l.func(key);
            let variadic = self.is_variadic(fun);
            let operands = self.arguments(args, ellipsis.is_some(), &abi.params, variadic);
            let kind = CallKind::Direct(id);
            let kept = self.kept_operands(&kind, args, &operands);
            return Prepared { kind, abi, operands, kept, pos };
        }
        if let ExprKind::Selector { x, sel } = callee_selector(fun)
            && let Some(selection) = self.selection(sel)
            && selection.kind == SelectionKind::MethodVal
        {
            return self.prepare_method(e, x, sel);
        }
        let t = self.type_of(fun);
        let value = self.expr(fun);
        let shape = self.shape(t);
        let Shape::Func(func) = &*shape else { panic!("{}: call of no function", self.describe(e.pos)) };
        let abi = self.l.abi(&func.params, &func.results);
        let mut operands = vec![(t, value)];
        operands.extend(self.arguments(args, ellipsis.is_some(), &func.params, func.variadic));
        Prepared { kind: CallKind::Closure, abi, operands, kept: vec![], pos }
    }

    pub fn is_variadic(&mut self, fun: &'s Expr) -> bool {
        match &*self.shape_of(fun) {
            Shape::Func(func) => func.variadic,
            _ => false,
        }
    }

    /// `x.sel(args)` where `sel` is a method.
    fn prepare_method(&mut self, e: &'s Expr, x: &'s Expr, sel: &'s ast::Ident) -> Prepared {
        let ExprKind::Call { args, ellipsis, .. } = &e.kind else { unreachable!("checked by the caller") };
        let pos = e.pos;
        let (kind, abi, receiver) = self.bind_method(x, sel);
        let params = match kind {
            CallKind::Direct(_) => &abi.params[1..],
            _ => &abi.params[..],
        };
        let params = params.to_vec();
        let variadic = self.method_is_variadic(sel);
        let mut operands = vec![receiver];
        operands.extend(self.arguments(args, ellipsis.is_some(), &params, variadic));
        let kept = self.kept_operands(&kind, args, &operands[1..]);
        Prepared { kind, abi, operands, kept, pos }
    }
    fn method_is_variadic(&mut self, sel: &ast::Ident) -> bool {
        let obj = self.selection(sel).expect("a selection").obj;
        let sig = self.l.prog.func_signature(obj).expect("a method");
        self.l.prog.signature(sig).variadic
    }

    /// Finds the method `x.sel` and evaluates its receiver: for a concrete method as the method wants it (value or
    /// pointer), for an interface method the interface value.
    pub fn bind_method(&mut self, x: &'s Expr, sel: &'s ast::Ident) -> (CallKind, Abi, (TypeId, Val)) {
        let recv = self.type_of(x);
        let (obj, index) = self.find_method(recv, sel);
        let (_, fields) = index.split_last().expect("a method has a path");
        let is_iface_method = self.l.prog.obj(obj).as_func().is_some_and(|f| f.is_interface_method);
        if is_iface_method {
            let value = self.expr(x);
            self.at(sel.pos);
            let (value, t) = self.walk_value(value, recv, fields);
            let (method, abi) = self.interface_method(t, sel);
            return (CallKind::Interface { method }, abi, (t, value));
        }
        let pointer_receiver = self.l.prog.obj(obj).as_func().is_some_and(|f| f.has_ptr_recv);
        // The receiver: &x.f or x.f with embedded fields followed.
        let (key, receiver) = if pointer_receiver {
            let (addr, t) = self.receiver_address(x, recv, fields, sel.pos);
            let key = self.method_key(obj, t, sel);
            let t = self.l.pointer_to(t);
            (key, (t, Val::one(addr)))
        } else {
            let place_like = self.is_addressable(x) && self.l.pointee(recv).is_none();
            let (value, t) = if place_like {
                let place = self.place(x);
                self.at(sel.pos);
                let (place, t) = self.walk_fields(place, recv, fields);
                (self.read_place(&place, t), t)
            } else {
                let value = self.expr(x);
                self.at(sel.pos);
                self.walk_value(value, recv, fields)
            };
            let (value, t) = match self.l.pointee(t) {
                Some(elem) if !self.method_declared_on(obj, t) => {
                    (self.load(elem, value.single(), 0, false), elem)
                }
                _ => (value, t),
            };
            let value = self.stable(t, value);
            (self.method_key(obj, t, sel), (t, value))
        };
        let abi = self.l.func_abi(&key);
        let id = self.l.func(key);
        (CallKind::Direct(id), abi, receiver)
    }
    /// Whether (pointer) type `t` itself is the receiver base of the method: a defined pointer type cannot be.
    fn method_declared_on(&mut self, _obj: ObjId, t: TypeId) -> bool {
        self.l.pointee(t).is_none()
    }

    fn receiver_address(&mut self, x: &'s Expr, recv: TypeId, fields: &[usize], pos: Pos) -> (Value, TypeId) {
        let (place, t) = if let Some(elem) = self.l.pointee(recv) {
            let ptr = self.expr1(x);
            self.at(pos);
            if fields.is_empty() {
                return (ptr, elem);
            }
            self.walk_fields(Place::Mem { addr: ptr, offset: 0, nonnil: false }, elem, fields)
        } else if self.is_addressable(x) {
            let place = self.place(x);
            self.at(pos);
            self.walk_fields(place, recv, fields)
        } else {
            let value = self.expr(x);
            self.at(pos);
            let addr = self.spill(recv, &value);
            self.walk_fields(Place::Mem { addr, offset: 0, nonnil: true }, recv, fields)
        };
        // The last field may itself be a pointer.
        if let Some(elem) = self.l.pointee(t) {
            return (self.read_place(&place, t).single(), elem);
        }
        match place {
            Place::Mem { addr, offset, nonnil } => {
                if !nonnil {
                    self.nil_check(addr);
                }
                (self.ptr_offset(addr, i64::from(offset)), t)
            }
            Place::Ssa(_) | Place::Element { .. } | Place::Map { .. } | Place::Blank => {
                panic!("{}: receiver without address", self.describe(pos))
            }
        }
    }

    /// The method that `sel` selects on concrete type `recv`, and its path.
    pub fn find_method(&mut self, recv: TypeId, sel: &ast::Ident) -> (ObjId, Vec<usize>) {
        let selection = self.selection(sel).expect("a selection");
        if self.env.params.is_empty() {
            return (selection.obj, selection.index);
        }
        let pkg = self.l.prog.obj(selection.obj).pkg;
        let found = self.l.prog.lookup_field_or_method(recv, true, pkg, sel.name);
        match found.obj {
            Some(obj) => (obj, found.index),
            None => panic!("{}: no method {}", self.describe(sel.pos), sel.name),
        }
    }
    /// The instance of method `obj` whose receiver base is `base` (no pointer); `sel` may carry type arguments.
    pub fn method_key(&mut self, obj: ObjId, base: TypeId, sel: &ast::Ident) -> FuncKey {
        let mut key = self.l.method_instance(obj, base);
        let own = self.type_args(sel);
        key.add_targs(&own);
        key
    }
    /// The type arguments with which `ident` is instantiated, written or inferred.
    pub fn type_args(&mut self, ident: &ast::Ident) -> Rc<[TypeId]> {
        let instance = self.l.prog.info(self.file).instances.get(&ident.id).cloned();
        let targs = instance.iter().flat_map(|i| i.targs.iter());
        targs.map(|&t| self.ty(t)).collect()
    }
    /// Index of a method in interface type `t`'s table, and its convention without receiver.
    pub fn interface_method(&mut self, t: TypeId, sel: &ast::Ident) -> (usize, Abi) {
        let shape = self.shape(t);
        let Shape::Interface(methods) = &*shape else { panic!("{}: no interface", self.describe(sel.pos)) };
        let pkg = self.l.prog.package_path(self.pkg);
        let index = methods
            .iter()
            .position(|m| m.name == sel.name && m.pkg.is_none_or(|p| p == pkg))
            .or_else(|| methods.iter().position(|m| m.name == sel.name))
            .unwrap_or_else(|| panic!("{}: no method {}", self.describe(sel.pos), sel.name));
        self.l.reach_interface_call(t, index);
        let sig = self.shape(methods[index].sig);
        let Shape::Func(func) = &*sig else { panic!("method without signature") };
        (index, self.l.abi(&func.params, &func.results))
    }

    /// Makes the call; one value per result.
    pub fn emit_prepared(&mut self, call: &Prepared) -> Vec<Val> {
        self.at(call.pos);
        let args = |from: usize| call.operands[from..].iter().map(|(_, v)| v.clone()).collect::<Vec<_>>();
        let results = match call.kind {
            CallKind::Builtin(id) => self.emit_builtin(id, &call.operands, call.pos),
            CallKind::Direct(id) => {
                let results = self.emit_call(Callee::Func(id), &call.abi, None, &args(0));
                if ENDS_PROGRAM.contains(&self.l.module.funcs[id].name.as_str()) {
                    self.b.terminate(Terminator::Unreachable);
                    self.ensure_reachable();
                }
                results
            }
            CallKind::Closure => {
                let func = call.operands[0].1.single();
                self.emit_call(Callee::Closure(func), &call.abi, None, &args(1))
            }
            CallKind::Interface { method } => {
                let (itab, data) = {
                    let parts = call.operands[0].1.parts();
                    (parts[0], parts[1])
                };
                let offset = self.l.itab_fun_offset(method);
                let flags = MemFlags { readonly: true, ..MemFlags::default() };
                let code = self.load_scalar(Type::Ptr, itab, offset, flags);
                self.emit_call(Callee::Code { code }, &call.abi, Some(data), &args(1))
            }
        };
        for &kept in &call.kept {
            self.b.inst(InstKind::KeepAlive(kept), &[]);
        }
        results
    }

    /// Bytes of the parameters and results that are in memory.
    pub fn memory_bytes(&mut self, abi: &Abi) -> u64 {
        let mut bytes = 0u64;
        for &t in abi.params.iter().chain(&abi.results) {
            let layout = self.layout(t);
            if layout.is_memory() {
                bytes = bytes.saturating_add(layout.size);
            }
        }
        bytes
    }
    /// Flattens arguments, makes room for memory results, calls. `data`: an interface's data word, passed as the receiver.
    pub fn emit_call(&mut self, callee: Callee, abi: &Abi, data: Option<Value>, args: &[Val]) -> Vec<Val> {
        let needs = self.memory_bytes(abi);
        self.b.func.frame.callee = self.b.func.frame.callee.max(needs);
        let mut flat: Vec<Value> = Vec::new();
        let mut memory: Vec<Option<Value>> = Vec::new();
        for (&t, &is_memory) in abi.results.iter().zip(&abi.memory_results) {
            let room = is_memory.then(|| self.temp(t));
            flat.extend(room);
            memory.push(room);
        }
        let mut sig = abi.sig.clone();
        if let Some(data) = data {
            sig.params.insert(flat.len(), Type::Ptr);
            flat.push(data);
        }
        for arg in args {
            match arg {
                Val::Parts(parts) => flat.extend(parts),
                Val::Mem(addr) => flat.push(*addr),
            }
        }
        let mut scalars = self.call_scalars(callee, sig, flat);
        let mut values = Vec::with_capacity(abi.results.len());
        for (&t, room) in abi.results.iter().zip(memory) {
            match room {
                Some(addr) => values.push(Val::Mem(addr)),
                None => {
                    let count = self.layout(t).parts().len();
                    let rest = scalars.split_off_at(count);
                    values.push(Val::Parts(std::mem::replace(&mut scalars, rest)));
                }
            }
        }
        values
    }
    /// The call itself, on scalars.
    pub fn call_scalars(
        &mut self,
        callee: Callee,
        sig: rgo_mir::Signature,
        args: Vec<Value>,
    ) -> SmallVec<[Value; 4]> {
        if let Callee::Func(id) = callee
            && self.l.module.funcs[id].sig != sig
        {
            return self.call_otherwise_declared(id, &sig, args);
        }
        let runtime =
            matches!(&callee, Callee::Func(id) if self.l.module.funcs[*id].kind == FuncKind::Runtime);
        if runtime && sig.results.len() > 2 {
            return self.call_with_result_area(callee, sig, args);
        }
        let results = sig.results.clone();
        let inst = self.b.inst(InstKind::Call { callee, sig, args }, &results);
        self.b.func.results[inst].iter().copied().collect()
    }
    /// A call through a linkname declaration whose signature is not that of the function behind the symbol. Nothing checks such
    /// declarations, so programs carry wrong ones: words in excess are dropped, those that are missing are zero.
    fn call_otherwise_declared(
        &mut self,
        id: FuncId,
        used: &rgo_mir::Signature,
        args: Vec<Value>,
    ) -> SmallVec<[Value; 4]> {
        let sig = self.l.module.funcs[id].sig.clone();
        let args = self.reinterpret(args, &sig.params);
        let results = self.call_scalars(Callee::Func(id), sig, args);
        self.reinterpret(results, &used.results).into()
    }
    /// The words `values` taken as `types`.
    fn reinterpret(&mut self, values: impl IntoIterator<Item = Value>, types: &[Type]) -> Vec<Value> {
        let mut values = values.into_iter();
        let as_type = |ty: Type| match values.next() {
            Some(value) if self.b.func.ty(value) == ty => value,
            Some(value) if !ty.is_float() && !self.b.func.ty(value).is_float() => {
                self.resize_int(value, ty, false)
            }
            _ => self.zero_scalar(ty),
        };
        types.iter().copied().map(as_type).collect()
    }
    /// An rt entry with more than two result words writes them to memory whose address goes first.
    fn call_with_result_area(
        &mut self,
        callee: Callee,
        mut sig: rgo_mir::Signature,
        mut args: Vec<Value>,
    ) -> SmallVec<[Value; 4]> {
        let types = std::mem::take(&mut sig.results);
        let word = self.l.target.word;
        let slot = self.b.slot(types.len() as u32 * word, word);
        let area = self.slot_addr(slot);
        sig.params.insert(0, Type::Ptr);
        args.insert(0, area);
        self.b.inst(InstKind::Call { callee, sig, args }, &[]);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        let offsets = (0..).step_by(word as usize);
        types.iter().zip(offsets).map(|(&ty, offset)| self.load_scalar(ty, area, offset, flags)).collect()
    }

    /// Address of element `index` (already checked) of an array or slice at `base`.
    pub fn element_addr(&mut self, base: Value, index: Value, size: u64) -> Value {
        if size == 0 {
            return base;
        }
        let offset = if size == 1 {
            index
        } else {
            let size = self.int(size as i64);
            self.binary(BinaryOp::Imul, index, size)
        };
        self.ptr_add(base, offset)
    }
}

fn callee_selector(fun: &Expr) -> &ExprKind {
    match &fun.unparen().kind {
        // A generic method with explicit type arguments.
        ExprKind::Index { x, .. } => &x.unparen().kind,
        kind => kind,
    }
}

trait SplitOff {
    fn split_off_at(&mut self, at: usize) -> Self;
}

impl SplitOff for SmallVec<[Value; 4]> {
    fn split_off_at(&mut self, at: usize) -> Self {
        let rest = self[at..].into();
        self.truncate(at);
        rest
    }
}
