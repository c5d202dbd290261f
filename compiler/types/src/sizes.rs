//! Sizes, alignments and field offsets, as gc lays values out.

use crate::object::ObjId;
use crate::program::Program;
use crate::ty::{BasicKind, TypeId, TypeKind};

/// The smallest multiple of `align` that is at least `x`; `None` on overflow.
fn round_up(x: i64, align: i64) -> Option<i64> {
    Some(x.checked_add(align - 1)? & !(align - 1))
}

impl Program<'_> {
    fn word(&self) -> i64 {
        i64::from(self.target.word)
    }

    /// The size of a value in bytes; `None` if it exceeds 63 bits. The type must not depend on type parameters.
    pub fn size_of(&mut self, ty: TypeId) -> Option<i64> {
        let word = self.word();
        match self.under_kind(ty) {
            TypeKind::Basic(kind) => Some(match kind.normal() {
                BasicKind::Bool | BasicKind::Int8 | BasicKind::Uint8 => 1,
                BasicKind::Int16 | BasicKind::Uint16 => 2,
                BasicKind::Int32 | BasicKind::Uint32 | BasicKind::Float32 => 4,
                BasicKind::Int64 | BasicKind::Uint64 | BasicKind::Float64 | BasicKind::Complex64 => 8,
                BasicKind::Complex128 => 16,
                BasicKind::String => 2 * word,
                _ => word,
            }),
            TypeKind::Array { len, .. } if len <= 0 => Some(0),
            TypeKind::Array { elem, len } => self.size_of(elem)?.checked_mul(len),
            TypeKind::Slice(_) => Some(3 * word),
            TypeKind::Interface(_) => Some(2 * word),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                let Some(&last) = fields.last() else {
                    return Some(0);
                };
                let offset = *self.field_offsets(&fields)?.last()?;
                let last_type = self.obj_type(last);
                let mut size = self.size_of(last_type)?;
                // The address of a final zero-sized field must not be that of the next object.
                if offset > 0 && size == 0 {
                    size = 1;
                }
                let align = self.align_of(ty);
                round_up(offset.checked_add(size)?, align)
            }
            _ => Some(word),
        }
    }

    /// The alignment of a value in bytes, at least 1.
    pub fn align_of(&mut self, ty: TypeId) -> i64 {
        let word = self.word();
        match self.under_kind(ty) {
            TypeKind::Array { elem, .. } => self.align_of(elem),
            TypeKind::Struct(id) => {
                let fields = self.struct_type(id).fields.clone();
                if fields.is_empty() && self.is_align64(ty) {
                    return 8;
                }
                fields
                    .iter()
                    .map(|&f| {
                        let t = self.obj_type(f);
                        self.align_of(t)
                    })
                    .max()
                    .unwrap_or(1)
            }
            TypeKind::Slice(_) | TypeKind::Interface(_) | TypeKind::Basic(BasicKind::String) => word,
            kind => {
                let size = self.size_of(ty).unwrap_or(word).max(1);
                // Complex numbers are aligned like their parts.
                let complex = matches!(kind, TypeKind::Basic(b) if b.is_complex());
                (if complex { size / 2 } else { size }).min(word)
            }
        }
    }

    /// Whether this is the empty struct by which sync/atomic asks for 64-bit alignment.
    fn is_align64(&mut self, ty: TypeId) -> bool {
        let Some(id) = self.as_named(ty) else {
            return false;
        };
        let obj = self.obj(self.named(id).obj);
        obj.name == "align64"
            && obj.pkg.is_some_and(|pkg| {
                let path = self.package_path(pkg);
                path == "sync/atomic" || path == "internal/runtime/atomic"
            })
    }

    /// The offsets of consecutive fields; `None` if one exceeds 63 bits.
    pub fn field_offsets(&mut self, fields: &[ObjId]) -> Option<Vec<i64>> {
        let mut offsets = Vec::with_capacity(fields.len());
        let mut offset = 0i64;
        for &field in fields {
            let ty = self.obj_type(field);
            offset = round_up(offset, self.align_of(ty))?;
            offsets.push(offset);
            offset = offset.checked_add(self.size_of(ty)?)?;
        }
        Some(offsets)
    }

    /// The offset of the field at an index path through embedded structs (not pointers).
    pub fn offset_of(&mut self, ty: TypeId, index: &[usize]) -> Option<i64> {
        let mut ty = ty;
        let mut offset = 0i64;
        for &i in index {
            let fields = self.struct_fields(ty)?;
            offset = offset.checked_add(*self.field_offsets(&fields)?.get(i)?)?;
            ty = self.obj_type(fields[i]);
        }
        Some(offset)
    }
}
