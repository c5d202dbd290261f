//! Text form of functions, data and modules; `parse` reads it back.
//!
//! ```text
//! func "main.sum"(ptr, i64) -> i64 {
//! b0(v0: ptr, v1: i64):
//!     v2: i64 = iconst 0
//!     jump b1(v2)
//! b1(v3: i64):
//!     ...
//! }
//! ```
//! Symbols are quoted names, values keep their numbers. An instruction's location follows as `!pos` or `!pos@inlined`. What is known of
//! slots' lifetimes is a comment.

use std::fmt::{self, Display, Formatter, Write};

use crate::func::{Block, Func, Inst, Signature, SrcLoc, Type, Value};
use crate::inst::{
    AtomicOp, BinaryOp, BoundsKind, Callee, ConvOp, FloatCc, InstKind, IntCc, MemFlags, Terminator, UnaryOp,
};
use crate::module::{Data, DataKind, FuncKind, Module, RelocKind, RelocTarget};

impl Type {
    /// Name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Type::I8 => "i8",
            Type::I16 => "i16",
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Ptr => "ptr",
        }
    }
}

/// Gives an enum of plain variants a table of names, used by the printer and the parser.
macro_rules! names {
    ($ty:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $ty {
            /// Every variant.
            pub const ALL: &'static [$ty] = &[$($ty::$variant),*];
            /// Name in the text form.
            pub fn name(self) -> &'static str {
                match self { $($ty::$variant => $name),* }
            }
        }
    };
}
names!(UnaryOp {
    Ineg = "ineg", Bnot = "bnot", Clz = "clz", Ctz = "ctz", Popcnt = "popcnt", Bswap = "bswap", Bitrev = "bitrev",
    Fneg = "fneg", Fabs = "fabs", Sqrt = "sqrt", Floor = "floor", Ceil = "ceil", Trunc = "ftrunc", Nearest = "nearest",
    Split = "split",
});
names!(BinaryOp {
    Iadd = "iadd", Isub = "isub", Imul = "imul", Sdiv = "sdiv", Udiv = "udiv", Srem = "srem", Urem = "urem",
    Umulhi = "umulhi", Smulhi = "smulhi", And = "and", Or = "or", Xor = "xor", AndNot = "andnot",
    Shl = "shl", Ushr = "ushr", Sshr = "sshr",
    ShlBounded = "shl_bounded", UshrBounded = "ushr_bounded", SshrBounded = "sshr_bounded", Rotl = "rotl",
    Fadd = "fadd", Fsub = "fsub", Fmul = "fmul", Fdiv = "fdiv", Fmin = "fmin", Fmax = "fmax",
});
names!(IntCc {
    Eq = "eq", Ne = "ne", Slt = "slt", Sle = "sle", Sgt = "sgt", Sge = "sge",
    Ult = "ult", Ule = "ule", Ugt = "ugt", Uge = "uge",
});
names!(FloatCc { Eq = "eq", Ne = "ne", Lt = "lt", Le = "le", Gt = "gt", Ge = "ge" });
names!(ConvOp {
    Sext = "sext", Zext = "zext", Trunc = "trunc", SintToFloat = "sint_to_float", UintToFloat = "uint_to_float",
    FloatToSint = "float_to_sint", FloatToUint = "float_to_uint", Fpromote = "fpromote", Fdemote = "fdemote",
    Bitcast = "bitcast",
});
names!(AtomicOp { Add = "add", And = "and", Or = "or", Xchg = "xchg" });
names!(BoundsKind {
    Index = "index", SliceAlen = "slice_alen", SliceAcap = "slice_acap", SliceB = "slice_b",
    Slice3Alen = "slice3_alen", Slice3Acap = "slice3_acap", Slice3B = "slice3_b", Slice3C = "slice3_c",
    SliceConvert = "slice_convert",
});
names!(DataKind {
    RoData = "rodata", TypeData = "typedata", Data = "data", NoPtrData = "noptrdata", Bss = "bss", NoPtrBss = "noptrbss",
});
names!(FuncKind { Go = "go", Runtime = "runtime", Extern = "extern" });
names!(RelocKind { Abs = "abs", TypeOff = "typeoff", TextOff = "textoff" });

/// Separates items by a comma.
struct List<'a, T>(&'a [T]);
impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({})", List(&self.params))?;
        if !self.results.is_empty() {
            write!(f, " -> {}", List(&self.results))?;
        }
        Ok(())
    }
}

impl Display for MemFlags {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (set, name) in
            [(self.nonnil, " nonnil"), (self.readonly, " readonly"), (self.barrier, " barrier")]
        {
            if set {
                f.write_str(name)?;
            }
        }
        Ok(())
    }
}

/// A symbol in quotes, with `\"`, `\\` and hexadecimal escapes.
pub(crate) fn quote(name: &str) -> String {
    let mut out = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A function with the names of the symbols it mentions. Without a module, symbols print as `f3`, `d4`.
pub struct PrintFunc<'a> {
    pub func: &'a Func,
    pub module: Option<&'a Module>,
}

/// Text form of `func`.
pub fn print_func(func: &Func, module: Option<&Module>) -> String {
    PrintFunc { func, module }.to_string()
}

impl PrintFunc<'_> {
    fn func_name(&self, id: crate::FuncId) -> String {
        self.module.and_then(|m| m.funcs.get(id)).map_or_else(|| id.to_string(), |decl| quote(&decl.name))
    }
    fn data_name(&self, id: crate::DataId) -> String {
        self.module.and_then(|m| m.data_name(id)).map_or_else(|| id.to_string(), quote)
    }
    fn loc(&self, loc: SrcLoc) -> String {
        match (loc.pos, loc.inlined) {
            (0, 0) => String::new(),
            (pos, 0) => format!(" !{pos}"),
            (pos, inlined) => format!(" !{pos}@{inlined}"),
        }
    }

    fn inst(&self, inst: Inst) -> String {
        use InstKind::*;
        let kind = &self.func.insts[inst].kind;
        match kind {
            Iconst(_, k) => format!("iconst {k}"),
            Fconst(_, bits) => format!("fconst {bits:#x}"),
            Unary(op, a) => format!("{} {a}", op.name()),
            Binary(op, a, b) => format!("{} {a}, {b}", op.name()),
            Icmp(cc, a, b) => format!("icmp {} {a}, {b}", cc.name()),
            Fcmp(cc, a, b) => format!("fcmp {} {a}, {b}", cc.name()),
            Conv(op, _, a) => format!("{} {a}", op.name()),
            Select(c, a, b) => format!("select {c}, {a}, {b}"),
            Fma(a, b, c) => format!("fma {a}, {b}, {c}"),
            AddCarry(a, b, c) => format!("add_carry {a}, {b}, {c}"),
            SubBorrow(a, b, c) => format!("sub_borrow {a}, {b}, {c}"),
            Div128(a, b, c) => format!("div128 {a}, {b}, {c}"),
            PtrAdd(a, b) => format!("ptr_add {a}, {b}"),
            SlotAddr(slot) => format!("slot_addr {slot}"),
            DataAddr(data, 0) => format!("data_addr {}", self.data_name(*data)),
            DataAddr(data, offset) => format!("data_addr {} {offset:+}", self.data_name(*data)),
            FuncAddr(func) => format!("func_addr {}", self.func_name(*func)),
            Load { addr, offset, flags, .. } => format!("load{flags} {addr}{}", Offset(*offset)),
            Store { addr, value, offset, flags } => {
                format!("store{flags} {value}, {addr}{}", Offset(*offset))
            }
            Copy { dst, src, size, align, pointers } => {
                format!("copy{} {dst}, {src}, {size} align {align}", if *pointers { " pointers" } else { "" })
            }
            Zero { dst, size, align, pointers } => {
                format!("zero{} {dst}, {size} align {align}", if *pointers { " pointers" } else { "" })
            }
            NilCheck(a) => format!("nil_check {a}"),
            BoundsCheck { kind, index, length, unsigned } => {
                let unsigned = if *unsigned { " unsigned" } else { "" };
                format!("bounds_check {}{unsigned} {index}, {length}", kind.name())
            }
            DivCheck(a) => format!("div_check {a}"),
            New { ty, size, align, noscan } => {
                let noscan = if *noscan { " noscan" } else { "" };
                format!("new{noscan} {}, {size} align {align}", self.data_name(*ty))
            }
            Call { callee, sig, args } => {
                let callee = match callee {
                    Callee::Func(id) => self.func_name(*id),
                    Callee::Closure(v) => format!("closure {v}"),
                    Callee::Code { code } => format!("code {code}"),
                };
                format!("call {callee} {sig} [{}]", List(args))
            }
            ClosureContext => "closure_context".into(),
            GetG => "get_g".into(),
            FramePointer => "frame_pointer".into(),
            ReturnAddress => "return_address".into(),
            AtomicLoad { addr, .. } => format!("atomic_load {addr}"),
            AtomicStore { addr, value, barrier } => {
                format!("atomic_store{} {value}, {addr}", Barrier(*barrier))
            }
            AtomicRmw { op, addr, value, barrier } => {
                format!("atomic_rmw {}{} {value}, {addr}", op.name(), Barrier(*barrier))
            }
            AtomicCas { addr, old, new, barrier } => {
                format!("atomic_cas{} {old}, {new}, {addr}", Barrier(*barrier))
            }
            KeepAlive(a) => format!("keep_alive {a}"),
        }
    }

    fn results(&self, results: &[Value]) -> String {
        if results.is_empty() {
            return String::new();
        }
        let typed: Vec<String> = results.iter().map(|&v| format!("{v}: {}", self.func.ty(v))).collect();
        format!("{} = ", List(&typed))
    }

    /// The limited slots that matter at a call, as a comment.
    fn lifetimes(&self, inst: Inst) -> String {
        let Some(lifetimes) = self.func.lifetimes.as_ref() else { return String::new() };
        let is_call = matches!(self.func.insts[inst].kind, InstKind::Call { .. } | InstKind::New { .. });
        match lifetimes.set_at(inst).map(|set| &lifetimes.sets()[set as usize]) {
            Some(slots) if is_call && !slots.is_empty() => format!(" ; {}", List(slots)),
            _ => String::new(),
        }
    }

    fn terminator(&self, term: &Terminator) -> String {
        match term {
            Terminator::Jump(block, args) => format!("jump {}", Edge(*block, args)),
            Terminator::Branch { cond, then, els } => {
                format!("branch {cond}, {}, {}", Edge(then.0, &then.1), Edge(els.0, &els.1))
            }
            Terminator::Switch { value, cases, default } => {
                let cases: Vec<String> = cases.iter().map(|(k, block)| format!("{k}: {block}")).collect();
                format!("switch {value}, {default}, [{}]", List(&cases))
            }
            Terminator::Return(values) if values.is_empty() => "return".into(),
            Terminator::Return(values) => format!("return {}", List(values)),
            Terminator::Unreachable => "unreachable".into(),
        }
    }
}

/// `+8`, or nothing for 0.
struct Offset(i32);
impl Display for Offset {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, " {:+}", self.0) }
    }
}

struct Barrier(bool);
impl Display for Barrier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " barrier" } else { "" })
    }
}

struct Edge<'a>(Block, &'a [Value]);
impl Display for Edge<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.1.is_empty() { write!(f, "{}", self.0) } else { write!(f, "{}({})", self.0, List(self.1)) }
    }
}

impl Display for PrintFunc<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let func = self.func;
        write!(f, "func {}{}", quote(&func.name), func.sig)?;
        let flags = func.flags;
        for (set, name) in [
            (flags.has_defer, "has_defer"),
            (flags.nosplit, "nosplit"),
            (flags.noinline, "noinline"),
            (flags.closure, "closure"),
            (flags.wrapper, "wrapper"),
            (flags.noreturn, "noreturn"),
        ] {
            if set {
                write!(f, " {name}")?;
            }
        }
        if let Some(handler) = func.handler {
            write!(f, " handler {handler}")?;
        }
        writeln!(f, "{} {{", self.loc(func.loc))?;
        for (slot, data) in func.slots.iter() {
            let limited = func.lifetimes.as_ref().is_some_and(|lifetimes| lifetimes.is_limited(slot));
            let note = if limited { " ; limited" } else { "" };
            writeln!(f, "    {slot}: {} align {}{note}", data.size, data.align)?;
        }
        for (i, site) in func.inlined.iter().enumerate() {
            writeln!(f, "    inlined {}: {}{}", i + 1, self.func_name(site.callee), self.loc(site.call))?;
        }
        for &block in &func.layout {
            let data = &func.blocks[block];
            let params: Vec<String> = data.params.iter().map(|&v| format!("{v}: {}", func.ty(v))).collect();
            let params = if params.is_empty() { String::new() } else { format!("({})", List(&params)) };
            writeln!(f, "{block}{params}{}:", if data.cold { " cold" } else { "" })?;
            for &inst in &data.insts {
                let results = self.results(&func.results[inst]);
                let loc = self.loc(func.insts[inst].loc);
                writeln!(f, "    {results}{}{loc}{}", self.inst(inst), self.lifetimes(inst))?;
            }
            match &data.term {
                Some(term) => writeln!(f, "    {}{}", self.terminator(term), self.loc(data.term_loc))?,
                None => writeln!(f, "    ; no terminator")?,
            }
        }
        writeln!(f, "}}")
    }
}

/// Text form of one data object: `data "x" rodata align 8 size 16 local { bytes 01 02; abs 8 func "f" +0 }`.
pub fn print_data(data: &Data, module: &Module) -> String {
    let mut out =
        format!("data {} {} align {} size {}", quote(&data.name), data.kind.name(), data.align, data.size);
    if data.local {
        out.push_str(" local");
    }
    out.push_str(" {");
    if !data.bytes.is_empty() {
        out.push_str("\n    bytes");
        for byte in &data.bytes {
            let _ = write!(out, " {byte:02x}");
        }
    }
    for reloc in &data.relocs {
        let target = match reloc.target {
            RelocTarget::Func(id) => format!("func {}", quote(&module.funcs[id].name)),
            RelocTarget::Data(id) => format!("data {}", quote(module.data_name(id).unwrap_or("?"))),
        };
        let _ = write!(out, "\n    {} {} {target} {:+}", reloc.kind.name(), reloc.offset, reloc.addend);
    }
    out.push_str("\n}\n");
    out
}

/// Text form of a whole module: declarations without bodies, data, functions.
pub fn print_module(module: &Module) -> String {
    let mut out = String::new();
    for (id, decl) in module.funcs.iter() {
        if decl.kind != FuncKind::Go || !module.bodies.iter().any(|body| body.id == id) {
            let _ = writeln!(out, "declare {} {}{}", decl.kind.name(), quote(&decl.name), decl.sig);
        }
    }
    for data in module.data.values().flatten() {
        out.push_str(&print_data(data, module));
    }
    for func in &module.bodies {
        out.push_str(&print_func(func, Some(module)));
    }
    out
}
