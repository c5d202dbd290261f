//! Conversions (spec, "Conversions").

use rgo_source::Pos;

use crate::checker::Checker;
use crate::const_value::{ConstKind, ConstValue};
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{BasicKind, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Converts `x` to `ty`.
    pub fn conversion(&mut self, x: &mut Operand<'a>, ty: TypeId) {
        let const_arg = x.is_const();
        let mut cause = String::new();
        let mut ok = false;
        if const_arg && self.is_const_type(ty) {
            match self.const_converted(x, ty) {
                Some(val) => {
                    x.val = Some(val);
                    ok = true;
                }
                None if self.is_integer(x.ty) && self.is_integer(ty) => {
                    let text = self.ty_str(ty);
                    let message = format!("constant {} overflows {text}", x.const_val());
                    self.error(x.pos(), "InvalidConversion", message);
                    x.invalidate();
                    return;
                }
                None => {
                    // gc has made an integer of it by now, and shows that.
                    let int = x.const_val().to_int();
                    if self.is_integer(ty) && int.kind() == ConstKind::Int {
                        x.val = Some(int);
                    }
                }
            }
        } else if const_arg && self.is_type_param(ty) {
            ok = self.const_converts_to_all(x, ty, &mut cause);
            x.mode = OperandMode::Value;
        } else if self.convertible_to(x, ty, &mut cause) {
            ok = true;
            x.mode = OperandMode::Value;
        }
        if !ok {
            let (operand, text) = (self.operand_string(x), self.ty_str(ty));
            let mut message = format!("cannot convert {operand} to type {text}");
            if !cause.is_empty() {
                message.push_str(": ");
                message.push_str(&cause);
            }
            self.error(x.pos(), "InvalidConversion", message);
            x.invalidate();
            return;
        }
        // The argument's type is decided by the conversion.
        if self.is_untyped(x.ty) {
            let mut last = ty;
            if x.ty == TypeId::UNTYPED_NIL {
                // nil takes the type converted to.
            } else if self.is_non_type_param_interface(ty) || const_arg && !self.is_const_type(ty) {
                last = self.default_type(x.ty);
            } else if x.is_const() && self.is_integer(x.ty) && self.all_string(ty) {
                last = x.ty;
            }
            if let Some(expr) = x.expr {
                self.update_expr_type(expr, last, true);
            }
        }
        if !x.is_const() {
            x.val = None;
        }
        x.ty = ty;
    }

    /// The constant `x` converted to `ty`, if `ty` is basic and can represent it.
    fn const_converted(&mut self, x: &Operand<'a>, ty: TypeId) -> Option<ConstValue> {
        let kind = self.basic_kind(ty)?;
        let val = x.const_val();
        if let Some(val) = val.represent(kind, self.word_bits()) {
            return Some(val);
        }
        if !self.is_integer(x.ty) || !kind.is_string() {
            return None;
        }
        let code = val.as_u64().and_then(|code| u32::try_from(code).ok());
        let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        Some(ConstValue::from_bytes(c.encode_utf8(&mut [0; 4]).as_bytes()))
    }

    fn const_converts_to_all(&mut self, x: &Operand<'a>, ty: TypeId, cause: &mut String) -> bool {
        let Some(types) = self.typeset(ty) else {
            *cause = format!("{} does not contain specific types", self.ty_str(ty));
            return false;
        };
        for (_, under) in types {
            if self.is_string(x.ty) && self.is_bytes_or_runes(under) {
                continue;
            }
            if self.const_converted(x, under).is_none() {
                let (u, t) = (self.ty_str(under), self.ty_str(ty));
                *cause = if self.is_integer(x.ty) && self.is_integer(under) {
                    format!("constant {} overflows {u} (in {t})", x.const_val())
                } else {
                    format!("cannot convert {} to type {u} (in {t})", self.operand_string(x))
                };
                return false;
            }
        }
        true
    }

    /// Whether the non-constant `x` converts to `ty`; `cause` says why not.
    pub fn convertible_to(&mut self, x: &Operand<'a>, ty: TypeId, cause: &mut String) -> bool {
        if self.assignable_to(x, ty, Some(cause)).is_ok() {
            return true;
        }
        let original = ty;
        let (v, t) = (self.unalias(x.ty), self.unalias(ty));
        let (vu, tu) = (self.under(v), self.under(t));
        let (vp, tp) = (self.as_type_param(v), self.as_type_param(t));
        if vp.is_none() && tp.is_none() && self.identical_ignore_tags(vu, tu) {
            return true;
        }
        if let (TypeKind::Pointer(vb), TypeKind::Pointer(tb)) = (self.kind(v), self.kind(t)) {
            let (vbu, tbu) = (self.under(vb), self.under(tb));
            if self.identical_ignore_tags(vbu, tbu) && !self.is_type_param(vb) && !self.is_type_param(tb) {
                return true;
            }
        }
        if self.basic_convertible(vu, tu) {
            return true;
        }
        match self.slice_to_array(vu, tu) {
            Some(version) if self.allow_version(version) => return true,
            Some((major, minor)) => {
                let what = if minor == 20 { "array" } else { "array pointer" };
                *cause = format!("conversion of slice to {what} requires go{major}.{minor} or later");
                return false;
            }
            None => {}
        }
        let mut x = x.clone();
        match (vp, tp) {
            (None, None) => false,
            (Some(_), Some(_)) => {
                let (Some(vs), Some(ts)) = (self.typeset(v), self.typeset(t)) else { return false };
                for (vt, _) in vs {
                    x.ty = vt;
                    for &(tt, _) in &ts {
                        if !self.convertible_to(&x, tt, cause) {
                            let (a, b) = (self.ty_str(vt), self.ty_str(v));
                            let (c, d) = (self.ty_str(tt), self.ty_str(t));
                            prefix(cause, format!("cannot convert {a} (in {b}) to type {c} (in {d})"));
                            return false;
                        }
                    }
                }
                true
            }
            (Some(_), None) => {
                let Some(vs) = self.typeset(v) else { return false };
                for (vt, _) in vs {
                    x.ty = vt;
                    if !self.convertible_to(&x, t, cause) {
                        let (a, b, c) = (self.ty_str(vt), self.ty_str(v), self.ty_str(original));
                        prefix(cause, format!("cannot convert {a} (in {b}) to type {c}"));
                        return false;
                    }
                }
                true
            }
            (None, Some(_)) => {
                let Some(ts) = self.typeset(t) else { return false };
                for (tt, _) in ts {
                    if !self.convertible_to(&x, tt, cause) {
                        let (a, b, c) = (self.ty_str(x.ty), self.ty_str(tt), self.ty_str(t));
                        prefix(cause, format!("cannot convert {a} to type {b} (in {c})"));
                        return false;
                    }
                }
                true
            }
        }
    }

    /// Conversions between numbers, strings, slices of bytes or runes, and unsafe pointers; on underlying types.
    fn basic_convertible(&mut self, v: TypeId, t: TypeId) -> bool {
        let real = |kind: BasicKind| kind.is_integer() || kind.is_float();
        if self.is_basic(v, real) && self.is_basic(t, real) || self.is_complex(v) && self.is_complex(t) {
            return true;
        }
        if self.is_string(t) && (self.is_integer(v) || self.is_bytes_or_runes(v)) {
            return true;
        }
        if self.is_string(v) && self.is_bytes_or_runes(t) {
            return true;
        }
        let address = |c: &mut Self, ty| {
            matches!(c.under_kind(ty), TypeKind::Pointer(_) | TypeKind::Basic(BasicKind::Uintptr))
        };
        address(self, v) && self.is_unsafe_pointer(t) || self.is_unsafe_pointer(v) && address(self, t)
    }

    fn is_unsafe_pointer(&mut self, ty: TypeId) -> bool {
        self.basic_kind(ty) == Some(BasicKind::UnsafePointer)
    }

    /// Whether the underlying type is a slice whose elements are bytes or runes.
    pub fn is_bytes_or_runes(&mut self, ty: TypeId) -> bool {
        let TypeKind::Slice(elem) = self.under_kind(ty) else { return false };
        let kind = self.basic_kind(elem).map(BasicKind::normal);
        matches!(kind, Some(BasicKind::Uint8 | BasicKind::Int32))
    }

    /// For the conversion of a slice to an array or to a pointer to one: the version that introduced it.
    fn slice_to_array(&mut self, v: TypeId, t: TypeId) -> Option<(u32, u32)> {
        let TypeKind::Slice(elem) = self.kind(v) else { return None };
        let (array_elem, version) = match self.kind(t) {
            TypeKind::Array { elem, .. } => (elem, (1, 20)),
            TypeKind::Pointer(base) => match self.under_kind(base) {
                TypeKind::Array { elem, .. } => (elem, (1, 17)),
                _ => return None,
            },
            _ => return None,
        };
        self.identical(elem, array_elem).then_some(version)
    }

    /// Reports an error placed at `pos` with a further line about another declaration.
    pub fn error_with_note(&mut self, pos: Pos, code: &'static str, message: String, at: Pos, note: String) {
        let note = if at.is_known() { format!("{}: {note}", self.pos_string(at)) } else { note };
        self.error(pos, code, format!("{message}\n\t{note}"));
    }
}

/// Puts `text` before the cause found so far.
pub(crate) fn prefix(cause: &mut String, text: String) {
    *cause = if cause.is_empty() { text } else { format!("{text}\n\t{cause}") };
}
