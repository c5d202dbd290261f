//! Counters per call stack: the table behind the memory, block, mutex and thread profiles.
//!
//! A bucket is found by kind, stack and (for memory) object size, and is never freed. Everything is under one lock, which
//! is the last in the order of locks but for that of persistent memory: samples are rare.

use crate::mem::persistent;
use crate::sync::Mutex;
use core::cell::Cell;
use core::ptr::null_mut;

/// Which profile a bucket belongs to; the numbers are the overlay's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub(crate) enum Kind {
    Memory = 0,
    Block = 1,
    Mutex = 2,
    Thread = 3,
}

/// One call stack and its counters; the stack's words follow.
#[repr(C)]
pub(crate) struct Bucket {
    next_of_hash: *mut Bucket,
    next: *mut Bucket,
    kind: Kind,
    hash: u64,
    /// Size of the objects counted; 0 but for memory.
    pub size: usize,
    depth: usize,
    /// Memory: allocated and freed objects. Waiting: events and their nanoseconds, as `f64` bits and number. Threads: number.
    pub counts: [Cell<u64>; 2],
}

impl Bucket {
    fn stack(&self) -> &[usize] {
        let first = (&raw const *self).wrapping_add(1).cast::<usize>();
        // SAFETY: `Table::bucket` allocated `depth` words after the structure and filled them.
        unsafe { core::slice::from_raw_parts(first, self.depth) }
    }
}

const HASHES: usize = 1 << 12;

struct Table {
    hashes: [*mut Bucket; HASHES],
    first: *mut Bucket,
    /// Of all buckets.
    bytes: usize,
}

// SAFETY: buckets are never freed, and their counters are used under the table's lock.
unsafe impl Send for Table {}

static TABLE: Mutex<Table> = Mutex::new(Table { hashes: [null_mut(); HASHES], first: null_mut(), bytes: 0 });

fn hash(kind: Kind, size: usize, stack: &[usize]) -> u64 {
    let mut h = kind as u64 ^ (size as u64) << 8;
    for &pc in stack {
        h = (h ^ pc as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
    h ^ h >> 31
}

impl Table {
    fn bucket(&mut self, kind: Kind, size: usize, stack: &[usize]) -> Option<&'static Bucket> {
        let hash = hash(kind, size, stack);
        let slot = &mut self.hashes[hash as usize % HASHES];
        let mut at = *slot;
        // SAFETY: nil or a bucket, never freed.
        while let Some(b) = unsafe { at.as_ref() } {
            if b.hash == hash && b.kind == kind && b.size == size && b.stack() == stack {
                return Some(b);
            }
            at = b.next_of_hash;
        }
        let bytes = size_of::<Bucket>() + size_of_val(stack);
        let place = persistent::alloc(bytes, 8)?.cast::<Bucket>().as_ptr();
        let bucket = Bucket {
            next_of_hash: *slot,
            next: self.first,
            kind,
            hash,
            size,
            depth: stack.len(),
            counts: [const { Cell::new(0) }; 2],
        };
        // SAFETY: fresh memory of that size.
        unsafe { place.write(bucket) };
        // SAFETY: the memory after the structure has room for the stack.
        unsafe { place.add(1).cast::<usize>().copy_from_nonoverlapping(stack.as_ptr(), stack.len()) };
        *slot = place;
        self.first = place;
        self.bytes += bytes;
        // SAFETY: just written.
        Some(unsafe { &*place })
    }
}

/// Calls `f` with the bucket of the stack, made if need be; returns the bucket. Without memory nothing is counted.
pub(crate) fn with(
    kind: Kind,
    size: usize,
    stack: &[usize],
    f: impl FnOnce(&Bucket),
) -> Option<&'static Bucket> {
    let mut table = TABLE.lock();
    let bucket = table.bucket(kind, size, stack)?;
    f(bucket);
    Some(bucket)
}

/// Memory of the table.
pub(crate) struct Bytes {
    /// Of the buckets, which is persistent memory.
    pub counted: usize,
}

impl Bytes {
    /// With the table of hashes.
    pub fn all(&self) -> usize {
        self.counted + size_of::<[*mut Bucket; HASHES]>()
    }
}

/// Reads the size of the table.
pub(crate) fn bytes() -> Bytes {
    Bytes { counted: TABLE.lock().bytes }
}

/// Adds to a counter of a bucket.
pub(crate) fn add(bucket: &Bucket, counter: usize, n: u64) {
    let _table = TABLE.lock();
    bucket.counts[counter].set(bucket.counts[counter].get().wrapping_add(n));
}

/// Calls `f` with each bucket of a kind and its stack.
pub(crate) fn for_each(kind: Kind, mut f: impl FnMut(&'static Bucket, &'static [usize])) {
    let mut at = TABLE.lock().first;
    // SAFETY: nil or a bucket, never freed or changed but for the counters; new ones come first.
    while let Some(b) = unsafe { at.as_ref() } {
        at = b.next;
        if b.kind == kind {
            f(b, b.stack());
        }
    }
}

/// `runtime.profileRecords(kind, buf *uintptr, words) int`: for each bucket of the kind: two counters, size, number of program
/// counters, the program counters. Returns the words needed, which may be more than there are; then the rest is missing.
extern "C" fn records(kind: u64, buf: *mut usize, words: usize) -> usize {
    let table = TABLE.lock();
    let mut needed = 0;
    let mut at = table.first;
    // SAFETY: nil or a bucket, never freed.
    while let Some(b) = unsafe { at.as_ref() } {
        at = b.next;
        if b.kind as u64 != kind {
            continue;
        }
        let stack = b.stack();
        if needed + 4 + stack.len() <= words {
            // SAFETY: the caller's buffer has `words` words, and these fit.
            let out = unsafe { core::slice::from_raw_parts_mut(buf.add(needed), 4 + stack.len()) };
            out[0] = b.counts[0].get() as usize;
            out[1] = b.counts[1].get() as usize;
            out[2] = b.size;
            out[3] = stack.len();
            out[4..].copy_from_slice(stack);
        }
        needed += 4 + stack.len();
    }
    needed
}
g0_entry!("runtime.profileRecords", records);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_one_bucket_of_each_kind_and_size() {
        let stacks: Vec<Vec<usize>> = (0..300).map(|n| (0..n % 40).map(|i| n * 64 + i).collect()).collect();
        for round in 1..=3u64 {
            for (n, stack) in stacks.iter().enumerate() {
                for (kind, size) in [(Kind::Memory, n), (Kind::Memory, 7000), (Kind::Block, 0)] {
                    let bucket = with(kind, size, stack, |b| b.counts[0].set(b.counts[0].get() + 1)).unwrap();
                    add(bucket, 1, n as u64);
                    // Stacks without calls are one stack.
                    if !stack.is_empty() {
                        assert_eq!(
                            (bucket.counts[0].get(), bucket.counts[1].get()),
                            (round, round * n as u64)
                        );
                    }
                }
            }
        }
        let mut seen = 0;
        for_each(Kind::Block, |bucket, stack| {
            assert!(stack.is_empty() || stacks[stack[0] / 64] == stack && bucket.size == 0);
            seen += 1;
        });
        let distinct = stacks.iter().filter(|s| !s.is_empty()).count() + 1;
        assert_eq!(seen, distinct);
        // What the overlay reads: four words before each stack, cut off between records.
        let mut words = vec![0usize; 20_000];
        let needed = records(Kind::Block as u64, words.as_mut_ptr(), words.len());
        let mut at = 0;
        while at < needed {
            at += 4 + words[at + 3];
        }
        assert_eq!(at, needed);
        assert_eq!(records(Kind::Block as u64, words.as_mut_ptr(), 3), needed);
    }
}
