//! Channels and select.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    e("runtime.makechan", "pi:p", G0, GC_PANIC), // chan type, size
    e("reflect.makechan", "pi:p", G0, GC_PANIC),
    e("runtime.chansend1", "pp:", G0, ALL),   // chan, *elem
    e("runtime.chanrecv1", "pp:", G0, PARK),  // chan, *elem or nil
    e("runtime.chanrecv2", "pp:b", G0, PARK), // -> received
    e("runtime.closechan", "p:", G0, PANIC),
    e("reflect.chanclose", "p:", G0, PANIC),
    e("runtime.selectnbsend", "pp:b", G0, ALL), // chan, *elem -> selected
    e("runtime.selectnbrecv", "pp:bb", G0, NONE), // *elem, chan -> selected, received
    e("runtime.chanlen", "p:i", G0, NONE),
    e("runtime.chancap", "p:i", Leaf, NONE),
    e("reflect.chanlen", "p:i", G0, NONE),
    e("reflect.chancap", "p:i", Leaf, NONE),
    e("internal/reflectlite.chanlen", "p:i", G0, NONE),
    e("reflect.chansend0", "ppb:b", G0, ALL), // chan, *elem, nonblocking -> selected
    e("reflect.chanrecv", "pbp:bb", G0, PARK), // chan, nonblocking, *elem -> selected, received
    // cases *[n]{chan, elem} with the sends first, order *[2n]u16 scratch, nil, sends, receives, block
    // -> index (-1: default), received
    e("runtime.selectgo", "pppiib:ib", G0, ALL),
];
