//! Functions of package runtime that `codegen` calls for an instruction.
//!
//! `lower` must make the Go ones reachable ([`GO_CALLS`]); the others are entries of `rgo_abi::entries`.

use crate::inst::BoundsKind;

/// Divisor of zero.
pub const PANIC_DIVIDE: &str = "runtime.panicdivide";
/// Explicit nil check.
pub const PANIC_MEM: &str = "runtime.panicmem";
/// `InstKind::New`: `newobject(typ ptr) ptr`.
pub const NEW_OBJECT: &str = "runtime.newobject";
/// `InstKind::New` of a shape (`rgo_abi::alloc`) whose run is empty: `newInRun(typ ptr, shape i64) ptr`.
pub const NEW_IN_RUN: &str = "runtime.newInRun";
/// At the exit of a deferring function, called by what `lower` makes: runs the calls that are pending in a frame.
pub const DEFERRETURN: &str = "runtime.deferreturn";
/// The order of two strings, called by what `lower` makes: `cmpstring(x, y string) int`.
pub const CMPSTRING: &str = "runtime.cmpstring";
/// Large `InstKind::Copy`: `memmove(to, from ptr, n i64)`.
pub const MEMMOVE: &str = "runtime.memmove";
/// Large `InstKind::Zero`: `memclrNoHeapPointers(p ptr, n i64)`.
pub const MEMCLR: &str = "runtime.memclrNoHeapPointers";
/// `InstKind::Copy` of memory with pointers: `bulkBarrierCopy(to, from ptr, n i64)`.
pub const BARRIER_COPY: &str = "runtime.bulkBarrierCopy";
/// `InstKind::Zero` of memory with pointers: `bulkBarrierClear(p ptr, n i64)`.
pub const BARRIER_CLEAR: &str = "runtime.bulkBarrierClear";

/// The panic of a failed bounds check; operands are in `g.panic_arg0` and `g.panic_arg1`.
pub fn bounds_panic(kind: BoundsKind, unsigned: bool) -> &'static str {
    match (kind, unsigned) {
        (BoundsKind::Index, false) => "runtime.panicIndex",
        (BoundsKind::Index, true) => "runtime.panicIndexU",
        (BoundsKind::SliceAlen, false) => "runtime.panicSliceAlen",
        (BoundsKind::SliceAlen, true) => "runtime.panicSliceAlenU",
        (BoundsKind::SliceAcap, false) => "runtime.panicSliceAcap",
        (BoundsKind::SliceAcap, true) => "runtime.panicSliceAcapU",
        (BoundsKind::SliceB, false) => "runtime.panicSliceB",
        (BoundsKind::SliceB, true) => "runtime.panicSliceBU",
        (BoundsKind::Slice3Alen, false) => "runtime.panicSlice3Alen",
        (BoundsKind::Slice3Alen, true) => "runtime.panicSlice3AlenU",
        (BoundsKind::Slice3Acap, false) => "runtime.panicSlice3Acap",
        (BoundsKind::Slice3Acap, true) => "runtime.panicSlice3AcapU",
        (BoundsKind::Slice3B, false) => "runtime.panicSlice3B",
        (BoundsKind::Slice3B, true) => "runtime.panicSlice3BU",
        (BoundsKind::Slice3C, false) => "runtime.panicSlice3C",
        (BoundsKind::Slice3C, true) => "runtime.panicSlice3CU",
        (BoundsKind::SliceConvert, _) => "runtime.panicSliceConvert",
    }
}

/// Every Go function that codegen may call without a `Call` instruction, beside [`NEW_OBJECT`].
pub const GO_CALLS: &[&str] = &[
    PANIC_DIVIDE,
    PANIC_MEM,
    "runtime.panicIndex",
    "runtime.panicIndexU",
    "runtime.panicSliceAlen",
    "runtime.panicSliceAlenU",
    "runtime.panicSliceAcap",
    "runtime.panicSliceAcapU",
    "runtime.panicSliceB",
    "runtime.panicSliceBU",
    "runtime.panicSlice3Alen",
    "runtime.panicSlice3AlenU",
    "runtime.panicSlice3Acap",
    "runtime.panicSlice3AcapU",
    "runtime.panicSlice3B",
    "runtime.panicSlice3BU",
    "runtime.panicSlice3C",
    "runtime.panicSlice3CU",
    "runtime.panicSliceConvert",
    // What escape analysis makes of calls with a buffer.
    "runtime.growslice",
    "runtime.makeslice",
    "runtime.makemap_small",
];
