//! Where a function's slots matter.
//!
//! Made by the last pass of `opt`, read by `codegen` for frame maps. A slot is *limited* when every pointer into it has been followed: then what
//! an instruction's set says is all that matters of it while the calls that the instruction becomes are active. The contents of other slots matter as long as
//! the frame exists, once their address has been taken. Whoever changes instructions afterwards drops this.

use std::collections::HashMap;

use crate::entity::EntityRef;
use crate::func::{Inst, Slot};

/// See the module text.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lifetimes {
    /// By slot.
    limited: Vec<bool>,
    sets: Vec<Vec<Slot>>,
    /// Numbers of sets.
    at: HashMap<Inst, u32>,
}

impl Lifetimes {
    pub fn new(limited: Vec<bool>) -> Lifetimes {
        Lifetimes { limited, ..Lifetimes::default() }
    }
    /// Adds a set of limited slots. Returns its number.
    pub fn add_set(&mut self, slots: Vec<Slot>) -> u32 {
        self.sets.push(slots);
        self.sets.len() as u32 - 1
    }
    /// The calls of `inst` have this set.
    pub fn put(&mut self, inst: Inst, set: u32) {
        self.at.insert(inst, set);
    }
    pub fn is_limited(&self, slot: Slot) -> bool {
        self.limited.get(slot.index()).is_some_and(|&limited| limited)
    }
    /// The set of the calls that `inst` becomes; none: all limited slots may matter.
    pub fn set_at(&self, inst: Inst) -> Option<u32> {
        self.at.get(&inst).copied()
    }
    /// The sets, by number.
    pub fn sets(&self) -> &[Vec<Slot>] {
        &self.sets
    }
}
