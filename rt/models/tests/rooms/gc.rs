//! A collection that is marking, as far as the roots among timers are concerned.

pub(crate) mod barrier {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    thread_local! {
        static SHADED: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
    }

    pub(crate) fn shade(word: usize) {
        SHADED.with_borrow_mut(|words| words.insert(word));
    }

    /// What has been shaded since the last call, by all threads.
    pub(crate) fn take_shaded() -> BTreeSet<usize> {
        SHADED.take()
    }

    pub(crate) fn before_copy(_to: usize, _from: usize, _size: usize) {}
    pub(crate) fn before_clear(_at: usize, _size: usize) {}
    pub(crate) fn refresh(_m: &crate::sched::m::M) {}
}

pub(crate) mod special {
    pub(crate) use super::barrier::*;
}
