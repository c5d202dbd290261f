//! Inlining of small functions.
//!
//! ```text
//! b0(v0: i64):                              b0(v0: i64):
//!     v1: i64 = call "main.inc" [v0] !9         jump b1 !9
//!     return v1                        →    b1: v2: i64 = iadd v0, v0 !5@1
//!                                               jump b2(v2)
//!                                           b2(v1: i64): return v1
//! ```
//! Functions are visited callees first, so that a body is weighed with what has been copied into it. Recursive calls stay calls. Each copied
//! instruction keeps its position and gets the inline site of the call, from which tracebacks and `runtime.Callers` make the frames
//! that the copy no longer has. Afterwards functions that nothing refers to any more are dropped.
//!
//! Calls through closures and itabs whose code is known (`targets`) become direct calls or copies; a copied closure reads the variables it has
//! captured from the closure that the caller has. A callee that calls a closure given to it as an argument may be larger: copied, it has the
//! closure's code before it, and another round copies that. So may a closure that is made for one call only: nothing else will call that copy.
//!
//! Left alone: functions with `defer` or `recover`, and anything that looks at its own frame. Nothing is copied into wrappers: recover and tracebacks
//! skip their frames. Into functions without stack check come only functions that call nothing.

use std::collections::HashSet;

use rgo_mir::{
    Block, Callee, DataKind, EntityRef, Func, FuncId, InlineSite, Inst, InstData, InstKind, Module,
    RelocTarget, SlotData, SrcLoc, Terminator, Value,
};

use crate::callgraph::CallGraph;
use crate::edit::{Renames, definition};
use crate::targets::{Statics, Target, Targets};

/// Largest body that is copied, in the units of `cost`.
const BUDGET: u32 = 40;
/// The same for a closure that the caller has made, and for a callee that is given one to call.
const CLOSURE_BUDGET: u32 = 100;
/// The same for a closure that the caller has made for this one call, as the function of an iterator is for a range loop.
const ONCE_BUDGET: u32 = 300;
/// How often a function is looked through for calls that copies have brought or made known. Each stage of a chain of iterators takes two rounds: one for its
/// loop, one for the function that it applies.
const ROUNDS: usize = 16;
/// A caller that has grown to this many instructions takes no more.
const CALLER_LIMIT: usize = 5000;
/// Most bytes of stack slots a copied body may bring along.
const SLOT_LIMIT: u64 = 128;

/// What is known of a function that may be copied.
#[derive(Clone, Copy)]
struct Candidate {
    cost: u32,
    /// Bit i: it calls its parameter i as a closure.
    called_params: u64,
    /// It calls nothing but panics.
    leaf: bool,
}

/// See the module text.
pub fn run(module: &mut Module) -> Vec<usize> {
    let graph = CallGraph::new(module);
    let mut changed = Vec::new();
    let mut candidates: Vec<Option<Candidate>> = vec![None; module.bodies.len()];
    for &index in &graph.bottom_up {
        let mut func =
            std::mem::replace(&mut module.bodies[index], Func::new(FuncId(0), "", Default::default()));
        if takes_copies(&func) {
            let caller = Caller { module, graph: &graph, candidates: &candidates, index };
            for round in 0..ROUNDS {
                let copied = inline_calls(&mut func, &caller);
                if !copied {
                    break;
                }
                if round == 0 {
                    changed.push(index);
                }
                // Joins the copies, so that this body is weighed fairly by its own callers, and brings constants to the calls.
                crate::simplify::run(&mut func);
            }
        }
        candidates[index] = candidate(&func, module);
        module.bodies[index] = func;
    }
    let changed_ids: HashSet<FuncId> = changed.iter().map(|&index| module.bodies[index].id).collect();
    if !changed.is_empty() {
        drop_unreferenced(module, &graph);
    }
    (0..module.bodies.len()).filter(|&index| changed_ids.contains(&module.bodies[index].id)).collect()
}

/// What decides about the calls of one function.
struct Caller<'a> {
    module: &'a Module,
    graph: &'a CallGraph,
    candidates: &'a [Option<Candidate>],
    index: usize,
}

impl Caller<'_> {
    /// The body that shall replace a call of `target` with `args`.
    fn chooses(&self, func: &Func, targets: &Targets, target: Target, args: &[Value]) -> Option<usize> {
        let &body = self.graph.body.get(&target.func)?;
        let candidate = self.candidates[body]?;
        let callee = &self.module.bodies[body];
        if self.graph.component[body] == self.graph.component[self.index]
            || callee.flags.closure && target.context.is_none()
            || func.flags.nosplit && !candidate.leaf
        {
            return None;
        }
        let gets_closure = || {
            args.iter().enumerate().take(64).any(|(i, &arg)| {
                candidate.called_params >> i & 1 != 0
                    && targets.resolve(func, Statics::new(self.module), &Callee::Closure(arg)).is_some()
            })
        };
        let fits = candidate.cost <= BUDGET
            || candidate.cost <= CLOSURE_BUDGET && (target.context.is_some() || gets_closure())
            || target.context.is_some_and(|closure| is_called_once(func, closure));
        fits.then_some(body)
    }
}

/// Whether `closure` has been made here and goes nowhere but to one call.
fn is_called_once(func: &Func, closure: Value) -> bool {
    if !matches!(definition(func, closure), Some(InstKind::New { .. })) {
        return false;
    }
    let mut uses = 0;
    for &block in &func.layout {
        let data = &func.blocks[block];
        for &inst in &data.insts {
            match &func.insts[inst].kind {
                // What it captures.
                InstKind::Store { addr, value, .. } if *addr == closure && *value != closure => {}
                kind => kind.for_each_operand(|v| uses += u32::from(v == closure)),
            }
        }
        if let Some(term) = &data.term {
            term.for_each_operand(|v| uses += u32::from(v == closure));
        }
    }
    uses == 1
}

/// Functions that rt or the linker know by name.
fn is_runtime(name: &str) -> bool {
    name.starts_with("runtime.") || name.starts_with("go:")
}

fn takes_copies(func: &Func) -> bool {
    !func.flags.wrapper && !func.name.starts_with("go:")
}

fn candidate(func: &Func, module: &Module) -> Option<Candidate> {
    let flags = func.flags;
    if flags.has_defer || flags.noinline || flags.wrapper || flags.noreturn {
        return None;
    }
    if crate::allocation::is_seen_as_call(&func.name) {
        return None;
    }
    if func.name.starts_with("go:") || func.name == "main.main" || func.slot_bytes() > SLOT_LIMIT {
        return None;
    }
    if registers_finalizer(func, module) {
        return None;
    }
    let cost = cost(func).filter(|&cost| cost <= ONCE_BUDGET)?;
    let mut candidate = Candidate { cost, called_params: 0, leaf: true };
    for &block in &func.layout {
        let data = &func.blocks[block];
        for &inst in &data.insts {
            match &func.insts[inst].kind {
                InstKind::Call { callee, .. } => {
                    if let Callee::Closure(v) = callee
                        && let Some(i) = func.params().iter().position(|p| p == v).filter(|&i| i < 64)
                    {
                        candidate.called_params |= 1 << i;
                    }
                    candidate.leaf &= matches!(data.term, Some(Terminator::Unreachable));
                }
                InstKind::New { .. } => candidate.leaf = false,
                _ => {}
            }
        }
    }
    Some(candidate)
}

/// Whether `func` arranges to hear of an object's end. Its own frame ends at once; in the caller's, which the collector scans conservatively, a stale
/// copy of the object's address would linger.
fn registers_finalizer(func: &Func, module: &Module) -> bool {
    func.layout.iter().flat_map(|&block| &func.blocks[block].insts).any(|&inst| {
        match &func.insts[inst].kind {
            InstKind::Call { callee: Callee::Func(id), .. } => {
                let name = &module.funcs[*id].name;
                ["runtime.SetFinalizer", "runtime.AddCleanup[", "weak.Make["]
                    .iter()
                    .any(|f| name.starts_with(f))
            }
            _ => false,
        }
    })
}

/// Roughly machine instructions; `None` for what must not be copied.
fn cost(func: &Func) -> Option<u32> {
    use InstKind::*;
    let mut sum = 0;
    for &block in &func.layout {
        let data = &func.blocks[block];
        let ends = matches!(data.term, Some(Terminator::Unreachable));
        for &inst in &data.insts {
            sum += match &func.insts[inst].kind {
                FramePointer | ReturnAddress => return None,
                ClosureContext | Iconst(..) | Fconst(..) | SlotAddr(_) | DataAddr(..) | FuncAddr(_)
                | KeepAlive(_) => 0,
                // Ends in a panic: out of the way.
                Call { .. } if ends || data.cold => 2,
                Call { callee: Callee::Func(_), args, .. } => 12 + args.len() as u32,
                Call { args, .. } => 16 + args.len() as u32,
                New { .. } => 8,
                BoundsCheck { .. } => 2,
                Copy { size, .. } | Zero { size, .. } => 1 + (*size / 16).min(8) as u32,
                _ => 1,
            };
        }
        sum += match &data.term {
            Some(Terminator::Switch { cases, .. }) => 2 * cases.len() as u32,
            Some(Terminator::Unreachable) => 0,
            _ => 1,
        };
    }
    Some(sum)
}

/// Replaces the calls that `caller` chooses by copies, and indirect calls of known code by direct ones; whether anything changed.
fn inline_calls(func: &mut Func, caller: &Caller<'_>) -> bool {
    let targets = Targets::new(func);
    let mut renames = Renames::new(func);
    let mut layout = Vec::with_capacity(func.layout.len());
    let mut size: usize = func.insts.len();
    let (mut changed, mut copied) = (false, false);
    // Blocks still to be looked at, the next one last.
    let mut work: Vec<Block> = func.layout.iter().rev().copied().collect();
    while let Some(block) = work.pop() {
        layout.push(block);
        // What ends in a panic is out of the way as it is.
        if func.blocks[block].cold || matches!(func.blocks[block].term, Some(Terminator::Unreachable)) {
            continue;
        }
        let mut found = None;
        for at in 0..func.blocks[block].insts.len() {
            let inst = func.blocks[block].insts[at];
            let InstKind::Call { callee, args, .. } = &func.insts[inst].kind else { continue };
            let Some(target) = targets.resolve(func, Statics::new(caller.module), callee) else { continue };
            if size <= CALLER_LIMIT
                && let Some(body) = caller.chooses(func, &targets, target, args)
            {
                found = Some((at, inst, body, target.context));
                break;
            }
            // A method of a known itab. (A closure's code may want its context.)
            if matches!(callee, Callee::Code { .. })
                && let InstKind::Call { callee, .. } = &mut func.insts[inst].kind
            {
                *callee = Callee::Func(target.func);
                changed = true;
            }
        }
        let Some((at, call, body, context)) = found else { continue };
        let callee = &caller.module.bodies[body];
        size += callee.insts.len();
        copied = true;
        let rest = splice(func, block, (at, call), callee, context, &mut layout, &mut renames);
        work.push(rest);
    }
    if copied {
        func.layout = layout;
        renames.apply(func);
    }
    changed | copied
}

/// Replaces the call at `block[at]` by a copy of `callee`, `context` being its closure; the block with what followed the call.
fn splice(
    func: &mut Func,
    block: Block,
    (at, call): (usize, Inst),
    callee: &Func,
    context: Option<Value>,
    layout: &mut Vec<Block>,
    renames: &mut Renames,
) -> Block {
    let InstData { kind: InstKind::Call { args, .. }, loc: call_loc } = func.insts[call].clone() else {
        unreachable!("the caller has found a call")
    };
    let rest = func.new_block();
    let tail = func.blocks[block].insts.split_off(at + 1);
    func.blocks[block].insts.pop();
    let (term, term_loc) = (func.blocks[block].term.take(), func.blocks[block].term_loc);
    let data = &mut func.blocks[rest];
    data.insts = tail;
    data.term = term;
    data.term_loc = term_loc;
    for result in func.results[call].clone() {
        let ty = func.ty(result);
        let param = func.add_block_param(rest, ty);
        renames.insert(result, param);
    }

    func.frame.moved += callee.frame.moved;
    func.frame.callee = func.frame.callee.max(callee.frame.callee);
    let base = func.inlined.len() as u32;
    let site = base + 1;
    func.inlined.push(InlineSite { callee: callee.id, call: call_loc });
    let relocate = |loc: SrcLoc| match (loc.pos, loc.inlined) {
        (0, 0) => SrcLoc { pos: call_loc.pos, inlined: call_loc.inlined },
        (pos, 0) => SrcLoc { pos, inlined: site },
        (pos, inner) => SrcLoc { pos, inlined: site + inner },
    };
    for inner in &callee.inlined {
        func.inlined.push(InlineSite { callee: inner.callee, call: relocate(inner.call) });
    }

    let slots: Vec<_> = callee.slots.values().map(|slot: &SlotData| func.slots.push(slot.clone())).collect();
    let mut blocks = vec![None; callee.blocks.len()];
    for &from in &callee.layout {
        let to = func.new_block();
        func.blocks[to].cold = callee.blocks[from].cold;
        blocks[from.index()] = Some(to);
    }
    let to_block = |b: Block| blocks[b.index()].expect("edges lead to blocks of the layout");
    let mut values: Vec<Option<Value>> = vec![None; callee.values.len()];
    for (&param, &arg) in callee.params().iter().zip(&args) {
        values[param.index()] = Some(arg);
    }
    // Definitions first: a block may use what a later one of the layout defines.
    let mut copies: Vec<Vec<Inst>> = Vec::with_capacity(callee.layout.len());
    for &from in &callee.layout {
        let to = to_block(from);
        if from != callee.entry() {
            for &param in &callee.blocks[from].params {
                values[param.index()] = Some(func.add_block_param(to, callee.ty(param)));
            }
        }
        let mut insts = Vec::with_capacity(callee.blocks[from].insts.len());
        for &inst in &callee.blocks[from].insts {
            if callee.insts[inst].kind == InstKind::ClosureContext {
                values[callee.result(inst).index()] = context;
                continue;
            }
            let types: Vec<_> = callee.results[inst].iter().map(|&v| callee.ty(v)).collect();
            let mut data = callee.insts[inst].clone();
            data.loc = relocate(data.loc);
            let copy = func.make_inst(data, &types);
            for (&old, &new) in callee.results[inst].iter().zip(&func.results[copy]) {
                values[old.index()] = Some(new);
            }
            insts.push(copy);
        }
        copies.push(insts);
    }
    let to_value = |v: Value| values[v.index()].expect("values are defined in blocks of the layout");
    for (&from, insts) in callee.layout.iter().zip(copies) {
        let to = to_block(from);
        for &inst in &insts {
            let kind = &mut func.insts[inst].kind;
            kind.map_operands(to_value);
            if let InstKind::SlotAddr(slot) = kind {
                *slot = slots[slot.index()];
            }
        }
        let mut term = callee.blocks[from].term.clone().expect("blocks have terminators");
        term.map_operands(to_value);
        let term = match term {
            Terminator::Return(values) => Terminator::Jump(rest, values),
            Terminator::Jump(b, args) => Terminator::Jump(to_block(b), args),
            Terminator::Branch { cond, then, els } => {
                Terminator::Branch { cond, then: (to_block(then.0), then.1), els: (to_block(els.0), els.1) }
            }
            Terminator::Switch { value, cases, default } => Terminator::Switch {
                value,
                cases: cases.into_iter().map(|(k, b)| (k, to_block(b))).collect(),
                default: to_block(default),
            },
            Terminator::Unreachable => Terminator::Unreachable,
        };
        let data = &mut func.blocks[to];
        data.insts = insts;
        data.term = Some(term);
        data.term_loc = relocate(callee.blocks[from].term_loc);
        layout.push(to);
    }
    let entry = to_block(callee.entry());
    func.blocks[block].term = Some(Terminator::Jump(entry, vec![]));
    func.blocks[block].term_loc = call_loc;
    rest
}

/// Removes bodies that only inlined calls referred to.
fn drop_unreferenced(module: &mut Module, graph: &CallGraph) {
    // Functions that something other than code refers to: rt knows them by name, or a table holds them.
    let mut called = HashSet::new();
    for callees in &graph.callees {
        called.extend(callees.iter().copied());
    }
    let mut in_data = HashSet::new();
    for data in module.data.values().flatten().filter(|data| data.kind != DataKind::Bss) {
        in_data.extend(data.relocs.iter().filter_map(|reloc| match reloc.target {
            RelocTarget::Func(id) => graph.body.get(&id).copied(),
            RelocTarget::Data(_) => None,
        }));
    }
    let is_root = |index: usize| {
        !called.contains(&index) || in_data.contains(&index) || is_runtime(&module.bodies[index].name)
    };
    let mut work: Vec<usize> = (0..module.bodies.len()).filter(|&i| is_root(i)).collect();
    let mut reached = vec![false; module.bodies.len()];
    while let Some(index) = work.pop() {
        if std::mem::replace(&mut reached[index], true) {
            continue;
        }
        let func = &module.bodies[index];
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                match &func.insts[inst].kind {
                    InstKind::Call { callee: Callee::Func(id), .. } | InstKind::FuncAddr(id) => {
                        work.extend(graph.body.get(id));
                    }
                    _ => {}
                }
            }
        }
    }
    let mut keep = reached.iter();
    module.bodies.retain(|_| *keep.next().unwrap_or(&true));
}
