//! `P`: the right to run Go code, with the resources that need no lock then.
//!
//! | status  | held by                                              |
//! |---------|-------------------------------------------------------|
//! | Idle    | the list of idle Ps                                   |
//! | Running | the M in `m`                                          |
//! | Syscall | nobody; its last M takes it back unless another came  |
//! | GcStop  | the M that stopped the world                          |
//! | Dead    | nobody: GOMAXPROCS shrank                             |

use super::g::G;
use super::m::M;
use super::run_queue::RunQueue;
use crate::mem::mcache::MCache;
use crate::shared::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Cell, Ordering, UnsafeCell};
use crate::timer::Timers;
use core::ptr::null_mut;

/// State of a P.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PStatus {
    Idle = 0,
    Running = 1,
    Syscall = 2,
    GcStop = 3,
    Dead = 4,
}

/// Goroutines that the run queue of a P holds.
const RING: usize = if cfg!(loom) { 2 } else { 256 };

/// A processor. Never freed. Plain fields belong to the holder.
#[repr(C, align(64))]
pub(crate) struct P {
    /// First: compiled code knows where the runs are.
    mcache: UnsafeCell<MCache>,
    pub id: u32,
    status: AtomicU32,
    /// The M that holds it; written by the holder, read by sysmon and preempters.
    pub m: AtomicPtr<M>,
    pub run_queue: RunQueue<G, RING>,
    /// A goroutine made ready by the running one: it runs next and inherits the time slice.
    pub run_next: AtomicPtr<G>,
    /// Counts `execute`s and system calls; sysmon watches them.
    pub sched_tick: AtomicU32,
    pub syscall_tick: AtomicU32,
    /// Asked to give up its M soon.
    pub preempt: AtomicBool,
    pub idle_link: Cell<Option<&'static P>>,
    /// Dead Gs for reuse.
    pub free_g: Cell<Option<&'static G>>,
    pub free_g_count: Cell<u32>,
    pub timers: Timers,
    /// For rt B's rooms: cached sudogs (head of a list).
    pub sudogs: Cell<usize>,
    /// Batches of goroutine ids.
    pub goid_next: Cell<u64>,
    pub goid_end: Cell<u64>,
    /// Sequence number of the execution trace.
    pub trace_seq: Cell<u64>,
    /// Sysmon's notes: (sched tick, when, syscall tick, when).
    pub seen: [AtomicU64; 4],
    /// Time that this P has spent marking in the current collection.
    pub mark_ns: Cell<i64>,
}

#[cfg(not(loom))]
const _: () = assert!(core::mem::offset_of!(P, mcache) == 0);

// SAFETY: plain fields belong to the holder, see the table above.
unsafe impl Sync for P {}

impl P {
    pub(crate) fn new(id: u32) -> P {
        P {
            id,
            status: AtomicU32::new(PStatus::GcStop as u32),
            m: AtomicPtr::new(null_mut()),
            run_queue: RunQueue::new(),
            run_next: AtomicPtr::new(null_mut()),
            // Not 0: the first turn is the local queue's.
            sched_tick: AtomicU32::new(1),
            syscall_tick: AtomicU32::new(0),
            preempt: AtomicBool::new(false),
            idle_link: Cell::new(None),
            free_g: Cell::new(None),
            free_g_count: Cell::new(0),
            timers: Timers::new(false),
            mcache: UnsafeCell::new(MCache::NEW),
            sudogs: Cell::new(0),
            goid_next: Cell::new(0),
            goid_end: Cell::new(0),
            trace_seq: Cell::new(0),
            seen: crate::shared_array!(AtomicU64::new(0); 4),
            mark_ns: Cell::new(0),
        }
    }

    pub(crate) fn status(&self) -> PStatus {
        match self.status.load(Ordering::Acquire) {
            0 => PStatus::Idle,
            1 => PStatus::Running,
            2 => PStatus::Syscall,
            3 => PStatus::GcStop,
            _ => PStatus::Dead,
        }
    }

    pub(crate) fn set_status(&self, status: PStatus) {
        self.status.store(status as u32, Ordering::Release);
    }

    /// The holder leaves it to whoever takes it first.
    pub(crate) fn enter_syscall(&self) {
        // SeqCst: who sets WORLD_STOPPING and does not see this is seen by the caller, who looks at WORLD_STOPPING next.
        self.status.swap(PStatus::Syscall as u32, Ordering::SeqCst);
    }

    pub(crate) fn cas_status(&self, old: PStatus, new: PStatus) -> bool {
        // SeqCst: pairs with `enter_syscall`.
        self.status.compare_exchange(old as u32, new as u32, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The allocation cache.
    ///
    /// # Safety
    /// The caller's M holds this P, or the world is stopped by the caller; no other reference to it is in use.
    #[allow(clippy::mut_from_ref)]
    #[inline]
    pub(crate) unsafe fn mcache(&self) -> &mut MCache {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.mcache.get() }
    }

    /// Has nothing to run. Exact only for the holder.
    pub(crate) fn is_queue_empty(&self) -> bool {
        self.run_queue.is_empty() && self.run_next.load(Ordering::SeqCst).is_null()
    }
}

/// Most Ps a program can have.
pub(crate) const MAX_PROCS: usize = if cfg!(loom) { 4 } else { 1024 };

crate::shared_static! {
    /// Ps in use (`[0, COUNT)`), and the Ps made so far.
    static ALL: [AtomicPtr<P>; MAX_PROCS] = crate::shared_array!(AtomicPtr::new(null_mut()); MAX_PROCS);
    static COUNT: AtomicUsize = AtomicUsize::new(0);
}

/// GOMAXPROCS.
pub(crate) fn count() -> usize {
    COUNT.load(Ordering::Relaxed)
}

/// Changes GOMAXPROCS. World stopped (or not yet started).
pub(crate) fn set_count(n: usize) {
    COUNT.store(n, Ordering::Relaxed);
}

/// The P with this index, made if need be. World stopped (or not yet started) when it is made.
pub(crate) fn make(id: usize) -> &'static P {
    let existing = ALL[id].load(Ordering::Acquire);
    // SAFETY: entries are nil or Ps, which are never freed.
    if let Some(p) = unsafe { existing.as_ref() } {
        return p;
    }
    let Some(memory) = crate::os::map(size_of::<P>().next_multiple_of(crate::os::PAGE_SIZE)) else {
        crate::fatal::out_of_memory()
    };
    let p = memory as *mut P;
    // SAFETY: fresh memory of sufficient size and page alignment.
    unsafe { p.write(P::new(id as u32)) };
    ALL[id].store(p, Ordering::Release);
    // SAFETY: just written, never freed.
    let p: &'static P = unsafe { &*p };
    // SAFETY: nobody else knows this P yet.
    unsafe { p.mcache() }.init();
    p
}

/// The Ps in use.
pub(crate) fn all() -> impl Iterator<Item = &'static P> {
    // SAFETY: entries are nil or Ps, which are never freed.
    ALL[..count()].iter().filter_map(|p| unsafe { p.load(Ordering::Acquire).as_ref() })
}

/// Gives idle `p` to `m`, the caller's M.
pub(crate) fn acquire(m: &'static M, p: &'static P) {
    m.p.set(Some(p));
    p.m.store(m as *const M as *mut M, Ordering::Release);
    p.set_status(PStatus::Running);
    crate::trace::proc_start(p);
    crate::gc::barrier::refresh(m);
}

/// Takes the P away from `m`, the caller's M.
pub(crate) fn release(m: &'static M) -> &'static P {
    let p = m.p();
    crate::trace::proc_stop();
    m.p.set(None);
    p.m.store(null_mut(), Ordering::Release);
    p.set_status(PStatus::Idle);
    p
}
