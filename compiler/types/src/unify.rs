//! Unification of types (spec, "Type unification").
//!
//! A [`Unifier`] knows some *bound* type parameters and finds types for them such that two types become identical, or
//! (inexactly) assignable. Type parameters that were unified with each other share a slot, hence a type.
//!
//! Modes: *exact* unification wants identical types; otherwise a defined type unifies with a type literal if their
//! underlying types unify, channel directions are ignored, and an interface unifies with a type that has its methods.
//! In *assign* mode only the top of the types may match inexactly. A failed unification may leave types set: the caller
//! gives up then.

use crate::program::Program;
use crate::ty::{ChanDir, InterfaceId, ObjList, TupleId, TypeId, TypeKind, TypeParamId};

/// Recursion deeper than this is given up; it only happens for pathological cyclic types.
const MAX_DEPTH: u32 = 100;

/// How types are compared; see the module documentation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    assign: bool,
    exact: bool,
}

impl Mode {
    pub const INEXACT: Mode = Mode { assign: false, exact: false };
    pub const ASSIGN: Mode = Mode { assign: true, exact: false };
    pub const EXACT: Mode = Mode { assign: false, exact: true };

    /// The mode for elements of composite types.
    fn elements(self) -> Mode {
        Mode { exact: self.exact || self.assign, ..self }
    }
}

/// Bound type parameters and what is known of them.
pub(crate) struct Unifier {
    /// Each bound type parameter's index into `slots`.
    handles: Vec<(TypeParamId, usize)>,
    slots: Vec<Option<TypeId>>,
    depth: u32,
    /// Interfaces unify inexactly (Go 1.21).
    interfaces: bool,
    /// Pairs of interfaces being compared.
    pairs: Vec<(InterfaceId, InterfaceId)>,
}

impl Unifier {
    /// A unifier for `tparams`, of which `targs` are known.
    pub fn new(tparams: &[TypeParamId], targs: &[Option<TypeId>], interfaces: bool) -> Unifier {
        let handles = tparams.iter().enumerate().map(|(i, &tp)| (tp, i)).collect();
        let mut slots = targs.to_vec();
        slots.resize(tparams.len(), None);
        Unifier { handles, slots, depth: 0, interfaces, pairs: Vec::new() }
    }

    fn slot(&self, tparam: TypeParamId) -> Option<usize> {
        self.handles.iter().find(|(tp, _)| *tp == tparam).map(|(_, slot)| *slot)
    }

    /// The type found for a type parameter.
    pub fn at(&self, tparam: TypeParamId) -> Option<TypeId> {
        self.slot(tparam).and_then(|slot| self.slots[slot])
    }

    /// Decides the type of a type parameter.
    pub fn set(&mut self, tparam: TypeParamId, ty: TypeId) {
        if let Some(slot) = self.slot(tparam) {
            self.slots[slot] = Some(ty);
        }
    }

    /// How many type parameters have no type.
    pub fn unknowns(&self) -> usize {
        self.handles.iter().filter(|(_, slot)| self.slots[*slot].is_none()).count()
    }

    /// The types found.
    pub fn inferred(&self, tparams: &[TypeParamId]) -> Vec<Option<TypeId>> {
        tparams.iter().map(|&tp| self.at(tp)).collect()
    }

    /// Makes two type parameters one. Fails when both have types of their own.
    fn join(&mut self, x: TypeParamId, y: TypeParamId) -> bool {
        let (Some(hx), Some(hy)) = (self.slot(x), self.slot(y)) else { return false };
        if hx == hy {
            return true;
        }
        let (from, to) = match (self.slots[hx], self.slots[hy]) {
            (Some(_), Some(_)) => return false,
            (Some(_), None) => (hy, hx),
            (None, _) => (hx, hy),
        };
        for (_, slot) in &mut self.handles {
            if *slot == from {
                *slot = to;
            }
        }
        true
    }

    fn bound(&self, p: &mut Program<'_>, ty: TypeId) -> Option<TypeParamId> {
        let tparam = p.as_type_param(ty)?;
        self.slot(tparam).map(|_| tparam)
    }

    /// Unifies two types.
    pub fn unify(&mut self, p: &mut Program<'_>, x: TypeId, y: TypeId, mode: Mode) -> bool {
        self.depth += 1;
        let ok = self.depth <= MAX_DEPTH
            && stacker::maybe_grow(128 << 10, 1 << 20, || self.unify_inner(p, x, y, mode));
        self.depth -= 1;
        ok
    }

    fn unify_inner(&mut self, p: &mut Program<'_>, x: TypeId, y: TypeId, mode: Mode) -> bool {
        let (mut x, mut y) = (x, y);
        if x == y || p.unalias(x) == p.unalias(y) {
            return true;
        }
        // A defined type goes to y, a bound type parameter to x.
        if p.as_named(x).is_some() || self.bound(p, y).is_some() {
            (x, y) = (y, x);
        }
        // Unless exact, a defined type matches a literal through its underlying type.
        if !mode.exact
            && p.as_named(y).is_some()
            && p.is_type_lit(x)
            && !(self.interfaces && p.is_non_type_param_interface(x))
        {
            y = p.under(y);
            if x == y || p.unalias(x) == y {
                return true;
            }
        }
        match (self.bound(p, x), self.bound(p, y)) {
            (Some(px), Some(py)) => {
                if self.join(px, py) {
                    return true;
                }
                return match (self.at(px), self.at(py)) {
                    (Some(tx), Some(ty)) => self.unify(p, tx, ty, mode),
                    _ => false,
                };
            }
            (Some(px), None) => {
                return match self.at(px) {
                    Some(tx) => self.match_inferred(p, px, tx, y, mode),
                    None => {
                        self.set(px, y);
                        true
                    }
                };
            }
            (None, _) => {}
        }
        if self.interfaces && !mode.exact {
            let (xi, yi) = (interface(p, x), interface(p, y));
            match (xi, yi) {
                (Some(xi), Some(yi)) => return self.unify_interfaces(p, xi, yi, Mode::INEXACT),
                (Some(xi), None) => return self.unify_methods(p, xi, y),
                (None, Some(yi)) => return self.unify_methods(p, yi, x),
                (None, None) => {}
            }
        }
        // An unbound type parameter goes to x.
        if p.is_type_param(y) {
            (x, y) = (y, x);
        }
        self.unify_structure(p, x, y, mode)
    }

    /// Unifies `y` with the type `x` that has been found for `px`, and keeps the better of both.
    fn match_inferred(
        &mut self,
        p: &mut Program<'_>,
        px: TypeParamId,
        x: TypeId,
        y: TypeId,
        mode: Mode,
    ) -> bool {
        if !self.unify(p, x, y, mode) {
            return false;
        }
        let (xi, yi) = (interface(p, x), interface(p, y));
        let (x_named, y_named) = (p.as_named(x).is_some(), p.as_named(y).is_some());
        match (xi, yi) {
            (Some(xi), Some(yi)) => {
                // Which of two interface names is meant cannot be told.
                if x_named && y_named {
                    return p.identical(x, y);
                }
                if p.type_set(xi).methods.len() != p.type_set(yi).methods.len() {
                    return false;
                }
            }
            // Either would do: the result would depend on the order of arguments.
            (Some(_), None) | (None, Some(_)) => return false,
            (None, None) => {}
        }
        // A defined type is better than a literal, a directed channel better than a bidirectional one.
        if !mode.exact && !x_named {
            let directed = matches!(p.under_kind(y), TypeKind::Chan { dir, .. } if dir != ChanDir::Both);
            if y_named || directed {
                self.set(px, y);
            }
        }
        true
    }

    /// One of two interfaces has the methods of the other (all, if `mode` is exact), with unifying signatures.
    fn unify_interfaces(&mut self, p: &mut Program<'_>, x: InterfaceId, y: InterfaceId, mode: Mode) -> bool {
        let (xset, yset) = (p.type_set(x), p.type_set(y));
        if xset.comparable != yset.comparable
            || !p.term_lists_equal(xset.terms.as_deref(), yset.terms.as_deref())
        {
            return false;
        }
        let (mut small, mut large) = (xset.methods.clone(), yset.methods.clone());
        if small.len() > large.len() {
            (small, large) = (large, small);
        }
        if mode.exact && small.len() != large.len() {
            return false;
        }
        // Interfaces can be recursive through anonymous interfaces in their methods.
        if self.pairs.contains(&(x, y)) || self.pairs.contains(&(y, x)) {
            return true;
        }
        self.pairs.push((x, y));
        let ok = self.unify_method_lists(p, &small, &large);
        self.pairs.pop();
        ok
    }

    fn unify_method_lists(&mut self, p: &mut Program<'_>, small: &ObjList, large: &ObjList) -> bool {
        small.iter().all(|&xm| {
            let (pkg, name) = (p.obj(xm).pkg, p.obj(xm).name);
            let found = large.iter().copied().find(|&ym| p.same_id(ym, pkg, name, false));
            found.is_some_and(|ym| {
                let (tx, ty) = (p.obj_type(xm), p.obj_type(ym));
                self.unify(p, tx, ty, Mode::EXACT)
            })
        })
    }

    /// The type `y`, no interface, has all methods of `iface`, with unifying signatures.
    fn unify_methods(&mut self, p: &mut Program<'_>, iface: InterfaceId, y: TypeId) -> bool {
        let methods = p.type_set(iface).methods.clone();
        methods.iter().all(|&xm| {
            let (pkg, name) = (p.obj(xm).pkg, p.obj(xm).name);
            let Some(ym) = p.lookup_field_or_method(y, false, pkg, name).obj else { return false };
            if !p.obj(ym).is_func() {
                return false;
            }
            let (tx, ty) = (p.obj_type(xm), p.obj_type(ym));
            // A generic method never implements an interface's.
            let generic = p.as_signature(ty).is_some_and(|sig| !p.signature(sig).tparams.is_empty());
            !generic && self.unify(p, tx, ty, Mode::EXACT)
        })
    }

    fn unify_tuples(&mut self, p: &mut Program<'_>, x: TupleId, y: TupleId, mode: Mode) -> bool {
        let (x, y) = (p.tuple(x), p.tuple(y));
        x.len() == y.len()
            && x.iter().zip(y.iter()).all(|(&v, &w)| {
                let (v, w) = (p.obj_type(v), p.obj_type(w));
                self.unify(p, v, w, mode)
            })
    }

    fn unify_structure(&mut self, p: &mut Program<'_>, x: TypeId, y_orig: TypeId, mode: Mode) -> bool {
        let elements = mode.elements();
        let (x, y) = (p.unalias(x), p.unalias(y_orig));
        match (p.kind(x), p.kind(y)) {
            (TypeKind::TypeParam(_), _) => {
                // Not bound here: its core type is what arguments for it look like.
                match p.core_type(x) {
                    Some(core) => self.unify(p, core, y_orig, Mode::ASSIGN),
                    None => false,
                }
            }
            (TypeKind::Basic(x), TypeKind::Basic(y)) => x.normal() == y.normal(),
            (TypeKind::Array { elem: x, len: n }, TypeKind::Array { elem: y, len: m }) => {
                (n < 0 || m < 0 || n == m) && self.unify(p, x, y, elements)
            }
            (TypeKind::Slice(x), TypeKind::Slice(y)) | (TypeKind::Pointer(x), TypeKind::Pointer(y)) => {
                self.unify(p, x, y, elements)
            }
            (TypeKind::Map { key: kx, elem: x }, TypeKind::Map { key: ky, elem: y }) => {
                self.unify(p, kx, ky, elements) && self.unify(p, x, y, elements)
            }
            (TypeKind::Chan { dir: dx, elem: x }, TypeKind::Chan { dir: dy, elem: y }) => {
                (!mode.exact || dx == dy) && self.unify(p, x, y, elements)
            }
            (TypeKind::Struct(x), TypeKind::Struct(y)) => {
                let (x, y) = (p.struct_type(x).clone(), p.struct_type(y).clone());
                x.fields.len() == y.fields.len()
                    && (0..x.fields.len()).all(|i| {
                        let (f, g) = (x.fields[i], y.fields[i]);
                        let embedded = |p: &Program<'_>, o| p.obj(o).as_var().is_some_and(|v| v.embedded);
                        let (pkg, name) = (p.obj(g).pkg, p.obj(g).name);
                        embedded(p, f) == embedded(p, g)
                            && x.tag(i) == y.tag(i)
                            && p.same_id(f, pkg, name, false)
                            && {
                                let (f, g) = (p.obj_type(f), p.obj_type(g));
                                self.unify(p, f, g, elements)
                            }
                    })
            }
            (TypeKind::Tuple(x), TypeKind::Tuple(y)) => self.unify_tuples(p, x, y, mode),
            (TypeKind::Signature(x), TypeKind::Signature(y)) => {
                let (x, y) = (p.signature(x).clone(), p.signature(y).clone());
                x.variadic == y.variadic
                    && self.unify_tuples(p, x.params, y.params, elements)
                    && self.unify_tuples(p, x.results, y.results, elements)
            }
            (TypeKind::Interface(x), TypeKind::Interface(y)) => self.unify_interfaces(p, x, y, Mode::EXACT),
            (TypeKind::Named(x), TypeKind::Named(y)) => {
                let (xa, ya) = (p.named(x).targs.clone(), p.named(y).targs.clone());
                let (xo, yo) = (p.named(x).outer_targs.clone(), p.named(y).outer_targs.clone());
                // Arguments come first: they may tell types even if the origins differ.
                xa.len() == ya.len()
                    && xo.len() == yo.len()
                    && xa.iter().zip(ya.iter()).all(|(&a, &b)| self.unify(p, a, b, mode))
                    && xo.iter().zip(yo.iter()).all(|(&a, &b)| self.unify(p, a, b, mode))
                    && p.named_origin(x) == p.named_origin(y)
            }
            _ => false,
        }
    }
}

/// The interface that is the type's underlying type; type parameters are none.
fn interface(p: &mut Program<'_>, ty: TypeId) -> Option<InterfaceId> {
    if p.is_type_param(ty) { None } else { p.as_interface(ty) }
}
