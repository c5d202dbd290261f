//! Checked Go to MIR.
//!
//! In: a [`rgo_types::Program`] (checked declarations; bodies are checked when lowering reaches them). Out: a [`rgo_mir::Module`] with the
//! functions and data that the program can reach, and nothing else.
//!
//! - **Monomorphisation.** A function is lowered once per list of type arguments. Recorded types mention type parameters; `FuncLower::ty` replaces them.
//! - **Reachability** (`reach`) is rapid type analysis: a work list of functions; a method stays out until its type has been converted to an
//!   interface *and* an interface method of that name and type is called (or reflection can find it).
//! - **Values** are scalars or memory (`repr`); local variables are SSA unless their address can be taken (`capture`).
//! - **Static data**: type descriptors, itabs, constants and initialisers that need no code become data (`type_desc`, `static_init`).
//!
//! This crate reports what only a whole program shows: functions without body, and what bodies checked on demand get wrong.

mod abi;
mod ahead;
mod alg;
mod arguments;
mod arith;
mod assembly;
mod assign;
mod body;
mod builtin;
mod call;
mod capture;
mod chan;
mod closure;
mod compare;
mod composite;
mod constant;
mod conv;
mod defer;
mod embed;
mod expr;
mod fieldtrack;
mod func;
mod iface;
mod index;
mod init;
mod intrinsics;
mod lowerer;
mod map;
mod order;
mod range;
mod range_func;
mod reach;
mod repr;
mod shape;
mod static_data;
mod static_init;
mod stmt;
mod switch;
mod symbols;
mod type_data;
mod wrapper;

pub use assembly::{Include, IncludeBy};
pub use lowerer::{Lowered, Lowerer, Options, lower, missing_body};
