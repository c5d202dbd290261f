//! Constants as gc prints them in messages.

use unicode_general_category::{GeneralCategory, get_general_category};

use super::{BigFloat, ConstValue};

/// Longest string constant shown in full.
const MAX_LEN: usize = 72;

impl std::fmt::Display for ConstValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ConstValue::Unknown => f.write_str("unknown"),
            ConstValue::Bool(b) => write!(f, "{b}"),
            // A character has at most 4 bytes; what is cut off is not shown.
            ConstValue::Str(s) => f.write_str(&shorten(quote(&s.head(4 * (MAX_LEN + 2))))),
            ConstValue::Int(i) => write!(f, "{i}"),
            ConstValue::Big(i) => write!(f, "{i}"),
            ConstValue::Rat(r) => f.write_str(&format_float(&BigFloat::from_ratio(r))),
            ConstValue::Float(x) => f.write_str(&format_float(x)),
            ConstValue::Complex(c) => write!(f, "({} + {}i)", c.0, c.1),
        }
    }
}

fn shorten(s: String) -> String {
    if s.chars().count() <= MAX_LEN {
        return s;
    }
    let mut out: String = s.chars().take(MAX_LEN - 3).collect();
    out.push_str("...");
    out
}

/// `bytes` as a Go string literal in double quotes.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
                c if is_printable(c) => out.push(c),
                c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
                c => out.push_str(&format!("\\U{:08x}", c as u32)),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
    out
}

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate, Unassigned,
    };
    c == ' '
        || !matches!(
            get_general_category(c),
            Control
                | Format
                | LineSeparator
                | ParagraphSeparator
                | PrivateUse
                | SpaceSeparator
                | Surrogate
                | Unassigned
        )
}

fn format_float(x: &BigFloat) -> String {
    let f = super::float::big_to_f64(x);
    let zero = x.mant.bits() == 0;
    if (zero == (f == 0.0)) && f.is_finite() {
        let s = format_g(f, Some(6));
        if x.exp < 0 && !s.contains('.') {
            return format_g(f, None);
        }
        return s;
    }
    // Out of the range of float64: mantissa and decimal exponent are good enough.
    let exp = x.binary_exp();
    let mant = BigFloat { mant: x.mant.clone(), exp: -(x.mant.bits() as i64) };
    let d = exp as f64 * (std::f64::consts::LN_2 / std::f64::consts::LN_10);
    let mut e = d as i64;
    let mut m = super::float::big_to_f64(&mant) * 10f64.powf(d - e as f64);
    if m.abs() < 1.0 - 0.5e-6 {
        m *= 10.0;
        e -= 1;
    } else if m.abs() >= 10.0 {
        m /= 10.0;
        e += 1;
    }
    format!("{}e{e:+}", format_g(m, Some(6)))
}

/// `x` as Go's `%g`, or `%.<prec>g`.
pub fn format_g(x: f64, prec: Option<usize>) -> String {
    let sci = match prec {
        Some(p) => format!("{x:.*e}", p.max(1) - 1),
        None => format!("{x:e}"),
    };
    let (mant, exp) = sci.split_once('e').unwrap_or((&sci, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (sign, mant) = match mant.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mant),
    };
    let digits: String = mant.chars().filter(|c| *c != '.').collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let limit = match prec {
        None => 6,
        Some(p) if p > digits.len() && digits.len() as i32 > exp => digits.len() as i32,
        Some(p) => p as i32,
    };
    if exp < -4 || exp >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let (esign, eabs) = if exp < 0 { ('-', -exp) } else { ('+', exp) };
        return format!("{sign}{first}{point}{rest}e{esign}{eabs:02}");
    }
    if exp < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat((-exp - 1) as usize));
    }
    let int_len = exp as usize + 1;
    if digits.len() <= int_len {
        return format!("{sign}{digits}{}", "0".repeat(int_len - digits.len()));
    }
    format!("{sign}{}.{}", &digits[..int_len], &digits[int_len..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        let cases = [
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e6, "1e+06"),
            (123456.0, "123456"),
            (1234567.0, "1.23457e+06"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (0.0, "0"),
            (-12.25, "-12.25"),
            (100.0, "100"),
        ];
        for (x, want) in cases {
            assert_eq!(format_g(x, Some(6)), want);
        }
        assert_eq!(quote("a\"\n\u{e9}".as_bytes()), "\"a\\\"\\n\u{e9}\"");
        assert_eq!(quote(b"\xff\x00"), "\"\\xff\\x00\"");
    }
}
