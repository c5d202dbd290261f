//! Which types and methods the running program can see.
//!
//! A type is *visible* when a value of it has been converted to an interface, or when reflection can come to it from a visible type (element,
//! field, parameter, ...). A method of a visible type is live when an interface method of its name and type is called, when a visible interface type
//! has such a method (a type assertion may lead to it), or, for exported methods, when `reflect` can call methods by index or by name.
//! This is what gc's linker does (`cmd/link`, dead code elimination).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rgo_mir::{DataId, FuncId};
use rgo_source::Name;
use rgo_types::{TypeId, TypeKind};

use crate::Lowerer;
use crate::shape::{Shape, method_key};
use crate::wrapper::{Receiver, Wrapper};

/// A method by name, package of an unexported name, and type without receiver.
pub(crate) type MethodId = (Name, Option<Name>, TypeId);

/// One method of a visible type.
#[derive(Clone, Debug)]
pub(crate) struct MethodEntry {
    pub name: Name,
    pub pkg: Option<Name>,
    /// Type without receiver.
    pub sig: TypeId,
    /// Code that takes the receiver as one word, and by value; once live.
    pub code: Option<(FuncId, FuncId)>,
}

#[derive(Default, Debug)]
pub(crate) struct Reach {
    /// Types with a descriptor; true: visible.
    pub types: HashMap<TypeId, bool>,
    /// The same, in order of discovery.
    pub order: Vec<TypeId>,
    /// Methods of visible concrete types.
    pub methods: HashMap<TypeId, Vec<MethodEntry>>,
    called: HashSet<MethodId>,
    /// `reflect` may call any exported method.
    reflect_methods: bool,
    pub itabs: HashMap<(TypeId, TypeId), DataId>,
    pub itab_order: Vec<(TypeId, TypeId)>,
}

/// Types that are only allocated have their pointer mask in the executable up to this size.
const MAX_ALLOC_MASK_BYTES: u64 = 1 << 20;

/// Functions of package reflect through which any exported method can be called.
const REFLECT_METHOD_FUNCS: &[&str] = &[
    "reflect.Value.Method",
    "reflect.Value.MethodByName",
    "reflect.(*rtype).Method",
    "reflect.(*rtype).MethodByName",
];

impl Lowerer<'_, '_> {
    /// The descriptor of `t`, for allocation only: reflection does not come to the type through it.
    pub(crate) fn type_desc_for_alloc(&mut self, t: TypeId) -> DataId {
        // The runtime makes the pointer mask of a huge type, for which it needs the whole descriptor.
        if self.layout(t).ptr_bytes > MAX_ALLOC_MASK_BYTES {
            return self.type_desc(t);
        }
        if let Entry::Vacant(entry) = self.reach.types.entry(t) {
            entry.insert(false);
            self.reach.order.push(t);
        }
        self.type_symbol(t)
    }
    /// The descriptor of `t`, which becomes visible.
    pub(crate) fn type_desc(&mut self, t: TypeId) -> DataId {
        let mut work = vec![t];
        while let Some(t) = work.pop() {
            match self.reach.types.insert(t, true) {
                Some(true) => continue,
                Some(false) => {}
                None => self.reach.order.push(t),
            }
            self.type_symbol(t);
            self.make_visible(t, &mut work);
        }
        self.type_symbol(t)
    }
    fn type_symbol(&mut self, t: TypeId) -> DataId {
        if let Some(&data) = self.statics.types.get(&t) {
            return data;
        }
        let name = format!("type:{}", self.prog.link_string(t));
        let data = self.module.declare_data(&name);
        self.statics.types.insert(t, data);
        data
    }

    fn make_visible(&mut self, t: TypeId, work: &mut Vec<TypeId>) {
        let shape = self.shape(t);
        // A defined type keeps its unnamed underlying type alive where reflection can get at it.
        match &*shape {
            Shape::Pointer(elem) | Shape::Slice(elem) | Shape::Chan { elem, .. } => work.push(*elem),
            Shape::Array { elem, .. } => {
                let slice = self.slice_of(*elem);
                work.extend([*elem, slice]);
            }
            Shape::Map { key, elem } => {
                work.extend([*key, *elem]);
                self.map_functions(*key);
            }
            Shape::Func(func) => work.extend(func.params.iter().chain(&func.results)),
            Shape::Struct(fields) => work.extend(fields.iter().map(|f| f.ty)),
            Shape::Interface(methods) => {
                for method in methods.iter() {
                    self.reach.called.insert((method.name, method.pkg, method.sig));
                    work.push(method.sig);
                }
            }
            _ => {}
        }
        self.equal_object(t);
        if shape.is_interface() {
            return;
        }
        if self.pointee(t).is_none() {
            // reflect's Addr comes from a value to the methods of its pointer.
            let pointer = self.pointer_to(t);
            if !self.prog.method_set(pointer).is_empty() {
                work.push(pointer);
            }
        }
        let entries = self.prog.method_set(t);
        let mut methods = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            let object = self.prog.obj(entry.obj);
            let (name, pkg) = (object.name, object.pkg);
            if object.as_func().is_some_and(|f| f.nointerface) {
                continue;
            }
            let func_type = self.prog.obj_type(entry.obj);
            if let Some(sig) = self.prog.as_signature(func_type)
                && !self.prog.signature(sig).tparams.is_empty()
            {
                // Generic methods are in no method table.
                continue;
            }
            let sig = self.canon(func_type);
            let pkg = (!name.is_exported()).then(|| pkg.map(|p| self.prog.package_path(p))).flatten();
            methods.push(MethodEntry { name, pkg, sig, code: None });
        }
        methods.sort_by(|a, b| method_key(a.name, a.pkg).cmp(&method_key(b.name, b.pkg)));
        if !methods.is_empty() {
            self.reach.methods.insert(t, methods);
        }
    }

    /// Notes a call of method `index` of interface type `t`.
    pub(crate) fn reach_interface_call(&mut self, t: TypeId, index: usize) {
        let shape = self.shape(t);
        let Shape::Interface(methods) = &*shape else { return };
        let method = &methods[index];
        self.reach.called.insert((method.name, method.pkg, method.sig));
    }

    /// Makes methods live that have become reachable; false when there was nothing to do.
    pub(crate) fn reach_methods(&mut self) -> bool {
        if !self.reach.reflect_methods {
            self.reach.reflect_methods =
                REFLECT_METHOD_FUNCS.iter().any(|name| self.module.func_named(name).is_some());
        }
        let mut live = Vec::new();
        for &t in &self.reach.order {
            for (i, method) in self.reach.methods.get(&t).map_or(&[][..], Vec::as_slice).iter().enumerate() {
                let wanted = self.reach.called.contains(&(method.name, method.pkg, method.sig))
                    || (self.reach.reflect_methods && method.name.is_exported());
                if method.code.is_none() && wanted {
                    live.push((t, i));
                }
            }
        }
        for &(t, i) in &live {
            let (name, pkg, sig) = {
                let method = &self.reach.methods[&t][i];
                (method.name, method.pkg, method.sig)
            };
            let word = self.method_func(t, name, pkg, Receiver::Word, Rc::new([]));
            let value = self.method_func(t, name, pkg, Receiver::Value, Rc::new([]));
            // reflect shows the method's type.
            self.type_desc(sig);
            let methods = self.reach.methods.get_mut(&t).expect("visible types stay visible");
            methods[i].code = Some((word, value));
        }
        !live.is_empty() || !self.work.is_empty()
    }

    /// The function for a method of `t`: the method itself where its receiver has the right form, else a wrapper. `targs` are the
    /// type arguments of a generic method.
    pub(crate) fn method_func(
        &mut self,
        t: TypeId,
        name: Name,
        pkg: Option<Name>,
        receiver: Receiver,
        targs: Rc<[TypeId]>,
    ) -> FuncId {
        let entries = self.prog.method_set(t);
        let entry = entries
            .iter()
            .find(|e| {
                let object = self.prog.obj(e.obj);
                object.name == name && (pkg.is_none() || object.pkg.map(|p| self.prog.package_path(p)) == pkg)
            })
            .expect("a method of the type")
            .clone();
        // The data word of a boxed value is a pointer to it.
        if receiver == Receiver::Word && !self.is_direct(t) {
            let pointer = self.pointer_to(t);
            return self.method_func(pointer, name, pkg, Receiver::Value, targs);
        }
        let is_iface = self.prog.obj(entry.obj).as_func().is_some_and(|f| f.is_interface_method);
        if entry.index.len() == 1 && !is_iface {
            let pointer_receiver = self.prog.obj(entry.obj).as_func().is_some_and(|f| f.has_ptr_recv);
            let direct = match self.pointee(t) {
                Some(_) => pointer_receiver,
                None => true,
            };
            if direct {
                let base = match self.pointee(t) {
                    Some(elem) if matches!(self.prog.kind(t), TypeKind::Pointer(_)) => elem,
                    _ => t,
                };
                let mut key = self.method_instance(entry.obj, base);
                key.add_targs(&targs);
                return self.func(key);
            }
        }
        self.wrapper(Wrapper { recv: t, name, pkg, targs })
    }

    /// Whether values of `t` stand in an interface's data word themselves.
    pub(crate) fn is_direct(&mut self, t: TypeId) -> bool {
        match &*self.shape(t) {
            Shape::Struct(fields) => match &fields[..] {
                [only] => self.is_direct(only.ty),
                _ => false,
            },
            Shape::Array { elem, len: 1 } => self.is_direct(*elem),
            shape => shape.is_pointer_word(),
        }
    }

    /// The itab of concrete type `t` for non-empty interface `inter`.
    pub(crate) fn itab(&mut self, inter: TypeId, t: TypeId) -> DataId {
        if let Some(&data) = self.reach.itabs.get(&(inter, t)) {
            return data;
        }
        self.type_desc(t);
        self.type_desc_for_alloc(inter);
        let name = format!("go:itab.{},{}", self.prog.link_string(t), self.prog.link_string(inter));
        let data = self.module.declare_data(&name);
        self.reach.itabs.insert((inter, t), data);
        self.reach.itab_order.push((inter, t));
        data
    }
    /// Offset of method `index` in an itab.
    pub(crate) fn itab_fun_offset(&self, index: usize) -> i32 {
        (core::mem::offset_of!(rgo_abi::types::Itab, fun) + index * self.target.word as usize) as i32
    }
}
