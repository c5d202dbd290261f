//! Statements.

use std::rc::Rc;

use super::types::{INTEGERS, Ty};
use super::{Generator, Var};

impl Generator {
    pub(super) fn statements(&mut self, n: usize) {
        for _ in 0..n {
            self.statement();
        }
    }
    fn block(&mut self, n: usize) {
        let mark = self.vars.len();
        self.indent += 1;
        self.statements(n);
        self.indent -= 1;
        self.vars.truncate(mark);
    }
    fn statement(&mut self) {
        if self.depth > 0 && self.rng.one_in(3) {
            self.depth -= 1;
            match self.rng.below(9) {
                0 | 1 => self.if_statement(),
                2 | 3 => self.loop_statement(),
                4 => self.range_function(),
                5 => self.switch_statement(),
                6 => self.type_switch(),
                7 => self.closure(),
                _ => self.deferred(),
            }
            self.depth += 1;
            return;
        }
        match self.rng.below(12) {
            0..=2 => {
                let ty = self.any_type(2);
                let value = self.expr(&ty, 3);
                self.declare(&ty, &value);
            }
            3 => self.pointer(),
            4 | 5 => self.assign_op(),
            6 => self.multiple_assignment(),
            7 => self.show_variable(),
            8 => self.call_statement(),
            9 => self.collection(),
            _ => self.assignment(),
        }
    }

    fn assignable(&mut self) -> Option<(String, Ty)> {
        let ty = self.any_type(2);
        Some((self.place(&ty, true)?, ty))
    }
    fn assignment(&mut self) {
        let Some((place, ty)) = self.assignable() else { return };
        let text = format!("{place} = {}", self.expr(&ty, 3));
        self.line(&text);
    }
    fn assign_op(&mut self) {
        let ty = Ty::Num(self.rng.choose(INTEGERS));
        let Some(place) = self.place(&ty, true) else { return };
        let text = match self.rng.below(4) {
            0 => format!("{place}++"),
            1 => format!("{place} <<= {} & 31", self.expr(&Ty::Num("uint8"), 1)),
            _ => {
                let op = self.rng.choose(&["+=", "-=", "*=", "&=", "|=", "^=", "&^="]);
                format!("{place} {op} {}", self.expr(&ty, 2))
            }
        };
        self.line(&text);
    }
    fn multiple_assignment(&mut self) {
        let (Some((a, at)), Some((b, bt))) = (self.assignable(), self.assignable()) else { return };
        self.calm = true;
        let text = format!("{a}, {b} = {}, {}", self.expr(&at, 2), self.expr(&bt, 2));
        self.calm = false;
        self.line(&text);
    }
    fn show_variable(&mut self) {
        let ty = self.any_type(2);
        let Some(place) = self.place(&ty, false) else { return };
        let text = format!("show(\"{}\", {place})", self.names);
        self.line(&text);
    }
    fn pointer(&mut self) {
        let found: Vec<(String, Ty)> = self
            .vars
            .iter()
            .filter(|v| v.assignable && !matches!(v.ty, Ty::Ptr(_)))
            .map(|v| (v.name.clone(), v.ty.clone()))
            .collect();
        let (name, ty) = self.rng.choose(&found);
        self.declare(&Ty::Ptr(Rc::new(ty.clone())), &format!("&{name}"));
        if let Ty::Struct(_) = ty {
            let text = format!("{name}.change({})", self.expr(&Ty::Num("int"), 2));
            self.line(&text);
        }
    }
    fn call_statement(&mut self) {
        if self.functions.is_empty() {
            return;
        }
        let index = self.rng.below(self.functions.len());
        let call = self.call_of(index, 2);
        let results = self.functions[index].results.clone();
        let names: Vec<String> = results.iter().map(|_| self.fresh("v")).collect();
        let text = format!("{} := {call}", names.join(", "));
        self.line(&text);
        let text = format!("_{} = {}", ", _".repeat(names.len() - 1), names.join(", "));
        self.line(&text);
        for (name, ty) in names.into_iter().zip(results) {
            self.vars.push(Var { name, ty, assignable: true });
        }
    }
    /// Changes a slice or a map.
    fn collection(&mut self) {
        let found: Vec<(String, Ty)> = self
            .vars
            .iter()
            .filter(|v| v.assignable && matches!(v.ty, Ty::Slice(_) | Ty::Map(..)))
            .map(|v| (v.name.clone(), v.ty.clone()))
            .collect();
        if found.is_empty() {
            return;
        }
        let (name, ty) = self.rng.choose(&found);
        let text = match &ty {
            Ty::Map(key, elem) => match self.rng.below(4) {
                0 => format!("delete({name}, {})", self.expr(key, 2)),
                1 => format!("clear({name})"),
                _ => format!("{name}[{}] = {}", self.expr(key, 2), self.expr(elem, 2)),
            },
            _ => match self.rng.below(4) {
                0 => format!("copy({name}, {})", self.expr(&ty, 2)),
                1 => format!("clear({name})"),
                _ => {
                    let Ty::Slice(elem) = &ty else { return };
                    format!("if len({name}) < 8 {{ {name} = append({name}, {}) }}", self.expr(elem, 2))
                }
            },
        };
        self.line(&text);
    }

    fn if_statement(&mut self) {
        let text = format!("if {} {{", self.expr(&Ty::Bool, 3));
        self.line(&text);
        self.block(3);
        if self.rng.one_in(4) {
            self.indent += 1;
            self.leave();
            self.indent -= 1;
        }
        if self.rng.one_in(2) {
            self.line("} else {");
            self.block(2);
        }
        self.line("}");
    }
    /// Leaves something, where there is something to leave.
    fn leave(&mut self) {
        if let Some(label) = self.loops.last().cloned()
            && self.rng.below(3) > 0
        {
            let outer = {
                let loops = self.loops.clone();
                self.rng.choose(&loops)
            };
            let text = match self.rng.below(4) {
                0 => format!("break {outer}"),
                1 => format!("continue {outer}"),
                2 => format!("continue {label}"),
                _ => format!("break {label}"),
            };
            return self.line(&text);
        }
        if self.in_literal {
            self.line("return");
        } else {
            self.return_statement();
        }
    }
    pub(super) fn return_statement(&mut self) {
        if self.named_results && self.rng.one_in(3) {
            return self.line("return");
        }
        let results = self.results.clone();
        let values: Vec<String> = results.iter().map(|ty| self.expr(ty, 2)).collect();
        let text = format!("return {}", values.join(", "));
        self.line(&text);
    }
    /// The body of a labelled loop with iteration variables.
    fn loop_body(&mut self, head: &str, vars: Vec<(String, Ty)>) {
        let label = self.fresh("L");
        let text = format!("{label}:\n{}{head} {{", "\t".repeat(self.indent));
        self.line(&text);
        self.indent += 1;
        let text = format!("if fuel < 0 {{ break {label} }}");
        self.line(&text);
        for (name, _) in &vars {
            let text = format!("_ = {name}");
            self.line(&text);
        }
        self.indent -= 1;
        let mark = self.vars.len();
        self.vars.extend(vars.into_iter().map(|(name, ty)| Var { name, ty, assignable: false }));
        self.loops.push(label);
        self.block(3);
        if self.rng.one_in(3) {
            self.indent += 1;
            let text = format!("if {} {{", self.expr(&Ty::Bool, 2));
            self.line(&text);
            self.indent += 1;
            self.leave();
            self.indent -= 1;
            self.line("}");
            self.indent -= 1;
        }
        self.loops.pop();
        self.vars.truncate(mark);
        self.line("}");
    }
    fn loop_statement(&mut self) {
        let (key, value) = (self.fresh("i"), self.fresh("e"));
        let int = Ty::Num("int");
        match self.rng.below(5) {
            0 => {
                let head = format!("for {key} := 0; {key} < {}; {key}++", 1 + self.rng.below(4));
                self.loop_body(&head, vec![(key, int)]);
            }
            1 => {
                let head = format!("for {key} := range {}", 1 + self.rng.below(4));
                self.loop_body(&head, vec![(key, int)]);
            }
            2 => {
                let text = self.expr(&Ty::Str, 2);
                let head = format!("for {key}, {value} := range {text}");
                let body_vars = vec![(key, int), (value, Ty::Num("int32"))];
                self.loop_body(&head, body_vars);
            }
            _ => {
                let elem = self.any_type(1);
                let ty = if self.rng.one_in(2) {
                    Ty::Slice(Rc::new(elem.clone()))
                } else {
                    Ty::Array(1 + self.rng.below(3), Rc::new(elem.clone()))
                };
                let over = self.place(&ty, false).unwrap_or_else(|| format!("({})", self.composite(&ty, 2)));
                let head = format!("for {key}, {value} := range {over}");
                let body_vars = vec![(key, int), (value, elem)];
                self.loop_body(&head, body_vars);
            }
        }
    }
    fn range_function(&mut self) {
        let (key, value) = (self.fresh("i"), self.fresh("e"));
        if self.rng.one_in(2) {
            let head = format!("for {key} := range count({})", 1 + self.rng.below(4));
            return self.loop_body(&head, vec![(key, Ty::Num("int"))]);
        }
        let elem = self.any_type(1);
        let slice = self.expr(&Ty::Slice(Rc::new(elem.clone())), 2);
        let head = format!("for {key}, {value} := range each({slice})");
        let vars = vec![(key, Ty::Num("int")), (value, elem)];
        self.loop_body(&head, vars);
    }
    fn switch_statement(&mut self) {
        let text = format!("switch {} & 7 {{", self.expr(&Ty::Num("int"), 3));
        self.line(&text);
        let mut next = 0;
        for _ in 0..2 + self.rng.below(4) {
            let width = 1 + self.rng.below(2);
            let cases: Vec<String> = (next..next + width).map(|n| n.to_string()).collect();
            next += width;
            let text = format!("case {}:", cases.join(", "));
            self.line(&text);
            self.block(2);
        }
        self.line("default:");
        self.block(2);
        self.line("}");
    }
    fn type_switch(&mut self) {
        let name = self.fresh("s");
        let value = self.expr(&Ty::Any, 3);
        let text = format!("switch {name} := {value}.(type) {{");
        self.line(&text);
        let mut seen: Vec<Ty> = Vec::new();
        for _ in 0..3 {
            let ty = self.any_type(1);
            if matches!(ty, Ty::Any) || seen.contains(&ty) {
                continue;
            }
            let text = format!("case {}:", ty.name());
            self.line(&text);
            let mark = self.vars.len();
            self.vars.push(Var { name: name.clone(), ty: ty.clone(), assignable: true });
            self.indent += 1;
            let text = format!("_ = {name}");
            self.line(&text);
            self.indent -= 1;
            self.block(2);
            self.vars.truncate(mark);
            seen.push(ty);
        }
        self.line("default:");
        self.indent += 1;
        let text = format!("show(\"default\", {name} == nil)");
        self.line(&text);
        self.indent -= 1;
        self.line("}");
    }
    /// A function literal that changes captured variables, called once or twice.
    fn closure(&mut self) {
        let name = self.fresh("c");
        let param = self.any_type(1);
        let arg = self.fresh("a");
        let text = format!("{name} := func({arg} {}) {{", param.name());
        self.line(&text);
        let loops = std::mem::take(&mut self.loops);
        let outer = std::mem::replace(&mut self.in_literal, true);
        let mark = self.vars.len();
        self.vars.push(Var { name: arg, ty: param.clone(), assignable: true });
        self.block(4);
        self.vars.truncate(mark);
        self.in_literal = outer;
        self.loops = loops;
        self.line("}");
        for _ in 0..1 + self.rng.below(2) {
            let value = self.expr(&param, 2);
            let text = format!("{name}({value})");
            self.line(&text);
        }
    }
    fn deferred(&mut self) {
        let ty = self.any_type(1);
        let arg = self.fresh("a");
        let value = self.expr(&ty, 2);
        let text = format!("defer func({arg} {}) {{", ty.name());
        self.line(&text);
        let loops = std::mem::take(&mut self.loops);
        let outer = std::mem::replace(&mut self.in_literal, true);
        let mark = self.vars.len();
        self.vars.push(Var { name: arg, ty, assignable: true });
        self.block(2);
        self.vars.truncate(mark);
        self.in_literal = outer;
        self.loops = loops;
        let text = format!("}}({value})");
        self.line(&text);
    }
    /// A deferred function that recovers and changes the first result.
    pub(super) fn recovering_defer(&mut self) {
        self.line("defer func() {");
        self.indent += 1;
        self.line("if e := recover(); e != nil {");
        self.indent += 1;
        self.line("show(\"recovered\", brief(e))");
        let ty = self.results[0].clone();
        let value = self.expr(&ty, 1);
        let text = format!("r0 = {value}");
        self.line(&text);
        self.indent -= 1;
        self.line("}");
        self.indent -= 1;
        self.line("}()");
    }
}
