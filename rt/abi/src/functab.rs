//! The function table: pc → function, source line, inlined calls, panic handler, frame size.
//!
//! Made by `link` after layout (`link/functab.rs` is the encoder), read by `rt` and by tests. Program counters are offsets from
//! the symbol `runtime.text`. Everything is little-endian; `uv` is an unsigned LEB128 number, `sv` a zigzag one.
//!
//! ```text
//! header     10 x u32: MAGIC, total bytes, nfuncs, entries, records, nfiles, files, strings, text size, 0
//!            (text size is that of compiled code; rt's functions come behind it)
//! entries    nfuncs x u32, ascending: offset of the function's entry from runtime.text
//! records    nfuncs x u32: offset of the function's record in this table
//! files      nfiles x u32: offset into strings
//! strings    each: uv length, bytes (offset 0 is the empty string)
//! record     u8 flags, uv name, uv code size, uv frame size, [uv handler], uv file, uv line (of the declaration),
//!            [uv bytes, frame map (see `frame_map`)], [uv count, count x depth], [uv count, count x inlined call], uv rows, rows x line row
//!            of a function of rt, no more than: u8 flags, uv name, uv code size, uv file, uv line (of what waits there, see `rt_names`)
//! depth      uv pc delta, sv delta of the bytes between stack pointer and return address from there on (assembly only)
//! inlined    uv name of the callee, uv file, uv line (of the call), uv parent (0: the function itself, else index + 1)
//! line row   uv (pc delta << 1 | moved), sv line delta, if moved: uv file, uv inlined (0 or index + 1)
//! ```
//! A line row says where code from its pc on (until the next row) comes from. Names and files are string offsets and file indexes.
//! Looking up costs a binary search over `entries` and a walk over one function's record.

use crate::frame_map::FrameMap;

/// First word of a table; also the version of the format.
pub const MAGIC: u32 = 0x7267_6f03;
/// Bytes of the header.
pub const HEADER_SIZE: usize = 40;

/// Bits of a record's first byte.
pub mod flags {
    /// Skipped by recover's frame test and by tracebacks.
    pub const WRAPPER: u8 = 1;
    /// Has a handler offset.
    pub const HANDLER: u8 = 2;
    /// Has a list of inlined calls.
    pub const INLINED: u8 = 4;
    /// Takes arguments.
    pub const ARGS: u8 = 8;
    /// Written in assembly: has stack depths instead of a frame pointer.
    pub const ASSEMBLY: u8 = 16;
    /// A stub between compiled code and assembly.
    pub const STUB: u8 = 32;
    /// Has a frame map.
    pub const FRAMES: u8 = 64;
    /// A function of rt, of which little is known; with `STUB` one in assembly.
    pub const RT: u8 = 128;
}

/// A whole table.
#[derive(Clone, Copy, Debug)]
pub struct FuncTable<'a> {
    bytes: &'a [u8],
}

/// One function of a table. Equal if they are the same function of the same table.
#[derive(Clone, Copy, Debug)]
pub struct FuncRef<'a> {
    table: FuncTable<'a>,
    index: u32,
    entry: u32,
    head: Head,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    flags: u8,
    name: u32,
    size: u32,
    frame_size: u32,
    handler: u32,
    file: u32,
    line: u32,
    /// Offset of the frame map.
    map: usize,
    /// Offset of what follows it.
    rest: usize,
}

/// A source position of a function or of a call inlined into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// Function name.
    pub name: &'a str,
    /// Source file, empty when unknown.
    pub file: &'a str,
    /// Source line, 0 when unknown.
    pub line: u32,
    /// Whether this is an inlined call: the function itself comes last.
    pub inlined: bool,
}

/// Reads numbers; past the end everything is 0.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }
    /// Where it stands.
    pub fn position(&self) -> usize {
        self.at
    }
    /// Passes over `bytes` bytes.
    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }
    /// One byte.
    pub fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }
    /// An unsigned number.
    pub fn uv(&mut self) -> u32 {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte();
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            shift += 7;
            if byte & 0x80 == 0 || shift > 31 {
                return value;
            }
        }
    }
    fn sv(&mut self) -> i32 {
        let value = self.uv();
        (value >> 1) as i32 ^ -((value & 1) as i32)
    }
}

impl<'a> FuncTable<'a> {
    /// The table in `bytes`, which may be longer than it; `None` if there is none.
    pub fn new(bytes: &'a [u8]) -> Option<FuncTable<'a>> {
        if u32_at(bytes, 0)? != MAGIC {
            return None;
        }
        let bytes = bytes.get(..u32_at(bytes, 4)? as usize)?;
        (bytes.len() >= HEADER_SIZE).then_some(FuncTable { bytes })
    }
    /// Bytes of the table that starts with `header`: its size is not otherwise known at run time.
    pub fn total_size(header: &[u8]) -> Option<usize> {
        (u32_at(header, 0)? == MAGIC).then_some(u32_at(header, 4)? as usize)
    }
    /// The table itself.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
    fn word(&self, index: usize) -> u32 {
        u32_at(self.bytes, index * 4).unwrap_or(0)
    }
    /// Number of functions.
    pub fn len(&self) -> u32 {
        self.word(2)
    }
    /// Whether there are no functions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Bytes of Go code, from `runtime.text`.
    pub fn text_size(&self) -> u32 {
        self.word(8)
    }
    fn entry(&self, index: u32) -> u32 {
        u32_at(self.bytes, self.word(3) as usize + index as usize * 4).unwrap_or(u32::MAX)
    }
    /// Function `index` in order of address.
    pub fn get(&self, index: u32) -> Option<FuncRef<'a>> {
        if index >= self.len() {
            return None;
        }
        let record = u32_at(self.bytes, self.word(4) as usize + index as usize * 4)?;
        let mut r = Reader { bytes: self.bytes, at: record as usize };
        let flags = r.byte();
        let (name, size) = (r.uv(), r.uv());
        if flags & flags::RT != 0 {
            let (file, line) = (r.uv(), r.uv());
            // Behind the end there are zeros: no rows of lines.
            let rest = self.bytes.len();
            let head = Head { flags, name, size, frame_size: 0, handler: 0, file, line, map: rest, rest };
            return Some(FuncRef { table: *self, index, entry: self.entry(index), head });
        }
        let frame_size = r.uv();
        let handler = if flags & flags::HANDLER != 0 { r.uv() } else { 0 };
        let (file, line) = (r.uv(), r.uv());
        let map_size = if flags & flags::FRAMES != 0 { r.uv() as usize } else { 0 };
        let map = r.at;
        let head = Head { flags, name, size, frame_size, handler, file, line, map, rest: map + map_size };
        Some(FuncRef { table: *self, index, entry: self.entry(index), head })
    }
    /// The function whose code holds the byte at `pc` bytes from `runtime.text`. For a return address pass the address less one.
    pub fn lookup(&self, pc: u32) -> Option<FuncRef<'a>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle) <= pc {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let func = self.get(low.checked_sub(1)?)?;
        (pc - func.entry < func.head.size).then_some(func)
    }
    fn string(&self, offset: u32) -> &'a str {
        let mut r = Reader { bytes: self.bytes, at: self.word(7) as usize + offset as usize };
        let len = r.uv() as usize;
        let text = self.bytes.get(r.at..r.at + len).unwrap_or(&[]);
        core::str::from_utf8(text).unwrap_or("")
    }
    fn file(&self, index: u32) -> &'a str {
        if index >= self.word(5) {
            return "";
        }
        self.string(u32_at(self.bytes, self.word(6) as usize + index as usize * 4).unwrap_or(0))
    }
}

impl PartialEq for FuncRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.table.bytes, other.table.bytes) && self.index == other.index
    }
}
impl Eq for FuncRef<'_> {}

impl<'a> FuncRef<'a> {
    /// Index in order of address.
    pub fn index(&self) -> u32 {
        self.index
    }
    /// Symbol name.
    pub fn name(&self) -> &'a str {
        self.table.string(self.head.name)
    }
    /// Entry, as an offset from `runtime.text`.
    pub fn entry(&self) -> u32 {
        self.entry
    }
    /// Bytes of code.
    pub fn size(&self) -> u32 {
        self.head.size
    }
    /// Bytes from the frame pointer down to the stack pointer in the function's body.
    pub fn frame_size(&self) -> u32 {
        self.head.frame_size
    }
    /// Which words of the function's frame are live at its calls, if that is known.
    pub fn frame_map(&self) -> Option<FrameMap<'a>> {
        let reader = Reader { bytes: self.table.bytes, at: self.head.map };
        (self.head.flags & flags::FRAMES != 0).then(|| FrameMap::new(reader))
    }
    /// Where a recovered panic continues, as an offset from `runtime.text`.
    pub fn handler(&self) -> Option<u32> {
        (self.head.flags & flags::HANDLER != 0).then_some(self.entry + self.head.handler)
    }
    /// Whether recover's frame test and tracebacks skip this function.
    pub fn is_wrapper(&self) -> bool {
        self.head.flags & flags::WRAPPER != 0
    }
    /// Whether the function takes arguments.
    pub fn has_args(&self) -> bool {
        self.head.flags & flags::ARGS != 0
    }
    /// File and line of the declaration; of an entry of rt in which goroutines wait, where gc's function of that name waits.
    pub fn decl(&self) -> (&'a str, u32) {
        (self.table.file(self.head.file), self.head.line)
    }

    /// Whether this is a function of rt.
    pub fn is_rt(&self) -> bool {
        self.head.flags & flags::RT != 0
    }
    /// Whether this is no compiled code, but assembly or a stub around it: the registers of Go's convention may hold anything here.
    pub fn is_assembly(&self) -> bool {
        self.head.flags & (flags::ASSEMBLY | flags::STUB) != 0
    }
    /// Whether this is a stub between compiled code and assembly.
    pub fn is_stub(&self) -> bool {
        self.head.flags & flags::STUB != 0
    }
    /// In assembly: how many bytes lie between the stack pointer and the return address at the instruction at `pc` (an offset from
    /// `runtime.text`). `None` for functions with a frame pointer.
    pub fn stack_depth(&self, pc: u32) -> Option<u32> {
        if self.head.flags & flags::ASSEMBLY == 0 {
            return None;
        }
        let mut r = Reader { bytes: self.table.bytes, at: self.head.rest };
        let target = pc.wrapping_sub(self.entry);
        let (mut at, mut depth, mut found) = (0u32, 0u32, 0);
        for _ in 0..r.uv() {
            at += r.uv();
            depth = depth.wrapping_add_signed(r.sv());
            if at > target {
                break;
            }
            found = depth;
        }
        Some(found)
    }
    /// At the inlined calls: behind the stack depths.
    fn lists(&self) -> Reader<'a> {
        let mut r = Reader { bytes: self.table.bytes, at: self.head.rest };
        if self.head.flags & flags::ASSEMBLY != 0 {
            for _ in 0..r.uv() * 2 {
                r.uv();
            }
        }
        r
    }

    /// The line row that covers `pc` (an offset from `runtime.text`): file, line, inlined call (0: none).
    fn row(&self, pc: u32) -> (u32, u32, u32) {
        let mut r = self.lists();
        if self.head.flags & flags::INLINED != 0 {
            for _ in 0..r.uv() * 4 {
                r.uv();
            }
        }
        let target = pc.wrapping_sub(self.entry);
        let mut found = (self.head.file, self.head.line, 0);
        let (mut at, mut file, mut line, mut inlined) = (0u32, self.head.file, self.head.line, 0);
        for _ in 0..r.uv() {
            let step = r.uv();
            at += step >> 1;
            line = line.wrapping_add_signed(r.sv());
            if step & 1 != 0 {
                file = r.uv();
                inlined = r.uv();
            }
            if at > target {
                break;
            }
            found = (file, line, inlined);
        }
        found
    }
    /// Inlined call `index` (from 1): callee's name, file and line of the call, parent.
    fn inlined(&self, index: u32) -> (u32, u32, u32, u32) {
        let mut r = self.lists();
        let count = if self.head.flags & flags::INLINED != 0 { r.uv() } else { 0 };
        for i in 1..=count {
            let site = (r.uv(), r.uv(), r.uv(), r.uv());
            if i == index {
                return site;
            }
        }
        (0, 0, 0, 0)
    }
    /// File and line of the instruction at `pc`, an offset from `runtime.text`.
    pub fn line(&self, pc: u32) -> (&'a str, u32) {
        let (file, line, _) = self.row(pc);
        (self.table.file(file), line)
    }
    /// The calls in progress at `pc` within this function: innermost inlined call first, the function itself last.
    pub fn frames(&self, pc: u32) -> Frames<'a> {
        let (file, line, inlined) = self.row(pc);
        Frames { func: *self, file, line, inlined, done: false }
    }
}

/// Iterator of [`FuncRef::frames`].
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a> {
    func: FuncRef<'a>,
    file: u32,
    line: u32,
    inlined: u32,
    done: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        if self.done {
            return None;
        }
        let table = self.func.table;
        let (file, line) = (table.file(self.file), self.line);
        if self.inlined == 0 {
            self.done = true;
            return Some(Frame { name: self.func.name(), file, line, inlined: false });
        }
        let (name, call_file, call_line, parent) = self.func.inlined(self.inlined);
        // A parent comes before its children, so this ends even on a damaged table.
        self.inlined = if parent < self.inlined { parent } else { 0 };
        self.file = call_file;
        self.line = call_line;
        Some(Frame { name: table.string(name), file, line, inlined: true })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}
