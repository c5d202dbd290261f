//! Control-flow graph and dominator tree of a function.
//!
//! In: a function whose blocks all have terminators. Out: predecessors, reverse postorder, immediate dominators (Cooper, Harvey, Kennedy,
//! "A Simple, Fast Dominance Algorithm"). Both are snapshots: recompute after changing edges. The panic handler of a deferring function
//! has no visible predecessor; it is treated as a successor of the entry block, since any call may lead there.

use crate::entity::EntityRef;
use crate::func::{Block, Func};

/// Successors and predecessors of each block, and a reverse postorder of the reachable ones.
#[derive(Clone, Debug)]
pub struct ControlFlow {
    succs: Vec<Vec<Block>>,
    preds: Vec<Vec<Block>>,
    rpo: Vec<Block>,
}

impl ControlFlow {
    /// Computes the graph.
    pub fn new(func: &Func) -> ControlFlow {
        let n = func.blocks.len();
        let mut succs = vec![Vec::new(); n];
        let mut preds = vec![Vec::new(); n];
        for &block in &func.layout {
            let out: &mut Vec<Block> = &mut succs[block.index()];
            if let Some(term) = &func.blocks[block].term {
                term.for_each_successor(|succ, _| {
                    if !out.contains(&succ) {
                        out.push(succ);
                    }
                });
            }
            let handler = func.handler.filter(|&h| block == func.entry() && h != block);
            if let Some(handler) = handler.filter(|h| !out.contains(h)) {
                out.push(handler);
            }
            for &succ in out.iter() {
                preds[succ.index()].push(block);
            }
        }
        let mut rpo = Vec::with_capacity(n);
        let mut seen = vec![false; n];
        let mut stack = vec![(func.entry(), 0)];
        seen[func.entry().index()] = true;
        while let Some((block, next)) = stack.last_mut() {
            match succs[block.index()].get(*next) {
                Some(&succ) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[succ.index()], true) {
                        stack.push((succ, 0));
                    }
                }
                None => {
                    rpo.push(*block);
                    stack.pop();
                }
            }
        }
        rpo.reverse();
        ControlFlow { succs, preds, rpo }
    }
    pub fn succs(&self, block: Block) -> &[Block] {
        &self.succs[block.index()]
    }
    /// Predecessors, each once, in layout order; unreachable ones included.
    pub fn preds(&self, block: Block) -> &[Block] {
        &self.preds[block.index()]
    }
    /// Reachable blocks in reverse postorder, the entry first.
    pub fn rpo(&self) -> &[Block] {
        &self.rpo
    }
}

/// Immediate dominators, with constant-time dominance queries.
#[derive(Clone, Debug)]
pub struct DomTree {
    /// Per block: immediate dominator; the entry's is itself; `None` if unreachable.
    idom: Vec<Option<Block>>,
    /// Per block: entry and exit number of a depth-first walk of the tree.
    interval: Vec<(u32, u32)>,
    children: Vec<Vec<Block>>,
}

impl DomTree {
    /// Computes the tree.
    pub fn new(func: &Func, cfg: &ControlFlow) -> DomTree {
        let n = func.blocks.len();
        let mut number = vec![usize::MAX; n];
        for (i, block) in cfg.rpo().iter().enumerate() {
            number[block.index()] = i;
        }
        let entry = func.entry();
        let mut idom: Vec<Option<Block>> = vec![None; n];
        idom[entry.index()] = Some(entry);
        let mut changed = true;
        while changed {
            changed = false;
            for &block in &cfg.rpo()[1..] {
                let mut new = None;
                for &pred in cfg.preds(block) {
                    if idom[pred.index()].is_none() {
                        continue;
                    }
                    new = Some(match new {
                        None => pred,
                        Some(other) => intersect(&idom, &number, pred, other),
                    });
                }
                if new.is_some() && idom[block.index()] != new {
                    idom[block.index()] = new;
                    changed = true;
                }
            }
        }
        let mut children = vec![Vec::new(); n];
        for &block in &cfg.rpo()[1..] {
            if let Some(parent) = idom[block.index()] {
                children[parent.index()].push(block);
            }
        }
        let mut interval = vec![(0, 0); n];
        let mut clock = 0;
        let mut stack = vec![(entry, 0)];
        while let Some((block, next)) = stack.last_mut() {
            if *next == 0 {
                clock += 1;
                interval[block.index()].0 = clock;
            }
            match children[block.index()].get(*next) {
                Some(&child) => {
                    *next += 1;
                    stack.push((child, 0));
                }
                None => {
                    clock += 1;
                    interval[block.index()].1 = clock;
                    stack.pop();
                }
            }
        }
        DomTree { idom, interval, children }
    }
    /// The immediate dominator; `None` for the entry and unreachable blocks.
    pub fn idom(&self, block: Block) -> Option<Block> {
        self.idom[block.index()].filter(|&d| d != block)
    }
    pub fn is_reachable(&self, block: Block) -> bool {
        self.idom[block.index()].is_some()
    }
    /// Blocks whose immediate dominator is `block`, in reverse postorder.
    pub fn children(&self, block: Block) -> &[Block] {
        &self.children[block.index()]
    }
    /// Whether every path to `b` passes through `a` (also when they are the same).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.interval[a.index()], self.interval[b.index()]);
        a.0 != 0 && a.0 <= b.0 && b.1 <= a.1
    }
}

fn intersect(idom: &[Option<Block>], number: &[usize], mut a: Block, mut b: Block) -> Block {
    let up = |block: Block| idom[block.index()].expect("numbered blocks have dominators");
    while a != b {
        if number[a.index()] > number[b.index()] {
            a = up(a);
        } else {
            b = up(b);
        }
    }
    a
}
