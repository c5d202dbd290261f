//! Collections for a program that hardly allocates: what it has dropped may hold memory, and finalizers wait for it.
//!
//! In: when the last cycle ended, the time now and then. Out: a wish of sysmon's, and a cycle that counts as the pacer's. As in gc,
//! the first cycle is not a matter of time, and `GOGC=off` leaves them out.

use core::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// How long the program may go without a collection, in nanoseconds. The tests of package runtime change it under its name in gc.
#[unsafe(export_name = "runtime.forcegcperiod")]
static PERIOD: AtomicI64 = AtomicI64::new(DEFAULT_NS);
pub const DEFAULT_NS: i64 = 120_000_000_000;
/// When the last cycle ended; 0: none has.
static LAST_END: AtomicI64 = AtomicI64::new(0);

/// Sets the period.
pub fn init(ns: i64) {
    PERIOD.store(ns, Relaxed);
}

/// A cycle has ended at `now`.
pub fn cycle_ended(now: i64) {
    LAST_END.store(now, Relaxed);
}

/// Whether the last cycle is too long ago.
pub fn is_due(now: i64) -> bool {
    let last = LAST_END.load(Relaxed);
    last != 0 && now - last > PERIOD.load(Relaxed)
}

/// How long to wait, at most, before asking again.
pub fn look_every_ns() -> i64 {
    PERIOD.load(Relaxed) / 2
}
