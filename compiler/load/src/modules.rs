//! Modules: the main module, the ones it requires, and which of them provides an import path.
//!
//! Nothing is downloaded. A required module is where the go command has put it: a `replace` directory, the main module's
//! `vendor` directory, or the module cache. Versions follow minimal version selection; as with module graph pruning, a
//! main module of go 1.17 or later lists all versions that matter, so only older ones have their requirements' go.mod
//! files read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Config, ModMode};
use crate::modfile::{ModFile, ModuleVersion, Replacement, VendorList};
use crate::paths;
use crate::tags::GO_MINOR;

/// The module that holds the working directory.
#[derive(Debug)]
pub(crate) struct MainModule {
    pub file: ModFile,
    pub dir: PathBuf,
}

/// A required module, resolved to a directory if there is one.
#[derive(Clone, Debug)]
struct Required {
    module: ModuleVersion,
    dir: Option<PathBuf>,
    go_version: (u32, u32),
}

/// Everything known about modules for one load.
#[derive(Debug)]
pub(crate) struct Modules {
    pub main: Option<MainModule>,
    required: BTreeMap<String, Required>,
    vendor: Option<VendorList>,
}

/// A package's directory, as a module provides it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Provided {
    pub dir: PathBuf,
    pub in_main: bool,
    pub go_version: (u32, u32),
}

const DEFAULT_GO: (u32, u32) = (1, 16);

impl MainModule {
    /// The language version of the main module.
    pub(crate) fn go_version(&self) -> (u32, u32) {
        self.file.go.unwrap_or(DEFAULT_GO)
    }

    /// The import path of the package in `dir`, if that lies in this module.
    pub(crate) fn import_path(&self, dir: &Path) -> Option<String> {
        let rel = dir.strip_prefix(&self.dir).ok()?;
        Some(paths::join_import(&self.file.module, &paths::to_slash(rel)))
    }
}

impl Modules {
    /// Finds and reads the main module and resolves what it requires.
    pub(crate) fn open(config: &Config) -> Result<Modules, Vec<String>> {
        let Some(dir) = config.dir.ancestors().find(|dir| dir.join("go.mod").is_file()) else {
            return Ok(Modules { main: None, required: BTreeMap::new(), vendor: None });
        };
        let path = dir.join("go.mod");
        let shown = paths::short(&path, &config.dir);
        let text = fs::read_to_string(&path).map_err(|e| vec![format!("go: reading {shown}: {e}")])?;
        let file = ModFile::parse(&text, &shown).map_err(|mut errors| {
            errors.insert(0, "go: errors parsing go.mod:".to_owned());
            errors
        })?;
        if file.go.is_some_and(|version| version > (1, GO_MINOR)) {
            let text = &file.go_text;
            return Err(vec![format!("go: {shown} requires go >= {text} (running go 1.{GO_MINOR}.3)")]);
        }
        let main = MainModule { file, dir: dir.to_owned() };
        let vendor_file = dir.join("vendor/modules.txt");
        let use_vendor = match config.mod_mode {
            ModMode::Vendor => true,
            ModMode::Auto => main.go_version() >= (1, 14) && vendor_file.is_file(),
            ModMode::Readonly | ModMode::Mod => false,
        };
        let vendor = if use_vendor {
            let text = fs::read_to_string(&vendor_file).unwrap_or_default();
            let vendor = VendorList::parse(&text);
            check_vendor_consistency(&main, &vendor)?;
            Some(vendor)
        } else {
            None
        };
        let required = if vendor.is_some() { BTreeMap::new() } else { select_versions(&main, config) };
        Ok(Modules { main: Some(main), required, vendor })
    }

    /// Finds the directory of a package that is not in std; `Err` is the go command's message.
    pub(crate) fn find(&self, path: &str) -> Result<Provided, String> {
        let Some(main) = &self.main else {
            return Err(format!(
                "no required module provides package {path}: go.mod file not found in current directory or any parent directory; see 'go help modules'"
            ));
        };
        if let Some(rest) = paths::below_import(path, &main.file.module) {
            let dir = main.dir.join(rest);
            if has_go_files(&dir) && !crosses_module(&main.dir, &dir) {
                return Ok(Provided { dir, in_main: true, go_version: main.go_version() });
            }
        }
        if let Some(vendor) = &self.vendor {
            let Some(module) = vendor.packages.get(path) else {
                return Err(format!(
                    "cannot find module providing package {path}: import lookup disabled by -mod=vendor"
                ));
            };
            let go_version = vendor.go_versions.get(&module.path).copied().unwrap_or(DEFAULT_GO);
            return Ok(Provided { dir: main.dir.join("vendor").join(path), in_main: false, go_version });
        }
        // The longest module path that has the package wins.
        let mut prefixes: Vec<&Required> = Vec::new();
        for required in self.required.values() {
            if paths::below_import(path, &required.module.path).is_some() {
                prefixes.push(required);
            }
        }
        prefixes.sort_by_key(|required| std::cmp::Reverse(required.module.path.len()));
        for required in &prefixes {
            let rest = paths::below_import(path, &required.module.path).unwrap_or_default();
            let Some(root) = &required.dir else {
                let ModuleVersion { path, version } = &required.module;
                return Err(format!(
                    "module {path}@{version} is not in the module cache; to download it:\n\tgo mod download {path}"
                ));
            };
            let dir = root.join(rest);
            if has_go_files(&dir) && !crosses_module(root, &dir) {
                return Ok(Provided { dir, in_main: false, go_version: required.go_version });
            }
        }
        Err(match prefixes.first() {
            Some(Required { module, .. }) => format!(
                "module {}@{} found, but does not contain package {path}",
                module.path, module.version
            ),
            None => format!("no required module provides package {path}; to add it:\n\tgo get {path}"),
        })
    }
}

/// Minimal version selection over the main module's requirements.
fn select_versions(main: &MainModule, config: &Config) -> BTreeMap<String, Required> {
    let mut selected: BTreeMap<String, Required> = BTreeMap::new();
    let mut queue: Vec<ModuleVersion> = main.file.require.clone();
    let transitive = main.go_version() < (1, 17);
    while let Some(module) = queue.pop() {
        let known = selected.get(&module.path);
        let is_newer = known.is_none_or(|k| compare_versions(&module.version, &k.module.version).is_gt());
        if !is_newer || main.file.exclude.contains(&module) || module.path == main.file.module {
            continue;
        }
        let (dir, mod_file) = locate(main, &module, config);
        let parsed = mod_file.and_then(|text| ModFile::parse(&text, "go.mod").ok()).unwrap_or_default();
        if transitive {
            queue.extend(parsed.require.iter().cloned());
        }
        let go_version = parsed.go.unwrap_or(DEFAULT_GO);
        selected.insert(module.path.clone(), Required { module, dir, go_version });
    }
    selected
}

/// Directory and go.mod text of a required module, replacements applied.
fn locate(main: &MainModule, module: &ModuleVersion, config: &Config) -> (Option<PathBuf>, Option<String>) {
    let actual = match main.file.replacement(module) {
        Some(Replacement::Dir(dir)) => {
            let dir = paths::absolute(Path::new(dir), &main.dir);
            let text = fs::read_to_string(dir.join("go.mod")).ok();
            return (Some(dir), text);
        }
        Some(Replacement::Module(other)) => other,
        None => module,
    };
    let Some(cache) = &config.module_cache else { return (None, None) };
    let (path, version) = (paths::escape_module(&actual.path), paths::escape_module(&actual.version));
    let text = fs::read_to_string(cache.join(format!("cache/download/{path}/@v/{version}.mod"))).ok();
    let dir = cache.join(format!("{path}@{version}"));
    let text = text.or_else(|| fs::read_to_string(dir.join("go.mod")).ok());
    (dir.is_dir().then_some(dir), text)
}

/// The go command refuses a vendor directory that go.mod has moved away from.
fn check_vendor_consistency(main: &MainModule, vendor: &VendorList) -> Result<(), Vec<String>> {
    if main.go_version() < (1, 14) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for ModuleVersion { path, version } in &main.file.require {
        match vendor.explicit.get(path) {
            Some(vendored) if vendored == version => {}
            Some(vendored) => problems.push(format!(
                "\t{path}@{version}: is explicitly required in go.mod, but vendor/modules.txt indicates {path}@{vendored}"
            )),
            None if main.file.replacement(&ModuleVersion { path: path.clone(), version: version.clone() }).is_some() => {}
            None => problems.push(format!(
                "\t{path}@{version}: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
            )),
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let dir = main.dir.display();
    let head = format!("go: inconsistent vendoring in {dir}:\n{}", problems.join("\n"));
    Err(vec![format!(
        "{head}\n\n\tTo ignore the vendor directory, use -mod=readonly or -mod=mod.\n\tTo sync the vendor directory, run:\n\t\tgo mod vendor"
    )])
}

/// Semantic version order; pre-releases come before their release.
pub(crate) fn compare_versions(a: &str, b: &str) -> std::cmp::Ordering {
    fn split(v: &str) -> (Vec<u64>, Option<&str>) {
        let v = v.strip_prefix('v').unwrap_or(v);
        let v = v.split('+').next().unwrap_or(v);
        let (core, pre) = v.split_once('-').map_or((v, None), |(core, pre)| (core, Some(pre)));
        (core.split('.').map(|n| n.parse().unwrap_or(0)).collect(), pre)
    }
    let ((core_a, pre_a), (core_b, pre_b)) = (split(a), split(b));
    core_a.cmp(&core_b).then_with(|| match (pre_a, pre_b) {
        (None, None) => std::cmp::Ordering::Equal,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (Some(_), None) => std::cmp::Ordering::Less,
        (Some(x), Some(y)) => compare_prerelease(x, y),
    })
}

fn compare_prerelease(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut xs, mut ys) = (a.split('.'), b.split('.'));
    loop {
        let order = match (xs.next(), ys.next()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (x, y) if x.is_none() || y.is_none() => x.is_some().cmp(&y.is_some()),
            (Some(x), Some(y)) => match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                (Ok(_), Err(_)) => std::cmp::Ordering::Less,
                (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
                _ => x.cmp(y),
            },
            _ => std::cmp::Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Whether a directory has a file that could be a package's.
pub(crate) fn has_go_files(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| Path::new(&entry.file_name()).extension().is_some_and(|ext| ext == "go"))
}

/// Whether another module begins between `root` and `dir`.
pub(crate) fn crosses_module(root: &Path, dir: &Path) -> bool {
    dir.ancestors().take_while(|above| *above != root).any(|above| above.join("go.mod").is_file())
}

#[cfg(test)]
mod tests {
    use super::compare_versions;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn versions() {
        for (a, b, order) in [
            ("v1.2.3", "v1.10.0", Less),
            ("v1.0.0", "v1.0.0-rc1", Greater),
            ("v1.0.0-rc.2", "v1.0.0-rc.10", Less),
            ("v0.0.0-20200101000000-abc", "v0.0.0-20210101000000-abc", Less),
            ("v2.0.0+incompatible", "v2.0.0", Equal),
        ] {
            assert_eq!(compare_versions(a, b), order, "{a} {b}");
        }
    }
}
