//! How much tracebacks show: `GOTRACEBACK` and `debug.SetTraceback`.

use crate::arch::current_m;
use crate::rt0;
use core::sync::atomic::{AtomicU32, Ordering};

/// What to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Level {
    /// 0: no tracebacks; 1: the program's frames; from 2 on also the runtime's frames and goroutines, with addresses.
    pub detail: u32,
    /// All goroutines, not only the one that fails.
    pub all: bool,
    /// Die of SIGABRT, so that the kernel writes a core file.
    pub crash: bool,
}

const CRASH: u32 = 1;
const ALL: u32 = 2;
const SHIFT: u32 = 2;
const UNSET: u32 = u32::MAX;

/// The level in bits, as above.
static BITS: AtomicU32 = AtomicU32::new(UNSET);

/// A word as `GOTRACEBACK` has it. What is not understood means all goroutines without frames, as in gc.
fn parse(text: &[u8]) -> u32 {
    match text {
        b"none" => 0,
        b"single" | b"" => 1 << SHIFT,
        b"all" => 1 << SHIFT | ALL,
        b"system" => 2 << SHIFT | ALL,
        b"crash" => 2 << SHIFT | ALL | CRASH,
        number => {
            let text = core::str::from_utf8(number).unwrap_or_default();
            ALL | text.parse::<u32>().unwrap_or(0) << SHIFT
        }
    }
}

/// Of the environment. Programs that run with others' rights show nothing.
fn initial() -> u32 {
    if rt0::is_secure() {
        return 0;
    }
    parse(rt0::env(b"GOTRACEBACK").unwrap_or_default())
}

fn bits() -> u32 {
    match BITS.load(Ordering::Relaxed) {
        UNSET => initial(),
        bits => bits,
    }
}

/// What this M is to show now: reports of rt's own failures show everything, whatever GOTRACEBACK says, and `runtime.Stack` always the same.
pub(crate) fn level() -> Level {
    let bits = bits();
    let (throwing, wanted) = (current_m().throwing.get(), current_m().traceback.get());
    Level {
        detail: match wanted {
            0 if throwing >= crate::fatal::BY_RUNTIME => 2,
            0 => bits >> SHIFT,
            wanted => wanted,
        },
        all: throwing >= crate::fatal::BY_RUNTIME || bits & ALL != 0,
        crash: bits & CRASH != 0,
    }
}

/// The program can ask for more than the environment does, not for less.
extern "C" fn set_traceback(p: *const u8, n: usize) {
    // SAFETY: a Go string.
    let text = if n == 0 { b"" } else { unsafe { core::slice::from_raw_parts(p, n) } };
    BITS.store((parse(text) | initial()) & !(1 << 31), Ordering::Relaxed);
}
leaf_entry!("runtime/debug.SetTraceback", set_traceback);
