//! Slots in a loop whose contents do not outlive an iteration.
//!
//! ```text
//! b1:                                   of the loop
//!     v1: ptr = new "type:main.T", 24   could be a slot, if no iteration sees the address of the one before
//!     v2: ptr = slot_addr ss0           two pointers
//!     store v1, v2                      the first word of ss0 is new
//!     store v3, v2 +8                   all of it is
//!     v4: ptr = load v5                 v5 is any address in ss0
//! ```
//! A slot is renewed when one block of the loop fills it before anything there may read it, and all else that may read it is dominated by that: there is then
//! no way from the loop's header to a read that does not pass the block.

use rgo_mir::{Block, DomTree, Func, InstKind, Slot, Value};

use crate::flow::Flow;
use crate::loops::Loops;

/// Words of the largest slot that is looked at.
const MAX_WORDS: u64 = 64;
const WORD: u64 = 8;

/// The words that lie whole in `size` bytes from `offset`.
fn words(offset: i64, size: u64) -> u64 {
    let Ok(offset) = u64::try_from(offset) else { return 0 };
    let (first, end) = (offset.div_ceil(WORD), (offset + size) / WORD);
    (first..end.min(MAX_WORDS)).fold(0, |mask, word| mask | 1 << word)
}

/// Whether no iteration of the loop with header `around` sees what an earlier one has left in `slot`, which is `source` of `flow`.
pub fn is_renewed(
    func: &Func,
    flow: &Flow,
    dom: &DomTree,
    loops: &Loops,
    around: Block,
    slot: Slot,
    source: usize,
) -> bool {
    let size = func.slots[slot].size as u64;
    // Who has the address of a slot from elsewhere than from its definition reads it where that cannot be seen.
    if size / WORD > MAX_WORDS || flow.leak(source).itself || flow.holders(source).next().is_some() {
        return false;
    }
    let all = words(0, size);
    let points = |value: Value| flow.may_point(value, source);
    // What an instruction may read of the slot, and which words of it it surely writes.
    let access = |kind: &InstKind| {
        let own = |addr: Value| flow.local(func, addr).filter(|&(of, at)| of == source && at >= 0);
        let write = |addr, offset: i64, size| own(addr).map_or(0, |(_, at)| words(at + offset, size));
        match *kind {
            InstKind::Store { addr, value, offset, .. } => {
                (points(value), write(addr, offset.into(), func.ty(value).bytes(WORD as u32).into()))
            }
            InstKind::Zero { dst, size, .. } => (false, write(dst, 0, size)),
            InstKind::Copy { dst, src, size, .. } => (points(src), write(dst, 0, size)),
            InstKind::PtrAdd(..)
            | InstKind::Conv(..)
            | InstKind::Binary(..)
            | InstKind::Select(..)
            | InstKind::Icmp(..)
            | InstKind::NilCheck(_) => (false, 0),
            ref other => {
                let mut reads = false;
                other.for_each_operand(|v| reads |= points(v));
                (reads, 0)
            }
        }
    };
    // The block that fills it, and how many of its instructions do.
    let filled = func.layout.iter().find_map(|&block| {
        if loops.innermost(block) != Some(around) {
            return None;
        }
        let mut missing = all;
        for (i, &inst) in func.blocks[block].insts.iter().enumerate() {
            let (reads, writes) = access(&func.insts[inst].kind);
            if reads {
                return None;
            }
            missing &= !writes;
            if writes != 0 && missing == 0 {
                return Some((block, i + 1));
            }
        }
        None
    });
    let Some((filler, after)) = filled else { return false };
    func.layout.iter().filter(|&&block| dom.is_reachable(block)).all(|&block| {
        let insts = &func.blocks[block].insts;
        let before = if block == filler {
            &insts[..after]
        } else if dom.dominates(filler, block) {
            &insts[..0]
        } else {
            &insts[..]
        };
        before.iter().all(|&inst| !access(&func.insts[inst].kind).0)
    })
}
