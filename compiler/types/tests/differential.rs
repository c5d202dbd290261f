//! Compares what is recorded about standard packages with what go/types finds out.
//!
//! Needs a GOROOT in `RGO_TEST_GOROOT` and `RGO_TEST_DIFFERENTIAL` with the packages to compare (comma-separated). The
//! differences that are no errors are removed by [`accepted`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rgo_load::{Config, Overlay, PackageGraph, PackageId, load};
use rgo_source::Pos;
use rgo_syntax::ast::{self, ExprKind, walk};
use rgo_target::LINUX_AMD64;
use rgo_types::{FileIdx, ObjId, ObjKind, OperandMode, Program, SelectionKind};

const TAGS: [&str; 4] = ["purego", "math_big_pure_go", "osusergo", "netgo"];

#[derive(Default)]
struct Nodes {
    exprs: Vec<(ast::ExprId, rgo_source::Span)>,
    idents: Vec<ast::Ident>,
}

impl walk::Visitor for Nodes {
    fn expr(&mut self, e: &ast::Expr) -> bool {
        self.exprs.push((e.id, e.span));
        match &e.kind {
            ExprKind::Ident(ident) => self.idents.push(*ident),
            ExprKind::Selector { sel, .. } => self.idents.push(*sel),
            _ => {}
        }
        true
    }

    fn stmt(&mut self, _stmt: &ast::Stmt) -> bool {
        true
    }
}

fn place(graph: &PackageGraph, pos: Pos) -> String {
    graph
        .sources
        .file(pos)
        .map_or_else(|| "universe".to_owned(), |file| format!("{}:{}", file.path, file.offset(pos)))
}

fn one_line(text: String) -> String {
    text.replace('\n', " ")
}

fn object(graph: &PackageGraph, program: &Program<'_>, obj: ObjId) -> String {
    let obj = program.obj(obj);
    let name = match obj.kind {
        ObjKind::PkgName { imported, .. } if obj.name.is_blank() => program.package_name(imported),
        _ => obj.name,
    };
    format!("{name} {}", place(graph, obj.pos))
}

/// Everything recorded for a package, one line a fact.
fn dump(graph: &PackageGraph, program: &mut Program<'_>, pkg: PackageId) -> Vec<String> {
    let mut lines = Vec::new();
    for (i, file) in graph.package(pkg).files.iter().enumerate() {
        let idx = FileIdx(program.package(pkg).files.start + i as u32);
        let mut nodes = Nodes::default();
        for decl in &file.decls {
            walk::decl(&mut nodes, decl);
        }
        for (id, span) in nodes.exprs {
            let Some(record) = program.info(idx).type_and_value(id).cloned() else { continue };
            if record.mode == OperandMode::Builtin {
                continue;
            }
            let start = place(graph, span.start);
            let end = span.end.0 - span.start.0;
            let end = start.rsplit(':').next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0) + end;
            let ty = one_line(program.type_string(record.ty));
            let mut line = format!("T {start}-{end}\t{ty}\t");
            if let Some(value) = record.value {
                write!(line, "{}", one_line(value.to_string())).expect("a string");
            }
            lines.push(line);
        }
        for ident in nodes.idents {
            let at = place(graph, ident.pos);
            let info = program.info(idx);
            let selection = info.selections.get(&ident.id).cloned();
            let instance = info.instances.get(&ident.id).cloned();
            if let Some(obj) = info.object(ident.id) {
                lines.push(format!("O {at}\t{}", object(graph, program, obj)));
            }
            if let Some(s) = selection {
                let kind = match s.kind {
                    SelectionKind::FieldVal => 0,
                    SelectionKind::MethodVal => 1,
                    SelectionKind::MethodExpr => 2,
                };
                let index: Vec<String> = s.index.iter().map(usize::to_string).collect();
                let recv = one_line(program.type_string(s.recv));
                lines.push(format!("S {at}\t{kind} {recv} [{}] {}", index.join(" "), s.indirect));
            }
            if let Some(instance) = instance {
                let targs: Vec<String> = instance.targs.iter().map(|&ty| program.type_string(ty)).collect();
                let ty = one_line(program.type_string(instance.ty));
                lines.push(format!("I {at}\t{}\t{ty}", one_line(targs.join(", "))));
            }
        }
    }
    lines
}

/// Facts by the part of the line that names the place.
fn by_place(lines: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    lines
        .filter_map(|line| line.split_once('\t').map(|(place, fact)| (place.to_owned(), fact.to_owned())))
        .collect()
}

/// Whether two values differ in form only: rgo records them as their type represents them.
fn same_number(theirs: &str, ours: &str) -> bool {
    match (theirs.parse::<f64>(), ours.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= a.abs() * 1e-5,
        _ => false,
    }
}

/// Whether rgo may differ. It says more about nil, shift counts and other untyped operands that are used with a type;
/// it records the length of an array that is ranged over for its length. Names in declarations are not looked at.
fn accepted(place: &str, theirs: &str, ours: Option<&String>) -> bool {
    let Some(ours) = ours else {
        return place.strip_prefix("O ").is_some_and(|place| theirs.ends_with(place));
    };
    if theirs == ours || theirs.starts_with("untyped ") {
        return true;
    }
    match (theirs.split_once('\t'), ours.split_once('\t')) {
        (Some((their_type, a)), Some((our_type, b))) => {
            their_type == our_type && same_number(a, b) || a.is_empty() && our_type == "int" && !b.is_empty()
        }
        _ => false,
    }
}

#[test]
fn info_is_what_gotypes_says() {
    let Some(goroot) = std::env::var_os("RGO_TEST_GOROOT").map(PathBuf::from) else { return };
    let Ok(packages) = std::env::var("RGO_TEST_DIFFERENTIAL") else { return };
    let names: Vec<String> = packages.split(',').map(str::to_owned).collect();
    let overlay = Overlay::new("", []).expect("an empty overlay");
    let config = Config {
        tags: TAGS.map(str::to_owned).to_vec(),
        parallelism: 2,
        ..Config::of_std(&goroot, "src", LINUX_AMD64, &overlay)
    };
    let graph = load(&config, &names).expect("std loads");
    let mut program = Program::new(&graph, LINUX_AMD64);
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gotypes/main.go");
    let theirs = Command::new(goroot.join("bin/go"))
        .args(["run"])
        .arg(main)
        .arg(format!("-tags={}", TAGS.join(",")))
        .args(&names)
        .env("GOTOOLCHAIN", "local")
        .env("GOROOT", &goroot)
        .output()
        .expect("go runs");
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    let theirs = by_place(String::from_utf8_lossy(&theirs.stdout).lines().map(str::to_owned));
    let mut lines = Vec::new();
    for name in &names {
        let pkg = graph.find(name).expect("a package");
        program.check_package(pkg);
        lines.extend(dump(&graph, &mut program, pkg));
    }
    let ours = by_place(lines.into_iter());
    let mut differences = Vec::new();
    for (place, fact) in &theirs {
        let our_fact = ours.get(place);
        if !accepted(place, fact, our_fact) {
            differences.push(format!("{place}\n  gc:  {fact}\n  rgo: {}", our_fact.map_or("-", |fact| fact)));
        }
    }
    println!("{} facts, {} differences", theirs.len(), differences.len());
    for difference in differences.iter().take(100) {
        println!("{difference}");
    }
    assert!(differences.is_empty(), "{} differences", differences.len());
}
