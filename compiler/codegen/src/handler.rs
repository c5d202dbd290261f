//! Values of a deferring function that its handler needs.
//!
//! A recovered panic continues at the one handler offset of the function table, in a frame whose registers are lost. If SSA values were live into the
//! handler, the register allocator could put different moves on the exceptional edges of different calls, and there would be
//! several handlers. So a value defined outside of the blocks reachable from the handler and used inside of them is kept in a slot: stored where it is
//! defined, loaded where those blocks use it. (Constants and addresses of slots and symbols are made anew at each use.)

use std::collections::{HashMap, HashSet};

use cranelift_codegen::ir;
use rgo_mir::{Block, ControlFlow, EntityRef, Func, Value, ValueDef};

/// Which values live in memory, and where they are loaded.
#[derive(Default)]
pub struct Demoted {
    /// Per block: reachable from the handler.
    from_handler: Vec<bool>,
    pub slots: HashMap<Value, ir::StackSlot>,
}

impl Demoted {
    /// Finds the values; `slot` makes a stack slot of 8 bytes.
    pub fn new(func: &Func, cfg: &ControlFlow, mut slot: impl FnMut() -> ir::StackSlot) -> Demoted {
        let Some(handler) = func.handler else { return Demoted::default() };
        let mut from_handler = vec![false; func.blocks.len()];
        let mut work = vec![handler];
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut from_handler[block.index()], true) {
                work.extend(cfg.succs(block));
            }
        }
        let mut block_of = HashMap::new();
        for &block in cfg.rpo() {
            block_of.extend(func.blocks[block].insts.iter().map(|&inst| (inst, block)));
        }
        let is_outside = |value: Value| match func.values[value].def {
            ValueDef::Param(block, _) => !from_handler[block.index()],
            ValueDef::Inst(inst, _) => {
                !func.insts[inst].kind.is_constant()
                    && block_of.get(&inst).is_some_and(|block| !from_handler[block.index()])
            }
        };
        let mut seen = HashSet::new();
        let mut slots = HashMap::new();
        let mut note = |value: Value| {
            if seen.insert(value) && is_outside(value) {
                slots.insert(value, slot());
            }
        };
        for &block in cfg.rpo().iter().filter(|block| from_handler[block.index()]) {
            for &inst in &func.blocks[block].insts {
                func.insts[inst].kind.for_each_operand(&mut note);
            }
            if let Some(mut term) = func.blocks[block].term.clone() {
                term.map_operands(|value| {
                    note(value);
                    value
                });
            }
        }
        Demoted { from_handler, slots }
    }
    /// Whether `block` loads demoted values.
    pub fn loads_in(&self, block: Block) -> bool {
        self.from_handler.get(block.index()).is_some_and(|&reachable| reachable)
    }
}
