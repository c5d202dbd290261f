//! Switches of `RGODEBUG` that disturb the schedule, to bring out mistakes in the runtime and in programs:
//!
//! - `yield=1`: a goroutine that has begun to run yields at its next function entry. Together with what parks and yields anyway
//!   it is as if every safepoint in that stretch had been one where the time slice ended.
//! - `preempt=N`: sysmon asks every running goroutine to yield every N microseconds, at whatever instruction it is.
//! - `shuffle=SEED`: who runs next is drawn by lot: goroutines made runnable go before or behind the others, to the P's queue or
//!   the global one, and the queue's first may have to queue again. The same seed gives each thread the same lots.
//!
//! Off, they cost a load where a goroutine begins to run and where one is queued.

use super::g::G;
use crate::arch::current_m;
use crate::rt0;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

static YIELD: AtomicBool = AtomicBool::new(false);
static SHUFFLE: AtomicU64 = AtomicU64::new(0);
static PREEMPT: AtomicU32 = AtomicU32::new(0);

/// Reads the environment. The process has one thread.
pub(crate) fn init() {
    let Some(settings) = rt0::env(b"RGODEBUG") else { return };
    for item in settings.split(|&b| b == b',') {
        if let Some(value) = item.strip_prefix(b"yield=") {
            YIELD.store(value == b"1", Ordering::Relaxed);
        } else if let Some(value) = item.strip_prefix(b"shuffle=") {
            SHUFFLE.store(number(value), Ordering::Relaxed);
        } else if let Some(value) = item.strip_prefix(b"preempt=") {
            PREEMPT.store(number(value) as u32, Ordering::Relaxed);
        }
    }
}

fn number(text: &[u8]) -> u64 {
    text.iter().fold(0, |n: u64, &b| n.wrapping_mul(10).wrapping_add(b.wrapping_sub(b'0') as u64))
}

/// Is a goroutine that is about to run to yield at its next function entry? Not if it was stopped like that the last time: then it
/// may go on.
#[inline]
pub(crate) fn yields(g: &G) -> bool {
    YIELD.load(Ordering::Relaxed) && !g.preempt.load(Ordering::Relaxed)
}

/// Microseconds between requests to yield, if that is switched on.
#[inline]
pub(crate) fn preempt_every() -> Option<u32> {
    match PREEMPT.load(Ordering::Relaxed) {
        0 => None,
        us => Some(us),
    }
}

/// A lot below `n` from this thread's sequence; none if the order is not to be shuffled.
#[inline]
pub(crate) fn lot(n: u32) -> Option<u32> {
    let seed = SHUFFLE.load(Ordering::Relaxed);
    if seed == 0 { None } else { Some(draw(seed, n)) }
}

#[cold]
fn draw(seed: u64, n: u32) -> u32 {
    let m = current_m();
    let state = match m.lots.get() {
        0 => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (m.id.get() as u64 + 1) << 32 | 1,
        state => state,
    };
    let next = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    m.lots.set(next);
    ((next >> 33) % n as u64) as u32
}
