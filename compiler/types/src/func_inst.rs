//! Instantiation of generic functions outside of calls: `f[int]`, and `f` where a function type is wanted.

use rgo_source::Pos;
use rgo_syntax::ast::Expr;

use crate::call::type_arg_exprs;
use crate::checker::Checker;
use crate::expr::FuncTarget;
use crate::infer::Inference;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Instantiates the generic function `x` with the type arguments that `inst` gives and those that the target tells.
    pub fn func_inst(
        &mut self,
        target: Option<&FuncTarget>,
        pos: Pos,
        x: &mut Operand<'a>,
        inst: Option<&'a Expr>,
    ) {
        self.func_inst_partial(target, pos, x, inst, true);
    }

    /// Likewise; unless `infer`, missing type arguments leave `x` alone and the given ones are the result.
    pub fn func_inst_partial(
        &mut self,
        target: Option<&FuncTarget>,
        pos: Pos,
        x: &mut Operand<'a>,
        inst: Option<&'a Expr>,
        infer: bool,
    ) -> Option<Vec<TypeId>> {
        let err_pos = inst.map_or(pos, |inst| inst.pos);
        if inst.is_some() {
            x.expr = inst;
        }
        let version_ok = self.verify_version(err_pos, (1, 18), "function instantiation");
        let xlist = type_arg_exprs(inst);
        let mut targs = Vec::new();
        if inst.is_some() {
            match self.type_list(xlist) {
                Some(list) => targs = list,
                None => {
                    x.invalidate();
                    return None;
                }
            }
        }
        let TypeKind::Signature(sig) = self.kind(x.ty) else {
            x.invalidate();
            return None;
        };
        let tparams = self.signature(sig).tparams.clone();
        let (got, want) = (targs.len(), tparams.len());
        if got > want {
            let message = format!("got {got} type arguments but want {want}");
            self.error(xlist[got - 1].start_pos(), "WrongTypeArgCount", message);
            x.invalidate();
            return None;
        }
        if got < want {
            if !infer {
                return Some(targs);
            }
            // Like a call g(target) of func g[tparams](the function's type).
            let mut args = Vec::new();
            let mut params = Vec::new();
            if let Some(target) = target {
                if version_ok {
                    let what = if inst.is_some() { "partially" } else { "implicitly" };
                    self.verify_version(
                        err_pos,
                        (1, 21),
                        format!("{what} instantiated function in assignment"),
                    );
                }
                let mut plain = self.signature(sig).clone();
                plain.tparams = [].into();
                plain.recv = None;
                let plain = self.new_signature(plain);
                params.push(self.signature_type(plain));
                let at = x.expr.map_or(pos, |e| e.pos);
                args.push(Operand::described(at, target.desc.clone(), target.sig));
            }
            let (fresh, params) = self.rename_tparams(&tparams, &params);
            let given: Vec<Option<TypeId>> = targs.iter().copied().map(Some).collect();
            let inference =
                Inference { tparams: &fresh, targs: &given, params: &params, reverse: target.is_some() };
            match self.infer(pos, inference, &mut args) {
                Ok(inferred) => targs = inferred,
                Err(err) => {
                    if let Some((pos, message)) = err {
                        self.error(pos, "CannotInferTypeArgs", message);
                    }
                    x.invalidate();
                    return None;
                }
            }
        }
        let at = x.expr.map_or(pos, |e| e.pos);
        let inst = self.instantiate_call(at, x.expr, sig, &targs, xlist);
        let ty = self.signature_type(inst);
        x.set_value(ty);
        None
    }
}
