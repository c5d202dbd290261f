//! The program's own events: tasks, regions, messages.

use super::Event;
use super::buffer::{emit, is_on};
use super::tables::string;

/// # Safety
/// `p` and `n` are a Go string.
unsafe fn text<'a>(p: *const u8, n: usize) -> &'a str {
    if n == 0 {
        return "";
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(p, n) };
    // SAFETY: the format does not ask for UTF-8, and nothing looks at the characters.
    unsafe { core::str::from_utf8_unchecked(bytes) }
}

extern "C" fn task_begin(id: u64, parent: u64, p: *const u8, n: usize) {
    if is_on() {
        // SAFETY: the entry's argument is a Go string.
        let name = string(unsafe { text(p, n) });
        emit(Event::UserTaskBegin, &[id, parent, name, super::running_stack()]);
    }
}
g0_entry!("runtime/trace.userTaskCreate", task_begin);

extern "C" fn task_end(id: u64) {
    if is_on() {
        emit(Event::UserTaskEnd, &[id, super::running_stack()]);
    }
}
g0_entry!("runtime/trace.userTaskEnd", task_end);

/// `mode` 0 begins a region, 1 ends it.
extern "C" fn region(id: u64, mode: u64, p: *const u8, n: usize) {
    if is_on() {
        // SAFETY: the entry's argument is a Go string.
        let name = string(unsafe { text(p, n) });
        let event = if mode == 0 { Event::UserRegionBegin } else { Event::UserRegionEnd };
        emit(event, &[id, name, super::running_stack()]);
    }
}
g0_entry!("runtime/trace.userRegion", region);

extern "C" fn log(id: u64, key: *const u8, key_len: usize, p: *const u8, n: usize) {
    if is_on() {
        // SAFETY: the entry's arguments are Go strings.
        let (key, value) = unsafe { (string(text(key, key_len)), string(text(p, n))) };
        emit(Event::UserLog, &[id, key, value, super::running_stack()]);
    }
}
g0_entry!("runtime/trace.userLog", log);
