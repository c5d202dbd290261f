//! Profiles: what rt records for `runtime/pprof`. The overlay (`rt/go/runtime/prof.go`) makes Go records of it.
//!
//! Goroutine stacks are snapshots (`goroutine`). Allocations, waiting and thread creation are counted per call stack in one
//! table (`buckets`) by sampling (`memory`, `waiting`). CPU samples (`cpu`, `interrupted`) go through a ring from signal handlers to the reader.
//! A stack is a list of return addresses, innermost call first, as `runtime.Callers` delivers it.

pub(crate) mod buckets;
pub(crate) mod cpu;
mod goroutine;
mod interrupted;
pub(crate) mod memory;
pub(crate) mod waiting;

/// Program counters kept of one stack.
pub(crate) const MAX_DEPTH: usize = 128;
