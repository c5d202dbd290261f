//! Which words of its frame a function may still read when one of its calls returns.
//!
//! In: finished machine code of one function and the layout of its frame. Out: its frame map (`rgo_abi::frame_map`), by which the
//! collector tells live words of a frame from dead ones. The code is not touched: liveness costs the program nothing.
//!
//! Every access to the frame that names its place directly (`[sp + k]`: spills, saved registers, slots) is seen in the machine code, so
//! ordinary backward liveness of these words and of the *kept registers* (those that callees preserve) is exact. Where the address of
//! a slot is taken, any word of that slot may be read through the pointer: taking the address counts as a read of the whole slot
//! (it is live before), and after it the slot is an *object*, live as long as the frame. Cranelift makes the address anew where it is needed as
//! well as keeping it in registers; both are covered.
//! Of *limited* slots more is known: `opt`'s `lifetimes` says of each call whether their contents matter there, whoever reads them and
//! by which address. They are live where it says so, as far as they have been written. Calls carry this through Cranelift as debug tags, or as the
//! tag of the exception handler; at a call whose tag got lost all limited slots are live.
//!
//! - the instruction set's half (`x86_64`) decodes code to [`Op`]s;
//! - `flow` solves liveness over them;
//! - `encode` writes the map.
//!
//! A function that a step does not understand has no map, and its frames are scanned whole; nothing is guessed.

mod encode;
mod flow;
mod x86_64;

use std::collections::HashMap;

use rgo_abi::frame_map::{FrameMap, KEPT};
use rgo_abi::functab::Reader;
use rgo_target::Isa;

pub use flow::{Site, Sites};

/// What an instruction does to frame and kept registers. Those of one instruction stand in the order in which they happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// Reads a kept register.
    Use(u8),
    /// Overwrites a kept register.
    Def(u8),
    /// Reads something of these words.
    Read { first: u32, words: u32 },
    /// Overwrites these words.
    Write { first: u32, words: u32 },
    /// Overwrites a part of this word.
    Touch(u32),
    /// Takes an address in the slot that contains this word.
    Address(u32),
    /// Calls, and returns to this offset.
    Call(u32),
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    Next,
    /// To this offset.
    Jump(u32),
    /// To this offset or on.
    Branch(u32),
    /// To one of the offsets in this one of [`Decoded::tables`].
    Indirect(u32),
    /// Returns or traps.
    Stop,
}

/// One instruction: its offsets and its piece of [`Decoded::ops`].
#[derive(Clone, Copy, Debug)]
pub struct Inst {
    pub offset: u32,
    pub end: u32,
    pub ops: (u32, u32),
    pub flow: Flow,
}

/// Reachable instructions in order of address.
#[derive(Debug, Default)]
pub struct Decoded {
    pub insts: Vec<Inst>,
    pub ops: Vec<Op>,
    /// Targets of indirect jumps.
    pub tables: Vec<Vec<u32>>,
    /// The word in which each kept register is saved at entry.
    pub saved: [Option<u32>; KEPT],
}

/// What is known of a function beside its code.
pub struct Shape {
    /// Words from the stack pointer to the frame pointer.
    pub words: u32,
    /// Slots as (first word, words), ascending. The other words are spills and saved registers.
    pub slots: Vec<(u32, u32)>,
    /// Where the contents of some slots matter.
    pub limits: Limits,
    /// Words where slots of no size lie: their addresses may be taken, too.
    pub empty_slots: Vec<u32>,
    /// Where a panic in any call may continue.
    pub handler: Option<u32>,
}

/// Where the contents of some slots matter. Slots are indexes of [`Shape::slots`].
#[derive(Default)]
pub struct Limits {
    /// By slot: it matters only at calls that say so.
    pub limited: Vec<bool>,
    pub sets: Vec<Vec<u32>>,
    /// Calls, by return address: number of the set of limited slots that matter there, and others that do.
    pub calls: HashMap<u32, (u32, Vec<u32>)>,
}

impl Limits {
    /// Whether it is known at which calls the slot matters.
    fn is_limited(&self, slot: u32) -> bool {
        self.limited.get(slot as usize).is_some_and(|&limited| limited)
    }
    /// Whether the limited slot matters at the call that returns to `ret`.
    fn matters_at(&self, ret: u32, slot: u32) -> bool {
        self.calls.get(&ret).is_none_or(|(set, others)| {
            others.contains(&slot) || self.sets.get(*set as usize).is_none_or(|set| set.contains(&slot))
        })
    }
}

impl Shape {
    /// Whether the word belongs to a slot.
    fn is_in_slot(&self, word: u32) -> bool {
        let after = self.slots.partition_point(|slot| slot.0 <= word);
        after > 0 && word - self.slots[after - 1].0 < self.slots[after - 1].1
    }
}

/// The frame map of the function with this code; none when there is nothing to say or something was not understood. Offsets from
/// `moved.0` on have been moved by `moved.1` bytes since.
pub fn frame_map(isa: Isa, code: &[u8], shape: &Shape, moved: (u32, u32)) -> Option<Vec<u8>> {
    let decoded = match isa {
        Isa::X86_64 => x86_64::decode(code, shape)?,
        Isa::Aarch64 | Isa::Riscv64 => return None,
    };
    let mut sites = flow::solve(&decoded, shape)?;
    for site in &mut sites.sites {
        if site.ret >= moved.0 {
            site.ret += moved.1;
        }
    }
    encode::encode(&sites, shape, &decoded.saved)
}

/// What a map says, one line for each call: its return address, kept registers with live values, live words of the frame.
pub fn text(map: &[u8]) -> String {
    let map = FrameMap::new(Reader::new(map));
    let mut out = String::new();
    for ret in map.returns() {
        let Some(site) = map.site(ret) else { continue };
        out += &format!("{ret:#x}: registers {:04b} words", site.registers());
        site.for_each(&mut |range| {
            out += &match range.words {
                1 => format!(" {}", range.first),
                words => format!(" {}-{}", range.first, range.first + words - 1),
            };
        });
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;
