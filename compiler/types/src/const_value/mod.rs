//! Values of constants: exact, of arbitrary size, untyped (spec, "Constants", "Constant expressions").
//!
//! In: literals and operations on earlier values. Out: new values, or [`ConstValue::Unknown`] where the result cannot be
//! expressed. The idea, from `go/constant`: integers are exact without limit (the checker enforces one); fractions
//! are exact while numerator and denominator stay small and become 512-bit floating-point numbers beyond; a value has
//! the smallest representation of its kind, so cloning and comparing stay cheap.
//!
//! Invariants: `Big` never fits an `i64`; an integer-valued float stays a float until asked [`ConstValue::to_int`];
//! the parts of `Complex` are never complex. Types are the checker's business: nothing here knows one, except
//! [`ConstValue::represent`], which takes the kind of a basic type.

mod float;
mod format;
mod literal;
mod represent;
mod string;

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use rgo_syntax::ast::{BinaryOp, UnaryOp};

pub use float::BigFloat;
pub use format::quote;
pub use literal::from_literal;
pub use represent::Misfit;
pub use string::ConstStr;

/// Beyond this many bits a fraction becomes a floating-point number.
const MAX_RATIO_BITS: u64 = 4 << 10;

/// The value of a constant.
#[derive(Clone, Debug, Default)]
pub enum ConstValue {
    /// Not known because of an error that has been reported.
    #[default]
    Unknown,
    Bool(bool),
    Str(ConstStr),
    /// An integer that fits.
    Int(i64),
    /// An integer that does not fit an `i64`.
    Big(Arc<BigInt>),
    /// A fraction; of float kind even when whole.
    Rat(Arc<BigRational>),
    /// A number too large, too small or too long for a fraction.
    Float(Arc<BigFloat>),
    /// Real and imaginary part.
    Complex(Arc<(ConstValue, ConstValue)>),
}

/// Which of the kinds of constants a value belongs to, in order of growing generality for numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConstKind {
    Unknown,
    Bool,
    Str,
    Int,
    Float,
    Complex,
}

impl PartialEq for ConstValue {
    /// Equal kind and value; not Go's `==`, which [`ConstValue::compare`] is.
    fn eq(&self, other: &ConstValue) -> bool {
        self.kind() == other.kind()
            && match self.kind() {
                ConstKind::Unknown => true,
                _ => ConstValue::compare(self, BinaryOp::Eql, other),
            }
    }
}

impl ConstValue {
    /// A string constant.
    pub fn from_bytes(bytes: &[u8]) -> ConstValue {
        ConstValue::Str(ConstStr::new(bytes.into()))
    }

    /// An integer of any size.
    pub fn from_bigint(i: BigInt) -> ConstValue {
        match i.to_i64() {
            Some(small) => ConstValue::Int(small),
            None => ConstValue::Big(Arc::new(i)),
        }
    }

    /// The float that `x`, a finite number, is exactly.
    pub fn from_f64(x: f64) -> ConstValue {
        ConstValue::from_ratio(float::f64_to_ratio(x))
    }

    /// A value of float kind.
    pub fn from_ratio(r: BigRational) -> ConstValue {
        if r.numer().bits() < MAX_RATIO_BITS && r.denom().bits() < MAX_RATIO_BITS {
            ConstValue::Rat(Arc::new(r))
        } else {
            ConstValue::Float(Arc::new(BigFloat::from_ratio(&r)))
        }
    }

    /// A value of float kind; unknown when its exponent is beyond what gc can represent.
    fn from_big_float(x: BigFloat) -> ConstValue {
        if x.mant.is_zero() || x.binary_exp() < i64::from(i32::MIN) {
            return ConstValue::Rat(Arc::new(BigRational::zero()));
        }
        if x.binary_exp() > i64::from(i32::MAX) {
            return ConstValue::Unknown;
        }
        ConstValue::Float(Arc::new(x))
    }

    /// A complex constant of two real ones.
    pub fn complex(re: ConstValue, im: ConstValue) -> ConstValue {
        if re.kind() == ConstKind::Unknown || im.kind() == ConstKind::Unknown {
            return ConstValue::Unknown;
        }
        ConstValue::Complex(Arc::new((re, im)))
    }

    /// The kind.
    pub fn kind(&self) -> ConstKind {
        match self {
            ConstValue::Unknown => ConstKind::Unknown,
            ConstValue::Bool(_) => ConstKind::Bool,
            ConstValue::Str(_) => ConstKind::Str,
            ConstValue::Int(_) | ConstValue::Big(_) => ConstKind::Int,
            ConstValue::Rat(_) | ConstValue::Float(_) => ConstKind::Float,
            ConstValue::Complex(_) => ConstKind::Complex,
        }
    }

    /// Whether the value is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, ConstValue::Unknown)
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            ConstValue::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The bytes of a string.
    pub fn as_bytes(&self) -> Option<Arc<[u8]>> {
        match self {
            ConstValue::Str(s) => Some(s.bytes()),
            _ => None,
        }
    }

    /// The number as an integer of any size, if it is one.
    pub fn as_bigint(&self) -> Option<BigInt> {
        match self.to_int() {
            ConstValue::Int(i) => Some(BigInt::from(i)),
            ConstValue::Big(i) => Some(BigInt::clone(&i)),
            _ => None,
        }
    }

    /// The number as an `i64`, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.to_int() {
            ConstValue::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The number as a `u64`, if it is an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self.to_int() {
            ConstValue::Int(i) => u64::try_from(i).ok(),
            ConstValue::Big(i) => i.to_u64(),
            _ => None,
        }
    }

    /// The low 64 bits of an integer in two's complement.
    pub fn to_bits(&self) -> Option<u64> {
        self.as_i64().map(|i| i as u64).or_else(|| self.as_u64())
    }

    /// The real number nearest in `float64`, infinite when out of range; complex numbers give none.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            ConstValue::Int(i) => Some(*i as f64),
            ConstValue::Big(i) => Some(float::big_to_f64(&BigFloat { mant: BigInt::clone(i), exp: 0 })),
            ConstValue::Rat(r) => Some(float::ratio_to_f64(r)),
            ConstValue::Float(x) => Some(float::big_to_f64(x)),
            _ => None,
        }
    }

    /// The real number nearest in `float32`, infinite when out of range; complex numbers give none.
    pub fn to_f32(&self) -> Option<f32> {
        match self {
            ConstValue::Int(i) => Some(*i as f32),
            ConstValue::Big(i) => Some(float::big_to_f32(&BigFloat { mant: BigInt::clone(i), exp: 0 })),
            ConstValue::Rat(r) => Some(float::ratio_to_f32(r)),
            ConstValue::Float(x) => Some(float::big_to_f32(x)),
            _ => None,
        }
    }

    /// The real part of a number.
    pub fn real(&self) -> ConstValue {
        match self {
            ConstValue::Complex(c) => c.0.clone(),
            _ => self.clone(),
        }
    }

    /// The imaginary part of a number.
    pub fn imag(&self) -> ConstValue {
        match self {
            ConstValue::Complex(c) => c.1.clone(),
            ConstValue::Unknown => ConstValue::Unknown,
            _ => ConstValue::Int(0),
        }
    }

    /// The sign of a number; for a complex one, whether it differs from zero.
    pub fn sign(&self) -> i32 {
        match self {
            ConstValue::Int(i) => i.signum() as i32,
            ConstValue::Big(i) => big_sign(i.sign()),
            ConstValue::Rat(r) => big_sign(r.numer().sign()),
            ConstValue::Float(x) => big_sign(x.mant.sign()),
            ConstValue::Complex(c) => c.0.sign() | c.1.sign(),
            ConstValue::Unknown | ConstValue::Bool(_) | ConstValue::Str(_) => 1,
        }
    }

    /// Whether the squares of both parts vanish in floats whose exponents have 32 bits, as gc's constants do.
    pub fn squares_vanish(&self) -> bool {
        let vanishes = |part: ConstValue| match &part {
            ConstValue::Float(x) => part.sign() == 0 || 2 * x.binary_exp() < i64::from(i32::MIN),
            _ => part.sign() == 0,
        };
        vanishes(self.real()) && vanishes(self.imag())
    }

    /// How many bits the magnitude of an integer has.
    pub fn bit_len(&self) -> u64 {
        match self {
            ConstValue::Int(i) => u64::from(64 - i.unsigned_abs().leading_zeros()),
            ConstValue::Big(i) => i.bits(),
            _ => 0,
        }
    }

    /// The number as one of integer kind, or `Unknown` when it is not whole.
    pub fn to_int(&self) -> ConstValue {
        match self {
            ConstValue::Int(_) | ConstValue::Big(_) => self.clone(),
            ConstValue::Rat(r) if r.is_integer() => ConstValue::from_bigint(r.numer().clone()),
            // A huge exponent would only make a huge integer that fits nowhere.
            ConstValue::Float(x) if x.binary_exp() < 1 << 16 => {
                x.to_int().map_or(ConstValue::Unknown, ConstValue::from_bigint)
            }
            ConstValue::Complex(c) if c.1.sign() == 0 => c.0.to_int(),
            _ => ConstValue::Unknown,
        }
    }

    /// The number as one of float kind, or `Unknown` when it has an imaginary part.
    pub fn to_float(&self) -> ConstValue {
        match self {
            ConstValue::Int(i) => ConstValue::from_ratio(BigRational::from_integer((*i).into())),
            ConstValue::Big(i) => ConstValue::from_ratio(BigRational::from_integer(BigInt::clone(i))),
            ConstValue::Rat(_) | ConstValue::Float(_) => self.clone(),
            ConstValue::Complex(c) if c.1.sign() == 0 => c.0.to_float(),
            _ => ConstValue::Unknown,
        }
    }

    /// The number as one of complex kind.
    pub fn to_complex(&self) -> ConstValue {
        match self.kind() {
            ConstKind::Int | ConstKind::Float => ConstValue::complex(self.clone(), ConstValue::Int(0)),
            ConstKind::Complex => self.clone(),
            _ => ConstValue::Unknown,
        }
    }

    /// `op self`. `bits` is the width of an unsigned type, to which `^` is confined.
    pub fn unary(op: UnaryOp, x: &ConstValue, bits: Option<u32>) -> ConstValue {
        match (op, x) {
            (UnaryOp::Plus, _) => x.clone(),
            (UnaryOp::Not, ConstValue::Bool(b)) => ConstValue::Bool(!b),
            (UnaryOp::Neg, ConstValue::Int(i)) => match i.checked_neg() {
                Some(i) => ConstValue::Int(i),
                None => ConstValue::from_bigint(-BigInt::from(*i)),
            },
            (UnaryOp::Neg, ConstValue::Big(i)) => ConstValue::from_bigint(-BigInt::clone(i)),
            (UnaryOp::Neg, ConstValue::Rat(r)) => ConstValue::from_ratio(-BigRational::clone(r)),
            (UnaryOp::Neg, ConstValue::Float(f)) => ConstValue::from_big_float(f.neg()),
            (UnaryOp::Neg, ConstValue::Complex(c)) => {
                ConstValue::complex(ConstValue::unary(op, &c.0, None), ConstValue::unary(op, &c.1, None))
            }
            (UnaryOp::Xor, ConstValue::Int(_) | ConstValue::Big(_)) => {
                let Some(i) = x.as_bigint() else { return ConstValue::Unknown };
                let flipped: BigInt = -i - 1;
                ConstValue::from_bigint(match bits {
                    Some(bits) => flipped & ((BigInt::one() << bits) - 1),
                    None => flipped,
                })
            }
            _ => ConstValue::Unknown,
        }
    }

    /// `x op y` for all operators but comparisons and shifts. `int_div` makes `/` truncate; the divisor is not zero.
    pub fn binary(x: &ConstValue, op: BinaryOp, y: &ConstValue, int_div: bool) -> ConstValue {
        if let (ConstValue::Int(a), ConstValue::Int(b)) = (x, y)
            && let Some(fast) = small_binary(*a, op, *b, int_div)
        {
            return fast;
        }
        if x.is_unknown() || y.is_unknown() {
            return ConstValue::Unknown;
        }
        let (x, y) = unify(x, y);
        match (&x, &y) {
            (ConstValue::Bool(a), ConstValue::Bool(b)) => match op {
                BinaryOp::AndAnd => ConstValue::Bool(*a && *b),
                BinaryOp::OrOr => ConstValue::Bool(*a || *b),
                _ => ConstValue::Unknown,
            },
            (ConstValue::Str(a), ConstValue::Str(b)) if op == BinaryOp::Add => ConstValue::Str(a.concat(b)),
            _ => match x.kind() {
                ConstKind::Int => match (x.as_bigint(), y.as_bigint()) {
                    (Some(a), Some(b)) => int_binary(a, op, b, int_div),
                    _ => ConstValue::Unknown,
                },
                ConstKind::Float => float_binary(&x, op, &y),
                ConstKind::Complex => complex_binary(&x, op, &y),
                _ => ConstValue::Unknown,
            },
        }
    }

    /// `x << count` or `x >> count` for an integer.
    pub fn shift(x: &ConstValue, op: BinaryOp, count: u32) -> ConstValue {
        let Some(i) = x.as_bigint() else { return ConstValue::Unknown };
        match op {
            BinaryOp::Shl => ConstValue::from_bigint(i << count),
            BinaryOp::Shr => ConstValue::from_bigint(i >> count),
            _ => ConstValue::Unknown,
        }
    }

    /// Whether `x op y` holds for a comparison; false when either is unknown.
    pub fn compare(x: &ConstValue, op: BinaryOp, y: &ConstValue) -> bool {
        let (x, y) = unify(x, y);
        let order = match (&x, &y) {
            (ConstValue::Bool(a), ConstValue::Bool(b)) => a.cmp(b),
            (ConstValue::Str(a), ConstValue::Str(b)) => a.compare(b),
            (ConstValue::Int(a), ConstValue::Int(b)) => a.cmp(b),
            (ConstValue::Rat(a), ConstValue::Rat(b)) => a.cmp(b),
            (ConstValue::Float(a), ConstValue::Float(b)) => a.compare(b),
            (ConstValue::Complex(a), ConstValue::Complex(b)) => {
                let equal = ConstValue::compare(&a.0, BinaryOp::Eql, &b.0)
                    && ConstValue::compare(&a.1, BinaryOp::Eql, &b.1);
                if equal { Ordering::Equal } else { Ordering::Less }
            }
            _ => match (x.kind(), y.kind()) {
                (ConstKind::Int, ConstKind::Int) => x.as_bigint().cmp(&y.as_bigint()),
                _ => return false,
            },
        };
        match op {
            BinaryOp::Eql => order.is_eq(),
            BinaryOp::Neq => order.is_ne(),
            BinaryOp::Lss => order.is_lt(),
            BinaryOp::Leq => order.is_le(),
            BinaryOp::Gtr => order.is_gt(),
            BinaryOp::Geq => order.is_ge(),
            _ => false,
        }
    }
}

fn big_sign(sign: Sign) -> i32 {
    match sign {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

fn to_big_float(x: &ConstValue) -> BigFloat {
    match x {
        ConstValue::Rat(r) => BigFloat::from_ratio(r),
        ConstValue::Float(f) => BigFloat::clone(f),
        _ => BigFloat::new(x.as_bigint().unwrap_or_default(), 0),
    }
}

/// Brings both values to the larger of their kinds, and floats to one representation.
fn unify(x: &ConstValue, y: &ConstValue) -> (ConstValue, ConstValue) {
    let kind = x.kind().max(y.kind());
    let raise = |v: &ConstValue| match kind {
        ConstKind::Float => v.to_float(),
        ConstKind::Complex => v.to_complex(),
        _ => v.clone(),
    };
    match (raise(x), raise(y)) {
        (a @ ConstValue::Rat(_), b @ ConstValue::Float(_))
        | (a @ ConstValue::Float(_), b @ ConstValue::Rat(_)) => {
            (ConstValue::Float(Arc::new(to_big_float(&a))), ConstValue::Float(Arc::new(to_big_float(&b))))
        }
        both => both,
    }
}

fn small_binary(a: i64, op: BinaryOp, b: i64, int_div: bool) -> Option<ConstValue> {
    let int = match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Sub => a.checked_sub(b)?,
        BinaryOp::Mul => a.checked_mul(b)?,
        BinaryOp::Div if int_div => a.checked_div(b)?,
        BinaryOp::Rem => a.checked_rem(b)?,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::AndNot => a & !b,
        _ => return None,
    };
    Some(ConstValue::Int(int))
}

fn int_binary(a: BigInt, op: BinaryOp, b: BigInt, int_div: bool) -> ConstValue {
    let divides = matches!(op, BinaryOp::Div | BinaryOp::Rem);
    if divides && b.is_zero() {
        return ConstValue::Unknown;
    }
    ConstValue::from_bigint(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div if int_div => a / b,
        BinaryOp::Div => return ConstValue::from_ratio(BigRational::new(a, b)),
        BinaryOp::Rem => a % b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::AndNot => a & (-b - 1),
        _ => return ConstValue::Unknown,
    })
}

fn float_binary(x: &ConstValue, op: BinaryOp, y: &ConstValue) -> ConstValue {
    if op == BinaryOp::Div && y.sign() == 0 {
        return ConstValue::Unknown;
    }
    if let (ConstValue::Rat(a), ConstValue::Rat(b)) = (x, y) {
        let (a, b) = (a.as_ref(), b.as_ref());
        return match op {
            BinaryOp::Add => ConstValue::from_ratio(a + b),
            BinaryOp::Sub => ConstValue::from_ratio(a - b),
            BinaryOp::Mul => ConstValue::from_ratio(a * b),
            BinaryOp::Div => ConstValue::from_ratio(a / b),
            _ => ConstValue::Unknown,
        };
    }
    let (a, b) = (to_big_float(x), to_big_float(y));
    ConstValue::from_big_float(match op {
        BinaryOp::Add => a.add(&b),
        BinaryOp::Sub => a.add(&b.neg()),
        BinaryOp::Mul => a.mul(&b),
        BinaryOp::Div => a.quo(&b),
        _ => return ConstValue::Unknown,
    })
}

fn complex_binary(x: &ConstValue, op: BinaryOp, y: &ConstValue) -> ConstValue {
    let (a, b) = (x.real(), x.imag());
    let (c, d) = (y.real(), y.imag());
    let on = |x: &ConstValue, op, y: &ConstValue| ConstValue::binary(x, op, y, false);
    let (add, sub, mul, quo) = (BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div);
    match op {
        BinaryOp::Add | BinaryOp::Sub => ConstValue::complex(on(&a, op, &c), on(&b, op, &d)),
        BinaryOp::Mul => {
            let re = on(&on(&a, mul, &c), sub, &on(&b, mul, &d));
            let im = on(&on(&b, mul, &c), add, &on(&a, mul, &d));
            ConstValue::complex(re, im)
        }
        BinaryOp::Div => {
            // (ac+bd)/s + (bc-ad)/s i, with s = cc + dd
            let s = on(&on(&c, mul, &c), add, &on(&d, mul, &d));
            if s.sign() == 0 {
                return ConstValue::Unknown;
            }
            let re = on(&on(&a, mul, &c), add, &on(&b, mul, &d));
            let im = on(&on(&b, mul, &c), sub, &on(&a, mul, &d));
            ConstValue::complex(on(&re, quo, &s), on(&im, quo, &s))
        }
        _ => ConstValue::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rgo_syntax::ast::LitKind;

    fn int(text: &str) -> ConstValue {
        from_literal(LitKind::Int, text).unwrap()
    }

    fn float(text: &str) -> ConstValue {
        from_literal(LitKind::Float, text).unwrap()
    }

    #[test]
    fn what_is_too_large_stays_unknown() {
        let i = ConstValue::complex(ConstValue::Int(0), ConstValue::Int(1));
        assert!(ConstValue::binary(&i, BinaryOp::Div, &float("1e600000000"), false).is_unknown());
    }

    #[test]
    fn integers_are_exact() {
        let big = int("0xffff_ffff_ffff_ffff");
        assert_eq!(big.as_u64(), Some(u64::MAX));
        let one_more = ConstValue::binary(&big, BinaryOp::Add, &int("1"), false);
        assert_eq!(one_more.to_string(), "18446744073709551616");
        assert_eq!(ConstValue::shift(&one_more, BinaryOp::Shr, 64), ConstValue::Int(1));
        assert_eq!(ConstValue::unary(UnaryOp::Xor, &ConstValue::Int(1), Some(8)), ConstValue::Int(254));
        assert_eq!(ConstValue::unary(UnaryOp::Xor, &ConstValue::Int(1), None), ConstValue::Int(-2));
        assert_eq!(
            ConstValue::binary(&int("-7".trim_start_matches('-')), BinaryOp::Div, &int("2"), true),
            int("3")
        );
    }

    #[test]
    fn fractions_and_huge_numbers() {
        let third = ConstValue::binary(&int("1"), BinaryOp::Div, &float("3.0"), false);
        let one = ConstValue::binary(&third, BinaryOp::Mul, &int("3"), false);
        assert_eq!(one.to_int(), ConstValue::Int(1));
        assert_eq!(float("0x1p-2").to_f64(), Some(0.25));
        assert_eq!(float("1e100000").to_string(), "1e+100000");
        assert_eq!(float("1e-400").to_f64(), Some(0.0));
        assert_eq!(float("0.1").to_string(), "0.1");
        let c = from_literal(LitKind::Imag, "2i").unwrap();
        let sq = ConstValue::binary(&c, BinaryOp::Mul, &c, false);
        assert_eq!(sq.to_int(), ConstValue::Int(-4));
        assert_eq!(c.to_string(), "(0 + 2i)");
    }

    #[test]
    fn strings_concatenate_lazily() {
        let mut s = ConstValue::from_bytes(b"");
        for _ in 0..5000 {
            s = ConstValue::binary(&s, BinaryOp::Add, &ConstValue::from_bytes(b"ab"), false);
        }
        assert_eq!(s.as_bytes().unwrap().len(), 10000);
        assert!(ConstValue::compare(
            &ConstValue::from_bytes(b"a"),
            BinaryOp::Lss,
            &ConstValue::from_bytes(b"b")
        ));
    }
}
