//! Binary floating-point numbers of 512 bits, for constants too large or too small to be kept as fractions, and
//! correctly rounded conversion of exact numbers to `float32` and `float64`.
//!
//! Invariants: the mantissa of a [`BigFloat`] is odd or zero (zero has exponent 0) and has at most [`PREC`] bits, so
//! equal numbers have equal representations.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// Bits of a mantissa, as in gc.
pub const PREC: u64 = 512;

/// `mant * 2^exp`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BigFloat {
    pub mant: BigInt,
    pub exp: i64,
}

/// `n / 2^shift`, rounded to nearest even; `sticky` says that the exact value is a little greater in magnitude.
fn shift_round(n: &BigInt, shift: u64, sticky: bool) -> BigInt {
    let (sign, mag) = (n.sign(), n.magnitude());
    if shift == 0 {
        return n.clone();
    }
    let mut q = mag >> shift;
    let half = mag.bit(shift - 1);
    let below = sticky || mag.trailing_zeros().is_some_and(|z| z < shift - 1);
    if half && (below || q.bit(0)) {
        q += 1u32;
    }
    BigInt::from_biguint(if q.is_zero() { Sign::NoSign } else { sign }, q)
}

impl BigFloat {
    /// The number nearest to `mant * 2^exp`.
    pub fn new(mant: BigInt, exp: i64) -> BigFloat {
        BigFloat::with_prec(mant, exp, PREC, false)
    }

    fn with_prec(mant: BigInt, exp: i64, prec: u64, sticky: bool) -> BigFloat {
        let bits = mant.bits();
        let (mut mant, mut exp) = (mant, exp);
        if bits > prec {
            let shift = bits - prec;
            mant = shift_round(&mant, shift, sticky);
            exp += shift as i64;
        }
        match mant.trailing_zeros() {
            None => BigFloat { mant: BigInt::zero(), exp: 0 },
            Some(0) => BigFloat { mant, exp },
            Some(zeros) => BigFloat { mant: mant >> zeros, exp: exp + zeros as i64 },
        }
    }

    /// The number nearest to a fraction.
    pub fn from_ratio(x: &BigRational) -> BigFloat {
        let (num, den) = (x.numer(), x.denom());
        let shift = (PREC + 2 + den.bits()).saturating_sub(num.bits());
        let (q, r) = (num << shift).div_rem(den);
        BigFloat::with_prec_sticky(q, -(shift as i64), !r.is_zero())
    }

    /// `q * 2^exp` where `q` has more than `PREC + 1` bits or `sticky` is false.
    fn with_prec_sticky(q: BigInt, exp: i64, sticky: bool) -> BigFloat {
        BigFloat::with_prec(q, exp, PREC, sticky)
    }

    /// The exact fraction.
    pub fn to_ratio(&self) -> BigRational {
        if self.exp >= 0 {
            BigRational::from_integer(&self.mant << self.exp as u64)
        } else {
            BigRational::new(self.mant.clone(), BigInt::one() << (-self.exp) as u64)
        }
    }

    /// The exponent `e` with `0.5 <= |x| / 2^e < 1`.
    pub fn binary_exp(&self) -> i64 {
        self.exp + self.mant.bits() as i64
    }

    pub fn add(&self, other: &BigFloat) -> BigFloat {
        if self.mant.is_zero() {
            return other.clone();
        }
        if other.mant.is_zero() {
            return self.clone();
        }
        // Far apart, the smaller number does not reach the mantissa.
        let far = 2 * PREC as i64 + 4;
        if self.binary_exp() - other.binary_exp() > far {
            return self.clone();
        }
        if other.binary_exp() - self.binary_exp() > far {
            return other.clone();
        }
        let exp = self.exp.min(other.exp);
        let a = &self.mant << (self.exp - exp) as u64;
        let b = &other.mant << (other.exp - exp) as u64;
        BigFloat::new(a + b, exp)
    }

    pub fn neg(&self) -> BigFloat {
        BigFloat { mant: -&self.mant, exp: self.exp }
    }

    pub fn mul(&self, other: &BigFloat) -> BigFloat {
        BigFloat::new(&self.mant * &other.mant, self.exp.saturating_add(other.exp))
    }

    /// `self / other`; `other` is not zero.
    pub fn quo(&self, other: &BigFloat) -> BigFloat {
        let shift = (PREC + 2 + other.mant.bits()).saturating_sub(self.mant.bits());
        let (q, r) = (&self.mant << shift).div_rem(&other.mant);
        let exp = self.exp.saturating_sub(other.exp).saturating_sub(shift as i64);
        BigFloat::with_prec_sticky(q, exp, !r.is_zero())
    }

    pub fn compare(&self, other: &BigFloat) -> Ordering {
        self.add(&other.neg()).mant.sign().cmp(&Sign::NoSign)
    }

    /// The integer this is, also when rounding errors of earlier operations keep it a few bits away from one.
    pub fn to_int(&self) -> Option<BigInt> {
        const DELTA: u64 = 4;
        let exact = |x: &BigFloat| (x.exp >= 0).then(|| &x.mant << x.exp as u64);
        if let Some(i) = exact(self) {
            return Some(i);
        }
        let bits = self.mant.bits();
        if bits <= PREC - DELTA {
            return None;
        }
        let shift = bits - (PREC - DELTA);
        let exp = self.exp + shift as i64;
        let down = self.mant.magnitude() >> shift;
        for mag in [down.clone(), down + 1u32] {
            let x = BigFloat::new(BigInt::from_biguint(self.mant.sign(), mag), exp);
            if let Some(i) = exact(&x) {
                return Some(i);
            }
        }
        None
    }
}

/// A binary interchange format.
struct Format {
    /// Bits of the mantissa, the hidden one included.
    prec: i64,
    /// Least exponent of a normal number `1.m * 2^e`.
    min_exp: i64,
    max_exp: i64,
}

const FLOAT32: Format = Format { prec: 24, min_exp: -126, max_exp: 127 };
const FLOAT64: Format = Format { prec: 53, min_exp: -1022, max_exp: 1023 };

/// `num / den * 2^exp` rounded to `format`, infinite when out of range.
fn round(num: &BigInt, den: &BigInt, exp: i64, format: &Format) -> f64 {
    if num.is_zero() {
        return 0.0;
    }
    let sign = if num.is_negative() { -1.0 } else { 1.0 };
    let mag = num.abs();
    // The value lies in [2^(top-1), 2^(top+1)).
    let top = mag.bits() as i64 - den.bits() as i64 + exp;
    if top > format.max_exp + 2 {
        return sign * f64::INFINITY;
    }
    if top < format.min_exp - format.prec - 2 {
        return sign * 0.0;
    }
    // Quotient with two more bits than needed.
    let shift = format.prec + 2 - (mag.bits() as i64 - den.bits() as i64);
    let (q, r) =
        if shift >= 0 { (mag << shift as u64).div_rem(den) } else { mag.div_rem(&(den << (-shift) as u64)) };
    let (q, q_exp, sticky) = (q, exp - shift, !r.is_zero());
    let value_exp = q_exp + q.bits() as i64 - 1;
    // Bits that survive; fewer for subnormal numbers.
    let keep =
        if value_exp < format.min_exp { format.prec - (format.min_exp - value_exp) } else { format.prec };
    let drop = q.bits() as i64 - keep;
    let rounded = shift_round(&q, drop as u64, sticky);
    let r_exp = q_exp + drop;
    let mant = rounded.magnitude().iter_u64_digits().next().unwrap_or(0);
    if mant != 0 && r_exp + rounded.bits() as i64 - 1 > format.max_exp {
        return sign * f64::INFINITY;
    }
    // Exact: the mantissa has at most 53 bits and both factors and the product are representable.
    let half = r_exp / 2;
    sign * (mant as f64) * pow2(half) * pow2(r_exp - half)
}

fn pow2(exp: i64) -> f64 {
    f64::from_bits(((exp + 1023) as u64) << 52)
}

/// A fraction as a `float64`, infinite when out of range.
pub fn ratio_to_f64(x: &BigRational) -> f64 {
    round(x.numer(), x.denom(), 0, &FLOAT64)
}

/// A fraction as a `float32`, infinite when out of range.
pub fn ratio_to_f32(x: &BigRational) -> f32 {
    round(x.numer(), x.denom(), 0, &FLOAT32) as f32
}

/// A big float as a `float64`, infinite when out of range.
pub fn big_to_f64(x: &BigFloat) -> f64 {
    round(&x.mant, &BigInt::one(), x.exp, &FLOAT64)
}

/// A big float as a `float32`, infinite when out of range.
pub fn big_to_f32(x: &BigFloat) -> f32 {
    round(&x.mant, &BigInt::one(), x.exp, &FLOAT32) as f32
}

/// The exact fraction a finite float is.
pub fn f64_to_ratio(x: f64) -> BigRational {
    let bits = x.to_bits();
    let exp = ((bits >> 52) & 0x7ff) as i64;
    let frac = bits & ((1 << 52) - 1);
    let (mant, exp) = if exp == 0 { (frac, -1074) } else { (frac | 1 << 52, exp - 1075) };
    let mant = BigInt::from(mant);
    let mant = if x < 0.0 { -mant } else { mant };
    BigFloat::new(mant, exp).to_ratio()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_survive_a_round_trip() {
        for x in [0.1, 1.0, -2.5, 1e300, 5e-324, 2.2250738585072014e-308, f64::MAX, 1.0 / 3.0] {
            assert_eq!(ratio_to_f64(&f64_to_ratio(x)), x);
        }
        assert_eq!(ratio_to_f32(&f64_to_ratio(0.1)), 0.1f32);
        assert_eq!(ratio_to_f32(&f64_to_ratio(1e-45)), 1e-45f32);
        assert!(ratio_to_f32(&f64_to_ratio(3.5e38)).is_infinite());
    }

    #[test]
    fn big_floats_calculate() {
        let third = BigFloat::from_ratio(&BigRational::new(1.into(), 3.into()));
        let one = third.add(&third).add(&third);
        assert_eq!(one.to_int(), Some(BigInt::one()));
        assert_eq!(big_to_f64(&third), 1.0 / 3.0);
        assert_eq!(third.compare(&one), Ordering::Less);
    }
}
