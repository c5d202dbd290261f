//! The stack of what a signal interrupted: frames of rt, the entry through which compiled code came there, frames of compiled code.
//!
//! Runs in the handler of SIGPROF, at any instruction of the program, so nothing here locks, allocates or faults: words are read only
//! from the stack that the thread is on (a segment of its goroutine, or g0's) and from functions of the program, whose code is
//! readable.
//!
//! Frames are linked by frame pointers, rt's too. Two things need care. A function that has no frame yet, or no longer (assembly may never
//! have one), has its return address on top of the stack. And an entry on g0's stack has left nothing of its own behind: its stub has
//! jumped to `call_g0`. But compiled code has called it, and where a call instruction goes can be read from it.

use super::MAX_DEPTH;
use crate::arch::{self, SavedFrame};
use crate::os::signal::Context;
use crate::sched::m::M;
use crate::sched::{G, Status};
use crate::stack::Segment;
use crate::symtab::{self, FuncRef};
use crate::traceback::Frames;

/// Most frames of rt looked at.
const MAX_RT_DEPTH: usize = 64;
/// Return addresses, innermost first.
pub(super) struct Stack {
    pcs: [usize; MAX_DEPTH],
    n: usize,
    /// The function pushed last, if it is rt's.
    last: Option<FuncRef<'static>>,
}

impl Stack {
    /// Of what the thread of `m` was interrupted in; empty if that is nothing known.
    pub(super) fn interrupted(m: &'static M, context: &Context) -> Stack {
        let mut stack = Stack { pcs: [0; MAX_DEPTH], n: 0, last: None };
        match m.curg.get() {
            Some(g) if is_on_segment(g, context.sp()) => stack.push_frames(on_goroutine_stack(g, context)),
            curg => {
                let ends_at_root = stack.push_g0(m, context);
                if let Some(g) = curg
                    && !ends_at_root
                    && g.status() == Status::Running
                    && is_inside(g)
                {
                    stack.push_caller_of_entry(g);
                }
            }
        }
        stack
    }

    pub(super) fn as_slice(&self) -> &[usize] {
        &self.pcs[..self.n]
    }

    /// Adds the instruction at `pc`, unless nobody should see it. What gc's runtime does in one function may take several in rt, under
    /// the same name: of these the innermost is shown.
    fn push(&mut self, pc: usize) {
        let Some(func) = symtab::lookup_any(pc).filter(|func| !func.is_wrapper()) else { return };
        if self.n > 0 && is_switch(func) {
            return;
        }
        let same = func.is_rt() && self.last.is_some_and(|last| last.name() == func.name());
        self.last = Some(func).filter(|func| func.is_rt());
        if !same && self.n < MAX_DEPTH {
            // A call that never returns may be the last instruction; readers look first which function the address is in.
            let ends = symtab::lookup_any(pc + 1) != Some(func);
            self.pcs[self.n] = if ends { pc } else { pc + 1 };
            self.n += 1;
        }
    }

    fn push_frames(&mut self, frames: Frames) {
        let mut called_go = true;
        for frame in frames {
            // What calls rt is not interrupted itself.
            let pc = if called_go { frame.lookup_pc() } else { frame.pc.wrapping_sub(1) };
            self.push(pc);
            called_go = symtab::is_go_code(pc);
            if self.n == MAX_DEPTH {
                break;
            }
        }
    }

    /// Adds the frames on g0's stack. Is the last one where that stack begins, and not one that serves a goroutine?
    fn push_g0(&mut self, m: &'static M, context: &Context) -> bool {
        let (lo, hi) = m.g0_stack.get();
        let (pc, sp) = (context.pc(), context.sp());
        if !(lo..hi).contains(&sp) {
            return false;
        }
        self.push(pc);
        let word = |at: usize| {
            // SAFETY: an aligned word of g0's stack, at or above the stack pointer.
            if at.is_multiple_of(8) && at + 8 <= hi { unsafe { *(at as *const usize) } } else { 0 }
        };
        if let Some(func) = symtab::lookup_any(pc)
            && let Some(caller) = frameless_caller(func, pc, sp, word)
        {
            self.push(caller.wrapping_sub(1));
        }
        let (mut floor, mut fp) = (sp, context.fp());
        let mut entered = false;
        for _ in 0..MAX_RT_DEPTH {
            if fp == 0 {
                return true;
            }
            if !fp.is_multiple_of(8) || fp < floor || fp + 16 > hi {
                return false;
            }
            // SAFETY: two aligned words of g0's stack, above the stack pointer.
            let [next, caller] = unsafe { *(fp as *const [usize; 2]) };
            let Some(func) = symtab::lookup_any(caller.wrapping_sub(1)) else { return false };
            if entered {
                // A callback of compiled code has called an entry.
                self.push_callee(caller);
            }
            entered = is_switch(func);
            self.push(caller - 1);
            (floor, fp) = (fp + 16, next);
        }
        false
    }

    /// Adds the entry in which `g` is, and the frames of compiled code that called it.
    fn push_caller_of_entry(&mut self, g: &'static G) {
        // SAFETY: `is_inside` has looked.
        let saved = unsafe { *(g.sched_sp.get() as *const SavedFrame) };
        let mut frames = Frames::of(g);
        if symtab::is_go_code(saved.return_pc) {
            self.push_callee(saved.return_pc);
        } else if let Some(grown) = arch::caller_of_morestack(&saved, g.sched_sp.get()) {
            // The function has set up its frame pointer, but not called with it.
            frames = frames.with_caller(grown, saved.rbp);
        }
        self.push_frames(frames);
    }

    /// Adds the function of rt that was called from before `return_pc`.
    fn push_callee(&mut self, return_pc: usize) {
        if let Some(callee) = symtab::callee(return_pc) {
            self.push(symtab::entry(callee));
        }
    }
}

/// Is it the switch to g0's stack? It lies between an entry and what that does.
fn is_switch(func: FuncRef<'static>) -> bool {
    symtab::entry(func) == arch::call_g0 as *const () as usize
}

/// The return address of `func` if that has not set up its frame at `pc`, or left it: then it is on top of the stack, which `word` reads.
fn frameless_caller(
    func: FuncRef<'static>,
    pc: usize,
    sp: usize,
    word: impl Fn(usize) -> usize,
) -> Option<usize> {
    let entry = symtab::entry(func);
    // SAFETY: instructions of the program.
    let (has_frame, at_return) = unsafe { (arch::begins_with_frame(entry), arch::is_return(pc)) };
    let caller = match pc - entry {
        0 => word(sp),
        1 if has_frame => word(sp + 8),
        _ if at_return => word(sp),
        // Assembly, or a function whose frame is not set up first thing. Something else may lie there: is it what the call left?
        _ if func.is_rt() && (func.is_stub() || !has_frame) => {
            let top = word(sp);
            let called = symtab::callee(top)?;
            (called == func || called.is_stub()).then_some(top)?
        }
        _ => return None,
    };
    (!func.is_rt() || symtab::lookup_any(caller.wrapping_sub(1)).is_some()).then_some(caller)
}

fn is_on_segment(g: &'static G, sp: usize) -> bool {
    // SAFETY: nil or a segment of the goroutine that this thread runs.
    unsafe { g.segment.get().as_ref() }.is_some_and(|s: &Segment| (s.lo..=s.hi()).contains(&sp))
}

/// Is there a saved frame on g's current segment?
fn is_inside(g: &'static G) -> bool {
    let sp = g.sched_sp.get();
    // SAFETY: as in `is_on_segment`.
    unsafe { g.segment.get().as_ref() }.is_some_and(|s| s.lo <= sp && sp + size_of::<SavedFrame>() <= s.hi())
}

/// The frames of code interrupted on its goroutine's stack.
fn on_goroutine_stack(g: &'static G, context: &Context) -> Frames {
    let (pc, sp, fp) = (context.pc(), context.sp(), context.fp());
    let word = |at: usize| -> usize {
        if !is_on_segment(g, at + 8) || !at.is_multiple_of(8) {
            return 0;
        }
        // SAFETY: within the segment.
        let word = unsafe { *(at as *const usize) };
        if word != arch::lessstack as *const () as usize {
            return word;
        }
        // SAFETY: then the header follows.
        unsafe { (*((at + 8) as *const Segment)).return_pc }
    };
    let frames = Frames::from(g, pc, fp, true);
    // Without a function: the kernel's code for reading the clock, which keeps the frame pointer.
    let Some(func) = symtab::lookup_any(pc) else { return frames };
    if func.stack_depth((pc - symtab::text_start()) as u32).is_some() {
        return Frames::interrupted(g, pc, fp, sp);
    }
    match frameless_caller(func, pc, sp, word) {
        Some(caller) => frames.with_caller(caller, fp),
        None => frames,
    }
}
