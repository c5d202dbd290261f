//! Writes the planned ELF executable.
//!
//! ```text
//! ELF header, program headers | code || constants, tables || variables | .symtab .strtab .shstrtab | section headers
//! ```
//! `||` starts a new page of memory. With `strip` there is no `.symtab` and `.strtab`.

pub mod object_file;
mod symtab;

use object::elf;
use rgo_obj::{Object, Reloc, RelocKind, SymbolId};
use rgo_target::Target;

use crate::arch::x86_64;
use crate::layout::{Atom, BASE, OutSection, Output, Placed, Plan, Segment};
use crate::resolve::{Inputs, RtSection};
use crate::{LinkError, Options};

/// Room reserved for program headers: three segments, TLS, stack, spare.
pub const MAX_PROGRAM_HEADERS: u64 = 6;

/// Writes the file.
pub fn write(
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
    target: &Target,
    options: &Options,
) -> Result<Vec<u8>, LinkError> {
    let mut image = vec![0; plan.file_size as usize];
    for output in plan.outputs.iter().filter(|output| !output.section.is_zeros()) {
        if output.section.segment() == Segment::Code {
            // Padding traps.
            let start = output.file_offset as usize;
            image[start..start + output.size as usize].fill(0xcc);
        }
        for placed in &output.atoms {
            let start = (output.file_offset + (placed.address - output.address)) as usize;
            let contents = &mut image[start..start + placed.size as usize];
            fill(contents, placed, object, inputs, plan)?;
        }
    }
    let (offset, count) = symtab::append(&mut image, object, inputs, plan, options.strip);
    let header = header(plan.address(inputs.entry), program_headers(plan, target), offset, count);
    image[..header.len()].copy_from_slice(&header);
    Ok(image)
}

/// Contents of one atom, relocated.
fn fill(
    contents: &mut [u8],
    placed: &Placed,
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
) -> Result<(), LinkError> {
    match placed.atom {
        Atom::Code(i) => {
            let code = &object.code[i];
            contents.copy_from_slice(&code.bytes);
            relocate(contents, placed.address, code.symbol, &code.relocs, object, inputs, plan)
        }
        Atom::Data(i) => {
            let data = &object.data[i];
            contents[..data.bytes.len()].copy_from_slice(&data.bytes);
            contents[data.bytes.len()..].fill(0);
            relocate(contents, placed.address, data.symbol, &data.relocs, object, inputs, plan)
        }
        Atom::Rt(id) => relocate_rt(contents, placed.address, id, inputs, plan),
        Atom::FuncTab => {
            contents.copy_from_slice(&plan.functab);
            Ok(())
        }
        Atom::TypeLinks => {
            table(contents, &object.typelinks, inputs, plan);
            Ok(())
        }
        Atom::ItabLinks => {
            table(contents, &object.itabs, inputs, plan);
            Ok(())
        }
        Atom::Got => {
            for (slot, &(member, symbol)) in contents.chunks_exact_mut(8).zip(&inputs.got) {
                slot.copy_from_slice(&plan.address(inputs.rt_symbol(member, symbol)).to_le_bytes());
            }
            Ok(())
        }
    }
}

/// Addresses, then their number.
fn table(contents: &mut [u8], symbols: &[SymbolId], inputs: &Inputs<'_>, plan: &Plan) {
    let address =
        |id: &SymbolId| inputs.symbols[id.0 as usize].map_or(0, |definition| plan.address(definition));
    let words = symbols.iter().map(address).chain([symbols.len() as u64]);
    for (slot, word) in contents.chunks_exact_mut(8).zip(words) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
}

fn relocate(
    contents: &mut [u8],
    address: u64,
    owner: SymbolId,
    relocs: &[Reloc],
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
) -> Result<(), LinkError> {
    let text = plan.output(OutSection::Text).address as i64;
    let types = plan.output(OutSection::Types).address as i64;
    for reloc in relocs {
        let definition = inputs.symbols[reloc.target.0 as usize].expect("resolve has bound every target");
        let sum = (plan.address(definition) as i64).wrapping_add(reloc.addend);
        let at = reloc.offset as usize;
        let result = match reloc.kind {
            RelocKind::Abs64 => x86_64::put(contents, at, &sum.to_le_bytes()),
            RelocKind::Pc32 => {
                let place = (address + u64::from(reloc.offset)) as i64;
                x86_64::put_i32(contents, at, sum.wrapping_sub(place))
            }
            RelocKind::Abs32S => x86_64::put_i32(contents, at, sum),
            RelocKind::TypeOff => x86_64::put_i32(contents, at, sum.wrapping_sub(types)),
            RelocKind::TextOff => x86_64::put_i32(contents, at, sum.wrapping_sub(text)),
        };
        result.map_err(|message| LinkError::Relocation {
            place: format!("{}+{:#x}", object.symbols[owner.0 as usize].name, reloc.offset),
            message,
        })?;
    }
    Ok(())
}

fn relocate_rt(
    contents: &mut [u8],
    address: u64,
    id: RtSection,
    inputs: &Inputs<'_>,
    plan: &Plan,
) -> Result<(), LinkError> {
    let section = &inputs.member(id.member).sections[id.section];
    contents.copy_from_slice(section.data);
    let tls_end = plan.tls_end();
    for reloc in &section.relocs {
        let operands = x86_64::Operands {
            symbol: plan.address(inputs.rt_symbol(id.member, reloc.symbol)),
            place: address + reloc.offset,
            got: plan.got.get(&(id.member, reloc.symbol)).copied(),
            tls_end,
        };
        x86_64::apply(contents, reloc, operands).map_err(|message| LinkError::Relocation {
            place: format!("{}({}+{:#x})", inputs.archive.name(id.member), section.name, reloc.offset),
            message,
        })?;
    }
    Ok(())
}

struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    file_size: u64,
    memory_size: u64,
    align: u64,
}

fn program_headers(plan: &Plan, target: &Target) -> Vec<ProgramHeader> {
    let mut headers = Vec::new();
    for (segment, flags) in [
        (Segment::Code, elf::PF_R | elf::PF_X),
        (Segment::Constants, elf::PF_R),
        (Segment::Variables, elf::PF_R | elf::PF_W),
    ] {
        let is_loaded =
            |o: &&Output| o.section.segment() == segment && o.size > 0 && o.section != OutSection::TlsBss;
        let outputs: Vec<&Output> = plan.outputs.iter().filter(is_loaded).collect();
        let (Some(first), Some(last)) = (outputs.first(), outputs.last()) else { continue };
        // The first segment holds the headers too.
        let (address, offset) =
            if segment == Segment::Code { (BASE, 0) } else { (first.address, first.file_offset) };
        let in_file = outputs.iter().rfind(|o| !o.section.is_zeros());
        headers.push(ProgramHeader {
            kind: elf::PT_LOAD,
            flags,
            offset,
            address,
            file_size: in_file.map_or(0, |o| o.file_offset + o.size - offset),
            memory_size: last.address + last.size - address,
            align: target.page,
        });
    }
    if let Some((address, file_size, memory_size, align)) = plan.tls() {
        let offset = plan.output(OutSection::TlsData).file_offset;
        headers.push(ProgramHeader {
            kind: elf::PT_TLS,
            flags: elf::PF_R,
            offset,
            address,
            file_size,
            memory_size,
            align,
        });
    }
    headers.push(ProgramHeader {
        kind: elf::PT_GNU_STACK,
        flags: elf::PF_R | elf::PF_W,
        offset: 0,
        address: 0,
        file_size: 0,
        memory_size: 0,
        align: 16,
    });
    debug_assert!(headers.len() as u64 <= MAX_PROGRAM_HEADERS);
    headers
}

fn header(entry: u64, programs: Vec<ProgramHeader>, sections_at: u64, sections: u16) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(elf::ELFMAG);
    out.extend([elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EV_CURRENT, elf::ELFOSABI_NONE]);
    out.extend([0; 8]);
    out.extend(elf::ET_EXEC.to_le_bytes());
    out.extend(elf::EM_X86_64.to_le_bytes());
    out.extend(u32::from(elf::EV_CURRENT).to_le_bytes());
    out.extend(entry.to_le_bytes());
    out.extend(64u64.to_le_bytes());
    out.extend(sections_at.to_le_bytes());
    out.extend(0u32.to_le_bytes());
    // The section names are the last section.
    for half in [64, 56, programs.len() as u16, 64, sections, sections.saturating_sub(1)] {
        out.extend(half.to_le_bytes());
    }
    for p in programs {
        out.extend(p.kind.to_le_bytes());
        out.extend(p.flags.to_le_bytes());
        for word in [p.offset, p.address, p.address, p.file_size, p.memory_size, p.align] {
            out.extend(word.to_le_bytes());
        }
    }
    out
}
