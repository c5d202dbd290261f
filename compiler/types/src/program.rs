//! The whole program: arenas of everything checking makes, and what later stages ask.
//!
//! One [`Program`] holds all packages. Package-level declarations are collected per package when it is first needed and
//! resolved when they are first used; function bodies are checked on demand ([`Program::check_body`]), packages of the
//! main module whole ([`Program::check_package`]).
//!
//! The methods that answer questions live beside their subject:
//!
//! | module | methods |
//! |---|---|
//! | `program` | `kind`, `obj`, `named`, `signature`, ..., `obj_type`, `package`, `info` |
//! | `check` | `check_package`, `check_body`, `funcs`, `package_vars`, `init_funcs` |
//! | `directives` | `linknames` |
//! | `init_order` | `init_order` |
//! | `under` | `under`, `unalias`, `core_type`, `common_under`, `type_set_terms` |
//! | `predicates` | `identical`, `comparable`, `is_*`, `has_nil`, `default_type` |
//! | `lookup` | `lookup_field_or_method`, `method_set`, `missing_method`, `methods_of` |
//! | `typeset` | `type_set`, `interface_methods` |
//! | `instantiate` | `instantiate_named`, `instantiate_signature`, `implements`, `satisfies` |
//! | `subst` | `subst`, with `SubstMap` |
//! | `canonical` | `canonical` |
//! | `sizes` | `size_of`, `align_of`, `field_offsets` |
//! | `type_string` | `type_string`, `reflect_string`, `link_string`, `obj_string` |

use std::collections::{HashMap, HashSet};
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, Mutex};

use rgo_load::{PackageGraph, PackageId};
use rgo_source::{Diagnostic, Name, Pos};
use rgo_syntax::ast;
use rgo_target::Target;

use crate::checker::{Checker, Delayed, UntypedInfo};
use crate::info::{FileIdx, FileInfo};
use crate::object::{DeclId, DeclInfo, Func, ObjId, ObjKind, Object, Var, VarKind};
use crate::scope::{Scope, ScopeId, ScopeKind};
use crate::ty::{
    Alias, AliasId, BASIC_KINDS, Interface, InterfaceId, Named, NamedId, ObjList, Signature, SignatureId,
    StructId, StructType, TupleId, TypeId, TypeKind, TypeList, TypeParam, TypeParamId, TypeSet,
    UNSAFE_PACKAGE, Union, UnionId,
};
use crate::universe::Universe;

/// One file of a package.
#[derive(Debug)]
pub struct FileState<'a> {
    pub pkg: PackageId,
    pub ast: &'a ast::File,
    /// The scope of its imports.
    pub scope: ScopeId,
    /// The language version that applies to it.
    pub version: (u32, u32),
    pub info: FileInfo,
}

/// What is known of one package.
#[derive(Clone, Debug)]
pub struct PackageState {
    pub scope: ScopeId,
    /// Indices of its files.
    pub files: Range<u32>,
    /// Package-level objects, methods, `init` functions and blank objects in source order.
    pub objects: Vec<ObjId>,
    pub(crate) collected: bool,
    pub(crate) checked: bool,
    /// Methods by the name of their receiver's base type.
    pub(crate) methods: HashMap<ObjId, Vec<ObjId>>,
    /// Local names of imports, in source order.
    pub(crate) imports: Vec<ObjId>,
}

/// The whole program.
pub struct Program<'a> {
    pub graph: &'a PackageGraph,
    pub target: Target,
    pub universe: Universe,
    /// Errors so far, in order of detection.
    pub diagnostics: Vec<Diagnostic>,

    pub(crate) types: Vec<TypeKind>,
    pub(crate) interned: HashMap<TypeKind, TypeId>,
    pub(crate) nameds: Vec<Named>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) structs: Vec<StructType>,
    pub(crate) tuples: Vec<ObjList>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) tparams: Vec<TypeParam>,
    pub(crate) unions: Vec<Union>,
    pub(crate) union_sets: HashMap<UnionId, Arc<TypeSet>>,
    pub(crate) objects: Vec<Object>,
    pub(crate) decls: Vec<DeclInfo<'a>>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) files: Vec<FileState<'a>>,
    pub(crate) packages: Vec<PackageState>,

    /// Instances of generic types: origin, arguments (by `instance_key`) → instance.
    pub(crate) instances: HashMap<(NamedId, Vec<TypeId>), NamedId>,
    /// Representatives of structurally equal types; see `canonical`.
    pub(crate) canon: crate::canonical::CanonTable,
    pub(crate) method_sets: HashMap<TypeId, Arc<[crate::lookup::MethodSetEntry]>>,
    /// See `local_types`.
    pub(crate) local_types: HashMap<PackageId, crate::local_types::LocalTypeNumbers>,

    /// Objects being declared, innermost last.
    pub(crate) obj_path: Vec<ObjId>,
    pub(crate) delayed: Vec<Delayed<'a>>,
    /// Untyped expressions whose final type is not known yet.
    pub(crate) untyped: HashMap<(FileIdx, ast::ExprId), UntypedInfo>,
    /// Dot-imported names → the import.
    pub(crate) dot_imports: HashMap<(ScopeId, Name), ObjId>,
    /// Functions whose bodies have been checked.
    pub(crate) bodies: HashSet<ObjId>,
    pub(crate) valid_types: HashSet<NamedId>,
    pub(crate) mono: crate::mono::MonoGraph,
    /// Where the instance being made is written; unknown for those that substitution makes.
    pub(crate) instance_pos: Pos,
    /// Package names that messages about a package cannot use alone, once needed.
    pub(crate) ambiguous_names: Mutex<HashMap<PackageId, Arc<HashSet<Name>>>>,
    /// The package being checked: its names are not qualified in messages.
    pub(crate) current_pkg: Option<PackageId>,
}

impl<'a> Program<'a> {
    /// A program of which nothing is checked yet.
    pub fn new(graph: &'a PackageGraph, target: Target) -> Program<'a> {
        let mut program = Program {
            graph,
            target,
            universe: Universe::default(),
            diagnostics: Vec::new(),
            types: Vec::new(),
            interned: HashMap::new(),
            nameds: Vec::new(),
            aliases: Vec::new(),
            structs: Vec::new(),
            tuples: vec![Arc::from([])],
            signatures: Vec::new(),
            interfaces: Vec::new(),
            tparams: Vec::new(),
            unions: Vec::new(),
            union_sets: HashMap::new(),
            objects: Vec::new(),
            decls: Vec::new(),
            scopes: vec![Scope::new(None, ScopeKind::Universe)],
            files: Vec::new(),
            packages: Vec::new(),
            instances: HashMap::new(),
            canon: Default::default(),
            method_sets: HashMap::new(),
            local_types: HashMap::new(),
            obj_path: Vec::new(),
            delayed: Vec::new(),
            untyped: HashMap::new(),
            dot_imports: HashMap::new(),
            bodies: HashSet::new(),
            valid_types: HashSet::new(),
            mono: Default::default(),
            instance_pos: Pos::NONE,
            ambiguous_names: Mutex::default(),
            current_pkg: None,
        };
        for kind in BASIC_KINDS {
            program.types.push(TypeKind::Basic(kind));
        }
        program.types.push(TypeKind::Tuple(TupleId(0)));
        program.declare_universe();
        for package in &graph.packages {
            let scope = program.new_scope(Some(ScopeId::UNIVERSE), ScopeKind::Package);
            let first = program.files.len() as u32;
            for file in &package.files {
                let file_scope = program.new_scope(Some(scope), ScopeKind::File);
                program.files.push(FileState {
                    pkg: package.id,
                    ast: file,
                    scope: file_scope,
                    version: crate::version::file_version(package.go_version, file.go_version),
                    info: FileInfo::with_size(file.expr_count()),
                });
            }
            program.packages.push(PackageState {
                scope,
                files: first..program.files.len() as u32,
                objects: Vec::new(),
                collected: false,
                checked: false,
                methods: HashMap::new(),
                imports: Vec::new(),
            });
        }
        program
    }

    // Arenas.

    /// What the type is.
    pub fn kind(&self, ty: TypeId) -> TypeKind {
        self.types[ty.index()]
    }

    /// Adds a type; composites without objects are hash-consed.
    pub fn intern(&mut self, kind: TypeKind) -> TypeId {
        if let TypeKind::Basic(kind) = kind {
            return TypeId::basic(kind);
        }
        if let Some(&found) = self.interned.get(&kind) {
            return found;
        }
        let ty = TypeId(self.types.len() as u32);
        self.types.push(kind);
        self.interned.insert(kind, ty);
        ty
    }

    /// `*elem`
    pub fn new_pointer(&mut self, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Pointer(elem))
    }

    /// `[]elem`
    pub fn new_slice(&mut self, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Slice(elem))
    }

    /// `[len]elem`
    pub fn new_array(&mut self, elem: TypeId, len: i64) -> TypeId {
        self.intern(TypeKind::Array { elem, len })
    }

    /// `map[key]elem`
    pub fn new_map(&mut self, key: TypeId, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Map { key, elem })
    }

    /// `chan elem` with a direction
    pub fn new_chan(&mut self, dir: ast::ChanDir, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Chan { dir, elem })
    }

    /// A struct type; `tags` may be empty.
    pub fn new_struct(&mut self, fields: ObjList, tags: Arc<[Option<Arc<[u8]>>]>) -> TypeId {
        let id = StructId(self.structs.len() as u32);
        self.structs.push(StructType { fields, tags });
        self.intern(TypeKind::Struct(id))
    }

    /// A list of variables.
    pub fn new_tuple(&mut self, vars: ObjList) -> TupleId {
        if vars.is_empty() {
            return TupleId(0);
        }
        self.tuples.push(vars);
        TupleId(self.tuples.len() as u32 - 1)
    }

    /// The type of a list of variables.
    pub fn tuple_type(&mut self, tuple: TupleId) -> TypeId {
        self.intern(TypeKind::Tuple(tuple))
    }

    /// A tuple of unnamed variables.
    pub fn new_tuple_of(&mut self, types: &[TypeId]) -> TupleId {
        let vars: Vec<ObjId> = types
            .iter()
            .map(|&ty| self.new_var(VarKind::Param, Pos::NONE, None, Name::new(""), Some(ty)))
            .collect();
        self.new_tuple(vars.into())
    }

    /// A function type.
    pub fn new_signature(&mut self, signature: Signature) -> SignatureId {
        self.signatures.push(signature);
        SignatureId(self.signatures.len() as u32 - 1)
    }

    /// The type of a signature.
    pub fn signature_type(&mut self, id: SignatureId) -> TypeId {
        self.intern(TypeKind::Signature(id))
    }

    /// An interface type.
    pub fn new_interface(&mut self, interface: Interface) -> TypeId {
        let id = InterfaceId(self.interfaces.len() as u32);
        self.interfaces.push(interface);
        self.intern(TypeKind::Interface(id))
    }

    /// A union type.
    pub fn new_union(&mut self, terms: Arc<[crate::ty::Term]>) -> TypeId {
        let id = UnionId(self.unions.len() as u32);
        self.unions.push(Union { terms });
        self.intern(TypeKind::Union(id))
    }

    /// A defined type whose right-hand side is still open; becomes the type of `obj`.
    pub(crate) fn new_named(&mut self, obj: ObjId) -> NamedId {
        let id = NamedId(self.nameds.len() as u32);
        let ty = self.intern(TypeKind::Named(id));
        let none: TypeList = Arc::from([]);
        self.nameds.push(Named {
            obj,
            ty,
            origin: None,
            targs: none.clone(),
            outer_targs: none,
            tparams: Arc::from([]),
            outer_tparams: Arc::from([]),
            rhs: None,
            underlying: None,
            methods: Vec::new(),
            expanded: Vec::new(),
            collected: false,
            var_size: None,
        });
        if self.objects[obj.index()].ty.is_none() {
            self.objects[obj.index()].ty = Some(ty);
        }
        id
    }

    /// An alias whose right-hand side is still open.
    pub(crate) fn new_alias(&mut self, obj: ObjId, rhs: Option<TypeId>) -> AliasId {
        let id = AliasId(self.aliases.len() as u32);
        let ty = self.intern(TypeKind::Alias(id));
        self.aliases.push(Alias {
            obj,
            ty,
            origin: None,
            targs: Arc::from([]),
            tparams: Arc::from([]),
            rhs,
            actual: None,
        });
        if self.objects[obj.index()].ty.is_none() {
            self.objects[obj.index()].ty = Some(ty);
        }
        id
    }

    /// A type parameter; becomes the type of `obj`.
    pub(crate) fn new_type_param(&mut self, obj: ObjId, index: usize, bound: TypeId) -> TypeParamId {
        let id = TypeParamId(self.tparams.len() as u32);
        let ty = self.intern(TypeKind::TypeParam(id));
        self.tparams.push(TypeParam { obj, index, bound, serial: id.0 });
        if self.objects[obj.index()].ty.is_none() {
            self.objects[obj.index()].ty = Some(ty);
        }
        id
    }

    /// The type of a type parameter.
    pub fn tparam_type(&self, id: TypeParamId) -> TypeId {
        self.interned[&TypeKind::TypeParam(id)]
    }

    /// The type parameter.
    pub fn tparam(&self, id: TypeParamId) -> &TypeParam {
        &self.tparams[id.index()]
    }

    /// The defined type.
    pub fn named(&self, id: NamedId) -> &Named {
        &self.nameds[id.index()]
    }

    /// The alias.
    pub fn alias(&self, id: AliasId) -> &Alias {
        &self.aliases[id.index()]
    }

    /// The struct.
    pub fn struct_type(&self, id: StructId) -> &StructType {
        &self.structs[id.index()]
    }

    /// The variables of a tuple.
    pub fn tuple(&self, id: TupleId) -> ObjList {
        self.tuples[id.index()].clone()
    }

    /// The signature.
    pub fn signature(&self, id: SignatureId) -> &Signature {
        &self.signatures[id.index()]
    }

    /// The interface.
    pub fn interface(&self, id: InterfaceId) -> &Interface {
        &self.interfaces[id.index()]
    }

    /// The union.
    pub fn union(&self, id: UnionId) -> &Union {
        &self.unions[id.index()]
    }

    /// The object.
    pub fn obj(&self, id: ObjId) -> &Object {
        &self.objects[id.index()]
    }

    /// The object, to be changed.
    pub(crate) fn obj_mut(&mut self, id: ObjId) -> &mut Object {
        &mut self.objects[id.index()]
    }

    /// The declaration of a package-level object.
    pub fn decl(&self, id: DeclId) -> &DeclInfo<'a> {
        &self.decls[id.index()]
    }

    /// The scope.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.index()]
    }

    /// Opens a scope below `parent`.
    pub(crate) fn new_scope(&mut self, parent: Option<ScopeId>, kind: ScopeKind) -> ScopeId {
        self.scopes.push(Scope::new(parent, kind));
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// Adds an object.
    pub(crate) fn new_object(
        &mut self,
        kind: ObjKind,
        pos: Pos,
        pkg: Option<PackageId>,
        name: Name,
        ty: Option<TypeId>,
    ) -> ObjId {
        self.objects.push(Object {
            kind,
            name,
            pkg,
            pos,
            ty,
            parent: None,
            scope_pos: Pos::NONE,
            order: 0,
            decl: None,
        });
        ObjId(self.objects.len() as u32 - 1)
    }

    /// Adds a variable, parameter or field.
    pub(crate) fn new_var(
        &mut self,
        kind: VarKind,
        pos: Pos,
        pkg: Option<PackageId>,
        name: Name,
        ty: Option<TypeId>,
    ) -> ObjId {
        let used = !matches!(kind, VarKind::Local);
        self.new_object(ObjKind::Var(Var { kind, embedded: false, used, origin: None }), pos, pkg, name, ty)
    }

    /// Adds a function or method.
    pub(crate) fn new_func(
        &mut self,
        pos: Pos,
        pkg: Option<PackageId>,
        name: Name,
        ty: Option<TypeId>,
    ) -> ObjId {
        self.new_object(ObjKind::Func(Func::default()), pos, pkg, name, ty)
    }

    // Packages and files.

    /// The state of a package; its objects are there once it is collected.
    pub fn package(&self, pkg: PackageId) -> &PackageState {
        &self.packages[pkg.0 as usize]
    }

    /// The file.
    pub fn file(&self, file: FileIdx) -> &FileState<'a> {
        &self.files[file.index()]
    }

    /// What has been recorded about a file.
    pub fn info(&self, file: FileIdx) -> &FileInfo {
        &self.files[file.index()].info
    }

    /// The package's path in symbols; `unsafe` for that one.
    pub fn package_path(&self, pkg: PackageId) -> Name {
        if pkg == UNSAFE_PACKAGE { Name::new("unsafe") } else { self.graph.package(pkg).path }
    }

    /// The package's name.
    pub fn package_name(&self, pkg: PackageId) -> Name {
        if pkg == UNSAFE_PACKAGE { Name::new("unsafe") } else { self.graph.package(pkg).name }
    }

    /// The object's type, determined now if it is not yet known.
    pub fn obj_type(&mut self, obj: ObjId) -> TypeId {
        if let Some(ty) = self.objects[obj.index()].ty {
            return ty;
        }
        self.obj_decl(obj);
        self.objects[obj.index()].ty.unwrap_or(TypeId::INVALID)
    }

    /// Resolves the declaration of a package-level object or method.
    pub(crate) fn obj_decl(&mut self, obj: ObjId) {
        let Some(decl) = self.objects[obj.index()].decl else {
            return;
        };
        let file = self.decls[decl.index()].file;
        Checker::new(self, file).obj_decl(obj);
    }

    /// The signature of a function object.
    pub fn func_signature(&mut self, func: ObjId) -> Option<SignatureId> {
        match self.obj_type(func) {
            ty if ty.is_valid() => self.as_signature(ty),
            _ => None,
        }
    }

    /// The signature, if the type's underlying type is one.
    pub fn as_signature(&mut self, ty: TypeId) -> Option<SignatureId> {
        let under = self.under(ty);
        match self.kind(under) {
            TypeKind::Signature(id) => Some(id),
            _ => None,
        }
    }

    /// Collects an error.
    pub fn report(&mut self, pos: Pos, code: &'static str, message: impl Into<String>) {
        let mut message = message.into();
        if code == "InvalidSyntaxTree" {
            message.insert_str(0, "invalid syntax tree: ");
        }
        // Errors about operands or types that are invalid follow from others.
        if !self.diagnostics.is_empty()
            && (message.contains("invalid operand") || message.contains("invalid type"))
        {
            return;
        }
        let message = self.with_version_hint(pos, message);
        self.diagnostics.push(Diagnostic::error(pos, code, message));
    }

    /// Adds to a complaint about the language version where that version comes from.
    fn with_version_hint(&self, pos: Pos, message: String) -> String {
        let wants_version = message
            .split_once(" requires go1.")
            .and_then(|(_, rest)| rest.split_once(" or later"))
            .is_some_and(|(minor, _)| minor.bytes().all(|b| b.is_ascii_digit()));
        if !wants_version {
            return message;
        }
        let holds = |file: &&FileState<'_>| file.ast.package.pos <= pos && pos <= file.ast.eof;
        let Some(file) = self.files.iter().find(holds) else {
            return message;
        };
        let (major, minor) = file.version;
        if file.ast.go_version.is_some_and(|version| version.as_str() == format!("go{major}.{minor}")) {
            return format!("{message} (file declares //go:build go{major}.{minor})");
        }
        let (major, minor) = self.graph.package(file.pkg).go_version;
        format!("{message} (-lang was set to go{major}.{minor}; check go.mod)")
    }
}

impl<'a> Deref for Checker<'_, 'a> {
    type Target = Program<'a>;

    fn deref(&self) -> &Program<'a> {
        self.program
    }
}

impl<'a> DerefMut for Checker<'_, 'a> {
    fn deref_mut(&mut self) -> &mut Program<'a> {
        self.program
    }
}
