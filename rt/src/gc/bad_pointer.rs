//! What a collection says of memory that only a wrong use of package unsafe, or a mistake of ours, can bring about:
//!
//! - a pointer in an object leads to memory of the heap that holds no objects: reported when it is marked, unless `GODEBUG=invalidptr=0`;
//! - a pointer led to a free slot, which has been marked therefore (a *zombie*): reported when its span is swept.
//!
//! Words of stacks, registers and variables may be anything, and are not reported.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rgo_abi::types::WORD;

use crate::fatal;
use crate::mem::arena;
use crate::mem::mspan::MSpan;

static OFF: AtomicBool = AtomicBool::new(false);

/// Reads the environment.
#[cfg(not(test))]
pub fn init() {
    OFF.store(crate::rt0::godebug(b"invalidptr").is_some_and(|value| value == b"0"), Relaxed);
}

/// Most bytes shown of an object, half of them on each side of the word in question.
const SHOWN: usize = 1024;

/// The word at `slot` leads to no object of the heap, though it is an address there.
#[cold]
pub fn found(slot: usize, value: usize) {
    if !OFF.load(Relaxed) {
        fatal::throw_because(
            format_args!("{}", BadPointer { slot, value }),
            "found bad pointer in Go heap (incorrect use of unsafe or cgo?)",
        );
    }
}

/// The span, not yet swept, has marked slots that are free.
#[cold]
pub fn found_zombies(span: &MSpan) -> ! {
    fatal::throw_because(format_args!("{}", Zombies(span)), "found pointer to free object")
}

/// What is known of a word that should not be.
struct BadPointer {
    slot: usize,
    value: usize,
}

impl fmt::Display for BadPointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadPointer { slot, value } = *self;
        let arena = arena::view();
        write!(out, "runtime: pointer {value:#x} to ")?;
        // SAFETY: spans in the table are live while the collector marks.
        match unsafe { arena.span_of(value).as_ref() } {
            None => writeln!(out, "unallocated span")?,
            Some(span) => writeln!(
                out,
                "unused region of span span.base()={:#x} span.limit={:#x} span.state=1",
                span.base,
                limit(span)
            )?,
        }
        // SAFETY: as above; the slot is that of an object.
        let Some(span) = (unsafe { arena.span_of(slot).as_ref() }) else { return Ok(()) };
        let object = span.slot(span.index_of(slot));
        let offset = slot - object;
        writeln!(out, "runtime: found in object at *({object:#x}+{offset:#x})")?;
        writeln!(
            out,
            "object={object:#x} s.base()={:#x} s.limit={:#x} s.spanclass={} s.elemsize={} s.state=mSpanInUse",
            span.base,
            limit(span),
            span.class.0,
            span.elem_size
        )?;
        for at in (0..span.elem_size).step_by(WORD).filter(|at| at.abs_diff(offset) < SHOWN / 2) {
            // SAFETY: a word of the object.
            let word = unsafe { ((object + at) as *const usize).read_volatile() };
            writeln!(out, " *(object+{at}) = {word:#x}{}", if at == offset { " <==" } else { "" })?;
        }
        Ok(())
    }
}

fn limit(span: &MSpan) -> usize {
    span.slot(span.nelems as usize)
}

/// The slots of a span, and what is in those that are marked though they are free.
struct Zombies<'a>(&'a MSpan);

impl fmt::Display for Zombies<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0;
        writeln!(
            out,
            "runtime: marked free object in span {:#x}, elemsize={} freeindex={} (bad use of unsafe.Pointer or having race \
             conditions? try -d=checkptr or -race)",
            span as *const MSpan as usize, span.elem_size, span.free_index
        )?;
        for index in 0..span.nelems as usize {
            let slot = span.slot(index);
            let (is_used, is_marked) = (span.is_in_use(index), span.is_marked(index));
            let used = if is_used { "alloc" } else { "free " };
            let marked = if is_marked { "marked  " } else { "unmarked" };
            let is_zombie = is_marked && !is_used;
            writeln!(out, "{slot:#x} {used} {marked}{}", if is_zombie { " zombie" } else { "" })?;
            if !is_zombie {
                continue;
            }
            for at in (slot..slot + span.elem_size.min(SHOWN)).step_by(2 * WORD) {
                write!(out, "{at:016x}:")?;
                for at in (at..slot + span.elem_size).step_by(WORD).take(2) {
                    // SAFETY: a word of the slot.
                    write!(out, " {:016x}", unsafe { (at as *const usize).read_volatile() })?;
                }
                out.write_str("\n")?;
            }
        }
        Ok(())
    }
}
