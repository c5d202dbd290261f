//! `G`: a goroutine.
//!
//! Gs are never freed, only reused, so `&'static G` is always sound. Its plain fields (`Cell`) belong to whoever owns the
//! goroutine at that moment:
//!
//! | status    | owner of the fields                                    |
//! |-----------|---------------------------------------------------------|
//! | Idle      | the list of free Gs; its stack, the holder of `gc_lock`  |
//! | Runnable  | the run queue that holds it                             |
//! | Running   | the M in `m`                                            |
//! | Syscall   | the thread in `m`; the collector may read the stack     |
//! | Waiting   | the structure it waits on (under that structure's lock) |
//! | Dead      | the M that ends it, or makes it                         |

use super::m::M;
use crate::shared::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Cell, Ordering};
use crate::stack::Segment;
use crate::synctest::Bubble;
use core::mem::offset_of;
use rgo_abi::g as abi;

/// State of a goroutine.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    Idle = 0,
    Runnable = 1,
    Running = 2,
    Syscall = 3,
    Waiting = 4,
    Dead = 5,
}

/// Why a goroutine waits; the texts are those that gc prints in tracebacks.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(dead_code)]
pub(crate) enum WaitReason {
    Zero,
    Sleep,
    ChanReceive,
    ChanSend,
    ChanReceiveNil,
    ChanSendNil,
    Select,
    SelectNoCases,
    Semacquire,
    SyncMutexLock,
    SyncRWMutexRLock,
    SyncRWMutexLock,
    SyncWaitGroupWait,
    SyncCondWait,
    IOWait,
    GCAssistWait,
    GCWorker,
    FinalizerWait,
    CleanupWait,
    GCCycle,
    StopTheWorld,
    Preempted,
    Coroutine,
    SignalWait,
    SynctestRun,
    SynctestWait,
    SynctestChanReceive,
    SynctestChanSend,
    SynctestSelect,
    SynctestWaitGroupWait,
    SystemGoroutine,
}

impl WaitReason {
    /// In a bubble: only another goroutine of it, or its clock, can end such a wait.
    pub(crate) fn is_durable(self) -> bool {
        use WaitReason::*;
        matches!(
            self,
            ChanReceiveNil
                | ChanSendNil
                | SelectNoCases
                | Sleep
                | SyncCondWait
                | Coroutine
                | SynctestRun
                | SynctestWait
                | SynctestChanReceive
                | SynctestChanSend
                | SynctestSelect
                | SynctestWaitGroupWait
        )
    }
}

/// The texts of [`WaitReason`].
pub(crate) const WAIT_REASONS: [&str; 31] = [
    "",
    "sleep",
    "chan receive",
    "chan send",
    "chan receive (nil chan)",
    "chan send (nil chan)",
    "select",
    "select (no cases)",
    "semacquire",
    "sync.Mutex.Lock",
    "sync.RWMutex.RLock",
    "sync.RWMutex.Lock",
    "sync.WaitGroup.Wait",
    "sync.Cond.Wait",
    "IO wait",
    "GC assist wait",
    "GC worker (idle)",
    "finalizer wait",
    "cleanup wait",
    "wait for GC cycle",
    "stopping the world",
    "preempted",
    "coroutine",
    "signal wait",
    "synctest.Run",
    "synctest.Wait",
    "chan receive (durable)",
    "chan send (durable)",
    "select (durable)",
    "sync.WaitGroup.Wait (durable)",
    "system goroutine",
];

/// Completes the operation for which a goroutine was parked; runs on g0 when the goroutine is picked. Returns the result
/// words of the entry, or diverges by parking again or by `rt_panic`.
pub(crate) type ResumeFn = fn(&'static G) -> crate::entry::Pair;

/// A goroutine. The first fields are known to compiled code (`rgo_abi::g`).
#[repr(C, align(64))]
pub(crate) struct G {
    pub stack_guard: AtomicUsize,
    pub ctxt: Cell<usize>,
    pub m: AtomicPtr<M>,
    pub panic_arg0: Cell<u64>,
    pub panic_arg1: Cell<u64>,
    pub defer_frame: Cell<usize>,
    pub panic: Cell<usize>,
    pub panic_code: Cell<u64>,
    pub sig_addr: Cell<usize>,
    pub sig_pc: Cell<usize>,
    pub goid: Cell<u64>,
    pub labels: Cell<usize>,
    pub go_flags: Cell<u64>,
    /// Bubble of `testing/synctest` that it belongs to.
    pub bubble: Cell<Option<&'static Bubble>>,
    /// Not 0 while the collector marks. Set whenever the goroutine begins to run (`gc::barrier::refresh`).
    pub write_barrier: AtomicU32,
    /// Compiled code takes an object from a run of its P (`mem::runs`): not to be stopped.
    pub in_alloc: AtomicBool,
    pub sched_sp: Cell<usize>,
    pub segment: Cell<*mut Segment>,
    pub result0: Cell<u64>,
    pub result1: Cell<u64>,
    pub fork_save: [Cell<usize>; 3],

    status: AtomicU32,
    /// `si_code` of the fault at `sig_pc`.
    pub sig_code: Cell<i32>,
    /// Another M wants this goroutine to yield; cleared when it does.
    pub preempt: AtomicBool,
    pub wait_reason: Cell<WaitReason>,
    /// The goroutine is the runtime's own: it does not count as alive for the deadlock check.
    pub is_system: Cell<bool>,
    /// The last search for leaks found that nothing can wake it. Written with the world stopped.
    pub leaked: Cell<bool>,
    /// Transitions to runnable (`stats`).
    pub transitions: Cell<u32>,
    /// Monotonic time of the last park, 0 while it runs (for tracebacks).
    pub wait_since: Cell<i64>,
    /// Monotonic time of the last park for the profiles of waiting, 0 when they are off.
    pub block_since: Cell<i64>,
    /// When the timed transition to runnable was, and when a timed wait for a lock began (`stats`), else 0.
    pub runnable_since: Cell<i64>,
    pub lock_since: Cell<i64>,
    /// Sequence number of the execution trace.
    pub trace_seq: Cell<u64>,
    pub resume: Cell<Option<ResumeFn>>,
    /// Next G of the list or queue that this G is in.
    pub sched_link: Cell<Option<&'static G>>,
    /// Oldest segment, for reuse.
    pub first_segment: Cell<*mut Segment>,
    /// Code address of the first function and the place of the `go` statement.
    pub start_pc: Cell<usize>,
    pub created_by_pc: Cell<usize>,
    pub parent: Cell<u64>,
    /// Who started it, and who that one (`traceback::ancestors`); nil unless asked for.
    pub ancestors: Cell<usize>,
    /// `LockOSThread`: the M this goroutine is wired to, and how often.
    pub locked_m: Cell<Option<&'static M>>,
    pub lock_count: Cell<u32>,
    /// Waiting for a lock: how many of its calls are package sync's own (`profile::waiting`).
    pub block_skip: Cell<u8>,
    /// A goroutine of finalizers or cleanups is calling one: then it is the program's.
    pub in_final_call: Cell<bool>,
    /// Stack pointer, frame pointer, pc and callee-saved registers at `entersyscall`.
    pub syscall_sp: Cell<usize>,
    pub syscall_frame: Cell<[usize; 7]>,

    /// Words for the structure on which the goroutine waits (conservatively scanned).
    pub param: Cell<usize>,
    pub wait: [Cell<usize>; 5],
    /// List of sudogs of a select or channel operation.
    pub waiting: Cell<usize>,
    /// A select is decided by the first waker that sets this from 0 to 1.
    pub select_done: AtomicU32,
    /// Timer of `time.Sleep`, made at first use.
    pub sleep_timer: Cell<usize>,
    /// Number of the collection that has scanned the stack last: in it the goroutine is black.
    pub gc_scanned: AtomicU32,
    /// 1 while the collector scans the stack, or while the goroutine begins to run during marking.
    pub gc_lock: AtomicU32,
}

// SAFETY: the table at the top of this module says who may touch the unsynchronised fields.
unsafe impl Sync for G {}

#[cfg(not(loom))]
const _: () = {
    assert!(offset_of!(G, stack_guard) == abi::STACK_GUARD);
    assert!(offset_of!(G, ctxt) == abi::CTXT);
    assert!(offset_of!(G, m) == abi::M);
    assert!(offset_of!(G, panic_arg0) == abi::PANIC_ARG0);
    assert!(offset_of!(G, panic_arg1) == abi::PANIC_ARG1);
    assert!(offset_of!(G, defer_frame) == abi::DEFER_FRAME);
    assert!(offset_of!(G, panic) == abi::PANIC);
    assert!(offset_of!(G, panic_code) == abi::PANIC_CODE);
    assert!(offset_of!(G, sig_addr) == abi::SIG_ADDR);
    assert!(offset_of!(G, sig_pc) == abi::SIG_PC);
    assert!(offset_of!(G, goid) == abi::GOID);
    assert!(offset_of!(G, labels) == abi::LABELS);
    assert!(offset_of!(G, go_flags) == abi::GO_FLAGS);
    assert!(offset_of!(G, bubble) == abi::BUBBLE);
    assert!(offset_of!(G, write_barrier) == abi::WRITE_BARRIER);
    assert!(offset_of!(G, in_alloc) == abi::IN_ALLOC);
    assert!(offset_of!(G, sched_sp) == abi::SCHED_SP);
    assert!(offset_of!(G, segment) == abi::SEGMENT);
    assert!(offset_of!(G, result0) == abi::RESULT0);
    assert!(offset_of!(G, result1) == abi::RESULT1);
    assert!(offset_of!(G, fork_save) == abi::FORK_SAVE);
    // A million goroutines are a million of these.
    assert!(size_of::<G>() <= 448);
};

impl G {
    crate::const_fn! {
        pub(crate) fn new() -> G {
            G {
                stack_guard: AtomicUsize::new(0),
                ctxt: Cell::new(0),
                m: AtomicPtr::new(core::ptr::null_mut()),
                panic_arg0: Cell::new(0),
                panic_arg1: Cell::new(0),
                defer_frame: Cell::new(0),
                panic: Cell::new(0),
                panic_code: Cell::new(0),
                sig_addr: Cell::new(0),
                sig_pc: Cell::new(0),
                goid: Cell::new(0),
                labels: Cell::new(0),
                go_flags: Cell::new(0),
                write_barrier: AtomicU32::new(0),
                in_alloc: AtomicBool::new(false),
                sched_sp: Cell::new(0),
                segment: Cell::new(core::ptr::null_mut()),
                result0: Cell::new(0),
                result1: Cell::new(0),
                fork_save: crate::shared_array!(Cell::new(0); 3),
                status: AtomicU32::new(Status::Idle as u32),
                sig_code: Cell::new(0),
                preempt: AtomicBool::new(false),
                wait_reason: Cell::new(WaitReason::Zero),
                is_system: Cell::new(false),
                wait_since: Cell::new(0),
                block_since: Cell::new(0),
                block_skip: Cell::new(0),
                in_final_call: Cell::new(false),
                transitions: Cell::new(0),
                runnable_since: Cell::new(0),
                lock_since: Cell::new(0),
                trace_seq: Cell::new(0),
                resume: Cell::new(None),
                sched_link: Cell::new(None),
                first_segment: Cell::new(core::ptr::null_mut()),
                start_pc: Cell::new(0),
                created_by_pc: Cell::new(0),
                parent: Cell::new(0),
                ancestors: Cell::new(0),
                locked_m: Cell::new(None),
                lock_count: Cell::new(0),
                syscall_sp: Cell::new(0),
                syscall_frame: Cell::new([0; 7]),
                param: Cell::new(0),
                wait: crate::shared_array!(Cell::new(0); 5),
                waiting: Cell::new(0),
                select_done: AtomicU32::new(0),
                bubble: Cell::new(None),
                leaked: Cell::new(false),
                sleep_timer: Cell::new(0),
                gc_scanned: AtomicU32::new(0),
                gc_lock: AtomicU32::new(0),
            }
        }
    }

    pub(crate) fn status(&self) -> Status {
        // Acquire pairs with the release in `set_status`: who sees a state sees the fields written before it.
        match self.status.load(Ordering::Acquire) {
            0 => Status::Idle,
            1 => Status::Runnable,
            2 => Status::Running,
            3 => Status::Syscall,
            4 => Status::Waiting,
            _ => Status::Dead,
        }
    }

    /// Is it the runtime's own, and not busy with a finalizer or cleanup of the program?
    pub(crate) fn is_system_now(&self) -> bool {
        self.is_system.get() && !self.in_final_call.get()
    }

    /// Moves to `status`. Only the owner does this.
    pub(crate) fn set_status(&self, status: Status) {
        self.status.store(status as u32, Ordering::Release);
    }

    /// Moves from `old` to `new` if it is in `old`.
    pub(crate) fn cas_status(&self, old: Status, new: Status) -> bool {
        self.status.compare_exchange(old as u32, new as u32, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(crate) fn addr(&self) -> usize {
        self as *const G as usize
    }
}
