//! Equality and hash functions of types, as `abi.Type.Equal` and `abi.MapType.Hasher` want them:
//! `func(p, q unsafe.Pointer) bool` and `func(p unsafe.Pointer, h uintptr) uintptr`.
//!
//! Basic types use package runtime's; the rest is generated. Both must agree with `reflect`'s and the maps' own hashing
//! (std-hooks, "Maps"): plain memory of 4 and 8 bytes by `memhash32/64`, other plain memory by `memhash`, fields chained in order.

use std::rc::Rc;

use rgo_mir::{
    BinaryOp, DataId, Func, FuncBuilder, FuncId, FuncKind, IntCc, Signature, Terminator, Type, Value,
};
use rgo_types::{BasicKind, FileIdx, TypeId};

use crate::Lowerer;
use crate::compare::Compared;
use crate::func::{Env, FuncLower};
use crate::lowerer::Work;
use crate::shape::Shape;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Alg {
    Equal,
    Hash,
}

impl Lowerer<'_, '_> {
    /// Whether equal values are equal bytes.
    pub(crate) fn is_plain_memory(&mut self, t: TypeId) -> bool {
        match &*self.shape(t) {
            Shape::Bool
            | Shape::Int { .. }
            | Shape::UnsafePointer
            | Shape::Pointer(_)
            | Shape::Chan { .. } => true,
            Shape::Array { elem, .. } => self.is_plain_memory(*elem),
            Shape::Struct(fields) => {
                let size = self.layout(t).size;
                let mut end = 0;
                for field in fields.iter() {
                    if field.offset != end || field.name.is_blank() || !self.is_plain_memory(field.ty) {
                        return false;
                    }
                    end += self.layout(field.ty).size;
                }
                end == size
            }
            _ => false,
        }
    }
    /// Whether a map must store the new key when it updates an element: equal keys may differ.
    pub(crate) fn needs_key_update(&mut self, t: TypeId) -> bool {
        match &*self.shape(t) {
            Shape::Float(_) | Shape::Complex(_) | Shape::Interface(_) | Shape::String => true,
            Shape::Array { elem, .. } => self.needs_key_update(*elem),
            Shape::Struct(fields) => fields.iter().any(|f| self.needs_key_update(f.ty)),
            _ => false,
        }
    }
    pub(crate) fn hash_might_panic(&mut self, t: TypeId) -> bool {
        match &*self.shape(t) {
            Shape::Interface(_) => true,
            Shape::Array { elem, .. } => self.hash_might_panic(*elem),
            Shape::Struct(fields) => fields.iter().any(|f| self.hash_might_panic(f.ty)),
            _ => false,
        }
    }

    /// The equality function of `t` as a func object; `None` for types that cannot be compared.
    pub(crate) fn equal_object(&mut self, t: TypeId) -> Option<DataId> {
        if !self.prog.comparable(t) {
            return None;
        }
        let id = self.equal_func(t);
        Some(self.func_object(id))
    }
    /// The equality function of comparable type `t`.
    pub(crate) fn equal_func(&mut self, t: TypeId) -> FuncId {
        let size = self.layout(t).size;
        let name = match &*self.shape(t) {
            _ if self.is_plain_memory(t) && matches!(size, 0 | 1 | 2 | 4 | 8 | 16) => {
                format!("memequal{}", size * 8)
            }
            Shape::Float(bits) => format!("f{bits}equal"),
            Shape::Complex(bits) => format!("c{bits}equal"),
            Shape::String => "strequal".into(),
            Shape::Interface(methods) if methods.is_empty() => "nilinterequal".into(),
            Shape::Interface(_) => "interequal".into(),
            _ => return self.generated(Alg::Equal, t),
        };
        self.func_by_symbol(&format!("runtime.{name}"))
    }
    /// The hash function of key type `t` as a func object.
    pub(crate) fn hash_object(&mut self, t: TypeId) -> DataId {
        let id = self.hash_func(t);
        self.func_object(id)
    }
    fn hash_func(&mut self, t: TypeId) -> FuncId {
        let size = self.layout(t).size;
        let name = match &*self.shape(t) {
            _ if self.is_plain_memory(t) && matches!(size, 4 | 8) => format!("memhash{}", size * 8),
            Shape::Float(bits) => format!("f{bits}hash"),
            Shape::Complex(bits) => format!("c{bits}hash"),
            Shape::String => "strhash".into(),
            Shape::Interface(methods) if methods.is_empty() => "nilinterhash".into(),
            Shape::Interface(_) => "interhash".into(),
            _ => return self.generated(Alg::Hash, t),
        };
        self.func_by_symbol(&format!("runtime.{name}"))
    }
    /// Reaches what a map with this key type needs.
    pub(crate) fn map_functions(&mut self, key: TypeId) {
        self.hash_object(key);
        self.equal_object(key);
    }

    fn generated(&mut self, alg: Alg, t: TypeId) -> FuncId {
        if let Some(&id) = self.statics.algs.get(&(alg, t)) {
            return id;
        }
        let (prefix, sig) = match alg {
            Alg::Equal => ("eq", Signature { params: vec![Type::Ptr, Type::Ptr], results: vec![Type::I8] }),
            Alg::Hash => ("hash", Signature { params: vec![Type::Ptr, Type::I64], results: vec![Type::I64] }),
        };
        let symbol = format!("type:.{prefix}.{}", self.prog.link_string(t));
        let id = self.module.declare_func(&symbol, FuncKind::Go, sig);
        self.statics.algs.insert((alg, t), id);
        self.work.push_back(Work::Alg(alg, t, id));
        id
    }

    pub(crate) fn lower_alg(&mut self, alg: Alg, t: TypeId, id: FuncId) {
        let decl = &self.module.funcs[id];
        let (symbol, sig) = (decl.name.clone(), decl.sig.clone());
        let mut func = Func::new(id, symbol.clone(), sig);
        func.flags.wrapper = true;
        let b = FuncBuilder::new(&mut func);
        let pkg = self.prog.file(FileIdx(0)).pkg;
        let mut f = FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), symbol, Rc::default());
        match alg {
            Alg::Equal => f.equal_body(t),
            Alg::Hash => f.hash_body(t),
        }
        f.b.finish();
        self.module.bodies.push(func);
    }
}

impl FuncLower<'_, '_, '_, '_> {
    fn equal_body(&mut self, t: TypeId) {
        let (p, q) = (self.b.func.params()[0], self.b.func.params()[1]);
        let shape = self.shape(t);
        let differ = self.b.block();
        if self.l.is_plain_memory(t) {
            let size = self.layout(t).size;
            let size = self.int(size as i64);
            let equal = self.call_runtime("memequal", &[p, q, size], &[Type::I8])[0];
            return self.b.terminate(Terminator::Return(vec![equal]));
        }
        match &*shape {
            Shape::Struct(fields) => {
                for (i, what) in self.comparison_order(fields) {
                    let field = &fields[i];
                    match what {
                        Compared::Whole => self.equal_or(field.ty, p, q, field.offset, differ),
                        Compared::Length => {
                            let at = field.offset + u64::from(self.l.target.word);
                            self.equal_or(TypeId::basic(BasicKind::Int), p, q, at, differ);
                        }
                    }
                }
            }
            Shape::Array { elem, len } => {
                let elem = *elem;
                let size = self.layout(elem).size;
                self.for_each_index(*len, |f, i| {
                    let (x, y) = (f.element_addr(p, i, size), f.element_addr(q, i, size));
                    f.equal_or(elem, x, y, 0, differ);
                });
            }
            other => panic!("generated equality of {other:?}"),
        }
        let yes = self.bool_const(true);
        self.b.terminate(Terminator::Return(vec![yes]));
        self.b.switch_to_sealed(differ);
        let no = self.bool_const(false);
        self.b.terminate(Terminator::Return(vec![no]));
    }
    /// Goes to `differ` unless the values of type `t` at `p + offset` and `q + offset` are equal.
    fn equal_or(&mut self, t: TypeId, p: Value, q: Value, offset: u64, differ: rgo_mir::Block) {
        let (x, y) = (self.ptr_offset(p, offset as i64), self.ptr_offset(q, offset as i64));
        let (x, y) = (self.load(t, x, 0, true), self.load(t, y, 0, true));
        let equal = self.equal(t, &x, &y);
        let next = self.b.block();
        self.b.branch(equal, next, differ);
        self.b.switch_to_sealed(next);
    }
    fn hash_body(&mut self, t: TypeId) {
        let (p, seed) = (self.b.func.params()[0], self.b.func.params()[1]);
        if self.l.is_plain_memory(t) {
            let size = self.layout(t).size;
            let size = self.int(size as i64);
            let hash = self.call_runtime("memhash", &[p, seed, size], &[Type::I64])[0];
            return self.b.terminate(Terminator::Return(vec![hash]));
        }
        let shape = self.shape(t);
        let hash = match &*shape {
            Shape::Struct(fields) => {
                let mut hash = seed;
                for field in fields.iter().filter(|f| !f.name.is_blank()) {
                    let at = self.ptr_offset(p, field.offset as i64);
                    hash = self.hash_of(field.ty, at, hash);
                }
                hash
            }
            Shape::Array { elem, len } => {
                let elem = *elem;
                let size = self.layout(elem).size;
                let hash = self.b.var(Type::I64);
                self.b.def_var(hash, seed);
                self.for_each_index(*len, |f, i| {
                    let at = f.element_addr(p, i, size);
                    let old = f.b.use_var(hash);
                    let new = f.hash_of(elem, at, old);
                    f.b.def_var(hash, new);
                });
                self.b.use_var(hash)
            }
            other => panic!("generated hash of {other:?}"),
        };
        self.b.terminate(Terminator::Return(vec![hash]));
    }
    fn hash_of(&mut self, t: TypeId, at: Value, seed: Value) -> Value {
        let id = self.l.hash_func(t);
        let sig = self.l.module.funcs[id].sig.clone();
        self.call_func(id, sig, &[at, seed])[0]
    }
    /// `for i := 0; i < n; i++`
    fn for_each_index(&mut self, n: u64, body: impl FnOnce(&mut Self, Value)) {
        let counter = self.b.var(Type::I64);
        let zero = self.int(0);
        self.b.def_var(counter, zero);
        let (head, inside, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let i = self.b.use_var(counter);
        let n = self.int(n as i64);
        let more = self.icmp(IntCc::Slt, i, n);
        self.b.branch(more, inside, done);
        self.b.switch_to_sealed(inside);
        body(self, i);
        let one = self.int(1);
        let next = self.binary(BinaryOp::Iadd, i, one);
        self.b.def_var(counter, next);
        self.b.jump(head);
        self.b.seal(head);
        self.b.switch_to_sealed(done);
    }
}
