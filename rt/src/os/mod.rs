//! What the rest of rt needs of the kernel.
//!
//! Contract of an OS module (all on g0's stack unless said otherwise; none allocates):
//! - memory: `reserve`, `commit`, `map`, `release`, `unmap`, sizes in bytes, multiples of `PAGE_SIZE`;
//! - threads: `new_thread(m)` runs `sched::m::thread_start` on m's g0 stack; `thread_id`, `kill_thread`;
//! - `futex_sleep(addr, value, timeout_ns)`: returns at a wake-up, at the timeout, or for no reason; `futex_wake`;
//! - clocks: `nanotime` (monotonic ns), `walltime` (seconds, ns), `usleep`;
//! - `random_bytes`, `cpu_count`, `exit`, `exit_thread`, `write` (also in signal handlers);
//! - `signal`: handlers, masks, alternate stacks, the interrupted registers; `poll`: readiness of file descriptors.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;
