//! Operands: what an expression evaluates to while it is checked.

use rgo_syntax::ast;

use crate::const_value::ConstValue;
use crate::info::OperandMode;
use crate::object::BuiltinId;
use crate::ty::TypeId;

/// An intermediate value of checking.
#[derive(Clone, Debug)]
pub struct Operand<'a> {
    pub mode: OperandMode,
    pub expr: Option<&'a ast::Expr>,
    pub ty: TypeId,
    /// For constants.
    pub val: Option<ConstValue>,
    /// For built-ins.
    pub id: Option<BuiltinId>,
}

impl Operand<'_> {
    /// An invalid operand.
    pub fn new() -> Self {
        Operand { mode: OperandMode::Invalid, expr: None, ty: TypeId::INVALID, val: None, id: None }
    }

    /// Whether checking succeeded so far.
    pub fn is_valid(&self) -> bool {
        self.mode != OperandMode::Invalid
    }

    /// Marks the operand as erroneous.
    pub fn invalidate(&mut self) {
        self.mode = OperandMode::Invalid;
    }
}
