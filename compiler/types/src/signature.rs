//! Function types and receivers.

use std::sync::Arc;

use rgo_source::Pos;
use rgo_syntax::ast::{self, Expr, ExprKind, Field};

use crate::checker::Checker;
use crate::decl::TypeParamsOf;
use crate::info::OperandMode;
use crate::object::{ObjId, VarKind};
use crate::resolver::unpack_receiver;
use crate::scope::ScopeKind;
use crate::subst::SubstMap;
use crate::ty::{BasicKind, NamedId, SignatureId, TypeId, TypeKind, TypeParamId};

/// Parameters or results with the identifiers to declare.
struct Params<'a> {
    vars: Vec<ObjId>,
    names: Vec<(&'a ast::Ident, ObjId)>,
    variadic: bool,
}

impl<'a> Checker<'_, 'a> {
    /// Checks a function type into the given, empty signature.
    pub(crate) fn func_type(
        &mut self,
        id: SignatureId,
        recv: Option<&'a Field>,
        tparams: &'a [Field],
        sig: &'a ast::FuncType,
    ) {
        let outer = self.open_scope(ScopeKind::Function);
        let scope = self.env.scope;
        let mut recv_tparams: Vec<TypeParamId> = Vec::new();
        let recv_var = recv.map(|field| self.collect_recv(field, sig.pos, &mut recv_tparams));
        if !tparams.is_empty() {
            self.collect_type_params(TypeParamsOf::Signature(id), tparams);
        }
        let params = self.collect_params(VarKind::Param, &sig.params);
        let results = self.collect_params(VarKind::Result, &sig.results);
        // Parameters are in scope in the body.
        let scope_pos = sig.span.end;
        if let (Some(var), Some(field)) = (recv_var, recv)
            && let Some(name) = field.names.first()
        {
            self.declare(scope, Some(name), var, scope_pos);
        }
        for (name, var) in params.names.into_iter().chain(results.names) {
            self.declare(scope, Some(name), var, scope_pos);
        }
        let (params_tuple, results_tuple) =
            (self.new_tuple(params.vars.into()), self.new_tuple(results.vars.into()));
        let data = &mut self.program.signatures[id.index()];
        data.recv = recv_var;
        data.recv_tparams = recv_tparams.into();
        data.params = params_tuple;
        data.results = results_tuple;
        data.variadic = params.variadic;
        data.scope = Some(scope);
        self.close_scope(outer);
    }

    fn collect_params(&mut self, kind: VarKind, list: &'a [Field]) -> Params<'a> {
        let pkg = Some(self.env.pkg);
        let mut result = Params { vars: Vec::new(), names: Vec::new(), variadic: false };
        for (i, field) in list.iter().enumerate() {
            let mut e = &field.ty;
            if let ExprKind::Ellipsis(elem) = &e.kind {
                if kind == VarKind::Param && i + 1 == list.len() && field.names.len() <= 1 {
                    result.variadic = true;
                } else {
                    self.error(e.pos, "InvalidSyntaxTree", "invalid use of ...");
                }
                e = elem;
            }
            let mut ty = self.var_type(e);
            if result.variadic {
                ty = self.new_slice(ty);
                self.record_type_and_value(&field.ty, OperandMode::TypeExpr, ty, None);
            }
            if field.names.is_empty() {
                let name = rgo_source::Name::new("");
                let var = self.new_var(kind, field.pos, pkg, name, Some(ty));
                result.vars.push(var);
            }
            for name in &field.names {
                let var = self.new_var(kind, name.pos, pkg, name.name, Some(ty));
                result.vars.push(var);
                result.names.push((name, var));
            }
        }
        result
    }

    /// Determines the receiver and declares the type parameters that stand in it.
    fn collect_recv(
        &mut self,
        field: &'a Field,
        scope_pos: Pos,
        recv_tparams: &mut Vec<TypeParamId>,
    ) -> ObjId {
        let receiver = unpack_receiver(&field.ty);
        let recv_type = if receiver.tparams.is_empty() {
            let ty = self.var_type(&field.ty);
            self.reject_instantiated_alias(ty, receiver.base)
        } else {
            self.generic_recv(field, scope_pos, recv_tparams)
        };
        let (pos, name) = match field.names.first() {
            Some(name) => (name.pos, name.name),
            None => (field.pos, rgo_source::Name::new("")),
        };
        let pkg = self.env.pkg;
        let var = self.new_var(VarKind::Recv, pos, Some(pkg), name, Some(recv_type));
        // Checked when the types it depends on are complete.
        let base = receiver.base;
        self.later(move |check| check.valid_recv(base, recv_type));
        var
    }

    /// Methods cannot be declared through an alias of an instantiated type.
    fn reject_instantiated_alias(&mut self, ty: TypeId, base: &'a Expr) -> TypeId {
        let unpointer = |check: &Self, mut ty: TypeId| {
            while let TypeKind::Pointer(elem) = check.kind(ty) {
                ty = elem;
            }
            ty
        };
        let mut at = unpointer(self, ty);
        while let TypeKind::Alias(id) = self.kind(at) {
            let Some(rhs) = self.alias(id).rhs else { break };
            at = unpointer(self, rhs);
            if !self.type_params_of(at).is_empty() && !matches!(self.kind(at), TypeKind::Signature(_)) {
                let message =
                    format!("cannot define new methods on instantiated type {}", self.type_string(at));
                self.error(base.start_pos(), "InvalidRecv", message);
                return TypeId::INVALID;
            }
        }
        ty
    }

    fn generic_recv(
        &mut self,
        field: &'a Field,
        scope_pos: Pos,
        recv_tparams: &mut Vec<TypeParamId>,
    ) -> TypeId {
        let receiver = unpack_receiver(&field.ty);
        // The base type is resolved before the type parameters are declared, which may have its name.
        let mut cause = String::new();
        let generic = self.generic_type(receiver.base, Some(&mut cause));
        let mut base: Option<NamedId> = None;
        if self.is_valid(generic) {
            match self.kind(generic) {
                TypeKind::Named(id) => base = Some(id),
                _ => {
                    let text = self.type_string(generic);
                    let message = format!("cannot define new methods on generic alias type {text}");
                    self.error(receiver.base.start_pos(), "InvalidRecv", message);
                }
            }
        } else if !cause.is_empty() {
            self.error(receiver.base.start_pos(), "InvalidRecv", cause);
        }
        for (i, e) in receiver.tparams.iter().enumerate() {
            let blank;
            let ident = match e.as_ident() {
                Some(ident) => ident,
                None => {
                    if !matches!(e.kind, ExprKind::Bad) {
                        let text = crate::expr_string::expr_string(e);
                        let message = format!("receiver type parameter {text} must be an identifier");
                        self.error(e.start_pos(), "BadDecl", message);
                    }
                    blank = ast::Ident { id: e.id, name: rgo_source::Name::new("_"), pos: e.pos };
                    &blank
                }
            };
            let tparam = self.declare_type_param(ident, i, scope_pos);
            let obj = self.tparam(tparam).obj;
            self.record_use(ident, obj);
            let ty = self.tparam_type(tparam);
            self.record_type_and_value(e, OperandMode::TypeExpr, ty, None);
            recv_tparams.push(tparam);
        }
        let Some(base) = base else {
            return TypeId::INVALID;
        };
        let base_tparams = self.named(base).tparams.clone();
        let targs: Arc<[TypeId]> = recv_tparams.iter().map(|&tp| self.tparam_type(tp)).collect();
        if recv_tparams.len() == base_tparams.len() {
            let map = SubstMap::new(&base_tparams, &targs);
            for (&own, &of_base) in recv_tparams.iter().zip(base_tparams.iter()) {
                self.mono_canon(own, of_base);
                let bound = self.tparam(of_base).bound;
                let bound = self.subst(bound, &map);
                self.program.tparams[own.index()].bound = bound;
            }
        } else {
            let got = match recv_tparams.len() {
                1 => "1 type parameter".to_owned(),
                n => format!("{n} type parameters"),
            };
            let message =
                format!("receiver declares {got}, but receiver base type declares {}", base_tparams.len());
            self.error(receiver.base.start_pos(), "BadRecv", message);
        }
        self.verify_version(receiver.base.start_pos(), (1, 18), "type instantiation");
        let mut ty = self.instance(field.ty.pos, generic, targs.clone());
        self.record_instance(receiver.base, targs, ty);
        if receiver.ptr && self.is_valid(ty) {
            ty = self.new_pointer(ty);
        }
        self.record_recv_types(&field.ty, ty);
        ty
    }

    /// Records the types of a receiver expression's parts.
    fn record_recv_types(&mut self, e: &Expr, ty: TypeId) {
        self.record_type_and_value(e, OperandMode::TypeExpr, ty, None);
        match &e.kind {
            ExprKind::Paren(x) => self.record_recv_types(x, ty),
            ExprKind::Star(x) => {
                if let TypeKind::Pointer(elem) = self.kind(ty) {
                    self.record_recv_types(x, elem);
                }
            }
            _ => {}
        }
    }

    /// Reports a receiver type that cannot have methods.
    fn valid_recv(&mut self, base: &'a Expr, recv_type: TypeId) {
        let (ty, _) = self.deref(recv_type);
        let actual = self.unalias(ty);
        if actual == TypeId::INVALID {
            return;
        }
        let pos = base.start_pos();
        match self.kind(actual) {
            TypeKind::Named(id) => {
                let obj = self.named(id).obj;
                if self.obj(obj).pkg != Some(self.env.pkg) {
                    let message =
                        format!("cannot define new methods on non-local type {}", self.type_string(ty));
                    self.error(pos, "InvalidRecv", message);
                    return;
                }
                let cause = match self.under_kind(actual) {
                    TypeKind::Basic(BasicKind::UnsafePointer) => "unsafe.Pointer",
                    TypeKind::Pointer(_) | TypeKind::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                let message = format!("invalid receiver type {} ({cause})", self.type_string(ty));
                self.error(pos, "InvalidRecv", message);
            }
            TypeKind::Basic(_) => {
                let message = format!("cannot define new methods on non-local type {}", self.type_string(ty));
                self.error(pos, "InvalidRecv", message);
            }
            _ => {
                let message = format!("invalid receiver type {}", self.type_string(recv_type));
                self.error(pos, "InvalidRecv", message);
            }
        }
    }
}
