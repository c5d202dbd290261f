//! String variables that get their values when a program is built: the runtime's knowledge of its build, and `-X`.

use std::path::Path;

use rgo_load::{Disk, PackageGraph, goroot};

use crate::flags::BuildFlags;

/// (symbol of a string variable, value); later entries win.
pub(crate) fn link_values(
    flags: &BuildFlags,
    graph: &PackageGraph,
    goroot_dir: &Path,
    godebug: &str,
    modinfo: &str,
) -> Vec<(String, String)> {
    let shown_goroot = if flags.trimpath { String::new() } else { goroot_dir.display().to_string() };
    let experiments = graph.experiments.text();
    let version = match experiments.as_str() {
        "" => goroot::VERSION.to_owned(),
        text => format!("{}-X:{text}", goroot::VERSION),
    };
    let mut values = vec![
        ("runtime.buildVersion".to_owned(), version),
        ("runtime.defaultGOROOT".to_owned(), shown_goroot),
        ("runtime.godebugDefault".to_owned(), godebug.to_owned()),
        ("runtime.modinfo".to_owned(), modinfo.to_owned()),
    ];
    values.extend(flags.linker.set_strings.iter().cloned());
    values
}

/// Settings whose default changed: (name, minor release of the change, old value), from std's own table
/// (`{Name: "x", ..., Changed: 25, Old: "0"}`).
pub(crate) fn changed_settings(goroot_dir: &Path, disk: &Disk) -> Vec<(String, u32, String)> {
    let table = goroot_dir.join("src/internal/godebugs/table.go");
    let text = disk.read_to_string(&table).unwrap_or_default();
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
