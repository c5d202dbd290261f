//! What program counters mean: the linker's function table (`rgo_abi::functab`) at its run-time addresses.

use crate::arch;
pub(crate) use rgo_abi::functab::FuncRef;
use rgo_abi::functab::{FuncTable, HEADER_SIZE};

unsafe extern "C" {
    #[link_name = "runtime.text"]
    static TEXT: u8;
    #[link_name = "runtime.etext"]
    static END_TEXT: u8;
    #[link_name = "runtime.functab"]
    static FUNCTAB: u8;
}

/// Address of the first byte of compiled Go code.
pub(crate) fn text_start() -> usize {
    (&raw const TEXT) as usize
}

/// Is this an address of compiled Go code (not of rt)?
pub(crate) fn is_go_code(pc: usize) -> bool {
    (text_start()..(&raw const END_TEXT) as usize).contains(&pc)
}

fn table() -> Option<FuncTable<'static>> {
    let start = &raw const FUNCTAB;
    // SAFETY: the linker's table has at least a header.
    let header = unsafe { core::slice::from_raw_parts(start, HEADER_SIZE) };
    let size = FuncTable::total_size(header)?;
    // SAFETY: the header says how long the table is.
    FuncTable::new(unsafe { core::slice::from_raw_parts(start, size) })
}

/// The bytes of the whole table; empty if there is none.
pub(crate) fn table_bytes() -> &'static [u8] {
    table().map_or(&[], |table| table.bytes())
}

/// The function that contains the instruction at `pc`. For return addresses ask for `pc - 1`.
pub(crate) fn lookup(pc: usize) -> Option<FuncRef<'static>> {
    if !is_go_code(pc) {
        return None;
    }
    table()?.lookup((pc - text_start()) as u32)
}

/// The function of compiled code or of rt that contains the instruction at `pc`.
pub(crate) fn lookup_any(pc: usize) -> Option<FuncRef<'static>> {
    table()?.lookup(u32::try_from(pc.checked_sub(text_start())?).ok()?)
}

/// The function of rt that is called, by its address, right before `return_pc`: an entry, when compiled code calls.
pub(crate) fn callee(return_pc: usize) -> Option<FuncRef<'static>> {
    let call = return_pc.checked_sub(arch::CALL_SIZE)?;
    if lookup_any(return_pc - 1)? != lookup_any(call)? {
        return None;
    }
    // SAFETY: code of one function.
    let target = unsafe { arch::call_target(return_pc) }?;
    lookup_any(target).filter(|func| func.is_rt() && entry(*func) == target)
}

/// The function that the entry `func` runs on g0's stack.
pub(crate) fn behind_entry(func: FuncRef<'_>) -> Option<FuncRef<'static>> {
    let start = entry(func);
    // SAFETY: code of one function.
    let target = unsafe { arch::stub_target(start, start + func.size() as usize) }?;
    lookup_any(target).filter(|func| func.is_rt() && entry(*func) == target)
}

/// Is this an instruction of assembly, or of a stub around it? There the register of the G may hold anything, and nobody may stop the
/// goroutine.
pub(crate) fn is_assembly(pc: usize) -> bool {
    lookup(pc).is_some_and(|func| func.is_assembly())
}

/// A return address in the result of `runtime.callers` has here which of the calls inlined at it is meant, counted from 1.
pub(crate) const INLINE_SHIFT: u32 = 56;

/// Address and number of calls to skip of what `runtime.callers` stored.
fn untag(pc: usize) -> (usize, usize) {
    (pc & ((1 << INLINE_SHIFT) - 1), (pc >> INLINE_SHIFT).saturating_sub(1))
}

/// Entry address of a function.
pub(crate) fn entry(func: FuncRef<'_>) -> usize {
    text_start() + func.entry() as usize
}

/// For the deferring function at `entry`: address of its handler, and the distance from its frame pointer to its stack pointer.
pub(crate) fn handler(entry: usize) -> Option<(usize, usize)> {
    let func = lookup(entry)?;
    Some((text_start() + func.handler()? as usize, func.frame_size() as usize))
}

/// `runtime.findfunc(pc)`.
extern "C" fn findfunc(pc: usize) -> usize {
    lookup_any(untag(pc).0).map_or(0, entry)
}
g0_entry!("runtime.findfunc", findfunc);

/// What the overlay's `pcInfo` looks like.
#[repr(C)]
struct PcInfo {
    name: (*const u8, usize),
    file: (*const u8, usize),
    line: i64,
    entry: usize,
    start_line: i64,
    inlined: bool,
    wrapper: bool,
}

/// `runtime.pcInfo(pc, depth, *info)`: the function at inline depth `depth` (0 the innermost) of the instruction at pc.
extern "C" fn pc_info(pc: usize, depth: usize, info: &mut PcInfo) -> u64 {
    let (pc, skip) = untag(pc);
    let Some(func) = lookup_any(pc) else { return 0 };
    let Some(frame) = func.frames((pc - text_start()) as u32).nth(skip + depth) else { return 0 };
    info.name = (frame.name.as_ptr(), frame.name.len());
    let file = if frame.file.is_empty() { "??" } else { frame.file };
    info.file = (file.as_ptr(), file.len());
    info.line = frame.line as i64;
    info.entry = entry(func);
    info.start_line = if frame.inlined { 0 } else { func.decl().1 as i64 };
    info.inlined = frame.inlined;
    info.wrapper = func.is_wrapper();
    1
}
g0_entry!("runtime.pcInfo", pc_info);
