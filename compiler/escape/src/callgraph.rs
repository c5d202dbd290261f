//! Functions bottom-up: each group comes after all the functions it refers to, its own members apart.

use std::collections::HashMap;

use crate::tree::{FuncId, Op};
use crate::world::World;

/// Tarjan's algorithm over references (a function that is mentioned may be called). A closure that captures belongs to
/// the group of the function around it.
pub(crate) struct BottomUp<'v> {
    ids: HashMap<FuncId, u32>,
    next: u32,
    stack: Vec<FuncId>,
    groups: &'v mut dyn FnMut(&mut World<'_, '_>, &[FuncId]),
}

impl<'v> BottomUp<'v> {
    pub fn new(groups: &'v mut dyn FnMut(&mut World<'_, '_>, &[FuncId])) -> BottomUp<'v> {
        BottomUp { ids: HashMap::new(), next: 0, stack: Vec::new(), groups }
    }

    pub fn visit(&mut self, w: &mut World<'_, '_>, func: FuncId) -> u32 {
        if let Some(&id) = self.ids.get(&func) {
            return id;
        }
        w.build(func);
        self.next += 1;
        let id = self.next;
        self.ids.insert(func, id);
        self.next += 1;
        let mut least = self.next;
        self.stack.push(func);
        for callee in references(w, func) {
            let m = stacker::maybe_grow(64 << 10, 2 << 20, || self.visit(w, callee));
            least = least.min(m);
        }
        if (least == id || least == id + 1) && !w.func(func).is_closure() {
            let at = self.stack.iter().rposition(|&f| f == func).expect("on the stack");
            let group = self.stack.split_off(at);
            for &member in &group {
                self.ids.insert(member, u32::MAX);
            }
            (self.groups)(w, &group);
        }
        least
    }
}

/// The functions that a body mentions, in order.
fn references(w: &World<'_, '_>, func: FuncId) -> Vec<FuncId> {
    let mut list = Vec::new();
    for node in w.func(func).body.iter() {
        node.walk(&mut |node| match node.op {
            Op::Func(id) | Op::MethodExpr(id) | Op::MethodValue(_, Some(id)) | Op::Closure(id) => {
                list.push(id)
            }
            _ => {}
        });
    }
    list
}
