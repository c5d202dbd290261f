//! Rooms that have nothing to do here: the collector rests, traces are off, stacks and signals are the metal's, timers are single.

pub(crate) mod trace {
    use crate::sched::{G, WaitReason, p::P};
    pub(crate) fn syscall_begin(_g: &G, _p: &P) {}
    pub(crate) fn syscall_end() {}
    pub(crate) fn syscall_end_without_p(_g: &G, _p: &P) {}
    pub(crate) fn syscall_end_blocked(_sched: &crate::sched::idle::Sched) {}
    pub(crate) fn go_block(_g: &G, _reason: WaitReason) {}
    pub(crate) fn go_unblock(_g: &G) {}
    pub(crate) fn go_start(_g: &G) {}
    pub(crate) fn go_stop(_g: &G, _why: Stop) {}
    pub(crate) fn proc_start(_p: &P) {}
    pub(crate) fn proc_stop() {}
    pub(crate) fn proc_steal(_p: &P) {}
    pub(crate) fn stw_begin() {}
    pub(crate) fn stw_end() {}
    pub(crate) enum Stop {
        Gosched,
        Preempted,
    }
}

pub(crate) mod stack {
    pub(crate) struct Segment {
        pub guard: usize,
    }
}

pub(crate) mod signal {
    pub(crate) fn thread_init(_m: &crate::sched::m::M) {}
}

pub(crate) mod random {
    pub(crate) fn cheap() -> u32 {
        0
    }
}

pub(crate) mod mem {
    pub(crate) mod mcache {
        pub(crate) struct MCache;
        impl MCache {
            pub(crate) const NEW: MCache = MCache;
            pub(crate) fn init(&mut self) {}
        }
    }
}

pub(crate) mod gc {
    pub(crate) mod barrier {
        pub(crate) fn refresh(_m: &crate::sched::m::M) {}
        pub(crate) fn is_marking() -> bool {
            false
        }
    }
    pub(crate) mod stacks {
        use crate::sched::{G, Status};
        pub(crate) fn begin_running(g: &'static G) {
            g.set_status(Status::Running);
        }
    }
    pub(crate) mod worker {
        pub(crate) fn turn(_m: &'static crate::sched::m::M) {}
        pub(crate) fn idle_turn(_m: &'static crate::sched::m::M) -> bool {
            false
        }
    }
}

pub(crate) mod timer {
    //! The timers of a P: at most one, that makes a goroutine ready.
    use crate::hosted;
    use crate::sched::{G, goready, idle};
    use crate::shared::{AtomicI64, Cell, Ordering};
    use crate::sync::Mutex;

    pub(crate) struct Timers {
        next: AtomicI64,
        sleeper: Mutex<Option<&'static G>>,
    }

    impl Timers {
        pub(crate) fn new(_bubbled: bool) -> Timers {
            Timers { next: AtomicI64::new(0), sleeper: Mutex::new(None) }
        }
        pub(crate) fn next_when(&self) -> i64 {
            if hosted::has_timers() { self.next.load(Ordering::SeqCst) } else { 0 }
        }
        /// Arms the timer, from any thread with a P; it is due at once.
        pub(crate) fn arm(&self, g: &'static G) {
            let mut sleeper = self.sleeper.lock();
            *sleeper = Some(g);
            self.next.swap(1, Ordering::SeqCst);
            drop(sleeper);
            idle::wake_poller(1);
        }
        pub(crate) fn run(&self, _now: i64) -> bool {
            if self.next_when() == 0 {
                return false;
            }
            let mut sleeper = self.sleeper.lock();
            let Some(g) = sleeper.take() else { return false };
            self.next.swap(0, Ordering::SeqCst);
            drop(sleeper);
            goready(g);
            true
        }
    }
}
