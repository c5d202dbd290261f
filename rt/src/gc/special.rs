//! Specials: finalizers, cleanups and weak handles attached to heap addresses.
//!
//! One table, keyed by address, under one lock; each span heads a list of those of its objects. The collector marks from the table
//! ([`Specials::mark_some`]), and settles what is due span by span, before it sweeps the span ([`Specials::settle`]): no pause grows with
//! the number of specials. While a collection marks, whoever enters something shades it.
//!
//! 1. what objects with a finalizer refer to is a root (the objects themselves are not), so a finalizer sees its object
//!    whole, and of two such objects where one refers to the other only the referrer is finalized now (a cycle never is); when an object is
//!    kept for its finalizer, nothing but itself is left to mark;
//! 2. weak handles of unreached objects are cleared, also of those about to be finalized. Between the end of marking and the sweep of its
//!    span, an unreached object still has its handle: who asks for it must look at the mark ([`Specials::strong`]);
//! 3. objects still unreached: a finalizer is queued (once) and its object kept; otherwise cleanups are queued.
//!
//! Finalizers and cleanups are queued apart: one goroutine calls the finalizers, others the cleanups.
//!
//! What is to be called is a closure without parameters made by the overlay. It must not refer to the object it is attached to,
//! for closures are roots: a finalizer's closure holds the object's address as an integer, which is sound because a queued
//! object stays marked until the next closure is fetched after it.
//!
//! Variables of the program never die: all they can have is a weak handle, in no span's list.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rgo_abi::size_class::{TINY_SIZE, class_of};
use rgo_abi::types::WORD;

use super::mark::Marker;
use crate::mem::arena;
use crate::mem::mheap;
use crate::mem::mspan::{MSpan, SpanClass};
use crate::mem::off_heap::OffHeapVec;
use crate::sync::Mutex;

/// What a special does when its object dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Calls `value`, a closure; the object lives on for another cycle.
    Finalizer,
    /// Calls `value`, a closure; `id` names it for `stopCleanup`.
    Cleanup { id: u64 },
    /// Clears the word at `value`, which holds `addr`.
    Weak,
    /// The memory profile has counted the object in `bucket`.
    Sample { bucket: usize },
    /// The object belongs to a bubble of `testing/synctest`.
    Bubble { id: u32 },
}

/// To which bubble an object belongs; the numbers are those of `internal/synctest`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Association {
    /// To none.
    None = 0,
    /// To the one that asks.
    Current = 1,
    /// To another.
    Other = 2,
}

#[derive(Clone, Copy)]
struct Special {
    addr: usize,
    kind: Kind,
    value: usize,
    /// Next of the hash chain or of the free list.
    next: u32,
    /// Next of the object's span.
    in_span: u32,
    used: bool,
}

/// A closure to call, and the object to keep until then (0: none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Func value.
    pub closure: usize,
    /// Object that the closure addresses.
    pub object: usize,
    /// It is a finalizer, not a cleanup.
    pub is_finalizer: bool,
}

/// Finalizers or cleanups since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Found due.
    pub queued: u64,
    /// Made, to the end.
    pub executed: u64,
}

/// Specials and queue.
pub struct Specials {
    nodes: OffHeapVec<Special>,
    buckets: OffHeapVec<u32>,
    free: u32,
    count: usize,
    next_id: u64,
    /// What is due: cleanups, finalizers.
    queues: [Queue; 2],
    /// The finalizer fetched last: its object stays alive until the next fetch.
    current: Call,
}

/// Calls that are due, of one kind.
struct Queue {
    calls: OffHeapVec<Call>,
    /// First entry of `calls` that has not been fetched.
    head: usize,
    /// Calls fetched that have not returned.
    running: usize,
    counts: Calls,
}

impl Queue {
    const fn new() -> Queue {
        Queue { calls: OffHeapVec::new(), head: 0, running: 0, counts: Calls { queued: 0, executed: 0 } }
    }

    fn due(&self) -> &[Call] {
        &self.calls[self.head..]
    }

    fn push(&mut self, call: Call) {
        self.counts.queued += 1;
        self.calls.push(call);
    }

    fn pop(&mut self) -> Option<Call> {
        let Some(&call) = self.due().first() else {
            self.calls.clear();
            self.head = 0;
            return None;
        };
        self.head += 1;
        self.running += 1;
        Some(call)
    }

    fn returned(&mut self) {
        self.running -= 1;
        self.counts.executed += 1;
    }
}

/// End of a list of specials.
pub const NIL: u32 = u32::MAX;
/// Specials that are marked from at a time.
const GROUP: usize = 1024;
/// A call has been queued since somebody looked.
static DUE: AtomicBool = AtomicBool::new(false);

/// A call has been queued since this was asked last.
#[inline]
pub fn take_due() -> bool {
    DUE.load(Relaxed) && DUE.swap(false, Relaxed)
}
const NO_CALL: Call = Call { closure: 0, object: 0, is_finalizer: false };

/// The table of the program.
pub static SPECIALS: Mutex<Specials> = Mutex::new(Specials::new());

/// The span of a heap address.
fn span_of(addr: usize) -> Option<&'static mut MSpan> {
    // SAFETY: spans in the page table are live; callers hold an object of it, or its specials.
    unsafe { arena::view().span_of(addr).as_mut() }
}

/// The object at `addr` is marked, or not one of the collector's.
#[cfg(not(test))]
pub fn is_reached(addr: usize) -> bool {
    span_of(addr).is_none_or(|span| {
        let index = span.index_of(addr);
        index >= span.nelems as usize || span.is_marked(index)
    })
}

/// The object that contains `addr`, as the program sees it (after the header), and where its slot ends.
pub fn object_at(addr: usize) -> Option<(usize, usize)> {
    let span = span_of(addr)?;
    let index = span.index_of(addr);
    let slot = span.slot(index);
    (index < span.nelems as usize).then(|| (slot + span.header_size(), slot + span.elem_size))
}

/// The address may be that of an object that shares its slot with others.
pub fn may_be_tiny(addr: usize) -> bool {
    let span = arena::view().span_of(addr);
    // SAFETY: as in `object_at`.
    !span.is_null() && unsafe { (*span).class == SpanClass::new(class_of(TINY_SIZE), true) }
}

impl Specials {
    const fn new() -> Specials {
        Specials {
            nodes: OffHeapVec::new(),
            buckets: OffHeapVec::new(),
            free: NIL,
            count: 0,
            next_id: 1,
            queues: [Queue::new(), Queue::new()],
            current: NO_CALL,
        }
    }

    fn bucket(&self, addr: usize) -> usize {
        (addr as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 7 & (self.buckets.len() - 1)
    }

    fn add(&mut self, addr: usize, kind: Kind, value: usize) {
        if self.count >= self.buckets.len() {
            self.rehash();
        }
        let bucket = self.bucket(addr);
        // A variable has none.
        let mut span = span_of(addr);
        let in_span = span.as_ref().map_or(NIL, |span| span.specials);
        let special = Special { addr, kind, value, next: self.buckets[bucket], in_span, used: true };
        let at = if self.free == NIL {
            self.nodes.push(special);
            (self.nodes.len() - 1) as u32
        } else {
            let at = self.free;
            self.free = self.nodes[at as usize].next;
            self.nodes[at as usize] = special;
            at
        };
        self.buckets[bucket] = at;
        if let Some(span) = &mut span {
            span.specials = at;
        }
        self.count += 1;
    }

    fn rehash(&mut self) {
        let buckets = (self.buckets.len() * 2).max(512);
        self.buckets.reset(buckets, NIL);
        for at in 0..self.nodes.len() {
            if self.nodes[at].used {
                let bucket = self.bucket(self.nodes[at].addr);
                self.nodes[at].next = self.buckets[bucket];
                self.buckets[bucket] = at as u32;
            }
        }
    }

    fn find(&self, addr: usize, wanted: impl Fn(Kind) -> bool) -> Option<u32> {
        if self.buckets.is_empty() {
            return None;
        }
        let mut at = self.buckets[self.bucket(addr)];
        while at != NIL {
            let special = &self.nodes[at as usize];
            if special.addr == addr && wanted(special.kind) {
                return Some(at);
            }
            at = special.next;
        }
        None
    }

    fn remove(&mut self, node: u32) -> Special {
        let special = self.nodes[node as usize];
        let bucket = self.bucket(special.addr);
        if self.buckets[bucket] == node {
            self.buckets[bucket] = special.next;
        } else {
            let mut at = self.buckets[bucket];
            while self.nodes[at as usize].next != node {
                at = self.nodes[at as usize].next;
            }
            self.nodes[at as usize].next = special.next;
        }
        let span = span_of(special.addr).expect("the object lives as long as its specials");
        if span.specials == node {
            span.specials = special.in_span;
        } else {
            let mut at = span.specials;
            while self.nodes[at as usize].in_span != node {
                at = self.nodes[at as usize].in_span;
            }
            self.nodes[at as usize].in_span = special.in_span;
        }
        self.nodes[node as usize].used = false;
        self.nodes[node as usize].next = self.free;
        self.free = node;
        self.count -= 1;
        special
    }

    /// Attaches a finalizer, or removes it (`closure` 0). False when there was one already.
    pub fn set_finalizer(&mut self, addr: usize, closure: usize) -> bool {
        let old = self.find(addr, |k| k == Kind::Finalizer);
        match (old, closure) {
            (Some(node), 0) => {
                self.remove(node);
            }
            (Some(_), _) => return false,
            (None, 0) => {}
            (None, _) => self.add(addr, Kind::Finalizer, closure),
        }
        true
    }

    /// Attaches a cleanup; returns its id.
    pub fn add_cleanup(&mut self, addr: usize, closure: usize) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.add(addr, Kind::Cleanup { id }, closure);
        id
    }

    /// Removes a cleanup that has not been queued.
    pub fn stop_cleanup(&mut self, addr: usize, id: u64) {
        if let Some(node) = self.find(addr, |k| k == Kind::Cleanup { id }) {
            self.remove(node);
        }
    }

    /// The weak handle of `addr`, if it has one.
    pub fn weak_handle(&self, addr: usize) -> Option<usize> {
        self.find(addr, |k| k == Kind::Weak).map(|node| self.nodes[node as usize].value)
    }

    /// Makes the 8-byte object at `handle` the weak handle of `addr`.
    pub fn set_weak_handle(&mut self, addr: usize, handle: usize) {
        // SAFETY: the caller has just allocated the handle.
        unsafe { *(handle as *mut usize) = addr };
        self.add(addr, Kind::Weak, handle);
    }

    /// Tells the memory profile when the object at `addr` dies.
    pub fn add_sample(&mut self, addr: usize, bucket: usize) {
        self.add(addr, Kind::Sample { bucket }, 0);
    }

    /// The next cleanup or finalizer that is due, for a goroutine whose last call has `returned`. The object of the finalizer fetched
    /// before may die from now on.
    pub fn fetch(&mut self, is_finalizer: bool, returned: bool) -> Option<Call> {
        let queue = &mut self.queues[is_finalizer as usize];
        if returned {
            queue.returned();
        }
        let call = queue.pop();
        if is_finalizer {
            self.current = call.unwrap_or(NO_CALL);
        }
        call
    }

    /// Cleanups or finalizers are due.
    pub fn has_calls(&self, is_finalizer: bool) -> bool {
        !self.queues[is_finalizer as usize].due().is_empty()
    }

    /// A call is due or being made.
    pub fn is_busy(&self) -> bool {
        self.queues.iter().any(|queue| !queue.due().is_empty() || queue.running > 0)
    }

    /// Counts of cleanups, of finalizers.
    pub fn calls(&self) -> [Calls; 2] {
        self.queues.each_ref().map(|queue| queue.counts)
    }

    fn enqueue(&mut self, call: Call) {
        self.queues[call.is_finalizer as usize].push(call);
    }

    /// To which bubble the object at `addr` belongs, as bubble `id` sees it; `add`: to that one from now on, if to none.
    pub fn associate(&mut self, addr: usize, id: u32, add: bool) -> Association {
        if let Some(node) = self.find(addr, |k| matches!(k, Kind::Bubble { .. })) {
            let own = self.nodes[node as usize].kind == Kind::Bubble { id };
            return if own { Association::Current } else { Association::Other };
        }
        if !add {
            return Association::None;
        }
        self.add(addr, Kind::Bubble { id }, 0);
        Association::Current
    }

    /// Undoes `associate`.
    pub fn disassociate(&mut self, addr: usize) {
        if let Some(node) = self.find(addr, |k| matches!(k, Kind::Bubble { .. })) {
            self.remove(node);
        }
    }

    /// Calls `f` with each special: object, kind, value.
    pub fn for_each(&self, mut f: impl FnMut(usize, Kind, usize)) {
        for special in self.nodes.iter().filter(|s| s.used) {
            f(special.addr, special.kind, special.value);
        }
    }

    /// Calls `f` with the calls that are due.
    pub fn for_each_call(&self, f: impl FnMut(&Call)) {
        self.due().for_each(f);
    }

    fn due(&self) -> impl Iterator<Item = &Call> {
        self.queues.iter().flat_map(|queue| queue.due())
    }

    /// Number of groups for [`Specials::mark_some`].
    pub fn groups(&self) -> usize {
        1 + self.nodes.len().div_ceil(GROUP)
    }

    /// Marks from one group of specials: closures, handles, and what objects with finalizers refer to. Group 0: queued objects.
    pub fn mark_some<const SHARED: bool>(&self, marker: &mut Marker<SHARED>, group: usize) {
        if group == 0 {
            for call in self.due().chain([&self.current]) {
                marker.mark_conservative(call.closure);
                marker.mark_conservative(call.object);
            }
            return;
        }
        let first = (group - 1) * GROUP;
        let group = &self.nodes[first..self.nodes.len().min(first + GROUP)];
        for special in
            group.iter().filter(|s| s.used && !matches!(s.kind, Kind::Sample { .. } | Kind::Bubble { .. }))
        {
            marker.mark(special.value);
            if special.kind == Kind::Finalizer {
                marker.scan_referents(special.addr);
            }
        }
    }

    /// The object of a weak handle, 0 if it is dead.
    ///
    /// # Safety
    /// `handle` is a handle made for [`Specials::set_weak_handle`].
    pub unsafe fn strong(&self, handle: *const usize) -> usize {
        // SAFETY: the caller's promise; handles change under the table's lock only.
        let object = unsafe { *handle };
        match span_of(object) {
            Some(span) if mheap::is_swept(span) || span.is_marked(span.index_of(object)) => object,
            // A variable: while a handle holds an address of the heap, that has a span.
            None => object,
            _ => 0,
        }
    }

    /// Marking is complete and the caller is about to sweep `span`: clears weak handles and queues calls of unreached objects, and marks
    /// those that are to be finalized.
    pub fn settle(&mut self, span: &MSpan) {
        self.settle_kind(span, |kind| kind == Kind::Weak);
        let before = self.queues.each_ref().map(|queue| queue.calls.len());
        self.settle_kind(span, |kind| kind == Kind::Finalizer);
        // Only now: two finalizers in one block of tiny objects are both due.
        for call in &self.queues[1].calls[before[1]..] {
            span.mark_shared(span.index_of(call.object));
        }
        self.settle_kind(span, |kind| !matches!(kind, Kind::Weak | Kind::Finalizer));
        if self.queues.each_ref().map(|queue| queue.calls.len()) != before {
            DUE.store(true, Relaxed);
        }
    }

    /// Removes the specials of these kinds of the span's unreached objects, with what follows from that.
    fn settle_kind(&mut self, span: &MSpan, wanted: impl Fn(Kind) -> bool) {
        let mut at = span.specials;
        while at != NIL {
            let node = at;
            let special = self.nodes[node as usize];
            at = special.in_span;
            if !wanted(special.kind) || span.is_marked(span.index_of(special.addr)) {
                continue;
            }
            self.remove(node);
            match special.kind {
                Kind::Weak => {
                    debug_assert!(special.value.is_multiple_of(WORD));
                    // SAFETY: the handle was marked as a root.
                    unsafe { *(special.value as *mut usize) = 0 };
                }
                Kind::Finalizer => {
                    self.enqueue(Call { closure: special.value, object: special.addr, is_finalizer: true });
                }
                Kind::Cleanup { .. } => {
                    self.enqueue(Call { closure: special.value, object: 0, is_finalizer: false })
                }
                Kind::Bubble { .. } => {}
                Kind::Sample { bucket } => {
                    #[cfg(not(test))]
                    crate::profile::memory::freed(bucket);
                    #[cfg(test)]
                    let _ = bucket;
                }
            }
        }
    }
}
