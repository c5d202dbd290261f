//! `OffHeapVec`: a growable array outside the collected heap, for the tables of rt itself.

use core::mem::size_of;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use core::slice;

use crate::os;

/// See the module's text. Elements are plain data; the memory is kept until the array grows or goes.
pub(crate) struct OffHeapVec<T: Copy> {
    ptr: NonNull<T>,
    len: usize,
    cap: usize,
}

// SAFETY: the array owns its memory.
unsafe impl<T: Copy + Send> Send for OffHeapVec<T> {}

impl<T: Copy> OffHeapVec<T> {
    /// Without memory.
    pub(crate) const fn new() -> Self {
        OffHeapVec { ptr: NonNull::dangling(), len: 0, cap: 0 }
    }

    /// Appends.
    pub(crate) fn push(&mut self, value: T) {
        if self.len == self.cap {
            self.grow(self.len + 1);
        }
        // SAFETY: `len < cap`.
        unsafe { self.ptr.add(self.len).write(value) };
        self.len += 1;
    }

    /// Removes the last element.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element at the old end was initialised.
        Some(unsafe { self.ptr.add(self.len).read() })
    }

    /// Forgets all elements.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Makes it `len` elements, all `value`.
    pub(crate) fn reset(&mut self, len: usize, value: T) {
        self.len = 0;
        if len > self.cap {
            self.grow(len);
        }
        for i in 0..len {
            // SAFETY: `i < cap`.
            unsafe { self.ptr.add(i).write(value) };
        }
        self.len = len;
    }

    #[cold]
    fn grow(&mut self, need: usize) {
        let bytes = (need.max(self.cap * 2) * size_of::<T>()).next_multiple_of(os::PAGE_SIZE);
        let Some(memory) = os::map(bytes) else { crate::fatal::out_of_memory() };
        let new = memory as *mut T;
        // SAFETY: the old elements fit into the new memory; the two do not overlap.
        unsafe { ptr::copy_nonoverlapping(self.ptr.as_ptr(), new, self.len) };
        if self.cap > 0 {
            os::unmap(
                self.ptr.as_ptr() as usize,
                (self.cap * size_of::<T>()).next_multiple_of(os::PAGE_SIZE),
            );
        }
        // SAFETY: the kernel does not map address 0.
        self.ptr = unsafe { NonNull::new_unchecked(new) };
        self.cap = bytes / size_of::<T>();
    }
}

impl<T: Copy> Drop for OffHeapVec<T> {
    fn drop(&mut self) {
        if self.cap > 0 {
            os::unmap(
                self.ptr.as_ptr() as usize,
                (self.cap * size_of::<T>()).next_multiple_of(os::PAGE_SIZE),
            );
        }
    }
}

impl<T: Copy> Deref for OffHeapVec<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the first `len` elements are initialised.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: Copy> DerefMut for OffHeapVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_vec() {
        let (mut ours, mut model) = (OffHeapVec::new(), std::vec::Vec::new());
        for i in 0..20_000u64 {
            if i % 7 == 3 {
                assert_eq!(ours.pop(), model.pop());
            } else {
                ours.push(i);
                model.push(i);
            }
            if i == 9_000 {
                ours.clear();
                model.clear();
            }
        }
        assert_eq!(ours[..], model[..]);
        ours.reset(30_000, 5);
        assert!(ours.len() == 30_000 && ours.iter().all(|&n| n == 5));
    }
}
