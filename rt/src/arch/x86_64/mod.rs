//! x86-64. r15 is g in compiled code; fs holds the address of the M.

#[macro_use]
mod registers;

mod barrier;
mod block;
mod code;
mod hash;
mod memory;
mod native_call;
mod preempt;
mod segment;
mod start;
mod switch;
mod vfork;

pub(crate) use block::Block;
pub(crate) use code::{CALL_SIZE, begins_with_frame, call_target, is_return, stub_target};
pub(crate) use memory::{memequal, memmove};
pub(crate) use preempt::async_preempt;
pub(crate) use segment::{caller_of_morestack, goexit0, lessstack, resume_at};
pub(crate) use switch::{call_g0, call_go, gogo, panic_exit, run_on_g0};

use crate::sched::m::M;
use core::arch::asm;

/// What `call_g0` pushes below the return address of the entry stub, lowest address first.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SavedFrame {
    pub r15: usize,
    pub r14: usize,
    pub r13: usize,
    pub r12: usize,
    pub rbx: usize,
    pub rbp: usize,
    pub return_pc: usize,
}

impl SavedFrame {
    /// The registers that a callee preserves, in the order of frame maps.
    pub(crate) fn kept(&self) -> [&usize; rgo_abi::frame_map::KEPT] {
        [&self.rbx, &self.r12, &self.r13, &self.r14]
    }
}

/// Writes the frame with which a new goroutine starts at `code` on a segment that ends at `hi`; returns its `sched_sp`.
///
/// # Safety
/// The 72 bytes below `hi` belong to the caller and `hi` is a multiple of 16.
pub(crate) unsafe fn prepare_entry(hi: usize, code: usize, g: usize) -> usize {
    let frame = SavedFrame { r15: g, r14: 0, r13: 0, r12: 0, rbx: 0, rbp: 0, return_pc: code };
    let return_slot = (hi - 8) as *mut usize;
    let sp = hi - 8 - size_of::<SavedFrame>();
    // SAFETY: both places lie in the 72 bytes that the caller owns.
    unsafe { return_slot.write(goexit0 as *const () as usize) };
    // SAFETY: as above; `sp` is a multiple of 8.
    unsafe { (sp as *mut SavedFrame).write(frame) };
    sp
}

/// The registers that a callee preserves: what outer frames keep there may lie on no stack yet.
#[inline(always)]
pub(crate) fn kept_registers() -> [usize; 5] {
    let mut registers = [0; 5];
    // SAFETY: writes the array.
    unsafe {
        asm!(
            "mov [{at}], rbx",
            "mov [{at} + 8], r12",
            "mov [{at} + 16], r13",
            "mov [{at} + 24], r14",
            "mov [{at} + 32], r15",
            at = in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags)
        );
    }
    registers
}

/// The M of this thread.
#[inline]
pub(crate) fn current_m() -> &'static M {
    let m: *const M;
    // SAFETY: fs points at the M, whose first word is its own address; set before any Rust code asks for it.
    unsafe { asm!("mov {}, fs:[0]", out(reg) m, options(nostack, preserves_flags, pure, readonly)) };
    // SAFETY: Ms are never freed.
    unsafe { &*m }
}

/// Makes `m` the M of this thread.
pub(crate) fn set_thread_register(m: &'static M) {
    const ARCH_SET_FS: usize = 0x1002;
    let addr = m as *const M as usize;
    crate::os::syscall(crate::os::nr::ARCH_PRCTL, [ARCH_SET_FS, addr, 0, 0, 0, 0]);
}

/// Tells the processor that this is a spin loop.
pub(crate) fn spin_hint() {
    core::hint::spin_loop();
}

/// Starts to load the cache line of `addr`.
#[inline]
pub(crate) fn prefetch(addr: usize) {
    // SAFETY: prefetching has no effect but on the cache, whatever the address.
    unsafe { core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(addr as *const i8) }
}

/// The time stamp counter.
pub(crate) fn cputicks() -> u64 {
    // SAFETY: rdtsc exists on every x86-64.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The frame pointer of the function that this is inlined into, or its caller's. Rust keeps frame pointers in rt.
#[inline(always)]
pub(crate) fn frame_pointer() -> usize {
    let fp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// Stops in a debugger.
pub(crate) fn breakpoint() {
    // SAFETY: a trap changes nothing.
    unsafe { asm!("int3", options(nostack)) };
}
