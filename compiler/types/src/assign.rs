//! Assignments, initialisation and short variable declarations (spec, "Assignment statements", "Variable declarations",
//! "Return statements").

use rgo_source::{Name, Pos};
use rgo_syntax::ast::{Expr, ExprKind};

use crate::checker::Checker;
use crate::const_value::Misfit;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::{ObjId, ObjKind, VarKind};
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

/// `n` things.
fn measure(n: usize, unit: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {unit}{plural}")
}

fn is_call(list: &[Expr]) -> bool {
    matches!(list, [one] if matches!(one.unparen().kind, ExprKind::Call { .. }))
}

impl<'a> Checker<'_, 'a> {
    /// Checks that `x` can be assigned to a variable of type `ty` (none: the blank identifier, or an operand that only
    /// must have a type) and gives an untyped `x` its type.
    pub fn assignment(&mut self, x: &mut Operand<'a>, ty: Option<TypeId>, context: &str) {
        self.single_value(x);
        match x.mode {
            OperandMode::Invalid => return,
            OperandMode::NilValue
            | OperandMode::Constant
            | OperandMode::Variable
            | OperandMode::MapIndex
            | OperandMode::Value
            | OperandMode::CommaOk => {}
            OperandMode::NoValue | OperandMode::Builtin | OperandMode::TypeExpr => {
                let operand = self.operand_string(x);
                let to = ty.map_or_else(|| "nil".to_owned(), |ty| self.ty_str(ty));
                let message = format!("cannot assign {operand} to {to} in {context}");
                self.error(x.pos(), "IncompatibleAssign", message);
                x.invalidate();
                return;
            }
        }
        if self.is_untyped(x.ty) && !self.assign_untyped(x, ty, context) {
            return;
        }
        // A generic function must be instantiated by now, or can be by the target.
        let target = match self.kind(x.ty) {
            TypeKind::Signature(id) if !self.signature(id).tparams.is_empty() => {
                self.func_target(ty, || context.to_owned())
            }
            _ => None,
        };
        self.non_generic(target.as_ref(), x);
        if !x.is_valid() {
            return;
        }
        let Some(ty) = ty else { return };
        let mut cause = String::new();
        if let Err(code) = self.assignable_to(x, ty, Some(&mut cause)) {
            let (operand, to) = (self.operand_string(x), self.ty_str(ty));
            let mut message = format!("cannot use {operand} as {to} value in {context}");
            if !cause.is_empty() {
                message.push_str(": ");
                message.push_str(&cause);
            }
            self.error(x.pos(), code, message);
            x.invalidate();
        }
    }

    fn assign_untyped(&mut self, x: &mut Operand<'a>, ty: Option<TypeId>, context: &str) -> bool {
        let target = match ty {
            None if x.is_nil() => {
                self.error(x.pos(), "UntypedNilUse", format!("use of untyped nil in {context}"));
                x.invalidate();
                return false;
            }
            Some(ty) if x.is_nil() || !self.is_non_type_param_interface(ty) => ty,
            _ => self.default_type(x.ty),
        };
        match self.implicit_type_and_value(x, target) {
            Ok((ty, val)) => {
                self.set_implicit(x, ty, val);
                true
            }
            Err(misfit) => {
                let (operand, to) = (self.operand_string(x), self.ty_str(target));
                let (code, suffix) = match misfit {
                    Misfit::Truncated => ("TruncatedFloat", " (truncated)"),
                    Misfit::Overflows => ("NumericOverflow", " (overflows)"),
                    Misfit::Kind => ("IncompatibleAssign", ""),
                };
                let message = format!("cannot use {operand} as {to} value in {context}{suffix}");
                self.error(x.pos(), code, message);
                x.invalidate();
                false
            }
        }
    }

    /// Initialises the constant `lhs` with `x`.
    pub fn init_const(&mut self, lhs: ObjId, x: &mut Operand<'a>) {
        let declared = self.obj(lhs).ty;
        let valid = x.is_valid() && self.is_valid(x.ty) && declared.is_none_or(|ty| self.is_valid(ty));
        if !valid {
            self.obj_mut(lhs).ty.get_or_insert(TypeId::INVALID);
            return;
        }
        if !x.is_const() {
            let text = self.operand_string(x);
            self.error(x.pos(), "InvalidConstInit", format!("{text} is not constant"));
            self.obj_mut(lhs).ty.get_or_insert(TypeId::INVALID);
            return;
        }
        let ty = *self.obj_mut(lhs).ty.get_or_insert(x.ty);
        self.assignment(x, Some(ty), "constant declaration");
        if x.is_valid() {
            self.obj_mut(lhs).kind = ObjKind::Const { value: x.const_val() };
        }
    }

    /// Initialises the variable `lhs` with `x`, whose type it takes if it has none.
    pub fn init_var(&mut self, lhs: ObjId, x: &mut Operand<'a>, context: &str) {
        let declared = self.obj(lhs).ty;
        let valid = x.is_valid() && self.is_valid(x.ty) && declared.is_none_or(|ty| self.is_valid(ty));
        if !valid {
            self.obj_mut(lhs).ty.get_or_insert(TypeId::INVALID);
            x.invalidate();
            return;
        }
        let ty = match declared {
            Some(ty) => ty,
            None if x.ty == TypeId::UNTYPED_NIL => {
                self.error(x.pos(), "UntypedNilUse", format!("use of untyped nil in {context}"));
                self.obj_mut(lhs).ty = Some(TypeId::INVALID);
                x.invalidate();
                return;
            }
            None => {
                let ty = self.default_type(x.ty);
                self.obj_mut(lhs).ty = Some(ty);
                ty
            }
        };
        self.assignment(x, Some(ty), context);
    }

    /// The local variable of this package that `name` denotes here, and whether it has been used.
    pub fn local_var(&mut self, name: Name) -> Option<(ObjId, bool)> {
        let obj = self.lookup(name)?;
        if self.obj(obj).pkg != Some(self.env.pkg) {
            return None;
        }
        self.obj(obj).as_var().map(|var| (obj, var.used))
    }

    /// Marks a variable as used, or not.
    pub fn set_used(&mut self, var: ObjId, used: bool) {
        if let ObjKind::Var(var) = &mut self.obj_mut(var).kind {
            var.used = used;
        }
    }

    /// The type of the left side of an assignment: `Ok(None)` for the blank identifier.
    fn lhs_var(&mut self, lhs: &'a Expr) -> Result<Option<TypeId>, ()> {
        let ident = lhs.unparen().as_ident();
        if ident.is_some_and(|ident| ident.name.is_blank()) {
            return Ok(None);
        }
        // Being assigned to is no use.
        let var = ident.and_then(|ident| self.local_var(ident.name));
        let mut x = Operand::new();
        self.expr(None, &mut x, lhs);
        if let Some((var, used)) = var {
            self.set_used(var, used);
        }
        if !x.is_valid() || !self.is_valid(x.ty) {
            return Err(());
        }
        if matches!(x.mode, OperandMode::Variable | OperandMode::MapIndex) {
            return Ok(Some(x.ty));
        }
        let text = x.text();
        if let Some(Expr { kind: ExprKind::Selector { x: inner, .. }, .. }) = x.expr {
            let mut op = Operand::new();
            self.expr(None, &mut op, inner);
            if op.mode == OperandMode::MapIndex {
                let message = format!("cannot assign to struct field {text} in map");
                self.error(x.pos(), "UnaddressableFieldAssign", message);
                return Err(());
            }
        }
        let message = format!("cannot assign to {text} (neither addressable nor a map index expression)");
        self.error(x.pos(), "UnassignableOperand", message);
        Err(())
    }

    /// Assigns the expression `rhs` to `lhs`.
    pub fn assign_expr(&mut self, lhs: &'a Expr, rhs: &'a Expr, context: &str) {
        match self.lhs_var(lhs) {
            Err(()) => {
                self.use_expr(rhs, false);
            }
            Ok(ty) => {
                let target = self.func_target(ty, || expr_string(lhs));
                let mut x = Operand::new();
                self.expr(target.as_ref(), &mut x, rhs);
                self.assign_to(ty, &mut x, context);
            }
        }
    }

    /// Assigns the operand `x` to `lhs`.
    pub fn assign_var(&mut self, lhs: &'a Expr, x: &mut Operand<'a>, context: &str) {
        match self.lhs_var(lhs) {
            Err(()) => x.invalidate(),
            Ok(ty) => self.assign_to(ty, x, context),
        }
    }

    fn assign_to(&mut self, ty: Option<TypeId>, x: &mut Operand<'a>, context: &str) {
        let blank = ty.is_none() && context == "assignment";
        self.assignment(x, ty, if blank { "assignment to _ identifier" } else { context });
    }

    /// Types of values or parameters as `(int, ...string)`; numbers of untyped constants are just `number`.
    pub fn types_summary(&mut self, list: &[TypeId], variadic: bool, has_dots: bool) -> String {
        let mut out = Vec::with_capacity(list.len());
        for (i, &ty) in list.iter().enumerate() {
            let last = i + 1 == list.len();
            let mut text = match self.kind(ty) {
                _ if !self.is_valid(ty) => "unknown type".to_owned(),
                TypeKind::Basic(kind) if kind.is_untyped() && kind.is_numeric() => "number".to_owned(),
                TypeKind::Basic(kind) if kind.is_untyped() => kind.name().replace("untyped ", ""),
                TypeKind::Slice(elem) if last && variadic => self.ty_str(elem),
                _ => self.ty_str(ty),
            };
            if last && variadic {
                text.insert_str(0, "...");
            } else if last && has_dots {
                text.push_str("...");
            }
            out.push(text);
        }
        format!("({})", out.join(", "))
    }

    fn assign_error(&mut self, rhs: &'a [Expr], l: usize, r: usize) {
        let (vars, vals) = (measure(l, "variable"), measure(r, "value"));
        let Some(first) = rhs.first() else { return };
        let message = match &first.unparen().kind {
            ExprKind::Call { fun, .. } if rhs.len() == 1 => {
                format!("assignment mismatch: {vars} but {} returns {vals}", expr_string(fun))
            }
            _ => format!("assignment mismatch: {vars} but {vals}"),
        };
        self.error(first.start_pos(), "WrongAssignCount", message);
    }

    fn return_error(&mut self, at: Pos, lhs: &[ObjId], rhs: &[Operand<'a>]) {
        let (pos, qualifier) = if rhs.len() > lhs.len() {
            (rhs[lhs.len()].pos(), "too many")
        } else {
            (rhs.last().map_or(at, Operand::pos), "not enough")
        };
        let have: Vec<TypeId> = rhs.iter().map(|x| x.ty).collect();
        let mut want = Vec::with_capacity(lhs.len());
        for &var in lhs {
            want.push(self.obj_type(var));
        }
        let (have, want) = (self.types_summary(&have, false, false), self.types_summary(&want, false, false));
        let message = format!("{qualifier} return values\n\thave {have}\n\twant {want}");
        self.error(pos, "WrongResultCount", message);
    }

    fn mismatch(
        &mut self,
        lhs: &[ObjId],
        orig: &'a [Expr],
        rhs: &[Operand<'a>],
        r: usize,
        return_pos: Option<Pos>,
    ) {
        match return_pos {
            Some(pos) => self.return_error(pos, lhs, rhs),
            None => self.assign_error(orig, lhs.len(), r),
        }
    }

    fn invalidate_vars(&mut self, vars: &[ObjId]) {
        for &var in vars {
            self.obj_mut(var).ty.get_or_insert(TypeId::INVALID);
        }
    }

    /// Initialises variables with expressions; or results of a function, for a return statement at `return_pos`.
    pub fn init_vars(&mut self, lhs: &[ObjId], orig: &'a [Expr], return_pos: Option<Pos>) {
        let (l, r) = (lhs.len(), orig.len());
        let is_return = return_pos.is_some();
        let words = match return_pos {
            Some(_) => "return statement",
            None if l > 1 => "multiple assignment",
            None => "assignment",
        };
        // A single call may have the wrong number of results: that gets a message of its own.
        if l == r && !is_call(orig) {
            let mut x = Operand::new();
            for (&var, e) in lhs.iter().zip(orig) {
                let (ty, name) = (self.obj(var).ty, self.obj(var).name);
                let target = self.func_target(ty, || {
                    if is_return && name.as_str().is_empty() {
                        "result variable".to_owned()
                    } else {
                        name.as_str().to_owned()
                    }
                });
                self.expr(target.as_ref(), &mut x, e);
                self.init_var(var, &mut x, words);
            }
            return;
        }
        if r != 1 {
            if self.use_exprs(orig) {
                let rhs = if is_return { self.expr_list(orig) } else { Vec::new() };
                self.mismatch(lhs, orig, &rhs, r, return_pos);
            }
            self.invalidate_vars(lhs);
            return;
        }
        let (mut rhs, comma_ok) = self.multi_expr(&orig[0], l == 2 && !is_return);
        if rhs.len() == l {
            for (&var, x) in lhs.iter().zip(&mut rhs) {
                self.init_var(var, x, words);
            }
            if comma_ok && rhs.iter().all(Operand::is_valid) {
                self.record_comma_ok(&orig[0], &rhs);
            }
            return;
        }
        if rhs.first().is_none_or(Operand::is_valid) {
            self.mismatch(lhs, orig, &rhs, rhs.len(), return_pos);
        }
        self.invalidate_vars(lhs);
    }

    /// Assigns expressions to variables.
    pub fn assign_vars(&mut self, lhs: &'a [Expr], orig: &'a [Expr]) {
        let (l, r) = (lhs.len(), orig.len());
        let context = if l > 1 { "multiple assignment" } else { "assignment" };
        if l == r && !is_call(orig) {
            for (lhs, rhs) in lhs.iter().zip(orig) {
                self.assign_expr(lhs, rhs, context);
            }
            return;
        }
        if r != 1 {
            let lhs_ok = self.use_lhs(lhs);
            let rhs_ok = self.use_exprs(orig);
            if lhs_ok && rhs_ok {
                self.assign_error(orig, l, r);
            }
            return;
        }
        let (mut rhs, comma_ok) = self.multi_expr(&orig[0], l == 2);
        if rhs.len() == l {
            for (lhs, x) in lhs.iter().zip(&mut rhs) {
                self.assign_var(lhs, x, context);
            }
            if comma_ok && rhs.iter().all(Operand::is_valid) {
                self.record_comma_ok(&orig[0], &rhs);
            }
            return;
        }
        if rhs.first().is_none_or(Operand::is_valid) {
            self.assign_error(orig, l, rhs.len());
        }
        self.use_lhs(lhs);
    }

    /// Records a tuple as the type of an expression that yields two values.
    pub fn record_comma_ok(&mut self, e: &'a Expr, values: &[Operand<'a>]) {
        let types: Vec<TypeId> = values.iter().map(|x| x.ty).collect();
        let tuple = self.new_tuple_of(&types);
        let ty = self.tuple_type(tuple);
        let file = self.env.file;
        let mut e = e;
        loop {
            if let Some(old) = self.info(file).type_and_value(e.id).cloned() {
                self.record_type_and_value(e, old.mode, ty, old.value);
            }
            match &e.kind {
                ExprKind::Paren(inner) => e = inner,
                _ => return,
            }
        }
    }

    /// Checks `lhs := rhs` at `pos`.
    pub fn short_var_decl(&mut self, pos: Pos, lhs: &'a [Expr], rhs: &'a [Expr]) {
        let top = self.delayed_count();
        let scope = self.env.scope;
        let mut seen: Vec<Name> = Vec::new();
        let mut vars = Vec::with_capacity(lhs.len());
        let mut new_vars = Vec::new();
        let mut has_err = false;
        let pkg = Some(self.env.pkg);
        for e in lhs {
            let mut var = None;
            match e.as_ident() {
                None => {
                    self.use_expr(e, true);
                    let message = format!("non-name {} on left side of :=", expr_string(e));
                    self.error(e.start_pos(), "BadDecl", message);
                    has_err = true;
                }
                Some(ident) if !ident.name.is_blank() && seen.contains(&ident.name) => {
                    let message = format!("{} repeated on left side of :=", ident.name);
                    self.error(ident.pos, "RepeatedDecl", message);
                    has_err = true;
                }
                Some(ident) => {
                    seen.push(ident.name);
                    // Only objects of this very scope are redeclared.
                    let alt = if ident.name.is_blank() { None } else { self.scope(scope).lookup(ident.name) };
                    match alt {
                        Some(alt) => {
                            self.record_use(ident, alt);
                            if self.obj(alt).is_var() {
                                var = Some(alt);
                            } else {
                                let message = format!("cannot assign to {}", ident.name);
                                self.error(ident.pos, "UnassignableOperand", message);
                                has_err = true;
                            }
                        }
                        None => {
                            let obj = self.new_var(VarKind::Local, ident.pos, pkg, ident.name, None);
                            if !ident.name.is_blank() {
                                new_vars.push(obj);
                            }
                            self.record_def(ident, obj);
                            var = Some(obj);
                        }
                    }
                }
            }
            // Errors leave a dummy.
            vars.push(var.unwrap_or_else(|| {
                self.program.new_var(VarKind::Local, e.start_pos(), pkg, Name::new("_"), None)
            }));
        }
        self.init_vars(&vars, rhs, None);
        // Function literals on the right side do not see the new variables.
        self.process_delayed(top);
        if new_vars.is_empty() && !has_err {
            self.error(pos, "NoNewVar", "no new variables on left side of :=");
            return;
        }
        let scope_pos = rhs.last().map_or(pos, |e| e.span.end);
        for obj in new_vars {
            self.declare(scope, None, obj, scope_pos);
        }
    }
}
