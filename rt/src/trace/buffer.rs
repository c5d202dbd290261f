//! The trace's buffers: one per M being filled, a queue of full ones, unused ones.
//!
//! A buffer becomes a batch: a header, then events. An M's buffer is used under the M's `trace_lock`, a spin lock that only the end
//! of a generation contends for.

use super::Event;
use super::leb128::{MAX_NUMBER, put_number};
use crate::arch::current_m;
use crate::os;
use crate::sched::idle::Sched;
use crate::sched::m::M;
use crate::sync::Mutex;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of a buffer; the format allows batches of 64 KiB.
const SIZE: usize = 64 << 10;
const HEADER: usize = size_of::<[usize; 7]>();

/// See the module's text.
#[repr(C)]
pub(super) struct Buffer {
    next: *mut Buffer,
    thread: u64,
    generation: u64,
    time: u64,
    last: u64,
    /// No batch: the bytes go out as they are.
    raw: bool,
    len: usize,
    data: [u8; SIZE - HEADER],
}

const _: () = assert!(size_of::<Buffer>() == SIZE);

struct Queues {
    first: *mut Buffer,
    last: *mut Buffer,
    unused: *mut Buffer,
}

// SAFETY: buffers in the queues belong to the holder of their lock.
unsafe impl Send for Queues {}

static QUEUES: Mutex<Queues> = Mutex::new(Queues { first: null_mut(), last: null_mut(), unused: null_mut() });
static ON: AtomicBool = AtomicBool::new(false);
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Are events wanted?
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Switches events on, in a new generation, or off. World stopped.
pub(super) fn set_on(on: bool) {
    if on {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    ON.store(on, Ordering::SeqCst);
}

impl Buffer {
    fn has_room(&self, args: usize) -> bool {
        self.len + 1 + MAX_NUMBER * (args + 1) <= self.data.len()
    }

    /// Appends an event without time.
    pub(super) fn event(&mut self, event: Event, args: &[u64]) {
        self.data[self.len] = event as u8;
        self.len += 1;
        for &arg in args {
            self.len = put_number(&mut self.data, self.len, arg);
        }
    }

    /// Appends an event with the time since the last one; times in a buffer rise.
    pub(super) fn timed_event(&mut self, event: Event, args: &[u64]) {
        let now = (os::nanotime() as u64).max(self.last + 1);
        self.data[self.len] = event as u8;
        self.len = put_number(&mut self.data, self.len + 1, now - self.last);
        self.last = now;
        for &arg in args {
            self.len = put_number(&mut self.data, self.len, arg);
        }
    }

    /// Appends numbers.
    pub(super) fn numbers(&mut self, numbers: &[u64]) {
        for &n in numbers {
            self.len = put_number(&mut self.data, self.len, n);
        }
    }

    /// Appends bytes, for which there is room.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.data[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Room for so many more bytes?
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.len + bytes <= self.data.len()
    }
}

/// An empty buffer for a batch of the thread, the caller's.
fn new_buffer(thread: u64) -> &'static mut Buffer {
    let mut queues = QUEUES.lock();
    let mut at = queues.unused;
    if at.is_null() {
        let Some(memory) = os::map(SIZE) else { crate::fatal::out_of_memory() };
        at = memory as *mut Buffer;
    } else {
        // SAFETY: unused buffers belong to the holder of the lock.
        queues.unused = unsafe { (*at).next };
    }
    drop(queues);
    // SAFETY: memory of a buffer, for which any bytes but those of `raw` are valid, and these are only ever 0 or 1.
    let b = unsafe { &mut *at };
    let now = os::nanotime() as u64;
    (b.next, b.thread, b.generation) = (null_mut(), thread, GENERATION.load(Ordering::Relaxed));
    (b.time, b.last, b.raw, b.len) = (now, now, false, 0);
    b
}

/// Queues a buffer for the reader.
fn finish(b: &'static mut Buffer) {
    let b: *mut Buffer = b;
    let mut queues = QUEUES.lock();
    if queues.first.is_null() {
        queues.first = b;
    } else {
        // SAFETY: buffers in the queue belong to the holder of the lock.
        unsafe { (*queues.last).next = b };
    }
    queues.last = b;
}

fn lock(m: &M) {
    while m.trace_lock.swap(true, Ordering::Acquire) {
        core::hint::spin_loop();
    }
}

fn unlock(m: &M) {
    m.trace_lock.store(false, Ordering::Release);
}

/// Writes an event of this M.
#[cold]
#[inline(never)]
pub(super) fn emit(event: Event, args: &[u64]) {
    let m = current_m();
    lock(m);
    if is_on() {
        // SAFETY: nil or the M's buffer, which is used under the lock.
        let mut buffer = unsafe { (m.trace_buffer.get() as *mut Buffer).as_mut() };
        if let Some(full) = buffer.take_if(|b| !b.has_room(args.len())) {
            finish(full);
        }
        let buffer = buffer.unwrap_or_else(|| new_buffer(m.id.get() as u64));
        buffer.timed_event(event, args);
        m.trace_buffer.set(buffer as *mut Buffer as usize);
    }
    unlock(m);
}

/// Queues the buffers of all Ms.
pub(super) fn flush_all(sched: &Sched) {
    let mut next = sched.all_ms;
    while let Some(m) = next {
        flush(m);
        next = m.all_link.get();
    }
}

/// Queues the M's buffer; also when its thread ends.
pub(crate) fn flush(m: &M) {
    lock(m);
    let buffer = m.trace_buffer.replace(0) as *mut Buffer;
    unlock(m);
    // SAFETY: nil or the buffer that belonged to the M and now belongs to us.
    if let Some(buffer) = unsafe { buffer.as_mut() } {
        finish(buffer);
    }
}

/// Queues a batch that begins with `kind` and belongs to no thread; `fill` writes it.
pub(super) fn special(kind: Event, fill: impl FnOnce(&mut Buffer)) {
    let b = new_buffer(super::NO_THREAD);
    b.event(kind, &[]);
    fill(b);
    finish(b);
}

/// Queues bytes that are no batch.
pub(super) fn raw(bytes: &[u8]) {
    let b = new_buffer(super::NO_THREAD);
    b.raw = true;
    b.bytes(bytes);
    finish(b);
}

/// Marks the end of a generation.
pub(super) fn end_of_generation() {
    raw(&[Event::EndOfGeneration as u8]);
}

/// Forgets what nobody has read.
pub(super) fn discard() {
    let mut scratch = [0; 0];
    while take(&mut scratch).is_some() {}
}

/// Moves the oldest queued buffer to `out` (cut off if that is too small, which a size of `MAX_CHUNK` never is).
pub(super) fn take(out: &mut [u8]) -> Option<usize> {
    let mut queues = QUEUES.lock();
    // SAFETY: buffers in the queue belong to the holder of the lock.
    let b = unsafe { queues.first.as_mut()? };
    queues.first = b.next;
    let mut head = [0; 1 + 4 * MAX_NUMBER];
    let mut n = 0;
    if !b.raw {
        head[0] = Event::Batch as u8;
        n = 1;
        for number in [b.generation, b.thread, b.time, b.len as u64] {
            n = put_number(&mut head, n, number);
        }
    }
    let mut used = 0;
    for part in [&head[..n], &b.data[..b.len]] {
        let len = part.len().min(out.len() - used);
        out[used..used + len].copy_from_slice(&part[..len]);
        used += len;
    }
    b.next = queues.unused;
    queues.unused = b;
    Some(used)
}
