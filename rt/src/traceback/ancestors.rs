//! `GODEBUG=tracebackancestors=N`: tracebacks show where a goroutine was started, and where the one that started it was, up to N of
//! them, also when those have ended.
//!
//! Each goroutine has a list of records, its own: where its starter was then, then what that one's list says. Records are recycled, never
//! unmapped, so a report of a failure may read those of goroutines that still run: at worst it prints nonsense, and no more than N of it.

use super::print::{is_shown, write_created_by, write_name};
use super::{Frames, level};
use crate::mem::persistent;
use crate::sched::g::G;
use crate::sync::Mutex;
use crate::{rt0, symtab};
use core::fmt::Write;
use core::sync::atomic::{AtomicU32, Ordering};

/// Frames kept of each goroutine.
const FRAMES: usize = 50;

/// Where a goroutine was when it started another one.
struct Record {
    /// The one that started it, or the next unused record.
    next: *mut Record,
    goid: u64,
    created_by_pc: usize,
    n: usize,
    pcs: [usize; FRAMES],
}

struct Unused(*mut Record);

// SAFETY: the records belong to the list.
unsafe impl Send for Unused {}

static UNUSED: Mutex<Unused> = Mutex::new(Unused(core::ptr::null_mut()));
/// Most records of a goroutine; 0: off.
static LIMIT: AtomicU32 = AtomicU32::new(0);

/// Reads the environment.
pub(crate) fn init() {
    let value = rt0::godebug(b"tracebackancestors").and_then(|text| core::str::from_utf8(text).ok());
    LIMIT.store(value.and_then(|text| text.parse().ok()).unwrap_or(0), Ordering::Relaxed);
}

fn take() -> &'static mut Record {
    let mut unused = UNUSED.lock();
    let mut at = unused.0;
    if at.is_null() {
        let Some(memory) = persistent::alloc(size_of::<Record>(), align_of::<Record>()) else {
            crate::fatal::out_of_memory()
        };
        at = memory.as_ptr().cast();
    } else {
        // SAFETY: an unused record belongs to the list.
        unused.0 = unsafe { (*at).next };
    }
    // SAFETY: zeroed memory or an unused record: ours alone now.
    unsafe { &mut *at }
}

/// `parent`, which is in rt, has just started `g`.
#[inline]
pub(crate) fn record(g: &'static G, parent: &'static G) {
    let limit = LIMIT.load(Ordering::Relaxed);
    if limit > 0 {
        record_slow(g, parent, limit);
    }
}

#[cold]
fn record_slow(g: &'static G, parent: &'static G, limit: u32) {
    let first = take();
    first.goid = parent.goid.get();
    first.created_by_pc = parent.created_by_pc.get();
    first.n = Frames::of(parent).return_addresses(&mut first.pcs);
    first.next = core::ptr::null_mut();
    g.ancestors.set(first as *mut Record as usize);
    let (mut last, mut n) = (first, 1);
    let mut from = parent.ancestors.get() as *const Record;
    // SAFETY: the list of the running goroutine.
    while let Some(record) = unsafe { from.as_ref() }
        && n < limit
    {
        let copy = take();
        (copy.goid, copy.created_by_pc, copy.n) = (record.goid, record.created_by_pc, record.n);
        copy.pcs = record.pcs;
        copy.next = core::ptr::null_mut();
        last.next = copy;
        // SAFETY: set in the line before.
        last = unsafe { &mut *last.next };
        (from, n) = (record.next, n + 1);
    }
}

/// `g` has ended.
#[inline]
pub(crate) fn forget(g: &'static G) {
    let first = g.ancestors.replace(0) as *mut Record;
    if !first.is_null() {
        forget_slow(first);
    }
}

#[cold]
fn forget_slow(first: *mut Record) {
    let mut last = first;
    // SAFETY: the list belonged to a goroutine that has ended.
    while let Some(next) = unsafe { (*last).next.as_mut() } {
        last = next;
    }
    let mut unused = UNUSED.lock();
    // SAFETY: as above.
    unsafe { (*last).next = unused.0 };
    unused.0 = first;
}

/// Writes what is known of the goroutines before `g`.
pub(super) fn write(out: &mut impl Write, g: &'static G) {
    let mut at = g.ancestors.get() as *const Record;
    for _ in 0..LIMIT.load(Ordering::Relaxed) {
        // SAFETY: records are never unmapped.
        let Some(record) = (unsafe { at.as_ref() }) else { return };
        write_record(out, record);
        at = record.next;
    }
}

fn write_record(out: &mut impl Write, record: &Record) {
    let _ = writeln!(out, "[originating from goroutine {}]:", record.goid);
    let all = level().detail >= 2;
    let mut innermost = true;
    for &pc in &record.pcs[..record.n.min(FRAMES)] {
        let Some(func) = symtab::lookup(pc.wrapping_sub(1)).filter(|f| all || !f.is_wrapper()) else {
            continue;
        };
        for frame in func.frames((pc - 1 - symtab::text_start()) as u32) {
            if !(all || is_shown(frame.name, innermost)) {
                continue;
            }
            innermost = false;
            write_name(out, frame.name);
            let offset = pc - symtab::entry(func);
            let _ = writeln!(out, "(...)\n\t{}:{} +{offset:#x}", frame.file, frame.line);
        }
    }
    if record.n == FRAMES {
        let _ = out.write_str("...additional frames elided...\n");
    }
    if record.goid != 1 {
        write_created_by(out, record.created_by_pc, None);
    }
}
