//! Evaluation of single instructions: constants, identities, checks that cannot fail.

use rgo_mir::{BinaryOp, BoundsKind, ConvOp, Func, Inst, InstKind, IntCc, Type, UnaryOp, Value};

use crate::edit::{constant, definition, sign_extend};

/// What an instruction becomes.
pub enum Folded {
    Keep,
    /// Another instruction with the same results.
    Kind(InstKind),
    /// Its only result is this value.
    Value(Value),
    /// A check that succeeds.
    Remove,
}

/// Looks at one instruction and the definitions of its operands.
pub fn fold(func: &Func, inst: Inst) -> Folded {
    use InstKind::*;
    let k = |v: Value| constant(func, v);
    match &func.insts[inst].kind {
        Binary(op, a, b) => binary(func, *op, *a, *b),
        Unary(op, a) => match (op, k(*a)) {
            (UnaryOp::Ineg, Some(x)) => int(func.ty(*a), x.wrapping_neg()),
            (UnaryOp::Bnot, Some(x)) => int(func.ty(*a), !x),
            _ => Folded::Keep,
        },
        Icmp(cc, a, b) => match (k(*a), k(*b)) {
            (Some(x), Some(y)) => int(Type::I8, i64::from(compare(*cc, x, y))),
            _ if a == b => int(Type::I8, i64::from(compare(*cc, 0, 0))),
            (None, Some(0)) if func.ty(*a) == Type::Ptr && is_nonnil(func, *a) => match cc {
                IntCc::Eq => int(Type::I8, 0),
                IntCc::Ne => int(Type::I8, 1),
                _ => Folded::Keep,
            },
            _ => Folded::Keep,
        },
        Conv(op, to, a) => match (op, k(*a)) {
            (ConvOp::Sext | ConvOp::Trunc, Some(x)) => int(*to, x),
            (ConvOp::Zext, Some(x)) => {
                let bits = func.ty(*a).bits(8);
                int(*to, if bits < 64 { x & ((1 << bits) - 1) } else { x })
            }
            _ => Folded::Keep,
        },
        Select(c, a, b) => match k(*c) {
            Some(0) => Folded::Value(*b),
            Some(_) => Folded::Value(*a),
            None if a == b => Folded::Value(*a),
            None => Folded::Keep,
        },
        PtrAdd(a, b) => match k(*b) {
            Some(0) => Folded::Value(*a),
            Some(y) => match definition(func, *a) {
                Some(DataAddr(data, x)) => {
                    x.checked_add(y).map_or(Folded::Keep, |sum| Folded::Kind(DataAddr(*data, sum)))
                }
                _ => Folded::Keep,
            },
            None => Folded::Keep,
        },
        NilCheck(a) if is_nonnil(func, *a) => Folded::Remove,
        DivCheck(a) if k(*a).is_some_and(|x| x != 0) => Folded::Remove,
        BoundsCheck { kind, index, length, .. } => {
            let passes = match (kind, k(*index), k(*length)) {
                (BoundsKind::Index, Some(i), Some(n)) => (i as u64) < n as u64,
                (BoundsKind::SliceConvert, ..) | (BoundsKind::Index, ..) => false,
                (_, Some(0), _) => true,
                (_, Some(i), Some(n)) => i as u64 <= n as u64,
                _ => index == length,
            };
            if passes { Folded::Remove } else { Folded::Keep }
        }
        _ => Folded::Keep,
    }
}

/// Whether `value` points to something by the way it was made.
pub fn is_nonnil(func: &Func, value: Value) -> bool {
    match definition(func, value) {
        Some(InstKind::PtrAdd(a, b)) => {
            constant(func, *b).is_some_and(|k| (0..4096).contains(&k)) && is_nonnil(func, *a)
        }
        Some(kind) => matches!(
            kind,
            InstKind::SlotAddr(_)
                | InstKind::DataAddr(..)
                | InstKind::FuncAddr(_)
                | InstKind::New { .. }
                | InstKind::ClosureContext
                | InstKind::GetG
        ),
        None => false,
    }
}

fn int(ty: Type, k: i64) -> Folded {
    Folded::Kind(InstKind::Iconst(ty, sign_extend(k, ty.bits(8))))
}

fn compare(cc: IntCc, x: i64, y: i64) -> bool {
    let (ux, uy) = (x as u64, y as u64);
    match cc {
        IntCc::Eq => x == y,
        IntCc::Ne => x != y,
        IntCc::Slt => x < y,
        IntCc::Sle => x <= y,
        IntCc::Sgt => x > y,
        IntCc::Sge => x >= y,
        IntCc::Ult => ux < uy,
        IntCc::Ule => ux <= uy,
        IntCc::Ugt => ux > uy,
        IntCc::Uge => ux >= uy,
    }
}

fn binary(func: &Func, op: BinaryOp, a: Value, b: Value) -> Folded {
    use BinaryOp::*;
    let ty = func.ty(a);
    if ty.is_float() {
        return Folded::Keep;
    }
    let bits = ty.bits(8);
    match (constant(func, a), constant(func, b)) {
        (Some(x), Some(y)) => match evaluate(op, bits, x, y) {
            Some(k) => int(ty, k),
            None => Folded::Keep,
        },
        // Not Xor: `p ^ 0` is how std hides a pointer from escape analysis.
        (_, Some(0))
            if matches!(
                op,
                Iadd | Isub | Or | Shl | Ushr | Sshr | ShlBounded | UshrBounded | SshrBounded | Rotl | AndNot
            ) =>
        {
            Folded::Value(a)
        }
        (_, Some(1)) if matches!(op, Imul | Sdiv | Udiv) => Folded::Value(a),
        (_, Some(0)) if matches!(op, Imul | And) => Folded::Value(b),
        (_, Some(-1)) if op == And => Folded::Value(a),
        (Some(0), _) if matches!(op, Iadd | Or) => Folded::Value(b),
        (Some(1), _) if op == Imul => Folded::Value(b),
        (Some(0), _) if matches!(op, Imul | And) => Folded::Value(a),
        // A shift by less than the width needs no select.
        (_, Some(n)) if (0..i64::from(bits)).contains(&n) => match op {
            Shl => Folded::Kind(InstKind::Binary(ShlBounded, a, b)),
            Ushr => Folded::Kind(InstKind::Binary(UshrBounded, a, b)),
            Sshr => Folded::Kind(InstKind::Binary(SshrBounded, a, b)),
            _ => Folded::Keep,
        },
        _ => Folded::Keep,
    }
}

/// `x op y` for operands sign-extended from `bits`; `None` where it is not worth it.
fn evaluate(op: BinaryOp, bits: u32, x: i64, y: i64) -> Option<i64> {
    use BinaryOp::*;
    let mask = if bits < 64 { (1u64 << bits) - 1 } else { u64::MAX };
    let (ux, uy) = (x as u64 & mask, y as u64 & mask);
    // Amounts are I64 whatever the type of the shifted value.
    let (amount, within) = (y as u64, (y as u64) < u64::from(bits));
    Some(match op {
        Iadd => x.wrapping_add(y),
        Isub => x.wrapping_sub(y),
        Imul => x.wrapping_mul(y),
        Sdiv if y != 0 => x.wrapping_div(y),
        Srem if y != 0 => x.wrapping_rem(y),
        Udiv if uy != 0 => (ux / uy) as i64,
        Urem if uy != 0 => (ux % uy) as i64,
        And => x & y,
        Or => x | y,
        Xor => x ^ y,
        AndNot => x & !y,
        Shl | ShlBounded => {
            if within {
                x << amount
            } else {
                0
            }
        }
        Ushr | UshrBounded => {
            if within {
                (ux >> amount) as i64
            } else {
                0
            }
        }
        Sshr | SshrBounded => x >> amount.min(63),
        _ => return None,
    })
}
