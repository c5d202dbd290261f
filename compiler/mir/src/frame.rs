//! Frames that are too large for Go.
//!
//! What is large lives in the heap here, so frames stay small. gc keeps temporaries, arguments and results in the frame whatever their size,
//! and refuses functions whose frame would exceed 1 GB. `FrameNeeds` counts what was moved away, so that the same functions are refused.

use crate::func::Func;
use crate::module::Module;

/// Largest frame, in bytes.
const MAX_FRAME: u64 = 1 << 30;

/// What a function would hold in its frame besides its slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FrameNeeds {
    /// Position of the declaration, as gc reports it; 0 when nothing needs to be reported.
    pub pos: u32,
    /// Temporaries that are in the heap for their size.
    pub moved: u64,
    /// Parameters and results in memory.
    pub args: u64,
    /// Most of these that one call has.
    pub callee: u64,
}

/// A function whose frame is too large, with what makes it so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OversizedFrame {
    pub pos: u32,
    pub locals: u64,
    pub args: u64,
    /// Counted only when the function's own needs are within the limit.
    pub callee: u64,
}

impl std::fmt::Display for OversizedFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (locals, args) = (self.locals >> 20, self.args >> 20);
        write!(f, "stack frame too large (>1GB): {locals} MB locals + {args} MB args")?;
        match self.callee {
            0 => Ok(()),
            callee => write!(f, " + {} MB callee", callee >> 20),
        }
    }
}

impl Func {
    /// Bytes of all slots.
    pub fn slot_bytes(&self) -> u64 {
        self.slots.values().map(|slot| u64::from(slot.size)).sum()
    }

    fn oversized(&self) -> Option<OversizedFrame> {
        let FrameNeeds { pos, moved, args, callee } = self.frame;
        let locals = self.slot_bytes() + moved;
        if locals >= MAX_FRAME || args >= MAX_FRAME {
            return Some(OversizedFrame { pos, locals, args, callee: 0 });
        }
        (locals + callee >= MAX_FRAME).then_some(OversizedFrame { pos, locals, args, callee })
    }
}

/// The functions with too large frames, by position.
pub fn oversized_frames(module: &Module) -> Vec<OversizedFrame> {
    let mut found: Vec<_> = module.bodies.iter().filter_map(Func::oversized).collect();
    found.sort();
    // Instances of one declaration are reported once.
    found.dedup_by_key(|frame| frame.pos);
    found
}
