//! Splices the stack check into finished code.
//!
//! ```text
//! push rbp; mov rbp, rsp              the prologue, always these four bytes
//! cmp rbp, [r15 + STACK_GUARD]        frames up to SMALL_FRAME; else lea r11, [rbp - frame]; cmp r11, [r15 + STACK_GUARD]
//! jbe slow
//! after: ...
//! slow:  mov r11d, frame
//!        call rt.morestack            which switches segments and calls `more`: the body runs on the next segment
//!        pop rbp; ret                 the body has returned
//! more:  jmp after
//! ```
//! Calls and returns stay in pairs, so that the processor foresees the returns of a loop that crosses the boundary each time.
//! The check in CLIF would run after the frame is allocated, when the register allocator may already have spilled below the limit. Everything
//! behind the prologue moves by [`INSERTED`] bytes, a multiple of the alignment that code and embedded constants rely on; what
//! refers across the splice does so relative to the code that moves with it, because nothing jumps into the prologue.

use rgo_abi::g::{SMALL_FRAME, STACK_GUARD};
use rgo_obj::{Code, Reloc, RelocKind, SymbolId};

/// `push rbp; mov rbp, rsp`
const PROLOGUE: [u8; 4] = [0x55, 0x48, 0x89, 0xe5];
/// Bytes inserted behind the prologue.
pub const INSERTED: u32 = 16;
/// Offset of the inserted bytes.
pub const AT: usize = PROLOGUE.len();

const _: () = assert!(STACK_GUARD == 0, "the encodings below address [r15] without displacement");

/// Inserts the check for `code.info.frame_size`. Fails if the code does not start with the expected prologue.
pub fn splice(code: &mut Code, morestack: SymbolId) -> Result<(), String> {
    if !code.bytes.starts_with(&PROLOGUE) {
        return Err(format!("unexpected prologue {:02x?}", &code.bytes[..code.bytes.len().min(8)]));
    }
    let frame = i32::try_from(code.info.frame_size).map_err(|_| "frame too large")?;
    let mut check = Vec::with_capacity(INSERTED as usize);
    if code.info.frame_size as usize > SMALL_FRAME {
        check.extend([0x4c, 0x8d, 0x9d]); // lea r11, [rbp + disp32]
        check.extend((-frame).to_le_bytes());
        check.extend([0x4d, 0x3b, 0x1f]); // cmp r11, [r15]
    } else {
        check.extend([0x0f, 0x1f, 0x80, 0, 0, 0, 0]); // nop of 7 bytes
        check.extend([0x49, 0x3b, 0x2f]); // cmp rbp, [r15]
    }
    let after = AT + INSERTED as usize;
    let slow = code.bytes.len() + INSERTED as usize;
    check.extend([0x0f, 0x86]); // jbe slow
    check.extend(displacement(slow, after)?);
    debug_assert_eq!(check.len(), INSERTED as usize);
    code.bytes.splice(AT..AT, check);

    code.bytes.extend([0x41, 0xbb]); // mov r11d, imm32
    code.bytes.extend(frame.to_le_bytes());
    code.bytes.push(0xe8); // call morestack
    let call = code.bytes.len() as u32;
    code.bytes.extend([0; 4]);
    code.bytes.extend([0x5d, 0xc3]); // pop rbp; ret
    code.bytes.push(0xe9); // jmp after
    let end = code.bytes.len() + 4;
    code.bytes.extend(displacement(after, end)?);

    for reloc in &mut code.relocs {
        reloc.offset += INSERTED;
        // Offsets into the function itself move too.
        if reloc.target == code.symbol && reloc.kind == RelocKind::Pc32 && is_internal(reloc) {
            reloc.addend += i64::from(INSERTED);
        }
    }
    code.relocs.push(Reloc { offset: call, kind: RelocKind::Pc32, target: morestack, addend: -4 });
    if let Some(handler) = &mut code.info.handler {
        *handler += INSERTED;
    }
    for row in &mut code.info.lines {
        if row.offset as usize >= AT {
            row.offset += INSERTED;
        }
    }
    // morestack is called from here: tracebacks show the declaration.
    let start = code.info.lines[0];
    code.info.lines.push(rgo_obj::LineRow { offset: slow as u32, ..start });
    Ok(())
}

/// Whether a reference to the function's own symbol means a place inside it rather than its entry (a recursive call or its address).
fn is_internal(reloc: &Reloc) -> bool {
    reloc.addend + 4 >= AT as i64
}

fn displacement(to: usize, from: usize) -> Result<[u8; 4], String> {
    let distance = to as i64 - from as i64;
    i32::try_from(distance).map(i32::to_le_bytes).map_err(|_| "function larger than 2 GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rgo_obj::{FuncInfo, LineRow};

    fn code(frame_size: u32) -> Code {
        let mut bytes = PROLOGUE.to_vec();
        bytes.extend([0xe8, 0, 0, 0, 0, 0xc3]);
        Code {
            symbol: SymbolId(0),
            align: 16,
            bytes,
            relocs: vec![Reloc { offset: 5, kind: RelocKind::Pc32, target: SymbolId(0), addend: -4 }],
            info: FuncInfo {
                frame_size,
                handler: Some(9),
                lines: vec![
                    LineRow { offset: 0, pos: 1, inlined: 0 },
                    LineRow { offset: 4, pos: 2, inlined: 0 },
                ],
                ..FuncInfo::default()
            },
        }
    }

    #[test]
    fn everything_behind_the_prologue_moves() {
        for frame in [0, 4096] {
            let mut code = code(frame);
            splice(&mut code, SymbolId(1)).unwrap();
            assert_eq!(code.bytes.len(), 10 + 16 + 18);
            assert_eq!((code.relocs[0].offset, code.relocs[0].addend), (21, -4));
            assert_eq!((code.relocs[1].offset, code.relocs[1].target), (33, SymbolId(1)));
            assert_eq!(code.info.handler, Some(25));
            assert_eq!(code.info.lines[1].offset, 20);
            // jbe goes to the appended code, the last jump behind the check.
            assert_eq!(i32::from_le_bytes(code.bytes[16..20].try_into().unwrap()), 26 - 20);
            assert_eq!(i32::from_le_bytes(code.bytes[40..44].try_into().unwrap()), 20 - 44);
        }
    }

    #[test]
    fn other_prologues_are_refused() {
        let mut code = code(0);
        code.bytes[0] = 0x90;
        assert!(splice(&mut code, SymbolId(1)).is_err());
    }
}
