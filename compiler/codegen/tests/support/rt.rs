//! The smallest runtime that lets a `.mir` test run: entry, stack growth, panics, printing. Compiled by `run.rs` with rustc.
#![no_std]

use core::arch::{asm, global_asm};

#[path = "../../../../rt/abi/src/frame_map.rs"]
#[allow(dead_code)]
mod frame_map;
#[path = "../../../../rt/abi/src/functab.rs"]
#[allow(dead_code)]
mod functab;

#[repr(C, align(16))]
struct G([u64; 32]);
static mut G0: G = G([0; 32]);
/// Calls of morestack so far.
static mut GROWN: u64 = 0;

// rt0: run main.main with a guard that fails once; its result is the exit code.
// morestack: count, lower the guard, go on behind `pop rbp; ret`.
// test.throw: continue at the caller's handler, as a recovered panic does. rbp is still the caller's.
// test.divmod: as every stub, returns its second word in rdx and in rcx.
// The panics print their operands and exit with 2.
global_asm!(
    r#"
    .globl "rt.rt0"
"rt.rt0":
    xor ebp, ebp
    lea r15, [rip + {g}]
    mov qword ptr [r15], -4096
    and rsp, -16
    call "main.main"
    mov edi, eax
    mov eax, 231
    syscall

    .globl "rt.morestack"
"rt.morestack":
    add qword ptr [rip + {grown}], 1
    mov qword ptr [r15], 0
    add qword ptr [rsp], 2
    ret

    .globl "test.throw"
"test.throw":
    mov rdi, [rsp]
    mov rsi, rbp
    and rsp, -16
    call {resume}
    mov rsp, rdx
    jmp rax

    .globl "test.divmod"
"test.divmod":
    push rbp
    call {divmod}
    mov rcx, rdx
    pop rbp
    ret

    .globl "runtime.panicIndex"
"runtime.panicIndex":
    .globl "runtime.panicSliceAlen"
"runtime.panicSliceAlen":
    mov rdi, [r15 + 24]
    mov rsi, [r15 + 32]
    and rsp, -16
    call {panic}

    .globl "runtime.panicdivide"
"runtime.panicdivide":
    .globl "runtime.panicmem"
"runtime.panicmem":
    mov rdi, -1
    mov rsi, -1
    and rsp, -16
    call {panic}
"#,
    g = sym G0,
    grown = sym GROWN,
    resume = sym resume,
    divmod = sym divmod,
    panic = sym panic_with,
);

unsafe extern "C" {
    #[link_name = "runtime.text"]
    static TEXT: u8;
    #[link_name = "runtime.functab"]
    static FUNCTAB: u8;
}

#[repr(C)]
struct Pair(u64, u64);
#[repr(C)]
struct Triple(u64, u64, u64);

/// Handler and stack pointer for the frame `fp` of the function around `pc`.
unsafe extern "C" fn resume(pc: u64, fp: u64) -> Pair {
    let text = &raw const TEXT as u64;
    let table = &raw const FUNCTAB;
    let func = unsafe {
        let header = core::slice::from_raw_parts(table, functab::HEADER_SIZE);
        let size = functab::FuncTable::total_size(header).unwrap_unchecked();
        functab::FuncTable::new(core::slice::from_raw_parts(table, size)).unwrap_unchecked()
    }
    .lookup((pc - 1 - text) as u32);
    match func {
        Some(func) => match func.handler() {
            Some(handler) => Pair(text + u64::from(handler), fp - u64::from(func.frame_size())),
            None => exit(3),
        },
        None => exit(4),
    }
}

extern "C" fn panic_with(x: i64, y: i64) -> ! {
    print(x);
    print(y);
    exit(2)
}

#[unsafe(export_name = "test.print")]
extern "C" fn print(x: i64) {
    let mut text = [0u8; 24];
    let mut at = text.len() - 1;
    text[at] = b'\n';
    let mut rest = x.unsigned_abs();
    loop {
        at -= 1;
        text[at & 31] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if x < 0 {
        at -= 1;
        text[at] = b'-';
    }
    syscall(1, 1, text[at..].as_ptr() as u64, (text.len() - at) as u64);
}

#[unsafe(export_name = "test.print_float")]
extern "C" fn print_float(x: f64) {
    print((x * 1000.0) as i64);
}

#[unsafe(export_name = "test.grown")]
extern "C" fn grown() -> u64 {
    unsafe { GROWN }
}

extern "C" fn divmod(x: u64, y: u64) -> Pair {
    Pair(x / y, x % y)
}

#[unsafe(export_name = "test.triple")]
extern "C" fn triple(x: u64) -> Triple {
    Triple(x, x + 1, x + 2)
}

fn syscall(number: u64, a: u64, b: u64, c: u64) -> u64 {
    let result;
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
            lateout("rcx") _, lateout("r11") _);
    }
    result
}

fn exit(code: u64) -> ! {
    loop {
        syscall(231, code, 0, 0);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(5)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    unsafe { asm!("rep movsb", inout("rcx") n => _, inout("rdi") to => _, inout("rsi") from => _) };
    to
}

#[unsafe(export_name = "runtime.memmove")]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) {
    unsafe { memcpy(to, from, n) };
}

#[unsafe(export_name = "runtime.memclrNoHeapPointers")]
unsafe extern "C" fn memclr(to: *mut u8, n: usize) {
    unsafe { asm!("rep stosb", inout("rcx") n => _, inout("rdi") to => _, in("al") 0u8) };
}
