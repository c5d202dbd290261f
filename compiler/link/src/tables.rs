//! Symbols and small tables that the linker makes.

use crate::layout::OutSection;

/// A symbol bound to an output section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    pub section: OutSection,
    pub edge: Edge,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    Start,
    End,
    /// The last word of the section: how many entries the table has.
    Count,
}

/// See `docs/runtime-interface.md`, "Tables". Ranges never include sections of rt, except `rodata`.
pub const BOUND: &[(&str, OutSection, Edge)] = &[
    ("runtime.text", OutSection::Text, Edge::Start),
    ("runtime.etext", OutSection::Text, Edge::End),
    ("runtime.rodata", OutSection::RoData, Edge::Start),
    ("runtime.erodata", OutSection::Got, Edge::End),
    ("runtime.types", OutSection::Types, Edge::Start),
    ("runtime.etypes", OutSection::Types, Edge::End),
    ("runtime.functab", OutSection::FuncTab, Edge::Start),
    ("runtime.typelinks", OutSection::TypeLinks, Edge::Start),
    ("runtime.ntypelinks", OutSection::TypeLinks, Edge::Count),
    ("runtime.itablinks", OutSection::ItabLinks, Edge::Start),
    ("runtime.nitablinks", OutSection::ItabLinks, Edge::Count),
    ("runtime.noptrdata", OutSection::NoPtrData, Edge::Start),
    ("runtime.enoptrdata", OutSection::NoPtrData, Edge::End),
    ("runtime.data", OutSection::Data, Edge::Start),
    ("runtime.edata", OutSection::Data, Edge::End),
    ("runtime.bss", OutSection::Bss, Edge::Start),
    ("runtime.ebss", OutSection::Bss, Edge::End),
    ("runtime.noptrbss", OutSection::NoPtrBss, Edge::Start),
    ("runtime.enoptrbss", OutSection::NoPtrBss, Edge::End),
];

/// What the linker makes of `name`.
pub fn bound(name: &str) -> Option<Bound> {
    let &(_, section, edge) = BOUND.iter().find(|(known, ..)| *known == name)?;
    Some(Bound { section, edge })
}
