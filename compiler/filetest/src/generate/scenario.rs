//! Scenarios: templates of declarations around one construct, with holes that the generator fills.
//!
//! What a typed grammar hardly meets (a select whose cases are ready, a re-panic in a deferred call, a loop whose bound is an index less one) is
//! written down once and varied. In a template, `@` in a name makes it unique, and these are holes:
//!
//! | hole | becomes |
//! |---|---|
//! | `$I1` ... `$F1` `$N1` `$C1` `$K1` `$T1` | a type, the same everywhere in the template: integer, float, integer or float, complex, comparable, any |
//! | `$e{T}` `$e{T,3}` | an expression of type `T`, of at most that many levels |
//! | `$c{T}` | a constant of type `T` |
//! | `$n{1,5}` | a number from 1 to 5 |
//! | `$o{a|b|c}` | one of these texts, which may have holes of types |
//! | `$v{x T}` | `x T` with the type spelled out: a variable that expressions and statements may use to the end of the declaration |
//! | `$r{x T}` | the same, but only read |
//! | `$d{x T}` | the same as `$v`, but only the name is written |
//! | `$b{3}` | alone in its line: about three statements |
//!
//! A line that begins with `?` is there in one of two programs. The function `sc@` is what `Main` calls.

use std::rc::Rc;

use super::types::{INTEGERS, NUMBERS, Ty};
use super::{Generator, Var};

const TEMPLATES: &[&str] = &[
    include_str!("scenarios/numbers.txt"),
    include_str!("scenarios/loops.txt"),
    include_str!("scenarios/slices.txt"),
    include_str!("scenarios/control.txt"),
    include_str!("scenarios/panics.txt"),
    include_str!("scenarios/types.txt"),
    include_str!("scenarios/generics.txt"),
    include_str!("scenarios/goroutines.txt"),
    include_str!("scenarios/order.txt"),
];

/// Every template with its name.
pub(super) fn templates() -> Vec<(&'static str, &'static str)> {
    let all = TEMPLATES.iter().flat_map(|file| file.split("\n--- ").skip(1));
    all.filter_map(|part| part.split_once('\n')).collect()
}

/// The types chosen for one template.
type Bindings = Vec<(String, Ty)>;

impl Generator {
    /// Writes a random scenario; the function that runs it.
    pub(super) fn scenario(&mut self) -> (String, String) {
        let (name, template) = self.rng.choose(&templates());
        let id = self.fresh("_");
        let mut bindings = Bindings::new();
        let mut scopes = Vec::new();
        let mark = self.vars.len();
        (self.in_literal, self.depth) = (true, 2);
        for line in template.lines() {
            let line = match line.strip_prefix('?') {
                Some(_) if self.rng.one_in(2) => continue,
                Some(rest) => rest,
                None => line,
            };
            let indent = line.len() - line.trim_start().len();
            // What blocks declared that have ended.
            while let Some((_, mark)) = scopes.pop_if(|&mut (at, _)| at > indent) {
                self.vars.truncate(mark);
            }
            scopes.push((indent + usize::from(line.ends_with('{')), self.vars.len()));
            self.template_line(line, &id, &mut bindings);
        }
        self.vars.truncate(mark);
        self.in_literal = false;
        self.out.push('\n');
        (format!("{name}{id}"), format!("sc{id}"))
    }

    fn template_line(&mut self, line: &str, id: &str, bindings: &mut Bindings) {
        if let Some(count) = line.trim().strip_prefix("$b{").and_then(|rest| rest.strip_suffix('}')) {
            self.indent = line.len() - line.trim_start().len();
            self.statements(count.parse().unwrap_or(1));
            self.indent = 0;
            return;
        }
        let text = self.fill(line, id, bindings);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    /// A piece of a template with its holes filled.
    fn fill(&mut self, mut rest: &str, id: &str, bindings: &mut Bindings) -> String {
        let mut text = String::new();
        while let Some(at) = rest.find(['$', '@']) {
            text.push_str(&rest[..at]);
            let hole = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            if hole == b'@' {
                text.push_str(id);
                continue;
            }
            let argument = rest.get(1..).and_then(|r| r.strip_prefix('{'));
            let Some((argument, after)) = argument.and_then(|r| r.split_once('}')) else {
                text.push_str(&self.bound(&rest[..2], bindings).name());
                rest = &rest[2..];
                continue;
            };
            let kind = rest.as_bytes()[0];
            rest = after;
            text.push_str(&self.hole(kind, argument, id, bindings));
        }
        text.push_str(rest);
        text
    }

    fn hole(&mut self, kind: u8, argument: &str, id: &str, bindings: &mut Bindings) -> String {
        match kind {
            b'e' => {
                let (ty, depth) = argument.split_once(',').unwrap_or((argument, "2"));
                let ty = self.type_named(ty, bindings);
                self.expr(&ty, depth.parse().unwrap_or(2))
            }
            b'c' => {
                let ty = self.type_named(argument, bindings);
                self.static_value(&ty, 1)
            }
            b'n' => {
                let (low, high) = argument.split_once(',').unwrap_or(("0", argument));
                let (low, high): (usize, usize) = (low.parse().unwrap_or(0), high.parse().unwrap_or(1));
                (low + self.rng.below(high - low + 1)).to_string()
            }
            b'o' => {
                let options: Vec<&str> = argument.split('|').collect();
                let option = self.rng.choose(&options);
                self.fill(option, id, bindings)
            }
            _ => {
                let (name, ty) = argument.split_once(' ').unwrap_or((argument, "int"));
                let ty = self.type_named(ty, bindings);
                let text = if kind == b'd' { name.to_owned() } else { format!("{name} {}", ty.name()) };
                self.vars.push(Var { name: name.to_owned(), ty, assignable: kind != b'r' });
                text
            }
        }
    }

    /// The type that stands for `name` (`I1`) in this template.
    fn bound(&mut self, name: &str, bindings: &mut Bindings) -> Ty {
        if let Some((_, ty)) = bindings.iter().find(|(other, _)| other == name) {
            return ty.clone();
        }
        let ty = match name.as_bytes()[0] {
            b'I' => Ty::Num(self.rng.choose(INTEGERS)),
            b'F' => Ty::Num(self.rng.choose(&["float32", "float64"])),
            b'N' => Ty::Num(self.rng.choose(&NUMBERS[..12])),
            b'C' => Ty::Num(self.rng.choose(&["complex64", "complex128"])),
            b'K' if self.rng.one_in(3) => Ty::Str,
            b'K' => Ty::Num(self.rng.choose(INTEGERS)),
            _ => self.any_type(1),
        };
        bindings.push((name.to_owned(), ty.clone()));
        ty
    }

    /// A type as templates spell it: bound names without `$`.
    fn type_named(&mut self, name: &str, bindings: &mut Bindings) -> Ty {
        if let Some(elem) = name.strip_prefix("[]") {
            return Ty::Slice(Rc::new(self.type_named(elem, bindings)));
        }
        if let Some((len, elem)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            return Ty::Array(len.parse().unwrap_or(1), Rc::new(self.type_named(elem, bindings)));
        }
        if let Some((key, elem)) = name.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
            let key = self.type_named(key, bindings);
            return Ty::Map(Rc::new(key), Rc::new(self.type_named(elem, bindings)));
        }
        match name {
            "bool" => Ty::Bool,
            "string" => Ty::Str,
            "any" => Ty::Any,
            _ => match NUMBERS.iter().find(|number| **number == name) {
                Some(number) => Ty::Num(number),
                None => self.bound(name, bindings),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::templates;

    #[test]
    fn every_template_can_be_run() {
        assert!(templates().len() > 50);
        for (name, text) in templates() {
            assert!(text.contains("func sc@()"), "{name}");
        }
    }
}
