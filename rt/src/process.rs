//! Small entries around the process: raw output, fcntl, page size, fork, exec.

use crate::arch::current_m;
use crate::entry::Pair;
use crate::os;
use crate::os::signal;
use crate::sync::RawMutex;

extern "C" fn page_size() -> usize {
    os::PAGE_SIZE
}
leaf_entry!("syscall.Getpagesize", page_size);

extern "C" fn write_entry(fd: usize, p: *const u8, n: u32) -> isize {
    if n == 0 {
        return 0;
    }
    // SAFETY: Go passes a buffer of that length.
    let bytes = unsafe { core::slice::from_raw_parts(p, n as usize) };
    os::write(fd, bytes)
}
leaf_entry!("runtime.write", write_entry);
leaf_entry!("internal/godebug.write", write_entry);

extern "C" fn fcntl_entry(fd: i32, cmd: i32, arg: i32) -> Pair {
    let r = os::fcntl(fd, cmd, arg);
    match os::errno(r) {
        Some(e) => Pair(u32::MAX as u64, e as u64),
        None => Pair(r as u64, 0),
    }
}
leaf_entry!("internal/syscall/unix.fcntl", fcntl_entry);

extern "C" fn raw_syscall_no_error(number: usize, a1: usize, a2: usize, a3: usize) -> Pair {
    Pair(os::syscall(number, [a1, a2, a3, 0, 0, 0]) as u64, 0)
}
leaf_entry!("syscall.rawSyscallNoError", raw_syscall_no_error);

extern "C" fn gettimeofday(tv: &mut [i64; 2]) -> u64 {
    let (sec, nsec) = os::walltime();
    *tv = [sec, nsec as i64 / 1000];
    0
}
g0_entry!("syscall.gettimeofday", gettimeofday);

/// Between here and `AfterFork` no signal may reach this thread: the child would run the parent's handlers.
extern "C" fn before_fork() {
    let m = current_m();
    m.locks.set(m.locks.get() + 1);
    m.fork_mask.set(signal::block_all());
}
g0_entry!("syscall.runtime_BeforeFork", before_fork);

extern "C" fn after_fork() {
    let m = current_m();
    signal::set_mask(m.fork_mask.get());
    m.locks.set(m.locks.get() - 1);
}
g0_entry!("syscall.runtime_AfterFork", after_fork);

/// In the child, which shares the parent's memory but not its table of signal actions: handlers must not run there.
extern "C" fn after_fork_in_child() {
    crate::signal::reset_handlers();
    signal::set_mask(current_m().fork_mask.get());
}
g0_entry!("syscall.runtime_AfterForkInChild", after_fork_in_child);

/// Held during execve: no thread is born meanwhile.
static EXEC: RawMutex = RawMutex::new();

/// Waits until no exec is in progress. For those who start threads.
pub(crate) fn exec_gate() {
    if EXEC.is_locked() {
        EXEC.lock();
        EXEC.unlock();
    }
}

extern "C" fn before_exec() {
    EXEC.lock();
}
g0_entry!("syscall.runtime_BeforeExec", before_exec);

extern "C" fn after_exec() {
    EXEC.unlock();
}
g0_entry!("syscall.runtime_AfterExec", after_exec);

extern "C" fn cputicks() -> u64 {
    crate::arch::cputicks()
}
leaf_entry!("runtime.cputicks", cputicks);

extern "C" fn breakpoint() {
    crate::arch::breakpoint();
}
leaf_entry!("runtime.breakpoint", breakpoint);

extern "C" fn set_max_threads(n: i64) -> u64 {
    crate::sched::idle::set_max_threads(n.clamp(1, i32::MAX as i64) as u32) as u64
}
g0_entry!("runtime/debug.setMaxThreads", set_max_threads);
