//! Tokens with `#include`, `#define`, `#ifdef` and their kin carried out.
//!
//! Macros are token lists. A use of one is replaced by its body, arguments substituted, and the result is read again; its tokens carry the
//! position of the use, as gc's errors and line tables do.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rgo_source::{File, Pos};

use crate::Error;
use crate::token::{Kind, Scanner, Token};

#[derive(Clone, Debug)]
struct Macro {
    /// `None`: used without parentheses.
    params: Option<Vec<Arc<str>>>,
    body: Vec<Token>,
}

/// Finds the file that `#include` names; the text is its name as written.
pub(crate) type Include<'a> = dyn FnMut(&str) -> Option<Arc<File>> + 'a;

pub(crate) struct Preprocessor<'a> {
    scanners: Vec<Scanner>,
    pending: VecDeque<Token>,
    macros: HashMap<Arc<str>, Macro>,
    /// For each open `#ifdef`: whether the part being read is wanted.
    conditions: Vec<(bool, Pos)>,
    include: &'a mut Include<'a>,
    at_line_start: bool,
    expansions: usize,
    last: Pos,
}

/// More macro uses than any real file has: the definition refers to itself.
const MAX_EXPANSIONS: usize = 200_000;
const MAX_INCLUDES: usize = 100;

impl<'a> Preprocessor<'a> {
    pub fn new(
        file: Arc<File>,
        defines: &[(String, String)],
        include: &'a mut Include<'a>,
    ) -> Preprocessor<'a> {
        let last = file.pos(0);
        let macros = defines.iter().map(|(name, value)| {
            let kind = value.parse().map_or_else(|_| Kind::Ident(value.as_str().into()), Kind::Int);
            let body = vec![Token { kind, pos: last, glued: false }];
            (Arc::from(name.as_str()), Macro { params: None, body })
        });
        Preprocessor {
            macros: macros.collect(),
            scanners: vec![Scanner::new(file)],
            pending: VecDeque::new(),
            conditions: Vec::new(),
            include,
            at_line_start: true,
            expansions: 0,
            last,
        }
    }

    /// The next token of the file or of the macro being replaced.
    fn raw(&mut self) -> Result<Option<Token>, Error> {
        if let Some(token) = self.pending.pop_front() {
            return Ok(Some(token));
        }
        while let Some(scanner) = self.scanners.last_mut() {
            if let Some(token) = scanner.next()? {
                self.last = token.pos;
                return Ok(Some(token));
            }
            if self.scanners.len() == 1 {
                return Ok(None);
            }
            self.scanners.pop();
        }
        Ok(None)
    }

    fn error<T>(&self, pos: Pos, message: impl Into<String>) -> Result<T, Error> {
        Err(Error { pos, message: message.into() })
    }

    fn is_active(&self) -> bool {
        self.conditions.iter().all(|&(wanted, _)| wanted)
    }

    /// The next token, `None` at the end.
    pub fn next(&mut self) -> Result<Option<Token>, Error> {
        loop {
            let Some(token) = self.raw()? else {
                return match self.conditions.last() {
                    Some(&(_, pos)) => self.error(pos, "unclosed #ifdef or #ifndef"),
                    None => Ok(None),
                };
            };
            let line_start = std::mem::replace(&mut self.at_line_start, token.kind == Kind::Newline);
            if token.is('#') && line_start {
                self.directive()?;
                self.at_line_start = true;
                continue;
            }
            if !self.is_active() {
                continue;
            }
            if token.is('\\') {
                // A continued line.
                if let Some(next) = self.raw()?
                    && next.kind != Kind::Newline
                {
                    return self.error(token.pos, "unexpected backslash");
                }
                continue;
            }
            let Some(found) = token.ident().and_then(|name| self.macros.get(name)).cloned() else {
                return Ok(Some(token));
            };
            self.expand(&token, &found)?;
        }
    }

    fn expand(&mut self, used: &Token, found: &Macro) -> Result<(), Error> {
        self.expansions += 1;
        if self.expansions > MAX_EXPANSIONS {
            return self.error(used.pos, format!("too many expansions of macro {}", used.text()));
        }
        let Some(params) = &found.params else {
            let body = found.body.iter().map(|t| Token { pos: used.pos, ..t.clone() });
            for token in body.rev() {
                self.pending.push_front(token);
            }
            return Ok(());
        };
        let args = match self.raw()? {
            Some(open) if open.is('(') => self.arguments(used)?,
            other => {
                // The name of a macro with parameters alone is just a name. gc says so too.
                if let Some(other) = other {
                    self.pending.push_front(other);
                }
                return self
                    .error(used.pos, format!("missing arguments for invocation of macro {}", used.text()));
            }
        };
        if args.len() != params.len() && !(params.is_empty() && args.len() == 1 && args[0].is_empty()) {
            let name = used.text();
            let (got, want) = (args.len(), params.len());
            return self.error(
                used.pos,
                format!("mismatched argument count for macro {name}: {got} instead of {want}"),
            );
        }
        let mut out = Vec::new();
        for token in &found.body {
            match token.ident().and_then(|name| params.iter().position(|param| param == name)) {
                Some(index) => out.extend(args[index].iter().cloned()),
                None => out.push(Token { pos: used.pos, ..token.clone() }),
            }
        }
        for token in out.into_iter().rev() {
            self.pending.push_front(Token { pos: used.pos, ..token });
        }
        Ok(())
    }

    /// The arguments of a use, up to the closing parenthesis.
    fn arguments(&mut self, used: &Token) -> Result<Vec<Vec<Token>>, Error> {
        let mut args = vec![Vec::new()];
        let mut depth = 0;
        loop {
            let Some(token) = self.raw()?.filter(|token| token.kind != Kind::Newline) else {
                return self.error(used.pos, format!("unterminated arguments of macro {}", used.text()));
            };
            match token.kind {
                Kind::Punct(')') if depth == 0 => return Ok(args),
                Kind::Punct(',') if depth == 0 => {
                    args.push(Vec::new());
                    continue;
                }
                Kind::Punct('(') => depth += 1,
                Kind::Punct(')') => depth -= 1,
                _ => {}
            }
            if let Some(arg) = args.last_mut() {
                arg.push(token);
            }
        }
    }

    /// The rest of a directive's line, continued lines joined; the newlines of continued lines stay when `keep` says so.
    fn line(&mut self, keep: bool) -> Result<Vec<Token>, Error> {
        let mut tokens = Vec::new();
        while let Some(token) = self.raw()? {
            if token.kind == Kind::Newline {
                break;
            }
            if token.is('\\') {
                match self.raw()? {
                    Some(next) if next.kind == Kind::Newline => {
                        if keep {
                            tokens.push(next);
                        }
                        continue;
                    }
                    _ => return self.error(token.pos, "unexpected backslash in #define"),
                }
            }
            tokens.push(token);
        }
        Ok(tokens)
    }

    fn directive(&mut self) -> Result<(), Error> {
        let Some(word) = self.raw()? else { return Ok(()) };
        if word.kind == Kind::Newline {
            return Ok(());
        }
        let name = word.text();
        let is_active = self.is_active();
        let line = self.line(name == "define")?;
        match name.as_str() {
            "ifdef" | "ifndef" => {
                let macro_name = self.only_name(&word, &line)?;
                // In a part that is left out, nothing is wanted.
                self.conditions.push((self.macros.contains_key(&macro_name) == (name == "ifdef"), word.pos));
            }
            "else" => match self.conditions.last_mut() {
                Some((wanted, _)) => *wanted = !*wanted,
                None => return self.error(word.pos, "unmatched #else"),
            },
            "endif" => {
                if self.conditions.pop().is_none() {
                    return self.error(word.pos, "unmatched #endif");
                }
            }
            _ if !is_active => {}
            "define" => self.define(&word, line)?,
            "undef" => {
                let macro_name = self.only_name(&word, &line)?;
                if self.macros.remove(&macro_name).is_none() {
                    return self.error(word.pos, format!("#undef for undefined macro: {macro_name}"));
                }
            }
            "include" => {
                let [Token { kind: Kind::Str(path), .. }] = line.as_slice() else {
                    return self.error(word.pos, "expected string after #include");
                };
                let path = String::from_utf8_lossy(path).into_owned();
                if self.scanners.len() > MAX_INCLUDES {
                    return self.error(word.pos, format!("#include: {path} includes itself"));
                }
                match (self.include)(&path) {
                    Some(file) => self.scanners.push(Scanner::new(file)),
                    None => {
                        return self
                            .error(word.pos, format!("#include: open {path}: no such file or directory"));
                    }
                }
            }
            // Where the text came from: tells nobody anything here.
            "line" => {}
            _ => return self.error(word.pos, format!("expected identifier after '#': {name}")),
        }
        Ok(())
    }

    fn only_name(&self, word: &Token, line: &[Token]) -> Result<Arc<str>, Error> {
        match line {
            [token] if token.ident().is_some() => Ok(token.ident().cloned().unwrap_or_default()),
            _ => self.error(word.pos, format!("syntax error in #{}: expected one name", word.text())),
        }
    }

    fn define(&mut self, word: &Token, line: Vec<Token>) -> Result<(), Error> {
        let mut tokens = line.into_iter().peekable();
        let Some(name) = tokens.next().and_then(|token| token.ident().cloned()) else {
            return self.error(word.pos, "expected name after #define");
        };
        let mut params = None;
        if tokens.peek().is_some_and(|token| token.is('(') && token.glued) {
            tokens.next();
            let mut names = Vec::new();
            loop {
                match tokens.next() {
                    Some(token) if token.is(')') => break,
                    Some(token) if token.is(',') && !names.is_empty() => {}
                    Some(Token { kind: Kind::Ident(param), .. }) => {
                        if names.contains(&param) {
                            return self.error(
                                word.pos,
                                format!("duplicate parameter {param} in #define of {name}"),
                            );
                        }
                        names.push(param);
                    }
                    _ => return self.error(word.pos, format!("bad syntax in parameters of #define {name}")),
                }
            }
            params = Some(names);
        }
        if self.macros.contains_key(&name) {
            return self.error(word.pos, format!("redefinition of macro: {name}"));
        }
        self.macros.insert(name, Macro { params, body: tokens.collect() });
        Ok(())
    }
}
