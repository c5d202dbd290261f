//! The network poller: goroutines wait for file descriptors, the scheduler asks the kernel which are ready.
//!
//! A `PollDesc` lives outside the collected heap, because std keeps it as a number and the kernel as an event's cookie; freed
//! ones are reused with a new generation, by which late events of the old file are recognised. Each side (reading, writing) is
//! idle, ready (an event came and nobody has used it), or has one goroutine waiting. Everything is under the descriptor's lock.

pub(crate) mod deadline;

use crate::entry::Pair;
use crate::mem;
use crate::os::poll::{BATCH, Poller, Ready};
use crate::sched::queue::GQueue;
use crate::sched::{self, G, WaitReason, park};
use crate::shared::{AtomicBool, AtomicU32, Cell, Ordering};
use crate::sync::{InitOnce, Mutex, RawMutex};
use crate::timer::{Action, Timer};
use core::cell::UnsafeCell;

/// Results of the entries, as internal/poll knows them.
const OK: u64 = 0;
const CLOSING: u64 = 1;
const TIMEOUT: u64 = 2;
const NOT_POLLABLE: u64 = 3;

/// Which side of a descriptor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Read = 0,
    Write = 1,
}

impl Side {
    fn of(mode: u64) -> Side {
        if mode as u8 == b'w' { Side::Write } else { Side::Read }
    }
}

/// One side of a descriptor.
struct Waiter {
    /// An event has come that nobody has used.
    ready: Cell<bool>,
    waiting: Cell<Option<&'static G>>,
    /// Deadline: 0 none, negative expired, else monotonic ns.
    deadline: Cell<i64>,
    timer: Timer,
}

/// A file that the poller watches.
#[repr(C, align(64))]
pub(crate) struct PollDesc {
    lock: RawMutex,
    fd: Cell<i32>,
    generation: Cell<u64>,
    closing: Cell<bool>,
    error: Cell<bool>,
    sides: [Waiter; 2],
    next_free: Cell<Option<&'static PollDesc>>,
}

// SAFETY: fields are under `lock`.
unsafe impl Sync for PollDesc {}

struct Free(Option<&'static PollDesc>);
crate::shared_static! {
    static FREE: Mutex<Free> = Mutex::new(Free(None));
}

struct Instance(UnsafeCell<InitOnce<Poller>>);
// SAFETY: set once under OPENING, before OPEN is set; read after.
unsafe impl Sync for Instance {}
crate::shared_static! {
    static POLLER: Instance = Instance(UnsafeCell::new(InitOnce::new()));
    static OPENING: RawMutex = RawMutex::new();
    static OPEN: AtomicBool = AtomicBool::new(false);
    /// Goroutines that wait for the poller.
    static WAITERS: AtomicU32 = AtomicU32::new(0);
    /// An interruption is on its way.
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
}

/// Bits of a cookie below the address (the alignment) and above it (unused by user addresses) that carry the generation.
const LOW_BITS: u32 = 6;
const HIGH_SHIFT: u32 = 48;
const GENERATIONS: u64 = 1 << (LOW_BITS + 16);

pub(crate) fn cookie(pd: &PollDesc) -> u64 {
    let generation = pd.generation.get();
    pd as *const PollDesc as u64 | generation & ((1 << LOW_BITS) - 1) | (generation >> LOW_BITS) << HIGH_SHIFT
}

fn of_cookie(cookie: u64) -> (&'static PollDesc, u64) {
    let low = cookie & ((1 << LOW_BITS) - 1);
    let addr = cookie & ((1 << HIGH_SHIFT) - 1) & !((1 << LOW_BITS) - 1);
    // SAFETY: cookies are made of descriptors, which are never freed.
    (unsafe { &*(addr as *const PollDesc) }, low | (cookie >> HIGH_SHIFT) << LOW_BITS)
}

/// Has the poller been used?
pub(crate) fn is_open() -> bool {
    OPEN.load(Ordering::Acquire)
}

pub(crate) fn poller() -> &'static Poller {
    // SAFETY: written once, before OPEN is set.
    unsafe { (*POLLER.0.get()).get() }
}

/// Opens the poller, once.
pub(crate) fn open() {
    if is_open() {
        return;
    }
    OPENING.lock();
    if !is_open() {
        match Poller::new() {
            // SAFETY: nobody reads it before OPEN is set, and OPENING excludes other writers.
            Ok(p) => unsafe { (*POLLER.0.get()).set(p) },
            Err(e) => {
                crate::fatal::throw_because(
                    format_args!("runtime: epoll_create failed with {e}\n"),
                    "netpoll: cannot open",
                );
            }
        }
        OPEN.store(true, Ordering::Release);
    }
    OPENING.unlock();
}

/// Does any goroutine wait for a file?
pub(crate) fn has_waiters() -> bool {
    WAITERS.load(Ordering::SeqCst) != 0
}

/// Makes the M that is blocked in `poll` return.
pub(crate) fn interrupt() {
    if is_open() && !INTERRUPTED.swap(true, Ordering::SeqCst) {
        poller().wake();
    }
}

/// Goroutines whose files became ready, already runnable; `delay` as in `Poller::wait`.
pub(crate) fn poll(delay_ns: i64) -> GQueue {
    let mut list = GQueue::new();
    if !is_open() {
        return list;
    }
    let mut events = [Ready { cookie: 0, readable: false, writable: false, error: false }; BATCH];
    let n = poller().wait(delay_ns, &mut events);
    if delay_ns != 0 {
        INTERRUPTED.store(false, Ordering::SeqCst);
    }
    let _change = (n != 0).then(crate::trace::without_change);
    for event in &events[..n] {
        let (pd, generation) = of_cookie(event.cookie);
        pd.lock.lock();
        if pd.generation.get() == generation {
            pd.error.set(event.error);
            if event.readable {
                pd.wake(Side::Read, true, &mut list);
            }
            if event.writable {
                pd.wake(Side::Write, true, &mut list);
            }
        }
        pd.lock.unlock();
    }
    list
}

impl PollDesc {
    fn side(&self, side: Side) -> &Waiter {
        &self.sides[side as usize]
    }

    /// Wakes who waits on a side, `io`: because of an event, which is kept if nobody waits. Lock held.
    fn wake(&self, side: Side, io: bool, list: &mut GQueue) {
        let s = self.side(side);
        match s.waiting.take() {
            Some(g) => {
                WAITERS.fetch_sub(1, Ordering::SeqCst);
                g.param.set(io as usize);
                park::make_runnable(g);
                list.push(g);
            }
            None if io => s.ready.set(true),
            None => {}
        }
    }

    /// Why an operation on this side cannot go on. Lock held.
    fn check(&self, side: Side) -> u64 {
        if self.closing.get() {
            CLOSING
        } else if self.side(side).deadline.get() < 0 {
            TIMEOUT
        } else if side == Side::Read && self.error.get() {
            NOT_POLLABLE
        } else {
            OK
        }
    }

    /// The rest of `pollWait` for the running goroutine: waits unless something has happened.
    pub(crate) fn wait(&'static self, side: Side, ignore_deadline: bool) -> u64 {
        self.lock.lock();
        let s = self.side(side);
        let state = if ignore_deadline { OK } else { self.check(side) };
        if state != OK || s.ready.replace(false) {
            self.lock.unlock();
            return state;
        }
        if s.waiting.get().is_some() {
            crate::fatal::throw("runtime: double wait");
        }
        let g = sched::getg();
        s.waiting.set(Some(g));
        WAITERS.fetch_add(1, Ordering::SeqCst);
        g.wait[0].set(self as *const PollDesc as usize);
        g.wait[1].set(side as usize | usize::from(ignore_deadline) << 1);
        sched::gopark(WaitReason::IOWait, Some(&self.lock), Some(resume_wait))
    }
}

/// A waiting goroutine was woken by an event, a deadline or a close.
fn resume_wait(g: &'static G) -> Pair {
    // SAFETY: `wait` stored it; descriptors are never freed.
    let pd = unsafe { &*(g.wait[0].get() as *const PollDesc) };
    let side = if g.wait[1].get() & 1 == 0 { Side::Read } else { Side::Write };
    let ignore_deadline = g.wait[1].get() & 2 != 0;
    if ignore_deadline {
        return Pair(OK, 0);
    }
    pd.lock.lock();
    let state = pd.check(side);
    pd.lock.unlock();
    if state != OK || g.param.get() != 0 {
        return Pair(state, 0);
    }
    // The deadline that woke it has been moved since.
    Pair(pd.wait(side, false), 0)
}

extern "C" fn server_init() {
    open();
}
g0_entry!("internal/poll.runtime_pollServerInit", server_init);

extern "C" fn is_poll_descriptor(fd: usize) -> u64 {
    u64::from(is_open() && poller().owns(fd as i32))
}
g0_entry!("internal/poll.runtime_isPollServerDescriptor", is_poll_descriptor);

fn new_waiter() -> Waiter {
    let (ready, waiting) = (Cell::new(false), Cell::new(None));
    Waiter { ready, waiting, deadline: Cell::new(0), timer: Timer::new(Action::Rust(deadline::expired)) }
}

fn allocate() -> &'static PollDesc {
    let mut free = FREE.lock();
    if let Some(pd) = free.0 {
        free.0 = pd.next_free.take();
        return pd;
    }
    drop(free);
    let Some(memory) = mem::persistent::alloc(size_of::<PollDesc>(), align_of::<PollDesc>()) else {
        crate::fatal::out_of_memory()
    };
    let pd = memory.as_ptr().cast::<PollDesc>();
    let fresh = PollDesc {
        lock: RawMutex::new(),
        fd: Cell::new(-1),
        generation: Cell::new(1),
        closing: Cell::new(false),
        error: Cell::new(false),
        sides: [new_waiter(), new_waiter()],
        next_free: Cell::new(None),
    };
    // SAFETY: fresh memory of the right size and alignment.
    unsafe { pd.write(fresh) };
    // SAFETY: just written, never freed.
    let pd = unsafe { &*pd };
    for (i, side) in pd.sides.iter().enumerate() {
        side.timer.arg[0].set(pd as *const PollDesc as usize);
        side.timer.arg[1].set(i);
    }
    pd
}

pub(crate) extern "C" fn poll_open(fd: usize) -> Pair {
    let pd = allocate();
    pd.lock.lock();
    pd.fd.set(fd as i32);
    pd.closing.set(false);
    pd.error.set(false);
    for side in &pd.sides {
        side.ready.set(false);
        side.deadline.set(0);
    }
    pd.lock.unlock();
    match poller().add(fd as i32, cookie(pd)) {
        Ok(()) => Pair(pd as *const PollDesc as u64, 0),
        Err(e) => {
            release(pd);
            Pair(0, e as u64)
        }
    }
}
g0_entry!("internal/poll.runtime_pollOpen", poll_open);

fn release(pd: &'static PollDesc) {
    pd.lock.lock();
    pd.generation.set((pd.generation.get() + 1) % GENERATIONS);
    pd.lock.unlock();
    let mut free = FREE.lock();
    pd.next_free.set(free.0.replace(pd));
}

pub(crate) extern "C" fn poll_close(pd: &'static PollDesc) {
    pd.lock.lock();
    if !pd.closing.get() {
        crate::fatal::throw("runtime: close polldesc w/o unblock");
    }
    if pd.sides.iter().any(|s| s.waiting.get().is_some()) {
        crate::fatal::throw("runtime: blocked on closing polldesc");
    }
    pd.lock.unlock();
    poller().remove(pd.fd.get());
    release(pd);
}
g0_entry!("internal/poll.runtime_pollClose", poll_close);

pub(crate) extern "C" fn poll_reset(pd: &'static PollDesc, mode: u64) -> u64 {
    let side = Side::of(mode);
    pd.lock.lock();
    let state = pd.check(side);
    if state == OK {
        pd.side(side).ready.set(false);
    }
    pd.lock.unlock();
    state
}
g0_entry!("internal/poll.runtime_pollReset", poll_reset);

extern "C" fn poll_wait(pd: &'static PollDesc, mode: u64) -> u64 {
    pd.wait(Side::of(mode), false)
}
g0_entry!("internal/poll.runtime_pollWait", poll_wait);

extern "C" fn poll_wait_canceled(pd: &'static PollDesc, mode: u64) {
    pd.wait(Side::of(mode), true);
}
g0_entry!("internal/poll.runtime_pollWaitCanceled", poll_wait_canceled);

fn ready_all(mut list: GQueue) {
    while let Some(g) = list.pop() {
        sched::schedule::run_queue_put(crate::arch::current_m().p(), g, true);
        sched::idle::wake_p();
    }
}

pub(crate) extern "C" fn poll_unblock(pd: &'static PollDesc) {
    let mut list = GQueue::new();
    pd.lock.lock();
    if pd.closing.replace(true) {
        crate::fatal::throw("runtime: unblock on closing polldesc");
    }
    for side in [Side::Read, Side::Write] {
        pd.wake(side, false, &mut list);
        deadline::disarm(pd, side);
    }
    pd.lock.unlock();
    ready_all(list);
}
g0_entry!("internal/poll.runtime_pollUnblock", poll_unblock);
