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
//! What else allocates, and how it gets to the frame, is in `allocation`: boxes of interface values become slots; string operations, appends, slices of
//! unknown size and maps get a buffer for a result that stays, which they use if it fits.
//!
//! A slot is one object, while an allocation in a loop is a new one each time. There the old one must be out of reach when the allocation is executed again:
//! its address reaches no parameter of the header of a loop around it, and is stored only in objects of the same innermost loop of which the same
//! holds, and in slots that every iteration fills anew (`renewed`). Buffers of appends are taken once while the frame lives, and need not care.
//!
//! Where `lifetimes` cannot say more the collector takes a slot for live as long as its function runs. So that a loop that runs for long does not keep what an object referred to at its
//! beginning (the first node of a queue, and with it all that came later), an object with pointers stays in the heap when a variable that
//! changes in a loop is all that leads to it there, and it is changed there; an append gets a buffer that says so.

use std::collections::{HashMap, VecDeque};

use rgo_mir::{
    Block, Callee, ControlFlow, DomTree, EntityRef, Func, FuncId, Inst, InstData, InstKind, MemFlags, Module,
    Slot, SlotData, SrcLoc, Type,
};

use crate::allocation::{Allocation, Kind, allocation, without_buffer};
use crate::callgraph::CallGraph;
use crate::edit::definition;
use crate::flow::{Aim, Flow, Source};
use crate::loops::Loops;
use crate::renewed::is_renewed;
use crate::share_bytes;
use crate::summary::{Leak, Summary};
use crate::targets::{Statics, Targets};

/// Largest object that moves to the stack.
const MAX_OBJECT: u64 = 64 << 10;
/// Most bytes of slots in one frame.
const MAX_FRAME: u64 = 128 << 10;

/// First words of buffers of appends (`rt/go/runtime/frame.go`).
const FREE: i64 = 0;
const FREE_IN_LOOP: i64 = 2;

/// See the module text.
pub fn run(module: &mut Module) -> Vec<usize> {
    let summaries = summaries(module, Aim::Escape);
    for func in &module.bodies {
        module.funcs[func.id].unwritten = summaries[&func.id].unwritten();
    }
    let mut changed = Vec::new();
    for index in 0..module.bodies.len() {
        let func = &module.bodies[index];
        if !has_new(func, module) {
            continue;
        }
        let mut func =
            std::mem::replace(&mut module.bodies[index], Func::new(FuncId(0), "", Default::default()));
        share_bytes::run(&mut func, module, &summaries);
        let chosen = Flow::solve(&func, module, &summaries, Aim::Escape)
            .map_or(vec![], |flow| choose(&func, &flow, module));
        promote(&mut func, &chosen, module);
        module.bodies[index] = func;
        changed.push(index);
    }
    changed
}

fn has_new(func: &Func, module: &Module) -> bool {
    func.layout.iter().any(|&b| func.blocks[b].insts.iter().any(|&i| allocation(func, i, module).is_some()))
}

/// The least fixed point of all functions' summaries.
pub fn summaries(module: &Module, aim: Aim) -> HashMap<FuncId, Summary> {
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
        for used in graph.callees[index].iter().copied().chain(resolved(func, module, &graph)) {
            if users[used].last() != Some(&index) {
                users[used].push(index);
            }
        }
    }
    let mut queue: VecDeque<usize> = graph.bottom_up.iter().copied().collect();
    let mut queued = vec![true; module.bodies.len()];
    while let Some(index) = queue.pop_front() {
        queued[index] = false;
        let func = &module.bodies[index];
        let new = match Flow::solve(func, module, &summaries, aim) {
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

/// The bodies that indirect calls of `func` are known to run.
fn resolved(func: &Func, module: &Module, graph: &CallGraph) -> Vec<usize> {
    let mut targets = None;
    let mut found = Vec::new();
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let InstKind::Call { callee: callee @ (Callee::Closure(_) | Callee::Code { .. }), .. } =
                &func.insts[inst].kind
            {
                let targets = targets.get_or_insert_with(|| Targets::new(func));
                let target = targets.resolve(func, Statics::new(module), callee);
                found.extend(target.and_then(|target| graph.body.get(&target.func)));
            }
        }
    }
    found
}

/// An allocation that becomes a slot.
#[derive(Clone, Copy)]
struct Choice {
    inst: Inst,
    /// A variable that changes in a loop leads to it.
    changes: bool,
}

/// The allocations of `func` that become slots.
fn choose(func: &Func, flow: &Flow, module: &Module) -> Vec<Choice> {
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
        let Some(Allocation { kind, size, .. }) = allocation(func, inst, module) else { continue };
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
        if kind == Kind::New
            && !is_noscan(func, inst)
            && is_forgotten(func, flow, &loops, module, source, inst)
            && !is_bounded(func, inst, module)
        {
            continue;
        }
        if let Some(around) = loop_of(inst).filter(|_| kind != Kind::OnceBuffer) {
            let dies_with_iteration = |s: usize| !flow.reaches_header(func, &loops, around, s);
            let held_well = flow.holders(source).all(|holder| match flow.sources[holder] {
                Source::Object(other) => {
                    loop_of(other) == Some(around)
                        && dies_with_iteration(holder)
                        // One level: what holds the holder might bring both over to the next iteration.
                        && flow.holders(holder).next().is_none()
                }
                Source::Slot(slot) => is_renewed(func, flow, &dom, &loops, around, slot, holder),
                _ => false,
            });
            if !dies_with_iteration(source) || !held_well {
                continue;
            }
        }
        frame += size;
        let changes = kind == Kind::OnceBuffer
            && !changing_in(func, flow, &loops, source).is_empty()
            && !is_bounded(func, inst, module);
        chosen.push(Choice { inst, changes });
    }
    chosen
}

/// The collector does not look into what `inst` makes.
fn is_noscan(func: &Func, inst: Inst) -> bool {
    matches!(func.insts[inst].kind, InstKind::New { noscan: true, .. })
}

/// Whether what the object of an allocation leads to is no more than what it refers to when it is last written: its type is made of arrays,
/// slices, pointers, strings and numbers only, not of anything that may contain itself.
fn is_bounded(func: &Func, inst: Inst, module: &Module) -> bool {
    let data = match &func.insts[inst].kind {
        InstKind::New { ty, .. } => Some(*ty),
        InstKind::Call { args, .. } => args.last().and_then(|&ty| match definition(func, ty) {
            Some(InstKind::DataAddr(data, 0)) => Some(*data),
            _ => None,
        }),
        _ => None,
    };
    let Some(mut rest) = data.and_then(|data| module.data_name(data)?.strip_prefix("type:")) else {
        return false;
    };
    loop {
        rest = match rest.strip_prefix('[').and_then(|array| array.split_once(']')) {
            Some((_, element)) => element,
            None => match rest.strip_prefix('*') {
                Some(target) => target,
                None => break,
            },
        };
    }
    let numbers = ["bool", "int", "uint", "float", "complex"];
    rest == "string"
        || numbers.iter().any(|number| {
            rest.strip_prefix(number).is_some_and(|bits| bits.chars().all(|c| c.is_ascii_digit()))
        })
}

/// The headers of loops with a variable that may lead to `source` in one iteration and not in another.
fn changing_in(func: &Func, flow: &Flow, loops: &Loops, source: usize) -> Vec<Block> {
    let is_header = |&block: &Block| loops.innermost(block) == Some(block);
    let may_point = |block: &Block| func.blocks[*block].params.iter().any(|&p| flow.may_point(p, source));
    func.layout.iter().copied().filter(is_header).filter(may_point).collect()
}

/// Whether there is a loop from which on only a variable that changes leads to what `inst`, the object `source`, makes; and there it is given
/// something to refer to.
fn is_forgotten(func: &Func, flow: &Flow, loops: &Loops, module: &Module, source: usize, inst: Inst) -> bool {
    let headers = changing_in(func, flow, loops, source);
    if headers.is_empty() {
        return false;
    }
    // Addresses that are computed from the object's own.
    let mut names = vec![false; func.values.len()];
    names[func.result(inst).index()] = true;
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            if let InstKind::PtrAdd(base, _) = func.insts[inst].kind {
                names[func.result(inst).index()] |= names[base.index()];
            }
        }
    }
    headers.into_iter().any(|header| {
        let mut seen = vec![false; func.blocks.len()];
        let mut work = vec![header];
        let (mut is_named, mut is_changed) = (false, false);
        while let Some(block) = work.pop() {
            if std::mem::replace(&mut seen[block.index()], true) {
                continue;
            }
            let data = &func.blocks[block];
            for &inst in &data.insts {
                let kind = &func.insts[inst].kind;
                kind.for_each_operand(|v| is_named |= names[v.index()]);
                is_changed |= changes(kind, flow, module, source);
            }
            if let Some(term) = &data.term {
                term.for_each_successor(|next, args| {
                    is_named |= args.iter().any(|v| names[v.index()]);
                    work.push(next);
                });
            }
        }
        is_changed && !is_named
    })
}

/// Whether an instruction may change the object `source`.
fn changes(kind: &InstKind, flow: &Flow, module: &Module, source: usize) -> bool {
    match kind {
        InstKind::Store { addr: dst, .. } | InstKind::Copy { dst, .. } => flow.may_point(*dst, source),
        InstKind::Call { callee: Callee::Func(id), args, .. } => {
            let unwritten = module.funcs[*id].unwritten;
            let is_written = |i: usize| i >= 64 || unwritten >> i & 1 == 0;
            args.iter().enumerate().any(|(i, &arg)| is_written(i) && flow.may_point(arg, source))
        }
        _ => false,
    }
}

/// Gives the chosen allocations their slots. The other calls that could have had a buffer become those that need none.
fn promote(func: &mut Func, chosen: &[Choice], module: &Module) {
    // Slots to be marked at entry, and with what.
    let mut once = Vec::new();
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            let Some(choice) = chosen.iter().find(|choice| choice.inst == inst) else {
                drop_buffer(func, inst, module);
                out.push(inst);
                continue;
            };
            let Some(Allocation { kind, size, align, arg }) = allocation(func, inst, module) else {
                continue;
            };
            let slot = func.slots.push(SlotData { size: size as u32, align });
            let InstData { kind: old, loc } = func.insts[inst].clone();
            match kind {
                Kind::New | Kind::Box => {
                    func.insts[inst].kind = InstKind::SlotAddr(slot);
                    let dst = func.result(inst);
                    out.push(inst);
                    if let InstKind::Call { args, .. } = old {
                        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                        for (i, &value) in args.iter().enumerate() {
                            let kind = InstKind::Store { addr: dst, value, offset: 8 * i as i32, flags };
                            out.push(func.make_inst(InstData { kind, loc }, &[]));
                        }
                    } else {
                        let zero = InstKind::Zero { dst, size, align, pointers: false };
                        out.push(func.make_inst(InstData { kind: zero, loc }, &[]));
                    }
                }
                Kind::Buffer | Kind::ClearBuffer | Kind::OnceBuffer => {
                    let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[Type::Ptr]);
                    let buffer = func.result(addr);
                    out.push(addr);
                    if kind == Kind::ClearBuffer {
                        let zero = InstKind::Zero { dst: buffer, size, align, pointers: false };
                        out.push(func.make_inst(InstData { kind: zero, loc }, &[]));
                    } else if kind == Kind::OnceBuffer {
                        once.push((slot, if choice.changes { FREE_IN_LOOP } else { FREE }));
                    }
                    if let InstKind::Call { args, .. } = &mut func.insts[inst].kind {
                        args[arg] = buffer;
                    }
                    out.push(inst);
                }
            }
        }
        func.blocks[block].insts = out;
    }
    mark(func, &once);
}

fn drop_buffer(func: &mut Func, inst: Inst, module: &Module) {
    if let Some((plain, dropped)) = without_buffer(func, inst, module)
        && let InstKind::Call { callee, sig, args } = &mut func.insts[inst].kind
    {
        *callee = Callee::Func(plain);
        sig.params.drain(..dropped);
        args.drain(..dropped);
    }
}

/// Clears the first word of each slot at entry.
fn mark(func: &mut Func, slots: &[(Slot, i64)]) {
    let loc = SrcLoc::default();
    let mut start = Vec::new();
    for &(slot, state) in slots {
        let addr = func.make_inst(InstData { kind: InstKind::SlotAddr(slot), loc }, &[Type::Ptr]);
        let zero = func.make_inst(InstData { kind: InstKind::Iconst(Type::I64, state), loc }, &[Type::I64]);
        let kind = InstKind::Store {
            addr: func.result(addr),
            value: func.result(zero),
            offset: 0,
            flags: MemFlags { nonnil: true, ..MemFlags::default() },
        };
        start.extend([addr, zero, func.make_inst(InstData { kind, loc }, &[])]);
    }
    // A closure reads its context before anything else.
    let entry = func.entry();
    let insts = &mut func.blocks[entry].insts;
    let at = insts.iter().take_while(|&&i| func.insts[i].kind == InstKind::ClosureContext).count();
    insts.splice(at..at, start);
}
