//! Expressions: every one contains a variable, so that none is a constant, except where [`Generator::literal`] says so.

use super::Generator;
use super::types::{INTEGERS, NUMBERS, Ty};

impl Generator {
    /// An expression of type `ty` with at most `depth` levels.
    pub(super) fn expr(&mut self, ty: &Ty, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(6) {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        if self.rng.one_in(6)
            && let Some(call) = self.call(ty, depth)
        {
            return call;
        }
        match self.rng.below(14) {
            0 => return format!("note({}, {})", self.rng.below(100), self.expr(ty, depth)),
            1 => {
                let (cond, x, y) = (self.expr(&Ty::Bool, depth), self.expr(ty, depth), self.expr(ty, depth));
                return format!("pick({cond}, {x}, {y})");
            }
            2 if matches!(ty, Ty::Num(_) | Ty::Str | Ty::Bool | Ty::Struct(_)) => {
                return format!("any({}).({})", self.expr(ty, depth), ty.name());
            }
            3 => {
                let index = self.index_expr(depth);
                let (x, y) = (self.expr(ty, depth), self.expr(ty, depth));
                return format!("[]{}{{{x}, {y}}}[{index}]", ty.name());
            }
            _ => {}
        }
        match ty {
            Ty::Bool => self.boolean(depth),
            _ if ty.is_integer() => self.integer(ty, depth),
            _ if ty.is_float() => self.float(ty, depth),
            _ if ty.is_complex() => self.complex(ty, depth),
            Ty::Str => self.string(depth),
            Ty::Slice(elem) => match self.rng.below(4) {
                0 => format!("append({}, {})", self.expr(ty, depth), self.expr(elem, depth)),
                1 => format!("append({}, {}...)", self.expr(ty, depth), self.expr(ty, depth)),
                2 => match self.variable(ty) {
                    Some(name) => {
                        let (lo, hi) = (self.expr(&Ty::Num("int"), 1), self.expr(&Ty::Num("int"), 1));
                        match self.rng.below(3) {
                            0 => format!("{name}[within({lo}, len({name})):]"),
                            1 => format!("{name}[:within({hi}, len({name}))]"),
                            _ => format!("{name}[within({lo}, len({name})):within({hi}, cap({name}))]"),
                        }
                    }
                    None => self.composite(ty, depth),
                },
                _ => self.composite(ty, depth),
            },
            Ty::Any => {
                let inner = self.any_type(1);
                let inner = if inner == Ty::Valuer { Ty::Str } else { inner };
                format!("any({})", self.expr(&inner, depth))
            }
            Ty::Valuer => {
                let index = self.rng.below(self.structs.len());
                format!("valuer({})", self.expr(&Ty::Struct(index), depth))
            }
            _ => self.composite(ty, depth),
        }
    }
    /// A variable, or a part of one.
    pub(super) fn leaf(&mut self, ty: &Ty) -> String {
        if let Some(place) = self.place(ty, false) {
            return place;
        }
        match ty {
            Ty::Bool => "(fuel > 0)".to_owned(),
            Ty::Num(name) if ty.is_complex() => format!("{name}(complex(float64(fuel), 1))"),
            Ty::Num(name) => format!("{name}(fuel)"),
            Ty::Str => "fmt.Sprint(fuel)".to_owned(),
            Ty::Any => "any(fuel)".to_owned(),
            _ => self.static_value(ty, 1),
        }
    }
    /// A place of type `ty`: a variable, a field, an element; only what may be assigned to if `assignable`.
    pub(super) fn place(&mut self, ty: &Ty, assignable: bool) -> Option<String> {
        let mut found = Vec::new();
        for var in &self.vars {
            if assignable && !var.assignable {
                continue;
            }
            let name = &var.name;
            if var.ty == *ty {
                found.push((name.clone(), String::new()));
            }
            match &var.ty {
                Ty::Struct(index) => {
                    for (i, field) in self.structs[*index].iter().enumerate() {
                        if field == ty {
                            found.push((format!("{name}.f{i}"), String::new()));
                        }
                    }
                }
                Ty::Slice(elem) | Ty::Array(_, elem) if **elem == *ty => {
                    found.push((name.clone(), format!("len({name})")));
                }
                Ty::Ptr(elem) if **elem == *ty => found.push((format!("(*{name})"), String::new())),
                Ty::Map(key, elem) if **elem == *ty => {
                    let key = if **key == Ty::Str {
                        "fmt.Sprint(fuel)".to_owned()
                    } else {
                        format!("{}(g0)", key.name())
                    };
                    found.push((format!("{name}[{key}]"), String::new()));
                }
                _ => {}
            }
        }
        if found.is_empty() {
            return None;
        }
        let (name, len) = self.rng.choose(&found);
        if len.is_empty() {
            return Some(name);
        }
        let index = self.expr(&Ty::Num("int"), 1);
        Some(if self.rng.one_in(12) {
            format!("{name}[{index}]")
        } else {
            format!("{name}[within({index}, {len})]")
        })
    }
    fn variable(&mut self, ty: &Ty) -> Option<String> {
        let found: Vec<&str> = self.vars.iter().filter(|v| v.ty == *ty).map(|v| v.name.as_str()).collect();
        if found.is_empty() { None } else { Some(self.rng.choose(&found).to_owned()) }
    }
    /// An index into two elements.
    fn index_expr(&mut self, depth: usize) -> String {
        let index = self.expr(&Ty::Num("int"), depth.min(1));
        if self.rng.one_in(12) { index } else { format!("within({index}, 2)") }
    }
    fn call(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if *ty == Ty::Num("int") && self.rng.one_in(3) {
            let receiver =
                if self.rng.one_in(2) { Ty::Valuer } else { Ty::Struct(self.rng.below(self.structs.len())) };
            let (receiver, arg) = (self.leaf(&receiver), self.expr(ty, depth));
            // No method of the literal that a missing variable leaves.
            return (!receiver.contains('{')).then(|| format!("{receiver}.value({arg})"));
        }
        let found: Vec<usize> = (0..self.functions.len())
            .filter(|&i| matches!(&self.functions[i].results[..], [only] if only == ty))
            .collect();
        if found.is_empty() {
            return None;
        }
        let index = self.rng.choose(&found);
        Some(self.call_of(index, depth))
    }
    pub(super) fn call_of(&mut self, index: usize, depth: usize) -> String {
        let params = self.functions[index].params.clone();
        let args: Vec<String> = params.iter().map(|ty| self.expr(ty, depth)).collect();
        format!("{}({})", self.functions[index].name, args.join(", "))
    }

    fn boolean(&mut self, depth: usize) -> String {
        match self.rng.below(5) {
            0 => format!("!({})", self.expr(&Ty::Bool, depth)),
            1 => format!("({} && {})", self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth)),
            2 => format!("({} || {})", self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth)),
            _ => {
                let ty = if self.rng.one_in(5) { Ty::Any } else { self.any_type(0) };
                let op = if ty.is_complex() || matches!(ty, Ty::Bool | Ty::Any) {
                    self.rng.choose(&["==", "!="])
                } else {
                    self.rng.choose(&["==", "!=", "<", "<=", ">", ">="])
                };
                format!("({} {op} {})", self.expr(&ty, depth), self.operand(&ty, depth))
            }
        }
    }
    /// The right operand of an operator whose left one is a variable: it may be a constant.
    fn operand(&mut self, ty: &Ty, depth: usize) -> String {
        if matches!(ty, Ty::Num(_) | Ty::Str) && self.rng.one_in(3) {
            self.literal(ty)
        } else {
            self.expr(ty, depth)
        }
    }
    fn integer(&mut self, ty: &Ty, depth: usize) -> String {
        let name = ty.name();
        match self.rng.below(11) {
            0 => format!("-({})", self.expr(ty, depth)),
            1 => format!("^({})", self.expr(ty, depth)),
            2 => {
                let op = self.rng.choose(&["/", "%"]);
                let left = self.expr(ty, depth);
                let right = if self.rng.one_in(2) {
                    self.nonzero(ty)
                } else {
                    format!("({}|1)", self.expr(ty, depth))
                };
                let right = if self.rng.one_in(12) { self.expr(ty, depth) } else { right };
                format!("({left} {op} {right})")
            }
            3 | 4 => {
                let op = self.rng.choose(&["<<", ">>"]);
                let left = self.expr(ty, depth);
                let count = match self.rng.below(4) {
                    0 => self.rng.below(70).to_string(),
                    1 => {
                        let counts = if self.calm { &INTEGERS[5..] } else { INTEGERS };
                        let count = Ty::Num(self.rng.choose(counts));
                        self.expr(&count, depth)
                    }
                    _ => format!("({}&63)", self.expr(&Ty::Num("uint8"), depth)),
                };
                format!("({left} {op} {count})")
            }
            5 => {
                let from = loop {
                    let from = Ty::Num(self.rng.choose(NUMBERS));
                    if !from.is_complex() && (!from.is_float() || self.rng.one_in(4)) {
                        break from;
                    }
                };
                format!("{name}({})", self.expr(&from, depth))
            }
            6 => {
                let op = self.rng.choose(&["min", "max"]);
                format!("{op}({}, {})", self.expr(ty, depth), self.operand(ty, depth))
            }
            7 if name == "int" => format!("len({})", self.expr(&Ty::Str, depth)),
            8 if name == "uint8" => {
                let text = self.expr(&Ty::Str, depth);
                format!("(\"abc\" + {text})[{}]", self.rng.below(3))
            }
            _ => {
                let op = self.rng.choose(&["+", "-", "*", "&", "|", "^", "&^"]);
                format!("({} {op} {})", self.expr(ty, depth), self.operand(ty, depth))
            }
        }
    }
    fn float(&mut self, ty: &Ty, depth: usize) -> String {
        match self.rng.below(7) {
            0 => format!("-({})", self.expr(ty, depth)),
            1 => {
                let from = Ty::Num(self.rng.choose(&NUMBERS[..12]));
                format!("{}({})", ty.name(), self.expr(&from, depth))
            }
            2 => {
                let from = Ty::Num(if ty.name() == "float32" { "complex64" } else { "complex128" });
                let part = self.rng.choose(&["real", "imag"]);
                format!("{part}({})", self.expr(&from, depth))
            }
            3 => {
                let op = self.rng.choose(&["min", "max"]);
                format!("{op}({}, {})", self.expr(ty, depth), self.operand(ty, depth))
            }
            _ => {
                let op = self.rng.choose(&["+", "-", "*", "/"]);
                let right = if op == "/" { self.expr(ty, depth) } else { self.operand(ty, depth) };
                format!("({} {op} {right})", self.expr(ty, depth))
            }
        }
    }
    fn complex(&mut self, ty: &Ty, depth: usize) -> String {
        match self.rng.below(5) {
            0 => {
                let part = Ty::Num(if ty.name() == "complex64" { "float32" } else { "float64" });
                format!("complex({}, {})", self.expr(&part, depth), self.expr(&part, depth))
            }
            1 => {
                let from = Ty::Num(self.rng.choose(&["complex64", "complex128"]));
                format!("{}({})", ty.name(), self.expr(&from, depth))
            }
            _ => {
                let op = self.rng.choose(&["+", "-", "*", "/"]);
                format!("({} {op} {})", self.expr(ty, depth), self.expr(ty, depth))
            }
        }
    }
    fn string(&mut self, depth: usize) -> String {
        match self.rng.below(6) {
            0 => format!("string(rune({}))", self.expr(&Ty::Num("int32"), depth)),
            1 => format!("string([]byte({}))", self.expr(&Ty::Str, depth)),
            2 => format!("string([]rune({}))", self.expr(&Ty::Str, depth)),
            3 => match self.variable(&Ty::Str) {
                Some(name) => {
                    let at = self.expr(&Ty::Num("int"), 1);
                    if self.rng.one_in(2) {
                        format!("{name}[within({at}, len({name})):]")
                    } else {
                        format!("{name}[:within({at}, len({name}))]")
                    }
                }
                None => self.leaf(&Ty::Str),
            },
            _ => {
                // Not longer and longer in loops.
                let left = self.expr(&Ty::Str, depth);
                format!("({left} + {})[:within(7, len({left})+1)]", self.operand(&Ty::Str, depth.min(1)))
            }
        }
    }
    /// A composite literal.
    pub(super) fn composite(&mut self, ty: &Ty, depth: usize) -> String {
        let elements: Vec<String> = match ty {
            Ty::Struct(index) => {
                let fields = self.structs[*index].clone();
                let keyed = self.rng.one_in(2);
                let mut list = Vec::new();
                for (i, field) in fields.iter().enumerate() {
                    if keyed && self.rng.one_in(3) {
                        continue;
                    }
                    let value = self.expr(field, depth);
                    list.push(if keyed { format!("f{i}: {value}") } else { value });
                }
                list
            }
            Ty::Array(len, elem) => (0..*len).map(|_| self.expr(elem, depth)).collect(),
            Ty::Slice(elem) => (0..1 + self.rng.below(3)).map(|_| self.expr(elem, depth)).collect(),
            Ty::Map(key, elem) => (0..self.rng.below(3))
                .map(|_| format!("{}: {}", self.expr(key, depth), self.expr(elem, depth)))
                .collect(),
            _ => return self.leaf(ty),
        };
        format!("{}{{{}}}", ty.name(), elements.join(", "))
    }

    /// A constant of type `ty`, typed by a conversion unless its place gives it its type.
    pub(super) fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => self.rng.choose(&["true", "false"]).to_string(),
            Ty::Str => {
                self.rng.choose(&["\"\"", "\"a\"", "\"hé\\xff\"", "\"日本\"", "\"xyz\\x00\""]).to_string()
            }
            _ if ty.is_integer() => self.integer_literal(ty),
            _ if ty.is_float() => {
                self.rng.choose(&["0.5", "-1.25", "3", "1e10", "-0.001", "7.75", "16777217"]).to_string()
            }
            _ => self.rng.choose(&["(1+2i)", "(-0.5i)", "(3)", "(0.25-4i)"]).to_string(),
        }
    }
    fn integer_literal(&mut self, ty: &Ty) -> String {
        let bits = ty.bits();
        let small = self.rng.below(20) as i128;
        let value: i128 = if ty.is_unsigned() {
            self.rng.choose(&[0, 1, 2, small, (1 << (bits - 1)) - 1, 1 << (bits - 1), (1 << bits) - 1])
        } else {
            self.rng.choose(&[0, 1, -1, small, -small, (1 << (bits - 1)) - 1, -(1 << (bits - 1))])
        };
        if value < 0 { format!("({value})") } else { value.to_string() }
    }
    fn nonzero(&mut self, ty: &Ty) -> String {
        loop {
            let literal = self.integer_literal(ty);
            if literal != "0" && literal != "(0)" {
                return literal;
            }
        }
    }
    /// A value without variables, for initialisers and arguments.
    pub(super) fn static_value(&mut self, ty: &Ty, depth: usize) -> String {
        let elements = match ty {
            Ty::Any => {
                let inner = if self.rng.one_in(2) { Ty::Num("int") } else { Ty::Str };
                return format!("any({}({}))", inner.name(), self.literal(&inner));
            }
            Ty::Valuer => {
                let index = self.rng.below(self.structs.len().max(1));
                // Where no struct is declared yet, nothing is.
                return if self.structs.is_empty() {
                    "valuer(nil)".to_owned()
                } else {
                    format!("valuer(T{index}{{}})")
                };
            }
            Ty::Struct(index) => {
                let fields = self.structs[*index].clone();
                if depth == 0 {
                    Vec::new()
                } else {
                    fields.iter().map(|field| self.static_value(field, depth - 1)).collect::<Vec<_>>()
                }
            }
            Ty::Array(len, elem) => {
                (0..*len).map(|_| self.static_value(elem, depth.saturating_sub(1))).collect()
            }
            Ty::Slice(elem) => {
                (0..1 + self.rng.below(3)).map(|_| self.static_value(elem, depth.saturating_sub(1))).collect()
            }
            Ty::Map(key, elem) if self.rng.one_in(2) => {
                vec![format!("{}: {}", self.literal(key), self.static_value(elem, depth.saturating_sub(1)))]
            }
            Ty::Map(..) => Vec::new(),
            Ty::Ptr(elem) => return format!("new({})", elem.name()),
            _ => return format!("{}({})", ty.name(), self.literal(ty)),
        };
        format!("{}{{{}}}", ty.name(), elements.join(", "))
    }
}
