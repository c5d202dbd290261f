//! Timers of a P: arming, disarming, running.

use super::heap::{Heap, Place};
use crate::gc::barrier;
use crate::sched::{idle, sysmon};
use crate::shared::{
    AtomicBool, AtomicI64, AtomicPtr, AtomicU32, Cell, GlimpsedI64, GlimpsedU32, GlimpsedU64, Ordering,
};
use crate::sync::{Mutex, MutexGuard, RawMutex};
use crate::synctest::{self, Bubble};
use crate::{arch, netpoll};
use core::ptr::null_mut;

/// What a timer does when it is due; on g0, with a P, no lock held.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// Calls the Go func value `f(arg any, seq uintptr, delay int64)`.
    Go,
    /// Calls a Rust function with the timer and the `seq` it was armed with.
    Rust(fn(&Timer, u64)),
}

/// A timer. The first two fields are Go's `time.Timer`.
#[repr(C)]
pub(crate) struct Timer {
    /// `C`.
    pub chan: Cell<usize>,
    pub init: Cell<u64>,
    pub func: Cell<usize>,
    pub arg: [Cell<usize>; 2],
    /// The channel that the timer feeds, nil for others.
    pub feeds: Cell<*mut u8>,
    /// Time at which it is due; 0: not armed.
    pub when: GlimpsedI64,
    pub period: Cell<i64>,
    pub seq: GlimpsedU64,
    /// Goroutines blocked on the channel.
    pub blocked: GlimpsedU32,
    pub send_lock: RawMutex,
    /// Runs that have begun and have neither sent nor given up: raised under the home's lock, lowered under `send_lock`.
    pub sending: AtomicU32,
    home: AtomicPtr<Timers>,
    /// Index in the home's heap + 1; 0: in none.
    place: Cell<usize>,
    pub action: Action,
    /// Made in a bubble: its times are those of the bubble's clock.
    pub bubbled: Cell<bool>,
}

// SAFETY: fields are protected by the home's lock as the module says.
unsafe impl Sync for Timer {}

/// Words of a `Timer` that hold heap pointers: all up to `feeds`.
pub(crate) const POINTER_WORDS: usize = 6;

impl Timer {
    crate::const_fn! {
        pub(crate) fn new(action: Action) -> Timer {
            Timer {
                chan: Cell::new(0),
                init: Cell::new(0),
                func: Cell::new(0),
                arg: [Cell::new(0), Cell::new(0)],
                feeds: Cell::new(null_mut()),
                when: GlimpsedI64::new(0),
                period: Cell::new(0),
                seq: GlimpsedU64::new(0),
                blocked: GlimpsedU32::new(0),
                send_lock: RawMutex::new(),
                sending: AtomicU32::new(0),
                home: AtomicPtr::new(null_mut()),
                place: Cell::new(0),
                action,
                bubbled: Cell::new(false),
            }
        }
    }

    /// Locks the timer's home; a timer without one gets the current P's.
    pub(crate) fn lock_home(&self) -> Home {
        loop {
            let mut home = self.home.load(Ordering::Acquire);
            if home.is_null() {
                let own = self.default_home() as *const Timers as *mut Timers;
                home = match self.home.compare_exchange(null_mut(), own, Ordering::AcqRel, Ordering::Acquire)
                {
                    Ok(_) => own,
                    Err(other) => other,
                };
            }
            // SAFETY: homes are in Ps, which are never freed.
            let timers: &'static Timers = unsafe { &*home };
            let heap = timers.heap.lock();
            if !core::ptr::eq(self.home.load(Ordering::Acquire), home) {
                continue;
            }
            if timers.retired.load(Ordering::Relaxed) {
                // Its P is gone, with all that was in the heap.
                self.home.store(self.default_home() as *const Timers as *mut Timers, Ordering::Release);
                continue;
            }
            return Home { timers, heap };
        }
    }

    /// Where a timer belongs that is in no heap: to the current bubble if it is made in one, else to this M's P.
    fn default_home(&self) -> &'static Timers {
        match synctest::current() {
            Some(bubble) if self.bubbled.get() => &bubble.timers,
            _ => &arch::current_m().p().timers,
        }
    }

    /// Locks the timer's home; moves a timer of a bubble that is in no heap to the current bubble.
    pub(crate) fn lock_home_in_bubble(&self) -> Home {
        loop {
            let home = self.lock_home();
            let here = self.default_home();
            if !self.bubbled.get() || self.place.get() != 0 || core::ptr::eq(home.timers, here) {
                return home;
            }
            self.home.store(here as *const Timers as *mut Timers, Ordering::Release);
        }
    }

    /// Moves a timer that is in no heap to where the running goroutine's timers are. The caller is its only user.
    pub(crate) fn settle_here(&self) {
        self.home.store(self.default_home() as *const Timers as *mut Timers, Ordering::Release);
    }

    /// A timer of a bubble that is about to enter a heap, but due at once.
    pub(crate) fn is_due_in_bubble(&self) -> Option<i64> {
        let now = synctest::current().filter(|_| self.bubbled.get())?.now();
        (self.place.get() == 0 && self.belongs_in_heap() && self.when.get() <= now).then_some(now)
    }

    fn belongs_in_heap(&self) -> bool {
        self.when.get() > 0 && (self.feeds.get().is_null() || self.blocked.get() > 0)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Handle(*const Timer);

impl Place for Handle {
    fn set_place(&self, index: usize) {
        // It may move from a part of the heap that the collector has not looked at to one that it has.
        barrier::shade(self.0 as usize);
        // SAFETY: timers in a heap are alive (heaps are roots), and their home's lock is held.
        unsafe { (*self.0).place.set(index + 1) };
    }
}

/// Timers marked under one hold of a heap's lock.
const ROOTS_AT_ONCE: usize = if cfg!(loom) { 1 } else { 1024 };

/// The timers of a P.
pub(crate) struct Timers {
    heap: Mutex<Heap<Handle>>,
    /// `when` of the earliest, 0 for none; to look without the lock.
    next: AtomicI64,
    /// They belong to a bubble: its root looks after them, and those of the same time run in any order.
    bubbled: bool,
    /// GOMAXPROCS shrank below their P: nobody looks at them. Written under the heap's lock.
    retired: AtomicBool,
}

/// A locked home.
pub(crate) struct Home {
    timers: &'static Timers,
    heap: MutexGuard<'static, Heap<Handle>>,
}

impl Home {
    /// Brings the heap in line with the timer's fields. Returns the time for which somebody must be woken, or 0.
    pub(crate) fn update(&mut self, t: &Timer) -> i64 {
        barrier::shade(t as *const Timer as usize);
        match (t.place.get(), t.belongs_in_heap()) {
            (0, true) => self.heap.insert(t.when.get(), Handle(t)),
            (0, false) => return 0,
            (place, true) => self.heap.set_when(place - 1, t.when.get()),
            (place, false) => {
                self.heap.remove(place - 1);
                t.place.set(0);
            }
        }
        let first = self.heap.first().map_or(0, |(when, _)| when);
        let before = self.timers.next.swap(first, Ordering::SeqCst);
        if first != 0 && (before == 0 || first < before) { first } else { 0 }
    }

    /// Keeps the lock, to be released by `gopark`.
    pub(crate) fn leak(self) -> &'static RawMutex {
        self.heap.leak()
    }
}

/// Arms or disarms `t` after its fields were changed under its home's lock, and sees to it that somebody waits for it.
pub(crate) fn commit(mut home: Home, t: &Timer) {
    let wake = home.update(t);
    let bubbled = home.timers.bubbled;
    drop(home);
    if wake != 0 && !bubbled {
        netpoll::open();
        sysmon::timer_set();
        idle::wake_poller(wake);
    }
}

impl Timers {
    crate::const_fn! {
        pub(crate) fn new(bubbled: bool) -> Timers {
            Timers {
                heap: Mutex::new(Heap::new()),
                next: AtomicI64::new(0),
                bubbled,
                retired: AtomicBool::new(false),
            }
        }
    }

    /// When the earliest timer is due; 0: there is none.
    pub(crate) fn next_when(&self) -> i64 {
        self.next.load(Ordering::SeqCst)
    }

    /// How many are armed; 0 while somebody is at them. For reports, which may hold any lock.
    pub(crate) fn count(&self) -> usize {
        self.heap.try_lock().map_or(0, |heap| heap.len())
    }

    /// Runs what is due at `now`; true if anything was. The caller holds a P and no lock.
    pub(crate) fn run(&'static self, now: i64) -> bool {
        let mut any = false;
        loop {
            let next = self.next_when();
            if next == 0 || next > now {
                return any;
            }
            let home = Home { timers: self, heap: self.heap.lock() };
            let first =
                if self.bubbled { home.heap.some_first(crate::random::cheap) } else { home.heap.first() };
            let Some((when, handle)) = first else { return any };
            if when > now {
                return any;
            }
            // SAFETY: timers in a heap are alive.
            let t: &'static Timer = unsafe { &*handle.0 };
            fire(home, t, now);
            any = true;
        }
    }

    /// Disarms all.
    pub(crate) fn clear(&'static self) {
        let mut home = Home { timers: self, heap: self.heap.lock() };
        while let Some((_, handle)) = home.heap.first() {
            // SAFETY: timers in a heap are alive.
            let t = unsafe { &*handle.0 };
            t.when.set(0);
            home.update(t);
        }
    }

    /// Their P is in use (again). World stopped.
    pub(crate) fn begin(&self) {
        self.retired.store(false, Ordering::Relaxed);
    }

    /// Their P is no longer in use: moves everything to `to`. World stopped.
    pub(crate) fn move_to(&self, to: &'static Timers) {
        let mut from = self.heap.lock();
        self.retired.store(true, Ordering::Relaxed);
        let mut home = Home { timers: to, heap: to.heap.lock() };
        while let Some((_, handle)) = from.first() {
            from.remove(0);
            // SAFETY: timers in a heap are alive.
            let t = unsafe { &*handle.0 };
            t.place.set(0);
            t.home.store(to as *const Timers as *mut Timers, Ordering::Release);
            home.update(t);
        }
        self.next.store(0, Ordering::SeqCst);
    }

    /// Calls `f` with the memory that holds pointers to timers, a piece at a time, each under the heap's lock. Whatever the program does
    /// in between, each timer that is in the heap throughout is in one of the pieces or has been shaded because it moved.
    pub(crate) fn for_each_root(&self, f: &mut impl FnMut(usize, usize)) {
        let mut from = 0;
        loop {
            let heap = self.heap.lock();
            let (lo, hi) = heap.memory(from, from + ROOTS_AT_ONCE);
            if lo == hi {
                return;
            }
            f(lo, hi);
            from += ROOTS_AT_ONCE;
        }
    }
}

/// Calls compiled code on g0's stack, which the collector does not scan; so it may not wait for one.
///
/// # Safety
/// As for `arch::call_go`.
unsafe fn call_back(func: usize, args: &[usize; 6], bubble: Option<&'static Bubble>) {
    let m = arch::current_m();
    m.callback_bubble.set(bubble);
    m.callbacks.set(m.callbacks.get() + 1);
    // SAFETY: the caller's promise.
    unsafe { arch::call_go(func, args) };
    m.callbacks.set(m.callbacks.get() - 1);
}

/// Runs a due timer whose home is locked; unlocks it.
pub(crate) fn fire(mut home: Home, t: &Timer, now: i64) {
    let bubble = synctest::current().filter(|_| t.bubbled.get());
    let when = t.when.get();
    let delay = now - when;
    let period = t.period.get();
    if period > 0 {
        // The next tick that lies in the future; ticks that nobody saw are dropped.
        t.when.set(when.saturating_add(period.saturating_mul(1 + delay / period)));
    } else {
        t.when.set(0);
    }
    home.update(t);
    let seq = t.seq.get();
    let feeds = !t.feeds.get().is_null();
    if feeds {
        t.sending.fetch_add(1, Ordering::Relaxed);
    }
    drop(home);
    match t.action {
        Action::Rust(f) => f(t, seq),
        Action::Go => {
            if feeds {
                t.send_lock.lock();
            }
            if !feeds || t.seq.get() == seq {
                let args = [t.arg[0].get(), t.arg[1].get(), seq as usize, delay as usize, 0, 0];
                // SAFETY: `func` is the func value given to time.newTimer; its four words are passed in registers. It runs on g0 and
                // does not park, as std promises.
                unsafe { call_back(t.func.get(), &args, bubble) };
            }
            if feeds {
                t.sending.fetch_sub(1, Ordering::Relaxed);
                t.send_lock.unlock();
            }
        }
    }
}
