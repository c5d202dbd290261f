//! `rgo build`.

use std::path::Path;

use rgo_load::{Package, PackageGraph};

use crate::build_cache::Place;
use crate::cli::Build;
use crate::env::Environment;
use crate::pipeline::Session;
use crate::{Failed, dump, output};

/// Builds what the arguments name. One main package becomes an executable; several packages, or one that is not main, are
/// compiled as a check, unless `-o` names a directory for the executables.
pub(crate) fn build(build: &Build, environment: &Environment) -> Result<(), Failed> {
    if let Some(request) = &build.flags.dump
        && !dump::STAGES.contains(&request.stage.as_str())
    {
        let stages = dump::STAGES.join(", ");
        return Err(Failed {
            lines: vec![format!("rgo: -dump={}: stages are {stages}", request.stage)],
            status: 2,
        });
    }
    let mut session = Session::open(&build.flags, environment)?;
    let place = Place::of(&session, &build.packages);
    if let Some(cached) = place.as_ref().filter(|_| !build.flags.rebuild).and_then(Place::find) {
        let path = output::path(build.output.as_deref(), &cached.name, &session.dir)?;
        return output::write_executable(&path, &cached.executable);
    }
    let graph = match session.load(&build.packages) {
        // Patterns that match nothing are only warned about.
        Err(failed) if failed.lines.iter().all(|line| line.starts_with("go: warning: ")) => {
            return if failed.lines.is_empty() { Ok(()) } else { Err(Failed { status: 0, ..failed }) };
        }
        result => result?,
    };
    let result = build_roots(build, &mut session, &graph, place.as_ref());
    session.finish();
    result
}

fn build_roots(
    build: &Build,
    session: &mut Session,
    graph: &PackageGraph,
    place: Option<&Place>,
) -> Result<(), Failed> {
    if let [root] = graph.roots.as_slice() {
        let package = graph.package(*root);
        if package.name.as_str() != "main" {
            if build.output.as_ref().is_some_and(|output| is_dir(output, session)) {
                return Err(Failed::new("go: no main packages to build"));
            }
            return session.check(graph);
        }
        let name = output::default_name(package, first_file(build, package));
        let path = output::path(build.output.as_deref(), &name, &session.dir)?;
        return make(session, graph, &path, place.map(|place| (place, name.as_str())));
    }
    session.check(graph)?;
    // What goes to /dev/null is not made.
    let Some(target) = build.output.as_ref().filter(|output| *output != "/dev/null") else { return Ok(()) };
    let dir = session.dir.join(target);
    if !is_dir(target, session) {
        return Err(Failed::new("go: cannot write multiple packages to non-directory ".to_owned() + target));
    }
    if graph.roots.iter().all(|root| graph.package(*root).name.as_str() != "main") {
        return Err(Failed::new("go: no main packages to build"));
    }
    for root in &graph.roots {
        let package = graph.package(*root);
        if package.name.as_str() != "main" {
            continue;
        }
        // Each program is loaded by itself: what it contains, and who is called `main`, depends on its root.
        let single = session.load(&[package.dir.display().to_string()])?;
        make(session, &single, &dir.join(output::default_name(package, None)), None)?;
    }
    Ok(())
}

/// Compiles the main package of `graph` to the file `path`, and keeps the executable in the cache under its default name.
fn make(
    session: &mut Session,
    graph: &PackageGraph,
    path: &Path,
    keep: Option<(&Place, &str)>,
) -> Result<(), Failed> {
    session.explain_link(graph, path);
    if session.flags.dry_run {
        return Ok(());
    }
    let executable = session.compile(graph)?;
    session.timed("write", || output::write_executable(path, &executable))?;
    if let Some((place, name)) = keep.filter(|_| graph.warnings.is_empty()) {
        place.keep(session, name, &executable);
    }
    Ok(())
}

fn is_dir(output: &str, session: &Session) -> bool {
    output.ends_with('/') || session.dir.join(output).is_dir()
}

/// The first file on the command line, when files were named.
fn first_file<'a>(build: &'a Build, package: &Package) -> Option<&'a str> {
    let named = package.import_path.as_str() == "command-line-arguments";
    build.packages.first().filter(|_| named).map(String::as_str)
}
