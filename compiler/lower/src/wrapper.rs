//! Method wrappers: the code of methods whose receiver has another form than the caller has.
//!
//! Promoted methods, and methods of the value called through a pointer; the latter also serve interfaces, whose boxed value is called through
//! the data word. Wrappers are invisible to `recover` and tracebacks.

use std::rc::Rc;

use rgo_mir::{Func, FuncBuilder, FuncId, FuncKind, SrcLoc, Terminator, Value};
use rgo_source::Name;
use rgo_types::{FileIdx, ObjId, TypeId};

use crate::Lowerer;
use crate::abi::Abi;
use crate::call::{CallKind, Prepared};
use crate::func::{Env, FuncLower, Place};
use crate::lowerer::{FuncKey, Work};
use crate::repr::Val;
use crate::shape::Shape;

/// How the receiver arrives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Receiver {
    /// As an interface's data word.
    Word,
    /// As a parameter of the receiver type.
    Value,
}

/// A wrapper: the method `name` of `recv`'s method set.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Wrapper {
    pub recv: TypeId,
    pub name: Name,
    pub pkg: Option<Name>,
    /// Type arguments of a generic method.
    pub targs: Rc<[TypeId]>,
}

impl Lowerer<'_, '_> {
    /// The instance of (possibly instantiated) method `obj` with receiver base `base`.
    pub(crate) fn method_instance(&mut self, obj: ObjId, base: TypeId) -> FuncKey {
        let origin = self.prog.obj(obj).as_func().and_then(|f| f.origin).unwrap_or(obj);
        let targs: Rc<[TypeId]> = match self.prog.as_named(base) {
            Some(named) => {
                let targs = self.prog.named(named).targs.clone();
                targs.iter().map(|&t| self.canon(t)).collect()
            }
            None => Rc::new([]),
        };
        FuncKey { obj: origin, targs }
    }

    /// `T.m` as a function with the receiver first; `targs` are the method's own type arguments.
    pub(crate) fn method_expr_func(
        &mut self,
        recv: TypeId,
        obj: ObjId,
        name: Name,
        targs: Rc<[TypeId]>,
    ) -> FuncId {
        let object = self.prog.obj(obj);
        let pkg = (!name.is_exported()).then_some(object.pkg).flatten();
        let pkg = pkg.map(|p| self.prog.package_path(p));
        if self.shape(recv).is_interface() {
            return self.wrapper(Wrapper { recv, name, pkg, targs });
        }
        self.method_func(recv, name, pkg, Receiver::Value, targs)
    }

    pub(crate) fn wrapper(&mut self, wrapper: Wrapper) -> FuncId {
        if let Some(&id) = self.wrappers.get(&wrapper) {
            return id;
        }
        let symbol = self.wrapper_symbol(&wrapper);
        let abi = self.wrapper_abi(&wrapper);
        let id = self.module.declare_func(&symbol, FuncKind::Go, abi.sig);
        self.wrappers.insert(wrapper.clone(), id);
        self.work.push_back(Work::Wrapper(wrapper, id));
        id
    }
    /// `path.(*T).Method` for pointers, as `runtime.panicwrap` expects; unexported names of other packages than the type's carry their
    /// package, since one type may have several methods of that name.
    fn wrapper_symbol(&mut self, wrapper: &Wrapper) -> String {
        let recv = self.prog.link_string(wrapper.recv);
        let mut name = match wrapper.pkg {
            Some(pkg) => format!("{}#{pkg}", wrapper.name),
            None => wrapper.name.to_string(),
        };
        if !wrapper.targs.is_empty() {
            let targs: Vec<String> = wrapper.targs.iter().map(|&t| self.prog.link_string(t)).collect();
            name.push_str(&format!("[{}]", targs.join(",")));
        }
        let named = recv.strip_prefix('*').filter(|_| {
            let elem = self.pointee(wrapper.recv);
            elem.is_some_and(|elem| self.prog.as_named(elem).is_some())
        });
        if let Some(elem) = named {
            let arguments = elem.find('[').unwrap_or(elem.len());
            let slash = elem[..arguments].rfind('/').map_or(0, |at| at + 1);
            if let Some(dot) = elem[slash..].find('.') {
                let (pkg, name_of_type) = elem.split_at(slash + dot);
                let own = wrapper.pkg.is_none_or(|path| path.as_str() == pkg);
                let name = if own { wrapper.name.to_string() } else { name };
                return format!("{pkg}.(*{}).{name}", &name_of_type[1..]);
            }
        }
        format!("{recv}.{name}-wrap")
    }
    /// The method's object and path.
    fn wrapped(&mut self, wrapper: &Wrapper) -> (ObjId, Vec<usize>) {
        let pkg = wrapper
            .pkg
            .and_then(|path| self.prog.graph.packages.iter().find(|p| p.path == path).map(|p| p.id));
        let found = self.prog.lookup_field_or_method(wrapper.recv, false, pkg, wrapper.name);
        (found.obj.expect("a method"), found.index)
    }
    fn wrapper_abi(&mut self, wrapper: &Wrapper) -> Abi {
        let (obj, _) = self.wrapped(wrapper);
        let mut sig = self.prog.obj_type(obj);
        if !wrapper.targs.is_empty()
            && let Some(generic) = self.prog.as_signature(sig)
        {
            let instance = self.prog.instantiate_signature(generic, &wrapper.targs);
            sig = self.prog.signature_type(instance);
        }
        let sig = self.canon(sig);
        let shape = self.shape(sig);
        let Shape::Func(func) = &*shape else { panic!("method without signature") };
        let params: Vec<TypeId> = std::iter::once(wrapper.recv).chain(func.params.iter().copied()).collect();
        self.abi(&params, &func.results)
    }

    /// `id` in the Go convention: itself, or for an rt entry a function that calls it.
    pub(crate) fn go_func(&mut self, id: FuncId) -> FuncId {
        if self.module.funcs[id].kind != FuncKind::Runtime {
            return id;
        }
        let (name, sig) = (self.module.funcs[id].name.clone(), self.module.funcs[id].sig.clone());
        let symbol = format!("{name}-entry");
        if let Some(adapter) = self.module.func_named(&symbol) {
            return adapter;
        }
        let adapter = self.module.declare_func(&symbol, FuncKind::Go, sig.clone());
        let mut func = Func::new(adapter, symbol.clone(), sig.clone());
        func.flags.wrapper = true;
        let pkg = self.prog.file(FileIdx(0)).pkg;
        let b = FuncBuilder::new(&mut func);
        let mut f = FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), symbol, Rc::default());
        let params = f.b.func.params().to_vec();
        let results = f.call_scalars(rgo_mir::Callee::Func(id), sig, params);
        f.b.terminate(Terminator::Return(results.to_vec()));
        f.b.finish();
        self.module.bodies.push(func);
        adapter
    }

    pub(crate) fn lower_wrapper(&mut self, wrapper: Wrapper, id: FuncId) {
        let abi = self.wrapper_abi(&wrapper);
        let (obj, index) = self.wrapped(&wrapper);
        let pos = self.prog.obj(obj).pos;
        let symbol = self.module.funcs[id].name.clone();
        let mut func = Func::new(id, symbol.clone(), abi.sig.clone());
        func.flags.wrapper = true;
        func.loc = SrcLoc { pos: pos.0, inlined: 0 };
        // The universe's error.Error belongs to no package.
        let pkg = self.prog.obj(obj).pkg.unwrap_or_else(|| self.prog.file(FileIdx(0)).pkg);
        let b = FuncBuilder::new(&mut func);
        let mut f = FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), symbol, Rc::default());
        f.at(pos);
        let (pointers, mut params) = f.incoming(&abi);
        let receiver = params.remove(0);
        let call = f.wrapped_call(&wrapper, obj, &index, receiver, params, &abi);
        let results = f.emit_prepared(&call);
        f.pass_results(&abi, &pointers, &results);
        f.b.finish();
        self.module.bodies.push(func);
    }
}

impl FuncLower<'_, '_, '_, '_> {
    /// The incoming result pointers and parameter values of a function with convention `abi`.
    pub fn incoming(&mut self, abi: &Abi) -> (Vec<Option<Value>>, Vec<Val>) {
        let mut incoming = self.b.func.params().to_vec().into_iter();
        let pointers =
            abi.memory_results.iter().map(|&memory| if memory { incoming.next() } else { None }).collect();
        let params = abi.params.iter().map(|&t| self.take_param(t, &mut incoming)).collect();
        (pointers, params)
    }
    /// The next parameter, of type `t`, from the flattened ones: an address, or its scalars.
    pub fn take_param(&mut self, t: TypeId, incoming: &mut impl Iterator<Item = Value>) -> Val {
        let layout = self.layout(t);
        let mut next = || incoming.next().expect("a parameter");
        if layout.is_memory() {
            return Val::Mem(next());
        }
        Val::Parts(layout.parts().iter().map(|_| next()).collect())
    }
    /// Returns a call's results as the function's own.
    pub fn pass_results(&mut self, abi: &Abi, pointers: &[Option<Value>], results: &[Val]) {
        let mut flat = Vec::new();
        for ((value, pointer), &t) in results.iter().zip(pointers).zip(&abi.results) {
            match pointer {
                Some(pointer) => self.store(t, *pointer, 0, value, true),
                None => flat.extend(value.parts().iter().copied()),
            }
        }
        self.b.terminate(Terminator::Return(flat));
    }

    /// The call that a wrapper makes, receiver found by following the fields of `index`.
    fn wrapped_call(
        &mut self,
        wrapper: &Wrapper,
        obj: ObjId,
        index: &[usize],
        receiver: Val,
        args: Vec<Val>,
        abi: &Abi,
    ) -> Prepared {
        let pos = self.l.prog.obj(obj).pos;
        let (_, fields) = index.split_last().expect("a method has a path");
        let func = self.l.prog.obj(obj).as_func().cloned().unwrap_or_default();
        let mut operands: Vec<(TypeId, Val)> = abi.params[1..].iter().copied().zip(args).collect();
        if func.is_interface_method {
            let (value, t) = self.walk_value(receiver, wrapper.recv, fields);
            let shape = self.shape(t);
            let Shape::Interface(methods) = &*shape else { panic!("interface method of no interface") };
            let method = methods
                .iter()
                .position(|m| m.name == wrapper.name && (m.pkg.is_none() || m.pkg == wrapper.pkg))
                .expect("a method of the interface");
            self.l.reach_interface_call(t, method);
            let inner = self.l.abi(&abi.params[1..], &abi.results);
            operands.insert(0, (t, value));
            return Prepared {
                kind: CallKind::Interface { method },
                abi: inner,
                operands,
                kept: vec![],
                pos,
            };
        }
        let (base, value) = if func.has_ptr_recv {
            let (addr, base) = self.field_address(receiver, wrapper.recv, fields);
            (base, (self.l.pointer_to(base), Val::one(addr)))
        } else {
            let (mut value, mut t) = self.walk_value(receiver, wrapper.recv, fields);
            if let Some(elem) = self.l.pointee(t)
                && self.l.prog.as_named(t).is_none()
            {
                let ptr = value.single();
                // An embedded pointer is followed as the program would.
                let own = fields.is_empty();
                if own {
                    let nil = self.is_nil(ptr);
                    let (bad, good) = (self.b.cold_block(), self.b.block());
                    self.b.branch(nil, bad, good);
                    self.b.switch_to_sealed(bad);
                    self.call_noreturn("panicwrap", &[]);
                    self.b.switch_to_sealed(good);
                }
                value = self.load(elem, ptr, 0, own);
                t = elem;
            }
            let value = self.stable(t, value);
            (t, (t, value))
        };
        let mut key = self.l.method_instance(obj, base);
        key.add_targs(&wrapper.targs);
        let inner = self.l.func_abi(&key);
        let id = self.l.func(key);
        operands.insert(0, value);
        Prepared { kind: CallKind::Direct(id), abi: inner, operands, kept: vec![], pos }
    }
    /// Address of what `fields` leads to from a receiver value, and its type; an embedded pointer at the end is that address.
    fn field_address(&mut self, receiver: Val, recv: TypeId, fields: &[usize]) -> (Value, TypeId) {
        let (place, t) = match self.l.pointee(recv) {
            Some(elem) if fields.is_empty() => return (receiver.single(), elem),
            Some(elem) => {
                let place = Place::Mem { addr: receiver.single(), offset: 0, nonnil: false };
                self.walk_fields(place, elem, fields)
            }
            None => {
                let addr = self.spill(recv, &receiver);
                self.walk_fields(Place::Mem { addr, offset: 0, nonnil: true }, recv, fields)
            }
        };
        if let Some(elem) = self.l.pointee(t) {
            return (self.read_place(&place, t).single(), elem);
        }
        let Place::Mem { addr, offset, nonnil } = place else { panic!("receiver without address") };
        if !nonnil {
            self.nil_check(addr);
        }
        (self.ptr_offset(addr, i64::from(offset)), t)
    }
}
