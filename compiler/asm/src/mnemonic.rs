//! Mnemonics of Go assembly in terms of the processor's own.
//!
//! Most names are the vendor's, with the operand size as a last letter where the vendor leaves it to the operands: B, W, L, Q. What differs
//! otherwise is listed here.

use std::collections::HashMap;
use std::sync::OnceLock;

use iced_x86::{Code, EncodingKind, MemorySize, Mnemonic, OpCodeOperandKind};

use crate::form::{gp_bits, vector_bits};

/// What the name says of the operands' sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    Any,
    /// General registers of this many bits, where there are any.
    Gp(u32),
    /// Destination and source.
    Extend(u32, u32),
    /// The last operand.
    Source(u32),
    /// The vector operand that may be in memory.
    Vector(u32),
}

/// Instructions that a name stands for.
#[derive(Debug)]
pub(crate) struct Form {
    /// In order of preference among codes of equal length.
    pub codes: Vec<Code>,
    /// Operands are in the vendor's order (comparisons).
    pub same_order: bool,
    /// `XMM0`, which Go writes and the encoding implies, comes first.
    pub implied_x0: bool,
    /// Between registers, the form that stores is taken.
    pub stores: bool,
    pub x87: bool,
}

impl Form {
    /// One instruction of the processor.
    pub fn of(code: Code) -> Form {
        Form { codes: vec![code], same_order: false, implied_x0: false, stores: false, x87: false }
    }
}

/// Whether operands of the instruction may be labels.
pub(crate) fn takes_label(name: &str) -> bool {
    name.starts_with('J') || name == "CALL" || name.starts_with("LOOP") || name == "XBEGIN"
}

/// Condition codes by their number in the encoding, and the vendor's name.
const CONDITIONS: [(&str, u8, &str); 16] = [
    ("OS", 0, "O"),
    ("OC", 1, "NO"),
    ("CS", 2, "B"),
    ("CC", 3, "AE"),
    ("EQ", 4, "E"),
    ("NE", 5, "NE"),
    ("LS", 6, "BE"),
    ("HI", 7, "A"),
    ("MI", 8, "S"),
    ("PL", 9, "NS"),
    ("PS", 10, "P"),
    ("PC", 11, "NP"),
    ("LT", 12, "L"),
    ("GE", 13, "GE"),
    ("LE", 14, "LE"),
    ("GT", 15, "G"),
];

/// Other names of the conditional jumps.
const JUMPS: [(&str, u8); 28] = [
    ("JA", 7),
    ("JAE", 3),
    ("JB", 2),
    ("JBE", 6),
    ("JC", 2),
    ("JE", 4),
    ("JG", 15),
    ("JHS", 3),
    ("JL", 12),
    ("JLO", 2),
    ("JNA", 6),
    ("JNAE", 2),
    ("JNB", 3),
    ("JNBE", 7),
    ("JNC", 3),
    ("JNG", 14),
    ("JNGE", 12),
    ("JNL", 13),
    ("JNLE", 15),
    ("JNO", 1),
    ("JNP", 11),
    ("JNS", 9),
    ("JNZ", 5),
    ("JO", 0),
    ("JP", 10),
    ("JPE", 10),
    ("JPO", 11),
    ("JS", 8),
];

/// The condition of a jump.
pub(crate) fn jump_condition(name: &str) -> Option<u8> {
    if name == "JZ" {
        return Some(4);
    }
    let plain = name.strip_prefix('J').and_then(|rest| CONDITIONS.iter().find(|(go, ..)| *go == rest));
    plain
        .map(|&(_, code, _)| code)
        .or_else(|| JUMPS.iter().find(|(jump, _)| *jump == name).map(|&(_, code)| code))
}

/// Instructions whose operands the name implies, and prefixes: their bytes.
const PLAIN: &[(&str, &[u8])] = &[
    ("LOCK", &[0xf0]),
    ("REP", &[0xf3]),
    ("REPN", &[0xf2]),
    ("XACQUIRE", &[0xf2]),
    ("XRELEASE", &[0xf3]),
    ("MOVSB", &[0xa4]),
    ("MOVSW", &[0x66, 0xa5]),
    ("MOVSL", &[0xa5]),
    ("MOVSQ", &[0x48, 0xa5]),
    ("CMPSB", &[0xa6]),
    ("CMPSW", &[0x66, 0xa7]),
    ("CMPSL", &[0xa7]),
    ("CMPSQ", &[0x48, 0xa7]),
    ("STOSB", &[0xaa]),
    ("STOSW", &[0x66, 0xab]),
    ("STOSL", &[0xab]),
    ("STOSQ", &[0x48, 0xab]),
    ("LODSB", &[0xac]),
    ("LODSW", &[0x66, 0xad]),
    ("LODSL", &[0xad]),
    ("LODSQ", &[0x48, 0xad]),
    ("SCASB", &[0xae]),
    ("SCASW", &[0x66, 0xaf]),
    ("SCASL", &[0xaf]),
    ("SCASQ", &[0x48, 0xaf]),
    ("INSB", &[0x6c]),
    ("INSW", &[0x66, 0x6d]),
    ("INSL", &[0x6d]),
    ("OUTSB", &[0x6e]),
    ("OUTSW", &[0x66, 0x6f]),
    ("OUTSL", &[0x6f]),
    ("INB", &[0xec]),
    ("INW", &[0x66, 0xed]),
    ("INL", &[0xed]),
    ("OUTB", &[0xee]),
    ("OUTW", &[0x66, 0xef]),
    ("OUTL", &[0xef]),
    ("XLAT", &[0xd7]),
    ("WAIT", &[0x9b]),
    ("PUSHFW", &[0x66, 0x9c]),
    ("POPFW", &[0x66, 0x9d]),
    ("IRETL", &[0xcf]),
    ("IRETQ", &[0x48, 0xcf]),
    ("IRETW", &[0x66, 0xcf]),
    ("RETFL", &[0xcb]),
    ("RETFQ", &[0x48, 0xcb]),
    ("RETFW", &[0x66, 0xcb]),
    ("SYSRET", &[0x0f, 0x07]),
    ("SYSENTER64", &[0x48, 0x0f, 0x34]),
    ("SYSEXIT", &[0x0f, 0x35]),
    ("SYSEXIT64", &[0x48, 0x0f, 0x35]),
    ("LEAVEW", &[0x66, 0xc9]),
    ("LEAVEQ", &[0xc9]),
    ("FINIT", &[0xdb, 0xe3]),
    ("FCLEX", &[0xdb, 0xe2]),
    ("ICEBP", &[0xf1]),
    ("UNDEF", &[0x0f, 0x0b]),
    ("UD1", &[0x0f, 0xb9]),
    ("NOP", &[]),
];

/// The bytes of an instruction without operands that the tables of the processor describe otherwise.
pub(crate) fn plain(name: &str) -> Option<&'static [u8]> {
    PLAIN.iter().find(|(known, _)| *known == name).map(|&(_, bytes)| bytes)
}

/// Names that follow no rule: the vendor's names and what the name says of sizes.
const NAMES: &[(&str, &[&str], Width)] = &[
    ("MOVB", &["MOV"], Width::Gp(8)),
    ("MOVW", &["MOV"], Width::Gp(16)),
    ("MOVL", &["MOV", "MOVD"], Width::Gp(32)),
    ("MOVQ", &["MOV", "MOVQ", "MOVDQ2Q"], Width::Gp(64)),
    ("MOVD", &["MOV", "MOVQ", "MOVDQ2Q"], Width::Gp(64)),
    ("MOVDQ2Q", &["MOV", "MOVQ", "MOVDQ2Q"], Width::Gp(64)),
    ("MOVQL", &["MOV"], Width::Gp(32)),
    ("MOVLQZX", &["MOV"], Width::Gp(32)),
    ("MOVBWZX", &["MOVZX"], Width::Extend(16, 8)),
    ("MOVBLZX", &["MOVZX"], Width::Extend(32, 8)),
    ("MOVBQZX", &["MOVZX"], Width::Extend(64, 8)),
    ("MOVWLZX", &["MOVZX"], Width::Extend(32, 16)),
    ("MOVWQZX", &["MOVZX"], Width::Extend(64, 16)),
    ("MOVZWW", &["MOVZX"], Width::Extend(16, 16)),
    ("MOVBWSX", &["MOVSX"], Width::Extend(16, 8)),
    ("MOVBLSX", &["MOVSX"], Width::Extend(32, 8)),
    ("MOVBQSX", &["MOVSX"], Width::Extend(64, 8)),
    ("MOVWLSX", &["MOVSX"], Width::Extend(32, 16)),
    ("MOVWQSX", &["MOVSX"], Width::Extend(64, 16)),
    ("MOVSWW", &["MOVSX"], Width::Extend(16, 16)),
    ("MOVLQSX", &["MOVSXD"], Width::Extend(64, 32)),
    ("MOVO", &["MOVDQA"], Width::Any),
    ("MOVOA", &["MOVDQA"], Width::Any),
    ("MOVOU", &["MOVDQU"], Width::Any),
    ("MOVNTO", &["MOVNTDQ"], Width::Any),
    ("MOVNTDQ", &["MOVNTDQ"], Width::Any),
    ("MOVQOZX", &["MOVQ2DQ"], Width::Any),
    ("MASKMOVOU", &["MASKMOVDQU"], Width::Any),
    ("MASKMOVDQU", &["MASKMOVDQU"], Width::Any),
    ("MOVBELL", &["MOVBE"], Width::Gp(32)),
    ("MOVBEQQ", &["MOVBE"], Width::Gp(64)),
    ("MOVBEWW", &["MOVBE"], Width::Gp(16)),
    ("PADDL", &["PADDD"], Width::Any),
    ("PSUBL", &["PSUBD"], Width::Any),
    ("PCMPEQL", &["PCMPEQD"], Width::Any),
    ("PCMPGTL", &["PCMPGTD"], Width::Any),
    ("PACKSSLW", &["PACKSSDW"], Width::Any),
    ("PMADDWL", &["PMADDWD"], Width::Any),
    ("PMULULQ", &["PMULUDQ"], Width::Any),
    ("PSLLL", &["PSLLD"], Width::Any),
    ("PSRLL", &["PSRLD"], Width::Any),
    ("PSRAL", &["PSRAD"], Width::Any),
    ("PSLLO", &["PSLLDQ"], Width::Any),
    ("PSRLO", &["PSRLDQ"], Width::Any),
    ("PSHUFL", &["PSHUFD"], Width::Any),
    ("PUNPCKHLQ", &["PUNPCKHDQ"], Width::Any),
    ("PUNPCKHWL", &["PUNPCKHWD"], Width::Any),
    ("PUNPCKLLQ", &["PUNPCKLDQ"], Width::Any),
    ("PUNPCKLWL", &["PUNPCKLWD"], Width::Any),
    ("CVTPD2PL", &["CVTPD2DQ", "CVTPD2PI"], Width::Any),
    ("CVTPL2PD", &["CVTDQ2PD", "CVTPI2PD"], Width::Any),
    ("CVTPL2PS", &["CVTDQ2PS", "CVTPI2PS"], Width::Any),
    ("CVTPS2PL", &["CVTPS2DQ", "CVTPS2PI"], Width::Any),
    ("CVTTPD2PL", &["CVTTPD2DQ", "CVTTPD2PI"], Width::Any),
    ("CVTTPS2PL", &["CVTTPS2DQ", "CVTTPS2PI"], Width::Any),
    ("CVTSD2SL", &["CVTSD2SI"], Width::Gp(32)),
    ("CVTSD2SQ", &["CVTSD2SI"], Width::Gp(64)),
    ("CVTSS2SL", &["CVTSS2SI"], Width::Gp(32)),
    ("CVTSS2SQ", &["CVTSS2SI"], Width::Gp(64)),
    ("CVTTSD2SL", &["CVTTSD2SI"], Width::Gp(32)),
    ("CVTTSD2SQ", &["CVTTSD2SI"], Width::Gp(64)),
    ("CVTTSS2SL", &["CVTTSS2SI"], Width::Gp(32)),
    ("CVTTSS2SQ", &["CVTTSS2SI"], Width::Gp(64)),
    ("CVTSL2SD", &["CVTSI2SD"], Width::Gp(32)),
    ("CVTSQ2SD", &["CVTSI2SD"], Width::Gp(64)),
    ("CVTSL2SS", &["CVTSI2SS"], Width::Gp(32)),
    ("CVTSQ2SS", &["CVTSI2SS"], Width::Gp(64)),
    ("VCVTSD2SI", &["VCVTSD2SI"], Width::Gp(32)),
    ("VCVTSS2SI", &["VCVTSS2SI"], Width::Gp(32)),
    ("VCVTTSD2SI", &["VCVTTSD2SI"], Width::Gp(32)),
    ("VCVTTSS2SI", &["VCVTTSS2SI"], Width::Gp(32)),
    ("CRC32B", &["CRC32"], Width::Source(8)),
    ("CRC32W", &["CRC32"], Width::Source(16)),
    ("CRC32L", &["CRC32"], Width::Source(32)),
    ("CRC32Q", &["CRC32"], Width::Source(64)),
    ("IMUL3W", &["IMUL"], Width::Gp(16)),
    ("IMUL3L", &["IMUL"], Width::Gp(32)),
    ("IMUL3Q", &["IMUL"], Width::Gp(64)),
    ("SALB", &["SHL"], Width::Gp(8)),
    ("SALW", &["SHL"], Width::Gp(16)),
    ("SALL", &["SHL"], Width::Gp(32)),
    ("SALQ", &["SHL"], Width::Gp(64)),
    ("SBBB", &["SBB"], Width::Gp(8)),
    ("SHLW", &["SHL", "SHLD"], Width::Gp(16)),
    ("SHLL", &["SHL", "SHLD"], Width::Gp(32)),
    ("SHLQ", &["SHL", "SHLD"], Width::Gp(64)),
    ("SHRW", &["SHR", "SHRD"], Width::Gp(16)),
    ("SHRL", &["SHR", "SHRD"], Width::Gp(32)),
    ("SHRQ", &["SHR", "SHRD"], Width::Gp(64)),
    ("LSLW", &["LSL"], Width::Gp(16)),
    ("LSLL", &["LSL"], Width::Gp(32)),
    ("LSLQ", &["LSL"], Width::Gp(64)),
    ("INT", &["INT"], Width::Any),
    ("RDPID", &["RDPID"], Width::Gp(64)),
    ("VPEXTRB", &["VPEXTRB"], Width::Gp(32)),
    ("VPEXTRW", &["VPEXTRW"], Width::Gp(32)),
    ("VPINSRB", &["VPINSRB"], Width::Gp(32)),
    ("VPINSRW", &["VPINSRW"], Width::Gp(32)),
    ("VEXTRACTPS", &["VEXTRACTPS"], Width::Gp(32)),
    ("CMPB", &["CMP"], Width::Gp(8)),
    ("CMPW", &["CMP"], Width::Gp(16)),
    ("CMPL", &["CMP"], Width::Gp(32)),
    ("CMPQ", &["CMP"], Width::Gp(64)),
];

/// The processor's instructions by the vendor's name.
fn codes() -> &'static HashMap<String, Vec<Code>> {
    static CODES: OnceLock<HashMap<String, Vec<Code>>> = OnceLock::new();
    CODES.get_or_init(|| {
        let mut by_name: HashMap<String, Vec<Code>> = HashMap::new();
        for code in Code::values() {
            let info = code.op_code();
            let is_known =
                matches!(info.encoding(), EncodingKind::Legacy | EncodingKind::VEX | EncodingKind::EVEX);
            let is_standard = !format!("{code:?}").starts_with("VEX_KNC");
            if info.is_instruction() && info.mode64() && is_known && is_standard && !info.fwait() {
                by_name.entry(format!("{:?}", info.mnemonic()).to_ascii_uppercase()).or_default().push(code);
            }
        }
        by_name
    })
}

fn suits(code: Code, width: Width) -> bool {
    let kinds = code.op_code().op_kinds();
    let bits = |kind: &OpCodeOperandKind| gp_bits(*kind);
    match width {
        Width::Any => true,
        Width::Gp(wanted) => kinds.iter().filter_map(bits).all(|found| found == wanted),
        Width::Extend(to, from) => {
            kinds.first().and_then(bits) == Some(to) && kinds.get(1).and_then(bits) == Some(from)
        }
        Width::Source(wanted) => {
            let to = kinds.first().and_then(bits);
            kinds.last().and_then(bits) == Some(wanted) && to == Some(wanted.max(32))
        }
        Width::Vector(wanted) => kinds.iter().any(|&kind| vector_bits(kind) == Some(wanted)),
    }
}

fn form_of(name: &str, vendor: &[&str], width: Width) -> Option<Form> {
    let known = vendor.iter().filter_map(|name| codes().get(*name)).flatten();
    let mut codes: Vec<Code> = known.copied().filter(|&code| suits(code, width)).collect();
    if let Width::Gp(bits) = width
        && vendor.iter().any(|name| matches!(*name, "PUSH" | "POP" | "NOP" | "ENTER" | "LEAVE"))
    {
        // Operands alone do not tell the size of these.
        let size = format!("{:?}", bits);
        codes.retain(|code| {
            let name = format!("{code:?}");
            code.op_code().op_count() != 1
                || name.contains(&size)
                || bits == 64 && (name.starts_with("Pushq") || name.starts_with("Popq"))
                || bits == 16 && (name.starts_with("Pushw") || name.starts_with("Popw"))
        });
    }
    if codes.is_empty() {
        return None;
    }
    // Between vector registers and memory gc prefers the vector's own instruction.
    codes.sort_by_key(|code| {
        code.mnemonic() == Mnemonic::Movq
            && code.op_code().op_kinds().contains(&OpCodeOperandKind::r64_or_mem)
    });
    let implied_x0 = matches!(name, "BLENDVPD" | "BLENDVPS" | "PBLENDVB" | "SHA256RNDS2");
    let same_order = vendor == ["CMP"] || matches!(name, "CMPPD" | "CMPPS" | "CMPSD" | "CMPSS");
    Some(Form { codes, same_order, implied_x0, stores: stores(name), x87: false })
}

/// Moves between registers that gc encodes as stores.
fn stores(name: &str) -> bool {
    name.starts_with("VMOVDQ")
        || matches!(name, "VMOVUPS" | "VMOVUPD" | "VMOVAPS" | "VMOVAPD" | "VMOVSS" | "VMOVSD" | "VMOVQ")
}

/// What `name` stands for.
pub(crate) fn form(name: &str) -> Option<Form> {
    if let Some((_, vendor, width)) = NAMES.iter().find(|(known, ..)| *known == name) {
        return form_of(name, vendor, *width);
    }
    let condition = |rest: &str| CONDITIONS.iter().find(|(go, ..)| *go == rest).map(|(.., vendor)| *vendor);
    if let Some(vendor) = name.strip_prefix("SET").and_then(condition) {
        return form_of(name, &[&format!("SET{vendor}")], Width::Any);
    }
    for (prefix, bits) in [("CMOVW", 16), ("CMOVL", 32), ("CMOVQ", 64)] {
        if let Some(vendor) = name.strip_prefix(prefix).and_then(condition) {
            return form_of(name, &[&format!("CMOV{vendor}")], Width::Gp(bits));
        }
    }
    if let Some(form) = x87(name) {
        return Some(form);
    }
    if codes().contains_key(name) {
        return form_of(name, &[name], Width::Any);
    }
    if !name.is_ascii() || name.is_empty() {
        return None;
    }
    let (stem, last) = name.split_at(name.len() - 1);
    let width = match last {
        "B" => Width::Gp(8),
        "W" => Width::Gp(16),
        "L" => Width::Gp(32),
        "Q" => Width::Gp(64),
        "X" => Width::Vector(128),
        "Y" => Width::Vector(256),
        "Z" => Width::Vector(512),
        _ => return None,
    };
    if matches!(width, Width::Vector(_)) && !stem.starts_with("VCVT") && !stem.starts_with("VFPCLASS") {
        return None;
    }
    form_of(name, &[stem], width)
}

/// Moves of the x87 stack: letters behind FMOV (or FMOV..P, which pops), size in memory, loads, stores, stores that pop.
const X87_MOVES: [(&str, MemorySize, &str, &str, &str); 6] = [
    ("F", MemorySize::Float32, "FLD", "FST", "FSTP"),
    ("D", MemorySize::Float64, "FLD", "FST", "FSTP"),
    ("X", MemorySize::Float80, "FLD", "", "FSTP"),
    ("W", MemorySize::Int16, "FILD", "FIST", "FISTP"),
    ("L", MemorySize::Int32, "FILD", "FIST", "FISTP"),
    ("V", MemorySize::Int64, "FILD", "", "FISTP"),
];

/// x87 instructions: the last letters tell the type of the operand in memory (F and D: float, W, L and V: integer, X: 80 bits), and
/// whether the stack is popped.
fn x87(name: &str) -> Option<Form> {
    let rest = name.strip_prefix('F')?;
    let sized = |vendor: &str, size: MemorySize| {
        let all = codes().get(vendor).map_or(&[][..], Vec::as_slice);
        let fits = move |code: &&Code| match code.op_code().memory_size() {
            MemorySize::Unknown => size == MemorySize::Float64,
            found => found == size,
        };
        all.iter().filter(fits).copied().collect::<Vec<_>>()
    };
    let mut codes = Vec::new();
    if let Some(kind) = rest.strip_prefix("MOV") {
        let (letter, pops) = kind.strip_suffix('P').map_or((kind, false), |letter| (letter, true));
        let (_, size, load, store, pop) = X87_MOVES.iter().find(|(known, ..)| *known == letter)?;
        if !pops {
            codes.extend(sized(load, *size));
        }
        codes.extend(sized(if pops { pop } else { store }, *size));
    } else if rest == "XCHD" {
        codes.extend(sized("FXCH", MemorySize::Float64));
    } else if rest == "COMDPP" {
        codes.extend(sized("FCOMPP", MemorySize::Float64));
    } else {
        let (stem, pops) = rest.strip_suffix('P').map_or((rest, ""), |stem| (stem, "P"));
        let operation = ["ADD", "SUBR", "SUB", "MUL", "DIVR", "DIV", "COM"]
            .into_iter()
            .find(|&operation| stem.len() == operation.len() + 1 && stem.starts_with(operation))?;
        let (integer, size) = match &stem[operation.len()..] {
            "F" => ("", MemorySize::Float32),
            "D" => ("", MemorySize::Float64),
            "W" => ("I", MemorySize::Int16),
            "L" => ("I", MemorySize::Int32),
            _ => return None,
        };
        codes.extend(sized(&format!("F{integer}{operation}{pops}"), size));
    }
    (!codes.is_empty()).then_some(Form {
        x87: true,
        codes,
        same_order: false,
        implied_x0: false,
        stores: false,
    })
}

/// Whether an x87 move loads.
pub(crate) fn x87_loads(code: Code) -> bool {
    matches!(code.mnemonic(), Mnemonic::Fld | Mnemonic::Fild)
}
