//! The generated main package of a test program.

use std::fmt::Write as _;

use super::functions::{Function, Functions};
use crate::scan::Location;

/// Text of the file. `has_package`: there is a package to import besides external tests.
pub(super) fn text(
    location: &Location,
    functions: &Functions,
    has_package: bool,
    has_external: bool,
) -> String {
    let path = &location.import_path;
    let uses = |package: &str| all(functions).any(|function| function.package == package);
    let mut text = String::from("package main\n\nimport (\n\t\"os\"\n");
    if functions.test_main.is_some() {
        text.push_str("\t\"reflect\"\n");
    }
    text.push_str("\t\"testing\"\n\t\"testing/internal/testdeps\"\n");
    for (exists, name, path) in
        [(has_package, "_test", path.clone()), (has_external, "_xtest", format!("{path}_test"))]
    {
        if exists {
            let name = if uses(name) { name } else { "_" };
            let _ = writeln!(text, "\t{name} {path:?}");
        }
    }
    text.push_str(")\n");
    for (variable, kind, list) in [
        ("tests", "Test", &functions.tests),
        ("benchmarks", "Benchmark", &functions.benchmarks),
        ("fuzzTargets", "FuzzTarget", &functions.fuzz_targets),
    ] {
        let _ = writeln!(text, "\nvar {variable} = []testing.Internal{kind}{{");
        for Function { package, name } in list {
            let _ = writeln!(text, "\t{{{name:?}, {package}.{name}}},");
        }
        text.push_str("}\n");
    }
    text.push_str("\nvar examples = []testing.InternalExample{\n");
    for example in &functions.examples {
        let Function { package, name } = &example.function;
        let (output, unordered) = (quote(&example.output.text), example.output.unordered);
        let _ = writeln!(text, "\t{{{name:?}, {package}.{name}, {output}, {unordered}}},");
    }
    text.push_str("}\n");
    let module = location.module.as_ref().map_or("", |module| module.path.as_str());
    let _ = writeln!(
        text,
        "\nfunc init() {{\n\ttestdeps.ModulePath = {module:?}\n\ttestdeps.ImportPath = {path:?}\n}}"
    );
    text.push_str("\nfunc main() {\n\tm := testing.MainStart(testdeps.TestDeps{}, tests, benchmarks, fuzzTargets, examples)\n");
    match &functions.test_main {
        None => text.push_str("\tos.Exit(m.Run())\n"),
        // TestMain may return without os.Exit; what Run has returned is the status then.
        Some(Function { package, name }) => {
            let _ = writeln!(text, "\t{package}.{name}(m)");
            text.push_str("\tos.Exit(int(reflect.ValueOf(m).Elem().FieldByName(\"exitCode\").Int()))\n");
        }
    }
    text.push_str("}\n");
    text
}

fn all(functions: &Functions) -> impl Iterator<Item = &Function> {
    let lists = [&functions.tests, &functions.benchmarks, &functions.fuzz_targets];
    let examples = functions.examples.iter().map(|example| &example.function);
    lists.into_iter().flatten().chain(examples).chain(&functions.test_main)
}

/// A Go string literal.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            // A literal byte order mark is not allowed in the middle of a file.
            '\u{feff}' => out.push_str("\\ufeff"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
