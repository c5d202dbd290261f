//! Function bodies: environment, missing returns, unused variables.

use std::collections::HashSet;

use rgo_syntax::ast::Block;

use crate::checker::{Checker, Environment};
use crate::const_value::ConstValue;
use crate::object::DeclId;
use crate::terminating::list_terminates;
use crate::ty::SignatureId;

impl<'a> Checker<'_, 'a> {
    /// Checks a body of a function with signature `sig`, whose scope holds the parameters.
    pub fn func_body(
        &mut self,
        decl: Option<DeclId>,
        sig: SignatureId,
        body: &'a Block,
        iota: Option<ConstValue>,
    ) {
        let signature = self.signature(sig).clone();
        let env = Environment {
            decl,
            scope: signature.scope.unwrap_or(self.env.scope),
            iota,
            sig: Some(sig),
            is_panic: HashSet::new(),
            has_call_or_recv: false,
            in_tparam_list: false,
            locals: Vec::new(),
            ..self.env.clone()
        };
        self.with_env(env, |c| {
            c.stmt_list(&body.stmts);
            if !c.tuple(signature.results).is_empty() && !list_terminates(&body.stmts, &c.env.is_panic) {
                c.error(body.rbrace, "MissingReturn", "missing return");
            }
            c.usage();
        });
    }

    /// Reports the local variables that are never used.
    fn usage(&mut self) {
        for var in std::mem::take(&mut self.env.locals) {
            let obj = self.obj(var);
            if obj.as_var().is_some_and(|v| !v.used) {
                let (pos, name) = (obj.pos, obj.name);
                self.error(pos, "UnusedVar", format!("declared and not used: {name}"));
            }
        }
    }
}
