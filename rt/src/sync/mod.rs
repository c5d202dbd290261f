//! Locks of rt: a futex mutex that owns its data, and the one-shot `Note` on which an M sleeps.
//!
//! They are taken on g0 only, never on a goroutine's stack, so no holder can be preempted by the scheduler. Order, outermost
//! first: pollDesc < hchan, sema root, notify list < timers of a P < sched < heap < stack pool < print.

mod mutex;
mod note;

pub(crate) use mutex::{Mutex, MutexGuard, RawMutex};
pub(crate) use note::Note;

use core::cell::UnsafeCell;

/// A static that is initialised by the first thread before any other exists, and only read afterwards.
pub(crate) struct InitOnce<T>(UnsafeCell<Option<T>>);

// SAFETY: written once, while the process has one thread.
unsafe impl<T: Sync> Sync for InitOnce<T> {}

impl<T> InitOnce<T> {
    pub(crate) const fn new() -> Self {
        InitOnce(UnsafeCell::new(None))
    }

    /// # Safety
    /// No other thread exists and no reference from `get` is alive.
    pub(crate) unsafe fn set(&self, value: T) {
        // SAFETY: the caller's promise.
        unsafe { *self.0.get() = Some(value) }
    }

    pub(crate) fn get(&self) -> &T {
        // SAFETY: only `set` writes, before there are other threads.
        match unsafe { &*self.0.get() } {
            Some(value) => value,
            None => panic!("runtime used before initialisation"),
        }
    }
}
