//! Semaphores and condition variables of sync and internal/poll.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("sync.runtime_Semacquire", "p:", G0, PARK),
    e("sync.runtime_SemacquireWaitGroup", "pb:", G0, PARK),
    e("sync.runtime_SemacquireRWMutexR", "pbi:", G0, PARK),
    e("sync.runtime_SemacquireRWMutex", "pbi:", G0, PARK),
    e("sync.runtime_Semrelease", "pbi:", G0, PARK),
    e("internal/sync.runtime_SemacquireMutex", "pbi:", G0, PARK),
    e("internal/sync.runtime_Semrelease", "pbi:", G0, PARK),
    e("internal/poll.runtime_Semacquire", "p:", G0, PARK),
    e("internal/poll.runtime_Semrelease", "p:", G0, PARK),
    e("sync.runtime_notifyListAdd", "p:w", G0, NONE),
    e("sync.runtime_notifyListWait", "pw:", G0, PARK),
    e("sync.runtime_notifyListNotifyAll", "p:", G0, NONE),
    e("sync.runtime_notifyListNotifyOne", "p:", G0, NONE),
    e("sync.runtime_notifyListCheck", "p:", G0, NONE),
];
