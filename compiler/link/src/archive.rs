//! The rt archive: members found by the symbols they define, parsed when first needed.

use std::cell::OnceCell;
use std::collections::HashMap;

use object::read::archive::ArchiveFile;
use object::read::elf::ElfFile64;
use object::{
    Endianness, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, RelocationTarget,
    SectionFlags,
};
use object::{SectionIndex, SymbolSection, elf};

use crate::LinkError;

/// Index of a member in its archive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(pub u32);

/// A static library.
pub struct Archive<'a> {
    members: Vec<(String, &'a [u8], OnceCell<Member<'a>>)>,
    by_symbol: HashMap<&'a [u8], MemberId>,
}

/// A relocatable object.
#[derive(Debug)]
pub struct Member<'a> {
    pub sections: Vec<Section<'a>>,
    pub symbols: Vec<Symbol<'a>>,
}

#[derive(Debug, Default)]
pub struct Section<'a> {
    pub name: &'a str,
    pub data: &'a [u8],
    pub size: u64,
    pub align: u64,
    pub flags: u64,
    pub is_nobits: bool,
    pub relocs: Vec<Reloc>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reloc {
    pub offset: u64,
    /// `R_X86_64_*` and the like.
    pub kind: u32,
    /// Index in `Member::symbols`.
    pub symbol: usize,
    pub addend: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol<'a> {
    pub name: &'a str,
    pub value: u64,
    pub size: u64,
    pub place: Place,
    /// Visible to other members.
    pub is_global: bool,
    pub is_weak: bool,
    pub is_func: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Undefined,
    Absolute,
    Section(usize),
}

fn bad(member: &str, message: impl ToString) -> LinkError {
    LinkError::BadArchive { member: member.to_owned(), message: message.to_string() }
}

impl<'a> Archive<'a> {
    /// Reads the archive's directory.
    pub fn parse(bytes: &'a [u8]) -> Result<Archive<'a>, LinkError> {
        let file = ArchiveFile::parse(bytes).map_err(|e| bad("archive", e))?;
        let mut members = Vec::new();
        let mut by_offset = HashMap::new();
        for member in file.members() {
            let member = member.map_err(|e| bad("archive", e))?;
            let name = String::from_utf8_lossy(member.name()).into_owned();
            let data = member.data(bytes).map_err(|e| bad(&name, e))?;
            // Rust's metadata and the like are members, but not objects.
            if data.starts_with(&elf::ELFMAG) {
                by_offset.insert(member.file_range().0, MemberId(members.len() as u32));
                members.push((name, data, OnceCell::new()));
            }
        }
        let mut archive = Archive { members, by_symbol: HashMap::new() };
        match file.symbols().map_err(|e| bad("archive", e))? {
            Some(symbols) => {
                for symbol in symbols {
                    let symbol = symbol.map_err(|e| bad("archive", e))?;
                    let member = file.member(symbol.offset()).map_err(|e| bad("archive", e))?;
                    if let Some(&id) = by_offset.get(&member.file_range().0) {
                        archive.by_symbol.entry(symbol.name()).or_insert(id);
                    }
                }
            }
            None => {
                for index in 0..archive.members.len() {
                    let id = MemberId(index as u32);
                    let names: Vec<&'a str> = archive
                        .member(id)?
                        .symbols
                        .iter()
                        .filter(|s| s.is_global && s.place != Place::Undefined)
                        .map(|s| s.name)
                        .collect();
                    for name in names {
                        archive.by_symbol.entry(name.as_bytes()).or_insert(id);
                    }
                }
            }
        }
        Ok(archive)
    }
    /// The member that defines `symbol`.
    pub fn defining(&self, symbol: &str) -> Option<MemberId> {
        self.by_symbol.get(symbol.as_bytes()).copied()
    }
    pub fn name(&self, id: MemberId) -> &str {
        &self.members[id.0 as usize].0
    }
    /// The member's contents.
    pub fn member(&self, id: MemberId) -> Result<&Member<'a>, LinkError> {
        let (name, bytes, cell) = &self.members[id.0 as usize];
        if let Some(member) = cell.get() {
            return Ok(member);
        }
        let member = parse_member(bytes).map_err(|e| bad(name, e))?;
        Ok(cell.get_or_init(|| member))
    }
}

fn parse_member<'a>(bytes: &'a [u8]) -> object::Result<Member<'a>> {
    let file: ElfFile64<'a, Endianness> = ElfFile64::parse(bytes)?;
    let mut sections = vec![Section::default()];
    for section in file.sections() {
        let index = section.index().0;
        if sections.len() <= index {
            sections.resize_with(index + 1, Section::default);
        }
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        let is_alloc = sh_flags & u64::from(elf::SHF_ALLOC) != 0;
        let mut relocs = Vec::new();
        if is_alloc {
            for (offset, reloc) in section.relocations() {
                let RelocationFlags::Elf { r_type } = reloc.flags() else { continue };
                let RelocationTarget::Symbol(symbol) = reloc.target() else { continue };
                relocs.push(Reloc { offset, kind: r_type, symbol: symbol.0, addend: reloc.addend() });
            }
        }
        sections[index] = Section {
            name: section.name().unwrap_or(""),
            data: if is_alloc { section.data()? } else { &[] },
            size: section.size(),
            align: section.align().max(1),
            flags: sh_flags,
            is_nobits: section.elf_section_header().sh_type.get(Endianness::Little) == elf::SHT_NOBITS,
            relocs,
        };
    }
    let mut symbols = Vec::new();
    for symbol in file.symbols() {
        let index = symbol.index().0;
        let place = match symbol.section() {
            SymbolSection::Section(SectionIndex(section)) => Place::Section(section),
            SymbolSection::Absolute => Place::Absolute,
            _ => Place::Undefined,
        };
        while symbols.len() < index {
            symbols.push(Symbol {
                name: "",
                value: 0,
                size: 0,
                place: Place::Absolute,
                is_global: false,
                is_weak: false,
                is_func: false,
            });
        }
        symbols.push(Symbol {
            name: symbol.name()?,
            value: symbol.address(),
            size: symbol.size(),
            place,
            is_global: symbol.is_global(),
            is_weak: symbol.is_weak(),
            is_func: symbol.kind() == object::SymbolKind::Text,
        });
    }
    Ok(Member { sections, symbols })
}
