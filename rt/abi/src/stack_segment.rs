//! Header of a stack segment, above the segment's first frame.
//!
//! ```text
//! lo                                                hi = header
//! | STACK_GUARD_GAP | frames ... | rbp | rt.lessstack | header |
//! ```
//! Offsets are bytes from `hi`. The entry stubs `rt.morestack` and `rt.lessstack` read them.

/// The return address that `rt.lessstack` stands in for.
pub const RETURN_PC: usize = 0;
/// Address of the slot of that return address, in the previous segment: the stack pointer to restore.
pub const RETURN_SP: usize = 8;
/// Previous (older) segment, nil for the first.
pub const PREV: usize = 16;
/// Cached next (younger) segment, or nil.
pub const NEXT: usize = 24;
/// `lo + STACK_GUARD_GAP`.
pub const GUARD: usize = 32;
/// Lowest address of the segment.
pub const LO: usize = 40;
/// Size of the whole segment with header.
pub const SIZE: usize = 48;
/// Total bytes of this and all older segments.
pub const TOTAL: usize = 56;
/// Size of the header.
pub const HEADER_SIZE: usize = 64;
