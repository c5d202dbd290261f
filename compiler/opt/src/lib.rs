//! The middle end: passes from MIR to MIR.
//!
//! In: the module that `lower` built. Out: the same program, cheaper, for `codegen`. [`passes`] has the table of passes and says why they
//! run in that order; each pass is a file of its own. Cranelift does value numbering, loop-invariant code motion and constant folding
//! within a function; what is here is what it cannot do: whatever crosses functions or needs to know what an allocation or a check means.

mod allocation;
mod callgraph;
mod checks;
mod combine;
mod copies;
mod duplicate;
mod edit;
mod escape;
mod flow;
mod fold;
mod gvn;
mod inline;
mod keep_fast;
mod lifetimes;
mod liveness;
mod loops;
mod memory_calls;
mod passes;
mod remainder;
mod renewed;
mod rotate;
mod set;
mod share_bytes;
mod simplify;
mod split_ranges;
mod sroa;
mod summary;
mod targets;
mod thread;

pub use passes::{Observer, Options, PASSES, Pass, Run, optimize};
