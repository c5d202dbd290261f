//! Instructions and terminators.
//!
//! The comment of each variant gives operand types → result types. `int` is any integer type, the same for all operands
//! unless said otherwise.

use crate::func::{Block, Signature, Slot, SrcLoc, Type, Value};
use crate::module::{DataId, FuncId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstData {
    pub kind: InstKind,
    pub loc: SrcLoc,
}

/// One operand in, same type out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    Ineg,
    Bnot,
    Clz,
    Ctz,
    Popcnt,
    Bswap,
    Bitrev,
    Fneg,
    Fabs,
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    /// Round half to even.
    Nearest,
    /// The operand, of any type, under a name to which the register allocator gives a place of its own (`opt`'s `split-ranges`).
    Split,
}

/// Two operands of one type in, same type out (shifts: the amount is `I64`, taken as unsigned).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Iadd,
    Isub,
    Imul,
    /// Go's division: the divisor is known to be non-zero; MIN / -1 = MIN.
    Sdiv,
    Udiv,
    /// MIN % -1 = 0.
    Srem,
    Urem,
    /// High half of the double-width product.
    Umulhi,
    Smulhi,
    And,
    Or,
    Xor,
    /// `a &^ b`
    AndNot,
    /// Go's shifts: amounts of at least the width give 0 (or the sign, for `Sshr`).
    Shl,
    Ushr,
    Sshr,
    /// Machine shifts: the amount is known to be below the width.
    ShlBounded,
    UshrBounded,
    SshrBounded,
    /// Amount modulo width.
    Rotl,
    Fadd,
    Fsub,
    Fmul,
    Fdiv,
    /// Go's min and max for floats (NaN wins, -0 < +0).
    Fmin,
    Fmax,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IntCc {
    Eq,
    Ne,
    Slt,
    Sle,
    Sgt,
    Sge,
    Ult,
    Ule,
    Ugt,
    Uge,
}

/// Ordered comparisons, false on NaN, except `Ne`, which is true.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FloatCc {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConvOp {
    /// To a wider integer.
    Sext,
    Zext,
    /// To a narrower integer.
    Trunc,
    /// Integer (I32 or I64) to float.
    SintToFloat,
    UintToFloat,
    /// Float to integer (I32 or I64) as gc on the target does it (amd64: raw cvttsd2si; unsigned by the two-range method).
    FloatToSint,
    FloatToUint,
    /// F32 ↔ F64.
    Fpromote,
    Fdemote,
    /// Same size, int ↔ float, or Ptr ↔ word integer.
    Bitcast,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtomicOp {
    Add,
    And,
    Or,
    Xchg,
}

/// What may be assumed of a memory access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct MemFlags {
    /// The address is known to be valid: a nil check has dominated it, or it is a slot or global.
    pub nonnil: bool,
    /// The memory never changes once readable (type descriptors, itabs, string bytes of constants).
    pub readonly: bool,
    /// Stores of a pointer to heap memory that need the write barrier once the collector is concurrent.
    pub barrier: bool,
}

/// Which panic a failing check raises (`runtime.panicIndex` and so on; see the runtime's boundsError codes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BoundsKind {
    /// `s[x]`, 0 <= x < len
    Index,
    /// `s[?:x]`, 0 <= x <= len (string or array)
    SliceAlen,
    /// `s[?:x]`, 0 <= x <= cap (slice)
    SliceAcap,
    /// `s[x:y]`, 0 <= x <= y
    SliceB,
    /// `s[::x]`, x <= len (array)
    Slice3Alen,
    /// `s[::x]`, x <= cap (slice)
    Slice3Acap,
    /// `s[:x:y]`
    Slice3B,
    /// `s[x:y:]`
    Slice3C,
    /// `(*[x]T)(s)`, len(s) >= x
    SliceConvert,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Callee {
    /// A function by name (Go code, or an rt entry: `Module::funcs[id].kind` says).
    Func(FuncId),
    /// Call through a func value: `Ptr` to `{code, ...}`; stores it to `g.ctxt`. Nil faults.
    Closure(Value),
    /// Call of a code address taken from an itab or method table, no context. `method` (the itab's interface and method index) lets
    /// `opt` devirtualise.
    Code { code: Value },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstKind {
    /// → ty (int, or Ptr with 0 = nil)
    Iconst(Type, i64),
    /// → F32 (the low 32 bits) or F64, by bits
    Fconst(Type, u64),
    /// T → T
    Unary(UnaryOp, Value),
    /// T, T → T
    Binary(BinaryOp, Value, Value),
    /// int, int → I8; also Ptr, Ptr
    Icmp(IntCc, Value, Value),
    /// float, float → I8
    Fcmp(FloatCc, Value, Value),
    /// x → ty
    Conv(ConvOp, Type, Value),
    /// I8, T, T → T
    Select(Value, Value, Value),
    /// x, y, z → float: x*y + z rounded once
    Fma(Value, Value, Value),
    /// I64 x, I64 y, I64 carry → I64 sum, I64 carry out
    AddCarry(Value, Value, Value),
    /// I64 x, I64 y, I64 borrow → I64 difference, I64 borrow out
    SubBorrow(Value, Value, Value),
    /// I64 hi, I64 lo, I64 y → I64 quotient, I64 remainder; y > hi is known
    Div128(Value, Value, Value),
    /// Ptr, I64 bytes → Ptr
    PtrAdd(Value, Value),
    /// → Ptr
    SlotAddr(Slot),
    /// → Ptr: address of data plus an offset
    DataAddr(DataId, i64),
    /// → Ptr: entry address of a function
    FuncAddr(FuncId),
    /// Ptr → ty at `addr + offset`. Faults on nil unless `nonnil`; a fault is Go's nil-dereference panic.
    Load { ty: Type, addr: Value, offset: i32, flags: MemFlags },
    /// Ptr, T →
    Store { addr: Value, value: Value, offset: i32, flags: MemFlags },
    /// Ptr dst, Ptr src → ; `size` bytes, possibly the same place exactly, never partly overlapping. `pointers`: holds pointers (barrier).
    Copy { dst: Value, src: Value, size: u64, align: u32, pointers: bool },
    /// Ptr → ; `size` bytes set to zero
    Zero { dst: Value, size: u64, align: u32, pointers: bool },
    /// Ptr → ; panics with Go's nil dereference when nil
    NilCheck(Value),
    /// I64 index, I64 length → ; panics unless `index < length` (unsigned) for `Index`, `index <= length` for the slice kinds.
    /// `unsigned`: the panic text prints the index as unsigned.
    BoundsCheck { kind: BoundsKind, index: Value, length: Value, unsigned: bool },
    /// I* divisor → ; panics "integer divide by zero" when zero
    DivCheck(Value),
    /// → Ptr: a zeroed object of the type whose descriptor is `ty`. May become a stack slot.
    New { ty: DataId, size: u64, align: u32, noscan: bool },
    /// args → results of the signature
    Call { callee: Callee, sig: Signature, args: Vec<Value> },
    /// → Ptr: `g.ctxt`; only at the entry of a closure
    ClosureContext,
    /// → Ptr: the goroutine descriptor (the pinned register); read it anew after each call
    GetG,
    /// → Ptr: the frame pointer
    FramePointer,
    /// → Ptr: return address of this function
    ReturnAddress,
    /// Sequentially consistent. Ptr → ty
    AtomicLoad { ty: Type, addr: Value },
    /// Ptr, T →
    AtomicStore { addr: Value, value: Value, barrier: bool },
    /// Ptr, T → T old
    AtomicRmw { op: AtomicOp, addr: Value, value: Value, barrier: bool },
    /// Ptr, T old, T new → I8 swapped
    AtomicCas { addr: Value, old: Value, new: Value, barrier: bool },
    /// any → ; keeps the operand alive up to here
    KeepAlive(Value),
}

/// Ends a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Terminator {
    Jump(Block, Vec<Value>),
    /// I8 condition; non-zero takes the first edge.
    Branch {
        cond: Value,
        then: (Block, Vec<Value>),
        els: (Block, Vec<Value>),
    },
    /// int scrutinee compared with constants; all blocks without parameters.
    Switch {
        value: Value,
        cases: Vec<(i64, Block)>,
        default: Block,
    },
    Return(Vec<Value>),
    /// Not reached: after a call that does not return.
    Unreachable,
}

impl InstKind {
    /// Whether the instruction makes the same value wherever it stands in a function: a constant, or the address of a slot or symbol. The code
    /// generator makes such values anew at each use.
    pub fn is_constant(&self) -> bool {
        use InstKind::*;
        matches!(self, Iconst(..) | Fconst(..) | SlotAddr(_) | DataAddr(..) | FuncAddr(_))
    }

    /// Calls `f` with each operand in order.
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        let mut copy = self.clone();
        copy.map_operands(|v| {
            f(v);
            v
        });
    }

    /// Replaces each operand.
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        use InstKind::*;
        match self {
            Iconst(..)
            | Fconst(..)
            | SlotAddr(_)
            | DataAddr(..)
            | FuncAddr(_)
            | New { .. }
            | ClosureContext
            | GetG
            | FramePointer
            | ReturnAddress => {}
            Unary(_, a) | Conv(_, _, a) | NilCheck(a) | DivCheck(a) | KeepAlive(a) => *a = f(*a),
            Binary(_, a, b) | Icmp(_, a, b) | Fcmp(_, a, b) | PtrAdd(a, b) => {
                *a = f(*a);
                *b = f(*b);
            }
            Select(a, b, c) | Fma(a, b, c) | AddCarry(a, b, c) | SubBorrow(a, b, c) | Div128(a, b, c) => {
                *a = f(*a);
                *b = f(*b);
                *c = f(*c);
            }
            Load { addr, .. } | AtomicLoad { addr, .. } => *addr = f(*addr),
            Store { addr, value, .. } | AtomicStore { addr, value, .. } | AtomicRmw { addr, value, .. } => {
                *addr = f(*addr);
                *value = f(*value);
            }
            Copy { dst, src, .. } => {
                *dst = f(*dst);
                *src = f(*src);
            }
            Zero { dst, .. } => *dst = f(*dst),
            BoundsCheck { index, length, .. } => {
                *index = f(*index);
                *length = f(*length);
            }
            Call { callee, args, .. } => {
                match callee {
                    Callee::Func(_) => {}
                    Callee::Closure(v) | Callee::Code { code: v } => *v = f(*v),
                }
                for arg in args {
                    *arg = f(*arg);
                }
            }
            AtomicCas { addr, old, new, .. } => {
                *addr = f(*addr);
                *old = f(*old);
                *new = f(*new);
            }
        }
    }
}

impl Terminator {
    /// Calls `f` with each operand in order.
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        let mut copy = self.clone();
        copy.map_operands(|v| {
            f(v);
            v
        });
    }

    /// Calls `f` with each successor and its arguments.
    pub fn for_each_successor(&self, mut f: impl FnMut(Block, &[Value])) {
        match self {
            Terminator::Jump(block, args) => f(*block, args),
            Terminator::Branch { then, els, .. } => {
                f(then.0, &then.1);
                f(els.0, &els.1);
            }
            Terminator::Switch { cases, default, .. } => {
                for (_, block) in cases {
                    f(*block, &[]);
                }
                f(*default, &[]);
            }
            Terminator::Return(_) | Terminator::Unreachable => {}
        }
    }

    /// Replaces each operand, edge arguments included.
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Terminator::Jump(_, args) | Terminator::Return(args) => args.iter_mut().for_each(|v| *v = f(*v)),
            Terminator::Branch { cond, then, els } => {
                *cond = f(*cond);
                then.1.iter_mut().for_each(|v| *v = f(*v));
                els.1.iter_mut().for_each(|v| *v = f(*v));
            }
            Terminator::Switch { value, .. } => *value = f(*value),
            Terminator::Unreachable => {}
        }
    }
}
