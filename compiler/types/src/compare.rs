//! Comparisons (spec, "Comparison operators").

use rgo_syntax::ast::BinaryOp;

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

/// Which operand an error is about.
#[derive(Clone, Copy)]
enum Blame {
    X,
    Y,
}

impl<'a> Checker<'_, 'a> {
    /// Checks `x op y`; with `switch_case`, that case `x` of a switch on `y` can match.
    pub fn comparison(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, op: BinaryOp, switch_case: bool) {
        if !self.is_valid(x.ty) || !self.is_valid(y.ty) {
            x.invalidate();
            return;
        }
        let op = if switch_case { BinaryOp::Eql } else { op };
        if let Err((code, blame, cause)) = self.comparable_operands(x, y, op) {
            self.comparison_error(x, y, op, switch_case, code, blame, cause);
            x.invalidate();
            return;
        }
        if x.is_const() && y.is_const() {
            let (a, b) = (x.const_val(), y.const_val());
            x.val = Some(if a.is_unknown() || b.is_unknown() {
                ConstValue::Unknown
            } else {
                ConstValue::Bool(ConstValue::compare(&a, op, &b))
            });
        } else {
            x.mode = OperandMode::Value;
            x.val = None;
            // Untyped operands will exist at run time, with their default types.
            for operand in [&*x, &*y] {
                if let Some(expr) = operand.expr {
                    let ty = self.default_type(operand.ty);
                    self.update_expr_type(expr, ty, true);
                }
            }
        }
        x.ty = TypeId::UNTYPED_BOOL;
    }

    fn comparable_operands(
        &mut self,
        x: &Operand<'a>,
        y: &Operand<'a>,
        op: BinaryOp,
    ) -> Result<(), (&'static str, Blame, String)> {
        if !self.is_assignable(x, y.ty) && !self.is_assignable(y, x.ty) {
            let (tx, ty) = (self.ty_str(x.ty), self.ty_str(y.ty));
            return Err(("MismatchedTypes", Blame::Y, format!("mismatched types {tx} and {ty}")));
        }
        let code = "UndefinedOp";
        if !matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
            if !self.all_ordered(x.ty) {
                return Err((code, Blame::X, String::new()));
            }
            if !self.all_ordered(y.ty) {
                return Err((code, Blame::Y, String::new()));
            }
            return Ok(());
        }
        if x.is_nil() || y.is_nil() {
            let other = if x.is_nil() { y.ty } else { x.ty };
            // Otherwise it is nil == nil.
            return if self.has_nil(other) { Ok(()) } else { Err((code, Blame::Y, String::new())) };
        }
        if !self.comparable(x.ty) {
            return Err((code, Blame::X, self.incomparable_cause(x.ty)));
        }
        if !self.comparable(y.ty) {
            return Err((code, Blame::Y, self.incomparable_cause(y.ty)));
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn comparison_error(
        &mut self,
        x: &Operand<'a>,
        y: &Operand<'a>,
        op: BinaryOp,
        switch_case: bool,
        code: &'static str,
        mut blame: Blame,
        mut cause: String,
    ) {
        if cause.is_empty() {
            if self.is_type_param(x.ty) || self.is_type_param(y.ty) {
                if !self.is_type_param(x.ty) {
                    blame = Blame::Y;
                }
                let ty = match blame {
                    Blame::X => x.ty,
                    Blame::Y => y.ty,
                };
                let text = self.ty_str(ty);
                cause = format!("type parameter {text} cannot use operator {}", op.text());
            } else {
                let ty = match blame {
                    Blame::X => x.ty,
                    Blame::Y => y.ty,
                };
                let kind = self.composite_kind(ty);
                let what = if kind.is_empty() { self.ty_str(ty) } else { kind.to_owned() };
                cause = format!("operator {} not defined on {what}", op.text());
            }
        }
        let (xs, ys) = (x.text(), y.text());
        if switch_case {
            self.error(x.pos(), code, format!("invalid case {xs} in switch on {ys} ({cause})"));
            return;
        }
        let pos = match blame {
            Blame::X => x.pos(),
            Blame::Y => y.pos(),
        };
        self.error(pos, code, format!("invalid operation: {xs} {} {ys} ({cause})", op.text()));
    }

    /// Why values of the type cannot be compared, if there is more to say.
    pub fn incomparable_cause(&mut self, ty: TypeId) -> String {
        if matches!(self.under_kind(ty), TypeKind::Slice(_) | TypeKind::Signature(_) | TypeKind::Map { .. }) {
            return format!("{} can only be compared to nil", self.composite_kind(ty));
        }
        self.program.comparable_type(ty, true, &mut Vec::new()).err().unwrap_or_default()
    }
}
