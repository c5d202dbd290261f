//! System calls made on the goroutine's stack.

use core::arch::naked_asm;
use rgo_abi::g;

/// `syscall.rawVforkSyscall(trap, a1, a2, a3) (r1, errno)`.
///
/// The child of `CLONE_VFORK|CLONE_VM` returns first and runs on this very stack until it execs, so nothing the parent
/// needs may be on the stack below: return address, guard and segment are kept in g, which the child does not touch.
#[unsafe(naked)]
#[unsafe(export_name = "rt.raw_vfork_syscall")]
pub(crate) unsafe extern "C" fn raw_vfork_syscall() {
    naked_asm!(
        "pop rax",
        "mov [r15 + {SAVE}], rax",
        "mov rax, [r15 + {GUARD}]",
        "mov [r15 + {SAVE} + 8], rax",
        "mov rax, [r15 + {SEGMENT}]",
        "mov [r15 + {SAVE} + 16], rax",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "mov rdx, rcx",
        "xor r10d, r10d",
        "xor r8d, r8d",
        "xor r9d, r9d",
        "syscall",
        "mov rcx, [r15 + {SAVE} + 8]",
        "mov [r15 + {GUARD}], rcx",
        "mov rcx, [r15 + {SAVE} + 16]",
        "mov [r15 + {SEGMENT}], rcx",
        "push qword ptr [r15 + {SAVE}]",
        "xor edx, edx",
        "xor ecx, ecx",
        "cmp rax, -4095",
        "jb 2f",
        "neg rax",
        "mov rdx, rax",
        "mov rcx, rax",
        "mov rax, -1",
        "2:",
        "ret",
        SAVE = const g::FORK_SAVE,
        GUARD = const g::STACK_GUARD,
        SEGMENT = const g::SEGMENT,
    )
}
asm_entry!("syscall.rawVforkSyscall", crate::arch::x86_64::vfork::raw_vfork_syscall);

/// `internal/runtime/syscall/linux.rawSyscall6(a [7]uintptr) (r1, r2, errno uintptr)`: rdi is the result area, rsi points
/// at the number and the arguments.
#[unsafe(naked)]
#[unsafe(export_name = "rt.raw_syscall6")]
pub(crate) unsafe extern "C" fn raw_syscall6() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rdi",
        "mov rax, [rsi]",
        "mov rdi, [rsi + 8]",
        "mov rdx, [rsi + 24]",
        "mov r10, [rsi + 32]",
        "mov r8, [rsi + 40]",
        "mov r9, [rsi + 48]",
        "mov rsi, [rsi + 16]",
        "syscall",
        "pop rdi",
        "pop rbp",
        "cmp rax, -4095",
        "jae 2f",
        "mov [rdi], rax",
        "mov [rdi + 8], rdx",
        "mov qword ptr [rdi + 16], 0",
        "mov rax, rdi",
        "ret",
        "2:",
        "neg rax",
        "mov qword ptr [rdi], -1",
        "mov qword ptr [rdi + 8], 0",
        "mov [rdi + 16], rax",
        "mov rax, rdi",
        "ret",
    )
}
asm_entry!("internal/runtime/syscall/linux.rawSyscall6", crate::arch::x86_64::vfork::raw_syscall6);
