//! Operands: what an expression evaluates to while it is checked, and how messages describe it.

use std::sync::Arc;

use rgo_source::Pos;
use rgo_syntax::ast;

use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::expr_string::expr_string;
use crate::info::OperandMode;
use crate::object::BuiltinId;
use crate::ty::{TypeId, TypeKind};

/// Stands for an expression in messages where the program has none.
#[derive(Debug)]
pub(crate) struct Dummy {
    pub pos: Pos,
    pub text: String,
}

/// An intermediate value of checking.
#[derive(Clone, Debug)]
pub(crate) struct Operand<'a> {
    pub mode: OperandMode,
    pub expr: Option<&'a ast::Expr>,
    /// Replaces `expr` in messages.
    pub dummy: Option<Arc<Dummy>>,
    pub ty: TypeId,
    /// For constants.
    pub val: Option<ConstValue>,
    /// For built-ins.
    pub id: Option<BuiltinId>,
}

impl<'a> Operand<'a> {
    /// An invalid operand.
    pub fn new() -> Self {
        Operand {
            mode: OperandMode::Invalid,
            expr: None,
            dummy: None,
            ty: TypeId::INVALID,
            val: None,
            id: None,
        }
    }

    /// A value that the expression `expr` has.
    pub fn value(expr: &'a ast::Expr, ty: TypeId) -> Self {
        Operand { mode: OperandMode::Value, expr: Some(expr), ty, ..Operand::new() }
    }

    /// A value that messages call `text`.
    pub fn described(pos: Pos, text: impl Into<String>, ty: TypeId) -> Self {
        let dummy = Some(Arc::new(Dummy { pos, text: text.into() }));
        Operand { mode: OperandMode::Value, dummy, ty, ..Operand::new() }
    }

    /// Whether checking succeeded so far.
    pub fn is_valid(&self) -> bool {
        self.mode != OperandMode::Invalid
    }

    /// Marks the operand as erroneous.
    pub fn invalidate(&mut self) {
        self.mode = OperandMode::Invalid;
    }

    /// Whether this is the predeclared nil.
    pub fn is_nil(&self) -> bool {
        self.mode == OperandMode::NilValue
    }

    /// Whether this is a constant.
    pub fn is_const(&self) -> bool {
        self.mode == OperandMode::Constant
    }

    /// The constant's value; unknown for others.
    pub fn const_val(&self) -> ConstValue {
        self.val.clone().unwrap_or_default()
    }

    /// Becomes a constant.
    pub fn set_const(&mut self, ty: TypeId, val: ConstValue) {
        self.mode = OperandMode::Constant;
        self.ty = ty;
        self.val = Some(val);
    }

    /// Becomes a value.
    pub fn set_value(&mut self, ty: TypeId) {
        self.mode = OperandMode::Value;
        self.ty = ty;
        self.val = None;
    }

    /// Where messages about the operand are placed.
    pub fn pos(&self) -> Pos {
        match (&self.dummy, self.expr) {
            (Some(dummy), _) => dummy.pos,
            (None, Some(expr)) => expr.start_pos(),
            (None, None) => Pos::NONE,
        }
    }

    /// The expression's text.
    pub fn text(&self) -> String {
        match (&self.dummy, self.expr) {
            (Some(dummy), _) => dummy.text.clone(),
            (None, Some(expr)) => expr_string(expr),
            (None, None) => String::new(),
        }
    }
}

/// The mode in messages.
fn mode_string(mode: OperandMode) -> &'static str {
    match mode {
        OperandMode::Invalid => "invalid operand",
        OperandMode::NoValue => "no value",
        OperandMode::Builtin => "built-in",
        OperandMode::TypeExpr => "type",
        OperandMode::Constant => "constant",
        OperandMode::Variable => "variable",
        OperandMode::MapIndex => "map index expression",
        OperandMode::Value => "value",
        OperandMode::NilValue => "nil",
        OperandMode::CommaOk => "comma, ok expression",
    }
}

impl<'a> Checker<'_, 'a> {
    /// A type as messages show it here.
    pub fn ty_str(&mut self, ty: TypeId) -> String {
        self.program.type_string(ty)
    }

    /// The word for a composite type; empty for basic ones.
    pub fn composite_kind(&mut self, ty: TypeId) -> &'static str {
        match self.under_kind(ty) {
            TypeKind::Array { .. } => "array",
            TypeKind::Slice(_) => "slice",
            TypeKind::Struct(_) => "struct",
            TypeKind::Pointer(_) => "pointer",
            TypeKind::Signature(_) => "func",
            TypeKind::Interface(_) => "interface",
            TypeKind::Map { .. } => "map",
            TypeKind::Chan { .. } => "chan",
            TypeKind::Tuple(_) => "tuple",
            TypeKind::Union(_) => "union",
            TypeKind::Basic(_) | TypeKind::Named(_) | TypeKind::Alias(_) | TypeKind::TypeParam(_) => "",
        }
    }

    /// The operand as messages describe it: `x (variable of type T)`.
    pub fn operand_string(&mut self, x: &Operand<'a>) -> String {
        if x.is_nil() {
            return match x.ty {
                TypeId::INVALID => "nil (with invalid type)".to_owned(),
                TypeId::UNTYPED_NIL => "nil".to_owned(),
                ty => format!("nil (of type {})", self.ty_str(ty)),
            };
        }
        let text = if x.expr.is_some() || x.dummy.is_some() {
            x.text()
        } else {
            match x.mode {
                OperandMode::Builtin => x.id.map_or("", BuiltinId::name).to_owned(),
                OperandMode::TypeExpr => self.ty_str(x.ty),
                OperandMode::Constant => x.const_val().to_string(),
                _ => String::new(),
            }
        };
        let mut out = String::new();
        if !text.is_empty() {
            out.push_str(&text);
            out.push_str(" (");
        }
        let mut has_type = false;
        if !matches!(
            x.mode,
            OperandMode::Invalid | OperandMode::NoValue | OperandMode::Builtin | OperandMode::TypeExpr
        ) {
            match self.kind(x.ty) {
                TypeKind::Basic(kind) if kind.is_untyped() => {
                    out.push_str(kind.name());
                    out.push(' ');
                }
                _ => has_type = true,
            }
        }
        out.push_str(mode_string(x.mode));
        if x.is_const() {
            let val = x.const_val().to_string();
            if val != text {
                out.push(' ');
                out.push_str(&val);
            }
        }
        if has_type {
            self.describe_type(x.ty, &mut out);
        }
        if !text.is_empty() {
            out.push(')');
        }
        out
    }

    fn describe_type(&mut self, ty: TypeId, out: &mut String) {
        if !self.is_valid(ty) {
            out.push_str(" with invalid type");
            return;
        }
        out.push_str(" of ");
        if self.is_generic(ty) {
            out.push_str("generic ");
        }
        let tparam = self.as_type_param(ty);
        if tparam.is_none() && matches!(self.kind(ty), TypeKind::Alias(_) | TypeKind::Named(_)) {
            let what = self.composite_kind(ty);
            if !what.is_empty() {
                out.push_str(what);
            } else if let TypeKind::Basic(kind) = self.under_kind(ty) {
                out.push_str(if kind == crate::ty::BasicKind::UnsafePointer {
                    "Pointer"
                } else {
                    kind.name()
                });
            }
            out.push(' ');
        }
        out.push_str("type ");
        out.push_str(&self.ty_str(ty));
        if let Some(tparam) = tparam {
            let bound = self.tparam(tparam).bound;
            out.push_str(" constrained by ");
            out.push_str(&self.ty_str(bound));
            if self.has_empty_typeset(ty) {
                out.push_str(" with empty type set");
            }
        }
    }
}
