//! Go's own tests of its type checkers: `GOROOT/src/internal/types/testdata`.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT`. A comment `/* ERROR "text" */` or `/* ERRORx "regexp" */` expects an error on
//! its line. Files are compared as a whole: `testdata-differences.txt` lists those where rgo differs, with the number
//! of differences, and must be kept up to date. `RGO_TEST_FILTER` restricts the files and prints the differences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use rgo_load::{Config, Overlay, Package, PackageGraph, PackageId, load};
use rgo_source::{Diagnostic, Name, SourceMap};
use rgo_syntax::ast::{self, ExprKind, walk};
use rgo_target::LINUX_AMD64;
use rgo_types::{ConstValue, FileIdx, Program};

/// Packages that the tests import.
const IMPORTS: &str = "bytes,context,database/sql,fmt,go/ast,go/parser,go/scanner,go/token,io,math,math/big,net/rpc,os,reflect,runtime,slices,sort,strconv,strings,sync,sync/atomic,testing,time";

/// An expected error: text to contain, or pattern to match.
enum Want {
    Text(String),
    Pattern(Regex),
}

impl Want {
    fn matches(&self, message: &str) -> bool {
        match self {
            Want::Text(text) => message.contains(text.as_str()),
            Want::Pattern(pattern) => pattern.is_match(message),
        }
    }
}

fn unquote(text: &str) -> Option<(String, usize)> {
    let quote = text.chars().next()?;
    let mut out = String::new();
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
            match c {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                c => out.push(c),
            }
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return Some((out, i + 1));
        } else {
            out.push(c);
        }
    }
    None
}

/// Expected errors by line.
fn expectations(text: &str) -> BTreeMap<u32, Vec<Want>> {
    let mut result: BTreeMap<u32, Vec<Want>> = BTreeMap::new();
    let start = Regex::new(r"(/\*|//) ERROR(x?) ").expect("a pattern");
    let mut code_line = 0;
    for (i, line) in text.lines().enumerate() {
        let line_number = i as u32 + 1;
        // Code that is commented out expects nothing.
        let comment = line.find("//").filter(|&at| !line[at..].starts_with("// ERROR"));
        let mut rest = &line[..comment.unwrap_or(line.len())];
        let mut first = true;
        while let Some(found) = start.captures(rest) {
            let whole = found.get(0).expect("a match");
            let is_pattern = !found[2].is_empty();
            // A comment at the start of a line belongs to the token before it.
            let own_line = !first || !rest[..whole.start()].trim().is_empty();
            rest = &rest[whole.end()..];
            first = false;
            let Some((text, end)) = unquote(rest) else { break };
            rest = &rest[end..];
            let want = match is_pattern {
                true => match Regex::new(&text.replace("{}", r"\{\}")) {
                    Ok(pattern) => Want::Pattern(pattern),
                    Err(_) => Want::Text(text),
                },
                false => Want::Text(text),
            };
            result.entry(if own_line { line_number } else { code_line }).or_default().push(want);
        }
        let code = line.trim();
        let comment = code.starts_with("//") || code.starts_with("/*") && code.ends_with("*/");
        if !code.is_empty() && !comment {
            code_line = line_number;
        }
    }
    result
}

/// Collects the arguments of calls of `assert`.
struct FindAsserts {
    found: Vec<(ast::ExprId, rgo_source::Pos)>,
}

impl walk::Visitor for FindAsserts {
    fn expr(&mut self, e: &ast::Expr) -> bool {
        if let ExprKind::Call { fun, args, .. } = &e.kind
            && fun.as_ident().is_some_and(|ident| ident.name == "assert")
        {
            self.found.extend(args.first().map(|arg| (arg.id, arg.pos)));
        }
        true
    }
}

/// A literal that is bad, as an operand that is missing.
const BAD: &str = "0x";

/// After these syntax errors gc's parser goes on as if something else were written.
fn repaired(text: &str, at: usize, message: &str) -> Option<String> {
    let (before, after) = text.split_at(at);
    let closed = |close: char| after.find(close).map(|end| (&after[1..end], &after[end + 1..]));
    if message.ends_with("must have no type parameters") {
        let (inner, rest) = closed(']')?;
        return Some(format!("{before} {}{rest}", " ".repeat(inner.len() + 1)));
    }
    if message.ends_with("cannot parenthesize embedded type") {
        let (inner, rest) = closed(')')?;
        return Some(format!("{before} {inner} {rest}"));
    }
    if message.ends_with("empty type parameter list") {
        let open = before.rfind('[')?;
        return Some(format!("{} {} {}", &before[..open], &before[open + 1..], &after[1..]));
    }
    let missing = match message {
        "syntax error: expected operand" | "syntax error: unexpected ], expected operand" => BAD,
        "syntax error: unexpected ], expected type argument list" => "int",
        _ => return None,
    };
    Some(format!("{before}{missing}{after}"))
}

fn without_lines(text: &str, lines: std::ops::RangeInclusive<usize>) -> String {
    let kept = |(i, line): (usize, &str)| if lines.contains(&(i + 1)) { "" } else { line }.to_owned() + "\n";
    text.lines().enumerate().map(kept).collect()
}

/// gc's parser words what it says about labels unlike its type checker, which has the same rules and whose words the
/// tests expect.
fn in_checker_words(message: &str) -> String {
    let unused = Regex::new("^label (.*) defined and not used$").expect("a pattern");
    let again = Regex::new("^label (.*) already defined at .*$").expect("a pattern");
    let unknown = Regex::new("^(break|continue) label not defined: (.*)$").expect("a pattern");
    let undefined = Regex::new("^label (.*) not defined$").expect("a pattern");
    let jump = Regex::new("^goto (.*) jumps over declaration of .*:([0-9]+):[0-9]+$").expect("a pattern");
    let message = unused.replace(message, "label $1 declared and not used");
    let message = again.replace(&message, "label $1 already declared");
    let message = unknown.replace(&message, "invalid $1 label $2");
    let message = undefined.replace(&message, "label $1 not declared");
    jump.replace(&message, "goto $1 jumps over variable declaration at line $2").into_owned()
}

/// Parses a file; lines with syntax errors are made empty: gc does not check files that have any, its test suite does.
fn parse_without_errors(
    sources: &SourceMap,
    name: &str,
    mut text: String,
    got: &mut Vec<Diagnostic>,
    complaints: &mut Vec<String>,
) -> rgo_syntax::Parsed {
    let mut repairs = false;
    for _ in 0..100 {
        let parsed =
            rgo_syntax::parse_file(sources, name, text.as_bytes().into()).expect("room in the source map");
        let ours = |error: &&Diagnostic| !(repairs && error.message == "hexadecimal literal has no digits");
        let Some(first) = parsed.errors.iter().find(ours) else { return parsed };
        if parsed.complete {
            got.extend(parsed.errors.iter().filter(ours).cloned());
            return parsed;
        }
        got.push(first.clone());
        let line = sources.position(first.pos).line as usize;
        if let Some(repaired) = repaired(&text, parsed.source.offset(first.pos), &first.message) {
            repairs = true;
            text = repaired;
            continue;
        }
        // Of the ways to take the error out, the one that leaves the fewest errors and empties the fewest lines.
        let choices = [line..=line, line - 1..=line, line..=line + 1, line - 1..=line + 1, line..=line + 2];
        let emptied = choices.map(|lines| (lines.clone().count(), without_lines(&text, lines)));
        let cost = |(lines, text): &(usize, String)| {
            let parsed = rgo_syntax::parse_file(sources, name, text.as_bytes().into());
            lines + parsed.expect("room in the source map").errors.len()
        };
        let Some(best) = emptied.into_iter().filter(|(_, emptied)| *emptied != text).min_by_key(cost) else {
            complaints.push(format!("{name}: syntax errors"));
            return parsed;
        };
        text = best.1;
    }
    rgo_syntax::parse_file(sources, name, text.as_bytes().into()).expect("room in the source map")
}

/// Checks the files of a test as a package; what differs from the expectations.
fn check(paths: &[PathBuf], graph: &mut PackageGraph) -> Vec<String> {
    let sources = Arc::clone(&graph.sources);
    let id = PackageId(graph.packages.len() as u32);
    let mut complaints = Vec::new();
    let mut wanted: BTreeMap<(String, u32), Vec<Want>> = BTreeMap::new();
    let mut files = Vec::new();
    let mut got = Vec::new();
    let mut imports = BTreeMap::new();
    let mut go_version = (1, 27);
    for (i, path) in paths.iter().enumerate() {
        let name = path.display().to_string();
        let mut text = std::fs::read_to_string(path).expect("test file");
        for (line, list) in expectations(&text) {
            wanted.insert((name.clone(), line), list);
        }
        if let Some(lang) = text.lines().next().and_then(|line| line.split("-lang=go1.").nth(1)) {
            let minor: String = lang.chars().take_while(char::is_ascii_digit).collect();
            go_version = (1, minor.parse().expect("a version"));
        }
        if i == 0 && text.contains("assert(") && !text.contains("func assert(") {
            // A conversion keeps constants constant.
            text.push_str("\ntype assert bool\n");
        }
        let parsed = parse_without_errors(&sources, &name, text, &mut got, &mut complaints);
        for import in parsed.file.imports() {
            if let Some(found) = graph.find(import.path.as_str()) {
                imports.insert(import.path, found);
            }
        }
        files.push(parsed.file);
    }
    let name = Name::new("p");
    let package =
        Package { imports, go_version, allows_bodyless: true, ..Package::of_files(id, name, files) };
    graph.packages.push(package);
    {
        let mut program = Program::new(graph, LINUX_AMD64);
        program.check_package(id);
        got.extend(std::mem::take(&mut program.diagnostics));
        for (i, file) in graph.package(id).files.iter().enumerate() {
            let mut asserts = FindAsserts { found: Vec::new() };
            for decl in &file.decls {
                walk::decl(&mut asserts, decl);
            }
            let idx = FileIdx(program.package(id).files.start + i as u32);
            for (arg, pos) in asserts.found {
                let record = program.info(idx).type_and_value(arg);
                let value = record.and_then(|record| record.value.clone());
                if value != Some(ConstValue::Bool(true)) {
                    let at = sources.position(pos);
                    complaints.push(format!("{}:{}:{}: assert fails: {value:?}", at.file, at.line, at.col));
                }
            }
        }
    }
    graph.packages.pop();
    for error in got {
        if error.message.starts_with("assert(") && error.message.ends_with("is not used") {
            continue;
        }
        // The tests come with a C that cannot be imported and about which nothing is said.
        if error.message.starts_with("could not import C ") {
            continue;
        }
        // A rule of gc's that its type checker does not have.
        if error.message.ends_with("anonymous interface refers to itself (see https://go.dev/issue/56103)") {
            continue;
        }
        let message = in_checker_words(&error.message);
        let at = sources.position(error.pos);
        let list = wanted.entry((at.file.clone(), at.line)).or_default();
        match list.iter().position(|want| want.matches(&message)) {
            Some(i) => {
                list.remove(i);
            }
            None => {
                complaints.push(format!("{}:{}:{}: unexpected: {}", at.file, at.line, at.col, error.message));
            }
        }
    }
    for ((file, line), list) in wanted {
        for want in list {
            let text = match want {
                Want::Text(text) => text,
                Want::Pattern(pattern) => pattern.to_string(),
            };
            complaints.push(format!("{file}:{line}: missing: {text}"));
        }
    }
    complaints
}

fn tests(dir: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut tests = Vec::new();
    for group in ["check", "examples", "fixedbugs", "spec"] {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(dir.join(group))
            .expect("testdata")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            let name = format!("{group}/{}", path.file_name().expect("a name").to_string_lossy());
            let files = if path.is_dir() {
                let mut files: Vec<PathBuf> = std::fs::read_dir(&path)
                    .expect("a directory")
                    .map(|entry| entry.expect("an entry").path())
                    .collect();
                files.sort();
                files
            } else {
                vec![path]
            };
            tests.push((name, files));
        }
    }
    tests
}

#[test]
fn testdata_gives_its_errors() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else {
        return;
    };
    let overlay = Overlay::new("", []).expect("an empty overlay");
    let config = Config { parallelism: 2, ..Config::of_std(&goroot, "src", LINUX_AMD64, &overlay) };
    let args: Vec<String> = IMPORTS.split(',').map(str::to_owned).collect();
    let mut graph = load(&config, &args).expect("std loads");
    let filter = std::env::var("RGO_TEST_FILTER").ok();
    let known_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata-differences.txt");
    let mut report = String::new();
    for (name, files) in tests(&goroot.join("src/internal/types/testdata")) {
        if filter.as_ref().is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        if filter.is_some() {
            println!("== {name}");
        }
        let complaints = check(&files, &mut graph);
        if filter.is_some() {
            println!("{}", complaints.join("\n"));
        }
        if !complaints.is_empty() {
            report.push_str(&format!("{name} {}\n", complaints.len()));
        }
    }
    if filter.is_some() {
        return;
    }
    let known = std::fs::read_to_string(&known_path).unwrap_or_default();
    let reasons: BTreeMap<&str, &str> = known.lines().filter_map(|line| line.split_once(": ")).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let reason = |difference: &str| reasons.get(difference).copied().unwrap_or("not looked into");
        let lines: String = report.lines().map(|line| format!("{line}: {}\n", reason(line))).collect();
        std::fs::write(&known_path, lines).expect("the list of differences");
        return;
    }
    let differences: Vec<&str> = report.lines().collect();
    let listed: Vec<&str> = reasons.keys().copied().collect();
    assert_eq!(differences, listed, "RGO_TEST_FILTER=name shows one; UPDATE_EXPECT=1 rewrites the list");
}
