//! Memory that rt never frees, for Gs and the like: here it lasts until the next execution begins, which gets the same addresses, because
//! rt looks at some (the order in which a select locks channels).

use std::cell::Cell;

const SIZE: usize = 64 << 20;

thread_local! {
    static START: Cell<usize> = const { Cell::new(0) };
    static USED: Cell<usize> = const { Cell::new(0) };
}

#[repr(C, align(4096))]
#[derive(Clone, Copy)]
struct Page([u8; 4096]);

/// A new execution: all that the last one has made is forgotten. loom runs all threads of a model on one thread of the kernel.
pub fn begin() {
    if START.get() == 0 {
        START.set(vec![Page([0; 4096]); SIZE / 4096].leak().as_ptr() as usize);
    }
    // SAFETY: the part in use of the memory above, of which nobody speaks any more.
    unsafe { (START.get() as *mut u8).write_bytes(0, USED.replace(0)) };
}

/// Zeroed memory.
pub fn memory(size: usize, align: usize) -> usize {
    let at = USED.get().next_multiple_of(align);
    assert!(at + size <= SIZE, "an execution uses too much memory");
    USED.set(at + size);
    START.get() + at
}

/// Keeps `value` for the rest of the execution, and does not drop it.
pub fn make<T: 'static>(value: T) -> &'static T {
    let place = memory(size_of::<T>().max(1), align_of::<T>()) as *mut T;
    // SAFETY: fresh memory of the right size and alignment.
    unsafe { place.write(value) };
    // SAFETY: just written.
    unsafe { &*place }
}
