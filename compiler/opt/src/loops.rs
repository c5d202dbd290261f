//! Natural loops.

use std::collections::HashMap;

use rgo_mir::{Block, ControlFlow, DomTree, EntityRef, Func};

/// The loops around each block.
pub struct Loops {
    /// Header of each loop, and the header of the loop around it.
    outer: HashMap<Block, Option<Block>>,
    /// Per block: header of the innermost loop around it.
    innermost: Vec<Option<Block>>,
    /// Some cycle has two entries (made by goto); nothing may be said about loops then.
    pub irreducible: bool,
}

impl Loops {
    /// The loops of `func`, and what they are found by. `None` where nothing may be said about them.
    pub fn find(func: &Func) -> Option<(ControlFlow, DomTree, Loops)> {
        let cfg = ControlFlow::new(func);
        let dom = DomTree::new(func, &cfg);
        let loops = Loops::new(func, &cfg, &dom);
        (!loops.irreducible).then_some((cfg, dom, loops))
    }
    pub fn new(func: &Func, cfg: &ControlFlow, dom: &DomTree) -> Loops {
        let n = func.blocks.len();
        let mut number = vec![usize::MAX; n];
        for (i, block) in cfg.rpo().iter().enumerate() {
            number[block.index()] = i;
        }
        let mut irreducible = false;
        let mut headers: Vec<(Block, Vec<Block>)> = Vec::new();
        for &block in cfg.rpo() {
            let mut latches = Vec::new();
            for &pred in cfg.preds(block) {
                if !dom.is_reachable(pred) || number[pred.index()] < number[block.index()] {
                    continue;
                }
                if dom.dominates(block, pred) {
                    latches.push(pred);
                } else {
                    irreducible = true;
                }
            }
            if !latches.is_empty() {
                headers.push((block, latches));
            }
        }
        // Inner headers come later in reverse postorder, so that the last loop to claim a block is the innermost.
        let mut innermost = vec![None; n];
        let mut outer = HashMap::new();
        for (header, latches) in headers {
            let mut inside = vec![false; n];
            inside[header.index()] = true;
            let mut work = latches;
            while let Some(block) = work.pop() {
                if !std::mem::replace(&mut inside[block.index()], true) {
                    work.extend(cfg.preds(block).iter().filter(|&&p| dom.is_reachable(p)));
                }
            }
            outer.insert(header, innermost[header.index()]);
            for (slot, _) in innermost.iter_mut().zip(&inside).filter(|(_, inside)| **inside) {
                *slot = Some(header);
            }
        }
        Loops { outer, innermost, irreducible }
    }
    /// Header of the innermost loop around `block`.
    pub fn innermost(&self, block: Block) -> Option<Block> {
        self.innermost[block.index()]
    }
    /// The header of a loop, and those of the loops around it.
    pub fn around(&self, header: Block) -> impl Iterator<Item = Block> {
        std::iter::successors(Some(header), |h| self.outer.get(h).copied().flatten())
    }
}
