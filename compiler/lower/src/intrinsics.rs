//! Functions that the compiler replaces: atomics, bit operations, and the few that have no usable body.
//!
//! [`lookup`] names the operation behind a function. A direct call becomes that operation in place; where such a function is used as a
//! value (or deferred, or started as a goroutine) and has no body of its own, [`Lowerer::intrinsic_func`] makes it one.

use rgo_mir::{
    AtomicOp, BinaryOp as Op, ConvOp, Func, FuncBuilder, FuncId, FuncKind, InstKind, IntCc, Type, UnaryOp,
    Value,
};
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::FileIdx;
use smallvec::SmallVec;

use crate::Lowerer;
use crate::abi::Abi;
use crate::func::{Env, FuncLower};
use crate::lowerer::FuncKey;
use crate::repr::Val;
use crate::shape::Shape;

/// What is done instead of a call. Operands are the arguments, in the types of the parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Intrinsic {
    AtomicLoad,
    AtomicStore,
    AtomicCas,
    AtomicRmw(AtomicOp),
    /// Bits are counted: the result is an int.
    Count(UnaryOp),
    /// Position of the highest bit set, as an int.
    Len,
    /// An operation whose result has its operand's type.
    Unary(UnaryOp),
    /// The bits as another type.
    Bitcast,
    Binary(Op),
    /// High and low word of the product.
    Mul64,
    AddCarry,
    SubBorrow,
    /// Product, and whether it overflowed.
    MulOverflow,
    /// Only the operands' effects.
    Nothing,
    CallerPc,
    CallerSp,
    ClosurePtr,
    G,
    /// The operand itself.
    Identity,
}

/// The operation behind function `name` of the package with import path `path`.
fn lookup(path: &str, name: &str) -> Option<Intrinsic> {
    match path {
        "internal/runtime/atomic" | "sync/atomic" => atomic(path, name),
        "math/bits" => bits(name),
        "internal/runtime/sys" => bits(name).or(match name {
            "GetCallerPC" => Some(Intrinsic::CallerPc),
            "GetCallerSP" => Some(Intrinsic::CallerSp),
            "GetClosurePtr" => Some(Intrinsic::ClosurePtr),
            _ => None,
        }),
        "internal/runtime/math" => match name {
            "MulUintptr" => Some(Intrinsic::MulOverflow),
            _ => bits(name),
        },
        "math/big" => (name == "mulWW").then_some(Intrinsic::Mul64),
        "math" => match name {
            "sqrt" | "Sqrt" => Some(Intrinsic::Unary(UnaryOp::Sqrt)),
            "Abs" => Some(Intrinsic::Unary(UnaryOp::Fabs)),
            "Floor" | "floor" => Some(Intrinsic::Unary(UnaryOp::Floor)),
            "Ceil" | "ceil" => Some(Intrinsic::Unary(UnaryOp::Ceil)),
            "Trunc" | "trunc" => Some(Intrinsic::Unary(UnaryOp::Trunc)),
            "RoundToEven" => Some(Intrinsic::Unary(UnaryOp::Nearest)),
            "Float64bits" | "Float64frombits" | "Float32bits" | "Float32frombits" => Some(Intrinsic::Bitcast),
            _ => None,
        },
        "runtime" => match name {
            "getfp" => Some(Intrinsic::CallerSp),
            "getg" => Some(Intrinsic::G),
            _ => None,
        },
        "crypto/internal/constanttime" => (name == "boolToUint8").then_some(Intrinsic::Identity),
        _ => None,
    }
}

fn atomic(path: &str, name: &str) -> Option<Intrinsic> {
    // Barriered pointer writers are entries of rt.
    let barriered = match path {
        "sync/atomic" => matches!(name, "StorePointer" | "SwapPointer" | "CompareAndSwapPointer"),
        _ => matches!(name, "storePointer" | "casPointer"),
    };
    if barriered {
        return None;
    }
    let prefixes = [
        ("CompareAndSwap", Intrinsic::AtomicCas),
        ("Cas", Intrinsic::AtomicCas),
        ("Load", Intrinsic::AtomicLoad),
        ("Store", Intrinsic::AtomicStore),
        ("Xadd", Intrinsic::AtomicRmw(AtomicOp::Add)),
        ("Add", Intrinsic::AtomicRmw(AtomicOp::Add)),
        ("Xchg", Intrinsic::AtomicRmw(AtomicOp::Xchg)),
        ("Swap", Intrinsic::AtomicRmw(AtomicOp::Xchg)),
        ("And", Intrinsic::AtomicRmw(AtomicOp::And)),
        ("Or", Intrinsic::AtomicRmw(AtomicOp::Or)),
    ];
    prefixes.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|&(_, intrinsic)| intrinsic)
}

fn bits(name: &str) -> Option<Intrinsic> {
    Some(match name {
        "LeadingZeros64" | "LeadingZeros32" | "LeadingZeros" => Intrinsic::Count(UnaryOp::Clz),
        "TrailingZeros64" | "TrailingZeros32" | "TrailingZeros16" | "TrailingZeros8" | "TrailingZeros" => {
            Intrinsic::Count(UnaryOp::Ctz)
        }
        "OnesCount64" | "OnesCount32" | "OnesCount16" | "OnesCount8" | "OnesCount" => {
            Intrinsic::Count(UnaryOp::Popcnt)
        }
        "Len64" | "Len32" | "Len16" | "Len8" | "Len" => Intrinsic::Len,
        "ReverseBytes64" | "ReverseBytes32" | "ReverseBytes" | "Bswap64" | "Bswap32" => {
            Intrinsic::Unary(UnaryOp::Bswap)
        }
        "RotateLeft64" | "RotateLeft32" | "RotateLeft16" | "RotateLeft8" | "RotateLeft" => {
            Intrinsic::Binary(Op::Rotl)
        }
        "Mul64" | "Mul" => Intrinsic::Mul64,
        "Add64" | "Add" => Intrinsic::AddCarry,
        "Sub64" | "Sub" => Intrinsic::SubBorrow,
        "Prefetch" | "PrefetchStreamed" => Intrinsic::Nothing,
        _ => return None,
    })
}

impl Lowerer<'_, '_> {
    fn intrinsic_of(&self, key: &FuncKey) -> Option<Intrinsic> {
        let object = self.prog.obj(key.obj);
        if object.as_func().is_some_and(|f| f.recv_base.is_some()) {
            return None;
        }
        lookup(self.prog.package_path(object.pkg?).as_str(), object.name.as_str())
    }

    /// An intrinsic as a function, named `symbol`; `None` when `key` is none.
    pub(crate) fn intrinsic_func(&mut self, key: &FuncKey, symbol: &str) -> Option<FuncId> {
        let intrinsic = self.intrinsic_of(key)?;
        let abi = self.func_abi(key);
        let id = self.module.declare_func(symbol, FuncKind::Go, abi.sig.clone());
        let mut func = Func::new(id, symbol.to_owned(), abi.sig.clone());
        let pkg = self.prog.obj(key.obj).pkg.expect("functions belong to packages");
        let b = FuncBuilder::new(&mut func);
        let mut f =
            FuncLower::new(self, b, FileIdx(0), pkg, Env::default(), symbol.to_owned(), Default::default());
        let (pointers, params) = f.incoming(&abi);
        let operands: Vec<Value> = params.iter().map(Val::single).collect();
        let results = f.emit_intrinsic(intrinsic, &operands, &abi);
        f.pass_results(&abi, &pointers, &results);
        f.b.finish();
        self.module.bodies.push(func);
        Some(id)
    }
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// The results of call `e` when it calls an intrinsic.
    pub fn intrinsic(&mut self, e: &'s Expr) -> Option<Vec<Val>> {
        let ExprKind::Call { fun, args, ellipsis, .. } = &e.kind else { return None };
        let key = self.static_callee(fun)?;
        if let Some(results) = self.intrinsic_of_expr(&key, args) {
            return Some(results);
        }
        let intrinsic = self.l.intrinsic_of(&key)?;
        let abi = self.l.func_abi(&key);
        let operands = self.arguments(args, ellipsis.is_some(), &abi.params, false);
        let operands: Vec<Value> = operands.iter().map(|(_, value)| value.single()).collect();
        Some(self.emit_intrinsic(intrinsic, &operands, &abi))
    }

    /// The intrinsics that look at their argument as an expression.
    fn intrinsic_of_expr(&mut self, key: &FuncKey, args: &'s [Expr]) -> Option<Vec<Val>> {
        let object = self.l.prog.obj(key.obj);
        let (name, pkg) = (object.name, object.pkg?);
        match (self.l.prog.package_path(pkg).as_str(), name.as_str()) {
            ("internal/abi", "FuncPCABI0" | "FuncPCABIInternal") => {
                let arg = &args[0];
                if let Some(key) = self.static_callee(arg) {
                    let assembly =
                        (name.as_str() == "FuncPCABI0").then(|| self.l.assembly_entry(&key)).flatten();
                    let id = assembly.unwrap_or_else(|| self.l.func(key));
                    let code = self.b.value(InstKind::FuncAddr(id), Type::Ptr);
                    return Some(vec![Val::one(self.conv(ConvOp::Bitcast, Type::I64, code))]);
                }
                let t = self.type_of(arg);
                let value = self.expr(arg);
                // The func value: behind the data word of an interface (a func is pointer-shaped), or itself.
                let func = match &*self.shape(t) {
                    Shape::Interface(_) => value.parts()[1],
                    _ => value.single(),
                };
                Some(vec![Val::one(self.load_scalar(Type::I64, func, 0, Default::default()))])
            }
            ("internal/abi", "EscapeNonString") => {
                self.expr(&args[0]);
                Some(vec![])
            }
            // The argument as it is, not boxed.
            ("runtime", "KeepAlive") => {
                let parts = match self.expr(&args[0]) {
                    Val::Parts(parts) => parts,
                    Val::Mem(address) => SmallVec::from_slice(&[address]),
                };
                for part in parts {
                    if self.b.func.ty(part) == Type::Ptr {
                        self.b.inst(InstKind::KeepAlive(part), &[]);
                    }
                }
                Some(vec![])
            }
            _ => None,
        }
    }

    fn emit_intrinsic(&mut self, intrinsic: Intrinsic, v: &[Value], abi: &Abi) -> Vec<Val> {
        let result = abi.sig.results.first().copied();
        let one = |v: Value| vec![Val::one(v)];
        match intrinsic {
            Intrinsic::AtomicLoad => {
                let ty = result.expect("a load has a result");
                one(self.b.value(InstKind::AtomicLoad { ty, addr: v[0] }, ty))
            }
            Intrinsic::AtomicStore => {
                let (addr, value) = (v[0], self.word_at(abi, v[1]));
                self.b.inst(InstKind::AtomicStore { addr, value, barrier: false }, &[]);
                vec![]
            }
            Intrinsic::AtomicCas => {
                let (old, new) = (self.word_at(abi, v[1]), self.word_at(abi, v[2]));
                let kind = InstKind::AtomicCas { addr: v[0], old, new, barrier: false };
                one(self.b.value(kind, Type::I8))
            }
            Intrinsic::AtomicRmw(op) => {
                let value = self.word_at(abi, v[1]);
                let ty = self.b.func.ty(value);
                let kind = InstKind::AtomicRmw { op, addr: v[0], value, barrier: false };
                let old = self.b.value(kind, ty);
                // Add functions give the new value; And8, Or8, And and Or without result give nothing.
                match (op, result) {
                    (_, None) => vec![],
                    (AtomicOp::Add, _) => one(self.binary(Op::Iadd, old, value)),
                    _ => one(old),
                }
            }
            Intrinsic::Count(op) => {
                let ty = self.b.func.ty(v[0]);
                let count = self.b.value(InstKind::Unary(op, v[0]), ty);
                one(self.resize_int(count, Type::I64, false))
            }
            Intrinsic::Len => {
                let x = self.resize_int(v[0], Type::I64, false);
                let zeros = self.b.value(InstKind::Unary(UnaryOp::Clz, x), Type::I64);
                let width = self.int(64);
                one(self.binary(Op::Isub, width, zeros))
            }
            Intrinsic::Unary(op) => {
                let ty = self.b.func.ty(v[0]);
                one(self.b.value(InstKind::Unary(op, v[0]), ty))
            }
            Intrinsic::Bitcast => one(self.conv(ConvOp::Bitcast, result.expect("one result"), v[0])),
            Intrinsic::Binary(op) => one(self.binary(op, v[0], v[1])),
            Intrinsic::Mul64 => {
                let hi = self.binary(Op::Umulhi, v[0], v[1]);
                let lo = self.binary(Op::Imul, v[0], v[1]);
                vec![Val::one(hi), Val::one(lo)]
            }
            Intrinsic::AddCarry => self.pair(InstKind::AddCarry(v[0], v[1], v[2])),
            Intrinsic::SubBorrow => self.pair(InstKind::SubBorrow(v[0], v[1], v[2])),
            Intrinsic::MulOverflow => {
                let hi = self.binary(Op::Umulhi, v[0], v[1]);
                let lo = self.binary(Op::Imul, v[0], v[1]);
                let zero = self.int(0);
                let overflow = self.icmp(IntCc::Ne, hi, zero);
                vec![Val::one(lo), Val::one(overflow)]
            }
            Intrinsic::Nothing => vec![],
            Intrinsic::CallerPc => {
                let pc = self.b.value(InstKind::ReturnAddress, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, pc))
            }
            Intrinsic::CallerSp => {
                self.b.func.flags.noinline = true;
                let fp = self.b.value(InstKind::FramePointer, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, fp))
            }
            Intrinsic::ClosurePtr => {
                self.b.func.flags.closure = true;
                self.b.func.flags.noinline = true;
                let context = self.b.value(InstKind::ClosureContext, Type::Ptr);
                one(self.conv(ConvOp::Bitcast, Type::I64, context))
            }
            Intrinsic::G => one(self.current_g()),
            Intrinsic::Identity => one(v[0]),
        }
    }

    /// Operand `value` in the type of the word that an atomic's first parameter points to: `func(ptr unsafe.Pointer, v *T)` and
    /// `func(ptr *uintptr, delta int64)` exist.
    fn word_at(&mut self, abi: &Abi, value: Value) -> Value {
        let ty = match self.l.pointee(abi.params[0]) {
            Some(elem) => self.layout(elem).parts().first().map_or(Type::Ptr, |part| part.ty),
            // unsafe.Pointer to a word that holds a pointer
            None => Type::Ptr,
        };
        match (self.b.func.ty(value), ty) {
            (from, to) if from == to => value,
            (Type::Ptr, Type::I64) | (Type::I64, Type::Ptr) => self.conv(ConvOp::Bitcast, ty, value),
            _ => self.resize_int(value, ty, true),
        }
    }

    fn pair(&mut self, kind: InstKind) -> Vec<Val> {
        let inst = self.b.inst(kind, &[Type::I64, Type::I64]);
        self.b.func.results[inst].clone().into_iter().map(Val::one).collect()
    }
}
