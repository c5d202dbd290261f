//! Escape analysis and inlining decisions in gc's terms.
//!
//! In: a checked program. Out: for each package asked for, what gc says about it under `-gcflags=-m`. See README.md.

mod batch;
mod bloop;
mod build;
mod callgraph;
mod cost;
mod deadlocals;
mod devirtualize;
mod flow;
mod flow_assign;
mod flow_call;
mod graph;
mod inline;
mod intrinsics;
mod leaks;
mod text;
mod tree;
mod world;
mod wrapper;

use rgo_load::PackageId;
use rgo_source::Pos;
use rgo_types::Program;

use crate::callgraph::BottomUp;
use crate::world::World;

/// What the command line says.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Calls are inlined.
    pub inline: bool,
    /// Nothing is computed that is not used.
    pub optimize: bool,
    /// Calls in what is inlined cost next to nothing (`-l=4`).
    pub inline_more: bool,
    /// As for the race detector.
    pub race: bool,
    /// How often `-m` was given.
    pub level: u32,
}

/// One thing said about a place in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub pos: Pos,
    pub text: String,
}

/// Analyses the packages, which have been checked whole, in the order given (imported ones first), and what they call.
pub fn analyze(
    prog: &mut Program<'_>,
    packages: &[PackageId],
    options: Options,
) -> Vec<(PackageId, Vec<Line>)> {
    let mut w = World::new(prog, options);
    let mut out = Vec::new();
    for &pkg in packages {
        w.package = pkg;
        let mut roots = w.roots(pkg);
        let mut all = Vec::new();
        let mut decide = |w: &mut World<'_, '_>, group: &[tree::FuncId]| {
            for &func in group {
                w.decide_inlinability(func);
            }
            all.extend_from_slice(group);
        };
        bottom_up(&mut w, &roots, &mut decide);
        // Wrappers exist once everything that is called is known.
        roots.extend(w.instance_wrappers());
        bottom_up(&mut w, &roots, &mut decide);
        for &func in &all {
            if w.func(func).stage < tree::Stage::Inlined {
                w.prepare_calls(func);
            }
        }
        bottom_up(&mut w, &roots, &mut |w, group| w.inline_calls(group));
        // Closures that have been inlined everywhere still are functions.
        roots.extend(w.plain_closures());
        if options.optimize {
            bottom_up(&mut w, &roots, &mut |w, group| w.remove_dead_locals(group));
        }
        bottom_up(&mut w, &roots, &mut |w, group| w.analyze_batch(group));
        out.push((pkg, std::mem::take(&mut w.lines)));
    }
    out
}

fn bottom_up(
    w: &mut World<'_, '_>,
    roots: &[tree::FuncId],
    groups: &mut dyn FnMut(&mut World<'_, '_>, &[tree::FuncId]),
) {
    let mut order = BottomUp::new(groups);
    for &root in roots {
        order.visit(w, root);
    }
}

impl World<'_, '_> {
    /// The functions of a package that are no instances of generic ones.
    fn roots(&mut self, pkg: PackageId) -> Vec<tree::FuncId> {
        let mut roots = Vec::new();
        for obj in self.prog.funcs(pkg) {
            let Some(sig) = self.prog.func_signature(obj) else { continue };
            let sig = self.prog.signature(sig);
            if sig.tparams.is_empty() && sig.recv_tparams.is_empty() {
                roots.push(self.declare(build::plain(obj)));
            }
        }
        roots.push(self.build_init(pkg));
        roots
    }

    /// Functions that nothing may mention any more: literals without captures, and instances.
    fn plain_closures(&self) -> Vec<tree::FuncId> {
        let all = (0..self.funcs.len()).map(|i| tree::FuncId(i as u32));
        all.filter(|&id| !self.func(id).is_closure() && self.is_shown(id)).collect()
    }
}
