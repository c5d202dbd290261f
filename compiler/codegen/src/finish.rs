//! Cranelift's compiled buffer → `obj::Code`.

use std::collections::HashMap;

use cranelift_codegen::binemit::Reloc as ClifReloc;
use cranelift_codegen::ir::{DebugTag, ExternalName, StackSlot};
use cranelift_codegen::{CompiledCode, FinalizedMachExceptionHandler, FinalizedRelocTarget, MachDebugTagPos};
use rgo_mir::{EntityRef, Func, Slot};
use rgo_obj::{Code, FuncInfo, InlineSite, LineRow, Reloc, RelocKind, SymbolId};

use rgo_target::Isa;

use crate::Failure;
use crate::frames::{self, Limits, Shape};
use crate::func::Facts;
use crate::stack_check;
use crate::symbols::SymbolTable;

/// Alignment of functions: a fetch block of recent processors. With 16 the time of a call-bound kernel varies by half with its place.
const MIN_ALIGN: u32 = 32;
/// Bytes of a word of the frame.
const WORD: u32 = 8;

/// What frame maps need beside the compiled code.
pub struct Frame<'a> {
    pub isa: Isa,
    /// Sizes of the stack slots.
    pub slots: &'a [u32],
    /// Offset of the handler.
    pub handler: Option<u32>,
}

/// Converts the code of `func` and splices the stack check in.
pub fn finish(
    func: &Func,
    symbols: &SymbolTable,
    compiled: &CompiledCode,
    facts: &Facts,
    frame: &Frame<'_>,
) -> Result<Code, String> {
    let symbol = symbols.func(func.id);
    let buffer = &compiled.buffer;
    let layout = buffer.frame_layout().ok_or("no frame layout")?;
    let mut code = Code {
        symbol,
        align: buffer.alignment.max(MIN_ALIGN),
        bytes: buffer.data().to_vec(),
        relocs: relocs(symbol, compiled, facts)?,
        info: FuncInfo {
            frame_size: layout.frame_to_fp_offset,
            handler: frame.handler,
            wrapper: func.flags.wrapper,
            frame_map: None,
            depths: None,
            stub: false,
            has_args: !func.sig.params.is_empty(),
            pos: func.loc.pos,
            lines: lines(func, compiled, facts),
            inlined: func
                .inlined
                .iter()
                .map(|site| InlineSite {
                    callee: symbols.func(site.callee),
                    call_pos: site.call.pos,
                    parent: site.call.inlined,
                })
                .collect(),
        },
    };
    let small_leaf = !facts.makes_calls && layout.frame_to_fp_offset as usize <= rgo_abi::g::SMALL_FRAME;
    let checks_stack = !func.flags.nosplit && !small_leaf;
    let moved = if checks_stack { stack_check::INSERTED } else { 0 };
    code.info.frame_map = frame_map(func, compiled, facts, &code, frame, moved)?;
    if checks_stack {
        let (morestack, _) = symbols.runtime(crate::symbols::MORESTACK);
        stack_check::splice(&mut code, morestack)?;
    }
    Ok(code)
}

fn frame_map(
    func: &Func,
    compiled: &CompiledCode,
    facts: &Facts,
    code: &Code,
    frame: &Frame<'_>,
    moved: u32,
) -> Result<Option<Vec<u8>>, String> {
    let layout = compiled.buffer.frame_layout().ok_or("no frame layout")?;
    let (mut slots, mut empty_slots) = (Vec::new(), Vec::new());
    for (index, (size, slot)) in frame.slots.iter().zip(layout.stackslots.values()).enumerate() {
        match size.div_ceil(WORD) {
            0 => empty_slots.push(slot.offset / WORD),
            words => slots.push((slot.offset / WORD, words, index)),
        }
    }
    slots.sort_unstable();
    let limits = limits(func, compiled, facts, frame, &slots);
    let slots = slots.iter().map(|&(first, words, _)| (first, words)).collect();
    let words = layout.frame_to_fp_offset / WORD;
    let shape = Shape { words, slots, limits, empty_slots, handler: frame.handler };
    Ok(frames::frame_map(frame.isa, &code.bytes, &shape, (stack_check::AT as u32, moved)))
}

/// Where limited slots matter: those of MIR where `opt` says so, areas at their calls. `slots`: first word, words and number, as they lie in the frame.
fn limits(
    func: &Func,
    compiled: &CompiledCode,
    facts: &Facts,
    frame: &Frame<'_>,
    slots: &[(u32, u32, usize)],
) -> Limits {
    let lifetimes = func.lifetimes.as_ref();
    if lifetimes.is_none() && facts.areas.is_empty() {
        return Limits::default();
    }
    // From numbers of slots, of which MIR's come first, to places in the frame.
    let mut places = vec![None; frame.slots.len()];
    let mut limited = vec![false; slots.len()];
    for (place, &(_, _, index)) in slots.iter().enumerate() {
        places[index] = Some(place as u32);
        limited[place] = index < func.slots.len()
            && lifetimes.is_some_and(|lifetimes| lifetimes.is_limited(Slot::from_index(index)));
    }
    for area in &facts.areas {
        if let Some(place) = places[area.as_u32() as usize] {
            limited[place as usize] = true;
        }
    }
    let sets = lifetimes.map_or(vec![vec![]], |lifetimes| {
        let place = |slot: &Slot| places[slot.index()];
        lifetimes.sets().iter().map(|set| set.iter().filter_map(place).collect()).collect()
    });
    let place = |area: &StackSlot| places[area.as_u32() as usize];
    let mut calls: HashMap<u32, (u32, Vec<u32>)> = HashMap::new();
    for list in compiled.buffer.debug_tags().filter(|list| list.pos == MachDebugTagPos::Post) {
        let Some((DebugTag::User(set), areas)) = list.tags.split_first() else { continue };
        let areas = areas.iter().filter_map(|tag| match tag {
            DebugTag::StackSlot(area) => place(area),
            DebugTag::User(_) => None,
        });
        calls.insert(list.offset, (*set, areas.collect()));
    }
    for site in compiled.buffer.call_sites() {
        for handler in site.exception_handlers {
            let FinalizedMachExceptionHandler::Tag(tag, _) = handler else { continue };
            if let Some((Some(set), areas)) = facts.try_calls.get(tag.as_u32() as usize) {
                calls.insert(site.ret_addr, (*set, areas.iter().filter_map(place).collect()));
            }
        }
    }
    Limits { limited, sets, calls }
}

fn relocs(symbol: SymbolId, compiled: &CompiledCode, facts: &Facts) -> Result<Vec<Reloc>, String> {
    let mut relocs = Vec::with_capacity(compiled.buffer.relocs().len());
    for reloc in compiled.buffer.relocs() {
        let (target, extra) = match &reloc.target {
            FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                let known = facts.names.get(name.as_u32() as usize);
                (*known.ok_or_else(|| format!("relocation to unknown name {name}"))?, 0)
            }
            FinalizedRelocTarget::ExternalName(name) => return Err(format!("relocation to {name:?}")),
            FinalizedRelocTarget::Func(offset) => (symbol, i64::from(*offset)),
        };
        let kind = match reloc.kind {
            ClifReloc::Abs8 => RelocKind::Abs64,
            ClifReloc::X86PCRel4 | ClifReloc::X86CallPCRel4 | ClifReloc::X86CallPLTRel4 => RelocKind::Pc32,
            other => return Err(format!("relocation {other}")),
        };
        relocs.push(Reloc { offset: reloc.offset, kind, target, addend: reloc.addend + extra });
    }
    relocs.sort_by_key(|reloc| reloc.offset);
    Ok(relocs)
}

/// The one place where every exceptional edge leads.
pub fn handler(compiled: &CompiledCode) -> Result<Option<u32>, Failure> {
    let mut found: Option<u32> = None;
    for site in compiled.buffer.call_sites() {
        for handler in site.exception_handlers {
            let FinalizedMachExceptionHandler::Tag(_, offset) = *handler else {
                return Err(Failure::Other("exception handler without a tag".into()));
            };
            if found.is_some_and(|other| other != offset) {
                return Err(Failure::ManyHandlers);
            }
            found = Some(offset);
        }
    }
    Ok(found)
}

fn lines(func: &Func, compiled: &CompiledCode, facts: &Facts) -> Vec<LineRow> {
    let mut rows = vec![LineRow { offset: 0, pos: func.loc.pos, inlined: 0 }];
    for range in compiled.buffer.get_srclocs_sorted() {
        if range.loc.is_default() || range.start == range.end {
            continue;
        }
        let Some(loc) = facts.locs.get(range.loc.bits() as usize) else { continue };
        let row = LineRow { offset: range.start, pos: loc.pos, inlined: loc.inlined };
        match rows.last_mut() {
            Some(last) if (last.pos, last.inlined) == (row.pos, row.inlined) => {}
            Some(last) if last.offset == row.offset => *last = row,
            _ => rows.push(row),
        }
    }
    rows
}
