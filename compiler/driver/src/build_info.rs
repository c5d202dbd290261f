//! Build information: what `debug.ReadBuildInfo` and `go version -m` say of an executable.
//!
//! Lines as the go command writes them: path of the main package, its module, the modules that other packages come from
//! (with go.sum's hashes and replacements), then settings, among them the state of the version control.

use std::collections::{BTreeMap, BTreeSet};

use rgo_load::{ModuleInfo, PackageGraph};
use rgo_target::Target;

use crate::flags::BuildFlags;
use crate::vcs::VcsState;

/// `runtime/debug` cuts this many bytes off either end of the build information.
const MARK: &str = "rgo build info: ";

/// The value of `runtime.modinfo`.
pub(crate) fn modinfo(
    flags: &BuildFlags,
    graph: &PackageGraph,
    target: &Target,
    godebug: &str,
    vcs: Option<&VcsState>,
) -> String {
    format!("{MARK}{}{MARK}", text(flags, graph, target, godebug, vcs))
}

fn text(
    flags: &BuildFlags,
    graph: &PackageGraph,
    target: &Target,
    godebug: &str,
    vcs: Option<&VcsState>,
) -> String {
    let main = graph.package(graph.main);
    let mut text = format!("path\t{}\n", main.import_path);
    if let Some(module) = &main.module {
        let version = match vcs.and_then(|vcs| vcs.module_version.as_deref()) {
            _ if !module.version.is_empty() => &module.version,
            Some(version) => version,
            None => "(devel)",
        };
        text.push_str(&format!("mod\t{}\t{version}\t{}\n", module.path, module.sum));
    }
    let used: BTreeSet<&ModuleInfo> =
        graph.packages.iter().filter_map(|package| package.module.as_ref()).collect();
    for module in used.into_iter().filter(|module| main.module.as_ref() != Some(module)) {
        let version = if module.version.is_empty() { "(devel)" } else { &module.version };
        match &module.replaced {
            None => text.push_str(&format!("dep\t{}\t{version}\t{}\n", module.path, module.sum)),
            Some((path, replaced_version, sum)) => {
                text.push_str(&format!("dep\t{}\t{version}\n", module.path));
                let replaced_version = if replaced_version.is_empty() { "(devel)" } else { replaced_version };
                text.push_str(&format!("=>\t{path}\t{replaced_version}\t{sum}\n"));
            }
        }
    }
    for (key, value) in settings(flags, target, graph.experiments.text(), godebug, vcs) {
        text.push_str(&format!("build\t{}={}\n", quoted(key), quoted(&value)));
    }
    text
}

fn settings(
    flags: &BuildFlags,
    target: &Target,
    experiments: String,
    godebug: &str,
    vcs: Option<&VcsState>,
) -> Vec<(&'static str, String)> {
    let mut settings = vec![("-buildmode", "exe".to_owned()), ("-compiler", "gc".to_owned())];
    // As the go command, nothing that could name a directory when paths are to be trimmed.
    if !flags.compiler.text.is_empty() && !flags.trimpath {
        settings.push(("-gcflags", flags.compiler.text.clone()));
    }
    if !flags.linker.text.is_empty() && !flags.trimpath {
        settings.push(("-ldflags", flags.linker.text.clone()));
    }
    if !flags.tags.is_empty() {
        settings.push(("-tags", flags.tags.join(",")));
    }
    if flags.trimpath {
        settings.push(("-trimpath", "true".to_owned()));
    }
    if !godebug.is_empty() {
        settings.push(("DefaultGODEBUG", godebug.to_owned()));
    }
    settings.push(("CGO_ENABLED", "0".to_owned()));
    settings.push(("GOARCH", target.goarch.to_owned()));
    if !experiments.is_empty() {
        settings.push(("GOEXPERIMENT", experiments));
    }
    settings.push(("GOOS", target.goos.to_owned()));
    if target.goarch == "amd64" {
        settings.push(("GOAMD64", "v1".to_owned()));
    }
    if let Some(vcs) = vcs {
        settings.push(("vcs", "git".to_owned()));
        settings.push(("vcs.revision", vcs.revision.clone()));
        settings.push(("vcs.time", vcs.time.clone()));
        settings.push(("vcs.modified", vcs.modified.to_string()));
    }
    settings
}

/// Keys and values with blanks, quotes or `=` in a key are Go string literals.
fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([' ', '\t', '\r', '\n', '"', '`']) {
        if text.is_empty() {
            return String::new();
        }
        let mut out = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c => out.push(c),
            }
        }
        out.push('"');
        return out;
    }
    text.to_owned()
}

/// GODEBUG settings of go.mod (or go.work) and of `//go:debug` lines, on top of those that an older `go` line implies.
pub(crate) fn godebug_default(graph: &PackageGraph, changed: &[(String, u32, String)]) -> String {
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
    for (name, minor, old) in changed {
        if go_minor < *minor {
            settings.entry(name.clone()).or_insert_with(|| old.clone());
        }
    }
    settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
