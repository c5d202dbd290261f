//! MIR: rgo's SSA form. The IR and nothing else: data, builder, printer, parser, verifier, analyses.
//!
//! In: what `lower` builds. Out: the same, after `opt`, for `codegen`. MIR knows no Go syntax and no Go types: a Go value has been
//! decomposed into scalars (see `docs/runtime-interface.md`, "Registers and calls"), larger values live in memory. What makes it
//! Go's IR are its instructions: checks, allocations with type, closures, interface calls, defer and select keep their meaning until `codegen`.
//!
//! Rules (checked by `verify`):
//! - every block ends in exactly one terminator; values are defined once and dominate their uses; block arguments match parameters in number and type;
//! - operand and result types are those that `InstKind` documents; `bool` is `I8` holding 0 or 1;
//! - a `Ptr` may point into the heap, a stack slot, or global data; an integer never keeps an object alive across a safepoint;
//! - addresses are derived with `PtrAdd` only, so that `base` stays visible.

mod builder;
mod dom;
mod entity;
mod frame;
mod func;
mod inst;
mod lex;
mod lifetimes;
mod module;
mod parse;
mod print;
pub mod runtime_calls;
mod verify;

pub use builder::FuncBuilder;
pub use builder::{Var, remove_redundant_params, remove_unreachable_blocks};
pub use dom::{ControlFlow, DomTree};
pub use entity::{EntityRef, PrimaryMap};
pub use frame::{FrameNeeds, OversizedFrame, oversized_frames};
pub use func::{
    Block, BlockData, Func, FuncFlags, InlineSite, Inst, Signature, Slot, SlotData, SrcLoc, Type, Value,
    ValueData, ValueDef,
};
pub use inst::{
    AtomicOp, BinaryOp, BoundsKind, Callee, ConvOp, FloatCc, InstData, InstKind, IntCc, MemFlags, Terminator,
    UnaryOp,
};
pub use lifetimes::Lifetimes;
pub use module::{
    Data, DataId, DataKind, FuncDecl, FuncId, FuncKind, Module, Pull, Reloc, RelocKind, RelocTarget,
};
pub use parse::{ParseError, parse_module};
pub use print::{PrintFunc, print_data, print_func, print_module};
pub use verify::{VerifyError, verify};
