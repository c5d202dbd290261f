//! Predeclared identifiers and package unsafe.

use std::sync::Arc;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};

use crate::const_value::ConstValue;
use crate::object::{BUILTINS, ObjId, ObjKind, VarKind};
use crate::program::Program;
use crate::scope::{ScopeId, ScopeKind};
use crate::ty::{BASIC_KINDS, BasicKind, Interface, Signature, TupleId, TypeId, TypeSet, UNSAFE_PACKAGE};

/// Predeclared objects and types that checking asks for by name.
#[derive(Clone, Debug)]
pub struct Universe {
    /// The type `error`.
    pub error: TypeId,
    /// The type `any`, an alias.
    pub any_type: TypeId,
    /// `interface{}`
    pub empty_interface: TypeId,
    pub any: ObjId,
    pub comparable: ObjId,
    pub comparable_type: TypeId,
    pub iota: ObjId,
    pub nil: ObjId,
    /// The scope of package unsafe.
    pub unsafe_scope: ScopeId,
}

impl Default for Universe {
    fn default() -> Universe {
        Universe {
            error: TypeId::INVALID,
            any_type: TypeId::INVALID,
            empty_interface: TypeId::INVALID,
            any: ObjId(0),
            comparable: ObjId(0),
            comparable_type: TypeId::INVALID,
            iota: ObjId(0),
            nil: ObjId(0),
            unsafe_scope: ScopeId::UNIVERSE,
        }
    }
}

impl Program<'_> {
    fn predeclare(&mut self, kind: ObjKind, name: &str, ty: Option<TypeId>) -> ObjId {
        let name = Name::new(name);
        let in_unsafe = name.is_exported();
        let (scope, pkg): (ScopeId, Option<PackageId>) = match in_unsafe {
            true => (self.universe.unsafe_scope, Some(UNSAFE_PACKAGE)),
            false => (ScopeId::UNIVERSE, None),
        };
        let obj = self.new_object(kind, Pos::NONE, pkg, name, ty);
        self.objects[obj.index()].parent = Some(scope);
        self.scopes[scope.index()].insert(name, obj);
        obj
    }

    /// Fills the universe; the basic types exist already.
    pub(crate) fn declare_universe(&mut self) {
        self.universe.unsafe_scope = self.new_scope(Some(ScopeId::UNIVERSE), ScopeKind::Package);
        for kind in BASIC_KINDS {
            if kind == BasicKind::Invalid || kind.is_untyped() {
                continue;
            }
            let name = if kind == BasicKind::UnsafePointer { "Pointer" } else { kind.name() };
            self.predeclare(ObjKind::TypeName, name, Some(TypeId::basic(kind)));
        }

        // type any = interface{}
        let all = Arc::new(TypeSet { methods: Arc::from([]), terms: None, comparable: false });
        let empty = Interface { complete: true, type_set: Some(all), ..Interface::default() };
        self.universe.empty_interface = self.new_interface(empty);
        let any = self.predeclare(ObjKind::TypeName, "any", None);
        let alias = self.new_alias(any, Some(self.universe.empty_interface));
        self.universe.any = any;
        self.universe.any_type = self.alias(alias).ty;

        // type error interface { Error() string }
        let error = self.predeclare(ObjKind::TypeName, "error", None);
        let named = self.new_named(error);
        let error_type = self.named(named).ty;
        let result = self.new_var(VarKind::Result, Pos::NONE, None, Name::new(""), Some(TypeId::STRING));
        let results = self.new_tuple(Arc::from([result]));
        let recv = self.new_var(VarKind::Recv, Pos::NONE, None, Name::new(""), Some(error_type));
        let signature = self.new_signature(Signature {
            tparams: Arc::from([]),
            recv_tparams: Arc::from([]),
            recv: Some(recv),
            params: TupleId(0),
            results,
            variadic: false,
            scope: None,
        });
        let signature = self.signature_type(signature);
        let method = self.new_func(Pos::NONE, None, Name::new("Error"), Some(signature));
        if let ObjKind::Func(func) = &mut self.objects[method.index()].kind {
            func.is_interface_method = true;
        }
        let interface =
            self.new_interface(Interface { methods: vec![method], complete: true, ..Interface::default() });
        self.nameds[named.index()].rhs = Some(interface);
        self.nameds[named.index()].underlying = Some(interface);
        self.universe.error = error_type;

        // type comparable interface { comparable }
        let comparable = self.predeclare(ObjKind::TypeName, "comparable", None);
        let named = self.new_named(comparable);
        let set = Arc::new(TypeSet { methods: Arc::from([]), terms: None, comparable: true });
        let interface =
            self.new_interface(Interface { complete: true, type_set: Some(set), ..Interface::default() });
        self.nameds[named.index()].rhs = Some(interface);
        self.nameds[named.index()].underlying = Some(interface);
        self.universe.comparable = comparable;
        self.universe.comparable_type = self.named(named).ty;

        for (name, value) in [("true", true), ("false", false)] {
            let value = ConstValue::Bool(value);
            self.predeclare(ObjKind::Const { value }, name, Some(TypeId::UNTYPED_BOOL));
        }
        let zero = ConstValue::Int(0);
        self.universe.iota =
            self.predeclare(ObjKind::Const { value: zero }, "iota", Some(TypeId::UNTYPED_INT));
        self.universe.nil = self.predeclare(ObjKind::Nil, "nil", Some(TypeId::UNTYPED_NIL));
        for id in BUILTINS {
            self.predeclare(ObjKind::Builtin(id), id.name(), Some(TypeId::INVALID));
        }
    }

    /// The scope of a package, whose objects are collected now if they have not been.
    pub fn package_scope(&mut self, pkg: PackageId) -> ScopeId {
        if pkg == UNSAFE_PACKAGE {
            return self.universe.unsafe_scope;
        }
        self.collect_objects(pkg);
        self.package(pkg).scope
    }

    /// The object with this name in a package's scope.
    pub fn lookup_in_package(&mut self, pkg: PackageId, name: Name) -> Option<ObjId> {
        let scope = self.package_scope(pkg);
        self.scope(scope).lookup(name)
    }
}
