//! What each signal means to a Go program, and what reports call it.
//!
//! A property says what happens when the program has not asked for the signal; all but `DEFAULT` and `FOREIGN` signals get rt's
//! handler when the process starts.

/// One past the highest signal number.
pub(crate) const NSIG: u32 = 65;

/// Properties of a signal.
#[derive(Clone, Copy)]
pub(crate) struct Meaning(u8);

/// `os/signal` may be told of it.
const NOTIFY: u8 = 1;
/// Ends the process as it would without a handler.
const KILL: u8 = 2;
/// Ends the process with a report.
const THROW: u8 = 4;
/// A fault: becomes a panic of the goroutine, or a report if a process has sent it.
const PANIC: u8 = 8;
/// The kernel's default stays until the program asks for the signal.
const DEFAULT: u8 = 16;
/// Left alone: reserved by C libraries.
const FOREIGN: u8 = 32;
/// Never blocked, even if the process inherits it blocked.
const UNBLOCK: u8 = 64;

impl Meaning {
    pub(crate) fn may_be_told(self) -> bool {
        self.0 & NOTIFY != 0
    }
    pub(crate) fn kills(self) -> bool {
        self.0 & KILL != 0
    }
    pub(crate) fn is_fault(self) -> bool {
        self.0 & PANIC != 0
    }
    /// Faults too, when a process has sent them.
    pub(crate) fn ends_with_report(self) -> bool {
        self.0 & (THROW | PANIC) != 0
    }
    /// Gets a handler when the process starts.
    pub(crate) fn is_handled_from_start(self) -> bool {
        self.0 & (DEFAULT | FOREIGN) == 0 && self.0 != 0
    }
    pub(crate) fn is_foreign(self) -> bool {
        self.0 & FOREIGN != 0
    }
    /// Among them those that end the process.
    pub(crate) fn is_never_blocked(self) -> bool {
        self.0 & (UNBLOCK | KILL | THROW) != 0
    }
}

const NAMED: usize = 35;

const TABLE: [(u8, &str); NAMED] = [
    (0, "SIGNONE: no trap"),
    (NOTIFY | KILL, "SIGHUP: terminal line hangup"),
    (NOTIFY | KILL, "SIGINT: interrupt"),
    (NOTIFY | THROW, "SIGQUIT: quit"),
    (THROW | UNBLOCK, "SIGILL: illegal instruction"),
    (THROW | UNBLOCK, "SIGTRAP: trace trap"),
    (NOTIFY | THROW, "SIGABRT: abort"),
    (PANIC | UNBLOCK, "SIGBUS: bus error"),
    (PANIC | UNBLOCK, "SIGFPE: floating-point exception"),
    (0, "SIGKILL: kill"),
    (NOTIFY, "SIGUSR1: user-defined signal 1"),
    (PANIC | UNBLOCK, "SIGSEGV: segmentation violation"),
    (NOTIFY, "SIGUSR2: user-defined signal 2"),
    (NOTIFY, "SIGPIPE: write to broken pipe"),
    (NOTIFY, "SIGALRM: alarm clock"),
    (NOTIFY | KILL, "SIGTERM: termination"),
    (THROW | UNBLOCK, "SIGSTKFLT: stack fault"),
    (NOTIFY | UNBLOCK, "SIGCHLD: child status has changed"),
    (NOTIFY | DEFAULT, "SIGCONT: continue"),
    (0, "SIGSTOP: stop, unblockable"),
    (NOTIFY | DEFAULT, "SIGTSTP: keyboard stop"),
    (NOTIFY | DEFAULT, "SIGTTIN: background read from tty"),
    (NOTIFY | DEFAULT, "SIGTTOU: background write to tty"),
    // It preempts.
    (NOTIFY | UNBLOCK, "SIGURG: urgent condition on socket"),
    (NOTIFY, "SIGXCPU: cpu limit exceeded"),
    (NOTIFY, "SIGXFSZ: file size limit exceeded"),
    (NOTIFY, "SIGVTALRM: virtual alarm clock"),
    (NOTIFY | UNBLOCK, "SIGPROF: profiling alarm clock"),
    (NOTIFY, "SIGWINCH: window size change"),
    (NOTIFY, "SIGIO: i/o now possible"),
    (NOTIFY, "SIGPWR: power failure restart"),
    (THROW, "SIGSYS: bad system call"),
    (FOREIGN | UNBLOCK, "signal 32"),
    // The calls that `AllThreadsSyscall` asks for.
    (UNBLOCK, "signal 33"),
    (FOREIGN | UNBLOCK, "signal 34"),
];

/// What `signal` means.
pub(crate) fn meaning(signal: u32) -> Meaning {
    match TABLE.get(signal as usize) {
        Some((bits, _)) => Meaning(*bits),
        // Real-time signals.
        None if signal < NSIG => Meaning(NOTIFY),
        None => Meaning(THROW),
    }
}

/// Its name in reports; none for real-time signals.
pub(crate) fn name(signal: u32) -> Option<&'static str> {
    TABLE.get(signal as usize).map(|(_, name)| *name)
}

/// The mask of a thread of a process that began with `inherited`.
pub(crate) fn thread_mask(inherited: u64) -> u64 {
    (1..NSIG).filter(|&s| meaning(s).is_never_blocked()).fold(inherited, |mask, s| mask & !(1 << (s - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_signals_get_a_handler() {
        let not: Vec<u32> = (1..NSIG).filter(|&s| !meaning(s).is_handled_from_start()).collect();
        assert_eq!(not, [9, 18, 19, 20, 21, 22, 32, 34]);
        assert_eq!(name(64), None);
        assert!(meaning(64).may_be_told() && !meaning(64).ends_with_report());
    }

    #[test]
    fn faults_are_never_blocked() {
        assert_eq!(thread_mask(!0) & (1 << 10 | 1 << 7 | 1 << 6), 0);
        assert_eq!(thread_mask(1 << 9), 1 << 9);
    }
}
