//! Faults of compiled code become panics; faults of rt, SIGQUIT and some others end the process with a report.

use super::inject;
use crate::arch::current_m;
use crate::os::signal::{self as os_signal, Context, Info, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV};
use crate::sched::idle::SCHED;
use crate::sched::{G, Status};
use crate::{fatal, os, print, rt0, symtab, traceback};
use core::sync::atomic::{AtomicU32, Ordering};

unsafe extern "C" {
    /// The overlay's Go function that turns `g.panic_code` (a signal), `g.sig_addr`, `g.sig_pc` into a panic.
    #[link_name = "runtime.sigpanic"]
    pub(crate) fn sigpanic();
}

/// A synchronous signal. If compiled code of the running goroutine did it, the thread continues in `runtime.sigpanic`.
pub(super) fn fault(signal: u32, info: &Info, context: &mut Context) {
    let m = current_m();
    let pc = context.pc();
    if let Some(g) = m.curg.get()
        && (context.g() == g.addr() || in_assembly(context))
        && g.status() == Status::Running
        && on_stack_of(g, context.sp())
        && m.dying.get() == 0
    {
        // Assembly may have put anything into the register.
        context.set_g(g.addr());
        g.panic_code.set(signal as u64);
        g.sig_addr.set(info.addr);
        g.sig_pc.set(pc);
        g.sig_code.set(info.code);
        let target = sigpanic as *const () as usize;
        if symtab::is_go_code(pc) {
            return inject(context, pc, target);
        }
        // A call through a nil func value, or a leaf of rt that uses no stack (memmove): the return address is on top, and
        // to the caller it looks as if it had called sigpanic.
        // SAFETY: sp lies in the goroutine's stack.
        if unsafe { fault_in_call(context.sp()) } {
            return context.set_pc(target);
        }
        // A leaf of rt with frames (an atomic operation): they are dropped. Compiled code expects no register to be kept by calls.
        if let Some(stub) = outermost_frame(g, context.fp()) {
            // SAFETY: the frame lies in the goroutine's stack.
            let caller_fp = unsafe { *(stub as *const usize) };
            // SAFETY: as above.
            unsafe { fault_in_call(stub + 8) };
            context.set_fp(caller_fp);
            context.set_sp(stub + 8);
            return context.set_pc(target);
        }
    }
    die_with_report(signal, info, context)
}

/// Who looks at sigpanic's caller takes its return address for the instruction that failed: the one at `slot`, of compiled code, becomes an
/// address inside the call. False if it is no such address. Nobody returns there.
///
/// # Safety
/// `slot` is a word of the goroutine's stack.
unsafe fn fault_in_call(slot: usize) -> bool {
    let slot = slot as *mut usize;
    // SAFETY: the caller's promise.
    let return_pc = unsafe { *slot };
    let is_call = symtab::is_go_code(return_pc);
    if is_call {
        // SAFETY: as above.
        unsafe { *slot = return_pc - 1 };
    }
    is_call
}

/// Address of the frame of rt that was called by compiled code, from the frame pointer `fp` of a leaf entry outwards.
fn outermost_frame(g: &'static G, fp: usize) -> Option<usize> {
    let mut fp = fp;
    for _ in 0..16 {
        if !fp.is_multiple_of(8) || !on_stack_of(g, fp) {
            return None;
        }
        // SAFETY: inside the goroutine's segment, below its header.
        let [caller_fp, pc] = unsafe { *(fp as *const [usize; 2]) };
        if symtab::is_go_code(pc) {
            return Some(fp);
        }
        fp = caller_fp;
    }
    None
}

/// Is the instruction, or the one that called it, in assembly?
fn in_assembly(context: &Context) -> bool {
    let pc = context.pc();
    if symtab::is_go_code(pc) {
        return symtab::is_assembly(pc);
    }
    let sp = context.sp();
    let on_stack = current_m().curg.get().is_some_and(|g| on_stack_of(g, sp));
    // SAFETY: sp lies in the goroutine's stack.
    on_stack && sp.is_multiple_of(8) && symtab::is_assembly(unsafe { *(sp as *const usize) }.wrapping_sub(1))
}

fn on_stack_of(g: &'static G, sp: usize) -> bool {
    // SAFETY: a running goroutine has a current segment.
    unsafe { (*g.segment.get()).contains(sp) }
}

/// The line about the signal in a panic's report.
pub(crate) fn print_fault(signal: u32, addr: usize, pc: usize) {
    let code = crate::sched::getg().sig_code.get();
    print_signal(signal, if code == 0 { 1 } else { code }, addr, pc);
}

fn print_signal(signal: u32, code: i32, addr: usize, pc: usize) {
    let name = os_signal::name(signal).unwrap_or("unknown");
    print::error(format_args!("[signal {name} code={code:#x} addr={addr:#x} pc={pc:#x}]\n"));
}

/// Ms that have reported in a crash with `GOTRACEBACK=crash`.
static CRASHING: AtomicU32 = AtomicU32::new(0);

/// Ends the process with the signal's name, all goroutines and the registers.
pub(super) fn die_with_report(signal: u32, info: &Info, context: &Context) -> ! {
    let m = current_m();
    let relayed = CRASHING.load(Ordering::SeqCst) > 0;
    if relayed {
        m.throwing.set(fatal::BY_RUNTIME);
    } else {
        fatal::begin(fatal::BY_RUNTIME);
    }
    match os_signal::name(signal) {
        Some(name) => print::error(format_args!("{name}\n")),
        None => print::error(format_args!("Signal {signal}\n")),
    }
    if rt0::is_secure() {
        os::exit(2);
    }
    let pc = context.pc();
    print::error(format_args!("PC={pc:#x} m={} sigcode={}", m.id.get(), info.code));
    if matches!(signal, SIGSEGV | SIGBUS) {
        print::error(format_args!(" addr={:#x}", info.addr));
    }
    print::error(format_args!("\n"));
    if matches!(signal, SIGILL | SIGFPE) && symtab::is_go_code(pc) {
        print::error(format_args!("instruction bytes:"));
        for at in (pc..pc + 16).take_while(|&at| symtab::is_go_code(at)) {
            // SAFETY: a byte of the program's code.
            print::error(format_args!(" {:#x}", unsafe { *(at as *const u8) }));
        }
        print::error(format_args!("\n"));
    }
    print::error(format_args!("\n"));
    report(context, relayed);
    if traceback::level().crash {
        crash(relayed);
    }
    os::exit(2)
}

/// The goroutine that the signal interrupted (g0 of a thread that runs none), the others, the registers.
fn report(context: &Context, relayed: bool) {
    let m = current_m();
    let current = m.curg.get();
    let interrupted = current.filter(|&g| on_stack_of(g, context.sp())).or(m.g0.get());
    if let Some(g) = interrupted {
        if g.status() == Status::Syscall {
            traceback::print_goroutine(g);
        } else {
            traceback::print_interrupted(g, context.pc(), context.fp(), context.sp());
        }
    }
    if !relayed {
        traceback::print_others(interrupted);
        print::error(format_args!("\n"));
    } else if let Some(g) = current
        && g.status() == Status::Running
        && interrupted.is_none_or(|i| !core::ptr::eq(i, g))
    {
        // Of what other threads run the first one could not show the frames.
        traceback::print_goroutine(g);
    }
    context.dump(|name, value| print::error(format_args!("{name:<7}{value:#x}\n")));
}

/// `GOTRACEBACK=crash`: every thread reports what it runs, one after the other, by SIGQUIT; then the first dies of SIGABRT. As the
/// handler blocks all signals, each SIGQUIT reaches a thread that has not reported.
fn crash(relayed: bool) {
    const STEP_US: i64 = 5_000;
    const PATIENCE: u32 = 2_000;
    CRASHING.fetch_add(1, Ordering::SeqCst);
    let threads = SCHED.try_lock().map_or(0, |sched| sched.m_count);
    if CRASHING.load(Ordering::SeqCst) < threads {
        print::error(format_args!("\n-----\n\n"));
        os::kill_process(SIGQUIT);
    }
    let (mut waited, mut seen) = (0, 0);
    while waited < PATIENCE && (relayed || seen < threads) {
        os::usleep(STEP_US);
        waited += 1;
        let now = CRASHING.load(Ordering::SeqCst);
        if now > seen {
            (waited, seen) = (0, now);
        }
    }
    super::die_of(os_signal::SIGABRT)
}
