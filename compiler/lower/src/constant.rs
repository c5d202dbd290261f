//! Constants as MIR values and as bytes.

use rgo_mir::{InstKind, Type, Value};
use rgo_types::{ConstValue, TypeId};

use crate::func::FuncLower;
use crate::repr::{Val, float_type, int_type};
use crate::shape::Shape;

/// The low 64 bits of an integer constant, two's complement, sign-extended from `bits`.
pub(crate) fn int_bits(value: &ConstValue, bits: u32) -> i64 {
    let shift = 64 - bits;
    (value.to_int().to_bits().unwrap_or(0) as i64) << shift >> shift
}

impl FuncLower<'_, '_, '_, '_> {
    /// Constant `value` as a value of type `t`.
    pub fn constant(&mut self, value: &ConstValue, t: TypeId) -> Val {
        let shape = self.shape(t);
        match &*shape {
            Shape::Bool => Val::one(self.bool_const(matches!(value, ConstValue::Bool(true)))),
            Shape::Int { bits, .. } => {
                let ty = int_type(*bits);
                Val::one(self.iconst(ty, int_bits(value, *bits)))
            }
            Shape::Float(bits) => Val::one(self.float_const(float_type(*bits), &value.real())),
            Shape::Complex(bits) => {
                let ty = float_type(bits / 2);
                let (re, im) = (self.float_const(ty, &value.real()), self.float_const(ty, &value.imag()));
                Val::of(&[re, im])
            }
            Shape::String => {
                let bytes =
                    value.as_bytes().unwrap_or_else(|| panic!("constant of type string is {value:?}"));
                self.string_const(&bytes)
            }
            Shape::Pointer(_) | Shape::UnsafePointer => Val::one(self.iconst(Type::Ptr, int_bits(value, 64))),
            other => panic!("constant {value:?} of type {other:?}"),
        }
    }
    fn float_const(&mut self, ty: Type, value: &ConstValue) -> Value {
        let bits = if ty == Type::F32 {
            u64::from(value.to_f32().unwrap_or(0.0).to_bits())
        } else {
            value.to_f64().unwrap_or(0.0).to_bits()
        };
        self.b.value(InstKind::Fconst(ty, bits), ty)
    }
    pub fn string_const(&mut self, bytes: &[u8]) -> Val {
        let ptr = if bytes.is_empty() {
            self.nil()
        } else {
            let data = self.l.string_data(bytes);
            self.data_addr(data)
        };
        let len = self.int(bytes.len() as i64);
        Val::of(&[ptr, len])
    }
    /// The constant non-negative value of an expression, if it has one that fits.
    pub fn constant_u64(&self, e: &rgo_syntax::ast::Expr) -> Option<u64> {
        self.constant_of(e)?.to_int().as_u64()
    }
}

/// Whether a numeric constant can become a value of the shape without computation at run time.
pub(crate) fn fits(value: &ConstValue, shape: &Shape) -> bool {
    match shape {
        Shape::Int { .. } => value.to_int().to_bits().is_some(),
        _ => true,
    }
}
