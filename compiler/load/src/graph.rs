//! What loading produces: packages in initialisation order, and what went wrong instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rgo_source::{Diagnostic, Name, SourceMap};
use rgo_syntax::ast;

use crate::Experiments;
use crate::modules::ModuleInfo;
use crate::tags::GO_MINOR;

/// Index of a package in `PackageGraph::packages`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PackageId(pub u32);

/// One package: its chosen files, parsed, and its imports, resolved.
#[derive(Debug)]
pub struct Package {
    pub id: PackageId,
    /// The path in symbols and in `reflect`'s `PkgPath`: the import path, but `main` for the program's main package.
    pub path: Name,
    /// The path by which the go command names it (`command-line-arguments` for files named on the command line).
    /// Packages vendored into std have the prefix `vendor/`, those vendored into the main module have none.
    pub import_path: Name,
    /// The name in the package clause.
    pub name: Name,
    /// The directory of the files; for a package that only the overlay holds, where it would lie in GOROOT.
    pub dir: PathBuf,
    /// The files in the order gc sees them, sorted by name.
    pub files: Vec<Arc<ast::File>>,
    /// Import path as written in a file of this package → the package it means (vendoring applied).
    /// `unsafe` is absent: it is no package with files. `C` is rejected while loading.
    pub imports: BTreeMap<Name, PackageId>,
    /// Import path as written → why it means nothing. Only with `Config::as_compiler`; otherwise loading fails.
    pub broken_imports: BTreeMap<Name, String>,
    /// Part of the standard library (or of `cmd`). Checkers must not report unused imports here: the overlay may have
    /// removed their only use.
    pub is_std: bool,
    /// Part of the main module, or named on the command line.
    pub in_main_module: bool,
    /// The module that provides the package; none for std.
    pub module: Option<ModuleInfo>,
    /// Language version from the `go` line of its go.mod; (1, 27) for std. A file's constraint may override it
    /// (`ast::File::go_version`).
    pub go_version: (u32, u32),
    /// `//go:embed` patterns, resolved.
    pub embeds: Embeds,
    /// `//go:debug` settings (`key=value`), as written.
    pub debug: Vec<String>,
    /// Whether a body-less function is no error: the package has assembly files, or is std.
    pub allows_bodyless: bool,
    /// The assembly files (`.s`) that the constraints choose, sorted by name.
    pub assembly: Vec<Arc<rgo_source::File>>,
}

impl Package {
    /// A package that was not found by loading: parsed files of the current language version, as one package of a main module that imports
    /// nothing.
    pub fn of_files(id: PackageId, path: Name, files: Vec<Arc<ast::File>>) -> Package {
        Package {
            id,
            path,
            import_path: path,
            name: files[0].package.name,
            dir: Path::new("/").join(path.as_str()),
            files,
            imports: BTreeMap::new(),
            broken_imports: BTreeMap::new(),
            is_std: false,
            in_main_module: true,
            module: None,
            go_version: (1, GO_MINOR),
            embeds: Embeds::default(),
            debug: Vec::new(),
            allows_bodyless: false,
            assembly: Vec::new(),
        }
    }
}

/// Resolved `//go:embed` patterns of one package.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Embeds {
    /// Pattern exactly as written (unquoted) → matching files, slash-separated paths below the package's directory,
    /// sorted. The order of a variable's files is that of the union of its patterns, sorted.
    pub patterns: BTreeMap<String, Vec<String>>,
    /// Path as in `patterns` → where to read the contents.
    pub files: BTreeMap<String, PathBuf>,
}

/// What go.mod of the main module says that the executable records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MainModuleInfo {
    pub path: String,
    pub dir: PathBuf,
    pub go_version: (u32, u32),
    /// `godebug` lines (`key=value`).
    pub godebug: Vec<String>,
}

/// A whole program.
#[derive(Debug)]
pub struct PackageGraph {
    /// Every package, in gc's initialisation order: first the closure of `runtime`, then the others; a package always
    /// comes after its imports, and of those that are ready the lexicographically first comes first.
    pub packages: Vec<Package>,
    /// Texts and positions of all files.
    pub sources: Arc<SourceMap>,
    /// The first package named on the command line; the main package when a program is built.
    pub main: PackageId,
    /// Every package named on the command line.
    pub roots: Vec<PackageId>,
    /// The module that holds the working directory, if there is one.
    pub main_module: Option<MainModuleInfo>,
    /// GOEXPERIMENT: some experiments change what the compiler does.
    pub experiments: Experiments,
    /// Messages that do not stop the build.
    pub warnings: Vec<String>,
    /// Errors of the sources after which gc still checks types: bad literals and characters, misused labels. A program that
    /// has some is not compiled.
    pub diagnostics: Vec<Diagnostic>,
    /// Import path → id.
    by_import_path: BTreeMap<Name, PackageId>,
}

impl PackageGraph {
    /// Puts a graph together; `packages[i].id` must be `i`.
    pub fn new(
        packages: Vec<Package>,
        sources: Arc<SourceMap>,
        roots: Vec<PackageId>,
        warnings: Vec<String>,
    ) -> PackageGraph {
        assert!(packages.iter().enumerate().all(|(i, p)| p.id.0 as usize == i), "package ids are dense");
        let by_import_path = packages.iter().map(|p| (p.import_path, p.id)).collect();
        PackageGraph {
            packages,
            sources,
            main: roots[0],
            roots,
            main_module: None,
            experiments: Experiments::default(),
            warnings,
            diagnostics: Vec::new(),
            by_import_path,
        }
    }

    /// The package with this id.
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// The package with this import path (`runtime`, `vendor/golang.org/x/net/...`).
    pub fn find(&self, import_path: &str) -> Option<PackageId> {
        self.by_import_path.get(&Name::new(import_path)).copied()
    }
}

/// Syntax errors of one package.
#[derive(Debug)]
pub struct SyntaxErrors {
    pub import_path: Name,
    pub diagnostics: Vec<Diagnostic>,
}

/// Why there is no graph.
#[derive(Debug, Default)]
pub struct Failure {
    /// What the go command says before any compilation, complete lines without final newline.
    pub messages: Vec<String>,
    /// What the compiler says, to be printed under a `# path` line each.
    pub syntax: Vec<SyntaxErrors>,
    pub sources: Arc<SourceMap>,
}

impl Failure {
    /// A failure before any file was parsed.
    pub(crate) fn of_messages(messages: Vec<String>) -> Failure {
        Failure { messages, ..Failure::default() }
    }
}
