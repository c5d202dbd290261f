//! The file and its declarations.

use super::directive::{EmbedTarget, Place};
use super::shape::{Kind, Shape, Split};
use super::{Checker, FuncRange};
use crate::ast::LitKind;
use crate::scan::{Semi, Tok};

const DECLARATIONS: &[Tok] = &[Tok::Import, Tok::Const, Tok::Type, Tok::Var, Tok::Func];

impl Checker<'_> {
    pub(super) fn file(&mut self) {
        self.top = false;
        if !self.got(Tok::Package) {
            self.syntax_error("package statement must be first");
            return;
        }
        self.take_pragmas(Place::Package, self.at());
        self.out.package = (self.tok() == Tok::Name).then_some(self.scanner.start..self.scanner.end);
        self.name();
        self.want(Tok::Semi);
        if !self.out.errors.is_empty() {
            return;
        }
        let mut previous = Tok::Import;
        let mut bodyless = false;
        while self.tok() != Tok::Eof {
            let tok = self.tok();
            if tok == Tok::Import && previous != Tok::Import {
                self.syntax_error("imports must appear before other declarations");
            }
            previous = tok;
            match tok {
                Tok::Import => self.group(Self::import_spec),
                Tok::Const => self.group(Self::const_spec),
                Tok::Type => self.group(Self::type_spec),
                Tok::Var => self.group(Self::var_spec),
                Tok::Func => {
                    let start = self.at();
                    self.next();
                    bodyless = self.func_decl(start);
                }
                _ => {
                    if tok == Tok::LBrace && bodyless {
                        self.syntax_error("unexpected semicolon or newline before {");
                    } else {
                        self.syntax_error("non-declaration statement outside function body");
                    }
                    self.advance(DECLARATIONS);
                    continue;
                }
            }
            bodyless &= tok == Tok::Func;
            self.clear_pragmas();
            if self.tok() != Tok::Eof && !self.got(Tok::Semi) {
                self.syntax_error("after top level declaration");
                self.advance(DECLARATIONS);
            }
        }
        self.clear_pragmas();
    }

    /// The keyword, then one spec or several in parentheses.
    pub(super) fn group(&mut self, mut spec: impl FnMut(&mut Self)) {
        let keyword = self.tok();
        self.next();
        if self.tok() != Tok::LParen {
            return spec(self);
        }
        self.clear_pragmas();
        self.next();
        self.list("grouped declaration", Tok::Semi, Tok::RParen, |this| {
            spec(this);
            // The grammar wants a terminator here.
            if this.tok() == Tok::RParen && matches!(keyword, Tok::Const | Tok::Var) {
                this.edit(this.at()..this.at(), ";");
            }
            false
        });
    }

    fn import_spec(&mut self) {
        self.take_pragmas(Place::Other, self.at());
        match self.tok() {
            Tok::Name => self.next(),
            Tok::Dot => self.next(),
            _ => {}
        }
        if self.tok() != Tok::Literal {
            self.syntax_error("missing import path");
            self.advance(&[Tok::Semi, Tok::RParen]);
            return;
        }
        let (kind, bad, at) = (self.scanner.kind, self.scanner.bad, self.at());
        let path = self.scanner.lit();
        self.imports_unsafe |= matches!(path, b"\"unsafe\"" | b"`unsafe`");
        self.imports_embed |= matches!(path, b"\"embed\"" | b"`embed`");
        self.next();
        if !bad && kind != LitKind::String {
            self.syntax_error_at(at, "import path must be a string");
        }
    }

    pub(super) fn const_spec(&mut self) {
        let at = self.at();
        self.take_pragmas(Place::Other, at);
        self.name();
        self.name_list();
        if matches!(self.tok(), Tok::Eof | Tok::Semi | Tok::RParen) {
            return;
        }
        let typed = self.type_or_none().is_some();
        if self.got_assign() {
            self.expr_list();
        } else if typed {
            // Not Go, but the checker says so; the grammar gets a value.
            let end = self.previous_end;
            self.edit(end..end, "=_");
            self.out.valueless_consts.insert(at);
        }
    }

    pub(super) fn var_spec(&mut self) {
        let at = self.at();
        self.take_pragmas(Place::Var, at);
        self.name();
        let mut target = EmbedTarget { names: 1 + self.name_list(), typed: false, initialized: true };
        if self.got_assign() {
            self.expr_list();
        } else {
            self.type_();
            target.typed = true;
            target.initialized = self.got_assign();
            if target.initialized {
                self.expr_list();
            }
        }
        self.check_embeds(at, &target);
    }

    pub(super) fn type_spec(&mut self) {
        self.take_pragmas(Place::Type, self.at());
        self.name();
        let ty = if self.tok() == Tok::LBrack {
            self.type_params_or_array()
        } else {
            self.got_assign();
            self.type_or_none()
        };
        if ty.is_none() {
            self.syntax_error("in type declaration");
            self.advance(&[Tok::Semi, Tok::RParen]);
        }
    }

    /// After `type T`, at `[`: type parameters and a type, or an array or slice type.
    fn type_params_or_array(&mut self) -> Option<Shape> {
        let start = self.at();
        self.next();
        match self.tok() {
            Tok::Name => {
                // An array length and a type parameter look alike; read an expression and decide then.
                let mut x = self.name();
                if self.tok() != Tok::LBrack {
                    self.nesting += 1;
                    let operand = self.primary_from(x);
                    x = self.binary_from(operand, 0);
                    self.nesting -= 1;
                }
                let comma = self.tok() == Tok::Comma;
                let (is_param, typed) = match x.split {
                    Split::No => (false, false),
                    Split::Name => (true, false),
                    Split::IfForced => (comma, comma),
                    Split::Yes => (true, true),
                };
                if is_param && (typed || self.tok() != Tok::RBrack) {
                    let first =
                        if typed { super::types::First::Typed(x) } else { super::types::First::Name(x) };
                    self.param_list(first, Tok::RBrack, true, false);
                    self.got_assign();
                    return self.type_or_none();
                }
                Some(self.array_type(start, Some(x)))
            }
            Tok::RBrack => {
                self.next();
                Some(self.slice_type(start))
            }
            _ => Some(self.array_type(start, None)),
        }
    }

    /// After `func` at top level. `true` when the function has a name and no body.
    fn func_decl(&mut self, start: usize) -> bool {
        self.take_pragmas(Place::Func, self.at());
        let mut method = false;
        if self.got(Tok::LParen) {
            method = true;
            match self.param_list(super::types::First::None, Tok::RParen, false, false) {
                0 => self.error_at(self.at(), "method has no receiver"),
                1 => {}
                _ => self.error_at(self.at(), "method has multiple receivers"),
            }
        }
        if self.tok() == Tok::Name {
            self.name();
            let bracket = self.at();
            if self.tok() == Tok::LBrack {
                let end = self.func_tparams("");
                if method {
                    self.out.method_tparams.push(bracket..end);
                }
            }
            self.signature();
        } else {
            self.syntax_error(if method { "expected name" } else { "expected name or (" });
            self.advance(&[Tok::LBrace, Tok::Semi]);
        }
        if self.tok() == Tok::LBrace {
            let body = self.at();
            self.func_body();
            self.out.funcs.push(FuncRange { start, body: body..self.previous_end() });
            return false;
        }
        true
    }

    pub(super) fn func_body(&mut self) {
        self.in_func += 1;
        self.block("");
        self.in_func -= 1;
    }

    /// An identifier; complains about anything else.
    pub(super) fn name(&mut self) -> Shape {
        let (start, end) = (self.scanner.start, self.scanner.end);
        if self.tok() == Tok::Name {
            self.next();
            return Shape::name(start, end);
        }
        self.syntax_error("expected name");
        self.advance(&[]);
        Shape::new(Kind::Bad, start, start)
    }

    /// The rest of a list of names.
    pub(super) fn name_list(&mut self) -> usize {
        let mut more = 0;
        while self.got(Tok::Comma) {
            self.name();
            more += 1;
        }
        more
    }

    /// Replaces the newline that stands for `;` in a statement header, where the grammar knows only `;`.
    pub(super) fn explicit_semi(&mut self) {
        let at = self.at();
        if self.tok() == Tok::Semi && self.scanner.semi == Semi::Newline {
            match self.out.edits.last_mut() {
                Some(edit) if edit.start <= at && at < edit.end => {
                    let blank = " ".repeat(edit.end - edit.start - 1);
                    edit.with = format!("{blank};").into();
                }
                _ => self.edit(at..at + 1, ";"),
            }
        }
    }
}
