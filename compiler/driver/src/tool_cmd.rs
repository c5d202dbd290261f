//! `rgo tool compile`: what gc's compiler does with the files of one package, as far as it has a meaning here.
//!
//! The package is checked and all its functions are compiled, reached or not; imports are found as `rgo build` finds them
//! and compiled from source as far as they are needed. There is no object file: rgo compiles programs as a whole.

use std::path::Path;

use rgo_load::PackageGraph;
use rgo_source::Name;

use crate::Failed;
use crate::cli::ToolCompile;
use crate::env::Environment;
use crate::pipeline::Session;
use crate::report::Paths;

/// gc's compiler ends with this status after errors.
const STATUS: u8 = 2;

pub(crate) fn compile(compile: &ToolCompile, environment: &Environment) -> Result<(), Failed> {
    let mut session = Session::open(&compile.flags, environment)?;
    let relative = compile.files.iter().all(|file| Path::new(file).is_relative());
    session.paths = if relative { Paths::Relative } else { Paths::Absolute };
    let result = session.load_as(&compile.files, true).and_then(|mut graph| {
        adapt(&mut graph, compile);
        session.compile_package(&graph)
    });
    session.progress.clear();
    result.map_err(|failed| {
        // The go command names the package before its errors, the compiler does not.
        let lines = failed.lines.into_iter().filter(|line| !line.starts_with("# ")).collect();
        Failed { lines, status: STATUS }
    })
}

/// `tool -n compile`: the command that would be run. The compiler is no file of its own: who only asks whether there is one gets rgo.
pub(crate) fn which(args: &[String]) -> Result<(), Failed> {
    let rgo = std::env::current_exe().map_err(|e| Failed::new(format!("rgo: {e}")))?;
    let means = if args.is_empty() {
        Vec::new()
    } else {
        [&["tool".to_owned(), "compile".to_owned()], args].concat()
    };
    println!("{}", [&[rgo.display().to_string()], &*means].concat().join(" "));
    Ok(())
}

/// What the compiler's flags say about the package, which was loaded as the go command would.
fn adapt(graph: &mut PackageGraph, compile: &ToolCompile) {
    let package = &mut graph.packages[graph.main.0 as usize];
    if let Some(path) = &compile.import_path {
        package.path = Name::new(path);
        package.import_path = Name::new(path);
    }
    // Bodies may be missing, here and in what the go command would have compiled before: nobody looked for assembly.
    for package in graph.packages.iter_mut().filter(|package| package.in_main_module) {
        package.allows_bodyless |= !compile.flags.compiler.complete;
    }
}
