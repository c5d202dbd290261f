//! Goroutine stacks: linked segments.
//!
//! A goroutine starts on a segment of 2 KB, taken from a pool packed without guard pages. When a function does not fit,
//! `rt.morestack` continues on the next segment, 32 KB at first and doubling; the segment stays linked, so a loop that crosses
//! the boundary pays only for the switch. Segments are never moved, so pointers into stacks stay valid.
//!
//! Goroutines that start with the same function tend to need the same stack: when one has outgrown its first segment, the next
//! ones that start with that function get a larger first one ([`Tendency`]), and so have no boundary where their loops are.
//!
//! The header (`rgo_abi::stack_segment`) lies at the end of a segment. All memory comes from the kernel, none from the heap.

mod grow;
mod pool;
mod sizes;
mod tendency;

pub(crate) use grow::{grow, resume_target};
pub(crate) use pool::{LARGE_FIRST_SIZE, bytes, release_unused};
pub(crate) use tendency::Tendency;

use crate::sched::g::G;
use core::mem::{offset_of, size_of};
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use rgo_abi::g::STACK_GUARD_GAP;
use rgo_abi::stack_segment as abi;

/// Header of a segment, at its end.
#[repr(C, align(16))]
pub(crate) struct Segment {
    /// Return address and stack pointer for which `rt.lessstack` stands; meaningful while the segment is entered.
    pub return_pc: usize,
    pub return_sp: usize,
    pub prev: *mut Segment,
    pub next: *mut Segment,
    pub guard: usize,
    pub lo: usize,
    pub size: usize,
    pub total: usize,
}

const _: () = {
    assert!(offset_of!(Segment, return_pc) == abi::RETURN_PC);
    assert!(offset_of!(Segment, return_sp) == abi::RETURN_SP);
    assert!(offset_of!(Segment, prev) == abi::PREV);
    assert!(offset_of!(Segment, next) == abi::NEXT);
    assert!(offset_of!(Segment, guard) == abi::GUARD);
    assert!(offset_of!(Segment, lo) == abi::LO);
    assert!(offset_of!(Segment, size) == abi::SIZE);
    assert!(offset_of!(Segment, total) == abi::TOTAL);
    assert!(size_of::<Segment>() == abi::HEADER_SIZE);
};

impl Segment {
    /// Writes the header of the segment `[lo, header)`, for which `size` bytes were set aside.
    ///
    /// # Safety
    /// The memory from `lo` to the end of the header belongs to the caller for good; `header` is a multiple of 16.
    pub(crate) unsafe fn init(header: usize, lo: usize, size: usize) -> &'static mut Segment {
        let segment = header as *mut Segment;
        let value = Segment {
            return_pc: 0,
            return_sp: 0,
            prev: null_mut(),
            next: null_mut(),
            guard: lo + STACK_GUARD_GAP,
            lo,
            size,
            total: size,
        };
        // SAFETY: the caller's memory.
        unsafe { segment.write(value) };
        // SAFETY: just written.
        unsafe { &mut *segment }
    }

    /// End of the usable part: the address of the header.
    pub(crate) fn hi(&self) -> usize {
        self as *const Segment as usize
    }

    pub(crate) fn contains(&self, addr: usize) -> bool {
        (self.lo..self.hi()).contains(&addr)
    }
}

/// The segment on which g begins, empty and current: of at least `size` bytes. While the collector marks, the caller holds
/// `g.gc_lock`, since [`release_idle`] takes the segments of unused Gs.
pub(crate) fn first_segment(g: &'static G, size: usize) -> &'static Segment {
    let held = g.first_segment.get();
    // SAFETY: a goroutine's first segment stays valid.
    if !held.is_null() && unsafe { (*held).size } < size {
        pool::put(held);
        g.first_segment.set(null_mut());
    }
    if g.first_segment.get().is_null() {
        g.first_segment.set(pool::take(size));
    }
    let segment = g.first_segment.get();
    g.segment.set(segment);
    // SAFETY: segments of a goroutine stay valid until `release_segments`.
    let segment = unsafe { &*segment };
    g.stack_guard.store(segment.guard, Ordering::Relaxed);
    segment
}

/// Takes the stack of a G that no goroutine uses. For the collector, which holds `g.gc_lock`.
pub(crate) fn release_idle(g: &'static G) {
    let segment = g.first_segment.replace(null_mut());
    g.segment.set(null_mut());
    if !segment.is_null() {
        pool::put(segment);
    }
}

/// A dead goroutine keeps its first segment and gives the others back.
pub(crate) fn release_segments(g: &'static G) {
    trim_after(g.first_segment.get());
    g.segment.set(g.first_segment.get());
}

/// Gives the segments after `segment` back to the pool.
fn trim_after(segment: *mut Segment) {
    // SAFETY: a segment of a goroutine that the caller owns.
    let segment = unsafe { &mut *segment };
    let mut next = core::mem::replace(&mut segment.next, null_mut());
    while !next.is_null() {
        // SAFETY: linked segments are valid until put into the pool.
        let after = unsafe { (*next).next };
        pool::put(next);
        next = after;
    }
}

/// Frees segments that g, which is not running, does not use. For the collector, world stopped.
pub(crate) fn shrink(g: &'static G) {
    if !g.segment.get().is_null() && !g.first_segment.get().is_null() {
        trim_after(g.segment.get());
    }
}

/// Calls `f` with the parts of g's stack in use, innermost first, given its stack pointer.
pub(crate) fn for_each_range(g: &'static G, sp: usize, f: &mut impl FnMut(usize, usize)) {
    let mut segment = g.segment.get();
    let mut sp = sp;
    // SAFETY: the links of a goroutine's segments are valid while it does not run.
    while let Some(s) = unsafe { segment.as_ref() } {
        // In the window in which a child of vfork or a signal has moved on, sp may be outside; then all of it is scanned.
        let from = if s.contains(sp) || sp == s.hi() { sp } else { s.lo };
        f(from & !7, s.hi());
        // The slot of the return address and everything older.
        sp = s.return_sp;
        segment = s.prev;
    }
}
