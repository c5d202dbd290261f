//! Type inference (spec, "Type inference").
//!
//! In: the type parameters of a callee and of generic arguments, the type arguments known, parameter types and
//! arguments. Out: all type arguments, or the error. First typed arguments are unified with their parameters, then core
//! types and methods of constraints with what is known, until nothing new is found; what is left takes the default
//! types of untyped arguments. Type parameters must have been renamed ([`Checker::rename_tparams`]), so that a
//! recursive call does not confuse the caller's with the callee's.

use std::collections::HashSet;

use rgo_source::Pos;

use crate::checker::Checker;
use crate::object::ObjKind;
use crate::operand::Operand;
use crate::program::Program;
use crate::subst::SubstMap;
use crate::ty::{Term, TypeId, TypeKind, TypeParamId};
use crate::unify::{Mode, Unifier};

/// What is to be inferred.
#[derive(Clone, Copy)]
pub(crate) struct Inference<'i> {
    pub tparams: &'i [TypeParamId],
    /// Known type arguments; may be shorter than `tparams`.
    pub targs: &'i [Option<TypeId>],
    /// Parameter types, parallel to the arguments.
    pub params: &'i [TypeId],
    /// A function is assigned to a variable, which is the argument; only for wording.
    pub reverse: bool,
}

/// Place and text of an error; `None` if it has been reported already.
pub(crate) type InferError = Option<(Pos, String)>;

impl<'a> Checker<'_, 'a> {
    /// Infers all type arguments.
    pub fn infer(
        &mut self,
        pos: Pos,
        inference: Inference<'_>,
        args: &mut [Operand<'a>],
    ) -> Result<Vec<TypeId>, InferError> {
        let Inference { tparams, targs, params, reverse } = inference;
        let n = tparams.len();
        let mut known: Vec<Option<TypeId>> = targs.to_vec();
        known.resize(n, None);
        if let Some(all) = known.iter().copied().collect::<Option<Vec<TypeId>>>() {
            return Ok(all);
        }
        if args.iter().any(|arg| !arg.is_valid()) {
            return Err(None);
        }
        let map = partial_map(tparams, &known);
        let params: Vec<TypeId> = params.iter().map(|&ty| self.program.subst(ty, &map)).collect();
        let interfaces = self.allow_version((1, 21));
        let mut u = Unifier::new(tparams, &known, interfaces);

        // Typed arguments first; untyped ones only count where nothing else decides.
        let mut untyped: Vec<(TypeParamId, usize)> = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let param = params[i];
            if !self.is_parameterized(tparams, param) && !self.is_parameterized(tparams, arg.ty) {
                continue;
            }
            if self.is_typed(arg.ty) {
                if !u.unify(self.program, param, arg.ty, Mode::ASSIGN) {
                    let message = self.mismatch_text(&u, tparams, param, arg, reverse);
                    return Err(Some((arg.pos(), message)));
                }
            } else if let TypeKind::TypeParam(tparam) = self.kind(param)
                && !arg.is_nil()
            {
                untyped.push((tparam, i));
            }
        }

        self.use_constraints(pos, tparams, &mut u)?;

        let mut defaults: Vec<(TypeParamId, TypeId)> = Vec::new();
        for (tparam, i) in untyped {
            if u.at(tparam).is_some() {
                continue;
            }
            let arg = &args[i];
            match defaults.iter_mut().find(|(tp, _)| *tp == tparam) {
                None => defaults.push((tparam, arg.ty)),
                Some((_, max)) => match self.max_type(*max, arg.ty) {
                    Some(ty) => *max = ty,
                    None => {
                        let (a, b) = (self.ty_str(*max), self.ty_str(arg.ty));
                        let name = self.tparam_name(tparam);
                        let message = format!("mismatched types {a} and {b} (cannot infer {name})");
                        return Err(Some((arg.pos(), message)));
                    }
                },
            }
        }
        for (tparam, ty) in defaults {
            let ty = self.default_type(ty);
            u.set(tparam, ty);
        }

        let mut inferred = u.inferred(tparams);
        self.kill_cycles(tparams, &mut inferred);
        self.simplify(tparams, &known, &mut inferred);
        let mut result = Vec::with_capacity(n);
        for (i, ty) in inferred.into_iter().enumerate() {
            match ty {
                Some(ty) if !self.is_parameterized(tparams, ty) => result.push(self.without_tparams(ty)),
                _ => {
                    let obj = self.tparam(tparams[i]).obj;
                    let (name, at) = (self.obj(obj).name, self.obj(obj).pos);
                    let at = self.pos_string(at);
                    return Err(Some((pos, format!("cannot infer {name} (declared at {at})"))));
                }
            }
        }
        Ok(result)
    }

    fn mismatch_text(
        &mut self,
        u: &Unifier,
        tparams: &[TypeParamId],
        param: TypeId,
        arg: &Operand<'a>,
        reverse: bool,
    ) -> String {
        let so_far = u.inferred(tparams);
        let (arg_type, text, param_type) = (self.ty_str(arg.ty), arg.text(), self.ty_str(param));
        if so_far.iter().all(Option::is_none) {
            let names = self.tparam_names(tparams);
            return format!("type {arg_type} of {text} does not match {param_type} (cannot infer {names})");
        }
        let map = partial_map(tparams, &so_far);
        let inferred = self.program.subst(param, &map);
        if inferred == param {
            return format!("type {arg_type} of {text} does not match {param_type}");
        }
        let inferred = self.ty_str(inferred);
        if reverse {
            format!("inferred type {inferred} for {param_type} does not match type {arg_type} of {text}")
        } else {
            format!("type {arg_type} of {text} does not match inferred type {inferred} for {param_type}")
        }
    }

    /// Unifies core types and methods of constraints with what is known, until that yields nothing new.
    fn use_constraints(
        &mut self,
        pos: Pos,
        tparams: &[TypeParamId],
        u: &mut Unifier,
    ) -> Result<(), InferError> {
        loop {
            let unknowns = u.unknowns();
            for &tparam in tparams {
                let known = u.at(tparam);
                if let Some((core, single)) = self.core_term(tparam) {
                    match known {
                        Some(ty) if !u.unify(self.program, ty, core.ty, Mode::INEXACT) => {
                            return Err(Some((pos, self.unsatisfied(tparam, ty, ""))));
                        }
                        Some(_) => {}
                        None if single && !core.tilde => u.set(tparam, core.ty),
                        None => {}
                    }
                }
                // Methods only help once the type is complete.
                if let Some(ty) = known
                    && !self.is_parameterized(tparams, ty)
                {
                    let iface = self.constraint_iface(tparam);
                    let mut cause = String::new();
                    let mut same = |p: &mut Program<'a>, x: TypeId, y: TypeId| u.unify(p, x, y, Mode::EXACT);
                    if !self.program.has_all_methods(ty, iface, true, &mut same, Some(&mut cause)) {
                        return Err(Some((pos, self.unsatisfied(tparam, ty, &cause))));
                    }
                }
            }
            if u.unknowns() == unknowns {
                return Ok(());
            }
        }
    }

    fn unsatisfied(&mut self, tparam: TypeParamId, ty: TypeId, cause: &str) -> String {
        let name = self.tparam_name(tparam);
        let bound = self.tparam(tparam).bound;
        let (ty, bound) = (self.ty_str(ty), self.ty_str(bound));
        format!("{name} (type {ty}) does not satisfy {bound} {cause}").trim_end().to_owned()
    }

    /// The single term of the type parameter's constraint, or one with the type that all terms share; the flag tells the
    /// former.
    fn core_term(&mut self, tparam: TypeParamId) -> Option<(Term, bool)> {
        let set = self.tparam_type_set(tparam);
        let terms = set.terms.as_deref()?;
        if let [one] = terms {
            return Some((*one, true));
        }
        let tilde = terms.iter().any(|term| term.tilde);
        let ty = self.tparam_type(tparam);
        let ty = self.core_type(ty)?;
        Some((Term { tilde, ty }, false))
    }

    /// Substitutes inferred types in each other until none mentions a type parameter that has been inferred.
    fn simplify(
        &mut self,
        tparams: &[TypeParamId],
        known: &[Option<TypeId>],
        inferred: &mut [Option<TypeId>],
    ) {
        let mut dirty: Vec<usize> =
            (0..inferred.len()).filter(|&i| inferred[i].is_some() && known[i].is_none()).collect();
        while !dirty.is_empty() {
            let mut map = partial_map(tparams, inferred);
            // Those not inferred stand for themselves: they are not to be renamed in generic function types.
            for (&tparam, _) in tparams.iter().zip(&*inferred).filter(|(_, ty)| ty.is_none()) {
                let own = self.tparam_type(tparam);
                map.extend(&[tparam], &[own]);
            }
            let mut changed = Vec::new();
            for i in dirty {
                let Some(old) = inferred[i] else { continue };
                let mut new = self.program.subst(old, &map);
                if new == old {
                    continue;
                }
                if !self.is_parameterized(tparams, new) {
                    new = self.without_tparams(new);
                }
                inferred[i] = Some(new);
                changed.push(i);
            }
            dirty = changed;
        }
    }

    /// A function type without type parameters of its own: that of a generic argument whose type parameters have been
    /// inferred as well.
    fn without_tparams(&mut self, ty: TypeId) -> TypeId {
        match self.kind(ty) {
            TypeKind::Signature(id) if !self.signature(id).tparams.is_empty() => self.with_tparams(ty, &[]),
            _ => ty,
        }
    }

    /// The function type with other type parameters of its own; its parameters and results stay.
    pub fn with_tparams(&mut self, ty: TypeId, tparams: &[TypeParamId]) -> TypeId {
        let TypeKind::Signature(id) = self.kind(ty) else { return ty };
        let mut sig = self.signature(id).clone();
        sig.tparams = tparams.into();
        let id = self.new_signature(sig);
        self.signature_type(id)
    }

    fn tparam_name(&self, tparam: TypeParamId) -> String {
        let obj = self.tparam(tparam).obj;
        self.obj(obj).name.as_str().to_owned()
    }

    /// `A`, `A and B`, `A, B, and C`
    fn tparam_names(&self, tparams: &[TypeParamId]) -> String {
        let names: Vec<String> = tparams.iter().map(|&tp| self.tparam_name(tp)).collect();
        match names.as_slice() {
            [] => String::new(),
            [a] => a.clone(),
            [a, b] => format!("{a} and {b}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        }
    }

    /// Fresh type parameters with the constraints of `tparams`, and `types` with these in place of the old ones.
    pub fn rename_tparams(
        &mut self,
        tparams: &[TypeParamId],
        types: &[TypeId],
    ) -> (Vec<TypeParamId>, Vec<TypeId>) {
        let mut fresh = Vec::with_capacity(tparams.len());
        for &old in tparams {
            let (obj, index) = (self.tparam(old).obj, self.tparam(old).index);
            let obj = self.obj(obj).clone();
            let name = self.new_object(ObjKind::TypeName, obj.pos, obj.pkg, obj.name, None);
            fresh.push(self.new_type_param(name, index, TypeId::INVALID));
        }
        let new: Vec<TypeId> = fresh.iter().map(|&tp| self.tparam_type(tp)).collect();
        let map = SubstMap::new(tparams, &new);
        for (&old, &new) in tparams.iter().zip(&fresh) {
            self.constraint_iface(old);
            let bound = self.tparam(old).bound;
            let bound = self.program.subst(bound, &map);
            self.program.tparams[new.index()].bound = bound;
        }
        let types = types.iter().map(|&ty| self.program.subst(ty, &map)).collect();
        (fresh, types)
    }

    /// Whether `ty` mentions one of the type parameters.
    pub fn is_parameterized(&mut self, tparams: &[TypeParamId], ty: TypeId) -> bool {
        Walker { tparams, seen: HashSet::new() }.mentions(self.program, ty)
    }

    /// Forgets types that are inferred in terms of themselves.
    fn kill_cycles(&mut self, tparams: &[TypeParamId], inferred: &mut [Option<TypeId>]) {
        let mut path = Vec::new();
        for &tparam in tparams {
            let ty = self.tparam_type(tparam);
            CycleFinder { tparams, inferred, path: &mut path }.visit(self.program, ty);
        }
    }
}

fn partial_map(tparams: &[TypeParamId], targs: &[Option<TypeId>]) -> SubstMap {
    let (keys, values): (Vec<TypeParamId>, Vec<TypeId>) =
        tparams.iter().zip(targs).filter_map(|(&tparam, &targ)| Some((tparam, targ?))).unzip();
    SubstMap::new(&keys, &values)
}

/// The types that a type consists of, type arguments of defined types included.
fn components(p: &mut Program<'_>, ty: TypeId) -> Vec<TypeId> {
    let ty = p.unalias(ty);
    let mut vars = Vec::new();
    let mut types = Vec::new();
    match p.kind(ty) {
        TypeKind::Basic(_) | TypeKind::TypeParam(_) | TypeKind::Alias(_) => {}
        TypeKind::Named(id) => types.extend(p.named(id).targs.iter().chain(p.named(id).outer_targs.iter())),
        TypeKind::Pointer(elem)
        | TypeKind::Slice(elem)
        | TypeKind::Array { elem, .. }
        | TypeKind::Chan { elem, .. } => types.push(elem),
        TypeKind::Map { key, elem } => types.extend([key, elem]),
        TypeKind::Struct(id) => vars.extend(p.struct_type(id).fields.iter()),
        TypeKind::Tuple(id) => vars.extend(p.tuple(id).iter()),
        TypeKind::Signature(id) => {
            let (params, results) = (p.signature(id).params, p.signature(id).results);
            vars.extend(p.tuple(params).iter().chain(p.tuple(results).iter()));
        }
        TypeKind::Interface(id) => {
            let set = p.type_set(id);
            vars.extend(set.methods.iter());
            types.extend(set.terms.iter().flat_map(|terms| terms.iter().map(|term| term.ty)));
        }
        TypeKind::Union(id) => types.extend(p.union(id).terms.iter().map(|term| term.ty)),
    }
    for var in vars {
        types.push(p.obj_type(var));
    }
    types
}

struct Walker<'w> {
    tparams: &'w [TypeParamId],
    seen: HashSet<TypeId>,
}

impl Walker<'_> {
    fn mentions(&mut self, p: &mut Program<'_>, ty: TypeId) -> bool {
        let ty = p.unalias(ty);
        if let TypeKind::TypeParam(id) = p.kind(ty) {
            return self.tparams.contains(&id);
        }
        if !self.seen.insert(ty) {
            return false;
        }
        components(p, ty).into_iter().any(|part| self.mentions(p, part))
    }
}

struct CycleFinder<'c> {
    tparams: &'c [TypeParamId],
    inferred: &'c mut [Option<TypeId>],
    path: &'c mut Vec<TypeId>,
}

impl CycleFinder<'_> {
    fn visit(&mut self, p: &mut Program<'_>, ty: TypeId) {
        let ty = p.unalias(ty);
        let index = match p.kind(ty) {
            TypeKind::TypeParam(id) => self.tparams.iter().position(|&tp| tp == id),
            _ => None,
        };
        if self.path.contains(&ty) {
            if let Some(i) = index {
                self.inferred[i] = None;
            }
            return;
        }
        self.path.push(ty);
        if let Some(inferred) = index.and_then(|i| self.inferred[i]) {
            self.visit(p, inferred);
        }
        for part in components(p, ty) {
            self.visit(p, part);
        }
        self.path.pop();
    }
}
