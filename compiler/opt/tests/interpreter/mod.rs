//! An interpreter for MIR, as the oracle of the passes.
//!
//! In: a module and the name of a function with arguments. Out: an [`Outcome`]: what it returns or how it panics, the calls of functions
//! without a body in order, and what the module's variables hold at the end.
//!
//! Memory is one address space. Objects (data, slots, allocations) lie apart, so an access outside them is found; it is an error of the program, which is
//! not to be confused with the panic that an access to nil is. Values are 64 bits wide, integers sign-extended, so that equal values are equal bits.
//! Not here: atomics, goroutines, defer handlers, the frame and the goroutine as values.

pub mod random;

use std::collections::BTreeMap;

use rgo_mir::{
    BinaryOp, Callee, ConvOp, DataId, FloatCc, Func, FuncId, Inst, InstKind, IntCc, Module, RelocTarget,
    Slot, Terminator, Type, UnaryOp, Value,
};

/// Instructions that one run may take.
const FUEL: u64 = 200_000;
/// Addresses of functions start here, one per 16 bytes.
const CODE: u64 = 1 << 40;

/// What a run shows to the outside.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    pub end: End,
    /// Name and arguments of each call that left the module.
    pub calls: Vec<(String, Vec<u64>)>,
    /// The bytes of each variable, by name.
    pub data: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum End {
    Return(Vec<u64>),
    /// A panic of Go, with its details.
    Panic(String),
    /// Too long a run: nothing is known.
    OutOfFuel,
    /// The program breaks the rules of MIR.
    Error(String),
}

/// Why a function ended without returning.
enum Stop {
    Panic(String),
    OutOfFuel,
    Error(String),
}

type Result<T> = std::result::Result<T, Stop>;

struct Interpreter<'m> {
    module: &'m Module,
    /// Objects by their address.
    memory: BTreeMap<u64, Vec<u8>>,
    next: u64,
    data: BTreeMap<u32, u64>,
    calls: Vec<(String, Vec<u64>)>,
    fuel: u64,
    depth: usize,
}

struct Frame<'f> {
    func: &'f Func,
    values: Vec<u64>,
    slots: Vec<u64>,
    context: u64,
}

/// Calls the function `name`.
pub fn run(module: &Module, name: &str, args: &[u64]) -> Outcome {
    let mut machine = Interpreter {
        module,
        memory: BTreeMap::new(),
        next: 1 << 20,
        data: BTreeMap::new(),
        calls: Vec::new(),
        fuel: FUEL,
        depth: 0,
    };
    let func = module.bodies.iter().find(|func| func.name == name).expect("a function of the module");
    let end = match machine.call(func, args, 0) {
        Ok(results) => End::Return(results),
        Err(Stop::Panic(text)) => End::Panic(text),
        Err(Stop::OutOfFuel) => End::OutOfFuel,
        Err(Stop::Error(text)) => End::Error(text),
    };
    let mut data = BTreeMap::new();
    for (id, object) in module.data.iter() {
        if let Some(object) = object {
            let address = machine.address_of(id);
            data.insert(object.name.clone(), machine.memory[&address].clone());
        }
    }
    Outcome { end, calls: machine.calls, data }
}

fn sign_extend(value: u64, bits: u32) -> u64 {
    ((value << (64 - bits)) as i64 >> (64 - bits)) as u64
}
fn zero_extend(value: u64, bits: u32) -> u64 {
    if bits == 64 { value } else { value & ((1 << bits) - 1) }
}
/// The bits of a value of type `ty` as they are kept.
fn canonical(value: u64, ty: Type) -> u64 {
    if ty.is_int() { sign_extend(value, ty.bits(8)) } else { zero_extend(value, ty.bits(8)) }
}

impl<'m> Interpreter<'m> {
    fn allocate(&mut self, size: u64) -> u64 {
        let address = self.next;
        self.next += size.next_multiple_of(16) + 4096;
        self.memory.insert(address, vec![0; size as usize]);
        address
    }
    fn address_of(&mut self, id: DataId) -> u64 {
        let key = rgo_mir::EntityRef::index(id) as u32;
        if let Some(&address) = self.data.get(&key) {
            return address;
        }
        let module = self.module;
        let Some(object) = &module.data[id] else {
            let address = self.allocate(16);
            self.data.insert(key, address);
            return address;
        };
        let address = self.allocate(object.size.max(object.bytes.len() as u64));
        self.data.insert(key, address);
        let mut bytes = object.bytes.clone();
        bytes.resize(object.size.max(object.bytes.len() as u64) as usize, 0);
        for reloc in &object.relocs {
            let target = match reloc.target {
                RelocTarget::Func(func) => code_address(func),
                RelocTarget::Data(data) => self.address_of(data),
            };
            let word = target.wrapping_add(reloc.addend as u64).to_le_bytes();
            bytes[reloc.offset as usize..][..8].copy_from_slice(&word);
        }
        self.memory.insert(address, bytes);
        address
    }
    /// The object and the offset of an access.
    fn place(&mut self, address: u64, size: u64) -> Result<&mut [u8]> {
        if address < 4096 {
            return Err(Stop::Panic("nil dereference".to_owned()));
        }
        let found = self.memory.range_mut(..=address).next_back();
        let inside = found
            .and_then(|(start, bytes)| bytes.get_mut((address - start) as usize..)?.get_mut(..size as usize));
        inside.ok_or_else(|| Stop::Error(format!("access to {size} bytes at {address:#x}")))
    }
    fn load(&mut self, address: u64, ty: Type) -> Result<u64> {
        let mut word = [0; 8];
        let size = ty.bytes(8) as usize;
        word[..size].copy_from_slice(self.place(address, size as u64)?);
        Ok(canonical(u64::from_le_bytes(word), ty))
    }
    fn store(&mut self, address: u64, ty: Type, value: u64) -> Result<()> {
        let size = ty.bytes(8) as usize;
        self.place(address, size as u64)?.copy_from_slice(&value.to_le_bytes()[..size]);
        Ok(())
    }

    fn call(&mut self, func: &'m Func, args: &[u64], context: u64) -> Result<Vec<u64>> {
        self.depth += 1;
        if self.depth > 60 {
            return Err(Stop::OutOfFuel);
        }
        let slots = func.slots.values().map(|slot| self.allocate(u64::from(slot.size))).collect();
        let mut frame = Frame { func, values: vec![0; func.values.len()], slots, context };
        for (&param, &arg) in func.params().iter().zip(args) {
            frame.set(param, arg);
        }
        let mut block = func.entry();
        loop {
            for &inst in &func.blocks[block].insts {
                self.fuel = self.fuel.checked_sub(1).ok_or(Stop::OutOfFuel)?;
                self.step(&mut frame, inst)?;
            }
            self.fuel = self.fuel.checked_sub(1).ok_or(Stop::OutOfFuel)?;
            let Some(terminator) = &func.blocks[block].term else {
                return Err(Stop::Error("block without end".to_owned()));
            };
            let (next, args) = match terminator {
                Terminator::Jump(next, args) => (*next, args.as_slice()),
                Terminator::Branch { cond, then, els } => {
                    let edge = if zero_extend(frame.get(*cond), 8) != 0 { then } else { els };
                    (edge.0, edge.1.as_slice())
                }
                Terminator::Switch { value, cases, default } => {
                    let ty = func.ty(*value);
                    let value = frame.get(*value);
                    let case = cases.iter().find(|(k, _)| canonical(*k as u64, ty) == value);
                    (case.map_or(*default, |(_, block)| *block), &[][..])
                }
                Terminator::Return(values) => {
                    self.depth -= 1;
                    for slot in &frame.slots {
                        self.memory.remove(slot);
                    }
                    return Ok(values.iter().map(|&v| frame.get(v)).collect());
                }
                Terminator::Unreachable => return Err(Stop::Error("unreachable".to_owned())),
            };
            let args: Vec<u64> = args.iter().map(|&v| frame.get(v)).collect();
            for (&param, arg) in func.blocks[next].params.iter().zip(args) {
                frame.set(param, arg);
            }
            block = next;
        }
    }

    fn step(&mut self, frame: &mut Frame<'m>, inst: Inst) -> Result<()> {
        use InstKind::*;
        let func = frame.func;
        let get = |frame: &Frame<'m>, v: &Value| frame.get(*v);
        let result = match &func.insts[inst].kind {
            Iconst(_, k) => *k as u64,
            Fconst(_, bits) => *bits,
            Unary(op, a) => unary(*op, func.ty(*a), get(frame, a)),
            Binary(op, a, b) => {
                binary(*op, func.ty(*a), get(frame, a), get(frame, b)).map_err(Stop::Error)?
            }
            Icmp(cc, a, b) => u64::from(compare(*cc, func.ty(*a), get(frame, a), get(frame, b))),
            Fcmp(cc, a, b) => {
                let (a, b) = (float(func.ty(*a), get(frame, a)), float(func.ty(*b), get(frame, b)));
                u64::from(match cc {
                    FloatCc::Eq => a == b,
                    FloatCc::Ne => a != b,
                    FloatCc::Lt => a < b,
                    FloatCc::Le => a <= b,
                    FloatCc::Gt => a > b,
                    FloatCc::Ge => a >= b,
                })
            }
            Conv(op, to, a) => convert(*op, func.ty(*a), *to, get(frame, a)),
            Select(c, a, b) => get(frame, if zero_extend(get(frame, c), 8) != 0 { a } else { b }),
            PtrAdd(a, b) => get(frame, a).wrapping_add(get(frame, b)),
            SlotAddr(slot) => frame.slots[slot_index(*slot)],
            DataAddr(data, offset) => self.address_of(*data).wrapping_add(*offset as u64),
            FuncAddr(id) => code_address(*id),
            Load { ty, addr, offset, .. } => {
                let address = get(frame, addr);
                if address == 0 {
                    return Err(Stop::Panic("nil dereference".to_owned()));
                }
                self.load(address.wrapping_add(*offset as i64 as u64), *ty)?
            }
            Store { addr, value, offset, .. } => {
                let address = get(frame, addr);
                if address == 0 {
                    return Err(Stop::Panic("nil dereference".to_owned()));
                }
                let address = address.wrapping_add(*offset as i64 as u64);
                return self.store(address, func.ty(*value), get(frame, value));
            }
            Copy { dst, src, size, .. } => {
                let bytes = self.place(get(frame, src), *size)?.to_vec();
                self.place(get(frame, dst), *size)?.copy_from_slice(&bytes);
                return Ok(());
            }
            Zero { dst, size, .. } => {
                self.place(get(frame, dst), *size)?.fill(0);
                return Ok(());
            }
            NilCheck(a) if get(frame, a) == 0 => return Err(Stop::Panic("nil dereference".to_owned())),
            DivCheck(a) if get(frame, a) == 0 => return Err(Stop::Panic("divide by zero".to_owned())),
            NilCheck(_) | DivCheck(_) | KeepAlive(_) => return Ok(()),
            BoundsCheck { kind, index, length, unsigned } => {
                let (i, n) = (get(frame, index), get(frame, length));
                let inside = if *kind == rgo_mir::BoundsKind::Index { i < n } else { i <= n };
                let inside = if *kind == rgo_mir::BoundsKind::SliceConvert { n >= i } else { inside };
                if inside {
                    return Ok(());
                }
                return Err(Stop::Panic(format!("bounds {kind:?} {i} {n} {unsigned}")));
            }
            New { size, .. } => self.allocate(*size),
            Call { callee, args, .. } => {
                let args: Vec<u64> = args.iter().map(|v| get(frame, v)).collect();
                let (id, context) = match callee {
                    Callee::Func(id) => (*id, 0),
                    Callee::Closure(closure) => {
                        let closure = get(frame, closure);
                        (self.function_at(closure, true)?, closure)
                    }
                    Callee::Code { code } => (self.function_at(get(frame, code), false)?, 0),
                };
                let results = self.call_id(id, &args, context)?;
                for (&value, result) in func.results[inst].iter().zip(results) {
                    frame.set(value, result);
                }
                return Ok(());
            }
            ClosureContext => frame.context,
            other => return Err(Stop::Error(format!("{other:?} is not interpreted"))),
        };
        frame.set(func.results[inst][0], result);
        Ok(())
    }

    /// The function whose address is, or is kept at, `address`.
    fn function_at(&mut self, address: u64, indirect: bool) -> Result<FuncId> {
        let code = if indirect { self.load(address, Type::Ptr)? } else { address };
        let index = code.wrapping_sub(CODE) / 16;
        let found = self.module.funcs.iter().map(|(id, _)| id).nth(index as usize);
        found.ok_or_else(|| Stop::Error(format!("call of {code:#x}")))
    }
    fn call_id(&mut self, id: FuncId, args: &[u64], context: u64) -> Result<Vec<u64>> {
        let module = self.module;
        if let Some(func) = module.bodies.iter().find(|func| func.id == id) {
            return self.call(func, args, context);
        }
        let decl = &module.funcs[id];
        match decl.name.as_str() {
            "runtime.memmove" => {
                if args[2] != 0 {
                    let bytes = self.place(args[1], args[2])?.to_vec();
                    self.place(args[0], args[2])?.copy_from_slice(&bytes);
                }
                Ok(vec![])
            }
            "runtime.memequal" => {
                if args[2] == 0 {
                    return Ok(vec![1]);
                }
                let bytes = self.place(args[0], args[2])?.to_vec();
                Ok(vec![u64::from(self.place(args[1], args[2])? == bytes.as_slice())])
            }
            _ => {
                self.calls.push((decl.name.clone(), args.to_vec()));
                // Anything that depends on the arguments.
                let mix = args.iter().fold(self.calls.len() as u64, |h, &x| h.wrapping_mul(31) ^ x);
                Ok(decl.sig.results.iter().map(|&ty| canonical(mix, ty)).collect())
            }
        }
    }
}

fn code_address(id: FuncId) -> u64 {
    CODE + 16 * rgo_mir::EntityRef::index(id) as u64
}
fn slot_index(slot: Slot) -> usize {
    rgo_mir::EntityRef::index(slot)
}

impl Frame<'_> {
    fn get(&self, value: Value) -> u64 {
        self.values[rgo_mir::EntityRef::index(value)]
    }
    fn set(&mut self, value: Value, bits: u64) {
        self.values[rgo_mir::EntityRef::index(value)] = canonical(bits, self.func.ty(value));
    }
}

fn float(ty: Type, bits: u64) -> f64 {
    if ty == Type::F32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
}
/// The bits of a float; which NaN an operation gives is not said.
fn float_bits(ty: Type, x: f64) -> u64 {
    match ty {
        _ if x.is_nan() && ty == Type::F32 => u64::from(f32::NAN.to_bits()),
        _ if x.is_nan() => f64::NAN.to_bits(),
        Type::F32 => u64::from((x as f32).to_bits()),
        _ => x.to_bits(),
    }
}

fn unary(op: UnaryOp, ty: Type, a: u64) -> u64 {
    let bits = ty.bits(8);
    let x = zero_extend(a, bits);
    match op {
        UnaryOp::Split => a,
        UnaryOp::Ineg => a.wrapping_neg(),
        UnaryOp::Bnot => !a,
        UnaryOp::Clz => u64::from(x.leading_zeros() - (64 - bits)),
        UnaryOp::Ctz => u64::from(x.trailing_zeros().min(bits)),
        UnaryOp::Popcnt => u64::from(x.count_ones()),
        UnaryOp::Bswap => x.swap_bytes() >> (64 - bits),
        UnaryOp::Bitrev => x.reverse_bits() >> (64 - bits),
        UnaryOp::Fneg => x ^ (1 << (bits - 1)),
        UnaryOp::Fabs => x & !(1 << (bits - 1)),
        UnaryOp::Sqrt => float_bits(ty, float(ty, a).sqrt()),
        UnaryOp::Floor => float_bits(ty, float(ty, a).floor()),
        UnaryOp::Ceil => float_bits(ty, float(ty, a).ceil()),
        UnaryOp::Trunc => float_bits(ty, float(ty, a).trunc()),
        UnaryOp::Nearest => float_bits(ty, float(ty, a).round_ties_even()),
    }
}

fn binary(op: BinaryOp, ty: Type, a: u64, b: u64) -> std::result::Result<u64, String> {
    use BinaryOp::*;
    let bits = ty.bits(8);
    let (x, y) = (zero_extend(a, bits), zero_extend(b, bits));
    let (sx, sy) = (a as i64, b as i64);
    let arithmetic = |f: fn(f64, f64) -> f64| match ty {
        // A double has enough bits that rounding twice is rounding once, for these four.
        Type::F32 => float_bits(ty, f(float(ty, a), float(ty, b))),
        _ => float_bits(ty, f(float(ty, a), float(ty, b))),
    };
    Ok(match op {
        Iadd => a.wrapping_add(b),
        Isub => a.wrapping_sub(b),
        Imul => a.wrapping_mul(b),
        Sdiv | Srem | Udiv | Urem if y == 0 => return Err("division by zero".to_owned()),
        Sdiv => sx.wrapping_div(sy) as u64,
        Udiv => x / y,
        Srem => sx.wrapping_rem(sy) as u64,
        Urem => x % y,
        Umulhi => ((u128::from(x) * u128::from(y)) >> bits) as u64,
        Smulhi => ((i128::from(sx) * i128::from(sy)) >> bits) as u64,
        And => a & b,
        Or => a | b,
        Xor => a ^ b,
        AndNot => a & !b,
        Shl => {
            if b >= u64::from(bits) {
                0
            } else {
                a << b
            }
        }
        Ushr => {
            if b >= u64::from(bits) {
                0
            } else {
                x >> b
            }
        }
        Sshr => (sx >> b.min(63)) as u64,
        ShlBounded | UshrBounded | SshrBounded if b >= u64::from(bits) => {
            return Err(format!("shift by {b}"));
        }
        ShlBounded => a << b,
        UshrBounded => x >> b,
        SshrBounded => (sx >> b) as u64,
        Rotl => {
            let n = (b % u64::from(bits)) as u32;
            if n == 0 { x } else { x << n | x >> (bits - n) }
        }
        Fadd => arithmetic(|a, b| a + b),
        Fsub => arithmetic(|a, b| a - b),
        Fmul => arithmetic(|a, b| a * b),
        Fdiv => arithmetic(|a, b| a / b),
        Fmin | Fmax => {
            let (f, g) = (float(ty, a), float(ty, b));
            let first = if f == g { f.is_sign_negative() == (op == Fmin) } else { (f < g) == (op == Fmin) };
            if f.is_nan() || g.is_nan() {
                float_bits(ty, f64::NAN)
            } else if first {
                a
            } else {
                b
            }
        }
    })
}

fn compare(cc: IntCc, ty: Type, a: u64, b: u64) -> bool {
    let (x, y) = (zero_extend(a, ty.bits(8)), zero_extend(b, ty.bits(8)));
    let (sx, sy) = (a as i64, b as i64);
    match cc {
        IntCc::Eq => x == y,
        IntCc::Ne => x != y,
        IntCc::Slt => sx < sy,
        IntCc::Sle => sx <= sy,
        IntCc::Sgt => sx > sy,
        IntCc::Sge => sx >= sy,
        IntCc::Ult => x < y,
        IntCc::Ule => x <= y,
        IntCc::Ugt => x > y,
        IntCc::Uge => x >= y,
    }
}

fn convert(op: ConvOp, from: Type, to: Type, a: u64) -> u64 {
    let x = zero_extend(a, from.bits(8));
    // What the target's instruction gives for what does not fit.
    let truncated = |f: f64, bits: u32| {
        let limit = 2f64.powi(bits as i32 - 1);
        if f.is_nan() || f >= limit || f < -limit { 1u64 << (bits - 1) } else { f as i64 as u64 }
    };
    match op {
        ConvOp::Sext | ConvOp::Trunc => a,
        ConvOp::Zext | ConvOp::Bitcast => x,
        ConvOp::SintToFloat if to == Type::F32 => u64::from((a as i64 as f32).to_bits()),
        ConvOp::SintToFloat => (a as i64 as f64).to_bits(),
        ConvOp::UintToFloat if to == Type::F32 => u64::from((x as f32).to_bits()),
        ConvOp::UintToFloat => (x as f64).to_bits(),
        ConvOp::FloatToSint => truncated(float(from, a), to.bits(8)),
        ConvOp::FloatToUint => {
            let f = float(from, a);
            if f < 2f64.powi(63) { truncated(f, 64) } else { truncated(f - 2f64.powi(63), 64) ^ (1 << 63) }
        }
        ConvOp::Fpromote => float(from, a).to_bits(),
        ConvOp::Fdemote => float_bits(Type::F32, f64::from_bits(a)),
    }
}
