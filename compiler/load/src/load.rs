//! The whole of loading, step by step: roots, discovery, complaints, order, parsing, declarations of the overlay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rgo_source::{Diagnostic, Name, SourceMap};
use rgo_syntax::{Bodies, ast};

use crate::config::Config;
use crate::discover::{Closure, Discovered, Resolution, Unit, discover};
use crate::graph::{Embeds, Failure, MainModuleInfo, Package, PackageGraph, PackageId, SyntaxErrors};
use crate::modules::Modules;
use crate::order::initialization_order;
use crate::scan::{Location, Role, Scan, SourceFile, position};
use crate::splice::{self, Displacing};
use crate::tags::Tags;
use crate::{embed, parallel, paths, patterns, report};

/// Loads the packages that `args` name (files, directories, import paths, patterns; none means `.`) with all they import.
pub fn load(config: &Config, args: &[String]) -> Result<PackageGraph, Failure> {
    let loader = Loader::open(config)?;
    let roots = patterns::resolve(config, &loader.modules, args).map_err(Failure::of_messages)?;
    let closure = loader.discover(roots.locations);
    loader.graph(closure, roots.warnings)
}

/// What every load begins with: modules and tags.
pub(crate) struct Loader<'a> {
    pub config: &'a Config<'a>,
    pub modules: Modules,
    tags: Tags,
    pure_tags: Tags,
    generic_tags: Tags,
}

impl<'a> Loader<'a> {
    pub(crate) fn open(config: &'a Config<'a>) -> Result<Loader<'a>, Failure> {
        let modules = Modules::open(config).map_err(Failure::of_messages)?;
        let tags = Tags::new(&config.target, &config.tags, &config.experiments);
        let pure_tags = tags.pure();
        let generic_tags = pure_tags.generic();
        Ok(Loader { config, modules, tags, pure_tags, generic_tags })
    }

    pub(crate) fn scan(&self) -> Scan<'_> {
        Scan {
            overlay: self.config.overlay,
            tags: &self.tags,
            pure_tags: &self.pure_tags,
            generic_tags: &self.generic_tags,
            goroot: &self.config.goroot,
            working_dir: &self.config.dir,
            disk: &self.config.disk,
            as_compiler: self.config.as_compiler,
        }
    }

    pub(crate) fn discover(&self, roots: Vec<Location>) -> Closure {
        discover(self.config, &self.scan(), &self.modules, roots)
    }

    /// Closure → graph, or what is wrong with it.
    pub(crate) fn graph(&self, closure: Closure, warnings: Vec<String>) -> Result<PackageGraph, Failure> {
        let config = self.config;
        let broken = if config.as_compiler { broken_imports(&closure) } else { BTreeMap::new() };
        let mut messages = report::report(&closure, &broken, &config.dir);
        let embeds: Vec<Embeds> = closure
            .units
            .iter()
            .map(|unit| {
                if config.as_compiler && unit.location.named_files.is_some() {
                    return Embeds::default();
                }
                resolve_embeds(unit, config).unwrap_or_else(|message| {
                    messages.push(message);
                    Embeds::default()
                })
            })
            .collect();
        if !messages.is_empty() {
            return Err(Failure::of_messages([warnings, messages].concat()));
        }
        if closure.roots.is_empty() {
            return Err(Failure::of_messages(warnings));
        }
        let mut graph = Builder { config, closure, broken, embeds, warnings }.build()?;
        let main_dir = graph.package(graph.main).dir.clone();
        graph.main_module =
            self.modules.main_of(&main_dir).or(self.modules.main()).map(|main| MainModuleInfo {
                go_version: main.go_version(),
                path: main.file.module.clone(),
                dir: main.dir.clone(),
                godebug: main.file.godebug.clone(),
            });
        Ok(graph)
    }
}

/// Imports of the named packages that mean nothing, by unit and path, with gc's reason.
pub(crate) type BrokenImports = BTreeMap<Unit, BTreeMap<Name, String>>;

fn broken_imports(closure: &Closure) -> BrokenImports {
    let mut broken = BrokenImports::new();
    for &root in &closure.roots {
        for (path, resolution) in &closure.units[root].imports {
            let is_found = match resolution {
                Resolution::Package(target) => closure.units[*target].scanned.is_ok(),
                Resolution::Failed(_) => false,
            };
            let clean = paths::clean_import(path);
            let reason = match path.as_str() {
                "main" => "cannot import \"main\"".to_owned(),
                path if path.starts_with('/') => "import path cannot be absolute path".to_owned(),
                path if !paths::is_local(path) && clean != path => {
                    format!("non-canonical import path {path:?} (should be {clean:?})")
                }
                _ if is_found => continue,
                _ => "file not found".to_owned(),
            };
            broken.entry(root).or_default().insert(Name::new(path), reason);
        }
    }
    broken
}

/// Resolves a package's embed patterns; the message carries the position of the pattern.
fn resolve_embeds(unit: &Discovered, config: &Config) -> Result<Embeds, String> {
    let Ok(scanned) = &unit.scanned else { return Ok(Embeds::default()) };
    let written = || scanned.files.iter().flat_map(|f| f.header.embeds.iter().map(move |e| (f, e)));
    let patterns: BTreeSet<&str> = written().map(|(_, (pattern, _))| pattern.as_str()).collect();
    embed::resolve(&unit.location.dir, &patterns, &config.disk).map_err(|(pattern, message)| {
        match written().find(|(_, (text, _))| *text == pattern) {
            Some((file, (_, offset))) => format!("{}: {message}", shown_position(file, *offset, &config.dir)),
            None => message,
        }
    })
}

/// `file:line:col` of a byte, as the go command shows it.
pub(crate) fn shown_position(file: &SourceFile, offset: usize, working_dir: &Path) -> String {
    let (line, col) = position(&file.text, offset);
    format!("{}:{line}:{col}", paths::short(&file.path, working_dir))
}

/// Turns a sound closure into a graph.
struct Builder<'a> {
    config: &'a Config<'a>,
    closure: Closure,
    broken: BrokenImports,
    embeds: Vec<Embeds>,
    warnings: Vec<String>,
}

/// A file on its way through the parser.
struct Parsing {
    unit: usize,
    role: Role,
    source: Arc<rgo_source::File>,
}

impl Builder<'_> {
    fn build(self) -> Result<PackageGraph, Failure> {
        let Builder { config, closure, broken: mut broken_imports, mut embeds, warnings } = self;
        let imports: Vec<BTreeSet<usize>> = closure
            .units
            .iter()
            .map(|unit| {
                let targets = unit.imports.values().filter_map(|resolution| match resolution {
                    Resolution::Package(target) => Some(*target),
                    Resolution::Failed(_) => None,
                });
                let targets = targets.filter(|&target| closure.units[target].scanned.is_ok());
                targets.collect()
            })
            .collect();
        let symbol_paths: Vec<&str> =
            closure.units.iter().enumerate().map(|(i, unit)| symbol_path(&closure, i, unit)).collect();
        let runtime: Vec<usize> =
            symbol_paths.iter().position(|path| *path == "runtime").into_iter().collect();
        let mut order = initialization_order(&symbol_paths, &imports, &runtime);
        // What a pattern found without any file for this target is not part of the program.
        order.retain(|&unit| closure.units[unit].scanned.is_ok());

        let sources = Arc::new(SourceMap::default());
        let mut pending = Vec::new();
        for &unit in &order {
            let Ok(scanned) = &closure.units[unit].scanned else { continue };
            for file in &scanned.files {
                let path = file.path.to_string_lossy();
                let Some(source) = rgo_syntax::add_source(&sources, &path, Arc::clone(&file.text)) else {
                    let message = "go: all source files together exceed 4 GiB".to_owned();
                    return Err(Failure::of_messages(vec![message]));
                };
                pending.push(Parsing { unit, role: file.role, source });
            }
        }
        // After the Go files: positions of assembly are asked for less.
        let mut assembly: Vec<Vec<Arc<rgo_source::File>>> = vec![Vec::new(); closure.units.len()];
        for &unit in &order {
            let Ok(scanned) = &closure.units[unit].scanned else { continue };
            let added = scanned.assembly.iter().filter_map(|file| {
                sources.add(&file.path.to_string_lossy(), Arc::clone(&file.text), Vec::new())
            });
            assembly[unit] = added.collect();
        }
        let parsed = parallel::map(config.parallelism, &pending, |file| {
            // What is checked whole is parsed whole.
            let whole =
                closure.units[file.unit].location.in_main_module || closure.roots.contains(&file.unit);
            let bodies = if whole { Bodies::Now } else { Bodies::WhenNeeded };
            rgo_syntax::parse_source(Arc::clone(&file.source), bodies)
        });

        let mut files: Vec<Vec<ParsedFile>> = (0..closure.units.len()).map(|_| Vec::new()).collect();
        let mut errors: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
        let mut broken = false;
        for (file, parsed) in pending.into_iter().zip(parsed) {
            broken |= !parsed.complete;
            if !parsed.errors.is_empty() {
                errors.entry(file.unit).or_default().extend(parsed.errors);
            }
            let Parsing { unit, role, source } = file;
            files[unit].push(ParsedFile { ast: parsed.file, role, source });
        }
        if broken {
            let syntax = order.iter().filter_map(|unit| {
                let import_path = Name::new(&closure.units[*unit].location.import_path);
                Some(SyntaxErrors { import_path, diagnostics: errors.remove(unit)? })
            });
            return Err(Failure { messages: warnings, syntax: syntax.collect(), sources });
        }

        let diagnostics = order.iter().filter_map(|unit| errors.remove(unit)).flatten().collect();

        let mut ids = vec![PackageId(0); closure.units.len()];
        for (index, &unit) in order.iter().enumerate() {
            ids[unit] = PackageId(index as u32);
        }
        let mut messages = Vec::new();
        let mut packages = Vec::with_capacity(order.len());
        for &unit in &order {
            let found = &closure.units[unit];
            let location = &found.location;
            let mut parsed = std::mem::take(&mut files[unit]);
            if let Err(message) = splice_declarations(&location.import_path, &mut parsed) {
                messages.push(message);
            }
            let scanned = found.scanned.as_ref().ok();
            packages.push(Package {
                id: ids[unit],
                path: Name::new(symbol_paths[unit]),
                import_path: Name::new(&location.import_path),
                name: Name::new(scanned.map_or("", |scanned| &scanned.name)),
                dir: location.dir.clone(),
                files: parsed.into_iter().map(|file| file.ast).collect(),
                imports: found
                    .imports
                    .iter()
                    .filter_map(|(path, resolution)| match resolution {
                        Resolution::Package(target) if closure.units[*target].scanned.is_ok() => {
                            Some((Name::new(path), ids[*target]))
                        }
                        Resolution::Package(_) | Resolution::Failed(_) => None,
                    })
                    .collect(),
                broken_imports: broken_imports.remove(&unit).unwrap_or_default(),
                is_std: location.is_std,
                in_main_module: location.in_main_module,
                module: location.module.clone(),
                go_version: location.go_version,
                embeds: std::mem::take(&mut embeds[unit]),
                debug: scanned.map_or_else(Vec::new, |scanned| {
                    scanned.files.iter().flat_map(|file| file.header.debug.iter().cloned()).collect()
                }),
                allows_bodyless: location.is_std || !assembly[unit].is_empty(),
                assembly: std::mem::take(&mut assembly[unit]),
            });
        }
        if !messages.is_empty() {
            return Err(Failure::of_messages(messages));
        }
        let roots = closure.roots.iter().map(|&unit| ids[unit]).collect();
        let mut graph = PackageGraph::new(packages, sources, roots, warnings);
        graph.diagnostics = diagnostics;
        graph.experiments = self.config.experiments.clone();
        Ok(graph)
    }
}

/// The path in symbols: a main package that is a root is called `main`.
fn symbol_path<'a>(closure: &Closure, index: usize, unit: &'a Discovered) -> &'a str {
    let is_main = unit.scanned.as_ref().is_ok_and(|scanned| scanned.name == "main");
    if is_main && closure.roots.contains(&index) { "main" } else { &unit.location.import_path }
}

struct ParsedFile {
    ast: Arc<ast::File>,
    role: Role,
    source: Arc<rgo_source::File>,
}

/// Carries out the overlay's `decl` files of one package.
fn splice_declarations(import_path: &str, files: &mut [ParsedFile]) -> Result<(), String> {
    let mut displacing = Displacing::default();
    for file in files.iter().filter(|file| file.role == Role::Displacing) {
        splice::collect(&file.ast.decls, &file.source, &mut displacing);
    }
    if displacing.names.is_empty() {
        return Ok(());
    }
    let mut found = BTreeSet::new();
    for file in files.iter_mut().filter(|file| file.role == Role::Whole) {
        if let Some(ast) = Arc::get_mut(&mut file.ast) {
            splice::displace(&mut ast.decls, &displacing.names, &mut found);
        }
    }
    match displacing.names.difference(&found).next() {
        Some(missing) => Err(format!(
            "overlay: decl {import_path}: {missing} replaces nothing; the original no longer exists in GOROOT (or mark it //rgo:new)"
        )),
        None => Ok(()),
    }
}
