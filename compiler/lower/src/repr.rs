//! How Go values stand in MIR: scalars where that is cheap, memory otherwise.
//!
//! The rule is the calling convention's (`docs/runtime-interface.md`): numbers, booleans and pointers are one scalar; strings,
//! slices, interfaces and complex numbers are two or three; structs are their fields and arrays of length 1 their element,
//! unless that makes more than `MAX_SCALARS` scalars, or an array is longer: then the value is *memory*.

use std::rc::Rc;

use rgo_abi::g::MAX_SCALARS;
use rgo_mir::{Type, Value};
use smallvec::SmallVec;

use crate::shape::Shape;

/// One scalar of a decomposed value and where it stands when the value is in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    pub ty: Type,
    pub offset: u32,
}

/// Class of a Go type's values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Repr {
    Parts(Rc<[Part]>),
    Memory,
}

/// Everything about a type that lowering asks again and again.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub size: u64,
    pub align: u32,
    pub repr: Repr,
    /// Bytes up to the end of the last pointer; 0 when there is none.
    pub ptr_bytes: u64,
}

impl Layout {
    pub fn has_pointers(&self) -> bool {
        self.ptr_bytes != 0
    }
    /// The scalars; none for a memory type.
    pub fn parts(&self) -> &[Part] {
        match &self.repr {
            Repr::Parts(parts) => parts,
            Repr::Memory => &[],
        }
    }
    pub fn is_memory(&self) -> bool {
        matches!(self.repr, Repr::Memory)
    }
}

/// A Go value in a function being lowered.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    Parts(SmallVec<[Value; 4]>),
    /// Address of memory that holds the value. The memory may be a variable's: it has to be used up before anything can
    /// change that variable (`FuncLower::stable` copies it otherwise).
    Mem(Value),
}

impl Val {
    pub fn none() -> Val {
        Val::Parts(SmallVec::new())
    }
    pub fn one(value: Value) -> Val {
        Val::Parts(SmallVec::from_slice(&[value]))
    }
    pub fn of(values: &[Value]) -> Val {
        Val::Parts(SmallVec::from_slice(values))
    }
    /// The scalars of a decomposed value.
    pub fn parts(&self) -> &[Value] {
        match self {
            Val::Parts(parts) => parts,
            Val::Mem(_) => panic!("memory value where scalars are expected"),
        }
    }
    /// The only scalar.
    pub fn single(&self) -> Value {
        let parts = self.parts();
        assert_eq!(parts.len(), 1, "value of several scalars where one is expected");
        parts[0]
    }
}

/// Scalars of `shape`, whose size and fields' offsets are known; `None` when there are too many.
/// `layout_of` gives the layouts of component types.
pub(crate) fn parts_of(
    shape: &Shape,
    word: u32,
    mut layout_of: impl FnMut(rgo_types::TypeId) -> Rc<Layout>,
) -> Repr {
    let one = |ty| Repr::Parts(Rc::new([Part { ty, offset: 0 }]));
    let words = |types: &[Type]| {
        Repr::Parts(types.iter().enumerate().map(|(i, &ty)| Part { ty, offset: i as u32 * word }).collect())
    };
    match shape {
        Shape::Bool => one(Type::I8),
        Shape::Int { bits, .. } => one(int_type(*bits)),
        Shape::Float(bits) => one(float_type(*bits)),
        Shape::Complex(bits) => {
            let ty = float_type(bits / 2);
            Repr::Parts(Rc::new([Part { ty, offset: 0 }, Part { ty, offset: ty.bytes(word) }]))
        }
        Shape::UnsafePointer
        | Shape::Nil
        | Shape::Pointer(_)
        | Shape::Map { .. }
        | Shape::Chan { .. }
        | Shape::Func(_) => one(Type::Ptr),
        Shape::String => words(&[Type::Ptr, Type::I64]),
        Shape::Slice(_) => words(&[Type::Ptr, Type::I64, Type::I64]),
        Shape::Interface(_) => words(&[Type::Ptr, Type::Ptr]),
        Shape::Struct(fields) => {
            let mut parts = Vec::new();
            for field in fields.iter() {
                match &layout_of(field.ty).repr {
                    Repr::Parts(inner) => parts.extend(
                        inner.iter().map(|p| Part { ty: p.ty, offset: p.offset + field.offset as u32 }),
                    ),
                    Repr::Memory => return Repr::Memory,
                }
                if parts.len() > MAX_SCALARS {
                    return Repr::Memory;
                }
            }
            Repr::Parts(parts.into())
        }
        Shape::Array { len: 0, .. } => Repr::Parts(Rc::new([])),
        Shape::Array { elem, len: 1 } => layout_of(*elem).repr.clone(),
        Shape::Array { elem, .. } => {
            // An array of zero-size elements is nothing; any other is memory, so that it can be indexed.
            let elem = layout_of(*elem);
            if elem.size == 0 { Repr::Parts(Rc::new([])) } else { Repr::Memory }
        }
        Shape::Tuple(_) => Repr::Memory,
    }
}

pub(crate) fn int_type(bits: u32) -> Type {
    match bits {
        8 => Type::I8,
        16 => Type::I16,
        32 => Type::I32,
        _ => Type::I64,
    }
}

pub(crate) fn float_type(bits: u32) -> Type {
    if bits == 32 { Type::F32 } else { Type::F64 }
}
