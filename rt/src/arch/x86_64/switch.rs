//! Switching between a goroutine's stack and g0's.

use crate::sched::g::G;
use core::arch::naked_asm;
use rgo_abi::{g, m};

unsafe extern "C" {
    /// The overlay's Go function that turns `g.panic_code` into a panic.
    #[link_name = "runtime.panicFromRT"]
    fn panic_from_rt();
}

/// Runs the Rust function in r11 on g0's stack. Reached from an entry stub, so the stack is
///
/// ```text
///   [rsp]  return address into compiled code
/// ```
///
/// In: r11 function, r15 g, arguments of the function in their registers. Out: results in rax, rdx, xmm0, and rdx again in rcx.
/// Clobbers what a C call clobbers. While the function runs `g.sched_sp` points at a `SavedFrame`. On g0 itself
/// (a timer callback calls rt) there is no switch.
#[unsafe(naked)]
#[unsafe(export_name = "rt.call_g0")]
pub(crate) unsafe extern "C" fn call_g0() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov r10, [r15 + {M}]",
        "cmp r15, [r10 + {G0}]",
        "je 2f",
        "mov [r15 + {SCHED_SP}], rsp",
        "mov rsp, [r10 + {G0_SP}]",
        "call r11",
        "mov rsp, [r15 + {SCHED_SP}]",
        "3:",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov rcx, rdx",
        "ret",
        "2:",
        "sub rsp, 8",
        "call r11",
        "add rsp, 8",
        "jmp 3b",
        M = const g::M,
        G0 = const m::G0,
        G0_SP = const m::G0_SP,
        SCHED_SP = const g::SCHED_SP,
    )
}

/// Continues g (rdi) where `call_g0` left it, with its two result words.
#[unsafe(naked)]
#[unsafe(export_name = "rt.gogo")]
pub(crate) unsafe extern "C" fn gogo(g: &'static G) -> ! {
    naked_asm!(
        "mov rsp, [rdi + {SCHED_SP}]",
        "mov rax, [rdi + {RESULT0}]",
        "mov rdx, [rdi + {RESULT1}]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov rcx, rdx",
        "ret",
        SCHED_SP = const g::SCHED_SP,
        RESULT0 = const g::RESULT0,
        RESULT1 = const g::RESULT1,
    )
}

/// Leaves g's (rdi) entry stub by a jump to `runtime.panicFromRT`: to the Go code it looks as if the stub's caller had called it.
#[unsafe(naked)]
#[unsafe(export_name = "rt.panic_exit")]
pub(crate) unsafe extern "C" fn panic_exit(g: &'static G) -> ! {
    naked_asm!(
        "mov rsp, [rdi + {SCHED_SP}]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "jmp {panic}",
        SCHED_SP = const g::SCHED_SP,
        panic = sym panic_from_rt,
    )
}

/// Discards what is on this M's g0 stack and calls f (rdi) there.
#[unsafe(naked)]
#[unsafe(export_name = "rt.run_on_g0")]
pub(crate) unsafe extern "C" fn run_on_g0(f: extern "C" fn() -> !) -> ! {
    naked_asm!(
        "mov rsp, fs:[{G0_SP}]",
        "xor ebp, ebp",
        "call rdi",
        "ud2",
        G0_SP = const m::G0_SP,
    )
}

/// Calls the Go func value `closure` (rdi) on g0's stack, as g0, with the six words at `args` (rsi) as its integer arguments.
/// Out: first result word.
#[unsafe(naked)]
#[unsafe(export_name = "rt.call_go")]
pub(crate) unsafe extern "C" fn call_go(closure: usize, args: &[usize; 6]) -> usize {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov r15, fs:[{G0}]",
        "mov [r15 + {CTXT}], rdi",
        "mov rax, [rdi]",
        "mov r10, rsi",
        "mov rdi, [r10]",
        "mov rsi, [r10 + 8]",
        "mov rdx, [r10 + 16]",
        "mov rcx, [r10 + 24]",
        "mov r8, [r10 + 32]",
        "mov r9, [r10 + 40]",
        "call rax",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        G0 = const m::G0,
        CTXT = const g::CTXT,
    )
}
