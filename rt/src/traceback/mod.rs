//! Walking goroutine stacks by frame pointers, and printing them as gc does (`print`).
//!
//! `[fp]` is the caller's frame pointer and `[fp+8]` the return address, or `rt.lessstack` where a segment begins; then the
//! segment's header, right above, holds the real one. The walk ends at `rt.goexit0`.

pub(crate) mod ancestors;
mod level;
mod print;

pub(crate) use level::level;
pub(crate) use print::{print_bubble, print_goroutine, print_interrupted, print_other, print_others};

use crate::arch::{self, SavedFrame};
use crate::sched::g::{G, Status};
use crate::stack::Segment;
use crate::{sched, signal, symtab};

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
        let (pc, fp, sp) = if g.status() == Status::Syscall {
            let frame = g.syscall_frame.get();
            (frame[6], frame[5], g.syscall_sp.get())
        } else if g.sched_sp.get() != 0 {
            // SAFETY: `sched_sp` of a goroutine that is not in compiled code points at a saved frame.
            let frame = unsafe { *(g.sched_sp.get() as *const SavedFrame) };
            (frame.return_pc, frame.rbp, g.sched_sp.get() + size_of::<SavedFrame>())
        } else {
            (0, 0, 0)
        };
        // One that has not begun is about to execute its first instruction.
        let exact = fp == 0 && pc == g.start_pc.get();
        let next = (pc != 0).then_some(PhysicalFrame { pc, fp, sp, exact });
        Frames { next, segment: g.segment.get(), caller: None }
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

    /// The frame that called `frame`, a frame of `func`; `exact` is told of it.
    fn caller(
        &mut self,
        frame: PhysicalFrame,
        func: Option<symtab::FuncRef<'_>>,
        exact: bool,
    ) -> Option<PhysicalFrame> {
        if let Some(func) = func
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
        self.next = self.caller(frame, symtab::lookup(frame.lookup_pc()), false);
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
        let func = symtab::lookup(frame.lookup_pc());
        let interrupted = match func {
            Some(func) => symtab::entry(func) == signal::sigpanic as *const () as usize,
            None => symtab::lookup_any(frame.lookup_pc())
                .is_some_and(|func| symtab::entry(func) == arch::async_preempt as *const () as usize),
        };
        self.next = self.caller(frame, func, interrupted);
        Some(frame)
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

/// As `collect` without the innermost `skip` calls, inlined or not. Of a frame of which only some are left out each other one is stored for
/// itself, tagged as `collect_calls` does.
pub(crate) fn collect_outer(mut frames: Frames, mut skip: usize, buf: &mut [usize]) -> usize {
    let mut n = 0;
    while skip > 0
        && let Some(frame) = frames.next()
    {
        let at = frame.lookup_pc();
        let Some(func) = symtab::lookup(at).filter(|f| !f.is_wrapper()) else { continue };
        let calls = func.frames((at - symtab::text_start()) as u32).count();
        for depth in skip..calls {
            if let Some(slot) = buf.get_mut(n) {
                *slot = return_address(&frame) | (depth + 1) << symtab::INLINE_SHIFT;
                n += 1;
            }
        }
        skip = skip.saturating_sub(calls);
    }
    let rest = &mut buf[n..];
    n + collect(frames, rest.as_mut_ptr(), rest.len())
}

/// The entry in which `g`, which does not run compiled code, is.
pub(crate) fn entry_of(g: &'static G) -> Option<symtab::FuncRef<'static>> {
    if g.status() == Status::Syscall || g.sched_sp.get() == 0 {
        return None;
    }
    // SAFETY: as in `Frames::of`.
    let return_pc = unsafe { (*(g.sched_sp.get() as *const SavedFrame)).return_pc };
    symtab::callee(return_pc).filter(|_| symtab::is_go_code(return_pc))
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

/// The place in compiled code that `g`, which is in `runtime.newcoro`, called that from.
pub(crate) fn caller_of_newcoro(g: &'static G) -> usize {
    let mut frames = Frames::of(g);
    frames.step();
    frames.next.map_or(0, |frame| frame.pc)
}

/// The innermost place of `g`, which is in rt, that is not package runtime's.
pub(crate) fn caller_outside_runtime(g: &'static G) -> usize {
    let outside = |frame: &PhysicalFrame| {
        let pc = frame.lookup_pc();
        let calls = symtab::lookup(pc).map(|func| func.frames((pc - symtab::text_start()) as u32));
        calls.into_iter().flatten().any(|call| !call.name.starts_with("runtime."))
    };
    Frames::of(g).find(outside).map_or(0, |frame| frame.pc)
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
