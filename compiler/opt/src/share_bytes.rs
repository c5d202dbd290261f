//! `[]byte(s)` whose bytes are only read is the string's own bytes.
//!
//! ```text
//! v2: ptr, v3: i64, v4: i64 = call "runtime.stringtoslicebyte" [nil, v0, v1]      v2: ptr = select v0 != nil, v0, zerobase
//! v5: i8 = load v2                                                            →   v5: i8 = load v2
//! ```
//! Part of `escape`, whose `flow` says that nothing is stored through the slice and that it is not kept: what was in another object could be loaded and
//! written to later. Strings do not change; an empty one must not become a nil slice.

use std::collections::HashMap;

use rgo_mir::{Callee, DataId, Func, FuncId, Inst, InstData, InstKind, IntCc, Module, Type, Value};

use crate::edit::{Renames, constant};
use crate::flow::{Aim, Flow, Source};
use crate::summary::Summary;

/// What empty slices point to.
const ZEROBASE: &str = "runtime.zerobase";

/// Whether anything changed.
pub fn run(func: &mut Func, module: &Module, summaries: &HashMap<FuncId, Summary>) -> bool {
    let Some(zerobase) = module.data_named(ZEROBASE) else { return false };
    let is_conversion = |inst: Inst| matches!(operands(func, inst, module), Some([_, _]));
    if !func.layout.iter().any(|&block| func.blocks[block].insts.iter().any(|&i| is_conversion(i))) {
        return false;
    }
    let Some(flow) = Flow::solve(func, module, summaries, Aim::Escape) else { return false };
    let chosen: Vec<Inst> = flow
        .sources
        .iter()
        .enumerate()
        .filter_map(|(source, &kind)| match kind {
            Source::Object(inst) if is_conversion(inst) => {
                let leak = flow.leak(source);
                (!leak.itself && !leak.written && flow.holders(source).next().is_none()).then_some(inst)
            }
            _ => None,
        })
        .collect();
    if chosen.is_empty() {
        return false;
    }
    let mut renames = Renames::new(func);
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            match operands(func, inst, module) {
                Some([ptr, len]) if chosen.contains(&inst) => {
                    let start = start_of(func, &mut out, inst, ptr, zerobase);
                    let results = func.results[inst].clone();
                    for (&result, value) in results.iter().zip([start, len, len]) {
                        renames.insert(result, value);
                    }
                }
                _ => out.push(inst),
            }
        }
        func.blocks[block].insts = out;
    }
    renames.apply(func);
    true
}

/// Pointer and length of the string that `inst` converts, if it does that in the heap.
fn operands(func: &Func, inst: Inst, module: &Module) -> Option<[Value; 2]> {
    match &func.insts[inst].kind {
        InstKind::Call { callee: Callee::Func(id), args, .. }
            if module.funcs[*id].name == "runtime.stringtoslicebyte" =>
        {
            let &[buffer, ptr, len] = &args[..] else { return None };
            (constant(func, buffer) == Some(0)).then_some([ptr, len])
        }
        _ => None,
    }
}

/// `ptr`, or the address of nothing where it is nil.
fn start_of(func: &mut Func, out: &mut Vec<Inst>, at: Inst, ptr: Value, zerobase: DataId) -> Value {
    let loc = func.insts[at].loc;
    let mut make = |kind, ty| {
        let inst = func.make_inst(InstData { kind, loc }, &[ty]);
        out.push(inst);
        func.result(inst)
    };
    let nil = make(InstKind::Iconst(Type::Ptr, 0), Type::Ptr);
    let is_nil = make(InstKind::Icmp(IntCc::Eq, ptr, nil), Type::I8);
    let nothing = make(InstKind::DataAddr(zerobase, 0), Type::Ptr);
    make(InstKind::Select(is_nil, nothing, ptr), Type::Ptr)
}
