//! In loops that call on some of their ways round only, the other ways get names of their own for what the loop does not change.
//!
//! ```text
//! b1:                               b1(v9: i64):                 (at entry: v9 is split v0)
//!     v3: i8 = icmp slt v1, v0          v3: i8 = icmp slt v1, v9
//!     branch v3, b2, b3             →   branch v3, b2, b3
//! b2:                               b2:
//!     call f() []                       call f() []
//!     jump b1                           jump b1(v0)
//! b3:                               b3:
//!     jump b1                           jump b1(v9)
//! ```
//! Few registers survive a call. The register allocator cuts a range that does not get one of these around the calls, but moves the value to its
//! place in memory and back on every way round, one with no call included: the loop waits for memory. With two names for the value, the
//! old one stays in memory, where the calls leave it, and the new one is in a register until a call: what comes from a call brings the old
//! one along. As many values get a second name as there are too many for those registers. Runs late for the same reason as `split-ranges`.

use std::collections::{HashMap, HashSet};

use rgo_abi::frame_map::KEPT;
use rgo_mir::{Block, ControlFlow, EntityRef, Func, Terminator, Value};

use crate::edit::append_arg;
use crate::liveness::Liveness;
use crate::loops::Loops;
use crate::split_ranges::{MAX_VALUES, is_call, is_made_at_use, make_split, retarget};

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    if func.values.len() > MAX_VALUES
        || func.handler.is_some()
        || !func.insts.values().any(|i| is_call(&i.kind))
    {
        return false;
    }
    let Some((cfg, _, loops)) = Loops::find(func) else { return false };
    let found = innermost(func, &cfg, &loops);
    if found.is_empty() {
        return false;
    }
    let Some(live) = Liveness::new(func, &cfg) else { return false };
    let mut changed = false;
    for members in found {
        let values = chosen(func, &cfg, &live, &members);
        if !values.is_empty() {
            rename(func, &cfg, &members, &values);
            changed = true;
        }
    }
    changed
}

fn has_call(func: &Func, block: Block) -> bool {
    func.blocks[block].insts.iter().any(|&inst| is_call(&func.insts[inst].kind))
}

/// Whether `block` is on the usual ways, and calls nothing.
fn is_quiet(func: &Func, block: Block) -> bool {
    !func.blocks[block].cold && !has_call(func, block)
}
/// Whether `block` is on the usual ways, and calls.
fn is_calling(func: &Func, block: Block) -> bool {
    !func.blocks[block].cold && has_call(func, block)
}

/// The loops without loops inside in which some block calls and the first one does not: their blocks in reverse postorder, the header first.
fn innermost(func: &Func, cfg: &ControlFlow, loops: &Loops) -> Vec<Vec<Block>> {
    let mut members: HashMap<Block, Vec<Block>> = HashMap::new();
    let mut order = Vec::new();
    let mut outer = HashSet::new();
    for &block in cfg.rpo() {
        let Some(header) = loops.innermost(block) else { continue };
        if block == header {
            order.push(header);
            outer.extend(loops.around(header).skip(1));
        }
        members.entry(header).or_default().push(block);
    }
    order.retain(|h| !outer.contains(h) && *h != func.entry() && !has_call(func, *h));
    let mut found: Vec<Vec<Block>> = order.iter().filter_map(|h| members.remove(h)).collect();
    found.retain(|members| {
        let calls = members.iter().any(|&b| is_calling(func, b));
        // Edges of a switch take no arguments.
        let header = members[0];
        let takes = |b: &Block| !matches!(func.blocks[*b].term, Some(Terminator::Switch { .. }));
        calls && cfg.preds(header).iter().filter(|b| members.contains(b)).all(takes)
    });
    found
}

/// The values that get a second name.
fn chosen(func: &Func, cfg: &ControlFlow, live: &Liveness, members: &[Block]) -> Vec<Value> {
    let mut defined: HashSet<Value> = HashSet::new();
    for &block in members {
        let data = &func.blocks[block];
        defined.extend(data.params.iter().chain(data.insts.iter().flat_map(|&inst| &func.results[inst])));
    }
    // What lives across calls: how much at once, and what of it the loop does not change.
    let mut most = 0;
    let mut across = HashSet::new();
    for &block in members.iter().filter(|&&b| is_calling(func, b)) {
        live.backwards(func, block, |inst, after| {
            if is_call(&func.insts[inst].kind) {
                let values = after.iter().filter(|&v| !func.ty(v).is_float() && !is_made_at_use(func, v));
                most = most.max(values.count());
                across.extend(after.iter().filter(|v| !defined.contains(v)));
            }
        });
    }
    let spare = most.saturating_sub(KEPT);
    if spare == 0 {
        return Vec::new();
    }
    let mut uses: HashMap<Value, usize> = HashMap::new();
    for block in without_calls(func, cfg, members) {
        let mut note = |v: Value| {
            if across.contains(&v) && !is_made_at_use(func, v) && !func.ty(v).is_float() {
                *uses.entry(v).or_default() += 1;
            }
        };
        for &inst in &func.blocks[block].insts {
            func.insts[inst].kind.for_each_operand(&mut note);
        }
        if let Some(Terminator::Branch { cond, .. }) = func.blocks[block].term {
            note(cond);
        }
    }
    let mut values: Vec<(Value, usize)> = uses.into_iter().collect();
    values.sort_unstable_by_key(|&(v, n)| (std::cmp::Reverse(n), v.index()));
    values.truncate(spare);
    values.into_iter().map(|(v, _)| v).collect()
}

/// The blocks on ways round that do not call.
fn without_calls(func: &Func, cfg: &ControlFlow, members: &[Block]) -> Vec<Block> {
    let header = members[0];
    let quiet: HashSet<Block> = members.iter().copied().filter(|&b| is_quiet(func, b)).collect();
    let reach = |starts: Vec<Block>, next: &dyn Fn(Block) -> Vec<Block>| {
        let mut seen = HashSet::new();
        let mut work = starts;
        while let Some(block) = work.pop() {
            if quiet.contains(&block) && seen.insert(block) {
                work.extend(next(block));
            }
        }
        seen
    };
    let forwards = reach(vec![header], &|b| cfg.succs(b).to_vec());
    let latches = cfg.preds(header).to_vec();
    let backwards = reach(latches, &|b| if b == header { vec![] } else { cfg.preds(b).to_vec() });
    members.iter().copied().filter(|b| forwards.contains(b) && backwards.contains(b)).collect()
}

/// Gives `values` second names in the loop of `members`.
fn rename(func: &mut Func, cfg: &ControlFlow, members: &[Block], values: &[Value]) {
    let header = members[0];
    let mut at_end: HashMap<Block, Vec<Value>> = HashMap::new();
    for &block in members {
        let preds: Vec<Block> = distinct(cfg.preds(block));
        let quiet = is_quiet(func, block);
        let takes_arguments =
            preds.iter().all(|&p| !matches!(func.blocks[p].term, Some(Terminator::Switch { .. })));
        let mut names = values.to_vec();
        for (i, &value) in values.iter().enumerate() {
            if block == header {
                names[i] = func.add_block_param(header, func.ty(value));
                continue;
            }
            // All predecessors come earlier: there is no other loop.
            let before: Vec<Value> =
                preds.iter().map(|p| at_end.get(p).map_or(value, |names| names[i])).collect();
            if before.iter().all(|&name| name == before[0]) {
                names[i] = before[0];
            } else if quiet && takes_arguments {
                names[i] = func.add_block_param(block, func.ty(value));
                for (&pred, &name) in preds.iter().zip(&before) {
                    append_arg(func, pred, block, name);
                }
            }
        }
        if quiet {
            use_names(func, block, values, &names);
            at_end.insert(block, names);
        } else {
            at_end.insert(block, values.to_vec());
        }
    }
    for latch in distinct(cfg.preds(header)) {
        for &name in at_end.get(&latch).into_iter().flatten() {
            append_arg(func, latch, header, name);
        }
    }
    enter(func, cfg, members, values);
}

fn distinct(blocks: &[Block]) -> Vec<Block> {
    let mut seen = HashSet::new();
    blocks.iter().copied().filter(|&b| seen.insert(b)).collect()
}

/// What `block` computes uses `names`; what it passes on stays.
fn use_names(func: &mut Func, block: Block, values: &[Value], names: &[Value]) {
    let name = |v: Value| values.iter().position(|&value| value == v).map_or(v, |i| names[i]);
    for &inst in &func.blocks[block].insts {
        func.insts[inst].kind.map_operands(name);
    }
    if let Some(Terminator::Branch { cond, .. }) = &mut func.blocks[block].term {
        *cond = name(*cond);
    }
}

/// The block before the loop, which makes the second names.
fn enter(func: &mut Func, cfg: &ControlFlow, members: &[Block], values: &[Value]) {
    let header = members[0];
    let loc = func.blocks[header].term_loc;
    let params = func.blocks[header].params.clone();
    let before = func.new_block();
    func.layout.push(before);
    let mut args = Vec::new();
    for &param in &params[..params.len() - values.len()] {
        let ty = func.ty(param);
        args.push(func.add_block_param(before, ty));
    }
    for &value in values {
        let (inst, split) = make_split(func, value, loc);
        func.blocks[before].insts.push(inst);
        args.push(split);
    }
    let data = &mut func.blocks[before];
    data.term = Some(Terminator::Jump(header, args));
    data.term_loc = loc;
    for pred in distinct(cfg.preds(header)) {
        if !members.contains(&pred) {
            retarget(func, pred, header, before);
        }
    }
}
