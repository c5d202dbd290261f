//! Type sets of interfaces and unions.

use std::collections::HashMap;
use std::sync::Arc;

use rgo_source::Pos;

use crate::checker::Delayed;
use crate::info::FileIdx;
use crate::object::ObjId;
use crate::program::Program;
use crate::termlist::TermList;
use crate::ty::{InterfaceId, ObjList, Term, TypeId, TypeKind, TypeSet, UnionId};

/// More terms than this are refused.
pub(crate) const MAX_TERM_COUNT: usize = 100;

/// How a method comes into an interface.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adding {
    Declared,
    /// Through embedding; the same method may come in several ways.
    Embedded,
    /// Through embedding before go1.14, when it could come in one way only.
    Exclusive,
}

impl<'a> Program<'a> {
    /// The type set of an interface.
    pub fn type_set(&mut self, id: InterfaceId) -> Arc<TypeSet> {
        if let Some(set) = &self.interface(id).type_set {
            return set.clone();
        }
        let all = Arc::new(TypeSet { methods: Arc::from([]), terms: None, comparable: false });
        if !self.interface(id).complete {
            return all;
        }
        // Infinitely expanding interfaces are found by `valid_type`; here they must only not recurse for ever.
        self.interfaces[id.index()].type_set = Some(all);

        let version = self.interface(id).pkg.map_or((1, 27), |pkg| self.graph.package(pkg).go_version);
        let mut seen: HashMap<(rgo_source::Name, Option<rgo_load::PackageId>), (ObjId, Pos)> = HashMap::new();
        let mut methods = Vec::new();
        for method in self.interface(id).methods.clone() {
            let pos = self.obj(method).pos;
            self.add_to_method_set(&mut seen, &mut methods, pos, method, Adding::Declared);
        }
        let mut terms: TermList = None;
        let mut comparable = false;
        for (ty, pos) in self.interface(id).embeddeds.clone() {
            let under = self.under(ty);
            let (elem_terms, elem_comparable) = match self.kind(under) {
                TypeKind::Interface(elem) => {
                    let set = self.type_set(elem);
                    for &method in set.methods.iter() {
                        let how = if version < (1, 14) { Adding::Exclusive } else { Adding::Embedded };
                        self.add_to_method_set(&mut seen, &mut methods, pos, method, how);
                    }
                    (set.terms.as_deref().map(<[Term]>::to_vec), set.comparable)
                }
                TypeKind::Union(union) => {
                    let set = self.union_type_set(union, pos);
                    (set.terms.as_deref().map(<[Term]>::to_vec), false)
                }
                _ if under == TypeId::INVALID => continue,
                _ => (Some(vec![Term { tilde: false, ty }]), false),
            };
            if version < (1, 18) && !self.embeddable_before_generics(ty, under, pos) {
                continue;
            }
            terms = self.intersect_terms(terms, elem_terms);
            comparable |= elem_comparable;
            if comparable && let Some(list) = terms.take() {
                terms = Some(self.keep_comparable(list));
                comparable = false;
            }
        }
        methods.sort_by(|&a, &b| self.method_order(a, b));
        let set = Arc::new(TypeSet { methods: methods.into(), terms: terms.map(Arc::from), comparable });
        self.interfaces[id.index()].type_set = Some(set.clone());
        set
    }

    /// Reports elements that only constraints, known since go1.18, can have.
    fn embeddable_before_generics(&mut self, ty: TypeId, under: TypeId, pos: Pos) -> bool {
        let text = self.type_string(ty);
        let what = match self.kind(under) {
            TypeKind::Interface(id) if self.type_set(id).is_method_set() => return true,
            TypeKind::Interface(_) => format!("embedding constraint interface {text}"),
            TypeKind::Union(_) => format!("embedding interface element {text}"),
            _ => format!("embedding non-interface type {text}"),
        };
        self.report(pos, "UnsupportedFeature", format!("{what} requires go1.18 or later"));
        false
    }

    fn keep_comparable(&mut self, list: Vec<Term>) -> Vec<Term> {
        list.into_iter()
            .filter(|term| self.comparable_type(term.ty, false, &mut Vec::new()).is_ok())
            .collect()
    }

    fn add_to_method_set(
        &mut self,
        seen: &mut HashMap<(rgo_source::Name, Option<rgo_load::PackageId>), (ObjId, Pos)>,
        methods: &mut Vec<ObjId>,
        pos: Pos,
        method: ObjId,
        how: Adding,
    ) {
        let obj = self.obj(method);
        let name = obj.name;
        let key = (name, if obj.exported() { None } else { obj.pkg });
        let Some(&(other, other_pos)) = seen.get(&key) else {
            seen.insert(key, (method, pos));
            methods.push(method);
            return;
        };
        if how != Adding::Embedded {
            self.report_duplicate_method(name, pos, other_pos);
        } else if other != method {
            // Whether the signatures agree can be told when all types are known.
            self.delayed.push(Delayed {
                file: FileIdx(0),
                action: Box::new(move |check| {
                    let (x, y) = (check.obj_type(method), check.obj_type(other));
                    if !check.identical(x, y) {
                        check.program.report_duplicate_method(name, pos, other_pos);
                    }
                }),
            });
        }
    }

    fn report_duplicate_method(&mut self, name: rgo_source::Name, pos: Pos, other: Pos) {
        let mut message = format!("duplicate method {name}");
        if other.is_known() {
            let at = self.pos_string(other);
            message.push_str(&format!("\n\t{at}: other declaration of method {name}"));
        }
        self.report(pos, "DuplicateDecl", message);
    }

    /// The type set of a union; `pos` is where to report that it is too large.
    pub(crate) fn union_type_set(&mut self, id: UnionId, pos: Pos) -> Arc<TypeSet> {
        if let Some(set) = self.union_sets.get(&id) {
            return set.clone();
        }
        let none =
            Arc::new(TypeSet { methods: Arc::from([]), terms: Some(Arc::from([])), comparable: false });
        self.union_sets.insert(id, none);
        let mut all: TermList = Some(Vec::new());
        for term in self.union(id).terms.clone().iter() {
            let under = self.under(term.ty);
            let terms = match self.kind(under) {
                TypeKind::Interface(iface) => self.type_set(iface).terms.as_deref().map(<[Term]>::to_vec),
                _ if under == TypeId::INVALID => continue,
                // No type has this type as its underlying type.
                _ if term.tilde && !self.identical(term.ty, under) => Some(Vec::new()),
                _ => Some(vec![*term]),
            };
            all = self.union_terms(all, terms);
            if all.as_ref().is_some_and(|terms| terms.len() > MAX_TERM_COUNT) {
                let message = format!(
                    "cannot handle more than {MAX_TERM_COUNT} union terms (implementation limitation)"
                );
                self.report(pos, "InvalidUnion", message);
                let all = Arc::new(TypeSet { methods: Arc::from([]), terms: None, comparable: false });
                self.union_sets.insert(id, all.clone());
                return all;
            }
        }
        let set = Arc::new(TypeSet { methods: Arc::from([]), terms: all.map(Arc::from), comparable: false });
        self.union_sets.insert(id, set.clone());
        set
    }

    /// Whether all types of the set are strictly comparable.
    pub(crate) fn type_set_is_comparable(&mut self, set: &TypeSet, seen: &mut Vec<TypeId>) -> bool {
        match &set.terms {
            None => set.comparable,
            Some(terms) => {
                !terms.is_empty() && terms.iter().all(|t| self.comparable_type(t.ty, false, seen).is_ok())
            }
        }
    }

    /// All methods of an interface type, sorted; `None` if the underlying type is no interface.
    pub fn interface_methods(&mut self, ty: TypeId) -> Option<ObjList> {
        let id = self.as_interface(ty)?;
        Some(self.type_set(id).methods.clone())
    }

    /// gc's order of methods: exported ones first, by name, and then by package path.
    pub fn method_order(&self, a: ObjId, b: ObjId) -> std::cmp::Ordering {
        let (a, b) = (self.obj(a), self.obj(b));
        let (ea, eb) = (a.exported(), b.exported());
        eb.cmp(&ea).then_with(|| a.name.cmp(&b.name)).then_with(|| {
            if ea {
                return std::cmp::Ordering::Equal;
            }
            let path = |pkg: Option<rgo_load::PackageId>| pkg.map(|pkg| self.package_path(pkg));
            path(a.pkg).cmp(&path(b.pkg))
        })
    }
}
