//! What profiles call those functions of rt that gc's runtime has too, by gc's name for them; and where gc's runtime has those in which
//! goroutines wait.
//!
//! Left the function's path below `rt/src`, or the symbol of a routine in assembly; right the name. All others are named after
//! their path (`link/rt_names.rs`). What is inlined in this build of rt occurs in its callers' time.

/// Names.
pub const NAMES: &[(&str, &str)] = &[
    // Routines in assembly, and entries whose Go name is not gc's.
    ("memcpy", "runtime.memmove"),
    ("memset", "runtime.memclrNoHeapPointers"),
    ("rt.call_g0", "runtime.systemstack"),
    ("rt.goexit0", "runtime.goexit0"),
    ("rt.raw_syscall6", "internal/runtime/syscall/linux.Syscall6"),
    ("rt.rt0", "runtime.rt0_go"),
    ("rt.run_on_g0", "runtime.mcall"),
    ("rt.write_barrier", "runtime.gcWriteBarrier"),
    ("runtime.newInRun", "runtime.newobject"),
    // Scheduler.
    ("sched::goroutine::goroutine_end", "runtime.goexit1"),
    ("sched::goroutine::newproc", "runtime.newproc1"),
    ("sched::idle::hand_off_p", "runtime.handoffp"),
    ("sched::idle::inject", "runtime.injectglist"),
    ("sched::idle::start_m", "runtime.startm"),
    ("sched::idle::stop_m", "runtime.stopm"),
    ("sched::idle::wake_p", "runtime.wakep"),
    ("sched::init::new_m", "runtime.newm"),
    ("sched::m::thread_start", "runtime.mstart"),
    ("sched::park::block_forever", "runtime.block"),
    ("sched::park::gopark", "runtime.gopark"),
    ("sched::park::gopark_with", "runtime.gopark"),
    ("sched::park::goready", "runtime.goready"),
    ("sched::park::make_runnable", "runtime.ready"),
    ("sched::preempt::preempt_one", "runtime.preemptone"),
    ("sched::retake::all", "runtime.retake"),
    ("sched::schedule::execute", "runtime.execute"),
    ("sched::schedule::find_runnable", "runtime.findRunnable"),
    ("sched::schedule::run_queue_get", "runtime.runqget"),
    ("sched::schedule::run_queue_put", "runtime.runqput"),
    ("sched::schedule::steal", "runtime.stealWork"),
    ("sched::schedule::yield_to_scheduler", "runtime.goschedImpl"),
    ("sched::sysmon::sysmon", "runtime.sysmon"),
    ("sched::world::start_the_world", "runtime.startTheWorldWithSema"),
    ("sched::world::try_stop_the_world", "runtime.stopTheWorldWithSema"),
    // Stacks, locks, kernel.
    ("os::linux::clock::nanotime", "runtime.nanotime1"),
    ("os::linux::clock::walltime", "runtime.walltime"),
    ("os::linux::futex::futex_sleep", "runtime.futexsleep"),
    ("os::linux::futex::futex_wake", "runtime.futexwakeup"),
    ("os::linux::poll::Poller::wait", "runtime.epollwait"),
    ("os::linux::thread::clone_thread", "runtime.clone"),
    ("os::linux::thread::new_thread", "runtime.newosproc"),
    ("stack::grow::grow", "runtime.newstack"),
    ("sync::mutex::RawMutex::lock_slow", "runtime.lock2"),
    ("sync::mutex::RawMutex::unlock", "runtime.unlock2"),
    // Channels, semaphores, timers, poller.
    ("chan::select::selectgo", "runtime.selectgo"),
    ("chan::chanrecv", "runtime.chanrecv"),
    ("chan::chanrecv1", "runtime.chanrecv"),
    ("chan::chanrecv2", "runtime.chanrecv"),
    ("chan::chansend0", "runtime.chansend"),
    ("chan::chansend1", "runtime.chansend"),
    ("chan::recv", "runtime.chanrecv"),
    ("chan::send", "runtime.chansend"),
    ("netpoll::poll", "runtime.netpoll"),
    ("netpoll::poll_wait", "runtime.netpollblock"),
    ("notify_list::wait", "sync.runtime_notifyListWait"),
    ("sema::acquire", "runtime.semacquire1"),
    ("sema::acquire_mutex", "runtime.semacquire1"),
    ("sema::acquire_plain", "runtime.semacquire1"),
    ("sema::acquire_resume", "runtime.semacquire1"),
    ("sema::acquire_rw_reader", "runtime.semacquire1"),
    ("sema::acquire_rw_writer", "runtime.semacquire1"),
    ("sema::acquire_wait_group", "runtime.semacquire1"),
    ("sema::release", "runtime.semrelease1"),
    ("sema::release_entry", "runtime.semrelease1"),
    ("sema::wait", "runtime.semacquire1"),
    ("timer::entry::runtime_now", "time.now"),
    ("timer::entry::sleep", "time.Sleep"),
    ("timer::metal::Timers::run", "runtime.(*timers).run"),
    // Memory.
    ("mem::entry::mallocgc_entry", "runtime.mallocgc"),
    ("mem::entry::mallocgc_fast", "runtime.mallocgc"),
    ("mem::entry::new_in_run", "runtime.mallocgc"),
    ("mem::entry::new_in_run_fast", "runtime.mallocgc"),
    ("mem::entry::newobject", "runtime.mallocgc"),
    ("mem::entry::newobject_fast", "runtime.mallocgc"),
    ("mem::malloc::large", "runtime.mallocgcLarge"),
    ("mem::mcache::MCache::flush", "runtime.(*mcache).releaseAll"),
    ("mem::mcache::MCache::next_free_slow", "runtime.(*mcache).nextFree"),
    ("mem::mcache::MCache::refill", "runtime.(*mcache).refill"),
    ("mem::mheap::new_span", "runtime.(*mheap).alloc"),
    ("mem::mheap::free_span", "runtime.(*mheap).freeSpan"),
    ("mem::mheap::sweep_one", "runtime.sweepone"),
    ("mem::mheap::sweep_span", "runtime.(*sweepLocked).sweep"),
    // Collector.
    ("gc::barrier::flush", "runtime.wbBufFlush1"),
    ("gc::cycle::start_cycle", "runtime.gcStart"),
    ("gc::cycle::try_finish", "runtime.gcMarkDone"),
    ("gc::mark::Marker::drain", "runtime.gcDrain"),
    ("gc::mark::Marker::drain_some", "runtime.gcDrainN"),
    ("gc::mark::Marker::scan", "runtime.scanObject"),
    ("gc::roots::do_job", "runtime.markroot"),
    ("gc::stacks::scan_locked", "runtime.scanstack"),
    ("gc::worker::assist", "runtime.gcAssistAlloc"),
    ("gc::worker::idle_turn", "runtime.gcBgMarkWorker"),
    ("gc::worker::turn_slow", "runtime.gcBgMarkWorker"),
];

/// An entry in which goroutines wait, and which gc's tracebacks show.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Of the entry.
    pub name: &'static str,
    /// The file of gc's package runtime that has the function.
    pub file: &'static str,
    /// The line in it on which the function waits.
    pub line: u32,
}

const fn at(name: &'static str, file: &'static str, line: u32) -> Position {
    Position { name, file, line }
}

/// Where gc's runtime has the functions that rt has as entries and that programs know from tracebacks and profiles of waiting goroutines.
pub const POSITIONS: &[Position] = &[
    at("internal/poll.runtime_Semacquire", "sema.go", 76),
    at("internal/poll.runtime_pollWait", "netpoll.go", 351),
    at("internal/sync.runtime_SemacquireMutex", "sema.go", 95),
    at("os/signal.signal_recv", "sigqueue.go", 152),
    at("reflect.chanrecv", "chan.go", 815),
    at("reflect.chansend0", "chan.go", 810),
    at("runtime.chanrecv1", "chan.go", 509),
    at("runtime.chanrecv2", "chan.go", 514),
    at("runtime.chansend1", "chan.go", 161),
    at("runtime.Gosched", "proc.go", 403),
    at("sync.runtime_Semacquire", "sema.go", 71),
    at("sync.runtime_SemacquireRWMutex", "sema.go", 105),
    at("sync.runtime_SemacquireRWMutexR", "sema.go", 100),
    at("sync.runtime_SemacquireWaitGroup", "sema.go", 114),
    at("sync.runtime_notifyListWait", "sema.go", 617),
    at("time.Sleep", "time.go", 366),
];

/// Where gc's runtime has the function with this name.
pub fn position(name: &str) -> Option<&'static Position> {
    POSITIONS.iter().find(|position| position.name == name)
}

/// gc's name for the function with this path, or symbol.
pub fn of(path: &str) -> Option<&'static str> {
    NAMES.iter().find(|(ours, _)| *ours == path).map(|&(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, POSITIONS};
    use crate::entries;
    use std::path::Path;

    #[test]
    fn positions_are_those_of_entries() {
        for position in POSITIONS {
            assert!(entries::lookup(position.name).is_some(), "{}", position.name);
        }
    }

    /// The module of each path has a function of that name.
    #[test]
    fn every_function_exists() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
        for (path, _) in NAMES.iter().filter(|(path, _)| path.contains("::")) {
            let parts: Vec<&str> = path.split("::").collect();
            let (name, modules) = parts.split_last().unwrap();
            let modules: Vec<&str> =
                modules.iter().copied().filter(|part| !part.starts_with(char::is_uppercase)).collect();
            let file = src.join(modules.join("/"));
            let text = std::fs::read_to_string(file.with_extension("rs"))
                .or_else(|_| std::fs::read_to_string(file.join("mod.rs")))
                .unwrap_or_else(|e| panic!("{path}: {e}"));
            assert!(
                text.contains(&format!("fn {name}("))
                    || text.contains(&format!("fn {name}<"))
                    || text.contains(&format!("_fn!({name},")),
                "{path}"
            );
        }
    }
}
