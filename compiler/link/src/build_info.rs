//! The build information that an executable carries for other programs to read (`go version`, `debug/buildinfo`).
//!
//! Layout, as gc's linker writes it since go1.18: 32 bytes (magic number of 14, pointer size, flags, zeros), then two strings, each
//! behind its length as a varint: the Go version, and the modules and settings between two marks of 16 bytes.

use object::elf::{PF_W, PT_LOAD};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object as _, ObjectSection as _};
use rgo_obj::{DataObject, Object, Section, Symbol, SymbolId};

const MAGIC: &[u8] = b"\xff Go buildinf:";
const HEADER: usize = 32;
/// The strings follow the header; without it there would be pointers to them.
const INLINE_STRINGS: u8 = 2;
const MARK: usize = 16;

/// What an executable says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildInfo {
    /// `go1.27.3`
    pub version: String,
    /// Lines `path\t...`, `mod\t...`, `dep\t...`, `build\t...`.
    pub modules: String,
}

/// Adds the section to a program. `modules` has its marks.
pub fn add(object: &mut Object, version: &str, modules: &str) {
    let mut bytes = vec![0; HEADER];
    bytes[..MAGIC.len()].copy_from_slice(MAGIC);
    bytes[MAGIC.len()] = 8;
    bytes[MAGIC.len() + 1] = INLINE_STRINGS;
    for text in [version, modules] {
        let mut len = text.len();
        while len >= 0x80 {
            bytes.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        bytes.push(len as u8);
        bytes.extend(text.as_bytes());
    }
    let symbol = SymbolId(object.symbols.len() as u32);
    object.symbols.push(Symbol { name: "go:buildinfo".to_owned(), local: false, is_func: false });
    let size = bytes.len() as u64;
    object.data.push(DataObject {
        symbol,
        section: Section::BuildInfo,
        align: 16,
        bytes,
        size,
        relocs: Vec::new(),
    });
}

/// Reads it from the bytes of an ELF executable.
pub fn read(file: &[u8]) -> Option<BuildInfo> {
    let elf = ElfFile64::<Endianness>::parse(file).ok()?;
    if let Some(section) = elf.section_by_name(".go.buildinfo") {
        return decode(section.data().ok()?);
    }
    let endian = elf.endian();
    let writable = elf
        .elf_program_headers()
        .iter()
        .filter(|h| h.p_type(endian) == PT_LOAD && h.p_flags(endian) & PF_W != 0);
    let mut data = writable.filter_map(|header| header.data(endian, file).ok());
    data.find_map(|data| (0..data.len()).step_by(16).find_map(|at| decode(&data[at..])))
}

fn decode(bytes: &[u8]) -> Option<BuildInfo> {
    if !bytes.starts_with(MAGIC) || bytes.get(MAGIC.len() + 1)? & INLINE_STRINGS == 0 {
        return None;
    }
    let (version, rest) = string(bytes.get(HEADER..)?)?;
    let modules = string(rest).map_or("", |(text, _)| text);
    let modules = modules.get(MARK..modules.len().saturating_sub(MARK)).unwrap_or_default();
    Some(BuildInfo { version: version.to_owned(), modules: modules.to_owned() })
}

fn string(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (mut len, mut shift) = (0_usize, 0);
    for (at, byte) in bytes.iter().enumerate().take(5) {
        len |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            let text = bytes.get(at + 1..)?.get(..len)?;
            return Some((std::str::from_utf8(text).ok()?, &bytes[at + 1 + len..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut object = Object::default();
        let mark = "0123456789abcdef";
        let lines = "path\tx\n".repeat(30);
        add(&mut object, "go1.27.3", &format!("{mark}{lines}{mark}"));
        let info = decode(&object.data[0].bytes).unwrap();
        assert_eq!((info.version.as_str(), info.modules.as_str()), ("go1.27.3", lines.as_str()));
        assert_eq!(decode(b"\xff Go build"), None);
    }
}
