//! Writes the compiled program as one relocatable object, for external linking with `linker-scripts/`.
//!
//! Each section is named after its output section with the suffix `.go`, so that the script can order them and bind the linker-made
//! symbols around them. Offsets from `runtime.text` and `runtime.types` to places in the same section are constants here; offsets from
//! `runtime.text` to code of rt rely on the address that the script gives to `runtime.text`.

use std::collections::HashMap;

use object::write::{
    Object as ElfObject, Relocation, SectionId, StandardSegment, Symbol, SymbolId, SymbolSection,
};
use object::{
    Architecture, BinaryFormat, RelocationFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf,
};
use rgo_obj::{Object, Reloc, RelocKind, Section};

use crate::layout::OutSection;
use crate::{LinkError, ResolvePos, functab, tables};

/// Where the script puts `runtime.text`.
pub const EXTERNAL_TEXT: u64 = 0x40_1000;

struct Writer<'a> {
    object: &'a Object,
    out: ElfObject<'static>,
    sections: HashMap<OutSection, SectionId>,
    /// Per symbol: section and offset of its definition.
    places: Vec<Option<(OutSection, u64)>>,
    symbols: Vec<Option<SymbolId>>,
}

fn out_section(section: Section) -> OutSection {
    match section {
        Section::Text => OutSection::Text,
        Section::RoData => OutSection::RoData,
        Section::TypeData => OutSection::Types,
        Section::BuildInfo => OutSection::BuildInfo,
        Section::Data => OutSection::Data,
        Section::NoPtrData => OutSection::NoPtrData,
        Section::Bss => OutSection::Bss,
        Section::NoPtrBss => OutSection::NoPtrBss,
    }
}

/// The relocatable object of the program.
pub fn write(object: &Object, positions: &ResolvePos<'_>) -> Result<Vec<u8>, LinkError> {
    let out = ElfObject::new(BinaryFormat::Elf, Architecture::X86_64, object::Endianness::Little);
    let mut w = Writer {
        object,
        out,
        sections: HashMap::new(),
        places: vec![None; object.symbols.len()],
        symbols: vec![None; object.symbols.len()],
    };
    // Nothing lies at offset 0 from runtime.text and runtime.types.
    for (section, fill) in [(OutSection::Text, 0xcc), (OutSection::Types, 0)] {
        w.append(section, &[fill; 16], 16);
    }
    let mut offsets = Vec::with_capacity(object.code.len());
    let mut text_size = 16;
    for code in &object.code {
        let offset = w.append(OutSection::Text, &code.bytes, u64::from(code.align));
        w.places[code.symbol.0 as usize] = Some((OutSection::Text, offset));
        offsets.push(offset as u32);
        text_size = offset as u32 + code.bytes.len() as u32;
    }
    for data in &object.data {
        let section = out_section(data.section);
        let offset = if section.is_zeros() {
            let id = w.section(section);
            w.out.append_section_bss(id, data.size, u64::from(data.align.max(1)))
        } else {
            let mut bytes = data.bytes.clone();
            bytes.resize(data.size as usize, 0);
            w.append(section, &bytes, u64::from(data.align.max(1)))
        };
        if tables::bound(&object.symbols[data.symbol.0 as usize].name).is_none() {
            w.places[data.symbol.0 as usize] = Some((section, offset));
        }
    }
    let table = functab::encode(object, &offsets, text_size, &[], positions);
    w.append(OutSection::FuncTab, &table, 8);

    for code in &object.code {
        w.define(code.symbol, code.bytes.len() as u64);
    }
    for data in &object.data {
        w.define(data.symbol, data.size);
    }
    for code in &object.code {
        w.relocate(code.symbol, &code.relocs)?;
    }
    for data in &object.data {
        w.relocate(data.symbol, &data.relocs)?;
    }
    for (section, list) in
        [(OutSection::TypeLinks, &object.typelinks), (OutSection::ItabLinks, &object.itabs)]
    {
        for &symbol in list {
            let offset = w.append(section, &[0; 8], 8);
            let reloc = Reloc { offset: 0, kind: RelocKind::Abs64, target: symbol, addend: 0 };
            w.emit(section, offset, &reloc)?;
        }
        w.append(section, &(list.len() as u64).to_le_bytes(), 8);
    }
    w.out.write().map_err(|e| LinkError::Unsupported(e.to_string()))
}

impl Writer<'_> {
    fn section(&mut self, section: OutSection) -> SectionId {
        let out = &mut self.out;
        *self.sections.entry(section).or_insert_with(|| {
            let (segment, kind) = match section {
                OutSection::Text => (StandardSegment::Text, SectionKind::Text),
                OutSection::Data | OutSection::NoPtrData | OutSection::BuildInfo => {
                    (StandardSegment::Data, SectionKind::Data)
                }
                OutSection::Bss | OutSection::NoPtrBss => {
                    (StandardSegment::Data, SectionKind::UninitializedData)
                }
                // Relocated when linking, then constant.
                _ => (StandardSegment::Data, SectionKind::ReadOnlyDataWithRel),
            };
            let segment = out.segment_name(segment).to_vec();
            out.add_section(segment, format!("{}.go", section.name()).into_bytes(), kind)
        })
    }
    fn append(&mut self, section: OutSection, bytes: &[u8], align: u64) -> u64 {
        let id = self.section(section);
        self.out.append_section_data(id, bytes, align)
    }

    fn define(&mut self, id: rgo_obj::SymbolId, size: u64) {
        let Some((section, offset)) = self.places[id.0 as usize] else { return };
        let symbol = &self.object.symbols[id.0 as usize];
        let section = self.section(section);
        let added = self.out.add_symbol(Symbol {
            name: symbol.name.clone().into_bytes(),
            value: offset,
            size,
            kind: if symbol.is_func { SymbolKind::Text } else { SymbolKind::Data },
            scope: if symbol.local { SymbolScope::Compilation } else { SymbolScope::Linkage },
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
        self.symbols[id.0 as usize] = Some(added);
    }
    /// The symbol with this id; undefined if the program does not define it.
    fn symbol(&mut self, id: rgo_obj::SymbolId) -> SymbolId {
        if let Some(known) = self.symbols[id.0 as usize] {
            return known;
        }
        let added = self.out.add_symbol(Symbol {
            name: self.object.symbols[id.0 as usize].name.clone().into_bytes(),
            value: 0,
            size: 0,
            kind: SymbolKind::Unknown,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        self.symbols[id.0 as usize] = Some(added);
        added
    }

    fn relocate(&mut self, owner: rgo_obj::SymbolId, relocs: &[Reloc]) -> Result<(), LinkError> {
        let Some((section, start)) = self.places[owner.0 as usize] else { return Ok(()) };
        for reloc in relocs {
            self.emit(section, start, reloc)?;
        }
        Ok(())
    }

    /// Emits `reloc` of the atom that starts at `start`, or writes its value if that is known.
    fn emit(&mut self, section: OutSection, start: u64, reloc: &Reloc) -> Result<(), LinkError> {
        let place = self.places[reloc.target.0 as usize];
        let offset = start + u64::from(reloc.offset);
        let is_func = self.object.symbols[reloc.target.0 as usize].is_func;
        let (kind, addend) = match (reloc.kind, place) {
            (RelocKind::Abs64, _) => (elf::R_X86_64_64, reloc.addend),
            (RelocKind::Pc32, _) if is_func => (elf::R_X86_64_PLT32, reloc.addend),
            (RelocKind::Pc32, _) => (elf::R_X86_64_PC32, reloc.addend),
            (RelocKind::Abs32S, _) => (elf::R_X86_64_32S, reloc.addend),
            (RelocKind::TypeOff, Some((OutSection::Types, at)))
            | (RelocKind::TextOff, Some((OutSection::Text, at))) => {
                return self.constant(section, offset, at as i64 + reloc.addend);
            }
            (RelocKind::TextOff, _) => (elf::R_X86_64_32, reloc.addend - EXTERNAL_TEXT as i64),
            (RelocKind::TypeOff, _) => {
                return Err(LinkError::Relocation {
                    place: self.object.symbols[reloc.target.0 as usize].name.clone(),
                    message: "offset from runtime.types to something that is not type data".into(),
                });
            }
        };
        let id = self.section(section);
        let symbol = self.symbol(reloc.target);
        let relocation = Relocation { offset, symbol, addend, flags: RelocationFlags::Elf { r_type: kind } };
        self.out.add_relocation(id, relocation).map_err(|e| LinkError::Unsupported(e.to_string()))
    }

    fn constant(&mut self, section: OutSection, offset: u64, value: i64) -> Result<(), LinkError> {
        let id = self.section(section);
        let at = offset as usize;
        let bytes = i32::try_from(value).map(i32::to_le_bytes);
        match (bytes, self.out.section_mut(id).data_mut().get_mut(at..at + 4)) {
            (Ok(bytes), Some(place)) => {
                place.copy_from_slice(&bytes);
                Ok(())
            }
            _ => Err(LinkError::Relocation {
                place: format!("{}+{offset:#x}", section.name()),
                message: "offset does not fit".into(),
            }),
        }
    }
}
