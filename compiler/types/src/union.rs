//! Interface types and the unions in them.

use rgo_syntax::ast::{BinaryOp, Expr, ExprKind, InterfaceElem, UnaryOp};

use crate::checker::Checker;
use crate::info::OperandMode;
use crate::object::{ObjId, ObjKind, VarKind};
use crate::ty::{Interface, Term, TypeId, TypeKind};
use crate::typeset::MAX_TERM_COUNT;

impl<'a> Checker<'_, 'a> {
    /// The interface type with these elements; `def` is the type name it is declared for.
    pub(crate) fn interface_type(&mut self, elems: &'a [InterfaceElem], def: Option<ObjId>) -> TypeId {
        if elems.is_empty() {
            return self.universe.empty_interface;
        }
        let pkg = Some(self.env.pkg);
        let ty = self.new_interface(Interface { pkg, ..Interface::default() });
        let TypeKind::Interface(id) = self.kind(ty) else {
            return ty;
        };
        let recv_type = match def.and_then(|def| self.obj(def).ty) {
            Some(named) if matches!(self.kind(named), TypeKind::Named(_)) => named,
            _ => ty,
        };
        let mut methods: Vec<ObjId> = Vec::new();
        for elem in elems {
            match elem {
                InterfaceElem::Embedded(elem) => {
                    let embedded = self.parse_union(elem);
                    self.program.interfaces[id.index()].embeddeds.push((embedded, elem.start_pos()));
                }
                InterfaceElem::Method { name, .. } if name.name.is_blank() => {
                    self.error(name.pos, "BlankIfaceMethod", "methods must have a unique non-blank name");
                }
                InterfaceElem::Method { name, sig } => {
                    let sig_type = self.func_type_expr(sig);
                    let recv = self.new_var(
                        VarKind::Recv,
                        name.pos,
                        pkg,
                        rgo_source::Name::new(""),
                        Some(recv_type),
                    );
                    if let TypeKind::Signature(sig) = self.kind(sig_type) {
                        self.program.signatures[sig.index()].recv = Some(recv);
                    }
                    let method = self.new_func(name.pos, pkg, name.name, Some(sig_type));
                    if let ObjKind::Func(func) = &mut self.obj_mut(method).kind {
                        func.is_interface_method = true;
                    }
                    self.record_def(name, method);
                    methods.push(method);
                }
            }
        }
        methods.sort_by(|&a, &b| self.method_order(a, b));
        let data = &mut self.program.interfaces[id.index()];
        data.methods = methods;
        data.complete = true;
        self.later(move |check| {
            check.type_set(id);
        });
        ty
    }

    /// An embedded element: a type, `~T`, or a union of such.
    pub(crate) fn parse_union(&mut self, e: &'a Expr) -> TypeId {
        let mut parts: Vec<(&'a Expr, Option<&'a Expr>)> = Vec::new();
        flatten_union(e, &mut parts);
        let mut terms: Vec<Term> = Vec::new();
        let single = parts.len() == 1;
        let mut result = TypeId::INVALID;
        for (i, &(part, whole)) in parts.iter().enumerate() {
            let term = self.parse_tilde(part);
            if single && !term.tilde {
                return term.ty;
            }
            if terms.len() >= MAX_TERM_COUNT {
                let message = format!(
                    "cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)"
                );
                self.error(part.start_pos(), "InvalidUnion", message);
                return TypeId::INVALID;
            }
            terms.push(term);
            result = self.new_union(terms.clone().into());
            if let (true, Some(whole)) = (i > 0, whole) {
                self.record_type_and_value(whole, OperandMode::TypeExpr, result, None);
            }
        }
        let exprs: Vec<&'a Expr> = parts.into_iter().map(|(part, _)| part).collect();
        self.later(move |check| check.valid_terms(&terms, &exprs));
        result
    }

    fn parse_tilde(&mut self, e: &'a Expr) -> Term {
        let (inner, tilde) = match &e.kind {
            ExprKind::Unary { op: UnaryOp::Tilde, x } => (&**x, true),
            _ => (e, false),
        };
        let mut ty = self.typ(inner);
        if self.is_type_param(ty) {
            let message = match tilde {
                true => {
                    let text = crate::expr_string::expr_string(e);
                    format!("type in term {text} cannot be a type parameter")
                }
                false => "term cannot be a type parameter".to_owned(),
            };
            self.error(inner.start_pos(), "MisplacedTypeParam", message);
            ty = TypeId::INVALID;
        }
        let term = Term { tilde, ty };
        if tilde {
            let union = self.new_union([term].into());
            self.record_type_and_value(e, OperandMode::TypeExpr, union, None);
        }
        term
    }

    fn valid_terms(&mut self, terms: &[Term], exprs: &[&'a Expr]) {
        for (i, &term) in terms.iter().enumerate() {
            if !self.is_valid(term.ty) {
                continue;
            }
            let pos = exprs[i].start_pos();
            let under = self.under(term.ty);
            let interface = match self.kind(under) {
                TypeKind::Interface(id) => Some(id),
                _ => None,
            };
            if term.tilde {
                let ty = self.type_string(term.ty);
                if interface.is_some() {
                    let message = format!("invalid use of ~ ({ty} is an interface)");
                    self.error(pos, "InvalidUnion", message);
                    continue;
                }
                if !self.identical(under, term.ty) {
                    let under = self.type_string(under);
                    let message = format!("invalid use of ~ (underlying type of {ty} is {under})");
                    self.error(pos, "InvalidUnion", message);
                    continue;
                }
            }
            if let Some(id) = interface {
                let set = self.type_set(id);
                let text = self.term_string(term);
                let message = if !set.methods.is_empty() {
                    format!("cannot use {text} in union ({text} contains methods)")
                } else if term.ty == self.universe.comparable_type {
                    "cannot use comparable in union".to_owned()
                } else if set.comparable {
                    format!("cannot use {text} in union ({text} embeds comparable)")
                } else {
                    continue;
                };
                self.error(pos, "InvalidUnion", message);
                continue;
            }
            let overlapping = terms[..i]
                .iter()
                .find(|&&other| !self.is_interface(other.ty) && !self.terms_disjoint(other, term));
            if let Some(&other) = overlapping {
                let (x, y) = (self.term_string(term), self.term_string(other));
                self.error(pos, "InvalidUnion", format!("overlapping terms {x} and {y}"));
            }
        }
    }
}

/// The terms of `a | b | c` in order, each with the union expression that it completes.
fn flatten_union<'a>(e: &'a Expr, parts: &mut Vec<(&'a Expr, Option<&'a Expr>)>) {
    match &e.kind {
        ExprKind::Binary { op: BinaryOp::Or, x, y } => {
            flatten_union(x, parts);
            parts.push((y, Some(e)));
        }
        _ => parts.push((e, None)),
    }
}
