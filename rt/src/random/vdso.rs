//! The kernel's generator without a system call: `__vdso_getrandom` (Linux 6.11), which keeps a state for each thread.
//!
//! The kernel says how large a state is and how to map the memory for states, and may drop what is in it at any time; a state must not cross the end of a
//! page. An M keeps its state for good.

use crate::arch::current_m;
use crate::os;
use crate::sync::Mutex;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

type Function = extern "C" fn(buf: *mut u8, len: usize, flags: u32, state: *mut u8, size: usize) -> isize;

/// What the kernel says about states.
#[repr(C)]
#[derive(Default)]
struct Params {
    size: u32,
    prot: u32,
    flags: u32,
    reserved: [u32; 13],
}

/// The caller makes the system call then.
const UNSUPPORTED: i64 = i64::MIN;

/// Address of the function: 0 before it has been looked for, `NONE` if it is not there.
static FUNCTION: AtomicUsize = AtomicUsize::new(0);
const NONE: usize = 1;
/// Size of a state; set before `FUNCTION`.
static SIZE: AtomicUsize = AtomicUsize::new(0);

/// Memory for the next states.
struct Room {
    next: usize,
    end: usize,
}
static ROOM: Mutex<Room> = Mutex::new(Room { next: 0, end: 0 });

fn function(address: usize) -> Function {
    // SAFETY: the address came from the vDSO's symbol of this C signature.
    unsafe { core::mem::transmute(address) }
}

/// What the kernel says, if it has the function.
fn params(address: usize) -> Option<Params> {
    let mut params = Params::default();
    let at = (&raw mut params).cast();
    (function(address)(null_mut(), 0, 0, at, usize::MAX) == 0).then_some(params)
}

/// A state for the current M, or `None` if there is no such function, or no memory.
fn new_state() -> Option<usize> {
    // Each page holds a whole number of states.
    let mut room = ROOM.lock();
    let address = match FUNCTION.load(Ordering::Acquire) {
        0 => os::vdso_symbol(b"__vdso_getrandom").unwrap_or(NONE),
        known => known,
    };
    let params = if address == NONE { None } else { params(address) };
    let size = params.as_ref().map_or(0, |p| (p.size as usize).next_multiple_of(64));
    let Some(params) = params.filter(|_| size != 0 && size <= os::PAGE_SIZE) else {
        FUNCTION.store(NONE, Ordering::Release);
        return None;
    };
    if room.end - room.next < size {
        room.next = os::map_with(os::PAGE_SIZE, params.prot, params.flags)?;
        room.end = room.next + os::PAGE_SIZE;
    }
    SIZE.store(params.size as usize, Ordering::Relaxed);
    FUNCTION.store(address, Ordering::Release);
    let state = room.next;
    room.next += size;
    Some(state)
}

/// Fills `n` bytes at `p`: their number, or a negative error, or `UNSUPPORTED`. On g0, so that the goroutine stays on its M and the function, which
/// is C, has a stack.
extern "C" fn fill(p: *mut u8, n: usize, flags: u32) -> i64 {
    let m = current_m();
    if m.vdso_random.get() == 0 {
        if FUNCTION.load(Ordering::Acquire) == NONE {
            return UNSUPPORTED;
        }
        let Some(state) = new_state() else { return UNSUPPORTED };
        m.vdso_random.set(state);
    }
    let address = FUNCTION.load(Ordering::Acquire);
    function(address)(p, n, flags, m.vdso_random.get() as *mut u8, SIZE.load(Ordering::Relaxed)) as i64
}
g0_entry!("runtime.vdsoRandom", fill);
