//! Encodes the function table; `rgo_abi::functab` documents the format and decodes it.

use std::borrow::Cow;
use std::collections::HashMap;

use rgo_abi::functab::{HEADER_SIZE, MAGIC, flags};
use rgo_abi::{entries, rt_names};
use rgo_obj::{Code, Object};

use crate::{ResolvePos, rt_names as names};

/// Strings with their offsets, each stored once.
struct Strings {
    bytes: Vec<u8>,
    offsets: HashMap<String, u32>,
}

impl Strings {
    fn new() -> Strings {
        Strings { bytes: vec![0], offsets: HashMap::from([(String::new(), 0)]) }
    }
    fn add(&mut self, text: &str) -> u32 {
        if let Some(&offset) = self.offsets.get(text) {
            return offset;
        }
        let offset = self.bytes.len() as u32;
        uv(&mut self.bytes, text.len() as u32);
        self.bytes.extend(text.as_bytes());
        self.offsets.insert(text.to_owned(), offset);
        offset
    }
}

/// Source files by index. Index 0 is "unknown".
struct Files<'a> {
    resolve: &'a ResolvePos<'a>,
    list: Vec<u32>,
    by_name: HashMap<String, u32>,
    positions: HashMap<u32, (u32, u32)>,
}

impl Files<'_> {
    /// File index and line of a position.
    fn locate(&mut self, pos: u32, strings: &mut Strings) -> (u32, u32) {
        if pos == 0 {
            return (0, 0);
        }
        if let Some(&known) = self.positions.get(&pos) {
            return known;
        }
        let found = match (self.resolve)(pos) {
            None => (0, 0),
            Some((name, line)) => (self.index(name, strings), line),
        };
        self.positions.insert(pos, found);
        found
    }

    fn index(&mut self, name: String, strings: &mut Strings) -> u32 {
        let next = self.list.len() as u32;
        match self.by_name.get(&name) {
            Some(&index) => index,
            None => {
                self.list.push(strings.add(&name));
                self.by_name.insert(name, next);
                next
            }
        }
    }
}

/// A function of rt.
pub struct RtFunction<'a> {
    /// Distance from `runtime.text`.
    pub offset: u32,
    pub size: u32,
    /// Of the symbol.
    pub symbol: &'a str,
}

/// The table of the functions `object.code`, whose entries lie at `offsets` (ascending) from `runtime.text`, and of those of rt, behind them and in
/// order of address.
pub fn encode(
    object: &Object,
    offsets: &[u32],
    text_size: u32,
    rt: &[RtFunction<'_>],
    positions: &ResolvePos<'_>,
) -> Vec<u8> {
    let mut strings = Strings::new();
    let mut files =
        Files { resolve: positions, list: vec![0], by_name: HashMap::new(), positions: HashMap::new() };
    let mut records = Vec::new();
    let mut starts = Vec::with_capacity(object.code.len() + rt.len());
    for code in &object.code {
        starts.push(records.len() as u32);
        record(&mut records, code, object, &mut strings, &mut files);
    }
    let folder = runtime_folder(object, positions);
    for function in rt {
        starts.push(records.len() as u32);
        rt_record(&mut records, function, folder.as_deref(), &mut strings, &mut files);
    }
    let count = starts.len() as u32;
    let entries_at = HEADER_SIZE as u32;
    let index_at = entries_at + count * 4;
    let files_at = index_at + count * 4;
    let strings_at = files_at + files.list.len() as u32 * 4;
    let records_at = strings_at + strings.bytes.len() as u32;
    let total = records_at + records.len() as u32;
    let header = [
        MAGIC,
        total,
        count,
        entries_at,
        index_at,
        files.list.len() as u32,
        files_at,
        strings_at,
        text_size,
        0,
    ];
    let mut table = Vec::with_capacity(total as usize);
    let words = header
        .into_iter()
        .chain(offsets.iter().copied())
        .chain(rt.iter().map(|function| function.offset))
        .chain(starts.into_iter().map(|start| records_at + start))
        .chain(files.list);
    table.extend(words.flat_map(u32::to_le_bytes));
    table.extend(strings.bytes);
    table.extend(records);
    debug_assert_eq!(table.len(), total as usize);
    table
}

/// The folder of package runtime's sources.
fn runtime_folder(object: &Object, positions: &ResolvePos<'_>) -> Option<String> {
    let is_main = |code: &&Code| &*object.symbols[code.symbol.0 as usize].name == "runtime.main";
    let (mut file, _) = positions(object.code.iter().find(is_main)?.info.pos)?;
    file.truncate(file.rfind('/')?);
    Some(file)
}

fn rt_record(
    out: &mut Vec<u8>,
    function: &RtFunction<'_>,
    runtime_folder: Option<&str>,
    strings: &mut Strings,
    files: &mut Files<'_>,
) {
    let name = names::shown(function.symbol);
    let (file, line) = match (rt_names::position(&name), runtime_folder) {
        (Some(at), Some(folder)) => (files.index(format!("{folder}/{}", at.file), strings), at.line),
        _ => (0, 0),
    };
    let mut bits = flags::RT;
    if !names::is_mangled(function.symbol) {
        bits |= flags::STUB;
    }
    if entries::lookup(&name).is_some_and(|entry| !entry.args().is_empty()) {
        bits |= flags::ARGS;
    }
    out.push(bits);
    uv(out, strings.add(&name));
    for number in [function.size, file, line] {
        uv(out, number);
    }
}

/// The name that programs see. The initialisers of a package's variables are functions of their own, `p.init..N`; to
/// programs they are one, `p.init`.
fn shown_name(symbol: &str) -> Cow<'_, str> {
    // Assembly's symbols say behind a middle dot which form of a function they are; with types that is the number of a local one.
    let symbol = match symbol.rsplit_once('·') {
        Some((name, form)) if form.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => symbol,
    };
    // The function of a method expression.
    let symbol = symbol.strip_suffix("-wrap").unwrap_or(symbol);
    const MARK: &str = ".init..";
    match symbol.find(MARK) {
        None => Cow::Borrowed(symbol),
        Some(at) => {
            let (head, tail) = symbol.split_at(at + MARK.len());
            let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
            Cow::Owned(format!("{}{tail}", head.trim_end_matches('.')))
        }
    }
}

fn record(out: &mut Vec<u8>, code: &Code, object: &Object, strings: &mut Strings, files: &mut Files<'_>) {
    let info = &code.info;
    let name = |id: rgo_obj::SymbolId| shown_name(&object.symbols[id.0 as usize].name);
    let mut bits = 0;
    for (set, flag) in [
        (info.wrapper, flags::WRAPPER),
        (info.has_args, flags::ARGS),
        (info.handler.is_some(), flags::HANDLER),
        (!info.inlined.is_empty(), flags::INLINED),
        (info.depths.is_some(), flags::ASSEMBLY),
        (info.stub, flags::STUB),
        (info.frame_map.is_some(), flags::FRAMES),
    ] {
        bits |= if set { flag } else { 0 };
    }
    out.push(bits);
    uv(out, strings.add(&name(code.symbol)));
    uv(out, code.bytes.len() as u32);
    uv(out, info.frame_size);
    if let Some(handler) = info.handler {
        uv(out, handler);
    }
    let (decl_file, decl_line) = files.locate(info.pos, strings);
    uv(out, decl_file);
    uv(out, decl_line);
    if let Some(map) = &info.frame_map {
        uv(out, map.len() as u32);
        out.extend(map);
    }
    if let Some(depths) = &info.depths {
        uv(out, depths.len() as u32);
        let mut previous = (0, 0);
        for &(offset, depth) in depths {
            uv(out, offset - previous.0);
            sv(out, depth.wrapping_sub(previous.1) as i32);
            previous = (offset, depth);
        }
    }
    if !info.inlined.is_empty() {
        uv(out, info.inlined.len() as u32);
        for site in &info.inlined {
            let (file, line) = files.locate(site.call_pos, strings);
            for number in [strings.add(&name(site.callee)), file, line, site.parent] {
                uv(out, number);
            }
        }
    }
    // Rows that say the same as the one before are dropped.
    let mut rows: Vec<(u32, u32, u32, u32)> = Vec::new();
    for row in &info.lines {
        let (file, line) = files.locate(row.pos, strings);
        match rows.last_mut() {
            Some(last) if (last.1, last.2, last.3) == (file, line, row.inlined) => {}
            Some(last) if last.0 == row.offset => *last = (row.offset, file, line, row.inlined),
            _ => rows.push((row.offset, file, line, row.inlined)),
        }
    }
    uv(out, rows.len() as u32);
    let mut previous = (0, decl_file, decl_line, 0);
    for row in rows {
        let moved = row.1 != previous.1 || row.3 != previous.3;
        uv(out, (row.0 - previous.0) << 1 | u32::from(moved));
        sv(out, row.2.wrapping_sub(previous.2) as i32);
        if moved {
            uv(out, row.1);
            uv(out, row.3);
        }
        previous = row;
    }
}

fn uv(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn sv(out: &mut Vec<u8>, value: i32) {
    uv(out, (value << 1 ^ value >> 31) as u32);
}

#[cfg(test)]
mod tests {
    use rgo_abi::functab::{Frame, FuncTable};
    use rgo_obj::{FuncInfo, InlineSite, LineRow, Symbol, SymbolId};

    use super::*;

    #[test]
    fn names() {
        for (symbol, shown) in [
            ("p.init..12", "p.init"),
            ("p.init..1.func2", "p.init.func2"),
            ("p.init.0", "p.init.0"),
            ("p.f", "p.f"),
            ("p.f·abi0", "p.f"),
            ("p.T·2.m", "p.T·2.m"),
            ("p.I.m-wrap", "p.I.m"),
        ] {
            assert_eq!(shown_name(symbol), shown);
        }
    }

    #[test]
    fn decodes_to_what_was_encoded() {
        let symbol = |name: &str| Symbol { name: name.into(), local: false, is_func: true };
        let code = |id, size, info| Code {
            symbol: SymbolId(id),
            align: 16,
            bytes: vec![0; size],
            relocs: vec![],
            info,
        };
        let row = |offset, pos, inlined| LineRow { offset, pos, inlined };
        let object = Object {
            symbols: ["main.f", "main.g", "main.inlined", "runtime.main"].map(symbol).into(),
            code: vec![
                code(
                    0,
                    100,
                    FuncInfo {
                        frame_size: 300,
                        handler: Some(70),
                        wrapper: true,
                        has_args: true,
                        pos: 10,
                        lines: vec![row(0, 10, 0), row(20, 12, 0), row(30, 1005, 1), row(40, 3, 0)],
                        inlined: vec![InlineSite { callee: SymbolId(2), call_pos: 13, parent: 0 }],
                        ..FuncInfo::default()
                    },
                ),
                code(1, 8, FuncInfo::default()),
                code(3, 1, FuncInfo { pos: 2001, ..FuncInfo::default() }),
            ],
            ..Object::default()
        };
        let files = ["a.go", "b.go", "src/runtime/proc.go"];
        let resolve = |pos: u32| Some((files[pos as usize / 1000].to_owned(), pos % 1000));
        let rt = [
            RtFunction { offset: 160, size: 9, symbol: "runtime.newobject" },
            RtFunction { offset: 170, size: 2, symbol: "time.Sleep" },
            RtFunction { offset: 176, size: 4, symbol: "_ZN6rgo_rt5sched4park6gopark17h0123456789abcdefE" },
        ];
        let bytes = encode(&object, &[16, 128, 136], 137, &rt, &resolve);
        let table = FuncTable::new(&bytes).unwrap();
        assert_eq!(FuncTable::total_size(&bytes), Some(bytes.len()));
        assert_eq!((table.len(), table.text_size()), (6, 137));
        assert!(table.lookup(15).is_none() && table.lookup(116).is_none());
        let f = table.lookup(115).unwrap();
        assert_eq!((f.name(), f.entry(), f.frame_size(), f.handler()), ("main.f", 16, 300, Some(86)));
        assert!(f.is_wrapper() && f.has_args());
        assert_eq!(f.decl(), ("a.go", 10));
        assert_eq!(f.line(16 + 19), ("a.go", 10));
        assert_eq!(f.line(16 + 25), ("a.go", 12));
        assert_eq!(f.line(115), ("a.go", 3));
        let frames: Vec<Frame<'_>> = f.frames(16 + 30).collect();
        assert_eq!(
            frames,
            [
                Frame { name: "main.inlined", file: "b.go", line: 5, inlined: true },
                Frame { name: "main.f", file: "a.go", line: 13, inlined: false },
            ]
        );
        let g = table.lookup(130).unwrap();
        assert_eq!((g.name(), g.handler(), g.line(130), g.is_rt()), ("main.g", None, ("", 0), false));
        for (pc, name, entry, in_assembly) in
            [(168, "runtime.newobject", 160, true), (176, "runtime.gopark", 176, false)]
        {
            let f = table.lookup(pc).unwrap();
            assert_eq!((f.name(), f.entry(), f.is_stub(), f.is_rt()), (name, entry, in_assembly, true));
            let frames: Vec<Frame<'_>> = f.frames(pc).collect();
            assert_eq!(frames, [Frame { name, file: "", line: 0, inlined: false }]);
        }
        let sleep = table.lookup(171).unwrap();
        assert_eq!((sleep.name(), sleep.has_args(), sleep.is_rt()), ("time.Sleep", true, true));
        let (file, line) = sleep.decl();
        assert!(file == "src/runtime/time.go" && line > 0);
        assert!(table.lookup(169).is_none() && table.lookup(180).is_none());
    }

    /// Every pc of a text with gaps, against a walk over what was encoded; and tables that are cut off or changed, which may say anything
    /// but must not panic.
    #[test]
    fn every_pc_is_found() {
        let mut lot = 7u64;
        let mut draw = |n: u64| {
            lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (lot >> 33) % n
        };
        let (mut symbols, mut code, mut entries, mut at) = (vec![], vec![], vec![], 0u32);
        for id in 0..300 {
            symbols.push(Symbol { name: format!("p.f{id}"), local: false, is_func: true });
            at += draw(3) as u32 * 16;
            let size = 1 + draw(40) as u32;
            let mut lines = vec![LineRow { offset: 0, pos: 1 + draw(1999) as u32, inlined: 0 }];
            for offset in 1..size {
                if draw(4) == 0 {
                    lines.push(LineRow { offset, pos: 1 + draw(1999) as u32, inlined: 0 });
                }
            }
            let info = FuncInfo { pos: 1, lines, ..FuncInfo::default() };
            code.push(Code {
                symbol: SymbolId(id),
                align: 1,
                bytes: vec![0; size as usize],
                relocs: vec![],
                info,
            });
            entries.push(at);
            at += size;
        }
        let object = Object { symbols, code, ..Object::default() };
        let resolve = |pos: u32| Some((if pos < 1000 { "a.go" } else { "b.go" }.to_owned(), pos % 1000));
        let bytes = encode(&object, &entries, at, &[], &resolve);
        let table = FuncTable::new(&bytes).unwrap();
        for pc in 0..at + 20 {
            let found = (0..entries.len()).rfind(|&i| entries[i] <= pc);
            let found = found.filter(|&i| pc < entries[i] + object.code[i].bytes.len() as u32);
            let func = table.lookup(pc);
            assert_eq!(func.map(|f| f.name()), found.map(|i| &*object.symbols[i].name), "{pc}");
            if let (Some(func), Some(i)) = (func, found) {
                let row = object.code[i].info.lines.iter().rfind(|r| r.offset <= pc - entries[i]).unwrap();
                let (file, line) = resolve(row.pos).unwrap();
                assert_eq!(func.line(pc), (&*file, line), "{pc}");
            }
        }
        for _ in 0..2000 {
            let mut broken = bytes.clone();
            if draw(2) == 0 {
                broken.truncate(draw(bytes.len() as u64) as usize);
            }
            for _ in 0..draw(4) {
                let i = draw(broken.len().max(1) as u64) as usize;
                if let Some(byte) = broken.get_mut(i) {
                    *byte = draw(256) as u8;
                }
            }
            let Some(table) = FuncTable::new(&broken) else { continue };
            let pc = draw(at as u64) as u32;
            if let Some(func) = table.lookup(pc) {
                func.frames(pc).take(100).for_each(drop);
            }
        }
    }
}
