//! String variables that get their values when a program is built: the runtime's knowledge of its build, and `-X`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rgo_load::{PackageGraph, goroot};
use rgo_target::Target;

use crate::flags::BuildFlags;

/// `runtime/debug` cuts this many bytes off either end of the build information.
const MARK: &str = "rgo build info: ";

/// (symbol of a string variable, value); later entries win.
pub(crate) fn link_values(
    flags: &BuildFlags,
    graph: &PackageGraph,
    goroot_dir: &Path,
    target: &Target,
) -> Vec<(String, String)> {
    let shown_goroot = if flags.trimpath { String::new() } else { goroot_dir.display().to_string() };
    let mut values = vec![
        ("runtime.buildVersion".to_owned(), goroot::VERSION.to_owned()),
        ("runtime.defaultGOROOT".to_owned(), shown_goroot),
        ("runtime.godebugDefault".to_owned(), godebug_default(graph, goroot_dir)),
        ("runtime.modinfo".to_owned(), format!("{MARK}{}{MARK}", build_info(flags, graph, target))),
    ];
    values.extend(flags.linker.set_strings.iter().cloned());
    values
}

/// GODEBUG settings of go.mod and of `//go:debug` lines, on top of those that an older `go` line implies.
fn godebug_default(graph: &PackageGraph, goroot_dir: &Path) -> String {
    let mut settings = BTreeMap::new();
    let mut go_minor = graph.main_module.as_ref().map_or(u32::MAX, |module| module.go_version.1);
    let module_lines = graph.main_module.iter().flat_map(|module| &module.godebug);
    for line in module_lines.chain(&graph.package(graph.main).debug) {
        if let Some((key, value)) = line.split_once('=') {
            settings.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    if let Some(version) = settings.remove("default") {
        let minor = version.trim_start_matches("go").strip_prefix("1.").and_then(|minor| minor.parse().ok());
        go_minor = minor.unwrap_or(go_minor);
    }
    for (name, changed, old) in changed_settings(goroot_dir) {
        if go_minor < changed {
            settings.entry(name).or_insert(old);
        }
    }
    settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// Settings whose default changed: (name, minor release of the change, old value), from std's own table
/// (`{Name: "x", ..., Changed: 25, Old: "0"}`).
fn changed_settings(goroot_dir: &Path) -> Vec<(String, u32, String)> {
    let text = fs::read_to_string(goroot_dir.join("src/internal/godebugs/table.go")).unwrap_or_default();
    let field = |line: &str, name: &str| {
        let rest = &line[line.find(name)? + name.len()..];
        let end = rest.find([',', '}'])?;
        Some(rest[..end].trim().trim_matches('"').to_owned())
    };
    let rows = text.lines().filter(|line| line.trim_start().starts_with("{Name: "));
    rows.filter_map(|line| {
        Some((field(line, "Name: ")?, field(line, "Changed: ")?.parse().ok()?, field(line, "Old: ")?))
    })
    .collect()
}

/// What `debug.ReadBuildInfo` parses.
fn build_info(flags: &BuildFlags, graph: &PackageGraph, target: &Target) -> String {
    let mut text = format!("path\t{}\n", graph.package(graph.main).import_path);
    if let Some(module) = &graph.main_module {
        text.push_str(&format!("mod\t{}\t(devel)\t\n", module.path));
    }
    let mut settings = vec![("-buildmode", "exe".to_owned()), ("-compiler", "gc".to_owned())];
    if !flags.tags.is_empty() {
        settings.push(("-tags", flags.tags.join(",")));
    }
    if flags.trimpath {
        settings.push(("-trimpath", "true".to_owned()));
    }
    settings.push(("CGO_ENABLED", "0".to_owned()));
    settings.push(("GOARCH", target.goarch.to_owned()));
    settings.push(("GOOS", target.goos.to_owned()));
    for (key, value) in settings {
        text.push_str(&format!("build\t{key}={value}\n"));
    }
    text
}
