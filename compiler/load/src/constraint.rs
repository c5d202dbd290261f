//! Build constraints, `//go:build` expressions and the older `// +build` lines: parsing and evaluation. (What language version one implies is `syntax`'s business.)
//!
//! Grammar (go/build/constraint): `||` binds weakest, then `&&`, then `!`; parentheses; tags are letters, digits, `_`
//! and `.`. In a `// +build` line blanks mean or, commas and; `!` negates a tag.

use std::fmt;

/// A parsed constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Expr {
    Tag(String),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

/// Parses the text after `//go:build`.
pub(crate) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { rest: text };
    let expr = parser.or()?;
    match parser.peek()? {
        None => Ok(expr),
        Some(token) => Err(format!("unexpected token {token}")),
    }
}

/// The expression after `//go:build` if `line` is such a line.
pub(crate) fn directive(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("//go:build")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim())
}

/// The value of the terms after `// +build`. A malformed term stands for the tag `ignore`.
pub(crate) fn eval_plus_build(terms: &str, is_set: &dyn Fn(&str) -> bool) -> bool {
    let is_tag = |tag: &str| !tag.is_empty() && tag.chars().all(is_tag_char);
    let literal = |text: &str| match text.strip_prefix('!') {
        Some(tag) if tag.is_empty() || tag.starts_with('!') => is_set("ignore"),
        Some(tag) => !is_set(if is_tag(tag) { tag } else { "ignore" }),
        None => is_set(if is_tag(text) { text } else { "ignore" }),
    };
    terms.split_whitespace().any(|clause| clause.split(',').all(literal))
        || terms.trim().is_empty() && is_set("ignore")
}

fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

impl Expr {
    /// The value when exactly the tags for which `is_set` holds are set.
    pub(crate) fn eval(&self, is_set: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Expr::Tag(tag) => is_set(tag),
            Expr::Not(x) => !x.eval(is_set),
            Expr::And(x, y) => x.eval(is_set) && y.eval(is_set),
            Expr::Or(x, y) => x.eval(is_set) || y.eval(is_set),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grouped = |x: &Expr, group: bool| if group { format!("({x})") } else { x.to_string() };
        match self {
            Expr::Tag(tag) => f.write_str(tag),
            Expr::Not(x) => {
                write!(f, "!{}", grouped(x, matches!(**x, Expr::And(..) | Expr::Or(..))))
            }
            Expr::And(x, y) => {
                let [x, y] = [x, y].map(|e| grouped(e, matches!(**e, Expr::Or(..))));
                write!(f, "{x} && {y}")
            }
            Expr::Or(x, y) => write!(f, "{x} || {y}"),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expr, String> {
        let mut x = self.and()?;
        while self.peek()? == Some("||") {
            self.take()?;
            x = Expr::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut x = self.not()?;
        while self.peek()? == Some("&&") {
            self.take()?;
            x = Expr::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Expr, String> {
        if self.peek()? != Some("!") {
            return self.atom();
        }
        self.take()?;
        if self.peek()? == Some("!") {
            return Err("double negation not allowed".into());
        }
        Ok(Expr::Not(Box::new(self.atom()?)))
    }

    fn atom(&mut self) -> Result<Expr, String> {
        match self.take()? {
            None => Err("unexpected end of expression".into()),
            Some("(") => {
                let x = self.or()?;
                match self.take()? {
                    Some(")") => Ok(x),
                    _ => Err("missing close paren".into()),
                }
            }
            Some(token @ (")" | "&&" | "||" | "!")) => Err(format!("unexpected token {token}")),
            Some(tag) => Ok(Expr::Tag(tag.to_owned())),
        }
    }

    fn peek(&self) -> Result<Option<&'a str>, String> {
        let rest = self.rest.trim_start();
        if rest.is_empty() {
            return Ok(None);
        }
        if let Some(op) = ["&&", "||", "(", ")", "!"].into_iter().find(|op| rest.starts_with(op)) {
            return Ok(Some(op));
        }
        match rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len()) {
            0 => Err(format!("invalid syntax at {}", rest.chars().next().unwrap_or(' '))),
            len => Ok(Some(&rest[..len])),
        }
    }

    fn take(&mut self) -> Result<Option<&'a str>, String> {
        let token = self.peek()?;
        if let Some(token) = token {
            self.rest = &self.rest.trim_start()[token.len()..];
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(text: &str, tags: &[&str]) -> bool {
        parse(text).unwrap().eval(&|tag| tags.contains(&tag))
    }

    #[test]
    fn operators_bind_as_in_go() {
        assert!(eval("a || b && c", &["a"]));
        assert!(!eval("(a || b) && c", &["a"]));
        assert!(eval("!a && !(b || c)", &[]));
        assert_eq!(parse("!(a&&b)||c").unwrap().to_string(), "!(a && b) || c");
    }

    #[test]
    fn old_lines_are_or_of_and() {
        let holds = |terms: &str, tags: &[&str]| eval_plus_build(terms, &|tag| tags.contains(&tag));
        assert!(holds("linux,!cgo darwin", &["linux"]));
        assert!(holds("linux,!cgo darwin", &["linux", "cgo", "darwin"]));
        assert!(!holds("linux,!cgo darwin", &["linux", "cgo"]));
        assert!(!holds(" ignore", &["linux"]));
        assert!(!holds("", &[]) && !holds("!!a", &["a"]) && !holds("a-b", &["a", "b"]));
        assert!(holds("!a-b", &[]));
    }

    #[test]
    fn malformed_expressions_are_rejected() {
        for bad in ["", "a b", "&& a", "(a", "!!a", "a,b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
