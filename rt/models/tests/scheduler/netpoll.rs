//! A poller without files, that waits for timers only.

use crate::hosted;
use crate::sched::queue::GQueue;
use crate::shared::{AtomicBool, Ordering};
use crate::sync::Note;

crate::shared_static! {
    static WOKEN: Note = Note::new();
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
}

pub(crate) fn is_open() -> bool {
    hosted::has_timers()
}
pub(crate) fn has_waiters() -> bool {
    false
}
pub(crate) fn interrupt() {
    if !INTERRUPTED.swap(true, Ordering::SeqCst) {
        WOKEN.wake();
    }
}
/// Time passes while nothing else happens: a wait ends by an interruption, or if there is a timer, when others have run.
pub(crate) fn poll(delay_ns: i64) -> GQueue {
    if delay_ns < 0 {
        WOKEN.sleep();
    }
    if delay_ns != 0 {
        WOKEN.clear();
        INTERRUPTED.swap(false, Ordering::SeqCst);
    }
    GQueue::new()
}
