//! Who calls whom, and the order in which callees come first.
//!
//! Making a closure, or naming a static one, counts as calling its code: the maker may get to know the call.

use std::collections::HashMap;

use rgo_mir::{Callee, Func, FuncId, InstKind, Module};

use crate::targets::Statics;

/// Calls between the bodies of a module; nodes are indexes into `Module::bodies`.
pub struct CallGraph {
    /// Body of a function, if it has one.
    pub body: HashMap<FuncId, usize>,
    /// Callees, each once, by number.
    pub callees: Vec<Vec<usize>>,
    /// Strongly connected component; callees' components have smaller or equal numbers.
    pub component: Vec<usize>,
    /// Callees first, members of one component together.
    pub bottom_up: Vec<usize>,
}

impl CallGraph {
    pub fn new(module: &Module) -> CallGraph {
        let body: HashMap<FuncId, usize> =
            module.bodies.iter().enumerate().map(|(i, func)| (func.id, i)).collect();
        let callees: Vec<Vec<usize>> =
            module.bodies.iter().map(|func| callees(func, &body, Statics::new(module))).collect();
        let (component, bottom_up) = components(&callees);
        CallGraph { body, callees, component, bottom_up }
    }
}

fn callees(func: &Func, body: &HashMap<FuncId, usize>, statics: Statics<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    for &block in &func.layout {
        for &inst in &func.blocks[block].insts {
            let id = match &func.insts[inst].kind {
                InstKind::Call { callee: Callee::Func(id), .. } | InstKind::FuncAddr(id) => Some(*id),
                InstKind::DataAddr(data, offset) => statics.func_at(*data, *offset),
                _ => None,
            };
            found.extend(id.and_then(|id| body.get(&id)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Tarjan's algorithm with its own stack.
fn components(succs: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    const UNSEEN: usize = usize::MAX;
    let n = succs.len();
    let (mut number, mut low) = (vec![UNSEEN; n], vec![0; n]);
    let mut component = vec![UNSEEN; n];
    let (mut order, mut open) = (Vec::with_capacity(n), Vec::new());
    let (mut clock, mut count) = (0, 0);
    for root in 0..n {
        if number[root] != UNSEEN {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            if *next == 0 {
                number[node] = clock;
                low[node] = clock;
                clock += 1;
                open.push(node);
            }
            if let Some(&succ) = succs[node].get(*next) {
                *next += 1;
                if number[succ] == UNSEEN {
                    stack.push((succ, 0));
                } else if component[succ] == UNSEEN {
                    low[node] = low[node].min(number[succ]);
                }
                // A node whose first callee is pushed must not be numbered again: `next` is no longer 0.
                continue;
            }
            stack.pop();
            if let Some(&(parent, _)) = stack.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == number[node] {
                while let Some(member) = open.pop() {
                    component[member] = count;
                    order.push(member);
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    (component, order)
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn callees_come_first() {
        // 0 → 1 ⇄ 2 → 3
        let (component, order) = components(&[vec![1], vec![2], vec![1, 3], vec![]]);
        assert_eq!(component[1], component[2]);
        assert!(component[3] < component[1] && component[1] < component[0]);
        assert_eq!((order[0], order[3]), (3, 0));
    }
}
