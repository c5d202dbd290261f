//! The recogniser: decides whether a file is Go, and words what is wrong as gc does.
//!
//! The grammar that builds the tree is more generous than Go (newlines, statements at top level, ...) and says nothing
//! useful about errors. This recursive descent over the token stream follows the language as gc's parser reads it,
//! including its choice of message, position and resynchronisation, but builds no tree. What it must know of an
//! expression to go on is a [`Shape`]. On the way it collects what the tree cannot show: directives, and the edits
//! that make the text digestible for the grammar.

mod decl;
mod directive;
mod expr;
mod render;
mod shape;
mod stmt;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use memchr::memmem;
use rgo_source::Directive as LineDirective;

use crate::rewrite::Edit;
use crate::scan::{self, Op, Scanner, Tok};

use directive::Pragma;

/// An error at an offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Error {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// What was learnt about a file.
#[derive(Default, Debug)]
pub(crate) struct Checked {
    /// In the order in which gc finds them.
    pub(crate) errors: Vec<Error>,
    /// All `//go:` comments: the text after `//`.
    pub(crate) directives: Vec<Range<usize>>,
    /// Directives in front of a declaration, by the declaration's offset.
    pub(crate) pragmas: BTreeMap<usize, Vec<Range<usize>>>,
    pub(crate) lines: Vec<LineDirective>,
    pub(crate) go_version: Option<String>,
    /// What must change before the grammar can read the text; sorted.
    pub(crate) edits: Vec<Edit>,
    /// Type parameter lists of methods, brackets included.
    pub(crate) method_tparams: Vec<Range<usize>>,
    /// Type literals that stand as operands; the grammar knows few places for them.
    pub(crate) type_operands: Vec<Range<usize>>,
    /// Values that stand as type arguments, before several type arguments, or in clauses of type switches, where the grammar
    /// knows types only.
    pub(crate) values_for_types: Vec<Range<usize>>,
    /// `...` taken out of calls of `new` and `make`, by the closing parenthesis.
    pub(crate) dropped_dots: HashMap<usize, usize>,
    /// `~` where an expression stands, which the grammar does not know.
    pub(crate) tildes: Vec<usize>,
    /// Constant specs with a type and no value.
    pub(crate) valueless_consts: HashSet<usize>,
    /// Offsets of malformed literals and missing operands, where the grammar gets a name, and of misplaced `...`.
    pub(crate) bad: HashSet<usize>,
    /// Declared functions that have a body.
    pub(crate) funcs: Vec<FuncRange>,
    /// What gc says only if the whole package is correct otherwise.
    pub(crate) late: Vec<Error>,
    /// The package's name.
    pub(crate) package: Option<Range<usize>>,
}

/// A declared function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FuncRange {
    /// The keyword.
    pub(crate) start: usize,
    /// Braces included.
    pub(crate) body: Range<usize>,
}

/// Whether `text` can contain a `//line` or `/*line` comment.
pub(crate) fn may_have_line_directive(text: &[u8]) -> bool {
    memmem::find_iter(text, "line ").any(|at| matches!(text[..at], [.., b'/', b'/' | b'*']))
}

/// Reads `text`, whose path (for `//line`) is `path`.
pub(crate) fn check(path: &str, text: &[u8]) -> Checked {
    let mut lexical = Vec::new();
    let clean = scan::sanitize(text, &mut lexical);
    let mut checker = Checker {
        path,
        text: clean.as_deref().unwrap_or(text),
        scanner: Scanner::new(clean.as_deref().unwrap_or(text)),
        out: Checked::default(),
        pragmas: Vec::new(),
        top: true,
        in_func: 0,
        nesting: 0,
        depth: 0,
        imports_unsafe: false,
        imports_embed: false,
        previous_end: 0,
        type_switch: false,
        guards: Vec::new(),
        linknames: Vec::new(),
    };
    checker.next();
    checker.file();
    checker.late_errors();
    for guard in std::mem::take(&mut checker.guards) {
        // Not Go, but the type checker says so; the grammar gets a type's name.
        checker.edit(guard..guard + "type".len(), "typ_");
    }
    let (mut out, read) = (checker.out, checker.scanner.end);
    lexical.retain(|(at, _)| *at <= read);
    if !lexical.is_empty() {
        out.errors.extend(lexical.into_iter().map(|(at, message)| Error { at, message }));
        out.errors.sort_by_key(|error| error.at);
    }
    // The grammar would take a byte order mark for an error in the statement behind it.
    for at in memmem::find_iter(text, scan::BOM).filter(|&at| at > 0) {
        let mark = at..at + scan::BOM.len();
        if out.edits.iter().all(|edit| edit.end <= mark.start || mark.end <= edit.start) {
            out.edits.push(Edit { start: mark.start, end: mark.end, with: "   ".into() });
        }
    }
    out.edits.sort_by_key(|edit| (edit.start, edit.end));
    out
}

/// Keywords that start a statement: where to go on after an error inside a function.
const STATEMENT_STARTS: &[Tok] = &[
    Tok::Break,
    Tok::Const,
    Tok::Continue,
    Tok::Defer,
    Tok::Fallthrough,
    Tok::For,
    Tok::Go,
    Tok::Goto,
    Tok::If,
    Tok::Return,
    Tok::Select,
    Tok::Switch,
    Tok::Type,
    Tok::Var,
];

struct Checker<'a> {
    path: &'a str,
    text: &'a [u8],
    scanner: Scanner<'a>,
    out: Checked,
    /// Directives seen since the last declaration.
    pragmas: Vec<Pragma>,
    /// Before the package clause.
    top: bool,
    /// Nesting of function bodies.
    in_func: u32,
    /// Nesting of brackets; negative in the header of a statement, where `{` opens a block.
    nesting: i32,
    depth: u32,
    imports_unsafe: bool,
    imports_embed: bool,
    previous_end: usize,
    /// Whether the header just read was that of a type switch.
    type_switch: bool,
    /// Where `type` stands in `x.(type)` outside the header of a switch, so far.
    guards: Vec<usize>,
    /// `//go:linkname` directives, which need an import of unsafe: offset and verb.
    linknames: Vec<(usize, String)>,
}

impl<'a> Checker<'a> {
    fn tok(&self) -> Tok {
        self.scanner.tok
    }

    /// Offset of the current token.
    fn at(&self) -> usize {
        self.scanner.start
    }

    fn at_op(&self, op: Op) -> bool {
        self.scanner.tok == Tok::Operator && self.scanner.op == op
    }

    fn next(&mut self) {
        self.previous_end = self.scanner.end;
        self.scanner.next();
        if !self.scanner.errors.is_empty() {
            let errors = self.scanner.errors.drain(..);
            self.out.errors.extend(errors.map(|(at, message)| Error { at, message }));
        }
        if !self.scanner.directives.is_empty() {
            for comment in std::mem::take(&mut self.scanner.directives) {
                self.directive(comment);
            }
        }
        if let Some(comment) = self.scanner.semi_comment.take() {
            // The grammar knows only real newlines as terminators.
            let blank = " ".repeat(comment.len() - 1);
            self.edit(comment, format!("{blank}\n"));
        }
    }

    fn edit(&mut self, range: Range<usize>, with: impl Into<std::borrow::Cow<'static, str>>) {
        self.out.edits.push(Edit { start: range.start, end: range.end, with: with.into() });
    }

    fn got(&mut self, tok: Tok) -> bool {
        let found = self.tok() == tok;
        if found {
            self.next();
        }
        found
    }

    fn want(&mut self, tok: Tok) {
        if !self.got(tok) {
            self.syntax_error(&format!("expected {}", token_words(tok)));
            self.advance(&[]);
        }
    }

    /// Takes `=`, and complains about `:=` in its place.
    fn got_assign(&mut self) -> bool {
        if self.tok() == Tok::Define {
            self.syntax_error("expected =");
        }
        let found = matches!(self.tok(), Tok::Assign | Tok::Define);
        if found {
            self.next();
        }
        found
    }

    fn error_at(&mut self, at: usize, message: impl Into<String>) {
        self.out.errors.push(Error { at, message: message.into() });
    }

    fn syntax_error(&mut self, message: &str) {
        self.syntax_error_at(self.at(), message);
    }

    /// Reports a syntax error. A message that begins with "in", "at", "after" or "expected" is completed with the token
    /// that was found.
    fn syntax_error_at(&mut self, at: usize, message: &str) {
        if self.tok() == Tok::Eof && !self.out.errors.is_empty() {
            return;
        }
        let glue = if ["in ", "at ", "after "].iter().any(|word| message.starts_with(word)) {
            " "
        } else if message.starts_with("expected ") {
            ", "
        } else {
            return self.error_at(at, format!("syntax error: {message}"));
        };
        let found = self.token_text();
        self.error_at(at, format!("syntax error: unexpected {found}{glue}{message}"));
    }

    /// The current token as error messages show it.
    fn token_text(&self) -> String {
        let scanner = &self.scanner;
        let lit = || String::from_utf8_lossy(scanner.lit());
        match scanner.tok {
            Tok::Name => format!("name {}", lit()),
            Tok::Semi => scanner.semi.words().to_owned(),
            Tok::Literal => format!("literal {}", lit()),
            Tok::Operator => scanner.op.text().to_owned(),
            Tok::AssignOp => format!("{}=", scanner.op.text()),
            Tok::IncOp => scanner.op.text().repeat(2),
            tok => token_words(tok),
        }
    }

    /// Skips to one of `follow` (or, inside functions, to the start of a statement); without `follow`, skips one token.
    fn advance(&mut self, follow: &[Tok]) {
        if follow.is_empty() {
            if self.tok() != Tok::Eof {
                self.next();
            }
            return;
        }
        loop {
            let tok = self.tok();
            let stop = tok == Tok::Eof
                || follow.contains(&tok)
                || self.in_func > 0 && STATEMENT_STARTS.contains(&tok);
            if stop {
                return;
            }
            self.next();
        }
    }

    /// Reads `{ item separator } close`; `item` says whether it must be the last. Gives the offset of `close`.
    fn list(
        &mut self,
        context: &str,
        separator: Tok,
        close: Tok,
        mut item: impl FnMut(&mut Self) -> bool,
    ) -> usize {
        let mut done = false;
        while self.tok() != Tok::Eof && self.tok() != close && !done {
            done = item(self);
            if !self.got(separator) && self.tok() != close {
                let (separator, close_words) = (token_words(separator), token_words(close));
                self.syntax_error(&format!("in {context}; possibly missing {separator} or {close_words}"));
                self.advance(&[Tok::RParen, Tok::RBrack, Tok::RBrace]);
                if self.tok() != close {
                    return self.at();
                }
            }
        }
        let at = self.at();
        self.want(close);
        at
    }

    /// Runs `read` one level deeper, on more stack if it runs short; gives up where nesting goes too far.
    fn nested<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        const RED_ZONE: usize = 256 << 10;
        const SEGMENT: usize = 4 << 20;
        if self.depth >= crate::convert::MAX_DEPTH {
            if self.tok() != Tok::Eof {
                self.syntax_error("nesting too deep");
                self.scanner.stop();
            }
            return T::default();
        }
        self.depth += 1;
        let result = if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(RED_ZONE, SEGMENT, || read(self))
        } else {
            read(self)
        };
        self.depth -= 1;
        result
    }
}

/// A token in the words of error messages.
fn token_words(tok: Tok) -> String {
    match tok.is_keyword() {
        true => format!("keyword {}", tok.words()),
        false => tok.words().to_owned(),
    }
}
