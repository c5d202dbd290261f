//! `for range` over integers, strings, arrays, slices, maps and channels. Functions: `range_func`.

use rgo_mir::{BinaryOp as Op, IntCc, MemFlags, Type, Value, Var};
use rgo_source::Name;
use rgo_syntax::ast::{self, Expr};
use rgo_types::TypeId;

use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;

/// Size of `maps.Iter` and the offsets of its first fields.
const ITER_WORDS: u32 = 12;

impl<'s> FuncLower<'_, '_, 's, '_> {
    pub fn range_stmt(&mut self, s: &'s ast::RangeStmt, label: Option<Name>) {
        let t = self.type_of(&s.x);
        match &*self.shape(t) {
            Shape::Int { .. } => self.range_int(s, label),
            Shape::String => self.range_string(s, label),
            Shape::Slice(elem) => {
                // The bytes of a string can be read where they are: nobody else sees the slice.
                let string = self.conversion_operand(&s.x).filter(|x| {
                    let from = self.type_of(x);
                    matches!(&*self.shape(from), Shape::String) && self.layout(*elem).size == 1
                });
                let slice = match string {
                    Some(string) => {
                        let t = self.type_of(string);
                        self.expr_to(string, t)
                    }
                    None => self.expr(&s.x),
                };
                let (base, len) = (slice.parts()[0], slice.parts()[1]);
                self.range_elements(s, label, *elem, base, len);
            }
            Shape::Pointer(array) => {
                let Shape::Array { elem, len } = *self.shape(*array) else { panic!("range over a pointer") };
                let base = self.expr1(&s.x);
                if has_value(s) {
                    self.nil_check(base);
                }
                let len = self.int(len as i64);
                self.range_elements(s, label, elem, base, len);
            }
            Shape::Array { elem, len } => {
                let n = self.int(*len as i64);
                if !has_value(s) {
                    // Only the length matters; the operand is evaluated if it contains calls (spec, "For statements with range clause").
                    if self.has_call(&s.x) {
                        self.expr(&s.x);
                    }
                    let nil = self.nil();
                    return self.range_elements(s, label, *elem, nil, n);
                }
                let array = self.expr(&s.x);
                let array = if crate::order::is_fresh(&s.x) { array } else { self.stable(t, array) };
                let base = self.spill(t, &array);
                self.range_elements(s, label, *elem, base, n);
            }
            Shape::Map { key, elem } => self.range_map(s, label, t, *key, *elem),
            Shape::Chan { elem, .. } => self.range_chan(s, label, *elem),
            Shape::Func(_) => self.range_func(s, label),
            other => panic!("{}: range over {other:?}", self.describe(s.x.pos)),
        }
    }

    /// Gives the iteration variables their values, as one assignment: declares them anew, or assigns.
    pub fn set_iteration_vars(&mut self, s: &'s ast::RangeStmt, values: Vec<(TypeId, Option<Val>)>) {
        let wanted = [&s.key, &s.value].into_iter().zip(values);
        let (vars, values): (Vec<&'s Expr>, Vec<(TypeId, Val)>) = wanted
            .filter_map(|(var, (t, value))| Some((var.as_ref()?, (t, value?))))
            .filter(|(var, _)| !crate::assign::is_blank(var))
            .unzip();
        if !s.define && vars.iter().any(|var| self.has_call(var)) {
            vars.iter().for_each(|var| self.hoist(var));
        }
        self.assign_values(&vars, values, s.define);
    }

    /// A loop `for i := 0; i < n; i++`; `body` gets `i`.
    fn counted(
        &mut self,
        s: &'s ast::RangeStmt,
        label: Option<Name>,
        ty: Type,
        n: Value,
        signed: bool,
        body: impl FnOnce(&mut Self, Value),
    ) {
        let counter = self.b.var(ty);
        let zero = self.iconst(ty, 0);
        self.b.def_var(counter, zero);
        let (head, inside, post, done) = (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let i = self.b.use_var(counter);
        let more = self.icmp(if signed { IntCc::Slt } else { IntCc::Ult }, i, n);
        self.b.branch(more, inside, done);
        self.b.switch_to_sealed(inside);
        self.in_loop(label, done, post, |f| {
            body(f, i);
            f.block_stmts(&s.body.stmts);
        });
        self.finish_loop(post, head, done, |f| {
            let i = f.b.use_var(counter);
            let one = f.iconst(ty, 1);
            let next = f.binary(Op::Iadd, i, one);
            f.b.def_var(counter, next);
        });
    }
    /// Ends a loop: the post block, the jump back, and what follows.
    fn finish_loop(
        &mut self,
        post: rgo_mir::Block,
        head: rgo_mir::Block,
        done: rgo_mir::Block,
        step: impl FnOnce(&mut Self),
    ) {
        if self.b.is_reachable() {
            self.b.jump(post);
        }
        if self.b.has_preds(post) {
            self.b.switch_to_sealed(post);
            step(self);
            self.b.jump(head);
        } else {
            self.b.seal(post);
        }
        self.b.seal(head);
        self.continue_in(done);
    }

    fn range_int(&mut self, s: &'s ast::RangeStmt, label: Option<Name>) {
        // An untyped constant takes the type of the iteration variable.
        let mut t = self.type_of(&s.x);
        if let Some(key) = &s.key
            && !crate::assign::is_blank(key)
            && self.constant_of(&s.x).is_some()
            && let Some(obj) = key.as_ident().and_then(|ident| self.object(ident))
        {
            t = self.var_type(obj);
        }
        let t = self.l.prog.default_type(t);
        let Shape::Int { bits, signed } = *self.shape(t) else { panic!("range over no integer") };
        let n = self.expr_to(&s.x, t).single();
        let ty = crate::repr::int_type(bits);
        self.counted(s, label, ty, n, signed, |f, i| f.set_iteration_vars(s, vec![(t, Some(Val::one(i)))]));
    }

    fn range_elements(
        &mut self,
        s: &'s ast::RangeStmt,
        label: Option<Name>,
        elem: TypeId,
        base: Value,
        len: Value,
    ) {
        let size = self.layout(elem).size;
        self.counted(s, label, Type::I64, len, true, |f, i| {
            // The value is read first: `for i, a[i] = range ...` assigns in order, but reads the element of this iteration.
            let value = s.value.as_ref().filter(|v| !crate::assign::is_blank(v)).map(|_| {
                let at = f.element_addr(base, i, size);
                let value = f.load(elem, at, 0, true);
                if s.define { value } else { f.stable(elem, value) }
            });
            f.set_iteration_vars(s, vec![(TypeId::INT, Some(Val::one(i))), (elem, value)]);
        });
    }
    fn range_string(&mut self, s: &'s ast::RangeStmt, label: Option<Name>) {
        let string = self.expr(&s.x);
        let (ptr, len) = (string.parts()[0], string.parts()[1]);
        let position = self.b.var(Type::I64);
        let next = self.b.var(Type::I64);
        let zero = self.int(0);
        self.b.def_var(position, zero);
        let (head, inside, post, done) = (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let i = self.b.use_var(position);
        let more = self.icmp(IntCc::Slt, i, len);
        self.b.branch(more, inside, done);
        self.b.switch_to_sealed(inside);
        let rune = self.decode_rune(ptr, len, i, next);
        self.in_loop(label, done, post, |f| {
            let (i, rune) = (Val::one(i), Val::one(rune));
            f.set_iteration_vars(s, vec![(TypeId::INT, Some(i)), (TypeId::INT32, Some(rune))]);
            f.block_stmts(&s.body.stmts);
        });
        self.finish_loop(post, head, done, |f| {
            let next = f.b.use_var(next);
            f.b.def_var(position, next);
        });
    }
    /// The rune at byte `i`; `next` gets the index after it.
    fn decode_rune(&mut self, ptr: Value, len: Value, i: Value, next: Var) -> Value {
        let at = self.ptr_add(ptr, i);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        let byte = self.load_scalar(Type::I8, at, 0, flags);
        let byte = self.conv(rgo_mir::ConvOp::Zext, Type::I32, byte);
        let limit = self.iconst(Type::I32, 0x80);
        let ascii = self.icmp(IntCc::Ult, byte, limit);
        self.choose(
            ascii,
            Type::I32,
            |f| {
                let one = f.int(1);
                let after = f.binary(Op::Iadd, i, one);
                f.b.def_var(next, after);
                byte
            },
            |f| {
                let both = f.call_runtime("decoderune", &[ptr, len, i], &[Type::I32, Type::I64]);
                f.b.def_var(next, both[1]);
                both[0]
            },
        )
    }

    fn range_map(
        &mut self,
        s: &'s ast::RangeStmt,
        label: Option<Name>,
        t: TypeId,
        key: TypeId,
        elem: TypeId,
    ) {
        let map = self.expr1(&s.x);
        let word = self.l.target.word;
        let slot = self.b.slot(ITER_WORDS * word, word);
        let iter = self.slot_addr(slot);
        let size = u64::from(ITER_WORDS * word);
        self.b.inst(rgo_mir::InstKind::Zero { dst: iter, size, align: word, pointers: true }, &[]);
        let desc = self.type_word(t);
        self.call_runtime("mapIterStart", &[desc, map, iter], &[]);
        let (head, inside, post, done) = (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        let key_addr = self.load_scalar(Type::Ptr, iter, 0, flags);
        let end = self.is_nil(key_addr);
        self.b.branch(end, done, inside);
        self.b.switch_to_sealed(inside);
        self.in_loop(label, done, post, |f| {
            let elem_addr = f.load_scalar(Type::Ptr, iter, word as i32, flags);
            let key_value = has_key(s).then(|| {
                let value = f.load(key, key_addr, 0, true);
                f.stable(key, value)
            });
            let value = has_value(s).then(|| f.load(elem, elem_addr, 0, true));
            f.set_iteration_vars(s, vec![(key, key_value), (elem, value)]);
            f.block_stmts(&s.body.stmts);
        });
        self.finish_loop(post, head, done, |f| {
            f.call_runtime("mapIterNext", &[iter], &[]);
        });
    }

    fn range_chan(&mut self, s: &'s ast::RangeStmt, label: Option<Name>, elem: TypeId) {
        let chan = self.expr1(&s.x);
        let (head, inside, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let room = self.temp(elem);
        let ok = self.call_runtime("chanrecv2", &[chan, room], &[Type::I8])[0];
        self.b.branch(ok, inside, done);
        self.b.switch_to_sealed(inside);
        self.in_loop(label, done, head, |f| {
            let value = f.load(elem, room, 0, true);
            f.set_iteration_vars(s, vec![(elem, Some(value))]);
            f.block_stmts(&s.body.stmts);
        });
        if self.b.is_reachable() {
            self.b.jump(head);
        }
        self.b.seal(head);
        self.continue_in(done);
    }
}

fn has_key(s: &ast::RangeStmt) -> bool {
    s.key.as_ref().is_some_and(|e| !crate::assign::is_blank(e))
}

fn has_value(s: &ast::RangeStmt) -> bool {
    s.value.as_ref().is_some_and(|e| !crate::assign::is_blank(e))
}
