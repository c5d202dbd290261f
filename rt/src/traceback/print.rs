//! Tracebacks as text, line for line as gc prints them. Arguments are not shown: they are in registers, and nothing says where
//! they are later.

use super::{Frames, PhysicalFrame, ancestors, entry_of, level};
use crate::arch::current_m;
use crate::sched::g::{G, Status, WAIT_REASONS};
use crate::sched::m::M;
use crate::{print, sched, symtab};
use core::fmt::Write;
use core::sync::atomic::{AtomicBool, Ordering};

/// Frames printed of one goroutine: this many innermost and as many outermost.
const HALF: usize = 50;

/// Is such a frame shown by default? Of package runtime only what a program can call, what runs finalizers, and, below other
/// frames, panic; nothing that is no function of a package.
pub(super) fn is_shown(name: &str, innermost: bool) -> bool {
    match name.strip_prefix("runtime.") {
        None => name.contains('.'),
        Some("gopanic") => !innermost,
        Some("runFinalizers" | "runCleanups") => true,
        Some(rest) => is_exported(rest),
    }
}

/// `Func` or `(*Type).Method` with upper-case initials.
fn is_exported(name: &str) -> bool {
    let upper = |text: &str| text.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
    match name.rsplit_once('.') {
        None => upper(name),
        Some((receiver, method)) => {
            let pointer = receiver.strip_prefix("(*").and_then(|rest| rest.strip_suffix(')'));
            upper(method) && upper(pointer.unwrap_or(receiver))
        }
    }
}

/// How tracebacks spell a function: type arguments are shortened.
pub(super) fn write_name(out: &mut impl Write, name: &str) {
    if name == "runtime.gopanic" {
        let _ = out.write_str("panic");
        return;
    }
    let mut depth = 0;
    for c in name.chars() {
        match c {
            '[' => {
                if depth == 0 {
                    let _ = out.write_str("[...]");
                }
                depth += 1;
            }
            ']' if depth > 0 => depth -= 1,
            c if depth == 0 => {
                let _ = out.write_char(c);
            }
            _ => {}
        }
    }
}

/// Tracebacks show the labels of goroutines.
static SHOW_LABELS: AtomicBool = AtomicBool::new(true);

extern "C" fn set_show_labels(on: u64) {
    SHOW_LABELS.store(on & 0xff != 0, Ordering::Relaxed);
}
leaf_entry!("runtime.setTracebackLabels", set_show_labels);

/// Writes the labels of a goroutine, an `internal/runtime/pprof/label.Set`: a slice of pairs of strings.
fn write_labels(out: &mut impl Write, set: usize) {
    // SAFETY: `G::labels` is nil or points to a set, which never changes.
    let [list, n] = unsafe { *(set as *const [usize; 2]) };
    if n == 0 {
        return;
    }
    // SAFETY: as above.
    let pairs = unsafe { core::slice::from_raw_parts(list as *const [(*const u8, usize); 2], n) };
    for (i, pair) in pairs.iter().enumerate() {
        let _ = out.write_str(if i == 0 { " {" } else { ", " });
        for (j, &(at, len)) in pair.iter().enumerate() {
            if j == 1 {
                let _ = out.write_str(": ");
            }
            // SAFETY: the pair is two Go strings.
            write_label(out, if len == 0 { b"" } else { unsafe { core::slice::from_raw_parts(at, len) } });
        }
    }
    let _ = out.write_str("}");
}

/// Writes a key or value, quoted if it is no plain word.
fn write_label(out: &mut impl Write, text: &[u8]) {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'_');
    let quoted = !text.iter().all(plain);
    if quoted {
        let _ = out.write_char('"');
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let _ = match c {
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                '\\' | '"' => write!(out, "\\{c}"),
                ' '..='~' => out.write_char(c),
                c if (c as u32) < 127 => write!(out, "\\x{:02x}", c as u32),
                c if (c as u32) < 0x1_0000 => write!(out, "\\u{:04x}", c as u32),
                c => write!(out, "\\U{:08x}", c as u32),
            };
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\x{b:02x}");
        }
    }
    if quoted {
        let _ = out.write_char('"');
    }
}

fn write_header(out: &mut impl Write, g: &'static G) {
    let state = match g.status() {
        Status::Idle => "idle",
        Status::Runnable => "runnable",
        Status::Running => "running",
        Status::Syscall => "syscall",
        Status::Waiting => match WAIT_REASONS[g.wait_reason.get() as usize] {
            "" => "waiting",
            reason => reason,
        },
        Status::Dead => "dead",
    };
    let minutes = match g.wait_since.get() {
        0 => 0,
        since => (crate::os::nanotime() - since) / 60_000_000_000,
    };
    let locked = if g.locked_m.get().is_some() { ", locked to thread" } else { "" };
    let _ = write!(out, "goroutine {}", g.goid.get());
    if level().detail >= 2 {
        let _ = write!(out, " gp={:#x}", g.addr());
        // SAFETY: nil or an M, never freed.
        let m = unsafe { g.m.load(Ordering::Acquire).as_ref() };
        let _ = match m.filter(|m| runs_on(m, g)) {
            Some(m) => write!(out, " m={} mp={:#x}", m.id.get(), m.self_addr.get()),
            None => out.write_str(" m=nil"),
        };
    }
    let _ = write!(out, " [{state}");
    let bubble = g.bubble.get();
    if bubble.is_some()
        && g.status() == Status::Waiting
        && g.wait_reason.get().is_durable()
        && !state.ends_with("(durable)")
    {
        let _ = out.write_str(" (durable)");
    }
    if g.leaked.get() && g.status() == Status::Waiting {
        let _ = out.write_str(" (leaked)");
    }
    if minutes >= 1 && matches!(g.status(), Status::Waiting | Status::Syscall) {
        let _ = write!(out, ", {minutes} minutes");
    }
    let _ = out.write_str(locked);
    if let Some(bubble) = bubble {
        let _ = write!(out, ", synctest bubble {}", bubble.id());
    }
    let _ = out.write_str("]");
    if g.labels.get() != 0 && SHOW_LABELS.load(Ordering::Relaxed) {
        write_labels(out, g.labels.get());
    }
    let _ = out.write_str(":\n");
}

fn runs_on(m: &'static M, g: &'static G) -> bool {
    [m.curg.get(), m.g0.get()].iter().flatten().any(|&on| core::ptr::eq(on, g))
}

/// Writes header and frames of g, which is not in compiled code.
pub(crate) fn write_goroutine(out: &mut impl Write, g: &'static G) {
    write_header(out, g);
    // What it waits in, if programs know that as a function.
    let is_known = |entry: &symtab::FuncRef<'_>| {
        entry.decl().1 != 0 && (level().detail >= 2 || is_shown(entry.name(), true))
    };
    let entry = entry_of(g).filter(is_known);
    if let Some(entry) = entry {
        write_entry(out, entry);
    }
    write_frames(out, Frames::of(g), entry.is_some());
    write_creator(out, g);
}

fn write_entry(out: &mut impl Write, entry: symtab::FuncRef<'static>) {
    let arguments = if entry.has_args() { "(...)" } else { "()" };
    let (file, line) = entry.decl();
    let _ = write!(out, "{}{arguments}\n\t{file}:{line} +{:#x}", entry.name(), entry.size());
    if level().detail >= 2 {
        let _ = write!(out, " pc={:#x}", symtab::entry(entry) + entry.size() as usize);
    }
    let _ = out.write_str("\n");
}

/// What is known of the frames at `pc`.
#[derive(Clone, Copy, Default)]
struct Known {
    pc: usize,
    /// How many calls are shown; of wrappers, and of the innermost frame, it depends.
    shown: usize,
    is_wrapper: bool,
    begins_panic: bool,
}

/// How many calls of a frame are shown. Deep recursion repeats few addresses, so the last answers are kept.
struct Shown {
    known: [Known; 16],
    /// All calls are.
    runtime: bool,
}

impl Shown {
    fn new(runtime: bool) -> Shown {
        Shown { known: [Known::default(); 16], runtime }
    }

    /// The number for `frame`, and whether wrappers that call it are shown; `callee_panics` is that of the frame's callee.
    fn count(&mut self, frame: PhysicalFrame, innermost: bool, callee_panics: bool) -> (usize, bool) {
        let pc = frame.lookup_pc();
        let slot = &mut self.known[pc % 16];
        if slot.pc != pc {
            let func = symtab::lookup(pc);
            *slot = Known {
                pc,
                shown: 0,
                is_wrapper: func.is_some_and(|func| func.is_wrapper()),
                begins_panic: func.is_some_and(begins_panic),
            };
            each_shown(pc, false, self.runtime, false, |_, _| slot.shown += 1);
        }
        if !(innermost || slot.is_wrapper && callee_panics) {
            return (slot.shown, slot.begins_panic);
        }
        let mut n = 0;
        each_shown(pc, innermost, self.runtime, callee_panics, |_, _| n += 1);
        (n, slot.begins_panic)
    }
}

/// Is it one that a failing wrapper calls?
fn begins_panic(func: symtab::FuncRef<'static>) -> bool {
    matches!(func.name(), "runtime.gopanic" | "runtime.sigpanic" | "runtime.panicwrap")
}

/// Calls `f` with the calls at an instruction that tracebacks show; Wrappers are left out,
/// unless they fail themselves (`callee_panics`).
fn each_shown(
    pc: usize,
    innermost: bool,
    runtime: bool,
    callee_panics: bool,
    mut f: impl FnMut(symtab::FuncRef<'static>, rgo_abi::functab::Frame<'static>),
) {
    let Some(func) = symtab::lookup(pc) else { return };
    if func.is_wrapper() && !runtime && !callee_panics {
        return;
    }
    let mut innermost = innermost;
    for frame in func.frames((pc - symtab::text_start()) as u32) {
        if runtime || is_shown(frame.name, innermost) {
            innermost = false;
            f(func, frame);
        }
    }
}

/// Writes the calls of a goroutine: of many only the innermost and outermost. `in_entry`: the entry that was called innermost has been
/// written.
fn write_frames(out: &mut impl Write, mut frames: Frames, in_entry: bool) {
    let detailed = level().detail >= 2;
    let mut shown = Shown::new(detailed);
    let mut total = count_shown(frames.clone(), &mut shown);
    if total == 0 && !in_entry && !shown.runtime {
        // Of a goroutine that has nothing but the runtime's frames these are shown.
        shown = Shown::new(true);
        total = count_shown(frames.clone(), &mut shown);
    }
    let elided = if total > 2 * HALF { HALF..total - HALF } else { 0..0 };
    let (mut n, mut told, mut panics) = (0, false, false);
    while let Some(frame) = frames.next {
        // The machinery of the panic that is being reported comes before the first frame of interest.
        let innermost = n == 0;
        let (here, begins_panic) = shown.count(frame, innermost, panics);
        let callee_panics = core::mem::replace(&mut panics, begins_panic);
        if !elided.is_empty() && !told && n + here > elided.start {
            told = true;
            let _ = writeln!(out, "...{} frames elided...", elided.len());
        }
        if elided.contains(&n) && n + here < elided.end {
            n += here;
            frames.step();
            continue;
        }
        each_shown(frame.lookup_pc(), innermost, shown.runtime, callee_panics, |func, f| {
            n += 1;
            if elided.contains(&(n - 1)) {
                return;
            }
            write_name(out, f.name);
            let arguments = if f.inlined || func.has_args() { "(...)" } else { "()" };
            let file = if f.file.is_empty() { "??" } else { f.file };
            let _ = write!(out, "{arguments}\n\t{file}:{}", f.line);
            if f.inlined {
                let _ = out.write_str("\n");
            } else {
                let offset = frame.pc.wrapping_sub(symtab::entry(func));
                if offset != 0 {
                    let _ = write!(out, " +{offset:#x}");
                }
                if detailed {
                    let _ = write!(out, " fp={:#x} sp={:#x} pc={:#x}", frame.fp + 16, frame.sp, frame.pc);
                }
                let _ = out.write_str("\n");
            }
        });
        frames.next();
    }
}

fn count_shown(mut frames: Frames, shown: &mut Shown) -> usize {
    let (mut total, mut panics) = (0, false);
    while let Some(frame) = frames.next {
        let (n, begins_panic) = shown.count(frame, total == 0, panics);
        total += n;
        panics = begins_panic;
        frames.step();
    }
    total
}

/// Says who started `g`, and with `tracebackancestors` who started that one.
fn write_creator(out: &mut impl Write, g: &'static G) {
    if g.goid.get() > 1 {
        let parent = Some(g.parent.get()).filter(|&parent| parent != 0);
        write_created_by(out, g.created_by_pc.get(), parent);
    }
    ancestors::write(out, g);
}

/// Says where a goroutine was started, and by which, unless that follows anyway.
pub(super) fn write_created_by(out: &mut impl Write, pc: usize, parent: Option<u64>) {
    let at = pc.wrapping_sub(1);
    let Some(func) = symtab::lookup(at) else { return };
    let Some(frame) = func.frames((at - symtab::text_start()) as u32).next() else { return };
    if level().detail < 2 && !is_shown(frame.name, false) {
        return;
    }
    let _ = out.write_str("created by ");
    write_name(out, frame.name);
    if let Some(parent) = parent {
        let _ = write!(out, " in goroutine {parent}");
    }
    let _ = writeln!(out, "\n\t{}:{} +{:#x}", frame.file, frame.line, pc - symtab::entry(func));
}

/// Prints one goroutine.
pub(crate) fn print_goroutine(g: &'static G) {
    if level().detail > 0 {
        write_goroutine(&mut print::Line::new(), g);
    }
}

/// Prints one goroutine that was interrupted with these registers.
pub(crate) fn print_interrupted(g: &'static G, pc: usize, fp: usize, sp: usize) {
    let mut out = print::Line::new();
    write_header(&mut out, g);
    write_frames(&mut out, Frames::interrupted(g, pc, fp, sp), false);
    write_creator(&mut out, g);
}

/// Prints all goroutines but `except`, first the one that this M runs, without the runtime's own unless asked for.
pub(crate) fn print_others(except: Option<&'static G>) {
    let level = level();
    if level.detail == 0 {
        return;
    }
    let is_except = |g: &'static G| except.is_some_and(|e| core::ptr::eq(e, g));
    let current = current_m().curg.get();
    if let Some(g) = current
        && !is_except(g)
    {
        print_other(g);
    }
    sched::for_each_g(|g| {
        let is_current = current.is_some_and(|c| core::ptr::eq(c, g));
        if !(is_except(g) || is_current || g.is_system_now() && level.detail < 2) {
            print_other(g);
        }
    });
}

/// Prints a goroutine after others; one that runs on another M without frames.
pub(crate) fn print_other(g: &'static G) {
    let mut out = print::Line::new();
    let _ = out.write_str("\n");
    write_one(&mut out, g);
}

/// Prints the goroutines of a bubble, but `except`.
pub(crate) fn print_bubble(id: u32, except: &'static G) {
    sched::for_each_g(|g| {
        if g.bubble.get().is_some_and(|b| b.id() == id) && !core::ptr::eq(g, except) {
            print_other(g);
        }
    });
}

fn write_one(out: &mut impl Write, g: &'static G) {
    let here = current_m().curg.get().is_some_and(|c| core::ptr::eq(c, g));
    if g.status() == Status::Running && !here {
        write_header(out, g);
        let _ = out.write_str("\tgoroutine running on other thread; stack unavailable\n");
        write_creator(out, g);
    } else {
        write_goroutine(out, g);
    }
}

/// Text into a Go buffer, as far as it fits.
struct Buffer {
    at: *mut u8,
    left: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let n = s.len().min(self.left);
        // SAFETY: the buffer has `left` more bytes.
        unsafe { self.at.copy_from_nonoverlapping(s.as_ptr(), n) };
        // SAFETY: as above.
        self.at = unsafe { self.at.add(n) };
        self.left -= n;
        Ok(())
    }
}

/// `runtime.Stack`: the caller's traceback, with `all` everybody's (the world is stopped meanwhile). `GOTRACEBACK` is about crashes only.
extern "C" fn stack_text(buf: *mut u8, len: usize, all: u64) -> usize {
    let g = sched::getg();
    let mut out = Buffer { at: buf, left: len };
    let all = all & 0xff != 0;
    if all {
        sched::stop_the_world();
    }
    let m = crate::arch::current_m();
    m.traceback.set(1);
    write_header(&mut out, g);
    // Without runtime.Stack itself.
    let mut frames = Frames::of(g);
    frames.next();
    write_frames(&mut out, frames, false);
    write_creator(&mut out, g);
    if all {
        sched::for_each_g(|other| {
            if !core::ptr::eq(other, g) && !other.is_system_now() {
                let _ = out.write_str("\n");
                write_goroutine(&mut out, other);
            }
        });
    }
    m.traceback.set(0);
    if all {
        sched::start_the_world();
    }
    len - out.left
}
g0_entry!("runtime.stackText", stack_text);
