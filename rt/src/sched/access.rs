//! What entries of all rooms need: the running goroutine, its P's allocation cache, the way out by a Go panic.

use super::g::G;
use crate::mem::mcache::MCache;
use rgo_abi::panic::PanicCode;

/// The running goroutine, or g0 when this M runs none.
#[inline]
pub(crate) fn getg() -> &'static G {
    let m = crate::arch::current_m();
    match m.curg.get().or(m.g0.get()) {
        Some(g) => g,
        None => crate::fatal::throw("no g"),
    }
}

/// The allocation cache of this M's P.
#[inline]
pub(crate) fn mcache() -> &'static mut MCache {
    // SAFETY: this M holds its P, and rooms use the cache only within one call.
    unsafe { crate::arch::current_m().p().mcache() }
}

/// Leaves the entry that the running goroutine called by a Go panic.
pub(crate) fn rt_panic(code: PanicCode, a0: u64, a1: u64) -> ! {
    let g = getg();
    let m = crate::arch::current_m();
    if m.curg.get().is_none() {
        crate::fatal::throw("panic on a scheduler stack");
    }
    g.panic_code.set(code as u64);
    g.panic_arg0.set(a0);
    g.panic_arg1.set(a1);
    // SAFETY: g is the running goroutine and is inside an entry stub, as every caller of rt is.
    unsafe { crate::arch::panic_exit(g) }
}
