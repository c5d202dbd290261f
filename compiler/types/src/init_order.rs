//! The order in which package-level variables are initialised.
//!
//! Constants and variables are ordered by how many others they still wait for, then by source order; functions only
//! pass on what they refer to. A dependency counts once the declaration (or body) that contains it has been checked,
//! so the bodies of functions that initialisers reach are checked first.

use std::collections::{BTreeSet, HashMap, HashSet};

use rgo_load::PackageId;
use rgo_syntax::ast;

use crate::checker::Checker;
use crate::info::FileIdx;
use crate::object::{DeclId, DeclKind, ObjId, ObjKind};
use crate::program::Program;

/// One initialisation: `lhs = rhs`.
#[derive(Clone, Debug)]
pub struct Initializer<'a> {
    /// One variable, or several for a call with several results or a comma-ok form. Blank ones included.
    pub lhs: Vec<ObjId>,
    pub file: FileIdx,
    pub rhs: &'a ast::Expr,
}

impl<'a> Program<'a> {
    /// The initialisations of a package's variables in order. Checks all variable declarations of the package and the
    /// bodies they depend on; reports initialisation cycles.
    pub fn init_order(&mut self, pkg: PackageId) -> Vec<Initializer<'a>> {
        self.collect_objects(pkg);
        let objects = self.package(pkg).objects.clone();
        let is_value = |p: &Self, o: ObjId| matches!(p.obj(o).kind, ObjKind::Var(_) | ObjKind::Const { .. });
        let mut values: Vec<ObjId> = objects.iter().copied().filter(|&o| is_value(self, o)).collect();
        for &obj in &values {
            self.obj_type(obj);
        }
        self.settle();

        // What each value waits for: values reached directly or through functions.
        let mut waits: HashMap<ObjId, BTreeSet<ObjId>> = HashMap::new();
        for &value in &values {
            let reached = self.values_reached(pkg, value);
            waits.insert(value, reached);
        }
        let mut dependents: HashMap<ObjId, Vec<ObjId>> = HashMap::new();
        let mut count: HashMap<ObjId, usize> = HashMap::new();
        for &value in &values {
            count.insert(value, waits[&value].len());
            for &other in &waits[&value] {
                dependents.entry(other).or_default().push(value);
            }
        }
        let key = |p: &Self, count: &HashMap<ObjId, usize>, obj: ObjId| {
            let is_const = matches!(p.obj(obj).kind, ObjKind::Const { .. });
            (!is_const, count[&obj], p.obj(obj).order, obj)
        };
        let mut queue: BTreeSet<(bool, usize, u32, ObjId)> =
            values.drain(..).map(|obj| key(self, &count, obj)).collect();
        let mut emitted: HashSet<DeclId> = HashSet::new();
        let mut order = Vec::new();
        while let Some((_, waiting, _, obj)) = queue.pop_first() {
            if waiting > 0
                && let Some(cycle) = self.find_cycle(obj)
            {
                self.report_init_cycle(&cycle);
            }
            for &dependent in dependents.get(&obj).into_iter().flatten() {
                let old = key(self, &count, dependent);
                let present = queue.remove(&old);
                if let Some(n) = count.get_mut(&dependent) {
                    *n -= 1;
                }
                if present {
                    queue.insert(key(self, &count, dependent));
                }
            }
            let Some(decl) = self.obj(obj).decl else { continue };
            let DeclKind::Var { lhs, init: Some(init), .. } = self.decl(decl).kind.clone() else {
                continue;
            };
            if emitted.insert(decl) {
                let lhs = if lhs.is_empty() { vec![obj] } else { lhs.to_vec() };
                order.push(Initializer { lhs, file: self.decl(decl).file, rhs: init });
            }
        }
        order
    }

    /// Constants and variables of the package that `from` refers to, directly or through functions.
    fn values_reached(&mut self, pkg: PackageId, from: ObjId) -> BTreeSet<ObjId> {
        let mut reached = BTreeSet::new();
        let mut seen: HashSet<ObjId> = HashSet::new();
        let mut todo = self.deps_of(from);
        while let Some(obj) = todo.pop() {
            if self.obj(obj).pkg != Some(pkg) || !seen.insert(obj) {
                continue;
            }
            if self.obj(obj).is_func() {
                self.check_body(obj);
                todo.extend(self.deps_of(obj));
            } else if !self.obj(obj).is_type_name() {
                reached.insert(obj);
            }
        }
        reached
    }

    /// What an object's declaration refers to, in source order.
    fn deps_of(&self, obj: ObjId) -> Vec<ObjId> {
        let mut deps = self.obj(obj).decl.map_or_else(Vec::new, |decl| self.decl(decl).deps.clone());
        deps.sort_by_key(|&dep| self.obj(dep).order);
        deps
    }

    /// Objects on a way from `obj` back to itself, in reverse order; `None` if there is none.
    fn find_cycle(&self, obj: ObjId) -> Option<Vec<ObjId>> {
        self.find_path(obj, obj, &mut HashSet::new())
    }

    fn find_path(&self, from: ObjId, to: ObjId, seen: &mut HashSet<ObjId>) -> Option<Vec<ObjId>> {
        if !seen.insert(from) {
            return None;
        }
        for dep in self.deps_of(from) {
            if self.obj(dep).pkg != self.obj(to).pkg {
                continue;
            }
            if dep == to {
                return Some(vec![dep]);
            }
            if let Some(mut path) = self.find_path(dep, to, seen) {
                path.push(dep);
                return Some(path);
            }
        }
        None
    }

    fn report_init_cycle(&mut self, cycle: &[ObjId]) {
        let mut obj = cycle[0];
        let name = |p: &Self, obj: ObjId| p.obj(obj).name;
        let pos = self.obj(obj).pos;
        let mut message = if cycle.len() == 1 {
            format!("initialization cycle: {} refers to itself", name(self, obj))
        } else {
            format!("initialization cycle for {}", name(self, obj))
        };
        if cycle.len() > 1 {
            for &next in cycle.iter().rev() {
                let at = self.pos_string(self.obj(obj).pos);
                message.push_str(&format!("\n\t{at}: {} refers to {}", name(self, obj), name(self, next)));
                obj = next;
            }
        }
        self.report(pos, "InvalidInitCycle", message);
    }

    /// Runs what has been delayed and settles the types of untyped expressions.
    pub fn settle(&mut self) {
        if self.obj_path.is_empty() {
            self.process_delayed(0);
            if !self.untyped.is_empty() {
                Checker::new(self, FileIdx(0)).record_untyped();
            }
        }
    }
}
