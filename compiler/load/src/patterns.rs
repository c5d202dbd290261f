//! What the user named on the command line → the root packages.
//!
//! Arguments are `.go` files (one package, `command-line-arguments`), directories (`.`, `./x`, `/abs`), import paths, or
//! patterns with `...`. Messages are the go command's.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::discover::{locate, std_location};
use crate::disk::{Disk, Which};
use crate::modules::{MainModule, Modules, crosses_module};
use crate::paths;
use crate::scan::{Location, Selection};
use crate::tags::GO_MINOR;

/// The roots, and warnings that do not stop the build.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    pub locations: Vec<Location>,
    pub warnings: Vec<String>,
}

/// Resolves arguments; no argument means `.`.
pub(crate) fn resolve(config: &Config, modules: &Modules, args: &[String]) -> Result<Roots, Vec<String>> {
    if config.as_compiler || args.iter().any(|arg| names_file(config, arg)) {
        let location = named_files(config, modules, args).map_err(|message| vec![message])?;
        return Ok(Roots { locations: vec![location], warnings: Vec::new() });
    }
    let dot = [".".to_owned()];
    let args = if args.is_empty() { &dot } else { args };
    let (mut roots, mut errors) = (Roots::default(), Vec::new());
    for arg in args {
        match argument(config, modules, arg, &mut roots.warnings) {
            Ok(found) => {
                for location in found {
                    if !roots.locations.contains(&location) {
                        roots.locations.push(location);
                    }
                }
            }
            Err(message) => errors.push(message),
        }
    }
    if errors.is_empty() { Ok(roots) } else { Err(errors) }
}

fn names_file(config: &Config, arg: &str) -> bool {
    arg.ends_with(".go") && config.disk.is_file(&config.dir.join(arg))
}

/// A list of files is one package that lives in their directory.
fn named_files(config: &Config, modules: &Modules, args: &[String]) -> Result<Location, String> {
    let mut dir: Option<(PathBuf, String)> = None;
    let mut names = Vec::new();
    for arg in args {
        if !arg.ends_with(".go") && !config.as_compiler {
            return Err(format!("named files must be .go files: {arg}"));
        }
        let path = paths::absolute(Path::new(arg), &config.dir);
        if !config.disk.exists(&path) {
            return Err(format!("stat {arg}: no such file or directory"));
        }
        if config.disk.is_dir(&path) {
            return Err(format!("{arg} is a directory, should be a Go file"));
        }
        let parent = path.parent().unwrap_or(&config.dir).to_owned();
        let shown = Path::new(arg).parent().map_or(String::new(), paths::to_slash);
        let shown = if shown.is_empty() { ".".to_owned() } else { shown };
        match &dir {
            Some((known, first)) if *known != parent => {
                return Err(format!("named files must all be in one directory; have {first} and {shown}"));
            }
            Some(_) => {}
            None => dir = Some((parent, shown)),
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    let dir = dir.map_or_else(|| config.dir.clone(), |(dir, _)| dir);
    let main = modules.main_of(&dir);
    Ok(Location {
        import_path: "command-line-arguments".to_owned(),
        go_version: main.map_or((1, GO_MINOR), |main| main.go_version()),
        dir,
        is_std: false,
        in_main_module: true,
        named_files: Some(names),
        by_pattern: false,
        module: main.map(MainModule::info),
        selection: Selection::Package,
    })
}

fn argument(
    config: &Config,
    modules: &Modules,
    arg: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<Location>, String> {
    let is_dir = paths::is_local(arg) || Path::new(arg).is_absolute();
    if arg.contains("...") {
        let found =
            if is_dir { dir_pattern(config, modules, arg)? } else { import_pattern(config, modules, arg) };
        if found.is_empty() {
            warnings.push(format!("go: warning: {arg:?} matched no packages"));
        }
        return Ok(found);
    }
    if is_dir {
        return directory(config, modules, arg).map(|location| vec![location]);
    }
    let clean = arg.trim_end_matches('/');
    if clean == "std" {
        return Ok(std_packages(config, "...").collect());
    }
    locate(config, modules, clean, None).map(|location| vec![location])
}

/// The package in a directory of the main module (or of GOROOT).
fn directory(config: &Config, modules: &Modules, arg: &str) -> Result<Location, String> {
    let dir = paths::absolute(Path::new(arg), &config.dir);
    if let Ok(rel) = dir.strip_prefix(config.goroot.join("src")) {
        return Ok(std_location(config, &paths::to_slash(rel)));
    }
    let Some(main) = modules.main_of(&dir).or(modules.main()) else {
        return Err(
            "go: go.mod file not found in current directory or any parent directory; see 'go help modules'"
                .to_owned(),
        );
    };
    if !config.disk.is_dir(&dir) {
        return Err(format!("stat {}: directory not found", dir.display()));
    }
    let shown =
        || if Path::new(arg).is_absolute() { paths::short(&dir, &config.dir) } else { arg.to_owned() };
    match main.import_path(&dir) {
        Some(import_path) if crosses_module(&main.dir, &dir, &config.disk) => {
            Err(format!("main module ({}) does not contain package {import_path}", main.file.module))
        }
        Some(import_path) => Ok(Location { by_pattern: false, ..main_location(main, dir, import_path) }),
        None if !crate::modules::has_go_files(&dir, &config.disk) => {
            Err(format!("no Go files in {}", dir.display()))
        }
        None => Err(format!("directory {} outside main module or its selected dependencies", shown())),
    }
}

fn main_location(main: &MainModule, dir: PathBuf, import_path: String) -> Location {
    Location {
        import_path,
        dir,
        is_std: false,
        in_main_module: true,
        go_version: main.go_version(),
        named_files: None,
        by_pattern: true,
        module: Some(main.info()),
        selection: Selection::Package,
    }
}

/// `./...` and the like.
fn dir_pattern(config: &Config, modules: &Modules, arg: &str) -> Result<Vec<Location>, String> {
    let fixed = arg.split("...").next().unwrap_or_default();
    let base = if fixed.ends_with('/') { fixed } else { fixed.rsplit_once('/').map_or(".", |(dir, _)| dir) };
    let base_dir = paths::absolute(Path::new(base), &config.dir);
    let outside = || {
        let shown = base.trim_end_matches('/');
        format!(
            "pattern {arg}: directory prefix {shown} does not contain main module or its selected dependencies"
        )
    };
    let is_inside = |main: &&MainModule| base_dir.starts_with(&main.dir) || main.dir.starts_with(&base_dir);
    let mains: Vec<&MainModule> = modules.mains.iter().filter(is_inside).collect();
    if mains.is_empty() {
        return Err(outside());
    }
    let absolute_pattern = {
        let tail = arg[fixed.len()..].to_owned();
        let head = paths::absolute(Path::new(fixed), &config.dir);
        let head = head.display().to_string();
        if fixed.ends_with('/') || fixed.is_empty() {
            format!("{head}/{tail}")
        } else {
            format!("{head}{tail}")
        }
    };
    let mut found = Vec::new();
    for main in mains {
        let start = if main.dir.starts_with(&base_dir) { &main.dir } else { &base_dir };
        // The directory may belong to another module, which begins below this one's.
        if crosses_module(&main.dir, start, &config.disk) {
            continue;
        }
        walk(start, start, &config.disk, &mut |dir| {
            if paths::match_dots(&absolute_pattern, &dir.display().to_string())
                && let Some(import_path) = main.import_path(dir)
            {
                found.push(main_location(main, dir.to_owned(), import_path));
            }
        });
    }
    Ok(found)
}

/// `example.com/m/...`, `encoding/...`
fn import_pattern(config: &Config, modules: &Modules, arg: &str) -> Vec<Location> {
    let mut found: Vec<Location> = Vec::new();
    for main in &modules.mains {
        walk(&main.dir, &main.dir, &config.disk, &mut |dir| {
            if let Some(import_path) = main.import_path(dir).filter(|path| paths::match_dots(arg, path)) {
                found.push(main_location(main, dir.to_owned(), import_path));
            }
        });
    }
    if paths::looks_like_std(arg) {
        found.extend(std_packages(config, arg));
    }
    found
}

/// Packages of std (not of cmd or vendored) whose path matches, sorted.
fn std_packages<'a>(config: &'a Config, pattern: &'a str) -> impl Iterator<Item = Location> + 'a {
    let src = config.goroot.join("src");
    let mut found = Vec::new();
    walk(&src, &src, &config.disk, &mut |dir| {
        let path = dir.strip_prefix(&src).map(paths::to_slash).unwrap_or_default();
        let hidden = ["cmd", "vendor", "builtin", "unsafe"]
            .iter()
            .any(|top| paths::below_import(&path, top).is_some());
        if !path.is_empty() && !hidden && paths::match_dots(pattern, &path) {
            found.push(path);
        }
    });
    found.into_iter().map(|path| Location { by_pattern: true, ..std_location(config, &path) })
}

/// Calls `visit` for every directory with Go files, parents first, skipping `testdata`, `vendor`, names that begin with
/// `.` or `_`, and other modules.
fn walk(root: &Path, dir: &Path, disk: &Disk, visit: &mut dyn FnMut(&Path)) {
    if dir != root && disk.is_file(&dir.join("go.mod")) {
        return;
    }
    let Ok(entries) = disk.entries(dir, Which::All) else { return };
    let mut dirs = Vec::new();
    let mut has_go = false;
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with(['.', '_']);
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !hidden && name != "testdata" && !(name == "vendor" && dir == root) {
                dirs.push(entry.path());
            }
        } else {
            has_go |= name.ends_with(".go") && !hidden;
        }
    }
    if has_go {
        visit(dir);
    }
    dirs.sort();
    for dir in dirs {
        walk(root, &dir, disk, visit);
    }
}
