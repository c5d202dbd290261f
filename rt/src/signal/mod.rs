//! Signals: faults become Go panics, SIGURG preempts, the rest goes to `os/signal` or keeps its default.
//!
//! At start every signal gets the handler but those whose default stops or continues the process, those reserved by C libraries, and
//! SIGHUP and SIGINT if the parent process ignores them. What happens when the program has not asked for a signal is in a table
//! (`os::signal::meaning`): many are swallowed, some kill, some end the process with a report. Handlers run on the M's signal
//! stack with all signals blocked. They read the M from the thread register, touch no lock, and change the interrupted
//! goroutine only by injecting a call at an instruction of compiled code.

mod fault;
mod listener;
mod notify;

pub(crate) use fault::{print_fault, sigpanic};
pub(crate) use notify::has_receiver;

use crate::arch::{self, current_m};
use crate::os::signal::{
    self as os_signal, Action, Context, Info, NSIG, SECCOMP, SIGHUP, SIGINT, SIGPROF, SIGSYS, SIGURG, TIMER,
};
use crate::sched::m::M;
use crate::sched::{Status, init, syscall_all};
use crate::symtab;
use core::sync::atomic::{AtomicU64, Ordering};

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
    for signal in 1..NSIG {
        let meaning = os_signal::meaning(signal);
        if (matches!(signal, SIGHUP | SIGINT) || meaning.is_foreign())
            && os_signal::action(signal) == Action::Ignore
        {
            notify::inherited_ignored(signal);
        } else if meaning.is_handled_from_start() {
            install(signal);
        }
    }
    thread_init(m);
}

/// Gives the calling thread its signal stack and lets signals in.
pub(crate) fn thread_init(m: &'static M) {
    let (stack_lo, _) = m.g0_stack.get();
    let base = stack_lo - crate::os::PAGE_SIZE - init::SIGNAL_STACK;
    os_signal::set_signal_stack(base, init::SIGNAL_STACK);
    os_signal::set_mask(os_signal::thread_mask(m.signal_mask.get()));
}

/// Makes `handler` handle the signal.
fn install(signal: u32) {
    let (word, bit) = bit(signal);
    if HANDLED[word].fetch_or(bit, Ordering::AcqRel) & bit == 0 {
        os_signal::set_action(signal, Action::Handler, handler);
    }
}

/// Takes the signal away from `handler`.
fn uninstall(signal: u32, action: Action) {
    let (word, bit) = bit(signal);
    HANDLED[word].fetch_and(!bit, Ordering::AcqRel);
    os_signal::set_action(signal, action, handler);
}

fn is_handled(signal: u32) -> bool {
    let (word, bit) = bit(signal);
    HANDLED[word].load(Ordering::Acquire) & bit != 0
}

/// In the child of a fork: no handler of ours may run there. The child has its own table of actions, but shares memory.
pub(crate) fn reset_handlers() {
    for signal in (1..NSIG).filter(|&s| is_handled(s)) {
        os_signal::set_action(signal, Action::Default, handler);
    }
}

/// Ends the process by a signal.
pub(crate) fn die_of(signal: u32) -> ! {
    uninstall(signal, Action::Default);
    os_signal::unblock(signal);
    crate::os::kill_thread(crate::os::thread_id(), signal);
    crate::os::usleep(1000);
    // The first process of a PID namespace does not die of it. Status as shells report such a death.
    crate::os::exit(128 + signal as i32)
}

extern "C" fn handler(signal: u32, info: &Info, context: &mut Context) {
    match signal {
        SIGPROF => {
            if info.code == TIMER {
                crate::profile::cpu::on_signal(context);
            }
            return;
        }
        syscall_all::SIGNAL => return syscall_all::on_signal(),
        SIGURG => preempt(context),
        _ => {}
    }
    let meaning = os_signal::meaning(signal);
    let from_user = info.is_from_user();
    if meaning.is_fault() && !from_user {
        return fault::fault(signal, info, context);
    }
    if (from_user || meaning.may_be_told()) && notify::send(signal) || from_user && notify::is_ignored(signal)
    {
        return;
    }
    if signal == SIGSYS && info.code == SECCOMP && notify::swallows_sigsys() {
        return;
    }
    if meaning.kills() {
        die_of(signal);
    }
    if meaning.ends_with_report() {
        fault::die_with_report(signal, info, context);
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
