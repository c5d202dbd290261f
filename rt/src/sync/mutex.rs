//! A mutex in one word: 0 free, 1 held, 2 held with possible sleepers (Drepper, "Futexes are tricky").

use crate::os;
use crate::shared::{AtomicU32, Ordering, UnsafeCell, spin_loop};
use core::ops::{Deref, DerefMut};

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;
const SPINS: u32 = if cfg!(loom) { 0 } else { 60 };

/// A lock without data, for structures whose locking does not follow scopes (a parked goroutine's lock is released after
/// the goroutine has been marked waiting).
pub(crate) struct RawMutex(AtomicU32);

impl RawMutex {
    crate::const_fn! {
        pub(crate) fn new() -> Self {
            RawMutex(AtomicU32::new(FREE))
        }
    }

    #[inline]
    pub(crate) fn lock(&self) {
        // Acquire pairs with the release in `unlock`.
        if self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_slow();
        }
    }

    pub(crate) fn try_lock(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn lock_slow(&self) {
        for _ in 0..SPINS {
            if self.0.load(Ordering::Relaxed) == FREE
                && self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
            spin_loop();
        }
        while self.0.swap(CONTENDED, Ordering::Acquire) != FREE {
            os::futex_sleep(&self.0, CONTENDED, None);
        }
    }

    #[inline]
    pub(crate) fn unlock(&self) {
        if self.0.swap(FREE, Ordering::Release) == CONTENDED {
            os::futex_wake(&self.0, 1);
        }
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }
}

/// A lock and the data it protects.
pub(crate) struct Mutex<T> {
    raw: RawMutex,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only by the holder of the lock.
unsafe impl<T> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    crate::const_fn! {
        pub(crate) fn new(data: T) -> Self {
            Mutex { raw: RawMutex::new(), data: UnsafeCell::new(data) }
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.raw.lock();
        MutexGuard { mutex: self }
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock().then(|| MutexGuard { mutex: self })
    }
}

/// Proof that the lock is held; releases it when dropped.
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
}

impl<'a, T> MutexGuard<'a, T> {
    /// Keeps the lock held beyond this scope; whoever gets the raw lock releases it.
    pub(crate) fn leak(self) -> &'a RawMutex {
        let raw = &self.mutex.raw;
        core::mem::forget(self);
        raw
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: this guard proves that the lock is held.
        unsafe { &*self.mutex.data.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { &mut *self.mutex.data.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}
