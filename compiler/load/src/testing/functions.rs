//! Finds `TestX`, `BenchmarkX`, `FuzzX`, `ExampleX` and `TestMain` in test files, by the go command's rules.

use std::sync::Arc;

use rgo_source::SourceMap;
use rgo_syntax::Bodies;
use rgo_syntax::ast::{Decl, Expr, ExprKind, FuncDecl};

use super::output_comment::{Output, output_comment};
use crate::scan::{SourceFile, position};

/// A function by the name of the import in the generated file, and its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Function {
    pub package: &'static str,
    pub name: String,
}

/// An example with an output comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Example {
    pub function: Function,
    pub output: Output,
}

/// What test files declare, in source order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Functions {
    pub tests: Vec<Function>,
    pub benchmarks: Vec<Function>,
    pub fuzz_targets: Vec<Function>,
    pub examples: Vec<Example>,
    pub test_main: Option<Function>,
}

impl Functions {
    /// Adds what `file` declares. A file with syntax errors is left to the parser, which words them.
    pub(super) fn add(&mut self, file: &SourceFile, package: &'static str, problems: &mut Vec<String>) {
        let sources = Arc::new(SourceMap::default());
        let path = file.path.to_string_lossy();
        let Some(source) = rgo_syntax::add_source(&sources, &path, Arc::clone(&file.text)) else { return };
        let parsed = rgo_syntax::parse_source(Arc::clone(&source), Bodies::WhenNeeded);
        for decl in &parsed.file.decls {
            let Decl::Func(func) = decl else { continue };
            if func.recv.is_some() {
                continue;
            }
            let name = func.name.name.as_str();
            let function = Function { package, name: name.to_owned() };
            let mut wrong = |param: &str| {
                let (line, col) = position(&file.text, source.offset(func.span.start));
                let at = format!("{}:{line}:{col}", file.path.display());
                let parameter = param.to_lowercase();
                problems.push(format!(
                    "{at}: wrong signature for {name}, must be: func {name}({parameter} *testing.{param})"
                ));
            };
            if name == "TestMain" && !has_parameter(func, "T") {
                match has_parameter(func, "M") {
                    true => self.test_main = Some(function),
                    false => wrong("M"),
                }
            } else if is_named(name, "Test") {
                if has_parameter(func, "T") { self.tests.push(function) } else { wrong("T") }
            } else if is_named(name, "Benchmark") {
                if has_parameter(func, "B") { self.benchmarks.push(function) } else { wrong("B") }
            } else if is_named(name, "Fuzz") {
                if has_parameter(func, "F") { self.fuzz_targets.push(function) } else { wrong("F") }
            } else if is_named(name, "Example")
                && func.sig.params.is_empty()
                && func.sig.results.is_empty()
                && func.tparams.is_empty()
                && let Some(body) = &func.body
            {
                let text = &file.text[source.offset(body.pos)..=source.offset(body.rbrace)];
                if let Some(output) = output_comment(text) {
                    self.examples.push(Example { function, output });
                }
            }
        }
    }
}

/// `TestX`, `Test_x`, `Test`, but not `Testify`.
fn is_named(name: &str, prefix: &str) -> bool {
    let rest = name.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|first| !first.is_lowercase()))
}

/// Whether the function has one parameter of type `*T` or `*x.T` and nothing else.
fn has_parameter(func: &FuncDecl, name: &str) -> bool {
    let [param] = func.sig.params.as_slice() else { return false };
    if !func.sig.results.is_empty() || param.names.len() > 1 || !func.tparams.is_empty() {
        return false;
    }
    let ExprKind::Star(ty) = &param.ty.kind else { return false };
    is_type(ty, name)
}

fn is_type(ty: &Expr, name: &str) -> bool {
    match &ty.kind {
        ExprKind::Ident(ident) => ident.name.as_str() == name,
        ExprKind::Selector { sel, .. } => sel.name.as_str() == name,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn names() {
        for (name, is_test) in
            [("TestX", true), ("Test", true), ("Test_x", true), ("Test1", true), ("Testify", false)]
        {
            assert_eq!(is_named(name, "Test"), is_test, "{name}");
        }
    }
}
