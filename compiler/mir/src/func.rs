//! One function: values, instructions, blocks, stack slots.

use crate::entity::{PrimaryMap, entity};
use crate::frame::FrameNeeds;
use crate::inst::{InstData, InstKind, Terminator};
use crate::lifetimes::Lifetimes;
use crate::module::FuncId;

entity!(/// An SSA value.
    Value, "v");
entity!(/// An instruction.
    Inst, "i");
entity!(/// A basic block.
    Block, "b");
entity!(/// A stack slot of the frame.
    Slot, "ss");

/// Type of a scalar. `bool` is `I8`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    /// A machine word that may point to an object.
    Ptr,
}

impl Type {
    /// Size in bytes, given the target's word size.
    pub fn bytes(self, word: u32) -> u32 {
        match self {
            Type::I8 => 1,
            Type::I16 => 2,
            Type::I32 | Type::F32 => 4,
            Type::I64 | Type::F64 => 8,
            Type::Ptr => word,
        }
    }
    pub fn bits(self, word: u32) -> u32 {
        self.bytes(word) * 8
    }
    pub fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }
    pub fn is_int(self) -> bool {
        matches!(self, Type::I8 | Type::I16 | Type::I32 | Type::I64)
    }
}

/// Scalars in, scalars out (already flattened; hidden result pointers are ordinary first parameters).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Signature {
    pub params: Vec<Type>,
    pub results: Vec<Type>,
}

/// Where an instruction comes from. `line` is physical; `inlined` names the chain of inlined calls around it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SrcLoc {
    /// Source position (`source::Pos`), 0 when compiler-made.
    pub pos: u32,
    /// Index + 1 into `Func::inlined`; 0 for the function's own code.
    pub inlined: u32,
}

/// A call that `opt/inline` replaced by the callee's body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlineSite {
    /// The function whose body was copied in.
    pub callee: FuncId,
    /// Location of the call in the enclosing code.
    pub call: SrcLoc,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueDef {
    /// Result `.1` of an instruction.
    Inst(Inst, u32),
    /// Parameter `.1` of a block (the entry block's are the function's parameters).
    Param(Block, u32),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueData {
    pub ty: Type,
    pub def: ValueDef,
}

/// Memory in the frame. Zeroed only if code does so. Its address may be taken and passed down, never up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotData {
    pub size: u32,
    pub align: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlockData {
    pub params: Vec<Value>,
    pub insts: Vec<Inst>,
    /// `None` only while the block is being built.
    pub term: Option<Terminator>,
    pub term_loc: SrcLoc,
    /// Seldom executed (panics, slow paths): laid out at the end.
    pub cold: bool,
}

/// Properties of a function that later stages act on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FuncFlags {
    /// Contains defer: calls are `try_call`s to `Func::handler`, faults need explicit checks.
    pub has_defer: bool,
    /// `//go:nosplit`: no stack check, no safepoint.
    pub nosplit: bool,
    /// Never inline (pragma, recover, frame-pointer use).
    pub noinline: bool,
    /// Reads `g.ctxt` (a closure).
    pub closure: bool,
    /// Skipped by recover's frame test and by tracebacks.
    pub wrapper: bool,
    /// Calls never return.
    pub noreturn: bool,
}

/// A function body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Func {
    pub id: FuncId,
    /// Symbol name.
    pub name: String,
    pub sig: Signature,
    pub flags: FuncFlags,
    pub values: PrimaryMap<Value, ValueData>,
    pub insts: PrimaryMap<Inst, InstData>,
    pub results: PrimaryMap<Inst, Vec<Value>>,
    pub blocks: PrimaryMap<Block, BlockData>,
    /// Layout order; the first is the entry block, whose parameters are the function's.
    pub layout: Vec<Block>,
    pub slots: PrimaryMap<Slot, SlotData>,
    pub inlined: Vec<InlineSite>,
    /// See `frame`.
    pub frame: FrameNeeds,
    /// Where a recovered panic continues (no parameters); with `flags.has_defer` only.
    pub handler: Option<Block>,
    /// Position of the declaration.
    pub loc: SrcLoc,
    /// Where slots matter; none: as long as the frame exists.
    pub lifetimes: Option<Lifetimes>,
}

impl Func {
    pub fn new(id: FuncId, name: impl Into<String>, sig: Signature) -> Func {
        Func {
            id,
            name: name.into(),
            sig,
            flags: FuncFlags::default(),
            values: PrimaryMap::new(),
            insts: PrimaryMap::new(),
            results: PrimaryMap::new(),
            blocks: PrimaryMap::new(),
            layout: Vec::new(),
            slots: PrimaryMap::new(),
            inlined: Vec::new(),
            frame: FrameNeeds::default(),
            handler: None,
            loc: SrcLoc::default(),
            lifetimes: None,
        }
    }
    pub fn entry(&self) -> Block {
        self.layout[0]
    }
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }
    /// Whether `value` is an integer known now.
    pub fn is_constant(&self, value: Value) -> bool {
        match self.values[value].def {
            ValueDef::Inst(inst, _) => matches!(self.insts[inst].kind, InstKind::Iconst(..)),
            ValueDef::Param(..) => false,
        }
    }
    /// The function's parameters.
    pub fn params(&self) -> &[Value] {
        &self.blocks[self.entry()].params
    }
    /// Adds a block to the table (not to the layout).
    pub fn new_block(&mut self) -> Block {
        self.blocks.push(BlockData::default())
    }
    pub fn add_block_param(&mut self, block: Block, ty: Type) -> Value {
        let index = self.blocks[block].params.len() as u32;
        let value = self.values.push(ValueData { ty, def: ValueDef::Param(block, index) });
        self.blocks[block].params.push(value);
        value
    }
    /// Makes an instruction and its result values without placing it in a block.
    pub fn make_inst(&mut self, data: InstData, result_types: &[Type]) -> Inst {
        let inst = self.insts.push(data);
        let results = result_types
            .iter()
            .enumerate()
            .map(|(i, &ty)| self.values.push(ValueData { ty, def: ValueDef::Inst(inst, i as u32) }))
            .collect();
        self.results.push(results);
        inst
    }
    /// The only result of `inst`.
    pub fn result(&self, inst: Inst) -> Value {
        debug_assert_eq!(self.results[inst].len(), 1);
        self.results[inst][0]
    }
}
