//! The run queue of a P: a ring that its owner pushes to and pops from, and other Ps steal half of.
//!
//! One producer (the owner), any number of consumers. `head` is advanced by compare-and-swap by whoever takes elements; `tail` is
//! advanced by the owner only. An element is published by the release store of `tail` and may be reused after the
//! successful exchange of `head`.

use crate::shared::{AtomicPtr, AtomicU32, Ordering};
use core::ptr::null_mut;

/// Ring of `N` (a power of two) pointers.
pub(crate) struct RunQueue<T: 'static, const N: usize> {
    head: AtomicU32,
    tail: AtomicU32,
    ring: [AtomicPtr<T>; N],
}

impl<T: 'static + Sync, const N: usize> RunQueue<T, N> {
    crate::const_fn! {
        pub(crate) fn new() -> Self {
            assert!(N.is_power_of_two() && N >= 2);
            RunQueue {
                head: AtomicU32::new(0),
                tail: AtomicU32::new(0),
                ring: crate::shared_array!(AtomicPtr::new(null_mut()); N),
            }
        }
    }

    fn slot(&self, i: u32) -> &AtomicPtr<T> {
        &self.ring[i as usize % N]
    }

    fn get(&self, i: u32) -> Option<&'static T> {
        // SAFETY: slots between head and tail hold pointers made from `&'static T` by `push`.
        unsafe { self.slot(i).load(Ordering::Relaxed).as_ref() }
    }

    /// Number of elements; exact for the owner when nobody steals.
    pub(crate) fn len(&self) -> usize {
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Acquire);
            if head == self.head.load(Ordering::Acquire) {
                return tail.wrapping_sub(head) as usize;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Owner: appends, or gives back when full.
    pub(crate) fn push(&self, item: &'static T) -> Result<(), &'static T> {
        // Acquire pairs with consumers' exchange of head: their reads of the slot are over.
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Relaxed);
        if tail.wrapping_sub(head) as usize >= N {
            return Err(item);
        }
        self.slot(tail).store(item as *const T as *mut T, Ordering::Relaxed);
        // Release publishes the slot.
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
        Ok(())
    }

    /// Owner: takes the oldest element.
    pub(crate) fn pop(&self) -> Option<&'static T> {
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Relaxed);
            if head == tail {
                return None;
            }
            let item = self.get(head);
            if self.advance(head, 1) {
                return item;
            }
        }
    }

    fn advance(&self, head: u32, n: u32) -> bool {
        self.head.compare_exchange(head, head.wrapping_add(n), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Owner, when full: takes the older half, calling `each` for every element once they are taken.
    pub(crate) fn take_half(&self, mut each: impl FnMut(&'static T)) {
        let half = N as u32 / 2;
        let head = self.head.load(Ordering::Acquire);
        if (self.tail.load(Ordering::Relaxed).wrapping_sub(head) as usize) < N {
            return;
        }
        let mut batch: [Option<&'static T>; N] = [None; N];
        for i in 0..half {
            batch[i as usize] = self.get(head.wrapping_add(i));
        }
        if self.advance(head, half) {
            batch.into_iter().flatten().for_each(&mut each);
        }
    }

    /// Moves half of `self`'s elements (rounded up) to the caller's queue `to`, whose owner calls; returns one of them, not queued.
    pub(crate) fn steal_into(&self, to: &Self) -> Option<&'static T> {
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Acquire);
            let n = tail.wrapping_sub(head);
            let n = n - n / 2;
            if n == 0 {
                return None;
            }
            if n as usize > N / 2 {
                continue; // head and tail were read at different times
            }
            let to_tail = to.tail.load(Ordering::Relaxed);
            for i in 0..n {
                let item = self.slot(head.wrapping_add(i)).load(Ordering::Relaxed);
                to.slot(to_tail.wrapping_add(i)).store(item, Ordering::Relaxed);
            }
            if self.advance(head, n) {
                let last = to_tail.wrapping_add(n - 1);
                let item = to.get(last);
                if n > 1 {
                    to.tail.store(last, Ordering::Release);
                }
                return item;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn items(n: usize) -> &'static [AtomicUsize] {
        Box::leak((0..n).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>().into_boxed_slice())
    }

    #[test]
    fn is_first_in_first_out_and_bounded() {
        let (q, items) = (RunQueue::<AtomicUsize, 4>::new(), items(6));
        for item in &items[..4] {
            q.push(item).unwrap();
        }
        assert!(q.push(&items[4]).is_err());
        assert!(core::ptr::eq(q.pop().unwrap(), &items[0]));
        q.push(&items[4]).unwrap();
        let mut taken = 0;
        q.take_half(|_| taken += 1);
        assert_eq!((taken, q.len()), (2, 2));
    }

    #[test]
    fn thieves_and_owner_get_every_element_once() {
        const COUNT: usize = 20_000;
        let items = items(COUNT);
        let q: &'static RunQueue<AtomicUsize, 8> = Box::leak(Box::new(RunQueue::new()));
        let taken: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let thieves: Vec<_> = (0..2)
            .map(|_| {
                std::thread::spawn(move || {
                    let own = RunQueue::<AtomicUsize, 8>::new();
                    while taken.load(Ordering::SeqCst) < COUNT {
                        let mut next = q.steal_into(&own);
                        while let Some(item) = next {
                            item.fetch_add(1, Ordering::SeqCst);
                            taken.fetch_add(1, Ordering::SeqCst);
                            next = own.pop();
                        }
                    }
                })
            })
            .collect();
        for item in items {
            while q.push(item).is_err() {
                if let Some(own) = q.pop() {
                    own.fetch_add(1, Ordering::SeqCst);
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        thieves.into_iter().for_each(|t| t.join().unwrap());
        assert!(items.iter().all(|i| i.load(Ordering::SeqCst) == 1));
    }
}
