//! `GODEBUG=gcpacertrace=1` and `scavtrace=1`: gc's lines about when a collection starts and ends, and about memory given back.
//!
//! | line | when | what |
//! |---|---|---|
//! | `pacer: assist ratio=` | marking begins | bytes to be marked for each byte allocated until the goal; heap then; share of each P |
//! | `pacer: N% CPU` | marking has ended | time spent, bytes marked of heap, stacks, variables; heap at the start and now; distance from the goal; how fast the program allocated in relation to marking, in the cycle before |
//! | `pacer: sweep done` | the last unswept span is taken | heap; what was allocated meanwhile; pages of spans swept. Nobody owes sweeping for what he allocates: 0 pages a byte |
//! | `scav` | as above, and after `FreeOSMemory` | memory given back since by sysmon; at once, for the program (gc also: by allocation); not in memory now; how much of the rest is in use |

use super::worker;
use crate::mem::mheap::{self, HEAP_LIVE};
use crate::{os, print, rt0, sched};
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use rgo_abi::size_class::PAGE_SIZE;

static PACER: AtomicBool = AtomicBool::new(false);
static SCAVENGER: AtomicBool = AtomicBool::new(false);

/// Of the cycle under way, or the last one: heap and time when marking began.
static TRIGGERED: AtomicUsize = AtomicUsize::new(0);
static BEGAN: AtomicI64 = AtomicI64::new(0);
/// Bytes that were expected to be marked.
static EXPECTED: AtomicUsize = AtomicUsize::new(0);
/// Allocation in relation to marking, bytes per time of a processor each: bits of a float.
static CONS_MARK: AtomicU64 = AtomicU64::new(0);
/// Heap when sweeping began, pages to sweep.
static SWEEP_LIVE: AtomicUsize = AtomicUsize::new(0);
static SWEEP_PAGES: AtomicUsize = AtomicUsize::new(0);
/// Pages given back since the last line.
static GIVEN_BACK: AtomicUsize = AtomicUsize::new(0);
/// [`mheap::given_back_by_growth`] at the last report.
static GIVEN_BACK_BY_GROWTH: AtomicUsize = AtomicUsize::new(0);

/// Reads the environment.
pub fn init() {
    for (name, on) in [(&b"gcpacertrace"[..], &PACER), (b"scavtrace", &SCAVENGER)] {
        on.store(rt0::godebug_is_on(name), Relaxed);
    }
}

/// Marking begins; `expected` bytes are alive, if it is as it was.
pub fn marking_begins(expected: usize, goal: usize) {
    if !PACER.load(Relaxed) {
        return;
    }
    let live = HEAP_LIVE.load(Relaxed);
    TRIGGERED.store(live, Relaxed);
    BEGAN.store(os::nanotime(), Relaxed);
    EXPECTED.store(expected, Relaxed);
    let ratio = expected as f64 / goal.saturating_sub(live).max(PAGE_SIZE) as f64;
    print::error(format_args!(
        "pacer: assist ratio={ratio} (scan {} MB in {}->{} MB) workers=0+{}\n",
        expected >> 20,
        live >> 20,
        goal >> 20,
        worker::SHARE_OF_TIME,
    ));
}

/// What was marked, in bytes.
pub struct Work {
    pub heap: usize,
    pub stacks: usize,
    pub variables: usize,
}

/// Marking is complete, the heap has not been told of it.
pub fn marking_ends(work: Work, goal: usize) {
    if !PACER.load(Relaxed) {
        return;
    }
    let live = HEAP_LIVE.load(Relaxed);
    let triggered = TRIGGERED.load(Relaxed);
    let total = (os::nanotime() - BEGAN.load(Relaxed)).max(1) as f64 * sched::p::count() as f64;
    let marking = worker::times_of_cycle().iter().sum::<i64>() as f64;
    let used = (marking / total).min(1.0);
    let Work { heap, stacks, variables } = work;
    let before = f64::from_bits(CONS_MARK.load(Relaxed));
    let marked = (heap + stacks + variables).max(1) as f64 / marking.max(1.0);
    let allocated = live.saturating_sub(triggered) as f64 / (total - marking).max(1.0);
    CONS_MARK.store((allocated / marked).to_bits(), Relaxed);
    print::error(format_args!(
        "pacer: {}% CPU ({} exp.) for {heap}+{stacks}+{variables} B work ({} B exp.) in {triggered} B -> {live} B \
         (∆goal {}, cons/mark {before})\n",
        (used * 100.0) as u32,
        (worker::SHARE_OF_TIME * 100.0) as u32,
        EXPECTED.load(Relaxed),
        live as i64 - goal as i64,
    ));
}

/// All spans have been declared unswept. World stopped.
pub fn sweeping_begins(live: usize) {
    if PACER.load(Relaxed) {
        let [usable, free, _] = mheap::counts().pages;
        SWEEP_LIVE.store(live, Relaxed);
        SWEEP_PAGES.store(usable - free, Relaxed);
    }
}

/// Nothing is left to sweep, but what is being swept at the moment.
#[cold]
pub fn sweeping_ends() {
    if PACER.load(Relaxed) {
        let live = HEAP_LIVE.load(Relaxed);
        print::error(format_args!(
            "pacer: sweep done at heap size {}MB; allocated {}MB during sweep; swept {} pages at 0 pages/byte\n",
            live >> 20,
            live.saturating_sub(SWEEP_LIVE.load(Relaxed)) >> 20,
            SWEEP_PAGES.load(Relaxed),
        ));
    }
    if SCAVENGER.load(Relaxed) {
        let [eager, _] = mheap::given_back_by_growth();
        let before = GIVEN_BACK_BY_GROWTH.swap(eager, Relaxed);
        print_scavenged(GIVEN_BACK.swap(0, Relaxed), eager - before, "");
    }
}

/// Pages have been given back beside the program.
pub fn gave_back(pages: usize) {
    GIVEN_BACK.fetch_add(pages, Relaxed);
}

/// Pages have been given back because the program asked for it.
pub fn gave_all_back(pages: usize) {
    if SCAVENGER.load(Relaxed) {
        print_scavenged(0, pages, " (forced)");
    }
}

fn print_scavenged(background: usize, eager: usize, forced: &str) {
    let kib = |pages: usize| (pages * PAGE_SIZE) >> 10;
    let [usable, free, released] = mheap::counts().pages;
    print::error(format_args!(
        "scav {} KiB work (bg), {} KiB work (eager), {} KiB now, {}% util{forced}\n",
        kib(background),
        kib(eager),
        kib(released),
        (usable - free) * 100 / (usable - released).max(1),
    ));
}
