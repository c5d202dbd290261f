//! Escape analysis of a group of functions: graph, solution, tags and what is said about it.

use std::collections::HashMap;
use std::rc::Rc;

use rgo_types::{ConstValue, TypeId};

use crate::graph::{BLANK, Batch, CALLEE, HEAP, Hole, LocId, Location, MUTATOR, What, attr};
use crate::leaks::{Leaks, RESULTS};
use crate::tree::{Builtin, Class, Conv, FuncId, Node, Op, Stage, Static};
use crate::world::{World, external_tag};

/// Largest variable that a frame may hold.
const MAX_STACK_VARIABLE: i64 = 128 << 10;
/// Largest object that a frame may hold for an expression.
const MAX_IMPLICIT_STACK_OBJECT: i64 = 64 << 10;

impl World<'_, '_> {
    /// Analyses functions that call each other; those they call outside are tagged already.
    pub fn analyze_batch(&mut self, group: &[FuncId]) {
        let todo: Vec<FuncId> =
            group.iter().copied().filter(|&func| self.func(func).stage != Stage::Tagged).collect();
        let Some(&first) = todo.first() else { return };
        let bodies: HashMap<FuncId, Rc<Vec<Node>>> =
            todo.iter().map(|&func| (func, Rc::clone(&self.func(func).body))).collect();
        for &func in &todo {
            self.func_mut(func).stage = Stage::Planned;
        }
        let printing = self.is_shown(first);
        let lines = self.lines.len();
        let mut batch = Batch {
            w: self,
            bodies: &bodies,
            locs: Vec::new(),
            vars: HashMap::new(),
            closures: Vec::new(),
            func: first,
            depth: 1,
            labels: HashMap::new(),
        };
        batch.run(&todo);
        if !printing {
            self.lines.truncate(lines);
        }
    }

    /// Whether lines about the function belong to the package being compiled.
    pub fn is_shown(&self, func: FuncId) -> bool {
        let mut func = self.func(func);
        while let Some(parent) = func.parent {
            func = self.func(parent);
        }
        func.pkg == self.package || func.is_mentioned
    }
}

impl<'n> Batch<'_, 'n, '_, '_> {
    fn run(&mut self, funcs: &[FuncId]) {
        for id in [HEAP, MUTATOR, CALLEE, BLANK] {
            let loc = self.new_loc(What::Temporary, false);
            debug_assert_eq!(id, loc);
            self.locs[id].depth = 0;
            self.locs[id].attrs = match id {
                HEAP => attr::ALL,
                MUTATOR => attr::MUTATES,
                CALLEE => attr::CALLS,
                _ => 0,
            };
        }
        for &func in funcs {
            self.func = func;
            let f = self.w.func(func);
            let vars: Vec<_> = [&f.params, &f.results, &f.locals].into_iter().flatten().copied().collect();
            for var in vars {
                self.loc(var);
            }
        }
        for &func in funcs {
            if !self.w.func(func).is_closure() {
                self.walk_func(func);
            }
        }
        for (k, func) in std::mem::take(&mut self.closures) {
            self.flow_closure(k, func);
        }
        for id in BLANK + 1..self.locs.len() {
            self.rewrite_with_literals(id);
            if self.must_be_in_heap(id) {
                self.explain_size(id);
                self.flow(Hole::heap().addr(), id);
            }
        }
        self.solve();
        self.finish(funcs);
    }

    /// Captured variables flow to the closure: their addresses, unless they are small and have one value only.
    fn flow_closure(&mut self, k: Hole, func: FuncId) {
        if !self.w.func(func).is_closure() {
            return;
        }
        for var in self.w.func(func).captures.clone() {
            let id = self.loc(var);
            let loc = &self.locs[id];
            let ty = self.w.var(var).ty;
            let by_value = !loc.addr_taken && !loc.reassigned && self.w.size(ty) <= 128;
            let k = if by_value { k } else { k.addr() };
            self.flow(k, id);
        }
    }

    /// Operands that have a known constant value are replaced by it.
    fn rewrite_with_literals(&mut self, id: LocId) {
        let What::Node(node) = self.locs[id].what else { return };
        match node.op {
            Op::MakeSlice => {
                let which = usize::from(!node.kids[1].is_absent());
                let size = &node.kids[which];
                if size.is_literal() {
                    return;
                }
                let value = match self.w.resolve(self.w.value_of(size)) {
                    Static::Literal(value) if value.as_i64().is_some_and(|i| i >= 0) => value,
                    Static::LenOf(var) => match self.w.resolve(Static::Var(var)) {
                        Static::SliceLit(len) => ConstValue::Int(len),
                        _ => return,
                    },
                    _ => return,
                };
                let mut copy = Box::new(node.clone());
                let ty = if copy.kids[which].ty.is_valid() { copy.kids[which].ty } else { TypeId::INT };
                copy.kids[which] = Node::new(Op::Literal(value), node.at, ty, Vec::new());
                self.locs[id].what = What::Rewritten(copy);
            }
            Op::Conv(Conv::Iface) => {
                let x = &node.kids[0];
                if x.is_literal() || self.w.is_interface(x.ty) {
                    return;
                }
                let Static::Literal(value) = self.w.resolve(self.w.value_of(x)) else { return };
                let mut copy = Box::new(node.clone());
                copy.kids[0] = Node::new(Op::Literal(value), node.at, x.ty, Vec::new());
                self.locs[id].what = What::Rewritten(copy);
            }
            _ => {}
        }
    }

    fn node<'l>(loc: &'l Location<'n>) -> Option<&'l Node> {
        match &loc.what {
            What::Node(node) => Some(node),
            What::Rewritten(node) => Some(node),
            _ => None,
        }
    }

    /// Whether size alone keeps the location off the stack.
    fn must_be_in_heap(&mut self, id: LocId) -> bool {
        if let What::Var(var) = self.locs[id].what {
            let var = self.w.var(var);
            let (local, ty) = (var.class == Class::Local, var.ty);
            return local && self.w.size(ty) > MAX_STACK_VARIABLE;
        }
        let Some(node) = Self::node(&self.locs[id]) else { return false };
        let ty = node.ty;
        match node.op {
            Op::New | Op::PtrLit => {
                let elem = self.w.pointee(ty);
                elem.is_some_and(|elem| self.w.size(elem) > MAX_IMPLICIT_STACK_OBJECT)
            }
            Op::MakeSlice => {
                let size = if node.kids[1].is_absent() { &node.kids[0] } else { &node.kids[1] };
                let len = match &size.op {
                    Op::Literal(value) => value.as_i64(),
                    _ => None,
                };
                let Some(elem) = self.w.elem(ty) else { return false };
                match (self.w.size(elem), len) {
                    (0, _) => true,
                    (size, Some(len)) => len > MAX_IMPLICIT_STACK_OBJECT / size,
                    (_, None) => false,
                }
            }
            // The object of a closure holds its code address and what it captures; a method value's its receiver.
            Op::MethodValue(..) => self.receiver_size(id) + 8 > MAX_IMPLICIT_STACK_OBJECT,
            _ => ty.is_valid() && self.w.size(ty) > MAX_STACK_VARIABLE,
        }
    }

    /// With `-m=2`: why size alone decides.
    fn explain_size(&mut self, id: LocId) {
        if self.w.options.level < 2 {
            return;
        }
        let (at, text) = match &self.locs[id].what {
            What::Var(var) => (self.w.var(*var).at, self.w.var_name(*var)),
            What::Node(node) => (node.at, self.w.text(&(*node).clone())),
            What::Rewritten(node) => (node.at, self.w.text(&node.clone())),
            What::Temporary => return,
        };
        let (func, pos) = (self.locs[id].func, self.w.outermost(at));
        let name = self.w.func(func).name.clone();
        let place = self.w.prog.graph.sources.position(pos);
        let place = format!("{}:{}:{}", place.file, place.line, place.col);
        self.w.say(at, format!("{text} escapes to heap in {name}:"));
        self.w.say(at, format!("  flow: {{heap}} ← &{{storage for {text}}}:"));
        self.w.say(at, format!("    from {text} (too large for stack) at {place}"));
    }

    fn receiver_size(&mut self, id: LocId) -> i64 {
        let ty = Self::node(&self.locs[id]).map(|node| node.kids[0].ty);
        ty.map_or(0, |ty| self.w.size(ty))
    }

    // ---- results ----

    fn finish(&mut self, funcs: &[FuncId]) {
        for &func in funcs {
            let tags = self.tags(func);
            let func = self.w.func_mut(func);
            func.tags = tags;
        }
        for &func in funcs {
            self.w.func_mut(func).stage = Stage::Tagged;
        }
        for id in BLANK + 1..self.locs.len() {
            self.report(id);
        }
    }

    fn tags(&mut self, func: FuncId) -> Vec<Leaks> {
        let (params, pragmas, has_body, quiet) = {
            let f = self.w.func(func);
            let instance = f.key.as_ref().is_some_and(|key| !key.targs.is_empty());
            (f.params.clone(), f.pragmas, f.has_body, f.is_wrapper || instance)
        };
        let variadic = self.w.func(func).variadic;
        let mut tags = Vec::new();
        for (i, &param) in params.iter().enumerate() {
            let var = self.w.var(param);
            let (name, ty, at) = (var.name, var.ty, var.at);
            let named = !name.as_str().is_empty() && !name.is_blank();
            let shown = if name.as_str().is_empty() { format!("arg#{}", i + 1) } else { name.to_string() };
            let say = |b: &mut Self, text: String| {
                if !quiet {
                    b.w.say(at, text);
                }
            };
            if !has_body {
                if self.w.is_uintptr(ty) {
                    say(self, format!("assuming {shown} is unsafe uintptr"));
                    tags.push(Leaks::unknown());
                } else if !self.w.has_pointers(ty) {
                    tags.push(Leaks::unknown());
                } else {
                    if !name.as_str().is_empty() {
                        say(
                            self,
                            match pragmas.noescape {
                                true => format!("{shown} does not escape"),
                                false => format!("leaking param: {shown}"),
                            },
                        );
                    }
                    tags.push(external_tag(pragmas));
                }
                continue;
            }
            if pragmas.uintptr_escapes {
                if self.w.is_uintptr(ty) {
                    say(self, format!("marking {shown} as escaping uintptr"));
                    tags.push(Leaks::unknown());
                    continue;
                }
                let elem = self.w.elem(ty).filter(|_| variadic && i + 1 == params.len());
                if let Some(elem) = elem
                    && self.w.is_uintptr(elem)
                {
                    say(self, format!("marking {shown} as escaping ...uintptr"));
                    tags.push(Leaks::unknown());
                    continue;
                }
            }
            if !self.w.has_pointers(ty) {
                tags.push(Leaks::unknown());
                continue;
            }
            if !named {
                tags.push(Leaks::default());
                continue;
            }
            let id = self.loc(param);
            let leaks = self.locs[id].leaks.simplified();
            if !quiet && !self.locs[id].has(attr::ESCAPES) {
                self.report_leaks(func, at, &shown, leaks);
            }
            tags.push(leaks);
        }
        tags
    }

    fn report_leaks(&mut self, func: FuncId, at: crate::tree::At, name: &str, leaks: Leaks) {
        let mut said = false;
        if let Some(derefs) = leaks.heap() {
            let what = if derefs == 0 { "param" } else { "param content" };
            self.w.say(at, format!("leaking {what}: {name}"));
            said = true;
        }
        for i in 0..RESULTS {
            if let Some(level) = leaks.result(i)
                && let Some(&result) = self.w.func(func).results.get(i)
            {
                let result = self.w.var(result).name;
                self.w.say(at, format!("leaking param: {name} to result {result} level={level}"));
                said = true;
            }
        }
        if !said {
            self.w.say(at, format!("{name} does not escape"));
        }
    }

    fn report(&mut self, id: LocId) {
        let loc = &self.locs[id];
        let escapes = loc.has(attr::ESCAPES);
        if let What::Var(var) = loc.what {
            if escapes {
                let (at, name) = (self.w.var(var).at, self.w.var_name(var));
                self.w.say(at, format!("moved to heap: {name}"));
            }
            return;
        }
        let Some(node) = Self::node(loc) else { return };
        let mutates = loc.has(attr::MUTATES);
        let (at, is_bytes) = (node.at, matches!(node.op, Op::Conv(Conv::StrToBytes)));
        let wrapper = matches!(node.op, Op::Closure(func) if self.w.func(func).is_wrapper);
        if !wrapper {
            let node = node.clone();
            let text = match node.op {
                Op::Builtin { which: Builtin::Append, .. } => "append".to_owned(),
                _ => self.w.text(&node),
            };
            let what = if escapes { "escapes to heap" } else { "does not escape" };
            self.w.say(at, format!("{text} {what}"));
        }
        if is_bytes && !mutates {
            self.w.say(at, "zero-copy string->[]byte conversion".to_owned());
        }
    }
}
