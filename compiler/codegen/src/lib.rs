//! MIR → machine code, by way of Cranelift.
//!
//! In: a `mir::Module` after `opt`. Out: an `obj::Object`: code with relocations, line rows and function-table facts; data objects. This is
//! the only crate that names Cranelift. It decides nothing about Go's meaning beyond what each `InstKind` says.
//!
//! - `isa` - Cranelift settings of a target;
//! - `symbols` - the program's symbol table, fixed before the first function so that functions compile in parallel;
//! - `abi` - Go signatures and rt signatures in registers and memory;
//! - `func` - one function: blocks, values, slots, terminators; `inst`, `arith`, `memory`, `alloc`, `check`, `call`, `switch` - its instructions;
//! - `shapes` - which objects are allocated inline;
//! - `handler` - values that outlive a panic;
//! - `frames` - which words of a frame are live at each call;
//! - `finish`, `stack_check` - from Cranelift's buffer to `obj::Code`, with the spliced stack check;
//! - `data` - static data.
//!
//! Same input, same bytes, whatever the number of threads.

mod abi;
mod alloc;
mod arith;
mod barrier;
mod call;
mod check;
mod data;
mod finish;
mod frames;
mod func;
mod handler;
mod inst;
mod isa;
mod memory;
mod shapes;
mod stack_check;
mod switch;
mod symbols;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use rgo_mir::{Func, Module};
use rgo_obj::{Code, Object};
use rgo_target::Target;

pub use symbols::SymbolTable;

/// What to generate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Check CLIF and MIR before compiling (slower).
    pub verify: bool,
    /// Optimise within functions; without, only what lowering does.
    pub optimize: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { verify: cfg!(debug_assertions), optimize: true }
    }
}

/// Why a function could not be compiled. Always a limit or a bug of the compiler, not an error of the user's program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodegenError {
    pub func: String,
    pub message: String,
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "codegen: {}: {}", self.func, self.message)
    }
}

impl std::error::Error for CodegenError {}

/// What one thread needs to compile functions, reused from one to the next.
pub struct Context {
    target: rgo_target::Isa,
    isa: OwnedTargetIsa,
    isa_unoptimized: OwnedTargetIsa,
    clif: cranelift_codegen::Context,
    builder: FunctionBuilderContext,
    options: Options,
}

impl Context {
    /// Fails for a target that has no back end.
    pub fn new(target: &Target, options: Options) -> Result<Context, CodegenError> {
        let build = |options| {
            isa::build(target, options)
                .map_err(|message| CodegenError { func: target.goarch.into(), message })
        };
        Ok(Context {
            target: target.isa,
            isa: build(options)?,
            isa_unoptimized: build(Options { optimize: false, ..options })?,
            clif: cranelift_codegen::Context::new(),
            builder: FunctionBuilderContext::new(),
            options,
        })
    }
}

/// Text forms of one function on its way to machine code, for `--dump=codegen`.
#[derive(Clone, Debug)]
pub struct Dump {
    /// CLIF as built from MIR.
    pub clif: String,
    /// CLIF after Cranelift's optimiser, then its virtual-register assembly with final offsets.
    pub vcode: String,
    /// What is live at each call, by return address.
    pub frames: String,
}

/// Compiles one function.
pub fn compile(
    module: &Module,
    symbols: &SymbolTable,
    func: &Func,
    ctx: &mut Context,
) -> Result<Code, CodegenError> {
    compile_inner(module, symbols, func, ctx, false).map(|(code, _)| code)
}

/// Compiles one function and keeps its intermediate forms.
pub fn dump(
    module: &Module,
    symbols: &SymbolTable,
    func: &Func,
    ctx: &mut Context,
) -> Result<Dump, CodegenError> {
    compile_inner(module, symbols, func, ctx, true).map(|(_, dump)| dump.expect("asked for"))
}

fn compile_inner(
    module: &Module,
    symbols: &SymbolTable,
    func: &Func,
    ctx: &mut Context,
    want_dump: bool,
) -> Result<(Code, Option<Dump>), CodegenError> {
    let error = |message: String| CodegenError { func: func.name.clone(), message };
    let broken = if ctx.options.verify { rgo_mir::verify(func, Some(module)) } else { Vec::new() };
    if let Some(first) = broken.first() {
        let text = rgo_mir::print_func(func, Some(module));
        return Err(error(format!("malformed MIR: {first}\n{text}")));
    }
    match compile_with(module, symbols, func, ctx, want_dump, true) {
        // Not seen so far: value numbering made something live into the handler. Without it nothing is.
        Err(Failure::ManyHandlers) => compile_with(module, symbols, func, ctx, want_dump, false),
        result => result,
    }
    .map_err(|failure| match failure {
        Failure::ManyHandlers => error("more than one exception handler".into()),
        Failure::Other(message) => error(message),
    })
}

/// Why one attempt to compile failed.
enum Failure {
    /// Calls of a deferring function disagree about the offset of the handler.
    ManyHandlers,
    Other(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Other(message)
    }
}

fn compile_with(
    module: &Module,
    symbols: &SymbolTable,
    func: &Func,
    ctx: &mut Context,
    want_dump: bool,
    optimize: bool,
) -> Result<(Code, Option<Dump>), Failure> {
    let isa = if optimize { &*ctx.isa } else { &*ctx.isa_unoptimized };
    ctx.clif.clear();
    ctx.clif.set_disasm(want_dump);
    let facts = func::translate(module, symbols, func, isa, &mut ctx.clif.func, &mut ctx.builder)?;
    let clif = want_dump.then(|| ctx.clif.func.display().to_string());
    let slots: Vec<u32> = ctx.clif.func.sized_stack_slots.values().map(|slot| slot.size).collect();
    let result = ctx.clif.compile(isa, &mut Default::default());
    let compiled = result.map_err(|e| cranelift_codegen::print_errors::pretty_error(e.func, e.inner))?;
    let handler = finish::handler(compiled)?;
    let code = finish::finish(
        func,
        symbols,
        compiled,
        &facts,
        &finish::Frame { isa: ctx.target, slots: &slots, handler },
    )?;
    let dump = clif.map(|clif| {
        let frames = code.info.frame_map.as_deref().map_or("no frame map\n".into(), frames::text);
        Dump { clif, vcode: compiled.vcode.clone().unwrap_or_default(), frames }
    });
    Ok((code, dump))
}

/// Compiles all bodies on `threads` threads and converts the data.
pub fn compile_module(
    module: &Module,
    target: &Target,
    options: Options,
    threads: usize,
) -> Result<Object, CodegenError> {
    let symbols = SymbolTable::new(module);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ctx = Context::new(target, options)?;
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(func) = module.bodies.get(index) else { return Ok(done) };
            done.push((index, compile(module, &symbols, func, &mut ctx)));
        }
    };
    let parts: Vec<Result<Vec<_>, CodegenError>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        for thread in others {
            parts.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parts
    });
    let mut compiled = Vec::with_capacity(module.bodies.len());
    for part in parts {
        compiled.extend(part?);
    }
    compiled.sort_by_key(|&(index, _)| index);
    let code = compiled.into_iter().map(|(_, code)| code).collect::<Result<Vec<_>, _>>()?;
    let mut data = data::convert(module, &symbols)?;
    data.push(symbols.shape_table());
    let typelinks = module.typelinks.iter().map(|&id| symbols.data(id)).collect();
    let itabs = module.itabs.iter().map(|&id| symbols.data(id)).collect();
    Ok(Object { symbols: symbols.into_symbols(), code, data, typelinks, itabs })
}
