//! Rooms that have nothing to do in the models: traces are off, stacks and signals are the metal's.

pub(crate) mod trace {
    use crate::sched::{G, WaitReason};
    pub(crate) fn go_block(_g: &G, _reason: WaitReason) {}
    pub(crate) fn go_unblock(_g: &G) {}
    pub(crate) fn proc_start(_p: &crate::sched::p::P) {}
    pub(crate) fn proc_stop() {}
    pub(crate) fn without_change() -> impl Drop {
        struct Nothing;
        impl Drop for Nothing {
            fn drop(&mut self) {}
        }
        Nothing
    }
    pub(crate) enum Stop {
        Gosched,
    }
}

pub(crate) mod stack {
    pub(crate) struct Segment;
}

pub(crate) mod signal {
    pub(crate) fn thread_init(_m: &crate::sched::m::M) {}
}
