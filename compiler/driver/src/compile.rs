//! From a checked program to an executable.

use rgo_load::PackageGraph;
use rgo_source::Pos;
use rgo_types::Program;

use crate::file_names::FileNames;
use crate::link_values::link_values;
use crate::pipeline::Session;
use crate::{Failed, dump, embedded};

impl Session<'_> {
    /// Compiles the main package of `graph` and all it reaches to an executable.
    pub(crate) fn compile(&mut self, graph: &PackageGraph) -> Result<Vec<u8>, Failed> {
        let mut program = Program::new(graph, self.target);
        self.check_program(&mut program)?;
        self.require_main(&mut program)?;
        dump::types(self.flags.dump.as_ref(), &mut program);
        self.progress.stage("lowering");
        let options = rgo_lower::Options {
            string_vars: link_values(self.flags, graph, &self.goroot, &self.target),
            whole_main_module: false,
        };
        let lowered = self.timer.stage("lower", || rgo_lower::lower(&mut program, options));
        let module = lowered.map_err(|diagnostics| self.failed(graph, diagnostics))?;
        dump::mir(self.flags.dump.as_ref(), "lower", &module);
        self.progress.stage("generating code");
        let codegen_options = rgo_codegen::Options::default();
        dump::clif(self.flags.dump.as_ref(), &module, &self.target, codegen_options)
            .map_err(|error| Failed::new(format!("rgo: internal error: {error}")))?;
        let target = self.target;
        let threads = self.parallelism;
        let compiled = self
            .timer
            .stage("codegen", || rgo_codegen::compile_module(&module, &target, codegen_options, threads));
        let object = compiled.map_err(|error| Failed::new(format!("rgo: internal error: {error}")))?;
        self.progress.stage("linking");
        let names = FileNames::new(graph, &self.goroot, self.flags.trimpath);
        let link_options =
            rgo_link::Options { strip: self.flags.linker.strip_symbols, ..rgo_link::Options::default() };
        let linked = self.timer.stage("link", || {
            let positions = |pos: u32| names.resolve(Pos(pos));
            rgo_link::link(&object, embedded::RT_ARCHIVE, &positions, &target, &link_options)
        });
        linked.map_err(|error| Failed::of(error.to_string().lines().map(str::to_owned).collect()))
    }
}
