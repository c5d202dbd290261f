//! The table of passes and the loop that runs it.
//!
//! A pass keeps the program's behaviour, tracebacks included, and leaves every function well formed; builds with debug assertions verify
//! each function after each pass that changed it. A pass is optional when the program is right without it: all are, so far, and
//! `-gcflags=-N` turns them off (`-l` only inlining).
//!
//! Passes over one function at a time that follow each other in the table run together, one function after the other, on several threads; the result does
//! not depend on how many.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rgo_mir::{Func, Module, verify};

use crate::{
    checks, combine, copies, escape, gvn, inline, keep_fast, lifetimes, memory_calls, remainder, rotate,
    simplify, split_ranges, sroa, thread,
};

/// What `optimize` may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Run the optional passes.
    pub optimize: bool,
    /// Run the inliner.
    pub inline: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { optimize: true, inline: true }
    }
}

/// How a pass is called.
#[derive(Clone, Copy)]
pub enum Run {
    /// On one function at a time; whether it changed.
    Func(fn(&mut Func) -> bool),
    /// The same, with a view of declarations and data. The module's bodies are not there.
    FuncIn(fn(&mut Func, &Module) -> bool),
    /// On the whole program; the indexes into `Module::bodies` of functions that changed.
    Module(fn(&mut Module) -> Vec<usize>),
}

/// One row of the table.
#[derive(Clone, Copy)]
pub struct Pass {
    /// Name for `--dump=opt:<name>`.
    pub name: &'static str,
    pub run: Run,
    /// Runs with optimisation off too.
    pub required: bool,
}

const fn func(name: &'static str, run: fn(&mut Func) -> bool) -> Pass {
    Pass { name, run: Run::Func(run), required: false }
}
const fn func_in(name: &'static str, run: fn(&mut Func, &Module) -> bool) -> Pass {
    Pass { name, run: Run::FuncIn(run), required: false }
}
const fn module(name: &'static str, run: fn(&mut Module) -> Vec<usize>) -> Pass {
    Pass { name, run: Run::Module(run), required: false }
}

/// Every pass, in the order in which they run.
pub const PASSES: &[Pass] = &[
    // The inliner weighs bodies: count no dead code.
    func("simplify", simplify::run),
    // Functions that put a number together from bytes become small.
    func_in("combine-bytes-early", combine::run_early),
    // Before escape analysis, which loses pointers at results and unknown callees.
    module("inline", inline::run),
    // Copied bodies are joined to their callers by jumps and see constant arguments.
    func("simplify-inlined", simplify::run),
    // What copied predicates return is branched on.
    func("thread", thread::run),
    module("escape", escape::run),
    // Objects that have become slots, and the slots of lowering, become values where nobody takes their address.
    func("sroa", sroa::run),
    // What has stayed in memory.
    func_in("copies", copies::run),
    func("remainder", remainder::run),
    // Equal values get one name, so that the checks see equal operands.
    func_in("gvn", gvn::run),
    func("checks", checks::run),
    // After the checks between the bytes have gone.
    func("combine-bytes", combine::run),
    // Sizes have become constants.
    func_in("memory-calls", memory_calls::run),
    // After the checks, which know loops by their headers.
    func("rotate", rotate::run),
    // Branches that have become constant, operands of removed checks.
    func("simplify-last", simplify::run),
    // For the register allocator.
    func("split-ranges", split_ranges::run),
    // The same for loops that call.
    func("keep-fast", keep_fast::run),
    // What it finds belongs to the instructions that go to the code generator.
    module("lifetimes", lifetimes::run),
];

/// Gets the name of each pass and what it has left.
pub type Observer<'a> = dyn FnMut(&str, &Module) + 'a;

/// Runs the passes over `module` on up to `threads` threads. `observe`, if any, is called after each with its name.
pub fn optimize(
    module: &mut Module,
    options: Options,
    threads: usize,
    mut observe: Option<&mut Observer<'_>>,
) {
    let wanted =
        |pass: &&Pass| pass.required || (options.optimize && (options.inline || pass.name != "inline"));
    let passes: Vec<&Pass> = PASSES.iter().filter(wanted).collect();
    // Observed passes run one by one.
    let together = |a: &&Pass, b: &&Pass| {
        observe.is_none() && !matches!(a.run, Run::Module(_)) && !matches!(b.run, Run::Module(_))
    };
    let groups: Vec<&[&Pass]> = passes.chunk_by(together).collect();
    for group in groups {
        if let [Pass { name, run: Run::Module(run), .. }] = group {
            for index in run(module) {
                check(name, &module.bodies[index], module);
            }
        } else {
            run_on_functions(module, group, threads);
        }
        if let (Some(observe), [pass]) = (&mut observe, group) {
            observe(pass.name, module);
        }
    }
}

/// Runs passes over single functions.
fn run_on_functions(module: &mut Module, passes: &[&Pass], threads: usize) {
    let bodies = std::mem::take(&mut module.bodies);
    let bodies: Vec<Mutex<Func>> = bodies.into_iter().map(Mutex::new).collect();
    let (next, shared) = (AtomicUsize::new(0), &*module);
    let work = || {
        while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut func = body.lock().unwrap_or_else(PoisonError::into_inner);
            for pass in passes {
                let changed = match pass.run {
                    Run::Func(run) => run(&mut func),
                    Run::FuncIn(run) => run(&mut func, shared),
                    Run::Module(_) => unreachable!("groups hold passes over functions"),
                };
                if changed {
                    check(pass.name, &func, shared);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work();
        for thread in others {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    module.bodies =
        bodies.into_iter().map(|body| body.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
}

/// Stops the compiler, if it is a debug build, when a pass has broken a function.
fn check(pass: &str, func: &Func, module: &Module) {
    if !cfg!(debug_assertions) {
        return;
    }
    let errors = verify(func, Some(module));
    if let Some(first) = errors.first() {
        let text = rgo_mir::print_func(func, Some(module));
        panic!("{} is malformed after pass {pass}: {first}\n{text}", func.name);
    }
}
