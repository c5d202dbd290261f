//! Records of `defer`, made by compiled code and walked by `runtime.gopanic`.

/// `DeferFrame {link, fp, func_entry, head}`: one per activation of a deferring function.
pub mod frame {
    /// The next outer `DeferFrame` of the goroutine.
    pub const LINK: usize = 0;
    /// Frame pointer of the function.
    pub const FP: usize = 8;
    /// Entry address of the function.
    pub const FUNC_ENTRY: usize = 16;
    /// Innermost pending `Defer`.
    pub const HEAD: usize = 24;
    /// Size of the record.
    pub const SIZE: usize = 32;
}

/// `Defer {link, fn}`: one per executed `defer` statement.
pub mod defer {
    /// The defer statement executed before this one.
    pub const LINK: usize = 0;
    /// The closure to call.
    pub const FN: usize = 8;
    /// Size of the record.
    pub const SIZE: usize = 16;
}
