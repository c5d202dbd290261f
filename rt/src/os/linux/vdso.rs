//! Functions that the kernel maps into the process.

use core::sync::atomic::{AtomicUsize, Ordering};

/// Where the image is, or 0. Set before other threads exist.
static BASE: AtomicUsize = AtomicUsize::new(0);

/// Takes the address of the image.
///
/// # Safety
/// `base` is 0 or the value of AT_SYSINFO_EHDR.
pub(crate) unsafe fn vdso_init(base: usize) {
    BASE.store(base, Ordering::Relaxed);
}

/// The address of a function.
pub(crate) fn vdso_symbol(name: &[u8]) -> Option<usize> {
    let base = BASE.load(Ordering::Relaxed);
    if base == 0 {
        return None;
    }
    // SAFETY: the image, as `vdso_init` was promised.
    unsafe { find(base, name) }
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

/// # Safety
/// `base` is the address of a well-formed, mapped ELF image.
unsafe fn find(base: usize, name: &[u8]) -> Option<usize> {
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
