//! Strings and stacks of a generation: events name them by number, the tables are written at its end.

use super::Event;
use super::buffer::{self, Buffer};
use super::interned::Interned;
use crate::mem::off_heap::OffHeapVec;
use crate::sched::g::G;
use crate::symtab;
use crate::sync::Mutex;
use crate::traceback::Frames;

/// Calls kept of one stack; the format's limit.
const MAX_FRAMES: usize = 128;
/// Bytes kept of one string; the format's limit.
const MAX_STRING: usize = 1 << 10;
/// Program counters are not that large: inlined calls at one instruction differ by multiples.
const INLINE_STEP: u64 = 1 << 56;

struct Tables {
    strings: Interned<u8>,
    stacks: Interned<u64>,
}

static TABLES: Mutex<Tables> = Mutex::new(Tables { strings: Interned::new(), stacks: Interned::new() });

/// Empties the tables.
pub(super) fn clear() {
    let mut tables = TABLES.lock();
    tables.strings.clear();
    tables.stacks.clear();
}

/// The number of a string.
pub(super) fn string(text: &str) -> u64 {
    TABLES.lock().strings.intern(cut(text))
}

fn cut(text: &str) -> &[u8] {
    &text.as_bytes()[..text.len().min(MAX_STRING)]
}

/// The number of a stack of return addresses; 0 for an empty one.
pub(super) fn stack(pcs: &[usize]) -> u64 {
    if pcs.is_empty() {
        return 0;
    }
    let mut words = [0; MAX_FRAMES];
    words.iter_mut().zip(pcs).for_each(|(word, &pc)| *word = pc as u64);
    TABLES.lock().stacks.intern(&words[..pcs.len().min(MAX_FRAMES)])
}

/// The stack of a goroutine that is not in compiled code.
pub(super) fn stack_of(g: &'static G) -> u64 {
    let mut pcs = [0; MAX_FRAMES];
    let n = Frames::of(g).return_addresses(&mut pcs);
    stack(&pcs[..n])
}

/// A batch that is begun anew when it is full.
struct Writer {
    kind: Event,
}

impl Writer {
    fn write<'a, T>(
        &self,
        mut items: impl Iterator<Item = T> + 'a,
        size: impl Fn(&T) -> usize,
        put: impl Fn(&mut Buffer, T),
    ) {
        let mut left = items.next();
        while left.is_some() {
            buffer::special(self.kind, |b| {
                while let Some(item) = left.take_if(|item| b.fits(size(item))) {
                    put(b, item);
                    left = items.next();
                }
            });
        }
    }
}

/// Writes the tables as batches.
pub(super) fn write() {
    let mut tables = TABLES.lock();
    let Tables { strings, stacks } = &mut *tables;
    // Frames of one stack at a time: pc, function, file, line.
    let mut frames: OffHeapVec<[u64; 4]> = OffHeapVec::new();
    let mut next = 1;
    let expanded = core::iter::from_fn(|| {
        if next > stacks.len() {
            return None;
        }
        frames.clear();
        for &pc in stacks.get(next) {
            expand(pc, strings, &mut frames);
        }
        next += 1;
        let mut copy = [[0; 4]; MAX_FRAMES];
        let n = frames.len().min(MAX_FRAMES);
        copy[..n].copy_from_slice(&frames[..n]);
        Some((next as u64 - 1, copy, n))
    });
    let stacks_writer = Writer { kind: Event::Stacks };
    stacks_writer.write(
        expanded,
        |(_, _, n)| 32 + n * 40,
        |b, (id, frames, n)| {
            b.event(Event::Stack, &[id, n as u64]);
            frames[..n].iter().for_each(|frame| b.numbers(frame));
        },
    );
    let strings_writer = Writer { kind: Event::Strings };
    strings_writer.write(
        1..=strings.len(),
        |_| 32 + MAX_STRING,
        |b, id| {
            let text = strings.get(id);
            b.event(Event::String, &[id as u64, text.len() as u64]);
            b.bytes(text);
        },
    );
}

/// The calls that a return address stands for, inlined ones first.
fn expand(pc: u64, strings: &mut Interned<u8>, frames: &mut OffHeapVec<[u64; 4]>) {
    let at = pc as usize - 1;
    let Some(func) = symtab::lookup(at).filter(|f| !f.is_wrapper()) else { return };
    let mut depth = 0;
    for f in func.frames((at - symtab::text_start()) as u32) {
        depth += f.inlined as u64;
        let unique = pc + if f.inlined { depth * INLINE_STEP } else { 0 };
        frames.push([unique, strings.intern(cut(f.name)), strings.intern(cut(f.file)), f.line as u64]);
    }
}
