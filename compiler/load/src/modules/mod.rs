//! Modules: the main module or modules, the ones they require, and which of them provides an import path.
//!
//! Nothing is downloaded. A required module is where the go command has put it: a `replace` directory, the `vendor`
//! directory, or the module cache. With a go.work file there are several main modules (`use`). `select` chooses versions,
//! `checksum` compares go.sum with the module cache, `vendor` checks `vendor/modules.txt`.

mod checksum;
mod select;
mod vendor;
pub(crate) mod version;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checksum::{Checksums, Mismatch};
use select::Replacements;

use crate::config::{Config, ModMode};
use crate::disk::{Disk, Which};
use crate::modfile::{ModFile, ModuleVersion, VendorList};
use crate::paths;
use crate::tags::GO_MINOR;

/// The module that holds the working directory, or one that go.work uses.
#[derive(Debug)]
pub(crate) struct MainModule {
    pub file: ModFile,
    pub dir: PathBuf,
}

/// A required module, resolved to a directory if there is one.
#[derive(Clone, Debug)]
struct Required {
    module: ModuleVersion,
    /// What stands for it: another module, or a directory as written (without version).
    replaced: Option<ModuleVersion>,
    dir: Option<PathBuf>,
    go_version: (u32, u32),
}

/// A module that provides packages, as build information names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ModuleInfo {
    pub path: String,
    /// Empty for a main module.
    pub version: String,
    /// The hash in go.sum; empty when there is none.
    pub sum: String,
    /// (path or directory, version, hash) of what replaces it.
    pub replaced: Option<(String, String, String)>,
}

/// Everything known about modules for one load.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    pub mains: Vec<MainModule>,
    /// The main module that holds the working directory, if it is in one.
    current: Option<usize>,
    /// go.work, if it is in force.
    pub work_dir: Option<PathBuf>,
    required: BTreeMap<String, Required>,
    /// The list, and the directory `vendor`.
    vendor: Option<(VendorList, PathBuf)>,
    checksums: Checksums,
    cache: Option<PathBuf>,
    mod_mode: ModMode,
    working_dir: PathBuf,
    disk: Disk,
}

/// A package's directory, as a module provides it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Provided {
    pub dir: PathBuf,
    pub in_main: bool,
    pub go_version: (u32, u32),
    pub module: ModuleInfo,
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

    pub(crate) fn info(&self) -> ModuleInfo {
        ModuleInfo {
            path: self.file.module.clone(),
            version: String::new(),
            sum: String::new(),
            replaced: None,
        }
    }
}

impl Modules {
    /// Finds and reads the main modules and resolves what they require.
    pub(crate) fn open(config: &Config) -> Result<Modules, Vec<String>> {
        let mut modules = Modules {
            cache: config.module_cache.clone(),
            mod_mode: config.mod_mode,
            working_dir: config.dir.clone(),
            disk: config.disk.clone(),
            ..Modules::default()
        };
        let work = find_work_file(config)?;
        let mut sum_files = Vec::new();
        if let Some((file, dir)) = &work {
            for used in &file.uses {
                let dir = paths::absolute(Path::new(used), dir);
                modules.mains.push(read_main(&dir, &dir.join("go.mod"), config)?);
                sum_files.push(dir.join("go.sum"));
            }
            sum_files.push(dir.join("go.work.sum"));
            modules.work_dir = Some(dir.clone());
        } else if let Some(dir) = config.dir.ancestors().find(|dir| config.disk.is_file(&dir.join("go.mod")))
        {
            let path = config.mod_file.clone().unwrap_or_else(|| dir.join("go.mod"));
            modules.mains.push(read_main(dir, &path, config)?);
            sum_files.push(path.with_extension("sum"));
        }
        let holds = |main: &MainModule| config.dir.starts_with(&main.dir);
        modules.current = (0..modules.mains.len())
            .filter(|&i| holds(&modules.mains[i]))
            .max_by_key(|&i| modules.mains[i].dir.as_os_str().len());
        modules.checksums = Checksums::read(&sum_files, &config.disk);

        let work = work.as_ref().map(|(file, dir)| (file, dir.as_path()));
        let replacements = Replacements { work, mains: &modules.mains };
        let root = work.map(|(_, dir)| dir).or(modules.mains.first().map(|main| main.dir.as_path()));
        let Some(root) = root else { return Ok(modules) };
        let vendor_dir = root.join("vendor");
        let list = vendor_dir.join("modules.txt");
        let is_old = modules.mains.iter().any(|main| main.go_version() < (1, 14));
        let use_vendor = match config.mod_mode {
            ModMode::Vendor => true,
            ModMode::Auto => !is_old && config.disk.is_file(&list),
            ModMode::Readonly | ModMode::Mod => false,
        };
        if use_vendor {
            let list = VendorList::parse(&config.disk.read_to_string(&list).unwrap_or_default());
            vendor::check_consistency(&modules.mains, &replacements, &list, root)?;
            modules.vendor = Some((list, vendor_dir));
        } else {
            modules.required = select::select_versions(&modules.mains, &replacements, config);
        }
        Ok(modules)
    }

    /// The main module of the working directory, else the first one.
    pub(crate) fn main(&self) -> Option<&MainModule> {
        self.mains.get(self.current.unwrap_or(0))
    }

    /// The main module that holds `dir`.
    pub(crate) fn main_of(&self, dir: &Path) -> Option<&MainModule> {
        let holders = self.mains.iter().filter(|main| dir.starts_with(&main.dir));
        holders.max_by_key(|main| main.dir.as_os_str().len())
    }

    /// Finds the directory of a package that is not in std; `Err` is the go command's message. `importer` is the importing
    /// package.
    pub(crate) fn find(&self, path: &str, importer: Option<&str>) -> Result<Provided, String> {
        if self.mains.is_empty() {
            return Err(format!(
                "no required module provides package {path}: go.mod file not found in current directory or any parent directory; see 'go help modules'"
            ));
        }
        for main in &self.mains {
            if let Some(rest) = paths::below_import(path, &main.file.module) {
                let dir = main.dir.join(rest);
                if has_go_files(&dir, &self.disk) && !crosses_module(&main.dir, &dir, &self.disk) {
                    let (go_version, module) = (main.go_version(), main.info());
                    return Ok(Provided { dir, in_main: true, go_version, module });
                }
            }
        }
        if let Some((list, dir)) = &self.vendor {
            let Some(module) = list.packages.get(path) else {
                return Err(format!(
                    "cannot find module providing package {path}: import lookup disabled by -mod=vendor"
                ));
            };
            let go_version = list.go_versions.get(&module.path).copied().unwrap_or(DEFAULT_GO);
            let replaced = list.replaced.get(&module.path);
            let module = self.info(module, replaced);
            return Ok(Provided { dir: dir.join(path), in_main: false, go_version, module });
        }
        self.find_required(path, importer)
    }

    fn find_required(&self, path: &str, importer: Option<&str>) -> Result<Provided, String> {
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
                let ModuleVersion { path, version } = required.replaced.as_ref().unwrap_or(&required.module);
                return Err(format!(
                    "module {path}@{version} is not in the module cache; to download it:\n\tgo mod download {}",
                    required.module.path
                ));
            };
            let dir = root.join(rest);
            if has_go_files(&dir, &self.disk) && !crosses_module(root, &dir, &self.disk) {
                self.verify(required, path, importer)?;
                return Ok(Provided {
                    dir,
                    in_main: false,
                    go_version: required.go_version,
                    module: self.info(&required.module, required.replaced.as_ref()),
                });
            }
        }
        Err(match prefixes.first() {
            Some(Required { replaced: Some(target), dir: Some(dir), module, .. })
                if target.version.is_empty() && !self.disk.is_file(&dir.join("go.mod")) =>
            {
                let ModuleVersion { path, version } = module;
                let written = &target.path;
                let at = if version.is_empty() { path.clone() } else { format!("{path}@{version}") };
                let file = dir.join("go.mod");
                format!(
                    "{at} (replaced by {written}): reading {}: open {0}: no such file or directory",
                    file.display()
                )
            }
            Some(Required { module, replaced, .. }) => {
                let ModuleVersion { path: module, version } = module;
                let replaced = match replaced {
                    Some(target) if target.version.is_empty() => format!(", replaced by {}", target.path),
                    Some(target) => format!(", replaced by {}@{}", target.path, target.version),
                    None => String::new(),
                };
                format!("module {module}@{version} found{replaced}, but does not contain package {path}")
            }
            None => {
                // In a workspace, `go get` works on the module it is run in.
                let importer = importer.unwrap_or_default();
                let module = self.mains.iter().find(|main| {
                    paths::below_import(importer, &main.file.module).is_some()
                        && !self.working_dir.starts_with(&main.dir)
                });
                let cd = module.map_or(String::new(), |main| format!("\n\tcd {}", main.dir.display()));
                format!("no required module provides package {path}; to add it:{cd}\n\tgo get {path}")
            }
        })
    }

    fn info(&self, module: &ModuleVersion, replaced: Option<&ModuleVersion>) -> ModuleInfo {
        let sum = |module: &ModuleVersion| self.checksums.get(module).unwrap_or_default().to_owned();
        ModuleInfo {
            path: module.path.clone(),
            version: module.version.clone(),
            sum: if replaced.is_none() { sum(module) } else { String::new() },
            replaced: replaced.map(|target| (target.path.clone(), target.version.clone(), sum(target))),
        }
    }

    /// go.sum must know what comes from the module cache.
    fn verify(&self, required: &Required, package: &str, importer: Option<&str>) -> Result<(), String> {
        let actual = required.replaced.as_ref().unwrap_or(&required.module);
        let Some(cache) = self.cache.as_ref().filter(|_| !actual.version.is_empty()) else { return Ok(()) };
        match self.checksums.verify(actual, cache, &self.disk) {
            Ok(()) => Ok(()),
            // The go command would add the line.
            Err(Mismatch::Missing) if self.mod_mode == ModMode::Mod => Ok(()),
            Err(Mismatch::Missing) => {
                let (by, get) = match importer {
                    Some(importer) => (format!(" (imported by {importer})"), importer),
                    None => (String::new(), package),
                };
                Err(format!(
                    "missing go.sum entry for module providing package {package}{by}; to add:\n\tgo get {get}"
                ))
            }
            Err(Mismatch::Different(message)) => Err(message),
        }
    }
}

/// go.work in the working directory or above it, unless GOWORK says otherwise.
fn find_work_file(config: &Config) -> Result<Option<(ModFile, PathBuf)>, Vec<String>> {
    let path = match config.work_file.as_deref() {
        Some("off") => return Ok(None),
        Some(named) => PathBuf::from(named),
        None => {
            match config.dir.ancestors().map(|dir| dir.join("go.work")).find(|file| config.disk.is_file(file))
            {
                Some(path) => path,
                None => return Ok(None),
            }
        }
    };
    let shown = paths::short(&path, &config.dir);
    let text = config.disk.read_to_string(&path).map_err(|e| vec![format!("go: reading {shown}: {e}")])?;
    let file = ModFile::parse_work(&text, &shown).map_err(|mut errors| {
        errors.insert(0, format!("go: errors parsing {shown}:"));
        errors
    })?;
    require_release(&file, &shown)?;
    let dir = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(Some((file, dir)))
}

fn read_main(dir: &Path, path: &Path, config: &Config) -> Result<MainModule, Vec<String>> {
    let shown = paths::short(path, &config.dir);
    let text = config.disk.read_to_string(path).map_err(|e| {
        let reason = e.to_string();
        let reason = reason.split(" (os error").next().unwrap_or(&reason).to_lowercase();
        vec![format!(
            "go: cannot load module {} listed in go.work file: open {shown}: {reason}",
            paths::short(dir, &config.dir)
        )]
    })?;
    let file = ModFile::parse(&text, &shown).map_err(|mut errors| {
        errors.insert(0, "go: errors parsing go.mod:".to_owned());
        errors
    })?;
    require_release(&file, &shown)?;
    Ok(MainModule { file, dir: dir.to_owned() })
}

/// A `go` line that asks for a later release cannot be honoured.
fn require_release(file: &ModFile, shown: &str) -> Result<(), Vec<String>> {
    let text = &file.go_text;
    let patch = text.splitn(3, '.').nth(2).and_then(|patch| patch.parse::<u32>().ok()).unwrap_or(0);
    let wanted = file.go.map(|(major, minor)| (major, minor, patch));
    if wanted.is_none_or(|wanted| wanted <= (1, GO_MINOR, GO_PATCH)) {
        return Ok(());
    }
    let running = crate::goroot::VERSION;
    Err(vec![format!(
        "go: {shown} requires go >= {text} (running {} {}; GOTOOLCHAIN=local)",
        &running[..2],
        &running[2..]
    )])
}

/// The patch release of `goroot::VERSION`.
const GO_PATCH: u32 = 3;

/// Whether a directory has a file that could be a package's.
pub(crate) fn has_go_files(dir: &Path, disk: &Disk) -> bool {
    let Ok(entries) = disk.entries(dir, Which::Sources) else { return false };
    entries.iter().any(|entry| Path::new(&entry.file_name()).extension().is_some_and(|ext| ext == "go"))
}

/// Whether another module begins between `root` and `dir`.
pub(crate) fn crosses_module(root: &Path, dir: &Path, disk: &Disk) -> bool {
    dir.ancestors().take_while(|above| *above != root).any(|above| disk.is_file(&above.join("go.mod")))
}
