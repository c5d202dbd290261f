//! Random modules of MIR that break no rule of it: what goes wrong in them is a panic of Go.
//!
//! A module has a few functions that call later ones, variables, and functions without a body, which show what happened before. All objects
//! that pointers lead to are alike: [`SIZE`] bytes, numbers in the first half, pointers to such objects or nil in the second.

use rgo_mir::{
    BinaryOp, Block, BoundsKind, Callee, ConvOp, Data, DataId, DataKind, FloatCc, Func, FuncBuilder, FuncId,
    FuncKind, InstKind, IntCc, MemFlags, Module, Signature, Terminator, Type, UnaryOp, Value, Var,
};

/// Bytes of an object.
const SIZE: u64 = 64;
const NUMBERS: u64 = 32;
const TYPES: [Type; 6] = [Type::I64, Type::I8, Type::I16, Type::I32, Type::F64, Type::F32];
const INTS: [Type; 4] = [Type::I64, Type::I8, Type::I16, Type::I32];

/// Pseudo-random numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn choose<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
    /// A number near an edge, or a small one.
    pub fn number(&mut self) -> i64 {
        match self.below(6) {
            0 => self.next() as i64,
            1 => 1 << self.below(64),
            2 => (1i64 << self.below(64)).wrapping_sub(1),
            3 => -(self.below(20) as i64),
            _ => self.below(20) as i64,
        }
    }
}

/// What the functions of a module may name.
struct Names {
    /// Later functions of the module.
    callees: Vec<(FuncId, Signature)>,
    observe: FuncId,
    memmove: FuncId,
    memequal: FuncId,
    globals: Vec<DataId>,
    object: DataId,
    small: DataId,
}

/// A module whose function `main.f0` takes two integers and a float.
pub fn module(random: &mut Random) -> Module {
    let mut module = Module::default();
    let sig =
        |params: &[Type], results: &[Type]| Signature { params: params.to_vec(), results: results.to_vec() };
    let ptr = Type::Ptr;
    let mut names = Names {
        callees: Vec::new(),
        observe: module.declare_func(
            "main.observe",
            FuncKind::Go,
            sig(&[Type::I64, Type::F64], &[Type::I64]),
        ),
        memmove: module.declare_func("runtime.memmove", FuncKind::Runtime, sig(&[ptr, ptr, Type::I64], &[])),
        memequal: module.declare_func(
            "runtime.memequal",
            FuncKind::Runtime,
            sig(&[ptr, ptr, Type::I64], &[Type::I8]),
        ),
        globals: Vec::new(),
        object: module.declare_data("type:object"),
        small: module.declare_data("type:int"),
    };
    for i in 0..2 {
        let name = format!("main.g{i}");
        let id = module.declare_data(&name);
        let bytes = (0..SIZE).map(|at| if at < NUMBERS { random.below(256) as u8 } else { 0 }).collect();
        let data =
            Data { name, kind: DataKind::Data, align: 8, bytes, size: SIZE, relocs: vec![], local: false };
        module.define_data(id, data);
        names.globals.push(id);
    }
    let count = 1 + random.below(4);
    for i in (0..count).rev() {
        let sig = if i == 0 {
            sig(&[Type::I64, Type::I32, Type::F64], &[Type::I64, Type::F64])
        } else {
            let params =
                (0..random.below(4)).map(|_| if random.below(3) == 0 { ptr } else { random.choose(&TYPES) });
            let params = params.collect();
            let results =
                (0..random.below(3)).map(|_| if random.below(3) == 0 { ptr } else { random.choose(&TYPES) });
            Signature { params, results: results.collect() }
        };
        let name = format!("main.f{i}");
        let id = module.declare_func(&name, FuncKind::Go, sig.clone());
        let mut func = Func::new(id, name, sig.clone());
        func.flags.noinline = random.below(4) == 0;
        let writer = Writer::new(&mut func, random, &names);
        writer.body();
        module.bodies.insert(0, func);
        names.callees.push((id, sig));
    }
    module
}

struct Writer<'a> {
    b: FuncBuilder<'a>,
    random: &'a mut Random,
    names: &'a Names,
    vars: Vec<Var>,
    pointers: Vec<Var>,
    depth: usize,
    results: Vec<Type>,
}

impl<'a> Writer<'a> {
    fn new(func: &'a mut Func, random: &'a mut Random, names: &'a Names) -> Writer<'a> {
        let (results, params) = (func.sig.results.clone(), func.sig.params.clone());
        let mut b = FuncBuilder::new(func);
        let (mut vars, mut pointers) = (Vec::new(), Vec::new());
        for (index, ty) in params.into_iter().enumerate() {
            let var = b.var(ty);
            let value = b.func.params()[index];
            b.def_var(var, value);
            if ty == Type::Ptr { &mut pointers } else { &mut vars }.push(var);
        }
        Writer { b, random, names, vars, pointers, depth: 3, results }
    }

    fn body(mut self) {
        for ty in TYPES {
            let var = self.b.var(ty);
            let value = self.constant(ty);
            self.b.def_var(var, value);
            self.vars.push(var);
        }
        for _ in 0..2 + self.random.below(2) {
            let value = self.object();
            let var = self.b.var(Type::Ptr);
            self.b.def_var(var, value);
            self.pointers.push(var);
        }
        let count = 4 + self.random.below(10);
        self.statements(count);
        if self.b.is_reachable() {
            self.leave();
        }
        self.b.finish();
    }
    fn statements(&mut self, count: usize) {
        for _ in 0..count {
            if !self.b.is_reachable() {
                return;
            }
            self.statement();
        }
    }
    fn leave(&mut self) {
        // No address of a slot leaves its function.
        let results = self.results.clone().into_iter();
        let values =
            results.map(|ty| if ty == Type::Ptr { self.outlasting() } else { self.value(ty) }).collect();
        self.b.terminate(Terminator::Return(values));
    }

    fn inst(&mut self, kind: InstKind) {
        self.b.inst(kind, &[]);
    }
    fn constant(&mut self, ty: Type) -> Value {
        let n = self.random.number();
        match ty {
            Type::Ptr => self.b.value(InstKind::Iconst(ty, 0), ty),
            Type::F64 => self.b.value(InstKind::Fconst(ty, (n as f64 / 4.0).to_bits()), ty),
            Type::F32 => self.b.value(InstKind::Fconst(ty, u64::from((n as f32 / 4.0).to_bits())), ty),
            _ => {
                let bits = ty.bits(8);
                self.b.value(InstKind::Iconst(ty, n << (64 - bits) >> (64 - bits)), ty)
            }
        }
    }
    fn int(&mut self, n: i64) -> Value {
        self.b.value(InstKind::Iconst(Type::I64, n), Type::I64)
    }
    /// A new object of SIZE bytes: a variable of the module, a slot, or an allocation.
    fn object(&mut self) -> Value {
        match self.random.below(4) {
            0 => {
                let data = self.random.choose(&self.names.globals);
                self.b.value(InstKind::DataAddr(data, 0), Type::Ptr)
            }
            1 => {
                let slot = self.b.slot(SIZE as u32, 8);
                let address = self.b.value(InstKind::SlotAddr(slot), Type::Ptr);
                self.inst(InstKind::Zero { dst: address, size: SIZE, align: 8, pointers: false });
                address
            }
            _ => {
                let new = InstKind::New { ty: self.names.object, size: SIZE, align: 8, noscan: false };
                self.b.value(new, Type::Ptr)
            }
        }
    }
    fn variable(&mut self, ty: Type) -> Option<Var> {
        let list = if ty == Type::Ptr { &self.pointers } else { &self.vars };
        let found: Vec<Var> = list.iter().copied().filter(|&var| self.b.var_type(var) == ty).collect();
        (!found.is_empty()).then(|| self.random.choose(&found))
    }
    /// A pointer to an object, checked.
    fn checked(&mut self) -> Value {
        let mut pointer = self.value(Type::Ptr);
        if self.random.below(24) > 0 {
            let (nil, other) = (self.constant(Type::Ptr), self.object());
            let ok = self.b.value(InstKind::Icmp(IntCc::Ne, pointer, nil), Type::I8);
            pointer = self.b.value(InstKind::Select(ok, pointer, other), Type::Ptr);
        }
        self.inst(InstKind::NilCheck(pointer));
        pointer
    }
    /// A boolean.
    fn condition(&mut self) -> Value {
        match self.random.below(5) {
            0 => {
                let ty = self.random.choose(&[Type::F64, Type::F32]);
                let (a, b) = (self.value(ty), self.value(ty));
                let cc = self.random.choose(&[
                    FloatCc::Eq,
                    FloatCc::Ne,
                    FloatCc::Lt,
                    FloatCc::Le,
                    FloatCc::Gt,
                    FloatCc::Ge,
                ]);
                self.b.value(InstKind::Fcmp(cc, a, b), Type::I8)
            }
            1 => {
                let (a, nil) = (self.value(Type::Ptr), self.constant(Type::Ptr));
                self.b.value(InstKind::Icmp(self.random.choose(&[IntCc::Eq, IntCc::Ne]), a, nil), Type::I8)
            }
            _ => {
                let ty = self.random.choose(&INTS);
                let (a, b) = (self.value(ty), self.value(ty));
                use IntCc::*;
                let cc = self.random.choose(&[Eq, Ne, Slt, Sle, Sgt, Sge, Ult, Ule, Ugt, Uge]);
                self.b.value(InstKind::Icmp(cc, a, b), Type::I8)
            }
        }
    }
    /// An index below `n`, perhaps by a check that may fail.
    fn index(&mut self, n: i64) -> Value {
        let (i, length) = (self.value(Type::I64), self.int(n));
        let i = if self.random.below(24) == 0 {
            i
        } else {
            let mask = self.int(n - 1);
            self.b.value(InstKind::Binary(BinaryOp::And, i, mask), Type::I64)
        };
        self.inst(InstKind::BoundsCheck { kind: BoundsKind::Index, index: i, length, unsigned: false });
        i
    }
    /// The address of a number of `ty` in an object.
    fn element(&mut self, ty: Type) -> (Value, i32, MemFlags) {
        let size = u64::from(ty.bytes(8));
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        if self.random.below(3) > 0 {
            let nonnil = self.random.below(24) > 0;
            let pointer = if nonnil { self.checked() } else { self.value(Type::Ptr) };
            let slot = self.random.below((NUMBERS / size) as usize) as u64;
            return (pointer, (slot * size) as i32, MemFlags { nonnil, ..flags });
        }
        let pointer = self.checked();
        let index = self.index((NUMBERS / size) as i64);
        let size = self.int(size as i64);
        let offset = self.b.value(InstKind::Binary(BinaryOp::Imul, index, size), Type::I64);
        (self.b.value(InstKind::PtrAdd(pointer, offset), Type::Ptr), 0, flags)
    }
    fn pointer_offset(&mut self) -> i32 {
        (NUMBERS + 8 * self.random.below(4) as u64) as i32
    }

    /// A value of any type.
    fn value(&mut self, ty: Type) -> Value {
        if self.random.below(3) > 0
            && let Some(var) = self.variable(ty)
        {
            return self.b.use_var(var);
        }
        if self.depth == 0 {
            return self.constant(ty);
        }
        self.depth -= 1;
        let value = self.operation(ty);
        self.depth += 1;
        value
    }
    fn operation(&mut self, ty: Type) -> Value {
        match self.random.below(8) {
            0 => return self.constant(ty),
            1 => {
                let (c, a, b) = (self.condition(), self.value(ty), self.value(ty));
                return self.b.value(InstKind::Select(c, a, b), ty);
            }
            2 if ty != Type::Ptr => {
                let (addr, offset, flags) = self.element(ty);
                return self.b.value(InstKind::Load { ty, addr, offset, flags }, ty);
            }
            3 => {
                if let Some(value) = self.call(Some(ty)) {
                    return value;
                }
            }
            _ => {}
        }
        match ty {
            Type::Ptr if self.random.below(3) == 0 => self.object(),
            Type::Ptr => {
                let (addr, offset) = (self.checked(), self.pointer_offset());
                let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                self.b.value(InstKind::Load { ty, addr, offset, flags }, ty)
            }
            Type::F32 | Type::F64 => self.float(ty),
            Type::I8 if self.random.below(2) == 0 => self.condition(),
            _ => self.integer(ty),
        }
    }
    fn float(&mut self, ty: Type) -> Value {
        let other = if ty == Type::F32 { Type::F64 } else { Type::F32 };
        let kind = match self.random.below(6) {
            0 => {
                let from = self.random.choose(&[Type::I32, Type::I64]);
                InstKind::Conv(
                    self.random.choose(&[ConvOp::SintToFloat, ConvOp::UintToFloat]),
                    ty,
                    self.value(from),
                )
            }
            1 => {
                let op = if ty == Type::F32 { ConvOp::Fdemote } else { ConvOp::Fpromote };
                InstKind::Conv(op, ty, self.value(other))
            }
            2 => {
                use UnaryOp::*;
                InstKind::Unary(
                    self.random.choose(&[Fneg, Fabs, Sqrt, Floor, Ceil, Trunc, Nearest]),
                    self.value(ty),
                )
            }
            _ => {
                use BinaryOp::*;
                let op = self.random.choose(&[Fadd, Fsub, Fmul, Fdiv, Fmin, Fmax]);
                InstKind::Binary(op, self.value(ty), self.value(ty))
            }
        };
        self.b.value(kind, ty)
    }
    fn integer(&mut self, ty: Type) -> Value {
        use BinaryOp::*;
        let kind = match self.random.below(9) {
            0 => {
                let from = self.random.choose(&INTS);
                let op = match from.bits(8).cmp(&ty.bits(8)) {
                    std::cmp::Ordering::Less => self.random.choose(&[ConvOp::Sext, ConvOp::Zext]),
                    std::cmp::Ordering::Greater => ConvOp::Trunc,
                    std::cmp::Ordering::Equal => return self.constant(ty),
                };
                InstKind::Conv(op, ty, self.value(from))
            }
            1 => {
                use UnaryOp::*;
                let op = self.random.choose(&[Ineg, Bnot, Clz, Ctz, Popcnt, Bitrev]);
                InstKind::Unary(op, self.value(ty))
            }
            2 => {
                let (a, mut b) = (self.value(ty), self.value(ty));
                if self.random.below(24) > 0 {
                    let one = self.b.value(InstKind::Iconst(ty, 1), ty);
                    b = self.b.value(InstKind::Binary(Or, b, one), ty);
                }
                self.inst(InstKind::DivCheck(b));
                InstKind::Binary(self.random.choose(&[Sdiv, Udiv, Srem, Urem]), a, b)
            }
            3 => {
                let op = self.random.choose(&[Shl, Ushr, Sshr, Rotl]);
                InstKind::Binary(op, self.value(ty), self.value(Type::I64))
            }
            4 => {
                let op = self.random.choose(&[ShlBounded, UshrBounded, SshrBounded]);
                let (a, b) = (self.value(ty), self.value(Type::I64));
                let mask = self.int(i64::from(ty.bits(8)) - 1);
                InstKind::Binary(op, a, self.b.value(InstKind::Binary(And, b, mask), Type::I64))
            }
            5 => return self.bytes(ty),
            _ => {
                let op = self.random.choose(&[Iadd, Isub, Imul, And, Or, Xor, AndNot]);
                InstKind::Binary(op, self.value(ty), self.value(ty))
            }
        };
        self.b.value(kind, ty)
    }
    /// A number put together from bytes of an object, most often in order.
    fn bytes(&mut self, ty: Type) -> Value {
        let pointer = self.checked();
        let count = ty.bytes(8) as usize;
        let start = self.random.below(NUMBERS as usize - count + 1);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        let big = self.random.below(2) == 0;
        let mut sum = None;
        for i in 0..count {
            let place = if self.random.below(20) == 0 { self.random.below(count) } else { i };
            let offset = (start + place) as i32;
            let byte = self.b.value(InstKind::Load { ty: Type::I8, addr: pointer, offset, flags }, Type::I8);
            let wide =
                if ty == Type::I8 { byte } else { self.b.value(InstKind::Conv(ConvOp::Zext, ty, byte), ty) };
            let shift = self.int(8 * if big { count - 1 - i } else { i } as i64);
            let part = self.b.value(InstKind::Binary(BinaryOp::ShlBounded, wide, shift), ty);
            sum = Some(match sum {
                None => part,
                Some(sum) => self.b.value(InstKind::Binary(BinaryOp::Or, sum, part), ty),
            });
        }
        sum.expect("some bytes")
    }
    /// A call; with `wanted`, of a function that has such a result.
    fn call(&mut self, wanted: Option<Type>) -> Option<Value> {
        let names = self.names;
        let fits = |sig: &Signature| wanted.is_none_or(|ty| sig.results.contains(&ty));
        let found: Vec<usize> = (0..names.callees.len()).filter(|&i| fits(&names.callees[i].1)).collect();
        if found.is_empty() {
            return None;
        }
        let (id, sig) = &names.callees[self.random.choose(&found)];
        let args = sig.params.iter().map(|&ty| self.value(ty)).collect();
        let inst =
            self.b.inst(InstKind::Call { callee: Callee::Func(*id), sig: sig.clone(), args }, &sig.results);
        let index = sig.results.iter().position(|ty| Some(*ty) == wanted)?;
        Some(self.b.func.results[inst][index])
    }

    fn statement(&mut self) {
        if self.depth > 1 && self.random.below(4) == 0 {
            self.depth -= 1;
            match self.random.below(5) {
                0 | 1 => self.conditional(),
                2 | 3 => self.counted(),
                _ => self.switch(),
            }
            self.depth += 1;
            return;
        }
        match self.random.below(10) {
            0 | 1 => {
                let ty = self.random.choose(&TYPES);
                let (value, (addr, offset, flags)) = (self.value(ty), self.element(ty));
                self.inst(InstKind::Store { addr, value, offset, flags });
            }
            2 => {
                // Only what outlives everything goes into objects that may do so as well.
                let (value, addr) = (self.outlasting(), self.checked());
                let flags = MemFlags { nonnil: true, barrier: true, readonly: false };
                let offset = self.pointer_offset();
                self.inst(InstKind::Store { addr, value, offset, flags });
            }
            3 => {
                let (x, f) = (self.value(Type::I64), self.value(Type::F64));
                let call = InstKind::Call {
                    callee: Callee::Func(self.names.observe),
                    sig: Signature { params: vec![Type::I64, Type::F64], results: vec![Type::I64] },
                    args: vec![x, f],
                };
                self.b.value(call, Type::I64);
            }
            4 => self.memory(),
            5 => {
                self.call(None);
            }
            _ => {
                let ty = if self.random.below(5) == 0 { Type::Ptr } else { self.random.choose(&TYPES) };
                let value = self.value(ty);
                match self.variable(ty) {
                    Some(var) => self.b.def_var(var, value),
                    None => self.inst(InstKind::KeepAlive(value)),
                }
            }
        }
    }
    /// Nil, or a pointer to something that is not a slot.
    fn outlasting(&mut self) -> Value {
        match self.random.below(3) {
            0 => self.constant(Type::Ptr),
            1 => {
                let data = self.random.choose(&self.names.globals);
                self.b.value(InstKind::DataAddr(data, 0), Type::Ptr)
            }
            _ => {
                let new = InstKind::New { ty: self.names.object, size: SIZE, align: 8, noscan: false };
                self.b.value(new, Type::Ptr)
            }
        }
    }
    /// Copies and comparisons of memory.
    fn memory(&mut self) {
        let (dst, src) = (self.checked(), self.checked());
        let size = self.random.below(NUMBERS as usize + 1) as i64;
        let n = self.int(size);
        match self.random.below(4) {
            0 => self.inst(InstKind::Zero { dst, size: NUMBERS, align: 8, pointers: false }),
            1 => {
                let (callee, sig) = (Callee::Func(self.names.memmove), vec![Type::Ptr, Type::Ptr, Type::I64]);
                let sig = Signature { params: sig, results: vec![] };
                self.inst(InstKind::Call { callee, sig, args: vec![dst, src, n] });
            }
            2 => {
                let (callee, sig) =
                    (Callee::Func(self.names.memequal), vec![Type::Ptr, Type::Ptr, Type::I64]);
                let sig = Signature { params: sig, results: vec![Type::I8] };
                let equal = self.b.value(InstKind::Call { callee, sig, args: vec![dst, src, n] }, Type::I8);
                if let Some(var) = self.variable(Type::I8) {
                    self.b.def_var(var, equal);
                }
            }
            _ => {
                // A small object of its own.
                let new = InstKind::New { ty: self.names.small, size: 8, align: 8, noscan: true };
                let (own, value) = (self.b.value(new, Type::Ptr), self.value(Type::I64));
                let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                self.inst(InstKind::Store { addr: own, value, offset: 0, flags });
                self.inst(InstKind::Copy { dst, src: own, size: 8, align: 8, pointers: false });
                let back =
                    self.b.value(InstKind::Load { ty: Type::I32, addr: own, offset: 4, flags }, Type::I32);
                if let Some(var) = self.variable(Type::I32) {
                    self.b.def_var(var, back);
                }
            }
        }
    }

    fn arm(&mut self, block: Block, join: Block) {
        self.b.switch_to_sealed(block);
        let count = self.random.below(4);
        self.statements(count);
        if self.b.is_reachable() {
            if self.random.below(8) == 0 { self.leave() } else { self.b.jump(join) }
        }
    }
    fn conditional(&mut self) {
        let cond = self.condition();
        let (then, els, join) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(cond, then, els);
        self.arm(then, join);
        self.arm(els, join);
        if self.b.has_preds(join) {
            self.b.switch_to_sealed(join);
        }
    }
    fn switch(&mut self) {
        let ty = self.random.choose(&INTS);
        let value = self.value(ty);
        let join = self.b.block();
        let arms: Vec<Block> = (0..3).map(|_| self.b.block()).collect();
        let cases = [(0, arms[0]), (1, arms[1]), (self.random.below(100) as i64 + 2, arms[0])];
        self.b.switch(value, &cases, arms[2]);
        for arm in arms {
            self.arm(arm, join);
        }
        if self.b.has_preds(join) {
            self.b.switch_to_sealed(join);
        }
    }
    /// A loop with a counter.
    fn counted(&mut self) {
        let counter = self.b.var(Type::I64);
        let step = 1 + self.random.below(3) as i64;
        let limit = self.random.below(12) as i64;
        let start = self.int(0);
        self.b.def_var(counter, start);
        let (head, body, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let (i, limit) = (self.b.use_var(counter), self.int(limit));
        let more = self.b.value(InstKind::Icmp(IntCc::Slt, i, limit), Type::I8);
        self.b.branch(more, body, done);
        self.b.switch_to_sealed(body);
        // Statements read the counter and do not change it.
        let copy = self.b.var(Type::I64);
        self.b.def_var(copy, i);
        self.vars.push(copy);
        let count = 1 + self.random.below(4);
        self.statements(count);
        self.vars.pop();
        if self.b.is_reachable() {
            if self.random.below(6) == 0 {
                let (cond, next) = (self.condition(), self.b.block());
                self.b.branch(cond, done, next);
                self.b.switch_to_sealed(next);
            }
            let (i, step) = (self.b.use_var(counter), self.int(step));
            let next = self.b.value(InstKind::Binary(BinaryOp::Iadd, i, step), Type::I64);
            self.b.def_var(counter, next);
            self.b.jump(head);
        }
        self.b.seal(head);
        self.b.switch_to_sealed(done);
    }
}
