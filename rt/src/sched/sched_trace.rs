//! `GODEBUG=schedtrace=N`: sysmon prints a line about the scheduler every N milliseconds; with `scheddetail=1` several, about each P,
//! M and goroutine. The lines are gc's.

use super::g::{Status, WAIT_REASONS};
use super::idle::{GLOBAL_LEN, IDLE_PS, SCHED, SPINNING, WORLD_STOPPING};
use super::{for_each_g, p, sysmon};
use crate::print::Line;
use crate::{os, rt0};
use core::fmt::{self, Display, Write};
use core::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Nanoseconds between reports; 0: none.
static EVERY: AtomicI64 = AtomicI64::new(0);
static DETAIL: AtomicBool = AtomicBool::new(false);
static LAST: AtomicI64 = AtomicI64::new(0);
static START: AtomicI64 = AtomicI64::new(0);

fn number(name: &[u8]) -> i64 {
    let text = rt0::godebug(name).and_then(|text| core::str::from_utf8(text).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Reads the environment; with reports wanted, sysmon runs from the start.
pub(super) fn init() {
    let every = number(b"schedtrace");
    if every > 0 {
        DETAIL.store(number(b"scheddetail") > 0, Ordering::Relaxed);
        START.store(os::nanotime(), Ordering::Relaxed);
        EVERY.store(every.saturating_mul(1_000_000), Ordering::Relaxed);
        sysmon::start();
    }
}

pub(super) fn is_on() -> bool {
    EVERY.load(Ordering::Relaxed) != 0
}

/// Reports if it is time to. On sysmon's thread.
pub(super) fn tick() {
    let every = EVERY.load(Ordering::Relaxed);
    if every == 0 {
        return;
    }
    let now = os::nanotime();
    let last = LAST.load(Ordering::Relaxed);
    if last == 0 || last.saturating_add(every) <= now {
        LAST.store(now, Ordering::Relaxed);
        let _ = report(&mut Line::new(), now);
    }
}

/// A number or `nil`.
struct Or<T>(Option<T>);

impl<T: Display> Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("nil"),
        }
    }
}

fn report(out: &mut Line, now: i64) -> fmt::Result {
    let detail = DETAIL.load(Ordering::Relaxed);
    let sched = SCHED.lock();
    write!(
        out,
        "SCHED {}ms: gomaxprocs={} idleprocs={} threads={} spinningthreads={} needspinning=0 idlethreads={} runqueue={}",
        (now - START.load(Ordering::Relaxed)) / 1_000_000,
        p::count(),
        IDLE_PS.load(Ordering::Relaxed),
        sched.m_count,
        SPINNING.load(Ordering::Relaxed),
        sched.idle_m_count,
        GLOBAL_LEN.load(Ordering::Relaxed),
    )?;
    if !detail {
        write!(out, " [")?;
        for p in p::all() {
            write!(out, " {}", p.run_queue.len())?;
        }
        write!(out, " ] schedticks=[")?;
        for p in p::all() {
            write!(out, " {}", p.sched_tick.load(Ordering::Relaxed))?;
        }
        return writeln!(out, " ]");
    }
    writeln!(
        out,
        " gcwaiting={} nmidlelocked={} stopwait={} sysmonwait=false",
        WORLD_STOPPING.load(Ordering::Relaxed),
        sched.idle_locked,
        sched.stop_wait
    )?;
    for p in p::all() {
        // SAFETY: nil or an M, never freed.
        let m = unsafe { p.m.load(Ordering::Acquire).as_ref() };
        writeln!(
            out,
            "  P{}: status={} schedtick={} syscalltick={} m={} runqsize={} gfreecnt={} timerslen={}",
            p.id,
            p.status() as u32,
            p.sched_tick.load(Ordering::Relaxed),
            p.syscall_tick.load(Ordering::Relaxed),
            Or(m.map(|m| m.id.get())),
            p.run_queue.len(),
            p.free_g_count.get(),
            p.timers.count(),
        )?;
    }
    let mut next = sched.all_ms;
    while let Some(m) = next {
        writeln!(
            out,
            "  M{}: p={} curg={} mallocing=0 throwing={} preemptoff= locks={} dying={} spinning={} blocked=false lockedg={}",
            m.id.get(),
            Or(m.p.get().map(|p| p.id)),
            Or(m.curg.get().map(|g| g.goid.get())),
            m.throwing.get(),
            m.locks.get(),
            m.dying.get(),
            m.spinning.get(),
            Or(m.locked_g.get().map(|g| g.goid.get())),
        )?;
        next = m.all_link.get();
    }
    let mut result = Ok(());
    for_each_g(|g| {
        // SAFETY: nil or an M, never freed. A G keeps the M that ran it last.
        let m = unsafe { g.m.load(Ordering::Acquire).as_ref() };
        let m = m.filter(|_| matches!(g.status(), Status::Running | Status::Syscall));
        let line = writeln!(
            out,
            "  G{}: status={}({}) m={} lockedm={}",
            g.goid.get(),
            g.status() as u32,
            WAIT_REASONS[g.wait_reason.get() as usize],
            Or(m.map(|m| m.id.get())),
            Or(g.locked_m.get().map(|m| m.id.get())),
        );
        result = result.and(line);
    });
    result
}
