//! Tokens: Go's lexical grammar with automatic semicolons, and gc's words for what is wrong with it.
//!
//! The scanner works on bytes and reports offsets. It never fails: after an error it goes on as gc does. Text that is
//! not clean UTF-8 must go through [`sanitize`] first.

use std::ops::Range;

use memchr::memmem;
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::ast::{BinaryOp, LitKind};

/// Kinds of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Tok {
    Eof,
    Name,
    Literal,
    /// Operators other than `*`, with [`Scanner::op`].
    Operator,
    /// `op=`
    AssignOp,
    /// `++` or `--`
    IncOp,
    Assign,
    Define,
    Arrow,
    Star,
    LParen,
    LBrack,
    LBrace,
    RParen,
    RBrack,
    RBrace,
    Comma,
    Semi,
    Colon,
    Dot,
    DotDotDot,
    // Keywords, in alphabetic order.
    Break,
    Case,
    Chan,
    Const,
    Continue,
    Default,
    Defer,
    Else,
    Fallthrough,
    For,
    Func,
    Go,
    Goto,
    If,
    Import,
    Interface,
    Map,
    Package,
    Range,
    Return,
    Select,
    Struct,
    Switch,
    Type,
    Var,
}

const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

const KEYWORD_TOKENS: [Tok; 25] = [
    Tok::Break,
    Tok::Case,
    Tok::Chan,
    Tok::Const,
    Tok::Continue,
    Tok::Default,
    Tok::Defer,
    Tok::Else,
    Tok::Fallthrough,
    Tok::For,
    Tok::Func,
    Tok::Go,
    Tok::Goto,
    Tok::If,
    Tok::Import,
    Tok::Interface,
    Tok::Map,
    Tok::Package,
    Tok::Range,
    Tok::Return,
    Tok::Select,
    Tok::Struct,
    Tok::Switch,
    Tok::Type,
    Tok::Var,
];

impl Tok {
    fn keyword(text: &[u8]) -> Option<Tok> {
        if !(2..=11).contains(&text.len()) || !text[0].is_ascii_lowercase() {
            return None;
        }
        KEYWORDS.binary_search_by(|word| word.as_bytes().cmp(text)).ok().map(|i| KEYWORD_TOKENS[i])
    }

    /// The token as error messages name it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Tok::Eof => "EOF",
            Tok::Name => "name",
            Tok::Literal => "literal",
            Tok::Operator => "op",
            Tok::AssignOp => "op=",
            Tok::IncOp => "opop",
            Tok::Assign => "=",
            Tok::Define => ":=",
            Tok::Arrow => "<-",
            Tok::Star => "*",
            Tok::LParen => "(",
            Tok::LBrack => "[",
            Tok::LBrace => "{",
            Tok::RParen => ")",
            Tok::RBrack => "]",
            Tok::RBrace => "}",
            Tok::Comma => "comma",
            Tok::Semi => "semicolon or newline",
            Tok::Colon => ":",
            Tok::Dot => ".",
            Tok::DotDotDot => "...",
            keyword => KEYWORDS[keyword as usize - Tok::Break as usize],
        }
    }

    /// Whether this is a keyword.
    pub(crate) fn is_keyword(self) -> bool {
        self as u8 >= Tok::Break as u8
    }
}

/// Operators of expressions, unary and binary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Binary(BinaryOp),
    /// `!`
    Not,
    /// `~`
    Tilde,
}

impl Op {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Op::Binary(op) => op.text(),
            Op::Not => "!",
            Op::Tilde => "~",
        }
    }

    /// Binding strength as a binary operator; 0 for operators that are only unary.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Op::Binary(op) => op.precedence(),
            _ => 0,
        }
    }
}

/// What ended a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Semi {
    Semicolon,
    Newline,
    Eof,
}

impl Semi {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Semi::Semicolon => "semicolon",
            Semi::Newline => "newline",
            Semi::Eof => "EOF",
        }
    }
}

/// A comment that may be a directive: `//go:`, `//line ` or `/*line `.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DirectiveComment {
    pub(crate) range: Range<usize>,
    /// Whether nothing but white space precedes it on its line.
    pub(crate) blank: bool,
    /// Whether it starts in column 1.
    pub(crate) first_column: bool,
}

/// A lexical error at an offset.
pub(crate) type LexError = (usize, String);

/// The state of scanning; the fields describe the current token.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    /// Offset after the current token.
    pub(crate) end: usize,
    pub(crate) start: usize,
    pub(crate) tok: Tok,
    /// Valid for `Operator`, `Star`, `AssignOp` and `IncOp`.
    pub(crate) op: Op,
    /// Valid for `Literal`.
    pub(crate) kind: LitKind,
    /// Valid for `Literal`: it is malformed, which has been reported.
    pub(crate) bad: bool,
    /// Valid for `Semi`.
    pub(crate) semi: Semi,
    /// The comment of several lines that acts as the current `Semi`, if it is one.
    pub(crate) semi_comment: Option<Range<usize>>,
    newline_is_semi: bool,
    pub(crate) errors: Vec<LexError>,
    pub(crate) directives: Vec<DirectiveComment>,
}

impl<'a> Scanner<'a> {
    /// A scanner before the first token.
    pub(crate) fn new(text: &'a [u8]) -> Scanner<'a> {
        Scanner {
            text,
            end: if text.starts_with(BOM) { BOM.len() } else { 0 },
            start: 0,
            tok: Tok::Eof,
            op: Op::Not,
            kind: LitKind::Int,
            bad: false,
            semi: Semi::Eof,
            semi_comment: None,
            newline_is_semi: false,
            errors: Vec::new(),
            directives: Vec::new(),
        }
    }

    /// Goes to the end of the text at once.
    pub(crate) fn stop(&mut self) {
        (self.start, self.end, self.tok) = (self.text.len(), self.text.len(), Tok::Eof);
        self.newline_is_semi = false;
    }

    /// The text of the current token.
    pub(crate) fn lit(&self) -> &'a [u8] {
        &self.text[self.start..self.end]
    }

    /// The byte `ahead` of the reading position, 0 beyond the end (the text has no NUL).
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.end + ahead).copied().unwrap_or(0)
    }

    fn error(&mut self, at: usize, message: impl Into<String>) {
        self.errors.push((at, message.into()));
    }

    /// The character at the reading position.
    fn char(&self) -> Option<char> {
        let rest = &self.text[self.end..];
        let head = &rest[..rest.len().min(4)];
        match std::str::from_utf8(head) {
            Ok(text) => text.chars().next(),
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?.chars().next(),
        }
    }

    /// Goes to the next token.
    pub(crate) fn next(&mut self) {
        let newline_is_semi = std::mem::take(&mut self.newline_is_semi);
        self.semi_comment = None;
        loop {
            let mut blank = self.end == 0 || self.text[self.end - 1] == b'\n';
            loop {
                match self.peek(0) {
                    b' ' | b'\t' | b'\r' => self.end += 1,
                    b'\n' if !newline_is_semi => {
                        self.end += 1;
                        blank = true;
                    }
                    _ => break,
                }
            }
            self.start = self.end;
            if !self.token(newline_is_semi, blank) {
                return;
            }
        }
    }

    fn set(&mut self, tok: Tok, len: usize) {
        self.tok = tok;
        self.end += len;
    }

    /// A closing bracket, after which a newline ends the statement.
    fn closing(&mut self, tok: Tok) {
        self.set(tok, 1);
        self.newline_is_semi = true;
    }

    fn set_semi(&mut self, semi: Semi, len: usize) {
        self.set(Tok::Semi, len);
        self.semi = semi;
    }

    /// An operator of `len` bytes, perhaps part of `op=`.
    fn operator(&mut self, op: BinaryOp, len: usize) {
        self.op = Op::Binary(op);
        self.set(Tok::Operator, len);
        if self.peek(0) == b'=' {
            self.set(Tok::AssignOp, 1);
        }
    }

    /// An operator that has no `op=`.
    fn plain(&mut self, op: Op, len: usize) {
        self.op = op;
        self.set(Tok::Operator, len);
    }

    fn inc(&mut self, op: BinaryOp) {
        self.op = Op::Binary(op);
        self.set(Tok::IncOp, 2);
        self.newline_is_semi = true;
    }

    /// Reads one token at the reading position; `true` when it was a comment or an error and another must be read.
    fn token(&mut self, newline_is_semi: bool, blank: bool) -> bool {
        let byte = self.peek(0);
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.ident(),
            0 => {
                if self.end < self.text.len() {
                    // Only possible in text that was not sanitized.
                    self.end += 1;
                    return true;
                }
                if newline_is_semi {
                    self.set_semi(Semi::Eof, 0);
                } else {
                    self.tok = Tok::Eof;
                }
            }
            b'\n' => self.set_semi(Semi::Newline, 1),
            b'0'..=b'9' => self.number(false),
            b'"' => self.string(),
            b'`' => self.raw_string(),
            b'\'' => self.rune(),
            b'(' => self.set(Tok::LParen, 1),
            b'[' => self.set(Tok::LBrack, 1),
            b'{' => self.set(Tok::LBrace, 1),
            b',' => self.set(Tok::Comma, 1),
            b';' => self.set_semi(Semi::Semicolon, 1),
            b')' => self.closing(Tok::RParen),
            b']' => self.closing(Tok::RBrack),
            b'}' => self.closing(Tok::RBrace),
            b':' if self.peek(1) == b'=' => self.set(Tok::Define, 2),
            b':' => self.set(Tok::Colon, 1),
            b'.' if self.peek(1).is_ascii_digit() => self.number(true),
            b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => self.set(Tok::DotDotDot, 3),
            b'.' => self.set(Tok::Dot, 1),
            b'+' if self.peek(1) == b'+' => self.inc(BinaryOp::Add),
            b'-' if self.peek(1) == b'-' => self.inc(BinaryOp::Sub),
            b'+' => self.operator(BinaryOp::Add, 1),
            b'-' => self.operator(BinaryOp::Sub, 1),
            b'*' => {
                self.operator(BinaryOp::Mul, 1);
                if self.tok == Tok::Operator {
                    self.tok = Tok::Star;
                }
            }
            b'/' if self.peek(1) == b'/' => {
                self.line_comment(blank);
                return true;
            }
            b'/' if self.peek(1) == b'*' => return self.full_comment(newline_is_semi, blank),
            b'/' => self.operator(BinaryOp::Div, 1),
            b'%' => self.operator(BinaryOp::Rem, 1),
            b'&' if self.peek(1) == b'&' => self.plain(Op::Binary(BinaryOp::AndAnd), 2),
            b'&' if self.peek(1) == b'^' => self.operator(BinaryOp::AndNot, 2),
            b'&' => self.operator(BinaryOp::And, 1),
            b'|' if self.peek(1) == b'|' => self.plain(Op::Binary(BinaryOp::OrOr), 2),
            b'|' => self.operator(BinaryOp::Or, 1),
            b'^' => self.operator(BinaryOp::Xor, 1),
            b'<' => match self.peek(1) {
                b'=' => self.plain(Op::Binary(BinaryOp::Leq), 2),
                b'<' => self.operator(BinaryOp::Shl, 2),
                b'-' => self.set(Tok::Arrow, 2),
                _ => self.plain(Op::Binary(BinaryOp::Lss), 1),
            },
            b'>' => match self.peek(1) {
                b'=' => self.plain(Op::Binary(BinaryOp::Geq), 2),
                b'>' => self.operator(BinaryOp::Shr, 2),
                _ => self.plain(Op::Binary(BinaryOp::Gtr), 1),
            },
            b'=' if self.peek(1) == b'=' => self.plain(Op::Binary(BinaryOp::Eql), 2),
            b'=' => self.set(Tok::Assign, 1),
            b'!' if self.peek(1) == b'=' => self.plain(Op::Binary(BinaryOp::Neq), 2),
            b'!' => self.plain(Op::Not, 1),
            b'~' => self.plain(Op::Tilde, 1),
            0x80.. => {
                // As in gc, a bad character in an identifier's place is reported and taken into the identifier.
                if let Some(c) = self.char() {
                    self.check_ident_char(c, true);
                    self.end += c.len_utf8();
                } else {
                    self.end += 1;
                }
                self.ident();
            }
            _ => {
                self.error(self.start, format!("invalid character {}", unicode(char::from(byte))));
                self.end += 1;
                return true;
            }
        }
        false
    }

    fn ident(&mut self) {
        loop {
            while matches!(self.peek(0), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') {
                self.end += 1;
            }
            if self.peek(0) < 0x80 {
                break;
            }
            let Some(c) = self.char() else { break };
            self.check_ident_char(c, false);
            self.end += c.len_utf8();
        }
        match Tok::keyword(self.lit()) {
            Some(tok) => {
                self.tok = tok;
                self.newline_is_semi =
                    matches!(tok, Tok::Break | Tok::Continue | Tok::Fallthrough | Tok::Return);
            }
            None => {
                self.tok = Tok::Name;
                self.newline_is_semi = true;
            }
        }
    }

    /// Reports a non-ASCII character that cannot stand in an identifier.
    fn check_ident_char(&mut self, c: char, first: bool) {
        use GeneralCategory as G;
        match get_general_category(c) {
            G::UppercaseLetter
            | G::LowercaseLetter
            | G::TitlecaseLetter
            | G::ModifierLetter
            | G::OtherLetter => {}
            G::DecimalNumber if !first => {}
            G::DecimalNumber => {
                self.error(self.end, format!("identifier cannot begin with digit {}", unicode(c)));
            }
            _ => self.error(self.end, format!("invalid character {} in identifier", unicode(c))),
        }
    }

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

    fn number(&mut self, mut point: bool) {
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

    fn rune(&mut self) {
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

    fn string(&mut self) {
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

    fn raw_string(&mut self) {
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

    fn line_comment(&mut self, blank: bool) {
        let rest = &self.text[self.end..];
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.end += len;
        if rest[2..].starts_with(b"go:") || rest[2..].starts_with(b"line ") {
            self.directive(blank);
        }
    }

    fn directive(&mut self, blank: bool) {
        let first_column = self.start == 0 || self.text[self.start - 1] == b'\n';
        self.directives.push(DirectiveComment { range: self.start..self.end, blank, first_column });
    }

    /// A comment of several lines acts like a newline. `true` when another token must be read.
    fn full_comment(&mut self, newline_is_semi: bool, blank: bool) -> bool {
        let rest = &self.text[self.end + 2..];
        let Some(len) = memmem::find(rest, b"*/") else {
            self.end = self.text.len();
            self.error(self.start, "comment not terminated");
            if newline_is_semi && rest.contains(&b'\n') {
                self.set_semi(Semi::Newline, 0);
                return false;
            }
            return true;
        };
        self.end += len + 4;
        if rest.starts_with(b"line ") {
            self.directive(blank);
        }
        if newline_is_semi && rest[..len].contains(&b'\n') {
            self.set_semi(Semi::Newline, 0);
            self.semi_comment = Some(self.start..self.end);
            return false;
        }
        true
    }
}

/// Where the token after offset `from` starts.
pub(crate) fn next_token(text: &[u8], from: usize) -> usize {
    let mut scanner = Scanner::new(text);
    scanner.end = from;
    scanner.next();
    scanner.start
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

/// A character as Go's `%#U` prints it.
fn unicode(c: char) -> String {
    use GeneralCategory as G;
    let hidden = matches!(
        get_general_category(c),
        G::Control
            | G::Format
            | G::Surrogate
            | G::PrivateUse
            | G::Unassigned
            | G::LineSeparator
            | G::ParagraphSeparator
    ) || (get_general_category(c) == G::SpaceSeparator && c != ' ');
    match hidden {
        true => format!("U+{:04X}", u32::from(c)),
        false => format!("U+{:04X} '{c}'", u32::from(c)),
    }
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

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Reports NUL bytes, broken UTF-8 and byte order marks beyond the start, and gives a text of the same length without
/// them; `None` when the text is clean.
pub(crate) fn sanitize(text: &[u8], errors: &mut Vec<LexError>) -> Option<Vec<u8>> {
    let mut bad: Vec<(Range<usize>, &str)> = Vec::new();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        if valid.as_bytes().contains(&0) {
            let nuls = valid.bytes().enumerate().filter(|&(_, byte)| byte == 0);
            bad.extend(nuls.map(|(i, _)| (at + i..at + i + 1, "invalid NUL character")));
        }
        if !valid.is_ascii() {
            let marks = valid.match_indices('\u{feff}').map(|(i, _)| at + i).filter(|&i| i > 0);
            bad.extend(marks.map(|i| (i..i + BOM.len(), "invalid BOM in the middle of the file")));
        }
        at += valid.len();
        for i in at..at + chunk.invalid().len() {
            bad.push((i..i + 1, "invalid UTF-8 encoding"));
        }
        at += chunk.invalid().len();
    }
    if bad.is_empty() {
        return None;
    }
    bad.sort_by_key(|(range, _)| range.start);
    let mut clean = text.to_vec();
    for (range, message) in bad {
        errors.push((range.start, message.to_owned()));
        let in_word =
            range.start.checked_sub(1).is_some_and(|i| clean[i] == b'_' || clean[i].is_ascii_alphanumeric());
        clean[range].fill(if in_word { b'_' } else { b' ' });
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> (Vec<String>, Vec<String>) {
        let mut errors = Vec::new();
        let clean = sanitize(text.as_bytes(), &mut errors);
        let text = clean.as_deref().unwrap_or(text.as_bytes());
        let mut scanner = Scanner::new(text);
        let mut tokens = Vec::new();
        loop {
            scanner.next();
            match scanner.tok {
                Tok::Eof => break,
                Tok::Semi => tokens.push(scanner.semi.words().to_owned()),
                _ => tokens.push(String::from_utf8_lossy(scanner.lit()).into_owned()),
            }
        }
        errors.append(&mut scanner.errors);
        (tokens, errors.into_iter().map(|(at, message)| format!("{at}: {message}")).collect())
    }

    #[test]
    fn semicolons() {
        let (tokens, errors) = lex("a\n\nb++ // c\nreturn /* x\n */ 1 &^= .5e3 ...");
        let want = "a newline b ++ newline return newline 1 &^= .5e3 ...";
        assert_eq!(tokens.join(" "), want);
        assert!(errors.is_empty());
        assert_eq!(lex("x /* \n */\n}").0.join(" "), "x newline } EOF");
    }

    #[test]
    fn lexical_errors() {
        let check = |text: &str, want: &[&str]| assert_eq!(lex(text).1, want, "{text}");
        check("0x", &["2: hexadecimal literal has no digits"]);
        check("089", &["1: invalid digit '8' in octal literal"]);
        check("1__0", &["2: '_' must separate successive digits"]);
        check("0b1.0", &["3: invalid radix point in binary literal"]);
        check("0x1.0", &["5: hexadecimal mantissa requires a 'p' exponent"]);
        check("1e", &["2: exponent has no digits"]);
        check("''", &["1: empty rune literal or unescaped '"]);
        check("'ab'", &["0: more than one character in rune literal"]);
        check("\"a\n", &["2: newline in string"]);
        check("`a", &["0: string not terminated"]);
        check("/* a", &["0: comment not terminated"]);
        check(r#""\q""#, &["2: unknown escape"]);
        check(r#""\400""#, &["5: octal escape value 256 > 255"]);
        check(r#""\ud800""#, &["7: escape is invalid Unicode code point U+D800"]);
        check("a # b", &["2: invalid character U+0023 '#'"]);
        check("a\u{feff}b", &["1: invalid BOM in the middle of the file"]);
        check("a\0", &["1: invalid NUL character"]);
        check("x“", &["1: invalid character U+201C '“' in identifier"]);
    }
}
