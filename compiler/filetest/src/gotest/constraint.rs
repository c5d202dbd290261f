//! Build constraints of a case, in both forms: `//go:build` and `// +build`.
//!
//! Unlike the go command, testdir heeds every such line above the package clause.

/// Whether `line` is a constraint in either form.
pub fn is_constraint(line: &str) -> bool {
    new_form(line).is_some() || old_form(line).is_some()
}

fn new_form(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("//go:build")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

fn old_form(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("//")?.trim_start().strip_prefix("+build")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

/// Whether all constraints above the package clause hold; lines that cannot be read count as text.
pub fn holds(source: &str, is_set: &dyn Fn(&str) -> bool) -> bool {
    source.lines().take_while(|line| !line.starts_with("package ")).all(|line| {
        if let Some(text) = new_form(line) {
            return evaluate(text, is_set).unwrap_or(true);
        }
        let Some(text) = old_form(line) else { return true };
        let term = |term: &str| match term.strip_prefix('!') {
            Some(tag) => !is_set(tag),
            None => is_set(term),
        };
        text.split_whitespace().any(|option| option.split(',').all(term))
    })
}

/// The tags that hold for linux/amd64 under testdir.
pub fn is_set(tag: &str) -> bool {
    const GO_MINOR: u32 = 27;
    match tag {
        "linux" | "amd64" | "gc" | "test_run" => true,
        _ => tag
            .strip_prefix("go1.")
            .and_then(|minor| minor.parse::<u32>().ok())
            .is_some_and(|minor| (1..=GO_MINOR).contains(&minor)),
    }
}

/// Evaluates an expression by recursive descent; `None` if it is malformed.
fn evaluate(text: &str, is_set: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut parser = Parser { rest: text.trim(), is_set };
    let value = parser.or()?;
    parser.rest.is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    is_set: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn accept(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<bool> {
        let mut value = self.and()?;
        while self.accept("||") {
            value |= self.and()?;
        }
        Some(value)
    }

    fn and(&mut self) -> Option<bool> {
        let mut value = self.not()?;
        while self.accept("&&") {
            value &= self.not()?;
        }
        Some(value)
    }

    fn not(&mut self) -> Option<bool> {
        if self.accept("!") {
            return self.not().map(|value| !value);
        }
        if self.accept("(") {
            let value = self.or()?;
            return self.accept(")").then_some(value);
        }
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let (tag, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        (!tag.is_empty()).then(|| (self.is_set)(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::{holds, is_set};

    #[test]
    fn both_forms() {
        let holds = |text: &str| holds(text, &is_set);
        assert!(holds("//go:build linux && !windows || (darwin && arm64)\n"));
        assert!(!holds("//go:build !(linux || windows)\n"));
        assert!(holds("// +build !windows !plan9\n"));
        assert!(!holds("// +build arm 386\n"));
        assert!(!holds("// +build !windows\n// +build !amd64\n"));
        assert!(holds("//go:build go1.4 && !go1.99\n"));
        assert!(holds("// run\npackage p\n//go:build ignore\n"));
        assert!(!holds("//go:build cgo\n"));
    }
}
