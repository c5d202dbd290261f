//! Allocation and collection.

use core::hint::black_box;
use core::ptr::null;
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::go::{closure, get, go, gosched, make_chan, new, poll, recv, send, set};
use crate::types::{CHAN_INT, CHAN_POINTER, CLOSURE, NODE, global};
use crate::{Scale, check, go_fn, rt};

/// A full binary tree; its depth is that of the recursion on the goroutine's segment.
fn tree(depth: usize) -> usize {
    let node = new(&NODE);
    if depth > 0 {
        set(node, 0, tree(depth - 1));
        set(node, 1, tree(depth - 1));
    }
    black_box(node)
}

fn count(node: usize) -> usize {
    if get(node, 0) == 0 { 1 } else { 1 + count(get(node, 0)) + count(get(node, 1)) }
}

go_fn!(gardener = "metal.gardener" calls gardener_body);
/// Grows and counts trees; sends the number of nodes.
extern "C" fn gardener_body(f: usize) {
    let (result, depth, n) = (get(f, 1), get(f, 2), get(f, 3));
    let mut sum = 0;
    for _ in 0..n {
        let root = tree(depth);
        poll();
        sum += count(root);
        black_box(root);
    }
    send(result, sum);
}

/// Trees that die, by several goroutines, beside one that lives.
pub fn trees(scale: Scale) -> u64 {
    let (deep, shallow) = if scale.is_full() { (18, 13) } else { (10, 7) };
    global(0).store(tree(deep), SeqCst);
    let result = make_chan(&CHAN_INT, 0);
    for _ in 0..4 {
        go(gardener, &[result, shallow, 40]);
    }
    let sum: usize = (0..4).map(|_| recv(result).0).sum();
    check(sum == 160 * ((2 << shallow) - 1), "no node of the short-lived trees was lost");
    check(count(global(0).swap(0, SeqCst)) == (2 << deep) - 1, "nor of the long-lived");
    sum as u64
}

go_fn!(shipper = "metal.shipper" calls shipper_body);
/// Sends nodes whose left word points to a number, of `n` numbers from `first` on.
extern "C" fn shipper_body(f: usize) {
    let (c, n, first) = (get(f, 1), get(f, 2), get(f, 3));
    for i in 0..n {
        let node = new(&NODE);
        let number = rt!("runtime.mallocNoscan", 8, 1)[0];
        set(number, 0, first + i);
        set(node, 0, number);
        send(c, node);
        if i % 64 == 0 {
            poll();
        }
    }
}

/// Objects whose only reference is in a channel, or on the way through one.
pub fn pointers_in_channels(scale: Scale) -> u64 {
    let n = scale.of(20_000);
    let c = make_chan(&CHAN_POINTER, 8);
    for i in 0..4 {
        go(shipper, &[c, n, i * n]);
    }
    let mut sum = 0;
    for i in 0..4 * n {
        let (node, _) = recv(c);
        sum += get(get(node, 0), 0);
        if i % n == 0 {
            rt!("runtime.GC");
        }
    }
    check(sum == 4 * n * (4 * n - 1) / 2, "every number arrived");
    4 * n as u64
}

static FINALIZED: AtomicU32 = AtomicU32::new(0);

go_fn!(finalizers = "metal.finalizers" calls finalizers_body);
extern "C" fn finalizers_body(_: usize) {
    loop {
        let [closure, _object] = rt!("runtime.nextFinalizer");
        check(closure != 0, "a closure is due");
        FINALIZED.fetch_add(1, SeqCst);
    }
}

go_fn!(nothing = "metal.nothing" calls nothing_body);
extern "C" fn nothing_body(_: usize) {}

/// Finalizers run, weak pointers go with their objects. Conservative stacks may keep a few objects longer.
pub fn finalizers_and_weak(_scale: Scale) -> u64 {
    FINALIZED.store(0, SeqCst);
    rt!("runtime.newSystemProc", closure(finalizers, &[]));
    gosched();
    for _ in 0..1000 {
        let object = new(&NODE);
        let [start, end] = rt!("runtime.findObject", object + 8);
        check(start == object && end > object + 8, "a heap object");
        rt!("runtime.setFinalizer", object, closure(nothing, &[]));
    }
    let variable = global(0) as *const _ as usize;
    check(rt!("runtime.findObject", variable) == [0, 0], "not a heap object");
    check(rt!("runtime.isVariable", variable)[0] == 1, "a variable");
    let kept = new(&NODE);
    global(1).store(kept, SeqCst);
    global(2).store(rt!("weak.runtime_registerWeakPointer", kept)[0], SeqCst);
    let lost = rt!("weak.runtime_registerWeakPointer", new(&CLOSURE))[0];
    check(
        lost != 0 && rt!("weak.runtime_registerWeakPointer", kept)[0] == global(2).load(SeqCst),
        "one handle each",
    );
    for _ in 0..3 {
        rt!("runtime.GC");
        (0..10).for_each(|_| gosched());
    }
    check(FINALIZED.load(SeqCst) > 990, "finalizers ran");
    check(rt!("weak.runtime_makeStrongFromWeak", global(2).load(SeqCst))[0] == kept, "a live object");
    global(1).store(0, SeqCst);
    global(2).store(0, SeqCst);
    1000
}

/// 4 GB (quick: 40 MB) of garbage beside a small live heap occupies little memory.
pub fn bounded_memory(scale: Scale) -> u64 {
    let n = scale.of(4000);
    global(3).store(rt!("runtime.mallocNoscan", 50 << 20, 1)[0], SeqCst);
    for i in 0..n {
        black_box(rt!("runtime.mallocNoscan", (1 << 20) + i % 5 * 4096, 1));
    }
    // MemStats: word 2 is Sys, word 10 HeapReleased.
    let mut stats = [0usize; 1200];
    rt!("runtime.readMemStats", stats.as_mut_ptr());
    let stats = black_box(stats);
    check(stats[2] - stats[10] < 300 << 20, "less than 300 MB");
    global(3).store(0, SeqCst);
    rt!("runtime/debug.freeOSMemory");
    n as u64
}

/// Small objects, as fast as they come.
pub fn small_objects(scale: Scale) -> u64 {
    let n = scale.of(5_000_000);
    for _ in 0..n {
        black_box(new(&NODE));
    }
    n as u64
}

/// Small objects without pointers.
pub fn small_noscan(scale: Scale) -> u64 {
    let n = scale.of(5_000_000);
    for _ in 0..n {
        black_box(rt!("runtime.mallocgc", 64, null::<u8>(), 1));
    }
    n as u64
}
