//! `--dump`: text forms of the stages' outputs, on standard output.

use rgo_codegen::CodegenError;
use rgo_load::PackageGraph;
use rgo_mir::Module;
use rgo_obj::Object;
use rgo_target::Target;
use rgo_types::Program;

use crate::flags::DumpRequest;

/// Stages that can be dumped, in pipeline order.
pub(crate) const STAGES: &[&str] = &["load", "syntax", "types", "lower", "opt", "codegen", "link"];

/// `--dump=load`: packages, files and imports. `--dump=syntax`: trees of the packages that are not std's.
pub(crate) fn graph(request: Option<&DumpRequest>, graph: &PackageGraph) {
    match request.map(|request| request.stage.as_str()) {
        Some("load") => print!("{}", packages(graph)),
        Some("syntax") => {
            for package in graph.packages.iter().filter(|package| !package.is_std) {
                for file in &package.files {
                    println!("{file:#?}");
                }
            }
        }
        _ => {}
    }
}

/// Packages in initialisation order.
fn packages(graph: &PackageGraph) -> String {
    let mut text = String::new();
    for package in &graph.packages {
        let (major, minor) = package.go_version;
        text.push_str(&format!("{} ({}) go{major}.{minor}\n", package.path, package.dir.display()));
        for file in &package.files {
            if let Some(source) = graph.sources.file(file.package.pos) {
                let name = source.path.rsplit('/').next().unwrap_or(&source.path);
                text.push_str(&format!("\tfile {name}\n"));
            }
        }
        for (path, id) in &package.imports {
            text.push_str(&format!("\timport {path} = {}\n", graph.package(*id).path));
        }
        for (pattern, files) in &package.embeds.patterns {
            text.push_str(&format!("\tembed {pattern} = {}\n", files.join(" ")));
        }
    }
    text
}

/// `--dump=types`: the package-level objects of the packages that are not std's, with their types.
pub(crate) fn types(request: Option<&DumpRequest>, program: &mut Program) {
    if request.is_none_or(|request| request.stage != "types") {
        return;
    }
    for package in program.graph.packages.iter().filter(|package| !package.is_std) {
        println!("package {}", package.path);
        for obj in program.package(package.id).objects.clone() {
            println!("\t{}", program.obj_string(obj));
        }
    }
}

/// `--dump=lower`, `--dump=opt`, `--dump=opt:pass`: MIR of all functions, or of the wanted one, at the end of the stage or after a pass.
pub(crate) fn module(request: Option<&DumpRequest>, stage: &str, pass: Option<&str>, module: &Module) {
    let wanted = |request: &&DumpRequest| request.stage == stage && request.pass.as_deref() == pass;
    let Some(request) = request.filter(wanted) else { return };
    if request.func.is_none() {
        print!("{}", rgo_mir::print_module(module));
        return;
    }
    for func in module.bodies.iter().filter(|func| request.wants(&func.name)) {
        println!("{}", rgo_mir::print_func(func, Some(module)));
    }
}

/// `--dump=codegen`: Cranelift's IR before and after, of all functions or of the wanted one.
pub(crate) fn codegen(
    request: Option<&DumpRequest>,
    module: &Module,
    target: &Target,
    options: rgo_codegen::Options,
) -> Result<(), CodegenError> {
    let Some(request) = request.filter(|request| request.stage == "codegen") else { return Ok(()) };
    let symbols = rgo_codegen::SymbolTable::new(module);
    let mut context = rgo_codegen::Context::new(target, options)?;
    for func in module.bodies.iter().filter(|func| request.wants(&func.name)) {
        let dump = rgo_codegen::dump(module, &symbols, func, &mut context)?;
        println!("; {}\n{}\n{}\n{}", func.name, dump.clif, dump.vcode, dump.frames);
    }
    Ok(())
}

/// `--dump=link`: what goes into the link: functions and data with their sizes, in order.
pub(crate) fn object(request: Option<&DumpRequest>, object: &Object) {
    let Some(request) = request.filter(|request| request.stage == "link") else { return };
    let name = |symbol: rgo_obj::SymbolId| &object.symbols[symbol.0 as usize].name;
    for code in object.code.iter().filter(|code| request.wants(name(code.symbol))) {
        println!("Text {:>8} {}", code.bytes.len(), name(code.symbol));
    }
    for data in object.data.iter().filter(|data| request.wants(name(data.symbol))) {
        println!("{:?} {:>8} {}", data.section, data.size, name(data.symbol));
    }
}
