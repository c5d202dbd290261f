//! The code injected into a goroutine that a signal stopped between two instructions.

use core::arch::naked_asm;

/// Entered as if called by the interrupted instruction: the signal handler has pushed the interrupted pc. Saves every
/// register that compiled code may use (flags, general, xmm; the frame is scanned conservatively), lets other goroutines
/// run, restores, and returns to the interrupted instruction.
#[unsafe(naked)]
#[unsafe(export_name = "rt.async_preempt")]
pub(crate) unsafe extern "C" fn async_preempt() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "pushfq",
        "cld",
        save_scratch!(),
        "lea r11, [rip + {yield_now}]",
        "call {call_g0}",
        restore_scratch!(),
        "popfq",
        "pop rbp",
        "ret",
        yield_now = sym crate::sched::preempt::preempted,
        call_g0 = sym super::call_g0,
    )
}
