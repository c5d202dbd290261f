//! What assembly knows of the thread descriptor `M`. The thread register (x86-64 fs) points at it.

/// The M itself, so that one load from the thread register yields its address.
pub const SELF: usize = 0;
/// The M's scheduler goroutine.
pub const G0: usize = 8;
/// Stack pointer to use when switching to g0 (its stack is empty whenever a goroutine runs).
pub const G0_SP: usize = 16;
/// The goroutine this M runs, or nil.
pub const CURG: usize = 24;
/// The P this M holds, or nil.
pub const P: usize = 32;
/// Next free place of the M's write-barrier buffer.
pub const BARRIER_NEXT: usize = 40;
/// End of that buffer.
pub const BARRIER_END: usize = 48;
