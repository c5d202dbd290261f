//! Linux system calls on x86-64.

use core::arch::asm;

/// System call numbers.
pub(crate) mod nr {
    pub(crate) const READ: usize = 0;
    pub(crate) const OPEN: usize = 2;
    pub(crate) const WRITE: usize = 1;
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const MMAP: usize = 9;
    pub(crate) const MUNMAP: usize = 11;
    pub(crate) const RT_SIGACTION: usize = 13;
    pub(crate) const RT_SIGPROCMASK: usize = 14;
    pub(crate) const MADVISE: usize = 28;
    pub(crate) const NANOSLEEP: usize = 35;
    pub(crate) const SCHED_SETATTR: usize = 314;
    pub(crate) const SCHED_GETATTR: usize = 315;
    pub(crate) const GETPID: usize = 39;
    pub(crate) const KILL: usize = 62;
    pub(crate) const CLONE: usize = 56;
    pub(crate) const EXIT: usize = 60;
    pub(crate) const FCNTL: usize = 72;
    pub(crate) const SIGALTSTACK: usize = 131;
    pub(crate) const ARCH_PRCTL: usize = 158;
    pub(crate) const GETTID: usize = 186;
    pub(crate) const FUTEX: usize = 202;
    pub(crate) const SCHED_GETAFFINITY: usize = 204;
    pub(crate) const TIMER_CREATE: usize = 222;
    pub(crate) const TIMER_SETTIME: usize = 223;
    pub(crate) const TIMER_DELETE: usize = 226;
    pub(crate) const CLOCK_GETTIME: usize = 228;
    pub(crate) const EXIT_GROUP: usize = 231;
    pub(crate) const EPOLL_WAIT: usize = 232;
    pub(crate) const EPOLL_CTL: usize = 233;
    pub(crate) const TGKILL: usize = 234;
    pub(crate) const OPENAT: usize = 257;
    pub(crate) const EVENTFD2: usize = 290;
    pub(crate) const EPOLL_CREATE1: usize = 291;
    pub(crate) const GETRANDOM: usize = 318;
    pub(crate) const EPOLL_PWAIT2: usize = 441;
}

/// Makes a system call; the result is negative for an error (see `errno`).
pub(crate) fn syscall(number: usize, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel changes rcx, r11 and rax; what it does to memory is the caller's business, who passes valid
    // addresses where the call takes addresses.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack)
        );
    }
    result
}
