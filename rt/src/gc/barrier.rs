//! The write barrier, and what else tells a running collection about pointers.
//!
//! While marking runs, [`is_marking`] holds; it changes with the world stopped only. *Shading* a word means: if it points into an
//! object, that object is marked. Shaded words wait in a buffer of the M and are marked when it is full, when the M marks, and before a
//! collection ends.
//!
//! The invariant, after Yuasa's snapshot and Go's hybrid barrier:
//! - A goroutine is *grey* until its stack has been scanned in this cycle, then *black*.
//! - A store to the heap or to a global shades the value that it overwrites and the value stored. So nothing that was reachable from a
//!   scanned place gets lost, and a grey goroutine cannot hide an object in a scanned one.
//! - Hence all that a black goroutine can reach is marked or will be. What is allocated during marking is marked at once, and not scanned.
//! - A store to an object that nobody else knows yet overwrites nothing of interest, but the value stored is shaded all the same: the
//!   object may be marked although no live pointer to it has been seen yet, for an old word on some stack may look like one.
//! - Memory outside the heap that holds pointers (timers, wait queues, specials, other goroutines' descriptors) belongs to the
//!   scanned places: who writes there shades both values.
//!
//! In compiled code the barrier follows the store (`compiler/codegen`, `barrier`). A goroutine that a signal stops in between
//! has the two values in its registers or innermost frame; `preempted` shades these (`stacks::stopped_by_signal`).

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use rgo_abi::types::WORD;

use super::mark::Marker;
use crate::arch::{self, current_m};
use crate::mem::arena;
use crate::sched::m::M;

static MARKING: AtomicBool = AtomicBool::new(false);
/// Number of the collection that marks, or that marked last.
static CYCLE: AtomicU32 = AtomicU32::new(0);

/// A collection is marking.
#[inline]
pub fn is_marking() -> bool {
    MARKING.load(Relaxed)
}

/// Number of the collection that marks, or that marked last.
#[inline]
pub fn cycle() -> u32 {
    CYCLE.load(Relaxed)
}

/// Marking begins or ends. World stopped by the calling M.
pub fn set_marking(on: bool) {
    if on {
        CYCLE.fetch_add(1, Relaxed);
    }
    MARKING.store(on, Relaxed);
    crate::mem::malloc::set_marking(on);
    refresh(current_m());
}

/// `m` has got a P: lets the code it runs know whether marking is on.
#[inline]
pub fn refresh(m: &'static M) {
    let on = is_marking() as u32;
    for g in [m.g0.get(), m.curg.get()].into_iter().flatten() {
        g.write_barrier.store(on, Relaxed);
    }
}

/// Tells the collection about `word`. On g0, with a P.
#[inline]
pub fn shade(word: usize) {
    if is_marking() && arena::contains(word) {
        push(word);
    }
}

#[cold]
fn push(word: usize) {
    let m = current_m();
    let at = m.barrier_next.get();
    // SAFETY: the place lies in the M's buffer, which has room for two words whenever rt runs.
    unsafe { *(at as *mut usize) = word };
    m.barrier_next.set(at + 2 * WORD);
    // SAFETY: as above.
    unsafe { *((at + WORD) as *mut usize) = 0 };
    if at + 2 * WORD >= m.barrier_end.get() {
        flush(m);
    }
}

/// Shades the words of `[at, at + size)`, as far as they are aligned. On g0, with a P.
pub fn shade_range(at: usize, size: usize) {
    if !is_marking() {
        return;
    }
    let mut word = at.next_multiple_of(WORD);
    while word + WORD <= at + size {
        // SAFETY: the caller is about to read or overwrite this memory.
        shade(unsafe { (word as *const usize).read_volatile() });
        word += WORD;
    }
}

/// What `dst` refers to and what `src` refers to, before `size` bytes are copied. On g0, with a P.
#[inline]
pub fn before_copy(dst: usize, src: usize, size: usize) {
    if is_marking() && dst != src {
        shade_range(dst, size);
        shade_range(src, size);
    }
}

/// What `at` refers to, before `size` bytes are cleared. On g0, with a P.
#[inline]
pub fn before_clear(at: usize, size: usize) {
    if is_marking() {
        shade_range(at, size);
    }
}

/// Marks what the M's buffer holds. By the M on g0, or with the world stopped.
pub fn flush(m: &M) {
    let start = m.barrier_start();
    let end = m.barrier_next.replace(start);
    if start == end || !is_marking() {
        return;
    }
    let mut marker = Marker::<true>::new();
    for at in (start..end).step_by(WORD) {
        // SAFETY: the filled part of the buffer.
        let word = unsafe { *(at as *const usize) };
        marker.mark_conservative(word);
    }
    marker.release();
}

/// The slow half of `rt.write_barrier`.
pub(crate) extern "C" fn flush_entry() {
    flush(arch::current_m());
}
