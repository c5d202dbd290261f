//! One name for equal pure values, along the dominator tree.
//!
//! Cranelift does the same later and better; here it serves the passes that compare operands by name. Where a handler leads starts anew: it may be
//! entered before what stands after a call in the entry block has been computed.

use std::collections::HashMap;

use rgo_mir::{
    BinaryOp, Block, ControlFlow, ConvOp, DataId, DomTree, EntityRef, FloatCc, Func, FuncId, InstKind, IntCc,
    Slot, Type, UnaryOp, Value,
};

use crate::edit::{Renames, reached_from_handler, scope_roots, sign_extend};

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

/// Whether anything changed.
pub fn run(func: &mut Func) -> bool {
    let cfg = ControlFlow::new(func);
    let dom = DomTree::new(func, &cfg);
    let mut renames = Renames::new(func);
    let mut known: HashMap<Key, Value> = HashMap::new();
    let from_handler = reached_from_handler(func);
    for root in scope_roots(func, &cfg, &dom, &from_handler) {
        known.clear();
        walk(func, &dom, &from_handler, &mut renames, &mut known, root);
    }
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

fn walk(
    func: &mut Func,
    dom: &DomTree,
    from_handler: &[bool],
    renames: &mut Renames,
    known: &mut HashMap<Key, Value>,
    root: Block,
) {
    let region = from_handler[root.index()];
    let mut trail: Vec<Key> = Vec::new();
    let mut work = vec![Step::Enter(root)];
    while let Some(step) = work.pop() {
        let block = match step {
            Step::Enter(block) => block,
            Step::Leave(length) => {
                for key in trail.drain(length..) {
                    known.remove(&key);
                }
                continue;
            }
        };
        work.push(Step::Leave(trail.len()));
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        insts.retain(|&inst| {
            if !renames.is_empty() {
                func.insts[inst].kind.map_operands(|v| renames.resolve(v));
            }
            let Some(key) = key(&func.insts[inst].kind) else { return true };
            let result = func.results[inst][0];
            match known.get(&key) {
                Some(&value) => {
                    renames.insert(result, value);
                    false
                }
                None => {
                    known.insert(key.clone(), result);
                    trail.push(key);
                    true
                }
            }
        });
        func.blocks[block].insts = insts;
        work.extend(
            dom.children(block)
                .iter()
                .filter(|&&c| from_handler[c.index()] == region)
                .map(|&c| Step::Enter(c)),
        );
    }
}
