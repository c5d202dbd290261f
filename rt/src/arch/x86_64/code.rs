//! Reading the program's own instructions, for profiles.

/// `ret`, `push rbp`, a call and a jump to an address relative to the next instruction, `lea r11, [rip + distance]`.
const RETURN: u8 = 0xc3;
const PUSH_RBP: u8 = 0x55;
const CALL: u8 = 0xe8;
const JUMP: u8 = 0xe9;
const LEA_R11: [u8; 3] = [0x4c, 0x8d, 0x1d];

/// Bytes of a direct call.
pub(crate) const CALL_SIZE: usize = 5;
/// Bytes at the end of the stub of an entry that runs on g0's stack: `lea r11, [rip + function]`, `jmp call_g0`.
const STUB_END_SIZE: usize = 12;

/// Does the instruction at `pc` return from a function?
///
/// # Safety
/// `pc` is an instruction of the program.
pub(crate) unsafe fn is_return(pc: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { *(pc as *const u8) == RETURN }
}

/// Is linking a frame the first thing that the function at `entry` does? (Assembly may never do it.)
///
/// # Safety
/// `entry` is an instruction of the program.
pub(crate) unsafe fn begins_with_frame(entry: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { *(entry as *const u8) == PUSH_RBP }
}

/// Where the call before `return_pc` goes to, if its instruction says that.
///
/// # Safety
/// The `CALL_SIZE` bytes before `return_pc` are code of the program.
pub(crate) unsafe fn call_target(return_pc: usize) -> Option<usize> {
    // SAFETY: the caller's promise.
    let code = unsafe { *((return_pc - CALL_SIZE) as *const [u8; CALL_SIZE]) };
    let [CALL, distance @ ..] = code else { return None };
    Some(return_pc.wrapping_add_signed(i32::from_le_bytes(distance) as isize))
}

/// The function that an entry whose stub is the code `[start, end)` runs on g0's stack, if it is such an entry.
///
/// # Safety
/// The range is code of the program.
pub(crate) unsafe fn stub_target(start: usize, end: usize) -> Option<usize> {
    let at = end.checked_sub(STUB_END_SIZE).filter(|&at| at >= start)?;
    // SAFETY: the caller's promise.
    let code = unsafe { *(at as *const [u8; STUB_END_SIZE]) };
    let [a, b, c, distance @ .., JUMP, _, _, _, _] = code else { return None };
    let next = at + LEA_R11.len() + distance.len();
    ([a, b, c] == LEA_R11).then(|| next.wrapping_add_signed(i32::from_le_bytes(distance) as isize))
}
