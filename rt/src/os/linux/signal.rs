//! Signal numbers, handlers, masks, and the registers of an interrupted thread.

pub(crate) use super::signal_table::{NSIG, meaning, name, thread_mask};
use super::{nr, syscall};
use core::arch::naked_asm;

pub(crate) const SIGHUP: u32 = 1;
pub(crate) const SIGINT: u32 = 2;
pub(crate) const SIGQUIT: u32 = 3;
pub(crate) const SIGILL: u32 = 4;
pub(crate) const SIGABRT: u32 = 6;
pub(crate) const SIGBUS: u32 = 7;
pub(crate) const SIGFPE: u32 = 8;
pub(crate) const SIGSEGV: u32 = 11;
pub(crate) const SIGPIPE: u32 = 13;
pub(crate) const SIGURG: u32 = 23;
pub(crate) const SIGPROF: u32 = 27;
pub(crate) const SIGSYS: u32 = 31;
/// `si_code` of a signal that a timer of `timer_create` sent.
pub(crate) const TIMER: i32 = -2;

/// `si_code` of a signal that a seccomp filter sent.
pub(crate) const SECCOMP: i32 = 1;

const SA_SIGINFO: usize = 4;
const SA_ONSTACK: usize = 0x0800_0000;
const SA_RESTART: usize = 0x1000_0000;
const SA_RESTORER: usize = 0x0400_0000;
const SIG_BLOCK: usize = 0;
const SIG_UNBLOCK: usize = 1;
const SIG_SETMASK: usize = 2;

/// What a process does at a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Default,
    Ignore,
    Handler,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct KernelSigaction {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

/// The `siginfo_t` of a signal.
#[repr(C)]
pub(crate) struct Info {
    pub signo: i32,
    pub errno: i32,
    pub code: i32,
    pad: i32,
    /// Faulting address (SIGSEGV, SIGBUS, SIGFPE, SIGILL); otherwise sender's pid and uid.
    pub addr: usize,
}

impl Info {
    /// Did a process send the signal (kill, tgkill)?
    pub(crate) fn is_from_user(&self) -> bool {
        const SI_USER: i32 = 0;
        const SI_TKILL: i32 = -6;
        matches!(self.code, SI_USER | SI_TKILL)
    }
}

/// The interrupted thread's state.
#[repr(C)]
pub(crate) struct Context {
    head: [u64; 5],
    registers: [u64; 19],
}

impl Context {
    const RBP: usize = 10;
    const RSP: usize = 15;
    const RIP: usize = 16;
    const R15: usize = 7;

    pub(crate) fn pc(&self) -> usize {
        self.registers[Self::RIP] as usize
    }
    pub(crate) fn set_pc(&mut self, pc: usize) {
        self.registers[Self::RIP] = pc as u64;
    }
    pub(crate) fn sp(&self) -> usize {
        self.registers[Self::RSP] as usize
    }
    pub(crate) fn set_sp(&mut self, sp: usize) {
        self.registers[Self::RSP] = sp as u64;
    }
    pub(crate) fn fp(&self) -> usize {
        self.registers[Self::RBP] as usize
    }
    pub(crate) fn set_fp(&mut self, fp: usize) {
        self.registers[Self::RBP] = fp as u64;
    }
    /// The register that holds g in compiled code.
    pub(crate) fn g(&self) -> usize {
        self.registers[Self::R15] as usize
    }
    /// Sets the register that holds g in compiled code.
    pub(crate) fn set_g(&mut self, g: usize) {
        self.registers[Self::R15] = g as _;
    }
    /// Names and values of the registers, for a crash report.
    pub(crate) fn dump(&self, mut each: impl FnMut(&str, u64)) {
        const NAMES: [(&str, usize); 18] = [
            ("rax", 13),
            ("rbx", 11),
            ("rcx", 14),
            ("rdx", 12),
            ("rdi", 8),
            ("rsi", 9),
            ("rbp", Context::RBP),
            ("rsp", Context::RSP),
            ("r8", 0),
            ("r9", 1),
            ("r10", 2),
            ("r11", 3),
            ("r12", 4),
            ("r13", 5),
            ("r14", 6),
            ("r15", Context::R15),
            ("rip", Context::RIP),
            ("rflags", 17),
        ];
        for (name, index) in NAMES {
            each(name, self.registers[index]);
        }
        // One word holds four selectors of 16 bits.
        let selectors = self.registers[18];
        for (name, shift) in [("cs", 0), ("fs", 32), ("gs", 16)] {
            each(name, selectors >> shift & 0xffff);
        }
    }
}

/// A signal handler; runs on the M's signal stack.
pub(crate) type Handler = extern "C" fn(u32, &Info, &mut Context);

#[unsafe(naked)]
unsafe extern "C" fn restorer() {
    naked_asm!("mov eax, 15", "syscall")
}

/// Sets what happens at `signal`. System calls are restarted, all signals are blocked while the handler runs.
pub(crate) fn set_action(signal: u32, action: Action, handler: Handler) {
    let mut sa = KernelSigaction::default();
    match action {
        Action::Default => {}
        Action::Ignore => sa.handler = 1,
        Action::Handler => {
            sa.handler = handler as *const () as usize;
            sa.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_RESTORER;
            sa.restorer = restorer as *const () as usize;
            sa.mask = !0;
        }
    }
    syscall(nr::RT_SIGACTION, [signal as usize, &sa as *const _ as usize, 0, 8, 0, 0]);
}

/// What happens at `signal` now.
pub(crate) fn action(signal: u32) -> Action {
    let mut sa = KernelSigaction::default();
    syscall(nr::RT_SIGACTION, [signal as usize, 0, &mut sa as *mut _ as usize, 8, 0, 0]);
    match sa.handler {
        0 => Action::Default,
        1 => Action::Ignore,
        _ => Action::Handler,
    }
}

fn change_mask(how: usize, mask: u64) -> u64 {
    let mut old = 0u64;
    syscall(nr::RT_SIGPROCMASK, [how, &mask as *const u64 as usize, &mut old as *mut u64 as usize, 8, 0, 0]);
    old
}

/// Blocks all signals on this thread; returns the old mask.
pub(crate) fn block_all() -> u64 {
    change_mask(SIG_SETMASK, !0)
}

/// Sets this thread's mask.
pub(crate) fn set_mask(mask: u64) {
    change_mask(SIG_SETMASK, mask);
}

/// This thread's mask.
pub(crate) fn mask() -> u64 {
    change_mask(SIG_BLOCK, 0)
}

/// Unblocks one signal on this thread.
pub(crate) fn unblock(signal: u32) {
    change_mask(SIG_UNBLOCK, 1 << (signal - 1));
}

/// Makes `[base, base + size)` this thread's signal stack.
pub(crate) fn set_signal_stack(base: usize, size: usize) {
    let stack = [base, 0, size];
    syscall(nr::SIGALTSTACK, [stack.as_ptr() as usize, 0, 0, 0, 0, 0]);
}

/// The part of `struct sigevent` that matters; the kernel's is 64 bytes.
#[repr(C)]
struct Event {
    value: u64,
    signal: i32,
    notify: i32,
    thread: i32,
    pad: [i32; 11],
}

/// Makes a timer that sends `signal` to a thread of this process after every `period` nanoseconds of its CPU time.
pub(crate) fn new_cpu_timer(thread: u32, signal: u32, period: i64) -> Option<i32> {
    const THREAD_ID: i32 = 4;
    /// Per-thread clock of scheduled time, see `CPUCLOCK_SCHED` and `CPUCLOCK_PERTHREAD_MASK` of the kernel.
    const THREAD_CLOCK: i32 = 2 | 4;
    let clock = !(thread as i32) << 3 | THREAD_CLOCK;
    let event =
        Event { value: 0, signal: signal as i32, notify: THREAD_ID, thread: thread as i32, pad: [0; 11] };
    let mut timer = 0i32;
    let args = [clock as usize, &event as *const _ as usize, &mut timer as *mut _ as usize, 0, 0, 0];
    if super::errno(syscall(nr::TIMER_CREATE, args)).is_some() {
        return None;
    }
    let period = super::Timespec::from_ns(period);
    let times = [period, period];
    syscall(nr::TIMER_SETTIME, [timer as usize, 0, times.as_ptr() as usize, 0, 0, 0]);
    Some(timer)
}

/// Deletes such a timer.
pub(crate) fn delete_timer(timer: i32) {
    syscall(nr::TIMER_DELETE, [timer as usize, 0, 0, 0, 0, 0]);
}
