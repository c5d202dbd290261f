//! Whether a number divides: of a power of two the low bits tell, whatever the sign.
//!
//! ```text
//! v2: i64 = srem v0, 8                v2: i64 = and v0, 7
//! v3: i8 = icmp eq v2, 0      →       v3: i8 = icmp eq v2, 0
//! ```

use rgo_mir::{BinaryOp, Func, Inst, InstData, InstKind, IntCc, Value};

use crate::edit::{constant, definition};

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let tests = |&inst: &Inst| low_bits(func, inst).is_some();
        if !func.blocks[block].insts.iter().any(tests) {
            continue;
        }
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len() + 2);
        for inst in insts {
            if let Some((x, mask)) = low_bits(func, inst) {
                let (ty, loc) = (func.ty(x), func.insts[inst].loc);
                let mask = func.make_inst(InstData { kind: InstKind::Iconst(ty, mask), loc }, &[ty]);
                let kind = InstKind::Binary(BinaryOp::And, x, func.result(mask));
                let bits = func.make_inst(InstData { kind, loc }, &[ty]);
                out.extend([mask, bits]);
                let bits = func.result(bits);
                if let InstKind::Icmp(_, tested, _) = &mut func.insts[inst].kind {
                    *tested = bits;
                }
                changed = true;
            }
            out.push(inst);
        }
        func.blocks[block].insts = out;
    }
    changed
}

/// The number and the mask, when `inst` compares a remainder with zero.
fn low_bits(func: &Func, inst: Inst) -> Option<(Value, i64)> {
    let InstKind::Icmp(IntCc::Eq | IntCc::Ne, tested, zero) = func.insts[inst].kind else { return None };
    let &InstKind::Binary(BinaryOp::Srem, x, divisor) = definition(func, tested)? else { return None };
    let power = constant(func, divisor).filter(|k| *k > 0 && k & (k - 1) == 0)?;
    (constant(func, zero)? == 0).then_some((x, power - 1))
}
