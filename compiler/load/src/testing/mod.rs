//! Test programs: a package with its `_test.go` files, its external tests, and a generated main package.
//!
//! As the go command does it, files of package `p` in `_test.go` files become part of `p` (everything in the program that imports
//! `p` then sees that variant), files of package `p_test` are a package of their own, and a generated package `p.test` lists
//! tests, benchmarks, fuzz targets and examples for package `testing`. `functions` finds them, `main_file` writes that package.

mod functions;
mod main_file;
mod output_comment;

use std::sync::Arc;

use crate::config::Config;
use crate::discover::{self, Closure};
use crate::graph::{Failure, PackageGraph};
use crate::load::Loader;
use crate::patterns;
use crate::scan::{Location, ScanError, Scanned, Selection};

/// A package that the command line names for testing.
#[derive(Clone, Debug)]
pub struct TestTarget {
    pub import_path: String,
    pub dir: std::path::PathBuf,
    location: Location,
}

/// What there is to run.
#[derive(Debug)]
pub enum TestProgram {
    /// The package has no `_test.go` files; what it consists of otherwise is loaded, to be checked.
    NoTestFiles(Box<PackageGraph>),
    /// Its main package is the generated one.
    Program(Box<PackageGraph>),
}

/// The packages that `args` name, and warnings.
pub fn test_targets(config: &Config, args: &[String]) -> Result<(Vec<TestTarget>, Vec<String>), Failure> {
    let loader = Loader::open(config)?;
    let roots = patterns::resolve(config, &loader.modules, args).map_err(Failure::of_messages)?;
    let targets = roots.locations.into_iter().filter(|location| {
        // A pattern passes over directories without any file for this target.
        !location.by_pattern || !matches!(loader.scan().all_files(location), Err(ScanError::Excluded))
    });
    let targets = targets.map(|location| TestTarget {
        import_path: location.import_path.clone(),
        dir: location.dir.clone(),
        location,
    });
    Ok((targets.collect(), roots.warnings))
}

/// Loads the test program of one package.
pub fn load_test(config: &Config, target: &TestTarget) -> Result<TestProgram, Failure> {
    let loader = Loader::open(config)?;
    let select = |selection: Selection| Location { selection, ..target.location.clone() };
    let inside = select(Selection::WithTests);
    let outside =
        Location { import_path: format!("{}_test", target.import_path), ..select(Selection::ExternalTests) };
    let scan = loader.scan();
    let scanned = scan.package(&inside);
    let external = match scan.package(&outside) {
        Ok(external) if !external.files.is_empty() => Some(external),
        Err(ScanError::Other(message) | ScanError::Header(message)) => {
            return Err(Failure::of_messages(vec![message]));
        }
        _ => None,
    };
    let is_test = |scanned: &Scanned| scanned.files.iter().any(|file| file.name.ends_with("_test.go"));
    let has_tests = external.is_some() || scanned.as_ref().is_ok_and(is_test);
    if !has_tests {
        let closure = loader.discover(vec![select(Selection::Package)]);
        return Ok(TestProgram::NoTestFiles(Box::new(loader.graph(closure, Vec::new())?)));
    }
    let mut functions = functions::Functions::default();
    let mut problems = Vec::new();
    // When the package itself is broken, loading says how.
    let inner = scanned.as_ref().ok();
    for (scanned, package) in [(inner, "_test"), (external.as_ref(), "_xtest")] {
        for file in scanned.iter().flat_map(|scanned| &scanned.files) {
            if file.name.ends_with("_test.go") {
                functions.add(file, package, &mut problems);
            }
        }
    }
    if let Some(problem) = problems.into_iter().next() {
        return Err(Failure::of_messages(vec![format!("# {}", target.import_path), problem]));
    }
    let has_package =
        !matches!(scanned, Err(ScanError::OnlyTests | ScanError::Missing | ScanError::Excluded));
    let text = main_file::text(&target.location, &functions, has_package, external.is_some());
    let main = Location {
        import_path: format!("{}.test", target.import_path),
        // Everything may be imported by it, as by std.
        is_std: true,
        in_main_module: false,
        named_files: None,
        ..select(Selection::Generated(Arc::from(text.into_bytes())))
    };
    let closure = discover_test(&loader, main, has_package.then_some(inside), external.map(|_| outside));
    Ok(TestProgram::Program(Box::new(loader.graph(closure, Vec::new())?)))
}

/// The closure of a generated main package, with the variants under test in their places.
fn discover_test(
    loader: &Loader,
    main: Location,
    inside: Option<Location>,
    outside: Option<Location>,
) -> Closure {
    let variants = inside.into_iter().chain(outside).collect();
    discover::discover_with(loader.config, &loader.scan(), &loader.modules, vec![main], variants)
}
