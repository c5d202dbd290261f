//! Calls as edges of the location graph.

use crate::graph::{Batch, HEAP, Hole, MUTATOR};
use crate::leaks::RESULTS;
use crate::tree::{Builtin, Class, Conv, FuncId, Node, Op, Static};

impl<'n> Batch<'_, 'n, '_, '_> {
    /// Evaluates a call whose results go to `holes`, if they go anywhere.
    pub fn call(&mut self, holes: Option<&[Hole]>, node: &'n Node) {
        match &node.op {
            Op::Call { .. } => self.func_call(holes, node),
            Op::CallInter { .. } => {
                let (fun, args) = node.kids.split_first().expect("a callee");
                let k = if node.pinned { Hole::discard() } else { Hole::heap() };
                self.expr(k, &fun.kids[0]);
                for arg in args {
                    self.expr(k, arg);
                }
            }
            Op::InlCall => {
                let [body, results] = &node.kids[..] else { return };
                for stmt in &body.kids {
                    self.stmt(stmt);
                }
                for (i, result) in results.kids.iter().enumerate() {
                    let k = holes.and_then(|holes| holes.get(i)).copied().unwrap_or_else(Hole::discard);
                    self.expr(k, result);
                }
            }
            Op::Builtin { which, ddd } => {
                let k = holes.and_then(|holes| holes.first()).copied().unwrap_or_else(Hole::discard);
                self.builtin(k, node, *which, *ddd);
            }
            _ => {
                self.expr(holes.and_then(|holes| holes.first()).copied().unwrap_or_else(Hole::discard), node)
            }
        }
    }

    /// The functions that may be called, when all are known.
    fn callees(&mut self, fun: &Node) -> Vec<FuncId> {
        match self.w.resolve(self.w.value_of(fun)) {
            Static::Func(id) | Static::Closure(id) => vec![id],
            Static::Var(var) => {
                let var = self.w.var(var);
                if var.class != Class::Local || var.addr_taken {
                    return Vec::new();
                }
                let Some(assigned) = &var.assigned else { return Vec::new() };
                let first = (var.defn != crate::tree::DefnId::NONE).then_some(&var.value);
                let mut callees = Vec::new();
                for value in first.into_iter().chain(assigned) {
                    match value {
                        Static::Nil => {}
                        Static::Func(id) | Static::Closure(id) => callees.push(*id),
                        _ => return Vec::new(),
                    }
                }
                let keeps = |id: &FuncId| {
                    let pragmas = self.w.func(*id).pragmas;
                    pragmas.uintptr_escapes || pragmas.uintptr_keep_alive
                };
                if callees.iter().any(keeps) { Vec::new() } else { callees }
            }
            _ => Vec::new(),
        }
    }

    fn func_call(&mut self, holes: Option<&[Hole]>, node: &'n Node) {
        let (fun, args) = node.kids.split_first().expect("a callee");
        let callees = self.callees(fun);
        if let Some(holes) = holes {
            for &callee in &callees {
                if self.in_batch(callee) {
                    for (&hole, result) in holes.iter().zip(self.w.func(callee).results.clone()) {
                        let ty = self.w.var(result).ty;
                        if self.w.has_pointers(ty) {
                            let loc = self.loc(result);
                            self.flow(hole, loc);
                        }
                    }
                }
            }
        }
        let k = if callees.is_empty() { self.unknown_callee(holes) } else { Hole::discard() };
        self.expr(k, fun);
        if node.pinned && callees.is_empty() {
            return;
        }
        if let [only] = callees[..]
            && self.is_escape_non_string(only)
        {
            let ty = args.last().map(|arg| arg.ty);
            let escapes = ty.is_some_and(|ty| self.has_non_string_pointers(ty));
            for arg in args {
                self.expr(if escapes { Hole::heap() } else { Hole::discard() }, arg);
            }
            return;
        }
        for (i, arg) in args.iter().enumerate() {
            self.unsafe_uintptr(arg, &callees);
            let k = match &callees[..] {
                [] => Hole::heap(),
                list => {
                    let holes: Vec<Hole> =
                        list.iter().map(|&callee| self.tag_hole(holes, callee, i)).collect();
                    self.tee(&holes)
                }
            };
            self.expr(k, arg);
        }
    }

    /// Pointers converted to integers in arguments of functions that want to keep them alive, or to have them escape.
    fn unsafe_uintptr(&mut self, arg: &'n Node, callees: &[FuncId]) {
        let escapes = callees.iter().any(|&id| self.w.func(id).pragmas.uintptr_escapes);
        let keeps = callees.iter().any(|&id| {
            let func = self.w.func(id);
            func.pragmas.uintptr_keep_alive || !func.has_body
        });
        if !escapes && !keeps {
            return;
        }
        let list: Vec<&'n Node> = match arg.op {
            Op::SliceLit(_) => arg
                .kids
                .iter()
                .map(|kid| if matches!(kid.op, Op::Key) { &kid.kids[1] } else { kid })
                .collect(),
            _ => vec![arg],
        };
        for node in list {
            if matches!(node.op, Op::Conv(Conv::Nop))
                && self.w.is_uintptr(node.ty)
                && self.w.is_unsafe_pointer(node.kids[0].ty)
            {
                let k = if escapes { Hole::heap() } else { Hole::of(MUTATOR) };
                self.expr(k, &node.kids[0]);
            }
        }
    }

    /// The hole for argument `i` of a call of a known function.
    pub fn tag_hole(&mut self, holes: Option<&[Hole]>, callee: FuncId, i: usize) -> Hole {
        if self.in_batch(callee) {
            let Some(&param) = self.w.func(callee).params.get(i) else { return Hole::heap() };
            let name = self.w.var(param).name;
            if name.is_blank() || name.as_str().is_empty() {
                return Hole::discard();
            }
            return Hole::of(self.loc(param));
        }
        let Some(&leaks) = self.w.func(callee).tags.get(i) else { return Hole::heap() };
        let mut list = Vec::new();
        list.extend(leaks.heap().map(|d| Hole::heap().shift(d)));
        list.extend(leaks.mutator().map(|d| Hole::of(MUTATOR).shift(d)));
        list.extend(leaks.callee().map(|d| Hole::of(crate::graph::CALLEE).shift(d)));
        if let Some(holes) = holes {
            for (i, hole) in holes.iter().enumerate().take(RESULTS) {
                list.extend(leaks.result(i).map(|d| hole.shift(d)));
            }
        }
        self.tee(&list)
    }

    fn is_escape_non_string(&self, callee: FuncId) -> bool {
        let func = self.w.func(callee);
        func.name.starts_with("EscapeNonString[")
            && self.w.prog.package_path(func.pkg).as_str() == "internal/abi"
    }

    fn has_non_string_pointers(&mut self, ty: rgo_types::TypeId) -> bool {
        use rgo_types::TypeKind;
        if !self.w.has_pointers(ty) {
            return false;
        }
        match self.w.under(ty) {
            TypeKind::Basic(kind) => !kind.is_string(),
            TypeKind::Struct(id) => {
                let fields = self.w.prog.struct_type(id).fields.clone();
                fields.iter().any(|&field| {
                    let ty = self.w.field_type(field);
                    self.has_non_string_pointers(ty)
                })
            }
            TypeKind::Array { elem, .. } => self.has_non_string_pointers(elem),
            _ => true,
        }
    }

    fn builtin(&mut self, k: Hole, node: &'n Node, which: Builtin, ddd: bool) {
        let kids = &node.kids;
        match which {
            Builtin::Append => {
                let pointers = self.elem_has_pointers(&kids[0]);
                let mut first = self.tee(&[k, Hole::of(MUTATOR)]);
                if pointers {
                    first = self.tee(&[first, Hole::of(HEAP).deref()]);
                }
                self.expr(first, &kids[0]);
                if ddd {
                    let copied = self.w.is_slice(kids[1].ty) && self.elem_has_pointers(&kids[1]);
                    self.expr(if copied { Hole::heap().deref() } else { Hole::discard() }, &kids[1]);
                } else {
                    for arg in &kids[1..] {
                        self.expr(Hole::heap(), arg);
                    }
                }
                // The new backing array; it is used at most once, so loops do not matter.
                let store = self.spill(k, node);
                self.locs[store.dst].depth = 0;
            }
            Builtin::Copy => {
                self.expr(Hole::of(MUTATOR), &kids[0]);
                let copied = self.w.is_slice(kids[1].ty) && self.elem_has_pointers(&kids[1]);
                self.expr(if copied { Hole::heap().deref() } else { Hole::discard() }, &kids[1]);
            }
            Builtin::Panic => self.expr(Hole::heap(), &kids[0]),
            Builtin::Min | Builtin::Max => {
                for arg in kids {
                    self.expr(k, arg);
                }
            }
            Builtin::Clear => self.expr(Hole::of(MUTATOR), &kids[0]),
            Builtin::UnsafeStringData | Builtin::UnsafeSliceData => self.expr(k, &kids[0]),
            Builtin::UnsafeAdd | Builtin::UnsafeSlice | Builtin::UnsafeString => {
                self.expr(k, &kids[0]);
                self.discard(&kids[1]);
            }
            _ => {
                for arg in kids {
                    self.discard(arg);
                }
            }
        }
    }

    fn elem_has_pointers(&mut self, slice: &Node) -> bool {
        self.w.elem(slice.ty).is_some_and(|elem| self.w.has_pointers(elem))
    }
}
