//! Struct types.

use std::sync::Arc;

use rgo_source::Name;
use rgo_syntax::ast::{Expr, ExprKind, Field, Ident, LitKind};

use crate::checker::Checker;
use crate::const_value;
use crate::object::{ObjId, ObjKind, VarKind};
use crate::ty::{BasicKind, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// The struct type with these fields.
    pub(crate) fn struct_type_expr(&mut self, list: &'a [Field]) -> TypeId {
        let mut fields: Vec<ObjId> = Vec::new();
        let mut tags: Vec<Option<Arc<[u8]>>> = Vec::new();
        for field in list {
            let ty = self.var_type(&field.ty);
            let tag = field.tag.as_ref().and_then(|tag| self.tag(tag));
            for name in &field.names {
                self.add_field(&mut fields, &mut tags, name, ty, tag.clone(), false);
            }
            if !field.names.is_empty() {
                continue;
            }
            // Embedded: a type name or a pointer to one.
            let pos = field.ty.start_pos();
            let Some(name) = embedded_field_ident(&field.ty) else {
                let text = crate::expr_string::expr_string(&field.ty);
                self.error(pos, "InvalidSyntaxTree", format!("invalid embedded field type {text}"));
                let blank = Ident { id: field.ty.id, name: Name::new("_"), pos };
                self.add_field(&mut fields, &mut tags, &blank, TypeId::INVALID, None, true);
                continue;
            };
            self.add_field(&mut fields, &mut tags, name, ty, tag, true);
            self.later(move |check| check.valid_embedded_field(pos, ty));
        }
        if tags.iter().all(Option::is_none) {
            tags.clear();
        }
        self.new_struct(fields.into(), tags.into())
    }

    fn add_field(
        &mut self,
        fields: &mut Vec<ObjId>,
        tags: &mut Vec<Option<Arc<[u8]>>>,
        name: &Ident,
        ty: TypeId,
        tag: Option<Arc<[u8]>>,
        embedded: bool,
    ) {
        if !name.name.is_blank()
            && let Some(&other) = fields.iter().find(|&&f| self.obj(f).name == name.name)
        {
            let message = format!("{} redeclared{}", name.name, self.other_decl(other));
            self.error(name.pos, "DuplicateDecl", message);
            return;
        }
        let pkg = self.env.pkg;
        let field = self.new_var(VarKind::Field, name.pos, Some(pkg), name.name, Some(ty));
        if let ObjKind::Var(var) = &mut self.obj_mut(field).kind {
            var.embedded = embedded;
        }
        // The identifier of an embedded field is a use of the type; the field is found through the struct.
        if !embedded {
            self.record_def(name, field);
        }
        fields.push(field);
        tags.push(tag);
    }

    fn tag(&mut self, e: &'a Expr) -> Option<Arc<[u8]>> {
        if let ExprKind::BasicLit { kind: LitKind::String, text } = &e.kind
            && let Some(bytes) =
                const_value::from_literal(LitKind::String, text.as_str()).and_then(|v| v.as_bytes())
        {
            return (!bytes.is_empty()).then_some(bytes);
        }
        let text = crate::expr_string::expr_string(e);
        self.error(e.pos, "InvalidSyntaxTree", format!("incorrect tag syntax: {text:?}"));
        None
    }

    fn valid_embedded_field(&mut self, pos: rgo_source::Pos, ty: TypeId) {
        let (base, is_ptr) = self.deref(ty);
        let (code, message) = match self.under_kind(base) {
            TypeKind::Basic(BasicKind::UnsafePointer) => {
                ("InvalidPtrEmbed", "embedded field type cannot be unsafe.Pointer")
            }
            TypeKind::Pointer(_) => ("InvalidPtrEmbed", "embedded field type cannot be a pointer"),
            TypeKind::Interface(_) if self.is_type_param(base) => {
                ("MisplacedTypeParam", "embedded field type cannot be a (pointer to a) type parameter")
            }
            TypeKind::Interface(_) if is_ptr => {
                ("InvalidPtrEmbed", "embedded field type cannot be a pointer to an interface")
            }
            _ => return,
        };
        self.error(pos, code, message);
    }
}

/// The name of an embedded field: that of its type.
fn embedded_field_ident(e: &Expr) -> Option<&Ident> {
    match &e.kind {
        ExprKind::Ident(ident) => Some(ident),
        ExprKind::Paren(x) => embedded_field_ident(x),
        ExprKind::Star(x) if !matches!(x.unparen().kind, ExprKind::Star(_)) => embedded_field_ident(x),
        ExprKind::Selector { sel, .. } => Some(sel),
        ExprKind::Index { x, .. } => embedded_field_ident(x),
        _ => None,
    }
}
