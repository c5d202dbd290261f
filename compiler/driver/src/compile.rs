//! From a checked program to an executable: lower, opt, codegen, link.

use std::path::{Path, PathBuf};

use rgo_load::{PackageGraph, goroot};
use rgo_mir::Module;
use rgo_obj::Object;
use rgo_source::{Diagnostic, Pos};
use rgo_types::Program;

use crate::build_info::godebug_default;
use crate::external_link;
use crate::file_names::FileNames;
use crate::flags::BuildVcs;
use crate::link_values::{changed_settings, link_values};
use crate::pipeline::Session;
use crate::vcs::{VcsQuery, VcsState};
use crate::{Failed, build_info, decisions, dump, embedded, linknames};

impl Session<'_> {
    /// Compiles the main package of `graph` and all it reaches to an executable.
    pub(crate) fn compile(&mut self, graph: &PackageGraph) -> Result<Vec<u8>, Failed> {
        let mut program = Program::new(graph, self.target);
        self.check_program(&mut program)?;
        self.require_main(&mut program)?;
        dump::types(self.flags.dump.as_ref(), &mut program);
        let godebug = godebug_default(graph, &changed_settings(&self.goroot, &self.disk));
        let modinfo = self.modinfo(graph, &godebug)?;
        let mut values = link_values(self.flags, graph, &self.goroot, &godebug, &modinfo);
        if self.in_test {
            values.push(("testing.testBinary".to_owned(), "1".to_owned()));
        }
        let (module, assembly) = self.middle_end(graph, program, values, false)?;
        if !self.flags.linker.any_linkname
            && let Some(message) = linknames::check(graph, &module.pulls)
        {
            return Err(internal(graph, &message));
        }
        let missing = module.pulls.iter().filter_map(|pull| Some((pull, pull.missing_at?)));
        let missing: Vec<_> =
            missing.map(|(pull, at)| rgo_lower::missing_body(Pos(at), &pull.symbol)).collect();
        if !missing.is_empty() {
            return Err(self.failed(graph, missing));
        }
        let errors = assembly.check();
        if !errors.is_empty() {
            let header = format!("# {}", graph.package(graph.main).import_path);
            return Err(Failed::of(std::iter::once(header).chain(errors).collect()));
        }
        let mut object = self.generate(graph, module)?;
        assembly.add_to(&mut object);
        rgo_link::build_info::add(&mut object, goroot::VERSION, &modinfo);
        dump::object(self.flags.dump.as_ref(), &object);
        self.link(graph, &object)
    }

    /// Compiles every function of the packages named on the command line, and makes nothing of it: what gc does with a
    /// package that is no program.
    pub(crate) fn compile_package(&mut self, graph: &PackageGraph) -> Result<(), Failed> {
        let mut program = Program::new(graph, self.target);
        self.check_program(&mut program)?;
        dump::types(self.flags.dump.as_ref(), &mut program);
        let (module, _) = self.middle_end(graph, program, Vec::new(), true)?;
        let object = self.generate(graph, module)?;
        dump::object(self.flags.dump.as_ref(), &object);
        Ok(())
    }

    /// Checked program to optimised MIR; of the packages named on the command line either what `main` reaches, or all.
    fn middle_end(
        &mut self,
        graph: &PackageGraph,
        mut program: Program<'_>,
        string_vars: Vec<(String, String)>,
        whole_packages: bool,
    ) -> Result<(Module, rgo_asm::Program), Failed> {
        if self.flags.compiler.decisions > 0 {
            let lines = decisions::lines(&mut program, &self.flags.compiler, &self.style());
            self.progress.clear();
            for line in lines {
                eprintln!("{line}");
            }
        }
        self.progress.stage("lowering");
        let includes = self.goroot.join("src/runtime");
        let disk = self.disk.clone();
        let include = |dir: &Path, name: &str| {
            let places = [dir, &*includes];
            let read = |path: PathBuf| Some((disk.read(&path).ok()?, path));
            let (text, path) = places.iter().find_map(|dir| read(dir.join(name)))?;
            graph.sources.add(&path.to_string_lossy(), text.into(), Vec::new())
        };
        let include = rgo_lower::IncludeBy(Some(&include));
        let options = rgo_lower::Options {
            string_vars,
            tracked_fields_var: self.flags.linker.tracked_fields.clone(),
            whole_roots: whole_packages,
            threads: self.parallelism,
            include,
        };
        let lowered = self.timer.stage("lower", || rgo_lower::lower(&mut program, options));
        // Bodies of std are checked when lowering reaches them, so its errors come now.
        let late = std::mem::take(&mut program.diagnostics);
        if !late.is_empty() {
            return Err(self.failed(graph, late));
        }
        let rgo_lower::Lowered { mut module, assembly } =
            lowered.map_err(|errors| self.failed(graph, errors))?;
        drop(program);
        dump::module(self.flags.dump.as_ref(), "lower", None, &module);
        let oversized = rgo_mir::oversized_frames(&module);
        if !oversized.is_empty() {
            let errors = oversized.iter().map(|f| Diagnostic::error(Pos(f.pos), "", f.to_string())).collect();
            return Err(self.failed(graph, errors));
        }
        self.progress.stage("optimising");
        let options = rgo_opt::Options {
            optimize: !self.flags.compiler.no_optimization,
            inline: !self.flags.compiler.no_inlining,
        };
        let (request, threads) = (self.flags.dump.as_ref(), self.parallelism);
        self.timer.stage("opt", || {
            let mut observe = |pass: &str, module: &Module| dump::module(request, "opt", Some(pass), module);
            let observe = request.is_some().then_some(&mut observe as &mut dyn FnMut(&str, &Module));
            rgo_opt::optimize(&mut module, options, threads, observe);
        });
        dump::module(request, "opt", None, &module);
        Ok((module, assembly))
    }

    /// The build information of the program, as text.
    fn modinfo(&mut self, graph: &PackageGraph, godebug: &str) -> Result<String, Failed> {
        let vcs = self.vcs_state(graph)?;
        Ok(build_info::modinfo(self.flags, graph, &self.target, godebug, vcs.as_ref()))
    }

    /// What the version control says of the main package's module.
    fn vcs_state(&mut self, graph: &PackageGraph) -> Result<Option<VcsState>, Failed> {
        let package = graph.package(graph.main);
        let named_files = package.import_path.as_str() == "command-line-arguments";
        let module = graph.main_module.as_ref().filter(|_| package.in_main_module && !named_files);
        let Some(module) = module.filter(|_| self.flags.build_vcs != BuildVcs::Never) else {
            return Ok(None);
        };
        let query = VcsQuery {
            dir: package.dir.clone(),
            module_dir: module.dir.clone(),
            module_path: module.path.clone(),
        };
        let state = match query.state() {
            Ok(state) => state,
            Err(_) if self.flags.build_vcs == BuildVcs::Auto => None,
            Err(why) => {
                return Err(Failed::new(format!(
                    "error obtaining VCS status: {why}\n\tUse -buildvcs=false to disable VCS stamping."
                )));
            }
        };
        self.vcs = Some((query, state.clone()));
        Ok(state)
    }

    /// MIR to compiled functions and data.
    fn generate(&mut self, graph: &PackageGraph, module: Module) -> Result<Object, Failed> {
        let internal = |error: &dyn std::fmt::Display| internal(graph, error);
        self.progress.stage("generating code");
        let options = rgo_codegen::Options {
            optimize: !self.flags.compiler.no_optimization,
            ..rgo_codegen::Options::default()
        };
        dump::codegen(self.flags.dump.as_ref(), &module, &self.target, options).map_err(|e| internal(&e))?;
        let (target, threads) = (self.target, self.parallelism);
        let object = self
            .timer
            .stage("codegen", || rgo_codegen::compile_module(&module, &target, options, threads))
            .map_err(|e| internal(&e))?;
        drop(module);
        Ok(object)
    }

    /// Compiled functions and rt to an executable.
    fn link(&mut self, graph: &PackageGraph, object: &Object) -> Result<Vec<u8>, Failed> {
        let internal = |error: &dyn std::fmt::Display| internal(graph, error);
        let target = self.target;
        self.progress.stage("linking");
        let names = FileNames::new(graph, &self.goroot, self.flags.trimpath);
        let positions = |pos: u32| names.resolve(Pos(pos));
        if self.flags.linker.external {
            let linked = self.timer.stage("link", || {
                let file = rgo_link::write_object(object, &positions, &target).map_err(|e| e.to_string())?;
                let flags = &self.flags;
                external_link::link(&file, embedded::RT_ARCHIVE, &flags.linker, &target, flags.explain)
            });
            return linked.map_err(|e| internal(&e));
        }
        let options =
            rgo_link::Options { strip: self.flags.linker.strip_symbols, ..rgo_link::Options::default() };
        self.timer
            .stage("link", || rgo_link::link(object, embedded::RT_ARCHIVE, &positions, &target, &options))
            .map_err(|e| internal(&e))
    }
}

/// A failure after checking.
fn internal(graph: &PackageGraph, error: &dyn std::fmt::Display) -> Failed {
    Failed::of(vec![format!("# {}", graph.package(graph.main).import_path), error.to_string()])
}
