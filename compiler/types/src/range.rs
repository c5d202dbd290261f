//! Range loops (spec, "For statements with range clause").

use rgo_source::{Name, Pos};
use rgo_syntax::ast::{ChanDir, Expr, ExprKind, RangeStmt};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::VarKind;
use crate::operand::Operand;
use crate::program::Program;
use crate::scope::ScopeKind;
use crate::ty::{TypeId, TypeKind};

/// Types of the iteration values; `None` where there is none.
pub type RangeTypes = (Option<TypeId>, Option<TypeId>);

impl Program<'_> {
    /// Key and value types of a range over a value of type `ty`, for language version `version`. The error is the
    /// cause, if there is one to tell.
    pub fn range_key_val(&mut self, ty: TypeId, version: (u32, u32)) -> Result<RangeTypes, String> {
        for (t, under) in self.typeset(ty).unwrap_or_default() {
            if matches!(self.kind(under), TypeKind::Chan { dir: ChanDir::Send, .. }) {
                return Err(format!("receive from send-only channel {}", self.type_string(t)));
            }
        }
        let under = self.common_under(ty)?;
        let under = self.array_ptr_deref(under);
        match self.kind(under) {
            TypeKind::Basic(kind) if kind.is_string() => Ok((Some(TypeId::INT), Some(TypeId::RUNE))),
            TypeKind::Basic(kind) if kind.is_integer() => {
                if version < (1, 22) {
                    return Err("requires go1.22 or later".to_owned());
                }
                Ok((Some(ty), None))
            }
            TypeKind::Array { elem, .. } | TypeKind::Slice(elem) => Ok((Some(TypeId::INT), Some(elem))),
            TypeKind::Map { key, elem } => Ok((Some(key), Some(elem))),
            TypeKind::Chan { elem, .. } => Ok((Some(elem), None)),
            TypeKind::Signature(sig) => {
                if version < (1, 23) {
                    return Err("requires go1.23 or later".to_owned());
                }
                let sig = self.signature(sig).clone();
                self.range_func(self.tuple(sig.params).as_ref(), self.tuple(sig.results).len())
            }
            _ => Err(String::new()),
        }
    }

    /// Key and value types of a range over a function with these parameters and so many results.
    fn range_func(&mut self, params: &[crate::ObjId], results: usize) -> Result<RangeTypes, String> {
        const SHAPE: &str = "func must be func(yield func(...) bool)";
        let &[yield_var] = params else { return Err(format!("{SHAPE}: wrong argument count")) };
        if results != 0 {
            return Err(format!("{SHAPE}: unexpected results"));
        }
        let yield_type = self.obj_type(yield_var);
        let under =
            self.common_under(yield_type).map_err(|cause| format!("{SHAPE}: in yield type, {cause}"))?;
        let TypeKind::Signature(callback) = self.kind(under) else {
            return Err(format!("{SHAPE}: argument is not func"));
        };
        let callback = self.signature(callback).clone();
        let (params, results) = (self.tuple(callback.params), self.tuple(callback.results));
        if params.len() > 2 {
            return Err(format!("{SHAPE}: yield func has too many parameters"));
        }
        let result = match *results {
            [result] => Some(self.obj_type(result)),
            _ => None,
        };
        if !result.is_some_and(|ty| self.identical(ty, TypeId::BOOL)) {
            return Err(match result.is_some_and(|ty| self.is_boolean(ty)) {
                true => format!("{SHAPE}: yield func returns user-defined boolean, not bool"),
                false => format!("{SHAPE}: yield func does not return bool"),
            });
        }
        if callback.variadic {
            let text = self.type_string(under);
            return Err(format!("yield func of type {text} cannot be variadic"));
        }
        let types: Vec<TypeId> = params.iter().map(|&param| self.obj_type(param)).collect();
        Ok((types.first().copied(), types.get(1).copied()))
    }

    /// The array type behind a pointer to an array; other types are unchanged.
    pub(crate) fn array_ptr_deref(&mut self, ty: TypeId) -> TypeId {
        let actual = self.unalias(ty);
        if let TypeKind::Pointer(base) = self.kind(actual) {
            let under = self.under(base);
            if matches!(self.kind(under), TypeKind::Array { .. }) {
                return under;
            }
        }
        ty
    }
}

impl<'a> Checker<'_, 'a> {
    /// Checks a range loop at `pos`.
    pub fn range_stmt(&mut self, pos: Pos, s: &'a RangeStmt) {
        let mut x = Operand::new();
        let outer_call = std::mem::replace(&mut self.env.has_call_or_recv, false);
        self.expr(None, &mut x, &s.x);
        if x.is_valid() && s.value.is_none() && !self.env.has_call_or_recv {
            self.record_constant_length(&x, &s.x);
        }
        self.env.has_call_or_recv |= outer_call;

        let (key, val) = self.range_types(&mut x, s);
        let range_over_int = x.is_valid() && self.is_integer(x.ty);
        let outer = self.open_scope(ScopeKind::Block);
        let sides = [(s.key.as_ref(), key), (s.value.as_ref(), val)];
        if s.define {
            self.range_define(pos, &mut x, sides, range_over_int);
        } else if s.key.is_some() {
            self.range_assign(&mut x, sides, range_over_int);
        } else if range_over_int {
            // An untyped number still needs a type.
            self.assignment(&mut x, None, "range clause");
        }
        // An untyped string is iterated over as a string.
        if let (true, Some(expr)) = (x.is_valid() && self.is_untyped(x.ty), x.expr) {
            let ty = self.default_type(x.ty);
            self.update_expr_type(expr, ty, true);
        }
        self.block(&s.body);
        self.close_scope(outer);
    }

    /// An array that is ranged over for its length only is not evaluated: it is recorded as the constant length.
    fn record_constant_length(&mut self, x: &Operand<'a>, e: &'a Expr) {
        let under = self.under(x.ty);
        let array = self.array_ptr_deref(under);
        if let TypeKind::Array { len, .. } = self.kind(array) {
            let mut e = e;
            while let ExprKind::Paren(inner) = &e.kind {
                e = inner;
            }
            self.record_type_and_value(e, OperandMode::Constant, TypeId::INT, Some(ConstValue::Int(len)));
        }
    }

    fn range_types(&mut self, x: &mut Operand<'a>, s: &'a RangeStmt) -> RangeTypes {
        if !x.is_valid() {
            return (None, None);
        }
        let version = self.file(self.env.file).version;
        let (key, val) = match self.program.range_key_val(x.ty, version) {
            Ok(types) => types,
            Err(cause) => {
                let text = self.operand_string(x);
                let colon = if cause.is_empty() { "" } else { ": " };
                let message = format!("cannot range over {text}{colon}{cause}");
                self.error(x.pos(), "InvalidRangeExpr", message);
                return (None, None);
            }
        };
        if let (None, Some(e)) = (key, &s.key) {
            let text = self.operand_string(x);
            let message = format!("range over {text} permits no iteration variables");
            self.error(e.start_pos(), "InvalidIterVar", message);
        } else if let (None, Some(e)) = (val, &s.value) {
            let text = self.operand_string(x);
            let message = format!("range over {text} permits only one iteration variable");
            self.error(e.start_pos(), "InvalidIterVar", message);
        } else if let Some(e) = s.extra.first() {
            let message = "range clause permits at most two iteration variables";
            self.error(e.start_pos(), "InvalidIterVar", message);
        }
        (key, val)
    }

    fn range_define(
        &mut self,
        pos: Pos,
        x: &mut Operand<'a>,
        sides: [(Option<&'a Expr>, Option<TypeId>); 2],
        range_over_int: bool,
    ) {
        let pkg = Some(self.env.pkg);
        let mut vars = Vec::new();
        for (lhs, ty) in sides {
            let Some(lhs) = lhs else { continue };
            let var = match lhs.as_ident() {
                Some(ident) => {
                    let var = self.new_var(VarKind::Local, ident.pos, pkg, ident.name, None);
                    self.record_def(ident, var);
                    if !ident.name.is_blank() {
                        vars.push(var);
                    }
                    var
                }
                None => {
                    let message = format!("cannot declare {}", expr_string(lhs));
                    self.error(lhs.start_pos(), "InvalidSyntaxTree", message);
                    self.new_var(VarKind::Local, lhs.start_pos(), pkg, Name::new("_"), None)
                }
            };
            let Some(ty) = ty else {
                self.obj_mut(var).ty = Some(TypeId::INVALID);
                self.set_used(var, true);
                continue;
            };
            if range_over_int {
                self.init_var(var, x, "range clause");
            } else {
                let mut y = Operand::described(lhs.start_pos(), expr_string(lhs), ty);
                self.init_var(var, &mut y, "assignment");
            }
        }
        if vars.is_empty() {
            self.error(pos, "NoNewVar", "no new variables on left side of :=");
        }
        let scope = self.env.scope;
        for var in vars {
            self.declare(scope, None, var, pos);
        }
    }

    fn range_assign(
        &mut self,
        x: &mut Operand<'a>,
        sides: [(Option<&'a Expr>, Option<TypeId>); 2],
        range_over_int: bool,
    ) {
        for (lhs, ty) in sides {
            let (Some(lhs), Some(ty)) = (lhs, ty) else { continue };
            if range_over_int {
                self.assign_var(lhs, x, "range clause");
                if x.is_valid() && !self.is_integer(x.ty) {
                    let text = self.ty_str(x.ty);
                    let message = format!("cannot use iteration variable of type {text}");
                    self.error(lhs.start_pos(), "InvalidRangeExpr", message);
                }
            } else {
                let mut y = Operand::described(lhs.start_pos(), expr_string(lhs), ty);
                self.assign_var(lhs, &mut y, "assignment");
            }
        }
    }
}
