//! Functions that the compiler replaces: atomics, bit operations, and the few that have no usable body.

use rgo_mir::{AtomicOp, BinaryOp as Op, ConvOp, InstKind, IntCc, MemFlags, Type, UnaryOp, Value};
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::{BasicKind, TypeId};

use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// The results of call `e` when it calls an intrinsic.
    pub fn intrinsic(&mut self, e: &'s Expr) -> Option<Vec<Val>> {
        let ExprKind::Call { fun, args, .. } = &e.kind else { return None };
        let key = self.static_callee(fun)?;
        let object = self.l.prog.obj(key.obj);
        let (name, pkg) = (object.name.as_str(), object.pkg?);
        let path = self.l.prog.package_path(pkg).as_str();
        match path {
            "internal/runtime/atomic" | "sync/atomic" => self.atomic(path, name, args),
            "math/bits" | "internal/runtime/sys" | "internal/runtime/math" | "math/big" => {
                self.bits(path, name, args).or_else(|| self.system(path, name, args))
            }
            "math" => self.math(name, args),
            "internal/abi" | "runtime" | "crypto/internal/constanttime" => self.system(path, name, args),
            _ => None,
        }
    }
    fn operands(&mut self, args: &'s [Expr], types: &[TypeId]) -> Vec<Value> {
        args.iter().zip(types).map(|(arg, &t)| self.expr_to(arg, t).single()).collect()
    }
    /// Arguments in the types of the parameters of the function that is called.
    fn own_operands(&mut self, args: &'s [Expr]) -> Vec<Value> {
        args.iter()
            .map(|arg| {
                let t = self.type_of(arg);
                self.expr_to(arg, t).single()
            })
            .collect()
    }

    fn atomic(&mut self, path: &str, name: &str, args: &'s [Expr]) -> Option<Vec<Val>> {
        // Barriered pointer writers are entries of rt.
        if matches!(name, "storePointer" | "casPointer")
            || path == "sync/atomic"
                && matches!(name, "StorePointer" | "SwapPointer" | "CompareAndSwapPointer")
        {
            return None;
        }
        let kind = [
            ("CompareAndSwap", "cas"),
            ("Cas", "cas"),
            ("Load", "load"),
            ("Store", "store"),
            ("Xadd", "add"),
            ("Add", "add"),
            ("Xchg", "xchg"),
            ("Swap", "xchg"),
            ("And", "and"),
            ("Or", "or"),
        ]
        .iter()
        .find(|(prefix, _)| name.starts_with(prefix))?
        .1;
        let pointer = self.type_of(args.first()?);
        let ty = match self.l.pointee(pointer) {
            Some(elem) => self.layout(elem).parts().first()?.ty,
            // unsafe.Pointer to a word that holds a pointer
            None => Type::Ptr,
        };
        // The value operands have the width of the word, whatever their Go type.
        let values = self.own_operands_as(args, ty);
        let addr = values[0];
        let one = |v: Value| Some(vec![Val::one(v)]);
        match kind {
            "load" => one(self.b.value(InstKind::AtomicLoad { ty, addr }, ty)),
            "store" => {
                self.b.inst(InstKind::AtomicStore { addr, value: values[1], barrier: false }, &[]);
                Some(vec![])
            }
            "cas" => {
                let kind = InstKind::AtomicCas { addr, old: values[1], new: values[2], barrier: false };
                one(self.b.value(kind, Type::I8))
            }
            _ => {
                let op = match kind {
                    "add" => AtomicOp::Add,
                    "and" => AtomicOp::And,
                    "or" => AtomicOp::Or,
                    _ => AtomicOp::Xchg,
                };
                let kind_ = InstKind::AtomicRmw { op, addr, value: values[1], barrier: false };
                let old = self.b.value(kind_, ty);
                // Add functions give the new value; And8, Or8, And and Or without result give nothing.
                let results = self.intrinsic_results(path, name);
                match (op, results) {
                    (_, 0) => Some(vec![]),
                    (AtomicOp::Add, _) => one(self.binary(Op::Iadd, old, values[1])),
                    _ => one(old),
                }
            }
        }
    }
    fn own_operands_as(&mut self, args: &'s [Expr], ty: Type) -> Vec<Value> {
        let mut values = self.own_operands_const(args, ty);
        for value in &mut values[1..] {
            let from = self.b.func.ty(*value);
            if from != ty {
                *value = match (from, ty) {
                    (Type::Ptr, Type::I64) | (Type::I64, Type::Ptr) => self.conv(ConvOp::Bitcast, ty, *value),
                    _ => self.resize_int(*value, ty, true),
                };
            }
        }
        values
    }
    fn own_operands_const(&mut self, args: &'s [Expr], ty: Type) -> Vec<Value> {
        args.iter()
            .enumerate()
            .map(|(i, arg)| match self.constant_of(arg) {
                Some(value) if i > 0 && ty != Type::Ptr => {
                    let bits = value.to_int().to_bits().unwrap_or(0) as i64;
                    let shift = 64 - ty.bits(8);
                    self.iconst(ty, bits << shift >> shift)
                }
                _ if self.mode(arg) == rgo_types::OperandMode::NilValue => self.nil(),
                _ => {
                    let t = self.type_of(arg);
                    self.expr_to(arg, t).single()
                }
            })
            .collect()
    }
    /// Number of results the function is declared with.
    fn intrinsic_results(&mut self, path: &str, name: &str) -> usize {
        let found = self.l.definition_of(&format!("{path}.{name}"));
        let Some(sig) = found.and_then(|obj| self.l.prog.func_signature(obj)) else { return 1 };
        let results = self.l.prog.signature(sig).results;
        self.l.prog.tuple(results).len()
    }

    fn bits(&mut self, path: &str, name: &str, args: &'s [Expr]) -> Option<Vec<Val>> {
        let (u8_, u16_) = (TypeId::UINT8, TypeId::basic(BasicKind::Uint16));
        let (u32_, u64_) = (TypeId::basic(BasicKind::Uint32), TypeId::basic(BasicKind::Uint64));
        let uint = TypeId::UINT;
        let unary = |op: UnaryOp, t: TypeId| Some((op, t));
        let simple = match name {
            "LeadingZeros64" | "LeadingZeros" => unary(UnaryOp::Clz, u64_),
            "LeadingZeros32" => unary(UnaryOp::Clz, u32_),
            "TrailingZeros64" | "TrailingZeros" => unary(UnaryOp::Ctz, u64_),
            "TrailingZeros32" => unary(UnaryOp::Ctz, u32_),
            "TrailingZeros16" => unary(UnaryOp::Ctz, u16_),
            "TrailingZeros8" => unary(UnaryOp::Ctz, u8_),
            "OnesCount64" | "OnesCount" => unary(UnaryOp::Popcnt, u64_),
            "OnesCount32" => unary(UnaryOp::Popcnt, u32_),
            "OnesCount16" => unary(UnaryOp::Popcnt, u16_),
            "OnesCount8" => unary(UnaryOp::Popcnt, u8_),
            _ => None,
        };
        if let Some((op, t)) = simple {
            let x = self.expr_to(&args[0], t).single();
            let ty = self.b.func.ty(x);
            let count = self.b.value(InstKind::Unary(op, x), ty);
            return Some(vec![Val::one(self.resize_int(count, Type::I64, false))]);
        }
        let one = |v: Value| Some(vec![Val::one(v)]);
        match name {
            "Len64" | "Len" | "Len32" | "Len16" | "Len8" => {
                let t = match name {
                    "Len32" => u32_,
                    "Len16" => u16_,
                    "Len8" => u8_,
                    _ => u64_,
                };
                let x = self.expr_to(&args[0], t).single();
                let x = self.resize_int(x, Type::I64, false);
                let zeros = self.b.value(InstKind::Unary(UnaryOp::Clz, x), Type::I64);
                let width = self.int(64);
                one(self.binary(Op::Isub, width, zeros))
            }
            "ReverseBytes64" | "ReverseBytes" | "Bswap64" => self.unary_bits(UnaryOp::Bswap, &args[0], u64_),
            "ReverseBytes32" | "Bswap32" => self.unary_bits(UnaryOp::Bswap, &args[0], u32_),
            "ReverseBytes16" => self.unary_bits(UnaryOp::Bswap, &args[0], u16_),
            "RotateLeft64" | "RotateLeft" | "RotateLeft32" | "RotateLeft16" | "RotateLeft8" => {
                let t = match name {
                    "RotateLeft32" => u32_,
                    "RotateLeft16" => u16_,
                    "RotateLeft8" => u8_,
                    _ => u64_,
                };
                let x = self.expr_to(&args[0], t).single();
                let k = self.expr_to(&args[1], TypeId::INT).single();
                one(self.binary(Op::Rotl, x, k))
            }
            "Mul64" | "Mul" | "mulWW" => {
                let v = self.operands(args, &[if path == "math/big" { uint } else { u64_ }; 2]);
                let hi = self.binary(Op::Umulhi, v[0], v[1]);
                let lo = self.binary(Op::Imul, v[0], v[1]);
                Some(vec![Val::one(hi), Val::one(lo)])
            }
            "Add64" | "Add" => {
                let v = self.operands(args, &[u64_; 3]);
                Some(self.pair(InstKind::AddCarry(v[0], v[1], v[2])))
            }
            "Sub64" | "Sub" => {
                let v = self.operands(args, &[u64_; 3]);
                Some(self.pair(InstKind::SubBorrow(v[0], v[1], v[2])))
            }
            "MulUintptr" => {
                let v = self.operands(args, &[TypeId::UINTPTR; 2]);
                let hi = self.binary(Op::Umulhi, v[0], v[1]);
                let lo = self.binary(Op::Imul, v[0], v[1]);
                let zero = self.int(0);
                let overflow = self.icmp(IntCc::Ne, hi, zero);
                Some(vec![Val::one(lo), Val::one(overflow)])
            }
            "Prefetch" | "PrefetchStreamed" => {
                self.own_operands(args);
                Some(vec![])
            }
            _ => None,
        }
    }
    fn unary_bits(&mut self, op: UnaryOp, arg: &'s Expr, t: TypeId) -> Option<Vec<Val>> {
        let x = self.expr_to(arg, t).single();
        let ty = self.b.func.ty(x);
        Some(vec![Val::one(self.b.value(InstKind::Unary(op, x), ty))])
    }
    fn pair(&mut self, kind: InstKind) -> Vec<Val> {
        let inst = self.b.inst(kind, &[Type::I64, Type::I64]);
        self.b.func.results[inst].clone().into_iter().map(Val::one).collect()
    }

    fn math(&mut self, name: &str, args: &'s [Expr]) -> Option<Vec<Val>> {
        let t = TypeId::FLOAT64;
        let op = match name {
            "sqrt" | "Sqrt" => UnaryOp::Sqrt,
            "Abs" => UnaryOp::Fabs,
            "Float64bits" | "Float64frombits" | "Float32bits" | "Float32frombits" => {
                let (from, ty) = match name {
                    "Float64bits" => (t, Type::I64),
                    "Float64frombits" => (TypeId::basic(BasicKind::Uint64), Type::F64),
                    "Float32bits" => (TypeId::FLOAT32, Type::I32),
                    _ => (TypeId::basic(BasicKind::Uint32), Type::F32),
                };
                let x = self.expr_to(&args[0], from).single();
                return Some(vec![Val::one(self.conv(ConvOp::Bitcast, ty, x))]);
            }
            _ => return None,
        };
        let x = self.expr_to(&args[0], t).single();
        Some(vec![Val::one(self.b.value(InstKind::Unary(op, x), Type::F64))])
    }

    fn system(&mut self, path: &str, name: &str, args: &'s [Expr]) -> Option<Vec<Val>> {
        let one = |v: Value| Some(vec![Val::one(v)]);
        match (path, name) {
            ("internal/runtime/sys", "GetCallerPC") => {
                let pc = self.b.value(InstKind::ReturnAddress, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, pc))
            }
            ("internal/runtime/sys", "GetCallerSP") | ("runtime", "getfp") => {
                self.b.func.flags.noinline = true;
                let fp = self.b.value(InstKind::FramePointer, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, fp))
            }
            ("internal/runtime/sys", "GetClosurePtr") => {
                self.b.func.flags.closure = true;
                self.b.func.flags.noinline = true;
                let context = self.b.value(InstKind::ClosureContext, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, context))
            }
            ("internal/abi", "FuncPCABI0" | "FuncPCABIInternal") => {
                let arg = &args[0];
                if let Some(key) = self.static_callee(arg) {
                    let id = self.l.func(key);
                    let code = self.b.value(InstKind::FuncAddr(id), Type::Ptr);
                    return one(self.conv(ConvOp::Bitcast, Type::I64, code));
                }
                let t = self.type_of(arg);
                let value = self.expr(arg);
                // The func value: behind the data word of an interface (a func is pointer-shaped), or itself.
                let func = match &*self.shape(t) {
                    Shape::Interface(_) => value.parts()[1],
                    _ => value.single(),
                };
                let flags = MemFlags::default();
                let code = self.load_scalar(Type::I64, func, 0, flags);
                one(code)
            }
            ("internal/abi", "EscapeNonString") => {
                self.expr(&args[0]);
                Some(vec![])
            }
            ("runtime", "KeepAlive") => {
                let value = self.expr(&args[0]);
                if let Val::Parts(parts) = value {
                    for part in parts {
                        self.b.inst(InstKind::KeepAlive(part), &[]);
                    }
                }
                Some(vec![])
            }
            ("runtime", "getg") => one(self.current_g()),
            ("crypto/internal/constanttime", "boolToUint8") => one(self.expr1(&args[0])),
            _ => None,
        }
    }
}
