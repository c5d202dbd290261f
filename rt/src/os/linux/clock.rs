//! Clocks, read through the vDSO where the kernel maps one.

use super::vdso::vdso_symbol;
use super::{Timespec, nr, syscall};
use core::sync::atomic::{AtomicUsize, Ordering};

const CLOCK_REALTIME: usize = 0;
const CLOCK_MONOTONIC: usize = 1;
const CLOCK_PROCESS_CPUTIME: usize = 2;

/// Address of the vDSO's `clock_gettime`, or 0. Set before other threads exist.
static CLOCK_GETTIME: AtomicUsize = AtomicUsize::new(0);

fn read(clock: usize) -> Timespec {
    let mut t = Timespec::default();
    let f = CLOCK_GETTIME.load(Ordering::Relaxed);
    if f != 0 {
        // SAFETY: the address came from the vDSO's symbol of this C signature.
        let f: extern "C" fn(usize, *mut Timespec) -> i32 = unsafe { core::mem::transmute(f) };
        if f(clock, &mut t) == 0 {
            return t;
        }
    }
    syscall(nr::CLOCK_GETTIME, [clock, &mut t as *mut Timespec as usize, 0, 0, 0, 0]);
    t
}

/// Monotonic nanoseconds.
pub(crate) fn nanotime() -> i64 {
    let t = read(CLOCK_MONOTONIC);
    t.sec * 1_000_000_000 + t.nsec
}

/// CPU time of the process in nanoseconds.
pub(crate) fn cpu_time() -> i64 {
    let t = read(CLOCK_PROCESS_CPUTIME);
    t.sec * 1_000_000_000 + t.nsec
}

/// Seconds since 1970 and nanoseconds.
pub(crate) fn walltime() -> (i64, i32) {
    let t = read(CLOCK_REALTIME);
    (t.sec, t.nsec as i32)
}

/// Sleeps, or returns early when a signal comes.
pub(crate) fn usleep(us: i64) {
    let t = Timespec::from_ns(us * 1000);
    syscall(nr::NANOSLEEP, [&t as *const Timespec as usize, 0, 0, 0, 0, 0]);
}

/// Looks `clock_gettime` up in the vDSO, before other threads exist.
pub(crate) fn clock_init() {
    CLOCK_GETTIME.store(vdso_symbol(b"__vdso_clock_gettime").unwrap_or(0), Ordering::Relaxed);
}
