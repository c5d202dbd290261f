//! Fields and methods: lookup through embedding, method sets, and which methods an interface misses.

use std::sync::Arc;

use rgo_load::PackageId;
use rgo_source::Name;

use crate::object::ObjId;
use crate::program::Program;
use crate::ty::{NamedId, StructId, TypeId, TypeKind};

/// The result of a lookup.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// The field or method.
    pub obj: Option<ObjId>,
    /// The way to it (see [`Selection::index`](crate::Selection)); without `obj`, not empty if the name is ambiguous.
    pub index: Vec<usize>,
    /// Whether a pointer was followed; without `obj`, whether only a pointer receiver was in the way.
    pub indirect: bool,
}

/// A method of a method set.
#[derive(Clone, Debug)]
pub struct MethodSetEntry {
    pub obj: ObjId,
    /// The way to it: fields, then the method's index.
    pub index: Vec<usize>,
    /// Whether a pointer was followed on the way.
    pub indirect: bool,
}

/// A type found at some depth of embedding.
#[derive(Clone)]
struct EmbeddedType {
    ty: TypeId,
    index: Vec<usize>,
    indirect: bool,
    /// The type appears several times at this depth.
    multiples: bool,
}

/// A field or method name as an interface's method or a selector gives it.
#[derive(Clone, Copy)]
struct Member {
    pkg: Option<PackageId>,
    name: Name,
    fold_case: bool,
}

fn extend(index: &[usize], i: usize) -> Vec<usize> {
    let mut result = index.to_vec();
    result.push(i);
    result
}

/// How signatures of methods are compared.
pub(crate) type Equivalent<'f, 'a> = &'f mut dyn FnMut(&mut Program<'a>, TypeId, TypeId) -> bool;

/// Why a type lacks a method.
enum Missing {
    NotFound,
    WrongName(ObjId),
    Unexported,
    WrongSignature(ObjId),
    Ambiguous,
    PointerReceiver,
    Field,
    NoInterface,
}

impl<'a> Program<'a> {
    /// Looks a field or method up on a value of type `ty`; `addressable`: of a variable. `pkg` is the package from
    /// which unexported names are seen.
    pub fn lookup_field_or_method(
        &mut self,
        ty: TypeId,
        addressable: bool,
        pkg: Option<PackageId>,
        name: Name,
    ) -> Lookup {
        self.lookup_fold(ty, addressable, pkg, name, false)
    }

    /// Likewise; `fold_case`: names that differ in case only are found, too (for messages).
    pub(crate) fn lookup_fold(
        &mut self,
        ty: TypeId,
        addressable: bool,
        pkg: Option<PackageId>,
        name: Name,
        fold_case: bool,
    ) -> Lookup {
        let member = Member { pkg, name, fold_case };
        // A defined pointer type has the fields of its base, but no methods.
        if let Some(named) = self.as_named(ty)
            && let named_type = self.named(named).ty
            && let under = self.under(named_type)
            && matches!(self.kind(under), TypeKind::Pointer(_))
        {
            let found = self.lookup_member(under, false, member);
            return match found.obj {
                Some(obj) if self.obj(obj).is_func() => Lookup::default(),
                _ => found,
            };
        }
        self.lookup_member(ty, addressable, member)
    }

    fn lookup_member(&mut self, ty: TypeId, addressable: bool, member: Member) -> Lookup {
        if member.name.is_blank() {
            return Lookup::default();
        }
        let (base, is_ptr) = self.deref(ty);
        // A pointer to an interface has no methods.
        if is_ptr && self.is_interface(base) {
            return Lookup::default();
        }
        let mut current =
            vec![EmbeddedType { ty: base, index: Vec::new(), indirect: is_ptr, multiples: false }];
        let mut seen: Vec<NamedId> = Vec::new();
        while !current.is_empty() {
            let mut next: Vec<EmbeddedType> = Vec::new();
            let mut found: Option<(ObjId, Vec<usize>, bool)> = None;
            for e in &current {
                if let Some(named) = self.as_named(e.ty) {
                    // A type at a shallower depth hides the same type deeper down.
                    if self.seen_named(&seen, named) {
                        continue;
                    }
                    seen.push(named);
                    if let Some((i, method)) = self.lookup_method(named, member) {
                        let index = extend(&e.index, i);
                        if found.is_some() || e.multiples {
                            return Lookup { obj: None, index, indirect: false };
                        }
                        found = Some((method, index, e.indirect));
                        continue;
                    }
                }
                match self.under_kind(e.ty) {
                    TypeKind::Struct(id) => {
                        let fields = self.struct_type(id).fields.clone();
                        for (i, &field) in fields.iter().enumerate() {
                            if self.same_id(field, member.pkg, member.name, member.fold_case) {
                                let index = extend(&e.index, i);
                                if found.is_some() || e.multiples {
                                    return Lookup { obj: None, index, indirect: false };
                                }
                                found = Some((field, index, e.indirect));
                                continue;
                            }
                            if found.is_none() && self.obj(field).as_var().is_some_and(|v| v.embedded) {
                                let field_type = self.obj_type(field);
                                let (base, is_ptr) = self.deref(field_type);
                                next.push(EmbeddedType {
                                    ty: base,
                                    index: extend(&e.index, i),
                                    indirect: e.indirect || is_ptr,
                                    multiples: e.multiples,
                                });
                            }
                        }
                    }
                    TypeKind::Interface(id) => {
                        let set = self.type_set(id);
                        let method = set
                            .methods
                            .iter()
                            .position(|&m| self.same_id(m, member.pkg, member.name, member.fold_case));
                        if let Some(i) = method {
                            let index = extend(&e.index, i);
                            if found.is_some() || e.multiples {
                                return Lookup { obj: None, index, indirect: false };
                            }
                            found = Some((set.methods[i], index, e.indirect));
                        }
                    }
                    _ => {}
                }
            }
            if let Some((obj, index, indirect)) = found {
                let ptr_recv = self.obj(obj).as_func().is_some_and(|f| f.has_ptr_recv);
                if ptr_recv && !indirect && !addressable {
                    return Lookup { obj: None, index: Vec::new(), indirect: true };
                }
                return Lookup { obj: Some(obj), index, indirect };
            }
            current = self.consolidate_multiples(next);
        }
        Lookup::default()
    }

    fn seen_named(&mut self, seen: &[NamedId], named: NamedId) -> bool {
        seen.iter().any(|&other| {
            other == named
                || (self.named(named).origin.is_some() && {
                    let (x, y) = (self.named(named).ty, self.named(other).ty);
                    self.identical(x, y)
                })
        })
    }

    fn consolidate_multiples(&mut self, list: Vec<EmbeddedType>) -> Vec<EmbeddedType> {
        let mut result: Vec<EmbeddedType> = Vec::new();
        for e in list {
            let earlier = (0..result.len()).find(|&i| self.identical(result[i].ty, e.ty));
            match earlier {
                Some(i) => result[i].multiples = true,
                None => result.push(e),
            }
        }
        result
    }

    fn lookup_method(&mut self, named: NamedId, member: Member) -> Option<(usize, ObjId)> {
        let origin = self.named_origin(named);
        self.collect_methods(origin);
        let methods = &self.named(origin).methods;
        let i = methods.iter().position(|&m| {
            let name = self.obj(m).name;
            self.same_id(m, member.pkg, member.name, false)
                || (member.fold_case && name.as_str().eq_ignore_ascii_case(member.name.as_str()))
        })?;
        Some((i, self.named_method(named, i)))
    }

    /// The methods declared for a defined type (instantiated, for an instance), in source order.
    pub fn methods_of(&mut self, named: NamedId) -> Vec<ObjId> {
        let origin = self.named_origin(named);
        self.collect_methods(origin);
        (0..self.named(origin).methods.len()).map(|i| self.named_method(named, i)).collect()
    }

    /// The base type of a pointer that has no name of its own, and whether there was one.
    pub fn deref(&mut self, ty: TypeId) -> (TypeId, bool) {
        let actual = self.unalias(ty);
        match self.kind(actual) {
            TypeKind::Pointer(elem) => (elem, true),
            _ => (ty, false),
        }
    }

    /// The struct type behind a (named or unnamed) pointer; other types are unchanged.
    pub fn deref_struct_ptr(&mut self, ty: TypeId) -> TypeId {
        match self.as_pointer(ty) {
            Some(elem) if self.as_struct(elem).is_some() => elem,
            _ => ty,
        }
    }

    /// The method set of a type, sorted by [`Program::method_order`]; that of `*T` includes methods with pointer
    /// receivers.
    pub fn method_set(&mut self, ty: TypeId) -> Arc<[MethodSetEntry]> {
        if let Some(set) = self.method_sets.get(&ty) {
            return set.clone();
        }
        let mut names: Vec<(Name, Option<PackageId>)> = Vec::new();
        let (base, is_ptr) = self.deref(ty);
        let mut entries = Vec::new();
        let hidden = is_ptr && self.is_interface(base);
        // A defined pointer type has no methods.
        let defined_ptr = self.as_named(ty).is_some() && self.as_pointer(ty).is_some();
        if !hidden && !defined_ptr {
            self.collect_member_names(base, &mut names, &mut Vec::new());
            for (name, pkg) in names {
                let found = self.lookup_field_or_method(ty, false, pkg, name);
                if let Some(obj) = found.obj
                    && self.obj(obj).is_func()
                {
                    entries.push(MethodSetEntry { obj, index: found.index, indirect: found.indirect });
                }
            }
            entries.sort_by(|a, b| self.method_order(a.obj, b.obj));
        }
        let set: Arc<[MethodSetEntry]> = entries.into();
        self.method_sets.insert(ty, set.clone());
        set
    }

    fn collect_member_names(
        &mut self,
        ty: TypeId,
        names: &mut Vec<(Name, Option<PackageId>)>,
        seen: &mut Vec<TypeId>,
    ) {
        let ty = self.unalias(ty);
        if seen.contains(&ty) {
            return;
        }
        seen.push(ty);
        let mut add = |p: &Program<'_>, method: ObjId| {
            let obj = p.obj(method);
            let key = (obj.name, obj.pkg);
            if !names.iter().any(|&(n, pkg)| n == key.0 && (n.is_exported() || pkg == key.1)) {
                names.push(key);
            }
        };
        if let TypeKind::Named(named) = self.kind(ty) {
            let origin = self.named_origin(named);
            self.collect_methods(origin);
            for method in self.named(origin).methods.clone() {
                add(self, method);
            }
        }
        match self.under_kind(ty) {
            TypeKind::Interface(id) => {
                for &method in self.type_set(id).methods.iter() {
                    add(self, method);
                }
            }
            TypeKind::Struct(id) => {
                for &field in self.struct_type(id).fields.clone().iter() {
                    if self.obj(field).as_var().is_some_and(|v| v.embedded) {
                        let field_type = self.obj_type(field);
                        let (base, _) = self.deref(field_type);
                        self.collect_member_names(base, names, seen);
                    }
                }
            }
            _ => {}
        }
    }

    /// The first method of interface type `iface` that `ty` lacks, and whether it is there with the wrong type. With
    /// `is_static` unset and an interface `ty`, only methods that both have are compared.
    pub fn missing_method(&mut self, ty: TypeId, iface: TypeId, is_static: bool) -> Option<(ObjId, bool)> {
        self.missing_method_cause(ty, iface, is_static, &mut |p, x, y| p.identical(x, y), None)
    }

    /// Like [`Program::missing_method`], with a comparison of signatures and a place for the reason.
    pub(crate) fn missing_method_cause(
        &mut self,
        ty: TypeId,
        iface: TypeId,
        is_static: bool,
        equivalent: Equivalent<'_, 'a>,
        cause: Option<&mut String>,
    ) -> Option<(ObjId, bool)> {
        let methods = self.interface_methods(iface)?;
        let (method, missing) = methods.iter().find_map(|&method| {
            self.misses(ty, method, is_static, equivalent).map(|missing| (method, missing))
        })?;
        if let Some(cause) = cause {
            *cause = self.missing_method_text(ty, iface, method, &missing);
        }
        Some((method, matches!(missing, Missing::WrongSignature(_) | Missing::PointerReceiver)))
    }

    fn misses(
        &mut self,
        ty: TypeId,
        method: ObjId,
        is_static: bool,
        equivalent: Equivalent<'_, 'a>,
    ) -> Option<Missing> {
        let (pkg, name) = (self.obj(method).pkg, self.obj(method).name);
        let wanted = self.obj_type(method);
        if let Some(id) = self.as_interface(ty) {
            let set = self.type_set(id);
            let Some(&found) = set.methods.iter().find(|&&m| self.same_id(m, pkg, name, false)) else {
                return is_static.then_some(Missing::NotFound);
            };
            let found_type = self.obj_type(found);
            return (!equivalent(self, found_type, wanted)).then_some(Missing::WrongSignature(found));
        }
        let found = self.lookup_member(ty, false, Member { pkg, name, fold_case: false });
        let Some(obj) = found.obj else {
            if !found.index.is_empty() {
                return Some(Missing::Ambiguous);
            }
            if found.indirect {
                return Some(Missing::PointerReceiver);
            }
            let other = self.lookup_member(ty, false, Member { pkg, name, fold_case: true }).obj;
            return Some(match other {
                Some(other) if self.obj(other).is_func() => match self.obj(other).name == name {
                    true => Missing::Unexported,
                    false => Missing::WrongName(other),
                },
                _ => Missing::NotFound,
            });
        };
        if !self.obj(obj).is_func() {
            return Some(Missing::Field);
        }
        if self.obj(obj).as_func().is_some_and(|f| f.nointerface) {
            return Some(Missing::NoInterface);
        }
        let found_type = self.obj_type(obj);
        (!equivalent(self, found_type, wanted)).then_some(Missing::WrongSignature(obj))
    }

    fn missing_method_text(&mut self, ty: TypeId, iface: TypeId, method: ObjId, missing: &Missing) -> String {
        let name = self.obj(method).name;
        match *missing {
            Missing::NotFound if self.is_interface_ptr(ty) => format!("({})", self.interface_ptr_error(ty)),
            Missing::NotFound if self.is_interface_ptr(iface) => {
                format!("({})", self.interface_ptr_error(iface))
            }
            Missing::NotFound => format!("(missing method {name})"),
            Missing::WrongName(found) => {
                self.obj_type(found);
                self.obj_type(method);
                let (have, want) = (self.func_string(found, false), self.func_string(method, false));
                format!("(missing method {name})\n\t\thave {have}\n\t\twant {want}")
            }
            Missing::Unexported => format!("(unexported method {name})"),
            Missing::WrongSignature(found) => {
                let (mut have, mut want) = (self.func_string(found, false), self.func_string(method, false));
                if have == want {
                    (have, want) = (self.func_string(found, true), self.func_string(method, true));
                }
                if have == want {
                    return format!("(wrong type for method {name})");
                }
                format!("(wrong type for method {name})\n\t\thave {have}\n\t\twant {want}")
            }
            Missing::Ambiguous => format!("(ambiguous selector {}.{name})", self.type_string(ty)),
            Missing::PointerReceiver => format!("(method {name} has pointer receiver)"),
            Missing::NoInterface => format!("({name} method is marked 'nointerface')"),
            Missing::Field => format!("({}.{name} is a field, not a method)", self.type_string(ty)),
        }
    }

    /// Whether `ty` has all methods of `iface`, or might have them but for earlier errors.
    pub(crate) fn has_all_methods(
        &mut self,
        ty: TypeId,
        iface: TypeId,
        is_static: bool,
        equivalent: Equivalent<'_, 'a>,
        cause: Option<&mut String>,
    ) -> bool {
        if !self.is_valid(ty) {
            return true;
        }
        self.missing_method_cause(ty, iface, is_static, equivalent, cause).is_none()
            || self.has_invalid_embedded_fields(ty, &mut Vec::new())
    }

    fn has_invalid_embedded_fields(&mut self, ty: TypeId, seen: &mut Vec<StructId>) -> bool {
        let base = self.deref_struct_ptr(ty);
        let Some(id) = self.as_struct(base) else {
            return false;
        };
        if seen.contains(&id) {
            return false;
        }
        seen.push(id);
        self.struct_type(id).fields.clone().iter().any(|&field| {
            self.obj(field).as_var().is_some_and(|v| v.embedded) && {
                let ty = self.obj_type(field);
                !self.is_valid(ty) || self.has_invalid_embedded_fields(ty, seen)
            }
        })
    }

    /// Whether the type is a pointer to an interface.
    pub(crate) fn is_interface_ptr(&mut self, ty: TypeId) -> bool {
        self.as_pointer(ty).is_some_and(|elem| self.is_interface(elem))
    }

    /// What is wrong with a pointer to an interface.
    pub(crate) fn interface_ptr_error(&mut self, ty: TypeId) -> String {
        let elem = self.as_pointer(ty).unwrap_or(TypeId::INVALID);
        let text = self.type_string(ty);
        if self.is_type_param(elem) {
            return format!("type {text} is pointer to type parameter, not type parameter");
        }
        format!("type {text} is pointer to interface, not interface")
    }

    /// Whether a value of interface type `ty` can be asserted to have type `target`.
    pub(crate) fn assertable_to(&mut self, ty: TypeId, target: TypeId, cause: Option<&mut String>) -> bool {
        if self.is_interface(target) {
            return true;
        }
        self.has_all_methods(target, ty, false, &mut |p, x, y| p.identical(x, y), cause)
    }

    /// Names of the fields on an index path, joined by dots.
    pub(crate) fn field_path(&mut self, ty: TypeId, index: &[usize]) -> String {
        let mut names = Vec::new();
        let mut ty = ty;
        for &i in index {
            let base = self.deref_struct_ptr(ty);
            let Some(&field) = self.struct_fields(base).as_ref().and_then(|fields| fields.get(i)) else {
                break;
            };
            names.push(self.obj(field).name.as_str());
            ty = self.obj_type(field);
        }
        names.join(".")
    }
}
