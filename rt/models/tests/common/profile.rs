//! Profiles are off.

pub(crate) mod waiting {
    use crate::sched::{G, WaitReason};
    pub(crate) fn parking(_g: &G, _reason: WaitReason) {}
    pub(crate) fn readying(_g: &'static G) {}
    pub(crate) fn released(_g: &'static G, _skip: usize) {}
}

pub(crate) mod cpu {
    pub(crate) fn thread_started(_m: &crate::sched::m::M) {}
}
