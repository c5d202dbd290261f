//! Crossing from one stack segment to the next and back, and continuing a recovered function.

use super::SavedFrame;
use core::arch::naked_asm;
use rgo_abi::{g, stack_segment as seg};

/// Distance from morestack's return address to the jump into the function's body (`codegen`, `stack_check`).
const MORE: usize = 2;

/// Called by the cold end of a function's stack check, before the function has allocated its frame:
///
/// ```text
///   [rsp]     return address into the function: pop rbp; ret; [`MORE`] bytes on: jmp after_check
///   [rsp+8]   caller's rbp                       <- rbp
///   [rsp+16]  return address of the function
/// ```
///
/// In: r11d frame size, r15 g; all argument registers live (rdi rsi rdx rcx r8 r9, xmm0-7). Calls the function's body with rsp = rbp =
/// a place with `{caller's rbp, rt.lessstack}` at the end of a segment that has room for the frame, and returns what it returns; or
/// continues with the body on the old segment, when the goroutine was only asked to yield and there is room. Clobbers rax, r10,
/// r11. The Rust half (`stack::grow`) yields, or links a next segment, and then the test is made again.
///
/// `rt.lessstack` is where the body returns to: rsp is the end of the segment, where its header lies. It restores the previous
/// segment and returns to the function's cold end, whose stack has not changed meanwhile. Keeps all result registers; clobbers r11.
#[unsafe(naked)]
#[unsafe(export_name = "rt.morestack")]
pub(crate) unsafe extern "C" fn morestack() {
    naked_asm!(
        "mov r11d, r11d",
        "2:",
        "cmp qword ptr [r15 + {GUARD}], {PREEMPT}",
        "je 3f",
        // Room here? (After a yield; a small frame that would fit is moved all the same.)
        "mov rax, rbp",
        "sub rax, r11",
        "cmp rax, [r15 + {GUARD}]",
        "ja 4f",
        "mov r10, [r15 + {SEGMENT}]",
        "mov r10, [r10 + {NEXT}]",
        "test r10, r10",
        "je 3f",
        "lea rax, [r10 - 16]",
        "sub rax, r11",
        "cmp rax, [r10 + {SEG_GUARD}]",
        "jbe 3f",
        // Enter the segment r10.
        "mov rax, [rsp + 16]",
        "mov [r10 + {RETURN_PC}], rax",
        "lea rax, [rsp + 16]",
        "mov [r10 + {RETURN_SP}], rax",
        "mov rax, [r10 + {SEG_GUARD}]",
        "mov [r15 + {GUARD}], rax",
        "mov [r15 + {SEGMENT}], r10",
        "mov rax, [rsp]",
        "mov r11, [rsp + 8]",
        "mov rsp, r10",
        "call 5f",
        ".globl \"rt.lessstack\"",
        "\"rt.lessstack\":",
        "mov r11, [rsp + {PREV}]",
        "mov [r15 + {SEGMENT}], r11",
        "mov r11, [r11 + {SEG_GUARD}]",
        "mov [r15 + {GUARD}], r11",
        "mov rsp, [rsp + {RETURN_SP}]",
        "sub rsp, 16",
        "ret",
        "5:",
        "push r11",
        "mov rbp, rsp",
        "add rax, {MORE}",
        "jmp rax",
        "4:",
        "add qword ptr [rsp], {MORE}",
        "ret",
        // Slow: grow(frame, g) on g0's stack.
        "3:",
        "push rdi",
        "push rsi",
        "push rdx",
        "push rcx",
        "push r8",
        "push r9",
        "push r11",
        "sub rsp, 128",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3",
        "movups [rsp + 64], xmm4",
        "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6",
        "movups [rsp + 112], xmm7",
        "mov rdi, r11",
        "mov rsi, r15",
        "lea r11, [rip + {grow}]",
        "call {call_g0}",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]",
        "movups xmm4, [rsp + 64]",
        "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]",
        "movups xmm7, [rsp + 112]",
        "add rsp, 128",
        "pop r11",
        "pop r9",
        "pop r8",
        "pop rcx",
        "pop rdx",
        "pop rsi",
        "pop rdi",
        "jmp 2b",
        GUARD = const g::STACK_GUARD,
        PREEMPT = const g::PREEMPT as isize,
        SEGMENT = const g::SEGMENT,
        NEXT = const seg::NEXT,
        SEG_GUARD = const seg::GUARD,
        RETURN_PC = const seg::RETURN_PC,
        RETURN_SP = const seg::RETURN_SP,
        PREV = const seg::PREV,
        MORE = const MORE,
        call_g0 = sym super::call_g0,
        grow = sym crate::stack::grow,
    )
}

/// Bytes between the frame that `call_g0` saves and `morestack`'s return address while `grow` runs.
const SAVED_FOR_GROW: usize = 128 + 7 * 8;

/// The return address of `morestack` into the function that has no room, if it is what called `call_g0`, which left `saved` at `at`.
pub(crate) fn caller_of_morestack(saved: &SavedFrame, at: usize) -> Option<usize> {
    let func = crate::symtab::lookup_any(saved.return_pc)?;
    let slot = (at + size_of::<SavedFrame>() + SAVED_FOR_GROW) as *const usize;
    let is_morestack = crate::symtab::entry(func) == morestack as *const () as usize;
    // SAFETY: the goroutine is in there, with its stack as drawn above.
    is_morestack.then(|| unsafe { *slot })
}

unsafe extern "C" {
    /// See [`morestack`].
    #[link_name = "rt.lessstack"]
    pub(crate) fn lessstack();
}

/// Reached by the `ret` of a goroutine's first function: ends the goroutine.
#[unsafe(naked)]
#[unsafe(export_name = "rt.goexit0")]
pub(crate) unsafe extern "C" fn goexit0() {
    naked_asm!(
        "nop",
        "xor ebp, ebp",
        "lea r11, [rip + {end}]",
        "call {call_g0}",
        "ud2",
        end = sym crate::sched::goroutine::goroutine_end,
        call_g0 = sym super::call_g0,
    )
}

/// `runtime.resume(fp, func_entry)`: continues the recovered function whose frame pointer is fp (rdi) at its handler.
/// `traceback::resume_target` yields the handler's address (rax) and the function's stack pointer (rdx).
#[unsafe(naked)]
#[unsafe(export_name = "rt.resume_at")]
pub(crate) unsafe extern "C" fn resume_at() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rdi",
        "push rdi",
        "lea r11, [rip + {target}]",
        "call {call_g0}",
        "pop rbp",
        "mov rsp, rdx",
        "jmp rax",
        target = sym crate::stack::resume_target,
        call_g0 = sym super::call_g0,
    )
}
asm_entry!("runtime.resume", crate::arch::resume_at);
