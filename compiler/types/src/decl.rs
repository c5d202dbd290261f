//! Declarations: constants, variables, types and functions, at top level and in functions.
//!
//! A package-level object is *white* (type unknown), *grey* (on `Program::obj_path`, its type is being determined) or
//! *black*. Meeting a grey object means a cycle; [`Checker::valid_cycle`] tells whether it is allowed.

use std::sync::Arc;

use rgo_source::Pos;
use rgo_syntax::ast::{self, BinaryOp, Expr, ExprKind, Field, UnaryOp};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::object::{DeclKind, ObjId, ObjKind, VarKind};
use crate::operand::Operand;
use crate::program::Program;
use crate::scope::{ScopeId, ScopeKind};
use crate::ty::{
    AliasId, Interface, NamedId, Signature, SignatureId, TupleId, TypeId, TypeKind, TypeParamId,
};

/// Whose type parameters are being collected.
#[derive(Clone, Copy)]
pub(crate) enum TypeParamsOf {
    Named(NamedId),
    Alias(AliasId),
    Signature(SignatureId),
}

impl<'a> Checker<'_, 'a> {
    /// Enters an object into a scope under its name, visible from `scope_pos` on, and records the identifier.
    pub(crate) fn declare(&mut self, scope: ScopeId, ident: Option<&ast::Ident>, obj: ObjId, scope_pos: Pos) {
        let name = self.obj(obj).name;
        if !name.is_blank() {
            if let Some(other) = self.program.scopes[scope.index()].insert(name, obj) {
                self.redeclared(obj, other);
                return;
            }
            let data = self.obj_mut(obj);
            data.scope_pos = scope_pos;
            data.parent.get_or_insert(scope);
            if data.as_var().is_some_and(|var| var.kind == VarKind::Local) {
                self.env.locals.push(obj);
            }
        }
        if let Some(ident) = ident {
            self.record_def(ident, obj);
        }
    }

    fn redeclared(&mut self, obj: ObjId, other: ObjId) {
        let (name, pos) = (self.obj(obj).name, self.obj(obj).pos);
        let message = format!("{name} redeclared in this block{}", self.other_decl(other));
        self.error(pos, "DuplicateDecl", message);
    }

    /// A further line of a message that points to another declaration.
    pub(crate) fn other_decl(&self, other: ObjId) -> String {
        let other = self.obj(other);
        if !other.pos.is_known() {
            return String::new();
        }
        format!("\n\t{}: other declaration of {}", self.pos_string(other.pos), other.name)
    }

    /// Determines the type of a package-level object or method.
    pub(crate) fn obj_decl(&mut self, obj: ObjId) {
        if self.program.obj_path.contains(&obj) {
            let valid = self.valid_cycle(obj);
            let data = self.obj_mut(obj);
            match data.kind {
                ObjKind::Const { .. } | ObjKind::Var(_) if !valid || data.ty.is_none() => {
                    data.ty = Some(TypeId::INVALID);
                }
                ObjKind::TypeName if !valid => data.ty = Some(TypeId::INVALID),
                _ => {}
            }
            return;
        }
        let data = self.obj(obj);
        let Some(decl) = data.decl else { return };
        if data.ty.is_some() {
            return;
        }
        let (file, kind) = (self.decl(decl).file, self.decl(decl).kind.clone());
        self.program.obj_path.push(obj);
        let mut env = self.program.file_env(file);
        let outer_pkg = self.program.current_pkg.replace(env.pkg);
        if !matches!(kind, DeclKind::Func(_) | DeclKind::Type(_)) {
            env.decl = Some(decl);
        }
        self.with_env(env, |check| match kind {
            DeclKind::Const { ty, init, iota, inherited } => check.const_decl(obj, ty, init, iota, inherited),
            DeclKind::Var { lhs, spec, init } => check.var_decl(obj, &lhs, spec.ty.as_ref(), init),
            DeclKind::Type(spec) => check.type_decl(obj, spec),
            DeclKind::Func(decl) => check.func_decl(obj, decl),
        });
        self.program.current_pkg = outer_pkg;
        self.program.obj_path.pop();
        if let (ObjKind::TypeName, Some(ty)) = (&self.obj(obj).kind, self.obj(obj).ty)
            && let TypeKind::Named(named) = self.kind(ty)
        {
            self.collect_methods(named);
        }
    }

    /// Whether the cycle that begins with `obj` is allowed; reports it if not.
    fn valid_cycle(&mut self, obj: ObjId) -> bool {
        let start = self.program.obj_path.iter().position(|&o| o == obj).unwrap_or(0);
        let cycle = self.program.obj_path[start..].to_vec();
        let (mut values, mut definitions) = (0, 0);
        for &obj in &cycle {
            match self.obj(obj).kind {
                ObjKind::Const { .. } | ObjKind::Var(_) => values += 1,
                ObjKind::TypeName => {
                    let ty = self.obj(obj).ty;
                    if self.env.in_tparam_list && ty.is_some_and(|ty| self.is_generic(ty)) {
                        return true;
                    }
                    let alias = match self.obj(obj).decl.map(|d| self.decl(d).kind.clone()) {
                        Some(DeclKind::Type(spec)) => spec.alias,
                        _ => self.is_alias(obj),
                    };
                    definitions += usize::from(!alias);
                }
                _ => {}
            }
        }
        // Cycles of values alone are found when the initialisation order is determined; cycles of types need a
        // definition to stop the expansion.
        if values == cycle.len() || (values == 0 && definitions > 0) {
            return true;
        }
        let first = self.first_in_source(&cycle);
        self.cycle_error(&cycle, first);
        false
    }

    /// Index of the object declared first.
    pub(crate) fn first_in_source(&self, path: &[ObjId]) -> usize {
        (0..path.len()).min_by_key(|&i| self.obj(path[i]).pos).unwrap_or(0)
    }

    /// Reports a cycle of declarations, told from `cycle[start]` on.
    pub(crate) fn cycle_error(&mut self, cycle: &[ObjId], start: usize) {
        let name = |check: &Self, obj: ObjId| {
            let data = check.obj(obj);
            match data.ty.map(|ty| (ty, check.kind(ty))) {
                Some((ty, TypeKind::Named(id))) if check.named(id).origin.is_some() => check.type_string(ty),
                _ => check.package_prefix(data.pkg) + data.name.as_str(),
            }
        };
        let mut obj = cycle[start];
        let is_type = self.obj(obj).is_type_name();
        // An alias in the cycle counts as valid from now on, to avoid further errors.
        if is_type
            && let Some(ty) = self.obj(obj).ty
            && let TypeKind::Alias(id) = self.kind(ty)
        {
            self.program.aliases[id.index()].rhs = Some(TypeId::INVALID);
        }
        let (pos, text) = (self.obj(obj).pos, name(self, obj));
        if cycle.len() == 1 {
            let message = match is_type {
                true => format!("invalid recursive type: {text} refers to itself"),
                false => format!("invalid cycle in declaration: {text} refers to itself"),
            };
            self.error(pos, "InvalidDeclCycle", message);
            return;
        }
        let mut message = match is_type {
            true => format!("invalid recursive type {text}"),
            false => format!("invalid cycle in declaration of {text}"),
        };
        for i in 0..cycle.len() {
            let next = cycle[(start + i + 1) % cycle.len()];
            let at = self.pos_string(self.obj(obj).pos);
            message.push_str(&format!("\n\t{at}: {} refers to {}", name(self, obj), name(self, next)));
            obj = next;
        }
        self.error(pos, "InvalidDeclCycle", message);
    }

    fn set_type(&mut self, obj: ObjId, ty: TypeId) {
        self.obj_mut(obj).ty = Some(ty);
    }

    fn const_decl(
        &mut self,
        obj: ObjId,
        ty: Option<&'a Expr>,
        init: Option<&'a Expr>,
        iota: u32,
        inherited: bool,
    ) {
        let saved = (self.env.iota.take(), self.env.errpos);
        self.env.iota = Some(ConstValue::Int(i64::from(iota)));
        self.env.errpos = Pos::NONE;
        let valid = match ty {
            Some(e) => {
                let ty = self.typ(e);
                let is_const = self.is_const_type(ty);
                if !is_const && self.under(ty).is_valid() {
                    let message = format!("invalid constant type {}", self.type_string(ty));
                    self.error(e.start_pos(), "InvalidConstType", message);
                }
                self.set_type(obj, if is_const { ty } else { TypeId::INVALID });
                is_const
            }
            None => true,
        };
        if valid {
            let mut x = Operand::new();
            if let Some(init) = init {
                // Errors in an inherited initialiser are blamed on the constant that inherits it.
                if inherited {
                    self.env.errpos = self.obj(obj).pos;
                }
                self.expr(None, &mut x, init);
            }
            self.init_const(obj, &mut x);
        }
        (self.env.iota, self.env.errpos) = saved;
    }

    fn var_decl(&mut self, obj: ObjId, lhs: &[ObjId], ty: Option<&'a Expr>, init: Option<&'a Expr>) {
        if let Some(ty) = ty {
            let ty = self.var_type(ty);
            self.set_type(obj, ty);
        }
        let Some(init) = init else {
            if ty.is_none() {
                self.set_type(obj, TypeId::INVALID);
            }
            return;
        };
        if lhs.len() <= 1 {
            let (declared, name) = (self.obj(obj).ty, self.obj(obj).name);
            let target = self.func_target(declared, || name.to_string());
            let mut x = Operand::new();
            self.expr(target.as_ref(), &mut x, init);
            self.init_var(obj, &mut x, "variable declaration");
            return;
        }
        // A declared type holds for all variables.
        if let (Some(_), Some(declared)) = (ty, self.obj(obj).ty) {
            for &var in lhs {
                self.set_type(var, declared);
            }
        }
        self.init_vars(lhs, std::slice::from_ref(init), None);
    }

    fn type_decl(&mut self, obj: ObjId, spec: &'a ast::TypeSpec) {
        self.later(move |check| {
            if let Some(ty) = check.obj(obj).ty
                && let Some(named) = check.as_named(ty)
            {
                check.valid_type(named);
            }
        });
        let version_ok = |check: &mut Self, version, what: &str| {
            check.verify_version(spec.tparams.first().map_or(spec.pos, |f| f.pos), version, what)
        };
        if spec.alias {
            let generic = !spec.tparams.is_empty();
            if !generic || version_ok(self, (1, 23), "generic type alias") {
                self.verify_version(spec.pos, (1, 9), "type alias");
            }
            let alias = self.new_alias(obj, None);
            let outer = self.env.scope;
            if generic {
                self.open_scope(ScopeKind::Block);
                self.collect_type_params(TypeParamsOf::Alias(alias), &spec.tparams);
            }
            let mut rhs = self.declared_type(&spec.ty, Some(obj));
            if let TypeKind::TypeParam(id) = self.kind(rhs)
                && self.alias(alias).tparams.contains(&id)
            {
                self.error(
                    spec.ty.start_pos(),
                    "MisplacedTypeParam",
                    "cannot use type parameter declared in alias declaration as RHS",
                );
                rhs = TypeId::INVALID;
            }
            // A cycle that has been reported has already set it.
            if self.alias(alias).rhs.is_none() {
                self.program.aliases[alias.index()].rhs = Some(rhs);
            }
            self.close_scope(outer);
            return;
        }
        if !spec.tparams.is_empty() {
            version_ok(self, (1, 18), "type parameter");
        }
        // A direct cycle has been reported and has made the type invalid.
        let named = self.new_named(obj);
        if self.obj(obj).decl.is_none() {
            self.program.nameds[named.index()].outer_tparams = self.env.outer_tparams.clone();
        }
        let outer = self.env.scope;
        if !spec.tparams.is_empty() {
            self.open_scope(ScopeKind::Block);
            self.collect_type_params(TypeParamsOf::Named(named), &spec.tparams);
        }
        let mut rhs = self.declared_type(&spec.ty, Some(obj));
        if self.is_type_param(rhs) {
            self.error(
                spec.ty.start_pos(),
                "MisplacedTypeParam",
                "cannot use a type parameter as RHS in type declaration",
            );
            rhs = TypeId::INVALID;
        }
        if self.named(named).rhs.is_none() {
            self.program.nameds[named.index()].rhs = Some(rhs);
        }
        self.close_scope(outer);
    }

    /// Declares the type parameters of a list and determines their constraints.
    pub(crate) fn collect_type_params(&mut self, of: TypeParamsOf, list: &'a [Field]) {
        let scope_pos = list.first().map_or(Pos::NONE, |f| f.pos);
        let mut tparams: Vec<TypeParamId> = Vec::new();
        for name in list.iter().flat_map(|field| &field.names) {
            tparams.push(self.declare_type_param(name, tparams.len(), scope_pos));
        }
        let shared: Arc<[TypeParamId]> = tparams.clone().into();
        // Constraints may mention the type itself.
        match of {
            TypeParamsOf::Named(id) => self.program.nameds[id.index()].tparams = shared,
            TypeParamsOf::Alias(id) => self.program.aliases[id.index()].tparams = shared,
            TypeParamsOf::Signature(id) => self.program.signatures[id.index()].tparams = shared,
        }
        let outer = std::mem::replace(&mut self.env.in_tparam_list, true);
        let mut next = tparams.into_iter();
        for field in list {
            let mut bound = self.bound(&field.ty);
            if self.is_type_param(bound) {
                self.error(
                    field.ty.start_pos(),
                    "MisplacedTypeParam",
                    "cannot use a type parameter as constraint",
                );
                bound = TypeId::INVALID;
            }
            for tparam in next.by_ref().take(field.names.len()) {
                self.program.tparams[tparam.index()].bound = bound;
            }
        }
        self.env.in_tparam_list = outer;
    }

    /// A constraint; `~T` and `A|B` stand for interfaces.
    fn bound(&mut self, e: &'a Expr) -> TypeId {
        let literal = matches!(
            e.kind,
            ExprKind::Unary { op: UnaryOp::Tilde, .. } | ExprKind::Binary { op: BinaryOp::Or, .. }
        );
        if !literal {
            return self.typ(e);
        }
        let union = self.parse_union(e);
        let ty = self.new_interface(Interface {
            embeddeds: vec![(union, e.start_pos())],
            implicit: true,
            complete: true,
            ..Interface::default()
        });
        self.later(move |check| {
            if let TypeKind::Interface(id) = check.kind(ty) {
                check.type_set(id);
            }
        });
        ty
    }

    /// Declares a type parameter whose constraint is still open.
    pub(crate) fn declare_type_param(
        &mut self,
        name: &ast::Ident,
        index: usize,
        scope_pos: Pos,
    ) -> TypeParamId {
        let pkg = self.env.pkg;
        let obj = self.new_object(ObjKind::TypeName, name.pos, Some(pkg), name.name, None);
        let tparam = self.new_type_param(obj, index, TypeId::INVALID);
        let scope = self.env.scope;
        self.declare(scope, Some(name), obj, scope_pos);
        tparam
    }

    fn func_decl(&mut self, obj: ObjId, decl: &'a ast::FuncDecl) {
        // The signature exists from now on, for cycles through it.
        let id = self.new_signature(Signature {
            tparams: Arc::from([]),
            recv_tparams: Arc::from([]),
            recv: None,
            params: TupleId(0),
            results: TupleId(0),
            variadic: false,
            scope: None,
        });
        let ty = self.signature_type(id);
        self.set_type(obj, ty);
        self.func_type(id, decl.recv.as_ref(), &decl.tparams, &decl.sig);
        if !decl.tparams.is_empty() && decl.body.is_none() {
            self.error(decl.pos, "BadDecl", "generic function is missing function body");
        }
    }

    /// A declaration in a function.
    pub(crate) fn decl_stmt(&mut self, decl: &'a ast::GenDecl) {
        let pkg = Some(self.env.pkg);
        match &decl.specs {
            ast::Specs::Import(_) => {}
            ast::Specs::Const(specs) => {
                for spec in specs {
                    let top = self.delayed_count();
                    let (ty, values) = match &spec.init {
                        Some(init) => (init.ty.as_ref(), init.values.as_slice()),
                        None => (None, [].as_slice()),
                    };
                    let mut objs = Vec::new();
                    for (i, name) in spec.names.iter().enumerate() {
                        let kind = ObjKind::Const { value: ConstValue::Unknown };
                        let obj = self.new_object(kind, name.pos, pkg, name.name, None);
                        objs.push(obj);
                        self.const_decl(obj, ty, values.get(i), spec.iota, spec.inherited);
                    }
                    self.arity(spec.pos, &spec.names, values, true, spec.inherited);
                    // Function literals in the values do not see the new names.
                    self.process_delayed(top);
                    let scope = self.env.scope;
                    for (name, obj) in spec.names.iter().zip(objs) {
                        self.declare(scope, Some(name), obj, spec.span.end);
                    }
                }
            }
            ast::Specs::Var(specs) => {
                for spec in specs {
                    let top = self.delayed_count();
                    let vars: Vec<ObjId> = spec
                        .names
                        .iter()
                        .map(|name| self.new_var(VarKind::Local, name.pos, pkg, name.name, None))
                        .collect();
                    for (i, &var) in vars.iter().enumerate() {
                        let (lhs, init) = match spec.values.len() {
                            n if n == vars.len() => (&[][..], spec.values.get(i)),
                            1 => (&vars[..], spec.values.first()),
                            _ => (&[][..], spec.values.get(i)),
                        };
                        self.var_decl(var, lhs, spec.ty.as_ref(), init);
                        if spec.values.len() == 1 {
                            break;
                        }
                    }
                    for &var in &vars {
                        self.obj_mut(var).ty.get_or_insert(TypeId::INVALID);
                    }
                    if spec.ty.is_none() || !spec.values.is_empty() {
                        self.arity(spec.pos, &spec.names, &spec.values, false, false);
                    }
                    self.process_delayed(top);
                    let scope = self.env.scope;
                    for (name, &var) in spec.names.iter().zip(&vars) {
                        self.declare(scope, Some(name), var, spec.span.end);
                    }
                }
            }
            ast::Specs::Type(specs) => {
                for spec in specs {
                    let obj = self.new_object(ObjKind::TypeName, spec.name.pos, pkg, spec.name.name, None);
                    let scope = self.env.scope;
                    self.declare(scope, Some(&spec.name), obj, spec.name.pos);
                    self.obj_mut(obj).parent.get_or_insert(scope);
                    self.program.obj_path.push(obj);
                    self.type_decl(obj, spec);
                    self.program.obj_path.pop();
                }
            }
        }
    }

    /// Reports a number of initial values that does not fit the number of names.
    pub(crate) fn arity(
        &mut self,
        pos: Pos,
        names: &[ast::Ident],
        values: &[Expr],
        is_const: bool,
        inherited: bool,
    ) {
        let (l, r) = (names.len(), values.len());
        if l < r {
            let extra = &values[l];
            if inherited {
                let at = self.pos_string(extra.pos);
                self.error(pos, "WrongAssignCount", format!("extra init expr at {at}"));
            } else {
                let text = crate::expr_string::expr_string(extra);
                self.error(extra.start_pos(), "WrongAssignCount", format!("extra init expr {text}"));
            }
        } else if l > r && (is_const || r != 1) {
            let name = &names[r];
            self.error(name.pos, "WrongAssignCount", format!("missing init expr for {}", name.name));
        }
    }
}

impl<'a> Program<'a> {
    /// Attaches the methods declared in the package to a defined type; they need not be resolved.
    pub(crate) fn collect_methods(&mut self, named: NamedId) {
        if std::mem::replace(&mut self.nameds[named.index()].collected, true) {
            return;
        }
        let obj = self.named(named).obj;
        let (Some(pkg), Some(decl)) = (self.obj(obj).pkg, self.obj(obj).decl) else {
            return;
        };
        let Some(methods) = self.package(pkg).methods.get(&obj).cloned() else {
            return;
        };
        let mut kept: Vec<ObjId> = Vec::new();
        for method in methods {
            let (name, pos) = (self.obj(method).name, self.obj(method).pos);
            if let Some(&other) = kept.iter().find(|&&m| self.obj(m).name == name) {
                let (type_name, at) = (self.obj(obj).name, self.pos_string(self.obj(other).pos));
                let message = format!("method {type_name}.{name} already declared at {at}");
                self.report(pos, "DuplicateMethod", message);
                continue;
            }
            if let ObjKind::Func(func) = &mut self.objects[method.index()].kind {
                func.recv_base = Some(named);
            }
            kept.push(method);
        }
        self.nameds[named.index()].methods = kept;
        let file = self.decl(decl).file;
        Checker::new(self, file).later(move |check| check.check_field_uniqueness(named));
    }
}

impl Checker<'_, '_> {
    /// Reports fields of a struct type that have the name of one of its methods.
    fn check_field_uniqueness(&mut self, named: NamedId) {
        let ty = self.named(named).ty;
        let Some(fields) = self.struct_fields(ty) else {
            return;
        };
        for &field in fields.iter() {
            let name = self.obj(field).name;
            let methods = self.named(named).methods.clone();
            let Some(&method) = methods.iter().find(|&&m| self.obj(m).name == name) else {
                continue;
            };
            if name.is_blank() {
                continue;
            }
            let pos = self.obj(method).pos;
            let message = format!("field and method with the same name {name}{}", self.other_decl(field));
            self.error(pos, "DuplicateFieldAndMethod", message);
        }
    }
}
