//! Tokens: Go's lexical grammar with automatic semicolons, and gc's words for what is wrong with it.
//!
//! The scanner works on bytes and reports offsets. It never fails: after an error it goes on as gc does. Text that is
//! not clean UTF-8 must go through [`sanitize`] first.

use std::ops::Range;

use memchr::memmem;
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::ast::{BinaryOp, LitKind};

mod literal;
mod token;

pub(crate) use token::{Op, Semi, Tok};

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

pub(crate) const BOM: &[u8] = "\u{feff}".as_bytes();

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
