//! Instructions that allocate, as far as escape analysis can move what they allocate to the frame.
//!
//! Besides [`InstKind::New`] these are calls of package runtime: boxes of interface values (`convT64` ...), and functions that take a buffer in the
//! caller's frame as their first argument, nil if there is none. `lower` always passes nil; a buffer comes from `escape`. Of the latter kind are
//! string operations, and `growsliceOnce`, `makesliceBuf` and `makemapBuf` (`rt/go/runtime/frame.go`), which go on as the functions without buffer that
//! `escape` puts in their place when what they make stays in the heap.

use rgo_mir::{Callee, Func, FuncId, Inst, InstKind, Module};

use crate::edit::constant;

/// Bytes of a `maps.Map`, which comes first in the buffer of a map (`rt/go/runtime/frame.go`).
const MAP_HEADER: u64 = 48;

/// Its second argument is the size of a group, for which the buffer has room.
const MAKE_SMALL_MAP: &str = "makemapBuf";

/// How an object gets to the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `New`: a slot, cleared.
    New,
    /// A box: a slot, into which the arguments are stored.
    Box,
    /// A call with a buffer, whatever it holds.
    Buffer,
    /// A call with a buffer that must be clear.
    ClearBuffer,
    /// A call with a buffer whose first word says whether it is taken: for one object while the frame lives.
    OnceBuffer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allocation {
    pub kind: Kind,
    pub size: u64,
    pub align: u32,
    /// Which argument the buffer is.
    pub arg: usize,
}

/// What `inst` allocates, if that could be in the frame and is not yet.
pub fn allocation(func: &Func, inst: Inst, module: &Module) -> Option<Allocation> {
    match &func.insts[inst].kind {
        InstKind::New { size, align, .. } => {
            Some(Allocation { kind: Kind::New, size: *size, align: (*align).max(1), arg: 0 })
        }
        InstKind::Call { callee: Callee::Func(id), args, .. } => {
            let name = module.funcs[*id].name.strip_prefix("runtime.")?;
            if let Some(size) = box_size(name) {
                return Some(Allocation { kind: Kind::Box, size, align: 8, arg: 0 });
            }
            let mut found = takes_buffer(name)?;
            if constant(func, *args.get(found.arg)?) != Some(0) {
                return None;
            }
            if name == MAKE_SMALL_MAP {
                found.size = MAP_HEADER + u64::try_from(constant(func, *args.get(1)?)?).ok()?;
            }
            Some(found)
        }
        _ => None,
    }
}

/// Whether the inliner must leave calls of `name` alone, so that escape analysis sees them.
pub fn is_seen_as_call(name: &str) -> bool {
    name.strip_prefix("runtime.")
        .is_some_and(|name| box_size(name).is_some() || takes_buffer(name).is_some() || is_map_access(name))
}

/// Lookups of maps: their results lie in the map (`flow`).
pub fn is_map_access(name: &str) -> bool {
    ["mapaccess", "mapassign", "mapdelete", "mapclear", "mapIter"].iter().any(|p| name.starts_with(p))
        // Their results may be another argument.
        && !name.ends_with("_fat")
}

/// The function that does the same without a buffer argument, where there is one.
pub fn without_buffer(func: &Func, inst: Inst, module: &Module) -> Option<(FuncId, usize)> {
    let InstKind::Call { callee: Callee::Func(id), args, .. } = &func.insts[inst].kind else { return None };
    let (name, dropped) = match module.funcs[*id].name.strip_prefix("runtime.")? {
        "growsliceOnce" => ("runtime.growslice", 1),
        "makesliceBuf" => ("runtime.makeslice", 1),
        MAKE_SMALL_MAP => ("runtime.makemap_small", 2),
        _ => return None,
    };
    (constant(func, *args.first()?) == Some(0)).then_some((module.func_named(name)?, dropped))
}

/// Size of the object of a box function.
fn box_size(name: &str) -> Option<u64> {
    match name {
        "convT16" => Some(2),
        "convT32" => Some(4),
        "convT64" => Some(8),
        "convTstring" => Some(16),
        "convTslice" => Some(24),
        _ => None,
    }
}

fn takes_buffer(name: &str) -> Option<Allocation> {
    let buffer = |kind, size| Some(Allocation { kind, size, align: 8, arg: 0 });
    match name {
        "slicebytetostring" | "stringtoslicebyte" | "slicerunetostring" | "concatstring2"
        | "concatstring3" | "concatstring4" | "concatstring5" | "concatstrings" | "concatbytes"
        | "makesliceBuf" => buffer(Kind::Buffer, 32),
        "intstring" => buffer(Kind::Buffer, 4),
        "stringtoslicerune" => buffer(Kind::Buffer, 128),
        "growsliceOnce" => buffer(Kind::OnceBuffer, 8 + 32),
        MAKE_SMALL_MAP => buffer(Kind::ClearBuffer, MAP_HEADER),
        "makemap" => Some(Allocation { kind: Kind::ClearBuffer, size: MAP_HEADER, align: 8, arg: 2 }),
        _ => None,
    }
}
