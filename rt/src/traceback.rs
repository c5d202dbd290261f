//! Walking goroutine stacks by frame pointers, and printing them as gc does.
//!
//! `[fp]` is the caller's frame pointer and `[fp+8]` the return address, or `rt.lessstack` where a segment begins; then the
//! segment's header, right above, holds the real one. The walk ends at `rt.goexit0`.

use crate::arch::{self, SavedFrame, current_m};
use crate::sched::g::{G, Status, WAIT_REASONS};
use crate::stack::Segment;
use crate::{print, rt0, sched, symtab};
use core::fmt::Write;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// GOTRACEBACK levels.
pub(crate) const NONE: usize = 0;
pub(crate) const SINGLE: usize = 1;
pub(crate) const ALL: usize = 2;
pub(crate) const SYSTEM: usize = 3;
pub(crate) const CRASH: usize = 4;
const UNSET: usize = usize::MAX;

/// Frames printed of one goroutine: this many innermost and as many outermost.
const HALF: usize = 50;

static LEVEL: AtomicUsize = AtomicUsize::new(UNSET);

/// The current GOTRACEBACK level.
pub(crate) fn level() -> usize {
    let level = LEVEL.load(Ordering::Relaxed);
    if level != UNSET {
        return level;
    }
    match rt0::env(b"GOTRACEBACK") {
        Some(b"none") | Some(b"0") => NONE,
        Some(b"all") | Some(b"1") => ALL,
        Some(b"system") | Some(b"2") => SYSTEM,
        Some(b"crash") => CRASH,
        _ => SINGLE,
    }
}

extern "C" fn set_level(new: usize) -> usize {
    let old = level();
    LEVEL.store(new, Ordering::Relaxed);
    old
}
leaf_entry!("runtime.setTracebackLevel", set_level);

/// One physical frame.
#[derive(Clone, Copy)]
pub(crate) struct PhysicalFrame {
    pub pc: usize,
    pub fp: usize,
    /// The stack pointer, for functions in assembly, which leave no frame pointer; 0 when not known.
    pub sp: usize,
    /// `pc` is the instruction itself, not a return address.
    pub exact: bool,
}

impl PhysicalFrame {
    /// An address inside the instruction.
    pub(crate) fn lookup_pc(&self) -> usize {
        if self.exact { self.pc } else { self.pc.wrapping_sub(1) }
    }
}

/// Iterator over a goroutine's frames, innermost first.
#[derive(Clone)]
pub(crate) struct Frames {
    next: Option<PhysicalFrame>,
    segment: *mut Segment,
    /// What comes after the first frame, if that has set up no frame pointer of its own.
    caller: Option<PhysicalFrame>,
}

impl Frames {
    /// All frames of a goroutine that does not run (or that is inside rt).
    pub(crate) fn of(g: &'static G) -> Frames {
        let (pc, fp) = if g.status() == Status::Syscall {
            let frame = g.syscall_frame.get();
            (frame[6], frame[5])
        } else if g.sched_sp.get() != 0 {
            // SAFETY: `sched_sp` of a goroutine that is not in compiled code points at a saved frame.
            let frame = unsafe { *(g.sched_sp.get() as *const SavedFrame) };
            (frame.return_pc, frame.rbp)
        } else {
            (0, 0)
        };
        Frames::from(g, pc, fp, false)
    }

    /// Frames from a given place outwards.
    pub(crate) fn from(g: &'static G, pc: usize, fp: usize, exact: bool) -> Frames {
        let next = (pc != 0).then_some(PhysicalFrame { pc, fp, sp: 0, exact });
        Frames { next, segment: g.segment.get(), caller: None }
    }

    /// Frames of a goroutine that was interrupted with these registers.
    pub(crate) fn interrupted(g: &'static G, pc: usize, fp: usize, sp: usize) -> Frames {
        let next = (pc != 0).then_some(PhysicalFrame { pc, fp, sp, exact: true });
        Frames { next, segment: g.segment.get(), caller: None }
    }

    /// The frames from `from` on, whose first function has not set up its frame yet (or left it): it returns to `pc`, whose
    /// frame pointer is `fp`.
    pub(crate) fn with_caller(self, pc: usize, fp: usize) -> Frames {
        let caller = (pc != 0).then_some(PhysicalFrame { pc, fp, sp: 0, exact: false });
        Frames { caller, ..self }
    }

    /// The frame that called `frame`; `exact` is told of it.
    fn caller(&mut self, frame: PhysicalFrame, exact: bool) -> Option<PhysicalFrame> {
        if let Some(func) = symtab::lookup(frame.lookup_pc())
            && let Some(depth) = func.stack_depth((frame.lookup_pc() - symtab::text_start()) as u32)
        {
            return self.caller_of_assembly(frame.sp, depth as usize);
        }
        let (pc, fp, sp) = self.caller_by_fp(frame.fp)?;
        Some(PhysicalFrame { pc, fp, sp, exact })
    }

    /// The caller of a function in assembly whose return address lies `depth` bytes above `sp`: another one, or the stub through which
    /// compiled code calls assembly, whose frame has a known size.
    fn caller_of_assembly(&mut self, sp: usize, depth: usize) -> Option<PhysicalFrame> {
        let slot = sp.checked_add(depth)?;
        // SAFETY: nil or one of the goroutine's segments.
        let segment = unsafe { self.segment.as_ref()? };
        if sp == 0 || !segment.contains(slot) || !slot.is_multiple_of(8) {
            return None;
        }
        // SAFETY: the slot lies in the segment.
        let pc = unsafe { *(slot as *const usize) };
        let func = symtab::lookup(pc.wrapping_sub(1))?;
        let sp = slot + 8;
        let fp = if func.is_stub() { sp + func.frame_size() as usize } else { 0 };
        func.is_assembly().then_some(PhysicalFrame { pc, fp, sp, exact: false })
    }

    /// Return address, frame pointer and stack pointer of the caller of the function with frame pointer `fp`.
    fn caller_by_fp(&mut self, fp: usize) -> Option<(usize, usize, usize)> {
        loop {
            // SAFETY: nil or one of the goroutine's segments.
            let segment = unsafe { self.segment.as_ref()? };
            if segment.contains(fp) {
                break;
            }
            self.segment = segment.prev;
        }
        if !fp.is_multiple_of(8) {
            return None;
        }
        // SAFETY: `fp` lies in a segment, below its header, so both words do (or the second is the header's first).
        let [caller_fp, mut pc] = unsafe { *(fp as *const [usize; 2]) };
        let mut sp = fp + 16;
        if pc == arch::lessstack as *const () as usize {
            // SAFETY: then the header follows.
            let segment = unsafe { &*((fp + 16) as *const Segment) };
            pc = segment.return_pc;
            sp = segment.return_sp + 8;
        }
        (pc != 0 && pc != arch::goexit0 as *const () as usize).then_some((pc, caller_fp, sp))
    }
}

impl Frames {
    /// Stores the return addresses of all frames of compiled code, wrappers included; returns their number.
    pub(crate) fn return_addresses(mut self, buf: &mut [usize]) -> usize {
        let mut n = 0;
        while let Some(frame) = self.next
            && n < buf.len()
        {
            if symtab::is_go_code(frame.pc) {
                buf[n] = if frame.exact { frame.pc + 1 } else { frame.pc };
                n += 1;
            }
            self.step();
        }
        n
    }

    /// Goes one frame outwards without asking what it is.
    fn step(&mut self) -> bool {
        let Some(frame) = self.next else { return false };
        self.next = self.caller(frame, false);
        true
    }
}

impl Iterator for Frames {
    type Item = PhysicalFrame;

    fn next(&mut self) -> Option<PhysicalFrame> {
        let frame = self.next?;
        if let Some(caller) = self.caller.take() {
            self.next = Some(caller);
            return Some(frame);
        }
        // The frames above these two were interrupted, not calling.
        let interrupted = match symtab::lookup(frame.lookup_pc()) {
            Some(func) => func.name() == "runtime.sigpanic",
            None => !symtab::is_go_code(frame.pc),
        };
        self.next = self.caller(frame, interrupted);
        Some(frame)
    }
}

/// Is such a frame shown by default? Of package runtime only what a program can call, and, below other frames, panic;
/// nothing that is no function of a package.
fn is_shown(name: &str, innermost: bool) -> bool {
    match name.strip_prefix("runtime.") {
        None => name.contains('.'),
        Some("gopanic") => !innermost,
        Some(rest) => rest.bytes().next().is_some_and(|b| b.is_ascii_uppercase()),
    }
}

/// How tracebacks spell a function: type arguments are shortened.
fn write_name(out: &mut impl Write, name: &str) {
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
    let _ = write!(out, "goroutine {} [{state}", g.goid.get());
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

/// Writes header and frames of g, which is not in compiled code.
pub(crate) fn write_goroutine(out: &mut impl Write, g: &'static G) {
    write_header(out, g);
    write_frames(out, Frames::of(g));
    write_creator(out, g);
}

/// How many calls of a frame are shown. Deep recursion repeats few addresses, so the last answers are kept.
struct Shown {
    known: [(usize, usize); 16],
}

impl Shown {
    fn count(&mut self, frame: PhysicalFrame, innermost: bool) -> usize {
        let pc = frame.lookup_pc();
        let slot = &mut self.known[pc % 16];
        if slot.0 == pc && !innermost {
            return slot.1;
        }
        let mut n = 0;
        each_shown(pc, innermost, |_, _| n += 1);
        *slot = (pc, n);
        n
    }
}

/// Calls `f` with the calls at an instruction that tracebacks show.
fn each_shown(
    pc: usize,
    innermost: bool,
    mut f: impl FnMut(symtab::FuncRef<'static>, rgo_abi::functab::Frame<'static>),
) {
    let Some(func) = symtab::lookup(pc) else { return };
    if func.is_wrapper() && level() < SYSTEM {
        return;
    }
    let mut innermost = innermost;
    for frame in func.frames((pc - symtab::text_start()) as u32) {
        if level() >= SYSTEM || is_shown(frame.name, innermost) {
            innermost = false;
            f(func, frame);
        }
    }
}

/// Writes the calls of a goroutine: of many only the innermost and outermost.
fn write_frames(out: &mut impl Write, mut frames: Frames) {
    let mut shown = Shown { known: [(0, 0); 16] };
    let mut total = 0;
    let mut rest = frames.clone();
    while let Some(frame) = rest.next {
        total += shown.count(frame, total == 0);
        rest.step();
    }
    let elided = if total > 2 * HALF { HALF..total - HALF } else { 0..0 };
    let (mut n, mut told) = (0, false);
    while let Some(frame) = frames.next {
        // The machinery of the panic that is being reported comes before the first frame of interest.
        let innermost = n == 0;
        let here = shown.count(frame, innermost);
        if !elided.is_empty() && !told && n + here > elided.start {
            told = true;
            let _ = writeln!(out, "...{} frames elided...", elided.len());
        }
        if elided.contains(&n) && n + here < elided.end {
            n += here;
            frames.step();
            continue;
        }
        each_shown(frame.lookup_pc(), innermost, |func, f| {
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
                let _ = writeln!(out, " +{:#x}", frame.pc.wrapping_sub(symtab::entry(func)));
            }
        });
        frames.next();
    }
}

fn write_creator(out: &mut impl Write, g: &'static G) {
    let pc = g.created_by_pc.get().wrapping_sub(1);
    let Some(func) = symtab::lookup(pc) else { return };
    let Some(frame) = func.frames((pc - symtab::text_start()) as u32).next() else { return };
    if g.goid.get() == 1 || frame.name.starts_with("runtime.") && level() < SYSTEM {
        return;
    }
    let _ = out.write_str("created by ");
    write_name(out, frame.name);
    let _ = writeln!(out, " in goroutine {}", g.parent.get());
    let _ = writeln!(out, "\t{}:{} +{:#x}", frame.file, frame.line, pc + 1 - symtab::entry(func));
}

/// Prints one goroutine.
pub(crate) fn print_goroutine(g: &'static G) {
    if level() > NONE {
        write_goroutine(&mut print::Line::new(), g);
    }
}

/// Prints one goroutine that was interrupted with these registers.
pub(crate) fn print_interrupted(g: &'static G, pc: usize, fp: usize, sp: usize) {
    let mut out = print::Line::new();
    write_header(&mut out, g);
    write_frames(&mut out, Frames::interrupted(g, pc, fp, sp));
    write_creator(&mut out, g);
}

/// Prints all goroutines but `except`, and but the runtime's own; those that run on other Ms without frames.
pub(crate) fn print_others(except: Option<&'static G>) {
    if level() == NONE {
        return;
    }
    sched::for_each_g(|g| {
        if except.is_some_and(|e| core::ptr::eq(e, g)) || g.is_system.get() && level() < SYSTEM {
            return;
        }
        let mut out = print::Line::new();
        let _ = out.write_str("\n");
        write_one(&mut out, g);
    });
}

/// Prints the goroutines of a bubble, but `except`.
pub(crate) fn print_bubble(id: u32, except: &'static G) {
    sched::for_each_g(|g| {
        if g.bubble.get().is_some_and(|b| b.id() == id) && !core::ptr::eq(g, except) {
            let mut out = print::Line::new();
            let _ = out.write_str("\n");
            write_one(&mut out, g);
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

/// Stores return addresses of g's frames without wrappers; returns their number. Readers find the inlined calls at each.
pub(crate) fn collect(frames: Frames, buf: *mut usize, len: usize) -> usize {
    let mut n = 0;
    for frame in frames {
        if n == len {
            break;
        }
        if symtab::lookup(frame.lookup_pc()).is_none_or(|f| f.is_wrapper()) {
            continue;
        }
        // SAFETY: the caller's buffer has `len` words.
        unsafe { buf.add(n).write(return_address(&frame)) };
        n += 1;
    }
    // Every goroutine's first function was called by `goexit`, as far as programs can see.
    if n < len {
        // SAFETY: as above.
        unsafe { buf.add(n).write(goexit as *const () as usize + 1) };
        n += 1;
    }
    n
}

/// As `collect`, one address for each call, inlined or not, skipping `skip` of them: where calls were inlined, each has the same
/// address, tagged with its inline depth (`symtab::INLINE_SHIFT`).
fn collect_calls(frames: Frames, mut skip: usize, buf: *mut usize, len: usize) -> usize {
    let mut n = 0;
    let mut store = |pc: usize| {
        if skip > 0 {
            skip -= 1;
        } else if n < len {
            // SAFETY: the caller's buffer has `len` words.
            unsafe { buf.add(n).write(pc) };
            n += 1;
        }
        n < len
    };
    for frame in frames {
        let at = frame.lookup_pc();
        let Some(func) = symtab::lookup(at).filter(|f| !f.is_wrapper()) else {
            continue;
        };
        let calls = func.frames((at - symtab::text_start()) as u32).count();
        for depth in 0..calls {
            let tag = if calls > 1 { depth + 1 } else { 0 };
            if !store(return_address(&frame) | tag << symtab::INLINE_SHIFT) {
                return n;
            }
        }
    }
    store(goexit as *const () as usize + 1);
    n
}

/// What readers subtract 1 from to get into the instruction.
fn return_address(frame: &PhysicalFrame) -> usize {
    if frame.exact { frame.pc + 1 } else { frame.pc }
}

unsafe extern "C" {
    /// In package runtime.
    #[link_name = "runtime.goexit"]
    safe fn goexit();
}

/// `runtime.callers(skip, buf, len)`; skip 0 starts with the function that calls this entry.
extern "C" fn callers(skip: usize, buf: *mut usize, len: usize) -> usize {
    collect_calls(Frames::of(sched::getg()), skip, buf, len)
}
g0_entry!("runtime.callers", callers);

extern "C" fn callers_of(g: &'static G, skip: usize, buf: *mut usize, len: usize) -> usize {
    collect_calls(Frames::of(g), skip, buf, len)
}
g0_entry!("runtime.callersOf", callers_of);

/// Frame pointer of the caller of the function with frame pointer `fp`, without compiler-made wrappers and rt's routines
/// that call Go (`runtime.callNative`, `runtime.nativeStub`).
extern "C" fn recover_frame(fp: usize) -> usize {
    let g = sched::getg();
    let mut frames = Frames::of(g);
    let mut fp = fp;
    // gorecover may be inlined or not: the function with this frame pointer is what counts.
    while frames.next.is_some_and(|f| f.fp != fp) {
        frames.step();
    }
    // A deferred call of recover itself is made by a wrapper on behalf of the function that it is deferred in.
    while let Some(frame) = frames.next
        && symtab::lookup(frame.pc - 1).is_some_and(|f| f.is_wrapper())
    {
        frames.step();
        fp = frames.next.map_or(0, |f| f.fp);
    }
    while let Some((pc, caller_fp, _)) = frames.caller_by_fp(fp) {
        if symtab::lookup(pc - 1).is_some_and(|f| !f.is_wrapper()) {
            return caller_fp;
        }
        fp = caller_fp;
    }
    0
}
g0_entry!("runtime.recoverFrame", recover_frame);

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

/// `runtime.Stack`: the caller's traceback, with `all` everybody's (the world is stopped meanwhile).
extern "C" fn stack_text(buf: *mut u8, len: usize, all: u64) -> usize {
    let g = sched::getg();
    let mut out = Buffer { at: buf, left: len };
    let all = all & 0xff != 0;
    if all {
        sched::stop_the_world();
    }
    write_header(&mut out, g);
    // Without runtime.Stack itself.
    let mut frames = Frames::of(g);
    frames.next();
    write_frames(&mut out, frames);
    write_creator(&mut out, g);
    if all {
        sched::for_each_g(|other| {
            if !core::ptr::eq(other, g) && (!other.is_system.get() || level() >= SYSTEM) {
                let _ = out.write_str("\n");
                write_goroutine(&mut out, other);
            }
        });
        sched::start_the_world();
    }
    len - out.left
}
g0_entry!("runtime.stackText", stack_text);
