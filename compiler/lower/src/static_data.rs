//! Read-only data that code refers to: string bytes, func objects, names; and a writer of data with relocations.

use std::collections::HashMap;

use rgo_mir::{Data, DataId, DataKind, FuncId, FuncKind, Reloc, RelocKind, RelocTarget};
use rgo_types::{TypeId, VarKind};

use crate::Lowerer;

/// Data made so far.
#[derive(Default, Debug)]
pub(crate) struct StaticData {
    strings: HashMap<Vec<u8>, DataId>,
    /// Read-only values by alignment, bytes and addresses in them.
    values: HashMap<ValueKey, DataId>,
    func_objects: HashMap<FuncId, DataId>,
    pub types: HashMap<TypeId, DataId>,
    /// Func objects of equality and hash functions.
    pub algs: HashMap<(crate::alg::Alg, TypeId), FuncId>,
    counter: u32,
}

type ValueKey = (u32, Vec<u8>, Vec<(u32, DataId, i64)>);

/// Bytes under construction.
#[derive(Default, Debug)]
pub(crate) struct DataWriter {
    pub bytes: Vec<u8>,
    pub relocs: Vec<Reloc>,
}

impl DataWriter {
    pub fn zeroed(size: usize) -> DataWriter {
        DataWriter { bytes: vec![0; size], relocs: Vec::new() }
    }
    /// Writes the low `size` bytes of `value` at `offset`, growing the data if needed.
    pub fn put(&mut self, offset: usize, size: usize, value: u64) {
        if self.bytes.len() < offset + size {
            self.bytes.resize(offset + size, 0);
        }
        self.bytes[offset..offset + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }
    /// A pointer-sized reference at `offset`.
    pub fn address(&mut self, offset: usize, target: RelocTarget, addend: i64, word: usize) {
        self.put(offset, word, 0);
        self.relocs.push(Reloc { offset: offset as u32, kind: RelocKind::Abs, target, addend });
    }
    /// A 32-bit offset from `runtime.types` or `runtime.text`.
    pub fn offset32(&mut self, offset: usize, kind: RelocKind, target: RelocTarget) {
        self.put(offset, 4, 0);
        self.relocs.push(Reloc { offset: offset as u32, kind, target, addend: 0 });
    }
}

impl Lowerer<'_, '_> {
    /// The bytes of a string constant; equal strings share them.
    pub(crate) fn string_data(&mut self, bytes: &[u8]) -> DataId {
        if let Some(&data) = self.statics.strings.get(bytes) {
            return data;
        }
        let name = format!("go:string.{}", self.statics.strings.len());
        let data = self.module.declare_data(&name);
        self.module.define_data(
            data,
            Data {
                name,
                kind: DataKind::RoData,
                align: 1,
                bytes: bytes.to_vec(),
                size: bytes.len() as u64,
                relocs: vec![],
                local: true,
            },
        );
        self.statics.strings.insert(bytes.to_vec(), data);
        data
    }

    /// Read-only memory with a value; equal values share it.
    pub(crate) fn read_only_value(&mut self, w: DataWriter, align: u32) -> DataId {
        let addresses = w.relocs.iter().filter_map(|reloc| match reloc.target {
            RelocTarget::Data(id) => Some((reloc.offset, id, reloc.addend)),
            RelocTarget::Func(_) => None,
        });
        let key = (align, w.bytes.clone(), addresses.collect());
        if let Some(&data) = self.statics.values.get(&key) {
            return data;
        }
        let name = format!("go:value.{}", self.statics.values.len());
        let data = self.module.declare_data(&name);
        self.define(data, name, DataKind::RoData, align, w, true);
        self.statics.values.insert(key, data);
        data
    }

    /// The func value of a function that needs no context: read-only memory that holds its address.
    pub(crate) fn func_object(&mut self, id: FuncId) -> DataId {
        if let Some(&data) = self.statics.func_objects.get(&id) {
            return data;
        }
        let func = &self.module.funcs[id];
        debug_assert!(func.kind != FuncKind::Runtime || !func.name.is_empty());
        let name = format!("{}·f", func.name);
        let word = self.target.word;
        let mut w = DataWriter::default();
        w.address(0, RelocTarget::Func(id), 0, word as usize);
        let data = self.module.declare_data(&name);
        self.define(data, name, DataKind::RoData, word, w, true);
        self.statics.func_objects.insert(id, data);
        data
    }

    /// A name that no other data has.
    pub(crate) fn fresh_name(&mut self, prefix: &str) -> String {
        self.statics.counter += 1;
        format!("{prefix}..{}", self.statics.counter)
    }
    /// Gives a data symbol what a writer holds.
    pub(crate) fn define(
        &mut self,
        id: DataId,
        name: String,
        kind: DataKind,
        align: u32,
        w: DataWriter,
        local: bool,
    ) {
        let size = w.bytes.len() as u64;
        self.module
            .define_data(id, Data { name, kind, align, bytes: w.bytes, size, relocs: w.relocs, local });
    }

    // ---- composite types that lowering makes up ----

    /// The struct type with fields of these types.
    pub(crate) fn struct_of(&mut self, types: &[TypeId]) -> TypeId {
        let fields = types.iter().map(|&t| self.prog.unnamed_var(VarKind::Field, t)).collect();
        let t = self.prog.new_struct(fields, Vec::new().into());
        self.canon(t)
    }
    /// `[len]elem`
    pub(crate) fn array_of(&mut self, elem: TypeId, len: u64) -> TypeId {
        let t = self.prog.new_array(elem, len as i64);
        self.canon(t)
    }
    /// Offset of field `index` of struct type `t`.
    pub(crate) fn field_offset(&mut self, t: TypeId, index: usize) -> u64 {
        match &*self.shape(t) {
            crate::shape::Shape::Struct(fields) => fields[index].offset,
            _ => panic!("no struct"),
        }
    }
    /// `any`
    pub(crate) fn any_type(&mut self) -> TypeId {
        let any = self.prog.universe.empty_interface;
        self.canon(any)
    }
}
