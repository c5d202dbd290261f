//! Index and slice expressions.

use rgo_mir::{BoundsKind, InstKind, MemFlags, Type, Value};
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::{SelectionKind, TypeId};

use crate::func::{FuncLower, Place};
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// `x[i]`, or an instantiated function.
    pub fn index_expr(&mut self, e: &'s Expr, x: &'s Expr, indices: &'s [Expr]) -> Val {
        if let Some(key) = self.static_callee(e) {
            let id = self.l.func(key);
            return self.func_value(id);
        }
        if let ExprKind::Selector { x: operand, sel } = &x.unparen().kind
            && let Some(selection) = self.selection(sel)
        {
            // A generic method with type arguments, as a value. Its type is that of the whole expression.
            match selection.kind {
                SelectionKind::FieldVal => {}
                SelectionKind::MethodVal => return self.method_value(e, operand, sel),
                SelectionKind::MethodExpr => return self.method_expr(operand, sel),
            }
        }
        let t = self.type_of(x);
        self.order(&[x, &indices[0]]);
        match &*self.shape(t) {
            Shape::Map { key, elem } => {
                let (key_type, elem) = (*key, *elem);
                let map = self.expr1(x);
                let key = self.borrowed_key(&indices[0], key_type);
                self.at(e.pos);
                let value = self.map_read(t, map, &key);
                self.stable(elem, value)
            }
            Shape::String => {
                let string = self.expr(x);
                let (ptr, len) = (string.parts()[0], string.parts()[1]);
                let index = self.checked_index(e, &indices[0], len, None);
                let at = self.ptr_add(ptr, index);
                let flags = MemFlags { nonnil: true, ..MemFlags::default() };
                Val::one(self.load_scalar(Type::I8, at, 0, flags))
            }
            Shape::Array { elem, len } if !self.is_addressable(x) => {
                let (elem, len) = (*elem, *len);
                let array = self.expr(x);
                let bound = self.int(len as i64);
                let index = self.checked_index(e, &indices[0], bound, Some(len));
                match array {
                    Val::Parts(_) if len == 0 => self.zero(elem),
                    Val::Parts(_) => array,
                    Val::Mem(base) => {
                        let size = self.layout(elem).size;
                        let at = self.element_addr(base, index, size);
                        self.load(elem, at, 0, true)
                    }
                }
            }
            _ => {
                let elem = self.type_of(e);
                let place = self.index_place(e, x, &indices[0]);
                self.read_place(&place, elem)
            }
        }
    }

    /// The element `x[index]` as a place.
    pub fn index_place(&mut self, e: &'s Expr, x: &'s Expr, index: &'s Expr) -> Place {
        let t = self.type_of(x);
        self.order(&[x, index]);
        match &*self.shape(t) {
            Shape::Map { key, .. } => {
                let key_type = *key;
                let map = self.expr1(x);
                let key = self.expr_to(index, key_type);
                let key = self.stable(key_type, key);
                self.at(e.pos);
                Place::Map { map_type: t, map, key }
            }
            Shape::Slice(elem) => {
                let slice = self.expr(x);
                let (ptr, len) = (slice.parts()[0], slice.parts()[1]);
                self.element_place(e, *elem, ptr, len, index, None)
            }
            Shape::Pointer(array) => {
                let Shape::Array { elem, len } = *self.shape(*array) else {
                    panic!("{}: index of a pointer to no array", self.describe(e.pos))
                };
                let ptr = self.expr1(x);
                self.nil_check(ptr);
                let bound = self.int(len as i64);
                self.element_place(e, elem, ptr, bound, index, Some(len))
            }
            Shape::Array { elem, len } => {
                let place = self.place(x);
                let bound = self.int(*len as i64);
                match place {
                    Place::Mem { addr, offset, nonnil } => {
                        if !nonnil {
                            self.nil_check(addr);
                        }
                        let base = self.ptr_offset(addr, i64::from(offset));
                        self.element_place(e, *elem, base, bound, index, Some(*len))
                    }
                    // One element or none: the index can only be 0.
                    Place::Ssa(_) => {
                        self.checked_index(e, index, bound, Some(*len));
                        if *len != 0 {
                            return place;
                        }
                        let addr = self.temp(*elem);
                        Place::Mem { addr, offset: 0, nonnil: true }
                    }
                    Place::Element { .. } | Place::Map { .. } | Place::Blank => {
                        panic!("{}: no array variable", self.describe(e.pos))
                    }
                }
            }
            Shape::String => {
                let string = self.expr(x);
                let (ptr, len) = (string.parts()[0], string.parts()[1]);
                self.element_place(e, TypeId::UINT8, ptr, len, index, None)
            }
            other => panic!("{}: index of {other:?}", self.describe(e.pos)),
        }
    }
    fn element_place(
        &mut self,
        e: &'s Expr,
        elem: TypeId,
        base: Value,
        len: Value,
        index: &'s Expr,
        known_len: Option<u64>,
    ) -> Place {
        let size = self.layout(elem).size;
        // A constant index into an array is an offset.
        if let (Some(n), Some(len)) = (self.constant_u64(index), known_len)
            && n < len
            && let Ok(offset) = i32::try_from(n.saturating_mul(size))
        {
            return Place::Mem { addr: base, offset, nonnil: true };
        }
        let index = self.checked_index(e, index, len, known_len);
        Place::Mem { addr: self.element_addr(base, index, size), offset: 0, nonnil: true }
    }
    /// The place of `e` on the left of an assignment: the bounds of a slice's element are checked when it is stored to.
    pub fn assign_place(&mut self, e: &'s Expr) -> Place {
        if let ExprKind::Index { x, indices } = &e.unparen().kind {
            let t = self.type_of(x);
            if let Shape::Slice(elem) = *self.shape(t) {
                self.order(&[x, &indices[0]]);
                let slice = self.expr(x);
                let (base, len) = (slice.parts()[0], slice.parts()[1]);
                let t = self.index_type(&indices[0]);
                let index = self.expr_to(&indices[0], t).single();
                let index = self.int64(index, t);
                let unsigned = !self.shape(t).is_signed();
                let size = self.layout(elem).size;
                self.at(e.pos);
                return Place::Element { base, len, index, unsigned, size };
            }
        }
        self.place(e)
    }
    /// The memory of an element, after the check of its index.
    pub fn checked_element(&mut self, place: &Place) -> Place {
        let &Place::Element { base, len, index, unsigned, size } = place else { return place.clone() };
        self.b.inst(InstKind::BoundsCheck { kind: BoundsKind::Index, index, length: len, unsigned }, &[]);
        Place::Mem { addr: self.element_addr(base, index, size), offset: 0, nonnil: true }
    }
    /// Evaluates an index and checks it against `len`; a 64-bit integer.
    fn checked_index(&mut self, e: &'s Expr, index: &'s Expr, len: Value, known_len: Option<u64>) -> Value {
        let t = self.index_type(index);
        let in_range = matches!((self.constant_u64(index), known_len), (Some(n), Some(len)) if n < len);
        let value = self.expr_to(index, t).single();
        let value = self.int64(value, t);
        self.at(e.pos);
        if !in_range {
            let unsigned = !self.shape(t).is_signed();
            self.b.inst(
                InstKind::BoundsCheck { kind: BoundsKind::Index, index: value, length: len, unsigned },
                &[],
            );
        }
        value
    }
    /// The type an index is evaluated in: its own, `int` for constants.
    fn index_type(&mut self, index: &'s Expr) -> TypeId {
        if self.constant_of(index).is_some() { TypeId::INT } else { self.type_of(index) }
    }

    /// `x[lo:hi:max]`
    pub fn slice_expr(&mut self, e: &'s Expr) -> Val {
        let ExprKind::Slice { x, lo, hi, max, .. } = &e.kind else { panic!("no slice expression") };
        let t = self.type_of(x);
        let shape = self.shape(t);
        let operands: Vec<&'s Expr> =
            std::iter::once(&**x).chain([lo, hi, max].into_iter().flatten().map(|bound| &**bound)).collect();
        self.order(&operands);
        // Base pointer, length (upper bound when none is given), capacity, element size.
        let (ptr, len, cap, size) = match &*shape {
            Shape::String => {
                let value = self.expr(x);
                (value.parts()[0], value.parts()[1], value.parts()[1], 1)
            }
            Shape::Slice(elem) => {
                let value = self.expr(x);
                let size = self.layout(*elem).size;
                (value.parts()[0], value.parts()[1], value.parts()[2], size)
            }
            Shape::Pointer(array) => {
                let Shape::Array { elem, len } = *self.shape(*array) else {
                    panic!("{}: slice of a pointer to no array", self.describe(e.pos))
                };
                let ptr = self.expr1(x);
                self.nil_check(ptr);
                let n = self.int(len as i64);
                (ptr, n, n, self.layout(elem).size)
            }
            Shape::Array { elem, len } => {
                let ptr = self.address(x);
                let n = self.int(*len as i64);
                (ptr, n, n, self.layout(*elem).size)
            }
            other => panic!("{}: slice of {other:?}", self.describe(e.pos)),
        };
        let is_string = matches!(&*shape, Shape::String);
        let is_slice = matches!(&*shape, Shape::Slice(_));
        let lo = lo.as_deref().map(|e| self.slice_bound(e));
        let hi = hi.as_deref().map(|e| self.slice_bound(e));
        let max = max.as_deref().map(|e| self.slice_bound(e));
        self.at(e.pos);
        let mut check = |kind, (index, unsigned): (Value, bool), length| {
            self.b.inst(InstKind::BoundsCheck { kind, index, length, unsigned }, &[]);
        };
        let new_cap = match max {
            Some(max) => {
                check(if is_slice { BoundsKind::Slice3Acap } else { BoundsKind::Slice3Alen }, max, cap);
                max.0
            }
            None => cap,
        };
        let new_len = match hi {
            Some(hi) => {
                let kind = match (max.is_some(), is_slice) {
                    (true, _) => BoundsKind::Slice3B,
                    (false, true) => BoundsKind::SliceAcap,
                    (false, false) => BoundsKind::SliceAlen,
                };
                check(kind, hi, new_cap);
                hi.0
            }
            None => len,
        };
        if let Some(lo) = lo {
            check(if max.is_some() { BoundsKind::Slice3C } else { BoundsKind::SliceB }, lo, new_len);
        }
        self.sub_slice(ptr, lo.map(|lo| lo.0), new_len, new_cap, size, is_string)
    }
    fn slice_bound(&mut self, e: &'s Expr) -> (Value, bool) {
        let t = self.index_type(e);
        let value = self.expr_to(e, t).single();
        (self.int64(value, t), !self.shape(t).is_signed())
    }
    /// The slice (or string) from `lo` to `len` with capacity `cap`, all in elements from `ptr` and checked.
    fn sub_slice(
        &mut self,
        ptr: Value,
        lo: Option<Value>,
        len: Value,
        cap: Value,
        size: u64,
        is_string: bool,
    ) -> Val {
        let Some(lo) = lo else {
            return if is_string { Val::of(&[ptr, len]) } else { Val::of(&[ptr, len, cap]) };
        };
        let sub = |this: &mut Self, x| this.binary(rgo_mir::BinaryOp::Isub, x, lo);
        let new_len = sub(self, len);
        let new_cap = if is_string { new_len } else { sub(self, cap) };
        // The pointer must not run past the object when nothing is left: it would keep the next object alive.
        let zero = self.int(0);
        let empty = self.icmp(rgo_mir::IntCc::Eq, new_cap, zero);
        let scale = self.int(size as i64);
        let offset = self.binary(rgo_mir::BinaryOp::Imul, lo, scale);
        let offset = self.b.value(InstKind::Select(empty, zero, offset), Type::I64);
        let ptr = self.ptr_add(ptr, offset);
        if is_string { Val::of(&[ptr, new_len]) } else { Val::of(&[ptr, new_len, new_cap]) }
    }
}
