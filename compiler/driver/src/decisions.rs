//! `-gcflags=-m`: what the optimiser did in the packages of the main module, in gc's words.
//!
//! MIR knows positions, not names: what is allocated is read off the source text there.

use rgo_load::PackageGraph;
use rgo_mir::{Module, Note, NoteKind};
use rgo_source::{Diagnostic, Pos};

use crate::report::Style;

/// The lines to print: for each package its name, then its notes by position.
pub(crate) fn lines(graph: &PackageGraph, module: &Module, style: &Style<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let notes = module.notes.as_deref().unwrap_or_default();
    for package in graph.packages.iter().filter(|package| package.in_main_module) {
        let paths: Vec<String> = package
            .files
            .iter()
            .filter_map(|file| graph.sources.file(file.package.pos))
            .map(|file| file.path.clone())
            .collect();
        let mut found: Vec<(Pos, String)> = Vec::new();
        for note in notes {
            let pos = Pos(note.pos);
            let Some(file) = graph.sources.file(pos).filter(|file| paths.contains(&file.path)) else {
                continue;
            };
            let offset = file.offset(pos);
            let Some(text) = render(note, module, &file.text, offset) else { continue };
            // gc's position of a method is its receiver.
            let line = file.text[..offset].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
            let method =
                matches!(note.kind, NoteKind::CanInline(_)) && file.text[line..].starts_with(b"func (");
            found.push((if method { file.pos(line + 5) } else { pos }, text));
        }
        found.sort_by_key(|(pos, _)| pos.0);
        found.dedup();
        if found.is_empty() {
            continue;
        }
        lines.push(format!("# {}", package.import_path));
        let diagnostics = found.into_iter().map(|(pos, text)| Diagnostic::error(pos, "", text));
        lines.extend(diagnostics.map(|diagnostic| style.line(&diagnostic, &graph.sources)));
    }
    lines
}

/// One note, which points to `offset` of the source text.
fn render(note: &Note, module: &Module, text: &[u8], offset: usize) -> Option<String> {
    let source = &text[offset..];
    let name = |id| short_name(&module.funcs[id].name);
    Some(match note.kind {
        NoteKind::CanInline(id) => format!("can inline {}", name(id)),
        NoteKind::Inlined(id) => {
            let callee = called_name(&module.funcs[id].name);
            // What stands for an operator or a conversion is no call in the source.
            if callee.strip_prefix("runtime.").is_some_and(|name| name.starts_with(char::is_lowercase)) {
                return None;
            }
            format!("inlining call to {callee}")
        }
        NoteKind::Allocation { stack } => match (allocated(text, offset)?, stack) {
            (What::Variable(_), true) => return None,
            (What::Variable(name), false) => format!("moved to heap: {name}"),
            (What::Expression(text), true) => format!("{text} does not escape"),
            (What::Expression(text), false) => format!("{text} escapes to heap"),
        },
        NoteKind::Parameter { leaks, content_leaks, returned, content_returned, results } => {
            let param = identifier(source)?;
            let result = if results == 1 { "result ~r0" } else { "result" };
            if leaks {
                format!("leaking param: {param}")
            } else if returned {
                format!("leaking param: {param} to {result} level=0")
            } else if content_leaks {
                format!("leaking param content: {param}")
            } else if content_returned {
                format!("leaking param: {param} to {result} level=1")
            } else {
                format!("{param} does not escape")
            }
        }
    })
}

/// A function's name as its own package says it: `(*T).M`, `f.func1`.
fn short_name(symbol: &str) -> &str {
    let start = path_end(symbol);
    symbol[start..].split_once('.').map_or(symbol, |(_, name)| name)
}
/// As other packages say it, those of package main without the package: `strings.Contains`.
fn called_name(symbol: &str) -> &str {
    let name = &symbol[path_end(symbol)..];
    name.strip_prefix("main.").unwrap_or(name)
}
/// Where the last element of a symbol's import path begins: type arguments may hold slashes of their own.
fn path_end(symbol: &str) -> usize {
    let plain = &symbol[..symbol.find(['[', '(']).unwrap_or(symbol.len())];
    plain.rfind('/').map_or(0, |slash| slash + 1)
}

/// What a piece of source allocates.
#[derive(PartialEq, Eq, Debug)]
enum What {
    Variable(String),
    Expression(String),
}

fn allocated(whole: &[u8], offset: usize) -> Option<What> {
    // Calls are where their parenthesis is, literals where their brace is.
    let start = match whole.get(offset)? {
        b'(' | b'{' => type_start(whole, offset),
        _ => offset,
    };
    let source = &whole[start..];
    if whole[offset] == b'(' && !is_allocating_call(&whole[start..offset]) {
        return Some(What::Expression("... argument".into()));
    }
    let text = std::str::from_utf8(&source[..source.len().min(400)])
        .unwrap_or_else(|error| std::str::from_utf8(&source[..error.valid_up_to()]).unwrap_or_default());
    let expression = |text: String| Some(What::Expression(text));
    if let Some(call) = ["make(", "new("].iter().find(|call| text.starts_with(**call)) {
        return expression(text[..=closing(text, call.len() - 1)?].to_owned());
    }
    if text.starts_with("func(") || text.starts_with("func (") {
        return expression("func literal".into());
    }
    if whole[offset] == b'(' {
        let open = offset - start;
        return expression(text[..=closing(text, open)?].to_owned());
    }
    if text.starts_with(['&', '[']) || text.starts_with("map[") {
        return expression(format!("{}{{...}}", text[..literal_body(text)?].trim_end()));
    }
    let name = identifier(source)?;
    match text[name.len()..].chars().next() {
        Some('{') => expression(format!("{name}{{...}}")),
        Some('(') => expression(text[..=closing(text, name.len())?].to_owned()),
        _ => Some(What::Variable(name)),
    }
}

/// Where the operand or type begins that ends at `end`.
fn type_start(text: &[u8], end: usize) -> usize {
    let mut depth = 0;
    let mut start = end;
    while start > 0 {
        match text[start - 1] {
            b']' => depth += 1,
            b'[' if depth == 0 => break,
            b'[' => depth -= 1,
            b'\n' => break,
            _ if depth > 0 => {}
            b'.' | b'_' | b'*' => {}
            b if b.is_ascii_alphanumeric() || !b.is_ascii() => {}
            _ => break,
        }
        start -= 1;
    }
    start
}

/// Whether what stands before a parenthesis makes the call an allocation by itself.
fn is_allocating_call(callee: &[u8]) -> bool {
    matches!(callee, b"make" | b"new" | b"string") || callee.starts_with(b"[]")
}

/// The opening brace of a composite literal: the first that belongs to no `struct{...}` or `interface{...}` of its type.
fn literal_body(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let open = at + text[at..].find(['{', ';', '\n'])?;
        if !text[open..].starts_with('{') {
            return None;
        }
        let before = text[..open].trim_end();
        if !before.ends_with("struct") && !before.ends_with("interface") {
            return Some(open);
        }
        at = closing(text, open)? + 1;
    }
}

/// Index of the bracket that closes the one at `open`, on one line.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in text[open..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '\n' | '"' | '`' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(open + i);
        }
    }
    None
}

/// The identifier at the start of `source`.
fn identifier(source: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&source[..source.len().min(200)]);
    let name: String = text.chars().take_while(|&c| c == '_' || c.is_alphanumeric()).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(source: &str) -> Option<What> {
        allocated(source.as_bytes(), 0)
    }

    #[test]
    fn source_text_says_what_is_allocated() {
        let is = |text: &str| Some(What::Expression(text.into()));
        assert_eq!(expression("&point{1, 2}\n"), is("&point{...}"));
        assert_eq!(expression("[]struct{ a int }{{1}}"), is("[]struct{ a int }{...}"));
        assert_eq!(expression("make([]int, n)[1:]"), is("make([]int, n)"));
        assert_eq!(expression("func(x int) int { return x }"), is("func literal"));
        assert_eq!(expression("x := 1"), Some(What::Variable("x".into())));
        assert_eq!(expression("string(b)"), is("string(b)"));
        assert_eq!(expression("\"constant\""), None);
        let at = |source: &str, c: char| allocated(source.as_bytes(), source.find(c)?);
        assert_eq!(at("s := make([]int, n)\n", '('), is("make([]int, n)"));
        assert_eq!(at("x = map[string]a.T{1: 2}\n", '{'), is("map[string]a.T{...}"));
        assert_eq!(at("fmt.Println(x)\n", '('), is("... argument"));
    }

    #[test]
    fn names_lose_their_package() {
        assert_eq!(short_name("main.(*T).M"), "(*T).M");
        assert_eq!(short_name("example.com/x.f.func1"), "f.func1");
        assert_eq!(called_name("main.add"), "add");
        assert_eq!(called_name("text/scanner.Max[a/b.T]"), "scanner.Max[a/b.T]");
    }
}
