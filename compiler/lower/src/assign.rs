//! Assignments and variable declarations with values.

use rgo_source::Pos;
use rgo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use rgo_types::{ConstValue, ObjId, TypeId};

use crate::func::{FuncLower, Place};
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// `lhs = rhs` and `lhs := rhs`.
    pub fn assign_stmt(&mut self, pos: Pos, lhs: &'s [Expr], rhs: &'s [Expr], define: bool) {
        if lhs.len() == 1 && rhs.len() == 1 {
            return self.assign_one(&lhs[0], &rhs[0], define);
        }
        let ordered = lhs.iter().skip(1).chain(rhs).any(|e| self.has_call(e));
        if ordered {
            lhs.iter().for_each(|e| self.hoist(e));
        }
        if rhs.len() == 1 {
            let values = self.multi_value(&rhs[0], lhs.len());
            let lhs: Vec<&'s Expr> = lhs.iter().collect();
            return self.assign_values(&lhs, values, define);
        }
        if ordered {
            rhs.iter().for_each(|e| self.hoist(e));
        }
        // Operands of index and indirection on the left first, then the right, then the stores (spec, "Assignment statements").
        let places: Vec<Option<(Place, TypeId)>> = lhs.iter().map(|e| self.old_place(e, define)).collect();
        let mut wanted = Vec::with_capacity(rhs.len());
        for (i, e) in rhs.iter().enumerate() {
            let t = match &places[i] {
                Some((_, t)) => *t,
                None => self.new_var_type(&lhs[i]).unwrap_or_else(|| self.default_type_of(e)),
            };
            wanted.push((e, t));
        }
        let operands = self.operand_list(&wanted);
        let values: Vec<(TypeId, Val)> = wanted.into_iter().map(|(_, t)| t).zip(operands).collect();
        self.at(pos);
        for ((e, place), (t, value)) in lhs.iter().zip(places).zip(values) {
            match place {
                Some((place, _)) => self.assign_to(e, &place, t, &value),
                None => self.define_one(e, t, &value),
            }
        }
    }
    fn assign_one(&mut self, lhs: &'s Expr, rhs: &'s Expr, define: bool) {
        match self.old_type(lhs, define) {
            Some(t) => {
                let calls = self.has_call(rhs);
                // Calls on the left, and keys that are copied, come before whatever the right side does.
                if calls || self.has_call(lhs) || self.map_operand(lhs).is_some() {
                    self.hoist(lhs);
                }
                if calls {
                    self.hoist_to(rhs, t);
                }
                if is_empty_literal(rhs) {
                    let place = self.assign_place(lhs);
                    if !self.assign_zero_literal(&place, t, rhs) {
                        let value = self.expr_to(rhs, t);
                        self.at(lhs.pos);
                        self.assign(&place, t, &value);
                    }
                    return;
                }
                let value = self.expr_to(rhs, t);
                let place = self.assign_place(lhs);
                self.assign_to(lhs, &place, t, &value);
            }
            None => {
                let t = self.new_var_type(lhs).unwrap_or_else(|| self.default_type_of(rhs));
                let value = self.expr_to(rhs, t);
                self.define_one(lhs, t, &value);
            }
        }
    }
    /// Stores `value`, of type `t`, in the place of `e`.
    fn assign_to(&mut self, e: &'s Expr, place: &Place, t: TypeId, value: &Val) {
        if t == TypeId::UINTPTR && self.is_header_data(e) {
            let value = self.as_pointer(value);
            return self.assign(place, TypeId::UNSAFE_POINTER, &value);
        }
        self.assign(place, t, value);
    }
    /// Whether `e` is field `Data` of a `reflect.SliceHeader` or `StringHeader`, an integer that may be stored over the pointer of a slice or
    /// string (package unsafe, pattern 6).
    fn is_header_data(&mut self, e: &'s Expr) -> bool {
        let ExprKind::Selector { x, sel } = &e.unparen().kind else { return false };
        if sel.name != "Data" || self.selection(sel).is_none() {
            return false;
        }
        let t = self.type_of(x);
        let t = self.l.pointee(t).unwrap_or(t);
        let Some(named) = self.l.prog.as_named(t) else { return false };
        let obj = self.l.prog.obj(self.l.prog.named(named).obj);
        (obj.name == "SliceHeader" || obj.name == "StringHeader")
            && obj.pkg.is_some_and(|pkg| self.l.prog.package_path(pkg) == "reflect")
    }
    /// The place and type of an existing variable on the left; `None` for a variable that is being defined and for `_`.
    fn old_place(&mut self, e: &'s Expr, define: bool) -> Option<(Place, TypeId)> {
        let t = self.old_type(e, define)?;
        let place = self.assign_place(e);
        Some((place, t))
    }
    fn old_type(&mut self, e: &'s Expr, define: bool) -> Option<TypeId> {
        if is_blank(e) || (define && self.new_var(e).is_some()) {
            return None;
        }
        Some(match &e.unparen().kind {
            // An identifier on the left of := has no recorded type.
            ExprKind::Ident(ident) => {
                let obj = self.object(ident).expect("a variable");
                self.var_type(obj)
            }
            _ => self.type_of(e),
        })
    }
    /// The variable that `e` on the left of `:=` declares.
    fn new_var(&self, e: &Expr) -> Option<ObjId> {
        let ident = e.as_ident()?;
        let obj = self.object(ident)?;
        (self.l.prog.obj(obj).pos == ident.pos).then_some(obj)
    }
    fn new_var_type(&mut self, e: &Expr) -> Option<TypeId> {
        let obj = if is_blank(e) { None } else { self.new_var(e) }?;
        Some(self.var_type(obj))
    }
    fn default_type_of(&mut self, e: &'s Expr) -> TypeId {
        let t = self.type_of(e);
        self.l.prog.default_type(t)
    }
    fn define_one(&mut self, e: &'s Expr, t: TypeId, value: &Val) {
        if let (false, Some(obj)) = (is_blank(e), self.new_var(e)) {
            self.declare_init(obj, t, value);
        }
    }

    /// The values of one expression that stands for `n`: a call, or a comma-ok form.
    pub fn multi_value(&mut self, e: &'s Expr, n: usize) -> Vec<(TypeId, Val)> {
        let e = e.unparen();
        let t = self.type_of(e);
        let types = match &*self.shape(t) {
            Shape::Tuple(types) => types.to_vec(),
            _ => vec![t, TypeId::BOOL],
        };
        self.at(e.pos);
        let values = match &e.kind {
            ExprKind::Call { .. } => self.call(e),
            ExprKind::Index { x, indices } => {
                let (value, ok) = self.map_lookup_ok(x, &indices[0]);
                vec![value, Val::one(ok)]
            }
            ExprKind::TypeAssert { x, .. } => {
                let (value, ok) = self.type_assert_ok(e, x, types[0]);
                vec![value, Val::one(ok)]
            }
            ExprKind::Unary { op: UnaryOp::Recv, x } => {
                let (value, ok) = self.receive(e, x);
                vec![value, Val::one(ok)]
            }
            other => panic!("{}: {other:?} stands for {n} values", self.describe(e.pos)),
        };
        types.into_iter().zip(values).collect()
    }
    /// Assigns evaluated values; those from memory are temporaries.
    pub fn assign_values(&mut self, lhs: &[&'s Expr], values: Vec<(TypeId, Val)>, define: bool) {
        let places: Vec<Option<(Place, TypeId)>> = lhs.iter().map(|e| self.old_place(e, define)).collect();
        for ((&e, place), (from, value)) in lhs.iter().zip(places).zip(values) {
            match place {
                Some((place, t)) => {
                    let value = self.convert_assign(value, from, t);
                    self.assign_to(e, &place, t, &value);
                }
                None => {
                    let t = self.new_var_type(e).unwrap_or(from);
                    let value = self.convert_assign(value, from, t);
                    self.define_one(e, t, &value);
                }
            }
        }
    }

    /// `var names T = values`; `None` stands for `_`.
    pub fn define(&mut self, objects: &[Option<ObjId>], values: &'s [Expr], ty: Option<&'s Expr>) {
        let declared = ty.map(|ty| self.type_of(ty));
        if values.len() == 1 && objects.len() > 1 {
            let values = self.multi_value(&values[0], objects.len());
            for (obj, (from, value)) in objects.iter().zip(values) {
                let Some(obj) = *obj else { continue };
                let t = self.var_type(obj);
                let value = self.convert_assign(value, from, t);
                self.declare_init(obj, t, &value);
            }
            return;
        }
        let mut wanted = Vec::new();
        for (obj, e) in objects.iter().zip(values) {
            let t = match (obj, declared) {
                (Some(obj), _) => self.var_type(*obj),
                (None, Some(t)) => t,
                (None, None) => self.default_type_of(e),
            };
            wanted.push((e, t));
        }
        let evaluated = self.operand_list(&wanted);
        for (obj, ((_, t), value)) in objects.iter().zip(wanted.iter().zip(evaluated)) {
            if let Some(obj) = *obj {
                self.declare_init(obj, *t, &value);
            }
        }
    }

    /// `x op= y`
    pub fn assign_op(&mut self, op: BinaryOp, x: &'s Expr, y: &'s Expr) {
        let t = self.type_of(x);
        self.order(&[x, y]);
        let mut place = self.place(x);
        let value = if op.is_shift() {
            let old = self.read_place(&place, t);
            self.shift_by(op, t, &old, y)
        } else {
            let right = self.expr_to(y, t);
            // A division may panic, and must not leave a new element behind then.
            if !matches!(op, BinaryOp::Div | BinaryOp::Rem) {
                self.find_element(&mut place);
            }
            let old = self.read_place(&place, t);
            let nonzero = self.constant_of(y).is_some();
            self.at(x.pos);
            self.binary_op(op, t, &old, &right, nonzero)
        };
        self.assign_to(x, &place, t, &value);
    }
    /// An element of a map that is read and written is looked up once.
    fn find_element(&mut self, place: &mut Place) {
        if let Place::Map { map_type, map, key } = place {
            let addr = self.map_slot(*map_type, *map, key);
            *place = Place::Mem { addr, offset: 0, nonnil: true };
        }
    }
    /// `x++`, `x--`
    pub fn inc_dec(&mut self, x: &'s Expr, inc: bool) {
        let t = self.type_of(x);
        let mut place = self.place(x);
        self.find_element(&mut place);
        let old = self.read_place(&place, t);
        let one = self.constant(&ConstValue::Int(1), t);
        let op = if inc { BinaryOp::Add } else { BinaryOp::Sub };
        let value = self.binary_op(op, t, &old, &one, true);
        self.assign(&place, t, &value);
    }
}

/// Whether `e` is `T{}`.
fn is_empty_literal(e: &Expr) -> bool {
    matches!(&e.unparen().kind, ExprKind::CompositeLit { elems, .. } if elems.is_empty())
}

/// Whether `e` is `_`.
pub(crate) fn is_blank(e: &Expr) -> bool {
    e.unparen().as_ident().is_some_and(|ident| ident.name.is_blank())
}
