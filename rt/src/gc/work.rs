//! Grey objects waiting to be scanned: buffers shared by markers, and the buffer and prefetch ring of one marker.
//!
//! A marker pushes to and pops from a private buffer; full buffers go to a shared list that any marker takes from. Popped
//! objects pass through a short ring while their memory is fetched into the cache, which hides most of the misses of a
//! depth-first walk (the idea of Cher, Hosking and Vitek, "Software prefetching for mark-sweep garbage collection").
//! Buffers are never freed; after a cycle they wait in the list of empty ones.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::mem::persistent;
use crate::sync::Mutex;

const BUF_LEN: usize = 510;
const RING: usize = 8;

#[repr(C)]
struct WorkBuf {
    next: *mut WorkBuf,
    len: usize,
    objs: [usize; BUF_LEN],
}

struct List(*mut WorkBuf);
// SAFETY: buffers in a list belong to the holder of the list's lock.
unsafe impl Send for List {}

static FULL: Mutex<List> = Mutex::new(List(ptr::null_mut()));
static EMPTY: Mutex<List> = Mutex::new(List(ptr::null_mut()));
/// Buffers in `FULL`: read without the lock by idle markers.
static NUM_FULL: AtomicUsize = AtomicUsize::new(0);

fn push_list(list: &Mutex<List>, buf: *mut WorkBuf) {
    let mut head = list.lock();
    // SAFETY: the caller hands the buffer over.
    unsafe { (*buf).next = head.0 };
    head.0 = buf;
}

fn pop_list(list: &Mutex<List>) -> *mut WorkBuf {
    let mut head = list.lock();
    let buf = head.0;
    if !buf.is_null() {
        // SAFETY: buffers in the list belong to its holder.
        head.0 = unsafe { (*buf).next };
    }
    buf
}

fn empty_buf() -> *mut WorkBuf {
    let buf = pop_list(&EMPTY);
    if !buf.is_null() {
        return buf;
    }
    match persistent::alloc(size_of::<WorkBuf>(), 64) {
        Some(memory) => memory.cast().as_ptr(),
        None => crate::fatal::out_of_memory(),
    }
}

/// Markers that look for work.
pub static HUNGRY: AtomicUsize = AtomicUsize::new(0);

/// Some marker has nothing to do: worth sharing.
#[inline]
pub fn is_hungry() -> bool {
    HUNGRY.load(Ordering::Relaxed) > 0
}

/// There is shared work for an idle marker.
pub fn available() -> bool {
    NUM_FULL.load(Ordering::Acquire) > 0
}

/// One marker's view.
pub struct Work {
    buf: *mut WorkBuf,
    ring: [usize; RING],
    at: usize,
    in_ring: usize,
}

impl Work {
    /// Without objects.
    pub fn new() -> Work {
        Work { buf: empty_buf(), ring: [0; RING], at: 0, in_ring: 0 }
    }

    /// Adds a grey object.
    #[inline]
    pub fn push(&mut self, obj: usize) {
        // SAFETY: the buffer is this marker's; the index was checked.
        unsafe {
            let buf = &mut *self.buf;
            if buf.len < BUF_LEN {
                *buf.objs.get_unchecked_mut(buf.len) = obj;
                buf.len += 1;
                return;
            }
        }
        self.push_slow(obj);
    }

    #[cold]
    fn push_slow(&mut self, obj: usize) {
        push_list(&FULL, self.buf);
        // Release pairs with `available`.
        NUM_FULL.fetch_add(1, Ordering::Release);
        self.buf = empty_buf();
        // SAFETY: an empty buffer of this marker.
        unsafe {
            (*self.buf).objs[0] = obj;
            (*self.buf).len = 1;
        }
    }

    /// A grey object, or `None` when neither this marker nor the shared list has one.
    #[inline]
    pub fn pop(&mut self, prefetch: impl Fn(usize)) -> Option<usize> {
        loop {
            match self.pop_buf() {
                Some(obj) => {
                    prefetch(obj);
                    self.at = (self.at + 1) % RING;
                    let old = core::mem::replace(&mut self.ring[self.at], obj);
                    if old != 0 {
                        return Some(old);
                    }
                    self.in_ring += 1;
                }
                None if self.in_ring > 0 => {
                    self.at = (self.at + 1) % RING;
                    let old = core::mem::replace(&mut self.ring[self.at], 0);
                    if old != 0 {
                        self.in_ring -= 1;
                        return Some(old);
                    }
                }
                None => return None,
            }
        }
    }

    #[inline]
    fn pop_buf(&mut self) -> Option<usize> {
        // SAFETY: the buffer is this marker's.
        let buf = unsafe { &mut *self.buf };
        if buf.len > 0 {
            buf.len -= 1;
            return Some(buf.objs[buf.len]);
        }
        self.refill()
    }

    #[cold]
    fn refill(&mut self) -> Option<usize> {
        if !available() {
            return None;
        }
        let full = pop_list(&FULL);
        if full.is_null() {
            return None;
        }
        NUM_FULL.fetch_sub(1, Ordering::Relaxed);
        push_list(&EMPTY, self.buf);
        self.buf = full;
        // SAFETY: a full buffer, now this marker's.
        let buf = unsafe { &mut *full };
        buf.len -= 1;
        Some(buf.objs[buf.len])
    }

    /// Gives the older half of the private buffer, which leads to more than the newer one, to markers that look for work.
    pub fn share(&mut self) {
        // SAFETY: the buffer is this marker's.
        let buf = unsafe { &mut *self.buf };
        if buf.len < 4 {
            return;
        }
        let half = buf.len / 2;
        let other = empty_buf();
        // SAFETY: fresh, ours.
        let to = unsafe { &mut *other };
        to.objs[..half].copy_from_slice(&buf.objs[..half]);
        to.len = half;
        buf.objs.copy_within(half..buf.len, 0);
        buf.len -= half;
        push_list(&FULL, other);
        NUM_FULL.fetch_add(1, Ordering::Release);
    }
}

impl Drop for Work {
    /// What is left goes to the shared list.
    fn drop(&mut self) {
        for at in 0..RING {
            let obj = core::mem::replace(&mut self.ring[at], 0);
            if obj != 0 {
                self.push(obj);
            }
        }
        // SAFETY: the buffer is this marker's.
        if unsafe { (*self.buf).len } == 0 {
            return push_list(&EMPTY, self.buf);
        }
        push_list(&FULL, self.buf);
        NUM_FULL.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The shared lists are global, and tests of the collector use them too: objects that are no addresses of theirs.
    #[test]
    fn markers_scan_every_object_once() {
        let _heap = crate::gc::tests::HEAP.lock().unwrap_or_else(|e| e.into_inner());
        const MARKERS: usize = 3;
        const OBJECTS: usize = 4000;
        let markers: Vec<_> = (0..MARKERS)
            .map(|n| {
                std::thread::spawn(move || {
                    let mut scanned = Vec::new();
                    let mut work = Work::new();
                    for i in 1..=OBJECTS {
                        work.push(n * OBJECTS + i);
                        if i % 700 == 0 {
                            work.share();
                        }
                        if i % 3 == 0 {
                            scanned.extend(work.pop(|_| {}));
                        }
                        if i % 1900 == 0 {
                            // A slice ends: what is left is the others' business, too.
                            drop(core::mem::replace(&mut work, Work::new()));
                        }
                    }
                    scanned.extend(core::iter::from_fn(|| work.pop(|_| {})));
                    scanned
                })
            })
            .collect();
        let mut all: Vec<usize> = markers.into_iter().flat_map(|m| m.join().unwrap()).collect();
        let mut rest = Work::new();
        all.extend(core::iter::from_fn(|| rest.pop(|_| {})));
        all.sort_unstable();
        assert_eq!(all, (1..=MARKERS * OBJECTS).collect::<Vec<_>>());
        assert!(!available());
    }
}
