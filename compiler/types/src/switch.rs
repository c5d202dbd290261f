//! Expression and type switches (spec, "Switch statements").

use std::collections::HashMap;

use rgo_source::Pos;
use rgo_syntax::ast::{BinaryOp, Expr, SwitchStmt, TypeSwitchStmt};

use crate::checker::Checker;
use crate::composite::KeyValue;
use crate::const_value::{ConstKind, ConstValue};
use crate::object::{ObjKind, VarKind};
use crate::operand::Operand;
use crate::scope::ScopeKind;
use crate::ty::TypeId;

/// Constant cases seen, with their types and places.
type Seen = HashMap<KeyValue, Vec<(TypeId, Pos)>>;

impl<'a> Checker<'_, 'a> {
    /// Checks an expression switch; its scope is open and its init statement done.
    pub fn switch_stmt(&mut self, s: &'a SwitchStmt) {
        let mut x = Operand::new();
        match &s.tag {
            Some(tag) => {
                self.expr(None, &mut x, tag);
                self.assignment(&mut x, None, "switch expression");
                if x.is_valid() && !self.comparable(x.ty) && !self.has_nil(x.ty) {
                    let (text, ty) = (self.operand_string(&x), self.ty_str(x.ty));
                    let message = format!("cannot switch on {text} ({ty} is not comparable)");
                    self.error(x.pos(), "InvalidExprSwitch", message);
                    x.invalidate();
                }
            }
            None => {
                let pos = s.clauses.first().map_or(s.rbrace, |c| c.pos);
                x = Operand::described(pos, "true", TypeId::BOOL);
                x.set_const(TypeId::BOOL, ConstValue::Bool(true));
            }
        }
        self.multiple_defaults(s.clauses.iter().filter(|c| c.cases.is_none()).map(|c| c.pos));
        let mut seen = Seen::new();
        for clause in &s.clauses {
            for e in clause.cases.as_deref().unwrap_or_default() {
                self.case_value(&mut x, e, &mut seen);
            }
            let outer = self.open_scope(ScopeKind::Block);
            self.stmt_list(&clause.body);
            self.close_scope(outer);
        }
    }

    fn case_value(&mut self, x: &mut Operand<'a>, e: &'a Expr, seen: &mut Seen) {
        let mut v = Operand::new();
        self.expr(None, &mut v, e);
        if !x.is_valid() || !v.is_valid() {
            return;
        }
        self.convert_untyped(&mut v, x.ty);
        if !v.is_valid() {
            return;
        }
        let mut result = v.clone();
        self.comparison(&mut result, x, BinaryOp::Eql, true);
        if !result.is_valid() || !v.is_const() {
            return;
        }
        let val = v.const_val();
        // gc looks for duplicates among integers, floats and strings only.
        if !matches!(val.kind(), ConstKind::Int | ConstKind::Float | ConstKind::Str) {
            return;
        }
        let Some(key) = KeyValue::new(&val) else { return };
        let same = seen.entry(key).or_default();
        if let Some(&(_, at)) = same.iter().find(|(ty, _)| self.program.identical(v.ty, *ty)) {
            let text = self.operand_string(&v);
            let message = format!("duplicate case {text} in expression switch");
            self.error_with_note(v.pos(), "DuplicateCase", message, at, "previous case".to_owned());
            return;
        }
        // gc notes the position of the node here, not where it starts.
        same.push((v.ty, e.pos));
    }

    /// Whether `e` is the predeclared nil.
    fn is_nil_expr(&self, e: &Expr) -> bool {
        e.unparen()
            .as_ident()
            .and_then(|ident| self.lookup(ident.name))
            .is_some_and(|obj| matches!(self.obj(obj).kind, ObjKind::Nil))
    }

    /// Checks a type switch; its scope is open and its init statement done.
    pub fn type_switch_stmt(&mut self, s: &'a TypeSwitchStmt) {
        let mut bind = s.bind.as_ref();
        if let Some(ident) = bind.filter(|ident| ident.name.is_blank()) {
            self.error(ident.pos, "NoNewVar", "no new variable on left side of :=");
            bind = None;
        }
        let mut x = Operand::new();
        self.expr(None, &mut x, &s.x);
        let mut valid = false;
        if x.is_valid() {
            if self.is_type_param(x.ty) {
                let text = self.operand_string(&x);
                let message = format!("cannot use type switch on type parameter value {text}");
                self.error(x.pos(), "InvalidTypeSwitch", message);
            } else if self.is_interface(x.ty) {
                valid = true;
            } else {
                let text = self.operand_string(&x);
                self.error(x.pos(), "InvalidTypeSwitch", format!("{text} is not an interface"));
            }
        }
        let x = valid.then_some(x);
        self.multiple_defaults(s.clauses.iter().filter(|c| c.cases.is_none()).map(|c| c.pos));
        let mut vars = Vec::new();
        let mut seen: Vec<(Option<TypeId>, Pos)> = Vec::new();
        for clause in &s.clauses {
            let cases = clause.cases.as_deref().unwrap_or_default();
            let ty = self.case_types(x.as_ref(), cases, &mut seen);
            let outer = self.open_scope(ScopeKind::Block);
            if let Some(ident) = bind {
                let pkg = Some(self.env.pkg);
                let var = self.new_var(VarKind::Local, ident.pos, pkg, ident.name, Some(ty));
                let scope = self.env.scope;
                self.declare(scope, None, var, clause.colon);
                self.record_implicit(clause.pos, var);
                vars.push(var);
            }
            self.stmt_list(&clause.body);
            self.close_scope(outer);
        }
        // The variables count as one.
        if let Some(ident) = bind {
            let used = vars.iter().any(|&var| self.obj(var).as_var().is_some_and(|v| v.used));
            for var in vars {
                self.set_used(var, true);
            }
            if !used {
                self.error(ident.pos, "UnusedVar", format!("{} declared and not used", ident.name));
            }
        }
    }

    /// Checks the types of a clause and returns the type of the variable in it.
    fn case_types(
        &mut self,
        x: Option<&Operand<'a>>,
        cases: &'a [Expr],
        seen: &mut Vec<(Option<TypeId>, Pos)>,
    ) -> TypeId {
        let mut single = None;
        for e in cases {
            let ty = if self.is_nil_expr(e) {
                self.expr(None, &mut Operand::new(), e);
                None
            } else {
                let ty = self.var_type(e);
                if !self.is_valid(ty) {
                    single = Some(ty);
                    continue;
                }
                Some(ty)
            };
            single = ty;
            let previous = seen.iter().find(|(other, _)| match (ty, *other) {
                (None, None) => true,
                (Some(a), Some(b)) => self.program.identical(a, b),
                _ => false,
            });
            if let Some(&(_, at)) = previous {
                let text = ty.map_or_else(|| "nil".to_owned(), |ty| self.ty_str(ty));
                let message = format!("duplicate case {text} in type switch");
                self.error_with_note(e.start_pos(), "DuplicateCase", message, at, "previous case".to_owned());
                continue;
            }
            seen.push((ty, e.start_pos()));
            if let (Some(x), Some(ty)) = (x, ty) {
                self.type_assertion(e, x, ty, true);
            }
        }
        match single {
            Some(ty) if cases.len() == 1 => ty,
            _ => x.map_or(TypeId::INVALID, |x| x.ty),
        }
    }
}
