//! Panics raised by rt: the code and operands that `rt_panic` leaves in `g` for `runtime.panicFromRT`.
//!
//! The overlay's `runtime.panicFromRT` switches on these numbers; texts live there.

/// What went wrong. Operands are `g.panic_arg0`, `g.panic_arg1`.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PanicCode {
    /// `send on closed channel`
    SendOnClosedChannel = 1,
    /// `close of nil channel`
    CloseOfNilChannel = 2,
    /// `close of closed channel`
    CloseOfClosedChannel = 3,
    /// `makechan: size out of range`
    MakechanSize = 4,
    /// `makeslice: len out of range` (a runtime error)
    MakesliceLen = 5,
    /// `makeslice: cap out of range` (a runtime error)
    MakesliceCap = 6,
    /// `runtime: allocation size out of range`
    AllocationSize = 7,
    /// Fatal `out of memory`, not recoverable.
    OutOfMemory = 8,
    /// `runtime: bad notifyList size` (fatal). arg0: the size.
    BadNotifyListSize = 9,
    /// `runtime error: growslice: len out of range`
    GrowsliceLen = 10,
    /// `select: too many cases` (fatal); 65536 is the limit of `reflect.Select`.
    SelectTooManyCases = 11,
    /// `runtime.SetFinalizer: finalizer already set` (fatal).
    FinalizerAlreadySet = 12,
    /// `getWeakHandle on invalid pointer` (fatal): neither in the heap nor a variable.
    NotInHeap = 13,
}
