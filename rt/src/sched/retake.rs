//! What sysmon does about Ps that run one goroutine for long: it takes them from system calls, and makes others yield.
//!
//! A P in a system call is nobody's: its last M takes it back (`syscall`), this thread takes it for another M, or who stops the world does,
//! whoever is the first to change its status.

use super::idle::{self, GLOBAL_LEN, IDLE_PS, SPINNING};
use super::p::{self, PStatus};
use super::preempt::preempt_one;
use crate::gc::barrier;
use crate::shared::Ordering;

/// Time slice of a goroutine.
const SLICE_NS: i64 = 10_000_000;
/// The same while the collector marks, so that each P gets to its share of marking.
const MARKING_SLICE_NS: i64 = 1_000_000;
/// A goroutine yields when a timer of its P is overdue by this much and no P is idle to run it.
pub(super) const LATE_NS: i64 = 50_000;

/// A timer of `p` should have run, and nobody is there to run it.
fn is_timer_late(p: &p::P, now: i64) -> bool {
    let when = p.timers.next_when();
    when != 0 && when + LATE_NS <= now && IDLE_PS.load(Ordering::SeqCst) == 0
}

/// Looks at every P; true when one was taken from a system call.
pub(crate) fn all(now: i64) -> bool {
    let mut took = false;
    let slice = if barrier::is_marking() { MARKING_SLICE_NS } else { SLICE_NS };
    for p in p::all() {
        let [sched_tick, sched_when, syscall_tick, syscall_when] = &p.seen;
        match p.status() {
            PStatus::Running => {
                let tick = p.sched_tick.load(Ordering::Relaxed) as u64;
                if sched_tick.swap(tick, Ordering::Relaxed) != tick {
                    sched_when.store(now as u64, Ordering::Relaxed);
                } else if sched_when.load(Ordering::Relaxed) as i64 + slice <= now || is_timer_late(p, now) {
                    preempt_one(p);
                }
            }
            PStatus::Syscall => {
                let tick = p.syscall_tick.load(Ordering::Relaxed) as u64;
                if syscall_tick.swap(tick, Ordering::Relaxed) != tick {
                    syscall_when.store(now as u64, Ordering::Relaxed);
                    continue;
                }
                // Nothing for the P to do, others are looking for work, and it is not long: leave it.
                let others = SPINNING.load(Ordering::SeqCst) + IDLE_PS.load(Ordering::SeqCst);
                if p.is_queue_empty()
                    && GLOBAL_LEN.load(Ordering::Relaxed) == 0
                    && p.timers.next_when() == 0
                    && others > 0
                    && syscall_when.load(Ordering::Relaxed) as i64 + SLICE_NS > now
                {
                    continue;
                }
                if p.cas_status(PStatus::Syscall, PStatus::Idle) {
                    crate::trace::proc_steal(p);
                    took = true;
                    p.syscall_tick.fetch_add(1, Ordering::Relaxed);
                    idle::hand_off_p(p);
                }
            }
            _ => {}
        }
    }
    took
}
