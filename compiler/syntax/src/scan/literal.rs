//! Literals: numbers, runes and strings.

use super::Scanner;
use super::token::Tok;
use crate::ast::LitKind;

impl Scanner<'_> {
    fn literal(&mut self, kind: LitKind, ok: bool) {
        self.tok = Tok::Literal;
        self.kind = kind;
        self.bad = !ok;
        self.newline_is_semi = true;
    }

    /// Skips digits and separators; notes whether there were any, and the first digit not below `base`.
    fn digits(&mut self, base: u8, seen: &mut Digits) {
        loop {
            match self.peek(0) {
                b'_' => seen.separators = true,
                byte if base <= 10 && byte.is_ascii_digit() => {
                    seen.any = true;
                    if byte >= b'0' + base && seen.invalid.is_none() {
                        seen.invalid = Some(self.end);
                    }
                }
                byte if base == 16 && byte.is_ascii_hexdigit() => seen.any = true,
                _ => break,
            }
            self.end += 1;
        }
    }

    pub(super) fn number(&mut self, mut point: bool) {
        let mut ok = true;
        let mut fail = |this: &mut Self, message: String| {
            if ok {
                this.error(this.end, message);
            }
            ok = false;
        };
        let mut kind = LitKind::Int;
        let (mut base, mut prefix) = (10, 0);
        let mut seen = Digits::default();
        if !point {
            if self.peek(0) == b'0' {
                self.end += 1;
                prefix = self.peek(0) | 0x20;
                base = match prefix {
                    b'x' => 16,
                    b'o' => 8,
                    b'b' => 2,
                    _ => {
                        seen.any = true;
                        prefix = b'0';
                        8
                    }
                };
                self.end += usize::from(prefix != b'0');
            }
            self.digits(base, &mut seen);
            if self.peek(0) == b'.' {
                point = true;
                if matches!(prefix, b'o' | b'b') {
                    fail(self, format!("invalid radix point in {} literal", base_name(base)));
                }
            }
        }
        if point {
            self.end += 1;
            kind = LitKind::Float;
            self.digits(base, &mut seen);
        }
        if !seen.any {
            fail(self, format!("{} literal has no digits", base_name(base)));
        }
        let byte = self.peek(0);
        if matches!(byte | 0x20, b'e' | b'p') {
            let quoted = char::from(byte);
            if byte | 0x20 == b'e' && !matches!(prefix, 0 | b'0') {
                fail(self, format!("'{quoted}' exponent requires decimal mantissa"));
            } else if byte | 0x20 == b'p' && prefix != b'x' {
                fail(self, format!("'{quoted}' exponent requires hexadecimal mantissa"));
            }
            self.end += 1;
            kind = LitKind::Float;
            self.end += usize::from(matches!(self.peek(0), b'+' | b'-'));
            let mut exponent = Digits::default();
            self.digits(10, &mut exponent);
            seen.separators |= exponent.separators;
            if !exponent.any {
                fail(self, "exponent has no digits".to_owned());
            }
        } else if prefix == b'x' && kind == LitKind::Float {
            fail(self, "hexadecimal mantissa requires a 'p' exponent".to_owned());
        }
        if self.peek(0) == b'i' {
            kind = LitKind::Imag;
            self.end += 1;
        }
        if let Some(at) = seen.invalid
            && kind == LitKind::Int
            && ok
        {
            let digit = char::from(self.text[at]);
            self.error(at, format!("invalid digit '{digit}' in {} literal", base_name(base)));
            ok = false;
        }
        if seen.separators
            && ok
            && let Some(at) = invalid_separator(self.lit())
        {
            self.error(self.start + at, "'_' must separate successive digits");
            ok = false;
        }
        self.literal(kind, ok);
    }

    pub(super) fn rune(&mut self) {
        self.end += 1;
        let mut ok = true;
        let mut count = 0;
        loop {
            match self.peek(0) {
                b'\'' => {
                    if ok && count == 0 {
                        self.error(self.end, "empty rune literal or unescaped '");
                        ok = false;
                    } else if ok && count != 1 {
                        self.error(self.start, "more than one character in rune literal");
                        ok = false;
                    }
                    self.end += 1;
                    break;
                }
                b'\\' => {
                    self.end += 1;
                    ok &= self.escape(b'\'');
                }
                b'\n' => {
                    if ok {
                        self.error(self.end, "newline in rune literal");
                        ok = false;
                    }
                    break;
                }
                0 if self.end >= self.text.len() => {
                    if ok {
                        self.error(self.start, "rune literal not terminated");
                        ok = false;
                    }
                    break;
                }
                _ => self.end += self.char().map_or(1, char::len_utf8),
            }
            count += 1;
        }
        self.literal(LitKind::Char, ok);
    }

    pub(super) fn string(&mut self) {
        self.end += 1;
        let mut ok = true;
        loop {
            match self.peek(0) {
                b'"' => {
                    self.end += 1;
                    break;
                }
                b'\\' => {
                    self.end += 1;
                    ok &= self.escape(b'"');
                }
                b'\n' => {
                    self.error(self.end, "newline in string");
                    ok = false;
                    break;
                }
                0 if self.end >= self.text.len() => {
                    self.error(self.start, "string not terminated");
                    ok = false;
                    break;
                }
                _ => self.end += 1,
            }
        }
        self.literal(LitKind::String, ok);
    }

    pub(super) fn raw_string(&mut self) {
        let rest = &self.text[self.end + 1..];
        let ok = match memchr::memchr(b'`', rest) {
            Some(len) => {
                self.end += len + 2;
                true
            }
            None => {
                self.end = self.text.len();
                self.error(self.start, "string not terminated");
                false
            }
        };
        self.literal(LitKind::String, ok);
    }

    /// Reads an escape after its backslash; `false` when an error was reported. The end of the text is the caller's.
    fn escape(&mut self, quote: u8) -> bool {
        let (count, base, max) = match self.peek(0) {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' => {
                self.end += 1;
                return true;
            }
            byte if byte == quote => {
                self.end += 1;
                return true;
            }
            b'0'..=b'7' => (3, 8, 255),
            b'x' => (2, 16, 255),
            b'u' => (4, 16, 0x10_ffff),
            b'U' => (8, 16, 0x10_ffff),
            0 if self.end >= self.text.len() => return true,
            _ => {
                self.error(self.end, "unknown escape");
                return false;
            }
        };
        self.end += usize::from(base == 16);
        let mut value: u32 = 0;
        for _ in 0..count {
            let Some(c) = self.char() else { return true };
            let Some(digit) = c.to_digit(base) else {
                let name = base_name(base as u8);
                self.error(self.end, format!("invalid character {} in {name} escape", quoted_char(c)));
                return false;
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
            self.end += 1;
        }
        if value > max && base == 8 {
            self.error(self.end, format!("octal escape value {value} > 255"));
            return false;
        }
        if value > max || (0xd800..0xe000).contains(&value) {
            self.error(self.end, format!("escape is invalid Unicode code point U+{value:04X}"));
            return false;
        }
        true
    }
}

#[derive(Default)]
struct Digits {
    any: bool,
    separators: bool,
    /// Offset of the first digit that the base does not have.
    invalid: Option<usize>,
}

fn base_name(base: u8) -> &'static str {
    match base {
        2 => "binary",
        8 => "octal",
        10 => "decimal",
        _ => "hexadecimal",
    }
}

/// Offset of the first `_` that does not stand between digits (a prefix counts as a digit).
fn invalid_separator(text: &[u8]) -> Option<usize> {
    let prefix = match text {
        [b'0', letter, ..] => letter | 0x20,
        _ => 0,
    };
    let prefixed = matches!(prefix, b'x' | b'o' | b'b');
    let mut previous = if prefixed { b'0' } else { b'.' };
    for (at, &byte) in text.iter().enumerate().skip(if prefixed { 2 } else { 0 }) {
        let class = match byte {
            b'_' => b'_',
            b'0'..=b'9' => b'0',
            _ if prefix == b'x' && byte.is_ascii_hexdigit() => b'0',
            _ => b'.',
        };
        if class == b'_' && previous != b'0' {
            return Some(at);
        }
        if class == b'.' && previous == b'_' {
            return Some(at - 1);
        }
        previous = class;
    }
    (previous == b'_').then(|| text.len() - 1)
}

/// A character as Go's `%q` prints it, for what occurs in messages.
fn quoted_char(c: char) -> String {
    match c {
        '\'' => r"'\''".to_owned(),
        '\\' => r"'\\'".to_owned(),
        '\n' => r"'\n'".to_owned(),
        '\t' => r"'\t'".to_owned(),
        '\r' => r"'\r'".to_owned(),
        _ if u32::from(c) < 0x20 || u32::from(c) == 0x7f => format!("'\\x{:02x}'", u32::from(c)),
        _ => format!("'{c}'"),
    }
}
