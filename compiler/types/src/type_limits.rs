//! What gc's layout of values refuses: channel elements from 64 kB, map keys and elements from 2 GB, arrays beyond the
//! address space, and operands that `print` cannot take.
//!
//! The rules apply to a package that is correct otherwise, to the types of its variables, defined types and functions;
//! the errors stand at their names. Types that depend on type parameters have no size yet and pass.

use std::collections::HashSet;

use rgo_load::PackageId;
use rgo_source::Pos;
use rgo_syntax::ast::{Expr, ExprKind, walk};

use crate::info::{FileIdx, OperandMode};
use crate::object::{ObjId, ObjKind, VarKind};
use crate::program::Program;
use crate::ty::{TypeId, TypeKind};

const MAX_CHAN_ELEM: i64 = 1 << 16;
const MAX_MAP_PART: i64 = 1 << 31;
const ADDRESS_SPACE: i64 = 1 << 50;

/// Beyond this nesting a type is not looked into.
const MAX_DEPTH: u32 = 200;

/// Collects calls with arguments.
#[derive(Default)]
struct PrintCalls {
    found: Vec<(rgo_syntax::ast::ExprId, Pos, Vec<rgo_syntax::ast::ExprId>)>,
}

impl walk::Visitor for PrintCalls {
    fn expr(&mut self, e: &Expr) -> bool {
        if let ExprKind::Call { fun, args, .. } = &e.kind
            && fun
                .unparen()
                .as_ident()
                .is_some_and(|ident| matches!(ident.name.as_str(), "print" | "println"))
        {
            self.found.push((fun.id, e.pos, args.iter().map(|arg| arg.id).collect()));
        }
        true
    }
}

impl Program<'_> {
    /// Applies the rules to a package without errors.
    pub(crate) fn type_limits(&mut self, pkg: PackageId) {
        let mut fine = HashSet::new();
        for i in 0..self.objects.len() as u32 {
            let obj = self.obj(ObjId(i));
            let kinds = match &obj.kind {
                ObjKind::TypeName | ObjKind::Func(_) => true,
                ObjKind::Var(var) => matches!(var.kind, VarKind::Package | VarKind::Local),
                _ => false,
            };
            if !kinds || obj.pkg != Some(pkg) || !obj.pos.is_known() {
                continue;
            }
            let (pos, is_type, ty) = (obj.pos, matches!(obj.kind, ObjKind::TypeName), obj.ty);
            let Some(mut ty) = ty else { continue };
            if is_type {
                ty = self.under(ty);
            }
            if let Some(message) = self.too_large(ty, &mut fine, 0) {
                self.report(pos, "", message);
            }
        }
    }

    /// Why a type cannot be laid out; what its defined types consist of has been asked where they are declared.
    fn too_large(&mut self, ty: TypeId, fine: &mut HashSet<TypeId>, depth: u32) -> Option<String> {
        let ty = self.unalias(ty);
        if depth > MAX_DEPTH || fine.contains(&ty) {
            return None;
        }
        let mut part = |p: &mut Self, ty: TypeId| p.too_large(ty, fine, depth + 1);
        let found = match self.kind(ty) {
            TypeKind::Pointer(elem) | TypeKind::Slice(elem) => part(self, elem),
            TypeKind::Array { elem, .. } => part(self, elem).or_else(|| {
                let exceeds = self.exceeds(ty, ADDRESS_SPACE);
                exceeds.then(|| format!("type {} larger than address space", self.type_string(ty)))
            }),
            TypeKind::Chan { elem, .. } => part(self, elem).or_else(|| {
                let exceeds = self.exceeds(elem, MAX_CHAN_ELEM);
                exceeds.then(|| "channel element type too large (>64kB)".to_owned())
            }),
            TypeKind::Map { key, elem } => part(self, elem).or_else(|| part(self, key)).or_else(|| {
                if self.exceeds(elem, MAX_MAP_PART) {
                    return Some("map element type too large".to_owned());
                }
                self.exceeds(key, MAX_MAP_PART).then(|| "map key type too large".to_owned())
            }),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                fields.iter().find_map(|&field| {
                    let ty = self.obj_type(field);
                    part(self, ty)
                })
            }
            TypeKind::Signature(id) => {
                let sig = self.signature(id);
                let (params, results) = (self.tuple(sig.params), self.tuple(sig.results));
                params.iter().chain(results.iter()).find_map(|&var| {
                    let ty = self.obj_type(var);
                    part(self, ty)
                })
            }
            _ => None,
        };
        if found.is_none() {
            fine.insert(ty);
        }
        found
    }

    fn exceeds(&mut self, ty: TypeId, limit: i64) -> bool {
        !self.depends_on_tparams(ty, 0) && self.size_of(ty).is_none_or(|size| size >= limit)
    }

    fn depends_on_tparams(&mut self, ty: TypeId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return true;
        }
        match self.under_kind(ty) {
            _ if matches!(self.kind(ty), TypeKind::TypeParam(_)) => true,
            TypeKind::Array { elem, .. } => self.depends_on_tparams(elem, depth + 1),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                fields.iter().any(|&field| {
                    let ty = self.obj_type(field);
                    self.depends_on_tparams(ty, depth + 1)
                })
            }
            _ => false,
        }
    }

    /// `print` and `println` take no arrays and structs.
    pub(crate) fn unprintable(&mut self, pkg: PackageId) {
        for file in self.package(pkg).files.clone().map(FileIdx) {
            let mut calls = PrintCalls::default();
            for decl in &self.file(file).ast.decls {
                walk::decl(&mut calls, decl);
            }
            for (fun, pos, args) in calls.found {
                let info = self.info(file);
                if info.type_and_value(fun).is_none_or(|fun| fun.mode != OperandMode::Builtin) {
                    continue;
                }
                let name = info.object(fun).map_or("println", |obj| self.obj(obj).name.as_str());
                for arg in args {
                    let Some(ty) = self.info(file).type_and_value(arg).map(|arg| arg.ty) else { continue };
                    if matches!(self.under_kind(ty), TypeKind::Array { .. } | TypeKind::Struct(_)) {
                        let ty = self.type_string(ty);
                        self.report(pos, "", format!("illegal types for operand: {name}\n\t{ty}"));
                    }
                }
            }
        }
    }
}
