//! `-gcflags=-m`: what is said about escape analysis and inlining in the packages of the main module.

use rgo_escape::Options;
use rgo_source::Diagnostic;
use rgo_types::Program;

use crate::flags::CompilerFlags;
use crate::report::Style;

/// The lines to print: for each package its name, then what is said in the order in which it is found out, as gc does.
pub(crate) fn lines(program: &mut Program<'_>, flags: &CompilerFlags, style: &Style<'_>) -> Vec<String> {
    let graph = program.graph;
    let packages: Vec<_> =
        graph.packages.iter().filter(|package| package.in_main_module).map(|package| package.id).collect();
    let options = Options {
        inline: !flags.no_inlining && !flags.no_optimization,
        optimize: !flags.no_optimization,
        inline_more: flags.more_inlining,
        race: flags.race,
        level: flags.decisions,
    };
    let mut lines = Vec::new();
    for (package, said) in rgo_escape::analyze(program, &packages, options) {
        if said.is_empty() {
            continue;
        }
        lines.push(format!("# {}", graph.package(package).import_path));
        let diagnostics = said.into_iter().map(|line| Diagnostic::error(line.pos, "", line.text));
        lines.extend(diagnostics.map(|diagnostic| style.line(&diagnostic, &graph.sources)));
    }
    lines
}
