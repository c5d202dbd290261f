//! Generates well-typed Go programs for comparing two compilers.
//!
//! [`program`] turns a seed into the text of one program: types, package-level variables, functions that call each other, and a `main` that calls them
//! all, prints what they return and recovers their panics. The same seed gives the same text on every machine.
//!
//! What a program prints is defined by the spec or, where the spec leaves a choice, by gc's documented practice (operands are read after the calls of their
//! statement); no program prints addresses, iterates over a map in a way that shows, or depends on timing. Functions are `noinline`, because gc
//! orders the operands of calls that it inlines differently. Panics are part of the output: an index, a divisor or a shift count
//! may be anything. Loops are bounded, calls use up fuel.
//!
//! Constant expressions would be rejected when they overflow, so every operand tree has a variable in it ([`expr`]).

mod expr;
mod scenario;
mod stmt;
mod types;

use std::fmt::Write as _;
use std::rc::Rc;

use types::Ty;

/// What every program starts with, after the package clause.
const PRELUDE: &str = include_str!("prelude.go.txt");

/// Pseudo-random numbers (SplitMix64).
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    /// True in one of `n` cases.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn choose<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

struct Var {
    name: String,
    ty: Ty,
    /// Loop counters are read only, so that loops end.
    assignable: bool,
}

struct Function {
    name: String,
    params: Vec<Ty>,
    results: Vec<Ty>,
}

struct Generator {
    rng: Rng,
    out: String,
    indent: usize,
    structs: Vec<Vec<Ty>>,
    /// What may be called: everything declared so far.
    functions: Vec<Function>,
    vars: Vec<Var>,
    names: usize,
    /// Results of the function being written.
    results: Vec<Ty>,
    named_results: bool,
    /// Statements may still be this deep.
    depth: usize,
    /// Loops around the statement, by label.
    loops: Vec<String>,
    /// Shift counts are not negative: gc assigns the first variables of a list before such a shift among its values panics.
    calm: bool,
    /// A `return` here would have to leave a function literal instead.
    in_literal: bool,
}

/// The program of a seed, as package `package`; its `Main` runs it.
pub fn program(seed: u64, package: &str) -> String {
    let mut g = Generator {
        rng: Rng(seed),
        out: format!("package {package}\n\n{PRELUDE}"),
        indent: 0,
        structs: Vec::new(),
        functions: Vec::new(),
        vars: Vec::new(),
        names: 0,
        results: Vec::new(),
        named_results: false,
        depth: 0,
        loops: Vec::new(),
        calm: false,
        in_literal: false,
    };
    for _ in 0..3 {
        g.struct_type();
    }
    g.globals();
    for index in 0..g.structs.len() {
        g.methods(index);
    }
    for _ in 0..g.rng.below(4) {
        g.function();
    }
    let scenarios = (0..1 + g.rng.below(4)).map(|_| g.scenario()).collect::<Vec<_>>();
    g.main(&scenarios);
    if package == "main" {
        g.out.push_str("\nfunc main() {\n\tMain()\n}\n");
    }
    g.out
}

impl Generator {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push('\t');
        }
        self.out.push_str(text);
        self.out.push('\n');
    }
    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn struct_type(&mut self) {
        let index = self.structs.len();
        let fields: Vec<Ty> = (0..1 + self.rng.below(5)).map(|_| self.field_type()).collect();
        let mut text = format!("type T{index} struct {{\n");
        for (i, ty) in fields.iter().enumerate() {
            let _ = writeln!(text, "\tf{i} {}", ty.name());
        }
        text.push_str("}\n\n");
        self.out.push_str(&text);
        self.structs.push(fields);
    }
    fn globals(&mut self) {
        for i in 0..8 {
            let ty = if i < 3 { Ty::Num("int") } else { self.any_type(2) };
            let name = format!("g{i}");
            let value = self.static_value(&ty, 2);
            let text = format!("var {name} {} = {value}", ty.name());
            self.line(&text);
            self.vars.push(Var { name, ty, assignable: true });
        }
        self.out.push('\n');
    }
    /// `value`, which makes the type a `valuer`, and a method that changes the receiver.
    fn methods(&mut self, index: usize) {
        let mark = self.vars.len();
        self.vars.push(Var { name: "t".to_owned(), ty: Ty::Struct(index), assignable: true });
        self.vars.push(Var { name: "x".to_owned(), ty: Ty::Num("int"), assignable: true });
        let result = self.expr(&Ty::Num("int"), 2);
        self.line("//go:noinline");
        let text = format!("func (t T{index}) value(x int) int {{\n\tburn()\n\treturn {result}\n}}\n");
        self.line(&text);
        let place = self.rng.below(self.structs[index].len());
        let field = self.structs[index][place].clone();
        let value = self.expr(&field, 2);
        self.line("//go:noinline");
        let text = format!("func (t *T{index}) change(x int) {{\n\tburn()\n\tt.f{place} = {value}\n}}\n");
        self.line(&text);
        self.vars.truncate(mark);
    }
    fn function(&mut self) {
        let name = self.fresh("fn");
        let params: Vec<Ty> = (0..self.rng.below(4)).map(|_| self.any_type(2)).collect();
        let results: Vec<Ty> = (0..1 + self.rng.below(2)).map(|_| self.any_type(2)).collect();
        let mark = self.vars.len();
        let mut list = Vec::new();
        for (i, ty) in params.iter().enumerate() {
            list.push(format!("p{i} {}", ty.name()));
            self.vars.push(Var { name: format!("p{i}"), ty: ty.clone(), assignable: true });
        }
        self.named_results = self.rng.one_in(2);
        let mut outs = Vec::new();
        for (i, ty) in results.iter().enumerate() {
            if self.named_results {
                outs.push(format!("r{i} {}", ty.name()));
                self.vars.push(Var { name: format!("r{i}"), ty: ty.clone(), assignable: true });
            } else {
                outs.push(ty.name());
            }
        }
        self.line("//go:noinline");
        let head = format!("func {name}({}) ({}) {{", list.join(", "), outs.join(", "));
        self.line(&head);
        self.indent += 1;
        self.line("burn()");
        self.results = results.clone();
        self.depth = 3;
        self.locals();
        if self.named_results && self.rng.one_in(2) {
            self.recovering_defer();
        }
        let statements = 4 + self.rng.below(6);
        self.statements(statements);
        self.return_statement();
        self.indent -= 1;
        self.line("}\n");
        self.vars.truncate(mark);
        self.functions.push(Function { name, params, results });
    }
    /// Local variables whose values a compiler can know.
    fn locals(&mut self) {
        for _ in 0..3 {
            let ty = self.any_type(2);
            let value = self.static_value(&ty, 2);
            self.declare(&ty, &value);
        }
    }
    fn declare(&mut self, ty: &Ty, value: &str) -> String {
        let name = self.fresh("v");
        let text = format!("var {name} {} = {value}", ty.name());
        self.line(&text);
        let text = format!("_ = {name}");
        self.line(&text);
        self.vars.push(Var { name: name.clone(), ty: ty.clone(), assignable: true });
        name
    }
    fn main(&mut self, scenarios: &[(String, String)]) {
        self.line("func Main() {");
        self.indent = 1;
        for i in 0..self.functions.len() {
            for _ in 0..2 {
                let params = self.functions[i].params.clone();
                let args: Vec<String> = params.iter().map(|ty| self.static_value(ty, 2)).collect();
                let name = &self.functions[i].name;
                let outs: Vec<String> =
                    (0..self.functions[i].results.len()).map(|n| format!("r{n}")).collect();
                let outs = outs.join(", ");
                let text = format!(
                    "attempt(\"{name}\", func() {{ {outs} := {name}({}); show(\"{name}\", {outs}) }})",
                    args.join(", ")
                );
                self.line(&text);
            }
        }
        for (name, function) in scenarios {
            let text = format!("run(\"{name}\", {function})");
            self.line(&text);
        }
        let globals: Vec<String> = (0..8).map(|i| format!("g{i}")).collect();
        let text = format!("show(\"globals\", {})", globals.join(", "));
        self.line(&text);
        self.indent = 0;
        self.line("}");
    }

    fn any_type(&mut self, depth: usize) -> Ty {
        match self.rng.below(if depth == 0 { 12 } else { 22 }) {
            0..=6 => Ty::Num(self.rng.choose(types::NUMBERS)),
            7 | 8 => Ty::Num("int"),
            9 => Ty::Bool,
            10 | 11 => Ty::Str,
            12..=14 => Ty::Slice(Rc::new(self.any_type(depth - 1))),
            15 | 16 => Ty::Array(1 + self.rng.below(4), Rc::new(self.any_type(depth - 1))),
            17 | 18 => Ty::Struct(self.rng.below(self.structs.len().max(1))),
            19 => {
                let key =
                    if self.rng.one_in(2) { Ty::Str } else { Ty::Num(self.rng.choose(types::INTEGERS)) };
                Ty::Map(Rc::new(key), Rc::new(self.any_type(depth - 1)))
            }
            20 => Ty::Any,
            _ if depth > 1 => Ty::Valuer,
            _ => Ty::Str,
        }
    }
    /// A type for a field: structs do not contain structs declared later.
    fn field_type(&mut self) -> Ty {
        loop {
            let ty = self.any_type(1);
            if !ty.mentions_struct(self.structs.len()) {
                return ty;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn programs_depend_on_the_seed_only() {
        assert_eq!(program(1, "main"), program(1, "main"));
        assert_ne!(program(1, "main"), program(2, "main"));
    }

    #[test]
    fn many_seeds_give_balanced_programs() {
        for seed in 0..200 {
            let text = program(seed, "main");
            assert!(text.matches('{').count() == text.matches('}').count(), "seed {seed}");
        }
    }
}
