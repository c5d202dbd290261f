//! Values of literals (spec, "Integer literals" to "String literals"). Malformed ones were reported by the parser; here
//! they merely have no value.

use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Num, One, Pow, Zero};
use rgo_syntax::ast::LitKind;

use super::{BigFloat, ConstValue};

/// Decimal exponents beyond this need no calculation: the number is zero or malformed.
const MAX_EXP: i64 = 700_000_000;
/// Decimal exponents up to this are kept exactly.
const MAX_EXACT_EXP: i64 = 1300;

/// The value of a literal as written, or `None` when it has none.
pub fn from_literal(kind: LitKind, text: &str) -> Option<ConstValue> {
    match kind {
        LitKind::Int => int(text),
        LitKind::Float => float(text),
        LitKind::Imag => {
            let digits = text.strip_suffix('i')?;
            let decimal = digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
            let im = if decimal {
                // For backward compatibility a leading zero does not mean octal here.
                int(digits.trim_start_matches(['0', '_'])).or(Some(ConstValue::Int(0)))?
            } else if digits.starts_with("0b") || digits.starts_with("0B") || is_octal(digits) {
                int(digits)?
            } else {
                int(digits).or_else(|| float(digits))?
            };
            Some(ConstValue::complex(ConstValue::Int(0), im))
        }
        LitKind::Char => char_value(text).map(|c| ConstValue::Int(i64::from(c))),
        LitKind::String => string(text).map(|bytes| ConstValue::from_bytes(&bytes)),
    }
}

fn is_octal(digits: &str) -> bool {
    digits.starts_with("0o") || digits.starts_with("0O")
}

fn int(text: &str) -> Option<ConstValue> {
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    let lower = clean.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    match i64::from_str_radix(digits, radix) {
        Ok(small) => Some(ConstValue::Int(small)),
        Err(_) => BigInt::from_str_radix(digits, radix).ok().map(ConstValue::from_bigint),
    }
}

fn float(text: &str) -> Option<ConstValue> {
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    let lower = clean.to_ascii_lowercase();
    let (radix, body, exp_char) = match lower.strip_prefix("0x") {
        Some(hex) => (16, hex, 'p'),
        None => (10, lower.as_str(), 'e'),
    };
    let (mant, exp) = match body.split_once(exp_char) {
        Some((mant, exp)) => (mant, i64::from_str(exp).ok()?),
        None => (body, 0),
    };
    let (whole, frac) = mant.split_once('.').unwrap_or((mant, ""));
    let digits = format!("{whole}{frac}");
    if digits.is_empty() {
        return None;
    }
    let mant = BigInt::from_str_radix(&digits, radix).ok()?;
    if mant.is_zero() {
        return Some(ConstValue::from_ratio(BigRational::zero()));
    }
    if radix == 16 {
        let exp = exp - 4 * frac.len() as i64;
        let x = BigFloat::new(mant, exp);
        return Some(if exp.abs() < 4096 {
            ConstValue::from_ratio(x.to_ratio())
        } else {
            ConstValue::from_big_float(x)
        });
    }
    let exp = exp.saturating_sub(frac.len() as i64);
    if exp.abs() > MAX_EXP {
        return (exp < 0).then(|| ConstValue::from_ratio(BigRational::zero()));
    }
    if exp.abs() <= MAX_EXACT_EXP + frac.len() as i64 {
        let ten = Pow::pow(BigInt::from(10), exp.unsigned_abs());
        let ratio =
            if exp >= 0 { BigRational::from_integer(mant * ten) } else { BigRational::new(mant, ten) };
        return Some(ConstValue::from_ratio(ratio));
    }
    let scale = power_of_ten(exp.unsigned_abs());
    let mant = BigFloat::new(mant, 0);
    known(ConstValue::from_big_float(if exp >= 0 { mant.mul(&scale) } else { mant.quo(&scale) }))
}

fn known(value: ConstValue) -> Option<ConstValue> {
    (!value.is_unknown()).then_some(value)
}

/// `10^n` rounded to a big float by repeated squaring.
fn power_of_ten(mut n: u64) -> BigFloat {
    let mut result = BigFloat::new(BigInt::one(), 0);
    let mut square = BigFloat::new(BigInt::from(10), 0);
    while n > 0 {
        if n & 1 == 1 {
            result = result.mul(&square);
        }
        square = square.mul(&square);
        n >>= 1;
    }
    result
}

fn char_value(text: &str) -> Option<u32> {
    let body = text.strip_prefix('\'')?.strip_suffix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let (value, _, rest) = unescape(escape)?;
        return rest.is_empty().then_some(value);
    }
    let mut chars = body.chars();
    let c = chars.next()?;
    chars.next().is_none().then_some(c as u32)
}

/// The decoded contents of a string literal, interpreted or raw.
pub fn string(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.bytes().filter(|b| *b != b'\r').collect());
    }
    let mut body = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(body.len());
    while let Some(at) = body.find('\\') {
        out.extend_from_slice(&body.as_bytes()[..at]);
        let (value, is_byte, rest) = unescape(&body[at + 1..])?;
        if is_byte {
            out.push(u8::try_from(value).ok()?);
        } else {
            let c = char::from_u32(value)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        body = rest;
    }
    out.extend_from_slice(body.as_bytes());
    Some(out)
}

/// Decodes what follows a backslash: the value, whether it stands for one byte, and the text after it.
fn unescape(text: &str) -> Option<(u32, bool, &str)> {
    let first = *text.as_bytes().first()?;
    let simple = |c: u8| Some((u32::from(c), true, &text[1..]));
    let digits = |from: usize, len: usize, radix: u32| {
        let value = u32::from_str_radix(text.get(from..from + len)?, radix).ok()?;
        Some((value, &text[from + len..]))
    };
    match first {
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        b'\\' | b'\'' | b'"' => simple(first),
        b'0'..=b'7' => digits(0, 3, 8).map(|(value, rest)| (value, true, rest)),
        b'x' => digits(1, 2, 16).map(|(value, rest)| (value, true, rest)),
        b'u' => digits(1, 4, 16).map(|(value, rest)| (value, false, rest)),
        b'U' => digits(1, 8, 16).map(|(value, rest)| (value, false, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_have_values() {
        let int = |text| from_literal(LitKind::Int, text).unwrap().as_i64().unwrap();
        assert_eq!(
            (int("0b101"), int("0o17"), int("017"), int("0x_ff"), int("1_000")),
            (5, 15, 15, 255, 1000)
        );
        let ch = |text| from_literal(LitKind::Char, text).unwrap().as_i64().unwrap();
        assert_eq!(
            (ch("'a'"), ch("'\\n'"), ch("'\\xff'"), ch("'\\u00e9'"), ch("'\u{4e16}'")),
            (97, 10, 255, 233, 0x4e16)
        );
        assert_eq!(string("\"a\\tb\\101\\u00e9\\xff\"").unwrap(), b"a\tbA\xc3\xa9\xff");
        assert_eq!(string("`a\\n\r\n`").unwrap(), b"a\\n\n");
        let imag = |text| from_literal(LitKind::Imag, text).unwrap().imag().to_f64().unwrap();
        assert_eq!((imag("0123i"), imag("0x10i"), imag("1.5i"), imag("0i")), (123.0, 16.0, 1.5, 0.0));
        assert_eq!(from_literal(LitKind::Float, ".5e1").unwrap().to_f64(), Some(5.0));
    }
}
