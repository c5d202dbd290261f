//! Channels.
//!
//! Invariants (as in gc): of a channel's two wait queues one is empty, except that a goroutine in a select may wait on both sides
//! of an unbuffered channel. With a buffer: values in it imply no waiting receivers, room in it implies no waiting
//! senders. A value goes straight from a waiting sender or to a waiting receiver where there is one; stacks do not move, so that
//! is a plain copy.
//!
//! All operations run on g0. One that must wait queues a sudog, parks, and ends in a resume function, which sees in `sudog.success`
//! whether it was served or the channel was closed. Channels of timers (`HChan::timer`) have a buffer of one but report length
//! and capacity 0, and run their timer, if due, before a receive.

pub(crate) mod select;
pub(crate) mod sudog;

use core::mem::{offset_of, size_of};
use core::ptr::{self, null, null_mut};

use rgo_abi::panic::PanicCode;
use rgo_abi::types::{ChanType, Type, WORD, kind};

use crate::entry::Pair;
use crate::gc::barrier;
use crate::mem::malloc::{MAX_ALLOC, Zero, mallocgc};
use crate::sched::{self, G, WaitReason, getg, rt_panic};
use crate::shared::{AtomicU32, AtomicUsize, Cell, Ordering};
use crate::sync::RawMutex;
use crate::{synctest, timer};
use sudog::WaitQ;

/// A channel; lives in the collected heap. Fields without a note are under `lock`.
#[repr(C)]
pub(crate) struct HChan {
    /// Values in the buffer. Also read without the lock, to fail a non-blocking operation fast.
    count: AtomicUsize,
    /// Places in the buffer. Never changes.
    size: usize,
    /// The buffer: behind this structure if values hold no pointers, otherwise an object of its own.
    buf: *mut u8,
    /// Timer that feeds the channel, set before the channel is published.
    pub timer: Cell<*mut u8>,
    elem_size: u32,
    /// Number of the bubble it was made in, 0 for none.
    bubble: u32,
    closed: AtomicU32,
    lock: RawMutex,
    send_at: Cell<usize>,
    recv_at: Cell<usize>,
    receivers: WaitQ,
    senders: WaitQ,
}

/// The collector's view of a channel whose values hold pointers: `buf` and `timer`.
struct ChanDescriptor(Type);
// SAFETY: read only.
unsafe impl Sync for ChanDescriptor {}
const TIMER_WORD: usize = offset_of!(HChan, timer) / WORD;
static MASK: u64 = 1 << (offset_of!(HChan, buf) / WORD) | 1 << TIMER_WORD;
static HCHAN_TYPE: ChanDescriptor = ChanDescriptor(Type {
    size: size_of::<HChan>(),
    ptr_bytes: (TIMER_WORD + 1) * WORD,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind: kind::STRUCT,
    equal: null(),
    gc_data: &raw const MASK as *const u8,
    str_off: 0,
    ptr_to_this: 0,
});

/// Must an operation that cannot go on wait?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Block,
    Try,
}

/// Outcome of a receive: was one selected, and was it a value (rather than the end of the channel)?
#[derive(Clone, Copy)]
pub(crate) struct Received {
    pub selected: bool,
    pub value: bool,
}

impl HChan {
    /// A channel for the models, of words.
    #[cfg(loom)]
    pub(crate) fn of_words(size: usize) -> HChan {
        HChan {
            count: AtomicUsize::new(0),
            size,
            buf: crate::os::map(size * WORD + 1).unwrap_or(0) as *mut u8,
            timer: Cell::new(null_mut()),
            elem_size: WORD as u32,
            bubble: 0,
            closed: AtomicU32::new(0),
            lock: RawMutex::new(),
            send_at: Cell::new(0),
            recv_at: Cell::new(0),
            receivers: WaitQ::new(),
            senders: WaitQ::new(),
        }
    }

    fn elem_size(&self) -> usize {
        self.elem_size as usize
    }

    /// A channel made in a bubble is for the goroutines of that bubble. `text`: the error.
    #[inline]
    fn check_bubble(&self, text: &str) {
        if self.bubble != 0 && self.bubble != synctest::current_id() {
            crate::fatal::fatal(text);
        }
    }

    /// Why a goroutine waits here: `durable` if only its own bubble can end that.
    fn reason(&self, ordinary: WaitReason, durable: WaitReason) -> WaitReason {
        if self.bubble != 0 { durable } else { ordinary }
    }

    fn slot(&self, at: usize) -> *mut u8 {
        // SAFETY: `at < size`, so the slot lies in the buffer.
        unsafe { self.buf.add(at * self.elem_size()) }
    }

    fn advance(&self, at: &Cell<usize>) {
        let next = at.get() + 1;
        at.set(if next == self.size { 0 } else { next });
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) != 0
    }

    /// Does it look, without the lock, as if a send would go on (or panic)?
    #[inline]
    fn may_send(&self) -> bool {
        if self.size > 0 {
            self.count() < self.size || self.is_closed()
        } else {
            self.receivers.may_wait() || self.is_closed()
        }
    }

    /// Does it look, without the lock, as if a receive would go on?
    #[inline]
    fn may_receive(&self) -> bool {
        self.count() > 0 || self.senders.may_wait() || self.is_closed()
    }

    /// Copies a value; `to` nil discards it.
    #[inline]
    fn copy(&self, to: *mut u8, from: *const u8) {
        if to.is_null() {
            return;
        }
        if self.elem_size() >= WORD {
            barrier::before_copy(to as usize, from as usize, self.elem_size());
        }
        // SAFETY: both are places of values of the channel's type: slots, or what compiled code and sudogs name.
        unsafe {
            if self.elem_size() == WORD {
                to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned());
            } else {
                ptr::copy(from, to, self.elem_size());
            }
        }
    }

    #[inline]
    fn clear(&self, at: *mut u8) {
        if !at.is_null() {
            barrier::before_clear(at as usize, self.elem_size());
            // SAFETY: as in `copy`.
            unsafe { ptr::write_bytes(at, 0, self.elem_size()) };
        }
    }

    /// Appends to the buffer, which has room.
    fn put(&self, elem: *const u8) {
        self.copy(self.slot(self.send_at.get()), elem);
        self.advance(&self.send_at);
        self.count.store(self.count() + 1, Ordering::Release);
    }

    /// Takes the oldest value of the buffer, which has one.
    fn take(&self, elem: *mut u8) {
        let slot = self.slot(self.recv_at.get());
        self.copy(elem, slot);
        self.clear(slot);
        self.advance(&self.recv_at);
        self.count.store(self.count() - 1, Ordering::Release);
    }

    /// Receives from a waiting sender. With a buffer (full, then) the oldest value is received and the sender's takes its place.
    fn take_from_sender(&self, sender: &'static sudog::Sudog, elem: *mut u8) {
        if self.size == 0 {
            self.copy(elem, sender.elem.get());
        } else {
            let slot = self.slot(self.recv_at.get());
            self.copy(elem, slot);
            self.copy(slot, sender.elem.get());
            self.advance(&self.recv_at);
            self.send_at.set(self.recv_at.get());
        }
        sender.success.set(true);
    }
}

/// Runs the channel's timer if it has one that is due.
fn run_timer(c: &HChan) {
    if !c.timer.get().is_null() {
        timer::maybe_run_chan(c.timer.get());
    }
}

/// Sends; returns whether the value was sent (always, with [`Mode::Block`]), parks, or panics.
pub(crate) fn send(c: *const HChan, elem: *mut u8, mode: Mode) -> bool {
    // SAFETY: nil or a channel, which the caller's goroutine keeps alive.
    let Some(c) = (unsafe { c.as_ref() }) else {
        if mode == Mode::Try {
            return false;
        }
        sched::gopark(WaitReason::ChanSendNil, None, None);
    };
    c.check_bubble("send on synctest channel from outside bubble");
    // Fast failure: a full open channel. Both reads may be outdated, but then the operation could have come earlier.
    if mode == Mode::Try && !c.is_closed() && c.size > 0 && c.count() == c.size {
        return false;
    }
    c.lock.lock();
    if c.is_closed() {
        c.lock.unlock();
        rt_panic(PanicCode::SendOnClosedChannel, 0, 0);
    }
    if let Some(receiver) = c.receivers.dequeue() {
        c.copy(receiver.elem.get(), elem);
        receiver.success.set(true);
        c.lock.unlock();
        sudog::wake(receiver);
        return true;
    }
    if c.count() < c.size {
        c.put(elem);
        c.lock.unlock();
        return true;
    }
    if mode == Mode::Try {
        c.lock.unlock();
        return false;
    }
    let g = getg();
    c.senders.enqueue(wait_on(g, c, elem));
    let reason = c.reason(WaitReason::ChanSend, WaitReason::SynctestChanSend);
    sched::gopark(reason, Some(&c.lock), Some(send_resume))
}

fn send_resume(g: &'static G) -> Pair {
    if !finish_wait(g) {
        rt_panic(PanicCode::SendOnClosedChannel, 0, 0);
    }
    Pair(1, 0)
}

fn wait_on(g: &'static G, c: &HChan, elem: *mut u8) -> &'static sudog::Sudog {
    let s = sudog::acquire(g);
    s.elem.set(elem);
    s.chan.set(ptr::from_ref(c).cast_mut().cast());
    sudog::set_waiting(g, s);
    s
}

/// Gives the sudog back after a wait; was the goroutine served?
fn finish_wait(g: &'static G) -> bool {
    let s = sudog::take_waiting(g);
    g.param.set(0);
    let served = s.success.get();
    sudog::release(s);
    served
}

/// Receives into `elem` (nil: discards); parks with `resume` if it must wait.
pub(crate) fn recv(c: *const HChan, elem: *mut u8, mode: Mode, resume: fn(&'static G) -> Pair) -> Received {
    // SAFETY: nil or a channel, which the caller's goroutine keeps alive.
    let Some(c) = (unsafe { c.as_ref() }) else {
        if mode == Mode::Try {
            return Received { selected: false, value: false };
        }
        sched::gopark(WaitReason::ChanReceiveNil, None, None);
    };
    c.check_bubble("receive on synctest channel from outside bubble");
    run_timer(c);
    c.lock.lock();
    if c.is_closed() && c.count() == 0 {
        c.lock.unlock();
        c.clear(elem);
        return Received { selected: true, value: false };
    }
    if let Some(sender) = c.senders.dequeue() {
        c.take_from_sender(sender, elem);
        c.lock.unlock();
        sudog::wake(sender);
        return Received { selected: true, value: true };
    }
    if c.count() > 0 {
        c.take(elem);
        c.lock.unlock();
        return Received { selected: true, value: true };
    }
    if mode == Mode::Try {
        c.lock.unlock();
        return Received { selected: false, value: false };
    }
    let g = getg();
    c.receivers.enqueue(wait_on(g, c, elem));
    if !c.timer.get().is_null() {
        timer::block_chan(c.timer.get());
    }
    let reason = c.reason(WaitReason::ChanReceive, WaitReason::SynctestChanReceive);
    sched::gopark(reason, Some(&c.lock), Some(resume))
}

/// The end of a wait for a value: was it one? Lets go of the channel's timer.
fn recv_finish(g: &'static G) -> bool {
    // SAFETY: the sudog of a parked receiver names a channel.
    let c = unsafe { &*((*(g.waiting.get() as *const sudog::Sudog)).chan.get() as *const HChan) };
    if !c.timer.get().is_null() {
        timer::unblock_chan(c.timer.get());
    }
    finish_wait(g)
}

pub(crate) fn recv_resume(g: &'static G) -> Pair {
    Pair(1, recv_finish(g) as u64)
}

pub(crate) fn recv2_resume(g: &'static G) -> Pair {
    Pair(recv_finish(g) as u64, 0)
}

/// Closes a channel: wakes all receivers with zero values, and all senders to panic.
pub(crate) fn close(c: *const HChan) {
    // SAFETY: nil or a channel.
    let Some(c) = (unsafe { c.as_ref() }) else { rt_panic(PanicCode::CloseOfNilChannel, 0, 0) };
    c.check_bubble("close of synctest channel from outside bubble");
    c.lock.lock();
    if c.is_closed() {
        c.lock.unlock();
        rt_panic(PanicCode::CloseOfClosedChannel, 0, 0);
    }
    c.closed.store(1, Ordering::Release);
    // Collect first: goroutines are readied without the channel's lock.
    let mut woken: *const sudog::Sudog = null();
    let mut collect = |s: &'static sudog::Sudog| {
        s.success.set(false);
        s.next.set(woken.cast_mut());
        woken = s;
    };
    while let Some(receiver) = c.receivers.dequeue() {
        c.clear(receiver.elem.get());
        collect(receiver);
    }
    while let Some(sender) = c.senders.dequeue() {
        collect(sender);
    }
    c.lock.unlock();
    // SAFETY: dequeued sudogs stay valid until their goroutine runs.
    while let Some(s) = unsafe { woken.as_ref() } {
        woken = s.next.replace(null_mut());
        sudog::wake(s);
    }
}

/// Values in the buffer; 0 for timer channels.
pub(crate) fn len(c: *const HChan) -> usize {
    // SAFETY: nil or a channel.
    match unsafe { c.as_ref() } {
        Some(c) if !c.timer.get().is_null() => {
            run_timer(c);
            0
        }
        Some(c) => c.count(),
        None => 0,
    }
}

/// Places in the buffer; 0 for timer channels.
pub(crate) fn cap(c: *const HChan) -> usize {
    // SAFETY: nil or a channel.
    match unsafe { c.as_ref() } {
        Some(c) if c.timer.get().is_null() => c.size,
        _ => 0,
    }
}

/// Throws away what a timer has put into its channel (Stop and Reset do); true if there was a value. The caller sees to it that the timer does not
/// send meanwhile.
pub(crate) fn discard_stale(c: &HChan) -> bool {
    if c.count() == 0 {
        return false;
    }
    c.lock.lock();
    let had = c.count() > 0;
    while c.count() > 0 {
        c.take(null_mut());
    }
    c.lock.unlock();
    had
}

/// Makes a channel with `size` places.
///
/// # Safety
/// `typ` is a channel type.
pub(crate) unsafe fn make(typ: *const ChanType, size: i64) -> *mut HChan {
    // SAFETY: the caller's promise; descriptors refer to descriptors.
    let elem = unsafe { &*(*typ).elem };
    let bytes = usize::try_from(size).ok().and_then(|n| n.checked_mul(elem.size));
    let Some(bytes) = bytes.filter(|&b| b <= MAX_ALLOC - size_of::<HChan>()) else {
        rt_panic(PanicCode::MakechanSize, 0, 0);
    };
    let cache = sched::mcache();
    // SAFETY: on g0 with a P; the descriptors describe what is allocated.
    let (at, buf) = unsafe {
        if elem.ptr_bytes == 0 {
            let at = mallocgc(cache, size_of::<HChan>() + bytes, null(), Zero::Yes);
            (at, at.add(size_of::<HChan>()))
        } else {
            // The second allocation may collect; the first object is found through `g.wait`.
            let buf = if bytes > 0 { mallocgc(cache, bytes, elem, Zero::Yes) } else { null_mut() };
            let keep = &getg().wait[4];
            keep.set(buf as usize);
            let at = mallocgc(sched::mcache(), size_of::<HChan>(), &HCHAN_TYPE.0, Zero::Yes);
            keep.set(0);
            (at, buf)
        }
    };
    let c = at.cast::<HChan>();
    // SAFETY: fresh zeroed memory, for which all other fields' zero is the empty channel.
    unsafe {
        (*c).size = size as usize;
        // The buffer may be older than a collection that began with the second allocation.
        barrier::shade(buf as usize);
        (*c).buf = buf;
        // The compiler and reflect refuse larger elements.
        (*c).elem_size = elem.size as u32;
        (*c).bubble = synctest::current_id();
    }
    c
}

extern "C" fn makechan(typ: *const ChanType, size: i64) -> *mut HChan {
    // SAFETY: compiled code passes a channel type.
    unsafe { make(typ, size) }
}

extern "C" fn chansend1(c: *const HChan, elem: *mut u8) {
    send(c, elem, Mode::Block);
}

extern "C" fn chanrecv1(c: *const HChan, elem: *mut u8) {
    recv(c, elem, Mode::Block, recv_resume);
}

extern "C" fn chanrecv2(c: *const HChan, elem: *mut u8) -> u64 {
    recv(c, elem, Mode::Block, recv2_resume).value as u64
}

/// A send would have to wait. The reads are outdated at once, but it would have had to at that moment.
extern "C" fn cannot_send(c: *const HChan, _: *mut u8) -> u32 {
    // SAFETY: nil or a channel, which the caller's goroutine keeps alive.
    unsafe { c.as_ref() }.is_none_or(|c| !c.may_send() && c.bubble == 0) as u32
}

/// A receive would have to wait.
extern "C" fn cannot_receive(_: *mut u8, c: *const HChan) -> u32 {
    // SAFETY: as above.
    unsafe { c.as_ref() }.is_none_or(|c| c.timer.get().is_null() && !c.may_receive() && c.bubble == 0) as u32
}

extern "C" fn selectnbsend(c: *const HChan, elem: *mut u8) -> u64 {
    send(c, elem, Mode::Try) as u64
}

extern "C" fn selectnbrecv(elem: *mut u8, c: *const HChan) -> Pair {
    let r = recv(c, elem, Mode::Try, recv_resume);
    Pair(r.selected as u64, r.value as u64)
}

extern "C" fn chansend0(c: *const HChan, elem: *mut u8, nonblocking: u64) -> u64 {
    send(c, elem, mode(nonblocking)) as u64
}

extern "C" fn chanrecv(c: *const HChan, nonblocking: u64, elem: *mut u8) -> Pair {
    let r = recv(c, elem, mode(nonblocking), recv_resume);
    Pair(r.selected as u64, r.value as u64)
}

fn mode(nonblocking: u64) -> Mode {
    if nonblocking & 0xff != 0 { Mode::Try } else { Mode::Block }
}

extern "C" fn closechan(c: *const HChan) {
    close(c);
}

extern "C" fn chanlen(c: *const HChan) -> u64 {
    len(c) as u64
}

extern "C" fn chancap(c: *const HChan) -> u64 {
    cap(c) as u64
}

g0_entry!("runtime.makechan", makechan);
g0_entry!("reflect.makechan", makechan);
g0_entry!("runtime.chansend1", chansend1);
g0_entry!("runtime.chanrecv1", chanrecv1);
g0_entry!("runtime.chanrecv2", chanrecv2);
g0_entry!("runtime.closechan", closechan);
g0_entry!("reflect.chanclose", closechan);
try_entry!("runtime.selectnbsend", cannot_send, selectnbsend);
try_entry!("runtime.selectnbrecv", cannot_receive, selectnbrecv);
g0_entry!("runtime.chanlen", chanlen);
g0_entry!("reflect.chanlen", chanlen);
g0_entry!("internal/reflectlite.chanlen", chanlen);
leaf_entry!("runtime.chancap", chancap);
leaf_entry!("reflect.chancap", chancap);
g0_entry!("reflect.chansend0", chansend0);
g0_entry!("reflect.chanrecv", chanrecv);
