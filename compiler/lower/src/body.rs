//! The frame of a function: parameters, results, return.

use rgo_mir::{Terminator, Type, Value};
use rgo_syntax::ast::{self, Expr};
use rgo_types::{ObjId, TypeId};

use crate::abi::Abi;
use crate::capture::LitId;
use crate::func::{FuncLower, Storage};
use crate::repr::Val;

/// Where the result variables of a function are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ResultPlace {
    Any,
    /// In memory: a recovered panic may have to read them.
    Memory,
    /// In objects of their own: others may write to them even after the function has returned.
    Object,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// Lowers a whole body: `recv` and `sig` name the parameters that `abi` describes.
    pub fn body(
        &mut self,
        abi: &Abi,
        recv: &'s [ast::Field],
        sig: &'s ast::FuncType,
        body: &'s ast::Block,
        lit: Option<LitId>,
    ) {
        let defers = self.captures.defers.get(&lit).copied();
        let has_defer = defers.is_some();
        if self.captures.recovers.contains(&lit) {
            self.b.func.flags.noinline = true;
        }
        self.b.func.frame.args = self.memory_bytes(abi);
        let mut incoming = self.b.func.params().to_vec().into_iter();
        self.results.types = abi.results.clone();
        for &memory in &abi.memory_results {
            let pointer = if memory { incoming.next() } else { None };
            self.results.pointers.push(pointer);
        }
        self.parameters(&abi.params, recv.iter().chain(&sig.params), incoming);
        // Bodies of range-over-func loops that return set the results through their addresses, and may outlive the frame.
        let place = if self.captures.range_returns.contains(&lit) {
            ResultPlace::Object
        } else if has_defer {
            ResultPlace::Memory
        } else {
            ResultPlace::Any
        };
        self.declare_results(&sig.results, place);
        if let Some(defers) = defers {
            self.begin_defer(defers);
        }
        self.block_stmts(&body.stmts);
        if self.b.is_reachable() {
            self.at(body.rbrace);
            if self.results.types.is_empty() || self.results.in_variables {
                self.leave();
            } else {
                // The checker has seen that the end is not reached.
                self.b.terminate(Terminator::Unreachable);
            }
        }
        if self.defer.is_some() {
            self.end_defer(body.rbrace);
        }
    }

    fn parameters<'a>(
        &mut self,
        types: &[TypeId],
        fields: impl Iterator<Item = &'a ast::Field>,
        mut incoming: impl Iterator<Item = Value>,
    ) {
        let names: Vec<Option<ast::Ident>> = fields
            .flat_map(|field| {
                let names: Vec<Option<ast::Ident>> = field.names.iter().copied().map(Some).collect();
                if names.is_empty() { vec![None] } else { names }
            })
            .collect();
        for (&t, name) in types.iter().zip(names) {
            let value = self.take_param(t, &mut incoming);
            let Some(name) = name.filter(|name| !name.name.is_blank()) else { continue };
            let obj = self.object(&name).expect("parameters are declared");
            match value {
                // Nobody changes it: the caller's copy serves.
                Val::Mem(addr) if self.captures.is_constant(obj) => {
                    let cell = self.b.var(Type::Ptr);
                    self.b.def_var(cell, addr);
                    self.vars.insert(obj, Storage::Cell(cell));
                }
                value => self.declare_init(obj, t, &value),
            }
        }
    }

    fn declare_results(&mut self, fields: &'s [ast::Field], place: ResultPlace) {
        let names: Vec<Option<ObjId>> = fields
            .iter()
            .flat_map(|field| {
                let objs: Vec<Option<ObjId>> = field
                    .names
                    .iter()
                    .map(|name| if name.name.is_blank() { None } else { self.object(name) })
                    .collect();
                if objs.is_empty() { vec![None] } else { objs }
            })
            .collect();
        let named = fields.first().is_some_and(|field| !field.names.is_empty());
        self.results.in_variables = named || place != ResultPlace::Any;
        if !self.results.in_variables {
            return;
        }
        let types = self.results.types.clone();
        for (t, obj) in types.into_iter().zip(names) {
            let storage = self.declare_result(t, obj, place);
            // The handler of a deferring function is entered from any call: what it reads must have been made at the entry.
            let storage = match storage {
                Storage::Cell(cell) => Storage::Address(self.b.use_var(cell)),
                other => other,
            };
            self.results.storage.push(storage);
        }
    }
    /// A result variable, zeroed.
    fn declare_result(&mut self, t: TypeId, obj: Option<ObjId>, place: ResultPlace) -> Storage {
        let cell = obj.is_some_and(|obj| self.captures.needs_cell(obj));
        if (place != ResultPlace::Any && !cell) || obj.is_none() {
            let layout = self.layout(t);
            if place == ResultPlace::Object || layout.size > crate::func::MAX_FRAME_VARIABLE {
                let storage = Storage::Address(self.new_object(t));
                if let Some(obj) = obj {
                    self.vars.insert(obj, storage.clone());
                }
                return storage;
            }
            let slot = self.b.slot(layout.size as u32, layout.align.max(1));
            let addr = self.slot_addr(slot);
            self.zero_memory(addr, &layout);
            if let Some(obj) = obj {
                self.vars.insert(obj, Storage::Slot(slot));
            }
            return Storage::Slot(slot);
        }
        let obj = obj.expect("checked above");
        self.declare_zero(obj, t);
        self.vars[&obj].clone()
    }

    /// The goroutine descriptor.
    pub fn current_g(&mut self) -> Value {
        self.b.value(rgo_mir::InstKind::GetG, Type::Ptr)
    }

    /// `return results`
    pub fn return_stmt(&mut self, results: &'s [Expr]) {
        if self.range_body.is_some() {
            return self.return_from_range_body(results);
        }
        if results.is_empty() {
            return self.leave();
        }
        let values = self.result_values(results);
        self.return_values(values);
    }
    /// Evaluates the operands of a return statement, converted to the result types.
    pub fn result_values(&mut self, results: &'s [Expr]) -> Vec<Val> {
        let types = self.results.types.clone();
        if let [only] = results
            && types.len() > 1
        {
            let from = self.type_of(only);
            let from = match &*self.shape(from) {
                crate::shape::Shape::Tuple(types) => types.to_vec(),
                _ => panic!("{}: one value for several results", self.describe(only.pos)),
            };
            let values = self.call(only.unparen());
            return values
                .into_iter()
                .zip(from.into_iter().zip(types))
                .map(|(value, (from, to))| self.convert_assign(value, from, to))
                .collect();
        }
        if let ([only], &[t]) = (results, &types[..]) {
            return vec![self.expr_to(only, t)];
        }
        let wanted: Vec<(&'s Expr, TypeId)> = results.iter().zip(types).collect();
        self.operand_list(&wanted)
    }
    fn return_values(&mut self, values: Vec<Val>) {
        let types = self.results.types.clone();
        if self.results.in_variables {
            let deferring = self.defer.is_some();
            for (i, (t, value)) in types.iter().zip(&values).enumerate() {
                let storage = self.results.storage[i].clone();
                // Without defer only closures can still see the variable.
                if deferring || matches!(storage, Storage::Address(_)) {
                    let place = self.place_of(&storage);
                    self.assign(&place, *t, value);
                }
            }
            if let Some(defer) = &self.defer {
                return self.b.jump(defer.returns);
            }
        }
        self.emit_return(&values);
    }
    /// Returns with the results as their variables have them.
    pub fn leave(&mut self) {
        match &self.defer {
            Some(defer) => self.b.jump(defer.returns),
            None => self.return_variables(),
        }
    }
    pub fn return_variables(&mut self) {
        let types = self.results.types.clone();
        let storages = self.results.storage.clone();
        let mut values = Vec::new();
        for (t, storage) in types.iter().zip(&storages) {
            let place = self.place_of(storage);
            values.push(self.read_place(&place, *t));
        }
        self.emit_return(&values);
    }
    fn emit_return(&mut self, values: &[Val]) {
        let types = self.results.types.clone();
        let pointers = self.results.pointers.clone();
        let mut flat = Vec::new();
        for ((t, value), pointer) in types.iter().zip(values).zip(pointers) {
            match (pointer, value) {
                (Some(pointer), value) => self.store(*t, pointer, 0, value, true),
                (None, Val::Parts(parts)) => flat.extend(parts.iter().copied()),
                (None, Val::Mem(_)) => panic!("memory result without pointer"),
            }
        }
        self.b.terminate(Terminator::Return(flat));
    }
}
