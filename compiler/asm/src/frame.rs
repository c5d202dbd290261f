//! Functions: frames, jumps, and the machine code as a whole.
//!
//! What the assembler adds to the source, as gc's does: with a frame, or a call in it, a function saves and sets the frame pointer and
//! allocates its locals; every RET undoes that. Names with `(FP)` and `(SP)` are resolved with what PUSH and POP have moved so far. Jumps are short
//! where they reach.
//!
//! Not added: a check for room on the stack. The stub by which Go calls assembly makes sure of it (see `depth`).

use std::sync::Arc;

use rgo_source::Pos;

use crate::Error;
use crate::encode::{Encoded, Fixup, FixupKind, Forms, encode};
use crate::mnemonic;
use crate::operand::{Anchor, Mem, Operand, Symbol};
use crate::parse::{FuncBody, Inst, flags};
use crate::register::{self, Reg};
use crate::show;

/// A function's machine code and what unwinding needs.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub bytes: Vec<u8>,
    pub align: u32,
    pub fixups: Vec<Fixup>,
    /// From which offset on which line.
    pub lines: Vec<(u32, Pos)>,
    /// From which offset on how many bytes lie between the stack pointer and the return address.
    pub depths: Vec<(u32, u32)>,
    /// Most bytes that the function itself has below its return address.
    pub max_depth: u32,
    /// Symbols called or jumped to, and the depth there; `None`: through a register or memory.
    pub calls: Vec<(Option<Symbol>, u32)>,
    /// Changes the stack pointer in other ways than PUSH and POP.
    pub writes_sp: bool,
    /// So small that gc leaves out the check of the stack by itself.
    pub is_small_leaf: bool,
}

/// Frames below this size need no check of their own in gc.
const STACK_SMALL: i64 = 128;

/// Most jumps followed to find where one leads: they may go round in a circle.
const MAX_THREADED: usize = 100;

/// A float constant that instructions load: its symbol and bytes.
pub(crate) type Constants = std::collections::BTreeMap<Arc<str>, Vec<u8>>;

enum Piece {
    Code(Encoded),
    /// Jump to the piece of instruction `.target`: bytes of the short and the long form, without displacement. An empty one
    /// does not exist.
    Jump {
        short: Vec<u8>,
        long: Vec<u8>,
        target: usize,
        is_long: bool,
    },
    Align(u32),
}

struct Builder<'a> {
    func: &'a FuncBody,
    forms: &'a mut Forms,
    constants: &'a mut Constants,
    pieces: Vec<(Piece, Pos, i64)>,
    /// Instruction → its first piece.
    starts: Vec<usize>,
    /// Bytes between the stack pointer and the return address.
    depth: i64,
    locals: i64,
    saves_bp: bool,
    out: Assembled,
}

/// Assembles one function.
pub(crate) fn assemble(
    func: &FuncBody,
    forms: &mut Forms,
    constants: &mut Constants,
) -> Result<Assembled, Vec<Error>> {
    let has_call = func.insts.iter().any(|inst| &*inst.name == "CALL");
    let locals = func.frame.max(0);
    let saves_bp = func.flags & flags::NOFRAME == 0 && (locals != 0 || has_call);
    let out = Assembled {
        bytes: Vec::new(),
        align: 32,
        fixups: Vec::new(),
        lines: Vec::new(),
        depths: Vec::new(),
        max_depth: 0,
        calls: Vec::new(),
        writes_sp: false,
        is_small_leaf: !has_call && locals + if saves_bp { 8 } else { 0 } < STACK_SMALL,
    };
    let mut b = Builder {
        func,
        forms,
        constants,
        pieces: Vec::new(),
        starts: Vec::new(),
        depth: 0,
        locals,
        saves_bp,
        out,
    };
    let mut errors = Vec::new();
    if (locals + if saves_bp { 8 } else { 0 }) % 8 != 0 {
        let message = format!("unaligned stack size {}", locals + 8);
        return Err(vec![Error { pos: func.pos, message }]);
    }
    b.prologue();
    for (index, inst) in func.insts.iter().enumerate() {
        b.starts.push(b.pieces.len());
        if let Err(message) = b.instruction(index, inst) {
            errors.push(Error { pos: inst.pos, message });
        }
    }
    b.starts.push(b.pieces.len());
    if !errors.is_empty() {
        return Err(errors);
    }
    b.finish()
}

impl Builder<'_> {
    fn push(&mut self, piece: Piece, pos: Pos) {
        self.pieces.push((piece, pos, self.depth));
    }

    fn bytes(&mut self, bytes: &[u8], pos: Pos) {
        self.push(Piece::Code(Encoded { bytes: bytes.to_vec(), fixup: None }), pos);
    }

    fn moved(&mut self, bytes: i64) {
        self.depth += bytes;
        self.out.max_depth = self.out.max_depth.max(self.depth.max(0) as u32);
    }

    /// Bytes of the frame below the return address, between prologue and epilogue.
    fn frame(&self) -> i64 {
        self.locals + if self.saves_bp { 8 } else { 0 }
    }

    fn prologue(&mut self) {
        let pos = self.func.pos;
        if self.saves_bp {
            self.bytes(&[0x55], pos);
            self.moved(8);
            self.bytes(&[0x48, 0x89, 0xe5], pos);
        }
        if self.locals != 0 {
            self.bytes(&adjust_sp(self.locals), pos);
            self.moved(self.locals);
        }
    }

    /// `RET`, or `RET sym(SB)`: a jump out of the function.
    fn ret(&mut self, inst: &Inst) -> Result<(), String> {
        let pos = inst.pos;
        if self.depth != self.frame() {
            return Err(format!("{}: unbalanced PUSH/POP", self.func.symbol.name));
        }
        if self.locals != 0 {
            self.bytes(&adjust_sp(-self.locals), pos);
            self.moved(-self.locals);
        }
        if self.saves_bp {
            self.bytes(&[0x5d], pos);
            self.moved(-8);
        }
        match inst.operands.as_slice() {
            [] => self.bytes(&[0xc3], pos),
            [target] => self.transfer(&[0xe9], 4, target, pos)?,
            _ => return Err("wrong number of arguments to RET instruction".to_owned()),
        }
        // What follows is reached by jumps from before.
        self.depth = self.frame();
        Ok(())
    }

    /// A call of or a jump to something outside: `direct` is its opcode, `group` the opcode extension of the indirect form.
    fn transfer(&mut self, direct: &[u8], group: u8, target: &Operand, pos: Pos) -> Result<(), String> {
        let pushed = if group == 2 { 8 } else { 0 };
        let depth = (self.depth + pushed).max(0) as u32;
        self.out.max_depth = self.out.max_depth.max(depth);
        let indirect = match group {
            2 => iced_x86::Code::Call_rm64,
            _ => iced_x86::Code::Jmp_rm64,
        };
        match target {
            Operand::Mem(Mem { anchor: Anchor::Symbol(symbol), offset, base: None, index: None }) => {
                let at = direct.len() as u32;
                let bytes = [direct, &[0; 4]].concat();
                let fixup =
                    Fixup { offset: at, kind: FixupKind::Pc32, symbol: symbol.clone(), addend: offset - 4 };
                self.out.calls.push((Some(symbol.clone()), depth));
                self.push(Piece::Code(Encoded { bytes, fixup: Some(fixup) }), pos);
                Ok(())
            }
            Operand::Reg(_) | Operand::Mem(_) | Operand::Indirect(_) if direct.len() == 1 => {
                let target = match target {
                    Operand::Indirect(mem) => Operand::Mem(mem.clone()),
                    other => other.clone(),
                };
                let form = mnemonic::Form::of(indirect);
                let encoded = encode(&form, "CALL", &[], &[self.resolve(target)])?;
                self.out.calls.push((None, depth));
                self.push(Piece::Code(encoded), pos);
                Ok(())
            }
            _ => Err("invalid jump target".to_owned()),
        }
    }

    fn jump(&mut self, index: usize, inst: &Inst) -> Result<(), String> {
        let name = &*inst.name;
        let [target] = inst.operands.as_slice() else {
            return Err(format!("wrong number of arguments to {name} instruction"));
        };
        let (short, long): (&[u8], &[u8]) = match name {
            "JMP" => (&[0xeb], &[0xe9]),
            "CALL" => (&[], &[0xe8]),
            "LOOP" => (&[0xe2], &[]),
            "LOOPEQ" => (&[0xe1], &[]),
            "LOOPNE" => (&[0xe0], &[]),
            "JCXZQ" => (&[0xe3], &[]),
            "JCXZL" => (&[0x67, 0xe3], &[]),
            "XBEGIN" => (&[], &[0xc7, 0xf8]),
            _ => {
                let Some(condition) = mnemonic::jump_condition(name) else {
                    return Err(format!("unrecognized instruction {name:?}"));
                };
                (&[0x70 | condition], &[0x0f, 0x80 | condition])
            }
        };
        let place = match target {
            Operand::Label(label, 0) => match self.func.labels.get(label) {
                Some(&place) => place as i64,
                None => return Err(format!("undefined label {label}")),
            },
            Operand::Pc(offset) => index as i64 + offset,
            _ if long.is_empty() => return Err("invalid jump target".to_owned()),
            other => return self.transfer(long, if name == "CALL" { 2 } else { 4 }, other, inst.pos),
        };
        let count = self.func.insts.len() as i64;
        if !(0..=count).contains(&place) {
            return Err("branch out of range".to_owned());
        }
        let place = self.threaded(place);
        let jump = Piece::Jump {
            short: short.to_vec(),
            long: long.to_vec(),
            target: place as usize,
            is_long: short.is_empty(),
        };
        if name == "CALL" {
            let depth = (self.depth + 8).max(0) as u32;
            self.out.max_depth = self.out.max_depth.max(depth);
        }
        self.push(jump, inst.pos);
        Ok(())
    }

    /// Where a jump to instruction `place` ends up, if that is a jump itself.
    fn threaded(&self, mut place: i64) -> i64 {
        for _ in 0..MAX_THREADED {
            let next = match self.func.insts.get(place as usize) {
                Some(inst) if &*inst.name == "JMP" => match inst.operands.as_slice() {
                    [Operand::Label(label, 0)] => self.func.labels.get(label).map(|&next| next as i64),
                    [Operand::Pc(offset)] => Some(place + offset),
                    _ => None,
                },
                _ => None,
            };
            match next {
                Some(next) if (0..self.func.insts.len() as i64).contains(&next) => place = next,
                _ => break,
            }
        }
        place
    }

    /// Pseudo-registers in terms of the stack pointer.
    fn resolve(&self, operand: Operand) -> Operand {
        let resolve = |mut mem: Mem| {
            let offset = match mem.anchor {
                Anchor::Param => self.depth + 8,
                Anchor::Local => self.depth - if self.saves_bp { 8 } else { 0 },
                Anchor::None | Anchor::Symbol(_) => return mem,
            };
            mem.anchor = Anchor::None;
            mem.offset += offset;
            // `x+0(FP)(AX*8)`; a base of its own makes no sense.
            mem.base = mem.base.or(Some(register::SP));
            mem
        };
        match operand {
            Operand::Mem(mem) => Operand::Mem(resolve(mem)),
            Operand::Addr(mem) => Operand::Addr(resolve(mem)),
            other => other,
        }
    }

    fn instruction(&mut self, index: usize, inst: &Inst) -> Result<(), String> {
        let name = &*inst.name;
        let literal = |size: usize| match inst.operands.as_slice() {
            [Operand::Imm(value)] => Ok(value.to_le_bytes()[..size].to_vec()),
            _ => Err(format!("{name}: expected one immediate constant")),
        };
        match name {
            "FUNCDATA" | "PCDATA" => return Ok(()),
            "PCALIGN" => {
                let [Operand::Imm(align)] = inst.operands.as_slice() else {
                    return Err("expect one operand for PCALIGN".to_owned());
                };
                let Some(align) =
                    u32::try_from(*align).ok().filter(|a| a.is_power_of_two() && (8..=2048).contains(a))
                else {
                    return Err(format!(
                        "alignment value of an instruction must be a power of two and in the range [8, 2048], got {align}"
                    ));
                };
                self.out.align = self.out.align.max(align);
                self.push(Piece::Align(align), inst.pos);
                return Ok(());
            }
            "BYTE" | "WORD" | "LONG" | "QUAD" => {
                let size = match name {
                    "BYTE" => 1,
                    "WORD" => 2,
                    "LONG" => 4,
                    _ => 8,
                };
                self.bytes(&literal(size)?, inst.pos);
                return Ok(());
            }
            "ADJSP" => {
                let [Operand::Imm(n)] = inst.operands.as_slice() else {
                    return Err("ADJSP: expected one immediate constant".to_owned());
                };
                self.bytes(&adjust_sp(*n), inst.pos);
                self.moved(*n);
                return Ok(());
            }
            "RET" => return self.ret(inst),
            _ if mnemonic::takes_label(name) => return self.jump(index, inst),
            _ => {}
        }
        if inst.operands.is_empty()
            && let Some(bytes) = mnemonic::plain(name)
        {
            self.bytes(bytes, inst.pos);
            return Ok(());
        }
        self.general(inst)
    }

    fn general(&mut self, inst: &Inst) -> Result<(), String> {
        let mut name = Arc::clone(&inst.name);
        let operands: Vec<Operand> = inst.operands.iter().map(|o| self.resolve(o.clone())).collect();
        let mut operands = self.rewrite(&mut name, operands)?;
        if &*name == "NOP" {
            return Ok(());
        }
        let Some(form) = self.forms.get(&name) else {
            return Err(format!("unrecognized instruction {:?}", inst.name));
        };
        for operand in &mut operands {
            if let Operand::Float(value) = *operand {
                let Some(constant) = self.constant(&name, value) else {
                    return Err(format!("invalid instruction: {}", show::shown(inst)));
                };
                *operand = constant;
            }
        }
        let encoded =
            encode(&form, &name, &inst.suffixes, &operands).map_err(|message| match message.as_str() {
                "invalid instruction" => format!("invalid instruction: {}", show::shown(inst)),
                _ => message,
            })?;
        self.push(Piece::Code(encoded), inst.pos);
        let moves = match &*inst.name {
            "PUSHQ" | "PUSHFQ" => 8,
            "POPQ" | "POPFQ" => -8,
            "PUSHW" | "PUSHFW" => 2,
            "POPW" | "POPFW" => -2,
            other => {
                if operands.last() == Some(&Operand::Reg(register::SP))
                    && !matches!(other, "CMPQ" | "CMPL" | "TESTQ")
                {
                    self.out.writes_sp = true;
                }
                0
            }
        };
        self.moved(moves);
        Ok(())
    }

    /// What the assembler writes for what stands there.
    fn rewrite(&self, name: &mut Arc<str>, mut operands: Vec<Operand>) -> Result<Vec<Operand>, String> {
        if matches!(&**name, "MOVQ" | "MOVL") {
            match operands.as_mut_slice() {
                // The thread register needs no loading.
                [Operand::Reg(Reg::Tls), Operand::Reg(Reg::Gp(_))] => {
                    *name = Arc::from("NOP");
                    return Ok(operands);
                }
                [from @ Operand::Addr(_), _] => {
                    let Operand::Addr(mem) = from.clone() else { return Ok(operands) };
                    *from = Operand::Mem(mem);
                    *name = Arc::from(if &**name == "MOVQ" { "LEAQ" } else { "LEAL" });
                }
                // Zero-extended, and shorter.
                [Operand::Imm(value), Operand::Reg(Reg::Gp(_))] if u32::try_from(*value).is_ok() => {
                    *name = Arc::from("MOVL");
                }
                _ => {}
            }
        }
        if let [Operand::Float(value), Operand::Reg(to @ Reg::X(0..16))] = operands.as_slice()
            && value.to_bits() == 0
            && matches!(&**name, "MOVSS" | "MOVSD" | "VMOVSS" | "VMOVSD")
        {
            let to = Operand::Reg(*to);
            *name = Arc::from("XORPS");
            return Ok(vec![to.clone(), to]);
        }
        Ok(operands)
    }

    /// The variable with a float constant that an instruction of scalars loads.
    fn constant(&mut self, name: &str, value: f64) -> Option<Operand> {
        let (symbol, bytes) = if name.ends_with("SS") {
            let value = value as f32;
            (format!("$f32.{:08x}", value.to_bits()), value.to_le_bytes().to_vec())
        } else if name.ends_with("SD") {
            (format!("$f64.{:016x}", value.to_bits()), value.to_le_bytes().to_vec())
        } else {
            return None;
        };
        let symbol: Arc<str> = symbol.into();
        self.constants.insert(Arc::clone(&symbol), bytes);
        let anchor = Anchor::Symbol(Symbol { name: symbol, is_static: false });
        Some(Operand::Mem(Mem { anchor, offset: 0, base: None, index: None }))
    }

    /// Chooses the lengths of jumps and puts everything together.
    fn finish(mut self) -> Result<Assembled, Vec<Error>> {
        let mut offsets = vec![0u32; self.pieces.len() + 1];
        loop {
            let mut at = 0u32;
            for (i, (piece, ..)) in self.pieces.iter().enumerate() {
                offsets[i] = at;
                at += match piece {
                    Piece::Code(encoded) => encoded.bytes.len() as u32,
                    Piece::Jump { long, is_long: true, .. } => long.len() as u32 + 4,
                    Piece::Jump { short, .. } => short.len() as u32 + 1,
                    Piece::Align(align) => at.next_multiple_of(*align) - at,
                };
            }
            offsets[self.pieces.len()] = at;
            let mut grown = false;
            for (i, (piece, pos, _)) in self.pieces.iter_mut().enumerate() {
                let Piece::Jump { long, target, is_long: is_long @ false, .. } = piece else { continue };
                let distance = i64::from(offsets[self.starts[*target]]) - i64::from(offsets[i + 1]);
                if i8::try_from(distance).is_err() {
                    if long.is_empty() {
                        return Err(vec![Error { pos: *pos, message: "loop too far".to_owned() }]);
                    }
                    *is_long = true;
                    grown = true;
                }
            }
            if !grown {
                break;
            }
        }
        let mut out = self.out;
        for (i, (piece, pos, depth)) in self.pieces.into_iter().enumerate() {
            let at = out.bytes.len() as u32;
            debug_assert_eq!(at, offsets[i]);
            if offsets[i + 1] == at {
                continue;
            }
            if out.lines.last().is_none_or(|&(_, last)| last != pos) {
                out.lines.push((at, pos));
            }
            let depth = depth.max(0) as u32;
            if out.depths.last().is_none_or(|&(_, last)| last != depth) {
                out.depths.push((at, depth));
            }
            match piece {
                Piece::Code(encoded) => {
                    out.bytes.extend(encoded.bytes);
                    out.fixups
                        .extend(encoded.fixup.map(|fixup| Fixup { offset: fixup.offset + at, ..fixup }));
                }
                Piece::Jump { short, long, target, is_long } => {
                    let distance = offsets[self.starts[target]].wrapping_sub(offsets[i + 1]);
                    if is_long {
                        out.bytes.extend(long);
                        out.bytes.extend(distance.to_le_bytes());
                    } else {
                        out.bytes.extend(short);
                        out.bytes.push(distance as u8);
                    }
                }
                Piece::Align(_) => nops(&mut out.bytes, offsets[i + 1] - at),
            }
        }
        Ok(out)
    }
}

/// `sub rsp, n`, or `add` for a negative one.
fn adjust_sp(n: i64) -> Vec<u8> {
    let (op, n) = if n < 0 { (0xc4, -n) } else { (0xec, n) };
    match i8::try_from(n) {
        Ok(n) => vec![0x48, 0x83, op, n as u8],
        Err(_) => [&[0x48, 0x81, op][..], &(n as i32).to_le_bytes()].concat(),
    }
}

/// Instructions without effect of one to nine bytes.
const NOPS: [&[u8]; 9] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0x00],
    &[0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

fn nops(out: &mut Vec<u8>, mut count: u32) {
    while count > 0 {
        let n = count.min(NOPS.len() as u32);
        out.extend(NOPS[n as usize - 1]);
        count -= n;
    }
}
