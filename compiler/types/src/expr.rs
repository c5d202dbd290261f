//! Expressions.
//!
//! Checking goes top down: `f(x, e)` checks `e` and leaves in the operand `x` what it evaluates to, invalid if an error
//! has been reported. Everything passes through [`Checker::raw_expr`], which records the result; untyped expressions
//! are only remembered, see `untyped`. A *hint* is the element type of an enclosing composite literal; a
//! [`FuncTarget`] is the function type a generic function is assigned to.

use rgo_source::Pos;
use rgo_syntax::ast::{Expr, ExprKind};

use crate::checker::Checker;
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

/// How an expression can stand as a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExprUse {
    Conversion,
    Expression,
    Statement,
}

/// The type and description of the function variable to which an expression is assigned.
#[derive(Clone, Debug)]
pub(crate) struct FuncTarget {
    /// A signature.
    pub sig: TypeId,
    pub desc: String,
}

/// Modes that [`Checker::exclude`] refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exclude {
    /// Only values are wanted.
    NonValues,
    /// Values and types are wanted.
    NoValue,
    /// Values and types, but no built-ins.
    NoValueOrBuiltin,
}

/// `1st`, `2nd`, ... followed by `what`.
fn nth(n: usize, what: &str) -> String {
    let suffix = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{suffix} {what}")
}

impl<'a> Checker<'_, 'a> {
    /// A target for assignments to `ty`, if that is a function type.
    pub fn func_target(&mut self, ty: Option<TypeId>, desc: impl FnOnce() -> String) -> Option<FuncTarget> {
        let sig = self.core_type(ty?)?;
        matches!(self.kind(sig), TypeKind::Signature(_)).then(|| FuncTarget { sig, desc: desc() })
    }

    /// Checks `e`, whatever it is, and records the result. With `allow_generic` the result may be a generic type or
    /// function.
    pub fn raw_expr(
        &mut self,
        target: Option<&FuncTarget>,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
        allow_generic: bool,
    ) -> ExprUse {
        stacker::maybe_grow(256 << 10, 2 << 20, || {
            let kind = self.expr_internal(target, x, e, hint);
            if !allow_generic {
                self.non_generic(target, x);
            }
            self.record(x);
            kind
        })
    }

    /// Refuses a generic type or function, unless `target` tells the type arguments.
    pub fn non_generic(&mut self, target: Option<&FuncTarget>, x: &mut Operand<'a>) {
        if !x.is_valid() || x.mode == OperandMode::NoValue {
            return;
        }
        let what = match self.kind(x.ty) {
            TypeKind::Alias(_) | TypeKind::Named(_) if self.is_generic(x.ty) => "type",
            TypeKind::Signature(id) if !self.signature(id).tparams.is_empty() => {
                if target.is_some() {
                    let pos = x.expr.map_or(Pos::NONE, |e| e.pos);
                    self.func_inst(target, pos, x, None);
                    return;
                }
                "function"
            }
            _ => return,
        };
        let message = format!("cannot use generic {what} {} without instantiation", x.text());
        self.error(x.pos(), "WrongTypeArgCount", message);
        x.invalidate();
        x.ty = TypeId::INVALID;
    }

    fn expr_internal(
        &mut self,
        target: Option<&FuncTarget>,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
    ) -> ExprUse {
        *x = Operand::new();
        let mut result = ExprUse::Expression;
        match &e.kind {
            ExprKind::Bad => {}
            ExprKind::Ident(_) => self.ident(x, e, false),
            ExprKind::Ellipsis(_) => self.error(e.start_pos(), "InvalidSyntaxTree", "invalid use of ..."),
            ExprKind::BasicLit { .. } => self.basic_lit(x, e),
            ExprKind::FuncLit(lit) => self.func_lit(x, e, lit),
            ExprKind::CompositeLit { .. } => self.composite_lit(x, e, hint),
            ExprKind::Paren(inner) => {
                // Type inference does not go through parentheses.
                let kind = self.raw_expr(None, x, inner, None, false);
                x.expr = Some(e);
                return kind;
            }
            ExprKind::Selector { .. } => self.selector(x, e, false),
            ExprKind::Index { .. } => {
                if self.index_expr(x, e) {
                    self.func_inst(target, e.pos, x, Some(e));
                }
            }
            ExprKind::Slice { .. } => self.slice_expr(x, e),
            ExprKind::TypeAssert { x: operand, ty } => self.assert_expr(x, e, operand, ty.as_deref()),
            ExprKind::Call { .. } => return self.call_expr(x, e),
            ExprKind::Star(inner) => self.star(x, inner),
            ExprKind::Unary { op, x: inner } => {
                self.unary(x, e, *op, inner);
                if *op == rgo_syntax::ast::UnaryOp::Recv {
                    result = ExprUse::Statement;
                }
            }
            ExprKind::Binary { op, x: lhs, y: rhs } => self.binary(x, Some(e), lhs, rhs, *op),
            ExprKind::ArrayType { .. }
            | ExprKind::StructType { .. }
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType { .. }
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                x.ty = self.typ(e);
                x.mode = OperandMode::TypeExpr;
            }
        }
        x.expr = Some(e);
        x.dummy = None;
        if !x.is_valid() {
            // Nothing more is to be said about the expression.
            return ExprUse::Statement;
        }
        result
    }

    fn assert_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr, operand: &'a Expr, ty: Option<&'a Expr>) {
        self.expr(None, x, operand);
        if !x.is_valid() {
            return;
        }
        let Some(ty_expr) = ty else {
            self.error(e.start_pos(), "InvalidSyntaxTree", "use of .(type) outside type switch");
            x.invalidate();
            return;
        };
        if self.is_type_param(x.ty) {
            let text = self.operand_string(x);
            let message =
                format!("invalid operation: cannot use type assertion on type parameter value {text}");
            self.error(x.pos(), "InvalidAssert", message);
            x.invalidate();
            return;
        }
        if !self.is_interface(x.ty) {
            let text = self.operand_string(x);
            self.error(x.pos(), "InvalidAssert", format!("invalid operation: {text} is not an interface"));
            x.invalidate();
            return;
        }
        let ty = self.var_type(ty_expr);
        if !self.is_valid(ty) || !self.is_complete(ty) {
            x.invalidate();
            return;
        }
        self.type_assertion(e, x, ty, false);
        x.mode = OperandMode::CommaOk;
        x.ty = ty;
    }

    fn star(&mut self, x: &mut Operand<'a>, inner: &'a Expr) {
        self.expr_or_type(x, inner, false);
        match x.mode {
            OperandMode::Invalid => {}
            OperandMode::TypeExpr => {
                self.valid_var_type(inner, x.ty);
                x.ty = self.new_pointer(x.ty);
            }
            _ => {
                let mut base = None;
                let Some(types) = self.typeset(x.ty) else {
                    self.bad_indirection(x, "cannot indirect ");
                    return;
                };
                for (_, under) in types {
                    let TypeKind::Pointer(elem) = self.kind(under) else {
                        self.bad_indirection(x, "cannot indirect ");
                        return;
                    };
                    if base.is_some_and(|base| !self.identical(base, elem)) {
                        let text = self.operand_string(x);
                        let message =
                            format!("invalid operation: pointers of {text} must have identical base types");
                        self.error(x.pos(), "InvalidIndirection", message);
                        x.invalidate();
                        return;
                    }
                    base = Some(elem);
                }
                let base = base.unwrap_or(TypeId::INVALID);
                if !self.is_complete(base) {
                    x.invalidate();
                    return;
                }
                x.mode = OperandMode::Variable;
                x.ty = base;
            }
        }
    }

    fn bad_indirection(&mut self, x: &mut Operand<'a>, what: &str) {
        let text = self.operand_string(x);
        self.error(x.pos(), "InvalidIndirection", format!("invalid operation: {what}{text}"));
        x.invalidate();
    }

    /// Checks that the dynamic type of the interface `x` can be `ty`.
    pub fn type_assertion(&mut self, e: &'a Expr, x: &Operand<'a>, ty: TypeId, in_switch: bool) {
        let mut cause = String::new();
        if self.assertable_to(x.ty, ty, Some(&mut cause)) {
            return;
        }
        let text = crate::expr_string::expr_string(e);
        let ty_text = self.ty_str(ty);
        let message = if in_switch {
            let operand = self.operand_string(x);
            format!(
                "impossible type switch case: {text}\n\t{operand} cannot have dynamic type {ty_text} {cause}"
            )
        } else {
            let iface = self.ty_str(x.ty);
            format!("impossible type assertion: {text}\n\t{ty_text} does not implement {iface} {cause}")
        };
        self.error(e.start_pos(), "ImpossibleAssert", message);
    }

    /// Checks `e`, which must be a single value.
    pub fn expr(&mut self, target: Option<&FuncTarget>, x: &mut Operand<'a>, e: &'a Expr) {
        self.raw_expr(target, x, e, None, false);
        self.exclude(x, Exclude::NonValues);
        self.single_value(x);
    }

    /// Like [`Checker::expr`], but the value may be generic.
    pub fn generic_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr, hint: Option<TypeId>) {
        self.raw_expr(None, x, e, hint, true);
        self.exclude(x, Exclude::NonValues);
        self.single_value(x);
    }

    /// Checks `e`, which may be a call with several results or, with `comma_ok`, an expression that yields a second
    /// value. The flag of the result tells the latter.
    pub fn multi_expr(&mut self, e: &'a Expr, comma_ok: bool) -> (Vec<Operand<'a>>, bool) {
        let mut x = Operand::new();
        self.raw_expr(None, &mut x, e, None, false);
        self.exclude(&mut x, Exclude::NonValues);
        if x.is_valid()
            && let TypeKind::Tuple(tuple) = self.kind(x.ty)
        {
            let vars = self.tuple(tuple);
            let mut list = Vec::with_capacity(vars.len());
            for (i, &var) in vars.iter().enumerate() {
                let ty = self.obj_type(var);
                list.push(Operand::described(e.start_pos(), nth(i + 1, "function result"), ty));
            }
            return (list, false);
        }
        if comma_ok && matches!(x.mode, OperandMode::MapIndex | OperandMode::CommaOk) {
            let ok =
                Operand::described(e.start_pos(), "ok value of (comma, ok) expression", TypeId::UNTYPED_BOOL);
            return (vec![x, ok], true);
        }
        (vec![x], false)
    }

    /// Checks `e`, which must be a single value or a type.
    pub fn expr_or_type(&mut self, x: &mut Operand<'a>, e: &'a Expr, allow_generic: bool) {
        self.raw_expr(None, x, e, None, allow_generic);
        self.exclude(x, Exclude::NoValue);
        self.single_value(x);
    }

    /// Refuses operands that are no values (or types).
    pub fn exclude(&mut self, x: &mut Operand<'a>, what: Exclude) {
        let (code, message) = match x.mode {
            OperandMode::NoValue if what == Exclude::NonValues => ("TooManyValues", "used as value"),
            OperandMode::NoValue => ("TooManyValues", "used as value or type"),
            OperandMode::Builtin if what != Exclude::NoValue => ("UncalledBuiltin", "must be called"),
            OperandMode::TypeExpr if what == Exclude::NonValues => ("NotAnExpr", "is not an expression"),
            _ => return,
        };
        let text = self.operand_string(x);
        self.error(x.pos(), code, format!("{text} {message}"));
        x.invalidate();
    }

    /// Refuses the results of a call with several.
    pub fn single_value(&mut self, x: &mut Operand<'a>) {
        if x.mode == OperandMode::Value && matches!(self.kind(x.ty), TypeKind::Tuple(_)) {
            let text = self.operand_string(x);
            self.error(x.pos(), "TooManyValues", format!("multiple-value {text} in single-value context"));
            x.invalidate();
        }
    }

    /// Checks expressions that are not used because of another error, so that their variables count as used. Whether
    /// they are right.
    pub fn use_exprs(&mut self, list: &'a [Expr]) -> bool {
        list.iter().filter(|&e| !self.use_expr(e, false)).count() == 0
    }

    /// Like [`Checker::use_exprs`] for the left side of an assignment: variables there do not count as used.
    pub fn use_lhs(&mut self, list: &'a [Expr]) -> bool {
        list.iter().filter(|&e| !self.use_expr(e, true)).count() == 0
    }

    /// One expression of [`Checker::use_exprs`] or [`Checker::use_lhs`].
    pub fn use_expr(&mut self, e: &'a Expr, lhs: bool) -> bool {
        let mut x = Operand::new();
        let inner = e.unparen();
        match inner.as_ident() {
            Some(ident) if ident.name.is_blank() => return true,
            Some(ident) => {
                let var = if lhs { self.local_var(ident.name) } else { None };
                self.expr_or_type(&mut x, inner, true);
                if let Some((var, used)) = var {
                    self.set_used(var, used);
                }
            }
            None => {
                self.raw_expr(None, &mut x, e, None, true);
            }
        }
        x.is_valid()
    }
}
