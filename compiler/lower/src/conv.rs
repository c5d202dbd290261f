//! Conversions: numeric, string, slice and array, and the implicit one of assignments.

use rgo_mir::{BoundsKind, ConvOp, InstKind, Type, Value};
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::{OperandMode, TypeId};

use crate::func::FuncLower;
use crate::repr::{Val, float_type, int_type};
use crate::shape::Shape;

/// Longest constant whose bytes may be in the frame.
const MAX_CONSTANT: u64 = 64 << 10;

/// What conversions of strings are between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Chars {
    String,
    Bytes,
    Runes,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// `to(x)`, not a constant.
    pub fn conversion(&mut self, e: &'s Expr, x: &'s Expr, to: TypeId) -> Val {
        if self.mode(x) == OperandMode::NilValue {
            return self.zero(to);
        }
        let from = self.type_of(x);
        if let Some(value) = self.constant_of(x) {
            // A constant that becomes a non-constant: of a type parameter's type, or an interface, slice or string.
            let numeric =
                |shape: &Shape| matches!(shape, Shape::Int { .. } | Shape::Float(_) | Shape::Complex(_));
            let (from_shape, to_shape) = (self.shape(from), self.shape(to));
            let same = numeric(&from_shape) && numeric(&to_shape)
                || matches!(
                    (&*from_shape, &*to_shape),
                    (Shape::String, Shape::String) | (Shape::Bool, Shape::Bool)
                );
            if same && crate::constant::fits(&value, &to_shape) {
                return self.constant(&value, to);
            }
        }
        if let Some(bytes) = self.bytes_of_constant(x, to) {
            return bytes;
        }
        if self.borrows
            && let Some(bytes) = self.converted(e, |from, to| (*from, *to) == (Chars::Bytes, Chars::String))
        {
            let slice = self.expr(bytes);
            return Val::of(&slice.parts()[..2]);
        }
        let value = self.expr(x);
        self.at(e.pos);
        let value = self.convert(value, from, to);
        if crate::order::is_fresh(x) { value } else { self.stable(to, value) }
    }

    /// `[]byte("constant")`: an object of just these bytes, as gc makes it, which may become a stack slot.
    fn bytes_of_constant(&mut self, x: &'s Expr, to: TypeId) -> Option<Val> {
        let Shape::Slice(elem) = *self.shape(to) else { return None };
        if self.chars(to) != Some(Chars::Bytes) {
            return None;
        }
        let t = self.type_of(x);
        if self.chars(t) != Some(Chars::String) {
            return None;
        }
        let constant = self.constant_of(x)?;
        let string = self.constant(&constant, TypeId::STRING);
        let (src, len) = (string.parts()[0], string.parts()[1]);
        let size = self.known_size(len).filter(|size| (1..=MAX_CONSTANT).contains(size))?;
        let array = self.l.array_of(elem, size);
        let dst = self.new_object(array);
        self.b.inst(InstKind::Copy { dst, src, size, align: 1, pointers: false }, &[]);
        Some(Val::of(&[dst, len, len]))
    }

    /// `e` as a string of type `t` that is used before anything else happens: the result of a conversion from bytes is these bytes, not a copy.
    pub fn borrowed_string(&mut self, e: &'s Expr, t: TypeId) -> Val {
        if matches!(&*self.shape(t), Shape::String)
            && let Some(bytes) = self.converted(e, |from, to| *from == Chars::Bytes && *to == Chars::String)
        {
            let slice = self.expr(bytes);
            return Val::of(&slice.parts()[..2]);
        }
        self.expr_to(e, t)
    }
    /// A key to be looked up: as `borrowed_string`, also for strings in a literal.
    pub fn borrowed_key(&mut self, e: &'s Expr, t: TypeId) -> Val {
        if !matches!(&e.unparen().kind, ExprKind::CompositeLit { .. }) || self.has_call(e) {
            return self.borrowed_string(e, t);
        }
        let outer = std::mem::replace(&mut self.borrows, true);
        let key = self.expr_to(e, t);
        self.borrows = outer;
        key
    }
    /// `x` when `e` is a conversion `T(x)` between strings and slices, not a constant, for which `wanted` holds.
    pub fn converted(&mut self, e: &'s Expr, wanted: impl Fn(&Chars, &Chars) -> bool) -> Option<&'s Expr> {
        if self.constant_of(e).is_some() || self.is_hoisted(e.unparen()) {
            return None;
        }
        let x = self.conversion_operand(e)?;
        let (from, to) = (self.type_of(x), self.type_of(e));
        let (from, to) = (self.chars(from)?, self.chars(to)?);
        wanted(&from, &to).then_some(x)
    }
    fn chars(&mut self, t: TypeId) -> Option<Chars> {
        match &*self.shape(t) {
            Shape::String => Some(Chars::String),
            Shape::Slice(elem) => match (&*self.shape(*elem), self.layout(*elem).size) {
                (Shape::Int { .. }, 1) => Some(Chars::Bytes),
                (Shape::Int { .. }, 4) => Some(Chars::Runes),
                _ => None,
            },
            _ => None,
        }
    }
    /// `x` when `e` is a conversion `T(x)`.
    pub fn conversion_operand(&mut self, e: &'s Expr) -> Option<&'s Expr> {
        match &e.unparen().kind {
            ExprKind::Call { fun, args, .. } if self.is_type(fun) && args.len() == 1 => {
                Some(&args[0]).filter(|x| self.mode(x) != OperandMode::NilValue)
            }
            _ => None,
        }
    }

    /// The implicit conversion of an assignment: to an interface, or between identical underlying types.
    pub fn convert_assign(&mut self, value: Val, from: TypeId, to: TypeId) -> Val {
        if from == to {
            return value;
        }
        let (from_shape, to_shape) = (self.shape(from), self.shape(to));
        match (&*from_shape, &*to_shape) {
            (Shape::Nil, _) => self.zero(to),
            (_, Shape::Interface(_)) => self.box_interface(value, from, to),
            _ => value,
        }
    }

    /// Explicit conversion of a value.
    pub fn convert(&mut self, value: Val, from: TypeId, to: TypeId) -> Val {
        let (from_shape, to_shape) = (self.shape(from), self.shape(to));
        match (&*from_shape, &*to_shape) {
            (_, Shape::Interface(_)) => self.convert_assign(value, from, to),
            (Shape::Int { signed, .. }, Shape::Int { bits, .. }) => {
                Val::one(self.resize_int(value.single(), int_type(*bits), *signed))
            }
            (Shape::Int { bits, signed }, Shape::Float(to_bits)) => {
                Val::one(self.int_to_float(value.single(), *bits, *signed, *to_bits))
            }
            (Shape::Float(_), Shape::Int { bits, signed }) => {
                Val::one(self.float_to_int(value.single(), *bits, *signed))
            }
            (Shape::Float(a), Shape::Float(b)) => Val::one(self.float_to_float(value.single(), *a, *b)),
            (Shape::Complex(a), Shape::Complex(b)) => {
                let parts = [value.parts()[0], value.parts()[1]];
                Val::of(&parts.map(|p| self.float_to_float(p, a / 2, b / 2)))
            }
            (Shape::Int { signed, .. }, Shape::String) => {
                let wide = self.resize_int(value.single(), Type::I64, *signed);
                // An unsigned value beyond the code points must not look negative or wrap: it is invalid either way.
                let nil = self.nil();
                Val::Parts(self.call_runtime("intstring", &[nil, wide], &[Type::Ptr, Type::I64]))
            }
            (Shape::String, Shape::Slice(elem)) => {
                let nil = self.nil();
                let function =
                    if self.layout(*elem).size == 1 { "stringtoslicebyte" } else { "stringtoslicerune" };
                let args = [&[nil], value.parts()].concat();
                Val::Parts(self.call_runtime(function, &args, &[Type::Ptr, Type::I64, Type::I64]))
            }
            (Shape::Slice(elem), Shape::String) => {
                let nil = self.nil();
                let parts = value.parts();
                let results = [Type::Ptr, Type::I64];
                Val::Parts(if self.layout(*elem).size == 1 {
                    self.call_runtime("slicebytetostring", &[nil, parts[0], parts[1]], &results)
                } else {
                    self.call_runtime("slicerunetostring", &[nil, parts[0], parts[1], parts[2]], &results)
                })
            }
            (Shape::Slice(_), Shape::Array { len, .. }) => {
                let ptr = self.slice_to_array_pointer(&value, *len);
                let loaded = self.load(to, ptr, 0, *len == 0);
                self.stable(to, loaded)
            }
            (Shape::Slice(_), Shape::Pointer(elem)) => {
                let Shape::Array { len, .. } = *self.shape(*elem) else { return value };
                Val::one(self.slice_to_array_pointer(&value, len))
            }
            // unsafe.Pointer and uintptr
            (Shape::Int { .. }, _) if self.parts_are(&value, Type::I64) && to_shape.is_pointer_word() => {
                Val::one(self.conv(ConvOp::Bitcast, Type::Ptr, value.single()))
            }
            (from, Shape::Int { bits, .. }) if from.is_pointer_word() => {
                let word = self.conv(ConvOp::Bitcast, Type::I64, value.single());
                Val::one(self.resize_int(word, int_type(*bits), false))
            }
            _ => value,
        }
    }
    fn parts_are(&self, value: &Val, ty: Type) -> bool {
        matches!(value, Val::Parts(parts) if parts.iter().all(|&p| self.b.func.ty(p) == ty))
    }

    /// The pointer of a slice that must have at least `len` elements; nil only if the slice is.
    fn slice_to_array_pointer(&mut self, slice: &Val, len: u64) -> Value {
        let (ptr, have) = (slice.parts()[0], slice.parts()[1]);
        let want = self.int(len as i64);
        let kind = BoundsKind::SliceConvert;
        self.b.inst(InstKind::BoundsCheck { kind, index: want, length: have, unsigned: false }, &[]);
        ptr
    }

    fn int_to_float(&mut self, x: Value, bits: u32, signed: bool, to_bits: u32) -> Value {
        let to = float_type(to_bits);
        // Small unsigned integers fit the next signed type.
        let (x, signed) = match (bits, signed) {
            (8 | 16, _) => (self.resize_int(x, Type::I32, signed), true),
            (32, false) => (self.resize_int(x, Type::I64, false), true),
            _ => (x, signed),
        };
        let op = if signed { ConvOp::SintToFloat } else { ConvOp::UintToFloat };
        self.conv(op, to, x)
    }
    fn float_to_int(&mut self, x: Value, bits: u32, signed: bool) -> Value {
        // As gc on amd64: small types by way of a wider signed integer.
        match (bits, signed) {
            (64, false) => self.conv(ConvOp::FloatToUint, Type::I64, x),
            (64, true) => self.conv(ConvOp::FloatToSint, Type::I64, x),
            (32, false) => {
                let wide = self.conv(ConvOp::FloatToSint, Type::I64, x);
                self.conv(ConvOp::Trunc, Type::I32, wide)
            }
            _ => {
                let wide = self.conv(ConvOp::FloatToSint, Type::I32, x);
                self.resize_int(wide, int_type(bits), true)
            }
        }
    }
    fn float_to_float(&mut self, x: Value, from: u32, to: u32) -> Value {
        match (from, to) {
            (32, 64) => self.conv(ConvOp::Fpromote, Type::F64, x),
            (64, 32) => self.conv(ConvOp::Fdemote, Type::F32, x),
            _ => x,
        }
    }
}
