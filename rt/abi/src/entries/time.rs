//! Clocks and timers.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("time.Sleep", "i:", G0, PARK),
    e("time.runtimeNano", ":i", G0, NONE),
    e("runtime.nanotime", ":i", G0, NONE),
    e("internal/sync.runtime_nanotime", ":i", G0, NONE),
    e("internal/poll.runtimeNano", ":i", G0, NONE),
    e("crypto/internal/fips140deps/time.monoTime", ":i", G0, NONE),
    e("time.now", ":iwi", G0, NONE), // seconds, nanoseconds, monotonic
    e("time.runtimeNow", ":iwi", G0, NONE),
    e("runtime.walltime", ":iw", G0, NONE),
    e("runtime.cputicks", ":i", Leaf, NONE),
    // when, period, f, arg.type, arg.data, chan. f(arg any, seq uintptr, delay int64) runs on a scheduler thread.
    e("time.newTimer", "iipppp:p", G0, GC),
    e("time.stopTimer", "p:b", G0, NONE),
    e("time.resetTimer", "pii:b", G0, NONE),
];
