//! Assignability (spec, "Assignability").

use crate::checker::Checker;
use crate::convert::prefix;
use crate::operand::Operand;
use crate::ty::{ChanDir, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Whether `x` can be assigned to a variable of type `ty`.
    pub fn is_assignable(&mut self, x: &Operand<'a>, ty: TypeId) -> bool {
        self.assignable_to(x, ty, None).is_ok()
    }

    /// Whether `x` can be assigned to a variable of type `ty`; the error is its code, and `cause`, if wanted, says more.
    pub fn assignable_to(
        &mut self,
        x: &Operand<'a>,
        ty: TypeId,
        mut cause: Option<&mut String>,
    ) -> Result<(), &'static str> {
        const INCOMPATIBLE: &str = "IncompatibleAssign";
        if !x.is_valid() || !self.is_valid(ty) {
            return Ok(());
        }
        let original = ty;
        let (v, t) = (self.unalias(x.ty), self.unalias(ty));
        if self.identical(v, t) {
            return Ok(());
        }
        let (vu, tu) = (self.under(v), self.under(t));
        let (vp, tp) = (self.is_type_param(v), self.is_type_param(t));
        let to_result = |ok: bool| if ok { Ok(()) } else { Err(INCOMPATIBLE) };

        if self.is_untyped(vu) {
            if tp {
                let Some(types) = self.typeset(t) else { return Err(INCOMPATIBLE) };
                for (tt, _) in types {
                    if self.implicit_type_and_value(x, tt).is_err() {
                        return Err(INCOMPATIBLE);
                    }
                }
                return Ok(());
            }
            return to_result(self.implicit_type_and_value(x, t).is_ok());
        }
        let both_named = self.has_name(v) && self.has_name(t);
        if !vp && !tp && !both_named && self.identical(vu, tu) {
            return Ok(());
        }
        // A pointer to an interface is tried too, for the explanation that goes with it.
        let is_iface = matches!(self.kind(tu), TypeKind::Interface(_)) && !tp;
        if is_iface || self.is_interface_ptr(tu) {
            let mut why = String::new();
            if self.implements_cause(v, t, false, Some(&mut why)) {
                return Ok(());
            }
            if !vp {
                if let Some(cause) = cause {
                    *cause = why;
                }
                return Err("InvalidIfaceAssign");
            }
        }
        if matches!(self.kind(vu), TypeKind::Interface(_)) && !vp && self.implements_cause(t, v, false, None)
        {
            if let Some(cause) = cause {
                *cause = "need type assertion".to_owned();
            }
            return Err(INCOMPATIBLE);
        }
        if let (TypeKind::Chan { dir: ChanDir::Both, elem: ve }, TypeKind::Chan { elem: te, .. }) =
            (self.kind(vu), self.kind(tu))
            && self.identical(ve, te)
        {
            return if both_named { Err("InvalidChanAssign") } else { Ok(()) };
        }
        if !vp && !tp {
            return Err(INCOMPATIBLE);
        }
        if tp && !self.has_name(v) {
            // To each type of the type set.
            let Some(types) = self.typeset(t) else { return Err(INCOMPATIBLE) };
            for (tt, _) in types {
                if let Err(code) = self.assignable_to(x, tt, cause.as_deref_mut()) {
                    if let Some(cause) = cause {
                        let (a, b, c) = (self.ty_str(x.ty), self.ty_str(tt), self.ty_str(t));
                        prefix(cause, format!("cannot assign {a} to {b} (in {c})"));
                    }
                    return Err(code);
                }
            }
            return Ok(());
        }
        if vp && !self.has_name(t) {
            // From each type of the type set.
            let Some(types) = self.typeset(v) else { return Err(INCOMPATIBLE) };
            let mut x = x.clone();
            for (vt, _) in types {
                x.ty = vt;
                if let Err(code) = self.assignable_to(&x, t, cause.as_deref_mut()) {
                    if let Some(cause) = cause {
                        let (a, b, c) = (self.ty_str(vt), self.ty_str(v), self.ty_str(original));
                        prefix(cause, format!("cannot assign {a} (in {b}) to {c}"));
                    }
                    return Err(code);
                }
            }
            return Ok(());
        }
        Err(INCOMPATIBLE)
    }
}
