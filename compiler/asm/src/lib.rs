#![doc = include_str!("../README.md")]

mod encode;
mod expr;
mod form;
mod frame;
mod mnemonic;
mod operand;
mod parse;
mod preprocess;
mod program;
mod register;
mod show;
mod stub;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use rgo_source::{File, Pos};

pub use encode::FixupKind;
use operand::{Anchor, Operand, Symbol};
use parse::flags;
pub use program::{Program, abi0};
pub use stub::{CallStub, EntryStub};

/// What is wrong with the source, worded as gc's assembler words it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    pub pos: Pos,
    pub message: String,
}

/// Separates a Go symbol from what tells its other forms apart; it occurs in no Go symbol.
pub const MARK: char = '·';

/// A place that is filled with an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    pub offset: u32,
    pub kind: FixupKind,
    pub symbol: Arc<str>,
    pub addend: i64,
}

/// A call or jump out of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// `None`: through a register or memory.
    pub target: Option<Arc<str>>,
    /// Bytes that the caller has below its own return address, the callee's return address included.
    pub depth: u32,
}

/// A function in machine code, called by Go's stack convention ABI0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its symbol; one that only its file knows has [`MARK`] and the file's number at the end.
    pub symbol: Arc<str>,
    pub pos: Pos,
    /// `NOSPLIT`, or a small leaf: promises to be content with little stack.
    pub nosplit: bool,
    /// May be defined more than once.
    pub duplicates: bool,
    /// Bytes of arguments and results, if said.
    pub args: Option<u32>,
    pub align: u32,
    pub bytes: Vec<u8>,
    pub references: Vec<Reference>,
    /// From which offset on which line.
    pub lines: Vec<(u32, Pos)>,
    /// From which offset on how many bytes lie between the stack pointer and the return address.
    pub depths: Vec<(u32, u32)>,
    /// Most bytes that the function itself has below its return address.
    pub max_depth: u32,
    pub calls: Vec<Call>,
    /// Changes the stack pointer in ways that `depths` does not tell.
    pub writes_sp: bool,
}

/// A variable or constant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    pub symbol: Arc<str>,
    pub pos: Pos,
    pub read_only: bool,
    pub has_pointers: bool,
    pub duplicates: bool,
    pub align: u32,
    pub size: u64,
    /// Its first bytes; the others are 0.
    pub bytes: Vec<u8>,
    pub references: Vec<Reference>,
}

/// What a file defines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Assembly {
    pub functions: Vec<Function>,
    pub variables: Vec<Variable>,
}

/// Finds the file that `#include` names.
pub type Include<'a> = dyn FnMut(&str) -> Option<Arc<File>> + 'a;

/// Assembles one file. `package` is the path that a leading dot in symbols stands for, `defines` the macros that the build sets.
pub fn assemble(
    file: &Arc<File>,
    package: &str,
    defines: &[(String, String)],
    include: &mut Include<'_>,
) -> Result<Assembly, Vec<Error>> {
    let parsed = parse::parse(Arc::clone(file), package, defines, include)?;
    let names = Names { file: file.id.0 };
    let mut out = Assembly::default();
    let (mut errors, mut forms, mut constants) = (Vec::new(), encode::Forms::default(), BTreeMap::new());
    for func in &parsed.funcs {
        match frame::assemble(func, &mut forms, &mut constants) {
            Ok(done) => out.functions.push(names.function(func, done)),
            Err(found) => errors.extend(found),
        }
    }
    match names.variables(&parsed) {
        Ok(variables) => out.variables = variables,
        Err(error) => errors.push(error),
    }
    for (symbol, bytes) in constants {
        let size = bytes.len() as u32;
        out.variables.push(Variable {
            symbol,
            pos: file.pos(0),
            read_only: true,
            has_pointers: false,
            duplicates: true,
            align: size,
            size: u64::from(size),
            bytes,
            references: Vec::new(),
        });
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

/// The symbols of one file.
struct Names {
    file: u32,
}

impl Names {
    fn symbol(&self, symbol: &Symbol) -> Arc<str> {
        match symbol.is_static {
            true => format!("{}{MARK}{}", symbol.name, self.file).into(),
            false => Arc::clone(&symbol.name),
        }
    }

    fn function(&self, func: &parse::FuncBody, done: frame::Assembled) -> Function {
        let reference = |fixup: encode::Fixup| Reference {
            offset: fixup.offset,
            kind: fixup.kind,
            symbol: self.symbol(&fixup.symbol),
            addend: fixup.addend,
        };
        let call =
            |(target, depth): (Option<Symbol>, u32)| Call { target: target.map(|s| self.symbol(&s)), depth };
        Function {
            symbol: self.symbol(&func.symbol),
            pos: func.pos,
            nosplit: func.flags & flags::NOSPLIT != 0 || done.is_small_leaf,
            duplicates: func.flags & flags::DUPOK != 0,
            args: func.args.map(|args| args as u32),
            align: done.align,
            bytes: done.bytes,
            references: done.fixups.into_iter().map(reference).collect(),
            lines: done.lines,
            depths: done.depths,
            max_depth: done.max_depth,
            calls: done.calls.into_iter().map(call).collect(),
            writes_sp: done.writes_sp,
        }
    }

    fn variables(&self, parsed: &parse::Parsed) -> Result<Vec<Variable>, Error> {
        let mut out: Vec<Variable> = Vec::new();
        let mut by_symbol: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for global in &parsed.globals {
            let symbol = self.symbol(&global.symbol);
            if by_symbol.insert(Arc::clone(&symbol), out.len()).is_some() {
                let message = format!("symbol {} redeclared", global.symbol.name);
                return Err(Error { pos: global.pos, message });
            }
            if global.flags & flags::TLSBSS != 0 {
                let message = format!("{}: thread-local variables are not supported", global.symbol.name);
                return Err(Error { pos: global.pos, message });
            }
            let has = |flag: i64| global.flags & flag != 0;
            let size = global.size as u64;
            out.push(Variable {
                symbol,
                pos: global.pos,
                read_only: has(flags::RODATA),
                has_pointers: !has(flags::NOPTR),
                duplicates: has(flags::DUPOK),
                // The largest power of two that divides objects of this size without waste.
                align: 1 << size.clamp(1, 32).ilog2(),
                size,
                bytes: Vec::new(),
                references: Vec::new(),
            });
        }
        for data in &parsed.data {
            let symbol = self.symbol(&data.symbol);
            let Some(&index) = by_symbol.get(&symbol) else {
                let message = format!("DATA for {}, which no GLOBL defines", data.symbol.name);
                return Err(Error { pos: data.pos, message });
            };
            let variable = &mut out[index];
            let (start, end) = (data.offset as usize, data.offset as usize + data.size);
            if end as u64 > variable.size {
                let message = format!("DATA for {} beyond its size {}", data.symbol.name, variable.size);
                return Err(Error { pos: data.pos, message });
            }
            variable.bytes.resize(end.max(variable.bytes.len()), 0);
            match &data.value {
                Operand::Imm(value) => {
                    variable.bytes[start..end].copy_from_slice(&value.to_le_bytes()[..data.size])
                }
                Operand::Float(value) if data.size == 4 => {
                    variable.bytes[start..end].copy_from_slice(&(*value as f32).to_le_bytes());
                }
                Operand::Float(value) => variable.bytes[start..end].copy_from_slice(&value.to_le_bytes()),
                Operand::Str(text) => variable.bytes[start..start + text.len()].copy_from_slice(text),
                Operand::Addr(mem) => match &mem.anchor {
                    Anchor::Symbol(target) => variable.references.push(Reference {
                        offset: start as u32,
                        kind: FixupKind::Abs64,
                        symbol: self.symbol(target),
                        addend: mem.offset,
                    }),
                    _ => {
                        let message = "DATA value must be an immediate constant or address".to_owned();
                        return Err(Error { pos: data.pos, message });
                    }
                },
                _ => {}
            }
        }
        Ok(out)
    }
}
