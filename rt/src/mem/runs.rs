//! Runs: what allocation inlined into compiled code takes objects from (`rgo_abi::alloc`).
//!
//! A run is a stretch of free slots of the P's cached span, side by side, made ready when it is taken: zeroed, pointer bits set for
//! its shape, published to markers, and marked if a collection marks just then. Compiled code only adds to `next`. For the span, slots of a run are
//! allocated from the start; the ones not used yet are subtracted where objects are counted.
//!
//! - A collection begins by dropping all runs ([`MCache::drop_runs`]): what is left of them is not marked and gets swept.
//! - Slots left of a run that was filled while marking are marked like the objects taken from it; they stay usable afterwards.
//! - A conservative word may point to a slot that is not used yet: it holds zeros.
//! - While every allocation has to be looked at (`malloc`'s `SLOW`: stress switches, fine memory profiles) no run is filled, so that
//!   compiled code finds them empty.

use super::arena;
use super::malloc::{self, clear};
use super::mcache::MCache;
use super::mheap;
use super::mspan::{MSpan, SpanClass};
use rgo_abi::alloc::{MAX_SHAPES, RUN_END, RUN_NEXT, RUN_SIZE, SHAPE_SIZE};
use rgo_abi::types::WORD;

/// Free slots for one shape.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Run {
    /// The next one, 0 if there is none.
    next: usize,
    end: usize,
}

/// What is known about a run beside its bounds.
#[derive(Clone, Copy)]
pub struct RunInfo {
    class: SpanClass,
    /// Slots to take next time.
    wish: u8,
}

/// What the compiler knows of a kind of object.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Shape {
    /// Words of the slot that hold pointers.
    pub mask: u64,
    /// Span class.
    pub class: u64,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Run>() == RUN_SIZE && size_of::<Shape>() == SHAPE_SIZE);
    assert!(offset_of!(Run, next) == RUN_NEXT && offset_of!(Run, end) == RUN_END);
};

/// A P's runs.
pub type Runs = [Run; MAX_SHAPES];
pub type RunInfos = [RunInfo; MAX_SHAPES];

/// Empty ones.
pub const NO_RUNS: Runs = [Run { next: 0, end: 0 }; MAX_SHAPES];
pub const NO_INFOS: RunInfos = [RunInfo { class: SpanClass(0), wish: FIRST_WISH }; MAX_SHAPES];

/// A run's first length; it doubles up to [`MAX_BYTES`], so that a shape used once costs little.
const FIRST_WISH: u8 = 2;
const MAX_BYTES: usize = 1024;

impl MCache {
    /// Fills the run with number `index`, which is empty, and takes an object from it. 0: the cached span has no free slot, or every
    /// allocation is to be looked at.
    #[inline]
    pub fn take_run(&mut self, index: usize, shape: Shape) -> usize {
        if malloc::is_slow() {
            return 0;
        }
        let class = SpanClass(shape.class as u8);
        let info = &mut self.run_infos[index];
        let wish = info.wish;
        // SAFETY: a span of this P, or the empty one, which has no slot and is not written.
        let span = unsafe { &mut *self.spans[class.0 as usize] };
        let Some((start, slots)) = span.next_run(u32::from(wish)) else { return 0 };
        let size = span.elem_size;
        info.class = class;
        if (wish as usize * 2) * size <= MAX_BYTES {
            info.wish = wish * 2;
        }
        let end = start + slots as usize * size;
        if span.needs_zero {
            // SAFETY: the slots are ours.
            unsafe { clear(start, end - start) };
        }
        if !class.noscan() {
            for slot in (start..end).step_by(size) {
                // SAFETY: as above.
                unsafe { arena::view().set_pointer_bits(slot, size / WORD, shape.mask) };
            }
        }
        span.publish();
        if malloc::is_marking() {
            self.black_bytes += mark(span, start, slots);
        }
        self.runs[index] = Run { next: start + size, end };
        start
    }

    /// Forgets the runs. World stopped, and about to mark; or the P is given up.
    pub fn drop_runs(&mut self) {
        self.for_each_unused(mheap::drop_slots);
        self.runs = NO_RUNS;
    }

    /// The slot has not been taken from a run.
    pub fn is_unused(&self, slot: usize) -> bool {
        self.runs.iter().any(|run| run.next <= slot && slot < run.end)
    }

    /// Calls `f` with span class and number of the slots that have not been taken from a run.
    pub fn for_each_unused(&self, mut f: impl FnMut(SpanClass, u64)) {
        for (run, info) in self.runs.iter().zip(&self.run_infos).filter(|(run, _)| run.next < run.end) {
            f(info.class, ((run.end - run.next) / info.class.slot_size()) as u64);
        }
    }
}

/// Marks new slots; returns their bytes.
#[cold]
fn mark(span: &MSpan, start: usize, slots: u32) -> usize {
    let first = span.index_of(start);
    let marked = (first..first + slots as usize).filter(|&i| span.mark_shared(i)).count();
    marked * span.elem_size
}
