//! Index and slice expressions (spec, "Index expressions", "Slice expressions").

use rgo_syntax::ast::{Expr, ExprKind};

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::info::OperandMode;
use crate::operand::Operand;
use crate::ty::{BasicKind, TypeId, TypeKind};

/// What indexing a type yields.
struct Indexed {
    /// For maps.
    key: Option<TypeId>,
    elem: TypeId,
    /// Constant length of arrays.
    len: Option<i64>,
    mode: OperandMode,
}

/// The value of an index: `None` if it is wrong.
type IndexValue = Option<(TypeId, Option<i64>)>;

impl<'a> Checker<'_, 'a> {
    /// Checks the index expression `e`. True: it instantiates a generic function, `x` is the uninstantiated function
    /// and the caller goes on.
    pub fn index_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) -> bool {
        let ExprKind::Index { x: inner, indices } = &e.kind else { return false };
        self.expr_or_type(x, inner, true);
        match x.mode {
            OperandMode::Invalid => {
                self.use_exprs(indices);
                return false;
            }
            OperandMode::TypeExpr => {
                x.invalidate();
                x.ty = self.var_type(e);
                if self.is_valid(x.ty) {
                    x.mode = OperandMode::TypeExpr;
                }
                return false;
            }
            OperandMode::Value => {
                if let Some(sig) = self.as_signature(x.ty)
                    && !self.signature(sig).tparams.is_empty()
                {
                    return true;
                }
            }
            _ => {}
        }
        self.non_generic(None, x);
        if !x.is_valid() {
            return false;
        }
        let parts_complete = self.is_complete(x.ty)
            && match self.under_kind(x.ty) {
                TypeKind::Pointer(elem) | TypeKind::Map { elem, .. } => self.is_complete(elem),
                _ => true,
            };
        if !parts_complete {
            x.invalidate();
            return false;
        }
        let Some(indexed) = self.indexed(x) else {
            let text = self.operand_string(x);
            self.error(e.pos, "NonSliceableOperand", format!("cannot index {text}"));
            self.use_exprs(indices);
            x.invalidate();
            return false;
        };
        if let [_, second, ..] = indices.as_slice() {
            self.error(second.start_pos(), "InvalidIndex", "invalid operation: more than one index");
        }
        let index = &indices[0];
        if let Some(key) = indexed.key {
            let mut k = Operand::new();
            self.generic_expr(&mut k, index, None);
            self.assignment(&mut k, Some(key), "map index");
        }
        if let (true, Some(operand)) = (self.is_untyped(x.ty), x.expr) {
            self.update_expr_type(operand, TypeId::STRING, true);
        }
        x.mode = indexed.mode;
        x.ty = indexed.elem;
        x.val = None;
        x.expr = Some(e);
        if indexed.key.is_none() {
            self.index(index, indexed.len);
        }
        false
    }

    /// What indexing `x` yields, if it can be indexed.
    fn indexed(&mut self, x: &Operand<'a>) -> Option<Indexed> {
        let mut result: Option<Indexed> = None;
        for (_, under) in self.typeset(x.ty)? {
            let next = self.indexed_type(x, under)?;
            let Some(all) = &mut result else {
                result = Some(next);
                continue;
            };
            // All types must have the same elements and, if maps, the same keys.
            let same_key = match (all.key, next.key) {
                (None, None) => true,
                (Some(a), Some(b)) => self.identical(a, b),
                _ => false,
            };
            if !same_key || !self.identical(all.elem, next.elem) {
                return None;
            }
            if next.mode == OperandMode::Value {
                all.mode = OperandMode::Value;
            }
            if let (Some(len), Some(shortest)) = (next.len, all.len) {
                all.len = Some(len.min(shortest));
            }
        }
        result
    }

    fn indexed_type(&mut self, x: &Operand<'a>, under: TypeId) -> Option<Indexed> {
        let variable = OperandMode::Variable;
        let plain = |elem, len, mode| Some(Indexed { key: None, elem, len, mode });
        match self.kind(under) {
            TypeKind::Basic(kind) if kind.is_string() => {
                let len = match &x.val {
                    Some(ConstValue::Str(s)) if x.is_const() => Some(s.len() as i64),
                    _ => None,
                };
                plain(TypeId::BYTE, len, OperandMode::Value)
            }
            TypeKind::Array { elem, len } => {
                let mode = if x.mode == variable { variable } else { OperandMode::Value };
                plain(elem, (len >= 0).then_some(len), mode)
            }
            TypeKind::Pointer(base) => match self.under_kind(base) {
                TypeKind::Array { elem, len } => plain(elem, (len >= 0).then_some(len), variable),
                _ => None,
            },
            TypeKind::Slice(elem) => plain(elem, None, variable),
            TypeKind::Map { key, elem } => {
                Some(Indexed { key: Some(key), elem, len: None, mode: OperandMode::MapIndex })
            }
            _ => None,
        }
    }

    /// Checks the slice expression `e`.
    pub fn slice_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) {
        let ExprKind::Slice { x: inner, lo, hi, max, full } = &e.kind else { return };
        let bounds = [lo.as_deref(), hi.as_deref(), max.as_deref()];
        self.expr(None, x, inner);
        if !x.is_valid() {
            for bound in bounds.into_iter().flatten() {
                self.use_expr(bound, false);
            }
            return;
        }
        // Slicing an array through a pointer dereferences it.
        let base_complete = match self.as_pointer(x.ty) {
            Some(base) => self.is_complete(base),
            None => true,
        };
        if !base_complete {
            x.invalidate();
            return;
        }
        let Some(under) = self.sliced_type(x) else {
            x.invalidate();
            return;
        };
        let mut length = None;
        let ok = match self.kind(under) {
            TypeKind::Basic(kind) if kind.is_string() => {
                if *full {
                    let at = max.as_deref().map_or(e.start_pos(), Expr::start_pos);
                    self.error(at, "InvalidSliceExpr", "invalid operation: 3-index slice of string");
                    x.invalidate();
                    return;
                }
                if let (true, Some(ConstValue::Str(s))) = (x.is_const(), &x.val) {
                    length = Some(s.len() as i64);
                }
                if self.is_untyped(x.ty) {
                    if let Some(expr) = x.expr {
                        self.update_expr_type(expr, TypeId::STRING, true);
                    }
                    x.ty = TypeId::STRING;
                }
                true
            }
            TypeKind::Array { elem, len } => {
                if x.mode != OperandMode::Variable {
                    let text = self.operand_string(x);
                    let message = format!("cannot slice unaddressable value {text}");
                    self.error(x.pos(), "NonSliceableOperand", message);
                    x.invalidate();
                    return;
                }
                length = (len >= 0).then_some(len);
                x.ty = self.new_slice(elem);
                true
            }
            TypeKind::Pointer(base) => match self.under_kind(base) {
                TypeKind::Array { elem, len } => {
                    length = (len >= 0).then_some(len);
                    x.ty = self.new_slice(elem);
                    true
                }
                _ => false,
            },
            TypeKind::Slice(_) => true,
            _ => false,
        };
        if !ok {
            let text = self.operand_string(x);
            self.error(x.pos(), "NonSliceableOperand", format!("cannot slice {text}"));
            x.invalidate();
            return;
        }
        x.mode = OperandMode::Value;
        x.val = None;
        if *full && (hi.is_none() || max.is_none()) {
            let message = "2nd and 3rd index required in 3-index slice";
            self.error(e.start_pos(), "InvalidSyntaxTree", message);
            x.invalidate();
            return;
        }
        self.slice_bounds(bounds, length);
    }

    /// The common underlying type of what is sliced, strings standing for byte slices; reports an error if there is none.
    fn sliced_type(&mut self, x: &Operand<'a>) -> Option<TypeId> {
        let Some(types) = self.typeset(x.ty) else {
            let (text, ty) = (self.operand_string(x), self.ty_str(x.ty));
            let message = format!("cannot slice {text}: no specific type in {ty}");
            self.error(x.pos(), "NonSliceableOperand", message);
            return None;
        };
        let mut common: Option<(TypeId, TypeId)> = None;
        let mut has_string = false;
        for (ty, mut under) in types {
            if self.is_string(under) {
                has_string = true;
                under = self.new_slice(TypeId::BYTE);
            }
            match common {
                None => common = Some((ty, under)),
                Some((first, first_under)) => {
                    if !self.identical(first_under, under) {
                        let text = self.operand_string(x);
                        let (a, b) = (self.ty_str(first), self.ty_str(ty));
                        let message =
                            format!("cannot slice {text}: {a} and {b} have different underlying types");
                        self.error(x.pos(), "NonSliceableOperand", message);
                        return None;
                    }
                }
            }
        }
        match has_string {
            true if self.is_type_param(x.ty) => Some(TypeId::STRING),
            true => Some(self.under(x.ty)),
            false => common.map(|(_, under)| under),
        }
    }

    fn slice_bounds(&mut self, bounds: [Option<&'a Expr>; 3], length: Option<i64>) {
        let mut values = [None; 3];
        for (i, bound) in bounds.into_iter().enumerate() {
            values[i] = match bound {
                // A bound may equal the length.
                Some(bound) => self.index(bound, length.map(|len| len + 1)).and_then(|(_, value)| value),
                None if i == 0 => Some(0),
                None => length,
            };
        }
        for i in 0..2 {
            let Some(low) = values[i].filter(|&low| low > 0) else { continue };
            for j in i + 1..3 {
                let Some(high) = values[j].filter(|&high| high < low) else { continue };
                if let Some(at) = bounds[j] {
                    let message = format!("invalid slice indices: {high} < {low}");
                    self.error(at.start_pos(), "SwappedSliceIndices", message);
                    return;
                }
            }
        }
    }

    /// Checks an index below `max`, if that is known: its type, and its value if constant.
    pub fn index(&mut self, index: &'a Expr, max: Option<i64>) -> IndexValue {
        let mut x = Operand::new();
        self.expr(None, &mut x, index);
        if !self.is_valid_index(&mut x, "InvalidIndex", "index", false) {
            return None;
        }
        if !x.is_const() {
            return Some((x.ty, None));
        }
        let value = x.const_val().as_i64()?;
        if let Some(max) = max.filter(|&max| value >= max) {
            let message = format!("invalid argument: index {} out of bounds [0:{max}]", x.const_val());
            self.error(x.pos(), "InvalidIndex", message);
            return None;
        }
        Some((x.ty, Some(value)))
    }

    /// Checks that `x` is an integer and, if constant, fits an `int` and is not negative; untyped constants become `int`.
    pub fn is_valid_index(
        &mut self,
        x: &mut Operand<'a>,
        code: &'static str,
        what: &str,
        negative: bool,
    ) -> bool {
        if !x.is_valid() {
            return false;
        }
        self.convert_untyped(x, TypeId::INT);
        if !x.is_valid() {
            return false;
        }
        let problem = if !self.all_integer(x.ty) {
            "must be integer"
        } else if !x.is_const() {
            return true;
        } else if !negative && x.const_val().sign() < 0 {
            "must not be negative"
        } else {
            match x.const_val().represent(BasicKind::Int, self.word_bits()) {
                Some(val) => {
                    x.val = Some(val);
                    return true;
                }
                None => "overflows int",
            }
        };
        let text = self.operand_string(x);
        self.error(x.pos(), code, format!("invalid argument: {what} {text} {problem}"));
        false
    }
}
