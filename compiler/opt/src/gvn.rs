//! One name for equal pure values, along the dominator tree.
//!
//! ```text
//!     v4: i64 = call "runtime.cmpstring" (...) [v0, v1, v2, v3]         v4: i64 = call ...
//!     branch v5, b2, b1                                             →   branch v5, b2, b1
//! b1: v6: i64 = call "runtime.cmpstring" (...) [v0, v1, v2, v3]     b1: branch v7, ...       (v6 is v4)
//! ```
//!
//! Cranelift does the same for instructions later and better; here it serves the passes that compare operands by name. The order of two strings,
//! which `x < y`, `x > y` asks for twice, is known as long as nothing is written: strings may be other names of byte slices. Where a handler
//! leads starts anew: it may be entered before what stands after a call in the entry block has been computed.

use std::collections::HashMap;

use rgo_mir::{
    BinaryOp, Block, Callee, ControlFlow, ConvOp, DataId, DomTree, EntityRef, FloatCc, Func, FuncId,
    InstKind, IntCc, Module, Slot, Type, UnaryOp, Value, runtime_calls,
};

use crate::edit::{Renames, reached_from_handler, scope_roots, sign_extend, writes};

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Iconst(Type, i64),
    Fconst(Type, u64),
    Unary(UnaryOp, Value),
    Binary(BinaryOp, Value, Value),
    Icmp(IntCc, Value, Value),
    Fcmp(FloatCc, Value, Value),
    Conv(ConvOp, Type, Value),
    Select(Value, Value, Value),
    PtrAdd(Value, Value),
    SlotAddr(Slot),
    DataAddr(DataId, i64),
    FuncAddr(FuncId),
}

fn key(kind: &InstKind) -> Option<Key> {
    Some(match *kind {
        InstKind::Iconst(ty, k) => Key::Iconst(ty, sign_extend(k, ty.bits(8))),
        InstKind::Fconst(ty, bits) => Key::Fconst(ty, bits),
        InstKind::Unary(op, a) => Key::Unary(op, a),
        InstKind::Binary(op, a, b) => Key::Binary(op, a, b),
        InstKind::Icmp(cc, a, b) => Key::Icmp(cc, a, b),
        InstKind::Fcmp(cc, a, b) => Key::Fcmp(cc, a, b),
        InstKind::Conv(op, ty, a) => Key::Conv(op, ty, a),
        InstKind::Select(c, a, b) => Key::Select(c, a, b),
        InstKind::PtrAdd(a, b) => Key::PtrAdd(a, b),
        InstKind::SlotAddr(slot) => Key::SlotAddr(slot),
        InstKind::DataAddr(data, offset) => Key::DataAddr(data, offset),
        InstKind::FuncAddr(id) => Key::FuncAddr(id),
        _ => return None,
    })
}

/// Calls that have been made since anything was written, with their results.
type Orders = Vec<(Vec<Value>, Value)>;

/// Whether anything changed.
pub fn run(func: &mut Func, module: &Module) -> bool {
    let cfg = ControlFlow::new(func);
    let dom = DomTree::new(func, &cfg);
    let from_handler = reached_from_handler(func);
    let renames = Renames::new(func);
    let mut walk = Walk {
        func,
        module,
        cfg: &cfg,
        dom: &dom,
        from_handler: &from_handler,
        renames,
        known: HashMap::new(),
        orders: HashMap::new(),
    };
    for root in scope_roots(walk.func, &cfg, &dom, &from_handler) {
        walk.known.clear();
        walk.below(root);
    }
    let Walk { renames, .. } = walk;
    if renames.is_empty() {
        return false;
    }
    renames.apply(func);
    true
}

enum Step {
    Enter(Block),
    /// Forget the newest entries down to this many.
    Leave(usize),
}

struct Walk<'a> {
    func: &'a mut Func,
    module: &'a Module,
    cfg: &'a ControlFlow,
    dom: &'a DomTree,
    from_handler: &'a [bool],
    renames: Renames,
    known: HashMap<Key, Value>,
    /// At the ends of blocks, where there are some.
    orders: HashMap<Block, Orders>,
}

impl Walk<'_> {
    fn below(&mut self, root: Block) {
        let region = self.from_handler[root.index()];
        let mut trail: Vec<Key> = Vec::new();
        let mut work = vec![Step::Enter(root)];
        while let Some(step) = work.pop() {
            let block = match step {
                Step::Enter(block) => block,
                Step::Leave(length) => {
                    for key in trail.drain(length..) {
                        self.known.remove(&key);
                    }
                    continue;
                }
            };
            work.push(Step::Leave(trail.len()));
            // What holds at the end of the only block that leads here. It dominates this one, so it has been visited, unless this is a root.
            let mut orders = match *self.cfg.preds(block) {
                [pred] if block != root => self.orders.get(&pred).cloned().unwrap_or_default(),
                _ => Orders::new(),
            };
            let mut insts = std::mem::take(&mut self.func.blocks[block].insts);
            insts.retain(|&inst| {
                if !self.renames.is_empty() {
                    self.func.insts[inst].kind.map_operands(|v| self.renames.resolve(v));
                }
                let kind = &self.func.insts[inst].kind;
                let equal = match key(kind) {
                    Some(key) => {
                        let result = self.func.results[inst][0];
                        let equal = self.known.get(&key).copied();
                        if equal.is_none() {
                            self.known.insert(key.clone(), result);
                            trail.push(key);
                        }
                        equal
                    }
                    None => match self.strings_compared(kind) {
                        Some(args) => {
                            let equal = orders.iter().find(|(known, _)| known == args).map(|&(_, v)| v);
                            if equal.is_none() {
                                orders.push((args.to_vec(), self.func.results[inst][0]));
                            }
                            equal
                        }
                        None => {
                            if writes(kind) {
                                orders.clear();
                            }
                            None
                        }
                    },
                };
                if let Some(value) = equal {
                    self.renames.insert(self.func.results[inst][0], value);
                }
                equal.is_none()
            });
            self.func.blocks[block].insts = insts;
            if !orders.is_empty() {
                self.orders.insert(block, orders);
            }
            work.extend(
                self.dom
                    .children(block)
                    .iter()
                    .filter(|&&c| self.from_handler[c.index()] == region)
                    .map(|&c| Step::Enter(c)),
            );
        }
    }
    /// The operands of a call that compares two strings.
    fn strings_compared<'k>(&self, kind: &'k InstKind) -> Option<&'k [Value]> {
        match kind {
            InstKind::Call { callee: Callee::Func(id), args, .. }
                if self.module.funcs[*id].name == runtime_calls::CMPSTRING =>
            {
                Some(args)
            }
            _ => None,
        }
    }
}
