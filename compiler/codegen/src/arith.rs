//! Arithmetic, comparisons, conversions: where Go's meaning differs from the machine's, and from CLIF's.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use rgo_mir::{BinaryOp, ConvOp, FloatCc, InstKind, IntCc, Type, UnaryOp, Value, ValueDef};

use crate::abi::clif_type;
use crate::func::Translator;

impl Translator<'_> {
    pub fn unary(&mut self, op: UnaryOp, a: Value) -> Result<ir::Value, String> {
        use UnaryOp::*;
        let ty = self.func.ty(a);
        let x = self.value(a);
        let narrow = matches!(ty, Type::I8 | Type::I16);
        let bits = i64::from(ty.bits(8));
        if op == Split {
            return Ok(self.split(ty, x));
        }
        let ins = self.b.ins();
        Ok(match op {
            Ineg => ins.ineg(x),
            Bnot => ins.bnot(x),
            Clz | Ctz | Popcnt if narrow => {
                let wide = ins.uextend(types::I32, x);
                let wide = match op {
                    Clz => {
                        let zeros = self.b.ins().clz(wide);
                        self.b.ins().iadd_imm_s(zeros, bits - 32)
                    }
                    // A bit above the value stops the count at its width.
                    Ctz => {
                        let stop = self.b.ins().bor_imm_u(wide, 1 << bits);
                        self.b.ins().ctz(stop)
                    }
                    _ => self.b.ins().popcnt(wide),
                };
                self.b.ins().ireduce(clif_type(ty), wide)
            }
            Clz => ins.clz(x),
            Ctz => ins.ctz(x),
            Popcnt => ins.popcnt(x),
            Bswap if ty == Type::I8 => x,
            Bswap => ins.bswap(x),
            Bitrev => ins.bitrev(x),
            Fneg => ins.fneg(x),
            Fabs => ins.fabs(x),
            Sqrt => ins.sqrt(x),
            Floor => ins.floor(x),
            Ceil => ins.ceil(x),
            Trunc => ins.trunc(x),
            Nearest => ins.nearest(x),
            Split => unreachable!("done above"),
        })
    }

    /// `x` in a virtual register that the allocator cannot join with that of `x`: `lea`, which unlike `add` need not reuse its operand, of `x` and of a
    /// zero that Cranelift does not recognise. Every intermediate integer is `x` or zero, so that the collector sees pointers all the time.
    fn split(&mut self, ty: Type, x: ir::Value) -> ir::Value {
        let zero = match self.zero {
            Some(zero) => zero,
            None => {
                let (g, again) = {
                    let g = self.b.ins().get_pinned_reg(types::I64);
                    (g, self.b.ins().get_pinned_reg(types::I64))
                };
                let zero = self.b.ins().bxor(g, again);
                self.zero = Some(zero);
                zero
            }
        };
        let flags = MemFlagsData::new();
        match ty {
            Type::I64 | Type::Ptr => self.b.ins().iadd(x, zero),
            Type::I32 => {
                let zero = self.b.ins().ireduce(types::I32, zero);
                self.b.ins().iadd(x, zero)
            }
            Type::I8 | Type::I16 => {
                let wide = self.b.ins().uextend(types::I64, x);
                let wide = self.b.ins().iadd(wide, zero);
                self.b.ins().ireduce(clif_type(ty), wide)
            }
            Type::F64 | Type::F32 => {
                let int = if ty == Type::F64 { Type::I64 } else { Type::I32 };
                let word = self.b.ins().bitcast(clif_type(int), flags, x);
                let word = self.split(int, word);
                self.b.ins().bitcast(clif_type(ty), flags, word)
            }
        }
    }

    /// 1/b if `b` is a power of two whose reciprocal is one too: multiplying by it rounds as the division does.
    fn exact_reciprocal(&mut self, b: Value) -> Option<ir::Value> {
        let ValueDef::Inst(inst, _) = self.func.values[b].def else { return None };
        let InstKind::Fconst(ty, bits) = self.func.insts[inst].kind else { return None };
        let (mantissa, exponents) = if ty == Type::F32 { (23, 0xff) } else { (52, 0x7ff) };
        let exponent = bits >> mantissa & exponents;
        // Neither the divisor nor its reciprocal may be zero, subnormal or infinite; their biased exponents add up to `exponents - 1`.
        if bits & ((1 << mantissa) - 1) != 0 || !(1..exponents - 1).contains(&exponent) {
            return None;
        }
        let bits = bits ^ (exponent ^ (exponents - 1 - exponent)) << mantissa;
        Some(if ty == Type::F32 {
            self.b.ins().f32const(ir::immediates::Ieee32::with_bits(bits as u32))
        } else {
            self.b.ins().f64const(ir::immediates::Ieee64::with_bits(bits))
        })
    }

    /// Looks for products of which `block` takes both halves, as `bits.Mul64` does.
    pub fn find_products(&mut self, block: rgo_mir::Block) {
        self.products.clear();
        let func = self.func;
        let operands = |wanted: BinaryOp| {
            func.blocks[block].insts.iter().filter_map(move |&inst| match func.insts[inst].kind {
                InstKind::Binary(op, a, b) if op == wanted && func.ty(a) == Type::I64 => Some((a, b)),
                _ => None,
            })
        };
        for high in operands(BinaryOp::Umulhi) {
            let mut lows = operands(BinaryOp::Imul);
            if lows.any(|(a, b)| high == (a, b) || high == (b, a)) {
                self.products.insert(high, None);
            }
        }
    }

    /// Both halves of the product of `a` and `b`, low half first, if the block needs both: the machine makes them at once. The multiplication stays where it is,
    /// too: Cranelift would move it, and all that leads to it, to each of the branches that use the result, and do it again behind them.
    fn product(&mut self, a: Value, b: Value) -> Option<(ir::Value, ir::Value)> {
        let key = [(a, b), (b, a)].into_iter().find(|key| self.products.contains_key(key))?;
        if let Some(Some(made)) = self.products.get(&key) {
            return Some(*made);
        }
        let (x, y) = (self.value(a), self.value(b));
        let (x, y) = (self.b.ins().uextend(types::I128, x), self.b.ins().uextend(types::I128, y));
        let product = self.b.ins().imul(x, y);
        let halves = self.b.ins().isplit(product);
        self.products.insert(key, Some(halves));
        Some(halves)
    }

    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> ir::Value {
        use BinaryOp::*;
        match op {
            Imul => {
                if let Some((low, _)) = self.product(a, b) {
                    return low;
                }
            }
            Umulhi => {
                if let Some((_, high)) = self.product(a, b) {
                    return high;
                }
            }
            Sdiv | Srem => return self.signed_division(op, a, b),
            Shl | Ushr | Sshr | ShlBounded | UshrBounded | SshrBounded | Rotl => return self.shift(op, a, b),
            Fdiv => {
                if let Some(reciprocal) = self.exact_reciprocal(b) {
                    let x = self.value(a);
                    return self.b.ins().fmul(x, reciprocal);
                }
            }
            _ => {}
        }
        let (x, y) = (self.value(a), self.value(b));
        let ins = self.b.ins();
        match op {
            Iadd => ins.iadd(x, y),
            Isub => ins.isub(x, y),
            Imul => ins.imul(x, y),
            Udiv => ins.udiv(x, y),
            Urem => ins.urem(x, y),
            Umulhi => ins.umulhi(x, y),
            Smulhi => ins.smulhi(x, y),
            And => ins.band(x, y),
            Or => ins.bor(x, y),
            Xor => ins.bxor(x, y),
            AndNot => ins.band_not(x, y),
            Fadd => ins.fadd(x, y),
            Fsub => ins.fsub(x, y),
            Fmul => ins.fmul(x, y),
            Fdiv => ins.fdiv(x, y),
            Fmin => ins.fmin(x, y),
            Fmax => ins.fmax(x, y),
            Sdiv | Srem | Shl | Ushr | Sshr | ShlBounded | UshrBounded | SshrBounded | Rotl => {
                unreachable!("handled above")
            }
        }
    }

    /// MIN / -1 faults on the machine: -1 is replaced by 1 (so that the remainder is 0), and the quotient by the negation.
    fn signed_division(&mut self, op: BinaryOp, a: Value, b: Value) -> ir::Value {
        let ty = clif_type(self.func.ty(a));
        let (x, y) = (self.value(a), self.value(b));
        let is_div = op == BinaryOp::Sdiv;
        match self.constant(b) {
            Some(-1) if is_div => return self.b.ins().ineg(x),
            Some(-1) => return self.iconst(ty, 0),
            Some(k) if k != 0 => {
                return if is_div { self.b.ins().sdiv(x, y) } else { self.b.ins().srem(x, y) };
            }
            _ => {}
        }
        let (minus_one, one) = (self.iconst(ty, -1), self.iconst(ty, 1));
        let special = self.b.ins().icmp(IntCC::Equal, y, minus_one);
        let divisor = self.b.ins().select(special, one, y);
        if !is_div {
            return self.b.ins().srem(x, divisor);
        }
        let quotient = self.b.ins().sdiv(x, divisor);
        let negated = self.b.ins().ineg(x);
        self.b.ins().select(special, negated, quotient)
    }

    /// The machine masks amounts; Go shifts everything out.
    fn shift(&mut self, op: BinaryOp, a: Value, b: Value) -> ir::Value {
        use BinaryOp::*;
        let ty = clif_type(self.func.ty(a));
        let width = i64::from(ty.bits());
        let x = self.value(a);
        let bounded = matches!(op, ShlBounded | UshrBounded | SshrBounded | Rotl);
        if let Some(amount) = self.constant(b).filter(|_| !bounded) {
            // Amounts are unsigned.
            let large = !(0..width).contains(&amount);
            return match op {
                Shl | Ushr if large => self.iconst(ty, 0),
                Shl => self.b.ins().ishl_imm_u(x, amount),
                Ushr => self.b.ins().ushr_imm_u(x, amount),
                _ => self.b.ins().sshr_imm_u(x, if large { width - 1 } else { amount }),
            };
        }
        let amount = self.value(b);
        match op {
            ShlBounded => return self.b.ins().ishl(x, amount),
            UshrBounded => return self.b.ins().ushr(x, amount),
            SshrBounded => return self.b.ins().sshr(x, amount),
            Rotl => return self.b.ins().rotl(x, amount),
            _ => {}
        }
        let limit = self.iconst(types::I64, width);
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThan, amount, limit);
        if op == Sshr {
            let last = self.iconst(types::I64, width - 1);
            let amount = self.b.ins().select(fits, amount, last);
            return self.b.ins().sshr(x, amount);
        }
        let shifted = if op == Shl { self.b.ins().ishl(x, amount) } else { self.b.ins().ushr(x, amount) };
        let zero = self.iconst(ty, 0);
        self.b.ins().select(fits, shifted, zero)
    }

    pub fn carry_results(&mut self, results: &[Value], sum: ir::Value, carry0: ir::Value, carry1: ir::Value) {
        let carry = self.b.ins().bor(carry0, carry1);
        let carry = self.b.ins().uextend(types::I64, carry);
        self.define(results[0], sum);
        self.define(results[1], carry);
    }

    /// 128 by 64 bits, the quotient known to fit. CLIF has no such instruction: Knuth's algorithm D in base 2^32, the divisor
    /// normalised (Hacker's Delight, divlu).
    pub fn div128(&mut self, hi: Value, lo: Value, y: Value) -> (ir::Value, ir::Value) {
        let (hi, lo, y) = (self.value(hi), self.value(lo), self.value(y));
        let shift = self.b.ins().clz(y);
        let y = self.b.ins().ishl(y, shift);
        // hi << shift | lo >> (64 - shift), in two steps since shift may be 0.
        let sixty_three = self.iconst(types::I64, 63);
        let rest = self.b.ins().isub(sixty_three, shift);
        let low_part = self.b.ins().ushr_imm_u(lo, 1);
        let low_part = self.b.ins().ushr(low_part, rest);
        let hi = self.b.ins().ishl(hi, shift);
        let un32 = self.b.ins().bor(hi, low_part);
        let un10 = self.b.ins().ishl(lo, shift);
        let un1 = self.b.ins().ushr_imm_u(un10, 32);
        let un0 = self.b.ins().band_imm_u(un10, 0xffff_ffff);
        let (q1, un21) = self.div128_digit(un32, un1, y);
        let (q0, rem) = self.div128_digit(un21, un0, y);
        let q1 = self.b.ins().ishl_imm_u(q1, 32);
        let quotient = self.b.ins().iadd(q1, q0);
        let remainder = self.b.ins().ushr(rem, shift);
        (quotient, remainder)
    }

    /// One 32-bit digit of the quotient of `high:digit` by `y`, and what remains.
    fn div128_digit(&mut self, high: ir::Value, digit: ir::Value, y: ir::Value) -> (ir::Value, ir::Value) {
        let y_high = self.b.ins().ushr_imm_u(y, 32);
        let y_low = self.b.ins().band_imm_u(y, 0xffff_ffff);
        let mut q = self.b.ins().udiv(high, y_high);
        let product = self.b.ins().imul(q, y_high);
        let mut r = self.b.ins().isub(high, product);
        // The estimate is at most two too large.
        for _ in 0..2 {
            let q_large = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, q, 1 << 32);
            let left = self.b.ins().imul(q, y_low);
            let right = self.b.ins().ishl_imm_u(r, 32);
            let right = self.b.ins().bor(right, digit);
            let exceeds = self.b.ins().icmp(IntCC::UnsignedGreaterThan, left, right);
            let r_small = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, r, 1 << 32);
            let wrong = self.b.ins().bor(q_large, exceeds);
            let wrong = self.b.ins().band(wrong, r_small);
            let wrong = self.b.ins().uextend(types::I64, wrong);
            q = self.b.ins().isub(q, wrong);
            let zero = self.iconst(types::I64, 0);
            let mask = self.b.ins().isub(zero, wrong);
            let back = self.b.ins().band(mask, y_high);
            r = self.b.ins().iadd(r, back);
        }
        let high = self.b.ins().ishl_imm_u(high, 32);
        let sum = self.b.ins().iadd(high, digit);
        let product = self.b.ins().imul(q, y);
        (q, self.b.ins().isub(sum, product))
    }

    pub fn icmp(&mut self, cc: IntCc, a: Value, b: Value) -> ir::Value {
        let cc = match cc {
            IntCc::Eq => IntCC::Equal,
            IntCc::Ne => IntCC::NotEqual,
            IntCc::Slt => IntCC::SignedLessThan,
            IntCc::Sle => IntCC::SignedLessThanOrEqual,
            IntCc::Sgt => IntCC::SignedGreaterThan,
            IntCc::Sge => IntCC::SignedGreaterThanOrEqual,
            IntCc::Ult => IntCC::UnsignedLessThan,
            IntCc::Ule => IntCC::UnsignedLessThanOrEqual,
            IntCc::Ugt => IntCC::UnsignedGreaterThan,
            IntCc::Uge => IntCC::UnsignedGreaterThanOrEqual,
        };
        let (a, b) = (self.value(a), self.value(b));
        self.b.ins().icmp(cc, a, b)
    }

    pub fn fcmp(&mut self, cc: FloatCc, a: Value, b: Value) -> ir::Value {
        let cc = match cc {
            FloatCc::Eq => FloatCC::Equal,
            FloatCc::Ne => FloatCC::NotEqual,
            FloatCc::Lt => FloatCC::LessThan,
            FloatCc::Le => FloatCC::LessThanOrEqual,
            FloatCc::Gt => FloatCC::GreaterThan,
            FloatCc::Ge => FloatCC::GreaterThanOrEqual,
        };
        let (a, b) = (self.value(a), self.value(b));
        self.b.ins().fcmp(cc, a, b)
    }

    pub fn convert(&mut self, op: ConvOp, to: Type, a: Value) -> ir::Value {
        use ConvOp::*;
        let from = self.func.ty(a);
        let (x, ty) = (self.value(a), clif_type(to));
        match op {
            Sext => self.b.ins().sextend(ty, x),
            Zext => self.b.ins().uextend(ty, x),
            Trunc => self.b.ins().ireduce(ty, x),
            SintToFloat => self.b.ins().fcvt_from_sint(ty, x),
            UintToFloat if from == Type::I32 => {
                let wide = self.b.ins().uextend(types::I64, x);
                self.b.ins().fcvt_from_sint(ty, wide)
            }
            UintToFloat => self.b.ins().fcvt_from_uint(ty, x),
            FloatToSint => self.float_to_sint(ty, x),
            FloatToUint => self.float_to_uint(to, x),
            Fpromote => self.b.ins().fpromote(ty, x),
            Fdemote => self.b.ins().fdemote(ty, x),
            Bitcast if clif_type(from) == ty => x,
            Bitcast => self.b.ins().bitcast(ty, MemFlagsData::new(), x),
        }
    }

    fn float_const(&mut self, like: ir::Value, value: f64) -> ir::Value {
        if self.b.func.dfg.value_type(like) == types::F32 {
            self.b.ins().f32const(value as f32)
        } else {
            self.b.ins().f64const(value)
        }
    }

    /// cvttss2si and cvttsd2si give MIN for everything that does not fit, NaN included. The saturating conversion differs above the
    /// range and at NaN only, and there `x < 2^(n-1)` is false.
    fn float_to_sint(&mut self, ty: ir::Type, x: ir::Value) -> ir::Value {
        let converted = self.b.ins().fcvt_to_sint_sat(ty, x);
        let limit = self.float_const(x, if ty == types::I32 { 2f64.powi(31) } else { 2f64.powi(63) });
        let fits = self.b.ins().fcmp(FloatCC::LessThan, x, limit);
        let min = self.iconst(ty, if ty == types::I32 { i64::from(i32::MIN) } else { i64::MIN });
        self.b.ins().select(fits, converted, min)
    }

    /// gc's uint64(x): below 2^63 the signed conversion, else that of x - 2^63 with the top bit flipped. uint32(x) goes by way of int64.
    fn float_to_uint(&mut self, to: Type, x: ir::Value) -> ir::Value {
        let low = self.float_to_sint(types::I64, x);
        if to == Type::I32 {
            return self.b.ins().ireduce(types::I32, low);
        }
        let limit = self.float_const(x, 2f64.powi(63));
        let below = self.b.ins().fcmp(FloatCC::LessThan, x, limit);
        let reduced = self.b.ins().fsub(x, limit);
        let high = self.float_to_sint(types::I64, reduced);
        let min = self.iconst(types::I64, i64::MIN);
        let high = self.b.ins().bxor(high, min);
        self.b.ins().select(below, low, high)
    }
}
