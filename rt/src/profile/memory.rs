//! The memory profile: a sample of allocations, and which of the sampled objects have died.
//!
//! The program's `runtime.MemProfileRate` is the mean number of bytes between samples. An object of size s is to be sampled
//! with probability 1 - exp(-s / rate), which readers of the profile undo. Allocation asks here only where it is slow anyway: when
//! a P's cache gets a new span, whose bytes stand for those of all objects it will hold, and for large objects. For rates too
//! small for that, every allocation takes the slow way. A sampled object has a special that reports its death.

use super::MAX_DEPTH;
use super::buckets::{self, Bucket, Kind};
use crate::gc::special::SPECIALS;
use crate::traceback::{Frames, collect};
use core::sync::atomic::{AtomicPtr, Ordering};

/// Address of `runtime.MemProfileRate`.
static RATE: AtomicPtr<i64> = AtomicPtr::new(core::ptr::null_mut());
/// The default rate, also while the program has not said where its variable is.
const DEFAULT_RATE: i64 = 512 << 10;
/// Rates below are too small to sample spans.
pub(crate) const FINE_RATE: i64 = 64 << 10;

/// Frames of package runtime that may lie above those of the program, and do not count as its depth.
const RUNTIME_FRAMES: usize = 5;

/// The present rate; 0 or less: off.
pub(crate) fn rate() -> i64 {
    // SAFETY: nil or the address of a Go variable, which stays; a racing write of the program is a plain word.
    unsafe { RATE.load(Ordering::Relaxed).as_ref() }.map_or(DEFAULT_RATE, |p| {
        // SAFETY: as above.
        unsafe { (&raw const *p).read_volatile() }
    })
}

/// -ln(u) of a uniform random number u in (0, 1], which is exponentially distributed with mean 1.
fn exponential() -> f64 {
    let u = (crate::random::cheap() as f64 + 1.0) / 4_294_967_296.0;
    // ln by splitting off the exponent; a few digits are enough.
    let bits = u.to_bits();
    let exponent = ((bits >> 52) as i64 - 1023) as f64;
    let m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    let ln_m = 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (0.2 + t2 / 7.0)));
    -(exponent * core::f64::consts::LN_2 + ln_m)
}

/// The allocation of the object at `addr` of `size` bytes has taken the slow way, on behalf of `charge` bytes. On g0, with no
/// lock; the object is in use by the caller.
pub(crate) fn allocated(addr: usize, size: usize, charge: usize) {
    let rate = rate();
    if rate <= 0 || exponential() * rate as f64 > charge as f64 && rate != 1 {
        return;
    }
    let Some(g) = crate::arch::current_m().curg.get() else { return };
    let mut pcs = [0; MAX_DEPTH + RUNTIME_FRAMES];
    let n = collect(Frames::of(g), pcs.as_mut_ptr(), pcs.len());
    let bucket =
        buckets::with(Kind::Memory, size, &pcs[..n], |b| b.counts[0].set(b.counts[0].get().wrapping_add(1)));
    if let Some(bucket) = bucket {
        SPECIALS.lock().add_sample(addr, bucket as *const Bucket as usize);
    }
}

/// A sampled object is dead; `bucket` is what [`allocated`] attached to it.
pub(crate) fn freed(bucket: usize) {
    // SAFETY: buckets are never freed.
    buckets::add(unsafe { &*(bucket as *const Bucket) }, 1, 1);
}

/// `runtime.setMemProfileRate(&MemProfileRate)`.
extern "C" fn set_rate(rate: *mut i64) {
    RATE.store(rate, Ordering::Relaxed);
}
leaf_entry!("runtime.memProfileRateIs", set_rate);
