//! One instruction → machine code.
//!
//! Operands are resolved: no pseudo-registers are left. Of all codes that the operands suit the shortest is taken, legacy and VEX before EVEX.

use iced_x86::{Code, Encoder, EncodingKind, Instruction, Register as Iced, RoundingControl};

use crate::form::{self, Address};
use crate::mnemonic::{self, Form};
use crate::operand::{Anchor, Mem, Operand, Symbol};
use crate::register::Reg;

/// How the place of a symbol's address is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixupKind {
    /// 4 bytes: symbol + addend - place
    Pc32,
    /// 4 bytes, sign-extended: symbol + addend
    Abs32,
    /// 8 bytes: symbol + addend
    Abs64,
}

/// A reference to a symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fixup {
    pub offset: u32,
    pub kind: FixupKind,
    pub symbol: Symbol,
    pub addend: i64,
}

/// Machine code of one instruction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Encoded {
    pub bytes: Vec<u8>,
    pub fixup: Option<Fixup>,
}

/// Finds forms once for each name.
#[derive(Default)]
pub(crate) struct Forms {
    known: std::collections::HashMap<std::sync::Arc<str>, Option<std::rc::Rc<Form>>>,
}

impl Forms {
    pub fn get(&mut self, name: &std::sync::Arc<str>) -> Option<std::rc::Rc<Form>> {
        let make = || mnemonic::form(name).map(std::rc::Rc::new);
        self.known.entry(std::sync::Arc::clone(name)).or_insert_with(make).clone()
    }
}

/// What suffixes ask for.
#[derive(Clone, Copy, Default)]
struct Suffixes {
    zeroing: bool,
    broadcast: bool,
    sae: bool,
    rounding: RoundingControl,
}

fn suffixes(list: &[std::sync::Arc<str>]) -> Result<Suffixes, String> {
    let mut out = Suffixes::default();
    for (i, suffix) in list.iter().enumerate() {
        match &**suffix {
            "Z" if i + 1 == list.len() => out.zeroing = true,
            "BCST" => out.broadcast = true,
            "SAE" => out.sae = true,
            "RN_SAE" => out.rounding = RoundingControl::RoundToNearest,
            "RD_SAE" => out.rounding = RoundingControl::RoundDown,
            "RU_SAE" => out.rounding = RoundingControl::RoundUp,
            "RZ_SAE" => out.rounding = RoundingControl::RoundTowardZero,
            "Z" => return Err("Z suffix should be the last".to_owned()),
            _ => return Err(format!("unknown suffix {suffix:?}")),
        }
    }
    Ok(out)
}

/// Encodes `name` with operands in Go's order.
pub(crate) fn encode(
    form: &Form,
    name: &str,
    suffix_list: &[std::sync::Arc<str>],
    operands: &[Operand],
) -> Result<Encoded, String> {
    let suffixes = suffixes(suffix_list)?;
    let is_evex = !suffix_list.is_empty();
    let mut loads = false;
    let mut operands = operands.to_vec();
    if form.implied_x0 && operands.len() == 3 && operands.remove(0) != Operand::Reg(Reg::X(0)) {
        return Err("first operand must be X0".to_owned());
    }
    if matches!(name, "CMPPD" | "CMPPS" | "CMPSD" | "CMPSS") {
        // The source comes first, but the predicate last, with or without `$`.
        if let [from, to, predicate] = operands.as_slice() {
            let predicate = match predicate {
                Operand::Mem(Mem { anchor: Anchor::None, offset, base: None, index: None }) => {
                    Operand::Imm(*offset)
                }
                other => other.clone(),
            };
            operands = vec![to.clone(), from.clone(), predicate];
        }
    } else if !form.same_order {
        operands.reverse();
    }
    if form.x87 {
        // One of the operands is the top of the stack, which the encoding implies.
        let is_move = name.starts_with("FMOV");
        let has_memory = operands.iter().any(|operand| matches!(operand, Operand::Mem(_)));
        let top = operands.iter().rposition(|operand| *operand == Operand::Reg(Reg::F(0)));
        if let (true, 2, Some(top)) = (is_move || has_memory, operands.len(), top) {
            operands.remove(top);
            loads = top == 0;
        }
    }
    if name.starts_with("IMUL") && operands.len() == 2 && matches!(operands[1], Operand::Imm(_)) {
        // imul r, imm is imul r, r, imm.
        operands.insert(1, operands[0].clone());
    }
    let place = operands.iter().find_map(|operand| match operand {
        Operand::Mem(mem) => Some(mem),
        _ => None,
    });
    let wraps = matches!(name, "LEAL" | "LEAW");
    let target = place.map(|mem| address(mem, wraps)).transpose()?;
    let mut best: Option<(usize, bool, Vec<u8>, Option<usize>)> = None;
    let mut encoder = Encoder::new(64);
    for &code in &form.codes {
        let evex = code.op_code().encoding() == EncodingKind::EVEX;
        if is_evex && !evex || form.x87 && name.starts_with("FMOV") && loads != mnemonic::x87_loads(code) {
            continue;
        }
        let Some(mut instruction) = form::instruction(code, &operands, target.map(|t| t.0)) else { continue };
        if is_evex && !apply(&mut instruction, code, suffixes) {
            continue;
        }
        // A reference to a symbol is relative to the end of the instruction, which iced knows.
        let Ok(length) = encoder.encode(&instruction, 0) else {
            drop(encoder.take_buffer());
            continue;
        };
        let offsets = encoder.get_constant_offsets();
        let bytes = encoder.take_buffer();
        let displacement = offsets.has_displacement().then(|| offsets.displacement_offset());
        let both_registers = form.stores && place.is_none();
        let better = best.as_ref().is_none_or(|(shortest, was_evex, ..)| {
            (evex, length) < (*was_evex, *shortest) || both_registers && evex == *was_evex && is_store(code)
        });
        if better {
            best = Some((length, evex, bytes, displacement));
        }
    }
    let Some((length, _, mut bytes, displacement)) = best else {
        return Err("invalid instruction".to_owned());
    };
    let mut fixup = None;
    if let (Some(mem), Some((_, kind))) = (place, target)
        && let Some(kind) = kind
        && let Anchor::Symbol(symbol) = &mem.anchor
    {
        let at = displacement.ok_or("address without displacement")?;
        let rest = (length - at) as i64;
        bytes[at..at + 4].fill(0);
        let addend = if kind == FixupKind::Pc32 { mem.offset - rest } else { mem.offset };
        fixup = Some(Fixup { offset: at as u32, kind, symbol: symbol.clone(), addend });
    }
    Ok(Encoded { bytes, fixup })
}

/// Whether the first operand is encoded in the field that may be memory.
fn is_store(code: Code) -> bool {
    use iced_x86::OpCodeOperandKind as Kind;
    let kind = code.op_code().op0_kind();
    form::vector_bits(kind).is_some() || kind == Kind::xmm_rm
}

fn apply(instruction: &mut Instruction, code: Code, suffixes: Suffixes) -> bool {
    let info = code.op_code();
    let allowed = (!suffixes.zeroing || info.can_use_zeroing_masking())
        && (!suffixes.broadcast || info.can_broadcast())
        && (!suffixes.sae || info.can_suppress_all_exceptions())
        && (suffixes.rounding == RoundingControl::None || info.can_use_rounding_control());
    instruction.set_zeroing_masking(suffixes.zeroing);
    instruction.set_is_broadcast(suffixes.broadcast);
    instruction.set_suppress_all_exceptions(suffixes.sae);
    instruction.set_rounding_control(suffixes.rounding);
    allowed
}

/// The address as iced wants it, and how it refers to a symbol. With `wraps` only the low half of the address counts.
fn address(mem: &Mem, wraps: bool) -> Result<(Address, Option<FixupKind>), String> {
    let mut out = Address {
        base: Iced::None,
        index: Iced::None,
        scale: 1,
        displacement: mem.offset,
        displacement_size: 1,
        segment: Iced::None,
    };
    let (mut base, mut index) = (mem.base, mem.index);
    let segment = |number: u8| Iced::ES + u32::from(number);
    if matches!((base, index), (Some(_), Some((Reg::Tls, _)))) || base == Some(Reg::Tls) {
        // The thread register holds the M; what Go's assembler calls TLS is the slot with the current goroutine.
        (base, index) = (None, None);
        out.segment = Iced::FS;
        out.displacement += rgo_abi_curg();
    }
    if let Some(Reg::Seg(number)) = base {
        base = None;
        out.segment = segment(number);
    }
    if let Some((Reg::Seg(number), _)) = index {
        index = None;
        out.segment = segment(number);
    }
    if let Some(reg) = base {
        out.base = reg.sized(64).ok_or("invalid base register")?;
    }
    if let Some((reg, scale)) = index {
        out.index = reg.address().filter(|&reg| reg != Iced::RSP).ok_or("invalid index register")?;
        out.scale = u32::from(scale);
    }
    if wraps && u32::try_from(out.displacement).is_ok() {
        out.displacement = i64::from(out.displacement as u32 as i32);
    }
    if i32::try_from(out.displacement).is_err() {
        return Err(format!("offset too large: {}", out.displacement));
    }
    let is_symbol = matches!(mem.anchor, Anchor::Symbol(_));
    if is_symbol && out.base == Iced::None && out.index == Iced::None {
        out.base = Iced::RIP;
        out.displacement = 0;
        return Ok((out, Some(FixupKind::Pc32)));
    }
    if is_symbol {
        out.displacement = 0;
        out.displacement_size = if out.base == Iced::None { 8 } else { 4 };
        return Ok((out, Some(FixupKind::Abs32)));
    }
    if out.base == Iced::None {
        out.displacement_size = 8;
    } else if out.displacement == 0 {
        out.displacement_size = 0;
    }
    Ok((out, None))
}

fn rgo_abi_curg() -> i64 {
    rgo_abi::m::CURG as i64
}
