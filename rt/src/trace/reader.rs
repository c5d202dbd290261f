//! The reader's side of the trace: `runtime.ReadTrace` polls.

use super::buffer;
use core::sync::atomic::{AtomicBool, Ordering};

/// The format's version.
const HEADER: &[u8; 16] = b"go 1.26 trace\0\0\0";
/// Results of `traceRead` besides a length: nothing yet; nothing more.
const WAIT: i64 = 0;
const END: i64 = -1;

/// The trace has been stopped.
static STOPPED: AtomicBool = AtomicBool::new(true);

/// A trace begins.
pub(super) fn start() {
    buffer::discard();
    STOPPED.store(false, Ordering::Release);
    buffer::raw(HEADER);
}

/// Everything has been queued.
pub(super) fn stop() {
    STOPPED.store(true, Ordering::Release);
}

/// `runtime.traceRead(buf *byte, n int) int`: the next part of the trace, at most 64 KiB and a little.
extern "C" fn read(buf: *mut u8, n: usize) -> i64 {
    let stopped = STOPPED.load(Ordering::Acquire);
    // SAFETY: the caller's buffer.
    let out = unsafe { core::slice::from_raw_parts_mut(buf, n) };
    match buffer::take(out) {
        Some(n) => n as i64,
        None if stopped => END,
        None => WAIT,
    }
}
g0_entry!("runtime.traceRead", read);
