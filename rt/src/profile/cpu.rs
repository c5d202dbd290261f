//! The CPU profile: every thread has a timer on its own CPU time that interrupts it with SIGPROF; the handler writes the stack of
//! what it interrupted to a ring, from which `runtime/pprof`'s goroutine reads.
//!
//! Writers are signal handlers, which hold `WRITER` while they write and run with all signals blocked; the reader only moves
//! `TAIL`. A record is: length in words, time, labels, program counters. Samples for which the ring has no room are
//! counted. The ring is a root of the collector because of the labels.

use super::interrupted::Stack;
use crate::arch::current_m;
use crate::entry::Pair;
use crate::os;
use crate::os::signal::{Context, SIGPROF};
use crate::sched::idle;
use crate::sched::m::M;
use crate::sync::RawMutex;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Words of the ring: about ten seconds of 100 samples of full depth.
const RING: usize = 1 << 17;
const HEAD_WORDS: usize = 3;

/// Samples per second of CPU time; 0: off.
static HZ: AtomicU32 = AtomicU32::new(0);
static RING_ADDR: AtomicUsize = AtomicUsize::new(0);
static WRITER: AtomicBool = AtomicBool::new(false);
static HEAD: AtomicUsize = AtomicUsize::new(0);
static TAIL: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);
/// Held while timers are made or deleted.
static TIMERS: RawMutex = RawMutex::new();
/// Entry addresses of the Go functions that stand for time of which nothing better is known: of the runtime, of the collector.
static SYSTEM: AtomicUsize = AtomicUsize::new(0);
static COLLECTOR: AtomicUsize = AtomicUsize::new(0);

fn word(at: usize) -> &'static AtomicU64 {
    let ring = RING_ADDR.load(Ordering::Acquire) as *const AtomicU64;
    // SAFETY: callers know that the ring exists; it is never freed.
    unsafe { &*ring.add(at % RING) }
}

/// `runtime.setCPUProfileRate(hz, system, collector)`: starts (hz above 0) or stops sampling. Returns false if it was running.
extern "C" fn set_rate(hz: u64, system: usize, collector: usize) -> u64 {
    let hz = hz as u32;
    if hz == 0 {
        HZ.store(0, Ordering::Release);
        for_each_thread(stop_timer);
        return 1;
    }
    if HZ.load(Ordering::Acquire) != 0 {
        return 0;
    }
    if RING_ADDR.load(Ordering::Acquire) == 0 {
        let Some(ring) = os::map(RING * 8) else { crate::fatal::out_of_memory() };
        RING_ADDR.store(ring, Ordering::Release);
    }
    SYSTEM.store(system, Ordering::Relaxed);
    COLLECTOR.store(collector, Ordering::Relaxed);
    TAIL.store(HEAD.load(Ordering::Acquire), Ordering::Release);
    LOST.store(0, Ordering::Relaxed);
    HZ.store(hz, Ordering::Release);
    for_each_thread(start_timer);
    1
}
g0_entry!("runtime.setCPUProfile", set_rate);

fn for_each_thread(f: fn(&'static M)) {
    TIMERS.lock();
    let mut next = idle::SCHED.lock().all_ms;
    while let Some(m) = next {
        f(m);
        next = m.all_link.get();
    }
    TIMERS.unlock();
}

fn start_timer(m: &'static M) {
    let (hz, tid) = (HZ.load(Ordering::Acquire), m.tid.load(Ordering::Acquire));
    if hz != 0
        && tid != 0
        && m.profile_timer.get() < 0
        && let Some(timer) = os::signal::new_cpu_timer(tid, SIGPROF, 1_000_000_000 / hz as i64)
    {
        m.profile_timer.set(timer);
    }
}

fn stop_timer(m: &'static M) {
    let timer = m.profile_timer.replace(-1);
    if timer >= 0 {
        os::signal::delete_timer(timer);
    }
}

/// The thread of `m` has just begun.
pub(crate) fn thread_started(m: &'static M) {
    if HZ.load(Ordering::Acquire) != 0 {
        TIMERS.lock();
        start_timer(m);
        TIMERS.unlock();
    }
}

/// The thread of `m` is about to end.
pub(crate) fn thread_ends(m: &'static M) {
    if m.profile_timer.get() >= 0 {
        TIMERS.lock();
        stop_timer(m);
        TIMERS.unlock();
    }
}

/// SIGPROF. On the signal stack, all signals blocked.
pub(crate) fn on_signal(context: &Context) {
    if HZ.load(Ordering::Acquire) == 0 {
        return;
    }
    let m = current_m();
    let stack = Stack::interrupted(m, context);
    // Not in rt's functions or the program's: time is somebody's.
    let of_world = idle::WORLD_STOPPING.load(Ordering::Relaxed);
    let unknown = [if of_world { &COLLECTOR } else { &SYSTEM }.load(Ordering::Relaxed) + 1];
    let pcs = if stack.as_slice().is_empty() { &unknown } else { stack.as_slice() };
    let n = pcs.len();
    let labels = m.curg.get().map_or(0, |g| g.labels.get());
    while WRITER.swap(true, Ordering::Acquire) {
        core::hint::spin_loop();
    }
    let head = HEAD.load(Ordering::Relaxed);
    let used = head - TAIL.load(Ordering::Acquire);
    if used + HEAD_WORDS + n > RING {
        LOST.fetch_add(1, Ordering::Relaxed);
    } else {
        word(head).store((HEAD_WORDS + n) as u64, Ordering::Relaxed);
        word(head + 1).store(os::nanotime() as u64, Ordering::Relaxed);
        word(head + 2).store(labels as u64, Ordering::Relaxed);
        for (i, &pc) in pcs.iter().enumerate() {
            word(head + HEAD_WORDS + i).store(pc as u64, Ordering::Relaxed);
        }
        HEAD.store(head + HEAD_WORDS + n, Ordering::Release);
    }
    WRITER.store(false, Ordering::Release);
}

/// `runtime.readCPUProfile(data *uint64, words int, tags *unsafe.Pointer, n int) (words, tags int)`: moves whole samples in the
/// form that runtime/pprof reads (length, time, 1, program counters; one tag each) to the buffers.
extern "C" fn read(data: *mut u64, words: usize, tags: *mut u64, max_tags: usize) -> Pair {
    let (mut used, mut count) = (0, 0);
    let mut put = |value: u64| {
        // SAFETY: the loops below stay within the caller's buffer of `words` words.
        unsafe { data.add(used).write(value) };
        used += 1;
    };
    let (mut tail, head) = (TAIL.load(Ordering::Relaxed), HEAD.load(Ordering::Acquire));
    let mut room = words;
    while tail < head && count < max_tags {
        let len = word(tail).load(Ordering::Relaxed) as usize;
        if len > room {
            break;
        }
        room -= len;
        put(len as u64);
        put(word(tail + 1).load(Ordering::Relaxed));
        put(1);
        (HEAD_WORDS..len).for_each(|i| put(word(tail + i).load(Ordering::Relaxed)));
        // SAFETY: `count < max_tags`. The caller reads it as a number and makes pointers of what the ring still holds.
        unsafe { tags.add(count).write(word(tail + 2).load(Ordering::Relaxed)) };
        count += 1;
        tail += len;
    }
    if room >= 4 && count < max_tags {
        let lost = LOST.swap(0, Ordering::Relaxed);
        if lost != 0 {
            [4, os::nanotime() as u64, 0, lost].into_iter().for_each(put);
            // SAFETY: `count < max_tags`.
            unsafe { tags.add(count).write(0) };
            count += 1;
        }
    }
    TAIL.store(tail, Ordering::Release);
    Pair(used as u64, count as u64)
}
g0_entry!("runtime.readCPUProfile", read);

/// The memory that holds labels. World stopped.
pub(crate) fn for_each_root(f: &mut impl FnMut(usize, usize)) {
    let ring = RING_ADDR.load(Ordering::Acquire);
    if ring != 0 && HEAD.load(Ordering::Relaxed) != 0 {
        f(ring, ring + RING * 8);
    }
}
