//! Endings of the process. `fatal`: the program's fault; `throw`: rt's. Neither returns or can be recovered.

use crate::arch::current_m;
use crate::sched::g::G;
use crate::{os, print, sched, traceback};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU32, Ordering};

/// Exit status of a Go program that dies.
const STATUS: i32 = 2;

/// Values of `M::throwing`: the program's fault, or rt's, which asks for more detail.
pub(crate) const BY_PROGRAM: u32 = 1;
pub(crate) const BY_RUNTIME: u32 = 2;

/// Ms that are writing a fatal report.
static DYING: AtomicU32 = AtomicU32::new(0);

/// Begins a fatal report on this M. A second M waits for the first to end the process. False during the report of
/// another failure: then only the failure itself is to be reported. The world is frozen.
pub(crate) fn begin(throwing: u32) -> bool {
    let m = current_m();
    m.throwing.set(m.throwing.get().max(throwing));
    match m.dying.replace(m.dying.get() + 1) {
        0 => {
            if DYING.fetch_add(1, Ordering::SeqCst) != 0 {
                loop {
                    os::usleep(1_000_000);
                }
            }
            print::printlock();
            sched::world::freeze();
            true
        }
        1 => {
            print::error(format_args!("panic during panic\n"));
            false
        }
        2 => {
            print::error(format_args!("stack trace unavailable\n"));
            os::exit(4)
        }
        _ => os::exit(5),
    }
}

/// Ends the process after a fatal report.
pub(crate) fn end() -> ! {
    if traceback::level().crash {
        crate::signal::die_of(os::signal::SIGABRT);
    }
    os::exit(STATUS)
}

/// `fatal error: ...`, the running goroutine's traceback, exit status 2: rt's own invariants are broken.
#[cold]
pub(crate) fn throw(text: &str) -> ! {
    throw_because(format_args!(""), text)
}

/// `throw` after lines that give the reason. They belong to the report: of several Ms that die at once, one writes its own.
#[cold]
pub(crate) fn throw_because(reason: fmt::Arguments<'_>, text: &str) -> ! {
    die(BY_RUNTIME, reason, format_args!("{text}"))
}

/// The same for errors of the program that cannot be recovered and that rt finds: without the runtime's frames and goroutines.
#[cold]
pub(crate) fn fatal(text: &str) -> ! {
    die(BY_PROGRAM, format_args!(""), format_args!("{text}"))
}

fn die(throwing: u32, reason: fmt::Arguments<'_>, text: fmt::Arguments<'_>) -> ! {
    report(throwing, true, reason, text)
}

fn report(throwing: u32, all: bool, reason: fmt::Arguments<'_>, text: fmt::Arguments<'_>) -> ! {
    let first = begin(throwing);
    print::error(reason);
    print::error(format_args!("fatal error: "));
    let _ = print::Indented(&mut print::Line::new()).write_fmt(text);
    print::error(format_args!("\n"));
    report_current(first, all);
    end()
}

/// The heap cannot grow by an object of `bytes`.
#[cold]
pub(crate) fn out_of_heap(bytes: usize) -> ! {
    let used = crate::mem::mheap::HEAP_LIVE.load(Ordering::Relaxed);
    throw_because(
        format_args!("runtime: out of memory: cannot allocate {bytes}-byte block ({used} in use)\n"),
        "out of memory",
    )
}

#[cold]
pub(crate) fn out_of_memory() -> ! {
    throw_because(
        format_args!("runtime: out of memory: cannot allocate from the operating system\n"),
        "out of memory",
    )
}

/// No goroutine can run any more. Called with the scheduler's lock held.
#[cold]
pub(crate) fn deadlock(text: &str) -> ! {
    begin(BY_PROGRAM);
    print::error(format_args!("fatal error: {text}\n"));
    traceback::print_others(None);
    end()
}

/// g, whose stack pointer is `sp` in the segment `[lo, hi)`, needs more stack than it may have.
#[cold]
pub(crate) fn stack_overflow(g: &'static G, limit: usize, sp: usize, lo: usize, hi: usize) -> ! {
    begin(BY_RUNTIME);
    print::error(format_args!("runtime: goroutine stack exceeds {limit}-byte limit\n"));
    print::error(format_args!("runtime: sp={sp:#x} stack=[{lo:#x}, {hi:#x}]\nfatal error: stack overflow\n"));
    traceback::print_other(g);
    traceback::print_others(Some(g));
    end()
}

/// The traceback that belongs to an error on this M, and, where the level or the error asks for them, the others.
fn report_current(with_others: bool, all: bool) {
    let current = current_m().curg.get();
    if let Some(g) = current
        && g.sig_pc.get() != 0
    {
        crate::signal::print_fault(g.panic_code.get() as u32, g.sig_addr.get(), g.sig_pc.get());
    }
    let level = traceback::level();
    if level.detail == 0 {
        return;
    }
    if let Some(g) = current {
        traceback::print_other(g);
    }
    if with_others && (all || level.all || current.is_none()) {
        traceback::print_others(current);
    }
}

/// The text of a Go string argument.
///
/// # Safety
/// `p` and `n` are a Go string.
unsafe fn go_str<'a>(p: *const u8, n: usize) -> &'a str {
    if n == 0 {
        return "";
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(p, n) };
    core::str::from_utf8(bytes).unwrap_or("?")
}

extern "C" fn throw_entry(p: *const u8, n: usize) {
    // SAFETY: the entry's argument is a Go string.
    throw(unsafe { go_str(p, n) })
}
g0_entry!("runtime.throwRT", throw_entry);

extern "C" fn fatal_entry(p: *const u8, n: usize) {
    // SAFETY: the entry's argument is a Go string.
    let text = unsafe { go_str(p, n) };
    report(BY_PROGRAM, false, format_args!(""), format_args!("{text}"))
}
g0_entry!("runtime.fatalRT", fatal_entry);

/// A panic was not recovered: begins the report.
extern "C" fn start_panic() -> u64 {
    begin(0) as u64
}
g0_entry!("runtime.startPanic", start_panic);

/// Its text has been printed: traceback, end.
/// `bubble`: number of the bubble whose deadlock is the reason, or 0.
extern "C" fn die_from_panic(bubble: u32) {
    let first = current_m().dying.get() < 2;
    let g = sched::getg();
    report_current(first, false);
    let level = traceback::level();
    if bubble != 0 && level.detail > 0 && !level.all {
        traceback::print_bubble(bubble, g);
    }
    end()
}
g0_entry!("runtime.dieFromPanic", die_from_panic);

extern "C" fn exit_entry(code: i64) {
    os::exit(code as i32)
}
g0_entry!("runtime.exit", exit_entry);
g0_entry!("syscall.Exit", exit_entry);

extern "C" fn panic_args() -> crate::entry::Pair {
    let g = sched::getg();
    crate::entry::Pair(g.panic_arg0.get(), g.panic_arg1.get())
}
leaf_entry!("runtime.panicArgs", panic_args);

/// A Rust panic is a bug of rt.
#[panic_handler]
fn rust_panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let (file, line) = info.location().map_or(("?", 0), |at| (at.file(), at.line()));
    let message = info.message();
    die(BY_RUNTIME, format_args!(""), format_args!("runtime: {message} ({file}:{line})"))
}
