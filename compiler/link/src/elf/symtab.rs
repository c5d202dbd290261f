//! Section headers, symbol table and string tables, for debuggers and `nm`.

use object::elf;
use rgo_obj::Object;

use crate::archive::Place;
use crate::layout::{Atom, OutSection, Plan};
use crate::resolve::{Definition, Inputs, RtSection};
use crate::tables;

struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        let offset = self.0.len() as u32;
        self.0.extend(text.as_bytes());
        self.0.push(0);
        offset
    }
}

struct Symbol {
    name: u32,
    info: u8,
    section: u16,
    value: u64,
    size: u64,
}

fn info(bind: u8, kind: u8) -> u8 {
    bind << 4 | kind
}

/// Appends the tables to `image`; offset and number of the section headers. Section headers stay even when the symbol table is
/// left out, as those of `strip` and of gc do: tools find the build information by them.
pub fn append(
    image: &mut Vec<u8>,
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
    strip: bool,
) -> (u64, u16) {
    let shown: Vec<OutSection> = OutSection::ALL.into_iter().filter(|&s| plan.output(s).size > 0).collect();
    let table = (!strip).then(|| append_symbols(image, object, inputs, plan, &shown));

    let mut names = Strings(vec![0]);
    let mut headers = vec![[0u64; 10]];
    for &section in &shown {
        let output = plan.output(section);
        let tls = matches!(section, OutSection::TlsData | OutSection::TlsBss);
        let flags = match section.segment() {
            crate::layout::Segment::Code => elf::SHF_ALLOC | elf::SHF_EXECINSTR,
            crate::layout::Segment::Constants if tls => elf::SHF_ALLOC | elf::SHF_TLS,
            crate::layout::Segment::Constants => elf::SHF_ALLOC,
            crate::layout::Segment::Variables => elf::SHF_ALLOC | elf::SHF_WRITE,
        };
        let kind = if section.is_zeros() { elf::SHT_NOBITS } else { elf::SHT_PROGBITS };
        let name = names.add(section.name());
        headers.push([
            u64::from(name),
            u64::from(kind),
            u64::from(flags),
            output.address,
            output.file_offset,
            output.size,
            0,
            0,
            output.align,
            0,
        ]);
    }
    if let Some(table) = table {
        let strtab_index = shown.len() as u64 + 2;
        let name = u64::from(names.add(".symtab"));
        let kind = u64::from(elf::SHT_SYMTAB);
        let (at, size) = table.symbols;
        headers.push([name, kind, 0, 0, at, size, strtab_index, table.local_end, 8, 24]);
        let name = u64::from(names.add(".strtab"));
        let (at, size) = table.strings;
        headers.push([name, u64::from(elf::SHT_STRTAB), 0, 0, at, size, 0, 0, 1, 0]);
    }
    let name = u64::from(names.add(".shstrtab"));
    let names_at = image.len() as u64;
    image.extend(&names.0);
    headers.push([name, u64::from(elf::SHT_STRTAB), 0, 0, names_at, names.0.len() as u64, 0, 0, 1, 0]);

    let headers_at = align(image, 8);
    for header in &headers {
        for (i, &field) in header.iter().enumerate() {
            // name, type, link and info are 32 bits wide.
            if matches!(i, 0 | 1 | 6 | 7) {
                image.extend((field as u32).to_le_bytes());
            } else {
                image.extend(field.to_le_bytes());
            }
        }
    }
    (headers_at, headers.len() as u16)
}

/// Where the symbol table went: (offset, size) of its parts.
struct SymbolTable {
    symbols: (u64, u64),
    strings: (u64, u64),
    /// Index of the first global symbol.
    local_end: u64,
}

fn append_symbols(
    image: &mut Vec<u8>,
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
    shown: &[OutSection],
) -> SymbolTable {
    let index =
        |section: OutSection| shown.iter().position(|&s| s == section).map_or(elf::SHN_ABS, |i| i as u16 + 1);
    let mut strings = Strings(vec![0]);
    let (local, global) = symbols(object, inputs, plan, &index, &mut strings);
    let symbols_at = align(image, 8);
    image.extend([0; 24]);
    for symbol in local.iter().chain(&global) {
        image.extend(symbol.name.to_le_bytes());
        image.extend([symbol.info, 0]);
        image.extend(symbol.section.to_le_bytes());
        image.extend(symbol.value.to_le_bytes());
        image.extend(symbol.size.to_le_bytes());
    }
    let strings_at = image.len() as u64;
    image.extend(&strings.0);
    SymbolTable {
        symbols: (symbols_at, strings_at - symbols_at),
        strings: (strings_at, strings.0.len() as u64),
        local_end: local.len() as u64 + 1,
    }
}

fn align(image: &mut Vec<u8>, align: usize) -> u64 {
    image.resize(image.len().next_multiple_of(align), 0);
    image.len() as u64
}

/// Local and global symbols.
fn symbols(
    object: &Object,
    inputs: &Inputs<'_>,
    plan: &Plan,
    index: &dyn Fn(OutSection) -> u16,
    strings: &mut Strings,
) -> (Vec<Symbol>, Vec<Symbol>) {
    let (mut local, mut global) = (Vec::new(), Vec::new());
    for output in &plan.outputs {
        let section = index(output.section);
        for placed in &output.atoms {
            let (id, kind) = match placed.atom {
                Atom::Code(i) => (object.code[i].symbol, elf::STT_FUNC),
                Atom::Data(i) => (object.data[i].symbol, elf::STT_OBJECT),
                Atom::Rt(id) => {
                    rt_symbols(id, placed.address, section, inputs, strings, &mut local, &mut global);
                    continue;
                }
                Atom::FuncTab | Atom::TypeLinks | Atom::ItabLinks | Atom::Got => continue,
            };
            let symbol = &object.symbols[id.0 as usize];
            if symbol.local {
                continue;
            }
            let name = strings.add(&symbol.name);
            let info = info(elf::STB_GLOBAL, kind);
            global.push(Symbol { name, info, section, value: placed.address, size: placed.size });
        }
    }
    for &(name, section, edge) in tables::BOUND {
        let value = plan.address(Definition::Bound(tables::Bound { section, edge }));
        let info = info(elf::STB_GLOBAL, elf::STT_NOTYPE);
        global.push(Symbol { name: strings.add(name), info, section: index(section), value, size: 0 });
    }
    (local, global)
}

fn rt_symbols(
    id: RtSection,
    address: u64,
    section: u16,
    inputs: &Inputs<'_>,
    strings: &mut Strings,
    local: &mut Vec<Symbol>,
    global: &mut Vec<Symbol>,
) {
    for symbol in &inputs.member(id.member).symbols {
        if symbol.place != Place::Section(id.section) || symbol.name.is_empty() {
            continue;
        }
        let kind = if symbol.is_func { elf::STT_FUNC } else { elf::STT_OBJECT };
        let (list, bind) =
            if symbol.is_global { (&mut *global, elf::STB_GLOBAL) } else { (&mut *local, elf::STB_LOCAL) };
        list.push(Symbol {
            name: strings.add(symbol.name),
            info: info(bind, kind),
            section,
            value: address + symbol.value,
            size: symbol.size,
        });
    }
}
