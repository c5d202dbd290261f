//! Checks the rules of MIR that `lib.rs` states.
//!
//! In: a function (and its module, for the signatures of callees). Out: every violation, as text naming block and instruction.
//! A violation is a bug of the stage that made the function, never of the user's program. Cost: linear, plus the dominator tree.

use std::fmt;

use crate::dom::{ControlFlow, DomTree};
use crate::entity::EntityRef;
use crate::func::{Block, Func, Inst, Type, Value, ValueDef};
use crate::inst::{BinaryOp, Callee, ConvOp, InstKind, Terminator, UnaryOp};
use crate::module::{FuncKind, Module};

/// One broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    pub block: Option<Block>,
    pub inst: Option<Inst>,
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(block) = self.block {
            write!(f, "{block}: ")?;
        }
        if let Some(inst) = self.inst {
            write!(f, "{inst}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Checks `func`; an empty list means that it is well formed.
pub fn verify(func: &Func, module: Option<&Module>) -> Vec<VerifyError> {
    let mut v = Verifier { func, module, errors: Vec::new(), block: None, inst: None };
    if func.layout.is_empty() {
        v.error("no entry block".into());
        return v.errors;
    }
    // Types and dominance can only be judged once every entity exists and sits in one place.
    let positions = v.structure();
    if v.errors.is_empty() {
        v.types();
        v.dominance(&positions);
    }
    v.errors
}

struct Verifier<'a> {
    func: &'a Func,
    module: Option<&'a Module>,
    errors: Vec<VerifyError>,
    block: Option<Block>,
    inst: Option<Inst>,
}

/// Per instruction: its block and index there; `None` when it is in no block.
type Positions = Vec<Option<(Block, usize)>>;

impl Verifier<'_> {
    fn error(&mut self, message: String) {
        self.errors.push(VerifyError { block: self.block, inst: self.inst, message });
    }
    fn expect(&mut self, ok: bool, message: impl FnOnce() -> String) {
        if !ok {
            self.error(message());
        }
    }

    fn structure(&mut self) -> Positions {
        let func = self.func;
        let mut positions: Positions = vec![None; func.insts.len()];
        let mut placed = vec![false; func.blocks.len()];
        let mut in_layout = vec![false; func.blocks.len()];
        for block in &func.layout {
            if let Some(flag) = in_layout.get_mut(block.index()) {
                *flag = true;
            }
        }
        for &block in &func.layout {
            self.block = Some(block);
            if func.blocks.get(block).is_none() {
                self.error("no such block".into());
                continue;
            }
            if std::mem::replace(&mut placed[block.index()], true) {
                self.error("twice in the layout".into());
            }
            for (index, &inst) in func.blocks[block].insts.iter().enumerate() {
                self.inst = Some(inst);
                match positions.get_mut(inst.index()) {
                    None => self.error("no such instruction".into()),
                    Some(Some(_)) => self.error("in two places".into()),
                    Some(slot) => {
                        *slot = Some((block, index));
                        func.insts[inst].kind.for_each_operand(|v| self.exists(v));
                        for (i, &result) in func.results[inst].iter().enumerate() {
                            let def = func.values.get(result).map(|data| data.def);
                            self.expect(def == Some(ValueDef::Inst(inst, i as u32)), || {
                                format!("result {result} has another definition")
                            });
                        }
                    }
                }
            }
            self.inst = None;
            for (i, &param) in func.blocks[block].params.iter().enumerate() {
                let def = func.values.get(param).map(|data| data.def);
                self.expect(def == Some(ValueDef::Param(block, i as u32)), || {
                    format!("parameter {param} has another definition")
                });
            }
            match func.blocks[block].term.clone() {
                None => self.error("no terminator".into()),
                Some(mut term) => {
                    term.map_operands(|v| {
                        self.exists(v);
                        v
                    });
                    term.for_each_successor(|succ, _| {
                        if !in_layout.get(succ.index()).is_some_and(|&known| known) {
                            self.error(format!("edge to {succ}, which is not in the layout"));
                        }
                        self.expect(succ != func.entry(), || "edge to the entry block".into());
                    });
                }
            }
        }
        self.block = None;
        if let Some(handler) = func.handler {
            self.expect(func.layout.contains(&handler), || format!("handler {handler} is not in the layout"));
            self.expect(func.blocks.get(handler).is_some_and(|b| b.params.is_empty()), || {
                format!("handler {handler} has parameters")
            });
        }
        self.expect(func.flags.has_defer == func.handler.is_some(), || {
            "has_defer and a handler go together".into()
        });
        positions
    }
    fn exists(&mut self, value: Value) {
        self.expect(self.func.values.get(value).is_some(), || format!("no such value {value}"));
    }

    fn types(&mut self) {
        let func = self.func;
        let entry_types: Vec<Type> = func.params().iter().map(|&v| func.ty(v)).collect();
        self.expect(entry_types == func.sig.params, || "entry parameters differ from the signature".into());
        for &block in &func.layout {
            self.block = Some(block);
            for &inst in &func.blocks[block].insts {
                self.inst = Some(inst);
                self.inst_types(inst);
            }
            self.inst = None;
            if let Some(term) = &func.blocks[block].term {
                self.terminator_types(term);
            }
        }
        self.block = None;
    }

    fn operand(&mut self, value: Value, want: Type) {
        let ty = self.func.ty(value);
        self.expect(ty == want, || format!("operand {value} is {ty}, not {want}"));
    }
    fn int_operand(&mut self, value: Value) {
        let ty = self.func.ty(value);
        self.expect(ty.is_int(), || format!("operand {value} is {ty}, not an integer"));
    }
    fn float_operand(&mut self, value: Value) {
        let ty = self.func.ty(value);
        self.expect(ty.is_float(), || format!("operand {value} is {ty}, not a float"));
    }

    fn inst_types(&mut self, inst: Inst) {
        use InstKind::*;
        use Type::*;
        let func = self.func;
        let ty = |v: Value| func.ty(v);
        let want: Vec<Type> = match &func.insts[inst].kind {
            Iconst(t, k) => {
                self.expect(!t.is_float(), || "iconst of a float".into());
                let bits = t.bits(8);
                let fits = bits == 64 || (*k >= -(1i64 << (bits - 1)) && *k < 1i64 << bits);
                self.expect(fits, || format!("{k} does not fit {t}"));
                vec![*t]
            }
            Fconst(t, _) => {
                self.expect(t.is_float(), || format!("fconst of {t}"));
                vec![*t]
            }
            Unary(op, a) => {
                use UnaryOp::*;
                match op {
                    Ineg | Bnot | Clz | Ctz | Popcnt | Bswap | Bitrev => self.int_operand(*a),
                    Fneg | Fabs | Sqrt | Floor | Ceil | Trunc | Nearest => self.float_operand(*a),
                    Split => {}
                }
                vec![ty(*a)]
            }
            Binary(op, a, b) => {
                use BinaryOp::*;
                match op {
                    Iadd | Isub | Imul | Sdiv | Udiv | Srem | Urem | Umulhi | Smulhi | And | Or | Xor
                    | AndNot => {
                        self.int_operand(*a);
                        self.operand(*b, ty(*a));
                    }
                    Shl | Ushr | Sshr | ShlBounded | UshrBounded | SshrBounded | Rotl => {
                        self.int_operand(*a);
                        self.operand(*b, I64);
                    }
                    Fadd | Fsub | Fmul | Fdiv | Fmin | Fmax => {
                        self.float_operand(*a);
                        self.operand(*b, ty(*a));
                    }
                }
                vec![ty(*a)]
            }
            Icmp(_, a, b) => {
                self.expect(!ty(*a).is_float(), || "icmp of floats".into());
                self.operand(*b, ty(*a));
                vec![I8]
            }
            Fcmp(_, a, b) => {
                self.float_operand(*a);
                self.operand(*b, ty(*a));
                vec![I8]
            }
            Conv(op, to, a) => {
                self.conversion(*op, ty(*a), *to);
                vec![*to]
            }
            Select(c, a, b) => {
                self.operand(*c, I8);
                self.operand(*b, ty(*a));
                vec![ty(*a)]
            }
            Fma(a, b, c) => {
                self.float_operand(*a);
                self.operand(*b, ty(*a));
                self.operand(*c, ty(*a));
                vec![ty(*a)]
            }
            AddCarry(a, b, c) | SubBorrow(a, b, c) | Div128(a, b, c) => {
                for v in [a, b, c] {
                    self.operand(*v, I64);
                }
                vec![I64, I64]
            }
            PtrAdd(a, b) => {
                self.operand(*a, Ptr);
                self.operand(*b, I64);
                vec![Ptr]
            }
            SlotAddr(slot) => {
                self.expect(func.slots.get(*slot).is_some(), || format!("no such slot {slot}"));
                vec![Ptr]
            }
            DataAddr(data, _) => {
                let known = self.module.is_none_or(|m| m.data.get(*data).is_some());
                self.expect(known, || format!("no such data {data}"));
                vec![Ptr]
            }
            FuncAddr(id) => {
                let known = self.module.is_none_or(|m| m.funcs.get(*id).is_some());
                self.expect(known, || format!("no such function {id}"));
                vec![Ptr]
            }
            Load { ty, addr, .. } | AtomicLoad { ty, addr } => {
                self.operand(*addr, Ptr);
                vec![*ty]
            }
            Store { addr, .. } => {
                self.operand(*addr, Ptr);
                vec![]
            }
            Copy { dst, src, .. } => {
                self.operand(*dst, Ptr);
                self.operand(*src, Ptr);
                vec![]
            }
            Zero { dst, .. } => {
                self.operand(*dst, Ptr);
                vec![]
            }
            NilCheck(a) => {
                self.operand(*a, Ptr);
                vec![]
            }
            BoundsCheck { index, length, .. } => {
                self.operand(*index, I64);
                self.operand(*length, I64);
                vec![]
            }
            DivCheck(a) => {
                self.int_operand(*a);
                vec![]
            }
            New { .. } | GetG | FramePointer | ReturnAddress => vec![Ptr],
            ClosureContext => {
                self.expect(func.flags.closure, || {
                    "closure_context in a function not flagged closure".into()
                });
                vec![Ptr]
            }
            Call { callee, sig, args } => {
                match callee {
                    Callee::Func(id) => self.callee(*id, sig),
                    Callee::Closure(v) | Callee::Code { code: v } => self.operand(*v, Ptr),
                }
                self.expect(args.len() == sig.params.len(), || {
                    format!("{} arguments for {} parameters", args.len(), sig.params.len())
                });
                for (&arg, &param) in args.iter().zip(&sig.params) {
                    self.operand(arg, param);
                }
                sig.results.clone()
            }
            AtomicStore { addr, value, .. } => {
                self.operand(*addr, Ptr);
                self.atomic(ty(*value));
                vec![]
            }
            AtomicRmw { addr, value, .. } => {
                self.operand(*addr, Ptr);
                self.atomic(ty(*value));
                vec![ty(*value)]
            }
            AtomicCas { addr, old, new, .. } => {
                self.operand(*addr, Ptr);
                self.atomic(ty(*old));
                self.operand(*new, ty(*old));
                vec![I8]
            }
            KeepAlive(_) => vec![],
        };
        let got: Vec<Type> = func.results[inst].iter().map(|&v| ty(v)).collect();
        self.expect(got == want, || format!("results are {got:?}, not {want:?}"));
    }

    fn atomic(&mut self, ty: Type) {
        self.expect(!ty.is_float(), || format!("atomic access of {ty}"));
    }

    fn callee(&mut self, id: crate::FuncId, sig: &crate::Signature) {
        let Some(module) = self.module else { return };
        let Some(decl) = module.funcs.get(id) else {
            return self.error(format!("no such function {id}"));
        };
        // Runtime entries may be called with their result area spelled out.
        self.expect(decl.sig == *sig || decl.kind == FuncKind::Runtime, || {
            format!("call of {} as {sig}, declared {}", decl.name, decl.sig)
        });
        self.expect(decl.kind != FuncKind::Extern, || format!("direct call of {}", decl.name));
    }

    fn conversion(&mut self, op: ConvOp, from: Type, to: Type) {
        use ConvOp::*;
        let (f, t) = (from.bits(8), to.bits(8));
        let wide_int = |ty: Type| matches!(ty, Type::I32 | Type::I64);
        let ok = match op {
            Sext | Zext => from.is_int() && to.is_int() && f < t,
            Trunc => from.is_int() && to.is_int() && f > t,
            SintToFloat | UintToFloat => wide_int(from) && to.is_float(),
            FloatToSint | FloatToUint => from.is_float() && wide_int(to),
            Fpromote => from == Type::F32 && to == Type::F64,
            Fdemote => from == Type::F64 && to == Type::F32,
            Bitcast => f == t && from != to,
        };
        self.expect(ok, || format!("{} from {from} to {to}", op.name()));
    }

    fn terminator_types(&mut self, term: &Terminator) {
        let func = self.func;
        match term {
            Terminator::Branch { cond, .. } => self.operand(*cond, Type::I8),
            Terminator::Switch { value, .. } => self.int_operand(*value),
            Terminator::Return(values) => {
                let got: Vec<Type> = values.iter().map(|&v| func.ty(v)).collect();
                self.expect(got == func.sig.results, || {
                    format!("returns {got:?}, not {:?}", func.sig.results)
                });
            }
            Terminator::Jump(..) | Terminator::Unreachable => {}
        }
        term.for_each_successor(|succ, args| {
            let got: Vec<Type> = args.iter().map(|&v| func.ty(v)).collect();
            let want: Vec<Type> = func.blocks[succ].params.iter().map(|&v| func.ty(v)).collect();
            self.expect(got == want, || format!("edge to {succ} carries {got:?}, not {want:?}"));
        });
    }

    fn dominance(&mut self, positions: &Positions) {
        let func = self.func;
        let cfg = ControlFlow::new(func);
        let dom = DomTree::new(func, &cfg);
        let defined_before = |value: Value, block: Block, index: usize| match func.values[value].def {
            ValueDef::Param(def, _) => dom.dominates(def, block),
            ValueDef::Inst(inst, _) => match positions[inst.index()] {
                None => false,
                Some((def, at)) if def == block => at < index,
                Some((def, _)) => dom.dominates(def, block),
            },
        };
        for &block in cfg.rpo() {
            self.block = Some(block);
            let data = &func.blocks[block];
            for (index, &inst) in data.insts.iter().enumerate() {
                self.inst = Some(inst);
                func.insts[inst].kind.for_each_operand(|v| {
                    self.expect(defined_before(v, block, index), || {
                        format!("{v} is used before its definition")
                    });
                });
            }
            self.inst = None;
            if let Some(mut term) = data.term.clone() {
                term.map_operands(|v| {
                    self.expect(defined_before(v, block, usize::MAX), || {
                        format!("{v} is used before its definition")
                    });
                    v
                });
            }
        }
    }
}
