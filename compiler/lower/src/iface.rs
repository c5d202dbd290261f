//! Interface values: boxing, conversion between interfaces, type assertions.
//!
//! An interface value is a type word (descriptor for `any`-like types, itab for others) and a data word: the value itself when it is
//! pointer-shaped, else the address of a read-only copy.

use rgo_mir::{ConvOp, DataId, InstKind, IntCc, MemFlags, RelocTarget, Type, Value, ValueDef};
use rgo_syntax::ast::Expr;
use rgo_types::TypeId;

use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;
use crate::static_data::DataWriter;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// Converts `value` of type `from` (concrete or interface) to interface type `to`.
    pub fn box_interface(&mut self, value: Val, from: TypeId, to: TypeId) -> Val {
        let (from_shape, to_shape) = (self.shape(from), self.shape(to));
        let Shape::Interface(to_methods) = &*to_shape else { panic!("conversion to no interface") };
        if let Shape::Interface(from_methods) = &*from_shape {
            let (word, data) = (value.parts()[0], value.parts()[1]);
            // Each interface type has its own itabs, which makes two values of one type comparable by their words.
            if from == to || from_methods.is_empty() && to_methods.is_empty() {
                return value;
            }
            let word = if to_methods.is_empty() {
                self.dynamic_type(word, false)
            } else {
                let inter = self.type_word(to);
                let dynamic = self.dynamic_type(word, from_methods.is_empty());
                // A nil interface stays nil.
                let nil = self.is_nil(dynamic);
                self.choose(
                    nil,
                    Type::Ptr,
                    |this| this.nil(),
                    |this| this.call_runtime("assertE2I", &[inter, dynamic], &[Type::Ptr])[0],
                )
            };
            return Val::of(&[word, data]);
        }
        let word = if to_methods.is_empty() {
            self.type_word(from)
        } else {
            let itab = self.l.itab(to, from);
            self.data_addr(itab)
        };
        let data = self.box_value(value, from);
        Val::of(&[word, data])
    }
    /// The descriptor of `t`, which is thereby known to reflection.
    pub fn type_word(&mut self, t: TypeId) -> Value {
        let desc = self.l.type_desc(t);
        self.data_addr(desc)
    }
    /// The dynamic type of an interface value, from its first word; nil for nil.
    pub fn dynamic_type(&mut self, word: Value, empty: bool) -> Value {
        if empty {
            return word;
        }
        let nil = self.is_nil(word);
        let offset = std::mem::offset_of!(rgo_abi::types::Itab, typ) as i32;
        let flags = MemFlags { nonnil: true, readonly: true, ..MemFlags::default() };
        self.choose(
            nil,
            Type::Ptr,
            |this| this.nil(),
            |this| this.load_scalar(Type::Ptr, word, offset, flags),
        )
    }

    /// The data word for a concrete value.
    pub fn box_value(&mut self, value: Val, t: TypeId) -> Value {
        if self.l.is_direct(t) {
            return value.single();
        }
        let layout = self.layout(t);
        let shape = self.shape(t);
        if layout.size > 0
            && let Some(data) = self.constant_box(&value, t)
        {
            return self.data_addr(data);
        }
        match &*shape {
            _ if layout.size == 0 => {
                let zero = self.l.runtime_var("zerobase");
                self.data_addr(zero)
            }
            Shape::Bool | Shape::Int { bits: 8, .. } => {
                let table = self.l.runtime_var("staticuint64s");
                let base = self.data_addr(table);
                let index = self.conv(ConvOp::Zext, Type::I64, value.single());
                self.element_addr(base, index, 8)
            }
            Shape::Int { bits, .. } => {
                let function = format!("convT{bits}");
                self.call_runtime(&function, &[value.single()], &[Type::Ptr])[0]
            }
            Shape::String => self.call_runtime("convTstring", value.parts(), &[Type::Ptr])[0],
            Shape::Slice(_) => self.call_runtime("convTslice", value.parts(), &[Type::Ptr])[0],
            _ => {
                let object = self.new_object(t);
                self.store(t, object, 0, &value, true);
                object
            }
        }
    }
    /// Read-only memory with a value all of whose scalars are constants.
    fn constant_box(&mut self, value: &Val, t: TypeId) -> Option<DataId> {
        let (layout, word) = (self.layout(t), self.l.target.word as usize);
        let Val::Parts(values) = value else { return None };
        let mut w = DataWriter::zeroed(layout.size as usize);
        for (part, &value) in layout.parts().iter().zip(values) {
            let ValueDef::Inst(inst, _) = self.b.func.values[value].def else { return None };
            let (offset, size) = (part.offset as usize, part.ty.bytes(word as u32) as usize);
            match self.b.func.insts[inst].kind {
                InstKind::Iconst(_, k) => w.put(offset, size, k as u64),
                InstKind::Fconst(_, bits) => w.put(offset, size, bits),
                InstKind::DataAddr(data, addend) => w.address(offset, RelocTarget::Data(data), addend, word),
                _ => return None,
            }
        }
        Some(self.l.read_only_value(w, layout.align))
    }
    /// The concrete value of type `t` behind a data word.
    pub fn unbox(&mut self, data: Value, t: TypeId) -> Val {
        if self.l.is_direct(t) { Val::one(data) } else { self.load(t, data, 0, true) }
    }

    /// `x.(to)` that panics when it does not hold.
    pub fn type_assert(&mut self, e: &'s Expr, x: &'s Expr, to: TypeId) -> Val {
        let from = self.type_of(x);
        let value = self.expr(x);
        self.at(e.pos);
        let (word, data) = (value.parts()[0], value.parts()[1]);
        let empty = self.is_empty_interface(from);
        let to_shape = self.shape(to);
        if let Shape::Interface(methods) = &*to_shape {
            let dynamic = self.dynamic_type(word, empty);
            let inter = self.type_word(to);
            if methods.is_empty() {
                // Everything but nil is an `any`; there is no itab to look for.
                let nil = self.is_nil(dynamic);
                let (bad, good) = (self.b.cold_block(), self.b.block());
                self.b.branch(nil, bad, good);
                self.b.switch_to_sealed(bad);
                self.call_noreturn("panicnildottype", &[inter]);
                self.b.switch_to_sealed(good);
                return Val::of(&[dynamic, data]);
            }
            let itab = self.call_runtime("assertE2I", &[inter, dynamic], &[Type::Ptr])[0];
            return Val::of(&[itab, data]);
        }
        let holds = self.holds_type(word, from, to);
        let (good, bad) = (self.b.block(), self.b.cold_block());
        self.b.branch(holds, good, bad);
        self.b.switch_to_sealed(bad);
        let (want, iface) = (self.type_word(to), self.type_word(from));
        let function = if empty { "panicdottypeE" } else { "panicdottypeI" };
        self.call_noreturn(function, &[word, want, iface]);
        self.b.switch_to_sealed(good);
        self.unbox(data, to)
    }
    /// `x.(to)` with its second result. The first is the zero value when the assertion does not hold.
    pub fn type_assert_ok(&mut self, e: &'s Expr, x: &'s Expr, to: TypeId) -> (Val, Value) {
        let from = self.type_of(x);
        let value = self.expr(x);
        self.at(e.pos);
        self.assert_value(&value, from, to)
    }
    /// As `type_assert_ok`, of an evaluated interface value.
    pub fn assert_value(&mut self, value: &Val, from: TypeId, to: TypeId) -> (Val, Value) {
        let (word, data) = (value.parts()[0], value.parts()[1]);
        if let Some((itab, ok)) = self.assert_interface(word, from, to) {
            let nil = self.nil();
            let data = self.b.value(rgo_mir::InstKind::Select(ok, data, nil), Type::Ptr);
            return (Val::of(&[itab, data]), ok);
        }
        let holds = self.holds_type(word, from, to);
        let layout = self.layout(to);
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        if layout.is_memory() {
            let room = self.temp(to);
            self.b.branch(holds, yes, no);
            self.b.switch_to_sealed(yes);
            let loaded = self.unbox(data, to);
            self.store(to, room, 0, &loaded, true);
            self.b.jump(done);
            self.b.switch_to_sealed(no);
            self.zero_memory(room, &layout);
            self.b.jump(done);
            self.b.switch_to_sealed(done);
            return (Val::Mem(room), holds);
        }
        let vars: Vec<_> = layout.parts().iter().map(|p| self.b.var(p.ty)).collect();
        self.b.branch(holds, yes, no);
        for (block, hit) in [(yes, true), (no, false)] {
            self.b.switch_to_sealed(block);
            let value = if hit { self.unbox(data, to) } else { self.zero(to) };
            for (&var, &part) in vars.iter().zip(value.parts()) {
                self.b.def_var(var, part);
            }
            self.b.jump(done);
        }
        self.b.switch_to_sealed(done);
        let parts = vars.iter().map(|&var| self.b.use_var(var)).collect();
        (Val::Parts(parts), holds)
    }
    /// For an interface `to`: its type word (nil when the assertion does not hold) and whether it holds.
    pub fn assert_interface(&mut self, word: Value, from: TypeId, to: TypeId) -> Option<(Value, Value)> {
        let shape = self.shape(to);
        let Shape::Interface(methods) = &*shape else { return None };
        let empty = self.is_empty_interface(from);
        let dynamic = self.dynamic_type(word, empty);
        let nil = self.nil();
        if methods.is_empty() {
            let ok = self.icmp(IntCc::Ne, dynamic, nil);
            return Some((dynamic, ok));
        }
        let inter = self.type_word(to);
        let itab = self.call_runtime("assertE2I2", &[inter, dynamic], &[Type::Ptr])[0];
        let ok = self.icmp(IntCc::Ne, itab, nil);
        Some((itab, ok))
    }
    /// Whether an interface value of type `from` holds concrete type `to`.
    pub fn holds_type(&mut self, word: Value, from: TypeId, to: TypeId) -> Value {
        if self.is_empty_interface(from) {
            let want = self.type_word(to);
            return self.icmp(IntCc::Eq, word, want);
        }
        let dynamic = self.dynamic_type(word, false);
        let want = self.type_word(to);
        self.icmp(IntCc::Eq, dynamic, want)
    }
    pub fn is_empty_interface(&mut self, t: TypeId) -> bool {
        matches!(&*self.shape(t), Shape::Interface(methods) if methods.is_empty())
    }
}
