//! Network poller.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("internal/poll.runtime_pollServerInit", ":", G0, NONE),
    e("internal/poll.runtime_pollOpen", "p:pi", G0, NONE), // fd -> handle, errno
    e("internal/poll.runtime_pollClose", "p:", G0, NONE),
    e("internal/poll.runtime_pollReset", "pi:i", G0, NONE),
    e("internal/poll.runtime_pollWait", "pi:i", G0, PARK),
    e("internal/poll.runtime_pollWaitCanceled", "pi:", G0, PARK),
    e("internal/poll.runtime_pollSetDeadline", "pii:", G0, NONE),
    e("internal/poll.runtime_pollUnblock", "p:", G0, NONE),
    e("internal/poll.runtime_isPollServerDescriptor", "p:b", G0, NONE),
];
