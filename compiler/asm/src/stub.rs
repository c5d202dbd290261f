//! Where the two calling conventions meet.
//!
//! Go's stack convention ABI0: arguments and results lie above the return address, every register but rsp may be clobbered, and rgo's r15
//! (the current G) and rbp with them. A *call stub* is what compiled code calls: it takes the address of a frame `[arguments |
//! results]` that the compiler has filled, copies it to where ABI0 wants it, calls, and copies it back. An *entry stub* is what assembly
//! calls: it finds the G again and hands the address of the arguments to a compiled function.
//!
//! ```text
//! call stub                               entry stub
//!   push rbp; mov rbp, rsp                  push rbp; mov rbp, rsp
//!   lea r11, [rbp - need]                   mov r15, fs:[M.curg]
//!   cmp r11, [r15 + guard]; jbe slow        lea rdi, [rsp + 16]
//!   sub rsp, frame                          and rsp, -16
//!   store rdi, r15, rbx, r12-r14 above      call target
//!   copy in; call target; copy out          mov rsp, rbp; pop rbp
//!   load r15, rbx, r12-r14; pop rbp; ret    ret
//! ```
//! slow: mov r11d, need; call rt.morestack; pop rbp; ret; jmp to behind the check (see `codegen`'s `stack_check`)
//!
//! After the call nothing is trusted but rsp. A third form, for functions that call themselves, is a call stub for assembly to call: it loads the G and
//! takes the frame where it lies.

use std::sync::Arc;

use rgo_abi::g::STACK_GUARD;
use rgo_abi::m::CURG;

use crate::{FixupKind, Reference};

/// The Go function that calls the assembly function `target` (an ABI0 symbol).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallStub {
    pub symbol: Arc<str>,
    pub target: Arc<str>,
    /// Bytes of arguments and results, a multiple of 8.
    pub size: u32,
    /// Where the results begin: what lies before is not copied back.
    pub results: u32,
    /// Called by assembly with the stack frame itself, to check the stack before a function that calls itself.
    pub from_assembly: bool,
}

/// The ABI0 symbol of a Go function: calls `target` with the address of the arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryStub {
    pub symbol: Arc<str>,
    pub target: Arc<str>,
}

/// Machine code of a stub.
pub(crate) struct Stub {
    pub bytes: Vec<u8>,
    pub references: Vec<Reference>,
    /// Bytes from the frame pointer down to the stack pointer in the body.
    pub frame: u32,
}

/// The function of rt that finds room on the stack.
pub(crate) const MORESTACK: &str = "rt.morestack";

/// `mov r15, fs:[disp32]`, without the displacement.
const LOAD_G: [u8; 5] = [0x64, 0x4c, 0x8b, 0x3c, 0x25];

/// What compiled code expects to find again after a call besides r15 and rbp: rbx, r12, r13, r14. REX prefix and ModRM byte of a move
/// between the register and `[rsp + disp32]`.
const SAVED: [(u8, u8); 4] = [(0x48, 0x9c), (0x4c, 0xa4), (0x4c, 0xac), (0x4c, 0xb4)];

/// Copies of more words than this are a loop.
const UNROLLED: u32 = 16;

const _: () = assert!(STACK_GUARD == 0, "the encodings below address [r15] without displacement");

fn call(bytes: &mut Vec<u8>, symbol: &Arc<str>) -> Reference {
    bytes.push(0xe8);
    let offset = bytes.len() as u32;
    bytes.extend([0; 4]);
    Reference { offset, kind: FixupKind::Pc32, symbol: Arc::clone(symbol), addend: -4 }
}

impl CallStub {
    /// `depth`: bytes of stack that the callee needs below its return address.
    pub(crate) fn code(&self, depth: u32) -> Stub {
        // The copy, then the words saved; the callee starts with rsp a multiple of 16 plus 8, as it would in gc's programs by chance.
        let frame = (self.size + 16 + 8 * SAVED.len() as u32).next_multiple_of(16);
        let (saved_frame, saved_g) = (self.size, self.size + 8);
        let need = frame + 8 + depth;
        let mut b = vec![0x55, 0x48, 0x89, 0xe5]; // push rbp; mov rbp, rsp
        if self.from_assembly {
            b.extend(LOAD_G);
            b.extend((CURG as u32).to_le_bytes());
            b.extend([0x48, 0x8d, 0x7c, 0x24, 0x10]); // lea rdi, [rsp + 16]
        }
        b.extend([0x4c, 0x8d, 0x9d]); // lea r11, [rbp - need]
        b.extend((-i64::from(need) as i32).to_le_bytes());
        b.extend([0x4d, 0x3b, 0x1f, 0x0f, 0x86]); // cmp r11, [r15]; jbe slow
        let slow_from = b.len();
        b.extend([0; 4]);
        let after_check = b.len();
        b.extend([0x48, 0x81, 0xec]); // sub rsp, frame
        b.extend(frame.to_le_bytes());
        b.extend([0x48, 0x89, 0xbc, 0x24]); // mov [rsp + saved_frame], rdi
        b.extend(saved_frame.to_le_bytes());
        b.extend([0x4c, 0x89, 0xbc, 0x24]); // mov [rsp + saved_g], r15
        b.extend(saved_g.to_le_bytes());
        for (at, opcode) in (saved_g + 8..).step_by(8).zip(SAVED) {
            b.extend([opcode.0, 0x89, opcode.1, 0x24]); // mov [rsp + at], register
            b.extend(at.to_le_bytes());
        }
        let words = if self.from_assembly { self.size / 8 } else { self.results.div_ceil(8) };
        if words > UNROLLED {
            b.extend([0x48, 0x89, 0xfe, 0x48, 0x89, 0xe7, 0xb9]); // mov rsi, rdi; mov rdi, rsp; mov ecx, words
            b.extend(words.to_le_bytes());
            b.extend([0xf3, 0x48, 0xa5]); // rep movsq
        } else {
            for word in 0..words {
                b.extend([0x48, 0x8b, 0x87]); // mov rax, [rdi + 8 * word]
                b.extend((word * 8).to_le_bytes());
                b.extend([0x48, 0x89, 0x84, 0x24]); // mov [rsp + 8 * word], rax
                b.extend((word * 8).to_le_bytes());
            }
        }
        let mut references = vec![call(&mut b, &self.target)];
        b.extend([0x4c, 0x8b, 0xbc, 0x24]); // mov r15, [rsp + saved_g]
        b.extend(saved_g.to_le_bytes());
        for (at, opcode) in (saved_g + 8..).step_by(8).zip(SAVED) {
            b.extend([opcode.0, 0x8b, opcode.1, 0x24]); // mov register, [rsp + at]
            b.extend(at.to_le_bytes());
        }
        b.extend([0x48, 0x8d, 0xac, 0x24]); // lea rbp, [rsp + frame]
        b.extend(frame.to_le_bytes());
        let first = self.results / 8;
        let words = (self.size / 8).saturating_sub(first);
        if words > 0 {
            b.extend([0x48, 0x8b, 0xbc, 0x24]); // mov rdi, [rsp + saved_frame]
            b.extend(saved_frame.to_le_bytes());
        }
        if words > UNROLLED {
            b.extend([0x48, 0x81, 0xc7]); // add rdi, 8 * first
            b.extend((first * 8).to_le_bytes());
            b.extend([0x48, 0x8d, 0xb4, 0x24]); // lea rsi, [rsp + 8 * first]
            b.extend((first * 8).to_le_bytes());
            b.push(0xb9); // mov ecx, words
            b.extend(words.to_le_bytes());
            b.extend([0xf3, 0x48, 0xa5]); // rep movsq
        } else {
            for word in first..first + words {
                b.extend([0x48, 0x8b, 0x84, 0x24]); // mov rax, [rsp + 8 * word]
                b.extend((word * 8).to_le_bytes());
                b.extend([0x48, 0x89, 0x87]); // mov [rdi + 8 * word], rax
                b.extend((word * 8).to_le_bytes());
            }
        }
        b.extend([0x48, 0x89, 0xec, 0x5d, 0xc3]); // mov rsp, rbp; pop rbp; ret
        let slow = b.len();
        b.extend([0x41, 0xbb]); // mov r11d, need
        b.extend(need.to_le_bytes());
        references.push(call(&mut b, &MORESTACK.into()));
        b.extend([0x5d, 0xc3]); // pop rbp; ret: the body has returned
        b.push(0xe9); // jmp after_check, which morestack goes to
        let end = b.len() + 4;
        b.extend((after_check as i32 - end as i32).to_le_bytes());
        b[slow_from..after_check].copy_from_slice(&(slow as i32 - after_check as i32).to_le_bytes());
        Stub { bytes: b, references, frame }
    }
}

impl EntryStub {
    pub(crate) fn code(&self) -> Stub {
        let mut b = vec![0x55, 0x48, 0x89, 0xe5]; // push rbp; mov rbp, rsp
        b.extend(LOAD_G);
        b.extend((CURG as u32).to_le_bytes());
        b.extend([0x48, 0x8d, 0x7c, 0x24, 0x10]); // lea rdi, [rsp + 16]
        b.extend([0x48, 0x83, 0xe4, 0xf0]); // and rsp, -16
        let references = vec![call(&mut b, &self.target)];
        b.extend([0x48, 0x89, 0xec, 0x5d, 0xc3]); // mov rsp, rbp; pop rbp; ret
        Stub { bytes: b, references, frame: 0 }
    }
}
