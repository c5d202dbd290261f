//! Where everything goes: atoms in output sections, output sections in segments, addresses and file offsets.
//!
//! An *atom* is a piece that is placed as a whole: a function, a data object, a section of rt, or a table made here. Segments, in order of
//! address: headers and code (R X), constants and tables (R), variables (R W). Each starts on a new page of memory but directly behind
//! its predecessor in the file. No page is both writable and executable. The plan is plain data; `elf` carries it out.

use std::collections::HashMap;

use object::elf;
use rgo_obj::{Object, Section};
use rgo_target::Target;

use crate::archive::Place;
use crate::resolve::{Definition, Inputs, RtSection};
use crate::tables::{Bound, Edge};
use crate::{ResolvePos, functab};

/// Output sections, in order of address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OutSection {
    Text,
    RtText,
    RoData,
    Types,
    FuncTab,
    TypeLinks,
    ItabLinks,
    RtRoData,
    Got,
    TlsData,
    TlsBss,
    BuildInfo,
    NoPtrData,
    RtData,
    Data,
    Bss,
    NoPtrBss,
    RtBss,
}

/// Memory protection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Segment {
    Code,
    Constants,
    Variables,
}

impl OutSection {
    pub const ALL: [OutSection; 18] = [
        OutSection::Text,
        OutSection::RtText,
        OutSection::RoData,
        OutSection::Types,
        OutSection::FuncTab,
        OutSection::TypeLinks,
        OutSection::ItabLinks,
        OutSection::RtRoData,
        OutSection::Got,
        OutSection::TlsData,
        OutSection::TlsBss,
        OutSection::BuildInfo,
        OutSection::NoPtrData,
        OutSection::RtData,
        OutSection::Data,
        OutSection::Bss,
        OutSection::NoPtrBss,
        OutSection::RtBss,
    ];
    pub fn name(self) -> &'static str {
        match self {
            OutSection::Text => ".text",
            OutSection::RtText => ".text.rt",
            OutSection::RoData => ".rodata",
            OutSection::Types => ".rodata.types",
            OutSection::FuncTab => ".functab",
            OutSection::TypeLinks => ".typelinks",
            OutSection::ItabLinks => ".itablinks",
            OutSection::RtRoData => ".rodata.rt",
            OutSection::Got => ".got",
            OutSection::TlsData => ".tdata",
            OutSection::TlsBss => ".tbss",
            OutSection::BuildInfo => ".go.buildinfo",
            OutSection::NoPtrData => ".noptrdata",
            OutSection::RtData => ".data.rt",
            OutSection::Data => ".data",
            OutSection::Bss => ".bss",
            OutSection::NoPtrBss => ".noptrbss",
            OutSection::RtBss => ".bss.rt",
        }
    }
    pub fn segment(self) -> Segment {
        match self {
            OutSection::Text | OutSection::RtText => Segment::Code,
            OutSection::RoData
            | OutSection::Types
            | OutSection::FuncTab
            | OutSection::TypeLinks
            | OutSection::ItabLinks
            | OutSection::RtRoData
            | OutSection::Got
            | OutSection::TlsData
            | OutSection::TlsBss => Segment::Constants,
            OutSection::BuildInfo
            | OutSection::NoPtrData
            | OutSection::RtData
            | OutSection::Data
            | OutSection::Bss
            | OutSection::NoPtrBss
            | OutSection::RtBss => Segment::Variables,
        }
    }
    /// Has no contents in the file.
    pub fn is_zeros(self) -> bool {
        matches!(self, OutSection::TlsBss | OutSection::Bss | OutSection::NoPtrBss | OutSection::RtBss)
    }
    /// Bytes left free at the start, so that offset 0 from `runtime.text` or `runtime.types` names nothing.
    fn reserved(self) -> u64 {
        if matches!(self, OutSection::Text | OutSection::Types) { 16 } else { 0 }
    }
}

/// A piece of the program that is placed as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Atom {
    Code(usize),
    Data(usize),
    Rt(RtSection),
    /// `Plan::functab`
    FuncTab,
    /// Addresses of these definitions, then their number.
    TypeLinks,
    ItabLinks,
    Got,
}

/// An atom and its address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    pub atom: Atom,
    pub address: u64,
    pub size: u64,
}

/// An output section. Empty ones have an address too: symbols may be bound to them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    pub section: OutSection,
    pub address: u64,
    pub file_offset: u64,
    pub size: u64,
    pub align: u64,
    pub atoms: Vec<Placed>,
}

/// The finished layout.
pub struct Plan {
    /// One for each `OutSection`, in that order.
    pub outputs: Vec<Output>,
    pub functab: Vec<u8>,
    /// End of the file's loaded part.
    pub file_size: u64,
    code: Vec<u64>,
    data: Vec<u64>,
    rt: HashMap<RtSection, u64>,
    pub got: HashMap<(crate::archive::MemberId, usize), u64>,
}

/// Address of the first byte of the file, as gc.
pub const BASE: u64 = 0x40_0000;

/// Bytes of ELF header and program headers.
pub const HEADERS: u64 = 64 + 56 * crate::elf::MAX_PROGRAM_HEADERS;

/// See the module text.
pub fn layout(object: &Object, inputs: &Inputs<'_>, positions: &ResolvePos<'_>, target: &Target) -> Plan {
    let mut pieces: Vec<Vec<(Atom, u64, u64)>> = vec![Vec::new(); OutSection::ALL.len()];
    let mut push = |section: OutSection, atom, size, align: u64| {
        pieces[section as usize].push((atom, size, align.max(1)));
    };
    for (i, code) in object.code.iter().enumerate() {
        push(OutSection::Text, Atom::Code(i), code.bytes.len() as u64, u64::from(code.align));
    }
    for (i, data) in object.data.iter().enumerate() {
        let section = match data.section {
            Section::Text => OutSection::Text,
            Section::RoData => OutSection::RoData,
            Section::TypeData => OutSection::Types,
            Section::BuildInfo => OutSection::BuildInfo,
            Section::Data => OutSection::Data,
            Section::NoPtrData => OutSection::NoPtrData,
            Section::Bss => OutSection::Bss,
            Section::NoPtrBss => OutSection::NoPtrBss,
        };
        push(section, Atom::Data(i), data.size, u64::from(data.align));
    }
    for &id in &inputs.sections {
        let section = &inputs.member(id.member).sections[id.section];
        let has = |flag: u32| section.flags & u64::from(flag) != 0;
        let out = match (has(elf::SHF_TLS), section.is_nobits) {
            (true, true) => OutSection::TlsBss,
            (true, false) => OutSection::TlsData,
            (false, true) => OutSection::RtBss,
            (false, false) if has(elf::SHF_EXECINSTR) => OutSection::RtText,
            // Relocated here, constant from then on.
            (false, false) if has(elf::SHF_WRITE) && !section.name.starts_with(".data.rel.ro") => {
                OutSection::RtData
            }
            (false, false) => OutSection::RtRoData,
        };
        push(out, Atom::Rt(id), section.size, section.align);
    }
    let word = u64::from(target.word);
    push(OutSection::TypeLinks, Atom::TypeLinks, (object.typelinks.len() as u64 + 1) * word, word);
    push(OutSection::ItabLinks, Atom::ItabLinks, (object.itabs.len() as u64 + 1) * word, word);
    push(OutSection::Got, Atom::Got, inputs.got.len() as u64 * word, word);

    let mut plan = Plan {
        outputs: Vec::with_capacity(OutSection::ALL.len()),
        functab: Vec::new(),
        file_size: 0,
        code: vec![0; object.code.len()],
        data: vec![0; object.data.len()],
        rt: HashMap::with_capacity(inputs.sections.len()),
        got: HashMap::with_capacity(inputs.got.len()),
    };
    let mut address = BASE + HEADERS;
    let mut file_offset = HEADERS;
    let mut segment = Segment::Code;
    for section in OutSection::ALL {
        if section == OutSection::FuncTab {
            let text = &plan.outputs[OutSection::Text as usize];
            let offsets: Vec<u32> = plan.code.iter().map(|&at| (at - text.address) as u32).collect();
            let rt = rt_functions(inputs, &plan, text.address);
            plan.functab = functab::encode(object, &offsets, text.size as u32, &rt, positions);
            pieces[section as usize].push((Atom::FuncTab, plan.functab.len() as u64, 8));
        }
        if section.segment() != segment {
            segment = section.segment();
            // A new page of memory, the same page of the file: no padding, offset and address agree modulo the page size.
            address = address.next_multiple_of(target.page) + file_offset % target.page;
        }
        let pieces = std::mem::take(&mut pieces[section as usize]);
        let align = pieces.iter().map(|&(_, _, align)| align).fold(16, u64::max);
        let start = address.next_multiple_of(align);
        let mut at = start + if pieces.is_empty() { 0 } else { section.reserved() };
        let mut atoms = Vec::with_capacity(pieces.len());
        for (atom, size, align) in pieces {
            at = at.next_multiple_of(align);
            plan.place(atom, at, inputs);
            atoms.push(Placed { atom, address: at, size });
            at += size;
        }
        let offset = file_offset + (start - address);
        let output = Output { section, address: start, file_offset: offset, size: at - start, align, atoms };
        if !section.is_zeros() {
            file_offset = offset + output.size;
            address = at;
        } else if section != OutSection::TlsBss {
            address = at;
        }
        plan.outputs.push(output);
    }
    plan.file_size = file_offset;
    plan
}

/// The functions of rt, in order of address; of several names for one address a global one.
fn rt_functions<'a>(inputs: &Inputs<'a>, plan: &Plan, text: u64) -> Vec<functab::RtFunction<'a>> {
    let mut found = Vec::new();
    for placed in &plan.output(OutSection::RtText).atoms {
        let Atom::Rt(id) = placed.atom else { continue };
        for symbol in &inputs.member(id.member).symbols {
            if symbol.place == Place::Section(id.section) && symbol.is_func && symbol.size > 0 {
                let offset = (placed.address + symbol.value - text) as u32;
                let function = functab::RtFunction { offset, size: symbol.size as u32, symbol: symbol.name };
                found.push((offset, !symbol.is_global, symbol.name, function));
            }
        }
    }
    found.sort_by_key(|&(offset, is_local, name, _)| (offset, is_local, name));
    found.dedup_by_key(|&mut (offset, ..)| offset);
    found.into_iter().map(|(.., function)| function).collect()
}

impl Plan {
    fn place(&mut self, atom: Atom, address: u64, inputs: &Inputs<'_>) {
        match atom {
            Atom::Code(i) => self.code[i] = address,
            Atom::Data(i) => self.data[i] = address,
            Atom::Rt(section) => {
                self.rt.insert(section, address);
            }
            Atom::Got => {
                for (i, &symbol) in inputs.got.iter().enumerate() {
                    self.got.insert(symbol, address + i as u64 * 8);
                }
            }
            Atom::FuncTab | Atom::TypeLinks | Atom::ItabLinks => {}
        }
    }
    pub fn output(&self, section: OutSection) -> &Output {
        &self.outputs[section as usize]
    }
    /// Address of a definition.
    pub fn address(&self, definition: Definition) -> u64 {
        match definition {
            Definition::Code(i) => self.code[i],
            Definition::Data(i) => self.data[i],
            Definition::Rt(section, value) => self.rt.get(&section).map_or(0, |at| at + value),
            Definition::Absolute(value) => value,
            Definition::Bound(Bound { section, edge }) => {
                let output = self.output(section);
                match edge {
                    Edge::Start => output.address,
                    Edge::End => output.address + output.size,
                    Edge::Count => output.address + output.size - 8,
                }
            }
        }
    }
    /// Start, size in the file, size in memory and alignment of the TLS image.
    pub fn tls(&self) -> Option<(u64, u64, u64, u64)> {
        let (data, bss) = (self.output(OutSection::TlsData), self.output(OutSection::TlsBss));
        if data.size + bss.size == 0 {
            return None;
        }
        let end = if bss.size > 0 { bss.address + bss.size } else { data.address + data.size };
        Some((data.address, data.size, end - data.address, data.align.max(bss.align)))
    }
    /// Where local-exec offsets count from.
    pub fn tls_end(&self) -> u64 {
        self.tls().map_or(0, |(start, _, size, align)| start + size.next_multiple_of(align))
    }
}
