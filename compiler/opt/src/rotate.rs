//! Loops test their condition at the end.
//!
//! ```text
//! b1(v1: i64):                      b1(v1: i64):  (once, before the loop)
//!     v2: i8 = icmp slt v1, v0          v2: i8 = icmp slt v1, v0
//!     branch v2, b2, b3                 branch v2, b2(v1), b3
//! b2:                          →    b2(v9: i64):
//!     v3: i64 = iadd v1, v4             v3: i64 = iadd v9, v4
//!     jump b1(v3)                       v8: i8 = icmp slt v3, v0
//!                                       branch v8, b2(v3), b3
//! ```
//! The header of a loop that may leave it is copied behind its latches (`duplicate`); one jump less is taken in each round. Afterwards
//! headers that test first are no longer found by passes that look for them: they run before.

use std::collections::HashSet;

use rgo_mir::{Block, ControlFlow, DomTree, Func, Terminator};

use crate::duplicate::{Duplicator, is_copied, possible};
use crate::loops::Loops;

/// Longest header that is copied.
const MAX_HEADER: usize = 12;
/// Larger functions stay as they are.
const MAX_VALUES: usize = 20_000;

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if func.values.len() > MAX_VALUES {
        return false;
    }
    let cfg = ControlFlow::new(func);
    if !possible(func, &cfg) || cfg.rpo().iter().all(|&b| cfg.succs(b).len() < 2) {
        return false;
    }
    let dom = DomTree::new(func, &cfg);
    if Loops::new(func, &cfg, &dom).irreducible {
        return false;
    }
    let headers: Vec<(Block, Vec<Block>)> =
        cfg.rpo().iter().filter_map(|&block| rotatable(func, &cfg, &dom, block)).collect();
    if headers.is_empty() {
        return false;
    }
    let blocks: Vec<Block> = headers.iter().map(|h| h.0).collect();
    let duplicator = Duplicator::new(func, &blocks);
    for (header, latches) in &headers {
        duplicator.copy(func, *header, latches);
        duplicator.keep(func, *header);
    }
    duplicator.finish(func);
    true
}

/// `header` and its latches, if it heads a loop whose test can be copied.
fn rotatable(func: &Func, cfg: &ControlFlow, dom: &DomTree, header: Block) -> Option<(Block, Vec<Block>)> {
    if header == func.entry() {
        return None;
    }
    let latches: Vec<Block> = cfg
        .preds(header)
        .iter()
        .copied()
        .filter(|&p| dom.is_reachable(p) && dom.dominates(header, p))
        .collect();
    let data = &func.blocks[header];
    let Some(Terminator::Branch { then, els, .. }) = &data.term else { return None };
    if latches.is_empty() || latches.contains(&header) || data.insts.len() > MAX_HEADER {
        return None;
    }
    if !data.insts.iter().all(|&inst| is_copied(&func.insts[inst].kind)) {
        return None;
    }
    let mut inside = HashSet::from([header]);
    let mut work = latches.clone();
    while let Some(block) = work.pop() {
        if inside.insert(block) {
            work.extend(cfg.preds(block).iter().filter(|&&p| dom.is_reachable(p)));
        }
    }
    (inside.contains(&then.0) != inside.contains(&els.0)).then_some((header, latches))
}
