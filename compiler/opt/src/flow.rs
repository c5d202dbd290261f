//! Where pointers of one function go.
//!
//! Sources are the function's parameters, its closure context, its allocations and its slots. For each value the solver finds of which sources it
//! may be the address ("points"), and from which parameters or context it may have been loaded, at any depth ("content"). What is stored into an allocation or slot of this
//! function is held by it and comes out of its loads; what is stored anywhere else, returned, or passed to a callee whose summary says so, leaks, with all
//! that it holds. A parameter that is only returned is said to be so, and its caller follows it into the results of the call.
//! Flow-insensitive, monotone, repeated until nothing changes.
//!
//! Integers made of pointers count as pointers as long as they are only added to or masked, as in `unsafe.Pointer(uintptr(p) + n)`.
//! Xor ends the trail: that is what the noescape idiom of std is for.

use std::collections::HashMap;

use crate::allocation::{Kind, allocation, is_map_access};
use crate::loops::Loops;
use crate::set::Set;
use crate::summary::{Leak, Results, Summary, entry_leak, is_copied, reads_only};
use crate::targets::{Statics, Targets};

use rgo_mir::{
    BinaryOp, Block, EntityRef, Func, FuncId, Inst, InstKind, Module, Slot, Terminator, Type, Value,
    runtime_calls,
};

/// Where g holds the innermost frame of deferred calls.
const DEFER_FRAME: i32 = rgo_abi::g::DEFER_FRAME as i32;
/// Gets an array of cases, each with a channel and where the element is.
const SELECTGO: &str = "runtime.selectgo";
/// Beyond this many bits of state a function is not analysed: everything leaks.
const STATE_LIMIT: usize = 1 << 27;

/// Where a pointer starts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    Param(usize),
    Context,
    /// Made by what `allocation` knows.
    Object(Inst),
    Slot(Slot),
}

/// What the solution is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aim {
    /// What outlives the function, by Go's rules: integers that are no addresses by these rules are not followed.
    Escape,
    /// Where pointers are while the function runs: nothing that could be one in disguise is lost.
    Whereabouts,
}

/// The solution.
pub struct Flow {
    aim: Aim,
    pub sources: Vec<Source>,
    leaks: Vec<Leak>,
    points: Vec<Set>,
    content: Vec<Set>,
    targets: Targets,
    /// Per source: what is stored in it, and what was loaded from what.
    held: Vec<(Set, Set)>,
    /// Objects whose address goes nowhere: closures whose calls have all been replaced by copies of the code.
    uncalled: Set,
}

impl Flow {
    /// Solves `func`; `None` when it is too large.
    pub fn solve(
        func: &Func,
        module: &Module,
        summaries: &HashMap<FuncId, Summary>,
        aim: Aim,
    ) -> Option<Flow> {
        let (sources, starts) = sources(func, module);
        if sources.len() * func.values.len() > STATE_LIMIT {
            return None;
        }
        let n = sources.len();
        let mut flow = Flow {
            aim,
            sources,
            leaks: vec![Leak::default(); n],
            points: vec![Set::default(); func.values.len()],
            content: vec![Set::default(); func.values.len()],
            targets: Targets::new(func),
            held: vec![(Set::default(), Set::default()); n],
            uncalled: uncalled(func, &starts),
        };
        for (value, source) in starts {
            flow.points[value.index()].insert(source);
        }
        if n > 0 {
            while flow.step(func, module, summaries) {}
        }
        Some(flow)
    }
    pub fn leak(&self, source: usize) -> Leak {
        self.leaks[source]
    }
    /// What callers must know.
    pub fn summary(&self, func: &Func) -> Summary {
        let mut summary =
            Summary { params: vec![Leak::default(); func.sig.params.len()], context: Leak::default() };
        for (source, &leak) in self.sources.iter().zip(&self.leaks) {
            match *source {
                Source::Param(i) => summary.params[i] = leak,
                Source::Context => summary.context = leak,
                Source::Object(_) | Source::Slot(_) => {}
            }
        }
        summary
    }
    /// Whether the address of `source` may be kept from one iteration to the next of the loop with this header, or of one around it.
    pub fn reaches_header(&self, func: &Func, loops: &Loops, header: Block, source: usize) -> bool {
        loops.around(header).any(|h| func.blocks[h].params.iter().any(|&p| self.may_point(p, source)))
    }
    /// Whether `value` may be an address in `source`.
    pub fn may_point(&self, value: Value, source: usize) -> bool {
        self.points[value.index()].contains(source)
    }
    /// The sources that `value` may be an address in.
    pub fn points(&self, value: Value) -> impl Iterator<Item = usize> {
        self.points[value.index()].iter()
    }
    /// The sources whose addresses are stored in `source`.
    pub fn held(&self, source: usize) -> impl Iterator<Item = usize> {
        self.held[source].0.iter()
    }
    /// The sources that `source` is stored in.
    pub fn holders(&self, source: usize) -> impl Iterator<Item = usize> {
        self.held.iter().enumerate().filter(move |(_, held)| held.0.contains(source)).map(|(i, _)| i)
    }

    /// One pass over the function; whether anything changed.
    fn step(&mut self, func: &Func, module: &Module, summaries: &HashMap<FuncId, Summary>) -> bool {
        let mut changed = false;
        for &block in &func.layout {
            for &inst in &func.blocks[block].insts {
                changed |= self.inst(func, module, summaries, inst);
            }
            match &func.blocks[block].term {
                Some(Terminator::Return(values)) => {
                    for (i, &v) in values.iter().enumerate() {
                        changed |= self.return_value(v, i);
                    }
                }
                Some(term) => term.for_each_successor(|succ, args| {
                    for (&param, &arg) in func.blocks[succ].params.iter().zip(args) {
                        changed |= self.copy(arg, param);
                    }
                }),
                None => {}
            }
        }
        changed | self.leak_held()
    }

    fn inst(
        &mut self,
        func: &Func,
        module: &Module,
        summaries: &HashMap<FuncId, Summary>,
        inst: Inst,
    ) -> bool {
        use InstKind::*;
        let result = || func.results[inst][0];
        let written = match &func.insts[inst].kind {
            Store { addr, .. }
            | Copy { dst: addr, .. }
            | Zero { dst: addr, .. }
            | AtomicStore { addr, .. }
            | AtomicRmw { addr, .. }
            | AtomicCas { addr, .. } => self.write(*addr),
            _ => false,
        };
        written
            | match &func.insts[inst].kind {
                PtrAdd(a, b) => self.copy(*a, result()) | self.copy(*b, result()),
                Conv(_, to, a) if !to.is_float() => self.copy(*a, result()),
                Binary(
                    BinaryOp::Iadd | BinaryOp::Isub | BinaryOp::And | BinaryOp::AndNot | BinaryOp::Or,
                    a,
                    b,
                ) => self.copy(*a, result()) | self.copy(*b, result()),
                Select(_, a, b) => self.copy(*a, result()) | self.copy(*b, result()),
                Load { ty: Type::Ptr, addr, .. } | AtomicLoad { ty: Type::Ptr, addr } => {
                    self.load(*addr, result())
                }
                Load { ty: Type::I64 | Type::F64, addr, .. } | AtomicLoad { ty: Type::I64, addr }
                    if self.aim == Aim::Whereabouts =>
                {
                    self.load(*addr, result())
                }
                // The frame of deferred calls, linked from g while the function is active: who finds calls there runs them and keeps nothing.
                kind if deferring(func, kind).is_some() => false,
                Store { addr, value, offset, .. } => {
                    let code = match crate::edit::definition(func, *value) {
                        Some(FuncAddr(id)) => Some(*id),
                        _ => None,
                    };
                    match (self.local(func, *addr), code) {
                        // The object becomes a closure of this code, which will see it as its context.
                        (Some((source, 0)), Some(_)) if *offset == 0 && self.uncalled.contains(source) => {
                            false
                        }
                        (Some((source, 0)), Some(id)) if *offset == 0 => {
                            let leak = summaries.get(&id).map_or(Leak::ALL, |s| s.context);
                            self.leak_source(source, leak)
                        }
                        // A code address that is not where a closure has it: in the frame of deferred calls, for instance.
                        (Some((_, at)), Some(_)) if at >= 0 && at + i64::from(*offset) > 0 => false,
                        (_, Some(_)) => self.leak_value(*addr, Leak::ALL),
                        (Some((source, _)), None) => self.hold_in(source, *value),
                        (None, None) => self.leak_value(*value, Leak::ALL),
                    }
                }
                Copy { dst, src, pointers, .. } if *pointers || self.aim == Aim::Whereabouts => {
                    self.copy_memory(func, *dst, *src)
                }
                AtomicStore { value, .. } => self.leak_value(*value, Leak::ALL),
                AtomicRmw { value, addr, .. } => {
                    let loaded = self.load(*addr, result());
                    loaded | self.leak_value(*value, Leak::ALL)
                }
                AtomicCas { new, .. } => self.leak_value(*new, Leak::ALL),
                Call { callee, args, .. } => {
                    let mut changed = false;
                    let target = self.targets.resolve(func, Statics::new(module), callee).map(|t| t.func);
                    if let Some(id) = target {
                        let name = &module.funcs[id].name;
                        if name == runtime_calls::DEFERRETURN {
                            return false;
                        }
                        if let Some(name) = name.strip_prefix("runtime.").filter(|name| is_map_access(name)) {
                            return self.map_access(func, name, args, &func.results[inst]);
                        }
                        if reads_only(name) {
                            return false;
                        }
                        if name == SELECTGO
                            && self.aim == Aim::Whereabouts
                            && let Some(&cases) = args.first()
                        {
                            return self.select(cases);
                        }
                        if allocation(func, inst, module).is_some_and(|a| a.kind == Kind::Box) {
                            let object = result();
                            return args.iter().fold(false, |changed, &arg| changed | self.hold(object, arg));
                        }
                    }
                    for (i, &arg) in args.iter().enumerate() {
                        // A closure that is called is judged where it gets its code.
                        let leak = match target {
                            Some(id) if is_copied(func, &module.funcs[id].name, args, i) => Leak::NONE,
                            Some(id) => match summaries.get(&id) {
                                Some(summary) => summary.params.get(i).copied().unwrap_or(Leak::ALL),
                                None if module.funcs[id].keeps_nothing => Leak::WRITTEN,
                                None => entry_leak(&module.funcs[id].name, i),
                            },
                            None => Leak::ALL,
                        };
                        changed |= self.leak_value(arg, leak);
                        if leak.written {
                            changed |= self.write(arg);
                        }
                        if target.is_none_or(|id| !summaries.contains_key(&id)) {
                            continue;
                        }
                        for (r, &result) in func.results[inst].iter().enumerate() {
                            if leak.returned.contains(r) {
                                changed |= self.copy(arg, result);
                            }
                            if leak.content_returned.contains(r) {
                                changed |= self.load_deep(arg, result);
                            }
                        }
                    }
                    changed
                }
                // Comparisons make no addresses; all other arithmetic might.
                kind @ (Unary(..) | Binary(..) | Conv(..) | Fma(..) | AddCarry(..) | SubBorrow(..)
                | Div128(..))
                    if self.aim == Aim::Whereabouts =>
                {
                    let mut changed = false;
                    kind.for_each_operand(|v| {
                        for &result in &func.results[inst] {
                            changed |= self.copy(v, result);
                        }
                    });
                    changed
                }
                _ => false,
            }
    }

    /// The functions that read and change maps. A small map's group may be in the same object as its header: an element's address is one in the map.
    fn map_access(&mut self, func: &Func, name: &str, args: &[Value], results: &[Value]) -> bool {
        // What is assigned to it is stored through the result; keys are copied into memory that may be the heap's.
        let mut changed = match (name, args) {
            ("mapassign", &[.., key]) => self.leak_value(key, Leak::CONTENT),
            _ if name.starts_with("mapassign") => {
                args[2..].iter().fold(false, |changed, &word| changed | self.leak_value(word, Leak::ALL))
            }
            ("mapIterStart", &[_, map, iter]) => match self.local(func, iter) {
                Some((holder, _)) => self.hold_in(holder, map),
                None => self.leak_value(map, Leak::ALL),
            },
            _ => false,
        };
        if let &[address, ..] = results {
            changed |= self.copy(args[1], address);
        }
        changed
    }

    /// A select keeps none of what its cases point to, but what it sends.
    fn select(&mut self, cases: Value) -> bool {
        let mut changed = false;
        for source in self.points[cases.index()].clone().iter() {
            if !matches!(self.sources[source], Source::Slot(_) | Source::Object(_)) {
                changed |= self.leak_source(source, Leak::CONTENT);
                continue;
            }
            let (points, content) = self.held[source].clone();
            for element in points.iter().chain(content.iter()) {
                changed |= self.leak_source(element, Leak::CONTENT);
            }
        }
        for source in self.content[cases.index()].clone().iter() {
            changed |= self.leak_source(source, Leak::CONTENT);
        }
        changed
    }

    /// `value` is stored in what `object`, an allocation's result, points to.
    fn hold(&mut self, object: Value, value: Value) -> bool {
        let holder = self.points[object.index()].iter().next();
        holder.is_some_and(|holder| self.hold_in(holder, value))
    }
    fn hold_in(&mut self, holder: usize, value: Value) -> bool {
        let (points, content) = (self.points[value.index()].clone(), self.content[value.index()].clone());
        self.held[holder].0.union(&points) | self.held[holder].1.union(&content)
    }

    /// The allocation or slot that `addr` lies in by its definition, and the offset (-1 if unknown).
    pub fn local(&self, func: &Func, addr: Value) -> Option<(usize, i64)> {
        let (mut base, mut offset) = (addr, 0);
        while let Some(InstKind::PtrAdd(from, by)) = crate::edit::definition(func, base) {
            offset = crate::edit::constant(func, *by).filter(|_| offset >= 0).map_or(-1, |k| offset + k);
            base = *from;
        }
        match crate::edit::definition(func, base)? {
            InstKind::New { .. } | InstKind::SlotAddr(_) => {
                self.points[base.index()].iter().next().map(|s| (s, offset))
            }
            _ => None,
        }
    }

    fn copy(&mut self, from: Value, to: Value) -> bool {
        if from == to {
            return false;
        }
        let (points, content) =
            (std::mem::take(&mut self.points[from.index()]), std::mem::take(&mut self.content[from.index()]));
        let changed = self.points[to.index()].union(&points) | self.content[to.index()].union(&content);
        self.points[from.index()] = points;
        self.content[from.index()] = content;
        changed
    }

    fn load(&mut self, addr: Value, to: Value) -> bool {
        let mut from = self.points[addr.index()].clone();
        from.union(&self.content[addr.index()]);
        let outside = self.outside(&from);
        let mut changed = self.content[to.index()].union(&outside);
        for source in from.iter() {
            changed |= self.points[to.index()].union(&self.held[source].0);
            changed |= self.content[to.index()].union(&self.held[source].1);
        }
        changed
    }

    /// Those of `sources` that held something before the function began. What objects and slots hold is known: what was loaded from
    /// one of them is that, and need not count as its content.
    fn outside(&self, sources: &Set) -> Set {
        let mut outside = Set::default();
        for source in sources.iter() {
            if matches!(self.sources[source], Source::Param(_) | Source::Context) {
                outside.insert(source);
            }
        }
        outside
    }

    /// `to` is something that can be reached from `addr`.
    fn load_deep(&mut self, addr: Value, to: Value) -> bool {
        let mut reached = self.points[addr.index()].clone();
        reached.union(&self.content[addr.index()]);
        let mut inside = Set::default();
        let mut work: Vec<usize> = reached.iter().collect();
        while let Some(source) = work.pop() {
            let held = &self.held[source];
            inside.union(&held.0);
            for next in held.0.iter().chain(held.1.iter()) {
                if reached.insert(next) {
                    work.push(next);
                }
            }
        }
        let outside = self.outside(&reached);
        self.points[to.index()].union(&inside) | self.content[to.index()].union(&outside)
    }

    fn copy_memory(&mut self, func: &Func, dst: Value, src: Value) -> bool {
        let mut from = self.points[src.index()].clone();
        from.union(&self.content[src.index()]);
        let mut changed = false;
        match self.local(func, dst) {
            Some((to, _)) => {
                let outside = self.outside(&from);
                changed |= self.held[to].1.union(&outside);
                for source in from.iter() {
                    let held = self.held[source].clone();
                    changed |= self.held[to].0.union(&held.0) | self.held[to].1.union(&held.1);
                }
            }
            None => {
                for source in from.iter() {
                    changed |= self.leak_source(source, Leak::CONTENT);
                }
            }
        }
        changed
    }

    fn leak_source(&mut self, source: usize, leak: Leak) -> bool {
        let old = self.leaks[source];
        let mut new = old.union(leak);
        // Whoever has the pointer can load through it.
        new.content |= new.itself;
        self.leaks[source] = new;
        new != old
    }

    fn leak_value(&mut self, value: Value, leak: Leak) -> bool {
        if !leak.itself && !leak.content {
            return false;
        }
        let mut changed = false;
        let own = if leak.itself { Leak::ALL } else { Leak::CONTENT };
        for source in self.points[value.index()].clone().iter() {
            changed |= self.leak_source(source, own);
        }
        for source in self.content[value.index()].clone().iter() {
            changed |= self.leak_source(source, Leak::CONTENT);
        }
        changed
    }

    /// Something is stored where `addr` points to.
    fn write(&mut self, addr: Value) -> bool {
        let mut changed = false;
        for source in self.points[addr.index()].clone().iter() {
            changed |= self.leak_source(source, Leak::WRITTEN);
        }
        changed
    }

    /// Callers follow parameters and what is loaded from them; anything else that is returned leaks.
    fn return_value(&mut self, value: Value, index: usize) -> bool {
        let to = Results::one(index);
        let mut changed = false;
        for source in self.points[value.index()].clone().iter() {
            changed |= match self.sources[source] {
                Source::Param(_) => {
                    // What it points to was there before, so that what it holds counts as content.
                    self.leak_source(source, Leak { returned: to, content_returned: to, ..Leak::NONE })
                }
                _ => self.leak_source(source, Leak::ALL),
            };
        }
        for source in self.content[value.index()].clone().iter() {
            changed |= match self.sources[source] {
                Source::Param(_) => self.leak_source(source, Leak { content_returned: to, ..Leak::NONE }),
                _ => self.leak_source(source, Leak::CONTENT),
            };
        }
        changed
    }

    /// What is held by something whose content leaks, leaks.
    fn leak_held(&mut self) -> bool {
        let mut changed = false;
        for holder in 0..self.sources.len() {
            if !self.leaks[holder].content {
                continue;
            }
            let (points, content) = self.held[holder].clone();
            for source in points.iter() {
                changed |= self.leak_source(source, Leak::ALL);
            }
            for source in content.iter() {
                changed |= self.leak_source(source, Leak::CONTENT);
            }
        }
        changed
    }
}

/// The sources of a function, and the values that are their addresses.
fn sources(func: &Func, module: &Module) -> (Vec<Source>, Vec<(Value, usize)>) {
    let mut sources = Vec::new();
    let mut starts = Vec::new();
    for (i, &param) in func.params().iter().enumerate() {
        // Integers too: they may be addresses in disguise.
        if matches!(func.ty(param), Type::Ptr | Type::I64) {
            starts.push((param, sources.len()));
            sources.push(Source::Param(i));
        }
    }
    let mut slots = vec![None; func.slots.len()];
    let mut context = None;
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            let source = match func.insts[inst].kind {
                InstKind::SlotAddr(slot) => *slots[slot.index()].get_or_insert_with(|| {
                    sources.push(Source::Slot(slot));
                    sources.len() - 1
                }),
                InstKind::ClosureContext => *context.get_or_insert_with(|| {
                    sources.push(Source::Context);
                    sources.len() - 1
                }),
                _ if allocation(func, inst, module).is_some() => {
                    sources.push(Source::Object(inst));
                    starts.push((func.results[inst][0], sources.len() - 1));
                    continue;
                }
                _ => continue,
            };
            starts.push((func.result(inst), source));
        }
    }
    (sources, starts)
}

/// The sources, given with the values that are their addresses, from which and to which this function loads and stores and that nothing else knows.
fn uncalled(func: &Func, starts: &[(Value, usize)]) -> Set {
    let mut source_of: HashMap<Value, usize> = HashMap::new();
    for &(value, source) in starts {
        if let Some(InstKind::New { .. }) = crate::edit::definition(func, value) {
            source_of.insert(value, source);
        }
    }
    let mut found = Set::default();
    if source_of.is_empty() {
        return found;
    }
    let mut goes = Set::default();
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            let address = match func.insts[inst].kind {
                InstKind::Load { addr, .. } => Some(addr),
                InstKind::Store { addr, value, .. } if addr != value => Some(addr),
                _ => None,
            };
            func.insts[inst].kind.for_each_operand(|v| {
                if Some(v) != address
                    && let Some(&source) = source_of.get(&v)
                {
                    goes.insert(source);
                }
            });
        }
        if let Some(term) = &func.blocks[block].term {
            term.for_each_operand(|v| {
                if let Some(&source) = source_of.get(&v) {
                    goes.insert(source);
                }
            });
        }
    }
    for &(value, source) in starts {
        if source_of.contains_key(&value) && !goes.contains(source) {
            found.insert(source);
        }
    }
    found
}

/// The frame of deferred calls, where an instruction makes it known.
pub fn deferring(func: &Func, kind: &InstKind) -> Option<Value> {
    match *kind {
        InstKind::Store { addr, value, offset: DEFER_FRAME, .. }
            if crate::edit::definition(func, addr) == Some(&InstKind::GetG) =>
        {
            Some(value)
        }
        _ => None,
    }
}
