//! Expressions.

use rgo_source::{Pos, Span};

use super::Converter;
use crate::ast::{BinaryOp, Element, Expr, ExprKind, FuncLit, LitKind, UnaryOp};
use crate::cst::{Field, Kind};

impl Converter<'_> {
    pub(super) fn make(&mut self, pos: Pos, span: Span, kind: ExprKind) -> Expr {
        Expr { id: self.fresh(), pos, span, kind }
    }

    pub(super) fn bad(&mut self) -> Expr {
        let span = self.span();
        self.make(span.start, span, ExprKind::Bad)
    }

    /// The expression or type at the cursor.
    pub(super) fn expr(&mut self) -> Expr {
        let kind = self.cursor.kind();
        match kind {
            Kind::Identifier
            | Kind::TypeIdentifier
            | Kind::FieldIdentifier
            | Kind::PackageIdentifier
            | Kind::Nil
            | Kind::True
            | Kind::False
            | Kind::Iota => self.ident_expr(),
            Kind::IntLiteral => self.literal(LitKind::Int),
            Kind::FloatLiteral => self.literal(LitKind::Float),
            Kind::ImaginaryLiteral => self.literal(LitKind::Imag),
            Kind::RuneLiteral => self.literal(LitKind::Char),
            Kind::RawStringLiteral | Kind::InterpretedStringLiteral => self.literal(LitKind::String),
            _ => self.nested(|this| this.compound_expr(kind)),
        }
    }

    fn compound_expr(&mut self, kind: Kind) -> Expr {
        if self.too_deep() {
            return self.bad();
        }
        match kind {
            Kind::ParenthesizedExpression | Kind::ParenthesizedType => self.paren(),
            Kind::UnaryExpression => self.unary(),
            Kind::BinaryExpression => self.binary(),
            Kind::SelectorExpression => self.selector(),
            Kind::IndexExpression => self.index(),
            Kind::TypeInstantiationExpression => self.instantiation(),
            Kind::SliceExpression => self.slice(),
            Kind::CallExpression => self.call(),
            Kind::TypeConversionExpression => self.conversion(),
            Kind::TypeAssertionExpression => self.type_assertion(),
            Kind::CompositeLiteral => self.composite_literal(),
            Kind::LiteralValue => self.literal_value(None),
            Kind::LiteralElement => self.only_child(Self::expr).unwrap_or_else(|| self.bad()),
            Kind::FuncLiteral => self.func_literal(),
            _ => self.type_node(kind),
        }
    }

    fn ident_expr(&mut self) -> Expr {
        // An operand that was parsed apart; an identifier of the same length stands in its place.
        let notes = self.notes;
        if !notes.pieces.is_empty()
            && let Some(piece) = notes.pieces.get(&self.offsets().0)
            && piece.end == self.offsets().1
            && let Some(operand) = self.in_piece(piece, Self::piece_operand)
        {
            return operand;
        }
        if !notes.checked.bad.is_empty() && notes.checked.bad.contains(&self.offsets().0) {
            return self.bad();
        }
        let span = self.span();
        let ident = self.ident();
        Expr { id: ident.id, pos: span.start, span, kind: ExprKind::Ident(ident) }
    }

    fn literal(&mut self, kind: LitKind) -> Expr {
        let span = self.span();
        let text = self.name();
        self.make(span.start, span, ExprKind::BasicLit { kind, text })
    }

    pub(super) fn expr_list(&mut self) -> Vec<Expr> {
        if self.cursor.kind() != Kind::ExpressionList {
            return vec![self.expr()];
        }
        let mut list = Vec::new();
        self.children(|this, kind| {
            if kind != Kind::Comma {
                list.push(this.expr());
            }
        });
        list
    }

    fn paren(&mut self) -> Expr {
        let span = self.span();
        let mut inner = None;
        self.children(|this, kind| {
            if !matches!(kind, Kind::LParen | Kind::RParen) {
                inner = Some(this.expr());
            }
        });
        let inner = inner.unwrap_or_else(|| self.bad());
        self.make(span.start, span, ExprKind::Paren(Box::new(inner)))
    }

    fn unary(&mut self) -> Expr {
        let span = self.span();
        let (mut op, mut x) = (None, None);
        self.each(|this, _, field| match field {
            Field::Operator => {
                op = match this.text() {
                    b"+" => Some(UnaryOp::Plus),
                    b"-" => Some(UnaryOp::Neg),
                    b"!" => Some(UnaryOp::Not),
                    b"^" => Some(UnaryOp::Xor),
                    b"&" => Some(UnaryOp::Addr),
                    b"<-" => Some(UnaryOp::Recv),
                    b"~" => Some(UnaryOp::Tilde),
                    _ => None,
                }
            }
            Field::Operand => x = Some(this.expr()),
            _ => {}
        });
        let mut x = Box::new(x.unwrap_or_else(|| self.bad()));
        let kind = match op {
            Some(op) => {
                while op == UnaryOp::Addr
                    && let ExprKind::Paren(inner) = x.kind
                {
                    x = inner;
                }
                ExprKind::Unary { op, x }
            }
            None => ExprKind::Star(x),
        };
        self.make(span.start, span, kind)
    }

    fn binary(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut op, mut y, mut pos) = (None, None, None, span.start);
        self.each(|this, _, field| match field {
            Field::Left => x = Some(this.expr()),
            Field::Operator => {
                pos = this.start();
                op = BinaryOp::from_text(this.text());
            }
            Field::Right => y = Some(this.expr()),
            _ => {}
        });
        match (x, op, y) {
            (Some(x), Some(op), Some(y)) => {
                self.make(pos, span, ExprKind::Binary { op, x: Box::new(x), y: Box::new(y) })
            }
            _ => self.bad(),
        }
    }

    fn selector(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut sel, mut pos) = (None, None, span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Dot, _) => pos = this.start(),
            (_, Field::Operand) => x = Some(this.expr()),
            (_, Field::FieldName) => sel = Some(this.ident()),
            _ => {}
        });
        match (x, sel) {
            (Some(x), Some(sel)) => self.make(pos, span, ExprKind::Selector { x: Box::new(x), sel }),
            _ => self.bad(),
        }
    }

    fn index(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut indices, mut pos) = (None, Vec::new(), span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LBrack, _) => pos = this.start(),
            (_, Field::Operand) => x = Some(this.expr()),
            (_, Field::Index) => indices.push(this.expr()),
            _ => {}
        });
        let x = Box::new(x.unwrap_or_else(|| self.bad()));
        self.make(pos, span, ExprKind::Index { x, indices })
    }

    fn instantiation(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut indices, mut pos) = (None, Vec::new(), span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LBrack, _) => pos = this.start(),
            (_, Field::Type) => x = Some(this.expr()),
            (Kind::Comma | Kind::RBrack, _) => {}
            _ => indices.push(this.ty()),
        });
        let x = x.unwrap_or_else(|| self.bad());
        self.with_type_args(x, indices, pos, span)
    }

    fn slice(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut lo, mut hi, mut max) = (None, None, None, None);
        let (mut colons, mut pos) = (0, span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LBrack, _) => pos = this.start(),
            (Kind::Colon, _) => colons += 1,
            (_, Field::Operand) => x = Some(this.expr()),
            (_, Field::Start) => lo = Some(Box::new(this.expr())),
            (_, Field::End) => hi = Some(Box::new(this.expr())),
            (_, Field::Capacity) => max = Some(Box::new(this.expr())),
            _ => {}
        });
        let x = Box::new(x.unwrap_or_else(|| self.bad()));
        self.make(pos, span, ExprKind::Slice { x, lo, hi, max, full: colons == 2 })
    }

    fn call(&mut self) -> Expr {
        let span = self.span();
        let mut fun: Option<Expr> = None;
        let (mut args, mut ellipsis) = (Vec::new(), None);
        let (mut pos, mut rparen) = (span.start, span.end);
        self.each(|this, _, field| match field {
            Field::Function => fun = Some(this.expr()),
            Field::TypeArguments => {
                let (bracket, end) = (this.start(), this.span().end);
                let indices = this.type_args();
                if let Some(x) = fun.take() {
                    let span = Span::new(x.span.start, end);
                    fun = Some(this.make(bracket, span, ExprKind::Index { x: Box::new(x), indices }));
                }
            }
            Field::Arguments => {
                (pos, rparen) = (this.start(), this.last());
                this.arguments(&mut args, &mut ellipsis);
                if let Some(&dots) = this.notes.checked.dropped_dots.get(&this.file.offset(rparen)) {
                    ellipsis = Some(this.file.pos(dots));
                }
            }
            _ => {}
        });
        let fun = Box::new(fun.unwrap_or_else(|| self.bad()));
        self.make(pos, span, ExprKind::Call { fun, args, ellipsis, rparen })
    }

    fn arguments(&mut self, args: &mut Vec<Expr>, ellipsis: &mut Option<Pos>) {
        self.children(|this, kind| match kind {
            Kind::LParen | Kind::RParen | Kind::Comma => {}
            Kind::VariadicArgument => this.children(|this, kind| match kind {
                Kind::Dots => *ellipsis = Some(this.start()),
                _ => args.push(this.expr()),
            }),
            _ => args.push(this.expr()),
        });
    }

    /// `T(x)` where `T` cannot be read as an expression. The grammar may bind `*(*T)(x)` as `(*(*T))(x)`; in Go the
    /// first star applies to the call.
    fn conversion(&mut self) -> Expr {
        let (span, rparen) = (self.span(), self.last());
        let (mut fun, mut args, mut pos) = (None, Vec::new(), span.start);
        let mut stars = Vec::new();
        self.each(|this, kind, field| match (kind, field) {
            (Kind::LParen, _) => pos = this.start(),
            (_, Field::Type) => fun = Some(this.converted_type(&mut stars)),
            (_, Field::Operand) => args.push(this.expr()),
            _ => {}
        });
        let fun = Box::new(fun.unwrap_or_else(|| self.bad()));
        let call_span = Span::new(fun.span.start, span.end);
        let mut expr = self.make(pos, call_span, ExprKind::Call { fun, args, ellipsis: None, rparen });
        for star in stars.into_iter().rev() {
            expr = self.make(star, Span::new(star, span.end), ExprKind::Star(Box::new(expr)));
        }
        expr
    }

    /// The type of a conversion without the stars before it, whose positions go to `stars`.
    fn converted_type(&mut self, stars: &mut Vec<Pos>) -> Expr {
        if self.cursor.kind() != Kind::PointerType {
            return self.expr();
        }
        stars.push(self.start());
        let mut ty = None;
        self.children(|this, kind| {
            if kind != Kind::Star {
                ty = Some(this.nested(|this| this.converted_type(stars)));
            }
        });
        ty.unwrap_or_else(|| self.bad())
    }

    fn type_assertion(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut ty, mut pos) = (None, None, span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Dot, _) => pos = this.start(),
            (_, Field::Operand) => x = Some(this.expr()),
            (_, Field::Type) if this.text() == b"type" => {}
            (_, Field::Type) => ty = Some(Box::new(this.ty())),
            _ => {}
        });
        let x = Box::new(x.unwrap_or_else(|| self.bad()));
        self.make(pos, span, ExprKind::TypeAssert { x, ty })
    }

    fn composite_literal(&mut self) -> Expr {
        let span = self.span();
        let (mut ty, mut body) = (None, None);
        self.each(|this, _, field| match field {
            Field::Type => ty = Some(Box::new(this.expr())),
            Field::Body => body = Some(this.literal_value(ty.take())),
            _ => {}
        });
        let mut lit = body.unwrap_or_else(|| self.bad());
        lit.span = span;
        lit
    }

    /// The braces of a composite literal.
    fn literal_value(&mut self, ty: Option<Box<Expr>>) -> Expr {
        let (span, rbrace) = (self.span(), self.last());
        let mut elems = Vec::new();
        self.children(|this, kind| match kind {
            Kind::LiteralElement => {
                let value = this.expr();
                elems.push(Element { key: None, colon: Pos::NONE, value });
            }
            Kind::KeyedElement => elems.push(this.keyed_element()),
            _ => {}
        });
        self.make(span.start, span, ExprKind::CompositeLit { ty, elems, rbrace })
    }

    fn keyed_element(&mut self) -> Element {
        let (mut key, mut value, mut colon) = (None, None, Pos::NONE);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Colon, _) => colon = this.start(),
            (_, Field::Key) => key = Some(this.expr()),
            (_, Field::Value) => value = Some(this.expr()),
            _ => {}
        });
        let value = value.unwrap_or_else(|| self.bad());
        Element { key, colon, value }
    }

    fn func_literal(&mut self) -> Expr {
        let span = self.span();
        let (mut sig, mut body) = (None, None);
        self.each(|this, _, field| match field {
            Field::Parameters | Field::Result => this.signature_part(&mut sig, field),
            Field::Body => body = Some(this.block()),
            _ => {}
        });
        match (sig, body) {
            (Some(sig), Some(body)) => {
                self.make(span.start, span, ExprKind::FuncLit(Box::new(FuncLit { sig, body })))
            }
            _ => self.bad(),
        }
    }
}
