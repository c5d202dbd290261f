//! Where pointers of one function go.
//!
//! Sources are the function's parameters, its closure context, its allocations and its slots. For each value the solver finds of which sources it
//! may be the address ("points"), and from which it may have been loaded, at any depth ("content"). What is stored into an allocation or slot of this
//! function is held by it and comes out of its loads; what is stored anywhere else, returned, or passed to a callee whose summary says so, leaks, with all
//! that it holds. Flow-insensitive, monotone, repeated until nothing changes.
//!
//! Integers made of pointers count as pointers as long as they are only added to or masked, as in `unsafe.Pointer(uintptr(p) + n)`.
//! Xor ends the trail: that is what the noescape idiom of std is for.

use std::collections::HashMap;

use rgo_mir::{
    BinaryOp, Callee, EntityRef, Func, FuncId, Inst, InstKind, Module, Slot, Terminator, Type, Value,
    ValueDef,
};

/// Beyond this many bits of state a function is not analysed: everything leaks.
const STATE_LIMIT: usize = 1 << 27;

/// What a callee does with one argument.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Leak {
    /// The pointer itself may outlive the call.
    pub itself: bool,
    /// Something loaded through it may.
    pub content: bool,
}

impl Leak {
    pub const ALL: Leak = Leak { itself: true, content: true };
}

/// What a function does with its arguments.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    pub params: Vec<Leak>,
    pub context: Leak,
}

/// Where a pointer starts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    Param(usize),
    Context,
    Object(Inst),
    Slot(Slot),
}

/// A set of sources.
#[derive(Clone, Default)]
struct Set(Vec<u64>);

impl Set {
    fn insert(&mut self, i: usize) -> bool {
        if self.0.len() <= i / 64 {
            self.0.resize(i / 64 + 1, 0);
        }
        let old = self.0[i / 64];
        self.0[i / 64] |= 1 << (i % 64);
        old != self.0[i / 64]
    }
    fn contains(&self, i: usize) -> bool {
        self.0.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 != 0)
    }
    fn union(&mut self, other: &Set) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut changed = false;
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            changed |= *b & !*a != 0;
            *a |= *b;
        }
        changed
    }
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0
            .iter()
            .enumerate()
            .flat_map(|(i, &word)| (0..64).filter(move |b| word >> b & 1 != 0).map(move |b| i * 64 + b))
    }
}

/// The solution.
pub struct Flow {
    pub sources: Vec<Source>,
    leaks: Vec<Leak>,
    points: Vec<Set>,
    content: Vec<Set>,
    /// Per source: what is stored in it, and what was loaded from what.
    held: Vec<(Set, Set)>,
}

impl Flow {
    /// Solves `func`; `None` when it is too large.
    pub fn solve(func: &Func, module: &Module, summaries: &HashMap<FuncId, Summary>) -> Option<Flow> {
        let (sources, starts) = sources(func);
        if sources.len() * func.values.len() > STATE_LIMIT {
            return None;
        }
        let n = sources.len();
        let mut flow = Flow {
            sources,
            leaks: vec![Leak::default(); n],
            points: vec![Set::default(); func.values.len()],
            content: vec![Set::default(); func.values.len()],
            held: vec![(Set::default(), Set::default()); n],
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
    /// Whether a block parameter may be the address of `source`.
    pub fn reaches_block_param(&self, func: &Func, source: usize) -> bool {
        func.values.iter().any(|(value, data)| {
            matches!(data.def, ValueDef::Param(block, _) if block != func.entry())
                && self.points[value.index()].contains(source)
        })
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
                    for &v in values {
                        changed |= self.leak_value(v, Leak::ALL);
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
        match &func.insts[inst].kind {
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
            Store { addr, value, offset, .. } => {
                let code = match crate::edit::definition(func, *value) {
                    Some(FuncAddr(id)) => Some(*id),
                    _ => None,
                };
                match (self.local(func, *addr), code) {
                    // The object becomes a closure of this code, which will see it as its context.
                    (Some((source, 0)), Some(id)) if *offset == 0 => {
                        let leak = summaries.get(&id).map_or(Leak::ALL, |s| s.context);
                        self.leak_source(source, leak)
                    }
                    (_, Some(_)) => self.leak_value(*addr, Leak::ALL),
                    (Some((source, _)), None) => {
                        let (points, content) =
                            (self.points[value.index()].clone(), self.content[value.index()].clone());
                        self.held[source].0.union(&points) | self.held[source].1.union(&content)
                    }
                    (None, None) => self.leak_value(*value, Leak::ALL),
                }
            }
            Copy { dst, src, pointers: true, .. } => self.copy_memory(func, *dst, *src),
            AtomicStore { value, .. } => self.leak_value(*value, Leak::ALL),
            AtomicRmw { value, addr, .. } => {
                let loaded = self.load(*addr, result());
                loaded | self.leak_value(*value, Leak::ALL)
            }
            AtomicCas { new, .. } => self.leak_value(*new, Leak::ALL),
            Call { callee, args, .. } => {
                let mut changed = false;
                for (i, &arg) in args.iter().enumerate() {
                    let leak = match callee {
                        Callee::Func(id) => match summaries.get(id) {
                            Some(summary) => summary.params.get(i).copied().unwrap_or(Leak::ALL),
                            None => entry_leak(&module.funcs[*id].name, i),
                        },
                        // The closure itself is judged where it gets its code.
                        Callee::Closure(_) | Callee::Code { .. } => Leak::ALL,
                    };
                    changed |= self.leak_value(arg, leak);
                }
                changed
            }
            _ => false,
        }
    }

    /// The allocation or slot that `addr` lies in by its definition, and the offset (-1 if unknown).
    fn local(&self, func: &Func, addr: Value) -> Option<(usize, i64)> {
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
        let mut changed = self.content[to.index()].union(&from);
        for source in from.iter() {
            changed |= self.points[to.index()].union(&self.held[source].0);
            changed |= self.content[to.index()].union(&self.held[source].1);
        }
        changed
    }

    fn copy_memory(&mut self, func: &Func, dst: Value, src: Value) -> bool {
        let mut from = self.points[src.index()].clone();
        from.union(&self.content[src.index()]);
        let mut changed = false;
        match self.local(func, dst) {
            Some((to, _)) => {
                changed |= self.held[to].1.union(&from);
                for source in from.iter() {
                    let held = self.held[source].clone();
                    changed |= self.held[to].0.union(&held.0) | self.held[to].1.union(&held.1);
                }
            }
            None => {
                for source in from.iter() {
                    changed |= self.leak_source(source, Leak { itself: false, content: true });
                }
            }
        }
        changed
    }

    fn leak_source(&mut self, source: usize, leak: Leak) -> bool {
        let old = self.leaks[source];
        // Whoever has the pointer can load through it.
        let new =
            Leak { itself: old.itself | leak.itself, content: old.content | leak.content | leak.itself };
        self.leaks[source] = new;
        new != old
    }

    fn leak_value(&mut self, value: Value, leak: Leak) -> bool {
        if leak == Leak::default() {
            return false;
        }
        let mut changed = false;
        for source in self.points[value.index()].clone().iter() {
            changed |= self.leak_source(source, leak);
        }
        for source in self.content[value.index()].clone().iter() {
            changed |= self.leak_source(source, Leak { itself: false, content: true });
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
                changed |= self.leak_source(source, Leak { itself: false, content: true });
            }
        }
        changed
    }
}

/// The sources of a function, and the values that are their addresses.
fn sources(func: &Func) -> (Vec<Source>, Vec<(Value, usize)>) {
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
                InstKind::New { .. } => {
                    sources.push(Source::Object(inst));
                    sources.len() - 1
                }
                InstKind::SlotAddr(slot) => *slots[slot.index()].get_or_insert_with(|| {
                    sources.push(Source::Slot(slot));
                    sources.len() - 1
                }),
                InstKind::ClosureContext => *context.get_or_insert_with(|| {
                    sources.push(Source::Context);
                    sources.len() - 1
                }),
                _ => continue,
            };
            starts.push((func.result(inst), source));
        }
    }
    (sources, starts)
}

/// What a runtime entry does with its argument `index`. Entries that are not named here may keep everything.
fn entry_leak(name: &str, index: usize) -> Leak {
    const NONE: Leak = Leak { itself: false, content: false };
    const CONTENT: Leak = Leak { itself: false, content: true };
    match name {
        "runtime.memequal"
        | "runtime.memclrNoHeapPointers"
        | "runtime.cmpstring"
        | "runtime.typedmemclr"
        | "runtime.chanrecv1"
        | "runtime.chanrecv2"
        | "runtime.selectnbrecv"
        | "runtime.callers"
        | "runtime.pcInfo"
        | "runtime.write"
        | "runtime.printstring"
        | "runtime.printpointer"
        | "internal/bytealg.IndexByte"
        | "internal/bytealg.IndexByteString"
        | "internal/bytealg.Count"
        | "internal/bytealg.CountString"
        | "internal/bytealg.Compare"
        | "internal/runtime/maps.typedmemclr"
        | "reflect.typedmemclr"
        | "sync.runtime_Semacquire"
        | "sync.runtime_SemacquireWaitGroup"
        | "sync.runtime_SemacquireRWMutexR"
        | "sync.runtime_SemacquireRWMutex"
        | "sync.runtime_Semrelease"
        | "internal/sync.runtime_SemacquireMutex"
        | "internal/sync.runtime_Semrelease"
        | "internal/poll.runtime_Semacquire"
        | "internal/poll.runtime_Semrelease" => NONE,
        "runtime.memmove" | "reflect.memmove" if index == 0 => NONE,
        "runtime.typedmemmove" | "internal/runtime/maps.typedmemmove" | "reflect.typedmemmove"
            if index < 2 =>
        {
            NONE
        }
        "runtime.memmove"
        | "reflect.memmove"
        | "runtime.typedmemmove"
        | "internal/runtime/maps.typedmemmove"
        | "reflect.typedmemmove"
        | "runtime.typedslicecopy"
        | "runtime.chansend1"
        | "runtime.selectnbsend" => CONTENT,
        _ => Leak::ALL,
    }
}
