//! The table of passes and the loop that runs it.
//!
//! A pass keeps the program's behaviour, tracebacks included, and leaves every function well formed; builds with debug assertions verify
//! each function after each pass that changed it. A pass is optional when the program is right without it: all are, so far, and
//! `-gcflags=-N` turns them off (`-l` only inlining).

use rgo_mir::{Func, Module, verify};

use crate::{checks, escape, gvn, inline, simplify, sroa};

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
const fn module(name: &'static str, run: fn(&mut Module) -> Vec<usize>) -> Pass {
    Pass { name, run: Run::Module(run), required: false }
}

/// Every pass, in the order in which they run.
pub const PASSES: &[Pass] = &[
    // The inliner weighs bodies: count no dead code.
    func("simplify", simplify::run),
    // Before escape analysis, which loses pointers at results and unknown callees.
    module("inline", inline::run),
    // Copied bodies are joined to their callers by jumps and see constant arguments.
    func("simplify-inlined", simplify::run),
    module("escape", escape::run),
    // Objects that have become slots, and the slots of lowering, become values where nobody takes their address.
    func("sroa", sroa::run),
    // Equal values get one name, so that the checks see equal operands.
    func("gvn", gvn::run),
    func("checks", checks::run),
    // Branches that have become constant, operands of removed checks.
    func("simplify-last", simplify::run),
];

/// Runs the passes over `module`. `observe` is called after each with its name.
pub fn optimize(module: &mut Module, options: Options, mut observe: impl FnMut(&str, &Module)) {
    for pass in PASSES {
        let wanted = pass.required || (options.optimize && (options.inline || pass.name != "inline"));
        if !wanted {
            continue;
        }
        let changed = match pass.run {
            Run::Func(run) => {
                let bodies = module.bodies.iter_mut().enumerate();
                bodies.filter_map(|(i, func)| run(func).then_some(i)).collect()
            }
            Run::Module(run) => run(module),
        };
        if cfg!(debug_assertions) {
            for index in changed {
                check(pass.name, &module.bodies[index], module);
            }
        }
        observe(pass.name, module);
    }
}

/// Stops the compiler when a pass has broken a function.
fn check(pass: &str, func: &Func, module: &Module) {
    let errors = verify(func, Some(module));
    if let Some(first) = errors.first() {
        let text = rgo_mir::print_func(func, Some(module));
        panic!("{} is malformed after pass {pass}: {first}\n{text}", func.name);
    }
}
