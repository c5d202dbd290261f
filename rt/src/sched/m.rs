//! `M`: a thread. The thread register points at it.

use super::g::G;
use super::p::P;
use crate::shared::{AtomicBool, AtomicU32, Cell, Ordering, UnsafeCell};
use crate::sync::Note;
use crate::synctest::Bubble;
use core::mem::offset_of;
use rgo_abi::m as abi;

/// A thread of the program. Never freed. Plain fields belong to the thread itself unless said otherwise.
#[repr(C, align(64))]
pub(crate) struct M {
    pub self_addr: Cell<usize>,
    pub g0: Cell<Option<&'static G>>,
    pub g0_sp: Cell<usize>,
    /// The goroutine being run. Also read by signal handlers of this thread, and by others with the world stopped.
    pub curg: Cell<Option<&'static G>>,
    pub p: Cell<Option<&'static P>>,
    /// Next free place and end of `barrier_buffer`. Written by the M's goroutines, by others with the world stopped.
    pub barrier_next: Cell<usize>,
    pub barrier_end: Cell<usize>,

    pub id: Cell<u32>,
    /// Kernel's id; 0 until the thread runs.
    pub tid: AtomicU32,
    /// P to take when woken; written by the waker before `park.wake()`.
    pub next_p: Cell<Option<&'static P>>,
    /// P held when the current system call began.
    pub old_p: Cell<Option<&'static P>>,
    /// `syscall_tick` of that P when the system call began: another one says that others have had it since.
    pub syscall_tick: Cell<u32>,
    pub park: Note,
    /// Looking for work without a P's queue having any; counted in `sched.spinning`.
    pub spinning: Cell<bool>,
    /// Not to be preempted while above 0 (`procPin`, fork).
    pub locks: Cell<u32>,
    /// A goroutine that is, or ended while, wired to this M may have changed its thread's state: no thread is cloned from it.
    pub may_be_changed: Cell<bool>,
    /// Calls in progress of compiled code on g0's stack.
    pub callbacks: Cell<u32>,
    /// Bubble of the timer that makes the call.
    pub callback_bubble: Cell<Option<&'static Bubble>>,
    /// `LockOSThread`: the goroutine wired to this M.
    pub locked_g: Cell<Option<&'static G>>,
    /// Next M of the idle list; next of all Ms.
    pub idle_link: Cell<Option<&'static M>>,
    pub all_link: Cell<Option<&'static M>>,
    /// A SIGURG is on its way.
    pub preempt_pending: AtomicBool,
    /// Is in the middle of a fatal error.
    pub dying: Cell<u32>,
    /// Whose fault that is: 0, or a constant of `fatal`.
    pub throwing: Cell<u32>,
    /// The detail of a traceback that is being written; 0: as the environment says.
    pub traceback: Cell<u32>,
    /// Random state: xorshift-multiply for cheap numbers, a ChaCha8 block generator for strong ones.
    pub cheap_random: Cell<u64>,
    pub random: Cell<usize>,
    /// State of the kernel's generator in the vDSO (`random::vdso`), 0 for none yet.
    pub vdso_random: Cell<usize>,
    /// State of the lots that `stress` draws.
    pub lots: Cell<u64>,
    /// Signal mask at process start (m0) or of the creator.
    pub signal_mask: Cell<u64>,
    pub fork_mask: Cell<u64>,
    /// Kernel's id of the timer of the CPU profile, -1 for none; under the profile's lock.
    pub profile_timer: Cell<i32>,
    /// Buffer of the execution trace, 0 for none, and the spin lock under which it is used.
    pub trace_buffer: Cell<usize>,
    pub trace_lock: AtomicBool,
    /// The trace has seen this M stop the world.
    pub trace_stw: Cell<bool>,
    /// Function to run instead of scheduling (sysmon).
    pub start: Cell<Option<fn() -> !>>,
    pub g0_stack: Cell<(usize, usize)>,
    /// While this M is blocked inside rt with frames on its g0 stack (waiting for the world): where they begin. Else 0.
    pub blocked_sp: Cell<usize>,
    /// Words that the write barrier has noted (`gc::barrier`), two for each store.
    barrier_buffer: UnsafeCell<[usize; BARRIER_WORDS]>,
}

/// Length of the write-barrier buffer.
const BARRIER_WORDS: usize = 256;

// SAFETY: see the field comments.
unsafe impl Sync for M {}

#[cfg(not(loom))]
const _: () = {
    assert!(offset_of!(M, self_addr) == abi::SELF);
    assert!(offset_of!(M, g0) == abi::G0);
    assert!(offset_of!(M, g0_sp) == abi::G0_SP);
    assert!(offset_of!(M, curg) == abi::CURG);
    assert!(offset_of!(M, p) == abi::P);
    assert!(offset_of!(M, barrier_next) == abi::BARRIER_NEXT);
    assert!(offset_of!(M, barrier_end) == abi::BARRIER_END);
};

impl M {
    crate::const_fn! {
        pub(crate) fn new() -> M {
            M {
                self_addr: Cell::new(0),
                g0: Cell::new(None),
                g0_sp: Cell::new(0),
                curg: Cell::new(None),
                p: Cell::new(None),
                barrier_next: Cell::new(0),
                barrier_end: Cell::new(0),
                id: Cell::new(0),
                tid: AtomicU32::new(0),
                next_p: Cell::new(None),
                old_p: Cell::new(None),
                syscall_tick: Cell::new(0),
                park: Note::new(),
                spinning: Cell::new(false),
                locks: Cell::new(0),
                may_be_changed: Cell::new(false),
                callbacks: Cell::new(0),
                callback_bubble: Cell::new(None),
                locked_g: Cell::new(None),
                idle_link: Cell::new(None),
                all_link: Cell::new(None),
                preempt_pending: AtomicBool::new(false),
                dying: Cell::new(0),
                throwing: Cell::new(0),
                traceback: Cell::new(0),
                cheap_random: Cell::new(0),
                random: Cell::new(0),
                vdso_random: Cell::new(0),
                lots: Cell::new(0),
                signal_mask: Cell::new(0),
                fork_mask: Cell::new(0),
                profile_timer: Cell::new(-1),
                trace_buffer: Cell::new(0),
                trace_lock: AtomicBool::new(false),
                trace_stw: Cell::new(false),
                start: Cell::new(None),
                g0_stack: Cell::new((0, 0)),
                blocked_sp: Cell::new(0),
                barrier_buffer: UnsafeCell::new([0; BARRIER_WORDS]),
            }
        }
    }

    /// Where the write-barrier buffer begins.
    pub(crate) fn barrier_start(&self) -> usize {
        self.barrier_buffer.get() as usize
    }

    /// Empties the write-barrier buffer of a new M, in its final place.
    pub(crate) fn init_barrier(&self) {
        self.barrier_next.set(self.barrier_start());
        self.barrier_end.set(self.barrier_start() + size_of::<[usize; BARRIER_WORDS]>());
    }

    /// The P this M holds. Rust code that serves a goroutine always has one.
    #[inline]
    pub(crate) fn p(&self) -> &'static P {
        match self.p.get() {
            Some(p) => p,
            None => crate::fatal::throw("no P"),
        }
    }
}

/// First function of every thread but the first; runs on its g0 stack.
pub(crate) extern "C" fn thread_start() -> ! {
    let m = crate::arch::current_m();
    m.tid.store(crate::os::thread_id(), Ordering::Release);
    crate::signal::thread_init(m);
    crate::profile::cpu::thread_started(m);
    if let Some(f) = m.start.get() {
        f();
    }
    if let Some(p) = m.next_p.take() {
        super::p::acquire(m, p);
    }
    super::schedule::schedule()
}
