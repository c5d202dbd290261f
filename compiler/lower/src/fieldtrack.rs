//! `GOEXPERIMENT=fieldtrack`: which struct fields tagged `go:"track"` the program uses.
//!
//! Each use of such a field is noted while functions are lowered, so only what `main` reaches counts. The linker flag `-k` names a string
//! variable that gets the list, one line per field: type and field, then a function that uses it, separated by tabs.

use std::collections::BTreeMap;

use rgo_source::{Diagnostic, Pos};
use rgo_types::TypeId;

use crate::Lowerer;
use crate::func::FuncLower;
use crate::shape::Shape;

const TAG: &[u8] = b"go:\"track\"";

/// Tracked fields in use, each with the first function that was seen to use it.
pub(crate) type TrackedFields = BTreeMap<String, String>;

impl FuncLower<'_, '_, '_, '_> {
    /// Notes the use of a field of struct type `t`.
    pub(crate) fn track_field(&mut self, t: TypeId, index: usize) {
        if self.l.tracked_fields.is_none() {
            return;
        }
        let shape = self.shape(t);
        let Shape::Struct(fields) = &*shape else { return };
        let field = &fields[index];
        if !field.tag.windows(TAG.len()).any(|window| window == TAG) {
            return;
        }
        if self.l.prog.as_named(t).is_none() {
            let pos = Pos(self.b.loc().pos);
            let error = Diagnostic::error(pos, "", "tracked field must be in named struct type");
            return self.l.errors.push(error);
        }
        let name = format!("{}.{}", self.l.prog.link_string(t), field.name);
        let user = self.symbol.clone();
        self.l.tracked_fields.get_or_insert_default().entry(name).or_insert(user);
    }
}

impl Lowerer<'_, '_> {
    /// Gives the variable of `-k` its value, once every function has been lowered.
    pub(crate) fn finish_tracked_fields(&mut self) {
        let Some(var) = self.options.tracked_fields_var.clone() else { return };
        let fields = self.tracked_fields.iter().flatten();
        let text = fields.map(|(field, user)| format!("{field}\t{user}\n")).collect();
        self.options.string_vars.push((var, text));
    }
}
