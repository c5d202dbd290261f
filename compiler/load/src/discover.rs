//! Discovery: from the packages named on the command line along imports to the whole closure.
//!
//! Packages are scanned in waves (all that the previous wave imports, in parallel), then imports are resolved one by
//! one. Nothing is reported while the closure grows; `report` words all problems afterwards in the go command's order.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::config::Config;
use crate::modules::Modules;
use crate::parallel;
use crate::paths;
use crate::scan::{Location, Scan, ScanError, Scanned, Selection};
use crate::tags::GO_MINOR;

/// Index of a package in `Closure::units`.
pub(crate) type Unit = usize;

/// A package as discovered.
#[derive(Debug)]
pub(crate) struct Discovered {
    pub location: Location,
    pub scanned: Result<Scanned, ScanError>,
    /// By path as written, sorted; `unsafe` is left out.
    pub imports: BTreeMap<String, Resolution>,
}

/// What an import path means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Resolution {
    Package(Unit),
    /// The go command's message.
    Failed(String),
}

/// All packages that were reached.
#[derive(Debug)]
pub(crate) struct Closure {
    pub units: Vec<Discovered>,
    pub roots: Vec<Unit>,
    /// Packages that are part of every program (the overlay's `always`).
    pub always: Vec<Unit>,
}

/// Follows imports from `roots` and from the packages every program has.
pub(crate) fn discover(config: &Config, scan: &Scan, modules: &Modules, roots: Vec<Location>) -> Closure {
    discover_with(config, scan, modules, roots, Vec::new())
}

/// The same with `variants`: whoever imports the path of one gets it, whatever else the path could mean.
pub(crate) fn discover_with(
    config: &Config,
    scan: &Scan,
    modules: &Modules,
    roots: Vec<Location>,
    variants: Vec<Location>,
) -> Closure {
    let mut growth =
        Growth { config, modules, units: Vec::new(), index: HashMap::new(), resolved: HashMap::new() };
    for location in variants {
        let path = location.import_path.clone();
        let variant = growth.unit(location);
        for kind in [ImporterKind::Std, ImporterKind::Cmd, ImporterKind::Other] {
            growth.resolved.insert((kind, path.clone()), Resolution::Package(variant));
        }
        // What the overlay adds to every program is found by path alone.
        growth.index.insert((path, false), variant);
    }
    let roots: Vec<Unit> = roots.into_iter().map(|location| growth.unit(location)).collect();
    let always = config.overlay.always().iter().map(|path| growth.unit(growth.std_location(path))).collect();
    let mut done = 0;
    while done < growth.units.len() {
        let wave: Vec<&Location> = growth.units[done..].iter().map(|unit| &unit.location).collect();
        let scanned = parallel::map(config.parallelism, &wave, |location| scan.package(location));
        for (unit, result) in (done..).zip(scanned) {
            growth.units[unit].scanned = result;
        }
        let end = growth.units.len();
        for unit in done..end {
            growth.resolve_imports(unit);
        }
        done = end;
    }
    let mut closure = Closure { units: growth.units, roots, always };
    let is_empty = |unit: &Discovered| {
        unit.location.by_pattern && matches!(unit.scanned, Err(ScanError::Excluded | ScanError::OnlyTests))
    };
    closure.roots.retain(|&root| !is_empty(&closure.units[root]));
    closure
}

struct Growth<'a> {
    config: &'a Config<'a>,
    modules: &'a Modules,
    units: Vec<Discovered>,
    /// Import path and named files → unit.
    index: HashMap<(String, bool), Unit>,
    /// (importer is std, path) → meaning; an import path means the same everywhere in a module.
    resolved: HashMap<(ImporterKind, String), Resolution>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ImporterKind {
    Std,
    Cmd,
    Other,
}

impl Growth<'_> {
    fn unit(&mut self, location: Location) -> Unit {
        let key = (location.import_path.clone(), location.named_files.is_some());
        if let Some(&unit) = self.index.get(&key) {
            return unit;
        }
        let unit = self.units.len();
        self.index.insert(key, unit);
        self.units.push(Discovered { location, scanned: Err(ScanError::Missing), imports: BTreeMap::new() });
        unit
    }

    fn std_location(&self, path: &str) -> Location {
        std_location(self.config, path)
    }

    fn resolve_imports(&mut self, unit: Unit) {
        let location = &self.units[unit].location;
        let importer = location.import_path.clone();
        let kind = match location.is_std {
            true if location.import_path.starts_with("cmd/") => ImporterKind::Cmd,
            true => ImporterKind::Std,
            false => ImporterKind::Other,
        };
        let Ok(scanned) = &self.units[unit].scanned else { return };
        let mut written: Vec<String> = scanned
            .files
            .iter()
            .flat_map(|file| file.header.imports.iter().map(|import| import.path.clone()))
            .filter(|path| path != "unsafe")
            .collect();
        written.sort();
        written.dedup();
        for path in written {
            let key = (kind, path.clone());
            let resolution = match self.resolved.get(&key) {
                Some(known) => known.clone(),
                None => {
                    let resolution = match self.locate(kind, &path, &importer) {
                        Ok(location) => Resolution::Package(self.unit(location)),
                        Err(message) => Resolution::Failed(message),
                    };
                    self.resolved.insert(key, resolution.clone());
                    resolution
                }
            };
            self.units[unit].imports.insert(path, resolution);
        }
    }

    fn locate(&self, kind: ImporterKind, path: &str, importer: &str) -> Result<Location, String> {
        if path.is_empty() {
            return Err("invalid import path: empty string".to_owned());
        }
        if paths::is_local(path) {
            return Err(format!(
                "{path:?} is relative, but relative import paths are not supported in module mode"
            ));
        }
        if path.starts_with('/') {
            return Err(format!("{path:?} is not a package path; see 'go help packages'"));
        }
        if path == "C" {
            return Err("import \"C\": cgo is not supported".to_owned());
        }
        let vendored = match kind {
            ImporterKind::Std => Some(format!("vendor/{path}")),
            ImporterKind::Cmd => Some(format!("cmd/vendor/{path}")),
            ImporterKind::Other => None,
        };
        if let Some(vendored) = vendored.filter(|_| !paths::looks_like_std(path)) {
            return Ok(self.std_location(&vendored));
        }
        locate(self.config, self.modules, path, Some(importer))
    }
}

/// The location of a package of std.
pub(crate) fn std_location(config: &Config, path: &str) -> Location {
    Location {
        import_path: path.to_owned(),
        dir: config.goroot.join("src").join(path),
        is_std: true,
        in_main_module: false,
        go_version: (1, GO_MINOR),
        named_files: None,
        by_pattern: false,
        module: None,
        selection: Selection::Package,
    }
}

/// Finds an import path in std, then in the modules.
pub(crate) fn locate(
    config: &Config,
    modules: &Modules,
    path: &str,
    importer: Option<&str>,
) -> Result<Location, String> {
    let std = std_location(config, path);
    let is_std = paths::looks_like_std(path)
        && !path.starts_with("vendor/")
        && (config.overlay.supplies(path) || crate::modules::has_go_files(&std.dir, &config.disk));
    if is_std {
        return Ok(std);
    }
    match modules.find(path, importer) {
        Ok(provided) => Ok(Location {
            import_path: path.to_owned(),
            dir: provided.dir,
            is_std: false,
            in_main_module: provided.in_main,
            go_version: provided.go_version,
            named_files: None,
            by_pattern: false,
            module: Some(provided.module),
            selection: Selection::Package,
        }),
        Err(_) if paths::looks_like_std(path) => Err(not_in_std(path, std.dir)),
        Err(message) => Err(message),
    }
}

fn not_in_std(path: &str, dir: PathBuf) -> String {
    format!("package {path} is not in std ({})", dir.display())
}
