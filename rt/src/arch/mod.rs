//! What the rest of rt needs of the instruction set.
//!
//! Contract of an ISA module:
//! - `call_g0`: target of the entry stubs, see `docs/runtime-interface.md`;
//! - `gogo(g)`: continue g at the point saved by `call_g0`, with its result words; never returns;
//! - `run_on_g0(f)`: discard everything on g0's stack and call f there; never returns;
//! - `panic_exit(g)`: leave g's entry stub by jumping to the Go function `runtime.panicFromRT`;
//! - `call_go(closure, args)`: call a Go func value with up to six words on g0's stack;
//! - `morestack`, `lessstack`: stack segments, called by compiled code; `caller_of_morestack`: the function that is being given one;
//! - `goexit0`: return address of every goroutine's first function;
//! - `breakpoint()`; `async_preempt`: code that a signal handler injects at an instruction of compiled code;
//! - `current_m()`, `set_thread_register(m)`, `frame_pointer()`, `spin_hint()`, `cputicks()`, `prefetch(addr)`;
//! - `is_return`, `begins_with_frame`, `call_target`, `stub_target`: what instructions say, for profiles;
//! - `SavedFrame`: what `call_g0` leaves at `g.sched_sp`; `prepare_entry(hi, fn)`: such a frame for a new goroutine;
//! - memory routines `memmove`, `memset`, `memcmp`, `memequal` under their C names too;
//! - `Block`: sixteen bytes that are compared at once; and, where the overlay's `AlgInit` asks for it, `memHashAES`.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;
