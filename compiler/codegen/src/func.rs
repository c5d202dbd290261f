//! One function: MIR blocks and values to CLIF blocks and values, terminators, source locations.
//!
//! MIR is SSA with block parameters, as CLIF is, so blocks and values map one to one. Constants and addresses of slots and symbols are
//! emitted where they are used: Cranelift merges them, and they need no register across calls. Checks and calls split CLIF
//! blocks; `FunctionBuilder` keeps the current one.

use std::collections::{HashMap, HashSet};

use cranelift_codegen::ir::{
    self, AliasRegion, AliasRegionData, BlockArg, DebugTag, ExtFuncData, ExternalName, GlobalValueData,
    InstBuilder, MemFlagsData, SigRef, SourceLoc, StackSlotData, StackSlotKind, UserExternalName, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use rgo_mir::{Block, ControlFlow, EntityRef, Func, InstKind, Module, SrcLoc, Terminator, Value, ValueDef};
use rgo_obj::SymbolId;

use crate::abi::{GoAbi, Place, clif_type};
use crate::handler::Demoted;
use crate::symbols::SymbolTable;

/// What `finish` needs to know beside the compiled code.
pub struct Facts {
    /// Location of `SourceLoc` i.
    pub locs: Vec<SrcLoc>,
    /// Whether it calls anything but functions that panic at once (which check the stack themselves).
    pub makes_calls: bool,
    /// Symbol of each external name.
    pub names: Vec<SymbolId>,
    /// What of the frame matters at each `try_call`, by its tag: number of the set of slots, if it is known, and areas.
    pub try_calls: Vec<(Option<u32>, Vec<ir::StackSlot>)>,
    /// Areas for the arguments and results of one call, which matter at that call only.
    pub areas: Vec<ir::StackSlot>,
}

/// Largest slot; also keeps frames far below Cranelift's limit.
const MAX_SLOT: u32 = 64 << 20;

/// Offsets from nil that are sure to fault.
pub const NIL_PAGE: i64 = 4096;

/// State of the translation of one function.
pub struct Translator<'a> {
    pub module: &'a Module,
    pub symbols: &'a SymbolTable,
    pub func: &'a Func,
    pub b: FunctionBuilder<'a>,
    pub abi: GoAbi,
    /// Address of the overflow area (see `abi`).
    pub area: Option<ir::Value>,
    /// The one exception handler, in deferring functions.
    pub handler: Option<ir::Block>,
    pub facts: Facts,
    /// Number of the set of slots that matter at the calls of the instruction that is being translated, if that is known.
    set: Option<u32>,
    demoted: Demoted,
    /// The MIR block being translated loads demoted values.
    loads_demoted: bool,
    blocks: Vec<Option<ir::Block>>,
    values: Vec<Option<ir::Value>>,
    slots: Vec<ir::StackSlot>,
    loc_index: HashMap<SrcLoc, u32>,
    sigs: HashMap<ir::Signature, SigRef>,
    func_refs: HashMap<(SymbolId, SigRef), ir::FuncRef>,
    globals: HashMap<SymbolId, ir::GlobalValue>,
    /// Pointers already checked for nil in the current MIR block.
    pub checked: HashSet<Value>,
    /// The pointer whose check is left to the access that is being translated.
    pub faulting_base: Option<Value>,
    /// New objects of the current MIR block that nobody else knows yet.
    pub fresh: HashSet<Value>,
    /// Stores whose barrier is due: (value overwritten, value stored), where they may point into the heap.
    pub barriers: Vec<(Option<ir::Value>, Option<ir::Value>)>,
    /// A zero that Cranelift does not recognise, in the current MIR block (see `split`).
    pub zero: Option<ir::Value>,
    /// Operands of which the current MIR block takes both halves of the product (see `product`), and these, low half first, once they have been made.
    pub products: HashMap<(Value, Value), Option<(ir::Value, ir::Value)>>,
    region_demoted: AliasRegion,
    region_memory: AliasRegion,
    region_g: AliasRegion,
}

/// Builds the CLIF of `func` in `clif`.
pub fn translate(
    module: &Module,
    symbols: &SymbolTable,
    func: &Func,
    isa: &dyn TargetIsa,
    clif: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<Facts, String> {
    let abi = GoAbi::new(&func.sig);
    clif.signature = abi.clif.clone();
    clif.name = ir::UserFuncName::user(0, func.id.0);
    let mut region = |user_id, description: &'static str| {
        clif.dfg.alias_regions.insert(AliasRegionData { user_id, description: description.into() })
    };
    let (region_memory, region_g) = (region(0, "memory"), region(1, "g"));
    let region_demoted = region(2, "values kept for the handler");
    let mut t = Translator {
        module,
        symbols,
        func,
        b: FunctionBuilder::new(clif, context),
        abi,
        area: None,
        handler: None,
        facts: Facts {
            locs: Vec::new(),
            makes_calls: false,
            names: Vec::new(),
            try_calls: Vec::new(),
            areas: Vec::new(),
        },
        set: None,
        demoted: Demoted::default(),
        loads_demoted: false,
        blocks: vec![None; func.blocks.len()],
        values: vec![None; func.values.len()],
        slots: Vec::new(),
        loc_index: HashMap::new(),
        sigs: HashMap::new(),
        func_refs: HashMap::new(),
        globals: HashMap::new(),
        checked: HashSet::new(),
        fresh: HashSet::new(),
        barriers: Vec::new(),
        zero: None,
        faulting_base: None,
        products: HashMap::new(),
        region_demoted,
        region_memory,
        region_g,
    };
    t.body()?;
    let Translator { b, mut facts, .. } = t;
    facts.names = b.func.params.user_named_funcs().values().map(|name| SymbolId(name.index)).collect();
    b.finalize(isa.frontend_config());
    Ok(facts)
}

impl Translator<'_> {
    fn body(&mut self) -> Result<(), String> {
        let func = self.func;
        for slot in func.slots.values() {
            if slot.size > MAX_SLOT {
                return Err(format!("stack slot of {} bytes", slot.size));
            }
            let align_shift = slot.align.max(1).next_power_of_two().trailing_zeros() as u8;
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, slot.size, align_shift.min(4));
            let slot = self.b.create_sized_stack_slot(data);
            self.slots.push(slot);
        }
        let cfg = ControlFlow::new(func);
        for &block in cfg.rpo() {
            let clif = self.b.create_block();
            self.blocks[block.index()] = Some(clif);
            if func.blocks[block].cold {
                self.b.set_cold_block(clif);
            }
            if block != func.entry() {
                for &param in &func.blocks[block].params {
                    let value = self.b.append_block_param(clif, clif_type(func.ty(param)));
                    self.values[param.index()] = Some(value);
                }
            }
        }
        self.handler = func.handler.map(|block| self.block(block));
        let word = || StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
        self.demoted = Demoted::new(func, &cfg, || self.b.create_sized_stack_slot(word()));
        for &block in cfg.rpo() {
            self.checked.clear();
            self.fresh.clear();
            self.zero = None;
            self.find_products(block);
            let clif = self.block(block);
            self.b.switch_to_block(clif);
            if block == func.entry() {
                self.set_loc(func.loc);
                self.entry(clif);
            } else {
                for &param in &func.blocks[block].params {
                    self.keep_for_handler(param);
                }
            }
            if func.handler == Some(block) {
                // Nothing is used at the very start of the handler, so that the register allocator reloads behind it, not on its edges.
                self.b.ins().sequence_point();
            }
            self.loads_demoted = self.demoted.loads_in(block);
            let insts = &func.blocks[block].insts;
            let mut left_to = None;
            for (i, &inst) in insts.iter().enumerate() {
                let mut loc = func.insts[inst].loc;
                if let InstKind::NilCheck(pointer) = func.insts[inst].kind
                    && let Some(access) = self.checked_by(pointer, &insts[i + 1..])
                {
                    left_to = Some((access, pointer, loc));
                    continue;
                }
                // The access faults where the check stands.
                if let Some((_, pointer, check)) = left_to.take_if(|(access, ..)| *access == inst) {
                    self.faulting_base = Some(pointer);
                    loc = check;
                }
                self.set_loc(loc);
                self.note_escapes(inst);
                let made = (self.b.func.dfg.num_insts(), self.facts.areas.len());
                self.set = func.lifetimes.as_ref().map_or(Some(0), |lifetimes| lifetimes.set_at(inst));
                self.inst(inst)?;
                self.finish_barriers(insts.get(i + 1).copied());
                self.tag_calls(made);
            }
            self.set_loc(func.blocks[block].term_loc);
            self.set = None;
            let term = func.blocks[block].term.as_ref().ok_or("block without terminator")?;
            self.terminator(term);
        }
        self.b.seal_all_blocks();
        Ok(())
    }

    /// Brings the parameters out of registers and the overflow area.
    fn entry(&mut self, block: ir::Block) {
        self.b.append_block_params_for_function_params(block);
        let params = self.b.block_params(block).to_vec();
        self.area = self.abi.area.map(|(index, _)| params[index]);
        let places = self.abi.params.clone();
        for (&value, place) in self.func.params().iter().zip(places) {
            let clif = match place {
                Place::Register(index) => params[index],
                Place::Memory(offset) => {
                    let area = self.area.expect("overflowing parameters have an area");
                    let ty = clif_type(self.func.ty(value));
                    let flags = self.trusted();
                    self.b.ins().load(ty, flags, area, offset as i32)
                }
            };
            self.define(value, clif);
        }
    }

    /// Notes at the calls made for one instruction what of the frame matters there: the number of the set of slots, and areas. `made`: how
    /// many instructions and areas there were before it. A `try_call` has that already.
    fn tag_calls(&mut self, made: (usize, usize)) {
        let Some(set) = self.set else { return };
        let areas = &self.facts.areas[made.1..];
        let clif = &mut *self.b.func;
        for index in made.0..clif.dfg.num_insts() {
            let call = ir::Inst::from_u32(index as u32);
            if matches!(clif.dfg.insts[call].opcode(), ir::Opcode::Call | ir::Opcode::CallIndirect) {
                let areas = areas.iter().map(|&area| DebugTag::StackSlot(area));
                clif.debug_tags.set(call, std::iter::once(DebugTag::User(set)).chain(areas));
            }
        }
    }
    /// The tag of the `try_call` that is being translated. `area`: what it has of the frame.
    pub fn try_tag(&mut self, area: Option<ir::StackSlot>) -> ir::ExceptionTag {
        self.facts.try_calls.push((self.set, area.into_iter().collect()));
        ir::ExceptionTag::from_u32(self.facts.try_calls.len() as u32 - 1)
    }

    pub fn block(&self, block: Block) -> ir::Block {
        self.blocks[block.index()].expect("reachable blocks have been created")
    }

    pub fn set_loc(&mut self, loc: SrcLoc) {
        if loc.pos == 0 {
            return self.b.set_srcloc(SourceLoc::default());
        }
        let next = self.facts.locs.len() as u32;
        let index = *self.loc_index.entry(loc).or_insert(next);
        if index == next {
            self.facts.locs.push(loc);
        }
        self.b.set_srcloc(SourceLoc::new(index));
    }

    /// The CLIF value of `value`; constants and addresses are emitted here.
    pub fn value(&mut self, value: Value) -> ir::Value {
        if let Some(&slot) = self.demoted.slots.get(&value).filter(|_| self.loads_demoted) {
            let addr = self.b.ins().stack_addr(types::I64, slot, 0);
            let flags = MemFlagsData::new().with_notrap().with_alias_region(Some(self.region_demoted));
            return self.b.ins().load(clif_type(self.func.ty(value)), flags, addr, 0);
        }
        if let Some(clif) = self.values[value.index()] {
            return clif;
        }
        let ValueDef::Inst(inst, _) = self.func.values[value].def else {
            unreachable!("parameters have values");
        };
        match self.func.insts[inst].kind {
            InstKind::Iconst(ty, k) => self.iconst(clif_type(ty), k),
            InstKind::Fconst(rgo_mir::Type::F32, bits) => {
                self.b.ins().f32const(ir::immediates::Ieee32::with_bits(bits as u32))
            }
            InstKind::Fconst(_, bits) => self.b.ins().f64const(ir::immediates::Ieee64::with_bits(bits)),
            InstKind::SlotAddr(slot) => self.b.ins().stack_addr(types::I64, self.slots[slot.index()], 0),
            InstKind::DataAddr(data, offset) => {
                let base = self.symbol_addr(self.symbols.data(data));
                if offset == 0 { base } else { self.b.ins().iadd_imm_s(base, offset) }
            }
            InstKind::FuncAddr(id) => self.symbol_addr(self.symbols.func(id)),
            _ => unreachable!("definitions come before uses"),
        }
    }
    pub fn define(&mut self, value: Value, clif: ir::Value) {
        self.values[value.index()] = Some(clif);
        self.keep_for_handler(value);
    }
    /// Stores `value` to its slot if the handler needs it.
    fn keep_for_handler(&mut self, value: Value) {
        let Some(&slot) = self.demoted.slots.get(&value) else { return };
        let clif = self.values[value.index()].expect("just defined");
        let addr = self.b.ins().stack_addr(types::I64, slot, 0);
        let flags = MemFlagsData::new().with_notrap().with_alias_region(Some(self.region_demoted));
        self.b.ins().store(flags, clif, addr, 0);
    }
    /// The integer that `value` is known to be.
    pub fn constant(&self, value: Value) -> Option<i64> {
        match self.func.values[value].def {
            ValueDef::Inst(inst, _) => match self.func.insts[inst].kind {
                InstKind::Iconst(_, k) => Some(k),
                _ => None,
            },
            ValueDef::Param(..) => None,
        }
    }
    pub fn iconst(&mut self, ty: ir::Type, k: i64) -> ir::Value {
        let bits = ty.bits();
        let masked = if bits == 64 { k } else { k & ((1 << bits) - 1) };
        self.b.ins().iconst(ty, masked)
    }

    fn user_name(&mut self, symbol: SymbolId) -> ExternalName {
        let name = UserExternalName { namespace: 0, index: symbol.0 };
        ExternalName::user(self.b.func.declare_imported_user_function(name))
    }
    pub fn symbol_addr(&mut self, symbol: SymbolId) -> ir::Value {
        let global = match self.globals.get(&symbol) {
            Some(&global) => global,
            None => {
                let name = self.user_name(symbol);
                let data = GlobalValueData::Symbol { name, offset: 0.into(), colocated: true, tls: false };
                let global = self.b.create_global_value(data);
                self.globals.insert(symbol, global);
                global
            }
        };
        self.b.ins().symbol_value(types::I64, global)
    }
    pub fn sig_ref(&mut self, sig: &ir::Signature) -> SigRef {
        if let Some(&known) = self.sigs.get(sig) {
            return known;
        }
        let sig_ref = self.b.import_signature(sig.clone());
        self.sigs.insert(sig.clone(), sig_ref);
        sig_ref
    }
    pub fn func_ref(&mut self, symbol: SymbolId, signature: SigRef) -> ir::FuncRef {
        if let Some(&known) = self.func_refs.get(&(symbol, signature)) {
            return known;
        }
        let name = self.user_name(symbol);
        let data = ExtFuncData { name, signature, colocated: true, patchable: false };
        let func_ref = self.b.import_function(data);
        self.func_refs.insert((symbol, signature), func_ref);
        func_ref
    }

    /// Access to memory that is there.
    pub fn trusted(&self) -> MemFlagsData {
        MemFlagsData::new().with_notrap().with_alias_region(Some(self.region_memory))
    }
    /// Access to memory that may turn out to be nil: the fault becomes a panic.
    pub fn faulting(&self) -> MemFlagsData {
        MemFlagsData::new().with_alias_region(Some(self.region_memory))
    }
    pub fn g_flags(&self) -> MemFlagsData {
        MemFlagsData::new().with_notrap().with_alias_region(Some(self.region_g))
    }
    pub fn load_g(&mut self, field: usize) -> ir::Value {
        let g = self.b.ins().get_pinned_reg(types::I64);
        let flags = self.g_flags();
        self.b.ins().load(types::I64, flags, g, field as i32)
    }
    pub fn store_g(&mut self, field: usize, value: ir::Value) {
        let g = self.b.ins().get_pinned_reg(types::I64);
        let flags = self.g_flags();
        self.b.ins().store(flags, value, g, field as i32);
    }
    /// A frame area of `size` bytes for the arguments or results of the call that is being translated, and its address.
    pub fn scratch(&mut self, size: u32) -> (ir::StackSlot, ir::Value) {
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        self.facts.areas.push(slot);
        (slot, self.b.ins().stack_addr(types::I64, slot, 0))
    }
    /// Keeps `value` alive up to here: it is stored in a slot that nobody reads. Each has its own slot, because Cranelift removes a store
    /// that the next one overwrites.
    pub fn keep_alive(&mut self, value: ir::Value) {
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3));
        self.b.ins().stack_store(types::I64, value, slot, 0);
    }

    fn edge(&mut self, block: Block, args: &[Value]) -> (ir::Block, Vec<BlockArg>) {
        let args = args.iter().map(|&v| BlockArg::Value(self.value(v))).collect();
        (self.block(block), args)
    }

    fn terminator(&mut self, term: &Terminator) {
        match term {
            Terminator::Jump(block, args) => {
                let (block, args) = self.edge(*block, args);
                self.b.ins().jump(block, &args);
            }
            Terminator::Branch { cond, then, els } => {
                let cond = self.value(*cond);
                let (then, then_args) = self.edge(then.0, &then.1);
                let (els, els_args) = self.edge(els.0, &els.1);
                self.b.ins().brif(cond, then, &then_args, els, &els_args);
            }
            Terminator::Switch { value, cases, default } => self.switch(*value, cases, *default),
            Terminator::Return(values) => {
                let places = self.abi.results.clone();
                let mut results = Vec::new();
                for (&value, place) in values.iter().zip(places) {
                    let clif = self.value(value);
                    match place {
                        Place::Register(_) => results.push(clif),
                        Place::Memory(offset) => {
                            let area = self.area.expect("overflowing results have an area");
                            let flags = self.trusted();
                            self.b.ins().store(flags, clif, area, offset as i32);
                        }
                    }
                }
                self.b.ins().return_(&results);
            }
            Terminator::Unreachable => self.trap(),
        }
    }

    /// Ends the current block where control cannot come.
    pub fn trap(&mut self) {
        self.b.ins().trap(ir::TrapCode::unwrap_user(1));
    }

    /// A new cold block with the current location.
    pub fn cold_block(&mut self) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }
}
