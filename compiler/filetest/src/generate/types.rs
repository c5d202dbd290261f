//! The types of generated programs.

use std::rc::Rc;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ty {
    Bool,
    /// A numeric type by its name.
    Num(&'static str),
    Str,
    Slice(Rc<Ty>),
    Array(usize, Rc<Ty>),
    /// `T0`, `T1` ...
    Struct(usize),
    Map(Rc<Ty>, Rc<Ty>),
    Any,
    /// The prelude's interface.
    Valuer,
    Ptr(Rc<Ty>),
}

pub(super) const INTEGERS: &[&str] =
    &["int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"];
pub(super) const NUMBERS: &[&str] = &[
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
];

impl Ty {
    pub(super) fn name(&self) -> String {
        match self {
            Ty::Bool => "bool".to_owned(),
            Ty::Num(name) => (*name).to_owned(),
            Ty::Str => "string".to_owned(),
            Ty::Slice(elem) => format!("[]{}", elem.name()),
            Ty::Array(len, elem) => format!("[{len}]{}", elem.name()),
            Ty::Struct(index) => format!("T{index}"),
            Ty::Map(key, elem) => format!("map[{}]{}", key.name(), elem.name()),
            Ty::Any => "any".to_owned(),
            Ty::Valuer => "valuer".to_owned(),
            Ty::Ptr(elem) => format!("*{}", elem.name()),
        }
    }
    pub(super) fn is_integer(&self) -> bool {
        matches!(self, Ty::Num(name) if INTEGERS.contains(name))
    }
    pub(super) fn is_float(&self) -> bool {
        matches!(self, Ty::Num("float32" | "float64"))
    }
    pub(super) fn is_complex(&self) -> bool {
        matches!(self, Ty::Num("complex64" | "complex128"))
    }
    pub(super) fn is_unsigned(&self) -> bool {
        matches!(self, Ty::Num(name) if name.starts_with('u'))
    }
    /// Width of an integer type.
    pub(super) fn bits(&self) -> u32 {
        match self {
            Ty::Num(name) => name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().unwrap_or(64),
            _ => 64,
        }
    }
    /// Whether the type contains struct `index` or a later one.
    pub(super) fn mentions_struct(&self, index: usize) -> bool {
        match self {
            Ty::Struct(n) => *n >= index,
            Ty::Slice(elem) | Ty::Array(_, elem) | Ty::Ptr(elem) => elem.mentions_struct(index),
            Ty::Map(key, elem) => key.mentions_struct(index) || elem.mentions_struct(index),
            _ => false,
        }
    }
}
