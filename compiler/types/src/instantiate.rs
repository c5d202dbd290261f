//! Instances of generic types and functions, and whether type arguments satisfy their constraints.

use std::sync::Arc;

use rgo_source::Pos;

use crate::checker::Checker;
use crate::object::{ObjId, ObjKind};
use crate::program::Program;
use crate::subst::SubstMap;
use crate::ty::{AliasId, NamedId, SignatureId, TypeId, TypeKind, TypeList, TypeParamId, TypeParamList};

impl<'a> Program<'a> {
    /// The instance of a generic type. Instances are unique: the same arguments give the same type.
    pub fn instantiate_named(&mut self, origin: NamedId, targs: TypeList) -> TypeId {
        let outer: TypeList =
            self.named(origin).outer_tparams.clone().iter().map(|&tp| self.tparam_type(tp)).collect();
        self.instantiate_local(origin, targs, outer)
    }

    /// The instance of a type declared in a generic function, itself generic or not, for arguments of that function.
    pub fn instantiate_local(&mut self, origin: NamedId, targs: TypeList, outer: TypeList) -> TypeId {
        // The type as seen inside the function is no instance.
        let own_outer = self.named(origin).outer_tparams.clone();
        if targs.is_empty() && own_outer.iter().zip(outer.iter()).all(|(&tp, &t)| self.tparam_type(tp) == t) {
            return self.named(origin).ty;
        }
        let key: Vec<TypeId> = outer.iter().chain(targs.iter()).map(|&ty| self.instance_key(ty)).collect();
        if let Some(&found) = self.instances.get(&(origin, key.clone())) {
            return self.named(found).ty;
        }
        // The instance's own type name is where the instance is written, for messages.
        let data = self.named(origin);
        let (origin_obj, tparams) = (data.obj, data.tparams.clone());
        let data = self.obj(origin_obj).clone();
        let pos = if self.instance_pos.is_known() { self.instance_pos } else { data.pos };
        let obj = self.new_object(ObjKind::TypeName, pos, data.pkg, data.name, None);
        self.objects[obj.index()].parent = data.parent;
        let id = self.new_named(obj);
        let named = &mut self.nameds[id.index()];
        named.origin = Some(origin);
        named.targs = targs;
        named.outer_targs = outer;
        named.tparams = tparams;
        self.instances.insert((origin, key), id);
        self.named(id).ty
    }

    /// Type arguments with aliases removed, as a key for instances. Unlike `canonical`, this does not look into
    /// defined types or interfaces, which may be incomplete.
    pub(crate) fn instance_key(&mut self, ty: TypeId) -> TypeId {
        let ty = self.unalias(ty);
        match self.kind(ty) {
            TypeKind::Basic(kind) => TypeId::basic(kind.normal()),
            TypeKind::Pointer(elem) => {
                let elem = self.instance_key(elem);
                self.new_pointer(elem)
            }
            TypeKind::Slice(elem) => {
                let elem = self.instance_key(elem);
                self.new_slice(elem)
            }
            TypeKind::Array { elem, len } => {
                let elem = self.instance_key(elem);
                self.new_array(elem, len)
            }
            TypeKind::Map { key, elem } => {
                let (key, elem) = (self.instance_key(key), self.instance_key(elem));
                self.new_map(key, elem)
            }
            TypeKind::Chan { dir, elem } => {
                let elem = self.instance_key(elem);
                self.new_chan(dir, elem)
            }
            TypeKind::Struct(_) | TypeKind::Signature(_) => self.shape_key(ty),
            TypeKind::Interface(id) if self.interface(id).complete => {
                let interface = self.interface(id);
                match interface.methods.is_empty() && interface.embeddeds.is_empty() {
                    true => self.universe.empty_interface,
                    false => self.shape_key(ty),
                }
            }
            _ => ty,
        }
    }

    /// The instance of a generic alias.
    pub(crate) fn new_alias_instance(&mut self, origin: AliasId, targs: TypeList) -> TypeId {
        let data = self.alias(origin).clone();
        let rhs = data.rhs.unwrap_or(TypeId::INVALID);
        let map = SubstMap::new(&data.tparams, &targs);
        let rhs = self.subst(rhs, &map);
        let id = self.new_alias(data.obj, Some(rhs));
        let alias = &mut self.aliases[id.index()];
        alias.origin = Some(origin);
        alias.targs = targs;
        alias.tparams = data.tparams;
        alias.ty
    }

    /// The right-hand side of an instance: the generic type's, with type arguments put in.
    pub(crate) fn expand_rhs(&mut self, id: NamedId) -> Option<TypeId> {
        let named = self.named(id).clone();
        let origin = named.origin?;
        let rhs = self.named_rhs(origin)?;
        let data = self.named(origin).clone();
        if data.tparams.len() != named.targs.len() {
            self.nameds[id.index()].rhs = Some(TypeId::INVALID);
            return Some(TypeId::INVALID);
        }
        let mut map = SubstMap::new(&data.tparams, &named.targs);
        map.extend(&data.outer_tparams, &named.outer_targs);
        let rhs = self.subst(rhs, &map);
        self.nameds[id.index()].rhs = Some(rhs);
        Some(rhs)
    }

    /// Method `i` of a defined type; for instances with type arguments put in for the receiver's type parameters.
    pub(crate) fn named_method(&mut self, id: NamedId, i: usize) -> ObjId {
        let Some(origin) = self.named(id).origin else {
            return self.named(id).methods[i];
        };
        if let Some(&Some(method)) = self.named(id).expanded.get(i) {
            return method;
        }
        let generic = self.named(origin).methods[i];
        let generic_type = self.obj_type(generic);
        let TypeKind::Signature(old) = self.kind(generic_type) else {
            return generic;
        };
        let targs = self.named(id).targs.clone();
        let sig = self.signature(old).clone();
        let mut new = sig.clone();
        if sig.recv_tparams.len() == targs.len() {
            let map = SubstMap::new(&sig.recv_tparams, &targs);
            let substituted = self.subst_signature(old, &map);
            new = self.signature(substituted).clone();
        }
        let ty = self.named(id).ty;
        let has_ptr_recv = self.obj(generic).as_func().is_some_and(|f| f.has_ptr_recv);
        let recv_type = if has_ptr_recv { self.new_pointer(ty) } else { ty };
        new.recv = sig.recv.map(|recv| self.clone_var(recv, recv_type));
        new.recv_tparams = Arc::from([]);
        let new = self.new_signature(new);
        let new = self.signature_type(new);
        let method = self.clone_func(generic, new);
        if let ObjKind::Func(func) = &mut self.objects[method.index()].kind {
            func.recv_base = Some(id);
        }
        let count = self.named(origin).methods.len();
        let expanded = &mut self.nameds[id.index()].expanded;
        expanded.resize(count, None);
        expanded[i] = Some(method);
        method
    }

    /// A generic function's signature with type arguments put in; the result has no type parameters.
    pub fn instantiate_signature(&mut self, id: SignatureId, targs: &[TypeId]) -> SignatureId {
        let tparams = self.signature(id).tparams.clone();
        let map = SubstMap::new(&tparams, targs);
        let new = self.subst_signature(id, &map);
        let mut sig = self.signature(new).clone();
        sig.tparams = Arc::from([]);
        self.new_signature(sig)
    }

    /// The type parameters of a generic type, alias or function.
    pub fn type_params_of(&mut self, ty: TypeId) -> TypeParamList {
        match self.kind(ty) {
            TypeKind::Alias(id) if !self.alias(id).tparams.is_empty() => self.alias(id).tparams.clone(),
            TypeKind::Alias(_) => {
                let ty = self.unalias(ty);
                if matches!(self.kind(ty), TypeKind::Alias(_)) {
                    return Arc::from([]);
                }
                self.type_params_of(ty)
            }
            TypeKind::Named(id) => self.named(id).tparams.clone(),
            TypeKind::Signature(id) => self.signature(id).tparams.clone(),
            _ => Arc::from([]),
        }
    }

    /// Whether `ty` implements interface type `iface`.
    pub fn implements(&mut self, ty: TypeId, iface: TypeId) -> bool {
        self.implements_cause(ty, iface, false, None)
    }

    /// Whether `ty` satisfies the constraint.
    pub fn satisfies(&mut self, ty: TypeId, constraint: TypeId) -> bool {
        self.implements_cause(ty, constraint, true, None)
    }

    /// Whether `v` implements interface `t`, or satisfies constraint `t`; the reason goes to `cause`.
    pub(crate) fn implements_cause(
        &mut self,
        v: TypeId,
        t: TypeId,
        constraint: bool,
        cause: Option<&mut String>,
    ) -> bool {
        let (vu, tu) = (self.under(v), self.under(t));
        if vu == TypeId::INVALID || tu == TypeId::INVALID {
            return true;
        }
        if let TypeKind::Pointer(elem) = self.kind(vu)
            && self.under(elem) == TypeId::INVALID
        {
            return true;
        }
        let explain = cause.is_some();
        match self.implements_why(v, vu, t, tu, constraint, explain) {
            Ok(()) => true,
            Err(why) => {
                if let Some(cause) = cause {
                    *cause = why;
                }
                false
            }
        }
    }

    fn implements_why(
        &mut self,
        v: TypeId,
        vu: TypeId,
        t: TypeId,
        tu: TypeId,
        constraint: bool,
        explain: bool,
    ) -> Result<(), String> {
        // The reason costs more than the answer; most callers do not want it.
        let unexplained = || Err(String::new());
        let verb = if constraint { "satisfy" } else { "implement" };
        let TypeKind::Interface(ti) = self.kind(tu) else {
            if !explain {
                return unexplained();
            }
            let detail = match self.is_interface_ptr(tu) {
                true => self.interface_ptr_error(t),
                false => format!("{} is not an interface", self.type_string(t)),
            };
            let (v, t) = (self.type_string(v), self.type_string(t));
            return Err(format!("{v} does not {verb} {t} ({detail})"));
        };
        let tset = self.type_set(ti);
        if tset.is_all() {
            return Ok(());
        }
        let vset = match self.kind(vu) {
            TypeKind::Interface(vi) => Some(self.type_set(vi)),
            _ => None,
        };
        if vset.as_ref().is_some_and(|set| set.is_empty()) {
            return Ok(());
        }
        if tset.is_empty() {
            return Err(format!("cannot {verb} {} (empty type set)", self.type_string(t)));
        }
        let mut cause = String::new();
        let wanted = explain.then_some(&mut cause);
        if !self.has_all_methods(v, t, true, &mut |p, x, y| p.identical(x, y), wanted) {
            if !explain {
                return unexplained();
            }
            let (v, t) = (self.type_string(v), self.type_string(t));
            return Err(format!("{v} does not {verb} {t} {cause}"));
        }
        if let Some(terms) = tset.terms.clone() {
            if let Some(vset) = vset {
                if !self.terms_subset_of(vset.terms.as_deref(), Some(&terms)) {
                    let (v, t) = (self.type_string(v), self.type_string(t));
                    return Err(format!("{v} does not {verb} {t}"));
                }
            } else if !terms.iter().any(|&term| self.term_includes(term, v)) {
                if !explain {
                    return unexplained();
                }
                let mut alternative = None;
                for &term in terms.iter() {
                    if !term.tilde && alternative.is_none() {
                        let under = self.under(term.ty);
                        if self.identical(term.ty, under) && self.identical(vu, under) {
                            alternative = Some(term.ty);
                        }
                    }
                }
                let (vs, ts) = (self.type_string(v), self.type_string(t));
                let detail = match alternative {
                    Some(alt) => format!("possibly missing ~ for {} in {ts}", self.type_string(alt)),
                    None if self.mentions(tu, v) => {
                        format!("{ts} mentions {vs}, but {vs} is not in the type set of {ts}")
                    }
                    None => {
                        let list: Vec<String> = terms.iter().map(|term| self.term_string(*term)).collect();
                        format!("{vs} missing in {}", list.join(" | "))
                    }
                };
                return Err(format!("{vs} does not {verb} {ts} ({detail})"));
            }
        }
        // Comparability last: other reasons say more.
        if !self.type_set_is_comparable(&tset, &mut Vec::new()) {
            return Ok(());
        }
        if self.comparable_type(v, false, &mut Vec::new()).is_ok() {
            return Ok(());
        }
        if constraint && self.comparable_type(v, true, &mut Vec::new()).is_ok() {
            let version = self.current_pkg.map_or((1, 27), |pkg| self.graph.package(pkg).go_version);
            if version >= (1, 20) {
                return Ok(());
            }
            return Err(format!("{} to {verb} comparable requires go1.20 or later", self.type_string(v)));
        }
        Err(format!("{} does not {verb} comparable", self.type_string(v)))
    }

    /// Whether a constraint names the type in one of its terms.
    fn mentions(&mut self, t: TypeId, ty: TypeId) -> bool {
        match self.kind(t) {
            TypeKind::Interface(id) => {
                self.interface(id).embeddeds.clone().into_iter().any(|(e, _)| self.mentions(e, ty))
            }
            TypeKind::Union(id) => self.union(id).terms.clone().iter().any(|term| self.mentions(term.ty, ty)),
            _ => self.identical(t, ty),
        }
    }

    /// Checks type arguments against constraints; the index of the first that fails, and why.
    pub(crate) fn verify(
        &mut self,
        tparams: &[TypeParamId],
        targs: &[TypeId],
    ) -> Result<(), (usize, String)> {
        let map = SubstMap::new(tparams, targs);
        for (i, &tparam) in tparams.iter().enumerate() {
            self.constraint_iface(tparam);
            let bound = self.tparam(tparam).bound;
            let bound = self.subst(bound, &map);
            let mut cause = String::new();
            if !self.implements_cause(targs[i], bound, true, Some(&mut cause)) {
                return Err((i, cause));
            }
        }
        Ok(())
    }
}

impl<'a> Checker<'_, 'a> {
    /// The instance of a generic type, alias or signature; invalid (and reported) when an alias or a function gets the
    /// wrong number of type arguments.
    pub(crate) fn instance(&mut self, pos: Pos, generic: TypeId, targs: TypeList) -> TypeId {
        match self.kind(generic) {
            TypeKind::Named(id) => {
                self.program.instance_pos = pos;
                let ty = self.instantiate_named(id, targs);
                self.program.instance_pos = Pos::NONE;
                ty
            }
            TypeKind::Alias(id) if !self.alias(id).tparams.is_empty() => {
                let obj = self.alias(id).obj;
                let name = self.obj(obj).name;
                let want = self.alias(id).tparams.len();
                if !self.validate_targ_len(pos, name.as_str(), want, targs.len()) {
                    return TypeId::INVALID;
                }
                self.new_alias_instance(id, targs)
            }
            TypeKind::Alias(_) => {
                let actual = self.unalias(generic);
                if matches!(self.kind(actual), TypeKind::Alias(_)) {
                    return TypeId::INVALID;
                }
                self.instance(pos, actual, targs)
            }
            TypeKind::Signature(id) => {
                let want = self.signature(id).tparams.len();
                let text = self.type_string(generic);
                if !self.validate_targ_len(pos, &text, want, targs.len()) {
                    return TypeId::INVALID;
                }
                let new = self.instantiate_signature(id, &targs);
                self.signature_type(new)
            }
            _ => TypeId::INVALID,
        }
    }

    /// Reports a wrong number of type arguments.
    pub(crate) fn validate_targ_len(&mut self, pos: Pos, name: &str, want: usize, got: usize) -> bool {
        let qual = match got.cmp(&want) {
            std::cmp::Ordering::Less => "not enough",
            std::cmp::Ordering::Greater => "too many",
            std::cmp::Ordering::Equal => return true,
        };
        let message = format!("{qual} type arguments for type {name}: have {got}, want {want}");
        self.error(pos, "WrongTypeArgCount", message);
        false
    }
}
