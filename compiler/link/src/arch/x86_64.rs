//! x86-64 relocations of ELF objects, and their relaxation.
//!
//! The executable is static and smaller than 2 GiB, so a load from the GOT becomes a `lea`, an indirect call through it a direct one.
//! Only loads by instructions that cannot be rewritten (`R_X86_64_GOTPCREL` on anything but `mov`, `call`, `jmp`) keep a GOT slot.
//! TLS is local-exec: offsets from the end of the TLS image; initial-exec loads become immediates.

use object::elf;

use crate::archive::Reloc;

/// What a relocation is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    /// Address of the symbol.
    pub symbol: u64,
    /// Address of the patched place.
    pub place: u64,
    /// Address of the symbol's GOT slot.
    pub got: Option<u64>,
    /// Address of the end of the TLS image.
    pub tls_end: u64,
}

/// How an instruction with a GOT load is rewritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relaxed {
    /// `mov sym@GOTPCREL(%rip), r` → `lea sym(%rip), r`
    Lea,
    /// `call *sym@GOTPCREL(%rip)` → `addr32 call sym`
    Call,
    /// `jmp *sym@GOTPCREL(%rip)` → `jmp sym; nop`
    Jump,
}

fn relaxed(reloc: &Reloc, data: &[u8]) -> Option<Relaxed> {
    if !matches!(reloc.kind, elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX)
        || reloc.addend != -4
    {
        return None;
    }
    let at = usize::try_from(reloc.offset).ok()?;
    match *data.get(at.checked_sub(2)?..at)? {
        [0x8b, modrm] if modrm & 0xc7 == 0x05 => Some(Relaxed::Lea),
        [0xff, 0x15] => Some(Relaxed::Call),
        [0xff, 0x25] => Some(Relaxed::Jump),
        _ => None,
    }
}

/// Whether the symbol of `reloc` needs a GOT slot; `data` is the section's contents.
pub fn needs_got(reloc: &Reloc, data: &[u8]) -> bool {
    matches!(reloc.kind, elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX)
        && relaxed(reloc, data).is_none()
}

/// Patches `data`, the contents of the section that holds `reloc`.
pub fn apply(data: &mut [u8], reloc: &Reloc, ops: Operands) -> Result<(), String> {
    let at = usize::try_from(reloc.offset).map_err(|_| "offset too large")?;
    let symbol = ops.symbol as i64;
    let sum = symbol.wrapping_add(reloc.addend);
    let relative = sum.wrapping_sub(ops.place as i64);
    match reloc.kind {
        elf::R_X86_64_NONE => Ok(()),
        elf::R_X86_64_64 => put(data, at, &sum.to_le_bytes()),
        elf::R_X86_64_PC64 => put(data, at, &relative.to_le_bytes()),
        elf::R_X86_64_32 => {
            let value = u32::try_from(sum).map_err(|_| overflow(sum))?;
            put(data, at, &value.to_le_bytes())
        }
        elf::R_X86_64_32S => put_i32(data, at, sum),
        elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => put_i32(data, at, relative),
        elf::R_X86_64_TPOFF32 => put_i32(data, at, sum.wrapping_sub(ops.tls_end as i64)),
        elf::R_X86_64_GOTTPOFF => {
            let offset = symbol.wrapping_sub(ops.tls_end as i64);
            load_to_immediate(data, at)?;
            put_i32(data, at, offset)
        }
        elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX => {
            match relaxed(reloc, data) {
                Some(Relaxed::Lea) => {
                    data[at - 2] = 0x8d;
                    put_i32(data, at, relative)
                }
                Some(Relaxed::Call) => {
                    data[at - 2] = 0x67;
                    data[at - 1] = 0xe8;
                    put_i32(data, at, relative)
                }
                Some(Relaxed::Jump) => {
                    // One byte shorter: the displacement starts, and ends, one byte earlier.
                    data[at - 2] = 0xe9;
                    put_i32(data, at - 1, relative + 1)?;
                    put(data, at + 3, &[0x90])
                }
                None => {
                    let got = ops.got.ok_or("no GOT slot")? as i64;
                    put_i32(data, at, got.wrapping_add(reloc.addend).wrapping_sub(ops.place as i64))
                }
            }
        }
        other => Err(format!("relocation type {other} is not supported")),
    }
}

/// `mov sym@gottpoff(%rip), r` → `mov $imm32, r`
fn load_to_immediate(data: &mut [u8], at: usize) -> Result<(), String> {
    let start = at.checked_sub(3).ok_or("GOTTPOFF at the start of a section")?;
    let Some([rex, opcode, modrm]) = data.get_mut(start..at) else {
        return Err("GOTTPOFF outside of the section".into());
    };
    if *opcode != 0x8b || *modrm & 0xc7 != 0x05 {
        return Err("GOTTPOFF on an instruction other than mov".into());
    }
    let register = *modrm >> 3 & 7;
    // The register moves from ModRM.reg (extended by REX.R) to ModRM.rm (extended by REX.B).
    *rex = *rex & !0x4 | *rex >> 2 & 1;
    *opcode = 0xc7;
    *modrm = 0xc0 | register;
    Ok(())
}

fn overflow(value: i64) -> String {
    format!("relocation value {value:#x} does not fit 32 bits")
}

/// Stores a signed 32-bit value.
pub fn put_i32(data: &mut [u8], at: usize, value: i64) -> Result<(), String> {
    let value = i32::try_from(value).map_err(|_| overflow(value))?;
    put(data, at, &value.to_le_bytes())
}

/// Stores bytes.
pub fn put(data: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), String> {
    data.get_mut(at..at + bytes.len()).ok_or("relocation outside of its section")?.copy_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(mut data: Vec<u8>, offset: u64, kind: u32, addend: i64) -> Vec<u8> {
        let reloc = Reloc { offset, kind, symbol: 0, addend };
        let ops = Operands { symbol: 0x1100, place: 0x1000 + offset, got: None, tls_end: 0x1200 };
        apply(&mut data, &reloc, ops).unwrap();
        data
    }

    #[test]
    fn got_loads_are_relaxed() {
        let mov = vec![0x48, 0x8b, 0x05, 0, 0, 0, 0];
        assert_eq!(patched(mov, 3, elf::R_X86_64_REX_GOTPCRELX, -4), [0x48, 0x8d, 0x05, 0xf9, 0, 0, 0]);
        let call = vec![0xff, 0x15, 0, 0, 0, 0];
        assert_eq!(patched(call, 2, elf::R_X86_64_GOTPCRELX, -4), [0x67, 0xe8, 0xfa, 0, 0, 0]);
        let jump = vec![0xff, 0x25, 0, 0, 0, 0];
        assert_eq!(patched(jump, 2, elf::R_X86_64_GOTPCRELX, -4), [0xe9, 0xfb, 0, 0, 0, 0x90]);
    }

    #[test]
    fn tls_loads_become_immediates() {
        let load = vec![0x4c, 0x8b, 0x25, 0, 0, 0, 0]; // mov sym@gottpoff(%rip), %r12
        let expected = [0x49, 0xc7, 0xc4, 0x00, 0xff, 0xff, 0xff]; // mov $-0x100, %r12
        assert_eq!(patched(load, 3, elf::R_X86_64_GOTTPOFF, -4), expected);
        assert_eq!(patched(vec![0; 4], 0, elf::R_X86_64_TPOFF32, 8), [0x08, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn overflow_is_an_error() {
        let reloc = Reloc { offset: 0, kind: elf::R_X86_64_PC32, symbol: 0, addend: 0 };
        let ops = Operands { symbol: 1 << 40, place: 0, got: None, tls_end: 0 };
        assert!(apply(&mut [0; 4], &reloc, ops).is_err());
    }
}
