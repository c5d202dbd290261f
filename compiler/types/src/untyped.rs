//! Untyped operands: their conversion to the type the context wants, and the final types of untyped expressions.
//!
//! The type of an untyped expression may be decided long after the expression has been checked: in `1 << s + 2`
//! converted to `int64`, both constants become `int64`. Until then the expression stands in `Program::untyped`;
//! [`Checker::update_expr_type`] descends the tree with the type found and records it. What never gets a type is
//! recorded as untyped by [`Program::record_untyped`] when the declaration is done.

use rgo_source::Pos;
use rgo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};

use crate::checker::Checker;
use crate::const_value::{ConstKind, ConstValue, Misfit};
use crate::info::{OperandMode, TypeAndValue};
use crate::operand::Operand;
use crate::program::Program;
use crate::ty::{BasicKind, TypeId, TypeKind};

/// gc's limit on the size of untyped integers, in bits.
const MAX_INT_BITS: u64 = 512;
/// gc's limit on the size of string constants.
const MAX_STRING_LEN: usize = 2_000_000_000;

/// The place of an operator, or the start of other expressions.
fn op_pos(e: &Expr) -> Pos {
    match e.kind {
        ExprKind::Unary { .. } | ExprKind::Binary { .. } => e.pos,
        _ => e.start_pos(),
    }
}

/// The name of an operation that may overflow, followed by a space.
fn op_name(e: &Expr) -> &'static str {
    match e.kind {
        ExprKind::Unary { op: UnaryOp::Xor, .. } => "bitwise complement ",
        ExprKind::Binary { op, .. } => match op {
            BinaryOp::Add => "addition ",
            BinaryOp::Sub => "subtraction ",
            BinaryOp::Xor => "bitwise XOR ",
            BinaryOp::Mul => "multiplication ",
            BinaryOp::Shl => "shift ",
            _ => "",
        },
        _ => "",
    }
}

impl Program<'_> {
    /// The width of `int` in bits.
    pub(crate) fn word_bits(&self) -> u32 {
        self.target.word * 8
    }

    /// Records untyped expressions whose type was never decided.
    pub(crate) fn record_untyped(&mut self) {
        for ((file, id), info) in std::mem::take(&mut self.untyped).into_iter().collect::<Vec<_>>() {
            let record = TypeAndValue { mode: info.mode, ty: info.ty, value: info.val };
            self.files[file.index()].info.set_type_and_value(id, record);
        }
    }
}

impl<'a> Checker<'_, 'a> {
    /// Checks that the constant `x`, the result of the operation `x.expr`, has an acceptable value.
    pub fn overflow(&mut self, x: &mut Operand<'a>) {
        let pos = x.expr.map_or(Pos::NONE, op_pos);
        let val = x.const_val();
        if val.is_unknown() {
            self.error(pos, "InvalidConstVal", "constant result is not representable");
            return;
        }
        if self.is_typed(x.ty) {
            if let TypeKind::Basic(kind) = self.under_kind(x.ty) {
                let ty = x.ty;
                self.representable(x, kind, ty);
            }
            return;
        }
        if val.kind() == ConstKind::Int && val.bit_len() > MAX_INT_BITS {
            let name = x.expr.map_or("", op_name);
            self.error(pos, "InvalidConstVal", format!("constant {name}overflow"));
            x.val = Some(ConstValue::Unknown);
        } else if let ConstValue::Str(s) = &val
            && s.len() > MAX_STRING_LEN
        {
            let message = format!("constant string too long ({} bytes > {MAX_STRING_LEN} bytes)", s.len());
            self.error(pos, "InvalidConstVal", message);
            x.val = Some(ConstValue::Unknown);
        }
    }

    /// Checks that the constant `x` is representable as `kind`, underlying `target`, and rounds it.
    pub fn representable(&mut self, x: &mut Operand<'a>, kind: BasicKind, target: TypeId) {
        match self.representation(x, kind) {
            Ok(val) => x.val = Some(val),
            Err(misfit) => {
                let target =
                    if self.kind(target) == TypeKind::Basic(kind) { target } else { TypeId::basic(kind) };
                self.invalid_conversion(misfit, x, target);
                x.invalidate();
            }
        }
    }

    /// The value of the constant `x` as `kind` represents it.
    pub fn representation(&mut self, x: &Operand<'a>, kind: BasicKind) -> Result<ConstValue, Misfit> {
        if let Some(val) = x.const_val().represent(kind, self.word_bits()) {
            return Ok(val);
        }
        if !self.is_numeric(x.ty) || !kind.is_numeric() {
            return Err(Misfit::Kind);
        }
        // Integers and floats of other types overflow; a fraction does not become an integer.
        Err(if !self.is_integer(x.ty) && kind.is_integer() { Misfit::Truncated } else { Misfit::Overflows })
    }

    /// Reports that `x` does not convert to `target`.
    pub fn invalid_conversion(&mut self, misfit: Misfit, x: &Operand<'a>, target: TypeId) {
        let (operand, ty) = (self.operand_string(x), self.ty_str(target));
        let (code, message) = match misfit {
            Misfit::Truncated => ("TruncatedFloat", format!("{operand} truncated to {ty}")),
            Misfit::Overflows => ("NumericOverflow", format!("{operand} overflows {ty}")),
            Misfit::Kind => ("InvalidUntypedConversion", format!("cannot convert {operand} to type {ty}")),
        };
        self.error(x.pos(), code, message);
    }

    /// Gives untyped `x` the type `target`, if it can have it.
    pub fn convert_untyped(&mut self, x: &mut Operand<'a>, target: TypeId) {
        match self.implicit_type_and_value(x, target) {
            Ok((ty, val)) => self.set_implicit(x, ty, val),
            Err(misfit) => {
                let shown = if self.is_type_param(target) { target } else { self.under(target) };
                self.invalid_conversion(misfit, x, shown);
                x.invalidate();
            }
        }
    }

    /// Applies what [`Checker::implicit_type_and_value`] found.
    pub fn set_implicit(&mut self, x: &mut Operand<'a>, ty: TypeId, val: Option<ConstValue>) {
        if let Some(val) = val {
            self.update_expr_val(x, &val);
            x.val = Some(val);
        }
        if ty != x.ty {
            x.ty = ty;
            if let Some(expr) = x.expr {
                self.update_expr_type(expr, ty, false);
            }
        }
    }

    /// The type that untyped `x` takes where `target` is expected and, for constants, the value in that type. A typed
    /// `x` keeps its type.
    pub fn implicit_type_and_value(
        &mut self,
        x: &Operand<'a>,
        target: TypeId,
    ) -> Result<(TypeId, Option<ConstValue>), Misfit> {
        if !x.is_valid() || self.is_typed(x.ty) || !self.is_valid(target) {
            return Ok((x.ty, None));
        }
        if self.is_untyped(target) {
            return self.max_type(x.ty, target).map(|ty| (ty, None)).ok_or(Misfit::Kind);
        }
        if x.is_nil() {
            return if self.has_nil(target) { Ok((target, None)) } else { Err(Misfit::Kind) };
        }
        match self.under_kind(target) {
            TypeKind::Basic(kind) => {
                if x.is_const() {
                    return self.representation(x, kind).map(|val| (target, Some(val)));
                }
                // Comparisons and non-constant shifts yield untyped values that are no constants.
                let fits = match self.kind(x.ty) {
                    TypeKind::Basic(BasicKind::UntypedBool) => kind.is_boolean(),
                    TypeKind::Basic(from) if from.is_numeric() => kind.is_numeric(),
                    TypeKind::Basic(BasicKind::UntypedString) => kind.is_string(),
                    _ => false,
                };
                if fits { Ok((target, None)) } else { Err(Misfit::Kind) }
            }
            TypeKind::Interface(_) => {
                if self.is_type_param(target) {
                    let Some(terms) = self.typeset(target) else { return Err(Misfit::Kind) };
                    for (_, under) in terms {
                        self.implicit_type_and_value(x, under).map_err(|_| Misfit::Kind)?;
                    }
                    return Ok((target, None));
                }
                // The dynamic type is the default type.
                if !self.is_empty_interface(target) {
                    return Err(Misfit::Kind);
                }
                Ok((self.default_type(x.ty), None))
            }
            _ => Err(Misfit::Kind),
        }
    }

    /// Whether the type is an interface that every type implements.
    pub fn is_empty_interface(&mut self, ty: TypeId) -> bool {
        self.as_interface(ty).is_some_and(|id| self.type_set(id).is_all())
    }

    /// Updates the value of an expression whose type is still open.
    fn update_expr_val(&mut self, x: &Operand<'a>, val: &ConstValue) {
        let Some(expr) = x.expr else { return };
        let key = (self.env.file, expr.id);
        if let Some(info) = self.program.untyped.get_mut(&key) {
            info.val = Some(val.clone());
        }
    }

    /// Gives the untyped expression `e` and the operands that share its type the type `ty`. Unless `last` or typed, `ty`
    /// is only an intermediate result.
    pub fn update_expr_type(&mut self, e: &'a Expr, ty: TypeId, last: bool) {
        let key = (self.env.file, e.id);
        let Some(old) = self.program.untyped.get(&key).cloned() else { return };
        stacker::maybe_grow(128 << 10, 1 << 20, || match &e.kind {
            ExprKind::Paren(x) => self.update_expr_type(x, ty, last),
            // The operands of a constant are never materialised.
            ExprKind::Unary { x, .. } if old.val.is_none() => self.update_expr_type(x, ty, last),
            ExprKind::Binary { op, x, y }
                if old.val.is_none()
                // Operands of comparisons have their types already.
                && !op.is_comparison() =>
            {
                self.update_expr_type(x, ty, last);
                if !op.is_shift() {
                    self.update_expr_type(y, ty, last);
                }
            }
            _ => {}
        });
        if !last && self.is_untyped(ty) {
            if let Some(info) = self.program.untyped.get_mut(&key) {
                info.ty = ty;
            }
            return;
        }
        self.program.untyped.remove(&key);
        if old.is_lhs && !self.all_integer(ty) {
            let message = format!(
                "invalid operation: shifted operand {} (type {}) must be integer",
                crate::expr_string::expr_string(e),
                self.ty_str(ty)
            );
            self.error(e.start_pos(), "InvalidShiftOperand", message);
            return;
        }
        let mut val = old.val.clone();
        if old.val.is_some() {
            let mut c = Operand { mode: old.mode, expr: Some(e), ty: old.ty, val: old.val, ..Operand::new() };
            self.convert_untyped(&mut c, ty);
            if !c.is_valid() {
                return;
            }
            // Record the value as the final type represents it.
            val = c.val;
        }
        self.record_type_and_value(e, old.mode, ty, val);
    }

    /// Records what has been found out about `x.expr`; untyped operands wait for their final type.
    pub fn record(&mut self, x: &Operand<'a>) {
        let Some(expr) = x.expr else { return };
        let (ty, val) = match x.mode {
            OperandMode::Invalid => return,
            OperandMode::NoValue => (TypeId::EMPTY_TUPLE, None),
            OperandMode::Constant => (x.ty, x.val.clone()),
            _ => (x.ty, None),
        };
        if self.is_untyped(ty) {
            self.remember_untyped(expr, false, x.mode, ty, val);
        } else {
            self.record_type_and_value(expr, x.mode, ty, val);
        }
    }
}
