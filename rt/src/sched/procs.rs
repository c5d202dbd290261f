//! GOMAXPROCS: how many Ps there are, and by whom that is decided.
//!
//! Unless the environment or the program says otherwise it is the number of processors that the affinity mask allows, or the
//! control group's CPU limit (rounded up, at least 2) if that is less, and follows changes of both: sysmon looks once a second
//! and leaves a wish, which the next M between goroutines fulfils; so does the program when it asks, as sysmon may not run yet. The
//! limit is read for the first time when it can matter: before a second goroutine begins, or when the program asks.

use super::m::M;
use super::p::{self, MAX_PROCS, PStatus};
use super::world::{start_the_world, stop_the_world};
use crate::arch::current_m;
use crate::{os, rt0, trace};
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

/// Somebody has said how many.
static CUSTOM: AtomicBool = AtomicBool::new(false);
/// The control group has been asked.
static SETTLED: AtomicBool = AtomicBool::new(false);
/// The number that was found, and not yet set; 0: none.
static WISH: AtomicUsize = AtomicUsize::new(0);
static LAST_LOOK: AtomicI64 = AtomicI64::new(0);
const LOOK_EVERY_NS: i64 = 1_000_000_000;
/// A limit below would let a goroutine that uses its slice up block all others.
const MIN_LIMITED: usize = 2;

fn parse(text: &[u8]) -> Option<usize> {
    text.iter().try_fold(0usize, |n, b| {
        b.is_ascii_digit().then(|| n.saturating_mul(10).saturating_add((b - b'0') as usize))
    })
}

/// What the environment asks for.
fn from_environment() -> Option<usize> {
    rt0::env(b"GOMAXPROCS").and_then(parse).filter(|&n| n > 0).map(|n| n.min(MAX_PROCS))
}

/// The number to begin with, given the processors allowed.
pub(crate) fn initial(cpus: usize) -> usize {
    match from_environment() {
        Some(n) => {
            CUSTOM.store(true, Ordering::Relaxed);
            n
        }
        None => cpus.min(MAX_PROCS),
    }
}

/// The number that follows from affinity and control group.
fn default() -> usize {
    let cpus = os::cpu_count().min(MAX_PROCS);
    if rt0::godebug(b"containermaxprocs") == Some(b"0") {
        return cpus;
    }
    os::cpu_limit().map_or(cpus, |limit| cpus.min(limit.max(MIN_LIMITED)))
}

/// Asks the control group if nobody has yet. On g0 with a P, where the world may be stopped.
#[inline]
pub(crate) fn settle() {
    if !SETTLED.load(Ordering::Relaxed) {
        settle_now();
    }
}

#[cold]
fn settle_now() {
    SETTLED.store(true, Ordering::Relaxed);
    if !CUSTOM.load(Ordering::Relaxed) {
        let n = default();
        if n != p::count() {
            change(n);
        }
    }
}

/// Looks at the limits now and then; true: there is something to [`fulfil`].
pub(crate) fn look(now: i64) -> bool {
    let last = LAST_LOOK.load(Ordering::Relaxed);
    if now < last + LOOK_EVERY_NS || !SETTLED.load(Ordering::Relaxed) || CUSTOM.load(Ordering::Relaxed) {
        return false;
    }
    LAST_LOOK.store(now, Ordering::Relaxed);
    if rt0::godebug(b"updatemaxprocs") == Some(b"0") {
        return false;
    }
    let n = default();
    WISH.store(n, Ordering::Relaxed);
    n != p::count()
}

/// Sets the number that was found. On g0 with a P, where the world may be stopped.
#[cold]
pub(crate) fn fulfil() {
    let n = WISH.swap(0, Ordering::Relaxed);
    if n != 0 && n != p::count() && !CUSTOM.load(Ordering::Relaxed) {
        change(n);
    }
}

fn change(n: usize) {
    stop_the_world();
    let old = p::count();
    for id in old..n {
        let new = p::make(id);
        new.timers.begin();
        // As all others now; `start_the_world` starts it.
        new.set_status(PStatus::GcStop);
    }
    if n < old {
        shrink(current_m(), old, n);
    }
    p::set_count(n);
    trace::procs_change(n);
    start_the_world();
}

/// `runtime.GOMAXPROCS(n)`: sets the number of Ps when n > 0; returns the old one.
extern "C" fn gomaxprocs(n: i64) -> u64 {
    settle();
    if look(os::nanotime()) {
        fulfil();
    }
    let old = p::count();
    let n = (n.max(0) as usize).min(MAX_PROCS);
    if n != 0 {
        CUSTOM.store(true, Ordering::Relaxed);
        if n != old {
            change(n);
        }
    }
    old as u64
}
g0_entry!("runtime.gomaxprocs", gomaxprocs);

/// `runtime.SetDefaultGOMAXPROCS()`.
extern "C" fn set_default() {
    let from_environment = from_environment();
    CUSTOM.store(from_environment.is_some(), Ordering::Relaxed);
    SETTLED.store(true, Ordering::Relaxed);
    let n = from_environment.unwrap_or_else(default);
    if n != p::count() {
        change(n);
    }
}
g0_entry!("runtime.SetDefaultGOMAXPROCS", set_default);

/// Empties the Ps from `n` on. World stopped.
fn shrink(m: &'static M, old: usize, n: usize) {
    let first = p::make(0);
    for id in n..old {
        let p = p::make(id);
        let mut sched = super::idle::SCHED.lock();
        while let Some(g) = p.run_queue.pop() {
            sched.push_global(g);
        }
        let next = p.run_next.swap(core::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: nil or a G.
        if let Some(g) = unsafe { next.as_ref() } {
            sched.push_global(g);
        }
        drop(sched);
        p.timers.move_to(&first.timers);
        super::goroutine::free_give(p, 0);
        crate::chan::sudog::flush(p);
        // SAFETY: the world is stopped.
        let cache = unsafe { p.mcache() };
        cache.drop_runs();
        cache.flush();
        if m.p.get().is_some_and(|own| core::ptr::eq(own, p)) {
            p::release(m);
            p::acquire(m, first);
            first.set_status(p::PStatus::GcStop);
        }
        p.set_status(p::PStatus::Dead);
    }
}
