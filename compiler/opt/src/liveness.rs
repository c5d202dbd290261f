//! Which values are needed later.

use rgo_mir::{Block, ControlFlow, EntityRef, Func, Inst, Value};

/// Blocks times values beyond which it is not worth the memory.
const MAX_BITS: usize = 1 << 28;

/// A set of values.
#[derive(Clone, PartialEq, Eq)]
pub struct ValueSet(Vec<u64>);

impl ValueSet {
    fn new(len: usize) -> ValueSet {
        ValueSet(vec![0; len.div_ceil(64)])
    }
    fn insert(&mut self, v: Value) {
        self.0[v.index() / 64] |= 1 << (v.index() % 64);
    }
    fn remove(&mut self, v: Value) {
        self.0[v.index() / 64] &= !(1 << (v.index() % 64));
    }
    fn add(&mut self, other: &ValueSet) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
    pub fn iter(&self) -> impl Iterator<Item = Value> {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            let next = |&rest: &u64| Some(rest & rest.wrapping_sub(1)).filter(|&rest| rest != 0);
            let rests = std::iter::successors(Some(word).filter(|&word| word != 0), next);
            rests.map(move |rest| Value::from_index(i * 64 + rest.trailing_zeros() as usize))
        })
    }
    /// Calls `f` with each member.
    pub fn for_each(&self, f: impl FnMut(Value)) {
        self.iter().for_each(f);
    }
}

/// The values that are live where each block begins (its parameters left out) and ends.
pub struct Liveness {
    entering: Vec<ValueSet>,
    leaving: Vec<ValueSet>,
}

impl Liveness {
    /// `None` if the function is too large.
    pub fn new(func: &Func, cfg: &ControlFlow) -> Option<Liveness> {
        let (blocks, values) = (func.blocks.len(), func.values.len());
        if blocks.saturating_mul(values) > MAX_BITS {
            return None;
        }
        let empty = ValueSet::new(values);
        let mut live = Liveness { entering: vec![empty.clone(); blocks], leaving: vec![empty; blocks] };
        // What a block uses before it defines it never changes: the first round finds it, the others add what passes through.
        let mut changed = true;
        while changed {
            changed = false;
            for &block in cfg.rpo().iter().rev() {
                let mut out = live.leaving[block.index()].clone();
                for &succ in cfg.succs(block) {
                    out.add(&live.entering[succ.index()]);
                }
                live.leaving[block.index()] = out;
                let mut entering = live.at_end(func, block);
                for &inst in func.blocks[block].insts.iter().rev() {
                    step(func, inst, &mut entering);
                }
                func.blocks[block].params.iter().for_each(|&p| entering.remove(p));
                changed |= entering != live.entering[block.index()];
                live.entering[block.index()] = entering;
            }
        }
        Some(live)
    }
    /// Values live into `block` that are not its parameters.
    pub fn entering(&self, block: Block) -> impl Iterator<Item = Value> {
        self.entering[block.index()].iter()
    }
    /// Calls `f` with each instruction of `block`, the last first, and what is live across it.
    pub fn backwards(&self, func: &Func, block: Block, mut f: impl FnMut(Inst, &ValueSet)) {
        let mut live = self.at_end(func, block);
        for &inst in func.blocks[block].insts.iter().rev() {
            func.results[inst].iter().for_each(|&v| live.remove(v));
            f(inst, &live);
            step(func, inst, &mut live);
        }
    }
    /// What is live before the terminator of `block`.
    fn at_end(&self, func: &Func, block: Block) -> ValueSet {
        let mut live = self.leaving[block.index()].clone();
        if let Some(term) = &func.blocks[block].term {
            term.for_each_operand(|v| {
                live.insert(v);
            });
        }
        live
    }
}

/// From what is live after `inst` to what is live before it.
fn step(func: &Func, inst: Inst, live: &mut ValueSet) {
    func.results[inst].iter().for_each(|&v| live.remove(v));
    func.insts[inst].kind.for_each_operand(|v| live.insert(v));
}
