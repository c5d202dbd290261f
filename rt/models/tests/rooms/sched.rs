//! The rooms of the scheduler that know goroutines; the choice of the next one is replaced: each has a thread.

#[path = "../../../src/sched/access.rs"]
mod access;
#[path = "../../../src/sched/g.rs"]
pub(crate) mod g;
#[path = "../../../src/sched/m.rs"]
pub(crate) mod m;
#[path = "../../../src/sched/p.rs"]
pub(crate) mod p;
#[path = "../../../src/sched/park.rs"]
pub(crate) mod park;
#[path = "../../../src/sched/queue.rs"]
pub(crate) mod queue;
#[path = "../../../src/sched/run_queue.rs"]
pub(crate) mod run_queue;

pub(crate) use access::{getg, mcache, rt_panic};
pub(crate) use g::{G, Status, WaitReason};
pub(crate) use park::{gopark, gopark_with, goready};

pub(crate) mod schedule {
    use super::{G, m::M, p::P};
    use crate::hosted::{Exit, leave};

    pub(crate) fn run_queue_put(_p: &'static P, g: &'static G, _next: bool) {
        crate::hosted::queue(g);
    }
    pub(crate) extern "C" fn schedule() -> ! {
        unreachable!("run_on_g0 does not come here")
    }
    pub(crate) fn execute(_m: &'static M, _g: &'static G, _inherit: bool) -> ! {
        unreachable!("no model switches between coroutines")
    }
    pub(crate) fn yield_to_scheduler(g: &'static G, _why: crate::trace::Stop) -> ! {
        super::access::getg().set_status(super::Status::Runnable);
        crate::hosted::queue(g);
        leave(Exit::Parked)
    }
}

pub(crate) mod idle {
    pub(crate) fn wake_p() {}
    pub(crate) fn wake_poller(_when: i64) {}
}

pub(crate) mod goroutine {
    use super::{G, m::M};
    pub(crate) fn retire(_m: &'static M, _g: &'static G) -> bool {
        unreachable!("no model ends a coroutine")
    }
}

pub(crate) mod sysmon {
    pub(crate) fn timer_set() {}
}

pub(crate) mod lock_thread {
    use super::{G, m::M};
    pub(crate) fn pass_on(_m: &'static M, _from: &'static G, _to: &'static G) {}
}

pub(crate) mod stats {
    use super::{G, WaitReason};
    pub(crate) fn parks(_g: &G, _reason: WaitReason) {}
    pub(crate) fn becomes_runnable(_g: &G) {}
}
