//! Paths on a command line → `PackageGraph`: every package of the program, parsed, imports first.
//!
//! In: a `Config` (GOROOT, target, tags, overlay, module settings) and what the user named (files or packages).
//! Out: parsed files of every package reachable through imports, chosen by build constraints and by the overlay, with
//! each import path resolved to a `PackageId`; or the messages the go command would have printed.
//!
//! The work has two steps. *Discovery* reads files and scans only their headers (constraints, package clause, imports,
//! embed directives) to find the closure; *parsing* then turns all chosen files into syntax trees, in parallel. Nothing
//! is type-checked, no import is reported unused, and nothing is printed.

mod config;
mod constraint;
mod discover;
mod disk;
mod embed;
mod experiment;
mod generated;
pub mod goroot;
mod graph;
mod header;
mod load;
mod modfile;
mod modules;
mod order;
mod overlay;
mod parallel;
mod paths;
mod patterns;
mod report;
mod scan;
mod splice;
mod tags;
mod testing;

pub use config::{Config, ModMode};
pub use disk::{Disk, Seen, Stamp};
pub use experiment::Experiments;
pub use graph::{Embeds, Failure, MainModuleInfo, Package, PackageGraph, PackageId, SyntaxErrors};
pub use load::load;
pub use modules::ModuleInfo;
pub use overlay::{Overlay, OverlayError};
pub use paths::{absolute, short};
pub use tags::Tags;
pub use testing::{TestProgram, TestTarget, load_test, test_targets};
