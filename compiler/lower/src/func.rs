//! Lowering of one function: state, variables, and the moves between scalars and memory.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_mir::{
    BinaryOp, Block, Callee, ConvOp, DataId, FuncBuilder, FuncId, InstKind, IntCc, MemFlags, Signature, Slot,
    SrcLoc, Terminator, Type, Value, Var,
};
use rgo_source::{Name, Pos};
use rgo_syntax::ast;
use rgo_types::{FileIdx, ObjId, TypeId};
use smallvec::SmallVec;

use crate::Lowerer;
use crate::capture::Captures;
use crate::repr::{Layout, Part, Val};
use crate::shape::Shape;

/// Variables and temporaries above these sizes live in the heap, as gc has it: frames stay small, and their sizes within 32 bits.
pub(crate) const MAX_FRAME_VARIABLE: u64 = 128 << 10;
const MAX_FRAME_TEMPORARY: u64 = 64 << 10;

/// Type arguments in force: what the enclosing functions' type parameters stand for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Env {
    pub params: Rc<[rgo_types::TypeParamId]>,
    pub args: Rc<[TypeId]>,
}

/// Where a variable lives.
#[derive(Clone, Debug)]
pub(crate) enum Storage {
    /// In SSA form, one `Var` per scalar.
    Ssa(SmallVec<[Var; 4]>),
    /// In the frame.
    Slot(Slot),
    /// At the address held by the `Var`: the heap cell of an escaping variable, or memory of the caller or closure.
    Cell(Var),
    /// At an address that is known since the function's entry.
    Address(Value),
    /// A package-level variable.
    Global(DataId),
}

/// Something that can be assigned to.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Ssa(SmallVec<[Var; 4]>),
    /// `nonnil`: the address is known to be valid.
    Mem {
        addr: Value,
        offset: i32,
        nonnil: bool,
    },
    /// An element whose index is checked when it is assigned to, after the operands of the assignment have been evaluated.
    Element {
        base: Value,
        len: Value,
        index: Value,
        unsigned: bool,
        size: u64,
    },
    /// An element of a map: map, key, both evaluated.
    Map {
        map_type: TypeId,
        map: Value,
        key: Val,
    },
    /// `_`
    Blank,
}

/// Where `break` and `continue` lead.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub label: Option<Name>,
    pub break_to: Block,
    pub continue_to: Option<Block>,
    /// A `break` without label stops here: loops, switches and selects, not labelled blocks.
    pub plain_break: bool,
}

/// How a function's results leave it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    pub types: Vec<TypeId>,
    /// The variable of each result, named or made up.
    pub storage: Vec<Storage>,
    /// Addresses for memory results, which the caller passed.
    pub pointers: Vec<Option<Value>>,
    /// Of results that live in cells: the cell and its address, as they are at the start of a deferring function.
    pub cells: Vec<(Var, Value)>,
    /// Whether results have names (a bare `return` reads them) or must be in memory (deferring functions).
    pub in_variables: bool,
}

/// How many closures and wrappers are named after a function; gc counts each kind by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    /// The function is a closure itself: its closures are `f.func1.1`, not `f.func1.func1`.
    pub is_closure: bool,
    pub closures: u32,
    /// Bodies of range-over-func loops.
    pub ranges: u32,
    /// Wrappers of `go` and `defer` calls.
    pub calls: u32,
}

/// One function being lowered. `'s` is the life of the syntax trees.
pub(crate) struct FuncLower<'l, 'p, 's, 'f> {
    pub l: &'l mut Lowerer<'p, 's>,
    pub b: FuncBuilder<'f>,
    pub file: FileIdx,
    pub pkg: rgo_load::PackageId,
    pub env: Env,
    /// Symbol name of the function, base of its closures' names.
    pub symbol: String,
    /// Captures and escapes of the outermost declaration around this function.
    pub captures: Rc<Captures>,
    pub vars: HashMap<ObjId, Storage>,
    pub results: Results,
    pub targets: Vec<Target>,
    /// Where a `fallthrough` leads.
    pub fallthrough_to: Option<Block>,
    pub labels: HashMap<Name, Block>,
    pub defer: Option<crate::defer::DeferState>,
    /// Nesting of loops; a defer at depth 0 runs once.
    pub loop_depth: u32,
    /// Numbers of what was named after this function so far.
    pub named: Named,
    /// Set in the body of a range-over-func loop.
    pub range_body: Option<crate::range_func::RangeBody>,
    /// Values of expressions that were evaluated ahead of the rest of their statement (`order`).
    pub hoisted: HashMap<ast::ExprId, Vec<Val>>,
    /// What `has_call` has found.
    pub calls: HashMap<ast::ExprId, bool>,
    /// Conversions from bytes to strings need not copy: the strings are used at once.
    pub borrows: bool,
    types: HashMap<TypeId, TypeId>,
}

impl<'l, 'p, 's, 'f> FuncLower<'l, 'p, 's, 'f> {
    pub fn new(
        l: &'l mut Lowerer<'p, 's>,
        b: FuncBuilder<'f>,
        file: FileIdx,
        pkg: rgo_load::PackageId,
        env: Env,
        symbol: String,
        captures: Rc<Captures>,
    ) -> Self {
        FuncLower {
            l,
            b,
            file,
            pkg,
            env,
            symbol,
            captures,
            vars: HashMap::new(),
            results: Results::default(),
            targets: Vec::new(),
            fallthrough_to: None,
            labels: HashMap::new(),
            defer: None,
            loop_depth: 0,
            named: Named::default(),
            range_body: None,
            hoisted: HashMap::new(),
            calls: HashMap::new(),
            borrows: false,
            types: HashMap::new(),
        }
    }

    // ---- types of expressions ----

    /// `t` with the type arguments in force, canonical.
    pub fn ty(&mut self, t: TypeId) -> TypeId {
        if let Some(&found) = self.types.get(&t) {
            return found;
        }
        let concrete = self.l.concrete(t, &self.env);
        self.types.insert(t, concrete);
        concrete
    }
    /// The type recorded for an expression.
    pub fn type_of(&mut self, e: &ast::Expr) -> TypeId {
        let recorded = self.l.recorded(self.file, e).ty;
        self.ty(recorded)
    }
    pub fn shape_of(&mut self, e: &ast::Expr) -> Rc<Shape> {
        let t = self.type_of(e);
        self.l.shape(t)
    }
    pub fn shape(&mut self, t: TypeId) -> Rc<Shape> {
        self.l.shape(t)
    }
    /// Whether values of `t` are in memory.
    pub fn is_memory(&mut self, t: TypeId) -> bool {
        self.l.layout(t).is_memory()
    }
    pub fn layout(&mut self, t: TypeId) -> Rc<Layout> {
        self.l.layout(t)
    }
    /// The object an identifier denotes or declares.
    pub fn object(&self, id: &ast::Ident) -> Option<ObjId> {
        self.l.prog.info(self.file).object(id.id)
    }
    /// The type of a variable.
    pub fn var_type(&mut self, obj: ObjId) -> TypeId {
        let t = self.l.prog.obj_type(obj);
        self.ty(t)
    }
    pub fn at(&mut self, pos: Pos) {
        let inlined = self.b.loc().inlined;
        self.b.set_loc(SrcLoc { pos: pos.0, inlined });
    }

    // ---- instructions ----

    pub fn iconst(&mut self, ty: Type, value: i64) -> Value {
        self.b.value(InstKind::Iconst(ty, value), ty)
    }
    pub fn int(&mut self, value: i64) -> Value {
        self.iconst(Type::I64, value)
    }
    pub fn nil(&mut self) -> Value {
        self.iconst(Type::Ptr, 0)
    }
    pub fn bool_const(&mut self, value: bool) -> Value {
        self.iconst(Type::I8, i64::from(value))
    }
    pub fn binary(&mut self, op: BinaryOp, x: Value, y: Value) -> Value {
        let ty = self.b.func.ty(x);
        self.b.value(InstKind::Binary(op, x, y), ty)
    }
    pub fn icmp(&mut self, cc: IntCc, x: Value, y: Value) -> Value {
        self.b.value(InstKind::Icmp(cc, x, y), Type::I8)
    }
    pub fn conv(&mut self, op: ConvOp, ty: Type, x: Value) -> Value {
        self.b.value(InstKind::Conv(op, ty, x), ty)
    }
    /// `x` as the integer type `to`, extended by sign or zeros, or cut.
    pub fn resize_int(&mut self, x: Value, to: Type, signed: bool) -> Value {
        let from = self.b.func.ty(x);
        let word = self.l.target.word;
        match from.bytes(word).cmp(&to.bytes(word)) {
            std::cmp::Ordering::Equal if from == to => x,
            std::cmp::Ordering::Equal => self.conv(ConvOp::Bitcast, to, x),
            std::cmp::Ordering::Less => self.conv(if signed { ConvOp::Sext } else { ConvOp::Zext }, to, x),
            std::cmp::Ordering::Greater => self.conv(ConvOp::Trunc, to, x),
        }
    }
    pub fn not(&mut self, x: Value) -> Value {
        let zero = self.bool_const(false);
        self.icmp(IntCc::Eq, x, zero)
    }
    pub fn ptr_add(&mut self, base: Value, offset: Value) -> Value {
        self.b.value(InstKind::PtrAdd(base, offset), Type::Ptr)
    }
    pub fn ptr_offset(&mut self, base: Value, offset: i64) -> Value {
        if offset == 0 {
            return base;
        }
        let offset = self.int(offset);
        self.ptr_add(base, offset)
    }
    pub fn data_addr(&mut self, data: DataId) -> Value {
        self.b.value(InstKind::DataAddr(data, 0), Type::Ptr)
    }
    pub fn slot_addr(&mut self, slot: Slot) -> Value {
        self.b.value(InstKind::SlotAddr(slot), Type::Ptr)
    }
    /// Memory that can hold a value of type `t`, in the frame unless it is large; its address. gc would have it in the frame.
    pub fn temp(&mut self, t: TypeId) -> Value {
        let size = self.layout(t).size;
        if size > MAX_FRAME_TEMPORARY {
            self.b.func.frame.moved += size;
        }
        self.room(t)
    }
    /// The same for what gc makes where it is going to be.
    pub fn room(&mut self, t: TypeId) -> Value {
        let layout = self.layout(t);
        if layout.size > MAX_FRAME_TEMPORARY {
            return self.new_object(t);
        }
        let slot = self.b.slot(layout.size as u32, layout.align.max(1));
        self.slot_addr(slot)
    }
    pub fn load_scalar(&mut self, ty: Type, addr: Value, offset: i32, flags: MemFlags) -> Value {
        self.b.value(InstKind::Load { ty, addr, offset, flags }, ty)
    }
    pub fn store_scalar(&mut self, addr: Value, value: Value, offset: i32, flags: MemFlags) {
        self.b.inst(InstKind::Store { addr, value, offset, flags }, &[]);
    }
    pub fn nil_check(&mut self, ptr: Value) {
        self.b.inst(InstKind::NilCheck(ptr), &[]);
    }
    /// Calls a function of package runtime or of rt by its Go name; `results` must be what its declaration gives.
    pub fn call_runtime(&mut self, name: &str, args: &[Value], results: &[Type]) -> SmallVec<[Value; 4]> {
        let params = args.iter().map(|&arg| self.b.func.ty(arg)).collect();
        let sig = Signature { params, results: results.to_vec() };
        let callee = self.l.runtime_func(name, &sig);
        self.call_func(callee, sig, args)
    }
    pub fn call_func(&mut self, callee: FuncId, sig: Signature, args: &[Value]) -> SmallVec<[Value; 4]> {
        self.call_scalars(Callee::Func(callee), sig, args.to_vec())
    }
    /// As `call_runtime`, for functions that do not return; ends the block.
    pub fn call_noreturn(&mut self, name: &str, args: &[Value]) {
        self.call_runtime(name, args, &[]);
        self.b.terminate(Terminator::Unreachable);
    }
    /// Goes on in a fresh block that nothing leads to, after a terminator.
    pub fn ensure_reachable(&mut self) {
        if !self.b.is_reachable() {
            let dead = self.b.block();
            self.b.switch_to_sealed(dead);
        }
    }

    // ---- values ----

    /// The zero value of `t`.
    pub fn zero(&mut self, t: TypeId) -> Val {
        let layout = self.layout(t);
        if layout.is_memory() {
            let addr = self.temp(t);
            self.zero_memory(addr, &layout);
            return Val::Mem(addr);
        }
        Val::Parts(layout.parts().iter().map(|part| self.zero_scalar(part.ty)).collect())
    }
    pub fn zero_scalar(&mut self, ty: Type) -> Value {
        if ty.is_float() { self.b.value(InstKind::Fconst(ty, 0), ty) } else { self.iconst(ty, 0) }
    }
    pub fn zero_memory(&mut self, dst: Value, layout: &Layout) {
        if layout.size != 0 {
            let kind = InstKind::Zero {
                dst,
                size: layout.size,
                align: layout.align,
                pointers: layout.has_pointers(),
            };
            self.b.inst(kind, &[]);
        }
    }
    /// Reads a `t` at `addr + offset`. A memory value is not copied.
    pub fn load(&mut self, t: TypeId, addr: Value, offset: i32, nonnil: bool) -> Val {
        let layout = self.layout(t);
        if layout.is_memory() {
            if !nonnil {
                self.nil_check(addr);
            }
            return Val::Mem(self.ptr_offset(addr, i64::from(offset)));
        }
        if layout.parts().is_empty() && !nonnil {
            self.nil_check(addr);
        }
        let parts = layout.parts().iter().enumerate().map(|(i, part)| {
            let flags = MemFlags { nonnil: nonnil || i > 0, ..MemFlags::default() };
            self.load_scalar(part.ty, addr, offset + part.offset as i32, flags)
        });
        Val::Parts(parts.collect())
    }
    /// Writes `value` of type `t` to `addr + offset`.
    pub fn store(&mut self, t: TypeId, addr: Value, offset: i32, value: &Val, nonnil: bool) {
        let layout = self.layout(t);
        match value {
            Val::Mem(src) => {
                if !nonnil {
                    self.nil_check(addr);
                }
                let dst = self.ptr_offset(addr, i64::from(offset));
                let kind = InstKind::Copy {
                    dst,
                    src: *src,
                    size: layout.size,
                    align: layout.align,
                    pointers: layout.has_pointers(),
                };
                if layout.size != 0 {
                    self.b.inst(kind, &[]);
                }
            }
            Val::Parts(values) => {
                if values.is_empty() && !nonnil {
                    self.nil_check(addr);
                }
                for (i, (part, &value)) in layout.parts().iter().zip(values).enumerate() {
                    let flags =
                        MemFlags { nonnil: nonnil || i > 0, readonly: false, barrier: part.ty == Type::Ptr };
                    self.store_scalar(addr, value, offset + part.offset as i32, flags);
                }
            }
        }
    }
    /// The address of memory that holds `value`: its own, or a temporary's.
    pub fn spill(&mut self, t: TypeId, value: &Val) -> Value {
        match value {
            Val::Mem(addr) => *addr,
            Val::Parts(_) => {
                let addr = self.temp(t);
                self.store(t, addr, 0, value, true);
                addr
            }
        }
    }
    /// A value that later assignments cannot change.
    pub fn stable(&mut self, t: TypeId, value: Val) -> Val {
        match value {
            Val::Parts(_) => value,
            Val::Mem(_) => {
                let addr = self.temp(t);
                self.store(t, addr, 0, &value, true);
                Val::Mem(addr)
            }
        }
    }
    /// Field `index` of a struct value.
    pub fn field(&mut self, t: TypeId, value: &Val, index: usize) -> Val {
        let (offset, ty, first, count) = self.field_range(t, index);
        match value {
            Val::Mem(addr) => self.load(ty, *addr, offset as i32, true),
            Val::Parts(parts) => Val::of(&parts[first..first + count]),
        }
    }
    /// Offset and type of a struct's field, and its range of scalars.
    pub fn field_range(&mut self, t: TypeId, index: usize) -> (u64, TypeId, usize, usize) {
        let shape = self.shape(t);
        let Shape::Struct(fields) = &*shape else { panic!("field of something that is no struct") };
        let first = fields[..index].iter().map(|f| self.l.layout(f.ty).parts().len()).sum();
        let field = &fields[index];
        (field.offset, field.ty, first, self.l.layout(field.ty).parts().len())
    }

    // ---- places and variables ----

    /// Declares a local variable without value.
    pub fn declare(&mut self, obj: ObjId, t: TypeId) -> Storage {
        let layout = self.layout(t);
        let storage = if self.captures.needs_cell(obj) || layout.size > MAX_FRAME_VARIABLE {
            let cell = self.b.var(Type::Ptr);
            let (here, pos) = (self.b.loc(), self.l.prog.obj(obj).pos);
            self.at(pos);
            let addr = self.new_object(t);
            self.b.set_loc(here);
            self.b.def_var(cell, addr);
            Storage::Cell(cell)
        } else if layout.is_memory() {
            Storage::Slot(self.b.slot(layout.size as u32, layout.align))
        } else {
            Storage::Ssa(layout.parts().iter().map(|part: &Part| self.b.var(part.ty)).collect())
        };
        self.vars.insert(obj, storage.clone());
        storage
    }
    /// Declares a local variable and gives it a value.
    pub fn declare_init(&mut self, obj: ObjId, t: TypeId, value: &Val) {
        let storage = self.declare(obj, t);
        let place = self.place_of(&storage);
        self.assign(&place, t, value);
    }
    /// Declares a local variable with the zero value. A fresh heap cell is zeroed already.
    pub fn declare_zero(&mut self, obj: ObjId, t: TypeId) {
        match self.declare(obj, t) {
            Storage::Cell(_) | Storage::Address(_) | Storage::Global(_) => {}
            Storage::Slot(slot) => {
                let layout = self.layout(t);
                let addr = self.slot_addr(slot);
                self.zero_memory(addr, &layout);
            }
            Storage::Ssa(vars) => {
                for var in vars {
                    let ty = self.b.var_type(var);
                    let zero = self.zero_scalar(ty);
                    self.b.def_var(var, zero);
                }
            }
        }
    }
    /// A zeroed heap object of type `t`.
    pub fn new_object(&mut self, t: TypeId) -> Value {
        let layout = self.layout(t);
        if layout.size == 0 {
            let zerobase = self.l.runtime_var("zerobase");
            return self.data_addr(zerobase);
        }
        let ty = self.l.type_desc_for_alloc(t);
        let kind =
            InstKind::New { ty, size: layout.size, align: layout.align, noscan: !layout.has_pointers() };
        self.b.value(kind, Type::Ptr)
    }
    pub fn place_of(&mut self, storage: &Storage) -> Place {
        match storage {
            Storage::Ssa(vars) => Place::Ssa(vars.clone()),
            Storage::Slot(slot) => {
                let addr = self.slot_addr(*slot);
                Place::Mem { addr, offset: 0, nonnil: true }
            }
            Storage::Address(addr) => Place::Mem { addr: *addr, offset: 0, nonnil: true },
            Storage::Cell(var) => Place::Mem { addr: self.b.use_var(*var), offset: 0, nonnil: true },
            Storage::Global(data) => Place::Mem { addr: self.data_addr(*data), offset: 0, nonnil: true },
        }
    }
    /// Where variable `obj` lives, local or global.
    pub fn storage(&mut self, obj: ObjId) -> Storage {
        if let Some(storage) = self.vars.get(&obj) {
            return storage.clone();
        }
        match self.l.variable(obj) {
            Some(data) => Storage::Global(data),
            None => panic!("{}: variable {} has no storage", self.symbol, self.l.prog.obj(obj).name),
        }
    }
    pub fn read_place(&mut self, place: &Place, t: TypeId) -> Val {
        match place {
            Place::Ssa(vars) => Val::Parts(vars.iter().map(|&var| self.b.use_var(var)).collect()),
            Place::Mem { addr, offset, nonnil } => self.load(t, *addr, *offset, *nonnil),
            Place::Element { .. } => {
                let place = self.checked_element(place);
                self.read_place(&place, t)
            }
            Place::Map { map_type, map, key } => self.map_read(*map_type, *map, key),
            Place::Blank => panic!("read of the blank identifier"),
        }
    }
    /// Stores `value`, already of type `t`.
    pub fn assign(&mut self, place: &Place, t: TypeId, value: &Val) {
        match place {
            Place::Ssa(vars) => {
                for (&var, &value) in vars.iter().zip(value.parts()) {
                    self.b.def_var(var, value);
                }
            }
            Place::Mem { addr, offset, nonnil } => self.store(t, *addr, *offset, value, *nonnil),
            Place::Element { .. } => {
                let place = self.checked_element(place);
                self.assign(&place, t, value);
            }
            Place::Map { map_type, map, key } => self.map_write(*map_type, *map, key, value),
            Place::Blank => {}
        }
    }
}
