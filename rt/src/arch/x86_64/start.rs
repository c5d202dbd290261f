//! The first instructions of the process.

use core::arch::naked_asm;

/// ELF entry point. The kernel leaves argc, argv, envp and the auxiliary vector at rsp.
#[unsafe(naked)]
#[unsafe(export_name = "_start")]
pub(crate) unsafe extern "C" fn start() -> ! {
    naked_asm!(
        "xor ebp, ebp",
        "mov rdi, rsp",
        "and rsp, -16",
        "call {rt0}",
        "ud2",
        rt0 = sym crate::rt0::rt0,
    )
}
asm_entry!("rt.rt0", crate::arch::x86_64::start::start);
