//! Allocations whose pointer never leaves the function become stack slots.
//!
//! ```text
//! v0: ptr = new "type:main.P", 16 align 8      v0: ptr = slot_addr ss0
//! store nonnil v1, v0                      →   zero v0, 16 align 8
//! call "main.read" [v0]                        store nonnil v1, v0
//!                                              call "main.read" [v0]
//! ```
//! `flow` follows the pointers of one function; summaries of what callees do with their arguments start at "nothing" and grow until no
//! function's summary changes, so that recursion costs no precision. Calls through func values and itabs keep what they get.
//!
//! String operations allocate their result unless they are given a buffer for it that it fits ([`buffer_size`]): a result that stays gets one.
//!
//! A slot is one object, while an allocation in a loop is a new one each time. There the old one must be out of reach when the allocation is executed again:
//! its address reaches no block parameter, and is stored only in objects of the same innermost loop of which the same holds.

use std::collections::{HashMap, VecDeque};

use rgo_mir::{Callee, ControlFlow, DomTree, Func, FuncId, Inst, InstData, InstKind, Module, SlotData, Type};

use crate::callgraph::CallGraph;
use crate::edit::constant;
use crate::flow::{Flow, Leak, Source, Summary};
use crate::loops::Loops;

/// Largest object that moves to the stack.
const MAX_OBJECT: u64 = 8 << 10;
/// Most bytes of slots in one frame: stacks start small.
const MAX_FRAME: u64 = 16 << 10;

/// See the module text.
pub fn run(module: &mut Module) -> Vec<usize> {
    let summaries = summaries(module);
    let mut changed = Vec::new();
    for index in 0..module.bodies.len() {
        let func = &module.bodies[index];
        if !has_new(func, module) {
            continue;
        }
        let Some(flow) = Flow::solve(func, module, &summaries) else { continue };
        let chosen = choose(func, &flow, module);
        if !chosen.is_empty() {
            let mut func =
                std::mem::replace(&mut module.bodies[index], Func::new(FuncId(0), "", Default::default()));
            promote(&mut func, &chosen, module);
            module.bodies[index] = func;
            changed.push(index);
        }
    }
    changed
}

fn has_new(func: &Func, module: &Module) -> bool {
    func.layout.iter().any(|&b| {
        func.blocks[b].insts.iter().any(|&i| {
            matches!(func.insts[i].kind, InstKind::New { .. }) || buffer_size(func, i, module).is_some()
        })
    })
}

/// Size of the buffer that a call of package runtime takes as its first argument, where it has none yet.
pub fn buffer_size(func: &Func, inst: Inst, module: &Module) -> Option<u32> {
    let InstKind::Call { callee: Callee::Func(id), args, .. } = &func.insts[inst].kind else { return None };
    let &[buffer, ..] = &args[..] else { return None };
    takes_buffer(&module.funcs[*id].name).filter(|_| constant(func, buffer) == Some(0))
}

/// The functions of `rt/go/runtime/string.go` that take a `*tmpBuf`, or their own size of buffer.
pub fn takes_buffer(name: &str) -> Option<u32> {
    match name.strip_prefix("runtime.")? {
        "slicebytetostring" | "stringtoslicebyte" | "slicerunetostring" | "concatstring2"
        | "concatstring3" | "concatstring4" | "concatstring5" | "concatstrings" | "concatbytes" => Some(32),
        "intstring" => Some(4),
        "stringtoslicerune" => Some(128),
        _ => None,
    }
}

/// The least fixed point of all functions' summaries.
fn summaries(module: &Module) -> HashMap<FuncId, Summary> {
    let graph = CallGraph::new(module);
    let mut summaries: HashMap<FuncId, Summary> = module
        .bodies
        .iter()
        .map(|f| {
            (f.id, Summary { params: vec![Leak::default(); f.sig.params.len()], context: Leak::default() })
        })
        .collect();
    // Functions whose summary depends on a function's: callers, and makers of its closures.
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); module.bodies.len()];
    for (index, func) in module.bodies.iter().enumerate() {
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                let (InstKind::Call { callee: Callee::Func(id), .. } | InstKind::FuncAddr(id)) =
                    &func.insts[inst].kind
                else {
                    continue;
                };
                if let Some(&used) = graph.body.get(id)
                    && users[used].last() != Some(&index)
                {
                    users[used].push(index);
                }
            }
        }
    }
    let mut queue: VecDeque<usize> = graph.bottom_up.iter().copied().collect();
    let mut queued = vec![true; module.bodies.len()];
    while let Some(index) = queue.pop_front() {
        queued[index] = false;
        let func = &module.bodies[index];
        let new = match Flow::solve(func, module, &summaries) {
            Some(flow) => flow.summary(func),
            None => Summary { params: vec![Leak::ALL; func.sig.params.len()], context: Leak::ALL },
        };
        // Growing only, so that there is an end.
        if !summaries.get_mut(&func.id).is_some_and(|known| known.grow(&new)) {
            continue;
        }
        for &user in &users[index] {
            if !std::mem::replace(&mut queued[user], true) {
                queue.push_back(user);
            }
        }
    }
    summaries
}

/// The allocations of `func` that become slots.
fn choose(func: &Func, flow: &Flow, module: &Module) -> Vec<Inst> {
    let cfg = ControlFlow::new(func);
    let dom = DomTree::new(func, &cfg);
    let loops = Loops::new(func, &cfg, &dom);
    let mut block_of = HashMap::new();
    for &block in cfg.rpo() {
        block_of.extend(func.blocks[block].insts.iter().map(|&inst| (inst, block)));
    }
    let loop_of = |inst: Inst| block_of.get(&inst).and_then(|&block| loops.innermost(block));
    let mut frame = func.slot_bytes();
    let mut chosen = Vec::new();
    for (source, &kind) in flow.sources.iter().enumerate() {
        let Source::Object(inst) = kind else { continue };
        let size = match &func.insts[inst].kind {
            InstKind::New { size, .. } => *size,
            _ => u64::from(buffer_size(func, inst, module).unwrap_or(0)),
        };
        if flow.leak(source).itself
            || size > MAX_OBJECT
            || frame + size > MAX_FRAME
            || !block_of.contains_key(&inst)
        {
            continue;
        }
        if loops.irreducible {
            continue;
        }
        if let Some(around) = loop_of(inst) {
            let dies_with_iteration = |s: usize| !flow.reaches_block_param(func, s);
            let held_well = flow.holders(source).all(|holder| match flow.sources[holder] {
                Source::Object(other) => {
                    loop_of(other) == Some(around)
                        && dies_with_iteration(holder)
                        // One level: what holds the holder might bring both over to the next iteration.
                        && flow.holders(holder).next().is_none()
                }
                _ => false,
            });
            if !dies_with_iteration(source) || !held_well {
                continue;
            }
        }
        frame += size;
        chosen.push(inst);
    }
    chosen
}

fn promote(func: &mut Func, chosen: &[Inst], module: &Module) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            if !chosen.contains(&inst) {
                out.push(inst);
                continue;
            }
            if let Some(size) = buffer_size(func, inst, module) {
                let slot = func.slots.push(SlotData { size, align: 8 });
                let loc = func.insts[inst].loc;
                let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[Type::Ptr]);
                let buffer = func.result(addr);
                if let InstKind::Call { args, .. } = &mut func.insts[inst].kind {
                    args[0] = buffer;
                }
                out.extend([addr, inst]);
                continue;
            }
            out.push(inst);
            let InstData { kind: InstKind::New { size, align, .. }, loc } = func.insts[inst] else {
                continue;
            };
            let slot = func.slots.push(SlotData { size: size as u32, align: align.max(1) });
            func.insts[inst].kind = InstKind::SlotAddr(slot);
            let dst = func.result(inst);
            let zero = InstData { kind: InstKind::Zero { dst, size, align, pointers: false }, loc };
            out.push(func.make_inst(zero, &[]));
        }
        func.blocks[block].insts = out;
    }
}
