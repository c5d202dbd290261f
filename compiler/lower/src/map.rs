//! Maps: the std's own implementation, called as gc calls it (`internal/runtime/maps`).

use rgo_mir::{IntCc, MemFlags, Type, Value};
use rgo_syntax::ast::Expr;
use rgo_types::TypeId;

use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;

/// Which specialised functions serve a map type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MapKind {
    /// Key by address.
    Slow,
    Fast32,
    /// A 4-byte pointer key (32-bit targets); stored through the pointer variant.
    Fast64,
    Fast64Ptr,
    FastStr,
}

/// Whether gc's `order` copies a key before the operands that follow are evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyCopy {
    Never,
    /// The key has this type; variables are read when the map is.
    UnlessAddressable(TypeId),
    Always,
}

/// Elements above this size do not fit `runtime.zeroVal`.
const ZERO_VAL_SIZE: u64 = 1024;

impl<'s> FuncLower<'_, '_, 's, '_> {
    fn map_types(&mut self, map_type: TypeId) -> (TypeId, TypeId) {
        match *self.shape(map_type) {
            Shape::Map { key, elem } => (key, elem),
            _ => panic!("no map type"),
        }
    }
    fn map_kind(&mut self, map_type: TypeId) -> MapKind {
        let (key, elem) = self.map_types(map_type);
        if self.layout(elem).size > 128 {
            return MapKind::Slow;
        }
        let layout = self.layout(key);
        match &*self.shape(key) {
            Shape::String => MapKind::FastStr,
            _ if !self.l.is_plain_memory(key) => MapKind::Slow,
            // Several fields, or an array, are taken together as one number.
            _ => match layout.size {
                4 => MapKind::Fast32,
                8 if !layout.is_memory() && layout.parts().iter().any(|p| p.ty == Type::Ptr) => {
                    MapKind::Fast64Ptr
                }
                8 => MapKind::Fast64,
                _ => MapKind::Slow,
            },
        }
    }
    pub fn key_copy(&mut self, map_type: TypeId) -> KeyCopy {
        let (key, _) = self.map_types(map_type);
        match self.map_kind(map_type) {
            MapKind::Slow => KeyCopy::UnlessAddressable(key),
            MapKind::Fast32 | MapKind::Fast64
                if matches!(&*self.shape(key), Shape::Struct(_) | Shape::Array { .. }) =>
            {
                KeyCopy::Always
            }
            MapKind::Fast32 | MapKind::Fast64 | MapKind::Fast64Ptr | MapKind::FastStr => KeyCopy::Never,
        }
    }
    /// Suffix and argument words of a key for `mapaccess` and `mapdelete`; assignment of pointer keys differs.
    fn map_key(&mut self, map_type: TypeId, key: &Val, assign: bool) -> (&'static str, Vec<Value>) {
        let (key_type, _) = self.map_types(map_type);
        match self.map_kind(map_type) {
            MapKind::Slow => ("", vec![self.spill(key_type, key)]),
            MapKind::Fast32 => ("_fast32", vec![self.key_word(key_type, key, Type::I32)]),
            MapKind::Fast64 => ("_fast64", vec![self.key_word(key_type, key, Type::I64)]),
            MapKind::Fast64Ptr if assign => ("_fast64ptr", vec![key.single()]),
            MapKind::Fast64Ptr => {
                let word = self.conv(rgo_mir::ConvOp::Bitcast, Type::I64, key.single());
                ("_fast64", vec![word])
            }
            MapKind::FastStr => ("_faststr", key.parts().to_vec()),
        }
    }
    /// A key of plain memory as a number.
    fn key_word(&mut self, key_type: TypeId, key: &Val, word: Type) -> Value {
        if let Val::Parts(parts) = key
            && let &[only] = &parts[..]
            && self.b.func.ty(only) == word
        {
            return only;
        }
        let addr = self.spill(key_type, key);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        self.load_scalar(word, addr, 0, flags)
    }
    /// Address of the element for `key`, or of a zero value.
    fn map_access(&mut self, map_type: TypeId, map: Value, key: &Val) -> (Value, Option<Value>) {
        let (_, elem) = self.map_types(map_type);
        let desc = self.type_word(map_type);
        if self.layout(elem).size > ZERO_VAL_SIZE {
            let (suffix, key) = self.map_key(map_type, key, false);
            let args = [&[desc, map], &key[..]].concat();
            let found = self.call_runtime(&format!("mapaccess2{suffix}"), &args, &[Type::Ptr, Type::I8]);
            return (found[0], Some(found[1]));
        }
        let (suffix, key) = self.map_key(map_type, key, false);
        let args = [&[desc, map], &key[..]].concat();
        (self.call_runtime(&format!("mapaccess1{suffix}"), &args, &[Type::Ptr])[0], None)
    }
    /// `map[key]`; a memory value is the element itself, not a copy.
    pub fn map_read(&mut self, map_type: TypeId, map: Value, key: &Val) -> Val {
        let (_, elem) = self.map_types(map_type);
        let (addr, ok) = self.map_access(map_type, map, key);
        let Some(ok) = ok else { return self.load(elem, addr, 0, true) };
        let room = self.zero(elem);
        let Val::Mem(room) = room else { return self.load(elem, addr, 0, true) };
        self.when(ok, |this| {
            let value = this.load(elem, addr, 0, true);
            this.store(elem, room, 0, &value, true);
        });
        Val::Mem(room)
    }
    /// `v, ok := x[key]`
    pub fn map_lookup_ok(&mut self, x: &'s Expr, key: &'s Expr) -> (Val, Value) {
        let t = self.type_of(x);
        let (key_type, elem) = self.map_types(t);
        self.order(&[x, key]);
        let map = self.expr1(x);
        let key = self.borrowed_key(key, key_type);
        let desc = self.type_word(t);
        let (suffix, key) = self.map_key(t, &key, false);
        let args = [&[desc, map], &key[..]].concat();
        let found = self.call_runtime(&format!("mapaccess2{suffix}"), &args, &[Type::Ptr, Type::I8]);
        let (addr, ok) = (found[0], found[1]);
        let layout = self.layout(elem);
        if layout.size > ZERO_VAL_SIZE
            && let Val::Mem(room) = self.zero(elem)
        {
            self.when(ok, |this| {
                let value = this.load(elem, addr, 0, true);
                this.store(elem, room, 0, &value, true);
            });
            return (Val::Mem(room), ok);
        }
        let value = self.load(elem, addr, 0, true);
        (self.stable(elem, value), ok)
    }
    /// `map[key] = value`
    pub fn map_write(&mut self, map_type: TypeId, map: Value, key: &Val, value: &Val) {
        let (_, elem) = self.map_types(map_type);
        let addr = self.map_slot(map_type, map, key);
        self.store(elem, addr, 0, value, true);
    }
    /// Address of the element for `key`, made if it is not there.
    pub fn map_slot(&mut self, map_type: TypeId, map: Value, key: &Val) -> Value {
        let desc = self.type_word(map_type);
        let (suffix, key) = self.map_key(map_type, key, true);
        let args = [&[desc, map], &key[..]].concat();
        self.call_runtime(&format!("mapassign{suffix}"), &args, &[Type::Ptr])[0]
    }
    pub fn map_delete(&mut self, map_type: TypeId, map: Value, key: &Val) {
        let desc = self.type_word(map_type);
        let (suffix, key) = self.map_key(map_type, key, false);
        let args = [&[desc, map], &key[..]].concat();
        self.call_runtime(&format!("mapdelete{suffix}"), &args, &[]);
    }
    /// A new map with room for `hint` elements.
    pub fn make_map(&mut self, map_type: TypeId, hint: i64) -> Value {
        if (0..=8).contains(&hint) {
            let (key, elem) = self.map_types(map_type);
            let (nil, group) = (self.nil(), self.l.map_group_size(key, elem));
            let group = self.int(group as i64);
            return self.call_runtime("makemapBuf", &[nil, group], &[Type::Ptr])[0];
        }
        let hint = self.int(hint);
        self.make_map_dynamic(map_type, hint)
    }
    pub fn make_map_dynamic(&mut self, map_type: TypeId, hint: Value) -> Value {
        let desc = self.type_word(map_type);
        let nil = self.nil();
        self.call_runtime("makemap", &[desc, hint, nil], &[Type::Ptr])[0]
    }
    /// `len(map)`: the first word, 0 for nil.
    pub fn map_len(&mut self, map: Value) -> Value {
        let nil = self.nil();
        let present = self.icmp(IntCc::Ne, map, nil);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        self.choose(present, Type::I64, |this| this.load_scalar(Type::I64, map, 0, flags), |this| this.int(0))
    }
}
