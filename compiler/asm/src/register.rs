//! Register names of Go assembly.
//!
//! General registers are named without a size (`AX`, `R8`), which the instruction gives; `AL`, `AH` and `R8B` are the byte
//! registers. Numbers are those of the encoding, and thus of iced's register blocks.

use iced_x86::Register as Iced;

/// A register as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reg {
    /// `AX`, `CX`, ... `R15` of the instruction's size.
    Gp(u8),
    /// `AL`, `CL`, ... `R15B`.
    Byte(u8),
    /// `AH`, `CH`, `DH`, `BH`.
    High(u8),
    X(u8),
    Y(u8),
    Z(u8),
    /// MMX.
    M(u8),
    /// Opmask.
    K(u8),
    /// x87.
    F(u8),
    Seg(u8),
    Cr(u8),
    Dr(u8),
    Tr(u8),
    /// `GDTR`, `IDTR`, `LDTR`, `MSW`, `TASK`.
    System(u8),
    /// The thread register, as a base.
    Tls,
}

const GP: [&str; 16] =
    ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"];
const BYTE: [&str; 8] = ["AL", "CL", "DL", "BL", "SPB", "BPB", "SIB", "DIB"];
const HIGH: [&str; 4] = ["AH", "CH", "DH", "BH"];
const SEG: [&str; 6] = ["ES", "CS", "SS", "DS", "FS", "GS"];
const SYSTEM: [&str; 5] = ["GDTR", "IDTR", "LDTR", "MSW", "TASK"];

/// The stack pointer.
pub(crate) const SP: Reg = Reg::Gp(4);

/// The register that `name` names.
pub(crate) fn lookup(name: &str) -> Option<Reg> {
    let index = |list: &[&str]| list.iter().position(|known| *known == name).map(|i| i as u8);
    let numbered = |prefix: char, count: u8| {
        let digits = name.strip_prefix(prefix)?;
        let number: u8 = digits.parse().ok()?;
        (number < count && (digits.len() == 1 || !digits.starts_with('0'))).then_some(number)
    };
    if name == "TLS" {
        return Some(Reg::Tls);
    }
    if name == "g" {
        return Some(Reg::Gp(14));
    }
    if let Some(number) = name.strip_prefix("CR").and_then(|n| n.parse().ok()).filter(|&n: &u8| n < 16) {
        return Some(Reg::Cr(number));
    }
    if let Some(number) = name.strip_prefix("DR").and_then(|n| n.parse().ok()).filter(|&n: &u8| n < 8) {
        return Some(Reg::Dr(number));
    }
    if let Some(number) = name.strip_prefix("TR").and_then(|n| n.parse().ok()).filter(|&n: &u8| n < 8) {
        return Some(Reg::Tr(number));
    }
    let byte = name.strip_prefix('R').and_then(|rest| rest.strip_suffix('B')).and_then(|n| n.parse().ok());
    if let Some(number) = byte.filter(|&n: &u8| (8..16).contains(&n)) {
        return Some(Reg::Byte(number));
    }
    index(&GP)
        .map(Reg::Gp)
        .or_else(|| index(&BYTE).map(Reg::Byte))
        .or_else(|| index(&HIGH).map(Reg::High))
        .or_else(|| index(&SEG).map(Reg::Seg))
        .or_else(|| index(&SYSTEM).map(Reg::System))
        .or_else(|| numbered('X', 32).map(Reg::X))
        .or_else(|| numbered('Y', 32).map(Reg::Y))
        .or_else(|| numbered('Z', 32).map(Reg::Z))
        .or_else(|| numbered('M', 8).map(Reg::M))
        .or_else(|| numbered('K', 8).map(Reg::K))
        .or_else(|| numbered('F', 8).map(Reg::F))
}

/// Whether operands may begin with `name` as a register, pseudo-registers included.
pub(crate) fn is_register(name: &str) -> bool {
    matches!(name, "SB" | "FP" | "PC") || lookup(name).is_some()
}

impl Reg {
    /// A general register of 8, 16, 32 or 64 bits.
    pub fn sized(self, bits: u32) -> Option<Iced> {
        let block = |number: u8, base: Iced| base + u32::from(number);
        Some(match (self, bits) {
            (Reg::Gp(n) | Reg::Byte(n), 8) => match n {
                // In iced's order the high halves come between.
                0..4 => block(n, Iced::AL),
                _ => block(n - 4, Iced::SPL),
            },
            (Reg::High(n), 8) => block(n, Iced::AH),
            (Reg::Gp(n), 16) => block(n, Iced::AX),
            (Reg::Gp(n), 32) => block(n, Iced::EAX),
            (Reg::Gp(n), 64) => block(n, Iced::RAX),
            _ => return None,
        })
    }
    /// As base or index of an address.
    pub fn address(self) -> Option<Iced> {
        match self {
            Reg::Gp(_) => self.sized(64),
            Reg::X(n) => Some(Iced::XMM0 + u32::from(n)),
            Reg::Y(n) => Some(Iced::YMM0 + u32::from(n)),
            Reg::Z(n) => Some(Iced::ZMM0 + u32::from(n)),
            _ => None,
        }
    }
}

/// The register's name.
pub(crate) fn name(reg: Reg) -> String {
    match reg {
        Reg::Gp(n) => GP[usize::from(n)].to_owned(),
        Reg::Byte(n) if n < 8 => BYTE[usize::from(n)].to_owned(),
        Reg::Byte(n) => format!("R{n}B"),
        Reg::High(n) => HIGH[usize::from(n)].to_owned(),
        Reg::X(n) => format!("X{n}"),
        Reg::Y(n) => format!("Y{n}"),
        Reg::Z(n) => format!("Z{n}"),
        Reg::M(n) => format!("M{n}"),
        Reg::K(n) => format!("K{n}"),
        Reg::F(n) => format!("F{n}"),
        Reg::Seg(n) => SEG[usize::from(n)].to_owned(),
        Reg::Cr(n) => format!("CR{n}"),
        Reg::Dr(n) => format!("DR{n}"),
        Reg::Tr(n) => format!("TR{n}"),
        Reg::System(n) => SYSTEM[usize::from(n)].to_owned(),
        Reg::Tls => "TLS".to_owned(),
    }
}
