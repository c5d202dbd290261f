//! `complex`, `real`, `imag`, `max`, `min`.

use rgo_syntax::ast::BinaryOp;

use crate::call::Call;
use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::info::OperandMode;
use crate::object::{BuiltinId, ObjKind};
use crate::operand::Operand;
use crate::ty::{BasicKind, Interface, Term, TypeId};

/// The complex type with parts of this type.
fn complex_of(kind: BasicKind) -> Option<TypeId> {
    match kind {
        BasicKind::Float32 => Some(TypeId::COMPLEX64),
        BasicKind::Float64 => Some(TypeId::COMPLEX128),
        BasicKind::UntypedFloat => Some(TypeId::UNTYPED_COMPLEX),
        _ => None,
    }
}

/// The type of the parts of this complex type.
fn part_of(kind: BasicKind) -> Option<TypeId> {
    match kind {
        BasicKind::Complex64 => Some(TypeId::FLOAT32),
        BasicKind::Complex128 => Some(TypeId::FLOAT64),
        BasicKind::UntypedComplex => Some(TypeId::UNTYPED_FLOAT),
        _ => None,
    }
}

impl<'a> Checker<'_, 'a> {
    pub(super) fn builtin_complex(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        y: &mut Operand<'a>,
    ) -> bool {
        match (self.is_untyped(x.ty), self.is_untyped(y.ty)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.ty),
            (false, true) => self.convert_untyped(y, x.ty),
            (true, true) if x.is_const() && y.is_const() => {
                for operand in [&mut *x, &mut *y] {
                    if self.is_numeric(operand.ty) && operand.const_val().imag().sign() == 0 {
                        operand.ty = TypeId::UNTYPED_FLOAT;
                    }
                }
            }
            (true, true) => {
                // A shift of a constant: an error, as floats cannot be shifted.
                self.convert_untyped(x, TypeId::FLOAT64);
                self.convert_untyped(y, TypeId::FLOAT64);
            }
        }
        if !x.is_valid() || !y.is_valid() {
            return false;
        }
        if !self.identical(x.ty, y.ty) {
            let (tx, ty) = (self.ty_str(x.ty), self.ty_str(y.ty));
            let text = crate::expr_string::expr_string(call.e);
            let message = format!("invalid operation: {text} (mismatched types {tx} and {ty})");
            self.error(x.pos(), "InvalidComplex", message);
            return false;
        }
        let Some(result) = self.apply_type_func(complex_of, x, BuiltinId::Complex) else {
            let text = self.ty_str(x.ty);
            let message = format!("invalid argument: arguments have type {text}, expected floating-point");
            self.error(x.pos(), "InvalidComplex", message);
            return false;
        };
        if x.is_const() && y.is_const() {
            let val = ConstValue::complex(x.const_val().to_float(), y.const_val().to_float());
            x.set_const(result, val);
        } else {
            let params = [x.ty, x.ty];
            self.builtin_result(x, call, Some(result), &params);
        }
        true
    }

    pub(super) fn builtin_real(&mut self, x: &mut Operand<'a>, call: Call<'a>, id: BuiltinId) -> bool {
        if self.is_untyped(x.ty) {
            if !x.is_const() {
                self.convert_untyped(x, TypeId::COMPLEX128);
                if !x.is_valid() {
                    return false;
                }
            } else if self.is_numeric(x.ty) {
                x.ty = TypeId::UNTYPED_COMPLEX;
            }
        }
        let is_real = id == BuiltinId::Real;
        let Some(result) = self.apply_type_func(part_of, x, id) else {
            let text = self.ty_str(x.ty);
            let code = if is_real { "InvalidReal" } else { "InvalidImag" };
            let message = format!("invalid argument: argument has type {text}, expected complex type");
            self.error(x.pos(), code, message);
            return false;
        };
        if x.is_const() {
            let val = x.const_val();
            x.set_const(result, if is_real { val.real() } else { val.imag() });
        } else {
            let param = x.ty;
            self.builtin_result(x, call, Some(result), &[param]);
        }
        true
    }

    /// Applies `f` to the type of `x`. For a type parameter that would need another type parameter, which gc refuses.
    fn apply_type_func(
        &mut self,
        f: fn(BasicKind) -> Option<TypeId>,
        x: &Operand<'a>,
        id: BuiltinId,
    ) -> Option<TypeId> {
        let Some(tparam) = self.as_type_param(x.ty) else { return f(self.basic_kind(x.ty)?) };
        let mut terms = Vec::new();
        for term in self.tparam_type_set(tparam).terms.as_deref()? {
            let ty = f(self.basic_kind(term.ty)?)?;
            terms.push(Term { tilde: term.tilde, ty });
        }
        let code = match id {
            BuiltinId::Real => "InvalidReal",
            BuiltinId::Imag => "InvalidImag",
            _ => "InvalidComplex",
        };
        let after = format!(
            " not supported as argument to built-in {} for go1.18 (see go.dev/issue/50937)",
            id.name()
        );
        self.builtin_error(x, code, "", &after);
        let old = self.tparam(tparam).obj;
        let (name, index) = (self.obj(old).name, self.tparam(tparam).index);
        let union = self.new_union(terms.into());
        let bound = self.new_interface(Interface {
            embeddeds: vec![(union, rgo_source::Pos::NONE)],
            implicit: true,
            complete: true,
            ..Interface::default()
        });
        let pkg = Some(self.env.pkg);
        let obj = self.new_object(ObjKind::TypeName, rgo_source::Pos::NONE, pkg, name, None);
        let fresh = self.new_type_param(obj, index, bound);
        Some(self.tparam_type(fresh))
    }

    pub(super) fn builtin_max(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        id: BuiltinId,
        args: &mut [Operand<'a>],
    ) -> bool {
        let name = id.name();
        self.verify_version(call.fun.start_pos(), (1, 21), format!("built-in {name}"));
        let op = if id == BuiltinId::Max { BinaryOp::Gtr } else { BinaryOp::Lss };
        for (i, arg) in args.iter_mut().enumerate() {
            if !self.all_ordered(arg.ty) {
                let after = " cannot be ordered";
                return self.builtin_error(arg, "InvalidMinMaxOperand", "invalid argument: ", after);
            }
            if i == 0 {
                continue;
            }
            self.match_types(x, arg);
            if !x.is_valid() {
                return false;
            }
            if !self.identical(x.ty, arg.ty) {
                let (tx, ta) = (self.ty_str(x.ty), self.ty_str(arg.ty));
                let text = arg.text();
                let message = format!(
                    "invalid argument: mismatched types {tx} (previous argument) and {ta} (type of {text})"
                );
                self.error(arg.pos(), "MismatchedTypes", message);
                return false;
            }
            if x.is_const() && arg.is_const() {
                if ConstValue::compare(&arg.const_val(), op, &x.const_val()) {
                    *x = arg.clone();
                }
            } else {
                x.mode = OperandMode::Value;
                x.val = None;
            }
        }
        if !x.is_const() {
            x.mode = OperandMode::Value;
            let any = self.universe.empty_interface;
            self.assignment(x, Some(any), &format!("argument to built-in {name}"));
            if !x.is_valid() {
                return false;
            }
        }
        // All arguments have the type of the result.
        let ty = x.ty;
        for arg in args.iter() {
            if let Some(expr) = arg.expr {
                self.update_expr_type(expr, ty, true);
            }
        }
        if !x.is_const() {
            let params = vec![ty; args.len()];
            self.builtin_result(x, call, Some(ty), &params);
        }
        true
    }
}
