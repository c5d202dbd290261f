//! Leaving and entering goroutines: by unwinding to the thread's loop (`hosted`), which drops nothing, because rt keeps no frames.

use crate::hosted::{Exit, leave};
use crate::sched::G;
use crate::sched::m::M;

pub(crate) fn current_m() -> &'static M {
    crate::hosted::current_m()
}

pub(crate) fn spin_hint() {}

pub(crate) fn kept_registers() -> [usize; 5] {
    [0; 5]
}

/// What an entry stub saves.
#[derive(Clone, Copy, Default)]
pub(crate) struct SavedFrame {
    pub r15: usize,
    pub r14: usize,
    pub r13: usize,
    pub r12: usize,
    pub rbx: usize,
    pub rbp: usize,
    pub return_pc: usize,
}

/// # Safety
/// As in rt; none here.
pub(crate) unsafe fn run_on_g0(f: extern "C" fn() -> !) -> ! {
    leave(Exit::Schedule(f as usize))
}

/// # Safety
/// As in rt; none here.
pub(crate) unsafe fn gogo(g: &'static G) -> ! {
    leave(Exit::Run(g))
}

/// # Safety
/// As in rt; none here.
pub(crate) unsafe fn panic_exit(_g: &'static G) -> ! {
    panic!("a Go panic")
}
