//! Signals: faults become Go panics, SIGURG preempts, the rest goes to `os/signal` or keeps its default.
//!
//! At start only the faults, SIGPIPE and SIGQUIT get handlers; others when somebody asks. Handlers run on the M's signal stack with
//! all signals blocked. They read the M from the thread register, touch no lock, and change the interrupted goroutine
//! only by injecting a call at an instruction of compiled code.

mod fault;
mod notify;

pub(crate) use fault::print_fault;
pub(crate) use notify::has_receiver;

use crate::arch::{self, current_m};
use crate::os::signal::{
    self as os_signal, Action, Context, Info, NSIG, SIGBUS, SIGFPE, SIGILL, SIGPIPE, SIGPROF, SIGQUIT,
    SIGSEGV, SIGURG, TIMER,
};
use crate::sched::m::M;
use crate::sched::{Status, init, syscall_all};
use crate::symtab;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Room that the frame of an injected call needs below the interrupted stack pointer.
const INJECTION_ROOM: usize = 560;

/// Signals whose handler is ours. Bit n of word n/64.
static HANDLED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// A set of signal numbers.
pub(crate) fn bit(signal: u32) -> (usize, u64) {
    ((signal / 64) as usize, 1 << (signal % 64))
}

/// Sets up the first thread.
pub(crate) fn init(m: &'static M) {
    m.signal_mask.set(os_signal::mask());
    // As in gc also where the parent ignores them.
    for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPIPE, SIGQUIT] {
        install(signal);
    }
    thread_init(m);
}

/// Gives the calling thread its signal stack and lets signals in.
pub(crate) fn thread_init(m: &'static M) {
    let (stack_lo, _) = m.g0_stack.get();
    let base = stack_lo - crate::os::PAGE_SIZE - init::SIGNAL_STACK;
    os_signal::set_signal_stack(base, init::SIGNAL_STACK);
    os_signal::set_mask(m.signal_mask.get());
}

/// Makes `handler` handle the signal.
pub(crate) fn install(signal: u32) {
    let (word, bit) = bit(signal);
    if HANDLED[word].fetch_or(bit, Ordering::AcqRel) & bit == 0 {
        os_signal::set_action(signal, Action::Handler, handler);
    }
}

/// Gives the signal its default action.
pub(crate) fn restore_default(signal: u32) {
    let (word, bit) = bit(signal);
    HANDLED[word].fetch_and(!bit, Ordering::AcqRel);
    os_signal::set_action(signal, Action::Default, handler);
}

/// In the child of a fork: no handler of ours may run there. The child has its own table of actions, but shares memory.
pub(crate) fn reset_handlers() {
    for signal in 1..NSIG {
        let (word, bit) = bit(signal);
        if HANDLED[word].load(Ordering::Relaxed) & bit != 0 {
            os_signal::set_action(signal, Action::Default, handler);
        }
    }
}

/// SIGURG is about to be used.
pub(crate) fn enable_preemption() {
    static ENABLED: AtomicBool = AtomicBool::new(false);
    if !ENABLED.load(Ordering::Acquire) {
        install(SIGURG);
        ENABLED.store(true, Ordering::Release);
    }
}

/// Ends the process by a signal.
pub(crate) fn die_of(signal: u32) -> ! {
    restore_default(signal);
    os_signal::unblock(signal);
    crate::os::kill_thread(crate::os::thread_id(), signal);
    crate::os::usleep(1000);
    crate::os::exit(2)
}

extern "C" fn handler(signal: u32, info: &Info, context: &mut Context) {
    if signal == SIGURG {
        preempt(context);
        if notify::is_wanted(signal) {
            notify::send(signal);
        }
        return;
    }
    if signal == SIGPROF && info.code == TIMER {
        return crate::profile::cpu::on_signal(context);
    }
    if signal == syscall_all::SIGNAL {
        return syscall_all::on_signal();
    }
    let from_kernel = info.code > 0;
    if matches!(signal, SIGSEGV | SIGBUS | SIGFPE) && from_kernel {
        return fault::fault(signal, info, context);
    }
    if signal == SIGILL && from_kernel {
        fault::illegal_instruction(info, context);
    }
    if notify::send(signal) {
        return;
    }
    match signal {
        SIGPIPE => {}
        SIGQUIT => fault::quit(context),
        _ => die_of(signal),
    }
}

/// Stops the goroutine that this thread runs, if it may be stopped here.
fn preempt(context: &mut Context) {
    let m = current_m();
    m.preempt_pending.store(false, Ordering::Release);
    let Some(g) = m.curg.get() else { return };
    let (pc, sp) = (context.pc(), context.sp());
    if !g.preempt.load(Ordering::Relaxed)
        || g.status() != Status::Running
        || m.locks.get() != 0
        || g.in_alloc.load(Ordering::Relaxed)
        || context.g() != g.addr()
        || !symtab::is_go_code(pc)
        || symtab::is_assembly(pc)
        || copies_to_new_object(pc)
    {
        return;
    }
    // SAFETY: a running goroutine has a current segment.
    let segment = unsafe { &*g.segment.get() };
    if sp <= segment.lo + INJECTION_ROOM || sp > segment.hi() {
        return;
    }
    inject(context, pc, arch::async_preempt as *const () as usize);
}

/// The function at `pc` tells the collector what a piece of memory refers to and then copies it: not to be stopped in between.
fn copies_to_new_object(pc: usize) -> bool {
    symtab::lookup(pc).is_some_and(|f| matches!(f.name(), "runtime.growslice" | "runtime.makeslicecopy"))
}

/// Makes the thread continue at `target` as if the instruction at `pc` had called it.
fn inject(context: &mut Context, pc: usize, target: usize) {
    let sp = context.sp() - 8;
    // SAFETY: compiled code uses nothing below its stack pointer, and there is room (see STACK_GUARD_GAP).
    unsafe { *(sp as *mut usize) = pc };
    context.set_sp(sp);
    context.set_pc(target);
}
