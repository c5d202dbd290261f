//! Types, signatures and field lists.

use rgo_source::{Pos, Span};

use super::Converter;
use crate::ast::{
    ArrayLen, BinaryOp, ChanDir, Expr, ExprKind, Field as AstField, FuncType, InterfaceElem, UnaryOp,
};
use crate::cst::{Field, Kind};
use crate::scan::next_token;

impl Converter<'_> {
    /// A type where only a type can stand: parentheses are dropped.
    pub(super) fn ty(&mut self) -> Expr {
        if self.cursor.kind() == Kind::ParenthesizedType {
            let mut inner = None;
            self.children(|this, kind| {
                if !matches!(kind, Kind::LParen | Kind::RParen) {
                    inner = Some(this.nested(Self::ty));
                }
            });
            return inner.unwrap_or_else(|| self.bad());
        }
        let start = self.start();
        let mut ty = self.expr();
        if matches!(ty.kind, ExprKind::ChanType { .. }) {
            ty.pos = start;
        }
        ty
    }

    /// A type node, called by `expr`.
    pub(super) fn type_node(&mut self, kind: Kind) -> Expr {
        match kind {
            Kind::GenericType => self.generic_type(),
            Kind::QualifiedType => self.qualified_type(),
            Kind::PointerType => self.pointer_type(),
            Kind::NegatedType => self.negated_type(),
            Kind::ArrayType | Kind::ImplicitLengthArrayType | Kind::SliceType => self.array_type(kind),
            Kind::StructType => self.struct_type(),
            Kind::InterfaceType => self.interface_type(),
            Kind::MapType => self.map_type(),
            Kind::ChannelType => self.channel_type(),
            Kind::FunctionType => self.function_type(),
            Kind::TypeElem | Kind::TypeConstraint => self.type_elem(),
            _ => {
                self.unknown("expression");
                self.bad()
            }
        }
    }

    fn boxed(&mut self, expr: Option<Expr>) -> Box<Expr> {
        Box::new(expr.unwrap_or_else(|| self.bad()))
    }

    /// `T[A, B]`; the grammar binds `~T[A]` as `(~T)[A]`, Go as `~(T[A])`.
    fn generic_type(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut pos, mut indices) = (None, span.start, Vec::new());
        self.each(|this, _, field| match field {
            Field::Type => x = Some(this.ty()),
            Field::TypeArguments => {
                pos = this.start();
                indices = this.type_args();
            }
            _ => {}
        });
        let x = x.unwrap_or_else(|| self.bad());
        self.with_type_args(x, indices, pos, span)
    }

    /// `x[indices]`, whose brackets are at `pos`. The grammar binds `*T[A]` and `~T[A]` as `(*T)[A]` and `(~T)[A]`, Go the other way.
    pub(super) fn with_type_args(&mut self, x: Expr, indices: Vec<Expr>, pos: Pos, span: Span) -> Expr {
        let (id, operator) = (x.id, x.pos);
        let kind = match x.kind {
            ExprKind::Star(inner) => {
                let inner_span = Span { start: inner.span.start, end: span.end };
                ExprKind::Star(Box::new(self.with_type_args(*inner, indices, pos, inner_span)))
            }
            ExprKind::Unary { op: UnaryOp::Tilde, x: inner } => {
                let inner_span = Span { start: inner.span.start, end: span.end };
                let x = Box::new(self.with_type_args(*inner, indices, pos, inner_span));
                ExprKind::Unary { op: UnaryOp::Tilde, x }
            }
            _ => return self.make(pos, span, ExprKind::Index { x: Box::new(x), indices }),
        };
        Expr { id, pos: operator, span, kind }
    }

    /// The content of `[A, B]`.
    pub(super) fn type_args(&mut self) -> Vec<Expr> {
        let mut args = Vec::new();
        self.children(|this, kind| {
            if !matches!(kind, Kind::LBrack | Kind::RBrack | Kind::Comma) {
                args.push(this.ty());
            }
        });
        args
    }

    fn qualified_type(&mut self) -> Expr {
        let span = self.span();
        let (mut x, mut sel, mut pos) = (None, None, span.start);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Dot, _) => pos = this.start(),
            (_, Field::Package) => x = Some(this.expr()),
            (_, Field::Name) => sel = Some(this.ident()),
            _ => {}
        });
        let x = self.boxed(x);
        match sel {
            Some(sel) => self.make(pos, span, ExprKind::Selector { x, sel }),
            None => self.bad(),
        }
    }

    fn pointer_type(&mut self) -> Expr {
        let span = self.span();
        let mut x = None;
        self.children(|this, kind| {
            if kind != Kind::Star {
                x = Some(this.ty());
            }
        });
        let x = self.boxed(x);
        self.make(span.start, span, ExprKind::Star(x))
    }

    fn negated_type(&mut self) -> Expr {
        let span = self.span();
        let mut x = None;
        self.children(|this, kind| {
            if kind != Kind::Other {
                x = Some(this.ty());
            }
        });
        let x = self.boxed(x);
        self.make(span.start, span, ExprKind::Unary { op: UnaryOp::Tilde, x })
    }

    fn array_type(&mut self, kind: Kind) -> Expr {
        let span = self.span();
        let (mut len, mut elem) = (ArrayLen::Slice, None);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Dots, _) => len = ArrayLen::Ellipsis(this.start()),
            (_, Field::Length) if this.text() == b"..." => len = ArrayLen::Ellipsis(this.start()),
            (_, Field::Length) => len = ArrayLen::Len(Box::new(this.expr())),
            (_, Field::Element) => elem = Some(this.ty()),
            _ => {}
        });
        debug_assert!(kind != Kind::SliceType || matches!(len, ArrayLen::Slice));
        let elem = self.boxed(elem);
        self.make(span.start, span, ExprKind::ArrayType { len, elem })
    }

    fn map_type(&mut self) -> Expr {
        let span = self.span();
        let (mut key, mut value) = (None, None);
        self.each(|this, _, field| match field {
            Field::Key => key = Some(this.ty()),
            Field::Value => value = Some(this.ty()),
            _ => {}
        });
        let (key, value) = (self.boxed(key), self.boxed(value));
        self.make(span.start, span, ExprKind::MapType { key, value })
    }

    /// Channel types; `<-` belongs to the leftmost `chan` possible. gc places `<-chan T` at `chan` where an expression
    /// could stand.
    fn channel_type(&mut self) -> Expr {
        let span = self.span();
        let mut pos = span.start;
        let (mut dir, mut seen_chan, mut elem) = (ChanDir::Both, false, None);
        let mut bare_elem = false;
        self.children(|this, kind| match kind {
            Kind::Chan => {
                seen_chan = true;
                pos = this.start();
            }
            Kind::Arrow => dir = if seen_chan { ChanDir::Send } else { ChanDir::Recv },
            _ => {
                bare_elem = kind == Kind::ChannelType;
                elem = Some(this.ty());
            }
        });
        let mut elem = elem.unwrap_or_else(|| self.bad());
        if dir == ChanDir::Both && bare_elem && self.take_arrow(&mut elem) {
            dir = ChanDir::Send;
        }
        self.make(pos, span, ExprKind::ChanType { dir, elem: Box::new(elem) })
    }

    /// Takes the arrow off `<-chan T` for the `chan` before it, and gives `chan T` the arrow of its element in turn.
    fn take_arrow(&self, ty: &mut Expr) -> bool {
        let text = &self.file.text;
        let mut current = ty;
        let mut taken = false;
        loop {
            let Expr { kind, pos, span, .. } = current;
            let ExprKind::ChanType { dir: dir @ ChanDir::Recv, elem } = kind else {
                return taken;
            };
            taken = true;
            let chan = next_token(text, self.file.offset(span.start) + "<-".len());
            *pos = self.file.pos(chan);
            span.start = *pos;
            let bare = next_token(text, chan + "chan".len()) == self.file.offset(elem.span.start);
            let gives = bare && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
            *dir = if gives { ChanDir::Send } else { ChanDir::Both };
            if !gives {
                return taken;
            }
            current = elem;
        }
    }

    /// `A | ~B`, or just `A`.
    fn type_elem(&mut self) -> Expr {
        let (mut union, mut pipe): (Option<Expr>, Pos) = (None, Pos::NONE);
        self.children(|this, kind| {
            if kind == Kind::Pipe {
                pipe = this.start();
                return;
            }
            let term = this.ty();
            union = Some(match union.take() {
                None => term,
                Some(left) => {
                    let span = rgo_source::Span::new(left.span.start, term.span.end);
                    let kind = ExprKind::Binary { op: BinaryOp::Or, x: Box::new(left), y: Box::new(term) };
                    this.make(pipe, span, kind)
                }
            });
        });
        union.unwrap_or_else(|| self.bad())
    }

    fn struct_type(&mut self) -> Expr {
        let (span, rbrace) = (self.span(), self.last());
        let mut fields = Vec::new();
        self.children(|this, kind| {
            if kind == Kind::FieldDeclarationList {
                this.children(|this, kind| {
                    if kind == Kind::FieldDeclaration {
                        fields.push(this.field_declaration());
                    }
                });
            }
        });
        self.make(span.start, span, ExprKind::StructType { fields, rbrace })
    }

    fn field_declaration(&mut self) -> AstField {
        let span = self.span();
        let (mut names, mut star, mut ty, mut tag) = (Vec::new(), None, None, None);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Star, _) => star = Some(this.start()),
            (Kind::FieldIdentifier, Field::Name) => names.push(this.ident()),
            (_, Field::Type) => ty = Some(this.ty()),
            (_, Field::Tag) => tag = Some(this.expr()),
            _ => {}
        });
        let mut ty = ty.unwrap_or_else(|| self.bad());
        if let Some(star) = star {
            let span = rgo_source::Span::new(star, ty.span.end);
            ty = self.make(star, span, ExprKind::Star(Box::new(ty)));
        }
        AstField { pos: span.start, names, ty, tag }
    }

    fn interface_type(&mut self) -> Expr {
        let (span, rbrace) = (self.span(), self.last());
        let mut elems = Vec::new();
        self.children(|this, kind| match kind {
            Kind::MethodElem => elems.extend(this.method_elem()),
            Kind::TypeElem => elems.push(InterfaceElem::Embedded(this.type_elem())),
            _ => {}
        });
        self.make(span.start, span, ExprKind::InterfaceType { elems, rbrace })
    }

    fn method_elem(&mut self) -> Option<InterfaceElem> {
        let (mut name, mut sig) = (None, None);
        self.each(|this, _, field| match field {
            Field::Name => name = Some(this.ident()),
            Field::Parameters | Field::Result => this.signature_part(&mut sig, field),
            _ => {}
        });
        Some(InterfaceElem::Method { name: name?, sig: sig? })
    }

    fn function_type(&mut self) -> Expr {
        let span = self.span();
        let mut sig = None;
        self.each(|this, _, field| this.signature_part(&mut sig, field));
        match sig {
            Some(sig) => self.make(sig.pos, span, ExprKind::FuncType(Box::new(sig))),
            None => self.bad(),
        }
    }

    /// Takes the parameter list or the result of a signature; the parameters come first.
    pub(super) fn signature_part(&mut self, sig: &mut Option<FuncType>, field: Field) {
        let span = self.span();
        match (field, sig) {
            (Field::Parameters, sig) => {
                let params = self.params();
                *sig = Some(FuncType { pos: span.start, span, params, results: Vec::new() });
            }
            (Field::Result, Some(sig)) => {
                sig.span.end = span.end;
                sig.results = if self.cursor.kind() == Kind::ParameterList {
                    self.params()
                } else {
                    vec![AstField { pos: span.start, names: Vec::new(), ty: self.ty(), tag: None }]
                };
            }
            _ => {}
        }
    }

    /// A parenthesised list of parameters or results.
    pub(super) fn params(&mut self) -> Vec<AstField> {
        let mut params = Vec::new();
        self.children(|this, kind| {
            if matches!(kind, Kind::ParameterDeclaration | Kind::VariadicParameterDeclaration) {
                params.push(this.param());
            }
        });
        if params.iter().any(|param| !param.names.is_empty()) {
            params = share_types(params);
        }
        params
    }

    /// `[P, Q C]`
    pub(super) fn type_params(&mut self) -> Vec<AstField> {
        let mut params = Vec::new();
        self.children(|this, kind| {
            if kind == Kind::TypeParameterDeclaration {
                params.push(this.param());
            }
        });
        params
    }

    fn param(&mut self) -> AstField {
        let span = self.span();
        let (mut names, mut dots, mut ty) = (Vec::new(), None, None);
        self.each(|this, kind, field| match (kind, field) {
            (Kind::Dots, _) => dots = Some(this.start()),
            (Kind::Identifier, Field::Name) => names.push(this.ident()),
            (_, Field::Type) => ty = Some(this.ty()),
            _ => {}
        });
        let mut ty = ty.unwrap_or_else(|| self.bad());
        // Where they may not stand, which has been reported, the dots count for nothing.
        let bad = &self.notes.checked.bad;
        if let Some(dots) = dots.filter(|&dots| bad.is_empty() || !bad.contains(&self.file.offset(dots))) {
            let span = rgo_source::Span::new(dots, ty.span.end);
            ty = self.make(dots, span, ExprKind::Ellipsis(Box::new(ty)));
        }
        AstField { pos: span.start, names, ty, tag: None }
    }
}

/// In a list where some parameters have names all have: what was taken for a type before them is a name, too. (The
/// grammar is ambiguous here, and for long lists the wrong reading can win.)
fn share_types(params: Vec<AstField>) -> Vec<AstField> {
    let mut shared: Vec<AstField> = Vec::with_capacity(params.len());
    for mut param in params.into_iter().rev() {
        match (&param.ty.kind, shared.last_mut()) {
            (ExprKind::Ident(ident), Some(next)) if param.names.is_empty() => {
                next.names.push(*ident);
                next.pos = param.pos;
            }
            _ => {
                // Backwards for now, as the list.
                param.names.reverse();
                shared.push(param);
            }
        }
    }
    for param in &mut shared {
        param.names.reverse();
    }
    shared.reverse();
    shared
}
