//! Expressions.

use super::Checker;
use super::shape::{ChanShape, Kind, Shape, Split};
use crate::ast::BinaryOp;
use crate::scan::{Op, Tok};

impl Checker<'_> {
    /// An expression.
    pub(super) fn expr(&mut self) -> Shape {
        // Arguments, indices and elements nest through here.
        self.nested(|this| {
            let x = this.unary();
            this.binary_from(x, 0)
        })
    }

    /// Expressions separated by commas: the first one's shape, and how many there are.
    pub(super) fn expr_list(&mut self) -> (Shape, usize) {
        let first = self.expr();
        let mut count = 1;
        while self.got(Tok::Comma) {
            self.expr();
            count += 1;
        }
        (first, count)
    }

    /// Goes on from operand `x` with the operators that bind more strongly than `precedence`.
    pub(super) fn binary_from(&mut self, mut x: Shape, precedence: u8) -> Shape {
        while matches!(self.tok(), Tok::Operator | Tok::Star) && self.scanner.op.precedence() > precedence {
            let (op, at) = (self.scanner.op, self.at());
            self.next();
            let y = self.nested(|this| {
                let operand = this.unary();
                this.binary_from(operand, op.precedence())
            });
            let split = match op {
                Op::Binary(BinaryOp::Mul) if x.is_name() && y.is_type_elem => Split::Yes,
                Op::Binary(BinaryOp::Mul) if x.is_name() => Split::IfForced,
                Op::Binary(BinaryOp::Or) => match x.split {
                    Split::IfForced if y.is_type_elem => Split::Yes,
                    Split::Name => Split::No,
                    split => split,
                },
                _ => Split::No,
            };
            x = Shape {
                at,
                split,
                is_type_elem: x.is_type_elem || y.is_type_elem,
                ..Shape::value(Kind::Binary, x.start, y.end)
            };
        }
        x
    }

    pub(super) fn unary(&mut self) -> Shape {
        let start = self.at();
        match (self.tok(), self.scanner.op) {
            (Tok::Operator | Tok::Star, op) => {
                use BinaryOp as B;
                let unary = matches!(
                    op,
                    Op::Not | Op::Tilde | Op::Binary(B::Mul | B::Add | B::Sub | B::Xor | B::And)
                );
                if !unary {
                    return self.primary(true);
                }
                self.next();
                if op == Op::Tilde {
                    self.out.tildes.push(start);
                }
                let x = self.nested(Self::unary);
                let star = op == Op::Binary(B::Mul);
                Shape {
                    is_value: !star,
                    is_type_elem: op != Op::Binary(B::And) && x.is_type_elem || op == Op::Tilde,
                    reads_as_type: star && x.reads_as_type,
                    ..Shape::new(Kind::Unary, start, x.end)
                }
            }
            (Tok::Arrow, _) => {
                self.next();
                let x = self.nested(Self::unary);
                if x.kind == Kind::ChanType && !x.paren {
                    return self.receive_channel(start, x);
                }
                Shape::value(Kind::Unary, start, x.end)
            }
            _ => self.primary(true),
        }
    }

    /// `<-` before a channel type makes it receive-only; through `<-chan<- chan T` it moves inwards.
    fn receive_channel(&mut self, start: usize, x: Shape) -> Shape {
        let mut current = x.chan.as_deref();
        let mut send_only = true;
        let mut elem = (x.start, x.end);
        let mut complaints: Vec<String> = Vec::new();
        while send_only {
            let Some(chan) = current else { break };
            send_only = chan.send_only;
            if chan.recv_only {
                complaints.push("unexpected <-, expected chan".to_owned());
            }
            elem = chan.elem_range;
            current = chan.elem.as_deref();
        }
        if send_only {
            let elem = self.render(elem.0..elem.1);
            complaints.push(format!("unexpected {elem}, expected chan"));
        }
        for complaint in complaints {
            self.syntax_error(&complaint);
        }
        if let Some(last) = self.out.type_operands.last_mut()
            && last.end == x.end
        {
            last.start = start;
        }
        let chan = x.chan.map(|mut chan| {
            (chan.send_only, chan.recv_only) = (false, true);
            chan
        });
        Shape { chan, ..Shape::type_literal(Kind::ChanType, start, x.end) }
    }

    /// An operand and what is applied to it.
    pub(super) fn primary(&mut self, keep_parens: bool) -> Shape {
        let x = self.nested(|this| this.operand(keep_parens));
        self.primary_from(x)
    }

    /// Puts a name in the place of an operand that is no good, which has been reported.
    fn placeholder(&mut self, range: std::ops::Range<usize>) {
        self.out.bad.insert(range.start);
        let with = "_".repeat(range.len().max(1));
        self.edit(range, with);
    }

    fn operand(&mut self, keep_parens: bool) -> Shape {
        let (start, end) = (self.scanner.start, self.scanner.end);
        match self.tok() {
            Tok::Name => self.name(),
            Tok::Literal => {
                if self.scanner.bad {
                    self.placeholder(start..end);
                }
                self.next();
                Shape::value(Kind::Literal, start, end)
            }
            Tok::LParen => {
                self.next();
                self.nesting += 1;
                let mut x = self.expr();
                self.nesting -= 1;
                let end = self.scanner.end;
                self.want(Tok::RParen);
                if keep_parens || self.tok() == Tok::LBrace {
                    x.paren = true;
                    x.at = start;
                    x.split = Split::No;
                }
                (x.start, x.end) = (start, end);
                x
            }
            Tok::Func => {
                self.next();
                let end = self.func_type("function type");
                if self.tok() == Tok::LBrace {
                    self.nesting += 1;
                    self.func_body();
                    self.nesting -= 1;
                    return Shape::value(Kind::FuncLit, start, self.previous_end());
                }
                self.out.type_operands.push(start..end);
                Shape::type_literal(Kind::FuncType, start, end)
            }
            Tok::LBrack | Tok::Chan | Tok::Map | Tok::Struct | Tok::Interface => {
                let ty = self.type_();
                // A type literal that does not begin a composite literal; the grammar knows few places for it.
                if self.tok() != Tok::LBrace || matches!(ty.kind, Kind::ChanType | Kind::InterfaceType) {
                    self.out.type_operands.push(ty.start..ty.end);
                }
                ty
            }
            _ => {
                self.syntax_error("expected expression");
                self.advance(&[Tok::RParen, Tok::RBrack, Tok::RBrace]);
                Shape::new(Kind::Bad, start, start)
            }
        }
    }

    /// Goes on from operand `x` with selectors, indices, calls and literal values.
    pub(super) fn primary_from(&mut self, mut x: Shape) -> Shape {
        loop {
            let at = self.at();
            match self.tok() {
                Tok::Dot => {
                    self.next();
                    x = self.after_dot(x, at);
                }
                Tok::LBrack => {
                    self.next();
                    x = self.index_or_slice(x, at);
                }
                Tok::LParen => x = self.call(x, at),
                Tok::LBrace => {
                    let literal = match x.kind {
                        Kind::Name | Kind::Selector => self.nesting >= 0,
                        Kind::Index => self.nesting >= 0 && !x.is_value,
                        Kind::ArrayType | Kind::SliceType | Kind::StructType | Kind::MapType => true,
                        _ => false,
                    };
                    if !literal {
                        return x;
                    }
                    if x.paren {
                        self.syntax_error("cannot parenthesize type in composite literal");
                    }
                    let end = self.literal_value();
                    x = Shape { at, ..Shape::value(Kind::CompositeLit, x.start, end) };
                }
                _ => return x,
            }
        }
    }

    fn after_dot(&mut self, x: Shape, at: usize) -> Shape {
        match self.tok() {
            Tok::Name => {
                let end = self.scanner.end;
                self.next();
                let reads_as_type = x.is_name();
                Shape { at, reads_as_type, ..Shape::new(Kind::Selector, x.start, end) }
            }
            Tok::LParen => {
                self.next();
                let word = self.at();
                let kind = if self.got(Tok::Type) {
                    self.guards.push(word);
                    Kind::TypeSwitchGuard
                } else {
                    self.type_();
                    Kind::Assert
                };
                let end = self.scanner.end;
                self.want(Tok::RParen);
                Shape { at, ..Shape::value(kind, x.start, end) }
            }
            _ => {
                self.syntax_error("expected name or (");
                self.advance(&[Tok::Semi, Tok::RParen]);
                x
            }
        }
    }

    fn index_or_slice(&mut self, x: Shape, at: usize) -> Shape {
        if self.tok() != Tok::Colon {
            let (mut comma, mut index) = (false, Shape::default());
            if self.tok() == Tok::RBrack {
                self.syntax_error("expected operand");
            } else {
                (index, comma) = self.type_list(false);
            }
            if comma || self.tok() == Tok::RBrack {
                let end = self.scanner.end;
                self.want(Tok::RBrack);
                let generic = matches!(x.kind, Kind::Name | Kind::Selector) && x.reads_as_type && !x.paren;
                if comma && !generic {
                    self.out.values_for_types.push(x.start..x.end);
                }
                return Shape {
                    at,
                    is_value: x.is_value || index.is_value && !comma,
                    reads_as_type: generic && index.reads_as_type,
                    ..Shape::new(Kind::Index, x.start, end)
                };
            }
        }
        if !self.got(Tok::Colon) {
            self.syntax_error("expected comma, : or ]");
            self.advance(&[Tok::Comma, Tok::Colon, Tok::RBrack]);
        }
        self.nesting += 1;
        let mut middle = false;
        if !matches!(self.tok(), Tok::Colon | Tok::RBrack) {
            self.expr();
            middle = true;
        }
        if self.tok() == Tok::Colon {
            if !middle {
                self.error_at(self.at(), "middle index required in 3-index slice");
                self.placeholder(self.at()..self.at());
            }
            self.next();
            if self.tok() == Tok::RBrack {
                self.error_at(self.at(), "final index required in 3-index slice");
                self.placeholder(self.at()..self.at());
            } else {
                self.expr();
            }
        }
        self.nesting -= 1;
        let end = self.scanner.end;
        self.want(Tok::RBrack);
        Shape { at, ..Shape::value(Kind::Slice, x.start, end) }
    }

    fn call(&mut self, fun: Shape, at: usize) -> Shape {
        self.next();
        self.nesting += 1;
        let (mut first, mut count, mut dots) = (Shape::default(), 0, None);
        let close = self.list("argument list", Tok::Comma, Tok::RParen, |this| {
            let arg = this.expr();
            if count == 0 {
                first = arg;
            }
            count += 1;
            let at = this.at();
            dots = this.got(Tok::DotDotDot).then_some(at);
            dots.is_some()
        });
        self.nesting -= 1;
        // The grammar takes the first argument of new and make for a type; where it is none, the function goes under
        // another name. Nor does it know `...` there.
        let other_name = match &self.text[fun.start..fun.end] {
            b"new" => "n_w",
            b"make" => "m_ke",
            _ => "",
        };
        if fun.is_name() && count > 0 && !other_name.is_empty() {
            self.out.type_operands.retain(|range| range.start != first.start);
            if !first.reads_as_type {
                self.edit(fun.start..fun.end, other_name);
            } else if let Some(dots) = dots {
                self.edit(dots..dots + "...".len(), "   ");
                self.out.dropped_dots.insert(close, dots);
            }
        }
        let split = match fun.is_name() && count == 1 && dots.is_none() {
            true if first.is_type_elem => Split::Yes,
            true => Split::IfForced,
            false => Split::No,
        };
        Shape { at, split, ..Shape::value(Kind::Call, fun.start, close + 1) }
    }

    /// `{...}` of a composite literal; gives its end.
    fn literal_value(&mut self) -> usize {
        self.nesting += 1;
        self.want(Tok::LBrace);
        let close = self.list("composite literal", Tok::Comma, Tok::RBrace, |this| {
            this.literal_element();
            if this.got(Tok::Colon) {
                this.literal_element();
            }
            false
        });
        self.nesting -= 1;
        close + 1
    }

    fn literal_element(&mut self) {
        if self.tok() == Tok::LBrace {
            self.nested(Self::literal_value);
        } else {
            self.expr();
        }
    }

    /// Types separated by commas, perhaps with one at the end; unless `strict`, the first may be any expression. Gives
    /// the first, and whether there was a comma.
    pub(super) fn type_list(&mut self, strict: bool) -> (Shape, bool) {
        self.nesting += 1;
        let first = if strict { self.type_() } else { self.expr() };
        let mut comma = false;
        while self.got(Tok::Comma) {
            comma = true;
            if self.type_or_none().is_none() {
                break;
            }
        }
        self.nesting -= 1;
        (first, comma)
    }

    /// The shape of a channel type.
    pub(super) fn channel(&self, start: usize, dir: (bool, bool), elem: Option<Shape>) -> Shape {
        let end = elem.as_ref().map_or(start, |elem| elem.end);
        let elem_range = elem.as_ref().map_or((end, end), |elem| (elem.start, elem.end));
        let (send_only, recv_only) = dir;
        let chan = ChanShape { send_only, recv_only, elem: elem.and_then(|elem| elem.chan), elem_range };
        Shape { chan: Some(Box::new(chan)), ..Shape::type_literal(Kind::ChanType, start, end) }
    }
}
