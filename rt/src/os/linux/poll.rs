//! Readiness of file descriptors: epoll, edge-triggered, with an eventfd to interrupt a waiter.

use super::{ENOSYS, EPERM, Timespec, errno, nr, syscall};
use core::sync::atomic::{AtomicBool, Ordering};

const EPOLL_CLOEXEC: usize = 0x8_0000;
const EFD_CLOEXEC: usize = 0x8_0000;
const EFD_NONBLOCK: usize = 0x800;
const EPOLL_CTL_ADD: usize = 1;
const EPOLL_CTL_DEL: usize = 2;
const EPOLLIN: u32 = 1;
const EPOLLOUT: u32 = 4;
const EPOLLERR: u32 = 8;
const EPOLLHUP: u32 = 16;
const EPOLLRDHUP: u32 = 0x2000;
const EPOLLET: u32 = 1 << 31;

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct EpollEvent {
    events: u32,
    data: u64,
}

/// One descriptor that became ready.
#[derive(Clone, Copy)]
pub(crate) struct Ready {
    /// The value given to `add`; 0 for the wake-up.
    pub cookie: u64,
    pub readable: bool,
    pub writable: bool,
    /// Nothing but an error was reported.
    pub error: bool,
}

/// An epoll instance and the eventfd registered in it.
#[derive(Clone, Copy)]
pub(crate) struct Poller {
    epoll: i32,
    event: i32,
}

/// Most events fetched by one `wait`.
pub(crate) const BATCH: usize = 128;

impl Poller {
    pub(crate) fn new() -> Result<Poller, i32> {
        let epoll = syscall(nr::EPOLL_CREATE1, [EPOLL_CLOEXEC, 0, 0, 0, 0, 0]);
        if let Some(e) = errno(epoll) {
            return Err(e);
        }
        let event = syscall(nr::EVENTFD2, [0, EFD_CLOEXEC | EFD_NONBLOCK, 0, 0, 0, 0]);
        if let Some(e) = errno(event) {
            return Err(e);
        }
        let poller = Poller { epoll: epoll as i32, event: event as i32 };
        poller.control(EPOLL_CTL_ADD, poller.event, EPOLLIN, 0)?;
        Ok(poller)
    }

    fn control(&self, op: usize, fd: i32, events: u32, cookie: u64) -> Result<(), i32> {
        let event = EpollEvent { events, data: cookie };
        let r =
            syscall(nr::EPOLL_CTL, [self.epoll as usize, op, fd as usize, &event as *const _ as usize, 0, 0]);
        errno(r).map_or(Ok(()), Err)
    }

    /// Watches `fd`; events carry `cookie`.
    pub(crate) fn add(&self, fd: i32, cookie: u64) -> Result<(), i32> {
        self.control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, cookie)
    }

    /// Stops watching `fd`.
    pub(crate) fn remove(&self, fd: i32) {
        let _ = self.control(EPOLL_CTL_DEL, fd, 0, 0);
    }

    /// Is this one of the poller's own descriptors?
    pub(crate) fn owns(&self, fd: i32) -> bool {
        fd == self.epoll || fd == self.event
    }

    /// Makes a waiter return.
    pub(crate) fn wake(&self) {
        let one = 1u64;
        syscall(nr::WRITE, [self.event as usize, &one as *const u64 as usize, 8, 0, 0, 0]);
    }

    /// Fetches events: waits forever (`delay_ns` negative), not at all (0), or that long.
    pub(crate) fn wait(&self, delay_ns: i64, out: &mut [Ready; BATCH]) -> usize {
        let mut events = [EpollEvent { events: 0, data: 0 }; BATCH];
        let r = self.fetch(delay_ns, &mut events);
        if errno(r).is_some() {
            return 0;
        }
        let mut n = 0;
        for event in &events[..r as usize] {
            let (bits, cookie) = (event.events, event.data);
            if cookie == 0 {
                if delay_ns != 0 {
                    let mut count = 0u64;
                    syscall(nr::READ, [self.event as usize, &mut count as *mut u64 as usize, 8, 0, 0, 0]);
                }
                continue;
            }
            out[n] = Ready {
                cookie,
                readable: bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) != 0,
                writable: bits & (EPOLLOUT | EPOLLHUP | EPOLLERR) != 0,
                error: bits == EPOLLERR,
            };
            n += 1;
        }
        n
    }

    /// The system call: with nanoseconds where the kernel can (Linux 5.11), else in milliseconds, rounded up.
    fn fetch(&self, delay_ns: i64, events: &mut [EpollEvent; BATCH]) -> isize {
        static NO_PWAIT2: AtomicBool = AtomicBool::new(false);
        let (epoll, at) = (self.epoll as usize, events.as_mut_ptr() as usize);
        if delay_ns > 0 && !NO_PWAIT2.load(Ordering::Relaxed) {
            let timeout = Timespec::from_ns(delay_ns);
            let timeout = &timeout as *const Timespec as usize;
            let r = syscall(nr::EPOLL_PWAIT2, [epoll, at, BATCH, timeout, 0, 0]);
            if !matches!(errno(r), Some(ENOSYS | EPERM)) {
                return r;
            }
            NO_PWAIT2.store(true, Ordering::Relaxed);
        }
        let ms = match delay_ns {
            ..0 => -1,
            0 => 0,
            1.. => ((delay_ns - 1) / 1_000_000 + 1).min(1_000_000_000),
        };
        syscall(nr::EPOLL_WAIT, [epoll, at, BATCH, ms as usize, 0, 0])
    }
}
