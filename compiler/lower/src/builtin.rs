//! Built-in functions.

use rgo_mir::{BinaryOp as Op, InstKind, IntCc, MemFlags, Type, Value, ValueDef};
use rgo_source::Pos;
use rgo_syntax::ast::{BinaryOp, Expr, ExprKind};
use rgo_types::{BuiltinId, TypeId};

use crate::conv::Chars;
use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;

/// Where the first elements of a slice may be, if escape analysis finds that they stay.
#[derive(Clone, Copy)]
enum Growth {
    /// gc has a buffer in the frame only for appends of single elements, which the capacity shows.
    Frame,
    Heap,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// A call of a built-in function that is not a constant.
    pub fn builtin_call(&mut self, e: &'s Expr) -> Vec<Val> {
        let ExprKind::Call { fun, args, ellipsis, .. } = &e.kind else { panic!("no call") };
        let id = self.builtin_id(fun);
        let operands: Vec<&'s Expr> = args.iter().collect();
        self.order(&operands);
        let value = match id {
            BuiltinId::Append => self.append(e, args, ellipsis.is_some()),
            BuiltinId::Len | BuiltinId::Cap => self.len_cap(id, &args[0]),
            BuiltinId::Make => self.make(e, args),
            BuiltinId::New => self.new_builtin(e, &args[0]),
            BuiltinId::Min | BuiltinId::Max => self.min_max(e, id, args),
            BuiltinId::Complex => {
                let t = self.type_of(e);
                let Shape::Complex(bits) = *self.shape(t) else { panic!("complex of no complex type") };
                let part = if bits == 64 { TypeId::FLOAT32 } else { TypeId::FLOAT64 };
                let parts = self.builtin_arguments(args, |_, _, _| part);
                Val::of(&[parts[0].1.single(), parts[1].1.single()])
            }
            BuiltinId::Real => Val::one(self.expr(&args[0]).parts()[0]),
            BuiltinId::Imag => Val::one(self.expr(&args[0]).parts()[1]),
            BuiltinId::Copy
            | BuiltinId::Clear
            | BuiltinId::Close
            | BuiltinId::Delete
            | BuiltinId::Panic
            | BuiltinId::Print
            | BuiltinId::Println
            | BuiltinId::Recover => {
                let operands = self.builtin_operands(id, args);
                return self.emit_builtin(id, &operands, e.pos);
            }
            BuiltinId::Add => {
                let (base, offset) = self.pointer_and_count(args);
                Val::one(self.ptr_add(base, offset))
            }
            BuiltinId::Slice => self.unsafe_slice(e, args),
            BuiltinId::String => {
                let (ptr, len) = self.pointer_and_count(args);
                self.call_runtime("unsafestring", &[ptr, len], &[]);
                Val::of(&[ptr, len])
            }
            BuiltinId::SliceData | BuiltinId::StringData => Val::one(self.expr(&args[0]).parts()[0]),
            BuiltinId::Alignof | BuiltinId::Offsetof | BuiltinId::Sizeof => self.unsafe_size(id, &args[0]),
        };
        vec![value]
    }
    /// A pointer and an integer of any type, as 64 bits.
    fn pointer_and_count(&mut self, args: &'s [Expr]) -> (Value, Value) {
        if let [_, count] = args {
            let ptr = self.expr1(&args[0]);
            return (ptr, self.int_operand(count));
        }
        let operands = self.builtin_arguments(args, |_, _, own| own);
        let (ptr, (t, count)) = (operands[0].1.single(), &operands[1]);
        (ptr, self.int64(count.single(), *t))
    }
    /// In generic code sizes are not constants until now.
    fn unsafe_size(&mut self, id: BuiltinId, x: &'s Expr) -> Val {
        let t = self.type_of(x);
        let layout = self.layout(t);
        let size = match id {
            BuiltinId::Sizeof => layout.size,
            BuiltinId::Alignof => u64::from(layout.align),
            _ => {
                let ExprKind::Selector { x, sel } = &x.unparen().kind else {
                    panic!("Offsetof of no selector")
                };
                let mut t = self.type_of(x);
                if let Some(elem) = self.l.pointee(t) {
                    t = elem;
                }
                let mut offset = 0;
                for index in self.field_path(t, sel) {
                    let (at, field, ..) = self.field_range(t, index);
                    offset += at;
                    t = field;
                }
                offset
            }
        };
        Val::one(self.int(size as i64))
    }
    /// An integer operand of any type as 64 bits.
    fn int_operand(&mut self, e: &'s Expr) -> Value {
        let t = if self.constant_of(e).is_some() { TypeId::INT } else { self.type_of(e) };
        let value = self.expr_to(e, t).single();
        self.int64(value, t)
    }

    fn len_cap(&mut self, id: BuiltinId, x: &'s Expr) -> Val {
        let t = self.type_of(x);
        let shape = self.shape(t);
        Val::one(match &*shape {
            Shape::String => self.borrowed_string(x, t).parts()[1],
            Shape::Slice(_) if id == BuiltinId::Len && self.length_of_conversion(x).is_some() => {
                let string = self.length_of_conversion(x).expect("just looked");
                let string = self.expr(string);
                self.call_runtime("countrunes", string.parts(), &[Type::I64])[0]
            }
            Shape::Slice(_) => self.expr(x).parts()[if id == BuiltinId::Len { 1 } else { 2 }],
            Shape::Map { .. } => {
                let map = self.expr1(x);
                self.map_len(map)
            }
            Shape::Chan { .. } => {
                let chan = self.expr1(x);
                let name = if id == BuiltinId::Len { "chanlen" } else { "chancap" };
                self.call_runtime(name, &[chan], &[Type::I64])[0]
            }
            Shape::Array { len, .. } => {
                self.expr(x);
                self.int(*len as i64)
            }
            Shape::Pointer(array) => {
                let Shape::Array { len, .. } = *self.shape(*array) else { panic!("len of a pointer") };
                self.expr(x);
                self.int(len as i64)
            }
            other => panic!("{}: len of {other:?}", self.describe(x.pos)),
        })
    }

    /// `s` when `x` is `[]rune(s)`.
    fn length_of_conversion(&mut self, x: &'s Expr) -> Option<&'s Expr> {
        self.converted(x, |from, to| (*from, *to) == (Chars::String, Chars::Runes))
    }
    /// Bytes to be copied at once: those of `s`, if they are given as `[]byte(s)`.
    fn bytes_to_copy(&mut self, e: &'s Expr) -> Val {
        match self.converted(e, |from, to| (*from, *to) == (Chars::String, Chars::Bytes)) {
            Some(string) => self.expr(string),
            None => self.expr(e),
        }
    }

    /// The array behind a slice of few elements, their number known here (as a constant, or a variable that holds one): an
    /// object that may become a stack slot.
    fn make_array(&mut self, elem: TypeId, len: Value, cap: Value) -> Option<Value> {
        const MAX_BYTES: u64 = 64 << 10;
        let (len, cap) = (self.known_size(len)?, self.known_size(cap)?);
        let bytes = self.layout(elem).size.checked_mul(cap)?;
        if len > cap || !(1..=MAX_BYTES).contains(&bytes) {
            return None;
        }
        let array = self.l.array_of(elem, cap);
        Some(self.new_object(array))
    }
    pub fn known_size(&self, value: Value) -> Option<u64> {
        let ValueDef::Inst(inst, _) = self.b.func.values[value].def else { return None };
        match self.b.func.insts[inst].kind {
            InstKind::Iconst(Type::I64, size) => u64::try_from(size).ok(),
            _ => None,
        }
    }
    fn make(&mut self, e: &'s Expr, args: &'s [Expr]) -> Val {
        let t = self.type_of(e);
        match *self.shape(t) {
            Shape::Slice(elem) => {
                let len = self.int_operand(&args[1]);
                let cap = args.get(2).map_or(len, |cap| self.int_operand(cap));
                if let Some(ptr) = self.make_array(elem, len, cap) {
                    return Val::of(&[ptr, len, cap]);
                }
                let desc = self.l.type_desc_for_alloc(elem);
                let desc = self.data_addr(desc);
                let nil = self.nil();
                let ptr = self.call_runtime("makesliceBuf", &[nil, desc, len, cap], &[Type::Ptr])[0];
                Val::of(&[ptr, len, cap])
            }
            Shape::Map { .. } => Val::one(match args.get(1) {
                None => self.make_map(t, 0),
                Some(hint) => {
                    let hint = self.int_operand(hint);
                    match self.known_size(hint) {
                        Some(known) => self.make_map(t, known as i64),
                        None => self.make_map_dynamic(t, hint),
                    }
                }
            }),
            Shape::Chan { .. } => {
                let size = match args.get(1) {
                    Some(size) => self.int_operand(size),
                    None => self.int(0),
                };
                let desc = self.type_word(t);
                Val::one(self.call_runtime("makechan", &[desc, size], &[Type::Ptr])[0])
            }
            ref other => panic!("{}: make of {other:?}", self.describe(e.pos)),
        }
    }
    /// `new(T)`, or `new(x)` with a value (Go 1.26).
    fn new_builtin(&mut self, e: &'s Expr, arg: &'s Expr) -> Val {
        let pointer = self.type_of(e);
        let t = self.l.pointee(pointer).expect("new gives a pointer");
        if self.is_type(arg) {
            return Val::one(self.new_object(t));
        }
        let value = self.expr_to(arg, t);
        let object = self.new_object(t);
        self.store(t, object, 0, &value, true);
        Val::one(object)
    }
    fn unsafe_slice(&mut self, e: &'s Expr, args: &'s [Expr]) -> Val {
        let t = self.type_of(e);
        let Shape::Slice(elem) = *self.shape(t) else { panic!("unsafe.Slice of no slice") };
        let (ptr, len) = self.pointer_and_count(args);
        let desc = self.l.type_desc_for_alloc(elem);
        let desc = self.data_addr(desc);
        self.call_runtime("unsafeslice", &[desc, ptr, len], &[]);
        Val::of(&[ptr, len, len])
    }

    fn min_max(&mut self, e: &'s Expr, id: BuiltinId, args: &'s [Expr]) -> Val {
        let t = self.type_of(e);
        let mut values = self.builtin_arguments(args, |_, _, _| t).into_iter();
        let (_, mut best) = values.next().expect("at least one argument");
        for (_, next) in values {
            best = match &*self.shape(t) {
                Shape::Float(_) => {
                    let op = if id == BuiltinId::Min { Op::Fmin } else { Op::Fmax };
                    Val::one(self.binary(op, best.single(), next.single()))
                }
                _ => {
                    let op = if id == BuiltinId::Min { BinaryOp::Lss } else { BinaryOp::Gtr };
                    let better = self.compare(op, t, &next, &best);
                    let parts = next.parts().iter().zip(best.parts()).map(|(&n, &b)| {
                        let ty = self.b.func.ty(n);
                        self.b.value(InstKind::Select(better, n, b), ty)
                    });
                    Val::Parts(parts.collect())
                }
            };
        }
        best
    }

    /// `append(s, values...)`, `append(s, slice...)`, `append(bytes, string...)`
    fn append(&mut self, e: &'s Expr, args: &'s [Expr], spread: bool) -> Val {
        let t = self.type_of(e);
        let Shape::Slice(elem) = *self.shape(t) else { panic!("append to no slice") };
        let layout = self.layout(elem);
        if spread {
            self.order_to(&[(&args[0], t), (&args[1], t)]);
            let slice = self.expr_to(&args[0], t);
            if self.mode(&args[1]) == rgo_types::OperandMode::NilValue {
                return slice;
            }
            let added = self.bytes_to_copy(&args[1]);
            let (src, count) = (added.parts()[0], added.parts()[1]);
            let (grown, old_len) = self.grow(e.pos, elem, &slice, count, Growth::Heap);
            let dst = self.element_addr(grown.parts()[0], old_len, layout.size);
            self.move_elements(elem, dst, src, count);
            return grown;
        }
        let mut values = self.builtin_arguments(args, |_, i, _| if i == 0 { t } else { elem }).into_iter();
        let (_, slice) = values.next().expect("a slice");
        let values: Vec<Val> = values.map(|(_, value)| value).collect();
        if values.is_empty() {
            return slice;
        }
        let count = self.int(values.len() as i64);
        let (grown, old_len) = self.grow(e.pos, elem, &slice, count, Growth::Frame);
        let dst = self.element_addr(grown.parts()[0], old_len, layout.size);
        for (i, value) in values.iter().enumerate() {
            let at = self.ptr_offset(dst, i as i64 * layout.size as i64);
            self.store(elem, at, 0, value, true);
        }
        grown
    }
    /// Makes room for `count` more elements: the slice with its new length, and its old length.
    fn grow(&mut self, pos: Pos, elem: TypeId, slice: &Val, count: Value, growth: Growth) -> (Val, Value) {
        self.at(pos);
        let (ptr, len, cap) = (slice.parts()[0], slice.parts()[1], slice.parts()[2]);
        let new_len = self.binary(Op::Iadd, len, count);
        let fits = self.icmp(IntCc::Ule, new_len, cap);
        let (out_ptr, out_cap) = (self.b.var(Type::Ptr), self.b.var(Type::I64));
        let (keep, slow, done) = (self.b.block(), self.b.cold_block(), self.b.block());
        self.b.branch(fits, keep, slow);
        self.b.switch_to_sealed(slow);
        let desc = self.l.type_desc_for_alloc(elem);
        let desc = self.data_addr(desc);
        let mut args = vec![ptr, new_len, cap, count, desc];
        let function = match growth {
            Growth::Heap => "growslice",
            Growth::Frame => {
                args.insert(0, self.nil());
                "growsliceOnce"
            }
        };
        let grown = self.call_runtime(function, &args, &[Type::Ptr, Type::I64, Type::I64]);
        self.b.def_var(out_ptr, grown[0]);
        self.b.def_var(out_cap, grown[2]);
        self.b.jump(done);
        self.b.switch_to_sealed(keep);
        self.b.def_var(out_ptr, ptr);
        self.b.def_var(out_cap, cap);
        self.b.jump(done);
        self.b.switch_to_sealed(done);
        let (ptr, cap) = (self.b.use_var(out_ptr), self.b.use_var(out_cap));
        (Val::of(&[ptr, new_len, cap]), len)
    }
    /// Moves `count` elements; the ranges may overlap.
    fn move_elements(&mut self, elem: TypeId, dst: Value, src: Value, count: Value) {
        let layout = self.layout(elem);
        if layout.size == 0 {
            return;
        }
        let size = self.int(layout.size as i64);
        let bytes = self.binary(Op::Imul, count, size);
        let function = if layout.has_pointers() { "bulkBarrierCopy" } else { "memmove" };
        self.call_runtime(function, &[dst, src, bytes], &[]);
    }

    // ---- those that `go` and `defer` can call: operands first, effect later ----

    pub fn builtin_operands(&mut self, id: BuiltinId, args: &'s [Expr]) -> Vec<(TypeId, Val)> {
        if id == BuiltinId::Recover {
            // Deferred, it still counts as called by this function.
            let fp = self.b.value(InstKind::FramePointer, Type::Ptr);
            let fp = self.conv(rgo_mir::ConvOp::Bitcast, Type::I64, fp);
            return vec![(TypeId::UINTPTR, Val::one(fp))];
        }
        let any = self.l.any_type();
        let mut first = TypeId::INT;
        self.builtin_arguments(args, |this, i, t| {
            if i == 0 {
                first = t;
            }
            match id {
                BuiltinId::Panic => any,
                BuiltinId::Delete if i == 1 => match *this.shape(first) {
                    Shape::Map { key, .. } => key,
                    _ => t,
                },
                BuiltinId::Print | BuiltinId::Println => this.l.prog.default_type(t),
                _ => t,
            }
        })
    }
    /// The arguments of a built-in function, which a call of several results may stand for; `target` tells the type of each from its number and
    /// its own type.
    fn builtin_arguments(
        &mut self,
        args: &'s [Expr],
        mut target: impl FnMut(&mut Self, usize, TypeId) -> TypeId,
    ) -> Vec<(TypeId, Val)> {
        if let [only] = args
            && let Shape::Tuple(types) = &*self.shape_of(only)
        {
            let results = self.call(only.unparen());
            return (types.iter().zip(results).enumerate())
                .map(|(i, (&from, value))| {
                    let to = target(self, i, from);
                    (to, self.convert_assign(value, from, to))
                })
                .collect();
        }
        let mut wanted = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let own = self.type_of(arg);
            wanted.push((arg, target(self, i, own)));
        }
        let values = self.operand_list(&wanted);
        wanted.into_iter().map(|(_, t)| t).zip(values).collect()
    }
    pub fn emit_builtin(&mut self, id: BuiltinId, operands: &[(TypeId, Val)], pos: Pos) -> Vec<Val> {
        self.at(pos);
        match id {
            BuiltinId::Copy => return vec![self.copy(operands)],
            BuiltinId::Close => {
                let chan = operands[0].1.single();
                self.call_runtime("closechan", &[chan], &[]);
            }
            BuiltinId::Delete => self.map_delete(operands[0].0, operands[0].1.single(), &operands[1].1),
            BuiltinId::Panic => {
                self.call_noreturn("gopanic", operands[0].1.parts());
                self.ensure_reachable();
            }
            BuiltinId::Recover => {
                let fp = operands[0].1.single();
                return vec![Val::Parts(self.call_runtime("gorecover", &[fp], &[Type::Ptr, Type::Ptr]))];
            }
            BuiltinId::Clear => self.clear(operands[0].0, &operands[0].1),
            BuiltinId::Print | BuiltinId::Println => self.print(operands, id == BuiltinId::Println),
            other => panic!("{}: {} as a deferred call", self.describe(pos), other.name()),
        }
        vec![]
    }
    fn copy(&mut self, operands: &[(TypeId, Val)]) -> Val {
        let (dst_type, dst) = &operands[0];
        let src = &operands[1].1;
        let Shape::Slice(elem) = *self.shape(*dst_type) else { panic!("copy to no slice") };
        let (dst_len, src_len) = (dst.parts()[1], src.parts()[1]);
        let less = self.icmp(IntCc::Slt, dst_len, src_len);
        let count = self.b.value(InstKind::Select(less, dst_len, src_len), Type::I64);
        self.move_elements(elem, dst.parts()[0], src.parts()[0], count);
        Val::one(count)
    }
    fn clear(&mut self, t: TypeId, value: &Val) {
        match *self.shape(t) {
            Shape::Map { .. } => {
                let desc = self.type_word(t);
                self.call_runtime("mapclear", &[desc, value.single()], &[]);
            }
            Shape::Slice(elem) => {
                let layout = self.layout(elem);
                let size = self.int(layout.size as i64);
                let bytes = self.binary(Op::Imul, value.parts()[1], size);
                let function =
                    if layout.has_pointers() { "bulkBarrierClear" } else { "memclrNoHeapPointers" };
                self.call_runtime(function, &[value.parts()[0], bytes], &[]);
            }
            ref other => panic!("clear of {other:?}"),
        }
    }
    fn print(&mut self, operands: &[(TypeId, Val)], line: bool) {
        self.call_runtime("printlock", &[], &[]);
        for (i, (t, value)) in operands.iter().enumerate() {
            if line && i > 0 {
                self.call_runtime("printsp", &[], &[]);
            }
            let name = self.l.prog.link_string(*t);
            let shape = self.shape(*t);
            match &*shape {
                Shape::Bool => self.print_with("printbool", value.parts()),
                Shape::Int { signed, .. } => {
                    let wide = self.int64(value.single(), *t);
                    let function = match (name.as_str(), signed) {
                        ("runtime.hex", _) => "printhex",
                        (_, true) => "printint",
                        (_, false) => "printuint",
                    };
                    self.print_with(function, &[wide]);
                }
                Shape::Float(bits) => self.print_with(&format!("printfloat{bits}"), value.parts()),
                Shape::Complex(bits) => self.print_with(&format!("printcomplex{bits}"), value.parts()),
                Shape::String if name == "runtime.quoted" => self.print_with("printquoted", value.parts()),
                Shape::String => self.print_with("printstring", value.parts()),
                Shape::Slice(_) => self.print_with("printslice", value.parts()),
                Shape::Interface(methods) if methods.is_empty() => {
                    self.print_with("printeface", value.parts())
                }
                Shape::Interface(_) => self.print_with("printiface", value.parts()),
                _ => self.print_with("printpointer", value.parts()),
            }
        }
        if line {
            self.call_runtime("printnl", &[], &[]);
        }
        self.call_runtime("printunlock", &[], &[]);
    }
    fn print_with(&mut self, function: &str, parts: &[Value]) {
        self.call_runtime(function, parts, &[]);
    }
    /// A non-nil load flag set, for memory that is known to be there.
    pub fn known(&self) -> MemFlags {
        MemFlags { nonnil: true, ..MemFlags::default() }
    }
}
