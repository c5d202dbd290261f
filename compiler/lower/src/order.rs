//! Order of evaluation.
//!
//! The spec orders calls, receives and binary logical operations among each other and leaves open when variables are read between them. gc settles that in
//! its pass `order`, and programs have come to depend on it: what calls, allocates a slice or string header, asserts a type or decides by `&&` and `||` is
//! evaluated where it stands and kept; everything else (variables, fields, elements, map elements, arithmetic) is read when all operands of the
//! statement have been *ordered* so.
//!
//! Lowering evaluates operands one after the other, which is the same unless an operand after the first can change what an earlier one reads. Then
//! `order` *hoists*: it evaluates the parts that gc keeps, in order, and remembers their values by expression; the evaluation that follows finds them.

use rgo_syntax::ast::{self, BinaryOp, Expr, ExprKind, UnaryOp};
use rgo_types::{BuiltinId, OperandMode, SelectionKind, TypeId};

use crate::func::FuncLower;
use crate::map::KeyCopy;
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// Operands that are used together, each converted to its type.
    pub fn operand_list(&mut self, wanted: &[(&'s Expr, TypeId)]) -> Vec<Val> {
        self.order_to(wanted);
        wanted
            .iter()
            .map(|&(e, t)| {
                let value = self.expr_to(e, t);
                if wanted.len() == 1 || is_fresh(e) { value } else { self.stable(t, value) }
            })
            .collect()
    }
    /// Prepares the evaluation of `operands`, in this order.
    pub fn order(&mut self, operands: &[&'s Expr]) {
        if operands.iter().skip(1).any(|e| self.has_call(e)) {
            for e in operands {
                self.hoist(e);
            }
        }
    }
    /// As `order`, of operands that will be converted.
    pub fn order_to(&mut self, wanted: &[(&'s Expr, TypeId)]) {
        if wanted.iter().skip(1).any(|(e, _)| self.has_call(e)) {
            for &(e, t) in wanted {
                self.hoist_to(e, t);
            }
        }
    }

    /// Prepares the evaluation of a call's function and arguments.
    pub fn order_call(&mut self, fun: &'s Expr, args: &'s [Expr]) {
        if !args.iter().any(|arg| self.has_call(arg)) {
            return;
        }
        let params = match &*self.shape_of(fun) {
            Shape::Func(func) => func.params.clone(),
            _ => Default::default(),
        };
        let is_variadic = self.is_variadic(fun);
        self.hoist(fun);
        for (i, arg) in args.iter().enumerate() {
            match params.get(i) {
                Some(&t) if !is_variadic || i + 1 < params.len() => self.hoist_to(arg, t),
                _ => match params.last().map(|&last| self.shape(last)).as_deref() {
                    Some(&Shape::Slice(elem)) if is_variadic => self.hoist_to(arg, elem),
                    _ => self.hoist(arg),
                },
            }
        }
    }
    /// The values of an expression that was hoisted.
    pub fn take_hoisted(&mut self, e: &Expr) -> Option<Vec<Val>> {
        if self.hoisted.is_empty() { None } else { self.hoisted.remove(&e.id) }
    }
    pub fn is_hoisted(&self, e: &Expr) -> bool {
        self.hoisted.contains_key(&e.id)
    }

    /// Whether evaluating `e` calls a function, receives, or can change memory in another way.
    pub fn has_call(&mut self, e: &Expr) -> bool {
        if let Some(&known) = self.calls.get(&e.id) {
            return known;
        }
        let known = stacker::maybe_grow(64 << 10, 1 << 20, || match &e.kind {
            _ if self.l.prog.info(self.file).type_and_value(e.id).is_some_and(|r| r.value.is_some()) => false,
            ExprKind::Call { fun, args, .. } => {
                !(self.is_type(fun)
                    || self.mode(fun) == OperandMode::Builtin && self.is_quiet_builtin(fun, args))
                    || args.iter().any(|arg| self.has_call(arg))
            }
            ExprKind::Unary { op: UnaryOp::Recv, .. } => true,
            ExprKind::Paren(x)
            | ExprKind::Star(x)
            | ExprKind::Unary { x, .. }
            | ExprKind::Selector { x, .. }
            | ExprKind::TypeAssert { x, .. } => self.has_call(x),
            ExprKind::Binary { x, y, .. } => self.has_call(x) || self.has_call(y),
            ExprKind::Index { x, indices } => self.has_call(x) || indices.iter().any(|i| self.has_call(i)),
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.has_call(x) || [lo, hi, max].into_iter().flatten().any(|bound| self.has_call(bound))
            }
            ExprKind::CompositeLit { elems, .. } => elems.iter().any(|elem| {
                elem.key.as_ref().is_some_and(|key| self.has_call(key)) || self.has_call(&elem.value)
            }),
            _ => false,
        });
        self.calls.insert(e.id, known);
        known
    }
    /// Built-in functions that change nothing that another operand could read. `len` of a channel is a call.
    fn is_quiet_builtin(&mut self, fun: &Expr, args: &[Expr]) -> bool {
        let is_chan = |arg: &Expr| {
            let record = self.l.prog.info(self.file).type_and_value(arg.id);
            record.is_some_and(|r| matches!(self.l.prog.kind(r.ty), rgo_types::TypeKind::Chan { .. }))
        };
        if args.iter().any(is_chan) {
            return false;
        }
        matches!(
            self.builtin_id(fun),
            BuiltinId::Len
                | BuiltinId::Cap
                | BuiltinId::Real
                | BuiltinId::Imag
                | BuiltinId::Complex
                | BuiltinId::Min
                | BuiltinId::Max
                | BuiltinId::Make
                | BuiltinId::New
                | BuiltinId::Add
                | BuiltinId::SliceData
                | BuiltinId::StringData
                | BuiltinId::Alignof
                | BuiltinId::Offsetof
                | BuiltinId::Sizeof
        )
    }

    /// Evaluates what gc keeps of `e`, which will be converted to `t`.
    pub fn hoist_to(&mut self, e: &'s Expr, t: TypeId) {
        self.hoist(e);
        if self.constant_of(e).is_some()
            || self.mode(e) == OperandMode::NilValue
            || !self.shape(t).is_interface()
        {
            return;
        }
        let from = self.type_of(e);
        if !self.is_addressable(e) && self.is_boxed_by_address(from) {
            self.keep(e);
        }
    }
    /// Whether gc's conversion of a `t` to an interface takes the operand's address.
    fn is_boxed_by_address(&mut self, t: TypeId) -> bool {
        let shape = self.shape(t);
        if self.l.is_direct(t) || matches!(&*shape, Shape::Interface(_) | Shape::Nil | Shape::Tuple(_)) {
            return false;
        }
        let layout = self.layout(t);
        match (layout.size, layout.align) {
            (2, 2) => false,
            (4, 4) | (8, 8) => layout.has_pointers(),
            _ => !matches!(&*shape, Shape::String | Shape::Slice(_)),
        }
    }
    /// Evaluates what gc keeps of `e`.
    pub fn hoist(&mut self, e: &'s Expr) {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.hoist_inner(e));
    }
    fn hoist_inner(&mut self, e: &'s Expr) {
        if self.hoisted.contains_key(&e.id) || self.is_type(e) {
            return;
        }
        if self.l.prog.info(self.file).type_and_value(e.id).is_some_and(|r| r.value.is_some()) {
            return;
        }
        match &e.kind {
            ExprKind::Paren(x) | ExprKind::Star(x) => self.hoist(x),
            ExprKind::Selector { x, sel }
                if self.selection(sel).is_some_and(|s| s.kind != SelectionKind::MethodExpr) =>
            {
                self.hoist(x);
            }
            ExprKind::Index { x, indices } if self.is_value(x) && self.static_callee(e).is_none() => {
                self.hoist(x);
                match self.map_operand(e) {
                    Some(map_type) => self.hoist_key(map_type, &indices[0]),
                    None => indices.iter().for_each(|index| self.hoist(index)),
                }
            }
            ExprKind::Unary { op: UnaryOp::Recv, .. } | ExprKind::Slice { .. } => self.keep(e),
            ExprKind::Unary { x, .. } => self.hoist(x),
            ExprKind::Binary { op: BinaryOp::AndAnd | BinaryOp::OrOr, .. } => self.keep(e),
            ExprKind::Binary { x, y, .. } => {
                self.hoist(x);
                self.hoist(y);
            }
            ExprKind::TypeAssert { x, .. } => {
                self.hoist(x);
                let t = self.type_of(e);
                if !self.l.is_direct(t) && !matches!(&*self.shape(t), Shape::Tuple(_)) {
                    self.keep(e);
                }
            }
            ExprKind::CompositeLit { elems, .. } => {
                let t = self.type_of(e);
                if matches!(&*self.shape(t), Shape::Map { .. }) {
                    return self.keep(e);
                }
                for (value, t) in self.literal_operands(elems, t) {
                    self.hoist_to(value, t);
                }
            }
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let to = self.type_of(fun);
                let from = self.type_of(&args[0]);
                self.hoist_to(&args[0], to);
                if matches!((&*self.shape(from), &*self.shape(to)), (Shape::String, Shape::Slice(_))) {
                    self.keep(e);
                }
            }
            ExprKind::Call { fun, args, .. } if self.mode(fun) == OperandMode::Builtin => {
                let kept = !matches!(
                    self.builtin_id(fun),
                    BuiltinId::Add
                        | BuiltinId::Slice
                        | BuiltinId::String
                        | BuiltinId::SliceData
                        | BuiltinId::StringData
                        | BuiltinId::Alignof
                        | BuiltinId::Offsetof
                        | BuiltinId::Sizeof
                );
                if kept {
                    self.keep(e);
                } else {
                    args.iter().for_each(|arg| self.hoist(arg));
                }
            }
            ExprKind::Call { .. } => self.keep(e),
            _ => {}
        }
    }
    /// Evaluates what gc keeps of the key of a map element, which may be more than of other operands: keys that are passed by their address are copied.
    pub fn hoist_key(&mut self, map_type: TypeId, key: &'s Expr) {
        if self.constant_of(key).is_some() || self.mode(key) == OperandMode::NilValue {
            return;
        }
        self.hoist(key);
        let kept = match self.key_copy(map_type) {
            KeyCopy::Always => true,
            KeyCopy::UnlessAddressable(key_type) => {
                !self.is_addressable(key)
                    || self.type_of(key) != key_type && self.shape(key_type).is_interface()
            }
            KeyCopy::Never => false,
        };
        if kept {
            self.keep(key);
        }
    }
    /// The type of the map whose element `e` is.
    pub fn map_operand(&mut self, e: &'s Expr) -> Option<TypeId> {
        let ExprKind::Index { x, .. } = &e.unparen().kind else { return None };
        let t = self.is_value(x).then(|| self.type_of(x))?;
        matches!(&*self.shape(t), Shape::Map { .. }).then_some(t)
    }
    fn is_value(&self, e: &Expr) -> bool {
        self.l.prog.info(self.file).type_and_value(e.id).is_some_and(|r| {
            matches!(r.mode, OperandMode::Variable | OperandMode::Value | OperandMode::MapIndex)
        })
    }
    /// Evaluates `e` now and remembers its values for the evaluation to come.
    fn keep(&mut self, e: &'s Expr) {
        let e = e.unparen();
        if self.hoisted.contains_key(&e.id) {
            return;
        }
        let t = self.type_of(e);
        let values = match &e.kind {
            ExprKind::Call { .. } => self.call(e),
            _ => vec![self.expr(e)],
        };
        let values = match &values[..] {
            [value] if !is_fresh(e) => vec![self.stable(t, value.clone())],
            _ => values,
        };
        self.hoisted.insert(e.id, values);
    }
    /// The elements of a literal of type `t` (no map) with the types they are converted to.
    fn literal_operands(&mut self, elems: &'s [ast::Element], t: TypeId) -> Vec<(&'s Expr, TypeId)> {
        let t = self.l.pointee(t).unwrap_or(t);
        let shape = self.shape(t);
        elems
            .iter()
            .enumerate()
            .map(|(i, elem)| {
                let own = match (&*shape, elem.key.as_ref().and_then(Expr::as_ident)) {
                    (Shape::Slice(elem) | Shape::Array { elem, .. }, _) => Some(*elem),
                    (Shape::Struct(fields), Some(key)) => {
                        fields.iter().find(|f| f.name == key.name).map(|f| f.ty)
                    }
                    (Shape::Struct(fields), None) => fields.get(i).map(|f| f.ty),
                    _ => None,
                };
                let t = own.unwrap_or_else(|| self.type_of(&elem.value));
                (&elem.value, t)
            })
            .collect()
    }
    /// Orders the elements of a literal.
    pub fn order_literal(&mut self, elems: &'s [ast::Element], t: TypeId) {
        if elems.iter().skip(1).any(|elem| self.has_call(&elem.value)) {
            let wanted = self.literal_operands(elems, t);
            self.order_to(&wanted);
        }
    }
}

/// Whether the value of `e` is a temporary that nothing else can change.
pub(crate) fn is_fresh(e: &Expr) -> bool {
    matches!(
        e.unparen().kind,
        ExprKind::Call { .. }
            | ExprKind::CompositeLit { .. }
            | ExprKind::FuncLit(_)
            | ExprKind::Binary { .. }
            | ExprKind::BasicLit { .. }
    )
}
