//! Calls and conversions (spec, "Calls", "Conversions"); arguments, also generic ones.

use rgo_source::Pos;
use rgo_syntax::ast::{Expr, ExprKind};

use crate::checker::Checker;
use crate::expr::{Exclude, ExprUse};
use crate::expr_string::expr_string;
use crate::infer::Inference;
use crate::info::OperandMode;
use crate::object::{BuiltinResult, ObjId};
use crate::operand::Operand;
use crate::subst::SubstMap;
use crate::ty::{SignatureId, TypeId, TypeKind, TypeParamId};

/// A call expression, taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub e: &'a Expr,
    pub fun: &'a Expr,
    pub args: &'a [Expr],
    pub has_dots: bool,
}

impl<'a> Call<'a> {
    /// The parts of `e`, if it is a call.
    pub fn new(e: &'a Expr) -> Option<Call<'a>> {
        match &e.kind {
            ExprKind::Call { fun, args, ellipsis, .. } => {
                Some(Call { e, fun, args, has_dots: ellipsis.is_some() })
            }
            _ => None,
        }
    }
}

/// The type arguments that an index expression gives.
pub(crate) fn type_arg_exprs(inst: Option<&Expr>) -> &[Expr] {
    match inst.map(|e| &e.kind) {
        Some(ExprKind::Index { indices, .. }) => indices,
        _ => &[],
    }
}

impl<'a> Checker<'_, 'a> {
    /// Checks a call or conversion and tells which it is.
    pub fn call_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) -> ExprUse {
        let Some(call) = Call::new(e) else { return ExprUse::Expression };
        // Given type arguments are looked at together with the arguments.
        let mut inst = None;
        if let ExprKind::Index { .. } = call.fun.kind {
            if self.index_expr(x, call.fun) {
                inst = Some(call.fun);
            }
            x.expr = Some(call.fun);
            self.record(x);
        } else {
            self.expr_or_type(x, call.fun, true);
        }
        let result = match x.mode {
            OperandMode::Invalid => {
                self.use_exprs(call.args);
                ExprUse::Statement
            }
            OperandMode::TypeExpr => {
                self.non_generic(None, x);
                if x.is_valid() {
                    self.conversion_call(x, call);
                }
                ExprUse::Conversion
            }
            OperandMode::Builtin => match x.id {
                Some(id) => {
                    if !self.builtin(x, call, id) {
                        x.invalidate();
                    }
                    if x.is_valid() && !x.is_const() {
                        self.env.has_call_or_recv = true;
                    }
                    match id.signature().3 {
                        BuiltinResult::Expression => ExprUse::Expression,
                        BuiltinResult::Statement => ExprUse::Statement,
                    }
                }
                None => ExprUse::Statement,
            },
            _ => {
                self.function_call(x, call, inst);
                ExprUse::Statement
            }
        };
        x.expr = Some(e);
        x.dummy = None;
        result
    }

    fn conversion_call(&mut self, x: &mut Operand<'a>, call: Call<'a>) {
        let ty = x.ty;
        x.invalidate();
        if !self.is_complete(ty) {
            return;
        }
        match call.args {
            [] => {
                let text = self.ty_str(ty);
                let message = format!("missing argument in conversion to {text}");
                self.error(call.e.start_pos(), "WrongArgCount", message);
            }
            [arg] => {
                let target = self.func_target(Some(ty), || "conversion".to_owned());
                self.expr(target.as_ref(), x, arg);
                if !x.is_valid() {
                    return;
                }
                if !self.is_type_param(ty)
                    && let Some(iface) = self.as_interface(ty)
                    && !self.type_set(iface).is_method_set()
                {
                    let text = self.ty_str(ty);
                    let message = format!(
                        "cannot use interface {text} in conversion (contains specific type constraints or is comparable)"
                    );
                    self.error(call.e.start_pos(), "MisplacedConstraintIface", message);
                    x.invalidate();
                    return;
                }
                if call.has_dots {
                    let text = self.ty_str(ty);
                    let message = format!("invalid use of ... in conversion to {text}");
                    self.error(arg.start_pos(), "BadDotDotDotSyntax", message);
                    x.invalidate();
                    return;
                }
                self.conversion(x, ty);
            }
            [.., last] => {
                self.use_exprs(call.args);
                let text = self.ty_str(ty);
                let message = format!("too many arguments in conversion to {text}");
                self.error(last.start_pos(), "WrongArgCount", message);
            }
        }
    }

    /// The signature to call for an operand of any function type, or of a type parameter constrained by such.
    fn callee_signature(&mut self, x: &Operand<'a>) -> Result<SignatureId, String> {
        if let Some(types) = self.typeset(x.ty) {
            for (ty, under) in types {
                if !matches!(self.kind(under), TypeKind::Signature(_)) {
                    return Err(format!("{} is not a function", self.ty_str(ty)));
                }
            }
        }
        let under = self.common_under(x.ty)?;
        match self.kind(under) {
            TypeKind::Signature(id) => Ok(id),
            _ => Err(format!("{} is not a function", self.ty_str(x.ty))),
        }
    }

    fn function_call(&mut self, x: &mut Operand<'a>, call: Call<'a>, inst: Option<&'a Expr>) {
        let mut sig = match self.callee_signature(x) {
            Ok(sig) => sig,
            Err(cause) => {
                let text = self.operand_string(x);
                let message = format!("invalid operation: cannot call {text}: {cause}");
                self.error(x.pos(), "InvalidCall", message);
                x.invalidate();
                return;
            }
        };
        let want = self.signature(sig).tparams.len();
        let mut xlist = type_arg_exprs(inst);
        let mut targs = Vec::new();
        if let Some(inst) = inst {
            let Some(list) = self.type_list(xlist) else {
                self.use_exprs(call.args);
                x.invalidate();
                return;
            };
            targs = list;
            let got = targs.len();
            if got > want {
                let message = format!("got {got} type arguments but want {want}");
                self.error(xlist[want].start_pos(), "WrongTypeArgCount", message);
                self.use_exprs(call.args);
                x.invalidate();
                return;
            }
            // All given: instantiate at once, so that arguments are checked against real types.
            if got == want && want > 0 {
                self.verify_version(inst.start_pos(), (1, 18), "function instantiation");
                sig = self.instantiate_call(inst.pos, Some(inst), sig, &targs, xlist);
                targs = Vec::new();
                xlist = &[];
            }
        }
        let (mut args, atargs) = self.generic_expr_list(call.args);
        sig = self.arguments(call, sig, targs, xlist, &mut args, atargs);
        if want > 0 && self.signature(sig).tparams.is_empty() {
            let ty = self.signature_type(sig);
            self.record_type_and_value(call.fun, OperandMode::Value, ty, None);
        }
        let results = self.signature(sig).results;
        match *self.tuple(results) {
            [] => x.mode = OperandMode::NoValue,
            [one] => {
                let ty = self.obj_type(one);
                if !self.is_complete(ty) {
                    x.invalidate();
                    return;
                }
                x.set_value(ty);
            }
            _ => {
                let ty = self.tuple_type(results);
                x.set_value(ty);
            }
        }
        self.env.has_call_or_recv = true;
        // A failed inference leaves type parameters in the result.
        let tparams = self.signature(sig).tparams.clone();
        if x.mode == OperandMode::Value && !tparams.is_empty() && self.is_parameterized(&tparams, x.ty) {
            x.invalidate();
        }
    }

    /// Checks a list of expressions; a single one may yield several values.
    pub fn expr_list(&mut self, list: &'a [Expr]) -> Vec<Operand<'a>> {
        if let [one] = list {
            return self.multi_expr(one, false).0;
        }
        let mut operands = Vec::with_capacity(list.len());
        for e in list {
            let mut x = Operand::new();
            self.expr(None, &mut x, e);
            operands.push(x);
        }
        operands
    }

    /// Like [`Checker::expr_list`] for arguments, which may be generic functions, also partially instantiated: their
    /// type arguments are the second result, parallel to the first.
    fn generic_expr_list(&mut self, list: &'a [Expr]) -> (Vec<Operand<'a>>, Vec<Vec<TypeId>>) {
        // Before Go 1.21, arguments had to be instantiated.
        let infer = !self.allow_version((1, 21));
        let mut operands = Vec::with_capacity(list.len());
        let mut targs_list = Vec::with_capacity(list.len());
        for e in list {
            let mut x = Operand::new();
            let mut targs = Vec::new();
            if matches!(e.kind, ExprKind::Index { .. }) {
                if self.index_expr(&mut x, e) {
                    let pos = x.expr.map_or(e.pos, |e| e.pos);
                    match self.func_inst_partial(None, pos, &mut x, Some(e), infer) {
                        Some(partial) => {
                            targs = partial;
                            x.expr = Some(e);
                        }
                        None => self.record(&x),
                    }
                } else {
                    x.expr = Some(e);
                    self.record(&x);
                    self.exclude(&mut x, Exclude::NonValues);
                    self.single_value(&mut x);
                }
            } else if list.len() == 1 {
                self.raw_expr(None, &mut x, e, None, true);
                self.exclude(&mut x, Exclude::NonValues);
                if x.is_valid()
                    && let TypeKind::Tuple(tuple) = self.kind(x.ty)
                {
                    for &var in self.tuple(tuple).iter() {
                        let ty = self.obj_type(var);
                        operands.push(Operand::value(e, ty));
                        targs_list.push(Vec::new());
                    }
                    return (operands, targs_list);
                }
            } else {
                self.generic_expr(&mut x, e, None);
            }
            operands.push(x);
            targs_list.push(targs);
        }
        (operands, targs_list)
    }

    fn var_types(&mut self, vars: &[ObjId]) -> Vec<TypeId> {
        vars.iter().map(|&var| self.program.obj_type(var)).collect()
    }

    /// Checks arguments against the parameters of `sig`, infers missing type arguments of the callee and of generic
    /// arguments, and returns the signature called: `sig`, instantiated if it is generic. After an error it is `sig`.
    pub fn arguments(
        &mut self,
        call: Call<'a>,
        sig: SignatureId,
        targs: Vec<TypeId>,
        xlist: &'a [Expr],
        args: &mut [Operand<'a>],
        atargs: Vec<Vec<TypeId>>,
    ) -> SignatureId {
        let params = self.signature(sig).params;
        let param_vars = self.tuple(params);
        let mut params = self.var_types(&param_vars);
        let variadic = self.signature(sig).variadic;
        let nargs = args.len();
        let mut npars = params.len();
        // One parameter for each argument of a variadic call.
        let mut adjusted = false;
        if variadic {
            if call.has_dots {
                if call.args.len() == 1 && nargs > 1 {
                    let message =
                        format!("cannot use ... with {nargs}-valued {}", expr_string(&call.args[0]));
                    self.error(call.e.start_pos(), "InvalidDotDotDot", message);
                    return sig;
                }
            } else if nargs + 1 >= npars {
                if let Some(last) = params.pop() {
                    let elem = match self.under_kind(last) {
                        TypeKind::Slice(elem) => elem,
                        _ => TypeId::BYTE,
                    };
                    params.resize(nargs, elem);
                }
                adjusted = true;
                npars = nargs;
            } else {
                npars -= 1;
            }
        } else if call.has_dots {
            let message = format!("cannot use ... in call to non-variadic {}", expr_string(call.fun));
            self.error(call.e.start_pos(), "NonVariadicDotDotDot", message);
            return sig;
        }
        if nargs != npars {
            self.wrong_arg_count(call, sig, args, npars);
            return sig;
        }

        // Type parameters of the callee, renamed because of recursive calls, then those of generic arguments.
        let callee_tparams = self.signature(sig).tparams.clone();
        let n = callee_tparams.len();
        let mut tparams: Vec<TypeParamId> = Vec::new();
        let mut targs: Vec<Option<TypeId>> = targs.into_iter().map(Some).collect();
        if n > 0 {
            if !self.allow_version((1, 18)) {
                let what = if matches!(call.fun.kind, ExprKind::Index { .. }) { "" } else { "implicit " };
                self.verify_version(call.e.start_pos(), (1, 18), format!("{what}function instantiation"));
            }
            (tparams, params) = self.rename_tparams(&callee_tparams, &params);
            targs.resize(n, None);
        }
        let mut generic_args: Vec<(usize, SignatureId, Vec<TypeParamId>)> = Vec::new();
        for (i, arg) in args.iter_mut().enumerate() {
            if !arg.is_valid() {
                continue;
            }
            let TypeKind::Signature(asig) = self.kind(arg.ty) else { continue };
            let own = self.signature(asig).tparams.clone();
            if own.is_empty() {
                continue;
            }
            let (fresh, types) = self.rename_tparams(&own, &[arg.ty]);
            arg.ty = self.with_tparams(types[0], &fresh);
            tparams.extend(&fresh);
            targs.extend(atargs.get(i).into_iter().flatten().copied().map(Some));
            targs.resize(tparams.len(), None);
            generic_args.push((i, asig, fresh));
        }
        if let Some(&(first, ..)) = generic_args.first() {
            let pos = args[first].pos();
            self.verify_version(pos, (1, 21), "implicitly instantiated function as argument");
        }

        let mut result = sig;
        if !tparams.is_empty() {
            let inference = Inference { tparams: &tparams, targs: &targs, params: &params, reverse: false };
            let inferred = match self.infer(call.e.pos, inference, args) {
                Ok(inferred) => inferred,
                Err(err) => {
                    if let Some((pos, message)) = err {
                        let message = format!("in call to {}, {message}", expr_string(call.fun));
                        self.error(pos, "CannotInferTypeArgs", message);
                    }
                    return sig;
                }
            };
            if n > 0 {
                result = self.instantiate_call(call.e.pos, Some(call.fun), sig, &inferred[..n], xlist);
                if adjusted {
                    let map = SubstMap::new(&tparams[..n], &inferred[..n]);
                    params = params.iter().map(|&ty| self.program.subst(ty, &map)).collect();
                } else {
                    let vars = self.signature(result).params;
                    let vars = self.tuple(vars);
                    params = self.var_types(&vars);
                }
            }
            let mut at = n;
            for (i, asig, fresh) in generic_args {
                let end = at + fresh.len();
                let expr = args[i].expr;
                let inst = self.instantiate_call(call.e.pos, expr, asig, &inferred[at..end], &[]);
                args[i].ty = self.signature_type(inst);
                args[i].mode = OperandMode::Value;
                let arg = args[i].clone();
                self.record(&arg);
                at = end;
            }
        }
        if !args.is_empty() {
            let context = format!("argument to {}", expr_string(call.fun));
            for (arg, &param) in args.iter_mut().zip(&params) {
                self.assignment(arg, Some(param), &context);
            }
        }
        result
    }

    fn wrong_arg_count(&mut self, call: Call<'a>, sig: SignatureId, args: &[Operand<'a>], npars: usize) {
        let (pos, qualifier) = if args.len() > npars {
            (args[npars].pos(), "too many")
        } else {
            (args.last().map_or(call.e.start_pos(), Operand::pos), "not enough")
        };
        let have: Vec<TypeId> = args.iter().map(|x| x.ty).collect();
        let (params, variadic) = (self.signature(sig).params, self.signature(sig).variadic);
        let vars = self.tuple(params);
        let want = self.var_types(&vars);
        let have = self.types_summary(&have, false, call.has_dots);
        let want = self.types_summary(&want, variadic, false);
        let fun = expr_string(call.fun);
        let message = format!("{qualifier} arguments in call to {fun}\n\thave {have}\n\twant {want}");
        self.error(pos, "WrongArgCount", message);
    }

    /// Instantiates a signature, records the instance, and has the constraints verified later.
    pub fn instantiate_call(
        &mut self,
        pos: Pos,
        expr: Option<&'a Expr>,
        sig: SignatureId,
        targs: &[TypeId],
        xlist: &'a [Expr],
    ) -> SignatureId {
        let inst = self.program.instantiate_signature(sig, targs);
        if let Some(expr) = expr {
            let ty = self.signature_type(inst);
            self.record_instance(expr, targs.into(), ty);
        }
        let tparams = self.signature(sig).tparams.clone();
        let targs = targs.to_vec();
        // A constraint may need types that are still being declared.
        self.later(move |c| match c.verify(&tparams, &targs) {
            Ok(()) => c.mono_instance(pos, &tparams, &targs, xlist),
            Err((i, cause)) => {
                let pos = xlist.get(i).map_or(pos, Expr::start_pos);
                c.error(pos, "InvalidTypeArg", cause);
            }
        });
        inst
    }
}
