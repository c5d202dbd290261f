//! Sleeping semaphores: `sync.Mutex` and friends park here (the idea is Plan 9's, see Mullender and Cox, "Semaphores
//! in Plan 9").
//!
//! A semaphore is a `uint32` anywhere in memory. Waiters are sudogs in a table of buckets keyed by address; in a bucket hang the
//! addresses with waiters, on each the waiters in order. `waiters` of a bucket counts goroutines that wait or are about
//! to, so that a release without waiters touches no lock: acquirers count themselves and then try the word, releasers
//! increment the word and then look at the count, both sequentially consistent.

use core::ptr::null_mut;

use crate::chan::sudog::{self, Sudog};
use crate::entry::Pair;
use crate::sched::{self, G, WaitReason, getg};
use crate::shared::{AtomicU32, Cell, Ordering::SeqCst};
use crate::sync::RawMutex;

const BUCKETS: usize = if cfg!(loom) { 1 } else { 2048 };

#[repr(align(64))]
struct Bucket {
    lock: RawMutex,
    waiters: AtomicU32,
    /// First waiter of each address, linked by `next` and `prev`.
    heads: Cell<*mut Sudog>,
}

// SAFETY: `heads` is used under `lock`.
unsafe impl Sync for Bucket {}

crate::shared_static! {
    static TABLE: [Bucket; BUCKETS] = crate::shared_array!(
        Bucket { lock: RawMutex::new(), waiters: AtomicU32::new(0), heads: Cell::new(null_mut()) }; BUCKETS);
}

fn bucket(addr: *const AtomicU32) -> &'static Bucket {
    let hash = (addr as u64 >> 2).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    &TABLE[(hash >> 53) as usize % BUCKETS]
}

/// Where a waiter goes among those of its address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Fifo,
    Lifo,
}

impl Bucket {
    fn find(&self, addr: *const AtomicU32) -> *mut Sudog {
        let mut at = self.heads.get();
        // SAFETY: queued sudogs are live, and the lock is held.
        while let Some(head) = unsafe { at.as_ref() } {
            if head.elem.get() as *const AtomicU32 == addr {
                break;
            }
            at = head.next.get();
        }
        at
    }

    fn link_head(&self, s: &Sudog) {
        let at = s as *const Sudog as *mut Sudog;
        s.prev.set(null_mut());
        s.next.set(self.heads.get());
        // SAFETY: queued sudogs are live.
        if let Some(next) = unsafe { self.heads.get().as_ref() } {
            next.prev.set(at);
        }
        self.heads.set(at);
    }

    fn unlink_head(&self, s: &Sudog) {
        // SAFETY: neighbours are queued, so live.
        unsafe {
            match s.prev.get().as_ref() {
                Some(prev) => prev.next.set(s.next.get()),
                None => self.heads.set(s.next.get()),
            }
            if let Some(next) = s.next.get().as_ref() {
                next.prev.set(s.prev.get());
            }
        }
        s.next.set(null_mut());
        s.prev.set(null_mut());
    }

    fn enqueue(&self, s: &'static Sudog, order: Order) {
        let at = s as *const Sudog as *mut Sudog;
        // SAFETY: queued sudogs are live.
        let Some(head) = (unsafe { self.find(s.elem.get() as *const AtomicU32).as_ref() }) else {
            s.same_next.set(null_mut());
            s.same_last.set(at);
            self.link_head(s);
            return;
        };
        if order == Order::Lifo {
            self.unlink_head(head);
            s.same_next.set(head as *const Sudog as *mut Sudog);
            s.same_last.set(head.same_last.get());
            self.link_head(s);
        } else {
            s.same_next.set(null_mut());
            // SAFETY: the last waiter is queued, so live.
            unsafe { (*head.same_last.get()).same_next.set(at) };
            head.same_last.set(at);
        }
    }

    fn dequeue(&self, addr: *const AtomicU32) -> Option<&'static Sudog> {
        // SAFETY: queued sudogs are live, and never unmapped.
        let head: &'static Sudog = unsafe { self.find(addr).as_ref()? };
        self.unlink_head(head);
        // SAFETY: as above.
        if let Some(next) = unsafe { head.same_next.get().as_ref() } {
            next.same_last.set(head.same_last.get());
            self.link_head(next);
        }
        Some(head)
    }
}

/// Takes a token if there is one.
fn try_acquire(addr: &AtomicU32) -> bool {
    addr.fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1)).is_ok()
}

/// Waits until `*addr > 0` and decrements it. Parks.
pub(crate) fn acquire(addr: &AtomicU32, order: Order, reason: WaitReason) {
    if try_acquire(addr) {
        return;
    }
    let g = getg();
    let s = sudog::acquire(g);
    s.elem.set(addr as *const AtomicU32 as *mut u8);
    sudog::set_waiting(g, s);
    wait(g, s, order, reason);
}

/// Queues `s` and parks, unless a token has appeared.
fn wait(g: &'static G, s: &'static Sudog, order: Order, reason: WaitReason) {
    let addr = semaphore(s);
    let bucket = bucket(addr);
    bucket.lock.lock();
    bucket.waiters.fetch_add(1, SeqCst);
    if try_acquire(addr) {
        bucket.waiters.fetch_sub(1, SeqCst);
        bucket.lock.unlock();
        g.waiting.set(0);
        sudog::release(s);
        return;
    }
    bucket.enqueue(s, order);
    g.wait[0].set((order == Order::Lifo) as usize);
    sched::gopark(reason, Some(&bucket.lock), Some(acquire_resume))
}

fn semaphore(s: &Sudog) -> &'static AtomicU32 {
    // SAFETY: the word belongs to an object that the waiting goroutine keeps alive (the collector reads `elem`).
    unsafe { &*(s.elem.get() as *const AtomicU32) }
}

fn acquire_resume(g: &'static G) -> Pair {
    let s = sudog::take_waiting(g);
    g.param.set(0);
    if s.ticket.get() != 0 || try_acquire(semaphore(s)) {
        sudog::release(s);
        return Pair(0, 0);
    }
    // Another goroutine was faster.
    sudog::set_waiting(g, s);
    let order = if g.wait[0].get() != 0 { Order::Lifo } else { Order::Fifo };
    let reason = g.wait_reason.get();
    wait(g, s, order, reason);
    Pair(0, 0)
}

/// Adds a token and wakes a waiter. With `handoff` the waiter gets the token and runs at once in place of the caller. `skip` is the
/// mutex profile's (`profile::waiting`).
pub(crate) fn release(addr: &AtomicU32, handoff: bool, skip: usize) {
    addr.fetch_add(1, SeqCst);
    let bucket = bucket(addr);
    if bucket.waiters.load(SeqCst) == 0 {
        return;
    }
    bucket.lock.lock();
    if bucket.waiters.load(SeqCst) == 0 {
        bucket.lock.unlock();
        return;
    }
    let waiter = bucket.dequeue(addr);
    if waiter.is_some() {
        bucket.waiters.fetch_sub(1, SeqCst);
    }
    bucket.lock.unlock();
    let Some(waiter) = waiter else { return };
    if let Some(g) = waiter.g.get()
        && matches!(
            g.wait_reason.get(),
            WaitReason::SyncMutexLock | WaitReason::SyncRWMutexRLock | WaitReason::SyncRWMutexLock
        )
    {
        crate::profile::waiting::released(g, skip);
    }
    let direct = handoff && try_acquire(addr);
    waiter.ticket.set(direct as u32);
    sudog::wake(waiter);
    if direct && crate::arch::current_m().locks.get() == 0 {
        sched::schedule::yield_to_scheduler(getg(), crate::trace::Stop::Gosched);
    }
}

/// # Safety
/// `addr` is a `uint32` of the calling goroutine's program.
unsafe fn word<'a>(addr: *mut u32) -> &'a AtomicU32 {
    // SAFETY: the caller's promise; the word is only used atomically.
    unsafe { &*addr.cast::<AtomicU32>() }
}

macro_rules! acquire_fn {
    ($name:ident, $reason:ident) => {
        extern "C" fn $name(addr: *mut u32, lifo: u64, skip: u64) {
            getg().block_skip.set(skip as u8);
            let order = if lifo & 0xff != 0 { Order::Lifo } else { Order::Fifo };
            // SAFETY: compiled code passes the address of a semaphore.
            acquire(unsafe { word(addr) }, order, WaitReason::$reason);
        }
    };
}
acquire_fn!(acquire_mutex, SyncMutexLock);
acquire_fn!(acquire_rw_reader, SyncRWMutexRLock);
acquire_fn!(acquire_rw_writer, SyncRWMutexLock);

extern "C" fn acquire_plain(addr: *mut u32) {
    // SAFETY: compiled code passes the address of a semaphore.
    acquire(unsafe { word(addr) }, Order::Fifo, WaitReason::Semacquire);
}

/// `durable`: in a bubble, only that can end the wait.
extern "C" fn acquire_wait_group(addr: *mut u32, durable: u64) {
    let reason = match durable & 0xff {
        0 => WaitReason::SyncWaitGroupWait,
        _ => WaitReason::SynctestWaitGroupWait,
    };
    // SAFETY: as above.
    acquire(unsafe { word(addr) }, Order::Fifo, reason);
}

extern "C" fn release_entry(addr: *mut u32, handoff: u64, skip: u64) {
    // SAFETY: as above.
    release(unsafe { word(addr) }, handoff & 0xff != 0, skip as usize);
}

extern "C" fn release_plain(addr: *mut u32) {
    // SAFETY: as above.
    release(unsafe { word(addr) }, false, 0);
}

g0_entry!("sync.runtime_Semacquire", acquire_plain);
g0_entry!("internal/poll.runtime_Semacquire", acquire_plain);
g0_entry!("sync.runtime_SemacquireWaitGroup", acquire_wait_group);
g0_entry!("sync.runtime_SemacquireRWMutexR", acquire_rw_reader);
g0_entry!("sync.runtime_SemacquireRWMutex", acquire_rw_writer);
g0_entry!("internal/sync.runtime_SemacquireMutex", acquire_mutex);
g0_entry!("sync.runtime_Semrelease", release_entry);
g0_entry!("internal/sync.runtime_Semrelease", release_entry);
g0_entry!("internal/poll.runtime_Semrelease", release_plain);
