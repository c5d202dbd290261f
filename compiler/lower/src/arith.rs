//! Arithmetic, shifts, concatenation; on values of every numeric type.

use rgo_mir::{BinaryOp as Op, ConvOp, InstKind, IntCc, Type, UnaryOp as MirUnary, Value};
use rgo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use rgo_types::TypeId;

use crate::func::FuncLower;
use crate::repr::{Val, float_type};
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn unary_arith(&mut self, e: &'s Expr, op: UnaryOp, x: &'s Expr) -> Val {
        let t = self.type_of(e);
        let x = self.expr(x);
        let kind = if op == UnaryOp::Xor { MirUnary::Bnot } else { MirUnary::Ineg };
        let shape = self.shape(t);
        let apply = |this: &mut Self, kind, x: Value| {
            let ty = this.b.func.ty(x);
            this.b.value(InstKind::Unary(kind, x), ty)
        };
        match &*shape {
            Shape::Int { .. } => Val::one(apply(self, kind, x.single())),
            Shape::Float(_) => Val::one(apply(self, MirUnary::Fneg, x.single())),
            Shape::Complex(_) => {
                let (re, im) = (x.parts()[0], x.parts()[1]);
                Val::of(&[apply(self, MirUnary::Fneg, re), apply(self, MirUnary::Fneg, im)])
            }
            other => panic!("{}: {op:?} of {other:?}", self.describe(e.pos)),
        }
    }

    pub fn arithmetic(&mut self, e: &'s Expr, op: BinaryOp, x: &'s Expr, y: &'s Expr) -> Val {
        let t = self.type_of(e);
        if op == BinaryOp::Add && matches!(&*self.shape(t), Shape::String) {
            return self.concatenation(e, t);
        }
        let (left, right) = self.two_operands(x, y, t);
        self.at(e.pos);
        let nonzero = self.constant_of(y).is_some();
        self.binary_op(op, t, &left, &right, nonzero)
    }

    /// Both operands of a binary operation (see `order`).
    pub fn two_operands(&mut self, x: &'s Expr, y: &'s Expr, t: TypeId) -> (Val, Val) {
        self.order_to(&[(x, t), (y, t)]);
        let left = self.expr_to(x, t);
        (left, self.expr_to(y, t))
    }

    /// `x op y` on two values of type `t`; `nonzero`: `y` is a constant, so no zero divisor.
    pub fn binary_op(&mut self, op: BinaryOp, t: TypeId, x: &Val, y: &Val, nonzero: bool) -> Val {
        let shape = self.shape(t);
        match &*shape {
            Shape::Int { signed, .. } => {
                let (x, y) = (x.single(), y.single());
                if matches!(op, BinaryOp::Div | BinaryOp::Rem) && !nonzero {
                    self.b.inst(InstKind::DivCheck(y), &[]);
                }
                let op = match (op, signed) {
                    (BinaryOp::Add, _) => Op::Iadd,
                    (BinaryOp::Sub, _) => Op::Isub,
                    (BinaryOp::Mul, _) => Op::Imul,
                    (BinaryOp::Div, true) => Op::Sdiv,
                    (BinaryOp::Div, false) => Op::Udiv,
                    (BinaryOp::Rem, true) => Op::Srem,
                    (BinaryOp::Rem, false) => Op::Urem,
                    (BinaryOp::And, _) => Op::And,
                    (BinaryOp::Or, _) => Op::Or,
                    (BinaryOp::Xor, _) => Op::Xor,
                    (BinaryOp::AndNot, _) => Op::AndNot,
                    _ => panic!("{op:?} on integers"),
                };
                Val::one(self.binary(op, x, y))
            }
            Shape::Float(_) => Val::one(self.float_op(op, x.single(), y.single())),
            Shape::Complex(bits) => self.complex_op(op, *bits, x, y),
            Shape::String => self.concat(&[x.clone(), y.clone()]),
            Shape::Bool => {
                let op = if op == BinaryOp::And { Op::And } else { Op::Or };
                Val::one(self.binary(op, x.single(), y.single()))
            }
            other => panic!("{op:?} on {other:?}"),
        }
    }
    fn float_op(&mut self, op: BinaryOp, x: Value, y: Value) -> Value {
        let op = match op {
            BinaryOp::Add => Op::Fadd,
            BinaryOp::Sub => Op::Fsub,
            BinaryOp::Mul => Op::Fmul,
            BinaryOp::Div => Op::Fdiv,
            _ => panic!("{op:?} on floats"),
        };
        self.binary(op, x, y)
    }
    fn complex_op(&mut self, op: BinaryOp, bits: u32, x: &Val, y: &Val) -> Val {
        let (a, b) = (x.parts()[0], x.parts()[1]);
        let (c, d) = (y.parts()[0], y.parts()[1]);
        match op {
            BinaryOp::Add | BinaryOp::Sub => Val::of(&[self.float_op(op, a, c), self.float_op(op, b, d)]),
            BinaryOp::Mul => {
                // gc computes products of complex64 in float64.
                let wide = |this: &mut Self, v| {
                    if bits == 64 { this.conv(ConvOp::Fpromote, Type::F64, v) } else { v }
                };
                let [a, b, c, d] = [a, b, c, d].map(|v| wide(self, v));
                let (ac, bd) = (self.binary(Op::Fmul, a, c), self.binary(Op::Fmul, b, d));
                let (ad, bc) = (self.binary(Op::Fmul, a, d), self.binary(Op::Fmul, b, c));
                let (re, im) = (self.binary(Op::Fsub, ac, bd), self.binary(Op::Fadd, ad, bc));
                self.narrow_complex(bits, re, im)
            }
            BinaryOp::Div => {
                let wide = |this: &mut Self, v| {
                    if bits == 64 { this.conv(ConvOp::Fpromote, Type::F64, v) } else { v }
                };
                let args = [a, b, c, d].map(|v| wide(self, v));
                let result = self.call_runtime("complex128div", &args, &[Type::F64, Type::F64]);
                self.narrow_complex(bits, result[0], result[1])
            }
            _ => panic!("{op:?} on complex numbers"),
        }
    }
    fn narrow_complex(&mut self, bits: u32, re: Value, im: Value) -> Val {
        let ty = float_type(bits / 2);
        if ty == Type::F64 {
            return Val::of(&[re, im]);
        }
        Val::of(&[self.conv(ConvOp::Fdemote, ty, re), self.conv(ConvOp::Fdemote, ty, im)])
    }

    pub fn shift(&mut self, e: &'s Expr, op: BinaryOp, x: &'s Expr, y: &'s Expr) -> Val {
        let t = self.type_of(e);
        self.order(&[x, y]);
        let left = self.expr_to(x, t);
        self.shift_by(op, t, &left, y)
    }
    /// `left op y` for a shift.
    pub fn shift_by(&mut self, op: BinaryOp, t: TypeId, left: &Val, y: &'s Expr) -> Val {
        let Shape::Int { bits, signed } = *self.shape(t) else { panic!("shift of no integer") };
        let bounded = self.constant_u64(y).is_some_and(|n| n < u64::from(bits));
        let amount = if let Some(n) = self.constant_u64(y) {
            self.int(n.min(u64::from(bits)) as i64)
        } else {
            let ty = self.type_of(y);
            let amount = self.expr1(y);
            let amount = self.int64(amount, ty);
            if self.shape(ty).is_signed() {
                let zero = self.int(0);
                let negative = self.icmp(IntCc::Slt, amount, zero);
                let (bad, good) = (self.b.cold_block(), self.b.block());
                self.b.branch(negative, bad, good);
                self.b.switch_to_sealed(bad);
                self.call_noreturn("panicshift", &[]);
                self.b.switch_to_sealed(good);
            }
            amount
        };
        let op = match (op, signed, bounded) {
            (BinaryOp::Shl, _, false) => Op::Shl,
            (BinaryOp::Shl, _, true) => Op::ShlBounded,
            (_, true, false) => Op::Sshr,
            (_, true, true) => Op::SshrBounded,
            (_, false, false) => Op::Ushr,
            (_, false, true) => Op::UshrBounded,
        };
        let value = left.single();
        let ty = self.b.func.ty(value);
        Val::one(self.b.value(InstKind::Binary(op, value, amount), ty))
    }

    /// A tree of string additions is one concatenation.
    fn concatenation(&mut self, e: &'s Expr, t: TypeId) -> Val {
        let mut operands = Vec::new();
        self.flatten_concat(e, &mut operands);
        // The result is a copy where an operand is sure not to be empty, and nothing changes bytes before it is made.
        let copies = operands.iter().any(|e| self.is_nonempty_constant(e))
            && !operands.iter().any(|e| self.has_call(e));
        let values = if copies {
            operands.into_iter().map(|e| self.borrowed_string(e, t)).collect()
        } else {
            let wanted: Vec<(&'s Expr, TypeId)> = operands.into_iter().map(|e| (e, t)).collect();
            self.operand_list(&wanted)
        };
        self.at(e.pos);
        self.concat(&values)
    }
    fn is_nonempty_constant(&self, e: &Expr) -> bool {
        self.constant_of(e).and_then(|value| value.as_bytes().map(|b| !b.is_empty())).unwrap_or(false)
    }
    fn flatten_concat(&mut self, e: &'s Expr, out: &mut Vec<&'s Expr>) {
        let mut spine = Vec::new();
        let mut e = e;
        loop {
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                ExprKind::Binary { op: BinaryOp::Add, x, y } if self.constant_of(e).is_none() => {
                    spine.push(&**y);
                    e = x;
                }
                _ => break,
            }
        }
        out.push(e);
        for y in spine.into_iter().rev() {
            let nested = matches!(&y.unparen().kind, ExprKind::Binary { op: BinaryOp::Add, .. });
            if nested && self.constant_of(y).is_none() {
                self.flatten_concat(y, out);
            } else {
                out.push(y);
            }
        }
    }
    /// Concatenates strings.
    pub fn concat(&mut self, values: &[Val]) -> Val {
        let nil = self.nil();
        let results = [Type::Ptr, Type::I64];
        let parts = if values.len() <= 5 {
            let mut args = vec![nil];
            args.extend(values.iter().flat_map(|v| v.parts().iter().copied()));
            self.call_runtime(&format!("concatstring{}", values.len()), &args, &results)
        } else {
            let array = self.l.array_of(TypeId::STRING, values.len() as u64);
            let base = self.temp(array);
            for (i, value) in values.iter().enumerate() {
                self.store(TypeId::STRING, base, i as i32 * 16, value, true);
            }
            let len = self.int(values.len() as i64);
            self.call_runtime("concatstrings", &[nil, base, len, len], &results)
        };
        Val::Parts(parts)
    }
}
