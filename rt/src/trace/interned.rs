//! The strings and stacks that the events of a generation name: each once, numbered.

use crate::mem::off_heap::OffHeapVec;

/// Sequences of `T`, numbered from 1 in order of appearance.
pub(super) struct Interned<T: Copy> {
    /// (hash, first element, elements) of each.
    entries: OffHeapVec<(u64, u32, u32)>,
    elements: OffHeapVec<T>,
    /// Open addressing: number of the entry, 0 for none.
    slots: OffHeapVec<u32>,
}

impl<T: Copy + PartialEq + Into<u64>> Interned<T> {
    /// None.
    pub(super) const fn new() -> Self {
        Interned { entries: OffHeapVec::new(), elements: OffHeapVec::new(), slots: OffHeapVec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.elements.clear();
        self.slots.clear();
    }

    /// The sequence with this number.
    pub(super) fn get(&self, number: usize) -> &[T] {
        let (_, first, len) = self.entries[number - 1];
        &self.elements[first as usize..(first + len) as usize]
    }

    /// The number of a sequence.
    pub(super) fn intern(&mut self, key: &[T]) -> u64 {
        if self.entries.len() * 2 >= self.slots.len() {
            self.rehash();
        }
        let mut hash = key.len() as u64;
        for &k in key {
            hash = (hash ^ k.into()).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        let mask = self.slots.len() - 1;
        let mut at = (hash >> 7) as usize & mask;
        loop {
            match self.slots[at] {
                0 => break,
                n if self.entries[n as usize - 1].0 == hash && self.get(n as usize) == key => {
                    return n as u64;
                }
                _ => at = (at + 1) & mask,
            }
        }
        let first = self.elements.len() as u32;
        key.iter().for_each(|&k| self.elements.push(k));
        self.entries.push((hash, first, key.len() as u32));
        self.slots[at] = self.entries.len() as u32;
        self.entries.len() as u64
    }

    fn rehash(&mut self) {
        let size = (self.slots.len() * 2).max(512);
        self.slots.reset(size, 0);
        for i in 0..self.entries.len() {
            let mut at = (self.entries[i].0 >> 7) as usize & (size - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = i as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::vec::Vec;

    #[test]
    fn agrees_with_a_map() {
        let mut interned = Interned::<u64>::new();
        for round in 0..3u64 {
            let mut map = HashMap::<Vec<u64>, u64>::new();
            let mut lot = 1 + round;
            for i in 0..5000 {
                lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Many that differ in one word only, in order or length; the empty one too.
                let n = (lot >> 33) % 6;
                let key: Vec<u64> = (0..n).map(|j| lot >> (40 + j % 2) & 15 | j << 60).collect();
                let next = map.len() as u64 + 1;
                let want = *map.entry(key.clone()).or_insert(next);
                assert_eq!(interned.intern(&key), want, "{i}");
                assert_eq!(interned.get(want as usize), key);
            }
            map.iter().for_each(|(key, &number)| assert_eq!(interned.get(number as usize), key));
            interned.clear();
        }
    }
}
