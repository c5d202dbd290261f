//! Comparisons: `==` on every comparable type, order on numbers and strings.

use rgo_mir::{BinaryOp as Op, FloatCc, InstKind, IntCc, Type, Value};
use rgo_syntax::ast::{BinaryOp, Expr};
use rgo_types::{OperandMode, TypeId};

use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::{Field, Shape};

/// What of a field is compared at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compared {
    Whole,
    /// A string's length only.
    Length,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn comparison(&mut self, e: &'s Expr, op: BinaryOp, x: &'s Expr, y: &'s Expr) -> Value {
        let (x_nil, y_nil) = (self.mode(x) == OperandMode::NilValue, self.mode(y) == OperandMode::NilValue);
        if x_nil || y_nil {
            let value = if x_nil { self.expr(y) } else { self.expr(x) };
            // Of every type that can be compared with nil the first word decides.
            let first = value.parts()[0];
            let nil = self.nil();
            self.at(e.pos);
            return self.icmp(if op == BinaryOp::Eql { IntCc::Eq } else { IntCc::Ne }, first, nil);
        }
        let (tx, ty) = (self.type_of(x), self.type_of(y));
        let t = if self.constant_of(x).is_some() {
            self.comparison_type(ty, tx)
        } else {
            self.comparison_type(tx, ty)
        };
        let is_mixed = self.shape(tx).is_interface() != self.shape(ty).is_interface();
        if is_mixed && matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
            return self.mixed_comparison(e, op, x, y);
        }
        let (left, right) = if matches!(&*self.shape(t), Shape::String) && !self.has_call(y) {
            (self.borrowed_string(x, t), self.borrowed_string(y, t))
        } else {
            self.two_operands(x, y, t)
        };
        self.at(e.pos);
        self.compare(op, t, &left, &right)
    }
    /// `==` or `!=` of an interface value and one of a concrete type: of the same type, and equal as such.
    fn mixed_comparison(&mut self, e: &'s Expr, op: BinaryOp, x: &'s Expr, y: &'s Expr) -> Value {
        let [tx, ty] = [x, y].map(|operand| {
            let t = self.type_of(operand);
            self.l.prog.default_type(t)
        });
        self.order_to(&[(x, tx), (y, ty)]);
        let left = self.expr_to(x, tx);
        let left = self.stable(tx, left);
        let right = self.expr_to(y, ty);
        self.at(e.pos);
        let (iface, iface_type, value, t) =
            if self.shape(tx).is_interface() { (left, tx, right, ty) } else { (right, ty, left, tx) };
        let (word, data) = (iface.parts()[0], iface.parts()[1]);
        let holds = self.holds_type(word, iface_type, t);
        let equal = self.choose(
            holds,
            Type::I8,
            |this| {
                let held = this.unbox(data, t);
                this.equal(t, &held, &value)
            },
            |this| this.bool_const(false),
        );
        if op == BinaryOp::Eql { equal } else { self.not(equal) }
    }
    /// The type in which values of types `x` and `y` are compared. If one is an interface, the concrete operand is converted to it; of two
    /// interfaces one implements the other.
    pub fn comparison_type(&mut self, x: TypeId, y: TypeId) -> TypeId {
        match (self.shape(x).is_interface(), self.shape(y).is_interface()) {
            (false, true) => y,
            (true, true) if self.interface_size(y) < self.interface_size(x) => y,
            _ => x,
        }
    }
    fn interface_size(&mut self, t: TypeId) -> usize {
        match &*self.shape(t) {
            Shape::Interface(methods) => methods.len(),
            _ => usize::MAX,
        }
    }

    /// `x op y` for two values of type `t`.
    pub fn compare(&mut self, op: BinaryOp, t: TypeId, x: &Val, y: &Val) -> Value {
        match op {
            BinaryOp::Eql => self.equal(t, x, y),
            BinaryOp::Neq => self.not_equal(t, x, y),
            _ => self.ordered(op, t, x, y),
        }
    }
    fn not_equal(&mut self, t: TypeId, x: &Val, y: &Val) -> Value {
        match &*self.shape(t) {
            Shape::Int { .. } | Shape::Bool => self.icmp(IntCc::Ne, x.single(), y.single()),
            Shape::Float(_) => self.b.value(InstKind::Fcmp(FloatCc::Ne, x.single(), y.single()), Type::I8),
            shape if shape.is_pointer_word() => self.icmp(IntCc::Ne, x.single(), y.single()),
            _ => {
                let equal = self.equal(t, x, y);
                self.not(equal)
            }
        }
    }
    fn ordered(&mut self, op: BinaryOp, t: TypeId, x: &Val, y: &Val) -> Value {
        let int_cc = |signed| match (op, signed) {
            (BinaryOp::Lss, true) => IntCc::Slt,
            (BinaryOp::Lss, false) => IntCc::Ult,
            (BinaryOp::Leq, true) => IntCc::Sle,
            (BinaryOp::Leq, false) => IntCc::Ule,
            (BinaryOp::Gtr, true) => IntCc::Sgt,
            (BinaryOp::Gtr, false) => IntCc::Ugt,
            (_, true) => IntCc::Sge,
            (_, false) => IntCc::Uge,
        };
        match &*self.shape(t) {
            Shape::Int { signed, .. } => self.icmp(int_cc(*signed), x.single(), y.single()),
            Shape::Float(_) => {
                let cc = match op {
                    BinaryOp::Lss => FloatCc::Lt,
                    BinaryOp::Leq => FloatCc::Le,
                    BinaryOp::Gtr => FloatCc::Gt,
                    _ => FloatCc::Ge,
                };
                self.b.value(InstKind::Fcmp(cc, x.single(), y.single()), Type::I8)
            }
            Shape::String => {
                let args = [x.parts(), y.parts()].concat();
                let order = self.call_runtime("cmpstring", &args, &[Type::I64])[0];
                let zero = self.int(0);
                self.icmp(int_cc(true), order, zero)
            }
            other => panic!("{op:?} on {other:?}"),
        }
    }

    /// `x == y` as 0 or 1.
    pub fn equal(&mut self, t: TypeId, x: &Val, y: &Val) -> Value {
        let shape = self.shape(t);
        match &*shape {
            Shape::Bool | Shape::Int { .. } => self.icmp(IntCc::Eq, x.single(), y.single()),
            Shape::Float(_) => self.b.value(InstKind::Fcmp(FloatCc::Eq, x.single(), y.single()), Type::I8),
            Shape::Complex(_) => {
                let eq = |this: &mut Self, i: usize| {
                    this.b.value(InstKind::Fcmp(FloatCc::Eq, x.parts()[i], y.parts()[i]), Type::I8)
                };
                let (re, im) = (eq(self, 0), eq(self, 1));
                self.binary(Op::And, re, im)
            }
            Shape::String => self.string_equal(x.parts(), y.parts()),
            Shape::Interface(methods) => {
                let function = if methods.is_empty() { "efaceeq" } else { "ifaceeq" };
                let (tx, dx) = (x.parts()[0], x.parts()[1]);
                let (ty, dy) = (y.parts()[0], y.parts()[1]);
                let same = self.icmp(IntCc::Eq, tx, ty);
                self.choose(
                    same,
                    Type::I8,
                    |this| this.call_runtime(function, &[tx, dx, dy], &[Type::I8])[0],
                    |this| this.bool_const(false),
                )
            }
            Shape::Struct(fields) if !self.is_memory(t) => {
                let mut result = None;
                for (i, what) in self.comparison_order(fields) {
                    let (fx, fy) = (self.field(t, x, i), self.field(t, y, i));
                    result = Some(self.and_then(result, |this| match what {
                        Compared::Whole => this.equal(fields[i].ty, &fx, &fy),
                        Compared::Length => this.icmp(IntCc::Eq, fx.parts()[1], fy.parts()[1]),
                    }));
                }
                result.unwrap_or_else(|| self.bool_const(true))
            }
            Shape::Array { elem, len } if !self.is_memory(t) => {
                if *len == 0 || self.layout(*elem).size == 0 {
                    self.bool_const(true)
                } else {
                    self.equal(*elem, x, y)
                }
            }
            Shape::Struct(_) | Shape::Array { .. } => {
                let (x, y) = (self.spill(t, x), self.spill(t, y));
                self.memory_equal(t, x, y)
            }
            shape if shape.is_pointer_word() => self.icmp(IntCc::Eq, x.single(), y.single()),
            other => panic!("== on {other:?}"),
        }
    }
    /// In which order the fields of a struct are compared: numbers and lengths of strings before what needs a call, unless a
    /// comparison may panic, which must not depend on the fields behind it.
    pub fn comparison_order(&mut self, fields: &[Field]) -> Vec<(usize, Compared)> {
        let named: Vec<usize> = (0..fields.len()).filter(|&i| !fields[i].name.is_blank()).collect();
        if named.iter().any(|&i| self.l.hash_might_panic(fields[i].ty)) {
            return named.into_iter().map(|i| (i, Compared::Whole)).collect();
        }
        let (mut cheap, mut calls) = (Vec::new(), Vec::new());
        for i in named {
            match &*self.shape(fields[i].ty) {
                Shape::String => {
                    cheap.push((i, Compared::Length));
                    calls.push((i, Compared::Whole));
                }
                Shape::Struct(_) | Shape::Array { .. } => calls.push((i, Compared::Whole)),
                _ => cheap.push((i, Compared::Whole)),
            }
        }
        cheap.append(&mut calls);
        cheap
    }
    /// `so_far && next()`, evaluated only as far as needed.
    fn and_then(&mut self, so_far: Option<Value>, next: impl FnOnce(&mut Self) -> Value) -> Value {
        match so_far {
            None => next(self),
            Some(so_far) => self.choose(so_far, Type::I8, next, |this| this.bool_const(false)),
        }
    }
    /// Compares two memory values of type `t` at non-nil addresses.
    pub fn memory_equal(&mut self, t: TypeId, x: Value, y: Value) -> Value {
        if self.l.is_plain_memory(t) {
            let size = self.layout(t).size;
            let size = self.int(size as i64);
            return self.call_runtime("memequal", &[x, y, size], &[Type::I8])[0];
        }
        let id = self.l.equal_func(t);
        let sig = self.l.module.funcs[id].sig.clone();
        self.call_func(id, sig, &[x, y])[0]
    }
    /// Strings: lengths first, then the bytes.
    pub fn string_equal(&mut self, x: &[Value], y: &[Value]) -> Value {
        // As `x != x` in `cmp`, of strings.
        if x == y {
            return self.bool_const(true);
        }
        let same = self.icmp(IntCc::Eq, x[1], y[1]);
        // Of equal lengths the one that is a constant.
        let len = if self.b.func.is_constant(y[1]) { y[1] } else { x[1] };
        self.choose(
            same,
            Type::I8,
            |this| this.call_runtime("memequal", &[x[0], y[0], len], &[Type::I8])[0],
            |this| this.bool_const(false),
        )
    }
}
