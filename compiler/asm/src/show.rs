//! Instructions as error messages show them.

use crate::operand::{Anchor, Mem, Operand};
use crate::parse::Inst;
use crate::register;

/// An instruction as error messages show it.
pub(crate) fn shown(inst: &Inst) -> String {
    let operands: Vec<String> = inst.operands.iter().map(shown_operand).collect();
    let suffixes: String = inst.suffixes.iter().map(|suffix| format!(".{suffix}")).collect();
    format!("{}{suffixes}\t{}", inst.name, operands.join(", ")).trim_end().to_owned()
}

pub(crate) fn shown_operand(operand: &Operand) -> String {
    let mem = |mem: &Mem| {
        let mut out = match &mem.anchor {
            Anchor::Symbol(symbol) => format!("{}{}", symbol.name, if symbol.is_static { "<>" } else { "" }),
            _ => String::new(),
        };
        if mem.offset != 0 {
            out += &if out.is_empty() { mem.offset.to_string() } else { format!("{:+}", mem.offset) };
        }
        out += match mem.anchor {
            Anchor::Symbol(_) => "(SB)",
            Anchor::Param => "(FP)",
            Anchor::Local => "(SP)",
            Anchor::None => "",
        };
        if let Some(base) = mem.base {
            out += &format!("({})", register::name(base));
        }
        if let Some((index, scale)) = mem.index {
            out += &format!("({}*{scale})", register::name(index));
        }
        out
    };
    match operand {
        Operand::Reg(reg) | Operand::List(reg) => register::name(*reg),
        Operand::Mem(m) => mem(m),
        Operand::Indirect(m) => format!("*{}", mem(m)),
        Operand::Addr(m) => format!("${}", mem(m)),
        Operand::Imm(value) => format!("${value}"),
        Operand::Float(value) => format!("$({value})"),
        Operand::Str(text) => format!("${:?}", String::from_utf8_lossy(text)),
        Operand::Label(name, _) => name.to_string(),
        Operand::Pc(offset) => format!("{offset}(PC)"),
    }
}
