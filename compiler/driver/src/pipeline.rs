//! The front of the compiler: load, types. (`compile` continues.)
//!
//! A `Session` is one invocation: its flags, its target and GOROOT. Each stage takes the earlier stages' results and
//! gives values; here they are timed, dumped when asked, and their diagnostics are printed as the go command prints them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use rgo_load::{
    Config, Disk, Experiments, Failure, Overlay, Package, PackageGraph, TestProgram, TestTarget, absolute,
    goroot, load, load_test, test_targets,
};
use rgo_source::Diagnostic;
use rgo_target::Target;
use rgo_types::{ObjId, Program};

use crate::cleanup::Temporary;
use crate::env::Environment;
use crate::flags::BuildFlags;
use crate::progress::Progress;
use crate::report::{Paths, Style};
use crate::time::Timer;
use crate::vcs::{VcsQuery, VcsState};
use crate::{Failed, dump, embedded, report};

/// One invocation of the compiler.
pub(crate) struct Session<'a> {
    pub flags: &'a BuildFlags,
    pub environment: &'a Environment,
    /// The working directory after `-C`.
    pub dir: PathBuf,
    pub target: Target,
    pub parallelism: usize,
    pub goroot: PathBuf,
    pub progress: Progress,
    pub timer: Timer,
    /// The program tells itself that it is a test (`testing.Testing`).
    pub in_test: bool,
    /// How errors name files.
    pub paths: Paths,
    experiments: Experiments,
    /// What was seen of the user's files.
    pub disk: Disk,
    /// What the version control was asked, and its answer.
    pub vcs: Option<(VcsQuery, Option<VcsState>)>,
    overlay: Overlay,
}

/// Whether a missing standard library is downloaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetch {
    Never,
    /// With signs of life.
    IfMissing,
}

/// Finds the standard library.
pub(crate) fn find_goroot(
    flag: Option<PathBuf>,
    environment: &Environment,
    fetch: Fetch,
) -> Result<PathBuf, goroot::GorootError> {
    let progress = Progress::new();
    let temporary = RefCell::new(None);
    let named = flag.map(|dir| ("-goroot", absolute(&dir, &environment.dir)));
    let named = named.or_else(|| Some(("RGO_GOROOT", environment.rgo_goroot.clone()?)));
    goroot::find(&goroot::Search {
        named,
        goroot: environment.goroot.clone(),
        cache: environment.cache.clone(),
        may_fetch: fetch == Fetch::IfMissing,
        progress: &|step| progress.download(step),
        register: &|dir| *temporary.borrow_mut() = Some(Temporary::new(dir.to_owned())),
    })
}

impl<'a> Session<'a> {
    /// Prepares everything that does not depend on the packages.
    pub(crate) fn open(flags: &'a BuildFlags, environment: &'a Environment) -> Result<Session<'a>, Failed> {
        let dir = match &flags.chdir {
            None => environment.dir.clone(),
            Some(dir) => {
                let path = absolute(dir, &environment.dir);
                if !path.is_dir() {
                    return Err(Failed::new(format!(
                        "go: chdir {}: no such file or directory",
                        dir.display()
                    )));
                }
                path
            }
        };
        let target = environment.target(flags.target.as_deref()).map_err(Failed::new)?;
        let experiments = environment.experiments(&target).map_err(Failed::new)?;
        let overlay = embedded::overlay(environment.overlay.as_deref())
            .map_err(|error| Failed::new(format!("rgo: {error}")))?;
        let goroot = find_goroot(flags.goroot.clone(), environment, Fetch::IfMissing)
            .map_err(|error| Failed::new(format!("rgo: {error}")))?;
        Ok(Session {
            flags,
            environment,
            dir,
            target,
            parallelism: flags.parallelism.unwrap_or(environment.parallelism),
            goroot,
            progress: Progress::new(),
            timer: Timer::start(),
            in_test: false,
            paths: Paths::GoCommand,
            experiments,
            disk: Disk::default(),
            vcs: None,
            overlay,
        })
    }

    /// How errors of this invocation are shown.
    pub(crate) fn style(&self) -> Style<'_> {
        Style { paths: self.paths, ..Style::new(&self.dir, &self.flags.compiler) }
    }

    /// Arguments → packages.
    pub(crate) fn load(&mut self, args: &[String]) -> Result<PackageGraph, Failed> {
        self.load_as(args, false)
    }

    /// Loads as the go command does, or as gc's compiler.
    pub(crate) fn load_as(&mut self, args: &[String], as_compiler: bool) -> Result<PackageGraph, Failed> {
        self.progress.stage("loading packages");
        let config = Config { as_compiler, ..self.config() };
        let start = std::time::Instant::now();
        let result = load(&config, args);
        self.timer.add("load", start.elapsed());
        let mut graph = result.map_err(|failure| self.load_failed(failure))?;
        if let Some(language) = self.flags.compiler.language {
            for id in graph.roots.clone() {
                graph.packages[id.0 as usize].go_version = language;
            }
        }
        for warning in &graph.warnings {
            self.progress.line(warning);
        }
        self.explain_packages(&graph);
        dump::graph(self.flags.dump.as_ref(), &graph);
        Ok(graph)
    }

    fn config(&self) -> Config<'_> {
        Config {
            goroot: self.goroot.clone(),
            target: self.target,
            tags: self.flags.tags.clone(),
            experiments: self.experiments.clone(),
            overlay: &self.overlay,
            disk: self.disk.clone(),
            dir: self.dir.clone(),
            mod_mode: self.flags.mod_mode,
            mod_file: self.flags.mod_file.as_ref().map(|file| absolute(file, &self.dir)),
            work_file: self.environment.gowork.clone(),
            module_cache: self.environment.gomodcache.clone(),
            as_compiler: false,
            parallelism: self.parallelism,
        }
    }

    fn load_failed(&self, failure: Failure) -> Failed {
        self.progress.clear();
        self.style().failure(failure)
    }

    /// Arguments → packages to test.
    pub(crate) fn test_targets(&mut self, args: &[String]) -> Result<Vec<TestTarget>, Failed> {
        let (targets, warnings) =
            test_targets(&self.config(), args).map_err(|failure| self.load_failed(failure))?;
        for warning in &warnings {
            self.progress.line(warning);
        }
        Ok(targets)
    }

    /// The test program of one package.
    pub(crate) fn load_test(&mut self, target: &TestTarget) -> Result<TestProgram, Failed> {
        self.progress.stage("loading packages");
        let config = self.config();
        let start = std::time::Instant::now();
        let result = load_test(&config, target);
        self.timer.add("load", start.elapsed());
        let program = result.map_err(|failure| self.load_failed(failure))?;
        let (TestProgram::NoTestFiles(graph) | TestProgram::Program(graph)) = &program;
        self.explain_packages(graph);
        dump::graph(self.flags.dump.as_ref(), graph);
        Ok(program)
    }

    /// The end of a command: the timing table, if asked for.
    pub(crate) fn finish(&self) {
        self.progress.clear();
        if self.flags.time {
            eprintln!("{}", self.timer.table());
        }
    }
}

impl Session<'_> {
    /// Checks the packages of the main module (and those named on the command line) without making an executable.
    pub(crate) fn check(&mut self, graph: &PackageGraph) -> Result<(), Failed> {
        if self.flags.dry_run {
            return Ok(());
        }
        let mut program = Program::new(graph, self.target);
        self.check_program(&mut program)
    }

    pub(crate) fn check_program(&mut self, program: &mut Program<'_>) -> Result<(), Failed> {
        self.progress.stage("checking types");
        let graph = program.graph;
        let checked = graph
            .packages
            .iter()
            .filter(|package| package.in_main_module || graph.roots.contains(&package.id));
        for package in checked {
            self.timer.stage("types", || program.check_package(package.id));
        }
        let mut diagnostics = graph.diagnostics.clone();
        diagnostics.append(&mut program.diagnostics);
        if diagnostics.is_empty() { Ok(()) } else { Err(self.failed(graph, diagnostics)) }
    }

    /// The go command's linker finds this error.
    pub(crate) fn require_main(&mut self, program: &mut Program<'_>) -> Result<(), Failed> {
        let package = program.graph.package(program.graph.main);
        let funcs = program.funcs(package.id);
        let is_main = |func: &ObjId| {
            let is_plain = program.func_source(*func).is_some_and(|source| source.decl.recv.is_none());
            is_plain && program.obj(*func).name.as_str() == "main"
        };
        if funcs.iter().any(is_main) {
            return Ok(());
        }
        Err(Failed::of(vec![
            format!("# {}", package.import_path),
            "runtime.main_main·f: function main is undeclared in the main package".to_owned(),
        ]))
    }

    /// Diagnostics as output: packages in dependency order; one whose imports have errors is not compiled by the go
    /// command, so its errors stay unsaid.
    pub(crate) fn failed(&self, graph: &PackageGraph, diagnostics: Vec<Diagnostic>) -> Failed {
        self.progress.clear();
        // Packages are told apart by their files: external tests share a directory with what they test.
        let files = graph.packages.iter().flat_map(|package| {
            let paths = package.files.iter().filter_map(|file| graph.sources.file(file.package.pos));
            let paths = paths.map(|file| file.path.clone());
            let assembly = package.assembly.iter().map(|file| file.path.clone());
            paths.chain(assembly).map(|path| (path, package.id.0 as usize)).collect::<Vec<_>>()
        });
        let owners = files.collect();
        let mut groups = report::by_package(diagnostics, &graph.sources, &owners);
        let style = self.style();
        let mut lines = Vec::new();
        let mut broken = BTreeSet::new();
        for package in &graph.packages {
            let depends_on_broken = package.imports.values().any(|import| broken.contains(import));
            let group = groups.remove(&(package.id.0 as usize));
            if depends_on_broken || group.is_some() {
                broken.insert(package.id);
            }
            if let Some(group) = group.filter(|_| !depends_on_broken) {
                let name = self.shown_name(graph, package);
                lines.extend(style.package(&name, group, &graph.sources));
            }
        }
        // Errors without a position belong to the program as a whole.
        for group in groups.into_values() {
            lines.extend(style.package(
                graph.package(graph.main).import_path.as_str(),
                group,
                &graph.sources,
            ));
        }
        Failed::of(lines)
    }

    /// `p`, or for the variants in the test program of `p`: `p [p.test]`, `p_test [p.test]`.
    fn shown_name(&self, graph: &PackageGraph, package: &Package) -> String {
        let main = graph.package(graph.main).import_path.as_str();
        let path = package.import_path.as_str();
        match main.strip_suffix(".test").filter(|_| self.in_test) {
            Some(tested) if path == tested || path.strip_suffix("_test") == Some(tested) => {
                format!("{path} [{main}]")
            }
            _ => path.to_owned(),
        }
    }

    /// Times a step that belongs to no crate.
    pub(crate) fn timed<R>(&mut self, name: &'static str, work: impl FnOnce() -> R) -> R {
        self.timer.stage(name, work)
    }
}
