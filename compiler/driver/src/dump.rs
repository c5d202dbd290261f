//! `--dump`: text forms of the stages' outputs, on standard output.

use rgo_load::PackageGraph;

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
