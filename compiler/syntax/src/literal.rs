//! The values of literals, from their raw text.

/// Why a literal cannot be decoded; the recogniser reports such literals, so later stages may treat it as impossible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadLiteral;

/// The bytes of an interpreted or raw string literal, quotes included in `text`.
pub fn unquote_string(text: &str) -> Result<Vec<u8>, BadLiteral> {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    if text.len() < 2 {
        return Err(BadLiteral);
    }
    if let Some(raw) = inner('`') {
        return Ok(raw.bytes().filter(|&byte| byte != b'\r').collect());
    }
    let mut rest = inner('"').ok_or(BadLiteral)?;
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let (value, after) = unescape(&rest[at + 1..], '"')?;
        match value {
            Escape::Byte(byte) => out.push(byte),
            Escape::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// The value of a rune literal, quotes included in `text`.
pub fn unquote_char(text: &str) -> Result<u32, BadLiteral> {
    let inner = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).ok_or(BadLiteral)?;
    if let Some(escaped) = inner.strip_prefix('\\') {
        let (value, rest) = unescape(escaped, '\'')?;
        return match value {
            _ if !rest.is_empty() => Err(BadLiteral),
            Escape::Byte(byte) => Ok(u32::from(byte)),
            Escape::Char(c) => Ok(u32::from(c)),
        };
    }
    let mut chars = inner.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(u32::from(c)),
        _ => Err(BadLiteral),
    }
}

enum Escape {
    Byte(u8),
    Char(char),
}

/// Decodes what follows a backslash; also gives the rest of the text.
fn unescape(text: &str, quote: char) -> Result<(Escape, &str), BadLiteral> {
    let first = text.chars().next().ok_or(BadLiteral)?;
    let rest = &text[first.len_utf8()..];
    let simple = |byte| Ok((Escape::Byte(byte), rest));
    match first {
        'a' => simple(0x07),
        'b' => simple(0x08),
        'f' => simple(0x0c),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(0x0b),
        '\\' => simple(b'\\'),
        _ if first == quote => simple(first as u8),
        '0'..='7' => {
            let (value, rest) = digits(text, 3, 8)?;
            let byte = u8::try_from(value).map_err(|_| BadLiteral)?;
            Ok((Escape::Byte(byte), rest))
        }
        'x' => {
            let (value, rest) = digits(rest, 2, 16)?;
            Ok((Escape::Byte(value as u8), rest))
        }
        'u' | 'U' => {
            let (value, rest) = digits(rest, if first == 'u' { 4 } else { 8 }, 16)?;
            Ok((Escape::Char(char::from_u32(value).ok_or(BadLiteral)?), rest))
        }
        _ => Err(BadLiteral),
    }
}

fn digits(text: &str, count: usize, radix: u32) -> Result<(u32, &str), BadLiteral> {
    let (head, rest) = text.split_at_checked(count).ok_or(BadLiteral)?;
    if !head.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return Err(BadLiteral);
    }
    let value = u32::from_str_radix(head, radix).map_err(|_| BadLiteral)?;
    Ok((value, rest))
}

/// A number literal without separators: its radix (2, 8, 10, 16) and its digits, without prefix and without the `i` of
/// imaginary literals. Hexadecimal floats keep their `p` exponent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    pub radix: u32,
    pub digits: String,
}

/// Normalises the text of an integer, floating-point or imaginary literal. `float` says whether the literal is a
/// floating-point one: `010` is octal, but `010.0`, and for history's sake `010i`, are decimal.
pub fn number(text: &str, float: bool) -> Number {
    let imaginary = text.ends_with('i');
    let plain: String = text.chars().filter(|&c| c != '_' && c != 'i').collect();
    let lower = plain.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] if !float && !imaginary => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    Number { radix, digits: digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(unquote_string(r#""a\n\x41\101\u00e9\"""#), Ok(b"a\nAA\xc3\xa9\"".to_vec()));
        assert_eq!(unquote_string("`a\\n\r\n`"), Ok(b"a\\n\n".to_vec()));
        assert_eq!(unquote_string(r#""\'""#), Err(BadLiteral));
        assert_eq!(unquote_string(r#""\400""#), Err(BadLiteral));
        assert_eq!(unquote_string("\"\\xff\""), Ok(vec![0xff]));
    }

    #[test]
    fn chars() {
        assert_eq!(unquote_char(r"'\''"), Ok(39));
        assert_eq!(unquote_char("'é'"), Ok(0xe9));
        assert_eq!(unquote_char(r"'\U0010ffff'"), Ok(0x10ffff));
        assert_eq!(unquote_char(r"'\ud800'"), Err(BadLiteral));
        assert_eq!(unquote_char("'ab'"), Err(BadLiteral));
    }

    #[test]
    fn numbers() {
        let of = |text, float| number(text, float);
        assert_eq!(of("0x_1F", false), Number { radix: 16, digits: "1f".into() });
        assert_eq!(of("0755", false), Number { radix: 8, digits: "755".into() });
        assert_eq!(of("010.5", true), Number { radix: 10, digits: "010.5".into() });
        assert_eq!(of("010i", false), Number { radix: 10, digits: "010".into() });
        assert_eq!(of("1_000", false), Number { radix: 10, digits: "1000".into() });
        assert_eq!(of("0", false), Number { radix: 10, digits: "0".into() });
    }
}
