//! Making Ms, and bringing up the scheduler.

use super::idle::SCHED;
use super::m::M;
use super::p::{self, P};
use super::{goroutine, lock_thread};
use crate::os::{self, PAGE_SIZE};
use crate::stack::Segment;
use crate::{arch, rt0, signal};
use core::sync::atomic::{AtomicBool, Ordering};

/// Stack of g0: rt's Rust code, and compiled timer callbacks.
const G0_STACK: usize = 256 << 10;
/// Stack of signal handlers.
pub(crate) const SIGNAL_STACK: usize = 64 << 10;

/// `runtime.main` has begun: goroutines may be given to other Ms.
static MAIN_STARTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn main_started() -> bool {
    MAIN_STARTED.load(Ordering::Relaxed)
}

/// Memory of an M, low to high: guard page, signal stack, guard page, g0's stack, header of that stack, M.
fn make_m() -> &'static M {
    let size = 2 * PAGE_SIZE + SIGNAL_STACK + G0_STACK;
    let Some(base) = os::reserve(size) else { crate::fatal::out_of_memory() };
    let signal_stack = base + PAGE_SIZE;
    let stack_lo = signal_stack + SIGNAL_STACK + PAGE_SIZE;
    if !os::commit(signal_stack, SIGNAL_STACK) || !os::commit(stack_lo, G0_STACK) {
        crate::fatal::out_of_memory();
    }
    let place = (base + size - size_of::<M>()) & !63;
    let m = place as *mut M;
    // SAFETY: the top of the fresh mapping, aligned for M.
    unsafe { m.write(M::new()) };
    // SAFETY: just written; never freed.
    let m: &'static M = unsafe { &*m };
    let header = (place - size_of::<Segment>()) & !15;
    // SAFETY: below the M in the same mapping.
    unsafe { Segment::init(header, stack_lo, header + size_of::<Segment>() - stack_lo) };
    m.self_addr.set(place);
    m.init_barrier();
    m.g0_sp.set(header);
    m.g0_stack.set((stack_lo, header));
    m
}

fn finish_m(m: &'static M) {
    let g0 = goroutine::make_g();
    let (_, header) = m.g0_stack.get();
    g0.segment.set(header as *mut Segment);
    // SAFETY: `make_m` wrote the header.
    let guard = unsafe { (*(header as *const Segment)).guard };
    g0.stack_guard.store(guard, Ordering::Relaxed);
    g0.m.store(m as *const M as *mut M, Ordering::Relaxed);
    m.g0.set(Some(g0));
    let mut sched = SCHED.lock();
    static NEXT_ID: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);
    m.id.set(NEXT_ID.fetch_add(1, Ordering::Relaxed));
    m.all_link.set(sched.all_ms.replace(m));
}

/// Starts a thread that runs `start`, or schedules with `p`. The caller has counted it.
pub(crate) fn new_m(p: Option<&'static P>, spinning: bool, start: Option<fn() -> !>) {
    crate::process::exec_gate();
    crate::profile::waiting::thread_created();
    let m = make_m();
    finish_m(m);
    crate::random::seed_m(m);
    m.next_p.set(p);
    m.spinning.set(spinning);
    m.start.set(start);
    m.signal_mask.set(arch::current_m().signal_mask.get());
    if arch::current_m().may_be_changed.get() {
        super::template::clone_there(m);
    } else {
        clone_here(m);
    }
}

/// How often it is tried to make a thread when the system has none left at the moment; the pauses grow by a millisecond each.
const THREAD_TRIES: i64 = 20;

/// Makes the thread of a new M, which inherits the state of the calling one.
pub(super) fn clone_here(m: &'static M) {
    let mut made = os::new_thread(m);
    for tries in 1..=THREAD_TRIES {
        if made != Err(os::EAGAIN) {
            break;
        }
        os::usleep(tries * 1000);
        made = os::new_thread(m);
    }
    if let Err(e) = made {
        let made = SCHED.lock().m_count;
        let advice = match e {
            os::EAGAIN => "runtime: may need to increase max user processes (ulimit -u)\n",
            _ => "",
        };
        crate::fatal::throw_because(
            format_args!(
                "runtime: failed to create new OS thread (have {made} already; errno={e})\n{advice}"
            ),
            "newosproc",
        );
    }
}

/// A func value of a Go function.
#[repr(transparent)]
struct FuncValue(unsafe extern "C" fn());

unsafe extern "C" {
    #[link_name = "runtime.main"]
    fn runtime_main();
}

static MAIN: FuncValue = FuncValue(runtime_main);

/// m0 and g0, then `schedinit`, the main goroutine, `mstart`. One thread, no M yet.
pub(crate) fn start() -> ! {
    let m0 = make_m();
    arch::set_thread_register(m0);
    m0.tid.store(os::thread_id(), Ordering::Release);
    finish_m(m0);
    SCHED.lock().m_count = 1;
    schedinit(m0);
    goroutine::newproc(&MAIN as *const FuncValue as usize);
    mstart()
}

/// Everything that goroutines need: random numbers, switches, signal handlers, heap and collector, Ps.
fn schedinit(m0: &'static M) {
    crate::random::seed_m(m0);
    super::stress::init();
    super::preempt::init();
    crate::traceback::ancestors::init();
    signal::init(m0);
    crate::mem::init();
    let cpus = os::cpu_count();
    rt0::set_cpu_count(cpus);
    let procs = super::procs::initial(cpus);
    p::set_count(procs);
    for id in 1..procs {
        let p = p::make(id);
        SCHED.lock().put_idle_p(p);
    }
    p::acquire(m0, p::make(0));
    super::idle::LAST_POLL.store(os::nanotime(), Ordering::SeqCst);
}

/// The calling M begins to look for goroutines, and does so for ever.
fn mstart() -> ! {
    // SAFETY: nothing on this stack is needed any more.
    unsafe { arch::run_on_g0(super::schedule::schedule) }
}

/// `runtime.main` begins: it stays on the main thread while package initialisers run.
extern "C" fn main_started_entry() {
    let m = arch::current_m();
    if let Some(g) = m.curg.get() {
        lock_thread::lock(g, m);
    }
    MAIN_STARTED.store(true, Ordering::Relaxed);
    super::sched_trace::init();
}
g0_entry!("runtime.mainStarted", main_started_entry);

extern "C" fn main_init_done() {
    lock_thread::unlock(super::getg());
}
g0_entry!("runtime.mainInitDone", main_init_done);

extern "C" fn num_cpu() -> u64 {
    rt0::cpu_count() as u64
}
leaf_entry!("runtime.NumCPU", num_cpu);

extern "C" fn getg_entry() -> u64 {
    super::getg().addr() as u64
}
leaf_entry!("runtime.getg", getg_entry);

extern "C" fn goid_entry() -> u64 {
    super::getg().goid.get()
}
leaf_entry!("runtime.goid", goid_entry);
