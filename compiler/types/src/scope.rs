//! Scopes: names to objects, nested.

use std::collections::HashMap;

use rgo_source::Name;

use crate::object::ObjId;
use crate::ty::ids;

ids! {
    /// A scope.
    ScopeId;
}

impl ScopeId {
    /// The scope of predeclared names.
    pub const UNIVERSE: ScopeId = ScopeId(0);
}

/// What a scope belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    Universe,
    Package,
    File,
    Function,
    Block,
}

/// Names declared in one block.
#[derive(Clone, Debug)]
pub struct Scope {
    pub parent: Option<ScopeId>,
    pub kind: ScopeKind,
    elems: HashMap<Name, ObjId>,
    /// The objects in order of declaration.
    order: Vec<(Name, ObjId)>,
}

impl Scope {
    pub(crate) fn new(parent: Option<ScopeId>, kind: ScopeKind) -> Scope {
        Scope { parent, kind, elems: HashMap::new(), order: Vec::new() }
    }

    /// The object with this name in this very scope.
    pub fn lookup(&self, name: Name) -> Option<ObjId> {
        self.elems.get(&name).copied()
    }

    /// Adds a name unless it exists; the existing object is the result then.
    pub(crate) fn insert(&mut self, name: Name, obj: ObjId) -> Option<ObjId> {
        if let Some(&found) = self.elems.get(&name) {
            return Some(found);
        }
        self.elems.insert(name, obj);
        self.order.push((name, obj));
        None
    }

    /// Names and objects in order of declaration.
    pub fn entries(&self) -> &[(Name, ObjId)] {
        &self.order
    }
}
