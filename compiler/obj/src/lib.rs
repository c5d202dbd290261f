//! Compiled code and data as values: what `codegen` makes and `link` lays out, without an object file between them.
//!
//! Symbols are dense ids into one table per program; names are for the symbol table, external linking and errors. Everything is plain data.

/// Index into `Object::symbols`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SymbolId(pub u32);

/// Where an object goes. Each output section is laid out in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Section {
    Text,
    RoData,
    /// Type descriptors: between `runtime.types` and `runtime.etypes`.
    TypeData,
    /// Build information, for other programs to read; see `link`.
    BuildInfo,
    Data,
    NoPtrData,
    Bss,
    NoPtrBss,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    pub name: String,
    /// Not in the symbol table of the executable.
    pub local: bool,
    pub is_func: bool,
}

/// Relocation kinds that codegen emits. (Those of the rt archive are the format's own, see `link`.)
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RelocKind {
    /// Word: S + A
    Abs64,
    /// 32 bits: S + A - P (calls, rip-relative)
    Pc32,
    /// 32 bits, sign-extended: S + A
    Abs32S,
    /// 32 bits: S + A - `runtime.types`
    TypeOff,
    /// 32 bits: S + A - `runtime.text`
    TextOff,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reloc {
    pub offset: u32,
    pub kind: RelocKind,
    pub target: SymbolId,
    pub addend: i64,
}

/// One line-table row: from `offset` (in the function) on, code comes from `pos` (a `source::Pos`) inside inline site `inlined` (0: none).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineRow {
    pub offset: u32,
    pub pos: u32,
    pub inlined: u32,
}

/// An inlined call: whose body, and the call's location.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlineSite {
    pub callee: SymbolId,
    pub call_pos: u32,
    pub parent: u32,
}

/// What the function table says of a function beside its lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FuncInfo {
    /// Bytes from the frame pointer down to the stack pointer in the body.
    pub frame_size: u32,
    /// Code offset of the handler where a recovered panic continues.
    pub handler: Option<u32>,
    pub wrapper: bool,
    /// Which words of the frame are live at each call (`rgo_abi::frame_map`).
    pub frame_map: Option<Vec<u8>>,
    /// For functions in assembly: from which offset on how many bytes lie between the stack pointer and the return address.
    pub depths: Option<Vec<(u32, u32)>>,
    /// A stub between compiled code and assembly.
    pub stub: bool,
    /// Takes arguments: tracebacks write `f(...)`, otherwise `f()`.
    pub has_args: bool,
    /// Position of the declaration.
    pub pos: u32,
    pub lines: Vec<LineRow>,
    pub inlined: Vec<InlineSite>,
}

/// A function's machine code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    pub symbol: SymbolId,
    pub align: u32,
    pub bytes: Vec<u8>,
    pub relocs: Vec<Reloc>,
    pub info: FuncInfo,
}

/// A data object. `bytes` shorter than `size` is extended by zeros.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataObject {
    pub symbol: SymbolId,
    pub section: Section,
    pub align: u32,
    pub bytes: Vec<u8>,
    pub size: u64,
    pub relocs: Vec<Reloc>,
}

/// Everything a link needs beside the rt archive.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Object {
    pub symbols: Vec<Symbol>,
    pub code: Vec<Code>,
    pub data: Vec<DataObject>,
    /// Sorted by type string, for `runtime.typelinks`.
    pub typelinks: Vec<SymbolId>,
    /// For `runtime.itablinks`.
    pub itabs: Vec<SymbolId>,
}
