//! What compiled code calls after a store of a pointer while the collector marks.

use core::arch::naked_asm;
use rgo_abi::m;

/// `rt.write_barrier(old rdi, new rsi)`: keeps all registers but the flags. Notes both words in the M's buffer; when it is full, they are
/// marked on g0's stack.
#[unsafe(naked)]
#[unsafe(export_name = "rt.write_barrier")]
pub(crate) unsafe extern "C" fn write_barrier() {
    naked_asm!(
        "push rax",
        "mov rax, fs:[{NEXT}]",
        "mov [rax], rdi",
        "mov [rax + 8], rsi",
        "add rax, 16",
        "mov fs:[{NEXT}], rax",
        "cmp rax, fs:[{END}]",
        "pop rax",
        "jae 2f",
        "ret",
        "2:",
        "push rbp",
        "mov rbp, rsp",
        // Aligns the frame.
        "push rax",
        save_scratch!(),
        "lea r11, [rip + {flush}]",
        "call {call_g0}",
        restore_scratch!(),
        "pop rax",
        "pop rbp",
        "ret",
        NEXT = const m::BARRIER_NEXT,
        END = const m::BARRIER_END,
        flush = sym crate::gc::barrier::flush_entry,
        call_g0 = sym super::call_g0,
    )
}
