//! A program: its functions by symbol and its static data.

use std::collections::HashMap;

use crate::entity::{PrimaryMap, entity};
use crate::func::{Func, Signature};

entity!(/// A function symbol.
    FuncId, "f");
entity!(/// A data symbol.
    DataId, "d");

/// What stands behind a function symbol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FuncKind {
    /// Compiled by rgo, Go convention.
    Go,
    /// An entry of `rgo_abi::entries`, C convention.
    Runtime,
    /// Any other symbol of the rt archive whose address is taken, never called directly (`rt.lessstack` ...).
    Extern,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FuncDecl {
    pub name: String,
    pub sig: Signature,
    pub kind: FuncKind,
    /// Has no body here, and keeps none of the pointers that it is given.
    pub keeps_nothing: bool,
    /// Bit i: neither writes what its parameter i points to nor keeps or returns the pointer. Known after escape analysis.
    pub unwritten: u64,
}

/// Which section a data object belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DataKind {
    /// Read-only bytes (string constants, tables).
    RoData,
    /// Read-only type descriptors, names, itabs, method tables: between `runtime.types` and `runtime.etypes`.
    TypeData,
    /// Writable, holds pointers: a GC root.
    Data,
    /// Writable, no pointers.
    NoPtrData,
    /// Zeroed, holds pointers.
    Bss,
    /// Zeroed, no pointers.
    NoPtrBss,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelocTarget {
    Func(FuncId),
    Data(DataId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelocKind {
    /// A word: address + addend.
    Abs,
    /// 32 bits: offset from `runtime.types` (NameOff, TypeOff).
    TypeOff,
    /// 32 bits: offset from `runtime.text` (TextOff).
    TextOff,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reloc {
    pub offset: u32,
    pub kind: RelocKind,
    pub target: RelocTarget,
    pub addend: i64,
}

/// A reference by `//go:linkname` from a package that is not the standard library's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pull {
    /// The package that refers.
    pub package: String,
    pub symbol: String,
    /// Nothing has that name: position of the declaration.
    pub missing_at: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Data {
    /// Symbol name; unique.
    pub name: String,
    pub kind: DataKind,
    pub align: u32,
    /// Contents; for Bss kinds empty, with `size` bytes of zeros.
    pub bytes: Vec<u8>,
    pub size: u64,
    pub relocs: Vec<Reloc>,
    /// Show in the symbol table (globals, types), or keep it anonymous (string bytes, floats).
    pub local: bool,
}

/// All symbols of a program. `FuncId`s and `DataId`s are handed out before bodies or contents exist, so that references can be made at once.
#[derive(Default, Debug)]
pub struct Module {
    pub funcs: PrimaryMap<FuncId, FuncDecl>,
    /// `None`: declared, contents to follow.
    pub data: PrimaryMap<DataId, Option<Data>>,
    /// Bodies of `FuncKind::Go` functions that were reached, in a deterministic order.
    pub bodies: Vec<Func>,
    /// Descriptors for `runtime.typelinks`, sorted by type string.
    pub typelinks: Vec<DataId>,
    /// Static itabs, for the runtime's itab table.
    pub itabs: Vec<DataId>,
    /// References by `//go:linkname`.
    pub pulls: Vec<Pull>,
    func_names: HashMap<String, FuncId>,
    data_names: HashMap<String, DataId>,
}

impl Module {
    /// The function named `name`, declared with `sig` and `kind` if it is new.
    pub fn declare_func(&mut self, name: &str, kind: FuncKind, sig: Signature) -> FuncId {
        if let Some(&id) = self.func_names.get(name) {
            return id;
        }
        let id = self.funcs.push(FuncDecl {
            name: name.to_owned(),
            sig,
            kind,
            keeps_nothing: false,
            unwritten: 0,
        });
        self.func_names.insert(name.to_owned(), id);
        id
    }
    pub fn func_named(&self, name: &str) -> Option<FuncId> {
        self.func_names.get(name).copied()
    }
    /// The data object named `name`, declared if it is new.
    pub fn declare_data(&mut self, name: &str) -> DataId {
        if let Some(&id) = self.data_names.get(name) {
            return id;
        }
        let id = self.data.push(None);
        self.data_names.insert(name.to_owned(), id);
        id
    }
    /// The name of a data object, whether defined yet or not. Linear for objects that are only declared.
    pub fn data_name(&self, id: DataId) -> Option<&str> {
        match self.data.get(id)? {
            Some(data) => Some(&data.name),
            None => self.data_names.iter().find(|&(_, &other)| other == id).map(|(name, _)| name.as_str()),
        }
    }
    pub fn data_named(&self, name: &str) -> Option<DataId> {
        self.data_names.get(name).copied()
    }
    /// Gives a declared object its contents.
    pub fn define_data(&mut self, id: DataId, data: Data) {
        debug_assert!(self.data[id].is_none(), "{} defined twice", data.name);
        self.data[id] = Some(data);
    }
}
