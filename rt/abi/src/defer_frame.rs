//! Records of `defer`, made by compiled code and walked by `runtime.gopanic`.
//!
//! A frame has its pending calls in one of two forms. When each defer statement of the function runs at most once and there are at most
//! [`frame::MAX_CALLS`], statement i (in the order in which they run) has the word `calls[i]`, and `pending` is a set: bit i + 1 says that the call is
//! pending, and bit 0 is set always. Otherwise each execution of a statement adds a `Defer` record, and `pending` is the innermost one's address.

/// `DeferFrame {link, fp, func_entry, pending, calls...}`: one per activation of a deferring function.
pub mod frame {
    /// The next outer `DeferFrame` of the goroutine.
    pub const LINK: usize = 0;
    /// Frame pointer of the function.
    pub const FP: usize = 8;
    /// Entry address of the function.
    pub const FUNC_ENTRY: usize = 16;
    /// The set of pending `calls`, of which the highest is the innermost, or the address of the innermost `Defer`.
    pub const PENDING: usize = 24;
    /// What `pending` is as a set without calls.
    pub const NO_CALLS: usize = 1;
    /// The closures to call, valid where `pending` says so. Once the frame is linked, none of the others is what lay there before.
    pub const CALLS: usize = 32;
    /// Size of one of `calls`.
    pub const CALL_SIZE: usize = 8;
    /// The most `calls` that a frame has.
    pub const MAX_CALLS: usize = 8;
}

/// `Defer {link, fn}`: one per execution of a `defer` statement that is not open-coded; in the frame outside of loops, else in the heap.
pub mod defer {
    /// The defer statement executed before this one.
    pub const LINK: usize = 0;
    /// The closure to call.
    pub const FN: usize = 8;
    /// Size of the record.
    pub const SIZE: usize = 16;
}
