//! Signatures: where scalars travel.
//!
//! **Go** (`CallConv::Tail`): the first 6 integer and 8 float parameters go in registers, as do the first 8 integer and 8 float
//! results. When something does not fit, the *overflow area* takes it: 8 bytes for each parameter left, in order, then 8 bytes for each
//! result left. It lies in the caller's frame; its address is the sixth integer parameter (r9), so that only five integer parameters are
//! left in registers, and missing ones before it are passed as zeros. Stack arguments are never used.
//!
//! **rt** (`CallConv::SystemV`, or Tail from deferring functions): integers are widened to words. Up to one float or two integer results
//! come in registers; otherwise the address of a result area, 8 bytes a result, is the first parameter.

use cranelift_codegen::ir::{self, AbiParam, types};
use cranelift_codegen::isa::CallConv;
use rgo_mir::{Signature, Type};

/// Register budget of a convention.
struct Registers {
    int_params: usize,
    float_params: usize,
    int_results: usize,
    float_results: usize,
}

/// `CallConv::Tail` on x86-64.
const TAIL_X86_64: Registers = Registers { int_params: 6, float_params: 8, int_results: 8, float_results: 8 };

/// Where one scalar travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Parameter or result of the CLIF signature.
    Register(usize),
    /// Offset in the overflow area.
    Memory(u32),
}

/// A Go signature, assigned.
#[derive(Clone, Debug)]
pub struct GoAbi {
    pub clif: ir::Signature,
    pub params: Vec<Place>,
    pub results: Vec<Place>,
    /// CLIF parameter that holds the address of the overflow area, and the size of that area.
    pub area: Option<(usize, u32)>,
    /// CLIF parameters that are only there to bring the area's address into its register.
    pub padding: std::ops::Range<usize>,
}

/// The CLIF type of a MIR type.
pub fn clif_type(ty: Type) -> ir::Type {
    match ty {
        Type::I8 => types::I8,
        Type::I16 => types::I16,
        Type::I32 => types::I32,
        Type::I64 | Type::Ptr => types::I64,
        Type::F32 => types::F32,
        Type::F64 => types::F64,
    }
}

impl GoAbi {
    /// Assigns the scalars of `sig`.
    pub fn new(sig: &Signature) -> GoAbi {
        let regs = TAIL_X86_64;
        let count = |list: &[Type], float: bool| list.iter().filter(|ty| ty.is_float() == float).count();
        let overflow = count(&sig.params, false) > regs.int_params
            || count(&sig.params, true) > regs.float_params
            || count(&sig.results, false) > regs.int_results
            || count(&sig.results, true) > regs.float_results;
        let int_params = if overflow { regs.int_params - 1 } else { regs.int_params };
        let mut clif = ir::Signature::new(CallConv::Tail);
        let mut area = 0;
        let mut assign = |list: &[Type], ints: usize, floats: usize, out: &mut Vec<AbiParam>| -> Vec<Place> {
            let (mut ints, mut floats) = (ints, floats);
            list.iter()
                .map(|&ty| {
                    let left = if ty.is_float() { &mut floats } else { &mut ints };
                    if *left > 0 {
                        *left -= 1;
                        out.push(AbiParam::new(clif_type(ty)));
                        Place::Register(out.len() - 1)
                    } else {
                        area += 8;
                        Place::Memory(area - 8)
                    }
                })
                .collect()
        };
        let params = assign(&sig.params, int_params, regs.float_params, &mut clif.params);
        let results = assign(&sig.results, regs.int_results, regs.float_results, &mut clif.returns);
        let mut padding = 0..0;
        let area = overflow.then(|| {
            let start = clif.params.len();
            let used = clif.params.iter().filter(|param| param.value_type.is_int()).count();
            clif.params.resize(start + (int_params - used), AbiParam::new(types::I64));
            padding = start..clif.params.len();
            clif.params.push(AbiParam::new(types::I64));
            (clif.params.len() - 1, area)
        });
        GoAbi { clif, params, results, area, padding }
    }
}

/// An rt signature, assigned.
#[derive(Clone, Debug)]
pub struct RtAbi {
    pub clif: ir::Signature,
    /// Size of the result area whose address is the first parameter.
    pub result_area: Option<u32>,
}

impl RtAbi {
    /// Assigns the scalars of `sig` for a call by convention `conv`.
    pub fn new(sig: &Signature, conv: CallConv) -> Result<RtAbi, String> {
        let mut clif = ir::Signature::new(conv);
        let in_registers = match sig.results[..] {
            [] | [_] => true,
            [a, b] => !a.is_float() && !b.is_float(),
            _ => false,
        };
        if !in_registers {
            clif.params.push(AbiParam::new(types::I64));
        }
        clif.params.extend(sig.params.iter().map(|&ty| AbiParam::new(rt_type(ty))));
        let words = clif.params.iter().filter(|param| param.value_type.is_int()).count();
        if words > rgo_abi::g::MAX_ENTRY_WORDS {
            return Err(format!("runtime entry with {words} words of arguments"));
        }
        if in_registers {
            clif.returns.extend(sig.results.iter().map(|&ty| AbiParam::new(rt_type(ty))));
        }
        let result_area = (!in_registers).then_some(sig.results.len() as u32 * 8);
        Ok(RtAbi { clif, result_area })
    }
}

/// Integers are passed to and from rt as words.
pub fn rt_type(ty: Type) -> ir::Type {
    if ty.is_float() { clif_type(ty) } else { types::I64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sig(params: &[Type], results: &[Type]) -> GoAbi {
        GoAbi::new(&Signature { params: params.to_vec(), results: results.to_vec() })
    }

    #[test]
    fn what_fits_stays_in_registers() {
        let abi = sig(&[Type::I64; 6], &[Type::Ptr; 8]);
        assert_eq!((abi.area, abi.clif.params.len(), abi.clif.returns.len()), (None, 6, 8));
    }

    #[test]
    fn overflow_takes_the_last_integer_register() {
        let abi = sig(&[Type::I64; 8], &[]);
        assert_eq!(abi.area, Some((5, 24)));
        assert_eq!(
            abi.params[4..],
            [Place::Register(4), Place::Memory(0), Place::Memory(8), Place::Memory(16)]
        );
    }

    #[test]
    fn float_overflow_pads_the_integers() {
        let abi = sig(&[Type::F64; 9], &[Type::F64; 9]);
        assert_eq!(abi.area, Some((13, 16)));
        assert_eq!((abi.params[8], abi.results[8]), (Place::Memory(0), Place::Memory(8)));
        assert_eq!(abi.padding, 8..13);
    }
}
