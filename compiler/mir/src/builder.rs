//! Builds a function block by block, in SSA form from the start.
//!
//! Local variables are declared with a type; `def_var` and `use_var` do the renaming as the blocks are filled (Braun et al.,
//! "Simple and Efficient Construction of Static Single Assignment Form", CC 2013). A block must be *sealed* once all its predecessors are
//! known; until then a read in it makes an incomplete block parameter. `finish` seals what is left and checks that every block has a terminator.

use std::collections::{HashMap, HashSet};

use crate::entity::{PrimaryMap, entity};
use crate::func::{Block, Func, Inst, Slot, SlotData, SrcLoc, Type, Value, ValueDef};
use crate::inst::{InstData, InstKind, Terminator};

entity!(/// A mutable local variable of one scalar, before SSA renaming.
    Var, "var");

/// See the module text.
pub struct FuncBuilder<'f> {
    pub func: &'f mut Func,
    vars: PrimaryMap<Var, Type>,
    current: Option<Block>,
    loc: SrcLoc,
    defs: HashMap<(Var, Block), Value>,
    sealed: HashSet<Block>,
    incomplete: HashMap<Block, Vec<(Var, Value)>>,
    preds: HashMap<Block, Vec<Block>>,
}

impl<'f> FuncBuilder<'f> {
    /// Starts with an entry block that has the function's parameters; it is current and sealed.
    pub fn new(func: &'f mut Func) -> FuncBuilder<'f> {
        let entry = func.new_block();
        func.layout.push(entry);
        for ty in func.sig.params.clone() {
            func.add_block_param(entry, ty);
        }
        FuncBuilder {
            func,
            vars: PrimaryMap::new(),
            current: Some(entry),
            loc: SrcLoc::default(),
            defs: HashMap::new(),
            sealed: HashSet::from([entry]),
            incomplete: HashMap::new(),
            preds: HashMap::new(),
        }
    }

    /// Location given to the instructions that follow.
    pub fn set_loc(&mut self, loc: SrcLoc) {
        self.loc = loc;
    }
    pub fn loc(&self) -> SrcLoc {
        self.loc
    }
    /// A new, empty, unsealed block.
    pub fn block(&mut self) -> Block {
        self.func.new_block()
    }
    /// A new block, laid out of the way.
    pub fn cold_block(&mut self) -> Block {
        let block = self.func.new_block();
        self.func.blocks[block].cold = true;
        block
    }
    pub fn slot(&mut self, size: u32, align: u32) -> Slot {
        self.func.slots.push(SlotData { size, align })
    }
    /// Goes on in `block`, which is appended to the layout. The block left before must have its terminator.
    pub fn switch_to(&mut self, block: Block) {
        debug_assert!(self.current.is_none(), "block left without terminator");
        self.func.layout.push(block);
        self.current = Some(block);
    }
    /// As `switch_to`, for a block whose predecessors are all known.
    pub fn switch_to_sealed(&mut self, block: Block) {
        self.switch_to(block);
        self.seal(block);
    }
    /// The block being filled; `None` after a terminator.
    pub fn current(&self) -> Option<Block> {
        self.current
    }
    /// Whether code emitted now could be reached: after a terminator it could not, and the caller skips it or starts a block.
    pub fn is_reachable(&self) -> bool {
        self.current.is_some()
    }
    /// Whether some terminator already leads to `block`.
    pub fn has_preds(&self, block: Block) -> bool {
        self.preds.contains_key(&block)
    }

    /// Appends an instruction; its results.
    pub fn inst(&mut self, kind: InstKind, results: &[Type]) -> Inst {
        let block = self.current.expect("instruction after a terminator");
        let inst = self.func.make_inst(InstData { kind, loc: self.loc }, results);
        self.func.blocks[block].insts.push(inst);
        inst
    }
    /// Appends an instruction with one result.
    pub fn value(&mut self, kind: InstKind, ty: Type) -> Value {
        let inst = self.inst(kind, &[ty]);
        self.func.result(inst)
    }
    /// Ends the current block.
    pub fn terminate(&mut self, term: Terminator) {
        let block = self.current.take().expect("second terminator");
        let mut successors = Vec::new();
        term.for_each_successor(|succ, _| {
            if !successors.contains(&succ) {
                successors.push(succ);
            }
        });
        for succ in successors {
            debug_assert!(!self.sealed.contains(&succ), "{succ} gets a predecessor after it was sealed");
            self.preds.entry(succ).or_default().push(block);
        }
        self.func.blocks[block].term = Some(term);
        self.func.blocks[block].term_loc = self.loc;
    }
    pub fn jump(&mut self, block: Block) {
        self.terminate(Terminator::Jump(block, vec![]));
    }
    pub fn branch(&mut self, cond: Value, then: Block, els: Block) {
        // Both edges to one block would need two sets of arguments.
        if then == els {
            return self.jump(then);
        }
        self.terminate(Terminator::Branch { cond, then: (then, vec![]), els: (els, vec![]) });
    }

    pub fn var(&mut self, ty: Type) -> Var {
        self.vars.push(ty)
    }
    pub fn var_type(&self, var: Var) -> Type {
        self.vars[var]
    }
    pub fn def_var(&mut self, var: Var, value: Value) {
        let block = self.current.expect("assignment after a terminator");
        debug_assert_eq!(self.func.ty(value), self.vars[var], "type of {var}");
        self.defs.insert((var, block), value);
    }
    /// The variable's value here. A variable never defined on some path reads as zero there.
    pub fn use_var(&mut self, var: Var) -> Value {
        let block = self.current.expect("read after a terminator");
        self.read(var, block)
    }

    // Chains of blocks with one predecessor can be as long as the function: walked in a loop, so that only joins recurse.
    fn read(&mut self, var: Var, block: Block) -> Value {
        let mut chain = Vec::new();
        let mut at = block;
        let value = loop {
            if let Some(&value) = self.defs.get(&(var, at)) {
                break value;
            }
            if !self.sealed.contains(&at) {
                let value = self.func.add_block_param(at, self.vars[var]);
                self.incomplete.entry(at).or_default().push((var, value));
                break value;
            }
            // Any call leads to the handler, so a variable read there must not have changed since the entry block.
            if self.func.handler == Some(at) {
                chain.push(at);
                at = self.func.entry();
                continue;
            }
            let preds = self.preds.get(&at).map_or(&[][..], Vec::as_slice);
            match *preds {
                [] => break self.zero(var, at),
                [only] => {
                    chain.push(at);
                    at = only;
                }
                _ => {
                    let param = self.func.add_block_param(at, self.vars[var]);
                    self.defs.insert((var, at), param);
                    break self.complete(var, at, param);
                }
            }
        };
        self.defs.insert((var, at), value);
        for block in chain {
            self.defs.insert((var, block), value);
        }
        value
    }

    fn zero(&mut self, var: Var, block: Block) -> Value {
        let ty = self.vars[var];
        let kind = if ty.is_float() { InstKind::Fconst(ty, 0) } else { InstKind::Iconst(ty, 0) };
        let inst = self.func.make_inst(InstData { kind, loc: SrcLoc::default() }, &[ty]);
        self.func.blocks[block].insts.insert(0, inst);
        self.func.result(inst)
    }

    fn complete(&mut self, var: Var, block: Block, param: Value) -> Value {
        let preds = self.preds.get(&block).cloned().unwrap_or_default();
        for pred in preds {
            let arg = self.read(var, pred);
            self.append_arg(pred, block, arg);
        }
        param
    }

    fn append_arg(&mut self, pred: Block, block: Block, arg: Value) {
        match self.func.blocks[pred].term.as_mut().expect("predecessor is terminated") {
            Terminator::Jump(_, args) => args.push(arg),
            Terminator::Branch { then, els, .. } => {
                for edge in [then, els] {
                    if edge.0 == block {
                        edge.1.push(arg);
                    }
                }
            }
            Terminator::Switch { .. } => unreachable!("finish splits switch edges"),
            Terminator::Return(_) | Terminator::Unreachable => unreachable!("not a predecessor"),
        }
    }

    /// Declares that no further predecessor of `block` will be added.
    pub fn seal(&mut self, block: Block) {
        if !self.sealed.insert(block) {
            return;
        }
        for (var, param) in self.incomplete.remove(&block).unwrap_or_default() {
            self.complete(var, block, param);
        }
    }

    /// Seals every block, removes redundant parameters and unreachable blocks.
    pub fn finish(mut self) {
        debug_assert!(self.current.is_none(), "last block has no terminator");
        for block in self.func.blocks.keys() {
            self.seal(block);
        }
        remove_unreachable_blocks(self.func);
        remove_redundant_params(self.func);
    }

    /// A switch on integer constants. Each case gets an edge block of its own, so that case blocks may have parameters.
    pub fn switch(&mut self, value: Value, cases: &[(i64, Block)], default: Block) {
        let mut edges = Vec::new();
        let mut edge_to = |this: &mut Self, target: Block| {
            let edge = this.block();
            edges.push((edge, target));
            edge
        };
        let cases = cases.iter().map(|&(k, target)| (k, edge_to(self, target))).collect();
        let default = edge_to(self, default);
        self.terminate(Terminator::Switch { value, cases, default });
        for (edge, target) in edges {
            self.switch_to_sealed(edge);
            self.jump(target);
        }
    }
}

/// Drops the blocks that neither the entry nor the handler reaches.
pub fn remove_unreachable_blocks(func: &mut Func) {
    let mut reached = HashSet::from([func.entry()]);
    reached.extend(func.handler);
    let mut work: Vec<Block> = reached.iter().copied().collect();
    while let Some(block) = work.pop() {
        if let Some(term) = &func.blocks[block].term {
            term.for_each_successor(|succ, _| {
                if reached.insert(succ) {
                    work.push(succ);
                }
            });
        }
    }
    func.layout.retain(|block| reached.contains(block));
    for (block, data) in func.blocks.iter_mut() {
        if !reached.contains(&block) {
            *data = Default::default();
        }
    }
}

/// Removes block parameters that always receive one value (or themselves), to a fixed point.
pub fn remove_redundant_params(func: &mut Func) {
    let entry = func.entry();
    let mut replaced: HashMap<Value, Value> = HashMap::new();
    fn resolve(replaced: &HashMap<Value, Value>, mut v: Value) -> Value {
        while let Some(&next) = replaced.get(&v) {
            v = next;
        }
        v
    }
    // incoming[param] = arguments from all edges
    let mut incoming: HashMap<Value, Vec<Value>> = HashMap::new();
    for block in func.blocks.values() {
        if let Some(term) = &block.term {
            term.for_each_successor(|succ, args| {
                for (&param, &arg) in func.blocks[succ].params.iter().zip(args) {
                    incoming.entry(param).or_default().push(arg);
                }
            });
        }
    }
    let mut users: HashMap<Value, Vec<Value>> = HashMap::new();
    let mut params: Vec<Value> = Vec::new();
    for block in func.blocks.keys() {
        if block == entry {
            continue;
        }
        for &param in &func.blocks[block].params {
            params.push(param);
            for &arg in incoming.get(&param).map_or(&[][..], Vec::as_slice) {
                users.entry(arg).or_default().push(param);
            }
        }
    }
    let mut work = params;
    while let Some(param) = work.pop() {
        if replaced.contains_key(&param) {
            continue;
        }
        let mut same = None;
        let mut distinct = false;
        for &arg in incoming.get(&param).map_or(&[][..], Vec::as_slice) {
            let arg = resolve(&replaced, arg);
            if arg == param || same == Some(arg) {
                continue;
            }
            if same.is_some() {
                distinct = true;
                break;
            }
            same = Some(arg);
        }
        let (false, Some(value)) = (distinct, same) else { continue };
        replaced.insert(param, value);
        let moved = users.remove(&param).unwrap_or_default();
        work.extend(&moved);
        users.entry(value).or_default().extend(moved);
    }
    if replaced.is_empty() {
        return;
    }
    let keep: HashMap<Block, Vec<bool>> = func
        .blocks
        .iter()
        .map(|(b, data)| (b, data.params.iter().map(|p| !replaced.contains_key(p)).collect()))
        .collect();
    for inst in func.insts.values_mut() {
        inst.kind.map_operands(|v| resolve(&replaced, v));
    }
    for block in func.blocks.values_mut() {
        let Some(term) = &mut block.term else { continue };
        let prune = |target: Block, args: &mut Vec<Value>| {
            let mut index = 0;
            args.retain(|_| {
                index += 1;
                keep[&target][index - 1]
            });
        };
        match term {
            Terminator::Jump(target, args) => prune(*target, args),
            Terminator::Branch { then, els, .. } => {
                prune(then.0, &mut then.1);
                prune(els.0, &mut els.1);
            }
            Terminator::Switch { .. } | Terminator::Return(_) | Terminator::Unreachable => {}
        }
        term.map_operands(|v| resolve(&replaced, v));
    }
    for block in func.blocks.keys() {
        let params = std::mem::take(&mut func.blocks[block].params);
        let kept: Vec<Value> = params.into_iter().filter(|p| !replaced.contains_key(p)).collect();
        for (i, &param) in kept.iter().enumerate() {
            func.values[param].def = ValueDef::Param(block, i as u32);
        }
        func.blocks[block].params = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::func::Signature;
    use crate::inst::{BinaryOp, IntCc};
    use crate::module::FuncId;

    #[test]
    fn loop_gets_only_the_parameters_it_needs() {
        let sig = Signature { params: vec![Type::I64], results: vec![Type::I64] };
        let mut func = Func::new(FuncId(0), "sum", sig);
        let mut b = FuncBuilder::new(&mut func);
        let n = b.func.params()[0];
        let (i, sum, bound) = (b.var(Type::I64), b.var(Type::I64), b.var(Type::I64));
        let zero = b.value(InstKind::Iconst(Type::I64, 0), Type::I64);
        b.def_var(i, zero);
        b.def_var(sum, zero);
        b.def_var(bound, n);
        let (head, body, exit) = (b.block(), b.block(), b.block());
        b.jump(head);
        b.switch_to(head);
        let (iv, bv) = (b.use_var(i), b.use_var(bound));
        let cond = b.value(InstKind::Icmp(IntCc::Sge, iv, bv), Type::I8);
        b.branch(cond, exit, body);
        b.switch_to_sealed(body);
        let (iv, sv) = (b.use_var(i), b.use_var(sum));
        let next = b.value(InstKind::Binary(BinaryOp::Iadd, sv, iv), Type::I64);
        b.def_var(sum, next);
        let one = b.value(InstKind::Iconst(Type::I64, 1), Type::I64);
        let next = b.value(InstKind::Binary(BinaryOp::Iadd, iv, one), Type::I64);
        b.def_var(i, next);
        b.jump(head);
        b.seal(head);
        b.switch_to_sealed(exit);
        let sv = b.use_var(sum);
        b.terminate(Terminator::Return(vec![sv]));
        b.finish();
        assert_eq!(func.blocks[head].params.len(), 2, "bound is not a loop variable");
    }
}
