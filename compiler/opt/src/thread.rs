//! A branch whose outcome a predecessor knows is taken there.
//!
//! ```text
//! b1:                                    b1:
//!     v1: i8 = icmp eq v5, v6                v1: i8 = icmp eq v5, v6
//!     jump b3(v1)                            branch v1, b4, b5
//! b2:                               →    b2:
//!     v2: i8 = iconst 0                      jump b5
//!     jump b3(v2)
//! b3(v3: i8):
//!     branch v3, b4, b5
//! ```
//! Inlined predicates, functions that return `nil` as their error, and conditions made of `&&` and `||` look like this. Each predecessor gets a copy of the
//! short block that branches (`duplicate`), whose condition then folds.

use std::collections::HashSet;

use rgo_mir::{Block, ControlFlow, DomTree, Func, InstKind, Terminator, Value, ValueDef};

use crate::duplicate::{Duplicator, is_copied, possible};
use crate::edit::{constant, definition};
use crate::fold::is_nonnil;

/// Longest block that is copied.
const MAX_BLOCK: usize = 4;
/// Most copies of one block.
const MAX_PREDS: usize = 6;
/// Larger functions stay as they are.
const MAX_VALUES: usize = 20_000;

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if func.values.len() > MAX_VALUES {
        return false;
    }
    let cfg = ControlFlow::new(func);
    if !possible(func, &cfg) {
        return false;
    }
    let dom = DomTree::new(func, &cfg);
    let mut chosen: Vec<Block> = Vec::new();
    // A copied block's predecessors must stay what they are until the end.
    let mut touched: HashSet<Block> = HashSet::new();
    for &block in cfg.rpo() {
        let involved = || cfg.preds(block).iter().chain([&block]);
        if is_threadable(func, &cfg, &dom, block) && !involved().any(|b| touched.contains(b)) {
            touched.extend(involved());
            chosen.push(block);
        }
    }
    if chosen.is_empty() {
        return false;
    }
    let duplicator = Duplicator::new(func, &chosen);
    for &block in &chosen {
        for &pred in cfg.preds(block) {
            duplicator.copy(func, block, &[pred]);
        }
    }
    duplicator.finish(func);
    true
}

fn is_threadable(func: &Func, cfg: &ControlFlow, dom: &DomTree, block: Block) -> bool {
    let data = &func.blocks[block];
    let Some(Terminator::Branch { cond, .. }) = &data.term else { return false };
    let preds = cfg.preds(block);
    if block == func.entry()
        || data.params.is_empty()
        || data.insts.len() > MAX_BLOCK
        || !(2..=MAX_PREDS).contains(&preds.len())
        || preds.iter().any(|&p| !dom.is_reachable(p) || dom.dominates(block, p))
        || !data.insts.iter().all(|&inst| is_copied(&func.insts[inst].kind))
    {
        return false;
    }
    // Only edges with arguments can be moved, each predecessor's own.
    let args_of = |pred: Block| match &func.blocks[pred].term {
        Some(Terminator::Jump(_, args)) => Some(args.clone()),
        Some(Terminator::Branch { then, els, .. }) if then.0 != els.0 => {
            Some(if then.0 == block { then.1.clone() } else { els.1.clone() })
        }
        _ => None,
    };
    let Some(edges) = preds.iter().map(|&p| args_of(p)).collect::<Option<Vec<_>>>() else { return false };
    edges.iter().any(|args| is_decided(func, block, *cond, args))
}

/// Whether `cond` is known, or is a comparison, for an edge with `args`.
fn is_decided(func: &Func, block: Block, cond: Value, args: &[Value]) -> bool {
    let arg_of = |v: Value| match func.values[v].def {
        ValueDef::Param(at, i) if at == block => Some(args[i as usize]),
        _ => None,
    };
    if let Some(arg) = arg_of(cond) {
        let compared = matches!(definition(func, arg), Some(InstKind::Icmp(..) | InstKind::Fcmp(..)));
        return constant(func, arg).is_some() || (compared && func.blocks[block].insts.is_empty());
    }
    let Some(&InstKind::Icmp(_, a, b)) = definition(func, cond) else { return false };
    let known = |v: Value| constant(func, v).is_some();
    match (arg_of(a), arg_of(b)) {
        (Some(x), None) if known(b) => known(x) || constant(func, b) == Some(0) && is_nonnil(func, x),
        (None, Some(y)) if known(a) => known(y),
        _ => false,
    }
}
