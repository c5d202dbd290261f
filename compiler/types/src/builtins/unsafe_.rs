//! Functions of package unsafe (spec, "Package unsafe").

use rgo_syntax::ast::ExprKind;

use crate::call::Call;
use crate::checker::Checker;
use crate::const_value::ConstValue;
use crate::expr_string::expr_string;
use crate::info::{OperandMode, Selection, SelectionKind};
use crate::object::{BuiltinId, ObjId};
use crate::operand::Operand;
use crate::ty::{NamedId, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    pub(super) fn builtin_add(&mut self, x: &mut Operand<'a>, call: Call<'a>, y: &mut Operand<'a>) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 17), "unsafe.Add");
        self.assignment(x, Some(TypeId::UNSAFE_POINTER), "argument to unsafe.Add");
        if !x.is_valid() || !self.is_valid_index(y, "InvalidUnsafeAdd", "length", true) {
            return false;
        }
        let params = [x.ty, y.ty];
        self.builtin_result(x, call, Some(TypeId::UNSAFE_POINTER), &params);
        true
    }

    /// `Sizeof` and `Alignof`; constant unless the size depends on type parameters.
    pub(super) fn builtin_sizeof(&mut self, x: &mut Operand<'a>, call: Call<'a>, id: BuiltinId) -> bool {
        self.assignment(x, None, &format!("argument to unsafe.{}", id.name()));
        if !x.is_valid() {
            return false;
        }
        if self.has_var_size(x.ty) {
            let param = x.ty;
            self.builtin_result(x, call, Some(TypeId::UINTPTR), &[param]);
            return true;
        }
        let size = match id {
            BuiltinId::Alignof => Some(self.align_of(x.ty)),
            _ => self.size_of(x.ty),
        };
        let Some(size) = size else {
            return self.builtin_error(x, "TypeTooLarge", "", " is too large");
        };
        x.set_const(TypeId::UINTPTR, ConstValue::Int(size));
        true
    }

    pub(super) fn builtin_offsetof(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let arg0 = &call.args[0];
        let selector = arg0.unparen();
        let ExprKind::Selector { x: inner, sel } = &selector.kind else {
            let message = format!("invalid argument: {} is not a selector expression", expr_string(arg0));
            self.error(arg0.start_pos(), "BadOffsetofSyntax", message);
            self.use_expr(arg0, false);
            return false;
        };
        self.expr(None, x, inner);
        if !x.is_valid() {
            return false;
        }
        let base = self.deref_struct_ptr(x.ty);
        let pkg = Some(self.env.pkg);
        let found = self.lookup_field_or_method(base, false, pkg, sel.name);
        let Some(obj) = found.obj else {
            let text = self.ty_str(base);
            let message = format!("invalid argument: {text} has no single field {}", sel.name);
            self.error(x.pos(), "MissingFieldOrMethod", message);
            return false;
        };
        if !self.obj(obj).is_var() {
            let message = format!("invalid argument: {} is a method value", expr_string(arg0));
            self.error(arg0.start_pos(), "InvalidOffsetof", message);
            return false;
        }
        if found.indirect {
            let text = self.ty_str(base);
            let message = format!("invalid argument: field {} is embedded via a pointer in {text}", sel.name);
            self.error(x.pos(), "InvalidOffsetof", message);
            return false;
        }
        let index = found.index.clone();
        let selection =
            Selection { kind: SelectionKind::FieldVal, recv: base, obj, index: found.index, indirect: false };
        self.record_selection(sel, selection);
        let field_type = self.obj_type(obj);
        let mode = if x.mode == OperandMode::Variable { OperandMode::Variable } else { OperandMode::Value };
        self.record_type_and_value(selector, mode, field_type, None);
        if self.has_var_size(base) {
            self.builtin_result(x, call, Some(TypeId::UINTPTR), &[field_type]);
            return true;
        }
        let Some(offset) = self.offset_of(base, &index) else {
            return self.builtin_error(x, "TypeTooLarge", "", " is too large");
        };
        x.set_const(TypeId::UINTPTR, ConstValue::Int(offset));
        true
    }

    pub(super) fn builtin_slice(&mut self, x: &mut Operand<'a>, call: Call<'a>, y: &mut Operand<'a>) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 17), "unsafe.Slice");
        let under = self.core_type(x.ty);
        let Some((ptr, TypeKind::Pointer(base))) = under.map(|u| (u, self.kind(u))) else {
            return self.builtin_error(x, "InvalidUnsafeSlice", "invalid argument: ", " is not a pointer");
        };
        if !self.is_valid_index(y, "InvalidUnsafeSlice", "length", false) {
            return false;
        }
        let slice = self.new_slice(base);
        self.builtin_result(x, call, Some(slice), &[ptr, y.ty]);
        true
    }

    pub(super) fn builtin_slice_data(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 20), "unsafe.SliceData");
        let under = self.core_type(x.ty);
        let Some((slice, TypeKind::Slice(elem))) = under.map(|u| (u, self.kind(u))) else {
            return self.builtin_error(x, "InvalidUnsafeSliceData", "invalid argument: ", " is not a slice");
        };
        let ptr = self.new_pointer(elem);
        self.builtin_result(x, call, Some(ptr), &[slice]);
        true
    }

    pub(super) fn builtin_string(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        y: &mut Operand<'a>,
    ) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 20), "unsafe.String");
        let ptr = self.new_pointer(TypeId::BYTE);
        self.assignment(x, Some(ptr), "argument to unsafe.String");
        if !x.is_valid() || !self.is_valid_index(y, "InvalidUnsafeString", "length", false) {
            return false;
        }
        let params = [ptr, y.ty];
        self.builtin_result(x, call, Some(TypeId::STRING), &params);
        true
    }

    pub(super) fn builtin_string_data(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 20), "unsafe.StringData");
        self.assignment(x, Some(TypeId::STRING), "argument to unsafe.StringData");
        if !x.is_valid() {
            return false;
        }
        let ptr = self.new_pointer(TypeId::BYTE);
        self.builtin_result(x, call, Some(ptr), &[TypeId::STRING]);
        true
    }

    /// Whether the size of the type depends on type parameters, or the type contains itself, which is reported.
    fn has_var_size(&mut self, ty: TypeId) -> bool {
        self.var_size(ty, &mut Vec::new())
    }

    fn var_size(&mut self, ty: TypeId, nest: &mut Vec<NamedId>) -> bool {
        let ty = self.unalias(ty);
        match self.kind(ty) {
            TypeKind::TypeParam(_) => true,
            TypeKind::Named(id) => self.named_var_size(id, nest),
            TypeKind::Array { elem, .. } => self.var_size(elem, nest),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                fields.iter().any(|&field| {
                    let ty = self.obj_type(field);
                    self.var_size(ty, nest)
                })
            }
            _ => false,
        }
    }

    fn named_var_size(&mut self, id: NamedId, nest: &mut Vec<NamedId>) -> bool {
        let named = self.named(id);
        if let Some(known) = named.var_size {
            return known;
        }
        let (obj, is_instance) = (named.obj, named.origin.is_some());
        let cycle: Option<Vec<ObjId>> = if let Some(start) = nest.iter().position(|&n| n == id) {
            Some(nest[start..].iter().map(|&n| self.named(n).obj).collect())
        } else {
            let declaring = self.program.obj_path.iter().position(|&o| o == obj);
            declaring.filter(|_| !is_instance).map(|start| self.program.obj_path[start..].to_vec())
        };
        if let Some(cycle) = cycle {
            let first = self.first_in_source(&cycle);
            self.cycle_error(&cycle, first);
            return true;
        }
        nest.push(id);
        let result = match self.named_rhs(id) {
            Some(rhs) => self.var_size(rhs, nest),
            None => false,
        };
        nest.pop();
        self.program.nameds[id.index()].var_size = Some(result);
        result
    }
}
