//! Shifts (spec, "Operators"): the left operand of a non-constant shift takes its type from the context.

use rgo_syntax::ast::{BinaryOp, Expr};

use crate::checker::Checker;
use crate::const_value::{ConstKind, ConstValue};
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{BasicKind, TypeId};

/// The largest constant shift count: enough to write the smallest float64.
const MAX_COUNT: u64 = 1023 - 1 + 52;

impl<'a> Checker<'_, 'a> {
    /// Checks `x op y`; `e` is the expression unless the shift is part of an assignment.
    pub fn shift(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, e: Option<&'a Expr>, op: BinaryOp) {
        let xval = x.is_const().then(|| x.const_val().to_int());
        let untyped_int = self.is_untyped(x.ty) && xval.as_ref().is_some_and(|v| v.kind() == ConstKind::Int);
        if !self.all_integer(x.ty) && !untyped_int {
            self.bad_shift_operand(x);
            return;
        }
        if !self.shift_count(y) {
            x.invalidate();
            return;
        }
        if x.is_const() {
            if y.is_const() {
                let yval = y.const_val().to_int();
                if x.const_val().is_unknown() || yval.is_unknown() {
                    x.val = Some(ConstValue::Unknown);
                    if !self.is_integer(x.ty) {
                        x.ty = TypeId::UNTYPED_INT;
                    }
                    return;
                }
                let Some(count) = yval.as_u64().filter(|&count| count <= MAX_COUNT) else {
                    let text = self.operand_string(y);
                    let message = format!("invalid operation: invalid shift count {text}");
                    self.error(y.pos(), "InvalidShiftCount", message);
                    x.invalidate();
                    return;
                };
                // 2.0 << 1 is an integer.
                if !self.is_integer(x.ty) {
                    x.ty = TypeId::UNTYPED_INT;
                }
                let xval = xval.unwrap_or_default();
                x.val = Some(ConstValue::shift(&xval, op, count as u32));
                x.expr = e;
                self.overflow(x);
                return;
            }
            if self.is_untyped(x.ty) {
                // Whether the operand is an integer can be told when its type is known.
                if let Some(expr) = x.expr {
                    let key = (self.env.file, expr.id);
                    if let Some(info) = self.program.untyped.get_mut(&key) {
                        info.is_lhs = true;
                    }
                }
                x.mode = OperandMode::Value;
                x.val = None;
                return;
            }
        }
        if !self.all_integer(x.ty) {
            self.bad_shift_operand(x);
            return;
        }
        x.mode = OperandMode::Value;
        x.val = None;
    }

    fn bad_shift_operand(&mut self, x: &mut Operand<'a>) {
        let text = self.operand_string(x);
        let message = format!("invalid operation: shifted operand {text} must be integer");
        self.error(x.pos(), "InvalidShiftOperand", message);
        x.invalidate();
    }

    /// Checks the right operand.
    fn shift_count(&mut self, y: &mut Operand<'a>) -> bool {
        if y.is_const() {
            let yval = y.const_val().to_int();
            if yval.kind() == ConstKind::Int && yval.sign() < 0 {
                let text = self.operand_string(y);
                let message = format!("invalid operation: negative shift count {text}");
                self.error(y.pos(), "InvalidShiftCount", message);
                return false;
            }
            if self.is_untyped(y.ty) {
                // The count shows its own type in later messages; what is recorded is the type it is used with.
                self.representable(y, BasicKind::Uint, TypeId::UINT);
                if let (true, Some(expr)) = (y.is_valid(), y.expr) {
                    self.update_expr_type(expr, TypeId::UINT, true);
                }
                return y.is_valid();
            }
            return true;
        }
        if self.all_integer(y.ty) {
            if !self.all_unsigned(y.ty) && !self.allow_version((1, 13)) {
                let text = self.operand_string(y);
                let what = format!("invalid operation: signed shift count {text}");
                return self.verify_version(y.pos(), (1, 13), what);
            }
            return true;
        } else if self.is_untyped(y.ty) {
            self.convert_untyped(y, TypeId::UINT);
            return y.is_valid();
        }
        let text = self.operand_string(y);
        let message = format!("invalid operation: shift count {text} must be integer");
        self.error(y.pos(), "InvalidShiftCount", message);
        false
    }
}
