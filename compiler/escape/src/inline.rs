//! Calls replaced by the bodies of what they call, and the calls of interface methods that become known in between.
//!
//! Bodies are copied as they were before calls in them were inlined, with variables of the caller's own. Calls in copied
//! bodies are looked at in turn, those of one round after those of the round before; when a round changes nothing the
//! function is done. A call is not inlined into a body that is part of its own callee's.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_source::Name;

use crate::intrinsics::is_intrinsic;
use crate::tree::{At, Class, DefnId, FuncId, Node, Op, Stage, Static, VarId};
use crate::world::{Inlined, World};

impl World<'_, '_> {
    /// A first look at the calls of a function: devirtualises, and counts the uses of closures.
    pub fn prepare_calls(&mut self, id: FuncId) {
        let mut body = Rc::unwrap_or_clone(std::mem::take(&mut self.func_mut(id).body));
        let print = self.is_shown(id);
        for node in &mut body {
            self.each_call(node, &mut |w, call| {
                w.devirtualize(call, print);
                w.count_use(id, call);
            });
        }
        self.func_mut(id).body = Rc::new(body);
    }

    /// The calls in a tree, inner ones first.
    fn each_call(&mut self, node: &mut Node, visit: &mut dyn FnMut(&mut Self, &mut Node)) {
        stacker::maybe_grow(64 << 10, 2 << 20, || {
            for child in node.init.iter_mut().chain(&mut node.kids) {
                self.each_call(child, visit);
            }
        });
        if matches!(node.op, Op::Call { .. } | Op::CallInter { .. }) {
            visit(self, node);
        }
    }

    fn count_use(&mut self, caller: FuncId, call: &mut Node) {
        if call.counted || !matches!(call.op, Op::Call { .. }) || !self.might_inline(call) {
            return;
        }
        if let Static::Func(callee) | Static::Closure(callee) = self.resolve(self.value_of(&call.kids[0])) {
            let func = self.func(callee);
            if func.parent.is_some() && !func.captures.is_empty() && func.parent != Some(caller) {
                return;
            }
            call.counted = true;
            *self.uses.entry(callee).or_default() += 1;
        }
    }

    fn might_inline(&self, call: &Node) -> bool {
        if !self.options.inline || call.pinned || !matches!(call.op, Op::Call { .. }) {
            return false;
        }
        match self.named_callee(&call.kids[0]) {
            Some((pkg, name)) => {
                let marker = pkg == "internal/abi" && name.starts_with("EscapeNonString[");
                !marker && !is_intrinsic(pkg, name)
            }
            None => true,
        }
    }

    /// Inlines the calls in a group of functions.
    pub fn inline_calls(&mut self, group: &[FuncId]) {
        let group: Vec<FuncId> =
            group.iter().copied().filter(|&id| self.func(id).stage < Stage::Inlined).collect();
        for &id in &group {
            self.func_mut(id).stage = Stage::Inlined;
        }
        let mut todo = group;
        loop {
            let mut changed = false;
            let mut made = Vec::new();
            for &id in &todo {
                let big = self.options.inline && self.is_big(id);
                if big && self.options.level > 1 && self.is_shown(id) {
                    let (name, pos) = (self.func(id).name.clone(), self.func(id).pos);
                    let text = format!("function {name} considered 'big'; reducing max cost of inlinees");
                    self.say(At::new(pos), text);
                }
                let first_new = self.funcs.len();
                while self.inline_round(id, big) {
                    changed = true;
                }
                made.extend((first_new..self.funcs.len()).map(|i| FuncId(i as u32)));
            }
            // Closures copied with inlined bodies are functions of their own.
            made.retain(|&id| self.func(id).parent.is_some() && self.func(id).stage == Stage::Built);
            for &id in &made {
                self.decide_inlinability(id);
                self.prepare_calls(id);
                self.func_mut(id).stage = Stage::Inlined;
            }
            if !changed && made.is_empty() {
                break;
            }
            todo.extend(made);
        }
    }

    /// Tries each call of a function once; those in bodies that this brings in come in the next round.
    fn inline_round(&mut self, id: FuncId, big: bool) -> bool {
        let mut body = Rc::unwrap_or_clone(std::mem::take(&mut self.func_mut(id).body));
        let print = self.is_shown(id);
        let mut changed = false;
        for node in &mut body {
            self.each_call(node, &mut |w, call| {
                w.devirtualize(call, print);
                w.count_use(id, call);
                changed |= w.try_inline(id, call, big, print);
            });
        }
        self.func_mut(id).body = Rc::new(body);
        changed
    }

    fn try_inline(&mut self, caller: FuncId, call: &mut Node, big: bool, print: bool) -> bool {
        if !self.might_inline(call) {
            return false;
        }
        let Some(callee) = self.inline_callee(caller, &call.kids[0]) else { return false };
        let once = self.func(callee).parent.is_some() && self.uses.get(&callee) == Some(&1);
        if !self.is_cheap_enough(callee, big, once) {
            return false;
        }
        // A call that stands in the body of the function it calls.
        let mut outer = call.at.inlined;
        while outer != 0 {
            let inlined = self.inlined[outer as usize];
            if inlined.at.pos == call.at.pos {
                return false;
            }
            if self.same_function(inlined.callee, callee) {
                if print && self.options.level > 1 {
                    let (name, into) = (self.diag_name(callee), self.func(caller).name.clone());
                    let text = format!("cannot inline {name} into {into}: repeated recursive cycle");
                    self.say(call.at, text);
                }
                return false;
            }
            outer = inlined.at.inlined;
        }
        if print {
            let name = self.diag_name(callee);
            self.say(call.at, format!("inlining call to {name}"));
        }
        self.expand(caller, callee, call);
        true
    }

    fn same_function(&self, a: FuncId, b: FuncId) -> bool {
        a == b
            || self.func(a).parent.is_some()
                && self.func(a).pos == self.func(b).pos
                && self.func(a).name == self.func(b).name
    }

    /// Replaces a call by the callee's body.
    fn expand(&mut self, caller: FuncId, callee: FuncId, call: &mut Node) {
        let call_at = call.at;
        let index = self.inlined.len() as u32;
        self.inlined.push(Inlined { at: call_at, callee });
        let original = Rc::clone(&self.func(callee).original);
        let (params, results) = (self.func(callee).params.clone(), self.func(callee).results.clone());
        let delay = self.can_delay_results(callee, &original);
        let callee_label = self.func(callee).name.clone();
        let mut copy = Copy {
            w: self,
            caller,
            from: callee,
            index,
            label: callee_label,
            vars: HashMap::new(),
            defns: HashMap::new(),
            returns: None,
        };

        let mut kids = std::mem::take(&mut call.kids).into_iter();
        let mut init = std::mem::take(&mut call.init);
        let fun = kids.next().expect("a callee");
        effects(fun, &mut init);
        let args: Vec<Node> = kids.collect();

        let defn = copy.w.new_defn();
        let mut assign = Node::stmt(Op::As2(defn), call_at, Vec::new());
        let mut lhs = Vec::new();
        for (&param, arg) in params.iter().zip(&args) {
            let name = copy.w.var(param).name;
            if name.is_blank() || name.as_str().is_empty() {
                lhs.push(Node::new(Op::Blank, call_at, arg.ty, Vec::new()));
                continue;
            }
            let value = copy.w.value_of(arg);
            let var = copy.var(param);
            let info = &mut copy.w.vars[var.index()];
            (info.defn, info.value, info.assigned) = (defn, value, None);
            let ty = info.ty;
            assign.init.push(Node::stmt(Op::Dcl(var), call_at, Vec::new()));
            lhs.push(Node::var(var, call_at, ty));
        }
        assign.kids = vec![Node::list(lhs), Node::list(args)];
        init.push(assign);
        let results: Vec<VarId> = results.iter().map(|&result| copy.var(result)).collect();
        if !delay {
            for &result in &results {
                init.push(Node::stmt(Op::Dcl(result), call_at, Vec::new()));
                let ty = copy.w.var(result).ty;
                let kids = vec![Node::var(result, call_at, ty), Node::absent()];
                init.push(Node::stmt(Op::As(DefnId::NONE), call_at, kids));
                copy.w.vars[result.index()].reassigned = true;
            }
        }
        init.push(Node::stmt(Op::InlMark, call_at, Vec::new()));
        copy.returns = Some((call_at, results.clone(), delay));
        let body: Vec<Node> = original.iter().map(|node| copy.node(node)).collect();
        let result_nodes =
            results.iter().map(|&result| Node::var(result, call_at, self.var(result).ty)).collect();
        let mut inlined =
            Node::new(Op::InlCall, call_at, call.ty, vec![Node::list(body), Node::list(result_nodes)]);
        inlined.init = init;
        self.note_assignments(std::slice::from_ref(&inlined));
        self.note_results(call_at, &results);
        *call = inlined;
    }

    /// Whether results need no variables before the only `return`.
    fn can_delay_results(&self, callee: FuncId, body: &[Node]) -> bool {
        let mut returns = 0;
        for node in body {
            node.walk(&mut |node| {
                if matches!(node.op, Op::Return) {
                    returns += if node.kids.is_empty() { 2 } else { 1 };
                }
            });
        }
        let named = |&var: &VarId| !self.var(var).name.as_str().starts_with('~');
        returns == 1 && !self.func(callee).results.iter().any(named)
    }
}

/// What evaluating a callee does besides naming it.
fn effects(mut fun: Node, init: &mut Vec<Node>) {
    loop {
        init.append(&mut fun.init);
        match fun.op {
            Op::Conv(_) => fun = fun.kids.remove(0),
            Op::InlCall => {
                let mut kids = fun.kids.into_iter();
                let (body, results) = (kids.next(), kids.next());
                init.extend(body.map(|body| body.kids).unwrap_or_default());
                match results.and_then(|results| results.kids.into_iter().next()) {
                    Some(result) => fun = result,
                    None => return,
                }
            }
            _ => return,
        }
    }
}

/// A body being copied.
struct Copy<'w, 'p, 'a> {
    w: &'w mut World<'p, 'a>,
    caller: FuncId,
    from: FuncId,
    index: u32,
    label: String,
    vars: HashMap<VarId, VarId>,
    defns: HashMap<DefnId, DefnId>,
    /// Where results go, for `return` statements of the body itself.
    returns: Option<(At, Vec<VarId>, bool)>,
}

impl Copy<'_, '_, '_> {
    /// The caller's variable for one of the callee.
    fn var(&mut self, var: VarId) -> VarId {
        if let Some(&copy) = self.vars.get(&var) {
            return copy;
        }
        let info = self.w.var(var).clone();
        if info.func != self.from {
            // Captured from outside.
            return var;
        }
        let at = At { pos: info.at.pos, inlined: self.index };
        let copy = self.w.new_var(self.caller, Class::Local, info.name, at, info.ty);
        self.vars.insert(var, copy);
        let (defn, value) = (self.defn(info.defn), self.value(&info.value));
        let assigned = info.assigned.as_ref().map(|list| list.iter().map(|v| self.value(v)).collect());
        let new = &mut self.w.vars[copy.index()];
        new.pkg = info.pkg;
        new.defn = defn;
        new.addr_taken = info.addr_taken;
        new.reassigned = info.reassigned;
        new.captured = info.captured;
        new.per_iteration = info.per_iteration;
        new.value = value;
        new.assigned = assigned;
        copy
    }

    fn value(&mut self, value: &Static) -> Static {
        match value {
            Static::Var(var) => Static::Var(self.var(*var)),
            Static::LenOf(var) => Static::LenOf(self.var(*var)),
            // The closure's copy is known when it is made.
            Static::Closure(id) => Static::Closure(self.closures_of(*id)),
            other => other.clone(),
        }
    }

    fn defn(&mut self, defn: DefnId) -> DefnId {
        if defn == DefnId::NONE {
            return defn;
        }
        if let Some(&copy) = self.defns.get(&defn) {
            return copy;
        }
        let copy = self.w.new_defn();
        self.defns.insert(defn, copy);
        copy
    }

    /// The caller's closure for one of the callee.
    fn closures_of(&mut self, id: FuncId) -> FuncId {
        let key = (self.index, id);
        if let Some(&copy) = self.w.copied_closures.get(&key) {
            return copy;
        }
        let from = self.w.func(id);
        if from.parent != Some(self.from) {
            return id;
        }
        let (name, pkg, file, pos) = (from.name.clone(), from.pkg, from.file, from.pos);
        let mut func = self.w.blank_func(name, pkg, file, pos);
        let from = self.w.func(id);
        func.parent = Some(self.caller);
        func.is_wrapper = from.is_wrapper;
        func.is_range = from.is_range;
        func.variadic = from.variadic;
        func.pragmas = from.pragmas;
        func.stage = Stage::Built;
        let (captures, params, results, locals) =
            (from.captures.clone(), from.params.clone(), from.results.clone(), from.locals.clone());
        let body = if from.original.is_empty() { Rc::clone(&from.body) } else { Rc::clone(&from.original) };
        let copy = self.w.new_func(func);
        self.w.copied_closures.insert(key, copy);
        let captures: Vec<VarId> = captures.into_iter().map(|var| self.var(var)).collect();
        // Its own variables and closures, in positions that are not inlined.
        let mut inner = Copy {
            caller: copy,
            from: id,
            index: 0,
            label: self.label.clone(),
            vars: std::mem::take(&mut self.vars),
            defns: HashMap::new(),
            returns: None,
            w: self.w,
        };
        let mut own = |list: Vec<VarId>| -> Vec<VarId> {
            list.into_iter()
                .map(|var| {
                    let class = inner.w.var(var).class;
                    let new = inner.var(var);
                    if class != Class::Local {
                        inner.w.vars[new.index()].class = class;
                        inner.w.funcs[copy.index()].locals.retain(|&local| local != new);
                    }
                    new
                })
                .collect()
        };
        let (params, results) = (own(params), own(results));
        own(locals);
        let body: Vec<Node> = body.iter().map(|node| inner.node(node)).collect();
        self.vars = std::mem::take(&mut inner.vars);
        self.w.note_assignments(&body);
        let func = self.w.func_mut(copy);
        func.captures = captures;
        func.params = params;
        func.results = results;
        func.body = Rc::new(body);
        copy
    }

    fn node(&mut self, node: &Node) -> Node {
        stacker::maybe_grow(64 << 10, 2 << 20, || self.node_itself(node))
    }

    fn node_itself(&mut self, node: &Node) -> Node {
        let at = At { pos: node.at.pos, inlined: self.index };
        let op = match &node.op {
            Op::Var(var) => Op::Var(self.var(*var)),
            Op::Dcl(var) => Op::Dcl(self.var(*var)),
            Op::Case(Some(var)) => Op::Case(Some(self.var(*var))),
            Op::As(defn) => Op::As(self.defn(*defn)),
            Op::As2(defn) => Op::As2(self.defn(*defn)),
            Op::As2Func(defn) => Op::As2Func(self.defn(*defn)),
            Op::As2Ok(defn) => Op::As2Ok(self.defn(*defn)),
            Op::Range(defn) => Op::Range(self.defn(*defn)),
            Op::Closure(id) => Op::Closure(self.closures_of(*id)),
            Op::Label(name) => Op::Label(self.label(*name)),
            Op::Goto(name) => Op::Goto(self.label(*name)),
            other => other.clone(),
        };
        let init: Vec<Node> = node.init.iter().map(|node| self.node(node)).collect();
        let kids: Vec<Node> = node.kids.iter().map(|node| self.node(node)).collect();
        if let (Op::Return, Some((call_at, results, delay))) = (&op, self.returns.clone()) {
            return self.return_stmt(call_at, &results, delay, init, kids);
        }
        Node { op, at, ty: node.ty, implicit: node.implicit, pinned: node.pinned, counted: false, init, kids }
    }

    fn label(&self, name: Name) -> Name {
        if self.index == 0 { name } else { Name::new(&format!("~{name}·{}", self.index)) }
    }

    fn return_stmt(
        &mut self,
        at: At,
        results: &[VarId],
        delay: bool,
        init: Vec<Node>,
        values: Vec<Node>,
    ) -> Node {
        let mut block = init;
        if !values.is_empty() {
            let defn = if delay { self.w.new_defn() } else { DefnId::NONE };
            let mut lhs = Vec::new();
            for (&result, value) in results.iter().zip(&values) {
                let value = self.w.value_of(value);
                let var = &mut self.w.vars[result.index()];
                if delay {
                    (var.defn, var.value, var.assigned) = (defn, value, None);
                    block.push(Node::stmt(Op::Dcl(result), at, Vec::new()));
                }
                lhs.push(Node::var(result, at, self.w.var(result).ty));
            }
            block.push(Node::stmt(Op::As2(defn), at, vec![Node::list(lhs), Node::list(values)]));
        }
        Node::stmt(Op::Block, at, block)
    }
}
