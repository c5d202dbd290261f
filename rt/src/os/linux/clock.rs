//! Clocks, read through the vDSO where the kernel maps one.

use super::{Timespec, nr, syscall};
use core::sync::atomic::{AtomicUsize, Ordering};

const CLOCK_REALTIME: usize = 0;
const CLOCK_MONOTONIC: usize = 1;
const CLOCK_PROCESS_CPUTIME: usize = 2;

/// Address of the vDSO's `clock_gettime`, or 0. Set before other threads exist.
static CLOCK_GETTIME: AtomicUsize = AtomicUsize::new(0);

fn read(clock: usize) -> Timespec {
    let mut t = Timespec::default();
    let f = CLOCK_GETTIME.load(Ordering::Relaxed);
    if f != 0 {
        // SAFETY: the address came from the vDSO's symbol of this C signature.
        let f: extern "C" fn(usize, *mut Timespec) -> i32 = unsafe { core::mem::transmute(f) };
        if f(clock, &mut t) == 0 {
            return t;
        }
    }
    syscall(nr::CLOCK_GETTIME, [clock, &mut t as *mut Timespec as usize, 0, 0, 0, 0]);
    t
}

/// Monotonic nanoseconds.
pub(crate) fn nanotime() -> i64 {
    let t = read(CLOCK_MONOTONIC);
    t.sec * 1_000_000_000 + t.nsec
}

/// CPU time of the process in nanoseconds.
pub(crate) fn cpu_time() -> i64 {
    let t = read(CLOCK_PROCESS_CPUTIME);
    t.sec * 1_000_000_000 + t.nsec
}

/// Seconds since 1970 and nanoseconds.
pub(crate) fn walltime() -> (i64, i32) {
    let t = read(CLOCK_REALTIME);
    (t.sec, t.nsec as i32)
}

/// Sleeps, or returns early when a signal comes.
pub(crate) fn usleep(us: i64) {
    let t = Timespec::from_ns(us * 1000);
    syscall(nr::NANOSLEEP, [&t as *const Timespec as usize, 0, 0, 0, 0, 0]);
}

// The few fields of ELF structures that the search needs.
#[repr(C)]
struct Ehdr {
    ident: [u8; 16],
    kind: u16,
    machine: u16,
    version: u32,
    entry: u64,
    phoff: u64,
    shoff: u64,
    flags: u32,
    ehsize: u16,
    phentsize: u16,
    phnum: u16,
}
#[repr(C)]
struct Phdr {
    kind: u32,
    flags: u32,
    offset: u64,
    vaddr: u64,
    paddr: u64,
    filesz: u64,
    memsz: u64,
    align: u64,
}
#[repr(C)]
struct Sym {
    name: u32,
    info: u8,
    other: u8,
    shndx: u16,
    value: u64,
    size: u64,
}
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

/// Looks `clock_gettime` up in the vDSO at `base` (0: none).
///
/// # Safety
/// `base` is 0 or the value of AT_SYSINFO_EHDR.
pub(crate) unsafe fn clock_init(base: usize) {
    if base != 0 {
        // SAFETY: the caller's promise.
        let found = unsafe { vdso_symbol(base, b"__vdso_clock_gettime") };
        CLOCK_GETTIME.store(found.unwrap_or(0), Ordering::Relaxed);
    }
}

/// # Safety
/// `base` is the address of a well-formed, mapped ELF image.
unsafe fn vdso_symbol(base: usize, name: &[u8]) -> Option<usize> {
    // SAFETY: an image begins with its header.
    let ehdr = unsafe { &*(base as *const Ehdr) };
    let mut bias = None;
    let mut dynamic = None;
    for i in 0..ehdr.phnum as usize {
        let at = base + ehdr.phoff as usize + i * ehdr.phentsize as usize;
        // SAFETY: the header says that this many program headers are here.
        let ph = unsafe { &*(at as *const Phdr) };
        match ph.kind {
            PT_LOAD if bias.is_none() => {
                bias = Some(base.wrapping_add(ph.offset as usize).wrapping_sub(ph.vaddr as usize))
            }
            PT_DYNAMIC => dynamic = Some(base + ph.offset as usize),
            _ => {}
        }
    }
    let (bias, mut entry) = (bias?, dynamic? as *const [u64; 2]);
    let (mut hash, mut gnu_hash, mut strings, mut symbols) = (0usize, 0usize, 0usize, 0usize);
    loop {
        // SAFETY: the dynamic section ends with tag 0.
        let [tag, value] = unsafe { *entry };
        let addr = bias.wrapping_add(value as usize);
        match tag {
            0 => break,
            DT_HASH => hash = addr,
            DT_GNU_HASH => gnu_hash = addr,
            DT_STRTAB => strings = addr,
            DT_SYMTAB => symbols = addr,
            _ => {}
        }
        // SAFETY: this was not the last entry.
        entry = unsafe { entry.add(1) };
    }
    if strings == 0 || symbols == 0 {
        return None;
    }
    let count = if hash != 0 {
        // SAFETY: word 1 of a SysV hash table is the number of symbols.
        unsafe { *((hash + 4) as *const u32) as usize }
    } else if gnu_hash != 0 {
        // SAFETY: this is the image's GNU hash table.
        unsafe { gnu_hash_count(gnu_hash) }
    } else {
        return None;
    };
    for i in 0..count {
        // SAFETY: the symbol table has `count` entries.
        let sym = unsafe { &*((symbols + i * size_of::<Sym>()) as *const Sym) };
        let text = (strings + sym.name as usize) as *const u8;
        // SAFETY: names are terminated by NUL, at which the comparison stops.
        let equal = (0..=name.len()).all(|k| unsafe { *text.add(k) } == name.get(k).copied().unwrap_or(0));
        if equal && sym.shndx != 0 {
            return Some(bias.wrapping_add(sym.value as usize));
        }
    }
    None
}

/// Number of symbols that a GNU hash table covers: one past the end of the chain of the highest bucket.
///
/// # Safety
/// `table` is a well-formed GNU hash table.
unsafe fn gnu_hash_count(table: usize) -> usize {
    let word = |i: usize| {
        // SAFETY: the indexes used below lie in the table.
        unsafe { *((table + 4 * i) as *const u32) }
    };
    let (buckets, first, bloom) = (word(0) as usize, word(1) as usize, word(2) as usize);
    let bucket0 = 4 + bloom * 2;
    let last = (0..buckets).map(|b| word(bucket0 + b) as usize).max().unwrap_or(0);
    if last < first {
        return first;
    }
    let mut i = last;
    while word(bucket0 + buckets + i - first) & 1 == 0 {
        i += 1;
    }
    i + 1
}
