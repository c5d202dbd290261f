//! Text → tokens of Go assembly.
//!
//! In names the middle dot is a period and the division slash a slash. A newline ends a statement and is a token; comments are none,
//! but newlines inside of them count.

use std::sync::Arc;

use rgo_source::{File, Pos};

use crate::Error;

/// What a token is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kind {
    /// A name, with `.` for `·` and `/` for `∕`.
    Ident(Arc<str>),
    /// A number as written.
    Int(u64),
    /// An integer too large for 64 bits.
    Huge(Arc<str>),
    Float(f64),
    Char(u64),
    Str(Arc<[u8]>),
    /// One character; the two-character operators follow.
    Punct(char),
    Shl,
    Shr,
    /// `->`
    Arrow,
    Newline,
}

/// A token and where it stands: for one that a macro produced, where the macro is used.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub pos: Pos,
    /// Directly behind its predecessor: `F(` starts the parameters of a macro, `F (` its body.
    pub glued: bool,
}

impl Token {
    pub fn is(&self, c: char) -> bool {
        self.kind == Kind::Punct(c)
    }
    pub fn ident(&self) -> Option<&Arc<str>> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }
    /// The token as an error message quotes it.
    pub fn text(&self) -> String {
        match &self.kind {
            Kind::Ident(name) | Kind::Huge(name) => name.to_string(),
            Kind::Int(value) => value.to_string(),
            Kind::Float(value) => value.to_string(),
            Kind::Char(value) => format!("'\\x{value:02x}'"),
            Kind::Str(text) => format!("\"{}\"", String::from_utf8_lossy(text)),
            Kind::Punct(c) => c.to_string(),
            Kind::Shl => "<<".into(),
            Kind::Shr => ">>".into(),
            Kind::Arrow => "->".into(),
            Kind::Newline => "\\n".into(),
        }
    }
}

/// Reads the tokens of one file.
pub(crate) struct Scanner {
    file: Arc<File>,
    text: String,
    at: usize,
}

impl Scanner {
    pub fn new(file: Arc<File>) -> Scanner {
        let text = String::from_utf8_lossy(&file.text).into_owned();
        Scanner { file, text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
    fn pos(&self, at: usize) -> Pos {
        self.file.pos(at.min(self.file.text.len()))
    }
    pub fn error(&self, at: usize, message: impl Into<String>) -> Error {
        Error { pos: self.pos(at), message: message.into() }
    }

    /// The next token; `None` at the end of the file.
    pub fn next(&mut self) -> Result<Option<Token>, Error> {
        let mut glued = self.at > 0;
        loop {
            let Some(c) = self.peek() else { return Ok(None) };
            if c == '\n' {
                break;
            }
            if c.is_whitespace() || c == '\u{feff}' {
                self.at += c.len_utf8();
            } else if self.rest().starts_with("\\\n") || self.rest().starts_with("\\\r\n") {
                // Outside of a macro a continued line is an ordinary one: leave the backslash to the preprocessor.
                break;
            } else if self.rest().starts_with("//") {
                let end = self.rest().find('\n').unwrap_or(self.rest().len());
                self.at += end;
            } else if self.rest().starts_with("/*") {
                let Some(end) = self.rest().find("*/") else {
                    return Err(self.error(self.at, "comment not terminated"));
                };
                self.at += end + 2;
            } else {
                break;
            }
            glued = false;
        }
        let start = self.at;
        let pos = self.pos(start);
        let kind = self.kind(start)?;
        Ok(Some(Token { kind, pos, glued }))
    }

    fn kind(&mut self, start: usize) -> Result<Kind, Error> {
        let c = self.peek().unwrap_or('\n');
        let is_digit = c.is_ascii_digit();
        if is_name_start(c) {
            let end = self.rest().find(|c| !is_name(c)).unwrap_or(self.rest().len());
            let name = self.rest()[..end].replace('·', ".").replace('∕', "/");
            self.at += end;
            return Ok(Kind::Ident(name.into()));
        }
        if is_digit || c == '.' && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return self.number(start);
        }
        for (text, kind) in [("<<", Kind::Shl), (">>", Kind::Shr), ("->", Kind::Arrow)] {
            if self.rest().starts_with(text) {
                self.at += 2;
                return Ok(kind);
            }
        }
        match c {
            '\n' => {
                self.at += 1;
                Ok(Kind::Newline)
            }
            '"' => {
                let text = self.quoted('"', start)?;
                Ok(Kind::Str(text.into()))
            }
            '\'' => {
                let text = self.quoted('\'', start)?;
                // A character of UTF-8, or a byte written as an escape.
                let value =
                    match std::str::from_utf8(&text).ok().map(|s| (s.chars().next(), s.chars().count())) {
                        Some((Some(c), 1)) => u64::from(u32::from(c)),
                        _ if text.len() == 1 => u64::from(text[0]),
                        _ => return Err(self.error(start, "illegal character literal")),
                    };
                Ok(Kind::Char(value))
            }
            c => {
                self.at += c.len_utf8();
                Ok(Kind::Punct(c))
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<Kind, Error> {
        let text = self.rest();
        let is_hex = text.starts_with("0x") || text.starts_with("0X");
        let mut end = 0;
        let mut previous = ' ';
        for c in text.chars() {
            let exponent = if is_hex { matches!(previous, 'p' | 'P') } else { matches!(previous, 'e' | 'E') };
            if !(c.is_ascii_alphanumeric() || c == '_' || c == '.' || exponent && matches!(c, '+' | '-')) {
                break;
            }
            end += c.len_utf8();
            previous = c;
        }
        let text = text[..end].replace('_', "");
        self.at += end;
        let is_float =
            text.contains('.') || !is_hex && text.contains(['e', 'E']) || is_hex && text.contains(['p', 'P']);
        let bad = || Error { pos: self.pos(start), message: format!("malformed number {text}") };
        if is_float {
            return text.parse().map(Kind::Float).map_err(|_| bad());
        }
        let lower = text.to_ascii_lowercase();
        let (digits, radix) = match lower.as_bytes() {
            [b'0', b'x', ..] => (&lower[2..], 16),
            [b'0', b'b', ..] => (&lower[2..], 2),
            [b'0', b'o', ..] => (&lower[2..], 8),
            [b'0', _, ..] => (&lower[1..], 8),
            _ => (&lower[..], 10),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return Err(bad());
        }
        Ok(u64::from_str_radix(digits, radix).map_or_else(|_| Kind::Huge(text.as_str().into()), Kind::Int))
    }

    /// The bytes between quotes, escapes resolved as in Go.
    fn quoted(&mut self, quote: char, start: usize) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.at += 1;
        loop {
            let Some(c) = self.peek().filter(|&c| c != '\n') else {
                return Err(self.error(start, "literal not terminated"));
            };
            self.at += c.len_utf8();
            if c == quote {
                return Ok(out);
            }
            if c != '\\' {
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let Some(escape) = self.peek() else { return Err(self.error(start, "literal not terminated")) };
            self.at += escape.len_utf8();
            let (digits, radix, is_rune) = match escape {
                'x' => (2, 16, false),
                'u' => (4, 16, true),
                'U' => (8, 16, true),
                '0'..='7' => {
                    self.at -= 1;
                    (3, 8, false)
                }
                _ => {
                    let byte = match escape {
                        'a' => 7,
                        'b' => 8,
                        'f' => 12,
                        'n' => b'\n',
                        'r' => b'\r',
                        't' => b'\t',
                        'v' => 11,
                        '\\' | '\'' | '"' => escape as u8,
                        _ => return Err(self.error(start, "unknown escape sequence")),
                    };
                    out.push(byte);
                    continue;
                }
            };
            let value = self.rest().get(..digits).and_then(|text| u32::from_str_radix(text, radix).ok());
            let Some(value) = value.filter(|&value| is_rune || value < 256) else {
                return Err(self.error(start, "bad escape sequence"));
            };
            self.at += digits;
            if is_rune {
                let Some(c) = char::from_u32(value) else {
                    return Err(self.error(start, "escape sequence is no character"));
                };
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.push(value as u8);
            }
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '·' | '∕')
}

fn is_name(c: char) -> bool {
    is_name_start(c) || c.is_numeric()
}
