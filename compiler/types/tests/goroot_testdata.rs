//! Go's own tests of its type checkers: `GOROOT/src/internal/types/testdata`.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT`. A comment `/* ERROR "text" */` or `/* ERRORx "regexp" */` expects an error on
//! its line. Files are compared as a whole: `testdata-differences.txt` lists those where rgo differs, with the number
//! of differences, and must be kept up to date. `RGO_TEST_FILTER` restricts the files and prints the differences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use rgo_load::{Config, Embeds, ModMode, Overlay, Package, PackageGraph, PackageId, load};
use rgo_source::{Diagnostic, Name, SourceMap};
use rgo_syntax::ast::{self, ExprKind, walk};
use rgo_target::LINUX_AMD64;
use rgo_types::{ConstValue, FileIdx, Program};

/// Packages that the tests import.
const IMPORTS: &str = "bytes,context,fmt,go/ast,go/parser,go/scanner,go/token,io,math,math/big,os,reflect,runtime,slices,sort,strconv,strings,sync,sync/atomic,testing,time";

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

/// Parses a file; lines with syntax errors are made empty: gc does not check files that have any, its test suite does.
fn parse_without_errors(
    sources: &SourceMap,
    name: &str,
    mut text: String,
    got: &mut Vec<Diagnostic>,
    complaints: &mut Vec<String>,
) -> rgo_syntax::Parsed {
    for _ in 0..100 {
        let parsed =
            rgo_syntax::parse_file(sources, name, text.as_bytes().into()).expect("room in the source map");
        let Some(first) = parsed.errors.first() else { return parsed };
        if parsed.complete {
            got.extend(parsed.errors.iter().cloned());
            return parsed;
        }
        got.push(first.clone());
        let line = sources.position(first.pos).line as usize;
        let lines: Vec<&str> = text.lines().collect();
        if lines.get(line - 1).is_none_or(|line| line.trim().is_empty()) {
            complaints.push(format!("{name}: syntax errors"));
            return parsed;
        }
        text = lines
            .iter()
            .enumerate()
            .map(|(i, l)| if i + 1 == line { "" } else { l }.to_owned() + "\n")
            .collect();
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
        if i == 0 && text.contains("assert(") && !text.contains("func assert") {
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
    let package = Package {
        id,
        path: name,
        import_path: name,
        name: files[0].package.name,
        dir: "/p".into(),
        files,
        imports,
        is_std: false,
        in_main_module: true,
        module: None,
        go_version,
        embeds: Embeds::default(),
        debug: Vec::new(),
        allows_bodyless: true,
        broken_imports: BTreeMap::new(),
    };
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
        let at = sources.position(error.pos);
        let list = wanted.entry((at.file.clone(), at.line)).or_default();
        match list.iter().position(|want| want.matches(&error.message)) {
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
    let config = Config {
        dir: goroot.join("src"),
        goroot: goroot.clone(),
        target: LINUX_AMD64,
        tags: Vec::new(),
        overlay: &overlay,
        mod_mode: ModMode::Auto,
        module_cache: None,
        mod_file: None,
        work_file: None,
        as_compiler: false,
        parallelism: 2,
    };
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
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&known_path, report).expect("the list of differences");
        return;
    }
    let known = std::fs::read_to_string(&known_path).unwrap_or_default();
    assert_eq!(report, known, "differences from Go's tests changed");
}
