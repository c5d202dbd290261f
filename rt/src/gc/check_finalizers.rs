//! `GODEBUG=checkfinalizers=1`: after each marking, world still stopped, looks for objects that a cleanup or finalizer of their own keeps
//! alive, or that share a block with others, which may; reports them as gc does, and ends the program.
//!
//! What a report needs to know beyond the specials, the Go side tells when it attaches one ([`note`]).

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rgo_abi::size_class::TINY_SIZE;

use super::check;
use super::special::{self, Kind, SPECIALS, Specials};
use crate::mem::off_heap::OffHeapVec;
use crate::mem::persistent;
use crate::print::{self, Line};
use crate::sync::Mutex;
use crate::{fatal, rt0, sched, symtab, traceback};
use core::fmt::Write;

static ON: AtomicBool = AtomicBool::new(false);

/// Where a cleanup, or with id 0 the finalizer, of an object comes from.
#[derive(Clone, Copy)]
struct Note {
    object: usize,
    id: u64,
    type_name: &'static str,
    type_size: usize,
    func_pc: usize,
    created_pc: usize,
}

static NOTES: Mutex<OffHeapVec<Note>> = Mutex::new(OffHeapVec::new());

/// Most objects in a report.
const MAX_REPORTS: usize = 50;

/// Reads the environment.
pub fn init() {
    ON.store(rt0::godebug_is_on(b"checkfinalizers"), Relaxed);
}

/// Is this check switched on?
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

extern "C" fn note(object: usize, id: u64, name: *const u8, len: usize, type_size: usize, func_pc: usize) {
    let Some(copy) = persistent::alloc(len.max(1), 1) else { fatal::out_of_memory() };
    // SAFETY: a Go string of `len` bytes, and fresh memory.
    unsafe { copy.as_ptr().copy_from_nonoverlapping(name, len) };
    // SAFETY: as above; the copy stays.
    let name = unsafe { core::slice::from_raw_parts(copy.as_ptr(), len) };
    let type_name = core::str::from_utf8(name).unwrap_or("?");
    let created_pc = traceback::caller_outside_runtime(sched::getg());
    NOTES.lock().push(Note { object, id, type_name, type_size, func_pc, created_pc });
}
g0_entry!("runtime.noteCleanup", note);

#[derive(Clone, Copy)]
struct Report {
    object: usize,
    kind: Kind,
    closure: usize,
    is_cycle: bool,
    is_tiny: bool,
    note: Option<Note>,
}

/// Looks at all finalizers and cleanups. World stopped, marking complete.
pub fn check() {
    if !is_on() {
        return;
    }
    let (mut reports, more) = find(&SPECIALS.lock());
    if reports.is_empty() {
        return;
    }
    reports.sort_unstable_by_key(|r| r.object);
    let mut out = Line::new();
    let _ = out.write_str("WARNING: LIKELY CLEANUP/FINALIZER ISSUES\n\n");
    let mut last = 0;
    for report in reports.iter() {
        if last != report.object {
            if last != 0 {
                let _ = out.write_str("\n");
            }
            write_object(&mut out, report);
        }
        last = report.object;
        write_call(&mut out, report);
    }
    let _ = out.write_str("\n");
    if more {
        let _ = out.write_str("... too many potential issues ...\n");
    }
    drop(out);
    fatal::throw("detected possible issues with cleanups and/or finalizers");
}

/// What there is to report, and whether that is not all.
fn find(specials: &Specials) -> (OffHeapVec<Report>, bool) {
    let notes = NOTES.lock();
    let mut reports = OffHeapVec::new();
    let mut more = false;
    specials.for_each(|object, kind, closure| {
        let id = match kind {
            Kind::Finalizer => 0,
            Kind::Cleanup { id } => id,
            _ => return,
        };
        // The last one: addresses are used again.
        let note = notes.iter().rev().find(|n| n.object == object && n.id == id).copied();
        let is_cycle = check::reaches(object, closure, kind == Kind::Finalizer);
        let is_tiny = special::may_be_tiny(object) && note.is_some_and(|n| n.type_size < TINY_SIZE);
        if !(is_cycle || is_tiny) {
            return;
        }
        if reports.len() == MAX_REPORTS {
            more = true;
            return;
        }
        reports.push(Report { object, kind, closure, is_cycle, is_tiny, note });
    });
    (reports, more)
}

fn write_object(out: &mut Line, report: &Report) {
    let name = report.note.map_or("?", |n| n.type_name);
    let (caller, block) = match report.kind {
        Kind::Finalizer => ("finalizer", "finalizer"),
        _ => ("cleanup or cleanup argument", "cleanup or cleanup argument"),
    };
    let _ = writeln!(out, "Value of type {name} at {:#x}", report.object);
    if report.is_cycle {
        let _ = writeln!(out, "  is reachable from {caller}");
    }
    if report.is_tiny {
        let _ = out.write_str("  is in a tiny block with other (possibly long-lived) values\n");
    }
    if report.is_tiny && report.is_cycle {
        let _ = writeln!(out, "  may be in the same tiny block as {block}");
    }
}

fn write_call(out: &mut Line, report: &Report) {
    let kind = if report.kind == Kind::Finalizer { "finalizer" } else { "cleanup" };
    let _ = writeln!(out, "\nHas {kind} at {:#x}", report.closure);
    if let Some(note) = report.note {
        write_place(out, note.func_pc, note.func_pc);
        let _ = out.write_str("created at: \n");
        write_place(out, note.created_pc, note.created_pc.wrapping_sub(1));
    }
}

/// Function and line of `pc`, looked up at `at`: the calling function, not what was inlined there of package runtime.
fn write_place(out: &mut Line, pc: usize, at: usize) {
    let Some(func) = symtab::lookup(at) else {
        let _ = writeln!(out, "  <bad pc {pc:#x}>");
        return;
    };
    let mut frames = func.frames((at - symtab::text_start()) as u32);
    if let Some(frame) = frames.find(|f| !f.name.starts_with("runtime.")) {
        let offset = pc - symtab::entry(func);
        let _ = writeln!(out, "  {}()\n      {}:{} +{offset:#x}", frame.name, frame.file, frame.line);
    }
}

/// Says how many calls are due, as gc does after each collection.
pub fn print_queue() {
    if is_on() {
        let [cleanups, finalizers] = SPECIALS.lock().calls().map(|c| c.queued - c.executed);
        print::error(format_args!("checkfinalizers: queue: {finalizers} finalizers + {cleanups} cleanups\n"));
    }
}

extern "C" fn is_checking() -> u64 {
    is_on() as u64
}
leaf_entry!("runtime.checksFinalizers", is_checking);
