//! rt's scheduler; what it asks of its neighbours is answered here.

#[path = "../../../src/sched/access.rs"]
mod access;
#[path = "../../../src/sched/g.rs"]
pub(crate) mod g;
#[path = "../../../src/sched/idle.rs"]
pub(crate) mod idle;
#[path = "../../../src/sched/m.rs"]
pub(crate) mod m;
#[path = "../../../src/sched/p.rs"]
pub(crate) mod p;
#[path = "../../../src/sched/park.rs"]
pub(crate) mod park;
#[path = "../../../src/sched/queue.rs"]
pub(crate) mod queue;
#[path = "../../../src/sched/retake.rs"]
pub(crate) mod retake;
#[path = "../../../src/sched/run_queue.rs"]
pub(crate) mod run_queue;
#[path = "../../../src/sched/schedule.rs"]
pub(crate) mod schedule;
#[path = "../../../src/sched/syscall.rs"]
pub(crate) mod syscall;
#[path = "../../../src/sched/world.rs"]
pub(crate) mod world;

pub(crate) use access::{getg, mcache, rt_panic};
pub(crate) use g::{G, Status, WaitReason};
pub(crate) use park::{gopark, gopark_with, goready};

pub(crate) mod deadlock {
    pub(crate) fn check(_sched: &mut super::idle::Sched) {}
}

pub(crate) mod goroutine {
    use super::{G, m::M};
    pub(crate) fn retire(_m: &'static M, _g: &'static G) -> bool {
        unreachable!("no model ends a coroutine")
    }
}

pub(crate) mod sysmon {
    pub(crate) fn wake() {}
    pub(crate) fn start() {}
    pub(crate) fn has_wishes() -> bool {
        false
    }
    pub(crate) fn fulfil_wishes() {}
}

pub(crate) mod preempt {
    /// Goroutines of the models come to the scheduler by themselves.
    pub(crate) fn preempt_all() {}
    pub(crate) fn preempt_one(_p: &'static super::p::P) {}
    pub(crate) fn ask_all() {}
}

pub(crate) mod stress {
    pub(crate) fn lot(_n: u32) -> Option<u32> {
        None
    }
    pub(crate) fn yields(_g: &super::G) -> bool {
        false
    }
}

pub(crate) mod init {
    use super::{m::M, p::P};
    pub(crate) fn new_m(p: Option<&'static P>, spinning: bool, _start: Option<fn() -> !>) {
        crate::hosted::new_m(p, spinning);
    }
}

pub(crate) mod lock_thread {
    use super::{G, m::M};
    pub(crate) fn pass_on(_m: &'static M, _from: &'static G, _to: &'static G) {}
    pub(crate) fn wait_for_locked_g(_m: &'static M) {
        unreachable!("no goroutine is locked to a thread")
    }
    pub(crate) fn run_on_owner(_m: &'static M, _owner: &'static M) {
        unreachable!("no goroutine is locked to a thread")
    }
}

pub(crate) mod stats {
    use super::{G, WaitReason};
    pub(crate) fn parks(_g: &G, _reason: WaitReason) {}
    pub(crate) fn becomes_runnable(_g: &G) {}
    pub(crate) fn runs(_g: &G) {}
    pub(crate) fn stop_is_for_others() {}
    pub(crate) enum Stopper {
        Other,
    }
    pub(crate) fn stop_begins(_: Stopper) {}
    pub(crate) fn world_stopped() {}
    pub(crate) fn world_starts() {}
}
