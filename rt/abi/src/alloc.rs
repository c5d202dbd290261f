//! Allocation inlined into compiled code: object shapes, and the runs of free slots that a P keeps for each.
//!
//! A *shape* is what the heap needs to know of a small object: its span class and which of its words hold pointers. The compiler
//! numbers the shapes that a program's `InstKind::New` make most and writes them to the symbol [`SHAPES`]. For each shape a P has a
//! [`RUN_SIZE`]-byte *run* at [`RUNS`]: `[next, end)` are free slots side by side, zero, with their pointer bits set. Taking one is an addition.

/// The program's shapes: a word with their number, then [`SHAPE_SIZE`] bytes for each: the pointer mask of the slot, then the span
/// class (`class << 1 | noscan`) in a word.
pub const SHAPES: &str = "runtime.allocShapes";
/// Bytes of a shape.
pub const SHAPE_SIZE: usize = 16;
/// Most shapes of a program; other objects are allocated by calls.
pub const MAX_SHAPES: usize = 128;

/// Offset of the runs in a P.
pub const RUNS: usize = 0;
/// Bytes of a run.
pub const RUN_SIZE: usize = 16;
/// Offset in a run: the next free slot, 0 if there is none.
pub const RUN_NEXT: usize = 0;
/// Offset in a run: where the free slots end.
pub const RUN_END: usize = 8;

/// Objects of fewer bytes without pointers share blocks (`size_class::TINY_SIZE`), which is not inlined.
pub const MIN_SIZE: usize = 8;
/// Larger objects are allocated by calls: their cost lies elsewhere.
pub const MAX_SIZE: usize = 512;

const _: () = assert!(MAX_SIZE <= crate::size_class::MIN_SIZE_FOR_HEADER);
