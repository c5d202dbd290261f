//! The live words of a goroutine's stack.
//!
//! In: a goroutine that does not run. Out: ranges of words that it may still read, in three ways:
//! - a frame that stands at a call with a frame map (`rgo_abi::frame_map`) gives the words that the map says;
//! - any other frame is given whole: of rt's own routines on the goroutine's stack, of a function that a signal stopped between two
//!   instructions, of one whose call faulted or has no map;
//! - from where frames cannot be told apart (assembly), the rest of the stack is given whole.
//!
//! Kept registers (those that a callee preserves) live in the frames of the functions that saved them. The walk goes outwards and carries along
//! where each register of the current function has been saved; the word counts when the current function says that the register holds
//! a live value. A frame that is given whole may use any register, so there all of them count.
//!
//! A map is believed only where the frame lies exactly where the map puts it: from the end of the frame called by it to the frame
//! pointer. `gc_frames=1` overwrites what is dead, so that a map that is wrong shows.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rgo_abi::frame_map::{KEPT, Site, Words};
use rgo_abi::types::WORD;

use crate::arch::{self, SavedFrame};
use crate::sched::{G, Status};
use crate::stack::{self, Segment};
use crate::symtab;

/// Scan stacks whole (`gc_conservative=1`).
static WHOLE: AtomicBool = AtomicBool::new(false);
/// Overwrite dead words (`gc_frames=1`).
static OVERWRITE: AtomicBool = AtomicBool::new(false);

/// What a dead word is overwritten with: no address.
const DEAD: usize = 0xdead_0000_0000_dead;

/// Sets the switches. The process has one thread.
pub fn init(whole: bool, overwrite: bool) {
    WHOLE.store(whole, Relaxed);
    OVERWRITE.store(overwrite, Relaxed);
}

/// Calls `f` with the ranges of g's stack, and of registers saved in its descriptor, that may hold live pointers. Whether g is inside an
/// entry of rt that compiled code has called.
pub fn for_each_live(g: &'static G, f: &mut impl FnMut(usize, usize)) -> bool {
    let in_syscall = g.status() == Status::Syscall;
    let sp = if in_syscall { g.syscall_sp.get() } else { g.sched_sp.get() };
    let frame = g.syscall_frame.get();
    if in_syscall {
        let registers = (&raw const g.syscall_frame) as usize;
        f(registers, registers + size_of_val(&frame));
    }
    // SAFETY: the links of a goroutine's segments are valid while it does not run.
    let segment = unsafe { g.segment.get().as_ref() };
    let Some(segment) = segment.filter(|segment| segment.contains(sp) && !WHOLE.load(Relaxed)) else {
        stack::for_each_range(g, sp, f);
        return false;
    };
    let mut walk =
        Walk { segment, low: sp & !(WORD - 1), kept: [0; KEPT], overwrite: OVERWRITE.load(Relaxed), f };
    if in_syscall {
        // The function that called `entersyscall` runs.
        walk.frames(frame[6], frame[5], false);
        return false;
    }
    if sp + size_of::<SavedFrame>() > segment.hi() {
        walk.rest();
        return false;
    }
    // SAFETY: `sched_sp` of a goroutine that is not in compiled code points at a saved frame.
    let frame = unsafe { &*(sp as *const SavedFrame) };
    walk.low += size_of::<SavedFrame>();
    walk.kept = frame.kept().map(|register| register as *const usize as usize);
    walk.frames(frame.return_pc, frame.rbp, true);
    site(frame.return_pc).is_some()
}

struct Walk<'a, F> {
    /// The segment that the walk is in.
    segment: &'static Segment,
    /// Everything below in that segment has been dealt with.
    low: usize,
    /// Where the value that each kept register has in the current function was saved; 0: dealt with.
    kept: [usize; KEPT],
    overwrite: bool,
    f: &'a mut F,
}

impl<F: FnMut(usize, usize)> Walk<'_, F> {
    /// Walks outwards from a function that is to continue at `pc` with frame pointer `fp`; `at_call`: only its frame and the kept
    /// registers hold values.
    fn frames(&mut self, mut pc: usize, mut fp: usize, mut at_call: bool) {
        while pc != arch::goexit0 as *const () as usize {
            let inside = (self.low..self.segment.hi()).contains(&fp) && fp.is_multiple_of(WORD);
            match site(pc) {
                Some((site, size)) if at_call && inside && fp - self.low == size => self.frame(&site, size),
                _ if !inside || symtab::is_assembly(pc.wrapping_sub(1)) => return self.rest(),
                _ => self.whole(fp),
            }
            at_call = true;
            self.low = fp + 2 * WORD;
            // SAFETY: `fp` lies in a segment, below its header, so both words do (or the second is the header's first).
            [fp, pc] = unsafe { *(fp as *const [usize; 2]) };
            if pc == arch::lessstack as *const () as usize {
                pc = self.segment.return_pc;
                let return_slot = self.segment.return_sp;
                // SAFETY: nil or the next older segment of the goroutine.
                let Some(segment) = (unsafe { self.segment.prev.as_ref() }) else { return };
                self.segment = segment;
                self.low = if segment.contains(return_slot) { return_slot + WORD } else { segment.lo };
            }
        }
        self.kept = [0; KEPT];
        self.rest();
    }

    /// A frame at a call, of `size` bytes.
    fn frame(&mut self, site: &Site<'_>, size: usize) {
        let at = |word: u32| self.low + word as usize * WORD;
        let f = &mut *self.f;
        let mut live = |words: Words| f(at(words.first), at(words.first + words.words));
        site.for_each(&mut live);
        let registers = site.registers();
        for number in 0..KEPT {
            let place = self.kept[number];
            let is_live = registers & 1 << number != 0;
            if is_live && place != 0 {
                (self.f)(place, place + WORD);
            }
            if let Some(word) = site.saved_word(number) {
                if self.overwrite && !is_live && place != 0 {
                    // SAFETY: the word of a stack that nobody uses now, in which a register is saved whose value nobody will read.
                    unsafe { (place as *mut usize).write_volatile(DEAD) };
                }
                self.kept[number] = self.low + word as usize * WORD;
            }
        }
        if self.overwrite {
            self.overwrite_dead(site, size);
        }
    }

    #[cold]
    fn overwrite_dead(&self, site: &Site<'_>, size: usize) {
        const MOST: usize = 4096;
        for word in 0..(size / WORD).min(MOST) {
            let mut used = (0..KEPT).any(|number| site.saved_word(number) == Some(word as u32));
            site.for_each(&mut |words: Words| {
                used |= (words.first..words.first + words.words).contains(&(word as u32));
            });
            if !used {
                // SAFETY: a word of the frame, which nobody uses now and, as the map says, nobody will read before writing it.
                unsafe { ((self.low + word * WORD) as *mut usize).write_volatile(DEAD) };
            }
        }
    }

    /// A frame of which nothing is known, up to its frame pointer.
    fn whole(&mut self, fp: usize) {
        self.registers();
        (self.f)(self.low, fp);
    }

    /// Everything from here on.
    fn rest(&mut self) {
        self.registers();
        let mut segment = Some(self.segment);
        let mut low = self.low;
        while let Some(s) = segment {
            (self.f)(low, s.hi());
            low = s.return_sp;
            // SAFETY: nil or the next older segment of the goroutine.
            segment = unsafe { s.prev.as_ref() };
            if segment.is_some_and(|older| !older.contains(low)) {
                return;
            }
        }
    }

    /// The kept registers may all be in use.
    fn registers(&mut self) {
        for place in core::mem::take(&mut self.kept) {
            if place != 0 {
                (self.f)(place, place + WORD);
            }
        }
    }
}

/// Sites found lately, by return address: [`check`], site, bytes of the frame. Writers do not exclude each other.
static RECENT: [[AtomicU64; 4]; 256] = [const { [const { AtomicU64::new(0) }; 4] }; 256];

/// What makes an entry of [`RECENT`] whole: of words of different entries it is wrong.
fn check(pc: usize, [a, b, size]: [u64; 3]) -> u64 {
    let mixed = |word: u64, by: u64| word.wrapping_mul(by).rotate_left(29);
    mixed(pc as u64, 0x9e37_79b9_7f4a_7c15)
        ^ mixed(a, 0xc2b2_ae3d_27d4_eb4f)
        ^ mixed(b, 0x1656_67b1_9e37_79f9)
        ^ mixed(size, 0xd6e8_feb8_6659_fd93)
}

/// What is live at the call that returns to `pc`, and the bytes of the function's frame.
fn site(pc: usize) -> Option<(Site<'static>, usize)> {
    if !symtab::is_go_code(pc) {
        return None;
    }
    let slot = &RECENT[(pc ^ pc >> 8) % RECENT.len()];
    let [sum, a, b, size] = slot.each_ref().map(|word| word.load(Relaxed));
    if sum == check(pc, [a, b, size]) {
        return Some((Site::unpack(symtab::table_bytes(), [a, b]), size as usize));
    }
    let func = symtab::lookup(pc.wrapping_sub(1))?;
    let site = func.frame_map()?.site((pc - symtab::entry(func)) as u32)?;
    let size = func.frame_size() as usize;
    if let Some([a, b]) = site.pack() {
        let words = [check(pc, [a, b, size as u64]), a, b, size as u64];
        slot.iter().zip(words).for_each(|(to, word)| to.store(word, Relaxed));
    }
    Some((site, size))
}
