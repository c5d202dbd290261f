//! See README.md.
#![no_std]
#![no_main]

extern crate rgo_rt;

mod go;
mod heap_tests;
mod sync_tests;
mod types;

use core::arch::asm;
use core::fmt::{self, Write};

type Test = fn(Scale) -> u64;

const TESTS: &[(&str, Test)] = &[
    ("ping_pong", sync_tests::ping_pong),
    ("buffered", sync_tests::buffered),
    ("select", sync_tests::select),
    ("closing", sync_tests::closing),
    ("semaphore", sync_tests::semaphore),
    ("condition", sync_tests::condition),
    ("changing_procs", sync_tests::changing_procs),
    ("trees", heap_tests::trees),
    ("pointers_in_channels", heap_tests::pointers_in_channels),
    ("finalizers_and_weak", heap_tests::finalizers_and_weak),
    ("bounded_memory", heap_tests::bounded_memory),
    ("small_objects", heap_tests::small_objects),
    ("small_noscan", heap_tests::small_noscan),
];

/// How much a test does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// For `gc_stress`.
    Quick,
    /// The usual.
    Full,
}

impl Scale {
    /// `n`, or a hundredth of it.
    pub fn of(self, n: usize) -> usize {
        if self == Scale::Full { n } else { n / 100 }
    }

    /// Not quick.
    pub fn is_full(self) -> bool {
        self == Scale::Full
    }
}

/// Ends the program if `holds` is false.
pub fn check(holds: bool, what: &str) {
    if !holds {
        print(format_args!("FAIL: {what}\n"));
        exit(1);
    }
}

go_fn!(_main = "runtime.main" calls main_body);
extern "C" fn main_body(_: usize) {
    rt!("runtime.mainStarted");
    rt!("runtime.mainInitDone");
    let arg = first_arg();
    let scale = if arg == b"quick" { Scale::Quick } else { Scale::Full };
    for (name, test) in TESTS {
        let start = cpu_time();
        let operations = test(scale);
        if arg == b"bench" {
            print(format_args!("{name}: {} ns per operation\n", (cpu_time() - start) / operations.max(1)));
        } else {
            print(format_args!("ok {name}\n"));
        }
    }
    exit(0)
}

go_fn!(_panic = "runtime.panicFromRT" calls panic_body);
extern "C" fn panic_body(_: usize) {
    check(false, "rt panicked");
}

go_fn!(_sigpanic = "runtime.sigpanic" calls sigpanic_body);
extern "C" fn sigpanic_body(_: usize) {
    check(false, "fault");
}

fn first_arg() -> &'static [u8] {
    let argv = rt!("runtime.argv")[0] as *const *const u8;
    if rt!("runtime.argc")[0] < 2 {
        return b"";
    }
    // SAFETY: the kernel's argument vector, which has a second entry; entries end with zero.
    unsafe {
        let arg = *argv.add(1);
        let mut len = 0;
        while arg.add(len).read_volatile() != 0 {
            len += 1;
        }
        core::slice::from_raw_parts(arg, len)
    }
}

fn syscall(number: usize, a: usize, b: usize, c: usize) {
    // SAFETY: the callers' system calls touch only the memory they pass.
    unsafe {
        asm!("syscall", inlateout("rax") number => _, in("rdi") a, in("rsi") b, in("rdx") c, out("rcx") _, out("r11") _)
    };
}

const WRITE: usize = 1;
const CLOCK_GETTIME: usize = 228;
const EXIT_GROUP: usize = 231;

fn exit(code: usize) -> ! {
    loop {
        syscall(EXIT_GROUP, code, 0, 0);
    }
}

/// CPU time of the process in nanoseconds.
fn cpu_time() -> u64 {
    const CLOCK_PROCESS_CPUTIME_ID: usize = 2;
    let mut time = [0u64; 2];
    syscall(CLOCK_GETTIME, CLOCK_PROCESS_CPUTIME_ID, time.as_mut_ptr() as usize, 0);
    let [seconds, nanos] = core::hint::black_box(time);
    seconds * 1_000_000_000 + nanos
}

struct Line {
    bytes: [u8; 200],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let n = text.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&text.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

fn print(text: fmt::Arguments<'_>) {
    let mut line = Line { bytes: [0; 200], len: 0 };
    if line.write_fmt(text).is_ok() {
        syscall(WRITE, 1, line.bytes.as_ptr() as usize, line.len);
    }
}

/// `core` was built with unwinding; nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
