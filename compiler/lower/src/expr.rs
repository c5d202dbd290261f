//! Expressions: dispatch, names, selectors, addresses, conditions.

use rgo_mir::{Block, IntCc, Type, Value};
use rgo_syntax::ast::{self, BinaryOp, Expr, ExprKind, UnaryOp};
use rgo_types::{ConstValue, ObjId, ObjKind, OperandMode, SelectionKind, TypeId};

use crate::func::{FuncLower, Place};
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// The value of `e` in its own type.
    pub fn expr(&mut self, e: &'s Expr) -> Val {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(e))
    }
    /// The value of `e` converted to `to`, as assignment does it.
    pub fn expr_to(&mut self, e: &'s Expr, to: TypeId) -> Val {
        if self.mode(e) == OperandMode::NilValue {
            return self.zero(to);
        }
        if let Some(value) = self.constant_of(e)
            && !self.shape(to).is_interface()
        {
            return self.constant(&value, to);
        }
        let from = self.type_of(e);
        let value = self.expr(e);
        self.convert_assign(value, from, to)
    }
    /// The only scalar of `e`.
    pub fn expr1(&mut self, e: &'s Expr) -> Value {
        self.expr(e).single()
    }
    pub fn mode(&self, e: &Expr) -> OperandMode {
        match self.l.prog.info(self.file).type_and_value(e.id) {
            Some(record) => record.mode,
            // The checker records nothing for `case nil`.
            None if e.unparen().as_ident().is_some_and(|ident| ident.name == "nil") => OperandMode::NilValue,
            None => self.l.recorded(self.file, e).mode,
        }
    }
    pub fn constant_of(&self, e: &Expr) -> Option<rgo_types::ConstValue> {
        self.l.recorded(self.file, e).value.clone()
    }
    /// Whether `e` denotes a type.
    pub fn is_type(&self, e: &Expr) -> bool {
        self.l.prog.info(self.file).type_and_value(e.id).is_some_and(|r| r.mode == OperandMode::TypeExpr)
    }

    fn expr_inner(&mut self, e: &'s Expr) -> Val {
        if let Some(mut values) = self.take_hoisted(e) {
            return values.pop().unwrap_or_else(Val::none);
        }
        if let Some(value) = self.constant_of(e) {
            let t = self.type_of(e);
            return self.constant(&value, t);
        }
        self.at(e.pos);
        match &e.kind {
            ExprKind::Paren(x) => self.expr(x),
            ExprKind::Ident(ident) => self.ident(e, ident),
            ExprKind::FuncLit(lit) => self.func_lit(e, lit),
            ExprKind::CompositeLit { .. } => {
                let t = self.type_of(e);
                self.composite(e, t)
            }
            ExprKind::Selector { x, sel } => self.selector(e, x, sel),
            ExprKind::Index { x, indices } => self.index_expr(e, x, indices),
            ExprKind::Slice { .. } => self.slice_expr(e),
            ExprKind::TypeAssert { x, .. } => {
                let to = self.type_of(e);
                self.type_assert(e, x, to)
            }
            ExprKind::Call { .. } => {
                let mut results = self.call(e);
                match results.len() {
                    1 => results.pop().expect("one result"),
                    _ => Val::none(),
                }
            }
            ExprKind::Star(x) => {
                let t = self.type_of(e);
                let ptr = self.expr1(x);
                self.at(e.pos);
                self.load(t, ptr, 0, false)
            }
            ExprKind::Unary { op, x } => self.unary(e, *op, x),
            ExprKind::Binary { op, x, y } => self.binary_expr(e, *op, x, y),
            ExprKind::Bad
            | ExprKind::BasicLit { .. }
            | ExprKind::ArrayType { .. }
            | ExprKind::StructType { .. }
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType { .. }
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. }
            | ExprKind::Ellipsis(_) => panic!("{}: no value expression", self.describe(e.pos)),
        }
    }

    /// Position for internal errors.
    pub fn describe(&self, pos: rgo_source::Pos) -> String {
        let p = self.l.prog.graph.sources.position(pos);
        format!("{}:{}:{} in {}", p.file, p.line, p.col, self.symbol)
    }

    fn ident(&mut self, e: &'s Expr, ident: &'s ast::Ident) -> Val {
        if self.mode(e) == OperandMode::NilValue {
            let t = self.type_of(e);
            return self.zero(t);
        }
        let obj =
            self.object(ident).unwrap_or_else(|| panic!("{}: {ident:?} unresolved", self.describe(e.pos)));
        self.object_value(e, ident, obj)
    }

    /// The value of a variable or function that `ident` (alone, or qualified) denotes.
    pub fn object_value(&mut self, e: &'s Expr, ident: &'s ast::Ident, obj: ObjId) -> Val {
        match self.l.prog.obj(obj).kind {
            ObjKind::Var(_) => {
                let t = self.var_type(obj);
                let storage = self.storage(obj);
                let place = self.place_of(&storage);
                self.read_place(&place, t)
            }
            ObjKind::Func(_) => {
                let id = self.func_instance(ident, obj);
                self.func_value(id)
            }
            ObjKind::Nil => {
                let t = self.type_of(e);
                self.zero(t)
            }
            _ => panic!("{}: {} has no value", self.describe(e.pos), ident.name),
        }
    }

    fn selector(&mut self, e: &'s Expr, x: &'s Expr, sel: &'s ast::Ident) -> Val {
        match self.selection(sel) {
            None => {
                let obj =
                    self.object(sel).unwrap_or_else(|| panic!("{}: unresolved", self.describe(sel.pos)));
                self.object_value(e, sel, obj)
            }
            Some(selection) => match selection.kind {
                SelectionKind::FieldVal => self.field_value(x, sel),
                SelectionKind::MethodVal => self.method_value(e, x, sel),
                SelectionKind::MethodExpr => self.method_expr(x, sel),
            },
        }
    }
    /// What the checker recorded for a selector; `None` for qualified identifiers.
    pub fn selection(&self, sel: &ast::Ident) -> Option<rgo_types::Selection> {
        self.l.prog.info(self.file).selections.get(&sel.id).cloned()
    }
    /// Path of field indices from a concrete receiver type. In generic code the path may only be known now.
    pub fn field_path(&mut self, recv: TypeId, sel: &ast::Ident) -> Vec<usize> {
        let selection = self.selection(sel).expect("a selection");
        if self.env.params.is_empty() {
            return selection.index;
        }
        let pkg = self.pkg;
        let found = self.l.prog.lookup_field_or_method(recv, true, Some(pkg), sel.name);
        if found.obj.is_some() { found.index } else { selection.index }
    }

    fn field_value(&mut self, x: &'s Expr, sel: &'s ast::Ident) -> Val {
        let t = self.type_of(x);
        let path = self.field_path(t, sel);
        // A field of a variable is read where it is, not by copying the whole.
        if self.is_addressable(x) && self.l.pointee(t).is_none() {
            let place = self.place(x);
            let (place, t) = self.walk_fields(place, t, &path);
            self.at(sel.pos);
            return self.read_place(&place, t);
        }
        let value = self.expr(x);
        self.at(sel.pos);
        self.walk_value(value, t, &path).0
    }
    /// Follows `path` from a value; through pointers it reads memory.
    pub fn walk_value(&mut self, mut value: Val, mut t: TypeId, path: &[usize]) -> (Val, TypeId) {
        for (i, &index) in path.iter().enumerate() {
            if let Some(elem) = self.l.pointee(t) {
                let place = Place::Mem { addr: value.single(), offset: 0, nonnil: false };
                let (place, t) = self.walk_fields(place, elem, &path[i..]);
                return (self.read_place(&place, t), t);
            }
            let (_, field, ..) = self.field_range(t, index);
            self.track_field(t, index);
            value = self.field(t, &value, index);
            t = field;
        }
        (value, t)
    }
    /// Follows `path` from a place of type `t`; loads embedded pointers on the way.
    pub fn walk_fields(&mut self, mut place: Place, mut t: TypeId, path: &[usize]) -> (Place, TypeId) {
        for &index in path {
            if let Some(elem) = self.l.pointee(t) {
                let ptr = self.read_place(&place, t).single();
                place = Place::Mem { addr: ptr, offset: 0, nonnil: false };
                t = elem;
            }
            let (offset, field, first, count) = self.field_range(t, index);
            self.track_field(t, index);
            place = match place {
                Place::Ssa(vars) => Place::Ssa(vars[first..first + count].into()),
                Place::Mem { addr, offset: base, nonnil } => {
                    let at = i64::from(base) + offset as i64;
                    match i32::try_from(at) {
                        Ok(offset) => Place::Mem { addr, offset, nonnil },
                        Err(_) => {
                            if !nonnil {
                                self.nil_check(addr);
                            }
                            Place::Mem { addr: self.ptr_offset(addr, at), offset: 0, nonnil: true }
                        }
                    }
                }
                Place::Element { .. } | Place::Map { .. } | Place::Blank => {
                    panic!("field of something that has no address")
                }
            };
            t = field;
        }
        (place, t)
    }

    /// Whether `e` denotes a variable (or a part of one).
    pub fn is_addressable(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Paren(x) => self.is_addressable(x),
            _ => self.mode(e) == OperandMode::Variable,
        }
    }

    /// The variable that `e` denotes.
    pub fn place(&mut self, e: &'s Expr) -> Place {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.place_inner(e))
    }
    fn place_inner(&mut self, e: &'s Expr) -> Place {
        self.at(e.pos);
        match &e.kind {
            ExprKind::Paren(x) => self.place(x),
            ExprKind::Ident(ident) => {
                if ident.name.is_blank() {
                    return Place::Blank;
                }
                let obj = self.object(ident).expect("a variable");
                let storage = self.storage(obj);
                self.place_of(&storage)
            }
            ExprKind::Selector { x, sel } => {
                if self.selection(sel).is_none() {
                    let obj = self.object(sel).expect("a variable of another package");
                    let storage = self.storage(obj);
                    return self.place_of(&storage);
                }
                let t = self.type_of(x);
                let path = self.field_path(t, sel);
                if self.l.pointee(t).is_some() || !self.is_addressable(x) {
                    let value = self.expr(x);
                    self.at(sel.pos);
                    if let Some(elem) = self.l.pointee(t) {
                        let place = Place::Mem { addr: value.single(), offset: 0, nonnil: false };
                        return self.walk_fields(place, elem, &path).0;
                    }
                    // A field of a value that is no variable: reached through an embedded pointer.
                    let addr = self.spill(t, &value);
                    return self.walk_fields(Place::Mem { addr, offset: 0, nonnil: true }, t, &path).0;
                }
                let place = self.place(x);
                self.at(sel.pos);
                self.walk_fields(place, t, &path).0
            }
            ExprKind::Index { x, indices } => self.index_place(e, x, &indices[0]),
            ExprKind::Star(x) => {
                let ptr = self.expr1(x);
                Place::Mem { addr: ptr, offset: 0, nonnil: false }
            }
            _ => {
                // Not a variable: a temporary (method calls on composite literals and the like).
                let t = self.type_of(e);
                let value = self.expr(e);
                let addr = self.spill(t, &value);
                Place::Mem { addr, offset: 0, nonnil: true }
            }
        }
    }
    /// `&e`, with the nil check that taking an address implies.
    pub fn address(&mut self, e: &'s Expr) -> Value {
        match self.place(e) {
            Place::Mem { addr, offset, nonnil } => {
                if !nonnil {
                    self.nil_check(addr);
                }
                self.ptr_offset(addr, i64::from(offset))
            }
            Place::Ssa(_) | Place::Element { .. } | Place::Map { .. } | Place::Blank => {
                panic!("{}: address of a register variable", self.describe(e.pos))
            }
        }
    }

    fn unary(&mut self, e: &'s Expr, op: UnaryOp, x: &'s Expr) -> Val {
        match op {
            UnaryOp::Addr => {
                if let ExprKind::CompositeLit { .. } = &x.unparen().kind {
                    let t = self.type_of(x);
                    let object = self.new_object(t);
                    self.composite_into(x.unparen(), t, object, true);
                    return Val::one(object);
                }
                Val::one(self.address(x))
            }
            UnaryOp::Recv => self.receive_value(e, x),
            UnaryOp::Not => {
                let x = self.expr1(x);
                Val::one(self.not(x))
            }
            UnaryOp::Plus => self.expr(x),
            UnaryOp::Neg | UnaryOp::Xor => self.unary_arith(e, op, x),
            UnaryOp::Tilde => panic!("{}: ~ in an expression", self.describe(e.pos)),
        }
    }

    fn binary_expr(&mut self, e: &'s Expr, op: BinaryOp, x: &'s Expr, y: &'s Expr) -> Val {
        match op {
            BinaryOp::AndAnd | BinaryOp::OrOr => {
                let result = self.b.var(Type::I8);
                let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
                self.condition(e, yes, no);
                for (block, value) in [(yes, true), (no, false)] {
                    self.b.switch_to_sealed(block);
                    let value = self.bool_const(value);
                    self.b.def_var(result, value);
                    self.b.jump(done);
                }
                self.b.switch_to_sealed(done);
                Val::one(self.b.use_var(result))
            }
            _ if op.is_comparison() => Val::one(self.comparison(e, op, x, y)),
            _ if op.is_shift() => self.shift(e, op, x, y),
            _ => self.arithmetic(e, op, x, y),
        }
    }

    /// Branches on boolean `e`; the current block ends. Where constants decide, nothing leads to the other block, and callers
    /// leave out what only it would do, as gc does: calls there need no function.
    pub fn condition(&mut self, e: &'s Expr, yes: Block, no: Block) {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.condition_inner(e, yes, no));
    }
    fn condition_inner(&mut self, e: &'s Expr, yes: Block, no: Block) {
        if self.constant_of(e).is_none() && !self.is_hoisted(e) {
            match &e.kind {
                ExprKind::Paren(x) => return self.condition(x, yes, no),
                ExprKind::Unary { op: UnaryOp::Not, x } => return self.condition(x, no, yes),
                ExprKind::Binary { op: BinaryOp::AndAnd, x, y } => {
                    let more = self.b.block();
                    self.condition(x, more, no);
                    return self.condition_in(more, y, yes, no);
                }
                ExprKind::Binary { op: BinaryOp::OrOr, x, y } => {
                    let more = self.b.block();
                    self.condition(x, yes, more);
                    return self.condition_in(more, y, yes, no);
                }
                _ => {}
            }
        }
        if let Some(ConstValue::Bool(holds)) = self.constant_of(e) {
            return self.b.jump(if holds { yes } else { no });
        }
        let cond = self.expr1(e);
        self.b.branch(cond, yes, no);
    }
    /// Branches on `e` in `block`, if anything leads there.
    fn condition_in(&mut self, block: Block, e: &'s Expr, yes: Block, no: Block) {
        if !self.b.has_preds(block) {
            return self.b.seal(block);
        }
        self.b.switch_to_sealed(block);
        self.condition(e, yes, no);
    }

    /// Two blocks' worth of choice: the value is `yes()` where `cond` holds, else `no()`.
    pub fn choose(
        &mut self,
        cond: Value,
        ty: Type,
        yes: impl FnOnce(&mut Self) -> Value,
        no: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let result = self.b.var(ty);
        let (then, els, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(cond, then, els);
        self.b.switch_to_sealed(then);
        let value = yes(self);
        self.b.def_var(result, value);
        self.b.jump(done);
        self.b.switch_to_sealed(els);
        let value = no(self);
        self.b.def_var(result, value);
        self.b.jump(done);
        self.b.switch_to_sealed(done);
        self.b.use_var(result)
    }
    /// Runs `body` only where `cond` holds.
    pub fn when(&mut self, cond: Value, body: impl FnOnce(&mut Self)) {
        let (then, done) = (self.b.block(), self.b.block());
        self.b.branch(cond, then, done);
        self.b.switch_to_sealed(then);
        body(self);
        if self.b.is_reachable() {
            self.b.jump(done);
        }
        self.b.switch_to_sealed(done);
    }
    pub fn is_nil(&mut self, ptr: Value) -> Value {
        let nil = self.nil();
        self.icmp(IntCc::Eq, ptr, nil)
    }
    /// `x` as a 64-bit integer, by its Go type.
    pub fn int64(&mut self, x: Value, t: TypeId) -> Value {
        let signed = matches!(&*self.shape(t), Shape::Int { signed: true, .. });
        self.resize_int(x, Type::I64, signed)
    }
}
