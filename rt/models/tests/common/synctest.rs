//! There is no bubble.

use crate::sched::{G, WaitReason};
use crate::timer::Timers;

pub(crate) struct Bubble {
    pub timers: Timers,
}

impl Bubble {
    pub(crate) fn now(&self) -> i64 {
        0
    }
    pub(crate) fn parking(&self, _reason: WaitReason) {}
    pub(crate) fn parked(&self) {}
    pub(crate) fn readying(&self, _reason: WaitReason) {}
}

pub(crate) fn current() -> Option<&'static Bubble> {
    None
}

pub(crate) fn current_id() -> u32 {
    0
}

pub(crate) fn check_wake(_g: &'static G) {}
