//! Statements.

use super::Checker;
use super::shape::{Kind, Shape};
use crate::ast::BinaryOp;
use crate::scan::{Op, Semi, Tok};

/// What a simple statement turned out to be.
#[derive(Clone, Debug)]
pub(super) struct Simple {
    kind: SimpleKind,
    /// gc's position.
    at: usize,
    start: usize,
    end: usize,
    /// The operator's place, for assignments.
    operator: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SimpleKind {
    Expr,
    /// `=`
    Assign,
    /// `:=`
    Define,
    Range,
    /// `x op= y`, `x++`, `c <- v`
    Other,
}

/// The statement whose header is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    None,
    If,
    For,
    Switch,
}

impl Keyword {
    fn text(self) -> &'static str {
        match self {
            Keyword::If => "if",
            Keyword::For => "for",
            _ => "switch",
        }
    }
}

impl Checker<'_> {
    /// Where the token before the current one ended.
    pub(super) fn previous_end(&self) -> usize {
        self.previous_end
    }

    /// `{ statements }`; `context` says after what, unless the brace is known to be there.
    pub(super) fn block(&mut self, context: &str) {
        if !self.got(Tok::LBrace) {
            self.syntax_error(&format!("expected {{ after {context}"));
            self.advance(&[Tok::Name, Tok::RBrace]);
            if self.got(Tok::RBrace) {
                return;
            }
        }
        self.stmt_list();
        self.want(Tok::RBrace);
    }

    fn stmt_list(&mut self) {
        while !matches!(self.tok(), Tok::Eof | Tok::RBrace | Tok::Case | Tok::Default) {
            let empty = (self.tok() == Tok::Semi).then(|| self.at() + 1);
            let found = self.nested(Self::stmt);
            self.clear_pragmas();
            if !found {
                break;
            }
            if let Some(at) = empty {
                // To the grammar, the semicolon is the empty statement and wants a terminator of its own.
                self.next();
                let gap = self.text.get(at..self.at());
                if self.tok() != Tok::RBrace && gap.is_some_and(|gap| !gap.contains(&b'\n')) {
                    self.edit(at..at, ";");
                }
                continue;
            }
            if !self.got(Tok::Semi) && self.tok() != Tok::RBrace {
                self.syntax_error("at end of statement");
                self.advance(&[Tok::Semi, Tok::RBrace, Tok::Case, Tok::Default]);
                self.got(Tok::Semi);
            }
        }
    }

    /// A statement; `false` when none starts here.
    fn stmt(&mut self) -> bool {
        match self.tok() {
            Tok::Name => {
                self.clear_pragmas();
                let (lhs, count) = self.expr_list();
                if lhs.is_name() && count == 1 && self.tok() == Tok::Colon {
                    return self.labeled();
                }
                self.simple_from(lhs, count, Keyword::None);
                return true;
            }
            Tok::Var => {
                self.group(Self::var_spec);
                return true;
            }
            Tok::Const => {
                self.group(Self::const_spec);
                return true;
            }
            Tok::Type => {
                self.group(Self::type_spec);
                return true;
            }
            _ => {}
        }
        self.clear_pragmas();
        match self.tok() {
            Tok::LBrace => self.block(""),
            Tok::Operator | Tok::Star => {
                use BinaryOp as B;
                let unary = matches!(
                    self.scanner.op,
                    Op::Not | Op::Binary(B::Add | B::Sub | B::Mul | B::And | B::Xor)
                );
                if !unary {
                    return false;
                }
                self.simple(Keyword::None);
            }
            Tok::Literal
            | Tok::Func
            | Tok::LParen
            | Tok::LBrack
            | Tok::Struct
            | Tok::Map
            | Tok::Chan
            | Tok::Interface
            | Tok::Arrow => {
                self.simple(Keyword::None);
            }
            Tok::For => {
                self.header(Keyword::For);
                self.block("for clause");
            }
            Tok::Switch => self.switch(),
            Tok::Select => self.select(),
            Tok::If => self.if_stmt(),
            Tok::Fallthrough => self.next(),
            Tok::Break | Tok::Continue => {
                self.next();
                self.got(Tok::Name);
            }
            Tok::Go | Tok::Defer => self.call_stmt(),
            Tok::Goto => {
                self.next();
                self.name();
            }
            Tok::Return => {
                self.next();
                if !matches!(self.tok(), Tok::Semi | Tok::RBrace) {
                    self.expr_list();
                }
            }
            Tok::Semi => {}
            _ => return false,
        }
        true
    }

    /// `go` or `defer`.
    fn call_stmt(&mut self) {
        let word = self.tok().words();
        self.next();
        let x = self.primary(self.tok() == Tok::LParen);
        if x.paren {
            self.error_at(x.at, format!("expression in {word} must not be parenthesized"));
        }
    }

    fn labeled(&mut self) -> bool {
        let colon = self.at();
        self.next();
        if self.tok() == Tok::RBrace {
            // The grammar wants a statement.
            self.edit(self.at()..self.at(), ";");
            return true;
        }
        if self.nested(Self::stmt) {
            return true;
        }
        self.syntax_error_at(colon, "missing statement after label");
        false
    }

    fn simple(&mut self, keyword: Keyword) -> Simple {
        if keyword == Keyword::For && self.tok() == Tok::Range {
            return self.range(self.at());
        }
        let (lhs, count) = self.expr_list();
        self.simple_from(lhs, count, keyword)
    }

    fn range(&mut self, start: usize) -> Simple {
        let at = self.at();
        self.next();
        let x = self.expr();
        Simple { kind: SimpleKind::Range, at, start, end: x.end, operator: at }
    }

    /// A simple statement whose left side, `count` expressions starting with `lhs`, was read.
    fn simple_from(&mut self, lhs: Shape, count: usize, keyword: Keyword) -> Simple {
        let at = self.at();
        let start = lhs.start;
        let made = |kind, at, end| Simple { kind, at, start, end, operator: at };
        if count == 1 && !matches!(self.tok(), Tok::Assign | Tok::Define) {
            match self.tok() {
                Tok::AssignOp | Tok::Arrow => {
                    self.next();
                    let rhs = self.expr();
                    return made(SimpleKind::Other, at, rhs.end);
                }
                Tok::IncOp => {
                    let end = self.scanner.end;
                    self.next();
                    return made(SimpleKind::Other, at, end);
                }
                _ => {
                    if keyword == Keyword::Switch && lhs.kind == Kind::TypeSwitchGuard && !lhs.paren {
                        self.guards.pop();
                        self.type_switch = true;
                    }
                    return Simple { kind: SimpleKind::Expr, at: lhs.at, start, end: lhs.end, operator: at };
                }
            }
        }
        if !matches!(self.tok(), Tok::Assign | Tok::Define) {
            self.syntax_error("expected := or = or comma");
            self.advance(&[Tok::Semi, Tok::RBrace]);
            return made(SimpleKind::Expr, lhs.at, lhs.end);
        }
        let define = self.tok() == Tok::Define;
        self.next();
        if keyword == Keyword::For && self.tok() == Tok::Range {
            return self.range(start);
        }
        let (rhs, rhs_count) = self.expr_list();
        let end = self.previous_end();
        if rhs.kind == Kind::TypeSwitchGuard
            && rhs_count == 1
            && keyword == Keyword::Switch
            && define
            && count == 1
            && lhs.is_name()
            && !rhs.paren
        {
            self.guards.pop();
            self.type_switch = true;
            return made(SimpleKind::Expr, rhs.at, end);
        }
        made(if define { SimpleKind::Define } else { SimpleKind::Assign }, at, end)
    }

    /// The header of `if`, `for` or `switch`, from the keyword up to the opening brace.
    fn header(&mut self, keyword: Keyword) {
        self.next();
        if self.tok() == Tok::LBrace {
            if keyword == Keyword::If {
                self.syntax_error("missing condition in if statement");
            }
            return;
        }
        let outer = std::mem::replace(&mut self.nesting, -1);
        let condition = self.header_parts(keyword);
        self.nesting = outer;
        let Some(condition) = condition else { return };
        if condition.kind != SimpleKind::Expr {
            let shown = if condition.kind == SimpleKind::Assign {
                let lhs = self.emphasized(condition.start..condition.operator);
                let rhs = self.emphasized(condition.operator + 1..condition.end);
                format!("assignment {lhs} = {rhs}")
            } else {
                self.render(condition.start..condition.end)
            };
            self.syntax_error_at(condition.at, &format!("cannot use {shown} as value"));
        }
    }

    /// The statements of a header. Gives the one that stands as condition, if it must be checked.
    fn header_parts(&mut self, keyword: Keyword) -> Option<Simple> {
        let mut init = None;
        let header_start = self.at();
        if self.tok() != Tok::Semi {
            if self.got(Tok::Var) {
                let word = keyword.text();
                self.syntax_error(&format!("var declaration not allowed in {word} initializer"));
            }
            let simple = self.simple(keyword);
            if simple.kind == SimpleKind::Range {
                return None;
            }
            init = Some(simple);
        }
        if self.tok() == Tok::LBrace {
            return init;
        }
        let mut semi: Option<(usize, Semi)> = None;
        if self.tok() == Tok::Semi {
            semi = Some((self.at(), self.scanner.semi));
            if init.is_none() && keyword != Keyword::For {
                // The grammar wants something before the semicolon.
                self.edit(header_start..header_start + 1, " ");
            } else {
                self.explicit_semi();
            }
            self.next();
        } else {
            self.want(Tok::LBrace);
            if self.tok() != Tok::LBrace {
                self.advance(&[Tok::LBrace, Tok::RBrace]);
            }
        }
        let mut condition = None;
        if keyword == Keyword::For {
            if self.tok() != Tok::Semi {
                if self.tok() == Tok::LBrace {
                    self.syntax_error("expected for loop condition");
                    return None;
                }
                condition = Some(self.simple(Keyword::None));
            }
            self.explicit_semi();
            self.want(Tok::Semi);
            if self.tok() != Tok::LBrace {
                let post = self.simple(Keyword::None);
                if post.kind == SimpleKind::Define {
                    self.syntax_error_at(post.at, "cannot declare in post statement of for loop");
                }
            }
        } else if self.tok() != Tok::LBrace {
            condition = Some(self.simple(keyword));
        }
        if condition.is_none()
            && keyword == Keyword::If
            && let Some((at, semi)) = semi
        {
            match semi {
                Semi::Semicolon => self.syntax_error_at(at, "missing condition in if statement"),
                _ => {
                    let found = semi.words();
                    self.syntax_error_at(at, &format!("unexpected {found}, expected {{ after if clause"));
                }
            }
        }
        condition
    }

    fn if_stmt(&mut self) {
        self.header(Keyword::If);
        self.block("if clause");
        if !self.got(Tok::Else) {
            return;
        }
        match self.tok() {
            Tok::If => self.nested(Self::if_stmt),
            Tok::LBrace => self.block(""),
            _ => {
                self.syntax_error("else must be followed by if or statement block");
                self.advance(&[Tok::Name, Tok::RBrace]);
            }
        }
    }

    fn switch(&mut self) {
        let outer = std::mem::take(&mut self.type_switch);
        self.header(Keyword::Switch);
        let on_types = std::mem::replace(&mut self.type_switch, outer);
        self.clauses("switch", |this| {
            loop {
                let case = this.expr();
                if on_types && !case.reads_as_type {
                    this.out.values_for_types.push(case.start..case.end);
                }
                if !this.got(Tok::Comma) {
                    break;
                }
            }
        });
    }

    fn select(&mut self) {
        self.next();
        self.clauses("select", |this| {
            this.simple(Keyword::None);
        });
    }

    /// `{ case ...: statements }`; `case` reads what follows the keyword.
    fn clauses(&mut self, word: &str, case: impl Fn(&mut Self)) {
        if !self.got(Tok::LBrace) {
            self.syntax_error(&format!("missing {{ after {word} clause"));
            self.advance(&[Tok::Case, Tok::Default, Tok::RBrace]);
        }
        while !matches!(self.tok(), Tok::Eof | Tok::RBrace) {
            match self.tok() {
                Tok::Case => {
                    self.next();
                    case(self);
                }
                Tok::Default => self.next(),
                _ => {
                    self.syntax_error("expected case or default or }");
                    self.advance(&[Tok::Colon, Tok::Case, Tok::Default, Tok::RBrace]);
                }
            }
            self.want(Tok::Colon);
            self.stmt_list();
        }
        self.want(Tok::RBrace);
    }
}
