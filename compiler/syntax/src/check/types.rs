//! Types, signatures and parameter lists.

use super::Checker;
use super::shape::{Kind, Shape};
use crate::ast::BinaryOp;
use crate::scan::{Op, Tok, next_token};

/// What of a parameter list was read before it was known to be one.
pub(super) enum First {
    None,
    /// A name.
    Name(Shape),
    /// A name and its constraint.
    Typed(Shape),
}

/// A parameter, as far as distributing names and types needs it.
#[derive(Clone, Copy)]
struct Param {
    name: Option<usize>,
    /// Where the type starts.
    ty: Option<usize>,
    /// `...T`
    dots: Option<usize>,
}

const PIPE: Op = Op::Binary(BinaryOp::Or);

impl Checker<'_> {
    /// A type; complains when there is none.
    pub(super) fn type_(&mut self) -> Shape {
        if let Some(ty) = self.type_or_none() {
            return ty;
        }
        let at = self.at();
        self.syntax_error("expected type");
        self.advance(&[Tok::Comma, Tok::Colon, Tok::Semi, Tok::RParen, Tok::RBrack, Tok::RBrace]);
        Shape::new(Kind::Bad, at, at)
    }

    /// A type if one starts here.
    pub(super) fn type_or_none(&mut self) -> Option<Shape> {
        match self.tok() {
            Tok::Name => Some(self.qualified_name(None)),
            Tok::Star
            | Tok::Arrow
            | Tok::Func
            | Tok::LBrack
            | Tok::Chan
            | Tok::Map
            | Tok::Struct
            | Tok::Interface
            | Tok::LParen => Some(self.nested(Self::type_literal)),
            _ => None,
        }
    }

    fn type_literal(&mut self) -> Shape {
        let start = self.at();
        match self.tok() {
            Tok::Star => {
                self.next();
                let elem = self.type_();
                let reads_as_type = true;
                let is_type_elem = elem.is_type_elem;
                Shape { reads_as_type, is_type_elem, ..Shape::new(Kind::Unary, start, elem.end) }
            }
            Tok::Arrow => {
                self.next();
                self.want(Tok::Chan);
                let elem = self.chan_elem();
                self.channel(start, (false, true), elem)
            }
            Tok::Func => {
                self.next();
                let end = self.func_type("function type");
                Shape::type_literal(Kind::FuncType, start, end)
            }
            Tok::LBrack => {
                self.next();
                match self.got(Tok::RBrack) {
                    true => self.slice_type(start),
                    false => self.array_type(start, None),
                }
            }
            Tok::Chan => {
                self.next();
                let send = self.got(Tok::Arrow);
                let elem = self.chan_elem();
                self.channel(start, (send, false), elem)
            }
            Tok::Map => {
                self.next();
                self.want(Tok::LBrack);
                self.type_();
                self.want(Tok::RBrack);
                let value = self.type_();
                Shape::type_literal(Kind::MapType, start, value.end)
            }
            Tok::Struct => self.struct_type(),
            Tok::Interface => self.interface_type(),
            _ => {
                self.next();
                let mut ty = self.type_();
                ty.start = start;
                ty.end = self.scanner.end;
                self.want(Tok::RParen);
                ty
            }
        }
    }

    fn chan_elem(&mut self) -> Option<Shape> {
        let elem = self.type_or_none();
        if elem.is_none() {
            self.syntax_error("missing channel element type");
        }
        elem
    }

    /// After `[`, whose offset is `start`; `len` is the length if it was read already.
    pub(super) fn array_type(&mut self, start: usize, len: Option<Shape>) -> Shape {
        let mut open = None;
        if len.is_none() {
            let dots = self.at();
            if self.got(Tok::DotDotDot) {
                open = Some(dots..dots + "...".len());
            } else {
                self.nesting += 1;
                self.expr();
                self.nesting -= 1;
            }
        }
        if self.tok() == Tok::Comma {
            self.syntax_error("unexpected comma; expected ]");
            self.next();
        }
        self.want(Tok::RBrack);
        let elem = self.type_();
        if let Some(dots) = open {
            // The grammar knows them only in a composite literal, where Go's own grammar has them; the checker complains
            // about the rest. Everywhere, a name takes the place of the dots.
            self.edit(dots, "___");
        }
        Shape::type_literal(Kind::ArrayType, start, elem.end)
    }

    /// After `[]`.
    pub(super) fn slice_type(&mut self, start: usize) -> Shape {
        let elem = self.type_();
        Shape::type_literal(Kind::SliceType, start, elem.end)
    }

    /// `T`, `p.T`, `T[A]` or `p.T[A]`; `name` is the first identifier if it was read already.
    pub(super) fn qualified_name(&mut self, name: Option<Shape>) -> Shape {
        let mut x = match name {
            Some(name) => name,
            None if self.tok() == Tok::Name => self.name(),
            None => {
                let at = self.at();
                self.syntax_error("expected name");
                self.advance(&[Tok::Dot, Tok::Semi, Tok::RBrace]);
                Shape::name(at, at)
            }
        };
        if self.tok() == Tok::Dot {
            let at = self.at();
            self.next();
            let sel = self.name();
            x = Shape { at, reads_as_type: true, ..Shape::new(Kind::Selector, x.start, sel.end) };
        }
        if self.tok() == Tok::LBrack {
            let at = self.at();
            self.next();
            if self.tok() == Tok::RBrack {
                self.syntax_error("expected type argument list");
            } else {
                self.type_list(true);
            }
            let end = self.scanner.end;
            self.want(Tok::RBrack);
            x = Shape { at, reads_as_type: true, ..Shape::new(Kind::Index, x.start, end) };
        }
        x
    }

    /// Type parameters, at `[`, and a signature; with a `context`, type parameters are an error. Gives the end.
    pub(super) fn func_type(&mut self, context: &str) -> usize {
        if self.tok() == Tok::LBrack {
            self.func_tparams(context);
        }
        self.signature()
    }

    /// `[P, Q C]`, at `[`; gives the end.
    pub(super) fn func_tparams(&mut self, context: &str) -> usize {
        let bracket = self.at();
        self.next();
        if !context.is_empty() {
            self.syntax_error_at(bracket, &format!("{context} must have no type parameters"));
        }
        if self.tok() == Tok::RBrack {
            self.syntax_error("empty type parameter list");
            self.next();
        } else {
            self.param_list(First::None, Tok::RBrack, true, false);
        }
        self.previous_end()
    }

    /// Parameters and results; gives the end.
    pub(super) fn signature(&mut self) -> usize {
        self.want(Tok::LParen);
        self.param_list(First::None, Tok::RParen, false, true);
        if self.got(Tok::LParen) {
            self.param_list(First::None, Tok::RParen, false, false);
        } else if let Some(result) = self.type_or_none() {
            return result.end;
        }
        self.previous_end()
    }

    fn struct_type(&mut self) -> Shape {
        let start = self.at();
        self.next();
        self.want(Tok::LBrace);
        let close = self.list("struct type", Tok::Semi, Tok::RBrace, |this| {
            this.field_decl();
            false
        });
        Shape::type_literal(Kind::StructType, start, close + 1)
    }

    fn tag(&mut self) {
        self.got(Tok::Literal);
    }

    fn field_decl(&mut self) {
        match self.tok() {
            Tok::Name => {
                let name = self.name();
                match self.tok() {
                    Tok::Dot | Tok::Literal | Tok::Semi | Tok::RBrace => {
                        self.qualified_name(Some(name));
                    }
                    Tok::LBrack => {
                        // An embedded T[A], or a field of array or slice type.
                        self.array_or_type_args();
                    }
                    _ => {
                        self.name_list();
                        self.type_();
                    }
                }
                self.tag();
            }
            Tok::Star => {
                self.next();
                if self.tok() == Tok::LParen {
                    self.syntax_error("cannot parenthesize embedded type");
                    self.next();
                    self.qualified_name(None);
                    self.got(Tok::RParen);
                } else {
                    self.qualified_name(None);
                }
                self.tag();
            }
            Tok::LParen => {
                self.syntax_error("cannot parenthesize embedded type");
                self.next();
                self.got(Tok::Star);
                self.qualified_name(None);
                self.got(Tok::RParen);
                self.tag();
            }
            _ => {
                self.syntax_error("expected field name or embedded type");
                self.advance(&[Tok::Semi, Tok::RBrace]);
            }
        }
    }

    /// After a name, at `[`: an array or slice type (`true`: the name is that of a field or parameter), or type arguments.
    fn array_or_type_args(&mut self) -> (bool, usize) {
        let start = self.at();
        self.want(Tok::LBrack);
        if self.got(Tok::RBrack) {
            return (true, self.slice_type(start).end);
        }
        if self.tok() == Tok::DotDotDot {
            // Not a length here; say what gc says of it in an expression's place.
            self.expr();
        }
        let (first, comma) = self.type_list(false);
        let end = self.scanner.end;
        self.want(Tok::RBrack);
        if !comma && let Some(elem) = self.type_or_none() {
            return (true, elem.end);
        }
        if !first.reads_as_type {
            self.out.values_for_types.push(first.start..first.end);
        }
        (false, end)
    }

    fn interface_type(&mut self) -> Shape {
        let start = self.at();
        self.next();
        self.want(Tok::LBrace);
        let close = self.list("interface type", Tok::Semi, Tok::RBrace, |this| {
            let method = if this.tok() == Tok::Name {
                this.method_or_embedded()
            } else {
                this.union_term();
                false
            };
            if !method {
                this.union_rest();
            }
            false
        });
        Shape::type_literal(Kind::InterfaceType, start, close + 1)
    }

    /// An interface element that starts with a name. `true` for a method; otherwise a union may go on.
    fn method_or_embedded(&mut self) -> bool {
        let name = self.name();
        match self.tok() {
            Tok::LParen => {
                self.signature();
                true
            }
            Tok::LBrack => {
                let bracket = self.at();
                self.next();
                if self.tok() == Tok::RBrack {
                    let at = self.at();
                    self.next();
                    if self.tok() == Tok::LParen {
                        self.error_at(at, "empty type parameter list");
                        self.signature();
                        return true;
                    }
                    self.error_at(at, "empty type argument list");
                    return false;
                }
                let (count, named) = self.param_list_named(First::None, Tok::RBrack, false, false);
                if count == 0 {
                    let method = self.tok() == Tok::LParen;
                    if method {
                        self.signature();
                    }
                    return method;
                }
                if named {
                    self.signature();
                    self.error_at(bracket, "interface method must have no type parameters");
                    return true;
                }
                false
            }
            _ => {
                self.qualified_name(Some(name));
                false
            }
        }
    }

    /// The rest of a union whose first term was read.
    fn union_rest(&mut self) {
        while self.at_op(PIPE) {
            self.next();
            self.union_term();
        }
    }

    fn union_term(&mut self) -> Shape {
        let start = self.at();
        if self.at_op(Op::Tilde) {
            self.next();
            let ty = self.type_();
            return Shape { is_type_elem: true, ..Shape::new(Kind::Unary, start, ty.end) };
        }
        if let Some(ty) = self.type_or_none() {
            return ty;
        }
        self.syntax_error("expected ~ term or type");
        self.advance(&[Tok::Operator, Tok::Semi, Tok::RParen, Tok::RBrack, Tok::RBrace]);
        Shape::new(Kind::Bad, start, start)
    }

    /// One parameter. Names without types are sorted out by the list.
    fn param(&mut self, name: Option<Shape>, close: Tok) -> Option<Param> {
        let unions = close == Tok::RBrack;
        let start = name.as_ref().map_or(self.at(), |name| name.start);
        let typed = |at| Some(Param { name: None, ty: Some(at), dots: None });
        if name.is_none() && unions && self.at_op(Op::Tilde) {
            self.union_term();
            self.union_rest();
            return typed(start);
        }
        let mut param = Param { name: None, ty: None, dots: None };
        if self.tok() == Tok::Name || name.is_some() {
            let name = match name {
                Some(name) => name,
                None => self.name(),
            };
            if self.tok() == Tok::LBrack {
                let bracket = self.at();
                let (array, _) = self.array_or_type_args();
                param = if array {
                    Param { name: Some(start), ty: Some(bracket), dots: None }
                } else {
                    Param { name: None, ty: Some(start), dots: None }
                };
                if unions {
                    self.union_rest();
                }
                return Some(param);
            }
            if self.tok() == Tok::Dot {
                self.qualified_name(Some(name));
                if unions {
                    self.union_rest();
                }
                return typed(start);
            }
            if unions && self.at_op(PIPE) {
                self.union_rest();
                return typed(start);
            }
            param.name = Some(start);
        }
        // gc's position of a function type is the parenthesis.
        let at = match self.tok() {
            Tok::Func => next_token(self.text, self.scanner.end),
            _ => self.at(),
        };
        if self.tok() == Tok::DotDotDot {
            self.next();
            param.ty = Some(at);
            if self.type_or_none().is_some() {
                param.dots = Some(at);
            } else {
                self.syntax_error("... is missing type");
            }
            return Some(param);
        }
        if unions && self.at_op(Op::Tilde) {
            self.union_term();
            self.union_rest();
            param.ty = Some(at);
            return Some(param);
        }
        if self.type_or_none().is_some() {
            param.ty = Some(at);
            if unions {
                self.union_rest();
            }
        }
        if param.name.is_some() || param.ty.is_some() {
            return Some(param);
        }
        self.syntax_error(&format!("expected {}", super::token_words(close)));
        self.advance(&[Tok::Comma, close]);
        None
    }

    /// Parameters up to `close`; gives how many there are.
    pub(super) fn param_list(&mut self, first: First, close: Tok, type_params: bool, dots_ok: bool) -> usize {
        self.param_list_named(first, close, type_params, dots_ok).0
    }

    /// Parameters up to `close`; gives how many there are and whether they have names. `type_params` says that all
    /// need names; `dots_ok`, that the last may be variadic.
    fn param_list_named(
        &mut self,
        first: First,
        close: Tok,
        type_params: bool,
        dots_ok: bool,
    ) -> (usize, bool) {
        let mut pending_name = None;
        let mut pending = None;
        match first {
            First::None => {}
            First::Name(name) => pending_name = Some(name),
            First::Typed(x) => {
                pending = Some(Param { name: Some(x.start), ty: Some(x.start + 1), dots: None });
                if self.got(close) {
                    return (1, true);
                }
            }
        }
        let mut list: Vec<Param> = Vec::new();
        let mut step = |this: &mut Self| {
            let param = match pending.take() {
                Some(param) => Some(param),
                None => this.param(pending_name.take(), close),
            };
            list.extend(param);
            false
        };
        let end = self.list("parameter list", Tok::Comma, close, &mut step);
        if list.is_empty() {
            return (0, false);
        }
        let named = list.iter().filter(|p| p.name.is_some() && p.ty.is_some()).count();
        let typed = list.iter().filter(|p| p.ty.is_some()).count();
        let mut has_names = true;
        if named == 0 && !type_params {
            has_names = false;
        } else if named != list.len() {
            self.missing_names(&list, named == typed, type_params, end);
        }
        self.check_dots(&list, dots_ok, has_names);
        (list.len(), has_names)
    }

    /// Some parameters have names and some have not: says which kind of thing is missing, if any.
    fn missing_names(&mut self, list: &[Param], all_typed_named: bool, type_params: bool, end: usize) {
        let mut error = None;
        let mut has_type = false;
        for param in list.iter().rev() {
            match (param.ty, param.name) {
                (Some(ty), name) => {
                    has_type = true;
                    if name.is_none() {
                        error = Some(ty);
                    }
                }
                (None, name) if !has_type => error = name,
                _ => {}
            }
        }
        let Some(at) = error else { return };
        let (at, message) = match (all_typed_named, type_params) {
            (true, true) => (end, "missing type constraint"),
            (true, false) => (end, "missing parameter type"),
            (false, true) if list.len() == 1 => (at, "missing type parameter name or invalid array length"),
            (false, true) => (at, "missing type parameter name"),
            (false, false) => (at, "missing parameter name"),
        };
        self.syntax_error_at(at, message);
    }

    fn check_dots(&mut self, list: &[Param], dots_ok: bool, has_names: bool) {
        let mut misplaced = None;
        let mut dots = None;
        for (i, param) in list.iter().enumerate().rev() {
            // Names share the type that follows.
            if param.ty.is_some() || !has_names {
                dots = param.dots;
            }
            if let Some(at) = dots.filter(|_| !dots_ok || i + 1 < list.len()) {
                misplaced = dots;
                self.out.bad.insert(at);
            }
        }
        if let Some(at) = misplaced {
            let message = match dots_ok {
                true => "can only use ... with final parameter",
                false => "invalid use of ...",
            };
            self.error_at(at, message);
        }
    }
}
