//! Binding of Go symbols to Rust functions.
//!
//! `g0_entry!("sync.runtime_Semacquire", semacquire)` exports a stub that runs `semacquire` on the stack of the M's g0;
//! `leaf_entry!` one that stays on the goroutine's stack. The Rust function is `extern "C"` and has the shape that
//! the symbol's row in `rgo_abi::entries` says: words in, at most two words out (more: `repr(C)` struct).
//! Go symbols contain `/` and `(`, so the stubs are module-level assembly with quoted names rather than naked functions.

/// Two result words.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair(pub u64, pub u64);

/// Three result words (returned through memory).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triple(pub u64, pub u64, pub u64);

/// Module-level assembly of a stub exported as `$name`, in a section of its own: its lines, then the operands they name.
#[macro_export]
macro_rules! entry_stub {
    ($name:literal, $($line:literal),+; $($operand:tt)*) => {
        #[cfg(not(test))]
        core::arch::global_asm!(
            concat!(".pushsection \".text.", $name, "\",\"ax\",@progbits"),
            concat!(".p2align 4\n.globl \"", $name, "\"\n.type \"", $name, "\",@function\n\"", $name, "\":"),
            $($line,)+
            concat!(".size \"", $name, "\", . - \"", $name, "\"\n.popsection"),
            $($operand)*
        );
    };
}

/// Exports `$name`, a stub that runs `$f` on g0's stack.
#[macro_export]
macro_rules! g0_entry {
    ($name:literal, $f:path) => {
        $crate::entry_stub!(
            $name,
            "lea r11, [rip + {f}]",
            "jmp {call}";
            f = sym $f,
            call = sym $crate::arch::call_g0,
        );
    };
}

/// Exports `$name`, a stub that runs `$f` on the goroutine's stack.
#[macro_export]
macro_rules! leaf_entry {
    ($name:literal, $f:path) => {
        $crate::entry_stub!(
            $name,
            "push rbp",
            "mov rbp, rsp",
            "call {f}",
            "mov rcx, rdx",
            "pop rbp",
            "ret";
            f = sym $f,
        );
    };
}

/// Exports `$name` as another name of the assembly routine `$f`, which keeps to the leaf convention itself.
#[macro_export]
macro_rules! asm_entry {
    ($name:literal, $f:path) => {
        $crate::entry_stub!(
            $name,
            "jmp {f}";
            f = sym $f,
        );
    };
}

/// Exports `$name`, a leaf with at most one result word, which needs no stub: another name of the Rust function `$f`.
#[macro_export]
macro_rules! short_entry {
    ($name:literal, $f:path) => {
        $crate::asm_entry!($name, $f);
    };
}

/// Exports `$name`, a stub that asks `$idle` on the goroutine's stack whether there is nothing to do: if it returns 1 the results are
/// zeros, otherwise `$slow` runs with the same arguments (two words) on g0's stack.
#[macro_export]
macro_rules! try_entry {
    ($name:literal, $idle:path, $slow:path) => {
        $crate::entry_stub!(
            $name,
            "push rbp",
            "mov rbp, rsp",
            "push rdi",
            "push rsi",
            "call {idle}",
            "pop rsi",
            "pop rdi",
            "pop rbp",
            "test eax, eax",
            "je 2f",
            "xor eax, eax",
            "xor edx, edx",
            "xor ecx, ecx",
            "ret",
            "2:",
            "lea r11, [rip + {slow}]",
            "jmp {call}";
            idle = sym $idle,
            slow = sym $slow,
            call = sym $crate::arch::call_g0,
        );
    };
}

/// Exports `$name`, without arguments: a stub that runs `$ready` on the goroutine's stack and, when its second result word is 0, `$slow` on
/// g0's stack for the only result.
#[macro_export]
macro_rules! ready_entry {
    ($name:literal, $ready:path, $slow:path) => {
        $crate::entry_stub!(
            $name,
            "push rbp",
            "mov rbp, rsp",
            "call {ready}",
            "pop rbp",
            "test edx, edx",
            "je 2f",
            "ret",
            "2:",
            "lea r11, [rip + {slow}]",
            "jmp {call}";
            ready = sym $ready,
            slow = sym $slow,
            call = sym $crate::arch::call_g0,
        );
    };
}

/// Exports `$name`, a stub that tries `$fast` on the goroutine's stack and, when that returns nil, runs `$slow` with the same
/// arguments (up to three words) on g0's stack.
#[macro_export]
macro_rules! alloc_entry {
    ($name:literal, $fast:path, $slow:path) => {
        $crate::entry_stub!(
            $name,
            "push rbp",
            "mov rbp, rsp",
            "push rdi",
            "push rsi",
            "push rdx",
            "push rdx",
            "call {fast}",
            "add rsp, 8",
            "pop rdx",
            "pop rsi",
            "pop rdi",
            "pop rbp",
            "test rax, rax",
            "je 2f",
            "ret",
            "2:",
            "lea r11, [rip + {slow}]",
            "jmp {call}";
            fast = sym $fast,
            slow = sym $slow,
            call = sym $crate::arch::call_g0,
        );
    };
}

/// Exports `$name`, a stub that runs `$plain` on the goroutine's stack, or `$marking` with the same arguments on g0's stack while
/// the collector marks. With `word` the first argument is the address of a word: should it be nil, the fault happens before the
/// stack is left.
#[macro_export]
macro_rules! barrier_entry {
    ($name:literal, $plain:path, $marking:path) => {
        $crate::barrier_entry!($name, $plain, $marking, "");
    };
    ($name:literal, $plain:path, $marking:path, word) => {
        $crate::barrier_entry!($name, $plain, $marking, "mov rax, [rdi]");
    };
    ($name:literal, $plain:path, $marking:path, $touch:literal) => {
        $crate::entry_stub!(
            $name,
            "cmp dword ptr [r15 + {flag}], 0",
            "jne 2f",
            "push rbp",
            "mov rbp, rsp",
            "call {plain}",
            "mov rcx, rdx",
            "pop rbp",
            "ret",
            "2:",
            $touch,
            "lea r11, [rip + {marking}]",
            "jmp {call}";
            flag = const rgo_abi::g::WRITE_BARRIER,
            plain = sym $plain,
            marking = sym $marking,
            call = sym $crate::arch::call_g0,
        );
    };
}
