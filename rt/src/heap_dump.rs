//! `debug.WriteHeapDump`: objects, goroutines with their frames, threads, variables, finalizers and the memory profile, in Go's heap
//! dump format ("go1.7 heap dump"). The Go half (`rt/go/runtime/heapdump.go`) writes what it knows: the head of the file, itabs and
//! their types, the memory statistics, the end.
//!
//! A dump is a sequence of records: a number that says what follows, then numbers (LEB128) and counted strings. Memory comes with
//! the offsets of the words that may be pointers: of objects exactly those, of frames and variables, whose types rt does not know, all.

use crate::arch::SavedFrame;
use crate::gc::special::{Kind as SpecialKind, SPECIALS};
use crate::gc::{object_words, roots, sweep};
use crate::mem::arena;
use crate::profile::buckets;
use crate::sched::g::{G, Status, WAIT_REASONS};
use crate::sched::idle::SCHED;
use crate::sched::{self, p};
use crate::traceback::{Frames, PhysicalFrame};
use crate::{os, symtab};
use rgo_abi::size_class::PAGE_SIZE;

const WORD: usize = 8;

/// Kinds of records.
mod tag {
    pub const OBJECT: u64 = 1;
    pub const GOROUTINE: u64 = 4;
    pub const STACK_FRAME: u64 = 5;
    pub const FINALIZER: u64 = 7;
    pub const OS_THREAD: u64 = 9;
    pub const QUEUED_FINALIZER: u64 = 11;
    pub const DATA: u64 = 12;
    pub const BSS: u64 = 13;
    pub const PANIC: u64 = 15;
    pub const MEM_PROF: u64 = 16;
    pub const ALLOC_SAMPLE: u64 = 17;
}

/// Kinds of fields: none more, a pointer.
const FIELD_END: u64 = 0;
const FIELD_POINTER: u64 = 1;

/// The dump on its way to the file. Errors of the file are not reported, as in gc.
struct Dump {
    fd: usize,
    buf: [u8; 4096],
    len: usize,
}

impl Dump {
    fn flush(&mut self) {
        write_all(self.fd, &self.buf[..self.len]);
        self.len = 0;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.len + bytes.len() > self.buf.len() {
            self.flush();
            if bytes.len() > self.buf.len() {
                return write_all(self.fd, bytes);
            }
        }
        self.buf[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn int(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes(&[value as u8 | 0x80]);
            value >>= 7;
        }
        self.bytes(&[value as u8]);
    }

    fn ints(&mut self, values: &[u64]) {
        values.iter().for_each(|&value| self.int(value));
    }

    fn text(&mut self, text: &str) {
        self.int(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    /// The memory of `[lo, hi)`.
    ///
    /// # Safety
    /// It is readable, and nobody writes it.
    unsafe fn memory(&mut self, lo: usize, hi: usize) {
        let len = hi.saturating_sub(lo);
        self.int(len as u64);
        if len != 0 {
            // SAFETY: the caller's promise.
            self.bytes(unsafe { core::slice::from_raw_parts(lo as *const u8, len) });
        }
    }

    fn pointer(&mut self, offset: usize) {
        self.ints(&[FIELD_POINTER, offset as u64]);
    }

    /// All words of `len` bytes may be pointers.
    fn conservative_fields(&mut self, len: usize) {
        for offset in (0..len / WORD).map(|i| i * WORD) {
            self.pointer(offset);
        }
        self.int(FIELD_END);
    }
}

fn write_all(fd: usize, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match os::write(fd, bytes) {
            n if n > 0 => bytes = &bytes[n as usize..],
            n if matches!(os::errno(n), Some(os::EINTR | os::EAGAIN)) => {}
            _ => return,
        }
    }
}

fn objects(dump: &mut Dump) {
    let heap = arena::view();
    let mut at = heap.start();
    while at < heap.end() {
        // SAFETY: nil or a live span; the world is stopped.
        let Some(span) = (unsafe { heap.span_of(at).as_ref() }) else {
            at += PAGE_SIZE;
            continue;
        };
        for index in (0..span.nelems as usize).filter(|&i| span.is_allocated(i)) {
            let slot = span.slot(index);
            // SAFETY: the world is stopped.
            let is_unused = span.in_cache && p::all().any(|p| unsafe { p.mcache() }.is_unused(slot));
            if !is_unused {
                dump.ints(&[tag::OBJECT, slot as u64]);
                // SAFETY: an object; all goroutines stand still.
                unsafe { dump.memory(slot, slot + span.elem_size) };
                object_words::pointers(span, slot, |offset| dump.pointer(offset));
                dump.int(FIELD_END);
            }
        }
        at = span.base + span.npages * PAGE_SIZE;
    }
}

fn goroutines(dump: &mut Dump) {
    let current = sched::getg();
    sched::for_each_g(|g| {
        let is_current = core::ptr::eq(g, current);
        let (status, reason) = match g.status() {
            _ if is_current => (Status::Waiting, "dumping heap"),
            status => (status, WAIT_REASONS[g.wait_reason.get() as usize]),
        };
        let sp = match g.status() {
            Status::Syscall => g.syscall_sp.get(),
            _ => g.sched_sp.get() + size_of::<SavedFrame>(),
        };
        // SAFETY: nil or an M, never freed.
        let m = unsafe { g.m.load(core::sync::atomic::Ordering::Acquire).as_ref() };
        dump.ints(&[
            tag::GOROUTINE,
            g.addr() as u64,
            sp as u64,
            g.goid.get(),
            g.created_by_pc.get() as u64,
            status as u64,
            g.is_system_now() as u64,
            0,
            g.wait_since.get() as u64,
        ]);
        dump.text(reason);
        dump.ints(&[g.ctxt.get() as u64, m.map_or(0, |m| m.self_addr.get() as u64), 0, g.panic.get() as u64]);
        frames(dump, g, sp);
        // `_panic` of the overlay: value (two words), link.
        let mut at = g.panic.get();
        while at != 0 {
            // SAFETY: a record of the list, in a frame of the goroutine.
            let [typ, data, link] = unsafe { *(at as *const [usize; 3]) };
            dump.ints(&[tag::PANIC, at as u64, g.addr() as u64, typ as u64, data as u64, 0, link as u64]);
            at = link;
        }
    });
}

fn frames(dump: &mut Dump, g: &'static G, innermost_sp: usize) {
    let mut child_sp = 0;
    for (depth, frame) in Frames::of(g).enumerate() {
        let PhysicalFrame { pc, fp, sp, .. } = frame;
        let Some(func) = symtab::lookup(frame.lookup_pc()) else { continue };
        let lo = if sp == 0 { innermost_sp } else { sp };
        // Up to and with the saved frame pointer and return address; not known in assembly.
        let hi = if fp >= lo && fp - lo < 1 << 30 { fp + 2 * WORD } else { lo };
        dump.ints(&[tag::STACK_FRAME, lo as u64, depth as u64, child_sp as u64]);
        // SAFETY: a frame lies within one of the goroutine's segments, and the goroutine stands still.
        unsafe { dump.memory(lo, hi) };
        dump.ints(&[symtab::entry(func) as u64, pc as u64, pc as u64]);
        dump.text(func.name());
        dump.conservative_fields(hi - lo);
        child_sp = lo;
    }
}

fn threads(dump: &mut Dump) {
    let mut next = SCHED.lock().all_ms;
    while let Some(m) = next {
        let tid = m.tid.load(core::sync::atomic::Ordering::Acquire);
        dump.ints(&[tag::OS_THREAD, m.self_addr.get() as u64, m.id.get() as u64, tid as u64]);
        next = m.all_link.get();
    }
}

fn variables(dump: &mut Dump) {
    for (tag, (lo, hi)) in [tag::DATA, tag::BSS].into_iter().zip(roots::variables()) {
        dump.ints(&[tag, lo as u64]);
        // SAFETY: the program's variables.
        unsafe { dump.memory(lo, hi) };
        dump.conservative_fields(hi - lo);
    }
}

/// The code of a func value.
fn code_of(closure: usize) -> u64 {
    // SAFETY: finalizers are closures made by the overlay, kept alive by their special or call.
    unsafe { *(closure as *const u64) }
}

fn specials(dump: &mut Dump) {
    let specials = SPECIALS.lock();
    specials.for_each(|addr, kind, closure| {
        if kind == SpecialKind::Finalizer {
            dump.ints(&[tag::FINALIZER, addr as u64, closure as u64, code_of(closure), 0, 0]);
        }
    });
    specials.for_each_call(|call| {
        let (object, closure) = (call.object as u64, call.closure as u64);
        dump.ints(&[tag::QUEUED_FINALIZER, object, closure, code_of(call.closure), 0, 0]);
    });
    specials.for_each(|addr, kind, _| {
        if let SpecialKind::Sample { bucket } = kind {
            dump.ints(&[tag::ALLOC_SAMPLE, addr as u64, bucket as u64]);
        }
    });
}

fn memory_profile(dump: &mut Dump) {
    buckets::for_each(buckets::Kind::Memory, |bucket, stack| {
        let address = (&raw const *bucket) as u64;
        dump.ints(&[tag::MEM_PROF, address, bucket.size as u64, stack.len() as u64]);
        for &pc in stack {
            let at = pc.wrapping_sub(1);
            let frame =
                symtab::lookup(at).and_then(|func| func.frames((at - symtab::text_start()) as u32).last());
            match frame {
                Some(frame) => {
                    dump.text(frame.name);
                    dump.text(frame.file);
                    dump.int(frame.line as u64);
                }
                None => {
                    dump.text("?");
                    dump.text("?");
                    dump.int(0);
                }
            }
        }
        dump.ints(&[bucket.counts[0].get(), bucket.counts[1].get()]);
    });
}

extern "C" fn dump_memory(fd: usize) {
    sweep::finish();
    sched::stop_the_world();
    let mut dump = Dump { fd, buf: [0; 4096], len: 0 };
    objects(&mut dump);
    goroutines(&mut dump);
    threads(&mut dump);
    variables(&mut dump);
    specials(&mut dump);
    memory_profile(&mut dump);
    dump.flush();
    sched::start_the_world();
}
g0_entry!("runtime.dumpMemory", dump_memory);

extern "C" fn heap_bounds() -> crate::entry::Pair {
    let heap = arena::view();
    crate::entry::Pair(heap.start() as u64, heap.end() as u64)
}
leaf_entry!("runtime.heapBounds", heap_bounds);
