//! The location graph: storage as vertices, assignments as edges.
//!
//! An edge from `q` to `p` with `derefs` d says that p is assigned q dereferenced d times; -1 is q's address. Only values
//! flow: what a location holds is not told apart by field or element. A [`Hole`] is a place that still waits for the
//! value of an expression.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use rgo_source::Name;

use crate::leaks::Leaks;
use crate::tree::{Class, FuncId, Node, Op, VarId};
use crate::world::World;

pub(crate) type LocId = usize;

/// Everything that outlives any function.
pub(crate) const HEAP: LocId = 0;
/// What an indirect store goes through.
pub(crate) const MUTATOR: LocId = 1;
/// What an unknown call calls.
pub(crate) const CALLEE: LocId = 2;
/// What is thrown away.
pub(crate) const BLANK: LocId = 3;

/// Attributes of a location, as a set.
pub(crate) mod attr {
    /// Must be in the heap.
    pub const ESCAPES: u8 = 1;
    /// Its address outlives the statement.
    pub const PERSISTS: u8 = 2;
    /// What it points to may be written to.
    pub const MUTATES: u8 = 4;
    /// Closures in it may be called with results that are not tracked.
    pub const CALLS: u8 = 8;
    /// Nothing can be kept back from it.
    pub const ALL: u8 = 15;
}

/// What a location stands for.
#[derive(Clone, Debug)]
pub(crate) enum What<'n> {
    Temporary,
    Var(VarId),
    /// An expression that allocates.
    Node(&'n Node),
    /// Likewise, with an operand replaced by what it is known to be.
    Rewritten(Box<Node>),
}

#[derive(Clone, Debug)]
pub(crate) struct Location<'n> {
    pub what: What<'n>,
    pub func: FuncId,
    /// Source and number of dereferences.
    pub edges: Vec<(LocId, i32)>,
    pub depth: i32,
    pub attrs: u8,
    pub leaks: Leaks,
    pub captured: bool,
    pub reassigned: bool,
    pub addr_taken: bool,
    pub is_param: bool,
    pub result: Option<u32>,
    // State of the walks.
    pub derefs: i32,
    pub walk: u32,
    pub queued: bool,
    pub queued_walk: u32,
}

impl Location<'_> {
    pub fn has(&self, attrs: u8) -> bool {
        self.attrs & attrs != 0
    }
}

/// Where a value goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hole {
    pub dst: LocId,
    pub derefs: i32,
    /// The context takes the expression's address, whether or not it is kept.
    pub addr_taken: bool,
}

impl Hole {
    pub fn of(dst: LocId) -> Hole {
        Hole { dst, derefs: 0, addr_taken: false }
    }
    pub fn discard() -> Hole {
        Hole::of(BLANK)
    }
    pub fn heap() -> Hole {
        Hole::of(HEAP)
    }
    pub fn shift(mut self, by: i32) -> Hole {
        self.derefs += by;
        debug_assert!(self.derefs >= -1);
        self.addr_taken = by < 0;
        self
    }
    pub fn deref(self) -> Hole {
        self.shift(1)
    }
    pub fn addr(self) -> Hole {
        self.shift(-1)
    }
}

/// Functions analysed together: those that call each other, with the closures in them.
pub(crate) struct Batch<'b, 'n, 'p, 'a> {
    pub w: &'b mut World<'p, 'a>,
    pub bodies: &'n HashMap<FuncId, Rc<Vec<Node>>>,
    pub locs: Vec<Location<'n>>,
    pub vars: HashMap<VarId, LocId>,
    /// Closures met, and the holes of their records.
    pub closures: Vec<(Hole, FuncId)>,
    /// Location of a closure's function.
    // The function being walked.
    pub func: FuncId,
    pub depth: i32,
    pub labels: HashMap<Name, bool>,
}

impl<'n> Batch<'_, 'n, '_, '_> {
    pub fn new_loc(&mut self, what: What<'n>, persists: bool) -> LocId {
        let (mut is_param, mut result) = (false, None);
        if let What::Var(var) = what {
            match self.w.var(var).class {
                Class::Param => is_param = true,
                Class::Result(i) => result = Some(i),
                Class::Local => {}
            }
        }
        let id = self.locs.len();
        if let What::Var(var) = what {
            self.vars.insert(var, id);
        }
        self.locs.push(Location {
            what,
            func: self.func,
            edges: Vec::new(),
            depth: self.depth,
            attrs: if persists { attr::PERSISTS } else { 0 },
            leaks: Leaks::default(),
            captured: false,
            reassigned: false,
            addr_taken: false,
            is_param,
            result,
            derefs: 0,
            walk: 0,
            queued: false,
            queued_walk: 0,
        });
        id
    }

    /// The location of a variable.
    pub fn loc(&mut self, var: VarId) -> LocId {
        match self.vars.get(&var) {
            Some(&loc) => loc,
            None => self.new_loc(What::Var(var), true),
        }
    }

    pub fn flow(&mut self, k: Hole, src: LocId) {
        if k.addr_taken {
            self.locs[src].addr_taken = true;
        }
        if k.dst == BLANK || k.dst == src && k.derefs >= 0 {
            return;
        }
        if k.derefs < 0 && self.locs[k.dst].has(attr::ESCAPES) {
            self.locs[src].attrs |= attr::ALL;
            return;
        }
        self.locs[k.dst].edges.push((src, k.derefs));
    }

    /// One hole for several.
    pub fn tee(&mut self, holes: &[Hole]) -> Hole {
        match holes {
            [] => Hole::discard(),
            [only] => *only,
            _ => {
                let loc = self.new_loc(What::Temporary, false);
                for &hole in holes {
                    self.flow(hole, loc);
                }
                Hole::of(loc)
            }
        }
    }

    /// A hole whose value must last.
    pub fn later(&mut self, k: Hole) -> Hole {
        let loc = self.new_loc(What::Temporary, true);
        self.flow(k, loc);
        Hole::of(loc)
    }

    /// New storage for an expression, whose address goes to `k`; the hole is for what is stored there.
    pub fn spill(&mut self, k: Hole, node: &'n Node) -> Hole {
        let loc = self.new_loc(What::Node(node), false);
        self.flow(k.addr(), loc);
        Hole::of(loc)
    }

    /// Whether the function is analysed in this batch, so that its tags are not known yet.
    pub fn in_batch(&self, func: FuncId) -> bool {
        self.w.func(func).stage < crate::tree::Stage::Tagged
    }

    /// Whether closure `inner` stands, at any depth, in `outer`.
    pub fn contains_closure(&self, outer: FuncId, inner: FuncId) -> bool {
        let mut func = self.w.func(inner).parent;
        while let Some(id) = func {
            if id == outer {
                return true;
            }
            func = self.w.func(id).parent;
        }
        false
    }

    /// Whether what `l` holds may live on when `other`, if it is on the stack, is gone.
    fn outlives(&self, l: LocId, other: LocId) -> bool {
        let (loc, other) = (&self.locs[l], &self.locs[other]);
        if loc.has(attr::ESCAPES) {
            return true;
        }
        if l == MUTATOR || l == CALLEE {
            return false;
        }
        if loc.result.is_some() {
            // All callers of a closure may be known.
            let known = self.contains_closure(other.func, loc.func) && !self.w.func(loc.func).results_lost;
            return !known;
        }
        if loc.func == other.func && loc.depth < other.depth {
            return true;
        }
        self.contains_closure(loc.func, other.func)
    }

    // ---- solving ----

    /// Finds the least number of dereferences between all locations, until no attribute changes.
    pub fn solve(&mut self) {
        let mut todo: VecDeque<LocId> = VecDeque::with_capacity(self.locs.len());
        for id in BLANK + 1..self.locs.len() {
            todo.push_front(id);
        }
        todo.push_front(MUTATOR);
        todo.push_front(CALLEE);
        todo.push_front(HEAP);
        for &id in &todo {
            self.locs[id].queued = true;
        }
        let mut walk = 0;
        while let Some(root) = todo.pop_front() {
            self.locs[root].queued = false;
            walk += 1;
            self.walk_from(root, walk, &mut todo);
        }
    }

    fn enqueue(&mut self, id: LocId, todo: &mut VecDeque<LocId>) {
        let loc = &mut self.locs[id];
        if loc.queued {
            return;
        }
        loc.queued = true;
        if loc.has(attr::ESCAPES) { todo.push_front(id) } else { todo.push_back(id) }
    }

    /// What flows to `root`, and with how many dereferences: Bellman and Ford's algorithm, since taking an address
    /// counts -1; no cycle is negative, for intermediate counts do not fall below 0.
    fn walk_from(&mut self, root: LocId, walk: u32, todo: &mut VecDeque<LocId>) {
        self.locs[root].walk = walk;
        self.locs[root].derefs = 0;
        if self.locs[root].has(attr::CALLS)
            && let What::Node(Node { op: Op::Closure(func), .. }) = self.locs[root].what
        {
            let func = *func;
            if self.in_batch(func) && !self.w.func(func).results_lost {
                self.w.func_mut(func).results_lost = true;
                for result in self.w.func(func).results.clone() {
                    let loc = self.loc(result);
                    self.enqueue(loc, todo);
                }
            }
        }
        let mut queue = VecDeque::from([root]);
        while let Some(id) = queue.pop_front() {
            self.locs[id].queued_walk = 0;
            let mut derefs = self.locs[id].derefs;
            let root_attrs = self.locs[root].attrs;
            let outlived = self.outlives(root, id);
            let mut new = 0;
            if derefs < 0 {
                // Its address arrives; what flows into it arrives as it is.
                derefs = 0;
                if outlived {
                    new |= attr::ALL;
                } else if root_attrs & attr::PERSISTS != 0 {
                    new |= attr::PERSISTS;
                }
            }
            if derefs == 0 {
                new |= root_attrs & (attr::MUTATES | attr::CALLS);
            }
            if self.locs[id].is_param {
                if outlived {
                    self.leak(id, root, derefs);
                }
                if root_attrs & attr::MUTATES != 0 {
                    self.locs[id].leaks.add_mutator(derefs);
                }
                if root_attrs & attr::CALLS != 0 {
                    self.locs[id].leaks.add_callee(derefs);
                }
            }
            if new & !self.locs[id].attrs != 0 {
                self.locs[id].attrs |= new;
                self.enqueue(id, todo);
                if self.locs[id].has(attr::ESCAPES) {
                    continue;
                }
            }
            for i in 0..self.locs[id].edges.len() {
                let (src, by) = self.locs[id].edges[i];
                let d = derefs + by;
                let source = &mut self.locs[src];
                if source.has(attr::ESCAPES) || source.walk == walk && source.derefs <= d {
                    continue;
                }
                source.walk = walk;
                source.derefs = d;
                if source.queued_walk != walk {
                    source.queued_walk = walk;
                    queue.push_back(src);
                }
            }
        }
    }

    /// Parameter `id` leaks to `sink`.
    fn leak(&mut self, id: LocId, sink: LocId, derefs: i32) {
        let to = &self.locs[sink];
        let result = to.result.filter(|_| !to.has(attr::ESCAPES) && to.func == self.locs[id].func);
        let leaks = &mut self.locs[id].leaks;
        match result {
            Some(i) if (i as usize) < crate::leaks::RESULTS => leaks.add_result(i as usize, derefs),
            _ => leaks.add_heap(derefs),
        }
    }
}
