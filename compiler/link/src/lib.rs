//! Compiled functions, data and the rt archive → executable.
//!
//! In: an `obj::Object` (everything `codegen` made), the bytes of rt's static library, a way to resolve positions. Out: the bytes of a static
//! executable, or errors that name symbol and referrer. No files are read or written here, no process is started.
//!
//! The link as a list of steps; after each, something can no longer change:
//! 1. `resolve`: archive members are loaded as symbols need them, sections as relocations reach them - then inputs are fixed;
//! 2. `layout`: atoms are placed in output sections, tables made from final offsets (`functab`, `tables`) - then addresses are fixed;
//! 3. `elf`: contents are copied and relocated by `arch`, headers and symbol table written.
//!
//! Every compiled function and object is kept: what is dead was decided before. Sections of rt are kept only when reached.
//! Absent here: dynamic linking, section garbage collection by flags, linker scripts (see `linker-scripts/` for external linking).

mod arch;
mod archive;
pub mod build_info;
mod elf;
mod functab;
mod layout;
mod resolve;
mod rt_names;
mod tables;

use std::fmt;

use rgo_obj::Object;
use rgo_target::{Isa, ObjectFormat, Os, Target};

/// Resolves a position (`source::Pos`) to file and line; `None` when unknown.
pub type ResolvePos<'a> = dyn Fn(u32) -> Option<(String, u32)> + 'a;

/// How to link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Leave out the symbol table (`-ldflags=-s`).
    pub strip: bool,
    /// Symbol where the process starts.
    pub entry: String,
}

impl Default for Options {
    fn default() -> Options {
        Options { strip: false, entry: "rt.rt0".into() }
    }
}

/// Why there is no executable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkError {
    /// Symbols without definition, each with something that refers to it.
    Undefined(Vec<Undefined>),
    /// The rt archive cannot be read.
    BadArchive { member: String, message: String },
    /// A relocation cannot be applied.
    Relocation { place: String, message: String },
    /// No writer for the target.
    Unsupported(String),
}

/// A symbol without definition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Undefined {
    pub symbol: String,
    pub referrer: String,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Undefined(list) => {
                for (i, Undefined { symbol, referrer }) in list.iter().enumerate() {
                    let newline = if i == 0 { "" } else { "\n" };
                    write!(f, "{newline}{referrer}: relocation target {symbol} not defined")?;
                }
                Ok(())
            }
            LinkError::BadArchive { member, message } => write!(f, "runtime archive: {member}: {message}"),
            LinkError::Relocation { place, message } => write!(f, "{place}: {message}"),
            LinkError::Unsupported(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for LinkError {}

/// The program as a relocatable object, to be linked with the rt archive by another linker and `linker-scripts/`.
pub fn write_object(
    object: &Object,
    positions: &ResolvePos<'_>,
    target: &Target,
) -> Result<Vec<u8>, LinkError> {
    if (target.format, target.isa) != (ObjectFormat::Elf, Isa::X86_64) {
        return Err(LinkError::Unsupported(format!("no object files for {}/{}", target.goos, target.goarch)));
    }
    elf::object_file::write(object, positions)
}

/// The script by which another linker makes the same executable of that object.
pub fn linker_script(target: &Target) -> Option<&'static str> {
    match (target.os, target.isa) {
        (Os::Linux, Isa::X86_64) => Some(include_str!("../../../linker-scripts/x86_64-linux.ld")),
        _ => None,
    }
}

/// Links an executable.
pub fn link(
    object: &Object,
    rt_archive: &[u8],
    positions: &ResolvePos<'_>,
    target: &Target,
    options: &Options,
) -> Result<Vec<u8>, LinkError> {
    if (target.format, target.isa) != (ObjectFormat::Elf, Isa::X86_64) {
        return Err(LinkError::Unsupported(format!("cannot link for {}/{}", target.goos, target.goarch)));
    }
    let archive = archive::Archive::parse(rt_archive)?;
    let inputs = resolve::resolve(object, &archive, options)?;
    let plan = layout::layout(object, &inputs, positions, target);
    elf::write(object, &inputs, &plan, target, options)
}
