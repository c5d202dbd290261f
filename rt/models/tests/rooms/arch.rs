//! Leaving and entering goroutines: by unwinding to the thread's loop (`hosted`), which drops nothing, because rt keeps no frames.

use crate::hosted::{Exit, current, leave};
use crate::sched::G;
use crate::sched::m::M;

pub(crate) fn current_m() -> &'static M {
    current().m
}

pub(crate) fn spin_hint() {}

/// # Safety
/// As in rt; none here.
pub(crate) unsafe fn run_on_g0(_schedule: extern "C" fn() -> !) -> ! {
    leave(Exit::Parked)
}

/// # Safety
/// As in rt; none here.
pub(crate) unsafe fn panic_exit(g: &'static G) -> ! {
    leave(Exit::Panicked(g.panic_code.get()))
}

/// Calls Go code, a callback of package time: to the timer of a channel it sends without waiting, others count.
///
/// # Safety
/// The first word of `args` is the address of a counter, the second nil or a channel.
pub(crate) unsafe fn call_go(_func: usize, args: &[usize; 6]) {
    if args[1] == 0 {
        // SAFETY: the caller's promise.
        let counter = unsafe { &*(args[0] as *const crate::shared::AtomicU32) };
        counter.fetch_add(1, crate::shared::Ordering::SeqCst);
        return;
    }
    let mut value = args[2] as u64;
    let chan = args[1] as *const crate::chan::HChan;
    crate::chan::send(chan, (&raw mut value).cast(), crate::chan::Mode::Try);
}
