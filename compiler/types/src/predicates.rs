//! Properties of types, and identity.

use rgo_load::PackageId;
use rgo_source::{Name, Pos};

use crate::object::ObjId;
use crate::program::Program;
use crate::subst::SubstMap;
use crate::ty::{BasicKind, InterfaceId, NamedId, SignatureId, TupleId, TypeId, TypeKind};

/// How to compare types.
#[derive(Clone, Copy, Default)]
struct Comparer {
    ignore_tags: bool,
    /// Invalid types are identical to every type.
    ignore_invalids: bool,
}

macro_rules! is_predicates {
    ($($(#[$doc:meta])* $is:ident, $all:ident, $kind:ident;)*) => {$(
        $(#[$doc])*
        pub fn $is(&mut self, ty: TypeId) -> bool {
            self.is_basic(ty, BasicKind::$kind)
        }

        /// Likewise for all types in a type parameter's type set.
        pub fn $all(&mut self, ty: TypeId) -> bool {
            self.all_basic(ty, BasicKind::$kind)
        }
    )*};
}

impl Program<'_> {
    is_predicates! {
        /// Whether the underlying type is boolean (false for type parameters).
        is_boolean, all_boolean, is_boolean;
        /// Whether the underlying type is an integer type.
        is_integer, all_integer, is_integer;
        /// Whether the underlying type is an unsigned integer type.
        is_unsigned, all_unsigned, is_unsigned;
        /// Whether the underlying type is a floating-point type.
        is_float, all_float, is_float;
        /// Whether the underlying type is a complex type.
        is_complex, all_complex, is_complex;
        /// Whether the underlying type is numeric.
        is_numeric, all_numeric, is_numeric;
        /// Whether the underlying type is a string type.
        is_string, all_string, is_string;
        /// Whether constants can have the type.
        is_const_type, all_const_type, is_const_type;
        /// Whether the underlying type is an ordered basic type.
        is_ordered, all_ordered, is_ordered;
    }

    /// The basic kind of the underlying type.
    pub fn basic_kind(&mut self, ty: TypeId) -> Option<BasicKind> {
        match self.under_kind(ty) {
            TypeKind::Basic(kind) => Some(kind),
            _ => None,
        }
    }

    /// Whether the underlying type is basic and `f` holds for it.
    pub fn is_basic(&mut self, ty: TypeId, f: fn(BasicKind) -> bool) -> bool {
        self.basic_kind(ty).is_some_and(f)
    }

    /// Like [`Program::is_basic`], for all types of a type parameter's type set.
    pub fn all_basic(&mut self, ty: TypeId, f: fn(BasicKind) -> bool) -> bool {
        if self.as_type_param(ty).is_none() {
            return self.is_basic(ty, f);
        }
        match self.typeset(ty) {
            None => false,
            Some(list) => list.into_iter().all(|(t, _)| self.is_basic(t, f)),
        }
    }

    /// Numeric or string, for all types of the type set.
    pub fn all_numeric_or_string(&mut self, ty: TypeId) -> bool {
        self.all_basic(ty, |kind| kind.is_numeric() || kind.is_string())
    }

    /// Whether the type is not the invalid one.
    pub fn is_valid(&mut self, ty: TypeId) -> bool {
        self.unalias(ty) != TypeId::INVALID
    }

    /// Whether the type is untyped.
    pub fn is_untyped(&self, ty: TypeId) -> bool {
        matches!(self.kind(ty), TypeKind::Basic(kind) if kind.is_untyped())
    }

    /// Whether the type is no untyped one.
    pub fn is_typed(&self, ty: TypeId) -> bool {
        !self.is_untyped(ty)
    }

    /// Whether the type is an untyped numeric one.
    pub fn is_untyped_numeric(&self, ty: TypeId) -> bool {
        matches!(self.kind(ty), TypeKind::Basic(kind) if kind.is_untyped() && kind.is_numeric())
    }

    /// Whether the type has a name: predeclared, defined, or a type parameter.
    pub fn has_name(&mut self, ty: TypeId) -> bool {
        let ty = self.unalias(ty);
        matches!(self.kind(ty), TypeKind::Basic(_) | TypeKind::Named(_) | TypeKind::TypeParam(_))
    }

    /// Whether the type is a literal or basic.
    pub fn is_type_lit(&mut self, ty: TypeId) -> bool {
        let ty = self.unalias(ty);
        !matches!(self.kind(ty), TypeKind::Named(_) | TypeKind::TypeParam(_))
    }

    /// Whether the underlying type is an interface (true for type parameters).
    pub fn is_interface(&mut self, ty: TypeId) -> bool {
        self.as_interface(ty).is_some()
    }

    /// Whether the type is an interface and no type parameter.
    pub fn is_non_type_param_interface(&mut self, ty: TypeId) -> bool {
        !self.is_type_param(ty) && self.is_interface(ty)
    }

    /// Whether the type is a type parameter.
    pub fn is_type_param(&mut self, ty: TypeId) -> bool {
        self.as_type_param(ty).is_some()
    }

    /// Whether the type is a type parameter with an empty type set.
    pub fn has_empty_typeset(&mut self, ty: TypeId) -> bool {
        self.as_type_param(ty).is_some_and(|id| self.tparam_type_set(id).is_empty())
    }

    /// Whether the type is generic and not instantiated.
    pub fn is_generic(&mut self, ty: TypeId) -> bool {
        if let TypeKind::Alias(id) = self.kind(ty) {
            let alias = self.alias(id);
            if !alias.tparams.is_empty() && alias.targs.is_empty() {
                return true;
            }
        }
        self.as_named(ty).is_some_and(|id| {
            let named = self.named(id);
            named.origin.is_none() && !named.tparams.is_empty()
        })
    }

    /// Whether values can be compared with `==` (interfaces count, although it may panic).
    pub fn comparable(&mut self, ty: TypeId) -> bool {
        self.comparable_type(ty, true, &mut Vec::new()).is_ok()
    }

    /// Whether values of the type are comparable; the error says why not (it may be empty). With `dynamic`, interfaces
    /// that are no type parameters are always comparable.
    pub(crate) fn comparable_type(
        &mut self,
        ty: TypeId,
        dynamic: bool,
        seen: &mut Vec<TypeId>,
    ) -> Result<(), String> {
        if seen.contains(&ty) {
            return Ok(());
        }
        seen.push(ty);
        match self.under_kind(ty) {
            TypeKind::Basic(BasicKind::UntypedNil) => Err(String::new()),
            TypeKind::Basic(_) | TypeKind::Pointer(_) | TypeKind::Chan { .. } => Ok(()),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                for &field in fields.iter() {
                    let field_type = self.obj_type(field);
                    if self.comparable_type(field_type, dynamic, seen).is_err() {
                        let text = self.type_string(field_type);
                        return Err(format!("struct containing {text} cannot be compared"));
                    }
                }
                Ok(())
            }
            TypeKind::Array { elem, .. } => {
                if self.comparable_type(elem, dynamic, seen).is_err() {
                    let text = self.type_string(ty);
                    return Err(format!("{text} cannot be compared"));
                }
                Ok(())
            }
            TypeKind::Interface(id) => {
                if dynamic && !self.is_type_param(ty) {
                    return Ok(());
                }
                let set = self.type_set(id);
                if self.type_set_is_comparable(&set, seen) {
                    return Ok(());
                }
                Err(match set.is_empty() {
                    true => "empty type set".to_owned(),
                    false => "incomparable types in type set".to_owned(),
                })
            }
            _ => Err(String::new()),
        }
    }

    /// Whether nil is a value of the type.
    pub fn has_nil(&mut self, ty: TypeId) -> bool {
        match self.under_kind(ty) {
            TypeKind::Basic(kind) => kind == BasicKind::UnsafePointer,
            TypeKind::Slice(_)
            | TypeKind::Pointer(_)
            | TypeKind::Signature(_)
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. } => true,
            TypeKind::Interface(_) => {
                !self.is_type_param(ty) || self.under_is(ty, |p, u| u.is_some_and(|u| p.has_nil(u)))
            }
            _ => false,
        }
    }

    /// The typed type an untyped operand gets when nothing else decides; other types are unchanged.
    pub fn default_type(&self, ty: TypeId) -> TypeId {
        match ty {
            TypeId::UNTYPED_BOOL => TypeId::BOOL,
            TypeId::UNTYPED_INT => TypeId::INT,
            TypeId::UNTYPED_RUNE => TypeId::RUNE,
            TypeId::UNTYPED_FLOAT => TypeId::FLOAT64,
            TypeId::UNTYPED_COMPLEX => TypeId::COMPLEX128,
            TypeId::UNTYPED_STRING => TypeId::STRING,
            _ => ty,
        }
    }

    /// The larger of two untyped numeric types, the type if both are one, or `None`.
    pub fn max_type(&self, x: TypeId, y: TypeId) -> Option<TypeId> {
        if x == y {
            return Some(x);
        }
        (self.is_untyped_numeric(x) && self.is_untyped_numeric(y)).then(|| x.max(y))
    }

    /// Whether the object has this name as a field or method, seen from `pkg`.
    pub(crate) fn same_id(&self, obj: ObjId, pkg: Option<PackageId>, name: Name, fold_case: bool) -> bool {
        let obj = self.obj(obj);
        if fold_case && obj.name.as_str().to_lowercase() == name.as_str().to_lowercase() {
            return true;
        }
        obj.name == name && (name.is_exported() || obj.pkg == pkg)
    }

    // Identity.

    /// Whether the types are identical.
    pub fn identical(&mut self, x: TypeId, y: TypeId) -> bool {
        x == y || Comparer::default().identical(self, x, y, &mut Vec::new())
    }

    /// Identity without regard to struct tags.
    pub fn identical_ignore_tags(&mut self, x: TypeId, y: TypeId) -> bool {
        Comparer { ignore_tags: true, ..Comparer::default() }.identical(self, x, y, &mut Vec::new())
    }

    /// Identity, where an invalid type is identical to all.
    pub fn identical_ignore_invalids(&mut self, x: TypeId, y: TypeId) -> bool {
        Comparer { ignore_invalids: true, ..Comparer::default() }.identical(self, x, y, &mut Vec::new())
    }

    /// The generic type of an instance; the type itself otherwise.
    pub fn named_origin(&self, id: NamedId) -> NamedId {
        self.named(id).origin.unwrap_or(id)
    }
}

impl Comparer {
    fn identical(
        self,
        p: &mut Program<'_>,
        x: TypeId,
        y: TypeId,
        pairs: &mut Vec<(InterfaceId, InterfaceId)>,
    ) -> bool {
        let (x, y) = (p.unalias(x), p.unalias(y));
        if x == y {
            return true;
        }
        if self.ignore_invalids && (x == TypeId::INVALID || y == TypeId::INVALID) {
            return true;
        }
        match (p.kind(x), p.kind(y)) {
            (TypeKind::Basic(x), TypeKind::Basic(y)) => x.normal() == y.normal(),
            (TypeKind::Array { elem: x, len: n }, TypeKind::Array { elem: y, len: m }) => {
                (n < 0 || m < 0 || n == m) && self.identical(p, x, y, pairs)
            }
            (TypeKind::Slice(x), TypeKind::Slice(y)) | (TypeKind::Pointer(x), TypeKind::Pointer(y)) => {
                self.identical(p, x, y, pairs)
            }
            (TypeKind::Map { key: kx, elem: x }, TypeKind::Map { key: ky, elem: y }) => {
                self.identical(p, kx, ky, pairs) && self.identical(p, x, y, pairs)
            }
            (TypeKind::Chan { dir: dx, elem: x }, TypeKind::Chan { dir: dy, elem: y }) => {
                dx == dy && self.identical(p, x, y, pairs)
            }
            (TypeKind::Struct(x), TypeKind::Struct(y)) => {
                let (x, y) = (p.struct_type(x).clone(), p.struct_type(y).clone());
                x.fields.len() == y.fields.len()
                    && (0..x.fields.len()).all(|i| {
                        let (f, g) = (x.fields[i], y.fields[i]);
                        let embedded = |p: &Program<'_>, o| p.obj(o).as_var().is_some_and(|v| v.embedded);
                        let (g_pkg, g_name) = (p.obj(g).pkg, p.obj(g).name);
                        embedded(p, f) == embedded(p, g)
                            && (self.ignore_tags || x.tag(i) == y.tag(i))
                            && p.same_id(f, g_pkg, g_name, false)
                            && {
                                let (f, g) = (p.obj_type(f), p.obj_type(g));
                                self.identical(p, f, g, pairs)
                            }
                    })
            }
            (TypeKind::Tuple(x), TypeKind::Tuple(y)) => self.identical_tuples(p, x, y, pairs),
            (TypeKind::Signature(x), TypeKind::Signature(y)) => self.identical_signatures(p, x, y, pairs),
            (TypeKind::Union(x), TypeKind::Union(y)) => {
                let (x, y) = (p.union_type_set(x, Pos::NONE), p.union_type_set(y, Pos::NONE));
                p.term_lists_equal(x.terms.as_deref(), y.terms.as_deref())
            }
            (TypeKind::Interface(x), TypeKind::Interface(y)) => self.identical_interfaces(p, x, y, pairs),
            (TypeKind::Named(x), TypeKind::Named(y)) => {
                if p.named_origin(x) != p.named_origin(y) {
                    return false;
                }
                let (x, y) = (p.named(x), p.named(y));
                let lists =
                    [(x.targs.clone(), y.targs.clone()), (x.outer_targs.clone(), y.outer_targs.clone())];
                lists.into_iter().all(|(xs, ys)| {
                    xs.len() == ys.len()
                        && xs.iter().zip(ys.iter()).all(|(&x, &y)| self.identical(p, x, y, pairs))
                })
            }
            _ => false,
        }
    }

    fn identical_tuples(
        self,
        p: &mut Program<'_>,
        x: TupleId,
        y: TupleId,
        pairs: &mut Vec<(InterfaceId, InterfaceId)>,
    ) -> bool {
        if x == y {
            return true;
        }
        let (x, y) = (p.tuple(x), p.tuple(y));
        x.len() == y.len()
            && x.iter().zip(y.iter()).all(|(&v, &w)| {
                let (v, w) = (p.obj_type(v), p.obj_type(w));
                self.identical(p, v, w, pairs)
            })
    }

    fn identical_signatures(
        self,
        p: &mut Program<'_>,
        x: SignatureId,
        y: SignatureId,
        pairs: &mut Vec<(InterfaceId, InterfaceId)>,
    ) -> bool {
        let (x, y) = (p.signature(x).clone(), p.signature(y).clone());
        if x.tparams.len() != y.tparams.len() || x.variadic != y.variadic {
            return false;
        }
        let (mut params, mut results) = (y.params, y.results);
        if !x.tparams.is_empty() {
            // Type parameter names do not matter: put x's for y's.
            let targs: Vec<TypeId> = x.tparams.iter().map(|&tp| p.tparam_type(tp)).collect();
            let map = SubstMap::new(&y.tparams, &targs);
            for (&tx, &ty) in x.tparams.iter().zip(y.tparams.iter()) {
                let y_bound = p.tparam(ty).bound;
                let y_bound = p.subst(y_bound, &map);
                let x_bound = p.tparam(tx).bound;
                if !self.identical(p, x_bound, y_bound, pairs) {
                    return false;
                }
            }
            params = p.subst_tuple(params, &map);
            results = p.subst_tuple(results, &map);
        }
        self.identical_tuples(p, x.params, params, pairs)
            && self.identical_tuples(p, x.results, results, pairs)
    }

    fn identical_interfaces(
        self,
        p: &mut Program<'_>,
        x: InterfaceId,
        y: InterfaceId,
        pairs: &mut Vec<(InterfaceId, InterfaceId)>,
    ) -> bool {
        let (xset, yset) = (p.type_set(x), p.type_set(y));
        if xset.comparable != yset.comparable
            || xset.methods.len() != yset.methods.len()
            || !p.term_lists_equal(xset.terms.as_deref(), yset.terms.as_deref())
        {
            return false;
        }
        // Interfaces can be recursive through anonymous interfaces in their methods; a pair met again is equal.
        if pairs.contains(&(x, y)) || pairs.contains(&(y, x)) {
            return true;
        }
        pairs.push((x, y));
        let same = xset.methods.iter().zip(yset.methods.iter()).all(|(&f, &g)| {
            let (g_pkg, g_name) = (p.obj(g).pkg, p.obj(g).name);
            p.same_id(f, g_pkg, g_name, false) && {
                let (f, g) = (p.obj_type(f), p.obj_type(g));
                self.identical(p, f, g, pairs)
            }
        });
        pairs.pop();
        same
    }
}
