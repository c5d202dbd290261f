//! Calls of and from Go functions whose signature is known only at run time. The overlay's `runtime/reflectcall.go` fills
//! and reads the register image; the routines here know the registers of the calling convention and nothing of types.
//!
//! Image: 8 integer registers, then 8 float registers. Parameters: rdi rsi rdx rcx r8 r9, xmm0-7. Results: rax rcx rdx rsi
//! rdi r8 r9 r10, xmm0-7.

use core::arch::naked_asm;
use rgo_abi::g;

/// `runtime.callNative(code uintptr, ctxt unsafe.Pointer, regs *nativeRegs)`.
///
/// ```text
/// in: rdi code, rsi ctxt, rdx regs          stack: rdi | regs | r14 | r13 | r12 | rbx | rbp | return
/// ```
/// The callee may clobber every register but rbp and r15, which its Go caller's C view of this routine does not allow.
#[unsafe(naked)]
#[unsafe(export_name = "rt.call_native")]
pub(crate) unsafe extern "C" fn call_native() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push rdx",
        "push rdi",
        "mov [r15 + {CTXT}], rsi",
        "mov r11, rdi",
        "mov r10, rdx",
        "movsd xmm0, qword ptr [r10 + 64]",
        "movsd xmm1, qword ptr [r10 + 72]",
        "movsd xmm2, qword ptr [r10 + 80]",
        "movsd xmm3, qword ptr [r10 + 88]",
        "movsd xmm4, qword ptr [r10 + 96]",
        "movsd xmm5, qword ptr [r10 + 104]",
        "movsd xmm6, qword ptr [r10 + 112]",
        "movsd xmm7, qword ptr [r10 + 120]",
        "mov rdi, [r10]",
        "mov rsi, [r10 + 8]",
        "mov rdx, [r10 + 16]",
        "mov rcx, [r10 + 24]",
        "mov r8, [r10 + 32]",
        "mov r9, [r10 + 40]",
        "call r11",
        "mov r11, [rsp + 8]",
        "mov [r11], rax",
        "mov [r11 + 8], rcx",
        "mov [r11 + 16], rdx",
        "mov [r11 + 24], rsi",
        "mov [r11 + 32], rdi",
        "mov [r11 + 40], r8",
        "mov [r11 + 48], r9",
        "mov [r11 + 56], r10",
        "movsd qword ptr [r11 + 64], xmm0",
        "movsd qword ptr [r11 + 72], xmm1",
        "movsd qword ptr [r11 + 80], xmm2",
        "movsd qword ptr [r11 + 88], xmm3",
        "movsd qword ptr [r11 + 96], xmm4",
        "movsd qword ptr [r11 + 104], xmm5",
        "movsd qword ptr [r11 + 112], xmm6",
        "movsd qword ptr [r11 + 120], xmm7",
        "add rsp, 16",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        CTXT = const g::CTXT,
    )
}
asm_entry!("runtime.callNative", crate::arch::x86_64::native_call::call_native);

/// `runtime.nativeStub`: code word of closure objects `{code, handler func(regs *nativeRegs)}`. Called with any Go
/// signature; the handler finds the parameters in the image and leaves the results there.
#[unsafe(naked)]
#[unsafe(export_name = "rt.native_stub")]
pub(crate) unsafe extern "C" fn native_stub() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 128",
        "mov [rsp], rdi",
        "mov [rsp + 8], rsi",
        "mov [rsp + 16], rdx",
        "mov [rsp + 24], rcx",
        "mov [rsp + 32], r8",
        "mov [rsp + 40], r9",
        "mov qword ptr [rsp + 48], 0",
        "mov qword ptr [rsp + 56], 0",
        "movsd qword ptr [rsp + 64], xmm0",
        "movsd qword ptr [rsp + 72], xmm1",
        "movsd qword ptr [rsp + 80], xmm2",
        "movsd qword ptr [rsp + 88], xmm3",
        "movsd qword ptr [rsp + 96], xmm4",
        "movsd qword ptr [rsp + 104], xmm5",
        "movsd qword ptr [rsp + 112], xmm6",
        "movsd qword ptr [rsp + 120], xmm7",
        "mov r11, [r15 + {CTXT}]",
        "mov r11, [r11 + 8]",
        "mov [r15 + {CTXT}], r11",
        "mov rdi, rsp",
        "call qword ptr [r11]",
        "mov rax, [rsp]",
        "mov rcx, [rsp + 8]",
        "mov rdx, [rsp + 16]",
        "mov rsi, [rsp + 24]",
        "mov rdi, [rsp + 32]",
        "mov r8, [rsp + 40]",
        "mov r9, [rsp + 48]",
        "mov r10, [rsp + 56]",
        "movsd xmm0, qword ptr [rsp + 64]",
        "movsd xmm1, qword ptr [rsp + 72]",
        "movsd xmm2, qword ptr [rsp + 80]",
        "movsd xmm3, qword ptr [rsp + 88]",
        "movsd xmm4, qword ptr [rsp + 96]",
        "movsd xmm5, qword ptr [rsp + 104]",
        "movsd xmm6, qword ptr [rsp + 112]",
        "movsd xmm7, qword ptr [rsp + 120]",
        "leave",
        "ret",
        CTXT = const g::CTXT,
    )
}
asm_entry!("runtime.nativeStub", crate::arch::x86_64::native_call::native_stub);
