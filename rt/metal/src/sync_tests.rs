//! Channels, select, semaphores, condition variables.

use core::cell::UnsafeCell;
use core::hint::black_box;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use rgo_abi::types::Scase;

use crate::go::{get, go, gosched, make_chan, new, poll, recv, send, set};
use crate::types::{CHAN_INT, NODE};
use crate::{Scale, check, go_fn, rt};

go_fn!(echo = "metal.echo" calls echo_body);
/// Receives from the first channel, sends one more to the second, `n` times.
extern "C" fn echo_body(f: usize) {
    for _ in 0..get(f, 3) {
        let (value, _) = recv(get(f, 1));
        send(get(f, 2), value + 1);
    }
}

/// Two goroutines take turns.
pub fn ping_pong(scale: Scale) -> u64 {
    let n = scale.of(200_000);
    let (to, from) = (make_chan(&CHAN_INT, 0), make_chan(&CHAN_INT, 0));
    go(echo, &[to, from, n]);
    let mut value = 0;
    for _ in 0..n {
        send(to, value);
        value = recv(from).0;
    }
    check(value == n, "every value came back one larger");
    n as u64
}

go_fn!(producer = "metal.producer" calls producer_body);
/// Sends `n` numbers from `first` on.
extern "C" fn producer_body(f: usize) {
    let (c, n, first) = (get(f, 1), get(f, 2), get(f, 3));
    for i in 0..n {
        send(c, first + i);
        if i % 64 == 0 {
            poll();
        }
    }
}

fn sum_below(n: usize) -> usize {
    n * (n - 1) / 2
}

/// Many senders, one receiver, a buffer.
pub fn buffered(scale: Scale) -> u64 {
    let n = scale.of(10_000);
    let c = make_chan(&CHAN_INT, 16);
    for i in 0..8 {
        go(producer, &[c, n, i * n]);
    }
    let sum: usize = (0..8 * n).map(|_| recv(c).0).sum();
    check(sum == sum_below(8 * n), "every value arrived once");
    check(rt!("runtime.chanlen", c)[0] == 0 && rt!("runtime.chancap", c)[0] == 16, "len and cap");
    8 * n as u64
}

go_fn!(chooser = "metal.chooser" calls chooser_body);
/// Receives `n` values by select from either channel of the pair; sends their sum.
extern "C" fn chooser_body(f: usize) {
    let (pair, n, result) = (get(f, 1), get(f, 2), get(f, 3));
    let mut sum = 0;
    for i in 0..n {
        let mut values = [0usize; 2];
        let place = |i: usize, values: &mut [usize; 2]| (&raw mut values[i]).cast::<u8>();
        let cases = [
            Scase { c: get(pair, 0) as *mut u8, elem: place(0, &mut values) },
            Scase { c: null_mut(), elem: null_mut() },
            Scase { c: get(pair, 1) as *mut u8, elem: place(1, &mut values) },
        ];
        let mut order = [0u16; 6];
        let [chosen, received] = rt!("runtime.selectgo", cases.as_ptr(), order.as_mut_ptr(), 0, 0, 3, 1);
        black_box((&cases, &order));
        check(received == 1 && (chosen == 0 || chosen == 2), "a case with a channel was chosen");
        sum += black_box(values)[chosen / 2];
        if i % 64 == 0 {
            poll();
        }
    }
    send(result, sum);
}

/// Selects against plain senders, buffered and not.
pub fn select(scale: Scale) -> u64 {
    let n = scale.of(20_000);
    let pair = new(&NODE);
    set(pair, 0, make_chan(&CHAN_INT, 0));
    set(pair, 1, make_chan(&CHAN_INT, 4));
    let result = make_chan(&CHAN_INT, 0);
    for i in 0..4 {
        go(chooser, &[pair, n, result]);
        go(producer, &[get(pair, i % 2), n, i * n]);
    }
    let sum: usize = (0..4).map(|_| recv(result).0).sum();
    check(sum == sum_below(4 * n), "every value was selected once");
    black_box(pair);
    4 * n as u64
}

/// Non-blocking operations, and the ends of channels.
pub fn closing(_scale: Scale) -> u64 {
    let c = make_chan(&CHAN_INT, 1);
    let value = 7usize;
    let mut place = 1usize;
    check(rt!("runtime.selectnbrecv", &raw mut place, c) == [0, 0], "nothing to receive");
    check(rt!("runtime.selectnbsend", c, &raw const value)[0] == 1, "room to send");
    check(rt!("runtime.selectnbsend", c, &raw const value)[0] == 0, "full");
    check(rt!("runtime.selectnbsend", 0, &raw const value)[0] == 0, "a nil channel is never ready");
    rt!("runtime.closechan", c);
    check(recv(c) == (7, true), "a closed channel delivers what it holds");
    check(recv(c) == (0, false), "then zeros");
    check(
        rt!("runtime.selectnbrecv", &raw mut place, c) == [1, 0] && black_box(place) == 0,
        "also without blocking",
    );
    // Close wakes everybody.
    let (c, result) = (make_chan(&CHAN_INT, 0), make_chan(&CHAN_INT, 0));
    for _ in 0..10 {
        go(waiter_for_close, &[c, result]);
    }
    gosched();
    rt!("runtime.closechan", c);
    check((0..10).all(|_| recv(result).0 == 1), "receivers saw the close");
    1
}

go_fn!(waiter_for_close = "metal.waiter_for_close" calls waiter_for_close_body);
extern "C" fn waiter_for_close_body(f: usize) {
    let closed = recv(get(f, 1)) == (0, false);
    send(get(f, 2), closed as usize);
}

/// Plain memory under the semaphore.
struct Guarded(UnsafeCell<u64>);
// SAFETY: used under `SEMAPHORE`, which is what the test is about.
unsafe impl Sync for Guarded {}

static SEMAPHORE: AtomicU32 = AtomicU32::new(1);
static GUARDED: Guarded = Guarded(UnsafeCell::new(0));

go_fn!(locker = "metal.locker" calls locker_body);
extern "C" fn locker_body(f: usize) {
    for i in 0..get(f, 2) {
        rt!("internal/sync.runtime_SemacquireMutex", SEMAPHORE.as_ptr(), i % 2, 0);
        // SAFETY: the semaphore admits one goroutine.
        let before = unsafe { *GUARDED.0.get() };
        if i % 100 == 0 {
            gosched();
        }
        // SAFETY: as above.
        unsafe { *GUARDED.0.get() = before + 1 };
        rt!("internal/sync.runtime_Semrelease", SEMAPHORE.as_ptr(), i % 3 == 0, 0);
    }
    send(get(f, 1), 1);
}

/// A semaphore as a mutex.
pub fn semaphore(scale: Scale) -> u64 {
    let n = scale.of(5_000);
    // SAFETY: no other goroutine uses it yet.
    unsafe { *GUARDED.0.get() = 0 };
    let done = make_chan(&CHAN_INT, 0);
    for _ in 0..8 {
        go(locker, &[done, n]);
    }
    for _ in 0..8 {
        recv(done);
    }
    // SAFETY: all others are done.
    check(unsafe { *GUARDED.0.get() } == 8 * n as u64, "no increment was lost");
    8 * n as u64
}

/// A `sync.notifyList`.
static LIST: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

go_fn!(cond_waiter = "metal.cond_waiter" calls cond_waiter_body);
extern "C" fn cond_waiter_body(f: usize) {
    let ticket = rt!("sync.runtime_notifyListAdd", LIST.as_ptr())[0];
    send(get(f, 1), ticket);
    rt!("sync.runtime_notifyListWait", LIST.as_ptr(), ticket);
    send(get(f, 1), ticket);
}

/// Condition variables wake in the order of tickets.
pub fn condition(_scale: Scale) -> u64 {
    let c = make_chan(&CHAN_INT, 0);
    let first = LIST[0].load(SeqCst) as u32 as usize;
    for _ in 0..10 {
        go(cond_waiter, &[c]);
    }
    for _ in 0..10 {
        recv(c);
    }
    for i in 0..2 {
        rt!("sync.runtime_notifyListNotifyOne", LIST.as_ptr());
        check(recv(c).0 == first + i, "the lowest ticket is served first");
    }
    rt!("sync.runtime_notifyListNotifyAll", LIST.as_ptr());
    let mut sum: usize = (0..8).map(|_| recv(c).0).sum();
    sum -= 8 * first;
    check(sum == (2..10).sum(), "everybody else is woken");
    10
}

go_fn!(resizer = "metal.resizer" calls resizer_body);
extern "C" fn resizer_body(f: usize) {
    for i in 0..get(f, 2) {
        rt!("runtime.gomaxprocs", 1 + i % 4);
        gosched();
    }
    send(get(f, 1), 0);
}

/// GOMAXPROCS changes while goroutines communicate.
pub fn changing_procs(scale: Scale) -> u64 {
    let before = rt!("runtime.gomaxprocs", 0)[0];
    let done = make_chan(&CHAN_INT, 0);
    go(resizer, &[done, scale.of(200)]);
    buffered(scale);
    select(scale);
    recv(done);
    rt!("runtime.gomaxprocs", before);
    check(rt!("runtime.gomaxprocs", 0)[0] == before, "the old number is back");
    1
}
