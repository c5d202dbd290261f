//! What compiled code and assembly know of the goroutine descriptor `G` and of goroutine stacks.
//!
//! Offsets are bytes from the start of `G` (the pinned register, x86-64 r15). `rt`'s `sched::g::G` asserts each of them at
//! compile time. The overlay's Go type `runtime.g` mirrors the first [`GO_VISIBLE_SIZE`] bytes.

/// Lowest frame pointer a checked function may have, or [`PREEMPT`].
pub const STACK_GUARD: usize = 0;
/// Closure pointer of the indirect call in progress; a GC root.
pub const CTXT: usize = 8;
/// The M that runs this goroutine.
pub const M: usize = 16;
/// First operand of a cold panic (an index, a length) or of a panic raised by rt.
pub const PANIC_ARG0: usize = 24;
/// Second operand of a cold panic.
pub const PANIC_ARG1: usize = 32;
/// Innermost `DeferFrame` of this goroutine.
pub const DEFER_FRAME: usize = 40;
/// Innermost panic in progress (a Go object of package runtime); a GC root.
pub const PANIC: usize = 48;
/// Panic code of `rt_panic`, signal number of `sigpanic`.
pub const PANIC_CODE: usize = 56;
/// Faulting address of `sigpanic`.
pub const SIG_ADDR: usize = 64;
/// Program counter of the faulting instruction.
pub const SIG_PC: usize = 72;
/// Goroutine id.
pub const GOID: usize = 80;
/// Profiler labels (`runtime/pprof`); a GC root, inherited by `go`.
pub const LABELS: usize = 88;
/// Flags that belong to the Go side (FIPS indicator and bypass, DIT, panic on fault), one byte each.
pub const GO_FLAGS: usize = 96;
/// Bubble of `testing/synctest`, or nil.
pub const BUBBLE: usize = 104;
/// Bytes of `G` that Go code may look at.
pub const GO_VISIBLE_SIZE: usize = 112;

/// Not 0 while the collector marks: stores of pointers need the write barrier (4 bytes).
pub const WRITE_BARRIER: usize = 112;
/// Not 0 while compiled code takes a slot from a run (1 byte): the goroutine must stay on its P.
pub const IN_ALLOC: usize = 116;
/// Stack pointer of the goroutine while it is not running Go code.
pub const SCHED_SP: usize = 120;
/// Current stack segment.
pub const SEGMENT: usize = 128;
/// Result words that `execute` leaves for the epilogue of the entry stub.
pub const RESULT0: usize = 136;
/// Second result word.
pub const RESULT1: usize = 144;
/// `rawVforkSyscall` keeps the return address, the guard and the segment here while the child uses the stack.
pub const FORK_SAVE: usize = 152;

/// Bytes below the guard that stay free for leaf functions, entry stubs and injected frames: a checked small frame and an
/// unchecked leaf frame (`2 * SMALL_FRAME`), the asynchronous preemption frame (at most 560) and return addresses.
pub const STACK_GUARD_GAP: usize = 896;
/// Largest frame whose prologue compares `rbp` itself with the guard.
pub const SMALL_FRAME: usize = 128;
/// Guard value that makes every check fail: the goroutine yields at its next function entry.
pub const PREEMPT: usize = 0xffff_ffff_ffff_f000;

/// Aggregates of more scalars than this are passed in memory (strings, slices and interfaces are never).
pub const MAX_SCALARS: usize = 4;
/// Integer words an rt entry can take.
pub const MAX_ENTRY_WORDS: usize = 6;
