//! Composite literals (spec, "Composite literals"), including keys that name promoted fields (Go 1.27).

use std::collections::{HashMap, HashSet};

use rgo_syntax::ast::{ArrayLen, Element, Expr, ExprKind};

use crate::checker::Checker;
use crate::const_value::{ConstKind, ConstValue};
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::ObjId;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

/// A constant as a key of a table: numbers of different kinds but equal value are the same key.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum KeyValue {
    Bool(bool),
    Str(std::sync::Arc<[u8]>),
    /// Decimal, for whole numbers.
    Int(String),
    /// The bits of the float64s nearest to real and imaginary part.
    Number(u64, u64),
}

impl KeyValue {
    /// The key of a constant that is known.
    pub fn new(val: &ConstValue) -> Option<KeyValue> {
        Some(match val.kind() {
            ConstKind::Unknown => return None,
            ConstKind::Bool => KeyValue::Bool(val.as_bool()?),
            ConstKind::Str => KeyValue::Str(val.as_bytes()?),
            ConstKind::Int | ConstKind::Float | ConstKind::Complex => match val.as_bigint() {
                Some(int) => KeyValue::Int(int.to_string()),
                None => KeyValue::Number(val.real().to_f64()?.to_bits(), val.imag().to_f64()?.to_bits()),
            },
        })
    }
}

impl<'a> Checker<'_, 'a> {
    /// Checks the composite literal `e`; `hint` is the element type of an enclosing literal.
    pub fn composite_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr, hint: Option<TypeId>) {
        let ExprKind::CompositeLit { ty: ty_expr, elems, rbrace } = &e.kind else { return };
        let mut open_array = None;
        let (mut ty, base, is_elem) = match (ty_expr, hint) {
            (Some(ty_expr), _) => {
                if let ExprKind::ArrayType { len: ArrayLen::Ellipsis(_), elem } = &ty_expr.kind {
                    let elem = self.var_type(elem);
                    open_array = Some(elem);
                    let ty = self.new_array(elem, -1);
                    (ty, ty, false)
                } else {
                    let ty = self.typ(ty_expr);
                    (ty, ty, false)
                }
            }
            (None, Some(hint)) => {
                // An elided *T means &T{}.
                let base = match self.core_type(hint).map(|u| self.kind(u)) {
                    Some(TypeKind::Pointer(base)) => base,
                    _ => hint,
                };
                (hint, base, true)
            }
            (None, None) => {
                self.error(e.start_pos(), "UntypedLit", "missing type in composite literal");
                (TypeId::INVALID, TypeId::INVALID, false)
            }
        };
        if !self.is_complete(base) {
            x.invalidate();
            return;
        }
        let under = self.core_type(base);
        match under.map(|u| self.kind(u)) {
            Some(TypeKind::Struct(_)) => {
                let under = under.unwrap_or(base);
                self.struct_elems(under, base, elems, *rbrace);
            }
            Some(TypeKind::Array { elem, len }) => {
                let n = self.indexed_elems(elems, elem, (len >= 0).then_some(len));
                // An array of unknown length (also through an error) takes the length of the literal.
                if len < 0 {
                    if let Some(elem) = open_array {
                        ty = self.new_array(elem, n);
                    }
                    if let Some(ty_expr) = ty_expr {
                        self.record_type_and_value(ty_expr, OperandMode::TypeExpr, ty, None);
                    }
                }
            }
            Some(TypeKind::Slice(elem)) => {
                self.indexed_elems(elems, elem, None);
            }
            Some(TypeKind::Map { key, elem }) => self.map_elems(elems, key, elem),
            other => {
                for elem in elems {
                    // A key may be a field name of a type that is not known.
                    self.use_expr(&elem.value, false);
                }
                if under.is_none_or(|under| self.is_valid(under)) {
                    let qualifier = if is_elem { " element" } else { "" };
                    let cause = if other.is_none() { " (no common underlying type)" } else { "" };
                    let text = self.ty_str(ty);
                    let message = format!("invalid composite literal{qualifier} type {text}{cause}");
                    self.error(e.start_pos(), "InvalidLit", message);
                    x.invalidate();
                    return;
                }
            }
        }
        x.set_value(ty);
    }

    fn struct_elems(&mut self, under: TypeId, base: TypeId, elems: &'a [Element], rbrace: rgo_source::Pos) {
        let Some(first) = elems.first() else { return };
        if first.key.is_some() {
            self.keyed_fields(under, base, elems);
            return;
        }
        let mixture = "mixture of field:value and value elements in struct literal";
        let fields = self.struct_fields(under).unwrap_or_else(|| [].into());
        for (i, elem) in elems.iter().enumerate() {
            if let Some(key) = &elem.key {
                self.error(key.start_pos(), "MixedStructLit", mixture);
                continue;
            }
            let mut x = Operand::new();
            self.generic_expr(&mut x, &elem.value, None);
            let Some(&field) = fields.get(i) else {
                let text = self.ty_str(base);
                let message = format!("too many values in struct literal of type {text}");
                self.error(x.pos(), "InvalidStructLit", message);
                break;
            };
            if self.is_hidden(field) {
                let text = self.ty_str(base);
                let name = self.obj(field).name;
                let message = format!(
                    "implicit assignment to unexported field {name} in struct literal of type {text}"
                );
                self.error(x.pos(), "UnexportedLitField", message);
                continue;
            }
            let ty = self.obj_type(field);
            self.assignment(&mut x, Some(ty), "struct literal");
        }
        if elems.len() < fields.len() {
            let hint = if fields.iter().any(|&field| self.is_hidden(field)) {
                " (type has unexported fields - use key:value pairs)"
            } else {
                ""
            };
            let text = self.ty_str(base);
            let message = format!("too few values in struct literal of type {text}{hint}");
            self.error(rbrace, "InvalidStructLit", message);
        }
    }

    /// Whether the field is an unexported one of another package.
    fn is_hidden(&self, field: ObjId) -> bool {
        let field = self.obj(field);
        !field.exported() && field.pkg != Some(self.env.pkg)
    }

    fn keyed_fields(&mut self, under: TypeId, base: TypeId, elems: &'a [Element]) {
        let pkg = Some(self.env.pkg);
        // Paths of the fields set so far.
        let mut visited: Vec<(Vec<usize>, ObjId)> = Vec::new();
        for elem in elems {
            let Some(key_expr) = &elem.key else {
                let message = "mixture of field:value and value elements in struct literal";
                self.error(elem.value.start_pos(), "MixedStructLit", message);
                continue;
            };
            let mut x = Operand::new();
            self.generic_expr(&mut x, &elem.value, None);
            let at = key_expr.start_pos();
            let Some(key) = key_expr.as_ident() else {
                let message = format!("invalid field name {} in struct literal", expr_string(key_expr));
                self.error(at, "InvalidLitField", message);
                continue;
            };
            let found = self.lookup_field_or_method(under, false, pkg, key.name);
            let Some(field) = found.obj else {
                let alt = self.lookup_fold(under, false, pkg, key.name, true).obj;
                let message = self.lookup_error(base, key.name, alt, true);
                self.error(at, "MissingLitField", message);
                continue;
            };
            if !self.obj(field).is_var() {
                self.error(at, "MissingLitField", format!("{} is not a field", key.name));
                continue;
            }
            if found.index.len() > 1 && !self.allow_version((1, 27)) {
                let (path, text) = (self.field_path(under, &found.index), self.ty_str(base));
                let what = format!("use of promoted field {path} in struct literal of type {text}");
                self.verify_version(at, (1, 27), what);
                continue;
            }
            if found.indirect {
                let message = format!("invalid implicit pointer indirection to reach {}", key.name);
                self.error(at, "InvalidLitField", message);
                continue;
            }
            self.record_use(key, field);
            let ty = self.obj_type(field);
            self.assignment(&mut x, Some(ty), "struct literal");
            self.check_overlap(&mut visited, found.index, field, at);
        }
    }

    /// Refuses a field that was set before, as such, as part of an embedded field, or by one of its parts.
    fn check_overlap(
        &mut self,
        visited: &mut Vec<(Vec<usize>, ObjId)>,
        index: Vec<usize>,
        field: ObjId,
        at: rgo_source::Pos,
    ) {
        let overlap = visited.iter().find(|(other, _)| {
            let n = other.len().min(index.len());
            other[..n] == index[..n]
        });
        let Some((other_index, other)) = overlap else {
            visited.push((index, field));
            return;
        };
        let (name, other_name) = (self.obj(field).name, self.obj(*other).name);
        let message = if other_index.len() == index.len() {
            format!("duplicate field name {name} in struct literal")
        } else if other_index.len() < index.len() {
            format!("cannot specify promoted field {name} and enclosing embedded field {other_name}")
        } else {
            format!("cannot specify embedded field {name} and enclosed promoted field {other_name}")
        };
        self.error(at, "DuplicateLitField", message);
    }

    fn map_elems(&mut self, elems: &'a [Element], key: TypeId, elem_type: TypeId) {
        // Keys of interface type are equal only if their types are.
        let by_type = self.is_non_type_param_interface(key);
        let mut visited: HashMap<KeyValue, Vec<TypeId>> = HashMap::new();
        for elem in elems {
            let Some(key_expr) = &elem.key else {
                self.error(elem.value.start_pos(), "MissingLitKey", "missing key in map literal");
                continue;
            };
            let mut x = Operand::new();
            self.generic_expr(&mut x, key_expr, Some(key));
            self.assignment(&mut x, Some(key), "map literal");
            if !x.is_valid() {
                continue;
            }
            if let Some(val) = x.val.as_ref().filter(|_| x.is_const()).and_then(KeyValue::new) {
                let types = visited.entry(val).or_default();
                let duplicate = match by_type {
                    true => types.iter().any(|&ty| self.program.identical(ty, x.ty)),
                    false => !types.is_empty(),
                };
                types.push(x.ty);
                if duplicate {
                    let message = format!("duplicate key {} in map literal", x.const_val());
                    self.error(x.pos(), "DuplicateLitKey", message);
                    continue;
                }
            }
            let mut v = Operand::new();
            self.generic_expr(&mut v, &elem.value, Some(elem_type));
            self.assignment(&mut v, Some(elem_type), "map literal");
        }
    }

    /// Checks the elements of an array or slice literal and returns its length.
    fn indexed_elems(&mut self, elems: &'a [Element], ty: TypeId, length: Option<i64>) -> i64 {
        let mut visited: HashSet<i64> = HashSet::with_capacity(elems.len());
        let (mut index, mut max) = (0i64, 0i64);
        for elem in elems {
            let mut valid = false;
            let at = elem.key.as_ref().unwrap_or(&elem.value).start_pos();
            match &elem.key {
                Some(key) => match self.index(key, length) {
                    Some((_, Some(i))) => {
                        index = i;
                        valid = true;
                    }
                    Some((_, None)) => {
                        let message = format!("index {} must be integer constant", expr_string(key));
                        self.error(at, "InvalidLitIndex", message);
                    }
                    None => {}
                },
                None => match length.filter(|&length| index >= length) {
                    Some(length) => {
                        let message = format!("index {index} is out of bounds (>= {length})");
                        self.error(at, "OversizeArrayLit", message);
                    }
                    None => valid = true,
                },
            }
            if valid && !visited.insert(index) {
                let message = format!("duplicate index {index} in array or slice literal");
                self.error(at, "DuplicateLitKey", message);
            }
            index = index.saturating_add(1);
            max = max.max(index);
            let mut x = Operand::new();
            self.generic_expr(&mut x, &elem.value, Some(ty));
            self.assignment(&mut x, Some(ty), "array or slice literal");
        }
        max
    }
}
