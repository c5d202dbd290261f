//! The state of checking one piece of code: a view of the [`Program`] with the environment of that code.
//!
//! A `Checker` dereferences to its program, so that `self.under(t)`, `self.identical(a, b)` and the like need no
//! detour. Checking a declaration of another file or package makes another `Checker` on the same program.

use std::collections::HashSet;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast;

use crate::const_value::ConstValue;
use crate::info::{FileIdx, Instance, OperandMode, Selection, TypeAndValue};
use crate::object::{DeclId, ObjId};
use crate::program::Program;
use crate::scope::{ScopeId, ScopeKind};
use crate::ty::{SignatureId, TypeId, TypeList, TypeParamList};

/// An action for the end of the statement or declaration.
pub(crate) type Action<'a> = Box<dyn FnOnce(&mut Checker<'_, 'a>) + 'a>;

/// A delayed action and the file it belongs to.
pub(crate) struct Delayed<'a> {
    pub file: FileIdx,
    pub action: Action<'a>,
}

/// An untyped expression whose final type is still open.
#[derive(Clone, Debug)]
pub(crate) struct UntypedInfo {
    /// The left operand of a shift whose check is delayed.
    pub is_lhs: bool,
    pub mode: OperandMode,
    pub ty: TypeId,
    pub val: Option<ConstValue>,
}

/// Where the code being checked stands.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub file: FileIdx,
    pub pkg: PackageId,
    /// The package-level declaration whose initialiser or body is being checked.
    pub decl: Option<DeclId>,
    /// The innermost scope.
    pub scope: ScopeId,
    /// `iota`, in constant declarations.
    pub iota: Option<ConstValue>,
    /// Known: where to place errors about an inherited constant initialiser.
    pub errpos: Pos,
    pub in_tparam_list: bool,
    /// The enclosing function's signature.
    pub sig: Option<SignatureId>,
    /// All type parameters of the enclosing functions.
    pub outer_tparams: TypeParamList,
    /// Local variables declared in the function so far, for the search for unused ones.
    pub locals: Vec<ObjId>,
    /// Calls of `panic`, for the analysis of terminating statements.
    pub is_panic: HashSet<ast::ExprId>,
    /// The expression contains a call or a receive.
    pub has_call_or_recv: bool,
}

/// Checks code; see the module documentation.
pub(crate) struct Checker<'p, 'a> {
    pub program: &'p mut Program<'a>,
    pub env: Environment,
}

impl<'p, 'a> Checker<'p, 'a> {
    /// A checker for package-level code of a file.
    pub fn new(program: &'p mut Program<'a>, file: FileIdx) -> Checker<'p, 'a> {
        let env = program.file_env(file);
        Checker { program, env }
    }

    /// Runs `f` in another environment.
    pub fn with_env<R>(&mut self, env: Environment, f: impl FnOnce(&mut Self) -> R) -> R {
        let saved = std::mem::replace(&mut self.env, env);
        let result = f(self);
        self.env = saved;
        result
    }

    /// Delays an action to the end of the statement or declaration.
    pub fn later(&mut self, action: impl FnOnce(&mut Checker<'_, 'a>) + 'a) {
        let file = self.env.file;
        self.program.delayed.push(Delayed { file, action: Box::new(action) });
    }

    /// Runs the actions delayed since there were `top` of them, and those they delay.
    pub fn process_delayed(&mut self, top: usize) {
        self.program.process_delayed(top);
    }

    /// How many actions are delayed now, for `process_delayed`.
    pub fn delayed_count(&self) -> usize {
        self.program.delayed.len()
    }

    // Errors.

    /// Reports an error.
    pub fn error(&mut self, pos: Pos, code: &'static str, message: impl Into<String>) {
        // Inherited initialisers are blamed on the constant.
        let pos = if self.env.errpos.is_known() { self.env.errpos } else { pos };
        self.program.report(pos, code, message);
    }

    /// Reports an error unless the language version is at least `version`; tells whether it is.
    pub fn verify_version(&mut self, pos: Pos, version: (u32, u32), what: impl AsRef<str>) -> bool {
        if self.allow_version(version) {
            return true;
        }
        let (major, minor) = version;
        let message = format!("{} requires go{major}.{minor} or later", what.as_ref());
        self.error(pos, "UnsupportedFeature", message);
        false
    }

    /// Whether the file's language version is at least `version`.
    pub fn allow_version(&self, version: (u32, u32)) -> bool {
        self.program.file(self.env.file).version >= version
    }

    // Scopes.

    /// Opens a block scope and returns the one to give back to [`Checker::close_scope`].
    pub fn open_scope(&mut self, kind: ScopeKind) -> ScopeId {
        let outer = self.env.scope;
        self.env.scope = self.program.new_scope(Some(outer), kind);
        outer
    }

    /// Ends the innermost scope.
    pub fn close_scope(&mut self, outer: ScopeId) {
        self.env.scope = outer;
    }

    /// The object `name` denotes here, with the scope where it was found.
    pub fn lookup_scope(&self, name: Name) -> Option<(ScopeId, ObjId)> {
        let mut scope = Some(self.env.scope);
        while let Some(id) = scope {
            let data = self.program.scope(id);
            if let Some(obj) = data.lookup(name) {
                return Some((id, obj));
            }
            scope = data.parent;
        }
        None
    }

    /// The object `name` denotes here.
    pub fn lookup(&self, name: Name) -> Option<ObjId> {
        self.lookup_scope(name).map(|(_, obj)| obj)
    }

    // Recording.

    /// Records mode, type and value of an expression that is not (or no longer) untyped.
    pub fn record_type_and_value(
        &mut self,
        e: &ast::Expr,
        mode: OperandMode,
        ty: TypeId,
        value: Option<ConstValue>,
    ) {
        if mode == OperandMode::Invalid {
            return;
        }
        let file = self.env.file;
        self.program.files[file.index()].info.set_type_and_value(e.id, TypeAndValue { mode, ty, value });
    }

    /// Records what an identifier declares.
    pub fn record_def(&mut self, ident: &ast::Ident, obj: ObjId) {
        let file = self.env.file;
        self.program.files[file.index()].info.set_object(ident.id, obj);
    }

    /// Records what an identifier denotes.
    pub fn record_use(&mut self, ident: &ast::Ident, obj: ObjId) {
        self.record_def(ident, obj);
    }

    /// Records what a selector selects.
    pub fn record_selection(&mut self, sel: &ast::Ident, selection: Selection) {
        self.record_def(sel, selection.obj);
        let file = self.env.file;
        self.program.files[file.index()].info.selections.insert(sel.id, selection);
    }

    /// Records the instantiation that `expr` (an identifier, selector or index expression) denotes.
    pub fn record_instance(&mut self, expr: &ast::Expr, targs: TypeList, ty: TypeId) {
        if let Some(ident) = instantiated_ident(expr) {
            let file = self.env.file;
            self.program.files[file.index()].info.instances.insert(ident.id, Instance { targs, ty });
        }
    }

    /// Records the variable that a clause of a type switch declares implicitly.
    pub fn record_implicit(&mut self, clause: Pos, obj: ObjId) {
        let file = self.env.file;
        self.program.files[file.index()].info.implicits.insert(clause, obj);
    }

    /// Remembers an untyped expression until its final type is known.
    pub fn remember_untyped(
        &mut self,
        expr: &'a ast::Expr,
        is_lhs: bool,
        mode: OperandMode,
        ty: TypeId,
        val: Option<ConstValue>,
    ) {
        let key = (self.env.file, expr.id);
        self.program.untyped.insert(key, UntypedInfo { is_lhs, mode, ty, val });
    }

    /// Notes that the declaration being checked refers to package-level object `to`.
    pub fn add_decl_dep(&mut self, to: ObjId) {
        let Some(from) = self.env.decl else { return };
        // Methods of instantiated types stand for the declared ones.
        let to = self.program.obj(to).as_func().and_then(|func| func.origin).unwrap_or(to);
        if self.program.obj(to).decl.is_none() {
            return;
        }
        let deps = &mut self.program.decls[from.index()].deps;
        if !deps.contains(&to) {
            deps.push(to);
        }
    }
}

/// The identifier of the generic type or function in an instantiation.
pub(crate) fn instantiated_ident(expr: &ast::Expr) -> Option<&ast::Ident> {
    let expr = expr.unparen();
    match &expr.kind {
        ast::ExprKind::Ident(ident) => Some(ident),
        ast::ExprKind::Selector { sel, .. } => Some(sel),
        ast::ExprKind::Index { x, .. } => instantiated_ident(x),
        _ => None,
    }
}

impl<'a> Program<'a> {
    /// The environment of package-level code of a file.
    pub(crate) fn file_env(&self, file: FileIdx) -> Environment {
        let state = self.file(file);
        Environment {
            file,
            pkg: state.pkg,
            decl: None,
            scope: state.scope,
            iota: None,
            errpos: Pos::NONE,
            in_tparam_list: false,
            sig: None,
            outer_tparams: [].into(),
            locals: Vec::new(),
            is_panic: HashSet::new(),
            has_call_or_recv: false,
        }
    }

    /// Runs the delayed actions from `top` on, in order, and those they add.
    pub(crate) fn process_delayed(&mut self, top: usize) {
        let mut at = top;
        while at < self.delayed.len() {
            let nothing: Action<'a> = Box::new(|_| {});
            let file = self.delayed[at].file;
            let action = std::mem::replace(&mut self.delayed[at].action, nothing);
            let outer_pkg = self.current_pkg.replace(self.file(file).pkg);
            action(&mut Checker::new(self, file));
            self.current_pkg = outer_pkg;
            at += 1;
        }
        self.delayed.truncate(top);
    }
}
