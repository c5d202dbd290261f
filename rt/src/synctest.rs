//! Bubbles of `testing/synctest`: groups of goroutines with a clock of their own, after gc's `synctest.go`.
//!
//! A goroutine belongs to the bubble in which it was started ([`G::bubble`]); so do the channels and timers it makes
//! (by the bubble's number, `HChan::bubble`, and `Timer::bubbled`) and the wait groups it uses (a special of the object). A goroutine
//! is *durably blocked* when only another of its bubble can wake it ([`WaitReason::is_durable`]). When all are and nothing
//! else is going on (`running` and `active` are 0), somebody is woken: the root, who runs timers and advances the clock to the
//! next of them, or the goroutine in `Wait`.
//!
//! - `active` counts what keeps the bubble from being idle besides running goroutines: a goroutine about to park (until its locks
//!   are released) and the root or waiter that has been woken, from the decision until it says so.
//! - A bubble's lock is taken inside those of channels, semaphores and timers, and nothing is taken inside it.
//! - Bubbles are never freed, only reused, for timers may refer to them; a number is never used again.

use crate::arch::current_m;
use crate::entry::Pair;
use crate::gc::special::{Association, SPECIALS, object_at};
use crate::sched::goroutine::{self, Owner};
use crate::sched::{self, G, WaitReason, getg};
use crate::sync::Mutex;
use crate::timer::Timers;
use core::cell::Cell;
use core::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// What a bubble's clock shows at the beginning: midnight UTC 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000_000;

/// A bubble.
pub(crate) struct Bubble {
    id: Cell<u32>,
    /// The clock. Only the root sets it, while everybody else is blocked.
    now: AtomicI64,
    pub timers: Timers,
    state: Mutex<State>,
    /// Next of all bubbles; next unused one. Under the lock of [`BUBBLES`].
    all_link: Cell<Option<&'static Bubble>>,
    free_link: Cell<Option<&'static Bubble>>,
}

// SAFETY: `id` changes only while nobody knows the bubble, the links as they say.
unsafe impl Sync for Bubble {}

struct State {
    /// Goroutines, the root included.
    total: u32,
    /// Those that are not durably blocked.
    running: u32,
    active: u32,
    /// Who called `Run`.
    root: Option<&'static G>,
    /// The goroutine that runs the function given to `Run`.
    main: Option<&'static G>,
    /// The main goroutine has ended.
    done: bool,
    /// Who is parked in `Wait`; `waiting` already when it is about to be.
    waiter: Option<&'static G>,
    waiting: bool,
}

const NOBODY: State = State {
    total: 0,
    running: 0,
    active: 0,
    root: None,
    main: None,
    done: false,
    waiter: None,
    waiting: false,
};

struct Bubbles {
    all: Option<&'static Bubble>,
    free: Option<&'static Bubble>,
}

static BUBBLES: Mutex<Bubbles> = Mutex::new(Bubbles { all: None, free: None });
static LAST_ID: AtomicU32 = AtomicU32::new(0);

/// The bubble of what runs here: a goroutine, or compiled code called by one of its timers.
pub(crate) fn current() -> Option<&'static Bubble> {
    let m = current_m();
    if m.callbacks.get() != 0 {
        return m.callback_bubble.get();
    }
    m.curg.get()?.bubble.get()
}

/// The number of the current bubble, 0 outside.
pub(crate) fn current_id() -> u32 {
    current().map_or(0, Bubble::id)
}

/// Calls `f` with the memory that holds pointers to the timers of bubbles.
pub(crate) fn for_each_root(f: &mut impl FnMut(usize, usize)) {
    let mut at = BUBBLES.lock().all;
    while let Some(bubble) = at {
        bubble.timers.for_each_root(f);
        at = bubble.all_link.get();
    }
}

impl Bubble {
    /// A bubble whose only goroutine, and root, is `root`.
    fn make(root: &'static G) -> &'static Bubble {
        let mut bubbles = BUBBLES.lock();
        let bubble = match bubbles.free {
            Some(unused) => {
                bubbles.free = unused.free_link.take();
                unused
            }
            None => {
                let Some(memory) = crate::mem::persistent::alloc(size_of::<Bubble>(), align_of::<Bubble>())
                else {
                    crate::fatal::out_of_memory()
                };
                let place = memory.as_ptr().cast::<Bubble>();
                // SAFETY: fresh memory of the right size and alignment.
                unsafe {
                    place.write(Bubble {
                        id: Cell::new(0),
                        now: AtomicI64::new(0),
                        timers: Timers::new(true),
                        state: Mutex::new(NOBODY),
                        all_link: Cell::new(bubbles.all),
                        free_link: Cell::new(None),
                    })
                };
                // SAFETY: just written, never freed.
                let bubble: &'static Bubble = unsafe { &*place };
                bubbles.all = Some(bubble);
                bubble
            }
        };
        drop(bubbles);
        bubble.id.set(LAST_ID.fetch_add(1, Ordering::Relaxed) + 1);
        bubble.now.store(EPOCH, Ordering::Relaxed);
        *bubble.state.lock() = State { total: 1, running: 1, active: 1, root: Some(root), ..NOBODY };
        bubble
    }

    pub(crate) fn id(&self) -> u32 {
        self.id.get()
    }

    /// The bubble's time, in nanoseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// A new goroutine; `running`: it is about to be made runnable.
    pub(crate) fn enter(&'static self, g: &'static G, running: bool) {
        g.bubble.set(Some(self));
        let mut state = self.state.lock();
        state.total += 1;
        state.running += running as u32;
    }

    /// The running goroutine `g` ends.
    pub(crate) fn exit(&self, g: &'static G) {
        g.bubble.set(None);
        let mut state = self.state.lock();
        state.total -= 1;
        state.running -= 1;
        if state.main.is_some_and(|main| core::ptr::eq(main, g)) {
            state.done = true;
        }
        let wake = self.next_step(&mut state);
        drop(state);
        wake.into_iter().for_each(sched::goready);
    }

    /// The running goroutine is about to park: it holds the locks of what it waits on.
    pub(crate) fn parking(&self, reason: WaitReason) {
        let mut state = self.state.lock();
        state.active += 1;
        state.running -= reason.is_durable() as u32;
    }

    /// ... and has released them.
    pub(crate) fn parked(&self) {
        let mut state = self.state.lock();
        state.active -= 1;
        let wake = self.next_step(&mut state);
        drop(state);
        wake.into_iter().for_each(sched::goready);
    }

    /// A goroutine of the bubble that waits for `reason` is about to become runnable.
    pub(crate) fn readying(&self, reason: WaitReason) {
        if reason.is_durable() {
            self.state.lock().running += 1;
        }
    }

    /// Whom to wake because nothing goes on in the bubble; counts as active until it says otherwise.
    fn next_step(&self, state: &mut State) -> Option<&'static G> {
        if state.running > 0 || state.active > 0 {
            return None;
        }
        state.active += 1;
        let next = self.timers.next_when();
        if next > 0 && next <= self.now() {
            return state.root;
        }
        state.waiter.or(state.root)
    }
}

/// A durably blocked goroutine can only be woken from inside its bubble.
pub(crate) fn check_wake(g: &'static G) {
    if let Some(bubble) = g.bubble.get()
        && bubble.id() != current_id()
    {
        crate::fatal::throw_because(
            format_args!("semaphore wake of synctest goroutine {} from outside bubble\n", g.goid.get()),
            "semaphore wake of synctest goroutine from outside bubble",
        );
    }
}

/// `runtime.synctestBegin(f func(), pc uintptr)`: makes a bubble with the caller as its root, and starts `f` in it.
extern "C" fn begin(func: usize, created_by_pc: usize) {
    let g = getg();
    let bubble = Bubble::make(g);
    g.bubble.set(Some(bubble));
    goroutine::start(func, created_by_pc, Owner::Program, |main| bubble.state.lock().main = Some(main));
}
g0_entry!("runtime.synctestBegin", begin);

/// Answers of `runtime.synctestStep`.
const GO_ON: u64 = 0;
const ENDED: u64 = 1;
/// The main goroutine has ended, others are blocked for ever.
const LEFT_OVER: u64 = 2;
/// All are blocked for ever.
const ALL_BLOCKED: u64 = 3;

/// `runtime.synctestStep() int`: the root runs the timers that are due, waits until everybody is blocked, and advances the clock.
extern "C" fn step() -> u64 {
    let bubble = own();
    bubble.timers.run(bubble.now());
    sched::gopark_with(WaitReason::SynctestRun, || bubble.state.lock().active -= 1, Some(step_resume))
}
g0_entry!("runtime.synctestStep", step);

fn step_resume(_: &'static G) -> Pair {
    let bubble = own();
    let state = bubble.state.lock();
    let next = bubble.timers.next_when();
    if next != 0 && !state.done {
        if next < bubble.now() {
            crate::fatal::throw("time went backwards");
        }
        bubble.now.store(next, Ordering::Relaxed);
        return Pair(GO_ON, 0);
    }
    let answer = match (state.total, state.done) {
        (1, _) => ENDED,
        (_, true) => LEFT_OVER,
        (_, false) => ALL_BLOCKED,
    };
    Pair(answer, 0)
}

/// `runtime.synctestEnd()`: the root leaves the bubble.
extern "C" fn end() {
    let g = getg();
    let bubble = own();
    g.bubble.set(None);
    bubble.timers.clear();
    let alone = bubble.state.lock().total == 1;
    // Goroutines that are left refer to it for ever.
    if alone {
        let mut bubbles = BUBBLES.lock();
        bubble.free_link.set(bubbles.free.replace(bubble));
    }
}
g0_entry!("runtime.synctestEnd", end);

/// `runtime.synctestWait() bool`: parks until all others are durably blocked; false if another goroutine does so already.
extern "C" fn wait() -> u64 {
    let bubble = own();
    {
        let mut state = bubble.state.lock();
        if core::mem::replace(&mut state.waiting, true) {
            return 0;
        }
    }
    let g = getg();
    sched::gopark_with(WaitReason::SynctestWait, || bubble.state.lock().waiter = Some(g), Some(wait_resume))
}
g0_entry!("runtime.synctestWait", wait);

fn wait_resume(_: &'static G) -> Pair {
    let mut state = own().state.lock();
    state.active -= 1;
    state.waiter = None;
    state.waiting = false;
    Pair(1, 0)
}

/// The running goroutine's bubble.
fn own() -> &'static Bubble {
    match getg().bubble.get() {
        Some(bubble) => bubble,
        None => crate::fatal::throw("goroutine is not in a bubble"),
    }
}

/// `runtime.synctestID() int`: the number of the caller's bubble, 0 for none.
extern "C" fn id() -> u64 {
    getg().bubble.get().map_or(0, Bubble::id) as u64
}
g0_entry!("runtime.synctestID", id);

/// `runtime.synctestHold() unsafe.Pointer`: the caller's bubble does not become idle until it is let go; nil outside a bubble.
extern "C" fn hold() -> *const Bubble {
    let Some(bubble) = getg().bubble.get() else { return core::ptr::null() };
    bubble.state.lock().active += 1;
    bubble
}
g0_entry!("runtime.synctestHold", hold);

extern "C" fn release(bubble: &'static Bubble) {
    bubble.parked();
}
g0_entry!("runtime.synctestRelease", release);

/// `runtime.synctestEnter(bubble unsafe.Pointer)`: the caller counts as one of the bubble's, until it leaves with nil.
extern "C" fn enter(bubble: Option<&'static Bubble>) {
    getg().bubble.set(bubble);
}
g0_entry!("runtime.synctestEnter", enter);

/// Ties the object at `addr` to the current bubble if it is tied to none.
extern "C" fn associate(addr: usize) -> u64 {
    if object_at(addr).is_none() {
        // A variable of the program: it has no specials.
        return Association::None as u64;
    }
    SPECIALS.lock().associate(addr, current_id(), true) as u64
}
g0_entry!("internal/synctest.associate", associate);

extern "C" fn disassociate(addr: usize) {
    SPECIALS.lock().disassociate(addr);
}
g0_entry!("internal/synctest.disassociate", disassociate);

extern "C" fn is_associated(addr: usize) -> u64 {
    let association = SPECIALS.lock().associate(addr, current_id(), false);
    (association == Association::Current) as u64
}
g0_entry!("internal/synctest.isAssociated", is_associated);
