//! Statements and expressions as edges of the location graph.

use rgo_types::TypeId;

use crate::graph::{Batch, CALLEE, HEAP, Hole, LocId, MUTATOR, What};
use crate::tree::{Conv, DefnId, FuncId, Node, Op, VarId};

impl<'n> Batch<'_, 'n, '_, '_> {
    /// Walks a function's body.
    pub fn walk_func(&mut self, func: FuncId) {
        let Some(body) = self.bodies.get(&func) else { return };
        let outer = (self.func, self.depth, std::mem::take(&mut self.labels));
        (self.func, self.depth) = (func, 1);
        // A label is the head of a loop when a goto after it leads there.
        let mut labels = std::mem::take(&mut self.labels);
        for node in body.iter() {
            node.walk(&mut |node| match node.op {
                Op::Label(name) => {
                    labels.insert(name, false);
                }
                Op::Goto(name) => {
                    if let Some(looping) = labels.get_mut(&name) {
                        *looping = true;
                    }
                }
                _ => {}
            });
        }
        self.labels = labels;
        self.block(body);
        (self.func, self.depth, self.labels) = outer;
    }

    fn stmts(&mut self, list: &'n [Node]) {
        for node in list {
            self.stmt(node);
        }
    }

    /// Statements that leave the loop depth as it was.
    fn block(&mut self, list: &'n [Node]) {
        let depth = self.depth;
        self.stmts(list);
        self.depth = depth;
    }

    fn declare(&mut self, var: VarId) -> LocId {
        let loc = self.loc(var);
        self.locs[loc].depth = self.depth;
        loc
    }

    /// Whether iterations have variables of their own that can be told apart.
    fn is_unshared(&self, var: VarId) -> bool {
        let var = self.w.var(var);
        var.per_iteration && (var.captured || var.addr_taken)
    }

    pub fn stmt(&mut self, node: &'n Node) {
        stacker::maybe_grow(64 << 10, 2 << 20, || {
            self.stmts(&node.init);
            self.stmt_itself(node);
        });
    }

    fn stmt_itself(&mut self, node: &'n Node) {
        let kids = &node.kids;
        match &node.op {
            Op::Absent
            | Op::Fall
            | Op::InlMark
            | Op::Break
            | Op::Continue
            | Op::Goto(_)
            | Op::Literal(_)
            | Op::Nil
            | Op::Type => {}
            Op::List | Op::Block => self.stmts(kids),
            Op::Dcl(var) => {
                self.declare(*var);
            }
            Op::Label(name) => {
                if self.labels.remove(name) == Some(true) {
                    self.depth += 1;
                }
            }
            Op::If => {
                self.discard(&kids[0]);
                self.block(&kids[1].kids);
                self.block(&kids[2].kids);
            }
            Op::For => {
                self.depth += 1;
                for init in &node.init {
                    for dcl in &init.init {
                        if let Op::Dcl(var) = dcl.op
                            && self.is_unshared(var)
                        {
                            self.declare(var);
                        }
                    }
                }
                self.discard(&kids[0]);
                self.stmt(&kids[1]);
                self.block(&kids[2].kids);
                self.depth -= 1;
            }
            Op::Range(_) => self.range(node),
            Op::Switch => self.switch(node),
            Op::Select => {
                for clause in kids {
                    self.stmt(&clause.kids[0]);
                    self.block(&clause.kids[1].kids);
                }
            }
            Op::Send => {
                self.discard(&kids[0]);
                self.expr(Hole::heap(), &kids[1]);
            }
            Op::As(_) | Op::AsWith(_) => self.assign_list(&kids[..1], &kids[1..], node),
            Op::As2(_) | Op::As2Ok(_) => {
                let (lhs, rhs) = (&kids[0].kids, &kids[1].kids);
                self.assign_list(lhs, rhs, node);
            }
            Op::As2Func(_) => {
                let call = &kids[1].kids[0];
                self.stmts(&call.init);
                let holes = self.addrs(&kids[0].kids);
                self.call(Some(&holes), call);
                self.reassigned(&holes, node);
            }
            Op::Return => {
                let results = self.w.func(self.func).results.clone();
                let holes: Vec<Hole> = results
                    .iter()
                    .map(|&var| if self.is_blank(var) { Hole::discard() } else { Hole::of(self.loc(var)) })
                    .collect();
                for (&hole, value) in holes.iter().zip(kids) {
                    self.expr(hole, value);
                }
                self.reassigned(&holes, node);
            }
            Op::Go | Op::Defer => self.go_or_defer(node),
            Op::Call { .. } | Op::CallInter { .. } | Op::InlCall | Op::Builtin { .. } => {
                self.call(None, node);
            }
            _ => self.expr_itself(Hole::discard(), node),
        }
    }

    fn is_blank(&self, var: VarId) -> bool {
        let name = self.w.var(var).name;
        name.is_blank() || name.as_str().is_empty()
    }

    fn range(&mut self, node: &'n Node) {
        let [x, key, value, body] = &node.kids[..] else { return };
        let temp = self.new_loc(What::Temporary, true);
        self.expr(Hole::of(temp), x);
        self.depth += 1;
        let mut unshared = false;
        for target in [key, value] {
            if let Op::Var(var) = target.op
                && self.is_unshared(var)
                && matches!(node.op, Op::Range(defn) if defn != DefnId::NONE)
            {
                unshared = true;
                self.declare(var);
            }
        }
        let holes = [self.addr(key), self.addr(value)];
        let element = if self.w.is_array(x.ty) { holes[1] } else { holes[1].deref() };
        self.flow(element, temp);
        for (hole, target) in holes.iter().zip([key, value]) {
            let own = matches!(target.op, Op::Var(var) if self.is_unshared(var));
            if !(unshared && own) {
                self.reassigned(&[*hole], node);
            }
        }
        self.block(&body.kids);
        self.depth -= 1;
    }

    fn switch(&mut self, node: &'n Node) {
        let (tag, cases) = node.kids.split_first().expect("a switch has a tag or none");
        if let Op::TypeGuard(binds) = tag.op {
            let mut holes = Vec::new();
            if binds {
                for case in cases {
                    let Op::Case(Some(var)) = case.op else { continue };
                    let loc = self.declare(var);
                    let ty = self.w.var(var).ty;
                    if self.w.has_pointers(ty) {
                        holes.push(self.asserted(Hole::of(loc), ty));
                    }
                }
            }
            let k = self.tee(&holes);
            self.expr(k, &tag.kids[0]);
        } else {
            self.discard(tag);
        }
        for case in cases {
            for x in &case.kids[0].kids {
                self.discard(x);
            }
            self.block(&case.kids[1].kids);
        }
    }

    /// The hole for an interface value whose dynamic value goes to `k`.
    fn asserted(&mut self, k: Hole, ty: TypeId) -> Hole {
        if self.w.is_interface(ty) || self.w.is_direct(ty) { k } else { k.shift(1) }
    }

    // ---- assignments ----

    /// The hole for what is stored in `node`.
    fn addr(&mut self, node: &'n Node) -> Hole {
        let kids = &node.kids;
        match &node.op {
            Op::Absent | Op::Blank => Hole::discard(),
            Op::Var(var) => Hole::of(self.loc(*var)),
            Op::Dot(_) => self.addr(&kids[0]),
            Op::Conv(Conv::Nop) => self.addr(&kids[0]),
            Op::Index => {
                self.discard(&kids[1]);
                if self.w.is_array(kids[0].ty) {
                    return self.addr(&kids[0]);
                }
                self.mutate(&kids[0]);
                Hole::heap()
            }
            Op::Deref | Op::DotPtr(_) => {
                self.mutate(&kids[0]);
                Hole::heap()
            }
            Op::IndexMap => {
                self.discard(&kids[0]);
                self.expr(Hole::heap(), &kids[1]);
                Hole::heap()
            }
            Op::Global(_) => Hole::heap(),
            _ => {
                self.discard(node);
                Hole::heap()
            }
        }
    }

    pub fn addrs(&mut self, list: &'n [Node]) -> Vec<Hole> {
        list.iter().map(|node| self.addr(node)).collect()
    }

    fn mutate(&mut self, node: &'n Node) {
        self.expr(Hole::of(MUTATOR), node);
    }

    // ---- expressions ----

    pub fn discard(&mut self, node: &'n Node) {
        self.expr(Hole::discard(), node);
    }

    pub fn expr(&mut self, k: Hole, node: &'n Node) {
        stacker::maybe_grow(64 << 10, 2 << 20, || {
            self.stmts(&node.init);
            self.expr_itself(k, node);
        });
    }

    fn expr_itself(&mut self, mut k: Hole, node: &'n Node) {
        if k.derefs >= 0
            && node.ty.is_valid()
            && !self.w.prog.is_untyped(node.ty)
            && !self.w.has_pointers(node.ty)
        {
            k.dst = crate::graph::BLANK;
        }
        let kids = &node.kids;
        match &node.op {
            Op::Var(var) => {
                let loc = self.loc(*var);
                self.flow(k, loc);
            }
            Op::Unary(_) | Op::Binary(_) | Op::Recv => {
                for kid in kids {
                    self.discard(kid);
                }
            }
            Op::Addr => self.expr(k.addr(), &kids[0]),
            Op::Deref | Op::DotPtr(_) => self.expr(k.deref(), &kids[0]),
            Op::Dot(_) | Op::DotInter(_) => self.expr(k, &kids[0]),
            Op::DotType => {
                let k = self.asserted(k, node.ty);
                self.expr(k, &kids[0]);
            }
            Op::Index => {
                let k = if self.w.is_array(kids[0].ty) { k } else { k.deref() };
                self.expr(k, &kids[0]);
                self.discard(&kids[1]);
            }
            Op::IndexMap => {
                self.discard(&kids[0]);
                self.discard(&kids[1]);
            }
            Op::Slice { .. } => {
                self.expr(k, &kids[0]);
                for bound in &kids[1..] {
                    self.discard(bound);
                }
            }
            Op::Conv(conv) => self.conversion(k, node, *conv),
            Op::Call { .. } | Op::CallInter { .. } | Op::InlCall | Op::Builtin { .. } => {
                self.call(Some(&[k]), node);
            }
            Op::New => {
                self.spill(k, node);
            }
            Op::MakeSlice | Op::MakeMap => {
                self.spill(k, node);
                for size in kids {
                    self.discard(size);
                }
            }
            Op::MakeChan => {
                for size in kids {
                    self.discard(size);
                }
            }
            Op::MethodValue(_, func) => {
                let record = self.spill(k, node);
                // Nothing is known of the calls: results go to the heap.
                let param = match func {
                    Some(func) => {
                        let holes = vec![Hole::heap(); self.w.func(*func).results.len()];
                        self.tag_hole(Some(&holes), *func, 0)
                    }
                    None => Hole::heap(),
                };
                let k = self.tee(&[param, record]);
                self.expr(k, &kids[0]);
            }
            Op::PtrLit => {
                let k = self.spill(k, node);
                self.expr(k, &kids[0]);
            }
            Op::ArrayLit => self.elements(k, kids),
            Op::SliceLit(_) => {
                let k = self.spill(k, node);
                self.elements(k, kids);
            }
            Op::StructLit => {
                for kid in kids {
                    self.expr(k, &kid.kids[0]);
                }
            }
            Op::MapLit => {
                self.spill(k, node);
                for kid in kids {
                    self.expr(Hole::heap(), &kid.kids[0]);
                    self.expr(Hole::heap(), &kid.kids[1]);
                }
            }
            Op::AddStr => {
                self.spill(k, node);
                for kid in kids {
                    self.discard(kid);
                }
            }
            Op::Closure(func) => self.closure(k, node, *func),
            _ => {}
        }
    }

    fn elements(&mut self, k: Hole, list: &'n [Node]) {
        for kid in list {
            let value = if matches!(kid.op, Op::Key) { &kid.kids[1] } else { kid };
            self.expr(k, value);
        }
    }

    fn conversion(&mut self, mut k: Hole, node: &'n Node, conv: Conv) {
        let x = &node.kids[0];
        match conv {
            Conv::Value | Conv::Nop => {
                if self.w.is_unsafe_pointer(node.ty) && self.w.is_uintptr(x.ty) {
                    self.unsafe_value(k, x);
                } else {
                    self.expr(k, x);
                }
            }
            Conv::Iface => {
                if !self.w.is_interface(x.ty) && !self.w.is_direct(x.ty) {
                    k = self.spill(k, node);
                }
                self.expr(k, x);
            }
            Conv::SliceToArray => self.expr(k.deref(), x),
            Conv::SliceToArrayPtr => self.expr(k, x),
            Conv::BytesToStr | Conv::RunesToStr | Conv::StrToBytes | Conv::StrToRunes | Conv::RuneToStr => {
                self.spill(k, node);
                self.discard(x);
            }
        }
    }

    /// Integer arithmetic that may contain pointers as integers.
    pub fn unsafe_value(&mut self, k: Hole, node: &'n Node) {
        self.stmts(&node.init);
        let kids = &node.kids;
        match &node.op {
            Op::Conv(Conv::Value | Conv::Nop) => {
                if self.w.is_unsafe_pointer(kids[0].ty) {
                    self.expr(k, &kids[0]);
                } else {
                    self.discard(&kids[0]);
                }
            }
            Op::DotPtr(_) => {
                if self.is_header_data(node) {
                    self.expr(k.deref(), &kids[0]);
                } else {
                    self.discard(&kids[0]);
                }
            }
            Op::Unary(_) => self.unsafe_value(k, &kids[0]),
            Op::Binary(op) if op.is_shift() => {
                self.unsafe_value(k, &kids[0]);
                self.discard(&kids[1]);
            }
            Op::Binary(_) => {
                self.unsafe_value(k, &kids[0]);
                self.unsafe_value(k, &kids[1]);
            }
            _ => self.expr_itself(Hole::discard(), node),
        }
    }

    fn closure(&mut self, k: Hole, node: &'n Node, func: FuncId) {
        let k = self.spill(k, node);
        self.closures.push((k, func));
        if !self.w.func(func).is_closure() {
            return;
        }
        for var in self.w.func(func).captures.clone() {
            let loc = self.loc(var);
            let depth = self.depth;
            let loc = &mut self.locs[loc];
            if !loc.captured {
                loc.captured = true;
                // Assignments before the first capture do not matter.
                if loc.depth == depth {
                    loc.reassigned = false;
                }
            }
        }
        self.walk_func(func);
    }

    /// `go` and `defer` of a call without arguments and results.
    fn go_or_defer(&mut self, node: &'n Node) {
        let mut k = Hole::of(HEAP);
        if matches!(node.op, Op::Defer) && self.depth == 1 {
            k = self.later(Hole::discard());
        }
        self.expr(k, &node.kids[0].kids[0]);
    }

    /// The hole for the callee of a call that nobody knows.
    pub fn unknown_callee(&self, holes: Option<&[Hole]>) -> Hole {
        let used = holes.is_some_and(|holes| holes.iter().any(|hole| hole.dst != crate::graph::BLANK));
        if used { Hole::of(CALLEE) } else { Hole::discard() }
    }
}
