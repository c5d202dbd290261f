//! Threads by raw clone(2).

use super::signal::{block_all, set_mask};
use super::{errno, nr, pid, syscall};
use crate::sched::m::{M, thread_start};
use core::arch::naked_asm;

// VM, FS, FILES, SIGHAND, SYSVSEM, THREAD, SETTLS: what makes a thread of this process with its own thread register.
const CLONE_FLAGS: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x4_0000 | 0x1_0000 | 0x8_0000;

/// clone(flags rdi, stack rsi, ptid rdx, ctid rcx, tls r8). The child starts on the new stack in `thread_start`.
#[unsafe(naked)]
unsafe extern "C" fn clone_thread(flags: usize, stack: usize, ptid: usize, ctid: usize, tls: usize) -> isize {
    naked_asm!(
        "mov r10, rcx",
        "mov eax, {CLONE}",
        "syscall",
        "test rax, rax",
        "jne 2f",
        "xor ebp, ebp",
        "call {start}",
        "ud2",
        "2:",
        "ret",
        CLONE = const nr::CLONE,
        start = sym thread_start,
    )
}

/// Starts the thread of `m` on its g0 stack. Signals stay blocked in it until it has its signal stack.
pub(crate) fn new_thread(m: &'static M) -> Result<(), i32> {
    let old = block_all();
    let tls = m as *const M as usize;
    // SAFETY: the stack is m's own and unused; `thread_start` never returns.
    let r = unsafe { clone_thread(CLONE_FLAGS, m.g0_sp.get(), 0, 0, tls) };
    set_mask(old);
    match errno(r) {
        Some(e) => Err(e),
        None => Ok(()),
    }
}

/// `struct sched_attr` of sched_setattr(2), first version.
#[repr(C)]
#[derive(Default)]
struct SchedAttr {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    /// Of an ordinary thread: the length of its time slices (Linux 6.12), nanoseconds.
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// Asks for time slices of `ns` for the calling thread. It then gets a processor sooner when it wakes; its share of the time stays what it is. Kernels that know of no
/// such wish ignore it.
pub(crate) fn ask_for_slices(ns: u64) {
    let size = size_of::<SchedAttr>();
    let mut attr = SchedAttr::default();
    if errno(syscall(nr::SCHED_GETATTR, [0, &raw mut attr as usize, size, 0, 0, 0])).is_none() {
        attr.runtime = ns;
        syscall(nr::SCHED_SETATTR, [0, &raw const attr as usize, 0, 0, 0, 0]);
    }
}

/// The kernel's id of the calling thread.
pub(crate) fn thread_id() -> u32 {
    syscall(nr::GETTID, [0; 6]) as u32
}

/// Sends a signal to one thread of this process.
pub(crate) fn kill_thread(thread: u32, signal: u32) {
    syscall(nr::TGKILL, [pid() as usize, thread as usize, signal as usize, 0, 0, 0]);
}

/// Sends a signal to this process.
pub(crate) fn kill_process(signal: u32) {
    syscall(nr::KILL, [pid() as usize, signal as usize, 0, 0, 0, 0]);
}
