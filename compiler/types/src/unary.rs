//! Unary operations (spec, "Arithmetic operators", "Address operators", "Receive operator").

use rgo_source::Pos;
use rgo_syntax::ast::{ChanDir, Expr, ExprKind, UnaryOp};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Checks `op inner`, written `e`.
    pub fn unary(&mut self, x: &mut Operand<'a>, e: &'a Expr, op: UnaryOp, inner: &'a Expr) {
        self.expr(None, x, inner);
        if !x.is_valid() {
            return;
        }
        let mut op = op;
        match op {
            UnaryOp::Addr => {
                // Composite literals need not be addressable.
                let literal = matches!(inner.unparen().kind, ExprKind::CompositeLit { .. });
                if !literal && x.mode != OperandMode::Variable {
                    let text = self.operand_string(x);
                    let message = format!("invalid operation: cannot take address of {text}");
                    self.error(x.pos(), "UnaddressableOperand", message);
                    x.invalidate();
                    return;
                }
                let ty = self.new_pointer(x.ty);
                x.set_value(ty);
                return;
            }
            UnaryOp::Recv => {
                match self.chan_elem(x.pos(), x, true) {
                    Some(elem) if self.is_complete(elem) => {
                        x.mode = OperandMode::CommaOk;
                        x.ty = elem;
                        self.env.has_call_or_recv = true;
                    }
                    _ => x.invalidate(),
                }
                return;
            }
            UnaryOp::Tilde => {
                let message = "cannot use ~ outside of interface or type constraint";
                if !self.all_integer(x.ty) {
                    self.error(e.start_pos(), "UndefinedOp", message);
                    x.invalidate();
                    return;
                }
                self.error(e.start_pos(), "UndefinedOp", format!("{message} (use ^ for bitwise complement)"));
                op = UnaryOp::Xor;
            }
            UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::Xor => {}
        }
        let defined = match op {
            UnaryOp::Xor => self.all_integer(x.ty),
            UnaryOp::Not => self.all_boolean(x.ty),
            _ => self.all_numeric(x.ty),
        };
        if !defined {
            self.undefined_op(x, op.text());
            return;
        }
        if x.is_const() {
            let val = x.const_val();
            if val.is_unknown() {
                return;
            }
            let bits =
                if self.is_unsigned(x.ty) { Some(self.size_of(x.ty).unwrap_or(8) as u32 * 8) } else { None };
            x.val = Some(ConstValue::unary(op, &val, bits));
            x.expr = Some(e);
            self.overflow(x);
            return;
        }
        x.mode = OperandMode::Value;
    }

    /// Reports that an operator is not defined on `x`.
    pub fn undefined_op(&mut self, x: &mut Operand<'a>, op: &str) {
        let text = self.operand_string(x);
        self.error(x.pos(), "UndefinedOp", format!("invalid operation: operator {op} not defined on {text}"));
        x.invalidate();
    }

    /// The element type of a channel to receive from or send to; reports an error if there is none.
    pub fn chan_elem(&mut self, pos: Pos, x: &Operand<'a>, recv: bool) -> Option<TypeId> {
        let cause = match self.typeset(x.ty) {
            None => "no specific channel type".to_owned(),
            Some(types) => {
                let mut cause = None;
                for &(ty, under) in &types {
                    let what = match self.kind(under) {
                        TypeKind::Chan { dir: ChanDir::Send, .. } if recv => "send-only channel",
                        TypeKind::Chan { dir: ChanDir::Recv, .. } if !recv => "receive-only channel",
                        TypeKind::Chan { .. } => continue,
                        _ => "non-channel",
                    };
                    cause = Some(format!("{what} {}", self.ty_str(ty)));
                    break;
                }
                match cause {
                    Some(cause) => cause,
                    None => match self.common_under(x.ty) {
                        Ok(chan) => match self.kind(chan) {
                            TypeKind::Chan { elem, .. } => return Some(elem),
                            _ => return None,
                        },
                        Err(cause) => cause,
                    },
                }
            }
        };
        let text = self.operand_string(x);
        let (code, verb) = if recv { ("InvalidReceive", "receive from") } else { ("InvalidSend", "send to") };
        let message = if self.is_type_param(x.ty) {
            format!("invalid operation: cannot {verb} {text}: {cause}")
        } else {
            format!("invalid operation: cannot {verb} {cause} {text}")
        };
        self.error(pos, code, message);
        None
    }
}
