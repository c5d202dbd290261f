//! Type descriptors and itabs in gc's layout (`internal/abi`), written when everything reachable is known.

use std::mem::{offset_of, size_of};

use rgo_abi::types as abi;
use rgo_mir::{DataId, DataKind, RelocKind, RelocTarget};
use rgo_source::Name;
use rgo_types::{BasicKind, ChanDir, TypeId, TypeKind};

use crate::Lowerer;
use crate::reach::MethodEntry;
use crate::shape::{Field, Shape};
use crate::static_data::DataWriter;

/// 32-bit FNV-1, the hash by which `reflect` combines types too.
fn fnv1(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

impl Lowerer<'_, '_> {
    pub(crate) fn finish_types(&mut self) {
        let mut next = 0;
        // Writing a descriptor can name types that have none yet (the type of a method, a group of a map).
        while let Some(&t) = self.reach.order.get(next) {
            next += 1;
            let visible = self.reach.types[&t];
            let w = if visible { self.full_descriptor(t) } else { self.alloc_descriptor(t) };
            let data = self.statics.types[&t];
            let name = format!("type:{}", self.prog.link_string(t));
            let word = self.target.word;
            self.define(data, name, DataKind::TypeData, word, w, false);
        }
        self.write_itabs();
        self.typelinks();
    }

    /// A descriptor that only the allocator and the collector read.
    fn alloc_descriptor(&mut self, t: TypeId) -> DataWriter {
        let mut w = DataWriter::zeroed(size_of::<abi::Type>());
        self.write_head(&mut w, t);
        w
    }
    fn write_head(&mut self, w: &mut DataWriter, t: TypeId) {
        let layout = self.layout(t);
        let word = self.target.word as usize;
        let hash = fnv1(&self.prog.link_string(t));
        let mut tflag = 0;
        if self.is_plain_memory(t) {
            tflag |= abi::TFLAG_REGULAR_MEMORY;
        }
        if self.is_direct(t) {
            tflag |= abi::TFLAG_DIRECT_IFACE;
        }
        if self.is_named(t) {
            tflag |= abi::TFLAG_NAMED;
        }
        let kind = self.kind_number(t);
        w.put(offset_of!(abi::Type, size), word, layout.size);
        w.put(offset_of!(abi::Type, ptr_bytes), word, layout.ptr_bytes);
        w.put(offset_of!(abi::Type, hash), 4, u64::from(hash));
        w.put(offset_of!(abi::Type, tflag), 1, u64::from(tflag));
        w.put(offset_of!(abi::Type, align), 1, u64::from(layout.align));
        w.put(offset_of!(abi::Type, field_align), 1, u64::from(layout.align));
        w.put(offset_of!(abi::Type, kind), 1, u64::from(kind));
        if layout.ptr_bytes != 0 {
            let (mask, on_demand) = self.gc_data(t);
            if on_demand {
                tflag |= abi::TFLAG_GC_MASK_ON_DEMAND;
                w.put(offset_of!(abi::Type, tflag), 1, u64::from(tflag));
            }
            w.address(offset_of!(abi::Type, gc_data), RelocTarget::Data(mask), 0, word);
        }
    }
    fn kind_number(&mut self, t: TypeId) -> u8 {
        use abi::kind as k;
        match &*self.shape(t) {
            Shape::Bool => k::BOOL,
            Shape::Int { .. } => match self.prog.under_kind(t) {
                TypeKind::Basic(kind) => match kind.normal() {
                    BasicKind::Int => k::INT,
                    BasicKind::Int8 => k::INT8,
                    BasicKind::Int16 => k::INT16,
                    BasicKind::Int32 => k::INT32,
                    BasicKind::Int64 => k::INT64,
                    BasicKind::Uint => k::UINT,
                    BasicKind::Uint8 => k::UINT8,
                    BasicKind::Uint16 => k::UINT16,
                    BasicKind::Uint32 => k::UINT32,
                    BasicKind::Uint64 => k::UINT64,
                    BasicKind::Uintptr => k::UINTPTR,
                    _ => k::INT,
                },
                _ => k::INT,
            },
            Shape::Float(32) => k::FLOAT32,
            Shape::Float(_) => k::FLOAT64,
            Shape::Complex(64) => k::COMPLEX64,
            Shape::Complex(_) => k::COMPLEX128,
            Shape::String => k::STRING,
            Shape::UnsafePointer | Shape::Nil => k::UNSAFE_POINTER,
            Shape::Pointer(_) => k::POINTER,
            Shape::Slice(_) => k::SLICE,
            Shape::Array { .. } => k::ARRAY,
            Shape::Map { .. } => k::MAP,
            Shape::Chan { .. } => k::CHAN,
            Shape::Func(_) => k::FUNC,
            Shape::Struct(_) | Shape::Tuple(_) => k::STRUCT,
            Shape::Interface(_) => k::INTERFACE,
        }
    }

    /// The pointer bitmap of a type, or for large types a word in which the runtime keeps one. To make it the runtime needs the
    /// whole descriptor, with elements and fields.
    fn gc_data(&mut self, t: TypeId) -> (DataId, bool) {
        let word = u64::from(self.target.word);
        let words = self.layout(t).ptr_bytes / word;
        let large = words as usize > abi::MAX_STATIC_MASK_WORDS;
        if large && self.reach.types[&t] {
            let name = self.fresh_name("runtime.gcmask");
            let data = self.module.declare_data(&name);
            let w = DataWriter::zeroed(word as usize);
            self.define(data, name, DataKind::NoPtrData, word as u32, w, true);
            return (data, true);
        }
        let mut mask = vec![0u8; (words as usize).div_ceil(8).next_multiple_of(8)];
        self.mark_pointers(t, 0, &mut mask);
        let name = if large {
            self.fresh_name("runtime.gcbits.large")
        } else {
            let text: String = mask.iter().map(|b| format!("{b:02x}")).collect();
            format!("runtime.gcbits.{text}")
        };
        if let Some(data) = self.module.data_named(&name) {
            return (data, false);
        }
        let data = self.module.declare_data(&name);
        self.define(data, name, DataKind::RoData, 8, DataWriter { bytes: mask, relocs: vec![] }, true);
        (data, false)
    }
    fn mark_pointers(&mut self, t: TypeId, offset: u64, mask: &mut [u8]) {
        let layout = self.layout(t);
        if !layout.has_pointers() {
            return;
        }
        let word = u64::from(self.target.word);
        let mut set = |offset: u64| {
            let index = (offset / word) as usize;
            mask[index / 8] |= 1 << (index % 8);
        };
        match &*self.shape(t) {
            Shape::Struct(fields) => {
                for field in fields.iter() {
                    self.mark_pointers(field.ty, offset + field.offset, mask);
                }
            }
            Shape::Array { elem, len } => {
                let size = self.layout(*elem).size;
                for i in 0..*len {
                    self.mark_pointers(*elem, offset + i * size, mask);
                }
            }
            Shape::Interface(_) => {
                set(offset);
                set(offset + word);
            }
            _ => set(offset),
        }
    }

    fn full_descriptor(&mut self, t: TypeId) -> DataWriter {
        let shape = self.shape(t);
        let word = self.target.word as usize;
        let head = match &*shape {
            Shape::Array { .. } => size_of::<abi::ArrayType>(),
            Shape::Slice(_) | Shape::Pointer(_) => size_of::<abi::ElemType>(),
            Shape::Chan { .. } => size_of::<abi::ChanType>(),
            Shape::Func(_) => size_of::<abi::FuncType>(),
            Shape::Interface(_) => size_of::<abi::InterfaceType>(),
            Shape::Struct(_) => size_of::<abi::StructType>(),
            Shape::Map { .. } => size_of::<abi::MapType>(),
            _ => size_of::<abi::Type>(),
        };
        let mut w = DataWriter::zeroed(head);
        self.write_head(&mut w, t);
        let string = self.prog.reflect_string(t);
        // A pointer type without a name has the flag of what it points to.
        let named = match (&*shape, self.type_name(t)) {
            (Shape::Pointer(elem), None) => self.type_name(*elem),
            (_, name) => name,
        };
        let exported = named.is_some_and(Name::is_exported);
        let name = self.name_data(&string, exported, &[], false, None);
        w.offset32(offset_of!(abi::Type, str_off), RelocKind::TypeOff, RelocTarget::Data(name));
        if let Some(equal) = self.equal_object(t) {
            w.address(offset_of!(abi::Type, equal), RelocTarget::Data(equal), 0, word);
        }
        let pointer = self.pointer_to(t);
        if let Some(&data) = self.statics.types.get(&pointer) {
            w.offset32(offset_of!(abi::Type, ptr_to_this), RelocKind::TypeOff, RelocTarget::Data(data));
        }
        let methods = self.reach.methods.get(&t).cloned().unwrap_or_default();
        let named = self.prog.as_named(t).is_some();
        let has_uncommon = named || t == TypeId::UNSAFE_POINTER || !methods.is_empty();
        if has_uncommon {
            w.bytes[offset_of!(abi::Type, tflag)] |= abi::TFLAG_UNCOMMON;
        }
        let uncommon = head;
        let mut end = if has_uncommon { head + size_of::<abi::UncommonType>() } else { head };
        match &*shape {
            Shape::Array { elem, len } => {
                self.type_ref(&mut w, offset_of!(abi::ArrayType, elem), *elem);
                let slice = self.slice_of(*elem);
                self.type_ref(&mut w, offset_of!(abi::ArrayType, slice), slice);
                w.put(offset_of!(abi::ArrayType, len), word, *len);
            }
            Shape::Slice(elem) | Shape::Pointer(elem) => {
                self.type_ref(&mut w, offset_of!(abi::ElemType, elem), *elem);
            }
            Shape::Chan { elem, dir } => {
                self.type_ref(&mut w, offset_of!(abi::ChanType, elem), *elem);
                let dir = match dir {
                    ChanDir::Recv => 1,
                    ChanDir::Send => 2,
                    ChanDir::Both => 3,
                };
                w.put(offset_of!(abi::ChanType, dir), word, dir);
            }
            Shape::Func(func) => {
                w.put(offset_of!(abi::FuncType, in_count), 2, func.params.len() as u64);
                let variadic = u64::from(func.variadic) << 15;
                w.put(offset_of!(abi::FuncType, out_count), 2, func.results.len() as u64 | variadic);
                for &t in func.params.iter().chain(&func.results) {
                    self.type_ref(&mut w, end, t);
                    end += word;
                }
            }
            Shape::Map { key, elem } => self.map_descriptor(&mut w, *key, *elem),
            Shape::Struct(fields) => end = self.struct_descriptor(&mut w, t, fields, end),
            Shape::Interface(methods) => {
                if let Some(pkg) = methods.iter().find_map(|m| m.pkg).or_else(|| self.declaring_package(t)) {
                    let name = self.name_data(pkg.as_str(), false, &[], false, None);
                    w.address(offset_of!(abi::InterfaceType, pkg_path), RelocTarget::Data(name), 0, word);
                }
                let at = offset_of!(abi::InterfaceType, methods);
                self.slice_to(&mut w, at, self.statics.types[&t], end, methods.len());
                for method in methods.iter() {
                    let name = self.name_data(
                        method.name.as_str(),
                        method.name.is_exported(),
                        &[],
                        false,
                        method.pkg,
                    );
                    w.offset32(end, RelocKind::TypeOff, RelocTarget::Data(name));
                    let sig = self.type_desc(method.sig);
                    w.offset32(end + 4, RelocKind::TypeOff, RelocTarget::Data(sig));
                    end += size_of::<abi::Imethod>();
                }
            }
            _ => {}
        }
        if has_uncommon {
            self.uncommon(&mut w, t, uncommon, end, &methods);
        }
        w
    }
    /// The name of a defined or predeclared type.
    fn type_name(&self, t: TypeId) -> Option<Name> {
        match self.prog.kind(t) {
            TypeKind::Named(id) => Some(self.prog.obj(self.prog.named(id).obj).name),
            _ => None,
        }
    }
    fn declaring_package(&mut self, t: TypeId) -> Option<Name> {
        let named = self.prog.as_named(t)?;
        let pkg = self.prog.obj(self.prog.named(named).obj).pkg?;
        Some(self.prog.package_path(pkg))
    }
    fn type_ref(&mut self, w: &mut DataWriter, offset: usize, t: TypeId) {
        let data = self.type_desc(t);
        w.address(offset, RelocTarget::Data(data), 0, self.target.word as usize);
    }
    /// A slice header at `at` for `len` elements that start at `start` of the same object.
    fn slice_to(&self, w: &mut DataWriter, at: usize, own: DataId, start: usize, len: usize) {
        let word = self.target.word as usize;
        if len != 0 {
            w.address(at, RelocTarget::Data(own), start as i64, word);
        }
        w.put(at + word, word, len as u64);
        w.put(at + 2 * word, word, len as u64);
    }
    fn struct_descriptor(
        &mut self,
        w: &mut DataWriter,
        t: TypeId,
        fields: &[Field],
        mut end: usize,
    ) -> usize {
        let word = self.target.word as usize;
        if let Some(pkg) = fields.iter().find_map(|f| f.pkg) {
            let name = self.name_data(pkg.as_str(), false, &[], false, None);
            w.address(offset_of!(abi::StructType, pkg_path), RelocTarget::Data(name), 0, word);
        }
        let own = self.statics.types[&t];
        self.slice_to(w, offset_of!(abi::StructType, fields), own, end, fields.len());
        for field in fields {
            let name = self.name_data(
                field.name.as_str(),
                field.name.is_exported(),
                &field.tag,
                field.embedded,
                None,
            );
            w.address(end + offset_of!(abi::StructField, name), RelocTarget::Data(name), 0, word);
            self.type_ref(w, end + offset_of!(abi::StructField, typ), field.ty);
            w.put(end + offset_of!(abi::StructField, offset), word, field.offset);
            end += size_of::<abi::StructField>();
        }
        end
    }
    /// The types of one slot and of one group of a map.
    fn map_group(&mut self, key: TypeId, elem: TypeId) -> (TypeId, TypeId) {
        let [key, elem] = [key, elem].map(|t| if self.layout(t).size > 128 { self.pointer_to(t) } else { t });
        let slot = self.struct_of(&[key, elem]);
        let slots = self.array_of(slot, 8);
        (slot, self.struct_of(&[TypeId::basic(BasicKind::Uint64), slots]))
    }
    /// Bytes of one group of a map.
    pub(crate) fn map_group_size(&mut self, key: TypeId, elem: TypeId) -> u64 {
        let (_, group) = self.map_group(key, elem);
        self.layout(group).size
    }
    fn map_descriptor(&mut self, w: &mut DataWriter, key: TypeId, elem: TypeId) {
        let word = self.target.word as usize;
        let (key_layout, elem_layout) = (self.layout(key), self.layout(elem));
        let mut flags = 0;
        if self.needs_key_update(key) {
            flags |= abi::MAP_NEED_KEY_UPDATE;
        }
        if self.hash_might_panic(key) {
            flags |= abi::MAP_HASH_MIGHT_PANIC;
        }
        if key_layout.size > 128 {
            flags |= abi::MAP_INDIRECT_KEY;
        }
        if elem_layout.size > 128 {
            flags |= abi::MAP_INDIRECT_ELEM;
        }
        let (slot, group) = self.map_group(key, elem);
        let elem_off = self.field_offset(slot, 1);
        let stride = self.layout(slot).size;
        self.type_ref(w, offset_of!(abi::MapType, key), key);
        self.type_ref(w, offset_of!(abi::MapType, elem), elem);
        let group_desc = self.type_desc_for_alloc(group);
        w.address(offset_of!(abi::MapType, group), RelocTarget::Data(group_desc), 0, word);
        let hasher = self.hash_object(key);
        w.address(offset_of!(abi::MapType, hasher), RelocTarget::Data(hasher), 0, word);
        w.put(offset_of!(abi::MapType, group_size), word, self.layout(group).size);
        w.put(offset_of!(abi::MapType, keys_off), word, 8);
        w.put(offset_of!(abi::MapType, key_stride), word, stride);
        w.put(offset_of!(abi::MapType, elems_off), word, 8 + elem_off);
        w.put(offset_of!(abi::MapType, elem_stride), word, stride);
        w.put(offset_of!(abi::MapType, elem_off), word, elem_off);
        w.put(offset_of!(abi::MapType, flags), 4, u64::from(flags));
    }

    fn uncommon(&mut self, w: &mut DataWriter, t: TypeId, at: usize, end: usize, methods: &[MethodEntry]) {
        let pkg = match self.declaring_package(t) {
            Some(pkg) => Some(pkg),
            None if t == TypeId::UNSAFE_POINTER => Some(rgo_source::Name::new("unsafe")),
            None => {
                let base = self.pointee(t);
                base.and_then(|base| self.declaring_package(base))
            }
        };
        if let Some(pkg) = pkg {
            let name = self.name_data(pkg.as_str(), false, &[], false, None);
            w.offset32(
                at + offset_of!(abi::UncommonType, pkg_path),
                RelocKind::TypeOff,
                RelocTarget::Data(name),
            );
        }
        let exported = methods.iter().filter(|m| m.name.is_exported()).count();
        w.put(at + offset_of!(abi::UncommonType, mcount), 2, methods.len() as u64);
        w.put(at + offset_of!(abi::UncommonType, xcount), 2, exported as u64);
        w.put(at + offset_of!(abi::UncommonType, moff), 4, (end - at) as u64);
        w.put(at + offset_of!(abi::UncommonType, unused), 4, 0);
        let mut at = end;
        for method in methods {
            // Only names from another package than the type's carry their package.
            let foreign = method.pkg.filter(|p| Some(*p) != pkg);
            let name = self.name_data(method.name.as_str(), method.name.is_exported(), &[], false, foreign);
            w.offset32(at + offset_of!(abi::Method, name), RelocKind::TypeOff, RelocTarget::Data(name));
            match method.code {
                Some((word, value)) => {
                    let sig = self.type_desc(method.sig);
                    w.offset32(
                        at + offset_of!(abi::Method, mtyp),
                        RelocKind::TypeOff,
                        RelocTarget::Data(sig),
                    );
                    w.offset32(
                        at + offset_of!(abi::Method, ifn),
                        RelocKind::TextOff,
                        RelocTarget::Func(word),
                    );
                    w.offset32(
                        at + offset_of!(abi::Method, tfn),
                        RelocKind::TextOff,
                        RelocTarget::Func(value),
                    );
                }
                None => {
                    w.put(at + offset_of!(abi::Method, mtyp), 4, 0);
                    w.put(at + offset_of!(abi::Method, ifn), 4, u64::from(u32::MAX));
                    w.put(at + offset_of!(abi::Method, tfn), 4, u64::from(u32::MAX));
                }
            }
            at += size_of::<abi::Method>();
        }
    }

    /// A name record: flags, length, bytes, tag, package path.
    fn name_data(
        &mut self,
        text: &str,
        exported: bool,
        tag: &[u8],
        embedded: bool,
        pkg: Option<Name>,
    ) -> DataId {
        let flags = u8::from(exported)
            | u8::from(!tag.is_empty()) << 1
            | u8::from(pkg.is_some()) << 2
            | u8::from(embedded) << 3;
        let symbol = format!(
            "type:.namedata.{text}.{flags}.{}.{}",
            String::from_utf8_lossy(tag),
            pkg.map_or("", Name::as_str)
        );
        if let Some(data) = self.module.data_named(&symbol) {
            return data;
        }
        let data = self.module.declare_data(&symbol);
        let mut w = DataWriter::default();
        w.bytes.push(flags);
        write_varint(&mut w.bytes, text.len());
        w.bytes.extend_from_slice(text.as_bytes());
        if !tag.is_empty() {
            write_varint(&mut w.bytes, tag.len());
            w.bytes.extend_from_slice(tag);
        }
        if let Some(pkg) = pkg {
            let path = self.name_data(pkg.as_str(), false, &[], false, None);
            let at = w.bytes.len();
            w.offset32(at, RelocKind::TypeOff, RelocTarget::Data(path));
        }
        self.define(data, symbol, DataKind::TypeData, 1, w, true);
        data
    }

    fn write_itabs(&mut self) {
        let word = self.target.word as usize;
        let unreachable = self.func_by_symbol("runtime.unreachableMethod");
        for (inter, t) in self.reach.itab_order.clone() {
            let mut w = DataWriter::default();
            let (inter_desc, desc) = (self.statics.types[&inter], self.statics.types[&t]);
            w.address(offset_of!(abi::Itab, inter), RelocTarget::Data(inter_desc), 0, word);
            w.address(offset_of!(abi::Itab, typ), RelocTarget::Data(desc), 0, word);
            let hash = fnv1(&self.prog.link_string(t));
            w.put(offset_of!(abi::Itab, hash), 4, u64::from(hash));
            let shape = self.shape(inter);
            let Shape::Interface(methods) = &*shape else { panic!("itab of no interface") };
            let mut at = offset_of!(abi::Itab, fun);
            let own = self.reach.methods.get(&t).cloned().unwrap_or_default();
            for method in methods.iter() {
                let found = own.iter().find(|m| m.name == method.name && m.pkg == method.pkg);
                let code = found.and_then(|m| m.code).map_or(unreachable, |(word, _)| word);
                w.address(at, RelocTarget::Func(code), 0, word);
                at += word;
            }
            let data = self.reach.itabs[&(inter, t)];
            let name = format!("go:itab.{},{}", self.prog.link_string(t), self.prog.link_string(inter));
            self.define(data, name, DataKind::TypeData, word as u32, w, false);
            self.module.itabs.push(data);
        }
    }
    /// The unnamed composite types that `reflect` must find instead of making its own.
    fn typelinks(&mut self) {
        let mut links = Vec::new();
        for t in self.reach.order.clone() {
            let composite = matches!(
                &*self.shape(t),
                Shape::Pointer(_)
                    | Shape::Array { .. }
                    | Shape::Chan { .. }
                    | Shape::Func(_)
                    | Shape::Map { .. }
                    | Shape::Slice(_)
                    | Shape::Struct(_)
            );
            if self.reach.types[&t] && composite && !self.is_named(t) {
                links.push((self.prog.reflect_string(t), self.prog.link_string(t), self.statics.types[&t]));
            }
        }
        links.sort();
        self.module.typelinks = links.into_iter().map(|(_, _, data)| data).collect();
    }
}

fn write_varint(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
