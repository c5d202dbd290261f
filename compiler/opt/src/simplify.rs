//! Constant folding, constant branches, merging of blocks, removal of what nobody uses.
//!
//! ```text
//! b0(v0: i64):                              b0(v0: i64):
//!     v1: i64 = iconst 0                        return v0
//!     v2: i8 = icmp eq v1, v1         →
//!     branch v2, b1, b2
//! b1: v3: i64 = iadd v0, v1 / jump b3(v3)
//! ...
//! ```
//! Blocks are never reordered and instructions never move from one block to another, except that a block joins its only predecessor.

use rgo_mir::{
    Block, ControlFlow, EntityRef, Func, InstKind, Terminator, Value, ValueDef, remove_redundant_params,
    remove_unreachable_blocks,
};

use crate::edit::{Renames, constant, is_removable};
use crate::fold;

/// Runs to a fixed point, at most a few rounds; whether anything changed.
pub fn run(func: &mut Func) -> bool {
    let mut changed = false;
    for _ in 0..4 {
        let mut round = fold_constants(func);
        if fold_branches(func) {
            remove_unreachable_blocks(func);
            round = true;
        }
        round |= merge_blocks(func);
        round |= drop_redundant_params(func);
        round |= remove_dead(func);
        changed |= round;
        if !round {
            break;
        }
    }
    drop_unused_slots(func);
    changed
}

/// Whether a block parameter that always gets the same value has gone.
fn drop_redundant_params(func: &mut Func) -> bool {
    let count = |func: &Func| func.layout.iter().map(|&block| func.blocks[block].params.len()).sum::<usize>();
    let before = count(func);
    if before > func.params().len() {
        remove_redundant_params(func);
    }
    count(func) != before
}

/// Renumbers the slots whose address something takes; the others take no room in the frame.
fn drop_unused_slots(func: &mut Func) {
    let mut used = vec![false; func.slots.len()];
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let InstKind::SlotAddr(slot) = func.insts[inst].kind {
                used[slot.index()] = true;
            }
        }
    }
    if !used.contains(&false) {
        return;
    }
    let slots = std::mem::take(&mut func.slots);
    let number: Vec<_> =
        slots.values().zip(&used).map(|(slot, &used)| used.then(|| func.slots.push(slot.clone()))).collect();
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let InstKind::SlotAddr(slot) = &mut func.insts[inst].kind
                && let Some(new) = number[slot.index()]
            {
                *slot = new;
            }
        }
    }
}

fn fold_constants(func: &mut Func) -> bool {
    let mut renames = Renames::new(func);
    let mut changed = false;
    // In reverse postorder operands come before their uses, back edges aside.
    let cfg = ControlFlow::new(func);
    for &block in cfg.rpo() {
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        insts.retain(|&inst| {
            if !renames.is_empty() {
                func.insts[inst].kind.map_operands(|v| renames.resolve(v));
            }
            match fold::fold(func, inst) {
                fold::Folded::Keep => return true,
                fold::Folded::Kind(kind) => func.insts[inst].kind = kind,
                fold::Folded::Value(value) => renames.insert(func.results[inst][0], value),
                fold::Folded::Remove => {}
            }
            changed = true;
            // What a value replaces is pure, what is removed has no results.
            matches!(func.insts[inst].kind, InstKind::Iconst(..)) || !is_replaced(func, &renames, inst)
        });
        func.blocks[block].insts = insts;
    }
    renames.apply(func);
    changed
}

/// Whether `inst` has been folded away.
fn is_replaced(func: &Func, renames: &Renames, inst: rgo_mir::Inst) -> bool {
    match func.results[inst][..] {
        [] => true,
        [result] => renames.resolve(result) != result,
        _ => false,
    }
}

fn fold_branches(func: &mut Func) -> bool {
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let taken = match &func.blocks[block].term {
            Some(Terminator::Branch { cond, then, els }) => match constant(func, *cond) {
                Some(0) => els.clone(),
                Some(_) => then.clone(),
                None => continue,
            },
            Some(Terminator::Switch { value, cases, default }) => match constant(func, *value) {
                Some(k) => {
                    let bits = func.ty(*value).bits(8);
                    let case = cases.iter().find(|c| crate::edit::sign_extend(c.0, bits) == k);
                    (case.map_or(*default, |c| c.1), vec![])
                }
                None => continue,
            },
            _ => continue,
        };
        func.blocks[block].term = Some(Terminator::Jump(taken.0, taken.1));
        changed = true;
    }
    changed
}

/// Number of edges into each block; the entry and the handler count one more.
fn edge_counts(func: &Func) -> Vec<u32> {
    let mut edges = vec![0; func.blocks.len()];
    for &block in &func.layout {
        if let Some(term) = &func.blocks[block].term {
            term.for_each_successor(|succ, _| edges[succ.index()] += 1);
        }
    }
    edges[func.entry().index()] += 1;
    if let Some(handler) = func.handler {
        edges[handler.index()] += 1;
    }
    edges
}

/// Appends to each block that ends in a jump the target that has no other predecessor.
fn merge_blocks(func: &mut Func) -> bool {
    let edges = edge_counts(func);
    let mut renames = Renames::new(func);
    let mut gone = vec![false; func.blocks.len()];
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        if gone[block.index()] {
            continue;
        }
        while let Some(Terminator::Jump(target, args)) = &func.blocks[block].term {
            let (target, args) = (*target, args.clone());
            if target == block || edges[target.index()] != 1 || target == func.entry() {
                break;
            }
            let joined = std::mem::take(&mut func.blocks[target]);
            for (param, arg) in joined.params.into_iter().zip(args) {
                renames.insert(param, arg);
            }
            let data = &mut func.blocks[block];
            data.insts.extend(joined.insts);
            data.term = joined.term;
            data.term_loc = joined.term_loc;
            gone[target.index()] = true;
        }
    }
    if !gone.contains(&true) {
        return false;
    }
    func.layout.retain(|block| !gone[block.index()]);
    renames.apply(func);
    true
}

/// Removes instructions and block parameters whose values nothing needs.
fn remove_dead(func: &mut Func) -> bool {
    let mut live = vec![false; func.values.len()];
    let mut work: Vec<Value> = Vec::new();
    // Edge arguments count only when their parameter is live.
    let mut incoming: Vec<Vec<Value>> = vec![Vec::new(); func.values.len()];
    for &block in &func.layout {
        let data = &func.blocks[block];
        for &inst in &data.insts {
            let kind = &func.insts[inst].kind;
            if !is_removable(kind) {
                kind.for_each_operand(|v| work.push(v));
            }
        }
        match &data.term {
            Some(Terminator::Return(values)) => work.extend(values),
            Some(Terminator::Branch { cond, .. }) => work.push(*cond),
            Some(Terminator::Switch { value, .. }) => work.push(*value),
            _ => {}
        }
        if let Some(term) = &data.term {
            term.for_each_successor(|succ, args| {
                for (&param, &arg) in func.blocks[succ].params.iter().zip(args) {
                    incoming[param.index()].push(arg);
                }
            });
        }
    }
    work.extend(func.params());
    while let Some(value) = work.pop() {
        if std::mem::replace(&mut live[value.index()], true) {
            continue;
        }
        match func.values[value].def {
            ValueDef::Inst(inst, _) => func.insts[inst].kind.for_each_operand(|v| work.push(v)),
            ValueDef::Param(..) => work.extend(&incoming[value.index()]),
        }
    }
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        let before = insts.len();
        insts.retain(|&inst| {
            !is_removable(&func.insts[inst].kind) || func.results[inst].iter().any(|v| live[v.index()])
        });
        changed |= insts.len() != before;
        func.blocks[block].insts = insts;
    }
    changed | remove_dead_params(func, &live)
}

fn remove_dead_params(func: &mut Func, live: &[bool]) -> bool {
    let entry = func.entry();
    let is_dead = |func: &Func, block: Block| {
        block != entry && func.blocks[block].params.iter().any(|p| !live[p.index()])
    };
    if !func.layout.iter().any(|&block| is_dead(func, block)) {
        return false;
    }
    let keep: Vec<Vec<bool>> =
        func.blocks.values().map(|data| data.params.iter().map(|p| live[p.index()]).collect()).collect();
    let prune = |target: Block, args: &mut Vec<Value>| {
        if target != entry {
            let mut kept = keep[target.index()].iter();
            args.retain(|_| *kept.next().unwrap_or(&true));
        }
    };
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        match &mut func.blocks[block].term {
            Some(Terminator::Jump(target, args)) => prune(*target, args),
            Some(Terminator::Branch { then, els, .. }) => {
                prune(then.0, &mut then.1);
                prune(els.0, &mut els.1);
            }
            _ => {}
        }
        if block == entry {
            continue;
        }
        let mut params = std::mem::take(&mut func.blocks[block].params);
        params.retain(|p| live[p.index()]);
        for (i, &param) in params.iter().enumerate() {
            func.values[param].def = ValueDef::Param(block, i as u32);
        }
        func.blocks[block].params = params;
    }
    true
}
