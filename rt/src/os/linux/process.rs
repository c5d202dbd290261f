//! The process: exit, output, random bytes, processors, auxiliary vector.

use super::{EINTR, errno, nr, syscall};

/// Ends the process.
pub(crate) fn exit(code: i32) -> ! {
    loop {
        syscall(nr::EXIT_GROUP, [code as usize, 0, 0, 0, 0, 0]);
    }
}

/// Ends the calling thread.
pub(crate) fn exit_thread() -> ! {
    loop {
        syscall(nr::EXIT, [0; 6]);
    }
}

/// write(2); safe in signal handlers.
pub(crate) fn write(fd: usize, bytes: &[u8]) -> isize {
    syscall(nr::WRITE, [fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0])
}

/// Opens an existing file for reading and writing; returns the descriptor.
pub(crate) fn open_read_write(path: &core::ffi::CStr) -> isize {
    const O_RDWR: usize = 2;
    syscall(nr::OPEN, [path.as_ptr() as usize, O_RDWR, 0, 0, 0, 0])
}

/// fcntl(2).
pub(crate) fn fcntl(fd: i32, cmd: i32, arg: i32) -> isize {
    syscall(nr::FCNTL, [fd as usize, cmd as usize, arg as usize, 0, 0, 0])
}

/// The process id.
pub(crate) fn pid() -> u32 {
    syscall(nr::GETPID, [0; 6]) as u32
}

/// Fills `buf` from the kernel's generator.
pub(crate) fn random_bytes(buf: &mut [u8]) {
    let mut done = 0;
    while done < buf.len() {
        let rest = &mut buf[done..];
        let r = syscall(nr::GETRANDOM, [rest.as_mut_ptr() as usize, rest.len(), 0, 0, 0, 0]);
        match errno(r) {
            Some(EINTR) => continue,
            Some(_) => return,
            None => done += r as usize,
        }
    }
}

/// How many processors this process may use.
pub(crate) fn cpu_count() -> usize {
    let mut mask = [0u64; 128];
    let r = syscall(nr::SCHED_GETAFFINITY, [0, size_of_val(&mask), mask.as_mut_ptr() as usize, 0, 0, 0]);
    if errno(r).is_some() {
        return 1;
    }
    mask.iter().map(|w| w.count_ones() as usize).sum::<usize>().max(1)
}

/// The value of an auxiliary vector entry (the vector follows the environment).
///
/// # Safety
/// `vector` is the auxiliary vector that the kernel gave to the process.
pub(crate) unsafe fn auxv(vector: *const [usize; 2], tag: usize) -> Option<usize> {
    let mut entry = vector;
    loop {
        // SAFETY: the vector ends with tag 0, where the loop ends too.
        let [t, value] = unsafe { *entry };
        if t == tag {
            return Some(value);
        }
        if t == 0 {
            return None;
        }
        // SAFETY: this was not the last entry.
        entry = unsafe { entry.add(1) };
    }
}
