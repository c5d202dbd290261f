//! Which constants a basic type can represent (spec, "Representability").

use super::{ConstKind, ConstValue};
use crate::ty::BasicKind;

/// Why a numeric constant does not fit a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// A fraction where an integer is wanted.
    Truncated,
    /// Out of range.
    Overflows,
    /// The kinds do not go together.
    Kind,
}

impl ConstValue {
    /// The value as the type represents it, floats rounded; `None` when it cannot. `word_bits` is the width of `int`.
    /// An unknown value stays unknown.
    pub fn represent(&self, kind: BasicKind, word_bits: u32) -> Option<ConstValue> {
        if self.is_unknown() {
            return Some(ConstValue::Unknown);
        }
        if kind.is_integer() {
            let int = self.to_int();
            return (int.kind() == ConstKind::Int && int_fits(&int, kind, word_bits)).then_some(int);
        }
        match kind {
            BasicKind::UntypedFloat => known(self.to_float(), ConstKind::Float),
            BasicKind::Float32 | BasicKind::Float64 => {
                round(&known(self.to_float(), ConstKind::Float)?, kind)
            }
            BasicKind::UntypedComplex => known(self.to_complex(), ConstKind::Complex),
            BasicKind::Complex64 | BasicKind::Complex128 => {
                let c = known(self.to_complex(), ConstKind::Complex)?;
                let part = if kind == BasicKind::Complex64 { BasicKind::Float32 } else { BasicKind::Float64 };
                Some(ConstValue::complex(
                    round(&c.real().to_float(), part)?,
                    round(&c.imag().to_float(), part)?,
                ))
            }
            BasicKind::String | BasicKind::UntypedString => known(self.clone(), ConstKind::Str),
            BasicKind::Bool | BasicKind::UntypedBool => known(self.clone(), ConstKind::Bool),
            _ => None,
        }
    }
}

fn known(value: ConstValue, kind: ConstKind) -> Option<ConstValue> {
    (value.kind() == kind).then_some(value)
}

fn round(value: &ConstValue, kind: BasicKind) -> Option<ConstValue> {
    let rounded = match kind {
        BasicKind::Float32 => f64::from(value.to_f32()?),
        _ => value.to_f64()?,
    };
    rounded.is_finite().then(|| ConstValue::from_f64(rounded))
}

fn int_fits(int: &ConstValue, kind: BasicKind, word_bits: u32) -> bool {
    let bits = match kind.normal() {
        BasicKind::UntypedInt | BasicKind::UntypedRune => return true,
        BasicKind::Int | BasicKind::Uint | BasicKind::Uintptr => word_bits,
        BasicKind::Int8 | BasicKind::Uint8 => 8,
        BasicKind::Int16 | BasicKind::Uint16 => 16,
        BasicKind::Int32 | BasicKind::Uint32 => 32,
        _ => 64,
    };
    if kind.is_unsigned() {
        return int.sign() >= 0 && int.bit_len() <= u64::from(bits);
    }
    match int {
        ConstValue::Int(i) => bits == 64 || (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(i),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_rounding() {
        let int = ConstValue::Int;
        assert!(int(127).represent(BasicKind::Int8, 64).is_some());
        assert!(int(128).represent(BasicKind::Int8, 64).is_none());
        assert!(int(-1).represent(BasicKind::Uint, 64).is_none());
        assert!(int(1 << 40).represent(BasicKind::Int, 32).is_none());
        let tenth = ConstValue::binary(&int(1), rgo_syntax::ast::BinaryOp::Div, &int(10), false);
        let f32_tenth = tenth.represent(BasicKind::Float32, 64).unwrap();
        assert_eq!(f32_tenth.to_f64(), Some(f64::from(0.1f32)));
        assert!(tenth.represent(BasicKind::Int, 64).is_none());
        assert_eq!(ConstValue::from_f64(2.0).represent(BasicKind::Int, 64), Some(int(2)));
    }
}
