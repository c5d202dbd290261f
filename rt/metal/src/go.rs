//! How Rust plays compiled Go: entries are called with g in r15, goroutines begin in a function that makes room on their stack.

use core::arch::{asm, naked_asm};
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rgo_abi::types::Type;

use crate::types::{CLOSURE, Descriptor};

/// Calls `f` with the six words at `args`; stores its two result words. Sets r15 to the running goroutine, as in Go code.
///
/// # Safety
/// `f` is an entry of rt that takes such arguments.
#[unsafe(naked)]
pub unsafe extern "C" fn call_entry(f: usize, args: &[usize; 6], results: &mut [usize; 2]) {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push r15",
        "push rbx",
        "mov rbx, rdx",
        "mov r15, fs:[{curg}]",
        "mov rax, rdi",
        "mov r10, rsi",
        "mov rdi, [r10]",
        "mov rsi, [r10 + 8]",
        "mov rdx, [r10 + 16]",
        "mov rcx, [r10 + 24]",
        "mov r8, [r10 + 32]",
        "mov r9, [r10 + 40]",
        "call rax",
        "mov [rbx], rax",
        "mov [rbx + 8], rdx",
        "pop rbx",
        "pop r15",
        "pop rbp",
        "ret",
        curg = const rgo_abi::m::CURG,
    )
}

/// `rt!("symbol", word...)`: calls an entry; its two result words.
#[macro_export]
macro_rules! rt {
    ($symbol:literal $(, $word:expr)* $(,)?) => {{
        unsafe extern "C" {
            #[link_name = $symbol]
            fn entry_of_rt();
        }
        let words: &[usize] = &[$($word as usize),*];
        let mut args = [0; 6];
        args[..words.len()].copy_from_slice(words);
        let mut results = [0; 2];
        // SAFETY: the caller passes what the entry's row in `rgo_abi::entries` says.
        unsafe { $crate::go::call_entry(entry_of_rt as *const () as usize, &args, &mut results) };
        results
    }};
}

/// `go_fn!(name = "symbol" calls body)`: a function that can be a goroutine's first. Its prologue is that of a function with a frame of
/// 32 KiB, so it always continues on a segment with room for Rust; it calls `body` with the closure from `g.ctxt`.
#[macro_export]
macro_rules! go_fn {
    ($name:ident = $symbol:literal calls $body:ident) => {
        core::arch::global_asm!(
            concat!(".globl \"", $symbol, "\"\n\"", $symbol, "\":"),
            "push rbp",
            "mov rbp, rsp",
            "mov r11d, 32768",
            "call rt.morestack",
            "jmp 2f",
            "2:",
            "mov rdi, [r15 + {ctxt}]",
            "call {body}",
            "mov rsp, rbp",
            "pop rbp",
            "ret",
            ctxt = const rgo_abi::g::CTXT,
            body = sym $body,
        );
        unsafe extern "C" {
            #[link_name = $symbol]
            fn $name();
        }
    };
}

go_fn!(checked = "metal.checked" calls nothing);
extern "C" fn nothing(_closure: usize) {}

/// Gives way if asked to: the stack check of a call.
pub fn poll() {
    // SAFETY: `checked` has the prologue of compiled code, which clobbers what a call clobbers; r15 is g during the call.
    unsafe {
        asm!(
            "push r15",
            "push r15",
            "mov r15, fs:[{curg}]",
            "call {f}",
            "pop r15",
            "pop r15",
            curg = const rgo_abi::m::CURG,
            f = sym checked,
            clobber_abi("C"),
        );
    }
}

/// The word `index` of the object at `addr`.
pub fn word(addr: usize, index: usize) -> &'static AtomicUsize {
    // SAFETY: tests name words of objects that they hold.
    unsafe { &*((addr + 8 * index) as *const AtomicUsize) }
}

/// Reads a word of an object.
pub fn get(addr: usize, index: usize) -> usize {
    word(addr, index).load(SeqCst)
}

/// Writes a word of an object.
pub fn set(addr: usize, index: usize, value: usize) {
    word(addr, index).store(value, SeqCst);
}

/// `new(T)`.
pub fn new(typ: &'static Descriptor<Type>) -> usize {
    rt!("runtime.newobject", typ as *const _)[0]
}

/// A func value with up to three captures; captures are pointers to the collector.
pub fn closure(code: unsafe extern "C" fn(), captures: &[usize]) -> usize {
    let closure = new(&CLOSURE);
    set(closure, 0, code as usize);
    for (i, &capture) in captures.iter().enumerate() {
        set(closure, i + 1, capture);
    }
    closure
}

/// `go func() { ... }()`.
pub fn go(code: unsafe extern "C" fn(), captures: &[usize]) {
    rt!("runtime.newproc", closure(code, captures));
}

/// `runtime.Gosched()`.
pub fn gosched() {
    rt!("runtime.Gosched");
}

/// `make(chan T, size)`.
pub fn make_chan(typ: &'static Descriptor<rgo_abi::types::ChanType>, size: usize) -> usize {
    rt!("runtime.makechan", typ as *const _, size)[0]
}

/// `c <- value`, for one-word values.
pub fn send(c: usize, value: usize) {
    let place = value;
    rt!("runtime.chansend1", c, &raw const place);
    core::hint::black_box(&place);
}

/// `value, ok := <-c`.
pub fn recv(c: usize) -> (usize, bool) {
    let mut place = 0usize;
    let ok = rt!("runtime.chanrecv2", c, &raw mut place)[0] != 0;
    (core::hint::black_box(place), ok)
}
