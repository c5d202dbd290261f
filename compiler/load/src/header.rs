//! The part of a Go file that decides whether and how it takes part in a build, read without parsing the rest:
//! build constraint, package clause, imports, and `//go:embed` and `//go:debug` directives.
//!
//! Like go/build, this looks no further than the last import declaration; only files that import `embed` are scanned to
//! their end, comment by comment, for embed directives. What the go command finds wrong itself when it reads headers is noted
//! in its words (go/parser's): a missing package clause, characters that no Go file may have. Of anything else that is
//! malformed scanning stops quietly, and the parser, which sees the file as well if it is chosen, words the error.

use std::ops::Range;

/// One import specification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Import {
    pub path: String,
    /// Where the specification begins: its name, if it has one.
    pub start: usize,
    /// Byte range of the path literal.
    pub span: Range<usize>,
}

/// What a header says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Header {
    /// Text after `//go:build`, if there is such a line before the package clause.
    pub constraint: Option<String>,
    /// Texts after `// +build`, the older form, all of which must hold; they count where there is no `//go:build` line.
    pub plus_build: Vec<String>,
    /// The package's name; empty when the package clause is missing.
    pub package: String,
    /// Byte offset of the name.
    pub package_offset: usize,
    pub imports: Vec<Import>,
    /// `//go:embed` patterns with their byte offsets.
    pub embeds: Vec<(String, usize)>,
    /// Texts after `//go:debug`.
    pub debug: Vec<String>,
    /// The first error: byte offset and message.
    pub error: Option<(usize, String)>,
}

/// Scans the header of `text`.
pub(crate) fn scan(text: &[u8]) -> Header {
    let mut scanner =
        Scanner { text, at: 0, header: Header::default(), before_package: true, token_start: 0 };
    let complete = scanner.file().is_some();
    if scanner.header.constraint.is_none() {
        scanner.header.plus_build = plus_build(text);
    }
    if complete && scanner.header.imports.iter().any(|import| import.path == "embed") {
        scanner.scan_embeds();
    }
    scanner.header
}

/// The `// +build` lines among the line comments and blank lines that begin the file; a comment that touches what follows is
/// that declaration's documentation.
fn plus_build(text: &[u8]) -> Vec<String> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let (mut found, mut pending) = (Vec::new(), Vec::new());
    for line in text.split(|&b| b == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            found.append(&mut pending);
            continue;
        }
        let Some(comment) = line.strip_prefix(b"//") else { break };
        if let Some(terms) = comment.trim_ascii().strip_prefix(b"+build")
            && terms.first().is_none_or(u8::is_ascii_whitespace)
        {
            pending.push(String::from_utf8_lossy(terms).into_owned());
        }
    }
    found
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    header: Header,
    before_package: bool,
    /// Where the last token begins.
    token_start: usize,
}

#[derive(PartialEq, Eq, Debug)]
enum Token<'a> {
    Word(&'a str),
    Literal(String),
    Byte(u8),
}

impl<'a> Scanner<'a> {
    /// `None` when the header is malformed or ends the file early.
    fn file(&mut self) -> Option<()> {
        if self.text.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        let first = self.token();
        if first != Some(Token::Word("package")) {
            let found = match first {
                None if self.at >= self.text.len() => "'EOF'".to_owned(),
                // A broken literal is for the parser.
                None => return None,
                Some(Token::Word(word)) if rgo_syntax::is_keyword(word) => format!("'{word}'"),
                Some(Token::Word(word)) => word.to_owned(),
                Some(Token::Literal(_)) => {
                    String::from_utf8_lossy(&self.text[self.token_start..self.at]).into_owned()
                }
                Some(Token::Byte(byte)) => format!("'{}'", char::from(byte)),
            };
            self.fail(self.token_start, format!("expected 'package', found {found}"));
            return None;
        }
        self.before_package = false;
        self.skip_blanks();
        self.header.package_offset = self.at;
        let Token::Word(name) = self.token()? else { return None };
        self.header.package = name.to_owned();
        loop {
            let start = self.at;
            match self.token() {
                Some(Token::Byte(b';')) => {}
                Some(Token::Word("import")) => self.import_decl()?,
                _ => {
                    self.at = start;
                    return Some(());
                }
            }
        }
    }

    fn import_decl(&mut self) -> Option<()> {
        let mark = self.at;
        if self.token()? != Token::Byte(b'(') {
            self.at = mark;
            return self.import_spec();
        }
        loop {
            let mark = self.at;
            match self.token()? {
                Token::Byte(b')') => return Some(()),
                Token::Byte(b';') => {}
                _ => {
                    self.at = mark;
                    self.import_spec()?;
                }
            }
        }
    }

    /// `[ "." | name ] "path"`
    fn import_spec(&mut self) -> Option<()> {
        self.skip_blanks();
        let mark = self.at;
        if !matches!(self.token()?, Token::Word(_) | Token::Byte(b'.')) {
            self.at = mark;
        }
        self.skip_blanks();
        let start = self.at;
        let Token::Literal(path) = self.token()? else { return None };
        self.header.imports.push(Import { path, start: mark, span: start..self.at });
        Some(())
    }

    fn token(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let text = self.text;
        let start = self.at;
        self.token_start = start;
        let first = *text.get(start)?;
        if is_word(first) {
            while self.text.get(self.at).copied().is_some_and(is_word) {
                self.at += 1;
            }
            return std::str::from_utf8(&text[start..self.at]).ok().map(Token::Word);
        }
        self.at += 1;
        if first != b'"' && first != b'`' {
            return Some(Token::Byte(first));
        }
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' if first == b'"' => self.at += 1,
                b'\n' if first == b'"' => return None,
                _ if byte == first => {
                    return unquote(std::str::from_utf8(&text[start..self.at]).ok()?).map(Token::Literal);
                }
                _ => {}
            }
        }
        None
    }

    /// Skips blanks and comments; newlines too (no header token needs the automatic semicolon).
    fn skip_blanks(&mut self) {
        loop {
            match self.text.get(self.at..).unwrap_or_default() {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'/', b'/', ..] => {
                    let start = self.at;
                    self.line_comment();
                    self.check_encoding(start);
                }
                [b'/', b'*', rest @ ..] => {
                    let start = self.at;
                    match find(rest, b"*/") {
                        Some(len) => self.at += len + 4,
                        None => self.at = self.text.len(),
                    }
                    self.check_encoding(start);
                }
                _ => return,
            }
        }
    }

    /// Comments may hold any characters but these.
    fn check_encoding(&mut self, start: usize) {
        let text = &self.text[start..self.at];
        let valid = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let len = error.valid_up_to();
                self.fail(start + len, "illegal UTF-8 encoding".to_owned());
                std::str::from_utf8(&text[..len]).unwrap_or_default()
            }
        };
        if let Some(at) = valid.find('\0') {
            self.fail(start + at, "illegal character NUL".to_owned());
        }
        if let Some(at) = valid.find('\u{feff}') {
            self.fail(start + at, "illegal byte order mark".to_owned());
        }
    }

    /// Keeps the first error in the file.
    fn fail(&mut self, at: usize, message: String) {
        if self.header.error.as_ref().is_none_or(|(known, _)| at < *known) {
            self.header.error = Some((at, message));
        }
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..len]);
        if self.before_package {
            if let Some(expr) = crate::constraint::directive(line.trim_end())
                && self.header.constraint.is_none()
            {
                self.header.constraint = Some(expr.to_owned());
            }
            if let Some(setting) = line.strip_prefix("//go:debug ") {
                self.header.debug.push(setting.trim().to_owned());
            }
        }
        self.at += len;
    }

    /// Finds `//go:embed` comments in the rest of the file, skipping strings, runes and block comments.
    fn scan_embeds(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            let rest = &self.text[self.at..];
            match byte {
                b'/' if rest.starts_with(b"//") => {
                    let len = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                    if let Some(args) = rest[..len].strip_prefix(b"//go:embed")
                        && args.first().is_some_and(|b| matches!(b, b' ' | b'\t'))
                    {
                        let offset = self.at + len - args.len();
                        let patterns = std::str::from_utf8(args).ok().and_then(embed_patterns);
                        let patterns = patterns.unwrap_or_default().into_iter();
                        self.header.embeds.extend(patterns.map(|(pattern, at)| (pattern, offset + at)));
                    }
                    self.at += len;
                }
                b'/' if rest.starts_with(b"/*") => {
                    self.at += find(&rest[2..], b"*/").map_or(rest.len(), |len| len + 4);
                }
                b'"' | b'\'' => {
                    self.at += 1;
                    while let Some(&b) = self.text.get(self.at) {
                        self.at += 1;
                        match b {
                            b'\\' => self.at += 1,
                            b'\n' => break,
                            _ if b == byte => break,
                            _ => {}
                        }
                    }
                }
                b'`' => self.at += find(&rest[1..], b"`").map_or(rest.len(), |len| len + 2),
                _ => self.at += 1,
            }
        }
    }
}

/// Splits the arguments of `//go:embed` (words separated by blanks, or Go string literals); offsets are within `args`.
fn embed_patterns(args: &str) -> Option<Vec<(String, usize)>> {
    let mut patterns = Vec::new();
    let mut rest = args.trim_start();
    while !rest.is_empty() {
        let len = match rest.as_bytes()[0] {
            b'`' => rest[1..].find('`')? + 2,
            b'"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let closes = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    closes
                })?;
                end + 2
            }
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let word = &rest[..len];
        let pattern = if word.starts_with(['"', '`']) { unquote(word)? } else { word.to_owned() };
        patterns.push((pattern, args.len() - rest.len()));
        rest = rest[len..].trim_start();
    }
    Some(patterns)
}

/// The value of a string literal; escapes other than the simple ones do not occur in sensible paths and give `None`.
fn unquote(literal: &str) -> Option<String> {
    let body = &literal[1..literal.len() - 1];
    if literal.starts_with('`') {
        return Some(body.replace('\r', ""));
    }
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                c @ ('\\' | '"') => c,
                'x' => {
                    let hex = [chars.next()?, chars.next()?].iter().collect::<String>();
                    char::from(u8::from_str_radix(&hex, 16).ok().filter(u8::is_ascii)?)
                }
                'u' => {
                    let hex = (0..4).map(|_| chars.next()).collect::<Option<String>>()?;
                    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?
                }
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_of_an_ordinary_file() {
        let text = b"// Copyright\n\n//go:build linux && !x\n/* c */ package p // doc\n\nimport \"fmt\"; import m `math`\nimport (\n\t. \"a/b\"\n\t_ \"embed\" // side\n)\n\n//go:embed a.txt \"b c\"\nvar s = \"//go:embed no\"\n";
        let header = scan(text);
        assert_eq!(header.constraint.as_deref(), Some("linux && !x"));
        assert_eq!(header.package, "p");
        let paths: Vec<_> = header.imports.iter().map(|i| i.path.as_str()).collect();
        assert_eq!(paths, ["fmt", "math", "a/b", "embed"]);
        assert_eq!(&text[header.imports[1].span.clone()], b"`math`");
        let patterns: Vec<_> = header.embeds.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(patterns, ["a.txt", "b c"]);
    }

    #[test]
    fn constraints_after_the_package_clause_do_not_count() {
        assert_eq!(scan(b"package p\n//go:build ignore\nvar x = 1").constraint, None);
        assert_eq!(scan(b"/*\n//go:build ignore\n*/\npackage p").constraint, None);
        assert_eq!(scan(b"//go:build ignore\npackage p").constraint.as_deref(), Some("ignore"));
    }

    #[test]
    fn old_constraints_count_where_there_is_no_new_one() {
        let old = |text: &[u8]| scan(text).plus_build;
        assert_eq!(old(b"// c\n\n// +build a,!b c\n//+build d\n\npackage p"), [" a,!b c", " d"]);
        assert_eq!(old(b"// +build a\npackage p\n\n"), [""; 0]);
        assert_eq!(old(b"// +build a\n\n// +builder\n\n/* */\n// +build z\n\npackage p"), [" a"]);
        assert_eq!(old(b"//go:build x\n// +build a\n\npackage p"), [""; 0]);
    }

    #[test]
    fn malformed_headers_stop_quietly() {
        assert_eq!(scan(b"").package, "");
        assert_eq!(scan(b"package p; import \"fmt\nfunc").imports, []);
        assert_eq!(scan(b"package p; import (\"a\" x)").imports.len(), 1);
    }

    #[test]
    fn errors_of_the_go_command() {
        let error = |text: &[u8]| scan(text).error.map(|(at, message)| format!("{at}: {message}"));
        for (text, want) in [
            (&b""[..], "0: expected 'package', found 'EOF'"),
            (b"\nfunc f() {}", "1: expected 'package', found 'func'"),
            (b"x", "0: expected 'package', found x"),
            (b"package p\n// a\xffb", "14: illegal UTF-8 encoding"),
            (b"/* \0 */ package p", "3: illegal character NUL"),
        ] {
            assert_eq!(error(text).as_deref(), Some(want), "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(error(b"package p\nvar x = 1 // \xff"), None);
    }
}
