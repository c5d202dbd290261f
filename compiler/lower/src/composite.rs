//! Composite literals.

use rgo_mir::{DataId, IntCc, Type, Value};
use rgo_syntax::ast::{Element, Expr, ExprKind};
use rgo_types::TypeId;

use crate::func::{FuncLower, Place};
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// The value of a composite literal of type `t` (a pointer type for an elided `&T`).
    pub fn composite(&mut self, e: &'s Expr, t: TypeId) -> Val {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("no composite literal") };
        let shape = self.shape(t);
        if !matches!(&*shape, Shape::Map { .. }) {
            self.order_literal(elems, t);
        }
        match &*shape {
            Shape::Pointer(elem) => {
                let object = self.new_object(*elem);
                self.composite_into(e, *elem, object, true);
                Val::one(object)
            }
            Shape::Slice(elem) => self.slice_literal(elems, *elem),
            Shape::Map { key, elem } => self.map_literal(e, t, *key, *elem),
            Shape::Struct(fields) if !self.is_memory(t) => {
                let mut values: Vec<Option<Val>> = vec![None; fields.len()];
                if let Some(slot) = self.promoted_struct(e, t) {
                    return slot;
                }
                for (index, value) in self.struct_elements(e, t) {
                    let field = self.field_range(t, index).1;
                    let value = self.expr_to(value, field);
                    values[index] = Some(value);
                }
                let mut parts = Vec::new();
                for (field, value) in fields.iter().zip(values) {
                    let value = match value {
                        Some(value) => value,
                        None => self.zero(field.ty),
                    };
                    parts.extend_from_slice(value.parts());
                }
                Val::Parts(parts.into())
            }
            Shape::Array { elem, .. } if !self.is_memory(t) => match elems.first() {
                Some(first) if !self.layout(t).parts().is_empty() => self.element_value(&first.value, *elem),
                _ => {
                    for element in elems {
                        self.element_value(&element.value, *elem);
                    }
                    self.zero(t)
                }
            },
            Shape::Struct(_) | Shape::Array { .. } => {
                if let Some(data) = self.constant_literal(e, t) {
                    return Val::Mem(self.data_addr(data));
                }
                let addr = self.room(t);
                self.composite_into(e, t, addr, false);
                Val::Mem(addr)
            }
            other => panic!("{}: composite literal of {other:?}", self.describe(e.pos)),
        }
    }

    /// Read-only data with the value of a literal in memory whose elements are constants.
    fn constant_literal(&mut self, e: &'s Expr, t: TypeId) -> Option<DataId> {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { return None };
        if elems.is_empty() || !self.env.params.is_empty() || !self.l.is_read_only(self.file, e) {
            return None;
        }
        self.l.is_static(self.file, e, t).then(|| self.l.read_only_literal(self.file, e, t))
    }
    /// `place = T{}`: nothing is copied.
    pub fn assign_zero_literal(&mut self, place: &Place, t: TypeId, e: &'s Expr) -> bool {
        let ExprKind::CompositeLit { elems, .. } = &e.unparen().kind else { return false };
        let Place::Mem { addr, offset, nonnil } = *place else { return false };
        if !elems.is_empty() || !self.is_memory(t) || self.type_of(e) != t {
            return false;
        }
        if !nonnil {
            self.nil_check(addr);
        }
        let addr = self.ptr_offset(addr, i64::from(offset));
        let layout = self.layout(t);
        if layout.has_pointers() {
            let size = self.int(layout.size as i64);
            self.call_runtime("bulkBarrierClear", &[addr, size], &[]);
        } else {
            self.zero_memory(addr, &layout);
        }
        true
    }

    /// Writes a composite literal of type `t` to fresh memory; `zeroed`: which is zero already.
    pub fn composite_into(&mut self, e: &'s Expr, t: TypeId, addr: Value, zeroed: bool) {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("no composite literal") };
        let shape = self.shape(t);
        let layout = self.layout(t);
        if !matches!(&*shape, Shape::Map { .. }) {
            self.order_literal(elems, t);
        }
        match &*shape {
            Shape::Struct(fields) => {
                let elements = self.struct_elements(e, t);
                if !zeroed && (elements.len() < fields.len() || self.has_padding(t)) {
                    self.zero_memory(addr, &layout);
                }
                if self.promoted_into(e, t, addr) {
                    return;
                }
                for (index, value) in elements {
                    let field = &fields[index];
                    self.element_into(value, field.ty, addr, field.offset);
                }
            }
            Shape::Array { elem, len } => {
                let size = self.layout(*elem).size;
                let elements = self.indexed(elems);
                if !zeroed && (elements.len() as u64) < *len {
                    self.zero_memory(addr, &layout);
                }
                for (index, value) in elements {
                    self.element_into(value, *elem, addr, index * size);
                }
            }
            _ => {
                let value = self.composite(e, t);
                self.store(t, addr, 0, &value, true);
            }
        }
    }
    fn has_padding(&mut self, t: TypeId) -> bool {
        let shape = self.shape(t);
        let Shape::Struct(fields) = &*shape else { return false };
        let sum: u64 = fields.iter().map(|f| self.l.layout(f.ty).size).sum();
        sum != self.layout(t).size
    }
    /// Stores one element; nested literals are built in place.
    fn element_into(&mut self, value: &'s Expr, t: TypeId, addr: Value, offset: u64) {
        let is_literal = matches!(&value.unparen().kind, ExprKind::CompositeLit { .. });
        let own = if is_literal { self.type_of(value) } else { t };
        if is_literal && own == t && self.is_memory(t) {
            let at = self.ptr_offset(addr, offset as i64);
            return self.composite_into(value.unparen(), t, at, false);
        }
        let value = self.element_value(value, t);
        match i32::try_from(offset) {
            Ok(offset) => self.store(t, addr, offset, &value, true),
            Err(_) => {
                let at = self.ptr_offset(addr, offset as i64);
                self.store(t, at, 0, &value, true);
            }
        }
    }
    fn element_value(&mut self, value: &'s Expr, t: TypeId) -> Val {
        self.expr_to(value, t)
    }

    /// Field indices and values of a struct literal, without promoted fields and blank ones; values for the latter are evaluated here.
    fn struct_elements(&mut self, e: &'s Expr, t: TypeId) -> Vec<(usize, &'s Expr)> {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("no composite literal") };
        let shape = self.shape(t);
        let Shape::Struct(fields) = &*shape else { panic!("no struct") };
        let mut elements = Vec::with_capacity(elems.len());
        for (i, elem) in elems.iter().enumerate() {
            let index = match elem.key.as_ref().and_then(Expr::as_ident) {
                Some(key) => fields.iter().position(|f| f.name == key.name),
                None => Some(i),
            };
            let Some(index) = index else { continue };
            if fields[index].name.is_blank() {
                // Blank fields stay zero.
                self.expr_to(&elem.value, fields[index].ty);
                continue;
            }
            elements.push((index, &elem.value));
        }
        elements
    }
    /// Keys that name promoted fields (Go 1.27), with their paths.
    fn promoted_keys(&mut self, e: &'s Expr, t: TypeId) -> Vec<(Vec<usize>, &'s Expr)> {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("no composite literal") };
        let shape = self.shape(t);
        let Shape::Struct(fields) = &*shape else { return vec![] };
        let mut found = Vec::new();
        for elem in elems {
            let Some(key) = elem.key.as_ref().and_then(Expr::as_ident) else { continue };
            if fields.iter().any(|f| f.name == key.name) {
                continue;
            }
            let pkg = self.pkg;
            let entry = self.l.prog.lookup_field_or_method(t, true, Some(pkg), key.name);
            if entry.obj.is_some() {
                found.push((entry.index, &elem.value));
            }
        }
        found
    }
    /// A literal with promoted keys is built in memory; `true` if it has been.
    fn promoted_into(&mut self, e: &'s Expr, t: TypeId, addr: Value) -> bool {
        let promoted = self.promoted_keys(e, t);
        if promoted.is_empty() {
            return false;
        }
        let layout = self.layout(t);
        self.zero_memory(addr, &layout);
        for (index, value) in self.struct_elements(e, t) {
            let (offset, field, ..) = self.field_range(t, index);
            self.element_into(value, field, addr, offset);
        }
        for (path, value) in promoted {
            // Embedded pointers on the way are allocated by the literal.
            let mut place = Place::Mem { addr, offset: 0, nonnil: true };
            let mut at = t;
            for &index in &path {
                if let Some(elem) = self.l.pointee(at) {
                    let ptr = self.read_place(&place, at).single();
                    let nil = self.nil();
                    let missing = self.icmp(IntCc::Eq, ptr, nil);
                    let target = place.clone();
                    let ptr = self.choose(
                        missing,
                        Type::Ptr,
                        |this| {
                            let object = this.new_object(elem);
                            this.assign(&target, at, &Val::one(object));
                            object
                        },
                        |_| ptr,
                    );
                    place = Place::Mem { addr: ptr, offset: 0, nonnil: true };
                    at = elem;
                }
                let (next, field) = self.walk_fields(place, at, &[index]);
                (place, at) = (next, field);
            }
            let value = self.expr_to(value, at);
            self.assign(&place, at, &value);
        }
        true
    }
    fn promoted_struct(&mut self, e: &'s Expr, t: TypeId) -> Option<Val> {
        if self.promoted_keys(e, t).is_empty() {
            return None;
        }
        let addr = self.room(t);
        self.promoted_into(e, t, addr);
        Some(self.load(t, addr, 0, true))
    }

    /// Elements of an array or slice literal with their indices.
    fn indexed(&mut self, elems: &'s [Element]) -> Vec<(u64, &'s Expr)> {
        let mut next = 0;
        elems
            .iter()
            .map(|elem| {
                let index =
                    elem.key.as_ref().map_or(next, |key| self.constant_u64(key).expect("a constant index"));
                next = index + 1;
                (index, &elem.value)
            })
            .collect()
    }
    fn slice_literal(&mut self, elems: &'s [Element], elem: TypeId) -> Val {
        let elements = self.indexed(elems);
        let len = elements.iter().map(|(i, _)| i + 1).max().unwrap_or(0);
        let array = self.l.array_of(elem, len);
        let size = self.layout(elem).size;
        let base = self.new_object(array);
        for (index, value) in elements {
            self.element_into(value, elem, base, index * size);
        }
        let len = self.int(len as i64);
        Val::of(&[base, len, len])
    }
    fn map_literal(&mut self, e: &'s Expr, t: TypeId, key_type: TypeId, elem_type: TypeId) -> Val {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("no composite literal") };
        let map = self.make_map(t, elems.len() as i64);
        for elem in elems {
            let key = elem.key.as_ref().expect("map literals have keys");
            // As in `m[key] = value`.
            self.hoist_key(t, key);
            if self.has_call(&elem.value) {
                self.hoist_to(&elem.value, elem_type);
            }
            let value = self.expr_to(&elem.value, elem_type);
            let key = self.expr_to(key, key_type);
            self.map_write(t, map, &key, &value);
        }
        Val::one(map)
    }
}
