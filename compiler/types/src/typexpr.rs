//! Identifiers and type expressions.

use std::sync::Arc;

use rgo_syntax::ast::{self, ArrayLen, Expr, ExprKind};

use crate::checker::Checker;
use crate::const_value::{ConstKind, ConstValue};
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::{ObjId, ObjKind};
use crate::operand::Operand;
use crate::ty::{BasicKind, Signature, TupleId, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// Checks an identifier; `want_type`: it should denote a type.
    pub(crate) fn ident(&mut self, x: &mut Operand<'a>, e: &'a Expr, want_type: bool) {
        x.invalidate();
        x.expr = Some(e);
        let ExprKind::Ident(ident) = &e.kind else {
            return;
        };
        let Some((scope, obj)) = self.lookup_scope(ident.name) else {
            if ident.name.is_blank() {
                self.error(ident.pos, "InvalidBlank", "cannot use _ as value or type");
            } else {
                self.error(ident.pos, "UndeclaredName", format!("undefined: {}", ident.name));
            }
            return;
        };
        if (obj == self.universe.any || obj == self.universe.comparable)
            && !self.verify_version(ident.pos, (1, 18), format!("predeclared {}", ident.name))
        {
            return;
        }
        self.record_use(ident, obj);
        let is_type = self.obj(obj).is_type_name();
        if want_type && !is_type {
            let kind = self.object_kind(obj);
            self.error(ident.pos, "NotAType", format!("{} ({kind}) is not a type", ident.name));
            self.use_var(obj);
            return;
        }
        // A type name of this package may be part of a cycle, which is found here.
        let mut ty = self.obj(obj).ty;
        if ty.is_none() || (is_type && want_type && self.obj(obj).pkg == Some(self.env.pkg)) {
            self.obj_decl(obj);
            ty = self.obj(obj).ty;
        }
        let ty = ty.unwrap_or(TypeId::INVALID);
        if let Some(&import) = self.program.dot_imports.get(&(scope, ident.name)) {
            self.use_package(import);
        }
        match self.obj(obj).kind.clone() {
            ObjKind::PkgName { .. } => {
                let message = format!("use of package {} not in selector", ident.name);
                self.error(ident.pos, "InvalidPkgUse", message);
                return;
            }
            ObjKind::Const { value } => {
                self.add_decl_dep(obj);
                if !self.is_valid(ty) {
                    return;
                }
                let value = if obj == self.universe.iota {
                    match &self.env.iota {
                        Some(iota) => iota.clone(),
                        None => {
                            self.error(
                                ident.pos,
                                "InvalidIota",
                                "cannot use iota outside constant declaration",
                            );
                            return;
                        }
                    }
                } else {
                    value
                };
                x.val = Some(value);
                x.mode = OperandMode::Constant;
            }
            ObjKind::TypeName => x.mode = OperandMode::TypeExpr,
            ObjKind::Var(_) => {
                self.use_var(obj);
                self.add_decl_dep(obj);
                if !self.is_valid(ty) {
                    return;
                }
                x.mode = OperandMode::Variable;
            }
            ObjKind::Func(_) => {
                self.add_decl_dep(obj);
                x.mode = OperandMode::Value;
            }
            ObjKind::Builtin(id) => {
                x.id = Some(id);
                x.mode = OperandMode::Builtin;
            }
            ObjKind::Nil => x.mode = OperandMode::NilValue,
            ObjKind::Label { .. } => return,
        }
        x.ty = ty;
    }

    /// Marks a variable as used.
    pub(crate) fn use_var(&mut self, obj: ObjId) {
        if let ObjKind::Var(var) = &mut self.obj_mut(obj).kind {
            var.used = true;
        }
    }

    /// Marks an import as used.
    pub(crate) fn use_package(&mut self, obj: ObjId) {
        if let ObjKind::PkgName { used, .. } = &mut self.obj_mut(obj).kind {
            *used = true;
        }
    }

    /// The type that `e` denotes, not generic; invalid if there was an error.
    pub(crate) fn typ(&mut self, e: &'a Expr) -> TypeId {
        self.declared_type(e, None)
    }

    /// Like `typ`, for the type of a variable, which cannot be a constraint.
    pub(crate) fn var_type(&mut self, e: &'a Expr) -> TypeId {
        let ty = self.declared_type(e, None);
        self.valid_var_type(e, ty);
        ty
    }

    /// Reports, later, if `ty` is a constraint interface.
    pub(crate) fn valid_var_type(&mut self, e: &'a Expr, ty: TypeId) {
        // Most types can be told at sight to be no interfaces.
        if matches!(
            self.kind(ty),
            TypeKind::Basic(_)
                | TypeKind::Pointer(_)
                | TypeKind::Slice(_)
                | TypeKind::Array { .. }
                | TypeKind::Map { .. }
                | TypeKind::Chan { .. }
                | TypeKind::Struct(_)
                | TypeKind::Signature(_)
        ) || self.is_type_param(ty)
        {
            return;
        }
        self.later(move |check| {
            let TypeKind::Interface(id) = check.under_kind(ty) else {
                return;
            };
            let set = check.type_set(id);
            if set.is_method_set() {
                return;
            }
            let what = match set.comparable {
                true => "interface is (or embeds) comparable",
                false => "interface contains type constraints",
            };
            let text = check.type_string(ty);
            let message = format!("cannot use type {text} outside a type constraint: {what}");
            check.error(e.start_pos(), "MisplacedConstraintIface", message);
        });
    }

    /// Like `typ`; `def` is the type name whose declaration `e` completes.
    pub(crate) fn declared_type(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        let mut ty = self.type_internal(e, def);
        if self.is_generic(ty) {
            let message = format!("cannot use generic type {} without instantiation", self.type_string(ty));
            self.error(e.start_pos(), "WrongTypeArgCount", message);
            ty = TypeId::INVALID;
        }
        self.record_type_and_value(e, OperandMode::TypeExpr, ty, None);
        ty
    }

    /// Like `typ`, but the type must be generic; `cause` receives the complaint that it is not.
    pub(crate) fn generic_type(&mut self, e: &'a Expr, cause: Option<&mut String>) -> TypeId {
        let mut ty = self.type_internal(e, None);
        if self.is_valid(ty) && !self.is_generic(ty) {
            if let Some(cause) = cause {
                *cause = format!("{} is not a generic type", self.type_string(ty));
            }
            ty = TypeId::INVALID;
        }
        self.record_type_and_value(e, OperandMode::TypeExpr, ty, None);
        ty
    }

    fn type_internal(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.type_of_kind(e, def))
    }

    fn type_of_kind(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        match &e.kind {
            ExprKind::Bad => TypeId::INVALID,
            ExprKind::Ident(_) => {
                let mut x = Operand::new();
                self.ident(&mut x, e, true);
                self.type_operand(&x)
            }
            ExprKind::Selector { .. } => {
                let mut x = Operand::new();
                self.selector(&mut x, e, true);
                self.type_operand(&x)
            }
            ExprKind::Index { x, indices } => {
                self.verify_version(e.start_pos(), (1, 18), "type instantiation");
                self.instantiated_type(x, indices)
            }
            ExprKind::Paren(x) => self.declared_type(x, def),
            ExprKind::ArrayType { len, elem } => match len {
                ArrayLen::Slice => {
                    let elem = self.var_type(elem);
                    self.new_slice(elem)
                }
                ArrayLen::Ellipsis(_) => {
                    self.error(
                        e.pos,
                        "BadDotDotDotSyntax",
                        "invalid use of [...] array (outside a composite literal)",
                    );
                    self.var_type(elem);
                    TypeId::INVALID
                }
                ArrayLen::Len(len) => {
                    let len = self.array_length(len);
                    let elem = self.var_type(elem);
                    match len {
                        Some(len) => self.new_array(elem, len),
                        None => TypeId::INVALID,
                    }
                }
            },
            ExprKind::Ellipsis(_) => {
                self.error(e.pos, "InvalidSyntaxTree", "invalid use of ...");
                TypeId::INVALID
            }
            ExprKind::StructType { fields, .. } => self.struct_type_expr(fields),
            ExprKind::Star(x) => {
                let elem = self.var_type(x);
                // A pointer to an invalid type would only cause further errors.
                if !self.is_valid(elem) {
                    return TypeId::INVALID;
                }
                self.new_pointer(elem)
            }
            ExprKind::FuncType(sig) => self.func_type_expr(sig),
            ExprKind::InterfaceType { elems, .. } => self.interface_type(elems, def),
            ExprKind::MapType { key, value } => {
                let key_type = self.var_type(key);
                let elem = self.var_type(value);
                self.later(move |check| {
                    if check.comparable(key_type) {
                        return;
                    }
                    let why =
                        if check.is_type_param(key_type) { " (missing comparable constraint)" } else { "" };
                    let message = format!("invalid map key type {}{why}", check.type_string(key_type));
                    check.error(key.start_pos(), "IncomparableMapKey", message);
                });
                self.new_map(key_type, elem)
            }
            ExprKind::ChanType { dir, elem } => {
                let elem = self.var_type(elem);
                self.new_chan(*dir, elem)
            }
            _ => {
                self.error(e.start_pos(), "NotAType", format!("{} is not a type", expr_string(e)));
                self.use_expr(e, false);
                TypeId::INVALID
            }
        }
    }

    /// The type of a function type expression.
    pub(crate) fn func_type_expr(&mut self, sig: &'a ast::FuncType) -> TypeId {
        let id = self.new_signature(Signature {
            tparams: Arc::from([]),
            recv_tparams: Arc::from([]),
            recv: None,
            params: TupleId(0),
            results: TupleId(0),
            variadic: false,
            scope: None,
        });
        self.func_type(id, None, &[], sig);
        self.signature_type(id)
    }

    /// The type of a function literal, recorded for the literal.
    pub(crate) fn func_lit_type(&mut self, e: &'a Expr, sig: &'a ast::FuncType) -> TypeId {
        let ty = self.func_type_expr(sig);
        self.record_type_and_value(e, OperandMode::TypeExpr, ty, None);
        ty
    }

    /// The type an operand denotes; anything else is an error.
    fn type_operand(&mut self, x: &Operand<'a>) -> TypeId {
        match x.mode {
            OperandMode::TypeExpr => return x.ty,
            OperandMode::Invalid => {}
            OperandMode::NoValue => {
                let message = format!("{} used as type", self.operand_string(x));
                self.error(x.pos(), "NotAType", message);
            }
            _ => {
                let message = format!("{} is not a type", self.operand_string(x));
                self.error(x.pos(), "NotAType", message);
            }
        }
        TypeId::INVALID
    }

    fn instantiated_type(&mut self, x: &'a Expr, args: &'a [Expr]) -> TypeId {
        let mut cause = String::new();
        let generic = self.generic_type(x, Some(&mut cause));
        if !cause.is_empty() {
            let list: Vec<String> = args.iter().map(expr_string).collect();
            let message = format!("invalid operation: {}[{}] ({cause})", expr_string(x), list.join(", "));
            self.error(x.start_pos(), "NotAGenericType", message);
        }
        if !self.is_valid(generic) {
            return TypeId::INVALID;
        }
        let Some(targs) = self.type_list(args) else {
            return TypeId::INVALID;
        };
        let targs: Arc<[TypeId]> = targs.into();
        let instance = self.instance(x.pos, generic, targs.clone());
        if !self.is_valid(instance) {
            return TypeId::INVALID;
        }
        // The type parameters may still be incomplete.
        self.later(move |check| {
            check.record_instance(x, targs.clone(), instance);
            let tparams = check.type_params_of(instance);
            let name = match check.kind(instance) {
                TypeKind::Named(id) => check.named(id).obj,
                TypeKind::Alias(id) => check.alias(id).obj,
                _ => return,
            };
            let name = check.obj(name).name;
            if !check.validate_targ_len(x.pos, name.as_str(), tparams.len(), targs.len()) {
                return;
            }
            match check.verify(&tparams, &targs) {
                Ok(()) => check.mono_instance(x.pos, &tparams, &targs, args),
                Err((i, why)) => {
                    let pos = args.get(i).map_or(x.pos, Expr::start_pos);
                    check.error(pos, "InvalidTypeArg", why);
                }
            }
        });
        instance
    }

    /// The constant length of an array; `None` if there was an error.
    pub(crate) fn array_length(&mut self, e: &'a Expr) -> Option<i64> {
        // `[N]T` could be meant as the beginning of a type parameter list.
        if let Some(ident) = e.as_ident() {
            let message = match self.lookup(ident.name) {
                None => Some(format!("undefined array length {} or missing type constraint", ident.name)),
                Some(obj) if !matches!(self.obj(obj).kind, ObjKind::Const { .. }) => {
                    Some(format!("invalid array length {}", ident.name))
                }
                Some(_) => None,
            };
            if let Some(message) = message {
                self.error(ident.pos, "InvalidArrayLen", message);
                return None;
            }
        }
        let mut x = Operand::new();
        self.expr(None, &mut x, e);
        if x.mode != OperandMode::Constant {
            if x.is_valid() {
                let message = format!("array length {} must be constant", self.operand_string(&x));
                self.error(x.pos(), "InvalidArrayLen", message);
            }
            return None;
        }
        let is_integer = self.is_integer(x.ty);
        if self.is_untyped(x.ty) || is_integer {
            let value = x.const_val().to_int();
            if value.kind() == ConstKind::Int
                && let Some(ConstValue::Int(len)) = value.represent(BasicKind::Int, self.word_bits())
                && len >= 0
            {
                return Some(len);
            }
        }
        let text = self.operand_string(&x);
        let message = match is_integer {
            true => format!("invalid array length {text}"),
            false => format!("array length {text} must be integer"),
        };
        self.error(x.pos(), "InvalidArrayLen", message);
        None
    }

    /// The types of a list of type arguments; `None` if there was an error in one.
    pub(crate) fn type_list(&mut self, list: &'a [Expr]) -> Option<Vec<TypeId>> {
        let types: Vec<TypeId> = list.iter().map(|e| self.var_type(e)).collect();
        types.iter().all(|&ty| self.is_valid(ty)).then_some(types)
    }
}
