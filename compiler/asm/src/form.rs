//! Operands against the operand kinds of the processor's instructions.

use iced_x86::{Code, Instruction, OpCodeOperandKind as Kind, OpKind, Register as Iced};

use crate::operand::Operand;
use crate::register::Reg;

/// Bits of a general register operand, other than the fixed ones.
pub(crate) fn gp_bits(kind: Kind) -> Option<u32> {
    use Kind::*;
    Some(match kind {
        r8_or_mem | r8_reg | r8_opcode | al => 8,
        r16_or_mem | r16_reg | r16_reg_mem | r16_rm | r16_opcode | ax => 16,
        r32_or_mem | r32_or_mem_mpx | r32_reg | r32_reg_mem | r32_rm | r32_opcode | r32_vvvv | eax => 32,
        r64_or_mem | r64_or_mem_mpx | r64_reg | r64_reg_mem | r64_rm | r64_opcode | r64_vvvv | rax => 64,
        _ => return Option::None,
    })
}

/// Bits of a vector operand that may be in memory.
pub(crate) fn vector_bits(kind: Kind) -> Option<u32> {
    Some(match kind {
        Kind::xmm_or_mem => 128,
        Kind::ymm_or_mem => 256,
        Kind::zmm_or_mem => 512,
        _ => return Option::None,
    })
}

/// Whether an operand of this kind can be in memory.
fn may_be_memory(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        mem | r8_or_mem
            | r16_or_mem
            | r32_or_mem
            | r64_or_mem
            | mm_or_mem
            | xmm_or_mem
            | ymm_or_mem
            | zmm_or_mem
            | k_or_mem
    )
}

/// The vector registers that scale into an address of this kind.
fn vsib(kind: Kind) -> Option<fn(Reg) -> bool> {
    use Kind::*;
    Some(match kind {
        mem_vsib32x | mem_vsib64x => |reg| matches!(reg, Reg::X(_)),
        mem_vsib32y | mem_vsib64y => |reg| matches!(reg, Reg::Y(_)),
        mem_vsib32z | mem_vsib64z => |reg| matches!(reg, Reg::Z(_)),
        _ => return Option::None,
    })
}

/// The register that `reg` is as an operand of `kind`.
fn register(kind: Kind, reg: Reg) -> Option<Iced> {
    use Kind::*;
    let number = |n: u8, base: Iced| base + u32::from(n);
    match kind {
        al => matches!(reg, Reg::Byte(0)).then_some(Iced::AL),
        cl => matches!(reg, Reg::Gp(1) | Reg::Byte(1)).then_some(Iced::CL),
        ax => reg.sized(16).filter(|&r| r == Iced::AX),
        eax => reg.sized(32).filter(|&r| r == Iced::EAX),
        rax => reg.sized(64).filter(|&r| r == Iced::RAX),
        dx => matches!(reg, Reg::Gp(2)).then_some(Iced::DX),
        st0 => matches!(reg, Reg::F(0)).then_some(Iced::ST0),
        sti_opcode => matches!(reg, Reg::F(_)).then(|| match reg {
            Reg::F(n) => number(n, Iced::ST0),
            _ => Iced::ST0,
        }),
        es => matches!(reg, Reg::Seg(0)).then_some(Iced::ES),
        cs => matches!(reg, Reg::Seg(1)).then_some(Iced::CS),
        ss => matches!(reg, Reg::Seg(2)).then_some(Iced::SS),
        ds => matches!(reg, Reg::Seg(3)).then_some(Iced::DS),
        fs => matches!(reg, Reg::Seg(4)).then_some(Iced::FS),
        gs => matches!(reg, Reg::Seg(5)).then_some(Iced::GS),
        _ => match (kind, reg) {
            (_, Reg::Gp(_) | Reg::Byte(_) | Reg::High(_)) => reg.sized(gp_bits(kind)?),
            (xmm_reg | xmm_rm | xmm_vvvv | xmm_is4 | xmm_or_mem, Reg::X(n)) => Some(number(n, Iced::XMM0)),
            (ymm_reg | ymm_rm | ymm_vvvv | ymm_is4 | ymm_or_mem, Reg::Y(n)) => Some(number(n, Iced::YMM0)),
            (zmm_reg | zmm_rm | zmm_vvvv | zmm_or_mem, Reg::Z(n)) => Some(number(n, Iced::ZMM0)),
            (mm_reg | mm_rm | mm_or_mem, Reg::M(n)) => Some(number(n, Iced::MM0)),
            (k_reg | kp1_reg | k_rm | k_vvvv | k_or_mem, Reg::K(n)) => Some(number(n, Iced::K0)),
            (seg_reg, Reg::Seg(n)) => Some(number(n, Iced::ES)),
            (cr_reg, Reg::Cr(n)) => Some(number(n, Iced::CR0)),
            (dr_reg, Reg::Dr(n)) => Some(number(n, Iced::DR0)),
            _ => Option::None,
        },
    }
}

/// How an immediate of `kind` is set; `None` when the value does not fit.
fn immediate(kind: Kind, value: i64, instruction: &mut Instruction, index: u32) -> Option<()> {
    let fits = |low: i64, high: i64| (low..=high).contains(&value).then_some(());
    let byte = || fits(-128, 127);
    // An operand of 16 or 32 bits may be written with or without its sign.
    let wrapped = |bits: u32| {
        fits(-(1 << (bits - 1)), (1 << bits) - 1)?;
        let value = value << (64 - bits) >> (64 - bits);
        (-128..=127).contains(&value).then_some(value)
    };
    let kind = match kind {
        Kind::imm8_const_1 => {
            (value == 1).then_some(())?;
            instruction.set_immediate8(1);
            OpKind::Immediate8
        }
        Kind::imm8 | Kind::imm4_m2z => {
            fits(-128, 255)?;
            // The second immediate of an instruction lives elsewhere.
            if (0..index).any(|i| {
                instruction.op_kind(i) != OpKind::Register && instruction.op_kind(i) != OpKind::Memory
            }) {
                instruction.set_immediate8_2nd(value as u8);
                OpKind::Immediate8_2nd
            } else {
                instruction.set_immediate8(value as u8);
                OpKind::Immediate8
            }
        }
        Kind::imm8sex16 => {
            instruction.set_immediate8to16(wrapped(16)? as i16);
            OpKind::Immediate8to16
        }
        Kind::imm8sex32 => {
            instruction.set_immediate8to32(wrapped(32)? as i32);
            OpKind::Immediate8to32
        }
        Kind::imm8sex64 => {
            byte()?;
            instruction.set_immediate8to64(value);
            OpKind::Immediate8to64
        }
        Kind::imm16 => {
            fits(-(1 << 15), (1 << 16) - 1)?;
            instruction.set_immediate16(value as u16);
            OpKind::Immediate16
        }
        Kind::imm32 => {
            fits(-(1 << 31), (1 << 32) - 1)?;
            instruction.set_immediate32(value as u32);
            OpKind::Immediate32
        }
        Kind::imm32sex64 => {
            let pushes = instruction.code() == Code::Pushq_imm32;
            fits(-(1 << 31), if pushes { (1 << 32) - 1 } else { (1 << 31) - 1 })?;
            instruction.set_immediate32to64(i64::from(value as i32));
            OpKind::Immediate32to64
        }
        Kind::imm64 => {
            instruction.set_immediate64(value as u64);
            OpKind::Immediate64
        }
        _ => return None,
    };
    instruction.set_op_kind(index, kind);
    Some(())
}

/// Operands that the encoding implies and Go does not write.
fn implied(kind: Kind) -> Option<OpKind> {
    Some(match kind {
        Kind::seg_rDI => OpKind::MemorySegRDI,
        Kind::seg_rBX_al => OpKind::Memory,
        _ => return None,
    })
}

/// An address, made ready by the caller: what iced is told of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    pub base: Iced,
    pub index: Iced,
    pub scale: u32,
    pub displacement: i64,
    pub displacement_size: u32,
    pub segment: Iced,
}

/// `code` with these operands (in the vendor's order), if they suit it.
pub(crate) fn instruction(code: Code, operands: &[Operand], address: Option<Address>) -> Option<Instruction> {
    let info = code.op_code();
    let mut instruction = Instruction::new();
    instruction.set_code(code);
    let mut rest = operands.iter();
    let mut mask_taken = false;
    for (i, &kind) in info.op_kinds().iter().enumerate() {
        let index = i as u32;
        if let Some(kind) = implied(kind) {
            instruction.set_op_kind(index, kind);
            continue;
        }
        match rest.next()? {
            Operand::Reg(reg) => {
                let register = register(kind, *reg)?;
                instruction.set_op_kind(index, OpKind::Register);
                instruction.set_op_register(index, register);
            }
            Operand::List(reg) => {
                let register = match (kind, reg) {
                    (Kind::xmmp3_vvvv, Reg::X(n)) => Iced::XMM0 + u32::from(*n),
                    (Kind::zmmp3_vvvv, Reg::Z(n)) => Iced::ZMM0 + u32::from(*n),
                    _ => return None,
                };
                instruction.set_op_kind(index, OpKind::Register);
                instruction.set_op_register(index, register);
            }
            Operand::Mem(mem) => {
                let address = address?;
                match vsib(kind) {
                    Some(is_index) => {
                        let (reg, _) = mem.index?;
                        is_index(reg).then_some(())?;
                    }
                    None if may_be_memory(kind) && !mem.index.is_some_and(|(reg, _)| is_vector(reg)) => {}
                    None => return None,
                }
                instruction.set_op_kind(index, OpKind::Memory);
                instruction.set_memory_base(address.base);
                instruction.set_memory_index(address.index);
                instruction.set_memory_index_scale(address.scale);
                instruction.set_memory_displacement64(address.displacement as u64);
                instruction.set_memory_displ_size(address.displacement_size);
                instruction.set_segment_prefix(address.segment);
            }
            Operand::Imm(value) => immediate(kind, *value, &mut instruction, index)?,
            _ => return None,
        }
        // The opmask comes right after the destination.
        if i == 0
            && operands.len() == info.op_kinds().len() + 1
            && info.can_use_op_mask_register()
            && let Some(Operand::Reg(Reg::K(n))) = operands.get(1)
        {
            rest.next();
            instruction.set_op_mask(Iced::K0 + u32::from(*n));
            mask_taken = true;
        }
    }
    let is_complete = rest.next().is_none() && (mask_taken || !info.require_op_mask_register());
    is_complete.then_some(instruction)
}

fn is_vector(reg: Reg) -> bool {
    matches!(reg, Reg::X(_) | Reg::Y(_) | Reg::Z(_))
}
