//! Changes that several passes make: replacing values, dropping instructions, adding edge arguments.

use rgo_mir::{Block, ControlFlow, DomTree, EntityRef, Func, InstKind, Terminator, Value, ValueDef};

/// Values to be replaced by others, applied to the whole function at once.
pub struct Renames {
    to: Vec<Option<Value>>,
    any: bool,
}

impl Renames {
    pub fn new(func: &Func) -> Renames {
        Renames { to: vec![None; func.values.len()], any: false }
    }
    pub fn is_empty(&self) -> bool {
        !self.any
    }
    /// Uses of `from` shall be uses of `to`.
    pub fn insert(&mut self, from: Value, to: Value) {
        if from.index() >= self.to.len() {
            self.to.resize(from.index() + 1, None);
        }
        debug_assert_ne!(from, to);
        self.to[from.index()] = Some(to);
        self.any = true;
    }
    /// What stands for `value` in the end.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let Some(Some(to)) = self.to.get(value.index()) {
            value = *to;
        }
        value
    }
    /// Rewrites every operand of the blocks in the layout.
    pub fn apply(&self, func: &mut Func) {
        if !self.any {
            return;
        }
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                func.insts[inst].kind.map_operands(|v| self.resolve(v));
            }
            if let Some(term) = &mut func.blocks[block].term {
                term.map_operands(|v| self.resolve(v));
            }
        }
    }
}

/// The instruction that defines `value`, unless it is a block parameter.
pub fn definition(func: &Func, value: Value) -> Option<&InstKind> {
    match func.values[value].def {
        ValueDef::Inst(inst, _) => Some(&func.insts[inst].kind),
        ValueDef::Param(..) => None,
    }
}

/// The constant that `value` is, sign-extended from its type.
pub fn constant(func: &Func, value: Value) -> Option<i64> {
    match definition(func, value)? {
        InstKind::Iconst(ty, k) => Some(sign_extend(*k, ty.bits(8))),
        _ => None,
    }
}

/// `k` as a signed number of `bits` bits.
pub fn sign_extend(k: i64, bits: u32) -> i64 {
    let shift = 64 - bits.min(64);
    (k << shift) >> shift
}

/// Whether an instruction makes values of values, and touches no memory.
pub fn is_arithmetic(kind: &InstKind) -> bool {
    use InstKind::*;
    matches!(
        kind,
        Iconst(..)
            | Fconst(..)
            | Unary(..)
            | Binary(..)
            | Icmp(..)
            | Fcmp(..)
            | Conv(..)
            | Select(..)
            | Fma(..)
            | AddCarry(..)
            | SubBorrow(..)
            | Div128(..)
            | PtrAdd(..)
            | SlotAddr(_)
            | DataAddr(..)
            | FuncAddr(_)
            | ClosureContext
            | GetG
            | FramePointer
            | ReturnAddress
    )
}

/// Whether an instruction may write to memory.
pub fn writes(kind: &InstKind) -> bool {
    use InstKind::*;
    matches!(
        kind,
        Store { .. }
            | Copy { .. }
            | Zero { .. }
            | Call { .. }
            | AtomicStore { .. }
            | AtomicRmw { .. }
            | AtomicCas { .. }
    )
}

/// Whether an instruction without used results can be left out.
pub fn is_removable(kind: &InstKind) -> bool {
    match kind {
        InstKind::New { .. } => true,
        // A load may be what panics on nil.
        InstKind::Load { flags, .. } => flags.nonnil,
        _ => is_arithmetic(kind),
    }
}

/// Appends `arg` to the arguments of every edge from `pred` to `block`. Edges of a switch have none.
pub fn append_arg(func: &mut Func, pred: Block, block: Block, arg: Value) {
    match func.blocks[pred].term.as_mut() {
        Some(Terminator::Jump(target, args)) if *target == block => args.push(arg),
        Some(Terminator::Branch { then, els, .. }) => {
            for edge in [then, els] {
                if edge.0 == block {
                    edge.1.push(arg);
                }
            }
        }
        _ => debug_assert!(false, "{pred} has no edge with arguments to {block}"),
    }
}

/// Blocks that the handler reaches, itself included, per block index.
pub fn reached_from_handler(func: &Func) -> Vec<bool> {
    let mut reached = vec![false; func.blocks.len()];
    let mut work: Vec<Block> = func.handler.into_iter().collect();
    while let Some(block) = work.pop() {
        if std::mem::replace(&mut reached[block.index()], true) {
            continue;
        }
        if let Some(term) = &func.blocks[block].term {
            term.for_each_successor(|succ, _| work.push(succ));
        }
    }
    reached
}

/// Where a walk of the dominator tree that collects what has been computed must start: at the entry, and, without what is known there, at
/// each block that the handler reaches and whose dominator it does not. (The tree has the handler below the whole entry block, of which only a
/// part may have been executed.)
pub fn scope_roots(func: &Func, cfg: &ControlFlow, dom: &DomTree, from_handler: &[bool]) -> Vec<Block> {
    let mut roots = vec![func.entry()];
    roots.extend(cfg.rpo().iter().filter(|&&block| {
        from_handler[block.index()] && dom.idom(block).is_some_and(|d| !from_handler[d.index()])
    }));
    roots
}
