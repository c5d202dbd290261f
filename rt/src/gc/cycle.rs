//! A collection, from "is it time?" to "the memory can be used again".
//!
//! ```text
//! STW  clear pools, switch the write barrier on, mark what has no barrier           begin_marking
//!      mark roots and drain, beside the program (worker, roots, stacks)
//! STW  empty all write-barrier buffers; go on marking if that brought something     try_finish
//!      (check), barrier off, flush mcaches, next trigger
//!      sweep, beside the program; each span's finalizers and weak handles first     sweep, special
//! ```
//! Cycles start and end on the g0 of whatever M notices the need. While the world is stopped the heap's structures may be used
//! without regard to others; only the locks' order still holds, as nobody stops inside one. With `gcstoptheworld` everything
//! happens in one pause, as it does when memory is exhausted ([`complete_stopped`]).

use core::sync::atomic::{
    AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst,
};

use rgo_abi::size_class::PAGE_SIZE;

use super::mark::Marker;
use super::pacer::{self, Inputs};
use super::settings::Settings;
use super::special::{self, SPECIALS};
use super::stats::{self, CycleTimes};
use super::{
    bad_pointer, barrier, check, check_finalizers, diagnostics, frames, leaks, periodic, roots, stop, sweep,
    team, work, worker,
};
use crate::mem::malloc::{self, Need};
use crate::mem::mcache::MCache;
use crate::mem::mheap::{self, HEAP_LIVE};
use crate::mem::persistent;
use crate::print::Millis;
use crate::sched::world;
use crate::sched::{self, G};
use crate::{arch, os, rt0};

/// Heap size that the cycle should end at, and that starts it.
static GOAL: AtomicUsize = AtomicUsize::new(pacer::MIN_HEAP);
static TRIGGER: AtomicUsize = AtomicUsize::new(pacer::MIN_HEAP);
static PERCENT: AtomicI32 = AtomicI32::new(100);
static LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);
/// Results of the last cycle, for the pacer.
static LAST_LIVE: AtomicUsize = AtomicUsize::new(0);
static LAST_ROOTS: AtomicUsize = AtomicUsize::new(0);
/// What the program allocates while a collection marks: running average.
static RUNWAY: AtomicUsize = AtomicUsize::new(0);
/// Of the cycle under way: heap and time at its start, length of the first pause, cause.
static START_LIVE: AtomicUsize = AtomicUsize::new(0);
static STARTED: AtomicI64 = AtomicI64::new(0);
static FIRST_PAUSE: AtomicI64 = AtomicI64::new(0);
static IS_FORCED: AtomicBool = AtomicBool::new(false);
static SCAVENGE_NS: AtomicI64 = AtomicI64::new(0);
/// Cycles completed.
static COMPLETED: AtomicU32 = AtomicU32::new(0);
/// The last of these of which also `gctrace`'s line has been printed: `runtime.GC` returns after that.
static SETTLED: AtomicU32 = AtomicU32::new(0);
/// Some M tries to end the cycle.
static FINISHING: AtomicBool = AtomicBool::new(false);
static STRESS_EVERY: AtomicU32 = AtomicU32::new(0);
static STRESS_COUNT: AtomicU32 = AtomicU32::new(0);
static CHECK: AtomicBool = AtomicBool::new(false);
static TRACE: AtomicBool = AtomicBool::new(false);
static STOP_THE_WORLD: AtomicBool = AtomicBool::new(false);
/// What a collection calls before it marks, func values without parameters, 0 for none: package sync drops pooled objects,
/// the runtime clears the caches registered by `crypto/internal/boring/bcache`.
static CLEANUPS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
/// The goroutine that runs finalizers, while it waits for one. Set and taken under the lock of `SPECIALS`.
pub static FINALIZER_G: AtomicPtr<G> = AtomicPtr::new(core::ptr::null_mut());
/// The goroutines that wait for cleanups, linked by `sched_link`. Changes under the same lock.
static CLEANUP_GS: AtomicPtr<G> = AtomicPtr::new(core::ptr::null_mut());

/// Free pages that may occupy memory, `usize::MAX` once no more do.
static KEEP_FREE: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Most pages given back at once: allocation waits for that long.
const GIVE_PAGES: usize = 64;

/// Heaps smaller than this are marked by one thread while the world is stopped: waking others takes longer.
const PARALLEL_MIN: usize = 8 << 20;

/// Who asked for a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The pacer, or allocation in need.
    Heap,
    /// The program.
    Forced,
    /// The time since the last one.
    Time,
}

impl Cause {
    /// Whether it is dealt with in the middle of any entry. What the program asks for is an entry without pointers.
    pub fn is_amid_entry(self) -> bool {
        self == Cause::Heap
    }
}

/// Reads the settings and connects the allocator. The heap exists, no goroutine runs.
pub fn init() {
    let environment = [&b"GOGC"[..], b"GOMEMLIMIT", b"GODEBUG", b"RGODEBUG"].map(rt0::env);
    let settings = match Settings::parse(environment) {
        Ok(settings) => settings,
        Err(_) => {
            let value = core::str::from_utf8(environment[1].unwrap_or_default());
            crate::print::error(format_args!("GOMEMLIMIT={}\n", value.unwrap_or("?")));
            crate::fatal::fatal("malformed GOMEMLIMIT; see `go doc runtime/debug.SetMemoryLimit`")
        }
    };
    PERCENT.store(settings.percent, Relaxed);
    LIMIT.store(settings.limit, Relaxed);
    STRESS_EVERY.store(settings.stress, Relaxed);
    CHECK.store(settings.check, Relaxed);
    TRACE.store(settings.trace, Relaxed);
    STOP_THE_WORLD.store(settings.stop_the_world, Relaxed);
    if settings.stress > 0 {
        malloc::set_stress();
    }
    mheap::set_poison(settings.poison);
    frames::init(settings.conservative, settings.frames);
    periodic::init(settings.period.saturating_mul(1_000_000));
    diagnostics::init();
    bad_pointer::init();
    check_finalizers::init();
    set_trigger();
    malloc::set_collector(on_need);
}

/// Collections mark with the world stopped.
pub fn is_background_off() -> bool {
    STOP_THE_WORLD.load(Relaxed)
}

/// The allocator's hook.
fn on_need(need: Need) -> *mut MCache {
    let m = arch::current_m();
    // Not where a goroutine cannot be stopped: pinned to its P, or compiled code called by the scheduler.
    if m.locks.get() == 0 && m.curg.get().is_some() && m.callbacks.get() == 0 {
        match need {
            Need::Pace => pace(),
            Need::Memory => collect_stopped(Cause::Heap),
            Need::Stress => {
                let every = STRESS_EVERY.load(Relaxed).max(1);
                if STRESS_COUNT.fetch_add(1, Relaxed) % every == every - 1 {
                    stress();
                }
            }
        }
    }
    sched::mcache()
}

/// The heap is about to grow: starts a cycle if it is time, helps if marking is behind.
fn pace() {
    let live = HEAP_LIVE.load(Relaxed);
    if barrier::is_marking() {
        let start = START_LIVE.load(Relaxed);
        let state = pacer::Progress {
            expected: LAST_LIVE.load(Relaxed).max(start / 2),
            marked: worker::marked(),
            room: GOAL.load(Relaxed).saturating_sub(start),
            allocated: live.saturating_sub(start),
        };
        let behind = pacer::behind(state);
        if behind > 0 {
            worker::assist(arch::current_m(), behind, Cause::Heap);
        }
        return;
    }
    if live >= TRIGGER.load(Relaxed) {
        try_start(Cause::Heap, || HEAP_LIVE.load(Relaxed) >= TRIGGER.load(Relaxed));
    }
}

/// Starts a cycle because of the time since the last one, if it is still due. On g0 between goroutines.
#[cold]
pub fn start_periodic() {
    let is_due = || wants_periodic(os::nanotime());
    if is_due() {
        if TRACE.load(Relaxed) {
            crate::print::error(format_args!("GC forced\n"));
        }
        try_start(Cause::Time, is_due);
    }
}

/// Whether a cycle should start because of the time.
pub fn wants_periodic(now: i64) -> bool {
    percent() >= 0 && !barrier::is_marking() && periodic::is_due(now)
}

/// Starts a cycle, if none is under way and `due` holds once the world is stopped.
fn try_start(cause: Cause, due: impl Fn() -> bool) {
    sweep::finish();
    if !stop::soon(GOAL.load(Relaxed)) {
        return;
    }
    if barrier::is_marking() || !due() {
        return sched::start_the_world();
    }
    // Of what another M has declared unswept since.
    sweep::finish();
    start_cycle(cause);
}

/// `gc_stress`: a whole cycle now, or the next step of one that runs beside the program.
fn stress() {
    if is_background_off() {
        collect_stopped(Cause::Heap);
    } else if barrier::is_marking() {
        worker::assist(arch::current_m(), 1, Cause::Heap);
    } else {
        try_start(Cause::Heap, || true);
    }
}

/// Starts a cycle and the world. World stopped on entry, nothing marks.
fn start_cycle(cause: Cause) {
    begin_marking(cause);
    if is_background_off() {
        let done = complete_stopped();
        sched::start_the_world();
        after(done);
        return sweep::finish();
    }
    let now = os::nanotime();
    FIRST_PAUSE.store(now - STARTED.load(Relaxed), Relaxed);
    sched::start_the_world();
    sched::idle::wake_p();
}

/// Switches the write barrier on. World stopped.
fn begin_marking(cause: Cause) {
    // The pause began when the others were asked to stop.
    STARTED.store(sched::stats::stop_began(), Relaxed);
    FIRST_PAUSE.store(0, Relaxed);
    IS_FORCED.store(cause == Cause::Forced, Relaxed);
    crate::trace::gc_begin();
    clear_pools();
    START_LIVE.store(HEAP_LIVE.load(Relaxed), Relaxed);
    worker::reset(os::nanotime());
    diagnostics::marking_begins(LAST_LIVE.load(Relaxed) + LAST_ROOTS.load(Relaxed), GOAL.load(Relaxed));
    roots::reset();
    for p in sched::p::all() {
        // SAFETY: the world is stopped.
        unsafe { p.mcache() }.drop_runs();
    }
    barrier::set_marking(true);
    let mut marker = Marker::<true>::new();
    let extra = CLEANUPS.each_ref().map(|cleanup| cleanup.load(Relaxed));
    roots::mark_at_start(&mut marker, &extra, cause.is_amid_entry());
    marker.release();
}

/// Ends the cycle if nothing is left to mark. On g0 with a P, from the scheduler or for a goroutine that can be stopped.
pub fn try_finish() {
    if FINISHING.swap(true, SeqCst) {
        return;
    }
    let start = os::nanotime();
    let stopped = arch::current_m().locks.get() == 0 && stop::soon(GOAL.load(Relaxed));
    FINISHING.store(false, SeqCst);
    if !stopped {
        return;
    }
    let mut done = None;
    if barrier::is_marking() {
        world::for_each_m(barrier::flush);
        roots::mark_at_end();
        if !work::available() && !roots::has_jobs() {
            done = Some(finish(start));
        }
    }
    sched::start_the_world();
    if let Some(done) = done {
        after(done);
    }
}

/// Marks whatever is left, and ends the cycle. World stopped, marking on.
fn complete_stopped() -> Done {
    let start = os::nanotime();
    let helpers =
        if LAST_LIVE.load(Relaxed) < PARALLEL_MIN { 0 } else { rt0::cpu_count().min(sched::p::count()) - 1 };
    let mut marker = Marker::<true>::new();
    roots::do_all_stopped(&mut marker);
    world::for_each_m(barrier::flush);
    roots::mark_at_end();
    team::drain(&mut marker, helpers as u32);
    leaks::settle(&mut marker);
    marker.release();
    finish(start)
}

/// A whole cycle in one pause, for the running goroutine; completes the one under way first.
fn collect_stopped(cause: Cause) {
    collect_stopped_with(cause, || {});
}

/// A collection that looks for leaked goroutines.
pub fn find_leaks() {
    collect_stopped_with(Cause::Forced, leaks::begin);
}

fn collect_stopped_with(cause: Cause, prepare: impl FnOnce()) {
    stop::insist();
    if barrier::is_marking() {
        // Entries have begun since.
        roots::mark_frames_stopped(cause.is_amid_entry());
        complete_stopped();
    }
    sweep::finish();
    prepare();
    begin_marking(cause);
    let done = complete_stopped();
    sched::start_the_world();
    after(done);
    sweep::finish();
    wake_finalizers();
}

/// What is left to do once the world runs again.
struct Done {
    number: u32,
    trace: Option<Trace>,
}

/// The figures of a line of `gctrace`.
struct Trace {
    number: u32,
    times: CycleTimes,
    heap: [usize; 3],
    goal: usize,
    roots: usize,
    /// Time in this cycle by the Ps' share, idle, assists.
    spent: [i64; 3],
    forced: bool,
}

/// Ends the cycle: everything reachable is marked. `pause_start`: when the world was asked to stop. World stopped.
fn finish(pause_start: i64) -> Done {
    if CHECK.load(Relaxed)
        && let Some(fault) = check::check()
    {
        crate::fatal::throw_because(
            format_args!(
                "rgo: gc_check: {} {:#x} ({} bytes) at {:#x} in object {:#x} ({} bytes)\n",
                fault.why, fault.value, fault.sizes[1], fault.slot, fault.object, fault.sizes[0]
            ),
            "heap is inconsistent",
        );
    }
    check_finalizers::check();
    barrier::set_marking(false);
    let at_end = HEAP_LIVE.load(Relaxed);
    let variables = roots::variable_bytes();
    let work = diagnostics::Work {
        heap: worker::marked(),
        stacks: roots::bytes().saturating_sub(variables),
        variables,
    };
    diagnostics::marking_ends(work, GOAL.load(Relaxed));
    let live = worker::marked() + flush_mcaches();
    sweep::begin();
    diagnostics::sweeping_begins(live);
    HEAP_LIVE.store(live, Relaxed);
    LAST_LIVE.store(live, Relaxed);
    LAST_ROOTS.store(roots::bytes(), Relaxed);
    let allocated = at_end.saturating_sub(START_LIVE.load(Relaxed));
    RUNWAY.store(RUNWAY.load(Relaxed) / 2 + allocated / 2, Relaxed);
    let goal = GOAL.load(Relaxed);
    set_trigger();
    let end = os::nanotime();
    let began = STARTED.load(Relaxed);
    let first = FIRST_PAUSE.load(Relaxed);
    // A cycle that never let the program run is one pause.
    let pause_start = if first == 0 { began } else { pause_start };
    let times = CycleTimes { began, pauses: [first, end - pause_start], end };
    let forced = IS_FORCED.load(Relaxed);
    let number = stats::record_cycle(forced, &times);
    crate::trace::gc_end(live, GOAL.load(Relaxed));
    periodic::cycle_ended(end);
    COMPLETED.store(number, SeqCst);
    let trace = TRACE.load(Relaxed).then(|| Trace {
        number,
        times,
        heap: [START_LIVE.load(Relaxed), at_end, live],
        goal,
        roots: roots::bytes(),
        spent: worker::times_of_cycle(),
        forced,
    });
    Done { number, trace }
}

/// After a cycle, world running.
fn after(done: Done) {
    if let Some(t) = &done.trace {
        print_trace(t);
    }
    check_finalizers::print_queue();
    give_back();
    SETTLED.fetch_max(done.number, SeqCst);
}

/// gc's line of `GODEBUG=gctrace=1`.
fn print_trace(t: &Trace) {
    let [first, last] = t.times.pauses;
    let mark = (t.times.end - t.times.began - first - last).max(0);
    let since = t.times.end - stats::start_time();
    let procs = sched::p::count() as i64;
    let [before, at_end, live] = t.heap.map(|bytes| bytes >> 20);
    let [in_cycle, idle, assists] = t.spent.map(Millis);
    let globals = roots::variable_bytes();
    crate::print::error(format_args!(
        "gc {} @{}.{:03}s {}%: {}+{}+{} ms clock, {}+{assists}/{in_cycle}/{idle}+{} ms cpu, \
         {before}->{at_end}->{live} MB, {} MB goal, {} MB stacks, {} MB globals, {procs} P{}\n",
        t.number,
        since / 1_000_000_000,
        since / 1_000_000 % 1000,
        stats::cpu_percent(),
        Millis(first),
        Millis(mark),
        Millis(last),
        Millis(first * procs),
        Millis(last * procs),
        t.goal >> 20,
        t.roots.saturating_sub(globals) >> 20,
        globals >> 20,
        if t.forced { " (forced)" } else { "" },
    ));
}

/// `runtime.GC`: the number of completed cycles to wait for. One that is under way has seen only part of the garbage.
pub fn force_target() -> u32 {
    COMPLETED.load(SeqCst) + 1 + barrier::is_marking() as u32
}

/// Brings the completion of cycle `target` nearer; true if it is reached. On g0 for a goroutine.
pub fn force_step(target: u32) -> bool {
    if COMPLETED.load(SeqCst) >= target {
        sweep::finish();
        wake_finalizers();
        return SETTLED.load(SeqCst) >= target;
    }
    if barrier::is_marking() {
        worker::assist(arch::current_m(), usize::MAX, Cause::Forced);
    } else {
        try_start(Cause::Forced, || COMPLETED.load(SeqCst) < target);
    }
    if COMPLETED.load(SeqCst) < target {
        return false;
    }
    sweep::finish();
    wake_finalizers();
    SETTLED.load(SeqCst) >= target
}

/// Readies the goroutine that runs finalizers and one that runs cleanups, if they wait and some are due; true if any are. On g0, world
/// running.
#[inline]
pub fn wake_finalizers() -> bool {
    let due = special::take_due();
    if due {
        wake_finalizers_slow();
    }
    due
}

#[cold]
fn wake_finalizers_slow() {
    let specials = SPECIALS.lock();
    let [cleanups, finalizers] = [false, true].map(|is_finalizer| specials.has_calls(is_finalizer));
    let g = if finalizers { FINALIZER_G.swap(core::ptr::null_mut(), Relaxed) } else { core::ptr::null_mut() };
    drop(specials);
    // SAFETY: nil or a G, never freed.
    if let Some(g) = unsafe { g.as_ref() } {
        sched::goready(g);
    }
    if cleanups {
        wake_for_cleanups();
    }
}

/// `g` is about to wait for cleanups. The table of specials is locked.
pub fn wait_for_cleanups(g: &'static G) {
    // SAFETY: nil or a G, never freed.
    g.sched_link.set(unsafe { CLEANUP_GS.load(Relaxed).as_ref() });
    CLEANUP_GS.store(core::ptr::from_ref(g).cast_mut(), Relaxed);
}

/// Readies a goroutine that waits for cleanups; false if none does. On g0, world running.
pub fn wake_for_cleanups() -> bool {
    let specials = SPECIALS.lock();
    // SAFETY: as above.
    let waiting = unsafe { CLEANUP_GS.load(Relaxed).as_ref() };
    if let Some(g) = waiting {
        let next = g.sched_link.take();
        CLEANUP_GS
            .store(next.map_or(core::ptr::null_mut(), |next| core::ptr::from_ref(next).cast_mut()), Relaxed);
    }
    drop(specials);
    if let Some(g) = waiting {
        sched::goready(g);
    }
    waiting.is_some()
}

/// Lets caches drop their objects. Compiled code that neither allocates nor parks, on g0.
fn clear_pools() {
    for cleanup in &CLEANUPS {
        let cleanup = cleanup.load(Relaxed);
        if cleanup != 0 {
            // SAFETY: a func value without parameters, registered by package sync or runtime.
            unsafe { arch::call_go(cleanup, &[0; 6]) };
        }
    }
}

/// Names the function of package sync for [`clear_pools`].
pub fn register_pool_cleanup(closure: usize) {
    CLEANUPS[0].store(closure, Relaxed);
}

/// Names the function of package runtime for [`clear_pools`].
pub fn register_cache_cleanup(closure: usize) {
    CLEANUPS[1].store(closure, Relaxed);
}

/// Returns all cached spans to the heap, and the bytes that were allocated black. World stopped.
pub fn flush_mcaches() -> usize {
    let mut black = 0;
    for p in sched::p::all() {
        // SAFETY: the world is stopped.
        let cache = unsafe { p.mcache() };
        cache.flush();
        stats::collect_tiny(cache);
        black += core::mem::take(&mut cache.black_bytes);
    }
    black
}

/// Computes goal and trigger from the settings and the last cycle.
fn set_trigger() {
    let limit = LIMIT.load(Relaxed);
    let live = LAST_LIVE.load(Relaxed);
    let goal = pacer::goal(Inputs {
        live,
        roots: LAST_ROOTS.load(Relaxed),
        percent: PERCENT.load(Relaxed),
        limit: if limit == i64::MAX { usize::MAX } else { limit.max(0) as usize },
        overhead: overhead(),
    });
    GOAL.store(goal, Relaxed);
    let runway = if is_background_off() { 0 } else { RUNWAY.load(Relaxed) };
    TRIGGER.store(pacer::trigger(goal, live, runway), Relaxed);
}

/// Memory of the program that is not heap.
fn overhead() -> usize {
    persistent::bytes() + LAST_ROOTS.load(Relaxed)
}

/// Says how much memory may stay: a tenth more than the heap may need until the next cycle. `sysmon`, and growth, give the rest back.
fn give_back() {
    let goal = GOAL.load(Relaxed);
    if goal == usize::MAX {
        return mheap::set_retained(usize::MAX);
    }
    let limit = usize::try_from(LIMIT.load(Relaxed)).unwrap_or(0);
    let retained = (goal + goal / 10).min(limit.saturating_sub(overhead()));
    let live = LAST_LIVE.load(Relaxed);
    KEEP_FREE.store(retained.saturating_sub(live).max(1 << 20) / PAGE_SIZE, Relaxed);
    mheap::set_retained(retained / PAGE_SIZE);
}

/// There may be free memory to give back.
pub fn has_memory_to_give() -> bool {
    KEEP_FREE.load(Relaxed) != usize::MAX
}

/// Gives back a little of the free memory. Needs no P.
pub fn give_back_some() {
    let keep = KEEP_FREE.load(Relaxed);
    let start = os::nanotime();
    if keep != usize::MAX {
        let pages = mheap::scavenge(keep, GIVE_PAGES);
        diagnostics::gave_back(pages);
        if pages == 0 {
            // Unless a cycle has ended meanwhile.
            let _ = KEEP_FREE.compare_exchange(keep, usize::MAX, Relaxed, Relaxed);
        }
    }
    SCAVENGE_NS.fetch_add(os::nanotime() - start, Relaxed);
}

/// Time spent giving back memory after collections.
pub fn scavenge_ns() -> i64 {
    SCAVENGE_NS.load(Relaxed)
}

/// Collects, and gives back all free memory.
pub fn free_os_memory() {
    collect_stopped(Cause::Forced);
    crate::stack::release_unused();
    diagnostics::gave_all_back(mheap::scavenge(0, usize::MAX));
}

/// The heap size at which the next cycle should end.
pub fn next_goal() -> usize {
    GOAL.load(Relaxed)
}

/// GOGC, negative for off.
pub fn percent() -> i32 {
    PERCENT.load(Relaxed)
}

/// `debug.SetGCPercent`.
pub fn set_percent(percent: i32) -> i32 {
    let old = PERCENT.swap(percent.max(-1), Relaxed);
    set_trigger();
    old
}

/// `debug.SetMemoryLimit`; a negative limit only asks.
pub fn set_limit(limit: i64) -> i64 {
    if limit < 0 {
        return LIMIT.load(Relaxed);
    }
    let old = LIMIT.swap(limit, Relaxed);
    set_trigger();
    old
}

/// GOGC is not `off`, or there is a limit.
pub fn is_enabled() -> bool {
    PERCENT.load(Relaxed) >= 0 || LIMIT.load(Relaxed) != i64::MAX
}
