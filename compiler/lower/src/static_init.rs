//! Initialisers that are data: constants, addresses, and composites of these.

use rgo_mir::{DataId, DataKind, RelocTarget};
use rgo_syntax::ast::{Expr, ExprKind, UnaryOp};
use rgo_types::{BuiltinId, ConstValue, FileIdx, ObjId, ObjKind, OperandMode, TypeId};

use crate::Lowerer;
use crate::shape::Shape;
use crate::static_data::DataWriter;

/// Whether evaluating an expression can be observed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purity {
    Pure,
    Effects,
}

impl<'s> Lowerer<'_, 's> {
    fn static_type(&mut self, file: FileIdx, e: &Expr) -> TypeId {
        let t = self.recorded(file, e).ty;
        self.canon(t)
    }
    fn is_type_expr(&self, file: FileIdx, e: &Expr) -> bool {
        self.prog.info(file).type_and_value(e.id).is_some_and(|r| r.mode == OperandMode::TypeExpr)
    }

    /// Whether the initialiser may be dropped when its variable is not used: it neither calls unknown code nor can panic.
    pub(crate) fn purity(&mut self, file: FileIdx, e: &'s Expr) -> Purity {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.purity_inner(file, e))
    }
    fn purity_inner(&mut self, file: FileIdx, e: &'s Expr) -> Purity {
        if self.prog.info(file).type_and_value(e.id).is_some_and(|r| r.value.is_some()) {
            return Purity::Pure;
        }
        let all = |l: &mut Self, list: Vec<&'s Expr>| {
            if list.into_iter().all(|e| l.purity(file, e) == Purity::Pure) {
                Purity::Pure
            } else {
                Purity::Effects
            }
        };
        match &e.kind {
            ExprKind::Paren(x) => self.purity(file, x),
            ExprKind::Ident(_) | ExprKind::BasicLit { .. } | ExprKind::FuncLit(_) => Purity::Pure,
            ExprKind::Selector { x, sel } => match self.prog.info(file).selections.get(&sel.id) {
                None => Purity::Pure,
                Some(selection) if selection.indirect => Purity::Effects,
                Some(_) => self.purity(file, x),
            },
            ExprKind::CompositeLit { elems, .. } => {
                // Keys of maps with interface keys may panic; only struct, array and slice keys are no expressions.
                let t = self.static_type(file, e);
                if let Shape::Map { key, .. } = *self.shape(t)
                    && self.hash_might_panic(key)
                {
                    return Purity::Effects;
                }
                let is_map = matches!(&*self.shape(t), Shape::Map { .. });
                let keys = elems.iter().filter_map(|elem| elem.key.as_ref()).filter(|_| is_map);
                let parts = keys.chain(elems.iter().map(|elem| &elem.value)).collect();
                all(self, parts)
            }
            ExprKind::Unary { op: UnaryOp::Recv, .. } => Purity::Effects,
            ExprKind::Unary { x, .. } => self.purity(file, x),
            ExprKind::Call { fun, args, .. } => {
                let pure_callee = self.is_type_expr(file, fun) || self.is_pure_callee(file, fun);
                if pure_callee {
                    let values = args.iter().filter(|arg| !self.is_type_expr(file, arg)).collect();
                    all(self, values)
                } else {
                    Purity::Effects
                }
            }
            _ => Purity::Effects,
        }
    }
    /// Built-ins that only allocate or measure, and `errors.New`, which only allocates.
    fn is_pure_callee(&mut self, file: FileIdx, fun: &Expr) -> bool {
        let ident = match &fun.unparen().kind {
            ExprKind::Ident(ident) => ident,
            ExprKind::Selector { sel, .. } => sel,
            _ => return false,
        };
        let Some(obj) = self.prog.info(file).object(ident.id) else { return false };
        let object = self.prog.obj(obj);
        match object.kind {
            ObjKind::Builtin(id) => {
                matches!(
                    id,
                    BuiltinId::New | BuiltinId::Len | BuiltinId::Cap | BuiltinId::Make | BuiltinId::Complex
                )
            }
            ObjKind::Func(_) => {
                object.name == "New" && object.pkg.is_some_and(|p| self.prog.package_path(p) == "errors")
            }
            _ => false,
        }
    }

    /// Whether `e`, converted to `t`, is data.
    pub(crate) fn is_static(&mut self, file: FileIdx, e: &'s Expr, t: TypeId) -> bool {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.is_static_inner(file, e, t))
    }
    fn is_static_inner(&mut self, file: FileIdx, e: &'s Expr, t: TypeId) -> bool {
        let record = self.recorded(file, e).clone();
        if record.mode == OperandMode::NilValue {
            return true;
        }
        let own = self.canon(record.ty);
        let to_interface = self.shape(t).is_interface();
        if to_interface && self.shape(own).is_interface() {
            return false;
        }
        if record.value.is_some() {
            return true;
        }
        match &e.kind {
            ExprKind::Paren(x) => self.is_static(file, x, t),
            ExprKind::CompositeLit { .. } => match *self.shape(own) {
                // An elided &T.
                Shape::Pointer(elem) => self.is_static_literal(file, e, elem),
                _ => self.is_static_literal(file, e, own),
            },
            ExprKind::Unary { op: UnaryOp::Addr, x } => match &x.unparen().kind {
                ExprKind::CompositeLit { .. } => {
                    let elem = self.static_type(file, x);
                    self.is_static(file, x, elem)
                }
                ExprKind::Ident(_) => self.static_global(file, x).is_some(),
                _ => false,
            },
            ExprKind::Ident(_) | ExprKind::Selector { .. } => self.static_func(file, e).is_some(),
            ExprKind::Call { fun, args, .. } if self.is_type_expr(file, fun) => {
                // A conversion that changes nothing but the type.
                let from = self.static_type(file, &args[0]);
                let same = self.layout(from).repr == self.layout(own).repr
                    && std::mem::discriminant(&*self.shape(from))
                        == std::mem::discriminant(&*self.shape(own));
                same && !self.shape(own).is_interface() && self.is_static(file, &args[0], own)
            }
            _ => false,
        }
    }
    /// Whether the literal `e`, of type `t`, is data.
    fn is_static_literal(&mut self, file: FileIdx, e: &'s Expr, t: TypeId) -> bool {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { return false };
        match &*self.shape(t) {
            Shape::Struct(fields) => elems.iter().enumerate().all(|(i, element)| {
                let index = match element.key.as_ref().and_then(Expr::as_ident) {
                    Some(key) => fields.iter().position(|f| f.name == key.name),
                    None => Some(i),
                };
                // A promoted field's key (no index) is left to code.
                index.is_some_and(|index| self.is_static(file, &element.value, fields[index].ty))
            }),
            Shape::Array { elem, .. } | Shape::Slice(elem) => {
                elems.iter().all(|element| self.is_static(file, &element.value, *elem))
            }
            _ => false,
        }
    }
    fn static_object(&self, file: FileIdx, e: &Expr) -> Option<(ObjId, rgo_syntax::ast::ExprId)> {
        let ident = match &e.unparen().kind {
            ExprKind::Ident(ident) => ident,
            ExprKind::Selector { sel, .. } if !self.prog.info(file).selections.contains_key(&sel.id) => sel,
            _ => return None,
        };
        Some((self.prog.info(file).object(ident.id)?, ident.id))
    }
    fn static_global(&mut self, file: FileIdx, e: &Expr) -> Option<DataId> {
        let (obj, _) = self.static_object(file, e)?;
        self.variable(obj)
    }
    fn static_func(&mut self, file: FileIdx, e: &Expr) -> Option<(ObjId, Vec<TypeId>)> {
        let (obj, id) = self.static_object(file, e)?;
        if !self.prog.obj(obj).is_func() {
            return None;
        }
        let instance = self.prog.info(file).instances.get(&id).cloned();
        let targs = instance.map_or_else(Vec::new, |i| i.targs.to_vec());
        Some((obj, targs.into_iter().map(|t| self.canon(t)).collect()))
    }

    /// Writes `e`, converted to `t`, at `offset`; `is_static` has said yes.
    pub(crate) fn write_static(
        &mut self,
        w: &mut DataWriter,
        offset: usize,
        file: FileIdx,
        e: &'s Expr,
        t: TypeId,
    ) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.write_static_inner(w, offset, file, e, t));
    }
    fn write_static_inner(
        &mut self,
        w: &mut DataWriter,
        offset: usize,
        file: FileIdx,
        e: &'s Expr,
        t: TypeId,
    ) {
        let word = self.target.word as usize;
        let record = self.recorded(file, e).clone();
        if record.mode == OperandMode::NilValue {
            return;
        }
        let own = self.canon(record.ty);
        if self.shape(t).is_interface() {
            return self.write_interface(w, offset, file, e, own, t);
        }
        if let Some(value) = &record.value {
            return self.write_constant(w, offset, value, t);
        }
        match &e.kind {
            ExprKind::Paren(x) => self.write_static(w, offset, file, x, t),
            ExprKind::CompositeLit { .. } => match *self.shape(own) {
                Shape::Pointer(elem) => {
                    let data = self.static_object_of(file, e, elem);
                    w.address(offset, RelocTarget::Data(data), 0, word);
                }
                _ => self.write_literal(w, offset, file, e, own),
            },
            ExprKind::Unary { x, .. } => {
                let data = match &x.unparen().kind {
                    ExprKind::CompositeLit { .. } => {
                        let elem = self.static_type(file, x);
                        self.static_object_of(file, x.unparen(), elem)
                    }
                    _ => self.static_global(file, x).expect("checked"),
                };
                w.address(offset, RelocTarget::Data(data), 0, word);
            }
            ExprKind::Ident(_) | ExprKind::Selector { .. } => {
                let (obj, targs) = self.static_func(file, e).expect("checked");
                let id = self.func(crate::lowerer::FuncKey { obj, targs: targs.into() });
                let id = self.go_func(id);
                let data = self.func_object(id);
                w.address(offset, RelocTarget::Data(data), 0, word);
            }
            ExprKind::Call { args, .. } => self.write_static(w, offset, file, &args[0], t),
            _ => unreachable!("is_static has checked"),
        }
    }
    /// Whether nothing in the literal `e` is a variable of its own: no slice, no `&T{}`.
    pub(crate) fn is_read_only(&mut self, file: FileIdx, e: &'s Expr) -> bool {
        match &e.kind {
            ExprKind::Paren(x) => self.is_read_only(file, x),
            ExprKind::Unary { x, .. } => !matches!(x.unparen().kind, ExprKind::CompositeLit { .. }),
            ExprKind::CompositeLit { elems, .. } => {
                let t = self.static_type(file, e);
                matches!(&*self.shape(t), Shape::Struct(_) | Shape::Array { .. })
                    && elems.iter().all(|elem| self.is_read_only(file, &elem.value))
            }
            ExprKind::Call { args, .. } => args.iter().all(|arg| self.is_read_only(file, arg)),
            _ => true,
        }
    }
    /// Read-only data with the value of the literal `e`.
    pub(crate) fn read_only_literal(&mut self, file: FileIdx, e: &'s Expr, t: TypeId) -> DataId {
        let layout = self.layout(t);
        let mut w = DataWriter::zeroed(layout.size as usize);
        self.write_literal(&mut w, 0, file, e, t);
        let name = self.fresh_name("go:static");
        let data = self.module.declare_data(&name);
        self.define(data, name, DataKind::RoData, layout.align.max(1), w, true);
        data
    }
    /// A variable of its own for the literal `e` of type `t`.
    fn static_object_of(&mut self, file: FileIdx, e: &'s Expr, t: TypeId) -> DataId {
        let layout = self.layout(t);
        if layout.size == 0 {
            return self.runtime_var("zerobase");
        }
        let mut w = DataWriter::zeroed(layout.size as usize);
        self.write_literal(&mut w, 0, file, e, t);
        let name = self.fresh_name("go:static");
        let data = self.module.declare_data(&name);
        let kind = if layout.has_pointers() { DataKind::Data } else { DataKind::NoPtrData };
        self.define(data, name, kind, layout.align.max(1), w, true);
        data
    }
    fn write_literal(&mut self, w: &mut DataWriter, offset: usize, file: FileIdx, e: &'s Expr, t: TypeId) {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { unreachable!("is_static has checked") };
        let word = self.target.word as usize;
        match &*self.shape(t) {
            Shape::Struct(fields) => {
                for (i, elem) in elems.iter().enumerate() {
                    let index = match elem.key.as_ref().and_then(Expr::as_ident) {
                        Some(key) => fields.iter().position(|f| f.name == key.name).expect("checked"),
                        None => i,
                    };
                    let field = &fields[index];
                    if field.name.is_blank() {
                        continue;
                    }
                    self.write_static(w, offset + field.offset as usize, file, &elem.value, field.ty);
                }
            }
            Shape::Array { elem, .. } => self.write_elements(w, offset, file, elems, *elem),
            Shape::Slice(elem) => {
                let len = self.literal_len(file, elems);
                let layout = self.layout(*elem);
                let mut array = DataWriter::zeroed((len * layout.size) as usize);
                self.write_elements(&mut array, 0, file, elems, *elem);
                let name = self.fresh_name("go:static");
                let data = self.module.declare_data(&name);
                let kind = if layout.has_pointers() { DataKind::Data } else { DataKind::NoPtrData };
                self.define(data, name, kind, layout.align.max(1), array, true);
                w.address(offset, RelocTarget::Data(data), 0, word);
                w.put(offset + word, word, len);
                w.put(offset + 2 * word, word, len);
            }
            _ => unreachable!("is_static has checked"),
        }
    }
    fn literal_index(&self, file: FileIdx, key: &Expr) -> u64 {
        let value = self.prog.info(file).type_and_value(key.id).and_then(|r| r.value.as_ref());
        value.and_then(|v| v.to_int().as_u64()).expect("a constant index")
    }
    fn literal_len(&self, file: FileIdx, elems: &[rgo_syntax::ast::Element]) -> u64 {
        let (mut next, mut len) = (0, 0);
        for elem in elems {
            next = elem.key.as_ref().map_or(next, |key| self.literal_index(file, key)) + 1;
            len = len.max(next);
        }
        len
    }
    fn write_elements(
        &mut self,
        w: &mut DataWriter,
        offset: usize,
        file: FileIdx,
        elems: &'s [rgo_syntax::ast::Element],
        elem: TypeId,
    ) {
        let size = self.layout(elem).size;
        let mut next = 0;
        for element in elems {
            let index = element.key.as_ref().map_or(next, |key| self.literal_index(file, key));
            self.write_static(w, offset + (index * size) as usize, file, &element.value, elem);
            next = index + 1;
        }
    }

    /// A concrete static value in an interface.
    fn write_interface(
        &mut self,
        w: &mut DataWriter,
        offset: usize,
        file: FileIdx,
        e: &'s Expr,
        own: TypeId,
        t: TypeId,
    ) {
        let word = self.target.word as usize;
        let own = {
            let default = self.prog.default_type(own);
            self.canon(default)
        };
        let empty = matches!(&*self.shape(t), Shape::Interface(methods) if methods.is_empty());
        let type_word = if empty { self.type_desc(own) } else { self.itab(t, own) };
        w.address(offset, RelocTarget::Data(type_word), 0, word);
        if self.is_direct(own) {
            return self.write_static(w, offset + word, file, e, own);
        }
        let layout = self.layout(own);
        let data = if layout.size == 0 {
            self.runtime_var("zerobase")
        } else {
            let mut boxed = DataWriter::zeroed(layout.size as usize);
            self.write_static(&mut boxed, 0, file, e, own);
            let name = self.fresh_name("go:static");
            let data = self.module.declare_data(&name);
            let kind = if boxed.relocs.is_empty() { DataKind::RoData } else { DataKind::Data };
            self.define(data, name, kind, layout.align.max(1), boxed, true);
            data
        };
        w.address(offset + word, RelocTarget::Data(data), 0, word);
    }
    /// A string header for constant text.
    pub(crate) fn write_string(&mut self, w: &mut DataWriter, offset: usize, text: &[u8]) {
        let word = self.target.word as usize;
        if !text.is_empty() {
            let data = self.string_data(text);
            w.address(offset, RelocTarget::Data(data), 0, word);
        }
        w.put(offset + word, word, text.len() as u64);
    }
    fn write_constant(&mut self, w: &mut DataWriter, offset: usize, value: &ConstValue, t: TypeId) {
        let word = self.target.word as usize;
        match &*self.shape(t) {
            Shape::Bool => w.put(offset, 1, u64::from(value.as_bool() == Some(true))),
            Shape::Int { bits, .. } => {
                w.put(offset, *bits as usize / 8, value.to_int().to_bits().unwrap_or(0))
            }
            Shape::Float(bits) => self.write_float(w, offset, value, *bits),
            Shape::Complex(bits) => {
                self.write_float(w, offset, &value.real(), bits / 2);
                self.write_float(w, offset + *bits as usize / 16, &value.imag(), bits / 2);
            }
            Shape::String => {
                let bytes = value.as_bytes().unwrap_or_default();
                self.write_string(w, offset, &bytes);
            }
            _ => w.put(offset, word, value.to_int().to_bits().unwrap_or(0)),
        }
    }
    fn write_float(&self, w: &mut DataWriter, offset: usize, value: &ConstValue, bits: u32) {
        if bits == 32 {
            let x = value.to_f32().unwrap_or(0.0);
            w.put(offset, 4, u64::from(x.to_bits()));
        } else {
            let x = value.to_f64().unwrap_or(0.0);
            w.put(offset, 8, x.to_bits());
        }
    }
}
