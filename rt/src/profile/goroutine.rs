//! Snapshots of the stacks of all goroutines.

use super::MAX_DEPTH;
use crate::entry::Pair;
use crate::gc::barrier;
use crate::sched::{self, G, Status, WaitReason, getg};
use crate::symtab;
use crate::traceback::{Frames, collect, entry_of};

/// What a snapshot is written to.
struct Snapshot<'a> {
    words: &'a mut [usize],
    labels: &'a mut [usize],
    needed: usize,
    goroutines: usize,
}

impl Snapshot<'_> {
    fn record(&mut self, g: &'static G) {
        let mut pcs = [0; MAX_DEPTH];
        let inner = parked_in(g, &mut pcs);
        let rest = &mut pcs[inner..];
        let n = inner + collect(Frames::of(g), rest.as_mut_ptr(), rest.len());
        if let Some(out) = self.words.get_mut(self.needed..self.needed + 1 + n) {
            out[0] = n;
            out[1..].copy_from_slice(&pcs[..n]);
        }
        if let Some(label) = self.labels.get_mut(self.goroutines) {
            barrier::shade(g.labels.get());
            *label = g.labels.get();
        }
        self.needed += 1 + n;
        self.goroutines += 1;
    }
}

/// How `g`, if it is parked, got there from compiled code: `gopark`, what called that on behalf of the entry, the entry. Stores addresses in
/// these functions; returns their number.
fn parked_in(g: &'static G, pcs: &mut [usize; MAX_DEPTH]) -> usize {
    if g.status() != Status::Waiting || g.wait_reason.get() == WaitReason::Coroutine {
        return 0;
    }
    let Some(entry) = entry_of(g) else { return 0 };
    let behind = symtab::behind_entry(entry).filter(|behind| behind.name() != entry.name());
    let functions =
        [Some(sched::gopark as *const () as usize), behind.map(symtab::entry), Some(symtab::entry(entry))];
    let mut n = 0;
    for start in functions.into_iter().flatten() {
        pcs[n] = start + 1;
        n += 1;
    }
    n
}

/// # Safety
/// `at` points to `n` words, or `n` is 0.
unsafe fn buffer<'a>(at: *mut usize, n: usize) -> &'a mut [usize] {
    if n == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(at, n) }
}

/// `runtime.goroutineStacks(buf *uintptr, n int, labels *unsafe.Pointer, nlabels int, leaked bool) (words, goroutines int)`: for each
/// goroutine but the runtime's own, the caller's first (`leaked`: for each leaked one): the number of program counters, the program
/// counters; its labels go to `labels`. Returns the words needed, which may be more than there are (then the last goroutines
/// are missing), and the number of goroutines.
extern "C" fn goroutine_stacks(
    words: *mut usize,
    n: usize,
    labels: *mut usize,
    nlabels: usize,
    leaked: u64,
) -> Pair {
    // SAFETY: the caller's two buffers; the second is of pointers, of which those found are shaded.
    let mut snapshot = unsafe {
        Snapshot { words: buffer(words, n), labels: buffer(labels, nlabels), needed: 0, goroutines: 0 }
    };
    let this = getg();
    sched::stop_the_world();
    if leaked & 0xff != 0 {
        sched::for_each_g(|g| {
            if g.leaked.get() && g.status() == Status::Waiting {
                snapshot.record(g);
            }
        });
    } else {
        snapshot.record(this);
        sched::for_each_g(|g| {
            if !core::ptr::eq(g, this) && !g.is_system_now() {
                snapshot.record(g);
            }
        });
    }
    sched::start_the_world();
    Pair(snapshot.needed as u64, snapshot.goroutines as u64)
}
g0_entry!("runtime.goroutineStacks", goroutine_stacks);
