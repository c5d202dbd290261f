//! The table of runtime entry points: every symbol that `rt` implements in Rust for compiled Go code.
//!
//! `lower` and `codegen` read it to call the right way, `load` to bind bodyless Go functions, `link` to know what to keep.
//! One file per room of `rt`; [`ENTRIES`] is their concatenation. To add an entry, add a row to the room's file and export
//! the symbol in `rt` with `g0_entry!` or `leaf_entry!`.
//!
//! A signature is argument letters, `:`, result letters. Letters: `p` pointer or uintptr, `i` i64, `w` i32 or u32, `b` bool or
//! u8 (each of these takes a full word), `d` f64, `f` f32. Go strings are `pi`, slices `pii`, interfaces `pp`; a
//! memory argument is one `p`. With more than two result words a pointer to the result area precedes the arguments.

mod bytealg;
mod chan;
mod gc;
mod mem;
mod memory_ops;
mod misc;
mod netpoll;
mod os;
mod sched;
mod sema;
mod time;

/// Which stack an entry runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// On the goroutine's stack: little stack, no allocation, no parking.
    Leaf,
    /// On the stack of the M's g0.
    G0,
}
pub use Run::{G0, Leaf};

/// One runtime entry point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The Go symbol.
    pub name: &'static str,
    /// Arguments and results, see the module's text.
    pub sig: &'static str,
    /// Which stack it runs on.
    pub run: Run,
    /// May start or wait for a collection.
    pub may_gc: bool,
    /// May park the goroutine.
    pub may_park: bool,
    /// May leave by a Go panic.
    pub may_panic: bool,
}

impl Entry {
    /// Argument letters.
    pub fn args(&self) -> &'static [u8] {
        let colon = self.colon();
        &self.sig.as_bytes()[..colon]
    }

    /// Result letters.
    pub fn results(&self) -> &'static [u8] {
        let colon = self.colon();
        &self.sig.as_bytes()[colon + 1..]
    }

    fn colon(&self) -> usize {
        self.sig.bytes().position(|b| b == b':').expect("a signature has a colon")
    }
}

/// Effects, for the rows of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fx(u8);
const NONE: Fx = Fx(0);
const GC: Fx = Fx(1);
const PARK: Fx = Fx(2);
const PANIC: Fx = Fx(4);
const GC_PANIC: Fx = Fx(1 | 4);
const GC_PARK: Fx = Fx(1 | 2);
const ALL: Fx = Fx(1 | 2 | 4);

const fn e(name: &'static str, sig: &'static str, run: Run, fx: Fx) -> Entry {
    Entry { name, sig, run, may_gc: fx.0 & 1 != 0, may_park: fx.0 & 2 != 0, may_panic: fx.0 & 4 != 0 }
}

const GROUPS: &[&[Entry]] = &[
    sched::ENTRIES,
    mem::ENTRIES,
    memory_ops::ENTRIES,
    gc::ENTRIES,
    chan::ENTRIES,
    sema::ENTRIES,
    time::ENTRIES,
    os::ENTRIES,
    netpoll::ENTRIES,
    misc::ENTRIES,
    bytealg::ENTRIES,
];

const COUNT: usize = {
    let mut n = 0;
    let mut g = 0;
    while g < GROUPS.len() {
        n += GROUPS[g].len();
        g += 1;
    }
    n
};

static TABLE: [Entry; COUNT] = {
    let mut table = [e("", ":", Leaf, NONE); COUNT];
    let mut n = 0;
    let mut g = 0;
    while g < GROUPS.len() {
        let mut i = 0;
        while i < GROUPS[g].len() {
            table[n] = GROUPS[g][i];
            n += 1;
            i += 1;
        }
        g += 1;
    }
    table
};

/// Every runtime entry point.
pub static ENTRIES: &[Entry] = &TABLE;

/// The entry with this symbol name.
pub fn lookup(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn rows_are_well_formed() {
        let mut names = HashSet::new();
        for e in ENTRIES {
            assert!(names.insert(e.name), "{} occurs twice", e.name);
            assert!(e.sig.bytes().all(|b| b"piwbdf:".contains(&b)), "{}", e.name);
            assert_eq!(e.sig.bytes().filter(|&b| b == b':').count(), 1, "{}", e.name);
            let words = e.args().iter().filter(|b| !b"df".contains(b)).count();
            let sret = usize::from(e.results().len() > 2);
            assert!(words + sret <= crate::g::MAX_ENTRY_WORDS, "{} takes too many words", e.name);
            assert!(e.run == G0 || !(e.may_park || e.may_gc), "{} is a leaf", e.name);
        }
    }
}
