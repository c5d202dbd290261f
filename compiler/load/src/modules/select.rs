//! Which version of each required module takes part: minimal version selection.
//!
//! A main module of go 1.17 or later lists every version that matters (graph pruning), so that only its own lines are asked. An
//! older one, or one among several of a workspace, may need more than its lines say: then the requirements' go.mod files are
//! read as well, those of go 1.17 and later for one step only, as they are complete in turn.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{DEFAULT_GO, MainModule, Required, version};
use crate::config::Config;
use crate::modfile::{ModFile, ModuleVersion, Replacement};
use crate::paths;

/// Replacements in force: those of the workspace win over those of its modules.
pub(super) struct Replacements<'a> {
    pub work: Option<(&'a ModFile, &'a Path)>,
    pub mains: &'a [MainModule],
}

impl<'a> Replacements<'a> {
    /// The replacement of a module, and the directory that a relative path in it counts from.
    pub(super) fn get(&self, module: &ModuleVersion) -> Option<(&'a Replacement, &'a Path)> {
        let mains = self.mains.iter().map(|main| (&main.file, main.dir.as_path()));
        self.work.into_iter().chain(mains).find_map(|(file, dir)| Some((file.replacement(module)?, dir)))
    }
}

/// Selects versions over the requirements of all main modules.
pub(super) fn select_versions(
    mains: &[MainModule],
    replacements: &Replacements,
    config: &Config,
) -> BTreeMap<String, Required> {
    let mut selected: BTreeMap<String, Required> = BTreeMap::new();
    let is_listed_whole = |main: &MainModule| main.go_version() >= (1, 17);
    let whole = mains.len() == 1 && mains.iter().all(is_listed_whole);
    // How far the requirements of a requirement are followed.
    let mut queue: Vec<(ModuleVersion, bool)> = mains
        .iter()
        .flat_map(|main| main.file.require.iter().map(|module| (module.clone(), !whole)))
        .collect();
    while let Some((module, follow)) = queue.pop() {
        let known = selected.get(&module.path);
        let is_newer = known.is_none_or(|k| version::compare(&module.version, &k.module.version).is_gt());
        let is_excluded = mains.iter().any(|main| main.file.exclude.contains(&module));
        if !is_newer || is_excluded || mains.iter().any(|main| main.file.module == module.path) {
            continue;
        }
        let (required, mod_file) = locate(&module, replacements, config);
        if follow {
            let pruned = required.go_version >= (1, 17);
            queue.extend(mod_file.require.into_iter().map(|module| (module, !pruned)));
        }
        selected.insert(module.path.clone(), required);
    }
    selected
}

/// A required module, replacements applied, and its go.mod.
fn locate(module: &ModuleVersion, replacements: &Replacements, config: &Config) -> (Required, ModFile) {
    let parse =
        |text: Option<String>| text.and_then(|text| ModFile::parse(&text, "go.mod").ok()).unwrap_or_default();
    let make = |replaced: Option<ModuleVersion>, dir: Option<PathBuf>, file: &ModFile| Required {
        module: module.clone(),
        replaced,
        dir,
        go_version: file.go.unwrap_or(DEFAULT_GO),
    };
    let (actual, replaced) = match replacements.get(module) {
        Some((Replacement::Dir(written), base)) => {
            let dir = paths::absolute(Path::new(written), base);
            let file = parse(config.disk.read_to_string(&dir.join("go.mod")).ok());
            let replaced = ModuleVersion { path: written.clone(), version: String::new() };
            return (make(Some(replaced), Some(dir), &file), file);
        }
        Some((Replacement::Module(other), _)) => (other, Some(other.clone())),
        None => (module, None),
    };
    let Some(cache) = &config.module_cache else {
        let file = ModFile::default();
        return (make(replaced, None, &file), file);
    };
    let (path, version) = (paths::escape_module(&actual.path), paths::escape_module(&actual.version));
    let disk = &config.disk;
    let text = disk.read_to_string(&cache.join(format!("cache/download/{path}/@v/{version}.mod"))).ok();
    let dir = cache.join(format!("{path}@{version}"));
    let file = parse(text.or_else(|| disk.read_to_string(&dir.join("go.mod")).ok()));
    (make(replaced, disk.is_dir(&dir).then_some(dir), &file), file)
}
