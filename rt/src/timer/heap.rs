//! A four-ary heap of timers ordered by `when`. Each timer knows its place, so removal from the middle is O(log n).

use crate::mem::off_heap::OffHeapVec;

/// What the heap needs of an element.
pub(crate) trait Place {
    /// Notes the element's index in the heap.
    fn set_place(&self, index: usize);
}

#[derive(Clone, Copy)]
struct Entry<T: Copy> {
    when: i64,
    item: T,
}

/// The heap. Elements are handles.
pub(crate) struct Heap<T: Copy + Place> {
    entries: OffHeapVec<Entry<T>>,
}

const ARITY: usize = 4;

impl<T: Copy + Place> Heap<T> {
    pub(crate) const fn new() -> Self {
        Heap { entries: OffHeapVec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The earliest element.
    pub(crate) fn first(&self) -> Option<(i64, T)> {
        self.entries.first().map(|e| (e.when, e.item))
    }

    /// One of the earliest, chosen with `random`.
    pub(crate) fn some_first(&self, random: impl Fn() -> u32) -> Option<(i64, T)> {
        let when = self.entries.first()?.when;
        let mut at = 0;
        loop {
            let first = at * ARITY + 1;
            let equal = (first..(first + ARITY).min(self.len())).filter(|&c| self.entries[c].when == when);
            let choice = random() as usize % (equal.clone().count() + 1);
            match equal.clone().nth(choice) {
                Some(child) => at = child,
                None => return Some((when, self.entries[at].item)),
            }
        }
    }

    pub(crate) fn insert(&mut self, when: i64, item: T) {
        self.entries.push(Entry { when, item });
        self.sift_up(self.len() - 1);
    }

    /// Removes the element at `index`.
    pub(crate) fn remove(&mut self, index: usize) {
        let last = self.len() - 1;
        self.entries.swap(index, last);
        self.entries.pop();
        if index < last {
            self.settle(index);
        }
    }

    /// Changes the time of the element at `index`.
    pub(crate) fn set_when(&mut self, index: usize, when: i64) {
        self.entries[index].when = when;
        self.settle(index);
    }

    /// Bounds of the memory that holds the handles of the places `[from, to)`, as far as they exist.
    pub(crate) fn memory(&self, from: usize, to: usize) -> (usize, usize) {
        let range = self.entries[from.min(self.len())..to.min(self.len())].as_ptr_range();
        (range.start as usize, range.end as usize)
    }

    fn settle(&mut self, index: usize) {
        if self.sift_up(index) == index {
            self.sift_down(index);
        }
    }

    fn sift_up(&mut self, mut index: usize) -> usize {
        while index > 0 {
            let parent = (index - 1) / ARITY;
            if self.entries[parent].when <= self.entries[index].when {
                break;
            }
            self.entries.swap(parent, index);
            self.entries[index].item.set_place(index);
            index = parent;
        }
        self.entries[index].item.set_place(index);
        index
    }

    fn sift_down(&mut self, mut index: usize) {
        loop {
            let first = index * ARITY + 1;
            let children = first..(first + ARITY).min(self.len());
            let Some(least) = children.min_by_key(|&c| self.entries[c].when) else { break };
            if self.entries[index].when <= self.entries[least].when {
                break;
            }
            self.entries.swap(index, least);
            self.entries[index].item.set_place(index);
            index = least;
        }
        self.entries[index].item.set_place(index);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[derive(Clone, Copy)]
    struct Item<'a>(&'a Cell<usize>);
    impl Place for Item<'_> {
        fn set_place(&self, index: usize) {
            self.0.set(index);
        }
    }

    #[test]
    fn delivers_in_order_and_removes_from_the_middle() {
        let places: Vec<Cell<usize>> = (0..500).map(|_| Cell::new(0)).collect();
        let mut whens: Vec<i64> = Vec::new();
        let mut heap = Heap::new();
        let mut seed = 12345u64;
        for place in &places {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let when = (seed >> 40) as i64;
            whens.push(when);
            heap.insert(when, Item(place));
        }
        // Every third leaves, every fifth moves.
        let mut expected = Vec::new();
        for (i, place) in places.iter().enumerate() {
            if i % 3 == 0 {
                heap.remove(place.get());
            } else if i % 5 == 0 {
                heap.set_when(place.get(), whens[i] / 2);
                expected.push(whens[i] / 2);
            } else {
                expected.push(whens[i]);
            }
        }
        expected.sort();
        let mut got = Vec::new();
        while let Some((when, item)) = heap.first() {
            got.push(when);
            heap.remove(item.0.get());
        }
        assert_eq!(got, expected);
    }
}
