//! Faults of compiled code become panics; faults of rt, and SIGQUIT, end the process with a report.

use super::inject;
use crate::arch::current_m;
use crate::os::signal::{Context, Info, SIGBUS, SIGFPE, SIGQUIT, SIGSEGV};
use crate::sched::{G, Status};
use crate::{os, print, symtab, traceback};

unsafe extern "C" {
    /// The overlay's Go function that turns `g.panic_code` (a signal), `g.sig_addr`, `g.sig_pc` into a panic.
    #[link_name = "runtime.sigpanic"]
    fn sigpanic();
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
        let caller = unsafe { *(context.sp() as *const usize) };
        if symtab::is_go_code(caller) {
            return context.set_pc(target);
        }
        // A leaf of rt with frames (an atomic operation): they are dropped. Compiled code expects no register to be kept by calls.
        if let Some(stub) = outermost_frame(g, context.fp()) {
            // SAFETY: the frame lies in the goroutine's stack.
            let caller_fp = unsafe { *(stub as *const usize) };
            context.set_fp(caller_fp);
            context.set_sp(stub + 8);
            return context.set_pc(target);
        }
    }
    m.dying.set(m.dying.get() + 1);
    if m.dying.get() > 2 {
        os::exit(4);
    }
    print::error(format_args!("fatal error: unexpected signal during runtime execution\n"));
    print_signal(signal, info.code, info.addr, pc);
    report(context);
    os::exit(2)
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
    let name = match signal {
        SIGSEGV => "SIGSEGV: segmentation violation",
        SIGBUS => "SIGBUS: bus error",
        SIGFPE => "SIGFPE: floating-point exception",
        SIGQUIT => "SIGQUIT: quit",
        _ => "unknown",
    };
    print::error(format_args!("[signal {name} code={code:#x} addr={addr:#x} pc={pc:#x}]\n"));
}

fn report(context: &Context) {
    let m = current_m();
    if let Some(g) = m.curg.get() {
        print::error(format_args!("\n"));
        if context.g() == g.addr() && on_stack_of(g, context.sp()) {
            traceback::print_interrupted(g, context.pc(), context.fp(), context.sp());
        } else {
            traceback::print_goroutine(g);
        }
    }
    print::error(format_args!("\n"));
    context.dump(|name, value| print::error(format_args!("{name:<7}{value:#x}\n")));
    if m.curg.get().is_none() {
        print::error(format_args!("m={} (no goroutine)\n", m.id.get()));
    }
}

/// SIGILL: an instruction that the processor does not know, with its bytes.
pub(super) fn illegal_instruction(info: &Info, context: &Context) -> ! {
    let m = current_m();
    m.dying.set(m.dying.get() + 1);
    let pc = context.pc();
    print::error(format_args!(
        "SIGILL: illegal instruction\nPC={pc:#x} m={} sigcode={}\n",
        m.id.get(),
        info.code
    ));
    if symtab::is_go_code(pc) {
        print::error(format_args!("instruction bytes:"));
        for at in (pc..pc + 16).take_while(|&at| symtab::is_go_code(at)) {
            // SAFETY: a byte of the program's code.
            print::error(format_args!(" {:#x}", unsafe { *(at as *const u8) }));
        }
        print::error(format_args!("\n"));
    }
    report(context);
    os::exit(2)
}

/// SIGQUIT without a receiver: all goroutines, registers, exit.
pub(super) fn quit(context: &Context) -> ! {
    let m = current_m();
    m.dying.set(m.dying.get() + 1);
    print::error(format_args!("SIGQUIT: quit\nPC={:#x} m={} sigcode=0\n", context.pc(), m.id.get()));
    traceback::print_others(m.curg.get());
    report(context);
    os::exit(2)
}
