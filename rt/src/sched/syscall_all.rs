//! `syscall.AllThreadsSyscall`: one system call on every thread (setuid and friends are per thread in the kernel).
//!
//! Each thread makes the call in the handler of a real-time signal, wherever it is. One request at a time.

use super::idle::SCHED;
use crate::arch::current_m;
use crate::os;
use crate::sync::RawMutex;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The signal that glibc reserves for the same purpose.
pub(crate) const SIGNAL: u32 = 33;

static ONE_AT_A_TIME: RawMutex = RawMutex::new();
static REQUEST: [AtomicUsize; 7] = [const { AtomicUsize::new(0) }; 7];
static DONE: AtomicUsize = AtomicUsize::new(0);
static EXPECTED: AtomicUsize = AtomicUsize::new(0);
static DIFFERS: AtomicBool = AtomicBool::new(false);

fn make_call() -> isize {
    let word = |i: usize| REQUEST[i].load(Ordering::Relaxed);
    os::syscall(word(0), [word(1), word(2), word(3), word(4), word(5), word(6)])
}

/// In the signal handler: makes the call that was asked for.
pub(crate) fn on_signal() {
    if !ONE_AT_A_TIME.is_locked() {
        return; // somebody else has sent it
    }
    if make_call() as usize != EXPECTED.load(Ordering::Acquire) {
        DIFFERS.store(true, Ordering::Relaxed);
    }
    DONE.fetch_add(1, Ordering::Release);
}

/// `a[0..7]`: number and arguments; results go to `a[7..10]` as r1, r2, errno.
extern "C" fn all_threads_syscall(a: &mut [usize; 10]) {
    ONE_AT_A_TIME.lock();
    for (slot, value) in REQUEST.iter().zip(a.iter()) {
        slot.store(*value, Ordering::Relaxed);
    }
    let result = make_call();
    if let Some(e) = os::errno(result) {
        [a[7], a[8], a[9]] = [usize::MAX, 0, e as usize];
    } else {
        EXPECTED.store(result as usize, Ordering::Release);
        DONE.store(0, Ordering::Relaxed);
        let mut asked = 0;
        {
            // No thread is born while the scheduler's lock is held; those being born inherit from one that is asked here.
            let sched = SCHED.lock();
            let mut next = sched.all_ms;
            while let Some(m) = next {
                if !core::ptr::eq(m, current_m()) {
                    while m.tid.load(Ordering::Acquire) == 0 {
                        os::usleep(10);
                    }
                    os::kill_thread(m.tid.load(Ordering::Acquire), SIGNAL);
                    asked += 1;
                }
                next = m.all_link.get();
            }
        }
        while DONE.load(Ordering::Acquire) < asked {
            os::usleep(20);
        }
        if DIFFERS.load(Ordering::Relaxed) {
            crate::fatal::throw("AllThreadsSyscall results differ between threads; runtime corrupted");
        }
        [a[7], a[8], a[9]] = [result as usize, 0, 0];
    }
    ONE_AT_A_TIME.unlock();
}
g0_entry!("runtime.allThreadsSyscall", all_threads_syscall);
