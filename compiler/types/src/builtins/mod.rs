//! Calls of built-in functions (spec, "Built-in functions").
//!
//! Each function gets the call and its arguments, already checked unless they can be types, leaves the result in `x`,
//! and tells whether the call is right. Unless the result is constant, the signature is recorded for the name of the
//! function.

mod collection;
mod number;
mod unsafe_;

use rgo_syntax::ast::{Expr, ExprKind};

use crate::call::Call;
use crate::checker::Checker;
use crate::expr::Exclude;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::BuiltinId;
use crate::operand::Operand;
use crate::ty::{Signature, SignatureId, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Checks the call of a built-in; `x` is the result, without its expression.
    pub fn builtin(&mut self, x: &mut Operand<'a>, call: Call<'a>, id: BuiltinId) -> bool {
        let (name, min_args, variadic, _) = id.signature();
        let at = call.e.start_pos();
        if call.has_dots && id != BuiltinId::Append {
            let message = format!("invalid operation: invalid use of ... with built-in {name}");
            self.error(at, "InvalidDotDotDot", message);
            self.use_exprs(call.args);
            return false;
        }
        // Whether len(x) is constant depends on what x contains.
        let outer_call = self.env.has_call_or_recv;
        let measures = matches!(id, BuiltinId::Len | BuiltinId::Cap);
        if measures {
            self.env.has_call_or_recv = false;
        }
        let special = matches!(id, BuiltinId::Make | BuiltinId::New | BuiltinId::Offsetof);
        let mut args = Vec::new();
        let mut nargs = call.args.len();
        if !special {
            args = self.expr_list(call.args);
            nargs = args.len();
        }
        let constant_operand = !self.env.has_call_or_recv;
        if measures {
            self.env.has_call_or_recv = outer_call;
        }
        if args.iter().any(|arg| !arg.is_valid()) {
            return false;
        }
        let qualifier = if nargs < min_args {
            "not enough"
        } else if !variadic && nargs > min_args {
            "too many"
        } else {
            ""
        };
        if !qualifier.is_empty() {
            let text = expr_string(call.e);
            let message = format!(
                "invalid operation: {qualifier} arguments for {text} (expected {min_args}, found {nargs})"
            );
            self.error(at, "WrongArgCount", message);
            return false;
        }
        if let Some(first) = args.first() {
            *x = first.clone();
        }
        match id {
            BuiltinId::Append => self.builtin_append(x, call, &mut args),
            BuiltinId::Cap | BuiltinId::Len => self.builtin_len(x, call, id, constant_operand),
            BuiltinId::Clear => self.builtin_clear(x, call),
            BuiltinId::Close => self.builtin_close(x, call),
            BuiltinId::Complex => self.builtin_complex(x, call, &mut args[1]),
            BuiltinId::Copy => self.builtin_copy(x, call, &args[1]),
            BuiltinId::Delete => self.builtin_delete(x, call, &args[1]),
            BuiltinId::Imag | BuiltinId::Real => self.builtin_real(x, call, id),
            BuiltinId::Make => self.builtin_make(x, call),
            BuiltinId::Max | BuiltinId::Min => self.builtin_max(x, call, id, &mut args),
            BuiltinId::New => self.builtin_new(x, call),
            BuiltinId::Panic => self.builtin_panic(x, call),
            BuiltinId::Print | BuiltinId::Println => self.builtin_print(x, call, name, &mut args),
            BuiltinId::Recover => {
                let any = self.universe.empty_interface;
                self.builtin_result(x, call, Some(any), &[]);
                true
            }
            BuiltinId::Add => self.builtin_add(x, call, &mut args[1]),
            BuiltinId::Alignof | BuiltinId::Sizeof => self.builtin_sizeof(x, call, id),
            BuiltinId::Offsetof => self.builtin_offsetof(x, call),
            BuiltinId::Slice => self.builtin_slice(x, call, &mut args[1]),
            BuiltinId::SliceData => self.builtin_slice_data(x, call),
            BuiltinId::String => self.builtin_string(x, call, &mut args[1]),
            BuiltinId::StringData => self.builtin_string_data(x, call),
        }
    }

    /// Reports an error about an operand: `before x after`.
    fn builtin_error(&mut self, x: &Operand<'a>, code: &'static str, before: &str, after: &str) -> bool {
        let text = self.operand_string(x);
        self.error(x.pos(), code, format!("{before}{text}{after}"));
        false
    }

    /// Makes `x` a value of type `result` (none: no value) and records the signature of the function called.
    fn builtin_result(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        result: Option<TypeId>,
        params: &[TypeId],
    ) {
        let sig = self.make_sig(result, params, false);
        self.record_builtin(call.fun, sig);
        match result {
            Some(ty) => x.set_value(ty),
            None => {
                x.mode = OperandMode::NoValue;
                x.val = None;
            }
        }
    }

    /// A signature; untyped parameters take their default types.
    fn make_sig(&mut self, result: Option<TypeId>, params: &[TypeId], variadic: bool) -> SignatureId {
        let params: Vec<TypeId> = params.iter().map(|&ty| self.program.default_type(ty)).collect();
        let params = self.new_tuple_of(&params);
        let results = self.new_tuple_of(result.as_slice());
        self.new_signature(Signature {
            tparams: [].into(),
            recv_tparams: [].into(),
            recv: None,
            params,
            results,
            variadic,
            scope: None,
        })
    }

    /// Records a signature for the (possibly qualified and parenthesised) name of a built-in.
    fn record_builtin(&mut self, fun: &'a Expr, sig: SignatureId) {
        let ty = self.signature_type(sig);
        let mut e = fun;
        loop {
            self.record_type_and_value(e, OperandMode::Builtin, ty, None);
            match &e.kind {
                ExprKind::Paren(inner) => e = inner,
                _ => return,
            }
        }
    }

    /// `new(T)`, and `new(x)` since Go 1.26
    fn builtin_new(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let arg = &call.args[0];
        self.expr_or_type(x, arg, false);
        self.exclude(x, Exclude::NoValueOrBuiltin);
        match x.mode {
            OperandMode::Invalid => return false,
            OperandMode::TypeExpr => self.valid_var_type(arg, x.ty),
            _ => {
                if self.is_untyped(x.ty) {
                    self.assignment(x, None, "argument to new");
                    if !x.is_valid() {
                        return false;
                    }
                }
                if !self.allow_version((1, 26)) {
                    let what = format!("new({})", expr_string(arg));
                    self.verify_version(call.fun.start_pos(), (1, 26), what);
                }
            }
        }
        let ty = x.ty;
        let ptr = self.new_pointer(ty);
        self.builtin_result(x, call, Some(ptr), &[ty]);
        true
    }

    fn builtin_panic(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.env.is_panic.insert(call.e.id);
        let any = self.universe.empty_interface;
        self.assignment(x, Some(any), "argument to panic");
        if !x.is_valid() {
            return false;
        }
        self.builtin_result(x, call, None, &[any]);
        true
    }

    fn builtin_print(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        name: &str,
        args: &mut [Operand<'a>],
    ) -> bool {
        let context = format!("argument to built-in {name}");
        let mut params = Vec::with_capacity(args.len());
        for arg in args {
            self.assignment(arg, None, &context);
            if !arg.is_valid() {
                return false;
            }
            params.push(arg.ty);
        }
        self.builtin_result(x, call, None, &params);
        true
    }

    /// `len` and `cap`; constant for arrays whose operand need not be evaluated, and for constant strings.
    fn builtin_len(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        id: BuiltinId,
        constant_operand: bool,
    ) -> bool {
        use crate::const_value::ConstValue;
        let is_len = id == BuiltinId::Len;
        let under = self.under(x.ty);
        let base = self.array_ptr_deref(under);
        let mut constant = None;
        let ok = match self.kind(base) {
            TypeKind::Basic(kind) if kind.is_string() && is_len => {
                if let (true, Some(ConstValue::Str(s))) = (x.is_const(), &x.val) {
                    constant = Some(ConstValue::Int(s.len() as i64));
                }
                true
            }
            TypeKind::Array { len, .. } => {
                if constant_operand {
                    constant = Some(if len >= 0 { ConstValue::Int(len) } else { ConstValue::Unknown });
                }
                true
            }
            TypeKind::Slice(_) | TypeKind::Chan { .. } => true,
            TypeKind::Map { .. } => is_len,
            TypeKind::Interface(_) if self.is_type_param(x.ty) => {
                let types = self.typeset(x.ty);
                types.is_some_and(|types| {
                    types.into_iter().all(|(_, under)| {
                        let base = self.array_ptr_deref(under);
                        match self.kind(base) {
                            TypeKind::Basic(kind) => kind.is_string() && is_len,
                            TypeKind::Array { .. } | TypeKind::Slice(_) | TypeKind::Chan { .. } => true,
                            TypeKind::Map { .. } => is_len,
                            _ => false,
                        }
                    })
                })
            }
            _ => false,
        };
        if !ok {
            if self.is_valid(under) {
                let code = if is_len { "InvalidLen" } else { "InvalidCap" };
                let after = format!(" for built-in {}", id.name());
                self.builtin_error(x, code, "invalid argument: ", &after);
            }
            return false;
        }
        match constant {
            Some(val) => x.set_const(TypeId::INT, val),
            None => {
                let ty = x.ty;
                self.builtin_result(x, call, Some(TypeId::INT), &[ty]);
            }
        }
        true
    }
}
