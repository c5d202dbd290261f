//! Binary operations other than comparisons and shifts (spec, "Operators").

use rgo_syntax::ast::{BinaryOp, Expr};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::operand::Operand;

impl<'a> Checker<'_, 'a> {
    /// Checks `lhs op rhs`; `e` is the expression unless the operation is part of an assignment.
    pub fn binary(
        &mut self,
        x: &mut Operand<'a>,
        e: Option<&'a Expr>,
        lhs: &'a Expr,
        rhs: &'a Expr,
        op: BinaryOp,
    ) {
        let mut y = Operand::new();
        self.expr(None, x, lhs);
        self.expr(None, &mut y, rhs);
        if !x.is_valid() {
            return;
        }
        if !y.is_valid() {
            x.invalidate();
            x.expr = y.expr;
            return;
        }
        if op.is_shift() {
            self.shift(x, &mut y, e, op);
            return;
        }
        self.match_types(x, &mut y);
        if !x.is_valid() {
            return;
        }
        if op.is_comparison() {
            self.comparison(x, &mut y, op, false);
            return;
        }
        if !self.identical(x.ty, y.ty) {
            if self.is_valid(x.ty) && self.is_valid(y.ty) {
                let (tx, ty) = (self.ty_str(x.ty), self.ty_str(y.ty));
                let what = match e {
                    Some(e) => expr_string(e),
                    None => format!("{} {}= {}", expr_string(lhs), op.text(), expr_string(rhs)),
                };
                let message = format!("invalid operation: {what} (mismatched types {tx} and {ty})");
                self.error(x.pos(), "MismatchedTypes", message);
            }
            x.invalidate();
            return;
        }
        let defined = match op {
            BinaryOp::Add => self.all_numeric_or_string(x.ty),
            BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div => self.all_numeric(x.ty),
            BinaryOp::AndAnd | BinaryOp::OrOr => self.all_boolean(x.ty),
            _ => self.all_integer(x.ty),
        };
        if !defined {
            self.undefined_op(x, op.text());
            return;
        }
        if matches!(op, BinaryOp::Div | BinaryOp::Rem) && y.is_const() {
            let zero = (x.is_const() || self.all_integer(x.ty)) && y.const_val().sign() == 0;
            // gc divides by the sum of the squares, which may be too small for its floats.
            let vanishes = x.is_const() && self.is_complex(x.ty) && y.const_val().squares_vanish();
            if (zero || vanishes) && !y.const_val().is_unknown() {
                self.error(y.pos(), "DivByZero", "invalid operation: division by zero");
                x.invalidate();
                return;
            }
        }
        if x.is_const() && y.is_const() {
            let (a, b) = (x.const_val(), y.const_val());
            if a.is_unknown() || b.is_unknown() {
                x.val = Some(ConstValue::Unknown);
                return;
            }
            let int_div = self.is_integer(x.ty);
            x.val = Some(ConstValue::binary(&a, op, &b, int_div));
            x.expr = e;
            self.overflow(x);
            return;
        }
        x.mode = OperandMode::Value;
        x.val = None;
    }

    /// Converts untyped operands so that the types of `x` and `y` match, if they can.
    pub fn match_types(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>) {
        if !self.may_convert(x, y) {
            return;
        }
        self.convert_untyped(x, y.ty);
        if !x.is_valid() {
            return;
        }
        self.convert_untyped(y, x.ty);
        if !y.is_valid() {
            x.invalidate();
        }
    }

    /// Whether converting one operand to the type of the other is worth a try; if not, the types are reported as
    /// mismatched.
    fn may_convert(&mut self, x: &Operand<'a>, y: &Operand<'a>) -> bool {
        if self.is_typed(x.ty) && self.is_typed(y.ty) {
            return false;
        }
        if self.all_numeric(x.ty) != self.all_numeric(y.ty) {
            return false;
        }
        if self.is_non_type_param_interface(x.ty) || self.is_non_type_param_interface(y.ty) {
            return true;
        }
        if self.all_boolean(x.ty) != self.all_boolean(y.ty) || self.all_string(x.ty) != self.all_string(y.ty)
        {
            return false;
        }
        if x.is_nil() {
            return self.has_nil(y.ty);
        }
        if y.is_nil() {
            return self.has_nil(x.ty);
        }
        self.as_pointer(x.ty).is_none() && self.as_pointer(y.ty).is_none()
    }
}
