//! Roots: where marking starts. They are a list of jobs that markers take one by one while the program runs:
//! pieces of the program's variables, the timers of each P, specials, goroutines in groups.
//!
//! What is in none of them is marked at the start with the world stopped ([`mark_at_start`]): blocks that tiny objects are being cut from, and
//! frames of rt. What an entry was given is in these alone, for compiled code need not read it again: they are looked at whenever
//! the goroutine that called the entry is scanned before it returns.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};

use rgo_abi::types::WORD;

use super::leaks;
use super::mark::Marker;
use super::special::SPECIALS;
use super::stacks::{self, Scan};
use crate::mem::off_heap::OffHeapVec;
use crate::sched::{G, goroutine, p, preempt, world};
use crate::sync::Mutex;

unsafe extern "C" {
    #[link_name = "runtime.data"]
    static DATA: u8;
    #[link_name = "runtime.edata"]
    static EDATA: u8;
    #[link_name = "runtime.bss"]
    static BSS: u8;
    #[link_name = "runtime.ebss"]
    static EBSS: u8;
    #[link_name = "runtime.noptrdata"]
    static NOPTRDATA: u8;
    #[link_name = "runtime.enoptrdata"]
    static ENOPTRDATA: u8;
    #[link_name = "runtime.noptrbss"]
    static NOPTRBSS: u8;
    #[link_name = "runtime.enoptrbss"]
    static ENOPTRBSS: u8;
}

/// Bytes of variables in one job.
const PIECE: usize = 64 << 10;
/// Goroutines in one job.
const GROUP: usize = 32;

/// Number of the next job.
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Goroutines that exist when marking starts; later ones are born black.
static GOROUTINES: AtomicUsize = AtomicUsize::new(0);
/// Ps when marking starts: GOMAXPROCS may change meanwhile, the numbers of jobs may not. What moves to another P is shaded.
static PROCS: AtomicUsize = AtomicUsize::new(0);
/// Groups of specials when marking starts; what is entered later is shaded.
static SPECIAL_GROUPS: AtomicUsize = AtomicUsize::new(0);
/// Goroutines that were running when their turn came.
static LATER: Mutex<OffHeapVec<usize>> = Mutex::new(OffHeapVec::new());
static LATER_LEN: AtomicUsize = AtomicUsize::new(0);
/// Bytes looked at in this cycle.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Adds to the bytes looked at.
pub fn count(bytes: usize) {
    BYTES.fetch_add(bytes, Relaxed);
}

/// Bytes looked at in this cycle.
pub fn bytes() -> usize {
    BYTES.load(Relaxed)
}

/// Bounds of the ranges of variables with pointers: initialised ones, others.
pub(crate) fn variables() -> [(usize, usize); 2] {
    [(&raw const DATA, &raw const EDATA), (&raw const BSS, &raw const EBSS)]
        .map(|(lo, hi)| ((lo as usize).next_multiple_of(WORD), hi as usize & !(WORD - 1)))
}

/// Is it the address of a variable, with or without pointers?
pub(crate) fn is_variable(addr: usize) -> bool {
    [
        (&raw const DATA, &raw const EDATA),
        (&raw const BSS, &raw const EBSS),
        (&raw const NOPTRDATA, &raw const ENOPTRDATA),
        (&raw const NOPTRBSS, &raw const ENOPTRBSS),
    ]
    .iter()
    .any(|&(lo, hi)| (lo as usize..hi as usize).contains(&addr))
}

/// Bytes of variables that may hold pointers.
pub fn variable_bytes() -> usize {
    variables().iter().map(|(lo, hi)| hi - lo).sum()
}

fn pieces((lo, hi): (usize, usize)) -> usize {
    hi.saturating_sub(lo).div_ceil(PIECE)
}

fn jobs() -> usize {
    variables().map(pieces).iter().sum::<usize>()
        + PROCS.load(Relaxed)
        + SPECIAL_GROUPS.load(Relaxed)
        + GOROUTINES.load(Relaxed).div_ceil(GROUP)
}

/// A new cycle. World stopped.
pub fn reset() {
    NEXT.store(0, Relaxed);
    PROCS.store(p::count(), Relaxed);
    GOROUTINES.store(goroutine::made(), Relaxed);
    SPECIAL_GROUPS.store(SPECIALS.lock().groups(), Relaxed);
    LATER.lock().clear();
    LATER_LEN.store(0, Relaxed);
    BYTES.store(0, Relaxed);
}

/// Marks what only exists while the world is stopped; `extra`: single words of other rooms; `own`: the frames of rt on this M may hold
/// pointers. World stopped.
pub fn mark_at_start(marker: &mut Marker<true>, extra: &[usize], own: bool) {
    mark_frames(marker, own);
    for p in p::all() {
        // SAFETY: the world is stopped.
        marker.mark_conservative(unsafe { p.mcache() }.tiny);
    }
    extra.iter().for_each(|&word| marker.mark_conservative(word));
}

/// Marks what frames of rt refer to: of Ms that are blocked, and if `own` of this one. World stopped.
fn mark_frames(marker: &mut Marker<true>, own: bool) {
    world::for_each_blocked_frame(|lo, hi| {
        count(hi - lo);
        // SAFETY: the part in use of the stack of an M that is blocked.
        unsafe { marker.mark_range(lo, hi) };
    });
    if own {
        mark_own_frames(marker);
    }
}

/// Marks what frames of rt refer to, for a cycle under way whose goroutines are about to be scanned; `own`: as for [`mark_at_start`]. World stopped.
pub fn mark_frames_stopped(own: bool) {
    let mut marker = Marker::<true>::new();
    mark_frames(&mut marker, own);
    marker.release();
}

/// Marks what the frames of rt on this M refer to. On g0.
pub fn mark_own_frames(marker: &mut Marker<true>) {
    world::own_frames(|lo, hi| {
        count(hi - lo);
        // SAFETY: the part in use of this stack.
        unsafe { marker.mark_range(lo, hi) };
    });
}

/// Marks what a signal handler writes, which has no barrier: the ring of the CPU profile. World stopped.
pub fn mark_at_end() {
    let mut marker = Marker::<true>::new();
    crate::profile::cpu::for_each_root(&mut |lo, hi| {
        // SAFETY: the ring.
        unsafe { marker.mark_range(lo, hi) };
    });
    marker.release();
}

/// There are jobs that nobody has taken.
pub fn has_jobs() -> bool {
    NEXT.load(Relaxed) < jobs() || LATER_LEN.load(SeqCst) != 0
}

/// Does the next job; false: there is none, or only goroutines that run are left.
pub fn do_next(marker: &mut Marker<true>) -> bool {
    let total = jobs();
    let job = if NEXT.load(Relaxed) < total { NEXT.fetch_add(1, Relaxed) } else { total };
    if job >= total {
        return retry(marker);
    }
    do_job(marker, job);
    true
}

fn do_job(marker: &mut Marker<true>, mut job: usize) {
    for (lo, hi) in variables() {
        let n = pieces((lo, hi));
        if job < n {
            let from = lo + job * PIECE;
            let to = hi.min(from + PIECE);
            count(to - from);
            // SAFETY: the linker's sections.
            unsafe { marker.mark_range(from, to) };
            return;
        }
        job -= n;
    }
    if job < PROCS.load(Relaxed) {
        if job == 0 {
            crate::synctest::for_each_root(&mut |lo, hi| {
                count(hi - lo);
                // SAFETY: the heap's memory of a bubble's timers, whose lock is held.
                unsafe { marker.mark_range(lo, hi) };
            });
        }
        p::make(job).timers.for_each_root(&mut |lo, hi| {
            count(hi - lo);
            // SAFETY: the timer heap's memory, whose lock is held.
            unsafe { marker.mark_range(lo, hi) };
        });
        return;
    }
    job -= PROCS.load(Relaxed);
    if job < SPECIAL_GROUPS.load(Relaxed) {
        SPECIALS.lock().mark_some(marker, job);
        return;
    }
    let first = (job - SPECIAL_GROUPS.load(Relaxed)) * GROUP;
    for i in first..(first + GROUP).min(GOROUTINES.load(Relaxed)) {
        let g = goroutine::get(i);
        if leaks::leaves_out(g) {
            continue;
        }
        let (outcome, bytes) = stacks::scan(marker, g);
        count(bytes);
        if outcome == Scan::Running {
            put_off(g);
        }
    }
}

fn put_off(g: &'static G) {
    LATER_LEN.fetch_add(1, SeqCst);
    LATER.lock().push(g.addr());
}

/// Tries the goroutines that were running; true if one got scanned. Those still running are asked to yield.
fn retry(marker: &mut Marker<true>) -> bool {
    let mut batch = [0; 64];
    let mut n = 0;
    {
        let mut later = LATER.lock();
        while n < batch.len()
            && let Some(g) = later.pop()
        {
            batch[n] = g;
            n += 1;
        }
    }
    let mut progress = false;
    for &addr in &batch[..n] {
        // SAFETY: addresses of Gs, which are never freed.
        let g: &'static G = unsafe { &*(addr as *const G) };
        let (outcome, bytes) = stacks::scan(marker, g);
        count(bytes);
        if outcome == Scan::Done {
            // Counted as a job until now.
            LATER_LEN.fetch_sub(1, SeqCst);
            progress = true;
            continue;
        }
        LATER.lock().push(addr);
        // SAFETY: nil or an M, never freed.
        if let Some(p) = unsafe { g.m.load(Relaxed).as_ref() }.and_then(|m| m.p.get()) {
            preempt::preempt_one(p);
        }
    }
    progress
}

/// Does all jobs that are left. World stopped.
pub fn do_all_stopped(marker: &mut Marker<true>) {
    let total = jobs();
    loop {
        let job = NEXT.fetch_add(1, Relaxed);
        if job >= total {
            break;
        }
        do_job(marker, job);
    }
    let mut later = LATER.lock();
    while let Some(addr) = later.pop() {
        // SAFETY: as in `retry`; nothing runs.
        count(stacks::scan_stopped(marker, unsafe { &*(addr as *const G) }));
    }
    LATER_LEN.store(0, SeqCst);
}
