//! The vendor directory must agree with go.mod (or, in a workspace, with the go.mod files together).

use super::MainModule;
use super::select::Replacements;
use crate::modfile::{ModuleVersion, VendorList};

/// The go command refuses a vendor directory that go.mod has moved away from.
pub(super) fn check_consistency(
    mains: &[MainModule],
    replacements: &Replacements,
    vendor: &VendorList,
    dir: &std::path::Path,
) -> Result<(), Vec<String>> {
    if mains.iter().any(|main| main.go_version() < (1, 14)) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for module in mains.iter().flat_map(|main| &main.file.require) {
        let ModuleVersion { path, version } = module;
        let problem = match vendor.explicit.get(path) {
            Some(vendored) if vendored == version => continue,
            // Another module of the workspace may ask for a newer one.
            Some(_) if mains.len() > 1 => continue,
            Some(vendored) => format!("but vendor/modules.txt indicates {path}@{vendored}"),
            None if replacements.get(module).is_some() => continue,
            None => "but not marked as explicit in vendor/modules.txt".to_owned(),
        };
        problems.push(format!("\t{path}@{version}: is explicitly required in go.mod, {problem}"));
    }
    if problems.is_empty() {
        return Ok(());
    }
    let head = format!("go: inconsistent vendoring in {}:\n{}", dir.display(), problems.join("\n"));
    let sync = if mains.len() > 1 { "work" } else { "mod" };
    Err(vec![format!(
        "{head}\n\n\tTo ignore the vendor directory, use -mod=readonly or -mod=mod.\n\tTo sync the vendor directory, run:\n\t\tgo {sync} vendor"
    )])
}
